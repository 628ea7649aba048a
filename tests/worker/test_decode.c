// SPDX-License-Identifier: MIT
/*
 * test_decode - every packet and every field of it, good, at its limit and one beyond it. The world
 * of the decoder is small: [VA, VA + SIZE) shows allocation 0 writable, [RO, RO + SIZE) allocation
 * 1 read-only, [ALIAS, ...) allocation 0 again, from its middle; programs and kernels are in a
 * table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "worker/decode.h"
#include "worker/options.h"

#include <errno.h>

#define VA UINT64_C(0x10000000)
#define RO UINT64_C(0x20000000)
#define ALIAS UINT64_C(0x30000000)
#define SIZE UINT64_C(0x100000)
#define NO_MEMORY_VA UINT64_C(0x66000000)
#define SPLIT_VA UINT64_C(0x77000000)

#define GLOBAL 0x119B
#define LOCAL 0x119C
#define CONSTANT 0x119D
#define PRIVATE 0x119E

enum { PROGRAM = 7 };
enum { PLAIN, CONST_ARG, ANY, REQUIRED, PIPE, UNTOLD, MANY, DRIVER_FAILS, KERNELS };

static struct backend_alloc allocs[2] = { { .size = SIZE }, { .size = SIZE, .svm = 0x7000000 } };
static struct backend_kernel kernels[KERNELS] = {
	[PLAIN] = { .work_group_size = 256,
		    .arg_count = 3,
		    .arg = { { .address = GLOBAL },
			     { .address = PRIVATE },
			     { .address = LOCAL } } },
	[CONST_ARG] = { .work_group_size = 256,
			.arg_count = 1,
			.arg = { { .address = CONSTANT, .read_only = true } } },
	[ANY] = { .variadic = true },
	[REQUIRED] = { .work_group_size = 256, .compile_work_group_size = { 8, 4, 1 } },
	[PIPE] = { .arg_count = 1, .arg = { { .address = GLOBAL, .object = BACKEND_FOREIGN } } },
	[UNTOLD] = { .arg_count = 1 },
	[MANY] = { .arg_count = DXG_KERNEL_ARGS_MAX },
};
static const struct backend_limits limits = {
	.max_work_group_size = 512,
	.max_work_item_sizes = { 512, 256, 64 },
	.local_mem_size = 32768,
};
static struct decode_list list;
static struct backend_text text;
static uint64_t buffer[DXG_COMMAND_BUFFER_MAX / 8];
static uint32_t used;

static int resolve(void *arg, uint64_t va, uint64_t size, bool write, struct backend_span *ret)
{
	static const struct {
		uint64_t va, offset;
		int alloc;
		bool write;
	} map[] = {
		{ VA, 0, 0, true },
		{ RO, 0, 1, false },
		{ ALIAS, SIZE / 2, 0, true },
	};
	size_t i;

	(void)arg;
	if (va == NO_MEMORY_VA)
		return -ENOMEM;
	if (va == SPLIT_VA)
		return -EXDEV;
	for (i = 0; i < 3; i++) {
		uint64_t room = SIZE - map[i].offset;

		if (va < map[i].va || va - map[i].va >= room)
			continue;
		if (size > room - (va - map[i].va))
			return -EFAULT;
		if (write && !map[i].write)
			return -EACCES;
		ret->alloc = &allocs[map[i].alloc];
		ret->offset = map[i].offset + (va - map[i].va);
		ret->size = size ? size : room - (va - map[i].va);
		return 0;
	}
	return -EFAULT;
}

static int kernel(void *arg, uint32_t program, uint32_t index, struct backend_program **ret_program,
		  const struct backend_kernel **ret_kernel)
{
	(void)arg;
	if (program != PROGRAM)
		return -ENOENT;
	if (index >= KERNELS)
		return -ERANGE;
	if (index == DRIVER_FAILS)
		return -EIO;
	*ret_program = NULL;
	*ret_kernel = &kernels[index];
	return 0;
}

/* Images have a program of their own: test_decode_image. */
static int image(void *arg, uint32_t id, struct backend_image **ret)
{
	(void)arg;
	(void)id;
	(void)ret;
	return -ENOENT;
}

