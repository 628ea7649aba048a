/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_scripted.h - a loopback host that says what a script has, a device on it, and a page of user
 * memory: whole ioctls can be called, and their answers be wrong.
 */
#ifndef DXG_SCRIPTED_H
#define DXG_SCRIPTED_H

#include "dxg_device.h"
#include "dxg_loopback.h"

#define DXG_SCRIPTED_IO_START (DXG_LOOPBACK_ADDRESS + DXG_LOOPBACK_IO)
#define DXG_SCRIPTED_IO_PAGES ((DXG_LOOPBACK_SIZE - DXG_LOOPBACK_IO) / PAGE_SIZE)

/** struct dxg_scripted - a session with that host, and a device in a file's table. */
struct dxg_scripted {
	struct dxg_loopback *lb;
	struct dxg_session *session;
	struct dxg_process *process;
	struct dxg_device *device;
};

int dxg_scripted_suite_start(struct kunit_suite *suite);
void dxg_scripted_suite_end(struct kunit_suite *suite);
void dxg_scripted_start(struct kunit *test, struct dxg_scripted *s);
void dxg_scripted_end(struct kunit *test, struct dxg_scripted *s);
void dxg_scripted_answer(u32 type, const void *data, u32 length);
unsigned int dxg_scripted_heard(u32 type);
void __user *dxg_scripted_user(unsigned int offset);
void dxg_scripted_store(struct kunit *test, unsigned int offset, const void *data, size_t size);

#endif /* DXG_SCRIPTED_H */
