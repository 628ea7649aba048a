/* SPDX-License-Identifier: MIT */
/*
 * row.h - one line of the table entry point x condition x answer.
 *
 * A row is a call and the answer that the specification has for it. Rows are written where they
 * belong, one file per chapter of the specification, and collected by the linker; main.c prints the
 * answer of each, `compare` judges them. The same binary runs on a virtual GPU and on the bare
 * driver.
 *
 * A row leaves the environment (env.h) as it found it: what it creates it releases.
 */
#ifndef CONFORMANCE_ROW_H
#define CONFORMANCE_ROW_H

#include <semaphore.h>

#include "env.h"

/**
 * struct row - @entry: name of the entry point; @condition: what is special about the call;
 * @call: makes it; @expected: the specification's answer, which may depend on the device
 */
struct row {
	const char *entry;
	const char *condition;
	cl_int (*call)(void);
	cl_int (*expected)(void);
};

/** ROW() - one row; @... is an expression whose value is the answer. */
#define ROW(entry, condition, expected, ...) \
	ROW_NUMBERED(__COUNTER__, entry, condition, expected, __VA_ARGS__)
#define ROW_NUMBERED(n, entry, condition, expected, ...) \
	ROW_NAMED(n, entry, condition, expected, __VA_ARGS__)
#define ROW_NAMED(n, entry_, condition_, specified, ...)                                  \
	static cl_int call_##n(void)                                                      \
	{                                                                                 \
		return (__VA_ARGS__);                                                     \
	}                                                                                 \
	static cl_int expected_##n(void)                                                  \
	{                                                                                 \
		return (specified);                                                       \
	}                                                                                 \
	static const struct row row_##n = { entry_, condition_, call_##n, expected_##n }; \
	static const struct row *const row_at_##n                                         \
		__attribute__((section("conformance_rows"), used)) = &row_##n

/* Answers of the helpers below that no driver gives: what was wrong beside the error code. */
#define ANSWER_NONE 1000 /* the call set no error code */
#define ANSWER_OBJECT_WITH_ERROR 1001 /* an object and an error, or neither */
#define ANSWER_WRONG_SIZE 1002 /* an information of another size than specified */
#define ANSWER_SMALL_ROOM 1003 /* too little room for an information was no CL_INVALID_VALUE */
#define ANSWER_NO_CALL 1005 /* a callback was not called */
#define ANSWER_WRONG_VALUE 1004 /* success, but not what was asked for */

/** CREATE() - the answer of a call that returns an object and stores into err; @release frees it.
 */
#define CREATE(release, ...)                                                        \
	({                                                                          \
		cl_int err = ANSWER_NONE;                                           \
		void *object = (__VA_ARGS__);                                       \
		create_answer(err, object, (cl_int(CL_API_CALL *)(void *))release); \
	})

cl_int create_answer(cl_int err, void *object, cl_int(CL_API_CALL *release)(void *));

/** wait_answer() - CL_SUCCESS when @calls is posted within half a minute. */
cl_int wait_answer(sem_t *calls);

/** ENQUEUE() - the answer of a call that stores into &event; waits for it when it succeeds. */
#define ENQUEUE(...)                        \
	({                                  \
		cl_event event = NULL;      \
		cl_int err = (__VA_ARGS__); \
		enqueue_answer(err, event); \
	})

cl_int enqueue_answer(cl_int err, cl_event event);

typedef cl_int(CL_API_CALL *info_fn)(void *object, cl_uint param, size_t size, void *value,
				     size_t *ret_size);

/**
 * info_answer() - ask @fn for @param of @object: the size alone, with exact room, with one byte
 * less. @size: what the specification says, 0 for any.
 */
cl_int info_answer(info_fn fn, void *object, cl_uint param, size_t size);

/** INFO() - a row for one information; @name is the parameter's as text. */
#define INFO(fn, object, name, param, size) \
	ROW(#fn, name, CL_SUCCESS, info_answer((info_fn)fn, object, param, size))

/** INFO_OR() - the same for an object that may be missing: then the answer is @error. */
#define INFO_OR(fn, object, name, param, size, error)   \
	ROW(#fn, name, (object) ? CL_SUCCESS : (error), \
	    info_answer((info_fn)fn, object, param, size))

/** INFO_REFUSED() - rows for a parameter that does not exist and for bad objects. */
#define INFO_REFUSED(fn, type, object, error)                               \
	ROW(#fn, "unknown param_name", CL_INVALID_VALUE,                    \
	    info_answer((info_fn)fn, object, 0x7fff, 0));                   \
	ROW(#fn, "no object", error, info_answer((info_fn)fn, NULL, 0, 0)); \
	ROW(#fn, "object of another kind", error, info_answer((info_fn)fn, WRONG(type), 0, 0))

/** COUNTED() - rows for the retain and release of a kind of object. */
#define COUNTED(retain, release, type, object, error)                                         \
	ROW(#retain, "plain", CL_SUCCESS, retain(object) ?: release(object));                 \
	ROW(#retain, "no object", error, retain(NULL));                                       \
	ROW(#retain, "object of another kind", error, retain(WRONG(type)));                   \
	ROW(#release, "of a retained object", CL_SUCCESS, retain(object) ?: release(object)); \
	ROW(#release, "no object", error, release(NULL));                                     \
	ROW(#release, "object of another kind", error, release(WRONG(type)))

/**
 * COMMAND() - rows for what all commands have in common. @call(queue, number, list, event) makes
 * the command.
 */
#define COMMAND(entry, call)                                                                     \
	ROW(entry, "plain", CL_SUCCESS, ENQUEUE(call(e.queue, 0, NULL, &event)));                \
	ROW(entry, "waits for events", CL_SUCCESS, ENQUEUE(call(e.queue, 1, &e.event, &event))); \
	ROW(entry, "no event asked for", CL_SUCCESS,                                             \
	    call(e.queue, 0, NULL, NULL) ?: clFinish(e.queue));                                  \
	COMMAND_REFUSED(entry, call)

/** COMMAND_REFUSED() - the half of COMMAND() that fails. */
#define COMMAND_REFUSED(entry, call)                                                 \
	ROW(entry, "no queue", CL_INVALID_COMMAND_QUEUE, call(NULL, 0, NULL, NULL)); \
	ROW(entry, "queue of another kind", CL_INVALID_COMMAND_QUEUE,                \
	    call(WRONG(cl_command_queue), 0, NULL, NULL));                           \
	WAIT_LIST(entry, call)

#define WAIT_LIST(entry, call)                                                 \
	ROW(entry, "events counted, no list", CL_INVALID_EVENT_WAIT_LIST,      \
	    call(e.queue, 1, NULL, NULL));                                     \
	ROW(entry, "list of events, none counted", CL_INVALID_EVENT_WAIT_LIST, \
	    call(e.queue, 0, &e.event, NULL));                                 \
	ROW(entry, "NULL in the wait list", CL_INVALID_EVENT_WAIT_LIST,        \
	    call(e.queue, 1, (cl_event[]){ NULL }, NULL));                     \
	ROW(entry, "event of another context", CL_INVALID_CONTEXT,             \
	    call(e.queue, 1, &e.other_event, NULL))

#endif
