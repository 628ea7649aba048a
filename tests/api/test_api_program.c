/* SPDX-License-Identifier: MIT */
/*
 * test_api_program: programs and kernels, by escapes and dispatches, as a user-mode driver uses
 * them. Interface: include/dxgwire/escape.h, docs/commands.md. OpenCL C needs the opencl backend;
 * what the null backend has instead is tested there.
 */
#include <errno.h>
#include <stdio.h>

#include "fixture.h"
#include "dxgwire/adapterinfo.h"

#define CL_DEVICE_TYPE 0x1000u
#define CL_DEVICE_TYPE_CPU 2u
#define CL_DEVICE_NAME 0x102Bu
#define CL_DEVICE_PARTITION_MAX_SUB_DEVICES 0x1043u
#define CL_DEVICE_MAX_COMPUTE_UNITS 0x1002u
#define CL_DEVICE_MAX_CLOCK_FREQUENCY 0x100cu
#define CL_BUILD_PROGRAM_FAILURE (-11)
#define CL_INVALID_BUILD_OPTIONS (-43)
#define ADDRESS_GLOBAL 0x119Bu
#define ADDRESS_LOCAL 0x119Cu
#define ADDRESS_PRIVATE 0x119Eu
#define TEXT_MAX 65536u

/** struct built - a program and what its build told. */
struct built {
	uint32_t program;
	struct dxg_escape_program_build e;
	char log[TEXT_MAX];
};

static const char vector_source[] =
	"__kernel void scale(__global uint *x, uint f) { x[get_global_id(0)] *= f; }\n"
	"__kernel void add(__global const uint *a, __global const uint *b, __global uint *c, uint n)\n"
	"{ size_t i = get_global_id(0); if (i < n) c[i] = a[i] + b[i]; }\n"
	"__kernel void sum(__global const uint *a, __global uint *c, __local uint *t)\n"
	"{ size_t l = get_local_id(0); t[l] = a[get_global_id(0)]; barrier(CLK_LOCAL_MEM_FENCE);\n"
	"  if (!l) { uint s = 0; for (size_t i = 0; i < get_local_size(0); i++) s += t[i];\n"
	"  c[get_group_id(0)] = s; } }\n";

static NTSTATUS create(struct api *a, uint32_t kind, const void *text, uint64_t length,
		       uint32_t *ret_program)
{
	struct dxg_escape_program_create e = { .kind = kind, .length = length };
	struct api_memory m;
	NTSTATUS status = api_memory_create(a, length, DXG_ALLOC_CPU_VISIBLE, &m);

	if (status)
		return status;
	memcpy(m.cpu, text, length);
	e.source = m.va;
	status = api_escape(a, DXG_ESCAPE_PROGRAM_CREATE, &e, sizeof(e));
	api_memory_destroy(a, &m);
	if (!status && e.h.status)
		status = STATUS_UNSUCCESSFUL;
	*ret_program = e.program;
	return status;
}

static NTSTATUS build(struct api *a, uint32_t program, const char *options, struct built *b)
{
	struct {
		struct dxg_escape_program_build e;
		char options[1024];
	} call = { .e = { .program = program } };
	uint32_t size = (uint32_t)strlen(options) + 1;
	struct api_memory m;
	NTSTATUS status = api_memory_create(a, TEXT_MAX, DXG_ALLOC_CPU_VISIBLE, &m);

	if (status)
		return status;
	memcpy(call.options, options, size);
	call.e.options_size = size;
	call.e.log = m.va;
	call.e.log_room = m.size;
	status = api_escape(a, DXG_ESCAPE_PROGRAM_BUILD, &call,
			    sizeof(call.e) + (uint32_t)dxg_align8(size));
	b->program = program;
	b->e = call.e;
	memcpy(b->log, m.cpu, TEXT_MAX);
	b->log[TEXT_MAX - 1] = 0;
	api_memory_destroy(a, &m);
	return status;
}

