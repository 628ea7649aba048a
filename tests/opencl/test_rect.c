// SPDX-License-Identifier: MIT
/* test_rect.c - rectangular reads, writes and copies against the same done byte by byte. */
#include "fixture.h"

#define BYTES 65536

/** struct layout - one end of a rectangular command. */
struct layout {
	size_t origin[3];
	size_t row;
	size_t slice;
};

static size_t at(const struct layout *l, const size_t *region, size_t x, size_t y, size_t z)
{
	size_t row = l->row ? l->row : region[0];
	size_t slice = l->slice ? l->slice : row * region[1];

	return (l->origin[2] + z) * slice + (l->origin[1] + y) * row + l->origin[0] + x;
}

static void copy_slowly(unsigned char *dst, const struct layout *to, const unsigned char *src,
			const struct layout *from, const size_t *region)
{
	for (size_t z = 0; z < region[2]; z++)
		for (size_t y = 0; y < region[1]; y++)
			for (size_t x = 0; x < region[0]; x++)
				dst[at(to, region, x, y, z)] = src[at(from, region, x, y, z)];
}

static const struct {
	size_t region[3];
	struct layout a;
	struct layout b;
} cases[] = {
	{ { 16, 1, 1 }, { { 5, 0, 0 }, 0, 0 }, { { 9, 0, 0 }, 0, 0 } },
	{ { 16, 8, 1 }, { { 4, 2, 0 }, 64, 0 }, { { 0, 0, 0 }, 16, 0 } },
	{ { 10, 7, 5 }, { { 3, 2, 1 }, 32, 1024 }, { { 1, 1, 1 }, 20, 400 } },
	{ { 10, 7, 5 }, { { 0, 0, 0 }, 0, 0 }, { { 1, 1, 1 }, 20, 400 } },
	{ { 100, 20, 3 }, { { 1, 1, 1 }, 128, 128 * 32 }, { { 0, 0, 0 }, 100, 2000 } },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static unsigned char in[BYTES], out[BYTES], expected[BYTES];

static void transfers(void **state, cl_bool blocking)
{
	struct fixture *f = *state;
	cl_mem mem = fixture_buffer(f, BYTES, NULL);

	for (size_t i = 0; i < CASES; i++) {
		const struct layout *buffer = &cases[i].a, *host = &cases[i].b;
		const size_t *region = cases[i].region;

		fixture_pattern(in, BYTES, (unsigned int)i);
		memset(expected, 0xaa, BYTES);
		ok(clEnqueueWriteBuffer(f->queue, mem, CL_TRUE, 0, BYTES, expected, 0, NULL, NULL));
		ok(clEnqueueWriteBufferRect(f->queue, mem, blocking, buffer->origin, host->origin,
					    region, buffer->row, buffer->slice, host->row,
					    host->slice, in, 0, NULL, NULL));
		fixture_read(f, mem, out, BYTES);
		copy_slowly(expected, buffer, in, host, region);
		assert_memory_equal(out, expected, BYTES);
		memset(out, 0x55, BYTES);
		memset(in, 0x55, BYTES);
		ok(clEnqueueReadBufferRect(f->queue, mem, blocking, buffer->origin, host->origin,
					   region, buffer->row, buffer->slice, host->row,
					   host->slice, out, 0, NULL, NULL));
		ok(clFinish(f->queue));
		copy_slowly(in, host, expected, buffer, region);
		assert_memory_equal(out, in, BYTES);
	}
	ok(clReleaseMemObject(mem));
}

static void blocking_transfers(void **state)
{
	transfers(state, CL_TRUE);
}

static void queued_transfers(void **state)
{
	transfers(state, CL_FALSE);
}

/*
 * What is moved in several parts: rows longer than one, rows and slices of which some fit, with and
 * without gaps, at odd places. Between them nothing is touched.
 */
static void large_case(struct fixture *f, const size_t *region, const struct layout *buffer,
		       const struct layout *host, cl_bool blocking)
{
	size_t size = 14u << 20;
	unsigned char *src = malloc(size), *dst = malloc(size), *model = malloc(size);
	cl_mem mem = fixture_buffer(f, size, NULL);

	fixture_pattern(src, size, (unsigned int)region[0]);
	memset(model, 0x33, size);
	memset(dst, 0x55, size);
	ok(clEnqueueWriteBuffer(f->queue, mem, CL_FALSE, 0, size, model, 0, NULL, NULL));
	ok(clEnqueueWriteBufferRect(f->queue, mem, blocking, buffer->origin, host->origin, region,
				    buffer->row, buffer->slice, host->row, host->slice, src, 0,
				    NULL, NULL));
	ok(clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 0, size, dst, 0, NULL, NULL));
	copy_slowly(model, buffer, src, host, region);
	assert_memory_equal(dst, model, size);
	memset(dst, 0x55, size);
	memset(src, 0x55, size);
	ok(clEnqueueReadBufferRect(f->queue, mem, blocking, buffer->origin, host->origin, region,
				   buffer->row, buffer->slice, host->row, host->slice, dst, 0, NULL,
				   NULL));
	ok(clFinish(f->queue));
	copy_slowly(src, host, model, buffer, region);
	assert_memory_equal(dst, src, size);
	ok(clReleaseMemObject(mem));
	free(src);
	free(dst);
	free(model);
}

