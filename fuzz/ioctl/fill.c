// SPDX-License-Identifier: MIT
/*
 * fill.c - see fill.h. Every decision is drawn from the call's seed, the salt of the field of the
 * ioctl's own struct, and the number of draws below that field; nothing else. With probability
 * wild/256 a field gets what is wrong for it.
 */
#include "fill.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u
#define ELEMENTS_MAX 16384u
#define DEPTH_MAX 3

static void fill_layout(struct filler *f, const struct layout *layout, uint8_t *at, int depth);

void arena_init(struct arena *arena)
{
	arena->base = mmap(NULL, ARENA_SIZE + PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(arena->base + ARENA_SIZE, PAGE, PROT_NONE);
	arena->used = 0;
}

static uint64_t draw(struct filler *f)
{
	uint64_t salt = f->call->salt[f->top % PROGRAM_SALTS] | (uint64_t)f->top << 16;

	return rng_mix(f->call->seed, salt << 20 | f->draws++);
}

static uint32_t draw_below(struct filler *f, uint32_t n)
{
	return (uint32_t)((draw(f) >> 32) * n >> 32);
}

static bool wrong(struct filler *f)
{
	return (draw(f) >> 56) < f->call->wild;
}

static const uint64_t odd_numbers[] = {
	0,
	1,
	2,
	3,
	7,
	15,
	16,
	17,
	31,
	32,
	33,
	63,
	64,
	65,
	255,
	256,
	257,
	1023,
	1024,
	1025,
	4095,
	4096,
	4097,
	10240,
	10241,
	10916,
	10917,
	16384,
	16385,
	65535,
	65536,
	65537,
	131056,
	131072,
	131073,
	0x7fffffff,
	0x80000000,
	0xfffffff0,
	0xffffffff,
	0x100000000,
	0x7fffffffffffffff,
	0x8000000000000000,
	0xffffffffffff0000,
	0xffffffffffffffff,
};

static uint64_t odd_number(struct filler *f)
{
	uint64_t n = odd_numbers[draw_below(f, sizeof(odd_numbers) / sizeof(odd_numbers[0]))];

	return draw_below(f, 4) ? n : draw(f) >> draw_below(f, 64);
}

/* An address that is none of ours: null, the kernel's, not canonical, unmapped, or at the very end.
 */
static uint64_t odd_pointer(struct filler *f)
{
	uint64_t end = (uintptr_t)f->arena->base + ARENA_SIZE;

	switch (draw_below(f, 8)) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return 0xffff888000000000u;
	case 3:
		return 0x0000800000000000u;
	case 4:
		return UINT64_MAX - draw_below(f, 64);
	case 5:
		return end;
	default:
		return end - draw_below(f, 256);
	}
}

/* Room in the arena; @bytes are bounded by its size. */
static uint8_t *room(struct filler *f, uint32_t bytes)
{
	uint32_t at = (f->arena->used + 7) & ~7u;

	if (bytes > ARENA_SIZE - at)
		at = 0;
	f->arena->used = at + bytes;
	return f->arena->base + at;
}

/* A handle that fits those before it: all of one device, as most calls want it. */
static uint32_t fitting_handle(struct filler *f, uint32_t kind)
{
	const struct pool *pool = &f->file->live[kind];
	uint32_t value;

	if (kind == KIND_DEVICE && f->device)
		return f->device;
	value = handle_take(pool, draw(f), f->device);
	if (!f->device)
		f->device = kind == KIND_DEVICE ? value : handle_owner(pool, value);
	return value;
}

static uint32_t handle(struct filler *f, uint32_t kind)
{
	struct file *other = &f->client->file[draw_below(f, CLIENT_FILES)];
	uint32_t value;

	if (kind == KIND_ANY)
		kind = draw_below(f, 2) ? (draw_below(f, 2) ? KIND_SYNC : KIND_RESOURCE)
					: KIND_ADAPTER + draw_below(f, KIND_ANY - KIND_ADAPTER);
	value = fitting_handle(f, kind);
	if (!wrong(f))
		return value;
	switch (draw_below(f, 7)) {
	case 0:
		return 0;
	case 1:
		return (uint32_t)pool_take(&f->file->stale, draw(f));
	case 2:
		return (uint32_t)pool_take(&other->live[kind], draw(f));
	case 3:
		return (uint32_t)pool_take(&f->file->live[draw_below(f, KIND_COUNT)], draw(f));
	case 4:
		return value ^ 1u << draw_below(f, 32);
	case 5:
		return (uint32_t)pool_take(&f->file->live[kind], draw(f));
	default:
		return (uint32_t)draw(f);
	}
}

