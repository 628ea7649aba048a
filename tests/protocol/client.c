// SPDX-License-Identifier: MIT
/* client: see client.h. One function per message, in the order of dxgwire/message.h. */
#include "client.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cm.h"

#define PROCESS_COOKIE 0x1234567890abcdefull

/* Call with @body alone. Return: bytes of the reply. */
static int call(struct wire *wire, const void *body, size_t len, void *ret, uint32_t room)
{
	struct wire_msg msg;

	memset(ret, 0, room);
	wire_msg_init(&msg, wire, body, len);
	return wire_call(wire, &msg, ret, room);
}

static int32_t call_status(struct wire *wire, const void *body, size_t len)
{
	struct wire_msg msg;

	wire_msg_init(&msg, wire, body, len);
	return wire_status(wire, &msg);
}

/* ---- bringing up ---- */

static void set_io_space(struct wire *wire)
{
	struct dxg_msg_setiospaceregion io = {
		.h = wire_vm(DXG_MSG_SETIOSPACEREGION, 0),
		.start = CLIENT_IO_START,
		.length = wire->header.io_size,
	};

	assert_int_equal(call_status(wire, &io, sizeof(io)), 0);
}

uint32_t client_session(struct wire *wire)
{
	struct dxg_msg_openadapter open = {
		.h = wire_vgpu(DXG_MSG_OPENADAPTER, 0),
		.interface_version = DXG_INTERFACE_VERSION,
		.last_compatible_version = DXG_INTERFACE_LAST_COMPATIBLE,
	};
	struct dxg_msg_openadapter_return opened;
	struct dxg_region_header *header = (struct dxg_region_header *)wire->base;

	dxg_store(&header->guest_version, DXG_INTERFACE_VERSION);
	dxg_store(&header->guest_caps, DXG_GUESTCAP_LINUX);
	set_io_space(wire);
	assert_int_equal(call(wire, &open, sizeof(open), &opened, sizeof(opened)), sizeof(opened));
	assert_int_equal(opened.status, 0);
	assert_int_not_equal(opened.adapter, 0);
	assert_true(wire_is_alive(wire)); /* by GETINTERNALADAPTERINFO */
	return opened.adapter;
}

void client_open_process(struct client *client, const struct client *other)
{
	*client = (struct client){
		.wire = other->wire,
		.adapter = other->adapter,
		.next_event = 1,
	};
	client->process = client_try_process(client->wire);
	assert_int_not_equal(client->process, 0);
	client->device = client_try_device(client);
	assert_int_not_equal(client->device, 0);
	client->context = client_try_context(client, client->device);
	assert_int_not_equal(client->context, 0);
	client->queue = client_try_queue(client, client->device, &client->paging);
	assert_int_not_equal(client->queue, 0);
}

void client_open(struct client *client, const struct daemon *daemon, const char *name)
{
	struct client session = { .wire = wire_open(daemon->socket, name) };

	session.adapter = client_session(session.wire);
	client_open_process(client, &session);
}

void client_close(struct client *client)
{
	wire_close(client->wire);
	client->wire = NULL;
}

void *client_pointer(const struct wire *wire, uint64_t address, uint64_t size)
{
	uint64_t offset = address - CLIENT_IO_START;

	assert_int_equal(address % DXG_PAGE_SIZE, 0);
	assert_true(address >= CLIENT_IO_START + DXG_PAGE_SIZE);
	assert_true(size <= wire->header.io_size);
	assert_true(offset <= wire->header.io_size - DXG_PAGE_SIZE - size);
	return wire->base + wire->header.io_offset + offset;
}

/* ---- objects ---- */

uint32_t client_try_process(struct wire *wire)
{
	struct dxg_msg_createprocess body = {
		.h = wire_vm(DXG_MSG_CREATEPROCESS, 0),
		.cookie = PROCESS_COOKIE,
		.process_id = (uint64_t)getpid(),
		.name = { 't', 'e', 's', 't' },
		.flags = DXG_MSG_PROCESS_LINUX,
	};
	struct dxg_msg_createprocess_return reply;
	int n = call(wire, &body, sizeof(body), &reply, sizeof(reply));

	assert_true(n >= 0);
	return n < (int)sizeof(reply) ? 0 : reply.process;
}

