/// Deadline monitor: gaps between steps, their jitter, and a leaky count of it.
#include "deadline.h"

#include "contactor.h"
#include "diag.h"

static void count_jitter(bms_t *bms) {
  bms->jitter_count++;
  bms->late_score = (uint8_t)(bms->late_score + DEADLINE_SCORE_STEP);
  if (bms->late_score < DEADLINE_SCORE_MAX) return;
  bms->late_score = 0;
  bms->deadline_is_missed = 1;
}

void deadline_step(bms_t *bms, uint32_t time_ms) {
  uint32_t gap_ms = bms->step_count == 0 ? DEADLINE_PERIOD_ms : time_ms - bms->time_ms;
  if (gap_ms != DEADLINE_PERIOD_ms)
    count_jitter(bms);
  else if (bms->late_score > 0)
    bms->late_score--;
  if (gap_ms > 2 * DEADLINE_PERIOD_ms) bms->deadline_is_missed = 1;
  if (gap_ms > DEADLINE_DROP_ms) contactor_open(bms, CONTACTOR_AT_ONCE);
  if (gap_ms == 0) gap_ms = DEADLINE_PERIOD_ms;
  bms->step_ms = (uint16_t)(gap_ms < DEADLINE_GAP_MAX_ms ? gap_ms : DEADLINE_GAP_MAX_ms);
  bms->since_task_ms = (uint16_t)(bms->since_task_ms + bms->step_ms);
  if (bms->since_task_ms > DEADLINE_GAP_MAX_ms) bms->since_task_ms = DEADLINE_GAP_MAX_ms;
  bms->time_ms = time_ms;
}

void deadline_begin_task(bms_t *bms) {
  bms->task_ms = bms->since_task_ms;
  bms->since_task_ms = 0;
}

void deadline_report(bms_t *bms) {
  diag_report(bms, DTC_DEADLINE_MISSED, bms->deadline_is_missed, BMS_NO_LOCATION);
  bms->deadline_is_missed = 0;
}
