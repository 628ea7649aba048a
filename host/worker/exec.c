// SPDX-License-Identifier: MIT
/*
 * exec - see exec.h.
 *
 * Passing the reader role on wakes the other thread, which costs about as much as a small kernel;
 * so it is not done for submissions that move little and run no kernel, nor for kernels while the
 * last one was quick. A wrong guess delays an escape until that one submission is done, nothing
 * more.
 *
 * What the driver has to compile first is no work of the node: dxgd is told so before, and gives
 * the node to other processes meanwhile.
 *
 * Locks: node->lock guards the queue, @busy, @spare and @last_ns; it is never held over a call.
 */
#include "worker/exec.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "worker/context.h"
#include "worker/decode.h"

/* A kernel submission that took longer makes the next one pass the reader role on. */
#define EXEC_QUICK_NS 300000u
/* Spare jobs kept for the next submissions. */
#define EXEC_SPARES 2u

/* One submission, and the memory to hold one, which is used again. */
struct exec_job {
	struct exec_job *next;
	uint64_t cookie;
	bool aside; /* dxgd was told */
	struct context *context;
	uint64_t *bytes; /* private copy of the command buffer */
	uint32_t bytes_room;
	struct decode_list list;
	/* what the packets use, referenced until they are done */
	struct alloc **alloc;
	size_t allocs, alloc_room;
	struct built **built;
	size_t builts, built_room;
	struct image **image;
	size_t images, image_room;
};

struct exec_node {
	pthread_mutex_t lock;
	bool busy;
	struct exec_job *first;
	struct exec_job **end;
	uint64_t last_ns; /* what the last submission with a kernel took */
	struct exec_job *spare;
	unsigned int spares;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int exec_node_create(struct exec_node **ret)
{
	struct exec_node *node = calloc(1, sizeof(*node));

	if (!node)
		return -ENOMEM;
	pthread_mutex_init(&node->lock, NULL);
	node->end = &node->first;
	*ret = node;
	return 0;
}

bool exec_node_busy(struct exec_node *node)
{
	bool busy;

	pthread_mutex_lock(&node->lock);
	busy = node->busy;
	pthread_mutex_unlock(&node->lock);
	return busy;
}

/* ---- jobs ---- */

static void job_free(struct exec_job *job)
{
	decode_list_fini(&job->list);
	free(job->alloc);
	free(job->built);
	free(job->image);
	free(job->bytes);
	free(job);
}

void exec_node_destroy(struct exec_node *node)
{
	if (!node)
		return;
	while (node->spare) {
		struct exec_job *job = node->spare;

		node->spare = job->next;
		job_free(job);
	}
	pthread_mutex_destroy(&node->lock);
	free(node);
}

static struct exec_job *job_get(struct exec_node *node)
{
	struct exec_job *job;

