/// Pack: charge and energy balance over an hour of US06, what slow refreshing costs, random packs.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../scenarios/cell_file.h"
#include "../sim/hv.h"
#include "../sim/pack_transfer.h"
#include "../sim/rng.h"
#include "../sim/vehicle.h"
#include "cell_fixture.h"
#include "thorough.h"

enum { HOUR_s = 3600, STEP_us = 10000 };

static const double coil_V[PINS_COIL_COUNT] = {12.0, 12.0, 0.0, 0.0};
static double extra_A[PACK_GROUP_COUNT];
static cell_params_t params;
static pack_t pack, other;
static hv_t hv;

/// Cheaper than an assertion, for what is asked millions of times.
static void must(int is_true, const char *what) {
  if (!is_true) ck_abort_msg("%s", what);
}

static void load_soul(void) {
  char error[400];
  ck_assert_msg(cell_file_load("data/cells/soul_ev.json", &params, error, sizeof error) ==
                    CELL_FILE_OK,
                "%s", error);
}

/// Every cell another one: capacity, resistance, charge and temperature from a stream.
static pack_config_t spread_config(double soc, double temperature_degC, uint64_t seed) {
  pack_config_t config = fixture_config(soc, temperature_degC);
  rng_t rng = rng_stream(seed, "test_pack_energy");
  config.ambient_degC = temperature_degC;
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    config.cell[i].soc = fmin(1.0, fmax(0.0, soc + 0.02 * (rng_uniform(&rng) - 0.5)));
    config.cell[i].temperature_degC += 4.0 * (rng_uniform(&rng) - 0.5);
    config.cell[i].capacity_scale = 0.9 + 0.2 * rng_uniform(&rng);
    config.cell[i].resistance_scale = 0.8 + 0.6 * rng_uniform(&rng);
  }
  return config;
}

static void close_contactors(double soc_V) {
  hv_params_t hv_params = hv_params_soul_ev();
  static const hv_load_t idle;
  hv_init(&hv, &hv_params);
  hv.link_V = soc_V;
  for (int i = 0; i < 100; i++)
    (void)hv_step(&hv, (pack_source_t){.emf_V = soc_V, .ohm = 0.05}, coil_V, &idle, 1000);
}

/// What the walls of the whole cell hold.
static double balance_J(const pack_ledger_t *ledger) {
  return ledger->enthalpy_J + ledger->stored_J + ledger->made_J + ledger->groups_J;
}

static void drive_hour(pack_t *at, double *charge_As, double *wires_J) {
  vehicle_t vehicle;
  vehicle_init(&vehicle, vehicle_params_soul_ev());
  vehicle.cycle = cycle_find("us06");
  vehicle.repeat_count = 7;
  extra_A[17] = 0.1; /* a bleed */
  for (uint64_t now_us = 0; now_us < (uint64_t)HOUR_s * 1000000u; now_us += STEP_us) {
    hv_load_t load = {.power_W = vehicle_power_W(&vehicle, now_us, STEP_us, 90e3, 40e3, 1)};
    pack_source_t source = pack_source(at, extra_A, STEP_us);
    double current_A = hv_step(&hv, source, coil_V, &load, STEP_us);
    at->ripple_A2s += hv.ripple_A2s;
    must(pack_step(at, current_A, STEP_us) == PACK_OK, "step");
    *charge_As += current_A * 1e-6 * STEP_us;
    *wires_J += extra_A[17] * pack_group_V(at, 17) * 1e-6 * STEP_us;
  }
}

