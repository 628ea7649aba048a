/* SPDX-License-Identifier: MIT */
/*
 * child.h - other processes in tests: forked children that end with a number, and descriptors on
 * their way between them.
 */
#ifndef TESTS_API_CHILD_H
#define TESTS_API_CHILD_H

#include <sys/types.h>

/** start_child() - fork; the child's exit status is what @run returns. */
pid_t start_child(int (*run)(int arg), int arg);

/** assert_child_ok() - wait for it; its status is 0. */
void assert_child_ok(pid_t pid);

/** send_fd() - over the socket @to. Return: 0, or -1. */
int send_fd(int to, int fd);

/** receive_fd() - one that came over the socket @from, or -1. */
int receive_fd(int from);

#endif
