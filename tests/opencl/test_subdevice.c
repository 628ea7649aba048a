// SPDX-License-Identifier: MIT
/*
 * test_subdevice.c - sub-devices: how a device is divided, what a part says of itself, and that
 * contexts, queues and programs of parts work, each on its own compute units.
 *
 * PoCL 3.1 puts the root into a context in the place of its parts, and its queues do not hold their
 * device: where that shows, only ours is asked, and a part that a queue had is not released there.
 */
#include <pthread.h>

#include "fixture.h"

#define PARTS_MAX 64
#define NUMBERS 1024

#define EQUALLY(n) ((cl_device_partition_property[]){ CL_DEVICE_PARTITION_EQUALLY, n, 0 })
#define BY_COUNTS(...) \
	((cl_device_partition_property[]){ CL_DEVICE_PARTITION_BY_COUNTS, __VA_ARGS__, 0, 0 })

/**
 * struct parts - a device divided into single units.
 * @rest: all but the first unit, the part that the others are parts of; NULL below three units
 */
struct parts {
	cl_device_id rest;
	cl_uint count;
	cl_device_id device[PARTS_MAX];
	cl_context context;
	cl_command_queue queue[PARTS_MAX];
};

static cl_uint number(cl_device_id device, cl_device_info param)
{
	cl_uint n = 0xdead;
	size_t size;

	ok(clGetDeviceInfo(device, param, sizeof(n), &n, &size));
	assert_int_equal(size, sizeof(n));
	return n;
}

static cl_uint units_of(cl_device_id device)
{
	return number(device, CL_DEVICE_MAX_COMPUTE_UNITS);
}

static bool is_divided(struct fixture *f)
{
	if (number(f->device, CL_DEVICE_PARTITION_MAX_SUB_DEVICES) &&
	    units_of(f->device) <= PARTS_MAX)
		return true;
	print_message("skipped: the host's device is not divided\n");
	return false;
}

static cl_int divide(struct fixture *f, const cl_device_partition_property *how)
{
	cl_uint n;

	return clCreateSubDevices(f->device, how, 0, NULL, &n);
}

static void release_all(cl_uint n, const cl_device_id *devices)
{
	for (cl_uint i = 0; i < n; i++)
		ok(clReleaseDevice(devices[i]));
}

static void divide_into_units(struct fixture *f, struct parts *p)
{
	cl_uint units = units_of(f->device), n = 0;
	cl_device_id first[2] = { NULL };

	if (units < 3) {
		ok(clCreateSubDevices(f->device, EQUALLY(1), units, p->device, &p->count));
		assert_int_equal(p->count, units);
		p->rest = NULL;
		return;
	}
	ok(clCreateSubDevices(f->device, BY_COUNTS(1, units - 1), 2, first, NULL));
	p->device[0] = first[0];
	p->rest = first[1];
	ok(clCreateSubDevices(p->rest, EQUALLY(1), units - 1, p->device + 1, &n));
	assert_int_equal(n, units - 1);
	p->count = units;
}

/* A context of all parts, with a queue on each. */
static struct parts parts_open(struct fixture *f)
{
	struct parts p;
	cl_int err;

	divide_into_units(f, &p);
	p.context = clCreateContext(NULL, p.count, p.device, NULL, NULL, &err);
	ok(err);
	for (cl_uint i = 0; i < p.count; i++) {
		p.queue[i] = clCreateCommandQueue(p.context, p.device[i], CL_QUEUE_PROFILING_ENABLE,
						  &err);
		ok(err);
	}
	return p;
}

static void parts_close(struct fixture *f, struct parts *p)
{
	for (cl_uint i = 0; i < p->count; i++)
		ok(clReleaseCommandQueue(p->queue[i]));
	ok(clReleaseContext(p->context));
	if (f->ours) { /* see above */
		release_all(p->count, p->device);
		if (p->rest)
			ok(clReleaseDevice(p->rest));
	}
}

static cl_program parts_program(struct parts *p, const char *source)
{
	cl_int err;
	cl_program program = clCreateProgramWithSource(p->context, 1, &source, NULL, &err);

	ok(err);
	ok(clBuildProgram(program, p->count, p->device, "", NULL, NULL));
	return program;
}

