// SPDX-License-Identifier: MIT
/*
 * test_calls: what the direct backend does by itself: addresses of locked allocations, waits that
 * need no message, events, and a host whose handles and addresses lie. Against a fake host. Fields
 * that must be zero: test_fields.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "dxgwire/attach.h"
#include "lib_test.h"
#include "stats.h"

static uint64_t requests(void)
{
	struct dxg_stats s;

	dxg_stats(&s);
	return s.requests;
}

static int create_allocation(struct link *l, uint32_t *ret)
{
	struct d3dddi_allocationinfo2 info = { 0 };
	struct d3dkmt_createallocation c = {
		.device.v = l->device,
		.alloc_count = 1,
		.allocation_info = (uintptr_t)&info,
	};
	int err = link_call(l, LX_DXCREATEALLOCATION, &c);

	*ret = info.allocation.v;
	return err;
}

static int lock(struct link *l, uint32_t allocation, void **ret)
{
	struct d3dkmt_lock2 p = { .device.v = l->device, .allocation.v = allocation };
	int err = link_call(l, LX_DXLOCK2, &p);

	*ret = (void *)(uintptr_t)p.data;
	return err;
}

static int unlock(struct link *l, uint32_t allocation)
{
	struct d3dkmt_unlock2 p = { .device.v = l->device, .allocation.v = allocation };

	return link_call(l, LX_DXUNLOCK2, &p);
}

static int create_fence(struct link *l, uint32_t *ret, uint64_t **ret_page)
{
	struct d3dkmt_createsynchronizationobject2 c = {
		.device.v = l->device,
		.info.type = _D3DDDI_MONITORED_FENCE,
	};
	int err = link_call(l, LX_DXCREATESYNCHRONIZATIONOBJECT, &c);

	*ret = c.sync_object.v;
	*ret_page = (uint64_t *)(uintptr_t)c.info.monitored_fence.fence_cpu_virtual_address;
	return err;
}

static int wait_fences(struct link *l, const uint32_t *fence, const uint64_t *value, uint32_t count,
		       bool any, uint64_t event)
{
	struct d3dkmt_waitforsynchronizationobjectfromcpu p = {
		.device.v = l->device,
		.object_count = count,
		.objects = (uintptr_t)fence,
		.fence_values = (uintptr_t)value,
		.async_event = event,
		.flags.wait_any = any,
	};

	return link_call(l, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &p);
}

/* ---- locks ---- */

static void test_lock_asks_once(void **state)
{
	struct link l = { 0 };
	uint32_t a;
	void *first, *again;
	uint64_t before;

	(void)state;
	link_device(&l);
	assert_int_equal(create_allocation(&l, &a), 0);
	assert_int_equal(unlock(&l, a), -EINVAL);
	assert_int_equal(lock(&l, a, &first), 0);
	memset(first, 0x5a, 2 * DXG_PAGE_SIZE);
	before = requests();
	assert_int_equal(lock(&l, a, &again), 0);
	assert_ptr_equal(first, again);
	assert_int_equal(unlock(&l, a), 0);
	assert_int_equal(unlock(&l, a), 0);
	assert_int_equal(unlock(&l, a), -EINVAL);
	assert_int_equal(lock(&l, a, &again), 0);
	assert_ptr_equal(first, again);
	assert_int_equal(requests(), before);
	link_close(&l);
}

struct locker {
	struct link *l;
	uint32_t allocation;
	void *data;
	int err;
};

static void *lock_thread(void *arg)
{
	struct locker *k = arg;

	k->err = lock(k->l, k->allocation, &k->data);
	return NULL;
}

static void test_racing_locks(void **state)
{
	struct locker k[8];
	pthread_t thread[8];
	struct link l = { 0 };
	uint64_t before;
	uint32_t a;
	int i;

	(void)state;
	link_device(&l);
	assert_int_equal(create_allocation(&l, &a), 0);
	before = requests();
	for (i = 0; i < 8; i++) {
		k[i] = (struct locker){ .l = &l, .allocation = a };
		assert_int_equal(pthread_create(&thread[i], NULL, lock_thread, &k[i]), 0);
	}
	for (i = 0; i < 8; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(k[i].err, 0);
		assert_ptr_equal(k[i].data, k[0].data);
	}
	assert_int_equal(requests(), before + 1);
	link_close(&l);
}

