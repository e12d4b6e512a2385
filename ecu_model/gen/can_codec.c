/// Packing and unpacking of our frames, generated from ecu_model/db/bms.dbc: do not edit.
#include "can_codec.h"

#include <string.h>

/// Bits start.. upward, lowest first.
static void can_put_le(uint8_t *data, uint32_t start, uint32_t length, uint32_t raw) {
  while (length > 0) {
    uint32_t bit = start % 8u;
    uint32_t count = 8u - bit < length ? 8u - bit : length;
    uint32_t mask = (1u << count) - 1u;
    data[start / 8u] = (uint8_t)(data[start / 8u] | (raw & mask) << bit);
    raw >>= count;
    start += count;
    length -= count;
  }
}

static uint32_t can_get_le(const uint8_t *data, uint32_t start, uint32_t length) {
  uint32_t raw = 0;
  for (uint32_t done = 0; done < length;) {
    uint32_t bit = (start + done) % 8u;
    uint32_t count = 8u - bit < length - done ? 8u - bit : length - done;
    uint32_t mask = (1u << count) - 1u;
    raw |= ((uint32_t)data[(start + done) / 8u] >> bit & mask) << done;
    done += count;
  }
  return raw;
}

static uint32_t can_limit(uint32_t raw, uint32_t maximum) {
  return raw < maximum ? raw : maximum;
}

static uint32_t can_limit_signed(int32_t raw, int32_t maximum) {
  if (raw > maximum) return (uint32_t)maximum;
  return (uint32_t)(raw < -maximum - 1 ? -maximum - 1 : raw);
}

/// sign is the value of the signal's highest bit.
static int32_t can_extend(uint32_t raw, uint32_t sign) { return (int32_t)((raw ^ sign) - sign); }

void can_vcm_request_pack(const can_vcm_request_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->crc_raw);
  can_put_le(data, 8, 4, can_limit(message->counter_raw, 15u));
  can_put_le(data, 12, 4, can_limit(message->request_raw, 15u));
  can_put_le(data, 16, 1, can_limit(message->clear_faults_raw, 1u));
  can_put_le(data, 17, 12, can_limit(message->speed_kph_raw, 4095u));
  can_put_le(data, 29, 1, can_limit(message->rapid_port_raw, 1u));
}

void can_vcm_request_unpack(can_vcm_request_t *message, const uint8_t data[8]) {
  message->crc_raw = (uint8_t)can_get_le(data, 0, 8);
  message->counter_raw = (uint8_t)can_get_le(data, 8, 4);
  message->request_raw = (uint8_t)can_get_le(data, 12, 4);
  message->clear_faults_raw = (uint8_t)can_get_le(data, 16, 1);
  message->speed_kph_raw = (uint16_t)can_get_le(data, 17, 12);
  message->rapid_port_raw = (uint8_t)can_get_le(data, 29, 1);
}

void can_bms_status_pack(const can_bms_status_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->crc_raw);
  can_put_le(data, 8, 4, can_limit(message->counter_raw, 15u));
  can_put_le(data, 12, 4, can_limit(message->state_raw, 15u));
  can_put_le(data, 16, 10, can_limit(message->soc_pct_raw, 1023u));
  can_put_le(data, 26, 1, can_limit(message->main_pos_closed_raw, 1u));
  can_put_le(data, 27, 1, can_limit(message->main_neg_closed_raw, 1u));
  can_put_le(data, 28, 1, can_limit(message->precharge_closed_raw, 1u));
  can_put_le(data, 29, 2, can_limit(message->fault_level_raw, 3u));
  can_put_le(data, 31, 13, can_limit(message->pack_V_raw, 8191u));
  can_put_le(data, 44, 14, can_limit_signed(message->current_A_raw, 8191));
  can_put_le(data, 58, 6, can_limit(message->dtc_count_raw, 63u));
}