static cl_kernel parts_kernel(struct parts *p, const char *source, const char *name)
{
	cl_program program = parts_program(p, source);
	cl_int err;
	cl_kernel kernel = clCreateKernel(program, name, &err);

	ok(err);
	ok(clReleaseProgram(program));
	return kernel;
}

/* ---- what devices say ---- */

static void root(void **state)
{
	struct fixture *f = *state;
	cl_device_partition_property list[8] = { 0 };
	cl_device_id parent = f->device;
	cl_ulong domain = 1;
	size_t size = 0;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_PARENT_DEVICE, sizeof(parent), &parent, NULL));
	assert_null(parent);
	assert_int_equal(number(f->device, CL_DEVICE_REFERENCE_COUNT), 1);
	ok(clRetainDevice(f->device));
	assert_int_equal(number(f->device, CL_DEVICE_REFERENCE_COUNT), 1);
	ok(clReleaseDevice(f->device));
	ok(clGetDeviceInfo(f->device, CL_DEVICE_PARTITION_AFFINITY_DOMAIN, sizeof(domain), &domain,
			   NULL));
	assert_int_equal(domain, 0);
	ok(clGetDeviceInfo(f->device, CL_DEVICE_PARTITION_TYPE, sizeof(list), list, NULL));
	assert_int_equal(list[0], 0);
	ok(clGetDeviceInfo(f->device, CL_DEVICE_PARTITION_PROPERTIES, sizeof(list), list, &size));
	if (number(f->device, CL_DEVICE_PARTITION_MAX_SUB_DEVICES)) {
		assert_int_equal(size, 2 * sizeof(list[0]));
		assert_int_equal(list[0], CL_DEVICE_PARTITION_EQUALLY);
		assert_int_equal(list[1], CL_DEVICE_PARTITION_BY_COUNTS);
	} else {
		assert_int_equal(list[0], 0);
		assert_int_equal(divide(f, EQUALLY(1)), CL_INVALID_VALUE);
		assert_int_equal(divide(f, BY_COUNTS(1)), CL_INVALID_VALUE);
	}
}

static void same_text(cl_device_id a, cl_device_id b, cl_device_info param)
{
	char one[4096], two[4096];

	ok(clGetDeviceInfo(a, param, sizeof(one), one, NULL));
	ok(clGetDeviceInfo(b, param, sizeof(two), two, NULL));
	assert_string_equal(one, two);
}

static void expect_part(struct fixture *f, cl_device_id part, cl_uint units)
{
	cl_device_partition_property way[4] = { 77 };
	cl_device_id parent = NULL;

	assert_int_equal(units_of(part), units);
	ok(clGetDeviceInfo(part, CL_DEVICE_PARENT_DEVICE, sizeof(parent), &parent, NULL));
	assert_ptr_equal(parent, f->device);
	assert_int_equal(number(part, CL_DEVICE_REFERENCE_COUNT), 1);
	/* One unit is all that there can be of one. */
	assert_int_equal(number(part, CL_DEVICE_PARTITION_MAX_SUB_DEVICES), units > 1 ? units : 0);
	ok(clGetDeviceInfo(part, CL_DEVICE_PARTITION_PROPERTIES, sizeof(way), way, NULL));
	assert_int_equal(way[0], units > 1 ? CL_DEVICE_PARTITION_EQUALLY : 0);
	same_text(part, f->device, CL_DEVICE_NAME);
	same_text(part, f->device, CL_DEVICE_VERSION);
	same_text(part, f->device, CL_DEVICE_EXTENSIONS);
	assert_int_equal(number(part, CL_DEVICE_AVAILABLE), CL_TRUE);
}

/* The list that divided it; PoCL 3.1 leaves out the zeros at the end of counts. */
static void expect_type(struct fixture *f, cl_device_id part,
			const cl_device_partition_property *how, size_t n, size_t zeros)
{
	cl_device_partition_property list[PARTS_MAX + 3] = { 0 };
	size_t size = 0;

	ok(clGetDeviceInfo(part, CL_DEVICE_PARTITION_TYPE, sizeof(list), list, &size));
	assert_memory_equal(list, how, n * sizeof(list[0]));
	if (f->ours)
		assert_int_equal(size, (n + zeros) * sizeof(list[0]));
}

