// SPDX-License-Identifier: MIT
/*
 * program - see program.h. Object ids are slot number + 1 in the low bits and a generation above,
 * so that a stale id names nothing.
 *
 * Locks: table->lock guards the slots, the byte count and, of every program of the table, @built
 * and
 * @building. It is held for look-ups only, never over a call of the backend.
 */
#include "worker/program.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "worker/notes.h"
#include "worker/saver.h"

#define SLOT_BITS 13
#define SLOT_MASK ((1u << SLOT_BITS) - 1)
#define GENERATION_MASK (~0u >> SLOT_BITS)

_Static_assert(DXG_PROGRAMS_PER_PROCESS < SLOT_MASK, "slot numbers do not fit an id");

/* In place of an enum dxg_program_kind: made by a link, without a source of its own. */
#define PROGRAM_LINKED 0u

struct program {
	struct program_table *table;
	_Atomic uint32_t refs;
	uint32_t kind;
	void *data;
	size_t length;
	/* under table->lock */
	bool building;
	struct built *built;
};

struct program_table {
	struct saver *saver;
	pthread_mutex_t lock;
	uint64_t bytes;
	uint32_t first_free; /* no slot below it is free */
	struct program *slot[DXG_PROGRAMS_PER_PROCESS];
	uint32_t generation[DXG_PROGRAMS_PER_PROCESS];
};

int program_table_create(struct saver *saver, struct program_table **ret)
{
	struct program_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->saver = saver;
	pthread_mutex_init(&table->lock, NULL);
	*ret = table;
	return 0;
}

