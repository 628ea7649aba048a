// SPDX-License-Identifier: MIT
/*
 * test_worker_null - a real dxg-worker with the null backend: what does not depend on a driver.
 */
#include "../smaps.h"
#include "harness.h"
#include "parts.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct zygote zygote;
static struct worker worker;

static int start_unified(void **state)
{
	(void)state;
	worker_start(&zygote, &worker, IPC_BACKEND_NULL, false);
	setup_usual(&worker);
	return 0;
}

static int start_discrete(void **state)
{
	(void)state;
	worker_start(&zygote, &worker, IPC_BACKEND_NULL, true);
	setup_usual(&worker);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	worker_stop(&worker);
	return 0;
}

static void describe_names_the_null_device(void **state)
{
	struct ipc_header m = { .op = IPC_DESCRIBE };
	struct ipc_describe_reply reply;

	(void)state;
	request(&worker, &m, sizeof(m), &reply, sizeof(reply));
	assert_int_equal(reply.status, 0);
	assert_int_equal(reply.flags, DXG_ADAPTER_NULL | DXG_ADAPTER_UNIFIED | DXG_ADAPTER_SVM);
	assert_int_equal(reply.node_count, 1);
	assert_string_equal(reply.name, "null");
	assert_int_equal(reply.local_memory, 0);
}

static void discrete_has_local_memory(void **state)
{
	struct ipc_header m = { .op = IPC_DESCRIBE };
	struct ipc_describe_reply reply;

	(void)state;
	request(&worker, &m, sizeof(m), &reply, sizeof(reply));
	assert_int_equal(reply.flags, DXG_ADAPTER_NULL);
	assert_true(reply.local_memory > 0);
}

static void empty_submission_completes(void **state)
{
	struct ipc_exec_reply reply;

	(void)state;
	reply = exec_va(&worker, 1, 0, 0);
	assert_int_equal(reply.status, 0);
	assert_int_equal(reply.gpu_ns, 0);
}

static void copy_and_fill_change_memory(void **state)
{
	struct cmds c = cmds_start(&worker);
	uint32_t pattern = 0x12345678, i, *data = (uint32_t *)data_at(&worker, 0);
	struct ipc_exec_reply reply;

	(void)state;
	add_fill(&c, VA_DATA, 4096, &pattern, 4);
	add_copy(&c, VA_DATA + 8192 + 3, VA_DATA + 1, 1001);
	reply = run(&worker, &c);
	assert_int_equal(reply.status, 0);
	for (i = 0; i < 1024; i++)
		assert_int_equal(data[i], pattern);
	assert_int_equal(data[1024], 0);
	assert_memory_equal(data_at(&worker, 8192 + 3), data_at(&worker, 1), 1001);
	assert_int_equal(*data_at(&worker, 8192 + 3 + 1001), 0);
}

static void virtual_clock_counts_packets(void **state)
{
	struct dxg_cmd_timestamp ts = {
		.h = header(DXG_CMD_TIMESTAMP, sizeof(ts), 0),
		.dst = VA_DATA + 64,
	};
	struct dxg_cmd_barrier barrier = {
		.h = header(DXG_CMD_BARRIER, sizeof(barrier), VA_DATA),
	};
	struct cmds c = cmds_start(&worker);
	struct dxg_cmd_profile profile;
	struct ipc_exec_reply reply;
	uint64_t stamp;

	(void)state;
	cmds_add(&c, &barrier, sizeof(barrier));
	cmds_add(&c, &ts, sizeof(ts));
	reply = run(&worker, &c);
	assert_int_equal(reply.status, 0);
	memcpy(&profile, data_at(&worker, 0), sizeof(profile));
	memcpy(&stamp, data_at(&worker, 64), sizeof(stamp));
	assert_int_equal(profile.start_ns, 0);
	assert_int_equal(profile.end_ns, 1000);
	assert_int_equal(stamp, 2000);
	assert_int_equal(reply.gpu_ns, 2000);
}

