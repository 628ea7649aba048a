/* SPDX-License-Identifier: MIT */
/*
 * info.h - the tail that all clGet*Info functions share: how one value gets into the caller's
 * buffer. A value shorter than its buffer is fine, a longer one is CL_INVALID_VALUE.
 */
#ifndef OPENCL_INFO_H
#define OPENCL_INFO_H

#include <CL/cl.h>
#include <string.h>

/** struct info_out - the three trailing arguments of every clGet*Info. */
struct info_out {
	size_t room;
	void *value;
	size_t *size_ret;
};

/** info_bytes() - return @size bytes. */
static inline cl_int info_bytes(const struct info_out *out, const void *src, size_t size)
{
	if (out->value) {
		if (out->room < size)
			return CL_INVALID_VALUE;
		if (size)
			memcpy(out->value, src, size);
	}
	if (out->size_ret)
		*out->size_ret = size;
	return CL_SUCCESS;
}

/** info_string() - return a string with its zero. */
static inline cl_int info_string(const struct info_out *out, const char *s)
{
	return info_bytes(out, s, strlen(s) + 1);
}

#define INFO_TYPED(name, type)                                               \
	static inline cl_int info_##name(const struct info_out *out, type v) \
	{                                                                    \
		return info_bytes(out, &v, sizeof(v));                       \
	}
INFO_TYPED(uint, cl_uint)
INFO_TYPED(int, cl_int)
INFO_TYPED(ulong, cl_ulong)
INFO_TYPED(size, size_t)
INFO_TYPED(pointer, const void *)
#undef INFO_TYPED

#endif
