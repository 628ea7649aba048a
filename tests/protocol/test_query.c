// SPDX-License-Identifier: MIT
/*
 * test_query: questions about the adapter as raw messages: clock, features, statistics; what of
 * them is refused, and in which form.
 */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "cm.h"
#include "dxgwire/statistics.h"

static struct client open_process(void **state)
{
	struct client client;

	client_open(&client, *state, "a");
	return client;
}

static int call(struct client *client, const void *body, size_t len, void *reply, uint32_t room)
{
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, body, len);
	return wire_call(client->wire, &msg, reply, room);
}

/* ---- clock ---- */

static struct dxg_msg_queryclockcalibration clock_body(const struct client *client)
{
	return (struct dxg_msg_queryclockcalibration){
		.h = wire_vgpu(DXG_MSG_QUERYCLOCKCALIBRATION, client->process),
		.args.adapter.v = client->adapter,
	};
}

static int32_t clock_status(struct client *client, const struct dxg_msg_queryclockcalibration *body,
			    struct dxg_msg_queryclockcalibration_return *ret_reply)
{
	int n = call(client, body, sizeof(*body), ret_reply, sizeof(*ret_reply));

	assert_int_equal(n, sizeof(*ret_reply)); /* also when it fails */
	return ret_reply->status;
}

