// SPDX-License-Identifier: MIT
/*
 * progstore: see progstore.h. An entry is in memory (a descriptor) until it is on disk, and only
 * then without one; so the index is always right, and what follows on disk may fail. Jobs wait in a
 * list, the first of them is at work.
 *
 * The first job of a store with a folder reads what is there; requests that come before it is done
 * wait for it like for any other job.
 */
#include "progstore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "progfile.h"

/** struct entry - @fd: -1 once it is on disk; @serial: which write it is waiting for. */
struct entry {
	struct progcache_entry base;
	int fd;
	uint64_t serial;
};

struct job;

/** struct job_kind - @work: by a thread of libuv; @done: in the loop, frees nothing. */
struct job_kind {
	void (*work)(struct job *job);
	void (*done)(struct job *job);
};

/**
 * struct job - one use of the disk, or a request that waits for one.
 * @fd: what to write, or what was read
 * @serial: of the entry that is written
 * @list, @err: what came out: entries of a scan, and their number or an errno
 * @found, @arg: who asked
 */
struct job {
	uv_work_t work;
	STAILQ_ENTRY(job) link;
	struct progstore *store;
	const struct job_kind *kind;
	uint8_t key[PROGCACHE_KEY_SIZE];
	uint64_t size;
	uint64_t serial;
	int fd;
	int err;
	struct progfile_info *list;
	progstore_found_fn found;
	void *arg;
};

/**
 * struct progstore - see progstore.h.
 * @link: in the daemon's list; @next: a store that waits for this one to be done with the folder
 * @folder, @dir: NULL and -1 for memory only; @dir belongs to the job at work
 * @waiting: another store is not done with this folder
 * @loading: the first job is not done
 * @lingering: workers that end slowly
 */
struct progstore {
	LIST_ENTRY(progstore) link;
	uv_loop_t *loop;
	struct progstore *next;
	struct progcache cache;
	struct progstats stats;
	char *folder;
	int dir;
	bool waiting;
	bool loading;
	bool closed;
	unsigned int refs;
	unsigned int lingering;
	uint64_t next_serial;
	STAILQ_HEAD(, job) jobs;
	unsigned int job_count;
};

/* ---- jobs ---- */

static void store_run(struct progstore *store);

static bool store_is_settled(const struct progstore *store)
{
	return store->closed && STAILQ_EMPTY(&store->jobs);
}

/* Done with the folder: it is the next one's. Done with everything: it is freed. */
static void store_settle(struct progstore *store)
{
	struct progstore *next = store->next;

	if (!store_is_settled(store))
		return;
	store->next = NULL;
	if (next) {
		next->waiting = false;
		store_run(next);
	}
	if (store->refs)
		return;
	LIST_REMOVE(store, link);
	if (store->dir >= 0)
		close(store->dir);
	free(store->folder);
	free(store);
}

static void job_work(uv_work_t *work)
{
	struct job *job = work->data;

	job->kind->work(job);
}

static void job_done(uv_work_t *work, int status)
{
	struct job *job = work->data;
	struct progstore *store = job->store;

	(void)status;
	job->kind->done(job);
	STAILQ_REMOVE_HEAD(&store->jobs, link);
	store->job_count--;
	if (job->fd >= 0)
		close(job->fd);
	free(job->list);
	free(job);
	store_run(store);
	store_settle(store);
}

/* Have the first job at work. */
static void store_run(struct progstore *store)
{
	struct job *job = STAILQ_FIRST(&store->jobs);

	if (!job || job->work.data || store->waiting)
		return;
	job->work.data = job;
	uv_queue_work(store->loop, &job->work, job_work, job_done);
}

static struct job *job_create(struct progstore *store, const struct job_kind *kind,
			      const uint8_t key[PROGCACHE_KEY_SIZE])
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->store = store;
	job->kind = kind;
	job->fd = -1;
	if (key)
		memcpy(job->key, key, sizeof(job->key));
	return job;
}

static void job_add(struct job *job)
{
	struct progstore *store = job->store;

	STAILQ_INSERT_TAIL(&store->jobs, job, link);
	store->job_count++;
	store_run(store);
}

/* ---- entries ---- */

static struct entry *entry_of(struct progcache_entry *base)
{
	return avl_entry(base, struct entry, base);
}

static struct entry *entry_create(const uint8_t key[PROGCACHE_KEY_SIZE], uint64_t size, int fd)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	memcpy(entry->base.key, key, sizeof(entry->base.key));
	entry->base.size = size;
	entry->fd = fd;
	return entry;
}

static void entry_free(struct entry *entry)
{
	if (entry->fd >= 0)
		close(entry->fd);
	free(entry);
}

static struct entry *entry_find(const struct progstore *store,
				const uint8_t key[PROGCACHE_KEY_SIZE])
{
	struct progcache_entry *base = progcache_find(&store->cache, key);

	return base ? entry_of(base) : NULL;
}

