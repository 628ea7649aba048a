/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_transport.h - how a session's region and its doorbells reach the module. A transport maps the
 * region, owns the interrupts and calls dxg_session_interrupt(); everything above it is the same
 * for every transport.
 *
 * A transport lives until its last reference is gone: sessions and user mappings hold one, so that
 * the kernel mapping of the region outlives whoever may still read it.
 */
#ifndef DXG_TRANSPORT_H
#define DXG_TRANSPORT_H

#include <linux/kref.h>
#include <linux/types.h>

struct dxg_transport;

/** struct dxg_transport_ops - what a transport does for a session. */
struct dxg_transport_ops {
	/** @name: for messages. */
	const char *name;
	/** @ring: ring host doorbell @vector of peer @peer; any context, never sleeps. */
	void (*ring)(struct dxg_transport *transport, u32 peer, u32 vector);
	/** @pfn: page frame of byte @offset of the region; any context. */
	unsigned long (*pfn)(struct dxg_transport *transport, u64 offset);
	/** @guest_address: the address at which the guest sees byte @offset of the region. */
	u64 (*guest_address)(struct dxg_transport *transport, u64 offset);
	/** @lost: the transport's session was lost; process context, once per session. */
	void (*lost)(struct dxg_transport *transport);
	/** @release: the last reference is gone: unmap and free; may sleep. */
	void (*release)(struct dxg_transport *transport);
};

/**
 * struct dxg_transport - embedded in each implementation.
 * @ops: its operations
 * @ref: one for the implementation itself, one per session
 * @device: name of the device it is on, for people; "" for none
 * @base: kernel mapping of the region
 * @size: bytes of the region
 * @vectors: doorbells the guest can be rung with
 * @exclusive: nobody used this region before us: no epoch handshake is needed
 */
struct dxg_transport {
	const struct dxg_transport_ops *ops;
	struct kref ref;
	char device[32];
	void *base;
	u64 size;
	u32 vectors;
	bool exclusive;
};

static inline void dxg_transport_release(struct kref *ref)
{
	struct dxg_transport *transport = container_of(ref, struct dxg_transport, ref);

	transport->ops->release(transport);
}

static inline struct dxg_transport *dxg_transport_get(struct dxg_transport *transport)
{
	kref_get(&transport->ref);
	return transport;
}

static inline void dxg_transport_put(struct dxg_transport *transport)
{
	kref_put(&transport->ref, dxg_transport_release);
}

#endif /* DXG_TRANSPORT_H */
