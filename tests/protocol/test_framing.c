// SPDX-License-Identifier: MIT
/*
 * test_framing: every way to lie about a ring, a packet or the frame of a message. The session
 * ends, one line of the log and one audit record name the field, and a second session notices
 * nothing.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "cm.h"

/** struct stage - what all tests of this file share. @witness: the session that must not notice. */
struct stage {
	struct daemon *daemon;
	struct wire *witness;
};

/* Begin a lie: a fresh session. */
static struct wire *victim_open(const struct stage *stage, off_t *ret_mark)
{
	struct wire *wire = wire_open(stage->daemon->socket, "a");

	assert_true(wire_is_alive(wire));
	*ret_mark = daemon_log_mark(stage->daemon);
	return wire;
}

/* Its consequences: the end, the words, and nothing for anybody else. */
static void expect_end(const struct stage *stage, struct wire *wire, off_t mark, const char *field,
		       const char *what)
{
	unsigned int lines, records;

	if (!wire_wait_end(wire)) {
		daemon_log_show(stage->daemon, mark);
		fail_msg("%s: the session goes on", what);
	}
	assert_int_equal(((struct dxg_region_header *)wire->base)->state, DXG_SESSION_LOST);
	/* dxgd has one thread: after a round trip elsewhere the end has been written down. */
	assert_true(wire_is_alive(stage->witness));
	lines = daemon_log_count(stage->daemon, mark, "dxgd: ", field);
	records = daemon_log_count(stage->daemon, mark, "audit ", "\"invalid\"");
	if (lines != 1 || records != 1 || !daemon_log_count(stage->daemon, mark, "audit ", field)) {
		daemon_log_show(stage->daemon, mark);
		fail_msg("%s: %u lines and %u records for field '%s'", what, lines, records, field);
	}
	wire_close(wire);
}

/* A good message to start lying from: GETINTERNALADAPTERINFO, which needs nothing and no process.
 */
static void good_msg(struct wire_msg *msg, const struct wire *wire)
{
	struct dxg_msg_header body = wire_vgpu(DXG_MSG_GETINTERNALADAPTERINFO, 0);

	wire_msg_init(msg, wire, &body, sizeof(body));
}

/* ---- ring indices ---- */

static void head_lies(void **state)
{
	static const struct {
		const char *what;
		uint32_t back; /* subtracted from the host's position */
		uint32_t ahead; /* added to it */
	} lies[] = {
		{ "one packet backwards", 48, 0 },
		{ "eight bytes backwards", 8, 0 },
		{ "further than the ring is long", 0, (256u << 10) + 8 },
		{ "half the number space away", 0, 1u << 31 },
		{ "unaligned", 0, 60 },
		{ "odd", 0, 1 },
		{ "half a packet header", 0, 8 },
	};
	const struct stage *stage = *state;
	uint32_t channel;
	size_t i;

	for (i = 0; i < 2 * sizeof(lies) / sizeof(lies[0]); i++) {
		off_t mark;
		struct wire *wire = victim_open(stage, &mark);

		channel = i & 1;
		wire_set_head(wire, channel,
			      wire->tx[channel].pos - lies[i / 2].back + lies[i / 2].ahead);
		expect_end(stage, wire, mark, "head", lies[i / 2].what);
	}
}

/* The consumer's position of the other ring: looked at when the ring seems full. */
static void tail_lies(void **state)
{
	const struct stage *stage = *state;
	struct dxg_ring_ctl *ctl;
	struct wire_msg msg;
	off_t mark;
	struct wire *wire = victim_open(stage, &mark);
	unsigned int i, replies;

	ctl = wire->rx[0].ctl;
	replies = 2 * wire->rx[0].size / sizeof(struct dxg_msg_getinternaladapterinfo_return);
	dxg_store(&ctl->tail, wire->rx[0].pos + (1u << 30));
	good_msg(&msg, wire);
	/* Twice what the ring holds; dxgd may have ended the session half-way. */
	for (i = 0; i < replies; i++)
		if (wire_put(wire, 0, DXG_PACKET_REQUEST, i + 100, msg.bytes, msg.len) == 0)
			wire_flush(wire, 0);
	expect_end(stage, wire, mark, "tail", "tail ahead of what was sent");
}

