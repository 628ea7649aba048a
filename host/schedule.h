/* SPDX-License-Identifier: MIT */
/*
 * schedule: the loop between vidsch, which decides, and queue.h, which acts.
 */
#ifndef HOST_SCHEDULE_H
#define HOST_SCHEDULE_H

#include <stdbool.h>

struct adapter;
struct daemon;

/** schedule_kick() - something was enqueued, completed or unblocked on @adapter. */
void schedule_kick(struct adapter *adapter);

/** schedule_run() - act on all kicks. Return: true when there was one. */
bool schedule_run(struct daemon *daemon);

#endif /* HOST_SCHEDULE_H */
