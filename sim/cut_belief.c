/// Frames of the BMS, taken over into bms_t.
#include "cut_belief.h"

#include <string.h>

#include "../ecu_model/core/e2e.h"
#include "../ecu_model/core/e2e5.h"
#include "../ecu_model/gen/can_codec.h"
#include "../ecu_model/gen/dtc.h"

enum { NO_VOLTAGE_raw = 8191, NO_TEMPERATURE_raw = 255, NO_KOHM_raw = 8191, E2E_BYTES = 8 };
enum { IMD_MORE_ohm = 50000000 };

static void add_event(bms_out_t *out, uint8_t kind, uint8_t code, uint8_t detail) {
  if (out->event_count >= BMS_EVENT_MAX) return;
  out->event[out->event_count++] = (bms_event_t){.kind = kind, .code = code, .detail = detail};
}

static void take_status(bms_t *bms, bms_out_t *out, const uint8_t *data) {
  can_bms_status_t status;
  if (e2e_crc(CAN_BMS_STATUS_E2E_DATA_ID, data, E2E_BYTES) != data[0]) return;
  can_bms_status_unpack(&status, data);
  if (status.state_raw != bms->state) add_event(out, BMS_EVENT_STATE, status.state_raw, bms->state);
  bms->state = status.state_raw;
  bms->soc.soc_permille = status.soc_pct_raw;
  bms->fault_level = status.fault_level_raw;
  bms->meas.pack_mV = status.pack_V_raw * 100;
  bms->meas.current_mA = status.current_A_raw * 100;
  bms->dtc_active_count = status.dtc_count_raw;
}

static void take_limits(bms_t *bms, const uint8_t *data) {
  can_bms_limits_t limits;
  if (e2e_crc(CAN_BMS_LIMITS_E2E_DATA_ID, data, E2E_BYTES) != data[0]) return;
  can_bms_limits_unpack(&limits, data);
  bms->limit.discharge_W = limits.discharge_kW_raw * 100;
  bms->limit.charge_W = limits.charge_kW_raw * 100;
  bms->limit.discharge_mA = limits.discharge_A_raw * 1000;
  bms->limit.charge_mA = limits.charge_A_raw * 1000;
  bms->limit.charge_voltage_mV = limits.charge_voltage_V_raw * 100;
}

static int16_t ddegC_of(uint8_t raw) { return (int16_t)((raw - 40) * 10); }

static void take_extremes(bms_t *bms, const uint8_t *data) {
  can_bms_extremes_t extremes;
  can_bms_extremes_unpack(&extremes, data);
  if (extremes.group_max_V_raw != NO_VOLTAGE_raw) {
    bms->meas.group_max_mV = extremes.group_max_V_raw;
    bms->meas.group_max_index = extremes.group_max_index_raw;
  }
  if (extremes.group_min_V_raw != NO_VOLTAGE_raw) {
    bms->meas.group_min_mV = extremes.group_min_V_raw;
    bms->meas.group_min_index = extremes.group_min_index_raw;
  }
  if (extremes.temperature_max_degC_raw != NO_TEMPERATURE_raw)
    bms->meas.temperature_max_ddegC = ddegC_of(extremes.temperature_max_degC_raw);
  if (extremes.temperature_min_degC_raw != NO_TEMPERATURE_raw)
    bms->meas.temperature_min_ddegC = ddegC_of(extremes.temperature_min_degC_raw);
  bms->meas.valid_group_count = extremes.valid_group_count_raw;
}

static void take_temperatures(bms_t *bms, const uint8_t *data) {
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) { /* a byte each, as the frame is laid out */
    const int is_valid = data[m] != NO_TEMPERATURE_raw;
    bms->meas.module_quality[m] = is_valid ? BMS_QUALITY_VALID : BMS_QUALITY_INVALID;
    if (is_valid) bms->meas.module_ddegC[m] = ddegC_of(data[m]);
  }
}

static void take_dtc(bms_t *bms, bms_out_t *out, const uint8_t *data) {
  can_bms_dtc_t told;
  can_bms_dtc_unpack(&told, data);
  bms->dtc_active_count = told.active_count_raw;
  if (told.dtc_index_raw >= DTC_COUNT) return;
  bms_dtc_t *dtc = &bms->dtc[told.dtc_index_raw];
  if (told.is_active_raw && !dtc->is_active)
    add_event(out, BMS_EVENT_DTC_SET, told.dtc_index_raw, told.location_raw);
  if (!told.is_active_raw && dtc->is_active)
    add_event(out, BMS_EVENT_DTC_CLEARED, told.dtc_index_raw, told.location_raw);
  dtc->is_active = told.is_active_raw;
  dtc->is_latched = told.is_latched_raw;
  dtc->location = told.location_raw;
  dtc->occurrence_count = told.occurrence_count_raw;
}

