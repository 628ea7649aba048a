// SPDX-License-Identifier: MIT
/*
 * main: dxgd from its start to its end. Start: options, sockets' folder, zygote, vGPUs, sockets,
 * then the line to --ready-fd. End (SIGTERM, SIGINT): every session LOST, sockets unlinked, workers
 * and zygote gone, and only then the process. If dxgd is killed instead, the zygote sees its socket
 * end.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapter.h"
#include "audit.h"
#include "config.h"
#include "control.h"
#include "daemon.h"
#include "doorbell.h"
#include "kept.h"
#include "log.h"
#include "progfile.h"
#include "provision.h"
#include "schedule.h"
#include "session.h"
#include "store.h"
#include "transport.h"
#include "vgpu.h"
#include "worker.h"
#include "zygote.h"

#ifndef DXG_LIBEXECDIR
#define DXG_LIBEXECDIR "/usr/libexec/opendxg"
#endif

#define STOP_TIMEOUT_MS 2000u

static struct config config; /* constant once main() has parsed it */

/* ---- the program of the workers ---- */

static bool worker_program(char *path, const char *dir, const char *name)
{
	return snprintf(path, CONFIG_PATH_MAX, "%s/%s", dir, name) < CONFIG_PATH_MAX &&
	       !access(path, X_OK);
}