static void equally(void **state)
{
	struct fixture *f = *state;
	cl_device_id part[PARTS_MAX];
	cl_uint n = 0, units, each;

	if (!is_divided(f))
		skip();
	units = units_of(f->device);
	for (each = 1; each <= units; each++) {
		ok(clCreateSubDevices(f->device, EQUALLY(each), 0, NULL, &n));
		assert_int_equal(n, units / each);
		ok(clCreateSubDevices(f->device, EQUALLY(each), n, part, NULL));
		for (cl_uint i = 0; i < n; i++) {
			expect_part(f, part[i], each);
			expect_type(f, part[i], EQUALLY(each), 2, 1);
		}
		release_all(n, part);
	}
}

static void by_counts(void **state)
{
	struct fixture *f = *state;
	/* As much as must be there; what is behind the zero is not looked at. */
	cl_device_partition_property one[] = { CL_DEVICE_PARTITION_BY_COUNTS, 1, 0, 0x7777 };
	cl_device_id part[PARTS_MAX];
	cl_uint n = 0, units;

	if (!is_divided(f))
		skip();
	units = units_of(f->device);
	ok(clCreateSubDevices(f->device, BY_COUNTS(units), PARTS_MAX, part, &n));
	assert_int_equal(n, 1);
	expect_part(f, part[0], units);
	expect_type(f, part[0], BY_COUNTS(units), 2, 2);
	release_all(n, part);
	ok(clCreateSubDevices(f->device, one, PARTS_MAX, part, &n));
	assert_int_equal(n, 1);
	expect_part(f, part[0], 1);
	expect_type(f, part[0], one, 2, 2);
	release_all(n, part);
	if (units < 2)
		return;
	ok(clCreateSubDevices(f->device, BY_COUNTS(units - 1, 1), PARTS_MAX, part, &n));
	assert_int_equal(n, 2);
	expect_part(f, part[0], units - 1);
	expect_part(f, part[1], 1);
	expect_type(f, part[1], BY_COUNTS(units - 1, 1), 3, 2);
	release_all(n, part);
}

static void refused(void **state)
{
	struct fixture *f = *state;
	cl_device_partition_property ones[PARTS_MAX + 4] = { CL_DEVICE_PARTITION_BY_COUNTS };
	cl_device_partition_property near[] = { CL_DEVICE_PARTITION_BY_AFFINITY_DOMAIN,
						CL_DEVICE_AFFINITY_DOMAIN_NUMA, 0 };
	cl_device_partition_property twice[] = { CL_DEVICE_PARTITION_EQUALLY, 1,
						 CL_DEVICE_PARTITION_EQUALLY, 1, 0 };
	cl_device_id part[PARTS_MAX] = { NULL };
	cl_uint units, n = 77;

	if (!is_divided(f))
		skip();
	units = units_of(f->device);
	assert_int_equal(divide(f, NULL), CL_INVALID_VALUE);
	assert_int_equal(divide(f, (cl_device_partition_property[]){ 0 }), CL_INVALID_VALUE);
	assert_int_equal(divide(f, near), CL_INVALID_VALUE);
	assert_int_equal(divide(f, twice), CL_INVALID_VALUE);
	assert_int_equal(divide(f, EQUALLY(0)), CL_INVALID_VALUE);
	assert_int_equal(divide(f, EQUALLY(units + 1)), CL_INVALID_VALUE);
	assert_int_equal(divide(f, EQUALLY(-1)), CL_INVALID_VALUE);
	assert_int_equal(divide(f, BY_COUNTS(0)), CL_INVALID_DEVICE_PARTITION_COUNT);
	assert_int_equal(divide(f, BY_COUNTS(units + 1)), CL_INVALID_DEVICE_PARTITION_COUNT);
	assert_int_equal(divide(f, BY_COUNTS(units, 1)), CL_INVALID_DEVICE_PARTITION_COUNT);
	assert_int_equal(divide(f, BY_COUNTS(-1)), CL_INVALID_DEVICE_PARTITION_COUNT);
	if (f->ours) /* PoCL 3.1 cuts it to 32 bits */
		assert_int_equal(divide(f, BY_COUNTS((intptr_t)1 << 32 | 1)),
				 CL_INVALID_DEVICE_PARTITION_COUNT);
	for (cl_uint i = 0; i <= units; i++)
		ones[1 + i] = 1;
	assert_int_equal(divide(f, ones), CL_INVALID_DEVICE_PARTITION_COUNT);
	assert_int_equal(clCreateSubDevices(f->device, EQUALLY(1), units - 1, part, &n),
			 CL_INVALID_VALUE);
	assert_int_equal(clCreateSubDevices(f->device, EQUALLY(1), 0, part, &n), CL_INVALID_VALUE);
	assert_int_equal(n, 77);
	assert_null(part[0]);
	ok(clCreateSubDevices(f->device, BY_COUNTS(1), 1, part, &n));
	assert_int_equal(clCreateSubDevices(part[0], EQUALLY(1), PARTS_MAX, part + 1, &n),
			 CL_DEVICE_PARTITION_FAILED);
	release_all(1, part);
}

