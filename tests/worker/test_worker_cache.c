// SPDX-License-Identifier: MIT
/*
 * test_worker_cache - a real dxg-worker and the program cache, whose part is played here: what it
 * asks for, what it hands over, and that what comes from the cache is not believed.
 */
#include "harness.h"
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define ENTRY_MAX (16u << 20)
#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

static struct zygote zygote;
static struct worker worker;

/** struct entry - a copy of one. */
struct entry {
	size_t size;
	uint8_t bytes[ENTRY_MAX];
};

static struct entry entry;

static void start(uint32_t backend)
{
	struct ipc_start s = {
		.version = IPC_VERSION,
		.backend = backend,
		.platform = ~0u,
		.device = ~0u,
		.region_size = REGION_SIZE,
		.io_offset = IO_OFFSET,
		.io_size = IO_SIZE,
		.flags = IPC_START_CACHE,
	};

	worker_fork(&zygote, &worker);
	worker_send_start(&worker, &s, 4);
	setup_usual(&worker);
}

static int start_null(void **state)
{
	(void)state;
	start(IPC_BACKEND_NULL);
	return 0;
}

static int start_opencl(void **state)
{
	(void)state;
	start(IPC_BACKEND_OPENCL);
	return 0;
}

/* ---- the cache's end ---- */

