// SPDX-License-Identifier: MIT
/*
 * test_share: shared fences by raw messages: names of a session, quotas, what an opener may not do,
 * and the descriptors of socket sessions: who can open what, and who cannot.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"
#include "link.h"

#define SHARED 0x3u /* shared, nt_security_sharing */
#define NO_SIGNAL 0x10u
#define NO_WAIT 0x20u

static const char *const two_vgpus[] = { "--vgpu", "a", "--vgpu", "b", NULL };

static int setup(void **state)
{
	*state = daemon_start(two_vgpus);
	return 0;
}

static struct client open_process(void **state)
{
	struct client client;

	client_open(&client, *state, "a");
	return client;
}

/* Return: the global name, or 0. */
static uint32_t try_shared(struct client *client, uint32_t flags, struct client_fence *ret)
{
	struct dxg_msg_createsyncobject body = {
		.h = wire_vgpu(DXG_MSG_CREATESYNCOBJECT, client->process),
		.client_hint = 1,
	};
	struct dxg_msg_createsyncobject_return reply = { 0 };
	struct wire_msg msg;

	body.args.device.v = client->device;
	body.args.info.type = _D3DDDI_MONITORED_FENCE;
	body.args.info.flags.value = flags;
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	if (wire_call(client->wire, &msg, &reply, sizeof(reply)) < (int)sizeof(reply))
		return 0;
	ret->handle = reply.sync_object;
	ret->value = client_pointer(client->wire, reply.fence_storage_address, DXG_PAGE_SIZE);
	return reply.global_sync_object;
}

static uint32_t shared_fence(struct client *client, struct client_fence *ret)
{
	uint32_t global = try_shared(client, SHARED, ret);

	assert_int_not_equal(global, 0);
	return global;
}

static int32_t open_fence(struct client *client, uint32_t global, uint32_t flags,
			  struct client_fence *ret)
{
	struct dxg_msg_opensyncobject body = {
		.h = wire_vm(DXG_MSG_OPENSYNCOBJECT, client->process),
		.device = client->device,
		.global_sync_object = global,
		.flags.value = flags,
	};
	struct dxg_msg_opensyncobject_return reply = { 0 };
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	assert_int_equal(wire_call(client->wire, &msg, &reply, sizeof(reply)), sizeof(reply));
	if (reply.status)
		return reply.status;
	ret->handle = reply.sync_object;
	ret->value = client_pointer(client->wire, reply.fence_storage_address, DXG_PAGE_SIZE);
	return 0;
}

/* ---- one session ---- */

static void names_live_as_long_as_needed(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence, opened;
	uint32_t global = shared_fence(&client, &fence), nt;

	nt = link_create_nt(&client, fence.handle);
	assert_int_not_equal(nt, 0);
	assert_int_equal(client_destroy_sync(&client, fence.handle), 0);
	assert_int_equal(open_fence(&client, global, 0, &opened), 0); /* the NT handle keeps it */
	assert_int_equal(link_destroy_nt(&client, nt), 0);
	assert_int_equal(client_try_signal_cpu(&client, opened.handle, 3), 0);
	assert_true(*opened.value == 3);
	assert_int_equal(client_destroy_sync(&client, opened.handle), 0);
	assert_int_not_equal(open_fence(&client, global, 0, &opened), 0); /* nothing keeps it */
	assert_int_not_equal(link_destroy_nt(&client, nt), 0);
	client_close(&client);
}

/* A name without NT handles is nothing to destroy: the count is not below zero. */
static void nt_handles_are_counted(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence, opened;
	uint32_t global = shared_fence(&client, &fence);

	assert_int_not_equal(link_destroy_nt(&client, global), 0);
	assert_int_not_equal(link_create_nt(&client, fence.handle), 0);
	assert_int_not_equal(link_create_nt(&client, fence.handle), 0);
	assert_int_equal(link_destroy_nt(&client, global), 0);
	assert_int_equal(link_destroy_nt(&client, global), 0);
	assert_int_not_equal(link_destroy_nt(&client, global), 0);
	assert_int_equal(open_fence(&client, global, 0, &opened), 0); /* its member keeps it */
	client_close(&client);
}

