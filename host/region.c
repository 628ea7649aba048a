// SPDX-License-Identifier: MIT
/*
 * region: see region.h. Layout: page 0 header, page 1 the four control blocks, then the four data
 * areas, then, from the first huge page on, the IO space up to the end. The size is a power of two
 * because a PCI BAR's must be.
 */
#include "region.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define REGION_RINGS (DXG_CHANNELS * 2u)
#define REGION_CTL_OFFSET DXG_PAGE_SIZE
#define REGION_CTL_STRIDE 256u
#define REGION_DATA_OFFSET (2u * DXG_PAGE_SIZE)
#define REGION_IO_OFFSET DXG_HUGE_PAGE_SIZE
#define REGION_SIZE_MIN (UINT64_C(1) << 22)
#define REGION_SIZE_MAX (UINT64_C(1) << 46)
#define REGION_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

_Static_assert(REGION_DATA_OFFSET + REGION_RINGS * REGION_RING_SIZE <= REGION_IO_OFFSET,
	       "the rings lie before the IO space");

static struct dxg_region_ring region_ring(uint32_t index, uint32_t vector)
{
	return (struct dxg_region_ring){
		.ctl = REGION_CTL_OFFSET + index * REGION_CTL_STRIDE,
		.data = REGION_DATA_OFFSET + index * REGION_RING_SIZE,
		.size = REGION_RING_SIZE,
		.vector = vector,
	};
}

static void region_lay_out(struct region *region, const struct region_want *want)
{
	struct dxg_region_header *h = &region->layout;
	uint32_t i, vector;

	h->magic = DXG_REGION_MAGIC;
	h->layout_version = DXG_REGION_LAYOUT_VERSION;
	h->header_size = DXG_REGION_HEADER_SIZE;
	h->region_size = region->size;
	h->interface_version = DXG_INTERFACE_VERSION;
	h->host_caps = want->host_caps;
	h->adapter_luid_low = want->adapter_luid[0];
	h->adapter_luid_high = want->adapter_luid[1];
	h->vgpu_luid_low = want->vgpu_luid[0];
	h->vgpu_luid_high = want->vgpu_luid[1];
	h->io_offset = REGION_IO_OFFSET;
	h->io_size = region->size - REGION_IO_OFFSET;
	region->spare = h->io_size > want->io_size ? h->io_size - want->io_size : 0;
	h->channel_count = DXG_CHANNELS;
	for (i = 0; i < DXG_CHANNELS; i++) {
		vector = i < want->vectors ? i : 0;
		h->channel[i].to_host = region_ring(2 * i, vector);
		h->channel[i].to_guest = region_ring(2 * i + 1, vector);
	}
	h->state = DXG_SESSION_READY;
	h->generation = 1;
}

static int region_map(struct region *region)
{
	int err;

	region->base = mmap(NULL, region->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			    region->fd, 0);
	if (region->base == MAP_FAILED) {
		err = -errno;
		region->base = NULL;
		return err;
	}
	/* A core dump of the daemon has no business with tenants' memory. */
	madvise(region->base, region->size, MADV_DONTDUMP);
	return 0;
}

