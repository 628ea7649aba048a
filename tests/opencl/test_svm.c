// SPDX-License-Identifier: MIT
/*
 * test_svm.c - shared virtual memory: one address for application and kernels, pointers inside of
 * it, commands on it; and what is answered where the device has none.
 */
#include "fixture.h"

#define COARSE CL_DEVICE_SVM_COARSE_GRAIN_BUFFER

static cl_device_svm_capabilities svm_of(struct fixture *f)
{
	cl_device_svm_capabilities caps = 0;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_SVM_CAPABILITIES, sizeof(caps), &caps, NULL));
	return caps;
}

static void need_svm(struct fixture *f)
{
	if (!(svm_of(f) & COARSE))
		skip();
}

static void *shared(struct fixture *f, size_t size)
{
	void *p = clSVMAlloc(f->context, CL_MEM_READ_WRITE, size, 0);

	assert_non_null(p);
	return p;
}

static void map(struct fixture *f, void *p, size_t size)
{
	ok(clEnqueueSVMMap(f->queue, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, p, size, 0, NULL, NULL));
}

static void unmap(struct fixture *f, void *p)
{
	ok(clEnqueueSVMUnmap(f->queue, p, 0, NULL, NULL));
}

/* A kernel sees the very number that the application has. */
static void same_address(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel;
	uint64_t *p;

	need_svm(f);
	kernel = fixture_kernel(
		f, "__kernel void tell(__global ulong *p) { p[0] = (ulong)p; p[1] += 5; }\n",
		"tell");
	p = shared(f, 65536);
	map(f, p, 65536);
	p[0] = 0;
	p[1] = 37;
	p[101] = 1;
	unmap(f, p);
	ok(clSetKernelArgSVMPointer(kernel, 0, p));
	fixture_run(f, kernel, 1);
	map(f, p, 65536);
	assert_true(p[0] == (uintptr_t)p);
	assert_int_equal(p[1], 42);
	unmap(f, p);
	/* From the middle of it. */
	ok(clSetKernelArgSVMPointer(kernel, 0, p + 100));
	fixture_run(f, kernel, 1);
	map(f, p, 65536);
	assert_true(p[100] == (uintptr_t)(p + 100));
	assert_int_equal(p[101], 6);
	unmap(f, p);
	ok(clFinish(f->queue));
	clSVMFree(f->context, p);
	ok(clReleaseKernel(kernel));
}

struct node {
	struct node *next;
	cl_ulong value;
};

/* A list whose nodes lie in many pieces, followed and changed by a kernel. */
static void linked_list(void **state)
{
	enum { N = 50 };
	static const char source[] =
		"struct node { __global struct node *next; ulong value; };\n"
		"__kernel void walk(__global struct node *n, __global ulong *sum) {"
		" for (; n; n = n->next) { *sum += n->value; n->value *= 2; } }\n";
	struct fixture *f = *state;
	struct node *node[N];
	cl_kernel kernel;
	cl_ulong *sum;

	need_svm(f);
	kernel = fixture_kernel(f, source, "walk");
	sum = shared(f, sizeof(*sum));
	for (int i = 0; i < N; i++)
		node[i] = shared(f, sizeof(struct node) * (size_t)(1 + i * 100));
	for (int i = 0; i < N; i++) {
		map(f, node[i], sizeof(struct node));
		*node[i] = (struct node){ i + 1 < N ? node[i + 1] : NULL, (cl_ulong)i + 1 };
		unmap(f, node[i]);
	}
	map(f, sum, sizeof(*sum));
	*sum = 0;
	unmap(f, sum);
	ok(clSetKernelArgSVMPointer(kernel, 0, node[0]));
	ok(clSetKernelArgSVMPointer(kernel, 1, sum));
	ok(clSetKernelExecInfo(kernel, CL_KERNEL_EXEC_INFO_SVM_PTRS, sizeof(node), node));
	fixture_run(f, kernel, 1);
	map(f, sum, sizeof(*sum));
	assert_int_equal(*sum, N * (N + 1) / 2);
	unmap(f, sum);
	for (int i = 0; i < N; i++) {
		map(f, node[i], sizeof(struct node));
		assert_int_equal(node[i]->value, 2 * (i + 1));
		unmap(f, node[i]);
	}
	ok(clFinish(f->queue));
	for (int i = 0; i < N; i++)
		clSVMFree(f->context, node[i]);
	clSVMFree(f->context, sum);
	ok(clReleaseKernel(kernel));
}

