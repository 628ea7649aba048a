// SPDX-License-Identifier: MIT
/*
 * test_worker_opencl - a real dxg-worker with the OpenCL backend on whatever device the machine has
 * (PoCL on most). Skipped as a whole where there is none.
 */
#include "harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SKIP 77
#define VA_LOCAL UINT64_C(0x80000000)
#define LOCAL_SIZE (1u << 20)
#define CL_DEVICE_NAME_PARAM 0x102B
#define CL_KERNEL_ARG_ADDRESS_GLOBAL_VALUE 0x119B
#define INVALID_BINARY (-42)

static const char source[] =
	"kernel void add(global const int *a, global const int *b, global int *c, int k)\n"
	"{ size_t i = get_global_id(0); c[i] = a[i] + b[i] * k; }\n"
	"kernel void group(global int *out, local int *tmp)\n"
	"{ tmp[get_local_id(0)] = get_global_id(0); barrier(CLK_LOCAL_MEM_FENCE);\n"
	"  out[get_global_id(0)] = tmp[get_local_size(0) - 1 - get_local_id(0)]; }\n"
	"kernel void spin(global int *out, int n)\n"
	"{ int x = get_global_id(0); for (int i = 0; i < n; i++) x = x * 1664525 + i; *out = x; }\n"
	"kernel void crash(global int *p) { p[0x7fffffff0000L] = 1; }\n"
	"kernel __attribute__((reqd_work_group_size(4, 1, 1))) void four(global int *p)\n"
	"{ p[get_global_id(0)] = get_local_size(0); }\n";

enum kernel { ADD, GROUP, SPIN, CRASH, FOUR, KERNELS };

static struct zygote zygote;
static struct worker worker;
static uint32_t program;
static uint32_t kernel_index[KERNELS];

static struct dxg_escape head(uint32_t op, uint32_t size)
{
	return (struct dxg_escape){ .magic = DXG_ESCAPE_MAGIC, .op = op, .size = size };
}

/* Drivers may list kernels in any order. */
static void find_kernels(uint32_t count)
{
	static const char *const names[] = { "add", "group", "spin", "crash", "four" };
	uint32_t i, k;

	assert_int_equal(count, KERNELS);
	for (i = 0; i < count; i++) {
		struct dxg_escape_kernel_info e = {
			.h = head(DXG_ESCAPE_KERNEL_INFO, sizeof(e)),
			.program = program,
			.kernel = i,
		};

		assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
		for (k = 0; k < KERNELS; k++)
			if (!strcmp(names[k], e.name))
				kernel_index[k] = i;
	}
}

static void build_program(const char *options)
{
	struct build b;

	program = program_create(&worker, DXG_PROGRAM_SOURCE, source, strlen(source));
	b = program_build(&worker, program, options);
	if (b.build_status)
		print_message("%s\n", b.log);
	assert_int_equal(b.status, 0);
	assert_int_equal(b.build_status, 0);
	find_kernels(b.kernels);
}

static int start_any(bool discrete)
{
	worker_start(&zygote, &worker, IPC_BACKEND_OPENCL, discrete);
	setup_usual(&worker);
	build_program("-D UNUSED=1 -cl-mad-enable");
	return 0;
}

/* One worker for the tests that leave it as it was: compiling takes most of their time. */
static struct worker shared_worker;
static uint32_t shared_program, shared_index[KERNELS];
static bool shared;

static int start_shared(void **state)
{
	(void)state;
	if (!shared) {
		start_any(false);
		shared_worker = worker;
		shared_program = program;
		memcpy(shared_index, kernel_index, sizeof(kernel_index));
		shared = true;
	}
	worker = shared_worker;
	program = shared_program;
	memcpy(kernel_index, shared_index, sizeof(kernel_index));
	memset(data_at(&worker, 0), 0, DATA_SIZE);
	return 0;
}

static int stop_shared(void **state)
{
	(void)state;
	shared_worker = worker;
	return 0;
}

static void the_shared_worker_ends(void **state)
{
	(void)state;
	worker = shared_worker;
	worker_stop(&worker);
}

static int start_unified(void **state)
{
	(void)state;
	return start_any(false);
}

static int start_discrete(void **state)
{
	(void)state;
	start_any(true);
	alloc_create(&worker, 3, LOCAL_SIZE, 0, IPC_SEGMENT_LOCAL);
	va_map(&worker, VA_LOCAL, LOCAL_SIZE, 3, 0, true);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	worker_stop(&worker);
	return 0;
}

static struct dxg_cmd_dispatch dispatch(enum kernel k, uint64_t global, uint64_t local,
					uint32_t args)
{
	return (struct dxg_cmd_dispatch){
		.program = program,
		.kernel = kernel_index[k],
		.work_dim = 1,
		.arg_count = args,
		.global = { global, 1, 1 },
		.local = { local, local ? 1 : 0, local ? 1 : 0 },
	};
}

