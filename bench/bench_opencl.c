/* SPDX-License-Identifier: MIT */
/*
 * bench_opencl.c - what an OpenCL application feels: launch latency, a chain of tiny kernels,
 * buffer bandwidth, what a map copies. A plain OpenCL 1.2 program: bench/run-bench runs the same
 * binary on the bare driver and on a vGPU and compares. One JSON object {"name", "value", "unit"}
 * per line, medians.
 *
 * usage: bench_opencl [usual|launches|copies|discrete|build|kernel]: "build" is what a new process
 * waits for a program, "kernel" what the device itself takes for a kernel. "launches" and "copies"
 * want both platforms in one process, and "copies" 1 GiB of memory from each: they measure them in
 * turn, sample by sample, so that whatever else the machine does meets both; their lines have a
 * "reference" and a "reference_value", too. "discrete" are copies, and rectangular ones, of a vGPU
 * whose memory the CPU does not see.
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS 9
#define LAUNCHES 200
#define BURST 15
#define CHAIN 2000
#define CHAIN_LONG 10000
#define CHAIN_LONG_RUNS 9
#define BUFFER_BYTES (64u << 20)
#define COPY_LEAST (1u << 20)
#define COPY_MOST (1u << 30)
#define COPY_BYTES (UINT64_C(2) << 30) /* moved per size and platform, at least */
#define RECT_PITCH 4096u
#define RECT_ROW 3000u
#define MAPS 32
#define KERNEL_ITEMS 4096
#define KERNEL_ROUNDS 20000

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

/* Of the size that applications have: several kernels, local memory, functions of the library. */
static const char larger_source[] =
	"#define TILE 16\n"
	"kernel void bump(global int *p) { p[get_global_id(0)] += 1; }\n"
	"kernel void wave(global float *x, float f, int n)\n"
	"{ int i = get_global_id(0); if (i < n) x[i] = sin(x[i] * f) + exp(-x[i]); }\n"
	"kernel void multiply(global const float *a, global const float *b, global float *c, int n)\n"
	"{ local float s[TILE][TILE], t[TILE][TILE]; float sum = 0;\n"
	"  int x = get_local_id(0), y = get_local_id(1);\n"
	"  int col = get_global_id(0), row = get_global_id(1);\n"
	"  for (int k = 0; k < n; k += TILE) {\n"
	"    s[y][x] = a[row * n + k + x]; t[y][x] = b[(k + y) * n + col];\n"
	"    barrier(CLK_LOCAL_MEM_FENCE);\n"
	"    for (int i = 0; i < TILE; i++) sum += s[y][i] * t[i][x];\n"
	"    barrier(CLK_LOCAL_MEM_FENCE); }\n"
	"  c[row * n + col] = sum; }\n";

static const char busy_source[] =
	"kernel void bump(global int *p, int rounds)\n"
	"{ uint x = get_global_id(0);\n"
	"  for (int i = 0; i < rounds; i++) x = x * 1664525u + 1013904223u + (x >> 7);\n"
	"  p[get_global_id(0)] = x; }\n";

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

static void build(struct bench *b, const char *text)
{
	cl_int err;

	b->program = clCreateProgramWithSource(b->context, 1, &text, NULL, &err);
	check(err, "clCreateProgramWithSource");
	check(clBuildProgram(b->program, 1, &b->device, "", NULL, NULL), "clBuildProgram");
}

static void setup_on(struct bench *b, cl_platform_id platform, size_t bytes)
{
	cl_int err;

	check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &b->device, NULL), "clGetDeviceIDs");
	b->context = clCreateContext(NULL, 1, &b->device, NULL, NULL, &err);
	check(err, "clCreateContext");
	b->queue = clCreateCommandQueue(b->context, b->device, CL_QUEUE_PROFILING_ENABLE, &err);
	check(err, "clCreateCommandQueue");
	b->buffer = clCreateBuffer(b->context, CL_MEM_READ_WRITE, bytes, NULL, &err);
	check(err, "clCreateBuffer");
	b->host = malloc(bytes);
	if (!b->host)
		check(CL_OUT_OF_HOST_MEMORY, "malloc");
	memset(b->host, 0, bytes);
}

static void setup(struct bench *b, size_t bytes)
{
	cl_platform_id platform;

	check(clGetPlatformIDs(1, &platform, NULL), "clGetPlatformIDs");
	setup_on(b, platform, bytes);
}

static void setup_kernel(struct bench *b, const char *text)
{
	cl_int err;

	build(b, text);
	b->kernel = clCreateKernel(b->program, "bump", &err);
	check(err, "clCreateKernel");
	check(clSetKernelArg(b->kernel, 0, sizeof(b->buffer), &b->buffer), "clSetKernelArg");
}

