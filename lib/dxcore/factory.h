/* SPDX-License-Identifier: MIT */
/*
 * factory.h - IDXCoreAdapterFactory: the one object with which everything starts.
 */
#ifndef DXCORE_FACTORY_H
#define DXCORE_FACTORY_H

#include "interface.h"

/** factory_query() - a reference to the factory, asked for as @iid. */
HRESULT factory_query(const struct guid *iid, void **ret_factory);

/** DXCoreCreateAdapterFactory() - what the library exports. */
__attribute__((visibility("default"))) HRESULT DXCoreCreateAdapterFactory(const struct guid *iid,
									  void **ret_factory);

#endif
