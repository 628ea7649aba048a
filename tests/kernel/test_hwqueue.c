// SPDX-License-Identifier: MIT
/*
 * test_hwqueue.c - hardware queues and the small calls below libdxg: pointers of every kind, what a
 * failed copy leaves behind, and the page of a progress fence. Raw ioctls; run as test_ioctl is.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "client.h"

#define PAGE 4096u
#define BAD_PTR ((void *)8)
#define QUOTA 1024u /* DXG_HW_QUEUES_PER_PROCESS */

static struct d3dkmt_createhwqueue queue_create(const struct client *c)
{
	struct d3dkmt_createhwqueue args = { .context = c->context };

	assert_int_equal(node_call(c->fd, LX_DXCREATEHWQUEUE, &args), 0);
	return args;
}

static int queue_destroy(const struct client *c, struct d3dkmthandle queue)
{
	struct d3dkmt_destroyhwqueue args = { .queue = queue };

	return node_call(c->fd, LX_DXDESTROYHWQUEUE, &args);
}

/* A copy of @args that the kernel can read and not write. */
static void *read_only(const void *args, size_t size)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(page != MAP_FAILED);
	memcpy(page, args, size);
	assert_int_equal(mprotect(page, PAGE, PROT_READ), 0);
	return page;
}

static void test_bad_pointers(void **state)
{
	static const unsigned long cmds[] = {
		LX_DXCREATEHWQUEUE,
		LX_DXDESTROYHWQUEUE,
		LX_DXSUBMITCOMMANDTOHWQUEUE,
		LX_DXSUBMITSIGNALSYNCOBJECTSTOHWQUEUE,
		LX_DXSUBMITWAITFORSYNCOBJECTSTOHWQUEUE,
		LX_DXSETCONTEXTSCHEDULINGPRIORITY,
		LX_DXSETCONTEXTINPROCESSSCHEDULINGPRIORITY,
		LX_DXGETCONTEXTSCHEDULINGPRIORITY,
		LX_DXGETCONTEXTINPROCESSSCHEDULINGPRIORITY,
		LX_DXMARKDEVICEASERROR,
		LX_DXFLUSHHEAPTRANSITIONS,
		LX_DXINVALIDATECACHE,
		LX_DXCREATECONTEXT,
		LX_DXCREATEHWCONTEXT,
		LX_DXDESTROYHWCONTEXT,
		LX_DXRENDER,
	};
	struct client c = client_open_context(true);
	size_t i;

	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		assert_int_equal(node_call(c.fd, cmds[i], NULL), -EFAULT);
		assert_int_equal(node_call(c.fd, cmds[i], BAD_PTR), -EFAULT);
		/* The size is a part of the command. */
		assert_int_equal(node_call(c.fd, cmds[i] ^ (4ul << _IOC_SIZESHIFT), BAD_PTR),
				 -ENOTTY);
	}
	close(c.fd);
}

static void test_bad_inner_pointers(void **state)
{
	struct client c = client_open_context(true);
	struct d3dkmt_createhwqueue create = { .context = c.context,
					       .priv_drv_data = PTR(BAD_PTR),
					       .priv_drv_data_size = 1 };
	struct d3dkmt_createhwqueue queue = queue_create(&c);
	struct d3dkmt_submitcommandtohwqueue submit = { .hwqueue = queue.queue,
							.hwqueue_progress_fence_id = 1 };
	struct d3dkmt_submitsignalsyncobjectstohwqueue sig = {
		.hwqueue_count = 1,
		.hwqueues = PTR(&queue.queue),
		.object_count = 1,
		.objects = PTR(BAD_PTR),
	};
	struct d3dkmt_submitwaitforsyncobjectstohwqueue wait = {
		.hwqueue = queue.queue,
		.object_count = 1,
		.objects = PTR(&queue.queue_progress_fence),
		.fence_values = PTR(BAD_PTR),
	};

	assert_int_equal(node_call(c.fd, LX_DXCREATEHWQUEUE, &create), -EFAULT);
	submit.num_primaries = 1;
	submit.written_primaries = PTR(BAD_PTR);
	assert_int_equal(node_call(c.fd, LX_DXSUBMITCOMMANDTOHWQUEUE, &submit), -EFAULT);
	submit.num_primaries = 0;
	submit.priv_drv_data_size = 100000; /* more than fits the stack */
	submit.priv_drv_data = PTR(BAD_PTR);
	assert_int_equal(node_call(c.fd, LX_DXSUBMITCOMMANDTOHWQUEUE, &submit), -EFAULT);
	assert_int_equal(node_call(c.fd, LX_DXSUBMITSIGNALSYNCOBJECTSTOHWQUEUE, &sig), -EFAULT);
	sig.hwqueues = PTR(BAD_PTR);
	assert_int_equal(node_call(c.fd, LX_DXSUBMITSIGNALSYNCOBJECTSTOHWQUEUE, &sig), -EFAULT);
	assert_int_equal(node_call(c.fd, LX_DXSUBMITWAITFORSYNCOBJECTSTOHWQUEUE, &wait), -EFAULT);
	wait.objects = PTR(BAD_PTR);
	assert_int_equal(node_call(c.fd, LX_DXSUBMITWAITFORSYNCOBJECTSTOHWQUEUE, &wait), -EFAULT);
	assert_int_equal(queue_destroy(&c, queue.queue), 0);
	close(c.fd);
}

