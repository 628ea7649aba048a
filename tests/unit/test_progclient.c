/* SPDX-License-Identifier: MIT */
/*
 * test_progclient: what dxgd believes of a worker's requests to the program cache: nothing. Store
 * and worker are fakes here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cm.h"
#include "ipc/ipc.h"
#include "progclient.h"
#include "progstore.h"
#include "worker.h"

/* ---- the fakes ---- */

static unsigned int refs, gets, puttings, drops, answers, lingering;
static struct ipc_cache_answer answer;
static uint64_t passed, put_size;
static progstore_found_fn found[32];
static void *found_arg[32];
static int pass_result;

struct progstore *progstore_ref(struct progstore *store)
{
	refs++;
	return store;
}

void progstore_unref(struct progstore *store)
{
	(void)store;
	refs--;
}

void progstore_get(struct progstore *store, const uint8_t key[PROGCACHE_KEY_SIZE],
		   progstore_found_fn fn, void *arg)
{
	(void)store;
	assert_int_equal(key[0], 7);
	assert_true(gets < 32);
	found[gets] = fn;
	found_arg[gets++] = arg;
}

void progstore_put(struct progstore *store, const uint8_t key[PROGCACHE_KEY_SIZE], int fd,
		   uint64_t size)
{
	(void)store;
	assert_int_equal(key[0], 7);
	put_size = size;
	puttings++;
	close(fd);
}

void progstore_drop(struct progstore *store, const uint8_t key[PROGCACHE_KEY_SIZE])
{
	(void)store;
	assert_int_equal(key[0], 7);
	drops++;
}

bool progstore_linger_take(struct progstore *store)
{
	(void)store;
	lingering++;
	return true;
}

void progstore_linger_give(struct progstore *store)
{
	(void)store;
	lingering--;
}

int worker_pass(struct worker *worker, const void *msg, uint32_t len, int fd)
{
	const struct ipc_pass *pass = msg;

	(void)worker;
	assert_int_equal(len, sizeof(*pass));
	assert_true(fd >= 0);
	passed = pass->id;
	return pass_result;
}

void worker_send(struct worker *worker, const void *msg, uint32_t len)
{
	(void)worker;
	assert_int_equal(len, sizeof(answer));
	memcpy(&answer, msg, len);
	answers++;
}

/* ---- the tests ---- */

static struct progclient *client;

static int setup(void **state)
{
	(void)state;
	gets = puttings = drops = answers = 0;
	passed = 0;
	pass_result = 0;
	return progclient_create(NULL, NULL, &client);
}

static int teardown(void **state)
{
	(void)state;
	progclient_destroy(client);
	assert_int_equal(refs, 0);
	assert_int_equal(lingering, 0);
	return 0;
}

static struct ipc_cache_request request(uint32_t op, uint64_t cookie, uint64_t size)
{
	return (struct ipc_cache_request){ .op = op, .cookie = cookie, .size = size, .key = { 7 } };
}

