/* SPDX-License-Identifier: MIT */
/*
 * printed.h - what kernels print, brought to the standard output of this process.
 *
 * The host's driver prints on the host. Nothing there tells of it; so the host is asked after each
 * command whose program says "printf" anywhere, before the command is seen to be complete.
 */
#ifndef OPENCL_PRINTED_H
#define OPENCL_PRINTED_H

#include <stdbool.h>
#include <stddef.h>

struct vgpu;

/** printed_mentioned() - could a program with these bytes, source or binary, print? */
bool printed_mentioned(const void *bytes, size_t size);

/** printed_show() - write all that kernels of this process have printed. Asks the host; any lock.
 */
void printed_show(struct vgpu *vgpu);

#endif
