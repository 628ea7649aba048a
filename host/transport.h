/* SPDX-License-Identifier: MIT */
/*
 * transport: how a guest reaches its session: an ops table with two implementations. `socket`: a
 * process attaches over dxgd's Unix socket (dxgwire/attach.h). `ivshmem`: QEMU connects to the
 * vGPU's socket and speaks the ivshmem-server protocol; the guest sees a PCI device.
 */
#ifndef HOST_TRANSPORT_H
#define HOST_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

struct daemon;
struct ivshmem_listener;
struct session;
struct socket_listener;
struct transport;
struct vgpu;

/** struct transport_ops - called by the session alone; none blocks. */
struct transport_ops {
	/** @name: for people */
	const char *name;
	/** @links: the guest can be handed descriptors of shared objects (sharelink.h) */
	bool links;
	/** @ring: ring the guest's doorbell @vector. Return: 0; -EINTR when the guest blocked it.
	 */
	int (*ring)(struct transport *transport, uint32_t vector);
	/** @end: the session is over: close everything and free @transport. */
	void (*end)(struct transport *transport);
};

/** struct transport - the base of an implementation; @session is set by session_create(). */
struct transport {
	const struct transport_ops *ops;
	struct session *session;
};

/** socket_listen() - offer all vGPUs at the attach socket. Return: 0 or a negative errno. */
int socket_listen(struct daemon *daemon, struct socket_listener **ret_listener);

/** socket_unlisten() - no new attachments; the socket file goes. NULL is fine. */
void socket_unlisten(struct socket_listener *listener);

/**
 * ivshmem_listen() - offer @vgpu to QEMU at vgpu-NAME.ivshmem beside the attach socket.
 * Return: 0 or a negative errno.
 */
int ivshmem_listen(struct vgpu *vgpu, struct ivshmem_listener **ret_listener);

/**
 * ivshmem_revive() - go on with the machines of @vgpu that an earlier dxgd left behind, as far as
 * they are what they should be and may attach.
 */
void ivshmem_revive(struct vgpu *vgpu);

/** ivshmem_unlisten() - no new connections; the socket file goes. NULL is fine. */
void ivshmem_unlisten(struct ivshmem_listener *listener);

#endif /* HOST_TRANSPORT_H */
