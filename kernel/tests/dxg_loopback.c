// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_loopback.c - see dxg_loopback.h.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "dxg_loopback.h"

static struct dxg_loopback *dxg_transport_loopback(struct dxg_transport *transport)
{
	return container_of(transport, struct dxg_loopback, transport);
}

static void dxg_loopback_ring(struct dxg_transport *transport, u32 peer, u32 vector)
{
	atomic_inc(&dxg_transport_loopback(transport)->rings);
}

static unsigned long dxg_loopback_pfn(struct dxg_transport *transport, u64 offset)
{
	return vmalloc_to_pfn(transport->base + offset);
}

static u64 dxg_loopback_guest_address(struct dxg_transport *transport, u64 offset)
{
	return DXG_LOOPBACK_ADDRESS + offset;
}

static void dxg_loopback_lost(struct dxg_transport *transport)
{
	atomic_inc(&dxg_transport_loopback(transport)->lost);
}

static void dxg_loopback_release(struct dxg_transport *transport)
{
	vfree(transport->base);
	dxg_transport_loopback(transport)->released = true;
}

static const struct dxg_transport_ops dxg_loopback_ops = {
	.name = "loopback",
	.ring = dxg_loopback_ring,
	.pfn = dxg_loopback_pfn,
	.guest_address = dxg_loopback_guest_address,
	.lost = dxg_loopback_lost,
	.release = dxg_loopback_release,
};

static struct dxg_region_ring dxg_loopback_layout_ring(unsigned int n)
{
	return (struct dxg_region_ring){
		.ctl = DXG_REGION_HEADER_SIZE + n * sizeof(struct dxg_ring_ctl),
		.data = 2 * DXG_REGION_HEADER_SIZE + n * DXG_LOOPBACK_RING,
		.size = DXG_LOOPBACK_RING,
	};
}

static void dxg_loopback_layout(struct dxg_region_header *h)
{
	unsigned int i;

	*h = (struct dxg_region_header){
		.magic = DXG_REGION_MAGIC,
		.layout_version = DXG_REGION_LAYOUT_VERSION,
		.header_size = DXG_REGION_HEADER_SIZE,
		.region_size = DXG_LOOPBACK_SIZE,
		.interface_version = DXG_INTERFACE_VERSION,
		.io_offset = DXG_LOOPBACK_IO,
		.io_size = DXG_LOOPBACK_SIZE - DXG_LOOPBACK_IO,
		.channel_count = DXG_CHANNELS,
		.state = DXG_SESSION_READY,
		.generation = 1,
	};
	for (i = 0; i < DXG_CHANNELS; i++) {
		h->channel[i].to_host = dxg_loopback_layout_ring(2 * i);
		h->channel[i].to_guest = dxg_loopback_layout_ring(2 * i + 1);
	}
}

static void dxg_loopback_start_rings(struct dxg_loopback *lb)
{
	void *base = lb->transport.base;
	unsigned int i;

	for (i = 0; i < DXG_CHANNELS; i++) {
		const struct dxg_region_channel *c = &lb->header->channel[i];

		dxg_ring_init(&lb->rx[i], base + c->to_host.ctl, base + c->to_host.data,
			      c->to_host.size);
		dxg_ring_init(&lb->tx[i], base + c->to_guest.ctl, base + c->to_guest.data,
			      c->to_guest.size);
	}
}

/** dxg_loopback_create - a region that a guest can use at once; freed with the test. */
struct dxg_loopback *dxg_loopback_create(struct kunit *test)
{
	struct dxg_loopback *lb = kunit_kzalloc(test, sizeof(*lb), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, lb);
	lb->transport.base = vzalloc(DXG_LOOPBACK_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, lb->transport.base);
	lb->transport.ops = &dxg_loopback_ops;
	kref_init(&lb->transport.ref);
	lb->transport.size = DXG_LOOPBACK_SIZE;
	lb->transport.vectors = 1;
	lb->transport.exclusive = true;
	lb->header = lb->transport.base;
	dxg_loopback_layout(lb->header);
	dxg_loopback_start_rings(lb);
	return lb;
}

/** dxg_loopback_connect - a session on it, with asynchronous messages. */
struct dxg_session *dxg_loopback_connect(struct kunit *test, struct dxg_loopback *lb)
{
	struct dxg_session *session = NULL;

	KUNIT_ASSERT_EQ(test, dxg_session_create(&lb->transport, &session), 0);
	session->async = true;
	session->adapter_channel = DXG_CHANNEL_GLOBAL;
	/* Pairs with the acquire of the host's thread. */
	smp_store_release(&lb->session, session);
	return session;
}