uint32_t client_try_device(struct client *client)
{
	struct dxg_msg_createdevice body = {
		.h = wire_vgpu(DXG_MSG_CREATEDEVICE, client->process),
		.cookie = CLIENT_COOKIE,
	};
	struct dxg_msg_handle_return reply;
	int n = call(client->wire, &body, sizeof(body), &reply, sizeof(reply));

	assert_true(n >= 0);
	return n < (int)sizeof(reply) ? 0 : reply.handle;
}

static uint32_t try_context(struct client *client, uint32_t device, bool hw_queues)
{
	struct dxg_msg_createcontextvirtual body = {
		.h = wire_vgpu(DXG_MSG_CREATECONTEXTVIRTUAL, client->process), .device = device,
		.engine_affinity = 1, .flags.hw_queue_supported = hw_queues,
	}, reply;
	struct wire_msg msg;
	int n;

	memset(&reply, 0, sizeof(reply));
	wire_msg_init(&msg, client->wire, &body,
		      offsetof(struct dxg_msg_createcontextvirtual, priv_drv_data));
	wire_msg_zero(&msg, 3); /* the slack of specification section 4.2 */
	n = wire_call(client->wire, &msg, &reply, sizeof(reply));
	assert_true(n >= 0);
	return n < 55 ? 0 : reply.context;
}

uint32_t client_try_context_with(struct client *client, uint32_t device, const void *data,
				 uint32_t size)
{
	const uint32_t fixed = offsetof(struct dxg_msg_createcontextvirtual, priv_drv_data);
	struct dxg_msg_createcontextvirtual body = {
		.h = wire_vgpu(DXG_MSG_CREATECONTEXTVIRTUAL, client->process),
		.device = device,
		.engine_affinity = 1,
		.priv_drv_data_size = size,
	};
	static uint8_t reply[DXG_REPLY_MAX];
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, fixed);
	wire_msg_add(&msg, data, size);
	wire_msg_zero(&msg, 3);
	memset(reply, 0, sizeof(body));
	if (wire_call(client->wire, &msg, reply, sizeof(reply)) < (int)(fixed + size + 3))
		return 0;
	memcpy(&body, reply, fixed);
	if (body.context)
		assert_memory_equal(reply + fixed, data, size);
	return body.context;
}

uint32_t client_try_context(struct client *client, uint32_t device)
{
	return try_context(client, device, false);
}

uint32_t client_try_hw_context(struct client *client, uint32_t device)
{
	return try_context(client, device, true);
}

int32_t client_try_hwqueue(struct client *client, uint32_t context, uint32_t *ret_queue,
			   struct client_fence *ret_fence)
{
	struct dxg_msg_createhwqueue body = {
		.h = wire_vgpu(DXG_MSG_CREATEHWQUEUE, client->process),
		.context = context,
	}, reply = { 0 };
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body,
		      offsetof(struct dxg_msg_createhwqueue, priv_drv_data));
	wire_msg_zero(&msg, 3); /* the slack of specification section 4.2 */
	assert_int_equal(wire_call(client->wire, &msg, &reply, sizeof(reply)), sizeof(reply));
	if (reply.status)
		return reply.status;
	*ret_queue = reply.hwqueue;
	ret_fence->handle = reply.progress_fence;
	ret_fence->value =
		client_pointer(client->wire, reply.progress_fence_address, DXG_PAGE_SIZE);
	return 0;
}

uint32_t client_try_queue(struct client *client, uint32_t device, struct client_fence *ret_fence)
{
	struct dxg_msg_createpagingqueue body = {
		.h = wire_vgpu(DXG_MSG_CREATEPAGINGQUEUE, client->process),
		.args.device.v = device,
	};
	struct dxg_msg_createpagingqueue_return reply;
	int n = call(client->wire, &body, sizeof(body), &reply, sizeof(reply));

	assert_true(n >= 0);
	if (n < (int)sizeof(reply) || !reply.paging_queue || !reply.fence_storage_physical_address)
		return 0;
	ret_fence->handle = reply.sync_object;
	ret_fence->value =
		client_pointer(client->wire, reply.fence_storage_physical_address, DXG_PAGE_SIZE);
	return reply.paging_queue;
}

