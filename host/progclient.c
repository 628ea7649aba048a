// SPDX-License-Identifier: MIT
/*
 * progclient: see progclient.h. A question that waits for the disk outlives its worker, if need be,
 * and is then answered to nobody.
 */
#include "progclient.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/ipc.h"
#include "progstore.h"
#include "worker.h"

#define SEALS_NEEDED (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

/** struct question - an IPC_CACHE_GET without an answer; @client NULL: nobody waits any more. */
struct question {
	LIST_ENTRY(question) link;
	struct progclient *client;
	uint64_t cookie;
};

/** struct progclient - @asked: it uses the cache; @lingers: it counts as ending slowly. */
struct progclient {
	struct worker *worker;
	struct progstore *store;
	LIST_HEAD(, question) questions;
	unsigned int question_count;
	bool asked;
	bool lingers;
};

int progclient_create(struct worker *worker, struct progstore *store,
		      struct progclient **ret_client)
{
	struct progclient *client = calloc(1, sizeof(*client));

	if (!client)
		return -ENOMEM;
	client->worker = worker;
	client->store = progstore_ref(store);
	LIST_INIT(&client->questions);
	*ret_client = client;
	return 0;
}

void progclient_destroy(struct progclient *client)
{
	struct question *question;

	if (!client)
		return;
	while ((question = LIST_FIRST(&client->questions))) {
		LIST_REMOVE(question, link);
		question->client = NULL;
	}
	if (client->lingers)
		progstore_linger_give(client->store);
	progstore_unref(client->store);
	free(client);
}

/* A descriptor that cannot be passed is an entry that was not found. */
static void question_answer(struct progclient *client, uint64_t cookie, int fd)
{
	struct ipc_cache_answer answer = { .h.op = IPC_CACHE_ANSWER, .cookie = cookie };
	struct ipc_pass pass = { .id = cookie };

	answer.found = fd >= 0 && !worker_pass(client->worker, &pass, sizeof(pass), fd);
	worker_send(client->worker, &answer, sizeof(answer));
}

static void question_found(void *arg, int fd)
{
	struct question *question = arg;
	struct progclient *client = question->client;

	if (client) {
		LIST_REMOVE(question, link);
		client->question_count--;
		question_answer(client, question->cookie, fd);
	}
	free(question);
	if (fd >= 0)
		close(fd);
}

static const char *serve_get(struct progclient *client, const struct ipc_cache_request *request,
			     int fd)
{
	struct question *question;

	if (fd >= 0 || request->size)
		return "cache.size";
	if (client->question_count >= IPC_CACHE_GETS_MAX)
		return "cache.count";
	client->asked = true;
	question = calloc(1, sizeof(*question));
	if (!question) {
		question_answer(client, request->cookie, -1);
		return NULL;
	}
	question->client = client;
	question->cookie = request->cookie;
	LIST_INSERT_HEAD(&client->questions, question, link);
	client->question_count++;
	progstore_get(client->store, request->key, question_found, question);
	return NULL;
}

/* The file must be what it is said to be, and stay so. */
static const char *check_file(int fd, uint64_t size)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & SEALS_NEEDED) != SEALS_NEEDED)
		return "cache.seals";
	if (!size || size > IPC_CACHE_ENTRY_MAX || fstat(fd, &st) || (uint64_t)st.st_size != size)
		return "cache.size";
	return NULL;
}

static const char *serve_put(struct progclient *client, const struct ipc_cache_request *request,
			     int fd)
{
	const char *bad = fd < 0 ? "cache.file" : check_file(fd, request->size);

	if (!bad && request->cookie)
		bad = "cache.cookie";
	if (bad)
		return bad;
	/* The store's own copy of the descriptor; the caller closes what came. */
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		progstore_put(client->store, request->key, fd, request->size);
	return NULL;
}

static const char *serve_drop(struct progclient *client, const struct ipc_cache_request *request,
			      int fd)
{
	if (fd >= 0 || request->size || request->cookie)
		return "cache.size";
	progstore_drop(client->store, request->key);
	return NULL;
}

static const char *serve(struct progclient *client, const struct ipc_cache_request *request, int fd)
{
	static const char *(*const ops[])(struct progclient *, const struct ipc_cache_request *,
					  int) = {
		[IPC_CACHE_GET] = serve_get,
		[IPC_CACHE_PUT] = serve_put,
		[IPC_CACHE_DROP] = serve_drop,
	};

	if (request->op >= sizeof(ops) / sizeof(ops[0]) || !ops[request->op])
		return "cache.op";
	if (request->reserved)
		return "cache.reserved";
	return ops[request->op](client, request, fd);
}

const char *progclient_serve(struct progclient *client, const void *message, size_t len, int fd)
{
	struct ipc_cache_request request;
	const char *bad = "cache.length";

	if (len == sizeof(request)) {
		memcpy(&request, message, sizeof(request));
		bad = serve(client, &request, fd);
	}
	if (fd >= 0)
		close(fd);
	return bad;
}

bool progclient_may_linger(struct progclient *client)
{
	if (!client->asked || client->lingers || !progstore_linger_take(client->store))
		return false;
	client->lingers = true;
	return true;
}
