/* SPDX-License-Identifier: MIT */
/*
 * test_api_sysmem: allocations of the program's own memory. Specification: ioctls 0x06, 0x25, 0x37,
 * section 6.4; defects D-07 to D-09.
 *
 * They need a machine whose RAM dxgd sees; tests/vm/run-api-vm makes one and says so with
 * DXG_TEST_RAM=1. Everywhere else they are refused, which is what is tested there. What is pinned
 * is seen in /proc: VmPin of the process, and the kernel's two counters of pins.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

#define PAGE 4096ul
#define PAGES 16u
#define SIZE (PAGES * PAGE)
#define NOBODY 65534

static bool have_ram(void)
{
	return getenv("DXG_TEST_RAM");
}

#define need_ram()                                            \
	do {                                                  \
		if (!have_ram())                              \
			api_skip("dxgd sees no guest's RAM"); \
	} while (0)

/* ---- memory and allocations ---- */

static uint8_t *pages(size_t size)
{
	uint8_t *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

/** struct creation - the pieces of a CreateAllocation2 with one allocation of our own memory. */
struct creation {
	struct dxg_alloc_private private;
	struct d3dddi_allocationinfo2 info;
	struct d3dkmt_createallocation args;
};

static void prepare(struct creation *c, const struct api *a, const void *memory, uint64_t size)
{
	memset(c, 0, sizeof(*c));
	c->private.size = size;
	c->info.sysmem = dxg_ptr(memory);
	c->info.priv_drv_data = dxg_ptr(&c->private);
	c->info.priv_drv_data_size = sizeof(c->private);
	c->args.device = a->device;
	c->args.alloc_count = 1;
	c->args.allocation_info = dxg_ptr(&c->info);
}

static NTSTATUS create(const struct api *a, const void *memory, uint64_t size, bool read_only,
		       struct d3dkmthandle *ret)
{
	struct creation c;
	NTSTATUS status;

	prepare(&c, a, memory, size);
	c.args.flags.read_only = read_only;
	status = D3DKMTCreateAllocation2(&c.args);
	if (!status)
		*ret = c.info.allocation;
	return status;
}

static NTSTATUS map(const struct api *a, struct d3dkmthandle allocation, uint64_t size, bool write,
		    uint64_t *ret_va)
{
	struct d3dddi_mapgpuvirtualaddress args = {
		.paging_queue = a->queue,
		.allocation = allocation,
		.size_in_pages = size >> DXG_PAGE_SHIFT,
		.protection = { .write = write },
	};
	NTSTATUS status = D3DKMTMapGpuVirtualAddress(&args);

	*ret_va = args.virtual_address;
	return status;
}

/* ---- what is pinned ---- */

/* The number behind @name in @text, 0 without it. */
static uint64_t number_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* A file of /proc as it is at one moment. */
static const char *read_once(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0, used = 0;

	while (fd >= 0 && (n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += n;
	if (fd >= 0)
		close(fd);
	text[used] = '\0';
	return text;
}

static uint64_t pinned_kib(void)
{
	return number_of(read_once("/proc/self/status"), "VmPin:");
}

/* Pages that anybody has pinned now; file systems do for a moment, too. */
static uint64_t pins(void)
{
	const char *text = read_once("/proc/vmstat");

	assert_non_null(strstr(text, "nr_foll_pin_acquired "));
	return number_of(text, "nr_foll_pin_acquired ") - number_of(text, "nr_foll_pin_released ");
}

/* Nothing is pinned any more. Files are closed by a work item, so wait for it. */
static void assert_nothing_pinned(void)
{
	uint64_t end = api_now_ms() + API_WAIT_MS;

	while (pins() && api_now_ms() < end)
		poll(NULL, 0, 1);
	assert_int_equal(pins(), 0);
}

/* ---- tests ---- */

static void test_not_supported(void **state)
{
	struct d3dkmt_createstandardallocation heap = {
		.type = _D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP,
		.existing_heap_data = { .size = SIZE },
	};
	struct d3dkmthandle allocation = { 0 };
	uint8_t *memory = pages(SIZE);
	struct creation c;

	if (have_ram())
		api_skip("dxgd sees this guest's RAM");
	assert_status(create(*state, memory, SIZE, false, &allocation), STATUS_NOT_SUPPORTED);
	prepare(&c, *state, memory, 0);
	c.info.priv_drv_data_size = 0;
	c.args.flags.existing_sysmem = 1;
	c.args.flags.standard_allocation = 1;
	c.args.standard_allocation = dxg_ptr(&heap);
	assert_status(D3DKMTCreateAllocation2(&c.args), STATUS_NOT_SUPPORTED);
	munmap(memory, SIZE);
}

/* What is wrong is wrong with and without the RAM. */
static void test_bad_arguments(void **state)
{
	struct api *a = *state;
	uint8_t *memory = pages(SIZE);
	struct d3dddi_allocationinfo2 two[2];
	struct creation c;

	prepare(&c, a, memory + 8, SIZE - PAGE);
	assert_status(D3DKMTCreateAllocation2(&c.args), STATUS_INVALID_PARAMETER);
	prepare(&c, a, NULL, SIZE);
	c.args.flags.existing_sysmem = 1;
	assert_status(D3DKMTCreateAllocation2(&c.args), STATUS_INVALID_PARAMETER);
	/* All of them, or none. */
	prepare(&c, a, memory, PAGE);
	two[0] = two[1] = c.info;
	two[1].sysmem = 0;
	c.args.alloc_count = 2;
	c.args.allocation_info = dxg_ptr(two);
	assert_status(D3DKMTCreateAllocation2(&c.args), STATUS_INVALID_PARAMETER);
	two[1] = two[0];
	two[0].sysmem = 0;
	assert_status(D3DKMTCreateAllocation2(&c.args), STATUS_INVALID_PARAMETER);
	munmap(memory, SIZE);
}

/* The GPU reads and writes the program's pages where they are. */
static void test_gpu(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	uint8_t *memory = pages(SIZE + 2 * PAGE), *at = memory + PAGE;
	struct api_memory out;
	struct packets p = { 0 };
	uint64_t va;
	uint32_t i;

	need_ram();
	/* Backwards, so that the pages lie in no order. */
	for (i = PAGES + 2; i--;)
		memset(memory + i * PAGE, (int)i, PAGE);
	assert_ok(create(a, at, SIZE, false, &allocation));
	assert_int_equal(pinned_kib(), SIZE / 1024);
	assert_ok(map(a, allocation, SIZE, true, &va));
	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &out));
	packets_copy(&p, out.va, va, SIZE);
	packets_fill(&p, va + PAGE + 5, SIZE - PAGE - 10, "\xc3", 1);
	assert_ok(api_run(a, &p));
	for (i = 0; i < PAGES; i++) {
		assert_int_equal(out.cpu[i * PAGE], i + 1);
		assert_int_equal(out.cpu[i * PAGE + PAGE - 1], i + 1);
	}
	assert_int_equal(at[PAGE + 4], 2);
	for (i = PAGE + 5; i < SIZE - 5; i++)
		assert_int_equal(at[i], 0xc3);
	assert_int_equal(at[SIZE - 5], PAGES);
	assert_int_equal(memory[0], 0);
	assert_int_equal(at[SIZE], PAGES + 1);
	assert_ok(api_free(a->device, allocation));
	assert_int_equal(pinned_kib(), 0);
	assert_ok(api_memory_destroy(a, &out));
	munmap(memory, SIZE + 2 * PAGE);
}

/* More pages than one message holds. */
static void test_large(void **state)
{
	const uint64_t size = 80u << 20;
	struct api *a = *state;
	struct d3dkmthandle allocation;
	struct packets p = { 0 };
	uint8_t *memory;
	uint64_t va;

	need_ram();
	memory = pages(size);
	assert_ok(create(a, memory, size, false, &allocation));
	assert_ok(map(a, allocation, size, true, &va));
	packets_fill(&p, va, PAGE, "\x11", 1);
	packets_fill(&p, va + size / 2 + (1u << 20), PAGE, "\x22", 1);
	packets_fill(&p, va + size - PAGE, PAGE, "\x33", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(memory[0], 0x11);
	assert_int_equal(memory[size / 2 + (1u << 20)], 0x22);
	assert_int_equal(memory[size - 1], 0x33);
	assert_int_equal(memory[PAGE], 0);
	assert_ok(api_free(a->device, allocation));
	munmap(memory, size);
}

/* The address is the program's; locks are counted all the same. */
static void test_lock(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	uint8_t *memory = pages(SIZE);
	void *cpu = NULL;
	int i;

	need_ram();
	assert_ok(create(a, memory, SIZE, false, &allocation));
	assert_status(api_unlock(a->device, allocation), STATUS_INVALID_PARAMETER);
	for (i = 0; i < 3; i++) {
		assert_ok(api_lock(a->device, allocation, &cpu));
		assert_ptr_equal(cpu, memory);
	}
	for (i = 0; i < 3; i++)
		assert_ok(api_unlock(a->device, allocation));
	assert_status(api_unlock(a->device, allocation), STATUS_INVALID_PARAMETER);
	assert_ok(api_free(a->device, allocation));
	memory[0] = 1; /* still the program's */
	munmap(memory, SIZE);
}

/* There is nothing of the host's behind it that could be handed on. */
static void test_no_dmabuf(void **state)
{
	struct api *a = *state;
	struct opendxg_exportdmabuf args = { .device = a->device, .fd = -1 };
	uint8_t *memory = pages(SIZE);

	need_ram();
	assert_ok(create(a, memory, SIZE, false, &args.allocation));
	args.flags = O_RDWR | O_CLOEXEC;
	assert_status(OpendxgExportDmaBuf(&args), STATUS_NOT_SUPPORTED);
	assert_ok(api_free(a->device, args.allocation));
	munmap(memory, SIZE);
}

/* Read-only: of memory that cannot be written, and without a writable mapping on the GPU. */
static void test_read_only(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	char path[] = "/tmp/sysmem-XXXXXX";
	int fd = mkstemp(path);
	struct api_memory out;
	struct packets p = { 0 };
	uint8_t *shared;
	uint64_t va;

	need_ram();
	assert_true(fd >= 0 && !ftruncate(fd, SIZE) && pwrite(fd, "read me", 8, PAGE) == 8);
	shared = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	assert_true(create(a, shared, SIZE, false, &allocation) < 0);
	assert_ok(create(a, shared, SIZE, true, &allocation));
	assert_status(map(a, allocation, SIZE, true, &va), STATUS_ACCESS_DENIED);
	assert_ok(map(a, allocation, SIZE, false, &va));
	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &out));
	packets_copy(&p, out.va, va, SIZE);
	assert_ok(api_run(a, &p));
	assert_string_equal((char *)out.cpu + PAGE, "read me");
	assert_ok(api_free(a->device, allocation));
	assert_ok(api_memory_destroy(a, &out));
	munmap(shared, SIZE);
	close(fd);
	unlink(path);
}