void can_bms_status_unpack(can_bms_status_t *message, const uint8_t data[8]) {
  message->crc_raw = (uint8_t)can_get_le(data, 0, 8);
  message->counter_raw = (uint8_t)can_get_le(data, 8, 4);
  message->state_raw = (uint8_t)can_get_le(data, 12, 4);
  message->soc_pct_raw = (uint16_t)can_get_le(data, 16, 10);
  message->main_pos_closed_raw = (uint8_t)can_get_le(data, 26, 1);
  message->main_neg_closed_raw = (uint8_t)can_get_le(data, 27, 1);
  message->precharge_closed_raw = (uint8_t)can_get_le(data, 28, 1);
  message->fault_level_raw = (uint8_t)can_get_le(data, 29, 2);
  message->pack_V_raw = (uint16_t)can_get_le(data, 31, 13);
  message->current_A_raw = (int16_t)can_extend(can_get_le(data, 44, 14), 0x2000u);
  message->dtc_count_raw = (uint8_t)can_get_le(data, 58, 6);
}

void can_bms_limits_pack(const can_bms_limits_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->crc_raw);
  can_put_le(data, 8, 4, can_limit(message->counter_raw, 15u));
  can_put_le(data, 12, 10, can_limit(message->discharge_kW_raw, 1023u));
  can_put_le(data, 22, 10, can_limit(message->charge_kW_raw, 1023u));
  can_put_le(data, 32, 9, can_limit(message->discharge_A_raw, 511u));
  can_put_le(data, 41, 9, can_limit(message->charge_A_raw, 511u));
  can_put_le(data, 50, 13, can_limit(message->charge_voltage_V_raw, 8191u));
  can_put_le(data, 63, 1, can_limit(message->charge_allowed_raw, 1u));
}

void can_bms_limits_unpack(can_bms_limits_t *message, const uint8_t data[8]) {
  message->crc_raw = (uint8_t)can_get_le(data, 0, 8);
  message->counter_raw = (uint8_t)can_get_le(data, 8, 4);
  message->discharge_kW_raw = (uint16_t)can_get_le(data, 12, 10);
  message->charge_kW_raw = (uint16_t)can_get_le(data, 22, 10);
  message->discharge_A_raw = (uint16_t)can_get_le(data, 32, 9);
  message->charge_A_raw = (uint16_t)can_get_le(data, 41, 9);
  message->charge_voltage_V_raw = (uint16_t)can_get_le(data, 50, 13);
  message->charge_allowed_raw = (uint8_t)can_get_le(data, 63, 1);
}

void can_bms_extremes_pack(const can_bms_extremes_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 13, can_limit(message->group_max_V_raw, 8191u));
  can_put_le(data, 13, 13, can_limit(message->group_min_V_raw, 8191u));
  can_put_le(data, 26, 7, can_limit(message->group_max_index_raw, 127u));
  can_put_le(data, 33, 7, can_limit(message->group_min_index_raw, 127u));
  can_put_le(data, 40, 8, message->temperature_max_degC_raw);
  can_put_le(data, 48, 8, message->temperature_min_degC_raw);
  can_put_le(data, 56, 7, can_limit(message->valid_group_count_raw, 127u));
  can_put_le(data, 63, 1, can_limit(message->is_balancing_raw, 1u));
}

void can_bms_extremes_unpack(can_bms_extremes_t *message, const uint8_t data[8]) {
  message->group_max_V_raw = (uint16_t)can_get_le(data, 0, 13);
  message->group_min_V_raw = (uint16_t)can_get_le(data, 13, 13);
  message->group_max_index_raw = (uint8_t)can_get_le(data, 26, 7);
  message->group_min_index_raw = (uint8_t)can_get_le(data, 33, 7);
  message->temperature_max_degC_raw = (uint8_t)can_get_le(data, 40, 8);
  message->temperature_min_degC_raw = (uint8_t)can_get_le(data, 48, 8);
  message->valid_group_count_raw = (uint8_t)can_get_le(data, 56, 7);
  message->is_balancing_raw = (uint8_t)can_get_le(data, 63, 1);
}

