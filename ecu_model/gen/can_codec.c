/// Packing and unpacking of our frames, generated from ecu_model/db/bms.dbc: do not edit.
#include "can_codec.h"

#include <string.h>

/// Bits start.. upward, lowest first.
static void can_put_le(uint8_t *data, uint32_t start, uint32_t length, uint32_t raw) {
  const uint32_t bit = start % 8u;
  uint8_t *byte = data + start / 8u;
  raw &= UINT32_MAX >> (32u - length);
  *byte = (uint8_t)(*byte | raw << bit);
  for (raw >>= 8u - bit; raw != 0; raw >>= 8) {
    byte++;
    *byte = (uint8_t)(*byte | raw);
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

/// As much as the bits hold.
static void can_put_limited_le(uint8_t *data, uint32_t start, uint32_t length, uint32_t raw) {
  uint32_t maximum = (1u << length) - 1u;
  can_put_le(data, start, length, raw < maximum ? raw : maximum);
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
  can_put_limited_le(data, 8, 4, message->counter_raw);
  can_put_limited_le(data, 12, 4, message->request_raw);
  can_put_limited_le(data, 16, 1, message->clear_faults_raw);
  can_put_limited_le(data, 17, 12, message->speed_kph_raw);
  can_put_limited_le(data, 29, 1, message->rapid_port_raw);
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
  can_put_limited_le(data, 8, 4, message->counter_raw);
  can_put_limited_le(data, 12, 4, message->state_raw);
  can_put_limited_le(data, 16, 10, message->soc_pct_raw);
  can_put_limited_le(data, 26, 1, message->main_pos_closed_raw);
  can_put_limited_le(data, 27, 1, message->main_neg_closed_raw);
  can_put_limited_le(data, 28, 1, message->precharge_closed_raw);
  can_put_limited_le(data, 29, 2, message->fault_level_raw);
  can_put_limited_le(data, 31, 13, message->pack_V_raw);
  can_put_le(data, 44, 14, can_limit_signed(message->current_A_raw, 8191));
  can_put_limited_le(data, 58, 6, message->dtc_count_raw);
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
  can_put_limited_le(data, 8, 4, message->counter_raw);
  can_put_limited_le(data, 12, 10, message->discharge_kW_raw);
  can_put_limited_le(data, 22, 10, message->charge_kW_raw);
  can_put_limited_le(data, 32, 9, message->discharge_A_raw);
  can_put_limited_le(data, 41, 9, message->charge_A_raw);
  can_put_limited_le(data, 50, 13, message->charge_voltage_V_raw);
  can_put_limited_le(data, 63, 1, message->charge_allowed_raw);
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
  can_put_limited_le(data, 0, 13, message->group_max_V_raw);
  can_put_limited_le(data, 13, 13, message->group_min_V_raw);
  can_put_limited_le(data, 26, 7, message->group_max_index_raw);
  can_put_limited_le(data, 33, 7, message->group_min_index_raw);
  can_put_le(data, 40, 8, message->temperature_max_degC_raw);
  can_put_le(data, 48, 8, message->temperature_min_degC_raw);
  can_put_limited_le(data, 56, 7, message->valid_group_count_raw);
  can_put_limited_le(data, 63, 1, message->is_balancing_raw);
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
  can_put_limited_le(data, 8, 1, message->is_active_raw);
  can_put_limited_le(data, 9, 1, message->is_latched_raw);
  can_put_limited_le(data, 10, 2, message->level_raw);
  can_put_limited_le(data, 12, 6, message->active_count_raw);
  can_put_limited_le(data, 18, 24, message->code_raw);
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
  can_put_limited_le(data, 0, 13, message->isolation_kohm_raw);
  can_put_limited_le(data, 13, 13, message->pos_kohm_raw);
  can_put_limited_le(data, 26, 13, message->neg_kohm_raw);
  can_put_limited_le(data, 39, 3, message->quality_raw);
  can_put_limited_le(data, 42, 2, message->leak_at_raw);
  can_put_limited_le(data, 44, 7, message->height_pct_raw);
  can_put_limited_le(data, 51, 1, message->monitor_is_faulty_raw);
  can_put_limited_le(data, 52, 4, message->fan_step_raw);
  can_put_limited_le(data, 56, 1, message->heater_is_on_raw);
  can_put_limited_le(data, 57, 7, message->fan_Hz_raw);
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
  can_put_limited_le(data, 0, 10, message->soc_mean_pct_raw);
  can_put_limited_le(data, 10, 10, message->soc_min_pct_raw);
  can_put_limited_le(data, 20, 10, message->soc_max_pct_raw);
  can_put_le(data, 30, 8, message->soh_capacity_pct_raw);
  can_put_limited_le(data, 38, 9, message->soh_resistance_pct_raw);
  can_put_limited_le(data, 47, 9, message->energy_kWh_raw);
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
  can_put_limited_le(data, 8, 4, message->counter_raw);
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
  can_put_limited_le(data, 0, 5, message->page_raw);
  for (uint32_t i = 0; i < 4u; i++)
    can_put_limited_le(data, 5u + i * 13u, 13, message->V_raw[i]);
  for (uint32_t i = 0; i < 4u; i++)
    can_put_limited_le(data, 57u + i, 1, message->valid_raw[i]);
}

void can_bms_groups_unpack(can_bms_groups_t *message, const uint8_t data[8]) {
  message->page_raw = (uint8_t)can_get_le(data, 0, 5);
  for (uint32_t i = 0; i < 4u; i++)
    message->V_raw[i] = (uint16_t)can_get_le(data, 5u + i * 13u, 13);
  for (uint32_t i = 0; i < 4u; i++)
    message->valid_raw[i] = (uint8_t)can_get_le(data, 57u + i, 1);
}

void can_bms_groupsfd_pack(const can_bms_groupsfd_t *message, uint8_t data[64]) {
  memset(data, 0, 64);
  can_put_le(data, 0, 16, message->crc_raw);
  can_put_le(data, 16, 8, message->counter_raw);
  can_put_le(data, 24, 8, message->page_raw);
  for (uint32_t i = 0; i < 32u; i++)
    can_put_limited_le(data, 32u + i * 13u, 13, message->V_raw[i]);
  for (uint32_t i = 0; i < 32u; i++)
    can_put_limited_le(data, 448u + i, 1, message->valid_raw[i]);
}

void can_bms_groupsfd_unpack(can_bms_groupsfd_t *message, const uint8_t data[64]) {
  message->crc_raw = (uint16_t)can_get_le(data, 0, 16);
  message->counter_raw = (uint8_t)can_get_le(data, 16, 8);
  message->page_raw = (uint8_t)can_get_le(data, 24, 8);
  for (uint32_t i = 0; i < 32u; i++)
    message->V_raw[i] = (uint16_t)can_get_le(data, 32u + i * 13u, 13);
  for (uint32_t i = 0; i < 32u; i++)
    message->valid_raw[i] = (uint8_t)can_get_le(data, 448u + i, 1);
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
  can_put_limited_le(data, 48, 3, message->soc_more_pct_raw);
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
