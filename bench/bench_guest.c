// SPDX-License-Identifier: MIT
/*
 * bench_guest: instructions that a call executes in the guest, from before the ioctl to after it.
 *Made for a machine that counts them: under QEMU's `-icount shift=0` the time-stamp counter is the
 *number of instructions executed, so what is printed is a count, not a time, and the same in every
 *run. Raw ioctls, so that nothing of libdxg is in it. Prints one JSON object per figure, as
 *bench_submit does.
 *
 *	guest_insn_submit		SubmitCommand without history and private data
 *	guest_insn_satisfied_wait	WaitForSynchronizationObjectFromCpu of a fence that is there
 *already guest_insn_lock2_mapped		Lock2 of an allocation that is mapped already
 *	guest_insn_query_vidmem		QueryVideoMemoryInfo
 *
 * The reference is the least that an ioctl of /dev/dxg can do: a number that the module does not
 *know, answered ENOTTY. Both have the cost of reading the counter subtracted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <x86intrin.h>

#include "dxgwire/cmd.h"
#include "dxgwire/escape.h"
#include "misc/d3dkmthk.h"

#define PAGE 4096u
#define SAMPLES 301 /* odd: the median is one of them */
#define BURST 20 /* submissions before the host is waited for */
#define PTR(p) ((uint64_t)(uintptr_t)(p))
#define UNKNOWN_IOCTL _IOWR(0x47, 0xfe, uint64_t)

static int node;

/** struct bench - a device with an empty command buffer to submit. */
struct bench {
	struct d3dkmthandle adapter, device, context, queue, fence, page;
	uint64_t va;
	uint64_t value;
};

/** struct call - what is measured: one ioctl and its arguments, which it may change. */
struct call {
	unsigned long cmd;
	void *args;
};

static void must(unsigned long cmd, void *args)
{
	if (ioctl(node, cmd, args) >= 0)
		return;
	fprintf(stderr, "bench_guest: ioctl 0x%02lx: %s\n", _IOC_NR(cmd), strerror(errno));
	exit(1);
}

/* ---- the device ---- */

static void open_adapter(struct bench *b)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 e = { .num_adapters = D3DKMT_ADAPTERS_MAX,
					  .adapters = PTR(info) };

	node = open("/dev/dxg", O_RDWR | O_CLOEXEC);
	if (node < 0) {
		fprintf(stderr, "bench_guest: /dev/dxg: %s\n", strerror(errno));
		exit(errno == ENOENT ? 77 : 1);
	}
	must(LX_DXENUMADAPTERS2, &e);
	if (!e.num_adapters) {
		fprintf(stderr, "bench_guest: no adapter\n");
		exit(1);
	}
	b->adapter = info[0].adapter_handle;
}

static void open_device(struct bench *b)
{
	struct d3dkmt_createdevice d = { .adapter = b->adapter };
	struct d3dkmt_createcontextvirtual c = { 0 };
	struct d3dkmt_createpagingqueue q = { 0 };
	struct d3dkmt_createsynchronizationobject2 s = { .info.type = _D3DDDI_MONITORED_FENCE };

	must(LX_DXCREATEDEVICE, &d);
	b->device = c.device = q.device = s.device = d.device;
	must(LX_DXCREATECONTEXTVIRTUAL, &c);
	b->context = c.context;
	must(LX_DXCREATEPAGINGQUEUE, &q);
	b->queue = q.paging_queue;
	must(LX_DXCREATESYNCHRONIZATIONOBJECT, &s);
	b->fence = s.sync_object;
}

static void create_page(struct bench *b)
{
	struct dxg_alloc_private private = { .flags = DXG_ALLOC_CPU_VISIBLE, .size = PAGE };
	struct d3dddi_allocationinfo2 info = { .priv_drv_data = PTR(&private),
					       .priv_drv_data_size = sizeof(private) };
	struct d3dkmt_createallocation c = { .device = b->device,
					     .alloc_count = 1,
					     .allocation_info = PTR(&info) };

	must(LX_DXCREATEALLOCATION, &c);
	b->page = info.allocation;
}

/* A page that holds the least command buffer there is. */
static void write_commands(struct bench *b)
{
	struct dxg_cmd_barrier barrier = {
		.h = { .opcode = DXG_CMD_BARRIER, .size = sizeof(barrier) },
	};
	struct dxg_adapter_private info;
	struct d3dkmt_queryadapterinfo q = { .adapter = b->adapter,
					     .type = _KMTQAITYPE_UMDRIVERPRIVATE,
					     .private_data = PTR(&info),
					     .private_data_size = sizeof(info) };
	struct d3dkmt_lock2 l = { .device = b->device };
	struct d3dddi_mapgpuvirtualaddress m = { .paging_queue = b->queue,
						 .size_in_pages = 1,
						 .protection.value = 1 };

	must(LX_DXQUERYADAPTERINFO, &q);
	create_page(b);
	l.allocation = m.allocation = b->page;
	must(LX_DXLOCK2, &l);
	memcpy((void *)(uintptr_t)l.data, &barrier, sizeof(barrier));
	m.minimum_address = info.va_start;
	m.maximum_address = info.va_end;
	must(LX_DXMAPGPUVIRTUALADDRESS, &m);
	b->va = m.virtual_address;
}

