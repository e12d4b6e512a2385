/// One variant of a reaction row: copy the point, begin the fault, wait, judge.
#include "react.h"

#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../ecu_model/gen/pinout_text.h"
#include "../ecu_model/gen/requirement_text.h"
#include "names.h"

enum {
  CONNECTOR_COUNT = 4,
  STAYS_CLOSED_ms = 300, /* after a warning */
  REFUSES_ms = 1500, /* longer than a closing takes */
  FALL_PERCENT = 98 /* a limit below this has begun to fall */
};

/* --- places -------------------------------------------------------------------------------- */

static uint32_t wires(int are_doubled, uint32_t wanted, uint32_t *wire) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < PINS_WIRE_COUNT; i++) {
    if ((pinout_wire[i].pair_wire != PINOUT_NONE) != (are_doubled != 0)) continue;
    if (count == wanted) *wire = i;
    count++;
  }
  return count;
}

uint32_t react_place_count(const react_row_t *row) {
  uint32_t wire = 0;
  switch (row->where) {
  case REACT_GROUPS:
    return PINS_GROUP_COUNT;
  case REACT_MODULES:
    return PINS_MODULE_COUNT;
  case REACT_WIRES_SINGLE:
  case REACT_WIRES_DOUBLED:
    return wires(row->where == REACT_WIRES_DOUBLED, UINT32_MAX, &wire);
  case REACT_CONNECTORS:
    return CONNECTOR_COUNT;
  case REACT_TAPS:
    return PINS_TAP_COUNT;
  case REACT_POLES:
    return ISOLATION_POLE_COUNT;
  case REACT_MAINS:
  case REACT_CURRENT_SENSORS:
    return 2;
  case REACT_CONTACTORS:
    return 3;
  default:
    return 1;
  }
}

/// Index of the place among what its kind counts.
static uint32_t place_index(const react_row_t *row, uint32_t place) {
  uint32_t wire = 0;
  if (row->where != REACT_WIRES_SINGLE && row->where != REACT_WIRES_DOUBLED) return place;
  (void)wires(row->where == REACT_WIRES_DOUBLED, place, &wire);
  return wire;
}

void react_place_name(const react_row_t *row, uint32_t place, char *name, uint32_t name_bytes) {
  static const char *const pole[] = {"pack plus", "pack minus", "link plus", "link minus"};
  static const char *const contactor[] = {"main plus", "main minus", "precharge"};
  static const char *const range[] = {"low range", "high range"};
  uint32_t index = place_index(row, place);
  switch (row->where) {
  case REACT_GROUPS:
    (void)snprintf(name, name_bytes, "%s", pinout_group_name(index));
    break;
  case REACT_MODULES:
    (void)snprintf(name, name_bytes, "M%u", index + 1);
    break;
  case REACT_WIRES_SINGLE:
  case REACT_WIRES_DOUBLED:
    (void)snprintf(name, name_bytes, "%s", pinout_wire_name(index));
    break;
  case REACT_CONNECTORS:
    (void)snprintf(name, name_bytes, "connector %c", (char)('A' + (char)index));
    break;
  case REACT_TAPS:
    names_tap_text(index, name, name_bytes);
    break;
  case REACT_POLES:
    (void)snprintf(name, name_bytes, "%s", pole[index]);
    break;
  case REACT_MAINS:
  case REACT_CONTACTORS:
    (void)snprintf(name, name_bytes, "%s", contactor[index]);
    break;
  case REACT_CURRENT_SENSORS:
    (void)snprintf(name, name_bytes, "%s", range[index]);
    break;
  default:
    (void)snprintf(name, name_bytes, "-");
    break;
  }
}

static void aim(react_run_t *run, uint32_t place) {
  const react_row_t *row = run->row;
  fault_t *fault = &run->fault;
  run->place = place_index(row, place);
  if (row->type == NULL) return;
  fault->row = faults_find(row->type, (fault_on_t)row->on);
  fault->value = row->value;
  if (row->where == REACT_CONNECTORS) {
    for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
      if (pinout_wire[wire].connector != (char)('A' + (char)place)) continue;
      fault->target[fault->target_count++] = (uint16_t)wire;
    }
  } else if (row->where == REACT_ONE) {
    fault->target[fault->target_count++] = row->target;
  } else {
    fault->target[fault->target_count++] = (uint16_t)run->place;
  }
}

/* --- the clock ----------------------------------------------------------------------------- */

