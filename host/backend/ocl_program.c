// SPDX-License-Identifier: MIT
/*
 * ocl_program - built programs and their kernels. A kernel object is made once per kernel of a
 * program and remembers which arguments are set, so that a dispatch sets only what changed.
 *
 * Locks: program->lock guards the array of kernels. A kernel's driver object and its argument cache
 * belong to the executor once it is in the array.
 */
#include "backend/ocl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kernels looked at right after the build, off the reader's path; the rest when first used. */
#define EAGER_KERNELS 64

/* What an argument was set to last. */
struct ocl_arg {
	uint32_t kind; /* 0: not set */
	uint32_t size;
	uint64_t key; /* serial of a buffer (0: null) or image, bytes of local memory, sampler,
			 address */
	void *bytes;
};

/*
 * @launched: for what kinds of launches the driver has had this kernel, a bit each. Kinds that
 * share a bit are taken for one. Reader.
 */
struct ocl_kernel {
	cl_kernel kernel;
	uint64_t launched;
	struct ocl_arg arg[DXG_KERNEL_ARGS_MAX];
	struct backend_kernel info;
};

struct backend_program {
	cl_program program;
	uint32_t kernel_count;
	char *names; /* zero-terminated names, one after the other */
	const char **name;
	pthread_mutex_t lock;
	struct ocl_kernel **kernel;
};

/* ---- kernels ---- */

static void kernel_destroy(struct ocl_backend *ocl, struct ocl_kernel *k)
{
	size_t i;

	if (!k)
		return;
	for (i = 0; i < DXG_KERNEL_ARGS_MAX; i++)
		free(k->arg[i].bytes);
	if (k->kernel)
		ocl->cl.clReleaseKernel(k->kernel);
	free(k);
}

static void arg_string(struct ocl_backend *ocl, cl_kernel kernel, cl_uint index,
		       cl_kernel_arg_info param, char *ret, size_t room)
{
	char *value;
	size_t n = 0;

	ret[0] = '\0';
	if (ocl->cl.clGetKernelArgInfo(kernel, index, param, 0, NULL, &n) || !n)
		return;
	value = calloc(1, n + 1);
	if (!value)
		return;
	if (!ocl->cl.clGetKernelArgInfo(kernel, index, param, n, value, NULL)) {
		strncpy(ret, value, room - 1);
		ret[room - 1] = '\0';
	}
	free(value);
}

/* What the driver knows of an argument; a binary without it leaves zeros. */
static void arg_describe(struct ocl_backend *ocl, cl_kernel kernel, cl_uint index,
			 struct dxg_kernel_arg *ret)
{
	cl_kernel_arg_address_qualifier address = 0;
	cl_kernel_arg_access_qualifier access = 0;
	cl_kernel_arg_type_qualifier type = 0;

	ocl->cl.clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof(address),
				   &address, NULL);
	ocl->cl.clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_ACCESS_QUALIFIER, sizeof(access),
				   &access, NULL);
	ocl->cl.clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_TYPE_QUALIFIER, sizeof(type), &type,
				   NULL);
	ret->address = address;
	ret->access = access;
	ret->type_qualifier = type;
	arg_string(ocl, kernel, index, CL_KERNEL_ARG_TYPE_NAME, ret->type_name,
		   sizeof(ret->type_name));
	arg_string(ocl, kernel, index, CL_KERNEL_ARG_NAME, ret->name, sizeof(ret->name));
}

/* Images of many samples are not carried. */
static const struct {
	const char *name;
	uint8_t type;
	bool depth;
} image_types[] = {
	{ "image1d_t", DXG_IMAGE_1D, false },
	{ "image1d_buffer_t", DXG_IMAGE_1D_BUFFER, false },
	{ "image1d_array_t", DXG_IMAGE_1D_ARRAY, false },
	{ "image2d_t", DXG_IMAGE_2D, false },
	{ "image2d_depth_t", DXG_IMAGE_2D, true },
	{ "image2d_array_t", DXG_IMAGE_2D_ARRAY, false },
	{ "image2d_array_depth_t", DXG_IMAGE_2D_ARRAY, true },
	{ "image3d_t", DXG_IMAGE_3D, false },
};

