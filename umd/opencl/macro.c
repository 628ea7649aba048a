// SPDX-License-Identifier: MIT
/* macro.c - see macro.h. */
#include "macro.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define NESTING_MAX 16

/** struct text - an expansion on its way; @full once something did not fit. */
struct text {
	char *bytes;
	size_t length;
	bool full;
};

static void append(struct text *t, const char *bytes, size_t length)
{
	if (t->full || length >= MACRO_TEXT_MAX - t->length) {
		t->full = true;
		return;
	}
	memcpy(t->bytes + t->length, bytes, length);
	t->length += length;
}

static bool starts_name(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static size_t name_length(const char *p, const char *end)
{
	const char *start = p;

	if (p == end || !starts_name(*p))
		return 0;
	while (p < end && (starts_name(*p) || isdigit((unsigned char)*p)))
		p++;
	return (size_t)(p - start);
}

static bool take_name(char *name, const char **at, const char *end)
{
	size_t n = name_length(*at, end);

	if (!n || n >= MACRO_NAME_MAX)
		return false;
	memcpy(name, *at, n);
	name[n] = '\0';
	*at += n;
	return true;
}

void macros_define(struct macros *macros, const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	struct macro m = { .body = "1", .body_length = 1 };

	if (macros->count == MACROS_MAX || !take_name(m.name, &at, end))
		return;
	if (at < end && *at == '(') {
		at++;
		if (!take_name(m.param, &at, end) || at == end || *at++ != ')')
			return;
	}
	if (at < end && *at != '=')
		return;
	if (at < end) {
		m.body = at + 1;
		m.body_length = (size_t)(end - m.body);
	}
	macros->list[macros->count++] = m;
}

/* The last definition counts. */
static const struct macro *find(const struct macros *macros, const char *name, size_t length)
{
	for (size_t i = macros->count; i--;)
		if (strlen(macros->list[i].name) == length &&
		    memcmp(macros->list[i].name, name, length) == 0)
			return &macros->list[i];
	return NULL;
}

/* Where the argument that begins behind the parenthesis at @p ends, or NULL. */
static const char *argument_end(const char *p, const char *end)
{
	int depth = 0;

	for (; p < end; p++) {
		if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p;
	}
	return NULL;
}

static void expand(const struct macros *macros, const char *p, const char *end, struct text *out,
		   int nesting);

/* The body of @m with its parameter replaced: as it is behind #, expanded elsewhere. */
static void substitute(const struct macros *macros, const struct macro *m, const char *arg,
		       const char *arg_end, struct text *out, int nesting)
{
	const char *p = m->body, *end = m->body + m->body_length;

	while (p < end && !out->full) {
		bool string = *p == '#';
		const char *name = string ? p + 1 : p;
		size_t n = name_length(name, end);

		if (n && n == strlen(m->param) && memcmp(name, m->param, n) == 0) {
			if (string) {
				append(out, "\"", 1);
				append(out, arg, (size_t)(arg_end - arg));
				append(out, "\"", 1);
			} else {
				expand(macros, arg, arg_end, out, nesting);
			}
			p = name + n;
			continue;
		}
		n = n && !string ? n : 1;
		append(out, p, n);
		p += n;
	}
}

/* One use of @m, whose name ends at @p. Return: where the text goes on. */
static const char *use(const struct macros *macros, const struct macro *m, const char *p,
		       const char *end, struct text *out, int nesting)
{
	char body[MACRO_TEXT_MAX];
	struct text replaced = { .bytes = body };
	const char *arg_end;

	if (!m->param[0]) {
		expand(macros, m->body, m->body + m->body_length, out, nesting);
		return p;
	}
	arg_end = p < end && *p == '(' ? argument_end(p, end) : NULL;
	if (!arg_end) {
		append(out, m->name, strlen(m->name));
		return p;
	}
	substitute(macros, m, p + 1, arg_end, &replaced, nesting);
	out->full |= replaced.full;
	expand(macros, body, body + replaced.length, out, nesting);
	return arg_end + 1;
}

/* What stands in quotes stays as it is. */
static size_t quoted_length(const char *p, const char *end)
{
	const char *close = *p == '"' ? memchr(p + 1, '"', (size_t)(end - p - 1)) : NULL;

	return close ? (size_t)(close - p) + 1 : 1;
}

static void expand(const struct macros *macros, const char *p, const char *end, struct text *out,
		   int nesting)
{
	if (nesting == NESTING_MAX)
		out->full = true;
	while (p < end && !out->full) {
		size_t n = name_length(p, end);
		const struct macro *m = n ? find(macros, p, n) : NULL;

		if (m) {
			p = use(macros, m, p + n, end, out, nesting + 1);
			continue;
		}
		n = n ? n : quoted_length(p, end);
		append(out, p, n);
		p += n;
	}
}

size_t macros_expand(const struct macros *macros, const char *text, size_t length, char *out)
{
	struct text t = { .bytes = out };

	expand(macros, text, text + length, &t, 0);
	if (t.full)
		t.length = 0;
	out[t.length] = '\0';
	return t.length;
}
