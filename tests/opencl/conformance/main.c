// SPDX-License-Identifier: MIT
/*
 * main.c - conformance [FIRST]: make the call of every row from number FIRST on, and print
 *
 *     number TAB entry point TAB condition TAB expected TAB answer
 *
 * one line per row. What precedes the answer is printed before the call is made, so that whoever
 * reads it (compare) knows which row a driver crashed in and can go on behind it. A driver that
 * hangs in a row (PoCL locks what it takes for a mutex in an object of another kind) is ended, too.
 */
#include <time.h>
#include <unistd.h>

#include "row.h"

#define ROW_SECONDS 40 /* more than wait_answer() */

extern const struct row *const __start_conformance_rows[];
extern const struct row *const __stop_conformance_rows[];

cl_int create_answer(cl_int err, void *object, cl_int(CL_API_CALL *release)(void *))
{
	/* What comes with an error need not be a whole object: it is not released. */
	if ((err == CL_SUCCESS) != (object != NULL) && err != ANSWER_NONE)
		return ANSWER_OBJECT_WITH_ERROR;
	if (object)
		release(object);
	return err;
}

cl_int wait_answer(sem_t *calls)
{
	struct timespec deadline;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += 30;
	return sem_timedwait(calls, &deadline) == 0 ? CL_SUCCESS : ANSWER_NO_CALL;
}

cl_int enqueue_answer(cl_int err, cl_event event)
{
	if ((err == CL_SUCCESS) != (event != NULL))
		return ANSWER_OBJECT_WITH_ERROR;
	if (event) {
		clWaitForEvents(1, &event);
		clReleaseEvent(event);
	}
	return err;
}

cl_int info_answer(info_fn fn, void *object, cl_uint param, size_t size)
{
	char room[16384];
	size_t needed = 0, got = 0;
	cl_int err = fn(object, param, 0, NULL, &needed);

	if (err != CL_SUCCESS)
		return err;
	if ((size && needed != size) || needed > sizeof(room))
		return ANSWER_WRONG_SIZE;
	err = fn(object, param, needed, room, &got);
	if (err != CL_SUCCESS)
		return err;
	if (got != needed)
		return ANSWER_WRONG_SIZE;
	if (needed && fn(object, param, needed - 1, room, NULL) != CL_INVALID_VALUE)
		return ANSWER_SMALL_ROOM;
	return CL_SUCCESS;
}

int main(int argc, char **argv)
{
	size_t count = (size_t)(__stop_conformance_rows - __start_conformance_rows);
	size_t first = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	env_open();
	for (size_t i = first; i < count; i++) {
		const struct row *row = __start_conformance_rows[i];

		printf("%zu\t%s\t%s\t%d\t", i, row->entry, row->condition, row->expected());
		fflush(stdout);
		alarm(ROW_SECONDS);
		printf("%d\n", row->call());
		fflush(stdout);
	}
	env_close();
	return 0;
}
