// SPDX-License-Identifier: MIT
/*
 * share: see share.h. The table of a session's shares has one type of entry and a limit of its own,
 * which is the quota.
 */
#include "share.h"

#include <errno.h>
#include <stdlib.h>

#include "allocation.h"
#include "device.h"
#include "dxgwire/message.h"
#include "fence.h"
#include "handle.h"
#include "process.h"
#include "request.h"
#include "session.h"
#include "sharedfence.h"
#include "sharedfile.h"
#include "sharedresource.h"

static int share_create(struct session *session, struct share **ret_share)
{
	struct share *share = calloc(1, sizeof(*share));
	int err;

	if (!share)
		return -ENOMEM;
	share->session = session;
	share->refs = 1;
	err = handle_alloc(session->shares, HANDLE_SHARED_VM_OBJECT, share, &share->handle);
	if (err) {
		free(share);
		return err;
	}
	*ret_share = share;
	return 0;
}

int share_create_fence(struct session *session, struct shared_fence *fence,
		       struct share **ret_share)
{
	int err = share_create(session, ret_share);

	if (!err)
		(*ret_share)->fence = sharedfence_get(fence);
	return err;
}

int share_create_resource(struct session *session, struct shared_resource *resource,
			  struct share **ret_share)
{
	int err = share_create(session, ret_share);

	if (!err)
		(*ret_share)->resource = sharedresource_get(resource);
	return err;
}

struct share *share_get(struct share *share)
{
	share->refs++;
	return share;
}

void share_put(struct share *share)
{
	if (!share || --share->refs)
		return;
	handle_free(share->session->shares, share->handle, HANDLE_SHARED_VM_OBJECT);
	sharedfence_put(share->fence);
	sharedresource_put(share->resource);
	free(share);
}

struct share *share_find(const struct session *session, uint32_t handle)
{
	return handle_lookup(session->shares, handle, HANDLE_SHARED_VM_OBJECT);
}

static int share_open(struct share *share)
{
	if (share->opens >= DXG_SHARE_OPENS_MAX)
		return -EDQUOT;
	share->opens++;
	share_get(share);
	return 0;
}

/* The name that one of them has in @session, or NULL. */
static struct share *share_of(const struct session *session, const struct shared_fence *fence,
			      const struct shared_resource *resource)
{
	struct share *share;
	uint32_t handle = 0;

	while ((handle = handle_next(session->shares, handle, HANDLE_SHARED_VM_OBJECT))) {
		share = share_find(session, handle);
		if (share->fence == fence && share->resource == resource)
			return share;
	}
	return NULL;
}

int share_import(struct session *session, struct shared_fence *fence,
		 struct shared_resource *resource, struct share **ret_share)
{
	struct share *share = share_of(session, fence, resource);
	int err = 0;

	if (share)
		share_get(share);
	else if (fence)
		err = share_create_fence(session, fence, &share);
	else
		err = share_create_resource(session, resource, &share);
	if (err)
		return err;
	err = share_open(share);
	if (!err)
		*ret_share = share;
	share_put(share);
	return err;
}

static void share_close(struct share *share)
{
	share->opens--;
	share_put(share);
}

void share_drop_all(struct session *session)
{
	struct share *share;
	uint32_t handle = 0;

	while ((handle = handle_next(session->shares, handle, HANDLE_SHARED_VM_OBJECT))) {
		share = share_get(share_find(session, handle));
		share->refs -= share->opens;
		share->opens = 0;
		share_put(share);
	}
}

/* ---- messages ---- */

/* The share of the object of the request's process with that handle. */
static int share_of_object(const struct request *rq, uint32_t handle, struct share **ret_share)
{
	struct fence *fence = handle_lookup(rq->process->objects, handle, HANDLE_SYNC_OBJECT);
	struct allocation *allocation = allocation_lookup(rq->process, handle);

	if (allocation)
		return allocation_name(allocation, ret_share);
	if (fence)
		*ret_share = fence->shared ? fence->share : NULL;
	else
		*ret_share = allocation_resource_share(rq->process, handle);
	return *ret_share ? 0 : -EINVAL;
}

int share_handle_create_nt(struct request *rq)
{
	const struct dxg_msg_handle *msg = (const void *)rq->msg;
	struct dxg_msg_handle_return reply;
	struct share *share;
	int err;

	if (msg->pad)
		return -EINVAL;
	err = share_of_object(rq, msg->handle, &share);
	if (!err)
		err = share_open(share);
	if (err)
		return err;
	reply.handle = share->handle;
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

int share_handle_destroy_nt(struct request *rq)
{
	const struct dxg_msg_handle *msg = (const void *)rq->msg;
	struct share *share = share_find(rq->session, msg->handle);

	if (!share || !share->opens || msg->pad)
		return -EINVAL;
	share_close(share);
	request_reply_status(rq, 0);
	return 0;
}

int share_handle_open_sync(struct request *rq)
{
	const struct dxg_msg_opensyncobject *msg = (const void *)rq->msg;
	struct dxg_msg_opensyncobject_return reply = { 0 };
	struct share *share = share_find(rq->session, msg->global_sync_object);
	struct device *device = device_lookup(rq, msg->device);
	struct fence *fence;
	int err;

	if (!device || !share)
		return -EINVAL;
	err = fence_open(device, share, msg->flags.value, &fence);
	if (err)
		return err;
	reply.sync_object = fence->handle;
	reply.fence_storage_address = fence_address(fence);
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

/*
 * There is no Windows host behind dxgd that could take a handle over, so nothing can be given. Who
 * asks is told whether its handles are its own all the same.
 */
int share_handle_with_host(struct request *rq)
{
	const struct dxg_msg_shareobjectwithhost *msg = (const void *)rq->msg;
	enum handle_type type = handle_type_of(rq->process->objects, msg->object);

	if (!device_lookup(rq, msg->device) || msg->reserved ||
	    (type != HANDLE_SYNC_OBJECT && type != HANDLE_RESOURCE && type != HANDLE_ALLOCATION))
		return -EINVAL;
	return -EPERM;
}

/* Of what has no file the guest's kernel module keeps the data. */
int share_handle_query(struct request *rq)
{
	const struct dxg_msg_querysharedresource *msg = (const void *)rq->msg;
	struct share *share = share_find(rq->session, msg->nt_handle);
	struct shared_file *file = share && share->resource ? share->resource->file : NULL;

	if (!file || !share->opens || msg->pad)
		return -EINVAL;
	request_reply(rq, file->info, file->info_size);
	return 0;
}
