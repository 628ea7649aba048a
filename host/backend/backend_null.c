// SPDX-License-Identifier: MIT
/*
 * backend_null - a device for tests, fuzzing and the cost of everything but the GPU. It copies and
 * fills memory for real, and its clock is virtual: each packet takes NULL_PACKET_NS, nothing else
 * moves it, so every result of a run is the same in the next one.
 *
 * The one program it understands is the text "null" (white space around it is ignored), as source
 * or as binary. It has one kernel, "nop", which takes any arguments and does nothing.
 *
 * Threads: as backend.h demands; the clock is the only shared state and is atomic.
 */
#include "backend/backend.h"

#include <ctype.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define NULL_PACKET_NS 1000u
#define NULL_UNITS 8u
#define NULL_LOCAL_MEMORY (UINT64_C(1) << 30)
#define NULL_SYSTEM_MEMORY (UINT64_C(1) << 34)
#define NULL_PROGRAM_TEXT "null"
#define NULL_KERNEL_NAME "nop"
#define NULL_BUILD_FAILURE (-11) /* CL_BUILD_PROGRAM_FAILURE */
#define NULL_COMPILED_OBJECT 1 /* CL_PROGRAM_BINARY_TYPE_COMPILED_OBJECT */
#define NULL_NO_FORMAT (-10) /* CL_IMAGE_FORMAT_NOT_SUPPORTED */
#define NULL_IMAGE_USES 0x00777777u /* every type, every access */

struct null_backend {
	struct backend base;
	bool discrete;
	_Atomic uint64_t now;
};

/* What it has of images: formats whose colours need no rounding. */
static const struct {
	struct dxg_device_property head;
	struct dxg_image_format format[6];
} null_records = {
	.head = { DXG_DEVICE_IMAGE_FORMATS, sizeof(null_records.format) },
	.format = {
		{ DXG_ORDER_R, DXG_TYPE_UNSIGNED_INT8, NULL_IMAGE_USES, 0 },
		{ DXG_ORDER_R, DXG_TYPE_UNSIGNED_INT32, NULL_IMAGE_USES, 0 },
		{ DXG_ORDER_R, DXG_TYPE_FLOAT, NULL_IMAGE_USES, 0 },
		{ DXG_ORDER_RGBA, DXG_TYPE_UNSIGNED_INT8, NULL_IMAGE_USES, 0 },
		{ DXG_ORDER_RGBA, DXG_TYPE_UNSIGNED_INT32, NULL_IMAGE_USES, 0 },
		{ DXG_ORDER_RGBA, DXG_TYPE_FLOAT, NULL_IMAGE_USES, 0 },
	},
};

/* A local allocation has memory of its own behind it, which the worker cannot see. */
struct null_alloc {
	struct backend_alloc base;
	uint8_t *memory;
};

struct backend_program {
	struct backend_kernel nop;
};

struct backend_context {
	uint32_t node;
};

static const struct backend_limits null_limits_value = {
	.max_work_group_size = 1024,
	.max_work_item_sizes = { 1024, 1024, 1024 },
	.local_mem_size = 65536,
};

static struct null_backend *null_of(struct backend *be)
{
	return (struct null_backend *)be;
}

static uint8_t *null_at(const struct backend_span *span)
{
	return ((struct null_alloc *)span->alloc)->memory + span->offset;
}

static int null_open(const struct backend_config *config, struct backend **ret,
		     struct backend_text *text)
{
	struct null_backend *null = calloc(1, sizeof(*null));

	if (!null) {
		backend_say(text, "no memory");
		return -ENOMEM;
	}
	null->base.ops = &backend_null_ops;
	null->discrete = config->force_discrete;
	*ret = &null->base;
	return 0;
}

static void null_close(struct backend *be)
{
	free(null_of(be));
}

static void null_describe(struct backend *be, struct ipc_describe_reply *reply)
{
	bool discrete = null_of(be)->discrete;

	reply->flags = DXG_ADAPTER_NULL;
	if (!discrete)
		reply->flags |= DXG_ADAPTER_UNIFIED | DXG_ADAPTER_SVM;
	reply->vendor_id = 0;
	reply->node_count = 1;
	reply->units = NULL_UNITS;
	reply->node_kind[0] = IPC_NODE_COMPUTE;
	reply->local_memory = discrete ? NULL_LOCAL_MEMORY : 0;
	reply->system_memory = NULL_SYSTEM_MEMORY;
	strcpy(reply->name, "null");
	strcpy(reply->driver, "opendxg null backend");
}

static const struct backend_limits *null_limits(struct backend *be)
{
	(void)be;
	return &null_limits_value;
}

static uint64_t null_clock(struct backend *be)
{
	return atomic_load(&null_of(be)->now);
}

static const void *null_device_info(struct backend *be, uint32_t *ret_size)
{
	(void)be;
	*ret_size = sizeof(null_records);
	return &null_records;
}