uint32_t client_try_fence(struct client *client, uint32_t device, uint64_t initial,
			  struct client_fence *ret_fence)
{
	struct dxg_msg_createsyncobject body = {
		.h = wire_vgpu(DXG_MSG_CREATESYNCOBJECT, client->process),
		.client_hint = 1,
	};
	struct dxg_msg_createsyncobject_return reply;
	int n;

	body.args.device.v = device;
	body.args.info.type = _D3DDDI_MONITORED_FENCE;
	body.args.info.monitored_fence.initial_fence_value = initial;
	n = call(client->wire, &body, sizeof(body), &reply, sizeof(reply));
	assert_true(n >= 0);
	if (n < (int)sizeof(reply) || !reply.sync_object)
		return 0;
	ret_fence->handle = reply.sync_object;
	ret_fence->value = client_pointer(client->wire, reply.fence_storage_address, DXG_PAGE_SIZE);
	return reply.sync_object;
}

uint32_t client_try_cpu_event(struct client *client, uint64_t event)
{
	struct dxg_msg_createsyncobject body = {
		.h = wire_vgpu(DXG_MSG_CREATESYNCOBJECT, client->process),
		.client_hint = 1,
	};
	struct dxg_msg_createsyncobject_return reply;
	int n;

	body.args.device.v = client->device;
	body.args.info.type = _D3DDDI_CPU_NOTIFICATION;
	body.args.info.cpu_notification.event = event;
	n = call(client->wire, &body, sizeof(body), &reply, sizeof(reply));
	assert_true(n >= 0);
	return n < (int)sizeof(reply) ? 0 : reply.sync_object;
}

static void alloc_msg(struct client *client, struct wire_msg *msg, uint32_t n, uint32_t flags,
		      uint64_t size)
{
	struct dxg_msg_createallocation body = {
		.h = wire_vgpu(DXG_MSG_CREATEALLOCATION, client->process),
		.device = client->device,
		.alloc_count = n,
	};
	struct dxg_msg_allocinfo info = { .priv_drv_data_size = sizeof(struct dxg_alloc_private) };
	struct dxg_alloc_private priv = { .flags = flags, .size = size };
	uint32_t i;

	wire_msg_init(msg, client->wire, &body, sizeof(body));
	for (i = 0; i < n; i++)
		wire_msg_add(msg, &info, sizeof(info));
	for (i = 0; i < n; i++)
		wire_msg_add(msg, &priv, sizeof(priv));
}

uint32_t client_try_alloc(struct client *client, uint32_t n, uint32_t flags, uint64_t size,
			  uint32_t *ret)
{
	static uint8_t reply[DXG_REPLY_MAX];
	struct dxg_msg_allocinfo_return info;
	uint32_t least = sizeof(struct dxg_msg_createallocation_return) +
			 n * (uint32_t)(sizeof(info) + sizeof(struct dxg_alloc_private));
	struct wire_msg msg;
	uint32_t i;
	int len;

	alloc_msg(client, &msg, n, flags, size);
	len = wire_call(client->wire, &msg, reply, sizeof(reply));
	assert_true(len >= 0);
	if ((uint32_t)len < least)
		return 0;
	for (i = 0; i < n; i++) {
		memcpy(&info,
		       reply + sizeof(struct dxg_msg_createallocation_return) + i * sizeof(info),
		       sizeof(info));
		assert_int_not_equal(info.allocation, 0);
		assert_true(info.allocation_size >= size);
		assert_int_equal(info.priv_drv_data_size, sizeof(struct dxg_alloc_private));
		if (ret)
			ret[i] = info.allocation;
	}
	return n;
}

int32_t client_destroy(struct client *client, uint32_t type, uint32_t handle)
{
	struct dxg_msg_handle body = {
		.h = wire_vgpu(type, client->process),
		.handle = handle,
	};
	struct dxg_msg_status reply;
	int n = call(client->wire, &body, sizeof(body), &reply, sizeof(reply));

	if (type == DXG_MSG_DESTROYPAGINGQUEUE || type == DXG_MSG_CLOSEADAPTER) {
		assert_true(n >= 0); /* a completion; its payload is nobody's business */
		return 0;
	}
	assert_true(n >= (int)sizeof(reply));
	return reply.status;
}

