/* SPDX-License-Identifier: MIT */
/*
 * header_facts - what Debian's directx-headers-dev say of DXCore's interfaces, for C: those headers
 * are C++ only. header_facts.cpp asks the compiler.
 */
#ifndef OPENDXG_TESTS_DXCORE_HEADER_FACTS_H
#define OPENDXG_TESTS_DXCORE_HEADER_FACTS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct header_number - a number that has a name: an enumerator, a size, a place in a table. */
struct header_number {
	const char *name;
	uint64_t value;
};

/** struct header_guid - an identifier, as bytes of memory. */
struct header_guid {
	const char *name;
	uint8_t bytes[16];
};

extern const struct header_number header_numbers[];
extern const size_t header_number_count;
const struct header_guid *header_guids(size_t *ret_count);

#ifdef __cplusplus
}
#endif

#endif
