/* SPDX-License-Identifier: MIT */
/*
 * path.c - finds the device: environment first, then the kernel's, then dxgd's sockets. Stateless;
 * a set-user-id program does not listen to its environment.
 */
#include "path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PATH_DEVICE "/dev/dxg"
#define PATH_SYSTEM_SOCKET "/run/dxg/dxgd.sock"

/* Fill *@ret with @name and what stands there. */
static int path_look(const char *name, struct path *ret)
{
	struct stat st;
	int len;

	if (stat(name, &st))
		return -ENODEV;
	if (!S_ISCHR(st.st_mode) && !S_ISSOCK(st.st_mode))
		return -EINVAL;
	len = snprintf(ret->name, sizeof(ret->name), "%s", name);
	if (len < 0 || (size_t)len >= sizeof(ret->name))
		return -EINVAL;
	ret->kind = S_ISCHR(st.st_mode) ? PATH_KERNEL : PATH_SOCKET;
	return 0;
}

static bool path_is(const char *name, enum path_kind kind, struct path *ret)
{
	return !path_look(name, ret) && ret->kind == kind;
}

static int path_sockets(struct path ret_path[PATH_MAX_PLACES])
{
	const char *dir = secure_getenv("XDG_RUNTIME_DIR");
	char name[PATH_NAME_MAX + 1];
	int count = 0;

	if (dir && *dir) {
		/* A name cut off here is too long for path_look() as well. */
		snprintf(name, sizeof(name), "%s/dxg/dxgd.sock", dir);
		if (path_is(name, PATH_SOCKET, &ret_path[count]))
			count++;
	}
	if (path_is(PATH_SYSTEM_SOCKET, PATH_SOCKET, &ret_path[count]))
		count++;
	return count ? count : -ENODEV;
}

int path_choose(struct path ret_path[PATH_MAX_PLACES])
{
	const char *device = secure_getenv("DXG_DEVICE");
	int err;

	if (device && *device) {
		err = path_look(device, &ret_path[0]);
		return err ? err : 1;
	}
	if (path_is(PATH_DEVICE, PATH_KERNEL, &ret_path[0]))
		return 1;
	return path_sockets(ret_path);
}
