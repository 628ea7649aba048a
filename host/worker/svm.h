/* SPDX-License-Identifier: MIT */
/*
 * svm.h - a second mapping of an allocation's pages, at the address where the application sees
 * them: pointers in that memory then mean the same to kernels, which run in this process.
 */
#ifndef WORKER_SVM_H
#define WORKER_SVM_H

#include <stdint.h>

/** SVM_FLOOR, SVM_CEILING - where such a mapping may lie: user addresses, away from the null page.
 */
#define SVM_FLOOR UINT64_C(0x100000)
#define SVM_CEILING UINT64_C(0x7ffffffff000)

/**
 * svm_map() - map the pages at @host, shared ones, a second time.
 * @address, @size: whole pages
 *
 * Return: 0; -EINVAL outside of where it may lie; -EEXIST when something of this process is there
 * already, which stays as it is; -ENOMEM.
 */
int svm_map(void *host, uint64_t size, uint64_t address);

/** svm_unmap() - undo. */
void svm_unmap(uint64_t address, uint64_t size);

#endif /* WORKER_SVM_H */
