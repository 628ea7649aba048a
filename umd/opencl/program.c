// SPDX-License-Identifier: MIT
/*
 * program.c - cl_program as an object: creation from source and binary, queries. Building is in
 * program_build.c.
 */
#include "program.h"

#include <stdlib.h>

#include "entry.h"
#include "extensions.h"
#include "info.h"
#include "printed.h"

#define PROGRAM_MAGIC 0x50524f47u

static void destroy(struct object *o)
{
	struct _cl_program *p = (struct _cl_program *)o;

	program_destroy_on_host(p);
	program_drop_build(p);
	pthread_mutex_destroy(&p->lock);
	free(p->source);
	free(p->expanded);
	free(p->module);
	free(p->binary);
	device_list_fini(&p->devices);
	object_drop(p->context);
	free(p);
}

const struct object_ops program_ops = {
	.magic = PROGRAM_MAGIC,
	.invalid = CL_INVALID_PROGRAM,
	.destroy = destroy,
};

struct _cl_program *program_alloc(cl_context context, cl_uint n, const cl_device_id *devices)
{
	struct _cl_program *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	object_init(&p->o, &program_ops);
	p->context = object_hold(context);
	p->status = CL_BUILD_NONE;
	pthread_mutex_init(&p->lock, NULL);
	if (device_list_init(&p->devices, n ? n : context->devices.count,
			     n ? devices : context->devices.device))
		return p;
	object_drop(p);
	return NULL;
}

static size_t string_length(const char *const *strings, const size_t *lengths, cl_uint i)
{
	return lengths && lengths[i] ? lengths[i] : strlen(strings[i]);
}

static cl_int join_strings(struct _cl_program *p, cl_uint count, const char *const *strings,
			   const size_t *lengths)
{
	size_t total = 0, at = 0;

	for (cl_uint i = 0; i < count; i++) {
		if (!strings[i])
			return CL_INVALID_VALUE;
		total += string_length(strings, lengths, i);
		if (total > DXG_PROGRAM_SOURCE_MAX)
			return CL_OUT_OF_RESOURCES;
	}
	p->source = malloc(total + 1);
	if (!p->source)
		return CL_OUT_OF_HOST_MEMORY;
	for (cl_uint i = 0; i < count; i++) {
		size_t n = string_length(strings, lengths, i);

		memcpy(p->source + at, strings[i], n);
		at += n;
	}
	p->source[total] = '\0';
	p->prints = printed_mentioned(p->source, total);
	return CL_SUCCESS;
}

static cl_program give(struct _cl_program *p, cl_int err, cl_int *errcode_ret)
{
	set_error(errcode_ret, err);
	if (err == CL_SUCCESS)
		return p;
	object_drop(p);
	return NULL;
}

cl_program CL_API_CALL clCreateProgramWithSource(cl_context context, cl_uint count,
						 const char **strings, const size_t *lengths,
						 cl_int *errcode_ret)
{
	struct _cl_program *p;

	if (!context_valid(context))
		return give(NULL, CL_INVALID_CONTEXT, errcode_ret);
	if (!count || !strings)
		return give(NULL, CL_INVALID_VALUE, errcode_ret);
	p = program_alloc(context, 0, NULL);
	if (!p)
		return give(NULL, CL_OUT_OF_HOST_MEMORY, errcode_ret);
	return give(p, join_strings(p, count, strings, lengths), errcode_ret);
}

static bool is_spir(const uint8_t *binary, size_t length)
{
	uint32_t magic = 0;

	if (length > sizeof(magic))
		memcpy(&magic, binary, sizeof(magic));
	return magic == DXG_SPIR_MAGIC;
}

/* A module's names are not spelt in bytes: who knows what it prints. */
static cl_int load(struct _cl_program *p)
{
	cl_int err;

	p->prints = p->module || printed_mentioned(p->binary, p->binary_size);
	pthread_mutex_lock(&p->lock);
	err = program_check_binary(p);
	if (p->module)
		p->binary_type = CL_PROGRAM_BINARY_TYPE_INTERMEDIATE;
	pthread_mutex_unlock(&p->lock);
	return err;
}

static cl_int take_binary(struct _cl_program *p, const uint8_t *binary, size_t length)
{
	uint8_t *copy;

	if (length > DXG_PROGRAM_SOURCE_MAX)
		return CL_INVALID_BINARY;
	copy = malloc(length);
	if (!copy)
		return CL_OUT_OF_HOST_MEMORY;
	memcpy(copy, binary, length);
	if (is_spir(binary, length) && extensions_claimed(p->context->device, "cl_khr_spir")) {
		p->module = copy;
		p->module_size = length;
	} else {
		p->binary = copy;
		p->binary_size = length;
	}
	return load(p);
}

static cl_int check_binary(cl_context context, cl_uint num_devices, const cl_device_id *devices,
			   const size_t *lengths, const unsigned char **binaries)
{
	cl_int err;

	if (!context_valid(context))
		return CL_INVALID_CONTEXT;
	if (!num_devices || !devices || !lengths || !binaries)
		return CL_INVALID_VALUE;
	err = device_list_check(&context->devices, num_devices, devices);
	if (err != CL_SUCCESS)
		return err;
	for (cl_uint i = 0; i < num_devices; i++)
		if (!lengths[i] || !binaries[i])
			return CL_INVALID_VALUE;
	return CL_SUCCESS;
}

