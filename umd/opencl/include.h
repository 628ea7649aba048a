/* SPDX-License-Identifier: MIT */
/*
 * include.h - #include of files that the application has: -I names folders of its machine, which
 * the compiler on the host never sees. So what can be found here is put into the source before it
 * goes there, as a preprocessor would do it; conditions are left to the compiler.
 */
#ifndef OPENCL_INCLUDE_H
#define OPENCL_INCLUDE_H

#include <CL/cl.h>

/** struct include - @source, @options: malloc()ed; @source NULL: nothing was found. */
struct include {
	char *source;
	char *options;
};

/**
 * include_expand() - put the files that @source includes into it, and take -I out of @options.
 *
 * An #include of what is not found stays: it may be a header that the program was given, or the
 * compiler's own.
 *
 * Return: CL_SUCCESS and @ret filled, the caller's to free; CL_OUT_OF_HOST_MEMORY;
 * CL_OUT_OF_RESOURCES when files include each other without end or become more than
 * DXG_PROGRAM_SOURCE_MAX.
 */
cl_int include_expand(const char *source, const char *options, struct include *ret);

#endif
