// SPDX-License-Identifier: MIT
/*
 * test_share.c - shared objects and their descriptors below libdxg: bad pointers, counts after
 * failures, races, pages that openers cannot write. Raw ioctls, nothing of ours but the ABI header.
 * Run inside a machine whose module serves at least one adapter; exit status 77 (skipped) where
 * there is no /dev/dxg.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../slow.h"
#include "client.h"

#define PAGE 4096u
#define BAD_POINTER 8u /* in the first page: nothing is there */
#define SHARED 3u
#define RACES slow_scaled(300)

/* ---- what most tests need ---- */

static int fence_try(const struct client *c, uint32_t flags, struct d3dkmthandle *ret)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = c->device };
	int err;

	args.info.type = _D3DDDI_MONITORED_FENCE;
	args.info.flags.value = flags;
	err = node_call(c->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args);
	*ret = args.sync_object;
	return err;
}

static struct d3dkmthandle fence_create(const struct client *c, uint32_t flags)
{
	struct d3dkmthandle fence;

	assert_int_equal(fence_try(c, flags, &fence), 0);
	return fence;
}

static int open_try(const struct client *c, uint64_t fd,
		    struct d3dkmt_opensyncobjectfromnthandle2 *args)
{
	memset(args, 0, sizeof(*args));
	args->nt_handle = fd;
	args->device = c->device;
	return node_call(c->fd, LX_DXOPENSYNCOBJECTFROMNTHANDLE2, args);
}

static void open_ok(const struct client *c, int fd)
{
	struct d3dkmt_opensyncobjectfromnthandle2 args;

	assert_int_equal(open_try(c, (uint64_t)fd, &args), 0);
	assert_int_equal(client_destroy_fence(c, args.sync_object), 0);
}

/* ---- ShareObjects ---- */

static void share_checks(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, SHARED);
	uint64_t fd = 0;
	struct d3dkmt_shareobjects good = { .object_count = 1,
					    .objects = PTR(&fence),
					    .shared_handle = PTR(&fd) },
				   bad;

	assert_int_equal(node_call(c.fd, LX_DXSHAREOBJECTS, NULL), -EFAULT);
	bad = good;
	bad.object_count = 2;
	assert_int_equal(node_call(c.fd, LX_DXSHAREOBJECTS, &bad), -EINVAL);
	bad.object_count = 0;
	assert_int_equal(node_call(c.fd, LX_DXSHAREOBJECTS, &bad), -EINVAL);
	bad = good;
	bad.objects = BAD_POINTER;
	assert_int_equal(node_call(c.fd, LX_DXSHAREOBJECTS, &bad), -EFAULT);
	assert_int_equal(client_share_try(&c, c.device, &fd), -EINVAL);
	assert_int_equal(client_share_try(&c, fence_create(&c, 0), &fd), -EINVAL);
	assert_int_equal(fence_try(&c, 1, &fence), -EINVAL);
	close(c.fd);
}

/* A failed share changes no count: the next one is a first share again, and what it gives is whole.
 */
static void failed_share_leaves_nothing(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, SHARED);
	struct rlimit limit, none;
	int i, fd, lowest = client_next_descriptor();
	uint64_t unused;

	for (i = 0; i < 3; i++)
		assert_int_equal(client_share_try(&c, fence, (uint64_t *)BAD_POINTER), -EFAULT);
	assert_int_equal(client_next_descriptor(), lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = (rlim_t)lowest;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(client_share_try(&c, fence, &unused), -ENOTRECOVERABLE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	fd = client_share(&c, fence);
	assert_int_equal(client_destroy_fence(&c, fence), 0);
	open_ok(&c, fd);
	close(fd);
	close(c.fd);
}

/* What is behind a descriptor outlives the open file that made it. */
static void descriptor_outlives_its_file(void **state)
{
	struct client one = client_open(), two = client_open();
	int fd = client_share(&one, fence_create(&one, SHARED));

	close(one.fd);
	open_ok(&two, fd);
	close(fd);
	close(two.fd);
}

static void descriptor_does_nothing_else(void **state)
{
	struct client c = client_open();
	int fd = client_share(&c, fence_create(&c, SHARED));
	char byte = 0;

	assert_int_equal(read(fd, &byte, 1), -1);
	assert_int_equal(write(fd, &byte, 1), -1);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(ioctl(fd, LX_DXENUMADAPTERS2, &byte), -1);
	close(fd);
	close(c.fd);
}

struct race {
	struct client c;
	struct d3dkmthandle fence;
	pthread_barrier_t barrier;
};

static void *race_share(void *arg)
{
	struct race *race = arg;
	uint64_t fd;
	int i;

	for (i = 0; i < RACES; i++) {
		pthread_barrier_wait(&race->barrier);
		if (!client_share_try(&race->c, race->fence, &fd))
			close((int)fd);
		pthread_barrier_wait(&race->barrier);
	}
	return NULL;
}

/* Two threads share what a third one destroys. */
static void racing_share_and_destroy(void **state)
{
	struct race race = { .c = client_open() };
	pthread_t thread[2];
	int i;

	pthread_barrier_init(&race.barrier, NULL, 3);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, race_share, &race), 0);
	for (i = 0; i < RACES; i++) {
		race.fence = fence_create(&race.c, SHARED);
		pthread_barrier_wait(&race.barrier);
		assert_int_equal(client_destroy_fence(&race.c, race.fence), 0);
		pthread_barrier_wait(&race.barrier);
	}
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&race.barrier);
	close(race.c.fd);
}

