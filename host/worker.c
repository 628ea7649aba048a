// SPDX-License-Identifier: MIT
/*
 * worker: see worker.h. Three descriptors are watched: the doorbell; the pidfd, readable once the
 * process and all it started have ended; and the socket, which is shut down for a worker that is
 * lost (one that has no pidfd yet sees that and ends) and watched until the other end has closed.
 *
 * The pid and pidfd arrive some time after worker_create(); until then a kill is remembered. If the
 * zygote dies without having answered, there may be a process nonetheless: then the end of the
 * socket, which comes after that of the process's memory, says that it is gone.
 */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backlog.h"
#include "daemon.h"
#include "deadline.h"
#include "doorbell.h"
#include "log.h"
#include "progclient.h"
#include "sock.h"
#include "turn.h"
#include "watch.h"
#include "zygote.h"

#define WORKER_SERVE_MAX 64u /* packets of one worker per pass */
#define WORKER_LATE_MS 1000u /* a deadline this late: dxgd itself stood still */

/**
 * struct worker - see worker.h.
 * @source: in the daemon's turn
 * @mem: the ipc memory, mapped
 * @tx, @rx: rings to and from the worker
 * @wake_fd: the worker's doorbell; @doorbell, @socket, @exit: watched, see above
 * @calls: open calls by cookie; @timed: those of them that have to end, the oldest first
 * @patience: set while there is one, for when that has taken too long
 * @cache: its use of the program cache, or NULL
 * @retiring: it is to end by itself, and may be slow
 * @answered: it has started: a call was answered
 * @lost: nothing is sent or read any more; @gone: events->gone was called
 * @unanswered: the zygote died and left it open whether it forked
 * @closed: the other end of the socket is closed
 * @broken: why it is about to be lost, found where nobody can be told
 */
struct worker {
	LIST_ENTRY(worker) link;
	struct turn_source source;
	struct daemon *daemon;
	const struct worker_events *events;
	void *owner;
	void *mem;
	struct dxg_ring tx;
	struct dxg_ring rx;
	int wake_fd;
	struct watch *doorbell;
	struct watch *socket;
	struct watch *exit;
	pid_t pid;
	struct avl_tree calls;
	TAILQ_HEAD(, worker_call) timed;
	struct deadline *patience;
	uint64_t next_cookie;
	struct backlog backlog;
	struct progclient *cache;
	const char *broken;
	bool retiring;
	bool answered;
	bool unanswered;
	bool closed;
	bool lost;
	bool gone;
};

static struct worker *worker_of(struct turn_source *source)
{
	return avl_entry(source, struct worker, source);
}

static bool call_before(const struct avl_node *a, const struct avl_node *b)
{
	return avl_entry(a, struct worker_call, node)->cookie <
	       avl_entry(b, struct worker_call, node)->cookie;
}

static const struct avl_ops call_ops = { .before = call_before };

static struct worker_call *call_find(const struct worker *worker, uint64_t cookie)
{
	struct avl_node *node = worker->calls.root;
	struct worker_call *call;

	while (node) {
		call = avl_entry(node, struct worker_call, node);
		if (call->cookie == cookie)
			return call;
		node = cookie < call->cookie ? node->left : node->right;
	}
	return NULL;
}

/* ---- patience ---- */

/* Escapes are not: a build may take its time, and holds up nobody. */
static bool call_is_timed(const struct worker_call *call)
{
	return call->op == IPC_EXEC || call->op == IPC_ALLOC_DESTROY || call->op == IPC_ALLOC_PAGES;
}

/* How long the oldest timed call may take; 0: for ever. */
static uint64_t worker_patience(const struct worker *worker)
{
	uint32_t ms = worker->events->patience_ms ? worker->events->patience_ms(worker->owner) : 0;

	return ms && !worker->answered ? (uint64_t)ms + WORKER_START_MS : ms;
}

