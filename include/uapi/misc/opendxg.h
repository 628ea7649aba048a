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
 * Whoever has the descriptor can map the memory, in any process, and import it
 * (OPENDXG_IMPORTDMABUF). The memory lives as long as the descriptor, a mapping of it or an import,
 * also when the allocation, its device or its process is gone; when the GPU is lost, mappings show
 * zeroes. An allocation that was exported cannot be offered any more.
 *
 * Errors: EINVAL bad handle or flags; EMFILE, ENOMEM; ENOTRECOVERABLE the host gives it no name,
 * because there are too many; EPERM the host does not know how, or the memory is the program's own;
 * what Lock2 of the allocation answers.
 */
struct opendxg_exportdmabuf {
	struct d3dkmthandle device;
	struct d3dkmthandle allocation;
	__u32 flags;
	__s32 fd;
};

#define OPENDXG_EXPORTDMABUF _IOWR('G', 0x80, struct opendxg_exportdmabuf)

/**
 * struct opendxg_importdmabuf - OPENDXG_IMPORTDMABUF: the memory of a dma-buf becomes an allocation.
 * @device: whose the allocation will be
 * @fd: the descriptor; it can be closed afterwards
 * @flags: 0
 * @resource: out: a resource of the one allocation, by which it is destroyed
 * @allocation: out: the allocation
 * @reserved: 0
 * @size: out: bytes
 *
 * One that OPENDXG_EXPORTDMABUF made is the same memory, in whichever process, on the adapter where
 * it was made; Lock2 takes it. One of another driver is existing system memory: its pages must be
 * RAM of this machine, they stay where they are and are charged to RLIMIT_MEMLOCK until the
 * allocation is gone; Lock2 does not take it, the descriptor can be mapped. Nobody waits for the
 * buffer's fences: order between GPU and others is the caller's. A descriptor for reading alone
 * gives memory that the GPU cannot write, where that can be had.
 *
 * Errors: EINVAL bad handle, flags, or no dma-buf; EPERM the exporter has no RAM to give, the host
 * does not see this machine's RAM, or it is of another adapter of ours; EACCES for reading alone
 * and one of ours; ENOMEM also above RLIMIT_MEMLOCK.
 */
struct opendxg_importdmabuf {
	struct d3dkmthandle device;
	__s32 fd;
	__u32 flags;
	struct d3dkmthandle resource;
	struct d3dkmthandle allocation;
	__u32 reserved;
	__u64 size;
};

#define OPENDXG_IMPORTDMABUF _IOWR('G', 0x81, struct opendxg_importdmabuf)

#endif /* _OPENDXG_H */
