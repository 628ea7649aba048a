// SPDX-License-Identifier: MIT
/*
 * test_decode_image - every packet and argument that names an image or a sampler, good, at its
 * limit and one beyond it; and descriptions of images. The world: [VA, VA + SIZE) shows one
 * allocation, which some of the images lie in; kernels are in a table, by what their one argument
 * takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "worker/decode.h"

#include <errno.h>

#define VA UINT64_C(0x10000000)
#define SIZE UINT64_C(0x100000)
#define ROW 64 /* of FLAT, SIBLING and VIEW: 16 pixels */
#define GLOBAL 0x119B
#define PRIVATE 0x119E

/* FLAT, SIBLING, VIEW lie at the start of the allocation; the rest elsewhere. */
enum { FLAT = 1, SIBLING, VIEW, LAYERS, DEEP, OTHER_FORMAT, READ_ONLY, WRITE_ONLY, DEPTHS, IMAGES };
enum {
	TAKES_2D,
	WRITES_2D,
	TAKES_BOTH,
	TAKES_3D,
	TAKES_DEPTH,
	TAKES_ANY_IMAGE,
	TAKES_SAMPLER,
	TAKES_POINTER,
	TAKES_UNTOLD,
	VARIADIC,
	KERNELS
};

static struct backend_alloc memory = { .size = SIZE }, elsewhere = { .size = SIZE };

#define RGBA DXG_ORDER_RGBA, DXG_TYPE_UNSIGNED_INT8
#define FLAT_DESC(mode)                                                    \
	{                                                                  \
		DXG_IMAGE_2D, mode, RGBA, 0, 0, { 16, 8, 1 }, ROW, 8 * ROW \
	}

static struct backend_image images[IMAGES] = {
	[FLAT] = { FLAT_DESC(DXG_IMAGE_READ_WRITE), 4, { &memory, 0, 8 * ROW } },
	/* The same memory again, eight rows further down, the last one shared with VIEW. */
	[SIBLING] = { FLAT_DESC(DXG_IMAGE_READ_WRITE), 4, { &memory, 4096, 8 * ROW } },
	[VIEW] = { { DXG_IMAGE_1D_BUFFER,
		     DXG_IMAGE_READ_WRITE,
		     RGBA,
		     DXG_IMAGE_SHARED,
		     0,
		     { 64, 1, 1 },
		     256,
		     256 },
		   4,
		   { &memory, 4096 + 7 * ROW, 256 } },
	[LAYERS] = { { DXG_IMAGE_1D_ARRAY,
		       DXG_IMAGE_READ_WRITE,
		       RGBA,
		       0,
		       0,
		       { 10, 5, 1 },
		       40,
		       200 },
		     4,
		     { &elsewhere, 0, 200 } },
	[DEEP] = { { DXG_IMAGE_3D, DXG_IMAGE_READ_WRITE, RGBA, 0, 0, { 8, 4, 6 }, 32, 128 },
		   4,
		   { &elsewhere, 0, 768 } },
	[OTHER_FORMAT] = { { DXG_IMAGE_2D,
			     DXG_IMAGE_READ_WRITE,
			     DXG_ORDER_RGBA,
			     DXG_TYPE_UNORM_INT8,
			     0,
			     0,
			     { 16, 8, 1 },
			     ROW,
			     8 * ROW },
			   4,
			   { &elsewhere, 0, 8 * ROW } },
	[READ_ONLY] = { FLAT_DESC(DXG_IMAGE_READ_ONLY), 4, { &elsewhere, 0, 8 * ROW } },
	[WRITE_ONLY] = { FLAT_DESC(DXG_IMAGE_WRITE_ONLY), 4, { &elsewhere, 0, 8 * ROW } },
	[DEPTHS] = { { DXG_IMAGE_2D,
		       DXG_IMAGE_READ_WRITE,
		       DXG_ORDER_DEPTH,
		       DXG_TYPE_FLOAT,
		       0,
		       0,
		       { 16, 8, 1 },
		       ROW,
		       8 * ROW },
		     4,
		     { &elsewhere, 0, 8 * ROW } },
};

#define TAKES(...)                                                            \
	{                                                                     \
		.arg_count = 1, .arg = { { .address = GLOBAL, __VA_ARGS__ } } \
	}

