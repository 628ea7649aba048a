/* SPDX-License-Identifier: MIT */
/*
 * use - a program against an installed libdxg: enumerates, makes a device, a fence and waits for
 * it. Compiled as C and as C++.
 */
#include <libdxg.h>

#include <stdio.h>
#include <string.h>

static int failed(const char *call, NTSTATUS status)
{
	fprintf(stderr, "%s: 0x%08x\n", call, (unsigned int)status);
	return 1;
}

static int use_fence(struct d3dkmthandle device)
{
	struct d3dkmt_createsynchronizationobject2 fence;
	struct d3dkmt_waitforsynchronizationobjectfromcpu wait;
	uint64_t value = 5;
	NTSTATUS status;

	memset(&fence, 0, sizeof(fence));
	fence.device = device;
	fence.info.type = _D3DDDI_MONITORED_FENCE;
	fence.info.monitored_fence.initial_fence_value = 5;
	status = D3DKMTCreateSynchronizationObject2(&fence);
	if (status)
		return failed("CreateSynchronizationObject2", status);
	memset(&wait, 0, sizeof(wait));
	wait.device = device;
	wait.object_count = 1;
	wait.objects = dxg_ptr(&fence.sync_object);
	wait.fence_values = dxg_ptr(&value);
	status = D3DKMTWaitForSynchronizationObjectFromCpu(&wait);
	return status ? failed("WaitForSynchronizationObjectFromCpu", status) : 0;
}

int main(void)
{
	struct d3dkmt_adapterinfo info;
	struct d3dkmt_enumadapters2 all;
	struct d3dkmt_createdevice device;
	struct d3dkmt_closeadapter adapter;
	NTSTATUS status;

	memset(&all, 0, sizeof(all));
	all.num_adapters = 1;
	all.adapters = dxg_ptr(&info);
	status = D3DKMTEnumAdapters2(&all);
	if (status)
		return failed("EnumAdapters2", status);
	memset(&device, 0, sizeof(device));
	device.adapter = info.adapter_handle;
	status = D3DKMTCreateDevice(&device);
	if (status)
		return failed("CreateDevice", status);
	if (use_fence(device.device))
		return 1;
	adapter.adapter_handle = info.adapter_handle;
	status = D3DKMTCloseAdapter(&adapter);
	return status ? failed("CloseAdapter", status) : 0;
}
