/* SPDX-License-Identifier: MIT */
/*
 * statistics.c - QueryStatistics and EnumProcesses. A session has one process, this one: dxgd knows
 * of others on the vGPU, but not by what number this process's pid namespace calls them, and their
 * sessions are none of ours. So other pids are unknown here, as they are to a guest's kernel that
 * finds no open file of theirs.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"
#include "dxgwire/statistics.h"

static bool statistics_is_ours(const struct direct *d, struct winluid luid)
{
	return luid.a == d->header.adapter_luid_low && luid.b == d->header.adapter_luid_high;
}

int statistics_query(struct direct *d, void *args)
{
	struct d3dkmt_querystatistics *p = args;
	struct dxg_msg_querystatistics body = { .args.type = p->type };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_querystatistics_return reply;
	int err;

	if (channel_lost(d->channel))
		return -ENODEV;
	if (!statistics_is_ours(d, p->adapter_luid) ||
	    (p->process && p->process != (uint64_t)getpid()))
		return -EINVAL;
	body.args.adapter_luid = d->host_adapter;
	memcpy(body.args.size + DXG_STATISTICS_SELECTOR, p->size + DXG_STATISTICS_SELECTOR,
	       sizeof(p->size) - DXG_STATISTICS_SELECTOR);
	err = direct_call(d, DXG_MSG_QUERYSTATISTICS, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	p->result = reply.result;
	return 0;
}

int statistics_processes(struct direct *d, void *args)
{
	struct d3dkmt_enumprocesses *p = args;
	const uint32_t self = (uint32_t)getpid();
	uint64_t room = p->buffer_count, found;

	p->buffer_count = 0;
	if (channel_lost(d->channel))
		return -ENODEV;
	if (!statistics_is_ours(d, p->adapter_luid))
		return -EINVAL;
	pthread_mutex_lock(&d->objects.lock);
	found = d->objects.adapters ? 1 : 0;
	pthread_mutex_unlock(&d->objects.lock);
	p->buffer_count = found;
	if (!p->buffer || room < found)
		return -EOVERFLOW;
	if (found)
		memcpy(direct_user(p->buffer), &self, sizeof(self));
	return 0;
}