/* ---- lies about addresses and handles ---- */

struct lie {
	uint32_t type;
	uint64_t address;
	uint32_t handle;
	uint32_t data_size;
	uint64_t size;
	unsigned int destroyed, unlocked;
};

static void lie_allocation(struct fake *f, struct fake_packet *p, const struct lie *lie)
{
	struct {
		struct dxg_msg_createallocation_return head;
		struct dxg_msg_allocinfo_return info;
		uint8_t data[64];
	} r = {
		.info = {
			.allocation = lie->handle,
			.priv_drv_data_size = lie->data_size,
			.allocation_size = lie->size,
		},
	};

	fake_reply(f, p, &r, sizeof(r));
}

static bool tell_lie(struct fake *f, struct fake_packet *p)
{
	struct lie *lie = f->data;
	struct dxg_msg_createsyncobject_return sync = {
		.sync_object = lie->handle ? lie->handle : fake_handle(f),
		.fence_storage_address = lie->address,
	};
	struct dxg_msg_lock2_return lock = { .address = lie->address };

	lie->destroyed += p->type == DXG_MSG_DESTROYSYNCOBJECT ||
			  p->type == DXG_MSG_DESTROYALLOCATION;
	lie->unlocked += p->type == DXG_MSG_UNLOCK2;
	if (p->type != lie->type)
		return false;
	if (p->type == DXG_MSG_CREATESYNCOBJECT)
		fake_reply(f, p, &sync, sizeof(sync));
	else if (p->type == DXG_MSG_LOCK2)
		fake_reply(f, p, &lock, sizeof(lock));
	else
		lie_allocation(f, p, lie);
	return true;
}

static void test_address_lies(void **state)
{
	const uint64_t io = FAKE_REGION - FAKE_IO;
	const uint64_t bad[] = {
		0, 4096 + 8, io, io - 4096, io + 4096, ~0ull & ~4095ull, 1ull << 63,
	};
	struct lie lie = { .type = ~0u };
	struct link l = { .fake = { .handle = tell_lie, .data = &lie } };
	uint32_t a, fence;
	uint64_t *page;
	unsigned int i;
	void *data;

	(void)state;
	link_device(&l);
	assert_int_equal(create_allocation(&l, &a), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		lie = (struct lie){ .type = DXG_MSG_LOCK2, .address = bad[i] };
		assert_int_equal(lock(&l, a, &data), -ENOMEM);
		assert_int_equal(lie.unlocked, 1);
		lie = (struct lie){ .type = DXG_MSG_CREATESYNCOBJECT, .address = bad[i] };
		assert_int_equal(create_fence(&l, &fence, &page), -ENOMEM);
		assert_int_equal(lie.destroyed, 1);
	}
	lie = (struct lie){ .type = DXG_MSG_LOCK2, .address = io - 3 * 4096 };
	assert_int_equal(lock(&l, a, &data), 0);
	link_close(&l);
}

static void test_handle_lies(void **state)
{
	struct lie lie = { .type = ~0u };
	struct link l = { .fake = { .handle = tell_lie, .data = &lie } };
	uint32_t bad[] = { 1, 1u << 30 | 1, 0x40000000u | OBJECT_ADAPTER_INDEX << 6, ~0u, 0 };
	uint32_t fence, a;
	uint64_t *page;
	unsigned int i;

	(void)state;
	link_device(&l);
	bad[4] = l.device;
	for (i = 0; i < 5; i++) {
		lie = (struct lie){ .type = DXG_MSG_CREATESYNCOBJECT,
				    .address = 4096,
				    .handle = bad[i] };
		assert_int_equal(create_fence(&l, &fence, &page), -EINVAL);
		lie = (struct lie){ .type = DXG_MSG_CREATEALLOCATION,
				    .size = 4096,
				    .handle = bad[i] };
		assert_int_equal(create_allocation(&l, &a), -EINVAL);
	}
	link_close(&l);
}

