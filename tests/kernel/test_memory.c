// SPDX-License-Identifier: MIT
/*
 * test_memory.c - the memory ioctls below libdxg: bad pointers, reserved bits, handles of the wrong
 * kind and of other owners, limits, and that the application loses its mapping of what it offers.
 * Raw ioctls, as test_ioctl.c; exit status 77 (skipped) where there is no /dev/dxg.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "misc/d3dkmthk.h"

#define NODE "/dev/dxg"
#define SKIP 77
#define PAGE 4096u
#define PTR(p) ((uint64_t)(uintptr_t)(p))
#define NOWHERE ((uint64_t)64) /* an address that nobody has */

/* Limits and the host's layout of allocation private data (dxgwire/), as numbers. */
#define PER_OFFER 10240u
#define PER_QUERY 32750u
#define PER_PRIORITY 16377u
#define PER_UPDATE 2046u

struct alloc_private {
	uint32_t flags;
	uint32_t reserved;
	uint64_t size;
};
#define ALLOC_CPU_VISIBLE 1u

/** struct client - a device, a paging queue, one allocation of a page. */
struct client {
	int fd;
	struct d3dkmthandle adapter;
	struct d3dkmthandle device;
	struct d3dkmthandle queue;
	struct d3dkmthandle alloc;
};

/* Return: what the ioctl returned, or -errno. */
static int call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static struct d3dkmthandle allocate(const struct client *c, uint32_t flags,
				    struct d3dkmthandle *ret_resource)
{
	struct alloc_private private = { .flags = ALLOC_CPU_VISIBLE, .size = PAGE };
	struct d3dddi_allocationinfo2 info = { .priv_drv_data = PTR(&private),
					       .priv_drv_data_size = sizeof(private) };
	struct d3dkmt_createallocation args = {
		.device = c->device,
		.alloc_count = 1,
		.allocation_info = PTR(&info),
		.flags.value = flags,
	};

	assert_int_equal(call(c->fd, LX_DXCREATEALLOCATION, &args), 0);
	if (ret_resource)
		*ret_resource = args.resource;
	return info.allocation;
}

static struct client client_open(void)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 adapters = { .num_adapters = D3DKMT_ADAPTERS_MAX,
						 .adapters = PTR(info) };
	struct d3dkmt_createdevice device = { 0 };
	struct d3dkmt_createpagingqueue queue = { 0 };
	struct client c = { .fd = open(NODE, O_RDONLY | O_CLOEXEC) };

	assert_true(c.fd >= 0);
	assert_int_equal(call(c.fd, LX_DXENUMADAPTERS2, &adapters), 0);
	device.adapter = c.adapter = info[0].adapter_handle;
	assert_int_equal(call(c.fd, LX_DXCREATEDEVICE, &device), 0);
	queue.device = c.device = device.device;
	assert_int_equal(call(c.fd, LX_DXCREATEPAGINGQUEUE, &queue), 0);
	c.queue = queue.paging_queue;
	c.alloc = allocate(&c, 0, NULL);
	return c;
}

static int offer(const struct client *c, struct d3dkmthandle alloc)
{
	struct d3dkmt_offerallocations args = {
		.device = c->device,
		.allocations = PTR(&alloc),
		.allocation_count = 1,
		.priority = _D3DKMT_OFFER_PRIORITY_LOW,
	};

	return call(c->fd, LX_DXOFFERALLOCATIONS, &args);
}

static int reclaim(const struct client *c, struct d3dkmthandle alloc, uint32_t *ret)
{
	struct d3dkmt_reclaimallocations2 args = {
		.paging_queue = c->queue,
		.allocations = PTR(&alloc),
		.allocation_count = 1,
		.results = PTR(ret),
	};

	return call(c->fd, LX_DXRECLAIMALLOCATIONS2, &args);
}

