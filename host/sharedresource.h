/* SPDX-License-Identifier: MIT */
/*
 * sharedresource: what the members of a shared resource have in common: the pages of its
 * allocations. Each process that made or opened it has a resource and allocations of its own
 * (allocation.h), which show the same pages, and is charged for them. Pages go back, and are
 * zeroed, when the last of all these and of the resource's names is gone.
 *
 * In a virtual machine the pages are of its session's IO space, and only processes of that session
 * can open it. On a socket, where every process is a session, they are of a file (sharedfile.h).
 */
#ifndef HOST_SHAREDRESOURCE_H
#define HOST_SHAREDRESOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct iospace;
struct session;
struct shared_file;

/**
 * struct shared_pages - the memory of one allocation of a shared resource.
 * @refs: the resource's, and one of each process's allocation
 * @file: whose pages they are; NULL for those of @io
 * @touched: a guest or worker may have been told of them: they are zeroed before they are reused
 */
struct shared_pages {
	STAILQ_ENTRY(shared_pages) link;
	struct iospace *io;
	struct shared_file *file;
	unsigned int refs;
	uint64_t first;
	uint64_t size;
	bool cpu_visible;
	bool touched;
};

/**
 * struct shared_resource - see above.
 * @refs: one for each name of it (share.h)
 * @file: where its pages are, or NULL
 * @pages: in the order of the allocations; @count of them, from its creation on
 */
struct shared_resource {
	unsigned int refs;
	struct shared_file *file;
	STAILQ_HEAD(, shared_pages) pages;
	uint32_t count;
};

/**
 * sharedresource_create() - empty, with one reference.
 * @file: gains a reference; NULL for the IO space
 * Return: NULL when memory is short.
 */
struct shared_resource *sharedresource_create(struct shared_file *file);
struct shared_resource *sharedresource_get(struct shared_resource *shared);
void sharedresource_put(struct shared_resource *shared);

/** sharedresource_add() - the resource has @pages, too; takes a reference. */
void sharedresource_add(struct shared_resource *shared, struct shared_pages *pages);

/**
 * sharedpages_create() - @size bytes of @file, or, if that is NULL, of the IO space of @session,
 * with one reference.
 * Return: 0; as iospace_alloc(), sharedfile_add().
 */
int sharedpages_create(struct session *session, struct shared_file *file, uint64_t size,
		       struct shared_pages **ret_pages);

/**
 * sharedpages_adopt() - the same of pages that an allocation has already, from page @first on.
 * Return: 0; -ENOMEM: they stay as they were.
 */
int sharedpages_adopt(struct session *session, uint64_t first, uint64_t size,
		      struct shared_pages **ret_pages);
struct shared_pages *sharedpages_get(struct shared_pages *pages);
void sharedpages_put(struct shared_pages *pages);

#endif /* HOST_SHAREDRESOURCE_H */