/* c = a + b * k at offsets of 1 MiB from @va. */
static void add_add(struct cmds *c, uint64_t va, uint64_t step, int k, uint64_t n)
{
	struct arg args[] = {
		{ .kind = DXG_ARG_VA, .value = va },
		{ .kind = DXG_ARG_VA, .value = va + step },
		{ .kind = DXG_ARG_VA, .value = va + 2 * step },
		{ .kind = DXG_ARG_BYTES, .size = sizeof(k), .bytes = &k },
	};
	struct dxg_cmd_dispatch d = dispatch(ADD, n, 0, 4);

	add_dispatch(c, &d, args);
}

static void assert_ran(const struct ipc_exec_reply *reply)
{
	if (reply->status)
		print_message("%s\n", reply->text);
	assert_int_equal(reply->status, 0);
}

static void assert_refused(const struct cmds *c, const char *text)
{
	struct ipc_exec_reply reply = run(&worker, c);

	if (!strstr(reply.text, text))
		print_message("got: %s\n", reply.text);
	assert_int_equal(reply.status, -EINVAL);
	assert_non_null(strstr(reply.text, text));
}

static void the_device_describes_itself(void **state)
{
	struct ipc_header m = { .op = IPC_DESCRIBE };
	struct ipc_describe_reply reply;
	uint64_t buffer[8192] = { 0 };
	struct dxg_escape_device_info *e = (void *)buffer;
	struct dxg_device_property p;
	bool found = false;
	uint32_t at;

	(void)state;
	request(&worker, &m, sizeof(m), &reply, sizeof(reply));
	assert_int_equal(reply.status, 0);
	assert_true(reply.flags & DXG_ADAPTER_OPENCL);
	assert_true(reply.system_memory > 0);
	e->h = head(DXG_ESCAPE_DEVICE_INFO, sizeof(buffer));
	assert_int_equal(escape(&worker, e, sizeof(buffer)), 0);
	assert_int_equal(e->used, e->needed);
	for (at = 0; at < e->used; at += sizeof(p) + dxg_align8(p.size)) {
		const char *value = (char *)(e + 1) + at + sizeof(p);

		memcpy(&p, (char *)(e + 1) + at, sizeof(p));
		if (p.param != CL_DEVICE_NAME_PARAM)
			continue;
		found = true;
		assert_string_equal(value, reply.name);
	}
	assert_int_equal(at, e->used);
	assert_true(found);
	e->h = head(DXG_ESCAPE_DEVICE_INFO, sizeof(*e));
	assert_int_equal(escape(&worker, e, sizeof(*e)), -EOVERFLOW);
	assert_int_equal(e->used, 0);
	assert_true(e->needed > 1000);
}

static void kernels_describe_themselves(void **state)
{
	struct dxg_escape_kernel_info e = {
		.h = head(DXG_ESCAPE_KERNEL_INFO, sizeof(e)),
		.program = program,
		.kernel = kernel_index[ADD],
		.work_group_size = 12345678,
	};

	(void)state;
	assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
	assert_string_equal(e.name, "add");
	assert_int_equal(e.arg_count, 4);
	assert_int_equal(e.arg[0].address, CL_KERNEL_ARG_ADDRESS_GLOBAL_VALUE);
	assert_string_equal(e.arg[3].name, "k");
	assert_string_equal(e.arg[3].type_name, "int");
	assert_true(e.work_group_size > 0 && e.work_group_size != 12345678);
	e.kernel = KERNELS;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -ERANGE);
	e.kernel = kernel_index[FOUR];
	assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
	assert_int_equal(e.compile_work_group_size[0], 4);
}

static void kernels_see_shared_memory(void **state)
{
	int *a = (int *)data_at(&worker, 0), *b = a + (1 << 18), *c = a + (2 << 18), i;
	struct cmds cmds = cmds_start(&worker);
	struct ipc_exec_reply reply;

	(void)state;
	for (i = 0; i < 100000; i++) {
		a[i] = i;
		b[i] = 2 * i;
	}
	add_add(&cmds, VA_DATA, 1 << 20, 3, 100000);
	reply = run(&worker, &cmds);
	assert_ran(&reply);
	assert_true(reply.gpu_ns > 0);
	for (i = 0; i < 100000; i++)
		assert_int_equal(c[i], 7 * i);
	/* Changed argument, changed memory, same kernel object. */
	a[5] = 1000;
	cmds = cmds_start(&worker);
	add_add(&cmds, VA_DATA, 1 << 20, -1, 100000);
	reply = run(&worker, &cmds);
	assert_ran(&reply);
	assert_int_equal(c[5], 1000 - 10);
	assert_int_equal(c[99999], -99999);
}

