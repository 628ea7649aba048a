// SPDX-License-Identifier: MIT
/*
 * test_ioctl.c - what /dev/dxg promises below libdxg: command words, bad pointers, ownership after
 * fork, revoked mappings, interrupted and killed waits, racing destructions. Raw ioctls, nothing of
 * ours but the ABI header. Run inside a machine whose module serves at least one adapter; exit
 * status 77 (skipped) where there is no /dev/dxg.
 *
 * What must crash does so in a child. Nothing is shared between tests: each opens the device anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "misc/d3dkmthk.h"

#define NODE "/dev/dxg"
#define SKIP 77
#define PAGE 4096u
#define PTR(p) ((uint64_t)(uintptr_t)(p))

/* The host's own layout of allocation private data (dxgwire/escape.h), as bytes. */
struct alloc_private {
	uint32_t flags;
	uint32_t reserved;
	uint64_t size;
};
#define ALLOC_CPU_VISIBLE 1u

/* ---- what most tests need ---- */

struct client {
	int fd;
	struct d3dkmthandle adapter;
	struct d3dkmthandle device;
};

/* Return: what the ioctl returned, or -errno. */
static int call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static int node_open(void)
{
	int fd = open(NODE, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static struct d3dkmthandle adapter_open(int fd)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 args = { .num_adapters = D3DKMT_ADAPTERS_MAX,
					     .adapters = PTR(info) };

	assert_int_equal(call(fd, LX_DXENUMADAPTERS2, &args), 0);
	assert_true(args.num_adapters >= 1);
	assert_int_not_equal(info[0].adapter_handle.v, 0);
	return info[0].adapter_handle;
}

static struct d3dkmthandle device_create(int fd, struct d3dkmthandle adapter)
{
	struct d3dkmt_createdevice args = { .adapter = adapter };

	assert_int_equal(call(fd, LX_DXCREATEDEVICE, &args), 0);
	assert_int_not_equal(args.device.v, 0);
	return args.device;
}

static int device_destroy(int fd, struct d3dkmthandle device)
{
	struct d3dkmt_destroydevice args = { .device = device };

	return call(fd, LX_DXDESTROYDEVICE, &args);
}

static struct client client_open(void)
{
	struct client c = { .fd = node_open() };

	c.adapter = adapter_open(c.fd);
	c.device = device_create(c.fd, c.adapter);
	return c;
}

static void client_close(struct client *c)
{
	assert_int_equal(device_destroy(c->fd, c->device), 0);
	close(c->fd);
}

static struct d3dkmthandle fence_create(const struct client *c, uint64_t value,
					const volatile uint64_t **ret_value)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = c->device };

	args.info.type = _D3DDDI_MONITORED_FENCE;
	args.info.monitored_fence.initial_fence_value = value;
	assert_int_equal(call(c->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args), 0);
	if (ret_value)
		*ret_value = (const volatile uint64_t *)(uintptr_t)
				     args.info.monitored_fence.fence_cpu_virtual_address;
	return args.sync_object;
}

static int fence_destroy(int fd, struct d3dkmthandle fence)
{
	struct d3dkmt_destroysynchronizationobject args = { .sync_object = fence };

	return call(fd, LX_DXDESTROYSYNCHRONIZATIONOBJECT, &args);
}

static int fence_wait(const struct client *c, struct d3dkmthandle fence, uint64_t value,
		      uint64_t eventfd)
{
	struct d3dkmt_waitforsynchronizationobjectfromcpu args = {
		.device = c->device,
		.object_count = 1,
		.objects = PTR(&fence),
		.fence_values = PTR(&value),
		.async_event = eventfd,
	};

	return call(c->fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &args);
}

static int fence_signal(const struct client *c, struct d3dkmthandle fence, uint64_t value)
{
	struct d3dkmt_signalsynchronizationobjectfromcpu args = {
		.device = c->device,
		.object_count = 1,
		.objects = PTR(&fence),
		.fence_values = PTR(&value),
	};

	return call(c->fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU, &args);
}

static int allocation_create_n(const struct client *c, struct d3dkmthandle *ret, unsigned int n,
			       uint64_t size)
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
	err = call(c->fd, LX_DXCREATEALLOCATION, &args);
	for (i = 0; i < n && !err; i++)
		ret[i] = info[i].allocation;
	return err;
}

static struct d3dkmthandle allocation_create(const struct client *c, uint64_t size)
{
	struct d3dkmthandle handle;

	assert_int_equal(allocation_create_n(c, &handle, 1, size), 0);
	return handle;
}

static int allocation_destroy(const struct client *c, struct d3dkmthandle *list, unsigned int n)
{
	struct d3dkmt_destroyallocation2 args = { .device = c->device,
						  .alloc_count = n,
						  .allocations = PTR(list) };

	return call(c->fd, LX_DXDESTROYALLOCATION2, &args);
}

static int allocation_lock(const struct client *c, struct d3dkmthandle allocation,
			   volatile uint8_t **ret)
{
	struct d3dkmt_lock2 args = { .device = c->device, .allocation = allocation };
	int err = call(c->fd, LX_DXLOCK2, &args);

	if (!err)
		*ret = (volatile uint8_t *)(uintptr_t)args.data;
	return err;
}

