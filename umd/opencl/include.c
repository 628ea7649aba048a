// SPDX-License-Identifier: MIT
/* include.c - see include.h. */
#include "include.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dxgwire/limits.h"
#include "macro.h"

#define FOLDERS_MAX 64
#define NESTING_MAX 64
#define ONCE_MAX 256

/** struct search - what the options say, and the state of one expansion. */
struct search {
	char *folder[FOLDERS_MAX];
	size_t folders;
	struct macros macros;
	FILE *out;
	bool found; /* anything */
	bool too_much;
	char *once[ONCE_MAX]; /* files with #pragma once that are in already */
	size_t onces;
};

/* ---- options ---- */

static const char *skip_space(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

/* The end of the word at @p; blanks between double quotes do not end one. */
static const char *word_end(const char *p)
{
	bool quoted = false;

	for (; *p && (quoted || !isspace((unsigned char)*p)); p++)
		if (*p == '"')
			quoted = !quoted;
	return p;
}

/* The word without its quotes. */
static char *unquoted(const char *p, const char *end)
{
	char *word = malloc((size_t)(end - p) + 1), *at = word;

	for (; word && p < end; p++)
		if (*p != '"')
			*at++ = *p;
	if (word)
		*at = '\0';
	return word;
}

/* Return: false when there are too many: then the option goes to the host, which refuses it. */
static bool add_folder(struct search *s, const char *p, const char *end)
{
	char *name = s->folders < FOLDERS_MAX ? unquoted(p, end) : NULL;

	if (name)
		s->folder[s->folders++] = name;
	return name;
}

static void add_macro(struct search *s, const char *p, const char *end)
{
	if (end - p >= 2 && *p == '"' && end[-1] == '"')
		p++, end--;
	macros_define(&s->macros, p, (size_t)(end - p));
}

/* One word of the options at @p; what is not ours goes to @left. Return: what comes behind it. */
static const char *take_option(struct search *s, const char *p, char *left)
{
	const char *start = p, *end = word_end(p), *value = p + 2;
	bool folder = strncmp(p, "-I", 2) == 0, macro = strncmp(p, "-D", 2) == 0;

	if ((folder || macro) && end == p + 2) {
		value = skip_space(end);
		end = word_end(value);
	}
	if (macro)
		add_macro(s, value, end);
	if (folder && value < end && add_folder(s, value, end))
		return end;
	strncat(left, start, (size_t)(end - start));
	strcat(left, " ");
	return end;
}

static char *take_options(struct search *s, const char *options)
{
	char *left = calloc(1, strlen(options) + 2);

	for (const char *p = skip_space(options); left && *p; p = skip_space(p))
		p = take_option(s, p, left);
	return left;
}

/* ---- files ---- */

/* The text of a regular file, or NULL. */
static char *read_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *text = NULL;
	ssize_t n = -1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < DXG_PROGRAM_SOURCE_MAX)
		text = malloc((size_t)st.st_size + 1);
	if (text)
		n = read(fd, text, (size_t)st.st_size);
	close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

/* @name in @folder, or as it is without one. Return: its text, and its path in @path. */
static char *look_in(const char *folder, const char *name, char *path)
{
	int n = folder ? snprintf(path, PATH_MAX, "%s/%s", folder, name)
		       : snprintf(path, PATH_MAX, "%s", name);

	return n > 0 && n < PATH_MAX ? read_text(path) : NULL;
}

/* @beside: folder of the file that has the #include, for names in quotes; NULL for none. */
static char *look_for(struct search *s, const char *name, const char *beside, char *path)
{
	char *text = NULL;

	if (name[0] == '/')
		return look_in(NULL, name, path);
	if (beside)
		text = look_in(beside, name, path);
	for (size_t i = 0; !text && i < s->folders; i++)
		text = look_in(s->folder[i], name, path);
	return text;
}

static bool included_once(struct search *s, const char *path, const char *text)
{
	for (size_t i = 0; i < s->onces; i++)
		if (strcmp(s->once[i], path) == 0)
			return true;
	if (strstr(text, "#pragma once") && s->onces < ONCE_MAX) {
		char *copy = strdup(path);

		if (copy)
			s->once[s->onces++] = copy;
	}
	return false;
}

/* ---- text ---- */