static void create_and_build(struct api *a, const char *source, struct built *b)
{
	uint32_t program = 0;

	assert_ok(create(a, DXG_PROGRAM_SOURCE, source, strlen(source), &program));
	assert_int_not_equal(program, 0);
	assert_ok(build(a, program, "", b));
	assert_int_equal(b->e.h.status, 0);
}

static NTSTATUS destroy(struct api *a, uint32_t program, int *ret_status)
{
	struct dxg_escape_program_destroy e = { .program = program };
	NTSTATUS status = api_escape(a, DXG_ESCAPE_PROGRAM_DESTROY, &e, sizeof(e));

	*ret_status = e.h.status;
	return status;
}

/* Index of the kernel of that name; its description in *@ret. */
static uint32_t find_kernel(struct api *a, const struct built *b, const char *name,
			    struct dxg_escape_kernel_info *ret)
{
	uint32_t i;

	for (i = 0; i < b->e.kernel_count; i++) {
		memset(ret, 0, sizeof(*ret));
		ret->program = b->program;
		ret->kernel = i;
		assert_ok(api_escape(a, DXG_ESCAPE_KERNEL_INFO, ret, sizeof(*ret)));
		assert_int_equal(ret->h.status, 0);
		if (!strcmp(ret->name, name))
			return i;
	}
	fail_msg("there is no kernel '%s'", name);
	return 0;
}

static bool has_opencl(const struct api *a)
{
	return a->info.flags & DXG_ADAPTER_OPENCL;
}

#define NEED_OPENCL(a)                                                \
	do {                                                          \
		if (!has_opencl(a))                                   \
			api_skip("the null backend has no compiler"); \
	} while (0)

/* ---- properties ---- */

static const struct dxg_device_property *find_property(const uint8_t *records, uint32_t used,
						       uint32_t param)
{
	const struct dxg_device_property *p;
	uint32_t at = 0;

	while (used - at >= sizeof(*p)) {
		p = (const void *)(records + at);
		if (p->size > used - at - sizeof(*p))
			fail_msg("record of property 0x%x is cut off", p->param);
		if (p->param == param)
			return p;
		at += sizeof(*p) + (uint32_t)dxg_align8(p->size);
	}
	assert_int_equal(at, used);
	return NULL;
}

static void test_device_info(void **state)
{
	static union {
		struct dxg_escape_device_info e;
		uint8_t bytes[65536];
	} call;
	struct api *a = *state;
	const struct dxg_device_property *p;
	uint32_t needed;

	NEED_OPENCL(a);
	memset(&call, 0, sizeof(call));
	assert_ok(api_escape(a, DXG_ESCAPE_DEVICE_INFO, &call, sizeof(call.e)));
	assert_true(call.e.h.status < 0); /* room for nothing: says how much it takes */
	needed = call.e.needed;
	assert_in_range(needed, 64, sizeof(call) - sizeof(call.e));
	assert_int_equal(call.e.used, 0);
	assert_ok(api_escape(a, DXG_ESCAPE_DEVICE_INFO, &call, sizeof(call)));
	assert_int_equal(call.e.h.status, 0);
	assert_int_equal(call.e.used, needed);
	p = find_property(call.bytes + sizeof(call.e), call.e.used, CL_DEVICE_NAME);
	assert_non_null(p);
	assert_string_equal((const char *)(p + 1), a->info.name);
	p = find_property(call.bytes + sizeof(call.e), call.e.used, CL_DEVICE_MAX_COMPUTE_UNITS);
	assert_non_null(p);
	assert_int_equal(p->size, 4);
	assert_int_not_equal(*(const uint32_t *)(p + 1), 0);
}

