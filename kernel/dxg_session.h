/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_session.h - one connection to a host: a checked private copy of the region's header, two
 * channels, the host events, and the question whether the host is still there.
 *
 * A session is READY from its creation until it is lost, and lost for ever: a host that comes back
 * is a new session on the same transport. Everybody who uses one holds a reference.
 */
#ifndef DXG_SESSION_H
#define DXG_SESSION_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "dxg_channel.h"
#include "dxg_transport.h"
#include "dxgwire/message.h"
#include "dxgwire/region.h"

/**
 * struct dxg_session - see above.
 * @ref: references
 * @transport: owns the region
 * @header: private, checked copy of the region's header
 * @shared: the header itself, for the words that change
 * @io_start: address of the IO space as announced to the host
 * @adapter_channel: where adapter messages go (specification section 2.4)
 * @async: the host takes messages without a reply
 * @lost: set once, never cleared
 * @lost_why: for the log
 * @channel: global and vGPU channel
 * @events: host events by id (dxg_event.h)
 * @next_event: where the search for a free event id starts; its xa_lock
 * @state_counter: raised by the host with every change of any device's state (section 7.6)
 * @waiters: tasks asleep and eventfds armed until the host does something
 * @ping_value: of the last ping; this and the next two are the watchdog's alone
 * @ping_open: it was not answered yet
 * @ping_time: when it was sent (jiffies)
 * @watchdog: pings the host while @waiters is not 0
 * @lost_work: completes everybody after a loss
 * @mapping_lock: guards @mappings
 * @mappings: user mappings of the IO space (dxg_mmap.h)
 */
struct dxg_session {
	struct kref ref;
	struct dxg_transport *transport;
	struct dxg_region_header header;
	struct dxg_region_header *shared;
	u64 io_start;
	u32 adapter_channel;
	bool async;
	atomic_t lost;
	const char *lost_why;
	struct dxg_channel channel[DXG_CHANNELS];
	struct xarray events;
	u32 next_event;
	atomic64_t state_counter;
	atomic_t waiters;
	u32 ping_value;
	bool ping_open;
	unsigned long ping_time;
	struct delayed_work watchdog;
	struct work_struct lost_work;
	struct mutex mapping_lock;
	struct list_head mappings;
};

/* The cookie of CREATEDEVICE: which counter SETGUESTDATA means. There is one per session. */
#define DXG_STATE_COOKIE 1u

int dxg_session_create(struct dxg_transport *transport, struct dxg_session **ret_session);
struct dxg_session *dxg_session_get(struct dxg_session *session);
void dxg_session_put(struct dxg_session *session);
void dxg_session_lose(struct dxg_session *session, const char *why);
void dxg_session_end(struct dxg_session *session, const char *why);
bool dxg_session_interrupt(struct dxg_session *session);
bool dxg_session_alive(struct dxg_session *session);
void dxg_session_wait_begin(struct dxg_session *session);
void dxg_session_wait_end(struct dxg_session *session);
void dxg_session_ring(struct dxg_session *session, u32 vector);
int dxg_session_message(struct dxg_session *session, const void *message, u32 length);
int dxg_session_io_offset(struct dxg_session *session, u64 address, u64 size, u64 *ret_offset);

/** dxg_session_lost - is it over? Once true, always true. */
static inline bool dxg_session_lost(const struct dxg_session *session)
{
	return atomic_read_acquire(&session->lost);
}

#endif /* DXG_SESSION_H */
