/// Two tables of cyclic frames and what fills each of them.
#include "restbus.h"

#include <string.h>

#include "../ecu_model/gen/can_codec.h"

typedef void fill_t(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]);

typedef struct {
  uint32_t id;
  uint32_t e2e_data_id; ///< 0: not protected
  uint32_t cycle_ms, phase_ms;
  fill_t *fill;
} row_t;

static const double rpm_per_kph = 68.77; /* gear 8.206, wheel 1.989 m: as the BMS tells a tester */
static const double soul_power_kW = 1.0 / 256.0;

/// value in steps, rounded; 0..max. What is no number is 0.
static uint16_t steps(double value, double step, double max) {
  double raw = value / step + 0.5;
  return (uint16_t)(raw >= 1.0 ? raw < max ? raw : max : 0.0);
}

static int16_t signed_steps(double value, double step, double max) {
  return value < 0.0 ? (int16_t)-steps(-value, step, max) : (int16_t)steps(value, step, max);
}

/* --- frames of our own ----------------------------------------------------------------------- */

static void fill_vehicle(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  (void)restbus;
  const can_vcm_vehicle_t message = {.ignition_on_raw = truth->ignition_is_on,
                                     .is_ready_raw = truth->is_ready,
                                     .crash_raw = truth->crash_is_signalled,
                                     .is_plugged_raw = truth->charger_is_plugged,
                                     .supply_V_raw = (uint8_t)steps(truth->supply_V, 0.1, 255),
                                     .ambient_degC_raw =
                                         (uint8_t)steps(truth->ambient_degC + 40.0, 0.5, 255)};
  can_vcm_vehicle_pack(&message, data);
}

static void fill_link(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  (void)restbus;
  const can_vcm_link_t message = {.is_discharging_raw = truth->link_is_discharging,
                                  .link_V_raw = steps(truth->link_V, 0.1, 8191),
                                  .load_A_raw = signed_steps(truth->load_A, 0.1, 8191),
                                  .motor_rpm_raw =
                                      signed_steps(truth->speed_kph * rpm_per_kph, 1.0, INT16_MAX)};
  can_vcm_link_pack(&message, data);
}

static void fill_charger(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  (void)restbus;
  const can_chg_status_t message = {.state_raw = (uint8_t)truth->charger,
                                    .is_rapid_raw = truth->charger_is_rapid,
                                    .ac_present_raw = truth->ac_is_present,
                                    .at_voltage_limit_raw = truth->charger_is_in_cv,
                                    .voltage_V_raw = steps(truth->link_V, 0.1, 8191),
                                    .current_A_raw = steps(truth->charger_A, 0.1, 4095),
                                    .temperature_degC_raw =
                                        (uint8_t)steps(truth->charger_degC + 40.0, 1.0, 255),
                                    .grid_kW_raw = steps(truth->grid_W, 100.0, 2047)};
  can_chg_status_pack(&message, data);
}

static void fill_limits(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  (void)restbus;
  const can_chg_limits_t message = {.current_max_A_raw = steps(truth->charger_max_A, 1.0, 511),
                                    .voltage_max_V_raw = steps(truth->charger_max_V, 0.25, 2047),
                                    .power_max_kW_raw = steps(truth->charger_max_W, 100.0, 2047),
                                    .set_A_raw = steps(truth->set_A, 1.0, 511),
                                    .set_V_raw = steps(truth->set_V, 0.25, 2047)};
  can_chg_limits_pack(&message, data);
}

static const row_t packsim_rows[] = {
    {CAN_VCM_VEHICLE_ID, CAN_VCM_VEHICLE_E2E_DATA_ID, CAN_VCM_VEHICLE_CYCLE_ms, 14, fill_vehicle},
    {CAN_VCM_LINK_ID, CAN_VCM_LINK_E2E_DATA_ID, CAN_VCM_LINK_CYCLE_ms, 34, fill_link},
    {CAN_CHG_STATUS_ID, CAN_CHG_STATUS_E2E_DATA_ID, CAN_CHG_STATUS_CYCLE_ms, 64, fill_charger},
    {CAN_CHG_LIMITS_ID, CAN_CHG_LIMITS_E2E_DATA_ID, CAN_CHG_LIMITS_CYCLE_ms, 68, fill_limits}};

/* --- frames of the car ----------------------------------------------------------------------- */

/// Bytes 3 and 5 as they were seen: five frames after the start, then four again and again.
static void fill_drive(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  enum { AGAIN = 5, COUNT = 9 };
  static const uint8_t mode[COUNT] = {0x04, 0x04, 0x04, 0x04, 0x10, 0x10, 0x10, 0x10, 0x10};
  static const uint8_t byte_5[COUNT] = {0x17, 0x57, 0x97, 0xD7, 0xFF, 0x3B, 0x7B, 0xBB, 0xFB};
  (void)truth;
  const uint8_t bytes[8] = {
      0x00, 0x80, 0xD8, mode[restbus->drive_step], 0x00, byte_5[restbus->drive_step], 0xD0, 0x00};
  memcpy(data, bytes, sizeof bytes);
  restbus->drive_step =
      (uint8_t)(restbus->drive_step + 1u < COUNT ? restbus->drive_step + 1 : AGAIN);
}

