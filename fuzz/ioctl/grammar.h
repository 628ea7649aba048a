/* SPDX-License-Identifier: MIT */
/*
 * grammar - what the fuzzer knows of the interface: every ioctl, the leaf fields of its struct, and
 * what each field means. The tables are made from tests/abi/ and annotations.tsv (gen-grammar.py)
 * and never change.
 */
#ifndef OPENDXG_FUZZ_GRAMMAR_H
#define OPENDXG_FUZZ_GRAMMAR_H

#include <stddef.h>
#include <stdint.h>

/** enum role - what a field means. */
enum role {
	ROLE_VALUE, /* any number */
	ROLE_NONE, /* left alone */
	ROLE_RESERVED, /* zero, as a rule */
	ROLE_SMALL, /* 0 or 1, as a rule */
	ROLE_NULLISH, /* zero; now and then a pointer or a number */
	ROLE_CONST, /* @kind is the number */
	ROLE_ENUM, /* one of @values */
	ROLE_FLAGS, /* bits, @mask are the known ones; @values, if any, sets of them that make sense
		     */
	ROLE_HANDLE, /* @array handles of @kind; only as many as the field @count says */
	ROLE_OPTIONAL, /* the same, but mostly 0 */
	ROLE_LUID, /* an adapter's */
	ROLE_COUNT, /* elements (or bytes) of the array @elem, a field's index */
	ROLE_BYTES, /* a size or an offset */
	ROLE_PAGES, /* the same in pages */
	ROLE_COMMAND_LENGTH, /* bytes of a command buffer */
	ROLE_VA, /* a GPU virtual address */
	ROLE_OPTIONAL_VA, /* the same, but mostly 0 */
	ROLE_BOUND_LOW, /* bounds of a search for an address */
	ROLE_BOUND_HIGH,
	ROLE_FENCE, /* a value of a fence */
	ROLE_PID, /* a process */
	ROLE_FD_EVENT, /* an eventfd */
	ROLE_FD_SHARED, /* a shared object */
	ROLE_FD_SYNC, /* a sync_file */
	ROLE_FD_DMABUF, /* a dma-buf */
	ROLE_ESCAPE_OP, /* an operation of dxgwire/escape.h */
	ROLE_USER_OUT, /* a pointer that the kernel sets */
	ROLE_USER_PAGES, /* whole pages of ours */
	ROLE_BLOB, /* pointer to @count bytes; @elem: their layout */
	ROLE_HANDLES, /* pointer to @count handles of @kind */
	ROLE_WORDS4, /* pointer to @count numbers; @kind is their role */
	ROLE_WORDS8,
	ROLE_STRUCTS, /* pointer to @count structs of layout @elem */
};

/** enum kind - what a handle names; each has a pool of live ones. */
enum kind {
	KIND_NONE,
	KIND_ADAPTER,
	KIND_DEVICE,
	KIND_CONTEXT,
	KIND_HWCONTEXT,
	KIND_HWQUEUE,
	KIND_PAGING_QUEUE,
	KIND_RESOURCE,
	KIND_ALLOCATION,
	KIND_SYNC,
	KIND_GLOBAL,
	KIND_ANY,
	KIND_COUNT,
};

/**
 * struct field - one leaf of a layout; indices are into the same layout's fields. An @optional
 * pointer is null half of the time.
 */
struct field {
	const char *name;
	uint16_t offset;
	uint16_t size;
	uint16_t array;
	uint8_t role;
	uint32_t kind;
	int16_t elem;
	int16_t count;
	const uint32_t *values;
	uint16_t value_count;
	uint32_t mask;
	uint8_t optional;
};

/** struct layout - a struct. */
struct layout {
	const char *name;
	uint16_t size;
	uint16_t field_count;
	const struct field *fields;
};

/** struct ioctl_desc - an ioctl: its command word and the index of its argument's layout. */
struct ioctl_desc {
	const char *name;
	uint32_t cmd;
	uint16_t layout;
};

extern const struct layout layouts[];
extern const struct ioctl_desc ioctls[];
extern const unsigned int ioctl_count;

#endif
