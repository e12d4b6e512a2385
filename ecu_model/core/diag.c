/// Diagnosis: the table walk, the clearing, and the plausibility conditions.
#include "diag.h"

#include <string.h>

#include "../gen/pinout.h"
#include "contactor.h"
#include "history.h"
#include "meas.h"
#include "openwire.h"
#include "suspicion.h"

enum {
  AFE_BAD_RUN_MAX = 3,
  CONFIG_BAD_RUN_MAX = 3,
  DIFFERENCE_MIN_mV = 3000, /* between voltages that must agree: 1 %, and at least this */
  DIFFERENCE_SHARE = 100,
  SETTLED_ms = 500,
  AUX_BAD_RUN_MAX = 5,
  SUPPLY_MIN_mV = 9000
};

void diag_event(bms_out_t *out, uint32_t kind, uint32_t code, uint32_t detail) {
  if (out->event_count >= BMS_EVENT_MAX) return;
  bms_event_t *event = &out->event[out->event_count++];
  event->kind = (uint8_t)kind;
  event->code = (uint8_t)code;
  event->detail = (uint8_t)detail;
  event->padding = 0;
}

void diag_report(bms_t *bms, uint32_t dtc, int is_bad, uint8_t location) {
  if (!is_bad) return;
  bms_dtc_t *state = &bms->dtc[dtc];
  if (!state->condition) state->condition_location = location;
  state->condition = 1;
}

/* --- the walk ------------------------------------------------------------------------------ */

static void mark_edge(bms_t *bms, uint32_t dtc, uint32_t kind, bms_out_t *out) {
  diag_event(out, kind, dtc, bms->dtc[dtc].location);
  uint8_t bit = (uint8_t)(1u << dtc % 8u);
  if ((bms->comm.dtc_pending[dtc / 8u] & bit) == 0) bms->comm.dtc_pending_count++;
  bms->comm.dtc_pending[dtc / 8u] |= bit;
}

static void walk_row(bms_t *bms, uint32_t dtc, uint32_t dt_ms, bms_out_t *out) {
  const dtc_row_t *row = &dtc_row[dtc];
  bms_dtc_t *state = &bms->dtc[dtc];
  if (state->condition) {
    state->condition = 0;
    state->down_ms = 0;
    if (state->up_ms < row->up_ms) state->up_ms = (uint16_t)(state->up_ms + dt_ms);
    if (state->is_active || state->up_ms < row->up_ms) return;
    state->is_active = 1;
    state->is_latched = row->is_latched;
    state->location = state->condition_location;
    history_set(bms, dtc);
    mark_edge(bms, dtc, BMS_EVENT_DTC_SET, out);
    return;
  }
  state->up_ms = 0;
  if (!state->is_active) return;
  if (state->down_ms < row->down_ms) state->down_ms = (uint16_t)(state->down_ms + dt_ms);
  if (state->down_ms < row->down_ms || state->is_latched) return;
  state->is_active = 0;
  history_heal(bms, dtc);
  mark_edge(bms, dtc, BMS_EVENT_DTC_CLEARED, out);
}

static uint32_t zero_time_ms(const bms_t *bms, uint32_t dtc) {
  return dtc == DTC_CAN_REQUEST_LOST ? bms->config.request_zero_ms : bms->config.openwire_zero_ms;
}

static void sum_up(bms_t *bms, int any_is_active) {
  bms_reaction_t reaction;
  memset(&reaction, 0, sizeof reaction);
  reaction.zero_ms = UINT32_MAX;
  uint32_t level = 0, count = 0;
  for (uint32_t dtc = any_is_active ? 0 : DTC_COUNT; dtc < DTC_COUNT; dtc++) {
    if (!bms->dtc[dtc].is_active) continue;
    count++;
    if (dtc_row[dtc].level > level) level = dtc_row[dtc].level;
    switch (dtc_row[dtc].reaction) {
    case DTC_REACTION_OPEN:
      reaction.is_open = 1;
      break;
    case DTC_REACTION_LIMIT_ZERO_OPEN:
      reaction.is_zero_open = 1;
      if (zero_time_ms(bms, dtc) < reaction.zero_ms) reaction.zero_ms = zero_time_ms(bms, dtc);
      break;
    case DTC_REACTION_INHIBIT_CLOSE:
      reaction.is_inhibit_close = 1;
      break;
    case DTC_REACTION_DERATE:
      reaction.is_derate = 1;
      break;
    default:
      break;
    }
    if (bms->dtc[dtc].is_latched) reaction.has_latched = 1;
  }
  bms->reaction = reaction;
  bms->fault_level = (uint8_t)level;
  bms->dtc_active_count = (uint8_t)count;
}