static void packets_run_in_order(void **state)
{
	int *c = (int *)data_at(&worker, 2 << 20), i;
	struct cmds cmds = cmds_start(&worker);
	struct ipc_exec_reply reply;
	int one = 1;

	(void)state;
	/* b = 1, a = 0; then 100 times: c = a + b, a = c. */
	add_fill(&cmds, VA_DATA + (1 << 20), 4096, &one, 4);
	for (i = 0; i < 100; i++) {
		add_add(&cmds, VA_DATA, 1 << 20, 1, 1024);
		add_copy(&cmds, VA_DATA, VA_DATA + (2 << 20), 4096);
	}
	reply = run(&worker, &cmds);
	assert_ran(&reply);
	for (i = 0; i < 1024; i++)
		assert_int_equal(c[i], 100);
}

static void local_arguments_and_groups(void **state)
{
	struct arg args[] = {
		{ .kind = DXG_ARG_VA, .value = VA_DATA },
		{ .kind = DXG_ARG_LOCAL, .value = 64 * 4 },
	};
	struct dxg_cmd_dispatch d = dispatch(GROUP, 256, 64, 2);
	struct cmds c = cmds_start(&worker);
	int *out = (int *)data_at(&worker, 0), i;
	struct ipc_exec_reply reply;

	(void)state;
	add_dispatch(&c, &d, args);
	reply = run(&worker, &c);
	assert_ran(&reply);
	for (i = 0; i < 256; i++)
		assert_int_equal(out[i], i / 64 * 64 + 63 - i % 64);
}

static unsigned int asides_of(uint64_t local, uint64_t offset)
{
	struct arg args[] = {
		{ .kind = DXG_ARG_VA, .value = VA_DATA },
		{ .kind = DXG_ARG_LOCAL, .value = 64 * 4 },
	};
	struct dxg_cmd_dispatch d = dispatch(GROUP, 64, local, 2);
	struct cmds c = cmds_start(&worker);
	unsigned int before = worker.asides;
	struct ipc_exec_reply reply;

	d.offset[0] = offset;
	add_dispatch(&c, &d, args);
	add_dispatch(&c, &d, args);
	reply = run(&worker, &c);
	assert_ran(&reply);
	return worker.asides - before;
}

/* What makes a driver compile is told before it is run, once. */
static void first_launches_stand_aside(void **state)
{
	(void)state;
	assert_int_equal(asides_of(8, 0), 1);
	assert_int_equal(asides_of(8, 0), 0);
	assert_int_equal(asides_of(4, 0), 1);
	assert_int_equal(asides_of(4, 64), 1);
	assert_int_equal(asides_of(8, 0), 0);
	assert_int_equal(asides_of(4, 64), 0);
}

static void arguments_inside_allocations(void **state)
{
	int *a = (int *)data_at(&worker, 4096), i;
	struct cmds c = cmds_start(&worker);
	struct ipc_exec_reply reply;

	(void)state;
	for (i = 0; i < 3 * 1024; i++)
		a[i] = i;
	add_add(&c, VA_DATA + 4096, 4096, 1, 1024);
	add_add(&c, VA_DATA + 4096, 4096, 1, 1024);
	reply = run(&worker, &c);
	assert_ran(&reply);
	for (i = 0; i < 1024; i++)
		assert_int_equal(a[2048 + i], 2 * i + 1024);
	c = cmds_start(&worker);
	add_add(&c, VA_DATA + 4, 4096, 1, 16);
	assert_refused(&c, "not a multiple of the device's");
}

static void dispatches_are_checked(void **state)
{
	struct arg args[] = {
		{ .kind = DXG_ARG_VA, .value = VA_DATA },
		{ .kind = DXG_ARG_LOCAL, .value = 256 },
	};
	struct dxg_cmd_dispatch d = dispatch(GROUP, 256, 64, 2);
	struct cmds c;

	(void)state;
	d.arg_count = 1;
	c = cmds_start(&worker);
	add_dispatch(&c, &d, args);
	assert_refused(&c, "arg_count");
	d.arg_count = 2;
	args[1].kind = DXG_ARG_VA;
	c = cmds_start(&worker);
	add_dispatch(&c, &d, args);
	assert_refused(&c, "arg[1]");
	args[1].kind = DXG_ARG_LOCAL;
	args[0].value = VA_CMD;
	c = cmds_start(&worker);
	add_dispatch(&c, &d, args);
	assert_refused(&c, "read-only");
	args[0].value = VA_DATA;
	d = dispatch(FOUR, 16, 8, 1);
	c = cmds_start(&worker);
	add_dispatch(&c, &d, args);
	assert_refused(&c, "requires 4");
	d = dispatch(FOUR, 16, 4, 1);
	c = cmds_start(&worker);
	add_dispatch(&c, &d, args);
	assert_int_equal(run(&worker, &c).status, 0);
	d.program += 77;
	c = cmds_start(&worker);
	add_dispatch(&c, &d, args);
	assert_refused(&c, "program");
}

