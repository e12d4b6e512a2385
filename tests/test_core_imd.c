/// Isolation monitor: results against the plant's truth, codes against equations, limits, faults.
#include <check.h>

#include "core_rig.h"
#include "imd_rig.h"
#include "thorough.h"

Suite *test_suite(void);

static imd_rig_t rig;

enum { AT_POS, AT_NEG, AT_TAP, AT_BOTH, PLACE_COUNT, MIDDLE_TAP = 52 };

static void leak(uint32_t place, double ohm) {
  double pole_ohm = place == AT_BOTH ? 2.0 * ohm : ohm;
  if (place == AT_POS || place == AT_BOTH)
    isolation_set_leak(&rig.plant, ISOLATION_PACK_POS, pole_ohm);
  if (place == AT_NEG || place == AT_BOTH)
    isolation_set_leak(&rig.plant, ISOLATION_PACK_NEG, pole_ohm);
  if (place == AT_TAP) isolation_set_tap(&rig.plant, MIDDLE_TAP, ohm);
}

static void set_y(double farad_F) {
  isolation_set_y(&rig.plant, ISOLATION_POS, farad_F);
  isolation_set_y(&rig.plant, ISOLATION_NEG, farad_F);
}

static double error(void) { return rig.bms.imd.ohm / isolation_ohm(&rig.plant) - 1.0; }

static void check_height(double tolerance_permille) {
  double share = isolation_ohm(&rig.plant) / isolation_side_ohm(&rig.plant, ISOLATION_POS);
  ck_assert_double_eq_tol(rig.bms.imd.height_permille, 1000.0 * share, tolerance_permille);
}

/* --- accuracy ------------------------------------------------------------------------------ */

static const double grid_ohm[] = {10e3, 20e3, 40e3, 100e3, 200e3, 500e3, 1e6, 2e6};

enum { GRID_COUNT = 8, FIRST_MAX_ms = 650 };

static void check_first(void) {
  ck_assert_uint_le(imd_rig_results(&rig, 1, 5000), FIRST_MAX_ms);
  ck_assert_double_le(fabs(error()), 0.10);
  ck_assert_int_eq(imd_allows_closing(&rig.bms), isolation_ohm(&rig.plant) > 45e3);
}

/// 240, 360 and 413 V, contactors open and closed, four places: the first within 650 ms, all
/// within 10 %, later ones within 4 s and 5 %.
START_TEST(resistance_and_place_are_found) {
  _i *= STEP_OF_LOOP;
  static const double pack_V[] = {240.0, 360.0, 413.0};
  double ohm = grid_ohm[_i];
  for (uint32_t at = 0; at < PLACE_COUNT * 3 * 2; at++) {
    uint32_t place = at % PLACE_COUNT;
    imd_rig_init(&rig, pack_V[at / PLACE_COUNT % 3]);
    if (at / PLACE_COUNT / 3) imd_rig_close(&rig);
    leak(place, ohm);
    check_first();
    for (uint32_t i = 0; i < 3; i++) {
      ck_assert_uint_le(imd_rig_results(&rig, 1, 5000), 4000);
      ck_assert_double_le(fabs(error()), 0.05);
      ck_assert_uint_eq(rig.bms.imd.quality, BMS_QUALITY_VALID);
      check_height(10.0);
    }
    double pos_ohm = isolation_side_ohm(&rig.plant, ISOLATION_POS);
    double neg_ohm = isolation_side_ohm(&rig.plant, ISOLATION_NEG);
    double least = pos_ohm < neg_ohm ? pos_ohm : neg_ohm;
    double found = pos_ohm < neg_ohm ? rig.bms.imd.pos_ohm : rig.bms.imd.neg_ohm;
    ck_assert_double_eq_tol(found / least, 1.0, 0.05);
  }
}
END_TEST

