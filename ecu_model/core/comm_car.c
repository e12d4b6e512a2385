/// Fills the broadcast frames of the car from what the core believes.
#include "comm_car.h"

#include <string.h>

#include "../gen/can_codec.h"
#include "meas.h"

enum {
  POWER_PHASE_ms = 44,
  CURRENT_PHASE_ms = 48,
  SOC_PHASE_ms = 52,
  TEMPERATURES_PHASE_ms = 56,
  SOC_FINE_PHASE_ms = 60,
  EMPTY_permille = 16, ///< the dashboard's 0 %
  SPAN_permille = 939, ///< and from there to its 100 %
  DISPLAYED_MAX_raw = 200,
  NO_TEMPERATURE_raw = -128,
  MS_PER_H = 3600000
};

static int32_t clip(int32_t value, int32_t minimum, int32_t maximum) {
  if (value < minimum) return minimum;
  return value < maximum ? value : maximum;
}

uint8_t comm_car_displayed_raw(const bms_t *bms) {
  int32_t above_permille = (int32_t)bms->soc.soc_permille - EMPTY_permille;
  int32_t half_pct = (above_permille * DISPLAYED_MAX_raw + SPAN_permille / 2) / SPAN_permille;
  return (uint8_t)clip(half_pct, 0, DISPLAYED_MAX_raw);
}

static void send_soc(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = comm_put(bms, out, CAN_CAR_SOC_ID, CAN_CAR_SOC_LEN, 0);
  if (frame == NULL) return;
  can_car_soc_t message;
  message.displayed_soc_pct_raw = comm_car_displayed_raw(bms);
  can_car_soc_pack(&message, frame->data);
}

static void send_power(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = comm_put(bms, out, CAN_CAR_POWER_ID, CAN_CAR_POWER_LEN, 0);
  if (frame == NULL) return;
  can_car_power_t message;
  message.charge_W_raw = (uint16_t)clip(bms->limit.charge_W / 10, 0, UINT16_MAX);
  message.discharge_W_raw = (uint16_t)clip(bms->limit.discharge_W / 10, 0, UINT16_MAX);
  message.soc_pct_raw = (uint8_t)(bms->soc.soc_permille / 5u);
  message.soc_more_pct_raw = (uint8_t)(bms->soc.soc_permille % 5u);
  can_car_power_pack(&message, frame->data);
}

static void send_current(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = comm_put(bms, out, CAN_CAR_CURRENT_ID, CAN_CAR_CURRENT_LEN, 0);
  if (frame == NULL) return;
  can_car_current_t message;
  message.current_A_raw = (int16_t)clip(bms->meas.current_mA / 100, INT16_MIN, INT16_MAX);
  message.pack_V_raw = (uint16_t)clip((bms->meas.pack_mV + 50) / 100, 0, UINT16_MAX);
  can_car_current_pack(&message, frame->data);
}

int8_t comm_car_degC(int32_t value_ddegC, int is_known) {
  if (!is_known) return NO_TEMPERATURE_raw;
  int32_t rounded = (value_ddegC + (value_ddegC < 0 ? -5 : 5)) / 10;
  return (int8_t)clip(rounded, NO_TEMPERATURE_raw + 1, INT8_MAX);
}

static void send_temperatures(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = comm_put(bms, out, CAN_CAR_TEMPERATURES_ID, CAN_CAR_TEMPERATURES_LEN, 0);
  if (frame == NULL) return;
  const bms_meas_t *meas = &bms->meas;
  can_car_temperatures_t message;
  int is_known = meas->temperature_max_index != BMS_NO_LOCATION;
  message.supply_V_raw = (uint8_t)clip((meas->supply_mV + 50) / 100, 0, UINT8_MAX);
  message.temperature_min_degC_raw = comm_car_degC(meas->temperature_min_ddegC, is_known);
  message.temperature_max_degC_raw = comm_car_degC(meas->temperature_max_ddegC, is_known);
  can_car_temperatures_pack(&message, frame->data);
}

static void send_soc_fine(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = comm_put(bms, out, CAN_CAR_SOCFINE_ID, CAN_CAR_SOCFINE_LEN, 0);
  if (frame == NULL) return;
  can_car_socfine_t message;
  int64_t full_mAms = (int64_t)bms->soc.capacity_mAh * MS_PER_H;
  int64_t raw = full_mAms > 0 ? bms->soc.charge_mAms * 25600 / full_mAms : 0; /* 256 for 1 % */
  message.soc_pct_raw = (uint16_t)(raw < 0 ? 0 : raw < UINT16_MAX ? raw : UINT16_MAX);
  can_car_socfine_pack(&message, frame->data);
}

void comm_car_send(bms_t *bms, bms_out_t *out) {
  switch (bms->comm.phase_ms % CAN_CAR_SOC_CYCLE_ms) {
  case POWER_PHASE_ms:
  case POWER_PHASE_ms + CAN_CAR_POWER_CYCLE_ms:
    send_power(bms, out);
    break;
  case CURRENT_PHASE_ms:
  case CURRENT_PHASE_ms + CAN_CAR_CURRENT_CYCLE_ms:
    send_current(bms, out);
    break;
  case SOC_PHASE_ms:
    send_soc(bms, out);
    break;
  case TEMPERATURES_PHASE_ms:
    send_temperatures(bms, out);
    break;
  case SOC_FINE_PHASE_ms:
    send_soc_fine(bms, out);
    break;
  default:
    break;
  }
}
