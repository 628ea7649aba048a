// SPDX-License-Identifier: MIT
/*
 * test_extensions.c - no extension is claimed that does not work: each one in the device's list has
 * an exercise here, and on a virtual GPU one without an exercise is a failure.
 */
#include "fixture.h"

#include "module.h"
#include "recorder.h"

/** struct exercise - @kernel "k" of @source leaves @expected in p[0], a ulong that starts as 5. */
struct exercise {
	const char *name;
	const char *source;
	cl_ulong expected;
	void (*run)(struct fixture *f, const struct exercise *e);
};

static void run_kernel(struct fixture *f, const struct exercise *e)
{
	char source[1024];
	cl_ulong value[16] = { 5 };
	cl_kernel kernel;
	cl_mem mem;

	snprintf(source, sizeof(source), "#pragma OPENCL EXTENSION %s : enable\n%s", e->name,
		 e->source);
	kernel = fixture_kernel(f, source, "k");
	mem = fixture_buffer(f, sizeof(value), value);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	fixture_run(f, kernel, 64);
	fixture_read(f, mem, value, sizeof(value));
	assert_true(value[0] == e->expected);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
}

/* The loader asks the vendor's library for this one; programs get functions by platform. */
static void run_icd(struct fixture *f, const struct exercise *e)
{
	char suffix[32] = "";

	(void)e;
	ok(clGetPlatformInfo(f->platform, CL_PLATFORM_ICD_SUFFIX_KHR, sizeof(suffix), suffix,
			     NULL));
	assert_true(strlen(suffix) > 0);
}

/* A kernel between two fills, twice; test_command_buffer.c has the rest. */
static void run_command_buffer(struct fixture *f, const struct exercise *e)
{
	cl_kernel kernel = fixture_kernel(f, e->source, "k");
	cl_mem mem = fixture_buffer(f, 16, NULL);
	cl_command_buffer_khr buffer;
	cl_ulong value[2], five = 5, six = 6;
	struct recorder cl = { 0 };
	size_t one = 1;
	cl_int err;

	assert_null(recorder_load(f->platform, &cl));
	buffer = cl.create(1, &f->queue, NULL, &err);
	ok(err);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(cl.fill(buffer, NULL, mem, &five, sizeof(five), 0, 16, 0, NULL, NULL, NULL));
	ok(cl.kernel(buffer, NULL, NULL, kernel, 1, NULL, &one, NULL, 0, NULL, NULL, NULL));
	ok(cl.fill(buffer, NULL, mem, &six, sizeof(six), 8, 8, 0, NULL, NULL, NULL));
	ok(cl.finalize(buffer));
	for (int i = 0; i < 2; i++) {
		ok(cl.enqueue(0, NULL, buffer, 0, NULL, NULL));
		fixture_read(f, mem, value, sizeof(value));
		assert_true(value[0] == e->expected && value[1] == six);
	}
	ok(cl.release(buffer));
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
}

/* test_spir.c has the rest. */
static void run_spir(struct fixture *f, const struct exercise *e)
{
	static unsigned char module[MODULE_BYTES_MAX];
	size_t n = module_read(f, module);
	cl_uint value = 5, two = 2;
	cl_program program;
	cl_kernel kernel;
	cl_mem mem;
	cl_int err;

	if (!n) {
		print_message("%s: no compiler for modules here\n", e->name);
		return;
	}
	program = module_load(f, module, n);
	ok(clBuildProgram(program, 1, &f->device, MODULE_OPTIONS, NULL, NULL));
	kernel = clCreateKernel(program, "inc", &err);
	ok(err);
	mem = fixture_buffer(f, sizeof(value), &value);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(two), &two));
	fixture_run(f, kernel, 1);
	fixture_read(f, mem, &value, sizeof(value));
	assert_int_equal(value, e->expected);
	ok(clReleaseKernel(kernel));
	ok(clReleaseProgram(program));
	ok(clReleaseMemObject(mem));
}

static void run_3d_writes(struct fixture *f, const struct exercise *e)
{
	cl_image_format format = { CL_RGBA, CL_UNSIGNED_INT32 };
	cl_image_desc desc = {
		.image_type = CL_MEM_OBJECT_IMAGE3D,
		.image_width = 4,
		.image_height = 4,
		.image_depth = 4,
	};
	size_t origin[3] = { 0, 0, 0 }, region[3] = { 4, 4, 4 };
	cl_uint texel[4 * 4 * 4][4];
	cl_kernel kernel;
	cl_mem image;
	cl_int err;

	image = clCreateImage(f->context, CL_MEM_WRITE_ONLY, &format, &desc, NULL, &err);
	ok(err);
	kernel = fixture_kernel(f, e->source, "k");
	ok(clSetKernelArg(kernel, 0, sizeof(image), &image));
	ok(clEnqueueNDRangeKernel(f->queue, kernel, 3, NULL, region, NULL, 0, NULL, NULL));
	ok(clEnqueueReadImage(f->queue, image, CL_TRUE, origin, region, 0, 0, texel, 0, NULL,
			      NULL));
	for (cl_uint i = 0; i < 64; i++) {
		assert_int_equal(texel[i][0], i % 4);
		assert_int_equal(texel[i][1], i / 4 % 4);
		assert_int_equal(texel[i][2], i / 16);
	}
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(image));
}

