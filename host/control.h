/* SPDX-License-Identifier: MIT */
/*
 * control: the administrator's socket, control.sock beside the attach socket: one JSON object per
 *packet, answered by one. Only root and dxgd's own user may speak.
 *
 *	{"cmd":"ping"}                          {"cmd":"adapters"}          {"cmd":"vgpu-list"}
 *	{"cmd":"vgpu-create","name":N,...}      {"cmd":"vgpu-set","name":N,...}
 *	{"cmd":"vgpu-destroy","name":N}
 *
 * Answers: {"ok":true,...} or {"ok":false,"error":"what failed, with which value, what to do"}.
 */
#ifndef HOST_CONTROL_H
#define HOST_CONTROL_H

struct control;
struct daemon;

/** control_create() - listen. Return: 0 or a negative errno. */
int control_create(struct daemon *daemon, struct control **ret_control);

/** control_destroy() - close everything; the socket file goes. NULL is fine. */
void control_destroy(struct control *control);

#endif /* HOST_CONTROL_H */
