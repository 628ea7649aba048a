/* SPDX-License-Identifier: MIT */
/*
 * test_api_statistics: what QueryStatistics counts, about whom it may be asked, and EnumProcesses.
 * Specification: ioctls 0x43, 0x48; defects D-28, D-41, D-55.
 */
#include <stdio.h>
#include <unistd.h>

#include "fixture.h"
#include "dxgwire/statistics.h"

#define SYSTEM 0u /* the segment that every adapter has */

static NTSTATUS ask(struct api *a, uint32_t type, uint32_t selector, void *ret_result, size_t size)
{
	struct d3dkmt_querystatistics q = { .type = (enum d3dkmt_querystatistics_type)type,
					    .adapter_luid = a->luid };
	NTSTATUS status;

	memcpy(q.size + DXG_STATISTICS_SELECTOR, &selector, sizeof(selector));
	status = D3DKMTQueryStatistics(&q);
	memcpy(ret_result, &q.result, size);
	return status;
}

static struct dxg_statistics_process_node node_of(struct api *a)
{
	struct dxg_statistics_process_node node;

	assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_PROCESS_NODE, 0, &node, sizeof(node)));
	return node;
}

static struct dxg_statistics_process_segment segment_of(struct api *a)
{
	struct dxg_statistics_process_segment segment;

	assert_ok(
		ask(a, _D3DKMT_QUERYSTATISTICS_PROCESS_SEGMENT, SYSTEM, &segment, sizeof(segment)));
	return segment;
}

static void run_fills(struct api *a, const struct api_memory *memory, int n)
{
	const uint32_t pattern = 0x5a5a5a5a;
	struct packets p;

	while (n--) {
		p.size = 0;
		packets_fill(&p, memory->va, memory->size, &pattern, sizeof(pattern));
		assert_ok(api_run(a, &p));
	}
}

/* Command buffers, signals and GPU time are counted, once each. */
static void test_work_is_counted(void **state)
{
	struct api *a = *state;
	struct dxg_statistics_process_node before, after;
	struct dxg_statistics_process_adapter all;
	struct api_memory memory;
	uint32_t submitted;

	assert_ok(api_memory_create(a, 1 << 20, DXG_ALLOC_CPU_VISIBLE, &memory));
	before = node_of(a);
	assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_PROCESS_ADAPTER, 0, &all, sizeof(all)));
	submitted = all.submitted.count;
	run_fills(a, &memory, 10);
	after = node_of(a);
	assert_true(after.running_time > before.running_time);
	assert_int_equal(after.queue[DXG_STATISTICS_RENDER].submitted -
				 before.queue[DXG_STATISTICS_RENDER].submitted,
			 10);
	assert_int_equal(after.queue[DXG_STATISTICS_RENDER].completed -
				 before.queue[DXG_STATISTICS_RENDER].completed,
			 10);
	assert_int_equal(after.queue[DXG_STATISTICS_SIGNAL].completed -
				 before.queue[DXG_STATISTICS_SIGNAL].completed,
			 10);
	assert_int_equal(after.dma[0].submitted - before.dma[0].submitted, 10);
	assert_int_equal(after.dma[0].completed - before.dma[0].completed, 10);
	assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_PROCESS_ADAPTER, 0, &all, sizeof(all)));
	assert_int_equal(all.submitted.count - submitted, 10);
	assert_ok(api_memory_destroy(a, &memory));
}

/* The vGPU has at least what its process has. */
static void test_node_holds_process(void **state)
{
	struct api *a = *state;
	struct dxg_statistics_process_node mine = node_of(a);
	struct dxg_statistics_node node;

	assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_NODE, 0, &node, sizeof(node)));
	assert_true(node.global.running_time >= mine.running_time);
	assert_true(node.global.dma[0].completed >= mine.dma[0].completed);
	assert_int_equal(node.system.running_time, 0);
}

static void test_node_perf_is_the_adapters(void **state)
{
	struct api *a = *state;
	struct dxg_info_node_perf perf = { 0 };
	struct dxg_statistics_node node;

	assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_NODE, 0, &node, sizeof(node)));
	assert_ok(api_query(a->adapter, DXG_INFO_NODE_PERF, &perf, sizeof(perf)));
	assert_memory_equal(&node.perf, &perf, sizeof(perf));
}

static void test_waits_are_counted(void **state)
{
	struct api *a = *state;
	struct dxg_statistics_process_node before = node_of(a), after;
	struct api_fence fence;

	assert_ok(api_fence_create(a->device, 5, &fence));
	assert_ok(api_wait_gpu(a->context, fence.handle, 5));
	assert_ok(api_finish(a));
	after = node_of(a);
	assert_int_equal(after.queue[DXG_STATISTICS_WAIT].submitted -
				 before.queue[DXG_STATISTICS_WAIT].submitted,
			 1);
	assert_int_equal(after.queue[DXG_STATISTICS_WAIT].completed -
				 before.queue[DXG_STATISTICS_WAIT].completed,
			 1);
	assert_ok(api_sync_destroy(fence.handle));
}

