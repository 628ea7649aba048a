/* SPDX-License-Identifier: MIT */
/*
 * sync.h - markers: commands that do nothing but have a place in their queue.
 */
#ifndef OPENCL_SYNC_H
#define OPENCL_SYNC_H

#include "queue.h"

/**
 * marker_packet_size() - a marker needs a packet only when the device shall stamp its time; without
 * one it is done as soon as what is before it is done.
 */
size_t marker_packet_size(cl_command_queue queue);

/** marker_enqueue() - a marker as described by @e; arguments are checked. */
cl_int marker_enqueue(cl_command_queue queue, const struct enqueue *e);

#endif
