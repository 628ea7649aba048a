/* SPDX-License-Identifier: MIT */
/*
 * dev.c - the one device of this process: opened by the first call, shared by all threads, replaced
 * when its session is over, given up in the child of a fork.
 *
 * A call holds the device by a count (struct dev.calls) without a lock: it counts itself in, then
 * looks whether the device is still the current one. Retiring a device first takes it out of
 * dev_current, so that the count can only fall; whoever brings it to zero closes it. The few bytes
 * of struct dev stay: another thread may still be about to count itself in and out of it.
 *
 * One thread opens it, without a lock; the others that want it meanwhile wait for that attempt and
 * share its result, so that nobody waits longer than one attempt takes, however many there are.
 *
 * Lock: dev_lock is held neither while a device is opened nor while a call runs.
 */
#include "dev.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <misc/d3dkmthk.h>

#include "path.h"

struct dev {
	struct dev *older; /* every device there was; never freed, see above */
	const struct dev_ops *ops;
	void *state;
	unsigned int calls; /* atomic: calls under way */
	unsigned int retired; /* atomic: no new calls; close at zero */
	unsigned int closed; /* atomic: somebody closes it already */
};

static pthread_mutex_t dev_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t dev_tried = PTHREAD_COND_INITIALIZER; /* an attempt has ended */
static struct dev *dev_current; /* atomic; written under dev_lock */

/* Under dev_lock. */
static struct dev *dev_newest;
static bool dev_opening; /* an attempt is under way */
static unsigned int dev_attempts; /* begun so far */
static int dev_result; /* of the latest one that has ended */

bool dev_enumerates(unsigned int cmd)
{
	return cmd == LX_DXENUMADAPTERS2 || cmd == LX_DXENUMADAPTERS3 ||
	       cmd == LX_DXOPENADAPTERFROMLUID;
}

static void dev_put(struct dev *dev)
{
	if (__atomic_sub_fetch(&dev->calls, 1, __ATOMIC_SEQ_CST))
		return;
	if (!__atomic_load_n(&dev->retired, __ATOMIC_SEQ_CST))
		return;
	if (!__atomic_exchange_n(&dev->closed, 1, __ATOMIC_SEQ_CST))
		dev->ops->close(dev->state);
}

/* The current device, counted in, or NULL. */
static struct dev *dev_get(void)
{
	struct dev *dev;

	for (;;) {
		dev = __atomic_load_n(&dev_current, __ATOMIC_SEQ_CST);
		if (!dev)
			return NULL;
		__atomic_add_fetch(&dev->calls, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&dev_current, __ATOMIC_SEQ_CST) == dev)
			return dev;
		dev_put(dev);
	}
}

/* In the child: the parent's device is not ours. Other threads of the parent may hold its locks. */
static void dev_forked(void)
{
	struct dev *dev = dev_current;

	dev_current = NULL;
	dev_opening = false;
	pthread_mutex_init(&dev_lock, NULL);
	pthread_cond_init(&dev_tried, NULL);
	if (dev)
		dev->ops->forked(dev->state);
}

static void dev_register_fork(void)
{
	pthread_atfork(NULL, NULL, dev_forked);
}

/* A worker of the host runs tenants' programs on the real driver: no vGPU inside it. */
static bool dev_in_worker(void)
{
	return dlsym(RTLD_DEFAULT, "dxg_worker_marker") != NULL;
}

static int dev_open_path(const struct path *path, struct dev **ret)
{
	struct dev *dev = calloc(1, sizeof(*dev));
	int err;

	if (!dev)
		return -ENOMEM;
	dev->ops = path->kind == PATH_KERNEL ? &dev_kernel_ops : &dev_direct_ops;
	err = dev->ops->open(path->name, &dev->state);
	if (err) {
		free(dev);
		return err;
	}
	*ret = dev;
	return 0;
}

/* Try the places in their order until one answers; the last error is the caller's. */
static int dev_open_any(struct dev **ret)
{
	struct path path[PATH_MAX_PLACES];
	int count, i, err = -ENODEV;

	if (dev_in_worker())
		return -EACCES;
	count = path_choose(path);
	if (count < 0)
		return count;
	for (i = 0; i < count; i++) {
		err = dev_open_path(&path[i], ret);
		if (err != -ENODEV)
			break;
	}
	return err;
}

/* Give dev_lock up and open a device. */
static int dev_attempt_locked(void)
{
	struct dev *dev = NULL;
	int err;

	dev_opening = true;
	dev_attempts++;
	pthread_mutex_unlock(&dev_lock);
	err = dev_open_any(&dev);
	pthread_mutex_lock(&dev_lock);
	if (!err) {
		dev->older = dev_newest;
		dev_newest = dev;
		__atomic_store_n(&dev_current, dev, __ATOMIC_SEQ_CST);
	}
	dev_opening = false;
	dev_result = err;
	pthread_cond_broadcast(&dev_tried);
	return err;
}

/* Wait for the attempt of another thread. */
static int dev_await_locked(void)
{
	unsigned int attempt = dev_attempts;

	while (dev_opening && dev_attempts == attempt)
		pthread_cond_wait(&dev_tried, &dev_lock);
	return dev_result;
}

/* A thread cancelled in here would leave dev_opening behind. */
static int dev_open(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int err = 0, old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	pthread_once(&once, dev_register_fork);
	pthread_mutex_lock(&dev_lock);
	if (!dev_current)
		err = dev_opening ? dev_await_locked() : dev_attempt_locked();
	pthread_mutex_unlock(&dev_lock);
	pthread_setcancelstate(old, NULL);
	return err;
}

/* The caller holds a count on @dev. */
static void dev_retire(struct dev *dev)
{
	pthread_mutex_lock(&dev_lock);
	if (dev_current == dev)
		__atomic_store_n(&dev_current, NULL, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&dev_lock);
	__atomic_store_n(&dev->retired, 1, __ATOMIC_SEQ_CST);
}

static struct dev *dev_get_live(unsigned int cmd, int *ret_err)
{
	struct dev *dev;

	for (;;) {
		dev = dev_get();
		if (dev && !(dev_enumerates(cmd) && dev->ops->over(dev->state)))
			return dev;
		if (dev) {
			dev_retire(dev);
			dev_put(dev);
		}
		*ret_err = dev_open();
		if (*ret_err)
			return NULL;
	}
}

int dev_call(unsigned int cmd, void *args)
{
	struct dev *dev;
	int err = 0;

	dev = dev_get_live(cmd, &err);
	if (!dev)
		return err;
	err = dev->ops->call(dev->state, cmd, args);
	dev_put(dev);
	return err;
}

void dev_give_up(void)
{
	struct dev *dev = dev_get();

	if (!dev)
		return;
	dev_retire(dev);
	dev_put(dev);
}
