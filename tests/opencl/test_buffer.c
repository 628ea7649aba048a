// SPDX-License-Identifier: MIT
/* test_buffer.c - buffers: creation, reads, writes, copies, fills, sub-buffers, lifetimes. */
#include <semaphore.h>

#include "fixture.h"

#define SIZE 100000
#define LARGE (5u << 20) /* more than any staging */

static void round_trip(void **state)
{
	struct fixture *f = *state;
	static unsigned char in[SIZE], out[SIZE];
	cl_mem mem = fixture_buffer(f, SIZE, NULL);

	for (int blocking = 0; blocking < 2; blocking++) {
		fixture_pattern(in, SIZE, (unsigned int)blocking);
		memset(out, 0, SIZE);
		ok(clEnqueueWriteBuffer(f->queue, mem, (cl_bool)blocking, 0, SIZE, in, 0, NULL,
					NULL));
		ok(clEnqueueReadBuffer(f->queue, mem, (cl_bool)blocking, 0, SIZE, out, 0, NULL,
				       NULL));
		ok(clFinish(f->queue));
		assert_memory_equal(in, out, SIZE);
	}
	ok(clReleaseMemObject(mem));
}

static void large_round_trip(void **state)
{
	struct fixture *f = *state;
	unsigned char *in = malloc(LARGE), *out = calloc(1, LARGE);
	cl_mem mem = fixture_buffer(f, LARGE, NULL);
	cl_event event;

	fixture_pattern(in, LARGE, 7);
	ok(clEnqueueWriteBuffer(f->queue, mem, CL_FALSE, 0, LARGE, in, 0, NULL, NULL));
	ok(clEnqueueReadBuffer(f->queue, mem, CL_FALSE, 0, LARGE, out, 0, NULL, &event));
	ok(clWaitForEvents(1, &event));
	assert_memory_equal(in, out, LARGE);
	ok(clReleaseEvent(event));
	ok(clReleaseMemObject(mem));
	free(in);
	free(out);
}

/* Around the sizes at which large transfers are cut, at odd places; neighbours keep their bytes. */
static void large_sizes(void **state)
{
	static const size_t sizes[] = { 512 << 10, 1 << 20, 2 << 20, 4 << 20, LARGE, 9 << 20 };
	struct fixture *f = *state;
	size_t room = (9u << 20) + 100;
	unsigned char *in = malloc(room), *out = malloc(room), *around = malloc(room);
	cl_mem mem = fixture_buffer(f, room, NULL);

	for (unsigned int i = 0; i < 6 * 3 * 2; i++) {
		size_t size = sizes[i / 6] + i % 3 - 1;
		cl_bool blocking = i / 3 % 2;

		fixture_pattern(in, room, i);
		memset(around, 0xee, room);
		memset(out, 0x77, room);
		ok(clEnqueueWriteBuffer(f->queue, mem, blocking, 0, room, around, 0, NULL, NULL));
		ok(clEnqueueWriteBuffer(f->queue, mem, blocking, 3, size, in + 5, 0, NULL, NULL));
		ok(clEnqueueReadBuffer(f->queue, mem, blocking, 2, size + 2, out + 7, 0, NULL,
				       NULL));
		ok(clFinish(f->queue));
		assert_memory_equal(out + 8, in + 5, size);
		assert_int_equal(out[6], 0x77);
		assert_int_equal(out[7], 0xee);
		assert_int_equal(out[size + 8], 0xee);
		assert_int_equal(out[size + 9], 0x77);
	}
	ok(clReleaseMemObject(mem));
	free(in);
	free(out);
	free(around);
}

/*
 * A write must see what an earlier read, not waited for, put into the same memory, and a read must
 * not put anything there before an earlier write has taken it.
 */
