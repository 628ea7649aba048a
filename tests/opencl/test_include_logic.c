// SPDX-License-Identifier: MIT
/* test_include_logic.c - #include of the application's files, without a device:
 * umd/opencl/include.c, macro.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "include.h"
#include "macro.h"

static char folder[64];

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int setup(void **state)
{
	char path[256];

	(void)state;
	strcpy(folder, "/tmp/include.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/deep", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put("a.h", "int a;");
	put("once.h", "#pragma once\nint once;\n");
	put("deep/b.h", "#include \"c.h\"\nint b;\n");
	put("deep/c.h", "int c;\n");
	put("self.h", "#include \"self.h\"\n");
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* What @source becomes with @options, in which @ stands for the folder. */
static char *expanded(const char *source, const char *options, const char *left)
{
	struct include inc;
	char text[1024] = "";

	for (const char *p = options; *p; p++)
		sprintf(text + strlen(text), *p == '@' ? "%s" : "%.1s", *p == '@' ? folder : p);
	assert_int_equal(include_expand(source, text, &inc), CL_SUCCESS);
	assert_string_equal(inc.options, left);
	free(inc.options);
	return inc.source;
}

static void check(const char *source, const char *options, const char *left, const char *result)
{
	char *text = expanded(source, options, left);

	if (result)
		assert_string_equal(text, result);
	else
		assert_null(text);
	free(text);
}

static void folders(void **state)
{
	(void)state;
	check("#include \"a.h\"\nint x;\n", "-I @ -w", "-w ",
	      "#line 1 \"a.h\"\nint a;\n\n#line 2 \"program\"\nint x;\n");
	check("  #  include <a.h>", "-I@", "", "#line 1 \"a.h\"\nint a;\n\n#line 2 \"program\"\n");
	check("#include \"a.h\"", "-I \"@\"", "",
	      "#line 1 \"a.h\"\nint a;\n\n#line 2 \"program\"\n");
	check("#include \"a.h\"", "-I /nowhere -I @", "",
	      "#line 1 \"a.h\"\nint a;\n\n#line 2 \"program\"\n");
}

/* A name in quotes is looked for beside the file that has it first. */
static void beside(void **state)
{
	char *text = expanded("#include \"deep/b.h\"\n", "-I @", "");

	(void)state;
	assert_non_null(text);
	assert_non_null(strstr(text, "int c;"));
	assert_non_null(strstr(text, "int b;"));
	free(text);
}

static void once(void **state)
{
	char *text = expanded("#include \"once.h\"\n#include \"once.h\"\n", "-I @", ""), *first;

	(void)state;
	first = strstr(text, "int once;");
	assert_non_null(first);
	assert_null(strstr(first + 1, "int once;"));
	free(text);
}

/* What is not found, stands in a comment, or is no directive stays. */
static void left_alone(void **state)
{
	(void)state;
	check("#include \"none.h\"\n", "-I @", "", NULL);
	check("#include \"a.h\"\n", "-w", "-w ", NULL);
	check("/*\n#include \"a.h\"\n*/ int x;\n", "-I @", "", NULL);
	check("// #include \"a.h\"\nint includes;\n", "-I @", "", NULL);
	check("#include\n#include \"a.h\n#include <\n", "-I @", "", NULL);
	check("int x;", "-I", "-I ", NULL);
}

/* Folders beyond the limit stay in the options, for the host to refuse. */
static void too_many_folders(void **state)
{
	char options[65 * 6 + 1] = "";
	struct include inc;

	(void)state;
	for (int i = 0; i < 65; i++)
		strcat(options, "-I /x ");
	assert_int_equal(include_expand("int x;", options, &inc), CL_SUCCESS);
	assert_string_equal(inc.options, "-I /x ");
	free(inc.options);
}

static void endless(void **state)
{
	struct include inc;
	char options[128];

	(void)state;
	snprintf(options, sizeof(options), "-I %s", folder);
	assert_int_equal(include_expand("#include \"self.h\"\n", options, &inc),
			 CL_OUT_OF_RESOURCES);
	assert_null(inc.source);
	assert_null(inc.options);
}

/* Names made by macros of the options. */
static void macros(void **state)
{
	(void)state;
	check("#include FILE\n", "-I @ -D FILE=<a.h>", "-D FILE=<a.h> ",
	      "#line 1 \"a.h\"\nint a;\n\n#line 2 \"program\"\n");
	check("#include S(F/c.h)\n", "-I @ -D \"T(x)=#x\" -D \"S(x)=T(x)\" -DF=deep",
	      "-D \"T(x)=#x\" -D \"S(x)=T(x)\" -DF=deep ",
	      "#line 1 \"deep/c.h\"\nint c;\n\n#line 2 \"program\"\n");
}

static void expect(const struct macros *m, const char *text, const char *result)
{
	char out[MACRO_TEXT_MAX];

	assert_int_equal(macros_expand(m, text, strlen(text), out), strlen(result));
	assert_string_equal(out, result);
}

static void define(struct macros *m, const char *text)
{
	macros_define(m, text, strlen(text));
}

static void macro_rules(void **state)
{
	struct macros m = { 0 };
	char out[MACRO_TEXT_MAX];

	(void)state;
	define(&m, "ONE");
	define(&m, "TWO=ONE ONE");
	define(&m, "TWICE(x)=x x");
	define(&m, "TEXT(x)=#x");
	define(&m, "LOOP=LOOP LOOP");
	define(&m, "1BAD=x");
	define(&m, "BAD(x=y");
	assert_int_equal(m.count, 5);
	expect(&m, "TWO", "1 1");
	expect(&m, "TWICE(ONE)", "1 1");
	expect(&m, "TEXT(ONE)", "\"ONE\"");
	expect(&m, "TWICE", "TWICE");
	expect(&m, "TWICE(f(ONE))", "f(1) f(1)");
	expect(&m, "\"ONE\" ONES", "\"ONE\" ONES");
	define(&m, "ONE=2");
	expect(&m, "ONE", "2");
	assert_int_equal(macros_expand(&m, "LOOP", 4, out), 0);
	for (int i = 0; i < 2 * MACROS_MAX; i++)
		define(&m, "MANY");
	assert_int_equal(m.count, MACROS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders),     cmocka_unit_test(beside),
		cmocka_unit_test(once),	       cmocka_unit_test(left_alone),
		cmocka_unit_test(endless),     cmocka_unit_test(macros),
		cmocka_unit_test(macro_rules), cmocka_unit_test(too_many_folders),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
