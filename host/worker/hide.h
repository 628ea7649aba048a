/* SPDX-License-Identifier: MIT */
/*
 * hide.h - the folders of the host that workers see empty: where users keep their files, and where
 * they, their programs and dxgd have sockets. Filled once by the zygote; a worker that has a mount
 * namespace of its own covers them there.
 */
#ifndef WORKER_HIDE_H
#define WORKER_HIDE_H

#include <stdbool.h>
#include <sys/types.h>

/** HIDE_MAX - folders of one list. */
#define HIDE_MAX 32

/**
 * struct hide - what to hide.
 * @folder: absolute paths, which the list owns
 * @count: of them
 */
struct hide {
	char *folder[HIDE_MAX];
	unsigned int count;
};

/**
 * hide_add() - one folder more; one that does not exist is fine.
 * Return: 0; -EINVAL for a path that is not absolute, and for "/"; -E2BIG; -ENOMEM.
 */
int hide_add(struct hide *hide, const char *folder);

/**
 * hide_add_usual() - what is hidden always: runtime and temporary folders, homes, and the home of
 * the user of this process, wherever it is.
 * Return: 0; -errno as hide_add().
 */
int hide_add_usual(struct hide *hide);

/** hide_covers() - does @path lie below a hidden folder, as it is written? */
bool hide_covers(const struct hide *hide, const char *path);

/**
 * hide_mount() - cover each folder by an empty file system that nobody can write to. Needs a mount
 * namespace of our own, and the right to mount in it.
 * @keep: directory that stays where it is, also when its parent is hidden
 * @uid, @gid: a user whom this namespace knows
 *
 * Libraries that are loaded and descriptors that are open are not affected; what lies below a
 * hidden folder and is opened later is not found.
 *
 * Return: 0; -errno when something is still visible.
 */
int hide_mount(const struct hide *hide, const char *keep, uid_t uid, gid_t gid);

#endif /* WORKER_HIDE_H */