/* Pages that were never touched: the GPU sees what the program writes to them afterwards. */
static void test_read_only_untouched(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	uint8_t *memory = pages(SIZE);
	struct api_memory out;
	struct packets p = { 0 };
	uint64_t va;

	need_ram();
	assert_int_equal(memory[0], 0); /* the zero page */
	assert_ok(create(a, memory, SIZE, true, &allocation));
	assert_ok(map(a, allocation, SIZE, false, &va));
	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &out));
	memset(memory, 0x42, SIZE);
	packets_copy(&p, out.va, va, SIZE);
	assert_ok(api_run(a, &p));
	assert_memory_equal(out.cpu, memory, SIZE);
	assert_ok(api_free(a->device, allocation));
	assert_ok(api_memory_destroy(a, &out));
	munmap(memory, SIZE);
}

/* What was written to a file's pages gets into the file (D-08). */
static void test_file(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	char path[] = "/dev/shm/sysmem-XXXXXX";
	struct packets p = { 0 };
	uint8_t *shared, byte = 0;
	uint64_t va;
	int fd;

	need_ram();
	fd = mkstemp(path);
	if (fd < 0) {
		strcpy(path, "/tmp/sysmem-XXXXXX");
		fd = mkstemp(path);
	}
	assert_true(fd >= 0 && !ftruncate(fd, SIZE));
	shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	assert_ok(create(a, shared, SIZE, false, &allocation));
	assert_ok(map(a, allocation, SIZE, true, &va));
	packets_fill(&p, va, SIZE, "\x77", 1);
	assert_ok(api_run(a, &p));
	munmap(shared, SIZE); /* the program's mapping is not what keeps the pages */
	assert_ok(api_free(a->device, allocation));
	assert_int_equal(pread(fd, &byte, 1, SIZE - 1), 1);
	assert_int_equal(byte, 0x77);
	close(fd);
	unlink(path);
}

