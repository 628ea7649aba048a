/* SPDX-License-Identifier: MIT */
/*
 * vaspace: messages about a process's GPU address space, and keeping its worker's copy of it in
 * step. The truth is the process's gpuva, where allocations are named by their handles; the worker
 * is told what a command may touch: mappings of memory, nothing of reservations or of what is
 * offered.
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

/** vaspace_unmap_allocation() - it goes: so do its mappings, here and there. */
void vaspace_unmap_allocation(struct allocation *allocation);

/**
 * vaspace_hide_allocation() - its mappings stay, but the worker forgets them;
 * vaspace_show_allocation() - it hears of them again.
 */
void vaspace_hide_allocation(struct allocation *allocation);
void vaspace_show_allocation(struct allocation *allocation);

/** vaspace_tell_range() - the worker hears anew what is mapped in [@va, @va + @size). */
void vaspace_tell_range(struct process *process, uint64_t va, uint64_t size);

/* Handlers of FREE- (16), MAP- (17) and RESERVEGPUVIRTUALADDRESS (18). */
int vaspace_handle_free(struct request *rq);
int vaspace_handle_map(struct request *rq);
int vaspace_handle_reserve(struct request *rq);

#endif /* HOST_VASPACE_H */
