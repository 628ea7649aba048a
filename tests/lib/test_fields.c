/* SPDX-License-Identifier: MIT */
/*
 * test_fields: reserved fields and bits without a meaning are refused where they are set, before a
 * message is sent; with them clear the very same call goes through. Each row is one call with the
 * bytes that must be zero in it. Padding means nothing. Against a fake host.
 */
#include "lib_test.h"

/** union args - a structure of any of the calls. */
union args {
	struct d3dkmt_enumadapters2 enum2;
	struct d3dkmt_enumadapters3 enum3;
	struct d3dkmt_createdevice device;
	struct d3dkmt_createcontextvirtual context;
	struct d3dkmt_createallocation allocation;
	struct d3dkmt_destroyallocation2 destroy;
	struct d3dkmt_lock2 lock;
	struct d3dddi_makeresident resident;
	struct d3dkmt_evict evict;
	struct d3dddi_mapgpuvirtualaddress map;
	struct d3dkmt_freegpuvirtualaddress free;
	struct d3dkmt_createsynchronizationobject2 sync;
	struct d3dkmt_submitcommand submit;
	struct d3dkmt_signalsynchronizationobjectfromgpu2 signal;
	struct d3dkmt_escape escape;
	uint8_t bytes[512];
};

/** struct objects - what the calls are about; and the array element of CreateAllocation2. */
struct objects {
	struct link *l;
	uint32_t queue, fence, allocation;
	struct d3dddi_allocationinfo2 info;
};

static void fill_enum2(union args *a, struct objects *o)
{
	(void)a;
	(void)o;
}

static void fill_device(union args *a, struct objects *o)
{
	a->device.adapter.v = o->l->adapter;
}

static void fill_context(union args *a, struct objects *o)
{
	a->context.device.v = o->l->device;
}

static void fill_allocation(union args *a, struct objects *o)
{
	a->allocation.device.v = o->l->device;
	a->allocation.alloc_count = 1;
	a->allocation.allocation_info = (uintptr_t)&o->info;
}

static void fill_destroy(union args *a, struct objects *o)
{
	uint32_t *handle = &o->info.allocation.v;

	fill_allocation(a, o);
	assert_int_equal(link_call(o->l, LX_DXCREATEALLOCATION, a), 0);
	memset(a, 0, sizeof(*a));
	a->destroy.device.v = o->l->device;
	a->destroy.alloc_count = 1;
	a->destroy.allocations = (uintptr_t)handle;
}

static void fill_lock(union args *a, struct objects *o)
{
	a->lock.device.v = o->l->device;
	a->lock.allocation.v = o->allocation;
}

static void fill_resident(union args *a, struct objects *o)
{
	a->resident.paging_queue.v = o->queue;
	a->resident.alloc_count = 1;
	a->resident.allocation_list = (uintptr_t)&o->allocation;
}

static void fill_evict(union args *a, struct objects *o)
{
	a->evict.device.v = o->l->device;
	a->evict.alloc_count = 1;
	a->evict.allocations = (uintptr_t)&o->allocation;
}

static void fill_map(union args *a, struct objects *o)
{
	a->map.paging_queue.v = o->queue;
	a->map.allocation.v = o->allocation;
	a->map.size_in_pages = 1;
}

static void fill_free(union args *a, struct objects *o)
{
	a->free.adapter.v = o->l->adapter;
}

static void fill_sync(union args *a, struct objects *o)
{
	a->sync.device.v = o->l->device;
	a->sync.info.type = _D3DDDI_MONITORED_FENCE;
}

static void fill_submit(union args *a, struct objects *o)
{
	a->submit.broadcast_context_count = 1;
	a->submit.broadcast_context[0].v = o->l->context;
}

static void fill_signal(union args *a, struct objects *o)
{
	static const uint64_t value = 1;

	a->signal.object_count = 1;
	a->signal.objects = (uintptr_t)&o->fence;
	a->signal.context_count = 1;
	a->signal.contexts = (uintptr_t)&o->l->context;
	a->signal.monitored_fence_values = (uintptr_t)&value;
}

static void fill_escape(union args *a, struct objects *o)
{
	a->escape.adapter.v = o->l->adapter;
	a->escape.type = _D3DKMT_ESCAPE_DRIVERPRIVATE;
}