static void test_memory_is_counted(void **state)
{
	struct api *a = *state;
	struct dxg_statistics_process_segment before = segment_of(a), after;
	struct dxg_statistics_segment all;
	struct d3dkmthandle allocation;
	uint64_t size;

	assert_ok(api_allocate(a->device, 1 << 20, DXG_ALLOC_CPU_VISIBLE, &allocation, &size));
	after = segment_of(a);
	assert_int_equal(after.committed - before.committed, size);
	assert_int_equal(after.allocs_committed - before.allocs_committed, 1);
	assert_int_equal(after.resident[0].bytes, before.resident[0].bytes);
	assert_ok(api_make_resident(a->queue, allocation));
	after = segment_of(a);
	assert_int_equal(after.resident[0].bytes - before.resident[0].bytes, size);
	assert_int_equal(after.resident[0].count - before.resident[0].count, 1);
	assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_SEGMENT, SYSTEM, &all, sizeof(all)));
	assert_true(all.committed >= after.committed && all.resident >= size);
	assert_true(all.commit_limit >= all.committed);
	assert_int_equal(all.aperture, 1);
	assert_ok(api_free(a->device, allocation));
	after = segment_of(a);
	assert_int_equal(after.committed, before.committed);
	assert_int_equal(after.resident[0].bytes, before.resident[0].bytes);
}

/* Both ways of asking for the budget answer the same. */
static void test_groups_are_budgets(void **state)
{
	struct api *a = *state;
	struct dxg_statistics_segment_group group;
	struct d3dkmt_queryvideomemoryinfo info = { .adapter = a->adapter };
	uint32_t i;

	for (i = 0; i < 2; i++) {
		info.memory_segment_group = (enum d3dkmt_memory_segment_group)i;
		assert_ok(D3DKMTQueryVideoMemoryInfo(&info));
		assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_PROCESS_SEGMENT_GROUP, i, &group,
			      sizeof(group)));
		assert_int_equal(group.usage, info.current_usage);
		assert_int_equal(group.budget, info.budget);
		assert_int_equal(group.requested, info.current_reservation);
	}
}

static void test_adapter(void **state)
{
	struct api *a = *state;
	struct dxg_statistics_adapter adapter, later;
	struct dxg_statistics_process process;
	struct dxg_statistics_physical_adapter physical;
	struct d3dkmthandle allocation;
	uint64_t size;

	assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_ADAPTER, 0, &adapter, sizeof(adapter)));
	assert_int_equal(adapter.nodes, a->info.node_count);
	assert_int_equal(adapter.segments, a->info.local_memory ? 2 : 1);
	assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_PROCESS, 0, &process, sizeof(process)));
	assert_int_equal(process.nodes, adapter.nodes);
	assert_true(process.allocated > 0);
	assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_PHYSICAL_ADAPTER, 0, &physical, sizeof(physical)));
	assert_int_equal(physical.bios[0], 'o');
	assert_ok(api_allocate(a->device, 4096, DXG_ALLOC_CPU_VISIBLE, &allocation, &size));
	assert_ok(api_free(a->device, allocation));
	assert_ok(ask(a, _D3DKMT_QUERYSTATISTICS_ADAPTER, 0, &later, sizeof(later)));
	assert_true(later.created.count > adapter.created.count);
	assert_true(later.destroyed.count > adapter.destroyed.count);
}

/* Numbers one beyond what there is, types without meaning, an adapter that nobody has. */
static void test_refused(void **state)
{
	static const struct {
		uint32_t type, selector;
	} bad[] = {
		{ _D3DKMT_QUERYSTATISTICS_SEGMENT, 2 },
		{ _D3DKMT_QUERYSTATISTICS_PROCESS_SEGMENT, 2 },
		{ _D3DKMT_QUERYSTATISTICS_NODE, 16 },
		{ _D3DKMT_QUERYSTATISTICS_PROCESS_NODE, 0xffffffff },
		{ _D3DKMT_QUERYSTATISTICS_PROCESS_SEGMENT_GROUP, 2 },
		{ _D3DKMT_QUERYSTATISTICS_PHYSICAL_ADAPTER, 1 },
		{ _D3DKMT_QUERYSTATISTICS_VIDPNSOURCE, 0 },
		{ _D3DKMT_QUERYSTATISTICS_PROCESS_VIDPNSOURCE, 0 },
		{ _D3DKMT_QUERYSTATISTICS_PHYSICAL_ADAPTER + 1, 0 },
		{ 0xffffffff, 0 },
	};
	struct api *a = *state, nobody = *a;
	uint8_t result[776] = { 0 }, zero[776] = { 0 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_status(ask(a, bad[i].type, bad[i].selector, result, sizeof(result)),
			      STATUS_INVALID_PARAMETER);
	assert_status(
		ask(a, _D3DKMT_QUERYSTATISTICS_NODE, a->info.node_count, result, sizeof(result)),
		STATUS_INVALID_PARAMETER);
	nobody.luid.a ^= 0x5a5a;
	assert_status(ask(&nobody, _D3DKMT_QUERYSTATISTICS_ADAPTER, 0, result, sizeof(result)),
		      STATUS_INVALID_PARAMETER);
	assert_memory_equal(result, zero, sizeof(zero));
}

static NTSTATUS ask_of(struct api *a, uint64_t pid)
{
	struct d3dkmt_querystatistics q = { .type = _D3DKMT_QUERYSTATISTICS_PROCESS,
					    .adapter_luid = a->luid,
					    .process = pid };

	return D3DKMTQueryStatistics(&q);
}

static void test_by_pid(void **state)
{
	struct api *a = *state;

	assert_ok(ask_of(a, (uint64_t)getpid()));
	assert_status(ask_of(a, 0x7ffffff0), STATUS_INVALID_PARAMETER);
	assert_status(ask_of(a, 1), STATUS_INVALID_PARAMETER); /* has no GPU open */
	assert_status(ask_of(a, (uint64_t)getpid() | 1ull << 32), STATUS_INVALID_PARAMETER);
}

/* ---- fdinfo, where there is a kernel to tell it ---- */

/* The descriptor that libdxg has open on the node, or -1. */
static int node_fd(void)
{
	char path[64], target[64];
	ssize_t n;
	int fd;

	for (fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n == 8 && !memcmp(target, "/dev/dxg", 8))
			return fd;
	}
	return -1;
}

