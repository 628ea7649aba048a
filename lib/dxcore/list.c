// SPDX-License-Identifier: MIT
/*
 * list: see list.h. Which adapters are in a list never changes; sorting changes their order, under
 * the list's lock. A list is stale when the adapters of now that have its attributes are not the
 * same objects.
 */
#include "list.h"

#include <pthread.h>
#include <stdlib.h>

#include "adapter.h"
#include "factory.h"

/**
 * struct dxcore_list - see above.
 * @table: of IDXCoreAdapterList
 * @refs: references
 * @lock: a leaf; order of @adapters, @stale
 * @adapters: a reference to each
 * @count: how many
 * @attributes: what was asked for
 * @attribute_count: how many
 * @stale: goes from false to true, once
 */
struct dxcore_list {
	const struct dxcore_list_table *table;
	uint32_t refs;
	pthread_mutex_t lock;
	struct dxcore_adapter **adapters;
	int count;
	struct guid *attributes;
	uint32_t attribute_count;
	bool stale;
};

static const struct dxcore_list_table list_table;

struct dxcore_list *list_of(struct dxcore_unknown *object)
{
	return object->table == &list_table.unknown ? (struct dxcore_list *)object : NULL;
}

static bool list_wants(const struct dxcore_list *list, const struct dxcore_adapter *adapter)
{
	uint32_t i;

	for (i = 0; i < list->attribute_count; i++)
		if (!facts_attribute(adapter_facts(adapter), &list->attributes[i]))
			return false;
	return true;
}

/* The adapters of now that the list wants. Return: how many; -ENOMEM. */
static int list_scan(const struct dxcore_list *list, struct dxcore_adapter ***ret_adapters)
{
	struct dxcore_adapter **adapters;
	int i, n = 0, all = adapter_scan(&adapters);

	for (i = 0; i < all; i++) {
		if (list_wants(list, adapters[i]))
			adapters[n++] = adapters[i];
		else
			adapter_put(adapters[i]);
	}
	if (all < 0)
		return all;
	*ret_adapters = adapters;
	return n;
}

static void list_free(struct dxcore_list *list)
{
	adapter_scan_free(list->adapters, list->count);
	pthread_mutex_destroy(&list->lock);
	free(list->attributes);
	free(list);
}

static struct dxcore_list *list_alloc(uint32_t count, const struct guid *attributes)
{
	struct dxcore_list *list = calloc(1, sizeof(*list));
	struct guid *copy = calloc(count, sizeof(*copy));

	if (!list || !copy) {
		free(list);
		free(copy);
		return NULL;
	}
	memcpy(copy, attributes, count * sizeof(*copy));
	list->table = &list_table;
	list->refs = 1;
	list->attributes = copy;
	list->attribute_count = count;
	pthread_mutex_init(&list->lock, NULL);
	return list;
}

static HRESULT list_query(void *self, const struct guid *iid, void **ret_object)
{
	static const struct guid unknown = DXCORE_IID_UNKNOWN, own = DXCORE_IID_LIST;
	struct dxcore_list *list = self;

	if (!ret_object)
		return E_POINTER;
	*ret_object = NULL;
	if (!guid_equal(iid, &unknown) && !guid_equal(iid, &own))
		return E_NOINTERFACE;
	com_get(&list->refs);
	*ret_object = list;
	return S_OK;
}

static uint32_t list_add_ref(void *self)
{
	struct dxcore_list *list = self;

	return com_get(&list->refs);
}

static uint32_t list_release(void *self)
{
	struct dxcore_list *list = self;
	uint32_t left = com_put(&list->refs);

	if (!left)
		list_free(list);
	return left;
}

HRESULT list_create(uint32_t count, const struct guid *attributes, const struct guid *iid,
		    void **ret_list)
{
	struct dxcore_list *list = list_alloc(count, attributes);
	HRESULT hr;
	int n;

	*ret_list = NULL;
	if (!list)
		return E_OUTOFMEMORY;
	n = list_scan(list, &list->adapters);
	list->count = n < 0 ? 0 : n;
	hr = n < 0 ? E_OUTOFMEMORY : list_query(list, iid, ret_list);
	list_release(list);
	return hr;
}

/* ---- staleness ---- */

static bool list_contains_locked(const struct dxcore_list *list,
				 const struct dxcore_adapter *adapter)
{
	int i;

	for (i = 0; i < list->count; i++)
		if (list->adapters[i] == adapter)
			return true;
	return false;
}

static bool list_differs_locked(const struct dxcore_list *list, struct dxcore_adapter **adapters,
				int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (!list_contains_locked(list, adapters[i]))
			return true;
	return n != list->count;
}

