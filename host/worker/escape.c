// SPDX-License-Identifier: MIT
/*
 * escape - see escape.h. A table names for each operation its size and two steps: prepare, by the
 * reader, checks the request and takes references to everything it names, in ring order; run, for
 * slow operations by a thread of the pool, does it. Whoever finishes sends the buffer back.
 */
#include "worker/escape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "worker/notes.h"
#include "worker/options.h"

#define BUILD_OPTIONS_REFUSED (-43) /* CL_INVALID_BUILD_OPTIONS */

/* An escape being served. */
struct escape_job {
	struct pool_job pool;
	struct server *server;
	const struct escape_op *op;
	uint64_t cookie;
	/* what the request names, referenced by prepare */
	struct alloc *alloc;
	struct backend_span span;
	struct program *program;
	struct built *built;
	/* the answer: header and the escape's own bytes */
	uint32_t size;
	struct ipc_header h __attribute__((aligned(8)));
	union {
		struct dxg_escape escape;
		struct dxg_escape_query_clock clock;
		struct dxg_escape_device_info device_info;
		struct dxg_escape_program_create create;
		struct dxg_escape_program_build build;
		struct dxg_escape_program_destroy destroy;
		struct dxg_escape_program_binary binary;
		struct dxg_escape_kernel_info kernel;
	};
};

_Static_assert(offsetof(struct escape_job, escape) ==
		       offsetof(struct escape_job, h) + sizeof(struct ipc_header),
	       "header and escape are one reply");

/**
 * struct escape_op - one operation.
 * @size: bytes of its struct; with @open, more may follow
 * @prepare: optional; @run: the rest; both return 0 or a negative errno, the escape's status
 * @slow: @run may block
 */
struct escape_op {
	uint32_t size;
	bool open;
	bool slow;
	int (*prepare)(struct escape_job *job);
	int (*run)(struct escape_job *job);
};

static int resolve(struct escape_job *job, uint64_t va, uint64_t size, bool write)
{
	int err;

	if (!va || !size || va + size < va)
		return -EINVAL;
	err = space_resolve(job->server->space, va, size, write, &job->span, &job->alloc);
	return err == -EXDEV ? -EFAULT : err;
}

static int run_clock(struct escape_job *job)
{
	struct backend *be = job->server->be;

	job->clock.now_ns = be->ops->clock(be);
	return 0;
}

static int run_device_info(struct escape_job *job)
{
	struct backend *be = job->server->be;
	uint32_t room = job->escape.size - sizeof(job->device_info);
	const void *records = be->ops->device_info(be, &job->device_info.needed);

	job->device_info.used = 0;
	if (job->device_info.needed > room)
		return -EOVERFLOW;
	memcpy(&job->device_info + 1, records, job->device_info.needed);
	job->device_info.used = job->device_info.needed;
	return 0;
}

static int prepare_create(struct escape_job *job)
{
	const struct dxg_escape_program_create *e = &job->create;

	if (e->kind != DXG_PROGRAM_SOURCE && e->kind != DXG_PROGRAM_BINARY)
		return -EINVAL;
	if (!e->length || e->length > DXG_PROGRAM_SOURCE_MAX)
		return -EINVAL;
	return resolve(job, e->source, e->length, false);
}

static int run_create(struct escape_job *job)
{
	struct server *server = job->server;
	void *data = malloc(job->span.size);
	int err = data ? backend_read(server->be, &job->span, data) : -ENOMEM;

	if (!err)
		err = program_create(server->programs, job->create.kind, data, job->span.size,
				     &job->create.program);
	if (err)
		free(data);
	return err;
}

static const char *build_options(const struct escape_job *job)
{
	return job->build.options_size ? (const char *)(&job->build + 1) : "";
}

