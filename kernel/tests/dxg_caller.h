/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_caller.h - a task of its own that does one thing for a test and says how it ended. It can be
 * killed.
 */
#ifndef DXG_CALLER_H
#define DXG_CALLER_H

#include <kunit/test.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

/** struct dxg_caller - @work runs once; @result is valid after dxg_caller_join(). */
struct dxg_caller {
	struct task_struct *task;
	int (*work)(void *arg);
	void *arg;
	int result;
};

static int dxg_caller_main(void *arg)
{
	struct dxg_caller *caller = arg;

	allow_signal(SIGKILL);
	caller->result = caller->work(caller->arg);
	return 0;
}

static inline void dxg_caller_start(struct kunit *test, struct dxg_caller *caller,
				    int (*work)(void *arg), void *arg)
{
	caller->work = work;
	caller->arg = arg;
	caller->task = kthread_create(dxg_caller_main, caller, "dxg_caller");
	KUNIT_ASSERT_FALSE(test, IS_ERR(caller->task));
	get_task_struct(caller->task);
	wake_up_process(caller->task);
}

static inline void dxg_caller_kill(struct dxg_caller *caller)
{
	send_sig(SIGKILL, caller->task, 1);
}

/** dxg_caller_join - wait for the end. Return: what the work returned. */
static inline int dxg_caller_join(struct dxg_caller *caller)
{
	kthread_stop(caller->task);
	put_task_struct(caller->task);
	return caller->result;
}

#endif /* DXG_CALLER_H */
