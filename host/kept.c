// SPDX-License-Identifier: MIT
/*
 * kept: see kept.h. What comes back is looked at as if a stranger had sent it: names are parsed as
 * a whole, a socket has to be one, a doorbell an eventfd. The region is judged by region_adopt().
 */
#include "kept.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "store.h"

#define KEPT_ROLES (2 + 2 * DXG_CHANNELS)

static const char *const kept_role[KEPT_ROLES] = { "socket", "bell0", "bell1",
						   "ring0",  "ring1", "region" };

_Static_assert(DXG_CHANNELS == 2, "kept_role[] names the doorbells");

static uint64_t kept_last_id; /* the highest seen or given; one thread */

/** struct kept_name - a name in the store, taken apart. */
struct kept_name {
	uint64_t id;
	const char *vgpu;
};

static int *kept_fd(struct kept *kept, unsigned int role)
{
	if (!role)
		return &kept->socket;
	if (role == KEPT_ROLES - 1)
		return &kept->region;
	return role <= DXG_CHANNELS ? &kept->bell[role - 1] : &kept->ring[role - 1 - DXG_CHANNELS];
}

static void kept_spell(char name[STORE_NAME_MAX], uint64_t id, unsigned int role, const char *vgpu)
{
	snprintf(name, STORE_NAME_MAX, "vm.%" PRIu64 ".%s.%s", id, kept_role[role], vgpu);
}

/* Is @name one of ours? @ret_name points into it. */
static bool kept_parse(const char *name, struct kept_name *ret_name)
{
	char *end;
	size_t n;

	if (strncmp(name, "vm.", 3) || name[3] < '1' || name[3] > '9')
		return false;
	errno = 0;
	ret_name->id = strtoull(name + 3, &end, 10);
	if (errno || *end != '.')
		return false;
	n = strcspn(end + 1, ".");
	ret_name->vgpu = end + 1 + n + 1;
	return end[1 + n] == '.' && ret_name->vgpu[0] && strlen(ret_name->vgpu) < DXG_VGPU_NAME_MAX;
}

void kept_init(struct kept *kept)
{
	unsigned int i;

	kept->id = 0;
	for (i = 0; i < KEPT_ROLES; i++)
		*kept_fd(kept, i) = -1;
}

void kept_close(struct kept *kept)
{
	unsigned int i;

	for (i = 0; i < KEPT_ROLES; i++)
		if (*kept_fd(kept, i) >= 0)
			close(*kept_fd(kept, i));
	kept_init(kept);
}

static void kept_saw_id(uint64_t id)
{
	if (id > kept_last_id && id < UINT64_MAX / 2)
		kept_last_id = id;
}

/* A number that no machine has, those of an earlier dxgd included. */
static uint64_t kept_new_id(const struct store *store)
{
	struct kept_name parsed;
	unsigned int at = 0;
	const char *name;

	while ((name = store_next(store, &at)))
		if (kept_parse(name, &parsed))
			kept_saw_id(parsed.id);
	return ++kept_last_id;
}

int kept_put(struct store *store, const char *vgpu, struct kept *kept)
{
	uint64_t id = kept_new_id(store);
	char name[STORE_NAME_MAX];
	unsigned int i;
	int err = 0;

	for (i = 0; i < KEPT_ROLES && !err; i++) {
		kept_spell(name, id, i, vgpu);
		err = store_put(store, name, *kept_fd(kept, i));
	}
	if (err && err != -ENOENT)
		kept_forget(store, vgpu, id);
	kept->id = err ? 0 : id;
	return err;
}

void kept_forget(struct store *store, const char *vgpu, uint64_t id)
{
	char name[STORE_NAME_MAX];
	unsigned int i;

	for (i = 0; id && i < KEPT_ROLES; i++) {
		kept_spell(name, id, i, vgpu);
		store_remove(store, name);
	}
}

static bool is_eventfd(int fd)
{
	char path[64], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	return !strcmp(target, "anon_inode:[eventfd]");
}

static bool is_stream(int fd)
{
	int domain, type;
	socklen_t len = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 || domain != AF_UNIX)
		return false;
	len = sizeof(type);
	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) && type == SOCK_STREAM;
}

/* Return: NULL, or the role of the first that is not there or not what it should be. */
static const char *kept_check(struct kept *kept)
{
	unsigned int i;
	bool ok;
	int fd;

	for (i = 0; i < KEPT_ROLES; i++) {
		fd = *kept_fd(kept, i);
		if (!i)
			ok = fd >= 0 && is_stream(fd);
		else
			ok = fd >= 0 && (i == KEPT_ROLES - 1 || is_eventfd(fd));
		if (!ok || (i < KEPT_ROLES - 1 && fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0))
			return kept_role[i];
	}
	return NULL;
}

static void kept_gather(struct store *store, const struct kept_name *parsed, struct kept *ret_kept)
{
	char name[STORE_NAME_MAX];
	unsigned int i;

	kept_saw_id(parsed->id);
	ret_kept->id = parsed->id;
	for (i = 0; i < KEPT_ROLES; i++) {
		kept_spell(name, parsed->id, i, parsed->vgpu);
		*kept_fd(ret_kept, i) = store_take(store, name);
	}
}

int kept_take(struct store *store, const char *vgpu, struct kept *ret_kept)
{
	struct kept_name parsed;
	unsigned int at = 0;
	const char *name, *bad;

	while ((name = store_next(store, &at))) {
		if (!kept_parse(name, &parsed) || strcmp(parsed.vgpu, vgpu))
			continue;
		kept_init(ret_kept);
		kept_gather(store, &parsed, ret_kept);
		bad = kept_check(ret_kept);
		if (!bad)
			return 0;
		log_line("vgpu %s: kept machine %" PRIu64 " is not usable: %s", vgpu, parsed.id,
			 bad);
		kept_forget(store, vgpu, parsed.id);
		kept_close(ret_kept);
	}
	return -ENOENT;
}

unsigned int kept_drop(struct store *store)
{
	struct kept_name parsed;
	unsigned int at = 0, dropped = 0;
	struct kept kept;
	const char *name;

	while ((name = store_next(store, &at))) {
		if (kept_parse(name, &parsed)) {
			kept_init(&kept);
			kept_gather(store, &parsed, &kept);
			kept_forget(store, parsed.vgpu, parsed.id);
			kept_close(&kept);
			dropped++;
		}
		store_remove(store, name);
	}
	return dropped;
}
