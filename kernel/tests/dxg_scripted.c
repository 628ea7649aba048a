// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_scripted.c - see dxg_scripted.h. One suite runs at a time, and one test of it.
 */
#include <linux/file.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_scripted.h"

#define TYPES 2048u

/**
 * struct script - what the host says to messages of one type; to all others it says success. Set
 * before a call, read by the host's thread during it.
 * @type: of those messages
 * @answer: to them
 * @length: its bytes
 * @heard: messages so far, by type
 */
struct script {
	u32 type;
	const void *answer;
	u32 length;
	atomic_t heard[TYPES];
};

static struct script script;

/* Of the process that inserted the module: tests run in threads that have no memory of their own.
 */
static struct mm_struct *user_mm;
static unsigned long user_page;

/** dxg_scripted_suite_start - runs in the task that inserts the module. Return: 0 or -errno. */
int dxg_scripted_suite_start(struct kunit_suite *suite)
{
	int err = dxg_loopback_start(suite);

	if (err || !current->mm)
		return err;
	user_page =
		vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(user_page))
		return user_page;
	user_mm = current->mm;
	mmget(user_mm);
	return 0;
}

/** dxg_scripted_suite_end - the same task. */
void dxg_scripted_suite_end(struct kunit_suite *suite)
{
	if (!user_mm)
		return;
	vm_munmap(user_page, PAGE_SIZE);
	mmput(user_mm);
	user_mm = NULL;
}

static void host_speaks(struct dxg_loopback *lb, const struct dxg_loopback_packet *packet)
{
	const struct dxg_msg_header *h = (const void *)packet->data + sizeof(struct dxg_msg_ext);
	const u8 fine[16] = {};
	bool scripted = h->type == script.type;

	atomic_inc(&script.heard[h->type % TYPES]);
	if (packet->header.kind == DXG_PACKET_REQUEST)
		dxg_loopback_send(lb, packet->channel, DXG_PACKET_REPLY, packet->header.id,
				  scripted ? script.answer : fine,
				  scripted ? script.length : sizeof(fine));
}

static void device_release(struct dxg_object *object)
{
	mutex_destroy(&dxg_object_device(object)->lock);
	kfree_rcu(dxg_object_device(object), object.rcu);
}

static const struct dxg_object_ops device_ops = {
	.type = DXG_OBJECT_DEVICE,
	.release = device_release,
};

/** dxg_scripted_start - host, session, process and device; the test can use the user's page. */
void dxg_scripted_start(struct kunit *test, struct dxg_scripted *s)
{
	memset(&script, 0, sizeof(script));
	script.type = TYPES;
	s->lb = dxg_loopback_create(test);
	s->session = dxg_loopback_connect(test, s->lb);
	s->process = dxg_loopback_process(test, s->session);
	s->device = kzalloc(sizeof(*s->device), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->device);
	dxg_object_init(&s->device->object, &device_ops, s->process, NULL);
	mutex_init(&s->device->lock);
	INIT_LIST_HEAD(&s->device->children);
	KUNIT_ASSERT_EQ(test,
			dxg_table_insert(&s->process->file->objects, &s->device->object,
					 1u << DXG_HANDLE_INDEX_SHIFT),
			0);
	if (user_mm)
		kthread_use_mm(user_mm);
	dxg_loopback_serve(test, s->lb, host_speaks, NULL);
}

/** dxg_scripted_end - nothing may be left in the table but the device. */
void dxg_scripted_end(struct kunit *test, struct dxg_scripted *s)
{
	if (user_mm)
		kthread_unuse_mm(user_mm);
	dxg_table_remove_object(&s->process->file->objects, &s->device->object);
	KUNIT_EXPECT_TRUE(test, xa_empty(&s->process->file->objects.objects));
	KUNIT_EXPECT_TRUE(test, list_empty(&s->device->children));
	dxg_device_put(s->device);
	flush_delayed_fput(); /* mappings hold the region; threads like this one let go later */
	dxg_loopback_end(test, s->lb);
}

/** dxg_scripted_answer - from now on; @data stays the caller's. */
void dxg_scripted_answer(u32 type, const void *data, u32 length)
{
	script.type = type;
	script.answer = data;
	script.length = length;
}

/** dxg_scripted_heard - messages of that type since dxg_scripted_start(). */
unsigned int dxg_scripted_heard(u32 type)
{
	return atomic_read(&script.heard[type]);
}

/** dxg_scripted_user - an address in the user's page. */
void __user *dxg_scripted_user(unsigned int offset)
{
	return u64_to_user_ptr((u64)user_page + offset);
}

/** dxg_scripted_store - write there. */
void dxg_scripted_store(struct kunit *test, unsigned int offset, const void *data, size_t size)
{
	KUNIT_ASSERT_EQ(test, copy_to_user(dxg_scripted_user(offset), data, size), 0ul);
}
