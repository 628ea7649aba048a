// SPDX-License-Identifier: MIT
/*
 * decode - see decode.h. A table names for each opcode its fixed size and its handler. Handlers
 * check field by field and stop at the first bad one; bad() writes the one text there is: packet
 * number, opcode, field and what is wrong with it. Nothing here trusts a number before it was
 * compared, and no sum or product of two numbers of a guest is used that may have wrapped.
 */
#include "worker/decode.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/decoder.h"

/* cl_kernel_arg_address_qualifier; decode must not need OpenCL's headers. */
#define ADDRESS_GLOBAL 0x119B
#define ADDRESS_LOCAL 0x119C
#define ADDRESS_CONSTANT 0x119D
#define ADDRESS_PRIVATE 0x119E

struct packet_type {
	const char *name;
	uint32_t fixed; /* bytes of the fixed part */
	bool open; /* more may follow the fixed part */
	int (*decode)(struct decoder *d);
};

int decoder_bad(struct decoder *d, const char *field, const char *format, ...)
{
	char why[160], arg[16];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	if (field == DECODER_ARG) {
		snprintf(arg, sizeof(arg), "arg[%u]", d->arg);
		field = arg;
	}
	backend_say(d->text, "packet %u (%s) %s: %s", d->index, d->name, field, why);
	return -EINVAL;
}

static unsigned long long ull(uint64_t v)
{
	return v;
}

/* Say why an operand did not resolve; memory shortage stays what it is. */
static int bad_operand(struct decoder *d, const char *field, uint64_t va, uint64_t size, bool write,
		       int err)
{
	static const struct {
		int err;
		const char *why;
	} reason[] = {
		{ -EFAULT, "is not mapped" },
		{ -EACCES, "is mapped read-only" },
		{ -EXDEV, "is not one contiguous piece of one allocation" },
	};
	const char *why = "cannot be used";
	size_t i;

	for (i = 0; i < sizeof(reason) / sizeof(reason[0]); i++)
		if (reason[i].err == err)
			why = reason[i].why;
	decoder_bad(d, field, "[%#llx, +%llu) to be %s %s", ull(va), ull(size),
		    write ? "written" : "read", why);
	return err == -ENOMEM ? -ENOMEM : -EINVAL;
}

int decoder_operand(struct decoder *d, const char *field, uint64_t va, uint64_t size, bool write,
		    struct backend_span *ret)
{
	int err;

	if (!size)
		return decoder_bad(d, field, "is empty");
	if (va + size < va)
		return decoder_bad(d, field, "[%#llx, +%llu) wraps", ull(va), ull(size));
	err = d->env->resolve(d->env->arg, va, size, write, ret);
	return err ? bad_operand(d, field, va, size, write, err) : 0;
}

static int decode_barrier(struct decoder *d)
{
	(void)d;
	return 0;
}

bool decoder_spans_overlap(const struct backend_span *a, const struct backend_span *b)
{
	return a->alloc == b->alloc && a->offset < b->offset + b->size &&
	       b->offset < a->offset + a->size;
}

static int decode_copy(struct decoder *d)
{
	struct backend_copy *out = &d->out->copy;
	struct dxg_cmd_copy cmd;
	int err;

	memcpy(&cmd, d->at, sizeof(cmd));
	if (!cmd.size)
		return decoder_bad(d, "size", "is 0");
	err = decoder_operand(d, "dst", cmd.dst, cmd.size, true, &out->dst);
	if (!err)
		err = decoder_operand(d, "src", cmd.src, cmd.size, false, &out->src);
	if (err)
		return err;
	if (decoder_spans_overlap(&out->dst, &out->src))
		return decoder_bad(d, "dst", "overlaps src");
	d->list->bytes += cmd.size;
	return 0;
}

