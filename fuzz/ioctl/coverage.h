/* SPDX-License-Identifier: MIT */
/*
 * coverage - which instructions of the module were reached, by KCOV: the debug kernel traces our
 * module alone. The map is one byte per byte of the module's text, in memory that all processes
 * share; who sets a byte first has found something new.
 */
#ifndef OPENDXG_FUZZ_COVERAGE_H
#define OPENDXG_FUZZ_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define COVERAGE_TEXT (2u << 20)

/** struct coverage_map - shared; @base: address of the module's .text. */
struct coverage_map {
	uint64_t base;
	uint32_t reached;
	volatile uint8_t seen[COVERAGE_TEXT];
};

/** struct coverage - one thread's trace. */
struct coverage {
	int fd;
	uint64_t *trace;
};

bool coverage_find_module(struct coverage_map *map);
bool coverage_start(struct coverage *c);
uint32_t coverage_collect(struct coverage *c, struct coverage_map *map);
void coverage_print(const struct coverage_map *map, FILE *out);

#endif
