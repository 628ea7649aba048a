// SPDX-License-Identifier: MIT
/*
 * test_api_dxcore: libdxcore as a C program meets it: opened by name, used through the tables of
 * functions. tests/dxcore compares these with Debian's headers.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fork.h"
#include "../slow.h"
#include "dxcore.h"
#include "fixture.h"

#define THREADS 8
#define ROUNDS slow_scaled(50)

/* ---- names and references ---- */

static void test_factory(void **state)
{
	create_factory create = dxcore_entry();
	void *a = NULL, *b = NULL, *c = &a;

	(void)state;
	assert_int_equal(create(&iid_factory, &a), S_OK);
	assert_int_equal(create(&iid_unknown, &b), S_OK);
	assert_ptr_equal(a, b);
	assert_int_equal(create(&iid_list, &c), E_NOINTERFACE);
	assert_null(c);
	assert_int_equal(create(&iid_factory, NULL), E_POINTER);
	assert_int_equal(release(b), 1);
	assert_int_equal(release(a), 0);
}

static void test_query_interface(void **state)
{
	struct core c;
	void *other;

	(void)state;
	core_open(&c);
	assert_int_equal(c.adapter->table->unknown.query_interface(c.adapter, &iid_unknown, &other),
			 S_OK);
	assert_ptr_equal(other, c.adapter);
	release(other);
	assert_int_equal(c.adapter->table->unknown.query_interface(c.adapter, &iid_list, &other),
			 E_NOINTERFACE);
	assert_null(other);
	assert_int_equal(c.list->table->unknown.query_interface(c.list, &iid_adapter, &other),
			 E_NOINTERFACE);
	assert_int_equal(c.adapter->table->get_factory(c.adapter, &iid_factory, &other), S_OK);
	assert_ptr_equal(other, c.factory);
	release(other);
	assert_int_equal(c.list->table->get_factory(c.list, &iid_factory, &other), S_OK);
	assert_ptr_equal(other, c.factory);
	release(other);
	core_close(&c);
}

static void test_references(void **state)
{
	struct core c;

	(void)state;
	core_open(&c);
	/* The list has one, too. */
	assert_int_equal(c.adapter->table->unknown.add_ref(c.adapter), 3);
	assert_int_equal(release(c.adapter), 2);
	assert_int_equal(release(c.list), 0);
	assert_int_equal(c.adapter->table->unknown.add_ref(c.adapter), 2);
	assert_int_equal(release(c.adapter), 1);
	assert_true(c.adapter->table->is_valid(c.adapter));
	assert_int_equal(release(c.adapter), 0);
	release(c.factory);
}

/* ---- lists ---- */

static void test_list_is_of_what_is_enumerated(void **state)
{
	struct core c;
	struct d3dkmt_enumadapters2 e = { 0 };

	(void)state;
	core_open(&c);
	assert_ok(D3DKMTEnumAdapters2(&e));
	assert_int_equal(c.list->table->get_adapter_count(c.list), e.num_adapters);
	core_close(&c);
}

/* No driver of Direct3D comes with opendxg, and its adapters do not say so. */
static void test_no_direct3d(void **state)
{
	struct core c;
	struct dxcore_list *list;
	unsigned int i;

	(void)state;
	core_open(&c);
	assert_true(c.adapter->table->is_attribute_supported(c.adapter, &opendxg_compute));
	for (i = 0; i < 3; i++) {
		assert_false(c.adapter->table->is_attribute_supported(c.adapter, &direct3d[i]));
		list = list_open(c.factory, 1, &direct3d[i]);
		assert_int_equal(list->table->get_adapter_count(list), 0);
		assert_false(list->table->is_stale(list));
		release(list);
	}
	core_close(&c);
}

static void test_all_attributes_count(void **state)
{
	const struct guid both[] = { opendxg_compute, direct3d[2] };
	const struct guid twice[] = { opendxg_compute, opendxg_compute };
	struct dxcore_factory *f = factory_open();
	struct dxcore_list *list = list_open(f, 2, both);

	(void)state;
	assert_int_equal(list->table->get_adapter_count(list), 0);
	release(list);
	list = list_open(f, 2, twice);
	assert_true(list->table->get_adapter_count(list) > 0);
	release(list);
	release(f);
}

