// SPDX-License-Identifier: MIT
/* rows_program.c - programs: creation, building, compiling, linking, what is known of them. */
#include "row.h"

#define TEXTS(...) ((const char *[]){ __VA_ARGS__ })
#define SIZES(...) ((size_t[]){ __VA_ARGS__ })
#define EMPTY "__kernel void nothing(void) {}\n"

#define SOURCE(...) CREATE(clReleaseProgram, clCreateProgramWithSource(__VA_ARGS__, &err))
ROW("clCreateProgramWithSource", "plain", CL_SUCCESS, SOURCE(e.context, 1, TEXTS(EMPTY), NULL));
ROW("clCreateProgramWithSource", "with a length", CL_SUCCESS,
    SOURCE(e.context, 1, TEXTS(EMPTY), SIZES(8)));
ROW("clCreateProgramWithSource", "two pieces, one with a length", CL_SUCCESS,
    SOURCE(e.context, 2, TEXTS(EMPTY, EMPTY), SIZES(0, 8)));
ROW("clCreateProgramWithSource", "no pieces", CL_INVALID_VALUE,
    SOURCE(e.context, 0, TEXTS(EMPTY), NULL));
ROW("clCreateProgramWithSource", "no list", CL_INVALID_VALUE, SOURCE(e.context, 1, NULL, NULL));
ROW("clCreateProgramWithSource", "NULL in the list", CL_INVALID_VALUE,
    SOURCE(e.context, 2, TEXTS(EMPTY, NULL), NULL));
ROW("clCreateProgramWithSource", "no context", CL_INVALID_CONTEXT,
    SOURCE(NULL, 1, TEXTS(EMPTY), NULL));
ROW("clCreateProgramWithSource", "context of another kind", CL_INVALID_CONTEXT,
    SOURCE(WRONG(cl_context), 1, TEXTS(EMPTY), NULL));

static cl_int from_binary(cl_uint devices, const cl_device_id *device, bool keep, cl_int *status)
{
	size_t size = 0;
	unsigned char *binary = NULL;
	const unsigned char *list[1];
	cl_int err =
		clGetProgramInfo(e.program, CL_PROGRAM_BINARY_SIZES, sizeof(size), &size, NULL);

	if (err != CL_SUCCESS)
		return err;
	binary = malloc(size + 1);
	err = clGetProgramInfo(e.program, CL_PROGRAM_BINARIES, sizeof(binary), &binary, NULL);
	list[0] = keep ? binary : NULL;
	if (err == CL_SUCCESS)
		err = CREATE(clReleaseProgram,
			     clCreateProgramWithBinary(e.context, devices, device, &size, list,
						       status, &err));
	free(binary);
	return err;
}

#define BINARY(...) CREATE(clReleaseProgram, clCreateProgramWithBinary(__VA_ARGS__, &err))
#define BYTES(...) ((const unsigned char *[]){ __VA_ARGS__ })
ROW("clCreateProgramWithBinary", "of a program", CL_SUCCESS,
    from_binary(1, &e.device, true, &(cl_int){ 0 }));
ROW("clCreateProgramWithBinary", "without statuses", CL_SUCCESS,
    from_binary(1, &e.device, true, NULL));
ROW("clCreateProgramWithBinary", "no devices", CL_INVALID_VALUE,
    from_binary(0, &e.device, true, NULL));
ROW("clCreateProgramWithBinary", "no list of devices", CL_INVALID_VALUE,
    from_binary(1, NULL, true, NULL));
ROW("clCreateProgramWithBinary", "NULL for a binary", CL_INVALID_VALUE,
    from_binary(1, &e.device, false, NULL));
ROW("clCreateProgramWithBinary", "size 0", CL_INVALID_VALUE,
    BINARY(e.context, 1, &e.device, SIZES(0), BYTES(e.bytes), NULL));
ROW("clCreateProgramWithBinary", "garbage", CL_INVALID_BINARY,
    BINARY(e.context, 1, &e.device, SIZES(64), BYTES(e.bytes), &(cl_int){ 0 }));
ROW("clCreateProgramWithBinary", "device of another kind", CL_INVALID_DEVICE,
    BINARY(e.context, 1, (cl_device_id[]){ WRONG(cl_device_id) }, SIZES(64), BYTES(e.bytes), NULL));
ROW("clCreateProgramWithBinary", "no context", CL_INVALID_CONTEXT,
    BINARY(NULL, 1, &e.device, SIZES(64), BYTES(e.bytes), NULL));