/* Parts of a part, which the application gives up first. */
static void part_of_part(void **state)
{
	struct fixture *f = *state;
	cl_device_id all, part[PARTS_MAX], parent;
	cl_uint n = 0, units;

	if (!is_divided(f))
		skip();
	units = units_of(f->device);
	if (units < 2) {
		print_message("skipped: the device has one compute unit\n");
		skip();
	}
	ok(clCreateSubDevices(f->device, BY_COUNTS(units), 1, &all, NULL));
	assert_int_equal(clCreateSubDevices(all, BY_COUNTS(units, 1), PARTS_MAX, part, &n),
			 CL_INVALID_DEVICE_PARTITION_COUNT);
	ok(clCreateSubDevices(all, EQUALLY(1), PARTS_MAX, part, &n));
	assert_int_equal(n, units);
	if (f->ours) /* PoCL 3.1 frees it, although it has parts */
		ok(clReleaseDevice(all));
	ok(clGetDeviceInfo(part[1], CL_DEVICE_PARENT_DEVICE, sizeof(parent), &parent, NULL));
	assert_ptr_equal(parent, all);
	assert_int_equal(units_of(parent), units);
	assert_int_equal(units_of(part[1]), 1);
	release_all(n, part);
	if (!f->ours)
		ok(clReleaseDevice(all));
}

static void counted(void **state)
{
	struct fixture *f = *state;
	cl_device_id part, again;
	cl_context context;
	cl_int err;

	if (!is_divided(f))
		skip();
	ok(clCreateSubDevices(f->device, BY_COUNTS(1), 1, &part, NULL));
	ok(clRetainDevice(part));
	assert_int_equal(number(part, CL_DEVICE_REFERENCE_COUNT), 2);
	ok(clReleaseDevice(part));
	assert_int_equal(number(part, CL_DEVICE_REFERENCE_COUNT), 1);
	context = clCreateContext(NULL, 1, &part, NULL, NULL, &err);
	ok(err);
	if (f->ours) { /* the context keeps it */
		ok(clReleaseDevice(part));
		assert_int_equal(clReleaseDevice(part), CL_INVALID_DEVICE);
		ok(clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof(again), &again, NULL));
		assert_ptr_equal(again, part);
		assert_int_equal(units_of(again), 1);
		ok(clRetainDevice(again));
		ok(clReleaseContext(context));
		assert_int_equal(number(again, CL_DEVICE_REFERENCE_COUNT), 1);
		ok(clReleaseDevice(again));
	} else {
		ok(clReleaseContext(context));
		ok(clReleaseDevice(part));
	}
}

/* ---- contexts, queues ---- */

static void expect_devices(cl_context context, cl_uint n, const cl_device_id *devices)
{
	cl_device_id list[PARTS_MAX + 1];
	cl_uint count = 0;
	size_t size = 0;

	ok(clGetContextInfo(context, CL_CONTEXT_NUM_DEVICES, sizeof(count), &count, NULL));
	assert_int_equal(count, n);
	ok(clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof(list), list, &size));
	assert_int_equal(size, n * sizeof(list[0]));
	assert_memory_equal(list, devices, size);
	assert_int_equal(clGetContextInfo(context, CL_CONTEXT_DEVICES, size - 1, list, NULL),
			 CL_INVALID_VALUE);
}