void diag_walk(bms_t *bms, uint32_t dt_ms, bms_out_t *out) {
  uint32_t active = 0;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    bms_dtc_t *state = &bms->dtc[dtc];
    if (state->condition | state->is_active) {
      walk_row(bms, dtc, dt_ms, out);
      active |= state->is_active;
    } else {
      state->up_ms = 0;
    }
  }
  sum_up(bms, active != 0);
}

static void clear_row(bms_t *bms, uint32_t dtc, bms_out_t *out) {
  bms_dtc_t *state = &bms->dtc[dtc];
  if (!state->is_latched || state->up_ms != 0 || state->down_ms < dtc_row[dtc].down_ms) return;
  state->is_latched = 0;
  state->is_active = 0;
  history_heal(bms, dtc);
  mark_edge(bms, dtc, BMS_EVENT_DTC_CLEARED, out);
}

void diag_clear(bms_t *bms, bms_out_t *out) {
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) clear_row(bms, dtc, out);
  sum_up(bms, 1);
}

void diag_erase(bms_t *bms, uint32_t dtc, bms_out_t *out) {
  int is_all = dtc >= DTC_COUNT;
  uint32_t first = is_all ? 0 : dtc, end = is_all ? DTC_COUNT : dtc + 1;
  for (uint32_t i = first; i < end; i++) {
    clear_row(bms, i, out);
    if (!bms->memory[i].is_stored) continue;
    history_forget(bms, i);
    if (bms->dtc[i].is_active) history_set(bms, i);
  }
  sum_up(bms, 1);
}

/* --- conditions ---------------------------------------------------------------------------- */

/// No wire is broken, but the doubled tap does not show one point: the lower wire is named.
static void report_pairs(bms_t *bms) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    const pinout_module_t *module = &pinout_module[device];
    uint8_t lower = (uint8_t)(module->first_wire + module->pair_channel - 1u);
    diag_report(bms, DTC_OPEN_WIRE_REDUNDANT, suspicion_pair_differs(bms, device), lower);
  }
}

static void report_wires(bms_t *bms) {
  if (bms->openwire.open_count + bms->openwire.redundant_open_count == 0) return;
  uint8_t first_open = BMS_NO_LOCATION, first_redundant = BMS_NO_LOCATION;
  for (uint32_t wire = BMS_WIRE_COUNT; wire-- > 0;) {
    if (bms->wire_state[wire] != BMS_WIRE_OPEN) continue;
    if (openwire_is_redundant(bms, wire))
      first_redundant = (uint8_t)wire;
    else
      first_open = (uint8_t)wire;
  }
  diag_report(bms, DTC_OPEN_WIRE, first_open != BMS_NO_LOCATION, first_open);
  diag_report(bms, DTC_OPEN_WIRE_REDUNDANT, first_redundant != BMS_NO_LOCATION, first_redundant);
  diag_report(bms, DTC_SENSE_CONNECTOR_LOST, bms->openwire.open_count >= OPENWIRE_CONNECTOR_MIN,
              first_open);
}

static int wire_explains_loss(const bms_t *bms, const pinout_group_t *row) {
  uint8_t below = row->wire_below, above = row->wire_above;
  int below_is_lost = openwire_is_lost(bms, below) && !openwire_is_redundant(bms, below);
  int above_is_lost = openwire_is_lost(bms, above) && !openwire_is_redundant(bms, above);
  return below_is_lost || above_is_lost;
}

