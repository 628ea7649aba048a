/* SPDX-License-Identifier: MIT */
/*
 * share: the name of a shared object in a session. A shared fence or resource belongs to no
 * session; a session that has anything of it has exactly one share of it, whose handle is at once
 * its `global_sync_object`, its NT handle and its `global_share`: one number of the session's name
 * space (specification section 5.1), not of a process's.
 *
 * A share lives as long as something counts on it: members (the fences and resources of the
 * session's processes that were made or opened with it), NT handles (CREATENTSHAREDOBJECT until
 * DESTROYNTSHAREDOBJECT), and whoever is in the middle of using it. The object behind it lives as
 * long as any share of it, so that it survives its creator.
 */
#ifndef HOST_SHARE_H
#define HOST_SHARE_H

#include <stdint.h>

struct request;
struct session;
struct shared_fence;
struct shared_resource;

/**
 * struct share - see above.
 * @handle: in session->shares
 * @refs: all that count on it, NT handles included
 * @opens: NT handles
 * @fence, @resource: what it names, one of them
 */
struct share {
	struct session *session;
	uint32_t handle;
	unsigned int refs;
	uint32_t opens;
	struct shared_fence *fence;
	struct shared_resource *resource;
};

/**
 * share_create_fence() - a new name, with one reference, of a fence that has none in @session yet.
 * @fence: gains a reference, on success
 * Return: 0; -EDQUOT at DXG_SHARED_OBJECTS_PER_SESSION; -ENOMEM.
 */
int share_create_fence(struct session *session, struct shared_fence *fence,
		       struct share **ret_share);

/** share_create_resource() - the same for a resource. */
int share_create_resource(struct session *session, struct shared_resource *resource,
			  struct share **ret_share);

/**
 * share_import() - an NT handle in @session for @fence or @resource, whichever is not NULL, under
 * its name there or a new one.
 * Return: 0; as share_create_fence(); -EDQUOT at DXG_SHARE_OPENS_MAX.
 */
int share_import(struct session *session, struct shared_fence *fence,
		 struct shared_resource *resource, struct share **ret_share);

/** share_get(), share_put() - one more reference, one less; NULL is fine for share_put(). */
struct share *share_get(struct share *share);
void share_put(struct share *share);

/** share_find() - by handle in @session, or NULL. */
struct share *share_find(const struct session *session, uint32_t handle);

/** share_drop_all() - the guest of @session is gone, its processes too: its NT handles go. */
void share_drop_all(struct session *session);

/* Handlers of OPENSYNCOBJECT (1002), CREATE- (1004), DESTROYNTSHAREDOBJECT (1005),
 * SHAREOBJECTWITHHOST (1021) and QUERYSHAREDRESOURCE (1065). */
int share_handle_open_sync(struct request *rq);
int share_handle_create_nt(struct request *rq);
int share_handle_destroy_nt(struct request *rq);
int share_handle_with_host(struct request *rq);
int share_handle_query(struct request *rq);

#endif /* HOST_SHARE_H */
