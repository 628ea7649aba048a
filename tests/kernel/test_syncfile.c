// SPDX-License-Identifier: MIT
/*
 * test_syncfile.c - sync files of monitored fences: what they signal and when, who can wait for
 * them, what is refused. Raw ioctls and poll(); merged files stand for a foreign consumer of
 * dma_fences, because merging makes one that waits for ours. Run inside a machine whose module
 * serves at least one adapter; exit status 77 (skipped) where there is no /dev/dxg.
 */
#include <poll.h>
#include <sys/eventfd.h>

#include <linux/sync_file.h>

#include "../slow.h"
#include "client.h"

#define PAGE 4096u
#define BAD_POINTER 8u
#define SHARED 3u
#define NO_WAIT 0x20u
#define WAIT_MS 30000

static struct d3dkmthandle fence_create(const struct client *c, uint64_t value, uint32_t flags)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = c->device };

	args.info.type = _D3DDDI_MONITORED_FENCE;
	args.info.flags.value = flags;
	args.info.monitored_fence.initial_fence_value = value;
	assert_int_equal(node_call(c->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args), 0);
	return args.sync_object;
}

static int fence_signal(const struct client *c, struct d3dkmthandle fence, uint64_t value)
{
	struct d3dkmt_signalsynchronizationobjectfromcpu args = {
		.device = c->device,
		.object_count = 1,
		.objects = PTR(&fence),
		.fence_values = PTR(&value),
	};

	return node_call(c->fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU, &args);
}

static int fence_signal_gpu(const struct client *c, struct d3dkmthandle fence, uint64_t value)
{
	struct d3dkmt_signalsynchronizationobjectfromgpu args = {
		.context = c->context,
		.object_count = 1,
		.objects = PTR(&fence),
		.monitored_fence_values = PTR(&value),
	};

	return node_call(c->fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU, &args);
}

static int fence_wait(const struct client *c, struct d3dkmthandle fence, uint64_t value)
{
	struct d3dkmt_waitforsynchronizationobjectfromcpu args = {
		.device = c->device,
		.object_count = 1,
		.objects = PTR(&fence),
		.fence_values = PTR(&value),
	};

	return node_call(c->fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &args);
}

static int create_try(const struct client *c, struct d3dkmthandle fence, uint64_t value,
		      int *ret_fd)
{
	struct d3dkmt_createsyncfile args = {
		.device = c->device,
		.monitored_fence = fence,
		.fence_value = value,
	};
	int err = node_call(c->fd, LX_DXCREATESYNCFILE, &args);

	*ret_fd = (int)args.sync_file_handle;
	return err;
}

static int create(const struct client *c, struct d3dkmthandle fence, uint64_t value)
{
	int fd = -1;

	assert_int_equal(create_try(c, fence, value, &fd), 0);
	return fd;
}

static int wait_try(const struct client *c, uint64_t fd)
{
	struct d3dkmt_waitsyncfile args = { .sync_file_handle = fd, .context = c->context };

	return node_call(c->fd, LX_DXWAITSYNCFILE, &args);
}

static int open_try(const struct client *c, uint64_t fd,
		    struct d3dkmt_opensyncobjectfromsyncfile *args)
{
	memset(args, 0, sizeof(*args));
	args->sync_file_handle = fd;
	args->device = c->device;
	return node_call(c->fd, LX_DXOPENSYNCOBJECTFROMSYNCFILE, args);
}

static bool is_signalled(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1 && (p.revents & POLLIN);
}

/* 0 pending, 1 signalled, negative: an error. @ret: of its one fence; may be NULL. */
static int file_status(int fd, struct sync_fence_info *ret)
{
	struct sync_fence_info fence = { 0 };
	struct sync_file_info info = { .num_fences = 1, .sync_fence_info = PTR(&fence) };

	assert_int_equal(node_call(fd, SYNC_IOC_FILE_INFO, &info), 0);
	assert_int_equal(info.num_fences, 1);
	if (ret)
		*ret = fence;
	return info.status;
}

static int merge(int a, int b)
{
	struct sync_merge_data data = { .fd2 = b };

	strcpy(data.name, "merged");
	assert_int_equal(node_call(a, SYNC_IOC_MERGE, &data), 0);
	return data.fence;
}

