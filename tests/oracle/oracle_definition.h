/// Closed forms of what both solvers read: a mistake in the definition would show in neither.
#ifndef TESTS_ORACLE_DEFINITION_H
#define TESTS_ORACLE_DEFINITION_H

#include "oracle_world.h"

typedef struct {
  uint32_t passed_count, failed_count, skipped_count;
} oracle_total_t;

/// Prints a line for each check and counts it.
void oracle_definition_check(const cell_params_t *cell, oracle_total_t *total);

#endif
