/* SPDX-License-Identifier: MIT */
/*
 * oom: makes the n-th calloc() of the code under test fail.  The test must be linked with
 * -Wl,--wrap=calloc.  Included by one source file per test program, which it gives the wrapper.
 */
#ifndef OPENDXG_TESTS_UNIT_OOM_H
#define OPENDXG_TESTS_UNIT_OOM_H

#include <stddef.h>

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

/* Calls of calloc() until one fails, counting that one; 0 for never. */
static unsigned int oom_countdown;

/** oom_fail_nth() - the @n-th calloc() from now returns NULL, once; 0 for none. */
static inline void oom_fail_nth(unsigned int n)
{
	oom_countdown = n;
}

/** oom_pending() - true while the armed failure has not happened. */
static inline _Bool oom_pending(void)
{
	return oom_countdown != 0;
}

void *__wrap_calloc(size_t n, size_t size)
{
	if (oom_countdown && --oom_countdown == 0)
		return NULL;
	return __real_calloc(n, size);
}

#endif
