// SPDX-License-Identifier: MIT
/*
 * control: see control.h. Commands are a table. A command answers at once, except vgpu-create,
 * which may have to wait for an adapter to be described; the client may be gone by then.
 */
#include "control.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapter.h"
#include "config.h"
#include "daemon.h"
#include "log.h"
#include "progstore.h"
#include "provision.h"
#include "sock.h"
#include "vgpu.h"
#include "vidmm/vidmm.h"
#include "vidsch/vidsch.h"
#include "watch.h"

#define CONTROL_REQUEST_MAX 65536u
#define CONTROL_CLIENTS_MAX 32u

/** struct client - a connection to the control socket. */
struct client {
	LIST_ENTRY(client) link;
	struct control *control;
	struct watch *watch;
};

/** struct control - the listening socket and its clients. */
struct control {
	struct daemon *daemon;
	struct watch *watch;
	LIST_HEAD(, client) clients;
	unsigned int client_count;
	char path[CONFIG_PATH_MAX];
};

static void client_free(struct client *client)
{
	provision_forget(client->control->daemon->provision, client);
	LIST_REMOVE(client, link);
	client->control->client_count--;
	watch_destroy(client->watch);
	free(client);
}

/* Send @answer, which is consumed. A client that does not read loses its answer. */
static void client_answer(struct client *client, json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

	json_decref(answer);
	if (text)
		sock_send(watch_fd(client->watch), text, strlen(text), NULL, 0);
	free(text);
}

static void client_refuse(struct client *client, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void client_refuse(struct client *client, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	client_answer(client, json_pack("{s:b, s:s}", "ok", 0, "error", why));
}

/* ---- commands ---- */

static void command_ping(struct client *client, json_t *request)
{
	const struct daemon *daemon = client->control->daemon;

	(void)request;
	client_answer(client,
		      json_pack("{s:b, s:i, s:i, s:i}", "ok", 1, "pid", (int)getpid(), "vgpus",
				(int)daemon->vgpu_count, "sessions", (int)daemon->sessions));
}

static json_t *adapter_json(const struct adapter *adapter)
{
	const struct ipc_describe_reply *info = &adapter->info;

	return json_pack("{s:I, s:s, s:s, s:s, s:b, s:I, s:I}", "index", (json_int_t)adapter->index,
			 "name", info->name, "driver", info->driver, "backend",
			 adapter->spec.backend == IPC_BACKEND_NULL ? "null" : "opencl", "unified",
			 adapter_is_unified(adapter), "nodes", (json_int_t)info->node_count,
			 "memory_mib",
			 (json_int_t)((adapter_is_unified(adapter) ? info->system_memory
								   : info->local_memory) >>
				      20));
}

static void command_adapters(struct client *client, json_t *request)
{
	json_t *list = json_array();
	struct adapter *adapter;

	(void)request;
	TAILQ_FOREACH (adapter, &client->control->daemon->adapters, link)
		json_array_append_new(list, adapter_json(adapter));
	client_answer(client, json_pack("{s:b, s:o}", "ok", 1, "adapters", list));
}

static uint64_t vgpu_busy_ns(const struct vgpu *vgpu)
{
	struct vidsch_stats stats;
	uint64_t busy = 0;
	uint32_t node;

	for (node = 0; node < vgpu->adapter->info.node_count; node++)
		if (!vidsch_vgpu_get_stats(vgpu->sch, node, &stats))
			busy += stats.busy_ns;
	return busy;
}

static json_t *cache_json(const struct vgpu *vgpu)
{
	struct progstats stats;

	progstore_get_stats(vgpu->store, &stats);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "hits", (json_int_t)stats.hits,
			 "misses", (json_int_t)stats.misses, "stored", (json_int_t)stats.stored,
			 "evicted", (json_int_t)stats.evicted, "bad", (json_int_t)stats.bad,
			 "entries", (json_int_t)stats.entries, "bytes", (json_int_t)stats.bytes,
			 "limit_bytes", (json_int_t)stats.byte_limit);
}

