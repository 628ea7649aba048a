/* SPDX-License-Identifier: MIT */
/*
 * adapter.h - IDXCoreAdapter: an adapter of this system, one object for everybody who asks for it.
 */
#ifndef DXCORE_ADAPTER_H
#define DXCORE_ADAPTER_H

#include "facts.h"
#include "interface.h"

struct dxcore_adapter;

/** adapter_of() - @object, if it is an adapter of ours, or NULL. */
struct dxcore_adapter *adapter_of(struct dxcore_unknown *object);

uint32_t adapter_put(struct dxcore_adapter *adapter);

/** adapter_query() - QueryInterface: a further reference under another name. */
HRESULT adapter_query(struct dxcore_adapter *adapter, const struct guid *iid, void **ret_object);

const struct facts *adapter_facts(const struct dxcore_adapter *adapter);

/**
 * adapter_scan() - all adapters that there are now. Asks the host.
 * @ret_adapters: an array with a reference to each; adapter_scan_free() gives them up
 *
 * Return: how many; -ENOMEM.
 */
int adapter_scan(struct dxcore_adapter ***ret_adapters);
void adapter_scan_free(struct dxcore_adapter **adapters, int count);

/** adapter_check() - is it still there? Asks the host. */
bool adapter_check(struct dxcore_adapter *adapter);

/** adapter_budget() - memory of this process. Asks the host. */
HRESULT adapter_budget(struct dxcore_adapter *adapter, const struct dxcore_budget_of *of,
		       struct dxcore_budget *ret);

/** adapter_forked() - in the child of a fork: its parent's adapters are not there any more. */
void adapter_forked(void);

#endif