static void through_memory(struct fixture *f, size_t size, cl_bool blocking)
{
	unsigned char *a = malloc(size), *b = malloc(size), *out = malloc(size);
	unsigned char *scratch = malloc(size + 16);
	cl_mem first, second, to;

	fixture_pattern(a, size, 3);
	fixture_pattern(b, size, 4);
	first = fixture_buffer(f, size, a);
	second = fixture_buffer(f, size, b);
	to = fixture_buffer(f, size, NULL);
	for (int i = 0; i < 20; i++) {
		memset(scratch, 0, size + 16);
		ok(clEnqueueReadBuffer(f->queue, first, CL_FALSE, 0, size, scratch, 0, NULL, NULL));
		ok(clEnqueueWriteBuffer(f->queue, to, blocking, 0, size - 16, scratch + 16, 0, NULL,
					NULL));
		ok(clEnqueueReadBuffer(f->queue, second, CL_FALSE, 0, size, scratch + 8, 0, NULL,
				       NULL));
		fixture_read(f, to, out, size);
		assert_memory_equal(a + 16, out, size - 16);
		assert_memory_equal(a, scratch, 8);
		assert_memory_equal(b, scratch + 8, size);
	}
	ok(clReleaseMemObject(first));
	ok(clReleaseMemObject(second));
	ok(clReleaseMemObject(to));
	free(a);
	free(b);
	free(out);
	free(scratch);
}

static void write_after_read(void **state)
{
	static const size_t sizes[] = { 1000, 300000, 2500000 };

	for (int i = 0; i < 3; i++) {
		through_memory(*state, sizes[i], CL_FALSE);
		through_memory(*state, sizes[i], CL_TRUE);
	}
}

/* More staged bytes than the ring has, without waiting in between. */
static void many_writes(void **state)
{
	struct fixture *f = *state;
	static unsigned char in[64][200000], out[200000];
	cl_mem mem[64];

	for (unsigned int i = 0; i < 64; i++) {
		fixture_pattern(in[i], sizeof(in[i]), i);
		mem[i] = fixture_buffer(f, sizeof(in[i]), NULL);
		ok(clEnqueueWriteBuffer(f->queue, mem[i], CL_FALSE, 0, sizeof(in[i]), in[i], 0,
					NULL, NULL));
	}
	for (unsigned int i = 0; i < 64; i++) {
		fixture_read(f, mem[i], out, sizeof(out));
		assert_memory_equal(in[i], out, sizeof(out));
		ok(clReleaseMemObject(mem[i]));
	}
}

static void copy_and_fill(void **state)
{
	struct fixture *f = *state;
	static unsigned char in[SIZE], out[SIZE];
	cl_mem a, b;
	uint32_t word = 0x11223344;

	fixture_pattern(in, SIZE, 1);
	a = fixture_buffer(f, SIZE, in);
	b = fixture_buffer(f, SIZE, NULL);
	ok(clEnqueueFillBuffer(f->queue, b, &word, sizeof(word), 0, SIZE, 0, NULL, NULL));
	ok(clEnqueueCopyBuffer(f->queue, a, b, 1001, 53, 5000, 0, NULL, NULL));
	ok(clEnqueueCopyBuffer(f->queue, b, b, 53, 60000, 5000, 0, NULL, NULL));
	fixture_read(f, b, out, SIZE);
	assert_memory_equal(out + 53, in + 1001, 5000);
	assert_memory_equal(out + 60000, in + 1001, 5000);
	for (size_t i = 0; i < SIZE; i++)
		if (i < 53 || (i >= 5053 && i < 60000) || i >= 65000)
			assert_int_equal(out[i], (word >> (i % 4 * 8)) & 0xff);
	ok(clReleaseMemObject(a));
	ok(clReleaseMemObject(b));
}