/* Bytes from the first to the last one of a box, or a refusal. */
static int box_extent(struct decoder *d, const char *pitch_name, const char *slice_name,
		      const uint64_t region[3], uint64_t pitch, uint64_t slice, uint64_t *ret)
{
	uint64_t rows, slices, least, extent;

	if (pitch < region[0])
		return decoder_bad(d, pitch_name, "%llu is less than a row of %llu", ull(pitch),
				   ull(region[0]));
	if (__builtin_mul_overflow(pitch, region[1], &least) || slice < least)
		return decoder_bad(d, slice_name, "%llu is less than %llu rows of pitch %llu",
				   ull(slice), ull(region[1]), ull(pitch));
	if (__builtin_mul_overflow(slice, region[2] - 1, &slices) ||
	    __builtin_mul_overflow(pitch, region[1] - 1, &rows) ||
	    __builtin_add_overflow(slices, rows, &extent) ||
	    __builtin_add_overflow(extent, region[0], &extent))
		return decoder_bad(d, "region", "is larger than the address space");
	*ret = extent;
	return 0;
}

/*
 * The boxes share a byte exactly when delta = z * slice + y * pitch + x for some |x| < region[0],
 * |y| < region[1], |z| < region[2]. As |y * pitch + x| < slice there are two candidates for z, and
 * as |x| < pitch two for y each.
 */
bool decode_boxes_overlap(uint64_t delta, const uint64_t region[3], uint64_t pitch, uint64_t slice)
{
	uint64_t z;
	int i, j;

	for (i = 0; i < 2; i++) {
		uint64_t rest, y, up = delta % slice;

		z = delta / slice + i;
		if (z >= region[2])
			continue;
		/* What is left of delta, as a distance: forward for i == 0, backward for i == 1. */
		rest = i ? slice - up : up;
		for (j = 0; j < 2; j++) {
			uint64_t over = rest % pitch;
			uint64_t x = j ? pitch - over : over;

			y = rest / pitch + j;
			if (y < region[1] && x < region[0])
				return true;
		}
	}
	return false;
}

static int rect_overlap(struct decoder *d, const struct backend_rect *r)
{
	uint64_t delta;

	if (!decoder_spans_overlap(&r->dst, &r->src))
		return 0;
	if (r->dst_pitch != r->src_pitch || r->dst_slice != r->src_slice)
		return decoder_bad(d, "dst", "lies within src with other pitches");
	delta = r->dst.offset > r->src.offset ? r->dst.offset - r->src.offset
					      : r->src.offset - r->dst.offset;
	if (decode_boxes_overlap(delta, r->region, r->src_pitch, r->src_slice))
		return decoder_bad(d, "dst", "overlaps src");
	return 0;
}

static int decode_copy_rect(struct decoder *d)
{
	struct backend_rect *r = &d->out->rect;
	struct dxg_cmd_copy_rect cmd;
	uint64_t dst_size = 0, src_size = 0;
	int err, i;

	memcpy(&cmd, d->at, sizeof(cmd));
	for (i = 0; i < 3; i++) {
		if (!cmd.region[i])
			return decoder_bad(d, "region", "[%d] is 0", i);
		r->region[i] = cmd.region[i];
	}
	r->dst_pitch = cmd.dst_pitch;
	r->dst_slice = cmd.dst_slice;
	r->src_pitch = cmd.src_pitch;
	r->src_slice = cmd.src_slice;
	err = box_extent(d, "dst_pitch", "dst_slice", r->region, r->dst_pitch, r->dst_slice,
			 &dst_size);
	if (!err)
		err = box_extent(d, "src_pitch", "src_slice", r->region, r->src_pitch, r->src_slice,
				 &src_size);
	if (!err)
		err = decoder_operand(d, "dst", cmd.dst, dst_size, true, &r->dst);
	if (!err)
		err = decoder_operand(d, "src", cmd.src, src_size, false, &r->src);
	if (!err)
		err = rect_overlap(d, r);
	d->list->bytes += err ? 0 : cmd.region[0] * cmd.region[1] * cmd.region[2];
	return err;
}