/* ---- signalling ---- */

static void signalled_when_reached(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmthandle fence = fence_create(&c, 0, 0);
	struct sync_fence_info info;
	int fd = create(&c, fence, 5);

	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(fence_signal(&c, fence, 4), 0);
	assert_int_equal(fence_wait(&c, fence, 4), 0);
	assert_false(is_signalled(fd, 0));
	assert_int_equal(file_status(fd, &info), 0);
	assert_string_equal(info.driver_name, "dxgkrnl");
	assert_string_equal(info.obj_name, "monitored fence");
	assert_int_equal(fence_signal(&c, fence, 5), 0);
	assert_true(is_signalled(fd, WAIT_MS));
	assert_int_equal(file_status(fd, NULL), 1);
	close(fd);
	close(c.fd);
}

static void signalled_by_the_gpu(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmthandle fence = fence_create(&c, 0, 0);
	int fd = create(&c, fence, 1);

	assert_int_equal(fence_signal_gpu(&c, fence, 1), 0);
	assert_true(is_signalled(fd, WAIT_MS));
	close(fd);
	close(c.fd);
}

static void reached_already(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmthandle fence = fence_create(&c, 9, 0);
	int fd = create(&c, fence, 9);

	assert_true(is_signalled(fd, WAIT_MS));
	assert_int_equal(wait_try(&c, (uint64_t)fd), 0);
	close(fd);
	close(c.fd);
}

/* Another driver's view of ours: it adds callbacks to the fences and signals when both are there.
 */
static void foreign_consumer(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmthandle one = fence_create(&c, 0, 0), two = fence_create(&c, 0, SHARED);
	int a = create(&c, one, 1), b = create(&c, two, 1), both = merge(a, b);

	close(a);
	close(b);
	assert_false(is_signalled(both, 0));
	assert_int_equal(fence_signal(&c, one, 1), 0);
	assert_int_equal(fence_wait(&c, one, 1), 0);
	assert_false(is_signalled(both, 0));
	assert_int_equal(fence_signal(&c, two, 1), 0);
	assert_true(is_signalled(both, WAIT_MS));
	close(both);
	close(c.fd);
}

static void fence_of_a_paging_queue(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmt_createpagingqueue queue = { .device = c.device };
	int fd;

	assert_int_equal(node_call(c.fd, LX_DXCREATEPAGINGQUEUE, &queue), 0);
	fd = create(&c, queue.sync_object, 0);
	assert_true(is_signalled(fd, WAIT_MS));
	close(fd);
	fd = create(&c, queue.sync_object, 1000);
	assert_false(is_signalled(fd, 0));
	close(fd);
	close(c.fd);
}

/* ---- what will not come ends with an error ---- */

static void ends_with_its_process(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmthandle plain = fence_create(&c, 0, 0), shared = fence_create(&c, 0, SHARED);
	int a = create(&c, plain, 1), b = create(&c, shared, 1);

	close(c.fd);
	assert_true(is_signalled(a, WAIT_MS));
	assert_true(is_signalled(b, WAIT_MS));
	assert_int_equal(file_status(a, NULL), -ECANCELED);
	assert_int_equal(file_status(b, NULL), -ECANCELED);
	close(a);
	close(b);
}

static void ends_with_its_fence(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmthandle fence = fence_create(&c, 0, 0);
	int fd = create(&c, fence, 1);

	assert_int_equal(client_destroy_fence(&c, fence), 0);
	assert_true(is_signalled(fd, WAIT_MS));
	assert_int_equal(file_status(fd, NULL), -ECANCELED);
	assert_int_equal(wait_try(&c, (uint64_t)fd), -ECANCELED);
	close(fd);
	close(c.fd);
}

/* ---- WaitSyncFile ---- */

