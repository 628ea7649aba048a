/* SPDX-License-Identifier: MIT */
/*
 * clock: QueryClockCalibration: the clock of the device (the one of TIMESTAMP commands and
 * profiles) and the CPU's at the same moment.
 */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

struct request;

/* Handler of QUERYCLOCKCALIBRATION (62). */
int clock_handle(struct request *rq);

#endif /* HOST_CLOCK_H */