static int prepare_build(struct escape_job *job)
{
	const struct dxg_escape_program_build *e = &job->build;

	if (e->options_size > DXG_PROGRAM_OPTIONS_MAX ||
	    e->h.size != sizeof(*e) + dxg_align8(e->options_size))
		return -EINVAL;
	if (e->options_size && strnlen(build_options(job), e->options_size) != e->options_size - 1)
		return -EINVAL;
	if (!e->log != !e->log_room)
		return -EINVAL;
	job->program = program_get(job->server->programs, e->program);
	if (!job->program)
		return -ENOENT;
	return e->log ? resolve(job, e->log, e->log_room, true) : 0;
}

/* As much of @log as there is room for, always with a zero at the end. */
static int write_log(struct escape_job *job, const char *log)
{
	struct backend_span span = job->span;
	struct backend_span end;
	uint64_t len = strlen(log);
	int err = 0;

	job->build.log_size = len + 1;
	if (!span.alloc)
		return 0;
	if (len > span.size - 1)
		len = span.size - 1;
	end = (struct backend_span){ span.alloc, span.offset + len, 1 };
	span.size = len;
	if (len)
		err = backend_write(job->server->be, &span, log);
	return err ? err : backend_write(job->server->be, &end, "");
}

static int run_build(struct escape_job *job)
{
	struct backend_build build = { 0 };
	struct backend_text text;
	int err;

	if (!options_check(build_options(job), &text)) {
		job->build.build_status = BUILD_OPTIONS_REFUSED;
		job->build.kernel_count = 0;
		job->build.binary_size = 0;
		return write_log(job, text.text);
	}
	err = program_build(job->program, job->server->be, build_options(job), &build);
	if (!err) {
		job->build.build_status = build.status;
		job->build.kernel_count = build.kernel_count;
		job->build.binary_size = build.binary_size;
		err = write_log(job, build.log ? build.log : "");
	}
	free(build.log);
	return err;
}

static int run_destroy(struct escape_job *job)
{
	if (job->destroy.reserved)
		return -EINVAL;
	return program_destroy(job->server->programs, job->destroy.program);
}

static int prepare_built(struct escape_job *job, uint32_t program)
{
	job->built = built_get(job->server->programs, program);
	return job->built ? 0 : -ENOENT;
}

static int run_kernel_info(struct escape_job *job)
{
	struct dxg_escape_kernel_info *e = &job->kernel;
	struct backend *be = job->server->be;
	int err;

	if (e->reserved)
		return -EINVAL;
	err = prepare_built(job, e->program);
	if (err)
		return err;
	if (e->kernel >= job->built->kernel_count)
		return -ERANGE;
	/* The out-fields hold what the guest sent: none of it goes back. */
	memset(&e->arg_count, 0, sizeof(*e) - offsetof(struct dxg_escape_kernel_info, arg_count));
	err = be->ops->kernel_info(be, job->built->program, e->kernel, e);
	if (!err)
		notes_tell(job->built->notes, e);
	return err;
}

static int prepare_binary(struct escape_job *job)
{
	struct dxg_escape_program_binary *e = &job->binary;
	int err;

	if (e->reserved)
		return -EINVAL;
	e->size = 0;
	err = prepare_built(job, e->program);
	if (err)
		return err;
	/* Without room only the size is asked for. */
	return e->room ? resolve(job, e->dst, e->room, true) : 0;
}

static int run_binary(struct escape_job *job)
{
	struct dxg_escape_program_binary *e = &job->binary;
	struct backend *be = job->server->be;
	uint64_t size;
	void *copy;
	int err;

	err = be->ops->program_binary(be, job->built->program, &copy, &size);
	if (err)
		return err;
	e->size = size;
	if (e->room < size)
		err = -EOVERFLOW;
	job->span.size = size;
	if (!err && size)
		err = backend_write(be, &job->span, copy);
	free(copy);
	return err;
}

#define ESCAPE(op) [op - DXG_ESCAPE_WORKER]

