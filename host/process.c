// SPDX-License-Identifier: MIT
/*
 * process: see process.h.
 */
#include "process.h"

#include <errno.h>
#include <stdlib.h>

#include "adapter.h"
#include "audit.h"
#include "cpuwait.h"
#include "daemon.h"
#include "deadline.h"
#include "device.h"
#include "dxgwire/message.h"
#include "fence.h"
#include "log.h"
#include "progstore.h"
#include "region.h"
#include "request.h"
#include "session.h"
#include "vaspace.h"
#include "vgpu.h"
#include "vidmm/gpuva.h"
#include "vidmm/vidmm.h"
#include "vidsch/vidsch.h"
#include "worker.h"

#define PROCESS_FLAGS_KNOWN DXG_MSG_PROCESS_LINUX
#define PROCESS_LEAVE_MS 15000u /* longer than the end of a worker takes */

struct process *process_next(const struct process *process)
{
	return LIST_NEXT(process, link);
}

struct adapter *process_adapter(const struct process *process)
{
	return process->session->vgpu->adapter;
}

int process_count(uint32_t *count, uint32_t limit)
{
	if (*count >= limit)
		return -EDQUOT;
	++*count;
	return 0;
}

static void process_free(struct process *process)
{
	struct session *session = process->session;

	deadline_destroy(process->retry);
	vidsch_process_destroy(process->sch, NULL, NULL);
	vidmm_process_destroy(process->mm);
	gpuva_destroy(process->va);
	handle_table_destroy(process->objects);
	LIST_REMOVE(process, link);
	session->process_count--;
	completion_put(process->end, 0);
	free(process);
	session_process_gone(session);
}

/* ---- its worker ---- */

static void process_worker_lost(void *owner, int err, const char *why)
{
	struct process *process = owner;
	struct session *session = process->session;
	const struct config_vgpu *config = &session->vgpu->config;
	bool hung = err == -ETIMEDOUT;
	char text[DXG_FAULT_TEXT_MAX];
	struct device *device;

	if (hung) {
		session->vgpu->tdrs++;
		snprintf(text, sizeof(text), "%s within the limit of vGPU %s, tdr_s=%u", why,
			 config->name, config->tdr_s);
		why = text;
	}
	audit("worker-lost", "{s:I, s:s, s:s, s:I, s:s}", "session", (json_int_t)session->id,
	      "vgpu", session->vgpu->config.name, "process", process->name, "pid",
	      (json_int_t)worker_pid(process->worker), "reason", why);
	LIST_FOREACH (device, &process->devices, link)
		device_lose(device,
			    hung ? _D3DKMT_DEVICEEXECUTION_HUNG : _D3DKMT_DEVICEEXECUTION_RESET,
			    why);
}

static void process_worker_gone(void *owner)
{
	struct process *process = owner;
	struct worker *worker = process->worker;
	struct device *device;

	LIST_FOREACH (device, &process->devices, link)
		device_worker_gone(device);
	process->worker = NULL;
	worker_destroy(worker);
	if (process->dying)
		process_free(process);
	else
		device_deliver_all(process);
}

static uint32_t process_patience(const void *owner)
{
	const struct process *process = owner;

	return process->session->vgpu->config.tdr_s * 1000;
}

static const struct worker_events process_worker_events = {
	.lost = process_worker_lost,
	.gone = process_worker_gone,
	.patience_ms = process_patience,
};

int process_get_worker(struct process *process)
{
	const struct region *region = process->session->region;
	struct progstore *store = vgpu_store(process->session->vgpu);
	struct ipc_start start;
	int err;

	if (process->worker)
		return worker_is_alive(process->worker) ? 0 : -EBUSY;
	adapter_start_message(process_adapter(process), &start);
	start.region_size = region->size;
	start.io_offset = region->layout.io_offset;
	start.io_size = region->layout.io_size;
	start.flags = store ? IPC_START_CACHE : 0;
	err = worker_create(process->session->daemon, &start, region->fd, store,
			    &process_worker_events, process, &process->worker);
	/* A zygote that cannot fork at the moment is a failure; -EAGAIN would try in every turn. */
	return err == -EAGAIN ? -EBUSY : err;
}

/*
 * May its worker end slowly, to hand over what it has built? Not when somebody waits for its pages:
 * a new guest on the same region, or the guest that lent them; and not when dxgd itself ends.
 */
