/* SPDX-License-Identifier: MIT */
/*
 * packets - a command buffer being put together in private memory, packet by packet. Too many
 * packets are the test's own mistake: they abort.
 */
#ifndef OPENDXG_TESTS_API_PACKETS_H
#define OPENDXG_TESTS_API_PACKETS_H

#include <stddef.h>
#include <stdint.h>

#include "dxgwire/cmd.h"

#define PACKETS_MAX 16384u

/** struct packets - @size bytes of @data are in use; start with all zero. */
struct packets {
	uint32_t size;
	uint8_t data[PACKETS_MAX] __attribute__((aligned(8)));
};

/** struct packets_box - where a box of bytes lies. */
struct packets_box {
	uint64_t va;
	uint64_t pitch;
	uint64_t slice;
};

/** packets_add() - @size bytes, whatever they are. Return: where they stand. */
void *packets_add(struct packets *p, const void *packet, size_t size);

void packets_barrier(struct packets *p);
void packets_copy(struct packets *p, uint64_t dst, uint64_t src, uint64_t size);
void packets_fill(struct packets *p, uint64_t dst, uint64_t size, const void *pattern,
		  uint32_t pattern_size);
void packets_rect(struct packets *p, const struct packets_box *dst, const struct packets_box *src,
		  const uint64_t region[3]);
void packets_timestamp(struct packets *p, uint64_t dst);

/** packets_profile() - have start and end of the last packet, @packet, written to @va. */
void packets_profile(void *packet, uint64_t va);

/**
 * packets_dispatch() - a dispatch over @items in one dimension, without arguments yet.
 * @local: work-group size, or 0 for the driver's choice
 * Return: offset of the packet, for packets_arg_*().
 */
uint32_t packets_dispatch(struct packets *p, uint32_t program, uint32_t kernel, uint64_t items,
			  uint64_t local);
void packets_arg_va(struct packets *p, uint32_t dispatch, uint64_t va);
void packets_arg_bytes(struct packets *p, uint32_t dispatch, const void *bytes, uint32_t size);
void packets_arg_local(struct packets *p, uint32_t dispatch, uint64_t bytes);

#endif
