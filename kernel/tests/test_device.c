// SPDX-License-Identifier: GPL-2.0
/*
 * test_device.c - the end of a device: children lose user mode before the host hears of it, each
 * exactly once, and nothing is born under a device that is going.
 */
#include <kunit/test.h>
#include <linux/slab.h>

#include "dxg_caller.h"
#include "dxg_device.h"
#include "dxg_loopback.h"

#define CHILDREN 64u

/** struct diary - what happened, in order: 'd' detached, 'r' released, and the host's messages. */
struct diary {
	spinlock_t lock; /* leaf */
	unsigned int n;
	char entry[4 * CHILDREN];
};

static struct diary diary;

static void note(char what)
{
	spin_lock(&diary.lock);
	if (diary.n < sizeof(diary.entry) - 1)
		diary.entry[diary.n++] = what;
	spin_unlock(&diary.lock);
}

static void diary_start(void)
{
	spin_lock_init(&diary.lock);
	diary.n = 0;
	memset(diary.entry, 0, sizeof(diary.entry));
}

static unsigned int diary_count(char what)
{
	unsigned int i, count = 0;

	for (i = 0; i < diary.n; i++)
		count += diary.entry[i] == what;
	return count;
}

static void child_detach(struct dxg_object *object)
{
	note('d');
}

static void child_release(struct dxg_object *object)
{
	note('r');
	kfree_rcu(object, rcu);
}

static const struct dxg_object_ops child_ops = {
	.type = DXG_OBJECT_SYNC,
	.detach = child_detach,
	.release = child_release,
};

static void device_release(struct dxg_object *object)
{
	note('D');
	mutex_destroy(&dxg_object_device(object)->lock);
	kfree_rcu(dxg_object_device(object), object.rcu);
}

static const struct dxg_object_ops device_ops = {
	.type = DXG_OBJECT_DEVICE,
	.release = device_release,
};

static u32 number(u32 index)
{
	return index << DXG_HANDLE_INDEX_SHIFT;
}

static struct dxg_device *device_create(struct kunit *test, struct dxg_process *process)
{
	struct dxg_device *device = kzalloc(sizeof(*device), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, device);
	dxg_object_init(&device->object, &device_ops, process, NULL);
	mutex_init(&device->lock);
	INIT_LIST_HEAD(&device->children);
	KUNIT_ASSERT_EQ(test, dxg_table_insert(&process->file->objects, &device->object, number(1)),
			0);
	return device;
}

static void add_children(struct kunit *test, struct dxg_device *device, unsigned int n)
{
	struct dxg_object *object;

	while (n--) {
		object = dxg_object_create(&child_ops, device->object.process, device);
		KUNIT_ASSERT_NOT_NULL(test, object);
		KUNIT_ASSERT_EQ(test, dxg_device_adopt(device, object, number(2 + n)), 0);
	}
}

static void host_writes_diary(struct dxg_loopback *lb, const struct dxg_loopback_packet *packet)
{
	const struct dxg_msg_header *h = (const void *)packet->data + sizeof(struct dxg_msg_ext);
	s32 status = 0;

	note(h->type == DXG_MSG_FLUSHDEVICE ? 'F' : h->type == DXG_MSG_DESTROYDEVICE ? 'X' : '?');
	if (packet->header.kind == DXG_PACKET_REQUEST)
		dxg_loopback_send(lb, packet->channel, DXG_PACKET_REPLY, packet->header.id, &status,
				  sizeof(status));
}

static void test_order(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_process *process = dxg_loopback_process(test, session);
	struct dxg_device *device = device_create(test, process);
	struct dxg_table *table = &process->file->objects;

	diary_start();
	dxg_loopback_serve(test, lb, host_writes_diary, NULL);
	add_children(test, device, 2);
	KUNIT_ASSERT_PTR_EQ(test, dxg_table_remove(table, number(1), DXG_OBJECT_DEVICE),
			    &device->object);
	dxg_device_end(device, true);
	KUNIT_EXPECT_TRUE(test, xa_empty(&table->objects));
	dxg_device_put(device);
	KUNIT_EXPECT_STREQ(test, diary.entry, "drdrFXD");
	dxg_loopback_end(test, lb);
}

