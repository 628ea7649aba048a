/* SPDX-License-Identifier: MIT */
/*
 * guestmem.h - pages of the guest's RAM side by side in the worker's address space: what an
 * IPC_SEGMENT_GUEST allocation shows. Mapped is what dxgd names and nothing else of the file; its
 * descriptor is not kept.
 *
 * Belongs to the reader until it is complete; afterwards nothing of it changes.
 */
#ifndef WORKER_GUESTMEM_H
#define WORKER_GUESTMEM_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/ipc.h"

/**
 * struct guestmem - see above.
 * @base: @size bytes of address space
 * @mapped: bytes from the start that show their pages
 * @broken: something could not be mapped: it will never be complete
 */
struct guestmem {
	uint8_t *base;
	uint64_t size;
	uint64_t mapped;
	bool read_only;
	bool broken;
};

/** guestmem_reserve() - address space for @size bytes, nothing in it. Return: 0; -ENOMEM. */
int guestmem_reserve(struct guestmem *mem, uint64_t size, bool read_only);

/**
 * guestmem_map() - the next pages, @n runs of file @fd.
 * @first: number of the first of them
 *
 * Return: 0; -EINVAL when they do not follow what is there or are too many; -ENOMEM.
 */
int guestmem_map(struct guestmem *mem, uint32_t first, const struct ipc_run *run, uint32_t n,
		 int fd);

/** guestmem_is_complete() - may it be used? */
bool guestmem_is_complete(const struct guestmem *mem);

/** guestmem_fini() - unmap everything; also one that was never reserved (all zero). */
void guestmem_fini(struct guestmem *mem);

#endif /* WORKER_GUESTMEM_H */
