// SPDX-License-Identifier: MIT
/* test_map.c - mapping buffers, with every kind of host pointer. */
#include "fixture.h"

#define SIZE 20000

static unsigned char memory[SIZE] __attribute__((aligned(128)));

static void *map(struct fixture *f, cl_mem mem, cl_map_flags flags, size_t offset, size_t size)
{
	cl_int err;
	void *p = clEnqueueMapBuffer(f->queue, mem, CL_TRUE, flags, offset, size, 0, NULL, NULL,
				     &err);

	ok(err);
	assert_non_null(p);
	return p;
}

static cl_uint map_count(cl_mem mem)
{
	cl_uint n;

	ok(clGetMemObjectInfo(mem, CL_MEM_MAP_COUNT, sizeof(n), &n, NULL));
	return n;
}

/* Writes through a map, has a kernel change it, reads through another map. */
static void through_kernel(struct fixture *f, cl_mem mem)
{
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_uint five = 5;
	uint32_t *p = map(f, mem, CL_MAP_WRITE_INVALIDATE_REGION, 0, SIZE);

	assert_int_equal(map_count(mem), 1);
	for (uint32_t i = 0; i < SIZE / 4; i++)
		p[i] = i * 3;
	ok(clEnqueueUnmapMemObject(f->queue, mem, p, 0, NULL, NULL));
	ok(clSetKernelArg(inc, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(inc, 1, sizeof(five), &five));
	fixture_run(f, inc, SIZE / 4);
	p = map(f, mem, CL_MAP_READ | CL_MAP_WRITE, 400, 4000);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(p[i], (i + 100) * 3 + 5);
		p[i] = 7;
	}
	ok(clEnqueueUnmapMemObject(f->queue, mem, p, 0, NULL, NULL));
	fixture_run(f, inc, SIZE / 4);
	p = map(f, mem, CL_MAP_READ, 0, SIZE);
	for (uint32_t i = 0; i < SIZE / 4; i++)
		assert_int_equal(p[i], i >= 100 && i < 1100 ? 12 : i * 3 + 10);
	ok(clEnqueueUnmapMemObject(f->queue, mem, p, 0, NULL, NULL));
	ok(clFinish(f->queue));
	assert_int_equal(map_count(mem), 0);
	ok(clReleaseKernel(inc));
}

static void with_flags(struct fixture *f, cl_mem_flags flags, void *host_ptr)
{
	cl_int err;
	cl_mem mem = clCreateBuffer(f->context, flags, SIZE, host_ptr, &err);

	ok(err);
	through_kernel(f, mem);
	ok(clReleaseMemObject(mem));
}

static void plain(void **state)
{
	with_flags(*state, CL_MEM_READ_WRITE, NULL);
}

static void alloc_host_ptr(void **state)
{
	with_flags(*state, CL_MEM_ALLOC_HOST_PTR, NULL);
}

static void use_host_ptr(void **state)
{
	with_flags(*state, CL_MEM_USE_HOST_PTR, memory);
}

static void copy_host_ptr(void **state)
{
	with_flags(*state, CL_MEM_COPY_HOST_PTR | CL_MEM_ALLOC_HOST_PTR, memory);
}

/* Large regions at odd places: what was mapped around them stays as it is. */
static void large(struct fixture *f, cl_mem_flags flags, void *host_ptr)
{
	size_t size = (6u << 20) + 4321, from = 77, bytes = (5u << 20) + 11;
	unsigned char *in = malloc(size), *out = malloc(size), *p;
	cl_int err;
	cl_mem mem = clCreateBuffer(f->context, flags, size, host_ptr, &err);

	ok(err);
	fixture_pattern(in, size, 8);
	ok(clEnqueueWriteBuffer(f->queue, mem, CL_TRUE, 0, size, in, 0, NULL, NULL));
	p = map(f, mem, CL_MAP_READ | CL_MAP_WRITE, from, bytes);
	assert_memory_equal(p, in + from, bytes);
	fixture_pattern(p, bytes, 9);
	fixture_pattern(in + from, bytes, 9);
	ok(clEnqueueUnmapMemObject(f->queue, mem, p, 0, NULL, NULL));
	fixture_read(f, mem, out, size);
	assert_memory_equal(in, out, size);
	p = map(f, mem, CL_MAP_WRITE_INVALIDATE_REGION, from, bytes);
	fixture_pattern(p, bytes, 10);
	fixture_pattern(in + from, bytes, 10);
	ok(clEnqueueUnmapMemObject(f->queue, mem, p, 0, NULL, NULL));
	fixture_read(f, mem, out, size);
	assert_memory_equal(in, out, size);
	ok(clReleaseMemObject(mem));
	free(in);
	free(out);
}

/* A buffer that is mapped again and again does not get new memory, with new pages, each time. */
static void mapped_again(void **state)
{
	struct fixture *f = *state;
	size_t size = 12u << 20;
	cl_mem mem = fixture_buffer(f, size, NULL);
	unsigned char *first = map(f, mem, CL_MAP_WRITE_INVALIDATE_REGION, 0, size), *again;

	fixture_pattern(first, size, 1);
	ok(clEnqueueUnmapMemObject(f->queue, mem, first, 0, NULL, NULL));
	ok(clFinish(f->queue));
	again = map(f, mem, CL_MAP_READ, 0, size);
	if (f->ours)
		assert_ptr_equal(again, first);
	ok(clEnqueueUnmapMemObject(f->queue, mem, again, 0, NULL, NULL));
	ok(clReleaseMemObject(mem));
}

