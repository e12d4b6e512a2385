/// 21 01..05: the bytes of the five local ids.
#include "kwp.h"

#include <string.h>

#include "big_endian.h"
#include "comm.h"
#include "comm_car.h"
#include "meas.h"

enum {
  VALUES_REPLY = 0x61,
  HEAD_BYTES = 2, ///< service and local id; d[0] follows
  UNKNOWN_BYTES = 4, ///< FF each: nobody knows what they mean
  MAIN_BYTES = 59,
  GROUPS_BYTES = 36,
  MORE_BYTES = 42,
  GROUPS_PER_PAGE = 32,
  NO_VOLTAGE_raw = 0xFF,
  VOLTAGE_STEP_mV = 20,
  FLAG_CHARGING = 0x80,
  FLAG_RAPID_PORT = 0x40,
  FLAG_NORMAL_PORT = 0x20,
  FLAG_WELDED = 0x10,
  FLAG_FAULT = 0x08,
  FLAG_WARNING = 0x04,
  FLAG_CONTROLLABLE = 0x02,
  FLAG_CLOSED = 0x01,
  CAR_IS_ON = 0x45,
  CAR_IS_OFF = 0x41,
  PER_STEP = 360, ///< A s in 0.1 A h, and kJ in 0.1 kW h
  MILLI_RPM_PER_DKPH = 6877, ///< gear 8.206, wheel 1.989 m
  ISOLATION_FULL_kohm = 1000,
  MODULES_IN_MAIN = 5,
  NORMAL_STATUS = 1,
  AIRBAG_DUTY_pct = 80
};

static int32_t clip(int32_t value, int32_t minimum, int32_t maximum) {
  if (value < minimum) return minimum;
  return value < maximum ? value : maximum;
}

static uint8_t voltage_raw(uint32_t value_mV) {
  int32_t raw = (int32_t)(value_mV + VOLTAGE_STEP_mV / 2) / VOLTAGE_STEP_mV;
  return (uint8_t)clip(raw, 0, NO_VOLTAGE_raw - 1);
}

static void put_power(uint8_t *bytes, int32_t power_W) {
  big_endian_put16(bytes, (uint32_t)clip(power_W / 10, 0, UINT16_MAX));
}

static uint8_t module_degC(const bms_t *bms, uint32_t m) {
  int is_known = bms->meas.module_quality[m] == BMS_QUALITY_VALID;
  return (uint8_t)comm_car_degC(bms->meas.module_ddegC[m], is_known);
}

static uint8_t sensor_degC(int32_t value_ddegC, bms_validity_t validity) {
  return (uint8_t)comm_car_degC(value_ddegC, validity.quality <= BMS_QUALITY_STALE);
}

/* --- 21 01 ----------------------------------------------------------------------------------- */

static uint8_t flags_of(const bms_t *bms) {
  enum { BOTH_MAIN = BMS_DI_AUX_MAIN_POS | BMS_DI_AUX_MAIN_NEG };
  int is_closed = (bms->digital & BOTH_MAIN) == BOTH_MAIN;
  uint32_t flags = 0;
  if (bms->state == BMS_STATE_CHARGE) flags |= FLAG_CHARGING;
  if (bms->digital & BMS_DI_CHARGER_PLUG)
    flags |= bms->comm.port_is_rapid ? FLAG_RAPID_PORT : FLAG_NORMAL_PORT;
  if (bms->dtc[DTC_CONTACTOR_WELDED].is_active) flags |= FLAG_WELDED;
  if (bms->fault_level == DTC_LEVEL_FAULT) flags |= FLAG_FAULT;
  if (bms->fault_level == DTC_LEVEL_WARNING) flags |= FLAG_WARNING;
  if (is_closed) flags |= FLAG_CLOSED;
  if (bms->state == BMS_STATE_DRIVE || bms->state == BMS_STATE_CHARGE) flags |= FLAG_CONTROLLABLE;
  return (uint8_t)flags;
}

static void fill_electric(const bms_t *bms, uint8_t *d) {
  d[4] = (uint8_t)(bms->soc.soc_permille / 5u);
  put_power(d + 5, bms->limit.charge_W);
  put_power(d + 7, bms->limit.discharge_W);
  d[9] = flags_of(bms);
  int32_t current_dA = clip(bms->meas.current_mA / 100, -INT16_MAX, INT16_MAX);
  big_endian_put16(d + 10, (uint16_t)current_dA);
  big_endian_put16(d + 12, (uint32_t)clip((bms->meas.pack_mV + 50) / 100, 0, UINT16_MAX));
}

static void fill_temperatures(const bms_t *bms, uint8_t *d) {
  const bms_meas_t *meas = &bms->meas;
  int is_known = meas->temperature_max_index != BMS_NO_LOCATION;
  d[14] = (uint8_t)comm_car_degC(meas->temperature_max_ddegC, is_known);
  d[15] = (uint8_t)comm_car_degC(meas->temperature_min_ddegC, is_known);
  for (uint32_t m = 0; m < MODULES_IN_MAIN; m++) d[16 + m] = module_degC(bms, m);
  d[22] = sensor_degC(meas->inlet_ddegC, meas->inlet_validity);
}

