// SPDX-License-Identifier: MIT
/*
 * test_public: the library as a program meets it, through the exported functions: opening by the
 * first call, from many threads, in the child of a fork, after the end of a session, and not at
 * all.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "../fork.h"
#include "lib_test.h"
#include "libdxg.h"

static NTSTATUS enumerate(struct d3dkmt_adapterinfo *ret)
{
	struct d3dkmt_enumadapters2 e = { .num_adapters = 1, .adapters = dxg_ptr(ret) };

	return D3DKMTEnumAdapters2(&e);
}

static NTSTATUS close_adapter(struct d3dkmthandle adapter)
{
	struct d3dkmt_closeadapter c = { .adapter_handle = adapter };

	return D3DKMTCloseAdapter(&c);
}

static void use(struct fake *f)
{
	fake_start(f);
	setenv("DXG_DEVICE", f->path, 1);
}

/* End a session whose adapters are closed; let the library notice, for the next test to start. */
static void done_with(struct fake *f)
{
	struct d3dkmt_adapterinfo info;

	fake_stop(f);
	assert_int_equal(enumerate(&info), STATUS_DEVICE_REMOVED);
}

static void test_nobody(void **state)
{
	struct d3dkmt_adapterinfo info;
	struct d3dkmt_createdevice dev = { 0 };
	uint64_t start = link_now_ms();

	(void)state;
	setenv("DXG_DEVICE", "/nonexistent", 1);
	assert_int_equal(enumerate(&info), STATUS_DEVICE_REMOVED);
	assert_int_equal(D3DKMTCreateDevice(&dev), STATUS_DEVICE_REMOVED);
	assert_true(link_now_ms() - start < 1000);
}

static void test_null(void **state)
{
	(void)state;
	assert_int_equal(D3DKMTEnumAdapters2(NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(D3DKMTSubmitCommand(NULL), STATUS_INVALID_PARAMETER);
}

static void *enumerate_thread(void *arg)
{
	struct d3dkmt_adapterinfo info = { 0 };

	(void)arg;
	if (enumerate(&info))
		return NULL;
	return (void *)(uintptr_t)info.adapter_handle.v;
}

/* The fake accepts one connection, so a second session would show. */
static void test_threads_share(void **state)
{
	struct fake f = { 0 };
	pthread_t thread[8];
	void *adapter[8];
	int i;

	(void)state;
	use(&f);
	for (i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, enumerate_thread, NULL), 0);
	for (i = 0; i < 8; i++)
		pthread_join(thread[i], &adapter[i]);
	for (i = 0; i < 8; i++) {
		assert_non_null(adapter[i]);
		assert_int_equal(close_adapter((struct d3dkmthandle){
					 .v = (uint32_t)(uintptr_t)adapter[i] }), 0);
	}
	done_with(&f);
}

/* ---- opening a host that does not answer ---- */

struct opener {
	pthread_t thread;
	NTSTATUS status;
};

static void *open_thread(void *arg)
{
	struct opener *o = arg;
	struct d3dkmt_adapterinfo info;

	o->status = enumerate(&info);
	return NULL;
}

/* Who comes while a thread is opening waits for that attempt, not for one of his own after it. */
static void test_threads_share_a_failure(void **state)
{
	struct fake f = { .silent = true };
	struct opener o[8];
	uint64_t start = link_now_ms();
	int i;

	(void)state;
	use(&f);
	for (i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&o[i].thread, NULL, open_thread, &o[i]), 0);
	for (i = 0; i < 8; i++) {
		pthread_join(o[i].thread, NULL);
		assert_int_equal(o[i].status, STATUS_DEVICE_REMOVED);
	}
	/* Eight attempts would take 6.4 s; a thread that starts late makes a second one. */
	assert_true(link_now_ms() - start < 3000);
	fake_stop(&f);
}

