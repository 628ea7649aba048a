/* SPDX-License-Identifier: MIT */
/* smaps.h - what the kernel says of the mappings of a process, for tests. */
#ifndef TESTS_SMAPS_H
#define TESTS_SMAPS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

/* Linux's number, which libraries older than the running kernel do not know. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/** smaps_can_collapse() - can this kernel, with the memory it has, make a huge page when asked? */
static inline bool smaps_can_collapse(void)
{
	const size_t huge = (size_t)1 << 21;
	int fd = memfd_create("probe", MFD_CLOEXEC);
	uint8_t *room, *at;
	bool can = false;

	room = (uint8_t *)mmap(NULL, 2 * huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || room == MAP_FAILED || ftruncate(fd, (off_t)huge))
		return false;
	at = room + -(uintptr_t)room % huge;
	if (mmap(at, huge, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == at) {
		*at = 1;
		can = !madvise(at, huge, MADV_COLLAPSE);
	}
	munmap(room, 2 * huge);
	close(fd);
	return can;
}

/** smaps_huge_pages() - does this kernel know transparent huge pages? */
static inline bool smaps_huge_pages(void)
{
	return !access("/sys/kernel/mm/transparent_hugepage/shmem_enabled", F_OK);
}

/**
 * smaps_has_flag() - has a mapping of the memfd @name the flag @flag (two letters, proc(5))?
 *
 * Return: 1, 0, or -1 when the mappings of @pid may not be seen.
 */
static inline int smaps_has_flag(pid_t pid, const char *name, const char *flag)
{
	char path[64], line[512], file[64], word[8];
	unsigned long from, to;
	bool here = false;
	int found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	snprintf(file, sizeof(file), "/memfd:%s ", name);
	snprintf(word, sizeof(word), " %s ", flag);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = strstr(line, file);
		if (here && !strncmp(line, "VmFlags:", 8) && strstr(line, word))
			found = 1;
	}
	fclose(f);
	return found;
}

/**
 * smaps_kib() - the sum of @field ("ShmemPmdMapped:") over the mappings of the memfd @name.
 *
 * Return: KiB, or -1 when the mappings of @pid may not be seen.
 */
static inline long smaps_kib(pid_t pid, const char *name, const char *field)
{
	char path[64], line[512], file[64];
	unsigned long from, to;
	bool here = false;
	long sum = 0, kib;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	snprintf(file, sizeof(file), "/memfd:%s ", name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = strstr(line, file);
		else if (here && !strncmp(line, field, strlen(field)) &&
			 sscanf(line + strlen(field), "%ld", &kib) == 1)
			sum += kib;
	}
	fclose(f);
	return sum;
}

#endif
