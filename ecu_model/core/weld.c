/// Weld test: evidence by aux contact, by current and link while opening, by the link at closing.
#include "weld.h"

#include "diag.h"
#include "numbers.h"

enum {
  HV_COIL_COUNT = 3,
  ALL = 1 << PINS_COIL_MAIN_POS | 1 << PINS_COIL_MAIN_NEG | 1 << PINS_COIL_PRECHARGE,
  MISMATCH_MAX_ms = 60000,
  PACK_MIN_mV = 100000, /* shares are taken of no less, should the pack's sensor be lost */
  RISE_PERCENT = 10, /* of the pack: a link that rises so much is joined to it */
  LEVEL_PERCENT = 3, /* of the pack: as near as both dividers can tell */
  TESTABLE_PERCENT = 70, /* of the pack: a link above it has no room to rise */
  FALL_PERCENT = 15, /* of the pack: a link that has fallen so much is on its own */
  SETTLED_ms = 30, /* after the command the contact has parted */
  SETTLED_URGENT_ms = 20,
  LOAD_mA = 3000, /* through an open contact: no sensor errs so much */
  DISCHARGE_mA = 350, /* mean: what empties the link flows through the weld */
  COMPARE_FROM_ms = 20, /* after minus was told to open */
  COMPARE_TO_ms = 70,
  COMPARE_FALL_mV = 10000, /* what a discharge takes off the link in between */
  COMPARE_RATIO = 4,
  ALL_OPEN_ms = 50,
  RISE_RUN = 3 /* tasks in a row */
};

static int32_t percent_of_pack(const bms_t *bms, int32_t percent) {
  int32_t pack_mV = bms->meas.pack_mV > PACK_MIN_mV ? bms->meas.pack_mV : PACK_MIN_mV;
  return pack_mV / 100 * percent;
}

static int is_at_pack(const bms_t *bms) {
  int32_t missing_mV = bms->meas.pack_mV - bms->meas.link_mV;
  return numbers_magnitude(missing_mV) < percent_of_pack(bms, LEVEL_PERCENT);
}

static void report(bms_t *bms, uint8_t contactor) {
  diag_report(bms, DTC_CONTACTOR_WELDED, 1, contactor);
}

/* --- opening: plus is told to open, minus waits ---------------------------------------------- */

void weld_begin_opening(bms_t *bms, int is_graceful) {
  bms_weld_t *weld = &bms->weld;
  weld->is_graceful = (uint8_t)is_graceful;
  weld->is_suspected = 0;
  weld->sum_mA = 0;
  weld->sample_count = 0;
  weld->start_mV = bms->meas.link_mV;
}

static int32_t mean_mA(const bms_weld_t *weld) {
  return weld->sample_count == 0 ? 0 : weld->sum_mA / weld->sample_count;
}

static int has_fallen(const bms_t *bms, int32_t percent) {
  return bms->weld.start_mV - bms->meas.link_mV >= percent_of_pack(bms, percent);
}

/// A current that is not believed shows nothing.
static int load_flows(const bms_t *bms) {
  const bms_dtc_t *sensor = &bms->dtc[DTC_CURRENT_SENSOR];
  return numbers_magnitude(bms->meas.current_mA) >= LOAD_mA && !sensor->condition &&
         !sensor->is_active;
}

/// Under load: the contact has parted, yet the load still flows and the link stands.
static int urgent_may_open(bms_t *bms) {
  uint32_t phase_ms = bms->contactor.phase_ms;
  if (phase_ms < SETTLED_URGENT_ms) return 0;
  if (!load_flows(bms) || has_fallen(bms, RISE_PERCENT)) return 1;
  if (phase_ms < WELD_URGENT_MAX_ms) return 0;
  report(bms, PINS_COIL_MAIN_POS);
  return 1;
}

int weld_minus_may_open(bms_t *bms) {
  bms_weld_t *weld = &bms->weld;
  uint32_t phase_ms = bms->contactor.phase_ms;
  if (!weld->is_graceful) return urgent_may_open(bms);
  if (phase_ms > SETTLED_ms) {
    weld->sum_mA += bms->meas.current_mA;
    weld->sample_count++;
  }
  if (phase_ms < WELD_PROVE_MIN_ms) return 0;
  int flows = numbers_magnitude(mean_mA(weld)) >= DISCHARGE_mA;
  if (!flows && has_fallen(bms, FALL_PERCENT)) return 1; /* proven open */
  if (phase_ms < WELD_PROVE_MAX_ms) return 0;
  weld->suspect = is_at_pack(bms) ? PINS_COIL_MAIN_POS : PINS_COIL_PRECHARGE;
  weld->is_suspected = (uint8_t)flows;
  weld->fall_joined_mV = weld->past_mV[WELD_PAST_COUNT - 1] - bms->meas.link_mV;
  return 1;
}

