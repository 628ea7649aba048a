// SPDX-License-Identifier: MIT
/*
 * test_worker_image - image objects in a real dxg-worker: who may make one over what, what becomes
 * of it, and what commands do with it, on the null backend and, where there is one, on an OpenCL
 * device.
 */
#include "harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VA_LOCAL UINT64_C(0x80000000)
#define LOCAL_SIZE (1u << 20)
#define VA_READ_ONLY UINT64_C(0x90000000)
#define WIDTH 16u
#define HEIGHT 8u
#define BYTES (WIDTH * HEIGHT * 4)
#define NO_FORMAT (-10) /* CL_IMAGE_FORMAT_NOT_SUPPORTED */

static struct zygote zygote;
static struct worker worker;

static int start(uint32_t backend, bool discrete)
{
	worker_start(&zygote, &worker, backend, discrete);
	setup_usual(&worker);
	if (!discrete)
		return 0;
	alloc_create(&worker, 3, LOCAL_SIZE, 0, IPC_SEGMENT_LOCAL);
	va_map(&worker, VA_LOCAL, LOCAL_SIZE, 3, 0, true);
	return 0;
}

static int start_null(void **state)
{
	(void)state;
	return start(IPC_BACKEND_NULL, false);
}

static int start_null_discrete(void **state)
{
	(void)state;
	return start(IPC_BACKEND_NULL, true);
}

static int start_unified(void **state)
{
	(void)state;
	return start(IPC_BACKEND_OPENCL, false);
}

static int start_discrete(void **state)
{
	(void)state;
	return start(IPC_BACKEND_OPENCL, true);
}

static int stop(void **state)
{
	(void)state;
	worker_stop(&worker);
	return 0;
}

static bool there_is_a_device(void)
{
	struct ipc_header m = { .op = IPC_DESCRIBE };
	struct ipc_describe_reply reply;

	request(&worker, &m, sizeof(m), &reply, sizeof(reply));
	return !reply.status;
}

static struct dxg_escape_image_create flat(uint64_t va)
{
	return (struct dxg_escape_image_create){
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_IMAGE_CREATE,
		       sizeof(struct dxg_escape_image_create), 0 },
		.desc = { .type = DXG_IMAGE_2D,
			  .access = DXG_IMAGE_READ_WRITE,
			  .order = DXG_ORDER_RGBA,
			  .data_type = DXG_TYPE_UNSIGNED_INT8,
			  .extent = { WIDTH, HEIGHT, 1 },
			  .row_pitch = WIDTH * 4,
			  .slice_pitch = BYTES },
		.va = va,
	};
}

static struct dxg_escape_image_create view(uint64_t va)
{
	struct dxg_escape_image_create e = flat(va);

	e.desc.type = DXG_IMAGE_1D_BUFFER;
	e.desc.flags = DXG_IMAGE_SHARED;
	e.desc.extent[1] = 1;
	e.desc.slice_pitch = e.desc.row_pitch;
	return e;
}

static int create(struct dxg_escape_image_create *e)
{
	return escape(&worker, e, sizeof(*e));
}

static uint32_t created(struct dxg_escape_image_create e)
{
	assert_int_equal(create(&e), 0);
	assert_int_equal(e.error, 0);
	assert_int_not_equal(e.image, 0);
	return e.image;
}

static int destroy(uint32_t image)
{
	struct dxg_escape_image_destroy e = {
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_IMAGE_DESTROY, sizeof(e), 0 },
		.image = image,
	};

	return escape(&worker, &e, sizeof(e));
}

static void add_fill_image(struct cmds *c, uint32_t image, uint64_t x, uint64_t y)
{
	struct dxg_cmd_fill_image p = {
		.h = header(DXG_CMD_FILL_IMAGE, sizeof(p), 0),
		.image = image,
		.color = { 1, 2, 3, 4 },
		.origin = { x, y, 0 },
		.region = { 3, 2, 1 },
	};

	cmds_add(c, &p, sizeof(p));
}

