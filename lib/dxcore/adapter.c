// SPDX-License-Identifier: MIT
/*
 * adapter: see adapter.h. There is one object per adapter, so that pointers can be compared; it is
 * found by LUID in the list of those known, as long as somebody holds it and it is valid. It has an
 * adapter handle of libdxg, which is given up when the adapter is seen to be gone, because only
 * then can libdxg begin anew. `known_lock` covers the list and what changes in its objects; it is
 * not held while the host is asked.
 */
#include "adapter.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "factory.h"
#include "libdxg.h"

#define ADAPTER_SCAN_TRIES 4

/**
 * struct dxcore_adapter - an adapter of this system.
 * @table: of IDXCoreAdapter
 * @refs: references; the last one is given up under known_lock
 * @next: in the list of those known; known_lock
 * @facts: what it said of itself when it was found; never changes
 * @epoch: the process that found it; in a child of a fork it is not valid
 * @handle: open as long as @valid; known_lock
 * @valid: goes from true to false, once; known_lock
 */
struct dxcore_adapter {
	const struct dxcore_adapter_table *table;
	uint32_t refs;
	struct dxcore_adapter *next;
	struct facts facts;
	uint32_t epoch;
	uint32_t handle;
	bool valid;
};

static const struct dxcore_adapter_table adapter_table;

static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;
static struct dxcore_adapter *known;
static uint32_t known_epoch; /* changes in the child of a fork only, which has one thread then */

void adapter_forked(void)
{
	pthread_mutex_init(&known_lock, NULL);
	known = NULL;
	known_epoch++;
}

struct dxcore_adapter *adapter_of(struct dxcore_unknown *object)
{
	return object->table == &adapter_table.unknown ? (struct dxcore_adapter *)object : NULL;
}

const struct facts *adapter_facts(const struct dxcore_adapter *adapter)
{
	return &adapter->facts;
}

static void adapter_close(uint32_t handle)
{
	struct d3dkmt_closeadapter args = { .adapter_handle = { .v = handle } };

	if (handle)
		D3DKMTCloseAdapter(&args);
}

/* ---- those known ---- */

static void known_remove_locked(struct dxcore_adapter *adapter)
{
	struct dxcore_adapter **at = &known;

	while (*at && *at != adapter)
		at = &(*at)->next;
	if (*at)
		*at = adapter->next;
}

/* Take the handle of an adapter that nobody finds from here on. */
static uint32_t known_retire_locked(struct dxcore_adapter *adapter)
{
	uint32_t handle = adapter->epoch == known_epoch ? adapter->handle : 0;

	known_remove_locked(adapter);
	adapter->handle = 0;
	adapter->valid = false;
	return handle;
}

static struct dxcore_adapter *known_find_locked(struct luid luid)
{
	struct dxcore_adapter *a;

	for (a = known; a; a = a->next)
		if (luid_equal(a->facts.luid, luid)) {
			com_get(&a->refs);
			return a;
		}
	return NULL;
}

static struct dxcore_adapter *known_find(struct luid luid)
{
	struct dxcore_adapter *adapter;

	pthread_mutex_lock(&known_lock);
	adapter = known_find_locked(luid);
	pthread_mutex_unlock(&known_lock);
	return adapter;
}

/* Its handle, or 0 when it is not valid. */
static uint32_t adapter_handle(struct dxcore_adapter *adapter)
{
	uint32_t handle;

	pthread_mutex_lock(&known_lock);
	handle = adapter->valid && adapter->epoch == known_epoch ? adapter->handle : 0;
	pthread_mutex_unlock(&known_lock);
	return handle;
}

static void adapter_invalidate(struct dxcore_adapter *adapter)
{
	uint32_t handle;

	pthread_mutex_lock(&known_lock);
	handle = known_retire_locked(adapter);
	pthread_mutex_unlock(&known_lock);
	adapter_close(handle);
}

uint32_t adapter_put(struct dxcore_adapter *adapter)
{
	uint32_t left = com_put_unless_last(&adapter->refs), handle = 0;

	if (left)
		return left;
	pthread_mutex_lock(&known_lock);
	left = com_put(&adapter->refs);
	if (!left)
		handle = known_retire_locked(adapter);
	pthread_mutex_unlock(&known_lock);
	if (!left) {
		adapter_close(handle);
		free(adapter);
	}
	return left;
}

/* ---- the host ---- */

static NTSTATUS adapter_ask_budget(struct dxcore_adapter *adapter,
				   const struct dxcore_budget_of *of, struct dxcore_budget *ret)
{
	struct d3dkmt_queryvideomemoryinfo args = {
		.adapter = { .v = adapter_handle(adapter) },
		.memory_segment_group = of->group,
		.physical_adapter_index = of->node,
	};
	NTSTATUS status;

	if (!args.adapter.v)
		return STATUS_DEVICE_REMOVED;
	status = D3DKMTQueryVideoMemoryInfo(&args);
	*ret = (struct dxcore_budget){
		.budget = args.budget,
		.usage = args.current_usage,
		.available_for_reservation = args.available_for_reservation,
		.reservation = args.current_reservation,
	};
	if (status == STATUS_DEVICE_REMOVED)
		adapter_invalidate(adapter);
	return status;
}

