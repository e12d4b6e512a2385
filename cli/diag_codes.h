/// Trouble codes as a tester reads them: list, freeze frames, counters.
#ifndef CLI_DIAG_CODES_H
#define CLI_DIAG_CODES_H

#include <stdio.h>

#include "diag_link.h"

/// Read and print all stored codes with their freeze frames and counters. An exit code.
int diag_codes_print(diag_link_t *tester, int is_json);

/// Clear one code (P0AA6, P1B77-16 or its name) or all (NULL, "all"). An exit code.
int diag_codes_clear(diag_link_t *tester, const char *which);

#endif