static uint64_t flags(struct filler *f, const struct field *field)
{
	uint32_t dice = draw_below(f, 16);

	if (wrong(f))
		return draw_below(f, 2) ? draw(f) : 1ull << draw_below(f, field->size * 8);
	if (field->value_count && dice < 8)
		return field->values[draw_below(f, field->value_count)];
	if (dice < 9)
		return 0;
	if (dice < 14 && field->mask)
		return field->mask & 1u << draw_below(f, 32);
	return field->mask & draw(f);
}

static uint64_t virtual_address(struct filler *f)
{
	uint64_t va = pool_take(&f->file->va, draw(f));

	if (!wrong(f))
		return va;
	return draw_below(f, 2) ? va + odd_number(f) : odd_number(f) << 12;
}

static uint64_t fd_value(struct filler *f, enum fd_kind kind)
{
	if (!wrong(f))
		return pool_take(&f->client->fd[kind], draw(f));
	if (draw_below(f, 2))
		return pool_take(&f->client->fd[draw_below(f, FD_KINDS)], draw(f));
	return draw_below(f, 2) ? (uint64_t)f->file->fd : odd_number(f);
}

/* A process: the caller, its parent, one that is there, one that is not. */
static uint64_t pid_value(struct filler *f)
{
	switch (draw_below(f, 8)) {
	case 0:
	case 1:
		return (uint64_t)getpid();
	case 2:
		return (uint64_t)getppid();
	case 3:
		return (uint64_t)getpid() + draw_below(f, 8) - 4;
	case 4:
		return odd_number(f);
	}
	return 0;
}

static uint64_t fence_value(struct filler *f)
{
	return draw_below(f, 4) && !wrong(f) ? draw_below(f, 6) : odd_number(f);
}

static uint64_t bytes_value(struct filler *f)
{
	if (wrong(f))
		return odd_number(f);
	return 4096u * (draw_below(f, 4) ? 1 + draw_below(f, 4) : draw_below(f, 64));
}

static uint64_t enum_value(struct filler *f, const struct field *field)
{
	if (wrong(f) || !field->value_count)
		return odd_number(f);
	return field->values[draw_below(f, field->value_count)];
}

/* Roles that are one number which depends on nothing else. */
static uint64_t number(struct filler *f, uint32_t role)
{
	switch (role) {
	case ROLE_SMALL:
		return wrong(f) ? odd_number(f) : draw_below(f, 4) == 3;
	case ROLE_BYTES:
		return bytes_value(f);
	case ROLE_PAGES:
		return wrong(f) ? odd_number(f) : draw_below(f, 3);
	case ROLE_COMMAND_LENGTH:
		return wrong(f) ? odd_number(f) : 16u * (1 + draw_below(f, 3));
	case ROLE_VA:
		return virtual_address(f);
	case ROLE_OPTIONAL_VA:
		return draw_below(f, 4) ? 0 : virtual_address(f);
	case ROLE_BOUND_LOW:
		return wrong(f) ? odd_number(f) : 0;
	case ROLE_BOUND_HIGH:
		return wrong(f) ? odd_number(f) : draw_below(f, 2) ? 0 : 1ull << 40;
	case ROLE_FENCE:
		return fence_value(f);
	case ROLE_FD_EVENT:
		return draw_below(f, 3) ? fd_value(f, FD_EVENT) : 0;
	case ROLE_FD_SHARED:
		return fd_value(f, FD_SHARED);
	case ROLE_FD_SYNC:
		return fd_value(f, FD_SYNC);
	case ROLE_FD_DMABUF:
		return fd_value(f, FD_DMABUF);
	case ROLE_ESCAPE_OP:
		return wrong(f) ? odd_number(f) : draw_below(f, 2) ? 1 : 0x100 + draw_below(f, 8);
	case ROLE_PID:
		return pid_value(f);
	case ROLE_NULLISH:
	case ROLE_RESERVED:
		return wrong(f) ? odd_number(f) : 0;
	}
	return draw_below(f, 2) ? 0 : odd_number(f);
}

