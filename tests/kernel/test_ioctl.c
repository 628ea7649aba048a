// SPDX-License-Identifier: MIT
/*
 * test_ioctl.c - what /dev/dxg promises below libdxg: command words, bad pointers, ownership after
 * fork, adapters, devices, limits.
 *
 * Raw ioctls, nothing of ours but the ABI header. Run inside a machine whose module serves at least
 * one adapter; exit status 77 (skipped) where there is no /dev/dxg. Nothing is shared between
 * tests: each opens the device anew; what must crash does so in a child.
 */
#include <poll.h>

#include "raw.h"

/* ---- dispatch ---- */

static void test_unassigned_numbers_are_enotty(void **state)
{
	static const unsigned int nr[] = { 0x00, 0x4a, 0x7f, 0x81, 0xff };
	uint8_t arg[1024] = {};
	int fd = file_open();

	for (unsigned int i = 0; i < sizeof(nr) / sizeof(nr[0]); i++)
		assert_int_equal(node_call(fd, _IOC(_IOC_READ | _IOC_WRITE, 'G', nr[i], 64), arg),
				 -ENOTTY);
	close(fd);
}

static void test_wrong_command_word_is_enotty(void **state)
{
	struct d3dkmt_enumadapters2 args = {};
	int fd = file_open();

	assert_int_equal(node_call(fd, _IOWR('G', 0x14, char[15]), &args), -ENOTTY);
	assert_int_equal(node_call(fd, _IOWR('G', 0x14, char[24]), &args), -ENOTTY);
	assert_int_equal(node_call(fd, _IOR('G', 0x14, struct d3dkmt_enumadapters2), &args),
			 -ENOTTY);
	assert_int_equal(node_call(fd, _IOWR('H', 0x14, struct d3dkmt_enumadapters2), &args),
			 -ENOTTY);
	assert_int_equal(node_call(fd, LX_DXENUMADAPTERS2, &args), 0);
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
	int fd = file_open();

	for (unsigned int i = 0; i < COMMANDS; i++) {
		assert_int_equal(node_call(fd, commands[i], NULL), -EFAULT);
		assert_int_equal(node_call(fd, commands[i], (void *)~0xffful), -EFAULT);
	}
	close(fd);
}

/* No handle is valid in a fresh file, so arbitrary arguments must be refused, none may succeed. */
static void test_garbage_is_refused(void **state)
{
	uint8_t arg[512];
	int fd = file_open();

	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < COMMANDS; i++) {
			memset(arg, round == 0 ? 0xff : round == 1 ? 0x01 : 0x41, sizeof(arg));
			assert_true(node_call(fd, commands[i], arg) < 0);
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
		_exit(node_call(c.fd, LX_DXENUMADAPTERS2, &args) == -ENOTTY &&
				      node_call(c.fd, commands[0], NULL) == -ENOTTY
			      ? 0
			      : 1);
	assert_int_equal(reap(pid), 0);
	assert_int_equal(node_call(c.fd, LX_DXENUMADAPTERS2, &args), 0);
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

/* ---- adapters ---- */

static void test_enum_adapters_room(void **state)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX] = {};
	struct d3dkmt_enumadapters2 args = {};
	struct d3dkmt_enumadapters3 args3 = { .adapter_count = 65536, .adapters = PTR(info) };
	int fd = file_open();
	uint32_t count;

	assert_int_equal(node_call(fd, LX_DXENUMADAPTERS2, &args), 0);
	count = args.num_adapters;
	assert_true(count >= 1);
	args.adapters = PTR(info);
	args.num_adapters = count - 1;
	assert_int_equal(node_call(fd, LX_DXENUMADAPTERS2, &args), -EOVERFLOW);
	assert_int_equal(args.num_adapters, count);
	args.num_adapters = D3DKMT_ADAPTERS_MAX + 1;
	assert_int_equal(node_call(fd, LX_DXENUMADAPTERS2, &args), -EINVAL);
	assert_int_equal(node_call(fd, LX_DXENUMADAPTERS3, &args3), -EINVAL);
	args3.adapter_count = 1;
	args3.filter.value = 1ull << 2;
	assert_int_equal(node_call(fd, LX_DXENUMADAPTERS3, &args3), -EINVAL);
	args.num_adapters = D3DKMT_ADAPTERS_MAX;
	args.adapters = PTR(PAGE); /* nothing is mapped there */
	assert_int_equal(node_call(fd, LX_DXENUMADAPTERS2, &args), -EFAULT);
	close(fd);
}

static void test_open_from_luid(void **state)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 list = { .num_adapters = D3DKMT_ADAPTERS_MAX,
					     .adapters = PTR(info) };
	struct d3dkmt_openadapterfromluid args = { .adapter_handle.v = 77 };
	struct d3dkmt_closeadapter close_args = {};
	int fd = file_open();

	args.adapter_luid.a = 0xdeadbeef;
	assert_int_equal(node_call(fd, LX_DXOPENADAPTERFROMLUID, &args), -EINVAL);
	assert_int_equal(node_call(fd, LX_DXENUMADAPTERS2, &list), 0);
	args.adapter_luid = info[0].adapter_luid;
	assert_int_equal(node_call(fd, LX_DXOPENADAPTERFROMLUID, &args), 0);
	assert_int_not_equal(args.adapter_handle.v, info[0].adapter_handle.v);
	close_args.adapter_handle = args.adapter_handle;
	assert_int_equal(node_call(fd, LX_DXCLOSEADAPTER, &close_args), 0);
	assert_int_equal(node_call(fd, LX_DXCLOSEADAPTER, &close_args), -EINVAL);
	close_args.adapter_handle.v = 0;
	assert_int_equal(node_call(fd, LX_DXCLOSEADAPTER, &close_args), 0);
	close(fd);
}

