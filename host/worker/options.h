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

/**
 * header_name_check() - may #include find a header under this name? Drivers write headers to files:
 * the name must stay below the folder that it is relative to.
 * @text: when not, why
 */
bool header_name_check(const char *name, struct backend_text *text);

#endif /* WORKER_OPTIONS_H */
