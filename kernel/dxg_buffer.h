/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_buffer.h - a private copy of a variable piece of user memory: on the stack when it is of
 * normal size, so that submissions, waits and signals allocate nothing.
 */
#ifndef DXG_BUFFER_H
#define DXG_BUFFER_H

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define DXG_BUFFER_SMALL 384

/**
 * struct dxg_buffer - declared on the stack, started by dxg_buffer_init().
 * @data: the bytes
 * @small: where they are if they fit
 */
struct dxg_buffer {
	void *data;
	u8 small[DXG_BUFFER_SMALL] __aligned(8);
};

/** dxg_buffer_init - @size bytes, not initialised; bounded by the caller. Return: 0, -ENOMEM. */
static inline int dxg_buffer_init(struct dxg_buffer *buffer, size_t size)
{
	buffer->data = buffer->small;
	if (size > sizeof(buffer->small))
		buffer->data = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	return buffer->data ? 0 : -ENOMEM;
}

/** dxg_buffer_fini - free what dxg_buffer_init() took; also after it failed. */
static inline void dxg_buffer_fini(struct dxg_buffer *buffer)
{
	if (buffer->data != buffer->small)
		kvfree(buffer->data);
}

/**
 * dxg_buffer_copy - start a buffer with a copy of user memory.
 * @buffer: not started
 * @user: where it is
 * @size: in bytes; bounded by the caller
 *
 * Return: 0; -ENOMEM, -EFAULT: nothing to be freed.
 */
static inline int dxg_buffer_copy(struct dxg_buffer *buffer, const void __user *user, size_t size)
{
	int err = dxg_buffer_init(buffer, size);

	if (!err && copy_from_user(buffer->data, user, size)) {
		dxg_buffer_fini(buffer);
		err = -EFAULT;
	}
	return err;
}

#endif /* DXG_BUFFER_H */
