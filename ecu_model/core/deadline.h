/// Deadline monitor: how late each step is, and the time that every counter of the core counts in.
///
/// Model    time_ms must advance by 1 with each step. Any other advance is jitter and is counted; a
///          step that comes later than twice its period, or jitter that does not end (about one
///          step in nine), is a missed deadline. A clock that stands still counts as 1 ms a step,
///          so that no time-out waits for ever. After a gap so long that the board may have dropped
///          the coils they are all told to open at once, lest it takes them up again
/// Units    ms; a gap counts as at most DEADLINE_GAP_MAX_ms
#ifndef ECU_MODEL_CORE_DEADLINE_H
#define ECU_MODEL_CORE_DEADLINE_H

#include "bms.h"

enum {
  DEADLINE_PERIOD_ms = 1,
  DEADLINE_GAP_MAX_ms = 1000,
  DEADLINE_DROP_ms = 20, ///< after a longer gap the board may have dropped the coils
  DEADLINE_SCORE_STEP = 8, ///< what a step with jitter adds; a punctual one takes 1 away
  DEADLINE_SCORE_MAX = 80
};

/// Every step, first of all: sets step_ms, counts jitter, notes a missed deadline.
void deadline_step(bms_t *bms, uint32_t time_ms);

/// Every 10 ms: begin a task; task_ms is then the time since the last one.
void deadline_begin_task(bms_t *bms);

/// Every 10 ms, before the diagnosis: report what was noted since.
void deadline_report(bms_t *bms);

#endif
