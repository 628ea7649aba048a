// SPDX-License-Identifier: MIT
/*
 * sysmem: see sysmem.h. The descriptor of the RAM file goes over the worker's socket, the pages
 * over its ring right behind, so the worker finds the one when it gets to the other. A worker that
 * cannot map them says so, and so does the reply to the guest; that allocation stays unusable.
 */
#include "sysmem.h"

#include <errno.h>
#include <stdlib.h>

#include "allocation.h"
#include "device.h"
#include "dxgwire/message.h"
#include "ipc/ipc.h"
#include "process.h"
#include "ram.h"
#include "request.h"
#include "session.h"
#include "worker.h"

/** struct pages_call - pages on their way into a worker; @end: the reply to the guest. */
struct pages_call {
	struct worker_call call;
	struct completion *end;
};

static struct ipc_run sysmem_runs[DXG_SYSMEM_PAGES_PER_MESSAGE]; /* the one thread's */

int sysmem_create(uint64_t size, bool read_only, struct sysmem **ret_sysmem)
{
	struct sysmem *sysmem;

	if (!size || size % DXG_PAGE_SIZE || size >> DXG_PAGE_SHIFT > UINT32_MAX)
		return -EINVAL;
	sysmem = calloc(1, sizeof(*sysmem));
	if (!sysmem)
		return -ENOMEM;
	sysmem->pages = (uint32_t)(size >> DXG_PAGE_SHIFT);
	sysmem->read_only = read_only;
	*ret_sysmem = sysmem;
	return 0;
}

void sysmem_destroy(struct sysmem *sysmem, struct process *process)
{
	if (!sysmem)
		return;
	process->sysmem_runs -= sysmem->runs;
	free(sysmem);
}

/* Hyper-V's way to name pages; there are no GPADLs on our transports. */
int sysmem_handle_store(struct request *rq)
{
	(void)rq;
	return -EPERM;
}

/* From page frames to runs of pages of the RAM file. */
static int runs_collect(const struct ram *ram, const uint8_t *pfns, uint32_t n, uint32_t *ret_count)
{
	struct ipc_run *run = NULL;
	uint32_t i, page, count = 0;
	int err;

	for (i = 0; i < n; i++) {
		err = ram_page(ram, request_u64(pfns, i), &page);
		if (err)
			return err;
		if (run && page == run->page + run->count) {
			run->count++;
			continue;
		}
		run = &sysmem_runs[count++];
		*run = (struct ipc_run){ page, 1 };
	}
	*ret_count = count;
	return 0;
}

static const char *pages_mapped(struct worker_call *call, int err, const void *reply, uint32_t len)
{
	struct pages_call *pages = avl_entry(call, struct pages_call, call);
	const struct ipc_reply *r = reply;
	const char *bad = !err && len != sizeof(*r) ? "alloc_pages.length" : NULL;

	if (!err && !bad)
		err = r->status > 0 ? -EIO : r->status;
	completion_put(pages->end, bad ? -ENODEV : err);
	free(pages);
	return bad;
}

static int pages_send(struct request *rq, const struct allocation *allocation, uint32_t count)
{
	const struct ram *ram = rq->session->ram;
	struct ipc_alloc_pages msg = {
		.h = { .op = IPC_ALLOC_PAGES },
		.id = allocation->id,
		.first = allocation->sysmem->told,
		.runs = count,
	};
	struct ipc_pass pass = { .id = allocation->id };
	struct dxg_ring_part part[] = {
		{ &msg, sizeof(msg) },
		{ sysmem_runs, count * (uint32_t)sizeof(sysmem_runs[0]) },
	};
	struct worker *worker = allocation->device->worker;
	struct pages_call *pages = calloc(1, sizeof(*pages));
	int err = -ENOMEM;

	if (pages)
		pages->end = completion_create(rq);
	if (pages && pages->end)
		err = worker_pass(worker, &pass, sizeof(pass),
				  allocation->sysmem->read_only ? ram->read_fd : ram->fd);
	if (err) {
		if (pages)
			completion_drop(pages->end);
		free(pages);
		return err;
	}
	worker_call(worker, &pages->call, pages_mapped, part, 2);
	return 0;
}

static int pages_check(struct request *rq, const struct dxg_msg_setexistingsysmempages *msg,
		       struct allocation **ret_allocation)
{
	struct device *device = device_lookup(rq, msg->device);
	struct allocation *allocation = allocation_lookup(rq->process, msg->allocation);
	struct sysmem *sysmem = allocation ? allocation->sysmem : NULL;

	if (!rq->session->ram)
		return -EPERM;
	if (!device || !sysmem || allocation->device != device || !msg->num_pages ||
	    msg->num_pages > DXG_SYSMEM_PAGES_PER_MESSAGE ||
	    msg->alloc_offset_in_pages != sysmem->told ||
	    msg->num_pages > sysmem->pages - sysmem->told)
		return -EINVAL;
	if (!device->worker || device->lost)
		return -ENODEV;
	*ret_allocation = allocation;
	return 0;
}

/*
 * Is what follows the message its pages? The reference guest always sends a full message, whatever
 * the number (specification, check list 7).
 */
static bool pages_fit(struct request *rq, const struct dxg_msg_setexistingsysmempages *msg)
{
	const uint64_t full = DXG_SYSMEM_PAGES_PER_MESSAGE * sizeof(uint64_t);

	if (rq->len - sizeof(*msg) == full)
		return true;
	return request_tail(rq, sizeof(*msg), msg->num_pages * sizeof(uint64_t));
}

int sysmem_handle_pages(struct request *rq)
{
	const struct dxg_msg_setexistingsysmempages *msg = (const void *)rq->msg;
	struct process *process = rq->process;
	struct allocation *allocation;
	uint32_t runs;
	int err;

	if (!pages_fit(rq, msg))
		return -EPROTO;
	err = pages_check(rq, msg, &allocation);
	if (!err)
		err = runs_collect(rq->session->ram, rq->msg + sizeof(*msg), msg->num_pages, &runs);
	if (!err && runs > DXG_SYSMEM_RUNS_PER_PROCESS - process->sysmem_runs)
		err = -EDQUOT;
	if (!err)
		err = pages_send(rq, allocation, runs);
	if (err)
		return err;
	allocation->sysmem->told += msg->num_pages;
	allocation->sysmem->runs += runs;
	process->sysmem_runs += runs;
	return 0;
}