/* ---- packets ---- */

static void packet_lies(void **state)
{
	static const struct {
		const char *field;
		struct dxg_packet packet;
		uint32_t advance;
	} lies[] = {
		{ "length", { .length = 41, .kind = DXG_PACKET_REQUEST, .id = 1 }, 56 },
		{ "length",
		  { .length = DXG_MESSAGE_MAX + 1, .kind = DXG_PACKET_REQUEST, .id = 1 },
		  16 + DXG_MESSAGE_MAX + 8 },
		{ "length", { .length = ~0u, .kind = DXG_PACKET_REQUEST, .id = 1 }, 56 },
		{ "length", { .length = ~0u - 7, .kind = DXG_PACKET_REQUEST, .id = 1 }, 56 },
		{ "reserved",
		  { .length = 40, .kind = DXG_PACKET_REQUEST, .reserved = 1, .id = 1 },
		  56 },
		{ "kind", { .length = 40, .kind = 0, .id = 1 }, 56 },
		{ "kind", { .length = 40, .kind = 4, .id = 1 }, 56 },
		{ "kind", { .length = 40, .kind = 0xffff, .id = 1 }, 56 },
		{ "kind", { .length = 40, .kind = DXG_PACKET_REPLY, .id = 1 }, 56 },
		{ "length", { .length = 0, .kind = DXG_PACKET_REQUEST, .id = 1 }, 16 },
		{ "length", { .length = 16, .kind = DXG_PACKET_REQUEST, .id = 1 }, 32 },
		{ "length", { .length = 39, .kind = DXG_PACKET_REQUEST, .id = 1 }, 56 },
	};
	const struct stage *stage = *state;
	uint8_t bytes[sizeof(struct dxg_packet) + 40];
	struct wire_msg msg;
	char what[64];
	size_t i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		off_t mark;
		struct wire *wire = victim_open(stage, &mark);

		good_msg(&msg, wire);
		assert_int_equal(msg.len, 40);
		/* A length of 41 in 56 bytes is a lie: 16 + round8(41) is 64. */
		memcpy(bytes, &lies[i].packet, sizeof(lies[i].packet));
		memcpy(bytes + sizeof(struct dxg_packet), msg.bytes, msg.len);
		snprintf(what, sizeof(what), "packet lie %zu", i);
		wire_put_bytes(wire, 0, bytes, sizeof(bytes), lies[i].advance);
		expect_end(stage, wire, mark, lies[i].field, what);
	}
}

/* ---- the frame of a message ---- */

/* Send a good message with @len bytes at @offset replaced. */
static void patched(const struct stage *stage, uint16_t kind, size_t offset, uint32_t value,
		    const char *field)
{
	struct wire_msg msg;
	char what[96];
	off_t mark;
	struct wire *wire = victim_open(stage, &mark);

	good_msg(&msg, wire);
	memcpy(msg.bytes + offset, &value, sizeof(value));
	snprintf(what, sizeof(what), "%s = %#x as kind %u", field, value, kind);
	wire_send(wire, 0, kind, kind == DXG_PACKET_REQUEST ? 1000 : 0, msg.bytes, msg.len);
	expect_end(stage, wire, mark, field, what);
}

#define EXT(field) offsetof(struct dxg_msg_ext, field)
#define HDR(field) (sizeof(struct dxg_msg_ext) + offsetof(struct dxg_msg_header, field))

static void ext_header_lies(void **state)
{
	const struct stage *stage = *state;
	uint32_t low = stage->witness->header.vgpu_luid_low;
	uint32_t high = stage->witness->header.vgpu_luid_high;

	patched(stage, DXG_PACKET_REQUEST, EXT(command_offset), 0, "command_offset");
	patched(stage, DXG_PACKET_REQUEST, EXT(command_offset), 24, "command_offset");
	patched(stage, DXG_PACKET_REQUEST, EXT(command_offset), ~0u, "command_offset");
	patched(stage, DXG_PACKET_REQUEST, EXT(reserved), 1, "reserved");
	patched(stage, DXG_PACKET_REQUEST, EXT(vgpu_luid_low), low + 1, "luid");
	patched(stage, DXG_PACKET_REQUEST, EXT(vgpu_luid_low), 0, "luid");
	patched(stage, DXG_PACKET_REQUEST, EXT(vgpu_luid_high), ~high, "luid");
}