/* Memory that is not there, or not the program's to write. */
static void test_bad_memory(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation = { 0 };
	uint8_t *memory = pages(SIZE);
	struct creation c;

	need_ram();
	memset(memory, 1, SIZE);
	assert_ok(create(a, memory, SIZE, false, &allocation));
	assert_ok(api_free(a->device, allocation));
	mprotect(memory + SIZE - PAGE, PAGE, PROT_READ);
	assert_true(create(a, memory, SIZE, false, &allocation) < 0);
	mprotect(memory + SIZE - PAGE, PAGE, PROT_NONE);
	assert_true(create(a, memory, SIZE, false, &allocation) < 0);
	assert_true(create(a, memory, SIZE, true, &allocation) < 0);
	munmap(memory + 3 * PAGE, PAGE);
	assert_true(create(a, memory, SIZE, false, &allocation) < 0);
	assert_true(create(a, (void *)~0xffful, PAGE, false, &allocation) < 0);
	assert_true(create(a, (void *)PAGE, 1ull << 43, false, &allocation) < 0);
	/* Only whole pages are given away, and only so many as the program says. */
	assert_status(create(a, memory, PAGE + 8, false, &allocation), STATUS_INVALID_PARAMETER);
	assert_status(create(a, memory, 0, false, &allocation), STATUS_INVALID_PARAMETER);
	prepare(&c, a, memory, PAGE);
	c.info.priv_drv_data_size--;
	assert_status(D3DKMTCreateAllocation2(&c.args), STATUS_INVALID_PARAMETER);
	assert_int_equal(pinned_kib(), 0);
	assert_nothing_pinned();
	munmap(memory, SIZE);
}

