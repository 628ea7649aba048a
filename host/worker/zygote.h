/* SPDX-License-Identifier: MIT */
/*
 * zygote.h - the process that workers are forked from: small, single-threaded, with the host's
 * drivers loaded but never called. One per dxgd, with its control socket (ipc.h) on descriptor
 * IPC_SOCKET_FD.
 */
#ifndef WORKER_ZYGOTE_H
#define WORKER_ZYGOTE_H

struct hide;

/**
 * zygote_run() - serve until dxgd is gone; then no worker is left.
 * @hide: what workers shall not see; its strings are taken over
 * Return: exit status.
 */
int zygote_run(const struct hide *hide);

#endif /* WORKER_ZYGOTE_H */