static void faults_name_packet_and_field(void **state)
{
	struct cmds c = cmds_start(&worker);
	struct ipc_exec_reply reply;
	uint8_t one = 1;

	(void)state;
	add_fill(&c, VA_DATA, 16, &one, 1);
	add_copy(&c, VA_DATA + DATA_SIZE - 8, VA_DATA, 16);
	reply = run(&worker, &c);
	assert_int_equal(reply.status, -EINVAL);
	assert_non_null(strstr(reply.text, "packet 1 (COPY) dst"));
	assert_non_null(strstr(reply.text, "not mapped"));
	/* The good packet before it did nothing. */
	assert_int_equal(*data_at(&worker, 0), 0);
	/* And the worker goes on. */
	c = cmds_start(&worker);
	add_fill(&c, VA_DATA, 16, &one, 1);
	assert_int_equal(run(&worker, &c).status, 0);
	assert_int_equal(*data_at(&worker, 0), 1);
}

static void write_to_read_only_is_refused(void **state)
{
	struct cmds c = cmds_start(&worker);
	struct ipc_exec_reply reply;

	(void)state;
	add_copy(&c, VA_CMD + 65536, VA_DATA, 16);
	reply = run(&worker, &c);
	assert_int_equal(reply.status, -EINVAL);
	assert_non_null(strstr(reply.text, "read-only"));
}

static void bad_messages_are_refused(void **state)
{
	struct ipc_exec_reply reply;

	(void)state;
	reply = exec_va(&worker, 77, VA_CMD, 16);
	assert_int_equal(reply.status, -EINVAL);
	assert_non_null(strstr(reply.text, "context"));
	reply = exec_va(&worker, 1, VA_CMD + 4, 16);
	assert_int_equal(reply.status, -EINVAL);
	reply = exec_va(&worker, 1, VA_CMD, 12);
	assert_int_equal(reply.status, -EINVAL);
	reply = exec_va(&worker, 1, 0x7000, 16);
	assert_int_equal(reply.status, -EINVAL);
	assert_non_null(strstr(reply.text, "command buffer"));
	reply = exec_va(&worker, 1, VA_CMD, DXG_COMMAND_BUFFER_MAX + 8);
	assert_int_equal(reply.status, -EINVAL);
	assert_non_null(strstr(reply.text, "size"));
	memset(worker.io + 4096, 0, 16);
	reply = exec_va(&worker, 1, VA_CMD, DXG_COMMAND_BUFFER_MAX);
	assert_int_equal(reply.status, -EINVAL);
	assert_non_null(strstr(reply.text, "opcode"));
}

static void full_size_buffer_runs(void **state)
{
	struct dxg_cmd_barrier barrier = { .h = header(DXG_CMD_BARRIER, sizeof(barrier), 0) };
	struct cmds c = cmds_start(&worker);

	(void)state;
	while (c.size < DXG_COMMAND_BUFFER_MAX)
		cmds_add(&c, &barrier, sizeof(barrier));
	assert_int_equal(run(&worker, &c).gpu_ns, DXG_COMMAND_BUFFER_MAX / 16 * 1000ull);
}

static void unmap_and_destroy_take_memory_away(void **state)
{
	struct cmds c = cmds_start(&worker);
	uint8_t one = 1;

	(void)state;
	add_fill(&c, VA_DATA + 4096, 16, &one, 1);
	va_unmap(&worker, VA_DATA + 4096, 4096);
	assert_int_equal(run(&worker, &c).status, -EINVAL);
	va_map(&worker, VA_DATA + 4096, 4096, 2, 8192, true);
	assert_int_equal(run(&worker, &c).status, 0);
	assert_int_equal(*data_at(&worker, 8192), 1);
	/* A fill over both mappings is not one piece any more. */
	c = cmds_start(&worker);
	add_fill(&c, VA_DATA, 8192, &one, 1);
	assert_non_null(strstr(run(&worker, &c).text, "contiguous"));
	assert_int_equal(alloc_destroy(&worker, 2), 0);
	assert_int_equal(alloc_destroy(&worker, 2), -ENOENT);
	c = cmds_start(&worker);
	add_fill(&c, VA_DATA, 16, &one, 1);
	assert_int_equal(run(&worker, &c).status, -EINVAL);
}

