// SPDX-License-Identifier: MIT
/* sampler.c - creating and querying samplers. */
#include "sampler.h"

#include <stdlib.h>

#include "entry.h"
#include "image.h"
#include "info.h"

#define SAMPLER_MAGIC 0x53414d50u

static void destroy(struct object *o)
{
	struct _cl_sampler *sampler = (struct _cl_sampler *)o;

	object_drop(sampler->context);
	free(sampler);
}

const struct object_ops sampler_ops = {
	.magic = SAMPLER_MAGIC,
	.invalid = CL_INVALID_SAMPLER,
	.destroy = destroy,
};

/** struct request - a sampler as the application wants it; any number may be there. */
struct request {
	cl_ulong normalized;
	cl_ulong addressing;
	cl_ulong filter;
};

static cl_int check(const struct request *r)
{
	if (r->normalized > 1)
		return CL_INVALID_VALUE;
	if (r->addressing < CL_ADDRESS_NONE || r->addressing > CL_ADDRESS_MIRRORED_REPEAT)
		return CL_INVALID_VALUE;
	if (r->filter != CL_FILTER_NEAREST && r->filter != CL_FILTER_LINEAR)
		return CL_INVALID_VALUE;
	return !r->normalized && r->addressing >= CL_ADDRESS_REPEAT ? CL_INVALID_VALUE : CL_SUCCESS;
}

static struct _cl_sampler *create(cl_context context, const struct request *r, cl_int *ret_err)
{
	struct _cl_sampler *sampler;

	*ret_err = check(r);
	if (*ret_err == CL_SUCCESS && !image_supported(context->device))
		*ret_err = CL_INVALID_OPERATION;
	if (*ret_err != CL_SUCCESS)
		return NULL;
	sampler = calloc(1, sizeof(*sampler));
	if (!sampler) {
		*ret_err = CL_OUT_OF_HOST_MEMORY;
		return NULL;
	}
	object_init(&sampler->o, &sampler_ops);
	sampler->context = object_hold(context);
	sampler->value = (struct dxg_sampler){
		.addressing = (uint32_t)r->addressing,
		.filter = (uint16_t)r->filter,
		.normalized = (uint16_t)r->normalized,
	};
	return sampler;
}

cl_sampler CL_API_CALL clCreateSampler(cl_context context, cl_bool normalized_coords,
				       cl_addressing_mode addressing_mode,
				       cl_filter_mode filter_mode, cl_int *errcode_ret)
{
	struct request r = { normalized_coords, addressing_mode, filter_mode };
	cl_sampler sampler = NULL;
	cl_int err = CL_INVALID_CONTEXT;

	if (context_valid(context))
		sampler = create(context, &r, &err);
	set_error(errcode_ret, err);
	return sampler;
}

static cl_ulong *place_of(struct request *r, cl_sampler_properties name)
{
	switch (name) {
	case CL_SAMPLER_NORMALIZED_COORDS:
		return &r->normalized;
	case CL_SAMPLER_ADDRESSING_MODE:
		return &r->addressing;
	case CL_SAMPLER_FILTER_MODE:
		return &r->filter;
	}
	return NULL;
}

/* Each property may be there once. */
static cl_int take_properties(const cl_sampler_properties *list, struct request *r,
			      size_t *ret_count)
{
	size_t n = 0;

	for (; list && list[n]; n += 2) {
		cl_ulong *place = place_of(r, list[n]);

		if (!place)
			return CL_INVALID_VALUE;
		for (size_t i = 0; i < n; i += 2)
			if (list[i] == list[n])
				return CL_INVALID_VALUE;
		*place = list[n + 1];
	}
	*ret_count = list ? n + 1 : 0;
	return CL_SUCCESS;
}

cl_sampler CL_API_CALL clCreateSamplerWithProperties(cl_context context,
						     const cl_sampler_properties *properties,
						     cl_int *errcode_ret)
{
	struct request r = { CL_TRUE, CL_ADDRESS_CLAMP, CL_FILTER_NEAREST };
	struct _cl_sampler *sampler = NULL;
	cl_int err = CL_INVALID_CONTEXT;
	size_t count = 0;

	if (context_valid(context))
		err = take_properties(properties, &r, &count);
	if (err == CL_SUCCESS)
		sampler = create(context, &r, &err);
	if (sampler && count)
		memcpy(sampler->properties, properties, count * sizeof(*properties));
	if (sampler)
		sampler->property_count = count;
	set_error(errcode_ret, err);
	return sampler;
}

cl_int CL_API_CALL clRetainSampler(cl_sampler sampler)
{
	return object_retain(sampler, &sampler_ops);
}

cl_int CL_API_CALL clReleaseSampler(cl_sampler sampler)
{
	return object_release(sampler, &sampler_ops);
}

cl_int CL_API_CALL clGetSamplerInfo(cl_sampler sampler, cl_sampler_info param_name,
				    size_t param_value_size, void *param_value,
				    size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };

	if (!sampler_valid(sampler))
		return CL_INVALID_SAMPLER;
	switch (param_name) {
	case CL_SAMPLER_REFERENCE_COUNT:
		return info_uint(&out, object_refs(&sampler->o));
	case CL_SAMPLER_CONTEXT:
		return info_pointer(&out, sampler->context);
	case CL_SAMPLER_NORMALIZED_COORDS:
		return info_uint(&out, sampler->value.normalized);
	case CL_SAMPLER_ADDRESSING_MODE:
		return info_uint(&out, sampler->value.addressing);
	case CL_SAMPLER_FILTER_MODE:
		return info_uint(&out, sampler->value.filter);
	case CL_SAMPLER_PROPERTIES:
		return info_bytes(&out, sampler->properties,
				  sampler->property_count * sizeof(*sampler->properties));
	default:
		return CL_INVALID_VALUE;
	}
}
