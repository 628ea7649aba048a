// SPDX-License-Identifier: MIT
/*
 * test_worker_huge - a real dxg-worker with the null backend: which memory gets huge pages, and
 * that none gets any once its owner was told that it is free.
 */
#include "../smaps.h"
#include "dxgwire/region.h"
#include "harness.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* In the region's file the IO space of these tests begins in the middle of a huge page. */
#define FIRST_HUGE (DXG_HUGE_PAGE_SIZE - IO_OFFSET % DXG_HUGE_PAGE_SIZE)
#define LARGE (16u << 20)
#define VA(id) (UINT64_C(0x100000000) * (id))
#define PAGES (LARGE / DXG_PAGE_SIZE)

static struct zygote zygote;
static struct worker worker;

static int start(void **state)
{
	(void)state;
	worker_start(&zygote, &worker, IPC_BACKEND_NULL, false);
	context_create(&worker, 1);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	worker_stop(&worker);
	return 0;
}

static long huge_kib(void)
{
	/* A round trip, so that there is a worker that has mapped the region. */
	assert_int_equal(exec_va(&worker, 1, 0, 0).status, 0);
	return smaps_kib(worker_proper(worker.pid), "region", "ShmemPmdMapped:");
}

static struct dxg_escape_populate populate_request(uint64_t va, uint64_t size)
{
	return (struct dxg_escape_populate){
		.h = { .magic = DXG_ESCAPE_MAGIC,
		       .op = DXG_ESCAPE_POPULATE,
		       .size = sizeof(struct dxg_escape_populate) },
		.va = va,
		.size = size,
		.filled = 0x5555,
	};
}

/* Return: the escape's status. */
static int populate(uint64_t va, uint64_t size, uint64_t *ret_filled)
{
	struct dxg_escape_populate e = populate_request(va, size);
	int status = escape(&worker, &e, sizeof(e));

	*ret_filled = e.filled;
	return status;
}

static void allocate(uint64_t id, uint64_t size, uint64_t io_offset)
{
	alloc_create(&worker, id, size, io_offset, IPC_SEGMENT_SYSTEM);
	va_map(&worker, VA(id), size, id, 0, true);
}

static void skip_without_huge_pages(void)
{
	if (smaps_can_collapse() && huge_kib() >= 0)
		return;
	print_message("SKIP: this machine's kernel makes no huge pages of shared memory\n");
	skip();
}

static bool is_there(uint64_t io_offset)
{
	unsigned char there;

	assert_int_equal(mincore(worker.io + io_offset, DXG_PAGE_SIZE, &there), 0);
	return there & 1;
}

static void what_is_empty_is_filled(void **state)
{
	uint64_t filled;

	(void)state;
	skip_without_huge_pages();
	allocate(1, LARGE, FIRST_HUGE);
	assert_int_equal(populate(VA(1), LARGE, &filled), 0);
	assert_int_equal(filled, LARGE);
	assert_int_equal(huge_kib(), LARGE >> 10);
	assert_int_equal(populate(VA(1), LARGE, &filled), 0);
	assert_int_equal(filled, 0);
}

/* What lies beside belongs to others, or was not asked for. */
static void huge_pages_stay_inside(void **state)
{
	uint64_t filled;

	(void)state;
	skip_without_huge_pages();
	allocate(1, LARGE, FIRST_HUGE + DXG_PAGE_SIZE);
	assert_int_equal(populate(VA(1), LARGE, &filled), 0);
	assert_int_equal(filled, LARGE - DXG_HUGE_PAGE_SIZE);
	assert_int_equal(huge_kib(), filled >> 10);
	assert_false(is_there(FIRST_HUGE));
	assert_false(is_there(FIRST_HUGE + LARGE));
	allocate(2, LARGE, FIRST_HUGE + 2 * LARGE);
	assert_int_equal(populate(VA(2) + 1, 2 * DXG_HUGE_PAGE_SIZE - 1, &filled), 0);
	assert_int_equal(filled, DXG_HUGE_PAGE_SIZE);
	assert_false(is_there(FIRST_HUGE + 2 * LARGE));
	assert_true(is_there(FIRST_HUGE + 2 * LARGE + DXG_HUGE_PAGE_SIZE));
	assert_false(is_there(FIRST_HUGE + 2 * LARGE + 2 * DXG_HUGE_PAGE_SIZE));
}

