/* SPDX-License-Identifier: MIT */
/*
 * list.h - IDXCoreAdapterList: the adapters that had certain attributes when it was made.
 */
#ifndef DXCORE_LIST_H
#define DXCORE_LIST_H

#include "interface.h"

struct dxcore_list;

/** list_create() - one with a reference of the caller's, asked for as @iid. Asks the host. */
HRESULT list_create(uint32_t count, const struct guid *attributes, const struct guid *iid,
		    void **ret_list);

/** list_of() - @object, if it is a list of ours, or NULL. */
struct dxcore_list *list_of(struct dxcore_unknown *object);

/** list_check() - would it be another list now? Once it is, it stays so. Asks the host. */
bool list_check(struct dxcore_list *list);

#endif
