// SPDX-License-Identifier: MIT
/*
 * program_link.c - separate compilation: clCompileProgram, clLinkProgram, and what a binary is.
 *
 * A request is one escape: a head like that of a build, the options, and the parts: headers with
 * their names, or the programs to link. Locks: of several programs one is held at a time.
 */
#include <stdlib.h>

#include "entry.h"
#include "pool.h"
#include "program.h"

/** struct request - an escape that is being written; @at is where the parts go on. */
struct request {
	union {
		struct dxg_escape *h;
		struct dxg_escape_program_compile *compile;
		struct dxg_escape_program_link *link;
		uint8_t *bytes;
	};
	uint32_t size;
	uint32_t at;
};

/* Both requests have heads of one size and, up to the options' size, of one shape. */
_Static_assert(sizeof(struct dxg_escape_program_compile) == sizeof(struct dxg_escape_program_link),
	       "one head");

static bool request_init(struct request *r, const char *options, uint32_t part_bytes)
{
	uint32_t length = *options ? (uint32_t)strlen(options) + 1 : 0;

	r->at = (uint32_t)sizeof(*r->compile) + dxg_align8(length);
	r->size = r->at + dxg_align8(part_bytes);
	r->bytes = calloc(1, r->size);
	if (!r->bytes)
		return false;
	r->compile->options_size = length;
	memcpy(r->compile + 1, options, length);
	return true;
}

/* Send it with room for the log, which *@ret_log becomes. */
static int request_send(struct request *r, struct vgpu *vgpu, uint32_t op, char **ret_log)
{
	struct allocation log;
	int err = pool_get(vgpu, PROGRAM_LOG_ROOM, DXG_ALLOC_CPU_VISIBLE, &log);

	if (err < 0)
		return err;
	r->compile->log = log.va;
	r->compile->log_room = PROGRAM_LOG_ROOM;
	err = vgpu_escape(vgpu, r->h, op, r->size);
	if (err == 0)
		*ret_log = program_copy_log(log.cpu, r->compile->log_size);
	pool_put(&log);
	return err;
}

static cl_int host_error(cl_context context, int err)
{
	return err == -ENOMEM || err == -EDQUOT ? CL_OUT_OF_RESOURCES : context_error(context, err);
}

/* ---- compilation ---- */

/** struct headers - the last arguments of clCompileProgram(). */
struct headers {
	cl_uint count;
	const cl_program *program;
	const char **name;
};

static cl_int check_headers(const struct headers *h)
{
	if (!h->count != !h->program || !h->count != !h->name)
		return CL_INVALID_VALUE;
	if (h->count > DXG_PROGRAM_HEADERS_MAX)
		return CL_OUT_OF_RESOURCES;
	for (cl_uint i = 0; i < h->count; i++) {
		if (!program_valid(h->program[i]) || !h->program[i]->source)
			return CL_INVALID_PROGRAM;
		if (!h->name[i] || !h->name[i][0] || strlen(h->name[i]) >= DXG_HEADER_NAME_MAX)
			return CL_INVALID_VALUE;
	}
	return CL_SUCCESS;
}

static uint32_t header_bytes(const struct headers *h)
{
	uint32_t bytes = 0;

	for (cl_uint i = 0; i < h->count; i++)
		bytes += (uint32_t)sizeof(struct dxg_program_header) +
			 dxg_align8((uint32_t)strlen(h->name[i]) + 1);
	return bytes;
}

static cl_int add_header(struct request *r, struct _cl_program *header, const char *name)
{
	struct dxg_program_header record = { .name_size = (uint32_t)strlen(name) + 1 };
	cl_int err;

	pthread_mutex_lock(&header->lock);
	err = program_create_on_host(header);
	record.program = header->host_id;
	pthread_mutex_unlock(&header->lock);
	memcpy(r->bytes + r->at, &record, sizeof(record));
	memcpy(r->bytes + r->at + sizeof(record), name, record.name_size);
	r->at += (uint32_t)sizeof(record) + dxg_align8(record.name_size);
	return err;
}

