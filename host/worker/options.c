// SPDX-License-Identifier: MIT
/*
 * options - see options.h. An allow-list: what the OpenCL specification names, less what names
 * files (-I), and what vendors document as harmless. Everything else is refused, because compilers
 * behind OpenCL drivers hand unknown options on to something that does know them (-Xclang -load).
 *
 * Words are cut as drivers cut them: at white space, outside of double quotes.
 */
#include "worker/options.h"

#include <ctype.h>
#include <string.h>

/* How much of a word must match. */
enum option_form {
	FORM_WORD, /* all of it */
	FORM_PREFIX, /* its start */
	FORM_VALUE, /* its start, and when that is all, the next word is its value */
	FORM_SPIR, /* all of it, and the next word is "spir" */
};

struct option_rule {
	const char *name;
	enum option_form form;
};

static const struct option_rule option_rules[] = {
	{ "-D", FORM_VALUE },
	{ "-U", FORM_VALUE },
	{ "-cl-", FORM_PREFIX },
	{ "-w", FORM_WORD },
	{ "-Werror", FORM_WORD },
	{ "-Wall", FORM_WORD },
	{ "-Wextra", FORM_WORD },
	{ "-g", FORM_WORD },
	{ "-O0", FORM_WORD },
	{ "-O1", FORM_WORD },
	{ "-O2", FORM_WORD },
	{ "-O3", FORM_WORD },
	{ "-create-library", FORM_WORD },
	{ "-enable-link-options", FORM_WORD },
	{ "-x", FORM_SPIR },
	{ "-spir-std=1.2", FORM_WORD },
	{ "-nv-verbose", FORM_WORD },
	{ "-nv-maxrregcount=", FORM_PREFIX },
	{ "-nv-opt-level=", FORM_PREFIX },
};

/* The end of the word at @p. */
static const char *word_end(const char *p)
{
	bool quoted = false;

	for (; *p && (quoted || !isspace((unsigned char)*p)); p++)
		if (*p == '"')
			quoted = !quoted;
	return p;
}

static const char *skip_space(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

static bool rule_matches(const struct option_rule *rule, const char *word, size_t len)
{
	size_t n = strlen(rule->name);

	if (rule->form == FORM_WORD || rule->form == FORM_SPIR)
		return len == n && !memcmp(word, rule->name, n);
	return len >= n && !memcmp(word, rule->name, n);
}

static bool word_is(const char *p, const char *end, const char *word)
{
	return (size_t)(end - p) == strlen(word) && !memcmp(p, word, end - p);
}

static const struct option_rule *rule_find(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(option_rules) / sizeof(option_rules[0]); i++)
		if (rule_matches(&option_rules[i], word, len))
			return &option_rules[i];
	return NULL;
}

bool options_check(const char *options, struct backend_text *text)
{
	const struct option_rule *rule;
	const char *p, *end;

	for (p = skip_space(options); *p; p = skip_space(end)) {
		end = word_end(p);
		rule = rule_find(p, end - p);
		if (!rule) {
			backend_say(text, "build option '%.*s' is not allowed here",
				    (int)(end - p < 128 ? end - p : 128), p);
			return false;
		}
		/* "-D" "NAME": the value stands apart, and may be anything but another option. */
		if (rule->form == FORM_VALUE && (size_t)(end - p) == strlen(rule->name)) {
			p = skip_space(end);
			if (!*p || *p == '-') {
				backend_say(text, "build option '%s' lacks its value", rule->name);
				return false;
			}
			end = word_end(p);
		}
		/* The one language that a binary may be in; a compiler would know others. */
		if (rule->form == FORM_SPIR) {
			p = skip_space(end);
			end = word_end(p);
			if (!word_is(p, end, "spir")) {
				backend_say(text, "build option '-x' is allowed with 'spir' only");
				return false;
			}
		}
	}
	return true;
}

/* One component of a path: not empty, not "." or "..". */
static bool component_fine(const char *p, size_t len)
{
	return len && !(len == 1 && p[0] == '.') && !(len == 2 && p[0] == '.' && p[1] == '.');
}

bool header_name_check(const char *name, struct backend_text *text)
{
	const char *p, *component = name;

	for (p = name;; p++) {
		if (*p && *p != '/') {
			if (*p < ' ' || *p > '~' || strchr("\"\\<>", *p))
				break;
			continue;
		}
		if (!component_fine(component, p - component))
			break;
		if (!*p)
			return true;
		component = p + 1;
	}
	backend_say(text, "header name '%.128s' is not a relative path of plain characters", name);
	return false;
}
