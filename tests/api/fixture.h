/* SPDX-License-Identifier: MIT */
/*
 * fixture - what the API tests share: an open adapter with a device, a paging queue, a context and
 * a completion fence; memory that CPU and GPU both reach; submissions and bounded waits. Everything
 * goes through the exported functions of libdxg, so that a program runs unchanged over dxgd's
 * socket and, in a virtual machine, over /dev/dxg.
 *
 * No function here asserts: each returns the NTSTATUS of the first call that failed, so that
 * threads and children can use them, too. Tests say assert_ok(). Nothing is shared between two
 * struct api but the session underneath.
 */
#ifndef OPENDXG_TESTS_API_FIXTURE_H
#define OPENDXG_TESTS_API_FIXTURE_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "../unit/cm.h"
#include "libdxg.h"
#include "dxgwire/escape.h"
#include "packets.h"

/** API_WAIT_MS - no wait of a test lasts longer; generous, for emulated machines. */
#define API_WAIT_MS 30000
/** API_PROGRAM_SECONDS - a test program that has not ended by then is killed (SIGALRM). */
#define API_PROGRAM_SECONDS 240
/** API_COMMANDS_SIZE - bytes of the command memory of a struct api. */
#define API_COMMANDS_SIZE (256u << 10)

/** struct api_memory - an allocation, mapped for the GPU and, when CPU-visible, locked. */
struct api_memory {
	struct d3dkmthandle allocation;
	uint64_t size; /* bytes, as the host rounded them */
	uint64_t va;
	uint8_t *cpu; /* NULL when not CPU-visible */
};

/** struct api_fence - a monitored fence. */
struct api_fence {
	struct d3dkmthandle handle;
	const volatile uint64_t *value; /* where the host shows it */
};

/**
 * struct api - one user of the adapter.
 * @info: what the driver says of the adapter
 * @queue, @queue_fence: paging queue and its fence
 * @done: the context's completion fence; @asked: the last value that was queued
 * @commands, @used: command buffers are put there one behind the other
 */
struct api {
	struct d3dkmthandle adapter;
	struct winluid luid;
	struct dxg_adapter_private info;
	struct d3dkmthandle device;
	struct d3dkmthandle queue;
	struct api_fence queue_fence;
	struct d3dkmthandle context;
	struct api_fence done;
	uint64_t asked;
	struct api_memory commands;
	uint64_t used;
};

/* ---- a test program ---- */

/**
 * api_main() - run @tests; main()'s result. Without a device: says so and returns 77.
 * @name: of the group
 */
#define api_main(name, tests) api_main_of(name, tests, sizeof(tests) / sizeof((tests)[0]))
int api_main_of(const char *name, const struct CMUnitTest *tests, size_t count);

/** api_test() - a test whose *state is an open struct api. */
#define api_test(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)
int api_setup(void **state);
int api_teardown(void **state);

/** api_skip() - end this test as skipped, with its reason. Main thread only. */
#define api_skip(reason)                             \
	do {                                         \
		print_message("SKIP: %s\n", reason); \
		skip();                              \
	} while (0)

