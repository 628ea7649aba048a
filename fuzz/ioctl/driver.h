/* SPDX-License-Identifier: MIT */
/*
 * driver - the module itself, as root has it: its devices are taken away and given back, it is
 * taken out and put in again, with allocations failing on the way. All of it in the calling task,
 * which is traced. There must be a device afterwards, whatever happened.
 */
#ifndef OPENDXG_FUZZ_DRIVER_H
#define OPENDXG_FUZZ_DRIVER_H

#include <stdint.h>

#include "coverage.h"

/**
 * struct driver - the calling task's trace and where it goes.
 * @module: file of the module, NULL: it stays
 * @fail_nth: descriptor of the task's own file of that name, -1: nothing fails
 * @device: the last one that was taken away
 */
struct driver {
	struct coverage *coverage;
	struct coverage_map *map;
	const char *module;
	int fail_nth;
	char device[64];
};

void driver_open(struct driver *driver, bool faults);
void driver_unbind(struct driver *driver, int fail);
void driver_rehearse(struct driver *driver, uint32_t ms);

#endif
