// SPDX-License-Identifier: MIT
/*
 * dxg-worker - the program that runs tenants' work next to the vendors' drivers. It is started by
 * dxgd, as the zygote of its workers; people start it only to look at it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/environment.h"
#include "worker/hide.h"
#include "worker/zygote.h"

/**
 * dxg_worker_marker - seen by our ICD and by libdxg when they are loaded into this program: they
 * then refuse to work, because a worker that asks dxgd for a worker would never end.
 */
__attribute__((visibility("default"), used)) const int dxg_worker_marker = 1;

static int usage(FILE *out, int status)
{
	fputs("usage: dxg-worker --zygote [--hide FOLDER]...\n"
	      "Started by dxgd with its control socket as descriptor 3; not for people.\n"
	      "  --hide FOLDER  workers see this folder empty; an absolute path, not /\n",
	      out);
	return status;
}

/* What stands behind --zygote. */
static int hide_options(char **argv, struct hide *ret)
{
	int err = hide_add_usual(ret);

	for (; *argv && !err; argv += 2)
		err = !strcmp(argv[0], "--hide") && argv[1] ? hide_add(ret, argv[1]) : -EINVAL;
	return err;
}

int main(int argc, char **argv)
{
	struct hide hide = { .count = 0 };
	int err;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(stdout, EXIT_SUCCESS);
	if (argc < 2 || strcmp(argv[1], "--zygote"))
		return usage(stderr, EXIT_FAILURE);
	err = environment_clean(argv);
	if (err) {
		fprintf(stderr, "dxg-worker: cannot clean the environment: %s\n", strerror(-err));
		return EXIT_FAILURE;
	}
	if (hide_options(argv + 2, &hide))
		return usage(stderr, EXIT_FAILURE);
	return zygote_run(&hide);
}