static int allocation_unlock(const struct client *c, struct d3dkmthandle allocation)
{
	struct d3dkmt_unlock2 args = { .device = c->device, .allocation = allocation };

	return call(c->fd, LX_DXUNLOCK2, &args);
}

/* A child that is going to crash: without the handlers that cmocka has installed. */
static pid_t fork_crasher(void)
{
	pid_t pid = fork();

	if (!pid) {
		signal(SIGBUS, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
	}
	return pid;
}

/* Wait for a child. Return: exit status, or minus the signal that ended it. */
static int reap(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- dispatch ---- */

static void test_unassigned_numbers_are_enotty(void **state)
{
	static const unsigned int nr[] = { 0x00, 0x4a, 0x7f, 0x81, 0xff };
	uint8_t arg[1024] = {};
	int fd = node_open();

	for (unsigned int i = 0; i < sizeof(nr) / sizeof(nr[0]); i++)
		assert_int_equal(call(fd, _IOC(_IOC_READ | _IOC_WRITE, 'G', nr[i], 64), arg),
				 -ENOTTY);
	close(fd);
}

static void test_wrong_command_word_is_enotty(void **state)
{
	struct d3dkmt_enumadapters2 args = {};
	int fd = node_open();

	assert_int_equal(call(fd, _IOWR('G', 0x14, char[15]), &args), -ENOTTY);
	assert_int_equal(call(fd, _IOWR('G', 0x14, char[24]), &args), -ENOTTY);
	assert_int_equal(call(fd, _IOR('G', 0x14, struct d3dkmt_enumadapters2), &args), -ENOTTY);
	assert_int_equal(call(fd, _IOWR('H', 0x14, struct d3dkmt_enumadapters2), &args), -ENOTTY);
	assert_int_equal(call(fd, LX_DXENUMADAPTERS2, &args), 0);
	close(fd);
}

static const unsigned long commands[] = {
	LX_DXOPENADAPTERFROMLUID,
	LX_DXCREATEDEVICE,
	LX_DXCREATECONTEXTVIRTUAL,
	LX_DXDESTROYCONTEXT,
	LX_DXCREATEALLOCATION,
	LX_DXCREATEPAGINGQUEUE,
	LX_DXRESERVEGPUVIRTUALADDRESS,
	LX_DXQUERYADAPTERINFO,
	LX_DXQUERYVIDEOMEMORYINFO,
	LX_DXMAKERESIDENT,
	LX_DXMAPGPUVIRTUALADDRESS,
	LX_DXESCAPE,
	LX_DXGETDEVICESTATE,
	LX_DXSUBMITCOMMAND,
	LX_DXCREATESYNCHRONIZATIONOBJECT,
	LX_DXSIGNALSYNCHRONIZATIONOBJECT,
	LX_DXWAITFORSYNCHRONIZATIONOBJECT,
	LX_DXDESTROYALLOCATION2,
	LX_DXENUMADAPTERS2,
	LX_DXCLOSEADAPTER,
	LX_DXDESTROYDEVICE,
	LX_DXDESTROYPAGINGQUEUE,
	LX_DXDESTROYSYNCHRONIZATIONOBJECT,
	LX_DXEVICT,
	LX_DXFREEGPUVIRTUALADDRESS,
	LX_DXLOCK2,
	LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU,
	LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU,
	LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU2,
	LX_DXUNLOCK2,
	LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU,
	LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMGPU,
	LX_DXENUMADAPTERS3,
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void test_bad_pointer_is_efault(void **state)
{
	int fd = node_open();

	for (unsigned int i = 0; i < COMMANDS; i++) {
		assert_int_equal(call(fd, commands[i], NULL), -EFAULT);
		assert_int_equal(call(fd, commands[i], (void *)~0xffful), -EFAULT);
	}
	close(fd);
}

/* No handle is valid in a fresh file, so arbitrary arguments must be refused, none may succeed. */
static void test_garbage_is_refused(void **state)
{
	uint8_t arg[512];
	int fd = node_open();

	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < COMMANDS; i++) {
			memset(arg, round == 0 ? 0xff : round == 1 ? 0x01 : 0x41, sizeof(arg));
			assert_true(call(fd, commands[i], arg) < 0);
		}
	}
	close(fd);
}

static void test_fork_gets_enotty(void **state)
{
	struct client c = client_open();
	struct d3dkmt_enumadapters2 args = {};
	pid_t pid = fork();

	if (!pid)
		_exit(call(c.fd, LX_DXENUMADAPTERS2, &args) == -ENOTTY &&
				      call(c.fd, commands[0], NULL) == -ENOTTY
			      ? 0
			      : 1);
	assert_int_equal(reap(pid), 0);
	assert_int_equal(call(c.fd, LX_DXENUMADAPTERS2, &args), 0);
	client_close(&c);
}

/* The child's exit is not the last close: the parent's objects stay. */
static void test_fork_does_not_destroy(void **state)
{
	struct client c = client_open();
	const volatile uint64_t *value;
	struct d3dkmthandle fence = fence_create(&c, 5, &value);
	pid_t pid = fork();

	if (!pid)
		_exit(*value == 5 ? 0 : 1);
	assert_int_equal(reap(pid), 0);
	assert_int_equal(fence_wait(&c, fence, 5, 0), 0);
	assert_int_equal(*value, 5);
	client_close(&c);
}

/* The last to close the file, with memory of its own where its maker had the allocation. */
static int close_as_last(int fd, volatile uint8_t *at, int go)
{
	uint8_t *own = mmap((void *)(uintptr_t)at, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	char byte;

	if (own == MAP_FAILED || read(go, &byte, 1) != 1)
		return 1;
	memset(own, 99, PAGE);
	close(fd);
	return own[0] == 99 && own[PAGE - 1] == 99 ? 0 : 2;
}

/* Opens, maps and is gone; leaves the file to a child, which writes its result to @answer. */
static void make_and_leave(int go, int answer)
{
	struct client c = client_open();
	struct d3dkmthandle allocation = allocation_create(&c, PAGE);
	volatile uint8_t *data = NULL;
	char result;

	if (allocation_lock(&c, allocation, &data))
		_exit(1);
	if (!fork_crasher()) {
		result = (char)close_as_last(c.fd, data, go);
		_exit(write(answer, &result, 1) != 1);
	}
	_exit(0);
}

/* What the end of a file unmaps is not in the address space of who closes it (D-03). */
static void test_last_close_elsewhere(void **state)
{
	int go[2], answer[2];
	char result = 3;
	pid_t pid;

	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(answer), 0);
	pid = fork();
	if (!pid) {
		close(go[1]);
		make_and_leave(go[0], answer[1]);
	}
	close(answer[1]);
	assert_int_equal(reap(pid), 0);
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(read(answer[0], &result, 1), 1);
	assert_int_equal(result, 0);
	close(answer[0]);
	close(go[0]);
	close(go[1]);
}

/* ---- adapters ---- */

static void test_enum_adapters_room(void **state)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX] = {};
	struct d3dkmt_enumadapters2 args = {};
	struct d3dkmt_enumadapters3 args3 = { .adapter_count = 65536, .adapters = PTR(info) };
	int fd = node_open();
	uint32_t count;

	assert_int_equal(call(fd, LX_DXENUMADAPTERS2, &args), 0);
	count = args.num_adapters;
	assert_true(count >= 1);
	args.adapters = PTR(info);
	args.num_adapters = count - 1;
	assert_int_equal(call(fd, LX_DXENUMADAPTERS2, &args), -EOVERFLOW);
	assert_int_equal(args.num_adapters, count);
	args.num_adapters = D3DKMT_ADAPTERS_MAX + 1;
	assert_int_equal(call(fd, LX_DXENUMADAPTERS2, &args), -EINVAL);
	assert_int_equal(call(fd, LX_DXENUMADAPTERS3, &args3), -EINVAL);
	args3.adapter_count = 1;
	args3.filter.value = 1ull << 2;
	assert_int_equal(call(fd, LX_DXENUMADAPTERS3, &args3), -EINVAL);
	args.num_adapters = D3DKMT_ADAPTERS_MAX;
	args.adapters = PTR(PAGE); /* nothing is mapped there */
	assert_int_equal(call(fd, LX_DXENUMADAPTERS2, &args), -EFAULT);
	close(fd);
}