/* A driver may measure its clock anew in each process: about the same is the same. */
static void test_clock_rate(void **state)
{
	static union {
		struct dxg_escape_device_info e;
		uint8_t bytes[65536];
	} call;
	struct api *a = *state;
	struct dxg_info_node_perf perf = { 0 };
	const struct dxg_device_property *p;
	uint64_t hz;

	NEED_OPENCL(a);
	assert_ok(api_escape(a, DXG_ESCAPE_DEVICE_INFO, &call, sizeof(call)));
	p = find_property(call.bytes + sizeof(call.e), call.e.used, CL_DEVICE_MAX_CLOCK_FREQUENCY);
	assert_non_null(p);
	hz = *(const uint32_t *)(p + 1) * UINT64_C(1000000);
	assert_ok(api_query(a->adapter, DXG_INFO_NODE_PERF, &perf, sizeof(perf)));
	assert_true(perf.max_frequency >= hz / 2 && perf.max_frequency <= hz * 2);
}

/* ---- builds ---- */

static void test_build(void **state)
{
	static struct built b;
	struct api *a = *state;
	int status = -1;

	NEED_OPENCL(a);
	create_and_build(a, vector_source, &b);
	assert_int_equal(b.e.build_status, 0);
	assert_int_equal(b.e.kernel_count, 3);
	assert_ok(destroy(a, b.program, &status));
	assert_int_equal(status, 0);
	assert_ok(destroy(a, b.program, &status));
	assert_true(status < 0);
}

static void test_build_fails(void **state)
{
	static struct built b;
	struct api *a = *state;

	NEED_OPENCL(a);
	create_and_build(a, "__kernel void broken(__global int *x) { *x = no_such_thing_42; }", &b);
	assert_int_equal(b.e.build_status, CL_BUILD_PROGRAM_FAILURE);
	assert_int_equal(b.e.kernel_count, 0);
	assert_int_equal(b.e.log_size, strlen(b.log) + 1);
	if (!strstr(b.log, "no_such_thing_42"))
		fail_msg("the log does not name the error: '%s'", b.log);
}

static void test_build_options(void **state)
{
	static struct built b;
	struct api *a = *state;
	uint32_t program = 0;

	NEED_OPENCL(a);
	assert_ok(create(a, DXG_PROGRAM_SOURCE, "__kernel void k(__global int *x) { *x = VALUE; }",
			 48, &program));
	assert_ok(build(a, program, "", &b));
	assert_int_equal(b.e.build_status, CL_BUILD_PROGRAM_FAILURE);
	assert_ok(build(a, program, "-D VALUE=7", &b));
	assert_int_equal(b.e.build_status, 0);
	/* Options that would read the host's files are refused by name. */
	assert_ok(build(a, program, "-D VALUE=7 -I /etc", &b));
	assert_int_equal(b.e.build_status, CL_INVALID_BUILD_OPTIONS);
	assert_non_null(strstr(b.log, "-I"));
}

/* The host's files do not come in through the source either. */
static void test_include_of_host_file(void **state)
{
	static struct built b;
	struct api *a = *state;

	NEED_OPENCL(a);
	create_and_build(a, "#include \"/etc/passwd\"\n__kernel void k(void) { }\n", &b);
	assert_int_not_equal(b.e.build_status, 0);
	assert_null(strstr(b.log, "root:x"));
}

static void test_bad_create(void **state)
{
	struct api *a = *state;
	const struct {
		uint32_t kind;
		uint64_t source, length;
	} bad[] = {
		{ 0, a->commands.va, 16 },
		{ 4, a->commands.va, 16 },
		{ DXG_PROGRAM_SOURCE, a->commands.va, 0 },
		{ DXG_PROGRAM_SOURCE, a->commands.va, a->commands.size + 1 },
		{ DXG_PROGRAM_SOURCE, a->commands.va, DXG_PROGRAM_SOURCE_MAX + 1ull },
		{ DXG_PROGRAM_SOURCE, a->commands.va, UINT64_MAX },
		{ DXG_PROGRAM_SOURCE, 0, 16 },
		{ DXG_PROGRAM_SOURCE, UINT64_C(0x7000000000), 16 },
		{ DXG_PROGRAM_SOURCE, UINT64_MAX - 8, 16 },
	};
	struct dxg_escape_program_create e;
	struct packets p = { 0 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e = (struct dxg_escape_program_create){
			.kind = bad[i].kind,
			.source = bad[i].source,
			.length = bad[i].length,
		};
		if (!api_escape(a, DXG_ESCAPE_PROGRAM_CREATE, &e, sizeof(e)) && e.h.status >= 0)
			fail_msg("case %zu was accepted", i);
	}
	packets_barrier(&p);
	assert_ok(api_run(a, &p));
}

