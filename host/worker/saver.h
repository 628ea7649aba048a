/* SPDX-License-Identifier: MIT */
/*
 * saver.h - builds that go through the program cache, and what a worker hands over to it.
 *
 * It hands over at its end, not after a build: to have a binary, a driver may have to compile what
 * no dispatch has asked for yet (PoCL does, every kernel), and at the end it also holds what the
 * dispatches did ask for. Until then the saver holds on to what it may hand over.
 */
#ifndef WORKER_SAVER_H
#define WORKER_SAVER_H

#include "backend/backend.h"
#include "worker/cache.h"

/** SAVER_MAX - builds held for the end; of more, the oldest are not handed over. */
#define SAVER_MAX 256u

struct built;
struct saved;
struct saver;

/** saver_create() - @cache: NULL for none, then it only builds. Return: 0; -ENOMEM. */
int saver_create(struct backend *be, struct cache *cache, struct saver **ret);

/** saver_destroy() - drop what it holds. NULL is fine. */
void saver_destroy(struct saver *saver);

/**
 * saver_build() - as backend_ops.build, by the cache when it knows this one. Blocks; any thread but
 * the reader.
 * @ret_saved: what saver_keep() wants to know; NULL when there is nothing to keep
 */
int saver_build(struct saver *saver, const struct backend_source *source, const char *options,
		struct backend_build *ret, struct saved **ret_saved);

/** saver_compile() - as backend_ops.compile. @built: what it becomes; learns its key */
int saver_compile(struct saver *saver, const struct backend_source *source, const char *options,
		  const struct backend_header *header, uint32_t headers, struct built *built,
		  struct backend_build *ret);

/** saver_link() - as backend_ops.link, of what was built to @input; as saver_build(). */
int saver_link(struct saver *saver, struct built *const *input, uint32_t inputs,
	       const char *options, struct backend_build *ret, struct saved **ret_saved);

/** saver_keep() - @saved became @built, of which it takes a reference. NULL @saved is fine. */
void saver_keep(struct saver *saver, struct saved *saved, struct built *built);

/** saver_run() - hand over what is new, and hold nothing any more. Blocks; the process is ending.
 */
void saver_run(struct saver *saver);

#endif /* WORKER_SAVER_H */
