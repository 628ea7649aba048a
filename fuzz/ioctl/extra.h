/* SPDX-License-Identifier: MIT */
/*
 * extra - steps of a program that are not ioctls of /dev/dxg: what else a process does to
 * descriptors and memory that it got from there.
 */
#ifndef OPENDXG_FUZZ_EXTRA_H
#define OPENDXG_FUZZ_EXTRA_H

#include "program.h"

struct client;

/** enum extra - which. */
enum extra {
	EXTRA_OPEN, /* another /dev/dxg, or close one */
	EXTRA_TOUCH, /* read and write what is mapped */
	EXTRA_UNMAP, /* unmap, remap or protect something mapped */
	EXTRA_EVENT, /* eventfds: make, read, write, close */
	EXTRA_POLL, /* poll descriptors of all kinds */
	EXTRA_CLOSE, /* close a descriptor that an ioctl gave */
	EXTRA_FORK, /* a child uses what it inherited */
	EXTRA_LOOK, /* read fdinfo, sysfs and debugfs */
	EXTRA_SYNC_FILE, /* ioctls of a sync_file */
	EXTRA_DMA_BUF, /* map and sync a dma-buf */
	EXTRA_STRANGE, /* a command word that is none */
	EXTRA_MAP_NODE, /* mmap, read, write on the node itself */
	EXTRA_SCENE, /* a sequence of calls that are right (scene.h) */
	EXTRA_COUNT,
};

const char *extra_name(unsigned int extra);
int extra_run(struct client *client, const struct call *call);

#endif
