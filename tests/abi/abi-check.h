/* SPDX-License-Identifier: MIT */
/*
 * The checks that the generated test_abi.c is made of: one macro per kind of table row. Each names
 * what it looked at when it fails. Everything is a plain function of its arguments; there is no
 * state. Compiles as C and as C++; types are compared in C only.
 */
#ifndef ABI_CHECK_H
#define ABI_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
#include <cmocka.h>
#ifdef __cplusplus
}
#endif

#include "uapi/misc/d3dkmthk.h"

#define ABI_STRUCT_MAX 1024 /* bytes; more than the largest structure */

/* Fail unless @got is @want; @what names it. */
static inline void abi_expect(const char *what, long long got, long long want)
{
	if (got != want)
		fail_msg("%s is %lld (%#llx), the table says %lld (%#llx)", what, got,
			 (unsigned long long)got, want, (unsigned long long)want);
}

/* The value of a bit-field of @width bits that are all set. */
static inline uint64_t abi_ones(unsigned int width)
{
	return width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
}

/*
 * Fail unless @obj, of @size bytes, is zero but for @width set bits from bit @lsb of the
 * little-endian word of @unit bytes at @offset.
 */
static inline void abi_expect_bits(const char *what, const void *obj, size_t size, size_t offset,
				   size_t unit, unsigned int lsb, unsigned int width)
{
	uint64_t word = abi_ones(width) << lsb;
	uint8_t want[ABI_STRUCT_MAX] = { 0 };
	size_t i;

	assert_true(size <= sizeof(want) && unit <= sizeof(word) && offset + unit <= size);
	for (i = 0; i < unit; i++)
		want[offset + i] = (uint8_t)(word >> (8 * i));
	if (memcmp(obj, want, size) != 0)
		fail_msg("%s is not at bits %u:%u of the word at %zu", what, lsb, width, offset);
}

#define CHECK_SIZE(type, size) abi_expect("sizeof(" #type ")", (long long)sizeof(type), size)

#define CHECK_VALUE(name, value) abi_expect(#name, (long long)(name), value)

#define CHECK_FIELD(type, field, offset, size)                                                 \
	do {                                                                                   \
		abi_expect("offset of " #type "." #field, (long long)offsetof(type, field),    \
			   offset);                                                            \
		abi_expect("size of " #type "." #field, (long long)sizeof(((type *)0)->field), \
			   size);                                                              \
	} while (0)

#define CHECK_ARRAY(type, field, count)           \
	abi_expect("length of " #type "." #field, \
		   (long long)(sizeof(((type *)0)->field) / sizeof(((type *)0)->field[0])), count)

#ifdef __cplusplus
#define CHECK_TYPE(type, field, field_type) ((void)0)
#else
#define CHECK_TYPE(type, field, field_type)                           \
	abi_expect("type of " #type "." #field " being " #field_type, \
		   __builtin_types_compatible_p(__typeof__(((type *)0)->field), field_type), 1)
#endif

#define CHECK_BITS(type, field, field_type, offset, unit, lsb, width)                           \
	do {                                                                                    \
		type obj;                                                                       \
                                                                                                \
		memset(&obj, 0, sizeof(obj));                                                   \
		obj.field = (field_type)abi_ones(width);                                        \
		abi_expect_bits(#type "." #field, &obj, sizeof(obj), offset, unit, lsb, width); \
		if ((uint64_t)obj.field != abi_ones(width))                                     \
			fail_msg("%s does not read back what was written", #type "." #field);   \
	} while (0)

#define CHECK_IOCTL(name, nr, command, type)                                            \
	do {                                                                            \
		abi_expect(#name, (long long)(name), command);                          \
		abi_expect("number of " #name, _IOC_NR(name), nr);                      \
		abi_expect("size in " #name, _IOC_SIZE(name), (long long)sizeof(type)); \
	} while (0)

#endif /* ABI_CHECK_H */
