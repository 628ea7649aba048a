/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * region.h - layout of a session's shared region: one memory file (in a virtual machine, BAR 2 of
 * the ivshmem device) that is all the two sides see of each other.
 *
 *   page 0      struct dxg_region_header: written by dxgd, except the guest block at 512
 *   rings       per channel a guest-to-host and a host-to-guest ring (ring.h)
 *   IO space    pages handed out by dxgd: CPU-visible allocations, fences, command buffers
 *
 * What Hyper-V exchanges in PCI configuration space (specification section 1.1) stands in the
 * header. The guest copies the header once, checks the copy with dxg_region_check() and uses only
 * the copy; dxgd never reads back what it wrote.
 *
 * Start of a session. dxgd lays everything out, zeroes the ring control blocks and sets @state to
 * READY. A guest that finds rings it has not used since they were zeroed (a socket session) may
 * start at once. A guest that may follow another one on the same region (a virtual machine: driver
 * reload, reboot) first writes a new non-zero @epoch and rings the doorbell of channel 0; dxgd
 * drops everything the old guest owned, zeroes the rings, and stores the same value to @epoch_ack.
 *
 * Liveness. dxgd stores READY or LOST to @state. If dxgd itself is gone nobody stores anything, so
 * a guest with waiters stores a new value to @ping and rings doorbell 0 now and then; dxgd copies
 * it to @pong whenever a doorbell wakes it. No answer within DXG_PONG_TIMEOUT_MS: the host is dead.
 */
#ifndef DXGWIRE_REGION_H
#define DXGWIRE_REGION_H

#include "limits.h"
#include "ring.h"
#include "types.h"

#define DXG_REGION_MAGIC 0x31474552475844ffULL /* 0xff "DXGREG1" */
#define DXG_REGION_LAYOUT_VERSION 1u
#define DXG_REGION_HEADER_SIZE 4096u

/* Where the IO space, and large allocations in it, begin: huge pages of the host's fit there. */
#define DXG_HUGE_PAGE_SIZE (1u << 21)

#define DXG_INTERFACE_VERSION 40u /* the only one spoken (specification section 1.5) */
#define DXG_INTERFACE_LAST_COMPATIBLE 16u /* reported in OPENADAPTER */

/* Host capability bits (configuration space 0xDC in the published protocol). */
#define DXG_HOSTCAP_MAP_GUEST_MEMORY (1u << 0) /* dxgd sees the guest's RAM */
#define DXG_HOSTCAP_SHARE_LINKS (1u << 8) /* own extension: attach.h, IMPORTSHARE */
#define DXG_HOSTCAP_NAME_ALLOCATIONS (1u << 9) /* own: CREATENTSHAREDOBJECT of allocations */
#define DXG_HOSTCAPS_KNOWN \
	(DXG_HOSTCAP_MAP_GUEST_MEMORY | DXG_HOSTCAP_SHARE_LINKS | DXG_HOSTCAP_NAME_ALLOCATIONS)

/* Guest capability bits (configuration space 0xD4). */
#define DXG_GUESTCAP_LINUX (1u << 0) /* "wsl2" in the published protocol */
#define DXG_GUESTCAPS_KNOWN (DXG_GUESTCAP_LINUX)

#define DXG_PING_INTERVAL_MS 500u
#define DXG_PONG_TIMEOUT_MS 1000u
#define DXG_EPOCH_TIMEOUT_MS 1000u

/** enum dxg_session_state - @state of the header; only dxgd writes it. */
enum dxg_session_state {
	DXG_SESSION_DOWN = 0, /* not laid out yet */
	DXG_SESSION_READY = 1, /* rings are served */
	DXG_SESSION_LOST = 2, /* ended by the host; nothing will be answered any more */
};

/* Channels (specification section 1.2). */
#define DXG_CHANNEL_GLOBAL 0u
#define DXG_CHANNEL_VGPU 1u

/**
 * struct dxg_region_ring - where one ring lies; offsets are from the start of the region.
 * @ctl: struct dxg_ring_ctl, 64-byte aligned
 * @data: data area, 64-byte aligned
 * @size: bytes of the data area, a power of two
 * @vector: doorbell the producer rings (host's vector for guest-to-host, guest's the other way)
 */
struct dxg_region_ring {
	__u32 ctl;
	__u32 data;
	__u32 size;
	__u32 vector;
};
DXG_ASSERT_SIZE(struct dxg_region_ring, 16);

/** struct dxg_region_channel - the two rings of a channel. */
struct dxg_region_channel {
	struct dxg_region_ring to_host;
	struct dxg_region_ring to_guest;
};
DXG_ASSERT_SIZE(struct dxg_region_channel, 32);

/**
 * struct dxg_region_header - page 0 of the region.
 * @adapter_luid_low: of the adapter LUID that the guest shows to user mode
 * @adapter_luid_high: the same
 * @vgpu_luid_low: of the LUID by which the host names this vGPU (ext headers)
 * @vgpu_luid_high: the same
 * @io_offset: where the IO space starts
 * @io_size: its bytes
 * @pad0: zero
 * @pad1: zero
 * @epoch: written by the guest when it starts
 * @ping: counted up by the guest
 * @pad2: zero
 * @magic: DXG_REGION_MAGIC; a device whose memory does not start with it is not ours
 * @layout_version: DXG_REGION_LAYOUT_VERSION
 * @header_size: DXG_REGION_HEADER_SIZE
 * @region_size: bytes of the whole region
 * @features: host feature bits of opendxg; unknown ones are ignored by the guest
 * @interface_version: published protocol version offered, DXG_INTERFACE_VERSION
 * @host_caps: DXG_HOSTCAP_*
 * @host_peer: ivshmem peer number of dxgd (upper half of a doorbell write)
 * @channel_count: DXG_CHANNELS
 * @channel: where the rings are
 * @state: enum dxg_session_state
 * @generation: counts up with every reset of the session; never 0
 * @epoch_ack: last @epoch that dxgd has acted upon
 * @pong: last @ping seen by dxgd
 * @guest_version: interface version the guest settled on
 * @guest_caps: DXG_GUESTCAP_*
 */