static int checks;
static int check(void *arg, const struct backend_packet *packet, struct backend_text *why)
{
	(void)arg;
	checks++;
	if (packet->opcode != DXG_CMD_DISPATCH || packet->dispatch.arg_count < 100)
		return 0;
	/* Arguments are readable already. */
	if (packet->dispatch.arg[99].kind == DXG_ARG_VA &&
	    packet->dispatch.arg[99].span.offset == 8) {
		backend_say(why, "refused by the backend");
		return -EINVAL;
	}
	return 0;
}

static const struct decode_env env = {
	.limits = &limits,
	.resolve = resolve,
	.kernel = kernel,
	.image = image,
	.check = check,
};

static void start(void)
{
	used = 0;
	memset(buffer, 0, 65536);
	text.text[0] = '\0';
}

static void add(const void *packet, uint32_t size)
{
	memcpy((uint8_t *)buffer + used, packet, size);
	used += size;
}

static int go(void)
{
	/* From the heap, exactly as long as said: a read beyond is seen by a sanitizer. */
	void *copy = calloc(1, used ? used : 1);
	int err;

	memcpy(copy, buffer, used);
	err = decode(&env, copy, used, &list, &text);
	free(copy);
	return err;
}

static void good(const void *packet, uint32_t size)
{
	start();
	add(packet, size);
	if (go())
		fail_msg("refused: %s", text.text);
	assert_int_equal(list.count, 1);
}

static void bad(const void *packet, uint32_t size, const char *field)
{
	start();
	add(packet, size);
	assert_int_equal(go(), -EINVAL);
	assert_int_equal(list.count, 0);
	if (!strstr(text.text, field))
		fail_msg("'%s' does not name '%s'", text.text, field);
}

#define GOOD(p) good(&(p), sizeof(p))
#define BAD(p, field) bad(&(p), sizeof(p), field)

/* One field of a good packet set to a bad value, and back. */
#define BAD_FIELD(p, member, value, field)               \
	do {                                             \
		__typeof__((p).member) was = (p).member; \
		(p).member = (value);                    \
		BAD(p, field);                           \
		(p).member = was;                        \
		GOOD(p);                                 \
	} while (0)

#define GOOD_FIELD(p, member, value)                     \
	do {                                             \
		__typeof__((p).member) was = (p).member; \
		(p).member = (value);                    \
		GOOD(p);                                 \
		(p).member = was;                        \
	} while (0)

static struct dxg_cmd_header head(uint16_t opcode, uint32_t size)
{
	return (struct dxg_cmd_header){ .opcode = opcode, .size = size };
}

static void headers(void **state)
{
	struct dxg_cmd_barrier p = { .h = head(DXG_CMD_BARRIER, sizeof(p)) };
	uint32_t size;

	(void)state;
	start();
	assert_int_equal(go(), 0);
	assert_int_equal(list.count, 0);
	GOOD(p);
	BAD_FIELD(p, h.opcode, 0, "opcode");
	BAD_FIELD(p, h.opcode, DXG_CMD_FILL_IMAGE + 1, "opcode");
	BAD_FIELD(p, h.opcode, 0xffff, "opcode");
	BAD_FIELD(p, h.flags, 1, "flags");
	BAD_FIELD(p, h.flags, 0x8000, "flags");
	BAD_FIELD(p, h.size, 0, "size");
	BAD_FIELD(p, h.size, 8, "size");
	BAD_FIELD(p, h.size, 15, "size");
	BAD_FIELD(p, h.size, 24, "size");
	BAD_FIELD(p, h.size, 0xfffffff8, "size");
	BAD_FIELD(p, h.profile, VA + 4, "profile");
	BAD_FIELD(p, h.profile, RO, "profile");
	BAD_FIELD(p, h.profile, 8, "profile");
	BAD_FIELD(p, h.profile, VA + SIZE - 8, "profile");
	BAD_FIELD(p, h.profile, ~UINT64_C(7), "profile");
	GOOD_FIELD(p, h.profile, VA + SIZE - 16);
	for (size = 1; size < sizeof(p); size++)
		bad(&p, size, "header");
}

