/* SPDX-License-Identifier: MIT */
/*
 * legacy.c - the exported functions that the published library has beside the ioctls: older forms
 * of calls, put into the newer ones; and calls that no ioctl exists for, with the answers that
 * library gives. Programs that were built against it find all their symbols. This file is itself
 * such a program: it sees the headers of dxg/, and the functions of thunk.c through them.
 */
#pragma GCC visibility push(default)
#include <dxg/d3dkmthk.h>
#pragma GCC visibility pop

#include <string.h>

#include "dev.h"

/* ---- older forms ---- */

NTSTATUS D3DKMTDestroyAllocation(const D3DKMT_DESTROYALLOCATION *args)
{
	D3DKMT_DESTROYALLOCATION2 newer;

	if (!args)
		return STATUS_INVALID_PARAMETER;
	memset(&newer, 0, sizeof(newer));
	newer.hDevice = args->hDevice;
	newer.hResource = args->hResource;
	newer.phAllocationList = args->phAllocationList;
	newer.AllocationCount = args->AllocationCount;
	return D3DKMTDestroyAllocation2(&newer);
}

NTSTATUS D3DKMTCreateSynchronizationObject(D3DKMT_CREATESYNCHRONIZATIONOBJECT *args)
{
	D3DKMT_CREATESYNCHRONIZATIONOBJECT2 newer;
	NTSTATUS status;

	if (!args)
		return STATUS_INVALID_PARAMETER;
	memset(&newer, 0, sizeof(newer));
	newer.hDevice = args->hDevice;
	newer.Info.Type = args->Info.Type;
	switch (args->Info.Type) {
	case D3DDDI_SYNCHRONIZATION_MUTEX:
		newer.Info.SynchronizationMutex.InitialState =
			args->Info.SynchronizationMutex.InitialState;
		break;
	case D3DDDI_SEMAPHORE:
		newer.Info.Semaphore.MaxCount = args->Info.Semaphore.MaxCount;
		newer.Info.Semaphore.InitialCount = args->Info.Semaphore.InitialCount;
		break;
	default:
		return STATUS_INVALID_PARAMETER;
	}
	status = D3DKMTCreateSynchronizationObject2(&newer);
	if (NT_SUCCESS(status))
		args->hSyncObject = newer.hSyncObject;
	return status;
}

NTSTATUS D3DKMTWaitForSynchronizationObject(const D3DKMT_WAITFORSYNCHRONIZATIONOBJECT *args)
{
	D3DKMT_WAITFORSYNCHRONIZATIONOBJECT2 newer;

	if (!args)
		return STATUS_INVALID_PARAMETER;
	memset(&newer, 0, sizeof(newer));
	newer.hContext = args->hContext;
	newer.ObjectCount = args->ObjectCount;
	memcpy(newer.ObjectHandleArray, args->ObjectHandleArray, sizeof(newer.ObjectHandleArray));
	return D3DKMTWaitForSynchronizationObject2(&newer);
}

NTSTATUS D3DKMTSignalSynchronizationObject(const D3DKMT_SIGNALSYNCHRONIZATIONOBJECT *args)
{
	D3DKMT_SIGNALSYNCHRONIZATIONOBJECT2 newer;

	if (!args)
		return STATUS_INVALID_PARAMETER;
	memset(&newer, 0, sizeof(newer));
	newer.hContext = args->hContext;
	newer.ObjectCount = args->ObjectCount;
	memcpy(newer.ObjectHandleArray, args->ObjectHandleArray, sizeof(newer.ObjectHandleArray));
	newer.Flags = args->Flags;
	return D3DKMTSignalSynchronizationObject2(&newer);
}

/* ---- without an ioctl ---- */

VOID D3DKMTCloseDxCoreDevice(void)
{
	dev_give_up();
}

NTSTATUS D3DKMTSetStablePowerState(const D3DKMT_SETSTABLEPOWERSTATE *args)
{
	(void)args;
	return STATUS_SUCCESS;
}

#define LEGACY_UNSUPPORTED(name, type)       \
	NTSTATUS D3DKMT##name(type *args)    \
	{                                    \
		(void)args;                  \
		return STATUS_NOT_SUPPORTED; \
	}

LEGACY_UNSUPPORTED(Lock, D3DKMT_LOCK)
LEGACY_UNSUPPORTED(Unlock, const D3DKMT_UNLOCK)
LEGACY_UNSUPPORTED(OpenNtHandleFromName, D3DKMT_OPENNTHANDLEFROMNAME)
LEGACY_UNSUPPORTED(OpenSyncObjectNtHandleFromName, D3DKMT_OPENSYNCOBJECTNTHANDLEFROMNAME)
LEGACY_UNSUPPORTED(CreateKeyedMutex2, D3DKMT_CREATEKEYEDMUTEX2)
LEGACY_UNSUPPORTED(OpenKeyedMutex2, D3DKMT_OPENKEYEDMUTEX2)
LEGACY_UNSUPPORTED(DestroyKeyedMutex, const D3DKMT_DESTROYKEYEDMUTEX)
LEGACY_UNSUPPORTED(AcquireKeyedMutex2, D3DKMT_ACQUIREKEYEDMUTEX2)
LEGACY_UNSUPPORTED(ReleaseKeyedMutex2, D3DKMT_RELEASEKEYEDMUTEX2)
LEGACY_UNSUPPORTED(CreateProtectedSession, D3DKMT_CREATEPROTECTEDSESSION)
LEGACY_UNSUPPORTED(DestroyProtectedSession, D3DKMT_DESTROYPROTECTEDSESSION)
LEGACY_UNSUPPORTED(QueryProtectedSessionStatus, D3DKMT_QUERYPROTECTEDSESSIONSTATUS)
LEGACY_UNSUPPORTED(QueryProtectedSessionInfoFromNtHandle,
		   D3DKMT_QUERYPROTECTEDSESSIONINFOFROMNTHANDLE)
LEGACY_UNSUPPORTED(OpenProtectedSessionFromNtHandle, D3DKMT_OPENPROTECTEDSESSIONFROMNTHANDLE)

/* Of displays: no structures here, only symbols for binaries that may call them. */
#define LEGACY_DISPLAY(name)                                                            \
	__attribute__((visibility("default"))) NTSTATUS D3DKMT##name(const void *args); \
	LEGACY_UNSUPPORTED(name, const void)

LEGACY_DISPLAY(GetMultisampleMethodList)
LEGACY_DISPLAY(SetQueuedLimit)
LEGACY_DISPLAY(SetDisplayPrivateDriverFormat)
LEGACY_DISPLAY(Present)
LEGACY_DISPLAY(SubmitPresentToHwQueue)