static void store(uint8_t *at, uint64_t value, uint32_t size)
{
	memcpy(at, &value, size < sizeof(value) ? size : sizeof(value));
}

static void fill_handles(struct filler *f, uint32_t kind, uint32_t *at, uint32_t n)
{
	while (n--)
		*at++ = handle(f, kind);
}

static void fill_words(struct filler *f, const struct field *field, uint8_t *at, uint32_t n)
{
	uint32_t size = field->role == ROLE_WORDS8 ? 8 : 4;

	for (; n--; at += size)
		store(at, number(f, field->kind), size);
}

static void fill_bytes(struct filler *f, const struct field *field, uint8_t *at, uint32_t n,
		       int depth)
{
	uint32_t i;

	for (i = 0; i < n && i < 256; i++)
		at[i] = (uint8_t)(draw_below(f, 4) ? 0 : draw(f));
	if (field->elem >= 0 && layouts[field->elem].size <= n)
		fill_layout(f, &layouts[field->elem], at, depth + 1);
}

static uint32_t element_size(const struct field *field)
{
	switch (field->role) {
	case ROLE_STRUCTS:
		return layouts[field->elem].size;
	case ROLE_WORDS8:
		return 8;
	case ROLE_BLOB:
		return 1;
	}
	return 4;
}

/* How many elements; bytes, for private data. */
static uint32_t elements(struct filler *f, const struct field *field)
{
	static const uint16_t sizes[] = { 4, 8, 16, 24, 64, 280, 520, 4096 };
	uint32_t most = ARENA_SIZE / 4 / element_size(field);

	if (wrong(f)) {
		uint64_t n = odd_number(f);

		return n > ELEMENTS_MAX ? (uint32_t)n : n > most ? most : (uint32_t)n;
	}
	if (field->optional && draw_below(f, 4) == 0)
		return 0;
	if (field->role == ROLE_BLOB && field->elem >= 0)
		return draw_below(f, 12) ? layouts[field->elem].size : 0;
	if (field->role == ROLE_BLOB)
		return draw_below(f, 2) ? 0
					: sizes[draw_below(f, sizeof(sizes) / sizeof(sizes[0]))];
	return draw_below(f, 3) ? 1 : draw_below(f, 12) ? 1 + draw_below(f, 3) : draw_below(f, 64);
}

static uint64_t fill_array(struct filler *f, const struct field *field, uint32_t claimed, int depth)
{
	uint32_t size = element_size(field), most = ARENA_SIZE / 4 / size, n = claimed, i;
	uint8_t *at;

	if (wrong(f))
		return odd_pointer(f);
	if ((!n || field->optional) && draw_below(f, 2))
		return 0;
	n = n > most ? most : n;
	n = n > ELEMENTS_MAX ? ELEMENTS_MAX : n;
	at = room(f, n * size);
	switch (field->role) {
	case ROLE_HANDLES:
		fill_handles(f, field->kind, (uint32_t *)at, n);
		break;
	case ROLE_WORDS4:
	case ROLE_WORDS8:
		fill_words(f, field, at, n);
		break;
	case ROLE_STRUCTS:
		for (i = 0; i < n && depth < DEPTH_MAX; i++)
			fill_layout(f, &layouts[field->elem], at + i * size, depth + 1);
		break;
	default:
		fill_bytes(f, field, at, n, depth);
	}
	return (uintptr_t)at + (draw_below(f, 64) ? 0 : f->call->wild & 3);
}

static uint32_t claimed_count(const struct layout *layout, const struct field *field,
			      const uint8_t *at)
{
	uint32_t n = 1;

	if (field->count >= 0)
		memcpy(&n, at + layout->fields[field->count].offset, sizeof(n));
	return n;
}