static void test_list_arguments(void **state)
{
	struct core c;
	void *list = &c;
	const struct dxcore_factory_table *t;

	(void)state;
	core_open(&c);
	t = c.factory->table;
	assert_int_equal(t->create_adapter_list(c.factory, 0, &opendxg_compute, &iid_list, &list),
			 E_INVALIDARG);
	assert_null(list);
	assert_int_equal(t->create_adapter_list(c.factory, 1, NULL, &iid_list, &list),
			 E_INVALIDARG);
	assert_int_equal(t->create_adapter_list(c.factory, 1, &opendxg_compute, &iid_list, NULL),
			 E_POINTER);
	assert_int_equal(
		t->create_adapter_list(c.factory, 1, &opendxg_compute, &iid_adapter, &list),
		E_NOINTERFACE);
	assert_null(list);
	assert_int_equal(c.list->table->get_adapter(c.list, 1000, &iid_adapter, &list),
			 E_INVALIDARG);
	assert_int_equal(c.list->table->get_adapter(c.list, UINT32_MAX, &iid_adapter, &list),
			 E_INVALIDARG);
	assert_int_equal(c.list->table->get_adapter(c.list, 0, &iid_adapter, NULL), E_POINTER);
	core_close(&c);
}

/* One adapter is one object, in every list and by its LUID. */
static void test_same_object(void **state)
{
	struct core c;
	struct dxcore_list *again;
	struct dxcore_adapter *adapter;
	struct luid luid, wrong;
	void *found = NULL;

	(void)state;
	core_open(&c);
	again = list_open(c.factory, 1, &opendxg_compute);
	adapter = adapter_open(again, 0);
	assert_ptr_equal(adapter, c.adapter);
	release(adapter);
	release(again);
	assert_int_equal(c.adapter->table->get_property(c.adapter, DXCORE_INSTANCE_LUID,
							sizeof(luid), &luid),
			 S_OK);
	assert_int_equal(
		c.factory->table->get_adapter_by_luid(c.factory, &luid, &iid_adapter, &found),
		S_OK);
	assert_ptr_equal(found, c.adapter);
	release(found);
	wrong = luid;
	wrong.high ^= 0x5a5a5a5a;
	assert_int_equal(
		c.factory->table->get_adapter_by_luid(c.factory, &wrong, &iid_adapter, &found),
		E_INVALIDARG);
	assert_null(found);
	core_close(&c);
}

static void test_sort(void **state)
{
	const uint32_t all[] = { DXCORE_PREFER_HARDWARE, DXCORE_PREFER_MINIMUM_POWER,
				 DXCORE_PREFER_HIGH_PERFORMANCE };
	const uint32_t unknown = 3;
	struct core c;
	unsigned int i;

	(void)state;
	core_open(&c);
	for (i = 0; i < 3; i++)
		assert_true(c.list->table->is_preference_supported(c.list, all[i]));
	assert_false(c.list->table->is_preference_supported(c.list, unknown));
	assert_int_equal(c.list->table->sort(c.list, 3, all), S_OK);
	assert_int_equal(c.list->table->sort(c.list, 1, &unknown), DXGI_ERROR_INVALID_CALL);
	assert_int_equal(c.list->table->sort(c.list, 0, all), E_INVALIDARG);
	assert_int_equal(c.list->table->sort(c.list, 1, NULL), E_INVALIDARG);
	core_close(&c);
}

/* ---- properties ---- */

/* What an adapter says through DXCore is what it says through D3DKMT. */
static void test_memory_properties(void **state)
{
	struct api *a = *state;
	uint64_t sizes[3], value;
	struct core c;
	unsigned int i;

	core_open(&c);
	assert_ok(api_query(a->adapter, 3, sizes, sizeof(sizes)));
	for (i = 0; i < 3; i++) {
		assert_int_equal(c.adapter->table->get_property(c.adapter,
								DXCORE_DEDICATED_ADAPTER_MEMORY + i,
								sizeof(value), &value),
				 S_OK);
		assert_int_equal(value, sizes[i]);
	}
	core_close(&c);
}

