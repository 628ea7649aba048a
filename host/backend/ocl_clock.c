// SPDX-License-Identifier: MIT
/*
 * ocl_clock - one clock for timestamps, profiles and QUERY_CLOCK. Drivers stamp events with a clock
 * of their own; where that is one of the CPU's (PoCL: CLOCK_MONOTONIC_RAW), it becomes the worker's
 * and nothing is converted. Else the worker's is CLOCK_MONOTONIC, and ocl_exec.c converts.
 */
#include "backend/ocl.h"

#define PROBE_SLACK_NS 2000u

static const clockid_t clock_candidates[] = {
	CLOCK_MONOTONIC_RAW,
	CLOCK_MONOTONIC,
	CLOCK_BOOTTIME,
	CLOCK_REALTIME,
};

#define CANDIDATES (sizeof(clock_candidates) / sizeof(clock_candidates[0]))

static uint64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t ocl_clock_now(struct ocl_backend *ocl)
{
	return read_clock(ocl->clock_id);
}

/*
 * When is a command queued by the driver's clock, and between which readings of each of ours?
 * Clocks of the CPU are apart by much more than a probe takes, or are the same.
 */
static void probe(struct ocl_backend *ocl, cl_event *event, uint64_t before[CANDIDATES],
		  uint64_t after[CANDIDATES])
{
	size_t i;

	for (i = 0; i < CANDIDATES; i++)
		before[i] = read_clock(clock_candidates[i]);
	if (ocl->cl.clEnqueueMarkerWithWaitList(ocl->util, 0, NULL, event))
		*event = NULL;
	for (i = 0; i < CANDIDATES; i++)
		after[i] = read_clock(clock_candidates[i]);
}

void ocl_clock_probe(struct ocl_backend *ocl)
{
	uint64_t before[CANDIDATES], after[CANDIDATES];
	cl_ulong queued = 0;
	cl_event event;
	size_t i;

	ocl->clock_id = CLOCK_MONOTONIC;
	ocl->clock_is_device = false;
	probe(ocl, &event, before, after);
	if (!event)
		return;
	ocl->cl.clWaitForEvents(1, &event);
	ocl->cl.clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_QUEUED, sizeof(queued), &queued,
					NULL);
	ocl->cl.clReleaseEvent(event);
	for (i = 0; i < CANDIDATES; i++) {
		if (queued + PROBE_SLACK_NS < before[i] || queued > after[i] + PROBE_SLACK_NS)
			continue;
		ocl->clock_id = clock_candidates[i];
		ocl->clock_is_device = true;
		return;
	}
}
