/* SPDX-License-Identifier: MIT */
/*
 * raw.h - fences, allocations and children, for tests that are about what a raw ioctl does with
 * them.
 */
#ifndef TESTS_KERNEL_RAW_H
#define TESTS_KERNEL_RAW_H

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "client.h"

#define PAGE 4096u

/* The host's own layout of allocation private data (dxgwire/escape.h), as bytes. */
struct alloc_private {
	uint32_t flags;
	uint32_t reserved;
	uint64_t size;
};
#define ALLOC_CPU_VISIBLE 1u

/* An open file and nothing else. */
static inline int file_open(void)
{
	int fd = open(NODE, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static inline struct d3dkmthandle adapter_open(int fd)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 args = { .num_adapters = D3DKMT_ADAPTERS_MAX,
					     .adapters = PTR(info) };

	assert_int_equal(node_call(fd, LX_DXENUMADAPTERS2, &args), 0);
	assert_true(args.num_adapters >= 1);
	assert_int_not_equal(info[0].adapter_handle.v, 0);
	return info[0].adapter_handle;
}

static inline struct d3dkmthandle device_create(int fd, struct d3dkmthandle adapter)
{
	struct d3dkmt_createdevice args = { .adapter = adapter };

	assert_int_equal(node_call(fd, LX_DXCREATEDEVICE, &args), 0);
	assert_int_not_equal(args.device.v, 0);
	return args.device;
}

static inline int device_destroy(int fd, struct d3dkmthandle device)
{
	struct d3dkmt_destroydevice args = { .device = device };

	return node_call(fd, LX_DXDESTROYDEVICE, &args);
}

static inline void client_close(struct client *c)
{
	assert_int_equal(device_destroy(c->fd, c->device), 0);
	close(c->fd);
}

static inline struct d3dkmthandle fence_create(const struct client *c, uint64_t value,
					       const volatile uint64_t **ret_value)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = c->device };

	args.info.type = _D3DDDI_MONITORED_FENCE;
	args.info.monitored_fence.initial_fence_value = value;
	assert_int_equal(node_call(c->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args), 0);
	if (ret_value)
		*ret_value = (const volatile uint64_t *)(uintptr_t)
				     args.info.monitored_fence.fence_cpu_virtual_address;
	return args.sync_object;
}

static inline int fence_destroy(int fd, struct d3dkmthandle fence)
{
	struct d3dkmt_destroysynchronizationobject args = { .sync_object = fence };

	return node_call(fd, LX_DXDESTROYSYNCHRONIZATIONOBJECT, &args);
}

static inline int fence_wait(const struct client *c, struct d3dkmthandle fence, uint64_t value,
			     uint64_t eventfd)
{
	struct d3dkmt_waitforsynchronizationobjectfromcpu args = {
		.device = c->device,
		.object_count = 1,
		.objects = PTR(&fence),
		.fence_values = PTR(&value),
		.async_event = eventfd,
	};

	return node_call(c->fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &args);
}

static inline int fence_signal(const struct client *c, struct d3dkmthandle fence, uint64_t value)
{
	struct d3dkmt_signalsynchronizationobjectfromcpu args = {
		.device = c->device,
		.object_count = 1,
		.objects = PTR(&fence),
		.fence_values = PTR(&value),
	};

	return node_call(c->fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU, &args);
}

static inline int allocation_create_n(const struct client *c, struct d3dkmthandle *ret,
				      unsigned int n, uint64_t size)
{
	struct d3dddi_allocationinfo2 info[4] = {};
	struct alloc_private private[4] = {};
	struct d3dkmt_createallocation args = { .device = c->device,
						.alloc_count = n,
						.allocation_info = PTR(info) };
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		private[i] = (struct alloc_private){ .flags = ALLOC_CPU_VISIBLE, .size = size };
		info[i].priv_drv_data = PTR(&private[i]);
		info[i].priv_drv_data_size = sizeof(private[i]);
	}
	err = node_call(c->fd, LX_DXCREATEALLOCATION, &args);
	for (i = 0; i < n && !err; i++)
		ret[i] = info[i].allocation;
	return err;
}

static inline struct d3dkmthandle allocation_create(const struct client *c, uint64_t size)
{
	struct d3dkmthandle handle;

	assert_int_equal(allocation_create_n(c, &handle, 1, size), 0);
	return handle;
}

static inline int allocation_destroy(const struct client *c, struct d3dkmthandle *list,
				     unsigned int n)
{
	struct d3dkmt_destroyallocation2 args = { .device = c->device,
						  .alloc_count = n,
						  .allocations = PTR(list) };

	return node_call(c->fd, LX_DXDESTROYALLOCATION2, &args);
}

static inline int allocation_lock(const struct client *c, struct d3dkmthandle allocation,
				  volatile uint8_t **ret)
{
	struct d3dkmt_lock2 args = { .device = c->device, .allocation = allocation };
	int err = node_call(c->fd, LX_DXLOCK2, &args);

	if (!err)
		*ret = (volatile uint8_t *)(uintptr_t)args.data;
	return err;
}

static inline int allocation_unlock(const struct client *c, struct d3dkmthandle allocation)
{
	struct d3dkmt_unlock2 args = { .device = c->device, .allocation = allocation };

	return node_call(c->fd, LX_DXUNLOCK2, &args);
}

/* A child that is going to crash: without the handlers that cmocka has installed. */
static inline pid_t fork_crasher(void)
{
	pid_t pid = fork();

	if (!pid) {
		signal(SIGBUS, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
	}
	return pid;
}

/* Wait for a child. Return: exit status, or minus the signal that ended it. */
static inline int reap(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static inline double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif /* TESTS_KERNEL_RAW_H */