static json_t *vgpu_json(const struct vgpu *vgpu)
{
	struct vidmm_usage local = { 0 }, system = { 0 };

	vidmm_vgpu_usage(vgpu->mm, VIDMM_LOCAL, &local);
	vidmm_vgpu_usage(vgpu->mm, VIDMM_NON_LOCAL, &system);
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "name",
			 vgpu->config.name, "adapter", (json_int_t)vgpu->adapter->index,
			 "memory_mib", (json_int_t)vgpu->config.memory_mib, "weight",
			 (json_int_t)vgpu->config.weight, "tdr_s", (json_int_t)vgpu->config.tdr_s,
			 "uid",
			 vgpu->config.any_uid ? (json_int_t)-1 : (json_int_t)vgpu->config.uid,
			 "sessions", (json_int_t)vgpu->session_count, "used_bytes",
			 (json_int_t)(local.committed + system.committed), "busy_ns",
			 (json_int_t)vgpu_busy_ns(vgpu), "cache", cache_json(vgpu));
}

static void command_vgpu_list(struct client *client, json_t *request)
{
	json_t *list = json_array();
	struct vgpu *vgpu;

	(void)request;
	TAILQ_FOREACH (vgpu, &client->control->daemon->vgpus, link)
		json_array_append_new(list, vgpu_json(vgpu));
	client_answer(client, json_pack("{s:b, s:o}", "ok", 1, "vgpus", list));
}

/* The options of @request into @config; says what is wrong. */
static int client_options(struct client *client, json_t *request, struct config_vgpu *config)
{
	static const char *const skip[] = { "cmd", "name", NULL };
	const char *bad;

	if (!config_vgpu_from_json(config, request, skip, &bad))
		return 0;
	client_refuse(client,
		      "\"%s\" is no option of a vGPU, or not with this value; known "
		      "are " CONFIG_VGPU_KEYS,
		      bad);
	return -EINVAL;
}

static void vgpu_created(void *arg, int err, const char *why)
{
	struct client *client = arg;

	if (err)
		client_refuse(client, "%s", why);
	else
		client_answer(client, json_pack("{s:b}", "ok", 1));
}

static void command_vgpu_create(struct client *client, json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "name"));
	struct daemon *daemon = client->control->daemon;
	struct config_vgpu config;

	if (!name || config_vgpu_init(&config, name))
		client_refuse(client, "a vGPU needs a \"name\" of 1 to %u of a-z A-Z 0-9 - _ .",
			      DXG_VGPU_NAME_MAX - 1);
	else if (client_options(client, request, &config))
		return;
	else if (vgpu_find(daemon, name))
		client_refuse(client, "there is a vGPU '%s' already; destroy it first", name);
	else if (provision_vgpu(daemon->provision, &config, vgpu_created, client))
		client_refuse(client, "vGPU '%s': out of memory", name);
}

static struct vgpu *client_vgpu(struct client *client, json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "name"));
	struct vgpu *vgpu = name ? vgpu_find(client->control->daemon, name) : NULL;

	if (!vgpu)
		client_refuse(client, "there is no vGPU '%s'; see: dxgctl vgpu list",
			      name ? name : "");
	return vgpu;
}

static void command_vgpu_set(struct client *client, json_t *request)
{
	struct vgpu *vgpu = client_vgpu(client, request);
	struct config_vgpu config;

	if (!vgpu)
		return;
	config = vgpu->config;
	if (client_options(client, request, &config))
		return;
	if (config.backend != vgpu->config.backend || config.adapter != vgpu->config.adapter ||
	    config.discrete != vgpu->config.discrete || config.platform != vgpu->config.platform ||
	    config.device != vgpu->config.device)
		client_refuse(client, "vGPU '%s' cannot change its adapter; destroy and create it",
			      config.name);
	else if (strcmp(config.ram, vgpu->config.ram) ||
		 config.ram_low_mib != vgpu->config.ram_low_mib)
		client_refuse(client, "vGPU '%s' cannot change its ram; destroy and create it",
			      config.name);
	else if (vgpu_set(vgpu, &config))
		client_refuse(client, "vGPU '%s' cannot have these limits", config.name);
	else
		client_answer(client, json_pack("{s:b}", "ok", 1));
}

