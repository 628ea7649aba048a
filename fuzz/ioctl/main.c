// SPDX-License-Identifier: MIT
/*
 * ioctl_fuzz - fuzzes /dev/dxg inside a debug guest kernel: starts worker processes, kills them at
 * random, takes the device away from under them now and then, watches the kernel's log, and ends
 * with what was reached. One thread; the workers share state.h's memory with it and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"
#include "grammar.h"
#include "state.h"
#include "watch.h"
#include "worker.h"

#define STUCK_MS 20000
#define STATUS_MS 10000

static const char usage[] =
	"usage: ioctl_fuzz [--seconds N] [--seed N] [--workers N] [--threads N] [--faults] [--unbind MS]\n"
	"                  [--module FILE] [--corpus FILE] [--replay FILE]\n"
	"\n"
	"Calls every ioctl of /dev/dxg with valid, odd and wrong arguments, guided by KCOV when the kernel has\n"
	"it. --faults has allocations fail, --unbind takes the device away every MS milliseconds and begins with\n"
	"a third of the time of that alone, --module takes the module out there, too, and puts FILE in again,\n"
	"--corpus starts from programs of an earlier run, --replay runs a file's programs once, in one thread,\n"
	"prints those that reached something new, and ends.\n"
	"Prints lines: status, ok NAME SUCCEEDED TRIED, pc OFFSET, program ..., finding ....\n"
	"Exit status: 0 nothing found, 1 the kernel reported a bug, 77 there is no /dev/dxg.\n";

/** struct options - from the command line. */
struct options {
	struct worker_options worker;
	uint32_t seconds;
	uint32_t workers;
	uint32_t unbind_ms;
	const char *module;
	const char *corpus;
	const char *replay;
};

/** struct supervisor - the processes: when each started, and when its threads last finished
 * something. */
struct supervisor {
	struct state *state;
	const struct options *options;
	struct rng rng;
	pid_t pid[WORKERS_MAX];
	uint64_t done[WORKERS_MAX];
	uint64_t moved_ms[WORKERS_MAX];
	uint64_t end_ms[WORKERS_MAX];
	uint64_t started;
	uint64_t stuck;
	struct coverage coverage;
	struct driver driver;
	int unbound;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0 && errno != ENODEV)
		fprintf(stderr, "ioctl_fuzz: %s: %m\n", path);
	close(fd);
}

/* Every kind of allocation may fail, and says nothing about it. */
static void allow_faults(void)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[128];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", kinds[i]);
		write_text(path, "0");
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-wait", kinds[i]);
		if (i < 2)
			write_text(path, "N");
	}
	write_text("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	write_text("/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N");
}

static uint64_t progress(const struct supervisor *s, uint32_t w)
{
	uint64_t sum = 0;
	uint32_t t;

	for (t = 0; t < THREADS_MAX; t++)
		sum += s->state->thread[w][t].done;
	return sum;
}

static void start(struct supervisor *s, uint32_t w)
{
	struct worker_options options = s->options->worker;
	pid_t pid;

	options.seed = rng_mix(options.seed, ++s->started);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		worker_main(s->state, w, &options);
	}
	s->pid[w] = pid;
	s->moved_ms[w] = now_ms();
	s->end_ms[w] = now_ms() + 500 + rng_below(&s->rng, 20000);
	s->done[w] = progress(s, w);
}

static void stop(struct supervisor *s, uint32_t w)
{
	if (s->pid[w] <= 0)
		return;
	kill(-s->pid[w], SIGKILL);
	kill(s->pid[w], SIGKILL);
	waitpid(s->pid[w], NULL, 0);
	s->pid[w] = 0;
}

/* Killed when its time has come; one that died by itself or stands still is started anew. */
static void look_after(struct supervisor *s, uint32_t w)
{
	uint64_t now = now_ms(), done = progress(s, w);

	if (done != s->done[w])
		s->moved_ms[w] = now;
	s->done[w] = done;
	s->stuck += now - s->moved_ms[w] > STUCK_MS;
	if (now < s->end_ms[w] && now - s->moved_ms[w] <= STUCK_MS &&
	    waitpid(s->pid[w], NULL, WNOHANG) == 0)
		return;
	stop(s, w);
	start(s, w);
}

static void print_status(const struct supervisor *s, uint64_t ms)
{
	const struct state *state = s->state;

	printf("status %" PRIu64 " s, %" PRIu64 " programs, %" PRIu64 " calls, %" PRIu64
	       " %% succeed, %" PRIu64 " with faults, %u places reached, corpus %u, %" PRIu64
	       " processes, %" PRIu64 " stuck\n",
	       ms / 1000, state->programs, state->calls,
	       state->calls ? state->calls_ok * 100 / state->calls : 0, state->faults,
	       state->map.reached, state->corpus.count, s->started, s->stuck);
	fflush(stdout);
}

static void print_results(const struct state *state)
{
	uint32_t i, n = state->corpus.count < CORPUS_MAX ? state->corpus.count : CORPUS_MAX;

	for (i = 0; i < ioctl_count; i++)
		printf("ok %s %" PRIu64 " %" PRIu64 "\n", ioctls[i].name, state->succeeded[i],
		       state->tried[i]);
	coverage_print(&state->map, stdout);
	for (i = 0; i < n; i++)
		if (state->corpus.ready[i])
			program_print(&state->corpus.slot[i], stdout);
	fflush(stdout);
}