static void remove_work(struct job *job)
{
	if (job->store->dir >= 0)
		progfile_remove(job->store->dir, job->key);
}

static void nothing_done(struct job *job)
{
	(void)job;
}

static const struct job_kind remove_kind = { remove_work, nothing_done };

/* Out of the index: off the disk, too, unless the whole store ends. */
static void entry_dropped(struct progcache_entry *base, void *arg)
{
	struct progstore *store = arg;
	struct job *job = NULL;

	if (store->folder && !store->closed)
		job = job_create(store, &remove_kind, base->key);
	if (job)
		job_add(job);
	entry_free(entry_of(base));
}

static void entry_drop(struct progstore *store, struct entry *entry)
{
	progcache_remove(&store->cache, &entry->base);
	entry_dropped(&entry->base, store);
}

/* ---- the folder is read ---- */

static void load_work(struct job *job)
{
	struct progstore *store = job->store;

	store->dir = progfile_open(store->folder);
	job->err = store->dir;
	if (store->dir >= 0)
		job->err = progfile_scan(store->dir, PROGSTORE_ENTRIES_MAX, &job->list);
}

static void load_entry(struct progstore *store, const struct progfile_info *info)
{
	struct entry *entry;

	if (entry_find(store, info->key))
		return;
	entry = entry_create(info->key, info->size, -1);
	if (entry && progcache_insert(&store->cache, &entry->base))
		entry_dropped(&entry->base, store);
}

static void load_done(struct job *job)
{
	struct progstore *store = job->store;
	int i;

	store->loading = false;
	if (job->err < 0) {
		log_line("program cache in %s: %s; it is kept in memory", store->folder,
			 strerror(-job->err));
		free(store->folder);
		store->folder = NULL;
		store->cache.count_limit = PROGSTORE_MEMORY_ENTRIES_MAX;
	}
	for (i = 0; i < job->err && !store->closed; i++)
		load_entry(store, &job->list[i]);
	free(job->list);
	job->list = NULL;
}

static const struct job_kind load_kind = { load_work, load_done };

/* ---- creation and end ---- */

/* The last store that had this folder and is not done with it. */
static struct progstore *store_before(const struct progstore_list *all, const char *folder)
{
	struct progstore *store;

	LIST_FOREACH (store, all, link)
		if (store->folder && !store->next && !store_is_settled(store) &&
		    !strcmp(store->folder, folder))
			return store;
	return NULL;
}

static int store_open(struct progstore *store, const struct progstore_list *all, const char *folder)
{
	struct progstore *before = store_before(all, folder);
	struct job *job = job_create(store, &load_kind, NULL);

	store->folder = job ? strdup(folder) : NULL;
	if (!store->folder) {
		free(job);
		return -ENOMEM;
	}
	store->loading = true;
	store->waiting = before != NULL;
	if (before)
		before->next = store;
	job_add(job);
	return 0;
}

int progstore_create(uv_loop_t *loop, struct progstore_list *all, const char *folder,
		     uint64_t byte_limit, struct progstore **ret_store)
{
	struct progstore *store = calloc(1, sizeof(*store));

	if (!store)
		return -ENOMEM;
	store->loop = loop;
	store->dir = -1;
	STAILQ_INIT(&store->jobs);
	progcache_init(&store->cache, byte_limit,
		       folder ? PROGSTORE_ENTRIES_MAX : PROGSTORE_MEMORY_ENTRIES_MAX, entry_dropped,
		       store);
	if (folder && store_open(store, all, folder)) {
		free(store);
		return -ENOMEM;
	}
	LIST_INSERT_HEAD(all, store, link);
	*ret_store = store;
	return 0;
}

static void erase_work(struct job *job)
{
	if (job->store->dir >= 0)
		progfile_remove_all(job->store->dir);
}

static const struct job_kind erase_kind = { erase_work, nothing_done };

void progstore_close(struct progstore *store, bool erase)
{
	struct job *job;

	if (!store || store->closed)
		return;
	store->closed = true;
	progcache_clear(&store->cache);
	job = erase && store->folder ? job_create(store, &erase_kind, NULL) : NULL;
	if (job)
		job_add(job);
	store_settle(store);
}

struct progstore *progstore_ref(struct progstore *store)
{
	store->refs++;
	return store;
}

void progstore_unref(struct progstore *store)
{
	if (!store)
		return;
	store->refs--;
	store_settle(store);
}

bool progstore_is_on(const struct progstore *store)
{
	return !store->closed && store->cache.byte_limit;
}

/* ---- requests ---- */

static void get_found(struct progstore *store, struct entry *entry, progstore_found_fn found,
		      void *arg, int fd)
{
	if (fd >= 0)
		store->stats.hits++;
	else
		store->stats.misses++;
	if (fd >= 0 && entry)
		progcache_touch(&store->cache, &entry->base);
	found(arg, fd);
}