static int decode_fill(struct decoder *d)
{
	struct backend_fill *out = &d->out->fill;
	struct dxg_cmd_fill cmd;
	uint32_t i;
	int err;

	memcpy(&cmd, d->at, sizeof(cmd));
	if (cmd.reserved)
		return decoder_bad(d, "reserved", "%#x is not 0", cmd.reserved);
	if (!cmd.pattern_size || cmd.pattern_size > DXG_FILL_PATTERN_MAX ||
	    (cmd.pattern_size & (cmd.pattern_size - 1)))
		return decoder_bad(d, "pattern_size", "%u is not one of 1, 2, 4, ... %u",
				   cmd.pattern_size, DXG_FILL_PATTERN_MAX);
	if (!cmd.size || cmd.size % cmd.pattern_size)
		return decoder_bad(d, "size", "%llu is not a multiple of the pattern's %u",
				   ull(cmd.size), cmd.pattern_size);
	if (cmd.dst % cmd.pattern_size)
		return decoder_bad(d, "dst", "%#llx is not a multiple of the pattern's %u",
				   ull(cmd.dst), cmd.pattern_size);
	for (i = cmd.pattern_size; i < DXG_FILL_PATTERN_MAX; i++)
		if (cmd.pattern[i])
			return decoder_bad(d, "pattern", "byte %u behind the pattern is not 0", i);
	err = decoder_operand(d, "dst", cmd.dst, cmd.size, true, &out->dst);
	if (err)
		return err;
	out->pattern = d->at + offsetof(struct dxg_cmd_fill, pattern);
	out->pattern_size = cmd.pattern_size;
	d->list->bytes += cmd.size;
	return 0;
}

/* One dimension of the index space, used (i < work_dim) or not. */
static int decode_dimension(struct decoder *d, const struct dxg_cmd_dispatch *cmd, uint32_t i)
{
	const struct backend_limits *limits = d->env->limits;
	struct backend_dispatch *out = &d->out->dispatch;
	uint64_t end;

	if (i >= cmd->work_dim) {
		if (cmd->offset[i])
			return decoder_bad(d, "offset", "[%u] beyond work_dim is not 0", i);
		if (cmd->global[i] != 1)
			return decoder_bad(d, "global", "[%u] beyond work_dim is not 1", i);
		if (out->local_given && cmd->local[i] != 1)
			return decoder_bad(d, "local", "[%u] beyond work_dim is not 1", i);
	}
	if (!cmd->global[i])
		return decoder_bad(d, "global", "[%u] is 0", i);
	if (__builtin_add_overflow(cmd->offset[i], cmd->global[i], &end) || end > SIZE_MAX)
		return decoder_bad(d, "global", "[%u] %llu from offset %llu wraps", i,
				   ull(cmd->global[i]), ull(cmd->offset[i]));
	if (out->local_given) {
		if (!cmd->local[i])
			return decoder_bad(d, "local", "[%u] is 0 while others are not", i);
		if (cmd->local[i] > limits->max_work_item_sizes[i])
			return decoder_bad(d, "local", "[%u] %llu is more than the device's %llu",
					   i, ull(cmd->local[i]),
					   ull(limits->max_work_item_sizes[i]));
		if (cmd->global[i] % cmd->local[i])
			return decoder_bad(d, "local", "[%u] %llu does not divide global %llu", i,
					   ull(cmd->local[i]), ull(cmd->global[i]));
	}
	out->offset[i] = cmd->offset[i];
	out->global[i] = cmd->global[i];
	out->local[i] = cmd->local[i];
	return 0;
}

