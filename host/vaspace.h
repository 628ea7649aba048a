/* SPDX-License-Identifier: MIT */
/*
 * vaspace: messages about a process's GPU address space, and keeping its worker's copy of it in
 * step. The truth is the process's gpuva; the worker is told what a command may touch: mappings of
 * memory, nothing of reservations.
 */
#ifndef HOST_VASPACE_H
#define HOST_VASPACE_H

#include <stdint.h>

struct allocation;
struct process;
struct request;

/** VASPACE_START, VASPACE_END - addresses a process can have. */
#define VASPACE_START UINT64_C(0x10000)
#define VASPACE_END (UINT64_C(1) << 47)

/** vaspace_unmap_allocation() - the allocation named @id goes: so do its mappings, here and there.
 */
void vaspace_unmap_allocation(struct process *process, uint64_t id);

/* Handlers of FREE- (16), MAP- (17) and RESERVEGPUVIRTUALADDRESS (18). */
int vaspace_handle_free(struct request *rq);
int vaspace_handle_map(struct request *rq);
int vaspace_handle_reserve(struct request *rq);

#endif /* HOST_VASPACE_H */