static void test_open_from_luid(void **state)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 list = { .num_adapters = D3DKMT_ADAPTERS_MAX,
					     .adapters = PTR(info) };
	struct d3dkmt_openadapterfromluid args = { .adapter_handle.v = 77 };
	struct d3dkmt_closeadapter close_args = {};
	int fd = node_open();

	args.adapter_luid.a = 0xdeadbeef;
	assert_int_equal(call(fd, LX_DXOPENADAPTERFROMLUID, &args), -EINVAL);
	assert_int_equal(call(fd, LX_DXENUMADAPTERS2, &list), 0);
	args.adapter_luid = info[0].adapter_luid;
	assert_int_equal(call(fd, LX_DXOPENADAPTERFROMLUID, &args), 0);
	assert_int_not_equal(args.adapter_handle.v, info[0].adapter_handle.v);
	close_args.adapter_handle = args.adapter_handle;
	assert_int_equal(call(fd, LX_DXCLOSEADAPTER, &close_args), 0);
	assert_int_equal(call(fd, LX_DXCLOSEADAPTER, &close_args), -EINVAL);
	close_args.adapter_handle.v = 0;
	assert_int_equal(call(fd, LX_DXCLOSEADAPTER, &close_args), 0);
	close(fd);
}

static void test_last_close_adapter_destroys_devices(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 0, NULL);
	struct d3dkmt_closeadapter args = { .adapter_handle = c.adapter };

	assert_int_equal(call(c.fd, LX_DXCLOSEADAPTER, &args), 0);
	assert_int_equal(device_destroy(c.fd, c.device), -EINVAL);
	assert_int_equal(fence_destroy(c.fd, fence), -EINVAL);
	close(c.fd);
}

/*
 * Each host numbers its objects alone, so objects on two adapters often have the same number there;
 * here they are different objects, and none is taken for the other's.
 */