static int decode_index_space(struct decoder *d, const struct dxg_cmd_dispatch *cmd)
{
	struct backend_dispatch *out = &d->out->dispatch;
	uint64_t items = 1;
	uint32_t i;
	int err;

	if (cmd->work_dim < 1 || cmd->work_dim > 3)
		return decoder_bad(d, "work_dim", "%u is not 1, 2 or 3", cmd->work_dim);
	out->work_dim = cmd->work_dim;
	out->local_given = cmd->local[0] || cmd->local[1] || cmd->local[2];
	for (i = 0; i < 3; i++) {
		err = decode_dimension(d, cmd, i);
		if (err)
			return err;
		if (__builtin_mul_overflow(items, cmd->global[i], &items))
			return decoder_bad(d, "global", "has more than 2^64 work-items");
	}
	return 0;
}

/* Work-group size against device and kernel; the single sizes are within the device's already. */
static int check_work_group(struct decoder *d, const struct backend_kernel *kernel)
{
	const struct backend_dispatch *out = &d->out->dispatch;
	const uint64_t *required = kernel->compile_work_group_size;
	uint64_t most = d->env->limits->max_work_group_size, items = 1;
	uint32_t i;

	if (!out->local_given)
		return 0;
	if (kernel->work_group_size && kernel->work_group_size < most)
		most = kernel->work_group_size;
	for (i = 0; i < 3; i++) {
		if (__builtin_mul_overflow(items, out->local[i], &items) || items > most)
			return decoder_bad(d, "local",
					   "makes more than the %llu work-items a group can have",
					   ull(most));
		if (required[0] && required[i] != out->local[i])
			return decoder_bad(d, "local", "[%u] is %llu, the kernel requires %llu", i,
					   ull(out->local[i]), ull(required[i]));
	}
	return 0;
}

/* What a parameter takes; 0 where the driver does not tell. */
static uint32_t kind_of_param(const struct backend_kernel_arg *param)
{
	if (param->object == BACKEND_IMAGE)
		return DXG_ARG_IMAGE;
	if (param->object == BACKEND_SAMPLER)
		return DXG_ARG_SAMPLER;
	switch (param->address) {
	case ADDRESS_GLOBAL:
	case ADDRESS_CONSTANT:
		return DXG_ARG_VA;
	case ADDRESS_LOCAL:
		return DXG_ARG_LOCAL;
	case ADDRESS_PRIVATE:
		return DXG_ARG_BYTES;
	}
	return 0;
}

static int decode_arg_bytes(struct decoder *d, const uint8_t *payload, struct backend_arg *out)
{
	uint32_t i;

	if (!out->size || out->size > DXG_ARG_BYTES_MAX)
		return decoder_bad(d, DECODER_ARG, "%u bytes by value are not 1..%u", out->size,
				   DXG_ARG_BYTES_MAX);
	for (i = out->size; i < dxg_align8(out->size); i++)
		if (payload[i])
			return decoder_bad(d, DECODER_ARG, "padding is not 0");
	out->bytes = payload;
	return 0;
}

static int decode_arg_va(struct decoder *d, uint64_t va, bool write, struct backend_arg *out)
{
	int err;

	if (!va)
		return 0;
	err = d->env->resolve(d->env->arg, va, 0, write, &out->span);
	return err ? bad_operand(d, DECODER_ARG, va, 1, write, err) : 0;
}

static int decode_arg_svm(struct decoder *d, uint64_t va, bool write, struct backend_arg *out)
{
	int err = decode_arg_va(d, va, write, out);

	if (!err && out->span.alloc && !out->span.alloc->svm)
		return decoder_bad(d, DECODER_ARG, "%#llx is in no memory of shared addresses",
				   ull(va));
	return err;
}

static int decode_arg_local(struct decoder *d, uint64_t bytes, uint64_t *local,
			    struct backend_arg *out)
{
	if (!bytes)
		return decoder_bad(d, DECODER_ARG, "0 bytes of local memory");
	if (__builtin_add_overflow(*local, bytes, local) || *local > d->env->limits->local_mem_size)
		return decoder_bad(d, DECODER_ARG,
				   "%llu bytes of local memory are more than the device's %llu",
				   ull(bytes), ull(d->env->limits->local_mem_size));
	out->local = bytes;
	return 0;
}

