// SPDX-License-Identifier: MIT
/*
 * hide - see hide.h. What drivers of a distribution open later (in /usr, /lib, /etc, /dev) is in
 * none of these folders. A driver that is was loaded by the zygote before, but finds no more of its
 * files.
 */
#include "worker/hide.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIDE_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const char *const usual_folders[] = {
	"/run", "/var/run", "/tmp", "/var/tmp", "/dev/shm", "/home", "/root",
};

static bool hide_has(const struct hide *hide, const char *folder)
{
	unsigned int i;

	for (i = 0; i < hide->count; i++)
		if (!strcmp(hide->folder[i], folder))
			return true;
	return false;
}

int hide_add(struct hide *hide, const char *folder)
{
	char *copy;

	if (folder[0] != '/' || !folder[strspn(folder, "/")])
		return -EINVAL;
	if (hide_has(hide, folder))
		return 0;
	if (hide->count == HIDE_MAX)
		return -E2BIG;
	copy = strdup(folder);
	if (!copy)
		return -ENOMEM;
	hide->folder[hide->count++] = copy;
	return 0;
}

/* The home of a real user is his; those of system users may be anything, even /bin. */
static int hide_add_home(struct hide *hide)
{
	struct passwd *user = getpwuid(getuid());
	struct stat st;

	if (!user || !getuid() || stat(user->pw_dir, &st) || st.st_uid != getuid())
		return 0;
	return hide_add(hide, user->pw_dir);
}

int hide_add_usual(struct hide *hide)
{
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(usual_folders) / sizeof(usual_folders[0]) && !err; i++)
		err = hide_add(hide, usual_folders[i]);
	return err ? err : hide_add_home(hide);
}

bool hide_covers(const struct hide *hide, const char *path)
{
	unsigned int i;
	size_t n;

	for (i = 0; i < hide->count; i++) {
		n = strlen(hide->folder[i]);
		if (!strncmp(path, hide->folder[i], n) && path[n] == '/')
			return true;
	}
	return false;
}

/* Covering a parent hides its children: one that is not found, or not to be reached, is hidden. */
static int cover(const char *folder, uid_t uid, gid_t gid)
{
	char options[96];

	snprintf(options, sizeof(options), "size=4k,nr_inodes=16,mode=0755,uid=%u,gid=%u",
		 (unsigned int)uid, (unsigned int)gid);
	if (!mount("tmpfs", folder, "tmpfs", HIDE_FLAGS, options))
		return 0;
	return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -errno;
}

static int seal(const char *folder)
{
	struct stat st;

	if (stat(folder, &st) || !S_ISDIR(st.st_mode))
		return 0;
	return mount(NULL, folder, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | HIDE_FLAGS, NULL)
		       ? -errno
		       : 0;
}

/* The file system of the new parent knows one user, who this process may not be yet. */
static int make_place(const char *path, uid_t uid, gid_t gid)
{
	gid_t gid_was = (gid_t)setfsgid(gid);
	uid_t uid_was = (uid_t)setfsuid(uid);
	int err = mkdir(path, 0755) ? -errno : 0;

	setfsuid(uid_was);
	setfsgid(gid_was);
	return err;
}

/* @tree: a detached mount of what stood at @path before its parent was covered. */
static int put_back(int tree, const char *path, uid_t uid, gid_t gid)
{
	int err;

	if (!access(path, F_OK))
		return 0;
	err = make_place(path, uid, gid);
	if (err)
		return err;
	return syscall(SYS_move_mount, tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) ? -errno
											  : 0;
}

int hide_mount(const struct hide *hide, const char *keep, uid_t uid, gid_t gid)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, keep, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	unsigned int i;
	int err = 0;

	if (tree < 0)
		return -errno;
	for (i = 0; i < hide->count && !err; i++)
		err = cover(hide->folder[i], uid, gid);
	if (!err)
		err = put_back(tree, keep, uid, gid);
	close(tree);
	for (i = 0; i < hide->count && !err; i++)
		err = seal(hide->folder[i]);
	return err;
}