/* Queue the next value of the fence and wait until the host is there. */
static void settle(struct bench *b)
{
	struct d3dkmt_signalsynchronizationobjectfromgpu s = {
		.context = b->context,
		.object_count = 1,
		.objects = PTR(&b->fence),
		.monitored_fence_values = PTR(&b->value),
	};
	struct d3dkmt_waitforsynchronizationobjectfromcpu w = {
		.device = b->device,
		.object_count = 1,
		.objects = PTR(&b->fence),
		.fence_values = PTR(&b->value),
	};

	b->value++;
	must(LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU, &s);
	must(LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &w);
}

/* ---- counting ---- */

static uint64_t samples[SAMPLES];

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static uint64_t median(void)
{
	qsort(samples, SAMPLES, sizeof(samples[0]), compare);
	return samples[SAMPLES / 2];
}

/* What reading the counter costs by itself. */
static uint64_t overhead(void)
{
	uint64_t start;
	int i;

	for (i = 0; i < SAMPLES; i++) {
		start = __rdtsc();
		samples[i] = __rdtsc() - start;
	}
	return median();
}

/* @fresh: arguments as they are before each call; @want: 0, or the error that is expected. */
static uint64_t count(struct bench *b, const struct call *call, const void *fresh, int want)
{
	size_t size = _IOC_SIZE(call->cmd);
	uint64_t start, end;
	int i, ret;

	for (i = 0; i < SAMPLES; i++) {
		if (i % BURST == 0)
			settle(b);
		memcpy(call->args, fresh, size);
		start = __rdtsc();
		ret = ioctl(node, call->cmd, call->args);
		end = __rdtsc();
		if (want ? ret >= 0 || errno != want : ret < 0) {
			fprintf(stderr, "bench_guest: ioctl 0x%02lx: %d, %s\n", _IOC_NR(call->cmd),
				ret, strerror(errno));
			exit(1);
		}
		samples[i] = end - start;
	}
	return median();
}

/** struct figures - counts, with @bare the reference and @overhead subtracted from all. */
struct figures {
	uint64_t overhead;
	uint64_t bare;
};

static void measure_bare(struct bench *b, struct figures *f)
{
	uint64_t args = 0, fresh = 0;
	struct call call = { UNKNOWN_IOCTL, &args };

	f->overhead = overhead();
	f->bare = count(b, &call, &fresh, ENOTTY) - f->overhead;
}

static void report(struct bench *b, const struct figures *f, const char *name, unsigned long cmd,
		   const void *fresh)
{
	uint64_t args[512];
	struct call call = { cmd, args };
	uint64_t value = count(b, &call, fresh, 0) - f->overhead;

	printf("{\"name\": \"%s\", \"value\": %llu, \"unit\": \"insn\", \"reference\": "
	       "\"ioctl the module does not know\", \"reference_value\": %llu, \"ratio\": %.4f}\n",
	       name, (unsigned long long)value, (unsigned long long)f->bare,
	       (double)value / (double)f->bare);
	fflush(stdout);
}

int main(void)
{
	struct bench b = { 0 };
	struct figures f;
	uint64_t reached = 1;

	open_adapter(&b);
	open_device(&b);
	write_commands(&b);
	measure_bare(&b, &f);

	report(&b, &f, "guest_insn_submit", LX_DXSUBMITCOMMAND,
	       &(struct d3dkmt_submitcommand){ .command_buffer = b.va,
					       .command_length = sizeof(struct dxg_cmd_barrier),
					       .broadcast_context_count = 1,
					       .broadcast_context[0] = b.context });
	report(&b, &f, "guest_insn_satisfied_wait", LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU,
	       &(struct d3dkmt_waitforsynchronizationobjectfromcpu){ .device = b.device,
								     .object_count = 1,
								     .objects = PTR(&b.fence),
								     .fence_values =
									     PTR(&reached) });
	report(&b, &f, "guest_insn_lock2_mapped", LX_DXLOCK2,
	       &(struct d3dkmt_lock2){ .device = b.device, .allocation = b.page });
	report(&b, &f, "guest_insn_query_vidmem", LX_DXQUERYVIDEOMEMORYINFO,
	       &(struct d3dkmt_queryvideomemoryinfo){
		       .adapter = b.adapter,
		       .memory_segment_group = _D3DKMT_MEMORY_SEGMENT_GROUP_NON_LOCAL });
	return 0;
}