START_TEST(energy_closes_over_an_hour_of_us06) {
  load_soul();
  for (uint32_t i = 0; i < params.ocv_count; i++) params.hysteresis_V[i] = 0.01;
  for (uint32_t i = 0; i < params.temperature_count; i++) {
    params.exchange_A[i] = 30.0;
    params.surface_pA[i] = 3e-4;
    params.steep_soc[i] = 0.8;
  }
  params.surface_middle_share = 0.3;
  params.steep_gain = 10.0;
  params.coulombic_efficiency = 0.98;
  params.self_discharge_pctpmonth = 5.0;
  pack_config_t config = spread_config(0.95, 10.0, 1);
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  ck_assert_int_eq(pack_set_short(&pack, 60, 20.0), PACK_OK);
  ck_assert_int_eq(pack_set_tab(&pack, 90, 0.01), PACK_OK);
  close_contactors(pack_source(&pack, extra_A, STEP_us).emf_V);
  pack_ledger_t before = pack_ledger(&pack);
  double charge_As = 0.0, wires_J = 0.0;
  double first_J = hv.pack_J;
  drive_hour(&pack, &charge_As, &wires_J);
  pack_ledger_t after = pack_ledger(&pack);
  double moved_J = after.groups_J;
  ck_assert_double_gt(moved_J, 30e6);
  ck_assert_double_gt(after.made_J, 0.5e6);
  ck_assert_double_lt(fabs(balance_J(&after) - balance_J(&before)) / moved_J, 1e-9);
  double path_J = hv.pack_J - first_J + after.joint_J + wires_J;
  ck_assert_double_lt(fabs(path_J - moved_J) / moved_J, 1e-9);
  ck_assert(pack_joint_heat_J(&pack) == after.joint_J);
  pack.ripple_A2s += 7.0; /* waits for the next refresh */
  ck_assert_double_gt(pack_joint_heat_J(&pack), after.joint_J);
  ck_assert(pack_joint_heat_J(&pack) == pack_ledger(&pack).joint_J);
}
END_TEST

START_TEST(charge_closes_over_an_hour_of_us06) {
  load_soul();
  params.coulombic_efficiency = 1.0;
  params.self_discharge_pctpmonth = 0.0;
  pack_config_t config = spread_config(0.95, 25.0, 2);
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  close_contactors(pack_source(&pack, extra_A, STEP_us).emf_V);
  double charge_As = 0.0, wires_J = 0.0;
  drive_hour(&pack, &charge_As, &wires_J);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    double out_As = 0.0;
    for (uint32_t c = 2 * g; c < 2 * g + 2; c++)
      out_As += (config.cell[c].soc - pack_cell_soc(&pack, c)) * 3600.0 * params.capacity_Ah *
                config.cell[c].capacity_scale;
    double wanted_As = charge_As + (g == 17 ? 0.1 * HOUR_s : 0.0);
    ck_assert_double_lt(fabs(out_As - wanted_As) / wanted_As, 1e-9);
  }
}
END_TEST

/// Greatest difference of a group between two packs that are driven alike.
static double compare_drives(double seconds, double share) {
  vehicle_t vehicle;
  double worst_V = 0.0;
  vehicle_init(&vehicle, vehicle_params_soul_ev());
  vehicle.cycle = cycle_find("us06");
  vehicle.repeat_count = 1;
  for (uint64_t now_us = 0; now_us < (uint64_t)(1e6 * seconds); now_us += 1000) {
    double power_W = vehicle_power_W(&vehicle, now_us, 1000, 90e3, 40e3, 1);
    double current_A = share * power_W / 350.0;
    must(pack_step(&pack, current_A, 1000) == PACK_OK, "step");
    must(pack_step(&other, current_A, 1000) == PACK_OK, "step of every tick");
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
      worst_V = fmax(worst_V, fabs(pack_group_V(&pack, g) - pack_group_V(&other, g)));
  }
  return worst_V;
}

/// Slow parameters on their staggered grid against everything in every step.
START_TEST(slow_refresh_costs_at_most_a_twentieth_of_a_millivolt) {
  _i *= STEP_OF_LOOP;
  static const double degC[] = {-20.0, 0.0, 25.0, 45.0}, soc[] = {0.2, 0.1, 0.9, 0.3};
  static const double share[] = {0.3, 0.6, 1.0, 1.0}; /* what the limits leave in the cold */
  load_soul();
  for (uint32_t i = 0; i < params.ocv_count; i++) params.hysteresis_V[i] = 0.01;
  for (uint32_t i = 0; i < params.temperature_count; i++) params.exchange_A[i] = 30.0;
  pack_config_t config = spread_config(soc[_i], degC[_i], 3);
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  other = pack;
  other.refresh_us = 1000;
  other.slice_count = 1;
  double worst_V = compare_drives(60.0, share[_i]);
  ck_assert_double_lt(worst_V, 0.05e-3);
  ck_assert_double_gt(worst_V, 0.0); /* or nothing was compared */
}
END_TEST

/// Ramps, jumps and rests; at 0.2 A the asinh's bend ends within them (CELL_EXCHANGE_RATIO_MAX).
static double jumping_A(uint32_t i) {
  static const double level_A[] = {0.0, 3.0, 40.0, 300.0, -5.0, -200.0, 0.0, 12.0};
  const double ramp_A = 20.0 * sin(0.01 * (double)i);
  return level_A[i / 150 % 8] + (i / 1200 % 2 ? ramp_A : 0.0);
}

