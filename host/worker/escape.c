// SPDX-License-Identifier: MIT
/*
 * escape - see escape.h. A table names for each operation its size and two steps: prepare, by the
 * reader, checks the request and takes references to everything it names, in ring order; run, for
 * slow operations by a thread of a pool, does it. Whoever finishes sends the buffer back.
 */
#include "worker/escape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "worker/huge.h"
#include "worker/notes.h"
#include "worker/options.h"

#define BUILD_OPTIONS_REFUSED (-43) /* CL_INVALID_BUILD_OPTIONS */
#define COMPILE_FAILURE (-15) /* CL_COMPILE_PROGRAM_FAILURE */
#define COMPILE_OPTIONS_REFUSED (-66) /* CL_INVALID_COMPILER_OPTIONS */
#define LINK_OPTIONS_REFUSED (-67) /* CL_INVALID_LINKER_OPTIONS */

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
	struct program **header; /* parts of a compilation, and of a link */
	struct built **input;
	uint32_t headers, inputs;
	/* the answer: header and the escape's own bytes */
	uint32_t size;
	struct ipc_header h __attribute__((aligned(8)));
	union {
		struct dxg_escape escape;
		struct dxg_escape_query_clock clock;
		struct dxg_escape_device_info device_info;
		struct dxg_escape_program_create create;
		struct dxg_escape_program_build build;
		struct dxg_escape_program_compile compile;
		struct dxg_escape_program_link link;
		struct dxg_escape_program_destroy destroy;
		struct dxg_escape_program_binary binary;
		struct dxg_escape_kernel_info kernel;
		struct dxg_escape_printed printed;
		struct dxg_escape_image_create image_create;
		struct dxg_escape_image_destroy image_destroy;
		struct dxg_escape_svm_map svm;
		struct dxg_escape_populate populate;
	};
};

_Static_assert(offsetof(struct escape_job, escape) ==
		       offsetof(struct escape_job, h) + sizeof(struct ipc_header),
	       "header and escape are one reply");

/** enum escape_thread - who runs an operation: it may block only where builds do, or by itself. */
enum escape_thread { READER, BUILDERS, FILLER };

/**
 * struct escape_op - one operation.
 * @size: bytes of its struct; with @open, more may follow
 * @prepare: optional; @run: the rest; both return 0 or a negative errno, the escape's status
 */
struct escape_op {
	uint32_t size;
	bool open;
	enum escape_thread by; /* @run */
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

