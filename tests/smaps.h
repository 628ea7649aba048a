/* SPDX-License-Identifier: MIT */
/* smaps.h - what the kernel says of the mappings of a process, for tests. */
#ifndef TESTS_SMAPS_H
#define TESTS_SMAPS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

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

#endif
