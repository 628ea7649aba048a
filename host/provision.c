// SPDX-License-Identifier: MIT
/*
 * provision: see provision.h. "auto" means OpenCL where a worker finds a device, else the null
 * backend; a driver that takes longer than DESCRIBE_TIMEOUT_MS counts as none.
 */
#include "provision.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "adapter.h"
#include "daemon.h"
#include "log.h"
#include "vgpu.h"

#define DESCRIBE_TIMEOUT_MS 30000u
#define INSTALL_HINT "install one, for example: apt-get install pocl-opencl-icd"

/** struct wish - a vGPU that is asked for. @backend: the one to try next. */
struct wish {
	STAILQ_ENTRY(wish) link;
	struct config_vgpu config;
	enum config_backend backend;
	provision_done_fn done;
	void *arg;
};

/**
 * struct provision - see above.
 * @describing: the first wish waits for an adapter's description
 * @no_opencl: the default OpenCL device was looked for and is not there
 */
struct provision {
	struct daemon *daemon;
	STAILQ_HEAD(, wish) wishes;
	uv_timer_t timer;
	struct adapter *adapter;
	bool describing;
	bool no_opencl;
	bool stopped;
};

static void provision_next(struct provision *provision);

static void wish_end(struct provision *provision, int err, const char *why)
{
	struct wish *wish = STAILQ_FIRST(&provision->wishes);

	STAILQ_REMOVE_HEAD(&provision->wishes, link);
	if (wish->done)
		wish->done(wish->arg, err, why);
	free(wish);
}

static void wish_create(struct provision *provision, struct adapter *adapter)
{
	struct wish *wish = STAILQ_FIRST(&provision->wishes);
	int err = vgpu_create(provision->daemon, &wish->config, adapter);
	char why[256] = "";

	if (err)
		snprintf(why, sizeof(why), "vGPU %s on adapter %u: %s", wish->config.name,
			 adapter->index, strerror(-err));
	wish_end(provision, err, why);
}

static void wish_spec(const struct wish *wish, struct adapter_spec *ret_spec)
{
	bool null = wish->backend == CONFIG_BACKEND_NULL;

	*ret_spec = (struct adapter_spec){
		.backend = null ? IPC_BACKEND_NULL : IPC_BACKEND_OPENCL,
		.platform = null ? ~0u : wish->config.platform,
		.device = null ? ~0u : wish->config.device,
		.discrete = wish->config.discrete,
	};
}

/* The driver has not answered: the worker that waits for it goes, and the description fails. */
static void describe_timeout(uv_timer_t *timer)
{
	struct provision *provision = timer->data;

	log_line("the OpenCL driver did not answer within %u s", DESCRIBE_TIMEOUT_MS / 1000);
	adapter_give_up(provision->adapter);
}

static void describe_failed(struct provision *provision, int err)
{
	struct wish *wish = STAILQ_FIRST(&provision->wishes);
	char why[256];

	if (wish->backend == CONFIG_BACKEND_AUTO) {
		log_line("no OpenCL device (%s): vGPUs run on the null backend, "
			 "which computes nothing; " INSTALL_HINT,
			 strerror(-err));
		provision->no_opencl = true;
		wish->backend = CONFIG_BACKEND_NULL;
		return;
	}
	snprintf(why, sizeof(why), "vGPU %s: the %s backend gives no adapter: %s; " INSTALL_HINT,
		 wish->config.name, wish->backend == CONFIG_BACKEND_NULL ? "null" : "opencl",
		 strerror(-err));
	wish_end(provision, err, why);
}

static void describe_ready(void *arg, struct adapter *adapter, int err)
{
	struct provision *provision = arg;

	provision->describing = false;
	uv_timer_stop(&provision->timer);
	if (err)
		describe_failed(provision, err);
	else
		log_line("adapter %u: %s (%s)", adapter->index, adapter->info.name,
			 adapter->info.driver);
	if (provision->stopped)
		provision_stop(provision);
	else
		provision_next(provision);
}

static int wish_describe(struct provision *provision, const struct adapter_spec *spec)
{
	int err = adapter_describe(provision->daemon, spec, describe_ready, provision,
				   &provision->adapter);

	if (err)
		return err;
	provision->describing = true;
	uv_timer_start(&provision->timer, describe_timeout, DESCRIBE_TIMEOUT_MS, 0);
	return 0;
}

static void wish_begin(struct provision *provision)
{
	struct wish *wish = STAILQ_FIRST(&provision->wishes);
	struct adapter_spec spec;
	struct adapter *adapter;
	int err;

	if (wish->config.adapter >= 0) {
		adapter = adapter_by_index(provision->daemon, (uint32_t)wish->config.adapter);
		if (adapter)
			wish_create(provision, adapter);
		else
			wish_end(provision, -ENODEV,
				 "there is no such adapter; see: dxgctl adapters");
		return;
	}
	if (wish->backend == CONFIG_BACKEND_AUTO && provision->no_opencl)
		wish->backend = CONFIG_BACKEND_NULL;
	wish_spec(wish, &spec);
	adapter = adapter_find(provision->daemon, &spec);
	if (adapter) {
		wish_create(provision, adapter);
		return;
	}
	err = wish_describe(provision, &spec);
	if (err)
		wish_end(provision, err, "no worker could be started to describe the GPU");
}

static void provision_next(struct provision *provision)
{
	while (!provision->describing && !STAILQ_EMPTY(&provision->wishes))
		wish_begin(provision);
}

int provision_create(struct daemon *daemon, struct provision **ret_provision)
{
	struct provision *provision = calloc(1, sizeof(*provision));

	if (!provision)
		return -ENOMEM;
	provision->daemon = daemon;
	STAILQ_INIT(&provision->wishes);
	uv_timer_init(&daemon->loop, &provision->timer);
	provision->timer.data = provision;
	*ret_provision = provision;
	return 0;
}

int provision_vgpu(struct provision *provision, const struct config_vgpu *config,
		   provision_done_fn done, void *arg)
{
	struct wish *wish = calloc(1, sizeof(*wish));
	bool first = STAILQ_EMPTY(&provision->wishes);

	if (!wish)
		return -ENOMEM;
	wish->config = *config;
	wish->backend = config->backend == CONFIG_BACKEND_AUTO ? provision->daemon->config->backend
							       : config->backend;
	wish->done = done;
	wish->arg = arg;
	STAILQ_INSERT_TAIL(&provision->wishes, wish, link);
	if (first)
		provision_next(provision);
	return 0;
}

void provision_forget(struct provision *provision, const void *arg)
{
	struct wish *wish;

	STAILQ_FOREACH (wish, &provision->wishes, link)
		if (wish->arg == arg)
			wish->done = NULL;
}

void provision_stop(struct provision *provision)
{
	provision->stopped = true;
	while (!provision->describing && !STAILQ_EMPTY(&provision->wishes))
		wish_end(provision, -ESHUTDOWN, "dxgd is stopping");
}

bool provision_is_busy(const struct provision *provision)
{
	return provision->describing;
}

static void provision_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void provision_destroy(struct provision *provision)
{
	if (provision)
		uv_close((uv_handle_t *)&provision->timer, provision_closed);
}
