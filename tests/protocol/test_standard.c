// SPDX-License-Identifier: MIT
/*
 * test_standard: allocations without private data: the two-step question for a driver's data, and
 * CREATEALLOCATION with a description in the place of the resource's private data.
 */
#include <string.h>

#include "client.h"
#include "cm.h"
#include "link.h"

#define GIB (UINT64_C(1) << 30)

static struct daemon *daemon_;
static struct client client;

/* ---- DDIGETSTANDARDALLOCATIONDRIVERDATA ---- */

struct answer {
	struct dxg_msg_getstandardallocprivdata_return head;
	struct dxg_alloc_private private;
} __attribute__((packed));

static struct dxg_msg_getstandardallocprivdata question(uint32_t width, uint32_t height)
{
	return (struct dxg_msg_getstandardallocprivdata){
		.h = wire_vgpu(DXG_MSG_DDIGETSTANDARDALLOCATIONDRIVERDATA, client.process),
		.alloc_type = _D3DKMDT_STANDARDALLOCATION_GDISURFACE,
		.gdi_surface = { .width = width,
				 .height = height,
				 .type = _D3DKMDT_GDISURFACE_TEXTURE_CROSSADAPTER },
	};
}

/* Return: bytes of the reply. */
static int ask(const struct dxg_msg_getstandardallocprivdata *body, struct answer *ret)
{
	struct wire_msg msg;

	memset(ret, 0xee, sizeof(*ret));
	wire_msg_init(&msg, client.wire, body, sizeof(*body));
	return wire_call(client.wire, &msg, ret, sizeof(*ret));
}

static void sizes_then_data(void **state)
{
	struct dxg_msg_getstandardallocprivdata body = question(3u << 20, 4096);
	struct answer answer;

	(void)state;
	assert_int_equal(ask(&body, &answer), sizeof(answer.head));
	assert_int_equal(answer.head.status, 0);
	assert_int_equal(answer.head.priv_driver_data_size, sizeof(answer.private));
	assert_int_equal(answer.head.priv_driver_resource_size, 0);
	body.priv_driver_data_size = answer.head.priv_driver_data_size;
	assert_int_equal(ask(&body, &answer), sizeof(answer));
	assert_int_equal(answer.head.status, 0);
	assert_int_equal(answer.head.gdi_surface.width, 3u << 20);
	assert_int_equal(answer.head.gdi_surface.pitch, 3u << 20);
	assert_int_equal(answer.private.flags, DXG_ALLOC_CPU_VISIBLE);
	/* More than 32 bits hold. */
	assert_int_equal(answer.private.size, 12 * GIB);
}

static void bad_questions(void **state)
{
	struct dxg_msg_getstandardallocprivdata good = question(4096, 1), bad[9];
	struct answer answer;
	size_t i;

	(void)state;
	for (i = 0; i < 9; i++)
		bad[i] = good;
	bad[0].priv_driver_data_size = 8;
	bad[1].priv_driver_data_size = ~0u;
	bad[2].priv_driver_resource_size = 1;
	bad[3].physical_adapter_index = 1;
	bad[4].gdi_surface.width = 0;
	bad[5].gdi_surface.height = 0;
	bad[6].gdi_surface.flags = 1;
	bad[7].gdi_surface.pitch = 4096;
	bad[8].gdi_surface.width = bad[8].gdi_surface.height = ~0u;
	for (i = 0; i < 9; i++) {
		assert_int_equal(ask(&bad[i], &answer), sizeof(answer.head));
		assert_int_equal(answer.head.status, DXG_STATUS_INVALID_PARAMETER);
	}
	assert_int_equal(ask(&good, &answer), sizeof(answer.head));
	assert_int_equal(answer.head.status, 0);
}

static void other_surfaces_are_not_there(void **state)
{
	struct dxg_msg_getstandardallocprivdata bad[3] = { question(4096, 1), question(4096, 1),
							   question(4096, 1) };
	struct answer answer;
	size_t i;

	(void)state;
	bad[0].alloc_type = _D3DKMDT_STANDARDALLOCATION_SHADOWSURFACE;
	bad[1].gdi_surface.type = _D3DKMDT_GDISURFACE_TEXTURE;
	bad[2].gdi_surface.format = 87;
	for (i = 0; i < 3; i++) {
		assert_int_equal(ask(&bad[i], &answer), sizeof(answer.head));
		assert_int_equal(answer.head.status, DXG_STATUS_NOT_SUPPORTED);
	}
}

