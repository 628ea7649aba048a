/* SPDX-License-Identifier: MIT */
/*
 * test_api_share: shared fences. Specification: ioctls 0x10, 0x3f, 0x40, 0x44, sections 5.8
 * and 7.1. Children have sessions (over the socket) or open files (in a virtual machine) of their
 * own, and get descriptors as any process does: by inheritance or by SCM_RIGHTS.
 */
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "fixture.h"

#define SHARED 0x1u
#define NT_SECURITY 0x2u
#define NO_SIGNAL 0x10u
#define NO_WAIT 0x20u

static NTSTATUS create_flags(const struct api *a, uint64_t value, uint32_t flags,
			     struct api_fence *ret)
{
	struct d3dkmt_createsynchronizationobject2 args = {
		.device = a->device,
		.info = { .type = _D3DDDI_MONITORED_FENCE },
	};
	NTSTATUS status;

	args.info.flags.value = flags;
	args.info.monitored_fence.initial_fence_value = value;
	status = D3DKMTCreateSynchronizationObject2(&args);
	ret->handle = args.sync_object;
	ret->value =
		(const uint64_t *)(uintptr_t)args.info.monitored_fence.fence_cpu_virtual_address;
	return status;
}

static NTSTATUS create_shared(const struct api *a, uint64_t value, struct api_fence *ret)
{
	return create_flags(a, value, SHARED | NT_SECURITY, ret);
}

static NTSTATUS open_fd(const struct api *a, uint64_t fd, uint32_t flags, struct api_fence *ret)
{
	struct d3dkmt_opensyncobjectfromnthandle2 args = { .nt_handle = fd, .device = a->device };
	NTSTATUS status;

	args.flags.value = flags;
	status = D3DKMTOpenSyncObjectFromNtHandle2(&args);
	ret->handle = args.sync_object;
	ret->value = (const uint64_t *)(uintptr_t)args.monitored_fence.fence_value_cpu_va;
	return status;
}

/* ---- one process ---- */

static void test_open_shows_the_value(void **state)
{
	struct api *a = *state;
	struct api_fence made, opened;
	int fd = -1;

	assert_ok(create_shared(a, 7, &made));
	assert_ok(api_share(made.handle, &fd));
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	assert_ok(open_fd(a, (uint64_t)fd, 0, &opened));
	assert_int_not_equal(opened.handle.v, made.handle.v);
	assert_ptr_not_equal(opened.value, made.value);
	assert_int_equal(*opened.value, 7);
	assert_ok(api_signal_cpu(a->device, made.handle, 8));
	assert_ok(api_wait(a->device, opened.handle, 8));
	assert_int_equal(*opened.value, 8);
	assert_ok(api_signal_cpu(a->device, opened.handle, 9));
	assert_ok(api_wait(a->device, made.handle, 9));
	close(fd);
	assert_ok(api_sync_destroy(made.handle));
	assert_ok(api_signal_cpu(a->device, opened.handle, 10));
	assert_ok(api_wait(a->device, opened.handle, 10));
	assert_ok(api_sync_destroy(opened.handle));
}

/* Every member has waits of its own; one signal ends them all. */
static void test_all_members_wake(void **state)
{
	struct api *a = *state;
	struct api_fence member[4];
	int fd = -1, event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), i;
	uint64_t value = 3;

	assert_ok(create_shared(a, 0, &member[0]));
	assert_ok(api_share(member[0].handle, &fd));
	for (i = 1; i < 4; i++)
		assert_ok(open_fd(a, (uint64_t)fd, 0, &member[i]));
	for (i = 0; i < 4; i++)
		assert_ok(api_wait_cpu(a->device, &member[i].handle, &value, 1, false,
				       (uint64_t)event));
	assert_ok(api_wait_gpu(a->context, member[2].handle, 3));
	assert_ok(api_signal_gpu(a->context, a->done.handle, ++a->asked));
	assert_false(api_poll(event, 0));
	assert_ok(api_signal_cpu(a->device, member[3].handle, 3));
	assert_ok(api_wait(a->device, a->done.handle, a->asked));
	for (i = 0; i < 4; i++)
		assert_ok(api_wait(a->device, member[i].handle, 3));
	for (i = 0; i < 4;)
		i += (int)api_eventfd_take(event, API_WAIT_MS);
	assert_int_equal(i, 4);
	close(event);
	close(fd);
}