/* Beside dxgd, in its build tree, or where it was installed. */
static int find_worker(struct config *c)
{
	char self[CONFIG_PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (c->worker[0])
		return 0;
	self[n < 0 ? 0 : n] = 0;
	slash = strrchr(self, '/');
	if (slash) {
		*slash = 0;
		if (worker_program(c->worker, self, "dxg-worker") ||
		    worker_program(c->worker, self, "worker/dxg-worker"))
			return 0;
	}
	return worker_program(c->worker, DXG_LIBEXECDIR, "dxg-worker") ? 0 : -ENOENT;
}

/* ---- the end ---- */

static void daemon_close(struct daemon *daemon)
{
	daemon->closed = true;
	provision_destroy(daemon->provision);
	uv_close((uv_handle_t *)&daemon->sigterm, NULL);
	uv_close((uv_handle_t *)&daemon->sigint, NULL);
	uv_close((uv_handle_t *)&daemon->deadline, NULL);
	turn_fini(&daemon->turn);
}

/* After every turn: free what ended; at the end, the daemon itself. */
static void daemon_reap(void *arg)
{
	struct daemon *daemon = arg;

	session_reap(daemon);
	if (TAILQ_EMPTY(&daemon->turn.awake))
		doorbell_rest();
	if (daemon->stopping && !daemon->closed && daemon->zygote_stopped &&
	    TAILQ_EMPTY(&daemon->ended) && !provision_is_busy(daemon->provision))
		daemon_close(daemon);
}

static bool daemon_work(void *arg)
{
	bool cleaning = sharedfile_clean(arg);

	return schedule_run(arg) || cleaning;
}

static void zygote_has_died(void *arg)
{
	worker_lose_all(arg);
}

static void zygote_has_stopped(void *arg)
{
	struct daemon *daemon = arg;

	daemon->zygote_stopped = true;
}

static void stop_deadline(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	if (!daemon->zygote_stopped) {
		log_line("the zygote does not stop; killing it");
		zygote_kill(daemon->zygote);
	}
}

static void daemon_stop(struct daemon *daemon)
{
	if (daemon->stopping)
		return;
	daemon->stopping = true;
	log_line("stopping");
	provision_stop(daemon->provision);
	control_destroy(daemon->control);
	socket_unlisten(daemon->listener);
	while (!TAILQ_EMPTY(&daemon->vgpus))
		vgpu_destroy(TAILQ_FIRST(&daemon->vgpus), false, "dxgd is stopping");
	uv_timer_start(&daemon->deadline, stop_deadline, STOP_TIMEOUT_MS, 0);
	zygote_stop(daemon->zygote, zygote_has_stopped, daemon);
}

static void daemon_signal(uv_signal_t *handle, int sig)
{
	(void)sig;
	daemon_stop(handle->data);
}

/* ---- the start ---- */

static int make_folder(const char *socket)
{
	char path[CONFIG_PATH_MAX];
	char *p;

	snprintf(path, sizeof(path), "%s", socket);
	for (p = path + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		if (mkdir(path, 0755) < 0 && errno != EEXIST) {
			fprintf(stderr, "dxgd: cannot make the folder %s: %s\n", path,
				strerror(errno));
			return -EIO;
		}
		*p = '/';
	}
	return 0;
}

/* It has to be there before a worker's view of the file system is made without it. */
static void make_cache_folder(void)
{
	int fd;

	if (!config.cache[0])
		return;
	fd = progfile_open(config.cache);
	if (fd >= 0) {
		close(fd);
		return;
	}
	log_line("program caches are kept in memory: --cache %s: %s", config.cache, strerror(-fd));
	config.cache[0] = '\0';
}

static void daemon_serving(struct daemon *daemon)
{
	static const char line[] = "READY=1\n";

	log_line("serving %u vGPUs at %s", daemon->vgpu_count, config.socket);
	store_ready();
	/* After a restart the keeper's descriptors may stand where that one was. */
	if (config.ready_fd < 0 || store_gave(daemon->store, config.ready_fd))
		return;
	if (write(config.ready_fd, line, sizeof(line) - 1) < 0)
		log_line("--ready-fd %d: %s", config.ready_fd, strerror(errno));
	close(config.ready_fd);
}

static void daemon_open(struct daemon *daemon)
{
	unsigned int orphans = kept_drop(daemon->store);
	int err = socket_listen(daemon, &daemon->listener);

	if (orphans)
		log_line("%u machines of vGPUs that are no more are forgotten", orphans);
	if (err)
		log_line("cannot listen at %s: %s", config.socket, strerror(-err));
	if (!err)
		err = control_create(daemon, &daemon->control);
	if (err) {
		daemon->failed = true;
		daemon_stop(daemon);
		return;
	}
	daemon_serving(daemon);
}

/* One of the configured vGPUs is there, or is not; after the last one the sockets open. */
static void daemon_provisioned(void *arg, int err, const char *why)
{
	struct daemon *daemon = arg;

	if (err)
		log_line("%s", why);
	if (--daemon->provisioning || daemon->stopping)
		return;
	daemon_open(daemon);
}

static int daemon_provision(struct daemon *daemon)
{
	uint32_t i;
	int err = 0;

	daemon->provisioning = config.vgpu_count;
	for (i = 0; i < config.vgpu_count && !err; i++)
		err = provision_vgpu(daemon->provision, &config.vgpu[i], daemon_provisioned,
				     daemon);
	return err;
}

/*
 * Workers must not reach our sockets, nor each other's programs: the folders those are in, unless
 * it is the whole file system.
 */
static int daemon_start_zygote(struct daemon *daemon)
{
	char beside[CONFIG_PATH_MAX], folder[ZYGOTE_HIDE_MAX][PATH_MAX];
	const char *hide[ZYGOTE_HIDE_MAX + 1] = { NULL };
	size_t n = 0;
	int err;

	err = config_beside(&config, ".", beside);
	if (err)
		return err;
	if (realpath(beside, folder[n]) && strcmp(folder[n], "/")) {
		hide[n] = folder[n];
		n++;
	}
	if (config.cache[0] && realpath(config.cache, folder[n]) && strcmp(folder[n], "/"))
		hide[n] = folder[n];
	return zygote_create(&daemon->loop, config.worker, hide, zygote_has_died, daemon,
			     &daemon->zygote);
}

static int daemon_start(struct daemon *daemon)
{
	int err;

	uv_signal_init(&daemon->loop, &daemon->sigterm);
	uv_signal_init(&daemon->loop, &daemon->sigint);
	uv_timer_init(&daemon->loop, &daemon->deadline);
	daemon->sigterm.data = daemon->sigint.data = daemon->deadline.data = daemon;
	uv_signal_start(&daemon->sigterm, daemon_signal, SIGTERM);
	uv_signal_start(&daemon->sigint, daemon_signal, SIGINT);
	err = store_create(&daemon->store);
	if (!err)
		err = doorbell_init();
	if (!err)
		err = turn_init(&daemon->turn, &daemon->loop, daemon_work, daemon_reap, daemon);
	if (!err)
		err = provision_create(daemon, &daemon->provision);
	if (!err)
		err = daemon_start_zygote(daemon);
	return err ? err : daemon_provision(daemon);
}

static void daemon_free(struct daemon *daemon)
{
	struct adapter *adapter;

	while ((adapter = TAILQ_FIRST(&daemon->adapters))) {
		TAILQ_REMOVE(&daemon->adapters, adapter, link);
		adapter_destroy(adapter);
	}
	sharedfile_drop_all(daemon);
	zygote_destroy(daemon->zygote);
	store_destroy(daemon->store);
	uv_loop_close(&daemon->loop);
	doorbell_fini();
	audit_close();
	log_close();
}

static int open_logs(void)
{
	int err = config.log_file[0] ? log_open(config.log_file) : 0;

	if (err) {
		fprintf(stderr, "dxgd: --log-file %s: %s\n", config.log_file, strerror(-err));
		return err;
	}
	err = config.audit_file[0] ? audit_open(config.audit_file) : 0;
	if (err)
		fprintf(stderr, "dxgd: --audit %s: %s\n", config.audit_file, strerror(-err));
	return err;
}

/* Sessions, workers and shared objects are a few descriptors each; the usual limit is 1024. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	static struct daemon daemon;
	int err = config_parse(&config, argc, argv);

	if (err)
		return err > 0 ? 0 : 2;
	if (find_worker(&config)) {
		fprintf(stderr, "dxgd: no dxg-worker beside dxgd or in %s; see --worker\n",
			DXG_LIBEXECDIR);
		return 1;
	}
	if (make_folder(config.socket) || open_logs())
		return 1;
	make_cache_folder();
	signal(SIGPIPE, SIG_IGN);
	raise_descriptor_limit();
	daemon.config = &config;
	TAILQ_INIT(&daemon.adapters);
	TAILQ_INIT(&daemon.vgpus);
	TAILQ_INIT(&daemon.ended);
	TAILQ_INIT(&daemon.unshared);
	LIST_INIT(&daemon.workers);
	LIST_INIT(&daemon.progstores);
	uv_loop_init(&daemon.loop);
	err = daemon_start(&daemon);
	if (err) {
		log_line("cannot start: %s", strerror(-err));
		return 1;
	}
	uv_run(&daemon.loop, UV_RUN_DEFAULT);
	daemon_free(&daemon);
	return daemon.failed ? 1 : 0;
}
