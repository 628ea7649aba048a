// SPDX-License-Identifier: GPL-2.0
/*
 * test_creation.c - calls that make objects, whole, with a host that makes up what it has made:
 * handles, sizes and counts that cannot be. The call fails, nothing enters the table, and the host
 * is told to destroy what it may have.
 */
#include <kunit/test.h>

#include "dxg_ioctl.h"
#include "dxg_scripted.h"

#define PARTS 2u
#define PRIVATE 16u
/* Where things lie in the user's page. */
#define ARGS 0u
#define INFO 512u
#define DATA 1024u
#define HANDLE(index) ((index) << DXG_HANDLE_INDEX_SHIFT)

/** struct made - what the host says that it has made of two allocations. */
struct made {
	struct dxg_msg_createallocation_return head;
	struct dxg_msg_allocinfo_return part[PARTS];
	u8 private[PARTS][PRIVATE];
};

static struct made truth(void)
{
	struct made made = { .head.resource = HANDLE(9) };
	unsigned int i;

	for (i = 0; i < PARTS; i++) {
		made.part[i].allocation = HANDLE(10 + i);
		made.part[i].priv_drv_data_size = PRIVATE;
		made.part[i].allocation_size = PAGE_SIZE;
	}
	return made;
}

static int create_allocations(struct kunit *test, struct dxg_scripted *s)
{
	struct d3dddi_allocationinfo2 info[PARTS] = {};
	struct d3dkmt_createallocation args = {
		.device.v = s->device->object.handle,
		.alloc_count = PARTS,
		.allocation_info = dxg_scripted_user(INFO),
		.flags.create_resource = 1,
	};
	unsigned int i;

	for (i = 0; i < PARTS; i++) {
		info[i].priv_drv_data = dxg_scripted_user(DATA + i * PRIVATE);
		info[i].priv_drv_data_size = PRIVATE;
	}
	dxg_scripted_store(test, INFO, info, sizeof(info));
	dxg_scripted_store(test, ARGS, &args, sizeof(args));
	return dxg_ioctl_create_allocation(s->process->file, dxg_scripted_user(ARGS));
}

static void try_lie(struct kunit *test, struct dxg_scripted *s, const struct made *made,
		    const char *what)
{
	unsigned int undone = dxg_scripted_heard(DXG_MSG_DESTROYALLOCATION);

	dxg_scripted_answer(DXG_MSG_CREATEALLOCATION, made, sizeof(*made));
	KUNIT_EXPECT_LT_MSG(test, create_allocations(test, s), 0, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, dxg_scripted_heard(DXG_MSG_DESTROYALLOCATION), undone + 1, "%s",
			    what);
	KUNIT_EXPECT_TRUE_MSG(test, list_empty(&s->device->children), "%s", what);
}

static void test_allocation_handles(struct kunit *test)
{
	static const u32 wrong[] = { 0, 1, HANDLE(10) | 1, U32_MAX };
	struct dxg_scripted s;
	struct made made;
	unsigned int i;

	dxg_scripted_start(test, &s);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		made = truth();
		made.part[1].allocation = wrong[i];
		try_lie(test, &s, &made, "an allocation");
		made = truth();
		made.head.resource = wrong[i];
		try_lie(test, &s, &made, "the resource");
	}
	made = truth();
	made.part[1].allocation = made.part[0].allocation;
	try_lie(test, &s, &made, "the same twice");
	made = truth();
	made.part[1].allocation = made.head.resource;
	try_lie(test, &s, &made, "the resource's own");
	made = truth();
	made.part[0].allocation = HANDLE(1);
	try_lie(test, &s, &made, "the device's");
	dxg_scripted_end(test, &s);
}

static void test_allocation_sizes(struct kunit *test)
{
	static const u64 wrong[] = { 0, 1, PAGE_SIZE - 1, PAGE_SIZE + 8, U64_MAX };
	static const u32 private[] = { PRIVATE + 1, 2 * PRIVATE, 2 * PRIVATE + 1, U32_MAX };
	struct dxg_scripted s;
	struct made made;
	unsigned int i;

	dxg_scripted_start(test, &s);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		made = truth();
		made.part[1].allocation_size = wrong[i];
		try_lie(test, &s, &made, "bytes");
	}
	for (i = 0; i < ARRAY_SIZE(private); i++) {
		made = truth();
		made.part[i % PARTS].priv_drv_data_size = private[i];
		try_lie(test, &s, &made, "private data");
	}
	dxg_scripted_end(test, &s);
}

