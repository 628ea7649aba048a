/* SPDX-License-Identifier: MIT */
/*
 * decode.h - from the private bytes of a command buffer to checked packets. Pure logic: no memory
 * of a guest, no driver, no clock; what it must know it asks through struct decode_env. One bad
 * packet and nothing is returned, so that a refused buffer has done nothing.
 */
#ifndef WORKER_DECODE_H
#define WORKER_DECODE_H

#include <stdint.h>

#include "backend/backend.h"

/**
 * struct decode_env - what the decoder asks. All callbacks are for the thread that decodes; @arg is
 * passed to each.
 */
struct decode_env {
	void *arg;
	const struct backend_limits *limits;
	/**
	 * @resolve: which bytes of which allocation are [@va, @va + @size)? With @size 0, all from
	 * @va to the end of what is mapped there. @write: commands will write there.
	 * Return: 0; -EFAULT not mapped; -EACCES mapped read-only; -EXDEV not one contiguous piece
	 * of one allocation; -ENOMEM.
	 */
	int (*resolve)(void *arg, uint64_t va, uint64_t size, bool write, struct backend_span *ret);
	/**
	 * @kernel: kernel @index of program object @program; both live until the submission is
	 * done. Return: 0; -ENOENT no such program, or not built; -ERANGE no such kernel; -EIO,
	 * -ENOMEM.
	 */
	int (*kernel)(void *arg, uint32_t program, uint32_t index,
		      struct backend_program **ret_program,
		      const struct backend_kernel **ret_kernel);
	/**
	 * @image: image object @id, which lives until the submission is done. Return: 0; -ENOENT
	 * no such image; -ENOMEM.
	 */
	int (*image)(void *arg, uint32_t id, struct backend_image **ret);
	/** @check: backend_ops.check; 0 or -EINVAL with @text. */
	int (*check)(void *arg, const struct backend_packet *packet, struct backend_text *text);
};

/**
 * struct decode_list - the packets of one buffer; may be used again for the next one.
 * @packet, @count: the packets. They point into the bytes that were decoded
 * @heavy: it has packets that may take long (a dispatch, or DECODE_LIGHT_BYTES and more)
 */
struct decode_list {
	struct backend_packet *packet;
	size_t count;
	bool heavy;
	/* private to decode.c */
	size_t room;
	struct backend_arg *arg;
	size_t arg_count;
	size_t arg_room;
	uint64_t bytes;
};

/** DECODE_LIGHT_BYTES - a submission that moves fewer bytes and runs no kernel is quick. */
#define DECODE_LIGHT_BYTES 65536u

/**
 * decode() - check the @size bytes at @data, 8-byte aligned and private, and list their packets.
 * @text: for an error, which packet and field it was and why
 *
 * Return: 0; -EINVAL for a bad packet; -ENOMEM. After an error @list is empty.
 */
int decode(const struct decode_env *env, const void *data, uint32_t size, struct decode_list *list,
	   struct backend_text *text);

/** decode_list_fini() - free what the list holds; an all-zero one is fine. */
void decode_list_fini(struct decode_list *list);

/** decode_boxes_overlap() - do two boxes of the same pitches, @delta >= 0 bytes apart, share one?
 */
bool decode_boxes_overlap(uint64_t delta, const uint64_t region[3], uint64_t pitch, uint64_t slice);

#endif /* WORKER_DECODE_H */