static void fill_inline_handles(struct filler *f, const struct layout *layout,
				const struct field *field, uint8_t *at)
{
	uint32_t n = field->array, i, claimed;

	if (field->count >= 0) {
		claimed = claimed_count(layout, field, at);
		n = claimed < n ? claimed : n;
	}
	for (i = 0; i < n; i++)
		store(at + field->offset + 4 * i, handle(f, field->kind), 4);
}

static uint64_t user_pages(struct filler *f)
{
	uint64_t at = (uintptr_t)f->client->pages + 4096u * draw_below(f, CLIENT_PAGES);

	if (wrong(f))
		return draw_below(f, 2) ? at + draw_below(f, 4096) : odd_pointer(f);
	return draw_below(f, 3) ? 0 : at;
}

static void fill_field(struct filler *f, const struct layout *layout, const struct field *field,
		       uint8_t *at, int depth)
{
	uint8_t *to = at + field->offset;
	uint32_t i;

	switch (field->role) {
	case ROLE_NONE:
	case ROLE_COUNT:
		return; /* counts were set before */
	case ROLE_CONST:
		return store(to, wrong(f) ? odd_number(f) : field->kind, field->size);
	case ROLE_ENUM:
		return store(to, enum_value(f, field), field->size);
	case ROLE_FLAGS:
		return store(to, flags(f, field), field->size);
	case ROLE_HANDLE:
		return fill_inline_handles(f, layout, field, at);
	case ROLE_OPTIONAL:
		return store(to, draw_below(f, 3) ? 0 : handle(f, field->kind), 4);
	case ROLE_LUID:
		return store(to, wrong(f) ? draw(f) : f->file->luid, 8);
	case ROLE_USER_OUT:
		return store(to, wrong(f) ? odd_pointer(f) : 0, 8);
	case ROLE_USER_PAGES:
		return store(to, user_pages(f), 8);
	case ROLE_BLOB:
	case ROLE_HANDLES:
	case ROLE_WORDS4:
	case ROLE_WORDS8:
	case ROLE_STRUCTS:
		return store(to, fill_array(f, field, claimed_count(layout, field, at), depth), 8);
	}
	for (i = 0; i < field->array; i++)
		store(to + i * field->size, number(f, field->role), field->size);
}

/* Fields of a union share bytes: one that is covered already is left alone, or wins, by chance. */
static bool covered(struct filler *f, const struct layout *layout, uint32_t i)
{
	const struct field *a = &layout->fields[i], *b;
	uint32_t j;

	for (j = 0; j < i; j++) {
		b = &layout->fields[j];
		if (a->offset < b->offset + b->size * b->array &&
		    b->offset < a->offset + a->size * a->array)
			return draw_below(f, 2);
	}
	return false;
}

/* The array that a count belongs to; a count without one may say anything. */
static uint64_t count_value(struct filler *f, const struct layout *layout,
			    const struct field *field)
{
	const struct field *array;

	if (field->elem < 0)
		return wrong(f) ? odd_number(f) : draw_below(f, 5);
	array = &layout->fields[field->elem];
	if (array->role == ROLE_HANDLE)
		return wrong(f) ? odd_number(f) : 1 + draw_below(f, 2);
	return elements(f, array);
}

static void fill_layout(struct filler *f, const struct layout *layout, uint8_t *at, int depth)
{
	uint32_t i;

	for (i = 0; i < layout->field_count; i++) {
		if (!depth)
			f->top = i, f->draws = 0;
		if (layout->fields[i].role == ROLE_COUNT)
			store(at + layout->fields[i].offset,
			      count_value(f, layout, &layout->fields[i]), layout->fields[i].size);
	}
	for (i = 0; i < layout->field_count; i++) {
		if (!depth)
			f->top = i, f->draws = 1000;
		if (!covered(f, layout, i))
			fill_field(f, layout, &layout->fields[i], at, depth);
	}
}

/** fill_argument() - the struct and its arrays, in the arena. Return: the ioctl's argument. */
void *fill_argument(struct filler *f, const struct layout *layout)
{
	uint8_t *at;

	f->arena->used = 0;
	f->device = 0;
	at = room(f, layout->size);
	memset(at, 0, layout->size);
	fill_layout(f, layout, at, 0);
	return at;
}

