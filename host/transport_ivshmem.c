// SPDX-License-Identifier: MIT
/*
 * transport_ivshmem: virtual machines. QEMU's ivshmem-doorbell device connects to vgpu-NAME.ivshmem
 * and dxgd plays the ivshmem server: every message is a 64-bit number with at most one descriptor.
 * dxgd is peer 0, QEMU peer 1; both have IVSHMEM_VECTORS doorbells, one per channel. Each
 * connection is a session with a region of its own; its end is the end of the session.
 *
 * A machine is more than a session: when dxgd dies, a keeper has its descriptors (kept.h), and the
 * next dxgd starts a session on the same region. That serves nobody until the guest's driver, woken
 * by its doorbell, comes with a new epoch.
 */
#include "transport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit.h"
#include "config.h"
#include "daemon.h"
#include "doorbell.h"
#include "dxgwire/limits.h"
#include "kept.h"
#include "log.h"
#include "region.h"
#include "session.h"
#include "sock.h"
#include "vgpu.h"
#include "watch.h"

#define IVSHMEM_PROTOCOL 0
#define IVSHMEM_HOST_PEER 0
#define IVSHMEM_GUEST_PEER 1
#define IVSHMEM_VECTORS DXG_CHANNELS

/**
 * struct machine - a connected QEMU.
 * @kept: its number in the store, or 0
 * @socket: watched for its end; @doorbell: the guest's to us, watched; @ring_fd: ours to the guest
 */
struct machine {
	struct transport base;
	uint64_t kept;
	struct watch *socket;
	struct watch *doorbell[IVSHMEM_VECTORS];
	int ring_fd[IVSHMEM_VECTORS];
};

/** struct ivshmem_listener - a vGPU's socket for QEMU. */
struct ivshmem_listener {
	struct vgpu *vgpu;
	struct watch *watch;
	char path[CONFIG_PATH_MAX];
};

static void machine_free(struct machine *machine)
{
	unsigned int i;

	watch_destroy(machine->socket);
	for (i = 0; i < IVSHMEM_VECTORS; i++) {
		watch_destroy(machine->doorbell[i]);
		if (machine->ring_fd[i] >= 0)
			close(machine->ring_fd[i]);
	}
	free(machine);
}

static int machine_ring(struct transport *transport, uint32_t vector)
{
	struct machine *machine = (struct machine *)transport;

	return doorbell_ring(machine->ring_fd[vector]);
}

/* A dxgd that stops in an orderly way leaves its machines to the next one, too. */
static void machine_end(struct transport *transport)
{
	struct machine *machine = (struct machine *)transport;
	struct vgpu *vgpu = transport->session->vgpu;

	if (!vgpu->daemon->stopping)
		kept_forget(vgpu->daemon->store, vgpu->config.name, machine->kept);
	machine_free(machine);
}

static const struct transport_ops machine_ops = {
	.name = "ivshmem",
	.ring = machine_ring,
	.end = machine_end,
};

static void machine_rung(void *arg)
{
	struct machine *machine = arg;
	unsigned int i;
	int err = 0;

	for (i = 0; i < IVSHMEM_VECTORS && err != -EINTR; i++)
		err = doorbell_drain(watch_fd(machine->doorbell[i]));
	if (err == -EINTR)
		session_end(machine->base.session, "the guest blocked its doorbell");
	else
		session_doorbell(machine->base.session);
}

static void machine_readable(void *arg)
{
	struct machine *machine = arg;
	char byte;
	ssize_t n = sock_recv(watch_fd(machine->socket), &byte, sizeof(byte), NULL);

	if (n == -EAGAIN || n == -EINTR)
		return;
	session_end(machine->base.session,
		    n > 0 ? "the ivshmem client sent something" : "the virtual machine ended");
}

static int machine_say(const struct machine *machine, int64_t number, int fd)
{
	return sock_send(watch_fd(machine->socket), &number, sizeof(number), &fd, fd >= 0);
}