HRESULT adapter_budget(struct dxcore_adapter *adapter, const struct dxcore_budget_of *of,
		       struct dxcore_budget *ret)
{
	struct dxcore_budget budget;
	NTSTATUS status;

	if (of->group >= DXCORE_SEGMENT_GROUPS)
		return E_INVALIDARG;
	status = adapter_ask_budget(adapter, of, &budget);
	if (status == STATUS_DEVICE_REMOVED)
		return DXGI_ERROR_DEVICE_REMOVED;
	if (status == STATUS_INVALID_PARAMETER)
		return E_INVALIDARG;
	if (status < 0)
		return E_FAIL;
	*ret = budget;
	return S_OK;
}

/* The budget is what the host is asked for every time; other answers may be remembered. */
bool adapter_check(struct dxcore_adapter *adapter)
{
	const struct dxcore_budget_of of = { 0, 0 };
	struct dxcore_budget budget;

	return adapter_ask_budget(adapter, &of, &budget) != STATUS_DEVICE_REMOVED;
}

static struct dxcore_adapter *adapter_create(uint32_t handle, struct luid luid)
{
	struct dxcore_adapter *adapter = calloc(1, sizeof(*adapter));

	if (!adapter)
		return NULL;
	adapter->table = &adapter_table;
	adapter->refs = 1;
	adapter->epoch = known_epoch;
	adapter->handle = handle;
	adapter->valid = true;
	facts_ask(handle, luid, &adapter->facts);
	return adapter;
}

/* List a new adapter, unless somebody else was faster. Return: the one that is listed. */
static struct dxcore_adapter *known_insert(struct dxcore_adapter *adapter)
{
	struct dxcore_adapter *other;

	pthread_mutex_lock(&known_lock);
	other = known_find_locked(adapter->facts.luid);
	if (!other) {
		adapter->next = known;
		known = adapter;
	}
	pthread_mutex_unlock(&known_lock);
	if (!other)
		return adapter;
	adapter_put(adapter);
	return other;
}

/* The object of an adapter that was just opened; it owns @handle. */
static struct dxcore_adapter *adapter_find(uint32_t handle, struct luid luid)
{
	struct dxcore_adapter *adapter = known_find(luid);

	if (adapter && adapter_check(adapter)) {
		adapter_close(handle);
		return adapter;
	}
	if (adapter)
		adapter_put(adapter);
	adapter = adapter_create(handle, luid);
	if (!adapter) {
		adapter_close(handle);
		return NULL;
	}
	return known_insert(adapter);
}

/* ---- scanning ---- */

static NTSTATUS scan_enumerate(struct d3dkmt_adapterinfo *info, uint32_t *count)
{
	struct d3dkmt_enumadapters2 args = { .num_adapters = *count, .adapters = dxg_ptr(info) };
	NTSTATUS status = D3DKMTEnumAdapters2(&args);

	*count = args.num_adapters;
	return status;
}

/* Open all adapters. Return: how many; -ENODEV: there is no device; -ENOMEM. */
static int scan_open(struct d3dkmt_adapterinfo **ret_info)
{
	struct d3dkmt_adapterinfo *info;
	uint32_t count;
	int try;

	for (try = 0; try < ADAPTER_SCAN_TRIES; try++) {
		count = 0;
		if (scan_enumerate(NULL, &count) < 0)
			return -ENODEV;
		info = calloc(count + 1, sizeof(*info));
		if (!info)
			return -ENOMEM;
		if (count && scan_enumerate(info, &count) >= 0) {
			*ret_info = info;
			return (int)count;
		}
		free(info);
		if (!count)
			break;
	}
	return -ENODEV;
}

/* The one at place @n of the list, or NULL. */
static struct dxcore_adapter *known_at(unsigned int n)
{
	struct dxcore_adapter *a;

	pthread_mutex_lock(&known_lock);
	for (a = known; a && n; n--)
		a = a->next;
	if (a)
		com_get(&a->refs);
	pthread_mutex_unlock(&known_lock);
	return a;
}

/* Look at all known: those that are gone leave the list and give up their handles. */
static void scan_check_known(void)
{
	struct dxcore_adapter *adapter;
	unsigned int n = 0;

	while ((adapter = known_at(n))) {
		n += adapter_check(adapter);
		adapter_put(adapter);
	}
}

void adapter_scan_free(struct dxcore_adapter **adapters, int count)
{
	while (count > 0)
		adapter_put(adapters[--count]);
	free(adapters);
}

static int scan_take(const struct d3dkmt_adapterinfo *info, int count,
		     struct dxcore_adapter **adapters)
{
	int i, n = 0;

