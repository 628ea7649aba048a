/* SPDX-License-Identifier: MIT */
/*
 * wide.h - QueryAdapterInfo for programs whose wchar_t has 4 bytes, which is what WCHAR is in the
 * headers of dxg/ (libdxg(3), "Strings"). The interface itself has UTF-16.
 */
#ifndef LIBDXG_WIDE_H
#define LIBDXG_WIDE_H

#include <misc/d3dkmthk.h>

/**
 * wide_query() - carry out QueryAdapterInfo. A buffer of exactly the size that a type with strings
 * has with 4-byte characters is answered in that layout, everything else as it is.
 * Return: as dev_call().
 */
int wide_query(struct d3dkmt_queryadapterinfo *args);

#endif