int32_t client_destroy_sync(struct client *client, uint32_t handle)
{
	struct dxg_msg_handle body = {
		.h = wire_vm(DXG_MSG_DESTROYSYNCOBJECT, client->process),
		.handle = handle,
	};

	return call_status(client->wire, &body, sizeof(body));
}

int32_t client_destroy_process(struct wire *wire, uint32_t process)
{
	struct dxg_msg_header body = wire_vm(DXG_MSG_DESTROYPROCESS, process);

	return call_status(wire, &body, sizeof(body));
}

int32_t client_destroy_allocs(struct client *client, const uint32_t *handle, uint32_t n)
{
	struct dxg_msg_destroyallocation body = {
		.h = wire_vgpu(DXG_MSG_DESTROYALLOCATION, client->process),
		.device = client->device,
		.alloc_count = n,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, handle, n * sizeof(*handle));
	wire_msg_zero(&msg, 8); /* slack, specification section 4.2 */
	return wire_status(client->wire, &msg);
}

uint32_t client_alloc(struct client *client, uint64_t size)
{
	uint32_t handle = 0;

	assert_int_equal(client_try_alloc(client, 1, DXG_ALLOC_CPU_VISIBLE, size, &handle), 1);
	return handle;
}

struct client_fence client_fence(struct client *client, uint64_t initial)
{
	struct client_fence fence = { 0 };

	assert_int_not_equal(client_try_fence(client, client->device, initial, &fence), 0);
	assert_true(*fence.value == initial);
	return fence;
}

struct client_memory client_memory(struct client *client, uint64_t size)
{
	struct client_memory memory = { .size = size, .handle = client_alloc(client, size) };
	uint64_t address;

	assert_int_equal(client_try_resident(client, &memory.handle, 1), 0);
	assert_int_equal(client_try_map(client, memory.handle,
					(size + DXG_PAGE_SIZE - 1) / DXG_PAGE_SIZE, 1, &memory.va),
			 0);
	assert_int_equal(client_try_lock(client, memory.handle, &address), 0);
	memory.cpu = client_pointer(client->wire, address, size);
	return memory;
}

/* ---- memory ---- */

int32_t client_try_map(struct client *client, uint32_t alloc, uint64_t pages, uint64_t protection,
		       uint64_t *ret_va)
{
	struct dxg_msg_mapgpuvirtualaddress body = {
		.h = wire_vgpu(DXG_MSG_MAPGPUVIRTUALADDRESS, client->process),
	};
	struct dxg_msg_mapgpuvirtualaddress_return reply;
	int n;

	body.args.paging_queue.v = client->queue;
	body.args.allocation.v = alloc;
	body.args.size_in_pages = pages;
	body.args.protection.value = protection;
	n = call(client->wire, &body, sizeof(body), &reply, sizeof(reply));
	assert_true(n >= (int)sizeof(reply));
	if (!reply.status) {
		assert_true(*client->paging.value >= reply.paging_fence_value);
		*ret_va = reply.virtual_address;
	}
	return reply.status;
}

int32_t client_try_free_va(struct client *client, uint64_t va, uint64_t size)
{
	struct dxg_msg_freegpuvirtualaddress body = {
		.h = wire_vgpu(DXG_MSG_FREEGPUVIRTUALADDRESS, client->process),
	};

	body.args.adapter.v = client->adapter;
	body.args.base_address = va;
	body.args.size = size;
	return call_status(client->wire, &body, sizeof(body));
}

uint64_t client_try_reserve(struct client *client, uint64_t size)
{
	struct dxg_msg_reservegpuvirtualaddress body = {
		.h = wire_vgpu(DXG_MSG_RESERVEGPUVIRTUALADDRESS, client->process),
	};
	struct dxg_msg_reservegpuvirtualaddress_return reply;
	int n;

	body.args.adapter.v = client->adapter;
	body.args.size = size;
	n = call(client->wire, &body, sizeof(body), &reply, sizeof(reply));
	assert_true(n >= 0);
	return n < (int)sizeof(reply) ? 0 : reply.virtual_address;
}