/* Of the context's list as it was given, but for what is in it twice. */
static void contexts(void **state)
{
	struct fixture *f = *state;
	cl_device_id all[PARTS_MAX + 2], device;
	cl_command_queue queue;
	cl_context context;
	cl_uint n;
	cl_int err;

	if (!is_divided(f) || !f->ours)
		skip();
	ok(clCreateSubDevices(f->device, EQUALLY(1), PARTS_MAX, all + 1, &n));
	all[0] = f->device;
	all[n + 1] = all[1];
	context = clCreateContext(NULL, n + 2, all, NULL, NULL, &err);
	ok(err);
	expect_devices(context, n + 1, all);
	for (cl_uint i = 0; i <= n; i++) {
		queue = clCreateCommandQueue(context, all[i], 0, &err);
		ok(err);
		ok(clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof(device), &device, NULL));
		assert_ptr_equal(device, all[i]);
		ok(clReleaseCommandQueue(queue));
	}
	ok(clReleaseContext(context));
	context = clCreateContext(NULL, 1, &all[n], NULL, NULL, &err);
	ok(err);
	expect_devices(context, 1, &all[n]);
	assert_null(clCreateCommandQueue(context, f->device, 0, &err));
	assert_int_equal(err, CL_INVALID_DEVICE);
	assert_null(clCreateCommandQueue(f->context, all[1], 0, &err));
	assert_int_equal(err, CL_INVALID_DEVICE);
	ok(clReleaseContext(context));
	release_all(n, all + 1);
}

/* One memory: what one part wrote the next one finds. */
static void work_goes_round(void **state)
{
	struct fixture *f = *state;
	cl_uint value[NUMBERS], *mapped, pattern = 5;
	size_t global = NUMBERS;
	struct parts p;
	cl_kernel kernel;
	cl_event event = NULL;
	cl_mem mem;
	cl_int err;

	if (!is_divided(f))
		skip();
	p = parts_open(f);
	kernel = parts_kernel(&p, SOURCE_INC, "inc");
	mem = clCreateBuffer(p.context, CL_MEM_READ_WRITE, sizeof(value), NULL, &err);
	ok(err);
	ok(clEnqueueFillBuffer(p.queue[0], mem, &pattern, sizeof(pattern), 0, sizeof(value), 0,
			       NULL, &event));
	for (cl_uint i = 0; i < p.count; i++) {
		cl_event last = event;

		ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
		ok(clSetKernelArg(kernel, 1, sizeof(i), &(cl_uint){ i + 1 }));
		ok(clEnqueueNDRangeKernel(p.queue[i], kernel, 1, NULL, &global, NULL, 1, &last,
					  &event));
		ok(clFlush(p.queue[i]));
		ok(clReleaseEvent(last));
		pattern += i + 1;
	}
	ok(clEnqueueReadBuffer(p.queue[0], mem, CL_TRUE, 0, sizeof(value), value, 1, &event, NULL));
	for (int i = 0; i < NUMBERS; i++)
		assert_int_equal(value[i], pattern);
	mapped = clEnqueueMapBuffer(p.queue[p.count - 1], mem, CL_TRUE, CL_MAP_WRITE, 0,
				    sizeof(value), 0, NULL, NULL, &err);
	ok(err);
	memset(mapped, 0, sizeof(value));
	ok(clEnqueueUnmapMemObject(p.queue[p.count - 1], mem, mapped, 0, NULL, NULL));
	ok(clFinish(p.queue[p.count - 1]));
	ok(clEnqueueReadBuffer(p.queue[0], mem, CL_TRUE, 0, sizeof(value), value, 0, NULL, NULL));
	assert_int_equal(value[NUMBERS - 1], 0);
	ok(clReleaseEvent(event));
	ok(clReleaseMemObject(mem));
	ok(clReleaseKernel(kernel));
	parts_close(f, &p);
}

/* ---- compute units ---- */

/* On a CPU device a compute unit is a thread, and its work-groups have one stack. */
#define GROUPS 64
#define STACK_MIN (64u << 10) /* those of two threads are further apart */

struct stacks {
	cl_ulong lowest;
	cl_ulong highest;
};

static struct stacks stacks_of(struct parts *p, cl_uint part, cl_kernel kernel)
{
	size_t global = GROUPS, local = 1;
	cl_ulong at[GROUPS] = { 0 };
	struct stacks s;
	cl_mem mem;
	cl_int err;

