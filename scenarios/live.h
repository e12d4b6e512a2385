/// What somebody does to a running simulation by hand, noted so that it can be said as a scenario.
///
/// Model    an act waits until the next tick, then it is applied exactly as a load step or an event
///          of a scenario file would be: loads first, then ends of faults, then faults. live_write
///          says a run and all acts as a scenario; its run has the same hashes
/// Units    value in the unit of the fault's row or of the load's key
/// Memory   plain value without pointers but to const tables: a copy is a checkpoint
/// Threads  one: whoever ticks the run
#ifndef SCENARIOS_LIVE_H
#define SCENARIOS_LIVE_H

#include "faults.h"
#include "plan.h"
#include "scenario.h"

struct courses;

enum { LIVE_ACT_MAX = 1024, LIVE_CLEARED_MAX = 64, LIVE_TEXT_BYTES = 120, LIVE_SET_MAX = 32 };
#define LIVE_NEVER UINT64_MAX

/// What one may ask of vehicle, charger and surroundings.
typedef struct {
  const char *key; ///< of a scenario's load: "current_A", "request", "charger"
  const char *unit; ///< "" for requests and lines
  double min, max; ///< 0..1 for lines, vcm_request_t for requests
  const char *help;
} live_load_t;

/// A load in the words of a scenario. Whoever made it keeps it as long as an act may name it.
typedef struct {
  uint32_t set_count;
  plan_set_t set[LIVE_SET_MAX];
  char text[LIVE_TEXT_BYTES]; ///< for the time line
  const char *json; ///< the object, as it stands in a scenario's event
} live_words_t;

typedef enum { LIVE_FAULT, LIVE_LOAD, LIVE_WORDS } live_kind_t;
typedef enum { LIVE_WAITS, LIVE_ACTS, LIVE_OVER, LIVE_DROPPED } live_phase_t;

typedef struct {
  uint8_t kind; ///< live_kind_t
  uint8_t phase; ///< live_phase_t
  uint8_t end_is_asked;
  uint8_t load; ///< LOAD: row of the table
  uint16_t target, other;
  const fault_row_t *row; ///< FAULT
  const live_words_t *words; ///< WORDS
  uint64_t at_us, end_us; ///< when it was applied; end LIVE_NEVER: it still acts
  double value;
  double second; ///< LOAD charger: its voltage; FAULT: frequency in Hz of the chatter, 0: none
  double duty, jitter; ///< of the chatter
  uint64_t for_us; ///< FAULT: how long it stays, 0: until it is cleared
} live_act_t;

/// A fault of the scenario that was ended by hand.
typedef struct {
  uint64_t at_us; ///< LIVE_NEVER: waits for the next tick
  uint16_t event;
  uint8_t padding[6];
} live_cleared_t;

typedef struct {
  uint32_t count, cleared_count;
  uint64_t due_us; ///< before that time no act is due
  live_act_t act[LIVE_ACT_MAX];
  live_cleared_t cleared[LIVE_CLEARED_MAX];
} live_t;

/// Why an act was refused.
typedef struct {
  char text[LIVE_TEXT_BYTES];
} live_refusal_t;

const live_load_t *live_load_at(uint32_t index); ///< NULL iff there is none
int32_t live_load_find(const char *key); ///< -1 iff there is none

/// Ask for a fault (kind, row, target, other, value and chatter of act). -1 with the reason iff a
/// value is out of its range, a target is not there, or there is no room.
int live_ask_fault(live_t *live, const live_act_t *act, live_refusal_t *refusal);

/// Ask for a load.
int live_ask_load(live_t *live, const char *key, double value, double second,
                  live_refusal_t *refusal);

/// Ask for a load in a scenario's words.
int live_ask_words(live_t *live, const live_words_t *words, live_refusal_t *refusal);

/// Ask for the end of all acts' faults on a target; returns how many there are.
uint32_t live_ask_end(live_t *live, fault_on_t on, uint32_t target);

/// Ask for the end of the fault of event; once.
void live_ask_event_end(live_t *live, uint16_t event);

/// When the fault of an event was ended by hand; LIVE_NEVER: it was not.
uint64_t live_cleared_us(const live_t *live, uint16_t event);

/// Acts that wait for the next tick.
uint32_t live_waiting_count(const live_t *live);

/// "open of wire.A12", "current_A 80 A".
void live_act_text(const live_act_t *act, char text[LIVE_TEXT_BYTES]);

/* ---- for the run, in this order in each tick ---- */

typedef enum {
  LIVE_STEP_LOADS,
  LIVE_STEP_FAULT_ENDS, ///< after those of the scenario's faults, live_next_cleared
  LIVE_STEP_FAULTS
} live_step_t;

/// Apply the next act from *at on that is due in that step, its words go to text; returns its kind
/// for the time line, NULL iff there is none left.
const char *live_apply(live_t *live, live_step_t step, uint32_t *at, struct courses *courses,
                       hil_t *hil, char text[LIVE_TEXT_BYTES]);

/// Next event whose fault is to end now, -1 iff none.
int32_t live_next_cleared(live_t *live, uint64_t now_us);

/* ---- as a scenario ---- */

/// Write the point with all acts so far, ending at end_us, to path; trace_hash, unless 0, is
/// promised in its text. event_begin_us: when each event of the point happened. 0, or -1 with the
/// reason.
int live_write(const live_t *live, const scenario_t *point, uint64_t end_us, uint64_t trace_hash,
               const char *path, const uint64_t *event_begin_us, scenario_error_t *error);

#endif