static void worker_watch_calls(struct worker *worker)
{
	struct worker_call *oldest = TAILQ_FIRST(&worker->timed);
	uint64_t limit = oldest && !worker->lost ? worker_patience(worker) : 0;
	uint64_t age = limit ? uv_now(&worker->daemon->loop) - oldest->sent_ms : 0;

	if (worker->retiring)
		return;
	if (limit)
		deadline_set(worker->patience, age < limit ? limit - age : 0);
	else
		deadline_clear(worker->patience);
}

static void worker_add_call(struct worker *worker, struct worker_call *call)
{
	avl_insert(&worker->calls, &call->node);
	if (!call_is_timed(call))
		return;
	call->sent_ms = uv_now(&worker->daemon->loop);
	TAILQ_INSERT_TAIL(&worker->timed, call, timed);
	if (TAILQ_FIRST(&worker->timed) == call)
		worker_watch_calls(worker);
}

static void worker_remove_call(struct worker *worker, struct worker_call *call)
{
	bool oldest = TAILQ_FIRST(&worker->timed) == call;

	avl_remove(&worker->calls, &call->node);
	if (call_is_timed(call))
		TAILQ_REMOVE(&worker->timed, call, timed);
	if (oldest)
		worker_watch_calls(worker);
}

/* The process has ended, or there never was one: nobody touches shared memory any more. */
static void worker_set_gone(struct worker *worker)
{
	struct avl_node *node;
	struct worker_call *call;

	if (worker->gone)
		return;
	worker->gone = true;
	while ((node = avl_first(&worker->calls))) {
		call = avl_entry(node, struct worker_call, node);
		worker_remove_call(worker, call);
		call->done(call, -ENODEV, NULL, 0);
	}
	worker->events->gone(worker->owner);
}

static void worker_signal(struct worker *worker)
{
	if (worker->exit)
		syscall(SYS_pidfd_send_signal, watch_fd(worker->exit), SIGKILL, NULL, 0);
}

/* No more traffic; the process is on its way out. */
static void worker_cut(struct worker *worker)
{
	if (worker->lost)
		return;
	worker->lost = true;
	turn_forget(&worker->source);
	deadline_clear(worker->patience);
	watch_destroy(worker->doorbell);
	worker->doorbell = NULL;
	if (worker->socket)
		shutdown(watch_fd(worker->socket), SHUT_WR);
	backlog_drop(&worker->backlog);
	worker_signal(worker);
}

static void worker_lose_for(struct worker *worker, int err, const char *why)
{
	if (worker->lost)
		return;
	worker_cut(worker);
	if (!worker->retiring)
		worker->events->lost(worker->owner, err, why);
}

static void worker_lose(struct worker *worker, const char *why)
{
	worker_lose_for(worker, -EIO, why);
}

static void worker_lied(struct worker *worker, const char *field)
{
	char why[128];

	snprintf(why, sizeof(why), "the worker broke its protocol: %s", field);
	worker_lose(worker, why);
}

/* A message for the cache. Return: 1; 0: there is none now; -1: there will be none any more. */
static int worker_socket_read(struct worker *worker)
{
	uint8_t message[sizeof(struct ipc_cache_request) + 1];
	const char *bad = "socket";
	int fd = -1;
	ssize_t n;

	n = sock_recv(watch_fd(worker->socket), message, sizeof(message), &fd);
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n <= 0)
		return -1;
	if (worker->cache && !worker->lost)
		bad = progclient_serve(worker->cache, message, (size_t)n, fd);
	else if (fd >= 0)
		close(fd);
	if (bad)
		worker_lied(worker, bad);
	return 1;
}

static void worker_socket_ready(void *arg)
{
	struct worker *worker = arg;

	if (worker_socket_read(worker) >= 0)
		return;
	watch_destroy(worker->socket);
	worker->socket = NULL;
	worker->closed = true;
	worker_lose(worker, "the worker process ended");
	if (worker->unanswered)
		worker_set_gone(worker);
}

static void worker_exited(void *arg)
{
	struct worker *worker = arg;

	/* Its last words may not have been read yet: a retired worker hands over what it has. */
	while (worker->socket && !worker->lost && worker_socket_read(worker) > 0)
		;
	worker_lose(worker, "the worker process ended");
	watch_destroy(worker->exit);
	worker->exit = NULL;
	worker_set_gone(worker);
}

