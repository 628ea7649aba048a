/* SPDX-License-Identifier: MIT */
/*
 * machine: a virtual machine as dxgd sees one: what QEMU says on the ivshmem socket, and what the
 * guest's driver does with the region.
 */
#ifndef TESTS_PROTOCOL_MACHINE_H
#define TESTS_PROTOCOL_MACHINE_H

#include "daemon.h"
#include "wire.h"

/** machine_connect() - Return: a connected socket of the vGPU @vgpu; -1 and errno. */
int machine_connect(const struct daemon *daemon, const char *vgpu);

/** machine_plug() - what QEMU does until the device is realized. */
struct wire *machine_plug(const struct daemon *daemon, const char *vgpu);

/** machine_header() - the region's header itself. */
struct dxg_region_header *machine_header(const struct wire *wire);

/** machine_wait_word() - wait until @word is @value, woken by the doorbells. */
void machine_wait_word(struct wire *wire, const uint32_t *word, uint32_t value);

/** machine_take_over() - a driver takes over the region: region.h, "Start of a session". */
void machine_take_over(struct wire *wire, uint32_t epoch);

#endif /* TESTS_PROTOCOL_MACHINE_H */
