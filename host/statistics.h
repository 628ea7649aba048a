/* SPDX-License-Identifier: MIT */
/*
 * statistics: QueryStatistics: what a process, or all processes of its vGPU, had of the GPU's time
 * and have of its memory. The numbers are vidsch's and vidmm's. Nothing is told beyond the vGPU:
 * how busy others are on the same GPU is not a tenant's business.
 */
#ifndef HOST_STATISTICS_H
#define HOST_STATISTICS_H

struct request;

/* Handler of QUERYSTATISTICS (48). */
int statistics_handle(struct request *rq);

#endif /* HOST_STATISTICS_H */
