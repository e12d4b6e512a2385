/// Watches a run: when events happen, whether expectations come true, and with what margin.
///
/// Model    judge_events at the begin of a tick says which events happen now; judge_tick at its end
///          looks at the checks. A mark is the time at which an event happened or an expectation
///          came true: the tick in which the world shows it. Deadlines run from marks.
/// Memory   judge_close frees it
/// Threads  one run each
#ifndef SCENARIOS_JUDGE_H
#define SCENARIOS_JUDGE_H

#include "plan.h"
#include "soul_drive.h"

typedef struct judge judge_t;

/// What the judge has to say about a tick, for the time line. texts are valid until the next call.
enum { JUDGE_NOTE_MAX = 64 };

/// NULL iff there is no memory. drive may be NULL unless the plan needs it.
judge_t *judge_open(const scenario_plan_t *plan, const soul_drive_t *drive);
void judge_close(judge_t *judge);

/// Events that happen at hil->now_us, into event (indices); returns how many. Each happens once.
uint32_t judge_events(judge_t *judge, const hil_t *hil, uint16_t event[JUDGE_NOTE_MAX]);

/// Checks that were decided or came true at hil->now_us, into check (indices); returns how many.
uint32_t judge_tick(judge_t *judge, const hil_t *hil, uint16_t check[JUDGE_NOTE_MAX]);

/// The measured profile begins at this time.
void judge_profile_begins(judge_t *judge, uint64_t time_us);

/// Time of a mark; UINT64_MAX iff it has none yet.
uint64_t judge_mark_us(const judge_t *judge, uint16_t mark);

/// One line about a check as it stands.
const char *judge_check_text(const judge_t *judge, uint32_t check);

/// How a check stands between two ticks.
typedef struct {
  uint8_t is_decided, verdict, has_extreme;
  uint64_t begin_us; ///< from when it counts; UINT64_MAX: its trigger has not happened
  uint64_t until_us; ///< its deadline; UINT64_MAX: none, or not yet
  uint64_t decided_us; ///< UINT64_MAX: not yet
  uint64_t came_us; ///< an expectation: when it came true, 0: not yet
  double extreme, extreme_limit; ///< the value nearest to its limit
  const char *text; ///< what was seen so far; until the next tick
} judge_standing_t;

judge_standing_t judge_standing(const judge_t *judge, uint32_t check);

/// value, limit and unit of a check's margin so far. 1 iff there is one; it is what judge_finish
/// would say of what was seen until now.
int judge_margin(const judge_t *judge, uint32_t check, check_result_t *margin);

/// The judge's memory as bytes, for a checkpoint of the run.
size_t judge_checkpoint_bytes(const judge_t *judge);
void judge_save(const judge_t *judge, void *checkpoint);
void judge_restore(judge_t *judge, const void *checkpoint);

/// Decide what is left, fill checks and the verdict over all of them.
void judge_finish(judge_t *judge, const hil_t *hil, run_result_t *result);

#endif