/// 0.1 to 2 uF at each pole: all within 10 % and 4 s but for the first estimate.
START_TEST(capacitors_only_cost_time) {
  _i *= STEP_OF_LOOP;
  static const double y_F[] = {0.1e-6, 0.25e-6, 1e-6, 2e-6};
  for (uint32_t at = 0; at < 4 * PLACE_COUNT; at++) {
    imd_rig_init(&rig, 403.0);
    set_y(y_F[at % 4]);
    leak(at / 4, grid_ohm[_i]);
    ck_assert_uint_le(imd_rig_results(&rig, 1, 5000), 1200);
    for (uint32_t i = 0; i < 3; i++) {
      ck_assert_uint_le(imd_rig_results(&rig, 1, 5000), 4000);
      ck_assert_double_le(fabs(error()), 0.10);
    }
  }
}
END_TEST

/// Errors of gain: of the pack's sensor none is left, of one divider little.
START_TEST(gains_cancel) {
  _i *= STEP_OF_LOOP;
  imd_rig_init(&rig, 380.0);
  if (_i == 0) rig.pack_gain = 1.02;
  if (_i == 1) rig.pos_gain = 1.01;
  if (_i == 2) rig.neg_gain = 0.99;
  leak(_i == 2 ? AT_NEG : AT_POS, 40e3);
  ck_assert_uint_ne(imd_rig_results(&rig, 3, 10000), UINT32_MAX);
  ck_assert_double_le(fabs(error()), 0.05);
  imd_rig_init(&rig, 380.0);
  rig.pos_gain = 1.01;
  leak(AT_TAP, 40e3);
  ck_assert_uint_ne(imd_rig_results(&rig, 3, 10000), UINT32_MAX);
  ck_assert_double_le(fabs(error()), 0.05);
}
END_TEST

static double load_V(uint32_t kind, uint32_t ms) {
  double t = ms * 1e-3;
  if (kind == 0) return 2.0 * sin(2.0 * 3.14159265 * 0.2 * t);
  if (kind == 1) return 10.0 * sin(2.0 * 3.14159265 * 0.05 * t);
  if (kind == 2) return ms / 1000 % 2 ? 10.0 : -10.0; /* steps of 400 A */
  return ms / 10 % 2 ? 3.0 : -3.0; /* ripple of a rectifier */
}

/// Under load: every result within 10 %, and none older than 10 s.
START_TEST(a_moving_pack_does_not_mislead) {
  _i *= STEP_OF_LOOP;
  uint32_t kind = (uint32_t)_i / 4, oldest_ms = 0, result_count = 0;
  static const double ohm[] = {20e3, 40e3, 200e3, 2e6};
  imd_rig_init(&rig, 380.0);
  imd_rig_close(&rig);
  leak(_i % 2 ? AT_NEG : AT_POS, ohm[_i % 4]);
  for (uint32_t ms = 0; ms < 60000; ms++) {
    rig.pack_V = 380.0 + load_V(kind, ms);
    imd_rig_tick(&rig);
    if (rig.bms.imd.age_ms > oldest_ms) oldest_ms = rig.bms.imd.age_ms;
    if (rig.bms.imd.result_count == result_count) continue;
    result_count = rig.bms.imd.result_count;
    ck_assert_double_le(fabs(error()), 0.10);
  }
  ck_assert_uint_le(oldest_ms, 10000);
  ck_assert_uint_ge(result_count, 8);
}
END_TEST

/* --- codes --------------------------------------------------------------------------------- */

typedef struct {
  uint32_t pack_raw, x_raw, y_raw; ///< positive alone, negative alone
} still_t;

/// What the dividers that are on show of a chassis.
static void show(uint32_t switches, uint32_t pack_raw, uint32_t chassis_raw) {
  rig.in.adc_pack_raw = (uint16_t)pack_raw;
  rig.in.adc_iso_pos_raw = (uint16_t)(switches & 1u ? pack_raw - chassis_raw : 0);
  rig.in.adc_iso_neg_raw = (uint16_t)(switches & 2u ? chassis_raw : 0);
}

/// A chassis that settles within 5 ms, in codes without noise: runs for so many results.
static void run_codes(const still_t *still, uint32_t cycles) {
  uint32_t goal = rig.bms.imd.result_count + cycles;
  for (uint32_t i = 0; i < 20000 && rig.bms.imd.result_count < goal; i++) {
    uint32_t switches = imd_switches(&rig.bms);
    uint32_t chassis_raw = switches == 2 ? still->y_raw : still->pack_raw - still->x_raw;
    if (rig.bms.imd.phase_ms < 5) chassis_raw = rig.bms.imd.chassis_raw; /* as it was */
    show(switches, still->pack_raw, chassis_raw);
    imd_step(&rig.bms, &rig.in);
  }
  ck_assert_uint_eq(rig.bms.imd.result_count, goal);
}

