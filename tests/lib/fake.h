/* SPDX-License-Identifier: MIT */
/*
 * fake - the host end of a session for tests of the direct backend: a socket, a region, a thread
 * that reads the guest's packets and hands each to the test. What the test does not answer itself
 * gets the answer of a friendly host. It can lie in every way a host can.
 */
#ifndef OPENDXG_TESTS_LIB_FAKE_H
#define OPENDXG_TESTS_LIB_FAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "dxgwire/message.h"
#include "dxgwire/region.h"

#define FAKE_RING (16u << 10)
#define FAKE_REGION (1u << 20)
#define FAKE_IO (128u << 10)

struct fake;

/** struct fake_packet - a packet of the guest: header, message type, whole payload. */
struct fake_packet {
	unsigned int channel;
	struct dxg_packet pkt;
	uint32_t type;
	_Alignas(8) uint8_t payload[DXG_MESSAGE_MAX];
};

/**
 * struct fake - set the first fields, then fake_start().
 * @handle: called on the fake's thread for each packet; true: answered (or deliberately not)
 * @attach_status: answer to the attach message
 * @no_seal: leave the region file unsealed
 * @edit: change the header before the guest sees it
 * @offered: called when the guest has sent a descriptor, which is closed afterwards; NULL hangs up
 * @silent: accept, but never answer the attach message
 * @accepted: the guest has asked to attach; atomic
 * @seen: packets so far; atomic
 * @doorbells: times the guest rang; atomic
 */
struct fake {
	bool (*handle)(struct fake *f, struct fake_packet *p);
	int attach_status;
	bool no_seal;
	bool silent;
	void (*edit)(struct dxg_region_header *h);
	void (*offered)(struct fake *f, int fd);
	void *data;
	char path[64];
	char dir[48];

	int listener, sock;
	int from_guest, to_guest, region_fd;
	uint8_t *region;
	struct dxg_region_header *header;
	struct dxg_ring rx[DXG_CHANNELS], tx[DXG_CHANNELS];
	pthread_mutex_t tx_lock;
	pthread_t thread;
	bool stop, paused, accepted;
	uint32_t next_handle, next_page;
	unsigned int seen, doorbells;
};

void fake_start(struct fake *f);
void fake_stop(struct fake *f);

/** fake_hang_up() - end the session as a killed dxgd does: the socket closes, nothing else. */
void fake_hang_up(struct fake *f);

/** fake_reply() - answer @p. */
void fake_reply(struct fake *f, const struct fake_packet *p, const void *reply, uint32_t length);
void fake_reply_id(struct fake *f, unsigned int channel, uint64_t id, const void *reply,
		   uint32_t length);

/** fake_signal() - SIGNALGUESTEVENT. */
void fake_signal(struct fake *f, uint64_t event);

/** fake_put() - any packet at all. */
void fake_put(struct fake *f, unsigned int channel, uint16_t kind, uint64_t id, const void *payload,
	      uint32_t length);

/** fake_handle() - a fresh handle. fake_page() - a fresh page of the IO space, its address. */
uint32_t fake_handle(struct fake *f);
uint64_t fake_page(struct fake *f);

/** fake_pause() - stop reading the rings (a busy host); fake_resume() goes on. */
void fake_pause(struct fake *f);
void fake_resume(struct fake *f);

#endif
