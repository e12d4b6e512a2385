/// The whole reaction table, measured side by side in worker processes, and what it comes to.
///
/// Model    variants are dealt to workers in turn; the summary does not depend on who was faster
/// Memory   the caller owns the summaries (react_row_count entries)
/// Threads  one sweep at a time in a process
#ifndef SCENARIOS_REACT_SWEEP_H
#define SCENARIOS_REACT_SWEEP_H

#include <stdio.h>

#include "react.h"

typedef struct {
  const char *filter; ///< row or requirement, with *; NULL: all
  uint32_t phase_count; ///< 1..REACT_PHASE_COUNT
  uint32_t every; ///< each n-th place
  uint32_t worker_count; ///< 0: one for each online processor
  int progress_fd; ///< terminal for the updating line; -1: silent
} react_options_t;

/// Over all variants of a row. Times are 0 where is_timed is 0.
typedef struct {
  const react_row_t *row;
  uint32_t variant_count; ///< 0: left out by the filter
  uint32_t bad_count;
  uint8_t is_timed; ///< something was to happen, and did in each variant
  int32_t detect_ms[3], react_ms[3]; ///< least, median, greatest
  uint32_t worst_place, worst_phase; ///< of the first bad one, else of the slowest reaction
  react_result_t worst;
} react_summary_t;

/// 1 iff the filter lets the row through.
int react_sweep_is_wanted(const react_options_t *options, const react_row_t *row);

/// 0, or -1 with a line in error: a point does not settle, or no worker starts.
int react_sweep(const react_options_t *options, const cell_params_t *cell, react_summary_t *summary,
                char *error, uint32_t error_bytes);

/// Tables of the summaries: for people, for scripts, for docs/fault-reactions.md.
void react_sweep_print(FILE *file, const react_summary_t *summary);
void react_sweep_json(FILE *file, const react_summary_t *summary);
void react_sweep_markdown(FILE *file, const react_summary_t *summary);

/// Rows with a variant that was not as it must be.
uint32_t react_sweep_bad(const react_summary_t *summary);

#endif