static void test_two_adapters(void **state)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 list = { .num_adapters = D3DKMT_ADAPTERS_MAX,
					     .adapters = PTR(info) };
	struct client c[2];
	struct d3dkmthandle fence[2], allocation[2];
	const volatile uint64_t *value[2];
	volatile uint8_t *data[2];
	int fd = node_open();

	assert_int_equal(call(fd, LX_DXENUMADAPTERS2, &list), 0);
	if (list.num_adapters < 2) {
		close(fd);
		skip();
	}
	for (int i = 0; i < 2; i++) {
		c[i] = (struct client){ .fd = fd, .adapter = info[i].adapter_handle };
		c[i].device = device_create(fd, c[i].adapter);
		fence[i] = fence_create(&c[i], 10 + (uint64_t)i, &value[i]);
		allocation[i] = allocation_create(&c[i], PAGE);
		assert_int_equal(allocation_lock(&c[i], allocation[i], &data[i]), 0);
		data[i][0] = (uint8_t)(50 + i);
	}
	assert_int_not_equal(c[0].device.v, c[1].device.v);
	assert_int_equal(fence_wait(&c[0], fence[1], 0, 0), -EINVAL);
	assert_int_equal(fence_signal(&c[1], fence[0], 99), -EINVAL);
	assert_int_equal(allocation_destroy(&c[0], &allocation[1], 1), -EINVAL);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(*value[i], 10 + i);
		assert_int_equal(data[i][0], 50 + i);
		assert_int_equal(fence_signal(&c[i], fence[i], 20 + (uint64_t)i), 0);
		assert_int_equal(fence_wait(&c[i], fence[i], 20 + (uint64_t)i, 0), 0);
		assert_int_equal(allocation_destroy(&c[i], &allocation[i], 1), 0);
		assert_int_equal(device_destroy(fd, c[i].device), 0);
	}
	close(fd);
}

/* ---- devices and handles ---- */

static void test_handles_of_other_files_are_refused(void **state)
{
	struct client a = client_open(), b = client_open();
	struct d3dkmthandle fence = fence_create(&a, 0, NULL);

	/* The numbers may coincide, as each file has its own; a type never fits another. */
	assert_int_equal(device_destroy(a.fd, fence), -EINVAL);
	assert_int_equal(fence_destroy(a.fd, a.device), -EINVAL);
	assert_int_equal(device_destroy(b.fd, fence), -EINVAL);
	assert_int_equal(fence_destroy(b.fd, (struct d3dkmthandle){ .v = fence.v + (1u << 6) }),
			 -EINVAL);
	assert_int_equal(device_destroy(a.fd, a.adapter), -EINVAL);
	client_close(&a);
	client_close(&b);
}

static void test_double_destroy(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle device = device_create(c.fd, c.adapter);

	assert_int_equal(device_destroy(c.fd, device), 0);
	assert_int_equal(device_destroy(c.fd, device), -EINVAL);
	client_close(&c);
}

static void test_create_device_undone_on_fault(void **state)
{
	struct client c = client_open();
	size_t size = sizeof(struct d3dkmt_createdevice);
	uint8_t *pages =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct d3dkmt_createdevice *args = (void *)(pages + PAGE - size);

	assert_ptr_not_equal(pages, MAP_FAILED);
	args->adapter = c.adapter;
	assert_int_equal(mprotect(pages, PAGE, PROT_READ), 0);
	for (int i = 0; i < 200; i++) /* more than a process may have devices */
		assert_int_equal(call(c.fd, LX_DXCREATEDEVICE, args), -EFAULT);
	device_destroy(c.fd, device_create(c.fd, c.adapter));
	munmap(pages, 2 * PAGE);
	client_close(&c);
}

static void test_reserved_fields(void **state)
{
	struct client c = client_open();
	struct d3dkmt_createdevice device = { .adapter = c.adapter };
	struct d3dkmt_createcontextvirtual context = { .device = c.device };
	struct d3dkmt_createsynchronizationobject2 sync = { .device = c.device };
	struct d3dkmt_lock2 lock = { .device = c.device };
	struct d3dkmt_getdevicestate device_state = { .device = c.device, .state_type = 1 };

	device.flags.reserved = 1;
	assert_int_equal(call(c.fd, LX_DXCREATEDEVICE, &device), -EINVAL);
	context.flags.value = 1u << 31;
	assert_int_equal(call(c.fd, LX_DXCREATECONTEXTVIRTUAL, &context), -EINVAL);
	sync.info.type = _D3DDDI_MONITORED_FENCE;
	sync.info.flags.value = 1u << 31;
	assert_int_equal(call(c.fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &sync), -EINVAL);
	lock.allocation = allocation_create(&c, PAGE);
	lock.flags.value = 1;
	assert_int_equal(call(c.fd, LX_DXLOCK2, &lock), -EINVAL);
	assert_int_equal(call(c.fd, LX_DXGETDEVICESTATE, &device_state), 0);
	assert_int_equal(device_state.execution_state, _D3DKMT_DEVICEEXECUTION_ACTIVE);
	client_close(&c);
}

/* ---- counts at limit + 1, without memory behind them ---- */