static void worker_forked(void *arg, int64_t pid, int pidfd)
{
	struct worker *worker = arg;
	int err = (int)pid;

	if (pid > 0) {
		worker->pid = (pid_t)pid;
		err = watch_create(&worker->daemon->loop, pidfd, worker_exited, worker,
				   &worker->exit);
	}
	if (pid > 0 && !err) {
		if (worker->lost)
			worker_signal(worker);
		return;
	}
	log_line("no worker: the zygote could not fork one: %s", strerror(err < 0 ? -err : EIO));
	worker->unanswered = pid == -EPIPE;
	worker_lose(worker, "the worker process could not be started");
	if (!worker->unanswered || worker->closed)
		worker_set_gone(worker);
}

static void worker_doorbell_ready(void *arg)
{
	struct worker *worker = arg;

	if (doorbell_drain(watch_fd(worker->doorbell)) == -EINTR) {
		worker_lose(worker, "the worker blocked a doorbell");
		return;
	}
	turn_wake(&worker->daemon->turn, &worker->source);
}

/* ---- receiving ---- */

static uint8_t worker_rx[DXG_MESSAGE_MAX]
	__attribute__((aligned(8))); /* private copy; one thread */

static const char *worker_reply(struct worker *worker, const struct dxg_packet *pkt)
{
	const struct ipc_header *h = (const struct ipc_header *)worker_rx;
	struct worker_call *call;

	if (pkt->kind != DXG_PACKET_REPLY)
		return "packet.kind";
	if (pkt->length < sizeof(*h))
		return "packet.length";
	call = call_find(worker, pkt->id);
	if (!call)
		return "packet.id";
	if (h->op == IPC_EXEC_ASIDE && call->aside && !h->reserved)
		return pkt->length == sizeof(*h) ? call->aside(call) : "aside.length";
	if (h->op != call->op || h->reserved)
		return "ipc.op";
	worker->answered = true;
	worker_remove_call(worker, call);
	return call->done(call, 0, worker_rx, pkt->length);
}

static bool worker_receive(struct worker *worker)
{
	struct dxg_packet pkt;
	unsigned int n;
	const char *bad;
	int got = 0;

	for (n = 0; n < WORKER_SERVE_MAX && !worker->lost; n++) {
		got = dxg_ring_peek(&worker->rx, &pkt);
		if (got <= 0)
			break;
		dxg_ring_read(&worker->rx, 0, worker_rx, pkt.length);
		dxg_ring_consume(&worker->rx, pkt.length);
		bad = worker_reply(worker, &pkt);
		if (bad)
			worker_lied(worker, bad);
	}
	if (got < 0)
		worker_lose(worker, "the worker broke its protocol: ring");
	return n > 0;
}

/*
 * The oldest timed call has taken too long, or seems to: what the worker has answered meanwhile
 * counts, and if dxgd itself stood still (stopped, frozen with the machine) so may the worker have,
 * and everything begins anew.
 */
static void worker_overdue(void *arg)
{
	struct worker *worker = arg;
	uint64_t now = uv_now(&worker->daemon->loop), limit, age;
	struct worker_call *call;

	if (worker->retiring) {
		worker_cut(worker);
		return;
	}
	turn_wake(&worker->daemon->turn, &worker->source);
	turn_soon(&worker->daemon->turn);
	worker_receive(worker);
	call = TAILQ_FIRST(&worker->timed);
	limit = worker_patience(worker);
	if (worker->lost || !call || !limit)
		return;
	age = now - call->sent_ms;
	if (age >= limit + WORKER_LATE_MS)
		TAILQ_FOREACH (call, &worker->timed, timed)
			call->sent_ms = now;
	else if (age >= limit)
		worker_lose_for(worker, -ETIMEDOUT,
				call->op == IPC_EXEC ? "a submission did not end"
						     : "an allocation was not released");
	worker_watch_calls(worker);
}

void worker_check_patience(struct worker *worker)
{
	if (worker)
		worker_watch_calls(worker);
}

