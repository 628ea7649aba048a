/* SPDX-License-Identifier: MIT */
/*
 * query.c - questions to the adapter: QueryAdapterInfo, with the answers that do not change kept
 * under direct.query_lock; QueryVideoMemoryInfo; QueryClockCalibration; IsFeatureEnabled; Escape.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/adapterinfo.h"
#include "dxgwire/ntstatus.h"

/* Specification section 2.6: what fits a message beside its headers. */
#define QUERY_INFO_MAX 131017u
#define QUERY_ESCAPE_MAX 131001u
#define QUERY_ESCAPE_FLAGS 0xefu /* bits that have a meaning */

/* What is the same for the whole session and takes no input. */
static const uint32_t query_constant[] = {
	DXG_INFO_UMD_PRIVATE,
	DXG_INFO_GUID,
	DXG_INFO_REGISTRY,
	DXG_INFO_DRIVER_VERSION,
	DXG_INFO_ADAPTER_TYPE,
	DXG_INFO_WDDM_2_0_CAPS,
	DXG_INFO_PHYSICAL_ADAPTER_COUNT,
	DXG_INFO_ADAPTER_TYPE_RENDER,
	DXG_INFO_UNIQUE_GUID,
	DXG_INFO_DESCRIPTION,
	DXG_INFO_WDDM_2_7_CAPS,
};

static void query_free(void *p)
{
	free(*(void **)p);
}

static bool query_is_constant(uint32_t type)
{
	unsigned int i;

	for (i = 0; i < sizeof(query_constant) / sizeof(query_constant[0]); i++)
		if (query_constant[i] == type)
			return true;
	return false;
}

static bool query_recall(struct direct *d, const struct d3dkmt_queryadapterinfo *p)
{
	const struct direct_answer *a;
	bool found = false;
	unsigned int i;

	pthread_mutex_lock(&d->query_lock);
	for (i = 0; i < d->answer_count && !found; i++) {
		a = &d->answers[i];
		found = a->type == (uint32_t)p->type && a->size == p->private_data_size;
		if (found)
			memcpy(direct_user(p->private_data), a->data, a->size);
	}
	pthread_mutex_unlock(&d->query_lock);
	return found;
}

static void query_keep(struct direct *d, const struct d3dkmt_queryadapterinfo *p, const void *data)
{
	struct direct_answer *a;

	if (!query_is_constant(p->type) || p->private_data_size > DIRECT_ANSWER_MAX)
		return;
	pthread_mutex_lock(&d->query_lock);
	if (d->answer_count < DIRECT_ANSWERS) {
		a = &d->answers[d->answer_count++];
		a->type = p->type;
		a->size = p->private_data_size;
		memcpy(a->data, data, a->size);
	}
	pthread_mutex_unlock(&d->query_lock);
}

/* What a guest says of its adapter whatever the host says (specification, ioctl 0x09). */
static void query_edit(const struct d3dkmt_queryadapterinfo *p, void *data)
{
	struct d3dkmt_adaptertype type;

	if ((p->type != _KMTQAITYPE_ADAPTERTYPE && p->type != _KMTQAITYPE_ADAPTERTYPE_RENDER) ||
	    p->private_data_size < sizeof(type))
		return;
	memcpy(&type, data, sizeof(type));
	type.paravirtualized = 1;
	type.display_supported = 0;
	type.post_device = 0;
	type.indirect_display_device = 0;
	type.acg_supported = 0;
	type.support_set_timings_from_vidpn = 0;
	memcpy(data, &type, sizeof(type));
}

static int query_ask(struct direct *d, const struct d3dkmt_queryadapterinfo *p)
{
	struct dxg_msg_queryadapterinfo body = {
		.query_type = p->type,
		.size = p->private_data_size,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	__attribute__((cleanup(query_free))) uint8_t *reply = NULL;
	uint32_t expect = sizeof(struct dxg_msg_status) + p->private_data_size;
	struct dxg_msg_status status;
	int err;

	reply = malloc(expect);
	if (!reply)
		return -ENOMEM;
	direct_tail(&m, direct_user(p->private_data), p->private_data_size);
	err = direct_call(d, DXG_MSG_QUERYADAPTERINFO, &m, reply, expect);
	if (err)
		return err;
	memcpy(&status, reply, sizeof(status));
	if (status.status < 0)
		return dxg_status_to_errno(status.status);
	query_edit(p, reply + sizeof(status));
	query_keep(d, p, reply + sizeof(status));
	memcpy(direct_user(p->private_data), reply + sizeof(status), p->private_data_size);
	return 0;
}

int query_adapter(struct direct *d, void *args)
{
	const struct d3dkmt_queryadapterinfo *p = args;

	if (!object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER))
		return -EINVAL;
	if (!p->private_data_size || p->private_data_size > QUERY_INFO_MAX)
		return -EINVAL;
	if (!p->private_data)
		return -EFAULT;
	if (channel_lost(d->channel))
		return -ENODEV;
	if (query_is_constant(p->type) && query_recall(d, p))
		return 0;
	return query_ask(d, p);
}

