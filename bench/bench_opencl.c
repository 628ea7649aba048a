/* SPDX-License-Identifier: MIT */
/*
 * bench_opencl.c - what an OpenCL application feels: launch latency, a chain of tiny kernels, buffer
 * bandwidth. A plain OpenCL 1.2 program: bench/run-bench runs the same binary on the bare driver
 * and on a vGPU and compares. One JSON object {"name", "value", "unit"} per line, medians.
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS 9
#define LAUNCHES 200
#define CHAIN 2000
#define BUFFER_BYTES (64u << 20)

struct bench {
	cl_device_id device;
	cl_context context;
	cl_command_queue queue;
	cl_program program;
	cl_kernel kernel;
	cl_mem buffer;
	void *host;
};

static const char source[] = "kernel void bump(global int *p) { p[get_global_id(0)] += 1; }";

static void check(cl_int err, const char *what)
{
	if (err == CL_SUCCESS)
		return;
	fprintf(stderr, "bench_opencl: %s failed with %d\n", what, err);
	exit(1);
}

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

static void report(const char *name, double value, const char *unit)
{
	printf("{\"name\": \"%s\", \"value\": %.4f, \"unit\": \"%s\"}\n", name, value, unit);
}

static void setup(struct bench *b)
{
	const char *text = source;
	cl_platform_id platform;
	cl_int err;

	check(clGetPlatformIDs(1, &platform, NULL), "clGetPlatformIDs");
	check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &b->device, NULL), "clGetDeviceIDs");
	b->context = clCreateContext(NULL, 1, &b->device, NULL, NULL, &err);
	check(err, "clCreateContext");
	b->queue = clCreateCommandQueue(b->context, b->device, CL_QUEUE_PROFILING_ENABLE, &err);
	check(err, "clCreateCommandQueue");
	b->program = clCreateProgramWithSource(b->context, 1, &text, NULL, &err);
	check(err, "clCreateProgramWithSource");
	check(clBuildProgram(b->program, 1, &b->device, "", NULL, NULL), "clBuildProgram");
	b->kernel = clCreateKernel(b->program, "bump", &err);
	check(err, "clCreateKernel");
	b->buffer = clCreateBuffer(b->context, CL_MEM_READ_WRITE, BUFFER_BYTES, NULL, &err);
	check(err, "clCreateBuffer");
	check(clSetKernelArg(b->kernel, 0, sizeof(b->buffer), &b->buffer), "clSetKernelArg");
	b->host = malloc(BUFFER_BYTES);
	if (!b->host)
		check(CL_OUT_OF_HOST_MEMORY, "malloc");
	memset(b->host, 0, BUFFER_BYTES);
}

static void launch(struct bench *b)
{
	size_t one = 1;

	check(clEnqueueNDRangeKernel(b->queue, b->kernel, 1, NULL, &one, &one, 0, NULL, NULL),
	      "clEnqueueNDRangeKernel");
}

/* One kernel, then wait for it: what a latency-bound application pays. */
static void bench_launch(struct bench *b)
{
	static double v[LAUNCHES];
	double start;
	int i;

	for (i = 0; i < LAUNCHES; i++) {
		start = now_us();
		launch(b);
		check(clFinish(b->queue), "clFinish");
		v[i] = now_us() - start;
	}
	report("launch_latency", median(v, LAUNCHES), "us");
}

static void bench_chain(struct bench *b)
{
	double v[RUNS], start;
	int i, n;

	for (i = 0; i < RUNS; i++) {
		start = now_us();
		for (n = 0; n < CHAIN; n++)
			launch(b);
		check(clFinish(b->queue), "clFinish");
		v[i] = (now_us() - start) / CHAIN;
	}
	report("launch_chain", median(v, RUNS), "us");
}

static void bench_transfer(struct bench *b)
{
	double w[RUNS], r[RUNS], m[RUNS], start;
	cl_int err;
	void *p;
	int i;

	for (i = 0; i < RUNS; i++) {
		start = now_us();
		check(clEnqueueWriteBuffer(b->queue, b->buffer, CL_TRUE, 0, BUFFER_BYTES, b->host, 0,
					   NULL, NULL), "clEnqueueWriteBuffer");
		w[i] = BUFFER_BYTES / (now_us() - start) / 1e3;
		start = now_us();
		check(clEnqueueReadBuffer(b->queue, b->buffer, CL_TRUE, 0, BUFFER_BYTES, b->host, 0,
					  NULL, NULL), "clEnqueueReadBuffer");
		r[i] = BUFFER_BYTES / (now_us() - start) / 1e3;
		start = now_us();
		p = clEnqueueMapBuffer(b->queue, b->buffer, CL_TRUE, CL_MAP_WRITE, 0, BUFFER_BYTES, 0,
				       NULL, NULL, &err);
		check(err, "clEnqueueMapBuffer");
		check(clEnqueueUnmapMemObject(b->queue, b->buffer, p, 0, NULL, NULL), "unmap");
		check(clFinish(b->queue), "clFinish");
		m[i] = now_us() - start;
	}
	report("buffer_write_bandwidth", median(w, RUNS), "GB/s");
	report("buffer_read_bandwidth", median(r, RUNS), "GB/s");
	report("buffer_map_unmap", median(m, RUNS), "us");
}

int main(void)
{
	struct bench b;

	memset(&b, 0, sizeof(b));
	setup(&b);
	launch(&b);
	check(clFinish(b.queue), "clFinish");
	bench_launch(&b);
	bench_chain(&b);
	bench_transfer(&b);
	free(b.host);
	clReleaseMemObject(b.buffer);
	clReleaseKernel(b.kernel);
	clReleaseProgram(b.program);
	clReleaseCommandQueue(b.queue);
	clReleaseContext(b.context);
	return 0;
}