static void command_header_lies(void **state)
{
	const struct stage *stage = *state;

	patched(stage, DXG_PACKET_REQUEST, HDR(command_id), 1, "command_id");
	patched(stage, DXG_PACKET_REQUEST, HDR(command_id) + 4, 1, "command_id");
	patched(stage, DXG_PACKET_REQUEST, HDR(pad), 1, "pad");
	patched(stage, DXG_PACKET_REQUEST, HDR(channel), DXG_MSG_HOST_TO_VM, "channel");
	patched(stage, DXG_PACKET_REQUEST, HDR(channel), 3, "channel");
	patched(stage, DXG_PACKET_REQUEST, HDR(channel), 1u << 9, "channel");
	patched(stage, DXG_PACKET_REQUEST, HDR(channel), 1u << 31, "channel");
	/* GETINTERNALADAPTERINFO is not one that may be asynchronous. */
	patched(stage, DXG_PACKET_MESSAGE, HDR(channel), DXG_MSG_ASYNC, "async");
	patched(stage, DXG_PACKET_REQUEST, HDR(channel), DXG_MSG_ASYNC, "kind");
	patched(stage, DXG_PACKET_MESSAGE, HDR(channel), 0, "kind");
	/* A message that names no process must not name one. */
	patched(stage, DXG_PACKET_REQUEST, HDR(process), 0x40000040, "process");
}

/* Global messages carry no LUID. */
static void luid_of_global_message(void **state)
{
	const struct stage *stage = *state;
	struct dxg_msg_createprocess body = { .h = wire_vm(DXG_MSG_CREATEPROCESS, 0), .flags = 8 };
	struct wire_msg msg;
	off_t mark;
	struct wire *wire = victim_open(stage, &mark);
	struct dxg_msg_ext *ext = (struct dxg_msg_ext *)msg.bytes;

	wire_msg_init(&msg, wire, &body, sizeof(body));
	ext->vgpu_luid_low = wire->header.vgpu_luid_low + 1;
	wire_request(wire, &msg);
	expect_end(stage, wire, mark, "luid", "LUID in a global message");
}

static void message_id_must_be_zero(void **state)
{
	const struct stage *stage = *state;
	struct dxg_msg_submitcommand body = { .h = wire_async(DXG_MSG_SUBMITCOMMAND, 0) };
	struct wire_msg msg;
	off_t mark;
	struct wire *wire = victim_open(stage, &mark);

	wire_msg_init(&msg, wire, &body, sizeof(body));
	wire_send(wire, 0, DXG_PACKET_MESSAGE, 77, msg.bytes, msg.len);
	expect_end(stage, wire, mark, "packet.id", "a message with an id");
}

/* ---- every opcode ---- */

#define VM 1u /* of the global family */
#define ASYNC 2u /* may be asynchronous */
#define TAIL 4u /* @size is what comes before the variable part */

/**
 * struct row - one message. @size: bytes from the command header on; @flags: VM, ASYNC, TAIL
 * @count: with TAIL, where the number of its elements stands; @element: bytes of one
 */
struct row {
	const char *name;
	uint32_t type;
	uint32_t size;
	unsigned int flags;
	uint32_t count;
	uint32_t element;
};

