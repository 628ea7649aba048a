// SPDX-License-Identifier: MIT
/*
 * test_account.c - what Linux sees of the GPU: fdinfo, tracepoints, debugfs, sysfs; statistics of
 * other processes, and who may have them. Run as root inside a machine whose module serves an
 * adapter.
 */
#include <dirent.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "node.h"

#define TEXT_MAX 65536
#define NOBODY 65534

static char *read_file(const char *path)
{
	static char text[TEXT_MAX];
	size_t n = 0;
	FILE *f = fopen(path, "r");

	if (f) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = 0;
	return text;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

static char *fdinfo(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return read_file(path);
}

/* The number behind a key of fdinfo, or ~0. */
static uint64_t number_of(const char *text, const char *key)
{
	const char *line = strstr(text, key);

	return line ? strtoull(line + strlen(key), NULL, 10) : UINT64_MAX;
}

static struct d3dkmthandle device_create(const struct node *n)
{
	struct d3dkmt_createdevice args = { .adapter = n->adapter };

	assert_int_equal(node_call(n->fd, LX_DXCREATEDEVICE, &args), 0);
	return args.device;
}

static struct d3dkmthandle hw_context_create(const struct node *n, struct d3dkmthandle device)
{
	struct d3dkmt_createcontextvirtual args = { .device = device };

	args.flags.hw_queue_supported = 1;
	assert_int_equal(node_call(n->fd, LX_DXCREATECONTEXTVIRTUAL, &args), 0);
	return args.context;
}

/* The host's own layout of allocation private data (dxgwire/escape.h), as bytes. */
struct alloc_private {
	uint32_t flags;
	uint32_t reserved;
	uint64_t size;
};

static struct d3dkmthandle allocate(const struct node *n, struct d3dkmthandle device, uint64_t size)
{
	struct alloc_private private = { .flags = 1, .size = size };
	struct d3dddi_allocationinfo2 info = { .priv_drv_data = PTR(&private),
					       .priv_drv_data_size = sizeof(private) };
	struct d3dkmt_createallocation args = { .device = device,
						.alloc_count = 1,
						.allocation_info = PTR(&info) };

	assert_int_equal(node_call(n->fd, LX_DXCREATEALLOCATION, &args), 0);
	return info.allocation;
}

/* ---- fdinfo ---- */

static void test_fdinfo(void **state)
{
	struct node n = node_open(), other = node_open();
	struct d3dkmthandle device = device_create(&n);
	uint64_t before, id;
	char *text = fdinfo(n.fd);

	assert_non_null(strstr(text, "drm-driver:\tdxgkrnl\n"));
	assert_non_null(strstr(text, "drm-pdev:\t0000:"));
	assert_int_equal(number_of(text, "drm-engine-node0:\t"), 0);
	before = number_of(text, "drm-total-system:\t");
	assert_int_not_equal(before, UINT64_MAX);
	id = number_of(text, "drm-client-id:\t");
	allocate(&n, device, 8 << 20);
	text = fdinfo(n.fd);
	assert_int_equal(number_of(text, "drm-total-system:\t") - before, 8192);
	assert_int_equal(number_of(text, "drm-resident-system:\t"), 0);
	assert_int_equal(number_of(text, "drm-client-id:\t"), id);
	/* Another file is another client, and has none of it. */
	text = fdinfo(other.fd);
	assert_int_not_equal(number_of(text, "drm-client-id:\t"), id);
	assert_int_equal(number_of(text, "drm-total-system:\t"), UINT64_MAX);
	close(n.fd);
	close(other.fd);
}

/* ---- tracepoints ---- */

#define TRACING "/sys/kernel/tracing"

static bool tracing_on(void)
{
	mount("tracefs", TRACING, "tracefs", 0, NULL);
	return write_file(TRACING "/events/dxg/enable", "1");
}

/* A wait that is over at once, a lock and its end, a submission: each with its handle. */
static void test_tracepoints(void **state)
{
	struct node n = node_open();
	struct d3dkmthandle device = device_create(&n);
	struct d3dkmthandle allocation = allocate(&n, device, 4096);
	struct d3dkmt_createsynchronizationobject2 fence = { .device = device };
	uint64_t value = 5;
	struct d3dkmt_waitforsynchronizationobjectfromcpu wait = { .device = device,
								   .object_count = 1,
								   .fence_values = PTR(&value) };
	struct d3dkmt_lock2 lock = { .device = device, .allocation = allocation };
	struct d3dkmt_unlock2 unlock = { .device = device, .allocation = allocation };
	struct d3dkmt_submitcommand submit = { .command_buffer = 0x123450,
					       .command_length = 8,
					       .broadcast_context_count = 1 };
	struct d3dkmt_createcontextvirtual context = { .device = device };
	struct d3dkmt_createhwqueue queue = { .context = hw_context_create(&n, device) };
	struct d3dkmt_submitcommandtohwqueue to_queue = { .hwqueue_progress_fence_id = 9,
							  .command_buffer = 0x543210,
							  .command_length = 16 };
	char *text, expected[128];

	fence.info.type = _D3DDDI_MONITORED_FENCE;
	fence.info.monitored_fence.initial_fence_value = 7;
	assert_int_equal(node_call(n.fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &fence), 0);
	assert_int_equal(node_call(n.fd, LX_DXCREATECONTEXTVIRTUAL, &context), 0);
	assert_int_equal(node_call(n.fd, LX_DXCREATEHWQUEUE, &queue), 0);
	to_queue.hwqueue = queue.queue;
	wait.objects = PTR(&fence.sync_object);
	if (!tracing_on())
		skip();
	assert_true(write_file(TRACING "/trace", "\n"));
	assert_int_equal(node_call(n.fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &wait), 0);
	assert_int_equal(node_call(n.fd, LX_DXLOCK2, &lock), 0);
	assert_int_equal(node_call(n.fd, LX_DXUNLOCK2, &unlock), 0);
	submit.broadcast_context[0] = context.context;
	assert_int_equal(node_call(n.fd, LX_DXSUBMITCOMMAND, &submit), 0);
	assert_int_equal(node_call(n.fd, LX_DXSUBMITCOMMANDTOHWQUEUE, &to_queue), 0);
	assert_true(write_file(TRACING "/events/dxg/enable", "0"));
	text = read_file(TRACING "/trace");
	assert_non_null(strstr(text, "dxg_wait_begin"));
	snprintf(expected, sizeof(expected), "fence=0x%x wanted=5 value=7", fence.sync_object.v);
	assert_non_null(strstr(text, expected));
	snprintf(expected, sizeof(expected), "dxg_wait_end: device=0x%x result=0", device.v);
	assert_non_null(strstr(text, expected));
	snprintf(expected, sizeof(expected), "dxg_lock: allocation=0x%x result=0", allocation.v);
	assert_non_null(strstr(text, expected));
	snprintf(expected, sizeof(expected), "dxg_unlock: allocation=0x%x result=0", allocation.v);
	assert_non_null(strstr(text, expected));
	snprintf(expected, sizeof(expected), "dxg_submit: context=0x%x gpu_va=0x123450 size=8",
		 context.context.v);
	assert_non_null(strstr(text, expected));
	snprintf(expected, sizeof(expected),
		 "dxg_submit_hwqueue: queue=0x%x gpu_va=0x543210 size=16 fence=9", queue.queue.v);
	assert_non_null(strstr(text, expected));
	close(n.fd);
}

/* ---- debugfs ---- */

#define DEBUG "/sys/kernel/debug"

static void test_debugfs(void **state)
{
	struct node n = node_open();
	struct d3dkmthandle device = device_create(&n);
	struct d3dkmthandle allocation = allocate(&n, device, 4096);
	struct d3dkmt_createhwqueue queue = { .context = hw_context_create(&n, device) };
	char expected[128], *text;
	struct stat st;

	assert_int_equal(node_call(n.fd, LX_DXCREATEHWQUEUE, &queue), 0);
	mount("debugfs", DEBUG, "debugfs", 0, NULL);
	if (stat(DEBUG "/dxg/files", &st))
		skip();
	assert_int_equal(st.st_mode & 0777, 0400);
	text = read_file(DEBUG "/dxg/files");
	snprintf(expected, sizeof(expected), "pid %d uid 0", getpid());
	assert_non_null(strstr(text, expected));
	snprintf(expected, sizeof(expected), "allocation 0x%x device 0x%x references", allocation.v,
		 device.v);
	assert_non_null(strstr(text, expected));
	snprintf(expected, sizeof(expected), "hwqueue 0x%x device 0x%x references", queue.queue.v,
		 device.v);
	assert_non_null(strstr(text, expected));
	assert_null(strstr(text, "ffff8"));
	text = read_file(DEBUG "/dxg/sessions");
	assert_non_null(strstr(text, "ready"));
	assert_non_null(strstr(text, "channel 1 to_host"));
	assert_null(strstr(text, "ffff8"));
	close(n.fd);
}

/* ---- sysfs ---- */

#define DRIVER "/sys/bus/pci/drivers/dxgkrnl"

static char *attribute(const char *device, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), DRIVER "/%s/dxg/%s", device, name);
	return read_file(path);
}

