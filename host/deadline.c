// SPDX-License-Identifier: MIT
/*
 * deadline: see deadline.h. As with watches, the memory is freed by libuv's close callback.
 */
#include "deadline.h"

#include <errno.h>
#include <stdlib.h>

struct deadline {
	uv_timer_t timer;
	deadline_fn fn;
	void *arg;
};

static void deadline_reached(uv_timer_t *timer)
{
	struct deadline *deadline = timer->data;

	deadline->fn(deadline->arg);
}

static void deadline_closed(uv_handle_t *handle)
{
	free(handle->data);
}

int deadline_create(uv_loop_t *loop, deadline_fn fn, void *arg, struct deadline **ret_deadline)
{
	struct deadline *deadline = calloc(1, sizeof(*deadline));

	if (!deadline)
		return -ENOMEM;
	deadline->fn = fn;
	deadline->arg = arg;
	uv_timer_init(loop, &deadline->timer); /* cannot fail */
	deadline->timer.data = deadline;
	*ret_deadline = deadline;
	return 0;
}

void deadline_set(struct deadline *deadline, uint64_t ms)
{
	uv_timer_start(&deadline->timer, deadline_reached, ms, 0);
}

void deadline_clear(struct deadline *deadline)
{
	if (deadline)
		uv_timer_stop(&deadline->timer);
}

void deadline_destroy(struct deadline *deadline)
{
	if (deadline)
		uv_close((uv_handle_t *)&deadline->timer, deadline_closed);
}
