/// What a command line says about scenarios becomes the request: arguments, filters, values.
///
/// Errors   CLI_OK or CLI_USAGE with one line on stderr, in the name of the request's verb
/// Memory   the texts are borrowed
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "collect.h"

/// A file, folder, suite or id.
int request_argument(collect_request_t *request, const char *text);

int request_filter(collect_request_t *request, const char *text);

/// PATH=VALUE; the last one wins.
int request_set(collect_request_t *request, const char *text);

/// --seed, 0..2^53.
int request_seed(collect_request_t *request, const char *text);

/// --record: none brief default all_1ms.
int request_record(collect_request_t *request, const char *text);

/// A word of words (NULL ends them) for a path whose values are strings; option is its name here.
int request_word(collect_request_t *request, const char *option, const char *path,
                 const char *const *words, const char *text);

#endif