static void context_waits(struct client *c, struct client *signaller, uint32_t flags)
{
	struct d3dkmthandle fence = fence_create(signaller, 0, flags);
	struct d3dkmthandle done = fence_create(c, 0, 0);
	int fd = create(signaller, fence, 3), after;

	assert_int_equal(wait_try(c, (uint64_t)fd), 0);
	assert_int_equal(fence_signal_gpu(c, done, 1), 0);
	after = create(c, done, 1);
	assert_int_equal(fence_signal(signaller, fence, 2), 0);
	assert_int_equal(fence_wait(signaller, fence, 2), 0);
	assert_false(is_signalled(after, 0));
	close(fd); /* what is queued needs it no more */
	assert_int_equal(fence_signal(signaller, fence, 3), 0);
	assert_true(is_signalled(after, WAIT_MS));
	close(after);
}

static void wait_in_its_process(void **state)
{
	struct client c = client_open_context(false);

	context_waits(&c, &c, 0);
	context_waits(&c, &c, SHARED);
	close(c.fd);
}

static void wait_in_another_process(void **state)
{
	struct client one = client_open_context(false), two = client_open_context(false);

	context_waits(&two, &one, SHARED);
	close(one.fd);
	close(two.fd);
}

/* A fence that is not shared means nothing elsewhere; nothing is done, and that is said. */
static void not_shared(void **state)
{
	struct client one = client_open_context(false), two = client_open_context(false);
	struct d3dkmthandle fence = fence_create(&one, 0, 0);
	struct d3dkmt_opensyncobjectfromsyncfile args;
	int fd = create(&one, fence, 1);

	assert_int_equal(wait_try(&two, (uint64_t)fd), -EINVAL);
	assert_int_equal(open_try(&two, (uint64_t)fd, &args), -EINVAL);
	assert_int_equal(open_try(&one, (uint64_t)fd, &args), -EINVAL);
	close(fd);
	close(one.fd);
	close(two.fd);
}

static void wait_checks(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmthandle fence = fence_create(&c, 0, 0);
	struct d3dkmt_waitsyncfile args = { .context = c.context };

	args.sync_file_handle = (uint64_t)create(&c, fence, 1);
	assert_int_equal(node_call(c.fd, LX_DXWAITSYNCFILE, NULL), -EFAULT);
	args.reserved = 1;
	assert_int_equal(node_call(c.fd, LX_DXWAITSYNCFILE, &args), -EINVAL);
	args.reserved = 0;
	args.context = c.device;
	assert_int_equal(node_call(c.fd, LX_DXWAITSYNCFILE, &args), -EINVAL);
	assert_int_equal(wait_try(&c, 1000), -EINVAL);
	assert_int_equal(wait_try(&c, UINT64_MAX), -EINVAL);
	assert_int_equal(wait_try(&c, (uint64_t)c.fd), -EINVAL);
	close((int)args.sync_file_handle);
	close(c.fd);
}

/* Whatever is in a sync file that is not one fence of ours. */
static void merged_files_are_refused(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmthandle one = fence_create(&c, 0, SHARED), two = fence_create(&c, 0, SHARED);
	struct d3dkmt_opensyncobjectfromsyncfile args;
	int a = create(&c, one, 1), b = create(&c, two, 1), both = merge(a, b);

	assert_int_equal(wait_try(&c, (uint64_t)both), -EINVAL);
	assert_int_equal(open_try(&c, (uint64_t)both, &args), -EINVAL);
	close(a);
	close(b);
	close(both);
	close(c.fd);
}

/* ---- OpenSyncObjectFromSyncFile ---- */

static void open_shared(void **state)
{
	struct client one = client_open_context(false), two = client_open_context(false);
	struct d3dkmthandle fence = fence_create(&one, 4, SHARED);
	struct d3dkmt_opensyncobjectfromsyncfile args;
	int fd = create(&one, fence, 6);

	assert_int_equal(open_try(&two, (uint64_t)fd, &args), 0);
	assert_int_equal(args.fence_value, 6);
	assert_int_equal(*(const volatile uint64_t *)(uintptr_t)args.fence_value_cpu_va, 4);
	assert_int_equal(fence_signal(&two, args.syncobj, 6), -EACCES); /* to wait for, no more */
	assert_int_equal(fence_signal(&one, fence, 6), 0);
	assert_int_equal(fence_wait(&two, args.syncobj, args.fence_value), 0);
	assert_int_equal(client_destroy_fence(&two, args.syncobj), 0);
	close(fd);
	close(one.fd);
	close(two.fd);
}

