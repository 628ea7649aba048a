/* SPDX-License-Identifier: MIT */
/*
 * daemon - the dxgd behind the socket, for tests that harm it or its workers. Only where the daemon
 * is on this machine and its process is known (DXGD_PID, which scripts/with-dxgd sets): not in a
 * virtual machine.
 */
#ifndef OPENDXG_TESTS_API_DAEMON_H
#define OPENDXG_TESTS_API_DAEMON_H

#include <sys/types.h>

/** daemon_pid() - its process, or 0 when it is not at hand. */
pid_t daemon_pid(void);

/** daemon_workers() - pids of the workers of @daemon, zygote left out. Return: how many, @room at
 * most. */
int daemon_workers(pid_t daemon, pid_t *ret_pids, int room);

/**
 * daemon_start() - another dxgd like @like's program, null backend, at the socket DXG_DEVICE names.
 * Return: its pid once it serves, or -1.
 */
pid_t daemon_start(const char *program);

/** daemon_program() - the path of @daemon's program, as long as it runs. Return: 0 or -1. */
int daemon_program(pid_t daemon, char *ret_path, size_t size);

#endif
