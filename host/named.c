// SPDX-License-Identifier: MIT
/*
 * named: see named.h. A resource named twice is refused, so that the walk over the members is never
 * longer than the device has allocations.
 */
#include "named.h"

#include <errno.h>

#include "allocation.h"
#include "request.h"

static struct resource *named_resource(const struct named *named, uint32_t i)
{
	struct resource *resource = resource_lookup(named->process, request_u32(named->handles, i));

	return resource && resource->device == named->device ? resource : NULL;
}

static struct allocation *named_allocation(const struct named *named, uint32_t i)
{
	struct allocation *allocation =
		allocation_lookup(named->process, request_u32(named->handles, i));

	return allocation && allocation->device == named->device ? allocation : NULL;
}

static int named_check_resources(const struct named *named)
{
	struct resource *resource;
	uint32_t i, k;

	for (i = 0; i < named->n; i++) {
		resource = named_resource(named, i);
		if (!resource || resource->marked)
			break;
		resource->marked = true;
	}
	for (k = 0; k < i; k++)
		named_resource(named, k)->marked = false;
	return i == named->n ? 0 : -EINVAL;
}

int named_check(const struct named *named)
{
	uint32_t i;

	if (named->resources)
		return named_check_resources(named);
	for (i = 0; i < named->n; i++)
		if (!named_allocation(named, i))
			return -EINVAL;
	return 0;
}

static int named_members(struct resource *resource, uint32_t i, named_fn fn, void *arg)
{
	struct allocation *allocation;
	int ret;

	LIST_FOREACH (allocation, &resource->members, sibling) {
		ret = fn(allocation, i, arg);
		if (ret)
			return ret;
	}
	return 0;
}

int named_each(const struct named *named, named_fn fn, void *arg)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < named->n && !ret; i++)
		ret = named->resources ? named_members(named_resource(named, i), i, fn, arg)
				       : fn(named_allocation(named, i), i, arg);
	return ret;
}
