// SPDX-License-Identifier: MIT
/*
 * worker.c - see worker.h. A thread takes a program of the corpus and mutates it, or makes a new
 * one, notes it in shared memory, runs it, and puts it into the corpus when it reached something
 * new. A signal every few milliseconds ends calls that wait; addresses that the kernel took away
 * are survived by a jump.
 */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "extra.h"
#include "fill.h"
#include "grammar.h"
#include "stage.h"

#define TICK_MS 10
#define FAULTS_MAX 24
#define FAULTS_EXTRA 256

/** struct runner - a thread. */
struct runner {
	struct state *state;
	struct thread_state *self;
	struct client *client;
	struct coverage coverage;
	struct arena arena;
	struct arena *victim; /* another thread's */
	struct source source;
	uint32_t worker;
	uint32_t index;
	bool faults;
	int fail_nth;
};

static __thread sigjmp_buf fault_jump;
static __thread volatile sig_atomic_t fault_armed;

static void on_fault(int sig)
{
	if (fault_armed)
		siglongjmp(fault_jump, 1);
	signal(sig, SIG_DFL);
}

static void on_tick(int sig)
{
	(void)sig;
}

static void catch (int sig, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_NODEFER };

	sigaction(sig, &action, NULL);
}

/* Waits are to end: a signal without restart, again and again, for the calling thread alone. */
static void start_ticks(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	struct itimerspec every = { { 0, TICK_MS * 1000000 }, { 0, TICK_MS * 1000000 } };
	timer_t timer;

	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	if (!timer_create(CLOCK_MONOTONIC, &event, &timer))
		timer_settime(timer, 0, &every, NULL);
}

static bool destroys(const struct ioctl_desc *desc)
{
	return !strncmp(desc->name, "Destroy", 7) || !strncmp(desc->name, "Close", 5);
}

/* The node that a call goes to: mostly the first. */
static struct file *choose_file(struct client *client, const struct call *call)
{
	struct file *file = &client->file[(call->seed >> 40) % (CLIENT_FILES * 4) < CLIENT_FILES
						  ? (call->seed >> 40) % CLIENT_FILES
						  : 0];

	return file->fd < 0 ? &client->file[0] : file;
}

static void set_fail_nth(struct runner *r, int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(r->fail_nth, text, (size_t)len, 0) < 0)
		r->faults = false;
}

/* Return: the failure was asked for and has not happened: there are no more allocations. */
static bool fault_left(struct runner *r)
{
	char text[16] = "";
	ssize_t n = pread(r->fail_nth, text, sizeof(text) - 1, 0);

	return n <= 0 || atoi(text) > 0;
}

static int run_ioctl(struct runner *r, const struct call *call, int fail)
{
	const struct ioctl_desc *desc = &ioctls[call->what];
	const struct layout *layout = &layouts[desc->layout];
	struct filler f = { r->client, choose_file(r->client, call), &r->arena, call, 0, 0, 0 };
	uint8_t before[1024];
	void *arg = fill_argument(&f, layout);
	int ret;

	memcpy(before, arg, layout->size);
	if (fail)
		set_fail_nth(r, fail);
	ret = ioctl(f.file->fd, desc->cmd, arg);
	state_count(&r->state->tried[call->what]);
	if (ret < 0 && errno == ENOTTY && f.file->fd >= 0)
		r->state->missing[call->what] = 1;
	if (ret < 0)
		return -errno;
	state_count(&r->state->succeeded[call->what]);
	r->state->missing[call->what] = 0;
	fill_learn(&f, layout, before, arg, destroys(desc));
	return ret;
}

static int run_extra(struct runner *r, const struct call *call, int fail)
{
	if (fail)
		set_fail_nth(r, fail);
	return extra_run(r->client, call);
}

/*
 * The same call with its first allocation failing, its second, and so on; of a step that makes many
 * calls some part.
 */
static void run_faults(struct runner *r, const struct call *call)
{
	bool left = false, extra = call->what >= ioctl_count;
	int n, first = extra ? (int)(call->seed >> 32) % FAULTS_EXTRA : 0;

	for (n = first + 1; n <= first + FAULTS_MAX && !left; n++) {
		if (extra)
			run_extra(r, call, n);
		else
			run_ioctl(r, call, n);
		left = fault_left(r);
		set_fail_nth(r, 0);
		state_count(&r->state->faults);
	}
}

static void scribble(struct runner *r)
{
	uint32_t i;

	for (i = 0; i < 64; i++)
		r->victim->base[rng_below(&r->source.rng, 1024)] =
			(uint8_t)rng_next(&r->source.rng);
}