static const struct escape_op escape_ops[] = {
	ESCAPE(DXG_ESCAPE_QUERY_CLOCK) = { .size = sizeof(struct dxg_escape_query_clock),
					   .run = run_clock },
	ESCAPE(DXG_ESCAPE_DEVICE_INFO) = { .size = sizeof(struct dxg_escape_device_info),
					   .open = true,
					   .run = run_device_info },
	ESCAPE(DXG_ESCAPE_PROGRAM_CREATE) = { .size = sizeof(struct dxg_escape_program_create),
					      .slow = true,
					      .prepare = prepare_create,
					      .run = run_create },
	ESCAPE(DXG_ESCAPE_PROGRAM_BUILD) = { .size = sizeof(struct dxg_escape_program_build),
					     .open = true,
					     .slow = true,
					     .prepare = prepare_build,
					     .run = run_build },
	ESCAPE(DXG_ESCAPE_PROGRAM_DESTROY) = { .size = sizeof(struct dxg_escape_program_destroy),
					       .run = run_destroy },
	ESCAPE(DXG_ESCAPE_KERNEL_INFO) = { .size = sizeof(struct dxg_escape_kernel_info),
					   .run = run_kernel_info },
	ESCAPE(DXG_ESCAPE_PROGRAM_BINARY) = { .size = sizeof(struct dxg_escape_program_binary),
					      .slow = true,
					      .prepare = prepare_binary,
					      .run = run_binary },
};

#define ESCAPE_OPS (sizeof(escape_ops) / sizeof(escape_ops[0]))

static const struct escape_op *escape_find(const struct escape_job *job, uint32_t bytes)
{
	const struct dxg_escape *e = &job->escape;
	const struct escape_op *op;

	if (e->magic != DXG_ESCAPE_MAGIC || e->size != bytes)
		return NULL;
	if (e->op < DXG_ESCAPE_WORKER || e->op - DXG_ESCAPE_WORKER >= ESCAPE_OPS)
		return NULL;
	op = &escape_ops[e->op - DXG_ESCAPE_WORKER];
	if (!op->run || e->size < op->size || (!op->open && e->size != op->size))
		return NULL;
	return op;
}

/* Give up the references, send the answer, free the job. */
static void escape_finish(struct escape_job *job, int status)
{
	struct server *server = job->server;

	alloc_put(job->alloc);
	program_put(job->program);
	built_put(job->built);
	if (job->size >= sizeof(job->h) + sizeof(job->escape))
		job->escape.status = status;
	server_reply(server, job->cookie, &job->h, job->size);
	free(job);
}

static void escape_run(struct pool_job *pool_job)
{
	struct escape_job *job = (struct escape_job *)pool_job;

	escape_finish(job, job->op->run(job));
}

/* Check, prepare, and run or hand over; an error is the answer's status. 1: it goes on elsewhere.
 */
static int escape_start(struct escape_job *job, uint32_t bytes)
{
	int err;

	if (bytes < sizeof(job->escape))
		return -EINVAL;
	job->op = escape_find(job, bytes);
	if (!job->op)
		return -EINVAL;
	if (!job->server->be)
		return -ENODEV;
	err = job->op->prepare ? job->op->prepare(job) : 0;
	if (err)
		return err;
	if (!job->op->slow)
		return job->op->run(job);
	err = pool_submit(job->server->pool, &job->pool);
	return err ? err : 1;
}

void escape_serve(struct server *server, uint64_t cookie, void *payload, uint32_t size)
{
	size_t head = offsetof(struct escape_job, h);
	uint32_t bytes = size - sizeof(struct ipc_header);
	struct escape_job *job;
	int err;

	job = calloc(1, head + size > sizeof(*job) ? head + size : sizeof(*job));
	if (!job) {
		server_log("no memory for an escape of %u bytes", bytes);
		if (bytes >= sizeof(struct dxg_escape))
			((struct dxg_escape *)((struct ipc_header *)payload + 1))->status = -ENOMEM;
		server_reply(server, cookie, payload, size);
		return;
	}
	job->server = server;
	job->cookie = cookie;
	job->size = size;
	job->pool.run = escape_run;
	memcpy(&job->h, payload, size);
	err = escape_start(job, bytes);
	if (err <= 0)
		escape_finish(job, err);
}
