// SPDX-License-Identifier: MIT
/*
 * sharedfile: see sharedfile.h. dxgd itself maps nothing of it.
 */
#include "sharedfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon.h"
#include "dxgwire/limits.h"
#include "ipc/ipc.h"
#include "vgpu.h"
#include "worker.h"

_Static_assert(DXG_SHARED_FILE_ALLOCATIONS <= WORKER_PASSES_MAX, "a resource in one go");

#define FILE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define FILE_CHUNK 4096u /* pages punched at a time */

int sharedfile_create(struct vgpu *vgpu, struct shared_file **ret_file)
{
	struct shared_file *file;

	if (vgpu->sharedfile_count >= DXG_SHARED_FILES_PER_VGPU)
		return -EDQUOT;
	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->fd = memfd_create("dxg-shared", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (file->fd < 0) {
		free(file);
		return -ENOMEM;
	}
	file->refs = 1;
	file->vgpu = vgpu_get(vgpu);
	vgpu->sharedfile_count++;
	*ret_file = file;
	return 0;
}

struct shared_file *sharedfile_get(struct shared_file *file)
{
	file->refs++;
	return file;
}

void sharedfile_put(struct shared_file *file)
{
	struct daemon *daemon;

	if (!file || --file->refs)
		return;
	daemon = file->vgpu->daemon;
	file->vgpu->sharedfile_count--;
	file->vgpu->sharedfile_pages -= file->pages;
	file->vgpu->sharedfile_data -= file->info_size;
	vgpu_put(file->vgpu);
	free(file->info);
	TAILQ_INSERT_TAIL(&daemon->unshared, file, link);
	turn_soon(&daemon->turn);
}

int sharedfile_add(struct shared_file *file, uint64_t npages, uint64_t *ret_first)
{
	uint64_t most = vgpu_memory(file->vgpu) >> DXG_PAGE_SHIFT;
	uint64_t used = file->vgpu->sharedfile_pages;

	if (most > UINT32_MAX) /* workers count in 32 bits */
		most = UINT32_MAX;
	if (used > most || npages > most - used)
		return -EDQUOT;
	if (ftruncate(file->fd, (off_t)((file->pages + npages) << DXG_PAGE_SHIFT)))
		return -ENOMEM;
	*ret_first = file->pages;
	file->pages += npages;
	file->vgpu->sharedfile_pages += npages;
	return 0;
}

/* One piece of memory of what is in several. */
static int info_collect(struct shared_file *file, const struct dxg_ring_part *part,
			unsigned int parts)
{
	uint64_t size = 0;
	unsigned int i;
	uint8_t *at;

	for (i = 0; i < parts; i++)
		size += part[i].len;
	if (size > DXG_REPLY_MAX)
		return -EINVAL;
	if (size > DXG_SHARED_DATA_PER_VGPU - file->vgpu->sharedfile_data)
		return -EDQUOT;
	file->info = at = malloc(size);
	if (!at)
		return -ENOMEM;
	for (i = 0; i < parts; i++) {
		if (part[i].len)
			memcpy(at, part[i].base, part[i].len);
		at += part[i].len;
	}
	file->info_size = (uint32_t)size;
	file->vgpu->sharedfile_data += file->info_size;
	return 0;
}

int sharedfile_finish(struct shared_file *file, const struct dxg_ring_part *part,
		      unsigned int parts)
{
	if (fcntl(file->fd, F_ADD_SEALS, FILE_SEALS))
		return -ENOMEM;
	return info_collect(file, part, parts);
}

/* ---- workers ---- */

static const char *file_mapped(struct worker_call *call, int err, const void *reply, uint32_t len)
{
	(void)reply;
	free(call);
	return !err && len != sizeof(struct ipc_reply) ? "alloc_pages.length" : NULL;
}

int sharedfile_map(struct shared_file *file, struct worker *worker, uint64_t id, uint64_t first,
		   uint64_t npages)
{
	struct ipc_alloc_pages msg = { .h = { .op = IPC_ALLOC_PAGES }, .id = id, .runs = 1 };
	struct ipc_run run = { .page = (uint32_t)first, .count = (uint32_t)npages };
	struct dxg_ring_part part[] = { { &msg, sizeof(msg) }, { &run, sizeof(run) } };
	struct ipc_pass pass = { .id = id };
	struct worker_call *call = calloc(1, sizeof(*call));
	int err;

	if (!call)
		return -ENOMEM;
	err = worker_pass(worker, &pass, sizeof(pass), file->fd);
	if (err) {
		free(call);
		return err;
	}
	worker_call(worker, call, file_mapped, part, 2);
	return 0;
}

/* ---- the end ---- */

static void file_free(struct daemon *daemon, struct shared_file *file)
{
	TAILQ_REMOVE(&daemon->unshared, file, link);
	close(file->fd);
	free(file);
}

bool sharedfile_clean(struct daemon *daemon)
{
	struct shared_file *file = TAILQ_FIRST(&daemon->unshared);
	uint64_t n;
	int err;

	if (!file)
		return false;
	n = file->pages - file->punched;
	if (n > FILE_CHUNK)
		n = FILE_CHUNK;
	err = n ? fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			    (off_t)(file->punched << DXG_PAGE_SHIFT), (off_t)(n << DXG_PAGE_SHIFT))
		: 0;
	file->punched += n;
	if (err || file->punched == file->pages)
		file_free(daemon, file);
	return !TAILQ_EMPTY(&daemon->unshared);
}

void sharedfile_drop_all(struct daemon *daemon)
{
	while (!TAILQ_EMPTY(&daemon->unshared))
		file_free(daemon, TAILQ_FIRST(&daemon->unshared));
}
