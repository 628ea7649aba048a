// SPDX-License-Identifier: MIT
/*
 * test_resource.c - shared resources: what openers get, that all see one memory, what is refused,
 * and what failed calls leave behind. Raw ioctls; two open files stand for two processes. Run
 * inside a machine whose module serves at least one adapter; exit status 77 (skipped) where there
 * is no /dev/dxg.
 */
#include <pthread.h>

#include "../slow.h"
#include "client.h"

#define PAGE 4096u
#define BAD_POINTER 8u
#define RACES slow_scaled(200)
#define PARTS 3u
#define PADDING 0xa5a5a5a5u

/* The host's own layout of allocation private data (dxgwire/escape.h), as bytes. */
struct alloc_private {
	uint32_t flags;
	uint32_t reserved;
	uint64_t size;
};
#define ALLOC_CPU_VISIBLE 1u

#define CREATE_RESOURCE (1u << 0)
#define CREATE_SHARED (1u << 1)
#define NT_SECURITY (1u << 6)
#define SHARED_RESOURCE (CREATE_RESOURCE | CREATE_SHARED | NT_SECURITY)

/** struct made - a resource of PARTS allocations. */
struct made {
	struct d3dkmthandle resource;
	struct d3dkmthandle part[PARTS];
	struct alloc_private private[PARTS];
};

static const char runtime[] = "runtime data";
static const char blob[] = "data of the resource";

/* @size: of each part; odd, so that the host's version of the private data is another. */
static int make_try(const struct client *c, uint32_t flags, uint64_t size, struct made *ret)
{
	struct d3dddi_allocationinfo2 info[PARTS] = { 0 };
	struct d3dkmt_createallocation args = {
		.device = c->device,
		.private_runtime_data = PTR(runtime),
		.private_runtime_data_size = sizeof(runtime),
		.priv_drv_data = PTR(blob),
		.priv_drv_data_size = sizeof(blob),
		.alloc_count = PARTS,
		.allocation_info = PTR(info),
	};
	int i, err;

	for (i = 0; i < (int)PARTS; i++) {
		ret->private[i] = (struct alloc_private){ ALLOC_CPU_VISIBLE, 0, size };
		info[i].priv_drv_data = PTR(&ret->private[i]);
		info[i].priv_drv_data_size = sizeof(ret->private[i]);
	}
	args.flags.value = flags;
	err = node_call(c->fd, LX_DXCREATEALLOCATION, &args);
	ret->resource = args.resource;
	for (i = 0; i < (int)PARTS; i++)
		ret->part[i] = info[i].allocation;
	return err;
}

static struct made make(const struct client *c)
{
	struct made made;

	assert_int_equal(make_try(c, SHARED_RESOURCE, PAGE + 1, &made), 0);
	return made;
}

static int query(const struct client *c, uint64_t fd,
		 struct d3dkmt_queryresourceinfofromnthandle *args)
{
	memset(args, 0, sizeof(*args));
	args->reserved = PADDING;
	args->device = c->device;
	args->nt_handle = fd;
	return node_call(c->fd, LX_DXQUERYRESOURCEINFOFROMNTHANDLE, args);
}

/** struct opened - all that an opener gets. */
struct opened {
	struct d3dkmt_openresourcefromnthandle args;
	struct d3dddi_openallocationinfo2 info[PARTS];
	char runtime[sizeof(runtime)];
	char blob[sizeof(blob)];
	struct alloc_private private[PARTS];
};

static void opened_init(struct opened *o, const struct client *c, uint64_t fd)
{
	memset(o, 0, sizeof(*o));
	o->args.reserved = o->args.reserved1 = o->args.reserved2 = o->args.reserved3 = PADDING;
	o->args.device = c->device;
	o->args.nt_handle = fd;
	o->args.allocation_count = PARTS;
	o->args.open_alloc_info = PTR(o->info);
	o->args.private_runtime_data = PTR(o->runtime);
	o->args.private_runtime_data_size = sizeof(o->runtime);
	o->args.resource_priv_drv_data = PTR(o->blob);
	o->args.resource_priv_drv_data_size = sizeof(o->blob);
	o->args.total_priv_drv_data = PTR(o->private);
	o->args.total_priv_drv_data_size = sizeof(o->private);
}

static int open_try(const struct client *c, struct opened *o)
{
	return node_call(c->fd, LX_DXOPENRESOURCEFROMNTHANDLE, &o->args);
}

static void open_ok(const struct client *c, int fd, struct opened *o)
{
	opened_init(o, c, (uint64_t)fd);
	assert_int_equal(open_try(c, o), 0);
}

