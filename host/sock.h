/* SPDX-License-Identifier: MIT */
/*
 * sock: what dxgd needs of Unix sockets: listening at a path, passing descriptors, asking who is
 * there. Every descriptor is made close-on-exec, and non-blocking unless said otherwise.
 */
#ifndef HOST_SOCK_H
#define HOST_SOCK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** SOCK_FDS_MAX - descriptors of one message. */
#define SOCK_FDS_MAX 4u

/** struct sock_peer - who is at the other end, as the kernel saw it connect. */
struct sock_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/**
 * sock_listen() - listen at @path; a stale socket nobody listens at is replaced.
 * @type: SOCK_STREAM or SOCK_SEQPACKET
 * @mode: permission bits of the file
 *
 * Return: the descriptor, or a negative errno (-EADDRINUSE: somebody does listen there).
 */
int sock_listen(const char *path, int type, mode_t mode);

/** sock_accept() - Return: a descriptor, or a negative errno (-EAGAIN: nobody waits). */
int sock_accept(int fd);

/** sock_get_peer() - Return: 0 or a negative errno. */
int sock_get_peer(int fd, struct sock_peer *ret_peer);

/**
 * sock_pair() - two connected SOCK_SEQPACKET ends; the second, for another process, is blocking.
 * Return: 0 or a negative errno.
 */
int sock_pair(int ret_fds[2]);

/**
 * sock_send() - one message with @nfds descriptors, which stay the caller's.
 *
 * Return: 0 or a negative errno; -EAGAIN when the peer does not read.
 */
int sock_send(int fd, const void *data, size_t len, const int *fds, unsigned int nfds);

/**
 * sock_recv() - one message, with at most one descriptor (a surplus one is closed).
 * @ret_fd: the caller's; -1 when none came
 *
 * Return: bytes, 0 at the end of the connection, or a negative errno.
 */
ssize_t sock_recv(int fd, void *data, size_t len, int *ret_fd);

/** sock_unlink() - remove the socket file at @path, if there is one. */
void sock_unlink(const char *path);

#endif /* HOST_SOCK_H */
