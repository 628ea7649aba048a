// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_session.c - start, liveness and end of a session. See dxg_session.h.
 *
 * The region's header is copied once and checked; afterwards only single words of it are read
 * (state, pong, epoch_ack) or written (epoch, ping, guest_*), each with one access.
 *
 * A session is lost in any context by dxg_session_lose(), which only sets a flag; lost_work then
 * completes everybody. From the flag on nothing is written to the region any more.
 */
#define pr_fmt(fmt) "dxgkrnl: " fmt

#include <linux/iopoll.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "dxg_drv.h"
#include "dxg_event.h"
#include "dxg_mmap.h"
#include "dxg_session.h"
#include "dxg_trace.h"

static void dxg_session_watchdog(struct work_struct *work);
static void dxg_session_lost_work(struct work_struct *work);

/* Copy the header and look whether a guest can work with it. */
static int dxg_session_read_header(struct dxg_session *session)
{
	const char *bad;

	memcpy(&session->header, session->shared, sizeof(session->header));
	bad = dxg_region_check(&session->header, session->transport->size,
			       session->transport->vectors);
	if (!bad)
		return 0;
	pr_info("%s: region not usable: header field %s\n", session->transport->ops->name, bad);
	return -ENODEV;
}

/* Have the host forget whoever used the region before. */
static int dxg_session_handshake(struct dxg_session *session)
{
	struct dxg_region_header *shared = session->shared;
	u32 epoch, ack = dxg_load(&shared->epoch_ack);

	do
		epoch = get_random_u32();
	while (!epoch || epoch == ack);
	dxg_store_release(&shared->epoch, epoch);
	dxg_session_ring(session, session->header.channel[DXG_CHANNEL_GLOBAL].to_host.vector);
	if (read_poll_timeout(dxg_load_acquire, ack, ack == epoch, 20, DXG_EPOCH_TIMEOUT_MS * 1000,
			      false, &shared->epoch_ack)) {
		pr_debug("%s: no answer to the epoch\n", session->transport->ops->name);
		return -ETIMEDOUT;
	}
	return dxg_session_read_header(session);
}

static void dxg_session_init(struct dxg_session *session, struct dxg_transport *transport)
{
	kref_init(&session->ref);
	session->transport = dxg_transport_get(transport);
	session->shared = transport->base;
	session->adapter_channel = DXG_CHANNEL_VGPU;
	xa_init_flags(&session->events, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_IRQ);
	mutex_init(&session->mapping_lock);
	INIT_LIST_HEAD(&session->mappings);
	INIT_DELAYED_WORK(&session->watchdog, dxg_session_watchdog);
	INIT_WORK(&session->lost_work, dxg_session_lost_work);
}

/**
 * dxg_session_create - read the header, shake hands, start the rings.
 * @transport: gains a reference
 * @ret_session: with the caller's reference; no message was sent yet
 *
 * Return: 0; -ENODEV not a region of ours (a message names the field) or not served; -ETIMEDOUT the
 * host does not answer; -ENOMEM.
 */
int dxg_session_create(struct dxg_transport *transport, struct dxg_session **ret_session)
{
	struct dxg_session *session;
	int i, err;

	if (transport->size < DXG_REGION_HEADER_SIZE)
		return -ENODEV;
	session = kvzalloc(sizeof(*session), GFP_KERNEL);
	if (!session)
		return -ENOMEM;
	dxg_session_init(session, transport);
	err = dxg_session_read_header(session);
	if (!err && !transport->exclusive)
		err = dxg_session_handshake(session);
	if (err)
		goto err_put;
	session->io_start = transport->ops->guest_address(transport, session->header.io_offset);
	for (i = 0; i < DXG_CHANNELS; i++)
		dxg_channel_init(&session->channel[i], session, i);
	if (session->header.state != DXG_SESSION_READY) {
		pr_debug("%s: the host does not serve this region\n", transport->ops->name);
		err = -ENODEV;
		goto err_put;
	}
	trace_dxg_session(transport->device, session->header.vgpu_luid_low,
			  session->header.generation, "started");
	dxg_store(&session->shared->guest_caps, DXG_GUESTCAP_LINUX);
	dxg_store(&session->shared->guest_version, DXG_INTERFACE_VERSION);
	*ret_session = session;
	return 0;

err_put:
	atomic_set(&session->lost, 1);
	dxg_session_put(session);
	return err;
}