	if (e->kind < DXG_PROGRAM_SOURCE || e->kind > DXG_PROGRAM_SPIR)
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

/* Compile and link requests have the same fields up to the options' size. */
#define AS_BUILD(type)                                                                          \
	_Static_assert(sizeof(struct type) == sizeof(struct dxg_escape_program_build) &&        \
			       offsetof(struct type, log_size) ==                               \
				       offsetof(struct dxg_escape_program_build, log_size) &&   \
			       offsetof(struct type, options_size) ==                           \
				       offsetof(struct dxg_escape_program_build, options_size), \
		       #type " starts as a build")
AS_BUILD(dxg_escape_program_compile);
AS_BUILD(dxg_escape_program_link);

static const char *build_options(const struct escape_job *job)
{
	return job->build.options_size ? (const char *)(&job->build + 1) : "";
}

/* Options and log of a build, a compilation or a link. @ret_end: bytes of the request so far. */
static int prepare_options(struct escape_job *job, uint32_t *ret_end)
{
	const struct dxg_escape_program_build *e = &job->build;
	uint32_t end;

	if (e->options_size > DXG_PROGRAM_OPTIONS_MAX)
		return -EINVAL;
	end = sizeof(*e) + dxg_align8(e->options_size);
	if (e->h.size < end)
		return -EINVAL;
	if (e->options_size && strnlen(build_options(job), e->options_size) != e->options_size - 1)
		return -EINVAL;
	if (!e->log != !e->log_room)
		return -EINVAL;
	*ret_end = end;
	return e->log ? resolve(job, e->log, e->log_room, true) : 0;
}

static int prepare_program(struct escape_job *job)
{
	job->program = program_get(job->server->programs, job->build.program);
	return job->program ? 0 : -ENOENT;
}

static int prepare_build(struct escape_job *job)
{
	uint32_t end;
	int err;

	err = prepare_options(job, &end);
	if (!err && job->build.h.size != end)
		err = -EINVAL;
	return err ? err : prepare_program(job);
}

/* The record of a header at @at bytes of the request, checked; @ret_end: where the next one is. */
static int header_at(const struct escape_job *job, uint32_t at, struct dxg_program_header *ret,
		     const char **ret_name, uint32_t *ret_end)
{
	const char *bytes = (const char *)&job->escape;
	uint32_t left = job->escape.size - at;

	if (left < sizeof(*ret))
		return -EINVAL;
	memcpy(ret, bytes + at, sizeof(*ret));
	if (ret->name_size < 2 || ret->name_size > DXG_HEADER_NAME_MAX ||
	    dxg_align8(ret->name_size) > left - sizeof(*ret))
		return -EINVAL;
	*ret_name = bytes + at + sizeof(*ret);
	if (strnlen(*ret_name, ret->name_size) != ret->name_size - 1)
		return -EINVAL;
	*ret_end = at + sizeof(*ret) + dxg_align8(ret->name_size);
	return 0;
}

static int prepare_headers(struct escape_job *job, uint32_t at)
{
	const struct dxg_escape_program_compile *e = &job->compile;
	struct dxg_program_header h;
	const char *name;
	uint32_t i;
	int err;

	for (i = 0; i < e->header_count; i++) {
		err = header_at(job, at, &h, &name, &at);
		if (err)
			return err;
		job->header[i] = program_get(job->server->programs, h.program);
		if (!job->header[i])
			return -ENOENT;
		job->headers++;
		if (program_source(job->header[i]).kind != DXG_PROGRAM_SOURCE)
			return -EINVAL;
	}
	return at == e->h.size ? 0 : -EINVAL;
}

static int prepare_compile(struct escape_job *job)
{
	const struct dxg_escape_program_compile *e = &job->compile;
	uint32_t end;
	int err;

	if (e->header_count > DXG_PROGRAM_HEADERS_MAX || e->reserved)
		return -EINVAL;
	err = prepare_options(job, &end);
	if (!err)
		err = prepare_program(job);
	if (err)
		return err;
	if (program_source(job->program).kind != DXG_PROGRAM_SOURCE &&
	    (e->header_count || e->options_size))
		return -EINVAL;
	job->header = calloc(e->header_count + 1, sizeof(struct program *));
	return job->header ? prepare_headers(job, end) : -ENOMEM;
}

static int prepare_inputs(struct escape_job *job, uint32_t at)
{
	const char *bytes = (const char *)&job->escape;
	uint32_t i, id;

	for (i = 0; i < job->link.input_count; i++) {
		memcpy(&id, bytes + at + i * sizeof(id), sizeof(id));
		job->input[i] = built_get(job->server->programs, id);
		if (!job->input[i])
			return -ENOENT;
		job->inputs++;
	}
	return 0;
}

static int prepare_link(struct escape_job *job)
{
	const struct dxg_escape_program_link *e = &job->link;
	uint32_t end;
	int err;

	if (!e->input_count || e->input_count > DXG_PROGRAM_INPUTS_MAX || e->program)
		return -EINVAL;
	err = prepare_options(job, &end);
	if (err)
		return err;
	if (e->h.size != end + dxg_align8(e->input_count * (uint32_t)sizeof(uint32_t)))
		return -EINVAL;
	job->input = calloc(e->input_count, sizeof(struct built *));
	return job->input ? prepare_inputs(job, end) : -ENOMEM;
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

/* What every answer to a compilation or a link says. */
static int give_outcome(struct escape_job *job, int err, const struct backend_build *build)
{
	if (err)
		return err;
	job->build.build_status = build->status;
	return write_log(job, build->log ? build->log : "");
}

static int refuse(struct escape_job *job, int status, const struct backend_text *text)
{
	job->build.build_status = status;
	return write_log(job, text->text);
}

/* Where the sources of the headers are, by name; false when a name is not allowed. */
static bool describe_headers(const struct escape_job *job, struct backend_header *ret,
			     struct backend_text *text)
{
	uint32_t i, at = sizeof(job->compile) + dxg_align8(job->compile.options_size);
	struct dxg_program_header h;

	for (i = 0; i < job->headers; i++) {
		if (header_at(job, at, &h, &ret[i].name, &at) ||
		    !header_name_check(ret[i].name, text))
			return false;
		ret[i].source = program_source(job->header[i]);
	}
	return true;
}

static int run_compile(struct escape_job *job)
{
	struct backend_header *header = calloc(job->headers + 1, sizeof(*header));
	struct backend_build build = { 0 };
	struct backend_text text = { "" };
	int err;

	job->compile.binary_type = 0;
	if (!header)
		return -ENOMEM;
	if (!options_check(build_options(job), &text)) {
		err = refuse(job, COMPILE_OPTIONS_REFUSED, &text);
	} else if (!describe_headers(job, header, &text)) {
		err = refuse(job, COMPILE_FAILURE, &text);
	} else {
		err = program_compile(job->program, job->server->be, build_options(job), header,
				      job->headers, &build);
		job->compile.binary_type = build.binary_type;
		err = give_outcome(job, err, &build);
	}
	free(build.log);
	free(header);
	return err;
}

static int run_link(struct escape_job *job)
{
	struct backend_build build = { 0 };
	struct backend_text text;
	int err;

	job->link.kernel_count = 0;
	job->link.binary_type = 0;
	if (!options_check(build_options(job), &text))
		return refuse(job, LINK_OPTIONS_REFUSED, &text);
	err = program_link(job->server->programs, job->server->be, job->input, job->inputs,
			   build_options(job), &build, &job->link.program);
	job->link.kernel_count = build.kernel_count;
	job->link.binary_type = build.binary_type;
	err = give_outcome(job, err, &build);
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

static int run_printed(struct escape_job *job)
{
	struct dxg_escape_printed *e = &job->printed;
	uint64_t lost;

	e->used =
		printed_take(job->server->printed, e + 1, e->h.size - sizeof(*e), &e->left, &lost);
	e->lost = lost;
	return 0;
}

static int prepare_image_create(struct escape_job *job)
{
	struct dxg_escape_image_create *e = &job->image_create;
	uint64_t bytes = dxg_image_bytes(&e->desc);

	e->image = 0;
	e->error = 0;
	return bytes ? resolve(job, e->va, bytes, true) : -EINVAL;
}

static int run_image_create(struct escape_job *job)
{
	struct dxg_escape_image_create *e = &job->image_create;

	return image_create(job->server->images, &e->desc, &job->span, job->alloc, &e->image,
			    &e->error);
}

static int run_image_destroy(struct escape_job *job)
{
	if (job->image_destroy.reserved)
		return -EINVAL;
	return image_destroy(job->server->images, job->image_destroy.image);
}

static int run_svm_map(struct escape_job *job)
{
	struct server *server = job->server;
	struct ipc_describe_reply adapter = { 0 };

	server->be->ops->describe(server->be, &adapter);
	if (!(adapter.flags & DXG_ADAPTER_SVM))
		return -EOPNOTSUPP;
	return space_svm_map(server->space, job->svm.va, job->svm.size, job->svm.address);
}

static int prepare_populate(struct escape_job *job)
{
	struct dxg_escape_populate *e = &job->populate;
	int err;

	e->filled = 0;
	err = resolve(job, e->va, e->size, true);
	return err ? err : alloc_io(job->alloc) ? 0 : -EINVAL;
}

static int run_populate(struct escape_job *job)
{
	uint8_t *at = alloc_io(job->alloc) + job->span.offset;

	job->populate.filled = huge_populate(job->alloc, at, job->span.size);
	return 0;
}

#define ESCAPE(op) [op - DXG_ESCAPE_WORKER]

static const struct escape_op escape_ops[] = {
	ESCAPE(DXG_ESCAPE_QUERY_CLOCK) = { .size = sizeof(struct dxg_escape_query_clock),
					   .run = run_clock },
	ESCAPE(DXG_ESCAPE_DEVICE_INFO) = { .size = sizeof(struct dxg_escape_device_info),
					   .open = true,
					   .run = run_device_info },
	ESCAPE(DXG_ESCAPE_PROGRAM_CREATE) = { .size = sizeof(struct dxg_escape_program_create),
					      .by = BUILDERS,
					      .prepare = prepare_create,
					      .run = run_create },
	ESCAPE(DXG_ESCAPE_PROGRAM_BUILD) = { .size = sizeof(struct dxg_escape_program_build),
					     .open = true,
					     .by = BUILDERS,
					     .prepare = prepare_build,
					     .run = run_build },
	ESCAPE(DXG_ESCAPE_PROGRAM_COMPILE) = { .size = sizeof(struct dxg_escape_program_compile),
					       .open = true,
					       .by = BUILDERS,
					       .prepare = prepare_compile,
					       .run = run_compile },
	ESCAPE(DXG_ESCAPE_PROGRAM_LINK) = { .size = sizeof(struct dxg_escape_program_link),
					    .open = true,
					    .by = BUILDERS,
					    .prepare = prepare_link,
					    .run = run_link },
	ESCAPE(DXG_ESCAPE_PROGRAM_DESTROY) = { .size = sizeof(struct dxg_escape_program_destroy),
					       .run = run_destroy },
	ESCAPE(DXG_ESCAPE_KERNEL_INFO) = { .size = sizeof(struct dxg_escape_kernel_info),
					   .run = run_kernel_info },
	ESCAPE(DXG_ESCAPE_PRINTED) = { .size = sizeof(struct dxg_escape_printed),
				       .open = true,
				       .run = run_printed },
	ESCAPE(DXG_ESCAPE_SVM_MAP) = { .size = sizeof(struct dxg_escape_svm_map),
				       .run = run_svm_map },
	ESCAPE(DXG_ESCAPE_POPULATE) = { .size = sizeof(struct dxg_escape_populate),
					.by = FILLER,
					.prepare = prepare_populate,
					.run = run_populate },
	ESCAPE(DXG_ESCAPE_PROGRAM_BINARY) = { .size = sizeof(struct dxg_escape_program_binary),
					      .by = BUILDERS,
					      .prepare = prepare_binary,
					      .run = run_binary },
	ESCAPE(DXG_ESCAPE_IMAGE_CREATE) = { .size = sizeof(struct dxg_escape_image_create),
					    .by = BUILDERS,
					    .prepare = prepare_image_create,
					    .run = run_image_create },
	ESCAPE(DXG_ESCAPE_IMAGE_DESTROY) = { .size = sizeof(struct dxg_escape_image_destroy),
					     .run = run_image_destroy },
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
	while (job->headers)
		program_put(job->header[--job->headers]);
	while (job->inputs)
		built_put(job->input[--job->inputs]);
	free(job->header);
	free(job->input);
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
	if (job->op->by == READER)
		return job->op->run(job);
	err = pool_submit(job->op->by == FILLER ? job->server->filler : job->server->pool,
			  &job->pool);
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
