/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * ntstatus.h - the NTSTATUS values that travel, and the one table between them and errno
 * (specification section 2.7). Wire and API edges use it; everything inside speaks negative errno.
 */
#ifndef DXGWIRE_NTSTATUS_H
#define DXGWIRE_NTSTATUS_H

#include "types.h"

#define DXG_STATUS_SUCCESS 0
#define DXG_STATUS_TIMEOUT 0x102
#define DXG_STATUS_PENDING 0x103
#define DXG_STATUS_UNSUCCESSFUL ((__s32)0xC0000001u)
#define DXG_STATUS_NOT_IMPLEMENTED ((__s32)0xC0000002u)
#define DXG_STATUS_INVALID_HANDLE ((__s32)0xC0000008u)
#define DXG_STATUS_INVALID_PARAMETER ((__s32)0xC000000Du)
#define DXG_STATUS_NO_MEMORY ((__s32)0xC0000017u)
#define DXG_STATUS_ILLEGAL_INSTRUCTION ((__s32)0xC000001Du)
#define DXG_STATUS_ACCESS_DENIED ((__s32)0xC0000022u)
#define DXG_STATUS_BUFFER_TOO_SMALL ((__s32)0xC0000023u)
#define DXG_STATUS_OBJECT_TYPE_MISMATCH ((__s32)0xC0000024u)
#define DXG_STATUS_OBJECT_NAME_INVALID ((__s32)0xC0000033u)
#define DXG_STATUS_OBJECT_NAME_NOT_FOUND ((__s32)0xC0000034u)
#define DXG_STATUS_OBJECT_NAME_COLLISION ((__s32)0xC0000035u)
#define DXG_STATUS_NOT_SUPPORTED ((__s32)0xC00000BBu)
#define DXG_STATUS_DEVICE_REMOVED ((__s32)0xC00002B6u)
#define DXG_STATUS_GRAPHICS_ALLOCATION_BUSY ((__s32)0xC01E0102u)

/** struct dxg_status_errno - one row of the table: first match wins, either way. */
struct dxg_status_errno {
	__s32 status;
	__s32 err;
};

#define DXG_STATUS_ERRNO_TABLE                                                                     \
	{                                                                                          \
		{ DXG_STATUS_OBJECT_NAME_COLLISION, EEXIST }, { DXG_STATUS_NO_MEMORY, ENOMEM },    \
			{ DXG_STATUS_INVALID_PARAMETER, EINVAL },                                  \
			{ DXG_STATUS_OBJECT_NAME_INVALID, ENOENT },                                \
			{ DXG_STATUS_OBJECT_NAME_NOT_FOUND, ENOENT },                              \
			{ DXG_STATUS_BUFFER_TOO_SMALL, EOVERFLOW },                                \
			{ DXG_STATUS_DEVICE_REMOVED, ENODEV },                                     \
			{ DXG_STATUS_ACCESS_DENIED, EACCES }, { DXG_STATUS_NOT_SUPPORTED, EPERM }, \
			{ DXG_STATUS_NOT_IMPLEMENTED, EPERM },                                     \
			{ DXG_STATUS_ILLEGAL_INSTRUCTION, EOPNOTSUPP },                            \
			{ DXG_STATUS_INVALID_HANDLE, EBADF },                                      \
			{ DXG_STATUS_GRAPHICS_ALLOCATION_BUSY, EINPROGRESS },                      \
			{ DXG_STATUS_OBJECT_TYPE_MISMATCH, EPROTOTYPE },                           \
	}

/**
 * dxg_status_to_errno - what a status is as the result of an ioctl.
 * @status: NTSTATUS
 *
 * Return: zero and positive statuses unchanged, else a negative errno (-EINVAL when unknown).
 */
static inline int dxg_status_to_errno(__s32 status)
{
	static const struct dxg_status_errno table[] = DXG_STATUS_ERRNO_TABLE;
	unsigned int i;

	if (status >= 0)
		return status;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == status)
			return -table[i].err;
	return -EINVAL;
}

/**
 * dxg_errno_to_status - the status for the result of an ioctl.
 * @err: zero or positive (returned unchanged), or a negative errno
 * Return: NTSTATUS; DXG_STATUS_UNSUCCESSFUL when no better one exists.
 */
static inline __s32 dxg_errno_to_status(int err)
{
	static const struct dxg_status_errno table[] = DXG_STATUS_ERRNO_TABLE;
	unsigned int i;

	if (err >= 0)
		return err;
	if (err == -ENOSYS)
		return DXG_STATUS_NOT_SUPPORTED;
	if (err == -EAGAIN)
		return DXG_STATUS_TIMEOUT;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].err == -err)
			return table[i].status;
	return DXG_STATUS_UNSUCCESSFUL;
}

#endif /* DXGWIRE_NTSTATUS_H */
