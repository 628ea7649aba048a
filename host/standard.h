/* SPDX-License-Identifier: MIT */
/*
 * standard: allocations without private data of a user-mode driver (dxgwire/standard.h): what dxgd
 * makes of their description, and the private data that its "driver" has for such surfaces.
 */
#ifndef HOST_STANDARD_H
#define HOST_STANDARD_H

#include <stdint.h>

#include "dxgwire/escape.h"
#include "uapi/misc/d3dkmthk.h"

struct request;

/**
 * standard_private() - the description @bytes of a CREATEALLOCATION as private data.
 * @len: of the resource's private data, which it takes the place of
 *
 * Return: 0; -EINVAL.
 */
int standard_private(const uint8_t *bytes, uint32_t len, struct d3dkmt_createallocationflags flags,
		     struct dxg_alloc_private *ret_private);

/* Handler of DDIGETSTANDARDALLOCATIONDRIVERDATA (39). */
int standard_handle_driver_data(struct request *rq);

#endif /* HOST_STANDARD_H */