static void only_shared_fences_have_names(void **state)
{
	struct client client = open_process(state);
	struct client_fence plain = client_fence(&client, 0), opened;

	assert_int_equal(link_create_nt(&client, plain.handle), 0);
	assert_int_equal(link_create_nt(&client, client.paging.handle), 0);
	assert_int_equal(link_create_nt(&client, client.context), 0);
	assert_int_equal(link_create_nt(&client, 0), 0);
	assert_int_not_equal(open_fence(&client, plain.handle, 0, &opened), 0);
	assert_int_not_equal(open_fence(&client, 0, 0, &opened), 0);
	assert_int_equal(try_shared(&client, 0x1, &opened), 0); /* no security of its own */
	assert_int_equal(try_shared(&client, 0x2, &opened), 0);
	assert_int_equal(try_shared(&client, SHARED | 0x100, &opened), 0);
	client_close(&client);
}

/* Two processes of one session, as in a virtual machine. */
static void signals_reach_every_process(void **state)
{
	struct client one = open_process(state), two;
	struct client_fence fence, opened;
	uint64_t value = 5;
	uint32_t global;

	client_open_process(&two, &one);
	global = shared_fence(&one, &fence);
	assert_int_equal(open_fence(&two, global, 0, &opened), 0);
	assert_int_equal(client_try_wait_cpu(&two, &opened.handle, &value, 1, false, 77), 0);
	assert_int_equal(client_try_signal_cpu(&one, fence.handle, 5), 0);
	client_expect_event(&two, 77);
	assert_true(*opened.value == 5);
	assert_int_equal(client_destroy_process(one.wire, one.process), 0);
	assert_int_equal(client_try_signal_cpu(&two, opened.handle, 6), 0);
	assert_true(*opened.value == 6);
	client_close(&one);
}

static void no_signal_is_enforced(void **state)
{
	struct client one = open_process(state), two;
	struct client_fence fence, reader;
	uint32_t global;

	client_open_process(&two, &one);
	global = shared_fence(&one, &fence);
	assert_int_equal(open_fence(&two, global, NO_SIGNAL, &reader), 0);
	assert_int_equal(client_try_signal_cpu(&two, reader.handle, 9), DXG_STATUS_ACCESS_DENIED);
	client_signal(&two, two.context, reader.handle, 9); /* nobody answers: costs the device */
	client_expect_loss(&two);
	assert_true(*fence.value == 0);
	assert_true(*reader.value == UINT64_MAX); /* its own device is lost, and that is all */
	assert_int_equal(client_try_signal_cpu(&one, fence.handle, 1), 0);
	assert_true(*fence.value == 1);
	client_close(&one);
}

static void no_wait_is_enforced(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence, writer;
	uint64_t value = 0;
	uint32_t global = shared_fence(&client, &fence);

	assert_int_equal(open_fence(&client, global, NO_WAIT, &writer), 0);
	assert_int_equal(client_try_wait_cpu(&client, &writer.handle, &value, 1, false, 1),
			 DXG_STATUS_ACCESS_DENIED);
	client_wait(&client, client.context, writer.handle, 0);
	client_expect_loss(&client);
	client_close(&client);
}

/* A page of one member is output only, and of that member only. */
static void scribbling_changes_nothing(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence, opened;
	uint32_t global = shared_fence(&client, &fence);

	assert_int_equal(open_fence(&client, global, NO_SIGNAL, &opened), 0);
	*(volatile uint64_t *)(uintptr_t)opened.value = 1000;
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 2), 0);
	assert_true(*fence.value == 2);
	assert_true(*opened.value == 2);
	client_close(&client);
}

static void quota_shared_objects(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence;
	uint32_t i;

	for (i = 0; i < DXG_SHARED_OBJECTS_PER_SESSION; i++)
		shared_fence(&client, &fence);
	assert_int_equal(try_shared(&client, SHARED, &fence), 0);
	/* Nothing but the quota is in the way, and one more has room when one has gone. */
	client_fence(&client, 0);
	assert_int_equal(client_destroy_sync(&client, fence.handle), 0);
	shared_fence(&client, &fence);
	client_close(&client);
}

static void quota_opens(void **state)
{
	struct client client = open_process(state);
	struct dxg_msg_handle body = {
		.h = wire_vm(DXG_MSG_CREATENTSHAREDOBJECT, client.process),
	};
	struct client_fence fence;
	struct wire_msg msg;
	uint64_t last = 0;
	uint32_t i, k;

	shared_fence(&client, &fence);
	body.handle = fence.handle;
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	for (i = 0; i < DXG_SHARE_OPENS_MAX; i += k) {
		uint64_t id[256];

		for (k = 0; k < 256; k++)
			id[k] = wire_request(client.wire, &msg);
		for (k = 0; k < 256; k++)
			assert_int_equal(wire_reply(client.wire, id[k], &last, 4), 4);
		assert_int_not_equal(last, 0);
	}
	assert_int_equal(link_create_nt(&client, fence.handle), 0);
	assert_int_equal(link_destroy_nt(&client, (uint32_t)last), 0);
	assert_int_not_equal(link_create_nt(&client, fence.handle), 0);
	client_close(&client);
}

