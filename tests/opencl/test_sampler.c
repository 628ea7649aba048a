// SPDX-License-Identifier: MIT
/* test_sampler.c - samplers: creation, queries, and what kernels read through each of them. */
#include "fixture.h"

#define WIDTH 4

static void queries(void **state)
{
	struct fixture *f = *state;
	cl_int err;
	cl_sampler sampler =
		clCreateSampler(f->context, CL_TRUE, CL_ADDRESS_REPEAT, CL_FILTER_LINEAR, &err);
	cl_addressing_mode addressing;
	cl_filter_mode filter;
	cl_context context;
	cl_bool normalized;
	cl_uint refs;
	size_t size;

	ok(err);
	ok(clGetSamplerInfo(sampler, CL_SAMPLER_CONTEXT, sizeof(context), &context, NULL));
	assert_ptr_equal(context, f->context);
	ok(clGetSamplerInfo(sampler, CL_SAMPLER_NORMALIZED_COORDS, sizeof(normalized), &normalized,
			    &size));
	assert_int_equal(normalized, CL_TRUE);
	assert_int_equal(size, sizeof(normalized));
	ok(clGetSamplerInfo(sampler, CL_SAMPLER_ADDRESSING_MODE, sizeof(addressing), &addressing,
			    NULL));
	assert_int_equal(addressing, CL_ADDRESS_REPEAT);
	ok(clGetSamplerInfo(sampler, CL_SAMPLER_FILTER_MODE, sizeof(filter), &filter, NULL));
	assert_int_equal(filter, CL_FILTER_LINEAR);
	ok(clRetainSampler(sampler));
	ok(clGetSamplerInfo(sampler, CL_SAMPLER_REFERENCE_COUNT, sizeof(refs), &refs, NULL));
	assert_int_equal(refs, 2);
	assert_int_equal(clGetSamplerInfo(sampler, CL_SAMPLER_CONTEXT, 1, &context, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clGetSamplerInfo(sampler, 0x9999, sizeof(refs), &refs, NULL),
			 CL_INVALID_VALUE);
	ok(clReleaseSampler(sampler));
	ok(clReleaseSampler(sampler));
}

static void properties(void **state)
{
	static const cl_sampler_properties all[] = { CL_SAMPLER_NORMALIZED_COORDS,
						     CL_FALSE,
						     CL_SAMPLER_ADDRESSING_MODE,
						     CL_ADDRESS_CLAMP_TO_EDGE,
						     CL_SAMPLER_FILTER_MODE,
						     CL_FILTER_LINEAR,
						     0 };
	static const cl_sampler_properties twice[] = { CL_SAMPLER_FILTER_MODE, CL_FILTER_LINEAR,
						       CL_SAMPLER_FILTER_MODE, CL_FILTER_LINEAR,
						       0 };
	static const cl_sampler_properties unknown[] = { 0x9999, 1, 0 };
	struct fixture *f = *state;
	cl_addressing_mode addressing;
	cl_filter_mode filter;
	cl_bool normalized;
	cl_sampler sampler;
	cl_int err;

	sampler = clCreateSamplerWithProperties(f->context, all, &err);
	ok(err);
	ok(clGetSamplerInfo(sampler, CL_SAMPLER_NORMALIZED_COORDS, sizeof(normalized), &normalized,
			    NULL));
	assert_int_equal(normalized, CL_FALSE);
	ok(clGetSamplerInfo(sampler, CL_SAMPLER_ADDRESSING_MODE, sizeof(addressing), &addressing,
			    NULL));
	assert_int_equal(addressing, CL_ADDRESS_CLAMP_TO_EDGE);
	ok(clReleaseSampler(sampler));
	assert_null(clCreateSamplerWithProperties(f->context, unknown, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateSamplerWithProperties(f->context, twice, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	if (!f->ours) /* PoCL 3.1 wants a list */
		return;
	sampler = clCreateSamplerWithProperties(f->context, NULL, &err);
	ok(err);
	ok(clGetSamplerInfo(sampler, CL_SAMPLER_NORMALIZED_COORDS, sizeof(normalized), &normalized,
			    NULL));
	assert_int_equal(normalized, CL_TRUE);
	ok(clGetSamplerInfo(sampler, CL_SAMPLER_ADDRESSING_MODE, sizeof(addressing), &addressing,
			    NULL));
	assert_int_equal(addressing, CL_ADDRESS_CLAMP);
	ok(clGetSamplerInfo(sampler, CL_SAMPLER_FILTER_MODE, sizeof(filter), &filter, NULL));
	assert_int_equal(filter, CL_FILTER_NEAREST);
	ok(clReleaseSampler(sampler));
}

static void errors(void **state)
{
	struct fixture *f = *state;
	cl_int err;

	assert_null(clCreateSampler(NULL, CL_TRUE, CL_ADDRESS_CLAMP, CL_FILTER_NEAREST, &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_null(
		clCreateSampler(f->context, CL_FALSE, CL_ADDRESS_REPEAT, CL_FILTER_NEAREST, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateSampler(f->context, CL_FALSE, CL_ADDRESS_MIRRORED_REPEAT,
				    CL_FILTER_NEAREST, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	if (!f->ours) /* PoCL 3.1 does not look, or crashes */
		return;
	assert_null(clCreateSampler(f->context, CL_TRUE, 0x1135, CL_FILTER_NEAREST, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateSampler(f->context, CL_TRUE, CL_ADDRESS_CLAMP, 0x1142, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_int_equal(clReleaseSampler(NULL), CL_INVALID_SAMPLER);
	assert_int_equal(clRetainSampler((cl_sampler)f->context), CL_INVALID_SAMPLER);
	assert_int_equal(clGetSamplerInfo(NULL, CL_SAMPLER_CONTEXT, 0, NULL, NULL),
			 CL_INVALID_SAMPLER);
}

/* Reads one row of four pixels 10, 20, 30, 40 at float coordinates. */
static const char source[] =
	"kernel void sample(read_only image2d_t a, sampler_t s, global const float *at,\n"
	"                   global float *out)\n"
	"{ size_t i = get_global_id(0); out[i] = read_imagef(a, s, (float2)(at[i], 0.5f)).x; }\n";

struct sampling {
	cl_kernel kernel;
	cl_mem image;
	cl_mem at;
	cl_mem out;
};

static void sampling_start(struct fixture *f, struct sampling *s)
{
	static const float row[WIDTH] = { 10, 20, 30, 40 };
	static const cl_image_format format = { CL_R, CL_FLOAT };
	cl_image_desc desc = { .image_type = CL_MEM_OBJECT_IMAGE2D,
			       .image_width = WIDTH,
			       .image_height = 1 };
	cl_int err;

	s->kernel = fixture_kernel(f, source, "sample");
	s->image = clCreateImage(f->context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, &format,
				 &desc, (void *)(uintptr_t)row, &err);
	ok(err);
	s->at = fixture_buffer(f, sizeof(float), NULL);
	s->out = fixture_buffer(f, sizeof(float), NULL);
	ok(clSetKernelArg(s->kernel, 0, sizeof(cl_mem), &s->image));
	ok(clSetKernelArg(s->kernel, 2, sizeof(cl_mem), &s->at));
	ok(clSetKernelArg(s->kernel, 3, sizeof(cl_mem), &s->out));
}

static void sampling_end(struct sampling *s)
{
	ok(clReleaseKernel(s->kernel));
	ok(clReleaseMemObject(s->image));
	ok(clReleaseMemObject(s->at));
	ok(clReleaseMemObject(s->out));
}

static float sample(struct fixture *f, struct sampling *s, float at)
{
	float out = -1;

	ok(clEnqueueWriteBuffer(f->queue, s->at, CL_FALSE, 0, sizeof(at), &at, 0, NULL, NULL));
	fixture_run(f, s->kernel, 1);
	fixture_read(f, s->out, &out, sizeof(out));
	return out;
}

/* The sampler decides what is read; the kernel and all its other arguments stay. */
static void sampling(void **state)
{
	static const struct {
		cl_bool normalized;
		cl_addressing_mode addressing;
		cl_filter_mode filter;
		float at;
		float want;
	} cases[] = {
		{ CL_FALSE, CL_ADDRESS_CLAMP_TO_EDGE, CL_FILTER_NEAREST, 1.2f, 20 },
		{ CL_FALSE, CL_ADDRESS_CLAMP_TO_EDGE, CL_FILTER_NEAREST, 9.0f, 40 },
		{ CL_FALSE, CL_ADDRESS_CLAMP, CL_FILTER_NEAREST, 9.0f, 0 },
		{ CL_FALSE, CL_ADDRESS_CLAMP, CL_FILTER_NEAREST, 3.9f, 40 },
		{ CL_TRUE, CL_ADDRESS_CLAMP_TO_EDGE, CL_FILTER_NEAREST, 0.6f, 30 },
		{ CL_TRUE, CL_ADDRESS_REPEAT, CL_FILTER_NEAREST, 1.3f, 20 },
		{ CL_TRUE, CL_ADDRESS_MIRRORED_REPEAT, CL_FILTER_NEAREST, 1.1f, 40 },
		{ CL_FALSE, CL_ADDRESS_CLAMP_TO_EDGE, CL_FILTER_LINEAR, 2.0f, 25 },
	};
	struct fixture *f = *state;
	struct sampling s;

	sampling_start(f, &s);
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			cl_int err;
			cl_sampler sampler = clCreateSampler(f->context, cases[i].normalized,
							     cases[i].addressing, cases[i].filter,
							     &err);
			float got;

			ok(err);
			ok(clSetKernelArg(s.kernel, 1, sizeof(sampler), &sampler));
			got = sample(f, &s, cases[i].at);
			if (got != cases[i].want)
				fail_msg("case %zu: %f, not %f", i, (double)got,
					 (double)cases[i].want);
			ok(clReleaseSampler(sampler));
		}
	sampling_end(&s);
}

static void argument_errors(void **state)
{
	struct fixture *f = *state;
	struct sampling s;
	cl_sampler sampler, none = NULL;
	cl_int err;

	sampling_start(f, &s);
	sampler = clCreateSampler(f->context, CL_TRUE, CL_ADDRESS_CLAMP, CL_FILTER_NEAREST, &err);
	ok(err);
	assert_int_equal(clSetKernelArg(s.kernel, 1, 4, &sampler), CL_INVALID_ARG_SIZE);
	if (f->ours) { /* PoCL 3.1 takes these */
		assert_int_equal(clSetKernelArg(s.kernel, 1, sizeof(none), &none),
				 CL_INVALID_SAMPLER);
		assert_int_equal(clSetKernelArg(s.kernel, 1, sizeof(none), NULL),
				 CL_INVALID_SAMPLER);
		assert_int_equal(clSetKernelArg(s.kernel, 1, sizeof(s.image), &s.image),
				 CL_INVALID_SAMPLER);
	}
	ok(clReleaseSampler(sampler));
	sampling_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries),	   cmocka_unit_test(properties),
		cmocka_unit_test(errors),	   cmocka_unit_test(sampling),
		cmocka_unit_test(argument_errors),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