static void test_type_properties(void **state)
{
	struct api *a = *state;
	struct d3dkmt_adaptertype type;
	struct core c;
	bool flag;

	core_open(&c);
	assert_ok(api_query(a->adapter, _KMTQAITYPE_ADAPTERTYPE, &type, sizeof(type)));
	assert_int_equal(c.adapter->table->get_property(c.adapter, DXCORE_IS_HARDWARE, 1, &flag),
			 S_OK);
	assert_int_equal(flag, !type.software_device);
	assert_int_equal(c.adapter->table->get_property(c.adapter, DXCORE_IS_DETACHABLE, 1, &flag),
			 S_OK);
	assert_int_equal(flag, type.detachable);
	assert_int_equal(c.adapter->table->get_property(c.adapter, DXCORE_ACG_COMPATIBLE, 1, &flag),
			 S_OK);
	assert_int_equal(flag, type.acg_supported);
	core_close(&c);
}

static void test_description(void **state)
{
	struct api *a = *state;
	static uint16_t wide[4096];
	char text[512];
	struct core c;
	size_t size, i;

	core_open(&c);
	assert_ok(api_query(a->adapter, 65, wide, sizeof(wide)));
	assert_int_equal(
		c.adapter->table->get_property_size(c.adapter, DXCORE_DRIVER_DESCRIPTION, &size),
		S_OK);
	assert_in_range(size, 2, sizeof(text));
	assert_int_equal(
		c.adapter->table->get_property(c.adapter, DXCORE_DRIVER_DESCRIPTION, size, text),
		S_OK);
	for (i = 0; i < size; i++)
		assert_int_equal((unsigned char)text[i], wide[i]);
	assert_int_equal(text[size - 1], 0);
	assert_int_equal(c.adapter->table->get_property(c.adapter, DXCORE_DRIVER_DESCRIPTION,
							size - 1, text),
			 E_INVALIDARG);
	core_close(&c);
}

/* Each of the enumeration: supported with a size and a value that fits, or not supported at all. */
static void test_every_property(void **state)
{
	uint8_t data[512];
	struct core c;
	uint32_t p;
	size_t size;
	HRESULT hr;

	(void)state;
	core_open(&c);
	for (p = 0; p < DXCORE_PROPERTIES; p++) {
		hr = c.adapter->table->get_property_size(c.adapter, p, &size);
		if (!c.adapter->table->is_property_supported(c.adapter, p)) {
			assert_int_equal(hr, DXGI_ERROR_UNSUPPORTED);
			assert_int_equal(
				c.adapter->table->get_property(c.adapter, p, sizeof(data), data),
				DXGI_ERROR_UNSUPPORTED);
			continue;
		}
		assert_int_equal(hr, S_OK);
		assert_int_equal(c.adapter->table->get_property(c.adapter, p, size, data), S_OK);
		assert_int_equal(c.adapter->table->get_property(c.adapter, p, size - 1, data),
				 E_INVALIDARG);
	}
	core_close(&c);
}

static void test_bad_property(void **state)
{
	uint64_t value;
	struct core c;
	size_t size;

	(void)state;
	core_open(&c);
	assert_false(c.adapter->table->is_property_supported(c.adapter, DXCORE_PROPERTIES));
	assert_false(c.adapter->table->is_property_supported(c.adapter, UINT32_MAX));
	assert_int_equal(c.adapter->table->get_property_size(c.adapter, 1000, &size),
			 DXGI_ERROR_INVALID_CALL);
	assert_int_equal(c.adapter->table->get_property(c.adapter, 1000, 8, &value),
			 DXGI_ERROR_INVALID_CALL);
	assert_int_equal(c.adapter->table->get_property(c.adapter, DXCORE_INSTANCE_LUID, 8, NULL),
			 E_POINTER);
	assert_int_equal(c.adapter->table->get_property_size(c.adapter, DXCORE_INSTANCE_LUID, NULL),
			 E_POINTER);
	core_close(&c);
}

