// SPDX-License-Identifier: MIT
/*
 * sandbox - see sandbox.h. The steps stand in one table in the order in which they must be taken:
 * mounts need the capabilities of the namespace, which go with the user id, and so on. A system
 * call filter (seccomp) and a file system filter (Landlock) belong at its end.
 */
#include "worker/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/environment.h"
#include "worker/sanitizer.h"
#include "worker/server.h"

#define SANDBOX_FILES 1024
#define SANDBOX_PROCESSES 4096
#define SANDBOX_FILE_BYTES (1u << 30)
#define SANDBOX_HOME_SIZE "1g"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

static int errno_of(long result)
{
	return result < 0 ? -errno : 0;
}

static int step_private(const struct sandbox *s)
{
	(void)s;
	return errno_of(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static int step_hide(const struct sandbox *s)
{
	return hide_mount(s->hide, s->base, s->uid, s->gid);
}

/* A /proc that shows this worker's processes and no others. */
static int step_proc(const struct sandbox *s)
{
	if (!s->own_pids)
		return -EPERM;
	return errno_of(
		mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL));
}

/* Nothing of the host's files can be changed. Device nodes are not affected, nor are sockets. */
static int step_read_only(const struct sandbox *s)
{
#ifdef SYS_mount_setattr
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID };

	(void)s;
	return errno_of(
		syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)));
#else
	(void)s;
	return -ENOSYS;
#endif
}

static int step_home_mount(const struct sandbox *s)
{
	char options[96];

	snprintf(options, sizeof(options), "size=" SANDBOX_HOME_SIZE ",mode=0700,uid=%u,gid=%u",
		 (unsigned int)s->uid, (unsigned int)s->gid);
	return errno_of(mount("tmpfs", s->home, "tmpfs", MS_NOSUID | MS_NODEV, options));
}

/* Always asked for: a user who is not mapped looks like nobody, who it may have to become. */
static int step_user(const struct sandbox *s)
{
	if (setresgid(s->gid, s->gid, s->gid))
		return -errno;
	return errno_of(setresuid(s->uid, s->uid, s->uid));
}

static int step_capabilities(const struct sandbox *s)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	(void)s;
	return errno_of(syscall(SYS_capset, &head, none));
}

static int step_no_new_privs(const struct sandbox *s)
{
	(void)s;
	return errno_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static int step_home(const struct sandbox *s)
{
	if (!s->own_mounts && mkdir(s->home, 0700) && errno != EEXIST)
		return -errno;
	return environment_home(s->home);
}

static int limit(int resource, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(resource, &r))
		return -errno;
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < most)
		most = r.rlim_max;
	r.rlim_cur = most;
	r.rlim_max = most;
	return errno_of(setrlimit(resource, &r));
}

static int step_limits(const struct sandbox *s)
{
	int err = limit(RLIMIT_CORE, 0);

	if (!err)
		err = limit(RLIMIT_NOFILE, SANDBOX_FILES);
	/* Where the user is shared, the count is too, and not ours to limit. */
	if (!err && s->own_users)
		err = limit(RLIMIT_NPROC, SANDBOX_PROCESSES);
	/* Drivers map far more than they use: address space is no measure of memory. */
	return err ? err : limit(RLIMIT_FSIZE, SANDBOX_FILE_BYTES);
}

static int step_untraceable(const struct sandbox *s)
{
	(void)s;
	return WORKER_ASAN ? 0 : errno_of(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

/* Changes of credentials clear this one, so it comes after them. */
static int step_die_with_parent(const struct sandbox *s)
{
	(void)s;
	return errno_of(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
}

struct sandbox_step {
	const char *name;
	bool mounts; /* only in a mount namespace of our own */
	bool required;
	int (*take)(const struct sandbox *s);
};

static const struct sandbox_step sandbox_steps[] = {
	{ "private mounts", true, true, step_private },
	{ "hidden folders", true, true, step_hide },
	{ "/proc of its own", true, false, step_proc },
	{ "read-only file system", true, false, step_read_only },
	{ "home of its own", true, true, step_home_mount },
	{ "user", false, true, step_user },
	{ "no capabilities", false, true, step_capabilities },
	{ "no new privileges", false, true, step_no_new_privs },
	{ "home", false, true, step_home },
	{ "resource limits", false, false, step_limits },
	{ "not traceable", false, false, step_untraceable },
	{ "death with the parent", false, false, step_die_with_parent },
};

int sandbox_enter(const struct sandbox *s)
{
	size_t i;
	int err;

	for (i = 0; i < sizeof(sandbox_steps) / sizeof(sandbox_steps[0]); i++) {
		const struct sandbox_step *step = &sandbox_steps[i];

		if (step->mounts && !s->own_mounts)
			continue;
		err = step->take(s);
		if (err && (step->required || s->verbose))
			server_log("sandbox: %s: %s", step->name, strerror(-err));
		if (err && step->required)
			return err;
	}
	return 0;
}