/// R = R_d (1 - x - y) / (x + y), by long double.
START_TEST(the_equations_hold) {
  _i *= STEP_OF_LOOP;
  static const still_t still[] = {{3000, 1300, 1400}, {3300, 20, 3200},   {2000, 1900, 30},
                                  {4000, 1900, 1950}, {4000, 2000, 2000}, {4000, 120, 100},
                                  {4000, 1950, 2100}, {2048, 1000, 1000}};
  const still_t *codes = &still[_i];
  imd_rig_init(&rig, 0.0);
  run_codes(codes, 1);
  double x = codes->x_raw / (double)codes->pack_raw, y = codes->y_raw / (double)codes->pack_raw;
  double left = x + y < 1.0 ? 1.0 - x - y : 0.0;
  double tolerance = 2e6 * 4.0 / SETTLE_ONE / (x + y) / (x + y);
  ck_assert_double_eq_tol(rig.bms.imd.ohm, 2e6 * left / (x + y), tolerance + 1.0);
  ck_assert_double_eq_tol(rig.bms.imd.pos_ohm, fmin(5e7, 2e6 * left / y), tolerance / y + 1.0);
  ck_assert_double_eq_tol(rig.bms.imd.neg_ohm, fmin(5e7, 2e6 * left / x), tolerance / x + 1.0);
  ck_assert_double_eq_tol(rig.bms.imd.height_permille, 1000.0 * y / (x + y), 1.0);
}
END_TEST

START_TEST(no_leak_at_all_is_the_clip) {
  still_t still = {3000, 0, 0};
  imd_rig_init(&rig, 0.0);
  run_codes(&still, 1);
  ck_assert_uint_eq(rig.bms.imd.ohm, IMD_MAX_ohm);
  ck_assert_uint_eq(rig.bms.imd.pos_ohm, IMD_MAX_ohm);
  ck_assert_uint_eq(rig.bms.imd.height_permille, 500);
}
END_TEST

static uint8_t *condition(uint32_t dtc) { return &rig.bms.dtc[dtc].condition; }

static void report(void) {
  memset(rig.bms.dtc, 0, sizeof rig.bms.dtc);
  imd_report(&rig.bms);
}

/// The limit itself is allowed, an ohm less is not; two results in a row count; 125 % heals.
START_TEST(limits_are_exact_and_confirmed) {
  _i *= STEP_OF_LOOP;
  uint32_t *limit = _i ? &rig.bms.config.isolation_low_ohm : &rig.bms.config.isolation_lost_ohm;
  uint32_t dtc = _i ? DTC_ISOLATION_LOW : DTC_ISOLATION_LOST;
  uint32_t other = _i ? DTC_ISOLATION_LOST : DTC_ISOLATION_LOW;
  still_t still = {3000, 1300, 1400};
  imd_rig_init(&rig, 0.0);
  rig.bms.config.isolation_low_ohm = rig.bms.config.isolation_lost_ohm = 1000;
  run_codes(&still, 1);
  uint32_t ohm = rig.bms.imd.ohm;
  *limit = ohm;
  run_codes(&still, 3);
  report();
  ck_assert_uint_eq(*condition(dtc), 0);
  ck_assert(imd_allows_closing(&rig.bms));
  *limit = ohm + 1;
  run_codes(&still, 1);
  report();
  ck_assert_uint_eq(*condition(dtc), 0);
  ck_assert_int_eq(imd_allows_closing(&rig.bms), _i);
  run_codes(&still, 1);
  report();
  ck_assert_uint_eq(*condition(dtc), 1);
  ck_assert_uint_eq(*condition(other), 0);
  *limit = ohm * 100 / 125 + 500;
  run_codes(&still, 1);
  report();
  ck_assert_uint_eq(*condition(dtc), 1);
  *limit = ohm * 100 / 125 - 500;
  run_codes(&still, 1);
  report();
  ck_assert_uint_eq(*condition(dtc), 0);
}
END_TEST