int query_video_memory(struct direct *d, void *args)
{
	struct d3dkmt_queryvideomemoryinfo *p = args;
	struct dxg_msg_queryvideomemoryinfo body = {
		.adapter = d->adapter,
		.memory_segment_group = p->memory_segment_group,
		.physical_adapter_index = p->physical_adapter_index,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_queryvideomemoryinfo_return reply;
	int err;

	if (p->process || !object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER))
		return -EINVAL;
	err = direct_call(d, DXG_MSG_QUERYVIDEOMEMORYINFO, &m, &reply, sizeof(reply));
	if (err)
		return err;
	p->budget = reply.budget;
	p->current_usage = reply.current_usage;
	p->current_reservation = reply.current_reservation;
	p->available_for_reservation = reply.available_for_reservation;
	return 0;
}

int query_clock(struct direct *d, void *args)
{
	struct d3dkmt_queryclockcalibration *p = args;
	struct dxg_msg_queryclockcalibration body = {
		.args.adapter.v = d->adapter,
		.args.node_ordinal = p->node_ordinal,
		.args.physical_adapter_index = p->physical_adapter_index,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_queryclockcalibration_return reply;
	int err;

	if (!object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER))
		return -EINVAL;
	err = direct_call(d, DXG_MSG_QUERYCLOCKCALIBRATION, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	p->clock_data = reply.clock_data;
	return 0;
}

int query_feature(struct direct *d, void *args)
{
	struct d3dkmt_isfeatureenabled *p = args;
	struct dxg_msg_isfeatureenabled body = { .feature_id = p->feature_id };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_isfeatureenabled_return reply;
	int err;

	if (!object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER))
		return -EINVAL;
	err = direct_call(d, DXG_MSG_ISFEATUREENABLED, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	p->result.version = reply.version;
	p->result.value = reply.flags;
	return 0;
}

/* ---- escape ---- */

static int escape_send(struct direct *d, const struct d3dkmt_escape *p)
{
	struct dxg_msg_escape body = {
		.adapter = d->adapter,
		.device = p->device.v,
		.type = p->type,
		.flags = p->flags,
		.size = p->priv_drv_data_size,
		.context = p->context.v,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	__attribute__((cleanup(query_free))) void *reply = NULL;
	int err;

	reply = malloc(p->priv_drv_data_size + 1);
	if (!reply)
		return -ENOMEM;
	direct_tail(&m, direct_user(p->priv_drv_data), p->priv_drv_data_size);
	err = direct_call(d, DXG_MSG_ESCAPE, &m, reply, p->priv_drv_data_size);
	if (!err && p->priv_drv_data_size)
		memcpy(direct_user(p->priv_drv_data), reply, p->priv_drv_data_size);
	return err;
}

/* Handles are the same on both sides: translations are answered here. */
static bool escape_is_translation(const struct d3dkmt_escape *p, uint32_t op)
{
	return p->type == _D3DKMT_ESCAPE_DRIVERPRIVATE && p->flags.driver_known_escape &&
	       (op == _D3DDDI_DRIVERESCAPETYPE_TRANSLATEALLOCATIONHANDLE ||
		op == _D3DDDI_DRIVERESCAPETYPE_TRANSLATERESOURCEHANDLE);
}

int query_escape(struct direct *d, void *args)
{
	const struct d3dkmt_escape *p = args;
	uint32_t op;

	if (!object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER) ||
	    p->priv_drv_data_size > QUERY_ESCAPE_MAX || (p->flags.value & ~QUERY_ESCAPE_FLAGS))
		return -EINVAL;
	if (p->priv_drv_data_size && !p->priv_drv_data)
		return -EFAULT;
	if (channel_lost(d->channel))
		return -ENODEV;
	if (p->flags.driver_known_escape && p->type == _D3DKMT_ESCAPE_DRIVERPRIVATE) {
		if (p->priv_drv_data_size < sizeof(op))
			return -EINVAL;
		memcpy(&op, direct_user(p->priv_drv_data), sizeof(op));
		if (escape_is_translation(p, op))
			return 0;
	}
	return escape_send(d, p);
}