/* ---- CREATEALLOCATION ---- */

/** struct create - one to be sent; @private: bytes of private data of the allocation */
struct create {
	struct d3dkmt_createstandardallocation description;
	struct d3dkmt_createallocationflags flags;
	uint32_t description_size;
	uint32_t count;
	uint32_t private;
};

static struct create cross_adapter(uint64_t size)
{
	return (struct create){
		.description = { .type = _D3DKMT_STANDARDALLOCATIONTYPE_CROSSADAPTER,
				 .existing_heap_data = { .size = size } },
		.flags = { .standard_allocation = 1, .cross_adapter = 1 },
		.description_size = sizeof(struct d3dkmt_createstandardallocation),
		.count = 1,
	};
}

struct created {
	struct dxg_msg_createallocation_return head;
	struct dxg_msg_allocinfo_return info;
	int32_t status; /* 0, or the failure */
};

static struct created create(const struct create *c)
{
	struct dxg_msg_createallocation body = {
		.h = wire_vgpu(DXG_MSG_CREATEALLOCATION, client.process),
		.device = client.device,
		.alloc_count = c->count,
		.flags = c->flags,
		.priv_drv_data_size = c->description_size,
	};
	struct dxg_msg_allocinfo info = { .priv_drv_data_size = c->private };
	uint8_t blob[64] = { 0 };
	struct created created = { .status = 0 };
	struct wire_msg msg;
	uint32_t i;
	int n;

	memcpy(blob, &c->description, sizeof(c->description));
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	for (i = 0; i < c->count; i++)
		wire_msg_add(&msg, &info, sizeof(info));
	wire_msg_add(&msg, blob, c->description_size);
	wire_msg_zero(&msg, (size_t)c->count * c->private);
	n = wire_call(client.wire, &msg, &created, sizeof(created.head) + sizeof(created.info));
	if (n != sizeof(created.head) + sizeof(created.info)) {
		assert_int_equal(n, sizeof(created.status));
		memcpy(&created.status, &created, sizeof(created.status));
		assert_true(created.status < 0);
	}
	return created;
}

static void cross_adapter_works(void **state)
{
	struct create c = cross_adapter(64 << 10);
	struct created made = create(&c);
	uint64_t address, va;
	struct client_memory commands = client_memory(&client, 4096);
	uint8_t *cpu;

	(void)state;
	assert_int_equal(made.status, 0);
	assert_int_equal(made.info.allocation_size, 64 << 10);
	assert_int_equal(made.info.priv_drv_data_size, 0);
	assert_int_equal(client_try_lock(&client, made.info.allocation, &address), 0);
	cpu = client_pointer(client.wire, address, 64 << 10);
	assert_int_equal(client_try_map(&client, made.info.allocation, 16, 1, &va), 0);
	client_submit(&client, client.context, commands.va,
		      client_put_fill(commands.cpu, va, 64 << 10, 0x55aa));
	client_finish(&client, client.context);
	assert_int_equal(*(uint32_t *)(void *)(cpu + (64 << 10) - 4), 0x55aa);
	assert_int_equal(client_destroy_allocs(&client, &made.info.allocation, 1), 0);
	assert_int_equal(client_destroy_allocs(&client, &commands.handle, 1), 0);
}

/* A size that 32 bits do not hold, to its last byte. */
static void five_gib(void **state)
{
	struct create c = cross_adapter(5 * GIB);
	struct created made = create(&c);
	struct client_memory commands = client_memory(&client, 4096);
	uint64_t address, va;
	uint8_t *cpu;

	(void)state;
	assert_int_equal(made.status, 0);
	assert_int_equal(made.info.allocation_size, 5 * GIB);
	assert_int_equal(client_try_lock(&client, made.info.allocation, &address), 0);
	cpu = client_pointer(client.wire, address, 5 * GIB);
	assert_int_equal(client_try_map(&client, made.info.allocation, 5 * GIB >> 12, 1, &va), 0);
	client_submit(&client, client.context, commands.va,
		      client_put_fill(commands.cpu, va + 5 * GIB - 4096, 4096, 0x77));
	client_finish(&client, client.context);
	assert_int_equal(*(uint32_t *)(void *)(cpu + 5 * GIB - 4), 0x77);
	assert_int_equal(*(uint32_t *)(void *)(cpu + GIB - 4), 0);
	assert_int_equal(client_destroy_allocs(&client, &made.info.allocation, 1), 0);
	assert_int_equal(client_destroy_allocs(&client, &commands.handle, 1), 0);
}

