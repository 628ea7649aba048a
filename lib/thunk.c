/* SPDX-License-Identifier: MIT */
/*
 * thunk.c - the exported functions: each hands its structure to the device (dev.h) and turns the
 * result of the ioctl into an NTSTATUS (specification section 2.7). Nothing else happens here, but
 * that QueryAdapterInfo goes by way of wide.h.
 */
#include <errno.h>

#include "dev.h"
#include "dxgwire/ntstatus.h"
#include "libdxg.h"
#include "wide.h"

static NTSTATUS thunk_call(unsigned int cmd, void *args)
{
	if (!args)
		return DXG_STATUS_INVALID_PARAMETER;
	if (cmd == LX_DXQUERYADAPTERINFO)
		return dxg_errno_to_status(wide_query(args));
	return dxg_errno_to_status(dev_call(cmd, args));
}

#define DXG_THUNK(name, cmd, type)               \
	NTSTATUS D3DKMT##name(struct type *args) \
	{                                        \
		return thunk_call(cmd, args);    \
	}
#include "thunks.h"
#undef DXG_THUNK

NTSTATUS D3DKMTShareObjects(uint32_t count, const struct d3dkmthandle *objects, void *attributes,
			    uint32_t access, uint64_t *ret_handle)
{
	struct d3dkmt_shareobjects args = {
		.object_count = count,
		.objects = dxg_ptr(objects),
		.object_attr = dxg_ptr(attributes),
		.desired_access = access,
		.shared_handle = dxg_ptr(ret_handle),
	};

	return thunk_call(LX_DXSHAREOBJECTS, &args);
}

NTSTATUS OpendxgExportDmaBuf(struct opendxg_exportdmabuf *args)
{
	return thunk_call(OPENDXG_EXPORTDMABUF, args);
}

NTSTATUS OpendxgImportDmaBuf(struct opendxg_importdmabuf *args)
{
	return thunk_call(OPENDXG_IMPORTDMABUF, args);
}