struct dxg_region_header {
	__u64 magic;
	__u32 layout_version;
	__u32 header_size;
	__u64 region_size;
	__u64 features;
	__u32 interface_version;
	__u32 host_caps;
	__u32 adapter_luid_low;
	__u32 adapter_luid_high;
	__u32 vgpu_luid_low;
	__u32 vgpu_luid_high;
	__u64 io_offset;
	__u64 io_size;
	__u32 host_peer;
	__u32 channel_count;
	struct dxg_region_channel channel[DXG_CHANNELS];
	__u8 pad0[256 - 80 - 32 * DXG_CHANNELS];
	/* offset 256: changes during a session, written by dxgd */
	__u32 state;
	__u32 generation;
	__u32 epoch_ack;
	__u32 pong;
	__u8 pad1[240];
	/* offset 512: written by the guest */
	__u32 epoch;
	__u32 ping;
	__u32 guest_version;
	__u32 guest_caps;
	__u8 pad2[4096 - 528];
};
DXG_ASSERT_SIZE(struct dxg_region_header, DXG_REGION_HEADER_SIZE);
DXG_ASSERT_OFFSET(struct dxg_region_header, channel, 80);
DXG_ASSERT_OFFSET(struct dxg_region_header, state, 256);
DXG_ASSERT_OFFSET(struct dxg_region_header, epoch, 512);

/* Is [off, off + len) inside [DXG_REGION_HEADER_SIZE, limit) and aligned to 64 bytes? */
static inline bool dxg_region_range_ok(__u64 off, __u64 len, __u64 limit)
{
	return off >= DXG_REGION_HEADER_SIZE && !(off & 63) && off <= limit && len <= limit - off;
}

static inline bool dxg_region_overlap(__u64 a, __u64 alen, __u64 b, __u64 blen)
{
	return a < b + blen && b < a + alen;
}

static inline const char *dxg_region_check_ring(const struct dxg_region_ring *r, __u64 limit,
						__u32 vectors)
{
	if (!dxg_ring_size_ok(r->size))
		return "channel.ring.size";
	if (!dxg_region_range_ok(r->ctl, sizeof(struct dxg_ring_ctl), limit))
		return "channel.ring.ctl";
	if (!dxg_region_range_ok(r->data, r->size, limit))
		return "channel.ring.data";
	if (r->vector >= vectors)
		return "channel.ring.vector";
	return NULL;
}

/* No two of the eight pieces that the channels consist of may share a byte. */
static inline bool dxg_region_rings_disjoint(const struct dxg_region_header *h)
{
	__u64 off[DXG_CHANNELS * 4], len[DXG_CHANNELS * 4];
	unsigned int i, j, n = 0;

	for (i = 0; i < DXG_CHANNELS * 2; i++) {
		const struct dxg_region_ring *r = i & 1 ? &h->channel[i / 2].to_guest
							: &h->channel[i / 2].to_host;

		off[n] = r->ctl;
		len[n++] = sizeof(struct dxg_ring_ctl);
		off[n] = r->data;
		len[n++] = r->size;
	}
	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++)
			if (dxg_region_overlap(off[i], len[i], off[j], len[j]))
				return false;
	return true;
}

/**
 * dxg_region_check - is this private copy of a header one a guest can work with?
 * @h: private copy; the shared original is not looked at again
 * @size: bytes of the region as the transport reports them (BAR length, file size)
 * @vectors: doorbell vectors the transport has
 *
 * Return: NULL when all is well, else the name of the field that lies.
 */
static inline const char *dxg_region_check(const struct dxg_region_header *h, __u64 size,
					   __u32 vectors)
{
	const char *bad;
	unsigned int i;

	if (h->magic != DXG_REGION_MAGIC)
		return "magic";
	if (h->layout_version != DXG_REGION_LAYOUT_VERSION)
		return "layout_version";
	if (h->header_size != DXG_REGION_HEADER_SIZE)
		return "header_size";
	if (h->region_size > size || h->region_size < DXG_REGION_HEADER_SIZE)
		return "region_size";
	if (h->interface_version != DXG_INTERFACE_VERSION)
		return "interface_version";
	if (h->channel_count != DXG_CHANNELS)
		return "channel_count";
	if (!dxg_region_range_ok(h->io_offset, h->io_size, h->region_size) ||
	    (h->io_offset & (DXG_PAGE_SIZE - 1)))
		return "io_offset";
	if (!h->io_size || (h->io_size & (DXG_PAGE_SIZE - 1)))
		return "io_size";
	for (i = 0; i < DXG_CHANNELS; i++) {
		/* Rings lie before the IO space, so that no allocation can alias one. */
		bad = dxg_region_check_ring(&h->channel[i].to_host, h->io_offset, ~0u);
		if (!bad)
			bad = dxg_region_check_ring(&h->channel[i].to_guest, h->io_offset, vectors);
		if (bad)
			return bad;
	}
	if (!dxg_region_rings_disjoint(h))
		return "channel";
	if (!h->generation)
		return "generation";
	return NULL;
}

#endif /* DXGWIRE_REGION_H */
