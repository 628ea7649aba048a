// SPDX-License-Identifier: MIT
/*
 * printed.c - see printed.h. The text goes to the descriptor, past stdio, as from a driver in this
 * process. @lock keeps two threads from mixing what they fetched; a leaf but for the host.
 */
#include "printed.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vgpu.h"

#define PIECE_BYTES (64u << 10)

/** struct piece - an answer with its text. */
struct piece {
	struct dxg_escape_printed e;
	char text[PIECE_BYTES];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool printed_mentioned(const void *bytes, size_t size)
{
	return memmem(bytes, size, "printf", strlen("printf"));
}

static void write_all(const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(STDOUT_FILENO, text, size);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
}

static void write_lost(uint64_t bytes)
{
	char note[96];
	int n = snprintf(note, sizeof(note), "\n[opendxg: %llu bytes of printf output left out]\n",
			 (unsigned long long)bytes);

	write_all(note, (size_t)n);
}

/*
 * One piece; true when there is more of what waited at the first: other kernels may go on printing,
 * and theirs is not waited for. @due: bytes still to come; 0 at the first.
 */
static bool show(struct vgpu *vgpu, struct piece *piece, uint64_t *due)
{
	struct dxg_escape_printed *e = &piece->e;

	*e = (struct dxg_escape_printed){ 0 };
	if (vgpu_escape(vgpu, &e->h, DXG_ESCAPE_PRINTED, sizeof(*piece)) < 0 ||
	    e->used > sizeof(piece->text))
		return false;
	write_all(piece->text, e->used);
	if (!*due)
		*due = (uint64_t)e->used + e->left;
	*due -= e->used < *due ? e->used : *due;
	if (e->left && e->used)
		return *due;
	if (e->lost)
		write_lost(e->lost);
	return false;
}

void printed_show(struct vgpu *vgpu)
{
	struct piece *piece = malloc(sizeof(*piece));
	uint64_t due = 0;

	if (!piece)
		return;
	pthread_mutex_lock(&lock);
	while (show(vgpu, piece, &due))
		;
	pthread_mutex_unlock(&lock);
	free(piece);
}
