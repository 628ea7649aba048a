/* SPDX-License-Identifier: MIT */
/*
 * sampler.h - a cl_sampler: three numbers that travel with every dispatch; the host has no object
 * for it. Immutable.
 */
#ifndef OPENCL_SAMPLER_H
#define OPENCL_SAMPLER_H

#include "context.h"

/**
 * struct _cl_sampler - see above.
 * @value: what a kernel argument is
 * @properties: as given to clCreateSamplerWithProperties(), @property_count with the final zero
 */
struct _cl_sampler {
	struct object o;
	cl_context context;
	struct dxg_sampler value;
	cl_sampler_properties properties[7];
	size_t property_count;
};

extern const struct object_ops sampler_ops;

static inline bool sampler_valid(cl_sampler sampler)
{
	return object_valid(sampler, &sampler_ops);
}

#endif