static void every_opcode_has_its_size(void **state)
{
	static const uint32_t sizes[] = {
		[DXG_CMD_BARRIER] = sizeof(struct dxg_cmd_barrier),
		[DXG_CMD_COPY] = sizeof(struct dxg_cmd_copy),
		[DXG_CMD_COPY_RECT] = sizeof(struct dxg_cmd_copy_rect),
		[DXG_CMD_FILL] = sizeof(struct dxg_cmd_fill),
		[DXG_CMD_DISPATCH] = sizeof(struct dxg_cmd_dispatch),
		[DXG_CMD_TIMESTAMP] = sizeof(struct dxg_cmd_timestamp),
		[DXG_CMD_COPY_IMAGE] = sizeof(struct dxg_cmd_copy_image),
		[DXG_CMD_COPY_TO_IMAGE] = sizeof(struct dxg_cmd_copy_image_memory),
		[DXG_CMD_COPY_FROM_IMAGE] = sizeof(struct dxg_cmd_copy_image_memory),
		[DXG_CMD_FILL_IMAGE] = sizeof(struct dxg_cmd_fill_image),
	};
	uint8_t bytes[256] = { 0 };
	uint16_t opcode;

	(void)state;
	for (opcode = DXG_CMD_BARRIER; opcode <= DXG_CMD_FILL_IMAGE; opcode++) {
		struct dxg_cmd_header h = head(opcode, sizes[opcode] - 8);
		const char *cut = opcode == DXG_CMD_BARRIER ? "header" : "size";

		memcpy(bytes, &h, sizeof(h));
		bad(bytes, sizes[opcode] - 8, cut);
		h.size = sizes[opcode] + 4;
		memcpy(bytes, &h, sizeof(h));
		bad(bytes, sizes[opcode] + 8, "size");
		h.size = sizes[opcode] + 8;
		memcpy(bytes, &h, sizeof(h));
		if (opcode != DXG_CMD_DISPATCH)
			bad(bytes, sizes[opcode] + 8, "size");
		/* Cut short. */
		h.size = sizes[opcode];
		memcpy(bytes, &h, sizeof(h));
		bad(bytes, sizes[opcode] - 1, cut);
	}
}

static void copies(void **state)
{
	struct dxg_cmd_copy p = {
		.h = head(DXG_CMD_COPY, sizeof(p)),
		.dst = VA + 64,
		.src = RO,
		.size = 100,
	};

	(void)state;
	GOOD(p);
	assert_ptr_equal(list.packet[0].copy.dst.alloc, &allocs[0]);
	assert_int_equal(list.packet[0].copy.dst.offset, 64);
	assert_int_equal(list.packet[0].copy.src.size, 100);
	assert_false(list.heavy);
	BAD_FIELD(p, size, 0, "size");
	BAD_FIELD(p, size, SIZE - 63, "dst");
	GOOD_FIELD(p, size, SIZE - 64);
	assert_true(list.heavy);
	BAD_FIELD(p, size, ~UINT64_C(0), "dst");
	BAD_FIELD(p, size, ~UINT64_C(0) - VA, "dst");
	BAD_FIELD(p, dst, RO + 500, "read-only");
	BAD_FIELD(p, dst, 0, "dst");
	BAD_FIELD(p, dst, ~UINT64_C(0), "wraps");
	BAD_FIELD(p, dst, SPLIT_VA, "contiguous");
	BAD_FIELD(p, src, RO + SIZE - 99, "src");
	GOOD_FIELD(p, src, RO + SIZE - 100);
	BAD_FIELD(p, src, RO - 1, "src");
	/* Overlap, also through another mapping of the same memory. */
	BAD_FIELD(p, src, VA + 64, "overlaps");
	BAD_FIELD(p, src, VA + 163, "overlaps");
	GOOD_FIELD(p, src, VA + 164);
	p.src = VA + SIZE / 2 + 10;
	BAD_FIELD(p, dst, ALIAS, "overlaps");
	GOOD_FIELD(p, dst, ALIAS + 110);
}