static void commands(void **state)
{
	struct fixture *f = *state;
	uint8_t data[1000], back[1000], *p, *q;
	uint32_t pattern = 0x01020304;
	cl_command_type type;
	cl_event event;

	need_svm(f);
	p = shared(f, 4096);
	q = shared(f, 4096);
	fixture_pattern(data, sizeof(data), 3);
	ok(clEnqueueSVMMemcpy(f->queue, CL_FALSE, p, data, sizeof(data), 0, NULL, NULL));
	ok(clEnqueueSVMMemcpy(f->queue, CL_FALSE, q + 8, p, sizeof(data), 0, NULL, &event));
	ok(clGetEventInfo(event, CL_EVENT_COMMAND_TYPE, sizeof(type), &type, NULL));
	assert_int_equal(type, CL_COMMAND_SVM_MEMCPY);
	ok(clEnqueueSVMMemFill(f->queue, q + 2000, &pattern, 4, 400, 1, &event, NULL));
	ok(clReleaseEvent(event));
	ok(clEnqueueSVMMemcpy(f->queue, CL_TRUE, back, q + 8, sizeof(back), 0, NULL, NULL));
	assert_memory_equal(back, data, sizeof(data));
	map(f, q, 4096);
	for (int i = 0; i < 100; i++)
		assert_memory_equal(q + 2000 + 4 * i, &pattern, 4);
	unmap(f, q);
	ok(clEnqueueSVMMigrateMem(f->queue, 1, (const void **)&p, NULL, 0, 0, NULL, NULL));
	ok(clFinish(f->queue));
	clSVMFree(f->context, p);
	clSVMFree(f->context, q);
	clSVMFree(f->context, NULL);
}

/* A buffer over shared memory is that memory. */
static void buffer_over_svm(void **state)
{
	struct fixture *f = *state;
	uint32_t *p, five = 5, *mapped;
	cl_kernel kernel;
	cl_bool uses = 9;
	cl_mem mem;
	cl_int err;
	void *host;

	need_svm(f);
	kernel = fixture_kernel(f, SOURCE_INC, "inc");
	p = shared(f, 4096);
	map(f, p, 4096);
	p[0] = 10;
	unmap(f, p);
	ok(clFinish(f->queue));
	mem = clCreateBuffer(f->context, CL_MEM_USE_HOST_PTR, 4096, p, &err);
	ok(err);
	ok(clGetMemObjectInfo(mem, CL_MEM_USES_SVM_POINTER, sizeof(uses), &uses, NULL));
	assert_int_equal(uses, CL_TRUE);
	ok(clGetMemObjectInfo(mem, CL_MEM_HOST_PTR, sizeof(host), &host, NULL));
	assert_ptr_equal(host, p);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(five), &five));
	fixture_run(f, kernel, 1);
	mapped = clEnqueueMapBuffer(f->queue, mem, CL_TRUE, CL_MAP_READ, 0, 4096, 0, NULL, NULL,
				    &err);
	ok(err);
	assert_ptr_equal(mapped, p);
	assert_int_equal(p[0], 15);
	ok(clEnqueueUnmapMemObject(f->queue, mem, mapped, 0, NULL, NULL));
	ok(clFinish(f->queue));
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
	clSVMFree(f->context, p);
}

static void CL_CALLBACK free_them(cl_command_queue queue, cl_uint n, void *pointers[], void *user)
{
	cl_context context;

	ok(clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof(context), &context, NULL));
	for (cl_uint i = 0; i < n; i++)
		clSVMFree(context, pointers[i]);
	*(cl_uint *)user += n;
}