static void first_device(char ret_name[64])
{
	struct dirent *entry;
	DIR *dir = opendir(DRIVER);

	ret_name[0] = 0;
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, "0000:", 5))
			snprintf(ret_name, 64, "%.60s", entry->d_name);
	closedir(dir);
	assert_string_not_equal(ret_name, "");
}

static void test_sysfs(void **state)
{
	struct node n = node_open();
	char expected[64], device[64];

	first_device(device);
	snprintf(expected, sizeof(expected), "%08x:%08x\n", n.luid.b, n.luid.a);
	assert_string_equal(attribute(device, "luid"), expected);
	assert_string_equal(attribute(device, "state"), "ready\n");
	assert_string_equal(attribute(device, "interface_version"), "40\n");
	assert_true(strtoul(attribute(device, "generation"), NULL, 10) > 0);
	assert_true(strlen(attribute(device, "name")) > 1);
	close(n.fd);
}

/* ---- other processes ---- */

static int statistics_of(const struct node *n, uint64_t pid)
{
	struct d3dkmt_querystatistics q = { .type = _D3DKMT_QUERYSTATISTICS_PROCESS,
					    .adapter_luid = n->luid,
					    .process = pid };

	return node_call(n->fd, LX_DXQUERYSTATISTICS, &q);
}