static void add_memory(struct cmds *c, uint16_t opcode, uint32_t image, uint64_t va)
{
	struct dxg_cmd_copy_image_memory p = {
		.h = header(opcode, sizeof(p), 0),
		.image = image,
		.va = va,
		.region = { WIDTH, HEIGHT, 1 },
	};

	cmds_add(c, &p, sizeof(p));
}

static void run_good(const struct cmds *c)
{
	struct ipc_exec_reply reply = run(&worker, c);

	if (reply.status)
		fail_msg("%s", reply.text);
}

static void run_bad(const struct cmds *c, int status, const char *why)
{
	struct ipc_exec_reply reply = run(&worker, c);

	assert_int_equal(reply.status, status);
	if (!strstr(reply.text, why))
		fail_msg("'%s' does not say '%s'", reply.text, why);
}

/* What the model has of the fill at (x, y). */
static void fill_model(uint8_t *model, unsigned int x, unsigned int y)
{
	static const uint8_t pixel[4] = { 1, 2, 3, 4 };
	unsigned int i;

	for (i = 0; i < 6; i++)
		memcpy(model + ((y + i / 3) * WIDTH + x + i % 3) * 4, pixel, 4);
}

/* Into the image from memory, a fill, a copy within, and out again; where the pixels are is its
 * own affair. */
static void commands(uint64_t image_va)
{
	static uint8_t model[BYTES];
	uint8_t *in = data_at(&worker, 65536), *out = data_at(&worker, 131072);
	uint32_t image = created(flat(image_va));
	struct dxg_cmd_copy_image copy = {
		.h = header(DXG_CMD_COPY_IMAGE, sizeof(copy), VA_DATA + 4096),
		.dst = image,
		.src = image,
		.dst_origin = { 8, 5, 0 },
		.src_origin = { 2, 1, 0 },
		.region = { 3, 2, 1 },
	};
	struct cmds c = cmds_start(&worker);
	struct dxg_cmd_profile profile;
	uint32_t i;

	for (i = 0; i < BYTES; i++)
		model[i] = in[i] = i * 7;
	add_memory(&c, DXG_CMD_COPY_TO_IMAGE, image, VA_DATA + 65536);
	add_fill_image(&c, image, 2, 1);
	cmds_add(&c, &copy, sizeof(copy));
	add_memory(&c, DXG_CMD_COPY_FROM_IMAGE, image, VA_DATA + 131072);
	run_good(&c);
	fill_model(model, 2, 1);
	fill_model(model, 8, 5);
	assert_memory_equal(out, model, BYTES);
	memcpy(&profile, data_at(&worker, 4096), sizeof(profile));
	assert_true(profile.end_ns >= profile.start_ns && profile.end_ns);
	assert_int_equal(destroy(image), 0);
}

static void commands_on_null(void **state)
{
	(void)state;
	commands(VA_DATA);
	/* In CPU-visible memory the pixels are linear. */
	assert_memory_equal(data_at(&worker, 0), data_at(&worker, 131072), BYTES);
}

static void commands_on_null_discrete(void **state)
{
	(void)state;
	commands(VA_LOCAL);
}

/* A 2D image of a buffer has the gaps that the buffer's layout has. */
static void rows_of_a_buffer(void **state)
{
	struct dxg_escape_image_create e = flat(VA_DATA + 8192);
	struct cmds c = cmds_start(&worker);
	uint8_t model[256] = { 0 };
	uint32_t i;

	(void)state;
	e.desc.flags = DXG_IMAGE_SHARED;
	e.desc.extent[1] = 2;
	e.desc.row_pitch = 128;
	e.desc.slice_pitch = 256;
	add_fill_image(&c, created(e), 1, 0);
	run_good(&c);
	for (i = 0; i < 12; i++)
		model[4 + i] = model[128 + 4 + i] = 1 + i % 4;
	assert_memory_equal(data_at(&worker, 8192), model, sizeof(model));
}

