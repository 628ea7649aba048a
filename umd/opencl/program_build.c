// SPDX-License-Identifier: MIT
/*
 * program_build.c - what a program has on the host: create, build, binary, kernel information.
 * Large things travel through a CPU-visible allocation that lives as long as the escape that names
 * it.
 *
 * Everything the host answers is checked before it is kept.
 */
#include <stdlib.h>

#include "callback.h"
#include "entry.h"
#include "include.h"
#include "pool.h"
#include "printed.h"
#include "program.h"

static cl_int create_error(struct _cl_program *p, int err)
{
	if (err == 0)
		return CL_SUCCESS;
	if (!p->source && (err == -EINVAL || err == -ENOEXEC))
		return CL_INVALID_BINARY;
	if (err == -ENOMEM)
		return CL_OUT_OF_RESOURCES;
	return context_error(p->context, err);
}

/* What the host gets, and its enum dxg_program_kind. */
static uint32_t made_from(const struct _cl_program *p, const void **ret, size_t *ret_length)
{
	const char *source = p->expanded ? p->expanded : p->source;

	if (source) {
		*ret = source;
		*ret_length = strlen(source);
		return DXG_PROGRAM_SOURCE;
	}
	*ret = p->module ? p->module : p->binary;
	*ret_length = p->module ? p->module_size : p->binary_size;
	return p->module ? DXG_PROGRAM_SPIR : DXG_PROGRAM_BINARY;
}

cl_int program_create_on_host(struct _cl_program *p)
{
	const void *data;
	size_t length;
	struct dxg_escape_program_create e = { .kind = made_from(p, &data, &length) };
	struct allocation scratch;
	int err;

	if (p->host_id)
		return CL_SUCCESS;
	e.length = length ? length : 1; /* an empty source is one zero byte */
	err = pool_get(p->context->vgpu, e.length, DXG_ALLOC_CPU_VISIBLE, &scratch);
	if (err < 0)
		return create_error(p, err);
	memcpy(scratch.cpu, data, e.length);
	e.source = scratch.va;
	err = vgpu_escape(p->context->vgpu, &e.h, DXG_ESCAPE_PROGRAM_CREATE, sizeof(e));
	pool_put(&scratch);
	if (err == 0)
		p->host_id = e.program;
	return create_error(p, err);
}