static uint8_t image_access(uint32_t access)
{
	switch (access) {
	case CL_KERNEL_ARG_ACCESS_READ_ONLY:
		return DXG_IMAGE_READ_ONLY;
	case CL_KERNEL_ARG_ACCESS_WRITE_ONLY:
		return DXG_IMAGE_WRITE_ONLY;
	default:
		return DXG_IMAGE_READ_WRITE;
	}
}

/* Its access tells an image; its name, which kind. What has the one only is none of ours. */
static void image_rules(const struct dxg_kernel_arg *arg, struct backend_kernel_arg *ret)
{
	size_t i;

	ret->object = BACKEND_FOREIGN;
	for (i = 0; i < sizeof(image_types) / sizeof(image_types[0]); i++) {
		if (strcmp(arg->type_name, image_types[i].name))
			continue;
		ret->object = BACKEND_IMAGE;
		ret->image_type = image_types[i].type;
		ret->image_depth = image_types[i].depth;
		ret->image_access = image_access(arg->access);
	}
}

static void arg_rules(const struct dxg_kernel_arg *arg, struct backend_kernel_arg *ret)
{
	ret->address = arg->address;
	if (!strcmp(arg->type_name, "sampler_t"))
		ret->object = BACKEND_SAMPLER;
	else if ((arg->access && arg->access != CL_KERNEL_ARG_ACCESS_NONE) ||
		 (arg->type_qualifier & CL_KERNEL_ARG_TYPE_PIPE))
		image_rules(arg, ret);
	ret->read_only = arg->address == CL_KERNEL_ARG_ADDRESS_CONSTANT ||
			 (arg->type_qualifier & CL_KERNEL_ARG_TYPE_CONST);
}

static int kernel_learn(struct ocl_backend *ocl, struct ocl_kernel *k)
{
	struct backend_kernel *info = &k->info;
	size_t size = 0, required[3] = { 0 };
	struct dxg_kernel_arg arg;
	cl_uint i, count = 0;

	if (ocl->cl.clGetKernelInfo(k->kernel, CL_KERNEL_NUM_ARGS, sizeof(count), &count, NULL) ||
	    count > DXG_KERNEL_ARGS_MAX)
		return -EIO;
	ocl->cl.clGetKernelWorkGroupInfo(k->kernel, ocl->device, CL_KERNEL_WORK_GROUP_SIZE,
					 sizeof(size), &size, NULL);
	ocl->cl.clGetKernelWorkGroupInfo(k->kernel, ocl->device, CL_KERNEL_COMPILE_WORK_GROUP_SIZE,
					 sizeof(required), required, NULL);
	info->work_group_size = size;
	info->arg_count = count;
	for (i = 0; i < 3; i++)
		info->compile_work_group_size[i] = required[i];
	for (i = 0; i < count; i++) {
		memset(&arg, 0, sizeof(arg));
		arg_describe(ocl, k->kernel, i, &arg);
		arg_rules(&arg, &info->arg[i]);
	}
	return 0;
}

static int kernel_create(struct ocl_backend *ocl, struct backend_program *program, uint32_t index,
			 struct ocl_kernel **ret)
{
	struct ocl_kernel *k = calloc(1, sizeof(*k));
	cl_int error;
	int err;

	if (!k)
		return -ENOMEM;
	k->kernel = ocl->cl.clCreateKernel(program->program, program->name[index], &error);
	if (error)
		k->kernel = NULL;
	err = error ? -EIO : kernel_learn(ocl, k);
	if (err) {
		kernel_destroy(ocl, k);
		return err;
	}
	*ret = k;
	return 0;
}

static int kernel_get(struct ocl_backend *ocl, struct backend_program *program, uint32_t index,
		      struct ocl_kernel **ret)
{
	int err = 0;

	pthread_mutex_lock(&program->lock);
	if (!program->kernel[index])
		err = kernel_create(ocl, program, index, &program->kernel[index]);
	*ret = program->kernel[index];
	pthread_mutex_unlock(&program->lock);
	return err;
}