	pthread_mutex_lock(&node->lock);
	job = node->spare;
	if (job) {
		node->spare = job->next;
		node->spares--;
	}
	pthread_mutex_unlock(&node->lock);
	return job ? job : calloc(1, sizeof(*job));
}

static void job_release_images(struct exec_job *job)
{
	while (job->images)
		image_put(job->image[--job->images]);
}

/* Drop what the job refers to; a destroy that waited for it is answered here. */
static void job_release(struct exec_job *job)
{
	job_release_images(job);
	while (job->allocs)
		alloc_put(job->alloc[--job->allocs]);
	while (job->builts)
		built_put(job->built[--job->builts]);
	context_put(job->context);
	job->context = NULL;
}

static void job_put(struct exec_node *node, struct exec_job *job)
{
	job_release(job);
	pthread_mutex_lock(&node->lock);
	if (node->spares < EXEC_SPARES) {
		job->next = node->spare;
		node->spare = job;
		node->spares++;
		job = NULL;
	}
	pthread_mutex_unlock(&node->lock);
	if (job)
		job_free(job);
}

static int job_push(void ***array, size_t *count, size_t *room, void *object)
{
	if (*count == *room) {
		size_t more = *room ? 2 * *room : 16;
		void **p = realloc(*array, more * sizeof(*p));

		if (!p)
			return -ENOMEM;
		*array = p;
		*room = more;
	}
	(*array)[(*count)++] = object;
	return 0;
}

/* ---- decoding, by the reader ---- */

struct exec_decode {
	struct server *server;
	struct exec_job *job;
};

static int exec_resolve(void *arg, uint64_t va, uint64_t size, bool write, struct backend_span *ret)
{
	struct exec_decode *d = arg;
	struct exec_job *job = d->job;
	struct alloc *alloc;
	int err;

	err = space_resolve(d->server->space, va, size, write, ret, &alloc);
	if (err)
		return err;
	/* Runs of packets on one allocation need one reference only. */
	if (job->allocs && job->alloc[job->allocs - 1] == alloc) {
		alloc_put(alloc);
		return 0;
	}
	err = job_push((void ***)&job->alloc, &job->allocs, &job->alloc_room, alloc);
	if (err)
		alloc_put(alloc);
	return err;
}

static int exec_kernel(void *arg, uint32_t program, uint32_t index,
		       struct backend_program **ret_program,
		       const struct backend_kernel **ret_kernel)
{
	struct exec_decode *d = arg;
	struct exec_job *job = d->job;
	struct backend *be = d->server->be;
	struct built *built;
	int err;

	built = built_get(d->server->programs, program);
	if (!built)
		return -ENOENT;
	err = index < built->kernel_count ? 0 : -ERANGE;
	if (!err)
		err = be->ops->kernel(be, built->program, index, ret_kernel);
	if (!err)
		atomic_store_explicit(&built->used, true, memory_order_relaxed);
	if (!err && job->builts && job->built[job->builts - 1] == built) {
		*ret_program = built->program;
		built_put(built);
		return 0;
	}
	if (!err)
		err = job_push((void ***)&job->built, &job->builts, &job->built_room, built);
	if (err)
		built_put(built);
	else
		*ret_program = built->program;
	return err;
}

static int exec_image(void *arg, uint32_t id, struct backend_image **ret)
{
	struct exec_decode *d = arg;
	struct exec_job *job = d->job;
	struct image *image = image_get(d->server->images, id);
	int err;

	if (!image)
		return -ENOENT;
	*ret = image->image;
	if (job->images && job->image[job->images - 1] == image) {
		image_put(image);
		return 0;
	}
	err = job_push((void ***)&job->image, &job->images, &job->image_room, image);
	if (err)
		image_put(image);
	return err;
}

static int exec_check(void *arg, const struct backend_packet *packet, struct backend_text *text)
{
	struct backend *be = ((struct exec_decode *)arg)->server->be;

	return be->ops->check(be, packet, text);
}

/* Copy the command buffer, which a guest may change meanwhile, into memory that nobody else sees.
 */
static int exec_copy(struct server *server, struct exec_job *job, const struct ipc_exec *msg,
		     struct backend_text *text)
{
	struct backend_span span;
	struct alloc *alloc;
	int err;

	if (job->bytes_room < msg->size) {
		free(job->bytes);
		job->bytes_room = 0;
		job->bytes = malloc(msg->size);
		if (!job->bytes) {
			backend_say(text, "no memory for a command buffer");
			return -ENOMEM;
		}
		job->bytes_room = msg->size;
	}
	err = space_resolve(server->space, msg->va, msg->size, false, &span, &alloc);
	if (err) {
		backend_say(text, "command buffer: [%#llx, +%u) is not %s", msg->va, msg->size,
			    err == -EXDEV ? "one contiguous piece of one allocation" : "mapped");
		return -EINVAL;
	}
	err = backend_read(server->be, &span, job->bytes);
	alloc_put(alloc);
	if (err)
		backend_say(text, "command buffer: the driver cannot read it");
	return err;
}

static int exec_check_message(struct server *server, const struct ipc_exec *msg,
			      struct backend_text *text)
{
	if (!server->be) {
		*text = server->be_text;
		return -EIO;
	}
	if (msg->size > DXG_COMMAND_BUFFER_MAX || msg->size % 8) {
		backend_say(text, "command buffer: size %u is not a multiple of 8 up to %u",
			    msg->size, DXG_COMMAND_BUFFER_MAX);
		return -EINVAL;
	}
	if (msg->va % 8) {
		backend_say(text, "command buffer: address %#llx is not a multiple of 8", msg->va);
		return -EINVAL;
	}
	return 0;
}

static int exec_prepare(struct server *server, struct exec_job *job, const struct ipc_exec *msg,
			struct backend_text *text)
{
	struct exec_decode d = { server, job };
	struct decode_env env = {
		.arg = &d,
		.resolve = exec_resolve,
		.kernel = exec_kernel,
		.image = exec_image,
		.check = exec_check,
	};
	int err;