static void test_unknown_program(void **state)
{
	static struct built b;
	static struct dxg_escape_kernel_info info;
	struct api *a = *state;
	int status = 0;

	assert_true(build(a, 999999, "", &b) < 0 || b.e.h.status < 0);
	assert_ok(destroy(a, 0, &status));
	assert_true(status < 0);
	memset(&info, 0, sizeof(info));
	info.program = 999999;
	assert_true(api_escape(a, DXG_ESCAPE_KERNEL_INFO, &info, sizeof(info)) < 0 ||
		    info.h.status < 0);
}

/* ---- kernels ---- */

static void test_kernel_info(void **state)
{
	static struct dxg_escape_kernel_info info;
	static struct built b;
	struct api *a = *state;

	NEED_OPENCL(a);
	create_and_build(a, vector_source, &b);
	find_kernel(a, &b, "add", &info);
	assert_int_equal(info.arg_count, 4);
	assert_int_equal(info.arg[0].address, ADDRESS_GLOBAL);
	assert_int_equal(info.arg[2].address, ADDRESS_GLOBAL);
	assert_int_equal(info.arg[3].address, ADDRESS_PRIVATE);
	assert_string_equal(info.arg[3].name, "n");
	assert_true(info.work_group_size > 0);
	find_kernel(a, &b, "sum", &info);
	assert_int_equal(info.arg[2].address, ADDRESS_LOCAL);
	memset(&info, 0, sizeof(info));
	info.program = b.program;
	info.kernel = 3;
	assert_ok(api_escape(a, DXG_ESCAPE_KERNEL_INFO, &info, sizeof(info)));
	assert_true(info.h.status < 0);
}

/** struct vectors - two to read and one to write. */
struct vectors {
	struct api_memory a, b, c;
	uint32_t n;
};

static void vectors_create(struct api *a, uint32_t n, uint32_t flags, struct vectors *v)
{
	uint32_t i;

	v->n = n;
	assert_ok(api_memory_create(a, n * 4ull, flags, &v->a));
	assert_ok(api_memory_create(a, n * 4ull, flags, &v->b));
	assert_ok(api_memory_create(a, n * 4ull, flags, &v->c));
	for (i = 0; i < n && v->a.cpu; i++) {
		((uint32_t *)v->a.cpu)[i] = i * 2654435761u;
		((uint32_t *)v->b.cpu)[i] = ~i * 40503u;
	}
}

static void dispatch_add(struct packets *p, const struct built *b, uint32_t kernel,
			 const struct vectors *v)
{
	uint32_t at = packets_dispatch(p, b->program, kernel, (v->n + 63u) & ~63u, 64);

	packets_arg_va(p, at, v->a.va);
	packets_arg_va(p, at, v->b.va);
	packets_arg_va(p, at, v->c.va);
	packets_arg_bytes(p, at, &v->n, sizeof(v->n));
}

static void check_sum(const uint32_t *x, const uint32_t *y, const uint32_t *z, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (z[i] != x[i] + y[i])
			fail_msg("element %u is 0x%x, not 0x%x", i, z[i], x[i] + y[i]);
}