/* A descriptor outlives the object it was made from, and a queued wait its member. */
static void test_outlives_its_maker(void **state)
{
	struct api *a = *state;
	struct api_fence made, opened, again;
	int fd = -1, copy;

	assert_ok(create_shared(a, 5, &made));
	assert_ok(api_share(made.handle, &fd));
	assert_ok(api_sync_destroy(made.handle));
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	close(fd);
	assert_ok(open_fd(a, (uint64_t)copy, 0, &opened));
	assert_int_equal(*opened.value, 5);
	assert_ok(api_wait_gpu(a->context, opened.handle, 6));
	assert_ok(api_signal_gpu(a->context, a->done.handle, ++a->asked));
	assert_ok(api_sync_destroy(opened.handle));
	assert_ok(open_fd(a, (uint64_t)copy, 0, &again));
	assert_ok(api_signal_cpu(a->device, again.handle, 6));
	assert_ok(api_wait(a->device, a->done.handle, a->asked));
	close(copy);
}

static void test_no_signal(void **state)
{
	struct api *a = *state;
	struct api_fence made, reader;
	int fd = -1;

	assert_ok(create_shared(a, 0, &made));
	assert_ok(api_share(made.handle, &fd));
	assert_ok(open_fd(a, (uint64_t)fd, NO_SIGNAL, &reader));
	assert_status(api_signal_cpu(a->device, reader.handle, 1), STATUS_ACCESS_DENIED);
	assert_status(api_signal_gpu(a->context, reader.handle, 1), STATUS_ACCESS_DENIED);
	assert_int_equal(*made.value, 0);
	assert_ok(api_signal_cpu(a->device, made.handle, 1));
	assert_ok(api_wait(a->device, reader.handle, 1));
	close(fd);
}

static void test_no_wait(void **state)
{
	struct api *a = *state;
	struct api_fence made, writer;
	uint64_t value = 0;
	int fd = -1;

	assert_ok(create_shared(a, 0, &made));
	assert_ok(api_share(made.handle, &fd));
	assert_ok(open_fd(a, (uint64_t)fd, NO_WAIT, &writer));
	assert_status(api_wait_cpu(a->device, &writer.handle, &value, 1, false, 0),
		      STATUS_ACCESS_DENIED);
	assert_status(api_wait_gpu(a->context, writer.handle, 0), STATUS_ACCESS_DENIED);
	assert_ok(api_signal_cpu(a->device, writer.handle, 4));
	assert_ok(api_wait(a->device, made.handle, 4));
	close(fd);
}

static void test_what_cannot_be_shared(void **state)
{
	struct api *a = *state;
	struct api_fence plain, made;
	struct d3dkmthandle two[2];
	uint64_t ret = 0;
	int fd = -1;

	assert_ok(api_fence_create(a->device, 0, &plain));
	assert_status(api_share(plain.handle, &fd), STATUS_INVALID_PARAMETER);
	assert_status(api_share(a->context, &fd), STATUS_INVALID_PARAMETER);
	assert_status(api_share(a->queue_fence.handle, &fd), STATUS_INVALID_PARAMETER);
	assert_status(create_flags(a, 0, SHARED, &made), STATUS_INVALID_PARAMETER);
	assert_ok(create_shared(a, 0, &made));
	two[0] = two[1] = made.handle;
	assert_status(D3DKMTShareObjects(2, two, NULL, 0, &ret), STATUS_INVALID_PARAMETER);
	assert_status(D3DKMTShareObjects(0, two, NULL, 0, &ret), STATUS_INVALID_PARAMETER);
	assert_ok(api_sync_destroy(made.handle));
	assert_status(api_share(made.handle, &fd), STATUS_INVALID_PARAMETER);
}

