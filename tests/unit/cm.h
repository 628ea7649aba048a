/* SPDX-License-Identifier: MIT */
/* cm: cmocka and the headers it needs before it, in the order it needs them. */
#ifndef OPENDXG_TESTS_UNIT_CM_H
#define OPENDXG_TESTS_UNIT_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