static const struct backend_kernel kernels[KERNELS] = {
	[TAKES_2D] = TAKES(.object = BACKEND_IMAGE, .image_type = DXG_IMAGE_2D,
			   .image_access = DXG_IMAGE_READ_ONLY),
	[WRITES_2D] = TAKES(.object = BACKEND_IMAGE, .image_type = DXG_IMAGE_2D,
			    .image_access = DXG_IMAGE_WRITE_ONLY),
	[TAKES_BOTH] = TAKES(.object = BACKEND_IMAGE, .image_type = DXG_IMAGE_2D,
			     .image_access = DXG_IMAGE_READ_WRITE),
	[TAKES_3D] = TAKES(.object = BACKEND_IMAGE, .image_type = DXG_IMAGE_3D,
			   .image_access = DXG_IMAGE_READ_ONLY),
	[TAKES_DEPTH] = TAKES(.object = BACKEND_IMAGE, .image_type = DXG_IMAGE_2D,
			      .image_access = DXG_IMAGE_READ_ONLY, .image_depth = true),
	[TAKES_ANY_IMAGE] = TAKES(.object = BACKEND_IMAGE),
	[TAKES_SAMPLER] = { .arg_count = 1,
			    .arg = { { .address = PRIVATE, .object = BACKEND_SAMPLER } } },
	[TAKES_POINTER] = TAKES(.read_only = false),
	[TAKES_UNTOLD] = { .arg_count = 1 },
	[VARIADIC] = { .variadic = true },
};

static const struct backend_limits limits = {
	.max_work_group_size = 512,
	.max_work_item_sizes = { 512, 256, 64 },
	.local_mem_size = 32768,
};

static struct decode_list list;
static struct backend_text text;

static int resolve(void *arg, uint64_t va, uint64_t size, bool write, struct backend_span *ret)
{
	(void)arg;
	(void)write;
	if (va < VA || va - VA >= SIZE || size > SIZE - (va - VA))
		return -EFAULT;
	*ret = (struct backend_span){ &memory, va - VA, size ? size : SIZE - (va - VA) };
	/* The last page is read-only. */
	return write && va - VA + ret->size > SIZE - 4096 ? -EACCES : 0;
}

static int kernel(void *arg, uint32_t program, uint32_t index, struct backend_program **ret_program,
		  const struct backend_kernel **ret_kernel)
{
	(void)arg;
	(void)program;
	*ret_program = NULL;
	*ret_kernel = &kernels[index];
	return 0;
}

static int image(void *arg, uint32_t id, struct backend_image **ret)
{
	(void)arg;
	if (!id || id >= IMAGES)
		return -ENOENT;
	*ret = &images[id];
	return 0;
}

static int check(void *arg, const struct backend_packet *packet, struct backend_text *why)
{
	(void)arg;
	(void)packet;
	(void)why;
	return 0;
}

static const struct decode_env env = {
	.limits = &limits,
	.resolve = resolve,
	.kernel = kernel,
	.image = image,
	.check = check,
};

static void good(const void *packet, uint32_t size)
{
	void *copy = malloc(size);
	int err;

	/* From the heap, exactly as long as said: a read beyond is seen by a sanitizer. */
	memcpy(copy, packet, size);
	err = decode(&env, copy, size, &list, &text);
	free(copy);
	if (err)
		fail_msg("refused: %s", text.text);
}

static void bad(const void *packet, uint32_t size, const char *field)
{
	assert_int_equal(decode(&env, packet, size, &list, &text), -EINVAL);
	assert_int_equal(list.count, 0);
	if (!strstr(text.text, field))
		fail_msg("'%s' does not name '%s'", text.text, field);
}

#define GOOD(p) good(&(p), sizeof(p))
#define BAD(p, field) bad(&(p), sizeof(p), field)

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