/* Keep track of a comment over lines: is the end of the line at @p inside of one? */
static bool in_comment_after(const char *p, const char *end, bool inside)
{
	bool quoted = false;

	for (; p < end; p++) {
		bool pair = p + 1 < end;

		if (inside) {
			if (*p == '*' && pair && p[1] == '/')
				inside = false, p++;
		} else if (*p == '\\') {
			p++;
		} else if (*p == '"') {
			quoted = !quoted;
		} else if (!quoted && *p == '/' && pair && p[1] == '/') {
			return false;
		} else if (!quoted && *p == '/' && pair && p[1] == '*') {
			inside = true, p++;
		}
	}
	return inside;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* The name between the quotes or brackets at @p, or NULL; *@ret_quoted tells which they are. */
static char *name_at(const char *p, const char *end, bool *ret_quoted)
{
	char close = *p == '"' ? '"' : *p == '<' ? '>' : '\0';
	const char *last = close ? memchr(p + 1, close, (size_t)(end - p - 1)) : NULL;

	*ret_quoted = close == '"';
	return last ? strndup(p + 1, (size_t)(last - p - 1)) : NULL;
}

/* The file that the line from @p to @end includes, or NULL when it is no #include. */
static char *included_name(struct search *s, const char *p, const char *end, bool *ret_quoted)
{
	char expanded[MACRO_TEXT_MAX];
	size_t n;

	p = skip_blanks(p, end);
	if (p == end || *p != '#')
		return NULL;
	p = skip_blanks(p + 1, end);
	if (end - p < 8 || memcmp(p, "include", 7) != 0)
		return NULL;
	p = skip_blanks(p + 7, end);
	if (p == end)
		return NULL;
	if (*p == '"' || *p == '<')
		return name_at(p, end, ret_quoted);
	n = macros_expand(&s->macros, p, (size_t)(end - p), expanded);
	return n ? name_at(expanded, expanded + n, ret_quoted) : NULL;
}

static void expand_text(struct search *s, const char *text, const char *path, int nesting);

/* Put the file @name in. Return: false when there is none. */
static bool expand_file(struct search *s, const char *name, bool quoted, const char *from,
			int nesting)
{
	char path[PATH_MAX], folder[PATH_MAX];
	const char *slash = from ? strrchr(from, '/') : NULL;
	char *text;

	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - from), from);
	text = look_for(s, name, quoted && slash ? folder : NULL, path);
	if (!text)
		return false;
	s->found = true;
	if (!included_once(s, path, text)) {
		fprintf(s->out, "#line 1 \"%s\"\n", name);
		expand_text(s, text, path, nesting + 1);
	}
	free(text);
	return true;
}

static void expand_text(struct search *s, const char *text, const char *path, int nesting)
{
	const char *own = path ? path : "program";
	bool comment = false;
	int line = 1;

	if (nesting > NESTING_MAX || ftell(s->out) > (long)DXG_PROGRAM_SOURCE_MAX) {
		s->too_much = true;
		return;
	}
	for (const char *p = text, *end; *p && !s->too_much; p = *end ? end + 1 : end, line++) {
		bool quoted = false;
		char *name = NULL;

		end = strchrnul(p, '\n');
		if (!comment)
			name = included_name(s, p, end, &quoted);
		if (name && expand_file(s, name, quoted, path, nesting))
			fprintf(s->out, "\n#line %d \"%s\"\n", line + 1, own);
		else
			fprintf(s->out, "%.*s\n", (int)(end - p), p);
		comment = in_comment_after(p, end, comment);
		free(name);
	}
}

static char *expand_source(struct search *s, const char *source)
{
	char *text = NULL;
	size_t size = 0;

	s->out = open_memstream(&text, &size);
	if (!s->out)
		return NULL;
	expand_text(s, source, NULL, 0);
	if (fclose(s->out) == 0)
		return text;
	free(text);
	return NULL;
}

static void forget(struct search *s)
{
	for (size_t i = 0; i < s->folders; i++)
		free(s->folder[i]);
	for (size_t i = 0; i < s->onces; i++)
		free(s->once[i]);
	free(s);
}

cl_int include_expand(const char *source, const char *options, struct include *ret)
{
	struct search *s = calloc(1, sizeof(*s));
	cl_int err = CL_SUCCESS;

	*ret = (struct include){ .options = s ? take_options(s, options) : NULL };
	if (!ret->options)
		err = CL_OUT_OF_HOST_MEMORY;
	if (err == CL_SUCCESS && source && strstr(source, "include")) {
		ret->source = expand_source(s, source);
		err = !ret->source  ? CL_OUT_OF_HOST_MEMORY
		      : s->too_much ? CL_OUT_OF_RESOURCES
				    : CL_SUCCESS;
	}
	if (err != CL_SUCCESS || (s && !s->found)) {
		free(ret->source);
		ret->source = NULL;
	}
	if (err != CL_SUCCESS) {
		free(ret->options);
		ret->options = NULL;
	}
	if (s)
		forget(s);
	return err;
}