/// Minus has opened: a discharge that the pack fed through a weld now empties the link.
static void compare_falls(bms_t *bms) {
  bms_weld_t *weld = &bms->weld;
  uint32_t opened_ms = bms->contactor.opened_ms;
  if (!weld->is_suspected || opened_ms < COMPARE_TO_ms) {
    if (opened_ms <= COMPARE_FROM_ms) weld->alone_mV = bms->meas.link_mV;
    return;
  }
  int32_t fall_alone_mV = weld->alone_mV - bms->meas.link_mV;
  weld->is_suspected = 0;
  if (fall_alone_mV < COMPARE_FALL_mV) return;
  if (fall_alone_mV < COMPARE_RATIO * weld->fall_joined_mV) return;
  report(bms, weld->suspect);
}

/* --- closing -------------------------------------------------------------------------------- */

void weld_begin_test(bms_t *bms) { bms->weld.start_mV = bms->meas.link_mV; }

int weld_can_be_tested(const bms_t *bms) {
  return bms->meas.link_mV < percent_of_pack(bms, TESTABLE_PERCENT);
}

static int has_risen(const bms_t *bms) {
  return bms->meas.link_mV - bms->weld.start_mV > percent_of_pack(bms, RISE_PERCENT);
}

int weld_shows_with_precharge(bms_t *bms) {
  if (!has_risen(bms)) return 0;
  report(bms, PINS_COIL_MAIN_NEG);
  return 1;
}

int weld_shows_with_minus(bms_t *bms) {
  if (!has_risen(bms)) return 0;
  report(bms, is_at_pack(bms) ? PINS_COIL_MAIN_POS : PINS_COIL_PRECHARGE);
  return 1;
}

/* --- supervision ----------------------------------------------------------------------------- */

/// Each auxiliary contact against its command, in both directions.
static void supervise_contacts(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  for (uint8_t coil = 0; coil < HV_COIL_COUNT; coil++) {
    uint32_t is_commanded = (uint32_t)bms->coil_command >> coil & 1u;
    uint32_t is_closed = (uint32_t)bms->digital >> coil & 1u;
    uint16_t *mismatch_ms = &contactor->mismatch_ms[coil];
    if (is_commanded == is_closed) {
      *mismatch_ms = 0;
      continue;
    }
    if (*mismatch_ms < MISMATCH_MAX_ms) *mismatch_ms = (uint16_t)(*mismatch_ms + bms->task_ms);
    if (*mismatch_ms < bms->config.aux_mismatch_ms) continue;
    diag_report(bms, is_closed ? DTC_CONTACTOR_WELDED : DTC_CONTACTOR_FEEDBACK, 1, coil);
  }
}

/// All told to open: no load may flow on at a link that stands, and an empty link must not come up
/// to the pack. A plugged charger may lift it.
static void supervise_open(bms_t *bms) {
  bms_weld_t *weld = &bms->weld;
  int32_t link_mV = bms->meas.link_mV;
  if (bms->contactor.opened_ms < ALL_OPEN_ms) {
    weld->lowest_mV = link_mV;
    weld->rise_run = 0;
    return;
  }
  if (link_mV < weld->lowest_mV) weld->lowest_mV = link_mV;
  int rises = link_mV - weld->lowest_mV > percent_of_pack(bms, RISE_PERCENT) &&
              !(bms->digital & BMS_DI_CHARGER_PLUG);
  if (!is_at_pack(bms) || !(rises || load_flows(bms))) {
    weld->rise_run = 0;
    return;
  }
  if (weld->rise_run < RISE_RUN) weld->rise_run++;
  if (weld->rise_run >= RISE_RUN) report(bms, BMS_NO_LOCATION);
}

static void remember_link(bms_t *bms) {
  int32_t *past_mV = bms->weld.past_mV;
  for (uint32_t i = WELD_PAST_COUNT - 1; i > 0; i--) past_mV[i] = past_mV[i - 1];
  past_mV[0] = bms->meas.link_mV;
}

void weld_supervise(bms_t *bms) {
  supervise_contacts(bms);
  if ((bms->coil_command & ALL) == 0) {
    compare_falls(bms);
    supervise_open(bms);
  }
  remember_link(bms);
}
