/// Writes a cell parameter file that scenarios/cell_file.c reads back.
///
/// Model    figures with 6 significant digits, so that equal fits give equal bytes
#ifndef SCENARIOS_CELL_WRITE_H
#define SCENARIOS_CELL_WRITE_H

#include <stdio.h>

#include "../sim/cell_params.h"

/// Where the figures come from, for the file's "source" entries.
typedef struct {
  const char *fitted; ///< of what was fitted: data and their licence
  const char *given; ///< of what the fit was told
} cell_write_source_t;

/// 0, or -1 iff the stream took not everything.
int cell_write(FILE *stream, const cell_params_t *params, const cell_write_source_t *source);

#endif
