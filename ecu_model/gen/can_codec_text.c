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

void can_vcm_vehicle_pack(const can_vcm_vehicle_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->crc_raw);
  can_put_limited_le(data, 8, 4, message->counter_raw);
  can_put_limited_le(data, 12, 1, message->ignition_on_raw);
  can_put_limited_le(data, 13, 1, message->is_ready_raw);
  can_put_limited_le(data, 14, 1, message->crash_raw);
  can_put_limited_le(data, 15, 1, message->is_plugged_raw);
  can_put_le(data, 16, 8, message->supply_V_raw);
  can_put_le(data, 24, 8, message->ambient_degC_raw);
}

void can_vcm_vehicle_unpack(can_vcm_vehicle_t *message, const uint8_t data[8]) {
  message->crc_raw = (uint8_t)can_get_le(data, 0, 8);
  message->counter_raw = (uint8_t)can_get_le(data, 8, 4);
  message->ignition_on_raw = (uint8_t)can_get_le(data, 12, 1);
  message->is_ready_raw = (uint8_t)can_get_le(data, 13, 1);
  message->crash_raw = (uint8_t)can_get_le(data, 14, 1);
  message->is_plugged_raw = (uint8_t)can_get_le(data, 15, 1);
  message->supply_V_raw = (uint8_t)can_get_le(data, 16, 8);
  message->ambient_degC_raw = (uint8_t)can_get_le(data, 24, 8);
}

void can_vcm_link_pack(const can_vcm_link_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->crc_raw);
  can_put_limited_le(data, 8, 4, message->counter_raw);
  can_put_limited_le(data, 12, 1, message->is_discharging_raw);
  can_put_limited_le(data, 13, 13, message->link_V_raw);
  can_put_le(data, 26, 14, can_limit_signed(message->load_A_raw, 8191));
  can_put_le(data, 40, 16, (uint32_t)message->motor_rpm_raw);
}

void can_vcm_link_unpack(can_vcm_link_t *message, const uint8_t data[8]) {
  message->crc_raw = (uint8_t)can_get_le(data, 0, 8);
  message->counter_raw = (uint8_t)can_get_le(data, 8, 4);
  message->is_discharging_raw = (uint8_t)can_get_le(data, 12, 1);
  message->link_V_raw = (uint16_t)can_get_le(data, 13, 13);
  message->load_A_raw = (int16_t)can_extend(can_get_le(data, 26, 14), 0x2000u);
  message->motor_rpm_raw = (int16_t)can_extend(can_get_le(data, 40, 16), 0x8000u);
}

void can_chg_status_pack(const can_chg_status_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->crc_raw);
  can_put_limited_le(data, 8, 4, message->counter_raw);
  can_put_limited_le(data, 12, 3, message->state_raw);
  can_put_limited_le(data, 15, 1, message->is_rapid_raw);
  can_put_limited_le(data, 16, 1, message->ac_present_raw);
  can_put_limited_le(data, 17, 1, message->at_voltage_limit_raw);
  can_put_limited_le(data, 18, 13, message->voltage_V_raw);
  can_put_limited_le(data, 31, 12, message->current_A_raw);
  can_put_le(data, 43, 8, message->temperature_degC_raw);
  can_put_limited_le(data, 51, 11, message->grid_kW_raw);
}

void can_chg_status_unpack(can_chg_status_t *message, const uint8_t data[8]) {
  message->crc_raw = (uint8_t)can_get_le(data, 0, 8);
  message->counter_raw = (uint8_t)can_get_le(data, 8, 4);
  message->state_raw = (uint8_t)can_get_le(data, 12, 3);
  message->is_rapid_raw = (uint8_t)can_get_le(data, 15, 1);
  message->ac_present_raw = (uint8_t)can_get_le(data, 16, 1);
  message->at_voltage_limit_raw = (uint8_t)can_get_le(data, 17, 1);
  message->voltage_V_raw = (uint16_t)can_get_le(data, 18, 13);
  message->current_A_raw = (uint16_t)can_get_le(data, 31, 12);
  message->temperature_degC_raw = (uint8_t)can_get_le(data, 43, 8);
  message->grid_kW_raw = (uint16_t)can_get_le(data, 51, 11);
}