static void as_a_resource(void **state)
{
	struct create c = cross_adapter(4096);
	struct dxg_msg_destroyallocation body = {
		.h = wire_vgpu(DXG_MSG_DESTROYALLOCATION, client.process),
		.device = client.device,
	};
	struct created made;
	struct wire_msg msg;

	(void)state;
	c.flags.create_resource = 1;
	made = create(&c);
	assert_int_equal(made.status, 0);
	assert_int_not_equal(made.head.resource, 0);
	body.resource = made.head.resource;
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	assert_int_equal(wire_status(client.wire, &msg), 0);
	assert_int_equal(client_destroy_allocs(&client, &made.info.allocation, 1),
			 DXG_STATUS_INVALID_PARAMETER);
}

/* Openers find private data that is the driver's, and none of the resource's. */
static void as_a_shared_resource(void **state)
{
	struct {
		struct dxg_msg_querysharedresource_return head;
		struct dxg_msg_shared_part part;
		struct dxg_alloc_private private;
	} info;
	struct dxg_msg_querysharedresource body = {
		.h = wire_vm(DXG_MSG_QUERYSHAREDRESOURCE, client.process),
	};
	struct create c = cross_adapter(64 << 10);
	struct created made;
	struct wire_msg msg;

	(void)state;
	c.flags.create_resource = c.flags.create_shared = c.flags.nt_security_sharing = 1;
	made = create(&c);
	assert_int_equal(made.status, 0);
	body.nt_handle = link_create_nt(&client, made.head.resource);
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	assert_int_equal(wire_call(client.wire, &msg, &info, sizeof(info)), sizeof(info));
	assert_int_equal(info.head.status, 0);
	assert_int_equal(info.head.resource_priv_drv_data_size, 0);
	assert_int_equal(info.part.size, 64 << 10);
	assert_int_equal(info.private.flags, DXG_ALLOC_CPU_VISIBLE);
	assert_int_equal(info.private.size, 64 << 10);
	c.description.type = _D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP;
	c.flags.cross_adapter = 0;
	c.flags.existing_sysmem = 1;
	assert_int_equal(create(&c).status, DXG_STATUS_NOT_SUPPORTED);
}

static void bad_descriptions(void **state)
{
	struct create good = cross_adapter(4096), bad[12];
	uint64_t used = client_usage(&client, 1);
	size_t i;

	(void)state;
	for (i = 0; i < 12; i++)
		bad[i] = good;
	bad[0].description.existing_heap_data.size = 0;
	bad[1].description.existing_heap_data.size = 4097;
	bad[2].description.existing_heap_data.size = DXG_ALLOCATION_SIZE_MAX + 4096;
	bad[3].description.reserved = 1;
	bad[4].description.reserved1 = 1;
	bad[5].description.flags.value = 1;
	bad[6].description.type = 0;
	bad[7].description.type = 3;
	bad[8].description_size--;
	bad[9].description_size++;
	bad[10].count = 2;
	bad[11].private = sizeof(struct dxg_alloc_private);
	for (i = 0; i < 12; i++)
		assert_int_equal(create(&bad[i]).status, DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(client_usage(&client, 1), used);
}

/* The program's own memory, without a way to see it; and what is no standard allocation. */
static void not_supported(void **state)
{
	struct create c = cross_adapter(4096);

	(void)state;
	c.description.type = _D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP;
	c.flags.cross_adapter = 0;
	assert_int_equal(create(&c).status, DXG_STATUS_INVALID_PARAMETER);
	c.flags.existing_sysmem = 1;
	assert_int_equal(create(&c).status, DXG_STATUS_NOT_SUPPORTED);
	c = cross_adapter(4096);
	c.flags.standard_allocation = 0;
	assert_int_equal(create(&c).status, DXG_STATUS_NOT_SUPPORTED);
}

static int setup(void **state)
{
	static const char *const options[] = { "--vgpu", "a,memory_mib=8192", NULL };

	(void)state;
	daemon_ = daemon_start(options);
	client_open(&client, daemon_, "a");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	client_close(&client);
	daemon_stop(daemon_);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_then_data),
		cmocka_unit_test(bad_questions),
		cmocka_unit_test(other_surfaces_are_not_there),
		cmocka_unit_test(cross_adapter_works),
		cmocka_unit_test(five_gib),
		cmocka_unit_test(as_a_resource),
		cmocka_unit_test(as_a_shared_resource),
		cmocka_unit_test(bad_descriptions),
		cmocka_unit_test(not_supported),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