static void what_only_the_driver_knows_fails_later(void **state)
{
	int64_t wide = 5;
	struct arg args[] = {
		{ .kind = DXG_ARG_VA, .value = VA_DATA },
		{ .kind = DXG_ARG_BYTES, .size = 8, .bytes = &wide },
	};
	struct dxg_cmd_dispatch d = dispatch(SPIN, 1, 0, 2);
	struct cmds c = cmds_start(&worker);
	struct ipc_exec_reply reply;

	(void)state;
	add_dispatch(&c, &d, args);
	reply = run(&worker, &c);
	assert_int_equal(reply.status, -EIO);
	assert_non_null(strstr(reply.text, "arg[1]: CL_INVALID_ARG_SIZE"));
}

static uint64_t query_clock(void)
{
	struct dxg_escape_query_clock e = { .h = head(DXG_ESCAPE_QUERY_CLOCK, sizeof(e)) };

	assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
	return e.now_ns;
}

/* Everything that tells a time tells the same one. */
static void one_clock(void **state)
{
	int n = 20000000;
	struct arg args[] = {
		{ .kind = DXG_ARG_VA, .value = VA_DATA + 65536 },
		{ .kind = DXG_ARG_BYTES, .size = 4, .bytes = &n },
	};
	struct dxg_cmd_dispatch d = dispatch(SPIN, 1, 0, 2);
	struct dxg_cmd_timestamp ts = {
		.h = header(DXG_CMD_TIMESTAMP, sizeof(ts), 0),
		.dst = VA_DATA,
	};
	struct dxg_cmd_barrier barrier = {
		.h = header(DXG_CMD_BARRIER, sizeof(barrier), VA_DATA + 48),
	};
	struct cmds c = cmds_start(&worker);
	uint64_t before = query_clock(), after, *data = (uint64_t *)data_at(&worker, 0);
	struct ipc_exec_reply reply;

	(void)state;
	cmds_add(&c, &ts, sizeof(ts));
	d.h.profile = VA_DATA + 16;
	add_dispatch(&c, &d, args);
	cmds_add(&c, &barrier, sizeof(barrier));
	ts.dst = VA_DATA + 8;
	cmds_add(&c, &ts, sizeof(ts));
	reply = run(&worker, &c);
	assert_ran(&reply);
	after = query_clock();
	assert_true(before <= data[0]);
	assert_true(data[0] <= data[2]);
	assert_true(data[2] < data[3]);
	assert_true(data[3] <= data[6] && data[6] <= data[7]);
	assert_true(data[7] <= data[1]);
	assert_true(data[1] <= after);
	assert_true(reply.gpu_ns >= data[3] - data[2]);
	assert_true(reply.gpu_ns <= after - before);
	assert_true(data[3] - data[2] > 1000000);
}

static void failing_builds_have_a_log(void **state)
{
	static const char bad[] = "kernel void f(global int *p) { *p = undeclared_thing; }";
	uint32_t id;
	struct build b;

	(void)state;
	id = program_create(&worker, DXG_PROGRAM_SOURCE, bad, strlen(bad));
	b = program_build(&worker, id, NULL);
	assert_int_equal(b.status, 0);
	assert_int_equal(b.build_status, -11);
	assert_non_null(strstr(b.log, "undeclared_thing"));
	assert_true(b.log_size >= strlen(b.log) + 1);
	b = program_build(&worker, id, "-I /etc");
	assert_int_equal(b.build_status, -43);
	assert_non_null(strstr(b.log, "'-I'"));
}

/** struct printed_reply - an answer of DXG_ESCAPE_PRINTED with room for some text. */
struct printed_reply {
	struct dxg_escape_printed e;
	char text[1024];
};

static int take_printed(struct printed_reply *r, uint32_t room)
{
	memset(r, 0x5a, sizeof(*r));
	r->e.h = head(DXG_ESCAPE_PRINTED, sizeof(r->e) + room);
	return escape(&worker, r, sizeof(r->e) + room);
}

static void run_printing(const char *source)
{
	uint32_t p = program_create(&worker, DXG_PROGRAM_SOURCE, source, strlen(source));
	struct dxg_cmd_dispatch d = {
		.program = p,
		.work_dim = 1,
		.global = { 1, 1, 1 },
	};
	struct cmds cmds;

	assert_int_equal(program_build(&worker, p, NULL).build_status, 0);
	cmds = cmds_start(&worker);
	add_dispatch(&cmds, &d, NULL);
	assert_int_equal(run(&worker, &cmds).status, 0);
}

