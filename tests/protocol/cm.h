/* SPDX-License-Identifier: MIT */
/* cm: cmocka and the headers it wants before it. */
#ifndef TESTS_PROTOCOL_CM_H
#define TESTS_PROTOCOL_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif /* TESTS_PROTOCOL_CM_H */
