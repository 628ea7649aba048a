// SPDX-License-Identifier: MIT
/*
 * test_api_dxcore_loss: what libdxcore says when the adapters vanish: dxgd is killed, and comes
 * back. Over the socket only; the tests of this program build on each other.
 */
#include <signal.h>
#include <sys/wait.h>

#include "daemon.h"
#include "dxcore.h"
#include "fixture.h"

static char program[4096]; /* of the daemon, noted while it runs */

static void bell_rings(struct bell *b, uint32_t type, const void *object)
{
	char byte;

	assert_true(api_poll(b->fd[0], API_WAIT_MS));
	assert_int_equal(read(b->fd[0], &byte, 1), 1);
	assert_int_equal(b->type, type);
	assert_ptr_equal(b->object, object);
}

/* Facts stay, states do not. */
static void assert_gone(struct core *c)
{
	const struct dxcore_budget_of of = { 0 };
	struct dxcore_budget budget;
	struct luid luid;
	void *again = c;

	assert_false(c->adapter->table->is_valid(c->adapter));
	assert_true(c->list->table->is_stale(c->list));
	assert_int_equal(c->list->table->get_adapter_count(c->list), 1);
	assert_int_equal(c->list->table->get_adapter(c->list, 0, &iid_adapter, &again),
			 DXGI_ERROR_DEVICE_REMOVED);
	assert_null(again);
	assert_int_equal(c->adapter->table->query_state(c->adapter, DXCORE_STATE_MEMORY_BUDGET,
							sizeof(of), &of, sizeof(budget), &budget),
			 DXGI_ERROR_DEVICE_REMOVED);
	assert_int_equal(c->adapter->table->get_property(c->adapter, DXCORE_INSTANCE_LUID,
							 sizeof(luid), &luid),
			 S_OK);
}

/* The list and the adapter survive, for the next test to look at. */
static struct core gone;

static void test_killed(void **state)
{
	struct bell stale, invalid;
	struct dxcore_list *empty;

	(void)state;
	assert_int_equal(daemon_program(daemon_pid(), program, sizeof(program)), 0);
	core_open(&gone);
	bell_open(&stale, gone.factory);
	bell_open(&invalid, gone.factory);
	assert_int_equal(bell_register(&stale, gone.list, DXCORE_LIST_STALE), S_OK);
	assert_int_equal(bell_register(&invalid, gone.adapter, DXCORE_NO_LONGER_VALID), S_OK);
	assert_false(gone.list->table->is_stale(gone.list));
	assert_int_equal(kill(daemon_pid(), SIGKILL), 0);
	bell_rings(&stale, DXCORE_LIST_STALE, gone.list);
	bell_rings(&invalid, DXCORE_NO_LONGER_VALID, gone.adapter);
	assert_gone(&gone);
	assert_int_equal(gone.factory->table->unregister_event(gone.factory, stale.cookie), S_OK);
	assert_int_equal(gone.factory->table->unregister_event(gone.factory, invalid.cookie), S_OK);
	/* Both happen once. */
	assert_false(api_poll(stale.fd[0], 0));
	assert_false(api_poll(invalid.fd[0], 0));
	bell_close(&stale);
	bell_close(&invalid);
	empty = list_open(gone.factory, 1, &opendxg_compute);
	assert_int_equal(empty->table->get_adapter_count(empty), 0);
	release(empty);
}

/* Another daemon: another adapter, although somebody still holds the old one. */
static void test_revival(void **state)
{
	struct dxcore_list *list;
	struct dxcore_adapter *adapter;
	struct bell stale;
	int status;
	pid_t pid;

	(void)state;
	assert_true(program[0]);
	list = list_open(gone.factory, 1, &opendxg_compute);
	bell_open(&stale, gone.factory);
	assert_int_equal(bell_register(&stale, list, DXCORE_LIST_STALE), S_OK);
	pid = daemon_start(program);
	assert_true(pid > 0);
	/* A list of nothing is stale as soon as there is something. */
	bell_rings(&stale, DXCORE_LIST_STALE, list);
	assert_int_equal(gone.factory->table->unregister_event(gone.factory, stale.cookie), S_OK);
	bell_close(&stale);
	release(list);
	list = list_open(gone.factory, 1, &opendxg_compute);
	adapter = adapter_open(list, 0);
	assert_ptr_not_equal(adapter, gone.adapter);
	assert_true(adapter->table->is_valid(adapter));
	assert_gone(&gone);
	release(adapter);
	release(list);
	core_close(&gone);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_revival),
	};

	if (!daemon_pid() || !api_on_socket()) {
		print_message("SKIP: the daemon is out of a virtual machine's reach\n");
		return 77;
	}
	return api_main("dxcore_loss", tests);
}