/* The lock is held; the outcome of the last build is forgotten already. */
static cl_int compile_locked(struct _cl_program *p, struct request *r)
{
	const struct dxg_escape_program_compile *e = r->compile;
	int err;

	r->compile->program = p->host_id;
	p->status = CL_BUILD_ERROR;
	err = request_send(r, p->context->vgpu, DXG_ESCAPE_PROGRAM_COMPILE, &p->log);
	if (err < 0)
		return host_error(p->context, err);
	if (e->build_status != CL_SUCCESS)
		return e->build_status < 0 ? e->build_status : CL_COMPILE_PROGRAM_FAILURE;
	p->binary_type = e->binary_type;
	p->status = CL_BUILD_SUCCESS;
	return CL_SUCCESS;
}

/* Forget the last build and have the source on the host. */
static cl_int start_compile(struct _cl_program *p, const char *options, const struct headers *h,
			    char **ret_options)
{
	cl_int err;

	pthread_mutex_lock(&p->lock);
	err = program_prepare(p, options, ret_options);
	program_drop_build(p);
	p->options = strdup(options);
	for (cl_uint i = 0; i < h->count; i++)
		p->prints |= h->program[i]->prints;
	pthread_mutex_unlock(&p->lock);
	return err;
}

static cl_int finish_compile(struct _cl_program *p, const char *options, const struct headers *h)
{
	struct request r;
	cl_int err = CL_SUCCESS;

	if (!request_init(&r, options, header_bytes(h)))
		return CL_OUT_OF_HOST_MEMORY;
	r.compile->header_count = h->count;
	for (cl_uint i = 0; i < h->count && err == CL_SUCCESS; i++)
		err = add_header(&r, h->program[i], h->name[i]);
	pthread_mutex_lock(&p->lock);
	if (err == CL_SUCCESS)
		err = compile_locked(p, &r);
	pthread_mutex_unlock(&p->lock);
	free(r.bytes);
	return err;
}

static cl_int compile(struct _cl_program *p, const char *options, const struct headers *h)
{
	char *host_options;
	cl_int err = start_compile(p, options, h, &host_options);

	if (err == CL_SUCCESS)
		err = finish_compile(p, host_options, h);
	free(host_options);
	return err;
}

cl_int CL_API_CALL clCompileProgram(cl_program program, cl_uint num_devices,
				    const cl_device_id *device_list, const char *options,
				    cl_uint num_input_headers, const cl_program *input_headers,
				    const char **header_include_names, program_notify pfn_notify,
				    void *user_data)
{
	struct headers headers = { num_input_headers, input_headers, header_include_names };
	const char *text = options ? options : "";
	struct build_callback *callback;
	cl_int err;

	if (!program_valid(program))
		return CL_INVALID_PROGRAM;
	err = device_list_check(&program->devices, num_devices, device_list);
	if (err == CL_SUCCESS)
		err = check_headers(&headers);
	if (err == CL_SUCCESS && strlen(text) >= DXG_PROGRAM_OPTIONS_MAX)
		err = CL_INVALID_COMPILER_OPTIONS;
	if (err == CL_SUCCESS && (!program->source || atomic_load(&program->kernels)))
		err = CL_INVALID_OPERATION;
	if (err == CL_SUCCESS)
		err = build_callback_new(pfn_notify, user_data, &callback);
	if (err != CL_SUCCESS)
		return err;
	err = compile(program, text, &headers);
	build_callback_post(callback, program);
	return err;
}

cl_int program_check_binary(struct _cl_program *p)
{
	cl_int err = program_create_on_host(p);
	struct request r;

	if (err != CL_SUCCESS)
		return err;
	if (!request_init(&r, "", 0))
		return CL_OUT_OF_HOST_MEMORY;
	err = compile_locked(p, &r);
	free(r.bytes);
	p->status = CL_BUILD_NONE;
	return err;
}

/* ---- link ---- */

/** struct inputs - the programs that clLinkProgram() is to link. */
struct inputs {
	cl_uint count;
	const cl_program *program;
};

static cl_int check_inputs(cl_context context, const struct inputs *in)
{
	if (!in->count || !in->program)
		return CL_INVALID_VALUE;
	if (in->count > DXG_PROGRAM_INPUTS_MAX)
		return CL_OUT_OF_RESOURCES;
	for (cl_uint i = 0; i < in->count; i++)
		if (!program_valid(in->program[i]) || in->program[i]->context != context)
			return CL_INVALID_PROGRAM;
	return CL_SUCCESS;
}