START_TEST(one_bad_result_between_good_ones_is_nothing) {
  still_t good = {3000, 1300, 1400}, bad = {3000, 1400, 1590};
  imd_rig_init(&rig, 0.0);
  for (uint32_t i = 0; i < 3; i++) {
    run_codes(&bad, 1);
    run_codes(&good, 1);
  }
  report();
  ck_assert_uint_eq(*condition(DTC_ISOLATION_LOST), 0);
  ck_assert_uint_eq(*condition(DTC_ISOLATION_LOW), 0);
  for (uint32_t i = 0; i < 300; i++) run_codes(&bad, 1); /* the counts do not wrap */
  report();
  ck_assert_uint_eq(*condition(DTC_ISOLATION_LOST), 1);
  ck_assert_uint_eq(rig.bms.imd.lost_run, UINT8_MAX);
}
END_TEST

START_TEST(the_place_has_a_name_while_a_limit_is_broken) {
  imd_rig_init(&rig, 0.0);
  rig.bms.imd.height_permille = 900;
  ck_assert_int_eq(imd_at(&rig.bms), IMD_AT_NONE);
  rig.bms.imd.is_low = 1;
  ck_assert_int_eq(imd_at(&rig.bms), IMD_AT_POS);
  rig.bms.imd.is_low = 0;
  rig.bms.imd.is_lost = 1;
  rig.bms.imd.height_permille = 750;
  ck_assert_int_eq(imd_at(&rig.bms), IMD_AT_POS);
  rig.bms.imd.height_permille = 749;
  ck_assert_int_eq(imd_at(&rig.bms), IMD_AT_TAP);
  rig.bms.imd.height_permille = 251;
  ck_assert_int_eq(imd_at(&rig.bms), IMD_AT_TAP);
  rig.bms.imd.height_permille = 250;
  ck_assert_int_eq(imd_at(&rig.bms), IMD_AT_NEG);
}
END_TEST

/* --- reaction ------------------------------------------------------------------------------ */

static int is_set(uint32_t dtc) {
  report();
  return *condition(dtc);
}

/// From any moment of the cycle on, at any place: within 10 s, aim of the facts 30 s.
START_TEST(a_leak_is_found_whenever_it_comes) {
  _i *= STEP_OF_LOOP;
  uint32_t place = (uint32_t)_i % PLACE_COUNT;
  for (uint32_t phase = 0; phase < 10; phase++) {
    imd_rig_init(&rig, 360.0);
    imd_rig_close(&rig);
    imd_rig_run(&rig, 10000 + phase * 431);
    ck_assert_uint_eq(rig.bms.imd.is_low, 0);
    leak(place, 30e3);
    uint32_t took_ms = 0;
    while (!is_set(DTC_ISOLATION_LOST) && took_ms++ < 20000) imd_rig_tick(&rig);
    ck_assert_uint_le(took_ms, 6000);
    ck_assert(is_set(DTC_ISOLATION_LOW));
    leak(place, place == AT_TAP ? 0.0 : place == AT_BOTH ? 2.5e6 : 5e6);
    imd_rig_run(&rig, 5000);
    ck_assert(!is_set(DTC_ISOLATION_LOST));
    ck_assert(!is_set(DTC_ISOLATION_LOW));
  }
}
END_TEST

/// A leak between the two halves of a cycle makes one wrong result: no DTC of a sound car.
START_TEST(a_change_within_a_cycle_is_no_loss) {
  for (uint32_t at = 0; at < 40; at++) {
    imd_rig_init(&rig, 400.0);
    imd_rig_run(&rig, 5000 + 97 * at);
    leak(at % 2 ? AT_POS : AT_NEG, 600e3);
    for (uint32_t i = 0; i < 8000; i++) {
      imd_rig_tick(&rig);
      ck_assert_uint_eq(rig.bms.imd.is_lost, 0);
      ck_assert_uint_eq(rig.bms.imd.is_low, 0);
    }
    ck_assert_double_le(fabs(error()), 0.05);
  }
}
END_TEST

