/* SPDX-License-Identifier: MIT */
/*
 * doorbell: the eventfds between dxgd and its peers, and the guard over them. A peer shares the
 * open file of its doorbells, so it can make them blocking and full, and a write to one would then
 * stop the daemon. No flag of ours prevents that; instead a timer interrupts whatever blocks longer
 * than DOORBELL_STUCK_MS, and whose doorbell it was is thrown out.
 *
 * The timer is armed by the first doorbell after a sleep and disarmed before the next: idle has no
 * timer.
 */
#ifndef HOST_DOORBELL_H
#define HOST_DOORBELL_H

/** DOORBELL_STUCK_MS - how long a peer can hold up the daemon, once. */
#define DOORBELL_STUCK_MS 20

/** doorbell_init() - create the guard's timer. Return: 0 or a negative errno. */
int doorbell_init(void);

/** doorbell_fini() - delete it. */
void doorbell_fini(void);

/** doorbell_create() - Return: an eventfd, or a negative errno. */
int doorbell_create(void);

/** doorbell_ring() - wake the peer. Return: 0; -EINTR when the peer had blocked it. */
int doorbell_ring(int fd);

/** doorbell_drain() - take back what the peer rang. Return: 0; -EINTR when the peer had blocked it.
 */
int doorbell_drain(int fd);

/** doorbell_rest() - the daemon is about to sleep: no doorbell is in use. */
void doorbell_rest(void);

#endif /* HOST_DOORBELL_H */
