// SPDX-License-Identifier: MIT
/*
 * saver - see saver.h. Locks: saver->lock guards the list; it is not held over a call of the
 * backend or of the cache.
 */
#include "worker/saver.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "worker/notes.h"
#include "worker/program.h"

/*
 * A build that may be handed over. @size: bytes of the binary that the cache has, 0 for none;
 * @notes: what came with it, until the build has them
 */
struct saved {
	TAILQ_ENTRY(saved) link;
	struct cache_key key;
	struct built *built;
	struct notes *notes;
	char *log;
	size_t size;
};

TAILQ_HEAD(saved_list, saved);

struct saver {
	struct backend *be;
	struct cache *cache;
	pthread_mutex_t lock;
	struct saved_list list; /* the oldest first */
	unsigned int count;
};

int saver_create(struct backend *be, struct cache *cache, struct saver **ret)
{
	struct saver *saver = calloc(1, sizeof(*saver));

	if (!saver)
		return -ENOMEM;
	saver->be = be;
	saver->cache = cache;
	pthread_mutex_init(&saver->lock, NULL);
	TAILQ_INIT(&saver->list);
	*ret = saver;
	return 0;
}

static void saved_free(struct saved *saved)
{
	if (!saved)
		return;
	built_put(saved->built);
	notes_destroy(saved->notes);
	free(saved->log);
	free(saved);
}

void saver_destroy(struct saver *saver)
{
	struct saved *saved;

	if (!saver)
		return;
	while ((saved = TAILQ_FIRST(&saver->list))) {
		TAILQ_REMOVE(&saver->list, saved, link);
		saved_free(saved);
	}
	pthread_mutex_destroy(&saver->lock);
	free(saver);
}

/* ---- building ---- */

/* Takes over @notes. */
static struct saved *saved_create(const struct cache_key *key, const char *log, size_t size,
				  struct notes *notes)
{
	struct saved *saved = calloc(1, sizeof(*saved));
	char *copy = saved ? strdup(log ? log : "") : NULL;

	if (!copy) {
		notes_destroy(notes);
		free(saved);
		return NULL;
	}
	saved->key = *key;
	saved->size = size;
	saved->notes = notes;
	saved->log = copy;
	return saved;
}

/* From what the cache has. Return: false when there is nothing, or nothing that the driver takes.
 */
static bool build_found(struct saver *saver, const struct cache_key *key, const char *options,
			struct backend_build *ret, size_t *ret_size, struct notes **ret_notes)
{
	struct backend_source binary = { .kind = DXG_PROGRAM_BINARY };
	struct cache_entry entry;
	bool ok;

	if (cache_get(saver->cache, key, &entry))
		return false;
	binary.data = entry.binary;
	binary.length = entry.binary_size;
	ok = !saver->be->ops->build(saver->be, &binary, options, ret) && ret->program;
	free(ret->log);
	ret->log = ok ? strdup(entry.log) : NULL;
	*ret_size = entry.binary_size;
	*ret_notes = ok ? notes_copy(&entry.notes) : NULL;
	cache_entry_fini(&entry);
	if (!ok)
		cache_drop(saver->cache, key);
	return ok;
}

/* @err, @ret: of a build that the cache did not have. Return: @err. */
static int build_missed(int err, const struct cache_key *key, const struct backend_build *ret,
			struct saved **ret_saved)
{
	if (!err && ret->program)
		*ret_saved = saved_create(key, ret->log, 0, NULL);
	return err;
}

int saver_build(struct saver *saver, const struct backend_source *source, const char *options,
		struct backend_build *ret, struct saved **ret_saved)
{
	struct backend *be = saver->be;
	struct notes *notes;
	struct cache_key key;
	size_t size;

	*ret_saved = NULL;
	if (!saver->cache || source->kind != DXG_PROGRAM_SOURCE ||
	    cache_key(saver->cache, source, options, &key))
		return be->ops->build(be, source, options, ret);
	if (build_found(saver, &key, options, ret, &size, &notes)) {
		*ret_saved = saved_create(&key, ret->log, size, notes);
		return 0;
	}
	memset(ret, 0, sizeof(*ret));
	return build_missed(be->ops->build(be, source, options, ret), &key, ret, ret_saved);
}

int saver_compile(struct saver *saver, const struct backend_source *source, const char *options,
		  const struct backend_header *header, uint32_t headers, struct built *built,
		  struct backend_build *ret)
{
	struct backend *be = saver->be;

