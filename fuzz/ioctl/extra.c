// SPDX-License-Identifier: MIT
/*
 * extra.c - see extra.h. Each step draws what it does from the call's seed alone.
 */
#include "extra.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "grammar.h"
#include "scene.h"

#define PAGE 4096u
/* enum dxg_cmd_opcode: a packet that does nothing, so that what is submitted can be a command
 * buffer. */
#define BARRIER 1u

static const char *const names[EXTRA_COUNT] = {
	[EXTRA_OPEN] = "+open",		  [EXTRA_TOUCH] = "+touch",
	[EXTRA_UNMAP] = "+unmap",	  [EXTRA_EVENT] = "+event",
	[EXTRA_POLL] = "+poll",		  [EXTRA_CLOSE] = "+close",
	[EXTRA_FORK] = "+fork",		  [EXTRA_LOOK] = "+look",
	[EXTRA_SYNC_FILE] = "+sync-file", [EXTRA_DMA_BUF] = "+dma-buf",
	[EXTRA_STRANGE] = "+strange",	  [EXTRA_MAP_NODE] = "+map-node",
	[EXTRA_SCENE] = "+scene",
};

const char *extra_name(unsigned int extra)
{
	return extra < EXTRA_COUNT ? names[extra] : "+?";
}

static struct file *any_file(struct client *client, struct rng *rng)
{
	struct file *file = &client->file[rng_below(rng, CLIENT_FILES)];

	return file->fd < 0 ? &client->file[0] : file;
}

static int any_fd(struct client *client, enum fd_kind kind, struct rng *rng)
{
	uint64_t fd = pool_take(&client->fd[kind], rng_next(rng));

	return fd ? (int)fd : -1;
}

/* The first file stays: everything else needs it. */
static int extra_open(struct client *client, struct rng *rng)
{
	struct file *file = &client->file[1 + rng_below(rng, CLIENT_FILES - 1)];
	int old = file->fd;

	if (old < 0) {
		file->fd = open("/dev/dxg", O_RDWR | O_CLOEXEC);
		return file->fd;
	}
	file->fd = -1;
	memset(file->live, 0, sizeof(file->live));
	return close(old);
}

static int extra_touch(struct client *client, struct rng *rng)
{
	struct file *file = any_file(client, rng);
	volatile uint64_t *at =
		(volatile uint64_t *)(uintptr_t)pool_take(&file->mapped, rng_next(rng));
	uint32_t i;

	if (!at)
		return -ENOENT;
	if (rng_below(rng, 3) == 0)
		return (int)(at[rng_below(rng, 512)] & 1);
	for (i = 0; i < 8; i++) {
		at[2 * i] = BARRIER | 16ull << 32;
		at[2 * i + 1] = 0;
	}
	return 0;
}

static int extra_unmap(struct client *client, struct rng *rng)
{
	struct file *file = any_file(client, rng);
	uint64_t address = pool_take(&file->mapped, rng_next(rng)) & ~(uint64_t)(PAGE - 1);
	void *at = (void *)(uintptr_t)address;

	if (!address)
		return -ENOENT;
	switch (rng_below(rng, 5)) {
	case 0:
		return munmap(at, PAGE);
	case 1:
		return mprotect(at, PAGE, PROT_READ | (int)rng_below(rng, 8));
	case 2:
		return mremap(at, PAGE, PAGE * (1 + rng_below(rng, 3)), MREMAP_MAYMOVE) ==
		       MAP_FAILED;
	case 3:
		return madvise(at, PAGE, (int)rng_below(rng, 24));
	default:
		return msync(at, PAGE, MS_SYNC);
	}
}

static int extra_event(struct client *client, struct rng *rng)
{
	uint64_t value = rng_below(rng, 8) ? 1 : UINT64_MAX - 1;
	int fd = any_fd(client, FD_EVENT, rng);

	switch (rng_below(rng, 4)) {
	case 0:
		return client_add_fd(client, FD_EVENT, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
	case 1:
		return (int)read(fd, &value, sizeof(value));
	case 2:
		return (int)write(fd, &value, sizeof(value));
	default:
		pool_drop(&client->fd[FD_EVENT], (uint64_t)fd);
		return close(fd);
	}
}

static int extra_poll(struct client *client, struct rng *rng)
{
	struct pollfd fds[] = {
		{ .fd = any_file(client, rng)->fd, .events = POLLIN | POLLOUT },
		{ .fd = any_fd(client, FD_EVENT, rng), .events = POLLIN },
		{ .fd = any_fd(client, FD_SHARED, rng), .events = POLLIN },
		{ .fd = any_fd(client, FD_SYNC, rng), .events = POLLIN },
		{ .fd = any_fd(client, FD_DMABUF, rng), .events = POLLIN },
	};

	return poll(fds, 5, (int)rng_below(rng, 3));
}

static int extra_close(struct client *client, struct rng *rng)
{
	enum fd_kind kind = (enum fd_kind)rng_below(rng, FD_KINDS);
	int fd = any_fd(client, kind, rng);

	pool_drop(&client->fd[kind], (uint64_t)fd);
	return close(fd);
}

/* The child sees memory and descriptors of ours; the node shall not serve it. */
static int extra_fork(struct client *client, struct rng *rng)
{
	struct file *file = any_file(client, rng);
	uint8_t args[1024] = { 0 };
	uint32_t what = rng_below(rng, ioctl_count);
	pid_t child = fork();

	if (child == 0) {
		ioctl(file->fd, ioctls[what].cmd, args);
		extra_touch(client, rng);
		_exit(0);
	}
	return child < 0 ? -errno : waitpid(child, NULL, 0) < 0 ? -errno : 0;
}

static int read_file(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), n = 0;

	if (fd < 0)
		return -errno;
	while (read(fd, text, sizeof(text)) > 0 && n++ < 4)
		;
	close(fd);
	return 0;
}