static void launch(struct bench *b)
{
	size_t one = 1;

	check(clEnqueueNDRangeKernel(b->queue, b->kernel, 1, NULL, &one, &one, 0, NULL, NULL),
	      "clEnqueueNDRangeKernel");
}

/* One kernel, then wait for it: what a latency-bound application pays. */
static double launch_us(struct bench *b)
{
	double start = now_us();

	launch(b);
	check(clFinish(b->queue), "clFinish");
	return now_us() - start;
}

/* The median of a few, each right after the one before. */
static double launches_us(struct bench *b)
{
	double v[BURST];
	int i;

	for (i = 0; i < BURST; i++)
		v[i] = launch_us(b);
	return median(v, BURST);
}

static void bench_launch(struct bench *b)
{
	static double v[LAUNCHES];
	int i;

	for (i = 0; i < LAUNCHES; i++)
		v[i] = launch_us(b);
	report("launch_latency", median(v, LAUNCHES), "us");
}

/* Each kernel of a chain. */
static double chain_us(struct bench *b, int length)
{
	double start = now_us();
	int n;

	for (n = 0; n < length; n++)
		launch(b);
	check(clFinish(b->queue), "clFinish");
	return (now_us() - start) / length;
}

static void bench_chain(struct bench *b)
{
	double v[RUNS];
	int i;

	for (i = 0; i < RUNS; i++)
		v[i] = chain_us(b, CHAIN);
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
		check(clEnqueueWriteBuffer(b->queue, b->buffer, CL_TRUE, 0, BUFFER_BYTES, b->host,
					   0, NULL, NULL),
		      "clEnqueueWriteBuffer");
		w[i] = BUFFER_BYTES / (now_us() - start) / 1e3;
		start = now_us();
		check(clEnqueueReadBuffer(b->queue, b->buffer, CL_TRUE, 0, BUFFER_BYTES, b->host, 0,
					  NULL, NULL),
		      "clEnqueueReadBuffer");
		r[i] = BUFFER_BYTES / (now_us() - start) / 1e3;
		start = now_us();
		p = clEnqueueMapBuffer(b->queue, b->buffer, CL_TRUE, CL_MAP_WRITE, 0, BUFFER_BYTES,
				       0, NULL, NULL, &err);
		check(err, "clEnqueueMapBuffer");
		check(clEnqueueUnmapMemObject(b->queue, b->buffer, p, 0, NULL, NULL), "unmap");
		check(clFinish(b->queue), "clFinish");
		m[i] = now_us() - start;
	}
	report("buffer_write_bandwidth", median(w, RUNS), "GB/s");
	report("buffer_read_bandwidth", median(r, RUNS), "GB/s");
	report("buffer_map_unmap", median(m, RUNS), "us");
}

/* ---- copies of all sizes ---- */

static void write_buffer(struct bench *b, size_t bytes)
{
	check(clEnqueueWriteBuffer(b->queue, b->buffer, CL_TRUE, 0, bytes, b->host, 0, NULL, NULL),
	      "clEnqueueWriteBuffer");
}

static void read_buffer(struct bench *b, size_t bytes)
{
	check(clEnqueueReadBuffer(b->queue, b->buffer, CL_TRUE, 0, bytes, b->host, 0, NULL, NULL),
	      "clEnqueueReadBuffer");
}

/* Rows of RECT_ROW bytes in @bytes of the buffer and as many of the application's. */
static void write_rect(struct bench *b, size_t bytes)
{
	size_t origin[3] = { 0 }, region[3] = { RECT_ROW, bytes / RECT_PITCH, 1 };

	check(clEnqueueWriteBufferRect(b->queue, b->buffer, CL_TRUE, origin, origin, region,
				       RECT_PITCH, 0, RECT_PITCH, 0, b->host, 0, NULL, NULL),
	      "clEnqueueWriteBufferRect");
}

static void read_rect(struct bench *b, size_t bytes)
{
	size_t origin[3] = { 0 }, region[3] = { RECT_ROW, bytes / RECT_PITCH, 1 };

	check(clEnqueueReadBufferRect(b->queue, b->buffer, CL_TRUE, origin, origin, region,
				      RECT_PITCH, 0, RECT_PITCH, 0, b->host, 0, NULL, NULL),
	      "clEnqueueReadBufferRect");
}

static const struct copy {
	const char *name;
	void (*run)(struct bench *b, size_t bytes);
} copies[] = {
	{ "write", write_buffer },
	{ "read", read_buffer },
	{ "write_rect", write_rect },
	{ "read_rect", read_rect },
};

#define COPIES_PLAIN 2 /* the first of them: not rectangular */
#define COPIES (sizeof(copies) / sizeof(copies[0]))

