/* SPDX-License-Identifier: MIT */
/* smaps.h - what the kernel says of the mappings of a process, for tests. */
#ifndef TESTS_SMAPS_H
#define TESTS_SMAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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
	if (room == MAP_FAILED)
		return false;
	at = room + -(uintptr_t)room % huge;
	if (!ftruncate(fd, (off_t)huge) &&
	    mmap(at, huge, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == at) {
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

/** struct smaps - the lines on the mappings of one memfd. */
struct smaps {
	FILE *f;
	char file[64];
	bool here;
};

/** smaps_open() - of the memfd @name. Return: false when the mappings of @pid may not be seen. */
static inline bool smaps_open(struct smaps *s, pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	snprintf(s->file, sizeof(s->file), "/memfd:%s ", name);
	s->here = false;
	s->f = fopen(path, "re");
	return s->f;
}

/** smaps_next() - what stands behind the next @field ("VmFlags:"); false, and closed: no more. */
static inline bool smaps_next(struct smaps *s, const char *field, char ret_text[512])
{
	unsigned long from, to;

	while (fgets(ret_text, 512, s->f)) {
		if (sscanf(ret_text, "%lx-%lx ", &from, &to) == 2)
			s->here = strstr(ret_text, s->file);
		else if (s->here && !strncmp(ret_text, field, strlen(field)))
			return memmove(ret_text, ret_text + strlen(field),
				       strlen(ret_text + strlen(field)) + 1);
	}
	fclose(s->f);
	return false;
}

/**
 * smaps_has_flag() - has a mapping of the memfd @name the flag @flag (two letters, proc(5))?
 *
 * Return: 1, 0, or -1 when the mappings of @pid may not be seen.
 */
static inline int smaps_has_flag(pid_t pid, const char *name, const char *flag)
{
	char text[512], word[8];
	struct smaps s;
	int found = 0;

	if (!smaps_open(&s, pid, name))
		return -1;
	snprintf(word, sizeof(word), " %s ", flag);
	while (smaps_next(&s, "VmFlags:", text))
		found |= strstr(text, word) != NULL;
	return found;
}

/**
 * smaps_kib() - the sum of @field ("ShmemPmdMapped:") over the mappings of the memfd @name.
 *
 * Return: KiB, or -1 when the mappings of @pid may not be seen.
 */
static inline long smaps_kib(pid_t pid, const char *name, const char *field)
{
	char text[512];
	struct smaps s;
	long sum = 0;

	if (!smaps_open(&s, pid, name))
		return -1;
	while (smaps_next(&s, field, text))
		sum += strtol(text, NULL, 10);
	return sum;
}

#endif