/* There is one program for all devices: each must come with the same binary. */
static cl_int same_binaries(cl_uint n, const size_t *lengths, const unsigned char **binaries,
			    cl_int *status)
{
	cl_int err = CL_SUCCESS;

	for (cl_uint i = 1; i < n; i++) {
		bool same = lengths[i] == lengths[0] &&
			    !memcmp(binaries[i], binaries[0], lengths[0]);

		if (!same)
			err = CL_INVALID_BINARY;
		if (status)
			status[i] = same ? status[0] : CL_INVALID_BINARY;
	}
	return err;
}

cl_program CL_API_CALL clCreateProgramWithBinary(cl_context context, cl_uint num_devices,
						 const cl_device_id *device_list,
						 const size_t *lengths,
						 const unsigned char **binaries,
						 cl_int *binary_status, cl_int *errcode_ret)
{
	cl_int err = check_binary(context, num_devices, device_list, lengths, binaries);
	struct _cl_program *p;
	cl_int same;

	if (err != CL_SUCCESS) {
		if (binary_status && binaries && lengths && num_devices == 1)
			*binary_status = CL_INVALID_VALUE;
		return give(NULL, err, errcode_ret);
	}
	p = program_alloc(context, num_devices, device_list);
	if (!p)
		return give(NULL, CL_OUT_OF_HOST_MEMORY, errcode_ret);
	err = take_binary(p, binaries[0], lengths[0]);
	if (binary_status)
		*binary_status = err;
	same = same_binaries(num_devices, lengths, binaries, binary_status);
	return give(p, err ? err : same, errcode_ret);
}

cl_program CL_API_CALL clCreateProgramWithBuiltInKernels(cl_context context, cl_uint num_devices,
							 const cl_device_id *device_list,
							 const char *kernel_names,
							 cl_int *errcode_ret)
{
	cl_int err = CL_INVALID_VALUE; /* the device has none, so no name is one */

	if (!context_valid(context))
		err = CL_INVALID_CONTEXT;
	else if (num_devices && device_list && kernel_names &&
		 device_list_check(&context->devices, num_devices, device_list))
		err = CL_INVALID_DEVICE;
	return give(NULL, err, errcode_ret);
}

/* CL_DEVICE_IL_VERSION is empty. */
cl_program CL_API_CALL clCreateProgramWithIL(cl_context context, const void *il, size_t length,
					     cl_int *errcode_ret)
{
	cl_int err = CL_INVALID_OPERATION;

	if (!context_valid(context))
		err = CL_INVALID_CONTEXT;
	else if (!il || !length)
		err = CL_INVALID_VALUE;
	return give(NULL, err, errcode_ret);
}

/* Only a program from an intermediate language has any, and there are none. */
cl_int CL_API_CALL clSetProgramSpecializationConstant(cl_program program, cl_uint spec_id,
						      size_t spec_size, const void *spec_value)
{
	(void)spec_id, (void)spec_size, (void)spec_value;
	return program_valid(program) ? CL_INVALID_OPERATION : CL_INVALID_PROGRAM;
}

/* Deprecated: it was for destructors of program scope variables, which no device here has. */
cl_int CL_API_CALL clSetProgramReleaseCallback(cl_program program,
					       void(CL_CALLBACK *pfn_notify)(cl_program, void *),
					       void *user_data)
{
	(void)user_data;
	if (!program_valid(program))
		return CL_INVALID_PROGRAM;
	return pfn_notify ? CL_INVALID_OPERATION : CL_INVALID_VALUE;
}

cl_int CL_API_CALL clRetainProgram(cl_program program)
{
	return object_retain(program, &program_ops);
}

cl_int CL_API_CALL clReleaseProgram(cl_program program)
{
	return object_release(program, &program_ops);
}

/* @value for each device. */
static cl_int info_each(const struct _cl_program *p, size_t value, const struct info_out *out)
{
	size_t *each = calloc(p->devices.count, sizeof(value));
	cl_int err;

	if (!each)
		return CL_OUT_OF_HOST_MEMORY;
	for (cl_uint i = 0; i < p->devices.count; i++)
		each[i] = value;
	err = info_bytes(out, each, p->devices.count * sizeof(value));
	free(each);
	return err;
}

static cl_int get_binary_size(struct _cl_program *p, const struct info_out *out)
{
	cl_int err = CL_SUCCESS;

	if (!p->binary && p->status == CL_BUILD_SUCCESS)
		err = program_fetch_binary(p);
	else if (!p->binary && p->module)
		return info_each(p, p->module_size, out);
	return err == CL_SUCCESS ? info_each(p, p->binary ? p->binary_size : 0, out) : err;
}