int32_t client_try_lock(struct client *client, uint32_t alloc, uint64_t *ret_address)
{
	struct dxg_msg_lock2 body = { .h = wire_vgpu(DXG_MSG_LOCK2, client->process) };
	struct dxg_msg_lock2_return reply;

	body.args.device.v = client->device;
	body.args.allocation.v = alloc;
	assert_true(call(client->wire, &body, sizeof(body), &reply, sizeof(reply)) >=
		    (int)sizeof(reply));
	if (!reply.status)
		*ret_address = reply.address;
	return reply.status;
}

int32_t client_try_unlock(struct client *client, uint32_t alloc)
{
	struct dxg_msg_unlock2 body = { .h = wire_vgpu(DXG_MSG_UNLOCK2, client->process) };

	body.args.device.v = client->device;
	body.args.allocation.v = alloc;
	return call_status(client->wire, &body, sizeof(body));
}

int32_t client_try_resident(struct client *client, const uint32_t *alloc, uint32_t n)
{
	struct dxg_msg_makeresident body = {
		.h = wire_vgpu(DXG_MSG_MAKERESIDENT, client->process),
		.paging_queue = client->queue,
		.alloc_count = n,
	};
	struct dxg_msg_makeresident_return reply = { .status = DXG_STATUS_UNSUCCESSFUL };
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, alloc, n * sizeof(*alloc));
	wire_msg_zero(&msg, 4); /* slack, specification section 4.2 */
	assert_true(wire_call(client->wire, &msg, &reply, sizeof(reply)) >= (int)sizeof(reply));
	if (!reply.status)
		assert_true(*client->paging.value >= reply.paging_fence_value);
	return reply.status;
}

uint64_t client_usage(struct client *client, uint32_t group)
{
	struct dxg_msg_queryvideomemoryinfo body = {
		.h = wire_vgpu(DXG_MSG_QUERYVIDEOMEMORYINFO, client->process),
		.adapter = client->adapter,
		.memory_segment_group = group,
	};
	struct dxg_msg_queryvideomemoryinfo_return reply;

	assert_true(call(client->wire, &body, sizeof(body), &reply, sizeof(reply)) >=
		    (int)sizeof(reply));
	return reply.current_usage;
}

/* ---- work ---- */

void client_submit(struct client *client, uint32_t context, uint64_t va, uint32_t len)
{
	struct dxg_msg_submitcommand body = {
		.h = wire_async(DXG_MSG_SUBMITCOMMAND, client->process),
	};
	struct wire_msg msg;

	body.args.command_buffer = va;
	body.args.command_length = len;
	body.args.broadcast_context_count = 1;
	body.args.broadcast_context[0].v = context;
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_post(client->wire, &msg);
}

static void submit_hw_msg(struct client *client, struct dxg_msg_header h, uint32_t queue,
			  uint64_t id, uint64_t va, uint32_t len, struct wire_msg *ret_msg)
{
	struct dxg_msg_submitcommandtohwqueue body = {
		.h = h,
		.args.hwqueue.v = queue,
		.args.hwqueue_progress_fence_id = id,
		.args.command_buffer = va,
		.args.command_length = len,
	};

	wire_msg_init(ret_msg, client->wire, &body, sizeof(body));
}

void client_submit_hw(struct client *client, uint32_t queue, uint64_t id, uint64_t va, uint32_t len)
{
	struct wire_msg msg;

	submit_hw_msg(client, wire_async(DXG_MSG_SUBMITCOMMANDTOHWQUEUE, client->process), queue,
		      id, va, len, &msg);
	wire_post(client->wire, &msg);
}

int32_t client_try_submit_hw(struct client *client, uint32_t queue, uint64_t id, uint64_t va,
			     uint32_t len)
{
	struct wire_msg msg;

	submit_hw_msg(client, wire_vgpu(DXG_MSG_SUBMITCOMMANDTOHWQUEUE, client->process), queue, id,
		      va, len, &msg);
	return wire_status(client->wire, &msg);
}