static void large_maps(void **state)
{
	unsigned char *host = malloc(7u << 20);

	large(*state, CL_MEM_READ_WRITE, NULL);
	large(*state, CL_MEM_ALLOC_HOST_PTR, NULL);
	large(*state, CL_MEM_USE_HOST_PTR, host);
	free(host);
}

/* The map of a buffer that uses the application's memory is that memory. */
static void host_ptr_identity(void **state)
{
	struct fixture *f = *state;
	cl_buffer_region region = { 1024, 2048 };
	cl_mem mem, sub;
	cl_int err;

	fixture_pattern(memory, SIZE, 4);
	mem = clCreateBuffer(f->context, CL_MEM_USE_HOST_PTR, SIZE, memory, &err);
	ok(err);
	sub = clCreateSubBuffer(mem, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &err);
	ok(err);
	assert_ptr_equal(map(f, mem, CL_MAP_READ, 100, 50), memory + 100);
	assert_ptr_equal(map(f, sub, CL_MAP_READ, 8, 50), memory + 1032);
	if (f->ours) { /* PoCL 3.1 counts the maps of a sub-buffer on its parent too */
		assert_int_equal(map_count(mem), 1);
		assert_int_equal(map_count(sub), 1);
	}
	ok(clEnqueueUnmapMemObject(f->queue, sub, memory + 1032, 0, NULL, NULL));
	ok(clEnqueueUnmapMemObject(f->queue, mem, memory + 100, 0, NULL, NULL));
	ok(clReleaseMemObject(sub));
	ok(clReleaseMemObject(mem));
}

/* A map that does not block shows the bytes once its event is complete. */
static void queued_map(void **state)
{
	struct fixture *f = *state;
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_uint nine = 9, word = 1;
	cl_mem mem = fixture_buffer(f, SIZE, NULL);
	cl_event event;
	cl_int err;
	uint32_t *p;

	ok(clEnqueueFillBuffer(f->queue, mem, &word, 4, 0, SIZE, 0, NULL, NULL));
	ok(clSetKernelArg(inc, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(inc, 1, sizeof(nine), &nine));
	fixture_run(f, inc, SIZE / 4);
	p = clEnqueueMapBuffer(f->queue, mem, CL_FALSE, CL_MAP_READ, 0, SIZE, 0, NULL, &event,
			       &err);
	ok(err);
	ok(clWaitForEvents(1, &event));
	for (size_t i = 0; i < SIZE / 4; i++)
		assert_int_equal(p[i], 10);
	ok(clEnqueueUnmapMemObject(f->queue, mem, p, 0, NULL, NULL));
	ok(clReleaseEvent(event));
	ok(clReleaseMemObject(mem));
	ok(clReleaseKernel(inc));
}

static void errors(void **state)
{
	struct fixture *f = *state;
	cl_int err;
	cl_mem mem = fixture_buffer(f, SIZE, NULL);
	cl_mem closed = clCreateBuffer(f->context, CL_MEM_HOST_NO_ACCESS, SIZE, NULL, &err);

	ok(err);
	assert_null(clEnqueueMapBuffer(f->queue, mem, CL_TRUE, CL_MAP_READ, SIZE - 10, 20, 0, NULL,
				       NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	if (f->ours) { /* PoCL 3.1 does not look at the flags */
		assert_null(clEnqueueMapBuffer(f->queue, mem, CL_TRUE, 1u << 8, 0, 20, 0, NULL,
					       NULL, &err));
		assert_int_equal(err, CL_INVALID_VALUE);
	}
	assert_null(clEnqueueMapBuffer(f->queue, closed, CL_TRUE, CL_MAP_READ, 0, 20, 0, NULL, NULL,
				       &err));
	assert_int_equal(err, CL_INVALID_OPERATION);
	assert_int_equal(clEnqueueUnmapMemObject(f->queue, mem, memory, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	ok(clReleaseMemObject(mem));
	ok(clReleaseMemObject(closed));
}

/* A buffer released while it is mapped takes its map along. */
static void release_mapped(void **state)
{
	struct fixture *f = *state;
	cl_mem mem = fixture_buffer(f, SIZE, NULL);

	map(f, mem, CL_MAP_READ, 0, SIZE);
	ok(clReleaseMemObject(mem));
	ok(clFinish(f->queue));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),	cmocka_unit_test(alloc_host_ptr),
		cmocka_unit_test(use_host_ptr), cmocka_unit_test(copy_host_ptr),
		cmocka_unit_test(queued_map),	cmocka_unit_test(host_ptr_identity),
		cmocka_unit_test(errors),	cmocka_unit_test(release_mapped),
		cmocka_unit_test(large_maps),	cmocka_unit_test(mapped_again),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