/* The kind of an argument against the parameter; @param NULL: the kernel takes anything. */
static int check_arg_kind(struct decoder *d, uint32_t kind, const struct backend_kernel_arg *param)
{
	uint32_t wanted;

	if (kind < DXG_ARG_BYTES || kind > DXG_ARG_SVM)
		return decoder_bad(d, DECODER_ARG, "kind %u is not known", kind);
	if (!param)
		return 0;
	if (param->object == BACKEND_FOREIGN)
		return decoder_bad(d, DECODER_ARG, "is of a kind that is not carried");
	wanted = kind_of_param(param);
	if (wanted && wanted != (kind == DXG_ARG_SVM ? DXG_ARG_VA : kind))
		return decoder_bad(d, DECODER_ARG, "kind is %u, the kernel takes %u", kind, wanted);
	return 0;
}

/* One argument at @d->at + *@pos; moves *@pos behind it. */
static int decode_arg(struct decoder *d, uint32_t *pos, const struct backend_kernel_arg *param,
		      uint64_t *local, struct backend_arg *out)
{
	const uint8_t *payload;
	struct dxg_cmd_arg arg;
	uint64_t value;
	int err;

	if (d->size - *pos < sizeof(arg))
		return decoder_bad(d, DECODER_ARG, "is beyond the packet's end");
	memcpy(&arg, d->at + *pos, sizeof(arg));
	payload = d->at + *pos + sizeof(arg);
	err = check_arg_kind(d, arg.kind, param);
	if (err)
		return err;
	if (arg.kind != DXG_ARG_BYTES && arg.size != 8)
		return decoder_bad(d, DECODER_ARG, "size %u is not 8", arg.size);
	if (arg.size > DXG_ARG_BYTES_MAX || dxg_align8(arg.size) > d->size - *pos - sizeof(arg))
		return decoder_bad(d, DECODER_ARG, "%u bytes reach beyond the packet's end",
				   arg.size);
	*pos += sizeof(arg) + dxg_align8(arg.size);
	*out = (struct backend_arg){ .kind = arg.kind, .size = arg.size };
	if (arg.kind == DXG_ARG_BYTES)
		return decode_arg_bytes(d, payload, out);
	memcpy(&value, payload, sizeof(value));
	if (arg.kind == DXG_ARG_VA)
		return decode_arg_va(d, value, !param || !param->read_only, out);
	if (arg.kind == DXG_ARG_IMAGE)
		return decode_arg_image(d, value, param, out);
	if (arg.kind == DXG_ARG_SAMPLER)
		return decode_arg_sampler(d, payload, out);
	if (arg.kind == DXG_ARG_SVM)
		return decode_arg_svm(d, value, !param || !param->read_only, out);
	return decode_arg_local(d, value, local, out);
}

static int decode_args(struct decoder *d, uint32_t count, const struct backend_kernel *kernel)
{
	uint32_t i, pos = sizeof(struct dxg_cmd_dispatch);
	uint64_t local = 0;
	int err;

	for (i = 0; i < count; i++) {
		const struct backend_kernel_arg *param = kernel->variadic ? NULL : &kernel->arg[i];

		d->arg = i;
		err = decode_arg(d, &pos, param, &local, &d->list->arg[d->list->arg_count + i]);
		if (err)
			return err;
	}
	if (pos != d->size)
		return decoder_bad(d, "size", "%u is not the %u bytes of its arguments", d->size,
				   pos);
	return 0;
}

static int grow(void **array, size_t *room, size_t want, size_t element)
{
	size_t more = *room ? *room : 16;
	void *p;

	if (want <= *room)
		return 0;
	while (more < want)
		more *= 2;
	p = realloc(*array, more * element);
	if (!p)
		return -ENOMEM;
	*array = p;
	*room = more;
	return 0;
}