static void fill_2a1(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  (void)restbus;
  (void)truth;
  memset(data, 0, 8);
}

static void fill_523(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  static const uint8_t bytes[8] = {0x08, 0x38, 0x36, 0x36, 0x33, 0x34, 0x00, 0x01};
  (void)restbus;
  (void)truth;
  memcpy(data, bytes, sizeof bytes);
}

static void fill_inverter(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  (void)restbus;
  const can_car_link_t message = {.link_V_raw = steps(truth->link_V, 1.0, UINT16_MAX)};
  can_car_link_pack(&message, data);
}

static void fill_553(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  static const uint8_t bytes[8] = {0x04, 0x00, 0x80, 0x00, 0x00, 0x00, 0x80, 0x00};
  (void)restbus;
  (void)truth;
  memcpy(data, bytes, sizeof bytes);
}

static void fill_57f(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  static const uint8_t bytes[8] = {0x80, 0x0A, 0x72, 0x00, 0x00, 0x00, 0x00, 0x72};
  (void)restbus;
  (void)truth;
  memcpy(data, bytes, sizeof bytes);
}

static void fill_charge(restbus_t *restbus, const restbus_truth_t *truth, uint8_t data[8]) {
  (void)restbus;
  const double power_kW = truth->charger_A * truth->link_V / 1e3;
  const can_car_charge_t message = {.charging_raw = truth->charger == RESTBUS_CHARGING,
                                    .power_kW_raw = steps(power_kW, soul_power_kW, UINT16_MAX)};
  can_car_charge_pack(&message, data);
}

static const row_t soul_ev_rows[] = {
    {CAN_CAR_DRIVE_ID, 0, CAN_CAR_DRIVE_CYCLE_ms, 2, fill_drive},
    {CAN_CAR_523_ID, 0, CAN_CAR_523_CYCLE_ms, 4, fill_523},
    {CAN_CAR_LINK_ID, 0, CAN_CAR_LINK_CYCLE_ms, 8, fill_inverter},
    {CAN_CAR_553_ID, 0, CAN_CAR_553_CYCLE_ms, 16, fill_553},
    {CAN_CAR_57F_ID, 0, CAN_CAR_57F_CYCLE_ms, 36, fill_57f},
    {CAN_CAR_2A1_ID, 0, CAN_CAR_2A1_CYCLE_ms, 66, fill_2a1},
    {CAN_CAR_CHARGE_ID, 0, CAN_CAR_CHARGE_CYCLE_ms, 86, fill_charge}};

/* --- the clock ------------------------------------------------------------------------------- */

enum { MS_us = 1000, COUNT_OWN = sizeof packsim_rows / sizeof packsim_rows[0] };
enum { COUNT_CAR = sizeof soul_ev_rows / sizeof soul_ev_rows[0] };

_Static_assert((int)COUNT_OWN <= (int)RESTBUS_ROW_MAX && (int)COUNT_CAR <= (int)RESTBUS_ROW_MAX,
               "each row has its counter");

static uint32_t table_of(const restbus_t *restbus, const row_t **rows) {
  *rows = restbus->kind == RESTBUS_SOUL_EV ? soul_ev_rows : packsim_rows;
  if (restbus->kind == RESTBUS_SOUL_EV) return COUNT_CAR;
  return restbus->kind == RESTBUS_PACKSIM ? COUNT_OWN : 0;
}

static void find_next(restbus_t *restbus, uint32_t row_count) {
  restbus->next_us = UINT64_MAX;
  for (uint32_t i = 0; i < row_count; i++) {
    if (restbus->due_us[i] < restbus->next_us) restbus->next_us = restbus->due_us[i];
  }
}

void restbus_init(restbus_t *restbus, restbus_kind_t kind) {
  const row_t *rows;
  memset(restbus, 0, sizeof *restbus);
  restbus->kind = (uint8_t)kind;
  const uint32_t count = table_of(restbus, &rows);
  for (uint32_t i = 0; i < count; i++) restbus->due_us[i] = rows[i].phase_ms * (uint64_t)MS_us;
  find_next(restbus, count);
}

void restbus_step(restbus_t *restbus, uint64_t now_us, const restbus_truth_t *truth, can_mem_t *bus,
                  uint32_t node) {
  const row_t *rows;
  const uint32_t count = table_of(restbus, &rows);
  for (uint32_t i = 0; i < count; i++) {
    if (now_us < restbus->due_us[i]) continue;
    restbus->due_us[i] += rows[i].cycle_ms * (uint64_t)MS_us;
    can_frame_t frame = {.id = rows[i].id, .len = 8};
    rows[i].fill(restbus, truth, frame.data);
    if (rows[i].e2e_data_id != 0)
      e2e_protect(&restbus->tx[i], (uint16_t)rows[i].e2e_data_id, frame.data, frame.len);
    restbus->sent_count++;
    (void)can_mem_send(bus, node, now_us * 1000u, &frame);
  }
  find_next(restbus, count);
}
