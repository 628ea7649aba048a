// SPDX-License-Identifier: MIT
/*
 * test_loss.c - what an application sees when its host dies. Prints "ready" when it waits for a fence that
 * nobody will ever signal; whoever started it then kills dxgd. Afterwards everything must have ended with
 * ENODEV, nothing may hang or fault, and memory that was mapped stays readable: fences at their maximum.
 *
 * Exit status 0 when all of that held, 77 where there is no /dev/dxg; the caller judges the time from the
 * kill to the exit.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "misc/d3dkmthk.h"

#define NODE "/dev/dxg"
#define SKIP 77
#define PTR(p) ((uint64_t)(uintptr_t)(p))
#define WAITERS 4

static int fd;
static struct d3dkmthandle device, fence;

static int call(unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static void expect(const char *what, int got, int want)
{
	if (got == want)
		return;
	printf("FAILED: %s: got %d, want %d\n", what, got, want);
	exit(1);
}

static void open_device(void)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 list = { .num_adapters = D3DKMT_ADAPTERS_MAX,
					     .adapters = PTR(info) };
	struct d3dkmt_createdevice args = {};

	fd = open(NODE, O_RDONLY | O_CLOEXEC);
	expect("open", fd < 0, 0);
	expect("EnumAdapters2", call(LX_DXENUMADAPTERS2, &list), 0);
	expect("no adapter", list.num_adapters < 1, 0);
	args.adapter = info[0].adapter_handle;
	expect("CreateDevice", call(LX_DXCREATEDEVICE, &args), 0);
	device = args.device;
}

static const volatile uint64_t *create_fence(void)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = device };

	args.info.type = _D3DDDI_MONITORED_FENCE;
	expect("CreateSynchronizationObject2", call(LX_DXCREATESYNCHRONIZATIONOBJECT, &args), 0);
	fence = args.sync_object;
	return (const volatile uint64_t *)(uintptr_t)
		args.info.monitored_fence.fence_cpu_virtual_address;
}

static volatile uint8_t *create_buffer(struct d3dkmthandle *ret)
{
	struct {
		uint32_t flags, reserved;
		uint64_t size;
	} private = { .flags = 1, .size = 1 << 20 };
	struct d3dddi_allocationinfo2 info = { .priv_drv_data = PTR(&private),
					       .priv_drv_data_size = sizeof(private) };
	struct d3dkmt_createallocation create = { .device = device, .alloc_count = 1,
						  .allocation_info = PTR(&info) };
	struct d3dkmt_lock2 lock = { .device = device };

	expect("CreateAllocation2", call(LX_DXCREATEALLOCATION, &create), 0);
	*ret = lock.allocation = info.allocation;
	expect("Lock2", call(LX_DXLOCK2, &lock), 0);
	return (volatile uint8_t *)(uintptr_t)lock.data;
}

static int wait_fence(uint64_t eventfd)
{
	uint64_t value = 1;
	struct d3dkmt_waitforsynchronizationobjectfromcpu args = {
		.device = device, .object_count = 1, .objects = PTR(&fence),
		.fence_values = PTR(&value), .async_event = eventfd,
	};

	return call(LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &args);
}

static void *waiter(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)wait_fence(0);
}

static void expect_gone(struct d3dkmthandle allocation)
{
	struct d3dkmt_getdevicestate state = { .device = device,
					       .state_type = _D3DKMT_DEVICESTATE_EXECUTION };
	struct d3dkmt_createcontextvirtual context = { .device = device };
	struct d3dkmt_lock2 lock = { .device = device, .allocation = allocation };
	struct d3dkmt_destroysynchronizationobject destroy = { .sync_object = fence };

	expect("GetDeviceState", call(LX_DXGETDEVICESTATE, &state), -ENODEV);
	expect("CreateContextVirtual", call(LX_DXCREATECONTEXTVIRTUAL, &context), -ENODEV);
	expect("Lock2", call(LX_DXLOCK2, &lock), -ENODEV);
	expect("wait again", wait_fence(0), -ENODEV);
	expect("DestroySynchronizationObject", call(LX_DXDESTROYSYNCHRONIZATIONOBJECT, &destroy),
	       -ENODEV);
}

int main(void)
{
	const volatile uint64_t *value;
	struct d3dkmthandle allocation;
	pthread_t thread[WAITERS];
	volatile uint8_t *data;
	struct pollfd event = { .events = POLLIN };
	void *result;

	if (access(NODE, F_OK))
		return SKIP;
	open_device();
	value = create_fence();
	data = create_buffer(&allocation);
	data[5000] = 7;
	event.fd = eventfd(0, EFD_CLOEXEC);
	expect("asynchronous wait", wait_fence((uint64_t)event.fd), 0);
	for (int i = 0; i < WAITERS; i++)
		expect("thread", pthread_create(&thread[i], NULL, waiter, NULL), 0);
	printf("ready\n");
	fflush(stdout);
	for (int i = 0; i < WAITERS; i++) {
		pthread_join(thread[i], &result);
		expect("wait", (int)(intptr_t)result, -ENODEV);
	}
	expect("eventfd", poll(&event, 1, 1000), 1);
	expect("fence at its maximum", *value == ~0ull, 1);
	expect("buffer readable", data[5000] == 0, 1);
	data[9000] = 1;
	expect_gone(allocation);
	printf("gone\n");
	return 0;
}
