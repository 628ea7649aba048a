// SPDX-License-Identifier: MIT
/*
 * test_syscalls.c - what makes no system call, and so asks no host: enqueueing into an open batch,
 * queries, waiting for what is complete. And what sleeps: a long wait. (A wait for what is nearly
 * complete is in test_fence_logic.c, where time is the test's.) On a virtual GPU only: the bare
 * driver has threads of its own and no host.
 */
#include <malloc.h>
#include <time.h>

#include "fixture.h"
#include "recorder.h"
#include "syscalls.h"

static int watching = -1;

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static cl_int status_of(cl_event event)
{
	cl_int status;

	ok(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status, NULL));
	return status;
}

static bool cannot(struct fixture *f)
{
	if (f->ours && watching < 0)
		print_message("this machine does not tell of system calls: error %d\n", -watching);
	return !f->ours || watching < 0;
}

/* ---- enqueueing ---- */

#define EACH 24 /* of every kind: all of them fit one submission */
#define LEARNING 16 /* submissions after which the library knows how short these commands are */
#define TO_BE_SUBMITTED 16 /* what makes the library hand a second submission to a busy device */

/** struct work - what the commands are about. */
struct work {
	struct fixture *f;
	cl_mem a;
	cl_mem b;
	cl_kernel inc;
	cl_kernel spin;
	struct recorder cl;
	cl_command_buffer_khr recorded; /* a kernel, a copy and a fill */
	uint32_t in[64];
	uint32_t out[64];
	cl_event events[EACH];
};

static void kernels(struct work *w, int i)
{
	uint32_t n = (uint32_t)i;
	size_t global = 64;

	ok(clSetKernelArg(w->inc, 0, sizeof(w->a), &w->a));
	ok(clSetKernelArg(w->inc, 1, sizeof(n), &n));
	ok(clEnqueueNDRangeKernel(w->f->queue, w->inc, 1, NULL, &global, NULL, 0, NULL,
				  &w->events[i]));
}

static void waiting_kernels(struct work *w, int i)
{
	size_t global = 64;

	ok(clEnqueueNDRangeKernel(w->f->queue, w->inc, 1, NULL, &global, NULL, 1, &w->events[i],
				  NULL));
}

static void copies(struct work *w, int i)
{
	(void)i;
	ok(clEnqueueCopyBuffer(w->f->queue, w->a, w->b, 0, 0, 256, 0, NULL, NULL));
}

static void fills(struct work *w, int i)
{
	ok(clEnqueueFillBuffer(w->f->queue, w->b, &i, sizeof(i), 0, 256, 0, NULL, NULL));
}

static void writes(struct work *w, int i)
{
	(void)i;
	ok(clEnqueueWriteBuffer(w->f->queue, w->a, CL_FALSE, 0, 256, w->in, 0, NULL, NULL));
}

static void reads(struct work *w, int i)
{
	(void)i;
	ok(clEnqueueReadBuffer(w->f->queue, w->b, CL_FALSE, 0, 256, w->out, 0, NULL, NULL));
}

static void markers(struct work *w, int i)
{
	cl_event event;

	ok(clEnqueueMarkerWithWaitList(w->f->queue, 1, &w->events[i], &event));
	ok(clReleaseEvent(event));
}

static void barriers(struct work *w, int i)
{
	ok(clReleaseEvent(w->events[i]));
	ok(clEnqueueBarrierWithWaitList(w->f->queue, 0, NULL, NULL));
}

static void command_buffers(struct work *w, int i)
{
	cl_event event;

	(void)i;
	ok(w->cl.enqueue(0, NULL, w->recorded, 0, NULL, &event));
	ok(clReleaseEvent(event));
}

static const struct {
	const char *what;
	void (*enqueue)(struct work *w, int i);
} kinds[] = {
	{ "kernels with events", kernels },
	{ "kernels that wait for them", waiting_kernels },
	{ "copies", copies },
	{ "fills", fills },
	{ "small writes", writes },
	{ "small reads", reads },
	{ "markers with wait lists", markers },
	{ "barriers", barriers },
	{ "command buffers", command_buffers },
};

static unsigned int enqueue_all(struct work *w)
{
	unsigned int total = 0;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		unsigned int calls;

		syscalls_begin();
		for (int i = 0; i < EACH; i++)
			kinds[k].enqueue(w, i);
		calls = syscalls_end();
		if (calls)
			print_message("%s: %u system calls:%s\n", kinds[k].what, calls,
				      syscalls_text());
		total += calls;
	}
	return total;
}

