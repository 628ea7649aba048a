// SPDX-License-Identifier: MIT
/*
 * vgpu.c - opening and closing adapter, device and paging queue, and the escapes to them.
 *
 * A vgpu is built by one thread and then only read; D3DKMT calls are thread-safe. @lock guards the
 * list of all of them, for the child of a fork. A leaf.
 */
#include "vgpu.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dxgwire/cmd.h"
#include "dxgwire/ntstatus.h"
#include "pool.h"

#define CLOCK_SAMPLES 5

static LIST_HEAD(, vgpu) all = LIST_HEAD_INITIALIZER(all); /* lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t watch_forks = PTHREAD_ONCE_INIT;

static void forking(void)
{
	pthread_mutex_lock(&lock);
}

static void forked_parent(void)
{
	pthread_mutex_unlock(&lock);
}

static void forked_child(void)
{
	struct vgpu *vgpu;

	LIST_FOREACH (vgpu, &all, link) {
		vgpu->inherited = true;
		atomic_store(&vgpu->lost, true);
	}
	pthread_mutex_unlock(&lock);
}

static void register_fork_handlers(void)
{
	pthread_atfork(forking, forked_parent, forked_child);
}

static void list_add(struct vgpu *vgpu)
{
	pthread_once(&watch_forks, register_fork_handlers);
	pthread_mutex_lock(&lock);
	LIST_INSERT_HEAD(&all, vgpu, link);
	pthread_mutex_unlock(&lock);
}

static void list_remove(struct vgpu *vgpu)
{
	pthread_mutex_lock(&lock);
	LIST_REMOVE(vgpu, link);
	pthread_mutex_unlock(&lock);
}

uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int vgpu_probe(struct d3dkmthandle adapter, struct dxg_adapter_private *ret_info)
{
	struct dxg_adapter_private info = { 0 };
	struct d3dkmt_queryadapterinfo query = {
		.adapter = adapter,
		.type = _KMTQAITYPE_UMDRIVERPRIVATE,
		.private_data = dxg_ptr(&info),
		.private_data_size = sizeof(info),
	};
	int err = dxg_status_to_errno(D3DKMTQueryAdapterInfo(&query));

	if (err < 0)
		return err;
	if (info.magic != DXG_ADAPTER_PRIVATE_MAGIC || info.cmd_version != DXG_CMD_VERSION)
		return -ENODEV;
	info.name[sizeof(info.name) - 1] = '\0';
	*ret_info = info;
	return 0;
}

static int open_adapter(struct vgpu *vgpu, struct winluid luid)
{
	struct d3dkmt_openadapterfromluid open = { .adapter_luid = luid };
	struct dxg_adapter_private info;
	int err = dxg_status_to_errno(D3DKMTOpenAdapterFromLuid(&open));

	if (err < 0)
		return err;
	vgpu->adapter = open.adapter_handle;
	err = vgpu_probe(vgpu->adapter, &info);
	if (err < 0)
		return err;
	vgpu->unified = info.flags & DXG_ADAPTER_UNIFIED;
	vgpu->pool = pool_create(vgpu->unified ? 0 : info.system_memory);
	return vgpu->pool ? 0 : -ENOMEM;
}

static int create_device(struct vgpu *vgpu)
{
	struct d3dkmt_createdevice create = { .adapter = vgpu->adapter };
	int err = dxg_status_to_errno(D3DKMTCreateDevice(&create));

	if (err < 0)
		return err;
	vgpu->device = create.device;
	return 0;
}

static int create_paging_queue(struct vgpu *vgpu)
{
	struct d3dkmt_createpagingqueue create = {
		.device = vgpu->device,
		.priority = _D3DDDI_PAGINGQUEUE_PRIORITY_NORMAL,
	};
	int err = dxg_status_to_errno(D3DKMTCreatePagingQueue(&create));

	if (err < 0)
		return err;
	vgpu->paging_queue = create.paging_queue;
	vgpu->paging_sync = create.sync_object;
	vgpu->paging_fence = (const uint64_t *)(uintptr_t)create.fence_cpu_virtual_address;
	return 0;
}

int vgpu_open(struct winluid luid, struct vgpu **ret_vgpu)
{
	struct vgpu *vgpu = calloc(1, sizeof(*vgpu));
	int err;

	if (!vgpu)
		return -ENOMEM;
	list_add(vgpu);
	err = open_adapter(vgpu, luid);
	if (err >= 0)
		err = create_device(vgpu);
	if (err >= 0)
		err = create_paging_queue(vgpu);
	if (err < 0) {
		vgpu_close(vgpu);
		return err;
	}
	*ret_vgpu = vgpu;
	return 0;
}

static void close_all(struct vgpu *vgpu)
{
	if (vgpu->paging_queue.v) {
		struct d3dddi_destroypagingqueue destroy = { .paging_queue = vgpu->paging_queue };

		D3DKMTDestroyPagingQueue(&destroy);
	}
	if (vgpu->device.v) {
		struct d3dkmt_destroydevice destroy = { .device = vgpu->device };

		D3DKMTDestroyDevice(&destroy);
	}
	if (vgpu->adapter.v) {
		struct d3dkmt_closeadapter close = { .adapter_handle = vgpu->adapter };

		D3DKMTCloseAdapter(&close);
	}
}

void vgpu_close(struct vgpu *vgpu)
{
	if (!vgpu)
		return;
	pool_destroy(vgpu->pool);
	if (!vgpu->inherited)
		close_all(vgpu);
	list_remove(vgpu);
	free(vgpu);
}

int vgpu_escape(struct vgpu *vgpu, struct dxg_escape *escape, uint32_t op, uint32_t size)
{
	struct d3dkmt_escape args = {
		.adapter = vgpu->adapter,
		.device = vgpu->device,
		.type = _D3DKMT_ESCAPE_DRIVERPRIVATE,
		.priv_drv_data = dxg_ptr(escape),
		.priv_drv_data_size = size,
	};
	int err;

	if (vgpu->inherited)
		return -ENODEV;
	escape->magic = DXG_ESCAPE_MAGIC;
	escape->op = op;
	escape->size = size;
	escape->status = 0;
	err = dxg_status_to_errno(D3DKMTEscape(&args));
	if (err < 0)
		return err;
	if (escape->magic != DXG_ESCAPE_MAGIC || escape->op != op)
		return -EPROTO;
	return escape->status > 0 ? -EPROTO : escape->status;
}

bool vgpu_check(struct vgpu *vgpu)
{
	struct d3dkmt_getdevicestate state = {
		.device = vgpu->device,
		.state_type = _D3DKMT_DEVICESTATE_EXECUTION,
	};

	if (atomic_load(&vgpu->lost))
		return true;
	if (D3DKMTGetDeviceState(&state) < 0 ||
	    state.execution_state != _D3DKMT_DEVICEEXECUTION_ACTIVE)
		atomic_store(&vgpu->lost, true);
	return atomic_load(&vgpu->lost);
}

void vgpu_fault(struct vgpu *vgpu, char *text, size_t room)
{
	struct dxg_escape_query_fault query = { 0 };

	if (vgpu->inherited)
		snprintf(text, room, "it belongs to the process that this one was forked from");
	else if (vgpu_escape(vgpu, &query.h, DXG_ESCAPE_QUERY_FAULT, sizeof(query)) < 0)
		snprintf(text, room, "the virtual GPU is gone");
	else if (!query.lost)
		snprintf(text, room, "the virtual GPU refused a request");
	else
		snprintf(text, room, "%.*s", (int)sizeof(query.text), query.text);
}

int vgpu_sync_clock(struct vgpu *vgpu)
{
	for (int i = 0; i < CLOCK_SAMPLES; i++) {
		struct dxg_escape_query_clock query = { 0 };
		uint64_t before = monotonic_ns();
		int err = vgpu_escape(vgpu, &query.h, DXG_ESCAPE_QUERY_CLOCK, sizeof(query));

		if (err < 0)
			return err;
		clock_sample(&vgpu->clock, before, query.now_ns, monotonic_ns());
	}
	return 0;
}
