// SPDX-License-Identifier: MIT
/*
 * svm - see svm.h. The address is the guest's choice: it is reserved first in a way that fails when
 * anything is there, and only what was reserved is replaced.
 */
#include "worker/svm.h"

#include <errno.h>
#include <sys/mman.h>

#include "dxgwire/limits.h"

static int check(uint64_t address, uint64_t size)
{
	if (!size || (address | size) % DXG_PAGE_SIZE)
		return -EINVAL;
	if (address < SVM_FLOOR || address >= SVM_CEILING || size > SVM_CEILING - address)
		return -EINVAL;
	return 0;
}

int svm_map(void *host, uint64_t size, uint64_t address)
{
	void *at = (void *)(uintptr_t)address, *p;
	int err = check(address, size);

	if (err)
		return err;
	p = mmap(at, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (p == MAP_FAILED)
		return errno == ENOMEM ? -ENOMEM : -EEXIST;
	/* A kernel that does not know the flag takes the address for a hint. */
	if (p != at) {
		munmap(p, size);
		return -EEXIST;
	}
	/* Of shared pages, an old size of 0 makes a second mapping. */
	if (mremap(host, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, at) == MAP_FAILED) {
		err = -errno;
		munmap(at, size);
		return err;
	}
	return 0;
}

void svm_unmap(uint64_t address, uint64_t size)
{
	munmap((void *)(uintptr_t)address, size);
}
