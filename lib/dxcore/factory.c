// SPDX-License-Identifier: MIT
/*
 * factory: see factory.h. It is static and outlives its references; the count is kept because
 * callers may look at it.
 */
#include "factory.h"

#include <pthread.h>

#include "adapter.h"
#include "list.h"
#include "watch.h"

/**
 * struct dxcore_factory - see above.
 * @table: of IDXCoreAdapterFactory
 * @refs: references
 */
struct dxcore_factory {
	const struct dxcore_factory_table *table;
	uint32_t refs;
};

static const struct dxcore_factory_table factory_table;
static struct dxcore_factory factory = { .table = &factory_table };
static pthread_once_t factory_once = PTHREAD_ONCE_INIT;

static void factory_forked(void)
{
	adapter_forked();
	watch_forked();
}

static void factory_prepare(void)
{
	pthread_atfork(NULL, NULL, factory_forked);
}

HRESULT factory_query(const struct guid *iid, void **ret_factory)
{
	static const struct guid unknown = DXCORE_IID_UNKNOWN, own = DXCORE_IID_FACTORY;

	if (!ret_factory)
		return E_POINTER;
	*ret_factory = NULL;
	if (!guid_equal(iid, &unknown) && !guid_equal(iid, &own))
		return E_NOINTERFACE;
	pthread_once(&factory_once, factory_prepare);
	com_get(&factory.refs);
	*ret_factory = &factory;
	return S_OK;
}

HRESULT DXCoreCreateAdapterFactory(const struct guid *iid, void **ret_factory)
{
	return factory_query(iid, ret_factory);
}

static HRESULT factory_query_interface(void *self, const struct guid *iid, void **ret_object)
{
	(void)self;
	return factory_query(iid, ret_object);
}

static uint32_t factory_add_ref(void *self)
{
	(void)self;
	return com_get(&factory.refs);
}

static uint32_t factory_release(void *self)
{
	(void)self;
	return com_put(&factory.refs);
}

static HRESULT factory_create_adapter_list(struct dxcore_factory *self, uint32_t count,
					   const struct guid *attributes, const struct guid *iid,
					   void **ret_list)
{
	(void)self;
	if (!ret_list)
		return E_POINTER;
	*ret_list = NULL;
	if (!count || !attributes)
		return E_INVALIDARG;
	return list_create(count, attributes, iid, ret_list);
}

static HRESULT factory_get_adapter_by_luid(struct dxcore_factory *self, const struct luid *luid,
					   const struct guid *iid, void **ret_adapter)
{
	struct dxcore_adapter **adapters;
	HRESULT hr = E_INVALIDARG;
	int i, n;

	(void)self;
	if (!ret_adapter)
		return E_POINTER;
	*ret_adapter = NULL;
	n = adapter_scan(&adapters);
	if (n < 0)
		return E_OUTOFMEMORY;
	for (i = 0; i < n; i++)
		if (luid_equal(adapter_facts(adapters[i])->luid, *luid)) {
			hr = adapter_query(adapters[i], iid, ret_adapter);
			break;
		}
	adapter_scan_free(adapters, n);
	return hr;
}

static bool factory_is_notification_type_supported(struct dxcore_factory *self, uint32_t type)
{
	(void)self;
	return watch_supports(type);
}

static HRESULT factory_register_event(struct dxcore_factory *self, struct dxcore_unknown *object,
				      uint32_t type, dxcore_callback callback, void *context,
				      uint32_t *ret_cookie)
{
	(void)self;
	if (!ret_cookie)
		return E_POINTER;
	*ret_cookie = 0;
	if (!callback)
		return E_POINTER;
	if (!watch_supports(type))
		return DXGI_ERROR_INVALID_CALL;
	if (!object)
		return E_INVALIDARG;
	return watch_start(object, type, callback, context, ret_cookie);
}

static HRESULT factory_unregister_event(struct dxcore_factory *self, uint32_t cookie)
{
	(void)self;
	return watch_stop(cookie);
}

static const struct dxcore_factory_table factory_table = {
	.unknown = {
		.query_interface = factory_query_interface,
		.add_ref = factory_add_ref,
		.release = factory_release,
	},
	.create_adapter_list = factory_create_adapter_list,
	.get_adapter_by_luid = factory_get_adapter_by_luid,
	.is_notification_type_supported = factory_is_notification_type_supported,
	.register_event = factory_register_event,
	.unregister_event = factory_unregister_event,
};
