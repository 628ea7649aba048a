// SPDX-License-Identifier: MIT
/*
 * ocl_binary - the envelope in which a program's binary leaves the host: drivers may end the
 * process over a binary that is cut short, changed, or another driver's (PoCL 3.1 asserts). The
 * envelope tells such accidents from a good binary before the driver sees it. It is no protection
 * against whoever makes a binary with a right envelope: that costs him his own worker.
 */
#include "backend/ocl.h"

#include <stdlib.h>
#include <string.h>

#define BINARY_MAGIC 0x42474458u /* "XDGB" */
#define BINARY_VERSION 1u

/** struct binary_head - @identity and @sum are FNV-1a hashes: of device and driver, and of the
 * rest. */
struct binary_head {
	uint32_t magic;
	uint32_t version;
	uint64_t identity;
	uint64_t length;
	uint64_t sum;
};

_Static_assert(sizeof(struct binary_head) == 32, "the envelope has no holes");

static uint64_t fnv(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *p = data;

	while (size--)
		hash = (hash ^ *p++) * 0x100000001b3u;
	return hash;
}

static uint64_t fnv_start(void)
{
	return 0xcbf29ce484222325u;
}

static uint64_t identity(struct ocl_backend *ocl)
{
	static const cl_device_info names[] = {
		CL_DEVICE_NAME,
		CL_DEVICE_VERSION,
		CL_DRIVER_VERSION,
	};
	uint64_t hash = fnv_start();
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ocl_device_string(ocl, names[i], text, sizeof(text));
		hash = fnv(hash, text, strlen(text) + 1);
	}
	return hash;
}

void *ocl_binary_wrap(struct ocl_backend *ocl, const void *binary, size_t size, size_t *ret_size)
{
	struct binary_head head = {
		.magic = BINARY_MAGIC,
		.version = BINARY_VERSION,
		.identity = identity(ocl),
		.length = size,
		.sum = fnv(fnv_start(), binary, size),
	};
	uint8_t *p = malloc(sizeof(head) + size);

	if (!p)
		return NULL;
	memcpy(p, &head, sizeof(head));
	memcpy(p + sizeof(head), binary, size);
	*ret_size = sizeof(head) + size;
	return p;
}

bool ocl_binary_unwrap(struct ocl_backend *ocl, const struct backend_source *source,
		       const unsigned char **ret, size_t *ret_size)
{
	const uint8_t *p = source->data;
	struct binary_head head;

	if (source->length <= sizeof(head))
		return false;
	memcpy(&head, p, sizeof(head));
	p += sizeof(head);
	if (head.magic != BINARY_MAGIC || head.version != BINARY_VERSION ||
	    head.identity != identity(ocl) || head.length != source->length - sizeof(head) ||
	    head.sum != fnv(fnv_start(), p, head.length))
		return false;
	*ret = p;
	*ret_size = head.length;
	return true;
}
