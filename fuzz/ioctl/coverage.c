// SPDX-License-Identifier: MIT
/*
 * coverage.c - see coverage.h.
 */
#include "coverage.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define KCOV_INIT_TRACE _IOR('c', 1, unsigned long)
#define KCOV_ENABLE _IO('c', 100)
#define KCOV_TRACE_PC 0
#define TRACE_WORDS (64u << 10)

/** coverage_find_module() - where is dxgkrnl's code? Return: it is there. */
bool coverage_find_module(struct coverage_map *map)
{
	FILE *f = fopen("/sys/module/dxgkrnl/sections/.text", "r");
	bool found = f && fscanf(f, "%" SCNx64, &map->base) == 1;

	if (f)
		fclose(f);
	return found;
}

/** coverage_start() - trace the calling thread from now on. Return: the kernel can. */
bool coverage_start(struct coverage *c)
{
	c->trace = NULL;
	c->fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (c->fd < 0 || ioctl(c->fd, KCOV_INIT_TRACE, TRACE_WORDS))
		return false;
	c->trace = mmap(NULL, TRACE_WORDS * 8, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	if (c->trace == MAP_FAILED || ioctl(c->fd, KCOV_ENABLE, KCOV_TRACE_PC)) {
		c->trace = NULL;
		return false;
	}
	return true;
}

/** coverage_collect() - move the trace so far into the map. Return: instructions nobody reached
 * before. */
uint32_t coverage_collect(struct coverage *c, struct coverage_map *map)
{
	uint64_t i, n, at;
	uint32_t fresh = 0;

	if (!c->trace)
		return 0;
	n = __atomic_load_n(&c->trace[0], __ATOMIC_RELAXED);
	for (i = 1; i <= n && i < TRACE_WORDS; i++) {
		at = c->trace[i] - map->base;
		if (at >= COVERAGE_TEXT || map->seen[at])
			continue;
		fresh += !__atomic_exchange_n(&map->seen[at], 1, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&c->trace[0], 0, __ATOMIC_RELAXED);
	if (fresh)
		__atomic_fetch_add(&map->reached, fresh, __ATOMIC_RELAXED);
	return fresh;
}

/** coverage_print() - offsets in .text that were reached, for coverage-report. */
void coverage_print(const struct coverage_map *map, FILE *out)
{
	uint32_t i;

	for (i = 0; i < COVERAGE_TEXT; i++)
		if (map->seen[i])
			fprintf(out, "pc %x\n", i);
}