int ocl_kernel(struct backend *be, struct backend_program *program, uint32_t index,
	       const struct backend_kernel **ret)
{
	struct ocl_kernel *k;
	int err;

	err = kernel_get(ocl_of(be), program, index, &k);
	if (!err)
		*ret = &k->info;
	return err;
}

int ocl_kernel_info(struct backend *be, struct backend_program *program, uint32_t index,
		    struct dxg_escape_kernel_info *info)
{
	struct ocl_backend *ocl = ocl_of(be);
	cl_ulong local = 0, private = 0;
	size_t multiple = 0;
	struct ocl_kernel *k;
	uint32_t i;
	int err;

	err = kernel_get(ocl, program, index, &k);
	if (err)
		return err;
	ocl->cl.clGetKernelWorkGroupInfo(k->kernel, ocl->device,
					 CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE,
					 sizeof(multiple), &multiple, NULL);
	ocl->cl.clGetKernelWorkGroupInfo(k->kernel, ocl->device, CL_KERNEL_LOCAL_MEM_SIZE,
					 sizeof(local), &local, NULL);
	ocl->cl.clGetKernelWorkGroupInfo(k->kernel, ocl->device, CL_KERNEL_PRIVATE_MEM_SIZE,
					 sizeof(private), &private, NULL);
	info->arg_count = k->info.arg_count;
	info->work_group_size = k->info.work_group_size;
	for (i = 0; i < 3; i++)
		info->compile_work_group_size[i] = k->info.compile_work_group_size[i];
	info->preferred_multiple = multiple;
	info->local_mem_size = local;
	info->private_mem_size = private;
	snprintf(info->name, sizeof(info->name), "%s", program->name[index]);
	/* A list of attributes that does not fit is left empty rather than cut. */
	if (ocl->cl.clGetKernelInfo(k->kernel, CL_KERNEL_ATTRIBUTES, sizeof(info->attributes) - 1,
				    info->attributes, NULL))
		info->attributes[0] = '\0';
	for (i = 0; i < info->arg_count; i++)
		arg_describe(ocl, k->kernel, i, &info->arg[i]);
	return 0;
}

/* ---- arguments ---- */

static cl_int set_buffer(struct ocl_backend *ocl, struct ocl_kernel *k, cl_uint index,
			 const struct backend_arg *arg)
{
	struct ocl_buffer buffer = { 0 };
	struct ocl_arg *was = &k->arg[index];
	cl_int err = CL_SUCCESS;

	if (arg->span.alloc)
		err = ocl_span_buffer(ocl, &arg->span, &buffer);
	if (err || (was->kind == DXG_ARG_VA && was->key == buffer.serial))
		return err;
	was->kind = 0;
	err = ocl->cl.clSetKernelArg(k->kernel, index, sizeof(buffer.mem),
				     buffer.mem ? &buffer.mem : NULL);
	if (err)
		return err;
	was->kind = DXG_ARG_VA;
	was->key = buffer.serial;
	return CL_SUCCESS;
}

static cl_int set_bytes(struct ocl_backend *ocl, struct ocl_kernel *k, cl_uint index,
			const struct backend_arg *arg)
{
	struct ocl_arg *was = &k->arg[index];
	cl_int err;
	void *p;

	if (was->kind == DXG_ARG_BYTES && was->size == arg->size &&
	    !memcmp(was->bytes, arg->bytes, arg->size))
		return CL_SUCCESS;
	was->kind = 0;
	err = ocl->cl.clSetKernelArg(k->kernel, index, arg->size, arg->bytes);
	if (err)
		return err;
	p = realloc(was->bytes, arg->size);
	if (!p)
		return CL_SUCCESS;
	was->bytes = p;
	memcpy(was->bytes, arg->bytes, arg->size);
	was->size = arg->size;
	was->kind = DXG_ARG_BYTES;
	return CL_SUCCESS;
}