static int tick(hil_t *hil) {
  can_mem_rx_t rx;
  if (hil_step(hil) != HIL_OK) return -1;
  while (hil_next_frame(hil, &rx)) {
  }
  return 0;
}

static uint32_t coils_on(const hil_t *hil) {
  uint32_t on = 0;
  for (uint32_t coil = 0; coil <= PINS_COIL_PRECHARGE; coil++) {
    on |= (uint32_t)(hil->pins_out.coil_V[coil] > 1.0) << coil;
  }
  return on;
}

static int is_off(const react_run_t *run) {
  uint32_t mask = run->row->coil_mask != 0 ? run->row->coil_mask : 1u << PINS_COIL_MAIN_POS;
  return (coils_on(run->hil) & mask) == 0;
}

typedef struct {
  int32_t discharge_mA, charge_mA;
} published_t;

static published_t published(const hil_t *hil) {
  return (published_t){hil->bms.limit.discharge_mA, hil->bms.limit.charge_mA};
}

static int has_fallen(int32_t now_mA, int32_t before_mA) {
  return before_mA > 0 && (int64_t)now_mA * 100 < (int64_t)before_mA * FALL_PERCENT;
}

/// Limits that a taper has already shut cannot fall: then the warning is all.
static int is_lowered(const hil_t *hil, published_t before, int dtc_is_set) {
  published_t now = published(hil);
  if (before.discharge_mA <= 0 && before.charge_mA <= 0) return dtc_is_set;
  return has_fallen(now.discharge_mA, before.discharge_mA) ||
         has_fallen(now.charge_mA, before.charge_mA);
}

static int has_reacted(const react_run_t *run, published_t before, int dtc_is_set) {
  switch (run->row->must) {
  case REACT_OPENS:
    return is_off(run);
  case REACT_LOWERS:
    return is_lowered(run->hil, before, dtc_is_set);
  default:
    return dtc_is_set;
  }
}

/* --- after the reaction -------------------------------------------------------------------- */

/// A warning opens nothing.
static int stays_closed(react_run_t *run) {
  for (uint32_t ms = 0; ms < STAYS_CLOSED_ms; ms++) {
    if (tick(run->hil) != 0 || is_off(run)) return 0;
  }
  return 1;
}

/// Asked to drive, it does not close.
static int refuses(react_run_t *run) {
  run->hil->stimulus.request = VCM_STANDBY;
  for (uint32_t ms = 0; ms < REFUSES_ms; ms++) {
    if (tick(run->hil) != 0) return 0;
  }
  run->hil->stimulus.request = VCM_DRIVE;
  for (uint32_t ms = 0; ms < REFUSES_ms; ms++) {
    if (tick(run->hil) != 0 || (coils_on(run->hil) & 1u << PINS_COIL_MAIN_POS)) return 0;
  }
  return 1;
}

static int does_no_more(react_run_t *run, int was_closed) {
  const react_row_t *row = run->row;
  if (row->must == REACT_REFUSES) return refuses(run);
  if (row->must != REACT_TELLS && row->must != REACT_LOWERS) return 1;
  return !was_closed || (!is_off(run) && stays_closed(run));
}

/* --- one variant --------------------------------------------------------------------------- */

typedef struct {
  int32_t begin_ms, detect_ms, react_ms; /* in ticks since the fault; REACT_NEVER: not yet */
  uint8_t location;
  uint8_t was_closed; /* before the fault */
} marks_t;

static void begin(react_run_t *run) {
  if (run->fault.row != NULL) (void)faults_apply(run->hil, &run->fault, 1);
  if (run->row->start != NULL) run->row->start(run);
}

static void end(react_run_t *run) {
  if (run->fault.row != NULL) (void)faults_apply(run->hil, &run->fault, 0);
  if (run->row->stop != NULL) run->row->stop(run);
}

static int is_complete(const react_run_t *run, const marks_t *marks) {
  return run->row->must != REACT_STAYS && marks->detect_ms != REACT_NEVER &&
         marks->react_ms != REACT_NEVER;
}

/// The row's DTC, or the other one that is right, where it is active; NULL: neither.
static const bms_dtc_t *set_dtc(const react_run_t *run) {
  const bms_dtc_t *dtc = run->hil->bms.dtc;
  if (dtc[run->row->dtc].is_active) return &dtc[run->row->dtc];
  if (run->row->has_other && dtc[run->row->other_dtc].is_active) return &dtc[run->row->other_dtc];
  return NULL;
}