static void enqueued_free(void **state)
{
	struct fixture *f = *state;
	cl_uint freed = 0;
	void *two[2];

	need_svm(f);
	two[0] = shared(f, 100);
	two[1] = shared(f, 100);
	ok(clEnqueueSVMFree(f->queue, 2, two, free_them, &freed, 0, NULL, NULL));
	ok(clFinish(f->queue));
	assert_int_equal(freed, 2);
	two[0] = shared(f, 100);
	ok(clEnqueueSVMFree(f->queue, 1, two, NULL, NULL, 0, NULL, NULL));
	ok(clFinish(f->queue));
	if (f->ours) /* PoCL 3.1 takes what is not there for nothing to do */
		assert_int_equal(clEnqueueSVMFree(f->queue, 1, NULL, NULL, NULL, 0, NULL, NULL),
				 CL_INVALID_VALUE);
}

/* Many pieces, there at once and again and again: each is where both see it. */
static void churn(void **state)
{
	struct fixture *f = *state;
	uint32_t *p[64], one = 1;
	cl_kernel kernel;

	need_svm(f);
	kernel = fixture_kernel(f, SOURCE_INC, "inc");
	ok(clSetKernelArg(kernel, 1, sizeof(one), &one));
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 64; i++) {
			p[i] = shared(f, 4096u << (i % 6));
			map(f, p[i], 4);
			p[i][0] = (uint32_t)i;
			unmap(f, p[i]);
			ok(clSetKernelArgSVMPointer(kernel, 0, p[i]));
			fixture_run(f, kernel, 1);
		}
		ok(clFinish(f->queue));
		for (int i = 0; i < 64; i++) {
			assert_int_equal(p[i][0], i + 1);
			clSVMFree(f->context, p[i]);
		}
	}
	ok(clReleaseKernel(kernel));
}

static void alloc_errors(void **state)
{
	struct fixture *f = *state;
	cl_ulong most = 0;

	need_svm(f);
	ok(clGetDeviceInfo(f->device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof(most), &most, NULL));
	assert_null(clSVMAlloc(NULL, 0, 64, 0));
	assert_null(clSVMAlloc(f->context, 0, 0, 0));
	assert_null(clSVMAlloc(f->context, 0, (size_t)most + 1, 0));
	assert_null(clSVMAlloc(f->context, 0, 64, 3));
	assert_null(clSVMAlloc(f->context, CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY, 64, 0));
	if (f->ours)
		assert_null(clSVMAlloc(f->context, CL_MEM_SVM_FINE_GRAIN_BUFFER, 64, 0));
}