static int destroy_resource(const struct client *c, struct d3dkmthandle resource)
{
	struct d3dkmt_destroyallocation2 args = { .device = c->device, .resource = resource };

	return node_call(c->fd, LX_DXDESTROYALLOCATION2, &args);
}

static volatile uint32_t *lock(const struct client *c, struct d3dkmthandle allocation)
{
	struct d3dkmt_lock2 args = { .device = c->device, .allocation = allocation };

	assert_int_equal(node_call(c->fd, LX_DXLOCK2, &args), 0);
	return (volatile uint32_t *)(uintptr_t)args.data;
}

/* ---- what openers get ---- */

static void blobs_and_sizes(void **state)
{
	struct client one = client_open(), two = client_open();
	struct d3dkmt_queryresourceinfofromnthandle info;
	struct made made = make(&one);
	int i, fd = client_share(&one, made.resource);
	struct opened o;

	assert_int_equal(query(&two, (uint64_t)fd, &info), 0);
	assert_int_equal(info.private_runtime_data_size, sizeof(runtime));
	assert_int_equal(info.resource_priv_drv_data_size, sizeof(blob));
	assert_int_equal(info.total_priv_drv_data_size, PARTS * sizeof(struct alloc_private));
	assert_int_equal(info.allocation_count, PARTS);
	open_ok(&two, fd, &o);
	assert_memory_equal(o.runtime, runtime, sizeof(runtime));
	assert_memory_equal(o.blob, blob, sizeof(blob));
	for (i = 0; i < (int)PARTS; i++) {
		/* The host rounded the size: that is what both are told. */
		assert_int_equal(made.private[i].size, 2 * PAGE);
		assert_memory_equal(&o.private[i], &made.private[i], sizeof(made.private[i]));
		assert_int_equal(o.info[i].priv_drv_data, PTR(&o.private[i]));
		assert_int_equal(o.info[i].priv_drv_data_size, sizeof(o.private[i]));
		assert_int_not_equal(o.info[i].allocation.v, 0);
		assert_int_equal(o.info[i].gpu_va, 0);
	}
	assert_int_equal(o.args.total_priv_drv_data_size, sizeof(o.private));
	assert_int_equal(destroy_resource(&two, o.args.resource), 0);
	assert_int_equal(destroy_resource(&two, o.args.resource), -EINVAL);
	close(fd);
	close(one.fd);
	close(two.fd);
}

/* Any file may ask, one that has nothing open too. */
static void adapter_of_a_resource(void **state)
{
	struct d3dkmt_enumadapters2 all = { .num_adapters = 64 };
	struct d3dkmt_getsharedresourceadapterluid args = { 0 };
	struct d3dkmt_adapterinfo info[64];
	struct client one = client_open();
	struct made made = make(&one);
	int fd = client_share(&one, made.resource), other = open("/dev/dxg", O_RDONLY | O_CLOEXEC);

	all.adapters = PTR(info);
	assert_int_equal(node_call(one.fd, LX_DXENUMADAPTERS2, &all), 0);
	args.nt_handle = (uint64_t)fd;
	assert_int_equal(node_call(other, LX_DXGETSHAREDRESOURCEADAPTERLUID, &args), 0);
	assert_memory_equal(&args.adapter_luid, &info[0].adapter_luid, sizeof(args.adapter_luid));
	args.global_share.v = 0x40000040;
	assert_int_equal(node_call(other, LX_DXGETSHAREDRESOURCEADAPTERLUID, &args), -EINVAL);
	args.global_share.v = 0;
	args.nt_handle = (uint64_t)other;
	assert_int_equal(node_call(other, LX_DXGETSHAREDRESOURCEADAPTERLUID, &args), -EINVAL);
	args.nt_handle = UINT64_MAX;
	assert_int_equal(node_call(other, LX_DXGETSHAREDRESOURCEADAPTERLUID, &args), -EINVAL);
	assert_int_equal(node_call(other, LX_DXGETSHAREDRESOURCEADAPTERLUID, (void *)1), -EFAULT);
	close(fd);
	close(other);
	close(one.fd);
}

static void one_memory(void **state)
{
	struct client one = client_open(), two = client_open();
	struct made made = make(&one);
	int i, fd = client_share(&one, made.resource);
	volatile uint32_t *mine, *theirs;
	struct opened o;

	open_ok(&two, fd, &o);
	for (i = 0; i < (int)PARTS; i++) {
		mine = lock(&one, made.part[i]);
		theirs = lock(&two, o.info[i].allocation);
		assert_ptr_not_equal(mine, theirs);
		mine[5] = 0x1234u + (uint32_t)i;
		assert_int_equal(theirs[5], 0x1234 + i);
		theirs[2047] = 77; /* the last word of two pages */
		assert_int_equal(mine[2047], 77);
	}
	close(fd);
	close(one.fd);
	close(two.fd);
}