/* All of a kernel's text is there when it has ended, piece by piece if need be. */
static void printed_text_is_fetched(void **state)
{
	struct printed_reply r;

	(void)state;
	assert_int_equal(take_printed(&r, 1024), 0);
	assert_int_equal(r.e.used, 0);
	run_printing("__kernel void k(void) { printf(\"0123456789\"); }");
	assert_int_equal(take_printed(&r, 8), 0);
	assert_int_equal(r.e.used, 8);
	assert_int_equal(r.e.left, 2);
	assert_int_equal(r.e.lost, 0);
	assert_memory_equal(r.text, "01234567", 8);
	assert_int_equal(take_printed(&r, 0), 0);
	assert_int_equal(r.e.used, 0);
	assert_int_equal(r.e.left, 2);
	assert_int_equal(take_printed(&r, 1024), 0);
	assert_int_equal(r.e.used, 2);
	assert_int_equal(r.e.left, 0);
	assert_memory_equal(r.text, "89", 2);
	r.e.h.size--;
	assert_int_equal(escape(&worker, &r.e, sizeof(r.e) - 1), -EINVAL);
}

/* Of a flood, DXG_PRINTED_MAX bytes are kept, and the rest is counted, once. */
static void printed_floods_are_cut(void **state)
{
	static const char flood[] = "__kernel void k(void) { for (int i = 0; i < 60000; i++)"
				    " printf(\"%0100d\", i); }";
	struct printed_reply r;
	uint64_t taken = 0;

	(void)state;
	run_printing(flood);
	do {
		assert_int_equal(take_printed(&r, 1024), 0);
		taken += r.e.used;
	} while (r.e.left);
	assert_int_equal(taken, DXG_PRINTED_MAX);
	assert_int_equal(r.e.lost, 6000000 - DXG_PRINTED_MAX);
	assert_int_equal(take_printed(&r, 1024), 0);
	assert_int_equal(r.e.used, 0);
	assert_int_equal(r.e.lost, 0);
}

static void binaries_make_programs(void **state)
{
	struct build b = program_build(&worker, program, NULL);
	struct dxg_escape_program_binary e = {
		.h = head(DXG_ESCAPE_PROGRAM_BINARY, sizeof(e)),
		.program = program,
		.dst = VA_DATA + (4 << 20),
	};
	uint64_t size;
	void *binary;

	(void)state;
	assert_int_equal(b.build_status, 0);
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EOVERFLOW);
	size = e.size;
	assert_true(size > 0 && size < (1 << 20));
	e.room = size - 1;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EOVERFLOW);
	assert_int_equal(e.size, size);
	e.room = size;
	assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
	binary = malloc(size);
	memcpy(binary, data_at(&worker, 4 << 20), size);
	/* Without its envelope, as what it is not: no driver sees it. */
	program = program_create(&worker, DXG_PROGRAM_SPIR, (char *)binary + 32, size - 32);
	assert_int_equal(program_build(&worker, program, NULL).build_status, INVALID_BINARY);
	program = program_create(&worker, DXG_PROGRAM_BINARY, binary, size);
	free(binary);
	b = program_build(&worker, program, NULL);
	assert_int_equal(b.status, 0);
	assert_int_equal(b.build_status, 0);
	find_kernels(b.kernels);
	kernels_see_shared_memory(NULL);
	program = program_create(&worker, DXG_PROGRAM_BINARY, "rubbish", 7);
	assert_int_not_equal(program_build(&worker, program, NULL).build_status, 0);
}

/* A dispatch that is queued keeps what it needs, whatever is destroyed behind it. */
static void destroys_wait_for_execution(void **state)
{
	int n = 100000000;
	struct arg args[] = {
		{ .kind = DXG_ARG_VA, .value = VA_DATA },
		{ .kind = DXG_ARG_BYTES, .size = 4, .bytes = &n },
	};
	struct dxg_cmd_dispatch d = dispatch(SPIN, 1, 0, 2);
	struct ipc_exec exec = { .h.op = IPC_EXEC, .context = 1, .va = VA_CMD };
	struct ipc_alloc_destroy destroy = { .h.op = IPC_ALLOC_DESTROY, .id = 2 };
	struct ipc_header describe = { .op = IPC_DESCRIBE };
	uint64_t exec_id, second_id, destroy_id, describe_id;
	struct cmds c = cmds_start(&worker);
	uint32_t size;

	(void)state;
	/* Warm up: the worker learns that this one is slow. */
	add_dispatch(&c, &d, args);
	assert_int_equal(run(&worker, &c).status, 0);
	exec.size = c.size;
	exec_id = send_request(&worker, &exec, sizeof(exec));
	second_id = send_request(&worker, &exec, sizeof(exec));
	va_unmap(&worker, VA_DATA, DATA_SIZE);
	destroy_id = send_request(&worker, &destroy, sizeof(destroy));
	context_destroy(&worker, 1);
	describe_id = send_request(&worker, &describe, sizeof(describe));
	/* Nobody waits for the kernels but those who must. */
	assert_int_equal(receive(&worker, &size), describe_id);
	assert_int_equal(receive(&worker, &size), exec_id);
	assert_int_equal(((struct ipc_exec_reply *)worker.packet_buffer)->status, 0);
	assert_int_equal(receive(&worker, &size), second_id);
	assert_int_equal(((struct ipc_exec_reply *)worker.packet_buffer)->status, 0);
	assert_int_equal(receive(&worker, &size), destroy_id);
	assert_int_equal(((struct ipc_reply *)worker.packet_buffer)->status, 0);
}