static void test_allocation_lies(void **state)
{
	struct lie lie = { .type = ~0u };
	struct link l = { .fake = { .handle = tell_lie, .data = &lie } };
	const struct lie bad[] = {
		{ .size = 0 },
		{ .size = 4095 },
		{ .size = 4096, .data_size = 1 },
		{ .size = 4096, .data_size = ~0u },
	};
	unsigned int i;
	uint32_t a;

	(void)state;
	link_device(&l);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		lie = bad[i];
		lie.type = DXG_MSG_CREATEALLOCATION;
		lie.handle = fake_handle(&l.fake);
		assert_int_equal(create_allocation(&l, &a), -EINVAL);
		assert_int_equal(lie.destroyed, 1);
	}
	link_close(&l);
}

/* ---- waits ---- */

/* ---- a shared resource that a lying host describes ---- */

/** struct description - what it says of it; @later: of the same when asked again. */
struct description {
	struct dxg_msg_querysharedresource_return head, later;
	struct dxg_msg_shared_part part[2];
};

static bool describe(struct fake *f, struct fake_packet *p)
{
	struct dxg_msg_importshare_return import = { .nt_handle = 0x40000040,
						     .kind = DXG_SHARE_RESOURCE };
	struct description *d = f->data;
	struct {
		struct dxg_msg_querysharedresource_return head;
		struct dxg_msg_shared_part part[2];
		uint8_t data[64];
	} answer = { .head = d->head, .part = { d->part[0], d->part[1] } };

	if (p->type == DXG_MSG_IMPORTSHARE) {
		fake_reply(f, p, &import, sizeof(import));
		return true;
	}
	if (p->type != DXG_MSG_QUERYSHAREDRESOURCE)
		return false;
	fake_reply(f, p, &answer, sizeof(answer));
	d->head = d->later;
	return true;
}

static void allow_links(struct dxg_region_header *h)
{
	h->host_caps |= DXG_HOSTCAP_SHARE_LINKS;
}

/* A descriptor of ours: dxgd's record is in it. */
static int descriptor(void)
{
	struct dxg_share_record record = { .magic = DXG_SHARE_MAGIC,
					   .version = DXG_SHARE_VERSION,
					   .kind = DXG_SHARE_RESOURCE };
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(send(pair[1], &record, sizeof(record), 0), sizeof(record));
	close(pair[1]);
	return pair[0];
}

static int query_resource(struct link *l, int fd, const struct description *says)
{
	struct d3dkmt_queryresourceinfofromnthandle args = { .device.v = l->device,
							     .nt_handle = (uint64_t)fd };

	*(struct description *)l->fake.data = *says;
	return link_call(l, LX_DXQUERYRESOURCEINFOFROMNTHANDLE, &args);
}

static void test_resource_lies(void **state)
{
	struct description says, bad;
	struct link l = { .fake = { .handle = describe, .data = &says, .edit = allow_links } };
	const struct description good = {
		.head = { .allocation_count = 2, .total_priv_drv_data_size = 24 },
		.later = { .allocation_count = 2, .total_priv_drv_data_size = 24 },
		.part = { { .size = 4096, .priv_drv_data_size = 8 },
			  { .size = 8192, .priv_drv_data_size = 16 } },
	};
	int fd = descriptor();

	(void)state;
	link_device(&l);
	assert_int_equal(query_resource(&l, fd, &good), 0);
#define REFUSED(change)                                                  \
	do {                                                             \
		bad = good;                                              \
		change;                                                  \
		assert_int_equal(query_resource(&l, fd, &bad), -EINVAL); \
	} while (0)
	REFUSED(bad.head.allocation_count = 0);
	REFUSED(bad.head.allocation_count = UINT32_MAX);
	REFUSED(bad.head.total_priv_drv_data_size = UINT32_MAX);
	REFUSED(bad.head.private_runtime_data_size = DXG_REPLY_MAX);
	REFUSED(bad.later.allocation_count = 1);
	REFUSED(bad.later.private_runtime_data_size = 1000);
	REFUSED(bad.part[0].size = 0);
	REFUSED(bad.part[1].size = 4097);
	REFUSED(bad.part[1].priv_drv_data_size = 17);
	REFUSED(bad.part[0].priv_drv_data_size = UINT32_MAX);
#undef REFUSED
	assert_int_equal(query_resource(&l, fd, &good), 0);
	close(fd);
	link_close(&l);
}

