// SPDX-License-Identifier: MIT
/*
 * guestmem - see guestmem.h. The range is reserved without access first and replaced piece by
 * piece, so that nothing else of the process can get in between.
 */
#include "worker/guestmem.h"

#include <errno.h>
#include <sys/mman.h>

int guestmem_reserve(struct guestmem *mem, uint64_t size, bool read_only)
{
	void *base =
		mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return -ENOMEM;
	*mem = (struct guestmem){ .base = base, .size = size, .read_only = read_only };
	return 0;
}

static int map_run(struct guestmem *mem, const struct ipc_run *run, int fd)
{
	int prot = mem->read_only ? PROT_READ : PROT_READ | PROT_WRITE;
	uint64_t bytes = (uint64_t)run->count << DXG_PAGE_SHIFT;

	if (!bytes || bytes > mem->size - mem->mapped)
		return -EINVAL;
	if (mmap(mem->base + mem->mapped, bytes, prot, MAP_SHARED | MAP_FIXED, fd,
		 (off_t)run->page << DXG_PAGE_SHIFT) == MAP_FAILED)
		return -ENOMEM;
	mem->mapped += bytes;
	return 0;
}

int guestmem_map(struct guestmem *mem, uint32_t first, const struct ipc_run *run, uint32_t n,
		 int fd)
{
	int err = 0;
	uint32_t i;

	if (mem->broken || !mem->base || (uint64_t)first << DXG_PAGE_SHIFT != mem->mapped)
		return -EINVAL;
	for (i = 0; i < n && !err; i++)
		err = map_run(mem, &run[i], fd);
	mem->broken = err;
	return err;
}

bool guestmem_is_complete(const struct guestmem *mem)
{
	return !mem->broken && mem->mapped == mem->size;
}

void guestmem_fini(struct guestmem *mem)
{
	if (mem->base)
		munmap(mem->base, mem->size);
}