static void boxes(void **state)
{
	struct dxg_cmd_copy_rect p = {
		.h = head(DXG_CMD_COPY_RECT, sizeof(p)),
		.dst = VA,
		.src = RO,
		.dst_pitch = 32,
		.dst_slice = 128,
		.src_pitch = 16,
		.src_slice = 64,
		.region = { 16, 4, 3 },
	};

	(void)state;
	GOOD(p);
	assert_int_equal(list.packet[0].rect.dst.size, 2 * 128 + 3 * 32 + 16);
	assert_int_equal(list.packet[0].rect.src.size, 2 * 64 + 3 * 16 + 16);
	BAD_FIELD(p, region[0], 0, "region");
	BAD_FIELD(p, region[1], 0, "region");
	BAD_FIELD(p, region[2], 0, "region");
	BAD_FIELD(p, region[0], 17, "src_pitch");
	BAD_FIELD(p, region[1], 5, "dst_slice");
	BAD_FIELD(p, dst_pitch, 15, "dst_pitch");
	BAD_FIELD(p, dst_pitch, 0, "dst_pitch");
	BAD_FIELD(p, src_pitch, 15, "src_pitch");
	BAD_FIELD(p, dst_slice, 127, "dst_slice");
	BAD_FIELD(p, src_slice, 63, "src_slice");
	BAD_FIELD(p, dst_pitch, UINT64_C(1) << 62, "dst_slice");
	BAD_FIELD(p, dst_slice, UINT64_C(1) << 63, "region");
	BAD_FIELD(p, src_slice, ~UINT64_C(0), "region");
	BAD_FIELD(p, dst, VA + SIZE - 367, "dst");
	GOOD_FIELD(p, dst, VA + SIZE - 368);
	BAD_FIELD(p, dst, RO + 4096, "dst");
	BAD_FIELD(p, src, RO + SIZE - 191, "src");
	GOOD_FIELD(p, src, RO + SIZE - 192);
	BAD_FIELD(p, region[2], ~UINT64_C(0), "region");
	BAD_FIELD(p, src, VA, "dst");
	p.src_pitch = 32;
	p.src_slice = 128;
	BAD_FIELD(p, src, VA, "overlaps");
	/* Side by side in the same rows. */
	GOOD_FIELD(p, src, VA + 16);
	BAD_FIELD(p, src, VA + 15, "overlaps");
	GOOD_FIELD(p, src, VA + 368);
}

static bool boxes_overlap_slowly(uint64_t delta, const uint64_t r[3], uint64_t pitch,
				 uint64_t slice)
{
	uint64_t x, y, z, a, b, c;

	for (z = 0; z < r[2]; z++)
		for (y = 0; y < r[1]; y++)
			for (x = 0; x < r[0]; x++)
				for (c = 0; c < r[2]; c++)
					for (b = 0; b < r[1]; b++)
						for (a = 0; a < r[0]; a++)
							if (z * slice + y * pitch + x ==
							    delta + c * slice + b * pitch + a)
								return true;
	return false;
}

static void overlap_agrees_with_trying(void **state)
{
	static const uint64_t regions[][3] = {
		{ 1, 1, 1 }, { 3, 1, 1 }, { 2, 3, 1 }, { 3, 2, 2 }, { 1, 3, 3 }, { 4, 2, 3 },
	};
	uint64_t pitch, slice, delta;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
		for (pitch = regions[i][0]; pitch < 7; pitch++)
			for (slice = regions[i][1] * pitch; slice < regions[i][1] * pitch + 5;
			     slice++)
				for (delta = 0; delta < 3 * slice + 9; delta++)
					assert_int_equal(decode_boxes_overlap(delta, regions[i],
									      pitch, slice),
							 boxes_overlap_slowly(delta, regions[i],
									      pitch, slice));
}

static void fills(void **state)
{
	struct dxg_cmd_fill p = {
		.h = head(DXG_CMD_FILL, sizeof(p)),
		.dst = VA,
		.size = 256,
		.pattern_size = 4,
	};
	uint32_t n;

	(void)state;
	GOOD(p);
	assert_int_equal(list.packet[0].fill.pattern_size, 4);
	for (n = 1; n <= DXG_FILL_PATTERN_MAX; n *= 2)
		GOOD_FIELD(p, pattern_size, n);
	BAD_FIELD(p, pattern_size, 0, "pattern_size");
	BAD_FIELD(p, pattern_size, 3, "pattern_size");
	BAD_FIELD(p, pattern_size, DXG_FILL_PATTERN_MAX + 1, "pattern_size");
	BAD_FIELD(p, pattern_size, 2 * DXG_FILL_PATTERN_MAX, "pattern_size");
	BAD_FIELD(p, reserved, 1, "reserved");
	BAD_FIELD(p, size, 0, "size");
	BAD_FIELD(p, size, 258, "size");
	BAD_FIELD(p, size, SIZE + 4, "dst");
	GOOD_FIELD(p, size, SIZE);
	BAD_FIELD(p, dst, VA + 2, "dst");
	BAD_FIELD(p, dst, RO, "read-only");
	BAD_FIELD(p, pattern[4], 1, "pattern");
	BAD_FIELD(p, pattern[127], 1, "pattern");
	GOOD_FIELD(p, pattern[3], 1);
}

