/* SPDX-License-Identifier: MIT */
/*
 * kernel.h - a cl_kernel: one kernel of a built program with the arguments set so far.
 *
 * Setting arguments is the one thing of OpenCL that needs no thread safety on the same object; so
 * there is no lock. @info is the program's and stays while the kernel does.
 */
#ifndef OPENCL_KERNEL_H
#define OPENCL_KERNEL_H

#include "buffer.h"
#include "dxgwire/cmd.h"
#include "program.h"

/**
 * struct kernel_arg - one argument.
 * @kind: enum dxg_cmd_arg_kind; 0 while it is not set
 * @size: bytes of the payload
 * @mem: the buffer (DXG_ARG_VA) or image, not held (the specification: kernels retain no
 *arguments); or NULL
 * @value: the payload of the other kinds; @bytes, or allocated when it does not fit
 */
struct kernel_arg {
	uint32_t kind;
	uint32_t size;
	cl_mem mem;
	uint8_t *value;
	uint64_t bytes[2];
};

/**
 * struct _cl_kernel - @program is held and counted there; @args has info->arg_count entries.
 * @pace: of all kernels of this name; in the program, like @info
 */
struct _cl_kernel {
	struct object o;
	cl_program program;
	const struct dxg_escape_kernel_info *info;
	struct pace *pace;
	struct kernel_arg *args;
};

extern const struct object_ops kernel_ops;

static inline bool kernel_valid(cl_kernel kernel)
{
	return object_valid(kernel, &kernel_ops);
}

/** kernel_arg_clear() - forget the value of an argument. */
void kernel_arg_clear(struct kernel_arg *arg);

/** kernel_arg_set_svm() - make it a pointer of shared virtual memory, by GPU VA; 0 is null. */
cl_int kernel_arg_set_svm(struct kernel_arg *arg, uint64_t va);

/** kernel_arg_copy() - give @to, not set yet, the value of @from. */
cl_int kernel_arg_copy(struct kernel_arg *to, const struct kernel_arg *from);

#endif