static void adjacent_mappings_of_one_allocation_are_one_piece(void **state)
{
	struct cmds c = cmds_start(&worker);
	uint8_t one = 1;

	(void)state;
	va_unmap(&worker, VA_DATA, DATA_SIZE);
	va_map(&worker, VA_DATA, 4096, 2, 0, true);
	va_map(&worker, VA_DATA + 4096, 4096, 2, 4096, true);
	add_fill(&c, VA_DATA, 8192, &one, 1);
	assert_int_equal(run(&worker, &c).status, 0);
	c = cmds_start(&worker);
	add_fill(&c, VA_DATA, 8193, &one, 1);
	assert_int_equal(run(&worker, &c).status, -EINVAL);
}

static void contexts_come_and_go(void **state)
{
	(void)state;
	context_create(&worker, 2);
	assert_int_equal(exec_va(&worker, 2, 0, 0).status, 0);
	context_destroy(&worker, 2);
	assert_int_equal(exec_va(&worker, 2, 0, 0).status, -EINVAL);
	assert_int_equal(exec_va(&worker, 1, 0, 0).status, 0);
}

static void local_memory_reads_as_zero_and_keeps(void **state)
{
	struct cmds c = cmds_start(&worker);
	uint64_t local = 0x80000000;

	(void)state;
	alloc_create(&worker, 3, 65536, 0, IPC_SEGMENT_LOCAL);
	va_map(&worker, local, 65536, 3, 0, true);
	memset(data_at(&worker, 0), 0xaa, 65536);
	add_copy(&c, VA_DATA, local, 65536);
	assert_int_equal(run(&worker, &c).status, 0);
	assert_int_equal(*data_at(&worker, 65535), 0);
	memset(data_at(&worker, 0), 0xbb, 100);
	c = cmds_start(&worker);
	add_copy(&c, local + 10, VA_DATA, 100);
	add_copy(&c, VA_DATA + 4096, local, 200);
	assert_int_equal(run(&worker, &c).status, 0);
	assert_int_equal(*data_at(&worker, 4096 + 9), 0);
	assert_int_equal(*data_at(&worker, 4096 + 10), 0xbb);
	assert_int_equal(*data_at(&worker, 4096 + 109), 0xbb);
	assert_int_equal(*data_at(&worker, 4096 + 110), 0);
}

static void the_null_program_runs(void **state)
{
	struct dxg_cmd_dispatch d = {
		.work_dim = 1,
		.arg_count = 1,
		.global = { 1, 1, 1 },
	};
	struct arg arg = { .kind = DXG_ARG_VA, .value = VA_DATA };
	struct cmds c = cmds_start(&worker);
	struct build b;

	(void)state;
	d.program = program_create(&worker, DXG_PROGRAM_SOURCE, "null\n", 5);
	add_dispatch(&c, &d, &arg);
	assert_non_null(strstr(run(&worker, &c).text, "not a built program"));
	b = program_build(&worker, d.program, NULL);
	assert_int_equal(b.status, 0);
	assert_int_equal(b.build_status, 0);
	assert_int_equal(b.kernels, 1);
	assert_int_equal(run(&worker, &c).status, 0);
	d.kernel = 1;
	c = cmds_start(&worker);
	add_dispatch(&c, &d, &arg);
	assert_non_null(strstr(run(&worker, &c).text, "has no kernel 1"));
}

static void other_programs_do_not_build(void **state)
{
	struct build b;

	(void)state;
	b = program_build(&worker, program_create(&worker, DXG_PROGRAM_SOURCE, "nul", 3), NULL);
	assert_int_equal(b.status, 0);
	assert_int_equal(b.build_status, -11);
	assert_non_null(strstr(b.log, "null"));
	assert_int_equal(b.log_size, strlen(b.log) + 1);
}

