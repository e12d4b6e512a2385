/// Vehicle: traces, road load against closed forms, limits, and energy per kilometre at the pack.
#include <check.h>
#include <math.h>

#include "../scenarios/cell_file.h"
#include "../sim/hv.h"
#include "../sim/vehicle.h"

static const double no_limit_W = 1e9;
static const float cruise_mps[] = {20.0F, 20.0F, 20.0F};
static const float ramp_mps[] = {0.0F, 2.0F, 2.0F, 0.0F};
static const float brake_mps[] = {30.0F, 20.0F};
static const cycle_t cruise = {"cruise", "", cruise_mps, 3};
static const cycle_t ramp = {"ramp", "", ramp_mps, 4};
static const cycle_t brake = {"brake", "", brake_mps, 2};
static vehicle_t vehicle;

static void start(const cycle_t *cycle) {
  vehicle_init(&vehicle, vehicle_params_soul_ev());
  vehicle.cycle = cycle;
  vehicle.start_us = 5000000;
}

static double road_N(double speed_mps) {
  return 1626.0 * 9.80665 * 0.0095 + 0.5 * 1.2 * 0.35 * 2.42 * speed_mps * speed_mps;
}

START_TEST(traces_have_their_distances) {
  static const struct {
    const char *name;
    uint32_t sample_count;
    double distance_m; // of the published traces
  } rows[] = {{"udds", 1370, 11990.4},  {"us06", 601, 12887.6},    {"hwfet", 766, 16506.8},
              {"la92", 1436, 15797.4},  {"wltc3b", 1801, 23266.3}, {"sc03", 601, 5760.6},
              {"ftp75", 1875, 17769.7}, {"nedc", 1181, 10931.4}};
  uint32_t count = sizeof rows / sizeof rows[0];
  for (uint32_t i = 0; i < count; i++) {
    const cycle_t *cycle = cycle_find(rows[i].name);
    ck_assert_ptr_nonnull(cycle);
    ck_assert_ptr_eq(cycle, cycle_at(i));
    ck_assert_uint_eq(cycle->sample_count, rows[i].sample_count);
    start(cycle);
    uint64_t end_us = vehicle.start_us + (uint64_t)(cycle->sample_count - 1) * 1000000;
    for (uint64_t t = vehicle.start_us; t < end_us; t += 100000)
      (void)vehicle_power_W(&vehicle, t, 100000, no_limit_W, no_limit_W, 1);
    ck_assert_double_eq_tol(vehicle.ledger.distance_m / rows[i].distance_m, 1.0, 1e-4);
  }
  ck_assert_ptr_null(cycle_at(count));
  ck_assert_ptr_null(cycle_find("udd"));
  ck_assert_ptr_null(cycle_find(""));
}
END_TEST

START_TEST(cruise_needs_road_load) {
  start(&cruise);
  double power_W = vehicle_power_W(&vehicle, 5500000, 1000, no_limit_W, no_limit_W, 1);
  ck_assert_double_eq_tol(power_W, road_N(20.0) * 20.0 / 0.9 + 300.0, 1e-9);
  ck_assert_double_eq_tol(vehicle.speed_mps, 20.0, 1e-12);
  ck_assert_double_eq_tol(vehicle.ledger.distance_m, 0.020, 1e-12);
}
END_TEST

START_TEST(speed_is_taken_at_mid_interval) {
  start(&ramp);
  double power_W = vehicle_power_W(&vehicle, 5000000, 1000000, no_limit_W, no_limit_W, 1);
  double force_N = road_N(1.0) + 1626.0 * 1.04 * 2.0;
  ck_assert_double_eq_tol(power_W, force_N * 1.0 / 0.9 + 300.0, 1e-9);
  power_W = vehicle_power_W(&vehicle, 7250000, 500000, no_limit_W, no_limit_W, 1);
  force_N = road_N(1.0) - 1626.0 * 1.04 * 2.0;
  ck_assert_double_eq_tol(power_W, force_N * 1.0 * 0.8 + 300.0, 1e-9);
}
END_TEST

START_TEST(regeneration_is_capped_and_friction_takes_the_rest) {
  start(&brake);
  double power_W = vehicle_power_W(&vehicle, 5000000, 1000, no_limit_W, no_limit_W, 1);
  ck_assert_double_eq_tol(power_W, -40e3 + 300.0, 1e-6);
  double wheel_W = (road_N(29.995) - 1626.0 * 1.04 * 10.0) * 29.995;
  ck_assert_double_eq_tol(vehicle.ledger.wheel_J, wheel_W * 1e-3, 1e-6);
  ck_assert_double_eq_tol(vehicle.ledger.loss_J, (-40e3 - wheel_W) * 1e-3, 1e-6);
  ck_assert_double_eq_tol(vehicle.ledger.missed_J, 0.0, 1e-12);
}
END_TEST

START_TEST(limits_are_obeyed) {
  start(&cruise);
  double wanted_W = road_N(20.0) * 20.0;
  ck_assert_double_eq_tol(vehicle_power_W(&vehicle, 5000000, 1000, 5000.0, 0.0, 1), 5000.0, 1e-9);
  ck_assert_double_eq_tol(vehicle.ledger.missed_J, (wanted_W - 4700.0 * 0.9) * 1e-3, 1e-9);
  ck_assert_double_eq_tol(vehicle.ledger.aux_J, 0.3, 1e-12);
  ck_assert_double_eq_tol(vehicle_power_W(&vehicle, 5000000, 1000, 200.0, 0.0, 1), 200.0, 1e-9);
  ck_assert_double_eq_tol(vehicle.ledger.aux_J, 0.5, 1e-12);
  ck_assert_double_eq_tol(vehicle_power_W(&vehicle, 5000000, 1000, -10.0, 0.0, 1), 0.0, 1e-9);
  start(&brake);
  ck_assert_double_eq_tol(vehicle_power_W(&vehicle, 5000000, 1000, 9e4, 1e4, 1), -1e4, 1e-9);
  ck_assert_double_eq_tol(vehicle_power_W(&vehicle, 5000000, 1000, 9e4, 0.0, 1), 0.0, 1e-9);
  ck_assert_double_eq_tol(vehicle_power_W(&vehicle, 5000000, 1000, 9e4, -5.0, 1), 0.0, 1e-9);
}
END_TEST

