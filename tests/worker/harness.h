/* SPDX-License-Identifier: MIT */
/*
 * harness.h - the tests' dxgd: starts a real dxg-worker (environment variable DXG_WORKER), asks its
 * zygote for workers and speaks the ipc rings to them. Everything that goes wrong here fails the
 * running test.
 */
#ifndef TESTS_WORKER_HARNESS_H
#define TESTS_WORKER_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <cmocka.h>

#include "dxgwire/cmd.h"
#include "dxgwire/escape.h"
#include "ipc/ipc.h"

#define IO_OFFSET (1u << 20)
#define IO_SIZE (64u << 20)
#define REGION_SIZE (IO_OFFSET + IO_SIZE)
#define ANSWER_SECONDS 120

/** struct zygote - a running dxg-worker --zygote. */
struct zygote {
	pid_t pid;
	int control;
	int log;
	uint64_t cookie;
};

/** struct worker - a worker of it, and the rings to it. */
struct worker {
	pid_t pid;
	int pidfd;
	int socket;
	int wake;
	int wake_dxgd;
	uint8_t *memory;
	uint8_t *io;
	struct dxg_ring tx;
	struct dxg_ring rx;
	uint64_t id;
	unsigned int asides; /* IPC_EXEC_ASIDE so far; receive() passes them over */
	uint64_t packet_buffer[DXG_MESSAGE_MAX / 8];
};

/** zygote_start() - with @env (NULL-terminated, or NULL for ours) as its environment. */
void zygote_start(struct zygote *z, char *const *env);
/** zygote_start_hiding() - the same with our environment, and --hide @folder. */
void zygote_start_hiding(struct zygote *z, const char *folder);
/**
 * zygote_stop() - close the control socket; it must end with status 0. Its log is shown, and
 * nothing in it may come from a sanitizer.
 */
void zygote_stop(struct zygote *z);
/** zygote_logged() - how often does @text stand in its log so far? */
unsigned int zygote_logged(const struct zygote *z, const char *text);

/** worker_start() - fork one and send it struct ipc_start. */
void worker_start(struct zygote *z, struct worker *w, uint32_t backend, bool discrete);
/** worker_fork() - fork one, say nothing to it yet. */
void worker_fork(struct zygote *z, struct worker *w);
/** worker_send_start() - with @fds descriptors: rings, two eventfds, region. */
void worker_send_start(struct worker *w, const struct ipc_start *start, unsigned int fds);
/**
 * worker_proper() - the process that works: the only child of the first one of its namespace, which
 * is @pid; or -1.
 */
pid_t worker_proper(pid_t pid);
/** worker_stop() - close its socket and wait for its end. */
void worker_stop(struct worker *w);
/** worker_wait_end() - wait until it is gone. */
void worker_wait_end(struct worker *w);
/** worker_fini() - forget about it. */
void worker_fini(struct worker *w);

/** send_state() - a state message. */
void send_state(struct worker *w, const void *payload, uint32_t size);
/** send_request() - a request; its id. */
uint64_t send_request(struct worker *w, const void *payload, uint32_t size);
/** receive() - the next reply, whichever it is; its id, payload in w->packet_buffer. */
uint64_t receive(struct worker *w, uint32_t *ret_size);
/** nothing_to_receive() - is no reply there at the moment? */
bool nothing_to_receive(struct worker *w);
/** request() - send and receive exactly @reply_size bytes. */
void request(struct worker *w, const void *payload, uint32_t size, void *reply,
	     uint32_t reply_size);

/* ---- shorthands; each checks that the answer has the right form ---- */

void alloc_create(struct worker *w, uint64_t id, uint64_t size, uint64_t io_offset,
		  uint32_t segment);
int alloc_destroy(struct worker *w, uint64_t id);
void va_map(struct worker *w, uint64_t va, uint64_t size, uint64_t alloc, uint64_t offset,
	    bool write);
void va_unmap(struct worker *w, uint64_t va, uint64_t size);
void context_create(struct worker *w, uint64_t id);
void context_destroy(struct worker *w, uint64_t id);
/** exec_va() - run what lies at @va. */
struct ipc_exec_reply exec_va(struct worker *w, uint64_t context, uint64_t va, uint32_t size);
/** escape() - @e in and out; its status. */
int escape(struct worker *w, void *e, uint32_t size);

/* ---- a command buffer, built in the allocation of va_* below ---- */

/* A usual layout: allocation 1 is SYSTEM at the start of the IO space, mapped at VA_CMD. */
#define VA_CMD UINT64_C(0x100000)
#define CMD_SIZE (1u << 20)
/* Allocation 2: data, SYSTEM, mapped at VA_DATA. */
#define VA_DATA UINT64_C(0x40000000)
#define DATA_OFFSET (2u << 20)
#define DATA_SIZE (16u << 20)

/** setup_usual() - both allocations and context 1. */
void setup_usual(struct worker *w);
/** data_at() - CPU view of VA_DATA. */
static inline uint8_t *data_at(struct worker *w, uint64_t offset)
{
	return w->io + DATA_OFFSET + offset;
}

/** struct cmds - a command buffer being written. */
struct cmds {
	uint8_t *at;
	uint32_t size;
};

struct cmds cmds_start(struct worker *w);
void cmds_add(struct cmds *c, const void *packet, uint32_t size);
struct dxg_cmd_header header(uint16_t opcode, uint32_t size, uint64_t profile);
void add_copy(struct cmds *c, uint64_t dst, uint64_t src, uint64_t size);
void add_fill(struct cmds *c, uint64_t dst, uint64_t size, const void *pattern,
	      uint32_t pattern_size);
/** struct arg - for add_dispatch(): DXG_ARG_BYTES with @bytes, else @value. */
struct arg {
	uint32_t kind;
	uint32_t size;
	uint64_t value;
	const void *bytes;
};

void add_dispatch(struct cmds *c, const struct dxg_cmd_dispatch *d, const struct arg *args);
/** run() - execute on context 1. */
struct ipc_exec_reply run(struct worker *w, const struct cmds *c);

/* ---- programs; the source goes through the data allocation's last MiB ---- */

#define SCRATCH (DATA_SIZE - (2u << 20))
#define LOG_AT (DATA_SIZE - (1u << 20))

uint32_t program_create(struct worker *w, uint32_t kind, const void *bytes, size_t length);
/** struct build - result of program_build(). */
struct build {
	int status;
	int32_t build_status;
	uint32_t kernels;
	uint64_t binary_size;
	uint64_t log_size;
	const char *log;
};

struct build program_build(struct worker *w, uint32_t program, const char *options);

#endif /* TESTS_WORKER_HARNESS_H */
