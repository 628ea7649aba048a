/* SPDX-License-Identifier: MIT */
/*
 * macro.h - the macros that build options define with -D, as far as an #include needs them: names,
 * and functions of one parameter with #parameter for a string. Pure logic.
 */
#ifndef OPENCL_MACRO_H
#define OPENCL_MACRO_H

#include <stddef.h>

#define MACROS_MAX 64
#define MACRO_NAME_MAX 64
#define MACRO_TEXT_MAX 4096 /* an expansion, its zero included */

/** struct macro - @param is empty for a macro that is no function. */
struct macro {
	char name[MACRO_NAME_MAX];
	char param[MACRO_NAME_MAX];
	const char *body;
	size_t body_length;
};

/** struct macros - what is defined; zero it first. Bodies lie in the options. */
struct macros {
	struct macro list[MACROS_MAX];
	size_t count;
};

/**
 * macros_define() - remember "NAME", "NAME=BODY" or "NAME(PARAM)=BODY", @length bytes at @text,
 * which must live as long as @macros. What is of another form, or too much, is not remembered.
 */
void macros_define(struct macros *macros, const char *text, size_t length);

/**
 * macros_expand() - @length bytes at @text with every macro in it replaced.
 * @out: MACRO_TEXT_MAX bytes
 *
 * Return: the length of the zero-terminated result, or 0 when it does not fit or macros nest too
 * deeply.
 */
size_t macros_expand(const struct macros *macros, const char *text, size_t length, char *out);

#endif
