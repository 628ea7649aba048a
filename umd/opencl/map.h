/* SPDX-License-Identifier: MIT */
/*
 * map.h - mapped regions of buffers. A buffer keeps a list of its maps under its lock; a map leaves
 * the list when it is unmapped, and then belongs to the unmap command.
 */
#ifndef OPENCL_MAP_H
#define OPENCL_MAP_H

struct _cl_mem;

/** map_free_all() - a buffer goes while it is mapped: free what its maps own. */
void map_free_all(struct _cl_mem *mem);

#endif
