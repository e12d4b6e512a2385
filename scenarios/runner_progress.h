/// What a user sees while runs are made: one line that is drawn over, or plain lines in a pipe.
///
/// Model    a terminal gets a line of its own width four times a second; anything else a line each
///          ten seconds, later each tenth of the time gone, so that short work stays quiet.
///          A run that does not pass is named at once, in both.
#ifndef SCENARIOS_RUNNER_PROGRESS_H
#define SCENARIOS_RUNNER_PROGRESS_H

#include "result.h"

enum { RUNNER_PROGRESS_BYTES = 512, RUNNER_PROGRESS_NAMED_MAX = 20 };

typedef struct {
  uint32_t done_count, point_count, failed_count;
  double elapsed_s;
  double cost_done_s, cost_all_s; ///< simulated seconds, or points; the time left comes from them
  uint8_t cost_is_simulated;
  const char *running; ///< the run that has been at work for longest; NULL: none
} runner_figures_t;

typedef struct {
  int fd; ///< -1: silent
  uint8_t is_terminal;
  double period_s; ///< between lines of a pipe; 0: ten seconds
  double drawn_s;
  uint32_t named_count;
} runner_progress_t;

/// The line, never longer than width - 1 characters; what matters least is left out first.
/// Returns its length.
uint32_t runner_progress_text(const runner_figures_t *figures, uint32_t width,
                              char text[RUNNER_PROGRESS_BYTES]);

/// Draw where it is time to.
void runner_progress_draw(runner_progress_t *progress, const runner_figures_t *figures);

/// Name a run that did not pass.
void runner_progress_name(runner_progress_t *progress, const run_result_t *result);

/// Wipe the line.
void runner_progress_end(runner_progress_t *progress);

#endif
