/* SPDX-License-Identifier: MIT */
/*
 * com.h - what an interface of COM is to C: an object starts with a pointer to a table of
 * functions, every one of which takes the object first. Tables, identifiers and numbers are those
 * of the published dxcore_interface.h, with which tests/dxcore compares them.
 */
#ifndef DXCORE_COM_H
#define DXCORE_COM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** HRESULT - result of a method; negative is failure. */
typedef int32_t HRESULT;

#define S_OK ((HRESULT)0)
#define E_NOINTERFACE ((HRESULT)0x80004002u)
#define E_POINTER ((HRESULT)0x80004003u)
#define E_FAIL ((HRESULT)0x80004005u)
#define E_OUTOFMEMORY ((HRESULT)0x8007000Eu)
#define E_INVALIDARG ((HRESULT)0x80070057u)
#define DXGI_ERROR_INVALID_CALL ((HRESULT)0x887A0001u)
#define DXGI_ERROR_UNSUPPORTED ((HRESULT)0x887A0004u)
#define DXGI_ERROR_DEVICE_REMOVED ((HRESULT)0x887A0005u)

/** struct guid - names an interface or an attribute. */
struct guid {
	uint32_t a;
	uint16_t b;
	uint16_t c;
	uint8_t d[8];
};

/** struct luid - names an adapter, as long as this system runs. */
struct luid {
	uint32_t low;
	int32_t high;
};

static inline bool guid_equal(const struct guid *x, const struct guid *y)
{
	return !memcmp(x, y, sizeof(*x));
}

/** com_get() - one more reference. Return: how many there are. */
static inline uint32_t com_get(uint32_t *refs)
{
	return __atomic_add_fetch(refs, 1, __ATOMIC_RELAXED);
}

/** com_put_unless_last() - one less, but not the last. Return: how many are left; 0: only one. */
static inline uint32_t com_put_unless_last(uint32_t *refs)
{
	uint32_t old = __atomic_load_n(refs, __ATOMIC_RELAXED);

	while (old > 1)
		if (__atomic_compare_exchange_n(refs, &old, old - 1, true, __ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return old - 1;
	return 0;
}

/** com_put() - one less. Return: how many are left; who gets 0 frees the object. */
static inline uint32_t com_put(uint32_t *refs)
{
	return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL);
}

static inline bool luid_equal(struct luid x, struct luid y)
{
	return x.low == y.low && x.high == y.high;
}

#endif