static void what_is_written_stays(void **state)
{
	uint32_t *word = (uint32_t *)(worker.io + FIRST_HUGE);
	size_t in_huge = DXG_HUGE_PAGE_SIZE / 4;
	uint64_t filled;
	uint32_t i;

	(void)state;
	skip_without_huge_pages();
	allocate(1, LARGE, FIRST_HUGE);
	word[in_huge + 1234] = 99;
	assert_int_equal(populate(VA(1), LARGE, &filled), 0);
	assert_int_equal(filled, LARGE - DXG_HUGE_PAGE_SIZE);
	for (i = 0; i < LARGE / 4; i++)
		assert_int_equal(word[i], i == in_huge + 1234 ? 99 : 0);
}

/* Whoever is told that memory is free empties it: nothing may come into it afterwards. */
static void what_was_freed_stays_empty(void **state)
{
	struct {
		struct ipc_header h;
		struct dxg_escape_populate e;
	} m = { { .op = IPC_ESCAPE }, populate_request(VA(1), LARGE) };
	struct ipc_alloc_destroy destroy = { .h.op = IPC_ALLOC_DESTROY, .id = 1 };
	uint64_t asked, freed, filled, answer;
	unsigned int i;
	uint32_t size;

	(void)state;
	skip_without_huge_pages();
	allocate(1, LARGE, FIRST_HUGE);
	asked = send_request(&worker, &m, sizeof(m));
	freed = send_request(&worker, &destroy, sizeof(destroy));
	answer = receive(&worker, &size);
	if (answer == asked)
		answer = receive(&worker, &size);
	assert_int_equal(answer, freed);
	assert_int_equal(madvise(worker.io + FIRST_HUGE, LARGE, MADV_REMOVE), 0);
	/* One thread does it: with the next one's answer the first can do nothing any more. */
	allocate(2, DXG_HUGE_PAGE_SIZE, FIRST_HUGE + LARGE);
	m.e = populate_request(VA(2), DXG_HUGE_PAGE_SIZE);
	freed = send_request(&worker, &m, sizeof(m));
	while (receive(&worker, &size) != freed)
		;
	filled = ((struct dxg_escape_populate *)((struct ipc_header *)worker.packet_buffer + 1))
			 ->filled;
	assert_int_equal(filled, DXG_HUGE_PAGE_SIZE);
	for (i = 0; i < PAGES; i++)
		assert_false(is_there(FIRST_HUGE + (uint64_t)i * DXG_PAGE_SIZE));
}

static void bad_ranges(void **state)
{
	uint64_t filled;

	(void)state;
	allocate(1, LARGE, FIRST_HUGE);
	allocate(2, LARGE, FIRST_HUGE + LARGE);
	alloc_create(&worker, 3, LARGE, 0, IPC_SEGMENT_LOCAL);
	va_map(&worker, VA(3), LARGE, 3, 0, true);
	va_map(&worker, VA(4), LARGE, 1, 0, false);
	va_map(&worker, VA(1) + LARGE, LARGE, 2, 0, true);
	assert_int_equal(populate(VA(1), 0, &filled), -EINVAL);
	assert_int_equal(filled, 0);
	assert_int_equal(populate(0, LARGE, &filled), -EINVAL);
	assert_int_equal(populate(VA(1), ~UINT64_C(0), &filled), -EINVAL);
	assert_int_equal(populate(VA(1), LARGE + 1, &filled), -EFAULT);
	assert_int_equal(populate(VA(9), LARGE, &filled), -EFAULT);
	assert_int_equal(populate(VA(4), LARGE, &filled), -EACCES);
	assert_int_equal(populate(VA(3), LARGE, &filled), -EINVAL);
	assert_false(is_there(FIRST_HUGE));
	assert_false(is_there(FIRST_HUGE + LARGE));
}

/* Its log is clean, as the last test finds. */
static void the_end_comes_meanwhile(void **state)
{
	struct {
		struct ipc_header h;
		struct dxg_escape_populate e;
	} m = { { .op = IPC_ESCAPE }, populate_request(VA(1), 2 * LARGE) };

	(void)state;
	worker_start(&zygote, &worker, IPC_BACKEND_NULL, false);
	allocate(1, 2 * LARGE, FIRST_HUGE);
	send_request(&worker, &m, sizeof(m));
	worker_stop(&worker);
}

static void zygote_starts(void **state)
{
	(void)state;
	zygote_start(&zygote, NULL);
}

static void zygote_ends_with_a_clean_log(void **state)
{
	(void)state;
	zygote_stop(&zygote);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(zygote_starts),
		TEST(what_is_empty_is_filled),
		TEST(huge_pages_stay_inside),
		TEST(what_is_written_stays),
		TEST(what_was_freed_stays_empty),
		TEST(bad_ranges),
		cmocka_unit_test(the_end_comes_meanwhile),
		cmocka_unit_test(zygote_ends_with_a_clean_log),
	};

	return cmocka_run_group_tests_name("worker-huge", tests, NULL, NULL);
}