static void dxg_loopback_answer_header(struct dxg_loopback *lb)
{
	u32 epoch = dxg_load_acquire(&lb->header->epoch);

	if (lb->silent)
		return;
	if (epoch != lb->header->epoch_ack) {
		memset(lb->transport.base + DXG_REGION_HEADER_SIZE, 0, DXG_REGION_HEADER_SIZE);
		dxg_loopback_start_rings(lb);
		dxg_store_release(&lb->header->epoch_ack, epoch);
	}
	dxg_store(&lb->header->pong, dxg_load(&lb->header->ping));
}

/* Return: there was one, and it was handled. */
static bool dxg_loopback_receive(struct dxg_loopback *lb, unsigned int channel)
{
	struct dxg_loopback_packet *packet = &lb->packet;
	struct dxg_ring *ring = &lb->rx[channel];
	/* Pairs with the release in connect. */
	struct dxg_session *session = smp_load_acquire(&lb->session);

	if (dxg_ring_peek(ring, &packet->header) <= 0)
		return false;
	packet->channel = channel;
	dxg_ring_read(ring, 0, packet->data, min(packet->header.length, DXG_LOOPBACK_MESSAGE_MAX));
	dxg_ring_consume(ring, packet->header.length);
	if (dxg_ring_release(ring) && session)
		dxg_session_interrupt(session);
	lb->handler(lb, packet);
	return true;
}

static int dxg_loopback_host(void *arg)
{
	struct dxg_loopback *lb = arg;
	unsigned int i;

	while (!kthread_should_stop()) {
		dxg_loopback_answer_header(lb);
		for (i = 0; lb->handler && i < DXG_CHANNELS; i++)
			while (dxg_loopback_receive(lb, i))
				cond_resched();
		usleep_range(20, 100);
	}
	return 0;
}

/** dxg_loopback_serve - start the host. @handler: NULL leaves the rings alone. */
void dxg_loopback_serve(struct kunit *test, struct dxg_loopback *lb, dxg_loopback_handler handler,
			void *arg)
{
	lb->handler = handler;
	lb->arg = arg;
	lb->task = kthread_run(dxg_loopback_host, lb, "dxg_loopback");
	KUNIT_ASSERT_FALSE(test, IS_ERR(lb->task));
}

/** dxg_loopback_stop - the host is gone without a word. */
void dxg_loopback_stop(struct dxg_loopback *lb)
{
	if (lb->task)
		kthread_stop(lb->task);
	lb->task = NULL;
}

/** dxg_loopback_end - end session and host; the region must be given up by then. */
void dxg_loopback_end(struct kunit *test, struct dxg_loopback *lb)
{
	dxg_loopback_stop(lb);
	if (lb->session) {
		dxg_session_end(lb->session, "end of the test");
		KUNIT_EXPECT_EQ(test, atomic_read(&lb->lost), 1);
		dxg_session_put(lb->session);
	}
	dxg_transport_put(&lb->transport);
	KUNIT_EXPECT_TRUE(test, lb->released);
}

/*
 * A packet for the guest, and its interrupt; the host's thread, or no host at all. Return: 0, or as
 * dxg_ring_put().
 */
int dxg_loopback_send(struct dxg_loopback *lb, unsigned int channel, u16 kind, u64 id,
		      const void *data, u32 length)
{
	struct dxg_ring_part part = { .base = data, .len = length };
	int err = dxg_ring_put(&lb->tx[channel], kind, id, &part, 1);

	if (err)
		return err;
	dxg_ring_publish(&lb->tx[channel]);
	while (dxg_session_interrupt(lb->session))
		cond_resched();
	return 0;
}

/** dxg_loopback_process - a process with a file of its own, on an adapter made of @session. */
struct dxg_process *dxg_loopback_process(struct kunit *test, struct dxg_session *session)
{
	struct dxg_adapter *adapter = kunit_kzalloc(test, sizeof(*adapter), GFP_KERNEL);
	struct dxg_process *process = kunit_kzalloc(test, sizeof(*process), GFP_KERNEL);
	struct dxg_file *file = kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, adapter);
	KUNIT_ASSERT_NOT_NULL(test, process);
	KUNIT_ASSERT_NOT_NULL(test, file);
	kref_init(&adapter->ref);
	INIT_LIST_HEAD(&adapter->node);
	adapter->session = session;
	dxg_table_init(&file->objects);
	process->adapter = adapter;
	process->file = file;
	dxg_once_init(&process->started);
	spin_lock_init(&process->sysmem_lock);
	INIT_LIST_HEAD(&process->sysmems);
	return process;
}
