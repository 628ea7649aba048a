/* SPDX-License-Identifier: MIT */
/*
 * fixture.h - what the OpenCL tests share: the first device that the ICD loader shows, with a
 * context and a profiling queue, and shorthands whose failure fails the test.
 *
 * The same binaries run on a virtual GPU and, as the reference for what the specification means, on
 * the bare driver; OCL_ICD_VENDORS decides. What only makes sense on one of them asks @ours.
 */
#ifndef TESTS_OPENCL_FIXTURE_H
#define TESTS_OPENCL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <CL/cl.h>

/** struct fixture - @notes: texts that the context's error callback got, @last_note the last one */
struct fixture {
	cl_platform_id platform;
	cl_device_id device;
	cl_context context;
	cl_command_queue queue;
	bool ours;
	_Atomic int notes;
	char last_note[512];
};

/*
 * WILD - an address where no process has anything, of any layout: it is not canonical on x86-64,
 * and above user space elsewhere. (What lies between 0x7f0000000000 and the stack may be a mapping:
 * where the kernel puts them is random.)
 */
#define WILD 0xdead000000000000ul
#define WILD_TEXT "0xdead000000000000ul"

/** fixture_setup(), fixture_teardown() - for cmocka_run_group_tests() or each test. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/** ok() - assert that @err is CL_SUCCESS. */
#define ok(err) assert_int_equal((err), CL_SUCCESS)

/** fixture_program() - build @source, which must compile. */
cl_program fixture_program(struct fixture *f, const char *source);

/** fixture_kernel() - the kernel @name of @source; the program is released. */
cl_kernel fixture_kernel(struct fixture *f, const char *source, const char *name);

/** fixture_buffer() - a buffer of @size bytes, filled from @data unless NULL. */
cl_mem fixture_buffer(struct fixture *f, size_t size, const void *data);

/** fixture_read() - blocking read of the whole buffer. */
void fixture_read(struct fixture *f, cl_mem mem, void *data, size_t size);

/** fixture_run() - enqueue a 1-D range. */
void fixture_run(struct fixture *f, cl_kernel kernel, size_t global);

/** fixture_pattern() - fill with bytes that depend on position and @seed. */
void fixture_pattern(void *data, size_t size, unsigned int seed);

/** SOURCE_INC - kernel inc(global uint *p, uint n): adds n to every element. */
#define SOURCE_INC "__kernel void inc(__global uint *p, uint n) { p[get_global_id(0)] += n; }\n"

/** SOURCE_SPIN - kernel spin(global uint *p, uint n): n rounds of work that cannot be left out. */
#define SOURCE_SPIN                                                     \
	"__kernel void spin(__global uint *p, uint n) { uint x = p[0];" \
	" for (uint i = 0; i < n; i++) x = x * 1664525u + 1013904223u; p[0] = x; }\n"

/** spin_result() - what spin leaves of @x. */
uint32_t spin_result(uint32_t x, uint32_t n);

#endif