static int region_open(struct region *region)
{
	region->fd = memfd_create("dxg-region", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (region->fd < 0)
		return -errno;
	if (ftruncate(region->fd, (off_t)region->size) < 0 ||
	    fcntl(region->fd, F_ADD_SEALS, REGION_SEALS) < 0)
		return -errno;
	return region_map(region);
}

int region_create(const struct region_want *want, struct region **ret_region)
{
	struct region *region;
	int err;

	if (want->io_size > REGION_SIZE_MAX - REGION_IO_OFFSET)
		return -EFBIG;
	region = calloc(1, sizeof(*region));
	if (!region)
		return -ENOMEM;
	region->fd = -1;
	for (region->size = REGION_SIZE_MIN; region->size < want->io_size + REGION_IO_OFFSET;)
		region->size <<= 1;
	err = region_open(region);
	if (err) {
		region_destroy(region);
		return err;
	}
	region_lay_out(region, want);
	region->header = (struct dxg_region_header *)region->base;
	memcpy(region->header, &region->layout, sizeof(region->layout));
	*ret_region = region;
	return 0;
}

/* Can it have been made by region_create()? Sealed, so none of this changes afterwards. */
static const char *region_check_file(int fd, uint64_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return "not a memory file";
	if (fcntl(fd, F_GET_SEALS) != REGION_SEALS)
		return "seals";
	if (st.st_size < (off_t)REGION_SIZE_MIN || st.st_size > (off_t)REGION_SIZE_MAX ||
	    (st.st_size & (st.st_size - 1)))
		return "size";
	*ret_size = (uint64_t)st.st_size;
	return NULL;
}

/*
 * The host's half of the header, anew. Of what is there three words are taken over. The guest can
 * have written them: then it is its own handshake that goes wrong.
 */
static void region_take_over(struct region *region)
{
	struct dxg_region_header *h = &region->layout;

	h->state = DXG_SESSION_LOST;
	h->generation = dxg_load(&region->header->generation) + 1;
	h->generation += !h->generation;
	h->epoch_ack = dxg_load(&region->header->epoch_ack);
	h->pong = dxg_load(&region->header->pong);
	memcpy(region->header, h, offsetof(struct dxg_region_header, epoch));
}

int region_adopt(int fd, const struct region_want *want, struct region **ret_region,
		 const char **ret_bad)
{
	const uint64_t magic = DXG_REGION_MAGIC;
	struct region *region;
	uint64_t size;
	int err;

	*ret_bad = region_check_file(fd, &size);
	if (*ret_bad)
		return -EINVAL;
	region = calloc(1, sizeof(*region));
	if (!region)
		return -ENOMEM;
	region->fd = fd;
	region->size = size;
	region->adopted = true;
	err = region_map(region);
	region->header = (struct dxg_region_header *)region->base;
	if (!err && memcmp(&region->header->magic, &magic, sizeof(magic))) {
		*ret_bad = "magic";
		err = -EINVAL;
	}
	if (err) {
		region->fd = -1;
		region_destroy(region);
		return err;
	}
	region_lay_out(region, want);
	region_take_over(region);
	*ret_region = region;
	return 0;
}

void region_destroy(struct region *region)
{
	if (!region)
		return;
	if (region->base)
		munmap(region->base, region->size);
	if (region->fd >= 0)
		close(region->fd);
	free(region);
}

void region_get_rings(const struct region *region, uint32_t channel, struct dxg_ring *ret_rx,
		      struct dxg_ring *ret_tx)
{
	const struct dxg_region_channel *c = &region->layout.channel[channel];

	dxg_ring_init(ret_rx, region->base + c->to_host.ctl, region->base + c->to_host.data,
		      c->to_host.size);
	dxg_ring_init(ret_tx, region->base + c->to_guest.ctl, region->base + c->to_guest.data,
		      c->to_guest.size);
}

void region_zero_rings(struct region *region)
{
	memset(region->base + REGION_CTL_OFFSET, 0, DXG_PAGE_SIZE);
	fallocate(region->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, REGION_DATA_OFFSET,
		  REGION_RINGS * REGION_RING_SIZE);
}

void region_set_state(struct region *region, uint32_t state, uint32_t generation)
{
	dxg_store(&region->header->generation, generation);
	dxg_store_release(&region->header->state, state);
}

void *region_io(const struct region *region, uint64_t offset)
{
	return region->base + region->layout.io_offset + offset;
}

int region_punch(const struct region *region, uint64_t offset, uint64_t size)
{
	if (fallocate(region->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      (off_t)(region->layout.io_offset + offset), (off_t)size) < 0)
		return -errno;
	return 0;
}
