// SPDX-License-Identifier: MIT
/* env.c - see env.h. */
#include "env.h"

struct env e;

static const char SOURCE[] =
	"__kernel void add(__global uint *p, uint n) { p[get_global_id(0)] += n; }\n"
	"__kernel void scratch(__local uint *p) { p[get_local_id(0)] = 1; }\n"
	"__kernel __attribute__((reqd_work_group_size(4, 4, 1)))\n"
	"void square(__global uint *p) { p[get_global_id(0)] = 1; }\n";
static const char IMAGE_SOURCE[] =
	"__kernel void picture(read_only image2d_t i, sampler_t s, __global uint *p)\n"
	"{ p[0] = read_imageui(i, s, (int2)(0, 0)).x; }\n";
static const char BROKEN[] = "this is no program";

static void must(const char *what, cl_int err)
{
	if (err == CL_SUCCESS)
		return;
	fprintf(stderr, "conformance: %s answers %d\n", what, err);
	exit(2);
}

#define MAKE(object, ...)                 \
	do {                              \
		cl_int err = CL_SUCCESS;  \
		(object) = (__VA_ARGS__); \
		must(#object, err);       \
	} while (0)

static void find_device(void)
{
	cl_bool images = CL_FALSE;
	cl_uint align = 0, groups = 0, pipes = 0, parts = 0;
	size_t il = 0;
	cl_ulong timers = 0;

	must("clGetPlatformIDs", clGetPlatformIDs(1, &e.platform, NULL));
	must("clGetDeviceIDs", clGetDeviceIDs(e.platform, CL_DEVICE_TYPE_ALL, 1, &e.device, NULL));
#define ASK(param, value) clGetDeviceInfo(e.device, param, sizeof(value), &(value), NULL)
	must("image support", ASK(CL_DEVICE_IMAGE_SUPPORT, images));
	must("alignment", ASK(CL_DEVICE_MEM_BASE_ADDR_ALIGN, align));
	must("group size", ASK(CL_DEVICE_MAX_WORK_GROUP_SIZE, e.max_group));
	must("allocation size", ASK(CL_DEVICE_MAX_MEM_ALLOC_SIZE, e.max_alloc));
	/* Of OpenCL 2 and 3: a 1.2 device does not know them, and has nothing of the kind. */
	ASK(CL_DEVICE_SVM_CAPABILITIES, e.svm);
	ASK(CL_DEVICE_MAX_NUM_SUB_GROUPS, groups);
	ASK(CL_DEVICE_PIPE_SUPPORT, pipes);
	ASK(CL_DEVICE_PARTITION_MAX_SUB_DEVICES, parts);
#undef ASK
	clGetDeviceInfo(e.device, CL_DEVICE_IL_VERSION, 0, NULL, &il);
	clGetPlatformInfo(e.platform, CL_PLATFORM_HOST_TIMER_RESOLUTION, sizeof(timers), &timers,
			  NULL);
	e.images = images, e.il = il > 1, e.pipes = pipes, e.sub_groups = groups;
	e.partitions = parts, e.timers = timers;
	e.align_bytes = align / 8;
}

static void make_part(void)
{
	cl_device_partition_property one[] = { CL_DEVICE_PARTITION_BY_COUNTS, 1, 0, 0 };

	if (!e.partitions)
		return;
	must("clCreateSubDevices", clCreateSubDevices(e.device, one, 1, &e.part, NULL));
	MAKE(e.part_context, clCreateContext(NULL, 1, &e.part, NULL, NULL, &err));
}

static void make_queues(void)
{
	MAKE(e.context, clCreateContext(NULL, 1, &e.device, NULL, NULL, &err));
	MAKE(e.other_context, clCreateContext(NULL, 1, &e.device, NULL, NULL, &err));
	MAKE(e.queue, clCreateCommandQueue(e.context, e.device, CL_QUEUE_PROFILING_ENABLE, &err));
	MAKE(e.plain, clCreateCommandQueue(e.context, e.device, 0, &err));
	MAKE(e.other_queue, clCreateCommandQueue(e.other_context, e.device, 0, &err));
	e.unordered = clCreateCommandQueue(e.context, e.device,
					   CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, NULL);
}

static cl_mem make_buffer(cl_context context, cl_mem_flags flags)
{
	cl_mem mem;

	MAKE(mem, clCreateBuffer(context, flags, ENV_BYTES, NULL, &err));
	return mem;
}

static void make_buffers(void)
{
	cl_buffer_region half = { 0, ENV_BYTES / 2 };

	e.buffer = make_buffer(e.context, CL_MEM_READ_WRITE);
	e.second = make_buffer(e.context, CL_MEM_READ_WRITE);
	e.read_only = make_buffer(e.context, CL_MEM_READ_ONLY);
	e.write_only = make_buffer(e.context, CL_MEM_WRITE_ONLY);
	e.host_none = make_buffer(e.context, CL_MEM_HOST_NO_ACCESS);
	e.host_reads = make_buffer(e.context, CL_MEM_HOST_READ_ONLY);
	e.host_writes = make_buffer(e.context, CL_MEM_HOST_WRITE_ONLY);
	e.other_buffer = make_buffer(e.other_context, CL_MEM_READ_WRITE);
	MAKE(e.sub, clCreateSubBuffer(e.buffer, 0, CL_BUFFER_CREATE_TYPE_REGION, &half, &err));
}

static cl_mem make_image(cl_context context, cl_mem_flags flags, size_t depth)
{
	cl_image_format format = { CL_RGBA, CL_UNSIGNED_INT8 };
	cl_image_desc desc = { .image_type = depth ? CL_MEM_OBJECT_IMAGE3D : CL_MEM_OBJECT_IMAGE2D,
			       .image_width = ENV_SIDE,
			       .image_height = ENV_SIDE,
			       .image_depth = depth };
	cl_mem mem;

	MAKE(mem, clCreateImage(context, flags, &format, &desc, NULL, &err));
	return mem;
}

static void make_images(void)
{
	if (!e.images)
		return;
	e.image = make_image(e.context, CL_MEM_READ_WRITE, 0);
	e.second_image = make_image(e.context, CL_MEM_READ_WRITE, 0);
	e.image3d = make_image(e.context, CL_MEM_READ_WRITE, 4);
	e.other_image = make_image(e.other_context, CL_MEM_READ_WRITE, 0);
	e.host_none_image = make_image(e.context, CL_MEM_HOST_NO_ACCESS, 0);
	MAKE(e.sampler,
	     clCreateSampler(e.context, CL_FALSE, CL_ADDRESS_CLAMP, CL_FILTER_NEAREST, &err));
}

static cl_program make_program(cl_context context)
{
	const char *source[] = { SOURCE, e.images ? IMAGE_SOURCE : "" };
	cl_program program;

	MAKE(program, clCreateProgramWithSource(context, 2, source, NULL, &err));
	return program;
}

static void make_programs(void)
{
	const char *broken = BROKEN;

	e.unbuilt = make_program(e.context);
	e.compiled = make_program(e.context);
	e.program = make_program(e.context);
	e.other_program = make_program(e.other_context);
	MAKE(e.failed, clCreateProgramWithSource(e.context, 1, &broken, NULL, &err));
	must("clBuildProgram",
	     clBuildProgram(e.program, 0, NULL, "-cl-kernel-arg-info", NULL, NULL));
	must("clBuildProgram", clBuildProgram(e.other_program, 0, NULL, "", NULL, NULL));
	/* What these answer are rows. */
	clCompileProgram(e.compiled, 0, NULL, "", 0, NULL, NULL, NULL, NULL);
	clBuildProgram(e.failed, 0, NULL, "", NULL, NULL);
}

static void make_kernels(void)
{
	cl_uint n = 1;

	MAKE(e.kernel, clCreateKernel(e.program, "add", &err));
	MAKE(e.unset, clCreateKernel(e.program, "add", &err));
	MAKE(e.local_kernel, clCreateKernel(e.program, "scratch", &err));
	MAKE(e.fixed, clCreateKernel(e.program, "square", &err));
	must("clSetKernelArg", clSetKernelArg(e.kernel, 0, sizeof(cl_mem), &e.buffer));
	must("clSetKernelArg", clSetKernelArg(e.kernel, 1, sizeof(n), &n));
	must("clSetKernelArg", clSetKernelArg(e.local_kernel, 0, 64, NULL));
	must("clSetKernelArg", clSetKernelArg(e.fixed, 0, sizeof(cl_mem), &e.buffer));
	if (e.images)
		MAKE(e.image_kernel, clCreateKernel(e.program, "picture", &err));
}

static cl_event make_event(cl_command_queue queue, cl_mem buffer)
{
	cl_event event;

	must("clEnqueueWriteBuffer",
	     clEnqueueWriteBuffer(queue, buffer, CL_TRUE, 0, ENV_BYTES, e.bytes, 0, NULL, &event));
	return event;
}

void env_open(void)
{
	find_device();
	make_queues();
	make_buffers();
	make_images();
	make_programs();
	make_kernels();
	make_part();
	e.event = make_event(e.queue, e.buffer);
	e.plain_event = make_event(e.plain, e.buffer);
	e.other_event = make_event(e.other_queue, e.other_buffer);
	MAKE(e.pending, clCreateUserEvent(e.context, &err));
}

void env_close(void)
{
	cl_event events[] = { e.event, e.plain_event, e.other_event, e.pending };
	cl_kernel kernels[] = { e.kernel, e.unset, e.local_kernel, e.fixed, e.image_kernel };
	cl_program programs[] = { e.unbuilt, e.failed, e.compiled, e.program, e.other_program };
	cl_mem mems[] = { e.sub,	  e.buffer,	    e.second,	    e.read_only,
			  e.write_only,	  e.host_none,	    e.host_reads,   e.host_writes,
			  e.other_buffer, e.image,	    e.second_image, e.image3d,
			  e.other_image,  e.host_none_image };
	cl_command_queue queues[] = { e.queue, e.plain, e.unordered, e.other_queue };

#define RELEASE_ALL(array, release)                                     \
	for (size_t i = 0; i < sizeof(array) / sizeof((array)[0]); i++) \
		if ((array)[i])                                         \
	release((array)[i])

	RELEASE_ALL(events, clReleaseEvent);
	RELEASE_ALL(kernels, clReleaseKernel);
	RELEASE_ALL(programs, clReleaseProgram);
	RELEASE_ALL(mems, clReleaseMemObject);
	if (e.sampler)
		clReleaseSampler(e.sampler);
	RELEASE_ALL(queues, clReleaseCommandQueue);
	clReleaseContext(e.other_context);
	clReleaseContext(e.context);
	if (e.part) {
		clReleaseContext(e.part_context);
		clReleaseDevice(e.part);
	}
}