/* ---- the memory of a shared resource, with other descriptors than the one ---- */

/** struct gift - what comes with the record: @count descriptors. */
struct gift {
	uint32_t count;
};

static bool name_resource(struct fake *f, struct fake_packet *p)
{
	struct dxg_msg_handle_return named = { .handle = 0x40000040 };

	if (p->type != DXG_MSG_CREATENTSHAREDOBJECT)
		return false;
	fake_reply(f, p, &named, sizeof(named));
	return true;
}

static void give(struct fake *f, int fd)
{
	const struct gift *gift = f->data;
	struct dxg_share_record record = { .magic = DXG_SHARE_MAGIC,
					   .version = DXG_SHARE_VERSION,
					   .kind = DXG_SHARE_RESOURCE };
	int fds[3] = { fd, fd, fd };
	union {
		char bytes[CMSG_SPACE(sizeof(fds))];
		struct cmsghdr head;
	} control = { { 0 } };
	struct iovec iov = { &record, sizeof(record) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (gift->count) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(gift->count * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(gift->count * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, gift->count * sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &msg, 0), sizeof(record));
}

static unsigned int open_descriptors(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static int create_shared(struct link *l)
{
	struct d3dddi_allocationinfo2 info = { 0 };
	struct d3dkmt_createallocation c = {
		.device.v = l->device,
		.alloc_count = 1,
		.allocation_info = (uintptr_t)&info,
		.flags = { .create_resource = 1, .create_shared = 1, .nt_security_sharing = 1 },
	};

	return link_call(l, LX_DXCREATEALLOCATION, &c);
}

/* One is no memory, but is closed as well; two and three are too many. */
static void test_descriptors_are_not_kept(void **state)
{
	struct gift gift;
	struct link l = { .fake = { .handle = name_resource,
				    .data = &gift,
				    .edit = allow_links,
				    .offered = give } };
	unsigned int before;

	(void)state;
	link_device(&l);
	before = open_descriptors();
	for (gift.count = 0; gift.count <= 3; gift.count++) {
		assert_int_equal(create_shared(&l), gift.count == 1 ? -EPROTO : -ENOTRECOVERABLE);
		assert_int_equal(open_descriptors(), before);
	}
	link_close(&l);
}

static void test_wait_without_message(void **state)
{
	struct link l = { 0 };
	uint32_t fence[2];
	uint64_t *page[2], before;

	(void)state;
	link_device(&l);
	assert_int_equal(create_fence(&l, &fence[0], &page[0]), 0);
	assert_int_equal(create_fence(&l, &fence[1], &page[1]), 0);
	*page[0] = 5;
	before = requests();
	assert_int_equal(wait_fences(&l, fence, (uint64_t[]){ 5, 0 }, 2, false, 0), 0);
	assert_int_equal(wait_fences(&l, fence, (uint64_t[]){ 9, 0 }, 2, true, 0), 0);
	assert_int_equal(wait_fences(&l, fence, (uint64_t[]){ 4, 9 }, 2, true, 0), 0);
	assert_int_equal(requests(), before);
	link_close(&l);
}

/* The host answers a wait at once and signals its event when the test says so. */
struct pending {
	uint64_t event;
	unsigned int waits;
	bool early; /* signal before the answer */
	uint64_t *page;
};

static bool keep_event(struct fake *f, struct fake_packet *p)
{
	const struct dxg_msg_waitforsyncobjectfromcpu *m = (const void *)(p->payload + 16);
	struct pending *w = f->data;
	uint32_t zero = 0;

	if (p->type != DXG_MSG_WAITFORSYNCOBJECTFROMCPU)
		return false;
	if (w->early)
		fake_signal(f, m->event);
	else
		__atomic_store_n(&w->event, m->event, __ATOMIC_RELEASE);
	__atomic_add_fetch(&w->waits, 1, __ATOMIC_RELEASE);
	fake_reply(f, p, &zero, sizeof(zero));
	return true;
}

static void *signal_when_asked(void *arg)
{
	struct link *l = arg;
	struct pending *w = l->fake.data;

	while (!__atomic_load_n(&w->event, __ATOMIC_ACQUIRE))
		sched_yield();
	__atomic_store_n(w->page, 7, __ATOMIC_RELEASE);
	fake_signal(&l->fake, w->event + 1000);
	fake_signal(&l->fake, w->event);
	return NULL;
}

static void test_wait_sleeps(void **state)
{
	struct pending w = { 0 };
	struct link l = { .fake = { .handle = keep_event, .data = &w } };
	uint64_t value = 7;
	pthread_t thread;
	uint32_t fence;

	(void)state;
	link_device(&l);
	assert_int_equal(create_fence(&l, &fence, &w.page), 0);
	assert_int_equal(pthread_create(&thread, NULL, signal_when_asked, &l), 0);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, 0), 0);
	assert_int_equal(*w.page, 7);
	assert_int_equal(w.waits, 1);
	pthread_join(thread, NULL);
	link_close(&l);
}

