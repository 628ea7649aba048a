/* SPDX-License-Identifier: MIT */
/*
 * request: one message of a guest while it is being handled, and the replies to it. A handler
 * either replies (request_reply()), or takes a completion and replies later, or returns a negative
 * errno and the dispatcher makes the failure reply that the message's table entry describes.
 *
 * The message is a private copy; a handler may look at it as often as it likes.
 */
#ifndef HOST_REQUEST_H
#define HOST_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "dxgwire/message.h"
#include "dxgwire/ring.h"

struct device;
struct process;
struct request;
struct session;

#define REQUEST_TAIL (1u << 0) /* variable part: the size is a minimum */
#define REQUEST_ASYNC (1u << 1) /* may come as a message without a reply */
#define REQUEST_NO_PROCESS (1u << 2) /* the header names no process */

/** REQUEST_SLACK - padding bytes a sender may leave behind a tail, at most. */
#define REQUEST_SLACK 8u

/** REQUEST_NO_STATUS - the failure reply is all zero. */
#define REQUEST_NO_STATUS (-1)

/**
 * struct request_type - one row of the dispatch table.
 * @name: for the log
 * @handle: 0, or a negative errno: -EPROTO the message lies (request->bad names the field), -EAGAIN
 * try the same message again in a later turn, anything else becomes the status
 * @size: bytes from the command header on, exact, or at least with REQUEST_TAIL
 * @flags: REQUEST_*
 * @reply: bytes of a failure reply; @status: where the status stands in it, or REQUEST_NO_STATUS
 */
struct request_type {
	const char *name;
	int (*handle)(struct request *rq);
	uint32_t size;
	uint32_t flags;
	int32_t reply;
	int32_t status;
};

/**
 * struct request - see above.
 * @process: who asks; NULL with REQUEST_NO_PROCESS
 * @device: whom an asynchronous failure costs its device; set by the handler as soon as it knows
 * @msg, @len: the message from its command header on
 * @bad: name of the field that lies
 */
struct request {
	struct session *session;
	struct process *process;
	struct device *device;
	const struct request_type *type;
	uint32_t channel;
	uint64_t id;
	bool async;
	const uint8_t *msg;
	uint32_t len;
	const char *bad;
};

/** request_reply() - the reply, @len bytes; nothing for an asynchronous message. */
void request_reply(struct request *rq, const void *reply, uint32_t len);

/** request_reply_parts() - the same from several pieces. */
void request_reply_parts(struct request *rq, const struct dxg_ring_part *part, unsigned int parts);

/** request_reply_status() - a bare status: 0 or a negative errno. */
void request_reply_status(struct request *rq, int err);

/** request_status() - what the wire calls @err, 0 or a negative errno. */
int32_t request_status(int err);

/** request_lie() - note @field and return -EPROTO. */
int request_lie(struct request *rq, const char *field);

/**
 * request_tail() - is the variable part exactly the @need bytes behind @at, up to slack?
 * Return: its start, or NULL after request_lie() ("length").
 */
const uint8_t *request_tail(struct request *rq, uint32_t at, uint64_t need);

/** request_u32(), request_u64() - element @i of a packed, unaligned array. */
uint32_t request_u32(const uint8_t *array, uint32_t i);
uint64_t request_u64(const uint8_t *array, uint32_t i);

/**
 * struct completion - a reply that is owed: sent when the last of @pending is put. When the session
 * ends or gets a new guest, it is orphaned and nothing is sent.
 * @link: in session->completions; @wait: in a list of whatever it waits for
 * @err: first failure reported to completion_put()
 */
struct completion {
	LIST_ENTRY(completion) link;
	LIST_ENTRY(completion) wait;
	struct session *session;
	const struct request_type *type;
	uint32_t channel;
	uint64_t id;
	unsigned int pending;
	int err;
};

LIST_HEAD(completion_list, completion);

/** completion_create() - for @rq, with one @pending. Return: NULL when memory is short. */
struct completion *completion_create(struct request *rq);

/** completion_get() - one more thing to wait for. NULL is fine. */
struct completion *completion_get(struct completion *completion);

/**
 * completion_put() - one thing less; the last one sends the status and frees it. NULL is fine.
 * @err: 0 or a negative errno, which becomes the reply's status
 */
void completion_put(struct completion *completion, int err);

/** completion_reply() - send @len bytes instead of a status, and free it. */
void completion_reply(struct completion *completion, const void *reply, uint32_t len);

/** completion_orphan() - nobody waits for it any more. */
void completion_orphan(struct completion *completion);

/** completion_drop() - the handler answers otherwise: free it. NULL is fine. */
void completion_drop(struct completion *completion);

/** request_fail() - the failure reply of @type (also its success reply, for @err 0). */
void request_fail(struct session *session, const struct request_type *type, uint32_t channel,
		  uint64_t id, int err);

#endif /* HOST_REQUEST_H */