static bool list_is_known_stale(struct dxcore_list *list)
{
	bool stale;

	pthread_mutex_lock(&list->lock);
	stale = list->stale;
	pthread_mutex_unlock(&list->lock);
	return stale;
}

bool list_check(struct dxcore_list *list)
{
	struct dxcore_adapter **adapters;
	bool stale = list_is_known_stale(list);
	int n;

	if (stale)
		return true;
	n = list_scan(list, &adapters);
	if (n < 0)
		return false;
	pthread_mutex_lock(&list->lock);
	list->stale |= list_differs_locked(list, adapters, n);
	stale = list->stale;
	pthread_mutex_unlock(&list->lock);
	adapter_scan_free(adapters, n);
	return stale;
}

/* ---- sorting ---- */

/* How well @adapter fits; the smaller, the better. */
static unsigned int list_rank(const struct dxcore_adapter *adapter, uint32_t preference)
{
	const struct facts *facts = adapter_facts(adapter);

	switch ((enum dxcore_preference)preference) {
	case DXCORE_PREFER_HARDWARE:
		return !facts_is_hardware(facts);
	case DXCORE_PREFER_MINIMUM_POWER:
		return !facts_is_integrated(facts);
	case DXCORE_PREFER_HIGH_PERFORMANCE:
		return facts->type.detachable ? 0 : 1 + facts_is_integrated(facts);
	case DXCORE_PREFERENCES:
		break;
	}
	return 0;
}

static bool list_is_before(const struct dxcore_adapter *x, const struct dxcore_adapter *y,
			   uint32_t count, const uint32_t *preferences)
{
	unsigned int of_x, of_y;
	uint32_t i;

	for (i = 0; i < count; i++) {
		of_x = list_rank(x, preferences[i]);
		of_y = list_rank(y, preferences[i]);
		if (of_x != of_y)
			return of_x < of_y;
	}
	return false;
}

/* By insertion: adapters that fit equally well keep their order. */
static void list_sort_locked(struct dxcore_list *list, uint32_t count, const uint32_t *preferences)
{
	struct dxcore_adapter *adapter;
	int i, at;

	for (i = 1; i < list->count; i++) {
		adapter = list->adapters[i];
		for (at = i; at > 0; at--) {
			if (!list_is_before(adapter, list->adapters[at - 1], count, preferences))
				break;
			list->adapters[at] = list->adapters[at - 1];
		}
		list->adapters[at] = adapter;
	}
}

static bool list_is_preference_supported(struct dxcore_list *self, uint32_t preference)
{
	(void)self;
	return preference < DXCORE_PREFERENCES;
}

static HRESULT list_sort(struct dxcore_list *self, uint32_t count, const uint32_t *preferences)
{
	uint32_t i;

	if (!count || !preferences)
		return E_INVALIDARG;
	for (i = 0; i < count; i++)
		if (!list_is_preference_supported(self, preferences[i]))
			return DXGI_ERROR_INVALID_CALL;
	pthread_mutex_lock(&self->lock);
	list_sort_locked(self, count, preferences);
	pthread_mutex_unlock(&self->lock);
	return S_OK;
}

/* ---- IDXCoreAdapterList ---- */

static HRESULT list_get_adapter(struct dxcore_list *self, uint32_t index, const struct guid *iid,
				void **ret_adapter)
{
	struct dxcore_adapter *adapter;
	HRESULT hr;

	if (!ret_adapter)
		return E_POINTER;
	*ret_adapter = NULL;
	if (index >= (uint32_t)self->count)
		return E_INVALIDARG;
	pthread_mutex_lock(&self->lock);
	adapter = self->adapters[index];
	pthread_mutex_unlock(&self->lock);
	hr = adapter_query(adapter, iid, ret_adapter);
	if (hr != S_OK || adapter_check(adapter))
		return hr;
	adapter_put(adapter);
	*ret_adapter = NULL;
	return DXGI_ERROR_DEVICE_REMOVED;
}

static uint32_t list_get_adapter_count(struct dxcore_list *self)
{
	return (uint32_t)self->count;
}

static HRESULT list_get_factory(struct dxcore_list *self, const struct guid *iid,
				void **ret_factory)
{
	(void)self;
	return factory_query(iid, ret_factory);
}

static const struct dxcore_list_table list_table = {
	.unknown = {
		.query_interface = list_query,
		.add_ref = list_add_ref,
		.release = list_release,
	},
	.get_adapter = list_get_adapter,
	.get_adapter_count = list_get_adapter_count,
	.is_stale = list_check,
	.get_factory = list_get_factory,
	.sort = list_sort,
	.is_preference_supported = list_is_preference_supported,
};