static void report_groups(bms_t *bms) {
  if (bms->meas.valid_group_count == BMS_GROUP_COUNT) return;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    if (bms->meas.group_quality[group] <= BMS_QUALITY_STALE) continue;
    const pinout_group_t *row = &pinout_group[group];
    if (bms->afe.bad_run[row->module - 1u] >= AFE_BAD_RUN_MAX) continue; /* the AFE's DTC */
    if (wire_explains_loss(bms, row)) continue;
    diag_report(bms, DTC_GROUP_LOST, 1, (uint8_t)group);
  }
}

static void report_modules(bms_t *bms) {
  for (uint8_t m = 0; m < BMS_AFE_COUNT; m++) {
    const bms_afe_t *afe = &bms->afe;
    uint32_t sensor = bms->meas.module_sensor_fault[m];
    int is_lost = afe->bad_run[m] >= AFE_BAD_RUN_MAX || afe->aux_bad_run[m] >= AUX_BAD_RUN_MAX;
    diag_report(bms, DTC_AFE_COMMUNICATION, is_lost, m);
    diag_report(bms, DTC_AFE_CONFIGURATION, afe->config_bad_run[m] >= CONFIG_BAD_RUN_MAX, m);
    diag_report(bms, DTC_AFE_STUCK, meas_is_stuck(bms, m), m);
    diag_report(bms, DTC_TEMPERATURE_SENSOR_HIGH, sensor == MEAS_SENSOR_OPEN, m);
    diag_report(bms, DTC_TEMPERATURE_SENSOR_LOW, sensor == MEAS_SENSOR_SHORT, m);
  }
}

static int differ(int32_t a_mV, int32_t b_mV) {
  int32_t allowed_mV = a_mV / DIFFERENCE_SHARE;
  if (allowed_mV < DIFFERENCE_MIN_mV) allowed_mV = DIFFERENCE_MIN_mV;
  int32_t difference_mV = a_mV - b_mV;
  return difference_mV > allowed_mV || difference_mV < -allowed_mV;
}

/// Contactors are closed since a while, and link and pack are not the same.
static int link_is_off(const bms_t *bms) {
  const bms_meas_t *meas = &bms->meas;
  int is_settled =
      bms->contactor.phase == CONTACTOR_CLOSED && bms->contactor.phase_ms >= SETTLED_ms;
  if (!is_settled) return 0;
  int32_t sum_mV = (int32_t)meas->group_sum_mV;
  return meas->link_validity.quality == BMS_QUALITY_INVALID ||
         differ(meas->pack_mV, meas->link_mV) ||
         (sum_mV != 0 && differ(sum_mV, meas->scan_link_mV));
}

static void report_plausibility(bms_t *bms, const bms_in_t *in) {
  const bms_meas_t *meas = &bms->meas;
  int32_t sum_mV = (int32_t)meas->group_sum_mV;
  int pack_is_off = meas->pack_validity.quality == BMS_QUALITY_INVALID ||
                    (sum_mV != 0 && differ(sum_mV, meas->scan_pack_mV));
  diag_report(bms, DTC_PACK_VOLTAGE_IMPLAUSIBLE, pack_is_off, BMS_NO_LOCATION);
  diag_report(bms, DTC_LINK_VOLTAGE_IMPLAUSIBLE, link_is_off(bms), BMS_NO_LOCATION);
  diag_report(bms, DTC_CURRENT_SENSOR, meas_current_is_implausible(in), BMS_NO_LOCATION);
  int supply_is_low =
      meas->supply_mV < SUPPLY_MIN_mV || meas->supply_validity.quality == BMS_QUALITY_INVALID;
  diag_report(bms, DTC_SUPPLY_LOW, supply_is_low, BMS_NO_LOCATION);
}

void diag_conditions(bms_t *bms, const bms_in_t *in) {
  report_wires(bms);
  report_pairs(bms);
  report_groups(bms);
  report_modules(bms);
  report_plausibility(bms, in);
  diag_report(bms, DTC_INTERLOCK_OPEN, !(in->digital & BMS_DI_HVIL_CLOSED), BMS_NO_LOCATION);
}