/* A child of fork() opens for itself, even while a thread of its parent is at it. */
static void test_fork_while_opening(void **state)
{
	struct fake f = { .silent = true };
	struct d3dkmt_adapterinfo info;
	struct opener o;
	int status;
	pid_t pid;

	(void)state;
	use(&f);
	assert_int_equal(pthread_create(&o.thread, NULL, open_thread, &o), 0);
	while (!__atomic_load_n(&f.accepted, __ATOMIC_ACQUIRE))
		sched_yield();
	pid = fork_quietly();
	if (!pid) {
		setenv("DXG_DEVICE", "/nonexistent", 1);
		_exit(enumerate(&info) != STATUS_DEVICE_REMOVED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	pthread_join(o.thread, NULL);
	assert_int_equal(o.status, STATUS_DEVICE_REMOVED);
	fake_stop(&f);
}

/* A thread cancelled while it opens does not leave the others waiting for it. */
static void test_cancel_while_opening(void **state)
{
	struct fake f = { .silent = true };
	struct d3dkmt_adapterinfo info;
	struct opener o;

	(void)state;
	use(&f);
	assert_int_equal(pthread_create(&o.thread, NULL, open_thread, &o), 0);
	while (!__atomic_load_n(&f.accepted, __ATOMIC_ACQUIRE))
		sched_yield();
	assert_int_equal(pthread_cancel(o.thread), 0);
	assert_int_equal(enumerate(&info), STATUS_DEVICE_REMOVED);
	pthread_join(o.thread, NULL);
	fake_stop(&f);
}

/* A lost session says so until its last adapter handle is closed; then a new one begins. */
static void test_revival(void **state)
{
	struct fake first = { 0 }, second = { 0 };
	struct d3dkmt_adapterinfo a, b;
	struct d3dkmt_createdevice dev = { 0 };

	(void)state;
	use(&first);
	assert_int_equal(enumerate(&a), 0);
	fake_stop(&first);
	dev.adapter = a.adapter_handle;
	assert_int_equal(D3DKMTCreateDevice(&dev), STATUS_DEVICE_REMOVED);
	use(&second);
	assert_int_equal(enumerate(&b), STATUS_DEVICE_REMOVED);
	assert_int_equal(close_adapter(a.adapter_handle), 0);
	assert_int_equal(enumerate(&b), 0);
	dev.adapter = b.adapter_handle;
	assert_int_equal(D3DKMTCreateDevice(&dev), 0);
	assert_int_equal(close_adapter(b.adapter_handle), 0);
	done_with(&second);
}

/* Closing the last adapter handle ends its devices on the host. */
static bool count_destroyed(struct fake *f, struct fake_packet *p)
{
	unsigned int *n = f->data;

	n[0] += p->type == DXG_MSG_FLUSHDEVICE;
	n[1] += p->type == DXG_MSG_DESTROYDEVICE;
	return false;
}

static void test_last_close(void **state)
{
	unsigned int n[2] = { 0 };
	struct fake f = { .handle = count_destroyed, .data = n };
	struct d3dkmt_adapterinfo a, b;
	struct d3dkmt_createdevice dev = { 0 };
	struct d3dkmt_destroydevice destroy;

	(void)state;
	use(&f);
	assert_int_equal(enumerate(&a), 0);
	assert_int_equal(enumerate(&b), 0);
	dev.adapter = a.adapter_handle;
	assert_int_equal(D3DKMTCreateDevice(&dev), 0);
	assert_int_equal(D3DKMTCreateDevice(&dev), 0);
	assert_int_equal(close_adapter(a.adapter_handle), 0);
	assert_int_equal(close_adapter(a.adapter_handle), STATUS_INVALID_PARAMETER);
	assert_int_equal(n[1], 0);
	assert_int_equal(close_adapter(b.adapter_handle), 0);
	assert_int_equal(n[0], 2);
	assert_int_equal(n[1], 2);
	destroy.device = dev.device;
	assert_int_equal(D3DKMTDestroyDevice(&destroy), STATUS_INVALID_PARAMETER);
	done_with(&f);
}

/* ---- fork ---- */

static int child_uses(const char *path, struct d3dkmthandle parents_adapter)
{
	struct d3dkmt_adapterinfo info;
	struct d3dkmt_createdevice dev = { .adapter = parents_adapter };

	setenv("DXG_DEVICE", path, 1);
	if (enumerate(&info))
		return 1;
	dev.adapter = info.adapter_handle;
	if (D3DKMTCreateDevice(&dev))
		return 2;
	return close_adapter(info.adapter_handle) ? 3 : 0;
}

static void test_fork(void **state)
{
	struct fake parents = { 0 }, childs = { 0 };
	struct d3dkmt_adapterinfo info;
	struct d3dkmt_createdevice dev = { 0 };
	unsigned int seen;
	int status;
	pid_t pid;

	(void)state;
	fake_start(&childs);
	use(&parents);
	assert_int_equal(enumerate(&info), 0);
	seen = __atomic_load_n(&parents.seen, __ATOMIC_ACQUIRE);
	pid = fork_quietly();
	if (!pid)
		_exit(child_uses(childs.path, info.adapter_handle));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	/* The child said nothing on its parent's session, and its end is not the parent's. */
	assert_int_equal(__atomic_load_n(&parents.seen, __ATOMIC_ACQUIRE), seen);
	dev.adapter = info.adapter_handle;
	assert_int_equal(D3DKMTCreateDevice(&dev), 0);
	assert_int_equal(close_adapter(info.adapter_handle), 0);
	fake_stop(&childs);
	done_with(&parents);
}

/* A child that lives on does not keep its dead parent's session alive. */
static void test_fork_outlives(void **state)
{
	struct fake f = { 0 };
	struct d3dkmt_adapterinfo info;
	int status, hold[2];
	pid_t pid, grandchild;
	char byte;

	(void)state;
	fake_start(&f);
	assert_int_equal(pipe(hold), 0);
	pid = fork_quietly();
	if (!pid) {
		setenv("DXG_DEVICE", f.path, 1);
		if (enumerate(&info))
			_exit(1);
		grandchild = fork_quietly();
		if (!grandchild) {
			close(hold[1]);
			_exit(read(hold[0], &byte, 1) ? 1 : 0);
		}
		_exit(grandchild < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* The fake's thread ends with the connection. */
	pthread_join(f.thread, NULL);
	f.thread = pthread_self();
	close(hold[0]);
	close(hold[1]);
	close(f.sock);
	close(f.listener);
	unlink(f.path);
	rmdir(f.dir);
}

static void test_share_is_not_carried(void **state)
{
	struct fake f = { 0 };
	struct d3dkmt_adapterinfo info;
	struct d3dkmthandle object = { .v = 0x40000040 };
	uint64_t fd = 77;

	(void)state;
	use(&f);
	assert_int_equal(enumerate(&info), 0);
	assert_int_equal(D3DKMTShareObjects(1, &object, NULL, 0, &fd), STATUS_NOT_SUPPORTED);
	assert_int_equal(fd, 77);
	assert_int_equal(close_adapter(info.adapter_handle), 0);
	done_with(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_threads_share),
		cmocka_unit_test(test_threads_share_a_failure),
		cmocka_unit_test(test_fork_while_opening),
		cmocka_unit_test(test_cancel_while_opening),
		cmocka_unit_test(test_revival),
		cmocka_unit_test(test_last_close),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_fork_outlives),
		cmocka_unit_test(test_share_is_not_carried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
