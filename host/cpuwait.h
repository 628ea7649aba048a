/* SPDX-License-Identifier: MIT */
/*
 * cpuwait: the guest's CPU waits for one or all of several fence values; when that is so, its event
 * is signalled, once.
 */
#ifndef HOST_CPUWAIT_H
#define HOST_CPUWAIT_H

struct process;
struct request;

/** CPUWAIT_OBJECTS_PER_PROCESS - fence values that all CPU waits of a process wait for, at most. */
#define CPUWAIT_OBJECTS_PER_PROCESS 65536u

/** cpuwait_end_all() - the process goes: forget its waits. */
void cpuwait_end_all(struct process *process);

/** cpuwait_handle() - handler of WAITFORSYNCOBJECTFROMCPU (22). */
int cpuwait_handle(struct request *rq);

#endif /* HOST_CPUWAIT_H */
