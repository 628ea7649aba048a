// SPDX-License-Identifier: MIT
/*
 * test_fence_logic.c - how long a wait for a fence polls before it sleeps, on a clock of the
 * test's: each look at it takes a quarter of a microsecond, and the device raises the fence at its
 * time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fence.h"

#define LOOK_NS 250u
#define US 1000u
#define POLL_MAX_NS (64 * US)
#define WAKE_UP_NS (30 * US)

static uint64_t now, due, value;
static unsigned int sleeps;
static NTSTATUS outcome;

static void pass(uint64_t ns)
{
	now += ns;
	if (now >= due)
		value = 1;
}

/* ---- what fence.c calls ---- */

uint64_t monotonic_ns(void)
{
	pass(LOOK_NS);
	return now;
}

NTSTATUS
D3DKMTWaitForSynchronizationObjectFromCpu(struct d3dkmt_waitforsynchronizationobjectfromcpu *args)
{
	(void)args;
	sleeps++;
	pass((due > now ? due - now : 0) + WAKE_UP_NS);
	return outcome;
}

NTSTATUS D3DKMTCreateSynchronizationObject2(struct d3dkmt_createsynchronizationobject2 *args)
{
	args->info.monitored_fence.fence_cpu_virtual_address = dxg_ptr(&value);
	return 0;
}

NTSTATUS
D3DKMTDestroySynchronizationObject(struct d3dkmt_destroysynchronizationobject *args)
{
	(void)args;
	return 0;
}

NTSTATUS
D3DKMTSignalSynchronizationObjectFromGpu(struct d3dkmt_signalsynchronizationobjectfromgpu *args)
{
	(void)args;
	return 0;
}

NTSTATUS
D3DKMTWaitForSynchronizationObjectFromGpu(struct d3dkmt_waitforsynchronizationobjectfromgpu *args)
{
	(void)args;
	return 0;
}

/* ---- the tests ---- */

static struct vgpu vgpu;
static struct fence fence;

static int setup(void **state)
{
	(void)state;
	vgpu = (struct vgpu){ .lost = false };
	outcome = 0;
	return fence_create(&vgpu, &fence);
}

/* How often a wait for something that is done @after from now slept. */
static unsigned int wait_for(uint64_t after)
{
	value = 0;
	due = now + after;
	sleeps = 0;
	fence_wait(&fence, 1);
	assert_true(value == 1 || outcome);
	return sleeps;
}

static void nearly_complete(void **state)
{
	(void)state;
	assert_int_equal(wait_for(0), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(wait_for(10 * US), 0);
}

/* However long it takes, it is not polled for longer than this; and soon hardly at all. */
static void far_from_complete(void **state)
{
	uint64_t start = now, asleep;

	(void)state;
	for (int i = 0; i < 10; i++) {
		start = now;
		assert_int_equal(wait_for(10000 * US), 1);
		asleep = due + WAKE_UP_NS;
		assert_true(now - asleep <= POLL_MAX_NS);
	}
	assert_true(now - start < 10000 * US + WAKE_UP_NS + 4 * US);
}

/* Long waits do not make the short ones behind them sleep for ever. */
static void short_after_long(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		wait_for(10000 * US);
	wait_for(10 * US);
	for (int i = 0; i < 10; i++)
		assert_int_equal(wait_for(10 * US), 0);
}

static void errors_are_losses(void **state)
{
	(void)state;
	outcome = (NTSTATUS)0xC000000D;
	assert_int_equal(wait_for(10000 * US), 1);
	assert_true(vgpu.lost);
	value = 0;
	assert_true(fence_read(&fence) == FENCE_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nearly_complete, setup),
		cmocka_unit_test_setup(far_from_complete, setup),
		cmocka_unit_test_setup(short_after_long, setup),
		cmocka_unit_test_setup(errors_are_losses, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