/* A region and its origin at both ends of each coordinate of @p, an image of 16 x 8. */
#define REGION_OF_FLAT(p, origin)                                     \
	do {                                                          \
		BAD_FIELD(p, region[0], 0, "region");                 \
		BAD_FIELD(p, region[1], 0, "region");                 \
		BAD_FIELD(p, region[2], 0, "region");                 \
		BAD_FIELD(p, region[2], 2, "region");                 \
		BAD_FIELD(p, region[0], 17, "region");                \
		BAD_FIELD(p, region[0], ~UINT64_C(0), "region");      \
		BAD_FIELD(p, origin[2], 1, #origin);                  \
		BAD_FIELD(p, origin[0], 16, #origin);                 \
		BAD_FIELD(p, origin[1], 8, #origin);                  \
		BAD_FIELD(p, origin[1], ~UINT64_C(0), #origin);       \
		GOOD_FIELD(p, origin[0], 16 - (p).region[0]);         \
		BAD_FIELD(p, origin[0], 17 - (p).region[0], #origin); \
		GOOD_FIELD(p, origin[1], 8 - (p).region[1]);          \
		BAD_FIELD(p, origin[1], 9 - (p).region[1], #origin);  \
	} while (0)

static void copies(void **state)
{
	struct dxg_cmd_copy_image p = {
		.h = head(DXG_CMD_COPY_IMAGE, sizeof(p)),
		.dst = FLAT,
		.src = DEEP,
		.dst_origin = { 1, 2, 0 },
		.src_origin = { 2, 1, 5 },
		.region = { 5, 3, 1 },
	};

	(void)state;
	GOOD(p);
	assert_ptr_equal(list.packet[0].copy_image.dst, &images[FLAT]);
	assert_ptr_equal(list.packet[0].copy_image.src, &images[DEEP]);
	assert_int_equal(list.packet[0].copy_image.src_origin[2], 5);
	assert_int_equal(list.packet[0].copy_image.region[0], 5);
	BAD_FIELD(p, dst, 0, "dst");
	BAD_FIELD(p, dst, IMAGES, "dst");
	BAD_FIELD(p, src, ~0u, "src");
	BAD_FIELD(p, src, OTHER_FORMAT, "format");
	BAD_FIELD(p, src_origin[2], 6, "src_origin");
	BAD_FIELD(p, src_origin[0], 4, "src_origin");
	GOOD_FIELD(p, src_origin[0], 3);
	REGION_OF_FLAT(p, dst_origin);
}

static void overlaps(void **state)
{
	struct dxg_cmd_copy_image p = {
		.h = head(DXG_CMD_COPY_IMAGE, sizeof(p)),
		.dst = FLAT,
		.src = FLAT,
		.dst_origin = { 4, 4, 0 },
		.region = { 4, 4, 1 },
	};

	(void)state;
	GOOD(p);
	BAD_FIELD(p, dst, 0, "dst");
	p.src_origin[0] = 1;
	BAD_FIELD(p, src_origin[1], 1, "overlaps");
	BAD_FIELD(p, dst_origin[1], 3, "overlaps");
	BAD_FIELD(p, dst_origin[1], 0, "overlaps");
	GOOD_FIELD(p, src_origin[0], 8);
	/* Another image of the same memory: its first 64 bytes are SIBLING's last row. */
	p = (struct dxg_cmd_copy_image){ .h = p.h,
					 .dst = SIBLING,
					 .src = VIEW,
					 .dst_origin = { 0, 6, 0 },
					 .region = { 16, 1, 1 } };
	GOOD(p);
	BAD_FIELD(p, dst_origin[1], 7, "overlaps");
	p.dst_origin[1] = 7;
	p.src_origin[0] = 16;
	BAD_FIELD(p, src_origin[0], 15, "overlaps");
}

static void memory_copies(void **state)
{
	struct dxg_cmd_copy_image_memory p = {
		.h = head(DXG_CMD_COPY_TO_IMAGE, sizeof(p)),
		.image = FLAT,
		.va = VA + 8192,
		.origin = { 2, 1, 0 },
		.region = { 7, 5, 1 },
	};
	int from;

	(void)state;
	for (from = 0; from < 2; from++) {
		p.h.opcode = from ? DXG_CMD_COPY_FROM_IMAGE : DXG_CMD_COPY_TO_IMAGE;
		GOOD(p);
		assert_int_equal(list.packet[0].image_memory.memory.offset, 8192);
		assert_int_equal(list.packet[0].image_memory.memory.size, 7 * 5 * 4);
		BAD_FIELD(p, image, 0, "image");
		BAD_FIELD(p, image, IMAGES, "image");
		BAD_FIELD(p, reserved, 1, "reserved");
		BAD_FIELD(p, va, 0, "va");
		BAD_FIELD(p, va, VA + SIZE - 139, "va");
		BAD_FIELD(p, va, ~UINT64_C(0), "va");
		if (from)
			BAD_FIELD(p, va, VA + SIZE - 140, "read-only");
		else
			GOOD_FIELD(p, va, VA + SIZE - 140);
		/* From pixel (2, 1) to (8, 5) of the image. */
		BAD_FIELD(p, va, VA + ROW + 8, "lies within");
		BAD_FIELD(p, va, VA + 5 * ROW + 9 * 4 - 1, "lies within");
		GOOD_FIELD(p, va, VA + 5 * ROW + 9 * 4);
		REGION_OF_FLAT(p, origin);
		assert_false(list.heavy);
	}
	p.image = LAYERS;
	p.region[0] = 10;
	p.origin[0] = 0;
	p.origin[1] = 0;
	GOOD(p);
	BAD_FIELD(p, region[1], 6, "region");
}

static void fills(void **state)
{
	struct dxg_cmd_fill_image p = {
		.h = head(DXG_CMD_FILL_IMAGE, sizeof(p)),
		.image = FLAT,
		.color = { 1, 2, 3, 4 },
		.origin = { 2, 1, 0 },
		.region = { 7, 5, 1 },
	};

	(void)state;
	GOOD(p);
	assert_int_equal(list.packet[0].fill_image.color[3], 4);
	BAD_FIELD(p, image, 0, "image");
	BAD_FIELD(p, image, IMAGES, "image");
	BAD_FIELD(p, reserved, 1, "reserved");
	REGION_OF_FLAT(p, origin);
}

/* A dispatch with one argument of 8 bytes. */
struct one {
	struct dxg_cmd_dispatch d;
	struct dxg_cmd_arg a;
	union {
		uint64_t value;
		struct dxg_sampler sampler;
	};
};

static struct one one(uint32_t index, uint32_t kind, uint64_t value)
{
	return (struct one){
		.d = { .h = head(DXG_CMD_DISPATCH, sizeof(struct one)),
		       .kernel = index,
		       .work_dim = 1,
		       .arg_count = 1,
		       .global = { 1, 1, 1 } },
		.a = { kind, 8 },
		.value = value,
	};
}

static void image_arguments(void **state)
{
	struct one p = one(TAKES_2D, DXG_ARG_IMAGE, FLAT);

	(void)state;
	GOOD(p);
	assert_ptr_equal(list.packet[0].dispatch.arg[0].image, &images[FLAT]);
	BAD_FIELD(p, value, 0, "arg[0]");
	BAD_FIELD(p, value, IMAGES, "arg[0]");
	BAD_FIELD(p, value, FLAT | UINT64_C(1) << 32, "arg[0]");
	BAD_FIELD(p, a.size, 4, "arg[0]");
	BAD_FIELD(p, a.size, 16, "arg[0]");
	BAD_FIELD(p, a.kind, DXG_ARG_VA, "arg[0]");
	BAD_FIELD(p, a.kind, DXG_ARG_BYTES, "arg[0]");
	BAD_FIELD(p, a.kind, DXG_ARG_SAMPLER, "arg[0]");
	/* The type, what it holds, and what may be done with it. */
	BAD_FIELD(p, value, DEEP, "type");
	BAD_FIELD(p, value, VIEW, "type");
	BAD_FIELD(p, value, DEPTHS, "depths");
	BAD_FIELD(p, value, WRITE_ONLY, "access");
	GOOD_FIELD(p, value, READ_ONLY);
	p = one(WRITES_2D, DXG_ARG_IMAGE, FLAT);
	GOOD(p);
	BAD_FIELD(p, value, READ_ONLY, "access");
	GOOD_FIELD(p, value, WRITE_ONLY);
	p = one(TAKES_BOTH, DXG_ARG_IMAGE, FLAT);
	BAD_FIELD(p, value, READ_ONLY, "access");
	BAD_FIELD(p, value, WRITE_ONLY, "access");
	p = one(TAKES_3D, DXG_ARG_IMAGE, DEEP);
	BAD_FIELD(p, value, FLAT, "type");
	p = one(TAKES_DEPTH, DXG_ARG_IMAGE, DEPTHS);
	BAD_FIELD(p, value, FLAT, "colours");
	p = one(TAKES_ANY_IMAGE, DXG_ARG_IMAGE, DEEP);
	GOOD_FIELD(p, value, WRITE_ONLY);
	p = one(TAKES_POINTER, DXG_ARG_IMAGE, FLAT);
	BAD(p, "arg[0]");
	p = one(TAKES_UNTOLD, DXG_ARG_IMAGE, FLAT);
	BAD_FIELD(p, value, 0, "arg[0]");
	p = one(VARIADIC, DXG_ARG_IMAGE, FLAT);
	BAD_FIELD(p, value, IMAGES, "arg[0]");
}

static void sampler_arguments(void **state)
{
	struct one p = one(TAKES_SAMPLER, DXG_ARG_SAMPLER, 0);

	(void)state;
	p.sampler = (struct dxg_sampler){ DXG_ADDRESS_CLAMP, DXG_FILTER_NEAREST, 1 };
	GOOD(p);
	assert_int_equal(list.packet[0].dispatch.arg[0].sampler.addressing, DXG_ADDRESS_CLAMP);
	BAD_FIELD(p, sampler.addressing, DXG_ADDRESS_NONE - 1, "addressing");
	BAD_FIELD(p, sampler.addressing, DXG_ADDRESS_MIRRORED_REPEAT + 1, "addressing");
	GOOD_FIELD(p, sampler.addressing, DXG_ADDRESS_NONE);
	GOOD_FIELD(p, sampler.addressing, DXG_ADDRESS_MIRRORED_REPEAT);
	BAD_FIELD(p, sampler.filter, DXG_FILTER_NEAREST - 1, "filter");
	BAD_FIELD(p, sampler.filter, DXG_FILTER_LINEAR + 1, "filter");
	BAD_FIELD(p, sampler.normalized, 2, "normalized");
	GOOD_FIELD(p, sampler.normalized, 0);
	p.sampler.normalized = 0;
	BAD_FIELD(p, sampler.addressing, DXG_ADDRESS_REPEAT, "repeats");
	BAD_FIELD(p, sampler.addressing, DXG_ADDRESS_MIRRORED_REPEAT, "repeats");
	BAD_FIELD(p, a.size, 4, "arg[0]");
	BAD_FIELD(p, a.kind, DXG_ARG_BYTES, "arg[0]");
	BAD_FIELD(p, a.kind, DXG_ARG_IMAGE, "arg[0]");
}

/* ---- descriptions, as image.h of the wire checks them for both ends ---- */

#define GOOD_DESC(d, member, value, bytes)                          \
	do {                                                        \
		struct dxg_image_desc changed = d;                  \
		changed.member = (value);                           \
		assert_int_equal(dxg_image_bytes(&changed), bytes); \
	} while (0)
#define BAD_DESC(d, member, value) GOOD_DESC(d, member, value, 0)

static void descriptions(void **state)
{
	struct dxg_image_desc flat = FLAT_DESC(DXG_IMAGE_READ_WRITE), deep = images[DEEP].desc;
	struct dxg_image_desc view = images[VIEW].desc;

	(void)state;
	assert_int_equal(dxg_image_bytes(&flat), 8 * ROW);
	assert_int_equal(dxg_image_bytes(&deep), 768);
	assert_int_equal(dxg_image_bytes(&view), 256);
	BAD_DESC(flat, type, 0);
	BAD_DESC(flat, type, DXG_IMAGE_TYPES + 1);
	BAD_DESC(flat, type, ~0u);
	BAD_DESC(flat, access, 0);
	BAD_DESC(flat, access, 3);
	BAD_DESC(flat, access, 8);
	BAD_DESC(flat, order, DXG_ORDER_FIRST - 1);
	BAD_DESC(flat, order, DXG_ORDER_LAST + 1);
	BAD_DESC(flat, data_type, DXG_TYPE_FIRST - 1);
	BAD_DESC(flat, data_type, DXG_TYPE_LAST + 1);
	BAD_DESC(flat, flags, 2);
	GOOD_DESC(flat, flags, DXG_IMAGE_SHARED, 8 * ROW);
	BAD_DESC(deep, flags, DXG_IMAGE_SHARED);
	BAD_DESC(view, flags, 0);
	BAD_DESC(flat, reserved, 1);
	BAD_DESC(flat, extent[0], 0);
	BAD_DESC(flat, extent[1], 0);
	BAD_DESC(flat, extent[2], 0);
	BAD_DESC(flat, extent[2], 2);
	BAD_DESC(view, extent[1], 2);
	GOOD_DESC(flat, extent[0], 15, 8 * ROW - 4);
	BAD_DESC(flat, extent[0], 17);
	BAD_DESC(flat, extent[1], 9);
	BAD_DESC(flat, row_pitch, ROW - 4);
	BAD_DESC(flat, row_pitch, ROW + 4); /* eight of these are more than a slice */
	BAD_DESC(flat, row_pitch, ROW - 1);
	BAD_DESC(deep, slice_pitch, 127);
	GOOD_DESC(deep, slice_pitch, 130, 5 * 130 + 128);
	BAD_DESC(deep, slice_pitch, ~UINT64_C(0));
	deep.slice_pitch = DXG_ALLOCATION_SIZE_MAX;
	BAD_DESC(deep, row_pitch, 32);
	deep.extent[2] = 1;
	GOOD_DESC(deep, row_pitch, 32, 128);
	deep.slice_pitch++;
	BAD_DESC(deep, row_pitch, 32);
	/* A row that is one pixel more than there may be, with room for it. */
	flat.extent[1] = 1;
	flat.row_pitch = UINT64_C(1) << 40;
	flat.slice_pitch = flat.row_pitch;
	GOOD_DESC(flat, extent[0], DXG_IMAGE_EXTENT_MAX, UINT64_C(4) * DXG_IMAGE_EXTENT_MAX);
	BAD_DESC(flat, extent[0], DXG_IMAGE_EXTENT_MAX + 1);
	flat.row_pitch = DXG_ALLOCATION_SIZE_MAX + 4;
	flat.slice_pitch = flat.row_pitch;
	BAD_DESC(flat, extent[0], 16);
}

static void pixels(void **state)
{
	(void)state;
	assert_int_equal(dxg_image_pixel(DXG_ORDER_R, DXG_TYPE_UNORM_INT8), 1);
	assert_int_equal(dxg_image_pixel(DXG_ORDER_RG, DXG_TYPE_UNSIGNED_INT16), 4);
	assert_int_equal(dxg_image_pixel(DXG_ORDER_RGBA, DXG_TYPE_FLOAT), 16);
	assert_int_equal(dxg_image_pixel(0x10B4 /* RGB */, DXG_TYPE_UNORM_SHORT_565), 2);
	assert_int_equal(dxg_image_pixel(0x10B4, 0x10D6 /* UNORM_INT_101010 */), 4);
	assert_int_equal(dxg_image_pixel(DXG_ORDER_RGBA, 0x10E0 /* UNORM_INT_101010_2 */), 4);
	assert_int_equal(dxg_image_pixel(0x10BF /* sRGB */, DXG_TYPE_UNORM_INT8), 3);
	assert_int_equal(dxg_image_pixel(0x10C3 /* ABGR */, DXG_TYPE_UNORM_INT8), 4);
	assert_int_equal(dxg_image_pixel(DXG_ORDER_DEPTH, DXG_TYPE_FLOAT), 4);
	assert_int_equal(dxg_image_pixel(DXG_ORDER_DEPTH_STENCIL, 0x10DF /* INT24 */), 4);
	assert_int_equal(dxg_image_pixel(DXG_ORDER_DEPTH_STENCIL, DXG_TYPE_FLOAT), 8);
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
		cmocka_unit_test(copies),	   cmocka_unit_test(overlaps),
		cmocka_unit_test(memory_copies),   cmocka_unit_test(fills),
		cmocka_unit_test(image_arguments), cmocka_unit_test(sampler_arguments),
		cmocka_unit_test(descriptions),	   cmocka_unit_test(pixels),
	};

	return cmocka_run_group_tests_name("decode_image", tests, NULL, finish);
}
