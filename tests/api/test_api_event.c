/* SPDX-License-Identifier: MIT */
/*
 * test_api_event: events of the host that arrive as eventfds: CPU notification objects (type 4) and
 * signals with enqueue_cpu_event. Specification: ioctls 0x10, 0x11, 0x33, section 7.3.
 */
#include <sys/eventfd.h>
#include <unistd.h>

#include "fixture.h"

static NTSTATUS notification_create(const struct api *a, int fd, struct d3dkmthandle *ret)
{
	struct d3dkmt_createsynchronizationobject2 args = {
		.device = a->device,
		.info = {
			.type = _D3DDDI_CPU_NOTIFICATION,
			.cpu_notification = { .event = (uint64_t)fd },
		},
	};
	NTSTATUS status = D3DKMTCreateSynchronizationObject2(&args);

	/* The caller's descriptor, not a number of the driver's (D-43). */
	assert_int_equal(args.info.cpu_notification.event, (uint64_t)fd);
	if (!status)
		*ret = args.sync_object;
	return status;
}

static NTSTATUS signal_legacy(const struct api *a, const struct d3dkmthandle *object, int fd)
{
	struct d3dkmt_signalsynchronizationobject2 args = { .context = a->context };

	if (object) {
		args.object_count = 1;
		args.object_array[0] = *object;
	}
	if (fd >= 0) {
		args.flags.enqueue_cpu_event = 1;
		args.cpu_event_handle = (uint64_t)fd;
	}
	return D3DKMTSignalSynchronizationObject2(&args);
}

static NTSTATUS signal_gpu2(const struct d3dkmthandle *contexts, uint32_t count, uint64_t event)
{
	struct d3dkmt_signalsynchronizationobjectfromgpu2 args = {
		.flags = { .enqueue_cpu_event = 1 },
		.context_count = count,
		.contexts = dxg_ptr(contexts),
		.cpu_event_handle = event,
	};

	return D3DKMTSignalSynchronizationObjectFromGpu2(&args);
}

/* The object lives on: every signal adds one. */
static void test_notification(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle object;
	int fd = eventfd(0, EFD_CLOEXEC), i;

	assert_ok(notification_create(a, fd, &object));
	assert_int_not_equal(object.v, 0);
	for (i = 0; i < 5; i++) {
		assert_false(api_poll(fd, 0));
		assert_ok(signal_legacy(a, &object, -1));
		assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	}
	assert_ok(api_sync_destroy(object));
	assert_true(signal_legacy(a, &object, -1) < 0);
	close(fd);
}

/* In the order of the context: not before the wait in front of it is over. */
static void test_notification_in_order(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle object;
	struct api_fence gate;
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_ok(notification_create(a, fd, &object));
	assert_ok(api_fence_create(a->device, 0, &gate));
	assert_ok(api_wait_gpu(a->context, gate.handle, 1));
	assert_ok(signal_legacy(a, &object, -1));
	assert_ok(api_wait(a->device, gate.handle, 0));
	assert_false(api_poll(fd, 50));
	assert_ok(api_signal_cpu(a->device, gate.handle, 1));
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	assert_ok(api_sync_destroy(object));
	close(fd);
}

static void test_notification_from_cpu_and_gpu(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle object;
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_ok(notification_create(a, fd, &object));
	assert_ok(api_signal_cpu(a->device, object, 0));
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	assert_ok(api_signal_gpu(a->context, object, 0));
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	assert_ok(api_sync_destroy(object));
	close(fd);
}

/* Nobody can wait for it: it has no value. */
static void test_notification_has_no_value(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle object;
	int fd = eventfd(0, EFD_CLOEXEC);
	uint64_t value = 0;

	assert_ok(notification_create(a, fd, &object));
	assert_true(api_wait_cpu(a->device, &object, &value, 1, false, 0) < 0);
	assert_ok(api_sync_destroy(object));
	close(fd);
}

