/* SPDX-License-Identifier: MIT */
/*
 * test_api_dmabuf: memory of allocations behind dma-buf descriptors, which other processes map.
 * Through /dev/dxg; over the socket there are none, which is tested too. docs/abi.md;
 * misc/opendxg.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "fixture.h"

#define SIZE (16u * DXG_PAGE_SIZE)

static NTSTATUS export_as(const struct api *a, struct d3dkmthandle allocation, uint32_t flags,
			  int *ret_fd)
{
	struct opendxg_exportdmabuf args = {
		.device = a->device,
		.allocation = allocation,
		.flags = flags,
		.fd = -1,
	};
	NTSTATUS status = OpendxgExportDmaBuf(&args);

	*ret_fd = args.fd;
	return status;
}

/* Some memory and a descriptor of it; skips where there are none. */
static void make(struct api *a, struct api_memory *ret_memory, int *ret_fd)
{
	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, ret_memory));
	if (api_on_socket()) {
		printf("SKIP: dma-bufs are the kernel module's to make\n");
		skip();
	}
	assert_ok(export_as(a, ret_memory->allocation, O_RDWR | O_CLOEXEC, ret_fd));
	assert_true(*ret_fd >= 0);
}

static uint8_t *map_at(int fd, uint64_t offset, uint64_t size, int prot)
{
	void *p = mmap(NULL, size, prot, MAP_SHARED, fd, (off_t)offset);

	assert_true(p != MAP_FAILED);
	return p;
}

static NTSTATUS import(const struct api *a, int fd, struct opendxg_importdmabuf *ret)
{
	*ret = (struct opendxg_importdmabuf){ .device = a->device, .fd = fd };
	return OpendxgImportDmaBuf(ret);
}

static void test_none_on_socket(void **state)
{
	struct opendxg_importdmabuf i;
	struct api *a = *state;
	struct api_memory m;
	int fd;

	if (!api_on_socket())
		skip();
	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &m));
	assert_status(export_as(a, m.allocation, O_RDWR, &fd), STATUS_NOT_SUPPORTED);
	assert_status(import(a, STDERR_FILENO, &i), STATUS_NOT_SUPPORTED);
}

