// SPDX-License-Identifier: MIT
/*
 * test_resource: memory that several processes see, by raw messages: allocations that get a name of
 * their own (CREATENTSHAREDOBJECT), and who may open, offer and destroy what; shared resources of
 * socket sessions, whose memory is a file, what that gives to whom, and the limits of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"
#include "link.h"

#define PAGES 4u
#define SIZE (PAGES * DXG_PAGE_SIZE)

/* The second one has little memory; on the third nothing else happens. */
static const char *const vgpus[] = {
	"--vgpu", "a", "--vgpu", "b,memory_mib=64", "--vgpu", "c", NULL
};

static int setup(void **state)
{
	*state = daemon_start(vgpus);
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
	uint32_t alloc = client_alloc(&p.one, SIZE), nt = link_create_nt(&p.one, alloc);
	uint64_t before = client_usage(&p.two, 1);
	struct opened o;
	uint8_t *mine = lock(&p.one, alloc);

	assert_int_not_equal(nt, 0);
	assert_int_equal(open_resource(&p.two, nt, 1, &o), 0);
	assert_ptr_equal(lock(&p.two, o.allocation), mine);
	assert_int_equal(client_try_resident(&p.two, &o.allocation, 1), 0);
	assert_int_equal(client_usage(&p.two, 1), before + SIZE); /* both are charged for it */
	assert_int_equal(link_create_nt(&p.one, alloc), nt);
	client_close(&p.one);
}

/* The first owner goes, its name goes, and what is left is the second one's. */
static void nobody_owns_it(void **state)
{
	struct pair p = pair_open(state);
	uint32_t alloc = client_alloc(&p.one, SIZE), nt = link_create_nt(&p.one, alloc), fresh;
	struct opened o;
	uint8_t *cpu = lock(&p.one, alloc);

	memset(cpu, 0x5a, SIZE);
	assert_int_equal(client_destroy_allocs(&p.one, &alloc, 1), 0); /* by itself, as ever */
	assert_int_equal(open_resource(&p.two, nt, 1, &o), 0);
	assert_int_equal(link_destroy_nt(&p.one, nt), 0);
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
		nt = link_create_nt(&p.one, alloc);
		assert_int_equal(open_resource(&p.two, nt, 1, &o), 0);
		assert_int_equal(client_destroy_allocs(&p.one, &alloc, 1), 0);
		assert_int_equal(destroy_resource(&p.two, o.head.resource), 0);
		assert_int_equal(link_destroy_nt(&p.one, nt), 0);
		client_clock(&p.one); /* the workers have let go */
		client_clock(&p.two);
	}
	client_close(&p.one);
}

/* What was opened can be passed on; its memory is the same, its name is another. */
static void opened_is_passed_on(void **state)
{
	struct pair p = pair_open(state);
	uint32_t alloc = client_alloc(&p.one, SIZE), nt = link_create_nt(&p.one, alloc), next;
	struct opened o, again;
	uint8_t *cpu = lock(&p.one, alloc);

	assert_int_equal(open_resource(&p.two, nt, 1, &o), 0);
	next = link_create_nt(&p.two, o.allocation);
	assert_int_not_equal(next, 0);
	assert_int_not_equal(next, nt);
	assert_int_equal(link_destroy_nt(&p.one, nt), 0);
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

	assert_int_not_equal(link_create_nt(&p.one, alloc[0]), 0);
	assert_int_not_equal(offer(&p.one, alloc[0]), 0);
	assert_int_equal(offer(&p.one, alloc[1]), 0);
	assert_int_equal(link_create_nt(&p.one, alloc[1]), 0);
	client_close(&p.one);
}

static void opening_is_checked(void **state)
{
	struct pair p = pair_open(state);
	uint32_t alloc = client_alloc(&p.one, SIZE), nt = link_create_nt(&p.one, alloc);
	struct opened o;

	assert_int_equal(link_create_nt(&p.two, alloc), 0); /* not its own */
	assert_int_not_equal(open_resource(&p.two, nt, 0, &o), 0);
	assert_int_not_equal(open_resource(&p.two, nt, 2, &o), 0);
	assert_int_not_equal(open_resource(&p.two, alloc, 1, &o), 0);
	assert_int_equal(open_resource(&p.two, nt, 1, &o), 0);
	/* A member of a resource that others have, too: not by itself. */
	assert_int_not_equal(client_destroy_allocs(&p.two, &o.allocation, 1), 0);
	assert_int_equal(destroy_resource(&p.two, o.head.resource), 0);
	client_close(&p.one);
}

/* ---- shared resources of socket sessions ---- */

static struct client open_on(void **state, const char *vgpu)
{
	struct client client;

