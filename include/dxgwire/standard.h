/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * standard.h - standard allocations: those that need no private data of a user-mode driver. Their
 * description takes the place of the resource's private data in CREATEALLOCATION (specification
 * section 4.2); guest and host check it by the same function.
 */
#ifndef DXGWIRE_STANDARD_H
#define DXGWIRE_STANDARD_H

#include "../uapi/misc/d3dkmthk.h"
#include "limits.h"
#include "types.h"

DXG_ASSERT_SIZE(struct d3dkmt_createstandardallocation, 24);

/**
 * dxg_standard_ok - is this private copy of a description a good one?
 * @s: private copy
 * @flags: of the CreateAllocation it belongs to
 *
 * A heap that exists is the program's memory and says so in @flags; one for several adapters is
 * not.
 */
static inline bool dxg_standard_ok(const struct d3dkmt_createstandardallocation *s,
				   struct d3dkmt_createallocationflags flags)
{
	__u64 size = s->existing_heap_data.size;

	if (s->reserved || s->reserved1 || s->flags.value || !size || size & (DXG_PAGE_SIZE - 1) ||
	    size > DXG_ALLOCATION_SIZE_MAX)
		return false;
	if (s->type == _D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP)
		return flags.existing_sysmem && !flags.cross_adapter;
	return s->type == _D3DKMT_STANDARDALLOCATIONTYPE_CROSSADAPTER && !flags.existing_sysmem;
}

#endif /* DXGWIRE_STANDARD_H */