ROW("clCreateProgramWithIL", "no device takes any", e.il ? CL_INVALID_VALUE : CL_INVALID_OPERATION,
    CREATE(clReleaseProgram, clCreateProgramWithIL(e.context, e.bytes, 64, &err)));
ROW("clCreateProgramWithIL", "no context", CL_INVALID_CONTEXT,
    CREATE(clReleaseProgram, clCreateProgramWithIL(NULL, e.bytes, 64, &err)));

#define BUILT_IN(...) CREATE(clReleaseProgram, clCreateProgramWithBuiltInKernels(__VA_ARGS__, &err))
ROW("clCreateProgramWithBuiltInKernels", "no such kernel", CL_INVALID_VALUE,
    BUILT_IN(e.context, 1, &e.device, "nothing_of_the_kind"));
ROW("clCreateProgramWithBuiltInKernels", "no names", CL_INVALID_VALUE,
    BUILT_IN(e.context, 1, &e.device, NULL));
ROW("clCreateProgramWithBuiltInKernels", "no devices", CL_INVALID_VALUE,
    BUILT_IN(e.context, 0, NULL, "nothing_of_the_kind"));
ROW("clCreateProgramWithBuiltInKernels", "no context", CL_INVALID_CONTEXT,
    BUILT_IN(NULL, 1, &e.device, "nothing_of_the_kind"));

COUNTED(clRetainProgram, clReleaseProgram, cl_program, e.program, CL_INVALID_PROGRAM);

static void CL_CALLBACK gone(cl_program program, void *user_data)
{
	(void)program, (void)user_data;
}

ROW("clSetProgramReleaseCallback", "not supported", CL_INVALID_OPERATION,
    clSetProgramReleaseCallback(e.program, gone, NULL));
ROW("clSetProgramReleaseCallback", "no program", CL_INVALID_PROGRAM,
    clSetProgramReleaseCallback(NULL, gone, NULL));
ROW("clSetProgramSpecializationConstant", "of a source",
    e.il ? CL_INVALID_PROGRAM : CL_INVALID_OPERATION,
    clSetProgramSpecializationConstant(e.unbuilt, 1, 4, e.bytes));

static cl_program fresh(const char *text)
{
	return clCreateProgramWithSource(e.context, 1, &text, NULL, NULL);
}

static cl_int build(const char *text, const char *options)
{
	cl_program program = fresh(text);
	cl_int err = clBuildProgram(program, 1, &e.device, options, NULL, NULL);

	clReleaseProgram(program);
	return err;
}

#define BUILD(...) clBuildProgram(__VA_ARGS__)
static void CL_CALLBACK built(cl_program program, void *user_data)
{
	(void)program, (void)user_data;
}

ROW("clBuildProgram", "plain", CL_SUCCESS, build(EMPTY, NULL));
ROW("clBuildProgram", "with options", CL_SUCCESS,
    build("__kernel void f(__global int *p) { *p = N; }", "-D N=3 -cl-fast-relaxed-math -w"));
ROW("clBuildProgram", "no program text", CL_BUILD_PROGRAM_FAILURE, build("nonsense", NULL));
ROW("clBuildProgram", "unknown option", CL_INVALID_BUILD_OPTIONS, build(EMPTY, "-no-such-option"));
ROW("clBuildProgram", "devices, none counted", CL_INVALID_VALUE,
    BUILD(e.unbuilt, 0, &e.device, NULL, NULL, NULL));
ROW("clBuildProgram", "counted, no devices", CL_INVALID_VALUE,
    BUILD(e.unbuilt, 1, NULL, NULL, NULL, NULL));
ROW("clBuildProgram", "user_data without a callback", CL_INVALID_VALUE,
    BUILD(e.unbuilt, 1, &e.device, NULL, NULL, &e));
ROW("clBuildProgram", "device of another kind", CL_INVALID_DEVICE,
    BUILD(e.unbuilt, 1, (cl_device_id[]){ WRONG(cl_device_id) }, NULL, NULL, NULL));
ROW("clBuildProgram", "with kernels attached", CL_INVALID_OPERATION,
    BUILD(e.program, 1, &e.device, NULL, NULL, NULL));
ROW("clBuildProgram", "no program", CL_INVALID_PROGRAM,
    BUILD(NULL, 1, &e.device, NULL, built, NULL));
ROW("clBuildProgram", "object of another kind", CL_INVALID_PROGRAM,
    BUILD(WRONG(cl_program), 1, &e.device, NULL, NULL, NULL));

