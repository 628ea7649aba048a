/* SPDX-License-Identifier: MIT */
/*
 * ocl.h - what the parts of the OpenCL backend share; private to them.
 *
 * One OpenCL context per worker; one in-order profiling queue per context of the guest, and two of
 * our own: @util for the worker's own reads and writes, @zero for what no one may be kept waiting
 * by. On a unified device, allocations in the IO space are USE_HOST_PTR buffers over the very pages
 * that the guest sees; elsewhere kernels reach local allocations only, and copies go through the
 * queue's reads and writes.
 */
#ifndef BACKEND_OCL_H
#define BACKEND_OCL_H

#include <pthread.h>
#include <time.h>

#include "backend/backend.h"
#include "backend/ocl_api.h"

/** OCL_SAMPLERS - as many as there are: five ways to address, two filters, normalized or not. */
#define OCL_SAMPLERS 20

/** struct ocl_backend - an open device; constant after open, but for what has a lock. */
struct ocl_backend {
	struct backend base;
	struct ocl_api cl;
	cl_platform_id platform;
	cl_device_id device;
	cl_context context;
	cl_command_queue util;
	cl_command_queue zero;
	struct backend_limits limits;
	uint64_t global_mem;
	uint64_t align; /* bytes; offset of a sub-buffer */
	bool unified;
	bool compiles_late; /* the driver compiles kernels when they are launched */
	uint32_t units; /* compute units that can be told apart; 0: none */
	struct ocl_part *part; /* the reader's */
	uint32_t parts;
	bool direct; /* the CPU may touch a unified buffer whenever no command runs: a CPU device */
	clockid_t clock_id; /* the worker's clock */
	bool clock_is_device; /* events carry the same clock */
	void *records; /* struct dxg_device_property, each with its value */
	uint32_t records_size;
	pthread_mutex_t memory_lock; /* creation of buffers; see ocl_memory.c */
	pthread_cond_t memory_made; /* one was created, or was not */
	cl_sampler sampler[OCL_SAMPLERS]; /* made when first used; the executor's */
	_Atomic uint64_t serial; /* names buffers, so that argument caches never confuse two */
};

static inline struct ocl_backend *ocl_of(struct backend *be)
{
	return (struct ocl_backend *)be;
}

/* ---- ocl_device.c ---- */

/** ocl_device_open() - choose platform and device, and learn what is constant. -ENODEV, -EIO. */
int ocl_device_open(struct ocl_backend *ocl, const struct backend_config *config,
		    struct backend_text *text);

/** ocl_device_string() - a string property into @room bytes, cut and always terminated. */
void ocl_device_string(struct ocl_backend *ocl, cl_device_info param, char *ret, size_t room);

/** ocl_device_extension() - does the device claim the extension @name? */
bool ocl_device_extension(struct ocl_backend *ocl, const char *name);

/** ocl_device_records() - collect the properties that DEVICE_INFO answers. */
int ocl_device_records(struct ocl_backend *ocl);

/** ocl_record() - put a property behind those that there are. -ENOMEM. */
int ocl_record(struct ocl_backend *ocl, uint32_t param, const void *value, uint32_t size);

/* ---- ocl_units.c ---- */

/** ocl_units_probe() - find how many compute units the device has that can be told apart. */
void ocl_units_probe(struct ocl_backend *ocl);

/** struct ocl_part - a sub-device of the driver's, made when first asked for. */
struct ocl_part {
	struct ipc_units units;
	cl_device_id device;
};

/**
 * ocl_units_device() - the device of the driver's that is these units, the backend's own. Reader.
 * Return: 0; -EINVAL there are no such units; -ENOSPC DXG_UNIT_RANGES_PER_PROCESS; -ENOMEM; -EIO.
 */
int ocl_units_device(struct ocl_backend *ocl, struct ipc_units units, cl_device_id *ret);

/** ocl_units_fini() - forget them; they are the driver's. */
void ocl_units_fini(struct ocl_backend *ocl);

/* ---- ocl_clock.c ---- */

/** ocl_clock_probe() - find the CPU clock that the device's events carry, if it is one. */
void ocl_clock_probe(struct ocl_backend *ocl);

/** ocl_clock_now() - the worker's clock, ns. */
uint64_t ocl_clock_now(struct ocl_backend *ocl);

/* ---- ocl_memory.c ---- */

/** struct ocl_buffer - a cl_mem and its name; @mem NULL: none. */
struct ocl_buffer {
	cl_mem mem;
	uint64_t serial;
};

int ocl_alloc_create(struct backend *be, uint64_t size, uint8_t *host, struct backend_alloc **ret);
void ocl_alloc_destroy(struct backend *be, struct backend_alloc *alloc);
int ocl_read(struct backend *be, const struct backend_span *src, void *dst);
int ocl_write(struct backend *be, const struct backend_span *dst, const void *src);

/** ocl_has_buffer() - can the device reach this allocation? */
bool ocl_has_buffer(const struct ocl_backend *ocl, const struct backend_alloc *alloc);

/** ocl_buffer() - the buffer over all of an allocation that ocl_has_buffer(). Any thread. */
cl_int ocl_buffer(struct ocl_backend *ocl, struct backend_alloc *alloc, struct ocl_buffer *ret);

/** ocl_span_buffer() - a buffer that starts where @span does; executor. */
cl_int ocl_span_buffer(struct ocl_backend *ocl, const struct backend_span *span,
		       struct ocl_buffer *ret);