/* ---- descriptors ---- */

static int fence_and_descriptor(struct client *client, struct client_fence *ret_fence,
				struct dxg_share_record *ret_record)
{
	uint32_t nt;
	int fd;

	shared_fence(client, ret_fence);
	nt = link_create_nt(client, ret_fence->handle);
	fd = link_offer(client, nt, ret_record);
	assert_true(fd >= 0);
	assert_int_equal(ret_record->kind, DXG_SHARE_SYNC);
	assert_int_equal(link_destroy_nt(client, nt), 0);
	return fd;
}

static void another_session_opens_it(void **state)
{
	struct client one = open_process(state), two = open_process(state);
	struct client_fence fence, opened;
	struct dxg_share_record record;
	int fd = fence_and_descriptor(&one, &fence, &record);
	uint64_t value = 1;
	uint32_t nt;

	assert_int_equal(link_import(&two, record.token, &nt), 0);
	assert_int_equal(open_fence(&two, nt, 0, &opened), 0);
	assert_int_equal(link_destroy_nt(&two, nt), 0);
	assert_int_equal(client_try_wait_cpu(&two, &opened.handle, &value, 1, false, 5), 0);
	assert_int_equal(client_try_signal_cpu(&one, fence.handle, 1), 0);
	client_expect_event(&two, 5);
	assert_true(*opened.value == 1);
	client_close(&one); /* its session ends; the fence is the other's as well */
	assert_int_equal(client_try_signal_cpu(&two, opened.handle, 2), 0);
	assert_true(*opened.value == 2);
	close(fd);
	client_close(&two);
}

/* Until dxgd has noticed: then the token says nothing any more. */
static void the_last_copy_is_the_end(void **state)
{
	struct client one = open_process(state), two = open_process(state);
	struct dxg_share_record record;
	struct client_fence fence;
	int fd = fence_and_descriptor(&one, &fence, &record), copy = dup(fd);
	uint32_t nt;

	close(fd);
	assert_int_equal(link_import(&two, record.token, &nt), 0);
	assert_int_equal(link_destroy_nt(&two, nt), 0);
	client_close(&one);
	assert_int_equal(link_import(&two, record.token, &nt), 0);
	assert_int_equal(link_destroy_nt(&two, nt), 0);
	close(copy);
	while (!link_import(&two, record.token, &nt))
		assert_int_equal(link_destroy_nt(&two, nt), 0);
	client_close(&two);
}

static void tokens_are_of_one_vgpu(void **state)
{
	struct client one = open_process(state), other;
	struct dxg_share_record record;
	struct client_fence fence;
	int fd = fence_and_descriptor(&one, &fence, &record);
	uint32_t nt;

	client_open(&other, *state, "b");
	assert_int_equal(link_import(&other, record.token, &nt), DXG_STATUS_OBJECT_NAME_INVALID);
	assert_int_equal(link_import(&one, record.token, &nt), 0);
	record.token[15] ^= 1;
	assert_int_equal(link_import(&one, record.token, &nt), DXG_STATUS_OBJECT_NAME_INVALID);
	memset(record.token, 0, sizeof(record.token));
	assert_int_equal(link_import(&one, record.token, &nt), DXG_STATUS_OBJECT_NAME_INVALID);
	close(fd);
	client_close(&other);
	client_close(&one);
}

/* A name of the session that no NT handle stands for, or none at all: no record. */
static void offers_of_nothing(void **state)
{
	struct client client = open_process(state), other = open_process(state);
	struct dxg_share_record record;
	struct client_fence fence, foreign;
	uint32_t global = shared_fence(&client, &fence), nt;

	assert_int_equal(link_offer(&client, global, &record), -1);
	assert_int_equal(link_offer(&client, 0, &record), -1);
	shared_fence(&other, &foreign);
	shared_fence(&other, &foreign);
	nt = link_create_nt(&other, foreign.handle);
	assert_int_equal(link_offer(&client, nt, &record), -1);
	assert_true(wire_is_alive(client.wire));
	client_close(&other);
	client_close(&client);
}

static void expect_end_after(void **state, const void *data, size_t len, int fd)
{
	struct client client = open_process(state);

	assert_int_equal(link_send(client.wire, data, len, fd), 0);
	assert_true(wire_wait_end(client.wire));
	client_close(&client);
}