static void test_vector_add(void **state)
{
	static struct dxg_escape_kernel_info info;
	static struct built b;
	struct api *a = *state;
	struct vectors v;
	struct packets p = { 0 };

	NEED_OPENCL(a);
	create_and_build(a, vector_source, &b);
	vectors_create(a, 100003, DXG_ALLOC_CPU_VISIBLE, &v);
	dispatch_add(&p, &b, find_kernel(a, &b, "add", &info), &v);
	assert_ok(api_run(a, &p));
	check_sum((uint32_t *)v.a.cpu, (uint32_t *)v.b.cpu, (uint32_t *)v.c.cpu, v.n);
}

/* The same in memory of the device, with copies before and after it in one command buffer. */
static void test_vector_add_local(void **state)
{
	static struct dxg_escape_kernel_info info;
	static struct built b;
	struct api *a = *state;
	struct vectors host, local;
	struct packets p = { 0 };

	NEED_OPENCL(a);
	create_and_build(a, vector_source, &b);
	vectors_create(a, 65536, DXG_ALLOC_CPU_VISIBLE, &host);
	vectors_create(a, 65536, 0, &local);
	packets_copy(&p, local.a.va, host.a.va, 4 * 65536);
	packets_copy(&p, local.b.va, host.b.va, 4 * 65536);
	dispatch_add(&p, &b, find_kernel(a, &b, "add", &info), &local);
	packets_copy(&p, host.c.va, local.c.va, 4 * 65536);
	assert_ok(api_run(a, &p));
	check_sum((uint32_t *)host.a.cpu, (uint32_t *)host.b.cpu, (uint32_t *)host.c.cpu, host.n);
}

static void test_local_memory(void **state)
{
	static struct dxg_escape_kernel_info info;
	static struct built b;
	struct api *a = *state;
	struct vectors v;
	struct packets p = { 0 };
	uint32_t i, j, at, sum;

	NEED_OPENCL(a);
	create_and_build(a, vector_source, &b);
	vectors_create(a, 4096, DXG_ALLOC_CPU_VISIBLE, &v);
	at = packets_dispatch(&p, b.program, find_kernel(a, &b, "sum", &info), 4096, 64);
	packets_arg_va(&p, at, v.a.va);
	packets_arg_va(&p, at, v.c.va);
	packets_arg_local(&p, at, 64 * 4);
	assert_ok(api_run(a, &p));
	for (i = 0; i < 64; i++) {
		for (sum = 0, j = 0; j < 64; j++)
			sum += ((uint32_t *)v.a.cpu)[64 * i + j];
		assert_int_equal(((uint32_t *)v.c.cpu)[i], sum);
	}
}

/* A kernel that waits its turn: profile stamps say that it ran after the fill before it. */
static void test_dispatch_profile(void **state)
{
	static struct dxg_escape_kernel_info info;
	static struct built b;
	struct api *a = *state;
	struct dxg_cmd_profile *profile;
	struct api_memory m, stamps;
	struct packets p = { 0 };
	uint32_t at, two = 2, seven = 7;

	NEED_OPENCL(a);
	create_and_build(a, vector_source, &b);
	assert_ok(api_memory_create(a, 1u << 20, DXG_ALLOC_CPU_VISIBLE, &m));
	assert_ok(api_memory_create(a, DXG_PAGE_SIZE, DXG_ALLOC_CPU_VISIBLE, &stamps));
	packets_fill(&p, m.va, m.size, &seven, 4);
	packets_profile(p.data, stamps.va);
	at = packets_dispatch(&p, b.program, find_kernel(a, &b, "scale", &info), m.size / 4, 0);
	packets_profile(p.data + at, stamps.va + sizeof(*profile));
	packets_arg_va(&p, at, m.va);
	packets_arg_bytes(&p, at, &two, sizeof(two));
	assert_ok(api_run(a, &p));
	assert_int_equal(*(uint32_t *)m.cpu, 14);
	assert_int_equal(*(uint32_t *)(m.cpu + m.size - 4), 14);
	profile = (void *)stamps.cpu;
	assert_true(profile[0].start_ns > 0 && profile[0].end_ns >= profile[0].start_ns);
	assert_true(profile[1].end_ns > profile[1].start_ns);
	assert_true(profile[1].end_ns >= profile[0].end_ns);
}

