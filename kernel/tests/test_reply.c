// SPDX-License-Identifier: GPL-2.0
/*
 * test_reply.c - a host whose answers are wrong: too short, with absurd sizes, addresses, numbers
 * and handles. Each is refused at the call, nothing of it is believed or left, and what the host
 * may have made is given back.
 */
#include <kunit/test.h>
#include <linux/slab.h>

#include "dxg_allocation.h"
#include "dxg_lock.h"
#include "dxg_request.h"
#include "dxg_scripted.h"
#include "dxg_share.h"
#include "dxg_statistics.h"
#include "dxg_sync.h"
#include "dxgwire/ntstatus.h"

/* ---- lengths ---- */

static int ask(struct dxg_scripted *s, void *reply, u32 expected)
{
	DXG_MESSAGE(dxg_msg_handle) msg = {};
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vgpu(s->process->adapter, 0, DXG_MSG_FLUSHDEVICE, &msg.ext, &msg.m.h);
	return dxg_request_call(s->process->adapter, &part, 1, reply, expected);
}

static void test_short_replies(struct kunit *test)
{
	static const u32 lengths[] = { 0, 1, 3, 4, 8, 15 };
	static const s32 fine[4] = {}, refused[4] = { DXG_STATUS_ACCESS_DENIED };
	struct dxg_scripted s;
	u8 reply[16];
	unsigned int i;

	dxg_scripted_start(test, &s);
	memset(reply, 0xa5, sizeof(reply));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		dxg_scripted_answer(DXG_MSG_FLUSHDEVICE, fine, lengths[i]);
		KUNIT_EXPECT_EQ(test, ask(&s, reply, sizeof(reply)), -EOVERFLOW);
		/* A failure may say no more than its status, and that is what it is. */
		dxg_scripted_answer(DXG_MSG_FLUSHDEVICE, refused, lengths[i]);
		KUNIT_EXPECT_EQ(test, ask(&s, reply, sizeof(reply)),
				lengths[i] < 4 ? -EOVERFLOW : -EACCES);
	}
	KUNIT_EXPECT_NULL(test, memchr_inv(reply, 0xa5, sizeof(reply)));
	dxg_scripted_end(test, &s);
}

static void test_long_replies(struct kunit *test)
{
	static const u8 answered[256] = { [0 ... 255] = 0x5a };
	struct dxg_scripted s;
	u8 reply[32];

	dxg_scripted_start(test, &s);
	memset(reply, 0xa5, sizeof(reply));
	dxg_scripted_answer(DXG_MSG_FLUSHDEVICE, answered, sizeof(answered));
	KUNIT_EXPECT_EQ(test, ask(&s, reply, 16), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(reply, 0x5a, 16));
	KUNIT_EXPECT_NULL(test, memchr_inv(reply + 16, 0xa5, 16));
	dxg_scripted_end(test, &s);
}

/* ---- addresses ---- */

/** struct place - an address that the host names for @pages pages, and what is made of it. */
struct place {
	u64 address;
	u64 pages;
};

static const struct place lies[] = {
	{ 0, 1 },
	{ 1, 1 },
	{ DXG_SCRIPTED_IO_START + 8, 1 },
	{ DXG_SCRIPTED_IO_START - PAGE_SIZE, 1 },
	{ DXG_LOOPBACK_ADDRESS, 1 }, /* the header */
	{ DXG_LOOPBACK_ADDRESS + DXG_LOOPBACK_SIZE, 1 },
	{ DXG_SCRIPTED_IO_START, DXG_SCRIPTED_IO_PAGES + 1 },
	{ DXG_SCRIPTED_IO_START, 1ull << 40 },
	{ DXG_SCRIPTED_IO_START, U64_MAX >> PAGE_SHIFT },
	{ 0xffff888000000000ull, 1 },
	{ U64_MAX & PAGE_MASK, 2 },
};