/// Parabolas between anchors against the charge transfer worked out in every step.
START_TEST(parabolas_stay_with_the_charge_transfer) {
  _i *= STEP_OF_LOOP;
  static const double exchange_A[] = {0.2, 1.0, 6.0, 50.0}, r1_ohm[] = {30e-3, 10e-3, 5e-3, 1e-3};
  double worst_V = 0.0;
  load_soul();
  params.tau_s[0] = 0.15;
  for (uint32_t i = 0; i < params.temperature_count; i++) params.exchange_A[i] = exchange_A[_i];
  for (uint32_t i = 0; i < CELL_TABLE_MAX; i++) params.ohm[i][1] = r1_ohm[_i];
  pack_config_t config = spread_config(0.5, 25.0, 4);
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  other = pack;
  for (uint32_t i = 0; i < 6000; i++) {
    must(pack_step(&pack, jumping_A(i), 1000) == PACK_OK, "step");
    must(pack_step(&other, jumping_A(i), 1000) == PACK_OK, "step with anchors");
    if (other.since_refresh_us > 0) pack_transfer_renew(&other);
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
      worst_V = fmax(worst_V, fabs(pack_group_V(&pack, g) - pack_group_V(&other, g)));
  }
  ck_assert_double_lt(worst_V, 5e-6);
  ck_assert_double_gt(worst_V, 1e-9); /* or nothing was compared */
}
END_TEST

static void check_states(const pack_t *at) {
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    uint32_t side = c & 1u, g = c / 2;
    ck_assert(isfinite(at->soc[side][g]) && isfinite(at->core_degC[side][g]));
    ck_assert_double_lt(fabs(at->hysteresis[side][g]), 1.0 + 1e-12);
    ck_assert_double_gt(at->soc[side][g], -2.0);
    ck_assert_double_lt(at->soc[side][g], 3.0);
    ck_assert_double_gt(at->surface_degC[side][g], -60.0);
    ck_assert_double_ge(at->made_J[side][g], -5e3); /* entropy may cool, a little */
    for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++)
      ck_assert_double_lt(fabs(at->branch_A[k][side][g]), 2e4);
  }
}

/// Random packs, currents, step lengths, shorts and lost cells.
START_TEST(random_packs_stay_finite_and_in_range) {
  _i *= STEP_OF_LOOP;
  rng_t rng = rng_stream((uint64_t)_i, "random_packs");
  static const uint32_t steps_us[] = {1, 100, 1000, 7777, 10000, 100000};
  load_soul();
  for (uint32_t i = 0; i < params.temperature_count; i++)
    params.exchange_A[i] = 0.5 + 50.0 * rng_uniform(&rng);
  pack_config_t config =
      spread_config(rng_uniform(&rng), -30.0 + 75.0 * rng_uniform(&rng), (uint64_t)_i);
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  for (uint32_t i = 0; i < 2000; i++) {
    uint32_t cell = (uint32_t)(rng_u64(&rng) % PACK_CELL_COUNT);
    uint32_t dt_us = steps_us[rng_u64(&rng) % 6];
    if (i % 97 == 0) (void)pack_set_short(&pack, cell, 1e-3 + 10.0 * rng_uniform(&rng));
    /* side a alone: somebody must carry the current */
    if (i % 101 == 0) (void)pack_set_tab(&pack, cell & ~1u, PACK_TAB_OPEN_ohm * rng_uniform(&rng));
    if (i % 50 == 0) (void)pack_set_short(&pack, cell, 0.0);
    (void)pack_source(&pack, extra_A, dt_us);
    must(pack_step(&pack, 800.0 * (rng_uniform(&rng) - 0.5), dt_us) == PACK_OK, "step");
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
      must(isfinite(pack_group_V(&pack, g)), "group voltage");
  }
  check_states(&pack);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("pack_energy");
  TCase *tests = tcase_create("pack_energy");
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, energy_closes_over_an_hour_of_us06);
  tcase_add_test(tests, charge_closes_over_an_hour_of_us06);
  tcase_add_loop_test(tests, slow_refresh_costs_at_most_a_twentieth_of_a_millivolt, 0, LOOP_END(4));
  tcase_add_loop_test(tests, parabolas_stay_with_the_charge_transfer, 0, LOOP_END(4));
  tcase_add_loop_test(tests, random_packs_stay_finite_and_in_range, 0, LOOP_END(12));
  suite_add_tcase(suite, tests);
  return suite;
}
