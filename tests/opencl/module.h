/* SPDX-License-Identifier: MIT */
/*
 * module.h - the SPIR module that the build made of module.cl, where it found a compiler for it: in
 * the folder of the program, in a virtual machine, too.
 */
#ifndef TESTS_OPENCL_MODULE_H
#define TESTS_OPENCL_MODULE_H

#include "fixture.h"

#include <unistd.h>

#include <CL/cl_ext.h>

#define MODULE_BYTES_MAX 65536
#define MODULE_OPTIONS "-x spir -spir-std=1.2"

static inline FILE *module_open(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof("module.bc"));

	assert_true(n > 0);
	path[n] = '\0';
	strcpy(strrchr(path, '/') + 1, "module.bc");
	return fopen(path, "rb");
}

/** module_read() - its bytes into @module; 0 when there is none, or no use for it. */
static inline size_t module_read(struct fixture *f, unsigned char module[MODULE_BYTES_MAX])
{
	char list[4096] = "";
	size_t n = 0;
	FILE *file;

	clGetDeviceInfo(f->device, CL_DEVICE_EXTENSIONS, sizeof(list), list, NULL);
	file = strstr(list, "cl_khr_spir") ? module_open() : NULL;
	if (file) {
		n = fread(module, 1, MODULE_BYTES_MAX, file);
		fclose(file);
	}
	return n;
}

/** module_load() - a program of @n bytes; NULL when the driver does not take them. */
static inline cl_program module_load(struct fixture *f, const unsigned char *module, size_t n)
{
	cl_int status = CL_SUCCESS, err = CL_SUCCESS;
	cl_program program =
		clCreateProgramWithBinary(f->context, 1, &f->device, &n, &module, &status, &err);

	assert_true((err == CL_SUCCESS) == (program != NULL));
	return program;
}

#endif