/**
 * ocl_acquire(), ocl_release() - unified memory of a device that is no CPU belongs to the CPU
 * between submissions (mapped) and to the device during one: enqueue the change. Executor.
 * ocl_acquire() sets @ret_first for the first use since the last release.
 */
cl_int ocl_acquire(struct ocl_backend *ocl, cl_command_queue queue, struct backend_alloc *alloc,
		   bool *ret_first);
cl_int ocl_release(struct ocl_backend *ocl, cl_command_queue queue, struct backend_alloc *alloc);

/**
 * ocl_alloc_image_begin() - an image takes the place of a device-local allocation that has no
 * buffer; until ocl_alloc_image_end() it gets none. Any thread. Return: false when it has one.
 */
bool ocl_alloc_image_begin(struct ocl_backend *ocl, struct backend_alloc *alloc);
void ocl_alloc_image_end(struct ocl_backend *ocl, struct backend_alloc *alloc);

/* ---- ocl_image.c ---- */

/** ocl_image_records() - the device's formats, as a property of DEVICE_INFO. */
int ocl_image_records(struct ocl_backend *ocl);

int ocl_image_create(struct backend *be, const struct dxg_image_desc *desc,
		     const struct backend_span *span, struct backend_image **ret,
		     int32_t *ret_error);
void ocl_image_destroy(struct backend *be, struct backend_image *image);

/** ocl_image_buffer() - the image as what an argument is, and its name for argument caches. */
struct ocl_buffer ocl_image_buffer(struct backend_image *image);

/** ocl_image_acquire(), ocl_image_release() - as ocl_acquire() for memory of its own. Executor. */
cl_int ocl_image_acquire(struct ocl_backend *ocl, cl_command_queue queue,
			 struct backend_image *image, bool *ret_first);
cl_int ocl_image_release(struct ocl_backend *ocl, cl_command_queue queue,
			 struct backend_image *image);

/** ocl_image_pixel() - what a colour is as a pixel of the image's format; waits. Executor. */
cl_int ocl_image_pixel(struct ocl_backend *ocl, const struct backend_image *image,
		       const uint32_t color[4], uint8_t pixel[16]);

/**
 * ocl_image_enqueue() - one of the four packets of images. Executor.
 * @memory: the buffer of COPY_TO_IMAGE and COPY_FROM_IMAGE where the device reaches it, else NULL
 * @ret_what: the call, for a text
 */
cl_int ocl_image_enqueue(struct ocl_backend *ocl, cl_command_queue queue,
			 const struct backend_packet *packet, cl_mem memory, cl_event *ret_event,
			 const char **ret_what);

/* ---- ocl_sampler.c ---- */

/** ocl_sampler() - the sampler of this description, made when first asked for. Executor. */
cl_int ocl_sampler(struct ocl_backend *ocl, const struct dxg_sampler *sampler, cl_sampler *ret);

/** ocl_samplers_fini() - release them. */
void ocl_samplers_fini(struct ocl_backend *ocl);

/* ---- ocl_binary.c ---- */

/** ocl_binary_wrap() - a driver's binary in its envelope, malloc()ed; NULL without memory. */
void *ocl_binary_wrap(struct ocl_backend *ocl, const void *binary, size_t size, size_t *ret_size);

/** ocl_binary_unwrap() - the binary inside @source; false when it is none of this device's. */
bool ocl_binary_unwrap(struct ocl_backend *ocl, const struct backend_source *source,
		       const unsigned char **ret, size_t *ret_size);

/* ---- ocl_program.c ---- */

int ocl_build(struct backend *be, const struct backend_source *source, const char *options,
	      struct backend_build *ret);
int ocl_compile(struct backend *be, const struct backend_source *source, const char *options,
		const struct backend_header *header, uint32_t headers, struct backend_build *ret);
int ocl_link(struct backend *be, struct backend_program *const *input, uint32_t inputs,
	     const char *options, struct backend_build *ret);
void ocl_program_destroy(struct backend *be, struct backend_program *program);
int ocl_program_binary(struct backend *be, struct backend_program *program, void **ret,
		       uint64_t *ret_size);
int ocl_kernel(struct backend *be, struct backend_program *program, uint32_t index,
	       const struct backend_kernel **ret);
int ocl_kernel_info(struct backend *be, struct backend_program *program, uint32_t index,
		    struct dxg_escape_kernel_info *info);

bool ocl_fresh(struct backend *be, const struct backend_packet *packet, size_t count);

/**
 * ocl_kernel_args() - the kernel with these arguments set; what is unchanged since last time is not
 * set again. Executor.
 * @ret_bad: for an error, the argument that the driver refuses
 */
cl_int ocl_kernel_args(struct ocl_backend *ocl, const struct backend_dispatch *dispatch,
		       cl_kernel *ret, uint32_t *ret_bad);

/* ---- ocl_exec.c ---- */

int ocl_context_create(struct backend *be, uint32_t node, struct ipc_units units,
		       struct backend_context **ret);
void ocl_context_destroy(struct backend *be, struct backend_context *context);
int ocl_check(struct backend *be, const struct backend_packet *packet, struct backend_text *text);
int ocl_execute(struct backend *be, struct backend_context *context,
		const struct backend_packet *packet, size_t count, struct backend_result *result);

#endif /* BACKEND_OCL_H */