static void command_errors(void **state)
{
	struct fixture *f = *state;
	uint32_t pattern = 0, *p, other[16];

	need_svm(f);
	p = shared(f, 4096);
	assert_int_equal(clEnqueueSVMMemcpy(NULL, CL_TRUE, p, other, 64, 0, NULL, NULL),
			 CL_INVALID_COMMAND_QUEUE);
	assert_int_equal(clEnqueueSVMMemcpy(f->queue, CL_TRUE, NULL, other, 64, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueSVMMemcpy(f->queue, CL_TRUE, p, NULL, 64, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueSVMMemcpy(f->queue, CL_TRUE, p, p + 1, 64, 0, NULL, NULL),
			 CL_MEM_COPY_OVERLAP);
	assert_int_equal(clEnqueueSVMMemFill(f->queue, p, &pattern, 3, 30, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueSVMMemFill(f->queue, p, &pattern, 4, 30, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	if (f->ours) /* PoCL 3.1 follows the pointer */
		assert_int_equal(clEnqueueSVMMemFill(f->queue, p, NULL, 4, 32, 0, NULL, NULL),
				 CL_INVALID_VALUE);
	assert_int_equal(
		clEnqueueSVMMemFill(f->queue, (char *)p + 1, &pattern, 4, 32, 0, NULL, NULL),
		CL_INVALID_VALUE);
	assert_int_equal(clEnqueueSVMMap(f->queue, CL_TRUE, CL_MAP_READ, NULL, 64, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueSVMMap(f->queue, CL_TRUE, CL_MAP_READ, p, 0, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueSVMUnmap(f->queue, NULL, 0, NULL, NULL), CL_INVALID_VALUE);
	assert_int_equal(clEnqueueSVMMap(f->queue, CL_TRUE, CL_MAP_READ, p, 64, 1, NULL, NULL),
			 CL_INVALID_EVENT_WAIT_LIST);
	ok(clFinish(f->queue));
	clSVMFree(f->context, p);
}

static void argument_errors(void **state)
{
	struct fixture *f = *state;
	cl_bool system = CL_TRUE;
	cl_kernel kernel;
	int local;
	void *p;

	need_svm(f);
	kernel = fixture_kernel(f, SOURCE_INC, "inc");
	p = shared(f, 64);
	assert_int_equal(clSetKernelArgSVMPointer(NULL, 0, p), CL_INVALID_KERNEL);
	assert_int_equal(clSetKernelArgSVMPointer(kernel, 9, p), CL_INVALID_ARG_INDEX);
	assert_int_equal(clSetKernelExecInfo(NULL, CL_KERNEL_EXEC_INFO_SVM_PTRS, sizeof(p), &p),
			 CL_INVALID_KERNEL);
	if (f->ours) { /* PoCL 3.1 looks at none of this */
		assert_int_equal(clSetKernelArgSVMPointer(kernel, 1, p), CL_INVALID_ARG_VALUE);
		assert_int_equal(clSetKernelArgSVMPointer(kernel, 0, &local), CL_INVALID_ARG_VALUE);
		assert_int_equal(clSetKernelExecInfo(kernel,
						     CL_KERNEL_EXEC_INFO_SVM_FINE_GRAIN_SYSTEM,
						     sizeof(system), &system),
				 CL_INVALID_OPERATION);
		assert_int_equal(clSetKernelExecInfo(kernel, CL_KERNEL_EXEC_INFO_SVM_PTRS, 0, &p),
				 CL_INVALID_VALUE);
		assert_int_equal(
			clSetKernelExecInfo(kernel, CL_KERNEL_EXEC_INFO_SVM_PTRS, sizeof(p), NULL),
			CL_INVALID_VALUE);
		assert_int_equal(clSetKernelExecInfo(kernel, 0x9999, sizeof(p), &p),
				 CL_INVALID_VALUE);
	}
	clSVMFree(f->context, p);
	ok(clReleaseKernel(kernel));
}

/* Memory that kernels cannot see at its address is not claimed to be shared. */
static void without_svm(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel;
	char a[8], b[8];

	if (svm_of(f) & COARSE)
		skip();
	kernel = fixture_kernel(f, SOURCE_INC, "inc");
	assert_null(clSVMAlloc(f->context, 0, 64, 0));
	assert_int_equal(clSetKernelArgSVMPointer(kernel, 0, NULL), CL_INVALID_OPERATION);
	assert_int_equal(clSetKernelExecInfo(kernel, CL_KERNEL_EXEC_INFO_SVM_PTRS, 0, NULL),
			 CL_INVALID_OPERATION);
	assert_int_equal(clEnqueueSVMMemcpy(f->queue, CL_TRUE, a, b, 8, 0, NULL, NULL),
			 CL_INVALID_OPERATION);
	assert_int_equal(clEnqueueSVMMap(f->queue, CL_TRUE, CL_MAP_READ, a, 8, 0, NULL, NULL),
			 CL_INVALID_OPERATION);
	assert_int_equal(clEnqueueSVMMap(NULL, CL_TRUE, CL_MAP_READ, a, 8, 0, NULL, NULL),
			 CL_INVALID_COMMAND_QUEUE);
	ok(clReleaseKernel(kernel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_address),	   cmocka_unit_test(linked_list),
		cmocka_unit_test(commands),	   cmocka_unit_test(buffer_over_svm),
		cmocka_unit_test(enqueued_free),   cmocka_unit_test(churn),
		cmocka_unit_test(alloc_errors),	   cmocka_unit_test(command_errors),
		cmocka_unit_test(argument_errors), cmocka_unit_test(without_svm),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