/* ---- sending ---- */

/* Return: true when something moved. */
static bool worker_flush(struct worker *worker)
{
	int moved = backlog_flush(&worker->backlog, &worker->tx);

	if (moved < 0)
		worker_lose(worker, "the worker broke its protocol: ring");
	return moved > 0;
}

static void worker_put(struct worker *worker, uint16_t kind, uint64_t id,
		       const struct dxg_ring_part *part, unsigned int parts)
{
	if (worker->lost)
		return;
	if (worker->backlog.bytes + backlog_cost(part, parts) > WORKER_BACKLOG_MAX ||
	    backlog_put(&worker->backlog, &worker->tx, kind, id, part, parts))
		worker->broken = "the worker stopped reading its ring";
	turn_wake(&worker->daemon->turn, &worker->source);
}

void worker_send(struct worker *worker, const void *msg, uint32_t len)
{
	struct dxg_ring_part part = { msg, len };

	worker_put(worker, DXG_PACKET_MESSAGE, 0, &part, 1);
}

void worker_call(struct worker *worker, struct worker_call *call, worker_done_fn done,
		 const struct dxg_ring_part *part, unsigned int parts)
{
	call->cookie = ++worker->next_cookie;
	call->op = ((const struct ipc_header *)part[0].base)->op;
	call->done = done;
	call->aside = NULL;
	worker_add_call(worker, call);
	worker_put(worker, DXG_PACKET_REQUEST, call->cookie, part, parts);
}

int worker_pass(struct worker *worker, const void *msg, uint32_t len, int fd)
{
	int err;

	if (worker->lost || !worker->socket)
		return -ENODEV;
	err = sock_send(watch_fd(worker->socket), msg, len, &fd, 1);
	return err == -EPIPE || err == -ECONNRESET ? -ENODEV : err ? -ENOMEM : 0;
}

bool worker_can_pass(const struct worker *worker)
{
	int unread = 0;

	if (worker->lost || !worker->socket)
		return true;
	return !ioctl(watch_fd(worker->socket), SIOCOUTQ, &unread) && !unread;
}

/* ---- the turn ---- */

static bool worker_serve(struct turn_source *source)
{
	struct worker *worker = worker_of(source);
	bool busy;

	if (worker->broken)
		worker_lose(worker, worker->broken);
	busy = worker_receive(worker);
	return worker->lost ? true : busy | worker_flush(worker);
}

static void worker_publish(struct turn_source *source)
{
	struct worker *worker = worker_of(source);
	bool ring = dxg_ring_publish(&worker->tx);

	ring |= dxg_ring_release(&worker->rx);
	if (ring && doorbell_ring(worker->wake_fd) == -EINTR)
		worker_lose(worker, "the worker blocked a doorbell");
}

static bool worker_arm(struct turn_source *source)
{
	struct worker *worker = worker_of(source);
	return backlog_arm(&worker->backlog, &worker->tx) || dxg_ring_arm_data(&worker->rx);
}

static const struct turn_ops worker_turn_ops = {
	.serve = worker_serve,
	.publish = worker_publish,
	.arm = worker_arm,
};

/* ---- creation ---- */