static void creation_is_checked(void **state)
{
	struct dxg_escape_image_create e = flat(VA_DATA);

	(void)state;
	e.desc.row_pitch--;
	assert_int_equal(create(&e), -EINVAL);
	e = flat(VA_DATA);
	e.desc.type = DXG_IMAGE_TYPES + 1;
	assert_int_equal(create(&e), -EINVAL);
	e = flat(VA_DATA);
	e.desc.extent[0] = 0;
	assert_int_equal(create(&e), -EINVAL);
	e = flat(0);
	assert_int_equal(create(&e), -EINVAL);
	e = flat(~UINT64_C(0) - 64);
	assert_int_equal(create(&e), -EINVAL);
	e = flat(0x5000);
	assert_int_equal(create(&e), -EFAULT);
	e = flat(VA_DATA + DATA_SIZE - BYTES + 4);
	assert_int_equal(create(&e), -EFAULT);
	e.va -= 4;
	assert_int_equal(create(&e), 0);
	assert_int_equal(destroy(e.image), 0);
	/* Memory that may not be written. */
	va_map(&worker, VA_READ_ONLY, 4096, 2, 0, false);
	e = flat(VA_READ_ONLY);
	assert_int_equal(create(&e), -EACCES);
	/* A format that the backend has not, which is no error of the request. */
	e = flat(VA_DATA);
	e.desc.data_type = 0x10D1; /* SNORM_INT16 */
	e.desc.row_pitch = 8 * WIDTH;
	e.desc.slice_pitch = 2 * BYTES;
	e.image = 77;
	assert_int_equal(create(&e), 0);
	assert_int_equal(e.image, 0);
	assert_int_equal(e.error, NO_FORMAT);
	/* Nothing of that took the allocation's place. */
	created(flat(VA_DATA));
}

static void one_image_to_an_allocation(void **state)
{
	struct dxg_escape_image_create e = flat(VA_DATA + 8192);
	uint32_t image = created(flat(VA_DATA)), shared;

	(void)state;
	assert_int_equal(create(&e), -EBUSY);
	shared = created(view(VA_DATA + 8192));
	created(view(VA_DATA + 8192));
	assert_int_equal(create(&e), -EBUSY);
	assert_int_equal(destroy(image), 0);
	assert_int_equal(create(&e), 0);
	assert_int_equal(destroy(shared), 0);
}

static void objects_end(void **state)
{
	uint32_t image = created(flat(VA_DATA)), again;
	struct dxg_escape_image_destroy reserved = {
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_IMAGE_DESTROY, sizeof(reserved), 0 },
		.image = image,
		.reserved = 1,
	};
	struct cmds c = cmds_start(&worker);

	(void)state;
	assert_int_equal(escape(&worker, &reserved, sizeof(reserved)), -EINVAL);
	assert_int_equal(destroy(0), -ENOENT);
	assert_int_equal(destroy(~0u), -ENOENT);
	assert_int_equal(destroy(image), 0);
	assert_int_equal(destroy(image), -ENOENT);
	again = created(flat(VA_DATA));
	assert_int_not_equal(again, image);
	/* The old number names nothing. */
	add_fill_image(&c, image, 0, 0);
	run_bad(&c, -EINVAL, "is not an image");
	c = cmds_start(&worker);
	add_fill_image(&c, again, 0, 0);
	run_good(&c);
}

/* The mapping is how the memory was named; the image lasts as long as the allocation. */
static void images_end_with_their_allocation(void **state)
{
	uint32_t image = created(flat(VA_DATA)), shared = created(view(VA_DATA + 8192));
	struct cmds c = cmds_start(&worker);

	(void)state;
	va_unmap(&worker, VA_DATA, DATA_SIZE);
	add_fill_image(&c, image, 0, 0);
	run_good(&c);
	assert_int_equal(data_at(&worker, 0)[1], 2);
	assert_int_equal(alloc_destroy(&worker, 2), 0);
	run_bad(&c, -EINVAL, "is not an image");
	assert_int_equal(destroy(image), -ENOENT);
	assert_int_equal(destroy(shared), -ENOENT);
}