/* A build that takes long, and something quick behind it. */
static void builds_do_not_delay_execution(void **state)
{
	enum { FUNCTIONS = 20 };
	struct dxg_escape_program_build build = {
		.h = head(DXG_ESCAPE_PROGRAM_BUILD, sizeof(build)),
	};
	struct {
		struct ipc_header h;
		struct dxg_escape_program_build e;
	} m;
	static char text[FUNCTIONS * 160];
	size_t length = 0;
	struct cmds c = cmds_start(&worker);
	uint64_t build_id, first;
	uint32_t size;
	int i;

	(void)state;
	add_add(&c, VA_DATA, 1 << 20, 1, 64);
	assert_int_equal(run(&worker, &c).status, 0);
	for (i = 0; i < FUNCTIONS; i++)
		length += snprintf(text + length, sizeof(text) - length,
				   "kernel void k%d(global float *p) { p[%d] = sin(p[%d]) * "
				   "exp(p[%d]) + pow(p[1], %d.0f); }\n",
				   i, i, i + 1, i + 2, i);
	build.program = program_create(&worker, DXG_PROGRAM_SOURCE, text, length);
	memset(&m, 0, sizeof(m));
	m.h.op = IPC_ESCAPE;
	m.e = build;
	build_id = send_request(&worker, &m, sizeof(m));
	for (i = 0; i < 20; i++) {
		struct ipc_exec exec = {
			.h.op = IPC_EXEC,
			.context = 1,
			.va = VA_CMD,
			.size = c.size,
		};
		uint64_t id = send_request(&worker, &exec, sizeof(exec));

		first = receive(&worker, &size);
		assert_int_equal(first, id);
	}
	assert_int_equal(receive(&worker, &size), build_id);
}

/*
 * The build does not compile what nobody asked for: PoCL takes a second for eight kernels when it
 * has to tell the size of their binary, and 1500 did not finish within the harness's patience.
 */
static void many_kernels_build(void **state)
{
	enum { KERNELS = 1500, LINE = 80 };
	char *text = malloc(KERNELS * LINE);
	struct dxg_escape_kernel_info info = {
		.h = head(DXG_ESCAPE_KERNEL_INFO, sizeof(info)),
		.kernel = KERNELS - 1,
	};
	size_t length = 0;
	struct build b;
	int i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < KERNELS; i++)
		length += snprintf(text + length, LINE,
				   "kernel void k%d(global int *p) "
				   "{ p[get_global_id(0)] = %d; }\n",
				   i, i);
	info.program = program_create(&worker, DXG_PROGRAM_SOURCE, text, length);
	free(text);
	b = program_build(&worker, info.program, NULL);
	assert_int_equal(b.status, 0);
	assert_int_equal(b.build_status, 0);
	assert_int_equal(b.kernels, KERNELS);
	assert_int_equal(escape(&worker, &info, sizeof(info)), 0);
	assert_int_equal(info.arg_count, 1);
}

/* A zygote of its own: sanitizers shall leave this crash alone, and its log is expected. */
static void a_crash_costs_this_worker_only(void **state)
{
	char *env[] = { "ASAN_OPTIONS=handle_segv=0", NULL };
	struct zygote shared = zygote;
	struct arg arg = { .kind = DXG_ARG_VA, .value = VA_DATA };
	struct ipc_exec exec = { .h.op = IPC_EXEC, .context = 1, .va = VA_CMD };
	struct dxg_cmd_dispatch d;
	struct worker other;
	struct cmds c;

	(void)state;
	zygote_start(&zygote, env);
	start_any(false);
	worker_start(&zygote, &other, IPC_BACKEND_NULL, false);
	setup_usual(&other);
	d = dispatch(CRASH, 1, 0, 1);
	c = cmds_start(&worker);
	add_dispatch(&c, &d, &arg);
	exec.size = c.size;
	send_request(&worker, &exec, sizeof(exec));
	worker_wait_end(&worker);
	assert_true(nothing_to_receive(&worker));
	worker_fini(&worker);
	assert_int_equal(exec_va(&other, 1, 0, 0).status, 0);
	worker_stop(&other);
	assert_int_equal(zygote_logged(&zygote, "signal 11"), 1);
	zygote_stop(&zygote);
	zygote = shared;
}