static void malformed_escapes_are_answered(void **state)
{
	struct dxg_escape_query_clock e = {
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_QUERY_CLOCK, sizeof(e), 0 },
	};
	struct dxg_escape_program_destroy d = {
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_PROGRAM_DESTROY, sizeof(d), 0 },
	};

	(void)state;
	assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
	e.h.magic++;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EINVAL);
	e.h.magic--;
	e.h.size = sizeof(e) - 8;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EINVAL);
	e.h.size = sizeof(e);
	e.h.op = 0x1ff;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EINVAL);
	e.h.op = DXG_ESCAPE_QUERY_FAULT;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EINVAL);
	e.h.op = DXG_ESCAPE_KERNEL_INFO;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EINVAL);
	d.program = 1;
	assert_int_equal(escape(&worker, &d, sizeof(d)), -ENOENT);
	d.reserved = 1;
	assert_int_equal(escape(&worker, &d, sizeof(d)), -EINVAL);
}

static void program_limits_hold(void **state)
{
	struct dxg_escape_program_create e = {
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_PROGRAM_CREATE, sizeof(e), 0 },
		.kind = DXG_PROGRAM_SOURCE,
		.source = VA_DATA,
		.length = 1,
	};
	struct dxg_escape_program_destroy d = {
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_PROGRAM_DESTROY, sizeof(d), 0 },
	};
	uint32_t i, first;

	(void)state;
	for (i = 0; i < DXG_PROGRAMS_PER_PROCESS; i++) {
		assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
		if (!i)
			first = e.program;
	}
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EDQUOT);
	d.program = first;
	assert_int_equal(escape(&worker, &d, sizeof(d)), 0);
	assert_int_equal(escape(&worker, &d, sizeof(d)), -ENOENT);
	assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
	assert_int_not_equal(e.program, first);
	e.length = DXG_PROGRAM_SOURCE_MAX + 1;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EINVAL);
	e.length = 0;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EINVAL);
	e.length = 1;
	e.source = 0x5000;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EFAULT);
	e.source = VA_DATA;
	e.kind = DXG_PROGRAM_SPIR + 1;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EINVAL);
}

static void build_options_are_limited(void **state)
{
	static char options[DXG_PROGRAM_OPTIONS_MAX + 1];
	uint32_t program = program_create(&worker, DXG_PROGRAM_SOURCE, "null", 4);
	struct build b;

	(void)state;
	/* With its zero one byte over the limit, then at it. */
	memset(options, 'A', DXG_PROGRAM_OPTIONS_MAX);
	memcpy(options, "-D", 2);
	assert_int_equal(program_build(&worker, program, options).status, -EINVAL);
	options[DXG_PROGRAM_OPTIONS_MAX - 1] = '\0';
	b = program_build(&worker, program, options);
	assert_int_equal(b.status, 0);
	assert_int_equal(b.build_status, 0);
	assert_int_equal(b.kernels, 1);
}