/* The greeting of the protocol: version, the client's number, the memory, both sides' doorbells. */
static int machine_greet(const struct machine *machine, int region_fd)
{
	unsigned int i;
	int err;

	err = machine_say(machine, IVSHMEM_PROTOCOL, -1);
	if (!err)
		err = machine_say(machine, IVSHMEM_GUEST_PEER, -1);
	if (!err)
		err = machine_say(machine, -1, region_fd);
	for (i = 0; i < IVSHMEM_VECTORS && !err; i++)
		err = machine_say(machine, IVSHMEM_HOST_PEER, watch_fd(machine->doorbell[i]));
	for (i = 0; i < IVSHMEM_VECTORS && !err; i++)
		err = machine_say(machine, IVSHMEM_GUEST_PEER, machine->ring_fd[i]);
	return err;
}

/* New doorbells for the machine that is connected at @fd; the region is still to come. */
static int machine_equip(int fd, struct kept *ret_kept)
{
	unsigned int i;

	kept_init(ret_kept);
	ret_kept->socket = fd;
	for (i = 0; i < IVSHMEM_VECTORS; i++) {
		ret_kept->bell[i] = doorbell_create();
		ret_kept->ring[i] = doorbell_create();
		if (ret_kept->bell[i] < 0 || ret_kept->ring[i] < 0)
			return -EMFILE;
	}
	return 0;
}

/* Takes all of @kept but the region, whatever happens. */
static int machine_create(struct vgpu *vgpu, struct kept *kept, struct machine **ret_machine)
{
	uv_loop_t *loop = &vgpu->daemon->loop;
	struct machine *machine = calloc(1, sizeof(*machine));
	unsigned int i;
	int err = -ENOMEM;

	if (!machine)
		return err;
	machine->base.ops = &machine_ops;
	machine->kept = kept->id;
	for (i = 0; i < IVSHMEM_VECTORS; i++) {
		machine->ring_fd[i] = kept->ring[i];
		kept->ring[i] = -1;
	}
	err = watch_create(loop, kept->socket, machine_readable, machine, &machine->socket);
	kept->socket = -1;
	for (i = 0; i < IVSHMEM_VECTORS && !err; i++) {
		err = watch_create(loop, kept->bell[i], machine_rung, machine,
				   &machine->doorbell[i]);
		kept->bell[i] = -1;
	}
	if (err) {
		machine_free(machine);
		return err;
	}
	*ret_machine = machine;
	return 0;
}

/* A session of @machine on @region; both are its own on success. */
static int machine_attach(struct vgpu *vgpu, const struct sock_peer *peer, struct machine *machine,
			  struct region *region, struct session **ret_session)
{
	int err = session_create(vgpu, peer, &machine->base, region, ret_session);

	if (err) {
		region_destroy(region);
		machine_free(machine);
		return err;
	}
	(*ret_session)->ram = vgpu->ram;
	return 0;
}

/* The region of a machine; one whose RAM is seen is told so. */
static void machine_want(const struct vgpu *vgpu, struct region_want *ret_want)
{
	vgpu_region_want(vgpu, IVSHMEM_VECTORS, ret_want);
	if (vgpu->ram)
		ret_want->host_caps |= DXG_HOSTCAP_MAP_GUEST_MEMORY;
}

static void machine_keep(struct vgpu *vgpu, struct machine *machine, const struct region *region)
{
	struct kept kept = { .socket = watch_fd(machine->socket), .region = region->fd };
	unsigned int i;
	int err;

	for (i = 0; i < IVSHMEM_VECTORS; i++) {
		kept.bell[i] = watch_fd(machine->doorbell[i]);
		kept.ring[i] = machine->ring_fd[i];
	}
	err = kept_put(vgpu->daemon->store, vgpu->config.name, &kept);
	if (err && err != -ENOENT)
		log_line("vgpu %s: nobody keeps the machine for the next dxgd: %s",
			 vgpu->config.name, strerror(-err));
	machine->kept = kept.id;
}

/* A vGPU that sees the RAM of a machine is that machine's alone. */
static bool machine_is_second(const struct vgpu *vgpu)
{
	const struct session *session;

	TAILQ_FOREACH (session, &vgpu->sessions, link)
		if (session->ram)
			return true;
	return false;
}