static void images_are_limited(void **state)
{
	struct dxg_escape_image_create e = view(VA_DATA);
	uint32_t i, first = 0;

	(void)state;
	for (i = 0; i < DXG_IMAGES_PER_PROCESS; i++) {
		uint32_t image = created(view(VA_DATA));

		first = first ? first : image;
	}
	assert_int_equal(create(&e), -EDQUOT);
	assert_int_equal(destroy(first), 0);
	assert_int_equal(create(&e), 0);
	assert_int_equal(create(&e), -EDQUOT);
	assert_int_equal(alloc_destroy(&worker, 2), 0);
}

/* ---- an OpenCL device ---- */

static void commands_on_a_device(void **state)
{
	(void)state;
	if (!there_is_a_device())
		skip();
	commands(VA_DATA);
	assert_memory_equal(data_at(&worker, 0), data_at(&worker, 131072), BYTES);
}

static void commands_on_a_discrete_device(void **state)
{
	(void)state;
	if (!there_is_a_device())
		skip();
	commands(VA_LOCAL);
}

/* An image of a buffer is the buffer's bytes for every command. */
static void shared_memory(uint64_t va)
{
	uint8_t *in = data_at(&worker, 65536), *out = data_at(&worker, 131072);
	struct dxg_escape_image_create e = view(va);
	struct dxg_cmd_copy_image copy = {
		.h = header(DXG_CMD_COPY_IMAGE, sizeof(copy), 0),
		.dst_origin = { 9, 0, 0 },
		.region = { 3, 1, 1 },
	};
	struct dxg_cmd_fill_image fill = {
		.h = header(DXG_CMD_FILL_IMAGE, sizeof(fill), 0),
		.color = { 1, 2, 3, 4 },
		.origin = { 1, 0, 0 },
		.region = { 3, 1, 1 },
	};
	struct dxg_cmd_copy_image_memory to = {
		.h = header(DXG_CMD_COPY_TO_IMAGE, sizeof(to), 0),
		.va = VA_DATA + 65536,
		.origin = { 5, 0, 0 },
		.region = { 3, 1, 1 },
	};
	struct cmds c = cmds_start(&worker);
	uint8_t model[WIDTH * 4] = { 0 };
	uint32_t i;

	copy.dst = copy.src = fill.image = to.image = created(e);
	copy.src_origin[0] = 1;
	for (i = 0; i < 12; i++) {
		in[i] = i + 50;
		model[4 + i] = model[36 + i] = 1 + i % 4;
		model[20 + i] = i + 50;
	}
	cmds_add(&c, &fill, sizeof(fill));
	cmds_add(&c, &to, sizeof(to));
	cmds_add(&c, &copy, sizeof(copy));
	add_copy(&c, VA_DATA + 131072, va, sizeof(model));
	to.h.opcode = DXG_CMD_COPY_FROM_IMAGE;
	to.va = VA_DATA + 131072 + 4096;
	cmds_add(&c, &to, sizeof(to));
	run_good(&c);
	assert_memory_equal(out, model, sizeof(model));
	assert_memory_equal(out + 4096, in, 12);
	assert_int_equal(destroy(fill.image), 0);
}

static void shared_memory_of_a_device(void **state)
{
	(void)state;
	if (!there_is_a_device())
		skip();
	shared_memory(VA_DATA);
}

static void shared_memory_of_a_discrete_device(void **state)
{
	(void)state;
	if (!there_is_a_device())
		skip();
	shared_memory(VA_LOCAL);
}

