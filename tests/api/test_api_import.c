/* SPDX-License-Identifier: MIT */
/*
 * test_api_import: dma-bufs of other drivers as allocations (OpendxgImportDmaBuf()). They come from
 * /dev/udmabuf, or from the kernel's vgem device where there is none.
 *
 * They need a machine whose RAM dxgd sees; tests/vm/run-api-vm makes one and says so with
 * DXG_TEST_RAM=1. Everywhere else they are refused, which is what is tested there.
 */
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fixture.h"

#define SIZE (16u * DXG_PAGE_SIZE)

/** struct foreign - a dma-buf of another driver, mapped. */
struct foreign {
	int fd;
	uint8_t *cpu;
};

/* ---- where they come from ---- */

static int udmabuf_make(uint64_t size)
{
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), fd = -1;
	int memory = memfd_create("api_import", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	struct udmabuf_create create = { .memfd = (uint32_t)memory,
					 .flags = UDMABUF_FLAGS_CLOEXEC,
					 .size = size };

	if (device >= 0 && memory >= 0 && !ftruncate(memory, (off_t)size) &&
	    !fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK))
		fd = ioctl(device, UDMABUF_CREATE, &create);
	if (device >= 0)
		close(device);
	if (memory >= 0)
		close(memory);
	return fd;
}

/* The two calls of DRM that are needed; its headers are not on every machine. */
struct drm_dumb {
	uint32_t height, width, bpp, flags, handle, pitch;
	uint64_t size;
};

struct drm_prime {
	uint32_t handle, flags;
	int32_t fd;
};

#define DRM_CREATE_DUMB _IOWR('d', 0xb2, struct drm_dumb)
#define DRM_PRIME_TO_FD _IOWR('d', 0x2d, struct drm_prime)

static int vgem_make(uint64_t size, uint32_t flags)
{
	struct drm_dumb dumb = { .height = (uint32_t)(size / DXG_PAGE_SIZE),
				 .width = DXG_PAGE_SIZE / 4,
				 .bpp = 32 };
	struct drm_prime prime = { .flags = flags | O_CLOEXEC };
	int device = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);

	if (device < 0)
		return -1;
	if (!ioctl(device, DRM_CREATE_DUMB, &dumb) && dumb.size == size) {
		prime.handle = dumb.handle;
		if (ioctl(device, DRM_PRIME_TO_FD, &prime))
			prime.fd = -1;
	}
	close(device);
	return dumb.handle ? prime.fd : -1;
}

static int foreign_make(uint64_t size)
{
	int fd = udmabuf_make(size);

	return fd < 0 ? vgem_make(size, O_RDWR) : fd;
}

static struct foreign foreign(uint64_t size)
{
	struct foreign f = { .fd = foreign_make(size) };

	if (f.fd < 0)
		api_skip("the kernel has neither udmabuf nor vgem");
	f.cpu = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, f.fd, 0);
	assert_true(f.cpu != MAP_FAILED);
	return f;
}

static void foreign_end(struct foreign *f, uint64_t size)
{
	munmap(f->cpu, size);
	if (f->fd >= 0)
		close(f->fd);
}

#define need_ram()                                            \
	do {                                                  \
		if (!getenv("DXG_TEST_RAM"))                  \
			api_skip("dxgd sees no guest's RAM"); \
	} while (0)

static NTSTATUS import(const struct api *a, int fd, struct opendxg_importdmabuf *ret)
{
	*ret = (struct opendxg_importdmabuf){ .device = a->device, .fd = fd };
	return OpendxgImportDmaBuf(ret);
}

static NTSTATUS destroy(const struct api *a, struct d3dkmthandle resource)
{
	struct d3dkmt_destroyallocation2 args = { .device = a->device, .resource = resource };

	return D3DKMTDestroyAllocation2(&args);
}

static NTSTATUS map(const struct api *a, struct d3dkmthandle allocation, bool write,
		    uint64_t *ret_va)
{
	struct d3dddi_mapgpuvirtualaddress args = {
		.paging_queue = a->queue,
		.allocation = allocation,
		.size_in_pages = SIZE >> DXG_PAGE_SHIFT,
		.protection = { .write = write },
	};
	NTSTATUS status = D3DKMTMapGpuVirtualAddress(&args);

	*ret_va = args.virtual_address;
	return status;
}