/** assert_status() - @call must answer exactly @expected. */
#define assert_status(call, expected) \
	api_assert_status((call), (expected), #call, __FILE__, __LINE__)
#define assert_ok(call) assert_status(call, STATUS_SUCCESS)
void api_assert_status(NTSTATUS got, NTSTATUS expected, const char *what, const char *file,
		       int line);

/** api_on_socket() - is the transport dxgd's socket? Else it is /dev/dxg. */
bool api_on_socket(void);

/**
 * api_sleeps() - until thread @tid of this process sleeps in the kernel: state S in /proc, which a
 * spinning thread never shows. Return: does it, within API_WAIT_MS?
 */
bool api_sleeps(pid_t tid);

/** api_now_ms() - CLOCK_MONOTONIC in ms. */
uint64_t api_now_ms(void);

/* ---- objects ---- */

NTSTATUS api_open_adapter(struct d3dkmthandle *ret_adapter, struct winluid *ret_luid);
NTSTATUS api_close_adapter(struct d3dkmthandle adapter);

/** api_open() - fill @a with everything; api_close() - destroy it and close the adapter. */
NTSTATUS api_open(struct api *a);
NTSTATUS api_close(struct api *a);

/** api_open_device() - the part of api_open() behind the adapter; api_close_device() undoes it. */
NTSTATUS api_open_device(struct api *a);
NTSTATUS api_close_device(struct api *a);

NTSTATUS api_device_create(struct d3dkmthandle adapter, struct d3dkmthandle *ret_device);
NTSTATUS api_device_destroy(struct d3dkmthandle device);
NTSTATUS api_context_create(struct d3dkmthandle device, struct d3dkmthandle *ret_context);
NTSTATUS api_context_destroy(struct d3dkmthandle context);
NTSTATUS api_queue_create(struct d3dkmthandle device, struct d3dkmthandle *ret_queue,
			  struct api_fence *ret_fence);
NTSTATUS api_queue_destroy(struct d3dkmthandle queue);
NTSTATUS api_fence_create(struct d3dkmthandle device, uint64_t value, struct api_fence *ret_fence);
NTSTATUS api_sync_destroy(struct d3dkmthandle sync);

/** api_execution_state() - GetDeviceState(EXECUTION). */
NTSTATUS api_execution_state(struct d3dkmthandle device, uint32_t *ret_state);

/** api_query() - QueryAdapterInfo. */
NTSTATUS api_query(struct d3dkmthandle adapter, uint32_t type, void *data, uint32_t size);

/** api_usage() - bytes that are resident in both segment groups together. */
NTSTATUS api_usage(struct d3dkmthandle adapter, uint64_t *ret_bytes);

/* ---- memory ---- */

/** api_allocate() - one allocation and nothing else; @ret_size may be NULL. */
NTSTATUS api_allocate(struct d3dkmthandle device, uint64_t size, uint32_t flags,
		      struct d3dkmthandle *ret_allocation, uint64_t *ret_size);
NTSTATUS api_free(struct d3dkmthandle device, struct d3dkmthandle allocation);

/** api_map() - the whole allocation, writable, anywhere. */
NTSTATUS api_map(struct d3dkmthandle queue, struct d3dkmthandle allocation, uint64_t size,
		 uint64_t *ret_va);
NTSTATUS api_lock(struct d3dkmthandle device, struct d3dkmthandle allocation, void **ret_cpu);
NTSTATUS api_unlock(struct d3dkmthandle device, struct d3dkmthandle allocation);
NTSTATUS api_make_resident(struct d3dkmthandle queue, struct d3dkmthandle allocation);
NTSTATUS api_evict(struct d3dkmthandle device, struct d3dkmthandle allocation);

/** api_memory_create() - allocated, mapped and (with DXG_ALLOC_CPU_VISIBLE) locked. */
NTSTATUS api_memory_create(struct api *a, uint64_t size, uint32_t flags,
			   struct api_memory *ret_memory);
NTSTATUS api_memory_destroy(struct api *a, struct api_memory *memory);

/* ---- work ---- */

/** api_submit_at() - the @size bytes at @va, on @context. */
NTSTATUS api_submit_at(struct d3dkmthandle context, uint64_t va, uint32_t size);

/** api_submit() - a copy of @p, on @context. The command memory must have room: api_finish() makes
 * it. */
NTSTATUS api_submit(struct api *a, struct d3dkmthandle context, const struct packets *p);

/** api_finish() - queue the next value of a->done on a->context and wait until it is there. */
NTSTATUS api_finish(struct api *a);

/** api_run() - api_submit() on a->context and api_finish(). */
NTSTATUS api_run(struct api *a, const struct packets *p);

NTSTATUS api_signal_cpu(struct d3dkmthandle device, struct d3dkmthandle fence, uint64_t value);
NTSTATUS api_signal_gpu(struct d3dkmthandle context, struct d3dkmthandle fence, uint64_t value);
NTSTATUS api_wait_gpu(struct d3dkmthandle context, struct d3dkmthandle fence, uint64_t value);

/** api_wait_cpu() - WaitForSynchronizationObjectFromCpu; @event as its async_event. */
NTSTATUS api_wait_cpu(struct d3dkmthandle device, const struct d3dkmthandle *fences,
		      const uint64_t *values, uint32_t count, bool any, uint64_t event);

/** api_wait() - until the fence is at @value; STATUS_TIMEOUT after API_WAIT_MS. */
NTSTATUS api_wait(struct d3dkmthandle device, struct d3dkmthandle fence, uint64_t value);

/** api_poll() - until descriptor @fd is readable, @ms at most. Return: is it? */
bool api_poll(int fd, int ms);

/** api_eventfd_take() - read an eventfd that must be readable within @ms. Return: its count; 0:
 * not. */
uint64_t api_eventfd_take(int fd, int ms);

/** api_share() - ShareObjects with @object alone; @ret_fd only for a success. */
NTSTATUS api_share(struct d3dkmthandle object, int *ret_fd);

/** api_resource_destroy() - DestroyAllocation2 with a resource. */
NTSTATUS api_resource_destroy(const struct api *a, struct d3dkmthandle resource);

/** api_escape() - Escape with @e, whose header but op and size is filled in; then e->status counts.
 */
NTSTATUS api_escape(struct api *a, uint32_t op, void *e, uint32_t size);

/** api_fault() - why a->device was lost; returns whether it is. */
NTSTATUS api_fault(struct api *a, bool *ret_lost, char text[DXG_FAULT_TEXT_MAX]);

/** api_wait_lost() - until a->device is lost, API_WAIT_MS at most. */
NTSTATUS api_wait_lost(struct api *a);

#endif
