// SPDX-License-Identifier: MIT
/*
 * dxg-worker - the program that runs tenants' work next to the vendors' drivers. It is started by
 * dxgd, as the zygote of its workers; people start it only to look at it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/environment.h"
#include "worker/zygote.h"

/**
 * dxg_worker_marker - seen by our ICD and by libdxg when they are loaded into this program: they
 * then refuse to work, because a worker that asks dxgd for a worker would never end.
 */
__attribute__((visibility("default"), used)) const int dxg_worker_marker = 1;

static int usage(FILE *out, int status)
{
	fputs("usage: dxg-worker --zygote\n"
	      "Started by dxgd with its control socket as descriptor 3; not for people.\n",
	      out);
	return status;
}

int main(int argc, char **argv)
{
	int err;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(stdout, EXIT_SUCCESS);
	if (argc != 2 || strcmp(argv[1], "--zygote"))
		return usage(stderr, EXIT_FAILURE);
	err = environment_clean(argv);
	if (err) {
		fprintf(stderr, "dxg-worker: cannot clean the environment: %s\n", strerror(-err));
		return EXIT_FAILURE;
	}
	return zygote_run();
}