	err = exec_check_message(server, msg, text);
	if (err)
		return err;
	job->context = context_get(server->contexts, msg->context);
	if (!job->context || !context_backend(job->context)) {
		backend_say(text, "context: the device has none for it");
		return -EINVAL;
	}
	err = msg->size ? exec_copy(server, job, msg, text) : 0;
	if (err)
		return err;
	env.limits = server->be->ops->limits(server->be);
	return decode(&env, job->bytes, msg->size, &job->list, text);
}

/* ---- execution ---- */

static void exec_reply(struct server *server, uint64_t cookie, int status, uint64_t gpu_ns,
		       const struct backend_text *text)
{
	struct ipc_exec_reply reply = {
		.h.op = IPC_EXEC,
		.status = !status || status == -EINVAL ? status : -EIO,
		.gpu_ns = gpu_ns,
	};

	if (status)
		memcpy(reply.text, text->text, sizeof(reply.text));
	server_reply(server, cookie, &reply, sizeof(reply));
}

/* By the reader, before anybody can execute it, and reply. */
static void exec_stand_aside(struct server *server, struct exec_job *job)
{
	const struct ipc_header note = { .op = IPC_EXEC_ASIDE };

	job->aside = job->list.heavy &&
		     server->be->ops->fresh(server->be, job->list.packet, job->list.count);
	if (job->aside)
		server_reply(server, job->cookie, &note, sizeof(note));
}

static void exec_run(struct server *server, struct exec_job *job)
{
	struct exec_node *node = server->node;
	struct backend_result result;
	uint64_t start = now_ns();
	bool heavy = job->list.heavy;
	int err = 0;

	result.gpu_ns = 0;
	result.text.text[0] = '\0';
	if (job->list.count)
		err = server->be->ops->execute(server->be, context_backend(job->context),
					       job->list.packet, job->list.count, &result);
	/* Who sees the reply and destroys an image may use its memory otherwise at once. */
	job_release_images(job);
	exec_reply(server, job->cookie, err, result.gpu_ns, &result.text);
	if (!heavy)
		return;
	pthread_mutex_lock(&node->lock);
	node->last_ns = now_ns() - start;
	pthread_mutex_unlock(&node->lock);
}

/* Queue behind what executes; true: nothing does, and the caller now is the executor. */
static bool exec_claim(struct exec_node *node, struct exec_job *job, bool *ret_slow)
{
	bool mine;

	pthread_mutex_lock(&node->lock);
	mine = !node->busy;
	node->busy = true;
	*ret_slow = job->list.heavy && (job->aside || node->last_ns > EXEC_QUICK_NS);
	if (!mine) {
		job->next = NULL;
		*node->end = job;
		node->end = &job->next;
	}
	pthread_mutex_unlock(&node->lock);
	return mine;
}

static struct exec_job *exec_next(struct exec_node *node)
{
	struct exec_job *job;

	pthread_mutex_lock(&node->lock);
	job = node->first;
	if (job) {
		node->first = job->next;
		if (!node->first)
			node->end = &node->first;
	} else {
		node->busy = false;
	}
	pthread_mutex_unlock(&node->lock);
	return job;
}

static void exec_drain(struct server *server, struct exec_job *job)
{
	struct exec_node *node = server->node;

	while (job) {
		exec_run(server, job);
		job_put(node, job);
		job = exec_next(node);
	}
}

static void exec_start(struct server *server, struct exec_job *job)
{
	bool slow;

	exec_stand_aside(server, job);
	if (!exec_claim(server->node, job, &slow))
		return;
	if (slow)
		pthread_mutex_unlock(&server->reader);
	exec_drain(server, job);
	if (slow)
		pthread_mutex_lock(&server->reader);
}

void exec_serve(struct server *server, uint64_t cookie, const struct ipc_exec *msg)
{
	struct backend_text text = { "no memory" };
	struct exec_job *job = job_get(server->node);
	int err = -ENOMEM;

	if (job) {
		job->cookie = cookie;
		err = exec_prepare(server, job, msg, &text);
	}
	if (!err) {
		exec_start(server, job);
		return;
	}
	exec_reply(server, cookie, err, 0, &text);
	if (job)
		job_put(server->node, job);
}
