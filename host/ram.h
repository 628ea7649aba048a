/* SPDX-License-Identifier: MIT */
/*
 * ram: the file that holds the RAM of a virtual machine, as the vGPU option ram= names it. dxgd
 * keeps two descriptors of it, never maps it, and looks at no byte of it; workers get a descriptor
 * to map single pages (sysmem.h).
 *
 * In a PC the RAM lies in two pieces: from 0 up to some address below 4 GiB, the rest of it from
 * 4 GiB on.
 */
#ifndef HOST_RAM_H
#define HOST_RAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct ram - an open RAM file; nothing of it changes.
 * @fd: for reading and writing; @read_fd: for reading only
 * @pages: how many it has; @low: how many of them lie below 4 GiB
 */
struct ram {
	int fd;
	int read_fd;
	uint64_t pages;
	uint64_t low;
};

/**
 * ram_open() - open and check @path.
 * @low_mib: MiB below 4 GiB; 0: what QEMU does for a machine of this size
 *
 * Return: 0; a negative errno after a log line that says why.
 */
int ram_open(const char *path, uint32_t low_mib, struct ram **ret_ram);

/** ram_close() - NULL is fine. */
void ram_close(struct ram *ram);

/**
 * ram_page() - where in the file is the guest's page frame @pfn?
 * Return: 0; -EINVAL where the guest has no RAM.
 */
int ram_page(const struct ram *ram, uint64_t pfn, uint32_t *ret_page);

#endif /* HOST_RAM_H */
