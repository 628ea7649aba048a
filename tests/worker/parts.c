// SPDX-License-Identifier: MIT
/* parts.c - see parts.h. */
#include "parts.h"

#include <string.h>

struct parts parts;

static uint32_t inputs_at;

void parts_start(uint32_t op)
{
	memset(&parts, 0, sizeof(parts));
	parts.ipc.op = IPC_ESCAPE;
	parts.size = sizeof(parts.compile);
	parts.h.magic = DXG_ESCAPE_MAGIC;
	parts.h.op = op;
	inputs_at = parts.size;
}

void parts_options(const char *options)
{
	/* The same place in both. */
	parts.compile.options_size = (uint32_t)strlen(options) + 1;
	memcpy(parts.bytes + parts.size, options, parts.compile.options_size);
	parts.size += dxg_align8(parts.compile.options_size);
	inputs_at = parts.size;
}

void parts_header(uint32_t program, const char *name, uint32_t name_size)
{
	struct dxg_program_header h = { program, name_size };

	memcpy(parts.bytes + parts.size, &h, sizeof(h));
	memcpy(parts.bytes + parts.size + sizeof(h), name, strlen(name) + 1);
	parts.size += sizeof(h) + dxg_align8(name_size);
	parts.compile.header_count++;
}

void parts_input(uint32_t program)
{
	uint32_t at = inputs_at + parts.link.input_count++ * (uint32_t)sizeof(program);

	memcpy(parts.bytes + at, &program, sizeof(program));
	parts.size = inputs_at + dxg_align8(parts.link.input_count * (uint32_t)sizeof(program));
}

int parts_send(struct worker *worker)
{
	parts.h.size = parts.size;
	return escape(worker, &parts.h, parts.size);
}

uint64_t parts_begin(struct worker *worker)
{
	parts.h.size = parts.size;
	return send_request(worker, &parts.ipc, sizeof(parts.ipc) + parts.size);
}

int parts_end(struct worker *worker, uint64_t id)
{
	uint32_t size;

	assert_int_equal(receive(worker, &size), id);
	assert_true(size >= sizeof(parts.ipc) + sizeof(parts.link));
	memcpy(&parts.ipc, worker->packet_buffer, sizeof(parts.ipc) + sizeof(parts.link));
	return parts.h.status;
}