/* The caller gives an array of pointers, one per device; a NULL one wants nothing. */
static cl_int get_binaries(struct _cl_program *p, const struct info_out *out)
{
	unsigned char **array = out->value;
	size_t size = p->devices.count * sizeof(*array);
	const uint8_t *binary;
	bool wanted = false;
	size_t length;
	cl_int err;

	if (out->size_ret)
		*out->size_ret = size;
	if (!array)
		return CL_SUCCESS;
	if (out->room < size)
		return CL_INVALID_VALUE;
	for (cl_uint i = 0; i < p->devices.count; i++)
		wanted |= array[i] != NULL;
	if (!wanted || (!p->binary && !p->module && p->status != CL_BUILD_SUCCESS))
		return CL_SUCCESS;
	err = p->status == CL_BUILD_SUCCESS ? program_fetch_binary(p) : CL_SUCCESS;
	binary = p->binary ? p->binary : p->module;
	length = p->binary ? p->binary_size : p->module_size;
	for (cl_uint i = 0; i < p->devices.count && err == CL_SUCCESS && binary; i++)
		if (array[i])
			memcpy(array[i], binary, length);
	return err;
}

static cl_int get_kernel_names(struct _cl_program *p, const struct info_out *out)
{
	cl_int err = program_fetch_infos(p);
	size_t total = 1;
	char *names, *at;

	if (err != CL_SUCCESS)
		return err;
	for (uint32_t i = 0; i < p->kernel_count; i++)
		total += strlen(p->infos[i]->name) + 1;
	names = malloc(total);
	if (!names)
		return CL_OUT_OF_HOST_MEMORY;
	at = names;
	for (uint32_t i = 0; i < p->kernel_count; i++) {
		if (i)
			*at++ = ';';
		at = stpcpy(at, p->infos[i]->name);
	}
	*at = '\0';
	err = info_string(out, names);
	free(names);
	return err;
}

static cl_int get_built_info(struct _cl_program *p, cl_program_info param,
			     const struct info_out *out)
{
	if (param == CL_PROGRAM_BINARY_SIZES)
		return get_binary_size(p, out);
	if (param == CL_PROGRAM_BINARIES)
		return get_binaries(p, out);
	if (!program_executable(p))
		return CL_INVALID_PROGRAM_EXECUTABLE;
	if (param == CL_PROGRAM_NUM_KERNELS)
		return info_size(out, p->kernel_count);
	return get_kernel_names(p, out);
}

cl_int CL_API_CALL clGetProgramInfo(cl_program program, cl_program_info param_name,
				    size_t param_value_size, void *param_value,
				    size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };
	cl_int err;

	if (!program_valid(program))
		return CL_INVALID_PROGRAM;
	switch (param_name) {
	case CL_PROGRAM_REFERENCE_COUNT:
		return info_uint(&out, object_refs(&program->o));
	case CL_PROGRAM_CONTEXT:
		return info_pointer(&out, program->context);
	case CL_PROGRAM_NUM_DEVICES:
		return info_uint(&out, program->devices.count);
	case CL_PROGRAM_DEVICES:
		return device_list_info(&program->devices, &out);
	case CL_PROGRAM_IL:
		return info_bytes(&out, NULL, 0);
	case CL_PROGRAM_SCOPE_GLOBAL_CTORS_PRESENT:
	case CL_PROGRAM_SCOPE_GLOBAL_DTORS_PRESENT:
		return info_uint(&out, CL_FALSE);
	case CL_PROGRAM_SOURCE:
		return info_string(&out, program->source ? program->source : "");
	case CL_PROGRAM_BINARY_SIZES:
	case CL_PROGRAM_BINARIES:
	case CL_PROGRAM_NUM_KERNELS:
	case CL_PROGRAM_KERNEL_NAMES:
		pthread_mutex_lock(&program->lock);
		err = get_built_info(program, param_name, &out);
		pthread_mutex_unlock(&program->lock);
		return err;
	default:
		return CL_INVALID_VALUE;
	}
}

static cl_int get_build_info(struct _cl_program *p, cl_program_build_info param,
			     const struct info_out *out)
{
	switch (param) {
	case CL_PROGRAM_BUILD_STATUS:
		return info_int(out, p->status);
	case CL_PROGRAM_BUILD_OPTIONS:
		return info_string(out, p->options ? p->options : "");
	case CL_PROGRAM_BUILD_LOG:
		return info_string(out, p->log ? p->log : "");
	case CL_PROGRAM_BINARY_TYPE:
		return info_uint(out, p->binary_type);
	case CL_PROGRAM_BUILD_GLOBAL_VARIABLE_TOTAL_SIZE:
		return info_size(out, 0);
	default:
		return CL_INVALID_VALUE;
	}
}

cl_int CL_API_CALL clGetProgramBuildInfo(cl_program program, cl_device_id device,
					 cl_program_build_info param_name, size_t param_value_size,
					 void *param_value, size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };
	cl_int err;

	if (!program_valid(program))
		return CL_INVALID_PROGRAM;
	if (!device_list_has(&program->devices, device))
		return CL_INVALID_DEVICE;
	pthread_mutex_lock(&program->lock);
	err = get_build_info(program, param_name, &out);
	pthread_mutex_unlock(&program->lock);
	return err;
}
