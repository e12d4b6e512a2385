/// What the judge remembers during a run. Shared by judge*.c only.
#ifndef SCENARIOS_JUDGE_STATE_H
#define SCENARIOS_JUDGE_STATE_H

#include "judge.h"
#include "judge_probe.h"

#define JUDGE_NEVER UINT64_MAX

typedef struct {
  uint64_t since_us; ///< true since then
  uint8_t was_false; ///< an edge needs it
  uint8_t is_latched; ///< an edge has happened
} judge_when_t;

typedef enum { JUDGE_WAITING, JUDGE_ACTIVE, JUDGE_HOLDING, JUDGE_DECIDED } judge_phase_t;

typedef struct {
  uint8_t phase; ///< judge_phase_t
  uint8_t verdict; ///< verdict_t, when decided
  uint8_t has_extreme;
  uint64_t true_us; ///< EXPECT: came true
  uint64_t decided_us;
  judge_reading_t last;
  double extreme; ///< value nearest to the limit, or the statistic's own
  uint16_t extreme_signal;
  double sum;
  uint64_t sample_count;
  uint64_t frame_ns; ///< can_period: the newest frame
  uint32_t frame_count;
  uint32_t scan; ///< against measured values: the next one
  char text[200];
} judge_check_t;

struct judge {
  const scenario_plan_t *plan;
  const soul_drive_t *drive;
  uint64_t profile_us; ///< begin of the measured profile
  uint64_t *mark_us;
  judge_when_t *when;
  judge_check_t *check;
  uint16_t *pending_event;
  uint32_t pending_event_count;
  uint16_t open_check[RESULT_CHECK_MAX]; ///< not yet decided
  uint32_t open_check_count;
};

/// Decide the checks that need the end of the run, and put all into words and margins.
void judge_conclude(judge_t *judge, uint32_t index, const hil_t *hil, check_result_t *result);

/// Take this moment into a figure over time.
void judge_look_statistic(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                          const hil_t *hil);

/// A check is decided; format makes its text.
void judge_decide(judge_check_t *state, verdict_t verdict, uint64_t now_us, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