/** struct row - one call and 32 bits of it that must be zero, or that mean nothing. */
struct row {
	const char *name;
	unsigned int cmd;
	void (*fill)(union args *a, struct objects *o);
	size_t offset;
	uint32_t bad;
};

#define NAME(type, field) #type "." #field
#define FIELD(cmd, fill, type, field, bad)                                      \
	{                                                                       \
		NAME(type, field), cmd, fill, offsetof(struct type, field), bad \
	}

static const struct row rows[] = {
	FIELD(LX_DXCREATEDEVICE, fill_device, d3dkmt_createdevice, flags, 1u << 31),
	FIELD(LX_DXCREATECONTEXTVIRTUAL, fill_context, d3dkmt_createcontextvirtual, flags, 0x40),
	FIELD(LX_DXCREATEALLOCATION, fill_allocation, d3dkmt_createallocation, flags, 1u << 22),
	FIELD(LX_DXDESTROYALLOCATION2, fill_destroy, d3dkmt_destroyallocation2, flags, 4),
	FIELD(LX_DXLOCK2, fill_lock, d3dkmt_lock2, flags, 1),
	FIELD(LX_DXMAKERESIDENT, fill_resident, d3dddi_makeresident, flags, 4),
	FIELD(LX_DXEVICT, fill_evict, d3dkmt_evict, flags, 4),
	FIELD(LX_DXMAPGPUVIRTUALADDRESS, fill_map, d3dddi_mapgpuvirtualaddress, protection, 0x20),
	FIELD(LX_DXMAPGPUVIRTUALADDRESS, fill_map, d3dddi_mapgpuvirtualaddress, reserved0, 1),
	FIELD(LX_DXMAPGPUVIRTUALADDRESS, fill_map, d3dddi_mapgpuvirtualaddress, reserved1, 1),
	FIELD(LX_DXCREATESYNCHRONIZATIONOBJECT, fill_sync, d3dkmt_createsynchronizationobject2,
	      info.flags, 1u << 9),
	FIELD(LX_DXSUBMITCOMMAND, fill_submit, d3dkmt_submitcommand, flags, 8),
	FIELD(LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU2, fill_signal,
	      d3dkmt_signalsynchronizationobjectfromgpu2, flags, 8),
	FIELD(LX_DXESCAPE, fill_escape, d3dkmt_escape, flags, 0x10),
};

/* Padding, which the published headers have no name for. */
static const struct row padding[] = {
	FIELD(LX_DXENUMADAPTERS2, fill_enum2, d3dkmt_enumadapters2, reserved, ~0u),
	FIELD(LX_DXENUMADAPTERS3, fill_enum2, d3dkmt_enumadapters3, reserved, ~0u),
	FIELD(LX_DXCREATEDEVICE, fill_device, d3dkmt_createdevice, reserved, ~0u),
	FIELD(LX_DXCREATEDEVICE, fill_device, d3dkmt_createdevice, reserved1, ~0u),
	FIELD(LX_DXCREATEDEVICE, fill_device, d3dkmt_createdevice, reserved2, ~0u),
	FIELD(LX_DXCREATEDEVICE, fill_device, d3dkmt_createdevice, reserved3, ~0u),
	FIELD(LX_DXCREATEALLOCATION, fill_allocation, d3dkmt_createallocation, reserved, ~0u),
	FIELD(LX_DXCREATEALLOCATION, fill_allocation, d3dkmt_createallocation, reserved1, ~0u),
	FIELD(LX_DXCREATEALLOCATION, fill_allocation, d3dkmt_createallocation, reserved2, ~0u),
	FIELD(LX_DXLOCK2, fill_lock, d3dkmt_lock2, reserved, ~0u),
	FIELD(LX_DXEVICT, fill_evict, d3dkmt_evict, reserved, ~0u),
	FIELD(LX_DXFREEGPUVIRTUALADDRESS, fill_free, d3dkmt_freegpuvirtualaddress, reserved, ~0u),
	FIELD(LX_DXCREATESYNCHRONIZATIONOBJECT, fill_sync, d3dkmt_createsynchronizationobject2,
	      reserved, ~0u),
	FIELD(LX_DXCREATESYNCHRONIZATIONOBJECT, fill_sync, d3dkmt_createsynchronizationobject2,
	      reserved1, ~0u),
	FIELD(LX_DXSUBMITCOMMAND, fill_submit, d3dkmt_submitcommand, reserved, ~0u),
	FIELD(LX_DXSUBMITCOMMAND, fill_submit, d3dkmt_submitcommand, reserved1, ~0u),
	FIELD(LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU2, fill_signal,
	      d3dkmt_signalsynchronizationobjectfromgpu2, reserved1, ~0u),
};