static void test_last_close_adapter_destroys_devices(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 0, NULL);
	struct d3dkmt_closeadapter args = { .adapter_handle = c.adapter };

	assert_int_equal(node_call(c.fd, LX_DXCLOSEADAPTER, &args), 0);
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
	int fd = file_open();

	assert_int_equal(node_call(fd, LX_DXENUMADAPTERS2, &list), 0);
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
		assert_int_equal(node_call(c.fd, LX_DXCREATEDEVICE, args), -EFAULT);
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
	assert_int_equal(node_call(c.fd, LX_DXCREATEDEVICE, &device), -EINVAL);
	context.flags.value = 1u << 31;
	assert_int_equal(node_call(c.fd, LX_DXCREATECONTEXTVIRTUAL, &context), -EINVAL);
	sync.info.type = _D3DDDI_MONITORED_FENCE;
	sync.info.flags.value = 1u << 31;
	assert_int_equal(node_call(c.fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &sync), -EINVAL);
	lock.allocation = allocation_create(&c, PAGE);
	lock.flags.value = 1;
	assert_int_equal(node_call(c.fd, LX_DXLOCK2, &lock), -EINVAL);
	assert_int_equal(node_call(c.fd, LX_DXGETDEVICESTATE, &device_state), 0);
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

	assert_int_equal(node_call(c.fd, LX_DXCREATEALLOCATION, &create), -EINVAL);
	create.alloc_count = 0;
	assert_int_equal(node_call(c.fd, LX_DXCREATEALLOCATION, &create), -EINVAL);
	create.alloc_count = 1024;
	assert_int_equal(node_call(c.fd, LX_DXCREATEALLOCATION, &create), -EFAULT);
	create.private_runtime_data_size = 131072;
	assert_int_equal(node_call(c.fd, LX_DXCREATEALLOCATION, &create), -EINVAL);
	create.private_runtime_data_size = 0;
	create.priv_drv_data_size = UINT32_MAX;
	assert_int_equal(node_call(c.fd, LX_DXCREATEALLOCATION, &create), -EINVAL);
	assert_int_equal(node_call(c.fd, LX_DXDESTROYALLOCATION2, &destroy), -EINVAL);
	destroy.alloc_count = 0;
	assert_int_equal(node_call(c.fd, LX_DXDESTROYALLOCATION2, &destroy), -EINVAL);
	assert_int_equal(node_call(c.fd, LX_DXEVICT, &evict), -EINVAL);
	evict.alloc_count = 10240;
	assert_int_equal(node_call(c.fd, LX_DXEVICT, &evict), -EFAULT);
	assert_int_equal(node_call(c.fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &wait), -EINVAL);
	wait.object_count = 10916;
	assert_int_equal(node_call(c.fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &wait), -EFAULT);
	assert_int_equal(node_call(c.fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU, &signal),
			 -EINVAL);
	assert_int_equal(node_call(c.fd, LX_DXQUERYADAPTERINFO, &query), -EINVAL);
	query.private_data_size = 0;
	assert_int_equal(node_call(c.fd, LX_DXQUERYADAPTERINFO, &query), -EINVAL);
	assert_int_equal(node_call(c.fd, LX_DXESCAPE, &escape), -EINVAL);
	assert_int_equal(node_call(c.fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMGPU, &hold), -EINVAL);
	hold.object_count = 32;
	assert_int_equal(node_call(c.fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMGPU, &hold), -EFAULT);
	assert_int_equal(node_call(c.fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU2, &event),
			 -EINVAL);
	event.context_count = 64;
	assert_int_equal(node_call(c.fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU2, &event),
			 -EFAULT);
	client_close(&c);
}

static void test_submit_checks(void **state)
{
	struct client c = client_open();
	struct d3dkmt_createcontextvirtual context = { .device = c.device };
	struct d3dkmt_destroycontext destroy;
	struct d3dkmt_submitcommand args = {};

	assert_int_equal(node_call(c.fd, LX_DXCREATECONTEXTVIRTUAL, &context), 0);
	args.broadcast_context[0] = context.context;
	assert_int_equal(node_call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	args.broadcast_context_count = 65;
	assert_int_equal(node_call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	args.broadcast_context_count = 2; /* the second one is 0 */
	assert_int_equal(node_call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	args.broadcast_context_count = 1;
	args.num_primaries = 17;
	assert_int_equal(node_call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	args.num_primaries = 0;
	args.num_history_buffers = 1025;
	assert_int_equal(node_call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	args.num_history_buffers = 1024;
	assert_int_equal(node_call(c.fd, LX_DXSUBMITCOMMAND, &args), -EFAULT);
	args.num_history_buffers = 0;
	args.broadcast_context[0] = c.device;
	assert_int_equal(node_call(c.fd, LX_DXSUBMITCOMMAND, &args), -EINVAL);
	destroy.context = context.context;
	assert_int_equal(node_call(c.fd, LX_DXDESTROYCONTEXT, &destroy), 0);
	assert_int_equal(node_call(c.fd, LX_DXDESTROYCONTEXT, &destroy), -EINVAL);
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
	assert_int_equal(node_call(c.fd, LX_DXCREATEALLOCATION, &args), -EINVAL);
	args.flags.value = 0;
	args.flags.existing_section = 1;
	assert_int_equal(node_call(c.fd, LX_DXCREATEALLOCATION, &args), -EINVAL);
	client_close(&c);
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
		cmocka_unit_test(test_not_carried_yet),
	};

	if (access(NODE, F_OK)) {
		print_message("skipped: there is no " NODE "\n");
		return SKIP;
	}
	return cmocka_run_group_tests_name("ioctl", tests, NULL, NULL);
}