static void timestamps(void **state)
{
	struct dxg_cmd_timestamp p = { .h = head(DXG_CMD_TIMESTAMP, sizeof(p)), .dst = VA };

	(void)state;
	GOOD(p);
	BAD_FIELD(p, dst, VA + 4, "dst");
	BAD_FIELD(p, dst, RO, "dst");
	BAD_FIELD(p, dst, VA + SIZE, "dst");
	GOOD_FIELD(p, dst, VA + SIZE - 8);
	BAD_FIELD(p, dst, 0, "dst");
}

/* A dispatch of PLAIN: a buffer, five bytes by value, local memory. */
struct plain {
	struct dxg_cmd_dispatch d;
	struct dxg_cmd_arg a0;
	uint64_t va;
	struct dxg_cmd_arg a1;
	uint8_t bytes[8];
	struct dxg_cmd_arg a2;
	uint64_t local;
};

static struct plain plain(void)
{
	return (struct plain){
		.d = { .h = head(DXG_CMD_DISPATCH, sizeof(struct plain)),
		       .program = PROGRAM,
		       .kernel = PLAIN,
		       .work_dim = 2,
		       .arg_count = 3,
		       .global = { 64, 32, 1 },
		       .local = { 16, 8, 1 } },
		.a0 = { DXG_ARG_VA, 8 },
		.va = VA + 256,
		.a1 = { DXG_ARG_BYTES, 5 },
		.bytes = { 1, 2, 3, 4, 5 },
		.a2 = { DXG_ARG_LOCAL, 8 },
		.local = 1024,
	};
}

static void dispatches(void **state)
{
	struct plain p = plain();
	const struct backend_dispatch *d;

	(void)state;
	GOOD(p);
	assert_true(list.heavy);
	d = &list.packet[0].dispatch;
	assert_int_equal(d->work_dim, 2);
	assert_true(d->local_given);
	assert_int_equal(d->global[1], 32);
	assert_int_equal(d->arg_count, 3);
	assert_int_equal(d->arg[0].span.offset, 256);
	assert_int_equal(d->arg[0].span.size, SIZE - 256);
	assert_int_equal(d->arg[1].size, 5);
	assert_int_equal(d->arg[2].local, 1024);
	BAD_FIELD(p, d.program, PROGRAM + 1, "program");
	BAD_FIELD(p, d.program, 0, "program");
	BAD_FIELD(p, d.kernel, KERNELS, "kernel");
	BAD_FIELD(p, d.kernel, ~0u, "kernel");
	BAD_FIELD(p, d.kernel, DRIVER_FAILS, "kernel");
	BAD_FIELD(p, d.work_dim, 0, "work_dim");
	BAD_FIELD(p, d.work_dim, 4, "work_dim");
	BAD_FIELD(p, d.arg_count, 2, "arg_count");
	BAD_FIELD(p, d.arg_count, 4, "arg_count");
	BAD_FIELD(p, d.arg_count, DXG_KERNEL_ARGS_MAX + 1, "arg_count");
	BAD_FIELD(p, d.arg_count, ~0u, "arg_count");
	BAD_FIELD(p, d.h.size, sizeof(p) - 8, "arg[2]");
}

static void index_spaces(void **state)
{
	struct plain p = plain();

	(void)state;
	BAD_FIELD(p, d.global[0], 0, "global");
	BAD_FIELD(p, d.global[2], 0, "global");
	BAD_FIELD(p, d.global[2], 2, "global");
	BAD_FIELD(p, d.offset[2], 1, "offset");
	GOOD_FIELD(p, d.offset[1], 5);
	BAD_FIELD(p, d.offset[1], ~UINT64_C(0), "global");
	BAD_FIELD(p, d.offset[0], ~UINT64_C(0) - 63, "global");
	GOOD_FIELD(p, d.offset[0], ~UINT64_C(0) - 64);
	BAD_FIELD(p, d.local[2], 2, "local");
	BAD_FIELD(p, d.local[2], 0, "local");
	BAD_FIELD(p, d.local[0], 0, "local");
	BAD_FIELD(p, d.local[0], 24, "divide");
	BAD_FIELD(p, d.local[0], 64, "256");
	GOOD_FIELD(p, d.local[0], 32);
	p.d.global[1] = 512;
	BAD_FIELD(p, d.local[1], 512, "device");
	p.d.global[0] = UINT64_C(1) << 33;
	BAD_FIELD(p, d.global[1], UINT64_C(1) << 31, "2^64");
	GOOD_FIELD(p, d.global[1], UINT64_C(1) << 30);
	memset(p.d.local, 0, sizeof(p.d.local));
	GOOD(p);
	assert_false(list.packet[0].dispatch.local_given);
	BAD_FIELD(p, d.local[2], 1, "local");
}