static int lock(const struct client *c, struct d3dkmthandle alloc, volatile uint32_t **ret)
{
	struct d3dkmt_lock2 args = { .device = c->device, .allocation = alloc };
	int err = call(c->fd, LX_DXLOCK2, &args);

	if (!err)
		*ret = (volatile uint32_t *)(uintptr_t)args.data;
	return err;
}

static int unlock(const struct client *c, struct d3dkmthandle alloc)
{
	struct d3dkmt_unlock2 args = { .device = c->device, .allocation = alloc };

	return call(c->fd, LX_DXUNLOCK2, &args);
}

/* Does a child that reads @word die of it? */
static bool unreadable(const volatile uint32_t *word)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		signal(SIGBUS, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		_exit((int)(*word & 0));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGBUS || WTERMSIG(status) == SIGSEGV);
}

/* What is offered may be given to others: no address of it works any more, forked ones included. */
static void offer_takes_the_mapping(void **state)
{
	struct client c = client_open();
	volatile uint32_t *word = NULL, *again = NULL;
	uint32_t result = 99;

	assert_int_equal(lock(&c, c.alloc, &word), 0);
	*word = 0x12345678;
	assert_int_equal(offer(&c, c.alloc), -EINVAL); /* locked */
	assert_false(unreadable(word));
	assert_int_equal(unlock(&c, c.alloc), 0);
	assert_false(unreadable(word)); /* kept until somebody else may want it */
	assert_int_equal(offer(&c, c.alloc), 0);
	assert_true(unreadable(word));
	assert_int_equal(lock(&c, c.alloc, &again), -EINVAL);
	assert_true(unreadable(word));
	assert_int_equal(reclaim(&c, c.alloc, &result), 0);
	assert_int_equal(result, _D3DDDI_RECLAIM_RESULT_OK);
	assert_true(unreadable(word)); /* its pages may be others now: ask */
	assert_int_equal(lock(&c, c.alloc, &again), 0);
	assert_int_equal(*again, 0x12345678);
	assert_int_equal(unlock(&c, c.alloc), 0);
	close(c.fd);
}

/* The same by resource; and destroying what is offered does not bring the mapping back. */
static void offer_by_resource(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle resource, alloc = allocate(&c, 1, &resource);
	struct d3dkmt_offerallocations args = {
		.device = c.device,
		.resources = PTR(&resource),
		.allocation_count = 1,
		.priority = _D3DKMT_OFFER_PRIORITY_HIGH,
	};
	struct d3dkmt_destroyallocation2 gone = { .device = c.device, .resource = resource };
	volatile uint32_t *word = NULL;

	assert_int_equal(lock(&c, alloc, &word), 0);
	assert_int_equal(call(c.fd, LX_DXOFFERALLOCATIONS, &args), -EINVAL);
	assert_int_equal(unlock(&c, alloc), 0);
	assert_int_equal(call(c.fd, LX_DXOFFERALLOCATIONS, &args), 0);
	assert_true(unreadable(word));
	assert_int_equal(call(c.fd, LX_DXDESTROYALLOCATION2, &gone), 0);
	assert_true(unreadable(word));
	close(c.fd);
}

static void offer_bad(void **state)
{
	static uint32_t list[PER_OFFER + 1];
	struct client c = client_open();
	struct d3dkmt_offerallocations good = {
		.device = c.device,
		.allocations = PTR(&c.alloc),
		.allocation_count = 1,
		.priority = _D3DKMT_OFFER_PRIORITY_LOW,
	}, args;

#define REFUSED(field, value, error)                                               \
	do {                                                                       \
		args = good;                                                       \
		args.field = (value);                                              \
		assert_int_equal(call(c.fd, LX_DXOFFERALLOCATIONS, &args), error); \
	} while (0)
	REFUSED(device.v, c.queue.v, -EINVAL);
	REFUSED(device.v, 0, -EINVAL);
	REFUSED(flags.value, 4, -EINVAL);
	REFUSED(priority, 0, -EINVAL);
	REFUSED(priority, 5, -EINVAL);
	REFUSED(allocation_count, 0, -EINVAL);
	REFUSED(resources, PTR(&c.alloc), -EINVAL); /* both */
	REFUSED(allocations, 0, -EINVAL); /* neither */
	REFUSED(allocations, NOWHERE, -EFAULT);
	REFUSED(allocations, PTR(&c.queue), -EINVAL);
	good.allocations = PTR(list);
	REFUSED(allocation_count, PER_OFFER + 1, -EINVAL);
#undef REFUSED
	assert_int_equal(call(c.fd, LX_DXOFFERALLOCATIONS, NULL), -EFAULT);
	close(c.fd);
}