static void run_call(struct runner *r, const struct call *call)
{
	int ret;

	if (sigsetjmp(fault_jump, 0))
		return;
	fault_armed = 1;
	if (call->mode & CALL_SCRIBBLE)
		scribble(r);
	if (call->mode & CALL_FAULTS && r->faults)
		run_faults(r, call), ret = -1;
	else if (call->what >= ioctl_count)
		ret = run_extra(r, call, 0);
	else
		ret = run_ioctl(r, call, 0);
	fault_armed = 0;
	state_count(&r->state->calls);
	if (ret >= 0)
		state_count(&r->state->calls_ok);
}

static void look_after_stage(struct runner *r)
{
	struct file *file = &r->client->file[rng_below(&r->source.rng, CLIENT_FILES)];

	stage_look_after(r->client, file->fd < 0 ? &r->client->file[0] : file, &r->source.rng);
}

/* Return: how much of the module nobody reached before. */
static uint32_t run_program(struct runner *r, const struct program *program)
{
	struct running *note = &r->self->history[r->self->done % HISTORY];
	uint32_t i;

	note->magic = STATE_MAGIC;
	note->worker = r->worker;
	note->thread = r->index;
	note->serial = r->self->done;
	note->program = *program;
	for (i = 0; i < program->count; i++) {
		note->call = (int32_t)i;
		run_call(r, &program->call[i]);
	}
	note->call = -1;
	r->self->done++;
	state_count(&r->state->programs);
	return coverage_collect(&r->coverage, &r->state->map);
}

/* Programs of an earlier run come first, each once and as it is. Return: there was one left. */
static bool next_given(struct state *state, struct program *program)
{
	uint32_t at;

	if (state->given_done >= state->given)
		return false;
	at = __atomic_fetch_add(&state->given_done, 1, __ATOMIC_RELAXED);
	if (at >= state->given)
		return false;
	*program = state->corpus.slot[at];
	return true;
}

static void next_program(struct runner *r, struct program *program)
{
	const struct program *old = corpus_pick(&r->state->corpus, &r->source.rng);
	const struct program *other = corpus_pick(&r->state->corpus, &r->source.rng);

	if (next_given(r->state, program))
		return;
	if (!old || rng_below(&r->source.rng, 8) == 0)
		return program_generate(program, &r->source);
	*program = *old;
	if (rng_below(&r->source.rng, 8))
		program_mutate(program, other ? other : old, &r->source);
}

static void runner_start(struct runner *r)
{
	start_ticks();
	coverage_start(&r->coverage);
	r->fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	r->faults = r->faults && r->fail_nth >= 0;
}

static void *runner_main(void *arg)
{
	struct runner *r = arg;
	struct program program;

	runner_start(r);
	for (;;) {
		look_after_stage(r);
		next_program(r, &program);
		if (run_program(r, &program))
			corpus_add(&r->state->corpus, &program);
	}
	return NULL;
}

/* An adapter and a device to begin with; everything else is found. */
static void open_adapter(struct runner *r)
{
	struct call call = { .what = 0 };

	for (; call.what < ioctl_count; call.what++)
		if (!strcmp(ioctls[call.what].name, "EnumAdapters2"))
			break;
	for (call.seed = 1; call.seed < 64 && !r->client->file[0].live[KIND_ADAPTER].next;
	     call.seed++)
		run_call(r, &call);
}

static void worker_init(struct client *client)
{
	client_open(client);
	catch (SIGSEGV, on_fault);
	catch (SIGBUS, on_fault);
	catch (SIGALRM, on_tick);
	catch (SIGPIPE, on_tick);
}

/** worker_main() - run until killed. */
void worker_main(struct state *state, uint32_t index, const struct worker_options *options)
{
	static struct client client;
	static struct runner runner[THREADS_MAX];
	pthread_t thread;
	uint32_t i;

	worker_init(&client);
	for (i = 0; i < options->threads; i++) {
		runner[i] = (struct runner){ .state = state,
					     .self = &state->thread[index][i],
					     .client = &client,
					     .worker = index,
					     .index = i,
					     .faults = options->faults,
					     .source = { { rng_mix(options->seed, i + 1) },
							 state->missing,
							 options->faults } };
		arena_init(&runner[i].arena);
		runner[i].victim = &runner[i ? 0 : options->threads - 1].arena;
	}
	open_adapter(&runner[0]);
	for (i = 1; i < options->threads; i++)
		pthread_create(&thread, NULL, runner_main, &runner[i]);
	runner_main(&runner[0]);
	abort();
}

/** worker_replay() - run the programs of @in one after the other, here. Return: how many there
 * were. */
uint64_t worker_replay(struct state *state, FILE *in, bool faults)
{
	static struct client client;
	struct runner r = {
		.state = state, .self = &state->thread[0][0], .client = &client, .faults = faults
	};
	struct program program;
	uint64_t n = 0;

	worker_init(&client);
	arena_init(&r.arena);
	r.victim = &r.arena;
	runner_start(&r);
	open_adapter(&r);
	for (; program_parse(&program, in); n++) {
		look_after_stage(&r);
		if (run_program(&r, &program))
			corpus_add(&state->corpus, &program);
	}
	return n;
}