void client_signal(struct client *client, uint32_t context, uint32_t fence, uint64_t value)
{
	struct dxg_msg_signalsyncobject body = {
		.h = wire_async(DXG_MSG_SIGNALSYNCOBJECT, client->process),
		.object_count = 1,
		.context_count = 1,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, &fence, sizeof(fence));
	wire_msg_add(&msg, &context, sizeof(context));
	wire_msg_add(&msg, &value, sizeof(value));
	wire_post(client->wire, &msg);
}

void client_wait(struct client *client, uint32_t context, uint32_t fence, uint64_t value)
{
	struct dxg_msg_waitforsyncobjectfromgpu body = {
		.h = wire_async(DXG_MSG_WAITFORSYNCOBJECTFROMGPU, client->process),
		.context = context,
		.object_count = 1,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, &value, sizeof(value));
	wire_msg_add(&msg, &fence, sizeof(fence));
	wire_post(client->wire, &msg);
}

int32_t client_try_signal_cpu(struct client *client, uint32_t fence, uint64_t value)
{
	struct dxg_msg_signalsyncobject body = {
		.h = wire_vgpu(DXG_MSG_SIGNALSYNCOBJECT, client->process),
		.object_count = 1,
		.event_or_device = client->device,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, &fence, sizeof(fence));
	wire_msg_add(&msg, &value, sizeof(value));
	return wire_status(client->wire, &msg);
}

int32_t client_try_wait_cpu(struct client *client, const uint32_t *fence, const uint64_t *value,
			    uint32_t n, bool any, uint64_t event)
{
	struct dxg_msg_waitforsyncobjectfromcpu body = {
		.h = wire_vgpu(DXG_MSG_WAITFORSYNCOBJECTFROMCPU, client->process),
		.device = client->device,
		.object_count = n,
		.flags.wait_any = any,
		.event = event,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, fence, n * sizeof(*fence));
	wire_msg_add(&msg, value, n * sizeof(*value));
	return wire_status(client->wire, &msg);
}

void client_expect_event(struct client *client, uint64_t event)
{
	struct dxg_msg_signalguestevent body = { 0 };

	assert_int_equal(wire_event(client->wire, &body, sizeof(body)), sizeof(body));
	assert_int_equal(body.h.channel & 0xff, DXG_MSG_HOST_TO_VM);
	assert_int_equal(body.h.type, DXG_MSG_SIGNALGUESTEVENT);
	assert_int_equal(body.event, event);
}

void client_flush_msg(struct client *client, struct wire_msg *msg, uint32_t reason)
{
	struct dxg_msg_flushdevice body = {
		.h = wire_vgpu(DXG_MSG_FLUSHDEVICE, client->process),
		.device = client->device,
		.reason = reason,
	};

	wire_msg_init(msg, client->wire, &body, sizeof(body));
}

void client_finish(struct client *client, uint32_t context)
{
	struct client_fence fence = client_fence(client, 0);
	uint64_t one = 1, event = client->next_event++;

	client_signal(client, context, fence.handle, one);
	assert_int_equal(client_try_wait_cpu(client, &fence.handle, &one, 1, false, event), 0);
	client_expect_event(client, event);
	assert_true(*fence.value >= one);
	assert_int_equal(client_destroy_sync(client, fence.handle), 0);
}

uint32_t client_state(struct client *client, uint32_t device)
{
	struct dxg_msg_getdevicestate body = {
		.h = wire_vgpu(DXG_MSG_GETDEVICESTATE, client->process),
		.args.device.v = device,
		.args.state_type = _D3DKMT_DEVICESTATE_EXECUTION,
	};
	struct dxg_msg_getdevicestate_return reply;

	assert_true(call(client->wire, &body, sizeof(body), &reply, sizeof(reply)) >=
		    (int)sizeof(reply));
	assert_int_equal(reply.status, 0);
	return reply.args.execution_state;
}

void client_escape_msg(struct client *client, struct wire_msg *msg, uint32_t device,
		       const void *data, uint32_t size)
{
	struct dxg_msg_escape body = {
		.h = wire_vgpu(DXG_MSG_ESCAPE, client->process),
		.adapter = client->adapter,
		.device = device,
		.size = size,
	};

	wire_msg_init(msg, client->wire, &body, sizeof(body));
	wire_msg_add(msg, data, size);
	wire_msg_zero(msg, 7); /* slack, specification section 4.2 */
}