	client_open(&client, *state, vgpu);
	return client;
}

/** struct shared - a shared resource as its maker sees it. */
struct shared {
	uint32_t resource;
	uint32_t name;
	uint32_t allocation[DXG_SHARED_FILE_ALLOCATIONS + 1];
};

#define SHARED_FLAGS (1u << 0 | 1u << 1 | 1u << 6)

/* @data: bytes of private data of the runtime. Return: is it there? */
static bool try_shared(struct client *client, uint32_t n, uint64_t size, uint32_t data,
		       struct shared *ret)
{
	static uint8_t reply[DXG_REPLY_MAX];
	struct dxg_msg_createallocation body = {
		.h = wire_vgpu(DXG_MSG_CREATEALLOCATION, client->process),
		.device = client->device,
		.alloc_count = n,
		.private_runtime_data_size = data,
		.flags.value = SHARED_FLAGS,
	};
	struct dxg_msg_allocinfo info = { .priv_drv_data_size = sizeof(struct dxg_alloc_private) };
	struct dxg_alloc_private private = { .flags = DXG_ALLOC_CPU_VISIBLE, .size = size };
	struct dxg_msg_createallocation_return head;
	struct dxg_msg_allocinfo_return one;
	struct wire_msg msg;
	uint32_t i;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	for (i = 0; i < n; i++)
		wire_msg_add(&msg, &info, sizeof(info));
	wire_msg_zero(&msg, data);
	for (i = 0; i < n; i++)
		wire_msg_add(&msg, &private, sizeof(private));
	if (wire_call(client->wire, &msg, reply, sizeof(reply)) <
	    (int)(sizeof(head) + n * sizeof(one)))
		return false;
	memcpy(&head, reply, sizeof(head));
	ret->resource = head.resource;
	ret->name = head.global_share;
	for (i = 0; i < n; i++) {
		memcpy(&one, reply + sizeof(head) + i * sizeof(one), sizeof(one));
		ret->allocation[i] = one.allocation;
	}
	return true;
}

static struct shared make_shared(struct client *client, uint32_t n)
{
	struct shared shared;

	assert_true(try_shared(client, n, SIZE, 0, &shared));
	return shared;
}

static int32_t query(struct client *client, uint32_t nt,
		     struct dxg_msg_querysharedresource_return *ret)
{
	struct dxg_msg_querysharedresource body = {
		.h = wire_vm(DXG_MSG_QUERYSHAREDRESOURCE, client->process),
		.nt_handle = nt,
	};
	struct wire_msg msg;

	memset(ret, 0, sizeof(*ret));
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	assert_true(wire_call(client->wire, &msg, ret, sizeof(*ret)) >= (int)sizeof(*ret));
	return ret->status;
}

/* The file is as large as the allocations and stays that; they lie in it one behind the other. */
static void memory_is_a_file(void **state)
{
	struct client client = open_on(state, "a");
	struct shared shared = make_shared(&client, 2);
	uint32_t nt = link_create_nt(&client, shared.resource);
	int fd = link_memory(&client, nt);
	struct stat st;
	uint64_t at;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 2 * SIZE);
	assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_equal(client_try_lock(&client, shared.allocation[0], &at), 0);
	assert_int_equal(at, 0);
	assert_int_equal(client_try_lock(&client, shared.allocation[1], &at), 0);
	assert_int_equal(at, SIZE);
	close(fd);
	client_close(&client);
}

/* Nobody gets the memory without an NT handle, and nothing but that of a shared resource. */
static void memory_of_nothing_else(void **state)
{
	struct client client = open_on(state, "a"), other = open_on(state, "a");
	struct shared shared = make_shared(&client, 1), theirs = make_shared(&other, 1);
	uint32_t alloc = client_alloc(&client, SIZE), nt;

	make_shared(&other, 1);
	assert_int_equal(link_memory(&client, shared.name), -1);
	assert_int_equal(link_memory(&client, shared.resource), -1);
	assert_int_equal(link_memory(&client, link_create_nt(&client, alloc)), -1);
	theirs = make_shared(&other, 1); /* a number that is none here */
	nt = link_create_nt(&other, theirs.resource);
	assert_int_not_equal(nt, shared.name);
	assert_int_equal(link_memory(&client, nt), -1);
	assert_int_equal(link_create_nt(&client, shared.allocation[0]), 0);
	assert_true(wire_is_alive(client.wire));
	client_close(&other);
	client_close(&client);
}

/* Of the IO space of one session nothing is shown to another, whatever name it has. */
static void io_space_has_no_descriptor(void **state)
{
	struct client client = open_on(state, "a");
	uint32_t nt = link_create_nt(&client, client_alloc(&client, SIZE));
	struct dxg_msg_querysharedresource_return info;
	struct dxg_share_record record;

	assert_int_not_equal(nt, 0);
	assert_int_equal(link_offer(&client, nt, &record), -1);
	assert_int_not_equal(query(&client, nt, &info), 0);
	client_close(&client);
}

