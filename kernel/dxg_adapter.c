// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_adapter.c - from a fresh session to an adapter that can be opened, and the list of those. See
 * dxg_adapter.h. Lock: dxg_adapters_lock guards the list alone; nothing is waited for under it.
 */
#include <linux/mutex.h>
#include <linux/slab.h>

#include "dxg_adapter.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxgwire/ntstatus.h"

static DEFINE_MUTEX(dxg_adapters_lock);
static LIST_HEAD(dxg_adapters);

static void dxg_adapter_release(struct kref *ref)
{
	struct dxg_adapter *adapter = container_of(ref, struct dxg_adapter, ref);
	struct dxg_answer *answer;
	unsigned long type;

	xa_for_each(&adapter->answers, type, answer)
		kfree(answer);
	xa_destroy(&adapter->answers);
	dxg_session_put(adapter->session);
	kfree(adapter);
}

/** dxg_adapter_get - one more reference. */
struct dxg_adapter *dxg_adapter_get(struct dxg_adapter *adapter)
{
	kref_get(&adapter->ref);
	return adapter;
}

/** dxg_adapter_put - drop a reference; may sleep; NULL is fine. */
void dxg_adapter_put(struct dxg_adapter *adapter)
{
	if (adapter)
		kref_put(&adapter->ref, dxg_adapter_release);
}

static int dxg_adapter_announce_io(struct dxg_adapter *adapter)
{
	DXG_MESSAGE(dxg_msg_setiospaceregion)
	msg = {
		.m.start = adapter->session->io_start,
		.m.length = adapter->session->header.io_size,
	};
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vm(0, DXG_MSG_SETIOSPACEREGION, &msg.ext, &msg.m.h);
	return dxg_request_status(adapter, &part, 1);
}

static int dxg_adapter_open_host(struct dxg_adapter *adapter)
{
	DXG_MESSAGE(dxg_msg_openadapter)
	msg = {
		.m.interface_version = DXG_INTERFACE_VERSION,
		.m.last_compatible_version = DXG_INTERFACE_LAST_COMPATIBLE,
	};
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_msg_openadapter_return reply;
	int err;

	dxg_request_vgpu(adapter, 0, DXG_MSG_OPENADAPTER, &msg.ext, &msg.m.h);
	err = dxg_request_call(adapter, &part, 1, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	if (!reply.adapter)
		return -EPROTO;
	adapter->host = reply.adapter;
	return 0;
}

/* The host's name for the GPU, as far as it is printable. */
static void dxg_adapter_set_name(struct dxg_adapter *adapter, const u16 *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(adapter->name) - 1 && name[i]; i++)
		adapter->name[i] = name[i] >= ' ' && name[i] < 0x7f ? name[i] : '?';
	adapter->name[i] = 0;
}

/* What the host says here routes all later messages (section 2.4). */
static int dxg_adapter_ask_info(struct dxg_adapter *adapter)
{
	DXG_HEADER_MESSAGE msg = {};
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_slot *slot;
	const struct dxg_msg_getinternaladapterinfo_return *reply;
	int err;

	slot = dxg_slot_create(sizeof(*reply));
	if (!slot)
		return -ENOMEM;
	dxg_request_vgpu(adapter, 0, DXG_MSG_GETINTERNALADAPTERINFO, &msg.ext, &msg.m_h);
	err = dxg_request_slot(adapter, &part, 1, slot, sizeof(*reply));
	if (err >= 0) {
		reply = (const void *)slot->reply;
		adapter->vgpu_luid.a = reply->host_vgpu_luid_low;
		adapter->vgpu_luid.b = reply->host_vgpu_luid_high;
		adapter->host_luid.a = reply->host_adapter_luid_low;
		adapter->host_luid.b = reply->host_adapter_luid_high;
		dxg_adapter_set_name(adapter, reply->device_description);
		if (reply->flags & DXG_MSG_ADAPTER_ASYNC) {
			adapter->session->async = true;
			adapter->session->adapter_channel = DXG_CHANNEL_GLOBAL;
		}
		err = 0;
	}
	dxg_slot_put(slot);
	return err;
}

static int dxg_adapter_start(struct dxg_adapter *adapter)
{
	int err = dxg_adapter_announce_io(adapter);

	if (err < 0)
		return err;
	return dxg_adapter_open_host(adapter) ?: dxg_adapter_ask_info(adapter);
}

/**
 * dxg_adapter_create - introduce a session to the host and list it as an adapter; waits for the
 * host.
 * @session: gains a reference; no message was sent on it yet
 * @ret_adapter: with a reference of the caller's, besides the list's
 *
 * Return: 0; a status of the host as errno; as dxg_request_slot().
 */
