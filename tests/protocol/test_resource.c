// SPDX-License-Identifier: MIT
/*
 * test_resource: memory that several processes of a session see, by raw messages: allocations that
 * get a name of their own (CREATENTSHAREDOBJECT), and who may open, offer and destroy what.
 */
#include <string.h>

#include "client.h"
#include "cm.h"

#define PAGES 4u
#define SIZE (PAGES * DXG_PAGE_SIZE)

static int setup(void **state)
{
	*state = daemon_start(NULL);
	return 0;
}

/** struct pair - two processes of one session. */
struct pair {
	struct client one, two;
};

static struct pair pair_open(void **state)
{
	struct pair p;

	client_open(&p.one, *state, "a");
	client_open_process(&p.two, &p.one);
	return p;
}

static uint32_t create_nt(struct client *client, uint32_t object)
{
	struct dxg_msg_handle body = {
		.h = wire_vm(DXG_MSG_CREATENTSHAREDOBJECT, client->process),
		.handle = object,
	};
	struct dxg_msg_handle_return reply = { 0 };
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	assert_int_equal(wire_call(client->wire, &msg, &reply, sizeof(reply)), sizeof(reply));
	return reply.handle;
}

static int32_t destroy_nt(struct client *client, uint32_t nt)
{
	struct dxg_msg_handle body = {
		.h = wire_vm(DXG_MSG_DESTROYNTSHAREDOBJECT, 0),
		.handle = nt,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	return wire_status(client->wire, &msg);
}

/** struct opened - a resource of one allocation. */
struct opened {
	struct dxg_msg_openresource_return head;
	uint32_t allocation;
};

/* Return: the status. */
static int32_t open_resource(struct client *client, uint32_t nt, uint32_t count, struct opened *ret)
{
	struct dxg_msg_openresource body = {
		.h = wire_vgpu(DXG_MSG_OPENRESOURCE, client->process),
		.device = client->device,
		.nt_security_sharing = 1,
		.global_share = nt,
		.allocation_count = count,
	};
	struct wire_msg msg;

	memset(ret, 0, sizeof(*ret));
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	assert_true(wire_call(client->wire, &msg, ret, sizeof(*ret)) >= (int)sizeof(ret->head));
	return ret->head.status;
}

static int32_t destroy_resource(struct client *client, uint32_t resource)
{
	struct dxg_msg_destroyallocation body = {
		.h = wire_vgpu(DXG_MSG_DESTROYALLOCATION, client->process),
		.device = client->device,
		.resource = resource,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	return wire_status(client->wire, &msg);
}

static uint8_t *lock(struct client *client, uint32_t allocation)
{
	uint64_t address;

	assert_int_equal(client_try_lock(client, allocation, &address), 0);
	return client_pointer(client->wire, address, SIZE);
}

static int32_t offer(struct client *client, uint32_t allocation)
{
	struct dxg_msg_offerallocations body = {
		.h = wire_vgpu(DXG_MSG_OFFERALLOCATIONS, client->process),
		.device = client->device,
		.allocation_count = 1,
		.priority = 1,
		.first_allocation = allocation,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	return wire_status(client->wire, &msg);
}

/* ---- allocations with a name ---- */

static void another_process_sees_it(void **state)
{
	struct pair p = pair_open(state);
	uint32_t alloc = client_alloc(&p.one, SIZE), nt = create_nt(&p.one, alloc);
	uint64_t before = client_usage(&p.two, 1);
	struct opened o;
	uint8_t *mine = lock(&p.one, alloc);

	assert_int_not_equal(nt, 0);
	assert_int_equal(open_resource(&p.two, nt, 1, &o), 0);
	assert_ptr_equal(lock(&p.two, o.allocation), mine);
	assert_int_equal(client_try_resident(&p.two, &o.allocation, 1), 0);
	assert_int_equal(client_usage(&p.two, 1), before + SIZE); /* both are charged for it */
	assert_int_equal(create_nt(&p.one, alloc), nt);
	client_close(&p.one);
}

/* The first owner goes, its name goes, and what is left is the second one's. */
static void nobody_owns_it(void **state)
{
	struct pair p = pair_open(state);
	uint32_t alloc = client_alloc(&p.one, SIZE), nt = create_nt(&p.one, alloc), fresh;
	struct opened o;
	uint8_t *cpu = lock(&p.one, alloc);

	memset(cpu, 0x5a, SIZE);
	assert_int_equal(client_destroy_allocs(&p.one, &alloc, 1), 0); /* by itself, as ever */
	assert_int_equal(open_resource(&p.two, nt, 1, &o), 0);
	assert_int_equal(destroy_nt(&p.one, nt), 0);
	assert_int_not_equal(open_resource(&p.one, nt, 1, &o), 0);
	fresh = client_alloc(&p.one, SIZE);
	assert_ptr_not_equal(lock(&p.one, fresh), cpu);
	assert_int_equal(cpu[SIZE - 1], 0x5a);
	client_close(&p.one);
}

/* All pages come back, and zeroed: more than there are, if one were kept each time. */
static void pages_come_back_zeroed(void **state)
{
	struct pair p = pair_open(state);
	uint32_t alloc, nt, i;
	struct opened o;
	uint64_t size = 64u << 20;

	for (i = 0; i < 40; i++) {
		assert_int_equal(client_try_alloc(&p.one, 1, DXG_ALLOC_CPU_VISIBLE, size, &alloc),
				 1);
		assert_int_equal(*(uint32_t *)(void *)lock(&p.one, alloc), 0);
		memset(lock(&p.one, alloc), 0xff, SIZE);
		nt = create_nt(&p.one, alloc);
		assert_int_equal(open_resource(&p.two, nt, 1, &o), 0);
		assert_int_equal(client_destroy_allocs(&p.one, &alloc, 1), 0);
		assert_int_equal(destroy_resource(&p.two, o.head.resource), 0);
		assert_int_equal(destroy_nt(&p.one, nt), 0);
		client_clock(&p.one); /* the workers have let go */
		client_clock(&p.two);
	}
	client_close(&p.one);
}

/* What was opened can be passed on; its memory is the same, its name is another. */
static void opened_is_passed_on(void **state)
{
	struct pair p = pair_open(state);
	uint32_t alloc = client_alloc(&p.one, SIZE), nt = create_nt(&p.one, alloc), next;
	struct opened o, again;
	uint8_t *cpu = lock(&p.one, alloc);

	assert_int_equal(open_resource(&p.two, nt, 1, &o), 0);
	next = create_nt(&p.two, o.allocation);
	assert_int_not_equal(next, 0);
	assert_int_not_equal(next, nt);
	assert_int_equal(destroy_nt(&p.one, nt), 0);
	assert_int_equal(client_destroy_allocs(&p.one, &alloc, 1), 0);
	assert_int_equal(destroy_resource(&p.two, o.head.resource), 0);
	assert_int_equal(open_resource(&p.one, next, 1, &again), 0);
	assert_ptr_equal(lock(&p.one, again.allocation), cpu);
	client_close(&p.one);
}

/* Others see it: it is not for dxgd to discard; and what is to be discarded gets no name. */
static void neither_offered_nor_named(void **state)
{
	struct pair p = pair_open(state);
	uint32_t alloc[2] = { client_alloc(&p.one, SIZE), client_alloc(&p.one, SIZE) };

	assert_int_not_equal(create_nt(&p.one, alloc[0]), 0);
	assert_int_not_equal(offer(&p.one, alloc[0]), 0);
	assert_int_equal(offer(&p.one, alloc[1]), 0);
	assert_int_equal(create_nt(&p.one, alloc[1]), 0);
	client_close(&p.one);
}

static void opening_is_checked(void **state)
{
	struct pair p = pair_open(state);
	uint32_t alloc = client_alloc(&p.one, SIZE), nt = create_nt(&p.one, alloc);
	struct opened o;

	assert_int_equal(create_nt(&p.two, alloc), 0); /* not its own */
	assert_int_not_equal(open_resource(&p.two, nt, 0, &o), 0);
	assert_int_not_equal(open_resource(&p.two, nt, 2, &o), 0);
	assert_int_not_equal(open_resource(&p.two, alloc, 1, &o), 0);
	assert_int_equal(open_resource(&p.two, nt, 1, &o), 0);
	/* A member of a resource that others have, too: not by itself. */
	assert_int_not_equal(client_destroy_allocs(&p.two, &o.allocation, 1), 0);
	assert_int_equal(destroy_resource(&p.two, o.head.resource), 0);
	client_close(&p.one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_process_sees_it),   cmocka_unit_test(nobody_owns_it),
		cmocka_unit_test(pages_come_back_zeroed),    cmocka_unit_test(opened_is_passed_on),
		cmocka_unit_test(neither_offered_nor_named), cmocka_unit_test(opening_is_checked),
	};

	return cmocka_run_group_tests(tests, setup, daemon_group_teardown);
}
