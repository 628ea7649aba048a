// SPDX-License-Identifier: MIT
/*
 * test_mapping.c - mappings of allocations and fences: who has them, what they show when their
 * object is gone, and what cannot be done to them.
 *
 * Raw ioctls, nothing of ours but the ABI header. Run inside a machine whose module serves at least
 * one adapter; exit status 77 (skipped) where there is no /dev/dxg. Nothing is shared between
 * tests: each opens the device anew; what must crash does so in a child.
 */
#include "raw.h"

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

/* An area that was moved is one of the same file (D-11). */
static void test_moved_mappings_are_revoked(void **state)
{
	struct client c = client_open();
	struct doomed d = { .c = &c, .handle = allocation_create(&c, PAGE) };
	void *target = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile uint8_t *data = NULL, *moved;

	assert_true(target != MAP_FAILED);
	assert_int_equal(allocation_lock(&c, d.handle, &data), 0);
	data[0] = 1;
	moved = mremap((void *)(uintptr_t)data, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
	assert_true(moved == target);
	assert_int_equal(moved[0], 1);
	assert_int_equal(look_after(moved, doom_allocation, &d), -SIGBUS);
	munmap(target, PAGE);
	client_close(&c);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_destroy_duplicates),
		cmocka_unit_test(test_lock_nests),
		cmocka_unit_test(test_lock_after_munmap),
		cmocka_unit_test(test_mappings_are_revoked),
		cmocka_unit_test(test_moved_mappings_are_revoked),
		cmocka_unit_test(test_fence_is_read_only),
		cmocka_unit_test(test_last_close_elsewhere),
	};

	if (access(NODE, F_OK)) {
		print_message("skipped: there is no " NODE "\n");
		return SKIP;
	}
	return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