void can_bms_temperatures_pack(const can_bms_temperatures_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->module_1_degC_raw);
  can_put_le(data, 8, 8, message->module_2_degC_raw);
  can_put_le(data, 16, 8, message->module_3_degC_raw);
  can_put_le(data, 24, 8, message->module_4_degC_raw);
  can_put_le(data, 32, 8, message->module_5_degC_raw);
  can_put_le(data, 40, 8, message->module_6_degC_raw);
  can_put_le(data, 48, 8, message->module_7_degC_raw);
  can_put_le(data, 56, 8, message->module_8_degC_raw);
}

void can_bms_temperatures_unpack(can_bms_temperatures_t *message, const uint8_t data[8]) {
  message->module_1_degC_raw = (uint8_t)can_get_le(data, 0, 8);
  message->module_2_degC_raw = (uint8_t)can_get_le(data, 8, 8);
  message->module_3_degC_raw = (uint8_t)can_get_le(data, 16, 8);
  message->module_4_degC_raw = (uint8_t)can_get_le(data, 24, 8);
  message->module_5_degC_raw = (uint8_t)can_get_le(data, 32, 8);
  message->module_6_degC_raw = (uint8_t)can_get_le(data, 40, 8);
  message->module_7_degC_raw = (uint8_t)can_get_le(data, 48, 8);
  message->module_8_degC_raw = (uint8_t)can_get_le(data, 56, 8);
}

void can_bms_dtc_pack(const can_bms_dtc_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->dtc_index_raw);
  can_put_le(data, 8, 1, can_limit(message->is_active_raw, 1u));
  can_put_le(data, 9, 1, can_limit(message->is_latched_raw, 1u));
  can_put_le(data, 10, 2, can_limit(message->level_raw, 3u));
  can_put_le(data, 12, 6, can_limit(message->active_count_raw, 63u));
  can_put_le(data, 18, 24, can_limit(message->code_raw, 16777215u));
  can_put_le(data, 42, 8, message->location_raw);
  can_put_le(data, 50, 8, message->occurrence_count_raw);
}

void can_bms_dtc_unpack(can_bms_dtc_t *message, const uint8_t data[8]) {
  message->dtc_index_raw = (uint8_t)can_get_le(data, 0, 8);
  message->is_active_raw = (uint8_t)can_get_le(data, 8, 1);
  message->is_latched_raw = (uint8_t)can_get_le(data, 9, 1);
  message->level_raw = (uint8_t)can_get_le(data, 10, 2);
  message->active_count_raw = (uint8_t)can_get_le(data, 12, 6);
  message->code_raw = (uint32_t)can_get_le(data, 18, 24);
  message->location_raw = (uint8_t)can_get_le(data, 42, 8);
  message->occurrence_count_raw = (uint8_t)can_get_le(data, 50, 8);
}

void can_bms_isolation_pack(const can_bms_isolation_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 13, can_limit(message->isolation_kohm_raw, 8191u));
  can_put_le(data, 13, 13, can_limit(message->pos_kohm_raw, 8191u));
  can_put_le(data, 26, 13, can_limit(message->neg_kohm_raw, 8191u));
  can_put_le(data, 39, 3, can_limit(message->quality_raw, 7u));
  can_put_le(data, 42, 2, can_limit(message->leak_at_raw, 3u));
  can_put_le(data, 44, 7, can_limit(message->height_pct_raw, 127u));
  can_put_le(data, 51, 1, can_limit(message->monitor_is_faulty_raw, 1u));
  can_put_le(data, 52, 4, can_limit(message->fan_step_raw, 15u));
  can_put_le(data, 56, 1, can_limit(message->heater_is_on_raw, 1u));
  can_put_le(data, 57, 7, can_limit(message->fan_Hz_raw, 127u));
}

