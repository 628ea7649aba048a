// SPDX-License-Identifier: MIT
/*
 * bench_submit: what a submission costs, through the exported functions of libdxg, next to what the
 * machine asks for the least that could do the job, measured in the same run and alternating with it.
 * Prints one JSON object per figure: {name, value, unit, reference, reference_value, ratio}.
 *
 *	submit_async			an asynchronous SubmitCommand, to the caller; against getppid()
 *	doorbells_per_1000_submits	times the host had to be called (direct backend only)
 *	submit_fence_roundtrip		submit, signal, wait for the fence; against two round trips over a
 *					pair of eventfds between two processes
 *	alloc_create_map_destroy	one page; against mmap, touch, munmap
 */
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dxgwire/cmd.h"
#include "dxgwire/escape.h"
#include "libdxg.h"
#include "stats.h"

#define PAGE 4096u
#define BURST 1000
#define BURSTS 20
#define TRIPS 3000
#define ALLOCATIONS 500
#define SAMPLES_MAX TRIPS

static double samples[SAMPLES_MAX];

/** struct bench - a device with an empty command buffer to submit. */
struct bench {
	struct d3dkmthandle adapter, device, context, queue, fence;
	struct dxg_adapter_private info;
	uint64_t va;
	uint64_t value;
};

#define MUST(call)                                                                \
	do {                                                                      \
		NTSTATUS status_ = (call);                                        \
		if (status_ < 0) {                                                \
			fprintf(stderr, "bench_submit: %s: 0x%08x\n", #call, (unsigned int)status_); \
			exit(1);                                                  \
		}                                                                 \
	} while (0)

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double median(unsigned int count)
{
	qsort(samples, count, sizeof(samples[0]), compare);
	return samples[count / 2];
}

static void report(const char *name, double value, const char *unit, const char *reference,
		   double reference_value)
{
	printf("{\"name\": \"%s\", \"value\": %.2f, \"unit\": \"%s\"", name, value, unit);
	if (reference)
		printf(", \"reference\": \"%s\", \"reference_value\": %.2f, \"ratio\": %.4f",
		       reference, reference_value, value / reference_value);
	printf("}\n");
	fflush(stdout);
}

/* ---- the device ---- */

static void open_adapter(struct bench *b)
{
	struct d3dkmt_adapterinfo info[64];
	struct d3dkmt_enumadapters2 e = { .num_adapters = 64, .adapters = dxg_ptr(info) };
	struct d3dkmt_queryadapterinfo q = {
		.type = _KMTQAITYPE_UMDRIVERPRIVATE,
		.private_data = dxg_ptr(&b->info),
		.private_data_size = sizeof(b->info),
	};

	MUST(D3DKMTEnumAdapters2(&e));
	if (!e.num_adapters) {
		fprintf(stderr, "bench_submit: no adapter\n");
		exit(1);
	}
	q.adapter = b->adapter = info[0].adapter_handle;
	MUST(D3DKMTQueryAdapterInfo(&q));
}

static void open_device(struct bench *b)
{
	struct d3dkmt_createdevice d = { .adapter = b->adapter };
	struct d3dkmt_createcontextvirtual c = { 0 };
	struct d3dkmt_createpagingqueue q = { 0 };
	struct d3dkmt_createsynchronizationobject2 s = { .info.type = _D3DDDI_MONITORED_FENCE };

	MUST(D3DKMTCreateDevice(&d));
	b->device = c.device = q.device = s.device = d.device;
	MUST(D3DKMTCreateContextVirtual(&c));
	b->context = c.context;
	MUST(D3DKMTCreatePagingQueue(&q));
	b->queue = q.paging_queue;
	MUST(D3DKMTCreateSynchronizationObject2(&s));
	b->fence = s.sync_object;
}

static struct d3dkmthandle create_page(const struct bench *b)
{
	struct dxg_alloc_private private = { .flags = DXG_ALLOC_CPU_VISIBLE, .size = PAGE };
	struct d3dddi_allocationinfo2 info = {
		.priv_drv_data = dxg_ptr(&private),
		.priv_drv_data_size = sizeof(private),
	};
	struct d3dkmt_createallocation c = {
		.device = b->device,
		.alloc_count = 1,
		.allocation_info = dxg_ptr(&info),
	};

	MUST(D3DKMTCreateAllocation2(&c));
	return info.allocation;
}

static uint64_t map_page(const struct bench *b, struct d3dkmthandle allocation)
{
	struct d3dddi_mapgpuvirtualaddress m = {
		.paging_queue = b->queue,
		.minimum_address = b->info.va_start,
		.maximum_address = b->info.va_end,
		.allocation = allocation,
		.size_in_pages = 1,
		.protection.value = 1,
	};

	MUST(D3DKMTMapGpuVirtualAddress(&m));
	return m.virtual_address;
}

static void write_commands(struct bench *b)
{
	struct dxg_cmd_barrier barrier = {
		.h = { .opcode = DXG_CMD_BARRIER, .size = sizeof(barrier) },
	};
	struct d3dkmthandle page = create_page(b);
	struct d3dkmt_lock2 l = { .device = b->device, .allocation = page };

	MUST(D3DKMTLock2(&l));
	memcpy((void *)(uintptr_t)l.data, &barrier, sizeof(barrier));
	b->va = map_page(b, page);
}

/* ---- the calls ---- */

static void submit(const struct bench *b)
{
	struct d3dkmt_submitcommand s = {
		.command_buffer = b->va,
		.command_length = sizeof(struct dxg_cmd_barrier),
		.broadcast_context_count = 1,
		.broadcast_context[0] = b->context,
	};

	MUST(D3DKMTSubmitCommand(&s));
}

static void signal_next(struct bench *b)
{
	struct d3dkmt_signalsynchronizationobjectfromgpu s = {
		.context = b->context,
		.object_count = 1,
		.objects = dxg_ptr(&b->fence),
		.monitored_fence_values = dxg_ptr(&b->value),
	};

	b->value++;
	MUST(D3DKMTSignalSynchronizationObjectFromGpu(&s));
}

static void wait_last(const struct bench *b)
{
	struct d3dkmt_waitforsynchronizationobjectfromcpu w = {
		.device = b->device,
		.object_count = 1,
		.objects = dxg_ptr(&b->fence),
		.fence_values = dxg_ptr(&b->value),
	};

	MUST(D3DKMTWaitForSynchronizationObjectFromCpu(&w));
}

static void round_trip(struct bench *b)
{
	submit(b);
	signal_next(b);
	wait_last(b);
}

/* ---- asynchronous submit ---- */

static double burst(const struct bench *b)
{
	double start = now();
	int i;

	for (i = 0; i < BURST; i++)
		submit(b);
	return (now() - start) / BURST;
}

static double system_call(void)
{
	double start = now();
	int i;

	for (i = 0; i < BURST; i++)
		syscall(SYS_getppid);
	return (now() - start) / BURST;
}

static void bench_async(struct bench *b)
{
	double calls[BURSTS], submits[BURSTS];
	struct dxg_stats before, after;
	uint64_t most = 0;
	int i;

	burst(b);
	round_trip(b);
	for (i = 0; i < BURSTS; i++) {
		calls[i] = system_call();
		dxg_stats(&before);
		submits[i] = burst(b);
		dxg_stats(&after);
		if (after.doorbells - before.doorbells > most)
			most = after.doorbells - before.doorbells;
		round_trip(b);
	}
	memcpy(samples, calls, sizeof(calls));
	calls[0] = median(BURSTS);
	memcpy(samples, submits, sizeof(submits));
	report("submit_async", median(BURSTS), "ns", "getppid()", calls[0]);
	dxg_stats(&after);
	if (after.posts)
		report("doorbells_per_1000_submits", (double)most, "doorbells", NULL, 0);
}

/* ---- submit to fence ---- */

static void eventfd_pass(int to, int from)
{
	uint64_t one = 1;

	if (to >= 0 && write(to, &one, sizeof(one)) != sizeof(one))
		exit(1);
	if (from >= 0 && read(from, &one, sizeof(one)) != sizeof(one))
		exit(1);
}

/** struct partner - another process at the other end of two eventfds. */
struct partner {
	pid_t pid;
	int there, back;
};

static void partner_start(struct partner *p)
{
	p->there = eventfd(0, 0);
	p->back = eventfd(0, 0);
	p->pid = fork();
	if (!p->pid)
		for (;;) {
			eventfd_pass(-1, p->there);
			eventfd_pass(p->back, -1);
		}
}

static void partner_stop(struct partner *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->there);
	close(p->back);
}