/* ---- dispatches with something wrong; each costs a device, hence one of its own ---- */

static void assert_fault(struct api *a, const struct packets *p, const char *word)
{
	char text[DXG_FAULT_TEXT_MAX];
	bool lost = false;

	assert_ok(api_submit(a, a->context, p));
	assert_ok(api_wait_lost(a));
	assert_ok(api_fault(a, &lost, text));
	assert_true(lost);
	if (!strstr(text, word))
		fail_msg("'%s' does not name '%s'", text, word);
}

/* The program lives in the process: devices come and go over it. */
static void test_bad_dispatches(void **state)
{
	static struct dxg_escape_kernel_info info;
	static struct built b;
	struct api *a = *state, d = { .adapter = a->adapter };
	struct packets p = { 0 };
	uint32_t at, number = 1, add, scale;
	int c;

	NEED_OPENCL(a);
	create_and_build(a, vector_source, &b);
	add = find_kernel(a, &b, "add", &info);
	scale = find_kernel(a, &b, "scale", &info);
	for (c = 0; c < 5; c++) {
		static const char *const word[] = { "kernel", "arg_count", "arg[0]", "arg[0]",
						    "local" };

		assert_ok(api_open_device(&d));
		p.size = 0;
		at = packets_dispatch(&p, b.program,
				      c == 0   ? 99
				      : c == 1 ? add
					       : scale,
				      64, c == 4 ? 63 : 0);
		if (c == 3)
			packets_arg_bytes(&p, at, &number, sizeof(number));
		else
			packets_arg_va(&p, at, c == 2 ? UINT64_C(0x7000000000) : d.commands.va);
		packets_arg_bytes(&p, at, &number, sizeof(number));
		assert_fault(&d, &p, word[c]);
		assert_ok(api_close_device(&d));
	}
}

static void test_destroyed_program(void **state)
{
	static struct dxg_escape_kernel_info info;
	static struct built b;
	struct api *a = *state;
	struct vectors v;
	struct packets p = { 0 };
	uint32_t kernel;
	int status = -1;

	NEED_OPENCL(a);
	create_and_build(a, vector_source, &b);
	kernel = find_kernel(a, &b, "add", &info);
	vectors_create(a, 1024, DXG_ALLOC_CPU_VISIBLE, &v);
	assert_ok(destroy(a, b.program, &status));
	assert_int_equal(status, 0);
	dispatch_add(&p, &b, kernel, &v);
	assert_fault(a, &p, "program");
}

/* ---- binaries ---- */

static void test_binary(void **state)
{
	static struct dxg_escape_kernel_info info;
	static struct built b, again;
	struct api *a = *state;
	struct dxg_escape_program_binary e = { .room = 0 };
	struct api_memory m;
	struct vectors v;
	struct packets p = { 0 };
	uint32_t program = 0;
	uint64_t size;

	NEED_OPENCL(a);
	create_and_build(a, vector_source, &b);
	e.program = b.program;
	assert_ok(api_escape(a, DXG_ESCAPE_PROGRAM_BINARY, &e, sizeof(e)));
	assert_int_equal(e.h.status, -EOVERFLOW);
	assert_true(e.size > 0);
	size = e.size;
	assert_ok(api_memory_create(a, size, DXG_ALLOC_CPU_VISIBLE, &m));
	e.dst = m.va;
	e.room = m.size;
	assert_ok(api_escape(a, DXG_ESCAPE_PROGRAM_BINARY, &e, sizeof(e)));
	assert_int_equal(e.h.status, 0);
	assert_int_equal(e.size, size);
	assert_ok(create(a, DXG_PROGRAM_BINARY, m.cpu, e.size, &program));
	assert_ok(build(a, program, "", &again));
	assert_int_equal(again.e.h.status, 0);
	assert_int_equal(again.e.build_status, 0);
	vectors_create(a, 1000, DXG_ALLOC_CPU_VISIBLE, &v);
	dispatch_add(&p, &again, find_kernel(a, &again, "add", &info), &v);
	assert_ok(api_run(a, &p));
	check_sum((uint32_t *)v.a.cpu, (uint32_t *)v.b.cpu, (uint32_t *)v.c.cpu, v.n);
}