/* Between an image of its own and one of a buffer. */
static void half_shared_copies(void **state)
{
	uint8_t *out = data_at(&worker, 131072);
	struct dxg_cmd_copy_image copy = {
		.h = header(DXG_CMD_COPY_IMAGE, sizeof(copy), 0),
		.src_origin = { 2, 1, 0 },
		.dst_origin = { 4, 0, 0 },
		.region = { 3, 1, 1 },
	};
	struct cmds c = cmds_start(&worker);
	uint32_t own, shared;

	(void)state;
	if (!there_is_a_device())
		skip();
	own = created(flat(VA_LOCAL));
	alloc_create(&worker, 4, LOCAL_SIZE, 0, IPC_SEGMENT_LOCAL);
	va_map(&worker, VA_LOCAL + 2 * LOCAL_SIZE, LOCAL_SIZE, 4, 0, true);
	shared = created(view(VA_LOCAL + 2 * LOCAL_SIZE));
	add_fill_image(&c, own, 2, 1);
	copy.src = own;
	copy.dst = shared;
	cmds_add(&c, &copy, sizeof(copy));
	add_copy(&c, VA_DATA + 131072, VA_LOCAL + 2 * LOCAL_SIZE, 64);
	/* And back, to another place. */
	copy.src = shared;
	copy.dst = own;
	copy.src_origin[0] = 4;
	copy.src_origin[1] = 0;
	copy.dst_origin[0] = 0;
	copy.dst_origin[1] = 7;
	cmds_add(&c, &copy, sizeof(copy));
	add_memory(&c, DXG_CMD_COPY_FROM_IMAGE, own, VA_DATA + 131072 + 4096);
	run_good(&c);
	assert_int_equal(out[15], 0);
	assert_int_equal(out[16], 1);
	assert_int_equal(out[27], 4);
	assert_int_equal(out[28], 0);
	assert_int_equal(out[4096 + 7 * 64], 1);
	assert_int_equal(out[4096 + 7 * 64 + 11], 4);
	assert_int_equal(out[4096 + 7 * 64 + 12], 0);
}

/* Device-local memory is a buffer or an image, never both, so that it is there once only. */
static void images_take_the_place_of_buffers(void **state)
{
	struct dxg_escape_image_create e = flat(VA_LOCAL + 4096);
	struct cmds c = cmds_start(&worker);
	uint8_t *out = data_at(&worker, 131072);
	uint32_t image, i;

	(void)state;
	if (!there_is_a_device())
		skip();
	/* Not from the start; not in memory that kernels do not reach. */
	assert_int_equal(create(&e), -EINVAL);
	e = flat(VA_DATA);
	assert_int_equal(create(&e), -EINVAL);
	image = created(flat(VA_LOCAL));
	/* It reads as zero. */
	memset(out, 0xee, BYTES);
	add_memory(&c, DXG_CMD_COPY_FROM_IMAGE, image, VA_DATA + 131072);
	run_good(&c);
	for (i = 0; i < BYTES; i++)
		assert_int_equal(out[i], 0);
	c = cmds_start(&worker);
	add_copy(&c, VA_DATA, VA_LOCAL, 64);
	run_bad(&c, -EIO, "CL_INVALID_MEM_OBJECT");
	e = view(VA_LOCAL);
	assert_int_equal(create(&e), 0);
	assert_int_equal(e.image, 0);
	assert_int_not_equal(e.error, 0);
	/* Without the image it is a buffer, and then no image any more. */
	assert_int_equal(destroy(image), 0);
	run_good(&c);
	e = flat(VA_LOCAL);
	assert_int_equal(create(&e), -EBUSY);
}

/* ---- kernels ---- */

static const char source[] =
	"kernel void k(read_only image2d_t a, sampler_t s, write_only image2d_t b)\n"
	"{ int2 p = (int2)(get_global_id(0), get_global_id(1));\n"
	"  write_imageui(b, p, read_imageui(a, s, p) + 1); }\n"
	"kernel void slow(read_only image2d_t a, global uint *b)\n"
	"{ sampler_t s = CLK_NORMALIZED_COORDS_FALSE | CLK_FILTER_NEAREST; uint x = 0;\n"
	"  for (int i = 0; i < 50000; i++) x += read_imageui(a, s, (int2)(x & 3, 0)).x;\n"
	"  *b = x; }\n";