static int null_alloc_create(struct backend *be, uint64_t size, uint8_t *host,
			     struct backend_alloc **ret)
{
	struct null_alloc *alloc = calloc(1, sizeof(*alloc));

	(void)be;
	if (!alloc)
		return -ENOMEM;
	alloc->base.size = size;
	alloc->base.host = host;
	alloc->memory = host ? host : calloc(1, size);
	if (!alloc->memory) {
		free(alloc);
		return -ENOMEM;
	}
	*ret = &alloc->base;
	return 0;
}

static void null_alloc_destroy(struct backend *be, struct backend_alloc *base)
{
	struct null_alloc *alloc = (struct null_alloc *)base;

	(void)be;
	if (!base->host)
		free(alloc->memory);
	free(alloc);
}

static int null_read(struct backend *be, const struct backend_span *src, void *dst)
{
	(void)be;
	memcpy(dst, null_at(src), src->size);
	return 0;
}

static int null_write(struct backend *be, const struct backend_span *dst, const void *src)
{
	(void)be;
	memcpy(null_at(dst), src, dst->size);
	return 0;
}

static bool null_has_format(const struct dxg_image_desc *desc)
{
	size_t i;

	for (i = 0; i < sizeof(null_records.format) / sizeof(null_records.format[0]); i++)
		if (null_records.format[i].order == desc->order &&
		    null_records.format[i].data_type == desc->data_type)
			return true;
	return false;
}

static int null_image_create(struct backend *be, const struct dxg_image_desc *desc,
			     const struct backend_span *span, struct backend_image **ret,
			     int32_t *ret_error)
{
	struct backend_image *image;

	(void)be;
	*ret = NULL;
	*ret_error = null_has_format(desc) ? 0 : NULL_NO_FORMAT;
	if (*ret_error)
		return 0;
	image = calloc(1, sizeof(*image));
	if (!image)
		return -ENOMEM;
	image->desc = *desc;
	image->pixel = dxg_image_pixel(desc->order, desc->data_type);
	image->span = *span;
	*ret = image;
	return 0;
}

static void null_image_destroy(struct backend *be, struct backend_image *image)
{
	(void)be;
	free(image);
}

/* The channels of the colour that the format has, each cut to its size. */
static void null_fill_image(const struct backend_fill_image *f)
{
	uint32_t channels = f->image->desc.order == DXG_ORDER_R ? 1 : 4;
	uint32_t bytes = f->image->pixel / channels, i;
	uint8_t pixel[sizeof(f->color)];

	for (i = 0; i < channels; i++)
		memcpy(pixel + i * bytes, &f->color[i], bytes);
	backend_host_fill_pixel(null_at(&f->image->span), f, pixel);
}

