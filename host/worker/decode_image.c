// SPDX-License-Identifier: MIT
/*
 * decode_image - the packets and arguments that name images, see decoder.h. Regions are compared
 * with the extents of the image that the worker itself checked when it was made (image.c), so that
 * no product of theirs wraps.
 */
#include <errno.h>
#include <string.h>

#include "worker/decoder.h"

static unsigned long long ull(uint64_t v)
{
	return v;
}

static int find_image(struct decoder *d, const char *field, uint32_t id, struct backend_image **ret)
{
	int err = d->env->image(d->env->arg, id, ret);

	return err == -ENOENT ? decoder_bad(d, field, "%u is not an image", id) : err;
}

/* [@origin, @origin + @region) lies inside the image and is not empty. */
static int check_region(struct decoder *d, const char *origin_name,
			const struct backend_image *image, const uint64_t origin[3],
			const uint64_t region[3])
{
	const __u64 *extent = image->desc.extent;
	int i;

	for (i = 0; i < 3; i++) {
		if (!region[i] || region[i] > extent[i])
			return decoder_bad(d, "region", "[%d] %llu is not 1..%llu", i,
					   ull(region[i]), ull(extent[i]));
		if (origin[i] > extent[i] - region[i])
			return decoder_bad(d, origin_name, "[%d] %llu + %llu is beyond %llu", i,
					   ull(origin[i]), ull(region[i]), ull(extent[i]));
	}
	return 0;
}

static bool near(uint64_t a, uint64_t b, uint64_t n)
{
	return a < b ? b - a < n : a - b < n;
}

/* Within one image by coordinates; images that share memory as far as their spans tell. */
static bool regions_overlap(const struct backend_copy_image *c)
{
	struct backend_span dst, src;

	if (c->dst == c->src)
		return near(c->dst_origin[0], c->src_origin[0], c->region[0]) &&
		       near(c->dst_origin[1], c->src_origin[1], c->region[1]) &&
		       near(c->dst_origin[2], c->src_origin[2], c->region[2]);
	dst = backend_image_region(c->dst, c->dst_origin, c->region);
	src = backend_image_region(c->src, c->src_origin, c->region);
	return decoder_spans_overlap(&dst, &src);
}

static void count_bytes(struct decoder *d, const struct backend_image *image,
			const uint64_t region[3])
{
	d->list->bytes += region[0] * region[1] * region[2] * image->pixel;
}

static void take3(uint64_t ret[3], const __u64 value[3])
{
	int i;

	for (i = 0; i < 3; i++)
		ret[i] = value[i];
}

int decode_copy_image(struct decoder *d)
{
	struct backend_copy_image *out = &d->out->copy_image;
	struct dxg_cmd_copy_image cmd;
	int err;

	memcpy(&cmd, d->at, sizeof(cmd));
	take3(out->dst_origin, cmd.dst_origin);
	take3(out->src_origin, cmd.src_origin);
	take3(out->region, cmd.region);
	err = find_image(d, "dst", cmd.dst, &out->dst);
	if (!err)
		err = find_image(d, "src", cmd.src, &out->src);
	if (err)
		return err;
	if (out->dst->desc.order != out->src->desc.order ||
	    out->dst->desc.data_type != out->src->desc.data_type)
		return decoder_bad(d, "dst", "is of another format than src");
	err = check_region(d, "dst_origin", out->dst, out->dst_origin, out->region);
	if (!err)
		err = check_region(d, "src_origin", out->src, out->src_origin, out->region);
	if (err)
		return err;
	if (regions_overlap(out))
		return decoder_bad(d, "dst_origin", "overlaps src");
	count_bytes(d, out->dst, out->region);
	return 0;
}

