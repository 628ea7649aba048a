/* SPDX-License-Identifier: MIT */
/*
 * client: a guest process that works: session, process, device, context, paging queue, and calls
 * for the common messages. Calls named client_try_* return what the host said; all others insist on
 * success.
 */
#ifndef TESTS_PROTOCOL_CLIENT_H
#define TESTS_PROTOCOL_CLIENT_H

#include "daemon.h"
#include "dxgwire/cmd.h"
#include "dxgwire/escape.h"
#include "dxgwire/ntstatus.h"
#include "wire.h"

#define CLIENT_IO_START 0x100000000ull /* where this guest says it sees the IO space */
#define CLIENT_COOKIE 0x5e7d47a0c00c1eull

/** struct client_fence - a monitored fence and its page. */
struct client_fence {
	uint32_t handle;
	const volatile uint64_t *value;
};

/** struct client_memory - a CPU-visible allocation, mapped in both address spaces. */
struct client_memory {
	uint32_t handle;
	uint64_t size;
	uint64_t va;
	uint8_t *cpu;
};

/** struct client - see above. @wire may be shared by several processes of one session. */
struct client {
	struct wire *wire;
	uint32_t adapter;
	uint32_t process;
	uint32_t device;
	uint32_t context;
	uint32_t queue;
	struct client_fence paging;
	uint64_t next_event;
};

/* ---- bringing up ---- */

/** client_session() - SETIOSPACEREGION, OPENADAPTER, GETINTERNALADAPTERINFO. Return: the adapter.
 */
uint32_t client_session(struct wire *wire);

/** client_open() - everything, on a new session with the vGPU @name. */
void client_open(struct client *client, const struct daemon *daemon, const char *name);

/** client_open_process() - everything from CREATEPROCESS on, on the started session of @other. */
void client_open_process(struct client *client, const struct client *other);

/** client_close() - end the session. */
void client_close(struct client *client);

/** client_pointer() - a guest physical address of a reply, checked against the IO space. */
void *client_pointer(const struct wire *wire, uint64_t address, uint64_t size);

/* ---- objects; client_try_* return 0 or a short reply as the handle 0 ---- */

uint32_t client_try_process(struct wire *wire);
uint32_t client_try_device(struct client *client);
uint32_t client_try_context(struct client *client, uint32_t device);
uint32_t client_try_hw_context(struct client *client, uint32_t device);
/** client_try_context_with() - with private data, which must come back as it was. */
uint32_t client_try_context_with(struct client *client, uint32_t device, const void *data,
				 uint32_t size);
uint32_t client_try_queue(struct client *client, uint32_t device, struct client_fence *ret_fence);
uint32_t client_try_fence(struct client *client, uint32_t device, uint64_t initial,
			  struct client_fence *ret_fence);
uint32_t client_try_cpu_event(struct client *client, uint64_t event);

/** client_try_hwqueue() - a hardware queue of @context without private data. Return: the status. */
int32_t client_try_hwqueue(struct client *client, uint32_t context, uint32_t *ret_queue,
			   struct client_fence *ret_fence);

/**
 * client_try_alloc() - @n allocations of @size bytes.
 * @flags: DXG_ALLOC_*; @ret: handles; may be NULL
 * Return: how many came; 0 for a short reply.
 */
uint32_t client_try_alloc(struct client *client, uint32_t n, uint32_t flags, uint64_t size,
			  uint32_t *ret);

/** client_destroy() - the messages that consist of a handle. Return: the status; 0 for empty
 * replies. */
int32_t client_destroy(struct client *client, uint32_t type, uint32_t handle);
int32_t client_destroy_sync(struct client *client, uint32_t handle);
int32_t client_destroy_process(struct wire *wire, uint32_t process);
int32_t client_destroy_allocs(struct client *client, const uint32_t *handle, uint32_t n);