/* ---- state ---- */

static uint64_t budget_of(struct dxcore_adapter *adapter, uint32_t group)
{
	const struct dxcore_budget_of of = { .group = group };
	struct dxcore_budget b;

	assert_int_equal(adapter->table->query_state(adapter, DXCORE_STATE_MEMORY_BUDGET,
						     sizeof(of), &of, sizeof(b), &b),
			 S_OK);
	return b.budget;
}

static void test_budget(void **state)
{
	struct api *a = *state;
	struct dxcore_budget_of of = { .group = 1 };
	struct dxcore_budget before, after;
	struct api_memory m;
	struct core c;
	const struct dxcore_adapter_table *t;

	core_open(&c);
	t = c.adapter->table;
	assert_true(t->is_query_state_supported(c.adapter, DXCORE_STATE_MEMORY_BUDGET));
	assert_int_equal(t->query_state(c.adapter, 1, sizeof(of), &of, sizeof(before), &before),
			 S_OK);
	assert_true(before.budget > 0);
	assert_ok(api_memory_create(a, 1 << 20, DXG_ALLOC_CPU_VISIBLE, &m));
	assert_ok(api_make_resident(a->queue, m.allocation));
	assert_int_equal(t->query_state(c.adapter, 1, sizeof(of), &of, sizeof(after), &after),
			 S_OK);
	assert_int_equal(after.usage, before.usage + m.size);
	assert_ok(api_memory_destroy(a, &m));
	core_close(&c);
}

static void test_bad_state(void **state)
{
	struct dxcore_budget_of of = { 0 };
	struct dxcore_budget b;
	struct core c;
	const struct dxcore_adapter_table *t;

	(void)state;
	core_open(&c);
	t = c.adapter->table;
	assert_int_equal(t->query_state(c.adapter, 2, sizeof(of), &of, sizeof(b), &b),
			 DXGI_ERROR_INVALID_CALL);
	assert_false(t->is_query_state_supported(c.adapter, DXCORE_STATE_DRIVER_UPDATE));
	assert_int_equal(t->query_state(c.adapter, 0, 0, NULL, 1, &b), DXGI_ERROR_UNSUPPORTED);
	assert_int_equal(t->query_state(c.adapter, 1, sizeof(of), NULL, sizeof(b), &b), E_POINTER);
	assert_int_equal(t->query_state(c.adapter, 1, sizeof(of), &of, sizeof(b), NULL), E_POINTER);
	assert_int_equal(t->query_state(c.adapter, 1, sizeof(of) - 1, &of, sizeof(b), &b),
			 E_INVALIDARG);
	assert_int_equal(t->query_state(c.adapter, 1, sizeof(of), &of, sizeof(b) - 1, &b),
			 E_INVALIDARG);
	of.group = 2;
	assert_int_equal(t->query_state(c.adapter, 1, sizeof(of), &of, sizeof(b), &b),
			 E_INVALIDARG);
	of = (struct dxcore_budget_of){ .node = 1 };
	assert_int_equal(t->query_state(c.adapter, 1, sizeof(of), &of, sizeof(b), &b),
			 E_INVALIDARG);
	assert_false(t->is_set_state_supported(c.adapter, 1));
	assert_int_equal(t->set_state(c.adapter, 1, sizeof(of), &of, sizeof(b), &b),
			 DXGI_ERROR_UNSUPPORTED);
	assert_int_equal(t->set_state(c.adapter, 7, sizeof(of), &of, sizeof(b), &b),
			 DXGI_ERROR_INVALID_CALL);
	core_close(&c);
}

/* ---- notifications ---- */