static void read_work(struct job *job)
{
	job->err = progfile_read(job->store->dir, job->key, &job->fd);
}

/* A file that is bad goes, unless a good one has come meanwhile. */
static void read_done(struct job *job)
{
	struct progstore *store = job->store;
	struct entry *entry = entry_find(store, job->key);
	int fd = job->err ? -1 : job->fd;

	job->fd = -1;
	if (job->err && entry && entry->fd < 0) {
		store->stats.bad++;
		entry_drop(store, entry);
		entry = NULL;
	}
	get_found(store, entry, job->found, job->arg, fd);
}

static const struct job_kind read_kind = { read_work, read_done };

static void again_work(struct job *job)
{
	(void)job;
}

static void again_done(struct job *job)
{
	progstore_get(job->store, job->key, job->found, job->arg);
}

static const struct job_kind again_kind = { again_work, again_done };

/* Answer after a job. Return: false when that cannot be. */
static bool get_later(struct progstore *store, const struct job_kind *kind,
		      const uint8_t key[PROGCACHE_KEY_SIZE], progstore_found_fn found, void *arg)
{
	struct job *job = NULL;

	if (store->job_count < PROGSTORE_JOBS_MAX)
		job = job_create(store, kind, key);
	if (!job)
		return false;
	job->found = found;
	job->arg = arg;
	job_add(job);
	return true;
}

void progstore_get(struct progstore *store, const uint8_t key[PROGCACHE_KEY_SIZE],
		   progstore_found_fn found, void *arg)
{
	struct entry *entry = store->closed ? NULL : entry_find(store, key);
	int fd = -1;

	if (!entry && store->loading && !store->closed &&
	    get_later(store, &again_kind, key, found, arg))
		return;
	if (entry && entry->fd < 0 && get_later(store, &read_kind, key, found, arg))
		return;
	if (entry && entry->fd >= 0)
		fd = fcntl(entry->fd, F_DUPFD_CLOEXEC, 0);
	get_found(store, entry, found, arg, fd);
}

static void write_work(struct job *job)
{
	job->err = job->store->dir < 0
			   ? -EBADF
			   : progfile_write(job->store->dir, job->key, job->fd, job->size);
}

static void write_done(struct job *job)
{
	struct progstore *store = job->store;
	struct entry *entry = store->closed ? NULL : entry_find(store, job->key);

	if (!entry || entry->serial != job->serial || !store->folder)
		return;
	if (!job->err) {
		close(entry->fd);
		entry->fd = -1;
		return;
	}
	log_line("program cache: cannot write to %s: %s", store->folder, strerror(-job->err));
	entry_drop(store, entry);
}

static const struct job_kind write_kind = { write_work, write_done };

/* Have it written. Without a job it stays in memory, until it is evicted. */
static void put_write(struct progstore *store, struct entry *entry)
{
	struct job *job = job_create(store, &write_kind, entry->base.key);

	if (!job)
		return;
	job->fd = fcntl(entry->fd, F_DUPFD_CLOEXEC, 0);
	if (job->fd < 0) {
		free(job);
		return;
	}
	job->size = entry->base.size;
	job->serial = entry->serial = ++store->next_serial;
	job_add(job);
}

void progstore_put(struct progstore *store, const uint8_t key[PROGCACHE_KEY_SIZE], int fd,
		   uint64_t size)
{
	bool take = !store->closed && store->job_count < PROGSTORE_JOBS_MAX;
	struct entry *entry = take ? entry_create(key, size, fd) : NULL;

	if (!entry) {
		close(fd);
		return;
	}
	if (progcache_insert(&store->cache, &entry->base)) {
		entry_free(entry);
		return;
	}
	store->stats.stored++;
	if (store->folder)
		put_write(store, entry);
}

void progstore_drop(struct progstore *store, const uint8_t key[PROGCACHE_KEY_SIZE])
{
	struct entry *entry = store->closed ? NULL : entry_find(store, key);

	if (!entry)
		return;
	store->stats.bad++;
	entry_drop(store, entry);
}

void progstore_set_limit(struct progstore *store, uint64_t byte_limit)
{
	progcache_set_limit(&store->cache, byte_limit);
}

void progstore_get_stats(const struct progstore *store, struct progstats *ret_stats)
{
	*ret_stats = store->stats;
	ret_stats->evicted = store->cache.evicted;
	ret_stats->bytes = store->cache.bytes;
	ret_stats->byte_limit = store->cache.byte_limit;
	ret_stats->entries = store->cache.count;
}

bool progstore_linger_take(struct progstore *store)
{
	if (!progstore_is_on(store) || store->lingering >= PROGSTORE_LINGER_MAX)
		return false;
	store->lingering++;
	return true;
}

void progstore_linger_give(struct progstore *store)
{
	store->lingering--;
}