static void discrete_copies_and_runs(void **state)
{
	int *in = (int *)data_at(&worker, 0), *out = (int *)data_at(&worker, 1 << 20), i;
	struct cmds c = cmds_start(&worker);
	struct ipc_exec_reply reply;
	uint8_t two[4] = { 2, 0, 0, 0 };

	(void)state;
	for (i = 0; i < 1024; i++)
		in[i] = i;
	add_copy(&c, VA_LOCAL, VA_DATA, 4096);
	add_fill(&c, VA_LOCAL + 65536, 4096, two, 4);
	add_add(&c, VA_LOCAL, 65536, 10, 1024);
	add_copy(&c, VA_LOCAL + 3 * 65536, VA_LOCAL + 2 * 65536, 4096);
	add_copy(&c, VA_DATA + (1 << 20), VA_LOCAL + 3 * 65536, 4096);
	add_copy(&c, VA_DATA + (2 << 20), VA_DATA + (1 << 20), 4096);
	reply = run(&worker, &c);
	assert_ran(&reply);
	for (i = 0; i < 1024; i++)
		assert_int_equal(out[i], i + 20);
	assert_memory_equal(data_at(&worker, 2 << 20), out, 4096);
	c = cmds_start(&worker);
	add_add(&c, VA_DATA, 65536, 10, 1024);
	assert_refused(&c, "cannot reach CPU-visible memory");
}

static void local_memory_starts_as_zero(void **state)
{
	struct cmds c = cmds_start(&worker);
	struct ipc_exec_reply reply;
	uint32_t i;

	(void)state;
	memset(data_at(&worker, 0), 0xff, LOCAL_SIZE);
	add_copy(&c, VA_DATA, VA_LOCAL, LOCAL_SIZE);
	reply = run(&worker, &c);
	assert_ran(&reply);
	for (i = 0; i < LOCAL_SIZE; i++)
		assert_int_equal(*data_at(&worker, i), 0);
}

static void add_rect(struct cmds *c, uint64_t dst, uint64_t dst_pitch, uint64_t dst_slice,
		     uint64_t src, uint64_t src_pitch, uint64_t src_slice)
{
	struct dxg_cmd_copy_rect p = {
		.h = header(DXG_CMD_COPY_RECT, sizeof(p), 0),
		.dst = dst,
		.src = src,
		.dst_pitch = dst_pitch,
		.dst_slice = dst_slice,
		.src_pitch = src_pitch,
		.src_slice = src_slice,
		.region = { 5, 4, 3 },
	};

	cmds_add(c, &p, sizeof(p));
}

static void check_rect(uint64_t dst, uint64_t dst_pitch, uint64_t dst_slice, uint64_t src,
		       uint64_t src_pitch, uint64_t src_slice)
{
	uint64_t x, y, z;

	for (z = 0; z < 3; z++)
		for (y = 0; y < 4; y++) {
			uint64_t d = dst + z * dst_slice + y * dst_pitch;
			uint64_t s = src + z * src_slice + y * src_pitch;

			for (x = 0; x < 5; x++)
				assert_int_equal(*data_at(&worker, d + x),
						 *data_at(&worker, s + x));
			assert_int_equal(*data_at(&worker, d + 5), 0);
		}
}

static void fill_with_numbers(void)
{
	uint32_t i;

	for (i = 0; i < 4096; i++)
		*data_at(&worker, i) = 1 + i % 251;
}

/* Through the device where there is something before it on the queue, else by the CPU. */
static void boxes_are_copied(void **state)
{
	struct cmds c = cmds_start(&worker);
	struct ipc_exec_reply reply;

	(void)state;
	fill_with_numbers();
	add_rect(&c, VA_DATA + 8192 + 3, 16, 64, VA_DATA + 7, 11, 55);
	reply = run(&worker, &c);
	assert_ran(&reply);
	check_rect(8192 + 3, 16, 64, 7, 11, 55);
	c = cmds_start(&worker);
	add_add(&c, VA_DATA + (1 << 20), 1 << 20, 1, 64);
	add_rect(&c, VA_DATA + 16384 + 3, 16, 64, VA_DATA + 7, 16, 64);
	add_rect(&c, VA_DATA + 20480 + 3, 16, 64, VA_DATA + 7, 11, 55);
	add_rect(&c, VA_DATA + 24576 + 3, 16, 65, VA_DATA + 7, 11, 57);
	reply = run(&worker, &c);
	assert_ran(&reply);
	check_rect(16384 + 3, 16, 64, 7, 16, 64);
	check_rect(20480 + 3, 16, 64, 7, 11, 55);
	check_rect(24576 + 3, 16, 65, 7, 11, 57);
}

