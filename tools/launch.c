/* SPDX-License-Identifier: MIT */
/*
 * launch.c - see launch.h. Both commands only arrange an environment and exec: the application (or
 * the script that boots the virtual machine) takes this process over, so its exit status is ours.
 *
 * A dxgctl that lies in the build tree uses the parts of that tree, an installed one the installed.
 */
#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"
#include "dxgwire/limits.h"

#define VM_ARGS_MAX 64
#define EXIT_CANNOT_RUN 126

/** struct launch_paths - where the parts are; in the build tree or installed. */
struct launch_paths {
	char icd[PATH_MAX]; /* the ICD loader's file for our platform */
	char vm_run[PATH_MAX]; /* the script that boots a virtual machine */
	char kernels[PATH_MAX]; /* folder with kernel-VERSION/dxgkrnl.ko */
};

static int exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void find_paths(struct launch_paths *p)
{
	char exe[PATH_MAX] = "";
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	const char *build = DXG_BUILD_DIR;

	if (n > 0 && !strncmp(exe, build, strlen(build)) && exe[strlen(build)] == '/') {
		snprintf(p->icd, sizeof(p->icd), "%s/vendors/opendxg.icd", build);
		snprintf(p->vm_run, sizeof(p->vm_run), "%s/tools/vm/vm-run", DXG_SOURCE_DIR);
		snprintf(p->kernels, sizeof(p->kernels), "%s", build);
		return;
	}
	snprintf(p->icd, sizeof(p->icd), "%s", DXG_ICD_FILE);
	snprintf(p->vm_run, sizeof(p->vm_run), "%s/vm/vm-run", DXG_LIBEXECDIR);
	snprintf(p->kernels, sizeof(p->kernels), "%s", DXG_LIBEXECDIR);
}

/** struct launch_options - the command line of both commands. */
struct launch_options {
	const char *vgpu[DXG_VGPUS_MAX];
	size_t vgpus;
	const char *kernel;
	const char *module;
	const char *pass[VM_ARGS_MAX]; /* options for vm-run, as given */
	size_t passed;
	int all_platforms;
	char **cmd;
};

/* One option with a value; 1 when @arg was it, 0 when not, -1 on a usage error. */
static int take(const char *name, char **argv, int *i, const char **ret)
{
	if (strcmp(argv[*i], name))
		return 0;
	if (!argv[*i + 1]) {
		fprintf(stderr, "dxgctl: %s needs a value\n", name);
		return -1;
	}
	*ret = argv[++*i];
	return 1;
}

static int take_vgpu(struct launch_options *o, char **argv, int *i)
{
	const char *name;
	int got = take("--vgpu", argv, i, &name);

	if (got <= 0)
		return got;
	if (o->vgpus == DXG_VGPUS_MAX || strlen(name) >= DXG_VGPU_NAME_MAX) {
		fprintf(stderr, "dxgctl: --vgpu '%s': too many, or the name is over %u bytes\n",
			name, DXG_VGPU_NAME_MAX - 1);
		return -1;
	}
	o->vgpu[o->vgpus++] = name;
	return 1;
}

/* A word for vm-run's command line. Return: 1, or -1 when there are too many. */
static int hand_on(struct launch_options *o, const char *word)
{
	if (o->passed == VM_ARGS_MAX) {
		fprintf(stderr, "dxgctl: more than %d words of options\n", VM_ARGS_MAX);
		return -1;
	}
	o->pass[o->passed++] = word;
	return 1;
}

/* Options that vm-run understands and dxgctl only hands on. */
static int take_passed(struct launch_options *o, char **argv, int *i)
{
	static const char *const names[] = { "--memory",  "--cpus",   "--timeout", "--dmesg",
					     "--env",	  "--accel",  "--append",  "--ram",
					     "--vectors", "--icount", "--also" };
	const char *value;
	size_t n;
	int got;

	for (n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		got = take(names[n], argv, i, &value);
		if (got < 0)
			return got;
		if (got)
			return hand_on(o, names[n]) < 0 ? -1 : hand_on(o, value);
	}
	return 0;
}

static int take_vm(struct launch_options *o, char **argv, int *i)
{
	int got = take("--kernel", argv, i, &o->kernel);

	if (!got)
		got = take("--module", argv, i, &o->module);
	if (!got)
		got = take_passed(o, argv, i);
	if (!got && !strcmp(argv[*i], "--verbose"))
		got = hand_on(o, "--verbose");
	return got;
}

static int parse(struct launch_options *o, int argc, char **argv, int vm)
{
	int i, got;

	memset(o, 0, sizeof(*o));
	o->kernel = "6.1";
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--")) {
			i++;
			break;
		}
		if (argv[i][0] != '-')
			break;
		got = take_vgpu(o, argv, &i);
		if (!got && vm)
			got = take_vm(o, argv, &i);
		if (!got && !strcmp(argv[i], "--all-platforms"))
			got = o->all_platforms = 1;
		if (got < 0)
			return -EINVAL;
		if (!got) {
			fprintf(stderr, "dxgctl: unknown option '%s'\n", argv[i]);
			return -EINVAL;
		}
	}
	if (i >= argc) {
		fprintf(stderr, "dxgctl: no command to run: put it behind '--'\n");
		return -EINVAL;
	}
	o->cmd = argv + i;
	return 0;
}