/* Only what was compiled, or is a library, can be linked. */
static cl_int add_input(struct request *r, struct _cl_program *input)
{
	cl_program_binary_type type;
	uint32_t id;

	pthread_mutex_lock(&input->lock);
	type = input->binary_type;
	id = input->host_id;
	pthread_mutex_unlock(&input->lock);
	memcpy(r->bytes + r->at, &id, sizeof(id));
	r->at += (uint32_t)sizeof(id);
	return type == CL_PROGRAM_BINARY_TYPE_COMPILED_OBJECT ||
			       type == CL_PROGRAM_BINARY_TYPE_LIBRARY
		       ? CL_SUCCESS
		       : CL_INVALID_OPERATION;
}

/* Nobody else knows of @p yet. */
static cl_int link_to(struct _cl_program *p, struct request *r)
{
	const struct dxg_escape_program_link *e = r->link;
	int err;

	p->linked = true;
	p->status = CL_BUILD_ERROR;
	err = request_send(r, p->context->vgpu, DXG_ESCAPE_PROGRAM_LINK, &p->log);
	if (err < 0)
		return host_error(p->context, err);
	p->host_id = e->program;
	if (e->build_status != CL_SUCCESS)
		return e->build_status < 0 ? e->build_status : CL_LINK_PROGRAM_FAILURE;
	if (!e->program || e->kernel_count > DXG_KERNELS_PER_PROGRAM)
		return CL_OUT_OF_RESOURCES;
	p->kernel_count = e->kernel_count;
	p->binary_type = e->binary_type;
	p->status = CL_BUILD_SUCCESS;
	return CL_SUCCESS;
}

static cl_int link_programs(struct _cl_program *p, const char *options, const struct inputs *in)
{
	struct request r;
	cl_int err = CL_SUCCESS;

	if (!request_init(&r, options, in->count * (uint32_t)sizeof(uint32_t)))
		return CL_OUT_OF_HOST_MEMORY;
	r.link->input_count = in->count;
	p->options = strdup(options);
	for (cl_uint i = 0; i < in->count && err == CL_SUCCESS; i++)
		err = add_input(&r, in->program[i]);
	for (cl_uint i = 0; i < in->count; i++)
		p->prints |= in->program[i]->prints;
	if (err == CL_SUCCESS)
		err = link_to(p, &r);
	free(r.bytes);
	return err;
}

/*
 * Programs that do not fit together still give a program, with the log in it and the error beside
 * it; everything else that goes wrong gives none.
 */
static cl_program finish_link(struct _cl_program *p, cl_int err, struct build_callback *callback)
{
	if (err == CL_SUCCESS || err == CL_LINK_PROGRAM_FAILURE) {
		build_callback_post(callback, p);
		return p;
	}
	build_callback_free(callback);
	object_drop(p);
	return NULL;
}

cl_program CL_API_CALL clLinkProgram(cl_context context, cl_uint num_devices,
				     const cl_device_id *device_list, const char *options,
				     cl_uint num_input_programs, const cl_program *input_programs,
				     program_notify pfn_notify, void *user_data,
				     cl_int *errcode_ret)
{
	struct inputs inputs = { num_input_programs, input_programs };
	const char *text = options ? options : "";
	struct build_callback *callback = NULL;
	struct _cl_program *p = NULL;
	cl_int err = CL_INVALID_CONTEXT;

	if (context_valid(context))
		err = device_list_check(&context->devices, num_devices, device_list);
	if (err == CL_SUCCESS)
		err = check_inputs(context, &inputs);
	if (err == CL_SUCCESS && strlen(text) >= DXG_PROGRAM_OPTIONS_MAX)
		err = CL_INVALID_LINKER_OPTIONS;
	if (err == CL_SUCCESS)
		err = build_callback_new(pfn_notify, user_data, &callback);
	if (err == CL_SUCCESS) {
		p = program_alloc(context, num_devices, device_list);
		err = p ? link_programs(p, text, &inputs) : CL_OUT_OF_HOST_MEMORY;
	}
	set_error(errcode_ret, err);
	return finish_link(p, err, callback);
}
