/// What the judge remembers during a run. Shared by judge*.c only.
#ifndef SCENARIOS_JUDGE_STATE_H
#define SCENARIOS_JUDGE_STATE_H

#include "judge.h"
#include "judge_probe.h"

#define JUDGE_NEVER UINT64_MAX ///< later than any time

typedef struct {
  uint64_t since_us; ///< true since then
  uint32_t count; ///< how often it has come true
  uint8_t has_before, before; ///< how it was when last looked at
  uint8_t is_counted; ///< this time
  uint8_t is_latched; ///< a moment that has been
} judge_when_t;

/// A mark that waits for its condition.
typedef struct {
  uint16_t mark, when;
  uint16_t after; ///< waits itself for this mark
  uint64_t from_us;
} judge_pending_t;

typedef enum { JUDGE_WAITING, JUDGE_ACTIVE, JUDGE_HOLDING, JUDGE_DECIDED } judge_phase_t;

typedef struct {
  uint8_t phase; ///< judge_phase_t
  uint8_t verdict; ///< verdict_t, when decided
  uint8_t has_extreme;
  uint64_t true_us; ///< EXPECT: came true
  uint64_t decided_us;
  judge_reading_t last;
  double extreme; ///< value nearest to the limit, or the statistic's own
  double extreme_limit; ///< what it was compared with
  double nearest; ///< of extreme, see distance() in judge.c
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
  judge_pending_t *pending;
  uint32_t pending_count;
  uint16_t open_check[RESULT_CHECK_MAX]; ///< not yet decided
  uint32_t open_check_count;
};

/// 1 iff condition when is true now; all of it is looked at.
int judge_when(judge_t *judge, uint32_t when, const hil_t *hil);

/// Look at it before its time: remembers how it is, counts nothing.
void judge_when_prepare(judge_t *judge, uint32_t when, const hil_t *hil);

/// The signals of a condition with their values, as far as they fit.
void judge_when_text(const judge_t *judge, uint32_t when, const hil_t *hil, char *text,
                     size_t text_bytes);

/// How an expectation, invariant or prohibition stands now; of a condition only is_true counts.
judge_reading_t judge_read(judge_t *judge, const plan_check_t *check, const hil_t *hil);

/// What a reading was, in words: "phys.pack.V is 401 V".
void judge_seen_text(const judge_t *judge, const plan_check_t *check, const hil_t *hil,
                     judge_reading_t *reading, char *text, size_t text_bytes);

/// Counts and orders: as judge_tick's other checks, 1 iff decided.
int judge_look_count(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                     const hil_t *hil);
int judge_look_order(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                     const hil_t *hil);

/// The same at the end of the run: decides.
void judge_conclude_count(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                          const hil_t *hil);
void judge_conclude_order(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                          const hil_t *hil);

/// Id of the event or expectation that sets a mark, or what a trigger is called.
const char *judge_mark_name(const judge_t *judge, uint16_t mark);

/// Time from which a check counts; JUDGE_NEVER iff not yet.
uint64_t judge_begin_us(const judge_t *judge, const plan_check_t *check);

void judge_set_mark(judge_t *judge, const plan_check_t *check, uint64_t now_us);

/// Decide the checks that need the end of the run, and put all into words and margins.
void judge_conclude(judge_t *judge, uint32_t index, const hil_t *hil, check_result_t *result);

/// Take this moment into a figure over time.
void judge_look_statistic(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                          const hil_t *hil);

/// A check is decided; format makes its text.
void judge_decide(judge_check_t *state, verdict_t verdict, uint64_t now_us, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