/* Everything of the maker is gone; the descriptor brings it back, as it was. Then it is zero. */
static void outlives_its_maker(void **state)
{
	struct client one = client_open(), two = client_open();
	struct made made = make(&one);
	int fd = client_share(&one, made.resource);
	struct opened o;

	lock(&one, made.part[1])[0] = 99;
	close(one.fd);
	open_ok(&two, fd, &o);
	assert_int_equal(lock(&two, o.info[1].allocation)[0], 99);
	close(fd);
	assert_int_equal(lock(&two, o.info[1].allocation)[0], 99);
	assert_int_equal(destroy_resource(&two, o.args.resource), 0);
	made = make(&two);
	assert_int_equal(lock(&two, made.part[1])[0], 0);
	close(two.fd);
}

static void each_destroys_its_own(void **state)
{
	struct client one = client_open(), two = client_open();
	struct made made = make(&one);
	int fd = client_share(&one, made.resource);
	struct opened a, b;

	open_ok(&two, fd, &a);
	open_ok(&two, fd, &b);
	assert_int_not_equal(a.args.resource.v, b.args.resource.v);
	lock(&one, made.part[0])[0] = 1;
	assert_int_equal(destroy_resource(&one, made.resource), 0);
	assert_int_equal(destroy_resource(&two, a.args.resource), 0);
	assert_int_equal(lock(&two, b.info[0].allocation)[0], 1);
	close(fd);
	close(one.fd);
	close(two.fd);
}

/* ---- what is refused ---- */

static void single_allocations_stay(void **state)
{
	struct client c = client_open();
	struct made made = make(&c);
	struct d3dkmt_destroyallocation2 args = {
		.device = c.device,
		.allocations = PTR(&made.part[0]),
		.alloc_count = 1,
	};
	int fd = client_share(&c, made.resource);
	struct opened o;

	assert_int_equal(node_call(c.fd, LX_DXDESTROYALLOCATION2, &args), -EINVAL);
	open_ok(&c, fd, &o);
	args.allocations = PTR(&o.info[1].allocation);
	assert_int_equal(node_call(c.fd, LX_DXDESTROYALLOCATION2, &args), -EINVAL);
	lock(&c, made.part[0])[0] = 1; /* it is still there */
	close(fd);
	close(c.fd);
}

static void nothing_is_added(void **state)
{
	struct client c = client_open();
	struct made made = make(&c);
	struct alloc_private private = { ALLOC_CPU_VISIBLE, 0, PAGE };
	struct d3dddi_allocationinfo2 info = {
		.priv_drv_data = PTR(&private),
		.priv_drv_data_size = sizeof(private),
	};
	struct d3dkmt_createallocation args = {
		.device = c.device,
		.resource = made.resource,
		.alloc_count = 1,
		.allocation_info = PTR(&info),
	};
	struct d3dkmt_queryresourceinfofromnthandle size;
	int fd;

	assert_int_equal(node_call(c.fd, LX_DXCREATEALLOCATION, &args), -EINVAL);
	fd = client_share(&c, made.resource);
	assert_int_equal(node_call(c.fd, LX_DXCREATEALLOCATION, &args), -EINVAL);
	assert_int_equal(query(&c, (uint64_t)fd, &size), 0);
	assert_int_equal(size.allocation_count, PARTS);
	close(fd);
	close(c.fd);
}

static void create_checks(void **state)
{
	struct client c = client_open();
	struct made made;
	uint64_t fd;

	assert_int_equal(make_try(&c, CREATE_SHARED | NT_SECURITY, PAGE, &made), -EINVAL);
	assert_int_equal(make_try(&c, CREATE_RESOURCE | CREATE_SHARED, PAGE, &made), -EINVAL);
	assert_int_equal(make_try(&c, CREATE_RESOURCE, PAGE, &made), 0);
	assert_int_equal(client_share_try(&c, made.resource, &fd), -EINVAL);
	assert_int_equal(client_share_try(&c, made.part[0], &fd), -EINVAL);
	close(c.fd);
}

