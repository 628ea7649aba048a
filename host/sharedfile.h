/* SPDX-License-Identifier: MIT */
/*
 * sharedfile: the memory of a shared resource of which every member is in a session of its own (a
 * socket's), so that no IO space is everybody's: a memory file, sealed against resizing, in which
 * its allocations lie one behind the other, and the data that openers get. A session with an NT
 * handle of the resource may have the descriptor, and maps it; workers map the pages of one
 * allocation at a time.
 *
 * It is of one vGPU, and held against its limits whoever has it open: all files together are no
 * larger than its memory. When the last reference is gone its pages are punched out, a piece in
 * each turn, because clients may have it mapped still.
 */
#ifndef HOST_SHAREDFILE_H
#define HOST_SHAREDFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "dxgwire/ring.h"

struct daemon;
struct vgpu;
struct worker;

TAILQ_HEAD(sharedfile_list, shared_file);

/**
 * struct shared_file - see above.
 * @link: in the daemon's list of those that nobody refers to
 * @pages: of the file; @punched: of these, once nobody refers to it
 * @info: the reply to QUERYSHAREDRESOURCE, @info_size bytes
 */
struct shared_file {
	TAILQ_ENTRY(shared_file) link;
	struct vgpu *vgpu;
	unsigned int refs;
	int fd;
	uint64_t pages;
	uint64_t punched;
	uint8_t *info;
	uint32_t info_size;
};

/**
 * sharedfile_create() - an empty one, with one reference.
 * Return: 0; -EDQUOT at DXG_SHARED_FILES_PER_VGPU; -ENOMEM.
 */
int sharedfile_create(struct vgpu *vgpu, struct shared_file **ret_file);

/** sharedfile_get(), sharedfile_put() - one more reference, one less; NULL is fine for the latter.
 */
struct shared_file *sharedfile_get(struct shared_file *file);
void sharedfile_put(struct shared_file *file);

/**
 * sharedfile_add() - @npages more pages; before it is sealed.
 * @ret_first: number of the first
 *
 * Return: 0; -EDQUOT above the vGPU's memory; -ENOMEM.
 */
int sharedfile_add(struct shared_file *file, uint64_t npages, uint64_t *ret_first);

/**
 * sharedfile_finish() - it has its size, and @part is what openers get.
 * Return: 0; -EDQUOT above DXG_SHARED_DATA_PER_VGPU; -EINVAL when that is no reply any more;
 * -ENOMEM.
 */
int sharedfile_finish(struct shared_file *file, const struct dxg_ring_part *part,
		      unsigned int parts);

/**
 * sharedfile_map() - have @worker map [@first, @first + @npages) as its allocation @id, which it
 * has been told of. When that fails there, commands that use it are refused.
 *
 * Return: 0; -ENODEV; -ENOMEM: as worker_pass(), see worker_can_pass().
 */
int sharedfile_map(struct shared_file *file, struct worker *worker, uint64_t id, uint64_t first,
		   uint64_t npages);

/** sharedfile_clean() - punch one piece out of what nobody refers to. Return: is there more? */
bool sharedfile_clean(struct daemon *daemon);

/** sharedfile_drop_all() - the daemon ends. */
void sharedfile_drop_all(struct daemon *daemon);

#endif /* HOST_SHAREDFILE_H */
