/* SPDX-License-Identifier: MIT */
/*
 * lib_test - what the tests of the direct backend share: a session with a fake host, and calls
 * through the backend's table, as dev.c makes them.
 */
#ifndef OPENDXG_TESTS_LIB_LIB_TEST_H
#define OPENDXG_TESTS_LIB_LIB_TEST_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/cm.h"
#include "dev.h"
#include "direct.h"
#include "fake.h"

/** struct link - a session and its fake host. */
struct link {
	struct fake fake;
	struct direct *d;
	uint32_t adapter, device, context;
};

static inline int link_call(struct link *l, unsigned int cmd, void *args)
{
	return dev_direct_ops.call(l->d, cmd, args);
}

static inline void link_open(struct link *l)
{
	fake_start(&l->fake);
	assert_int_equal(session_open(l->fake.path, &l->d), 0);
}

static inline void link_close(struct link *l)
{
	session_close(l->d);
	fake_stop(&l->fake);
}

/** link_device() - open, with an adapter handle, a device and a context. */
static inline void link_device(struct link *l)
{
	struct d3dkmt_adapterinfo info;
	struct d3dkmt_enumadapters2 e = { .num_adapters = 1, .adapters = (uintptr_t)&info };
	struct d3dkmt_createdevice dev = { 0 };
	struct d3dkmt_createcontextvirtual ctx = { 0 };

	link_open(l);
	assert_int_equal(link_call(l, LX_DXENUMADAPTERS2, &e), 0);
	l->adapter = info.adapter_handle.v;
	dev.adapter.v = l->adapter;
	assert_int_equal(link_call(l, LX_DXCREATEDEVICE, &dev), 0);
	l->device = dev.device.v;
	ctx.device.v = l->device;
	assert_int_equal(link_call(l, LX_DXCREATECONTEXTVIRTUAL, &ctx), 0);
	l->context = ctx.context.v;
}

static inline unsigned int link_seen(struct link *l)
{
	return __atomic_load_n(&l->fake.seen, __ATOMIC_ACQUIRE);
}

static inline uint64_t link_now_ms(void)
{
	return spin_now() / 1000000;
}

#endif
