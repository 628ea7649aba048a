/* SPDX-License-Identifier: MIT */
/*
 * vaupdate: UPDATEGPUVIRTUALADDRESS: many changes of mappings, all or none, in an order with the
 * work of a context:
 * - with a fence: when the fence has reached its value; then the fence goes one further. Those of a
 *   context happen in the order of their messages. do_not_wait leaves out the first half;
 * - with a context and no fence: behind what is queued on the context, before what is queued later;
 * - without a context: at once.
 *
 * One that is found wrong when it is asked for is refused. One that cannot be done any more when
 * its time has come (its addresses or an allocation are gone) costs its device, because nobody
 * would hear of it otherwise.
 */
#ifndef HOST_VAUPDATE_H
#define HOST_VAUPDATE_H

#include <sys/queue.h>

struct adapter;
struct context;
struct request;
struct va_update;

TAILQ_HEAD(va_update_list, va_update);

/** vaupdate_run() - do one of those in @adapter->updates_due, if there is any. */
void vaupdate_run(struct adapter *adapter);

/** vaupdate_drop() - @context goes, or is lost: what waits for a fence will not happen. */
void vaupdate_drop(struct context *context);

/* Handler of UPDATEGPUVIRTUALADDRESS (19). */
int vaupdate_handle(struct request *rq);

#endif /* HOST_VAUPDATE_H */