static const struct row rows[] = {
	{ "CREATEPROCESS", DXG_MSG_CREATEPROCESS, 568, VM, 0, 0 },
	{ "DESTROYPROCESS", DXG_MSG_DESTROYPROCESS, 24, VM, 0, 0 },
	{ "DESTROYSYNCOBJECT", DXG_MSG_DESTROYSYNCOBJECT, 32, VM, 0, 0 },
	{ "OPENSYNCOBJECT", DXG_MSG_OPENSYNCOBJECT, 40, VM, 0, 0 },
	{ "CREATENTSHAREDOBJECT", DXG_MSG_CREATENTSHAREDOBJECT, 32, VM, 0, 0 },
	{ "DESTROYNTSHAREDOBJECT", DXG_MSG_DESTROYNTSHAREDOBJECT, 32, VM, 0, 0 },
	{ "SHAREOBJECTWITHHOST", DXG_MSG_SHAREOBJECTWITHHOST, 40, VM, 0, 0 },
	{ "IMPORTSHARE", DXG_MSG_IMPORTSHARE, 40, VM, 0, 0 },
	{ "QUERYSHAREDRESOURCE", DXG_MSG_QUERYSHAREDRESOURCE, 32, VM, 0, 0 },
	{ "SETIOSPACEREGION", DXG_MSG_SETIOSPACEREGION, 48, VM, 0, 0 },
	{ "CREATEDEVICE", DXG_MSG_CREATEDEVICE, 40, 0, 0, 0 },
	{ "OPENRESOURCE", DXG_MSG_OPENRESOURCE, 48, 0, 0, 0 },
	{ "DESTROYDEVICE", DXG_MSG_DESTROYDEVICE, 32, 0, 0, 0 },
	{ "QUERYADAPTERINFO", DXG_MSG_QUERYADAPTERINFO, 32, TAIL, 28, 1 },
	{ "CREATEALLOCATION", DXG_MSG_CREATEALLOCATION, 64, TAIL, 40, 12 },
	{ "DESTROYALLOCATION", DXG_MSG_DESTROYALLOCATION, 40, TAIL, 32, 4 },
	{ "CREATECONTEXTVIRTUAL", DXG_MSG_CREATECONTEXTVIRTUAL, 52, TAIL, 48, 1 },
	{ "DESTROYCONTEXT", DXG_MSG_DESTROYCONTEXT, 32, 0, 0, 0 },
	{ "CREATESYNCOBJECT", DXG_MSG_CREATESYNCOBJECT, 128, 0, 0, 0 },
	{ "CREATEPAGINGQUEUE", DXG_MSG_CREATEPAGINGQUEUE, 56, 0, 0, 0 },
	{ "DESTROYPAGINGQUEUE", DXG_MSG_DESTROYPAGINGQUEUE, 32, 0, 0, 0 },
	{ "MAKERESIDENT", DXG_MSG_MAKERESIDENT, 40, TAIL, 36, 4 },
	{ "EVICT", DXG_MSG_EVICT, 36, TAIL, 32, 4 },
	{ "ESCAPE", DXG_MSG_ESCAPE, 48, TAIL, 40, 1 },
	{ "OPENADAPTER", DXG_MSG_OPENADAPTER, 40, 0, 0, 0 },
	{ "CLOSEADAPTER", DXG_MSG_CLOSEADAPTER, 32, 0, 0, 0 },
	{ "FREEGPUVIRTUALADDRESS", DXG_MSG_FREEGPUVIRTUALADDRESS, 48, 0, 0, 0 },
	{ "MAPGPUVIRTUALADDRESS", DXG_MSG_MAPGPUVIRTUALADDRESS, 136, 0, 0, 0 },
	{ "RESERVEGPUVIRTUALADDRESS", DXG_MSG_RESERVEGPUVIRTUALADDRESS, 96, 0, 0, 0 },
	{ "UPDATEGPUVIRTUALADDRESS", DXG_MSG_UPDATEGPUVIRTUALADDRESS, 56, TAIL, 44, 64 },
	{ "SUBMITCOMMAND", DXG_MSG_SUBMITCOMMAND, 408, ASYNC | TAIL, 392, 4 },
	{ "QUERYVIDEOMEMORYINFO", DXG_MSG_QUERYVIDEOMEMORYINFO, 40, 0, 0, 0 },
	{ "WAITFORSYNCOBJECTFROMCPU", DXG_MSG_WAITFORSYNCOBJECTFROMCPU, 56, TAIL, 28, 12 },
	{ "LOCK2", DXG_MSG_LOCK2, 64, 0, 0, 0 },
	{ "UNLOCK2", DXG_MSG_UNLOCK2, 40, 0, 0, 0 },
	{ "WAITFORSYNCOBJECTFROMGPU", DXG_MSG_WAITFORSYNCOBJECTFROMGPU, 40, ASYNC | TAIL, 28, 12 },
	{ "SIGNALSYNCOBJECT", DXG_MSG_SIGNALSYNCOBJECT, 56, ASYNC | TAIL, 24, 4 },
	{ "GETDEVICESTATE", DXG_MSG_GETDEVICESTATE, 80, 0, 0, 0 },
	{ "MARKDEVICEASERROR", DXG_MSG_MARKDEVICEASERROR, 32, 0, 0, 0 },
	{ "SETCONTEXTSCHEDULINGPRIORITY", DXG_MSG_SETCONTEXTSCHEDULINGPRIORITY, 40, 0, 0, 0 },
	{ "FLUSHHEAPTRANSITIONS", DXG_MSG_FLUSHHEAPTRANSITIONS, 24, 0, 0, 0 },
	{ "CREATEHWQUEUE", DXG_MSG_CREATEHWQUEUE, 68, TAIL, 64, 1 },
	{ "DESTROYHWQUEUE", DXG_MSG_DESTROYHWQUEUE, 32, 0, 0, 0 },
	{ "SUBMITCOMMANDTOHWQUEUE", DXG_MSG_SUBMITCOMMANDTOHWQUEUE, 80, ASYNC | TAIL, 64, 4 },
	{ "GETCONTEXTSCHEDULINGPRIORITY", DXG_MSG_GETCONTEXTSCHEDULINGPRIORITY, 32, 0, 0, 0 },
	{ "INVALIDATECACHE", DXG_MSG_INVALIDATECACHE, 56, 0, 0, 0 },
	{ "GETINTERNALADAPTERINFO", DXG_MSG_GETINTERNALADAPTERINFO, 24, 0, 0, 0 },
	{ "QUERYALLOCATIONRESIDENCY", DXG_MSG_QUERYALLOCATIONRESIDENCY, 56, TAIL, 40, 4 },
	{ "DDIGETSTANDARDALLOCATIONDRIVERDATA", DXG_MSG_DDIGETSTANDARDALLOCATIONDRIVERDATA, 64, 0,
	  0, 0 },
	{ "FLUSHDEVICE", DXG_MSG_FLUSHDEVICE, 32, 0, 0, 0 },
	{ "CHANGEVIDEOMEMORYRESERVATION", DXG_MSG_CHANGEVIDEOMEMORYRESERVATION, 56, 0, 0, 0 },
	{ "UPDATEALLOCATIONPROPERTY", DXG_MSG_UPDATEALLOCATIONPROPERTY, 64, 0, 0, 0 },
	{ "OFFERALLOCATIONS", DXG_MSG_OFFERALLOCATIONS, 44, TAIL, 28, 4 },
	{ "RECLAIMALLOCATIONS", DXG_MSG_RECLAIMALLOCATIONS, 40, TAIL, 32, 4 },
	{ "SETALLOCATIONPRIORITY", DXG_MSG_SETALLOCATIONPRIORITY, 40, TAIL, 32, 8 },
	{ "GETALLOCATIONPRIORITY", DXG_MSG_GETALLOCATIONPRIORITY, 40, TAIL, 32, 4 },
	{ "QUERYCLOCKCALIBRATION", DXG_MSG_QUERYCLOCKCALIBRATION, 64, 0, 0, 0 },
	{ "QUERYSTATISTICS", DXG_MSG_QUERYSTATISTICS, 832, 0, 0, 0 },
	{ "ISFEATUREENABLED", DXG_MSG_ISFEATUREENABLED, 32, 0, 0, 0 },
	{ "ISFEATUREENABLED_GLOBAL", DXG_MSG_ISFEATUREENABLED_GLOBAL, 32, VM, 0, 0 },
	{ "SETEXISTINGSYSMEMSTORE", DXG_MSG_SETEXISTINGSYSMEMSTORE, 40, 0, 0, 0 },
	{ "SETEXISTINGSYSMEMPAGES", DXG_MSG_SETEXISTINGSYSMEMPAGES, 40, TAIL, 32, 8 },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Does the message's header name a process? (specification section 2.3) */
static bool names_process(const struct row *row)
{
	return !(row->type == DXG_MSG_SETIOSPACEREGION || row->type == DXG_MSG_CREATEPROCESS ||
		 row->type == DXG_MSG_OPENADAPTER || row->type == DXG_MSG_CLOSEADAPTER ||
		 row->type == DXG_MSG_GETINTERNALADAPTERINFO ||
		 row->type == DXG_MSG_ISFEATUREENABLED ||
		 row->type == DXG_MSG_ISFEATUREENABLED_GLOBAL);
}

/* A message of @row with @size bytes, all zero behind the header. */
static void row_msg(struct wire_msg *msg, const struct wire *wire, const struct row *row,
		    uint32_t process, uint32_t size)
{
	struct dxg_msg_header h = row->flags & VM ? wire_vm(row->type, process)
						  : wire_vgpu(row->type, process);

	wire_msg_init(msg, wire, &h, sizeof(h));
	wire_msg_zero(msg, size - sizeof(h));
}

/* @row with @size bytes and, with a tail, @count elements announced. */
static void one_length(const struct stage *stage, const struct row *row, uint32_t size,
		       uint32_t count)
{
	struct wire_msg msg;
	char what[64];
	off_t mark;
	struct wire *wire = wire_open(stage->daemon->socket, "a");
	uint32_t process = names_process(row) ? client_try_process(wire) : 0;

	assert_true(process || !names_process(row));
	mark = daemon_log_mark(stage->daemon);
	row_msg(&msg, wire, row, process, size);
	if (count)
		memcpy(msg.bytes + sizeof(struct dxg_msg_ext) + row->count, &count, sizeof(count));
	snprintf(what, sizeof(what), "%s with %u bytes", row->name, size);
	wire_request(wire, &msg);
	expect_end(stage, wire, mark, "length", what);
}

static void lengths_of_every_message(void **state)
{
	const struct stage *stage = *state;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		if (rows[i].size > sizeof(struct dxg_msg_header)) {
			one_length(stage, &rows[i], rows[i].size - 1, 0);
			one_length(stage, &rows[i], sizeof(struct dxg_msg_header), 0);
		}
		if (!(rows[i].flags & TAIL)) {
			one_length(stage, &rows[i], rows[i].size + 8, 0);
			continue;
		}
		/* One element missing by a byte, and more slack than specification section 9
		 * allows. */
		one_length(stage, &rows[i], rows[i].size + rows[i].element - 1, 1);
		one_length(stage, &rows[i], rows[i].size + rows[i].element + 24, 1);
	}
}

