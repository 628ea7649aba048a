/* SPDX-License-Identifier: MIT */
/*
 * notes.h - what a driver forgets of a program that it gets back as a binary: the attributes of its
 * kernels (PoCL does). They are kept beside the binary, and told in the driver's place.
 */
#ifndef WORKER_NOTES_H
#define WORKER_NOTES_H

#include <stdbool.h>
#include <stddef.h>

#include "backend/backend.h"

struct built;

/** struct notes - pairs of zero-terminated texts: the name of a kernel, and its attributes. */
struct notes {
	size_t size;
	const char *text;
};

/** notes_take() - of a program that was built from its source. @ret: free() its text. 0; -ENOMEM */
int notes_take(struct backend *be, const struct built *built, struct notes *ret);

/** notes_check() - is it a list of pairs, all of them terminated? */
bool notes_check(const struct notes *notes);

/** notes_copy() - a copy of its own; NULL without memory, or when there is nothing in it. */
struct notes *notes_copy(const struct notes *notes);

/** notes_destroy() - of a copy. NULL is fine. */
void notes_destroy(struct notes *notes);

/** notes_tell() - complete what the driver says of a kernel. NULL @notes is fine. */
void notes_tell(const struct notes *notes, struct dxg_escape_kernel_info *info);

#endif /* WORKER_NOTES_H */
