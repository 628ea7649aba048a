// SPDX-License-Identifier: MIT
/*
 * test_import.c - dma-bufs of ours and their import, below libdxg: what cannot be told is undone,
 * threads that race, and descriptors of another adapter. Run inside a machine whose module serves
 * at least one adapter; exit status 77 (skipped) where there is no /dev/dxg.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "client.h"
#include "gpu.h"
#include "misc/opendxg.h"

#define PAGE 4096u
#define RACES 200

/** struct buffer - a GPU, and a descriptor of its memory. */
struct buffer {
	struct gpu gpu;
	int fd;
};

static int export_try(struct gpu *gpu, struct d3dkmthandle allocation, void *page)
{
	struct opendxg_exportdmabuf args = { .device = gpu->device,
					     .allocation = allocation,
					     .flags = O_RDWR | O_CLOEXEC,
					     .fd = -1 };
	int err;

	if (page)
		return gpu_call(gpu->fd, OPENDXG_EXPORTDMABUF, page);
	err = gpu_call(gpu->fd, OPENDXG_EXPORTDMABUF, &args);
	return err ? err : args.fd;
}

static struct buffer buffer_open(unsigned int adapter)
{
	struct buffer b;
	int fd = open(GPU_NODE, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(gpu_open(&b.gpu, fd, adapter), 0);
	b.fd = export_try(&b.gpu, b.gpu.memory, NULL);
	assert_true(b.fd >= 0);
	return b;
}

static void buffer_close(struct buffer *b)
{
	close(b->fd);
	close(b->gpu.fd);
}

static int import_try(struct gpu *gpu, int fd, struct opendxg_importdmabuf *ret)
{
	*ret = (struct opendxg_importdmabuf){ .device = gpu->device, .fd = fd };
	return gpu_call(gpu->fd, OPENDXG_IMPORTDMABUF, ret);
}

static int destroy(struct gpu *gpu, struct d3dkmthandle resource)
{
	struct d3dkmt_destroyallocation2 args = { .device = gpu->device, .resource = resource };

	return gpu_call(gpu->fd, LX_DXDESTROYALLOCATION2, &args);
}

static void bad_pointers(void **state)
{
	struct buffer b = buffer_open(0);

	(void)state;
	assert_int_equal(gpu_call(b.gpu.fd, OPENDXG_IMPORTDMABUF, NULL), -EFAULT);
	assert_int_equal(gpu_call(b.gpu.fd, OPENDXG_EXPORTDMABUF, NULL), -EFAULT);
	buffer_close(&b);
}

/* What could not be told does not exist: many more than the host would keep names for. */
static void undone_on_fault(void **state)
{
	struct buffer b = buffer_open(0);
	struct opendxg_importdmabuf in = { .device = b.gpu.device, .fd = b.fd }, first, last;
	struct opendxg_exportdmabuf out = { .device = b.gpu.device,
					    .allocation = b.gpu.memory,
					    .flags = O_RDWR };
	void *in_page = node_readonly(&in, sizeof(in)),
	     *out_page = node_readonly(&out, sizeof(out));
	int i, lowest = client_next_descriptor();

	(void)state;
	assert_int_equal(import_try(&b.gpu, b.fd, &first), 0);
	for (i = 0; i < 2000; i++) {
		assert_int_equal(gpu_call(b.gpu.fd, OPENDXG_IMPORTDMABUF, in_page), -EFAULT);
		assert_int_equal(export_try(&b.gpu, b.gpu.memory, out_page), -EFAULT);
	}
	assert_int_equal(client_next_descriptor(), lowest);
	assert_int_equal(import_try(&b.gpu, b.fd, &last), 0);
	/* Indices are dense: those of what was undone have come round. */
	assert_true((last.allocation.v >> 6 & 0xffffff) <
		    (first.allocation.v >> 6 & 0xffffff) + 512);
	munmap(in_page, PAGE);
	munmap(out_page, PAGE);
	buffer_close(&b);
}

/* Its number of the memory means something else on another adapter, or nothing. */
static void another_adapter(void **state)
{
	struct opendxg_importdmabuf in;
	struct buffer a, b;
	int fd = open(GPU_NODE, O_RDWR | O_CLOEXEC), n = gpu_count(fd);

	(void)state;
	close(fd);
	if (n < 2) {
		printf("SKIP: the machine has one adapter\n");
		skip();
	}
	a = buffer_open(0);
	b = buffer_open(1);
	assert_int_equal(import_try(&b.gpu, a.fd, &in), -EPERM);
	assert_int_equal(import_try(&b.gpu, b.fd, &in), 0);
	buffer_close(&a);
	buffer_close(&b);
}

/* A program with the buffer mapped that has nothing else of us open any more. */
static void outlives_the_file(void **state)
{
	struct buffer b = buffer_open(0), other;
	struct opendxg_importdmabuf in;
	uint8_t *cpu = mmap(NULL, GPU_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, b.fd, 0);

	(void)state;
	assert_true(cpu != MAP_FAILED);
	cpu[7] = 0x70;
	close(b.gpu.fd);
	assert_int_equal(cpu[7], 0x70);
	other = buffer_open(0);
	assert_int_equal(import_try(&other.gpu, b.fd, &in), 0);
	assert_int_equal(destroy(&other.gpu, in.resource), 0);
	assert_int_equal(cpu[7], 0x70);
	close(b.fd);
	assert_int_equal(cpu[7], 0x70);
	munmap(cpu, GPU_MEMORY);
	buffer_close(&other);
}

/** struct race - one allocation that is exported while it is destroyed. */
struct race {
	struct gpu *gpu;
	struct d3dkmthandle allocation;
	pthread_barrier_t barrier;
};

static void *race_export(void *arg)
{
	struct race *race = arg;
	struct opendxg_importdmabuf in;
	int fd, i;

	for (i = 0; i < RACES; i++) {
		pthread_barrier_wait(&race->barrier);
		fd = export_try(race->gpu, race->allocation, NULL);
		if (fd >= 0 && !import_try(race->gpu, fd, &in))
			destroy(race->gpu, in.resource);
		if (fd >= 0)
			close(fd);
		pthread_barrier_wait(&race->barrier);
	}
	return NULL;
}

static void racing_export_and_destroy(void **state)
{
	struct buffer b = buffer_open(0);
	struct race race = { .gpu = &b.gpu };
	struct d3dkmt_destroyallocation2 args = { .device = b.gpu.device,
						  .allocations = GPU_PTR(&race.allocation),
						  .alloc_count = 1 };
	pthread_t thread;
	int i;

	(void)state;
	pthread_barrier_init(&race.barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, race_export, &race), 0);
	for (i = 0; i < RACES; i++) {
		assert_int_equal(gpu_alloc(&b.gpu, DXG_ALLOC_CPU_VISIBLE, PAGE, &race.allocation),
				 0);
		pthread_barrier_wait(&race.barrier);
		assert_int_equal(gpu_call(b.gpu.fd, LX_DXDESTROYALLOCATION2, &args), 0);
		pthread_barrier_wait(&race.barrier);
	}
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&race.barrier);
	buffer_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_pointers),
		cmocka_unit_test(undone_on_fault),
		cmocka_unit_test(another_adapter),
		cmocka_unit_test(outlives_the_file),
		cmocka_unit_test(racing_export_and_destroy),
	};

	if (access(GPU_NODE, F_OK))
		return SKIP;
	return cmocka_run_group_tests_name("test_import", tests, NULL, NULL);
}