static void clock_pairs(void **state)
{
	struct client client = open_process(state);
	struct dxg_msg_queryclockcalibration body = clock_body(&client);
	struct dxg_msg_queryclockcalibration_return reply;
	struct timespec t;
	uint64_t before;

	clock_gettime(CLOCK_MONOTONIC, &t);
	before = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	assert_int_equal(clock_status(&client, &body, &reply), 0);
	clock_gettime(CLOCK_MONOTONIC, &t);
	assert_in_range(reply.clock_data.cpu_clock_counter, before,
			(uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec);
	assert_int_equal(reply.clock_data.gpu_clock_counter, client_clock(&client));
	client_close(&client);
}

static void clock_refuses(void **state)
{
	struct client client = open_process(state);
	struct dxg_msg_queryclockcalibration body = clock_body(&client);
	struct dxg_msg_queryclockcalibration_return reply;

	body.args.node_ordinal = 1;
	assert_int_equal(clock_status(&client, &body, &reply), DXG_STATUS_INVALID_PARAMETER);
	body = clock_body(&client);
	body.args.physical_adapter_index = 1;
	assert_int_equal(clock_status(&client, &body, &reply), DXG_STATUS_INVALID_PARAMETER);
	body = clock_body(&client);
	body.args.adapter.v ^= 0x40;
	assert_int_equal(clock_status(&client, &body, &reply), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(reply.clock_data.gpu_frequency, 0);
	body = clock_body(&client);
	/* A process that nobody has. */
	body.h.process = client.process ^ 0x40;
	assert_int_equal(clock_status(&client, &body, &reply), DXG_STATUS_INVALID_PARAMETER);
	client_close(&client);
}

/* Questions count as escapes: one too many is refused while the worker stands still. */
static void clock_quota(void **state)
{
	const struct daemon *daemon = *state;
	struct daemon_pids before = daemon_pids(daemon);
	struct client client = open_process(state);
	struct dxg_msg_queryclockcalibration body = clock_body(&client);
	struct dxg_msg_queryclockcalibration_return reply;
	uint64_t id[DXG_ESCAPES_PER_PROCESS];
	struct wire_msg msg;
	uint32_t i;

	client_clock(&client);
	assert_true(daemon_signal_new(daemon, &before, SIGSTOP) > 0);
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	for (i = 0; i < DXG_ESCAPES_PER_PROCESS; i++)
		id[i] = wire_request(client.wire, &msg);
	assert_int_equal(clock_status(&client, &body, &reply), DXG_STATUS_NO_MEMORY);
	daemon_signal_new(daemon, &before, SIGCONT);
	for (i = 0; i < DXG_ESCAPES_PER_PROCESS; i++) {
		assert_int_equal(wire_reply(client.wire, id[i], &reply, sizeof(reply)),
				 sizeof(reply));
		assert_int_equal(reply.status, 0);
	}
	client_close(&client);
}

/* ---- features ---- */

static struct dxg_msg_isfeatureenabled_return feature(struct client *client, bool global,
						      uint32_t id, uint32_t pad)
{
	struct dxg_msg_isfeatureenabled body = {
		.h = global ? wire_vm(DXG_MSG_ISFEATUREENABLED_GLOBAL, 0)
			    : wire_vgpu(DXG_MSG_ISFEATUREENABLED, 0),
		.feature_id = id,
		.pad = pad,
	};
	struct dxg_msg_isfeatureenabled_return reply;

	assert_int_equal(call(client, &body, sizeof(body), &reply, sizeof(reply)), sizeof(reply));
	return reply;
}

static void features(void **state)
{
	struct client client = open_process(state);
	struct dxgk_isfeatureenabled_result result;
	int global;

	for (global = 0; global < 2; global++) {
		struct dxg_msg_isfeatureenabled_return reply;

		reply = feature(&client, global, _DXGK_FEATURE_HWSCH, 0);
		result.value = reply.flags;
		assert_int_equal(reply.status, 0);
		assert_int_equal(result.known_feature, 1);
		reply = feature(&client, global, 0x10000003, 0);
		assert_int_equal(reply.status, 0);
		assert_int_equal(reply.flags, 0);
		reply = feature(&client, global, _DXGK_FEATURE_HWSCH, 1);
		assert_int_equal(reply.status, DXG_STATUS_INVALID_PARAMETER);
	}
	client_close(&client);
}

/* ---- statistics ---- */

static struct dxg_msg_querystatistics statistics_body(struct client *client, uint32_t type)
{
	struct dxg_msg_querystatistics body = {
		.h = wire_vgpu(DXG_MSG_QUERYSTATISTICS, client->process),
	};
	struct dxg_msg_header info = wire_vgpu(DXG_MSG_GETINTERNALADAPTERINFO, 0);
	struct dxg_msg_getinternaladapterinfo_return reply;

	body.args.type = (enum d3dkmt_querystatistics_type)type;
	assert_int_equal(call(client, &info, sizeof(info), &reply, sizeof(reply)), sizeof(reply));
	body.args.adapter_luid.a = reply.host_adapter_luid_low;
	body.args.adapter_luid.b = reply.host_adapter_luid_high;
	return body;
}

static int32_t statistics(struct client *client, const struct dxg_msg_querystatistics *body,
			  struct dxg_msg_querystatistics_return *ret_reply)
{
	assert_int_equal(call(client, body, sizeof(*body), ret_reply, sizeof(*ret_reply)),
			 sizeof(*ret_reply)); /* also when it fails */
	return ret_reply->status;
}

/* What a process had is its own; the vGPU has the sum. */
static void statistics_are_of_a_process(void **state)
{
	struct client client = open_process(state), other;
	struct dxg_msg_querystatistics_return mine, its, all;
	struct dxg_statistics_process_node node, idle;
	struct dxg_statistics_node sum;
	struct dxg_msg_querystatistics body;
	struct client_memory memory;

	client_open_process(&other, &client);
	memory = client_memory(&client, 1 << 16);
	client_submit(&client, client.context, memory.va,
		      client_put_fill(memory.cpu, memory.va + 4096, 4096, 1));
	client_finish(&client, client.context);
	body = statistics_body(&client, _D3DKMT_QUERYSTATISTICS_PROCESS_NODE);
	assert_int_equal(statistics(&client, &body, &mine), 0);
	body.h.process = other.process;
	assert_int_equal(statistics(&client, &body, &its), 0);
	body.args.type = _D3DKMT_QUERYSTATISTICS_NODE;
	assert_int_equal(statistics(&client, &body, &all), 0);
	memcpy(&node, &mine.result, sizeof(node));
	memcpy(&idle, &its.result, sizeof(idle));
	memcpy(&sum, &all.result, sizeof(sum));
	assert_int_equal(node.dma[0].completed, 1);
	assert_int_equal(node.running_time, 10); /* one packet of the null backend: 1000 ns */
	assert_int_equal(idle.dma[0].submitted, 0);
	assert_int_equal(idle.running_time, 0);
	assert_true(sum.global.dma[0].completed >= 1 && sum.global.running_time >= 10);
	client_close(&client);
}

static void statistics_refuses(void **state)
{
	struct client client = open_process(state);
	struct dxg_msg_querystatistics good =
		statistics_body(&client, _D3DKMT_QUERYSTATISTICS_PROCESS);
	struct dxg_msg_querystatistics body = good;
	struct dxg_msg_querystatistics_return reply;

	assert_int_equal(statistics(&client, &body, &reply), 0);
	body.args.process = 1; /* pids mean nothing here */
	assert_int_equal(statistics(&client, &body, &reply), DXG_STATUS_INVALID_PARAMETER);
	body = good;
	body.args.adapter_luid.a++;
	assert_int_equal(statistics(&client, &body, &reply), DXG_STATUS_INVALID_PARAMETER);
	body = good;
	body.args.adapter_luid.b = 1;
	assert_int_equal(statistics(&client, &body, &reply), DXG_STATUS_INVALID_PARAMETER);
	body = good;
	body.h.process ^= 0x40;
	assert_int_equal(statistics(&client, &body, &reply), DXG_STATUS_INVALID_PARAMETER);
	client_close(&client);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(clock_pairs),
		cmocka_unit_test(clock_refuses),
		cmocka_unit_test(clock_quota),
		cmocka_unit_test(features),
		cmocka_unit_test(statistics_are_of_a_process),
		cmocka_unit_test(statistics_refuses),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}