/* A tail whose count says more than there is. */
static void short_tails(void **state)
{
	static const struct {
		const char *name;
		size_t count_offset; /* from the command header on */
	} counts[] = {
		{ "QUERYADAPTERINFO", offsetof(struct dxg_msg_queryadapterinfo, size) },
		{ "CREATEALLOCATION", offsetof(struct dxg_msg_createallocation, alloc_count) },
		{ "CREATEALLOCATION",
		  offsetof(struct dxg_msg_createallocation, priv_drv_data_size) },
		{ "CREATEALLOCATION",
		  offsetof(struct dxg_msg_createallocation, private_runtime_data_size) },
		{ "DESTROYALLOCATION", offsetof(struct dxg_msg_destroyallocation, alloc_count) },
		{ "CREATECONTEXTVIRTUAL",
		  offsetof(struct dxg_msg_createcontextvirtual, priv_drv_data_size) },
		{ "MAKERESIDENT", offsetof(struct dxg_msg_makeresident, alloc_count) },
		{ "EVICT", offsetof(struct dxg_msg_evict, alloc_count) },
		{ "ESCAPE", offsetof(struct dxg_msg_escape, size) },
		{ "SUBMITCOMMAND",
		  offsetof(struct dxg_msg_submitcommand, args.num_history_buffers) },
		{ "SUBMITCOMMAND",
		  offsetof(struct dxg_msg_submitcommand, args.priv_drv_data_size) },
		{ "CREATEHWQUEUE", offsetof(struct dxg_msg_createhwqueue, priv_drv_data_size) },
		{ "SUBMITCOMMANDTOHWQUEUE",
		  offsetof(struct dxg_msg_submitcommandtohwqueue, args.num_primaries) },
		{ "SUBMITCOMMANDTOHWQUEUE",
		  offsetof(struct dxg_msg_submitcommandtohwqueue, args.priv_drv_data_size) },
		{ "WAITFORSYNCOBJECTFROMCPU",
		  offsetof(struct dxg_msg_waitforsyncobjectfromcpu, object_count) },
		{ "WAITFORSYNCOBJECTFROMGPU",
		  offsetof(struct dxg_msg_waitforsyncobjectfromgpu, object_count) },
		{ "SIGNALSYNCOBJECT", offsetof(struct dxg_msg_signalsyncobject, object_count) },
		{ "SIGNALSYNCOBJECT", offsetof(struct dxg_msg_signalsyncobject, context_count) },
		{ "UPDATEGPUVIRTUALADDRESS",
		  offsetof(struct dxg_msg_updategpuvirtualaddress, num_operations) },
		{ "QUERYALLOCATIONRESIDENCY",
		  offsetof(struct dxg_msg_queryallocationresidency, args.allocation_count) },
		{ "OFFERALLOCATIONS", offsetof(struct dxg_msg_offerallocations, allocation_count) },
		{ "RECLAIMALLOCATIONS",
		  offsetof(struct dxg_msg_reclaimallocations, allocation_count) },
		{ "SETALLOCATIONPRIORITY",
		  offsetof(struct dxg_msg_allocationpriority, allocation_count) },
		{ "GETALLOCATIONPRIORITY",
		  offsetof(struct dxg_msg_allocationpriority, allocation_count) },
	};
	const struct stage *stage = *state;
	const struct row *row;
	struct wire_msg msg;
	uint32_t count = 20, one = 1;
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct client session = { .wire = wire_open(stage->daemon->socket, "a") };
		struct client client;
		off_t mark;

		session.adapter = client_session(session.wire);
		client_open_process(&client, &session);
		mark = daemon_log_mark(stage->daemon);
		for (row = rows; strcmp(row->name, counts[i].name); row++)
			assert_true(row < rows + ROWS);
		/* One element, and the count under test; that comes last, it may be the same one.
		 */
		row_msg(&msg, client.wire, row, client.process, row->size + row->element);
		memcpy(msg.bytes + sizeof(struct dxg_msg_ext) + row->count, &one, sizeof(one));
		memcpy(msg.bytes + sizeof(struct dxg_msg_ext) + counts[i].count_offset, &count,
		       sizeof(count));
		wire_request(client.wire, &msg);
		expect_end(stage, client.wire, mark, "length", counts[i].name);
	}
}