static void reclaim_bad(void **state)
{
	static uint32_t list[PER_OFFER + 1];
	struct client c = client_open();
	uint32_t result = 99;
	struct d3dkmt_reclaimallocations2 good = {
		.paging_queue = c.queue,
		.allocations = PTR(&c.alloc),
		.allocation_count = 1,
		.results = PTR(&result),
	}, args;

#define REFUSED(field, value, error)                                                  \
	do {                                                                          \
		args = good;                                                          \
		args.field = (value);                                                 \
		assert_int_equal(call(c.fd, LX_DXRECLAIMALLOCATIONS2, &args), error); \
	} while (0)
	REFUSED(paging_queue.v, c.device.v, -EINVAL);
	REFUSED(paging_queue.v, 0, -EINVAL);
	REFUSED(allocation_count, 0, -EINVAL);
	REFUSED(resources, PTR(&c.alloc), -EINVAL);
	REFUSED(allocations, 0, -EINVAL);
	REFUSED(allocations, NOWHERE, -EFAULT);
	REFUSED(results, NOWHERE, -EFAULT);
	REFUSED(allocations, PTR(&c.device), -EINVAL);
	assert_int_equal(result, 99);
	good.allocations = PTR(list);
	REFUSED(allocation_count, PER_OFFER + 1, -EINVAL);
#undef REFUSED
	assert_int_equal(call(c.fd, LX_DXRECLAIMALLOCATIONS2, NULL), -EFAULT);
	/* Without results it works, too. */
	good.allocations = PTR(&c.alloc);
	good.results = 0;
	assert_int_equal(call(c.fd, LX_DXRECLAIMALLOCATIONS2, &good), 0);
	assert_int_not_equal(good.paging_fence_value, 0);
	close(c.fd);
}

static void residency_bad(void **state)
{
	static uint32_t list[PER_QUERY + 1];
	struct client c = client_open();
	uint32_t status = 99;
	struct d3dkmt_queryallocationresidency good = {
		.device = c.device,
		.allocations = PTR(&c.alloc),
		.allocation_count = 1,
		.residency_status = PTR(&status),
	}, args;

#define REFUSED(field, value, error)                                                       \
	do {                                                                               \
		args = good;                                                               \
		args.field = (value);                                                      \
		assert_int_equal(call(c.fd, LX_DXQUERYALLOCATIONRESIDENCY, &args), error); \
	} while (0)
	REFUSED(device.v, c.queue.v, -EINVAL);
	REFUSED(allocation_count, 0, -EINVAL);
	REFUSED(resource.v, c.alloc.v, -EINVAL);
	REFUSED(allocations, NOWHERE, -EFAULT);
	REFUSED(allocations, PTR(&c.queue), -EINVAL);
	REFUSED(residency_status, NOWHERE, -EFAULT);
	assert_int_equal(status, 99);
	good.allocations = PTR(list);
	REFUSED(allocation_count, PER_QUERY + 1, -EINVAL);
#undef REFUSED
	assert_int_equal(call(c.fd, LX_DXQUERYALLOCATIONRESIDENCY, NULL), -EFAULT);
	close(c.fd);
}

