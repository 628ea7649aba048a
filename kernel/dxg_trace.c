// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_trace.c - where the tracepoints of dxg_trace.h are defined.
 */
#include "dxg_compat.h"

#define CREATE_TRACE_POINTS
#include "dxg_trace.h"
