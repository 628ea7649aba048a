// SPDX-License-Identifier: MIT
/*
 * test_sysmem: existing system memory: a file is the RAM of a machine, dxgd is told of it (ram=),
 * and allocations consist of pages of that file which the guest names. What the GPU writes is
 * there, and nothing else of the file is mapped anywhere; every lie about pages is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"
#include "machine.h"

#define PAGE 4096u
#define RAM_PAGES (80u << 10) /* 320 MiB, sparse */
#define LOW_PAGES (48u << 10) /* "low", below 4 GiB; the others are at 4 GiB */
#define HIGH_PFN (1u << 20)

static char ram_path[64];
static uint8_t *ram;
static struct daemon *daemon_;
static struct client client; /* of the machine on vGPU "a" */

/* ---- messages ---- */

static uint32_t create(struct client *c, uint64_t size, bool read_only, int32_t *ret_status)
{
	struct dxg_msg_createallocation body = {
		.h = wire_vgpu(DXG_MSG_CREATEALLOCATION, c->process),
		.device = c->device,
		.alloc_count = 1,
		.flags = { .existing_sysmem = 1, .read_only = read_only },
	};
	struct dxg_msg_allocinfo info = { .priv_drv_data_size = sizeof(struct dxg_alloc_private) };
	struct dxg_alloc_private private = { .size = size };
	struct {
		struct dxg_msg_createallocation_return head;
		struct dxg_msg_allocinfo_return info;
		struct dxg_alloc_private private;
	} reply = { 0 };
	struct wire_msg msg;

	wire_msg_init(&msg, c->wire, &body, sizeof(body));
	wire_msg_add(&msg, &info, sizeof(info));
	wire_msg_add(&msg, &private, sizeof(private));
	*ret_status = 0;
	if (wire_call(c->wire, &msg, &reply, sizeof(reply)) != sizeof(reply)) {
		memcpy(ret_status, &reply, sizeof(*ret_status));
		return 0;
	}
	assert_int_equal(reply.info.allocation_size, size);
	return reply.info.allocation;
}

static struct dxg_msg_setexistingsysmempages pages_body(const struct client *c, uint32_t alloc,
							uint32_t first, uint32_t n)
{
	return (struct dxg_msg_setexistingsysmempages){
		.h = wire_vgpu(DXG_MSG_SETEXISTINGSYSMEMPAGES, c->process),
		.device = c->device,
		.allocation = alloc,
		.num_pages = n,
		.alloc_offset_in_pages = first,
	};
}

static int32_t tell(struct client *c, uint32_t alloc, uint32_t first, const uint64_t *pfn,
		    uint32_t n)
{
	struct dxg_msg_setexistingsysmempages body = pages_body(c, alloc, first, n);
	struct wire_msg msg;

	wire_msg_init(&msg, c->wire, &body, sizeof(body));
	wire_msg_add(&msg, pfn, n * sizeof(*pfn));
	return wire_status(c->wire, &msg);
}

/* @n pages from @first on, @step apart. */
static int32_t tell_range(struct client *c, uint32_t alloc, uint32_t at, uint64_t first,
			  uint32_t step, uint32_t n)
{
	static uint64_t pfn[DXG_SYSMEM_PAGES_PER_MESSAGE + 1];
	uint32_t i;

	for (i = 0; i < n; i++)
		pfn[i] = first + (uint64_t)i * step;
	return tell(c, alloc, at, pfn, n);
}

static uint32_t make(struct client *c, uint64_t size, bool read_only)
{
	int32_t status;
	uint32_t alloc = create(c, size, read_only, &status);

	assert_int_equal(status, 0);
	assert_int_not_equal(alloc, 0);
	return alloc;
}

static void fill(struct client *c, uint64_t va, uint64_t size, uint32_t pattern)
{
	struct client_memory commands = client_memory(c, PAGE);

	client_submit(c, c->context, commands.va, client_put_fill(commands.cpu, va, size, pattern));
	client_finish(c, c->context);
	client_destroy_allocs(c, &commands.handle, 1);
}