	mem = clCreateBuffer(p->context, CL_MEM_READ_WRITE, sizeof(at), NULL, &err);
	ok(err);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clEnqueueNDRangeKernel(p->queue[part], kernel, 1, NULL, &global, &local, 0, NULL, NULL));
	ok(clEnqueueReadBuffer(p->queue[part], mem, CL_TRUE, 0, sizeof(at), at, 0, NULL, NULL));
	ok(clReleaseMemObject(mem));
	s.lowest = s.highest = at[0];
	for (int i = 1; i < GROUPS; i++) {
		s.lowest = at[i] < s.lowest ? at[i] : s.lowest;
		s.highest = at[i] > s.highest ? at[i] : s.highest;
	}
	return s;
}

static void each_on_its_units(void **state)
{
	struct fixture *f = *state;
	struct stacks s[PARTS_MAX];
	cl_device_type type;
	cl_kernel kernel;
	struct parts p;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_TYPE, sizeof(type), &type, NULL));
	if (!is_divided(f) || units_of(f->device) < 2 || !(type & CL_DEVICE_TYPE_CPU)) {
		print_message("skipped: no CPU device of two compute units\n");
		skip();
	}
	p = parts_open(f);
	kernel = parts_kernel(&p,
			      "__kernel void where(__global ulong *out)\n"
			      "{ volatile uint i = 0; while (i < 500000) i++;\n"
			      "  out[get_group_id(0)] = (ulong)&i; }\n",
			      "where");
	for (cl_uint i = 0; i < p.count; i++) {
		s[i] = stacks_of(&p, i, kernel);
		assert_true(s[i].highest - s[i].lowest < STACK_MIN);
		for (cl_uint j = 0; j < i; j++)
			assert_true(s[i].highest + STACK_MIN < s[j].lowest ||
				    s[j].highest + STACK_MIN < s[i].lowest);
	}
	ok(clReleaseKernel(kernel));
	parts_close(f, &p);
}

struct worker {
	struct parts *parts;
	cl_uint part;
	cl_kernel kernel;
	uint32_t result;
};

static void *spin_often(void *arg)
{
	struct worker *w = arg;
	cl_uint rounds = 1000;
	size_t one = 1;
	cl_int err;
	cl_mem mem = clCreateBuffer(w->parts->context, CL_MEM_COPY_HOST_PTR, sizeof(w->result),
				    &w->result, &err);

	err = err ?: clSetKernelArg(w->kernel, 0, sizeof(mem), &mem);
	err = err ?: clSetKernelArg(w->kernel, 1, sizeof(rounds), &rounds);
	for (int i = 0; i < 100 && !err; i++)
		err = clEnqueueNDRangeKernel(w->parts->queue[w->part], w->kernel, 1, NULL, &one,
					     NULL, 0, NULL, NULL);
	err = err
		      ?: clEnqueueReadBuffer(w->parts->queue[w->part], mem, CL_TRUE, 0,
					     sizeof(w->result), &w->result, 0, NULL, NULL);
	clReleaseMemObject(mem);
	return (void *)(intptr_t)err;
}

static void all_at_once(void **state)
{
	struct fixture *f = *state;
	struct worker worker[PARTS_MAX];
	pthread_t thread[PARTS_MAX];
	struct parts p;
	void *err;

	if (!is_divided(f))
		skip();
	p = parts_open(f);
	for (cl_uint i = 0; i < p.count; i++) {
		worker[i] = (struct worker){ &p, i, parts_kernel(&p, SOURCE_SPIN, "spin"), i };
		assert_int_equal(pthread_create(&thread[i], NULL, spin_often, &worker[i]), 0);
	}
	for (cl_uint i = 0; i < p.count; i++) {
		pthread_join(thread[i], &err);
		ok((intptr_t)err);
		assert_int_equal(worker[i].result, spin_result(i, 100 * 1000));
		ok(clReleaseKernel(worker[i].kernel));
	}
	parts_close(f, &p);
}

/* ---- programs ---- */

static void expect_built(cl_program program, cl_kernel kernel, cl_device_id device)
{
	cl_build_status status = CL_BUILD_ERROR;
	size_t size = 0;
	char options[64] = "?";

	ok(clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_STATUS, sizeof(status), &status,
				 NULL));
	assert_int_equal(status, CL_BUILD_SUCCESS);
	ok(clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_OPTIONS, sizeof(options),
				 options, NULL));
	assert_string_equal(options, "");
	ok(clGetKernelWorkGroupInfo(kernel, device, CL_KERNEL_WORK_GROUP_SIZE, sizeof(size), &size,
				    NULL));
	assert_true(size > 0);
}

