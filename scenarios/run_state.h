/// What a run remembers between ticks. Shared by run*.c only.
#ifndef SCENARIOS_RUN_STATE_H
#define SCENARIOS_RUN_STATE_H

#include "course.h"
#include "ecu_seats.h"
#include "hash_log.h"
#include "joined.h"
#include "judge.h"
#include "live.h"
#include "run.h"
#include "soul_drive.h"
#include "story.h"

typedef struct run run_t;

struct run {
  const scenario_t *scenario;
  const scenario_plan_t *plan;
  const run_options_t *options;
  run_result_t *result;
  hil_t *hil;
  judge_t *judge;
  soul_drive_t *drive;
  recorder_t *recorder;
  courses_t courses;
  hash_log_t hash_log;
  ecu_seats_t *seats; ///< NULL: only the core in this process
  story_t *story; ///< as long as there is a recorder
  live_t *live; ///< what somebody does by hand; NULL: nobody
  joined_t *joined; ///< NULL: as fast as it can, alone
  uint32_t next_step, next_frame; ///< of the plan's steps, of its log of frames
  uint64_t *fault_end_us; ///< of each event: UINT64_MAX unless its fault waits for its end
  uint64_t next_fault_end_us;
  uint64_t profile_us; ///< begin of the measured current
  uint64_t cycle_done_us;
  uint8_t profile_is_wanted;
  uint8_t is_triggered; ///< something happened in this tick
  uint8_t is_over;
  int status; ///< 0, or -1: it failed or was stopped
};

#endif
