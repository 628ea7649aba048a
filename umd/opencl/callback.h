/* SPDX-License-Identifier: MIT */
/*
 * callback.h - the one thread of this process that runs application callbacks, in the order in
 * which they were posted. It is started by the first callback and runs without any lock of ours, so
 * that a callback may call every non-blocking function of the API.
 */
#ifndef OPENCL_CALLBACK_H
#define OPENCL_CALLBACK_H

/** struct callback - embedded in whatever is to be called back; @run owns and frees it. */
struct callback {
	struct callback *next;
	void (*run)(struct callback *cb);
};

/** callback_post() - run @cb later on the callback thread. Any thread, any lock but ours held. */
void callback_post(struct callback *cb);

#endif
