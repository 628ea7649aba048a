// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_submit.c - SubmitCommand: check, write one message into the ring, return. Nothing is
 * allocated for submissions of normal size and nothing is waited for but room in the ring. No locks
 * of its own.
 */
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_file.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_trace.h"

/* null_rendering, present_redirected, no_kmd_access; the host judges them. */
#define DXG_SUBMIT_FLAGS 7u
/* History handles and private data together (specification section 2.6). */
#define DXG_SUBMIT_TAIL_MAX 130648u

/** struct dxg_submission - the message as it goes into the ring. */
struct dxg_submission {
	struct dxg_msg_ext ext;
	struct dxg_msg_submitcommand m;
};

static int dxg_submit_check(const struct d3dkmt_submitcommand *args)
{
	u32 flags;

	BUILD_BUG_ON(sizeof(flags) != sizeof(args->flags));
	memcpy(&flags, &args->flags, sizeof(flags));
	if (!args->broadcast_context_count ||
	    args->broadcast_context_count > DXG_BROADCAST_CONTEXTS ||
	    args->num_primaries > DXG_WRITTEN_PRIMARIES ||
	    args->num_history_buffers > DXG_HISTORY_BUFFERS)
		return -EINVAL;
	if (flags & ~DXG_SUBMIT_FLAGS)
		return -EINVAL;
	if (args->priv_drv_data_size >
	    DXG_SUBMIT_TAIL_MAX - args->num_history_buffers * sizeof(u32))
		return -EINVAL;
	return 0;
}

/* Copy what follows the structure: history handles, private data. */
static int dxg_submit_tail(const struct d3dkmt_submitcommand *args, struct dxg_buffer *tail,
			   u32 *ret_size)
{
	u32 history = args->num_history_buffers * sizeof(u32);
	u32 size = history + args->priv_drv_data_size;
	int err = dxg_buffer_init(tail, size);

	if (err)
		return err;
	if ((history && copy_from_user(tail->data, args->history_buffer_array, history)) ||
	    (args->priv_drv_data_size &&
	     copy_from_user(tail->data + history, args->priv_drv_data, args->priv_drv_data_size))) {
		dxg_buffer_fini(tail);
		return -EFAULT;
	}
	dxg_handles_to_host(tail->data, args->num_history_buffers);
	*ret_size = size;
	return 0;
}

static int dxg_submit(struct dxg_process *process, struct dxg_submission *msg)
{
	struct d3dkmt_submitcommand *args = &msg->m.args;
	struct dxg_buffer tail;
	u32 size;
	int err;

	err = dxg_table_translate(&process->file->objects, &args->broadcast_context[0].v,
				  args->broadcast_context_count, DXG_OBJECT_CONTEXT, process);
	if (!err)
		err = dxg_submit_tail(args, &tail, &size);
	if (err)
		return err;
	{
		struct dxg_ring_part part[] = {
			{ .base = msg, .len = sizeof(*msg) },
			{ .base = tail.data, .len = size },
		};

		dxg_handles_to_host(&args->written_primaries[0].v, args->num_primaries);
		args->priv_drv_data = NULL;
		args->history_buffer_array = NULL;
		dxg_request_vgpu(process->adapter, process->host, DXG_MSG_SUBMITCOMMAND, &msg->ext,
				 &msg->m.h);
		err = dxg_request_post(process->adapter, &msg->m.h, part, ARRAY_SIZE(part));
	}
	dxg_buffer_fini(&tail);
	return err;
}

/** dxg_ioctl_submit_command - SubmitCommand, 0x0f. */
int dxg_ioctl_submit_command(struct dxg_file *file, void __user *arg)
{
	struct dxg_submission msg;
	struct dxg_object *context;
	int err;

	if (copy_from_user(&msg.m.args, arg, sizeof(msg.m.args)))
		return -EFAULT;
	msg.m.args.reserved = 0;
	msg.m.args.reserved1 = 0;
	err = dxg_submit_check(&msg.m.args);
	if (err)
		return err;
	context = dxg_table_get(&file->objects, msg.m.args.broadcast_context[0].v,
				DXG_OBJECT_CONTEXT);
	if (!context)
		return -EINVAL;
	trace_dxg_submit(context->handle, msg.m.args.command_buffer, msg.m.args.command_length);
	err = dxg_submit(context->process, &msg);
	dxg_object_put(context);
	return err;
}
