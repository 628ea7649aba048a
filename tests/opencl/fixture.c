// SPDX-License-Identifier: MIT
/* fixture.c - see fixture.h. */
#include "fixture.h"

static void CL_CALLBACK note(const char *text, const void *data, size_t size, void *user_data)
{
	struct fixture *f = user_data;

	(void)data, (void)size;
	snprintf(f->last_note, sizeof(f->last_note), "%s", text);
	f->notes++;
}

static void find_device(struct fixture *f)
{
	char name[128] = "";
	cl_uint n = 0;

	ok(clGetPlatformIDs(1, &f->platform, &n));
	ok(clGetPlatformInfo(f->platform, CL_PLATFORM_NAME, sizeof(name), name, NULL));
	f->ours = strcmp(name, "opendxg") == 0;
	ok(clGetDeviceIDs(f->platform, CL_DEVICE_TYPE_ALL, 1, &f->device, &n));
}

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	cl_int err;

	assert_non_null(f);
	find_device(f);
	f->context = clCreateContext(NULL, 1, &f->device, note, f, &err);
	ok(err);
	f->queue = clCreateCommandQueue(f->context, f->device, CL_QUEUE_PROFILING_ENABLE, &err);
	ok(err);
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	if (!f)
		return 0;
	clReleaseCommandQueue(f->queue);
	clReleaseContext(f->context);
	free(f);
	return 0;
}

cl_program fixture_program(struct fixture *f, const char *source)
{
	cl_int err;
	cl_program program = clCreateProgramWithSource(f->context, 1, &source, NULL, &err);

	ok(err);
	ok(clBuildProgram(program, 1, &f->device, "-cl-kernel-arg-info", NULL, NULL));
	return program;
}

cl_kernel fixture_kernel(struct fixture *f, const char *source, const char *name)
{
	cl_program program = fixture_program(f, source);
	cl_int err;
	cl_kernel kernel = clCreateKernel(program, name, &err);

	ok(err);
	ok(clReleaseProgram(program));
	return kernel;
}

cl_mem fixture_buffer(struct fixture *f, size_t size, const void *data)
{
	cl_mem_flags flags = CL_MEM_READ_WRITE | (data ? CL_MEM_COPY_HOST_PTR : 0);
	cl_int err;
	cl_mem mem = clCreateBuffer(f->context, flags, size, (void *)(uintptr_t)data, &err);

	ok(err);
	return mem;
}

void fixture_read(struct fixture *f, cl_mem mem, void *data, size_t size)
{
	ok(clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 0, size, data, 0, NULL, NULL));
}

void fixture_run(struct fixture *f, cl_kernel kernel, size_t global)
{
	ok(clEnqueueNDRangeKernel(f->queue, kernel, 1, NULL, &global, NULL, 0, NULL, NULL));
}

void fixture_pattern(void *data, size_t size, unsigned int seed)
{
	unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		p[i] = (unsigned char)((i * 2654435761u + seed * 97u) >> 7);
}

uint32_t spin_result(uint32_t x, uint32_t n)
{
	while (n--)
		x = x * 1664525u + 1013904223u;
	return x;
}