void can_bms_isolation_unpack(can_bms_isolation_t *message, const uint8_t data[8]) {
  message->isolation_kohm_raw = (uint16_t)can_get_le(data, 0, 13);
  message->pos_kohm_raw = (uint16_t)can_get_le(data, 13, 13);
  message->neg_kohm_raw = (uint16_t)can_get_le(data, 26, 13);
  message->quality_raw = (uint8_t)can_get_le(data, 39, 3);
  message->leak_at_raw = (uint8_t)can_get_le(data, 42, 2);
  message->height_pct_raw = (uint8_t)can_get_le(data, 44, 7);
  message->monitor_is_faulty_raw = (uint8_t)can_get_le(data, 51, 1);
  message->fan_step_raw = (uint8_t)can_get_le(data, 52, 4);
  message->heater_is_on_raw = (uint8_t)can_get_le(data, 56, 1);
  message->fan_Hz_raw = (uint8_t)can_get_le(data, 57, 7);
}

void can_bms_energy_pack(const can_bms_energy_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 10, can_limit(message->soc_mean_pct_raw, 1023u));
  can_put_le(data, 10, 10, can_limit(message->soc_min_pct_raw, 1023u));
  can_put_le(data, 20, 10, can_limit(message->soc_max_pct_raw, 1023u));
  can_put_le(data, 30, 8, message->soh_capacity_pct_raw);
  can_put_le(data, 38, 9, can_limit(message->soh_resistance_pct_raw, 511u));
  can_put_le(data, 47, 9, can_limit(message->energy_kWh_raw, 511u));
  can_put_le(data, 56, 8, message->soe_pct_raw);
}

void can_bms_energy_unpack(can_bms_energy_t *message, const uint8_t data[8]) {
  message->soc_mean_pct_raw = (uint16_t)can_get_le(data, 0, 10);
  message->soc_min_pct_raw = (uint16_t)can_get_le(data, 10, 10);
  message->soc_max_pct_raw = (uint16_t)can_get_le(data, 20, 10);
  message->soh_capacity_pct_raw = (uint8_t)can_get_le(data, 30, 8);
  message->soh_resistance_pct_raw = (uint16_t)can_get_le(data, 38, 9);
  message->energy_kWh_raw = (uint16_t)can_get_le(data, 47, 9);
  message->soe_pct_raw = (uint8_t)can_get_le(data, 56, 8);
}

void can_bms_power_pack(const can_bms_power_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->crc_raw);
  can_put_le(data, 8, 4, can_limit(message->counter_raw, 15u));
  can_put_le(data, 12, 8, message->discharge_2s_kW_raw);
  can_put_le(data, 20, 8, message->discharge_10s_kW_raw);
  can_put_le(data, 28, 8, message->discharge_30s_kW_raw);
  can_put_le(data, 36, 8, message->charge_2s_kW_raw);
  can_put_le(data, 44, 8, message->charge_10s_kW_raw);
  can_put_le(data, 52, 8, message->charge_30s_kW_raw);
}

void can_bms_power_unpack(can_bms_power_t *message, const uint8_t data[8]) {
  message->crc_raw = (uint8_t)can_get_le(data, 0, 8);
  message->counter_raw = (uint8_t)can_get_le(data, 8, 4);
  message->discharge_2s_kW_raw = (uint8_t)can_get_le(data, 12, 8);
  message->discharge_10s_kW_raw = (uint8_t)can_get_le(data, 20, 8);
  message->discharge_30s_kW_raw = (uint8_t)can_get_le(data, 28, 8);
  message->charge_2s_kW_raw = (uint8_t)can_get_le(data, 36, 8);
  message->charge_10s_kW_raw = (uint8_t)can_get_le(data, 44, 8);
  message->charge_30s_kW_raw = (uint8_t)can_get_le(data, 52, 8);
}