uint32_t client_alloc(struct client *client, uint64_t size);
struct client_fence client_fence(struct client *client, uint64_t initial);
struct client_memory client_memory(struct client *client, uint64_t size);

/* ---- memory ---- */

int32_t client_try_map(struct client *client, uint32_t alloc, uint64_t pages, uint64_t protection,
		       uint64_t *ret_va);
int32_t client_try_free_va(struct client *client, uint64_t va, uint64_t size);
uint64_t client_try_reserve(struct client *client, uint64_t size);
int32_t client_try_lock(struct client *client, uint32_t alloc, uint64_t *ret_address);
int32_t client_try_unlock(struct client *client, uint32_t alloc);
int32_t client_try_resident(struct client *client, const uint32_t *alloc, uint32_t n);
uint64_t client_usage(struct client *client, uint32_t group);

/* ---- work ---- */

/** client_submit() - [@va, @va + @len) on @context, asynchronously. */
void client_submit(struct client *client, uint32_t context, uint64_t va, uint32_t len);

/** client_submit_hw() - the same on a hardware queue, with number @id. */
void client_submit_hw(struct client *client, uint32_t queue, uint64_t id, uint64_t va,
		      uint32_t len);

/** client_try_submit_hw() - the same, synchronously. Return: the status. */
int32_t client_try_submit_hw(struct client *client, uint32_t queue, uint64_t id, uint64_t va,
			     uint32_t len);

/** client_signal() - @context signals @fence with @value when it gets there; asynchronously. */
void client_signal(struct client *client, uint32_t context, uint32_t fence, uint64_t value);

/** client_wait() - @context waits for @value of @fence; asynchronously. */
void client_wait(struct client *client, uint32_t context, uint32_t fence, uint64_t value);

/** client_try_signal_cpu() - signal now, synchronously. */
int32_t client_try_signal_cpu(struct client *client, uint32_t fence, uint64_t value);

/** client_try_wait_cpu() - have @event signalled when the fences are there. */
int32_t client_try_wait_cpu(struct client *client, const uint32_t *fence, const uint64_t *value,
			    uint32_t n, bool any, uint64_t event);

/** client_expect_event() - the next event must be SIGNALGUESTEVENT of @event. */
void client_expect_event(struct client *client, uint64_t event);

/** client_flush_msg() - FLUSHDEVICE of @client's device. */
void client_flush_msg(struct client *client, struct wire_msg *msg, uint32_t reason);

/** client_finish() - wait until everything queued on @context so far is done (or its device lost).
 */
void client_finish(struct client *client, uint32_t context);

/** client_state() - GetDeviceState(EXECUTION) of @device. */
uint32_t client_state(struct client *client, uint32_t device);

/** client_fault() - the text of QUERY_FAULT of @client's device. Return: is it lost? */
bool client_fault(struct client *client, char ret_text[DXG_FAULT_TEXT_MAX]);

/** client_escape_msg() - the message of an escape with the buffer @data. */
void client_escape_msg(struct client *client, struct wire_msg *msg, uint32_t device,
		       const void *data, uint32_t size);

/** client_clock() - a worker escape and its reply: the worker runs. Return: its clock. */
uint64_t client_clock(struct client *client);

/** client_clock_msg() - the message alone. */
void client_clock_msg(struct client *client, struct wire_msg *msg);

/** client_expect_loss() - the next event must be SETGUESTDATA with our cookie. */
void client_expect_loss(struct client *client);

/** client_expect_loss_and_event() - both, in whatever order. */
void client_expect_loss_and_event(struct client *client, uint64_t event);

/** client_put_fill() - a FILL packet at @cpu. Return: its bytes. */
uint32_t client_put_fill(void *cpu, uint64_t dst, uint64_t size, uint32_t pattern);

/** client_put_copy() - a COPY packet at @cpu. Return: its bytes. */
uint32_t client_put_copy(void *cpu, uint64_t dst, uint64_t src, uint64_t size);

#endif /* TESTS_PROTOCOL_CLIENT_H */
