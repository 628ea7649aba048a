// SPDX-License-Identifier: MIT
/*
 * test_session: attach and start of a session against a fake host: what is said in which order, and
 * that every refusal, lie and silence ends in an error within a second.
 */
#include <poll.h>

#include "../smaps.h"
#include "lib_test.h"

/* ---- the order of things ---- */

struct said {
	unsigned int count;
	uint32_t type[16];
	unsigned int channel[16];
	uint32_t luid[16];
	uint32_t process[16];
};

static bool take_notes(struct fake *f, struct fake_packet *p)
{
	struct said *s = f->data;
	const struct dxg_msg_ext *ext = (const void *)p->payload;
	const struct dxg_msg_header *h = (const void *)(p->payload + 16);

	if (s->count < 16) {
		s->type[s->count] = p->type;
		s->channel[s->count] = p->channel;
		s->luid[s->count] = ext->vgpu_luid_low;
		s->process[s->count++] = h->process;
	}
	return false;
}

static void test_order(void **state)
{
	static const uint32_t type[] = { DXG_MSG_SETIOSPACEREGION, DXG_MSG_OPENADAPTER,
					 DXG_MSG_GETINTERNALADAPTERINFO, DXG_MSG_CREATEPROCESS,
					 DXG_MSG_CREATEDEVICE };
	static const unsigned int channel[] = { 0, 1, 1, 0, 0 };
	static const uint32_t luid[] = { 0, 0, 0, 0, 0x11 };
	struct said said = { 0 };
	struct link l = { .fake = { .handle = take_notes, .data = &said } };
	unsigned int i;

	(void)state;
	link_device(&l);
	for (i = 0; i < 5; i++) {
		assert_int_equal(said.type[i], type[i]);
		assert_int_equal(said.channel[i], channel[i]);
		assert_int_equal(said.luid[i], luid[i]);
		assert_int_equal(!said.process[i], i < 4);
	}
	assert_int_equal(l.fake.header->guest_version, DXG_INTERFACE_VERSION);
	assert_int_equal(l.fake.header->guest_caps, DXG_GUESTCAP_LINUX);
	link_close(&l);
}

/* The application writes first what kernels then read: it decides how large the pages are. */
static void test_huge_pages(void **state)
{
	struct link l = { .fake = { 0 } };

	(void)state;
	if (!smaps_huge_pages())
		skip();
	link_device(&l);
	assert_int_equal(smaps_has_flag(getpid(), "fake", "hg"), 1);
	assert_int_equal((uintptr_t)l.d->region % DXG_HUGE_PAGE_SIZE, 0);
	link_close(&l);
}

/* ---- refusals ---- */

static void expect_open_error(struct fake *f, int err)
{
	uint64_t start = link_now_ms();
	struct direct *d;

	fake_start(f);
	assert_int_equal(session_open(f->path, &d), err);
	assert_true(link_now_ms() - start < 1000);
	fake_stop(f);
}

static void test_refused(void **state)
{
	static const int status[] = { -EACCES, -ENOENT, -EMFILE };
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct fake f = { .attach_status = status[i] };

		expect_open_error(&f, status[i]);
	}
}

static void test_nobody(void **state)
{
	struct fake f = { 0 };
	struct direct *d;

	(void)state;
	assert_int_equal(session_open("/nonexistent/dxgd.sock", &d), -ENODEV);
	/* A socket file whose dxgd is gone. */
	fake_start(&f);
	shutdown(f.listener, SHUT_RDWR);
	close(f.listener);
	f.listener = -1;
	assert_int_equal(session_open(f.path, &d), -ENODEV);
	f.listener = open("/dev/null", O_RDONLY);
	fake_stop(&f);
}

static void test_silent_attach(void **state)
{
	struct fake f = { .silent = true };

	(void)state;
	expect_open_error(&f, -ENODEV);
}

static bool silent(struct fake *f, struct fake_packet *p)
{
	(void)f;
	return p->type == DXG_MSG_OPENADAPTER;
}

static void test_silent_start(void **state)
{
	struct fake f = { .handle = silent };

	(void)state;
	expect_open_error(&f, -ENODEV);
}

/* Each answer for itself comes in time; the start as a whole does not. */
static bool slow(struct fake *f, struct fake_packet *p)
{
	(void)f;
	(void)p;
	poll(NULL, 0, 300);
	return false;
}

static void test_slow_start(void **state)
{
	struct fake f = { .handle = slow };

	(void)state;
	expect_open_error(&f, -ENODEV);
}

/* ---- lies ---- */

static void lie_magic(struct dxg_region_header *h)
{
	h->magic++;
}

static void lie_ring(struct dxg_region_header *h)
{
	h->channel[1].to_guest.data = FAKE_REGION - 64;
}

static void lie_io(struct dxg_region_header *h)
{
	h->io_size = 1ull << 40;
}

static void lie_size(struct dxg_region_header *h)
{
	h->region_size = FAKE_REGION * 2;
}

static void test_header_lies(void **state)
{
	void (*const lie[])(struct dxg_region_header * h) = {
		lie_magic,
		lie_ring,
		lie_io,
		lie_size,
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(lie) / sizeof(lie[0]); i++) {
		struct fake f = { .edit = lie[i] };

		expect_open_error(&f, -EPROTO);
	}
}

static void lost(struct dxg_region_header *h)
{
	h->state = DXG_SESSION_LOST;
}

static void test_lost_from_the_start(void **state)
{
	struct fake f = { .edit = lost };

	(void)state;
	expect_open_error(&f, -ENODEV);
}

/* A file that the host could cut off under the mapping is not taken. */
static void test_unsealed(void **state)
{
	struct fake f = { .no_seal = true };

	(void)state;
	expect_open_error(&f, -EPROTO);
}

static bool no_async(struct fake *f, struct fake_packet *p)
{
	struct dxg_msg_getinternaladapterinfo_return r = { .host_vgpu_luid_low = 1 };

	if (p->type != DXG_MSG_GETINTERNALADAPTERINFO)
		return false;
	fake_reply(f, p, &r, sizeof(r));
	return true;
}

static void test_no_async(void **state)
{
	struct fake f = { .handle = no_async };

	(void)state;
	expect_open_error(&f, -EPROTO);
}

static bool no_process(struct fake *f, struct fake_packet *p)
{
	uint32_t zero = 0;

	if (p->type != DXG_MSG_CREATEPROCESS)
		return false;
	fake_reply(f, p, &zero, sizeof(zero));
	return true;
}

static void test_no_process(void **state)
{
	struct fake f = { .handle = no_process };

	(void)state;
	expect_open_error(&f, -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_huge_pages),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_silent_attach),
		cmocka_unit_test(test_silent_start),
		cmocka_unit_test(test_slow_start),
		cmocka_unit_test(test_header_lies),
		cmocka_unit_test(test_lost_from_the_start),
		cmocka_unit_test(test_unsealed),
		cmocka_unit_test(test_no_async),
		cmocka_unit_test(test_no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