static void test_abandoned_tells_nobody(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_process *process = dxg_loopback_process(test, session);
	struct dxg_device *device = device_create(test, process);

	diary_start();
	dxg_loopback_serve(test, lb, host_writes_diary, NULL);
	add_children(test, device, 1);
	dxg_table_remove(&process->file->objects, number(1), DXG_OBJECT_DEVICE);
	dxg_device_abandon(device);
	dxg_device_put(device);
	dxg_loopback_stop(lb);
	KUNIT_EXPECT_STREQ(test, diary.entry, "drD");
	dxg_loopback_end(test, lb);
}

static void test_nothing_is_born_late(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_process *process = dxg_loopback_process(test, session);
	struct dxg_device *device = device_create(test, process);
	struct dxg_object *object;

	diary_start();
	dxg_table_remove(&process->file->objects, number(1), DXG_OBJECT_DEVICE);
	dxg_device_abandon(device);
	object = dxg_object_create(&child_ops, process, device);
	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, dxg_device_adopt(device, object, number(9)), -EINVAL);
	KUNIT_EXPECT_TRUE(test, xa_empty(&process->file->objects.objects));
	dxg_device_put(device);
	KUNIT_EXPECT_EQ(test, diary_count('D'), 0u); /* the child holds its parent */
	dxg_object_put(object);
	KUNIT_EXPECT_EQ(test, diary_count('D'), 1u);
	dxg_loopback_end(test, lb);
}

/** struct race - one destroys the device's children one by one while the other destroys the device.
 */
struct race {
	struct dxg_table *table;
	struct dxg_device *device;
};

static int destroy_children(void *arg)
{
	struct race *race = arg;
	struct dxg_object *object;
	u32 i;

	for (i = 0; i < CHILDREN; i++) {
		object = dxg_table_remove(race->table, number(2 + i), DXG_OBJECT_SYNC);
		if (!object)
			continue;
		dxg_object_detach(object);
		dxg_object_put(object);
	}
	return 0;
}

static int destroy_device(void *arg)
{
	struct race *race = arg;

	dxg_device_abandon(race->device);
	return 0;
}

static void test_children_and_parent_at_once(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_process *process = dxg_loopback_process(test, session);
	struct race race = { .table = &process->file->objects };
	struct dxg_caller a, b, c;

	diary_start();
	race.device = device_create(test, process);
	add_children(test, race.device, CHILDREN);
	dxg_table_remove(race.table, number(1), DXG_OBJECT_DEVICE);
	dxg_caller_start(test, &a, destroy_children, &race);
	dxg_caller_start(test, &b, destroy_device, &race);
	dxg_caller_start(test, &c, destroy_children, &race);
	dxg_caller_join(&a);
	dxg_caller_join(&b);
	dxg_caller_join(&c);
	KUNIT_EXPECT_EQ(test, diary_count('d'), CHILDREN);
	KUNIT_EXPECT_EQ(test, diary_count('r'), CHILDREN);
	KUNIT_EXPECT_TRUE(test, list_empty(&race.device->children));
	KUNIT_EXPECT_TRUE(test, xa_empty(&race.table->objects));
	dxg_device_put(race.device);
	KUNIT_EXPECT_EQ(test, diary_count('D'), 1u);
	dxg_loopback_end(test, lb);
}

static struct kunit_case cases[] = { KUNIT_CASE(test_order),
				     KUNIT_CASE(test_abandoned_tells_nobody),
				     KUNIT_CASE(test_nothing_is_born_late),
				     KUNIT_CASE(test_children_and_parent_at_once),
				     {} };

static struct kunit_suite suite = {
	.name = "dxg_device",
	.suite_init = dxg_loopback_start,
	.test_cases = cases,
};

kunit_test_suite(suite);