static void test_notification_bad_fd(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle object = { .v = 0 };
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	assert_status(notification_create(a, pipes[1], &object), STATUS_INVALID_PARAMETER);
	assert_status(notification_create(a, 9999, &object), STATUS_INVALID_PARAMETER);
	assert_status(notification_create(a, -1, &object), STATUS_INVALID_PARAMETER);
	assert_int_equal(object.v, 0);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_cpu_event_legacy(void **state)
{
	struct api *a = *state;
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_ok(signal_legacy(a, NULL, fd));
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	/* Once. */
	assert_ok(api_finish(a));
	assert_false(api_poll(fd, 0));
	close(fd);
}

static void test_cpu_event_behind_work(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	struct packets p = { 0 };
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_ok(api_memory_create(a, 1u << 20, DXG_ALLOC_CPU_VISIBLE, &m));
	packets_fill(&p, m.va, m.size, "\x42", 1);
	assert_ok(api_submit(a, a->context, &p));
	assert_ok(signal_gpu2(&a->context, 1, (uint64_t)fd));
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	assert_int_equal(m.cpu[m.size - 1], 0x42);
	close(fd);
}

/* On several contexts: when the last of them has come to it. */
static void test_cpu_event_on_two_contexts(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle contexts[2] = { a->context };
	struct api_fence gate;
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_ok(api_context_create(a->device, &contexts[1]));
	assert_ok(api_fence_create(a->device, 0, &gate));
	assert_ok(api_wait_gpu(contexts[1], gate.handle, 1));
	assert_ok(signal_gpu2(contexts, 2, (uint64_t)fd));
	assert_ok(api_finish(a)); /* the first context is past it */
	assert_false(api_poll(fd, 0));
	assert_ok(api_signal_cpu(a->device, gate.handle, 1));
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	close(fd);
}

static void test_cpu_event_bad(void **state)
{
	struct api *a = *state;
	int fd = eventfd(0, EFD_CLOEXEC);
	struct d3dkmt_signalsynchronizationobjectfromgpu2 args = {
		.object_count = 1,
		.objects = dxg_ptr(&a->done.handle),
		.flags = { .enqueue_cpu_event = 1 },
		.context_count = 1,
		.contexts = dxg_ptr(&a->context),
		.cpu_event_handle = (uint64_t)fd,
	};

	assert_status(signal_gpu2(&a->context, 1, 0), STATUS_INVALID_PARAMETER);
	assert_status(signal_gpu2(&a->context, 1, 9999), STATUS_INVALID_PARAMETER);
	assert_status(signal_gpu2(&a->context, 0, (uint64_t)fd), STATUS_INVALID_PARAMETER);
	assert_status(signal_gpu2(&a->device, 1, (uint64_t)fd), STATUS_INVALID_PARAMETER);
	assert_status(D3DKMTSignalSynchronizationObjectFromGpu2(&args), STATUS_INVALID_PARAMETER);
	assert_ok(api_finish(a));
	assert_false(api_poll(fd, 0));
	close(fd);
}

/* A device that dies with events under way leaves no trace; the descriptor is still the caller's.
 */
static void test_device_end_with_events(void **state)
{
	struct api *a = *state, b = { .adapter = a->adapter };
	struct d3dkmthandle object;
	struct api_fence gate;
	int fd = eventfd(0, EFD_CLOEXEC);
	uint64_t one = 1;

	assert_ok(api_open_device(&b));
	assert_ok(notification_create(&b, fd, &object));
	assert_ok(api_fence_create(b.device, 0, &gate));
	assert_ok(api_wait_gpu(b.context, gate.handle, 1));
	assert_ok(signal_legacy(&b, &object, -1));
	assert_ok(signal_legacy(&b, NULL, fd));
	assert_ok(api_wait_cpu(b.device, &gate.handle, &one, 1, false, (uint64_t)fd));
	assert_ok(api_close_device(&b));
	assert_ok(api_finish(a));
	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_notification),
		api_test(test_notification_in_order),
		api_test(test_notification_from_cpu_and_gpu),
		api_test(test_notification_has_no_value),
		api_test(test_notification_bad_fd),
		api_test(test_cpu_event_legacy),
		api_test(test_cpu_event_behind_work),
		api_test(test_cpu_event_on_two_contexts),
		api_test(test_cpu_event_bad),
		api_test(test_device_end_with_events),
	};

	return api_main("api_event", tests);
}
