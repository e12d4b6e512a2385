/// Fan and heater: steps both ways, tacho, warming, the heater's own temperatures, who may heat.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/contactor.h"
#include "../ecu_model/core/meas.h"
#include "../ecu_model/core/thermal.h"

Suite *test_suite(void);

enum { HEATER = 1 << PINS_COIL_HEATER, MAIN = 3 };

static bms_t bms;
static bms_in_t in;

/// Charging with closed contactors at 25 degC, fan as told.
static void start(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  memset(&in, 0, sizeof in);
  bms_init(&bms, bms_config_soul_ev(), &boot);
  bms.state = BMS_STATE_CHARGE;
  bms.contactor.phase = CONTACTOR_CLOSED;
  bms.coil_command = MAIN;
  bms.soc.soc_permille = 500;
  bms.meas.supply_mV = 13200;
  bms.meas.temperature_max_index = bms.meas.temperature_min_index = 0;
  bms.meas.temperature_max_ddegC = bms.meas.temperature_min_ddegC = 250;
  bms.meas.heater_ddegC[0] = bms.meas.heater_ddegC[1] = 250;
}

static void set_pack(int32_t cold_ddegC, int32_t hot_ddegC) {
  bms.meas.temperature_min_ddegC = (int16_t)cold_ddegC;
  bms.meas.temperature_max_ddegC = (int16_t)hot_ddegC;
}

static void set_mats(int32_t first_ddegC, int32_t second_ddegC) {
  bms.meas.heater_ddegC[0] = (int16_t)first_ddegC;
  bms.meas.heater_ddegC[1] = (int16_t)second_ddegC;
}

/// Tasks of 10 ms; reports are those of the last one.
static void run(uint32_t ms) {
  for (uint32_t i = 0; i < ms; i += 10) {
    bms.dtc[DTC_HEATER].condition = bms.dtc[DTC_FAN].condition = 0;
    thermal_step(&bms);
    thermal_report(&bms, &in);
  }
}

static int heats(void) {
  ck_assert_uint_eq(bms.coil_command & MAIN, MAIN);
  ck_assert_uint_eq((bms.coil_command & HEATER) != 0, bms.thermal.is_heating);
  return bms.thermal.is_heating;
}

static int heater_is_bad(void) { return bms.dtc[DTC_HEATER].condition; }
static int fan_is_bad(void) { return bms.dtc[DTC_FAN].condition; }

/* --- fan ----------------------------------------------------------------------------------- */

static const int16_t start_ddegC[] = {310, 330, 360, 390, 410, 430, 450, 490, 520};
static const uint8_t speed_Hz[] = {0, 42, 50, 58, 67, 75, 85, 88, 95, 100};

START_TEST(steps_go_up_at_once_and_down_two_kelvin_later) {
  uint32_t step = (uint32_t)_i;
  start();
  set_pack(200, start_ddegC[step] - 1);
  run(10);
  ck_assert_uint_eq(bms.thermal.fan_step, step);
  ck_assert_uint_eq(bms.fan_duty_permille, speed_Hz[step] * 10);
  set_pack(200, start_ddegC[step]);
  run(10);
  ck_assert_uint_eq(bms.thermal.fan_step, step + 1);
  ck_assert_uint_eq(bms.fan_duty_permille, speed_Hz[step + 1] * 10);
  set_pack(200, start_ddegC[step] - 20);
  run(10);
  ck_assert_uint_eq(bms.thermal.fan_step, step + 1);
  set_pack(200, start_ddegC[step] - 21);
  run(10);
  ck_assert_uint_le(bms.thermal.fan_step, step);
}
END_TEST

START_TEST(steps_jump_over_many) {
  start();
  set_pack(200, 700);
  run(10);
  ck_assert_uint_eq(bms.thermal.fan_step, 9);
  set_pack(200, 250);
  run(10);
  ck_assert_uint_eq(bms.thermal.fan_step, 0);
  ck_assert_uint_eq(thermal_fan_Hz(9), 100);
  ck_assert_uint_eq(thermal_fan_Hz(10), 100);
}
END_TEST

