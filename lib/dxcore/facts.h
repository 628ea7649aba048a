/* SPDX-License-Identifier: MIT */
/*
 * facts.h - what an adapter says of itself, asked once through QueryAdapterInfo, and the properties
 * and attributes of DXCore that follow from it. What an adapter does not answer is no property of
 * it.
 */
#ifndef DXCORE_FACTS_H
#define DXCORE_FACTS_H

#include <misc/d3dkmthk.h>

#include "interface.h"

#define FACTS_DESCRIPTION_MAX 512u

/**
 * struct facts - answers, and which of them there are.
 * @has: bit of each property (enum dxcore_property) that was answered
 * @opendxg: it speaks opendxg's commands
 * @umd: bit of each version of Direct3D (KMTUMDVERSION) for which its driver names a file
 */
struct facts {
	uint32_t has;
	struct luid luid;
	uint64_t driver_version;
	char description[FACTS_DESCRIPTION_MAX];
	struct dxcore_hardware_id_parts ids;
	uint32_t model;
	uint16_t compute_preemption, graphics_preemption;
	uint64_t dedicated, dedicated_system, shared;
	struct d3dkmt_adaptertype type;
	bool opendxg;
	uint32_t umd;
};

/** facts_ask() - fill @ret by questions to the open adapter @handle. */
void facts_ask(uint32_t handle, struct luid luid, struct facts *ret);

/** facts_size() - bytes of a property. Return: S_OK, or which of the two errors. */
HRESULT facts_size(const struct facts *facts, uint32_t property, size_t *ret_size);

/** facts_get() - the value of a property; @size is exact or larger. */
HRESULT facts_get(const struct facts *facts, uint32_t property, size_t size, void *ret_data);

/** facts_attribute() - has it this attribute? */
bool facts_attribute(const struct facts *facts, const struct guid *attribute);

bool facts_is_hardware(const struct facts *facts);

/** facts_is_integrated() - its memory is the CPU's. */
bool facts_is_integrated(const struct facts *facts);

#endif