static int machine_start(struct vgpu *vgpu, int fd, const struct sock_peer *peer)
{
	struct region *region = NULL;
	struct machine *machine;
	struct region_want want;
	struct session *session;
	struct kept kept;
	int err;

	err = machine_equip(fd, &kept);
	if (!err)
		err = machine_create(vgpu, &kept, &machine);
	kept_close(&kept);
	if (err)
		return err;
	machine_want(vgpu, &want);
	err = region_create(&want, &region);
	if (err)
		machine_free(machine);
	else
		err = machine_attach(vgpu, peer, machine, region, &session);
	if (err)
		return err;
	if (machine_greet(machine, region->fd))
		session_end(session, "the ivshmem client did not take its descriptors");
	else
		machine_keep(vgpu, machine, region);
	return 0;
}

static void ivshmem_denied(const struct vgpu *vgpu, const struct sock_peer *peer, int err)
{
	audit("denied", "{s:I, s:I, s:s, s:s}", "pid", (json_int_t)peer->pid, "uid",
	      (json_int_t)peer->uid, "vgpu", vgpu->config.name, "reason", strerror(-err));
}

/* The same rules as for a new machine; takes the descriptors of @kept. */
static int machine_revive(struct vgpu *vgpu, struct kept *kept)
{
	struct sock_peer peer = { 0 };
	struct region *region = NULL;
	struct machine *machine;
	struct region_want want;
	struct session *session;
	const char *bad = NULL;
	int err;

	err = sock_get_peer(kept->socket, &peer);
	if (!err && !vgpu_allows(vgpu, &peer))
		err = -EACCES;
	if (!err && machine_is_second(vgpu))
		err = -EBUSY;
	machine_want(vgpu, &want);
	if (!err)
		err = region_adopt(kept->region, &want, &region, &bad);
	if (err) {
		log_line("vgpu %s: the region of pid %d is not usable: %s", vgpu->config.name,
			 (int)peer.pid, bad ? bad : strerror(-err));
		ivshmem_denied(vgpu, &peer, err);
		return err;
	}
	kept->region = -1;
	err = machine_create(vgpu, kept, &machine);
	if (err)
		region_destroy(region);
	else
		err = machine_attach(vgpu, &peer, machine, region, &session);
	if (err)
		return err;
	log_line("session %u on %s: pid %d goes on where an earlier dxgd ended", session->id,
		 vgpu->config.name, (int)peer.pid);
	session_invite(session);
	return 0;
}

void ivshmem_revive(struct vgpu *vgpu)
{
	struct store *store = vgpu->daemon->store;
	struct kept kept;

	while (!kept_take(store, vgpu->config.name, &kept)) {
		if (machine_revive(vgpu, &kept))
			kept_forget(store, vgpu->config.name, kept.id);
		kept_close(&kept);
	}
}

static void ivshmem_ready(void *arg)
{
	struct ivshmem_listener *listener = arg;
	struct sock_peer peer = { 0 };
	int fd = sock_accept(watch_fd(listener->watch));
	int err;

	if (fd < 0)
		return;
	err = sock_get_peer(fd, &peer);
	if (!err && !vgpu_allows(listener->vgpu, &peer))
		err = -EACCES;
	if (!err && machine_is_second(listener->vgpu))
		err = -EBUSY;
	if (err)
		close(fd);
	else
		err = machine_start(listener->vgpu, fd, &peer);
	if (err)
		ivshmem_denied(listener->vgpu, &peer, err);
}

int ivshmem_listen(struct vgpu *vgpu, struct ivshmem_listener **ret_listener)
{
	struct ivshmem_listener *listener = calloc(1, sizeof(*listener));
	char name[DXG_VGPU_NAME_MAX + 16];
	int err;

	if (!listener)
		return -ENOMEM;
	listener->vgpu = vgpu;
	snprintf(name, sizeof(name), "vgpu-%s.ivshmem", vgpu->config.name);
	err = config_beside(vgpu->daemon->config, name, listener->path);
	if (!err)
		err = watch_listen(&vgpu->daemon->loop, listener->path, SOCK_STREAM, 0666,
				   ivshmem_ready, listener, &listener->watch);
	if (err) {
		free(listener);
		return err;
	}
	*ret_listener = listener;
	return 0;
}

void ivshmem_unlisten(struct ivshmem_listener *listener)
{
	if (!listener)
		return;
	sock_unlink(listener->path);
	watch_destroy(listener->watch);
	free(listener);
}
