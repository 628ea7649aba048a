// SPDX-License-Identifier: MIT
/*
 * server - see server.h. A table names for each operation its kind, its size and its handler; a
 * message that does not fit it, or a state message that cannot be applied, is a bug of dxgd (which
 * this process trusts), and ends it.
 *
 * Locks, outermost first: server->reader (the reader role); then one of node->lock, pool->lock,
 * the tables' locks (programs, images), the saver's, the cache's, channel's tx_lock; those are
 * leaves.
 */
#include "worker/server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker/cache.h"
#include "worker/context.h"
#include "worker/escape.h"
#include "worker/exec.h"
#include "worker/saver.h"
#include "worker/start.h"

void server_log(const char *format, ...)
{
	char line[512];
	va_list ap;
	int n;

	n = snprintf(line, sizeof(line), "dxg-worker[%d]: ", (int)getpid());
	va_start(ap, format);
	vsnprintf(line + n, sizeof(line) - n - 1, format, ap);
	va_end(ap);
	n = strlen(line);
	line[n++] = '\n';
	/* One write, so that lines of several workers do not mix. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

void server_reply(struct server *server, uint64_t cookie, const void *payload, uint32_t size)
{
	int err = channel_reply(server->channel, cookie, payload, size);

	if (!err)
		return;
	server_log("cannot reply: %s", strerror(-err));
	_exit(EXIT_FAILURE);
}

static void reply_status(struct server *server, uint64_t cookie, uint32_t op, int status)
{
	struct ipc_reply reply = { .h.op = op, .status = status };

	server_reply(server, cookie, &reply, sizeof(reply));
}

/* ---- handlers; the caller is the reader ---- */

/* A message being handled; @payload has been checked for its size only. */
struct message {
	uint64_t cookie;
	void *payload;
	uint32_t size;
};

static int handle_describe(struct server *server, const struct message *m)
{
	struct ipc_describe_reply reply = { .h.op = IPC_DESCRIBE };

	if (server->be)
		server->be->ops->describe(server->be, &reply);
	else
		reply.status = -ENODEV;
	server_reply(server, m->cookie, &reply, sizeof(reply));
	return 0;
}

static int handle_alloc_create(struct server *server, const struct message *m)
{
	return server->be ? space_alloc_create(server->space, m->payload) : 0;
}

/* The space's callback: the allocation's memory is not touched any more. */
static void alloc_released(void *arg, uint64_t cookie)
{
	reply_status(arg, cookie, IPC_ALLOC_DESTROY, 0);
}

static int handle_alloc_destroy(struct server *server, const struct message *m)
{
	const struct ipc_alloc_destroy *msg = m->payload;
	struct alloc *alloc = server->be ? space_alloc_find(server->space, msg->id) : NULL;
	int err = -ENOENT;

	if (alloc) {
		image_forget(server->images, alloc);
		err = space_alloc_destroy(server->space, msg->id, m->cookie);
	}

	if (err)
		reply_status(server, m->cookie, IPC_ALLOC_DESTROY, err);
	return 0;
}

/* The file's descriptor is here for as long as it takes to map the pages. */
static int handle_alloc_pages(struct server *server, const struct message *m)
{
	const struct ipc_alloc_pages *msg = m->payload;
	int fd, err;

	if ((m->size - sizeof(*msg)) / sizeof(struct ipc_run) != msg->runs)
		return -EPROTO;
	err = channel_take(server->channel, msg->id, &fd);
	if (err)
		return err;
	if (server->be)
		err = space_alloc_pages(server->space, msg, (const struct ipc_run *)(msg + 1), fd);
	close(fd);
	reply_status(server, m->cookie, IPC_ALLOC_PAGES, server->be ? err : -ENODEV);
	return 0;
}

static int handle_va_map(struct server *server, const struct message *m)
{
	return server->be ? space_map(server->space, m->payload) : 0;
}

static int handle_va_unmap(struct server *server, const struct message *m)
{
	const struct ipc_va_unmap *msg = m->payload;

	return server->be ? space_unmap(server->space, msg->va, msg->size) : 0;
}

static int handle_context_create(struct server *server, const struct message *m)
{
	const struct ipc_context *msg = m->payload;

	return server->be ? context_create(server->contexts, msg->id, msg->node, msg->units) : 0;
}

static int handle_context_destroy(struct server *server, const struct message *m)
{
	const struct ipc_context *msg = m->payload;

	return server->be ? context_destroy(server->contexts, msg->id) : 0;
}

static int handle_exec(struct server *server, const struct message *m)
{
	/* The payload is the next reader's once the role is passed on. */
	struct ipc_exec msg = *(const struct ipc_exec *)m->payload;

	exec_serve(server, m->cookie, &msg);
	return 0;
}

static int handle_escape(struct server *server, const struct message *m)
{
	escape_serve(server, m->cookie, m->payload, m->size);
	return 0;
}

static int handle_cache_answer(struct server *server, const struct message *m)
{
	const struct ipc_cache_answer *msg = m->payload;
	int fd = -1, err = 0;

	if (!server->cache || msg->found > 1 || msg->reserved)
		return -EPROTO;
	if (msg->found)
		err = channel_take(server->channel, msg->cookie, &fd);
	if (!err)
		cache_deliver(server->cache, msg->cookie, fd);
	return err;
}

/* dxgd sends it when every call is answered; a build that goes on nonetheless is not waited for. */
static int handle_retire(struct server *server, const struct message *m)
{
	(void)m;
	saver_run(server->saver);
	return -EPIPE;
}

struct message_type {
	const char *name;
	uint16_t kind;
	uint32_t size;
	bool open; /* more may follow */
	int (*handle)(struct server *server, const struct message *m);
};

static const struct message_type message_types[] = {
	[IPC_DESCRIBE] = { "DESCRIBE", DXG_PACKET_REQUEST, sizeof(struct ipc_header), false,
			   handle_describe },
	[IPC_ALLOC_CREATE] = { "ALLOC_CREATE", DXG_PACKET_MESSAGE, sizeof(struct ipc_alloc_create),
			       false, handle_alloc_create },
	[IPC_ALLOC_DESTROY] = { "ALLOC_DESTROY", DXG_PACKET_REQUEST,
				sizeof(struct ipc_alloc_destroy), false, handle_alloc_destroy },
	[IPC_VA_MAP] = { "VA_MAP", DXG_PACKET_MESSAGE, sizeof(struct ipc_va_map), false,
			 handle_va_map },
	[IPC_VA_UNMAP] = { "VA_UNMAP", DXG_PACKET_MESSAGE, sizeof(struct ipc_va_unmap), false,
			   handle_va_unmap },
	[IPC_CONTEXT_CREATE] = { "CONTEXT_CREATE", DXG_PACKET_MESSAGE, sizeof(struct ipc_context),
				 false, handle_context_create },
	[IPC_CONTEXT_DESTROY] = { "CONTEXT_DESTROY", DXG_PACKET_MESSAGE, sizeof(struct ipc_context),
				  false, handle_context_destroy },
	[IPC_EXEC] = { "EXEC", DXG_PACKET_REQUEST, sizeof(struct ipc_exec), false, handle_exec },
	[IPC_ESCAPE] = { "ESCAPE", DXG_PACKET_REQUEST, sizeof(struct ipc_header), true,
			 handle_escape },
	[IPC_ALLOC_PAGES] = { "ALLOC_PAGES", DXG_PACKET_REQUEST, sizeof(struct ipc_alloc_pages),
			      true, handle_alloc_pages },
	[IPC_CACHE_ANSWER] = { "CACHE_ANSWER", DXG_PACKET_MESSAGE, sizeof(struct ipc_cache_answer),
			       false, handle_cache_answer },
	[IPC_RETIRE] = { "RETIRE", DXG_PACKET_MESSAGE, sizeof(struct ipc_header), false,
			 handle_retire },
};

#define MESSAGE_TYPES (sizeof(message_types) / sizeof(message_types[0]))

static int server_handle(struct server *server, const struct dxg_packet *packet, void *payload)
{
	struct message m = { packet->id, payload, packet->length };
	const struct message_type *type;
	uint32_t op;
	int err;

	if (packet->length < sizeof(struct ipc_header))
		return -EPROTO;
	op = ((const struct ipc_header *)payload)->op;
	if (op >= MESSAGE_TYPES || !message_types[op].handle) {
		server_log("operation %u is not known", op);
		return -EPROTO;
	}
	type = &message_types[op];
	if (packet->kind != type->kind || packet->length < type->size ||
	    (!type->open && packet->length != type->size)) {
		server_log("%s: kind %u or length %u is wrong", type->name, packet->kind,
			   packet->length);
		return -EPROTO;
	}
	err = type->handle(server, &m);
	if (err && err != -EPIPE)
		server_log("%s: %s", type->name, strerror(-err));
	return err;
}

/* ---- start and end ---- */

static void server_fini(struct server *server)
{
	pool_destroy(server->pool);
	pool_destroy(server->filler);
	exec_node_destroy(server->node);
	context_table_destroy(server->contexts);
	image_table_destroy(server->images);
	space_destroy(server->space);
	program_table_destroy(server->programs);
	saver_destroy(server->saver);
	cache_destroy(server->cache);
	if (server->be)
		server->be->ops->close(server->be);
	printed_destroy(server->printed);
	channel_destroy(server->channel);
}

static int server_init_programs(struct server *server, const struct start *start, int socket)
{
	int err = 0;

	if (start->cache && server->be)
		err = cache_create(server->be, socket, &server->cache);
	if (!err)
		err = saver_create(server->be, server->cache, &server->saver);
	return err ? err : program_table_create(server->saver, &server->programs);
}

static int server_init_backend(struct server *server, const struct start *start, int socket)
{
	int err;

	err = space_create(server->be, start->io, start->io_size, alloc_released, server,
			   &server->space);
	if (!err)
		err = context_table_create(server->be, &server->contexts);
	if (!err)
		err = server_init_programs(server, start, socket);
	if (!err)
		err = image_table_create(server->be, &server->images);
	if (!err)
		err = pool_create(DXG_ESCAPES_PER_PROCESS, POOL_THREADS, &server->pool);
	if (!err)
		err = pool_create(DXG_ESCAPES_PER_PROCESS, 1, &server->filler);
	return err ? err : exec_node_create(&server->node);
}

static void server_open_backend(struct server *server, const struct start *start)
{
	static const struct backend_ops *const backends[] = {
		[IPC_BACKEND_NULL] = &backend_null_ops,
		[IPC_BACKEND_OPENCL] = &backend_opencl_ops,
	};

	if (backends[start->backend]->open(&start->config, &server->be, &server->be_text)) {
		server->be = NULL;
		server_log("%s: %s", backends[start->backend]->name, server->be_text.text);
	}
}

static void *server_thread(void *arg)
{
	struct server *server = arg;
	struct dxg_packet packet;
	void *payload;
	int err;

	pthread_mutex_lock(&server->reader);
	do {
		err = channel_receive(server->channel, &packet, &payload);
		if (!err)
			err = server_handle(server, &packet, payload);
	} while (!err);
	/*
	 * The end. Whatever executes or compiles now may take for ever: it ends with the process.
	 * Else everything is put away in order, which is how leaks are found. The other thread
	 * waits for the role, which it never gets.
	 */
	if (!exec_node_busy(server->node) && !pool_busy(server->pool) && !pool_busy(server->filler))
		server_fini(server);
	start_exit(err == -EPIPE ? EXIT_SUCCESS : EXIT_FAILURE);
}

int server_run(int socket)
{
	static struct server server;
	struct start start;
	pthread_t second;
	int err;

	err = start_receive(socket, &start);
	if (err)
		return err == -EPIPE ? EXIT_SUCCESS : EXIT_FAILURE;
	pthread_mutex_init(&server.reader, NULL);
	err = channel_create(start.memory, start.wake, start.wake_dxgd, socket, &server.channel);
	if (!err) {
		server_open_backend(&server, &start);
		err = server_init_backend(&server, &start, socket);
	}
	if (!err)
		err = printed_create(&server.printed);
	if (!err)
		err = -pthread_create(&second, NULL, server_thread, &server);
	if (err) {
		server_log("cannot start: %s", strerror(-err));
		return EXIT_FAILURE;
	}
	server_thread(&server);
	return EXIT_FAILURE;
}