static void programs(void **state)
{
	struct fixture *f = *state;
	cl_program program;
	cl_kernel kernel;
	struct parts p;
	cl_int err;

	if (!is_divided(f))
		skip();
	p = parts_open(f);
	program = parts_program(&p, SOURCE_INC);
	kernel = clCreateKernel(program, "inc", &err);
	ok(err);
	for (cl_uint i = 0; i < p.count; i++)
		expect_built(program, kernel, p.device[i]);
	if (f->ours && p.count > 1) { /* PoCL knows the root only */
		cl_device_id list[PARTS_MAX];
		cl_build_status status;
		cl_uint n = 0;
		size_t size;

		ok(clGetProgramInfo(program, CL_PROGRAM_NUM_DEVICES, sizeof(n), &n, NULL));
		assert_int_equal(n, p.count);
		ok(clGetProgramInfo(program, CL_PROGRAM_DEVICES, sizeof(list), list, &size));
		assert_int_equal(size, n * sizeof(list[0]));
		assert_memory_equal(list, p.device, size);
		assert_int_equal(clGetKernelWorkGroupInfo(kernel, NULL, CL_KERNEL_WORK_GROUP_SIZE,
							  sizeof(size), &size, NULL),
				 CL_INVALID_DEVICE);
		assert_int_equal(clGetKernelWorkGroupInfo(kernel, f->device,
							  CL_KERNEL_WORK_GROUP_SIZE, sizeof(size),
							  &size, NULL),
				 CL_INVALID_DEVICE);
		assert_int_equal(clGetProgramBuildInfo(program, f->device, CL_PROGRAM_BUILD_STATUS,
						       sizeof(status), &status, NULL),
				 CL_INVALID_DEVICE);
	}
	ok(clReleaseKernel(kernel));
	ok(clReleaseProgram(program));
	parts_close(f, &p);
}

/* The binary of each device; ours is the same for all. */
static unsigned char **binaries_of(cl_program program, cl_uint n, size_t *ret_sizes)
{
	unsigned char **binary = calloc(n, sizeof(*binary));

	assert_non_null(binary);
	ok(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, n * sizeof(*ret_sizes), ret_sizes,
			    NULL));
	for (cl_uint i = 0; i < n; i++) {
		binary[i] = malloc(ret_sizes[i]);
		assert_non_null(binary[i]);
	}
	ok(clGetProgramInfo(program, CL_PROGRAM_BINARIES, n * sizeof(*binary), binary, NULL));
	return binary;
}

static void run_inc(struct parts *p, cl_uint part, cl_program program, cl_int expected)
{
	cl_uint value = 41;
	size_t one = 1;
	cl_int err;
	cl_kernel kernel = clCreateKernel(program, "inc", &err);
	cl_mem mem;

	ok(err);
	mem = clCreateBuffer(p->context, CL_MEM_COPY_HOST_PTR, sizeof(value), &value, &err);
	ok(err);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(value), &(cl_uint){ 1 }));
	assert_int_equal(
		clEnqueueNDRangeKernel(p->queue[part], kernel, 1, NULL, &one, NULL, 0, NULL, NULL),
		expected);
	ok(clEnqueueReadBuffer(p->queue[part], mem, CL_TRUE, 0, sizeof(value), &value, 0, NULL,
			       NULL));
	assert_int_equal(value, expected == CL_SUCCESS ? 42 : 41);
	ok(clReleaseMemObject(mem));
	ok(clReleaseKernel(kernel));
}