static void test_counts_beyond_limits(void **state)
{
	struct client c = client_open();
	struct d3dkmt_createallocation create = { .device = c.device, .alloc_count = 1025 };
	struct d3dkmt_destroyallocation2 destroy = { .device = c.device, .alloc_count = 1025 };
	struct d3dkmt_evict evict = { .device = c.device, .alloc_count = 10241 };
	struct d3dkmt_waitforsynchronizationobjectfromcpu wait = { .device = c.device,
								   .object_count = 10917 };
	struct d3dkmt_signalsynchronizationobjectfromcpu signal = { .device = c.device,
								    .object_count = 33 };
	struct d3dkmt_queryadapterinfo query = { .adapter = c.adapter,
						 .private_data_size = 131018 };
	struct d3dkmt_escape escape = { .adapter = c.adapter, .priv_drv_data_size = 131002 };
	struct d3dkmt_waitforsynchronizationobjectfromgpu hold = { .object_count = 33 };
	struct d3dkmt_signalsynchronizationobjectfromgpu2 event = { .context_count = 65,
								    .flags.enqueue_cpu_event = 1,
								    .cpu_event_handle = 1 };

	assert_int_equal(call(c.fd, LX_DXCREATEALLOCATION, &create), -EINVAL);
	create.alloc_count = 0;
	assert_int_equal(call(c.fd, LX_DXCREATEALLOCATION, &create), -EINVAL);
	create.alloc_count = 1024;
	assert_int_equal(call(c.fd, LX_DXCREATEALLOCATION, &create), -EFAULT);
	create.private_runtime_data_size = 131072;
	assert_int_equal(call(c.fd, LX_DXCREATEALLOCATION, &create), -EINVAL);
	create.private_runtime_data_size = 0;
	create.priv_drv_data_size = UINT32_MAX;
	assert_int_equal(call(c.fd, LX_DXCREATEALLOCATION, &create), -EINVAL);
	assert_int_equal(call(c.fd, LX_DXDESTROYALLOCATION2, &destroy), -EINVAL);
	destroy.alloc_count = 0;
	assert_int_equal(call(c.fd, LX_DXDESTROYALLOCATION2, &destroy), -EINVAL);
	assert_int_equal(call(c.fd, LX_DXEVICT, &evict), -EINVAL);
	evict.alloc_count = 10240;
	assert_int_equal(call(c.fd, LX_DXEVICT, &evict), -EFAULT);
	assert_int_equal(call(c.fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &wait), -EINVAL);
	wait.object_count = 10916;
	assert_int_equal(call(c.fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &wait), -EFAULT);
	assert_int_equal(call(c.fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU, &signal), -EINVAL);
	assert_int_equal(call(c.fd, LX_DXQUERYADAPTERINFO, &query), -EINVAL);
	query.private_data_size = 0;
	assert_int_equal(call(c.fd, LX_DXQUERYADAPTERINFO, &query), -EINVAL);
	assert_int_equal(call(c.fd, LX_DXESCAPE, &escape), -EINVAL);
	assert_int_equal(call(c.fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMGPU, &hold), -EINVAL);
	hold.object_count = 32;
	assert_int_equal(call(c.fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMGPU, &hold), -EFAULT);
	assert_int_equal(call(c.fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU2, &event), -EINVAL);
	event.context_count = 64;
	assert_int_equal(call(c.fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU2, &event), -EFAULT);
	client_close(&c);
}