void can_bms_groups_pack(const can_bms_groups_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 5, can_limit(message->page_raw, 31u));
  can_put_le(data, 5, 13, can_limit(message->V_raw[0], 8191u));
  can_put_le(data, 18, 13, can_limit(message->V_raw[1], 8191u));
  can_put_le(data, 31, 13, can_limit(message->V_raw[2], 8191u));
  can_put_le(data, 44, 13, can_limit(message->V_raw[3], 8191u));
  can_put_le(data, 57, 1, can_limit(message->valid_raw[0], 1u));
  can_put_le(data, 58, 1, can_limit(message->valid_raw[1], 1u));
  can_put_le(data, 59, 1, can_limit(message->valid_raw[2], 1u));
  can_put_le(data, 60, 1, can_limit(message->valid_raw[3], 1u));
}

void can_bms_groups_unpack(can_bms_groups_t *message, const uint8_t data[8]) {
  message->page_raw = (uint8_t)can_get_le(data, 0, 5);
  message->V_raw[0] = (uint16_t)can_get_le(data, 5, 13);
  message->V_raw[1] = (uint16_t)can_get_le(data, 18, 13);
  message->V_raw[2] = (uint16_t)can_get_le(data, 31, 13);
  message->V_raw[3] = (uint16_t)can_get_le(data, 44, 13);
  message->valid_raw[0] = (uint8_t)can_get_le(data, 57, 1);
  message->valid_raw[1] = (uint8_t)can_get_le(data, 58, 1);
  message->valid_raw[2] = (uint8_t)can_get_le(data, 59, 1);
  message->valid_raw[3] = (uint8_t)can_get_le(data, 60, 1);
}