START_TEST(without_temperatures_it_turns_its_best) {
  start();
  bms.meas.temperature_max_index = BMS_NO_LOCATION;
  run(10);
  ck_assert_uint_eq(bms.fan_duty_permille, 1000);
  bms.state = BMS_STATE_DRIVE;
  run(10);
  ck_assert_uint_eq(bms.fan_duty_permille, 1000);
  bms.state = BMS_STATE_STANDBY;
  run(10);
  ck_assert_uint_eq(bms.fan_duty_permille, 0);
}
END_TEST

START_TEST(asleep_it_stands) {
  start();
  set_pack(200, 400);
  bms.state = BMS_STATE_STANDBY;
  run(10);
  ck_assert_uint_eq(bms.fan_duty_permille, 670);
  bms.state = BMS_STATE_SLEEP;
  run(10);
  ck_assert_uint_eq(bms.fan_duty_permille, 0);
  in.fan_tacho_Hz = 9;
  run(10);
  ck_assert(fan_is_bad());
}
END_TEST

/// A fifth of the speed or 8 Hz, both ways; not while 12 V are missing.
START_TEST(the_tacho_must_follow) {
  static const struct {
    int16_t hot_ddegC;
    uint16_t least_Hz, most_Hz;
  } row[] = {{250, 0, 8}, {310, 34, 50}, {360, 47, 69}, {520, 80, 120}};
  start();
  set_pack(200, row[_i].hot_ddegC);
  for (uint32_t Hz = 0; Hz < 200; Hz++) {
    in.fan_tacho_Hz = (uint16_t)Hz;
    run(10);
    ck_assert_int_eq(fan_is_bad(), Hz < row[_i].least_Hz || Hz > row[_i].most_Hz);
    ck_assert_uint_eq(bms.thermal.tacho_Hz, Hz);
  }
  bms.meas.supply_mV = 9000;
  run(10);
  ck_assert(fan_is_bad());
  bms.meas.supply_mV = 8999;
  run(10);
  ck_assert(!fan_is_bad());
}
END_TEST

/* --- heater -------------------------------------------------------------------------------- */

START_TEST(a_cold_pack_is_warmed_until_it_is_warm) {
  start();
  set_mats(40, 40);
  set_pack(50, 350);
  run(10);
  ck_assert(!heats());
  ck_assert_uint_eq(bms.fan_duty_permille, 500);
  set_pack(49, 350);
  run(10);
  ck_assert(heats());
  ck_assert_uint_eq(bms.fan_duty_permille, 0);
  run(1000);
  ck_assert(!fan_is_bad()); /* it is told to stand */
  in.fan_tacho_Hz = 50;
  run(10);
  ck_assert(fan_is_bad());
  set_pack(79, 350);
  run(10);
  ck_assert(heats());
  set_pack(80, 350);
  run(10);
  ck_assert(!heats());
  set_pack(50, 350);
  run(10);
  ck_assert(!heats());
}
END_TEST

typedef enum { IN_DRIVE, IN_STANDBY, OPENING, EMPTY, SHUTTING, BLIND, REASON_COUNT } reason_t;

static void forbid(reason_t reason) {
  if (reason == IN_DRIVE) bms.state = BMS_STATE_DRIVE;
  if (reason == IN_STANDBY) bms.state = BMS_STATE_STANDBY;
  if (reason == OPENING) bms.contactor.phase = CONTACTOR_OPEN_POS;
  if (reason == EMPTY) bms.soc.soc_permille = 99;
  if (reason == SHUTTING) bms.reaction.is_zero_open = 1;
  if (reason == BLIND) bms.meas.temperature_min_index = BMS_NO_LOCATION;
}

START_TEST(only_a_charging_pack_heats) {
  start();
  set_pack(-50, -50);
  set_mats(-50, -50);
  bms.soc.soc_permille = 100;
  run(10);
  ck_assert(heats());
  forbid((reason_t)_i);
  run(10);
  ck_assert(!heats());
}
END_TEST