static void test_submit_checks(void **state)
{
	struct client c = client_open();
	struct d3dkmt_createcontextvirtual context = { .device = c.device };
	struct d3dkmt_destroycontext destroy;
	struct d3dkmt_submitcommand args = {};

	assert_int_equal(call(c.fd, LX_DXCREATECONTEXTVIRTUAL, &context), 0);
	args.broadcast_context[0] = context.context;
	assert_int_equal(call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	args.broadcast_context_count = 65;
	assert_int_equal(call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	args.broadcast_context_count = 2; /* the second one is 0 */
	assert_int_equal(call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	args.broadcast_context_count = 1;
	args.num_primaries = 17;
	assert_int_equal(call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	args.num_primaries = 0;
	args.num_history_buffers = 1025;
	assert_int_equal(call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	args.num_history_buffers = 1024;
	assert_int_equal(call(c.fd, LX_DXSUBMITCOMMAND, &args), -EFAULT);
	args.num_history_buffers = 0;
	args.broadcast_context[0] = c.device;
	assert_int_equal(call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	destroy.context = context.context;
	assert_int_equal(call(c.fd, LX_DXDESTROYCONTEXT, &destroy), 0);
	assert_int_equal(call(c.fd, LX_DXDESTROYCONTEXT, &destroy), -EINVAL);
	client_close(&c);
}

/* ---- allocations and their mappings ---- */

static void test_destroy_duplicates(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle list[3];
	volatile uint8_t *data = NULL;

	assert_int_equal(allocation_create_n(&c, list, 2, PAGE), 0);
	list[2] = list[0];
	assert_int_equal(allocation_destroy(&c, list, 3), -EINVAL);
	assert_int_equal(allocation_lock(&c, list[0], &data), 0);
	assert_int_equal(allocation_destroy(&c, list, 2), 0);
	assert_int_equal(allocation_destroy(&c, list, 1), -EINVAL);
	client_close(&c);
}

static void test_not_carried_yet(void **state)
{
	struct client c = client_open();
	struct alloc_private private = { .flags = ALLOC_CPU_VISIBLE, .size = PAGE };
	struct d3dddi_allocationinfo2 info = { .priv_drv_data = PTR(&private),
					       .priv_drv_data_size = sizeof(private) };
	struct d3dkmt_createallocation args = { .device = c.device,
						.alloc_count = 1,
						.allocation_info = PTR(&info) };

	args.flags.create_shared = 1;
	assert_int_equal(call(c.fd, LX_DXCREATEALLOCATION, &args), -EINVAL);
	args.flags.value = 0;
	args.flags.existing_section = 1;
	assert_int_equal(call(c.fd, LX_DXCREATEALLOCATION, &args), -EINVAL);
	client_close(&c);
}

static void test_lock_nests(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle allocation = allocation_create(&c, 3 << 20);
	volatile uint8_t *a = NULL, *b = NULL;

	assert_int_equal(allocation_unlock(&c, allocation), -EINVAL);
	assert_int_equal(allocation_lock(&c, allocation, &a), 0);
	assert_int_equal(allocation_lock(&c, allocation, &b), 0);
	assert_ptr_equal(a, b);
	for (size_t i = 0; i < 3 << 20; i += PAGE)
		assert_int_equal(a[i], 0);
	memset((void *)a, 0x5a, 3 << 20);
	assert_int_equal(allocation_unlock(&c, allocation), 0);
	assert_int_equal(allocation_unlock(&c, allocation), 0);
	assert_int_equal(allocation_unlock(&c, allocation), -EINVAL);
	assert_int_equal(allocation_lock(&c, allocation, &b), 0);
	assert_int_equal(b[(3 << 20) - 1], 0x5a);
	client_close(&c);
}

/* An application that unmaps behind our back gets a new address, and nobody else's memory is
 * unmapped. */
static void test_lock_after_munmap(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle allocation = allocation_create(&c, PAGE);
	volatile uint8_t *a = NULL, *b = NULL;
	uint8_t *own;

	assert_int_equal(allocation_lock(&c, allocation, &a), 0);
	a[0] = 17;
	own = mmap((void *)a, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		   -1, 0);
	assert_ptr_equal(own, a);
	own[0] = 99;
	assert_int_equal(allocation_lock(&c, allocation, &b), 0);
	assert_ptr_not_equal(a, b);
	assert_int_equal(b[0], 17);
	munmap((void *)b, PAGE);
	b = mmap((void *)b, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0);
	b[0] = 98;
	assert_int_equal(allocation_destroy(&c, &allocation, 1), 0);
	assert_int_equal(own[0], 99);
	assert_int_equal(b[0], 98);
	client_close(&c);
}

/* Fork, let the parent destroy, then look at @at in the child. Return: as reap(). */
static int look_after(volatile const uint8_t *at, void (*destroy)(void *arg), void *arg)
{
	int go[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(go), 0);
	pid = fork_crasher();
	if (!pid) {
		byte = (char)at[0]; /* reachable before */
		if (read(go[0], &byte, 1) != 1)
			_exit(2);
		_exit(at[0] == 1 ? 3 : 4);
	}
	destroy(arg);
	assert_int_equal(write(go[1], "x", 1), 1);
	close(go[0]);
	close(go[1]);
	return reap(pid);
}

struct doomed {
	struct client *c;
	struct d3dkmthandle handle;
};

static void doom_allocation(void *arg)
{
	struct doomed *d = arg;

	assert_int_equal(allocation_destroy(d->c, &d->handle, 1), 0);
}

static void doom_fence(void *arg)
{
	struct doomed *d = arg;

	assert_int_equal(fence_destroy(d->c->fd, d->handle), 0);
}

static void doom_device(void *arg)
{
	struct doomed *d = arg;

	assert_int_equal(device_destroy(d->c->fd, d->c->device), 0);
}

static void test_mappings_are_revoked(void **state)
{
	struct client c = client_open();
	struct doomed d = { .c = &c };
	const volatile uint64_t *value = NULL;
	volatile uint8_t *data = NULL;

	d.handle = allocation_create(&c, PAGE);
	assert_int_equal(allocation_lock(&c, d.handle, &data), 0);
	assert_int_equal(look_after(data, doom_allocation, &d), -SIGBUS);
	d.handle = fence_create(&c, 1, &value);
	assert_int_equal(look_after((const volatile uint8_t *)value, doom_fence, &d), -SIGBUS);
	d.handle = allocation_create(&c, PAGE);
	assert_int_equal(allocation_lock(&c, d.handle, &data), 0);
	assert_int_equal(look_after(data, doom_device, &d), -SIGBUS);
	close(c.fd);
}

static void test_fence_is_read_only(void **state)
{
	struct client c = client_open();
	const volatile uint64_t *value = NULL;
	pid_t pid;

	fence_create(&c, 42, &value);
	assert_int_equal(*value, 42);
	assert_int_equal(mprotect((void *)(uintptr_t)value, PAGE, PROT_READ | PROT_WRITE), -1);
	pid = fork_crasher();
	if (!pid) {
		*(volatile uint64_t *)(uintptr_t)value = 43;
		_exit(0);
	}
	assert_int_equal(reap(pid), -SIGSEGV);
	client_close(&c);
}

/* ---- waits ---- */

static void test_wait_reached(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 5, NULL);
	int event = eventfd(0, EFD_CLOEXEC);
	uint64_t count;

	assert_int_equal(fence_wait(&c, fence, 5, 0), 0);
	assert_int_equal(fence_wait(&c, fence, 5, (uint64_t)event), 0);
	assert_int_equal(read(event, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 1);
	close(event);
	client_close(&c);
}

static void test_wait_signalled_async(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 0, NULL);
	int event = eventfd(0, EFD_CLOEXEC);
	struct pollfd poll_fd = { .fd = event, .events = POLLIN };

	assert_int_equal(fence_wait(&c, fence, 3, (uint64_t)event), 0);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	assert_int_equal(fence_signal(&c, fence, 2), 0);
	assert_int_equal(fence_wait(&c, fence, 2, 0), 0);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	assert_int_equal(fence_signal(&c, fence, 3), 0);
	assert_int_equal(poll(&poll_fd, 1, 5000), 1);
	close(event);
	client_close(&c);
}

static void test_bad_eventfd(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 0, NULL);
	struct d3dkmt_createsynchronizationobject2 args = { .device = c.device };

	assert_int_equal(fence_wait(&c, fence, 1, 1u << 20), -EINVAL);
	assert_int_equal(fence_wait(&c, fence, 1, (uint64_t)c.fd), -EINVAL);
	assert_int_equal(fence_wait(&c, fence, 0, ~0ull), -EINVAL);
	args.info.type = _D3DDDI_CPU_NOTIFICATION;
	args.info.cpu_notification.event = (uint64_t)c.fd;
	assert_int_equal(call(c.fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args), -EINVAL);
	client_close(&c);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void test_wait_is_interruptible(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 0, NULL);
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = { .it_value.tv_usec = 200000, .it_interval.tv_usec = 200000 },
			 off = {};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	assert_int_equal(fence_wait(&c, fence, 1, 0), -EINTR);
	setitimer(ITIMER_REAL, &off, NULL);
	signal(SIGALRM, SIG_DFL);
	client_close(&c);
}

static void test_kill_during_wait(void **state)
{
	double start;
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		struct client c = client_open();
		struct d3dkmthandle fence = fence_create(&c, 0, NULL);

		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		fence_wait(&c, fence, 1, 0);
		_exit(2);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	start = seconds();
	kill(pid, SIGKILL);
	assert_int_equal(reap(pid), -SIGKILL);
	assert_true(seconds() - start < 2.0);
	close(ready[0]);
	close(ready[1]);
}

struct waiter {
	struct client *c;
	struct d3dkmthandle fence;
	uint64_t value;
	int result;
};

static void *waiter_run(void *arg)
{
	struct waiter *w = arg;

	w->result = fence_wait(w->c, w->fence, w->value, 0);
	return NULL;
}

static void test_many_waiters(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 0, NULL);
	struct waiter w[16];
	pthread_t thread[16];

	for (unsigned int i = 0; i < 16; i++) {
		w[i] = (struct waiter){ .c = &c, .fence = fence, .value = i + 1, .result = -1 };
		assert_int_equal(pthread_create(&thread[i], NULL, waiter_run, &w[i]), 0);
	}
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(fence_signal(&c, fence, i + 1), 0);
	for (unsigned int i = 0; i < 16; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(w[i].result, 0);
	}
	client_close(&c);
}

/* ---- races and leaks ---- */

struct racer {
	struct client *c;
	struct d3dkmthandle handle;
	pthread_barrier_t *barrier;
	int result;
};

static void *racer_run(void *arg)
{
	struct racer *r = arg;

	pthread_barrier_wait(r->barrier);
	r->result = allocation_destroy(r->c, &r->handle, 1);
	return NULL;
}

/* Of all who destroy the same object exactly one succeeds. */
static void test_racing_destroys(void **state)
{
	struct client c = client_open();
	struct racer r[4];
	pthread_t thread[4];
	pthread_barrier_t barrier;
	int done;

	pthread_barrier_init(&barrier, NULL, 4);
	for (int round = 0; round < 20; round++) {
		struct d3dkmthandle handle = allocation_create(&c, PAGE);

		done = 0;
		for (int i = 0; i < 4; i++) {
			r[i] = (struct racer){ .c = &c, .handle = handle, .barrier = &barrier };
			pthread_create(&thread[i], NULL, racer_run, &r[i]);
		}
		for (int i = 0; i < 4; i++) {
			pthread_join(thread[i], NULL);
			assert_true(r[i].result == 0 || r[i].result == -EINVAL);
			done += !r[i].result;
		}
		assert_int_equal(done, 1);
	}
	pthread_barrier_destroy(&barrier);
	client_close(&c);
}

static void *close_run(void *arg)
{
	struct racer *r = arg;
	struct d3dkmt_closeadapter args = { .adapter_handle = r->c->adapter };

	pthread_barrier_wait(r->barrier);
	r->result = call(r->c->fd, LX_DXCLOSEADAPTER, &args);
	return NULL;
}

/* The last handle of an adapter goes while one of its devices is being destroyed (D-12). */
static void test_close_races_destroy(void **state)
{
	pthread_barrier_t barrier;
	pthread_t thread;
	int result;

	pthread_barrier_init(&barrier, NULL, 2);
	for (int round = 0; round < 30; round++) {
		struct client c = client_open();
		struct racer r = { .c = &c, .barrier = &barrier };

		fence_create(&c, 0, NULL);
		assert_int_equal(pthread_create(&thread, NULL, close_run, &r), 0);
		pthread_barrier_wait(&barrier);
		result = device_destroy(c.fd, c.device);
		pthread_join(thread, NULL);
		assert_int_equal(r.result, 0);
		assert_true(result == 0 || result == -EINVAL);
		assert_int_equal(device_destroy(c.fd, c.device), -EINVAL);
		close(c.fd);
	}
	pthread_barrier_destroy(&barrier);
}

/** struct replacer - puts memory of its own where the other thread has just been given a mapping.
 */
struct replacer {
	volatile uint8_t *at;
	int stop;
};

static void *replace_run(void *arg)
{
	struct replacer *r = arg;
	void *at, *last = NULL;

	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
		at = (void *)(uintptr_t)__atomic_load_n(&r->at, __ATOMIC_ACQUIRE);
		if (!at || at == last)
			continue;
		last = mmap(at, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
	return NULL;
}

/* Locks go on finding the allocation, whatever is put in its place meanwhile (D-10). */
static void test_munmap_races_lock(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle allocation = allocation_create(&c, PAGE);
	struct replacer r = { .at = NULL };
	volatile uint8_t *data = NULL;
	pthread_t thread;

	assert_int_equal(allocation_lock(&c, allocation, &data), 0);
	data[7] = 77;
	assert_int_equal(pthread_create(&thread, NULL, replace_run, &r), 0);
	for (int i = 0; i < 500; i++) {
		assert_int_equal(allocation_lock(&c, allocation, &data), 0);
		__atomic_store_n(&r.at, data, __ATOMIC_RELEASE);
		assert_int_equal(allocation_unlock(&c, allocation), 0);
	}
	__atomic_store_n(&r.stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_int_equal(allocation_lock(&c, allocation, &data), 0);
	assert_int_equal(data[7], 77);
	client_close(&c);
}

static void *churn_run(void *arg)
{
	struct client *c = arg;
	volatile uint8_t *data;

	for (int i = 0; i < 30; i++) {
		struct d3dkmthandle allocation = allocation_create(c, 2 * PAGE);
		struct d3dkmthandle fence = fence_create(c, 0, NULL);

		if (allocation_lock(c, allocation, &data))
			return c;
		data[PAGE] = (uint8_t)i;
		if (fence_signal(c, fence, 1) || fence_wait(c, fence, 1, 0) ||
		    fence_destroy(c->fd, fence) || allocation_destroy(c, &allocation, 1))
			return c;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct client c = client_open();
	pthread_t thread[8];
	void *failed;

	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, churn_run, &c), 0);
	for (int i = 0; i < 8; i++) {
		pthread_join(thread[i], &failed);
		assert_null(failed);
	}
	client_close(&c);
}

/* Processes that exit with everything alive leave nothing behind that stops the next one. */
static void test_exit_with_objects(void **state)
{
	volatile uint8_t *data;
	pid_t pid;

	for (int i = 0; i < 40; i++) {
		pid = fork();
		if (!pid) {
			struct client c = client_open();
			struct d3dkmthandle allocation = allocation_create(&c, 1 << 20);
			const volatile uint64_t *value;

			fence_create(&c, 7, &value);
			if (allocation_lock(&c, allocation, &data))
				_exit(1);
			data[0] = 1;
			if (*value != 7)
				_exit(2);
			if (i & 1)
				kill(getpid(), SIGKILL);
			_exit(0);
		}
		assert_int_equal(reap(pid), i & 1 ? -SIGKILL : 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unassigned_numbers_are_enotty),
		cmocka_unit_test(test_wrong_command_word_is_enotty),
		cmocka_unit_test(test_bad_pointer_is_efault),
		cmocka_unit_test(test_garbage_is_refused),
		cmocka_unit_test(test_fork_gets_enotty),
		cmocka_unit_test(test_fork_does_not_destroy),
		cmocka_unit_test(test_last_close_elsewhere),
		cmocka_unit_test(test_enum_adapters_room),
		cmocka_unit_test(test_open_from_luid),
		cmocka_unit_test(test_last_close_adapter_destroys_devices),
		cmocka_unit_test(test_two_adapters),
		cmocka_unit_test(test_handles_of_other_files_are_refused),
		cmocka_unit_test(test_double_destroy),
		cmocka_unit_test(test_create_device_undone_on_fault),
		cmocka_unit_test(test_reserved_fields),
		cmocka_unit_test(test_counts_beyond_limits),
		cmocka_unit_test(test_submit_checks),
		cmocka_unit_test(test_destroy_duplicates),
		cmocka_unit_test(test_not_carried_yet),
		cmocka_unit_test(test_lock_nests),
		cmocka_unit_test(test_lock_after_munmap),
		cmocka_unit_test(test_mappings_are_revoked),
		cmocka_unit_test(test_fence_is_read_only),
		cmocka_unit_test(test_wait_reached),
		cmocka_unit_test(test_wait_signalled_async),
		cmocka_unit_test(test_bad_eventfd),
		cmocka_unit_test(test_wait_is_interruptible),
		cmocka_unit_test(test_kill_during_wait),
		cmocka_unit_test(test_many_waiters),
		cmocka_unit_test(test_racing_destroys),
		cmocka_unit_test(test_close_races_destroy),
		cmocka_unit_test(test_munmap_races_lock),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_exit_with_objects),
	};

	if (access(NODE, F_OK)) {
		print_message("skipped: there is no " NODE "\n");
		return SKIP;
	}
	return cmocka_run_group_tests_name("ioctl", tests, NULL, NULL);
}
