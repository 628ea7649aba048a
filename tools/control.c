/* SPDX-License-Identifier: MIT */
/*
 * control.c - see control.h. A request is one SOCK_SEQPACKET packet, so is the answer.
 */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONTROL_ANSWER_MAX (256 * 1024)

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void free_text(char **text)
{
	free(*text);
}

static int folder_of(const char *file, char *path, size_t size)
{
	const char *slash = strrchr(file, '/');
	size_t len = slash ? (size_t)(slash - file) : 0;

	if (!slash || len + 1 > size)
		return -ENAMETOOLONG;
	memcpy(path, file, len);
	path[len] = '\0';
	return 0;
}

static int is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

int control_folder(char *path, size_t size)
{
	const char *device = getenv("DXG_DEVICE");
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char socket_path[4096];

	if (device && is_socket(device))
		return folder_of(device, path, size);
	if (runtime) {
		snprintf(socket_path, sizeof(socket_path), "%s/dxg/dxgd.sock", runtime);
		if (is_socket(socket_path))
			return folder_of(socket_path, path, size);
	}
	return folder_of("/run/dxg/dxgd.sock", path, size);
}

static int control_connect(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char folder[4096];
	int fd, err, n;

	err = control_folder(folder, sizeof(folder));
	if (err)
		return err;
	n = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/control.sock", folder);
	if (n < 0 || (size_t)n >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int control_call(json_t *request, json_t **ret_answer)
{
	__attribute__((cleanup(free_text))) char *text = json_dumps(request, JSON_COMPACT);
	__attribute__((cleanup(free_text))) char *answer = malloc(CONTROL_ANSWER_MAX);
	__attribute__((cleanup(close_fd))) int fd = -1;
	json_t *parsed;
	ssize_t n;

	if (!text || !answer)
		return -ENOMEM;
	fd = control_connect();
	if (fd < 0)
		return fd;
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return -errno;
	n = recv(fd, answer, CONTROL_ANSWER_MAX, 0);
	if (n < 0)
		return -errno;
	parsed = json_loadb(answer, (size_t)n, 0, NULL);
	if (!json_is_object(parsed)) {
		json_decref(parsed);
		return -EPROTO;
	}
	*ret_answer = parsed;
	return 0;
}