static cl_event start_spinning(struct work *w, uint32_t rounds)
{
	size_t global = 1;
	cl_event event;

	ok(clSetKernelArg(w->spin, 0, sizeof(w->b), &w->b));
	ok(clSetKernelArg(w->spin, 1, sizeof(rounds), &rounds));
	ok(clEnqueueNDRangeKernel(w->f->queue, w->spin, 1, NULL, &global, NULL, 0, NULL, &event));
	ok(clFlush(w->f->queue));
	return event;
}

static void record(struct work *w)
{
	const cl_command_buffer_properties_khr properties[] = {
		CL_COMMAND_BUFFER_FLAGS_KHR, CL_COMMAND_BUFFER_SIMULTANEOUS_USE_KHR, 0
	};
	cl_uint n = 1;
	size_t global = 64;
	cl_int err;

	assert_null(recorder_load(w->f->platform, &w->cl));
	w->recorded = w->cl.create(1, &w->f->queue, properties, &err);
	ok(err);
	ok(clSetKernelArg(w->inc, 0, sizeof(w->a), &w->a));
	ok(clSetKernelArg(w->inc, 1, sizeof(n), &n));
	ok(w->cl.kernel(w->recorded, NULL, NULL, w->inc, 1, NULL, &global, NULL, 0, NULL, NULL,
			NULL));
	ok(w->cl.copy(w->recorded, NULL, w->a, w->b, 0, 0, 256, 0, NULL, NULL, NULL));
	ok(w->cl.fill(w->recorded, NULL, w->b, &n, sizeof(n), 0, 256, 0, NULL, NULL, NULL));
	ok(w->cl.finalize(w->recorded));
}

static struct work make_work(struct fixture *f)
{
	struct work w = { .f = f };

	w.a = fixture_buffer(f, sizeof(w.in), w.in);
	w.b = fixture_buffer(f, sizeof(w.in), w.in);
	w.inc = fixture_kernel(f, SOURCE_INC, "inc");
	w.spin = fixture_kernel(f, SOURCE_SPIN, "spin");
	record(&w);
	return w;
}

static void drop_work(struct work *w)
{
	ok(w->cl.release(w->recorded));
	ok(clReleaseKernel(w->inc));
	ok(clReleaseKernel(w->spin));
	ok(clReleaseMemObject(w->a));
	ok(clReleaseMemObject(w->b));
}

/* What the commands of enqueue_all() cost while the device has something to do; -1 when it had not.
 */
static int cost_behind(struct work *w, uint32_t rounds)
{
	cl_event busy = start_spinning(w, rounds);
	unsigned int calls;
	bool over;

	for (int i = 0; i < TO_BE_SUBMITTED; i++)
		copies(w, i);
	calls = enqueue_all(w);
	over = status_of(busy) <= CL_COMPLETE;
	ok(clFinish(w->f->queue));
	ok(clReleaseEvent(busy));
	return over ? -1 : (int)calls;
}

static void enqueueing(void **state)
{
	struct fixture *f = *state;
	uint32_t rounds = 20000000;
	struct work w;
	int calls, i;

	if (cannot(f))
		skip();
	w = make_work(f);
	cost_behind(&w, rounds); /* memory of the allocator, staging, first launches */
	while ((calls = cost_behind(&w, rounds)) < 0 && rounds < UINT32_MAX / 4)
		rounds *= 2;
	/* Packets that took long, as first launches do, make submissions small for a while. */
	for (i = 0; i < LEARNING && calls > 0; i++)
		calls = cost_behind(&w, rounds);
	assert_int_equal(calls, 0);
	drop_work(&w);
}

/* ---- queries ---- */

/** struct subject - an object to ask about, and how. */
struct subject {
	const char *name;
	void *object;
	void *second; /* the device, for what is of a program or a kernel on it */
	cl_int (*ask)(const struct subject *s, cl_uint param, size_t room, void *value,
		      size_t *size);
};

#define ASK(name, call)                                                                      \
	static cl_int name(const struct subject *s, cl_uint param, size_t room, void *value, \
			   size_t *size)                                                     \
	{                                                                                    \
		return call;                                                                 \
	}