/* Which messages may be asynchronous is a property of the message. */
static void async_bit_of_every_message(void **state)
{
	const struct stage *stage = *state;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		struct dxg_msg_header *h;
		struct wire_msg msg;
		struct wire *wire;
		off_t mark;

		if (rows[i].flags & ASYNC)
			continue;
		wire = victim_open(stage, &mark);
		row_msg(&msg, wire, &rows[i], 0, rows[i].size);
		h = (struct dxg_msg_header *)(msg.bytes + sizeof(struct dxg_msg_ext));
		h->channel |= DXG_MSG_ASYNC;
		wire_post(wire, &msg);
		expect_end(stage, wire, mark, "async", rows[i].name);
	}
}

/* Kind and bit must say the same, also for messages that may be either. */
static void kind_and_bit_must_agree(void **state)
{
	const struct stage *stage = *state;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		struct dxg_msg_header *h;
		struct wire_msg msg;
		struct wire *wire;
		off_t mark;

		if (!(rows[i].flags & ASYNC))
			continue;
		wire = victim_open(stage, &mark);
		row_msg(&msg, wire, &rows[i], 0, rows[i].size);
		wire_post(wire, &msg); /* kind MESSAGE without the bit */
		expect_end(stage, wire, mark, "kind", rows[i].name);

		wire = victim_open(stage, &mark);
		row_msg(&msg, wire, &rows[i], 0, rows[i].size);
		h = (struct dxg_msg_header *)(msg.bytes + sizeof(struct dxg_msg_ext));
		h->channel |= DXG_MSG_ASYNC;
		wire_request(wire, &msg); /* kind REQUEST with it */
		expect_end(stage, wire, mark, "kind", rows[i].name);
	}
}