/* The signal may overtake the answer to its registration. */
static void test_early_signal(void **state)
{
	struct pending w = { .early = true };
	struct link l = { .fake = { .handle = keep_event, .data = &w } };
	uint64_t value = 7;
	uint32_t fence;

	(void)state;
	link_device(&l);
	assert_int_equal(create_fence(&l, &fence, &w.page), 0);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, 0), 0);
	link_close(&l);
}

static bool refuse_wait(struct fake *f, struct fake_packet *p)
{
	int32_t status = (int32_t)0xC0000022;

	if (p->type != DXG_MSG_WAITFORSYNCOBJECTFROMCPU)
		return false;
	fake_reply(f, p, &status, sizeof(status));
	return true;
}

static void test_refused_wait(void **state)
{
	struct link l = { .fake = { .handle = refuse_wait } };
	uint64_t value = 7, *page;
	uint32_t fence;
	int fd = eventfd(0, EFD_NONBLOCK);

	(void)state;
	link_device(&l);
	assert_int_equal(create_fence(&l, &fence, &page), 0);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, 0), -EACCES);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, (uint64_t)fd), -EACCES);
	link_close(&l);
	close(fd);
}

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static void test_async_wait(void **state)
{
	struct pending w = { 0 };
	struct link l = { .fake = { .handle = keep_event, .data = &w } };
	int fd = eventfd(0, 0), kept = dup(fd);
	uint64_t value = 7, count;
	uint32_t fence;

	(void)state;
	link_device(&l);
	assert_int_equal(create_fence(&l, &fence, &w.page), 0);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, (uint64_t)fd), 0);
	/* The caller's number may be closed and used for something else. */
	close(fd);
	assert_false(readable(kept, 0));
	fake_signal(&l.fake, w.event);
	assert_true(readable(kept, 2000));
	/* One-shot. */
	assert_int_equal(read(kept, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 1);
	fake_signal(&l.fake, w.event);
	*w.page = 7;
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, (uint64_t)kept), 0);
	assert_int_equal(read(kept, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 1);
	assert_int_equal(w.waits, 1);
	link_close(&l);
	close(kept);
}

static void test_not_an_eventfd(void **state)
{
	struct link l = { 0 };
	uint64_t value = 7, *page;
	uint32_t fence;
	int fd = open("/dev/null", O_RDWR);

	(void)state;
	link_device(&l);
	assert_int_equal(create_fence(&l, &fence, &page), 0);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, (uint64_t)fd), -EINVAL);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, 999999), -EINVAL);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, ~0ull), -EINVAL);
	link_close(&l);
	close(fd);
}

/* The end of a session wakes whoever sleeps on an eventfd, and fences show their last value. */
static void test_end_signals_everything(void **state)
{
	struct pending w = { 0 };
	struct link l = { .fake = { .handle = keep_event, .data = &w } };
	int fd = eventfd(0, 0);
	uint64_t value = 7;
	uint32_t fence;

	(void)state;
	link_device(&l);
	assert_int_equal(create_fence(&l, &fence, &w.page), 0);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, (uint64_t)fd), 0);
	fake_hang_up(&l.fake);
	assert_true(readable(fd, 2000));
	assert_int_equal(__atomic_load_n(w.page, __ATOMIC_ACQUIRE), ~0ull);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, 0), -ENODEV);
	link_close(&l);
	close(fd);
}

