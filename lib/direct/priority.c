/* SPDX-License-Identifier: MIT */
/*
 * priority.c - priorities of allocations: the host keeps them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

static void priority_free(void *p)
{
	free(*(void **)p);
}

#define PRIORITY_AUTO __attribute__((cleanup(priority_free)))

/* One resource, or a list of @n allocations? */
static bool priority_names_ok(struct direct *d, uint32_t device, uint32_t resource, uint32_t n,
			      uint32_t max)
{
	return !resource == !!n && n <= max && object_has(&d->objects, device, OBJECT_DEVICE) &&
	       (!resource || object_has(&d->objects, resource, OBJECT_RESOURCE));
}

int priority_set(struct direct *d, void *args)
{
	const struct d3dkmt_setallocationpriority *p = args;
	uint32_t n = p->allocation_count;
	struct dxg_msg_allocationpriority body = {
		.device = p->device.v,
		.resource = p->resource.v,
		.allocation_count = n,
	};
	struct direct_msg m = DIRECT_MSG(&body);

	if (!priority_names_ok(d, p->device.v, p->resource.v, n, DXG_ALLOCATIONS_PER_PRIORITY))
		return -EINVAL;
	if (!p->priorities || (n && !p->allocation_list))
		return -EFAULT;
	direct_tail(&m, direct_user(p->allocation_list), 4ull * n);
	direct_tail(&m, direct_user(p->priorities), 4ull * (n ? n : 1));
	return direct_call_status(d, DXG_MSG_SETALLOCATIONPRIORITY, &m);
}

int priority_get(struct direct *d, void *args)
{
	static const uint8_t zero[8];
	const struct d3dkmt_getallocationpriority *p = args;
	uint32_t n = p->allocation_count, results = n ? n : 1, expect;
	struct dxg_msg_allocationpriority body = {
		.device = p->device.v,
		.resource = p->resource.v,
		.allocation_count = n,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	PRIORITY_AUTO uint8_t *reply = NULL;
	int32_t status;
	int err;

	if (!priority_names_ok(d, p->device.v, p->resource.v, n, DXG_ALLOCATIONS_PER_QUERY))
		return -EINVAL;
	if (!p->priorities || (n && !p->allocation_list))
		return -EFAULT;
	expect = dxg_align8((uint32_t)sizeof(status) + 4 * results);
	reply = malloc(expect);
	if (!reply)
		return -ENOMEM;
	/* The request is as long as the reply will be (specification, message 60). */
	direct_tail(&m, direct_user(p->allocation_list), 4ull * n);
	direct_tail(&m, zero, expect - 4ull * n);
	err = direct_call(d, DXG_MSG_GETALLOCATIONPRIORITY, &m, reply, expect);
	if (err)
		return err;
	memcpy(&status, reply, sizeof(status));
	if (status >= 0)
		memcpy(direct_user(p->priorities), reply + sizeof(status), 4ull * results);
	return dxg_status_to_errno(status);
}