START_TEST(not_ready_takes_nothing) {
  start(&cruise);
  ck_assert_double_eq_tol(vehicle_power_W(&vehicle, 5000000, 1000, 9e4, 9e4, 0), 0.0, 1e-12);
  ck_assert_double_eq_tol(vehicle.ledger.distance_m, 0.0, 1e-12);
}
END_TEST

START_TEST(parked_before_after_and_without_a_trace) {
  start(&cruise);
  ck_assert_double_eq_tol(vehicle_power_W(&vehicle, 4000000, 1000, 9e4, 9e4, 1), 300.0, 1e-9);
  ck_assert_double_eq_tol(vehicle_power_W(&vehicle, 7000000, 1000, 9e4, 9e4, 1), 300.0, 1e-9);
  ck_assert_int_eq(vehicle_is_done(&vehicle, 6999999), 0);
  ck_assert_int_eq(vehicle_is_done(&vehicle, 7000000), 1);
  vehicle.repeat_count = 2;
  ck_assert_int_eq(vehicle_is_done(&vehicle, 7000000), 0);
  ck_assert_double_gt(vehicle_power_W(&vehicle, 8500000, 1000, 9e4, 9e4, 1), 1000.0);
  ck_assert_int_eq(vehicle_is_done(&vehicle, 9000000), 1);
  vehicle.cycle = 0;
  ck_assert_int_eq(vehicle_is_done(&vehicle, 0), 1);
  ck_assert_double_eq_tol(vehicle_power_W(&vehicle, 0, 1000, 9e4, 9e4, 1), 300.0, 1e-9);
}
END_TEST

/// Drive a cycle through closed contactors; returns Wh/km at the pack's terminals.
static double drive_Wh_per_km(const char *name) {
  static const double no_extra_A[PACK_GROUP_COUNT];
  static cell_params_t params;
  static pack_t pack;
  static hv_t hv;
  static pack_config_t config;
  char error[600];
  ck_assert_msg(cell_file_load("data/cells/soul_ev.json", &params, error, sizeof error) == 0, "%s",
                error);
  config.ambient_degC = 25.0;
  for (int i = 0; i < PACK_CELL_COUNT; i++)
    config.cell[i] = (pack_cell_init_t){0.8, 25.0, 1.0, 1.0, 1.0};
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  hv_params_t hv_params = hv_params_soul_ev();
  hv_init(&hv, &hv_params);
  hv.fault[PINS_COIL_MAIN_POS] = hv.fault[PINS_COIL_MAIN_NEG] = HV_CONTACT_WELDED;
  double coil_V[PINS_COIL_COUNT] = {0};
  hv.link_V = pack_source(&pack, no_extra_A, 50000).emf_V;
  double start_J = 0.5 * hv.params.link_F * hv.link_V * hv.link_V;
  start(cycle_find(name));
  for (uint64_t t = vehicle.start_us; !vehicle_is_done(&vehicle, t); t += 50000) {
    hv_load_t load = {.power_W = vehicle_power_W(&vehicle, t, 50000, 90e3, 90e3, 1)};
    double current_A = hv_step(&hv, pack_source(&pack, no_extra_A, 50000), coil_V, &load, 50000);
    ck_assert_int_eq(pack_step(&pack, current_A, 50000), PACK_OK);
  }
  const vehicle_ledger_t *ledger = &vehicle.ledger;
  double link_J = 0.5 * hv.params.link_F * hv.link_V * hv.link_V - start_J;
  double spent_J = ledger->wheel_J + ledger->aux_J + ledger->loss_J + hv.loss_J + link_J;
  ck_assert_double_eq_tol(spent_J / hv.pack_J, 1.0, 1e-3);
  ck_assert_double_eq_tol(ledger->link_J / hv.link_load_J, 1.0, 1e-6);
  return hv.pack_J / 3600.0 / (ledger->distance_m / 1000.0);
}

START_TEST(energy_per_km_is_the_cars) {
  ck_assert_double_eq_tol(drive_Wh_per_km("udds"), 109.0, 10.9);
  ck_assert_double_eq_tol(drive_Wh_per_km("hwfet"), 136.0, 13.6);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("vehicle");
  TCase *tests = tcase_create("vehicle");
  tcase_set_timeout(tests, 30.0); // sanitizers are slow
  tcase_add_test(tests, traces_have_their_distances);
  tcase_add_test(tests, cruise_needs_road_load);
  tcase_add_test(tests, speed_is_taken_at_mid_interval);
  tcase_add_test(tests, regeneration_is_capped_and_friction_takes_the_rest);
  tcase_add_test(tests, limits_are_obeyed);
  tcase_add_test(tests, not_ready_takes_nothing);
  tcase_add_test(tests, parked_before_after_and_without_a_trace);
  tcase_add_test(tests, energy_per_km_is_the_cars);
  suite_add_tcase(suite, tests);
  return suite;
}
