// SPDX-License-Identifier: MIT
/*
 * test_query.c - the queries below libdxg: bad pointers, results that cannot be written, and a
 * kernel log that stays silent whatever is asked.
 */
#include <stdio.h>

#include "node.h"

static int query(const struct node *n, uint32_t type, void *data, uint32_t size)
{
	struct d3dkmt_queryadapterinfo args = { .adapter = n->adapter,
						.type = (enum kmtqueryadapterinfotype)type,
						.private_data = PTR(data),
						.private_data_size = size };

	return node_call(n->fd, LX_DXQUERYADAPTERINFO, &args);
}

static void test_bad_pointers(void **state)
{
	static const unsigned long commands[] = { LX_DXQUERYADAPTERINFO, LX_DXQUERYVIDEOMEMORYINFO,
						  LX_DXQUERYCLOCKCALIBRATION, LX_ISFEATUREENABLED };
	struct node n = node_open();

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		assert_int_equal(node_call(n.fd, commands[i], NULL), -EFAULT);
		assert_int_equal(node_call(n.fd, commands[i], (void *)~0xffful), -EFAULT);
	}
	close(n.fd);
}

/* An answer that was kept is copied by another path than one that was asked for: both must notice.
 */
static void test_bad_buffers(void **state)
{
	struct node n = node_open();
	uint32_t type = 0;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(query(&n, _KMTQAITYPE_ADAPTERTYPE, NULL, 4), -EFAULT);
		assert_int_equal(query(&n, _KMTQAITYPE_ADAPTERTYPE, (void *)~0xffful, 4), -EFAULT);
		assert_int_equal(query(&n, _KMTQAITYPE_ADAPTERTYPE, node_readonly(&type, 4), 4),
				 -EFAULT);
		assert_int_equal(query(&n, _KMTQAITYPE_ADAPTERTYPE, &type, 4), 0);
	}
	close(n.fd);
}

/* Results that cannot be written are EFAULT, not a number of bytes. */
static void test_unwritable_results(void **state)
{
	struct node n = node_open();
	struct d3dkmt_isfeatureenabled feature = { .adapter = n.adapter };
	struct d3dkmt_queryclockcalibration calibration = { .adapter = n.adapter };
	struct d3dkmt_queryvideomemoryinfo memory = { .adapter = n.adapter };

	assert_int_equal(
		node_call(n.fd, LX_ISFEATUREENABLED, node_readonly(&feature, sizeof(feature))),
		-EFAULT);
	assert_int_equal(node_call(n.fd, LX_DXQUERYCLOCKCALIBRATION,
				   node_readonly(&calibration, sizeof(calibration))),
			 -EFAULT);
	assert_int_equal(
		node_call(n.fd, LX_DXQUERYVIDEOMEMORYINFO, node_readonly(&memory, sizeof(memory))),
		-EFAULT);
	close(n.fd);
}

/* ---- the kernel log ---- */

static int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(lseek(fd, 0, SEEK_END) >= 0);
	return fd;
}

static unsigned int log_lines(int fd)
{
	unsigned int lines = 0;
	char record[8192];
	ssize_t n;

	while ((n = read(fd, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = 0;
		if (strstr(record, "dxg")) {
			print_message("%s", record);
			lines++;
		}
	}
	close(fd);
	return lines;
}

/* Unknown types, short buffers, wrong handles, bad pointers: routine, and not worth a line. */
static void test_failures_are_silent(void **state)
{
	struct node n = node_open();
	struct node none = { .fd = n.fd, .adapter.v = 0x12345678 };
	struct d3dkmt_isfeatureenabled feature = { .adapter = none.adapter };
	struct d3dkmt_queryclockcalibration calibration = { .adapter = n.adapter,
							    .node_ordinal = 99 };
	int log = log_open();
	uint8_t data[64] = { 0 };

	for (uint32_t type = 0; type < 100; type++)
		query(&n, type, data, 1);
	assert_int_equal(query(&n, 1000, data, 4), -EINVAL);
	assert_int_equal(query(&n, 5, data, 4), -EPERM);
	assert_int_equal(query(&n, _KMTQAITYPE_ADAPTERTYPE, data, 3), -EOVERFLOW);
	assert_int_equal(query(&n, _KMTQAITYPE_ADAPTERTYPE, NULL, 3), -EFAULT);
	assert_int_equal(query(&none, _KMTQAITYPE_ADAPTERTYPE, data, 4), -EINVAL);
	assert_int_equal(node_call(n.fd, LX_ISFEATUREENABLED, &feature), -EINVAL);
	assert_int_equal(node_call(n.fd, LX_DXQUERYCLOCKCALIBRATION, &calibration), -EINVAL);
	assert_int_equal(log_lines(log), 0);
	close(n.fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_pointers),
		cmocka_unit_test(test_bad_buffers),
		cmocka_unit_test(test_unwritable_results),
		cmocka_unit_test(test_failures_are_silent),
	};

	if (access(NODE, F_OK))
		return SKIP;
	return cmocka_run_group_tests_name("kernel_query", tests, NULL, NULL);
}
