/* SPDX-License-Identifier: MIT */
/*
 * test_api_lock: the CPU's view of allocations. Specification: ioctls 0x25, 0x37, section 6.3.
 */
#include <pthread.h>

#include "fixture.h"

#define SIZE (64u << 10)

static struct d3dkmthandle allocate(const struct api *a, uint32_t flags)
{
	struct d3dkmthandle allocation;

	assert_ok(api_allocate(a->device, SIZE, flags, &allocation, NULL));
	return allocation;
}

static void test_nested(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation = allocate(a, DXG_ALLOC_CPU_VISIBLE);
	void *first = NULL, *second = NULL;

	assert_ok(api_lock(a->device, allocation, &first));
	assert_non_null(first);
	assert_int_equal((uintptr_t)first % DXG_PAGE_SIZE, 0);
	assert_ok(api_lock(a->device, allocation, &second));
	assert_ptr_equal(first, second);
	assert_ok(api_unlock(a->device, allocation));
	memset(first, 1, SIZE); /* one lock is left */
	assert_ok(api_unlock(a->device, allocation));
	assert_ok(api_free(a->device, allocation));
}

static void test_unlock_too_often(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation = allocate(a, DXG_ALLOC_CPU_VISIBLE);
	void *cpu;

	assert_status(api_unlock(a->device, allocation), STATUS_INVALID_PARAMETER);
	assert_ok(api_lock(a->device, allocation, &cpu));
	assert_ok(api_unlock(a->device, allocation));
	assert_status(api_unlock(a->device, allocation), STATUS_INVALID_PARAMETER);
	assert_ok(api_lock(a->device, allocation, &cpu));
	assert_ok(api_unlock(a->device, allocation));
	assert_ok(api_free(a->device, allocation));
}

/* What was written stays over an unlock and a lock. */
static void test_contents_stay(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation = allocate(a, DXG_ALLOC_CPU_VISIBLE);
	uint8_t *cpu;
	int i;

	for (i = 0; i < 10; i++) {
		assert_ok(api_lock(a->device, allocation, (void **)&cpu));
		assert_int_equal(cpu[0], i);
		assert_int_equal(cpu[SIZE - 1], i);
		cpu[0] = cpu[SIZE - 1] = (uint8_t)(i + 1);
		assert_ok(api_unlock(a->device, allocation));
	}
	assert_ok(api_free(a->device, allocation));
}

/* Two allocations are two pieces of memory. */
static void test_disjoint(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle one = allocate(a, DXG_ALLOC_CPU_VISIBLE);
	struct d3dkmthandle two = allocate(a, DXG_ALLOC_CPU_VISIBLE);
	uint8_t *x, *y;

	assert_ok(api_lock(a->device, one, (void **)&x));
	assert_ok(api_lock(a->device, two, (void **)&y));
	memset(x, 0x11, SIZE);
	memset(y, 0x22, SIZE);
	assert_int_equal(x[0], 0x11);
	assert_int_equal(x[SIZE - 1], 0x11);
}

static void test_gpu_sees_cpu(void **state)
{
	struct api *a = *state;
	struct api_memory from, to;
	struct packets p = { 0 };
	uint32_t i;

	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &from));
	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &to));
	for (i = 0; i < SIZE; i++)
		from.cpu[i] = (uint8_t)(i * 31);
	packets_copy(&p, to.va, from.va, SIZE);
	assert_ok(api_run(a, &p));
	assert_memory_equal(from.cpu, to.cpu, SIZE);
}

static void test_not_cpu_visible(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation = allocate(a, 0);
	void *cpu = NULL;

	assert_true(api_lock(a->device, allocation, &cpu) < 0);
	assert_null(cpu);
	assert_true(api_unlock(a->device, allocation) < 0);
	assert_ok(api_free(a->device, allocation));
}

static void test_bad(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation = allocate(a, DXG_ALLOC_CPU_VISIBLE);
	struct d3dkmt_lock2 args = {
		.device = a->device,
		.allocation = allocation,
		.flags = { .value = 1 },
	};
	void *cpu;

	assert_status(D3DKMTLock2(&args), STATUS_INVALID_PARAMETER);
	assert_status(api_lock(a->device, a->context, &cpu), STATUS_INVALID_PARAMETER);
	assert_status(api_lock(a->context, allocation, &cpu), STATUS_INVALID_PARAMETER);
	assert_ok(api_free(a->device, allocation));
	assert_status(api_lock(a->device, allocation, &cpu), STATUS_INVALID_PARAMETER);
}

/** struct locker - one of several threads that lock an allocation for the first time together. */
struct locker {
	const struct api *a;
	struct d3dkmthandle allocation;
	pthread_barrier_t *start;
	NTSTATUS status;
	void *cpu;
};

static void *lock_thread(void *arg)
{
	struct locker *l = arg;

	pthread_barrier_wait(l->start);
	l->status = api_lock(l->a->device, l->allocation, &l->cpu);
	return NULL;
}

/* First locks that race see one address, and count each. */
static void test_racing_first_locks(void **state)
{
	enum { THREADS = 4, ROUNDS = 20 };
	struct api *a = *state;
	struct locker locker[THREADS];
	pthread_t thread[THREADS];
	pthread_barrier_t start;
	int round, i;

	pthread_barrier_init(&start, NULL, THREADS);
	for (round = 0; round < ROUNDS; round++) {
		struct d3dkmthandle allocation = allocate(a, DXG_ALLOC_CPU_VISIBLE);

		for (i = 0; i < THREADS; i++) {
			locker[i] = (struct locker){ a, allocation, &start, -1, NULL };
			assert_int_equal(pthread_create(&thread[i], NULL, lock_thread, &locker[i]),
					 0);
		}
		for (i = 0; i < THREADS; i++)
			pthread_join(thread[i], NULL);
		for (i = 0; i < THREADS; i++) {
			assert_ok(locker[i].status);
			assert_ptr_equal(locker[i].cpu, locker[0].cpu);
			assert_ok(api_unlock(a->device, allocation));
		}
		assert_status(api_unlock(a->device, allocation), STATUS_INVALID_PARAMETER);
		assert_ok(api_free(a->device, allocation));
	}
	pthread_barrier_destroy(&start);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_nested),	      api_test(test_unlock_too_often),
		api_test(test_contents_stay), api_test(test_disjoint),
		api_test(test_gpu_sees_cpu),  api_test(test_not_cpu_visible),
		api_test(test_bad),	      api_test(test_racing_first_locks),
	};

	return api_main("api_lock", tests);
}