/* A queue whose handle could not be told does not exist, here or on the host: the quota says so. */
static void test_failed_copy_is_undone(void **state)
{
	struct client c = client_open_context(true);
	struct d3dkmt_createhwqueue args = { .context = c.context };
	void *page = read_only(&args, sizeof(args));
	uint8_t byte = 1;
	unsigned int i;

	for (i = 0; i < QUOTA + 1; i++)
		assert_int_equal(node_call(c.fd, LX_DXCREATEHWQUEUE, page), -EFAULT);
	munmap(page, PAGE);
	/* The same for the private data, which is copied out first. */
	page = read_only(&byte, 1);
	args.priv_drv_data = PTR(page);
	args.priv_drv_data_size = 1;
	for (i = 0; i < QUOTA + 1; i++)
		assert_int_equal(node_call(c.fd, LX_DXCREATEHWQUEUE, &args), -EFAULT);
	munmap(page, PAGE);
	for (i = 0; i < QUOTA; i++)
		queue_create(&c);
	close(c.fd);
}

/* What has nothing to say writes nothing; what has, fails when it cannot. */
static void test_read_only_arguments(void **state)
{
	struct client c = client_open_context(true);
	struct d3dkmt_createhwqueue queue = queue_create(&c);
	struct d3dkmt_flushheaptransitions flush = { .adapter = c.adapter };
	struct d3dkmt_setcontextschedulingpriority set = { .context = c.context, .priority = 3 };
	struct d3dkmt_getcontextschedulingpriority get = { .context = c.context };
	struct d3dkmt_destroyhwqueue destroy = { .queue = queue.queue };
	struct {
		unsigned long cmd;
		void *args;
		size_t size;
		int ret;
	} row[] = {
		{ LX_DXFLUSHHEAPTRANSITIONS, &flush, sizeof(flush), 0 },
		{ LX_DXSETCONTEXTSCHEDULINGPRIORITY, &set, sizeof(set), 0 },
		{ LX_DXGETCONTEXTSCHEDULINGPRIORITY, &get, sizeof(get), -EFAULT },
		{ LX_DXDESTROYHWQUEUE, &destroy, sizeof(destroy), 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		void *page = read_only(row[i].args, row[i].size);

		assert_int_equal(node_call(c.fd, row[i].cmd, page), row[i].ret);
		munmap(page, PAGE);
	}
	close(c.fd);
}

/* Does reading (or writing) @word kill the process? */
static bool crashes(volatile uint64_t *word, bool write)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		if (write)
			*word = 1;
		else
			(void)*word;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
}

/* The page is the host's to write, and gone with its queue or with the context of that. */
static void test_fence_page(void **state)
{
	struct client c = client_open_context(true);
	struct d3dkmt_createhwqueue a = queue_create(&c), b = queue_create(&c);
	volatile uint64_t *word = (volatile uint64_t *)(uintptr_t)a.queue_progress_fence_cpu_va;
	volatile uint64_t *other = (volatile uint64_t *)(uintptr_t)b.queue_progress_fence_cpu_va;
	struct d3dkmt_destroycontext context = { .context = c.context };

	assert_true(*word == 0 && *other == 0);
	assert_true(crashes(word, true));
	assert_int_equal(queue_destroy(&c, a.queue), 0);
	assert_true(crashes(word, false));
	assert_true(*other == 0);
	assert_int_equal(node_call(c.fd, LX_DXDESTROYCONTEXT, &context), 0);
	assert_true(crashes(other, false));
	assert_int_equal(queue_destroy(&c, b.queue), -EINVAL);
	close(c.fd);
}

/* An open file that is closed, or whose process is killed, leaves nothing that a test could meet.
 */
static void test_close_with_queues(void **state)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		struct client c = client_open_context(true);

		queue_create(&c);
		queue_create(&c);
		close(c.fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_pointers),
		cmocka_unit_test(test_bad_inner_pointers),
		cmocka_unit_test(test_failed_copy_is_undone),
		cmocka_unit_test(test_read_only_arguments),
		cmocka_unit_test(test_fence_page),
		cmocka_unit_test(test_close_with_queues),
	};

	if (access(NODE, F_OK)) {
		printf("SKIP: no %s\n", NODE);
		return SKIP;
	}
	return cmocka_run_group_tests_name("kernel_hwqueue", tests, NULL, NULL);
}