static bool is_known(bool vm, uint32_t type)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (!!(rows[i].flags & VM) == vm && rows[i].type == type)
			return true;
	return false;
}

static void one_unknown(const struct stage *stage, bool vm, uint32_t type)
{
	struct row row = { .type = type, .flags = vm ? VM : 0 };
	struct wire_msg msg;
	char what[64];
	off_t mark;
	struct wire *wire = victim_open(stage, &mark);

	row_msg(&msg, wire, &row, 0, 24);
	snprintf(what, sizeof(what), "unknown %s type %u", vm ? "global" : "adapter", type);
	wire_request(wire, &msg);
	expect_end(stage, wire, mark, "type", what);
}

/* All numbers in and around the ranges, and the other family's. */
static void unknown_types(void **state)
{
	static const uint32_t far[] = { 100, 1000, 1001, 65536, 0x7fffffff, ~0u };
	const struct stage *stage = *state;
	uint32_t type;
	size_t i;

	for (type = 0; type <= 70; type++)
		if (!is_known(false, type))
			one_unknown(stage, false, type);
	for (type = 998; type <= 1070; type++)
		if (!is_known(true, type))
			one_unknown(stage, true, type);
	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		one_unknown(stage, false, far[i]);
		one_unknown(stage, true, far[i] + 10000);
	}
	one_unknown(stage, true, 0);
}

