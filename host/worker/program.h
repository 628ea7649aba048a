/* SPDX-License-Identifier: MIT */
/*
 * program.h - the program objects of one client process: what they are made from, and what the last
 * successful build of each made of it.
 *
 * A program keeps its text, because it may be built again with other options. What a build yields
 * is an object of its own (struct built): dispatches hold on to it, so a new build or a destroy
 * never takes a kernel away from work that is queued or executes. All functions are for any thread.
 */
#ifndef WORKER_PROGRAM_H
#define WORKER_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "worker/cache.h"

/** PROGRAM_BYTES_MAX - bytes of text of all programs of a process together. */
#define PROGRAM_BYTES_MAX (UINT64_C(256) << 20)

struct notes;
struct program;
struct program_table;
struct saver;

/**
 * struct built - the outcome of a successful build; constant, reference counted.
 * @notes: for a build from the cache, what the driver does not know; set before others see it
 * @key: if @keyed, of an object that was compiled: what from
 * @used: a dispatch named it
 */
struct built {
	struct backend *be;
	struct backend_program *program;
	uint32_t kernel_count;
	struct notes *notes;
	bool keyed;
	struct cache_key key;
	_Atomic bool used;
	_Atomic uint32_t refs;
};

/** program_table_create() - an empty table, whose programs @saver builds. */
int program_table_create(struct saver *saver, struct program_table **ret);

/** program_table_destroy() - drop all programs; nobody else uses the table any more. */
void program_table_destroy(struct program_table *table);

/**
 * program_create() - a new program object.
 * @data: malloc()ed, @length bytes; taken over on success
 * Return: 0; -EDQUOT at DXG_PROGRAMS_PER_PROCESS or PROGRAM_BYTES_MAX; -ENOMEM.
 */
int program_create(struct program_table *table, uint32_t kind, void *data, size_t length,
		   uint32_t *ret_id);

/** program_destroy() - end the object @id. Return: 0; -ENOENT. */
int program_destroy(struct program_table *table, uint32_t id);

/** program_get() - a reference of object @id, or NULL; program_put() drops it (NULL is fine). */
struct program *program_get(struct program_table *table, uint32_t id);
void program_put(struct program *program);

/**
 * program_build() - build with @options, for @be; blocks.
 * @ret: status, log (the caller's to free), kernel_count and binary_size; @program of it is unset
 * Return: 0, also when the text does not compile; -EBUSY while another build of it runs; the
 * backend's own errors.
 */
int program_build(struct program *program, struct backend *be, const char *options,
		  struct backend_build *ret);

/**
 * program_compile() - as program_build(), without linking; @header's sources are named by
 * program_source(). A binary is loaded.
 */
int program_compile(struct program *program, struct backend *be, const char *options,
		    const struct backend_header *header, uint32_t headers,
		    struct backend_build *ret);

/** program_source() - what a program object was created from; lives as long as a reference. */
struct backend_source program_source(const struct program *program);

/**
 * program_link() - a new object @ret_id from others; 0 when they do not link. Blocks.
 *
 * Return: 0, also when they do not link; -EDQUOT, -ENOMEM.
 */
int program_link(struct program_table *table, struct backend *be, struct built *const *input,
		 uint32_t inputs, const char *options, struct backend_build *ret, uint32_t *ret_id);

/** built_get() - a reference of what object @id was built to last, or NULL. */
struct built *built_get(struct program_table *table, uint32_t id);
/** built_ref() - one more reference. */
struct built *built_ref(struct built *built);
void built_put(struct built *built);

#endif /* WORKER_PROGRAM_H */
