/* SPDX-License-Identifier: MIT */
/*
 * huge.h - huge pages for what is written into the IO space.
 *
 * Shared memory has pages of 4 KiB, as they come: kernels that stream over it lose up to a tenth of
 * the memory's bandwidth to translating addresses, and whoever fills it first waits for a fault per
 * page. Few hosts have shared memory take huge pages by itself (shmem_enabled), but a process may
 * ask for them, and has whole ones at once. A driver that is about to write much has the worker do
 * that first (DXG_ESCAPE_POPULATE); a virtual machine could not ask for itself.
 *
 * Where the kernel cannot do it (before Linux 6.1) or has none left, pages come as ever.
 */
#ifndef WORKER_HUGE_H
#define WORKER_HUGE_H

#include "worker/space.h"

/**
 * huge_populate() - fill with huge pages what is empty in a part of the IO space.
 * @alloc: whose it is; its owner may let it go meanwhile (alloc_set_gone()), which ends this
 * @at, @size: the part; only huge pages that lie inside are looked at
 *
 * Return: bytes that were filled.
 */
uint64_t huge_populate(const struct alloc *alloc, uint8_t *at, uint64_t size);

#endif /* WORKER_HUGE_H */
