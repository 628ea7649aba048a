// SPDX-License-Identifier: MIT
/*
 * backlog: see backlog.h.
 */
#include "backlog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct backlog_packet {
	STAILQ_ENTRY(backlog_packet) link;
	uint16_t kind;
	uint64_t id;
	uint32_t len;
	uint8_t data[];
};

void backlog_init(struct backlog *backlog)
{
	STAILQ_INIT(&backlog->packets);
	backlog->bytes = 0;
}

static void backlog_remove_first(struct backlog *backlog)
{
	struct backlog_packet *packet = STAILQ_FIRST(&backlog->packets);

	STAILQ_REMOVE_HEAD(&backlog->packets, link);
	backlog->bytes -= (uint32_t)sizeof(*packet) + packet->len;
	free(packet);
}

void backlog_drop(struct backlog *backlog)
{
	while (!STAILQ_EMPTY(&backlog->packets))
		backlog_remove_first(backlog);
}

uint32_t backlog_cost(const struct dxg_ring_part *part, unsigned int parts)
{
	uint32_t bytes = sizeof(struct backlog_packet);
	unsigned int i;

	for (i = 0; i < parts; i++)
		bytes += part[i].len;
	return bytes;
}

static int backlog_queue(struct backlog *backlog, uint16_t kind, uint64_t id,
			 const struct dxg_ring_part *part, unsigned int parts)
{
	uint32_t cost = backlog_cost(part, parts), at = 0;
	struct backlog_packet *packet = malloc(cost);
	unsigned int i;

	if (!packet)
		return -ENOMEM;
	packet->kind = kind;
	packet->id = id;
	packet->len = cost - (uint32_t)sizeof(*packet);
	for (i = 0; i < parts; i++) {
		memcpy(packet->data + at, part[i].base, part[i].len);
		at += part[i].len;
	}
	backlog->bytes += cost;
	STAILQ_INSERT_TAIL(&backlog->packets, packet, link);
	return 0;
}

int backlog_put(struct backlog *backlog, struct dxg_ring *ring, uint16_t kind, uint64_t id,
		const struct dxg_ring_part *part, unsigned int parts)
{
	int err = -EAGAIN;

	if (STAILQ_EMPTY(&backlog->packets))
		err = dxg_ring_put(ring, kind, id, part, parts);
	return err == -EAGAIN ? backlog_queue(backlog, kind, id, part, parts) : err;
}

int backlog_flush(struct backlog *backlog, struct dxg_ring *ring)
{
	struct backlog_packet *packet;
	struct dxg_ring_part part;
	int moved = 0, err;

	while ((packet = STAILQ_FIRST(&backlog->packets))) {
		part = (struct dxg_ring_part){ packet->data, packet->len };
		err = dxg_ring_put(ring, packet->kind, packet->id, &part, 1);
		if (err)
			return err == -EAGAIN ? moved : err;
		backlog_remove_first(backlog);
		moved = 1;
	}
	return moved;
}

bool backlog_arm(const struct backlog *backlog, struct dxg_ring *ring)
{
	const struct backlog_packet *packet = STAILQ_FIRST(&backlog->packets);

	return packet && dxg_ring_arm_space(ring, packet->len);
}