/* The socket folder, or a message when dxgd is not there. */
static int dxgd_folder(char *folder, size_t size)
{
	char path[PATH_MAX];

	if (control_folder(folder, size))
		return -ENAMETOOLONG;
	snprintf(path, sizeof(path), "%s/dxgd.sock", folder);
	if (exists(path))
		return 0;
	fprintf(stderr,
		"dxgctl: dxgd is not running: there is no %s. Start it with: dxgd --vgpu NAME\n",
		path);
	return -ENOENT;
}

int launch_run(int argc, char **argv)
{
	struct launch_options o;
	struct launch_paths p;
	char folder[3000], device[PATH_MAX];

	if (parse(&o, argc, argv, 0))
		return 2;
	if (o.vgpus > 1) {
		fprintf(stderr, "dxgctl: 'run' takes one --vgpu\n");
		return 2;
	}
	if (dxgd_folder(folder, sizeof(folder)))
		return 1;
	find_paths(&p);
	snprintf(device, sizeof(device), "%s/dxgd.sock", folder);
	setenv("DXG_DEVICE", device, 1);
	if (o.vgpus)
		setenv("DXG_VGPU", o.vgpu[0], 1);
	if (!o.all_platforms)
		setenv("OCL_ICD_VENDORS", p.icd, 1);
	execvp(o.cmd[0], o.cmd);
	fprintf(stderr, "dxgctl: cannot run '%s': %s\n", o.cmd[0], strerror(errno));
	return EXIT_CANNOT_RUN;
}

/* The name of the first vGPU that dxgd has; false and a message when there is none. */
static int first_vgpu(char *name, size_t size)
{
	json_t *request = json_pack("{s:s}", "cmd", "vgpu-list");
	json_t *answer = NULL;
	const char *first;
	int err;

	err = control_call(request, &answer);
	json_decref(request);
	first = err ? NULL
		    : json_string_value(json_object_get(
			      json_array_get(json_object_get(answer, "vgpus"), 0), "name"));
	if (!first) {
		fprintf(stderr, "dxgctl: dxgd has no vGPU. Create one: dxgctl vgpu create NAME\n");
		err = -ENOENT;
	} else {
		snprintf(name, size, "%s", first);
	}
	json_decref(answer);
	return err;
}

/** struct vm_line - the command line of vm-run, put together piece by piece. */
struct vm_line {
	size_t n;
	char *argv[]; /* NULL-terminated: the whole line is calloc'ed with room to spare */
};

#define VM_LINE_MAX (2 * DXG_VGPUS_MAX + VM_ARGS_MAX + 32)

static void vm_put(struct vm_line *l, const char *word)
{
	l->argv[l->n++] = strdup(word);
}

static void vm_put2(struct vm_line *l, const char *option, const char *value)
{
	vm_put(l, option);
	vm_put(l, value);
}

static void vm_put_vgpus(struct vm_line *l, const struct launch_options *o, const char *folder)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < o->vgpus; i++) {
		snprintf(path, sizeof(path), "%s/vgpu-%s.ivshmem", folder, o->vgpu[i]);
		vm_put2(l, "--ivshmem", path);
	}
}

static void vm_put_env(struct vm_line *l, const struct launch_options *o,
		       const struct launch_paths *p)
{
	char icd[PATH_MAX + 32];

	vm_put2(l, "--env", "DXG_DEVICE=/dev/dxg");
	if (o->all_platforms)
		return;
	snprintf(icd, sizeof(icd), "OCL_ICD_VENDORS=%s", p->icd);
	vm_put2(l, "--env", icd);
}

int launch_vm(int argc, char **argv)
{
	struct launch_options o;
	struct launch_paths p;
	struct vm_line *line;
	char folder[3000], module[PATH_MAX + 64], name[DXG_VGPU_NAME_MAX];
	size_t i, cmds;

	if (parse(&o, argc, argv, 1))
		return 2;
	if (dxgd_folder(folder, sizeof(folder)))
		return 1;
	if (!o.vgpus) {
		if (first_vgpu(name, sizeof(name)))
			return 1;
		o.vgpu[o.vgpus++] = name;
	}
	find_paths(&p);
	snprintf(module, sizeof(module), "%s/kernel-%s/dxgkrnl.ko", p.kernels, o.kernel);
	if (!o.module)
		o.module = module;
	for (cmds = 0; o.cmd[cmds]; cmds++)
		;
	line = calloc(1, sizeof(*line) + (VM_LINE_MAX + cmds + 1) * sizeof(char *));
	if (!line)
		return EXIT_CANNOT_RUN;
	vm_put2(line, p.vm_run, "--kernel");
	vm_put(line, o.kernel);
	vm_put2(line, "--module", o.module);
	vm_put_vgpus(line, &o, folder);
	vm_put_env(line, &o, &p);
	for (i = 0; i < o.passed; i++)
		vm_put(line, o.pass[i]);
	vm_put(line, "--");
	for (i = 0; i < cmds; i++)
		line->argv[line->n++] = o.cmd[i];
	execv(p.vm_run, line->argv);
	fprintf(stderr, "dxgctl: cannot run '%s': %s\n", p.vm_run, strerror(errno));
	return EXIT_CANNOT_RUN;
}