static cl_int compile(const char *text, const char *options, cl_uint n, const cl_program *headers,
		      const char **names)
{
	cl_program program = fresh(text);
	cl_int err =
		clCompileProgram(program, 1, &e.device, options, n, headers, names, NULL, NULL);

	clReleaseProgram(program);
	return err;
}

ROW("clCompileProgram", "plain", CL_SUCCESS, compile(EMPTY, NULL, 0, NULL, NULL));
ROW("clCompileProgram", "with a header", CL_SUCCESS,
    compile("#include \"h.h\"\n" EMPTY, NULL, 1, &e.unbuilt, TEXTS("h.h")));
ROW("clCompileProgram", "no program text", CL_COMPILE_PROGRAM_FAILURE,
    compile("nonsense", NULL, 0, NULL, NULL));
ROW("clCompileProgram", "unknown option", CL_INVALID_COMPILER_OPTIONS,
    compile(EMPTY, "-no-such-option", 0, NULL, NULL));
ROW("clCompileProgram", "headers without names", CL_INVALID_VALUE,
    compile(EMPTY, NULL, 1, &e.unbuilt, NULL));
ROW("clCompileProgram", "names without headers", CL_INVALID_VALUE,
    compile(EMPTY, NULL, 0, NULL, TEXTS("h.h")));
ROW("clCompileProgram", "devices, none counted", CL_INVALID_VALUE,
    clCompileProgram(e.unbuilt, 0, &e.device, NULL, 0, NULL, NULL, NULL, NULL));
ROW("clCompileProgram", "user_data without a callback", CL_INVALID_VALUE,
    clCompileProgram(e.unbuilt, 1, &e.device, NULL, 0, NULL, NULL, NULL, &e));
ROW("clCompileProgram", "with kernels attached", CL_INVALID_OPERATION,
    clCompileProgram(e.program, 1, &e.device, NULL, 0, NULL, NULL, NULL, NULL));
ROW("clCompileProgram", "no program", CL_INVALID_PROGRAM,
    clCompileProgram(NULL, 1, &e.device, NULL, 0, NULL, NULL, NULL, NULL));

#define LINK(...) CREATE(clReleaseProgram, clLinkProgram(__VA_ARGS__, &err))
ROW("clLinkProgram", "plain", CL_SUCCESS,
    LINK(e.context, 1, &e.device, NULL, 1, &e.compiled, NULL, NULL));
ROW("clLinkProgram", "a library", CL_SUCCESS,
    LINK(e.context, 1, &e.device, "-create-library", 1, &e.compiled, NULL, NULL));
ROW("clLinkProgram", "what was not compiled", CL_INVALID_OPERATION,
    LINK(e.context, 1, &e.device, NULL, 1, &e.unbuilt, NULL, NULL));
ROW("clLinkProgram", "no programs", CL_INVALID_VALUE,
    LINK(e.context, 1, &e.device, NULL, 0, NULL, NULL, NULL));
ROW("clLinkProgram", "no list of programs", CL_INVALID_VALUE,
    LINK(e.context, 1, &e.device, NULL, 1, NULL, NULL, NULL));
ROW("clLinkProgram", "NULL in the list", CL_INVALID_PROGRAM,
    LINK(e.context, 1, &e.device, NULL, 1, (cl_program[]){ NULL }, NULL, NULL));
ROW("clLinkProgram", "devices, none counted", CL_INVALID_VALUE,
    LINK(e.context, 0, &e.device, NULL, 1, &e.compiled, NULL, NULL));
ROW("clLinkProgram", "user_data without a callback", CL_INVALID_VALUE,
    LINK(e.context, 1, &e.device, NULL, 1, &e.compiled, NULL, &e));
ROW("clLinkProgram", "unknown option", CL_INVALID_LINKER_OPTIONS,
    LINK(e.context, 1, &e.device, "-no-such-option", 1, &e.compiled, NULL, NULL));
ROW("clLinkProgram", "no context", CL_INVALID_CONTEXT,
    LINK(NULL, 1, &e.device, NULL, 1, &e.compiled, NULL, NULL));

INFO(clGetProgramInfo, e.program, "CL_PROGRAM_REFERENCE_COUNT", CL_PROGRAM_REFERENCE_COUNT,
     sizeof(cl_uint));
INFO(clGetProgramInfo, e.program, "CL_PROGRAM_CONTEXT", CL_PROGRAM_CONTEXT, sizeof(cl_context));
INFO(clGetProgramInfo, e.program, "CL_PROGRAM_NUM_DEVICES", CL_PROGRAM_NUM_DEVICES,
     sizeof(cl_uint));
