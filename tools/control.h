/* SPDX-License-Identifier: MIT */
/*
 * control.h - the client end of dxgd's control socket: one JSON request, one JSON answer.
 *
 * Blocking, for tools only. Nothing here prints; the caller owns what is returned.
 */
#ifndef TOOLS_CONTROL_H
#define TOOLS_CONTROL_H

#include <jansson.h>
#include <stddef.h>

/**
 * control_folder - the folder with dxgd's sockets.
 * @path: out, zero-terminated
 *
 * DXG_DEVICE's folder when it names a socket, else $XDG_RUNTIME_DIR/dxg when dxgd listens there,
 * else /run/dxg.
 *
 * Return: 0, -ENAMETOOLONG.
 */
int control_folder(char *path, size_t size);

/**
 * control_call - ask dxgd.
 * @request: JSON object, borrowed
 * @ret_answer: new reference to the answer, also when dxgd said no ({"ok": false, "error": …})
 *
 * Return: 0, or a negative errno when dxgd could not be reached (-ENOENT, -ECONNREFUSED) or the
 * answer was not JSON (-EPROTO).
 */
int control_call(json_t *request, json_t **ret_answer);

#endif /* TOOLS_CONTROL_H */
