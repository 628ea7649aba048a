/* SPDX-License-Identifier: MIT */
/*
 * path.h - where the device of this process may be found.
 */
#ifndef LIBDXG_PATH_H
#define LIBDXG_PATH_H

#define PATH_NAME_MAX 108 /* what fits struct sockaddr_un, zero included */
#define PATH_MAX_PLACES 2

/** enum path_kind - what stands at a path. */
enum path_kind {
	PATH_KERNEL, /* character device: ioctls */
	PATH_SOCKET, /* dxgd's Unix socket */
};

/** struct path - one place to try. */
struct path {
	enum path_kind kind;
	char name[PATH_NAME_MAX];
};

/**
 * path_choose() - the places to try, in order.
 *
 * DXG_DEVICE=/path alone when it is set; else /dev/dxg alone when it exists; else the sockets
 * $XDG_RUNTIME_DIR/dxg/dxgd.sock and /run/dxg/dxgd.sock, as far as they exist.
 *
 * Return: 1..PATH_MAX_PLACES; -ENODEV when there is nothing; -EINVAL when DXG_DEVICE names
 * something that is neither a character device nor a socket, or is too long.
 */
int path_choose(struct path ret_path[PATH_MAX_PLACES]);

#endif