static void binaries(void **state)
{
	struct fixture *f = *state;
	size_t size[PARTS_MAX];
	cl_int status[PARTS_MAX], err;
	unsigned char **binary;
	cl_program source, program;
	struct parts p;
	cl_uint n;

	if (!is_divided(f) || !f->ours) /* PoCL 3.1 has one binary, of the root */
		skip();
	p = parts_open(f);
	source = parts_program(&p, SOURCE_INC);
	binary = binaries_of(source, p.count, size);
	program = clCreateProgramWithBinary(p.context, p.count, p.device, size,
					    (const unsigned char **)binary, status, &err);
	ok(err);
	ok(clBuildProgram(program, 0, NULL, "", NULL, NULL));
	for (cl_uint i = 0; i < p.count; i++) {
		ok(status[i]);
		run_inc(&p, i, program, CL_SUCCESS);
	}
	ok(clReleaseProgram(program));
	/* For the last part only. */
	program = clCreateProgramWithBinary(p.context, 1, &p.device[p.count - 1], size,
					    (const unsigned char **)binary, status, &err);
	ok(err);
	ok(clGetProgramInfo(program, CL_PROGRAM_NUM_DEVICES, sizeof(n), &n, NULL));
	assert_int_equal(n, 1);
	ok(clBuildProgram(program, 0, NULL, "", NULL, NULL));
	run_inc(&p, p.count - 1, program, CL_SUCCESS);
	if (p.count > 1) {
		assert_int_equal(clBuildProgram(program, 1, p.device, "", NULL, NULL),
				 CL_INVALID_DEVICE);
		run_inc(&p, 0, program, CL_INVALID_PROGRAM_EXECUTABLE);
		binary[1][size[1] - 1] ^= 1;
		assert_null(clCreateProgramWithBinary(p.context, p.count, p.device, size,
						      (const unsigned char **)binary, status,
						      &err));
		assert_int_equal(err, CL_INVALID_BINARY);
		assert_int_equal(status[0], CL_SUCCESS);
		assert_int_equal(status[1], CL_INVALID_BINARY);
	}
	ok(clReleaseProgram(program));
	ok(clReleaseProgram(source));
	for (cl_uint i = 0; i < p.count; i++)
		free(binary[i]);
	free(binary);
	parts_close(f, &p);
}

static void links(void **state)
{
	struct fixture *f = *state;
	const char *source = SOURCE_INC;
	cl_program object, program;
	struct parts p;
	cl_int err;
	cl_uint n;

	if (!is_divided(f))
		skip();
	p = parts_open(f);
	object = clCreateProgramWithSource(p.context, 1, &source, NULL, &err);
	ok(err);
	ok(clCompileProgram(object, p.count, p.device, "", 0, NULL, NULL, NULL, NULL));
	program = clLinkProgram(p.context, 1, p.device, "", 1, &object, NULL, NULL, &err);
	ok(err);
	ok(clGetProgramInfo(program, CL_PROGRAM_NUM_DEVICES, sizeof(n), &n, NULL));
	assert_int_equal(n, 1);
	run_inc(&p, 0, program, CL_SUCCESS);
	if (f->ours && p.count > 1)
		run_inc(&p, 1, program, CL_INVALID_PROGRAM_EXECUTABLE);
	ok(clReleaseProgram(program));
	ok(clReleaseProgram(object));
	parts_close(f, &p);
}

/* Queues go on when the application has given up everything above them. */
static void held(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel;
	cl_uint value = 1;
	size_t one = 1;
	struct parts p;
	cl_mem mem;
	cl_int err;

	if (!is_divided(f) || !f->ours)
		skip();
	p = parts_open(f);
	kernel = parts_kernel(&p, SOURCE_INC, "inc");
	mem = clCreateBuffer(p.context, CL_MEM_COPY_HOST_PTR, sizeof(value), &value, &err);
	ok(err);
	if (p.rest)
		ok(clReleaseDevice(p.rest));
	release_all(p.count, p.device);
	ok(clReleaseContext(p.context));
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(value), &value));
	for (cl_uint i = 0; i < p.count; i++) {
		ok(clEnqueueNDRangeKernel(p.queue[i], kernel, 1, NULL, &one, NULL, 0, NULL, NULL));
		ok(clFinish(p.queue[i]));
	}
	ok(clEnqueueReadBuffer(p.queue[0], mem, CL_TRUE, 0, sizeof(value), &value, 0, NULL, NULL));
	assert_int_equal(value, 1 + p.count);
	ok(clReleaseMemObject(mem));
	ok(clReleaseKernel(kernel));
	for (cl_uint i = 0; i < p.count; i++)
		ok(clReleaseCommandQueue(p.queue[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root),
		cmocka_unit_test(equally),
		cmocka_unit_test(by_counts),
		cmocka_unit_test(refused),
		cmocka_unit_test(part_of_part),
		cmocka_unit_test(counted),
		cmocka_unit_test(contexts),
		cmocka_unit_test(work_goes_round),
		cmocka_unit_test(each_on_its_units),
		cmocka_unit_test(all_at_once),
		cmocka_unit_test(programs),
		cmocka_unit_test(binaries),
		cmocka_unit_test(links),
		cmocka_unit_test(held),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