void program_table_destroy(struct program_table *table)
{
	uint32_t i;

	if (!table)
		return;
	for (i = 0; i < DXG_PROGRAMS_PER_PROCESS; i++)
		program_put(table->slot[i]);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

static uint32_t id_of(const struct program_table *table, uint32_t slot)
{
	return table->generation[slot] << SLOT_BITS | (slot + 1);
}

/* The slot of a live object, or -ENOENT. */
static int slot_find_locked(const struct program_table *table, uint32_t id)
{
	uint32_t slot = (id & SLOT_MASK) - 1;

	if (slot >= DXG_PROGRAMS_PER_PROCESS || !table->slot[slot] || id_of(table, slot) != id)
		return -ENOENT;
	return (int)slot;
}

static int slot_take_locked(struct program_table *table, struct program *program, uint32_t *ret_id)
{
	uint32_t i = table->first_free;

	while (i < DXG_PROGRAMS_PER_PROCESS && table->slot[i])
		i++;
	table->first_free = i;
	if (i == DXG_PROGRAMS_PER_PROCESS || program->length > PROGRAM_BYTES_MAX - table->bytes)
		return -EDQUOT;
	table->slot[i] = program;
	table->bytes += program->length;
	*ret_id = id_of(table, i);
	return 0;
}

/* A new object with two references: the table's and the caller's. */
static int program_insert(struct program_table *table, const struct program *like,
			  struct program **ret, uint32_t *ret_id)
{
	struct program *program = malloc(sizeof(*program));
	int err;

	if (!program)
		return -ENOMEM;
	*program = *like;
	program->table = table;
	program->data = NULL;
	atomic_init(&program->refs, 2);
	pthread_mutex_lock(&table->lock);
	err = slot_take_locked(table, program, ret_id);
	if (!err)
		program->data = like->data;
	pthread_mutex_unlock(&table->lock);
	if (err)
		free(program);
	else
		*ret = program;
	return err;
}

int program_create(struct program_table *table, uint32_t kind, void *data, size_t length,
		   uint32_t *ret_id)
{
	const struct program like = { .kind = kind, .data = data, .length = length };
	struct program *program;
	int err;

	err = program_insert(table, &like, &program, ret_id);
	if (!err)
		program_put(program);
	return err;
}

int program_destroy(struct program_table *table, uint32_t id)
{
	struct program *program = NULL;
	int slot;

	pthread_mutex_lock(&table->lock);
	slot = slot_find_locked(table, id);
	if (slot >= 0) {
		program = table->slot[slot];
		table->slot[slot] = NULL;
		table->generation[slot] = (table->generation[slot] + 1) & GENERATION_MASK;
		table->bytes -= program->length;
		if ((uint32_t)slot < table->first_free)
			table->first_free = slot;
	}
	pthread_mutex_unlock(&table->lock);
	program_put(program);
	return slot < 0 ? slot : 0;
}

struct program *program_get(struct program_table *table, uint32_t id)
{
	struct program *program = NULL;
	int slot;

	pthread_mutex_lock(&table->lock);
	slot = slot_find_locked(table, id);
	if (slot >= 0) {
		program = table->slot[slot];
		atomic_fetch_add(&program->refs, 1);
	}
	pthread_mutex_unlock(&table->lock);
	return program;
}

void program_put(struct program *program)
{
	if (!program || atomic_fetch_sub(&program->refs, 1) != 1)
		return;
	built_put(program->built);
	free(program->data);
	free(program);
}

struct built *built_get(struct program_table *table, uint32_t id)
{
	struct built *built = NULL;
	int slot;

	pthread_mutex_lock(&table->lock);
	slot = slot_find_locked(table, id);
	if (slot >= 0)
		built = table->slot[slot]->built;
	if (built)
		atomic_fetch_add(&built->refs, 1);
	pthread_mutex_unlock(&table->lock);
	return built;
}

struct built *built_ref(struct built *built)
{
	atomic_fetch_add(&built->refs, 1);
	return built;
}

void built_put(struct built *built)
{
	if (!built || atomic_fetch_sub(&built->refs, 1) != 1)
		return;
	built->be->ops->program_destroy(built->be, built->program);
	notes_destroy(built->notes);
	free(built);
}

/* Claim the right to build; there is one builder per program. */
static bool program_claim(struct program *program)
{
	bool mine;

	pthread_mutex_lock(&program->table->lock);
	mine = !program->building;
	program->building = true;
	pthread_mutex_unlock(&program->table->lock);
	return mine;
}

/* End the claim; @built NULL: the build failed, and the program has no kernels any more. */
static void program_publish(struct program *program, struct built *built)
{
	struct built *old;

	pthread_mutex_lock(&program->table->lock);
	old = program->built;
	program->built = built;
	program->building = false;
	pthread_mutex_unlock(&program->table->lock);
	built_put(old);
}

/*
 * What the backend made of a program becomes @built, which is what it was built to; ends the claim.
 * @built: zeroed memory for it; freed when there is nothing
 */
static void program_take(struct program *program, struct backend *be, struct built *built,
			 struct backend_build *ret, struct saved *saved)
{
	if (ret->program) {
		built->be = be;
		built->program = ret->program;
		built->kernel_count = ret->kernel_count;
		atomic_init(&built->refs, 1);
		ret->program = NULL;
		saver_keep(program->table->saver, saved, built);
	} else {
		free(built);
		built = NULL;
	}
	program_publish(program, built);
}

int program_build(struct program *program, struct backend *be, const char *options,
		  struct backend_build *ret)
{
	struct backend_source source = program_source(program);
	struct saver *saver = program->table->saver;
	struct saved *saved = NULL;
	struct built *built;
	int err;

	if (!source.data)
		return -EINVAL;
	if (!program_claim(program))
		return -EBUSY;
	built = calloc(1, sizeof(*built));
	err = built ? saver_build(saver, &source, options, ret, &saved) : -ENOMEM;
	program_take(program, be, built, ret, saved);
	return err;
}

int program_compile(struct program *program, struct backend *be, const char *options,
		    const struct backend_header *header, uint32_t headers,
		    struct backend_build *ret)
{
	struct backend_source source = program_source(program);
	struct saver *saver = program->table->saver;
	struct built *built;
	int err;

	if (!source.data)
		return -EINVAL;
	if (!program_claim(program))
		return -EBUSY;
	built = calloc(1, sizeof(*built));
	err = built ? saver_compile(saver, &source, options, header, headers, built, ret) : -ENOMEM;
	program_take(program, be, built, ret, NULL);
	return err;
}

struct backend_source program_source(const struct program *program)
{
	return (struct backend_source){ program->kind, program->data, program->length };
}

/* The object comes first, so that nothing is linked beyond the quota. */
int program_link(struct program_table *table, struct backend *be, struct built *const *input,
		 uint32_t inputs, const char *options, struct backend_build *ret, uint32_t *ret_id)
{
	const struct program like = { .kind = PROGRAM_LINKED, .building = true };
	struct saved *saved = NULL;
	struct program *program;
	struct built *built;
	uint32_t id;
	int err;

	/* A guest that guesses the number finds no source to build. */
	err = program_insert(table, &like, &program, &id);
	if (err)
		return err;
	built = calloc(1, sizeof(*built));
	err = built ? saver_link(table->saver, input, inputs, options, ret, &saved) : -ENOMEM;
	program_take(program, be, built, ret, saved);
	if (err || ret->status) {
		program_destroy(table, id);
		id = 0;
	}
	program_put(program);
	*ret_id = id;
	return err;
}
