/* SPDX-License-Identifier: MIT */
/*
 * map.h - mapped regions of buffers and images. A memory object keeps a list of its maps under its
 * lock; a map leaves the list when it is unmapped, and then belongs to the unmap command.
 */
#ifndef OPENCL_MAP_H
#define OPENCL_MAP_H

#include "box.h"
#include "queue.h"

/** map_check_flags() - the flags by themselves, and against what the host may do with @mem. */
cl_int map_check_flags(const struct _cl_mem *mem, cl_map_flags flags);

/**
 * map_enqueue() - map a box of @mem; everything was checked.
 * @where: its host is where the application is to see it, with its pitches: in CL_MEM_USE_HOST_PTR
 *	memory, which the CPU copies to, or in the memory itself; NULL has CPU-visible memory of its
 *	own made, and is set to that, as the pitches are
 * Return: false with *@ret_err.
 */
bool map_enqueue(cl_command_queue queue, struct _cl_mem *mem, struct box *where, cl_map_flags flags,
		 const struct enqueue *e, cl_int *ret_err);

/** map_free_all() - an object goes while it is mapped: free what its maps own. */
void map_free_all(struct _cl_mem *mem);

#endif