/* Another process that takes half of the vGPU's memory until its pipe closes. */
static int other_process(int hold, int told)
{
	struct api a;
	struct d3dkmthandle memory;
	char byte = 0;

	if (api_open(&a) || api_allocate(a.device, 4 << 20, DXG_ALLOC_CPU_VISIBLE, &memory, NULL) ||
	    api_make_resident(a.queue, memory))
		return 1;
	if (write(told, &byte, 1) != 1 || read(hold, &byte, 1))
		return 2;
	return api_close(&a) != 0;
}

/** struct other - such a process. */
struct other {
	pid_t pid;
	int hold[2];
	int told[2];
};

static void other_start(struct other *o)
{
	char byte;

	assert_int_equal(pipe(o->hold), 0);
	assert_int_equal(pipe(o->told), 0);
	o->pid = fork_quietly();
	if (!o->pid) {
		close(o->hold[1]);
		_exit(other_process(o->hold[0], o->told[1]));
	}
	assert_int_equal(read(o->told[0], &byte, 1), 1);
}

static void other_stop(struct other *o)
{
	int status;

	close(o->hold[0]);
	close(o->hold[1]);
	assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
	assert_int_equal(status, 0);
	close(o->told[0]);
	close(o->told[1]);
}

static void test_budget_change(void **state)
{
	struct core c;
	struct bell b;
	struct other o;
	uint64_t before;

	(void)state;
	core_open(&c);
	bell_open(&b, c.factory);
	before = budget_of(c.adapter, 1);
	assert_int_equal(bell_register(&b, c.adapter, DXCORE_BUDGET_CHANGE), S_OK);
	assert_int_not_equal(b.cookie, 0);
	other_start(&o);
	assert_true(api_poll(b.fd[0], API_WAIT_MS));
	assert_int_equal(b.type, DXCORE_BUDGET_CHANGE);
	assert_ptr_equal(b.object, c.adapter);
	assert_true(budget_of(c.adapter, 1) < before);
	assert_int_equal(c.factory->table->unregister_event(c.factory, b.cookie), S_OK);
	assert_int_equal(c.factory->table->unregister_event(c.factory, b.cookie), E_INVALIDARG);
	other_stop(&o);
	bell_close(&b);
	core_close(&c);
}

static void ring_and_stop(uint32_t type, struct dxcore_unknown *object, void *context)
{
	struct bell *b = context;

	if (b->factory->table->unregister_event(b->factory, b->cookie) != S_OK)
		abort();
	ring(type, object, context);
}

/* A callback may stop its own registration. */
static void test_callback_stops(void **state)
{
	struct core c;
	struct bell b;
	struct other o;

	(void)state;
	core_open(&c);
	bell_open(&b, c.factory);
	assert_int_equal(c.factory->table->register_event(c.factory, (void *)c.adapter,
							  DXCORE_BUDGET_CHANGE, ring_and_stop, &b,
							  &b.cookie),
			 S_OK);
	other_start(&o);
	assert_true(api_poll(b.fd[0], API_WAIT_MS));
	assert_int_equal(c.factory->table->unregister_event(c.factory, b.cookie), E_INVALIDARG);
	other_stop(&o);
	core_close(&c);
	bell_close(&b);
}

/** struct slow - a callback that lasts until it is let go. */
struct slow {
	struct bell bell;
	pid_t stopper;
	int go[2];
	bool ended;
};

static void ring_slowly(uint32_t type, struct dxcore_unknown *object, void *context)
{
	struct slow *s = context;
	char byte;

	ring(type, object, &s->bell);
	if (read(s->go[0], &byte, 1) != 1)
		abort();
	__atomic_store_n(&s->ended, true, __ATOMIC_RELEASE);
}

/* Not before the one that stops is asleep. */
static void *let_go_thread(void *arg)
{
	struct slow *s = arg;
	char byte = 1;

	return api_sleeps(s->stopper) && write(s->go[1], &byte, 1) == 1 ? NULL : arg;
}

