/* SPDX-License-Identifier: MIT */
/*
 * test_api_context: contexts. Specification: ioctls 0x04, 0x05.
 */
#include "fixture.h"

static void test_create_destroy(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle context;

	assert_ok(api_context_create(a->device, &context));
	assert_int_not_equal(context.v, 0);
	assert_ok(api_context_destroy(context));
	assert_status(api_context_destroy(context), STATUS_INVALID_PARAMETER);
}

static void test_every_node(void **state)
{
	struct api *a = *state;
	struct d3dkmt_createcontextvirtual args;
	uint32_t node;

	for (node = 0; node < a->info.node_count; node++) {
		args = (struct d3dkmt_createcontextvirtual){
			.device = a->device,
			.node_ordinal = node,
			.engine_affinity = 1,
			.client_hint = _D3DKMT_CLIENTHINT_OPENGL,
		};
		assert_ok(D3DKMTCreateContextVirtual(&args));
		assert_ok(api_context_destroy(args.context));
	}
	args.node_ordinal = node;
	assert_status(D3DKMTCreateContextVirtual(&args), STATUS_INVALID_PARAMETER);
}

static void test_private_data(void **state)
{
	struct api *a = *state;
	uint8_t data[1021], same[1021];
	struct d3dkmt_createcontextvirtual args = {
		.device = a->device,
		.priv_drv_data = dxg_ptr(data),
		.priv_drv_data_size = sizeof(data),
	};
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		same[i] = data[i] = (uint8_t)(i * 7);
	assert_ok(D3DKMTCreateContextVirtual(&args));
	assert_memory_equal(data, same, sizeof(data));
	assert_ok(api_context_destroy(args.context));
}

static void test_private_data_limit(void **state)
{
	static uint8_t data[131002];
	struct api *a = *state;
	struct d3dkmt_createcontextvirtual args = {
		.device = a->device,
		.priv_drv_data = dxg_ptr(data),
		.priv_drv_data_size = 131001,
	};

	assert_ok(D3DKMTCreateContextVirtual(&args));
	assert_ok(api_context_destroy(args.context));
	args.priv_drv_data_size = 131002;
	assert_status(D3DKMTCreateContextVirtual(&args), STATUS_INVALID_PARAMETER);
	args.priv_drv_data_size = 16;
	args.priv_drv_data = 0;
	assert_true(D3DKMTCreateContextVirtual(&args) < 0);
}

static void test_flags(void **state)
{
	struct api *a = *state;
	struct d3dkmt_createcontextvirtual args = { .device = a->device };

	args.flags.null_rendering = 1;
	assert_true(D3DKMTCreateContextVirtual(&args) < 0);
	args.flags.value = 0;
	args.flags.reserved = 0x4000000;
	assert_status(D3DKMTCreateContextVirtual(&args), STATUS_INVALID_PARAMETER);
	args.flags.value = 0;
	args.flags.synchronization_only = 1;
	assert_ok(D3DKMTCreateContextVirtual(&args));
	assert_ok(api_context_destroy(args.context));
}

/* Every context has a queue of its own: what holds one back does not hold another. */
static void test_contexts_are_independent(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle other;
	struct api_fence never;
	struct packets p = { 0 };

	assert_ok(api_context_create(a->device, &other));
	assert_ok(api_fence_create(a->device, 0, &never));
	assert_ok(api_wait_gpu(other, never.handle, 1));
	packets_barrier(&p);
	assert_ok(api_submit(a, other, &p));
	assert_ok(api_run(a, &p));
	assert_ok(api_context_destroy(other));
}

static void test_limit(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle context[DXG_CONTEXTS_PER_PROCESS], one_more;
	uint32_t i, n = DXG_CONTEXTS_PER_PROCESS - 1; /* the fixture has one */

	for (i = 0; i < n; i++)
		assert_ok(api_context_create(a->device, &context[i]));
	assert_true(api_context_create(a->device, &one_more) < 0);
	for (i = 0; i < n; i++)
		assert_ok(api_context_destroy(context[i]));
	assert_ok(api_context_create(a->device, &one_more));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_create_destroy), api_test(test_every_node),
		api_test(test_private_data),   api_test(test_private_data_limit),
		api_test(test_flags),	       api_test(test_contexts_are_independent),
		api_test(test_limit),
	};

	return api_main("api_context", tests);
}