ASK(ask_platform, clGetPlatformInfo(s->object, param, room, value, size))
ASK(ask_device, clGetDeviceInfo(s->object, param, room, value, size))
ASK(ask_context, clGetContextInfo(s->object, param, room, value, size))
ASK(ask_queue, clGetCommandQueueInfo(s->object, param, room, value, size))
ASK(ask_mem, clGetMemObjectInfo(s->object, param, room, value, size))
ASK(ask_image, clGetImageInfo(s->object, param, room, value, size))
ASK(ask_sampler, clGetSamplerInfo(s->object, param, room, value, size))
ASK(ask_program, clGetProgramInfo(s->object, param, room, value, size))
ASK(ask_build, clGetProgramBuildInfo(s->object, s->second, param, room, value, size))
ASK(ask_kernel, clGetKernelInfo(s->object, param, room, value, size))
ASK(ask_group, clGetKernelWorkGroupInfo(s->object, s->second, param, room, value, size))
ASK(ask_arg, clGetKernelArgInfo(s->object, 0, param, room, value, size))
ASK(ask_event, clGetEventInfo(s->object, param, room, value, size))
ASK(ask_profile, clGetEventProfilingInfo(s->object, param, room, value, size))

/* Every number that a question has in OpenCL, and those between them. */
static const cl_uint ranges[][2] = { { 0x0900, 0x12ff }, { 0x4000, 0x42ff }, { 0x10000, 0x1000f } };

/* What a program has to ask the host for, once. */
static bool costs_once(const struct subject *s, cl_uint param)
{
	return s->ask == ask_program &&
	       (param == CL_PROGRAM_BINARY_SIZES || param == CL_PROGRAM_BINARIES ||
		param == CL_PROGRAM_KERNEL_NAMES);
}

static unsigned int cost_of(const struct subject *s, cl_uint param, bool *ret_known)
{
	static char value[1 << 16];
	size_t size = 0;
	cl_int err;

	memset(value, 0, 256);
	syscalls_begin();
	err = s->ask(s, param, 0, NULL, &size);
	if (err == CL_SUCCESS)
		s->ask(s, param, sizeof(value), value, NULL);
	*ret_known = err == CL_SUCCESS;
	return syscalls_end();
}

static unsigned int ask_everything(const struct subject *s)
{
	unsigned int answers = 0, calls;
	bool known;

	for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++)
		for (cl_uint param = ranges[r][0]; param <= ranges[r][1]; param++) {
			if (costs_once(s, param))
				cost_of(s, param, &known);
			calls = cost_of(s, param, &known);
			if (calls)
				fail_msg("%s 0x%x: %u system calls:%s", s->name, param, calls,
					 syscalls_text());
			answers += known;
		}
	return answers;
}

static cl_mem make_image(struct fixture *f)
{
	const cl_image_format format = { CL_RGBA, CL_UNSIGNED_INT8 };
	const cl_image_desc desc = {
		.image_type = CL_MEM_OBJECT_IMAGE2D,
		.image_width = 4,
		.image_height = 4,
	};
	cl_int err;
	cl_mem image = clCreateImage(f->context, 0, &format, &desc, NULL, &err);

	ok(err);
	return image;
}

static unsigned int cost_of_lists(struct fixture *f)
{
	cl_image_format formats[512];
	cl_platform_id platform;
	cl_device_id device;
	cl_uint n;

	syscalls_begin();
	ok(clGetPlatformIDs(1, &platform, &n));
	ok(clGetDeviceIDs(f->platform, CL_DEVICE_TYPE_ALL, 1, &device, &n));
	ok(clGetSupportedImageFormats(f->context, CL_MEM_READ_WRITE, CL_MEM_OBJECT_IMAGE2D, 512,
				      formats, &n));
	return syscalls_end();
}

