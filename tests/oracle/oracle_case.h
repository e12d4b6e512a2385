/// The cases: one row each, with the function that makes the situation.
#ifndef TESTS_ORACLE_CASE_H
#define TESTS_ORACLE_CASE_H

#include <stddef.h>

#include "oracle_world.h"

typedef struct {
  const char *name; ///< one word
  const char *what;
  void (*set_up)(oracle_world_t *world); ///< changes a world of oracle_world_init
} oracle_case_t;

extern const oracle_case_t oracle_case[];
extern const size_t oracle_case_count;

#endif
