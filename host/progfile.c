// SPDX-License-Identifier: MIT
/*
 * progfile: see progfile.h. A file is named by its key in hexadecimal. It is written under another
 * name and renamed, so what has the name is complete, unless the machine died; then the checksum
 * tells.
 */
#include "progfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/ipc.h"

#define PROGFILE_MAGIC 0x43505844u /* "DXPC" */
#define PROGFILE_VERSION 1u
#define PROGFILE_PIECE 65536u
#define PROGFILE_TEMPORARY ".tmp"
#define PROGFILE_NAME_SIZE (2 * PROGCACHE_KEY_SIZE + sizeof(PROGFILE_TEMPORARY))
#define PROGFILE_SUM_SIZE 32u
#define PROGFILE_PATH_MAX 4096

_Static_assert(PROGCACHE_KEY_SIZE == IPC_CACHE_KEY_SIZE, "one kind of key");

/* Starts a file; in the byte order of the machine, which is part of what made the entry. */
struct progfile_header {
	uint32_t magic;
	uint32_t version;
	uint64_t size;
	uint8_t key[PROGCACHE_KEY_SIZE];
	uint8_t sum[PROGFILE_SUM_SIZE];
};

_Static_assert(sizeof(struct progfile_header) == 80, "no padding");

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define CLEANUP_FD __attribute__((cleanup(close_fd)))

static int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

