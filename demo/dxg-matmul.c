// SPDX-License-Identifier: MIT
/*
 * dxg-matmul - a tiled matrix product on the first OpenCL device, every element checked on the CPU.
 *
 * dxg-matmul [N]: N x N floats, N a multiple of 16 up to 4096, 512 if not given. The numbers are
 * small integers, so that every sum is exact in float and "right" means equal. Prints one line;
 * status 0 when all is right, 1 when not, 2 when OpenCL failed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ocl.h"

#define TILE 16
#define N_MAX 4096

static const char source[] =
	"#define TILE 16\n"
	"__attribute__((reqd_work_group_size(TILE, TILE, 1)))\n"
	"__kernel void product(__global const float *a, __global const float *b,\n"
	"                      __global float *c, int n)\n"
	"{\n"
	"	__local float ta[TILE][TILE], tb[TILE][TILE];\n"
	"	int x = get_global_id(0), y = get_global_id(1);\n"
	"	int lx = get_local_id(0), ly = get_local_id(1);\n"
	"	float sum = 0;\n"
	"	for (int t = 0; t < n; t += TILE) {\n"
	"		ta[ly][lx] = a[y * n + t + lx];\n"
	"		tb[ly][lx] = b[(t + ly) * n + x];\n"
	"		barrier(CLK_LOCAL_MEM_FENCE);\n"
	"		for (int k = 0; k < TILE; k++)\n"
	"			sum += ta[ly][k] * tb[k][lx];\n"
	"		barrier(CLK_LOCAL_MEM_FENCE);\n"
	"	}\n"
	"	c[y * n + x] = sum;\n"
	"}\n";

/** struct product - @a times @b shall be @c; all @n x @n, row by row. */
struct product {
	int n;
	float *a;
	float *b;
	float *c;
};

static size_t bytes(const struct product *p)
{
	return (size_t)p->n * (size_t)p->n * sizeof(float);
}

static float *alloc_matrix(const struct product *p)
{
	float *m = calloc(1, bytes(p));

	if (m)
		return m;
	fprintf(stderr, "dxg-matmul: no memory for %d x %d floats\n", p->n, p->n);
	exit(2);
}

/* -4..4, from a small generator with a fixed start: the same matrices every time. */
static void fill(float *m, size_t count, uint32_t seed)
{
	for (size_t i = 0; i < count; i++) {
		seed = seed * 1664525u + 1013904223u;
		m[i] = (float)((int)(seed >> 24) % 9 - 4);
	}
}

static double multiply(struct ocl *o, const struct product *p)
{
	size_t global[2] = { (size_t)p->n, (size_t)p->n }, local[2] = { TILE, TILE };
	cl_mem a = ocl_buffer(o, CL_MEM_READ_ONLY, bytes(p), p->a);
	cl_mem b = ocl_buffer(o, CL_MEM_READ_ONLY, bytes(p), p->b);
	cl_mem c = ocl_buffer(o, CL_MEM_WRITE_ONLY, bytes(p), NULL);
	cl_kernel kernel = ocl_kernel(o, "product");
	cl_ulong start = 0, end = 0;
	cl_event event;

	ocl_check(clSetKernelArg(kernel, 0, sizeof(a), &a), "clSetKernelArg");
	ocl_check(clSetKernelArg(kernel, 1, sizeof(b), &b), "clSetKernelArg");
	ocl_check(clSetKernelArg(kernel, 2, sizeof(c), &c), "clSetKernelArg");
	ocl_check(clSetKernelArg(kernel, 3, sizeof(p->n), &p->n), "clSetKernelArg");
	ocl_check(clEnqueueNDRangeKernel(o->queue, kernel, 2, NULL, global, local, 0, NULL, &event),
		  "clEnqueueNDRangeKernel");
	ocl_check(clEnqueueReadBuffer(o->queue, c, CL_TRUE, 0, bytes(p), p->c, 0, NULL, NULL),
		  "clEnqueueReadBuffer");
	clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof(start), &start, NULL);
	clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof(end), &end, NULL);
	clReleaseEvent(event);
	clReleaseKernel(kernel);
	clReleaseMemObject(a);
	clReleaseMemObject(b);
	clReleaseMemObject(c);
	return (double)(end - start) / 1e6;
}

/* One row at a time, so that the inner loop runs along memory. */
static size_t count_right(const struct product *p)
{
	size_t n = (size_t)p->n, right = 0;
	float *row = alloc_matrix(p);

	for (size_t y = 0; y < n; y++) {
		for (size_t x = 0; x < n; x++)
			row[x] = 0;
		for (size_t k = 0; k < n; k++)
			for (size_t x = 0; x < n; x++)
				row[x] += p->a[y * n + k] * p->b[k * n + x];
		for (size_t x = 0; x < n; x++)
			right += row[x] == p->c[y * n + x];
	}
	free(row);
	return right;
}

int main(int argc, char **argv)
{
	struct product p = { .n = argc > 1 ? atoi(argv[1]) : 512 };
	size_t count = (size_t)p.n * (size_t)p.n, right;
	double begin = now_ms(), kernel_ms, total_ms;
	struct ocl o = { 0 };

	if (argc > 2 || p.n < TILE || p.n > N_MAX || p.n % TILE) {
		fprintf(stderr, "usage: dxg-matmul [N]   N: a multiple of %d, at most %d\n", TILE,
			N_MAX);
		return 2;
	}
	p.a = alloc_matrix(&p);
	p.b = alloc_matrix(&p);
	p.c = alloc_matrix(&p);
	fill(p.a, count, 1);
	fill(p.b, count, 2);
	ocl_open(&o, source, "");
	kernel_ms = multiply(&o, &p);
	total_ms = now_ms() - begin;
	right = count_right(&p);
	printf("dxg-matmul: %s: %zu of %zu elements right, kernel %.2f ms, %.2f GFLOPS, total %.0f ms,"
	       " device \"%s\" of \"%s\"\n",
	       right == count ? "ok" : "WRONG", right, count, kernel_ms,
	       2.0 * p.n * p.n * p.n / (kernel_ms > 0 ? kernel_ms : 1) / 1e6, total_ms, o.name,
	       o.platform_name);
	ocl_close(&o);
	free(p.a);
	free(p.b);
	free(p.c);
	return right == count ? 0 : 1;
}