static void learn_handle(struct filler *f, uint32_t kind, uint32_t before, uint32_t after,
			 bool destroys)
{
	if (destroys && before) {
		handle_drop(&f->file->live[kind], before);
		pool_add(&f->file->stale, before);
		if (kind == KIND_DEVICE)
			file_forget_children(f->file, before);
	} else if (after && after != before && kind < KIND_ANY) {
		handle_add(&f->file->live[kind], after, kind > KIND_DEVICE ? f->device : 0);
	}
}

static void learn_word(struct filler *f, const struct field *field, uint64_t before, uint64_t after)
{
	if (!after || after == before)
		return;
	switch (field->role) {
	case ROLE_VA:
	case ROLE_OPTIONAL_VA:
		pool_add(&f->file->va, after);
		break;
	case ROLE_USER_OUT:
		pool_add(&f->file->mapped, after);
		break;
	case ROLE_FENCE:
		pool_add(&f->file->fence_value, after);
		break;
	case ROLE_FD_SHARED:
		client_add_fd(f->client, FD_SHARED, (int)after);
		break;
	case ROLE_FD_SYNC:
		client_add_fd(f->client, FD_SYNC, (int)after);
		break;
	case ROLE_FD_DMABUF:
		client_add_fd(f->client, FD_DMABUF, (int)after);
		break;
	case ROLE_LUID:
		f->file->luid = after;
		break;
	}
}

static bool in_arena(const struct filler *f, uint64_t at, uint64_t size)
{
	uint64_t base = (uintptr_t)f->arena->base;

	return at >= base && at <= base + ARENA_SIZE && size <= base + ARENA_SIZE - at;
}

/* What the kernel wrote into an array that did not hold live handles before. */
static void learn_array(struct filler *f, const struct field *field, uint64_t at, uint32_t n)
{
	static const uint8_t zero[1024];
	uint32_t size = element_size(field), i;
	uint64_t value = 0;

	for (i = 0; i < n && i < 64 && in_arena(f, at, size); i++, at += size) {
		if (field->role == ROLE_STRUCTS && layouts[field->elem].size <= sizeof(zero))
			fill_learn(f, &layouts[field->elem], zero, (const uint8_t *)(uintptr_t)at,
				   false);
		memcpy(&value, (const void *)(uintptr_t)at, size < 8 ? size : 8);
		if (field->role == ROLE_WORDS8 && field->kind == ROLE_FD_SHARED && value < 1024)
			client_add_fd(f->client, FD_SHARED, (int)value);
	}
}

static void drop_array(struct filler *f, const struct field *field, uint64_t at, uint32_t n)
{
	for (; n-- && in_arena(f, at, 4); at += 4)
		learn_handle(f, field->kind, *(const uint32_t *)(uintptr_t)at, 0, true);
}

/**
 * fill_learn() - a call succeeded: remember what it made, forget what it destroyed.
 * @before, @after: the argument before and after the call
 * @destroys: the ioctl destroys: its only handle, or the optional one and the list
 */
void fill_learn(struct filler *f, const struct layout *layout, const uint8_t *before,
		const uint8_t *after, bool destroys)
{
	const struct field *field;
	uint64_t old, new;
	uint32_t i;

	for (i = 0; i < layout->field_count; i++) {
		field = &layout->fields[i];
		old = new = 0;
		memcpy(&old, before + field->offset, field->size < 8 ? field->size : 8);
		memcpy(&new, after + field->offset, field->size < 8 ? field->size : 8);
		if (field->role == ROLE_HANDLES && destroys)
			drop_array(f, field, new, claimed_count(layout, field, after));
		else if (field->role >= ROLE_BLOB)
			learn_array(f, field, new, claimed_count(layout, field, after));
		else if (field->role == ROLE_HANDLE || field->role == ROLE_OPTIONAL)
			learn_handle(f, field->kind, (uint32_t)old, (uint32_t) new,
				     destroys && (layout->field_count == 1 ||
						  field->role == ROLE_OPTIONAL));
		else
			learn_word(f, field, old, new);
	}
}