void can_bms_groupsfd_pack(const can_bms_groupsfd_t *message, uint8_t data[64]) {
  memset(data, 0, 64);
  can_put_le(data, 0, 16, message->crc_raw);
  can_put_le(data, 16, 8, message->counter_raw);
  can_put_le(data, 24, 8, message->page_raw);
  can_put_le(data, 32, 13, can_limit(message->V_raw[0], 8191u));
  can_put_le(data, 45, 13, can_limit(message->V_raw[1], 8191u));
  can_put_le(data, 58, 13, can_limit(message->V_raw[2], 8191u));
  can_put_le(data, 71, 13, can_limit(message->V_raw[3], 8191u));
  can_put_le(data, 84, 13, can_limit(message->V_raw[4], 8191u));
  can_put_le(data, 97, 13, can_limit(message->V_raw[5], 8191u));
  can_put_le(data, 110, 13, can_limit(message->V_raw[6], 8191u));
  can_put_le(data, 123, 13, can_limit(message->V_raw[7], 8191u));
  can_put_le(data, 136, 13, can_limit(message->V_raw[8], 8191u));
  can_put_le(data, 149, 13, can_limit(message->V_raw[9], 8191u));
  can_put_le(data, 162, 13, can_limit(message->V_raw[10], 8191u));
  can_put_le(data, 175, 13, can_limit(message->V_raw[11], 8191u));
  can_put_le(data, 188, 13, can_limit(message->V_raw[12], 8191u));
  can_put_le(data, 201, 13, can_limit(message->V_raw[13], 8191u));
  can_put_le(data, 214, 13, can_limit(message->V_raw[14], 8191u));
  can_put_le(data, 227, 13, can_limit(message->V_raw[15], 8191u));
  can_put_le(data, 240, 13, can_limit(message->V_raw[16], 8191u));
  can_put_le(data, 253, 13, can_limit(message->V_raw[17], 8191u));
  can_put_le(data, 266, 13, can_limit(message->V_raw[18], 8191u));
  can_put_le(data, 279, 13, can_limit(message->V_raw[19], 8191u));
  can_put_le(data, 292, 13, can_limit(message->V_raw[20], 8191u));
  can_put_le(data, 305, 13, can_limit(message->V_raw[21], 8191u));
  can_put_le(data, 318, 13, can_limit(message->V_raw[22], 8191u));
  can_put_le(data, 331, 13, can_limit(message->V_raw[23], 8191u));
  can_put_le(data, 344, 13, can_limit(message->V_raw[24], 8191u));
  can_put_le(data, 357, 13, can_limit(message->V_raw[25], 8191u));
  can_put_le(data, 370, 13, can_limit(message->V_raw[26], 8191u));
  can_put_le(data, 383, 13, can_limit(message->V_raw[27], 8191u));
  can_put_le(data, 396, 13, can_limit(message->V_raw[28], 8191u));
  can_put_le(data, 409, 13, can_limit(message->V_raw[29], 8191u));
  can_put_le(data, 422, 13, can_limit(message->V_raw[30], 8191u));
  can_put_le(data, 435, 13, can_limit(message->V_raw[31], 8191u));
  can_put_le(data, 448, 1, can_limit(message->valid_raw[0], 1u));
  can_put_le(data, 449, 1, can_limit(message->valid_raw[1], 1u));
  can_put_le(data, 450, 1, can_limit(message->valid_raw[2], 1u));
  can_put_le(data, 451, 1, can_limit(message->valid_raw[3], 1u));
  can_put_le(data, 452, 1, can_limit(message->valid_raw[4], 1u));
  can_put_le(data, 453, 1, can_limit(message->valid_raw[5], 1u));
  can_put_le(data, 454, 1, can_limit(message->valid_raw[6], 1u));
  can_put_le(data, 455, 1, can_limit(message->valid_raw[7], 1u));
  can_put_le(data, 456, 1, can_limit(message->valid_raw[8], 1u));
  can_put_le(data, 457, 1, can_limit(message->valid_raw[9], 1u));
  can_put_le(data, 458, 1, can_limit(message->valid_raw[10], 1u));
  can_put_le(data, 459, 1, can_limit(message->valid_raw[11], 1u));
  can_put_le(data, 460, 1, can_limit(message->valid_raw[12], 1u));
  can_put_le(data, 461, 1, can_limit(message->valid_raw[13], 1u));
  can_put_le(data, 462, 1, can_limit(message->valid_raw[14], 1u));
  can_put_le(data, 463, 1, can_limit(message->valid_raw[15], 1u));
  can_put_le(data, 464, 1, can_limit(message->valid_raw[16], 1u));
  can_put_le(data, 465, 1, can_limit(message->valid_raw[17], 1u));
  can_put_le(data, 466, 1, can_limit(message->valid_raw[18], 1u));
  can_put_le(data, 467, 1, can_limit(message->valid_raw[19], 1u));
  can_put_le(data, 468, 1, can_limit(message->valid_raw[20], 1u));
  can_put_le(data, 469, 1, can_limit(message->valid_raw[21], 1u));
  can_put_le(data, 470, 1, can_limit(message->valid_raw[22], 1u));
  can_put_le(data, 471, 1, can_limit(message->valid_raw[23], 1u));
  can_put_le(data, 472, 1, can_limit(message->valid_raw[24], 1u));
  can_put_le(data, 473, 1, can_limit(message->valid_raw[25], 1u));
  can_put_le(data, 474, 1, can_limit(message->valid_raw[26], 1u));
  can_put_le(data, 475, 1, can_limit(message->valid_raw[27], 1u));
  can_put_le(data, 476, 1, can_limit(message->valid_raw[28], 1u));
  can_put_le(data, 477, 1, can_limit(message->valid_raw[29], 1u));
  can_put_le(data, 478, 1, can_limit(message->valid_raw[30], 1u));
  can_put_le(data, 479, 1, can_limit(message->valid_raw[31], 1u));
}