static int find_kernel(struct decoder *d, const struct dxg_cmd_dispatch *cmd,
		       const struct backend_kernel **ret)
{
	int err = d->env->kernel(d->env->arg, cmd->program, cmd->kernel, &d->out->dispatch.program,
				 ret);

	if (err == -ENOENT)
		return decoder_bad(d, "program", "%u is not a built program", cmd->program);
	if (err == -ERANGE)
		return decoder_bad(d, "kernel", "program %u has no kernel %u", cmd->program,
				   cmd->kernel);
	if (err == -ENOMEM)
		return err;
	if (err)
		return decoder_bad(d, "kernel", "the driver refuses kernel %u", cmd->kernel);
	if (!(*ret)->variadic && (*ret)->arg_count != cmd->arg_count)
		return decoder_bad(d, "arg_count", "%u, the kernel takes %u", cmd->arg_count,
				   (*ret)->arg_count);
	return 0;
}

static int decode_dispatch(struct decoder *d)
{
	struct backend_dispatch *out = &d->out->dispatch;
	struct decode_list *list = d->list;
	const struct backend_kernel *kernel;
	struct dxg_cmd_dispatch cmd;
	int err;

	memcpy(&cmd, d->at, sizeof(cmd));
	if (cmd.arg_count > DXG_KERNEL_ARGS_MAX)
		return decoder_bad(d, "arg_count", "%u is more than %u", cmd.arg_count,
				   DXG_KERNEL_ARGS_MAX);
	err = find_kernel(d, &cmd, &kernel);
	if (!err)
		err = decode_index_space(d, &cmd);
	if (!err)
		err = check_work_group(d, kernel);
	if (!err)
		err = grow((void **)&list->arg, &list->arg_room, list->arg_count + cmd.arg_count,
			   sizeof(*list->arg));
	if (!err)
		err = decode_args(d, cmd.arg_count, kernel);
	if (err)
		return err;
	out->kernel = cmd.kernel;
	out->arg_count = cmd.arg_count;
	/* The array may still move: what the backend's check needs now, fix_args() sets for good.
	 */
	out->arg = list->arg + list->arg_count;
	list->arg_count += cmd.arg_count;
	list->heavy = true;
	return 0;
}

static int decode_timestamp(struct decoder *d)
{
	struct dxg_cmd_timestamp cmd;

	memcpy(&cmd, d->at, sizeof(cmd));
	if (cmd.dst % sizeof(uint64_t))
		return decoder_bad(d, "dst", "%#llx is not a multiple of 8", ull(cmd.dst));
	return decoder_operand(d, "dst", cmd.dst, sizeof(uint64_t), true, &d->out->timestamp);
}

static const struct packet_type packet_types[] = {
	[DXG_CMD_BARRIER] = { "BARRIER", sizeof(struct dxg_cmd_barrier), false, decode_barrier },
	[DXG_CMD_COPY] = { "COPY", sizeof(struct dxg_cmd_copy), false, decode_copy },
	[DXG_CMD_COPY_RECT] = { "COPY_RECT", sizeof(struct dxg_cmd_copy_rect), false,
				decode_copy_rect },
	[DXG_CMD_FILL] = { "FILL", sizeof(struct dxg_cmd_fill), false, decode_fill },
	[DXG_CMD_DISPATCH] = { "DISPATCH", sizeof(struct dxg_cmd_dispatch), true, decode_dispatch },
	[DXG_CMD_COPY_IMAGE] = { "COPY_IMAGE", sizeof(struct dxg_cmd_copy_image), false,
				 decode_copy_image },
	[DXG_CMD_COPY_TO_IMAGE] = { "COPY_TO_IMAGE", sizeof(struct dxg_cmd_copy_image_memory),
				    false, decode_copy_to_image },
	[DXG_CMD_COPY_FROM_IMAGE] = { "COPY_FROM_IMAGE", sizeof(struct dxg_cmd_copy_image_memory),
				      false, decode_copy_from_image },
	[DXG_CMD_FILL_IMAGE] = { "FILL_IMAGE", sizeof(struct dxg_cmd_fill_image), false,
				 decode_fill_image },
	[DXG_CMD_TIMESTAMP] = { "TIMESTAMP", sizeof(struct dxg_cmd_timestamp), false,
				decode_timestamp },
};