/* The same bytes, seen both ways, in whole and in part; the GPU writes them, too. */
static void test_same_memory(void **state)
{
	struct packets p = { 0 };
	struct api *a = *state;
	struct api_memory m;
	uint8_t *all, *tail;
	int fd;

	make(a, &m, &fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(lseek(fd, 0, SEEK_END), SIZE);
	all = map_at(fd, 0, SIZE, PROT_READ | PROT_WRITE);
	tail = map_at(fd, SIZE - DXG_PAGE_SIZE, DXG_PAGE_SIZE, PROT_READ);
	close(fd);
	m.cpu[SIZE - 1] = 7;
	assert_int_equal(all[SIZE - 1], 7);
	assert_int_equal(tail[DXG_PAGE_SIZE - 1], 7);
	all[0] = 9;
	assert_int_equal(m.cpu[0], 9);
	packets_fill(&p, m.va, m.size, "\x5c", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(all[SIZE / 2], 0x5c);
	munmap(all, SIZE);
	munmap(tail, DXG_PAGE_SIZE);
}

static void test_no_further_than_it_goes(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	int fd;

	make(a, &m, &fd);
	assert_true(mmap(NULL, SIZE + DXG_PAGE_SIZE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	assert_true(mmap(NULL, DXG_PAGE_SIZE, PROT_READ, MAP_SHARED, fd, SIZE) == MAP_FAILED);
	assert_true(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	close(fd);
}

/* A descriptor for reading gives no way to write, now or later. */
static void test_read_only(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	uint8_t *p;
	int rw, ro;

	make(a, &m, &rw);
	assert_ok(export_as(a, m.allocation, O_RDONLY, &ro));
	assert_int_equal(fcntl(ro, F_GETFD), 0);
	assert_true(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0) == MAP_FAILED);
	p = map_at(ro, 0, SIZE, PROT_READ);
	m.cpu[5] = 55;
	assert_int_equal(p[5], 55);
	assert_int_not_equal(mprotect(p, SIZE, PROT_READ | PROT_WRITE), 0);
	munmap(p, SIZE);
	close(ro);
	close(rw);
}

/* ---- other processes ---- */

/* Writes through what it got; when told so again. */
static int child_writes(int sock)
{
	int fd = receive_fd(sock);
	volatile uint8_t *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char byte = 1;

	if (p == MAP_FAILED)
		return 1;
	close(fd);
	p[1] = 0x77;
	if (write(sock, &byte, 1) != 1 || read(sock, &byte, 1) != 1)
		return 2;
	return p[1] == 0x78 ? 0 : 3;
}

/* Memory of an allocation, some bytes of it. */
static uint8_t *make_and_destroy(struct api *a, int *ret_fd)
{
	struct api_memory m;
	uint8_t *p;

	make(a, &m, ret_fd);
	p = map_at(*ret_fd, 0, SIZE, PROT_READ | PROT_WRITE);
	m.cpu[SIZE - 1] = 0x42;
	assert_ok(api_memory_destroy(a, &m));
	return p;
}

/* A mapping in another process is as good as the allocation: that may go, and the descriptor. */
static void test_mapping_keeps_memory(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	int fd, pair[2];
	char byte = 0;
	uint8_t *p;
	pid_t pid;

	make(a, &m, &fd);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pid = start_child(child_writes, pair[1]);
	assert_int_equal(send_fd(pair[0], fd), 0);
	p = map_at(fd, 0, SIZE, PROT_READ | PROT_WRITE);
	close(fd);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	assert_int_equal(m.cpu[1], 0x77);
	assert_ok(api_memory_destroy(a, &m));
	assert_int_equal(p[1], 0x77);
	p[1] = 0x78;
	assert_int_equal(write(pair[0], &byte, 1), 1);
	assert_child_ok(pid);
	munmap(p, SIZE);
	close(pair[0]);
	close(pair[1]);
}

/* As much memory as there is goes through descriptors, again and again: all of it comes back. */
static void test_memory_comes_back(void **state)
{
	const uint64_t size = 64u << 20;
	struct api *a = *state;
	struct d3dkmthandle allocation;
	uint64_t done;
	void *cpu;
	int fd;

	if (api_on_socket())
		skip();
	for (done = 0; done <= 2 * a->info.system_memory + (4ull << 30); done += size) {
		assert_ok(api_allocate(a->device, size, DXG_ALLOC_CPU_VISIBLE, &allocation, NULL));
		assert_ok(api_lock(a->device, allocation, &cpu));
		assert_int_equal(*(volatile uint32_t *)cpu, 0);
		*(volatile uint32_t *)cpu = 1;
		assert_ok(export_as(a, allocation, O_RDWR, &fd));
		assert_ok(api_free(a->device, allocation));
		close(fd);
	}
}

/* ---- imports ---- */

/* Its GPU fills the memory, its CPU sees what was there. Returns the line that fails. */
static int child_computes(int fd)
{
	struct opendxg_importdmabuf i;
	struct packets p = { 0 };
	struct api b;
	uint64_t va;
	void *cpu;

	if (api_open(&b) || import(&b, fd, &i) || i.size != SIZE)
		return 1;
	if (api_lock(b.device, i.allocation, &cpu) || ((uint8_t *)cpu)[SIZE - 1] != 0x42)
		return 2;
	if (api_map(b.queue, i.allocation, SIZE, &va))
		return 3;
	packets_fill(&p, va, SIZE / 2, "\x5c", 1);
	if (api_run(&b, &p))
		return 4;
	return api_resource_destroy(&b, i.resource) || api_close(&b) ? 5 : 0;
}

static void test_import_elsewhere(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	int fd;

	make(a, &m, &fd);
	m.cpu[SIZE - 1] = 0x42;
	assert_child_ok(start_child(child_computes, fd));
	assert_int_equal(m.cpu[0], 0x5c);
	assert_int_equal(m.cpu[SIZE / 2 - 1], 0x5c);
	assert_int_equal(m.cpu[SIZE / 2], 0);
	close(fd);
}

/* Nothing of whoever made it is left. */
static void test_import_after_the_end(void **state)
{
	struct api *a = *state;
	uint8_t *p;
	int fd;

	p = make_and_destroy(a, &fd);
	assert_child_ok(start_child(child_computes, fd));
	assert_int_equal(p[SIZE / 2 - 1], 0x5c);
	munmap(p, SIZE);
	close(fd);
}

/* The import is the last that is left, and is passed on like what it was made of. */
static void test_import_is_exported(void **state)
{
	struct opendxg_importdmabuf i;
	struct api *a = *state;
	int fd, again;

	munmap(make_and_destroy(a, &fd), SIZE);
	assert_ok(import(a, fd, &i));
	close(fd);
	assert_ok(export_as(a, i.allocation, O_RDWR, &again));
	assert_ok(api_resource_destroy(a, i.resource));
	assert_child_ok(start_child(child_computes, again));
	close(again);
}

static void test_import_is_whole(void **state)
{
	struct opendxg_importdmabuf i;
	struct api *a = *state;
	struct api_memory m;
	uint64_t nt;
	int fd;

	make(a, &m, &fd);
	assert_ok(import(a, fd, &i));
	assert_status(api_free(a->device, i.allocation), STATUS_INVALID_PARAMETER);
	assert_status(D3DKMTShareObjects(1, &i.resource, NULL, 0, &nt), STATUS_INVALID_PARAMETER);
	assert_ok(api_resource_destroy(a, i.resource));
	assert_status(api_resource_destroy(a, i.resource), STATUS_INVALID_PARAMETER);
	m.cpu[0] = 1; /* the first one is what it was */
	assert_ok(api_memory_destroy(a, &m));
	close(fd);
}

static void test_import_refused(void **state)
{
	struct opendxg_importdmabuf i = { 0 };
	struct api *a = *state;
	struct api_memory m;
	int rw, ro;

	make(a, &m, &rw);
	assert_ok(export_as(a, m.allocation, O_RDONLY, &ro));
	assert_status(import(a, ro, &i), STATUS_ACCESS_DENIED);
	assert_status(import(a, -1, &i), STATUS_INVALID_PARAMETER);
	assert_status(import(a, STDERR_FILENO, &i), STATUS_INVALID_PARAMETER);
	i = (struct opendxg_importdmabuf){ .device = a->context, .fd = rw };
	assert_status(OpendxgImportDmaBuf(&i), STATUS_INVALID_PARAMETER);
	i = (struct opendxg_importdmabuf){ .device = a->device, .fd = rw, .flags = 1 };
	assert_status(OpendxgImportDmaBuf(&i), STATUS_INVALID_PARAMETER);
	i = (struct opendxg_importdmabuf){ .device = a->device, .fd = rw, .reserved = 1 };
	assert_status(OpendxgImportDmaBuf(&i), STATUS_INVALID_PARAMETER);
	close(ro);
	close(rw);
}

/* Others see it: it is not for the host to discard. */
static void test_not_offered(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	struct d3dkmt_offerallocations offer = {
		.device = a->device,
		.allocations = dxg_ptr(&allocation),
		.allocation_count = 1,
		.priority = _D3DKMT_OFFER_PRIORITY_LOW,
	};
	struct api_memory m;
	int fd;

	make(a, &m, &fd);
	assert_ok(api_unlock(a->device, m.allocation));
	allocation = m.allocation;
	assert_status(D3DKMTOfferAllocations(&offer), STATUS_INVALID_PARAMETER);
	close(fd);
}

static void test_refused(void **state)
{
	struct api *a = *state, b;
	struct d3dkmthandle local;
	struct api_memory m;
	int fd, bad;

	make(a, &m, &fd);
	close(fd);
	assert_status(export_as(a, a->context, O_RDWR, &bad), STATUS_INVALID_PARAMETER);
	assert_status(export_as(a, m.allocation, O_WRONLY, &bad), STATUS_INVALID_PARAMETER);
	assert_status(export_as(a, m.allocation, O_RDWR | O_NONBLOCK, &bad),
		      STATUS_INVALID_PARAMETER);
	assert_ok(api_allocate(a->device, SIZE, 0, &local, NULL));
	assert_status(export_as(a, local, O_RDWR, &bad), STATUS_INVALID_PARAMETER);
	b = *a;
	assert_ok(api_open_device(&b));
	assert_status(export_as(&b, m.allocation, O_RDWR, &bad), STATUS_INVALID_PARAMETER);
	assert_ok(api_close_device(&b));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_none_on_socket),
		api_test(test_same_memory),
		api_test(test_no_further_than_it_goes),
		api_test(test_read_only),
		api_test(test_mapping_keeps_memory),
		api_test(test_memory_comes_back),
		api_test(test_import_elsewhere),
		api_test(test_import_after_the_end),
		api_test(test_import_is_exported),
		api_test(test_import_is_whole),
		api_test(test_import_refused),
		api_test(test_not_offered),
		api_test(test_refused),
	};

	return api_main("api_dmabuf", tests);
}