/* Both channels serve both families alike. */
static void any_family_on_any_channel(void **state)
{
	const struct stage *stage = *state;
	struct dxg_msg_createprocess body = {
		.h = wire_vm(DXG_MSG_CREATEPROCESS, 0),
		.flags = DXG_MSG_PROCESS_LINUX,
	};
	struct dxg_msg_createprocess_return reply;
	struct wire_msg msg;
	off_t mark;
	struct wire *wire = victim_open(stage, &mark);

	wire_msg_init(&msg, wire, &body, sizeof(body));
	wire_send(wire, DXG_CHANNEL_VGPU, DXG_PACKET_REQUEST, 4711, msg.bytes, msg.len);
	assert_int_equal(wire_reply(wire, 4711, &reply, sizeof(reply)), sizeof(reply));
	assert_int_not_equal(reply.process, 0);
	good_msg(&msg, wire);
	wire_send(wire, DXG_CHANNEL_VGPU, DXG_PACKET_REQUEST, 4712, msg.bytes, msg.len);
	assert_int_equal(wire_reply(wire, 4712, NULL, 0),
			 sizeof(struct dxg_msg_getinternaladapterinfo_return));
	wire_close(wire);
}

/* What a guest may leave unread: scribbling over the header and dxgd's own words changes nothing.
 */
static void scribbled_header(void **state)
{
	const struct stage *stage = *state;
	off_t mark;
	struct wire *wire = victim_open(stage, &mark);

	memset(wire->base, 0xff, 512);
	assert_true(wire_is_alive(wire));
	memset(wire->base, 0, 512);
	assert_true(wire_is_alive(wire));
	wire_close(wire);
	assert_true(wire_is_alive(stage->witness));
}

static int stage_setup(void **state)
{
	static struct stage stage;

	stage.daemon = daemon_start(NULL);
	stage.witness = wire_open(stage.daemon->socket, "a");
	*state = &stage;
	return 0;
}

static int stage_teardown(void **state)
{
	struct stage *stage = *state;

	wire_close(stage->witness);
	daemon_stop(stage->daemon);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(head_lies),
		cmocka_unit_test(tail_lies),
		cmocka_unit_test(packet_lies),
		cmocka_unit_test(ext_header_lies),
		cmocka_unit_test(command_header_lies),
		cmocka_unit_test(luid_of_global_message),
		cmocka_unit_test(message_id_must_be_zero),
		cmocka_unit_test(lengths_of_every_message),
		cmocka_unit_test(short_tails),
		cmocka_unit_test(async_bit_of_every_message),
		cmocka_unit_test(kind_and_bit_must_agree),
		cmocka_unit_test(unknown_types),
		cmocka_unit_test(any_family_on_any_channel),
		cmocka_unit_test(scribbled_header),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