static int file(size_t size, int seals)
{
	int fd = memfd_create("entry", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

static void expect_lie(struct ipc_cache_request r, int fd, const char *field)
{
	const char *bad = progclient_serve(client, &r, sizeof(r), fd);

	assert_non_null(bad);
	assert_string_equal(bad, field);
	/* The descriptor is gone either way. */
	if (fd >= 0)
		assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void serve(struct ipc_cache_request r, int fd)
{
	assert_null(progclient_serve(client, &r, sizeof(r), fd));
	if (fd >= 0)
		assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void answers_what_was_found(void **state)
{
	int fd = file(10, SEALS);

	(void)state;
	serve(request(IPC_CACHE_GET, 0x1234, 0), -1);
	assert_int_equal(answers, 0);
	found[0](found_arg[0], fd);
	assert_int_equal(answers, 1);
	assert_int_equal(answer.h.op, IPC_CACHE_ANSWER);
	assert_int_equal(answer.cookie, 0x1234);
	assert_int_equal(answer.found, 1);
	assert_int_equal(passed, 0x1234);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void answers_that_there_is_nothing(void **state)
{
	(void)state;
	serve(request(IPC_CACHE_GET, 5, 0), -1);
	found[0](found_arg[0], -1);
	assert_int_equal(answers, 1);
	assert_int_equal(answer.found, 0);
	assert_int_equal(passed, 0);
}

static void what_cannot_be_passed_was_not_found(void **state)
{
	(void)state;
	pass_result = -ENOMEM;
	serve(request(IPC_CACHE_GET, 5, 0), -1);
	found[0](found_arg[0], file(10, SEALS));
	assert_int_equal(answer.found, 0);
}

static void an_answer_may_come_after_the_worker(void **state)
{
	(void)state;
	serve(request(IPC_CACHE_GET, 5, 0), -1);
	progclient_destroy(client);
	found[0](found_arg[0], file(10, SEALS));
	assert_int_equal(answers, 0);
	client = NULL;
}

static void takes_sealed_files(void **state)
{
	(void)state;
	serve(request(IPC_CACHE_PUT, 0, 10), file(10, SEALS));
	assert_int_equal(puttings, 1);
	assert_int_equal(put_size, 10);
	serve(request(IPC_CACHE_PUT, 0, 10), file(10, SEALS | F_SEAL_SEAL));
	assert_int_equal(puttings, 2);
	serve(request(IPC_CACHE_PUT, 0, IPC_CACHE_ENTRY_MAX), file(IPC_CACHE_ENTRY_MAX, SEALS));
	assert_int_equal(puttings, 3);
	serve(request(IPC_CACHE_DROP, 0, 0), -1);
	assert_int_equal(drops, 1);
}

static void files_that_can_change_are_lies(void **state)
{
	int pair[2];

	(void)state;
	expect_lie(request(IPC_CACHE_PUT, 0, 10), file(10, 0), "cache.seals");
	expect_lie(request(IPC_CACHE_PUT, 0, 10), file(10, SEALS & ~F_SEAL_WRITE), "cache.seals");
	expect_lie(request(IPC_CACHE_PUT, 0, 10), file(10, SEALS & ~F_SEAL_SHRINK), "cache.seals");
	expect_lie(request(IPC_CACHE_PUT, 0, 10), file(10, SEALS & ~F_SEAL_GROW), "cache.seals");
	expect_lie(request(IPC_CACHE_PUT, 0, 10), open("/dev/zero", O_RDONLY), "cache.seals");
	assert_int_equal(pipe(pair), 0);
	close(pair[1]);
	expect_lie(request(IPC_CACHE_PUT, 0, 10), pair[0], "cache.seals");
	expect_lie(request(IPC_CACHE_PUT, 0, 10), -1, "cache.file");
	assert_int_equal(puttings, 0);
}

static void sizes_must_be_true_and_within_the_limit(void **state)
{
	(void)state;
	expect_lie(request(IPC_CACHE_PUT, 0, 11), file(10, SEALS), "cache.size");
	expect_lie(request(IPC_CACHE_PUT, 0, 9), file(10, SEALS), "cache.size");
	expect_lie(request(IPC_CACHE_PUT, 0, 0), file(0, SEALS), "cache.size");
	expect_lie(request(IPC_CACHE_PUT, 0, IPC_CACHE_ENTRY_MAX + 1),
		   file(IPC_CACHE_ENTRY_MAX + 1, SEALS), "cache.size");
	expect_lie(request(IPC_CACHE_GET, 1, 1), -1, "cache.size");
	expect_lie(request(IPC_CACHE_DROP, 0, 1), -1, "cache.size");
	assert_int_equal(puttings, 0);
}

static void everything_else_must_be_as_it_is_written(void **state)
{
	struct ipc_cache_request r = request(IPC_CACHE_GET, 1, 0);
	uint8_t longer[sizeof(r) + 1] = { 0 };

	(void)state;
	expect_lie(request(0, 0, 0), -1, "cache.op");
	expect_lie(request(IPC_CACHE_DROP + 1, 0, 0), file(10, SEALS), "cache.op");
	expect_lie(request(~0u, 0, 0), -1, "cache.op");
	r.reserved = 1;
	expect_lie(r, -1, "cache.reserved");
	expect_lie(request(IPC_CACHE_GET, 1, 0), file(10, SEALS), "cache.size");
	expect_lie(request(IPC_CACHE_DROP, 0, 0), file(10, SEALS), "cache.size");
	expect_lie(request(IPC_CACHE_DROP, 1, 0), -1, "cache.size");
	expect_lie(request(IPC_CACHE_PUT, 1, 10), file(10, SEALS), "cache.cookie");
	assert_string_equal(progclient_serve(client, &r, sizeof(r) - 1, -1), "cache.length");
	assert_string_equal(progclient_serve(client, longer, sizeof(longer), -1), "cache.length");
	assert_int_equal(gets + puttings + drops, 0);
}

static void questions_are_counted(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < IPC_CACHE_GETS_MAX; i++)
		serve(request(IPC_CACHE_GET, i, 0), -1);
	expect_lie(request(IPC_CACHE_GET, i, 0), -1, "cache.count");
	found[0](found_arg[0], -1);
	serve(request(IPC_CACHE_GET, i, 0), -1);
	for (i = 1; i <= IPC_CACHE_GETS_MAX; i++)
		found[i](found_arg[i], -1);
	assert_int_equal(answers, IPC_CACHE_GETS_MAX + 1);
}

static void only_who_asked_may_linger(void **state)
{
	(void)state;
	assert_false(progclient_may_linger(client));
	serve(request(IPC_CACHE_GET, 1, 0), -1);
	found[0](found_arg[0], -1);
	assert_true(progclient_may_linger(client));
	assert_int_equal(lingering, 1);
	assert_false(progclient_may_linger(client));
	assert_int_equal(lingering, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_what_was_found),
		TEST(answers_that_there_is_nothing),
		TEST(what_cannot_be_passed_was_not_found),
		TEST(an_answer_may_come_after_the_worker),
		TEST(takes_sealed_files),
		TEST(files_that_can_change_are_lies),
		TEST(sizes_must_be_true_and_within_the_limit),
		TEST(everything_else_must_be_as_it_is_written),
		TEST(questions_are_counted),
		TEST(only_who_asked_may_linger),
	};

	return cmocka_run_group_tests_name("progclient", tests, NULL, NULL);
}
