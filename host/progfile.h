/* SPDX-License-Identifier: MIT */
/*
 * progfile: an entry of the program cache as a file: a header with the key, the size and a
 * checksum, then the bytes. The checksum is against accidents (a full disk, a crash, a bad sector),
 * not against whoever can write there. These functions block: they are for threads that may.
 */
#ifndef HOST_PROGFILE_H
#define HOST_PROGFILE_H

#include <stddef.h>
#include <stdint.h>

#include "progcache.h"

/** struct progfile_info - a file that was found. @used_ns: when it was used last */
struct progfile_info {
	uint8_t key[PROGCACHE_KEY_SIZE];
	uint64_t size;
	uint64_t used_ns;
};

/**
 * progfile_open() - the folder @path, made (mode 0700, its parents too) when it is not there.
 * Return: a descriptor of it; a negative errno.
 */
int progfile_open(const char *path);

/**
 * progfile_scan() - what there is in the folder, the longest unused first. What is left over from
 * an interrupted write is removed; what is not an entry by its name is left alone.
 * @max: how many at most; of more, the longest unused are removed
 * @ret: malloc()ed, the caller's
 *
 * Return: how many; a negative errno.
 */
int progfile_scan(int dir, size_t max, struct progfile_info **ret);

/**
 * progfile_read() - the entry of @key, as a sealed memory file; it counts as used now.
 * Return: 0, and the descriptor is the caller's; -ENOENT; -EBADMSG for a file that is not what was
 * written; another negative errno.
 */
int progfile_read(int dir, const uint8_t key[PROGCACHE_KEY_SIZE], int *ret_fd);

/**
 * progfile_write() - @size bytes of @fd become the entry of @key, all or nothing.
 * Return: 0 or a negative errno.
 */
int progfile_write(int dir, const uint8_t key[PROGCACHE_KEY_SIZE], int fd, uint64_t size);

/** progfile_remove() - the entry of @key goes; one that is not there is fine. */
void progfile_remove(int dir, const uint8_t key[PROGCACHE_KEY_SIZE]);

/** progfile_remove_all() - every entry goes, whoever wrote it. */
void progfile_remove_all(int dir);

#endif /* HOST_PROGFILE_H */
