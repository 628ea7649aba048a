/* SPDX-License-Identifier: MIT */
/*
 * syscalls.h - the system calls of one thread, counted while a test says so.
 *
 * A seccomp filter tells a process of ours of each call of the thread (SECCOMP_RET_USER_NOTIF);
 * that process counts and lets the call through. A process, because a leak checker stops all
 * threads of this one and makes calls meanwhile.
 */
#ifndef TESTS_OPENCL_SYSCALLS_H
#define TESTS_OPENCL_SYSCALLS_H

/**
 * syscalls_watch() - make the calls of this thread, and of those that it starts, known; for good.
 * Before OpenCL is used: the process that counts is a fork of this one.
 *
 * Return: 0, or a negative errno where the kernel cannot or a listener is there already.
 */
int syscalls_watch(void);

/** syscalls_begin() - count from now on the calls of the thread that called syscalls_watch(). */
void syscalls_begin(void);

/**
 * syscalls_end() - how many there were. Reading a clock is left out where this machine needs the
 * kernel for it; with AddressSanitizer, which never uses memory again at once, what an allocator
 * does.
 */
unsigned int syscalls_end(void);

/** syscalls_text() - which ones they were: numbers, in their order, the first few of them. */
const char *syscalls_text(void);

#endif
