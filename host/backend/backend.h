/* SPDX-License-Identifier: MIT */
/*
 * backend.h - the miniport interface: what a worker asks of the thing that computes. One const ops
 * table per implementation: backend_opencl (any OpenCL 1.2+ driver) and backend_null
 * (deterministic, virtual clock).
 *
 * Everything that reaches a backend was checked before (decode.h): spans lie inside their
 * allocation, counts are within limits.h, kernels exist and their arguments fit. A backend never
 * sees a guest's address or an unchecked byte.
 *
 * Threads. "Reader" is the one thread that holds the reader role (server.h), "builder" any thread
 * of the pool, "executor" the one thread that executes on a node. Objects are reference counted by
 * the worker: a destroy op runs when nothing uses the object any more, on any thread.
 */
#ifndef HOST_BACKEND_H
#define HOST_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dxgwire/cmd.h"
#include "dxgwire/escape.h"
#include "dxgwire/limits.h"
#include "ipc/ipc.h"

/** BACKEND_ANY - let the backend choose the platform and the device. */
#define BACKEND_ANY (~0u)

struct backend;
struct backend_context;
struct backend_program;

/** struct backend_text - one line for people: why something was refused or failed. */
struct backend_text {
	char text[DXG_FAULT_TEXT_MAX];
};