bool client_fault(struct client *client, char ret_text[DXG_FAULT_TEXT_MAX])
{
	struct dxg_escape_query_fault fault = {
		.h = { .magic = DXG_ESCAPE_MAGIC,
		       .op = DXG_ESCAPE_QUERY_FAULT,
		       .size = sizeof(fault) },
	};
	struct wire_msg msg;

	client_escape_msg(client, &msg, client->device, &fault, sizeof(fault));
	assert_true(wire_call(client->wire, &msg, &fault, sizeof(fault)) >= (int)sizeof(fault));
	assert_int_equal(fault.h.status, 0);
	assert_non_null(memchr(fault.text, 0, sizeof(fault.text)));
	memcpy(ret_text, fault.text, sizeof(fault.text));
	return fault.lost;
}

void client_clock_msg(struct client *client, struct wire_msg *msg)
{
	struct dxg_escape_query_clock query = {
		.h = { .magic = DXG_ESCAPE_MAGIC,
		       .op = DXG_ESCAPE_QUERY_CLOCK,
		       .size = sizeof(query) },
	};

	client_escape_msg(client, msg, client->device, &query, sizeof(query));
}

uint64_t client_clock(struct client *client)
{
	struct dxg_escape_query_clock query = { .h.status = -1 };
	struct wire_msg msg;

	client_clock_msg(client, &msg);
	assert_true(wire_call(client->wire, &msg, &query, sizeof(query)) >= (int)sizeof(query));
	assert_int_equal(query.h.status, 0);
	return query.now_ns;
}

void client_expect_loss(struct client *client)
{
	struct dxg_msg_setguestdata event = { 0 };

	assert_int_equal(wire_event(client->wire, &event, sizeof(event)), sizeof(event));
	assert_int_equal(event.h.channel & 0xff, DXG_MSG_HOST_TO_VM);
	assert_int_equal(event.h.type, DXG_MSG_SETGUESTDATA);
	assert_true(event.cookie == CLIENT_COOKIE);
	assert_int_not_equal(event.data & 0xffffffff, 0);
	assert_int_equal(event.flags, 0); /* a dword, and nothing to be dereferenced */
}

void client_expect_loss_and_event(struct client *client, uint64_t event)
{
	struct dxg_msg_signalguestevent bodies[2];
	unsigned int i, told = 0, signalled = 0;

	for (i = 0; i < 2; i++) {
		memset(&bodies[i], 0, sizeof(bodies[i]));
		assert_int_equal(wire_event(client->wire, &bodies[i], sizeof(bodies[i])),
				 sizeof(bodies[i]));
		/* Both structures are as long and begin alike; @event is where the cookie is. */
		told += bodies[i].h.type == DXG_MSG_SETGUESTDATA &&
			bodies[i].event == CLIENT_COOKIE;
		signalled += bodies[i].h.type == DXG_MSG_SIGNALGUESTEVENT &&
			     bodies[i].event == event;
	}
	assert_int_equal(told, 1);
	assert_int_equal(signalled, 1);
}

uint32_t client_put_fill(void *cpu, uint64_t dst, uint64_t size, uint32_t pattern)
{
	struct dxg_cmd_fill fill = {
		.h = { .opcode = DXG_CMD_FILL, .size = sizeof(fill) },
		.dst = dst,
		.size = size,
		.pattern_size = sizeof(pattern),
	};

	memcpy(fill.pattern, &pattern, sizeof(pattern));
	memcpy(cpu, &fill, sizeof(fill));
	return sizeof(fill);
}

uint32_t client_put_copy(void *cpu, uint64_t dst, uint64_t src, uint64_t size)
{
	struct dxg_cmd_copy copy = {
		.h = { .opcode = DXG_CMD_COPY, .size = sizeof(copy) },
		.dst = dst,
		.src = src,
		.size = size,
	};

	memcpy(cpu, &copy, sizeof(copy));
	return sizeof(copy);
}