/* All files of all folders of that name: of the driver's devices, say. */
static int read_files(const char *pattern)
{
	glob_t found;
	size_t i;
	int ret;

	if (glob(pattern, GLOB_NOSORT, NULL, &found))
		return -ENOENT;
	for (i = 0, ret = 0; i < found.gl_pathc; i++)
		ret |= read_file(found.gl_pathv[i]);
	globfree(&found);
	return ret;
}

static int extra_look(struct client *client, struct rng *rng)
{
	static const char *const files[] = {
		"/sys/kernel/debug/dxg/*",     "/sys/bus/pci/drivers/dxgkrnl/0*/dxg/*",
		"/sys/kernel/debug/sync/info", "/sys/kernel/debug/dma_buf/bufinfo",
		"/sys/kernel/tracing/trace",
	};
	char path[64];
	int fd = any_file(client, rng)->fd;

	if (rng_below(rng, 3) == 0)
		return read_files(files[rng_below(rng, sizeof(files) / sizeof(files[0]))]);
	if (rng_below(rng, 2))
		fd = any_fd(client, (enum fd_kind)rng_below(rng, FD_KINDS), rng);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return read_file(path);
}

static int extra_sync_file(struct client *client, struct rng *rng)
{
	struct sync_fence_info fences[4];
	struct sync_file_info info = { .num_fences = rng_below(rng, 5),
				       .sync_fence_info = (uintptr_t)fences };
	struct sync_merge_data merge = { .name = "fuzz", .fd2 = any_fd(client, FD_SYNC, rng) };
	int fd = any_fd(client, FD_SYNC, rng), ret;

	if (rng_below(rng, 2))
		return ioctl(fd, SYNC_IOC_FILE_INFO, &info);
	ret = ioctl(fd, SYNC_IOC_MERGE, &merge);
	return ret ? ret : client_add_fd(client, FD_SYNC, merge.fence);
}

static int extra_dma_buf(struct client *client, struct rng *rng)
{
	struct dma_buf_sync sync = { .flags = rng_below(rng, 8) };
	int fd = any_fd(client, FD_DMABUF, rng);
	void *at;

	if (rng_below(rng, 4) == 0)
		return ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
	at = mmap(NULL, PAGE * (1 + rng_below(rng, 2)), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		  PAGE * (rng_below(rng, 4) == 0));
	if (at == MAP_FAILED)
		return -errno;
	pool_add(&client->file[0].mapped, (uintptr_t)at);
	return 0;
}

static int extra_strange(struct client *client, struct rng *rng)
{
	uint32_t cmd = ioctls[rng_below(rng, ioctl_count)].cmd;
	uint8_t args[1024] = { 0 };

	cmd ^= rng_below(rng, 2) ? 1u << rng_below(rng, 32) : rng_below(rng, 256);
	return ioctl(any_file(client, rng)->fd, cmd, args);
}

static int extra_map_node(struct client *client, struct rng *rng)
{
	int fd = any_file(client, rng)->fd;
	char byte = 0;
	void *at;

	switch (rng_below(rng, 3)) {
	case 0:
		return (int)read(fd, &byte, 1);
	case 1:
		return (int)write(fd, &byte, 1);
	}
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE * rng_below(rng, 1024));
	return at == MAP_FAILED ? -errno : munmap(at, PAGE);
}

static int extra_scene(struct client *client, struct rng *rng)
{
	scene_play(client, any_file(client, rng), rng);
	return 0;
}

/** extra_run() - take the step. Return: negative when it failed. */
int extra_run(struct client *client, const struct call *call)
{
	static int (*const steps[EXTRA_COUNT])(struct client * client, struct rng * rng) = {
		[EXTRA_OPEN] = extra_open,	     [EXTRA_TOUCH] = extra_touch,
		[EXTRA_UNMAP] = extra_unmap,	     [EXTRA_EVENT] = extra_event,
		[EXTRA_POLL] = extra_poll,	     [EXTRA_CLOSE] = extra_close,
		[EXTRA_FORK] = extra_fork,	     [EXTRA_LOOK] = extra_look,
		[EXTRA_SYNC_FILE] = extra_sync_file, [EXTRA_DMA_BUF] = extra_dma_buf,
		[EXTRA_STRANGE] = extra_strange,     [EXTRA_MAP_NODE] = extra_map_node,
		[EXTRA_SCENE] = extra_scene,
	};
	struct rng rng = { rng_mix(call->seed, call->salt[0]) };

	return steps[call->what - ioctl_count](client, &rng);
}