static void priority_bad(void **state)
{
	static uint32_t list[PER_QUERY + 1];
	struct client c = client_open();
	uint32_t value = 7;
	struct d3dkmt_setallocationpriority good = {
		.device = c.device,
		.allocation_list = PTR(&c.alloc),
		.allocation_count = 1,
		.priorities = PTR(&value),
	}, args;
	struct d3dkmt_getallocationpriority get;

	/* The two structures are alike, field by field. */
#define REFUSED(field, value, error)                                                    \
	do {                                                                            \
		args = good;                                                            \
		args.field = (value);                                                   \
		memcpy(&get, &args, sizeof(get));                                       \
		assert_int_equal(call(c.fd, LX_DXSETALLOCATIONPRIORITY, &args), error); \
		assert_int_equal(call(c.fd, LX_DXGETALLOCATIONPRIORITY, &get), error);  \
	} while (0)
	assert_int_equal(sizeof(get), sizeof(args));
	REFUSED(device.v, c.queue.v, -EINVAL);
	REFUSED(allocation_count, 0, -EINVAL);
	REFUSED(resource.v, c.alloc.v, -EINVAL);
	REFUSED(allocation_list, NOWHERE, -EFAULT);
	REFUSED(allocation_list, PTR(&c.queue), -EINVAL);
	REFUSED(priorities, NOWHERE, -EFAULT);
	good.allocation_list = PTR(list);
	REFUSED(allocation_count, PER_QUERY + 1, -EINVAL);
#undef REFUSED
	good.allocation_count = PER_PRIORITY + 1;
	assert_int_equal(call(c.fd, LX_DXSETALLOCATIONPRIORITY, &good), -EINVAL);
	assert_int_equal(call(c.fd, LX_DXSETALLOCATIONPRIORITY, NULL), -EFAULT);
	assert_int_equal(call(c.fd, LX_DXGETALLOCATIONPRIORITY, NULL), -EFAULT);
	close(c.fd);
}

static void property_bad(void **state)
{
	struct client c = client_open();
	struct d3dddi_updateallocproperty good = { .paging_queue = c.queue,
						   .allocation = c.alloc,
						   .supported_segment_set = 1,
						   .property_mask_value = 2 },
					  args;

#define REFUSED(field, value, error)                                                  \
	do {                                                                          \
		args = good;                                                          \
		args.field = (value);                                                 \
		assert_int_equal(call(c.fd, LX_DXUPDATEALLOCPROPERTY, &args), error); \
	} while (0)
	REFUSED(paging_queue.v, c.alloc.v, -EINVAL);
	REFUSED(allocation.v, c.queue.v, -EINVAL);
	REFUSED(property_mask_value, 8, -EINVAL);
	REFUSED(property_mask_value, 0, -EINVAL);
	REFUSED(flags.value, 2, -EINVAL);
	REFUSED(supported_segment_set, 0x80000000u, -EINVAL);
#undef REFUSED
	assert_int_equal(call(c.fd, LX_DXUPDATEALLOCPROPERTY, NULL), -EFAULT);
	assert_int_equal(call(c.fd, LX_DXUPDATEALLOCPROPERTY, &good), 0);
	assert_int_not_equal(good.paging_fence_value, 0);
	close(c.fd);
}

static void reservation_bad(void **state)
{
	struct client c = client_open();
	struct d3dkmt_changevideomemoryreservation good = {
		.adapter = c.adapter,
		.memory_segment_group = _D3DKMT_MEMORY_SEGMENT_GROUP_NON_LOCAL,
		.reservation = PAGE,
	}, args;

#define REFUSED(field, value, error)                                                           \
	do {                                                                                   \
		args = good;                                                                   \
		args.field = (value);                                                          \
		assert_int_equal(call(c.fd, LX_DXCHANGEVIDEOMEMORYRESERVATION, &args), error); \
	} while (0)
	REFUSED(process, 1, -EINVAL);
	REFUSED(adapter.v, c.device.v, -EINVAL);
	REFUSED(memory_segment_group, 2, -EINVAL);
	REFUSED(physical_adapter_index, 1, -EINVAL);
	REFUSED(reservation, UINT64_MAX, -EINVAL);
#undef REFUSED
	assert_int_equal(call(c.fd, LX_DXCHANGEVIDEOMEMORYRESERVATION, NULL), -EFAULT);
	assert_int_equal(call(c.fd, LX_DXCHANGEVIDEOMEMORYRESERVATION, &good), 0);
	close(c.fd);
}

