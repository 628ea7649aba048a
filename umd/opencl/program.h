/* SPDX-License-Identifier: MIT */
/*
 * program.h - a cl_program: source or binary here, a program object on the host.
 *
 * @lock guards everything that building changes. A program cannot be rebuilt while kernels of it
 * exist, so that whoever holds a kernel may read @host_id and the kernel information without it.
 * The lock is held during a build; it nests inside nothing.
 */
#ifndef OPENCL_PROGRAM_H
#define OPENCL_PROGRAM_H

#include <pthread.h>

#include "context.h"

/**
 * struct _cl_program - see above.
 * @source: zero-terminated; NULL for a program from a binary
 * @binary, @binary_size: as given, or fetched from the host; NULL when neither has happened
 * @kernels: cl_kernel objects of this program
 * @host_id: program object on the host; 0 for none yet
 * @status: CL_PROGRAM_BUILD_STATUS
 * @prebuilt: built without options when the binary was checked, not yet asked for
 * @options, @log: of the last build; never NULL in answers
 * @kernel_count: kernels in the executable
 * @built_size: bytes of the binary on the host; 0 when not asked for yet
 * @infos: one per kernel, fetched together when first asked for
 */
struct _cl_program {
	struct object o;
	cl_context context;
	char *source;
	uint8_t *binary;
	size_t binary_size;
	_Atomic uint32_t kernels;
	pthread_mutex_t lock;
	uint32_t host_id;
	cl_build_status status;
	bool prebuilt;
	char *options;
	char *log;
	uint32_t kernel_count;
	uint64_t built_size;
	struct dxg_escape_kernel_info **infos;
};

extern const struct object_ops program_ops;

static inline bool program_valid(cl_program program)
{
	return object_valid(program, &program_ops);
}

/** program_build() - build on the host, with the lock held. */
cl_int program_build(struct _cl_program *p, const char *options);

/**
 * program_check_binary() - is the binary one that the host can use? Lock held. Drivers tell when
 * they load it: it is built once, and the result kept for a clBuildProgram() without options.
 */
cl_int program_check_binary(struct _cl_program *p);

/**
 * program_fetch_binary() - have @binary and @binary_size of a program that is built, from the host
 * if need be, which may take as long as a build; @binary stays NULL where the driver has none. Lock
 * held.
 */
cl_int program_fetch_binary(struct _cl_program *p);

/** program_fetch_infos() - have @infos of a program that is built. Lock held. */
cl_int program_fetch_infos(struct _cl_program *p);

/** program_drop_build() - forget everything about the last build. Lock held, or last owner. */
void program_drop_build(struct _cl_program *p);

#endif