static void fill_extremes(const bms_t *bms, uint8_t *d) {
  const bms_meas_t *meas = &bms->meas;
  int has_groups = meas->group_max_index != BMS_NO_LOCATION;
  d[23] = has_groups ? voltage_raw(meas->group_max_mV) : NO_VOLTAGE_raw;
  d[24] = has_groups ? (uint8_t)(meas->group_max_index + 1) : 0;
  d[25] = has_groups ? voltage_raw(meas->group_min_mV) : NO_VOLTAGE_raw;
  d[26] = has_groups ? (uint8_t)(meas->group_min_index + 1) : 0;
  d[27] = bms->thermal.fan_step;
  d[28] = (uint8_t)clip(bms->thermal.tacho_Hz, 0, UINT8_MAX);
  d[29] = (uint8_t)clip((meas->supply_mV + 50) / 100, 0, UINT8_MAX);
}

static void fill_counters(const bms_life_t *life, uint8_t *d) {
  big_endian_put32(d + 30, life->charge_As / PER_STEP);
  big_endian_put32(d + 34, life->discharge_As / PER_STEP);
  big_endian_put32(d + 38, life->charge_kJ / PER_STEP);
  big_endian_put32(d + 42, life->discharge_kJ / PER_STEP);
  big_endian_put32(d + 46, life->operating_s);
}

/// Not measured: 0, so that nobody takes it for a good isolation.
static uint32_t isolation_kohm(const bms_imd_t *imd) {
  if (imd->quality > BMS_QUALITY_STALE) return 0;
  return imd->ohm < ISOLATION_FULL_kohm * 1000u ? imd->ohm / 1000u : ISOLATION_FULL_kohm;
}

static void fill_vehicle(const bms_t *bms, uint8_t *d) {
  int32_t speed_dkph = comm_request_is_alive(bms) ? bms->comm.speed_dkph : 0;
  d[50] = bms->digital & BMS_DI_IGNITION ? CAR_IS_ON : CAR_IS_OFF;
  big_endian_put16(d + 51, (uint32_t)clip((bms->meas.link_mV + 500) / 1000, 0, UINT16_MAX));
  int32_t speed_rpm = (speed_dkph * MILLI_RPM_PER_DKPH + 500) / 1000;
  big_endian_put16(d + 53, (uint32_t)clip(speed_rpm, 0, INT16_MAX));
  big_endian_put16(d + 57, isolation_kohm(&bms->imd));
}

static void fill_main(const bms_t *bms, uint8_t *d) {
  fill_electric(bms, d);
  fill_temperatures(bms, d);
  fill_extremes(bms, d);
  fill_counters(&bms->life, d);
  fill_vehicle(bms, d);
}

/* --- 21 02..05 ------------------------------------------------------------------------------- */

static void fill_groups(const bms_t *bms, uint32_t page, uint8_t *d) {
  for (uint32_t i = 0; i < GROUPS_PER_PAGE; i++) {
    uint32_t group = page * GROUPS_PER_PAGE + i;
    int has_value = bms->meas.group_quality[group] <= BMS_QUALITY_STALE;
    d[4 + i] = has_value ? voltage_raw(bms->meas.group_mV[group]) : NO_VOLTAGE_raw;
  }
}

/// Wear of the worst and the best group, in 0.1 %, and which they are. The core knows the capacity
/// of the pack, not of each group: both are the pack's, group 0 says that none is named.
static void fill_deterioration(const bms_t *bms, uint8_t *d) {
  uint32_t capacity_permille = bms->soh.capacity_permille;
  uint32_t wear_permille = capacity_permille < 1000u ? 1000u - capacity_permille : 0;
  big_endian_put16(d + 25, wear_permille);
  d[27] = 0;
  big_endian_put16(d + 28, wear_permille);
  d[30] = 0;
}

static void fill_more(const bms_t *bms, uint8_t *d) {
  const bms_meas_t *meas = &bms->meas;
  int has_groups = meas->group_max_index != BMS_NO_LOCATION;
  for (uint32_t m = MODULES_IN_MAIN; m < BMS_AFE_COUNT; m++) {
    d[9 + m - MODULES_IN_MAIN] = module_degC(bms, m);
  }
  put_power(d + 16, bms->limit.charge_W);
  put_power(d + 18, bms->limit.discharge_W);
  uint32_t spread_mV = (uint32_t)meas->group_max_mV - meas->group_min_mV;
  d[20] = has_groups ? voltage_raw(spread_mV) : 0;
  d[21] = NORMAL_STATUS;
  d[22] = AIRBAG_DUTY_pct;
  d[23] = sensor_degC(meas->heater_ddegC[0], meas->heater_validity[0]);
  d[24] = sensor_degC(meas->heater_ddegC[1], meas->heater_validity[1]);
  fill_deterioration(bms, d);
  d[31] = comm_car_displayed_raw(bms);
}

int32_t kwp_values(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  static const uint8_t data_bytes[] = {MAIN_BYTES, GROUPS_BYTES, GROUPS_BYTES, GROUPS_BYTES,
                                       MORE_BYTES};
  (void)out;
  uint32_t id = request->count == 2 ? request->bytes[1] : 0;
  if (id < 1 || id > sizeof data_bytes) return -SERVER_NRC_SUBFUNCTION;
  uint8_t *d = reply + HEAD_BYTES;
  memset(d, 0, data_bytes[id - 1]);
  memset(d, UINT8_MAX, UNKNOWN_BYTES);
  reply[0] = VALUES_REPLY;
  reply[1] = (uint8_t)id;
  if (id == 1)
    fill_main(bms, d);
  else if (id <= 4)
    fill_groups(bms, id - 2, d);
  else
    fill_more(bms, d);
  return HEAD_BYTES + data_bytes[id - 1];
}