static cl_int set_local(struct ocl_backend *ocl, struct ocl_kernel *k, cl_uint index,
			const struct backend_arg *arg)
{
	struct ocl_arg *was = &k->arg[index];
	cl_int err;

	if (was->kind == DXG_ARG_LOCAL && was->key == arg->local)
		return CL_SUCCESS;
	was->kind = 0;
	err = ocl->cl.clSetKernelArg(k->kernel, index, arg->local, NULL);
	if (err)
		return err;
	was->kind = DXG_ARG_LOCAL;
	was->key = arg->local;
	return CL_SUCCESS;
}

static cl_int set_image(struct ocl_backend *ocl, struct ocl_kernel *k, cl_uint index,
			const struct backend_arg *arg)
{
	struct ocl_buffer image = ocl_image_buffer(arg->image);
	struct ocl_arg *was = &k->arg[index];
	cl_int err;

	if (was->kind == DXG_ARG_IMAGE && was->key == image.serial)
		return CL_SUCCESS;
	was->kind = 0;
	err = ocl->cl.clSetKernelArg(k->kernel, index, sizeof(image.mem), &image.mem);
	if (err)
		return err;
	was->kind = DXG_ARG_IMAGE;
	was->key = image.serial;
	return CL_SUCCESS;
}

/* Samplers live as long as the backend: their address is their name. */
static cl_int set_sampler(struct ocl_backend *ocl, struct ocl_kernel *k, cl_uint index,
			  const struct backend_arg *arg)
{
	struct ocl_arg *was = &k->arg[index];
	cl_sampler sampler;
	cl_int err;

	err = ocl_sampler(ocl, &arg->sampler, &sampler);
	if (err || (was->kind == DXG_ARG_SAMPLER && was->key == (uintptr_t)sampler))
		return err;
	was->kind = 0;
	err = ocl->cl.clSetKernelArg(k->kernel, index, sizeof(sampler), &sampler);
	if (err)
		return err;
	was->kind = DXG_ARG_SAMPLER;
	was->key = (uintptr_t)sampler;
	return CL_SUCCESS;
}

static cl_int set_svm(struct ocl_backend *ocl, struct ocl_kernel *k, cl_uint index,
		      const struct backend_arg *arg)
{
	uint64_t address = arg->span.alloc ? arg->span.alloc->svm + arg->span.offset : 0;
	struct ocl_arg *was = &k->arg[index];
	cl_int err;

	if (was->kind == DXG_ARG_SVM && was->key == address)
		return CL_SUCCESS;
	was->kind = 0;
	err = ocl->cl.clSetKernelArgSVMPointer(k->kernel, index, (void *)(uintptr_t)address);
	if (err)
		return err;
	was->kind = DXG_ARG_SVM;
	was->key = address;
	return CL_SUCCESS;
}

cl_int ocl_kernel_args(struct ocl_backend *ocl, const struct backend_dispatch *dispatch,
		       cl_kernel *ret, uint32_t *ret_bad)
{
	static cl_int (*const set[])(struct ocl_backend *, struct ocl_kernel *, cl_uint,
				     const struct backend_arg *) = {
		[DXG_ARG_BYTES] = set_bytes,	 [DXG_ARG_VA] = set_buffer,
		[DXG_ARG_LOCAL] = set_local,	 [DXG_ARG_IMAGE] = set_image,
		[DXG_ARG_SAMPLER] = set_sampler, [DXG_ARG_SVM] = set_svm,
	};
	struct ocl_kernel *k;
	cl_int err;
	uint32_t i;

	*ret_bad = 0;
	if (kernel_get(ocl, dispatch->program, dispatch->kernel, &k))
		return CL_INVALID_KERNEL;
	for (i = 0; i < dispatch->arg_count; i++) {
		err = set[dispatch->arg[i].kind](ocl, k, i, &dispatch->arg[i]);
		if (err) {
			*ret_bad = i;
			return err;
		}
	}
	*ret = k->kernel;
	return CL_SUCCESS;
}

/* ---- launches that the driver compiles for ---- */