static int processes(const struct node *n, uint32_t *pid, uint64_t *count)
{
	struct d3dkmt_enumprocesses q = { .adapter_luid = n->luid,
					  .buffer = PTR(pid),
					  .buffer_count = *count };
	int err = node_call(n->fd, LX_DXENUMPROCESSES, &q);

	*count = q.buffer_count;
	return err;
}

static int lists(const struct node *n, uint32_t wanted)
{
	uint32_t pid[256];
	uint64_t count = 256, i, found = 0;

	if (processes(n, pid, &count))
		return -1;
	for (i = 0; i < count; i++)
		found += pid[i] == wanted;
	return (int)found;
}

/* Status of a child that runs @body. */
static int in_child(int (*body)(uint64_t arg), uint64_t arg, int unshared)
{
	int status;
	pid_t pid;

	if (unshared && unshare(unshared))
		return -errno;
	pid = fork();
	if (!pid)
		_exit(body(arg));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A child asks about its parent, which root may. */
static int ask_parent(uint64_t parent)
{
	struct node n = node_open();

	return statistics_of(&n, parent) == 0 && lists(&n, (uint32_t)parent) == 1 &&
			       lists(&n, (uint32_t)getpid()) == 1
		       ? 0
		       : 1;
}

/* One of another user may not, but may know its own. */
static int ask_as_nobody(uint64_t parent)
{
	struct node n;

	if (setgid(NOBODY) || setuid(NOBODY))
		return 2;
	n = node_open();
	device_create(&n);
	if (statistics_of(&n, parent) != -EACCES)
		return 3;
	return statistics_of(&n, 0) == 0 && statistics_of(&n, (uint64_t)getpid()) == 0 ? 0 : 4;
}

/* In another pid namespace the parent has no number: it does not exist. */
static int ask_elsewhere(uint64_t parent)
{
	struct node n = node_open();

	if (statistics_of(&n, parent) != -EINVAL || lists(&n, (uint32_t)parent) != 0)
		return 5;
	return lists(&n, 1) == 1 ? 0 : 6; /* this one is its init */
}

static int elsewhere(uint64_t parent)
{
	return in_child(ask_elsewhere, parent, CLONE_NEWPID);
}

static void test_other_processes(void **state)
{
	struct node n = node_open(), again = node_open();

	device_create(&n);
	assert_int_equal(in_child(ask_parent, (uint64_t)getpid(), 0), 0);
	assert_int_equal(in_child(ask_as_nobody, (uint64_t)getpid(), 0), 0);
	assert_int_equal(in_child(elsewhere, (uint64_t)getpid(), 0), 0);
	/* Two open files of one process are one process. */
	assert_int_equal(lists(&n, (uint32_t)getpid()), 1);
	assert_int_equal(statistics_of(&n, 0x7ffffff0), -EINVAL);
	close(again.fd);
	close(n.fd);
}

/* All 8 bytes of the count, with too little room, none, and for an adapter that nobody has. */
static void test_process_count(void **state)
{
	struct node n = node_open(), nobody = n;
	uint64_t count = 0, needed;
	uint32_t pid = 0x5a5a;

	assert_int_equal(processes(&n, &pid, &count), -EOVERFLOW);
	needed = count;
	assert_in_range(needed, 1, 1000);
	count = UINT64_C(0x700000000);
	assert_int_equal(processes(&n, NULL, &count), -EOVERFLOW);
	assert_int_equal(count, needed);
	assert_int_equal(pid, 0x5a5a);
	nobody.luid.a ^= 0x55;
	count = UINT64_C(0x700000007);
	assert_int_equal(processes(&nobody, &pid, &count), -EINVAL);
	assert_int_equal(count, 0);
	close(n.fd);
}

static void test_bad_pointers(void **state)
{
	struct node n = node_open();
	struct d3dkmt_querystatistics query = { .type = _D3DKMT_QUERYSTATISTICS_ADAPTER,
						.adapter_luid = n.luid };
	struct d3dkmt_enumprocesses list = { .adapter_luid = n.luid,
					     .buffer = ~0xfffull,
					     .buffer_count = 100 };

	assert_int_equal(node_call(n.fd, LX_DXQUERYSTATISTICS, NULL), -EFAULT);
	assert_int_equal(node_call(n.fd, LX_DXENUMPROCESSES, NULL), -EFAULT);
	assert_int_equal(
		node_call(n.fd, LX_DXQUERYSTATISTICS, node_readonly(&query, sizeof(query))),
		-EFAULT);
	assert_int_equal(node_call(n.fd, LX_DXENUMPROCESSES, &list), -EFAULT);
	query.adapter_luid.a ^= 0x55;
	assert_int_equal(node_call(n.fd, LX_DXQUERYSTATISTICS, &query), -EINVAL);
	close(n.fd);
}

/* ---- without the device ---- */

static void bind(const char *device, bool to)
{
	assert_true(write_file(to ? DRIVER "/bind" : DRIVER "/unbind", device));
}

/* The files that look into it go on when it is taken away under an open file, and come back with
 * it. */
static void test_unbound(void **state)
{
	struct node n = node_open(), again;
	struct d3dkmthandle device = device_create(&n);
	char name[64], *text;
	uint64_t count = 16;
	uint32_t pid[16];

	first_device(name);
	allocate(&n, device, 1 << 20);
	bind(name, false);
	text = fdinfo(n.fd);
	assert_non_null(strstr(text, "drm-driver:\tdxgkrnl\n"));
	assert_null(strstr(text, "drm-engine-"));
	assert_int_equal(statistics_of(&n, 0), -EINVAL);
	assert_int_equal(processes(&n, pid, &count), -EINVAL);
	assert_int_equal(count, 0);
	assert_string_equal(attribute(name, "state"), "");
	mount("debugfs", DEBUG, "debugfs", 0, NULL);
	assert_null(strstr(read_file(DEBUG "/dxg/sessions"), "ready"));
	assert_non_null(strstr(read_file(DEBUG "/dxg/files"), " lost\n"));
	bind(name, true);
	assert_string_equal(attribute(name, "state"), "ready\n");
	again = node_open();
	device_create(&again);
	assert_int_equal(statistics_of(&again, 0), 0);
	assert_non_null(strstr(fdinfo(again.fd), "drm-engine-node0"));
	close(again.fd);
	close(n.fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fdinfo),
		cmocka_unit_test(test_tracepoints),
		cmocka_unit_test(test_debugfs),
		cmocka_unit_test(test_sysfs),
		cmocka_unit_test(test_other_processes),
		cmocka_unit_test(test_process_count),
		cmocka_unit_test(test_bad_pointers),
		cmocka_unit_test(test_unbound), /* last: it takes the device away */
	};

	if (access(NODE, F_OK))
		return SKIP;
	return cmocka_run_group_tests_name("kernel_account", tests, NULL, NULL);
}