/* Drivers list kernels in any order. */
static uint32_t kernel_named(uint32_t program, const char *name)
{
	struct dxg_escape_kernel_info e = {
		.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_KERNEL_INFO, sizeof(e), 0 },
		.program = program,
	};

	for (e.kernel = 0; !escape(&worker, &e, sizeof(e)); e.kernel++)
		if (!strcmp(e.name, name))
			return e.kernel;
	fail_msg("no kernel %s", name);
	return 0;
}

static struct ipc_exec_reply run_kernel(uint32_t program, const struct arg args[3])
{
	struct dxg_cmd_dispatch d = {
		.program = program,
		.kernel = kernel_named(program, "k"),
		.work_dim = 2,
		.arg_count = 3,
		.global = { WIDTH, HEIGHT, 1 },
	};
	struct cmds c = cmds_start(&worker);

	add_dispatch(&c, &d, args);
	return run(&worker, &c);
}

static uint64_t sampler(uint32_t addressing, uint16_t normalized)
{
	struct dxg_sampler s = { addressing, DXG_FILTER_NEAREST, normalized };
	uint64_t value;

	memcpy(&value, &s, sizeof(value));
	return value;
}

static void kernels_take_images_and_samplers(void **state)
{
	struct dxg_escape_image_create deep = flat(VA_DATA + 8192);
	struct arg args[3] = { { .kind = DXG_ARG_IMAGE },
			       { .kind = DXG_ARG_SAMPLER, .value = sampler(DXG_ADDRESS_CLAMP, 0) },
			       { .kind = DXG_ARG_IMAGE } };
	uint32_t program, i;
	struct build b;

	(void)state;
	if (!there_is_a_device())
		skip();
	program = program_create(&worker, DXG_PROGRAM_SOURCE, source, strlen(source));
	b = program_build(&worker, program, "");
	assert_int_equal(b.build_status, 0);
	alloc_create(&worker, 4, 65536, DATA_OFFSET + DATA_SIZE, IPC_SEGMENT_SYSTEM);
	va_map(&worker, VA_LOCAL, 65536, 4, 0, true);
	alloc_create(&worker, 5, 65536, DATA_OFFSET + DATA_SIZE + 65536, IPC_SEGMENT_SYSTEM);
	va_map(&worker, VA_LOCAL + 65536, 65536, 5, 0, true);
	args[0].value = created(flat(VA_DATA));
	args[2].value = created(flat(VA_LOCAL));
	for (i = 0; i < BYTES; i++)
		data_at(&worker, 0)[i] = i % 200;
	assert_int_equal(run_kernel(program, args).status, 0);
	for (i = 0; i < BYTES; i++)
		assert_int_equal(data_at(&worker, DATA_SIZE)[i], i % 200 + 1);
	/* Another type; a sampler or memory in its place; a sampler that cannot be. */
	deep.va = VA_LOCAL + 65536;
	deep.desc.type = DXG_IMAGE_2D_ARRAY;
	args[0].value = created(deep);
	assert_int_equal(run_kernel(program, args).status, -EINVAL);
	args[0] = (struct arg){ .kind = DXG_ARG_VA, .value = VA_DATA };
	assert_int_equal(run_kernel(program, args).status, -EINVAL);
	args[0] = args[1];
	assert_int_equal(run_kernel(program, args).status, -EINVAL);
	args[0] = args[2];
	args[1].value = sampler(DXG_ADDRESS_REPEAT, 0);
	assert_int_equal(run_kernel(program, args).status, -EINVAL);
	args[1] = args[0];
	assert_int_equal(run_kernel(program, args).status, -EINVAL);
}

