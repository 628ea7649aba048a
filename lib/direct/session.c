/* SPDX-License-Identifier: MIT */
/*
 * session.c - start and end of a session: map and check the region, then the handshake of the
 * published protocol (specification section 1.3) and a process object for this process.
 *
 * The mapping is not inherited by a child of fork(): it has no business in this session.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "direct.h"
#include "dxgwire/hugemap.h"
#include "dxgwire/ntstatus.h"

/* A socket session has one doorbell; every vector number means it. */
#define SESSION_VECTORS (~0u)

/* From the first word to dxgd to the last answer of the handshake. */
#define SESSION_START_MS 800

/* ---- notifications ---- */

static void session_message(void *ctx, const void *message, uint32_t length)
{
	const struct dxg_msg_signalguestevent *signal = message;
	struct direct *d = ctx;

	/* SETGUESTDATA needs nothing: GetDeviceState always asks the host. */
	if (length < sizeof(*signal) || (signal->h.channel & 0xff) != DXG_MSG_HOST_TO_VM ||
	    signal->h.type != DXG_MSG_SIGNALGUESTEVENT)
		return;
	event_signal(&d->events, signal->event);
}

static void session_lost(void *ctx)
{
	struct direct *d = ctx;

	sync_release_all(d);
	event_signal_all(&d->events);
}

static const struct channel_sink session_sink = {
	.message = session_message,
	.lost = session_lost,
};

/* ---- the region ---- */

/* dxgd must not be able to take pages away under a mapping. */
static int session_check_file(int fd, uint64_t size)
{
	struct stat st;
	int seals;

	if (fstat(fd, &st))
		return -errno;
	if (size < DXG_REGION_HEADER_SIZE || size > (uint64_t)st.st_size || size != (size_t)size)
		return -EPROTO;
	seals = fcntl(fd, F_GET_SEALS);
	return seals >= 0 && (seals & F_SEAL_SHRINK) ? 0 : -EPROTO;
}

static int session_map(struct direct *d, int fd, uint64_t size)
{
	void *p;
	int err = session_check_file(fd, size);

	if (err)
		return err;
	p = hugemap(fd, 0, size);
	if (p == MAP_FAILED)
		return -errno;
	d->region = p;
	d->region_size = size;
	madvise(p, size, MADV_DONTFORK);
	memcpy(&d->header, p, sizeof(d->header));
	if (dxg_region_check(&d->header, size, SESSION_VECTORS))
		return -EPROTO;
	if (d->header.state != DXG_SESSION_READY)
		return -ENODEV;
	d->io = d->region + d->header.io_offset;
	d->io_size = d->header.io_size;
	d->vgpu.a = d->header.vgpu_luid_low;
	d->vgpu.b = d->header.vgpu_luid_high;
	return 0;
}

/* ---- the handshake ---- */

static void session_announce(struct direct *d)
{
	struct dxg_region_header *shared = (struct dxg_region_header *)d->region;

	dxg_store(&shared->guest_version, DXG_INTERFACE_VERSION);
	dxg_store_release(&shared->guest_caps, DXG_GUESTCAP_LINUX);
}

static int session_set_iospace(struct direct *d)
{
	struct dxg_msg_setiospaceregion body = { .start = 0, .length = d->io_size };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_status reply;
	int err;

	err = direct_call_global(d, DXG_MSG_SETIOSPACEREGION, &m, &reply, sizeof(reply));
	return err ? err : dxg_status_to_errno(reply.status);
}

static int session_open_adapter(struct direct *d)
{
	struct dxg_msg_openadapter body = {
		.interface_version = DXG_INTERFACE_VERSION,
		.last_compatible_version = DXG_INTERFACE_LAST_COMPATIBLE,
		.guest_luid_low = d->header.adapter_luid_low,
		.guest_luid_high = d->header.adapter_luid_high,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_openadapter_return reply;
	int err;

	err = direct_call(d, DXG_MSG_OPENADAPTER, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	d->adapter = reply.adapter;
	return reply.adapter ? 0 : -EPROTO;
}

static int session_adapter_info(struct direct *d)
{
	struct dxg_msg_header body = { 0 };
	struct direct_msg m = { .header = &body, .size = sizeof(body) };
	struct dxg_msg_getinternaladapterinfo_return reply;
	int err;

	err = direct_call(d, DXG_MSG_GETINTERNALADAPTERINFO, &m, &reply, sizeof(reply));
	if (err)
		return err;
	/* Our dxgd always has it; without it submissions would have to wait for replies. */
	if (!(reply.flags & DXG_MSG_ADAPTER_ASYNC))
		return -EPROTO;
	d->vgpu.a = reply.host_vgpu_luid_low;
	d->vgpu.b = reply.host_vgpu_luid_high;
	d->host_adapter.a = reply.host_adapter_luid_low;
	d->host_adapter.b = reply.host_adapter_luid_high;
	return 0;
}

static int session_create_process(struct direct *d)
{
	struct dxg_msg_createprocess body = {
		.cookie = 1,
		.process_id = (uint64_t)getpid(),
		.flags = DXG_MSG_PROCESS_LINUX,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_createprocess_return reply;
	char name[17] = "";
	unsigned int i;
	int err;

	prctl(PR_GET_NAME, name);
	for (i = 0; name[i]; i++)
		body.name[i] = (unsigned char)name[i];
	err = direct_call_global(d, DXG_MSG_CREATEPROCESS, &m, &reply, sizeof(reply));
	if (err)
		return err;
	d->process = reply.process;
	return reply.process ? 0 : -ENOMEM;
}

static int session_start(struct direct *d)
{
	int (*const step[])(struct direct * d) = {
		session_set_iospace,
		session_open_adapter,
		session_adapter_info,
		session_create_process,
	};
	unsigned int i;
	int err = 0;

	session_announce(d);
	for (i = 0; i < sizeof(step) / sizeof(step[0]) && !err; i++)
		err = step[i](d);
	if (!err)
		channel_run(d->channel);
	return err;
}

static int session_attach(struct direct *d, const char *path)
{
	uint64_t deadline = deadline_in(SESSION_START_MS);
	const char *vgpu = secure_getenv("DXG_VGPU");
	struct channel_fds fds;
	uint64_t size;
	int region, err;

	err = attach(path, vgpu ? vgpu : "", deadline, &fds, &region, &size);
	if (err)
		return err;
	err = session_map(d, region, size);
	close(region);
	if (!err)
		err = channel_create(&fds, d->region, &d->header, &session_sink, d, deadline,
				     &d->channel);
	if (err) {
		close(fds.socket);
		close(fds.to_host);
		close(fds.to_guest);
		return err;
	}
	d->events.channel = d->channel;
	return session_start(d);
}

int session_open(const char *path, struct direct **ret)
{
	struct direct *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	object_table_init(&d->objects);
	pthread_mutex_init(&d->query_lock, NULL);
	err = session_attach(d, path);
	if (err) {
		session_close(d);
		return err;
	}
	*ret = d;
	return 0;
}

void session_close(struct direct *d)
{
	if (!d)
		return;
	channel_destroy(d->channel);
	event_fini(&d->events);
	object_table_fini(&d->objects);
	pthread_mutex_destroy(&d->query_lock);
	if (d->region)
		munmap(d->region, d->region_size);
	free(d);
}
