// SPDX-License-Identifier: MIT
/*
 * program.c - see program.h. Pure: no system call, no state but the caller's.
 */
#include "program.h"

#include <inttypes.h>
#include <string.h>

#include "extra.h"
#include "grammar.h"

uint64_t rng_next(struct rng *rng)
{
	rng->state += 0x9e3779b97f4a7c15u;
	return rng_mix(rng->state, 0);
}

/* splitmix64's finisher over two words. */
uint64_t rng_mix(uint64_t a, uint64_t b)
{
	uint64_t z = a ^ (b * 0xff51afd7ed558ccdu);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static bool one_in(struct rng *rng, uint32_t n)
{
	return rng_below(rng, n) == 0;
}

static uint8_t wildness(struct rng *rng)
{
	uint32_t dice = rng_below(rng, 100);

	return dice < 60 ? 0 : dice < 85 ? 24 : dice < 95 ? 80 : 200;
}

/* One in how many: what takes everything else away is rare, and so is what there is not. */
static uint32_t rarity(const struct source *source, uint32_t what)
{
	static const char *const ends[] = { "CloseAdapter", "DestroyDevice", "MarkDeviceAsError" };
	const char *name = ioctls[what].name;
	size_t i;

	if (source->missing[what])
		return 40;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!strcmp(name, ends[i]))
			return 12;
	if (!strncmp(name, "Create", 6) || !strncmp(name, "Open", 4) || !strncmp(name, "Map", 3))
		return 1;
	return strncmp(name, "Destroy", 7) ? 2 : 5;
}

static uint16_t choose_ioctl(struct source *source)
{
	uint32_t what;

	do
		what = rng_below(&source->rng, ioctl_count);
	while (!one_in(&source->rng, rarity(source, what)));
	return (uint16_t)what;
}

static void call_generate(struct call *call, struct source *source)
{
	struct rng *rng = &source->rng;

	memset(call, 0, sizeof(*call));
	if (one_in(rng, 16))
		call->what = (uint16_t)(ioctl_count + EXTRA_SCENE);
	else if (one_in(rng, 7))
		call->what = (uint16_t)(ioctl_count + rng_below(rng, EXTRA_COUNT));
	else
		call->what = choose_ioctl(source);
	call->wild = wildness(rng);
	call->seed = rng_next(rng);
	if (source->faults && one_in(rng, 3))
		call->mode |= CALL_FAULTS;
	if (one_in(rng, 24))
		call->mode |= CALL_SCRIBBLE;
}

void program_generate(struct program *p, struct source *source)
{
	uint32_t i;

	p->count = 1 + rng_below(&source->rng, PROGRAM_CALLS);
	for (i = 0; i < p->count; i++)
		call_generate(&p->call[i], source);
}

static void insert(struct program *p, uint32_t at, const struct call *call)
{
	uint32_t last = p->count < PROGRAM_CALLS ? p->count++ : PROGRAM_CALLS - 1;

	if (at < last)
		memmove(&p->call[at + 1], &p->call[at], (last - at) * sizeof(*call));
	p->call[at < last ? at : last] = *call;
}

static void remove_call(struct program *p, uint32_t at)
{
	if (p->count < 2)
		return;
	p->count--;
	memmove(&p->call[at], &p->call[at + 1], (p->count - at) * sizeof(p->call[0]));
}

static void mutate_once(struct program *p, const struct program *other, struct source *source)
{
	struct rng *rng = &source->rng;
	struct call *call = &p->call[rng_below(rng, p->count)], fresh;

	switch (rng_below(rng, 10)) {
	case 0:
	case 1:
		call_generate(&fresh, source);
		insert(p, rng_below(rng, p->count), &fresh);
		break;
	case 2:
		insert(p, rng_below(rng, p->count), &other->call[rng_below(rng, other->count)]);
		break;
	case 3:
		remove_call(p, rng_below(rng, p->count));
		break;
	case 4:
		insert(p, rng_below(rng, p->count), call);
		break;
	case 5:
		call->wild = wildness(rng);
		break;
	case 6:
		call->seed = rng_next(rng);
		break;
	default:
		call->salt[rng_below(rng, PROGRAM_SALTS)] = (uint16_t)rng_next(rng);
	}
}

void program_mutate(struct program *p, const struct program *other, struct source *source)
{
	uint32_t n = 1 + rng_below(&source->rng, 4);

	while (n--)
		mutate_once(p, other, source);
}

const char *call_name(const struct call *call)
{
	return call->what < ioctl_count ? ioctls[call->what].name
					: extra_name(call->what - ioctl_count);
}

/* One line: calls are "name wild mode seed [index=salt]... ;". */
void program_print(const struct program *p, FILE *out)
{
	uint32_t i, j;

	fprintf(out, "program %u", p->count);
	for (i = 0; i < p->count; i++) {
		const struct call *call = &p->call[i];

		fprintf(out, " %s %u %u %" PRIx64, call_name(call), call->wild, call->mode,
			call->seed);
		for (j = 0; j < PROGRAM_SALTS; j++)
			if (call->salt[j])
				fprintf(out, " %u=%x", j, call->salt[j]);
		fputs(" ;", out);
	}
	fputc('\n', out);
}

static bool find_name(const char *name, uint16_t *ret_what)
{
	struct call call = { 0 };

	for (; call.what < ioctl_count + EXTRA_COUNT; call.what++)
		if (!strcmp(call_name(&call), name))
			break;
	*ret_what = call.what;
	return call.what < ioctl_count + EXTRA_COUNT;
}

static bool call_parse(struct call *call, FILE *in)
{
	char name[64], word[32];
	unsigned int wild, mode, index, salt;

	memset(call, 0, sizeof(*call));
	if (fscanf(in, "%63s %u %u %" SCNx64, name, &wild, &mode, &call->seed) != 4 ||
	    !find_name(name, &call->what))
		return false;
	call->wild = (uint8_t)wild;
	call->mode = (uint8_t)mode;
	while (fscanf(in, "%31s", word) == 1 && strcmp(word, ";"))
		if (sscanf(word, "%u=%x", &index, &salt) == 2 && index < PROGRAM_SALTS)
			call->salt[index] = (uint16_t)salt;
	return true;
}

/** program_parse() - the next program in @in; lines of other kinds are passed over. */
bool program_parse(struct program *p, FILE *in)
{
	char word[64];
	uint32_t i;

	while (fscanf(in, "%63s", word) == 1) {
		if (strcmp(word, "program") || fscanf(in, "%u", &p->count) != 1)
			continue;
		if (!p->count || p->count > PROGRAM_CALLS)
			continue;
		for (i = 0; i < p->count && call_parse(&p->call[i], in); i++)
			;
		if (i == p->count)
			return true;
	}
	return false;
}