void can_bms_groupsfd_unpack(can_bms_groupsfd_t *message, const uint8_t data[64]) {
  message->crc_raw = (uint16_t)can_get_le(data, 0, 16);
  message->counter_raw = (uint8_t)can_get_le(data, 16, 8);
  message->page_raw = (uint8_t)can_get_le(data, 24, 8);
  message->V_raw[0] = (uint16_t)can_get_le(data, 32, 13);
  message->V_raw[1] = (uint16_t)can_get_le(data, 45, 13);
  message->V_raw[2] = (uint16_t)can_get_le(data, 58, 13);
  message->V_raw[3] = (uint16_t)can_get_le(data, 71, 13);
  message->V_raw[4] = (uint16_t)can_get_le(data, 84, 13);
  message->V_raw[5] = (uint16_t)can_get_le(data, 97, 13);
  message->V_raw[6] = (uint16_t)can_get_le(data, 110, 13);
  message->V_raw[7] = (uint16_t)can_get_le(data, 123, 13);
  message->V_raw[8] = (uint16_t)can_get_le(data, 136, 13);
  message->V_raw[9] = (uint16_t)can_get_le(data, 149, 13);
  message->V_raw[10] = (uint16_t)can_get_le(data, 162, 13);
  message->V_raw[11] = (uint16_t)can_get_le(data, 175, 13);
  message->V_raw[12] = (uint16_t)can_get_le(data, 188, 13);
  message->V_raw[13] = (uint16_t)can_get_le(data, 201, 13);
  message->V_raw[14] = (uint16_t)can_get_le(data, 214, 13);
  message->V_raw[15] = (uint16_t)can_get_le(data, 227, 13);
  message->V_raw[16] = (uint16_t)can_get_le(data, 240, 13);
  message->V_raw[17] = (uint16_t)can_get_le(data, 253, 13);
  message->V_raw[18] = (uint16_t)can_get_le(data, 266, 13);
  message->V_raw[19] = (uint16_t)can_get_le(data, 279, 13);
  message->V_raw[20] = (uint16_t)can_get_le(data, 292, 13);
  message->V_raw[21] = (uint16_t)can_get_le(data, 305, 13);
  message->V_raw[22] = (uint16_t)can_get_le(data, 318, 13);
  message->V_raw[23] = (uint16_t)can_get_le(data, 331, 13);
  message->V_raw[24] = (uint16_t)can_get_le(data, 344, 13);
  message->V_raw[25] = (uint16_t)can_get_le(data, 357, 13);
  message->V_raw[26] = (uint16_t)can_get_le(data, 370, 13);
  message->V_raw[27] = (uint16_t)can_get_le(data, 383, 13);
  message->V_raw[28] = (uint16_t)can_get_le(data, 396, 13);
  message->V_raw[29] = (uint16_t)can_get_le(data, 409, 13);
  message->V_raw[30] = (uint16_t)can_get_le(data, 422, 13);
  message->V_raw[31] = (uint16_t)can_get_le(data, 435, 13);
  message->valid_raw[0] = (uint8_t)can_get_le(data, 448, 1);
  message->valid_raw[1] = (uint8_t)can_get_le(data, 449, 1);
  message->valid_raw[2] = (uint8_t)can_get_le(data, 450, 1);
  message->valid_raw[3] = (uint8_t)can_get_le(data, 451, 1);
  message->valid_raw[4] = (uint8_t)can_get_le(data, 452, 1);
  message->valid_raw[5] = (uint8_t)can_get_le(data, 453, 1);
  message->valid_raw[6] = (uint8_t)can_get_le(data, 454, 1);
  message->valid_raw[7] = (uint8_t)can_get_le(data, 455, 1);
  message->valid_raw[8] = (uint8_t)can_get_le(data, 456, 1);
  message->valid_raw[9] = (uint8_t)can_get_le(data, 457, 1);
  message->valid_raw[10] = (uint8_t)can_get_le(data, 458, 1);
  message->valid_raw[11] = (uint8_t)can_get_le(data, 459, 1);
  message->valid_raw[12] = (uint8_t)can_get_le(data, 460, 1);
  message->valid_raw[13] = (uint8_t)can_get_le(data, 461, 1);
  message->valid_raw[14] = (uint8_t)can_get_le(data, 462, 1);
  message->valid_raw[15] = (uint8_t)can_get_le(data, 463, 1);
  message->valid_raw[16] = (uint8_t)can_get_le(data, 464, 1);
  message->valid_raw[17] = (uint8_t)can_get_le(data, 465, 1);
  message->valid_raw[18] = (uint8_t)can_get_le(data, 466, 1);
  message->valid_raw[19] = (uint8_t)can_get_le(data, 467, 1);
  message->valid_raw[20] = (uint8_t)can_get_le(data, 468, 1);
  message->valid_raw[21] = (uint8_t)can_get_le(data, 469, 1);
  message->valid_raw[22] = (uint8_t)can_get_le(data, 470, 1);
  message->valid_raw[23] = (uint8_t)can_get_le(data, 471, 1);
  message->valid_raw[24] = (uint8_t)can_get_le(data, 472, 1);
  message->valid_raw[25] = (uint8_t)can_get_le(data, 473, 1);
  message->valid_raw[26] = (uint8_t)can_get_le(data, 474, 1);
  message->valid_raw[27] = (uint8_t)can_get_le(data, 475, 1);
  message->valid_raw[28] = (uint8_t)can_get_le(data, 476, 1);
  message->valid_raw[29] = (uint8_t)can_get_le(data, 477, 1);
  message->valid_raw[30] = (uint8_t)can_get_le(data, 478, 1);
  message->valid_raw[31] = (uint8_t)can_get_le(data, 479, 1);
}

