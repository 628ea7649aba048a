/* SPDX-License-Identifier: MIT */
/*
 * watch.h - notifications: who wants to be called when a list becomes stale, or an adapter invalid,
 * or a memory budget another one.
 */
#ifndef DXCORE_WATCH_H
#define DXCORE_WATCH_H

#include "interface.h"

/** watch_supports() - can one be called for this (enum dxcore_notification)? */
bool watch_supports(uint32_t type);

/**
 * watch_start() - call @callback from now on. Asks the host.
 * @object: gains a reference until watch_stop()
 *
 * Return: E_INVALIDARG when @object is none of ours or has no such notification.
 */
HRESULT watch_start(struct dxcore_unknown *object, uint32_t type, dxcore_callback callback,
		    void *context, uint32_t *ret_cookie);

/** watch_stop() - no more calls, none under way when it returns, except to a callback itself. */
HRESULT watch_stop(uint32_t cookie);

/** watch_forked() - in the child of a fork: nobody watches. */
void watch_forked(void);

#endif
