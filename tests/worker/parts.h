/* SPDX-License-Identifier: MIT */
/*
 * parts.h - requests to compile and to link, which are lists: one at a time, in @parts, written
 * piece by piece. Anything of it may be changed before it is sent; the answer is there afterwards.
 */
#ifndef TESTS_WORKER_PARTS_H
#define TESTS_WORKER_PARTS_H

#include "harness.h"

/** struct parts - @size: bytes so far. */
struct parts {
	struct ipc_header ipc;
	union {
		struct dxg_escape h;
		struct dxg_escape_program_compile compile;
		struct dxg_escape_program_link link;
		uint8_t bytes[DXG_MESSAGE_MAX - 256];
	};
	uint32_t size;
};

extern struct parts parts;

/** parts_start() - an empty one: DXG_ESCAPE_PROGRAM_COMPILE or _LINK. */
void parts_start(uint32_t op);

/** parts_options() - right after parts_start(). */
void parts_options(const char *options);

/** parts_header() - one more header of a compilation. @name_size: what the request says of @name */
void parts_header(uint32_t program, const char *name, uint32_t name_size);

/** parts_input() - one more program of a link. */
void parts_input(uint32_t program);

/** parts_send() - send it and wait. Return: the escape's status. */
int parts_send(struct worker *worker);

/** parts_begin() - send it. Return: the number under which its answer comes, for parts_end(). */
uint64_t parts_begin(struct worker *worker);
int parts_end(struct worker *worker, uint64_t id);

#endif /* TESTS_WORKER_PARTS_H */
