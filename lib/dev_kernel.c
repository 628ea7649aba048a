/* SPDX-License-Identifier: MIT */
/*
 * dev_kernel.c - the device as the kernel offers it: every call is one ioctl on /dev/dxg.
 *
 * The kernel refuses a descriptor to any process but the one that opened it (specification section
 * 2.8). A child of fork() is told of by dev.c; what slips through there (a bare clone(), a program
 * that closed the descriptor) shows in kernel_over().
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <misc/d3dkmthk.h>

#include "dev.h"

struct dev_kernel {
	int fd;
	pid_t pid;
	dev_t rdev;
};

/* The reference driver answers EBADF whatever the reason. */
static int kernel_open_error(int error)
{
	return error == ENOENT || error == ENXIO || error == EBADF ? -ENODEV : -error;
}

static int kernel_open(const char *path, void **ret_state)
{
	struct dev_kernel *k = malloc(sizeof(*k));
	struct stat st;
	int err;

	if (!k)
		return -ENOMEM;
	k->pid = getpid();
	k->fd = open(path, O_RDWR | O_CLOEXEC);
	err = k->fd >= 0 ? 0 : kernel_open_error(errno);
	if (!err && fstat(k->fd, &st))
		err = -errno;
	if (err) {
		if (k->fd >= 0)
			close(k->fd);
		free(k);
		return err;
	}
	k->rdev = st.st_rdev;
	*ret_state = k;
	return 0;
}

static int kernel_call(void *state, unsigned int cmd, void *args)
{
	struct dev_kernel *k = state;
	int ret;

	/* A blocking wait may be cut short by a handler; sending it again costs nothing. */
	do
		ret = ioctl(k->fd, cmd, args);
	while (ret < 0 && errno == EINTR && cmd == LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU);
	if (ret >= 0)
		return ret;
	return errno == ENOTTY ? -ENOSYS : -errno;
}

static bool kernel_over(void *state)
{
	struct dev_kernel *k = state;
	struct stat st;

	return getpid() != k->pid || fstat(k->fd, &st) || !S_ISCHR(st.st_mode) ||
	       st.st_rdev != k->rdev;
}

static void kernel_forked(void *state)
{
	struct dev_kernel *k = state;

	close(k->fd);
}

/* A descriptor that is not ours any more is not ours to close. */
static void kernel_close(void *state)
{
	struct dev_kernel *k = state;

	if (!kernel_over(k))
		close(k->fd);
	free(k);
}

const struct dev_ops dev_kernel_ops = {
	.name = "kernel",
	.open = kernel_open,
	.call = kernel_call,
	.over = kernel_over,
	.forked = kernel_forked,
	.close = kernel_close,
};