/** dxg_session_get - one more reference. */
struct dxg_session *dxg_session_get(struct dxg_session *session)
{
	kref_get(&session->ref);
	return session;
}

static void dxg_session_release(struct kref *ref)
{
	struct dxg_session *session = container_of(ref, struct dxg_session, ref);

	cancel_delayed_work_sync(&session->watchdog);
	xa_destroy(&session->events);
	mutex_destroy(&session->mapping_lock);
	dxg_transport_put(session->transport);
	kvfree(session);
}

/** dxg_session_put - drop a reference; may sleep; NULL is fine. */
void dxg_session_put(struct dxg_session *session)
{
	if (session)
		kref_put(&session->ref, dxg_session_release);
}

/** dxg_session_ring - ring one of the host's doorbells; any context. */
void dxg_session_ring(struct dxg_session *session, u32 vector)
{
	session->transport->ops->ring(session->transport, session->header.host_peer, vector);
}

/**
 * dxg_session_lose - the session is over; any context.
 * @session: the session
 * @why: static text for the log
 */
void dxg_session_lose(struct dxg_session *session, const char *why)
{
	if (atomic_cmpxchg(&session->lost, 0, 1))
		return;
	session->lost_why = why;
	dxg_session_get(session);
	queue_work(dxg_session_wq, &session->lost_work);
}

/** dxg_session_end - lose the session and wait until everybody has been told; sleeps. */
void dxg_session_end(struct dxg_session *session, const char *why)
{
	dxg_session_lose(session, why);
	flush_work(&session->lost_work);
}

static void dxg_session_lost_work(struct work_struct *work)
{
	struct dxg_session *session = container_of(work, struct dxg_session, lost_work);
	int i;

	trace_dxg_session(session->transport->device, session->header.vgpu_luid_low,
			  session->header.generation, session->lost_why);
	pr_info("%s: session ended: %s\n", session->transport->ops->name, session->lost_why);
	dxg_mapping_lose_all(session);
	for (i = 0; i < DXG_CHANNELS; i++)
		dxg_channel_fail(&session->channel[i]);
	dxg_event_fire_all(session);
	session->transport->ops->lost(session->transport);
	dxg_session_put(session);
}

/** dxg_session_alive - is it, as far as the header tells? Any context. */
bool dxg_session_alive(struct dxg_session *session)
{
	if (dxg_session_lost(session))
		return false;
	if (likely(dxg_load(&session->shared->state) == DXG_SESSION_READY))
		return true;
	dxg_session_lose(session, "the host ended it");
	return false;
}

/**
 * dxg_session_interrupt - a doorbell rang; hard interrupt or thread.
 * @session: the session
 *
 * Return: call again, but not from a hard interrupt.
 */
bool dxg_session_interrupt(struct dxg_session *session)
{
	bool more = false;
	int i;

	if (!dxg_session_alive(session))
		return false;
	for (i = 0; i < DXG_CHANNELS; i++) {
		if (wq_has_sleeper(&session->channel[i].tx_wait))
			wake_up_all(&session->channel[i].tx_wait);
		more |= dxg_channel_receive(&session->channel[i]);
	}
	return more;
}

/**
 * dxg_session_wait_begin - something waits for the host: see to it that the host is there.
 * @session: whose host
 *
 * Any context; dxg_session_wait_end() afterwards.
 */
