// SPDX-License-Identifier: MIT
/*
 * sharedresource: see sharedresource.h.
 */
#include "sharedresource.h"

#include <errno.h>
#include <stdlib.h>

#include "dxgwire/limits.h"
#include "iospace.h"
#include "session.h"
#include "sharedfile.h"

struct shared_resource *sharedresource_create(struct shared_file *file)
{
	struct shared_resource *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return NULL;
	shared->refs = 1;
	if (file)
		shared->file = sharedfile_get(file);
	STAILQ_INIT(&shared->pages);
	return shared;
}

struct shared_resource *sharedresource_get(struct shared_resource *shared)
{
	shared->refs++;
	return shared;
}

void sharedresource_put(struct shared_resource *shared)
{
	struct shared_pages *pages;

	if (!shared || --shared->refs)
		return;
	while ((pages = STAILQ_FIRST(&shared->pages))) {
		STAILQ_REMOVE_HEAD(&shared->pages, link);
		sharedpages_put(pages);
	}
	sharedfile_put(shared->file);
	free(shared);
}

void sharedresource_add(struct shared_resource *shared, struct shared_pages *pages)
{
	sharedpages_get(pages); /* not in the macro, which evaluates it three times */
	STAILQ_INSERT_TAIL(&shared->pages, pages, link);
	shared->count++;
}

static struct shared_pages *sharedpages_new(struct session *session, uint64_t size)
{
	struct shared_pages *pages = calloc(1, sizeof(*pages));

	if (!pages)
		return NULL;
	pages->io = session->io;
	pages->refs = 1;
	pages->size = size;
	return pages;
}

int sharedpages_create(struct session *session, struct shared_file *file, uint64_t size,
		       struct shared_pages **ret_pages)
{
	struct shared_pages *pages = sharedpages_new(session, size);
	int err;

	if (!pages)
		return -ENOMEM;
	err = file ? sharedfile_add(file, size >> DXG_PAGE_SHIFT, &pages->first)
		   : iospace_alloc(pages->io, size >> DXG_PAGE_SHIFT, &pages->first);
	if (err) {
		free(pages);
		return err;
	}
	if (file)
		pages->file = sharedfile_get(file);
	*ret_pages = pages;
	return 0;
}

int sharedpages_adopt(struct session *session, uint64_t first, uint64_t size,
		      struct shared_pages **ret_pages)
{
	struct shared_pages *pages = sharedpages_new(session, size);

	if (!pages)
		return -ENOMEM;
	pages->first = first;
	pages->touched = true;
	*ret_pages = pages;
	return 0;
}

struct shared_pages *sharedpages_get(struct shared_pages *pages)
{
	pages->refs++;
	return pages;
}

void sharedpages_put(struct shared_pages *pages)
{
	if (!pages || --pages->refs)
		return;
	if (pages->file)
		sharedfile_put(pages->file);
	else if (pages->touched)
		iospace_free(pages->io, pages->first, pages->size >> DXG_PAGE_SHIFT);
	else
		iospace_cancel(pages->io, pages->first, pages->size >> DXG_PAGE_SHIFT);
	free(pages);
}