static bool process_may_retire(const struct process *process)
{
	const struct session *session = process->session;

	return process->worker && session->state != SESSION_RESETTING && !process->sysmem_runs &&
	       !session->daemon->stopping && worker_may_retire(process->worker);
}

/* It takes too long: who is short of memory is told so again. */
static void process_stays(void *arg)
{
	struct process *process = arg;

	vidmm_process_set_leaving(process->mm, false);
	turn_soon(&process->session->daemon->turn);
}

/* Who is short of memory that this process still has waits for it, but not for ever. */
static void process_leave(struct process *process)
{
	deadline_destroy(process->retry);
	process->retry = NULL;
	if (deadline_create(&process->session->daemon->loop, process_stays, process,
			    &process->retry))
		return;
	deadline_set(process->retry, PROCESS_LEAVE_MS);
	vidmm_process_set_leaving(process->mm, true);
}

void process_destroy(struct process *process, struct completion *end)
{
	struct session *session = process->session;
	bool retire;

	if (process->dying) {
		completion_put(end, 0);
		return;
	}
	process->dying = true;
	process->end = end;
	retire = process_may_retire(process);
	if (process->worker && !retire)
		worker_kill(process->worker);
	handle_free(session->handles, process->handle, HANDLE_PROCESS);
	cpuwait_end_all(process);
	device_abort_all(process);
	while (!LIST_EMPTY(&process->devices))
		device_destroy(LIST_FIRST(&process->devices), NULL);
	fence_destroy_notifications(process);
	if (retire)
		worker_retire(process->worker);
	if (process->worker)
		process_leave(process);
	else
		process_free(process);
}

/* ---- messages ---- */

static void process_set_name(struct process *process, const uint16_t *name)
{
	size_t i;

	for (i = 0; i < sizeof(process->name) - 1 && name[i]; i++)
		process->name[i] = name[i] >= ' ' && name[i] < 0x7f ? (char)name[i] : '?';
	process->name[i] = 0;
}

static int process_open(struct process *process)
{
	struct vgpu *vgpu = process->session->vgpu;
	int err;

	err = handle_table_create(0, &process->objects);
	if (!err)
		err = gpuva_create(VASPACE_START, VASPACE_END, 0, &process->va);
	if (!err)
		err = vidmm_process_create(vgpu->mm, DXG_ALLOCATIONS_PER_PROCESS, &process->mm);
	if (!err)
		err = vidsch_process_create(vgpu->sch, &process->sch);
	if (!err)
		err = handle_alloc(process->session->handles, HANDLE_PROCESS, process,
				   &process->handle);
	return err;
}

static int process_create(struct session *session, struct process **ret_process)
{
	struct process *process;
	int err;

	err = process_count(&session->process_count, DXG_PROCESSES_PER_SESSION);
	if (err)
		return err;
	process = calloc(1, sizeof(*process));
	if (!process) {
		session->process_count--;
		return -ENOMEM;
	}
	process->session = session;
	LIST_INIT(&process->devices);
	LIST_INIT(&process->unborn);
	LIST_INIT(&process->notifications);
	LIST_INIT(&process->cpu_waits);
	LIST_INSERT_HEAD(&session->processes, process, link);
	err = process_open(process);
	if (err) {
		process_free(process);
		return err;
	}
	*ret_process = process;
	return 0;
}

int process_handle_create(struct request *rq)
{
	static const uint8_t zero[sizeof(((struct dxg_msg_createprocess *)0)->pad)];
	const struct dxg_msg_createprocess *msg = (const void *)rq->msg;
	struct dxg_msg_createprocess_return reply;
	struct process *process;
	int err;

	if ((msg->flags & ~PROCESS_FLAGS_KNOWN) || memcmp(msg->pad, zero, sizeof(zero)) ||
	    msg->name[DXG_PROCESS_NAME_MAX])
		return -EINVAL;
	err = process_create(rq->session, &process);
	if (err)
		return err;
	process->pid = msg->process_id;
	process_set_name(process, msg->name);
	reply.process = process->handle;
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

int process_handle_destroy(struct request *rq)
{
	struct completion *end = completion_create(rq);

	if (!end)
		return -ENOMEM;
	process_destroy(rq->process, end);
	rq->process = NULL;
	return 0;
}