/* PoCL specialises by work-group size, and by whether there is an offset. */
static uint64_t kind_of_launch(const struct backend_dispatch *d)
{
	uint64_t hash = d->local_given ? 1 : 2;
	int i;

	for (i = 0; i < 3; i++)
		hash = (hash ^ d->local[i] ^ (d->offset[i] ? 1u << 16 : 0)) * 0x9e3779b97f4a7c15ull;
	return UINT64_C(1) << (hash >> 58);
}

static bool fresh_dispatch(struct ocl_backend *ocl, const struct backend_dispatch *d)
{
	uint64_t kind = kind_of_launch(d);
	struct ocl_kernel *k;
	bool fresh;

	if (kernel_get(ocl, d->program, d->kernel, &k))
		return false;
	fresh = !(k->launched & kind);
	k->launched |= kind;
	return fresh;
}

bool ocl_fresh(struct backend *be, const struct backend_packet *packet, size_t count)
{
	bool fresh = false;
	size_t i;

	for (i = 0; ocl_of(be)->compiles_late && i < count; i++)
		if (packet[i].opcode == DXG_CMD_DISPATCH)
			fresh |= fresh_dispatch(ocl_of(be), &packet[i].dispatch);
	return fresh;
}

/* ---- programs ---- */

void ocl_program_destroy(struct backend *be, struct backend_program *program)
{
	struct ocl_backend *ocl = ocl_of(be);
	uint32_t i;

	for (i = 0; program->kernel && i < program->kernel_count; i++)
		kernel_destroy(ocl, program->kernel[i]);
	if (program->program)
		ocl->cl.clReleaseProgram(program->program);
	pthread_mutex_destroy(&program->lock);
	free(program->kernel);
	free(program->name);
	free(program->names);
	free(program);
}

/* A driver that knows SPIR says what is wrong with a module; another one is not asked. */
static bool spir_fine(struct ocl_backend *ocl, const struct backend_source *source)
{
	uint32_t magic = 0;

	if (source->length > sizeof(magic))
		memcpy(&magic, source->data, sizeof(magic));
	return magic == DXG_SPIR_MAGIC && ocl_device_extension(ocl, "cl_khr_spir");
}

/* The driver's binary that a source of those kinds is. */
static bool binary_from(struct ocl_backend *ocl, const struct backend_source *source,
			const unsigned char **ret, size_t *ret_size)
{
	if (source->kind != DXG_PROGRAM_SPIR)
		return ocl_binary_unwrap(ocl, source, ret, ret_size);
	*ret = source->data;
	*ret_size = source->length;
	return spir_fine(ocl, source);
}

static cl_program program_from(struct ocl_backend *ocl, const struct backend_source *source,
			       cl_int *ret_err)
{
	const char *text = source->data;
	cl_int status = CL_SUCCESS;
	const unsigned char *binary;
	cl_program program;
	size_t size;

	if (source->kind == DXG_PROGRAM_SOURCE)
		return ocl->cl.clCreateProgramWithSource(ocl->context, 1, &text, &source->length,
							 ret_err);
	if (!binary_from(ocl, source, &binary, &size)) {
		*ret_err = CL_INVALID_BINARY;
		return NULL;
	}
	program = ocl->cl.clCreateProgramWithBinary(ocl->context, 1, &ocl->device, &size, &binary,
						    &status, ret_err);
	if (!*ret_err && status) {
		ocl->cl.clReleaseProgram(program);
		*ret_err = status;
	}
	return program;
}

static char *build_log(struct ocl_backend *ocl, cl_program program)
{
	size_t n = 0;
	char *log;

	if (ocl->cl.clGetProgramBuildInfo(program, ocl->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &n))
		return NULL;
	log = calloc(1, n + 1);
	if (log && n &&
	    ocl->cl.clGetProgramBuildInfo(program, ocl->device, CL_PROGRAM_BUILD_LOG, n, log, NULL))
		log[0] = '\0';
	return log;
}

