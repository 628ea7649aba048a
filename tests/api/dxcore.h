/* SPDX-License-Identifier: MIT */
/*
 * dxcore - what the tests of libdxcore share: the library opened by name, its objects through the
 * tables of functions, and a bell that a notification rings. Unlike fixture.h these functions
 * assert.
 */
#ifndef OPENDXG_TESTS_API_DXCORE_H
#define OPENDXG_TESTS_API_DXCORE_H

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include "../unit/cm.h"
#include "dxcore/interface.h"

typedef HRESULT (*create_factory)(const struct guid *iid, void **ret_factory);

static const struct guid __attribute__((unused)) iid_unknown = DXCORE_IID_UNKNOWN;
static const struct guid __attribute__((unused)) iid_factory = DXCORE_IID_FACTORY;
static const struct guid __attribute__((unused)) iid_list = DXCORE_IID_LIST;
static const struct guid __attribute__((unused)) iid_adapter = DXCORE_IID_ADAPTER;
static const struct guid opendxg_compute = DXCORE_ATTRIBUTE_OPENDXG_COMPUTE;
static const struct guid direct3d[] __attribute__((unused)) = {
	DXCORE_ATTRIBUTE_D3D11_GRAPHICS,
	DXCORE_ATTRIBUTE_D3D12_GRAPHICS,
	DXCORE_ATTRIBUTE_D3D12_CORE_COMPUTE,
};

struct dxcore_adapter {
	const struct dxcore_adapter_table *table;
};
struct dxcore_list {
	const struct dxcore_list_table *table;
};
struct dxcore_factory {
	const struct dxcore_factory_table *table;
};

static inline create_factory dxcore_entry(void)
{
	void *library = dlopen("libdxcore.so", RTLD_NOW);

	if (!library)
		fail_msg("%s", dlerror());
	return (create_factory)(uintptr_t)dlsym(library, "DXCoreCreateAdapterFactory");
}

static inline struct dxcore_factory *factory_open(void)
{
	create_factory create = dxcore_entry();
	void *factory = NULL;

	assert_non_null(create);
	assert_int_equal(create(&iid_factory, &factory), S_OK);
	return factory;
}

static inline uint32_t release(void *object)
{
	struct dxcore_unknown *unknown = object;

	return unknown->table->release(unknown);
}

static inline struct dxcore_list *list_open(struct dxcore_factory *f, uint32_t count,
					    const struct guid *attributes)
{
	void *list = NULL;

	assert_int_equal(f->table->create_adapter_list(f, count, attributes, &iid_list, &list),
			 S_OK);
	return list;
}

static inline struct dxcore_adapter *adapter_open(struct dxcore_list *list, uint32_t index)
{
	void *adapter = NULL;

	assert_int_equal(list->table->get_adapter(list, index, &iid_adapter, &adapter), S_OK);
	return adapter;
}

/** struct core - the factory, a list of our adapters and the first of them. */
struct core {
	struct dxcore_factory *factory;
	struct dxcore_list *list;
	struct dxcore_adapter *adapter;
};

static inline void core_open(struct core *c)
{
	c->factory = factory_open();
	c->list = list_open(c->factory, 1, &opendxg_compute);
	assert_true(c->list->table->get_adapter_count(c->list) > 0);
	c->adapter = adapter_open(c->list, 0);
}

static inline void core_close(struct core *c)
{
	release(c->adapter);
	release(c->list);
	release(c->factory);
}

/** struct bell - what a callback does, and what it was called with. */
struct bell {
	int fd[2];
	struct dxcore_factory *factory;
	uint32_t cookie;
	uint32_t type;
	void *object;
};

static inline void ring(uint32_t type, struct dxcore_unknown *object, void *context)
{
	struct bell *b = context;
	char byte = 1;

	b->type = type;
	b->object = object;
	if (write(b->fd[1], &byte, 1) != 1)
		abort();
}

static inline void bell_open(struct bell *b, struct dxcore_factory *f)
{
	*b = (struct bell){ .factory = f };
	assert_int_equal(pipe(b->fd), 0);
}

static inline void bell_close(struct bell *b)
{
	close(b->fd[0]);
	close(b->fd[1]);
}

static inline HRESULT bell_register(struct bell *b, void *object, uint32_t type)
{
	return b->factory->table->register_event(b->factory, object, type, ring, b, &b->cookie);
}

#endif