/* Who stops a registration gets back when its callback is over. */
static void test_stop_waits(void **state)
{
	struct slow s = { .stopper = gettid() };
	struct core c;
	struct other o;
	pthread_t thread;
	void *wrong;

	(void)state;
	core_open(&c);
	bell_open(&s.bell, c.factory);
	assert_int_equal(pipe(s.go), 0);
	assert_int_equal(c.factory->table->register_event(c.factory, (void *)c.adapter,
							  DXCORE_BUDGET_CHANGE, ring_slowly, &s,
							  &s.bell.cookie),
			 S_OK);
	other_start(&o);
	assert_true(api_poll(s.bell.fd[0], API_WAIT_MS));
	assert_false(__atomic_load_n(&s.ended, __ATOMIC_ACQUIRE));
	assert_int_equal(pthread_create(&thread, NULL, let_go_thread, &s), 0);
	assert_int_equal(c.factory->table->unregister_event(c.factory, s.bell.cookie), S_OK);
	assert_true(__atomic_load_n(&s.ended, __ATOMIC_ACQUIRE));
	pthread_join(thread, &wrong);
	assert_null(wrong);
	other_stop(&o);
	close(s.go[0]);
	close(s.go[1]);
	bell_close(&s.bell);
	core_close(&c);
}

/* How often the library's thread has run, or -1: there is none. */
static long watcher_switches(void)
{
	char path[300], line[128];
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	long switches = -1;
	bool ours = false;
	FILE *f;

	while (!ours && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", entry->d_name);
		f = fopen(path, "r");
		while (f && fgets(line, sizeof(line), f)) {
			ours |= !strcmp(line, "Name:\tdxcore-watch\n");
			if (ours)
				sscanf(line, "voluntary_ctxt_switches: %ld", &switches);
		}
		if (f)
			fclose(f);
	}
	closedir(dir);
	return switches;
}

/* While nobody is registered the thread does not run at all: here for several of its periods. */
static void test_idle_is_asleep(void **state)
{
	struct core c;
	struct bell b;
	int nothing[2];
	long before;

	(void)state;
	core_open(&c);
	bell_open(&b, c.factory);
	assert_int_equal(bell_register(&b, c.list, DXCORE_LIST_STALE), S_OK);
	assert_int_equal(c.factory->table->unregister_event(c.factory, b.cookie), S_OK);
	assert_int_equal(pipe(nothing), 0);
	/* The round under way, if there is one, ends in this time, too. */
	assert_false(api_poll(nothing[0], 1000));
	before = watcher_switches();
	assert_true(before > 0);
	assert_false(api_poll(nothing[0], 1500));
	assert_int_equal(watcher_switches(), before);
	close(nothing[0]);
	close(nothing[1]);
	bell_close(&b);
	core_close(&c);
}

static void test_register_arguments(void **state)
{
	struct core c;
	struct bell b;
	uint32_t cookie = 7;
	const struct dxcore_factory_table *t;

	(void)state;
	core_open(&c);
	bell_open(&b, c.factory);
	t = c.factory->table;
	assert_true(t->is_notification_type_supported(c.factory, DXCORE_LIST_STALE));
	assert_true(t->is_notification_type_supported(c.factory, DXCORE_NO_LONGER_VALID));
	assert_true(t->is_notification_type_supported(c.factory, DXCORE_BUDGET_CHANGE));
	assert_false(t->is_notification_type_supported(c.factory, DXCORE_CONTENT_PROTECTION));
	assert_false(t->is_notification_type_supported(c.factory, 1000));
	assert_int_equal(bell_register(&b, c.adapter, DXCORE_CONTENT_PROTECTION),
			 DXGI_ERROR_INVALID_CALL);
	assert_int_equal(b.cookie, 0);
	assert_int_equal(bell_register(&b, c.adapter, DXCORE_LIST_STALE), E_INVALIDARG);
	assert_int_equal(bell_register(&b, c.list, DXCORE_BUDGET_CHANGE), E_INVALIDARG);
	assert_int_equal(bell_register(&b, c.list, DXCORE_NO_LONGER_VALID), E_INVALIDARG);
	assert_int_equal(bell_register(&b, c.factory, DXCORE_LIST_STALE), E_INVALIDARG);
	assert_int_equal(bell_register(&b, NULL, DXCORE_LIST_STALE), E_INVALIDARG);
	assert_int_equal(t->register_event(c.factory, (void *)c.list, DXCORE_LIST_STALE, NULL, NULL,
					   &cookie),
			 E_POINTER);
	assert_int_equal(cookie, 0);
	assert_int_equal(
		t->register_event(c.factory, (void *)c.list, DXCORE_LIST_STALE, ring, &b, NULL),
		E_POINTER);
	assert_int_equal(t->unregister_event(c.factory, 0), E_INVALIDARG);
	bell_close(&b);
	core_close(&c);
}