/* The IO space cannot be handed back as one's own memory. */
static void test_memory_of_the_host(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;

	need_ram();
	assert_true(create(a, a->commands.cpu, PAGE, false, &allocation) < 0);
}

/* The last one of several fails: nothing stays pinned, nothing is made. */
static void test_all_or_nothing(void **state)
{
	struct api *a = *state;
	struct d3dddi_allocationinfo2 info[3];
	struct creation c;
	uint8_t *memory;
	uint64_t used, after;
	int i;

	need_ram();
	memory = pages(SIZE);
	memset(memory, 1, SIZE);
	assert_ok(api_usage(a->adapter, &used));
	prepare(&c, a, memory, PAGE);
	for (i = 0; i < 3; i++) {
		info[i] = c.info;
		info[i].sysmem = dxg_ptr(memory + i * PAGE);
	}
	munmap(memory + 2 * PAGE, PAGE);
	c.args.alloc_count = 3;
	c.args.allocation_info = dxg_ptr(info);
	assert_true(D3DKMTCreateAllocation2(&c.args) < 0);
	assert_ok(api_usage(a->adapter, &after));
	assert_int_equal(after, used);
	assert_int_equal(pinned_kib(), 0);
	assert_nothing_pinned();
	munmap(memory, SIZE);
}