/* The kernels' names, split at the semicolons; their order is that of the indices. */
static int learn_names(struct ocl_backend *ocl, struct backend_program *program)
{
	size_t bytes = 0, count = 0;
	char *p, *save;

	if (ocl->cl.clGetProgramInfo(program->program, CL_PROGRAM_NUM_KERNELS, sizeof(count),
				     &count, NULL) ||
	    count > DXG_KERNELS_PER_PROGRAM ||
	    ocl->cl.clGetProgramInfo(program->program, CL_PROGRAM_KERNEL_NAMES, 0, NULL, &bytes))
		return -EIO;
	program->names = calloc(1, bytes + 1);
	program->name = calloc(count + 1, sizeof(*program->name));
	program->kernel = calloc(count + 1, sizeof(*program->kernel));
	if (!program->names || !program->name || !program->kernel)
		return -ENOMEM;
	if (bytes && ocl->cl.clGetProgramInfo(program->program, CL_PROGRAM_KERNEL_NAMES, bytes,
					      program->names, NULL))
		return -EIO;
	for (p = strtok_r(program->names, ";", &save); p && program->kernel_count < count;
	     p = strtok_r(NULL, ";", &save))
		program->name[program->kernel_count++] = p;
	return 0;
}

static int learn_program(struct ocl_backend *ocl, struct backend_program *program,
			 struct backend_build *ret)
{
	struct ocl_kernel *k;
	uint32_t i;
	int err;

	err = learn_names(ocl, program);
	if (err)
		return err;
	for (i = 0; i < program->kernel_count && i < EAGER_KERNELS; i++)
		/* One that fails is refused when it is used. */
		(void)kernel_get(ocl, program, i, &k);
	/* The size of the binary is not asked for here: PoCL compiles every kernel to know it. */
	ret->kernel_count = program->kernel_count;
	ret->program = program;
	return 0;
}

static char *all_options(const char *options)
{
	static const char more[] = " -cl-kernel-arg-info";
	size_t n = strlen(options) + sizeof(more);
	char *all = malloc(n);

	if (all)
		snprintf(all, n, "%s%s", options, more);
	return all;
}

static struct backend_program *program_new(void)
{
	struct backend_program *program = calloc(1, sizeof(*program));

	if (program)
		pthread_mutex_init(&program->lock, NULL);
	return program;
}

int ocl_build(struct backend *be, const struct backend_source *source, const char *options,
	      struct backend_build *ret)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct backend_program *program = program_new();
	char *all = all_options(options);
	int err = program && all ? 0 : -ENOMEM;

	memset(ret, 0, sizeof(*ret));
	if (!err) {
		program->program = program_from(ocl, source, &ret->status);
		if (ret->status)
			program->program = NULL;
	}
	if (!err && !ret->status) {
		ret->status =
			ocl->cl.clBuildProgram(program->program, 1, &ocl->device, all, NULL, NULL);
		ret->log = build_log(ocl, program->program);
	}
	if (!err && !ret->status)
		err = learn_program(ocl, program, ret);
	if (program && !ret->program)
		ocl_program_destroy(be, program);
	if (err) {
		free(ret->log);
		memset(ret, 0, sizeof(*ret));
	}
	free(all);
	return err;
}

int ocl_program_binary(struct backend *be, struct backend_program *program, void **ret,
		       uint64_t *ret_size)
{
	struct ocl_backend *ocl = ocl_of(be);
	unsigned char *binary;
	size_t size = 0;

	if (ocl->cl.clGetProgramInfo(program->program, CL_PROGRAM_BINARY_SIZES, sizeof(size), &size,
				     NULL))
		return -EIO;
	if (!size) {
		*ret = NULL;
		*ret_size = 0;
		return 0;
	}
	binary = malloc(size);
	if (!binary)
		return -ENOMEM;
	if (ocl->cl.clGetProgramInfo(program->program, CL_PROGRAM_BINARIES, sizeof(binary), &binary,
				     NULL)) {
		free(binary);
		return -EIO;
	}
	*ret = ocl_binary_wrap(ocl, binary, size, &size);
	*ret_size = size;
	free(binary);
	return *ret ? 0 : -ENOMEM;
}

/* ---- separate compilation ---- */