void program_destroy_on_host(struct _cl_program *p)
{
	struct dxg_escape_program_destroy e = { .program = p->host_id };

	if (p->host_id)
		vgpu_escape(p->context->vgpu, &e.h, DXG_ESCAPE_PROGRAM_DESTROY, sizeof(e));
	p->host_id = 0;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

cl_int program_prepare(struct _cl_program *p, const char *options, char **ret_options)
{
	struct include include;
	cl_int err = include_expand(p->source, options, &include);

	*ret_options = include.options;
	if (err != CL_SUCCESS)
		return err;
	if (!same_text(p->expanded, include.source))
		program_destroy_on_host(p);
	free(p->expanded);
	p->expanded = include.source;
	if (p->expanded)
		p->prints |= printed_mentioned(p->expanded, strlen(p->expanded));
	p->prints |= printed_mentioned(options, strlen(options));
	return program_create_on_host(p);
}

static void drop_infos(struct _cl_program *p)
{
	if (p->infos)
		for (uint32_t i = 0; i < p->kernel_count; i++)
			free(p->infos[i]);
	free(p->infos);
	free(p->paces);
	p->infos = NULL;
	p->paces = NULL;
}

void program_drop_build(struct _cl_program *p)
{
	drop_infos(p);
	free(p->options);
	free(p->log);
	p->options = NULL;
	p->log = NULL;
	p->kernel_count = 0;
	p->built_size = 0;
	p->status = CL_BUILD_NONE;
	p->binary_type = p->module ? CL_PROGRAM_BINARY_TYPE_INTERMEDIATE
				   : CL_PROGRAM_BINARY_TYPE_NONE;
	if (p->source || p->module) {
		free(p->binary);
		p->binary = NULL;
		p->binary_size = 0;
	}
}

char *program_copy_log(const char *log, uint64_t size)
{
	return strndup(log, size < PROGRAM_LOG_ROOM ? size : PROGRAM_LOG_ROOM);
}

static struct dxg_escape_program_build *build_request(const char *options, uint32_t *ret_size)
{
	size_t length = strlen(options) + 1;
	struct dxg_escape_program_build *e;

	*ret_size = (uint32_t)sizeof(*e) + dxg_align8((uint32_t)length);
	e = calloc(1, *ret_size);
	if (!e)
		return NULL;
	e->options_size = (uint32_t)length;
	memcpy(e + 1, options, length);
	return e;
}

static cl_int take_result(struct _cl_program *p, const struct dxg_escape_program_build *e)
{
	if (e->build_status != CL_SUCCESS) {
		p->status = CL_BUILD_ERROR;
		return e->build_status < 0 ? e->build_status : CL_BUILD_PROGRAM_FAILURE;
	}
	if (e->kernel_count > DXG_KERNELS_PER_PROGRAM) {
		p->status = CL_BUILD_ERROR;
		return CL_OUT_OF_RESOURCES;
	}
	p->kernel_count = e->kernel_count;
	p->built_size = e->binary_size;
	p->binary_type = CL_PROGRAM_BINARY_TYPE_EXECUTABLE;
	p->status = CL_BUILD_SUCCESS;
	return CL_SUCCESS;
}

static cl_int build_on_host(struct _cl_program *p, const char *options,
			    const struct allocation *log)
{
	uint32_t size;
	struct dxg_escape_program_build *e = build_request(options, &size);
	cl_int result;
	int err;

	if (!e)
		return CL_OUT_OF_HOST_MEMORY;
	e->program = p->host_id;
	e->log = log->va;
	e->log_room = PROGRAM_LOG_ROOM;
	err = vgpu_escape(p->context->vgpu, &e->h, DXG_ESCAPE_PROGRAM_BUILD, size);
	if (err == 0) {
		p->log = program_copy_log(log->cpu, e->log_size);
		result = take_result(p, e);
	} else {
		p->status = CL_BUILD_ERROR;
		result = context_error(p->context, err);
	}
	free(e);
	return result;
}

cl_int program_build(struct _cl_program *p, const char *options)
{
	struct allocation log;
	char *host_options;
	cl_int result;
	int err;

	result = program_prepare(p, options, &host_options);
	program_drop_build(p);
	p->options = strdup(options);
	if (result != CL_SUCCESS)
		goto done;
	err = pool_get(p->context->vgpu, PROGRAM_LOG_ROOM, DXG_ALLOC_CPU_VISIBLE, &log);
	if (err < 0) {
		result = err == -ENOMEM ? CL_OUT_OF_RESOURCES : context_error(p->context, err);
		goto done;
	}
	result = build_on_host(p, host_options, &log);
	pool_put(&log);
done:
	free(host_options);
	return result;
}

/* How large the binary is; after a build the host may not know yet. */
static int learn_binary_size(struct _cl_program *p)
{
	struct dxg_escape_program_binary e = { .program = p->host_id };
	int err;

	if (p->built_size)
		return 0;
	err = vgpu_escape(p->context->vgpu, &e.h, DXG_ESCAPE_PROGRAM_BINARY, sizeof(e));
	if (err < 0 && err != -EOVERFLOW)
		return err;
	p->built_size = e.size;
	return 0;
}

cl_int program_fetch_binary(struct _cl_program *p)
{
	struct dxg_escape_program_binary e = { .program = p->host_id };
	struct allocation scratch;
	int err;

	if (p->binary)
		return CL_SUCCESS;
	err = learn_binary_size(p);
	if (err < 0)
		return context_error(p->context, err);
	if (!p->built_size)
		return CL_SUCCESS;
	e.room = p->built_size;
	err = pool_get(p->context->vgpu, p->built_size, DXG_ALLOC_CPU_VISIBLE, &scratch);
	if (err < 0)
		return err == -ENOMEM ? CL_OUT_OF_RESOURCES : context_error(p->context, err);
	e.dst = scratch.va;
	err = vgpu_escape(p->context->vgpu, &e.h, DXG_ESCAPE_PROGRAM_BINARY, sizeof(e));
	if (err == 0 && e.size != p->built_size)
		err = -EPROTO;
	if (err == 0)
		p->binary = malloc(p->built_size);
	if (p->binary) {
		memcpy(p->binary, scratch.cpu, p->built_size);
		p->binary_size = p->built_size;
	}
	pool_put(&scratch);
	if (err < 0)
		return context_error(p->context, err);
	return p->binary ? CL_SUCCESS : CL_OUT_OF_HOST_MEMORY;
}

static void terminate(struct dxg_escape_kernel_info *info)
{
	info->name[sizeof(info->name) - 1] = '\0';
	info->attributes[sizeof(info->attributes) - 1] = '\0';
	for (uint32_t i = 0; i < info->arg_count; i++) {
		info->arg[i].type_name[sizeof(info->arg[i].type_name) - 1] = '\0';
		info->arg[i].name[sizeof(info->arg[i].name) - 1] = '\0';
	}
}

/* Most kernels have few of the arguments that there is room for, and programs many kernels. */
static struct dxg_escape_kernel_info *shrink(struct dxg_escape_kernel_info *info)
{
	void *less = realloc(info, offsetof(struct dxg_escape_kernel_info, arg[info->arg_count]));

	return less ? less : info;
}

static cl_int fetch_info(struct _cl_program *p, uint32_t kernel,
			 struct dxg_escape_kernel_info **ret)
{
	struct dxg_escape_kernel_info *info = calloc(1, sizeof(*info));
	int err;

	if (!info)
		return CL_OUT_OF_HOST_MEMORY;
	info->program = p->host_id;
	info->kernel = kernel;
	err = vgpu_escape(p->context->vgpu, &info->h, DXG_ESCAPE_KERNEL_INFO, sizeof(*info));
	if (err == 0 && info->arg_count > DXG_KERNEL_ARGS_MAX)
		err = -EPROTO;
	if (err < 0) {
		free(info);
		return context_error(p->context, err);
	}
	terminate(info);
	*ret = shrink(info);
	return CL_SUCCESS;
}

cl_int program_fetch_infos(struct _cl_program *p)
{
	cl_int err = CL_SUCCESS;

	if (p->infos)
		return CL_SUCCESS;
	p->infos = calloc(p->kernel_count + 1, sizeof(*p->infos));
	p->paces = calloc(p->kernel_count + 1, sizeof(*p->paces));
	if (!p->infos || !p->paces)
		err = CL_OUT_OF_HOST_MEMORY;
	for (uint32_t i = 0; i < p->kernel_count && err == CL_SUCCESS; i++)
		err = fetch_info(p, i, &p->infos[i]);
	if (err != CL_SUCCESS)
		drop_infos(p);
	return err;
}

/** struct build_callback - the application is told that a build is over. */
struct build_callback {
	struct callback cb;
	struct _cl_program *program; /* held, once posted */
	program_notify notify;
	void *user_data;
};

static void tell_built(struct callback *cb)
{
	struct build_callback *b = (struct build_callback *)cb;

	b->notify(b->program, b->user_data);
	object_drop(b->program);
	free(b);
}

cl_int build_callback_new(program_notify notify, void *user_data, struct build_callback **ret)
{
	struct build_callback *b;

	*ret = NULL;
	if (!notify)
		return user_data ? CL_INVALID_VALUE : CL_SUCCESS;
	b = calloc(1, sizeof(*b));
	if (!b)
		return CL_OUT_OF_HOST_MEMORY;
	b->cb.run = tell_built;
	b->notify = notify;
	b->user_data = user_data;
	*ret = b;
	return CL_SUCCESS;
}

void build_callback_post(struct build_callback *b, struct _cl_program *p)
{
	if (!b)
		return;
	b->program = object_hold(p);
	callback_post(&b->cb);
}

void build_callback_free(struct build_callback *b)
{
	free(b);
}

static cl_int check_build(cl_program program, cl_uint num_devices, const cl_device_id *devices,
			  const char *options)
{
	cl_int err;

	if (!program_valid(program))
		return CL_INVALID_PROGRAM;
	err = device_list_check(&program->devices, num_devices, devices);
	if (err != CL_SUCCESS)
		return err;
	if (strlen(options) >= DXG_PROGRAM_OPTIONS_MAX)
		return CL_INVALID_BUILD_OPTIONS;
	return atomic_load(&program->kernels) || program->linked ? CL_INVALID_OPERATION
								 : CL_SUCCESS;
}

/*
 * With a callback the build might return early; it does not, so that its outcome can be returned,
 * too. The callback comes from a thread of ours.
 */
cl_int CL_API_CALL clBuildProgram(cl_program program, cl_uint num_devices,
				  const cl_device_id *device_list, const char *options,
				  void(CL_CALLBACK *pfn_notify)(cl_program, void *),
				  void *user_data)
{
	const char *text = options ? options : "";
	cl_int err = check_build(program, num_devices, device_list, text);
	struct build_callback *callback;

	if (err == CL_SUCCESS)
		err = build_callback_new(pfn_notify, user_data, &callback);
	if (err != CL_SUCCESS)
		return err;
	pthread_mutex_lock(&program->lock);
	err = program_build(program, text);
	pthread_mutex_unlock(&program->lock);
	build_callback_post(callback, program);
	return err;
}

cl_int CL_API_CALL clUnloadCompiler(void)
{
	return CL_SUCCESS;
}