#define ATOMICS(name, body, expected)                                                           \
	{                                                                                       \
		name, "__kernel void k(__global ulong *out) { " body " }", expected, run_kernel \
	}

static const struct exercise exercises[] = {
	{ "cl_khr_icd", NULL, 0, run_icd },
	{ "cl_khr_command_buffer", "__kernel void k(__global ulong *p) { p[0] += 7; p[1] = 1; }",
	  12, run_command_buffer },
	{ "cl_khr_spir", NULL, 7, run_spir },
	ATOMICS("cl_khr_global_int32_base_atomics", "atom_add((__global int *)out, 2);", 5 + 128),
	ATOMICS("cl_khr_global_int32_extended_atomics",
		"atom_max((__global int *)out, (int)get_global_id(0) + 1);", 64),
	ATOMICS("cl_khr_local_int32_base_atomics",
		"__local int x; if (get_local_id(0) == 0) x = 0;"
		" barrier(CLK_LOCAL_MEM_FENCE); atom_inc(&x); barrier(CLK_LOCAL_MEM_FENCE);"
		" if (get_local_id(0) == 0) atomic_add((__global int *)out, x);",
		5 + 64),
	ATOMICS("cl_khr_local_int32_extended_atomics",
		"__local int x; if (get_local_id(0) == 0) x = 0;"
		" barrier(CLK_LOCAL_MEM_FENCE); atom_or(&x, 8); barrier(CLK_LOCAL_MEM_FENCE);"
		" if (get_global_id(0) == 0) *out = x;",
		8),
	ATOMICS("cl_khr_int64_base_atomics", "atom_add(out, 0x100000000ul);", 5 + (64ull << 32)),
	ATOMICS("cl_khr_int64_extended_atomics", "atom_max(out, (ulong)get_global_id(0) << 40);",
		63ull << 40),
	ATOMICS("cl_khr_byte_addressable_store",
		"if (get_global_id(0) == 0) ((__global uchar *)out)[1] = 1;", 5 + 256),
	ATOMICS("cl_khr_fp64",
		"double d = 1.0 / 3.0; if (get_global_id(0) == 0) *out = (ulong)(d * 3e15);",
		1000000000000000),
	ATOMICS("cl_khr_fp16",
		"half h = 1.5h; if (get_global_id(0) == 0) *out = (ulong)(h * 2.0h);", 3),
	{ "cl_khr_3d_image_writes",
	  "#pragma OPENCL EXTENSION cl_khr_3d_image_writes : enable\n"
	  "__kernel void k(__write_only image3d_t image) {"
	  " int4 at = (int4)(get_global_id(0), get_global_id(1), get_global_id(2), 0);"
	  " write_imageui(image, at, as_uint4(at)); }",
	  0, run_3d_writes },
};

static const struct exercise *exercise_of(const char *name)
{
	for (size_t i = 0; i < sizeof(exercises) / sizeof(exercises[0]); i++)
		if (strcmp(exercises[i].name, name) == 0)
			return &exercises[i];
	return NULL;
}

static void claimed(void **state)
{
	struct fixture *f = *state;
	char list[4096] = "", *save, *name;
	int done = 0;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_EXTENSIONS, sizeof(list), list, NULL));
	for (name = strtok_r(list, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		const struct exercise *e = exercise_of(name);

		if (!e && f->ours)
			fail_msg("%s is claimed and has no exercise", name);
		if (!e)
			continue;
		print_message("%s\n", name);
		e->run(f, e);
		done++;
	}
	assert_true(done >= 5);
}

/* The list with versions has the same names, in any order. */
static void versions(void **state)
{
	struct fixture *f = *state;
	char list[4096] = " ", word[CL_NAME_VERSION_MAX_NAME_SIZE + 2];
	cl_name_version with[64];
	size_t size = 0, words = 0;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_EXTENSIONS, sizeof(list) - 2, list + 1, NULL));
	strcat(list, " ");
	for (const char *p = list; *p; p++)
		words += *p != ' ' && p[1] == ' ';
	ok(clGetDeviceInfo(f->device, CL_DEVICE_EXTENSIONS_WITH_VERSION, sizeof(with), with,
			   &size));
	assert_int_equal(size / sizeof(with[0]), words);
	for (size_t i = 0; i < words; i++) {
		snprintf(word, sizeof(word), " %s ", with[i].name);
		if (f->ours) /* PoCL 3.1 puts several spaces between some */
			assert_non_null(strstr(list, word));
		assert_true(with[i].version != 0);
		if (strcmp(with[i].name, "cl_khr_command_buffer") == 0) /* PoCL 3.1: 0.9.0 */
			assert_true(with[i].version == CL_MAKE_VERSION(0, 9, f->ours ? 1 : 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claimed),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