START_TEST(a_hot_mat_waits) {
  start();
  set_pack(0, 0);
  for (int swap = 0; swap < 2; swap++) {
    set_mats(399, 0);
    run(10);
    ck_assert(heats());
    set_mats(swap ? 0 : 499, swap ? 499 : 0);
    run(10);
    ck_assert(heats());
    set_mats(swap ? 0 : 500, swap ? 500 : 0);
    run(10);
    ck_assert(!heats());
    set_mats(swap ? 0 : 400, swap ? 400 : 0);
    run(10);
    ck_assert(!heats());
  }
  ck_assert(!heater_is_bad());
}
END_TEST

START_TEST(a_lost_thermistor_stops_it) {
  start();
  set_pack(0, 0);
  set_mats(0, 0);
  run(10);
  ck_assert(heats());
  bms.meas.heater_ddegC[_i] = MEAS_DDEGC_NONE;
  run(10);
  ck_assert(!heats());
  ck_assert(heater_is_bad());
  set_mats(0, 0);
  run(10);
  ck_assert(heats());
  ck_assert(!heater_is_bad());
  bms.meas.heater_ddegC[_i] = 650;
  run(10);
  ck_assert(!heater_is_bad());
  bms.meas.heater_ddegC[_i] = 651;
  run(10);
  ck_assert(heater_is_bad());
}
END_TEST

/// 5 K in 120 s of heating; then it is given up until this charge ends.
START_TEST(a_mat_that_does_not_warm_is_given_up) {
  start();
  set_pack(-20, -20);
  set_mats(-20, -20);
  run(10);
  set_mats(30, 30);
  if (_i < 2) bms.meas.heater_ddegC[_i] = 29;
  run(THERMAL_WARM_AFTER_ms - 10);
  ck_assert(!heater_is_bad());
  ck_assert(heats());
  run(10);
  if (_i == 2) {
    ck_assert(!heater_is_bad());
    ck_assert(heats());
    return;
  }
  ck_assert(heater_is_bad());
  run(10);
  ck_assert(!heats());
  run(300000);
  ck_assert(heater_is_bad());
  ck_assert(!heats());
  bms.state = BMS_STATE_STANDBY;
  run(20);
  ck_assert(!heater_is_bad());
  bms.state = BMS_STATE_CHARGE;
  run(20);
  ck_assert(heats());
}
END_TEST

/// 12 K above the hottest module after 180 s off: its relay or its thermistor is wrong.
START_TEST(a_mat_that_warms_unasked_is_found) {
  start();
  set_pack(100, 150);
  set_mats(_i == 0 ? 271 : 0, _i == 0 ? 0 : _i == 1 ? 271 : 270);
  run(THERMAL_COLD_AFTER_ms - 10);
  ck_assert(!heater_is_bad());
  run(10);
  ck_assert_int_eq(heater_is_bad(), _i < 2);
  bms.meas.temperature_max_index = BMS_NO_LOCATION;
  run(10);
  ck_assert(!heater_is_bad());
  bms.thermal.switched_ms = UINT32_MAX - 10;
  run(20);
  ck_assert_uint_eq(bms.thermal.switched_ms, UINT32_MAX - 10);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_thermal");
  TCase *tests = tcase_create("thermal");
  tcase_add_loop_test(tests, steps_go_up_at_once_and_down_two_kelvin_later, 0, 9);
  tcase_add_test(tests, steps_jump_over_many);
  tcase_add_test(tests, without_temperatures_it_turns_its_best);
  tcase_add_test(tests, asleep_it_stands);
  tcase_add_loop_test(tests, the_tacho_must_follow, 0, 4);
  tcase_add_test(tests, a_cold_pack_is_warmed_until_it_is_warm);
  tcase_add_loop_test(tests, only_a_charging_pack_heats, 0, REASON_COUNT);
  tcase_add_test(tests, a_hot_mat_waits);
  tcase_add_loop_test(tests, a_lost_thermistor_stops_it, 0, 2);
  tcase_add_loop_test(tests, a_mat_that_does_not_warm_is_given_up, 0, 3);
  tcase_add_loop_test(tests, a_mat_that_warms_unasked_is_found, 0, 3);
  suite_add_tcase(suite, tests);
  return suite;
}