static void fill_patterns(void **state)
{
	struct fixture *f = *state;
	unsigned char pattern[128], out[1024];
	cl_mem mem = fixture_buffer(f, sizeof(out), NULL);

	for (size_t n = 1; n <= 128; n *= 2) {
		fixture_pattern(pattern, sizeof(pattern), (unsigned int)n);
		ok(clEnqueueFillBuffer(f->queue, mem, pattern, n, 256, 512, 0, NULL, NULL));
		fixture_read(f, mem, out, sizeof(out));
		for (size_t i = 0; i < 512; i++)
			assert_int_equal(out[256 + i], pattern[i % n]);
	}
	assert_int_equal(clEnqueueFillBuffer(f->queue, mem, pattern, 3, 0, 3, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueFillBuffer(f->queue, mem, pattern, 4, 2, 4, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueFillBuffer(f->queue, mem, pattern, 4, 0, 6, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueFillBuffer(f->queue, mem, NULL, 4, 0, 4, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	ok(clReleaseMemObject(mem));
}

static void create_errors(void **state)
{
	struct fixture *f = *state;
	char memory[64];
	cl_ulong most;
	cl_int err;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof(most), &most, NULL));
	assert_null(clCreateBuffer(NULL, 0, 64, NULL, &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_null(clCreateBuffer(f->context, 0, 0, NULL, &err));
	assert_int_equal(err, CL_INVALID_BUFFER_SIZE);
	assert_null(clCreateBuffer(f->context, 0, (size_t)most + 1, NULL, &err));
	assert_int_equal(err, CL_INVALID_BUFFER_SIZE);
	assert_null(clCreateBuffer(f->context, CL_MEM_COPY_HOST_PTR, 64, NULL, &err));
	assert_int_equal(err, CL_INVALID_HOST_PTR);
	assert_null(clCreateBuffer(f->context, CL_MEM_READ_WRITE, 64, memory, &err));
	assert_int_equal(err, CL_INVALID_HOST_PTR);
	assert_null(
		clCreateBuffer(f->context, CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY, 64, NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateBuffer(f->context, CL_MEM_USE_HOST_PTR | CL_MEM_COPY_HOST_PTR, 64,
				   memory, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateBuffer(f->context, CL_MEM_HOST_READ_ONLY | CL_MEM_HOST_NO_ACCESS, 64,
				   NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
}

static void command_errors(void **state)
{
	struct fixture *f = *state;
	cl_mem mem = fixture_buffer(f, 64, NULL);
	char data[128];
	cl_int err;
	cl_mem write_only = clCreateBuffer(f->context, CL_MEM_HOST_WRITE_ONLY, 64, NULL, &err);

	ok(err);
	assert_int_equal(clEnqueueReadBuffer(NULL, mem, CL_TRUE, 0, 64, data, 0, NULL, NULL),
			 CL_INVALID_COMMAND_QUEUE);
	assert_int_equal(clEnqueueReadBuffer(f->queue, NULL, CL_TRUE, 0, 64, data, 0, NULL, NULL),
			 CL_INVALID_MEM_OBJECT);
	assert_int_equal(clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 1, 64, data, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 65, 1, data, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(
		clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 0, SIZE_MAX, data, 0, NULL, NULL),
		CL_INVALID_VALUE);
	assert_int_equal(clEnqueueWriteBuffer(f->queue, mem, CL_TRUE, 0, 64, NULL, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 0, 64, data, 1, NULL, NULL),
			 CL_INVALID_EVENT_WAIT_LIST);
	assert_int_equal(
		clEnqueueReadBuffer(f->queue, write_only, CL_TRUE, 0, 64, data, 0, NULL, NULL),
		CL_INVALID_OPERATION);
	assert_int_equal(clEnqueueCopyBuffer(f->queue, mem, mem, 0, 10, 20, 0, NULL, NULL),
			 CL_MEM_COPY_OVERLAP);
	assert_int_equal(clEnqueueCopyBuffer(f->queue, mem, mem, 0, 60, 10, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	ok(clReleaseMemObject(mem));
	ok(clReleaseMemObject(write_only));
}

static void other_context(void **state)
{
	struct fixture *f = *state;
	cl_int err;
	cl_context other = clCreateContext(NULL, 1, &f->device, NULL, NULL, &err);
	char data[64];
	cl_mem mem;

	ok(err);
	mem = clCreateBuffer(other, 0, 64, NULL, &err);
	ok(err);
	assert_int_equal(clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 0, 64, data, 0, NULL, NULL),
			 CL_INVALID_CONTEXT);
	ok(clReleaseMemObject(mem));
	ok(clReleaseContext(other));
}

static void sub_buffer(void **state)
{
	struct fixture *f = *state;
	static unsigned char in[4096], out[4096];
	cl_buffer_region region = { 1024, 512 }, odd = { 1, 512 }, outside = { 4096 - 128, 512 };
	size_t offset = 0;
	cl_mem mem, sub, parent;
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_uint one = 1;
	cl_int err;

	fixture_pattern(in, sizeof(in), 5);
	mem = fixture_buffer(f, sizeof(in), in);
	sub = clCreateSubBuffer(mem, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &err);
	ok(err);
	ok(clGetMemObjectInfo(sub, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof(parent), &parent, NULL));
	assert_ptr_equal(parent, mem);
	ok(clGetMemObjectInfo(sub, CL_MEM_OFFSET, sizeof(offset), &offset, NULL));
	assert_int_equal(offset, 1024);
	ok(clSetKernelArg(inc, 0, sizeof(sub), &sub));
	ok(clSetKernelArg(inc, 1, sizeof(one), &one));
	fixture_run(f, inc, 512 / 4);
	fixture_read(f, mem, out, sizeof(out));
	assert_memory_equal(in, out, 1024);
	assert_memory_equal(in + 1536, out + 1536, sizeof(in) - 1536);
	for (size_t i = 0; i < 128; i++)
		assert_int_equal(((uint32_t *)(out + 1024))[i], ((uint32_t *)(in + 1024))[i] + 1);
	ok(clEnqueueReadBuffer(f->queue, sub, CL_TRUE, 4, 100, out, 0, NULL, NULL));
	assert_int_equal(clEnqueueReadBuffer(f->queue, sub, CL_TRUE, 4, 512, out, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_null(clCreateSubBuffer(mem, 0, CL_BUFFER_CREATE_TYPE_REGION, &odd, &err));
	assert_int_equal(err, CL_MISALIGNED_SUB_BUFFER_OFFSET);
	assert_null(clCreateSubBuffer(mem, 0, CL_BUFFER_CREATE_TYPE_REGION, &outside, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateSubBuffer(sub, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &err));
	assert_int_equal(err, CL_INVALID_MEM_OBJECT);
	assert_null(clCreateSubBuffer(mem, 0, 0, &region, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	/* The parent's memory lives as long as the sub-buffer. */
	ok(clReleaseMemObject(mem));
	ok(clEnqueueReadBuffer(f->queue, sub, CL_TRUE, 0, 512, out, 0, NULL, NULL));
	ok(clReleaseMemObject(sub));
	ok(clReleaseKernel(inc));
}

static void mem_info(void **state)
{
	struct fixture *f = *state;
	static char memory[256] __attribute__((aligned(128)));
	cl_int err;
	cl_mem mem = clCreateBuffer(f->context, CL_MEM_USE_HOST_PTR, sizeof(memory), memory, &err);
	cl_mem_object_type type;
	cl_mem_flags flags;
	size_t size;
	void *pointer;
	cl_uint n;

	ok(err);
	ok(clGetMemObjectInfo(mem, CL_MEM_TYPE, sizeof(type), &type, NULL));
	assert_int_equal(type, CL_MEM_OBJECT_BUFFER);
	ok(clGetMemObjectInfo(mem, CL_MEM_FLAGS, sizeof(flags), &flags, NULL));
	assert_true(flags & CL_MEM_USE_HOST_PTR);
	ok(clGetMemObjectInfo(mem, CL_MEM_SIZE, sizeof(size), &size, NULL));
	assert_int_equal(size, sizeof(memory));
	ok(clGetMemObjectInfo(mem, CL_MEM_HOST_PTR, sizeof(pointer), &pointer, NULL));
	assert_ptr_equal(pointer, memory);
	ok(clGetMemObjectInfo(mem, CL_MEM_REFERENCE_COUNT, sizeof(n), &n, NULL));
	assert_int_equal(n, 1);
	ok(clRetainMemObject(mem));
	ok(clGetMemObjectInfo(mem, CL_MEM_REFERENCE_COUNT, sizeof(n), &n, NULL));
	assert_int_equal(n, 2);
	ok(clReleaseMemObject(mem));
	assert_int_equal(clGetMemObjectInfo(mem, 0x9999, 0, NULL, &size), CL_INVALID_VALUE);
	assert_int_equal(clGetMemObjectInfo(NULL, CL_MEM_SIZE, 0, NULL, &size),
			 CL_INVALID_MEM_OBJECT);
	ok(clReleaseMemObject(mem));
}

static char destroyed[8];
static sem_t destroyed_one;

static void CL_CALLBACK destructor(cl_mem mem, void *user_data)
{
	(void)mem;
	strcat(destroyed, user_data);
	sem_post(&destroyed_one);
}

/* Destructors run newest first, and not before the commands that use the buffer are done. */
static void destructors(void **state)
{
	struct fixture *f = *state;
	cl_kernel spin = fixture_kernel(f, SOURCE_SPIN, "spin");
	uint32_t start = 1, result = 0, rounds = 3000000;
	cl_mem mem = fixture_buffer(f, sizeof(start), &start), copy = fixture_buffer(f, 4, NULL);

	destroyed[0] = '\0';
	sem_init(&destroyed_one, 0, 0);
	ok(clSetMemObjectDestructorCallback(mem, destructor, "a"));
	ok(clSetMemObjectDestructorCallback(mem, destructor, "b"));
	assert_int_equal(clSetMemObjectDestructorCallback(mem, NULL, NULL), CL_INVALID_VALUE);
	ok(clSetKernelArg(spin, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(spin, 1, sizeof(rounds), &rounds));
	fixture_run(f, spin, 1);
	ok(clEnqueueCopyBuffer(f->queue, mem, copy, 0, 0, 4, 0, NULL, NULL));
	ok(clReleaseMemObject(mem));
	fixture_read(f, copy, &result, sizeof(result));
	assert_int_equal(result, spin_result(start, rounds));
	ok(clFinish(f->queue));
	ok(clReleaseKernel(spin));
	sem_wait(&destroyed_one);
	sem_wait(&destroyed_one);
	assert_string_equal(destroyed, "ba");
	ok(clReleaseMemObject(copy));
}

/* Created and released many times: memory comes back. */
static void churn(void **state)
{
	struct fixture *f = *state;
	cl_ulong most;
	cl_int err;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof(most), &most, NULL));
	for (int i = 0; i < 20; i++) {
		cl_mem mem = clCreateBuffer(f->context, 0, (size_t)most, NULL, &err);

		ok(err);
		ok(clReleaseMemObject(mem));
	}
	for (int i = 0; i < 1000; i++)
		ok(clReleaseMemObject(fixture_buffer(f, 4096, NULL)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),	 cmocka_unit_test(large_round_trip),
		cmocka_unit_test(many_writes),	 cmocka_unit_test(write_after_read),
		cmocka_unit_test(copy_and_fill), cmocka_unit_test(fill_patterns),
		cmocka_unit_test(create_errors), cmocka_unit_test(command_errors),
		cmocka_unit_test(other_context), cmocka_unit_test(sub_buffer),
		cmocka_unit_test(mem_info),	 cmocka_unit_test(destructors),
		cmocka_unit_test(churn),	 cmocka_unit_test(large_sizes),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