static int worker_map(struct worker *worker, int *ret_fd)
{
	int fd = memfd_create("dxg-ipc", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	uint8_t *mem;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, IPC_MEMORY_SIZE) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		goto err_close;
	mem = mmap(NULL, IPC_MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		goto err_close;
	worker->mem = mem;
	dxg_ring_init(&worker->tx, mem + IPC_TO_WORKER_CTL, mem + IPC_TO_WORKER_DATA,
		      IPC_RING_SIZE);
	dxg_ring_init(&worker->rx, mem + IPC_TO_DXGD_CTL, mem + IPC_TO_DXGD_DATA, IPC_RING_SIZE);
	*ret_fd = fd;
	return 0;

err_close:
	close(fd);
	return -errno;
}

/* Doorbells, socket, and the fork itself. @fds: ipc memory, two doorbells, region or -1. */
static int worker_start(struct worker *worker, const struct ipc_start *start, int fds[4])
{
	uv_loop_t *loop = &worker->daemon->loop;
	int pair[2], err;

	err = sock_pair(pair);
	if (err)
		return err;
	err = sock_send(pair[0], start, sizeof(*start), fds, fds[3] < 0 ? 3 : 4);
	if (!err)
		err = zygote_fork(worker->daemon->zygote, pair[1], worker_forked, worker);
	close(pair[1]);
	if (err) {
		close(pair[0]);
		return err;
	}
	/* From here on the zygote will answer, so a failure is a worker that is lost at birth. */
	if (watch_create(loop, pair[0], worker_socket_ready, worker, &worker->socket) ||
	    watch_create(loop, dup(fds[2]), worker_doorbell_ready, worker, &worker->doorbell))
		worker_cut(worker);
	return 0;
}

static int worker_open(struct worker *worker, const struct ipc_start *start, int region_fd)
{
	int fds[4] = { -1, -1, -1, region_fd };
	int err;

	err = worker_map(worker, &fds[0]);
	if (err)
		return err;
	worker->wake_fd = fds[1] = doorbell_create();
	fds[2] = doorbell_create();
	err = fds[1] < 0 ? fds[1] : fds[2] < 0 ? fds[2] : worker_start(worker, start, fds);
	close(fds[0]);
	if (fds[2] >= 0)
		close(fds[2]);
	return err;
}

int worker_create(struct daemon *daemon, const struct ipc_start *start, int region_fd,
		  struct progstore *store, const struct worker_events *events, void *owner,
		  struct worker **ret_worker)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int err;

	if (!worker)
		return -ENOMEM;
	worker->daemon = daemon;
	worker->events = events;
	worker->owner = owner;
	worker->wake_fd = -1;
	avl_init(&worker->calls, &call_ops);
	TAILQ_INIT(&worker->timed);
	backlog_init(&worker->backlog);
	turn_source_init(&worker->source, &worker_turn_ops);
	err = deadline_create(&daemon->loop, worker_overdue, worker, &worker->patience);
	if (!err && store)
		err = progclient_create(worker, store, &worker->cache);
	if (!err)
		err = worker_open(worker, start, region_fd);
	if (err) {
		worker_destroy(worker);
		return err;
	}
	LIST_INSERT_HEAD(&daemon->workers, worker, link);
	if (!worker->lost)
		turn_wake(&daemon->turn, &worker->source);
	*ret_worker = worker;
	return 0;
}

void worker_destroy(struct worker *worker)
{
	if (!worker)
		return;
	worker_cut(worker);
	deadline_destroy(worker->patience);
	progclient_destroy(worker->cache);
	watch_destroy(worker->socket);
	if (worker->link.le_prev)
		LIST_REMOVE(worker, link);
	if (worker->mem)
		munmap(worker->mem, IPC_MEMORY_SIZE);
	if (worker->wake_fd >= 0)
		close(worker->wake_fd);
	free(worker);
}

void worker_kill(struct worker *worker)
{
	worker_cut(worker);
}

bool worker_may_retire(struct worker *worker)
{
	return !worker->lost && !worker->broken && !worker->calls.root && worker->cache &&
	       progclient_may_linger(worker->cache);
}

void worker_retire(struct worker *worker)
{
	struct ipc_header last = { .op = IPC_RETIRE };

	worker_send(worker, &last, sizeof(last));
	if (worker->lost)
		return;
	worker->retiring = true;
	deadline_set(worker->patience, WORKER_LINGER_MS);
}

void worker_lose_all(struct daemon *daemon)
{
	struct worker *worker;

	LIST_FOREACH (worker, &daemon->workers, link)
		worker_lose(worker, "the zygote ended");
}

bool worker_is_alive(const struct worker *worker)
{
	return !worker->lost;
}

bool worker_is_busy(const struct worker *worker)
{
	return worker->backlog.bytes > WORKER_BACKLOG_SOFT;
}

pid_t worker_pid(const struct worker *worker)
{
	return worker->pid;
}