	for (i = 0; i < count; i++) {
		struct luid luid = { info[i].adapter_luid.a, (int32_t)info[i].adapter_luid.b };

		adapters[n] = adapter_find(info[i].adapter_handle.v, luid);
		if (adapters[n])
			n++;
	}
	return n;
}

int adapter_scan(struct dxcore_adapter ***ret_adapters)
{
	struct d3dkmt_adapterinfo *info = NULL;
	struct dxcore_adapter **adapters;
	int n = scan_open(&info);

	if (n == -ENODEV) {
		scan_check_known();
		n = scan_open(&info);
	}
	if (n == -ENOMEM)
		return n;
	adapters = calloc(n > 0 ? (size_t)n : 1, sizeof(struct dxcore_adapter *));
	if (adapters)
		*ret_adapters = adapters;
	else
		while (n > 0)
			adapter_close(info[--n].adapter_handle.v);
	n = adapters ? scan_take(info, n, adapters) : -ENOMEM;
	free(info);
	return n;
}

/* ---- IDXCoreAdapter ---- */

HRESULT adapter_query(struct dxcore_adapter *adapter, const struct guid *iid, void **ret_object)
{
	static const struct guid unknown = DXCORE_IID_UNKNOWN, own = DXCORE_IID_ADAPTER;

	if (!ret_object)
		return E_POINTER;
	*ret_object = NULL;
	if (!guid_equal(iid, &unknown) && !guid_equal(iid, &own))
		return E_NOINTERFACE;
	com_get(&adapter->refs);
	*ret_object = adapter;
	return S_OK;
}

static HRESULT adapter_query_interface(void *self, const struct guid *iid, void **ret_object)
{
	return adapter_query(self, iid, ret_object);
}

static uint32_t adapter_add_ref(void *self)
{
	struct dxcore_adapter *adapter = self;

	return com_get(&adapter->refs);
}

static uint32_t adapter_release(void *self)
{
	return adapter_put(self);
}

static bool adapter_is_attribute_supported(struct dxcore_adapter *self,
					   const struct guid *attribute)
{
	return facts_attribute(&self->facts, attribute);
}

static bool adapter_is_property_supported(struct dxcore_adapter *self, uint32_t property)
{
	size_t size;

	return facts_size(&self->facts, property, &size) == S_OK;
}

static HRESULT adapter_get_property(struct dxcore_adapter *self, uint32_t property, size_t size,
				    void *ret_data)
{
	return ret_data ? facts_get(&self->facts, property, size, ret_data) : E_POINTER;
}

static HRESULT adapter_get_property_size(struct dxcore_adapter *self, uint32_t property,
					 size_t *ret_size)
{
	return ret_size ? facts_size(&self->facts, property, ret_size) : E_POINTER;
}

static bool adapter_is_query_state_supported(struct dxcore_adapter *self, uint32_t state)
{
	(void)self;
	return state == DXCORE_STATE_MEMORY_BUDGET;
}

static HRESULT adapter_query_state(struct dxcore_adapter *self, uint32_t state, size_t in_size,
				   const void *in, size_t out_size, void *ret_out)
{
	struct dxcore_budget_of of;

	if (state >= DXCORE_STATES)
		return DXGI_ERROR_INVALID_CALL;
	if (!adapter_is_query_state_supported(self, state))
		return DXGI_ERROR_UNSUPPORTED;
	if (!in || !ret_out)
		return E_POINTER;
	if (in_size != sizeof(of) || out_size != sizeof(struct dxcore_budget))
		return E_INVALIDARG;
	memcpy(&of, in, sizeof(of));
	return adapter_budget(self, &of, ret_out);
}

/* No state of an adapter is its users' to set. */
static bool adapter_is_set_state_supported(struct dxcore_adapter *self, uint32_t state)
{
	(void)self;
	(void)state;
	return false;
}

static HRESULT adapter_set_state(struct dxcore_adapter *self, uint32_t state, size_t details_size,
				 const void *details, size_t in_size, const void *in)
{
	(void)self;
	(void)details_size;
	(void)details;
	(void)in_size;
	(void)in;
	return state < DXCORE_STATES ? DXGI_ERROR_UNSUPPORTED : DXGI_ERROR_INVALID_CALL;
}

static HRESULT adapter_get_factory(struct dxcore_adapter *self, const struct guid *iid,
				   void **ret_factory)
{
	(void)self;
	return factory_query(iid, ret_factory);
}

static const struct dxcore_adapter_table adapter_table = {
	.unknown = {
		.query_interface = adapter_query_interface,
		.add_ref = adapter_add_ref,
		.release = adapter_release,
	},
	.is_valid = adapter_check,
	.is_attribute_supported = adapter_is_attribute_supported,
	.is_property_supported = adapter_is_property_supported,
	.get_property = adapter_get_property,
	.get_property_size = adapter_get_property_size,
	.is_query_state_supported = adapter_is_query_state_supported,
	.query_state = adapter_query_state,
	.is_set_state_supported = adapter_is_set_state_supported,
	.set_state = adapter_set_state,
	.get_factory = adapter_get_factory,
};