static void large_transfers(void **state)
{
	static const struct {
		size_t region[3];
		struct layout buffer;
		struct layout host;
	} large[] = {
		{ { 1500000, 3, 2 }, { { 0, 0, 0 }, 0, 0 }, { { 0, 0, 0 }, 0, 0 } },
		{ { 1 << 20, 4, 2 }, { { 0, 0, 0 }, 0, 0 }, { { 3, 0, 0 }, 1200001, 4800004 } },
		{ { 1500000, 3, 2 }, { { 1, 0, 0 }, 1500003, 6000012 }, { { 7, 0, 1 }, 0, 0 } },
		{ { 700, 2000, 4 }, { { 0, 0, 0 }, 0, 0 }, { { 0, 0, 0 }, 0, 0 } },
		{ { 700, 2000, 4 }, { { 5, 1, 0 }, 777, 777 * 2003 }, { { 9, 2, 0 }, 801, 0 } },
		{ { 1024, 1024, 5 }, { { 0, 0, 0 }, 1025, 0 }, { { 0, 0, 0 }, 1024, 0 } },
		{ { 1000, 10, 501 }, { { 0, 0, 1 }, 1001, 20020 }, { { 3, 1, 0 }, 1007, 12084 } },
		{ { 1, 1, 600001 }, { { 2, 0, 0 }, 3, 9 }, { { 0, 0, 0 }, 7, 7 } },
	};

	for (size_t i = 0; i < 2 * sizeof(large) / sizeof(large[0]); i++)
		large_case(*state, large[i / 2].region, &large[i / 2].buffer, &large[i / 2].host,
			   i % 2 ? CL_TRUE : CL_FALSE);
}

/* More packets of large transfers, and nothing else, than all command buffers have room for. */
static void many_large_transfers(void **state)
{
	struct fixture *f = *state;
	size_t origin[3] = { 0, 0, 0 }, region[3] = { 1025, 513, 1 }, size = 1025 * 513;
	unsigned char *src = malloc(size), *dst = malloc(size);
	cl_mem mem = fixture_buffer(f, 1026 * 513, NULL);

	fixture_pattern(src, size, 2);
	for (uint32_t i = 0; i < 7500; i++) {
		memcpy(src, &i, sizeof(i));
		ok(clEnqueueWriteBufferRect(f->queue, mem, CL_TRUE, origin, origin, region, 1026, 0,
					    1025, 0, src, 0, NULL, NULL));
	}
	ok(clEnqueueReadBufferRect(f->queue, mem, CL_TRUE, origin, origin, region, 1026, 0, 1025, 0,
				   dst, 0, NULL, NULL));
	assert_memory_equal(src, dst, size);
	ok(clReleaseMemObject(mem));
	free(src);
	free(dst);
}

