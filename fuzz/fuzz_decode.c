// SPDX-License-Identifier: MIT
/*
 * fuzz_decode - arbitrary bytes as a command buffer, in the little world of struct world below.
 * What the decoder lets through is then checked once more, by other means: spans inside
 * allocations, limits, pointers inside the buffer. Build:
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -iquote host -Iinclude
 *         fuzz/fuzz_decode.c host/worker/decode.c host/worker/decode_image.c
 *         host/worker/options.c host/backend/backend.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "worker/decode.h"
#include "worker/options.h"

#define VA 0x10000u
#define SIZE 0x10000u

static struct backend_alloc alloc = { .size = SIZE };
static struct backend_kernel kernel = {
	.work_group_size = 64,
	.arg_count = 3,
	.arg = { { .address = 0x119B }, { .address = 0x119E }, { .address = 0x119C } },
};
static const struct backend_kernel any = { .variadic = true };
static struct backend_image images[2] = {
	{ { DXG_IMAGE_2D,
	    DXG_IMAGE_READ_WRITE,
	    DXG_ORDER_R,
	    DXG_TYPE_FLOAT,
	    0,
	    0,
	    { 8, 8, 1 },
	    32,
	    256 },
	  4,
	  { &alloc, 0, 256 } },
	{ { DXG_IMAGE_3D,
	    DXG_IMAGE_READ_ONLY,
	    DXG_ORDER_R,
	    DXG_TYPE_FLOAT,
	    0,
	    0,
	    { 8, 4, 4 },
	    32,
	    128 },
	  4,
	  { &alloc, 4096, 512 } },
};
static const struct backend_limits limits = { 128, { 128, 64, 8 }, 4096 };

static int resolve(void *arg, uint64_t va, uint64_t size, bool write, struct backend_span *ret)
{
	(void)arg;
	if (va < VA || va - VA >= SIZE || size > SIZE - (va - VA))
		return -EFAULT;
	if (write && va >= VA + SIZE / 2)
		return -EACCES;
	*ret = (struct backend_span){ &alloc, va - VA, size ? size : SIZE - (va - VA) };
	return 0;
}

static int find(void *arg, uint32_t program, uint32_t index, struct backend_program **ret_program,
		const struct backend_kernel **ret_kernel)
{
	(void)arg;
	if (program > 3)
		return -ENOENT;
	if (index > 1)
		return -ERANGE;
	*ret_program = NULL;
	*ret_kernel = index ? &any : &kernel;
	return 0;
}

static int find_image(void *arg, uint32_t id, struct backend_image **ret)
{
	(void)arg;
	if (id > 1)
		return -ENOENT;
	*ret = &images[id];
	return 0;
}

static int check(void *arg, const struct backend_packet *packet, struct backend_text *text)
{
	(void)arg;
	(void)packet;
	(void)text;
	return 0;
}

static void inside(const struct backend_span *span)
{
	if (span->alloc && (span->offset > SIZE || span->size > SIZE - span->offset))
		abort();
}

static void check_dispatch(const struct backend_dispatch *d, const uint8_t *data, size_t size)
{
	uint32_t i;

	for (i = 0; i < d->arg_count; i++) {
		const uint8_t *bytes = d->arg[i].bytes;

		inside(&d->arg[i].span);
		if (d->arg[i].kind == DXG_ARG_BYTES &&
		    (bytes < data || bytes + d->arg[i].size > data + size))
			abort();
	}
}

static void inside_image(const struct backend_image *image, const uint64_t origin[3],
			 const uint64_t region[3])
{
	int i;

	for (i = 0; i < 3; i++)
		if (!region[i] || origin[i] >= image->desc.extent[i] ||
		    region[i] > image->desc.extent[i] - origin[i])
			abort();
}

static void check_packet(const struct backend_packet *p, const uint8_t *data, size_t size)
{
	inside(&p->profile);
	switch (p->opcode) {
	case DXG_CMD_COPY:
		inside(&p->copy.dst);
		inside(&p->copy.src);
		if (p->copy.dst.size != p->copy.src.size)
			abort();
		break;
	case DXG_CMD_COPY_RECT:
		inside(&p->rect.dst);
		inside(&p->rect.src);
		break;
	case DXG_CMD_FILL:
		inside(&p->fill.dst);
		if (p->fill.pattern < data || p->fill.pattern + p->fill.pattern_size > data + size)
			abort();
		break;
	case DXG_CMD_COPY_IMAGE:
		inside_image(p->copy_image.dst, p->copy_image.dst_origin, p->copy_image.region);
		inside_image(p->copy_image.src, p->copy_image.src_origin, p->copy_image.region);
		break;
	case DXG_CMD_COPY_TO_IMAGE:
	case DXG_CMD_COPY_FROM_IMAGE:
		inside(&p->image_memory.memory);
		inside_image(p->image_memory.image, p->image_memory.origin, p->image_memory.region);
		break;
	case DXG_CMD_FILL_IMAGE:
		inside_image(p->fill_image.image, p->fill_image.origin, p->fill_image.region);
		break;
	case DXG_CMD_DISPATCH:
		check_dispatch(&p->dispatch, data, size);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct decode_env env = {
		.limits = &limits,
		.resolve = resolve,
		.kernel = find,
		.image = find_image,
		.check = check,
	};
	struct decode_list list = { 0 };
	struct backend_text text = { "" };
	size_t i;
	int err;

	err = decode(&env, data, size, &list, &text);
	if (err && (!text.text[0] || list.count))
		abort();
	for (i = 0; i < list.count; i++)
		check_packet(&list.packet[i], data, size);
	decode_list_fini(&list);
	if (size && !data[size - 1])
		options_check((const char *)data, &text);
	return 0;
}