int dxg_adapter_create(struct dxg_session *session, struct dxg_adapter **ret_adapter)
{
	const struct dxg_region_header *h = &session->header;
	struct dxg_adapter *adapter = kzalloc(sizeof(*adapter), GFP_KERNEL);
	int err;

	if (!adapter)
		return -ENOMEM;
	kref_init(&adapter->ref);
	INIT_LIST_HEAD(&adapter->node);
	xa_init(&adapter->answers);
	adapter->session = dxg_session_get(session);
	adapter->luid = (struct winluid){ h->adapter_luid_low, h->adapter_luid_high };
	adapter->vgpu_luid = (struct winluid){ h->vgpu_luid_low, h->vgpu_luid_high };
	err = dxg_adapter_start(adapter);
	if (err) {
		dxg_adapter_put(adapter);
		return err;
	}
	mutex_lock(&dxg_adapters_lock);
	list_add_tail(&dxg_adapter_get(adapter)->node, &dxg_adapters);
	mutex_unlock(&dxg_adapters_lock);
	*ret_adapter = adapter;
	return 0;
}

static void dxg_adapter_close_host(struct dxg_adapter *adapter)
{
	DXG_MESSAGE(dxg_msg_handle) msg = { .m.handle = adapter->host };
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_msg_status unused;

	dxg_request_vgpu(adapter, 0, DXG_MSG_CLOSEADAPTER, &msg.ext, &msg.m.h);
	dxg_request_call(adapter, &part, 1, &unused, 0);
}

/**
 * dxg_adapter_remove - nobody opens it any more; who has it open keeps it.
 * @adapter: the adapter
 * @close: tell the host, and wait for its answer
 */
void dxg_adapter_remove(struct dxg_adapter *adapter, bool close)
{
	bool listed;

	mutex_lock(&dxg_adapters_lock);
	listed = !list_empty(&adapter->node);
	list_del_init(&adapter->node);
	mutex_unlock(&dxg_adapters_lock);
	if (!listed)
		return;
	if (close)
		dxg_adapter_close_host(adapter);
	dxg_adapter_put(adapter);
}

/**
 * dxg_adapter_list - references to the adapters there are.
 * @ret_adapters: room for @room of them; the caller puts each
 * @room: how many fit
 *
 * Return: how many there are; at most @room are returned.
 */
unsigned int dxg_adapter_list(struct dxg_adapter **ret_adapters, unsigned int room)
{
	struct dxg_adapter *adapter;
	unsigned int n = 0;

	mutex_lock(&dxg_adapters_lock);
	list_for_each_entry(adapter, &dxg_adapters, node) {
		if (n < room)
			ret_adapters[n] = dxg_adapter_get(adapter);
		n++;
	}
	mutex_unlock(&dxg_adapters_lock);
	return n;
}

/** dxg_adapter_find - the adapter with this id, with a reference, or NULL. */
struct dxg_adapter *dxg_adapter_find(struct winluid luid)
{
	struct dxg_adapter *adapter, *found = NULL;

	mutex_lock(&dxg_adapters_lock);
	list_for_each_entry(adapter, &dxg_adapters, node) {
		if (adapter->luid.a == luid.a && adapter->luid.b == luid.b) {
			found = dxg_adapter_get(adapter);
			break;
		}
	}
	mutex_unlock(&dxg_adapters_lock);
	return found;
}

/** dxg_adapter_find_on - the adapter on the device of this name, with a reference, or NULL. */
struct dxg_adapter *dxg_adapter_find_on(const char *device)
{
	struct dxg_adapter *adapter, *found = NULL;

	mutex_lock(&dxg_adapters_lock);
	list_for_each_entry(adapter, &dxg_adapters, node) {
		if (!strcmp(adapter->session->transport->device, device)) {
			found = dxg_adapter_get(adapter);
			break;
		}
	}
	mutex_unlock(&dxg_adapters_lock);
	return found;
}

/** dxg_adapter_answer - what the host answered to a question of @type, or NULL. No lock. */
const struct dxg_answer *dxg_adapter_answer(struct dxg_adapter *adapter, u32 type)
{
	return xa_load(&adapter->answers, type);
}

/**
 * dxg_adapter_keep_answer - so that the host need not be asked again.
 * @adapter: the adapter
 * @type: of the question, which has no input and always this answer
 * @data: the answer
 * @size: its bytes
 *
 * The first one stays. Without memory, or for a large answer, nothing is kept.
 */
void dxg_adapter_keep_answer(struct dxg_adapter *adapter, u32 type, const void *data, u32 size)
{
	struct dxg_answer *answer;

	if (size > DXG_ANSWER_MAX || dxg_adapter_answer(adapter, type))
		return;
	answer = kmalloc(struct_size(answer, data, size), GFP_KERNEL);
	if (!answer)
		return;
	answer->size = size;
	memcpy(answer->data, data, size);
	if (xa_cmpxchg(&adapter->answers, type, NULL, answer, GFP_KERNEL))
		kfree(answer);
}