/** struct pair - a vGPU and the bare driver. */
struct pair {
	struct bench ours;
	struct bench bare;
};

/* Medians; of the ratios, not the ratio of the medians: the samples of a pair belong together. */
static void report_pair(const char *name, double *ours, const double *bare, size_t n,
			const char *unit)
{
	double *ratio = calloc(n, sizeof(*ratio)), value, r;
	size_t i;

	if (!ratio)
		check(CL_OUT_OF_HOST_MEMORY, "calloc");
	for (i = 0; i < n; i++)
		ratio[i] = ours[i] / bare[i];
	r = median(ratio, n);
	value = median(ours, n);
	printf("{\"name\": \"%s\", \"value\": %.4f, \"unit\": \"%s\", "
	       "\"reference\": \"bare driver\", \"reference_value\": %.4f}\n",
	       name, value, unit, value / r);
	free(ratio);
}

static void pair_launches(struct pair *p)
{
	static double ours[LAUNCHES], bare[LAUNCHES];
	int i;

	for (i = 0; i < LAUNCHES; i++) {
		ours[i] = launches_us(&p->ours);
		bare[i] = launches_us(&p->bare);
	}
	report_pair("cl_launch_latency", ours, bare, LAUNCHES, "us");
	for (i = 0; i < CHAIN_LONG_RUNS; i++) {
		ours[i] = chain_us(&p->ours, CHAIN_LONG);
		bare[i] = chain_us(&p->bare, CHAIN_LONG);
	}
	report_pair("cl_chain_10k", ours, bare, CHAIN_LONG_RUNS, "us");
}

static double copy_speed(struct bench *b, size_t bytes, const struct copy *copy)
{
	double start = now_us();

	copy->run(b, bytes);
	return bytes / (now_us() - start) / 1e3;
}

static void pair_copy(struct pair *p, size_t bytes, const char *kind, const struct copy *copy)
{
	size_t n = COPY_BYTES / bytes < 9 ? 9 : COPY_BYTES / bytes > 200 ? 200 : COPY_BYTES / bytes;
	double ours[200], bare[200];
	char name[48];
	size_t i;

	for (i = 0; i < n; i++) {
		/* Who is first finds other things in the caches than who is second. */
		if (i % 2)
			bare[i] = copy_speed(&p->bare, bytes, copy);
		ours[i] = copy_speed(&p->ours, bytes, copy);
		if (!(i % 2))
			bare[i] = copy_speed(&p->bare, bytes, copy);
	}
	snprintf(name, sizeof(name), "cl_copy_%s%s_%zu_mib", kind, copy->name, bytes >> 20);
	report_pair(name, ours, bare, n, "GB/s");
}

static void pair_copies(struct pair *p, const char *kind, size_t count)
{
	size_t bytes, i;

	write_buffer(&p->ours, COPY_MOST);
	write_buffer(&p->bare, COPY_MOST);
	for (bytes = COPY_LEAST; bytes <= COPY_MOST; bytes *= 4)
		for (i = 0; i < count; i++)
			pair_copy(p, bytes, kind, &copies[i]);
}

/* ---- what a map copies ---- */

static uint8_t *map(struct bench *b, size_t offset, size_t bytes)
{
	cl_int err;
	void *p = clEnqueueMapBuffer(b->queue, b->buffer, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE,
				     offset, bytes, 0, NULL, NULL, &err);

	check(err, "clEnqueueMapBuffer");
	return p;
}

static void unmap(struct bench *b, void *p)
{
	check(clEnqueueUnmapMemObject(b->queue, b->buffer, p, 0, NULL, NULL), "unmap");
	check(clFinish(b->queue), "clFinish");
}

static double map_us(struct bench *b, size_t bytes)
{
	double v[MAPS], start;
	int i;

	for (i = 0; i < MAPS; i++) {
		start = now_us();
		unmap(b, map(b, 0, bytes));
		v[i] = now_us() - start;
	}
	return median(v, MAPS);
}

/*
 * How much of a buffer a map and an unmap copy, in copies of it. Nothing is copied where two maps
 * of one buffer show the same memory, and where mapping it all takes no longer than mapping a page
 * does; a tenth of the time that a copy takes is for the noise.
 */
static void bench_map(struct bench *b)
{
	uint8_t *all = map(b, 0, BUFFER_BYTES), *part = map(b, BUFFER_BYTES / 2, 4096);
	bool same = part == all + BUFFER_BYTES / 2;
	double start, copy, more;

	unmap(b, part);
	unmap(b, all);
	start = now_us();
	read_buffer(b, BUFFER_BYTES);
	copy = now_us() - start;
	more = map_us(b, BUFFER_BYTES) - map_us(b, 4096);
	report("cl_map_copies", same && more < copy / 10 ? 0 : more > copy ? more / copy : 1, "");
}