static double two_ping_pongs(struct partner *p, unsigned int trips)
{
	double start;
	unsigned int i;

	for (i = 0; i < trips; i++) {
		start = now();
		eventfd_pass(p->there, p->back);
		eventfd_pass(p->there, p->back);
		samples[i] = now() - start;
	}
	return median(trips);
}

static double round_trips(struct bench *b, unsigned int trips)
{
	double start;
	unsigned int i;

	for (i = 0; i < trips; i++) {
		start = now();
		round_trip(b);
		samples[i] = now() - start;
	}
	return median(trips);
}

static void bench_round_trip(struct bench *b)
{
	double ours[5], ref[5];
	struct partner p;
	int i;

	partner_start(&p);
	round_trips(b, 200);
	for (i = 0; i < 5; i++) {
		ref[i] = two_ping_pongs(&p, TRIPS / 5);
		ours[i] = round_trips(b, TRIPS / 5);
	}
	partner_stop(&p);
	memcpy(samples, ref, sizeof(ref));
	ref[0] = median(5);
	memcpy(samples, ours, sizeof(ours));
	report("submit_fence_roundtrip", median(5) / 1000, "us",
	       "two eventfd ping-pongs between processes", ref[0] / 1000);
}

/* ---- allocations ---- */

static void one_allocation(const struct bench *b)
{
	struct d3dkmthandle page = create_page(b);
	struct d3dkmt_freegpuvirtualaddress f = {
		.adapter = b->adapter,
		.base_address = map_page(b, page),
		.size = PAGE,
	};
	struct d3dkmt_destroyallocation2 d = {
		.device = b->device,
		.allocations = dxg_ptr(&page),
		.alloc_count = 1,
	};

	MUST(D3DKMTFreeGpuVirtualAddress(&f));
	MUST(D3DKMTDestroyAllocation2(&d));
}

static void one_mapping(void)
{
	volatile char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(1);
	*p = 1;
	munmap((void *)p, PAGE);
}

static void bench_allocation(const struct bench *b)
{
	double ref, start;
	int i;

	for (i = 0; i < ALLOCATIONS; i++) {
		start = now();
		one_mapping();
		samples[i] = now() - start;
	}
	ref = median(ALLOCATIONS);
	for (i = 0; i < ALLOCATIONS; i++) {
		start = now();
		one_allocation(b);
		samples[i] = now() - start;
	}
	report("alloc_create_map_destroy", median(ALLOCATIONS) / 1000, "us", "mmap, touch, munmap",
	       ref / 1000);
}

int main(void)
{
	struct bench b = { 0 };

	open_adapter(&b);
	open_device(&b);
	write_commands(&b);
	bench_async(&b);
	bench_round_trip(&b);
	bench_allocation(&b);
	return 0;
}