static void test_lock_at_wrong_addresses(struct kunit *test)
{
	struct dxg_msg_lock2_return reply = {};
	struct dxg_allocation *allocation;
	struct dxg_scripted s;
	unsigned int i;

	dxg_scripted_start(test, &s);
	dxg_scripted_answer(DXG_MSG_LOCK2, &reply, sizeof(reply));
	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		allocation = dxg_allocation_create(s.device, NULL);
		KUNIT_ASSERT_NOT_NULL(test, allocation);
		allocation->size = lies[i].pages << PAGE_SHIFT;
		reply.address = lies[i].address;
		KUNIT_EXPECT_EQ_MSG(test, dxg_lock_prepare(allocation), -EPROTO, "lie %u", i);
		KUNIT_EXPECT_NULL(test, allocation->mapping);
		KUNIT_EXPECT_EQ(test, dxg_scripted_heard(DXG_MSG_UNLOCK2),
				i + 1); /* what it made is undone */
		dxg_object_put(&allocation->object);
	}
	KUNIT_EXPECT_FALSE(test, dxg_session_lost(s.session));
	dxg_scripted_end(test, &s);
}

/* A failure is not a lock: nothing to be undone, and the next one asks again. */
static void test_lock_refused(struct kunit *test)
{
	struct dxg_msg_lock2_return reply = { .status = DXG_STATUS_ACCESS_DENIED,
					      .address = DXG_SCRIPTED_IO_START };
	struct dxg_allocation *allocation;
	struct dxg_scripted s;

	dxg_scripted_start(test, &s);
	dxg_scripted_answer(DXG_MSG_LOCK2, &reply, sizeof(reply));
	allocation = dxg_allocation_create(s.device, NULL);
	KUNIT_ASSERT_NOT_NULL(test, allocation);
	allocation->size = PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, dxg_lock_prepare(allocation), -EACCES);
	KUNIT_EXPECT_EQ(test, dxg_scripted_heard(DXG_MSG_UNLOCK2), 0u);
	reply.status = 0;
	KUNIT_EXPECT_EQ(test, dxg_lock_prepare(allocation), 0);
	KUNIT_EXPECT_EQ(test, dxg_scripted_heard(DXG_MSG_LOCK2), 2u);
	dxg_object_put(&allocation->object);
	dxg_scripted_end(test, &s);
}

static void test_fence_at_wrong_addresses(struct kunit *test)
{
	struct dxg_sync *sync;
	struct dxg_scripted s;
	unsigned int i;
	u64 address;

	dxg_scripted_start(test, &s);
	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		if (lies[i].pages > 1)
			continue;
		sync = dxg_sync_create(s.process, s.device);
		KUNIT_ASSERT_NOT_NULL(test, sync);
		KUNIT_EXPECT_EQ_MSG(test, dxg_sync_bind_fence(sync, lies[i].address, &address),
				    -EPROTO, "lie %u", i);
		KUNIT_EXPECT_NULL(test, sync->mapping);
		KUNIT_EXPECT_NULL(test, sync->fence);
		dxg_object_put(&sync->object);
	}
	dxg_scripted_end(test, &s);
}

/* ---- handles ---- */

static void test_no_nt_handle(struct kunit *test)
{
	static const u32 none;
	struct dxg_shared *shared = kzalloc(sizeof(*shared), GFP_KERNEL);
	struct dxg_nt *nt = NULL;
	struct dxg_scripted s;

	dxg_scripted_start(test, &s);
	KUNIT_ASSERT_NOT_NULL(test, shared);
	dxg_shared_init(shared, DXG_SHARED_SYNC, s.process->adapter);
	dxg_scripted_answer(DXG_MSG_CREATENTSHAREDOBJECT, &none, sizeof(none));
	KUNIT_EXPECT_EQ(test, dxg_nt_get_for(&s.device->object, shared, &nt), -ENOTRECOVERABLE);
	KUNIT_EXPECT_NULL(test, shared->nt);
	dxg_scripted_answer(DXG_MSG_CREATENTSHAREDOBJECT, &none, 2);
	KUNIT_EXPECT_EQ(test, dxg_nt_get_for(&s.device->object, shared, &nt), -EOVERFLOW);
	KUNIT_EXPECT_NULL(test, nt);
	KUNIT_EXPECT_EQ(test, dxg_scripted_heard(DXG_MSG_DESTROYNTSHAREDOBJECT), 0u);
	dxg_shared_put(shared);
	dxg_scripted_end(test, &s);
}

