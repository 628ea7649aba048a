/* SPDX-License-Identifier: MIT */
/*
 * gpu: a device on /dev/dxg that can compute, by raw ioctls: what the tests of this folder share
 * that need more than a handle. Nothing here asserts: every function returns 0 or a negative errno,
 * so that threads and children can use it too.
 */
#ifndef TESTS_KERNEL_GPU_H
#define TESTS_KERNEL_GPU_H

#include <stdint.h>

#include "dxgwire/escape.h"
#include "misc/d3dkmthk.h"

#define GPU_NODE "/dev/dxg"
#define GPU_MEMORY \
	(1u << 20) /* bytes of the memory of a struct gpu; commands lie in its first half */
#define GPU_PTR(p) ((uint64_t)(uintptr_t)(p))

/**
 * struct gpu - everything from the adapter's handle to mapped memory.
 * @value: what was last queued for @fence; @shown: where the host shows it
 * @va_start, @va_end: where mappings may lie
 * @memory: CPU-visible, at @va for the GPU and @cpu for us
 */
struct gpu {
	int fd;
	struct winluid luid;
	struct d3dkmthandle adapter, device, context, queue, fence, memory;
	uint64_t value;
	const volatile uint64_t *shown;
	uint64_t va_start, va_end;
	uint64_t va;
	uint8_t *cpu;
};

/** gpu_call() - an ioctl. Return: what it returned, or a negative errno. */
int gpu_call(int fd, unsigned long cmd, void *arg);

/** gpu_count() - how many adapters there are, with no handle opened; or a negative errno. */
int gpu_count(int fd);

/** gpu_open_adapter() - a handle of the adapter at place @index. -ENODEV: there are fewer. */
int gpu_open_adapter(struct gpu *gpu, int fd, unsigned int index);

/** gpu_open() - the whole of it. */
int gpu_open(struct gpu *gpu, int fd, unsigned int index);

/** gpu_alloc() - one allocation. @flags: DXG_ALLOC_* */
int gpu_alloc(struct gpu *gpu, uint32_t flags, uint64_t size, struct d3dkmthandle *ret);

/** gpu_map() - the whole of an allocation of @size bytes, anywhere. */
int gpu_map(struct gpu *gpu, struct d3dkmthandle allocation, uint64_t size, uint64_t *ret_va);

/** gpu_fill_at() - write @n FILL packets of [@va, @va + @size). Return: bytes of them. */
uint32_t gpu_fill_at(struct gpu *gpu, unsigned int n, uint32_t pattern, uint64_t va, uint64_t size);

/** gpu_fill() - write @n FILL packets (second half of the memory, @pattern). Return: bytes of them.
 */
uint32_t gpu_fill(struct gpu *gpu, unsigned int n, uint32_t pattern);

/** gpu_submit() - the first @length bytes of the memory as commands. */
int gpu_submit(struct gpu *gpu, uint32_t length);

/** gpu_signal() - the context signals the next value of the fence. */
int gpu_signal(struct gpu *gpu);

/** gpu_wait() - until the fence is at @value. @event: asynchronously, by that eventfd; 0: sleep */
int gpu_wait(struct gpu *gpu, uint64_t value, uint64_t event);

/** gpu_compute() - fill, wait, look. -EIO: the memory holds something else. */
int gpu_compute(struct gpu *gpu, uint32_t pattern);

#endif /* TESTS_KERNEL_GPU_H */