static void command_vgpu_destroy(struct client *client, json_t *request)
{
	struct vgpu *vgpu = client_vgpu(client, request);

	if (!vgpu)
		return;
	vgpu_destroy(vgpu, true, "destroyed by the administrator");
	client_answer(client, json_pack("{s:b}", "ok", 1));
}

static const struct command {
	const char *name;
	void (*run)(struct client *client, json_t *request);
} commands[] = {
	{ "ping", command_ping },	    { "adapters", command_adapters },
	{ "vgpu-list", command_vgpu_list }, { "vgpu-create", command_vgpu_create },
	{ "vgpu-set", command_vgpu_set },   { "vgpu-destroy", command_vgpu_destroy },
};

static void client_request(struct client *client, json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "cmd"));
	size_t i;

	for (i = 0; name && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(name, commands[i].name)) {
			commands[i].run(client, request);
			return;
		}
	client_refuse(client, "unknown command '%s'", name ? name : "");
}

/* ---- connections ---- */

static void client_readable(void *arg)
{
	static char text[CONTROL_REQUEST_MAX]; /* the one thread's */
	struct client *client = arg;
	json_error_t error;
	json_t *request;
	ssize_t n;

	n = sock_recv(watch_fd(client->watch), text, sizeof(text), NULL);
	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0) {
		client_free(client);
		return;
	}
	request = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(request))
		client_request(client, request);
	else
		client_refuse(client, "not a JSON object: %s",
			      request ? "something else" : error.text);
	json_decref(request);
}

static int client_create(struct control *control, int fd)
{
	struct client *client;
	struct sock_peer peer;
	int err;

	err = sock_get_peer(fd, &peer);
	if (!err && peer.uid && peer.uid != geteuid())
		err = -EACCES;
	client = err ? NULL : calloc(1, sizeof(*client));
	if (!client) {
		close(fd);
		return err ? err : -ENOMEM;
	}
	err = watch_create(&control->daemon->loop, fd, client_readable, client, &client->watch);
	if (err) {
		free(client);
		return err;
	}
	client->control = control;
	control->client_count++;
	LIST_INSERT_HEAD(&control->clients, client, link);
	return 0;
}

static void control_ready(void *arg)
{
	struct control *control = arg;
	int fd = sock_accept(watch_fd(control->watch));
	int err;

	if (fd < 0)
		return;
	if (control->client_count >= CONTROL_CLIENTS_MAX)
		client_free(LIST_FIRST(&control->clients));
	err = client_create(control, fd);
	if (err)
		log_line("a client of the control socket was turned away: %s", strerror(-err));
}

int control_create(struct daemon *daemon, struct control **ret_control)
{
	struct control *control = calloc(1, sizeof(*control));
	int err;

	if (!control)
		return -ENOMEM;
	control->daemon = daemon;
	LIST_INIT(&control->clients);
	err = config_beside(daemon->config, "control.sock", control->path);
	if (!err)
		err = watch_listen(&daemon->loop, control->path, SOCK_SEQPACKET, 0600,
				   control_ready, control, &control->watch);
	if (err) {
		free(control);
		return err;
	}
	*ret_control = control;
	return 0;
}

void control_destroy(struct control *control)
{
	if (!control)
		return;
	while (!LIST_EMPTY(&control->clients))
		client_free(LIST_FIRST(&control->clients));
	sock_unlink(control->path);
	watch_destroy(control->watch);
	free(control);
}