static void test_resource(void **state)
{
	struct api *a = *state;
	struct d3dkmt_destroyallocation2 args = { .device = a->device };
	struct d3dkmthandle later;
	uint8_t *memory;
	struct creation c;

	need_ram();
	memory = pages(SIZE);
	prepare(&c, a, memory, PAGE);
	c.args.flags.create_resource = 1;
	assert_ok(D3DKMTCreateAllocation2(&c.args));
	args.resource = c.args.resource;
	prepare(&c, a, memory + PAGE, 2 * PAGE);
	c.args.resource = args.resource;
	assert_ok(D3DKMTCreateAllocation2(&c.args));
	later = c.info.allocation;
	assert_int_equal(pinned_kib(), 3 * PAGE / 1024);
	assert_ok(D3DKMTDestroyAllocation2(&args));
	assert_int_equal(pinned_kib(), 0);
	assert_status(api_free(a->device, later), STATUS_INVALID_PARAMETER);
	munmap(memory, SIZE);
}

static void test_existing_heap(void **state)
{
	struct d3dkmt_createstandardallocation heap = {
		.type = _D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP,
		.existing_heap_data = { .size = SIZE },
	};
	struct api *a = *state;
	struct packets p = { 0 };
	uint8_t *memory;
	struct creation c;
	void *cpu;
	uint64_t va;

	need_ram();
	memory = pages(SIZE);
	prepare(&c, a, memory, 0);
	c.info.priv_drv_data_size = 0;
	c.args.flags.existing_sysmem = 1;
	c.args.flags.standard_allocation = 1;
	c.args.standard_allocation = dxg_ptr(&heap);
	assert_ok(D3DKMTCreateAllocation2(&c.args));
	assert_int_equal(pinned_kib(), SIZE / 1024);
	assert_ok(map(a, c.info.allocation, SIZE, true, &va));
	packets_fill(&p, va, SIZE, "\x99", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(memory[SIZE - 1], 0x99);
	assert_ok(api_lock(a->device, c.info.allocation, &cpu));
	assert_ptr_equal(cpu, memory);
	assert_ok(api_free(a->device, c.info.allocation));
	munmap(memory, SIZE);
}

/* DestroyDevice and closing the adapter give everything back. */
static void test_device_goes(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	uint8_t *memory;
	struct api other;

	need_ram();
	memory = pages(SIZE);
	memset(memory, 1, SIZE);
	other = *a;
	assert_ok(api_device_create(a->adapter, &other.device));
	assert_ok(create(&other, memory, SIZE, false, &allocation));
	assert_int_equal(pinned_kib(), SIZE / 1024);
	assert_ok(api_device_destroy(other.device));
	assert_int_equal(pinned_kib(), 0);
	assert_nothing_pinned();
	munmap(memory, SIZE);
}

/* A child's copy is a copy; the GPU goes on with the parent's pages. */
static void test_fork(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	struct packets p = { 0 };
	uint8_t *memory;
	uint64_t va;
	int status;
	pid_t pid;

	need_ram();
	memory = pages(SIZE);
	assert_ok(create(a, memory, SIZE, false, &allocation));
	assert_ok(map(a, allocation, SIZE, true, &va));
	pid = fork();
	if (!pid) {
		memset(memory, 0xee, SIZE);
		_exit(memory[0] != 0xee);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	memory[1] = 0x31;
	packets_fill(&p, va, 1, "\x30", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(memory[0], 0x30);
	assert_int_equal(memory[1], 0x31);
	assert_int_equal(memory[2], 0);
	assert_ok(api_free(a->device, allocation));
	munmap(memory, SIZE);
}

/* ---- limits and deaths, in children ---- */

static int run_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* RLIMIT_MEMLOCK holds for who may not lock memory, to the page. Returns the line that fails. */
static int child_within_limit(void)
{
	struct rlimit limit = { SIZE, SIZE };
	struct d3dkmthandle first, more;
	uint8_t *memory = pages(2 * SIZE);
	struct api a;

	if (setrlimit(RLIMIT_MEMLOCK, &limit) || setgid(NOBODY) || setuid(NOBODY) || api_open(&a))
		return 1;
	if (create(&a, memory, SIZE + PAGE, false, &more) != STATUS_NO_MEMORY)
		return 2;
	if (create(&a, memory, SIZE - PAGE, false, &first))
		return 3;
	if (create(&a, memory + SIZE, 2 * PAGE, false, &more) != STATUS_NO_MEMORY)
		return 4;
	if (create(&a, memory + SIZE, PAGE, false, &more) || pinned_kib() != SIZE / 1024)
		return 5;
	if (api_free(a.device, first) || pinned_kib() != PAGE / 1024)
		return 6;
	if (create(&a, memory, SIZE - PAGE, false, &first))
		return 7;
	return 0;
}

static void test_memlock(void **state)
{
	(void)state;
	need_ram();
	if (geteuid())
		api_skip("only root has a limit to lower and a user to become");
	assert_int_equal(run_child(child_within_limit), 0);
}

/* As large as it gets, over and over, until somebody ends it. */
static int child_churns(void)
{
	const uint64_t size = 16u << 20;
	struct d3dkmthandle allocation;
	struct packets p = { 0 };
	uint8_t *memory = pages(size);
	struct api a;
	uint64_t va;

	while (!api_open(&a)) {
		if (create(&a, memory, size, false, &allocation) ||
		    map(&a, allocation, size, true, &va))
			return 1;
		p.size = 0;
		packets_fill(&p, va, size, "\x01", 1);
		if (api_run(&a, &p) || api_free(a.device, allocation) ||
		    create(&a, memory, size / 2, false, &allocation) || api_close(&a))
			return 2;
	}
	return 3;
}

static void test_killed_at_any_time(void **state)
{
	enum { ROUNDS = 20 };
	int i, status;
	pid_t pid;

	(void)state;
	need_ram();
	for (i = 0; i < ROUNDS; i++) {
		pid = fork();
		if (!pid)
			_exit(child_churns());
		poll(NULL, 0, 20 + i * 7); /* a moment, each time another one */
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
	}
	assert_nothing_pinned();
}

/* Ends with everything alive. */
static int child_exits(void)
{
	struct d3dkmthandle allocation;
	uint8_t *memory = pages(SIZE);
	struct api a;

	return api_open(&a) || create(&a, memory, SIZE, false, &allocation);
}

static void test_exit(void **state)
{
	(void)state;
	need_ram();
	assert_int_equal(run_child(child_exits), 0);
	assert_nothing_pinned();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_not_supported),
		api_test(test_bad_arguments),
		api_test(test_gpu),
		api_test(test_large),
		api_test(test_lock),
		api_test(test_no_dmabuf),
		api_test(test_read_only),
		api_test(test_read_only_untouched),
		api_test(test_file),
		api_test(test_bad_memory),
		api_test(test_memory_of_the_host),
		api_test(test_all_or_nothing),
		api_test(test_resource),
		api_test(test_existing_heap),
		api_test(test_device_goes),
		api_test(test_fork),
		api_test(test_memlock),
		api_test(test_exit),
		api_test(test_killed_at_any_time),
	};

	return api_main("api_sysmem", tests);
}