static uint32_t binary_type(struct ocl_backend *ocl, cl_program program)
{
	cl_program_binary_type type = CL_PROGRAM_BINARY_TYPE_NONE;

	ocl->cl.clGetProgramBuildInfo(program, ocl->device, CL_PROGRAM_BINARY_TYPE, sizeof(type),
				      &type, NULL);
	return type;
}

/* The programs whose sources are the headers; what was made is the caller's to release. */
static cl_int make_headers(struct ocl_backend *ocl, const struct backend_header *header,
			   uint32_t headers, cl_program *program, const char **name)
{
	cl_int err = CL_SUCCESS;
	uint32_t i;

	for (i = 0; i < headers && !err; i++) {
		name[i] = header[i].name;
		program[i] = program_from(ocl, &header[i].source, &err);
		if (err)
			program[i] = NULL;
	}
	return err;
}

static cl_int compile_with(struct ocl_backend *ocl, cl_program program, const char *options,
			   const struct backend_header *header, uint32_t headers)
{
	cl_program *made = calloc(headers + 1, sizeof(*made));
	const char **name = calloc(headers + 1, sizeof(*name));
	cl_int err = CL_OUT_OF_HOST_MEMORY;
	uint32_t i;

	if (made && name)
		err = make_headers(ocl, header, headers, made, name);
	if (!err)
		err = ocl->cl.clCompileProgram(program, 1, &ocl->device, options, headers,
					       headers ? made : NULL, headers ? name : NULL, NULL,
					       NULL);
	for (i = 0; made && i < headers; i++)
		if (made[i])
			ocl->cl.clReleaseProgram(made[i]);
	free(made);
	free(name);
	return err;
}

/* What compilation and link have in common at their ends; takes @program over. */
static int give_part(struct backend *be, struct backend_program *program, struct backend_build *ret)
{
	struct ocl_backend *ocl = ocl_of(be);
	int err = 0;

	if (program->program)
		ret->log = build_log(ocl, program->program);
	if (!ret->status)
		ret->binary_type = binary_type(ocl, program->program);
	if (!ret->status && ret->binary_type == CL_PROGRAM_BINARY_TYPE_EXECUTABLE)
		err = learn_program(ocl, program, ret);
	if (!ret->status && !err)
		ret->program = program;
	else
		ocl_program_destroy(be, program);
	return err;
}

int ocl_compile(struct backend *be, const struct backend_source *source, const char *options,
		const struct backend_header *header, uint32_t headers, struct backend_build *ret)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct backend_program *program = program_new();
	char *all = all_options(options);
	int err = program && all ? 0 : -ENOMEM;

	memset(ret, 0, sizeof(*ret));
	if (!err) {
		program->program = program_from(ocl, source, &ret->status);
		if (ret->status)
			program->program = NULL;
	}
	if (!err && !ret->status && source->kind == DXG_PROGRAM_SOURCE)
		ret->status = compile_with(ocl, program->program, all, header, headers);
	free(all);
	if (!err && source->kind == DXG_PROGRAM_SOURCE)
		return give_part(be, program, ret);
	/* A binary's kernels are there once it is built. */
	if (!err && !ret->status) {
		ret->binary_type = binary_type(ocl, program->program);
		ret->program = program;
	} else if (program) {
		ocl_program_destroy(be, program);
	}
	return err;
}

int ocl_link(struct backend *be, struct backend_program *const *input, uint32_t inputs,
	     const char *options, struct backend_build *ret)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct backend_program *program = program_new();
	cl_program *programs = calloc(inputs, sizeof(*programs));
	int err = program && programs ? 0 : -ENOMEM;
	uint32_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; !err && i < inputs; i++)
		programs[i] = input[i]->program;
	if (!err) {
		program->program = ocl->cl.clLinkProgram(ocl->context, 1, &ocl->device, options,
							 inputs, programs, NULL, NULL,
							 &ret->status);
		if (!program->program && !ret->status)
			ret->status = CL_LINK_PROGRAM_FAILURE;
		err = give_part(be, program, ret);
	} else if (program) {
		ocl_program_destroy(be, program);
	}
	free(programs);
	return err;
}