static void arguments(void **state)
{
	struct plain p = plain();

	(void)state;
	BAD_FIELD(p, a0.kind, 0, "arg[0]");
	BAD_FIELD(p, a0.kind, DXG_ARG_SAMPLER + 1, "arg[0]");
	BAD_FIELD(p, a0.kind, DXG_ARG_IMAGE, "arg[0]");
	BAD_FIELD(p, a0.kind, DXG_ARG_SAMPLER, "arg[0]");
	BAD_FIELD(p, a0.kind, DXG_ARG_BYTES, "arg[0]");
	BAD_FIELD(p, a0.kind, DXG_ARG_LOCAL, "arg[0]");
	BAD_FIELD(p, a0.size, 4, "arg[0]");
	BAD_FIELD(p, a0.size, 16, "arg[0]");
	BAD_FIELD(p, va, RO, "read-only");
	BAD_FIELD(p, va, VA + SIZE, "not mapped");
	GOOD_FIELD(p, va, VA + SIZE - 1);
	GOOD_FIELD(p, va, 0);
	assert_null(list.packet[0].dispatch.arg[0].span.alloc);
	BAD_FIELD(p, a1.kind, DXG_ARG_VA, "arg[1]");
	BAD_FIELD(p, a1.size, 0, "arg[1]");
	BAD_FIELD(p, a1.size, 4, "arg[1]");
	GOOD_FIELD(p, a1.size, 8);
	BAD_FIELD(p, a1.size, 9, "arg[1]");
	BAD_FIELD(p, a1.size, DXG_ARG_BYTES_MAX + 1, "arg[1]");
	BAD_FIELD(p, a1.size, ~0u, "arg[1]");
	BAD_FIELD(p, a1.size, 64, "arg[1]");
	BAD_FIELD(p, bytes[7], 1, "padding");
	BAD_FIELD(p, a2.kind, DXG_ARG_BYTES, "arg[2]");
	BAD_FIELD(p, local, 0, "arg[2]");
	BAD_FIELD(p, local, 32769, "arg[2]");
	GOOD_FIELD(p, local, 32768);
	BAD_FIELD(p, local, ~UINT64_C(0), "arg[2]");
	BAD_FIELD(p, va, NO_MEMORY_VA + 1, "arg[0]");
}

static void memory_shortage_is_not_a_lie(void **state)
{
	struct dxg_cmd_timestamp p = { .h = head(DXG_CMD_TIMESTAMP, sizeof(p)),
				       .dst = NO_MEMORY_VA };

	(void)state;
	start();
	add(&p, sizeof(p));
	assert_int_equal(go(), -ENOMEM);
	assert_int_equal(list.count, 0);
}

/* A dispatch with one argument of 8 bytes. */
struct one {
	struct dxg_cmd_dispatch d;
	struct dxg_cmd_arg a;
	uint64_t value;
};

static struct one one(uint32_t index, uint32_t kind, uint64_t value)
{
	return (struct one){
		.d = { .h = head(DXG_CMD_DISPATCH, sizeof(struct one)),
		       .program = PROGRAM,
		       .kernel = index,
		       .work_dim = 1,
		       .arg_count = 1,
		       .global = { 1, 1, 1 } },
		.a = { kind, 8 },
		.value = value,
	};
}