INFO(clGetProgramInfo, e.program, "CL_PROGRAM_DEVICES", CL_PROGRAM_DEVICES, sizeof(cl_device_id));
INFO(clGetProgramInfo, e.program, "CL_PROGRAM_SOURCE", CL_PROGRAM_SOURCE, 0);
INFO(clGetProgramInfo, e.program, "CL_PROGRAM_IL", CL_PROGRAM_IL, 0);
INFO(clGetProgramInfo, e.program, "CL_PROGRAM_BINARY_SIZES", CL_PROGRAM_BINARY_SIZES,
     sizeof(size_t));
INFO(clGetProgramInfo, e.program, "CL_PROGRAM_NUM_KERNELS", CL_PROGRAM_NUM_KERNELS, sizeof(size_t));
INFO(clGetProgramInfo, e.program, "CL_PROGRAM_KERNEL_NAMES", CL_PROGRAM_KERNEL_NAMES, 0);
INFO(clGetProgramInfo, e.program, "CL_PROGRAM_SCOPE_GLOBAL_CTORS_PRESENT",
     CL_PROGRAM_SCOPE_GLOBAL_CTORS_PRESENT, sizeof(cl_bool));
INFO(clGetProgramInfo, e.program, "CL_PROGRAM_SCOPE_GLOBAL_DTORS_PRESENT",
     CL_PROGRAM_SCOPE_GLOBAL_DTORS_PRESENT, sizeof(cl_bool));
ROW("clGetProgramInfo", "kernels of what was not built", CL_INVALID_PROGRAM_EXECUTABLE,
    clGetProgramInfo(e.unbuilt, CL_PROGRAM_NUM_KERNELS, sizeof(size_t), &(size_t){ 0 }, NULL));
ROW("clGetProgramInfo", "kernel names of what was not built", CL_INVALID_PROGRAM_EXECUTABLE,
    clGetProgramInfo(e.failed, CL_PROGRAM_KERNEL_NAMES, 0, NULL, &(size_t){ 0 }));
INFO_REFUSED(clGetProgramInfo, cl_program, e.program, CL_INVALID_PROGRAM);

static cl_int CL_API_CALL build_info(cl_program program, cl_uint param, size_t size, void *value,
				     size_t *ret_size)
{
	return clGetProgramBuildInfo(program, e.device, param, size, value, ret_size);
}

#define BUILD_INFO(param, size)                          \
	ROW("clGetProgramBuildInfo", #param, CL_SUCCESS, \
	    info_answer((info_fn)build_info, e.program, param, size))
BUILD_INFO(CL_PROGRAM_BUILD_STATUS, sizeof(cl_build_status));
BUILD_INFO(CL_PROGRAM_BUILD_OPTIONS, 0);
BUILD_INFO(CL_PROGRAM_BUILD_LOG, 0);
BUILD_INFO(CL_PROGRAM_BINARY_TYPE, sizeof(cl_program_binary_type));
BUILD_INFO(CL_PROGRAM_BUILD_GLOBAL_VARIABLE_TOTAL_SIZE, sizeof(size_t));
ROW("clGetProgramBuildInfo", "unknown param_name", CL_INVALID_VALUE,
    build_info(e.program, 0x7fff, 0, NULL, NULL));
ROW("clGetProgramBuildInfo", "no program", CL_INVALID_PROGRAM,
    build_info(NULL, CL_PROGRAM_BUILD_STATUS, 0, NULL, NULL));
ROW("clGetProgramBuildInfo", "no device", CL_INVALID_DEVICE,
    clGetProgramBuildInfo(e.program, NULL, CL_PROGRAM_BUILD_STATUS, 0, NULL, NULL));

static cl_int build_status(cl_program program, cl_build_status wanted)
{
	cl_build_status status = 1000;
	cl_int err = clGetProgramBuildInfo(program, e.device, CL_PROGRAM_BUILD_STATUS,
					   sizeof(status), &status, NULL);

	return err ?: status == wanted ? CL_SUCCESS : ANSWER_WRONG_VALUE;
}

ROW("clGetProgramBuildInfo", "status of what was not built", CL_SUCCESS,
    build_status(e.unbuilt, CL_BUILD_NONE));
ROW("clGetProgramBuildInfo", "status of what was built", CL_SUCCESS,
    build_status(e.program, CL_BUILD_SUCCESS));
ROW("clGetProgramBuildInfo", "status of what did not build", CL_SUCCESS,
    build_status(e.failed, CL_BUILD_ERROR));