/* ---- the null backend's one program ---- */

/* ---- contexts on some compute units ---- */

#define GROUPS 64
#define STACK_MIN (64u << 10) /* on a CPU device a unit is a thread; stacks are further apart */

/** struct part - a context on one compute unit, and a hardware queue of it. */
struct part {
	struct d3dkmthandle context;
	struct d3dkmthandle queue;
	struct d3dkmthandle fence;
};

static uint32_t number_property(struct api *a, uint32_t param)
{
	static union {
		struct dxg_escape_device_info e;
		uint8_t bytes[65536];
	} call;
	const struct dxg_device_property *p;

	memset(&call, 0, sizeof(call));
	assert_ok(api_escape(a, DXG_ESCAPE_DEVICE_INFO, &call, sizeof(call)));
	p = find_property(call.bytes + sizeof(call.e), call.e.used, param);
	return p ? *(const uint32_t *)(p + 1) : 0;
}

static NTSTATUS part_context(struct api *a, uint32_t first, uint32_t count,
			     struct d3dkmthandle *ret_context)
{
	struct dxg_context_private data = {
		.magic = DXG_CONTEXT_PRIVATE_MAGIC,
		.first_unit = first,
		.unit_count = count,
	};
	struct d3dkmt_createcontextvirtual args = {
		.device = a->device,
		.flags.hw_queue_supported = 1,
		.priv_drv_data = dxg_ptr(&data),
		.priv_drv_data_size = sizeof(data),
	};
	NTSTATUS status = D3DKMTCreateContextVirtual(&args);

	*ret_context = args.context;
	return status;
}

static struct part part_open(struct api *a, uint32_t unit)
{
	struct d3dkmt_createhwqueue args = { 0 };
	struct part part;

	assert_ok(part_context(a, unit, 1, &part.context));
	args.context = part.context;
	assert_ok(D3DKMTCreateHwQueue(&args));
	part.queue = args.queue;
	part.fence = args.queue_progress_fence;
	return part;
}

/* Where the work-groups had their stack, which must be one. */
static uint64_t stack_of(const struct api_memory *m)
{
	const uint64_t *at = (const uint64_t *)(const void *)m->cpu;
	uint64_t lowest = at[0], highest = at[0];

	for (int i = 1; i < GROUPS; i++) {
		lowest = at[i] < lowest ? at[i] : lowest;
		highest = at[i] > highest ? at[i] : highest;
	}
	assert_true(lowest && highest - lowest < STACK_MIN);
	return lowest;
}

static bool near(uint64_t a, uint64_t b)
{
	return a - b < STACK_MIN || b - a < STACK_MIN;
}

static uint64_t run_on_context(struct api *a, const struct part *part, const struct packets *p,
			       const struct api_memory *m)
{
	struct api_fence done;

	memset(m->cpu, 0, GROUPS * sizeof(uint64_t));
	assert_ok(api_fence_create(a->device, 0, &done));
	assert_ok(api_submit(a, part->context, p));
	assert_ok(api_signal_gpu(part->context, done.handle, 1));
	assert_ok(api_wait(a->device, done.handle, 1));
	return stack_of(m);
}