void can_car_soc_pack(const can_car_soc_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->displayed_soc_pct_raw);
}

void can_car_soc_unpack(can_car_soc_t *message, const uint8_t data[8]) {
  message->displayed_soc_pct_raw = (uint8_t)can_get_le(data, 0, 8);
}

void can_car_power_pack(const can_car_power_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 16, message->charge_W_raw);
  can_put_le(data, 16, 16, message->discharge_W_raw);
  can_put_le(data, 40, 8, message->soc_pct_raw);
  can_put_le(data, 48, 3, can_limit(message->soc_more_pct_raw, 7u));
}

void can_car_power_unpack(can_car_power_t *message, const uint8_t data[8]) {
  message->charge_W_raw = (uint16_t)can_get_le(data, 0, 16);
  message->discharge_W_raw = (uint16_t)can_get_le(data, 16, 16);
  message->soc_pct_raw = (uint8_t)can_get_le(data, 40, 8);
  message->soc_more_pct_raw = (uint8_t)can_get_le(data, 48, 3);
}

void can_car_current_pack(const can_car_current_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 32, 16, (uint32_t)message->current_A_raw);
  can_put_le(data, 48, 16, message->pack_V_raw);
}

void can_car_current_unpack(can_car_current_t *message, const uint8_t data[8]) {
  message->current_A_raw = (int16_t)can_extend(can_get_le(data, 32, 16), 0x8000u);
  message->pack_V_raw = (uint16_t)can_get_le(data, 48, 16);
}

void can_car_temperatures_pack(const can_car_temperatures_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 8, 8, message->supply_V_raw);
  can_put_le(data, 48, 8, (uint32_t)message->temperature_min_degC_raw);
  can_put_le(data, 56, 8, (uint32_t)message->temperature_max_degC_raw);
}

void can_car_temperatures_unpack(can_car_temperatures_t *message, const uint8_t data[8]) {
  message->supply_V_raw = (uint8_t)can_get_le(data, 8, 8);
  message->temperature_min_degC_raw = (int8_t)can_extend(can_get_le(data, 48, 8), 0x80u);
  message->temperature_max_degC_raw = (int8_t)can_extend(can_get_le(data, 56, 8), 0x80u);
}

void can_car_socfine_pack(const can_car_socfine_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 32, 16, message->soc_pct_raw);
}

void can_car_socfine_unpack(can_car_socfine_t *message, const uint8_t data[8]) {
  message->soc_pct_raw = (uint16_t)can_get_le(data, 32, 16);
}
