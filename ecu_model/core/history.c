/// DTC memory: freeze frames, occurrence, cycles, ageing.
#include "history.h"

#include <string.h>

#include "store.h"

static int16_t clip_signed(int32_t value) {
  if (value > INT16_MAX) return INT16_MAX;
  return value < -INT16_MAX ? (int16_t)-INT16_MAX : (int16_t)value;
}

static uint16_t clip_unsigned(int32_t value) {
  if (value > UINT16_MAX) return UINT16_MAX;
  return value < 0 ? 0 : (uint16_t)value;
}

void history_frame(const bms_t *bms, uint32_t dtc, bms_frame_t *frame) {
  const bms_meas_t *meas = &bms->meas;
  memset(frame, 0, sizeof *frame);
  frame->operating_s = bms->life.operating_s;
  frame->current_dA = clip_signed(meas->current_mA / 100);
  frame->pack_dV = clip_unsigned(meas->pack_mV / 100);
  frame->link_dV = clip_unsigned(meas->link_mV / 100);
  frame->group_max_mV = meas->group_max_mV;
  frame->group_min_mV = meas->group_min_mV;
  frame->group_max_index = meas->group_max_index;
  frame->group_min_index = meas->group_min_index;
  frame->temperature_max_ddegC = meas->temperature_max_ddegC;
  frame->temperature_min_ddegC = meas->temperature_min_ddegC;
  frame->temperature_max_index = meas->temperature_max_index;
  frame->temperature_min_index = meas->temperature_min_index;
  frame->soc_permille = bms->soc.is_initialised ? bms->soc.soc_permille : (uint16_t)STORE_NO_SOC;
  frame->state = bms->state;
  frame->location = dtc < DTC_COUNT ? bms->dtc[dtc].location : (uint8_t)BMS_NO_LOCATION;
}

void history_start(bms_t *bms, int count_is_known) {
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (!bms->memory[dtc].is_stored) continue;
    uint32_t cycle = bms->memory[dtc].failed_cycle;
    if (!count_is_known) bms->life.cycle_count = cycle;
    count_is_known = 1;
    int32_t ahead = (int16_t)(cycle - bms->life.cycle_count);
    if (ahead > 0) bms->life.cycle_count += (uint32_t)ahead;
  }
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    bms_memory_t *memory = &bms->memory[dtc];
    if (!memory->was_active) continue;
    memory->failed_cycle = (uint16_t)bms->life.cycle_count;
    store_mark_stale(bms, STORE_DTC + dtc);
  }
}

static void write_when_due(bms_t *bms, uint32_t dtc, int is_urgent) {
  if (is_urgent)
    store_mark(bms, STORE_DTC + dtc);
  else
    store_mark_stale(bms, STORE_DTC + dtc);
}

void history_set(bms_t *bms, uint32_t dtc) {
  bms_memory_t *memory = &bms->memory[dtc];
  bms_dtc_t *state = &bms->dtc[dtc];
  int is_new = !memory->is_stored;
  history_frame(bms, dtc, &memory->last);
  if (is_new) memory->first = memory->last;
  memory->is_stored = 1;
  memory->failed_cycle = (uint16_t)bms->life.cycle_count;
  if (state->occurrence_count < UINT8_MAX) state->occurrence_count++;
  write_when_due(bms, dtc, is_new || dtc_row[dtc].is_latched);
}

void history_heal(bms_t *bms, uint32_t dtc) {
  write_when_due(bms, dtc, dtc_row[dtc].is_latched); /* its cycle is up to date */
}

static uint32_t cycles_since(const bms_t *bms, uint32_t dtc) {
  return (uint16_t)(bms->life.cycle_count - bms->memory[dtc].failed_cycle);
}

uint32_t history_age_cycles(const bms_t *bms, uint32_t dtc) {
  uint32_t cycles = cycles_since(bms, dtc);
  if (!bms->memory[dtc].is_stored || bms->dtc[dtc].is_active || cycles == 0) return 0;
  return cycles - 1u; /* the one in which it failed was none without the fault */
}

int history_failed_this_cycle(const bms_t *bms, uint32_t dtc) {
  if (!bms->memory[dtc].is_stored) return 0;
  return bms->dtc[dtc].is_active || cycles_since(bms, dtc) == 0;
}

void history_forget(bms_t *bms, uint32_t dtc) {
  memset(&bms->memory[dtc], 0, sizeof bms->memory[dtc]);
  bms->dtc[dtc].occurrence_count = 0;
  store_mark(bms, STORE_DTC + dtc);
}

void history_end_cycle(bms_t *bms) {
  bms->life.cycle_count++;
  bms->server.cycle_begin_s = bms->life.operating_s;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    bms_memory_t *memory = &bms->memory[dtc];
    if (!memory->is_stored) continue;
    if (bms->dtc[dtc].is_active)
      memory->failed_cycle = (uint16_t)bms->life.cycle_count;
    else if (history_age_cycles(bms, dtc) >= dtc_row[dtc].ageing_cycles)
      history_forget(bms, dtc);
  }
}