static int descriptor_of(struct client *client, const struct shared *shared,
			 struct dxg_share_record *ret_record)
{
	int fd = link_offer(client, link_create_nt(client, shared->resource), ret_record);

	assert_true(fd >= 0);
	assert_int_equal(ret_record->kind, DXG_SHARE_RESOURCE);
	return fd;
}

/* Another session opens it, also when its maker is gone; both have one file. */
static void another_session_opens_it(void **state)
{
	struct client one = open_on(state, "a"), two = open_on(state, "a");
	struct dxg_msg_querysharedresource_return info;
	struct shared shared = make_shared(&one, 1);
	struct dxg_share_record record;
	struct client_memory commands;
	int fd = descriptor_of(&one, &shared, &record), memory;
	struct opened o;
	uint8_t *cpu;
	uint64_t va;
	uint32_t nt;

	client_close(&one);
	assert_int_equal(link_import(&two, record.token, &nt), 0);
	assert_int_equal(query(&two, nt, &info), 0);
	assert_int_equal(info.allocation_count, 1);
	assert_int_equal(info.total_priv_drv_data_size, sizeof(struct dxg_alloc_private));
	assert_int_equal(open_resource(&two, nt, 1, &o), 0);
	memory = link_memory(&two, nt);
	cpu = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	assert_true(cpu != MAP_FAILED);
	assert_int_equal(client_try_map(&two, o.allocation, PAGES, 1, &va), 0);
	commands = client_memory(&two, DXG_PAGE_SIZE);
	client_submit(&two, two.context, commands.va,
		      client_put_fill(commands.cpu, va, SIZE, 0x64646464));
	client_finish(&two, two.context);
	assert_int_equal(client_state(&two, two.device), 1);
	assert_int_equal(cpu[SIZE - 1], 0x64);
	munmap(cpu, SIZE);
	close(memory);
	close(fd);
	client_close(&two);
}

/* The token is worth nothing on another vGPU, though both have one owner. */
static void tokens_are_of_one_vgpu(void **state)
{
	struct client one = open_on(state, "a"), two = open_on(state, "b");
	struct shared shared = make_shared(&one, 1);
	struct dxg_share_record record;
	int fd = descriptor_of(&one, &shared, &record);
	uint32_t nt;

	assert_int_not_equal(link_import(&two, record.token, &nt), 0);
	close(fd);
	client_close(&two);
	client_close(&one);
}

/* Who keeps the file mapped has none of the bytes when nobody has the resource any more. */
static void memory_is_punched_out(void **state)
{
	struct client client = open_on(state, "a");
	struct shared shared = make_shared(&client, 1);
	uint32_t nt = link_create_nt(&client, shared.resource);
	int fd = link_memory(&client, nt);
	volatile uint8_t *cpu = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_true(cpu != MAP_FAILED);
	memset((void *)cpu, 0x3c, SIZE);
	assert_int_equal(destroy_resource(&client, shared.resource), 0);
	client_clock(&client); /* its worker has let go */
	assert_int_equal(cpu[SIZE - 1], 0x3c); /* the NT handle keeps it */
	assert_int_equal(link_destroy_nt(&client, nt), 0);
	while (cpu[SIZE - 1] || cpu[0])
		client_clock(&client); /* until dxgd has got there */
	munmap((void *)cpu, SIZE);
	close(fd);
	client_close(&client);
}

/* All of a vGPU's files together are as large as its memory, whoever has them open. */
static void memory_is_limited(void **state)
{
	struct client client = open_on(state, "b");
	struct dxg_share_record record;
	struct shared shared;
	uint64_t size = 32u << 20;
	int fd[2];
	uint32_t i;

	for (i = 0; i < 2; i++) {
		assert_true(try_shared(&client, 1, size, 0, &shared));
		fd[i] = descriptor_of(&client, &shared, &record);
		client_close(&client); /* off the process's account; the descriptor keeps it */
		client = open_on(state, "b");
	}
	assert_false(try_shared(&client, 1, DXG_PAGE_SIZE, 0, &shared));
	close(fd[0]);
	while (!try_shared(&client, 1, size, 0, &shared))
		; /* until dxgd has seen the end of it */
	close(fd[1]);
	client_close(&client);
}