static void test_what_cannot_be_opened(void **state)
{
	struct api *a = *state;
	struct api_fence made, opened;
	int fd = -1, event = eventfd(0, EFD_CLOEXEC), pair[2];

	assert_ok(create_shared(a, 0, &made));
	assert_ok(api_share(made.handle, &fd));
	assert_status(open_fd(a, (uint64_t)event, 0, &opened), STATUS_INVALID_PARAMETER);
	assert_status(open_fd(a, 1000000, 0, &opened), STATUS_INVALID_PARAMETER);
	assert_status(open_fd(a, UINT64_MAX, 0, &opened), STATUS_INVALID_PARAMETER);
	assert_status(open_fd(a, (uint64_t)fd, 0x200, &opened), STATUS_INVALID_PARAMETER);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_status(open_fd(a, (uint64_t)pair[0], 0, &opened), STATUS_INVALID_PARAMETER);
	close(pair[0]);
	close(pair[1]);
	close(event);
	close(fd);
}

/* ---- several processes ---- */

/* Answers every odd value with the next one, up to 9. */
static int child_plays(int fd)
{
	struct api_fence fence;
	struct api b;
	uint64_t v;

	if (api_open(&b))
		return 1;
	if (open_fd(&b, (uint64_t)fd, 0, &fence))
		return 2;
	for (v = 1; v < 10; v += 2)
		if (api_wait(b.device, fence.handle, v) ||
		    api_signal_cpu(b.device, fence.handle, v + 1))
			return 3;
	return api_close(&b) ? 4 : 0;
}

static void test_two_processes(void **state)
{
	struct api *a = *state;
	struct api_fence fence;
	int fd = -1;
	uint64_t v;
	pid_t pid;

	assert_ok(create_shared(a, 0, &fence));
	assert_ok(api_share(fence.handle, &fd));
	pid = start_child(child_plays, fd);
	for (v = 1; v < 10; v += 2) {
		assert_ok(api_signal_cpu(a->device, fence.handle, v));
		assert_ok(api_wait(a->device, fence.handle, v + 1));
	}
	assert_child_ok(pid);
	close(fd);
}

/* The GPU work of one waits for the GPU work of the other. */
static int child_waits_on_gpu(int fd)
{
	struct api_fence fence;
	struct api b;

	if (api_open(&b) || open_fd(&b, (uint64_t)fd, 0, &fence))
		return 1;
	if (api_wait_gpu(b.context, fence.handle, 1) || api_signal_gpu(b.context, fence.handle, 2))
		return 2;
	return api_wait(b.device, fence.handle, 2) || api_close(&b) ? 3 : 0;
}

static void test_gpu_waits_across(void **state)
{
	struct api *a = *state;
	struct api_fence fence;
	int fd = -1;
	pid_t pid;

	assert_ok(create_shared(a, 0, &fence));
	assert_ok(api_share(fence.handle, &fd));
	pid = start_child(child_waits_on_gpu, fd);
	assert_ok(api_wait_gpu(a->context, fence.handle, 2));
	assert_ok(api_signal_gpu(a->context, a->done.handle, ++a->asked));
	assert_ok(api_signal_cpu(a->device, fence.handle, 1));
	assert_ok(api_wait(a->device, a->done.handle, a->asked));
	assert_child_ok(pid);
	close(fd);
}

static int child_gives(int sock)
{
	struct api_fence fence;
	struct api b;
	int fd = -1;

	if (api_open(&b) || create_shared(&b, 42, &fence) || api_share(fence.handle, &fd))
		return 1;
	return send_fd(sock, fd) ? 2 : 0; /* and ends with everything open */
}