static void update_bad(void **state)
{
	static struct d3dddi_updategpuvirtualaddress_operation op[PER_UPDATE + 1];
	struct client c = client_open(), other = client_open();
	struct d3dddi_reservegpuvirtualaddress hold = { .adapter = c.queue, .size = PAGE };
	struct d3dkmt_updategpuvirtualaddress good = {
		.device = c.device,
		.num_operations = 1,
		.operations = PTR(op),
	}, args;
	uint32_t i;

	assert_int_equal(call(c.fd, LX_DXRESERVEGPUVIRTUALADDRESS, &hold), 0);
	for (i = 0; i <= PER_UPDATE; i++) {
		op[i].map.base_address = hold.virtual_address;
		op[i].map.size = PAGE;
		op[i].map.allocation = c.alloc;
	}
#define REFUSED(field, value, error)                                                      \
	do {                                                                              \
		args = good;                                                              \
		args.field = (value);                                                     \
		assert_int_equal(call(c.fd, LX_DXUPDATEGPUVIRTUALADDRESS, &args), error); \
	} while (0)
	REFUSED(device.v, c.queue.v, -EINVAL);
	REFUSED(context.v, c.queue.v, -EINVAL);
	REFUSED(fence_object.v, c.queue.v, -EINVAL);
	REFUSED(num_operations, 0, -EINVAL);
	REFUSED(num_operations, PER_UPDATE + 1, -EINVAL);
	REFUSED(operations, NOWHERE, -EFAULT);
	REFUSED(operations, 0, -EFAULT);
	REFUSED(reserved0, 1, -EINVAL);
	REFUSED(reserved1, 1, -EINVAL);
	REFUSED(reserved2, 1, -EINVAL);
	REFUSED(flags.value, 2, -EINVAL);
	op[0].map.allocation = c.queue;
	REFUSED(reserved0, 0, -EINVAL);
	op[0].map.allocation = c.alloc;
	op[0].operation = 4;
	REFUSED(reserved0, 0, -EINVAL);
	op[0].operation = 0;
	/* The last of the longest list is looked at, too. */
	good.num_operations = PER_UPDATE;
	assert_int_equal(call(c.fd, LX_DXUPDATEGPUVIRTUALADDRESS, &good), 0);
	op[PER_UPDATE - 1].map.allocation.v = 0;
	REFUSED(reserved0, 0, -EINVAL);
#undef REFUSED
	assert_int_equal(call(c.fd, LX_DXUPDATEGPUVIRTUALADDRESS, NULL), -EFAULT);
	/* The device of another file. */
	assert_int_equal(call(other.fd, LX_DXUPDATEGPUVIRTUALADDRESS, &good), -EINVAL);
	close(other.fd);
	close(c.fd);
}

/* Offers that are open when everything goes. */
static void close_with_offers(void **state)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		struct client c = client_open();
		volatile uint32_t *word = NULL;

		assert_int_equal(lock(&c, c.alloc, &word), 0);
		assert_int_equal(unlock(&c, c.alloc), 0);
		assert_int_equal(offer(&c, c.alloc), 0);
		close(c.fd);
		assert_true(unreadable(word));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(offer_takes_the_mapping),
		cmocka_unit_test(offer_by_resource),
		cmocka_unit_test(offer_bad),
		cmocka_unit_test(reclaim_bad),
		cmocka_unit_test(residency_bad),
		cmocka_unit_test(priority_bad),
		cmocka_unit_test(property_bad),
		cmocka_unit_test(reservation_bad),
		cmocka_unit_test(update_bad),
		cmocka_unit_test(close_with_offers),
	};

	if (access(NODE, F_OK))
		return SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