static void quota_files(void **state)
{
	struct client client = open_on(state, "a");
	struct dxg_share_record record;
	struct shared shared = make_shared(&client, 1);
	int fd = descriptor_of(&client, &shared, &record);
	uint32_t i;

	/* A session names so many shared objects, a vGPU has so many files: two sessions reach it.
	 */
	for (i = 1; i < DXG_SHARED_FILES_PER_VGPU / 2; i++)
		assert_true(try_shared(&client, 1, DXG_PAGE_SIZE, 0, &shared));
	{
		struct client more = open_on(state, "a");

		for (; i < DXG_SHARED_FILES_PER_VGPU; i++)
			while (!try_shared(&more, 1, DXG_PAGE_SIZE, 0, &shared))
				; /* until dxgd has seen the end of what tests before had */
		assert_false(try_shared(&more, 1, DXG_PAGE_SIZE, 0, &shared));
		assert_int_equal(destroy_resource(&more, shared.resource), 0);
		client_clock(&more);
		assert_true(try_shared(&more, 1, DXG_PAGE_SIZE, 0, &shared));
		client_close(&more);
	}
	close(fd);
	client_close(&client);
}

static void quota_allocations(void **state)
{
	struct client client = open_on(state, "a");
	struct shared shared;

	assert_true(try_shared(&client, DXG_SHARED_FILE_ALLOCATIONS, DXG_PAGE_SIZE, 0, &shared));
	assert_false(
		try_shared(&client, DXG_SHARED_FILE_ALLOCATIONS + 1, DXG_PAGE_SIZE, 0, &shared));
	client_close(&client);
}

static void quota_data(void **state)
{
	struct client client = open_on(state, "c");
	const uint32_t data = 120u << 10, fixed = 56; /* of each: head, part, private data */
	struct shared shared = { 0 };
	uint32_t n = 0;

	while (try_shared(&client, 1, DXG_PAGE_SIZE, data, &shared))
		n++;
	assert_int_equal(n, DXG_SHARED_DATA_PER_VGPU / (data + fixed));
	assert_int_equal(destroy_resource(&client, shared.resource), 0);
	client_clock(&client);
	assert_true(try_shared(&client, 1, DXG_PAGE_SIZE, data, &shared));
	client_close(&client);
}

/* Many at once, more than a socket takes in: all are mapped, in the end. */
static void many_at_once(void **state)
{
	enum { N = 12 };
	struct client client = open_on(state, "a");
	struct client_memory commands = client_memory(&client, DXG_PAGE_SIZE);
	struct shared shared[N];
	uint64_t va;
	uint32_t i;

	for (i = 0; i < N; i++)
		assert_true(try_shared(&client, DXG_SHARED_FILE_ALLOCATIONS, DXG_PAGE_SIZE, 0,
				       &shared[i]));
	for (i = 0; i < N; i++) {
		assert_int_equal(
			client_try_map(&client,
				       shared[i].allocation[DXG_SHARED_FILE_ALLOCATIONS - 1], 1, 1,
				       &va),
			0);
		client_submit(&client, client.context, commands.va,
			      client_put_fill(commands.cpu, va, DXG_PAGE_SIZE, i));
		client_finish(&client, client.context);
		assert_int_equal(client_state(&client, client.device), 1);
	}
	client_close(&client);
}

static void asking_is_checked(void **state)
{
	struct client client = open_on(state, "a");
	struct dxg_msg_querysharedresource_return info;
	struct shared shared = make_shared(&client, 3);
	uint32_t nt;

	assert_int_not_equal(query(&client, shared.name, &info), 0); /* no NT handle yet */
	nt = link_create_nt(&client, shared.resource);
	assert_int_equal(query(&client, nt, &info), 0);
	assert_int_equal(info.allocation_count, 3);
	assert_int_not_equal(query(&client, 0, &info), 0);
	assert_int_not_equal(query(&client, shared.resource, &info), 0);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_process_sees_it),
		cmocka_unit_test(nobody_owns_it),
		cmocka_unit_test(pages_come_back_zeroed),
		cmocka_unit_test(opened_is_passed_on),
		cmocka_unit_test(neither_offered_nor_named),
		cmocka_unit_test(opening_is_checked),
		cmocka_unit_test(memory_is_a_file),
		cmocka_unit_test(memory_of_nothing_else),
		cmocka_unit_test(io_space_has_no_descriptor),
		cmocka_unit_test(another_session_opens_it),
		cmocka_unit_test(tokens_are_of_one_vgpu),
		cmocka_unit_test(memory_is_punched_out),
		cmocka_unit_test(memory_is_limited),
		cmocka_unit_test(quota_allocations),
		cmocka_unit_test(quota_data),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(asking_is_checked),
		cmocka_unit_test(quota_files), /* the last one: it takes until they are gone */
	};

	return cmocka_run_group_tests(tests, setup, daemon_group_teardown);
}
