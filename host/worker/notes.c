// SPDX-License-Identifier: MIT
/*
 * notes - see notes.h. No state, no locks: notes are constant once they are made.
 */
#include "worker/notes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/program.h"

static void note_kernel(struct backend *be, const struct built *built, uint32_t index,
			struct dxg_escape_kernel_info *info, FILE *out)
{
	memset(info, 0, sizeof(*info));
	/* One of a binary may have notes only here. */
	if (be->ops->kernel_info(be, built->program, index, info))
		return;
	notes_tell(built->notes, info);
	if (info->attributes[0])
		fprintf(out, "%s%c%s%c", info->name, '\0', info->attributes, '\0');
}

int notes_take(struct backend *be, const struct built *built, struct notes *ret)
{
	struct dxg_escape_kernel_info *info = malloc(sizeof(*info));
	char *text = NULL;
	size_t size = 0;
	FILE *out = info ? open_memstream(&text, &size) : NULL;
	uint32_t i;

	for (i = 0; out && i < built->kernel_count; i++)
		note_kernel(be, built, i, info, out);
	free(info);
	if (!out || fclose(out)) {
		free(text);
		return -ENOMEM;
	}
	ret->text = text;
	ret->size = size;
	return 0;
}

bool notes_check(const struct notes *notes)
{
	size_t zeros = 0, i;

	for (i = 0; i < notes->size; i++)
		zeros += !notes->text[i];
	return zeros % 2 == 0 && (!notes->size || !notes->text[notes->size - 1]);
}

struct notes *notes_copy(const struct notes *notes)
{
	struct notes *copy = notes->size ? malloc(sizeof(*copy) + notes->size) : NULL;

	if (!copy)
		return NULL;
	copy->size = notes->size;
	copy->text = memcpy(copy + 1, notes->text, notes->size);
	return copy;
}

void notes_destroy(struct notes *notes)
{
	free(notes);
}

void notes_tell(const struct notes *notes, struct dxg_escape_kernel_info *info)
{
	const char *name = notes ? notes->text : NULL, *end, *attributes;

	if (!notes || info->attributes[0])
		return;
	for (end = name + notes->size; name < end; name = attributes + strlen(attributes) + 1) {
		attributes = name + strlen(name) + 1;
		if (strcmp(name, info->name) || strlen(attributes) >= sizeof(info->attributes))
			continue;
		strcpy(info->attributes, attributes);
		return;
	}
}