static void open_checks(void **state)
{
	struct client c = client_open();
	struct made made = make(&c);
	uint64_t fd = (uint64_t)client_share(&c, made.resource);
	struct d3dkmt_queryresourceinfofromnthandle info;
	struct d3dkmt_opensyncobjectfromnthandle2 sync = { .nt_handle = fd, .device = c.device };
	struct opened o;

	assert_int_equal(node_call(c.fd, LX_DXOPENRESOURCEFROMNTHANDLE, NULL), -EFAULT);
	assert_int_equal(node_call(c.fd, LX_DXQUERYRESOURCEINFOFROMNTHANDLE, NULL), -EFAULT);
	assert_int_equal(node_call(c.fd, LX_DXOPENSYNCOBJECTFROMNTHANDLE2, &sync), -EINVAL);
	assert_int_equal(query(&c, 1000, &info), -EINVAL);
	assert_int_equal(query(&c, (uint64_t)c.fd, &info), -EINVAL);
#define REFUSED(change)                                      \
	do {                                                 \
		opened_init(&o, &c, fd);                     \
		change;                                      \
		assert_int_equal(open_try(&c, &o), -EINVAL); \
	} while (0)
	REFUSED(o.args.device.v = 0);
	REFUSED(o.args.nt_handle = 1000);
	REFUSED(o.args.allocation_count = PARTS + 1);
	REFUSED(o.args.allocation_count = PARTS - 1);
	REFUSED(o.args.private_runtime_data_size = sizeof(runtime) - 1);
	REFUSED(o.args.private_runtime_data_size = -1);
	REFUSED(o.args.resource_priv_drv_data_size = sizeof(blob) - 1);
	REFUSED(o.args.total_priv_drv_data_size = sizeof(o.private) - 1);
#undef REFUSED
	open_ok(&c, (int)fd, &o);
	close((int)fd);
	close(c.fd);
}

/* What could not be told does not exist, wherever the telling failed. */
static void open_undone_on_fault(void **state)
{
	struct client c = client_open();
	struct made made = make(&c), first, second;
	uint64_t fd = (uint64_t)client_share(&c, made.resource);
	struct opened o;
	int i;

	assert_int_equal(make_try(&c, 0, PAGE, &first), 0);
	for (i = 0; i < 400; i++) {
		opened_init(&o, &c, fd);
		switch (i % 4) {
		case 0:
			o.args.private_runtime_data = BAD_POINTER;
			break;
		case 1:
			o.args.resource_priv_drv_data = BAD_POINTER;
			break;
		case 2:
			o.args.total_priv_drv_data = BAD_POINTER;
			break;
		case 3:
			o.args.open_alloc_info = BAD_POINTER;
			break;
		}
		assert_int_equal(open_try(&c, &o), -EFAULT);
	}
	assert_int_equal(make_try(&c, 0, PAGE, &second), 0);
	/* Indices are dense: those of what was undone have come round. */
	assert_true((second.part[0].v >> 6 & 0xffffff) < (first.part[0].v >> 6 & 0xffffff) + 512);
	close((int)fd);
	close(c.fd);
}

struct race {
	struct client c;
	struct made made;
	pthread_barrier_t barrier;
};

static void *race_share(void *arg)
{
	struct race *race = arg;
	uint64_t fd;
	int i;

	for (i = 0; i < RACES; i++) {
		pthread_barrier_wait(&race->barrier);
		if (!client_share_try(&race->c, race->made.resource, &fd))
			close((int)fd);
		pthread_barrier_wait(&race->barrier);
	}
	return NULL;
}

static void racing_share_and_destroy(void **state)
{
	struct race race = { .c = client_open() };
	pthread_t thread;
	int i;

	pthread_barrier_init(&race.barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, race_share, &race), 0);
	for (i = 0; i < RACES; i++) {
		race.made = make(&race.c);
		pthread_barrier_wait(&race.barrier);
		assert_int_equal(destroy_resource(&race.c, race.made.resource), 0);
		pthread_barrier_wait(&race.barrier);
	}
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&race.barrier);
	close(race.c.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blobs_and_sizes),
		cmocka_unit_test(adapter_of_a_resource),
		cmocka_unit_test(one_memory),
		cmocka_unit_test(outlives_its_maker),
		cmocka_unit_test(each_destroys_its_own),
		cmocka_unit_test(single_allocations_stay),
		cmocka_unit_test(nothing_is_added),
		cmocka_unit_test(create_checks),
		cmocka_unit_test(open_checks),
		cmocka_unit_test(open_undone_on_fault),
		cmocka_unit_test(racing_share_and_destroy),
	};

	if (access(NODE, F_OK))
		return SKIP;
	return cmocka_run_group_tests_name("test_resource", tests, NULL, NULL);
}