static void print_history(const struct state *state)
{
	uint32_t w, t, i;

	for (w = 0; w < WORKERS_MAX; w++)
		for (t = 0; t < THREADS_MAX; t++)
			for (i = 0; i < HISTORY; i++) {
				const struct thread_state *thread = &state->thread[w][t];
				const struct running *note =
					&thread->history[(thread->done + i + 1) % HISTORY];

				if (note->magic != STATE_MAGIC)
					continue;
				printf("running worker %u thread %u serial %" PRIu64 " call %d\n",
				       w, t, note->serial, note->call);
				program_print(&note->program, stdout);
			}
	fflush(stdout);
}

/* Return: the log had a report. */
static bool supervise(struct supervisor *s, int log)
{
	const struct options *o = s->options;
	uint64_t begin = now_ms(), status = STATUS_MS, unbound = o->unbind_ms, ms = 0;
	struct timespec nap = { 0, 50000000 };
	uint32_t w;

	if (o->unbind_ms)
		driver_rehearse(&s->driver, o->seconds * 1000 / 3);
	for (w = 0; w < o->workers; w++)
		start(s, w);
	while (ms < o->seconds * 1000ull) {
		nanosleep(&nap, NULL);
		ms = now_ms() - begin;
		for (w = 0; w < o->workers; w++)
			look_after(s, w);
		if (o->unbind_ms && ms >= unbound) {
			driver_unbind(&s->driver, o->worker.faults ? ++s->unbound : 0);
			unbound = now_ms() - begin + o->unbind_ms;
		}
		if (watch_found(log, o->unbind_ms != 0))
			return true;
		if (ms >= status) {
			print_status(s, ms);
			status += STATUS_MS;
		}
	}
	return false;
}

static int fuzz(struct state *state, const struct options *options)
{
	struct supervisor s = { .state = state,
				.options = options,
				.rng = { options->worker.seed },
				.driver = { .map = &state->map, .module = options->module } };
	int log = watch_open();
	bool found;
	uint32_t w;

	coverage_start(&s.coverage);
	s.driver.coverage = &s.coverage;
	driver_open(&s.driver, options->worker.faults);
	found = supervise(&s, log);
	if (found)
		print_history(state);
	for (w = 0; w < options->workers; w++)
		stop(&s, w);
	found |= watch_found(log, options->unbind_ms != 0);
	print_status(&s, options->seconds * 1000ull);
	print_results(state);
	return found;
}

static int replay(struct state *state, const struct options *options)
{
	FILE *in = fopen(options->replay, "r");
	int log = watch_open();

	if (!in) {
		fprintf(stderr, "ioctl_fuzz: %s: %m\n", options->replay);
		return 2;
	}
	printf("replayed %" PRIu64 " programs\n", worker_replay(state, in, options->worker.faults));
	fclose(in);
	print_results(state);
	printf("%u places reached\n", state->map.reached);
	return watch_found(log, true);
}

static void read_corpus(struct state *state, const char *path)
{
	struct program program;
	FILE *in = fopen(path, "r");

	while (in && program_parse(&program, in))
		corpus_add(&state->corpus, &program);
	if (in)
		fclose(in);
	state->given = state->corpus.count < CORPUS_MAX ? state->corpus.count : CORPUS_MAX;
}

static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "seconds", 1, NULL, 's' }, { "seed", 1, NULL, 'r' },
		{ "workers", 1, NULL, 'w' }, { "threads", 1, NULL, 't' },
		{ "faults", 0, NULL, 'f' },  { "unbind", 1, NULL, 'u' },
		{ "module", 1, NULL, 'm' },  { "corpus", 1, NULL, 'c' },
		{ "replay", 1, NULL, 'p' },  { "help", 0, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 's':
			o->seconds = (uint32_t)atoi(optarg);
			break;
		case 'r':
			o->worker.seed = strtoull(optarg, NULL, 0);
			break;
		case 'w':
			o->workers = (uint32_t)atoi(optarg);
			break;
		case 't':
			o->worker.threads = (uint32_t)atoi(optarg);
			break;
		case 'f':
			o->worker.faults = true;
			break;
		case 'u':
			o->unbind_ms = (uint32_t)atoi(optarg);
			break;
		case 'm':
			o->module = optarg;
			break;
		case 'c':
			o->corpus = optarg;
			break;
		case 'p':
			o->replay = optarg;
			break;
		default:
			return false;
		}
	}
	return o->workers >= 1 && o->workers <= WORKERS_MAX && o->worker.threads >= 1 &&
	       o->worker.threads <= THREADS_MAX && optind == argc;
}

int main(int argc, char **argv)
{
	struct options o = { .worker = { .seed = 1, .threads = 2 }, .seconds = 60, .workers = 2 };
	struct state *state;

	if (!parse(&o, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (state == MAP_FAILED || access("/dev/dxg", F_OK) || !coverage_find_module(&state->map)) {
		puts("SKIP: no /dev/dxg, or no module behind it");
		return 77;
	}
	if (o.worker.faults)
		allow_faults();
	if (o.corpus)
		read_corpus(state, o.corpus);
	return o.replay ? replay(state, &o) : fuzz(state, &o);
}