static void a_compilation_is_checked(void **state)
{
	uint32_t program = program_create(&worker, DXG_PROGRAM_SOURCE, "null", 4);
	uint32_t binary = program_create(&worker, DXG_PROGRAM_BINARY, "null", 4);
	uint32_t spir = program_create(&worker, DXG_PROGRAM_SPIR, "null", 4);
	char name[DXG_HEADER_NAME_MAX + 1];
	uint32_t i;

	(void)state;
	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	assert_int_equal(parts_send(&worker), -ENOENT);
	parts.compile.program = program;
	parts.compile.reserved = 1;
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts.compile.reserved = 0;
	assert_int_equal(parts_send(&worker), 0);
	assert_int_equal(parts.compile.build_status, 0);
	assert_int_equal(parts.compile.binary_type, 1);
	/* Headers: as many as there may be, one more, fewer than said, more than said. */
	for (i = 0; i < DXG_PROGRAM_HEADERS_MAX; i++)
		parts_header(program, "a.h", 4);
	assert_int_equal(parts_send(&worker), 0);
	parts_header(program, "a.h", 4);
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts.compile.header_count = DXG_PROGRAM_HEADERS_MAX;
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts.size -= 16;
	parts.compile.header_count = 1;
	assert_int_equal(parts_send(&worker), -EINVAL);
	/* A name at its limit, over it, without its zero, with one too early, beyond the request.
	 */
	memset(name, 'a', sizeof(name));
	name[DXG_HEADER_NAME_MAX - 1] = '\0';
	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	parts.compile.program = program;
	parts_header(program, name, DXG_HEADER_NAME_MAX);
	assert_int_equal(parts_send(&worker), 0);
	name[DXG_HEADER_NAME_MAX - 1] = 'a';
	name[DXG_HEADER_NAME_MAX] = '\0';
	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	parts.compile.program = program;
	parts_header(program, name, DXG_HEADER_NAME_MAX + 1);
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	parts.compile.program = program;
	parts_header(program, "a.h", 3);
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	parts.compile.program = program;
	parts_header(program, "a.h", 8);
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts.size -= 8;
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	parts.compile.program = program;
	parts_header(program, "", 1);
	assert_int_equal(parts_send(&worker), -EINVAL);
	/* A header that is no source, or nothing. */
	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	parts.compile.program = program;
	parts_header(binary, "a.h", 4);
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	parts.compile.program = program;
	parts_header(0x7777, "a.h", 4);
	assert_int_equal(parts_send(&worker), -ENOENT);
	/* A name that leads elsewhere is a compilation that fails. */
	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	parts.compile.program = program;
	parts_header(program, "../a.h", 7);
	assert_int_equal(parts_send(&worker), 0);
	assert_int_equal(parts.compile.build_status, -15);
	/* A binary and a module are loaded as they are. */
	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	parts.compile.program = spir;
	assert_int_equal(parts_send(&worker), 0);
	parts.compile.program = binary;
	assert_int_equal(parts_send(&worker), 0);
	parts_header(program, "a.h", 4);
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts.compile.program = spir;
	assert_int_equal(parts_send(&worker), -EINVAL);
}

static void a_link_is_checked(void **state)
{
	uint32_t program = program_create(&worker, DXG_PROGRAM_SOURCE, "null", 4), linked, i;
	struct build b;

	(void)state;
	parts_start(DXG_ESCAPE_PROGRAM_LINK);
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts_input(program); /* not compiled yet */
	assert_int_equal(parts_send(&worker), -ENOENT);
	assert_int_equal(program_build(&worker, program, NULL).build_status, 0);
	assert_int_equal(parts_send(&worker), 0);
	linked = parts.link.program;
	assert_int_not_equal(linked, 0);
	assert_int_not_equal(linked, program);
	assert_int_equal(parts.link.kernel_count, 1);
	assert_int_equal(parts.link.binary_type, 4);
	/* The number is for the host to give. */
	assert_int_equal(parts_send(&worker), -EINVAL);
	/* It has no source to build again. */
	b = program_build(&worker, linked, NULL);
	assert_int_equal(b.status, -EINVAL);
	parts_start(DXG_ESCAPE_PROGRAM_LINK);
	for (i = 0; i < DXG_PROGRAM_INPUTS_MAX; i++)
		parts_input(i % 2 ? program : linked);
	assert_int_equal(parts_send(&worker), 0);
	parts.link.program = 0;
	parts_input(program);
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts.link.input_count = 3; /* fewer than there are */
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts_start(DXG_ESCAPE_PROGRAM_LINK);
	parts_input(program);
	parts.link.input_count = 3; /* more */
	assert_int_equal(parts_send(&worker), -EINVAL);
	parts.link.input_count = 0xffffffffu;
	assert_int_equal(parts_send(&worker), -EINVAL);
}

