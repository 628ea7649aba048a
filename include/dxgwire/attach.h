/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * attach.h - the two messages that open a session over dxgd's Unix socket (SOCK_SEQPACKET).
 *
 * The client sends one struct dxg_attach; dxgd checks the peer's credentials against the owner of
 * the vGPU and answers with one struct dxg_attach_reply. On success three descriptors come along
 * with SCM_RIGHTS, in this order: the region (memfd), the eventfd the client writes to ring dxgd,
 * the eventfd dxgd writes to ring the client. A socket session has one doorbell each way: every
 * vector number means that one. Nothing else is ever sent on the socket; its end is the end of the
 * session, in both directions.
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

#endif /* DXGWIRE_ATTACH_H */
