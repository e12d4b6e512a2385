/// Values of the identifiers: a table says where each stands, a few need a look at their validity.
#include "did_value.h"

#include <stddef.h>
#include <string.h>

#include "big_endian.h"
#include "history.h"
#include "meas.h"

enum { NO_GROUP_raw = 0xFFFF, BITS_PER_BYTE = 8 };

#define FRAME_AT(member) (uint16_t) offsetof(bms_frame_t, member)
#define BMS_AT(member) (uint16_t) offsetof(bms_t, member)

static const uint16_t frame_at[DID_COUNT] = {
    [DID_OPERATING_TIME] = FRAME_AT(operating_s),
    [DID_CURRENT] = FRAME_AT(current_dA),
    [DID_PACK_VOLTAGE] = FRAME_AT(pack_dV),
    [DID_LINK_VOLTAGE] = FRAME_AT(link_dV),
    [DID_GROUP_MAX] = FRAME_AT(group_max_mV),
    [DID_GROUP_MIN] = FRAME_AT(group_min_mV),
    [DID_GROUP_MAX_INDEX] = FRAME_AT(group_max_index),
    [DID_GROUP_MIN_INDEX] = FRAME_AT(group_min_index),
    [DID_TEMPERATURE_MAX] = FRAME_AT(temperature_max_ddegC),
    [DID_TEMPERATURE_MIN] = FRAME_AT(temperature_min_ddegC),
    [DID_TEMPERATURE_MAX_INDEX] = FRAME_AT(temperature_max_index),
    [DID_TEMPERATURE_MIN_INDEX] = FRAME_AT(temperature_min_index),
    [DID_SOC] = FRAME_AT(soc_permille),
    [DID_STATE] = FRAME_AT(state),
    [DID_LOCATION] = FRAME_AT(location),
};

static const uint16_t bms_at[DID_COUNT] = {
    [DID_SESSION] = BMS_AT(server.session),
    [DID_CHARGE_POWER] = BMS_AT(limit.charge_W),
    [DID_DISCHARGE_POWER] = BMS_AT(limit.discharge_W),
    [DID_CHARGE_CURRENT] = BMS_AT(limit.charge_mA),
    [DID_DISCHARGE_CURRENT] = BMS_AT(limit.discharge_mA),
    [DID_SUPPLY_VOLTAGE] = BMS_AT(meas.supply_mV),
    [DID_INLET_TEMPERATURE] = BMS_AT(meas.inlet_ddegC),
    [DID_HEATER_TEMPERATURES] = BMS_AT(meas.heater_ddegC),
    [DID_FAN_STEP] = BMS_AT(thermal.fan_step),
    [DID_FAN_SPEED] = BMS_AT(thermal.tacho_Hz),
    [DID_ISOLATION] = BMS_AT(imd.ohm),
    [DID_ISOLATION_POS] = BMS_AT(imd.pos_ohm),
    [DID_ISOLATION_NEG] = BMS_AT(imd.neg_ohm),
    [DID_LEAK_HEIGHT] = BMS_AT(imd.height_permille),
    [DID_ISOLATION_QUALITY] = BMS_AT(imd.quality),
    [DID_CYCLES] = BMS_AT(life.cycle_count),
    [DID_CLOSINGS] = BMS_AT(life.closing_count),
    [DID_LOADED_OPENINGS] = BMS_AT(life.loaded_opening_count),
    [DID_DISCHARGED_CHARGE] = BMS_AT(life.discharge_As),
    [DID_CHARGED_CHARGE] = BMS_AT(life.charge_As),
    [DID_DISCHARGED_ENERGY] = BMS_AT(life.discharge_kJ),
    [DID_CHARGED_ENERGY] = BMS_AT(life.charge_kJ),
    [DID_RESETS] = BMS_AT(life.reset_count),
    [DID_WATCHDOG_RESETS] = BMS_AT(life.watchdog_reset_count),
    [DID_BROWN_OUTS] = BMS_AT(life.brown_out_count),
    [DID_LATE_STEPS] = BMS_AT(jitter_count),
    [DID_ACTIVE_DTCS] = BMS_AT(dtc_active_count),
    [DID_FAULT_LEVEL] = BMS_AT(fault_level),
};

uint32_t did_value_find(uint32_t id) {
  for (uint32_t did = 0; did < DID_COUNT; did++) {
    if (did_row[did].id == id && (did_row[did].where & DID_IS_READ) != 0) return did;
  }
  return DID_COUNT;
}

/// One value as it stands in memory.
static void put_value(const uint8_t *at, uint32_t value_bytes, uint8_t *bytes) {
  uint16_t half;
  uint32_t word;
  switch (value_bytes) {
  case 1:
    bytes[0] = at[0];
    break;
  case 2:
    memcpy(&half, at, sizeof half);
    big_endian_put16(bytes, half);
    break;
  default:
    memcpy(&word, at, sizeof word);
    big_endian_put32(bytes, word);
    break;
  }
}

static void put_groups(const bms_t *bms, uint8_t *bytes) {
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    int has_value = bms->meas.group_quality[group] <= BMS_QUALITY_STALE;
    big_endian_put16(bytes + 2 * group, has_value ? bms->meas.group_mV[group] : NO_GROUP_raw);
  }
}

static void put_modules(const bms_t *bms, uint8_t *bytes) {
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    int has_value = bms->meas.module_quality[m] == BMS_QUALITY_VALID;
    int32_t value_ddegC = has_value ? bms->meas.module_ddegC[m] : MEAS_DDEGC_NONE;
    big_endian_put16(bytes + 2 * m, (uint16_t)value_ddegC);
  }
}

static void put_wires(const bms_t *bms, uint8_t *bytes) {
  memset(bytes, 0, did_value_bytes(DID_OPEN_WIRES));
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    if (bms->wire_state[wire] != BMS_WIRE_OPEN) continue;
    bytes[wire / BITS_PER_BYTE] |= (uint8_t)(1u << wire % BITS_PER_BYTE);
  }
}

void did_value_put(const bms_t *bms, uint32_t did, uint8_t *bytes) {
  const did_row_t *row = &did_row[did];
  if ((row->where & DID_IS_IN_FRAME) != 0) {
    bms_frame_t now;
    history_frame(bms, DTC_COUNT, &now);
    did_value_put_frame(&now, did, bytes);
    return;
  }
  if (did == DID_GROUP_VOLTAGES)
    put_groups(bms, bytes);
  else if (did == DID_MODULE_TEMPERATURES)
    put_modules(bms, bytes);
  else if (did == DID_OPEN_WIRES)
    put_wires(bms, bytes);
  else
    for (uint32_t i = 0; i < row->value_count; i++) {
      uint32_t offset = i * row->value_bytes;
      put_value((const uint8_t *)bms + bms_at[did] + offset, row->value_bytes, bytes + offset);
    }
}

void did_value_put_frame(const bms_frame_t *frame, uint32_t did, uint8_t *bytes) {
  put_value((const uint8_t *)frame + frame_at[did], did_row[did].value_bytes, bytes);
}
