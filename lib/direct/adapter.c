/* SPDX-License-Identifier: MIT */
/*
 * adapter.c - the one adapter of a session: enumeration, opening by LUID, closing. All local but
 * for the devices that the last CloseAdapter takes with it.
 */
#include <errno.h>
#include <string.h>

#include "direct.h"

#define ADAPTER_COUNT 1u
#define ADAPTER_ENUM3_MAX 65535u

static struct winluid adapter_luid(const struct direct *d)
{
	return (struct winluid){ d->header.adapter_luid_low, d->header.adapter_luid_high };
}

/* Open the adapter and describe it in the caller's array. */
static int adapter_report(struct direct *d, uint64_t array)
{
	struct d3dkmt_adapterinfo info = { .adapter_luid = adapter_luid(d) };
	int err;

	err = object_add_adapter(&d->objects, &info.adapter_handle.v);
	if (err)
		return err;
	memcpy(direct_user(array), &info, sizeof(info));
	return 0;
}

/* Both enumerations: count without an array, else room for all is demanded. */
static int adapter_enum(struct direct *d, uint64_t array, uint32_t *count)
{
	int err;

	if (channel_check(d->channel))
		return -ENODEV;
	if (!array) {
		*count = ADAPTER_COUNT;
		return 0;
	}
	if (*count < ADAPTER_COUNT) {
		*count = ADAPTER_COUNT;
		return -EOVERFLOW;
	}
	err = adapter_report(d, array);
	if (!err)
		*count = ADAPTER_COUNT;
	return err;
}

int adapter_enum2(struct direct *d, void *args)
{
	struct d3dkmt_enumadapters2 *p = args;

	if (p->adapters && p->num_adapters > DXG_ADAPTERS_MAX)
		return -EINVAL;
	return adapter_enum(d, p->adapters, &p->num_adapters);
}

int adapter_enum3(struct direct *d, void *args)
{
	struct d3dkmt_enumadapters3 *p = args;

	if (p->filter.reserved || p->adapter_count > ADAPTER_ENUM3_MAX)
		return -EINVAL;
	return adapter_enum(d, p->adapter_count ? p->adapters : 0, &p->adapter_count);
}

int adapter_open(struct direct *d, void *args)
{
	struct d3dkmt_openadapterfromluid *p = args;
	struct winluid luid = adapter_luid(d);

	if (channel_check(d->channel))
		return -ENODEV;
	if (p->adapter_luid.a != luid.a || p->adapter_luid.b != luid.b)
		return -EINVAL;
	return object_add_adapter(&d->objects, &p->adapter_handle.v);
}

int adapter_close(struct direct *d, void *args)
{
	struct d3dkmt_closeadapter *p = args;
	bool last;
	int err;

	if (!p->adapter_handle.v)
		return 0;
	err = object_remove(&d->objects, p->adapter_handle.v, OBJECT_ADAPTER, NULL);
	if (err)
		return err;
	pthread_mutex_lock(&d->objects.lock);
	last = !d->objects.adapters;
	pthread_mutex_unlock(&d->objects.lock);
	if (last) {
		device_destroy_all(d);
		sync_destroy_all(d);
	}
	return 0;
}