static void boxes_reach_local_memory(void **state)
{
	struct cmds c = cmds_start(&worker);
	struct ipc_exec_reply reply;

	(void)state;
	fill_with_numbers();
	add_rect(&c, VA_LOCAL + 300, 32, 160, VA_DATA + 7, 11, 55);
	add_rect(&c, VA_LOCAL + 4096, 16, 64, VA_LOCAL + 300, 32, 160);
	add_rect(&c, VA_DATA + 8192, 20, 100, VA_LOCAL + 4096, 16, 64);
	add_rect(&c, VA_DATA + 16384, 20, 101, VA_LOCAL + 4096, 16, 64);
	reply = run(&worker, &c);
	assert_ran(&reply);
	check_rect(8192, 20, 100, 7, 11, 55);
	check_rect(16384, 20, 101, 7, 11, 55);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static void print_round_trips(void **state)
{
	struct cmds c = cmds_start(&worker);
	uint64_t t;
	int i;

	(void)state;
	t = now_ns();
	for (i = 0; i < 1000; i++)
		assert_int_equal(exec_va(&worker, 1, 0, 0).status, 0);
	print_message("empty submission: %.1f us\n", (now_ns() - t) / 1e6);
	add_add(&c, VA_DATA, 1 << 20, 1, 64);
	assert_int_equal(run(&worker, &c).status, 0);
	t = now_ns();
	for (i = 0; i < 1000; i++)
		assert_int_equal(run(&worker, &c).status, 0);
	print_message("small kernel: %.1f us\n", (now_ns() - t) / 1e6);
	for (i = 0; i < 999; i++)
		add_add(&c, VA_DATA, 1 << 20, 1, 64);
	t = now_ns();
	assert_int_equal(run(&worker, &c).status, 0);
	print_message("small kernel, 1000 in one submission: %.1f us each\n", (now_ns() - t) / 1e6);
}

static void zygote_starts(void **state)
{
	(void)state;
	zygote_start(&zygote, NULL);
}

/* Last: its log is clean, which is a result like any other. */
static void zygote_ends_with_a_clean_log(void **state)
{
	(void)state;
	zygote_stop(&zygote);
}

/* Is there a device at all? */
static bool device_there(void)
{
	struct ipc_header m = { .op = IPC_DESCRIBE };
	struct ipc_describe_reply reply;
	struct zygote z;
	struct worker w;

	zygote_start(&z, NULL);
	worker_start(&z, &w, IPC_BACKEND_OPENCL, false);
	request(&w, &m, sizeof(m), &reply, sizeof(reply));
	worker_stop(&w);
	zygote_stop(&z);
	return !reply.status;
}

static void probe_device(void **state)
{
	*(bool *)*state = device_there();
}

#define SHARED(test) cmocka_unit_test_setup_teardown(test, start_shared, stop_shared)
#define UNIFIED(test) cmocka_unit_test_setup_teardown(test, start_unified, stop)
#define DISCRETE(test) cmocka_unit_test_setup_teardown(test, start_discrete, stop)

int main(void)
{
	bool there = false;
	const struct CMUnitTest probe[] = {
		cmocka_unit_test_prestate(probe_device, &there),
	};
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(zygote_starts),
		SHARED(the_device_describes_itself),
		SHARED(kernels_describe_themselves),
		SHARED(kernels_see_shared_memory),
		SHARED(packets_run_in_order),
		SHARED(local_arguments_and_groups),
		UNIFIED(first_launches_stand_aside),
		SHARED(arguments_inside_allocations),
		SHARED(dispatches_are_checked),
		SHARED(what_only_the_driver_knows_fails_later),
		SHARED(one_clock),
		SHARED(failing_builds_have_a_log),
		UNIFIED(printed_text_is_fetched),
		UNIFIED(printed_floods_are_cut),
		UNIFIED(binaries_make_programs),
		UNIFIED(destroys_wait_for_execution),
		SHARED(builds_do_not_delay_execution),
		SHARED(many_kernels_build),
		cmocka_unit_test(a_crash_costs_this_worker_only),
		SHARED(boxes_are_copied),
		SHARED(print_round_trips),
		DISCRETE(discrete_copies_and_runs),
		DISCRETE(local_memory_starts_as_zero),
		DISCRETE(boxes_reach_local_memory),
		DISCRETE(the_device_describes_itself),
		cmocka_unit_test(the_shared_worker_ends),
		cmocka_unit_test(zygote_ends_with_a_clean_log),
	};

	if (cmocka_run_group_tests_name("worker-opencl-probe", probe, NULL, NULL))
		return EXIT_FAILURE;
	if (!there) {
		print_message("skipped: no OpenCL device on this machine\n");
		return SKIP;
	}
	return cmocka_run_group_tests_name("worker-opencl", tests, NULL, NULL);
}
