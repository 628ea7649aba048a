// SPDX-License-Identifier: MIT
/*
 * fence.c - monitored fences and how to wait for them.
 *
 * A wake-up across CPUs costs tens of microseconds, a polled value a tenth of one. So a waiter
 * polls first: for a time that covers twice what short waits take, and that is halved by each wait
 * that was too long for any polling.
 */
#include "fence.h"

#include "dxgwire/ntstatus.h"

#define SPIN_MIN_NS 1000u
#define SPIN_MAX_NS 64000u

int fence_create(struct vgpu *vgpu, struct fence *ret)
{
	struct d3dkmt_createsynchronizationobject2 args = {
		.device = vgpu->device,
		.info.type = _D3DDDI_MONITORED_FENCE,
	};
	int err = dxg_status_to_errno(D3DKMTCreateSynchronizationObject2(&args));

	if (err < 0)
		return err;
	ret->vgpu = vgpu;
	ret->handle = args.sync_object;
	ret->value =
		(const uint64_t *)(uintptr_t)args.info.monitored_fence.fence_cpu_virtual_address;
	atomic_store(&ret->spin_ns, SPIN_MAX_NS / 4);
	return 0;
}

void fence_destroy(struct fence *f)
{
	struct d3dkmt_destroysynchronizationobject args = { .sync_object = f->handle };

	if (!f->handle.v || f->vgpu->inherited)
		return;
	D3DKMTDestroySynchronizationObject(&args);
	f->handle.v = 0;
}

static inline void pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static bool spin(const struct fence *f, uint64_t value, uint32_t ns)
{
	uint64_t end = monotonic_ns() + ns;

	do {
		for (int i = 0; i < 32; i++) {
			if (fence_read(f) >= value)
				return true;
			pause_cpu();
		}
	} while (monotonic_ns() < end);
	return fence_read(f) >= value;
}

/*
 * A wait took @took, having polled for up to @ns. Time asleep counts, too: polling that has become
 * too short for short waits would never be rewarded, and stay so.
 */
static void learn(struct fence *f, uint64_t ns, uint64_t took)
{
	if (took > SPIN_MAX_NS)
		ns /= 2;
	else if (ns < took * 2)
		ns = took * 2;
	ns = ns < SPIN_MIN_NS ? SPIN_MIN_NS : ns > SPIN_MAX_NS ? SPIN_MAX_NS : ns;
	atomic_store_explicit(&f->spin_ns, (uint32_t)ns, memory_order_relaxed);
}

void fence_wait(struct fence *f, uint64_t value)
{
	uint32_t ns = atomic_load_explicit(&f->spin_ns, memory_order_relaxed);
	uint64_t start = monotonic_ns();
	struct d3dkmt_waitforsynchronizationobjectfromcpu args = {
		.device = f->vgpu->device,
		.object_count = 1,
		.objects = dxg_ptr(&f->handle),
		.fence_values = dxg_ptr(&value),
	};

	if (!spin(f, value, ns) && D3DKMTWaitForSynchronizationObjectFromCpu(&args) < 0)
		atomic_store(&f->vgpu->lost, true);
	learn(f, ns, monotonic_ns() - start);
}

int fence_signal_from_gpu(struct fence *f, struct d3dkmthandle context, uint64_t value)
{
	struct d3dkmt_signalsynchronizationobjectfromgpu args = {
		.context = context,
		.object_count = 1,
		.objects = dxg_ptr(&f->handle),
		.monitored_fence_values = dxg_ptr(&value),
	};

	return dxg_status_to_errno(D3DKMTSignalSynchronizationObjectFromGpu(&args));
}

int fence_wait_from_gpu(struct fence *f, struct d3dkmthandle context, uint64_t value)
{
	struct d3dkmt_waitforsynchronizationobjectfromgpu args = {
		.context = context,
		.object_count = 1,
		.objects = dxg_ptr(&f->handle),
		.monitored_fence_values = dxg_ptr(&value),
	};

	return dxg_status_to_errno(D3DKMTWaitForSynchronizationObjectFromGpu(&args));
}
