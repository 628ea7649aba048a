// SPDX-License-Identifier: MIT
/*
 * fake_icd - stands in for our ICD in test_worker_environment: built as libdxgcl-fake.so, it makes
 * noise wherever it gets. In a program without dxg_worker_marker it ends the program with
 * status 42. In one with the marker, it tells whether that program had been cleaned: a preloaded
 * library runs once in the first, unclean image, which only cleans and starts itself again.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void __attribute__((constructor)) loaded(void)
{
	if (!dlsym(RTLD_DEFAULT, "dxg_worker_marker"))
		_exit(42);
	if (!getenv("DXG_FAKE_ICD_LOG"))
		fputs("fake ICD loaded into a worker\n", stderr);
}

void *clGetExtensionFunctionAddress(const char *name);

void *clGetExtensionFunctionAddress(const char *name)
{
	fprintf(stderr, "fake ICD used: %s\n", name);
	return NULL;
}
