/* SPDX-License-Identifier: MIT */
/*
 * named: the allocations that a message names: a list of their handles, or a list of resources, of
 * which all members are meant. An allocation may be named several times, a resource once.
 */
#ifndef HOST_NAMED_H
#define HOST_NAMED_H

#include <stdbool.h>
#include <stdint.h>

struct allocation;
struct device;
struct process;

/** struct named - @handles: @n packed ones, of resources or of allocations of @device. */
struct named {
	const struct process *process;
	const struct device *device;
	const uint8_t *handles;
	uint32_t n;
	bool resources;
};

/** named_fn - @i: which entry of the list it was named by. Non-zero stops. */
typedef int (*named_fn)(struct allocation *allocation, uint32_t i, void *arg);

/** named_check() - do all of them exist and belong to the device? Return: 0; -EINVAL. */
int named_check(const struct named *named);

/** named_each() - call @fn for every one, after named_check(). Return: 0 or what @fn returned. */
int named_each(const struct named *named, named_fn fn, void *arg);

#endif /* HOST_NAMED_H */
