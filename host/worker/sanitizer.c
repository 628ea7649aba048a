// SPDX-License-Identifier: MIT
/*
 * sanitizer.c - leaks of a vendor's driver, which are not ours to fix. A file of suppressions would
 * be read when a worker ends, and then it is out of its sight (hide.h).
 */
#include "worker/sanitizer.h"

#if WORKER_ASAN
/* LeakSanitizer looks it up by its name, and declares it nowhere for C. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libpocl\n"
	       "leak:libLLVM\n"
	       "leak:libclang\n"
	       "leak:libhwloc\n"
	       "leak:libOpenCL\n";
}
#endif