/* ---- the whole programs ---- */

static void usual(struct bench *b)
{
	setup(b, BUFFER_BYTES);
	setup_kernel(b, source);
	launch(b);
	check(clFinish(b->queue), "clFinish");
	bench_launch(b);
	bench_chain(b);
	bench_transfer(b);
	bench_map(b);
}

/* What a process waits that builds what was built before; the first one builds it. */
static void once_built(struct bench *b)
{
	double start;

	setup(b, 4096);
	start = now_us();
	setup_kernel(b, larger_source);
	report("cl_build_cached_ms", (now_us() - start) / 1e3, "ms");
	launch(b);
	check(clFinish(b->queue), "clFinish");
}

/* What the device takes for a kernel, by its own clock. */
static void by_events(struct bench *b)
{
	size_t items = KERNEL_ITEMS, group = 64;
	int rounds = KERNEL_ROUNDS, i;
	cl_ulong start, end;
	double v[RUNS];
	cl_event event;

	setup(b, KERNEL_ITEMS * sizeof(int));
	setup_kernel(b, busy_source);
	check(clSetKernelArg(b->kernel, 1, sizeof(rounds), &rounds), "clSetKernelArg");
	for (i = -1; i < RUNS; i++) {
		check(clEnqueueNDRangeKernel(b->queue, b->kernel, 1, NULL, &items, &group, 0, NULL,
					     &event),
		      "clEnqueueNDRangeKernel");
		check(clFinish(b->queue), "clFinish");
		check(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof(start),
					      &start, NULL),
		      "clGetEventProfilingInfo");
		check(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof(end), &end,
					      NULL),
		      "clGetEventProfilingInfo");
		clReleaseEvent(event);
		if (i >= 0)
			v[i] = (end - start) / 1e6;
	}
	report("cl_vm_kernel_time", median(v, RUNS), "ms");
}

static bool platform_is_ours(cl_platform_id platform)
{
	char name[128] = "";

	clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof(name) - 1, name, NULL);
	return strstr(name, "opendxg");
}

static void teardown(struct bench *b);

static void setup_pair(struct pair *p, size_t bytes)
{
	cl_platform_id platform[2];
	cl_uint n = 0;
	int ours;

	memset(p, 0, sizeof(*p));
	check(clGetPlatformIDs(2, platform, &n), "clGetPlatformIDs");
	ours = n == 2 && platform_is_ours(platform[1]);
	if (n != 2 || platform_is_ours(platform[!ours])) {
		fprintf(stderr, "bench_opencl: this part wants a vGPU and one other platform\n");
		exit(2);
	}
	setup_on(&p->ours, platform[ours], bytes);
	setup_on(&p->bare, platform[!ours], bytes);
}

static void teardown_pair(struct pair *p)
{
	teardown(&p->ours);
	teardown(&p->bare);
}

static void both_launches(struct bench *first)
{
	struct pair p;

	(void)first;
	setup_pair(&p, BUFFER_BYTES);
	setup_kernel(&p.ours, source);
	setup_kernel(&p.bare, source);
	launch_us(&p.ours);
	launch_us(&p.bare);
	pair_launches(&p);
	teardown_pair(&p);
}

static void both_copies(struct bench *first)
{
	struct pair p;

	(void)first;
	setup_pair(&p, COPY_MOST);
	pair_copies(&p, "", COPIES_PLAIN);
	teardown_pair(&p);
}

static void both_discrete(struct bench *first)
{
	struct pair p;

	(void)first;
	setup_pair(&p, COPY_MOST);
	pair_copies(&p, "discrete_", COPIES);
	teardown_pair(&p);
}

static const struct part {
	const char *name;
	void (*run)(struct bench *b);
} parts[] = {
	{ "usual", usual },	   { "launches", both_launches },
	{ "copies", both_copies }, { "discrete", both_discrete },
	{ "build", once_built },   { "kernel", by_events },
};

static void teardown(struct bench *b)
{
	free(b->host);
	if (b->buffer)
		clReleaseMemObject(b->buffer);
	if (b->kernel)
		clReleaseKernel(b->kernel);
	if (b->program)
		clReleaseProgram(b->program);
	if (b->queue)
		clReleaseCommandQueue(b->queue);
	if (b->context)
		clReleaseContext(b->context);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "usual";
	struct bench b;
	size_t i;

	memset(&b, 0, sizeof(b));
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(name, parts[i].name))
			continue;
		parts[i].run(&b);
		teardown(&b);
		return 0;
	}
	fprintf(stderr, "bench_opencl: no part '%s'\n", name);
	return 2;
}