/* A fill that costs the device its life. */
static void fill_and_die(struct client *c, uint64_t va)
{
	struct client_memory commands = client_memory(c, PAGE);

	client_submit(c, c->context, commands.va, client_put_fill(commands.cpu, va, PAGE, 1));
	client_expect_loss(c);
}

static uint32_t word(uint64_t page, uint32_t offset)
{
	return *(uint32_t *)(void *)(ram + page * PAGE + offset);
}

/* ---- who maps the file ---- */

/* Bytes of the RAM file that process @pid has mapped. */
static uint64_t mapped_by(pid_t pid)
{
	char path[64], line[512];
	unsigned long long from, to;
	uint64_t bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, ram_path) && sscanf(line, "%llx-%llx", &from, &to) == 2)
			bytes += to - from;
	if (file)
		fclose(file);
	return bytes;
}

/* Descriptors of it that @pid has. */
static unsigned int opened_by(pid_t pid)
{
	char path[64], target[256];
	unsigned int count = 0;
	ssize_t n;
	int fd;

	for (fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		count += !strcmp(target, ram_path);
	}
	return count;
}

static uint64_t mapped_by_workers(unsigned int *ret_mappers)
{
	struct daemon_pids pids = daemon_pids(daemon_);
	uint64_t bytes = 0, one;
	size_t i;

	*ret_mappers = 0;
	for (i = 0; i < pids.count; i++) {
		one = mapped_by(pids.pid[i]);
		assert_int_equal(opened_by(pids.pid[i]), 0);
		*ret_mappers += one > 0;
		bytes += one;
	}
	return bytes;
}

/* ---- tests ---- */

static void announced_to_the_machine_only(void **state)
{
	struct wire *plain = wire_open(daemon_->socket, "plain");
	struct wire *process = wire_open(daemon_->socket, "a");
	struct wire *machine = machine_plug(daemon_, "plain");

	(void)state;
	assert_true(client.wire->header.host_caps & DXG_HOSTCAP_MAP_GUEST_MEMORY);
	assert_false(plain->header.host_caps & DXG_HOSTCAP_MAP_GUEST_MEMORY);
	assert_false(process->header.host_caps & DXG_HOSTCAP_MAP_GUEST_MEMORY);
	assert_false(machine->header.host_caps & DXG_HOSTCAP_MAP_GUEST_MEMORY);
	wire_close(plain);
	wire_close(process);
	wire_close(machine);
}

/* Scattered pages, low and high, in an order of their own: the GPU sees them side by side. */
static void writes_reach_the_pages(void **state)
{
	static const uint64_t pfn[] = {
		7, 8, 3, HIGH_PFN + 2, HIGH_PFN + 3, LOW_PAGES - 1, HIGH_PFN
	};
	static const uint64_t page[] = {
		7, 8, 3, LOW_PAGES + 2, LOW_PAGES + 3, LOW_PAGES - 1, LOW_PAGES
	};
	uint32_t alloc = make(&client, 7 * PAGE, false), i;
	uint64_t va;

	(void)state;
	assert_int_equal(tell(&client, alloc, 0, pfn, 2), 0);
	assert_int_equal(tell(&client, alloc, 2, pfn + 2, 5), 0);
	assert_int_equal(client_try_resident(&client, &alloc, 1), 0);
	assert_int_equal(client_try_map(&client, alloc, 7, 1, &va), 0);
	memset(ram, 0, 32 * PAGE);
	for (i = 0; i < 7; i++)
		fill(&client, va + i * PAGE + 4, PAGE - 4, 0x1000 + i);
	for (i = 0; i < 7; i++) {
		assert_int_equal(word(page[i], 0), 0);
		assert_int_equal(word(page[i], PAGE - 4), 0x1000 + i);
	}
	assert_int_equal(word(4, 0) | word(9, 0) | word(LOW_PAGES + 1, 0), 0);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
}

