/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * attach.h - the two messages that open a session over dxgd's Unix socket (SOCK_SEQPACKET).
 *
 * The client sends one struct dxg_attach; dxgd checks the peer's credentials against the owner of
 * the vGPU and answers with one struct dxg_attach_reply. On success three descriptors come along
 * with SCM_RIGHTS, in this order: the region (memfd), the eventfd the client writes to ring dxgd,
 * the eventfd dxgd writes to ring the client. A socket session has one doorbell each way: every
 * vector number means that one. The socket's end is the end of the session, in both directions.
 *
 * Afterwards dxgd says nothing more. A client may offer descriptors for shared objects, when the
 * host announces DXG_HOSTCAP_SHARE_LINKS: it makes a pair of connected SOCK_SEQPACKET sockets and
 * sends one of them along with a struct dxg_share_offer. dxgd writes one struct dxg_share_record to
 * it and keeps it; the other one is the descriptor. Whoever holds a copy of that peeks at the
 * record (MSG_PEEK, so that it stays for the others) and opens the object by IMPORTSHARE
 * (message.h) in a session of his own on the same vGPU. The object lives as long as any copy. When
 * dxgd cannot take the offer, the pair ends without a record.
 *
 * An offer with DXG_SHARE_OFFER_MEMORY is a question: the record, without a token, comes with the
 * descriptor of the memory file of the shared resource, sealed against resizing, and the pair ends.
 */
#ifndef DXGWIRE_ATTACH_H
#define DXGWIRE_ATTACH_H

#include "limits.h"
#include "types.h"

#define DXG_ATTACH_MAGIC 0x41474458u /* "XDGA" */
#define DXG_ATTACH_VERSION 1u
#define DXG_ATTACH_FDS 3u

/**
 * struct dxg_attach - client to dxgd.
 * @magic: DXG_ATTACH_MAGIC
 * @version: DXG_ATTACH_VERSION
 * @flags: zero
 * @reserved: zero
 * @vgpu: name of the vGPU, zero-terminated and zero-padded; empty: the first one the caller may use
 */
struct dxg_attach {
	__u32 magic;
	__u32 version;
	__u32 flags;
	__u32 reserved;
	char vgpu[DXG_VGPU_NAME_MAX];
};
DXG_ASSERT_SIZE(struct dxg_attach, 80);

/**
 * struct dxg_attach_reply - dxgd to client.
 * @magic: DXG_ATTACH_MAGIC
 * @version: DXG_ATTACH_VERSION
 * @status: 0, or a negative errno: -EPROTO bad message, -ENOENT no such vGPU, -EACCES not yours,
 *          -EMFILE too many sessions, -ENOMEM
 * @reserved: zero
 * @region_size: bytes of the region
 */
struct dxg_attach_reply {
	__u32 magic;
	__u32 version;
	__s32 status;
	__u32 reserved;
	__u64 region_size;
};
DXG_ASSERT_SIZE(struct dxg_attach_reply, 24);

#define DXG_SHARE_MAGIC 0x53474458u /* "XDGS" */
#define DXG_SHARE_VERSION 1u
#define DXG_SHARE_TOKEN_SIZE 16u

/** enum dxg_share_kind - what a descriptor stands for. */
enum dxg_share_kind {
	DXG_SHARE_SYNC = 1,
	DXG_SHARE_RESOURCE = 2,
};

#define DXG_SHARE_OFFER_MEMORY 1u

/**
 * struct dxg_share_offer - client to dxgd, with one socket.
 * @magic: DXG_SHARE_MAGIC
 * @version: DXG_SHARE_VERSION
 * @nt_handle: of its session
 * @flags: DXG_SHARE_OFFER_MEMORY or 0
 */
struct dxg_share_offer {
	__u32 magic;
	__u32 version;
	__u32 nt_handle;
	__u32 flags;
};
DXG_ASSERT_SIZE(struct dxg_share_offer, 16);

/** struct dxg_share_record - what a descriptor holds. @token: random, names the object. */
struct dxg_share_record {
	__u32 magic;
	__u32 version;
	__u32 kind; /* enum dxg_share_kind */
	__u32 reserved;
	__u8 token[DXG_SHARE_TOKEN_SIZE];
};
DXG_ASSERT_SIZE(struct dxg_share_record, 32);

#endif /* DXGWIRE_ATTACH_H */