static void open_undone_on_fault(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmthandle fence = fence_create(&c, 0, SHARED), first, second;
	struct d3dkmt_opensyncobjectfromsyncfile *page =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i, fd = create(&c, fence, 1);

	assert_ptr_not_equal(page, MAP_FAILED);
	page->sync_file_handle = (uint64_t)fd;
	page->device = c.device;
	assert_int_equal(mprotect(page, PAGE, PROT_READ), 0);
	first = fence_create(&c, 0, 0);
	for (i = 0; i < slow_or(2000, 700); i++)
		assert_int_equal(node_call(c.fd, LX_DXOPENSYNCOBJECTFROMSYNCFILE, page), -EFAULT);
	second = fence_create(&c, 0, 0);
	/* Indices are dense: those of what was undone have come round. */
	assert_true((second.v >> 6 & 0xffffff) < (first.v >> 6 & 0xffffff) + 512);
	munmap(page, PAGE);
	close(fd);
	close(c.fd);
}

/* ---- CreateSyncFile ---- */

static void create_checks(void **state)
{
	struct client c = client_open_context(false), other = client_open_context(false);
	int event = eventfd(0, EFD_CLOEXEC), fd;
	struct d3dkmt_createsynchronizationobject2 notification = { .device = c.device };

	notification.info.type = _D3DDDI_CPU_NOTIFICATION;
	notification.info.cpu_notification.event = (uint64_t)event;
	assert_int_equal(node_call(c.fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &notification), 0);
	assert_int_equal(node_call(c.fd, LX_DXCREATESYNCFILE, NULL), -EFAULT);
	assert_int_equal(create_try(&c, c.device, 1, &fd), -EINVAL);
	assert_int_equal(create_try(&c, c.context, 1, &fd), -EINVAL);
	assert_int_equal(create_try(&c, c.adapter, 1, &fd), -EINVAL);
	assert_int_equal(create_try(&c, notification.sync_object, 1, &fd), -EINVAL);
	assert_int_equal(create_try(&c, (struct d3dkmthandle){ 0 }, 1, &fd), -EINVAL);
	assert_int_equal(create_try(&c, fence_create(&c, 0, NO_WAIT), 1, &fd), -EACCES);
	close(event);
	close(other.fd);
	close(c.fd);
}

/* Neither descriptors nor registered events are left behind: many more than a process may have. */
static void failed_create_leaves_nothing(void **state)
{
	struct client c = client_open_context(false);
	struct d3dkmthandle fence = fence_create(&c, 0, SHARED);
	struct d3dkmt_createsyncfile *page =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i, fd;

	assert_ptr_not_equal(page, MAP_FAILED);
	page->device = c.device;
	page->monitored_fence = fence;
	page->fence_value = 1;
	assert_int_equal(mprotect(page, PAGE, PROT_READ), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(node_call(c.fd, LX_DXCREATESYNCFILE, page), -EFAULT);
	fd = create(&c, fence, 1);
	assert_true(fd < c.fd + 8);
	assert_int_equal(fence_signal(&c, fence, 1), 0);
	assert_true(is_signalled(fd, WAIT_MS));
	munmap(page, PAGE);
	close(fd);
	close(c.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signalled_when_reached),
		cmocka_unit_test(signalled_by_the_gpu),
		cmocka_unit_test(reached_already),
		cmocka_unit_test(foreign_consumer),
		cmocka_unit_test(fence_of_a_paging_queue),
		cmocka_unit_test(ends_with_its_process),
		cmocka_unit_test(ends_with_its_fence),
		cmocka_unit_test(wait_in_its_process),
		cmocka_unit_test(wait_in_another_process),
		cmocka_unit_test(not_shared),
		cmocka_unit_test(wait_checks),
		cmocka_unit_test(merged_files_are_refused),
		cmocka_unit_test(open_shared),
		cmocka_unit_test(open_undone_on_fault),
		cmocka_unit_test(create_checks),
		cmocka_unit_test(failed_create_leaves_nothing),
	};

	if (access(NODE, F_OK))
		return SKIP;
	return cmocka_run_group_tests_name("test_syncfile", tests, NULL, NULL);
}
