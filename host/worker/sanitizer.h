/* SPDX-License-Identifier: MIT */
/*
 * sanitizer.h - is this a build with AddressSanitizer? Its leak check needs to trace the process.
 */
#ifndef WORKER_SANITIZER_H
#define WORKER_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__)
#define WORKER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WORKER_ASAN 1
#endif
#endif

#ifndef WORKER_ASAN
#define WORKER_ASAN 0
#endif

#endif /* WORKER_SANITIZER_H */
