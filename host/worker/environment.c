// SPDX-License-Identifier: MIT
/*
 * environment - see environment.h.
 *
 * Our own ICD must never be loaded here, whatever the environment of dxgd says: a driver that asks
 * dxgd for a worker from within a worker would never end. Three walls: variables that could name it
 * (OCL_ICD_VENDORS, OPENCL_VENDOR_PATH, LD_PRELOAD, ...) do not survive; the vendors directory is a
 * copy without it; and this program exports dxg_worker_marker, at whose sight it refuses to work.
 */
#include "worker/environment.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "worker/server.h"

#define BASE_FOLDER "/tmp"
#define BASE_PREFIX "dxg-worker."
#define ABANDONED_SECONDS 60
#define REMOVE_DEPTH 64
#define SYSTEM_VENDORS "/etc/OpenCL/vendors"
#define OUR_ICD "libdxgcl"
#define OPENCL_LOADER "libOpenCL.so.1"
#define VENDORS_MAX 64
#define VENDOR_LINE_MAX 1024

extern char **environ;

static char clean_path[] = "PATH=/usr/local/bin:/usr/bin:/bin";

/* Variables of sanitizers, which tests of this program need; other builds ignore them. */
static const char *const kept_variables[] = {
	"ASAN_OPTIONS=",
	"LSAN_OPTIONS=",
	"UBSAN_OPTIONS=",
	"TSAN_OPTIONS=",
};

#define KEPT (sizeof(kept_variables) / sizeof(kept_variables[0]))

static bool variable_kept(const char *variable)
{
	size_t i;

	for (i = 0; i < KEPT; i++)
		if (!strncmp(variable, kept_variables[i], strlen(kept_variables[i])))
			return true;
	return false;
}

int environment_clean(char **argv)
{
	char *clean[KEPT + 2] = { clean_path };
	size_t n = 1;
	bool dirty = false, path = false;
	char **v;

	for (v = environ; v && *v; v++) {
		if (variable_kept(*v) && n < KEPT + 1)
			clean[n++] = *v;
		else if (!strcmp(*v, clean_path))
			path = true;
		else
			dirty = true;
	}
	if (path && !dirty)
		return 0;
	execve("/proc/self/exe", argv, clean);
	return -errno;
}

/* ---- directories ---- */

static int make_dir(char *path, const char *base, const char *name, mode_t mode)
{
	snprintf(path, ENVIRONMENT_PATH_MAX, "%.40s/%s", base, name);
	return mkdir(path, mode) ? -errno : 0;
}

static int make_dirs(struct environment *env, uid_t uid, gid_t gid)
{
	int err;

	strcpy(env->base, BASE_FOLDER "/" BASE_PREFIX "XXXXXX");
	if (!mkdtemp(env->base))
		return -errno;
	env->lock = open(env->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (env->lock < 0 || flock(env->lock, LOCK_EX | LOCK_NB))
		return -errno;
	/* Workers of a daemon run by root are somebody else, and must get through. */
	if (chmod(env->base, 0711))
		return -errno;
	err = make_dir(env->vendors, env->base, "vendors", 0755);
	if (!err)
		err = make_dir(env->home, env->base, "home", 0700);
	if (!err && geteuid() == 0 && chown(env->home, uid, gid))
		err = -errno;
	return err;
}

static void remove_entry(int parent, const char *name, unsigned int depth);

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Empty a directory of this file system; @fd is closed. */
static void remove_entries(int fd, dev_t device, unsigned int depth)
{
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	dir = !fstat(fd, &st) && st.st_dev == device ? fdopendir(fd) : NULL;
	if (!dir) {
		close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (!is_dots(entry->d_name))
			remove_entry(fd, entry->d_name, depth);
	closedir(dir);
}

/*
 * By descriptors, not by paths: what is removed was written by a worker, and may still be changing
 * under a process that it left behind. What cannot be removed stays; there is nobody to tell.
 */
static void remove_entry(int parent, const char *name, unsigned int depth)
{
	struct stat st;
	int fd;

	if (!unlinkat(parent, name, 0) || !depth || fstat(parent, &st))
		return;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	remove_entries(fd, st.st_dev, depth - 1);
	unlinkat(parent, name, AT_REMOVEDIR);
}

void environment_remove(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char parent[PATH_MAX];
	int fd;

	snprintf(parent, sizeof(parent), "%.*s", (int)(name - path), path);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	remove_entry(fd, name, REMOVE_DEPTH);
	close(fd);
}

/*
 * Is this directory one of a zygote that is gone: ours, old enough for its maker to have locked it,
 * and not locked? Then it is locked by us. A zygote that lives holds its lock from within a moment
 * of the directory's creation until it has removed it.
 */
static bool base_abandoned(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_uid == geteuid() &&
	       time(NULL) - st.st_mtime > ABANDONED_SECONDS && !flock(fd, LOCK_EX | LOCK_NB);
}

static void remove_if_abandoned(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	if (base_abandoned(fd))
		environment_remove(path);
	close(fd);
}

static int is_base(const struct dirent *entry)
{
	return !strncmp(entry->d_name, BASE_PREFIX, strlen(BASE_PREFIX));
}

static void remove_abandoned(void)
{
	char path[sizeof(BASE_FOLDER) + NAME_MAX + 2];
	struct dirent **entry;
	int i, n;

	n = scandir(BASE_FOLDER, &entry, is_base, NULL);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), BASE_FOLDER "/%s", entry[i]->d_name);
		remove_if_abandoned(path);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

/* ---- vendors ---- */

/* The library that an .icd file names: its first line. */
static bool vendor_read(const char *name, char line[VENDOR_LINE_MAX])
{
	char path[sizeof(SYSTEM_VENDORS) + NAME_MAX + 2];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), SYSTEM_VENDORS "/%s", name);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(line, VENDOR_LINE_MAX, f);
	fclose(f);
	if (ok)
		line[strcspn(line, "\r\n")] = '\0';
	return ok && line[0];
}

