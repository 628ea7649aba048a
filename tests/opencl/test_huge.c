// SPDX-License-Identifier: MIT
/*
 * test_huge.c - large writes by the CPU, which have huge pages made for them: nothing is lost or
 * moved by that, and the pages are there where this process can see it (over the socket, with
 * memory that kernels share).
 */
#include <unistd.h>

#include "../smaps.h"
#include "fixture.h"

#define MIB ((size_t)1 << 20)
#define HUGE (2 * MIB)
#define SIZE (32 * MIB + 4096 + 123)

/* A buffer of SIZE was written whole. */
static void assert_huge(struct fixture *f)
{
	cl_bool unified;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof(unified), &unified,
			   NULL));
	if (!f->ours || !unified || smaps_kib(getpid(), "dxg-region", "Size:") <= 0)
		return;
	if (!smaps_can_collapse()) {
		print_message(
			"huge pages not looked for: the kernel makes none of shared memory\n");
		return;
	}
	assert_true(smaps_kib(getpid(), "dxg-region", "ShmemPmdMapped:") >=
		    (long)((SIZE - 2 * HUGE) >> 10));
}

static void assert_content(struct fixture *f, cl_mem mem, const uint8_t *expected)
{
	uint8_t *out = malloc(SIZE);

	fixture_read(f, mem, out, SIZE);
	assert_memory_equal(out, expected, SIZE);
	free(out);
}

static void written_at_once(void **state)
{
	struct fixture *f = *state;
	uint8_t *in = malloc(SIZE);

	for (unsigned int blocking = 0; blocking < 2; blocking++) {
		cl_mem mem = fixture_buffer(f, SIZE, NULL);

		fixture_pattern(in, SIZE, blocking);
		ok(clEnqueueWriteBuffer(f->queue, mem, blocking, 0, SIZE, in, 0, NULL, NULL));
		ok(clFinish(f->queue));
		assert_huge(f);
		assert_content(f, mem, in);
		ok(clReleaseMemObject(mem));
	}
	free(in);
}

static void created_with_content(void **state)
{
	struct fixture *f = *state;
	uint8_t *in = malloc(SIZE);
	cl_mem mem;

	fixture_pattern(in, SIZE, 3);
	mem = fixture_buffer(f, SIZE, in);
	assert_huge(f);
	assert_content(f, mem, in);
	ok(clReleaseMemObject(mem));
	free(in);
}

static void mapped_for_writing(void **state)
{
	static const cl_map_flags flags[] = { CL_MAP_WRITE, CL_MAP_WRITE_INVALIDATE_REGION };
	struct fixture *f = *state;
	uint8_t *in = malloc(SIZE);

	for (unsigned int i = 0; i < 2; i++) {
		cl_mem mem = fixture_buffer(f, SIZE, NULL);
		uint8_t *at;
		cl_int err;

		fixture_pattern(in, SIZE, 4 + i);
		at = clEnqueueMapBuffer(f->queue, mem, CL_TRUE, flags[i], 0, SIZE, 0, NULL, NULL,
					&err);
		ok(err);
		memcpy(at, in, SIZE);
		assert_huge(f);
		ok(clEnqueueUnmapMemObject(f->queue, mem, at, 0, NULL, NULL));
		assert_content(f, mem, in);
		ok(clReleaseMemObject(mem));
	}
	free(in);
}

/* Odd places, in any order, over what is there already. */
static void written_in_pieces(void **state)
{
	static const size_t at[] = {
		17 * MIB + 5, 0, 29 * MIB + 1, 3 * MIB, 16 * MIB, 2 * MIB - 1
	};
	struct fixture *f = *state;
	uint8_t *all = malloc(SIZE);
	cl_mem mem;

	fixture_pattern(all, SIZE, 9);
	mem = fixture_buffer(f, SIZE, all);
	for (unsigned int i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		fixture_pattern(all + at[i], 3 * MIB + i, 10 + i);
		ok(clEnqueueWriteBuffer(f->queue, mem, CL_FALSE, at[i], 3 * MIB + i, all + at[i], 0,
					NULL, NULL));
		ok(clFinish(f->queue));
	}
	assert_content(f, mem, all);
	ok(clReleaseMemObject(mem));
	free(all);
}

static void written_through_a_part(void **state)
{
	const cl_buffer_region region = { 8 * MIB, 8 * MIB };
	struct fixture *f = *state;
	uint8_t *all = calloc(1, SIZE);
	cl_mem mem = fixture_buffer(f, SIZE, all), part;
	cl_int err;

	part = clCreateSubBuffer(mem, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &err);
	ok(err);
	fixture_pattern(all + 9 * MIB, 6 * MIB, 20);
	ok(clEnqueueWriteBuffer(f->queue, part, CL_TRUE, MIB, 6 * MIB, all + 9 * MIB, 0, NULL,
				NULL));
	assert_content(f, mem, all);
	ok(clReleaseMemObject(part));
	ok(clReleaseMemObject(mem));
	free(all);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_at_once),	  cmocka_unit_test(created_with_content),
		cmocka_unit_test(mapped_for_writing),	  cmocka_unit_test(written_in_pieces),
		cmocka_unit_test(written_through_a_part),
	};

	return cmocka_run_group_tests_name("opencl-huge", tests, fixture_setup, fixture_teardown);
}
