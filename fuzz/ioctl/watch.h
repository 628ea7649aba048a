/* SPDX-License-Identifier: MIT */
/*
 * watch - the kernel's log while the fuzzer runs: the first report of a bug ends it.
 */
#ifndef OPENDXG_FUZZ_WATCH_H
#define OPENDXG_FUZZ_WATCH_H

#include <stdbool.h>

int watch_open(void);
bool watch_found(int fd, bool sessions_may_end);

#endif