/* Is this library ours, by its name or by where its name leads to? */
static bool vendor_is_ours(const char *library)
{
	char real[PATH_MAX];

	return strstr(library, OUR_ICD) || (realpath(library, real) && strstr(real, OUR_ICD));
}

static int vendor_write(const struct environment *env, unsigned int number, const char *library)
{
	char path[ENVIRONMENT_PATH_MAX + 16];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%02u.icd", env->vendors, number);
	f = fopen(path, "wex");
	if (!f)
		return -errno;
	fprintf(f, "%s\n", library);
	return fclose(f) ? -errno : 0;
}

static int is_icd(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 4 && !strcmp(entry->d_name + n - 4, ".icd");
}

/* Copy the system's list in the order of its names, which is then the order of platforms. */
static int vendors_filter(const struct environment *env)
{
	char library[VENDOR_LINE_MAX];
	struct dirent **entry;
	unsigned int number = 0;
	int i, n, err = 0;

	n = scandir(SYSTEM_VENDORS, &entry, is_icd, alphasort);
	for (i = 0; i < n; i++) {
		if (!err && number < VENDORS_MAX && vendor_read(entry[i]->d_name, library) &&
		    !vendor_is_ours(library))
			err = vendor_write(env, number++, library);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return err;
}

int environment_init(struct environment *env, uid_t uid, gid_t gid)
{
	int err;

	memset(env, 0, sizeof(*env));
	env->lock = -1;
	umask(022);
	remove_abandoned();
	err = make_dirs(env, uid, gid);
	if (!err)
		err = vendors_filter(env);
	if (!err && (setenv("OCL_ICD_VENDORS", env->vendors, 1) ||
		     setenv("OPENCL_VENDOR_PATH", env->vendors, 1)))
		err = -errno;
	if (err)
		server_log("cannot set up %s: %s", env->base, strerror(-err));
	return err;
}

/* Load one driver; true when what came is our own ICD under another name. */
static bool warm_library(const char *library, const struct hide *hide)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	void *entry;
	Dl_info info;

	if (!handle)
		return false;
	entry = dlsym(handle, "clGetExtensionFunctionAddress");
	if (!entry || !dladdr(entry, &info) || !info.dli_fname)
		return false;
	if (hide_covers(hide, info.dli_fname))
		server_log("driver %s lies in a folder that workers do not see: what it opens "
			   "later it will not find",
			   info.dli_fname);
	if (!strstr(info.dli_fname, OUR_ICD))
		return false;
	dlclose(handle);
	return true;
}

static void warm_vendor(const char *path, const struct hide *hide)
{
	char library[VENDOR_LINE_MAX];
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return;
	ok = fgets(library, sizeof(library), f);
	fclose(f);
	if (!ok)
		return;
	library[strcspn(library, "\n")] = '\0';
	if (warm_library(library, hide))
		unlink(path);
}

void environment_warm(struct environment *env, const struct hide *hide)
{
	char path[ENVIRONMENT_PATH_MAX + 16];
	unsigned int i;

	dlopen(OPENCL_LOADER, RTLD_NOW | RTLD_LOCAL);
	for (i = 0; i < VENDORS_MAX; i++) {
		snprintf(path, sizeof(path), "%s/%02u.icd", env->vendors, i);
		warm_vendor(path, hide);
	}
}

int environment_home(const char *path)
{
	static const char *const variables[] = {
		"HOME",
		"TMPDIR",
		"XDG_CACHE_HOME",
		"POCL_CACHE_DIR",
	};
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (setenv(variables[i], path, 1))
			return -errno;
	return chdir(path) ? -errno : 0;
}