/* A reply without all its records is none; what the host made of it, it has to know itself. */
static void test_allocation_records(struct kunit *test)
{
	u32 length, all = offsetof(struct made, private);
	struct made made = truth();
	struct dxg_scripted s;

	dxg_scripted_start(test, &s);
	for (length = 0; length < all; length += length < 16 ? 4 : 24) {
		dxg_scripted_answer(DXG_MSG_CREATEALLOCATION, &made, length);
		KUNIT_EXPECT_LT(test, create_allocations(test, &s), 0);
		KUNIT_EXPECT_TRUE(test, list_empty(&s.device->children));
	}
	/* The records are there, and less private data than they say. */
	for (length = all; length < sizeof(made); length++) {
		dxg_scripted_answer(DXG_MSG_CREATEALLOCATION, &made, length);
		KUNIT_EXPECT_EQ(test, create_allocations(test, &s), -EPROTO);
	}
	dxg_scripted_end(test, &s);
}

static int create_context(struct kunit *test, struct dxg_scripted *s)
{
	struct d3dkmt_createcontextvirtual args = { .device.v = s->device->object.handle };

	dxg_scripted_store(test, ARGS, &args, sizeof(args));
	return dxg_ioctl_create_context_virtual(s->process->file, dxg_scripted_user(ARGS));
}

static void test_contexts(struct kunit *test)
{
	static const u32 wrong[] = { 0, 1, HANDLE(1), U32_MAX };
	struct dxg_msg_createcontextvirtual reply = {};
	struct dxg_scripted s;
	unsigned int i;

	dxg_scripted_start(test, &s);
	dxg_scripted_answer(DXG_MSG_CREATECONTEXTVIRTUAL, &reply, sizeof(reply));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		reply.context = wrong[i];
		KUNIT_EXPECT_LT(test, create_context(test, &s), 0);
		KUNIT_EXPECT_EQ(test, dxg_scripted_heard(DXG_MSG_DESTROYCONTEXT), i);
	}
	dxg_scripted_end(test, &s);
}

static int create_fence(struct kunit *test, struct dxg_scripted *s)
{
	struct d3dkmt_createsynchronizationobject2 args = {
		.device.v = s->device->object.handle,
		.info.type = _D3DDDI_MONITORED_FENCE,
	};

	dxg_scripted_store(test, ARGS, &args, sizeof(args));
	return dxg_ioctl_create_sync_object(s->process->file, dxg_scripted_user(ARGS));
}

/* One that is mapped in the user's memory would stay there until that goes. */
static void test_fences(struct kunit *test)
{
	static const u64 wrong[] = { 0, DXG_SCRIPTED_IO_START + 8,
				     DXG_SCRIPTED_IO_START - PAGE_SIZE, U64_MAX & PAGE_MASK };
	struct dxg_msg_createsyncobject_return reply = { .sync_object = HANDLE(9) };
	struct dxg_scripted s;
	unsigned int i;

	dxg_scripted_start(test, &s);
	dxg_scripted_answer(DXG_MSG_CREATESYNCOBJECT, &reply, sizeof(reply));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		reply.fence_storage_address = wrong[i];
		KUNIT_EXPECT_EQ(test, create_fence(test, &s), -EPROTO);
		KUNIT_EXPECT_EQ(test, dxg_scripted_heard(DXG_MSG_DESTROYSYNCOBJECT), i + 1);
	}
	reply.sync_object = 0;
	KUNIT_EXPECT_EQ(test, create_fence(test, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, dxg_scripted_heard(DXG_MSG_DESTROYSYNCOBJECT), i);
	dxg_scripted_end(test, &s);
}

static struct kunit_case cases[] = { KUNIT_CASE(test_allocation_handles),
				     KUNIT_CASE(test_allocation_sizes),
				     KUNIT_CASE(test_allocation_records),
				     KUNIT_CASE(test_contexts),
				     KUNIT_CASE(test_fences),
				     {} };

static struct kunit_suite suite = {
	.name = "dxg_creation",
	.suite_init = dxg_scripted_suite_start,
	.suite_exit = dxg_scripted_suite_end,
	.test_cases = cases,
};

kunit_test_suite(suite);