static void *hang_up_when_asked(void *arg)
{
	struct link *l = arg;
	struct pending *w = l->fake.data;

	while (!__atomic_load_n(&w->waits, __ATOMIC_ACQUIRE))
		sched_yield();
	fake_hang_up(&l->fake);
	return NULL;
}

static void test_end_of_a_wait(void **state)
{
	struct pending w = { 0 };
	struct link l = { .fake = { .handle = keep_event, .data = &w } };
	uint64_t value = 7;
	pthread_t thread;
	uint32_t fence;

	(void)state;
	link_device(&l);
	assert_int_equal(create_fence(&l, &fence, &w.page), 0);
	assert_int_equal(pthread_create(&thread, NULL, hang_up_when_asked, &l), 0);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, 0), -ENODEV);
	pthread_join(thread, NULL);
	link_close(&l);
}

/* Nothing of a session that has ended works, what needs no message included. */
static void test_end_is_told(void **state)
{
	struct link l = { 0 };
	uint32_t op = _D3DDDI_DRIVERESCAPETYPE_TRANSLATEALLOCATIONHANDLE, a, fence;
	struct d3dkmt_escape escape = {
		.type = _D3DKMT_ESCAPE_DRIVERPRIVATE,
		.flags.driver_known_escape = 1,
		.priv_drv_data = (uintptr_t)&op,
		.priv_drv_data_size = sizeof(op),
	};
	int fd = eventfd(0, 0);
	uint64_t value = 7, *page;
	void *data;

	(void)state;
	link_device(&l);
	escape.adapter.v = l.adapter;
	assert_int_equal(create_allocation(&l, &a), 0);
	assert_int_equal(create_fence(&l, &fence, &page), 0);
	assert_int_equal(lock(&l, a, &data), 0);
	assert_int_equal(link_call(&l, LX_DXESCAPE, &escape), 0);
	fake_hang_up(&l.fake);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, 0), -ENODEV);
	assert_int_equal(lock(&l, a, &data), -ENODEV);
	assert_int_equal(unlock(&l, a), -ENODEV);
	assert_int_equal(link_call(&l, LX_DXESCAPE, &escape), -ENODEV);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, (uint64_t)fd), -ENODEV);
	assert_false(readable(fd, 0));
	link_close(&l);
	close(fd);
}

/* ---- an eventfd that is full ---- */

/* One that can take no more, blocking: a write to it would sleep. */
static int full_eventfd(void)
{
	uint64_t most = UINT64_MAX - 1;
	int fd = eventfd(0, 0);

	assert_int_equal(write(fd, &most, sizeof(most)), sizeof(most));
	return fd;
}

/* It keeps nobody from the session: neither its signal nor the end of the session waits for it. */
static void test_full_eventfd(void **state)
{
	struct pending w = { 0 };
	struct link l = { .fake = { .handle = keep_event, .data = &w } };
	struct d3dkmt_getdevicestate ask = { .state_type = _D3DKMT_DEVICESTATE_EXECUTION };
	int fd = full_eventfd(), next = eventfd(0, 0);
	uint64_t value = 7, event, count;
	uint32_t fence;

	(void)state;
	link_device(&l);
	ask.device.v = l.device;
	assert_int_equal(create_fence(&l, &fence, &w.page), 0);
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, (uint64_t)fd), 0);
	event = w.event;
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, (uint64_t)next), 0);
	fake_signal(&l.fake, event);
	fake_signal(&l.fake, w.event);
	assert_true(readable(next, 2000));
	assert_int_equal(link_call(&l, LX_DXGETDEVICESTATE, &ask), 0);
	/* The end, with another one registered; and a wait that is over at once. */
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, (uint64_t)fd), 0);
	value = 0;
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, (uint64_t)fd), 0);
	fake_hang_up(&l.fake);
	/* Who waits learns of the end; a question could still be answered just before it shows. */
	value = 9;
	assert_int_equal(wait_fences(&l, &fence, &value, 1, false, 0), -ENODEV);
	assert_int_equal(link_call(&l, LX_DXGETDEVICESTATE, &ask), -ENODEV);
	/* Nothing was added, or the next read would not see the most there can be. */
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	assert_true(count == UINT64_MAX - 1);
	link_close(&l);
	close(fd);
	close(next);
}

