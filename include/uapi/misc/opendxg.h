/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * opendxg.h - ioctls of /dev/dxg that are ours and not of the inherited interface (d3dkmthk.h).
 *
 * Numbers from 0x80 on, structures append-only, reserved fields zero and checked. A driver without
 * them answers ENOTTY.
 */
#ifndef _OPENDXG_H
#define _OPENDXG_H

#include "d3dkmthk.h"

/**
 * struct opendxg_exportdmabuf - OPENDXG_EXPORTDMABUF: a dma-buf of a CPU-visible allocation.
 * @device: whose allocation it is
 * @allocation: one that Lock2 takes
 * @flags: O_RDONLY or O_RDWR, and O_CLOEXEC or not
 * @fd: out: the descriptor
 *
 * Whoever has the descriptor can map the memory, in any process, for as long as the allocation
 * lives; after that accesses fault with SIGBUS. It holds nothing that its process has open.
 *
 * Errors: EINVAL bad handle or flags; EMFILE, ENOMEM; what Lock2 of the allocation answers.
 */
struct opendxg_exportdmabuf {
	struct d3dkmthandle device;
	struct d3dkmthandle allocation;
	__u32 flags;
	__s32 fd;
};

#define OPENDXG_EXPORTDMABUF _IOWR('G', 0x80, struct opendxg_exportdmabuf)

#endif /* _OPENDXG_H */