static void name_of(const uint8_t key[PROGCACHE_KEY_SIZE], const char *end,
		    char ret[PROGFILE_NAME_SIZE])
{
	size_t i;

	for (i = 0; i < PROGCACHE_KEY_SIZE; i++)
		snprintf(ret + 2 * i, 3, "%02x", key[i]);
	strcpy(ret + 2 * i, end);
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The key that @name stands for, up to @end; false when it is no entry's. */
static bool key_of(const char *name, const char *end, uint8_t ret[PROGCACHE_KEY_SIZE])
{
	size_t i;

	if (strlen(name) != 2 * PROGCACHE_KEY_SIZE + strlen(end) ||
	    strcmp(name + 2 * PROGCACHE_KEY_SIZE, end))
		return false;
	for (i = 0; i < PROGCACHE_KEY_SIZE; i++) {
		int high = digit_of(name[2 * i]), low = digit_of(name[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* ---- the folder ---- */

int progfile_open(const char *path)
{
	char part[PROGFILE_PATH_MAX], *p;
	int fd;

	if (snprintf(part, sizeof(part), "%s/", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (p = part + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		if (mkdir(part, 0700) && errno != EEXIST)
			return -errno;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static DIR *folder_read(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (!stream && fd >= 0)
		close(fd);
	return stream;
}

static bool scan_entry(int dir, const char *name, struct progfile_info *ret)
{
	struct stat st;

	/* Left over from a writer that died: there is one writer at a time, and this is it. */
	if (key_of(name, PROGFILE_TEMPORARY, ret->key))
		unlinkat(dir, name, 0);
	if (!key_of(name, "", ret->key) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) ||
	    !S_ISREG(st.st_mode))
		return false;
	ret->size = (uint64_t)st.st_size;
	ret->used_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
	return true;
}

static int by_use(const void *a, const void *b)
{
	const struct progfile_info *x = a, *y = b;

	return (x->used_ns > y->used_ns) - (x->used_ns < y->used_ns);
}

static int list_add(struct progfile_info **list, size_t *count, const struct progfile_info *info)
{
	struct progfile_info *more = *list;

	if (!(*count & (*count - 1)))
		more = realloc(*list, (*count ? 2 * *count : 1) * sizeof(**list));
	if (!more)
		return -ENOMEM;
	*list = more;
	more[(*count)++] = *info;
	return 0;
}

int progfile_scan(int dir, size_t max, struct progfile_info **ret)
{
	struct progfile_info *list = NULL, info;
	size_t count = 0, over = 0, i;
	DIR *stream = folder_read(dir);
	struct dirent *entry;
	int err = 0;

	if (!stream)
		return -errno;
	while (!err && (entry = readdir(stream)))
		if (scan_entry(dir, entry->d_name, &info))
			err = list_add(&list, &count, &info);
	closedir(stream);
	if (err) {
		free(list);
		return err;
	}
	if (count)
		qsort(list, count, sizeof(*list), by_use);
	if (count > max)
		over = count - max;
	for (i = 0; i < over; i++)
		progfile_remove(dir, list[i].key);
	if (over)
		memmove(list, list + over, (count - over) * sizeof(*list));
	*ret = list;
	return (int)(count - over);
}

/* ---- one entry ---- */

static int read_all(int fd, void *data, size_t len, uint64_t offset)
{
	uint8_t *at = data;
	ssize_t n;

	while (len) {
		n = pread(fd, at, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		at += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_all(int fd, const void *data, size_t len)
{
	const uint8_t *at = data;
	ssize_t n;

	while (len) {
		n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Copy @size bytes from @offset on to where @to stands. @ret_sum: their checksum */
static int copy_sum(int from, uint64_t offset, int to, uint64_t size,
		    uint8_t ret_sum[PROGFILE_SUM_SIZE])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t *piece = malloc(PROGFILE_PIECE);
	int err = md && piece && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;

	while (!err && size) {
		size_t n = size < PROGFILE_PIECE ? size : PROGFILE_PIECE;

		err = read_all(from, piece, n, offset);
		if (!err && EVP_DigestUpdate(md, piece, n) != 1)
			err = -EIO;
		if (!err)
			err = write_all(to, piece, n);
		offset += n;
		size -= n;
	}
	if (!err && EVP_DigestFinal_ex(md, ret_sum, NULL) != 1)
		err = -EIO;
	free(piece);
	EVP_MD_CTX_free(md);
	return err;
}

static int header_read(int fd, const uint8_t key[PROGCACHE_KEY_SIZE], struct progfile_header *ret)
{
	struct stat st;
	int err = fstat(fd, &st) ? -errno : read_all(fd, ret, sizeof(*ret), 0);

	if (err)
		return err;
	if (ret->magic != PROGFILE_MAGIC || ret->version != PROGFILE_VERSION ||
	    memcmp(ret->key, key, PROGCACHE_KEY_SIZE) || !ret->size ||
	    ret->size > IPC_CACHE_ENTRY_MAX || (uint64_t)st.st_size != sizeof(*ret) + ret->size)
		return -EBADMSG;
	return 0;
}

int progfile_read(int dir, const uint8_t key[PROGCACHE_KEY_SIZE], int *ret_fd)
{
	CLEANUP_FD int file = -1, memory = -1;
	struct progfile_header header;
	uint8_t sum[PROGFILE_SUM_SIZE];
	char name[PROGFILE_NAME_SIZE];
	int err;

	name_of(key, "", name);
	file = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0)
		return errno == ELOOP ? -EBADMSG : -errno;
	err = header_read(file, key, &header);
	if (err)
		return err;
	memory = memfd_create("dxg-program", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory < 0)
		return -errno;
	err = copy_sum(file, sizeof(header), memory, header.size, sum);
	if (!err && memcmp(sum, header.sum, sizeof(sum)))
		err = -EBADMSG;
	if (!err &&
	    fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		err = -errno;
	if (err)
		return err;
	/* For the order of use after a restart; where the time cannot be set, that of writing
	 * counts. */
	futimens(file, NULL);
	*ret_fd = steal_fd(&memory);
	return 0;
}

static int file_write(int file, struct progfile_header *header, int fd)
{
	int err;

	if (lseek(file, sizeof(*header), SEEK_SET) < 0)
		return -errno;
	err = copy_sum(fd, 0, file, header->size, header->sum);
	if (!err && lseek(file, 0, SEEK_SET) < 0)
		err = -errno;
	return err ? err : write_all(file, header, sizeof(*header));
}

int progfile_write(int dir, const uint8_t key[PROGCACHE_KEY_SIZE], int fd, uint64_t size)
{
	struct progfile_header header = {
		.magic = PROGFILE_MAGIC,
		.version = PROGFILE_VERSION,
		.size = size,
	};
	char name[PROGFILE_NAME_SIZE], temporary[PROGFILE_NAME_SIZE];
	CLEANUP_FD int file = -1;
	int err;

	memcpy(header.key, key, sizeof(header.key));
	name_of(key, "", name);
	name_of(key, PROGFILE_TEMPORARY, temporary);
	file = openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	err = file_write(file, &header, fd);
	if (!err && renameat(dir, temporary, dir, name))
		err = -errno;
	if (err)
		unlinkat(dir, temporary, 0);
	return err;
}

void progfile_remove(int dir, const uint8_t key[PROGCACHE_KEY_SIZE])
{
	char name[PROGFILE_NAME_SIZE];

	name_of(key, "", name);
	unlinkat(dir, name, 0);
}

void progfile_remove_all(int dir)
{
	struct progfile_info *list = NULL;

	progfile_scan(dir, 0, &list);
	free(list);
}