#define PACKET_TYPES (sizeof(packet_types) / sizeof(packet_types[0]))

static int decode_profile(struct decoder *d, uint64_t va)
{
	if (!va)
		return 0;
	if (va % sizeof(uint64_t))
		return decoder_bad(d, "profile", "%#llx is not a multiple of 8", ull(va));
	return decoder_operand(d, "profile", va, sizeof(struct dxg_cmd_profile), true,
			       &d->out->profile);
}

/* One packet of at most @left bytes; the sizes are right before any handler looks at a field. */
static int decode_packet(struct decoder *d, uint32_t left)
{
	const struct packet_type *type;
	struct dxg_cmd_header h;
	int err;

	d->name = "?";
	if (left < sizeof(h))
		return decoder_bad(d, "header", "%u bytes are left, a header takes %zu", left,
				   sizeof(h));
	memcpy(&h, d->at, sizeof(h));
	if (h.opcode >= PACKET_TYPES || !packet_types[h.opcode].decode)
		return decoder_bad(d, "opcode", "%u is not known", h.opcode);
	type = &packet_types[h.opcode];
	d->name = type->name;
	if (h.flags)
		return decoder_bad(d, "flags", "%#x is not 0", h.flags);
	if (h.size > left)
		return decoder_bad(d, "size", "%u is more than the %u bytes left", h.size, left);
	if (h.size < type->fixed || (!type->open && h.size != type->fixed) || h.size % 8)
		return decoder_bad(d, "size", "%u, must be %s%u", h.size,
				   type->open ? "a multiple of 8 from " : "", type->fixed);
	d->size = h.size;
	d->out->opcode = h.opcode;
	d->out->index = d->index;
	err = decode_profile(d, h.profile);
	if (!err)
		err = type->decode(d);
	if (!err)
		err = d->env->check(d->env->arg, d->out, d->text);
	return err;
}

/* Arguments were appended in packet order while their array could move. */
static void fix_args(struct decode_list *list)
{
	size_t i, next = 0;

	for (i = 0; i < list->count; i++) {
		if (list->packet[i].opcode != DXG_CMD_DISPATCH)
			continue;
		list->packet[i].dispatch.arg = list->arg + next;
		next += list->packet[i].dispatch.arg_count;
	}
}

static int decode_all(struct decoder *d, const uint8_t *data, uint32_t size)
{
	struct decode_list *list = d->list;
	uint32_t at;
	int err;

	for (at = 0; at < size; at += d->size) {
		err = grow((void **)&list->packet, &list->room, list->count + 1,
			   sizeof(*list->packet));
		if (err)
			return err;
		d->at = data + at;
		d->index = list->count;
		d->out = &list->packet[list->count];
		memset(d->out, 0, sizeof(*d->out));
		err = decode_packet(d, size - at);
		if (err)
			return err;
		list->count++;
	}
	return 0;
}

int decode(const struct decode_env *env, const void *data, uint32_t size, struct decode_list *list,
	   struct backend_text *text)
{
	struct decoder d = { .env = env, .list = list, .text = text };
	int err;

	list->count = 0;
	list->arg_count = 0;
	list->bytes = 0;
	list->heavy = false;
	err = decode_all(&d, data, size);
	if (err) {
		if (err == -ENOMEM)
			backend_say(text, "packet %u: no memory", d.index);
		list->count = 0;
		return err;
	}
	fix_args(list);
	if (list->bytes >= DECODE_LIGHT_BYTES)
		list->heavy = true;
	return 0;
}

void decode_list_fini(struct decode_list *list)
{
	free(list->packet);
	free(list->arg);
	memset(list, 0, sizeof(*list));
}