void dxg_session_wait_begin(struct dxg_session *session)
{
	atomic_inc(&session->waiters);
	smp_mb__after_atomic(); /* the watchdog counts waiters after it stopped being pending */
	if (!delayed_work_pending(&session->watchdog))
		queue_delayed_work(dxg_session_wq, &session->watchdog,
				   msecs_to_jiffies(DXG_PING_INTERVAL_MS));
}

/** dxg_session_wait_end - undo dxg_session_wait_begin(); any context. */
void dxg_session_wait_end(struct dxg_session *session)
{
	atomic_dec(&session->waiters);
}

static void dxg_session_ping(struct dxg_session *session)
{
	session->ping_value++;
	session->ping_open = true;
	session->ping_time = jiffies;
	dxg_store_release(&session->shared->ping, session->ping_value);
	dxg_session_ring(session, session->channel[DXG_CHANNEL_GLOBAL].host_vector);
}

static void dxg_session_watchdog(struct work_struct *work)
{
	struct dxg_session *session =
		container_of(to_delayed_work(work), struct dxg_session, watchdog);

	if (!atomic_read(&session->waiters) || !dxg_session_alive(session))
		return;
	if (session->ping_open && dxg_load(&session->shared->pong) == session->ping_value)
		session->ping_open = false;
	if (!session->ping_open) {
		dxg_session_ping(session);
	} else if (time_after_eq(jiffies,
				 session->ping_time + msecs_to_jiffies(DXG_PONG_TIMEOUT_MS))) {
		dxg_session_lose(session, "the host does not answer");
		return;
	}
	queue_delayed_work(dxg_session_wq, &session->watchdog,
			   msecs_to_jiffies(DXG_PING_INTERVAL_MS));
}

static int dxg_session_signal(struct dxg_session *session, const void *message, u32 length)
{
	struct dxg_msg_signalguestevent signal;

	if (length < sizeof(signal))
		return -EPROTO;
	memcpy(&signal, message, sizeof(signal));
	dxg_event_fire(session, signal.event);
	return 0;
}

static int dxg_session_guest_data(struct dxg_session *session, const void *message, u32 length)
{
	struct dxg_msg_setguestdata data;

	if (length < sizeof(data))
		return -EPROTO;
	memcpy(&data, message, sizeof(data));
	if (data.cookie == DXG_STATE_COOKIE)
		atomic64_inc(&session->state_counter);
	return 0;
}

/**
 * dxg_session_message - a host-to-guest message (specification section 4.3); any context.
 * @session: the session
 * @message: private copy of its start
 * @length: bytes of @message
 *
 * Return: 0, also for types that carry nothing for us; -EPROTO malformed.
 */
int dxg_session_message(struct dxg_session *session, const void *message, u32 length)
{
	struct dxg_msg_header h;

	if (length < sizeof(h))
		return -EPROTO;
	memcpy(&h, message, sizeof(h));
	if ((h.channel & 0xff) != DXG_MSG_HOST_TO_VM)
		return -EPROTO;
	switch (h.type) {
	case DXG_MSG_SIGNALGUESTEVENT:
		return dxg_session_signal(session, message, length);
	case DXG_MSG_SETGUESTDATA:
		return dxg_session_guest_data(session, message, length);
	}
	return 0;
}

/**
 * dxg_session_io_offset - from an address in a reply to an offset in the region.
 * @session: the session
 * @address: as the host gave it
 * @size: bytes that are going to be used, a multiple of the page size
 * @ret_offset: offset from the start of the region
 *
 * Return: 0; -EPROTO when it is not whole pages of the IO space (its last page is never used).
 */
int dxg_session_io_offset(struct dxg_session *session, u64 address, u64 size, u64 *ret_offset)
{
	u64 io_size = session->header.io_size;
	u64 offset = address - session->io_start;

	if (address < session->io_start || !size || size >= io_size)
		return -EPROTO;
	if ((offset | size) & (DXG_PAGE_SIZE - 1) || offset >= io_size - size)
		return -EPROTO;
	*ret_offset = session->header.io_offset + offset;
	return 0;
}