/* A CPU notification stays registered until it is destroyed. */
static bool keep_notification(struct fake *f, struct fake_packet *p)
{
	const struct dxg_msg_createsyncobject *m = (const void *)(p->payload + 16);
	struct pending *w = f->data;

	if (p->type == DXG_MSG_CREATESYNCOBJECT)
		w->event = m->args.info.cpu_notification.event;
	return false;
}

static void test_cpu_notification(void **state)
{
	struct pending w = { 0 };
	struct link l = { .fake = { .handle = keep_notification, .data = &w } };
	int fd = eventfd(0, 0), i;
	struct d3dkmt_createsynchronizationobject2 c = {
		.info = {
			.type = _D3DDDI_CPU_NOTIFICATION,
			.cpu_notification.event = (uint64_t)fd,
		},
	};
	struct d3dkmt_destroysynchronizationobject destroy;
	uint64_t count;

	(void)state;
	link_device(&l);
	c.device.v = l.device;
	assert_int_equal(link_call(&l, LX_DXCREATESYNCHRONIZATIONOBJECT, &c), 0);
	assert_int_equal(c.info.cpu_notification.event, fd);
	for (i = 0; i < 3; i++) {
		fake_signal(&l.fake, w.event);
		assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
		assert_int_equal(count, 1);
	}
	destroy.sync_object = c.sync_object;
	assert_int_equal(link_call(&l, LX_DXDESTROYSYNCHRONIZATIONOBJECT, &destroy), 0);
	fake_signal(&l.fake, w.event);
	assert_false(readable(fd, 20));
	link_close(&l);
	close(fd);
}

/* ---- kept answers ---- */

static void test_constant_answers_are_kept(void **state)
{
	struct link l = { 0 };
	uint32_t value = 0;
	struct d3dkmt_queryadapterinfo q = {
		.type = _KMTQAITYPE_ADAPTERTYPE,
		.private_data = (uintptr_t)&value,
		.private_data_size = sizeof(value),
	};
	uint64_t before;

	(void)state;
	link_device(&l);
	q.adapter.v = l.adapter;
	assert_int_equal(link_call(&l, LX_DXQUERYADAPTERINFO, &q), 0);
	assert_int_equal(value, 1u << 7); /* paravirtualized, whatever the host says */
	before = requests();
	value = 0;
	assert_int_equal(link_call(&l, LX_DXQUERYADAPTERINFO, &q), 0);
	assert_int_equal(value, 1u << 7);
	assert_int_equal(requests(), before);
	q.type = (enum kmtqueryadapterinfotype)1000;
	assert_int_equal(link_call(&l, LX_DXQUERYADAPTERINFO, &q), 0);
	assert_int_equal(link_call(&l, LX_DXQUERYADAPTERINFO, &q), 0);
	assert_int_equal(requests(), before + 2);
	link_close(&l);
}

static void test_not_carried(void **state)
{
	struct link l = { 0 };
	struct d3dkmt_createsyncfile c = { 0 };

	(void)state;
	link_device(&l);
	assert_int_equal(link_call(&l, LX_DXCREATESYNCFILE, &c), -ENOSYS);
	assert_int_equal(link_call(&l, _IOWR('G', 0xff, int), &c), -ENOSYS);
	link_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock_asks_once),
		cmocka_unit_test(test_racing_locks),
		cmocka_unit_test(test_address_lies),
		cmocka_unit_test(test_handle_lies),
		cmocka_unit_test(test_allocation_lies),
		cmocka_unit_test(test_resource_lies),
		cmocka_unit_test(test_descriptors_are_not_kept),
		cmocka_unit_test(test_wait_without_message),
		cmocka_unit_test(test_wait_sleeps),
		cmocka_unit_test(test_early_signal),
		cmocka_unit_test(test_refused_wait),
		cmocka_unit_test(test_async_wait),
		cmocka_unit_test(test_not_an_eventfd),
		cmocka_unit_test(test_end_signals_everything),
		cmocka_unit_test(test_end_of_a_wait),
		cmocka_unit_test(test_end_is_told),
		cmocka_unit_test(test_full_eventfd),
		cmocka_unit_test(test_cpu_notification),
		cmocka_unit_test(test_constant_answers_are_kept),
		cmocka_unit_test(test_not_carried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
