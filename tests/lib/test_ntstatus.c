// SPDX-License-Identifier: MIT
/*
 * test_ntstatus: the table of specification section 2.7 in both directions, row by row.
 */
#include "lib_test.h"

#include "dxgwire/ntstatus.h"
#include "libdxg.h"

static const struct row {
	uint32_t status;
	int err;
	uint32_t back;
} rows[] = {
	{ 0xC0000035, EEXIST, 0xC0000035 },	  { 0xC0000017, ENOMEM, 0xC0000017 },
	{ 0xC000000D, EINVAL, 0xC000000D },	  { 0xC0000033, ENOENT, 0xC0000033 },
	{ 0xC0000034, ENOENT, 0xC0000033 },	  { 0xC0000023, EOVERFLOW, 0xC0000023 },
	{ 0xC00002B6, ENODEV, 0xC00002B6 },	  { 0xC0000022, EACCES, 0xC0000022 },
	{ 0xC00000BB, EPERM, 0xC00000BB },	  { 0xC0000002, EPERM, 0xC00000BB },
	{ 0xC000001D, EOPNOTSUPP, 0xC000001D },	  { 0xC0000008, EBADF, 0xC0000008 },
	{ 0xC01E0102, EINPROGRESS, 0xC01E0102 },  { 0xC0000024, EPROTOTYPE, 0xC0000024 },
	{ 0xC0DEDEAD, EINVAL, 0xC000000D },	  { 0x80000005, EINVAL, 0xC000000D },
};

static void test_table(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(dxg_status_to_errno((int32_t)rows[i].status), -rows[i].err);
		assert_int_equal(dxg_errno_to_status(-rows[i].err), (int32_t)rows[i].back);
	}
}

static void test_success_is_unchanged(void **state)
{
	static const int32_t values[] = { 0, 1, STATUS_TIMEOUT, STATUS_PENDING, INT32_MAX };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_int_equal(dxg_status_to_errno(values[i]), values[i]);
		assert_int_equal(dxg_errno_to_status(values[i]), values[i]);
	}
}

static void test_guest_only(void **state)
{
	static const int other[] = { EFAULT, EINTR, ENOTRECOVERABLE, EBADE, EPROTO };
	unsigned int i;

	(void)state;
	assert_int_equal(dxg_errno_to_status(-ENOSYS), STATUS_NOT_SUPPORTED);
	assert_int_equal(dxg_errno_to_status(-EAGAIN), STATUS_TIMEOUT);
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_int_equal(dxg_errno_to_status(-other[i]), STATUS_UNSUCCESSFUL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_success_is_unchanged),
		cmocka_unit_test(test_guest_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