static uint64_t run_on_queue(struct api *a, const struct part *part, const struct packets *p,
			     const struct api_memory *m)
{
	struct d3dkmt_submitcommandtohwqueue args = {
		.hwqueue = part->queue,
		.hwqueue_progress_fence_id = 1,
		.command_buffer = a->commands.va,
		.command_length = p->size,
	};

	memset(m->cpu, 0, GROUPS * sizeof(uint64_t));
	memcpy(a->commands.cpu, p->data, p->size);
	assert_ok(D3DKMTSubmitCommandToHwQueue(&args));
	assert_ok(api_wait(a->device, part->fence, 1));
	return stack_of(m);
}

static void test_units(void **state)
{
	static const char source[] =
		"__kernel void where(__global ulong *out)\n"
		"{ volatile uint i = 0; while (i < 500000) i++; out[get_group_id(0)] = (ulong)&i; }\n";
	static struct built b;
	struct api *a = *state;
	struct packets p = { 0 };
	struct part part[2];
	uint64_t stack[2];
	struct api_memory m;
	int i;

	NEED_OPENCL(a);
	if (number_property(a, CL_DEVICE_PARTITION_MAX_SUB_DEVICES) < 2 ||
	    !(number_property(a, CL_DEVICE_TYPE) & CL_DEVICE_TYPE_CPU))
		api_skip("no CPU device of two compute units");
	create_and_build(a, source, &b);
	assert_ok(api_memory_create(a, GROUPS * sizeof(uint64_t), DXG_ALLOC_CPU_VISIBLE, &m));
	packets_arg_va(&p, packets_dispatch(&p, b.program, 0, GROUPS, 1), m.va);
	for (i = 0; i < 2; i++) {
		part[i] = part_open(a, i);
		stack[i] = run_on_context(a, &part[i], &p, &m);
		assert_true(near(run_on_queue(a, &part[i], &p, &m), stack[i]));
	}
	assert_false(near(stack[0], stack[1]));
}

static void test_units_beyond(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle context;
	uint32_t units;

	NEED_OPENCL(a);
	units = number_property(a, CL_DEVICE_PARTITION_MAX_SUB_DEVICES)
			? number_property(a, CL_DEVICE_MAX_COMPUTE_UNITS)
			: 0;
	assert_status(part_context(a, 0, units + 1, &context), STATUS_INVALID_PARAMETER);
	assert_status(part_context(a, units, 1, &context), STATUS_INVALID_PARAMETER);
	if (units)
		assert_ok(part_context(a, 0, units, &context));
}

static void test_null_program(void **state)
{
	static struct dxg_escape_kernel_info info;
	static struct built b;
	struct api *a = *state;
	struct packets p = { 0 };
	uint32_t at, number = 1;

	if (!(a->info.flags & DXG_ADAPTER_NULL))
		api_skip("only the null backend has the program \"null\"");
	create_and_build(a, "null", &b);
	assert_int_equal(b.e.build_status, 0);
	assert_int_equal(b.e.kernel_count, 1);
	at = packets_dispatch(&p, b.program, find_kernel(a, &b, "nop", &info), 1000, 0);
	packets_arg_va(&p, at, a->commands.va);
	packets_arg_bytes(&p, at, &number, sizeof(number));
	assert_ok(api_run(a, &p));
	assert_int_equal(*a->done.value, 1);
	create_and_build(a, "__kernel void k(void) { }", &b);
	assert_int_equal(b.e.build_status, CL_BUILD_PROGRAM_FAILURE);
	assert_true(strlen(b.log) > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_device_info),
		api_test(test_clock_rate),
		api_test(test_build),
		api_test(test_build_fails),
		api_test(test_build_options),
		api_test(test_include_of_host_file),
		api_test(test_bad_create),
		api_test(test_unknown_program),
		api_test(test_kernel_info),
		api_test(test_vector_add),
		api_test(test_vector_add_local),
		api_test(test_local_memory),
		api_test(test_dispatch_profile),
		api_test(test_bad_dispatches),
		api_test(test_destroyed_program),
		api_test(test_binary),
		api_test(test_units),
		api_test(test_units_beyond),
		api_test(test_null_program),
	};

	return api_main("api_program", tests);
}