/* Pixels of a region lie below DXG_ALLOCATION_SIZE_MAX bytes, as the image does. */
static int decode_image_memory(struct decoder *d, bool to_image)
{
	struct backend_image_memory *out = &d->out->image_memory;
	struct dxg_cmd_copy_image_memory cmd;
	struct backend_span region;
	int err;

	memcpy(&cmd, d->at, sizeof(cmd));
	if (cmd.reserved)
		return decoder_bad(d, "reserved", "%#x is not 0", cmd.reserved);
	take3(out->origin, cmd.origin);
	take3(out->region, cmd.region);
	err = find_image(d, "image", cmd.image, &out->image);
	if (!err)
		err = check_region(d, "origin", out->image, out->origin, out->region);
	if (!err)
		err = decoder_operand(d, "va", cmd.va,
				      out->region[0] * out->region[1] * out->region[2] *
					      out->image->pixel,
				      !to_image, &out->memory);
	if (err)
		return err;
	region = backend_image_region(out->image, out->origin, out->region);
	if (decoder_spans_overlap(&out->memory, &region))
		return decoder_bad(d, "va", "lies within the image");
	count_bytes(d, out->image, out->region);
	return 0;
}

int decode_copy_to_image(struct decoder *d)
{
	return decode_image_memory(d, true);
}

int decode_copy_from_image(struct decoder *d)
{
	return decode_image_memory(d, false);
}

int decode_fill_image(struct decoder *d)
{
	struct backend_fill_image *out = &d->out->fill_image;
	struct dxg_cmd_fill_image cmd;
	int err;

	memcpy(&cmd, d->at, sizeof(cmd));
	if (cmd.reserved)
		return decoder_bad(d, "reserved", "%#x is not 0", cmd.reserved);
	memcpy(out->color, cmd.color, sizeof(out->color));
	take3(out->origin, cmd.origin);
	take3(out->region, cmd.region);
	err = find_image(d, "image", cmd.image, &out->image);
	if (!err)
		err = check_region(d, "origin", out->image, out->origin, out->region);
	if (!err)
		count_bytes(d, out->image, out->region);
	return err;
}

/* ---- arguments ---- */

static bool is_depth(const struct backend_image *image)
{
	return image->desc.order == DXG_ORDER_DEPTH || image->desc.order == DXG_ORDER_DEPTH_STENCIL;
}

/* An image that kernels may only read is not written, and the other way round. */
static bool access_fits(uint32_t image, uint32_t param)
{
	return !param || image == DXG_IMAGE_READ_WRITE || image == param;
}

int decode_arg_image(struct decoder *d, uint64_t value, const struct backend_kernel_arg *param,
		     struct backend_arg *out)
{
	int err;

	if (value > UINT32_MAX)
		return decoder_bad(d, DECODER_ARG, "%#llx is not an image", ull(value));
	err = find_image(d, DECODER_ARG, (uint32_t)value, &out->image);
	if (err || !param || param->object != BACKEND_IMAGE)
		return err;
	if (param->image_type && param->image_type != out->image->desc.type)
		return decoder_bad(d, DECODER_ARG, "is an image of type %u, the kernel takes %u",
				   out->image->desc.type, param->image_type);
	if (param->image_depth != is_depth(out->image))
		return decoder_bad(d, DECODER_ARG, "is an image of %s, the kernel takes the other",
				   is_depth(out->image) ? "depths" : "colours");
	if (!access_fits(out->image->desc.access, param->image_access))
		return decoder_bad(d, DECODER_ARG,
				   "is an image with access %#x, the kernel takes %#x",
				   out->image->desc.access, param->image_access);
	return 0;
}

int decode_arg_sampler(struct decoder *d, const uint8_t *payload, struct backend_arg *out)
{
	struct dxg_sampler *s = &out->sampler;

	memcpy(s, payload, sizeof(*s));
	if (s->addressing < DXG_ADDRESS_NONE || s->addressing > DXG_ADDRESS_MIRRORED_REPEAT)
		return decoder_bad(d, DECODER_ARG, "addressing %#x is not known", s->addressing);
	if (s->filter != DXG_FILTER_NEAREST && s->filter != DXG_FILTER_LINEAR)
		return decoder_bad(d, DECODER_ARG, "filter %#x is not known", s->filter);
	if (s->normalized > 1)
		return decoder_bad(d, DECODER_ARG, "normalized %u is not 0 or 1", s->normalized);
	if (!s->normalized && s->addressing >= DXG_ADDRESS_REPEAT)
		return decoder_bad(d, DECODER_ARG, "repeats, which takes normalized coordinates");
	return 0;
}