static void test_handles_out_of_range(struct kunit *test)
{
	static const u32 handles[] = { 0, 1, DXG_HANDLE_INSTANCE, 64 + 1, U32_MAX };
	struct dxg_sync *sync;
	struct dxg_scripted s;
	unsigned int i;

	dxg_scripted_start(test, &s);
	for (i = 0; i < ARRAY_SIZE(handles); i++) {
		sync = dxg_sync_create(s.process, s.device);
		KUNIT_ASSERT_NOT_NULL(test, sync);
		KUNIT_EXPECT_EQ_MSG(test, dxg_device_adopt(s.device, &sync->object, handles[i]),
				    -EPROTO, "handle %x", handles[i]);
		KUNIT_EXPECT_TRUE(test, list_empty(&s.device->children));
		dxg_object_put(&sync->object);
	}
	dxg_scripted_end(test, &s);
}

/* ---- statistics ---- */

static void test_statistics(struct kunit *test)
{
	struct dxg_msg_querystatistics_return *reply =
		kunit_kzalloc(test, sizeof(*reply), GFP_KERNEL);
	struct dxg_slot *slot;
	struct dxg_scripted s;
	u32 length;

	KUNIT_ASSERT_NOT_NULL(test, reply);
	dxg_scripted_start(test, &s);
	for (length = 0; length < sizeof(*reply); length += 260) {
		dxg_scripted_answer(DXG_MSG_QUERYSTATISTICS, reply, length);
		slot = dxg_statistics_slot();
		KUNIT_ASSERT_NOT_NULL(test, slot);
		KUNIT_EXPECT_TRUE(test,
				  IS_ERR(dxg_statistics_ask(s.process->adapter, 0, 0, 0, slot)));
		dxg_slot_put(slot);
	}
	reply->status = DXG_STATUS_ACCESS_DENIED;
	dxg_scripted_answer(DXG_MSG_QUERYSTATISTICS, reply, sizeof(*reply));
	slot = dxg_statistics_slot();
	KUNIT_ASSERT_NOT_NULL(test, slot);
	KUNIT_EXPECT_PTR_EQ(test, dxg_statistics_ask(s.process->adapter, 0, 0, 0, slot),
			    (const void *)ERR_PTR(-EACCES));
	dxg_slot_put(slot);
	dxg_scripted_end(test, &s);
}

/* ---- an adapter's beginning ---- */

static void test_adapter_refused(struct kunit *test)
{
	static const struct dxg_msg_openadapter_return none = {};
	static const struct dxg_msg_openadapter_return denied = {
		.adapter = 64, .status = DXG_STATUS_ACCESS_DENIED
	};
	struct dxg_adapter *adapter = NULL, *listed[1];
	struct dxg_scripted s;

	dxg_scripted_start(test, &s);
	dxg_scripted_answer(DXG_MSG_OPENADAPTER, &none, sizeof(none));
	KUNIT_EXPECT_EQ(test, dxg_adapter_create(s.session, &adapter), -EPROTO);
	dxg_scripted_answer(DXG_MSG_OPENADAPTER, &denied, sizeof(denied));
	KUNIT_EXPECT_EQ(test, dxg_adapter_create(s.session, &adapter), -EACCES);
	dxg_scripted_answer(DXG_MSG_OPENADAPTER, &none, 4);
	KUNIT_EXPECT_EQ(test, dxg_adapter_create(s.session, &adapter), -EOVERFLOW);
	KUNIT_EXPECT_NULL(test, adapter);
	KUNIT_EXPECT_EQ(test, dxg_adapter_list(listed, 1), 0u);
	dxg_scripted_end(test, &s);
}

static struct kunit_case cases[] = { KUNIT_CASE(test_short_replies),
				     KUNIT_CASE(test_long_replies),
				     KUNIT_CASE(test_lock_at_wrong_addresses),
				     KUNIT_CASE(test_lock_refused),
				     KUNIT_CASE(test_fence_at_wrong_addresses),
				     KUNIT_CASE(test_no_nt_handle),
				     KUNIT_CASE(test_handles_out_of_range),
				     KUNIT_CASE(test_statistics),
				     KUNIT_CASE(test_adapter_refused),
				     {} };

static struct kunit_suite suite = {
	.name = "dxg_reply",
	.suite_init = dxg_scripted_suite_start,
	.suite_exit = dxg_scripted_suite_end,
	.test_cases = cases,
};

kunit_test_suite(suite);