/// Closing the contactors joins the link's leaks: the cycle that saw both is void.
START_TEST(contacts_begin_a_new_cycle) {
  imd_rig_init(&rig, 360.0);
  imd_rig_run(&rig, 3000);
  uint32_t count = rig.bms.imd.result_count;
  ck_assert_uint_ne(rig.bms.imd.phase, IMD_PAUSE);
  imd_rig_close(&rig);
  imd_rig_tick(&rig);
  ck_assert_uint_eq(rig.bms.imd.phase, IMD_PAUSE);
  ck_assert_uint_eq(imd_switches(&rig.bms), 0);
  imd_rig_run(&rig, 59);
  ck_assert_uint_eq(rig.bms.imd.phase, IMD_PAUSE);
  imd_rig_tick(&rig);
  ck_assert_uint_eq(rig.bms.imd.phase, IMD_BOTH);
  ck_assert_uint_eq(rig.bms.imd.result_count, count);
  ck_assert_uint_ne(imd_rig_results(&rig, 1, 5000), UINT32_MAX);
  ck_assert_double_le(fabs(error()), 0.05); /* 1.25 Mohm now */
  rig.bms.coil_command |= 1u << PINS_COIL_HEATER; /* not a contactor */
  imd_rig_tick(&rig);
  ck_assert_uint_ne(rig.bms.imd.phase, IMD_PAUSE);
  rig.bms.coil_command |= 1u << PINS_COIL_PRECHARGE;
  imd_rig_tick(&rig);
  ck_assert_uint_eq(rig.bms.imd.phase, IMD_PAUSE);
  rig.bms.digital |= BMS_DI_HVIL_CLOSED; /* not a contact */
  imd_rig_run(&rig, 60);
  ck_assert_uint_eq(rig.bms.imd.phase, IMD_BOTH);
}
END_TEST

/* --- faults -------------------------------------------------------------------------------- */

typedef struct {
  uint8_t pos_is_dead, neg_is_dead, chassis_is_off, pos_is_stuck_on;
  double gain;
  uint8_t faults;
} defect_t;

static const defect_t defect[] = {
    {1, 0, 0, 0, 1.0, IMD_FAULT_SUM},  {0, 1, 0, 0, 1.0, IMD_FAULT_SUM},
    {0, 0, 1, 0, 1.0, IMD_FAULT_JUMP}, {0, 0, 0, 1, 1.0, IMD_FAULT_IDLE},
    {0, 0, 0, 0, 1.15, IMD_FAULT_SUM}, {0, 0, 0, 0, 0.85, IMD_FAULT_SUM},
};

/// A divider or its switch that does not work, a chassis that is not connected.
START_TEST(a_broken_monitor_says_so) {
  _i *= STEP_OF_LOOP;
  imd_rig_init(&rig, 380.0);
  imd_rig_run(&rig, 3000);
  ck_assert(imd_allows_closing(&rig.bms));
  rig.pos_is_dead = defect[_i].pos_is_dead;
  rig.neg_is_dead = defect[_i].neg_is_dead;
  rig.chassis_is_off = defect[_i].chassis_is_off;
  rig.pos_is_stuck_on = defect[_i].pos_is_stuck_on;
  rig.pos_gain = rig.neg_gain = defect[_i].gain;
  uint32_t took_ms = 0;
  while (!is_set(DTC_ISOLATION_MONITOR) && took_ms++ < 30000) imd_rig_tick(&rig);
  ck_assert_uint_le(took_ms, 9000);
  ck_assert_uint_eq(rig.bms.imd.shown_faults & defect[_i].faults, defect[_i].faults);
  ck_assert_uint_eq(rig.bms.imd.quality, BMS_QUALITY_INVALID);
  ck_assert(!imd_allows_closing(&rig.bms));
  ck_assert(!is_set(DTC_ISOLATION_LOST));
  rig.pos_is_dead = rig.neg_is_dead = rig.chassis_is_off = rig.pos_is_stuck_on = 0;
  rig.pos_gain = rig.neg_gain = 1.0;
  imd_rig_run(&rig, 4000);
  ck_assert(!is_set(DTC_ISOLATION_MONITOR));
  ck_assert_uint_eq(rig.bms.imd.shown_faults, 0);
  ck_assert(imd_allows_closing(&rig.bms));
}
END_TEST