static uint64_t fdinfo_number(int fd, const char *key)
{
	static char text[16384];
	char path[64];
	const char *line;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = 0;
	fclose(f);
	line = strstr(text, key);
	assert_non_null(line);
	return strtoull(line + strlen(key), NULL, 10);
}

/* Linux is told what QueryStatistics tells. */
static void test_fdinfo(void **state)
{
	struct api *a = *state;
	struct dxg_statistics_process_node node;
	struct api_memory memory;
	uint64_t before;
	int fd = node_fd();

	if (api_on_socket() || fd < 0)
		api_skip("no /dev/dxg");
	before = fdinfo_number(fd, "drm-engine-node0:\t");
	assert_ok(api_memory_create(a, 1 << 20, DXG_ALLOC_CPU_VISIBLE, &memory));
	run_fills(a, &memory, 10);
	node = node_of(a);
	assert_true(fdinfo_number(fd, "drm-engine-node0:\t") > before);
	assert_int_equal(fdinfo_number(fd, "drm-engine-node0:\t"), node.running_time * 100);
	assert_int_equal(fdinfo_number(fd, "drm-total-system:\t"), segment_of(a).committed >> 10);
	assert_int_equal(fdinfo_number(fd, "drm-resident-system:\t"),
			 segment_of(a).resident[0].bytes >> 10);
	assert_ok(api_memory_destroy(a, &memory));
}

/* ---- EnumProcesses ---- */

static NTSTATUS processes(struct winluid luid, uint32_t *buffer, uint64_t *count)
{
	struct d3dkmt_enumprocesses q = { .adapter_luid = luid,
					  .buffer = dxg_ptr(buffer),
					  .buffer_count = *count };
	NTSTATUS status = D3DKMTEnumProcesses(&q);

	*count = q.buffer_count;
	return status;
}

static void test_processes(void **state)
{
	struct api *a = *state;
	uint32_t pid[64] = { 0 };
	uint64_t count = 64, i;

	assert_ok(processes(a->luid, pid, &count));
	assert_in_range(count, 1, 64);
	for (i = 0; i < count && pid[i] != (uint32_t)getpid(); i++)
		;
	assert_true(i < count);
}

/* All 8 bytes of the count are the answer's, whatever stood there. */
static void test_processes_count(void **state)
{
	struct api *a = *state;
	uint32_t pid[4] = { 0 };
	uint64_t count = 0, needed;
	struct winluid nobody = a->luid;

	assert_status(processes(a->luid, pid, &count), STATUS_BUFFER_TOO_SMALL);
	assert_int_equal(pid[0], 0);
	needed = count;
	assert_in_range(needed, 1, 64);
	count = UINT64_C(0x100000000);
	assert_status(processes(a->luid, NULL, &count), STATUS_BUFFER_TOO_SMALL);
	assert_int_equal(count, needed);
	nobody.b ^= 0x77;
	count = UINT64_C(0x500000005);
	assert_status(processes(nobody, pid, &count), STATUS_INVALID_PARAMETER);
	assert_int_equal(count, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_work_is_counted),
		api_test(test_node_holds_process),
		api_test(test_node_perf_is_the_adapters),
		api_test(test_waits_are_counted),
		api_test(test_memory_is_counted),
		api_test(test_groups_are_budgets),
		api_test(test_adapter),
		api_test(test_refused),
		api_test(test_by_pid),
		api_test(test_fdinfo),
		api_test(test_processes),
		api_test(test_processes_count),
	};

	return api_main("api_statistics", tests);
}