/* Exactly the pages, by exactly the worker of the process, until the destruction is answered. */
static void nothing_else_is_mapped(void **state)
{
	struct client other;
	unsigned int mappers;
	uint32_t alloc = make(&client, 5 * PAGE, false);

	(void)state;
	client_open_process(&other, &client);
	client_clock(&other);
	assert_int_equal(tell_range(&client, alloc, 0, 100, 1, 3), 0);
	assert_int_equal(tell_range(&client, alloc, 3, 200, 1, 2), 0);
	assert_int_equal(mapped_by_workers(&mappers), 5 * PAGE);
	assert_int_equal(mappers, 1);
	assert_int_equal(mapped_by(daemon_->pid), 0);
	/* Another process cannot name it. */
	assert_int_equal(tell_range(&other, alloc, 0, 1, 1, 1), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
	assert_int_equal(mapped_by_workers(&mappers), 0);
	assert_int_equal(client_destroy_process(client.wire, other.process), 0);
}

/* DESTROYDEVICE and DESTROYPROCESS are answered when nothing is mapped any more, too. */
static void endings_unmap(void **state)
{
	struct client other;
	unsigned int mappers;
	uint32_t alloc;

	(void)state;
	client_open_process(&other, &client);
	alloc = make(&other, 2 * PAGE, false);
	assert_int_equal(tell_range(&other, alloc, 0, 50, 1, 2), 0);
	assert_int_equal(client_destroy(&other, DXG_MSG_DESTROYDEVICE, other.device), 0);
	assert_int_equal(mapped_by_workers(&mappers), 0);
	other.device = client_try_device(&other);
	alloc = make(&other, 2 * PAGE, false);
	assert_int_equal(tell_range(&other, alloc, 0, 50, 1, 2), 0);
	assert_int_equal(client_destroy_process(client.wire, other.process), 0);
	assert_int_equal(mapped_by_workers(&mappers), 0);
}

static void read_only_stays_unwritten(void **state)
{
	uint32_t alloc = make(&client, PAGE, true);
	struct client_memory commands = client_memory(&client, PAGE);
	struct client_memory out = client_memory(&client, PAGE);
	uint64_t va;

	(void)state;
	memset(ram + 60 * PAGE, 0x5c, PAGE);
	assert_int_equal(tell_range(&client, alloc, 0, 60, 1, 1), 0);
	assert_int_equal(client_try_map(&client, alloc, 1, 1, &va), DXG_STATUS_ACCESS_DENIED);
	assert_int_equal(client_try_map(&client, alloc, 1, 0, &va), 0);
	client_submit(&client, client.context, commands.va,
		      client_put_copy(commands.cpu, out.va, va, PAGE));
	client_finish(&client, client.context);
	assert_int_equal(*(uint32_t *)(void *)out.cpu, 0x5c5c5c5c);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
	assert_int_equal(client_destroy_allocs(&client, &commands.handle, 1), 0);
	assert_int_equal(client_destroy_allocs(&client, &out.handle, 1), 0);
}

/* Nor by an update of mappings: a plain map is writable, one with protection may be. */
static int32_t update(uint32_t alloc, uint64_t va, uint32_t operation, uint64_t protection)
{
	struct dxg_msg_updategpuvirtualaddress body = {
		.h = wire_vgpu(DXG_MSG_UPDATEGPUVIRTUALADDRESS, client.process),
		.device = client.device,
		.num_operations = 1,
	};
	struct d3dddi_updategpuvirtualaddress_operation op = { .operation = operation };
	struct wire_msg msg;

	op.map_protect.base_address = va;
	op.map_protect.size = PAGE;
	op.map_protect.allocation.v = alloc;
	op.map_protect.protection.value = protection;
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	wire_msg_add(&msg, &op, sizeof(op));
	return wire_status(client.wire, &msg);
}

static void read_only_updates(void **state)
{
	uint32_t alloc = make(&client, PAGE, true);
	uint64_t va = client_try_reserve(&client, PAGE);

	(void)state;
	assert_int_not_equal(va, 0);
	assert_int_equal(tell_range(&client, alloc, 0, 60, 1, 1), 0);
	assert_int_equal(update(alloc, va, _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP, 0),
			 DXG_STATUS_ACCESS_DENIED);
	assert_int_equal(update(alloc, va, _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP_PROTECT, 1),
			 DXG_STATUS_ACCESS_DENIED);
	assert_int_equal(update(alloc, va, _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP_PROTECT, 0), 0);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
	assert_int_equal(client_try_free_va(&client, va, PAGE), 0);
}

/* There is nothing of ours to discard. */
static void is_not_offered(void **state)
{
	struct dxg_msg_offerallocations body = {
		.h = wire_vgpu(DXG_MSG_OFFERALLOCATIONS, client.process),
		.device = client.device,
		.allocation_count = 1,
		.priority = _D3DKMT_OFFER_PRIORITY_LOW,
	};
	uint32_t alloc = make(&client, PAGE, false);
	struct wire_msg msg;

	(void)state;
	wire_msg_init(&msg, client.wire, &body, DXG_MSG_OFFER_TAIL);
	wire_msg_add(&msg, &alloc, sizeof(alloc));
	assert_int_equal(wire_status(client.wire, &msg), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
}

/* Where there is no RAM: behind the low part, in the hole, behind the end, nowhere. */
static void pages_that_are_none(void **state)
{
	static const uint64_t bad[] = {
		LOW_PAGES,	  HIGH_PFN - 1,	     HIGH_PFN + RAM_PAGES - LOW_PAGES, UINT64_MAX,
		UINT64_MAX >> 12, UINT64_C(1) << 32, (UINT64_C(1) << 52) + 1,
	};
	uint32_t alloc = make(&client, 3 * PAGE, false);
	uint64_t list[3] = { 1, 0, 2 };
	unsigned int mappers;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		list[1] = bad[i];
		assert_int_equal(tell(&client, alloc, 0, list, 3), DXG_STATUS_INVALID_PARAMETER);
	}
	assert_int_equal(mapped_by_workers(&mappers), 0);
	list[1] = HIGH_PFN + RAM_PAGES - LOW_PAGES - 1;
	assert_int_equal(tell(&client, alloc, 0, list, 3), 0);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
}

static void pages_out_of_order(void **state)
{
	uint32_t alloc = make(&client, 4 * PAGE, false), plain = client_alloc(&client, PAGE);
	struct dxg_msg_setexistingsysmempages body = pages_body(&client, alloc, 0, 1);
	struct wire_msg msg;

	(void)state;
	assert_int_equal(tell_range(&client, alloc, 1, 1, 1, 1), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(tell_range(&client, alloc, 0, 1, 1, 0), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(tell_range(&client, alloc, 0, 1, 1, 5), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(tell_range(&client, alloc, 0, 1, 1, 2), 0);
	assert_int_equal(tell_range(&client, alloc, 0, 1, 1, 2), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(tell_range(&client, alloc, 2, 1, 1, 3), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(tell_range(&client, alloc, ~0u, 1, 1, 1), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(tell_range(&client, alloc, 2, 1, 1, 2), 0);
	assert_int_equal(tell_range(&client, alloc, 4, 1, 1, 1), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(tell_range(&client, plain, 0, 1, 1, 1), DXG_STATUS_INVALID_PARAMETER);
	body.device = client.context;
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	wire_msg_zero(&msg, 8);
	assert_int_equal(wire_status(client.wire, &msg), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
	assert_int_equal(client_destroy_allocs(&client, &plain, 1), 0);
}

/* The reference guest sends a full message for one page. */
static void full_message_for_one_page(void **state)
{
	uint32_t alloc = make(&client, PAGE, false);
	struct dxg_msg_setexistingsysmempages body = pages_body(&client, alloc, 0, 1);
	struct wire_msg msg;
	unsigned int mappers;

	(void)state;
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	wire_msg_zero(&msg, DXG_SYSMEM_PAGES_PER_MESSAGE * 8);
	assert_int_equal(wire_status(client.wire, &msg), 0);
	assert_int_equal(mapped_by_workers(&mappers), PAGE);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
}

static void pages_of_one_message(void **state)
{
	const uint32_t limit = DXG_SYSMEM_PAGES_PER_MESSAGE;
	uint32_t alloc = make(&client, (limit + 1) * (uint64_t)PAGE, false);
	unsigned int mappers;

	(void)state;
	assert_int_equal(tell_range(&client, alloc, 0, 0, 1, limit + 1),
			 DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(tell_range(&client, alloc, 0, 0, 1, limit), 0);
	assert_int_equal(mapped_by_workers(&mappers), limit * (uint64_t)PAGE);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
}

/* Every page a piece of its own: a worker maps so many of them and no more. */
static void pieces_of_a_process(void **state)
{
	const uint32_t limit = DXG_SYSMEM_RUNS_PER_PROCESS;
	uint32_t alloc = make(&client, (limit + 1) * (uint64_t)PAGE, false), at, n;

	(void)state;
	for (at = 0; at < limit; at += n) {
		n = limit - at < 8192 ? limit - at : 8192;
		assert_int_equal(tell_range(&client, alloc, at, 0, 2, n), 0);
	}
	assert_int_equal(tell_range(&client, alloc, limit, 0, 2, 1), DXG_STATUS_NO_MEMORY);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
	/* They came back. */
	alloc = make(&client, PAGE, false);
	assert_int_equal(tell_range(&client, alloc, 0, 0, 2, 1), 0);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
}

static void sizes(void **state)
{
	int32_t status;

	(void)state;
	assert_int_equal(create(&client, PAGE + 1, false, &status), 0);
	assert_int_equal(status, DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(create(&client, 0, false, &status), 0);
	assert_int_equal(status, DXG_STATUS_INVALID_PARAMETER);
}

/* What has not been given all its pages is not there for commands. */
static void unfinished_is_not_used(void **state)
{
	struct client other;
	uint32_t alloc;
	uint64_t va;
	char text[DXG_FAULT_TEXT_MAX];

	(void)state;
	client_open_process(&other, &client);
	alloc = make(&other, 2 * PAGE, false);
	assert_int_equal(tell_range(&other, alloc, 0, 70, 1, 1), 0);
	assert_int_equal(client_try_map(&other, alloc, 2, 1, &va), 0);
	fill_and_die(&other, va);
	assert_true(client_fault(&other, text));
	assert_int_equal(client_destroy_process(client.wire, other.process), 0);
}

static void there_is_no_lock_and_no_gpadl(void **state)
{
	uint32_t alloc = make(&client, PAGE, false);
	struct dxg_msg_setexistingsysmemstore body = {
		.h = wire_vgpu(DXG_MSG_SETEXISTINGSYSMEMSTORE, client.process),
		.device = client.device,
		.allocation = alloc,
		.gpadl = 1,
	};
	struct wire_msg msg;
	uint64_t address;

	(void)state;
	assert_int_equal(client_try_lock(&client, alloc, &address), DXG_STATUS_INVALID_PARAMETER);
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	assert_int_equal(wire_status(client.wire, &msg), DXG_STATUS_NOT_SUPPORTED);
	assert_int_equal(client_destroy_allocs(&client, &alloc, 1), 0);
}

/* A process on the same vGPU is no machine, and a machine without ram= shows nothing. */
static void without_the_capability(void **state)
{
	static const char *const names[] = { "a", "plain" };
	struct client other;
	int32_t status;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		client_open(&other, daemon_, names[i]);
		assert_int_equal(create(&other, PAGE, false, &status), 0);
		assert_int_equal(status, DXG_STATUS_NOT_SUPPORTED);
		assert_int_equal(tell_range(&other, client_alloc(&other, PAGE), 0, 1, 1, 1),
				 DXG_STATUS_NOT_SUPPORTED);
		client_close(&other);
	}
}

static void one_machine(void **state)
{
	char byte;
	int sock = machine_connect(daemon_, "a");

	(void)state;
	assert_true(sock >= 0);
	assert_int_equal(recv(sock, &byte, 1, 0), 0);
	close(sock);
	assert_true(wire_is_alive(client.wire));
}

static void bad_options(void **state)
{
	static const char *const bad[] = {
		"\"ram\":\"relative\"",
		"\"ram\":\"/dev/null\"",
		"\"ram\":\"/dev/shm\"",
		"\"ram\":\"/nonexistent/ram\"",
		"\"ram\":\"/dev/shm/x\", \"ram_low\":0",
		"\"ram\":\"/dev/shm/x\", \"ram_low\":4097",
	};
	char request[256], answer[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(request, sizeof(request),
			 "{\"cmd\":\"vgpu-create\",\"name\":\"bad\",\"backend\":\"null\",%s}",
			 bad[i]);
		daemon_control(daemon_, request, answer, sizeof(answer));
		assert_non_null(strstr(answer, "error"));
	}
	/* Everybody would see it. */
	snprintf(request, sizeof(request),
		 "{\"cmd\":\"vgpu-create\",\"name\":\"bad\",\"backend\":\"null\",\"uid\":\"any\","
		 "\"ram\":\"%s\"}",
		 ram_path);
	daemon_control(daemon_, request, answer, sizeof(answer));
	assert_non_null(strstr(answer, "error"));
	daemon_control(daemon_, "{\"cmd\":\"vgpu-set\",\"name\":\"a\",\"uid\":\"any\"}", answer,
		       sizeof(answer));
	assert_non_null(strstr(answer, "error"));
	daemon_control(daemon_, "{\"cmd\":\"vgpu-set\",\"name\":\"a\",\"ram\":\"/dev/shm/x\"}",
		       answer, sizeof(answer));
	assert_non_null(strstr(answer, "error"));
}

/* The file is cut off under a worker: its process loses its devices, and that is all. */
static void truncated_file(void **state)
{
	struct client other;
	uint32_t alloc;
	uint64_t va;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	print_message("SKIP: AddressSanitizer reports the crash that is wanted here\n");
	skip();
#endif
	client_open_process(&other, &client);
	alloc = make(&other, PAGE, false);
	assert_int_equal(tell_range(&other, alloc, 0, HIGH_PFN + RAM_PAGES - LOW_PAGES - 1, 1, 1),
			 0);
	assert_int_equal(client_try_map(&other, alloc, 1, 1, &va), 0);
	assert_int_equal(truncate(ram_path, (RAM_PAGES - 1) * (off_t)PAGE), 0);
	fill_and_die(&other, va);
	assert_int_equal(truncate(ram_path, RAM_PAGES * (off_t)PAGE), 0);
	assert_int_equal(client_destroy_process(client.wire, other.process), 0);
	assert_int_equal(client_state(&client, client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
}

/* ---- a machine ---- */

static int make_ram(void)
{
	int fd;

	snprintf(ram_path, sizeof(ram_path), "%s/dxgd-ram-XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	fd = mkstemp(ram_path);
	if (fd < 0 || ftruncate(fd, RAM_PAGES * (off_t)PAGE))
		return -1;
	ram = mmap(NULL, RAM_PAGES * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return ram == MAP_FAILED ? -1 : 0;
}

static int setup(void **state)
{
	char vgpu[160];
	const char *const options[] = { "--vgpu", vgpu, "--vgpu", "plain", NULL };
	struct client session = { 0 };

	(void)state;
	if (make_ram())
		return -1;
	snprintf(vgpu, sizeof(vgpu), "a,ram=%s,ram_low=%u", ram_path, LOW_PAGES >> 8);
	daemon_ = daemon_start(options);
	session.wire = machine_plug(daemon_, "a");
	machine_take_over(session.wire, 1);
	session.adapter = client_session(session.wire);
	client_open_process(&client, &session);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	client_close(&client);
	daemon_stop(daemon_);
	munmap(ram, RAM_PAGES * (size_t)PAGE);
	unlink(ram_path);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(announced_to_the_machine_only),
		cmocka_unit_test(writes_reach_the_pages),
		cmocka_unit_test(nothing_else_is_mapped),
		cmocka_unit_test(endings_unmap),
		cmocka_unit_test(read_only_stays_unwritten),
		cmocka_unit_test(read_only_updates),
		cmocka_unit_test(is_not_offered),
		cmocka_unit_test(pages_that_are_none),
		cmocka_unit_test(pages_out_of_order),
		cmocka_unit_test(full_message_for_one_page),
		cmocka_unit_test(pages_of_one_message),
		cmocka_unit_test(pieces_of_a_process),
		cmocka_unit_test(sizes),
		cmocka_unit_test(unfinished_is_not_used),
		cmocka_unit_test(there_is_no_lock_and_no_gpadl),
		cmocka_unit_test(without_the_capability),
		cmocka_unit_test(one_machine),
		cmocka_unit_test(bad_options),
		cmocka_unit_test(truncated_file),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