/* The next request; the descriptor that came along, or -1. 0 bytes: the worker has ended. */
static ssize_t cache_receive(struct ipc_cache_request *ret, int *ret_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { ret, sizeof(*ret) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct pollfd fd = { .fd = worker.socket, .events = POLLIN };
	struct cmsghdr *c;
	ssize_t n;

	assert_int_equal(poll(&fd, 1, ANSWER_SECONDS * 1000), 1);
	n = recvmsg(worker.socket, &msg, MSG_CMSG_CLOEXEC);
	*ret_fd = -1;
	c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (c)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return n;
}

static struct ipc_cache_request expect_request(uint32_t op, int *ret_fd)
{
	struct ipc_cache_request request;
	int fd;

	assert_int_equal(cache_receive(&request, &fd), sizeof(request));
	assert_int_equal(request.op, op);
	assert_int_equal(request.reserved, 0);
	assert_int_equal(fd >= 0, op == IPC_CACHE_PUT);
	if (ret_fd)
		*ret_fd = fd;
	return request;
}

static void expect_same_key(const struct ipc_cache_request *a, const struct ipc_cache_request *b)
{
	assert_memory_equal(a->key, b->key, sizeof(a->key));
}

static void answer_miss(const struct ipc_cache_request *get)
{
	struct ipc_cache_answer answer = { .h.op = IPC_CACHE_ANSWER, .cookie = get->cookie };

	send_state(&worker, &answer, sizeof(answer));
}

static void pass(uint64_t id, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct ipc_pass message = { .id = id };
	struct iovec iov = { &message, sizeof(message) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	assert_int_equal(sendmsg(worker.socket, &msg, MSG_NOSIGNAL), sizeof(message));
}

static void answer_hit(const struct ipc_cache_request *get, const struct entry *e)
{
	struct ipc_cache_answer answer = {
		.h.op = IPC_CACHE_ANSWER,
		.cookie = get->cookie,
		.found = 1,
	};
	int fd = memfd_create("entry", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_return_code(fd, errno);
	assert_int_equal(write(fd, e->bytes, e->size), e->size);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, SEALS), 0);
	pass(get->cookie, fd);
	close(fd);
	send_state(&worker, &answer, sizeof(answer));
}

/* ---- building ---- */

static uint64_t start_build(uint32_t program, const char *options)
{
	struct {
		struct ipc_header h;
		struct dxg_escape_program_build e;
		char options[256];
	} call = { .h.op = IPC_ESCAPE };
	uint32_t size = sizeof(call.e) + dxg_align8(strlen(options) + 1);

	call.e.h = (struct dxg_escape){ DXG_ESCAPE_MAGIC, DXG_ESCAPE_PROGRAM_BUILD, size, 0 };
	call.e.program = program;
	call.e.log = VA_DATA + LOG_AT;
	call.e.log_room = 65536;
	call.e.options_size = strlen(options) + 1;
	strcpy(call.options, options);
	return send_request(&worker, &call, sizeof(call.h) + size);
}

static uint32_t finish_build(uint64_t id)
{
	struct dxg_escape_program_build e;
	uint32_t size;

	assert_int_equal(receive(&worker, &size), id);
	memcpy(&e, (uint8_t *)worker.packet_buffer + sizeof(struct ipc_header), sizeof(e));
	assert_int_equal(e.h.status, 0);
	if (e.build_status)
		fail_msg("build status %d: %s", e.build_status, (char *)data_at(&worker, LOG_AT));
	return e.kernel_count;
}

static uint32_t source_program(const char *text)
{
	return program_create(&worker, DXG_PROGRAM_SOURCE, text, strlen(text));
}

/* Build what the cache does not have. Return: the question that was asked. */
static struct ipc_cache_request build_missed(const char *text, const char *options)
{
	uint64_t id = start_build(source_program(text), options);
	struct ipc_cache_request get = expect_request(IPC_CACHE_GET, NULL);

	answer_miss(&get);
	finish_build(id);
	return get;
}

/* ---- the end ---- */

static void retire(void)
{
	struct ipc_header m = { .op = IPC_RETIRE };

	send_state(&worker, &m, sizeof(m));
}

/* It hands over an entry of @key, which is copied to @entry. */
static void expect_put(const struct ipc_cache_request *get)
{
	int fd;
	struct ipc_cache_request put = expect_request(IPC_CACHE_PUT, &fd);

	expect_same_key(get, &put);
	assert_int_equal(put.cookie, 0);
	assert_true(put.size > 0 && put.size <= sizeof(entry.bytes));
	assert_int_equal(fcntl(fd, F_GET_SEALS) & SEALS, SEALS);
	assert_int_equal(lseek(fd, 0, SEEK_END), put.size);
	entry.size = put.size;
	assert_int_equal(pread(fd, entry.bytes, entry.size, 0), entry.size);
	close(fd);
}

static void expect_end(void)
{
	struct ipc_cache_request nothing;
	int fd;

	assert_int_equal(cache_receive(&nothing, &fd), 0);
	worker_stop(&worker);
}

/* ---- the tests ---- */

static void what_was_missed_is_handed_over_at_the_end(void **state)
{
	struct ipc_cache_request get;

	(void)state;
	get = build_missed("null", "");
	retire();
	expect_put(&get);
	expect_end();
}

static void an_end_without_retirement_hands_nothing_over(void **state)
{
	(void)state;
	build_missed("null", "");
	worker_stop(&worker);
}

static void what_was_found_is_used_and_not_handed_over(void **state)
{
	struct ipc_cache_request get, again;
	uint64_t id;

	(void)state;
	get = build_missed("null", "");
	retire();
	expect_put(&get);
	expect_end();
	start(IPC_BACKEND_NULL);
	id = start_build(source_program("null"), "");
	again = expect_request(IPC_CACHE_GET, NULL);
	expect_same_key(&get, &again);
	answer_hit(&again, &entry);
	assert_int_equal(finish_build(id), 1);
	retire();
	expect_end();
}

static void keys_are_of_everything_that_matters(void **state)
{
	static const char *const builds[][2] = {
		{ "null", "" },	     { "null", "-DA" },	 { "null", "-DA " }, { "null ", "" },
		{ "null  ", "-DA" }, { "null", "-D A" }, { "null\n", "" },   { " null", "" },
	};
	struct ipc_cache_request get[8];
	size_t i, k;

	(void)state;
	for (i = 0; i < 8; i++) {
		get[i] = build_missed(builds[i][0], builds[i][1]);
		for (k = 0; k < i; k++)
			assert_memory_not_equal(get[i].key, get[k].key, sizeof(get[i].key));
	}
	worker_stop(&worker);
}

static void binaries_are_not_asked_for(void **state)
{
	uint32_t program = program_create(&worker, DXG_PROGRAM_BINARY, "null", 4);

	(void)state;
	assert_int_equal(finish_build(start_build(program, "")), 1);
	retire();
	expect_end();
}

/* A bad entry costs nothing but the time; dxgd is told, and gets a good one at the end. */
static void build_from_bad(const struct ipc_cache_request *get, const struct entry *bad)
{
	struct ipc_cache_request again, drop;
	uint64_t id = start_build(source_program("null"), "");

	again = expect_request(IPC_CACHE_GET, NULL);
	expect_same_key(get, &again);
	answer_hit(&again, bad);
	drop = expect_request(IPC_CACHE_DROP, NULL);
	expect_same_key(get, &drop);
	assert_int_equal(finish_build(id), 1);
}

static void entries_are_not_believed(void **state)
{
	static struct entry bad;
	struct ipc_cache_request get;
	size_t at, whole;

	(void)state;
	get = build_missed("null", "");
	retire();
	expect_put(&get);
	expect_end();
	start(IPC_BACKEND_NULL);
	whole = entry.size;
	/* Cut anywhere, one byte longer, and each byte changed: header, log and binary. */
	for (at = 1; at < whole; at++) {
		bad = entry;
		bad.size = at;
		build_from_bad(&get, &bad);
	}
	bad = entry;
	bad.size++;
	build_from_bad(&get, &bad);
	for (at = 0; at < whole; at++) {
		bad = entry;
		bad.bytes[at] ^= 0x80;
		build_from_bad(&get, &bad);
	}
	retire();
	expect_put(&get);
	expect_end();
}

static void several_wait_at_once(void **state)
{
	uint32_t program[4];
	uint64_t id[4], got;
	struct ipc_cache_request get[4];
	uint32_t size;
	int i, n = 0;

	(void)state;
	for (i = 0; i < 4; i++)
		program[i] = source_program("null");
	for (i = 0; i < 4; i++)
		id[i] = start_build(program[i], "");
	for (i = 0; i < 4; i++)
		get[i] = expect_request(IPC_CACHE_GET, NULL);
	/* Nothing else waits for them. */
	assert_int_equal(exec_va(&worker, 1, 0, 0).status, 0);
	for (i = 3; i >= 0; i--)
		answer_miss(&get[i]);
	while (n < 4) {
		got = receive(&worker, &size);
		for (i = 0; i < 4; i++)
			n += got == id[i];
	}
	retire();
	/* It was one program four times: one entry. */
	expect_put(&get[0]);
	expect_end();
}

static void a_retired_worker_does_not_wait_for_a_build(void **state)
{
	(void)state;
	start_build(source_program("null"), "");
	expect_request(IPC_CACHE_GET, NULL);
	retire();
	expect_end();
}

/* ---- compilations and links ---- */

/* The compilation is the worker's own: nothing is asked. */
static uint32_t compiled(const char *text, const char *options, uint32_t header, const char *name)
{
	uint32_t program = source_program(text);

	parts_start(DXG_ESCAPE_PROGRAM_COMPILE);
	parts_options(options);
	parts.compile.program = program;
	if (header)
		parts_header(header, name, (uint32_t)strlen(name) + 1);
	assert_int_equal(parts_send(&worker), 0);
	assert_int_equal(parts.compile.build_status, 0);
	return program;
}

static void start_link(const char *options, const uint32_t *objects, uint32_t n)
{
	parts_start(DXG_ESCAPE_PROGRAM_LINK);
	parts_options(options);
	while (n--)
		parts_input(*objects++);
}

/* Return: the new program. */
static uint32_t finish_link(uint64_t id, uint32_t kernels)
{
	assert_int_equal(parts_end(&worker, id), 0);
	assert_int_equal(parts.link.build_status, 0);
	assert_int_equal(parts.link.binary_type, 4);
	assert_int_equal(parts.link.kernel_count, kernels);
	assert_int_not_equal(parts.link.program, 0);
	return parts.link.program;
}

static struct ipc_cache_request link_missed(const char *options, const uint32_t *objects,
					    uint32_t n, uint32_t kernels)
{
	struct ipc_cache_request get;
	uint64_t id;

	start_link(options, objects, n);
	id = parts_begin(&worker);
	get = expect_request(IPC_CACHE_GET, NULL);
	answer_miss(&get);
	finish_link(id, kernels);
	return get;
}

static void keys_of_links_are_of_everything_that_matters(void **state)
{
	uint32_t header = source_program("null"), other = source_program("null ");
	uint32_t object[] = {
		compiled("null", "", 0, NULL),	     compiled("null ", "", 0, NULL),
		compiled("null", "-DA", 0, NULL),    compiled("null", "", header, "a.h"),
		compiled("null", "", header, "b.h"), compiled("null", "", other, "a.h"),
	};
	struct ipc_cache_request get[10], again;
	uint32_t pair[2] = { object[0], object[1] }, reverse[2] = { object[1], object[0] };
	size_t i, k;

	(void)state;
	for (i = 0; i < 6; i++)
		get[i] = link_missed("", &object[i], 1, 1);
	get[6] = link_missed("", pair, 2, 1);
	get[7] = link_missed("", reverse, 2, 1);
	get[8] = link_missed("-cl-mad-enable", pair, 2, 1);
	get[9] = build_missed("null", "");
	for (i = 0; i < 10; i++)
		for (k = 0; k < i; k++)
			assert_memory_not_equal(get[i].key, get[k].key, sizeof(get[i].key));
	/* The same, made anew. */
	pair[0] = compiled("null", "", 0, NULL);
	again = link_missed("", pair, 2, 1);
	expect_same_key(&get[6], &again);
	worker_stop(&worker);
}

/* What it was built from is not known of a program that was linked or built. */
static void links_of_others_are_not_asked_for(void **state)
{
	uint32_t object = compiled("null", "", 0, NULL), linked;

	(void)state;
	build_missed("null", "");
	link_missed("", &object, 1, 1);
	linked = parts.link.program;
	start_link("", &linked, 1);
	finish_link(parts_begin(&worker), 1);
	worker_stop(&worker);
}

/* ---- with a driver ---- */

static const char source[] =
	"/* a comment */\n"
	"#define N 3\n"
	"#warning \"a line for the log\"\n"
	"kernel void scale(global float *x, float f, local int *t, constant int *c)\n"
	"{ t[0] = c[0]; x[get_global_id(0)] *= f + N; }\n"
	"kernel __attribute__((reqd_work_group_size(4, 1, 1))) void four(global int *p)\n"
	"{ p[get_global_id(0)] = get_local_size(0); }\n";

static void kernel_infos(uint32_t program, struct dxg_escape_kernel_info ret[2])
{
	struct dxg_escape_kernel_info *e = calloc(1, sizeof(*e));
	uint32_t i;

	for (i = 0; i < 2; i++) {
		memset(e, 0, sizeof(*e));
		e->h = (struct dxg_escape){ DXG_ESCAPE_MAGIC, DXG_ESCAPE_KERNEL_INFO, sizeof(*e),
					    0 };
		e->program = program;
		e->kernel = i;
		assert_int_equal(escape(&worker, e, sizeof(*e)), 0);
		e->program = e->kernel = 0;
		ret[!strcmp(e->name, "four")] = *e;
	}
	free(e);
}

static uint32_t index_of_four(uint32_t program)
{
	struct dxg_escape_kernel_info *e = calloc(1, sizeof(*e));
	bool first;

	e->h = (struct dxg_escape){ DXG_ESCAPE_MAGIC, DXG_ESCAPE_KERNEL_INFO, sizeof(*e), 0 };
	e->program = program;
	assert_int_equal(escape(&worker, e, sizeof(*e)), 0);
	first = !strcmp(e->name, "four");
	free(e);
	return first ? 0 : 1;
}

static void run_four(uint32_t program)
{
	struct dxg_cmd_dispatch d = {
		.program = program,
		.kernel = index_of_four(program),
		.work_dim = 1,
		.arg_count = 1,
		.global = { 8, 1, 1 },
		.local = { 4, 1, 1 },
	};
	struct arg arg = { .kind = DXG_ARG_VA, .value = VA_DATA };
	struct cmds c = cmds_start(&worker);
	struct ipc_exec_reply reply;

	add_dispatch(&c, &d, &arg);
	reply = run(&worker, &c);
	if (reply.status)
		fail_msg("%s", reply.text);
	assert_int_equal(((int *)data_at(&worker, 0))[7], 4);
}

/* What a dispatch had compiled is new; other drivers have it from the build. */
static void expect_larger_or_end(size_t built)
{
	struct ipc_cache_request put;
	int fd;

	if (cache_receive(&put, &fd) == sizeof(put)) {
		assert_int_equal(put.op, IPC_CACHE_PUT);
		assert_true(put.size > built);
		close(fd);
		expect_end();
	} else {
		worker_stop(&worker);
	}
}

/* From the cache it is the same program: kernels, their arguments, the log; and it runs. */
static void a_found_program_is_the_same(void **state)
{
	static struct dxg_escape_kernel_info before[2], after[2];
	struct ipc_cache_request get, again;
	uint32_t program;
	char log[4096];
	size_t built;
	uint64_t id;

	(void)state;
	program = source_program(source);
	id = start_build(program, "-cl-mad-enable");
	get = expect_request(IPC_CACHE_GET, NULL);
	answer_miss(&get);
	assert_int_equal(finish_build(id), 2);
	kernel_infos(program, before);
	memcpy(log, data_at(&worker, LOG_AT), sizeof(log));
	assert_non_null(strstr(log, "a line for the log"));
	retire();
	expect_put(&get);
	expect_end();
	built = entry.size;

	start(IPC_BACKEND_OPENCL);
	program = source_program(source);
	id = start_build(program, "-cl-mad-enable");
	again = expect_request(IPC_CACHE_GET, NULL);
	expect_same_key(&get, &again);
	answer_hit(&again, &entry);
	assert_int_equal(finish_build(id), 2);
	kernel_infos(program, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_string_equal(log, (char *)data_at(&worker, LOG_AT));
	run_four(program);
	retire();
	expect_larger_or_end(built);
}

static const char part[] = "void add(global int *p, int n) { *p += n; }\n";
static const char whole[] =
	"void add(global int *p, int n);\n"
	"#include \"size.h\"\n"
	"kernel __attribute__((reqd_work_group_size(SIZE, 1, 1))) void four(global int *p)\n"
	"{ int i = get_global_id(0); p[i] = 0; add(p + i, get_local_size(0)); }\n";

static void compile_both(uint32_t object[2])
{
	object[0] = compiled(part, "", 0, NULL);
	object[1] = compiled(whole, "", source_program("#define SIZE 4\n"), "size.h");
}

/* A link that was found is the program that it was, and runs. */
static void a_found_link_is_the_same(void **state)
{
	struct ipc_cache_request get, again;
	uint32_t object[2];
	size_t built;
	uint64_t id;

	(void)state;
	compile_both(object);
	get = link_missed("", object, 2, 1);
	run_four(parts.link.program);
	retire();
	expect_put(&get);
	expect_end();
	built = entry.size;

	start(IPC_BACKEND_OPENCL);
	compile_both(object);
	start_link("", object, 2);
	id = parts_begin(&worker);
	again = expect_request(IPC_CACHE_GET, NULL);
	expect_same_key(&get, &again);
	answer_hit(&again, &entry);
	run_four(finish_link(id, 1));
	retire();
	expect_larger_or_end(built);
}

static bool have_opencl(void)
{
	struct ipc_header m = { .op = IPC_DESCRIBE };
	struct ipc_describe_reply reply;

	start(IPC_BACKEND_OPENCL);
	request(&worker, &m, sizeof(m), &reply, sizeof(reply));
	worker_stop(&worker);
	return !reply.status;
}

static void a_driver_refuses_a_bad_entry(void **state)
{
	static struct entry bad;
	struct ipc_cache_request get, again;
	uint64_t id, text_size[2], text;

	(void)state;
	get = build_missed(source, "");
	retire();
	expect_put(&get);
	expect_end();
	start(IPC_BACKEND_OPENCL);
	bad = entry;
	/* Header and log stay as they are: it is the driver who has to notice. */
	memcpy(text_size, bad.bytes + 8, sizeof(text_size));
	text = 32 + text_size[0] + text_size[1];
	memset(bad.bytes + text, 0x5a, bad.size - text);
	id = start_build(source_program(source), "");
	again = expect_request(IPC_CACHE_GET, NULL);
	answer_hit(&again, &bad);
	again = expect_request(IPC_CACHE_DROP, NULL);
	expect_same_key(&get, &again);
	assert_int_equal(finish_build(id), 2);
	worker_stop(&worker);
}

static int skip_without_driver(void **state)
{
	(void)state;
	if (!have_opencl()) {
		print_message("SKIP: no OpenCL driver\n");
		skip();
	}
	return start_opencl(state);
}

static int group_start(void **state)
{
	(void)state;
	zygote_start(&zygote, NULL);
	return 0;
}

static int group_stop(void **state)
{
	(void)state;
	zygote_stop(&zygote);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, start_null)
#define DRIVER_TEST(f) cmocka_unit_test_setup(f, skip_without_driver)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_missed_is_handed_over_at_the_end),
		TEST(an_end_without_retirement_hands_nothing_over),
		TEST(what_was_found_is_used_and_not_handed_over),
		TEST(keys_are_of_everything_that_matters),
		TEST(binaries_are_not_asked_for),
		TEST(entries_are_not_believed),
		TEST(several_wait_at_once),
		TEST(a_retired_worker_does_not_wait_for_a_build),
		TEST(keys_of_links_are_of_everything_that_matters),
		TEST(links_of_others_are_not_asked_for),
		DRIVER_TEST(a_found_program_is_the_same),
		DRIVER_TEST(a_found_link_is_the_same),
		DRIVER_TEST(a_driver_refuses_a_bad_entry),
	};

	return cmocka_run_group_tests_name("worker_cache", tests, group_start, group_stop);
}