/* What is charged to this process, in KiB: VmPin. */
static unsigned long pinned_kib(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmPin: %lu kB", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

/* ---- tests ---- */

static void test_not_supported(void **state)
{
	struct opendxg_importdmabuf i;
	struct foreign f;

	if (getenv("DXG_TEST_RAM"))
		api_skip("dxgd sees this guest's RAM");
	f = foreign(SIZE);
	assert_status(import(*state, f.fd, &i), STATUS_NOT_SUPPORTED);
	foreign_end(&f, SIZE);
}

/* The GPU reads what the CPU wrote into the buffer, and writes where the CPU reads. */
static void test_gpu(void **state)
{
	struct opendxg_importdmabuf i;
	struct api *a = *state;
	struct packets p = { 0 };
	struct api_memory out;
	struct foreign f;
	uint64_t va;

	need_ram();
	f = foreign(SIZE);
	memset(f.cpu, 0x21, SIZE);
	assert_ok(import(a, f.fd, &i));
	assert_int_equal(i.size, SIZE);
	assert_ok(map(a, i.allocation, true, &va));
	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &out));
	packets_copy(&p, out.va, va, SIZE);
	packets_fill(&p, va + DXG_PAGE_SIZE, SIZE - DXG_PAGE_SIZE, "\x43", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(out.cpu[0], 0x21);
	assert_int_equal(out.cpu[SIZE - 1], 0x21);
	assert_int_equal(f.cpu[DXG_PAGE_SIZE - 1], 0x21);
	assert_int_equal(f.cpu[DXG_PAGE_SIZE], 0x43);
	assert_int_equal(f.cpu[SIZE - 1], 0x43);
	assert_ok(destroy(a, i.resource));
	assert_ok(api_memory_destroy(a, &out));
	foreign_end(&f, SIZE);
}

/* More pages than one message names. */
static void test_large(void **state)
{
	const uint64_t size = 64u << 20; /* what udmabuf gives at most */
	struct opendxg_importdmabuf i;
	struct api *a = *state;
	struct packets p = { 0 };
	struct foreign f;
	uint64_t va;

	need_ram();
	f = foreign(size);
	assert_ok(import(a, f.fd, &i));
	assert_ok(api_map(a->queue, i.allocation, size, &va));
	packets_fill(&p, va, DXG_PAGE_SIZE, "\x11", 1);
	packets_fill(&p, va + size - DXG_PAGE_SIZE, DXG_PAGE_SIZE, "\x33", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(f.cpu[0], 0x11);
	assert_int_equal(f.cpu[size / 2], 0);
	assert_int_equal(f.cpu[size - 1], 0x33);
	assert_ok(destroy(a, i.resource));
	foreign_end(&f, size);
}

/* The allocation keeps the memory and is charged for it; it goes by itself, too. */
static void test_life(void **state)
{
	struct opendxg_importdmabuf i, again;
	struct api *a = *state;
	struct packets p = { 0 };
	struct foreign f;
	uint64_t va;

	need_ram();
	f = foreign(SIZE);
	assert_ok(import(a, f.fd, &i));
	assert_ok(import(a, f.fd, &again));
	close(f.fd);
	f.fd = -1;
	assert_int_equal(pinned_kib(), 2 * SIZE / 1024);
	assert_ok(destroy(a, again.resource));
	assert_int_equal(pinned_kib(), SIZE / 1024);
	assert_ok(map(a, i.allocation, true, &va));
	packets_fill(&p, va, SIZE, "\x61", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(f.cpu[SIZE - 1], 0x61);
	assert_ok(api_free(a->device, i.allocation));
	assert_int_equal(pinned_kib(), 0);
	assert_ok(destroy(a, i.resource));
	foreign_end(&f, SIZE);
}

static void test_device_takes_it_along(void **state)
{
	struct opendxg_importdmabuf i;
	struct api *a = *state, other;
	struct foreign f;

	need_ram();
	f = foreign(SIZE);
	other = *a;
	assert_ok(api_device_create(a->adapter, &other.device));
	assert_ok(import(&other, f.fd, &i));
	assert_int_equal(pinned_kib(), SIZE / 1024);
	assert_ok(api_device_destroy(other.device));
	assert_int_equal(pinned_kib(), 0);
	foreign_end(&f, SIZE);
}

/* Mapped by its descriptor, not by Lock2; not ours to show to others, or to discard. */
static void test_not_ours(void **state)
{
	struct opendxg_exportdmabuf export;
	struct opendxg_importdmabuf i;
	struct api *a = *state;
	struct foreign f;
	void *cpu;

	need_ram();
	f = foreign(SIZE);
	assert_ok(import(a, f.fd, &i));
	assert_status(api_lock(a->device, i.allocation, &cpu), STATUS_NOT_SUPPORTED);
	export = (struct opendxg_exportdmabuf){ .device = a->device,
						.allocation = i.allocation,
						.flags = O_RDWR };
	assert_status(OpendxgExportDmaBuf(&export), STATUS_NOT_SUPPORTED);
	assert_ok(destroy(a, i.resource));
	foreign_end(&f, SIZE);
}

/* A descriptor for reading: the GPU reads, and gets no way to write. */
static void test_read_only(void **state)
{
	struct opendxg_importdmabuf i;
	struct api *a = *state;
	uint64_t va;
	int fd;

	need_ram();
	fd = vgem_make(SIZE, O_RDONLY);
	if (fd < 0)
		api_skip("the kernel has no vgem");
	assert_ok(import(a, fd, &i));
	assert_status(map(a, i.allocation, true, &va), STATUS_ACCESS_DENIED);
	assert_ok(map(a, i.allocation, false, &va));
	assert_ok(destroy(a, i.resource));
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_not_supported),
		api_test(test_gpu),
		api_test(test_large),
		api_test(test_life),
		api_test(test_device_takes_it_along),
		api_test(test_not_ours),
		api_test(test_read_only),
	};

	return api_main("api_import", tests);
}