/** backend_say - fill @text, printf-like; cut to its room. NULL @text is fine. */
void backend_say(struct backend_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * struct backend_config - what to open.
 * @platform, @device: indices in the order of the OpenCL loader, or BACKEND_ANY
 * @force_discrete: treat the device as one that cannot reach CPU memory
 */
struct backend_config {
	uint32_t platform;
	uint32_t device;
	bool force_discrete;
};

/** struct backend_limits - what the checks of a dispatch need to know of the device. */
struct backend_limits {
	uint64_t max_work_group_size;
	uint64_t max_work_item_sizes[3];
	uint64_t local_mem_size;
};

/**
 * struct backend_alloc - head of a backend's allocation.
 * @size: bytes
 * @host: CPU address of the first byte (IPC_SEGMENT_SYSTEM), NULL for IPC_SEGMENT_LOCAL
 * @svm: the worker's: the client's address of the first byte, at which the same pages are; 0: none
 */
struct backend_alloc {
	uint64_t size;
	uint8_t *host;
	uint64_t svm;
};

/** struct backend_span - bytes [@offset, @offset + @size) of @alloc; @alloc NULL: nothing. */
struct backend_span {
	struct backend_alloc *alloc;
	uint64_t offset;
	uint64_t size;
};

/**
 * struct backend_image - head of a backend's image.
 * @desc: as checked by dxg_image_bytes()
 * @pixel: bytes of one
 * @span: the memory it is made over, which outlives it
 */
struct backend_image {
	struct dxg_image_desc desc;
	uint32_t pixel;
	struct backend_span span;
};

/** enum backend_object - parameters of a kernel that are no plain values or pointers. */
enum backend_object {
	BACKEND_PLAIN = 0,
	BACKEND_IMAGE,
	BACKEND_SAMPLER,
	BACKEND_FOREIGN, /* what the command set cannot pass: a pipe */
};

/**
 * struct backend_kernel_arg - what one parameter of a kernel takes.
 * @address: cl_kernel_arg_address_qualifier; 0 when the driver does not tell
 * @object: enum backend_object
 * @read_only: the kernel cannot write through it (const, constant, read_only)
 * @image_type: BACKEND_IMAGE: enum dxg_image_type; 0 takes any
 * @image_access: BACKEND_IMAGE: DXG_IMAGE_* of how the kernel uses it; 0 when not told
 * @image_depth: BACKEND_IMAGE: it is of depths
 */
struct backend_kernel_arg {
	uint32_t address;
	uint8_t object;
	bool read_only;
	uint8_t image_type;
	uint8_t image_access;
	bool image_depth;
};

/**
 * struct backend_kernel - what the checks of a dispatch need to know of a kernel.
 * @variadic: takes any arguments; @arg_count is 0
 * @compile_work_group_size: what reqd_work_group_size demands, or zeros
 */
struct backend_kernel {
	uint64_t work_group_size;
	uint64_t compile_work_group_size[3];
	bool variadic;
	uint32_t arg_count;
	struct backend_kernel_arg arg[DXG_KERNEL_ARGS_MAX];
};

/** struct backend_arg - one argument of a dispatch; @kind says which of the others counts. */
struct backend_arg {
	uint32_t kind; /* enum dxg_cmd_arg_kind */
	uint32_t size; /* DXG_ARG_BYTES */
	const void *bytes; /* DXG_ARG_BYTES; the caller's until the submission is done */
	uint64_t local; /* DXG_ARG_LOCAL: bytes */
	struct backend_span
		span; /* DXG_ARG_VA, _SVM: up to the end of its mapping; alloc NULL: null */
	struct backend_image *image; /* DXG_ARG_IMAGE */
	struct dxg_sampler sampler; /* DXG_ARG_SAMPLER */
};

struct backend_copy {
	struct backend_span dst;
	struct backend_span src;
};

/** struct backend_rect - the spans reach from the first to the last byte of each box. */
struct backend_rect {
	struct backend_span dst;
	struct backend_span src;
	uint64_t dst_pitch;
	uint64_t dst_slice;
	uint64_t src_pitch;
	uint64_t src_slice;
	uint64_t region[3];
};

struct backend_fill {
	struct backend_span dst;
	const uint8_t *pattern; /* the caller's until the submission is done */
	uint32_t pattern_size;
};

/** struct backend_copy_image - regions lie inside, formats are equal, nothing overlaps. */
struct backend_copy_image {
	struct backend_image *dst;
	struct backend_image *src;
	uint64_t dst_origin[3];
	uint64_t src_origin[3];
	uint64_t region[3];
};

/** struct backend_image_memory - COPY_TO_IMAGE, COPY_FROM_IMAGE: @memory has the packed pixels. */
struct backend_image_memory {
	struct backend_image *image;
	struct backend_span memory;
	uint64_t origin[3];
	uint64_t region[3];
};

/** struct backend_fill_image - @color: float, int or unsigned, as the format wants it. */
struct backend_fill_image {
	struct backend_image *image;
	uint32_t color[4];
	uint64_t origin[3];
	uint64_t region[3];
};

/** struct backend_dispatch - @arg is the caller's until the submission is done. */
struct backend_dispatch {
	struct backend_program *program;
	uint32_t kernel;
	uint32_t work_dim;
	uint32_t arg_count;
	bool local_given;
	size_t offset[3];
	size_t global[3];
	size_t local[3];
	const struct backend_arg *arg;
};

/**
 * struct backend_packet - one checked packet.
 * @opcode: enum dxg_cmd_opcode; says which member counts
 * @index: number of the packet in its command buffer, for texts
 * @profile: where a struct dxg_cmd_profile goes, or nothing
 */
struct backend_packet {
	uint16_t opcode;
	uint32_t index;
	struct backend_span profile;
	union {
		struct backend_copy copy;
		struct backend_rect rect;
		struct backend_fill fill;
		struct backend_dispatch dispatch;
		struct backend_span timestamp;
		struct backend_copy_image copy_image;
		struct backend_image_memory image_memory;
		struct backend_fill_image fill_image;
	};
};

/** struct backend_source - what a program is built from. */
struct backend_source {
	uint32_t kind; /* enum dxg_program_kind */
	const void *data;
	size_t length;
};

/** struct backend_header - what #include finds under @name; both are the caller's. */
struct backend_header {
	const char *name;
	struct backend_source source;
};

/** BACKEND_EXECUTABLE - backend_build.binary_type of what has kernels:
 * CL_PROGRAM_BINARY_TYPE_EXECUTABLE */
#define BACKEND_EXECUTABLE 4u

/**
 * struct backend_build - outcome of a build, a compilation or a link.
 * @status: the driver's cl_int; 0 exactly when @program is set
 * @log: zero-terminated, malloc()ed, the caller's to free; may be NULL for an empty one
 * @binary_size: bytes of the binary where that costs nothing to know, else 0
 * @binary_type: cl_program_binary_type, of a compilation or a link
 * @program: the built program, owned by the caller; NULL when it did not build
 */
struct backend_build {
	int32_t status;
	char *log;
	uint32_t kernel_count;
	uint64_t binary_size;
	uint32_t binary_type;
	struct backend_program *program;
};

/** struct backend_result - outcome of a submission; @text is written for an error only. */
struct backend_result {
	uint64_t gpu_ns;
	struct backend_text text;
};

/**
 * struct backend_ops - the interface. Every op is mandatory; errors are negative errno.
 */
struct backend_ops {
	const char *name;

	/**
	 * @open: once, before any thread exists; may block. -ENODEV with @text when there is no
	 * such device. The result is closed with @close.
	 */
	int (*open)(const struct backend_config *config, struct backend **ret,
		    struct backend_text *text);
	/** @close: when every object is destroyed and no other thread calls. */
	void (*close)(struct backend *be);

	/** @describe: fill everything of @reply but its header and status; reader, does not block.
	 */
	void (*describe)(struct backend *be, struct ipc_describe_reply *reply);
	/** @limits: constant while open; any thread. */
	const struct backend_limits *(*limits)(struct backend *be);
	/** @clock: ns of the clock in which profiles and timestamps are; any thread. */
	uint64_t (*clock)(struct backend *be);
	/**
	 * @device_info: the device's properties as struct dxg_device_property records; constant
	 * while open, owned by the backend; any thread.
	 */
	const void *(*device_info)(struct backend *be, uint32_t *ret_size);

	/**
	 * @alloc_create: @host NULL for device-local memory, which reads as zero; else pages that
	 * outlive the allocation. Reader; may not block. -ENOMEM.
	 */
	int (*alloc_create)(struct backend *be, uint64_t size, uint8_t *host,
			    struct backend_alloc **ret);
	/** @alloc_destroy: any thread; may block. */
	void (*alloc_destroy)(struct backend *be, struct backend_alloc *alloc);
	/** @read, @write: bytes of a device-local span; reader or builder or executor; block. */
	int (*read)(struct backend *be, const struct backend_span *src, void *dst);
	int (*write)(struct backend *be, const struct backend_span *dst, const void *src);

	/**
	 * @image_create: over @span, all of it, which outlives the image. Where the device is not
	 * unified and @desc is not DXG_IMAGE_SHARED, @span starts its device-local allocation, and
	 * the image, which reads as zero, takes its place. Builder; blocks. -EINVAL when the
	 * device cannot reach it; -EBUSY when the allocation is in use otherwise; a driver that
	 * refuses is no error: *@ret is NULL then, and *@ret_error its cl_int.
	 */
	int (*image_create)(struct backend *be, const struct dxg_image_desc *desc,
			    const struct backend_span *span, struct backend_image **ret,
			    int32_t *ret_error);
	/** @image_destroy: any thread. */
	void (*image_destroy)(struct backend *be, struct backend_image *image);

	/**
	 * @build: compile and link with the guest's @options (zero-terminated). Builder; blocks.
	 * 0 also when the program does not compile (see @ret->status); an error is the backend's
	 * own.
	 */
	int (*build)(struct backend *be, const struct backend_source *source, const char *options,
		     struct backend_build *ret);
	/**
	 * @compile: as @build, without linking; the result has no kernels. A binary is loaded, and
	 * said to be what it is. Builder; blocks.
	 */
	int (*compile)(struct backend *be, const struct backend_source *source, const char *options,
		       const struct backend_header *header, uint32_t headers,
		       struct backend_build *ret);
	/** @link: compiled programs to a library or an executable, as @options say. Builder;
	 * blocks.
	 */
	int (*link)(struct backend *be, struct backend_program *const *input, uint32_t inputs,
		    const char *options, struct backend_build *ret);
	/** @program_destroy: any thread. */
	void (*program_destroy)(struct backend *be, struct backend_program *program);
	/**
	 * @program_binary: the whole binary, malloc()ed, the caller's to free; builder; blocks:
	 * drivers may compile every kernel to tell as little as its size.
	 */
	int (*program_binary)(struct backend *be, struct backend_program *program, void **ret,
			      uint64_t *ret_size);
	/**
	 * @kernel: what decode needs of kernel @index (< kernel_count); lives as long as the
	 * program. Reader; short. -EIO when the driver refuses the kernel.
	 */
	int (*kernel)(struct backend *be, struct backend_program *program, uint32_t index,
		      const struct backend_kernel **ret);
	/** @kernel_info: fill all out-fields of @info, names included; reader; short. */
	int (*kernel_info)(struct backend *be, struct backend_program *program, uint32_t index,
			   struct dxg_escape_kernel_info *info);

	/**
	 * @context_create: what executes on it runs on @units only; -EINVAL when there are no
	 * such, or the device cannot be divided; -ENOSPC when too many different ones were asked
	 * for. Reader; short.
	 */
	int (*context_create)(struct backend *be, uint32_t node, struct ipc_units units,
			      struct backend_context **ret);
	/** @context_destroy: nothing executes on it; any thread. */
	void (*context_destroy)(struct backend *be, struct backend_context *context);

	/**
	 * @check: what this backend alone must refuse of a packet that is otherwise good, before
	 * any packet of its buffer runs. Reader; does not block. -EINVAL with @text.
	 */
	int (*check)(struct backend *be, const struct backend_packet *packet,
		     struct backend_text *text);
	/**
	 * @fresh: will the driver have to compile before it can run these? Asked once for a
	 * submission, right before it: what was asked for is not fresh again. Reader; short.
	 */
	bool (*fresh)(struct backend *be, const struct backend_packet *packet, size_t count);
	/**
	 * @execute: run @count packets in order; returns when all are done and every profile record
	 * is written. Executor; blocks. -EIO with a text in @result when the driver failed.
	 */
	int (*execute)(struct backend *be, struct backend_context *context,
		       const struct backend_packet *packet, size_t count,
		       struct backend_result *result);
};

/** struct backend - head of an open backend. */
struct backend {
	const struct backend_ops *ops;
};

extern const struct backend_ops backend_null_ops;
extern const struct backend_ops backend_opencl_ops;

/** backend_image_region - the bytes from the first to the last pixel of a region, where linear. */
struct backend_span backend_image_region(const struct backend_image *image,
					 const uint64_t origin[3], const uint64_t region[3]);

/** backend_read - bytes of any span, through the CPU mapping when there is one. */
int backend_read(struct backend *be, const struct backend_span *src, void *dst);

/** backend_write - bytes to any span, through the CPU mapping when there is one. */
int backend_write(struct backend *be, const struct backend_span *dst, const void *src);

/* ---- helpers for implementations: CPU versions of packets ---- */

/** backend_host_rect - copy a box between CPU addresses. */
void backend_host_rect(uint8_t *dst, const uint8_t *src, const struct backend_rect *rect);

/** backend_host_copy_image, _image_memory, _fill_pixel - the same for images in linear memory. */
void backend_host_copy_image(uint8_t *dst, const uint8_t *src, const struct backend_copy_image *c);
void backend_host_image_memory(uint8_t *image, uint8_t *memory,
			       const struct backend_image_memory *c, bool to_image);
void backend_host_fill_pixel(uint8_t *image, const struct backend_fill_image *f,
			     const uint8_t *pixel);

/** backend_host_fill - @size bytes of a repeated pattern; @size is a multiple of @pattern_size. */
void backend_host_fill(uint8_t *dst, uint64_t size, const uint8_t *pattern, uint32_t pattern_size);

#endif /* HOST_BACKEND_H */
