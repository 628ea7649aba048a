// SPDX-License-Identifier: MIT
/*
 * test_channel: many threads on one session against a fake host: replies out of order, a full ring,
 * doorbells, and the end of a session in every way a host can end it or lie.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "channel_impl.h"
#include "lib_test.h"
#include "stats.h"

#define THREADS 8u
#define ROUNDS 200u

static int query(struct link *l, uint32_t type, uint32_t *value)
{
	struct d3dkmt_queryadapterinfo q = {
		.adapter.v = l->adapter,
		.type = (enum kmtqueryadapterinfotype)type,
		.private_data = (uintptr_t)value,
		.private_data_size = sizeof(*value),
	};

	return link_call(l, LX_DXQUERYADAPTERINFO, &q);
}

static int submit(struct link *l, uint64_t tag)
{
	struct d3dkmt_submitcommand s = {
		.command_buffer = tag,
		.broadcast_context_count = 1,
		.broadcast_context[0].v = l->context,
	};

	return link_call(l, LX_DXSUBMITCOMMAND, &s);
}

/* ---- replies out of order ---- */

/* Answer every question with its own value + 1, two at a time, the later one first. */
struct swap {
	bool waiting;
	unsigned int channel;
	uint64_t id;
	uint32_t value;
	unsigned int left;
};

static void answer(struct fake *f, unsigned int channel, uint64_t id, uint32_t value)
{
	uint32_t reply[2] = { 0, value + 1 };

	fake_reply_id(f, channel, id, reply, sizeof(reply));
}

static bool swap_answers(struct fake *f, struct fake_packet *p)
{
	struct swap *s = f->data;
	uint32_t value;

	if (p->type != DXG_MSG_QUERYADAPTERINFO)
		return false;
	memcpy(&value, p->payload + 16 + sizeof(struct dxg_msg_queryadapterinfo), sizeof(value));
	s->left--;
	/* Held back only while another thread is sure to ask again. */
	if (!s->waiting && s->left >= ROUNDS) {
		*s = (struct swap){ true, p->channel, p->pkt.id, value, s->left };
		return true;
	}
	answer(f, p->channel, p->pkt.id, value);
	if (s->waiting)
		answer(f, s->channel, s->id, s->value);
	s->waiting = false;
	return true;
}

struct asker {
	struct link *l;
	uint32_t base;
	unsigned int wrong;
	int err;
};

static void *ask_many(void *arg)
{
	struct asker *a = arg;
	uint32_t i, value;

	for (i = 0; i < ROUNDS; i++) {
		value = a->base + i;
		a->err |= query(a->l, 1000, &value);
		a->wrong += value != a->base + i + 1;
	}
	return NULL;
}

