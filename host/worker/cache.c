// SPDX-License-Identifier: MIT
/*
 * cache - see cache.h. Locks: cache->lock guards the list of those who wait, and what they wait
 * for.
 */
#include "worker/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRY_MAGIC 0x50434c58u /* "XLCP" */
#define ENTRY_VERSION 1u

/* Starts an entry; then come the log with its zero, the notes, and the binary. */
struct entry_header {
	uint32_t magic;
	uint32_t version;
	uint64_t log_size;
	uint64_t notes_size;
	uint64_t binary_size;
};

/* Somebody who waits for an answer. */
struct waiter {
	struct waiter *next;
	uint64_t cookie;
	bool answered;
	int fd;
};

struct cache {
	struct ipc_describe_reply device;
	int socket;
	pthread_mutex_t lock;
	pthread_cond_t answered;
	struct waiter *waiters;
	uint64_t last_cookie;
};

int cache_create(struct backend *be, int socket, struct cache **ret)
{
	struct cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	be->ops->describe(be, &cache->device);
	cache->socket = socket;
	pthread_mutex_init(&cache->lock, NULL);
	pthread_cond_init(&cache->answered, NULL);
	*ret = cache;
	return 0;
}

void cache_destroy(struct cache *cache)
{
	if (!cache)
		return;
	pthread_cond_destroy(&cache->answered);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* ---- keys ---- */

void cache_warm(void)
{
	static const uint8_t nothing[1];
	uint8_t sum[IPC_CACHE_KEY_SIZE];

	/* Finding the implementation of SHA-256 takes OpenSSL a millisecond, the first time. */
	EVP_Digest(nothing, sizeof(nothing), sum, NULL, EVP_sha256(), NULL);
}

/* A part of the key and its length, so that no two lists of parts read the same. */
static bool key_part(EVP_MD_CTX *md, const void *part, uint64_t size)
{
	return EVP_DigestUpdate(md, &size, sizeof(size)) == 1 &&
	       EVP_DigestUpdate(md, part, size) == 1;
}

/* What a key is of: no two of these are ever the same. */
enum key_kind { KEY_BUILD, KEY_OBJECT, KEY_LINKED };

/* Begins a key: what it is of, and the device and its driver; NULL without memory. */
static EVP_MD_CTX *key_begin(const struct cache *cache, enum key_kind kind, uint32_t source_kind,
			     const char *options)
{
	const uint32_t head[] = { ENTRY_VERSION, cache->device.vendor_id, cache->device.flags, kind,
				  source_kind };
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	if (md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	    key_part(md, head, sizeof(head)) &&
	    key_part(md, cache->device.name, strlen(cache->device.name)) &&
	    key_part(md, cache->device.driver, strlen(cache->device.driver)) &&
	    key_part(md, options, strlen(options)))
		return md;
	EVP_MD_CTX_free(md);
	return NULL;
}

/* Ends it. @ok: all parts are in */
static int key_end(EVP_MD_CTX *md, bool ok, struct cache_key *ret)
{
	ok = ok && EVP_DigestFinal_ex(md, ret->bytes, NULL) == 1;
	EVP_MD_CTX_free(md);
	return ok ? 0 : -ENOMEM;
}

int cache_key(const struct cache *cache, const struct backend_source *source, const char *options,
	      struct cache_key *ret)
{
	EVP_MD_CTX *md = key_begin(cache, KEY_BUILD, source->kind, options);

	return key_end(md, md && key_part(md, source->data, source->length), ret);
}

int cache_key_object(const struct cache *cache, const struct backend_source *source,
		     const char *options, const struct backend_header *header, uint32_t headers,
		     struct cache_key *ret)
{
	EVP_MD_CTX *md = key_begin(cache, KEY_OBJECT, source->kind, options);
	bool ok = md && key_part(md, source->data, source->length);
	uint32_t i;

	for (i = 0; i < headers && ok; i++)
		ok = key_part(md, header[i].name, strlen(header[i].name)) &&
		     key_part(md, header[i].source.data, header[i].source.length);
	return key_end(md, ok, ret);
}

int cache_key_linked(const struct cache *cache, const struct cache_key *objects, uint32_t n,
		     const char *options, struct cache_key *ret)
{
	EVP_MD_CTX *md = key_begin(cache, KEY_LINKED, 0, options);

	return key_end(md, md && key_part(md, objects, n * sizeof(*objects)), ret);
}

/* ---- requests ---- */

static int request_send(struct cache *cache, const struct ipc_cache_request *request, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec iov = { (void *)request, sizeof(*request) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	do {
		n = sendmsg(cache->socket, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int request_simple(struct cache *cache, uint32_t op, uint64_t cookie,
			  const struct cache_key *key)
{
	struct ipc_cache_request request = { .op = op, .cookie = cookie };

	memcpy(request.key, key->bytes, sizeof(request.key));
	return request_send(cache, &request, -1);
}

static void waiter_add(struct cache *cache, struct waiter *waiter)
{
	pthread_mutex_lock(&cache->lock);
	waiter->cookie = ++cache->last_cookie;
	waiter->next = cache->waiters;
	cache->waiters = waiter;
	pthread_mutex_unlock(&cache->lock);
}

/* With @wait, when it was answered. */
static void waiter_remove(struct cache *cache, struct waiter *waiter, bool wait)
{
	struct waiter **link = &cache->waiters;

	pthread_mutex_lock(&cache->lock);
	while (wait && !waiter->answered)
		pthread_cond_wait(&cache->answered, &cache->lock);
	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
	pthread_mutex_unlock(&cache->lock);
}

void cache_deliver(struct cache *cache, uint64_t cookie, int fd)
{
	struct waiter *waiter;

	pthread_mutex_lock(&cache->lock);
	for (waiter = cache->waiters; waiter; waiter = waiter->next)
		if (waiter->cookie == cookie && !waiter->answered)
			break;
	if (waiter) {
		waiter->fd = fd;
		waiter->answered = true;
		pthread_cond_broadcast(&cache->answered);
	} else if (fd >= 0) {
		close(fd);
	}
	pthread_mutex_unlock(&cache->lock);
}

/* ---- entries ---- */

void cache_entry_fini(struct cache_entry *entry)
{
	munmap(entry->map, entry->map_size);
}

/* The parts of a mapped entry. Return: false when they do not add up. */
static bool entry_parse(struct cache_entry *entry)
{
	const struct entry_header *h = entry->map;
	uint64_t rest;

	if (entry->map_size < sizeof(*h) || h->magic != ENTRY_MAGIC || h->version != ENTRY_VERSION)
		return false;
	rest = entry->map_size - sizeof(*h);
	if (!h->log_size || h->log_size > rest)
		return false;
	rest -= h->log_size;
	if (h->notes_size > rest || !h->binary_size || h->binary_size != rest - h->notes_size)
		return false;
	entry->log = (const char *)(h + 1);
	entry->notes.text = entry->log + h->log_size;
	entry->notes.size = h->notes_size;
	entry->binary = entry->notes.text + h->notes_size;
	entry->binary_size = h->binary_size;
	return !entry->log[h->log_size - 1] && notes_check(&entry->notes);
}

/* dxgd sealed the file: neither its size nor its content changes under the mapping. */
static int entry_map(int fd, struct cache_entry *ret)
{
	struct stat st;

	if (fstat(fd, &st) || st.st_size <= 0 || st.st_size > (off_t)IPC_CACHE_ENTRY_MAX)
		return -ENOENT;
	ret->map_size = (size_t)st.st_size;
	ret->map = mmap(NULL, ret->map_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (ret->map == MAP_FAILED)
		return -ENOENT;
	if (entry_parse(ret))
		return 0;
	cache_entry_fini(ret);
	return -EBADMSG;
}

int cache_get(struct cache *cache, const struct cache_key *key, struct cache_entry *ret)
{
	struct waiter waiter = { .fd = -1 };
	int err;

	waiter_add(cache, &waiter);
	err = request_simple(cache, IPC_CACHE_GET, waiter.cookie, key);
	waiter_remove(cache, &waiter, !err);
	if (err || waiter.fd < 0)
		return -ENOENT;
	err = entry_map(waiter.fd, ret);
	close(waiter.fd);
	if (err == -EBADMSG)
		cache_drop(cache, key);
	return err ? -ENOENT : 0;
}

static bool put_piece(int fd, const void *data, size_t size)
{
	const uint8_t *at = data;
	ssize_t n;

	while (size) {
		n = write(fd, at, size);
		if (n <= 0 && !(n < 0 && errno == EINTR))
			return false;
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
	}
	return true;
}

static int put_file(const struct entry_header *h, const struct cache_entry *entry)
{
	int fd = memfd_create("dxg-program", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (put_piece(fd, h, sizeof(*h)) && put_piece(fd, entry->log, h->log_size) &&
	    put_piece(fd, entry->notes.text, h->notes_size) &&
	    put_piece(fd, entry->binary, h->binary_size) &&
	    !fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return fd;
	close(fd);
	return -EIO;
}

int cache_put(struct cache *cache, const struct cache_key *key, const struct cache_entry *entry)
{
	struct entry_header h = {
		.magic = ENTRY_MAGIC,
		.version = ENTRY_VERSION,
		.log_size = strlen(entry->log) + 1,
		.notes_size = entry->notes.size,
		.binary_size = entry->binary_size,
	};
	struct ipc_cache_request request = {
		.op = IPC_CACHE_PUT,
		.size = sizeof(h) + h.log_size + h.notes_size + h.binary_size,
	};
	int fd, err;

	if (!h.binary_size || request.size > IPC_CACHE_ENTRY_MAX)
		return -E2BIG;
	memcpy(request.key, key->bytes, sizeof(request.key));
	fd = put_file(&h, entry);
	if (fd < 0)
		return fd;
	err = request_send(cache, &request, fd);
	close(fd);
	return err;
}

void cache_drop(struct cache *cache, const struct cache_key *key)
{
	/* When dxgd is gone, so is its cache. */
	(void)request_simple(cache, IPC_CACHE_DROP, 0, key);
}