static void links_count_as_programs(void **state)
{
	uint32_t program = program_create(&worker, DXG_PROGRAM_SOURCE, "null", 4), i;

	(void)state;
	assert_int_equal(program_build(&worker, program, NULL).build_status, 0);
	for (i = 1; i <= DXG_PROGRAMS_PER_PROCESS; i++) {
		parts_start(DXG_ESCAPE_PROGRAM_LINK);
		parts_input(program);
		assert_int_equal(parts_send(&worker), i < DXG_PROGRAMS_PER_PROCESS ? 0 : -EDQUOT);
	}
}

static int svm_map_at(uint64_t va, uint64_t size, uint64_t address)
{
	struct dxg_escape_svm_map e = {
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_SVM_MAP, sizeof(e), 0 },
		.va = va,
		.size = size,
		.address = address,
	};

	return escape(&worker, &e, sizeof(e));
}

#define SVM_AT UINT64_C(0x200000000000)

/* Only all of an allocation that the CPU sees, only where a user's address may be, only once. */
static void shared_addresses_are_checked(void **state)
{
	(void)state;
	assert_int_equal(svm_map_at(VA_DATA, 0, SVM_AT), -EINVAL);
	assert_int_equal(svm_map_at(0x5000, 4096, SVM_AT), -EFAULT);
	assert_int_equal(svm_map_at(VA_DATA, DATA_SIZE - 4096, SVM_AT), -EINVAL);
	assert_int_equal(svm_map_at(VA_DATA + 4096, DATA_SIZE - 4096, SVM_AT), -EINVAL);
	assert_int_equal(svm_map_at(VA_DATA, DATA_SIZE + 4096, SVM_AT), -EFAULT);
	assert_int_equal(svm_map_at(VA_DATA, DATA_SIZE, SVM_AT + 1), -EINVAL);
	assert_int_equal(svm_map_at(VA_DATA, DATA_SIZE, 0), -EINVAL);
	assert_int_equal(svm_map_at(VA_DATA, DATA_SIZE, 0xff000), -EINVAL);
	assert_int_equal(svm_map_at(VA_DATA, DATA_SIZE, 0x7ffffffff000 - DATA_SIZE + 4096),
			 -EINVAL);
	assert_int_equal(svm_map_at(VA_DATA, DATA_SIZE, 0xffffffffff600000), -EINVAL);
	assert_int_equal(svm_map_at(VA_DATA, DATA_SIZE, ~UINT64_C(0) - 4095), -EINVAL);
	assert_int_equal(svm_map_at(VA_DATA, DATA_SIZE, SVM_AT), 0);
	assert_int_equal(svm_map_at(VA_DATA, DATA_SIZE, SVM_AT + DATA_SIZE), -EALREADY);
}

/* A page of memory of its own for the @i-th test of addresses. */
static uint64_t page_for_svm(uint64_t i)
{
	uint64_t va = 0x900000000 + i * 4096;

	alloc_create(&worker, 0x10000 + i, 4096, (i % 64) * 4096, IPC_SEGMENT_SYSTEM);
	va_map(&worker, va, 4096, 0x10000 + i, 0, true);
	return va;
}

/* What the worker has at an address stays there; the end of an allocation gives the address back.
 */
static void shared_addresses_take_nothing_away(void **state)
{
	uint64_t first = page_for_svm(0), second = page_for_svm(1);

	(void)state;
	assert_int_equal(svm_map_at(first, 4096, SVM_AT), 0);
	assert_int_equal(svm_map_at(second, 4096, SVM_AT), -EEXIST);
	assert_int_equal(alloc_destroy(&worker, 0x10000), 0);
	assert_int_equal(svm_map_at(second, 4096, SVM_AT), 0);
}