static void ask_from_threads(struct link *l, struct asker asker[THREADS])
{
	pthread_t thread[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		asker[i] = (struct asker){ .l = l, .base = i << 16 };
		assert_int_equal(pthread_create(&thread[i], NULL, ask_many, &asker[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

static void test_out_of_order(void **state)
{
	struct swap swap = { .left = THREADS * ROUNDS };
	struct link l = { .fake = { .handle = swap_answers, .data = &swap } };
	struct asker asker[THREADS];
	unsigned int i;

	(void)state;
	link_device(&l);
	ask_from_threads(&l, asker);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(asker[i].err, 0);
		assert_int_equal(asker[i].wrong, 0);
	}
	link_close(&l);
}

/* The same with a background reader about. */
static void test_out_of_order_with_reader(void **state)
{
	struct swap swap = { .left = THREADS * ROUNDS };
	struct link l = { .fake = { .handle = swap_answers, .data = &swap } };
	struct asker asker[THREADS];
	unsigned int i;

	(void)state;
	link_device(&l);
	assert_int_equal(channel_need_reader(l.d->channel), 0);
	ask_from_threads(&l, asker);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(asker[i].err, 0);
		assert_int_equal(asker[i].wrong, 0);
	}
	link_close(&l);
}

/* ---- a full ring ---- */

struct order {
	uint64_t next;
	unsigned int wrong;
};

static bool check_order(struct fake *f, struct fake_packet *p)
{
	struct order *o = f->data;
	const struct dxg_msg_submitcommand *m = (const void *)(p->payload + 16);

	if (p->type != DXG_MSG_SUBMITCOMMAND)
		return false;
	o->wrong += m->args.command_buffer != o->next++;
	o->wrong += p->pkt.kind != DXG_PACKET_MESSAGE || p->pkt.id != 0;
	o->wrong += m->h.channel != DXG_MSG_ASYNC;
	return true;
}

static void *resume(void *arg)
{
	struct fake *f = arg;

	/* The ring is full when nothing can be put any more: then the writer sleeps, or will. */
	while (dxg_load(&((struct dxg_ring_ctl *)(f->region + 4096))->head) < FAKE_RING - 1024)
		sched_yield();
	fake_resume(f);
	return NULL;
}

/* Twenty times what fits, to a host that is not reading at first: all of it arrives, in order. */
static void test_full_ring(void **state)
{
	struct order order = { 0 };
	struct link l = { .fake = { .handle = check_order, .data = &order } };
	unsigned int i, count = 20 * FAKE_RING / 448;
	struct d3dkmt_getdevicestate last = { .state_type = _D3DKMT_DEVICESTATE_EXECUTION };
	pthread_t thread;

	(void)state;
	link_device(&l);
	fake_pause(&l.fake);
	assert_int_equal(pthread_create(&thread, NULL, resume, &l.fake), 0);
	for (i = 0; i < count; i++)
		assert_int_equal(submit(&l, i), 0);
	pthread_join(thread, NULL);
	last.device.v = l.device;
	assert_int_equal(link_call(&l, LX_DXGETDEVICESTATE, &last), 0);
	assert_int_equal(order.next, count);
	assert_int_equal(order.wrong, 0);
	link_close(&l);
}

/* ---- many threads at a full ring ---- */

struct writer {
	struct link *l;
	uint64_t base;
	int err;
};

static void *submit_many(void *arg)
{
	struct writer *w = arg;
	uint64_t i;

	for (i = 0; i < ROUNDS; i++)
		w->err |= submit(w->l, w->base + i);
	return NULL;
}

/* What each thread sends arrives once and in its order. */
struct orders {
	uint64_t next[THREADS];
	unsigned int wrong;
};

static bool check_orders(struct fake *f, struct fake_packet *p)
{
	struct orders *o = f->data;
	const struct dxg_msg_submitcommand *m = (const void *)(p->payload + 16);
	uint64_t tag = m->args.command_buffer;

	if (p->type != DXG_MSG_SUBMITCOMMAND)
		return false;
	o->wrong += (tag & 0xffff) != o->next[tag >> 16 & (THREADS - 1)]++;
	return true;
}

/* Threads in line for room. The lock is free while they wait, or this does not return. */
static unsigned int line_length(struct channel *ch)
{
	struct channel_sender *s;
	unsigned int n = 0;

	pthread_mutex_lock(&ch->tx_lock);
	for (s = ch->line; s; s = s->next)
		n++;
	pthread_mutex_unlock(&ch->tx_lock);
	return n;
}

static void start_writers(struct link *l, struct writer writer[THREADS], pthread_t thread[THREADS])
{
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		writer[i] = (struct writer){ .l = l, .base = (uint64_t)i << 16 };
		assert_int_equal(pthread_create(&thread[i], NULL, submit_many, &writer[i]), 0);
	}
	while (line_length(l->d->channel) < THREADS)
		sched_yield();
}

static void fill_from_threads(bool reader)
{
	struct orders orders = { 0 };
	struct link l = { .fake = { .handle = check_orders, .data = &orders } };
	struct d3dkmt_getdevicestate last = { .state_type = _D3DKMT_DEVICESTATE_EXECUTION };
	struct writer writer[THREADS];
	pthread_t thread[THREADS];
	unsigned int i;

	link_device(&l);
	if (reader)
		assert_int_equal(channel_need_reader(l.d->channel), 0);
	fake_pause(&l.fake);
	start_writers(&l, writer, thread);
	fake_resume(&l.fake);
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(writer[i].err, 0);
	}
	last.device.v = l.device;
	assert_int_equal(link_call(&l, LX_DXGETDEVICESTATE, &last), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(orders.next[i], ROUNDS);
	assert_int_equal(orders.wrong, 0);
	assert_int_equal(line_length(l.d->channel), 0);
	link_close(&l);
}

static void test_full_for_threads(void **state)
{
	(void)state;
	fill_from_threads(false);
	fill_from_threads(true);
}

/* All of the line learns of the end. */
static void test_end_of_a_line(void **state)
{
	struct link l = { 0 };
	struct writer writer[THREADS];
	pthread_t thread[THREADS];
	unsigned int i;

	(void)state;
	link_device(&l);
	fake_pause(&l.fake);
	start_writers(&l, writer, thread);
	fake_hang_up(&l.fake);
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(writer[i].err, -ENODEV);
	}
	assert_int_equal(line_length(l.d->channel), 0);
	link_close(&l);
}

/* A burst that fits rings a busy host at most once. */
static void test_burst_rings_once(void **state)
{
	struct order order = { 0 };
	struct link l = { .fake = { .handle = check_order, .data = &order } };
	struct dxg_stats before, after;
	unsigned int i;

	(void)state;
	link_device(&l);
	fake_pause(&l.fake);
	dxg_stats(&before);
	for (i = 0; i < 30; i++)
		assert_int_equal(submit(&l, i), 0);
	dxg_stats(&after);
	assert_in_range(after.doorbells - before.doorbells, 0, 1);
	assert_int_equal(after.posts - before.posts, 30);
	assert_int_equal(after.sleeps, before.sleeps);
	fake_resume(&l.fake);
	link_close(&l);
}

/* ---- replies that are wrong ---- */

static bool short_reply(struct fake *f, struct fake_packet *p)
{
	int32_t *status = f->data;

	if (p->type != DXG_MSG_CREATEALLOCATION)
		return false;
	fake_reply(f, p, status, status ? sizeof(*status) : 0);
	return true;
}

static int create_allocation(struct link *l)
{
	struct d3dddi_allocationinfo2 info = { 0 };
	struct d3dkmt_createallocation c = {
		.device.v = l->device,
		.alloc_count = 1,
		.allocation_info = (uintptr_t)&info,
	};

	return link_call(l, LX_DXCREATEALLOCATION, &c);
}

static void test_short_reply(void **state)
{
	struct link l = { .fake = { .handle = short_reply } };
	int32_t status = (int32_t)0xC0000017;

	(void)state;
	link_device(&l);
	assert_int_equal(create_allocation(&l), -EOVERFLOW);
	l.fake.data = &status;
	assert_int_equal(create_allocation(&l), -ENOMEM);
	link_close(&l);
}

static bool stray_first(struct fake *f, struct fake_packet *p)
{
	if (p->type != DXG_MSG_QUERYADAPTERINFO)
		return false;
	fake_reply_id(f, p->channel, p->pkt.id + 1000, "stray", 5);
	fake_reply_id(f, 1, ~0ull, "stray", 5);
	fake_put(f, 0, DXG_PACKET_MESSAGE, 0, "", 0);
	answer(f, p->channel, p->pkt.id, 7);
	answer(f, p->channel, p->pkt.id, 9);
	return true;
}

/* Replies to nobody, a message of no bytes and an answer given twice change nothing. */
static void test_stray_packets(void **state)
{
	struct link l = { .fake = { .handle = stray_first } };
	uint32_t value = 0;

	(void)state;
	link_device(&l);
	assert_int_equal(query(&l, 1000, &value), 0);
	assert_int_equal(value, 8);
	assert_int_equal(query(&l, 1000, &value), 0);
	assert_int_equal(value, 8);
	link_close(&l);
}

/* ---- the end ---- */

enum ending { HANG_UP, HEAD, KIND, ID, LENGTH, STATE, ENDINGS };

static void end_badly(struct fake *f, enum ending how)
{
	struct dxg_ring_ctl *ctl = (struct dxg_ring_ctl *)(f->region + 4096 + 128);
	struct dxg_packet pkt = { .length = DXG_MESSAGE_MAX + 1, .kind = DXG_PACKET_REPLY };
	uint64_t one = 1;

	if (how == HANG_UP)
		return fake_hang_up(f);
	if (how == KIND)
		return fake_put(f, 0, DXG_PACKET_REQUEST, 1, "", 0);
	if (how == ID)
		return fake_put(f, 0, DXG_PACKET_MESSAGE, 1, "", 0);
	if (how == HEAD)
		dxg_store_release(&ctl->head, ctl->head + FAKE_RING + 8);
	if (how == LENGTH) {
		memcpy(f->tx[0].data + (f->tx[0].pos & (FAKE_RING - 1)), &pkt, sizeof(pkt));
		dxg_store_release(&ctl->head, f->tx[0].pos + 64);
	}
	if (how == STATE) {
		dxg_store_release(&f->header->state, DXG_SESSION_LOST);
		return fake_hang_up(f);
	}
	assert_int_equal(write(f->to_guest, &one, sizeof(one)), sizeof(one));
}

/* Hold every question; once all threads have asked, end. */
struct held {
	unsigned int count;
	enum ending how;
};

static bool hold(struct fake *f, struct fake_packet *p)
{
	struct held *h = f->data;

	if (p->type != DXG_MSG_QUERYADAPTERINFO)
		return false;
	if (++h->count == THREADS)
		end_badly(f, h->how);
	return true;
}

static void *ask_once(void *arg)
{
	struct asker *a = arg;
	uint32_t value = 0;

	a->err = query(a->l, 1000, &value);
	return NULL;
}

static void expect_end(struct link *l)
{
	struct asker asker[THREADS];
	pthread_t thread[THREADS];
	uint64_t start = link_now_ms();
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		asker[i] = (struct asker){ .l = l };
		assert_int_equal(pthread_create(&thread[i], NULL, ask_once, &asker[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(asker[i].err, -ENODEV);
	}
	assert_true(link_now_ms() - start < 2000);
	assert_int_equal(submit(l, 0), -ENODEV);
}

static void test_endings(void **state)
{
	struct held held = { 0 };
	unsigned int how, reader;

	(void)state;
	for (how = 0; how < 2 * ENDINGS; how++) {
		struct link l = { .fake = { .handle = hold, .data = &held } };

		reader = how / ENDINGS;
		held = (struct held){ .how = how % ENDINGS };
		link_device(&l);
		if (reader)
			assert_int_equal(channel_need_reader(l.d->channel), 0);
		expect_end(&l);
		link_close(&l);
	}
}

/* Whoever notices the end, on whatever way, tells of it without a lock. */
struct listener {
	struct channel *ch;
	unsigned int calls, locked;
};

static void check_locks(void *ctx)
{
	struct listener *n = ctx;

	n->calls++;
	if (pthread_mutex_trylock(&n->ch->tx_lock))
		n->locked++;
	else
		pthread_mutex_unlock(&n->ch->tx_lock);
	if (pthread_mutex_trylock(&n->ch->lock))
		n->locked++;
	else
		pthread_mutex_unlock(&n->ch->lock);
}

static void drop_message(void *ctx, const void *message, uint32_t length)
{
	(void)ctx;
	(void)message;
	(void)length;
}

/* @tail: the lie that a writer finds; else the state that it reads. */
static void end_while_sending(bool tail)
{
	static const struct channel_sink sink = { drop_message, check_locks };
	struct link l = { 0 };
	struct listener n = { 0 };
	struct dxg_ring_ctl *ctl;

	link_device(&l);
	fake_pause(&l.fake);
	n.ch = l.d->channel;
	n.ch->sink = &sink;
	n.ch->ctx = &n;
	ctl = (struct dxg_ring_ctl *)(l.fake.region + 4096);
	if (tail)
		dxg_store_release(&ctl->tail, ctl->head + 0x10000000u);
	else
		dxg_store_release(&l.fake.header->state, DXG_SESSION_LOST);
	while (!submit(&l, 0))
		;
	assert_int_equal(n.calls, 1);
	assert_int_equal(n.locked, 0);
	link_close(&l);
}

static void test_end_without_locks(void **state)
{
	(void)state;
	end_while_sending(false);
	end_while_sending(true);
}

/* The end reaches a writer that waits for room, too. */
static void *fill_up(void *arg)
{
	struct asker *a = arg;

	do
		a->err = submit(a->l, 0);
	while (!a->err);
	return NULL;
}

static void test_end_of_full_ring(void **state)
{
	struct link l = { 0 };
	struct asker asker = { .l = &l };
	pthread_t thread;

	(void)state;
	link_device(&l);
	fake_pause(&l.fake);
	assert_int_equal(pthread_create(&thread, NULL, fill_up, &asker), 0);
	while (dxg_load(&((struct dxg_ring_ctl *)(l.fake.region + 4096))->head) < FAKE_RING - 1024)
		sched_yield();
	fake_hang_up(&l.fake);
	pthread_join(thread, NULL);
	assert_int_equal(asker.err, -ENODEV);
	link_close(&l);
}

/* A lie about how much was read ends the session as well. */
static void test_tail_lie(void **state)
{
	struct link l = { 0 };
	struct dxg_ring_ctl *ctl;
	int err = 0;

	(void)state;
	link_device(&l);
	fake_pause(&l.fake);
	ctl = (struct dxg_ring_ctl *)(l.fake.region + 4096);
	dxg_store_release(&ctl->tail, ctl->head + 0x10000000u);
	while (!err)
		err = submit(&l, 0);
	assert_int_equal(err, -ENODEV);
	link_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_of_order),
		cmocka_unit_test(test_out_of_order_with_reader),
		cmocka_unit_test(test_full_ring),
		cmocka_unit_test(test_full_for_threads),
		cmocka_unit_test(test_end_of_a_line),
		cmocka_unit_test(test_burst_rings_once),
		cmocka_unit_test(test_short_reply),
		cmocka_unit_test(test_stray_packets),
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_end_without_locks),
		cmocka_unit_test(test_end_of_full_ring),
		cmocka_unit_test(test_tail_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
