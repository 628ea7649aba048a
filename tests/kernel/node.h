/* SPDX-License-Identifier: MIT */
/*
 * node.h - the first steps of a test that speaks to /dev/dxg in raw ioctls.
 */
#ifndef TESTS_KERNEL_NODE_H
#define TESTS_KERNEL_NODE_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "misc/d3dkmthk.h"

#define NODE "/dev/dxg"
#define SKIP 77
#define PTR(p) ((uint64_t)(uintptr_t)(p))

/** struct node - an open file with its first adapter. */
struct node {
	int fd;
	struct d3dkmthandle adapter;
	struct winluid luid;
};

/** node_call() - Return: what the ioctl returned, or -errno. */
static inline int node_call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

/** node_open() - a new open file with all adapters opened, of which the first is kept. */
static inline struct node node_open(void)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 args = { .num_adapters = D3DKMT_ADAPTERS_MAX,
					     .adapters = PTR(info) };
	struct node n = { .fd = open(NODE, O_RDONLY | O_CLOEXEC) };

	assert_true(n.fd >= 0);
	assert_int_equal(node_call(n.fd, LX_DXENUMADAPTERS2, &args), 0);
	assert_true(args.num_adapters >= 1);
	n.adapter = info[0].adapter_handle;
	n.luid = info[0].adapter_luid;
	return n;
}

/** node_readonly() - a page that starts with a copy of @data and cannot be written. */
static inline void *node_readonly(const void *data, size_t size)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(page != MAP_FAILED);
	memcpy(page, data, size);
	assert_int_equal(mprotect(page, 4096, PROT_READ), 0);
	return page;
}

#endif