/* The maker is dead before anybody opens it. */
static void test_descriptor_of_the_dead(void **state)
{
	struct api *a = *state;
	struct api_fence fence;
	int pair[2], fd;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_child_ok(start_child(child_gives, pair[1]));
	fd = receive_fd(pair[0]);
	assert_true(fd >= 0);
	assert_ok(open_fd(a, (uint64_t)fd, 0, &fence));
	assert_int_equal(*fence.value, 42);
	assert_ok(api_signal_cpu(a->device, fence.handle, 43));
	assert_ok(api_wait(a->device, fence.handle, 43));
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

/* ---- what is lost ---- */

static NTSTATUS lose(struct api *b)
{
	/* Nothing is mapped there. */
	return api_submit_at(b->context, 0x7000000000, 16) || api_wait_lost(b) ? STATUS_UNSUCCESSFUL
									       : STATUS_SUCCESS;
}

static int child_loses(int fd)
{
	struct api_fence fence;
	struct api b;

	return api_open(&b) || open_fd(&b, (uint64_t)fd, 0, &fence) || lose(&b) ||
	       *fence.value != UINT64_MAX;
}

/* Whose device is lost may have been the one that signals: nobody waits for ever. */
static void test_loss_ends_waits(void **state)
{
	struct api *a = *state;
	struct api_fence fence;
	int fd = -1;

	assert_ok(create_shared(a, 0, &fence));
	assert_ok(api_share(fence.handle, &fd));
	assert_child_ok(start_child(child_loses, fd));
	assert_ok(api_wait(a->device, fence.handle, 1));
	assert_int_equal(*fence.value, UINT64_MAX);
	close(fd);
}

static int child_reads_and_loses(int fd)
{
	struct api_fence fence;
	struct api b;

	return api_open(&b) || open_fd(&b, (uint64_t)fd, NO_SIGNAL, &fence) || lose(&b) ||
	       *fence.value != UINT64_MAX;
}

/* Whoever may not signal cannot by losing his device either. */
static void test_loss_of_a_reader(void **state)
{
	struct api *a = *state;
	struct api_fence fence;
	int fd = -1;

	assert_ok(create_shared(a, 0, &fence));
	assert_ok(api_share(fence.handle, &fd));
	assert_child_ok(start_child(child_reads_and_loses, fd));
	assert_int_equal(*fence.value, 0);
	assert_ok(api_signal_cpu(a->device, fence.handle, 1));
	assert_ok(api_wait(a->device, fence.handle, 1));
	assert_int_equal(*fence.value, 1);
	close(fd);
}

/* ---- what nobody can give ---- */

static void test_with_host(void **state)
{
	struct api *a = *state;
	struct d3dkmt_shareobjectwithhost args = { .device_handle = a->device };
	struct api_fence fence;

	assert_ok(api_fence_create(a->device, 0, &fence));
	args.object_handle = fence.handle;
	assert_status(D3DKMTShareObjectWithHost(&args), STATUS_NOT_SUPPORTED);
	args.object_handle.v = 0x40ffff40;
	assert_status(D3DKMTShareObjectWithHost(&args), STATUS_INVALID_PARAMETER);
	args.object_handle = fence.handle;
	args.device_handle = fence.handle;
	assert_status(D3DKMTShareObjectWithHost(&args), STATUS_INVALID_PARAMETER);
	args.device_handle = a->device;
	args.reserved = 1;
	assert_status(D3DKMTShareObjectWithHost(&args), STATUS_INVALID_PARAMETER);
}

static void test_global_handles(void **state)
{
	struct d3dkmt_opensynchronizationobject sync = { .shared_handle.v = 0x40000040 };
	struct d3dkmt_queryresourceinfo query = { .global_share.v = 0x40000040 };
	struct d3dkmt_openresource resource = { .global_share.v = 0x40000040 };
	struct d3dkmt_getsharedresourceadapterluid luid = { .global_share.v = 0x40000040 };
	struct api *a = *state;

	query.device = resource.device = a->device;
	assert_status(D3DKMTOpenSynchronizationObject(&sync), STATUS_INVALID_PARAMETER);
	assert_status(D3DKMTQueryResourceInfo(&query), STATUS_INVALID_PARAMETER);
	assert_status(D3DKMTOpenResource(&resource), STATUS_INVALID_PARAMETER);
	assert_status(D3DKMTGetSharedResourceAdapterLuid(&luid), STATUS_INVALID_PARAMETER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_open_shows_the_value),
		api_test(test_all_members_wake),
		api_test(test_outlives_its_maker),
		api_test(test_no_signal),
		api_test(test_no_wait),
		api_test(test_what_cannot_be_shared),
		api_test(test_what_cannot_be_opened),
		api_test(test_two_processes),
		api_test(test_gpu_waits_across),
		api_test(test_descriptor_of_the_dead),
		api_test(test_loss_ends_waits),
		api_test(test_loss_of_a_reader),
		api_test(test_with_host),
		api_test(test_global_handles),
	};

	return api_main("api_share", tests);
}
