/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_loopback.h - the second transport: a region in kernel memory and a host in a thread of the
 * same kernel, for tests. The host answers, stays silent or lies as the test's handler has it.
 *
 * The handler runs in the host's thread, one packet at a time. Whatever a test and its handler
 * share is atomic, a completion, or handed over before dxg_loopback_serve().
 */
#ifndef DXG_LOOPBACK_H
#define DXG_LOOPBACK_H

#include <kunit/test.h>
#include <linux/completion.h>

#include "dxg_adapter.h"
#include "dxg_file.h"
#include "dxg_process.h"
#include "dxg_session.h"
#include "dxg_transport.h"

#define DXG_LOOPBACK_SIZE (256u << 10)
#define DXG_LOOPBACK_IO (64u << 10)
#define DXG_LOOPBACK_RING DXG_RING_SIZE_MIN
#define DXG_LOOPBACK_ADDRESS 0x100000000ull
#define DXG_LOOPBACK_MESSAGE_MAX 2048u

struct dxg_loopback;

/** struct dxg_loopback_packet - what the host has received; @data is a private copy. */
struct dxg_loopback_packet {
	unsigned int channel;
	struct dxg_packet header;
	u8 data[DXG_LOOPBACK_MESSAGE_MAX] __aligned(8);
};

/** dxg_loopback_handler - one packet has come; the host's thread. */
typedef void (*dxg_loopback_handler)(struct dxg_loopback *lb,
				     const struct dxg_loopback_packet *packet);

/**
 * struct dxg_loopback - a region and its host.
 * @transport: the guest's end; the region lives as long as its last reference
 * @header: the region's header, as the host wrote it
 * @rx: from the guest, the host's ends
 * @tx: to the guest
 * @session: rung when the host has sent something; set by the test
 * @handler: the test's; NULL: nothing is taken out of the rings
 * @arg: the handler's own
 * @task: the host
 * @packet: the host's thread alone
 * @rings: doorbells of the host that were rung
 * @lost: how often the transport was told that its session is lost
 * @silent: the host answers neither pings nor epochs
 * @released: the region is gone
 */
struct dxg_loopback {
	struct dxg_transport transport;
	struct dxg_region_header *header;
	struct dxg_ring rx[DXG_CHANNELS];
	struct dxg_ring tx[DXG_CHANNELS];
	struct dxg_session *session;
	dxg_loopback_handler handler;
	void *arg;
	struct task_struct *task;
	struct dxg_loopback_packet packet;
	atomic_t rings;
	atomic_t lost;
	bool silent;
	bool released;
};

int dxg_loopback_start(struct kunit_suite *suite);
struct dxg_loopback *dxg_loopback_create(struct kunit *test);
struct dxg_session *dxg_loopback_connect(struct kunit *test, struct dxg_loopback *lb);
void dxg_loopback_serve(struct kunit *test, struct dxg_loopback *lb, dxg_loopback_handler handler,
			void *arg);
void dxg_loopback_stop(struct dxg_loopback *lb);
void dxg_loopback_end(struct kunit *test, struct dxg_loopback *lb);
int dxg_loopback_send(struct dxg_loopback *lb, unsigned int channel, u16 kind, u64 id,
		      const void *data, u32 length);
struct dxg_process *dxg_loopback_process(struct kunit *test, struct dxg_session *session);

#endif /* DXG_LOOPBACK_H */