static uint32_t create_queue(struct link *l)
{
	struct d3dkmt_createpagingqueue p = { .device.v = l->device };

	assert_int_equal(link_call(l, LX_DXCREATEPAGINGQUEUE, &p), 0);
	return p.paging_queue.v;
}

static uint32_t create_fence(struct link *l)
{
	struct d3dkmt_createsynchronizationobject2 p = {
		.device.v = l->device,
		.info.type = _D3DDDI_MONITORED_FENCE,
	};

	assert_int_equal(link_call(l, LX_DXCREATESYNCHRONIZATIONOBJECT, &p), 0);
	return p.sync_object.v;
}

static uint32_t create_allocation(struct objects *o)
{
	union args a = { .bytes = { 0 } };

	fill_allocation(&a, o);
	assert_int_equal(link_call(o->l, LX_DXCREATEALLOCATION, &a), 0);
	return o->info.allocation.v;
}

static void open_objects(struct objects *o, struct link *l)
{
	*o = (struct objects){ .l = l };
	link_device(l);
	o->queue = create_queue(l);
	o->fence = create_fence(l);
	o->allocation = create_allocation(o);
}

/* Return: what the call says with the field set, or 1 when it sent something. */
static int call_with(const struct row *r, struct objects *o, bool set)
{
	union args a = { .bytes = { 0 } };
	unsigned int seen;
	int err;

	r->fill(&a, o);
	if (set)
		memcpy(a.bytes + r->offset, &r->bad, sizeof(r->bad));
	seen = link_seen(o->l);
	err = link_call(o->l, r->cmd, &a);
	return set && link_seen(o->l) != seen ? 1 : err;
}

static void test_rows(void **state)
{
	struct link l = { 0 };
	struct objects o;
	unsigned int wrong = 0;
	size_t i;
	int with, without;

	(void)state;
	open_objects(&o, &l);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		with = call_with(&rows[i], &o, true);
		without = call_with(&rows[i], &o, false);
		if (with == -EINVAL && without >= 0)
			continue;
		print_error("%s: %d with it, %d without\n", rows[i].name, with, without);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	link_close(&l);
}

/* The same for the elements of CreateAllocation2. */
static void test_allocation_info(void **state)
{
	struct link l = { 0 };
	struct objects o;
	union args a = { .bytes = { 0 } };
	unsigned int i;

	(void)state;
	open_objects(&o, &l);
	fill_allocation(&a, &o);
	for (i = 0; i < 5; i++) {
		o.info.reserved[i] = 1;
		assert_int_equal(link_call(&l, LX_DXCREATEALLOCATION, &a), -EINVAL);
		o.info.reserved[i] = 0;
	}
	o.info.flags.value = 8;
	assert_int_equal(link_call(&l, LX_DXCREATEALLOCATION, &a), -EINVAL);
	o.info.flags.value = 0;
	assert_int_equal(link_call(&l, LX_DXCREATEALLOCATION, &a), 0);
	/* A new resource is not made of an old one. */
	a.allocation.flags.create_resource = 1;
	a.allocation.resource.v = o.allocation;
	assert_int_equal(link_call(&l, LX_DXCREATEALLOCATION, &a), -EINVAL);
	link_close(&l);
}

/* What means nothing changes nothing. */
static void test_padding(void **state)
{
	struct link l = { 0 };
	struct objects o;
	unsigned int wrong = 0;
	size_t i;
	int with, without;

	(void)state;
	open_objects(&o, &l);
	for (i = 0; i < sizeof(padding) / sizeof(padding[0]); i++) {
		with = call_with(&padding[i], &o, true);
		without = call_with(&padding[i], &o, false);
		if (with >= 0 && without >= 0)
			continue;
		print_error("%s: %d with it, %d without\n", padding[i].name, with, without);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	link_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_allocation_info),
		cmocka_unit_test(test_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
