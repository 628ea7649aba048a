// SPDX-License-Identifier: MIT
/*
 * test_units: contexts on some compute units of an adapter (struct dxg_context_private): what is
 * within the adapter's is given, all else is refused, and data of others means nothing.
 */
#include <string.h>

#include "client.h"
#include "cm.h"

#define UNITS 8u /* of the null backend */

static void expect(struct client *client, const struct dxg_context_private *data, bool given)
{
	uint32_t context = client_try_context_with(client, client->device, data, sizeof(*data));

	if (!context == given)
		fail_msg("%u from %u on: %s", data->unit_count, data->first_unit,
			 given ? "refused" : "given");
	if (context)
		assert_int_equal(client_destroy(client, DXG_MSG_DESTROYCONTEXT, context), 0);
}

static void ranges(void **state)
{
	static const struct {
		uint32_t first;
		uint32_t count;
		bool given;
	} range[] = {
		{ 0, 1, true },		  { 0, UNITS, true },
		{ UNITS - 1, 1, true },	  { 3, UNITS - 3, true },
		{ 0, 0, false },	  { 1, 0, false },
		{ 0, UNITS + 1, false },  { 1, UNITS, false },
		{ UNITS, 1, false },	  { UNITS + 1, 1, false },
		{ 1, UINT32_MAX, false }, { UINT32_MAX, 1, false },
		{ UINT32_MAX, 2, false }, { UINT32_MAX, UINT32_MAX, false },
	};
	struct client client;
	size_t i;

	client_open(&client, *state, "a");
	for (i = 0; i < sizeof(range) / sizeof(range[0]); i++) {
		struct dxg_context_private data = {
			.magic = DXG_CONTEXT_PRIVATE_MAGIC,
			.first_unit = range[i].first,
			.unit_count = range[i].count,
		};

		expect(&client, &data, range[i].given);
		data.magic++; /* somebody else's: not looked at */
		expect(&client, &data, true);
	}
	client_close(&client);
}

static void reserved_is_zero(void **state)
{
	struct dxg_context_private data = {
		.magic = DXG_CONTEXT_PRIVATE_MAGIC,
		.reserved = 1,
		.unit_count = 1,
	};
	struct client client;

	client_open(&client, *state, "a");
	expect(&client, &data, false);
	client_close(&client);
}

/* Ours has one size; what is too short to be ours is somebody else's. */
static void sizes(void **state)
{
	struct {
		struct dxg_context_private private;
		uint32_t more;
	} data = { { .magic = DXG_CONTEXT_PRIVATE_MAGIC, .unit_count = 1 }, 0 };
	struct client client;
	uint32_t size;

	client_open(&client, *state, "a");
	for (size = 0; size <= sizeof(data); size++) {
		bool given = size < sizeof(data.private.magic) || size == sizeof(data.private);

		assert_int_equal(client_try_context_with(&client, client.device, &data, size) != 0,
				 given);
	}
	client_close(&client);
}

/* The worker has a context for it. */
static void work_is_done(void **state)
{
	struct dxg_context_private data = {
		.magic = DXG_CONTEXT_PRIVATE_MAGIC,
		.first_unit = UNITS - 1,
		.unit_count = 1,
	};
	struct client_memory memory;
	struct client client;
	uint32_t context, len;

	client_open(&client, *state, "a");
	context = client_try_context_with(&client, client.device, &data, sizeof(data));
	memory = client_memory(&client, 2 * DXG_PAGE_SIZE);
	len = client_put_fill(memory.cpu, memory.va + DXG_PAGE_SIZE, 64, 0x5a5a5a5a);
	client_submit(&client, context, memory.va, len);
	client_finish(&client, context);
	assert_int_equal(*(uint32_t *)(void *)(memory.cpu + DXG_PAGE_SIZE), 0x5a5a5a5a);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges),
		cmocka_unit_test(reserved_is_zero),
		cmocka_unit_test(sizes),
		cmocka_unit_test(work_is_done),
	};

	return cmocka_run_group_tests_name("units", tests, daemon_group_setup,
					   daemon_group_teardown);
}