void can_chg_limits_pack(const can_chg_limits_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 8, message->crc_raw);
  can_put_limited_le(data, 8, 4, message->counter_raw);
  can_put_limited_le(data, 12, 9, message->current_max_A_raw);
  can_put_limited_le(data, 21, 11, message->voltage_max_V_raw);
  can_put_limited_le(data, 32, 11, message->power_max_kW_raw);
  can_put_limited_le(data, 43, 9, message->set_A_raw);
  can_put_limited_le(data, 52, 11, message->set_V_raw);
}

void can_chg_limits_unpack(can_chg_limits_t *message, const uint8_t data[8]) {
  message->crc_raw = (uint8_t)can_get_le(data, 0, 8);
  message->counter_raw = (uint8_t)can_get_le(data, 8, 4);
  message->current_max_A_raw = (uint16_t)can_get_le(data, 12, 9);
  message->voltage_max_V_raw = (uint16_t)can_get_le(data, 21, 11);
  message->power_max_kW_raw = (uint16_t)can_get_le(data, 32, 11);
  message->set_A_raw = (uint16_t)can_get_le(data, 43, 9);
  message->set_V_raw = (uint16_t)can_get_le(data, 52, 11);
}

void can_car_drive_pack(const can_car_drive_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_limited_le(data, 0, 24, message->first_raw);
  can_put_le(data, 24, 8, message->mode_raw);
  can_put_le(data, 32, 8, message->fifth_raw);
  can_put_limited_le(data, 40, 6, message->low_bits_raw);
  can_put_limited_le(data, 46, 2, message->counter_raw);
  can_put_le(data, 48, 16, message->last_raw);
}

void can_car_drive_unpack(can_car_drive_t *message, const uint8_t data[8]) {
  message->first_raw = (uint32_t)can_get_le(data, 0, 24);
  message->mode_raw = (uint8_t)can_get_le(data, 24, 8);
  message->fifth_raw = (uint8_t)can_get_le(data, 32, 8);
  message->low_bits_raw = (uint8_t)can_get_le(data, 40, 6);
  message->counter_raw = (uint8_t)can_get_le(data, 46, 2);
  message->last_raw = (uint16_t)can_get_le(data, 48, 16);
}

void can_car_2a1_pack(const can_car_2a1_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 32, message->low_raw);
  can_put_le(data, 32, 32, message->high_raw);
}

void can_car_2a1_unpack(can_car_2a1_t *message, const uint8_t data[8]) {
  message->low_raw = (uint32_t)can_get_le(data, 0, 32);
  message->high_raw = (uint32_t)can_get_le(data, 32, 32);
}

void can_car_523_pack(const can_car_523_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 32, message->low_raw);
  can_put_le(data, 32, 32, message->high_raw);
}

void can_car_523_unpack(can_car_523_t *message, const uint8_t data[8]) {
  message->low_raw = (uint32_t)can_get_le(data, 0, 32);
  message->high_raw = (uint32_t)can_get_le(data, 32, 32);
}

void can_car_link_pack(const can_car_link_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 16, message->link_V_raw);
}

void can_car_link_unpack(can_car_link_t *message, const uint8_t data[8]) {
  message->link_V_raw = (uint16_t)can_get_le(data, 0, 16);
}

void can_car_553_pack(const can_car_553_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 32, message->low_raw);
  can_put_le(data, 32, 32, message->high_raw);
}

void can_car_553_unpack(can_car_553_t *message, const uint8_t data[8]) {
  message->low_raw = (uint32_t)can_get_le(data, 0, 32);
  message->high_raw = (uint32_t)can_get_le(data, 32, 32);
}

void can_car_57f_pack(const can_car_57f_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 0, 32, message->low_raw);
  can_put_le(data, 32, 32, message->high_raw);
}

void can_car_57f_unpack(can_car_57f_t *message, const uint8_t data[8]) {
  message->low_raw = (uint32_t)can_get_le(data, 0, 32);
  message->high_raw = (uint32_t)can_get_le(data, 32, 32);
}

void can_car_charge_pack(const can_car_charge_t *message, uint8_t data[8]) {
  memset(data, 0, 8);
  can_put_le(data, 24, 8, message->charging_raw);
  can_put_le(data, 48, 16, message->power_kW_raw);
}

void can_car_charge_unpack(can_car_charge_t *message, const uint8_t data[8]) {
  message->charging_raw = (uint8_t)can_get_le(data, 24, 8);
  message->power_kW_raw = (uint16_t)can_get_le(data, 48, 16);
}
