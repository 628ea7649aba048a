// SPDX-License-Identifier: MIT
/*
 * watch: see watch.h. libuv keeps a closing handle until its next turn; that is why the memory of a
 * watch is its own and is freed by the close callback.
 */
#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "sock.h"

struct watch {
	uv_poll_t poll;
	int fd;
	watch_fn fn;
	void *arg;
};

static void watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void watch_ready(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;

	(void)status;
	(void)events;
	watch->fn(watch->arg);
}

int watch_create(uv_loop_t *loop, int fd, watch_fn fn, void *arg, struct watch **ret_watch)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int err = -ENOMEM;

	if (!watch)
		goto err_close;
	watch->fd = fd;
	watch->fn = fn;
	watch->arg = arg;
	err = uv_poll_init(loop, &watch->poll, fd);
	if (err)
		goto err_free;
	watch->poll.data = watch;
	err = uv_poll_start(&watch->poll, UV_READABLE, watch_ready);
	if (err) {
		watch_destroy(watch);
		return err;
	}
	*ret_watch = watch;
	return 0;

err_free:
	free(watch);
err_close:
	close(fd);
	return err;
}

int watch_listen(uv_loop_t *loop, const char *path, int type, mode_t mode, watch_fn fn, void *arg,
		 struct watch **ret_watch)
{
	int fd = sock_listen(path, type, mode);

	return fd < 0 ? fd : watch_create(loop, fd, fn, arg, ret_watch);
}

void watch_destroy(struct watch *watch)
{
	if (!watch)
		return;
	uv_close((uv_handle_t *)&watch->poll, watch_closed);
	close(watch->fd);
}

int watch_fd(const struct watch *watch)
{
	return watch->fd;
}