static void take_isolation(bms_t *bms, const uint8_t *data) {
  can_bms_isolation_t told;
  can_bms_isolation_unpack(&told, data);
  const uint16_t raw[3] = {told.isolation_kohm_raw, told.pos_kohm_raw, told.neg_kohm_raw};
  uint32_t *const ohm[3] = {&bms->imd.ohm, &bms->imd.pos_ohm, &bms->imd.neg_ohm};
  for (uint32_t i = 0; i < 3; i++) *ohm[i] = raw[i] == NO_KOHM_raw ? IMD_MORE_ohm : raw[i] * 1000u;
  bms->imd.height_permille = (uint16_t)(told.height_pct_raw * 10u);
  bms->imd.quality = told.quality_raw;
  bms->thermal.fan_step = told.fan_step_raw;
  bms->thermal.is_heating = told.heater_is_on_raw;
}

static void take_group(bms_t *bms, uint32_t group, uint16_t raw, uint8_t is_valid) {
  if (group >= PINS_GROUP_COUNT) return;
  bms->meas.group_quality[group] = is_valid ? BMS_QUALITY_VALID : BMS_QUALITY_NONE;
  if (is_valid) bms->meas.group_mV[group] = raw;
}

static void take_groups(bms_t *bms, const uint8_t *data) {
  can_bms_groups_t groups;
  can_bms_groups_unpack(&groups, data);
  for (uint32_t i = 0; i < CAN_BMS_GROUPS_V_COUNT; i++)
    take_group(bms, groups.page_raw * CAN_BMS_GROUPS_V_COUNT + i, groups.V_raw[i],
               groups.valid_raw[i]);
}

static void take_groups_fd(bms_t *bms, const uint8_t *data) {
  can_bms_groupsfd_t groups;
  const uint16_t crc = e2e5_crc(CAN_BMS_GROUPSFD_E2E_DATA_ID, data, CAN_BMS_GROUPSFD_LEN);
  if (data[0] != (uint8_t)crc || data[1] != crc >> 8) return;
  can_bms_groupsfd_unpack(&groups, data);
  for (uint32_t i = 0; i < CAN_BMS_GROUPSFD_V_COUNT; i++)
    take_group(bms, groups.page_raw * CAN_BMS_GROUPSFD_V_COUNT + i, groups.V_raw[i],
               groups.valid_raw[i]);
}

void cut_belief_take(bms_t *belief, bms_out_t *out, const can_frame_t *frame) {
  if (frame->flags == CAN_BMS_GROUPSFD_FLAGS && frame->id == CAN_BMS_GROUPSFD_ID &&
      frame->len == CAN_BMS_GROUPSFD_LEN)
    take_groups_fd(belief, frame->data);
  if (frame->flags != 0 || frame->len < E2E_BYTES) return;
  switch (frame->id) {
  case CAN_BMS_STATUS_ID:
    take_status(belief, out, frame->data);
    break;
  case CAN_BMS_LIMITS_ID:
    take_limits(belief, frame->data);
    break;
  case CAN_BMS_EXTREMES_ID:
    take_extremes(belief, frame->data);
    break;
  case CAN_BMS_TEMPERATURES_ID:
    take_temperatures(belief, frame->data);
    break;
  case CAN_BMS_DTC_ID:
    take_dtc(belief, out, frame->data);
    break;
  case CAN_BMS_ISOLATION_ID:
    take_isolation(belief, frame->data);
    break;
  case CAN_BMS_GROUPS_ID:
    take_groups(belief, frame->data);
    break;
  default:
    break;
  }
}

static int begins_with(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

static int ends_with(const char *text, const char *with) {
  const size_t bytes = strlen(text), tail = strlen(with);
  return bytes >= tail && strcmp(text + bytes - tail, with) == 0;
}

int cut_belief_tells(const char *signal) {
  static const char *const told[] = {
      "bms.state",         "bms.fault_level", "bms.current_mA",  "bms.pack_mV",
      "bms.group_max.",    "bms.group_min.",  "bms.group.",      "bms.valid_group_count",
      "bms.temperature_m", "bms.soc_pct",     "bms.limit.",      "bms.isolation_kohm",
      "bms.isolation_pos", "bms.isolation_n", "bms.isolation_h", "bms.isolation_q",
      "bms.fan_step",      "bms.heating",     "bms.module.",     "bms.coil_command"};
  if (begins_with(signal, "dtc."))
    return !ends_with(signal, ".stored") && !ends_with(signal, ".age");
  if (begins_with(signal, "afe.")) return !ends_with(signal, ".watchdog_expired");
  if (!begins_with(signal, "bms.")) return 1;
  for (uint32_t i = 0; i < sizeof told / sizeof told[0]; i++)
    if (begins_with(signal, told[i])) return 1;
  return 0;
}
