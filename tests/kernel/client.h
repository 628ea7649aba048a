/* SPDX-License-Identifier: MIT */
/*
 * client.h - what the tests of one kind of object begin with: an open file with a device, and
 * sharing. An open file stands for a process.
 */
#ifndef TESTS_KERNEL_CLIENT_H
#define TESTS_KERNEL_CLIENT_H

#include "node.h"

/** struct client - see above. @context: where a test asked for one */
struct client {
	int fd;
	struct d3dkmthandle adapter;
	struct d3dkmthandle device;
	struct d3dkmthandle context;
};

/** client_open() - on the first adapter; closed with its file. */
static inline struct client client_open(void)
{
	struct node node = node_open();
	struct client c = { .fd = node.fd, .adapter = node.adapter };
	struct d3dkmt_createdevice args = { .adapter = node.adapter };

	assert_int_equal(node_call(c.fd, LX_DXCREATEDEVICE, &args), 0);
	c.device = args.device;
	return c;
}

/** client_open_context() - with a context, which has the flag hw_queue_supported or not. */
static inline struct client client_open_context(bool hw_queues)
{
	struct client c = client_open();
	struct d3dkmt_createcontextvirtual args = { .device = c.device };

	args.flags.hw_queue_supported = hw_queues;
	assert_int_equal(node_call(c.fd, LX_DXCREATECONTEXTVIRTUAL, &args), 0);
	c.context = args.context;
	return c;
}

/** client_share_try() - ShareObjects of one. Return: 0 or -errno. */
static inline int client_share_try(const struct client *c, struct d3dkmthandle object,
				   uint64_t *ret_fd)
{
	struct d3dkmt_shareobjects args = {
		.object_count = 1,
		.objects = PTR(&object),
		.shared_handle = PTR(ret_fd),
	};

	return node_call(c->fd, LX_DXSHAREOBJECTS, &args);
}

/** client_share() - the same, which must work. Return: the descriptor. */
static inline int client_share(const struct client *c, struct d3dkmthandle object)
{
	uint64_t fd = UINT64_MAX;

	assert_int_equal(client_share_try(c, object, &fd), 0);
	assert_true(fd < 1024);
	return (int)fd;
}

/** client_destroy_fence() - Return: 0 or -errno. */
static inline int client_destroy_fence(const struct client *c, struct d3dkmthandle fence)
{
	struct d3dkmt_destroysynchronizationobject args = { .sync_object = fence };

	return node_call(c->fd, LX_DXDESTROYSYNCHRONIZATIONOBJECT, &args);
}

/** client_next_descriptor() - the lowest free number: has a failed call left one behind? */
static inline int client_next_descriptor(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

#endif /* TESTS_KERNEL_CLIENT_H */
