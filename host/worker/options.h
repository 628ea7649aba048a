/* SPDX-License-Identifier: MIT */
/*
 * options.h - which build options of a guest reach the host's compiler. Pure logic.
 */
#ifndef WORKER_OPTIONS_H
#define WORKER_OPTIONS_H

#include <stdbool.h>

#include "backend/backend.h"

/**
 * options_check() - is every option in @options one that cannot make a compiler read or write
 * files, load code or run anything?
 * @text: when not, names the first one that is not
 */
bool options_check(const char *options, struct backend_text *text);

#endif /* WORKER_OPTIONS_H */