	built->keyed = saver->cache && !cache_key_object(saver->cache, source, options, header,
							 headers, &built->key);
	return be->ops->compile(be, source, options, header, headers, ret);
}

static int link_all(struct backend *be, struct built *const *input, uint32_t inputs,
		    const char *options, struct backend_build *ret)
{
	struct backend_program **program = calloc(inputs, sizeof(*program));
	uint32_t i;
	int err;

	if (!program)
		return -ENOMEM;
	for (i = 0; i < inputs; i++)
		program[i] = input[i]->program;
	err = be->ops->link(be, program, inputs, options, ret);
	free(program);
	return err;
}

/* Return: false when it is not known what every input was made from. */
static bool link_key(const struct saver *saver, struct built *const *input, uint32_t inputs,
		     const char *options, struct cache_key *ret)
{
	struct cache_key *keys = saver->cache ? calloc(inputs, sizeof(*keys)) : NULL;
	bool ok = keys;
	uint32_t i;

	for (i = 0; i < inputs && ok; i++) {
		ok = input[i]->keyed;
		keys[i] = input[i]->key;
	}
	ok = ok && !cache_key_linked(saver->cache, keys, inputs, options, ret);
	free(keys);
	return ok;
}

/* Only executables are kept: libraries are for other links, which are looked for as a whole. */
int saver_link(struct saver *saver, struct built *const *input, uint32_t inputs,
	       const char *options, struct backend_build *ret, struct saved **ret_saved)
{
	struct backend *be = saver->be;
	struct notes *notes;
	struct cache_key key;
	size_t size;
	int err;

	*ret_saved = NULL;
	if (!link_key(saver, input, inputs, options, &key))
		return link_all(be, input, inputs, options, ret);
	if (build_found(saver, &key, "", ret, &size, &notes)) {
		ret->binary_type = BACKEND_EXECUTABLE;
		*ret_saved = saved_create(&key, ret->log, size, notes);
		return 0;
	}
	memset(ret, 0, sizeof(*ret));
	err = link_all(be, input, inputs, options, ret);
	if (err || ret->binary_type != BACKEND_EXECUTABLE)
		return err;
	return build_missed(err, &key, ret, ret_saved);
}

/* ---- keeping ---- */

static struct saved *saver_find_locked(struct saver *saver, const struct cache_key *key)
{
	struct saved *saved;

	TAILQ_FOREACH (saved, &saver->list, link)
		if (!memcmp(&saved->key, key, sizeof(*key)))
			return saved;
	return NULL;
}

void saver_keep(struct saver *saver, struct saved *saved, struct built *built)
{
	struct saved *old;

	if (!saved)
		return;
	saved->built = built_ref(built);
	built->notes = saved->notes;
	saved->notes = NULL;
	pthread_mutex_lock(&saver->lock);
	old = saver_find_locked(saver, &saved->key);
	if (!old && saver->count == SAVER_MAX)
		old = TAILQ_FIRST(&saver->list);
	if (old)
		TAILQ_REMOVE(&saver->list, old, link);
	else
		saver->count++;
	TAILQ_INSERT_TAIL(&saver->list, saved, link);
	pthread_mutex_unlock(&saver->lock);
	saved_free(old);
}

/* ---- handing over ---- */

/* The driver may have compiled more since the cache got it; its binary is larger then. */
static void saved_hand_over(struct saver *saver, struct saved *saved)
{
	struct backend *be = saver->be;
	struct cache_entry entry = { .log = saved->log };
	uint64_t size;
	void *binary;

	if (saved->size && !atomic_load(&saved->built->used))
		return;
	if (be->ops->program_binary(be, saved->built->program, &binary, &size))
		return;
	entry.binary = binary;
	entry.binary_size = size;
	if (size && size != saved->size && !notes_take(be, saved->built, &entry.notes)) {
		(void)cache_put(saver->cache, &saved->key, &entry);
		free((void *)entry.notes.text);
	}
	free(binary);
}

static struct saved *saver_next(struct saver *saver)
{
	struct saved *saved;

	pthread_mutex_lock(&saver->lock);
	saved = TAILQ_FIRST(&saver->list);
	if (saved) {
		TAILQ_REMOVE(&saver->list, saved, link);
		saver->count--;
	}
	pthread_mutex_unlock(&saver->lock);
	return saved;
}

void saver_run(struct saver *saver)
{
	struct saved *saved = saver_next(saver);

	while (saved) {
		saved_hand_over(saver, saved);
		saved_free(saved);
		saved = saver_next(saver);
	}
}