/* Is @source the one program there is, but for white space around it? */
static bool null_understands(const struct backend_source *source)
{
	const char *text = source->data;
	size_t len = source->length;

	while (len && (isspace((unsigned char)text[len - 1]) || !text[len - 1]))
		len--;
	while (len && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	return len == strlen(NULL_PROGRAM_TEXT) && !memcmp(text, NULL_PROGRAM_TEXT, len);
}

static int null_build(struct backend *be, const struct backend_source *source, const char *options,
		      struct backend_build *ret)
{
	struct backend_program *program;

	(void)be;
	(void)options;
	if (!null_understands(source)) {
		char *log = strdup("the null backend understands one program only: \"null\"");

		if (!log)
			return -ENOMEM;
		*ret = (struct backend_build){ .status = NULL_BUILD_FAILURE, .log = log };
		return 0;
	}
	program = calloc(1, sizeof(*program));
	if (!program)
		return -ENOMEM;
	program->nop.variadic = true;
	program->nop.work_group_size = null_limits_value.max_work_group_size;
	*ret = (struct backend_build){
		.kernel_count = 1,
		.binary_size = strlen(NULL_PROGRAM_TEXT),
		.program = program,
	};
	return 0;
}

static int null_compile(struct backend *be, const struct backend_source *source,
			const char *options, const struct backend_header *header, uint32_t headers,
			struct backend_build *ret)
{
	int err;

	(void)header;
	(void)headers;
	err = null_build(be, source, options, ret);
	ret->kernel_count = 0;
	ret->binary_type = NULL_COMPILED_OBJECT;
	return err;
}

static int null_link(struct backend *be, struct backend_program *const *input, uint32_t inputs,
		     const char *options, struct backend_build *ret)
{
	const struct backend_source source = {
		DXG_PROGRAM_SOURCE,
		NULL_PROGRAM_TEXT,
		strlen(NULL_PROGRAM_TEXT),
	};
	int err;

	(void)input;
	(void)inputs;
	err = null_build(be, &source, options, ret);
	ret->binary_type = BACKEND_EXECUTABLE;
	return err;
}

static void null_program_destroy(struct backend *be, struct backend_program *program)
{
	(void)be;
	free(program);
}

static int null_program_binary(struct backend *be, struct backend_program *program, void **ret,
			       uint64_t *ret_size)
{
	(void)be;
	(void)program;
	*ret = strdup(NULL_PROGRAM_TEXT);
	*ret_size = strlen(NULL_PROGRAM_TEXT);
	return *ret ? 0 : -ENOMEM;
}

static int null_kernel(struct backend *be, struct backend_program *program, uint32_t index,
		       const struct backend_kernel **ret)
{
	(void)be;
	(void)index;
	*ret = &program->nop;
	return 0;
}

static int null_kernel_info(struct backend *be, struct backend_program *program, uint32_t index,
			    struct dxg_escape_kernel_info *info)
{
	(void)be;
	(void)index;
	info->work_group_size = program->nop.work_group_size;
	info->preferred_multiple = 1;
	strcpy(info->name, NULL_KERNEL_NAME);
	return 0;
}

static int null_context_create(struct backend *be, uint32_t node, struct ipc_units units,
			       struct backend_context **ret)
{
	struct backend_context *context;

	(void)be;
	if (units.first > NULL_UNITS || units.count > NULL_UNITS - units.first)
		return -EINVAL;
	context = calloc(1, sizeof(*context));
	if (!context)
		return -ENOMEM;
	context->node = node;
	*ret = context;
	return 0;
}

static void null_context_destroy(struct backend *be, struct backend_context *context)
{
	(void)be;
	free(context);
}

static int null_check(struct backend *be, const struct backend_packet *packet,
		      struct backend_text *text)
{
	(void)be;
	(void)packet;
	(void)text;
	return 0;
}

/* The packet's effect on memory; @end is the time it is done. */
static void null_run(const struct backend_packet *packet, uint64_t end)
{
	switch (packet->opcode) {
	case DXG_CMD_COPY:
		memcpy(null_at(&packet->copy.dst), null_at(&packet->copy.src),
		       packet->copy.src.size);
		break;
	case DXG_CMD_COPY_RECT:
		backend_host_rect(null_at(&packet->rect.dst), null_at(&packet->rect.src),
				  &packet->rect);
		break;
	case DXG_CMD_FILL:
		backend_host_fill(null_at(&packet->fill.dst), packet->fill.dst.size,
				  packet->fill.pattern, packet->fill.pattern_size);
		break;
	case DXG_CMD_COPY_IMAGE:
		backend_host_copy_image(null_at(&packet->copy_image.dst->span),
					null_at(&packet->copy_image.src->span),
					&packet->copy_image);
		break;
	case DXG_CMD_COPY_TO_IMAGE:
	case DXG_CMD_COPY_FROM_IMAGE:
		backend_host_image_memory(null_at(&packet->image_memory.image->span),
					  null_at(&packet->image_memory.memory),
					  &packet->image_memory,
					  packet->opcode == DXG_CMD_COPY_TO_IMAGE);
		break;
	case DXG_CMD_FILL_IMAGE:
		null_fill_image(&packet->fill_image);
		break;
	case DXG_CMD_TIMESTAMP:
		memcpy(null_at(&packet->timestamp), &end, sizeof(end));
		break;
	}
}

static bool null_fresh(struct backend *be, const struct backend_packet *packet, size_t count)
{
	(void)be, (void)packet, (void)count;
	return false;
}

static int null_execute(struct backend *be, struct backend_context *context,
			const struct backend_packet *packet, size_t count,
			struct backend_result *result)
{
	struct null_backend *null = null_of(be);
	size_t i;

	(void)context;
	for (i = 0; i < count; i++) {
		struct dxg_cmd_profile profile;

		profile.start_ns = atomic_fetch_add(&null->now, NULL_PACKET_NS);
		profile.end_ns = profile.start_ns + NULL_PACKET_NS;
		null_run(&packet[i], profile.end_ns);
		if (packet[i].profile.alloc)
			memcpy(null_at(&packet[i].profile), &profile, sizeof(profile));
	}
	result->gpu_ns = (uint64_t)count * NULL_PACKET_NS;
	return 0;
}

const struct backend_ops backend_null_ops = {
	.name = "null",
	.open = null_open,
	.close = null_close,
	.describe = null_describe,
	.limits = null_limits,
	.clock = null_clock,
	.device_info = null_device_info,
	.alloc_create = null_alloc_create,
	.alloc_destroy = null_alloc_destroy,
	.read = null_read,
	.write = null_write,
	.image_create = null_image_create,
	.image_destroy = null_image_destroy,
	.build = null_build,
	.compile = null_compile,
	.link = null_link,
	.program_destroy = null_program_destroy,
	.program_binary = null_program_binary,
	.kernel = null_kernel,
	.kernel_info = null_kernel_info,
	.context_create = null_context_create,
	.context_destroy = null_context_destroy,
	.check = null_check,
	.fresh = null_fresh,
	.execute = null_execute,
};
