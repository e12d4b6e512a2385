/// Payloads of the memory's records: one filling and one taking function for each kind.
#include "record.h"

#include <string.h>

#include "soh.h"
#include "store.h"

enum {
  FRAME_BYTES = 26,
  FIRST_FRAME = 4,
  LAST_FRAME = FIRST_FRAME + FRAME_BYTES,
  IS_STORED = 1 << 0,
  IS_ACTIVE = 1 << 1,
  IS_LATCHED = 1 << 2,
  ZERO_IS_KNOWN = 1,
  UJ_PER_J = 1000000
};

_Static_assert(LAST_FRAME + FRAME_BYTES == RECORD_PAYLOAD_BYTES, "two frames fill a payload");

static void put16(uint8_t *bytes, uint32_t value) {
  bytes[0] = (uint8_t)value;
  bytes[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *bytes, uint32_t value) {
  put16(bytes, value);
  put16(bytes + 2, value >> 16);
}

static uint16_t get16(const uint8_t *bytes) {
  return (uint16_t)(bytes[0] | (uint32_t)bytes[1] << 8);
}

static uint32_t get32(const uint8_t *bytes) {
  return get16(bytes) | (uint32_t)get16(bytes + 2) << 16;
}

/* --- counters ------------------------------------------------------------------------------ */

static void fill_counters(const bms_t *bms, uint8_t *payload) {
  const bms_life_t *life = &bms->life;
  put16(payload, bms->soc.soc_permille);
  put16(payload + 2, (uint32_t)(bms->contactor.energy_uJ / UJ_PER_J));
  put32(payload + 4, life->operating_s);
  put32(payload + 8, life->cycle_count);
  put32(payload + 12, life->closing_count);
  put32(payload + 16, life->loaded_opening_count);
  put32(payload + 20, life->discharge_As);
  put32(payload + 24, life->charge_As);
  put32(payload + 28, life->discharge_kJ);
  put32(payload + 32, life->charge_kJ);
  put32(payload + 36, life->reset_count);
  put16(payload + 40, life->watchdog_reset_count);
  put16(payload + 42, life->brown_out_count);
  soh_fill(bms, payload + 44);
}

static void take_counters(bms_t *bms, const uint8_t *payload) {
  bms_life_t *life = &bms->life;
  bms->stored_soc_permille = get16(payload);
  int64_t energy_uJ = (int64_t)get16(payload + 2) * UJ_PER_J; /* up to a minute old: */
  if (energy_uJ > bms->contactor.energy_uJ) bms->contactor.energy_uJ = energy_uJ;
  life->operating_s = get32(payload + 4);
  life->cycle_count = get32(payload + 8);
  life->closing_count = get32(payload + 12);
  life->loaded_opening_count = get32(payload + 16);
  life->discharge_As = get32(payload + 20);
  life->charge_As = get32(payload + 24);
  life->discharge_kJ = get32(payload + 28);
  life->charge_kJ = get32(payload + 32);
  life->reset_count = get32(payload + 36);
  life->watchdog_reset_count = get16(payload + 40);
  life->brown_out_count = get16(payload + 42);
  soh_take(bms, payload + 44);
}

/* --- learnt values ------------------------------------------------------------------------- */

static void fill_learnt(const bms_t *bms, uint8_t *payload) {
  put32(payload, (uint32_t)bms->life.stored_zero_low_uA);
  put32(payload + 4, (uint32_t)bms->life.stored_zero_high_uA);
  payload[8] = ZERO_IS_KNOWN;
}

static void take_learnt(bms_t *bms, const uint8_t *payload) {
  bms->life.stored_zero_low_uA = bms->meas.zero_low_uA = (int32_t)get32(payload);
  bms->life.stored_zero_high_uA = bms->meas.zero_high_uA = (int32_t)get32(payload + 4);
  bms->meas.zero_is_known = payload[8] == ZERO_IS_KNOWN;
}

/* --- DTCs ---------------------------------------------------------------------------------- */

static void fill_frame(const bms_frame_t *frame, uint8_t *bytes) {
  put32(bytes, frame->operating_s);
  put16(bytes + 4, (uint16_t)frame->current_dA);
  put16(bytes + 6, frame->pack_dV);
  put16(bytes + 8, frame->link_dV);
  put16(bytes + 10, frame->group_max_mV);
  put16(bytes + 12, frame->group_min_mV);
  put16(bytes + 14, (uint16_t)frame->temperature_max_ddegC);
  put16(bytes + 16, (uint16_t)frame->temperature_min_ddegC);
  put16(bytes + 18, frame->soc_permille);
  bytes[20] = frame->group_max_index;
  bytes[21] = frame->group_min_index;
  bytes[22] = frame->temperature_max_index;
  bytes[23] = frame->temperature_min_index;
  bytes[24] = frame->state;
  bytes[25] = frame->location;
}

static void take_frame(bms_frame_t *frame, const uint8_t *bytes) {
  frame->operating_s = get32(bytes);
  frame->current_dA = (int16_t)get16(bytes + 4);
  frame->pack_dV = get16(bytes + 6);
  frame->link_dV = get16(bytes + 8);
  frame->group_max_mV = get16(bytes + 10);
  frame->group_min_mV = get16(bytes + 12);
  frame->temperature_max_ddegC = (int16_t)get16(bytes + 14);
  frame->temperature_min_ddegC = (int16_t)get16(bytes + 16);
  frame->soc_permille = get16(bytes + 18);
  frame->group_max_index = bytes[20];
  frame->group_min_index = bytes[21];
  frame->temperature_max_index = bytes[22];
  frame->temperature_min_index = bytes[23];
  frame->state = bytes[24];
  frame->location = bytes[25];
}

static void fill_dtc(const bms_t *bms, uint32_t dtc, uint8_t *payload) {
  const bms_memory_t *memory = &bms->memory[dtc];
  if (!memory->is_stored) return;
  payload[0] = IS_STORED;
  if (bms->dtc[dtc].is_active) payload[0] |= IS_ACTIVE;
  if (bms->dtc[dtc].is_latched) payload[0] |= IS_LATCHED;
  payload[1] = bms->dtc[dtc].occurrence_count;
  put16(payload + 2, memory->failed_cycle);
  fill_frame(&memory->first, payload + FIRST_FRAME);
  fill_frame(&memory->last, payload + LAST_FRAME);
}

static void latch(bms_t *bms, uint32_t dtc, uint8_t location) {
  bms->dtc[dtc].is_active = 1;
  bms->dtc[dtc].is_latched = 1;
  bms->dtc[dtc].location = location;
}

static void take_dtc(bms_t *bms, uint32_t dtc, const uint8_t *payload) {
  bms_memory_t *memory = &bms->memory[dtc];
  if ((payload[0] & IS_STORED) == 0) return;
  memory->is_stored = 1;
  bms->dtc[dtc].occurrence_count = payload[1];
  memory->failed_cycle = get16(payload + 2);
  take_frame(&memory->first, payload + FIRST_FRAME);
  take_frame(&memory->last, payload + LAST_FRAME);
  memory->was_active = (payload[0] & IS_ACTIVE) != 0;
  if ((payload[0] & IS_LATCHED) && dtc_row[dtc].is_latched) latch(bms, dtc, memory->last.location);
}

/* --- by kind ------------------------------------------------------------------------------- */

void record_fill(const bms_t *bms, uint32_t record, uint8_t *payload) {
  memset(payload, 0, RECORD_PAYLOAD_BYTES);
  if (record == STORE_COUNTERS)
    fill_counters(bms, payload);
  else if (record == STORE_LEARNT)
    fill_learnt(bms, payload);
  else
    fill_dtc(bms, record - STORE_DTC, payload);
}

void record_take(bms_t *bms, uint32_t record, const uint8_t *payload) {
  if (record == STORE_COUNTERS)
    take_counters(bms, payload);
  else if (record == STORE_LEARNT)
    take_learnt(bms, payload);
  else
    take_dtc(bms, record - STORE_DTC, payload);
}

void record_lose(bms_t *bms, uint32_t record) {
  if (record < STORE_DTC || !dtc_row[record - STORE_DTC].is_latched) return;
  uint32_t dtc = record - STORE_DTC;
  bms_memory_t *memory = &bms->memory[dtc];
  latch(bms, dtc, BMS_NO_LOCATION);
  bms->dtc[dtc].occurrence_count = 1;
  memory->is_stored = 1;
  memory->first.soc_permille = STORE_NO_SOC;
  memory->first.location = BMS_NO_LOCATION;
  memory->first.group_max_index = memory->first.group_min_index = BMS_NO_LOCATION;
  memory->first.temperature_max_index = memory->first.temperature_min_index = BMS_NO_LOCATION;
  memory->last = memory->first;
}