static void copies(void **state)
{
	struct fixture *f = *state;
	cl_mem a = fixture_buffer(f, BYTES, NULL), b = fixture_buffer(f, BYTES, NULL);

	for (size_t i = 0; i < CASES; i++) {
		const struct layout *from = &cases[i].a, *to = &cases[i].b;

		fixture_pattern(in, BYTES, (unsigned int)i);
		memset(expected, 0xaa, BYTES);
		ok(clEnqueueWriteBuffer(f->queue, a, CL_TRUE, 0, BYTES, in, 0, NULL, NULL));
		ok(clEnqueueWriteBuffer(f->queue, b, CL_TRUE, 0, BYTES, expected, 0, NULL, NULL));
		ok(clEnqueueCopyBufferRect(f->queue, a, b, from->origin, to->origin,
					   cases[i].region, from->row, from->slice, to->row,
					   to->slice, 0, NULL, NULL));
		fixture_read(f, b, out, BYTES);
		copy_slowly(expected, to, in, from, cases[i].region);
		assert_memory_equal(out, expected, BYTES);
	}
	ok(clReleaseMemObject(a));
	ok(clReleaseMemObject(b));
}

static void copy_inside(void **state)
{
	struct fixture *f = *state;
	size_t from[3] = { 0, 0, 0 }, beside[3] = { 16, 0, 0 }, over[3] = { 8, 1, 0 };
	size_t region[3] = { 16, 8, 1 };
	struct layout src = { { 0, 0, 0 }, 64, 0 }, dst = { { 16, 0, 0 }, 64, 0 };
	cl_mem mem;

	fixture_pattern(in, BYTES, 1);
	memcpy(expected, in, BYTES);
	mem = fixture_buffer(f, BYTES, in);
	assert_int_equal(clEnqueueCopyBufferRect(f->queue, mem, mem, from, over, region, 64, 0, 64,
						 0, 0, NULL, NULL),
			 CL_MEM_COPY_OVERLAP);
	ok(clEnqueueCopyBufferRect(f->queue, mem, mem, from, beside, region, 64, 0, 64, 0, 0, NULL,
				   NULL));
	fixture_read(f, mem, out, BYTES);
	copy_slowly(expected, &dst, in, &src, region);
	assert_memory_equal(out, expected, BYTES);
	ok(clReleaseMemObject(mem));
}

static void errors(void **state)
{
	struct fixture *f = *state;
	size_t origin[3] = { 0, 0, 0 }, region[3] = { 16, 8, 1 }, none[3] = { 16, 0, 1 };
	size_t far[3] = { 0, 1000, 1000 };
	cl_mem mem = fixture_buffer(f, 1024, NULL);

	assert_int_equal(clEnqueueReadBufferRect(f->queue, mem, CL_TRUE, origin, origin, none, 0, 0,
						 0, 0, out, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueReadBufferRect(f->queue, mem, CL_TRUE, origin, origin, region, 8,
						 0, 0, 0, out, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueReadBufferRect(f->queue, mem, CL_TRUE, origin, origin, region, 16,
						 100, 0, 0, out, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueReadBufferRect(f->queue, mem, CL_TRUE, far, origin, region, 16, 0,
						 0, 0, out, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueReadBufferRect(f->queue, mem, CL_TRUE, origin, origin, region, 0,
						 0, 0, 0, NULL, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	ok(clReleaseMemObject(mem));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocking_transfers),	cmocka_unit_test(queued_transfers),
		cmocka_unit_test(large_transfers),	cmocka_unit_test(copies),
		cmocka_unit_test(copy_inside),		cmocka_unit_test(errors),
		cmocka_unit_test(many_large_transfers),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
