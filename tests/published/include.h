/* SPDX-License-Identifier: MIT */
/* What a program of the published user library includes; see meson.build. */
#include <wsl/winadapter.h>
#include <dxg/d3dkmthk.h>

int include_create(D3DKMT_HANDLE adapter);

/* Braces reach the integer of a pointer, in C and in C++. */
int include_create(D3DKMT_HANDLE adapter)
{
	D3DKMT_QUERYADAPTERINFO query = { adapter, KMTQAITYPE_ADAPTERTYPE,
					  D3DKMT_PTR_INIT(&adapter), sizeof(adapter) };
	PFND3DKMT_QUERYADAPTERINFO ask = D3DKMTQueryAdapterInfo;

	return NT_SUCCESS(ask(&query)) && query.pPrivateDriverData == &adapter;
}