/// Ticks until both have happened or the window is over. -1 iff the world diverged.
static int watch(react_run_t *run, marks_t *marks) {
  const react_row_t *row = run->row;
  const published_t before = published(run->hil);
  marks->was_closed = (uint8_t)!is_off(run);
  begin(run);
  for (uint32_t ms = 0; ms < row->window_ms && !is_complete(run, marks); ms++) {
    if (row->for_ms != 0 && ms == row->for_ms) end(run);
    if (row->then != NULL && ms == row->then_ms) row->then(run);
    if (tick(run->hil) != 0) return -1;
    int is_bad = row->is_bad == NULL || row->is_bad(run);
    if (marks->begin_ms == REACT_NEVER && is_bad) marks->begin_ms = (int32_t)ms;
    const bms_dtc_t *set = set_dtc(run);
    if (marks->detect_ms == REACT_NEVER && set != NULL) {
      marks->detect_ms = (int32_t)ms;
      marks->location = set->location;
    }
    if (marks->begin_ms == REACT_NEVER) continue;
    if (marks->react_ms == REACT_NEVER && has_reacted(run, before, set != NULL)) {
      marks->react_ms = (int32_t)ms;
    }
  }
  return 0;
}

/// From the start of the tick of the begin to the end of the tick of the mark.
static int32_t span(const marks_t *marks, int32_t mark_ms) {
  return mark_ms == REACT_NEVER ? REACT_NEVER : mark_ms - marks->begin_ms + 1;
}

static int is_late(int32_t took_ms, uint32_t budget_ms) {
  return budget_ms != 0 && took_ms > (int32_t)budget_ms;
}

static react_verdict_t judge(react_run_t *run, const marks_t *marks, const react_result_t *result) {
  const react_row_t *row = run->row;
  if (marks->begin_ms == REACT_NEVER) return REACT_BROKEN;
  if (row->must == REACT_STAYS) {
    int was_quiet = marks->detect_ms == REACT_NEVER && !is_off(run);
    return was_quiet ? REACT_OK : REACT_WRONG_ACT;
  }
  if (result->detect_ms == REACT_NEVER || result->react_ms == REACT_NEVER) return REACT_MISSING;
  if (row->is_placed && marks->location != run->place) return REACT_WRONG_PLACE;
  if (result->react_ms < (int32_t)row->not_before_ms) return REACT_EARLY;
  if (is_late(result->detect_ms, react_detect_budget_ms(row))) return REACT_LATE;
  if (is_late(result->react_ms, react_react_budget_ms(row))) return REACT_LATE;
  return does_no_more(run, marks->was_closed) ? REACT_OK : REACT_WRONG_ACT;
}

react_result_t react_run(const react_row_t *row, uint32_t place, uint32_t phase,
                         const hil_t *settled, hil_t *hil) {
  react_run_t run = {.hil = hil, .row = row};
  marks_t marks = {REACT_NEVER, REACT_NEVER, REACT_NEVER, BMS_NO_LOCATION, 0};
  react_result_t result = {REACT_NEVER, REACT_NEVER, REACT_BROKEN, {0}};
  uint32_t wait_ms = phase * (row->phase_step_ms != 0 ? row->phase_step_ms : 1);
  memcpy(hil, settled, sizeof *hil);
  aim(&run, place);
  for (uint32_t ms = 0; ms < wait_ms; ms++) {
    if (tick(hil) != 0) return result;
  }
  if (watch(&run, &marks) != 0) return result;
  result.detect_ms = span(&marks, marks.detect_ms);
  result.react_ms = span(&marks, marks.react_ms);
  result.verdict = (uint8_t)judge(&run, &marks, &result);
  return result;
}

/* --- words --------------------------------------------------------------------------------- */

uint32_t react_detect_budget_ms(const react_row_t *row) {
  int32_t requirement = requirement_find(row->requirement);
  return requirement < 0 ? 0 : requirement_text[requirement].detect_ms;
}

uint32_t react_react_budget_ms(const react_row_t *row) {
  int32_t requirement = requirement_find(row->requirement);
  return requirement < 0 ? 0 : requirement_text[requirement].react_ms;
}

const char *react_verdict_name(react_verdict_t verdict) {
  static const char *const name[] = {"ok",          "missing",   "late",  "early",
                                     "wrong place", "wrong act", "broken"};
  return name[verdict];
}

const char *react_must_name(react_must_t must) {
  static const char *const name[] = {"coil off", "limits fall", "closing refused", "told",
                                     "nothing"};
  return name[must];
}
