/* SPDX-License-Identifier: MIT */
/*
 * program.h - a cl_program: source or binary here, a program object on the host. It is built once
 * for all of its devices, which are parts of one.
 *
 * @lock guards everything that building changes. A program cannot be rebuilt while kernels of it
 * exist, so that whoever holds a kernel may read @host_id and the kernel information without it.
 * The lock is held during a build; it nests inside nothing.
 */
#ifndef OPENCL_PROGRAM_H
#define OPENCL_PROGRAM_H

#include <pthread.h>

#include "context.h"
#include "pace.h"

/**
 * struct _cl_program - see above.
 * @devices: what it is for: the context's, or some of them; immutable
 * @source: zero-terminated; NULL for a program from a binary or a link
 * @expanded: what the host has for it instead: with the files that the last build's options found
 * (include.h); NULL where they found none
 * @module, @module_size: the SPIR module that was given in place of a binary; NULL for none
 * @binary, @binary_size: as given, or fetched from the host; NULL when neither has happened
 * @prints: "printf" stands somewhere in what it was made of; only ever set, before there are
 * kernels
 * @kernels: cl_kernel objects of this program
 * @host_id: program object on the host; 0 for none yet
 * @status: CL_PROGRAM_BUILD_STATUS
 * @binary_type: CL_PROGRAM_BINARY_TYPE: what the last build, compilation or link made, or what the
 * binary that was given is
 * @linked: made by clLinkProgram(): without source, on the host from the beginning
 * @options, @log: of the last build; never NULL in answers
 * @kernel_count: kernels in the executable
 * @built_size: bytes of the binary on the host; 0 when not asked for yet
 * @infos: one per kernel, fetched together when first asked for
 * @paces: beside them: what work-items of that kernel take
 */
struct _cl_program {
	struct object o;
	cl_context context;
	struct device_list devices;
	char *source;
	char *expanded;
	uint8_t *module;
	size_t module_size;
	uint8_t *binary;
	size_t binary_size;
	bool prints;
	_Atomic uint32_t kernels;
	pthread_mutex_t lock;
	uint32_t host_id;
	cl_build_status status;
	cl_program_binary_type binary_type;
	bool linked;
	char *options;
	char *log;
	uint32_t kernel_count;
	uint64_t built_size;
	struct dxg_escape_kernel_info **infos;
	struct pace *paces;
};

extern const struct object_ops program_ops;

static inline bool program_valid(cl_program program)
{
	return object_valid(program, &program_ops);
}

/** program_executable() - can there be kernels of it? Lock held. */
static inline bool program_executable(const struct _cl_program *p)
{
	return p->status == CL_BUILD_SUCCESS && p->binary_type == CL_PROGRAM_BINARY_TYPE_EXECUTABLE;
}

/** program_build() - build on the host, with the lock held. */
cl_int program_build(struct _cl_program *p, const char *options);

/**
 * program_check_binary() - have the host load the binary, which tells whether it can use it and
 * what it is. Lock held.
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

/**
 * program_alloc() - a program with nothing in it.
 * @n, @devices: of @context, checked; 0: all that it has
 *
 * Return: it; NULL without memory.
 */
struct _cl_program *program_alloc(cl_context context, cl_uint n, const cl_device_id *devices);

/** PROGRAM_LOG_ROOM - bytes of a log that are kept, its zero included. */
#define PROGRAM_LOG_ROOM (256u << 10)

/** program_copy_log() - a log of @size bytes that the host wrote to memory of PROGRAM_LOG_ROOM. */
char *program_copy_log(const char *log, uint64_t size);

/** program_create_on_host() - make the program object on the host if there is none. Lock held. */
cl_int program_create_on_host(struct _cl_program *p);

/** program_destroy_on_host() - undo that. Lock held, or last owner. */
void program_destroy_on_host(struct _cl_program *p);

/**
 * program_prepare() - have the source on the host as @options make it, files of this machine put
 * in. Lock held.
 * @ret_options: what is left of @options for the host; the caller's to free
 */
cl_int program_prepare(struct _cl_program *p, const char *options, char **ret_options);

/** program_notify - the application's function for the end of a build. */
typedef void(CL_CALLBACK *program_notify)(cl_program program, void *user_data);

struct build_callback;

/**
 * build_callback_new() - a note to tell the application of the end of a build.
 * @notify: NULL: *@ret is NULL, which build_callback_post() does nothing with
 *
 * Return: CL_SUCCESS, CL_INVALID_VALUE for data without a function, CL_OUT_OF_HOST_MEMORY.
 */
cl_int build_callback_new(program_notify notify, void *user_data, struct build_callback **ret);

/** build_callback_post() - have the callback thread tell of @p; frees @b. */
void build_callback_post(struct build_callback *b, struct _cl_program *p);

/** build_callback_free() - tell nobody. NULL is fine. */
void build_callback_free(struct build_callback *b);

/** program_drop_build() - forget everything about the last build. Lock held, or last owner. */
void program_drop_build(struct _cl_program *p);

#endif
