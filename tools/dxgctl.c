/* SPDX-License-Identifier: MIT */
/*
 * dxgctl.c - the command line of opendxg: which command is which, and nothing else.
 */
#include <stdio.h>
#include <string.h>

#include "launch.h"
#include "show.h"

struct command {
	const char *name;
	const char *args;
	const char *help;
	int (*run)(int argc, char **argv);
};

static int vm(int argc, char **argv)
{
	if (argc >= 2 && !strcmp(argv[1], "run"))
		return launch_vm(argc - 1, argv + 1);
	fprintf(stderr, "dxgctl: 'vm' needs 'run': dxgctl vm run [options] -- CMD...\n");
	return 2;
}

static const struct command commands[] = {
	{ "adapters", "", "list the GPUs that dxgd offers", show_adapters },
	{ "vgpu", "list|create|set|destroy NAME [KEY=VALUE...]", "virtual GPUs", show_vgpu },
	{ "cache", "", "counters of the program caches", show_cache },
	{ "run", "[--vgpu NAME] [--all-platforms] -- CMD...", "run CMD on a vGPU", launch_run },
	{ "vm", "run [--vgpu NAME] [--kernel 6.1|6.12|debug] -- CMD...",
	  "run CMD on a vGPU in a VM", vm },
};

static int usage(FILE *out)
{
	size_t i;

	fprintf(out, "usage: dxgctl COMMAND\n\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-9s %-52s %s\n", commands[i].name, commands[i].args,
			commands[i].help);
	fprintf(out, "\ndxgd is looked for at $DXG_DEVICE, $XDG_RUNTIME_DIR/dxg/dxgd.sock, "
		     "/run/dxg/dxgd.sock.\n");
	return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help"))
		return usage(stdout);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "dxgctl: no command '%s'\n", argv[1]);
	return usage(stderr);
}
