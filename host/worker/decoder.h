/* SPDX-License-Identifier: MIT */
/*
 * decoder.h - what the parts of the decoder share; private to decode*.c. decode.c has the loop over
 * packets and all packets of plain memory, decode_image.c those of images, and their arguments.
 */
#ifndef WORKER_DECODER_H
#define WORKER_DECODER_H

#include "worker/decode.h"

/**
 * struct decoder - one packet being decoded.
 * @at: its first byte
 * @size: its bytes, header included, checked against what is left
 * @out: where it goes, all zero at first
 * @arg: of a DISPATCH the argument being decoded
 */
struct decoder {
	const struct decode_env *env;
	struct decode_list *list;
	struct backend_text *text;
	const uint8_t *at;
	uint32_t size;
	struct backend_packet *out;
	uint32_t index;
	const char *name;
	uint32_t arg;
};

/* As a field's name: that of argument @arg, which is written only when it is wrong. */
#define DECODER_ARG NULL

/** decoder_bad() - write the text: packet, opcode, @field and why. Return: -EINVAL. */
int decoder_bad(struct decoder *d, const char *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** decoder_operand() - the bytes of a range of GPU VA. Return: 0; -EINVAL with a text; -ENOMEM. */
int decoder_operand(struct decoder *d, const char *field, uint64_t va, uint64_t size, bool write,
		    struct backend_span *ret);

/** decoder_spans_overlap() - do they share a byte? */
bool decoder_spans_overlap(const struct backend_span *a, const struct backend_span *b);

/* ---- decode_image.c ---- */

int decode_copy_image(struct decoder *d);
int decode_copy_to_image(struct decoder *d);
int decode_copy_from_image(struct decoder *d);
int decode_fill_image(struct decoder *d);

/** decode_arg_image() - DXG_ARG_IMAGE; @param NULL: the kernel takes anything. */
int decode_arg_image(struct decoder *d, uint64_t value, const struct backend_kernel_arg *param,
		     struct backend_arg *out);

/** decode_arg_sampler() - DXG_ARG_SAMPLER of 8 bytes at @payload. */
int decode_arg_sampler(struct decoder *d, const uint8_t *payload, struct backend_arg *out);

#endif /* WORKER_DECODER_H */