static void queries(void **state)
{
	struct fixture *f = *state;
	cl_mem mem, image;
	cl_program program;
	cl_kernel kernel;
	cl_sampler sampler;
	cl_event event;
	cl_int err;

	if (cannot(f))
		skip();
	mem = fixture_buffer(f, 64, NULL);
	image = make_image(f);
	program = fixture_program(f, SOURCE_INC);
	kernel = clCreateKernel(program, "inc", &err);
	ok(err);
	sampler = clCreateSampler(f->context, CL_FALSE, CL_ADDRESS_NONE, CL_FILTER_NEAREST, &err);
	ok(err);
	ok(clEnqueueMarkerWithWaitList(f->queue, 0, NULL, &event));
	ok(clFinish(f->queue));
	const struct subject subjects[] = {
		{ "platform", f->platform, NULL, ask_platform },
		{ "device", f->device, NULL, ask_device },
		{ "context", f->context, NULL, ask_context },
		{ "queue", f->queue, NULL, ask_queue },
		{ "buffer", mem, NULL, ask_mem },
		{ "image as memory", image, NULL, ask_mem },
		{ "image", image, NULL, ask_image },
		{ "sampler", sampler, NULL, ask_sampler },
		{ "program", program, NULL, ask_program },
		{ "build", program, f->device, ask_build },
		{ "kernel", kernel, NULL, ask_kernel },
		{ "kernel on the device", kernel, f->device, ask_group },
		{ "argument", kernel, NULL, ask_arg },
		{ "event", event, NULL, ask_event },
		{ "profile", event, NULL, ask_profile },
	};

	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		unsigned int answers = ask_everything(&subjects[i]);

		print_message("%s: %u answers\n", subjects[i].name, answers);
		assert_true(answers >= 4);
	}
	assert_int_equal(cost_of_lists(f), 0);
	ok(clReleaseEvent(event));
	ok(clReleaseSampler(sampler));
	ok(clReleaseKernel(kernel));
	ok(clReleaseProgram(program));
	ok(clReleaseMemObject(image));
	ok(clReleaseMemObject(mem));
}

/* ---- waiting ---- */

static void complete(void **state)
{
	struct fixture *f = *state;
	struct work w;
	cl_event event;
	unsigned int calls;

	if (cannot(f))
		skip();
	w = make_work(f);
	event = start_spinning(&w, 1000);
	ok(clFinish(f->queue));
	syscalls_begin();
	ok(clWaitForEvents(1, &event));
	ok(clFinish(f->queue));
	ok(clFlush(f->queue));
	assert_int_equal(status_of(event), CL_COMPLETE);
	calls = syscalls_end();
	if (calls)
		fail_msg("%u system calls:%s", calls, syscalls_text());
	ok(clReleaseEvent(event));
	drop_work(&w);
}

static void wait_event(struct work *w, cl_event event)
{
	(void)w;
	ok(clWaitForEvents(1, &event));
}

static void finish(struct work *w, cl_event event)
{
	(void)event;
	ok(clFinish(w->f->queue));
}

static void read_behind(struct work *w, cl_event event)
{
	(void)event;
	ok(clEnqueueReadBuffer(w->f->queue, w->b, CL_TRUE, 0, 4, w->out, 0, NULL, NULL));
}

/* CPU time of the whole process over time that passed, while @wait waits for half a second or more.
 */
static double cpu_share(struct work *w, uint32_t *rounds, void (*wait)(struct work *, cl_event))
{
	double wall, cpu;

	do {
		cl_event event = start_spinning(w, *rounds);

		wall = seconds(CLOCK_MONOTONIC);
		cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
		wait(w, event);
		cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		wall = seconds(CLOCK_MONOTONIC) - wall;
		ok(clReleaseEvent(event));
	} while (wall < 0.5 && (*rounds *= 2) < UINT32_MAX / 4);
	return cpu / wall;
}

static void long_waits(void **state)
{
	static const struct {
		const char *what;
		void (*wait)(struct work *w, cl_event event);
	} ways[] = { { "clWaitForEvents", wait_event },
		     { "clFinish", finish },
		     { "a blocking read", read_behind } };
	struct fixture *f = *state;
	uint32_t rounds = 50000000;
	struct work w;

	if (!f->ours) /* there the kernel runs in this process */
		skip();
	w = make_work(f);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		double share = cpu_share(&w, &rounds, ways[i].wait);

		print_message("%s: %.4f of a processor\n", ways[i].what, share);
		assert_true(share < 0.02);
	}
	drop_work(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enqueueing),
		cmocka_unit_test(queries),
		cmocka_unit_test(complete),
		cmocka_unit_test(long_waits),
	};

	mallopt(M_TOP_PAD, 64 << 20); /* the allocator asks for memory once */
	mallopt(M_TRIM_THRESHOLD, 1 << 30); /* and keeps it */
	if (getenv("DXG_TEST_OURS"))
		watching = syscalls_watch();
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