/* Whatever else is said on the socket ends the session; what came with it is closed. */
static void offers_that_lie(void **state)
{
	struct dxg_share_offer message = link_message(1), bad;
	int event = eventfd(0, EFD_CLOEXEC), pair[2], stream[2];
	struct pollfd p = { .events = POLLIN };

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream), 0);
	expect_end_after(state, &message, sizeof(message), -1);
	expect_end_after(state, &message, sizeof(message), event);
	expect_end_after(state, &message, sizeof(message), stream[1]);
	expect_end_after(state, &message, sizeof(message) - 1, pair[1]);
	bad = message;
	bad.magic++;
	expect_end_after(state, &bad, sizeof(bad), pair[1]);
	bad = message;
	bad.version++;
	expect_end_after(state, &bad, sizeof(bad), pair[1]);
	bad = message;
	bad.flags = 2;
	expect_end_after(state, &bad, sizeof(bad), pair[1]);
	close(pair[1]);
	p.fd = pair[0];
	assert_int_equal(poll(&p, 1, WIRE_TIMEOUT_MS), 1); /* nobody has the other end */
	close(pair[0]);
	close(stream[0]);
	close(stream[1]);
	close(event);
}

/* Holders may write to the descriptor; it does nothing, to them or to others. */
static void talking_holders(void **state)
{
	struct client client = open_process(state);
	struct dxg_share_record record, again;
	struct client_fence fence;
	int fd = fence_and_descriptor(&client, &fence, &record), i;
	uint32_t nt;

	for (i = 0; i < 1000; i++)
		if (send(fd, &record, sizeof(record), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			assert_int_equal(errno, EAGAIN);
	assert_true(wire_is_alive(client.wire));
	assert_int_equal(recv(fd, &again, sizeof(again), MSG_PEEK), sizeof(again));
	assert_memory_equal(&record, &again, sizeof(record));
	assert_int_equal(link_import(&client, again.token, &nt), 0);
	close(fd);
	client_close(&client);
}

static void quota_links(void **state)
{
	static int fd[DXG_SHARE_LINKS_PER_VGPU];
	struct client client = open_process(state);
	struct dxg_share_record record;
	struct client_fence fence;
	uint32_t nt, i;

	shared_fence(&client, &fence);
	nt = link_create_nt(&client, fence.handle);
	for (i = 0; i < DXG_SHARE_LINKS_PER_VGPU; i++) {
		fd[i] = link_offer(&client, nt, &record);
		if (fd[i] < 0)
			fail_msg("offer %u was not taken", i);
	}
	assert_int_equal(link_offer(&client, nt, &record), -1);
	assert_true(wire_is_alive(client.wire));
	for (i = 0; i < DXG_SHARE_LINKS_PER_VGPU; i++)
		close(fd[i]);
	while ((fd[0] = link_offer(&client, nt, &record)) < 0)
		; /* until dxgd has seen one of them end */
	close(fd[0]);
	client_close(&client);
}

/* Descriptors that outlive their vGPU and dxgd are just sockets that ended. */
static void vgpu_goes(void **state)
{
	struct client client = open_process(state);
	struct pollfd p = { .events = POLLIN };
	struct dxg_share_record record;
	struct client_fence fence;
	char answer[512], byte[64];

	p.fd = fence_and_descriptor(&client, &fence, &record);
	client_close(&client);
	daemon_control(*state, "{\"cmd\":\"vgpu-destroy\",\"name\":\"a\"}", answer, sizeof(answer));
	assert_int_equal(recv(p.fd, byte, sizeof(byte), 0), sizeof(record));
	assert_int_equal(poll(&p, 1, WIRE_TIMEOUT_MS), 1);
	assert_int_equal(recv(p.fd, byte, sizeof(byte), 0), 0);
	close(p.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_live_as_long_as_needed),
		cmocka_unit_test(nt_handles_are_counted),
		cmocka_unit_test(only_shared_fences_have_names),
		cmocka_unit_test(signals_reach_every_process),
		cmocka_unit_test(no_signal_is_enforced),
		cmocka_unit_test(no_wait_is_enforced),
		cmocka_unit_test(scribbling_changes_nothing),
		cmocka_unit_test(quota_shared_objects),
		cmocka_unit_test(quota_opens),
		cmocka_unit_test(another_session_opens_it),
		cmocka_unit_test(the_last_copy_is_the_end),
		cmocka_unit_test(tokens_are_of_one_vgpu),
		cmocka_unit_test(offers_of_nothing),
		cmocka_unit_test(offers_that_lie),
		cmocka_unit_test(talking_holders),
		cmocka_unit_test(quota_links),
		cmocka_unit_test(vgpu_goes),
	};

	return cmocka_run_group_tests(tests, setup, daemon_group_teardown);
}
