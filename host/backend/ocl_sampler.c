// SPDX-License-Identifier: MIT
/*
 * ocl_sampler - the driver's samplers, by value. There are few different ones, so that each is made
 * once and kept. The executor's.
 */
#include "backend/ocl.h"

#define FILTERS 2
#define ADDRESSINGS 5

_Static_assert(OCL_SAMPLERS == 2 * FILTERS * ADDRESSINGS, "every sampler has a place");

/* The decoder has checked the numbers. */
static unsigned int place_of(const struct dxg_sampler *s)
{
	return ((s->addressing - DXG_ADDRESS_NONE) * FILTERS + (s->filter - DXG_FILTER_NEAREST)) *
		       2 +
	       s->normalized;
}

cl_int ocl_sampler(struct ocl_backend *ocl, const struct dxg_sampler *s, cl_sampler *ret)
{
	cl_sampler *at = &ocl->sampler[place_of(s)];
	cl_int err = CL_SUCCESS;

	if (!*at)
		*at = ocl->cl.clCreateSampler(ocl->context, s->normalized, s->addressing, s->filter,
					      &err);
	if (err)
		*at = NULL;
	*ret = *at;
	return err;
}

void ocl_samplers_fini(struct ocl_backend *ocl)
{
	unsigned int i;

	for (i = 0; i < OCL_SAMPLERS; i++)
		if (ocl->sampler[i])
			ocl->cl.clReleaseSampler(ocl->sampler[i]);
}