/* At the limit, over it, and again when one is gone. */
static void shared_addresses_are_limited(void **state)
{
	uint64_t i, va;

	(void)state;
	for (i = 0; i < DXG_SVM_MAPS_PER_PROCESS; i++)
		assert_int_equal(svm_map_at(page_for_svm(i), 4096, SVM_AT + 2 * i * 4096), 0);
	va = page_for_svm(i);
	assert_int_equal(svm_map_at(va, 4096, SVM_AT + 2 * i * 4096), -EDQUOT);
	assert_int_equal(alloc_destroy(&worker, 0x10000), 0);
	assert_int_equal(svm_map_at(va, 4096, SVM_AT + 2 * i * 4096), 0);
}

static void no_shared_addresses_on_discrete(void **state)
{
	(void)state;
	assert_int_equal(svm_map_at(page_for_svm(0), 4096, SVM_AT), -EOPNOTSUPP);
}

static void the_null_binary(void **state)
{
	struct dxg_escape_program_binary e = {
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_PROGRAM_BINARY, sizeof(e), 0 },
		.program = program_create(&worker, DXG_PROGRAM_SOURCE, "null", 4),
	};

	(void)state;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -ENOENT);
	assert_int_equal(program_build(&worker, e.program, NULL).build_status, 0);
	/* Its size alone needs no memory. */
	e.size = 99;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EOVERFLOW);
	assert_int_equal(e.size, 4);
	e.room = 3;
	e.dst = 0x5000;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EFAULT);
	e.dst = VA_DATA;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EOVERFLOW);
	assert_int_equal(e.size, 4);
	e.room = 4096;
	assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
	assert_int_equal(e.size, 4);
	assert_memory_equal(data_at(&worker, 0), "null\0", 5);
}

static void program_bytes_are_limited(void **state)
{
	struct dxg_escape_program_create e = {
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_PROGRAM_CREATE, sizeof(e), 0 },
		.kind = DXG_PROGRAM_SOURCE,
		.source = VA_DATA,
		.length = DATA_SIZE,
	};
	int i;

	(void)state;
	for (i = 0; i < (256 << 20) / (int)DATA_SIZE; i++)
		assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
	e.length = 1;
	assert_int_equal(escape(&worker, &e, sizeof(e)), -EDQUOT);
}

static void many_replies_outgrow_the_ring(void **state)
{
	struct ipc_exec m = { .h.op = IPC_EXEC, .context = 1 };
	uint64_t first = worker.id + 1, last = 0;
	uint32_t size, sent;

	(void)state;
	/* Replies are larger than requests: more of them than the ring to dxgd can hold. */
	for (sent = 0; sent < 3000; sent++)
		last = send_request(&worker, &m, sizeof(m));
	while (first <= last) {
		assert_int_equal(receive(&worker, &size), first++);
		assert_int_equal(size, sizeof(struct ipc_exec_reply));
	}
}

static void broken_messages_end_the_worker(void **state)
{
	struct ipc_exec m = { .h.op = IPC_EXEC, .context = 1 };

	(void)state;
	worker_start(&zygote, &worker, IPC_BACKEND_NULL, false);
	send_request(&worker, &m, sizeof(m) - 8);
	worker_wait_end(&worker);
	worker_fini(&worker);
	worker_start(&zygote, &worker, IPC_BACKEND_NULL, false);
	m.h.op = 99;
	send_request(&worker, &m, sizeof(m));
	worker_wait_end(&worker);
	worker_fini(&worker);
	/* The IO space ends before the allocation does. */
	worker_start(&zygote, &worker, IPC_BACKEND_NULL, false);
	alloc_create(&worker, 1, 8192, IO_SIZE - 4096, IPC_SEGMENT_SYSTEM);
	worker_wait_end(&worker);
	worker_fini(&worker);
}