/* A registration keeps its object. */
static void test_register_holds(void **state)
{
	struct core c;
	struct bell b;

	(void)state;
	core_open(&c);
	bell_open(&b, c.factory);
	assert_int_equal(bell_register(&b, c.list, DXCORE_LIST_STALE), S_OK);
	assert_int_equal(release(c.list), 1);
	assert_int_equal(c.factory->table->unregister_event(c.factory, b.cookie), S_OK);
	release(c.adapter);
	release(c.factory);
	bell_close(&b);
}

/* ---- threads and forks ---- */

static void *use_thread(void *arg)
{
	struct dxcore_factory *f = arg;
	void *list, *adapter;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (f->table->create_adapter_list(f, 1, &opendxg_compute, &iid_list, &list))
			return "no list";
		if (((struct dxcore_list *)list)
			    ->table->get_adapter(list, 0, &iid_adapter, &adapter))
			return "no adapter";
		release(list);
		if (!((struct dxcore_adapter *)adapter)->table->is_valid(adapter))
			return "not valid";
		release(adapter);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct dxcore_factory *f = factory_open();
	pthread_t thread[THREADS];
	void *wrong;
	int i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, use_thread, f), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &wrong);
		if (wrong)
			fail_msg("%s", (char *)wrong);
	}
	release(f);
}

/* A child's adapters are its own: those of its parent are not valid in it, and stay so in the
 * parent. */
static int child_uses(struct core *c)
{
	void *list, *adapter;

	if (c->adapter->table->is_valid(c->adapter))
		return 1;
	release(c->adapter);
	release(c->list);
	if (c->factory->table->create_adapter_list(c->factory, 1, &opendxg_compute, &iid_list,
						   &list))
		return 2;
	if (((struct dxcore_list *)list)->table->get_adapter(list, 0, &iid_adapter, &adapter))
		return 3;
	if (adapter == c->adapter && !((struct dxcore_adapter *)adapter)->table->is_valid(adapter))
		return 4;
	release(adapter);
	release(list);
	return 0;
}

static void test_fork(void **state)
{
	struct core c;
	int status;
	pid_t pid;

	(void)state;
	core_open(&c);
	pid = fork_quietly();
	if (!pid)
		_exit(child_uses(&c));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(c.adapter->table->is_valid(c.adapter));
	assert_false(c.list->table->is_stale(c.list));
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_factory),
		cmocka_unit_test(test_query_interface),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_list_is_of_what_is_enumerated),
		cmocka_unit_test(test_no_direct3d),
		cmocka_unit_test(test_all_attributes_count),
		cmocka_unit_test(test_list_arguments),
		cmocka_unit_test(test_same_object),
		cmocka_unit_test(test_sort),
		api_test(test_memory_properties),
		api_test(test_type_properties),
		api_test(test_description),
		cmocka_unit_test(test_every_property),
		cmocka_unit_test(test_bad_property),
		api_test(test_budget),
		cmocka_unit_test(test_bad_state),
		cmocka_unit_test(test_budget_change),
		cmocka_unit_test(test_callback_stops),
		cmocka_unit_test(test_stop_waits),
		cmocka_unit_test(test_idle_is_asleep),
		cmocka_unit_test(test_register_arguments),
		cmocka_unit_test(test_register_holds),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_fork),
	};

	return api_main("dxcore", tests);
}