/* The reply tells that the image's memory is free, also when another thread executed. */
static void memory_is_free_with_the_reply(void **state)
{
	struct arg args[2] = { { .kind = DXG_ARG_IMAGE },
			       { .kind = DXG_ARG_VA, .value = VA_DATA + 65536 } };
	struct dxg_cmd_dispatch d = { .work_dim = 1, .arg_count = 2, .global = { 1, 1, 1 } };
	struct build b;
	int i;

	(void)state;
	if (!there_is_a_device())
		skip();
	d.program = program_create(&worker, DXG_PROGRAM_SOURCE, source, strlen(source));
	b = program_build(&worker, d.program, "");
	assert_int_equal(b.build_status, 0);
	d.kernel = kernel_named(d.program, "slow");
	for (i = 0; i < 50; i++) {
		uint32_t image = created(flat(VA_DATA));
		struct cmds c = cmds_start(&worker);

		args[0].value = image;
		add_dispatch(&c, &d, args);
		run_good(&c);
		assert_int_equal(destroy(image), 0);
	}
}

/* ---- formats ---- */

static uint32_t find_formats(const uint8_t *at, uint32_t size, const struct dxg_image_format **ret)
{
	const uint8_t *end = at + size;

	while (at < end) {
		struct dxg_device_property p;

		memcpy(&p, at, sizeof(p));
		*ret = (const void *)(at + sizeof(p));
		if (p.param == DXG_DEVICE_IMAGE_FORMATS)
			return p.size / sizeof(**ret);
		at += sizeof(p) + dxg_align8(p.size);
	}
	return 0;
}

static void formats_are_told(void **state)
{
	static struct {
		struct dxg_escape_device_info info;
		uint8_t records[65536];
	} e = { .info.h = { DXG_ESCAPE_MAGIC, DXG_ESCAPE_DEVICE_INFO, sizeof(e), 0 } };
	const struct dxg_image_format *format;
	uint32_t n, i;

	(void)state;
	assert_int_equal(escape(&worker, &e, sizeof(e)), 0);
	n = find_formats(e.records, e.info.used, &format);
	assert_true(n > 0 && n <= DXG_IMAGE_FORMATS_MAX);
	for (i = 0; i < n; i++) {
		assert_int_not_equal(dxg_image_pixel(format[i].order, format[i].data_type), 0);
		assert_int_not_equal(format[i].uses, 0);
		assert_int_equal(format[i].uses >> (4 * DXG_IMAGE_TYPES), 0);
		assert_int_equal(format[i].reserved, 0);
	}
}

static void zygote_starts(void **state)
{
	(void)state;
	zygote_start(&zygote, NULL);
}

static void zygote_ends_with_a_clean_log(void **state)
{
	(void)state;
	zygote_stop(&zygote);
}

#define NULL_UNIFIED(test) cmocka_unit_test_setup_teardown(test, start_null, stop)
#define UNIFIED(test) cmocka_unit_test_setup_teardown(test, start_unified, stop)
#define DISCRETE(test) cmocka_unit_test_setup_teardown(test, start_discrete, stop)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(zygote_starts),
		NULL_UNIFIED(commands_on_null),
		cmocka_unit_test_setup_teardown(commands_on_null_discrete, start_null_discrete,
						stop),
		NULL_UNIFIED(rows_of_a_buffer),
		NULL_UNIFIED(creation_is_checked),
		NULL_UNIFIED(one_image_to_an_allocation),
		NULL_UNIFIED(objects_end),
		NULL_UNIFIED(images_end_with_their_allocation),
		NULL_UNIFIED(images_are_limited),
		NULL_UNIFIED(formats_are_told),
		UNIFIED(commands_on_a_device),
		DISCRETE(commands_on_a_discrete_device),
		UNIFIED(shared_memory_of_a_device),
		DISCRETE(shared_memory_of_a_discrete_device),
		DISCRETE(half_shared_copies),
		DISCRETE(images_take_the_place_of_buffers),
		UNIFIED(kernels_take_images_and_samplers),
		UNIFIED(memory_is_free_with_the_reply),
		cmocka_unit_test(zygote_ends_with_a_clean_log),
	};

	return cmocka_run_group_tests_name("worker-image", tests, NULL, NULL);
}
