// SPDX-License-Identifier: MIT
/*
 * ram: see ram.h. The file must be an ordinary one whose pages can be mapped one by one, and it
 * keeps the size that it has when it is opened: what is cut off later hits who maps it (a worker,
 * whose devices are lost), not dxgd.
 */
#include "ram.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "dxgwire/limits.h"
#include "log.h"

#define RAM_4GIB_PAGES (UINT64_C(1) << 20)
#define RAM_MIB_PAGES (UINT64_C(1) << 8)
/* Pages of the file are numbered with 32 bits in ipc.h. */
#define RAM_PAGES_MAX UINT64_C(0xffffffff)

/* QEMU's q35 (and pc, which differs from 2816 MiB on): up to there all of it is low, else 2 GiB. */
#define RAM_ALL_LOW (2816 * RAM_MIB_PAGES)
#define RAM_SPLIT_LOW (2048 * RAM_MIB_PAGES)

/* Return: NULL, or what is wrong with it. */
static const char *ram_measure(struct ram *ram)
{
	struct statfs fs;
	struct stat st;

	if (fstat(ram->fd, &st) || fstatfs(ram->fd, &fs))
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a file";
	if (fs.f_type == HUGETLBFS_MAGIC)
		return "huge pages cannot be mapped one by one; use a tmpfs";
	ram->pages = (uint64_t)st.st_size >> DXG_PAGE_SHIFT;
	if (!ram->pages || st.st_size % DXG_PAGE_SIZE || ram->pages > RAM_PAGES_MAX)
		return "its size is not that of a machine's RAM; it must be there before dxgd is";
	return NULL;
}

static const char *ram_split(struct ram *ram, uint32_t low_mib)
{
	ram->low = low_mib * RAM_MIB_PAGES;
	if (!low_mib)
		ram->low = ram->pages < RAM_ALL_LOW ? ram->pages : RAM_SPLIT_LOW;
	if (ram->low > RAM_4GIB_PAGES)
		return "ram_low is above 4 GiB";
	if (ram->low > ram->pages)
		ram->low = ram->pages;
	return NULL;
}

int ram_open(const char *path, uint32_t low_mib, struct ram **ret_ram)
{
	struct ram *ram = calloc(1, sizeof(*ram));
	const char *bad;
	int err = -EINVAL;

	if (!ram)
		return -ENOMEM;
	/* Neither may hang at what is no file. */
	ram->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ram->read_fd = ram->fd < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (ram->fd < 0 || ram->read_fd < 0) {
		err = -errno;
		bad = strerror(errno);
	} else {
		bad = ram_measure(ram);
		if (!bad)
			bad = ram_split(ram, low_mib);
	}
	if (bad) {
		log_line("ram=%s: %s", path, bad);
		ram_close(ram);
		return err;
	}
	*ret_ram = ram;
	return 0;
}

void ram_close(struct ram *ram)
{
	if (!ram)
		return;
	if (ram->fd >= 0)
		close(ram->fd);
	if (ram->read_fd >= 0)
		close(ram->read_fd);
	free(ram);
}

int ram_page(const struct ram *ram, uint64_t pfn, uint32_t *ret_page)
{
	uint64_t page = pfn;

	if (pfn >= RAM_4GIB_PAGES) {
		if (pfn - RAM_4GIB_PAGES >= ram->pages - ram->low)
			return -EINVAL;
		page = pfn - RAM_4GIB_PAGES + ram->low;
	} else if (pfn >= ram->low) {
		return -EINVAL;
	}
	*ret_page = (uint32_t)page;
	return 0;
}
