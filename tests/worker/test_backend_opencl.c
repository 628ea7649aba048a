// SPDX-License-Identifier: MIT
/*
 * test_backend_opencl - the OpenCL backend in this process, for devices that the machine does not
 * have: one that shares memory with the CPU but is none (memory takes turns by map and unmap), and
 * one whose events carry a clock of its own. The CPU device plays them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "backend/ocl.h"

#include <errno.h>

#define SKIP 77
#define PAGES (64 * 4096)
#define NUMBERS 1024

static struct backend *be;
static const struct backend_ops *const ops = &backend_opencl_ops;
static struct backend_alloc *memory;
static struct backend_context *context;
static struct backend_program *program;
static uint8_t *host;

static int setup(void **state)
{
	static const char text[] =
		"kernel void twice(global const int *in, global int *out)\n"
		"{ size_t i = get_global_id(0); out[i] = 2 * in[i]; }\n";
	struct backend_source source = { DXG_PROGRAM_SOURCE, text, sizeof(text) - 1 };
	struct backend_config config = { BACKEND_ANY, BACKEND_ANY, false };
	struct backend_build build;
	struct backend_text why;

	(void)state;
	assert_int_equal(ops->open(&config, &be, &why), 0);
	host = aligned_alloc(4096, PAGES);
	memset(host, 0, PAGES);
	assert_int_equal(ops->alloc_create(be, PAGES, host, &memory), 0);
	assert_int_equal(ops->context_create(be, 0, &context), 0);
	assert_int_equal(ops->build(be, &source, "", &build), 0);
	assert_int_equal(build.status, 0);
	free(build.log);
	program = build.program;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ops->program_destroy(be, program);
	ops->context_destroy(be, context);
	ops->alloc_destroy(be, memory);
	ops->close(be);
	free(host);
	return 0;
}

static struct backend_span span(uint64_t offset, uint64_t size)
{
	return (struct backend_span){ memory, offset, size };
}

/* Page 0 doubled into page 1, its profile into page 32. */
static void twice(uint64_t *ret_gpu_ns)
{
	struct backend_arg args[2] = {
		{ .kind = DXG_ARG_VA, .span = span(0, PAGES) },
		{ .kind = DXG_ARG_VA, .span = span(4096, PAGES - 4096) },
	};
	struct backend_packet packet = {
		.opcode = DXG_CMD_DISPATCH,
		.profile = span(32 * 4096, sizeof(struct dxg_cmd_profile)),
		.dispatch = { .program = program, .work_dim = 1, .arg_count = 2, .arg = args,
			      .global = { NUMBERS, 1, 1 } },
	};
	struct backend_result result;

	if (ops->execute(be, context, &packet, 1, &result))
		fail_msg("%s", result.text.text);
	*ret_gpu_ns = result.gpu_ns;
}

static void memory_takes_turns(void **state)
{
	int *in = (int *)host, *out = (int *)(host + 4096), i, round;
	uint64_t ns;

	(void)state;
	ocl_of(be)->direct = false;
	for (round = 1; round < 5; round++) {
		for (i = 0; i < NUMBERS; i++)
			in[i] = round * i;
		twice(&ns);
		for (i = 0; i < NUMBERS; i++)
			assert_int_equal(out[i], 2 * round * i);
	}
}

static void copies_take_turns(void **state)
{
	uint8_t pattern = 0x5a;
	struct backend_packet packet[3] = {
		{ .opcode = DXG_CMD_FILL, .fill = { span(8192, 100), &pattern, 1 } },
		{ .opcode = DXG_CMD_COPY, .copy = { span(16384, 100), span(8192, 100) } },
		{ .opcode = DXG_CMD_COPY_RECT,
		  .rect = { span(20480, 2 * 16 + 8), span(8192, 2 * 8 + 8), 16, 48, 8, 24,
			    { 8, 3, 1 } } },
	};
	struct backend_result result;

	(void)state;
	ocl_of(be)->direct = false;
	host[16384 + 100] = 1;
	assert_int_equal(ops->execute(be, context, packet, 3, &result), 0);
	assert_int_equal(host[16384], 0x5a);
	assert_int_equal(host[16384 + 99], 0x5a);
	assert_int_equal(host[16384 + 100], 1);
	assert_int_equal(host[20480 + 7], 0x5a);
	assert_int_equal(host[20480 + 8], 0);
	assert_int_equal(host[20480 + 2 * 16 + 7], 0x5a);
	assert_true(result.gpu_ns > 0);
}

static void foreign_clocks_are_converted(void **state)
{
	struct ocl_backend *ocl = ocl_of(be);
	uint64_t before, after, ns;
	struct dxg_cmd_profile p;

	(void)state;
	twice(&ns);
	/* The events' clock, whatever it is, is now taken for one that nobody knows. */
	ocl->clock_is_device = false;
	ocl->clock_id = CLOCK_REALTIME;
	before = ops->clock(be);
	twice(&ns);
	after = ops->clock(be);
	memcpy(&p, host + 32 * 4096, sizeof(p));
	assert_true(p.start_ns <= p.end_ns);
	/* The offset is known to half of what it takes to enqueue a command. */
	assert_true(p.start_ns + 1000000 >= before);
	assert_true(p.end_ns <= after + 1000000);
	assert_int_equal(p.end_ns - p.start_ns, ns);
}

static void many_places_in_one_allocation(void **state)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct ocl_buffer first, again, other;
	struct backend_span s;
	uint64_t i;

	(void)state;
	s = span(ocl->align, ocl->align);
	assert_int_equal(ocl_span_buffer(ocl, &s, &first), 0);
	assert_int_equal(ocl_span_buffer(ocl, &s, &again), 0);
	assert_int_equal(first.serial, again.serial);
	/* More than are kept: the first is made anew, under another name. */
	for (i = 2; i < 100; i++) {
		s = span(i * ocl->align, ocl->align);
		assert_int_equal(ocl_span_buffer(ocl, &s, &other), 0);
		assert_true(other.serial > first.serial);
	}
	s = span(ocl->align, ocl->align);
	assert_int_equal(ocl_span_buffer(ocl, &s, &again), 0);
	assert_true(again.serial > other.serial);
}

static void no_such_device(void **state)
{
	struct backend_config config = { 77, 0, false };
	struct backend_text why;
	struct backend *none;

	(void)state;
	assert_int_equal(ops->open(&config, &none, &why), -ENODEV);
	assert_non_null(strstr(why.text, "platform 77"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(memory_takes_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(copies_take_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_clocks_are_converted, setup, teardown),
		cmocka_unit_test_setup_teardown(many_places_in_one_allocation, setup, teardown),
		cmocka_unit_test(no_such_device),
	};
	struct backend_config config = { BACKEND_ANY, BACKEND_ANY, false };
	struct backend_text why;

	if (ops->open(&config, &be, &why)) {
		print_message("skipped: %s\n", why.text);
		return SKIP;
	}
	ops->close(be);
	return cmocka_run_group_tests_name("backend-opencl", tests, NULL, NULL);
}