static void kernels_say_what_they_take(void **state)
{
	struct one p = one(CONST_ARG, DXG_ARG_VA, RO);

	(void)state;
	GOOD(p);
	p = one(PIPE, DXG_ARG_VA, VA);
	BAD(p, "not carried");
	p = one(UNTOLD, DXG_ARG_VA, VA);
	GOOD(p);
	p = one(UNTOLD, DXG_ARG_VA, RO);
	BAD(p, "read-only");
	p = one(UNTOLD, DXG_ARG_BYTES, 5);
	GOOD(p);
	p = one(ANY, DXG_ARG_LOCAL, 5);
	GOOD(p);
	/* Shared addresses: in memory that has them, with the access that the kernel takes. */
	p = one(CONST_ARG, DXG_ARG_SVM, RO);
	GOOD(p);
	p = one(CONST_ARG, DXG_ARG_SVM, 0);
	GOOD(p);
	p = one(CONST_ARG, DXG_ARG_SVM, VA);
	BAD(p, "shared addresses");
	p = one(UNTOLD, DXG_ARG_SVM, RO);
	BAD(p, "read-only");
	p = one(CONST_ARG, DXG_ARG_SVM + 1, RO);
	BAD(p, "not known");
	p = one(REQUIRED, DXG_ARG_VA, VA);
	p.d.arg_count = 0;
	p.d.h.size = sizeof(p.d);
	p.d.work_dim = 2;
	p.d.global[0] = 16;
	p.d.global[1] = 16;
	p.d.local[0] = 8;
	p.d.local[1] = 4;
	p.d.local[2] = 1;
	good(&p, sizeof(p.d));
	p.d.local[0] = 4;
	bad(&p, sizeof(p.d), "requires 8");
}

static void largest_arguments(void **state)
{
	struct dxg_cmd_dispatch d = one(ANY, 0, 0).d;
	struct dxg_cmd_arg a = { DXG_ARG_BYTES, DXG_ARG_BYTES_MAX };
	uint8_t payload[DXG_ARG_BYTES_MAX + 8] = { 0 };

	(void)state;
	d.h.size = sizeof(d) + sizeof(a) + DXG_ARG_BYTES_MAX;
	start();
	add(&d, sizeof(d));
	add(&a, sizeof(a));
	add(payload, DXG_ARG_BYTES_MAX);
	assert_int_equal(go(), 0);
	a.size++;
	d.h.size += 8;
	start();
	add(&d, sizeof(d));
	add(&a, sizeof(a));
	add(payload, DXG_ARG_BYTES_MAX + 8);
	assert_int_equal(go(), -EINVAL);
	assert_non_null(strstr(text.text, "arg[0]"));
}

/* Many packets with many arguments: arrays move while they grow, and all must point right. */
static void many_arguments(void **state)
{
	struct dxg_cmd_dispatch d = one(MANY, 0, 0).d;
	struct dxg_cmd_arg a = { DXG_ARG_VA, 8 };
	uint32_t i, j;
	uint64_t va;

	(void)state;
	d.arg_count = DXG_KERNEL_ARGS_MAX;
	d.h.size = sizeof(d) + DXG_KERNEL_ARGS_MAX * 16;
	start();
	for (i = 0; i < 50; i++) {
		add(&d, sizeof(d));
		for (j = 0; j < DXG_KERNEL_ARGS_MAX; j++) {
			va = VA + 4096 + i * DXG_KERNEL_ARGS_MAX + j;
			add(&a, sizeof(a));
			add(&va, sizeof(va));
		}
	}
	assert_int_equal(go(), 0);
	assert_int_equal(list.count, 50);
	for (i = 0; i < 50; i++)
		for (j = 0; j < DXG_KERNEL_ARGS_MAX; j++)
			assert_int_equal(list.packet[i].dispatch.arg[j].span.offset,
					 4096 + i * DXG_KERNEL_ARGS_MAX + j);
	/* The backend may refuse what is otherwise good, and sees the arguments. */
	va = VA + 8;
	memcpy((uint8_t *)buffer + sizeof(d) + 99 * 16 + 8, &va, sizeof(va));
	assert_int_equal(go(), -EINVAL);
	assert_string_equal(text.text, "refused by the backend");
}

static void nothing_of_a_bad_buffer_is_returned(void **state)
{
	struct dxg_cmd_barrier b = { .h = head(DXG_CMD_BARRIER, sizeof(b)) };

	(void)state;
	start();
	add(&b, sizeof(b));
	add(&b, sizeof(b));
	b.h.flags = 1;
	add(&b, sizeof(b));
	checks = 0;
	assert_int_equal(go(), -EINVAL);
	assert_int_equal(checks, 2);
	assert_int_equal(list.count, 0);
	assert_non_null(strstr(text.text, "packet 2 (BARRIER) flags"));
	/* Something that is no packet behind good ones. */
	used -= 8;
	assert_int_equal(go(), -EINVAL);
	assert_non_null(strstr(text.text, "header"));
}