/// 20 ms of a voltage where none may be; 19 are noise.
START_TEST(idle_voltage_has_a_bound) {
  _i *= STEP_OF_LOOP;
  imd_rig_init(&rig, 380.0);
  imd_rig_run(&rig, 3000);
  while (rig.bms.imd.phase != IMD_NEG) imd_rig_tick(&rig);
  rig.bms.imd.idle_ms = (uint16_t)(19 + _i);
  while (rig.bms.imd.phase == IMD_NEG) imd_rig_tick(&rig);
  ck_assert_uint_eq(rig.bms.imd.shown_faults, _i ? IMD_FAULT_IDLE : 0);
}
END_TEST

START_TEST(one_faulty_cycle_is_nothing) {
  imd_rig_init(&rig, 380.0);
  imd_rig_run(&rig, 3000);
  rig.pos_is_dead = 1;
  while (rig.bms.imd.bad_run == 0) imd_rig_tick(&rig);
  ck_assert(!is_set(DTC_ISOLATION_MONITOR));
  ck_assert(imd_allows_closing(&rig.bms));
  rig.pos_is_dead = 0;
  ck_assert_uint_ne(imd_rig_results(&rig, 1, 5000), UINT32_MAX);
  ck_assert_uint_eq(rig.bms.imd.bad_run, 0);
  rig.pos_is_dead = 1;
  imd_rig_run(&rig, 60000);
  ck_assert_uint_eq(rig.bms.imd.bad_run, UINT8_MAX);
}
END_TEST

/// Below 100 V, asleep or in a storm nothing can be measured: after 30 s that is a fault.
START_TEST(without_results_it_is_overdue) {
  _i *= STEP_OF_LOOP;
  imd_rig_init(&rig, 99.0);
  if (_i == 1) rig.pack_V = 380.0;
  for (uint32_t i = 1; i < 30000; i++) {
    if (_i == 1) rig.pack_V = 380.0 + (i / 230 % 2 ? 20.0 : 0.0);
    imd_rig_tick(&rig);
    if (_i == 0) ck_assert_uint_eq(imd_switches(&rig.bms), 0);
  }
  ck_assert_uint_eq(rig.bms.imd.result_count, 0);
  ck_assert(!is_set(DTC_ISOLATION_MONITOR));
  imd_rig_tick(&rig);
  ck_assert(is_set(DTC_ISOLATION_MONITOR));
  rig.pack_V = 380.0;
  imd_rig_run(&rig, 1500);
  ck_assert(!is_set(DTC_ISOLATION_MONITOR));
  ck_assert(imd_allows_closing(&rig.bms));
  rig.bms.imd.age_ms = 30000;
  ck_assert(!imd_allows_closing(&rig.bms));
  rig.bms.imd.age_ms = UINT32_MAX;
  imd_rig_tick(&rig);
  ck_assert_uint_eq(rig.bms.imd.age_ms, UINT32_MAX);
}
END_TEST

START_TEST(sleep_forgets_the_result_not_the_fault) {
  _i *= STEP_OF_LOOP;
  imd_rig_init(&rig, 380.0);
  leak(AT_NEG, 20e3);
  imd_rig_run(&rig, 4000);
  ck_assert(is_set(DTC_ISOLATION_LOST));
  rig.bms.state = _i ? BMS_STATE_SLEEP : BMS_STATE_RESET;
  imd_rig_run(&rig, 40000);
  ck_assert_uint_eq(imd_switches(&rig.bms), 0);
  ck_assert_uint_eq(rig.bms.imd.quality, BMS_QUALITY_NONE);
  ck_assert(is_set(DTC_ISOLATION_LOST));
  ck_assert(!is_set(DTC_ISOLATION_MONITOR));
  leak(AT_NEG, 5e6);
  rig.bms.state = BMS_STATE_SELFTEST;
  ck_assert(!imd_allows_closing(&rig.bms));
  ck_assert_uint_le(imd_rig_results(&rig, 1, 2000), FIRST_MAX_ms);
  ck_assert(!is_set(DTC_ISOLATION_LOST));
  ck_assert(imd_allows_closing(&rig.bms));
}
END_TEST

/* --- in the core --------------------------------------------------------------------------- */

static rig_t core;