/* ---- OpenSyncObjectFromNtHandle2 ---- */

static void open_checks(void **state)
{
	struct client c = client_open();
	int fd = client_share(&c, fence_create(&c, SHARED)), event = eventfd(0, EFD_CLOEXEC);
	struct d3dkmt_opensyncobjectfromnthandle2 args = { .nt_handle = (uint64_t)fd,
							   .device = c.device };
	struct d3dkmt_opensyncobjectfromnthandle2 bad = args;

	assert_int_equal(node_call(c.fd, LX_DXOPENSYNCOBJECTFROMNTHANDLE2, NULL), -EFAULT);
	bad.flags.value = 0x200;
	assert_int_equal(node_call(c.fd, LX_DXOPENSYNCOBJECTFROMNTHANDLE2, &bad), -EINVAL);
	bad = args;
	bad.device = c.adapter;
	assert_int_equal(node_call(c.fd, LX_DXOPENSYNCOBJECTFROMNTHANDLE2, &bad), -EINVAL);
	assert_int_equal(open_try(&c, (uint64_t)event, &bad), -EINVAL);
	assert_int_equal(open_try(&c, (uint64_t)c.fd, &bad), -EINVAL);
	assert_int_equal(open_try(&c, 1000, &bad), -EINVAL);
	assert_int_equal(open_try(&c, (uint64_t)fd | 1ull << 32, &bad), -EINVAL);
	assert_int_equal(open_try(&c, UINT64_MAX, &bad), -EINVAL);
	close(event);
	close(fd);
	close(c.fd);
}

/* What could not be told does not exist: many more than the host would keep for a process. */
static void open_undone_on_fault(void **state)
{
	struct client c = client_open();
	int fd = client_share(&c, fence_create(&c, SHARED)), i;
	struct d3dkmt_opensyncobjectfromnthandle2 args = { .nt_handle = (uint64_t)fd,
							   .device = c.device };
	void *page = node_readonly(&args, sizeof(args));
	struct d3dkmthandle first, second;

	first = fence_create(&c, 0);
	for (i = 0; i < slow_or(2000, 700); i++)
		assert_int_equal(node_call(c.fd, LX_DXOPENSYNCOBJECTFROMNTHANDLE2, page), -EFAULT);
	second = fence_create(&c, 0);
	/* Indices are dense: those of what was undone have come round. */
	assert_true((second.v >> 6 & 0xffffff) < (first.v >> 6 & 0xffffff) + 512);
	munmap(page, PAGE);
	close(fd);
	close(c.fd);
}

static void opened_fence_is_read_only(void **state)
{
	struct client c = client_open();
	struct d3dkmt_opensyncobjectfromnthandle2 args;
	int fd = client_share(&c, fence_create(&c, SHARED)), status = 0;
	volatile uint64_t *value;
	pid_t pid;

	assert_int_equal(open_try(&c, (uint64_t)fd, &args), 0);
	value = (volatile uint64_t *)(uintptr_t)args.monitored_fence.fence_value_cpu_va;
	assert_int_equal(*value, 0);
	assert_int_equal(mprotect((void *)(uintptr_t)value, PAGE, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	pid = fork();
	if (!pid) {
		signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
		*value = 1;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	close(fd);
	close(c.fd);
}

/* ---- ShareObjectWithHost ---- */

static void with_host_checks(void **state)
{
	struct client c = client_open(), other = client_open();
	struct d3dkmt_shareobjectwithhost args = { .device_handle = c.device };

	args.object_handle = fence_create(&c, 0);
	assert_int_equal(node_call(c.fd, LX_DXSHAREOBJECTWITHHOST, NULL), -EFAULT);
	assert_int_equal(node_call(c.fd, LX_DXSHAREOBJECTWITHHOST, &args), -EPERM);
	args.object_handle = c.device;
	assert_int_equal(node_call(c.fd, LX_DXSHAREOBJECTWITHHOST, &args), -EINVAL);
	args.device_handle.v = 0;
	assert_int_equal(node_call(c.fd, LX_DXSHAREOBJECTWITHHOST, &args), -EINVAL);
	args.device_handle = c.device;
	args.reserved = 1;
	assert_int_equal(node_call(c.fd, LX_DXSHAREOBJECTWITHHOST, &args), -EINVAL);
	close(other.fd);
	close(c.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(share_checks),
		cmocka_unit_test(failed_share_leaves_nothing),
		cmocka_unit_test(descriptor_outlives_its_file),
		cmocka_unit_test(descriptor_does_nothing_else),
		cmocka_unit_test(racing_share_and_destroy),
		cmocka_unit_test(open_checks),
		cmocka_unit_test(open_undone_on_fault),
		cmocka_unit_test(opened_fence_is_read_only),
		cmocka_unit_test(with_host_checks),
	};

	if (access(NODE, F_OK))
		return SKIP;
	return cmocka_run_group_tests_name("test_share", tests, NULL, NULL);
}