static void full_buffers(void **state)
{
	struct dxg_cmd_barrier b = { .h = head(DXG_CMD_BARRIER, sizeof(b)) };

	(void)state;
	start();
	while (used < DXG_COMMAND_BUFFER_MAX)
		add(&b, sizeof(b));
	assert_int_equal(go(), 0);
	assert_int_equal(list.count, DXG_COMMAND_BUFFER_MAX / sizeof(b));
}

/* Whatever the bytes are, the decoder ends and says something. */
static void random_bytes(void **state)
{
	struct plain p = plain();
	uint64_t seed = 88172645463325252u;
	uint32_t i, j;

	(void)state;
	for (i = 0; i < 20000; i++) {
		start();
		add(&p, sizeof(p));
		for (j = 0; j < 4; j++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			((uint8_t *)buffer)[seed % sizeof(p)] = (uint8_t)(seed >> 32);
		}
		if (go())
			assert_int_not_equal(text.text[0], 0);
	}
}

static void build_options(void **state)
{
	static const char *const fine[] = {
		"",
		"   ",
		"-cl-mad-enable",
		"-D X",
		"-D X=1 -DY=2",
		"-D X=\"a b\" -w -Werror",
		"-cl-std=CL2.0 -g -O3",
		"-U X",
		"-D WGS=256\t-cl-fast-relaxed-math",
		"-create-library -enable-link-options -cl-fast-relaxed-math",
		"-x spir -spir-std=1.2",
		"-cl-mad-enable -x \t spir",
	};
	static const char *const refused[] = {
		"-I",
		"-I /etc",
		"-I/etc",
		"-include /etc/passwd",
		"-Xclang -load",
		"x.cl",
		"-D",
		"-D -I/etc",
		"-o /tmp/x",
		"-O4",
		"-Wp,-include,/etc/passwd",
		"@file",
		"\"-I/etc\"",
		"-cl-mad-enable -I.",
		"-fplugin=x.so",
		"--save-temps",
		"-x",
		"-x c",
		"-x spirv",
		"-x \"spir\"",
		"-xspir",
		"-x -I/etc",
		"-x -w",
		"-spir-std=2.0",
		"-spir-std=1.2x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		if (!options_check(fine[i], &text))
			fail_msg("'%s': %s", fine[i], text.text);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (options_check(refused[i], &text))
			fail_msg("'%s' was let through", refused[i]);
	assert_false(options_check("-cl-mad-enable  -I/etc -w", &text));
	assert_non_null(strstr(text.text, "'-I/etc'"));
}

static void header_names(void **state)
{
	static const char *const fine[] = {
		"a", "a.h", "inc/a.h", "..a/b..h", "a b/c-d_e.cl", "..."
	};
	static const char *const refused[] = {
		"",	  "/",	   "/etc/passwd", "..",	    "../a.h",	  "a/../b.h",
		"a/..",	  "./a.h", "a/./b.h",	  "a//b.h", "a/",	  "a\\b.h",
		"a\"b.h", "a<b",   "a\nb",	  "a\x7f",  "\xc3\xa4.h",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		if (!header_name_check(fine[i], &text))
			fail_msg("'%s': %s", fine[i], text.text);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (header_name_check(refused[i], &text))
			fail_msg("'%s' was let through", refused[i]);
}

static int finish(void **state)
{
	(void)state;
	decode_list_fini(&list);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(every_opcode_has_its_size),
		cmocka_unit_test(copies),
		cmocka_unit_test(boxes),
		cmocka_unit_test(overlap_agrees_with_trying),
		cmocka_unit_test(fills),
		cmocka_unit_test(timestamps),
		cmocka_unit_test(dispatches),
		cmocka_unit_test(index_spaces),
		cmocka_unit_test(arguments),
		cmocka_unit_test(memory_shortage_is_not_a_lie),
		cmocka_unit_test(kernels_say_what_they_take),
		cmocka_unit_test(largest_arguments),
		cmocka_unit_test(many_arguments),
		cmocka_unit_test(nothing_of_a_bad_buffer_is_returned),
		cmocka_unit_test(full_buffers),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(build_options),
		cmocka_unit_test(header_names),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, finish);
}
