/* SPDX-License-Identifier: MIT */
/*
 * sysmem: allocations whose memory is the program's own ("existing system memory"): pages of the
 * guest's RAM that SETEXISTINGSYSMEMPAGES names, in order. dxgd checks where they lie in the RAM
 * file; the worker of the process that owns them maps exactly these, side by side.
 *
 * The guest keeps the pages pinned until DESTROYALLOCATION (or what covers it) is answered, which
 * is when the worker has unmapped them.
 */
#ifndef HOST_SYSMEM_H
#define HOST_SYSMEM_H

#include <stdbool.h>
#include <stdint.h>

struct process;
struct request;

/**
 * struct sysmem - the pages of one allocation.
 * @pages: how many it has; @told: how many the guest has named so far
 * @runs: mappings that this costs the worker, charged to the process
 * @read_only: commands must not write
 */
struct sysmem {
	uint32_t pages;
	uint32_t told;
	uint32_t runs;
	bool read_only;
};

/** sysmem_create() - for @size bytes, no page named yet. Return: 0; -EINVAL; -ENOMEM. */
int sysmem_create(uint64_t size, bool read_only, struct sysmem **ret_sysmem);

/** sysmem_destroy() - nothing maps it any more; NULL is fine. */
void sysmem_destroy(struct sysmem *sysmem, struct process *process);

/* Handlers of SETEXISTINGSYSMEMSTORE (45) and SETEXISTINGSYSMEMPAGES (66). */
int sysmem_handle_store(struct request *rq);
int sysmem_handle_pages(struct request *rq);

#endif /* HOST_SYSMEM_H */