static void bad_starts_end_the_worker(void **state)
{
	struct ipc_start good = {
		.version = IPC_VERSION,
		.backend = IPC_BACKEND_NULL,
		.platform = ~0u,
		.device = ~0u,
		.region_size = REGION_SIZE,
		.io_offset = IO_OFFSET,
		.io_size = IO_SIZE,
	};
	struct ipc_start bad[5];
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		bad[i] = good;
	bad[0].version++;
	bad[1].backend = 2;
	bad[2].flags = IPC_START_CACHE << 1;
	bad[3].io_size += 4096;
	for (i = 0; i < 5; i++) {
		worker_fork(&zygote, &worker);
		worker_send_start(&worker, &bad[i], i == 4 ? 3 : 4);
		worker_wait_end(&worker);
		worker_fini(&worker);
	}
}

static void a_describing_worker_needs_no_region(void **state)
{
	struct ipc_start start = {
		.version = IPC_VERSION,
		.backend = IPC_BACKEND_NULL,
		.platform = ~0u,
		.device = ~0u,
	};

	(void)state;
	worker_fork(&zygote, &worker);
	worker_send_start(&worker, &start, 3);
	describe_names_the_null_device(NULL);
	worker_stop(&worker);
}

static void a_killed_worker_is_seen(void **state)
{
	(void)state;
	worker_start(&zygote, &worker, IPC_BACKEND_NULL, false);
	setup_usual(&worker);
	assert_int_equal(exec_va(&worker, 1, 0, 0).status, 0);
	assert_return_code(kill(worker.pid, SIGKILL), errno);
	worker_wait_end(&worker);
	worker_fini(&worker);
}

/* Kernels run over the IO space: the more of it a page table entry covers, the better. */
static void the_io_space_may_have_huge_pages(void **state)
{
	int has;

	(void)state;
	assert_int_equal(exec_va(&worker, 1, 0, 0).status, 0);
	has = smaps_has_flag(worker_proper(worker.pid), "region", "hg");
	if (has < 0 || !smaps_huge_pages())
		skip();
	assert_int_equal(has, 1);
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

#define UNIFIED(test) cmocka_unit_test_setup_teardown(test, start_unified, stop)
#define DISCRETE(test) cmocka_unit_test_setup_teardown(test, start_discrete, stop)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(zygote_starts),
		UNIFIED(describe_names_the_null_device),
		DISCRETE(discrete_has_local_memory),
		UNIFIED(empty_submission_completes),
		UNIFIED(copy_and_fill_change_memory),
		UNIFIED(virtual_clock_counts_packets),
		UNIFIED(faults_name_packet_and_field),
		UNIFIED(write_to_read_only_is_refused),
		UNIFIED(bad_messages_are_refused),
		UNIFIED(full_size_buffer_runs),
		UNIFIED(unmap_and_destroy_take_memory_away),
		UNIFIED(adjacent_mappings_of_one_allocation_are_one_piece),
		UNIFIED(contexts_come_and_go),
		DISCRETE(local_memory_reads_as_zero_and_keeps),
		UNIFIED(the_null_program_runs),
		UNIFIED(other_programs_do_not_build),
		UNIFIED(malformed_escapes_are_answered),
		UNIFIED(program_limits_hold),
		UNIFIED(build_options_are_limited),
		UNIFIED(a_compilation_is_checked),
		UNIFIED(a_link_is_checked),
		UNIFIED(shared_addresses_are_checked),
		UNIFIED(shared_addresses_take_nothing_away),
		UNIFIED(shared_addresses_are_limited),
		DISCRETE(no_shared_addresses_on_discrete),
		UNIFIED(links_count_as_programs),
		UNIFIED(the_null_binary),
		UNIFIED(program_bytes_are_limited),
		UNIFIED(many_replies_outgrow_the_ring),
		UNIFIED(the_io_space_may_have_huge_pages),
		cmocka_unit_test(broken_messages_end_the_worker),
		cmocka_unit_test(bad_starts_end_the_worker),
		cmocka_unit_test(a_describing_worker_needs_no_region),
		cmocka_unit_test(a_killed_worker_is_seen),
		cmocka_unit_test(zygote_ends_with_a_clean_log),
	};

	return cmocka_run_group_tests_name("worker-null", tests, NULL, NULL);
}