START_TEST(closing_waits_for_the_first_result) {
  rig_init(&core);
  core.request = SM_REQUEST_DRIVE;
  ck_assert_uint_ne(rig_until(&core, BMS_STATE_PRECHARGE, 2000), UINT32_MAX);
  ck_assert_uint_eq(core.bms.imd.result_count, 1);
  ck_assert_uint_le(core.tick, 800);
  rig_init(&core);
  core.iso_pos_kohm = 39.0;
  core.request = SM_REQUEST_DRIVE;
  rig_run(&core, 5000);
  ck_assert_uint_eq(core.bms.coil_command, 0);
  ck_assert_uint_eq(core.bms.state, BMS_STATE_FAULT);
  ck_assert_uint_eq(core.bms.dtc[DTC_ISOLATION_LOST].is_latched, 1);
  rig_init(&core);
  core.iso_neg_kohm = 45.0;
  ck_assert(rig_close(&core, SM_REQUEST_DRIVE));
  rig_run(&core, 3000);
  ck_assert_uint_eq(core.bms.dtc[DTC_ISOLATION_LOW].is_active, 1);
  ck_assert_uint_eq(core.bms.dtc[DTC_ISOLATION_LOST].is_active, 0);
}
END_TEST

START_TEST(a_loss_while_driving_opens_and_stays) {
  rig_init(&core);
  ck_assert(rig_close(&core, SM_REQUEST_DRIVE));
  core.iso_neg_kohm = 20.0;
  uint32_t took_ms = rig_until_open(&core, 20000);
  ck_assert_uint_ge(took_ms, 9000); /* the limits go to zero first */
  ck_assert_uint_le(took_ms, 9000 + 4000);
  core.iso_neg_kohm = 5000.0;
  core.request = SM_REQUEST_STANDBY;
  rig_run(&core, 15000);
  core.request = SM_REQUEST_DRIVE;
  rig_run(&core, 2000);
  ck_assert_uint_eq(core.bms.state, BMS_STATE_FAULT);
  core.request = SM_REQUEST_STANDBY;
  core.clear_faults = 1;
  rig_run(&core, 2000);
  ck_assert_uint_eq(core.bms.state, BMS_STATE_STANDBY);
  ck_assert_uint_eq(core.bms.dtc[DTC_ISOLATION_LOST].is_active, 0);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_imd");
  TCase *tests = tcase_create("imd");
  tcase_set_timeout(tests, 30);
  tcase_add_loop_test(tests, resistance_and_place_are_found, 0, LOOP_END(GRID_COUNT));
  tcase_add_loop_test(tests, capacitors_only_cost_time, 0, LOOP_END(GRID_COUNT));
  tcase_add_loop_test(tests, gains_cancel, 0, LOOP_END(3));
  tcase_add_loop_test(tests, a_moving_pack_does_not_mislead, 0, LOOP_END(16));
  tcase_add_loop_test(tests, the_equations_hold, 0, LOOP_END(8));
  tcase_add_test(tests, no_leak_at_all_is_the_clip);
  tcase_add_loop_test(tests, limits_are_exact_and_confirmed, 0, LOOP_END(2));
  tcase_add_test(tests, one_bad_result_between_good_ones_is_nothing);
  tcase_add_test(tests, the_place_has_a_name_while_a_limit_is_broken);
  tcase_add_loop_test(tests, a_leak_is_found_whenever_it_comes, 0, LOOP_END(PLACE_COUNT));
  tcase_add_test(tests, a_change_within_a_cycle_is_no_loss);
  tcase_add_test(tests, contacts_begin_a_new_cycle);
  tcase_add_loop_test(tests, a_broken_monitor_says_so, 0, LOOP_END(6));
  tcase_add_loop_test(tests, idle_voltage_has_a_bound, 0, LOOP_END(2));
  tcase_add_test(tests, one_faulty_cycle_is_nothing);
  tcase_add_loop_test(tests, without_results_it_is_overdue, 0, LOOP_END(2));
  tcase_add_loop_test(tests, sleep_forgets_the_result_not_the_fault, 0, LOOP_END(2));
  tcase_add_test(tests, closing_waits_for_the_first_result);
  tcase_add_test(tests, a_loss_while_driving_opens_and_stays);
  suite_add_tcase(suite, tests);
  return suite;
}
