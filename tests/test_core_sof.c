/// Power for 2, 10 and 30 s: never more where things are worse, safe when used in full for a whole
/// horizon on the cell of the parameter file, and not merely small.
#include <check.h>
#include <math.h>
#include <stdio.h>

#include "../ecu_model/core/sof.h"
#include "../scenarios/cell_file.h"
#include "../sim/cell.h"
#include "../sim/rng.h"
#include "core_rig.h"

Suite *test_suite(void);

static const double horizon_s[SOF_HORIZON_COUNT] = {2.0, 10.0, 30.0};

/* --- monotone -------------------------------------------------------------------------------- */

static int32_t between(rng_t *rng, int32_t low, int32_t high) {
  return low + (int32_t)(rng_uniform(rng) * (high - low + 1));
}

static sof_state_t any_state(rng_t *rng) {
  sof_state_t state = {.group_min_mV = between(rng, 2400, 4200),
                       .current_mA = between(rng, -200000, 300000),
                       .cold_ddegC = between(rng, -350, 550),
                       .soc_permille = (uint32_t)between(rng, 0, 1000),
                       .resistance_permille = (uint32_t)between(rng, 800, 2000),
                       .is_charging = between(rng, 0, 1)};
  state.group_max_mV = state.group_min_mV + between(rng, 0, 150);
  state.pack_mV = 96 * between(rng, state.group_min_mV, state.group_max_mV);
  state.hot_ddegC = state.cold_ddegC + between(rng, 0, 150);
  return state;
}

/// One thing gets worse for giving power.
static void worsen_discharge(rng_t *rng, sof_state_t *state) {
  int32_t by = between(rng, 1, 400);
  switch (between(rng, 0, 5)) {
  case 0:
    state->group_min_mV -= by;
    break;
  case 1:
    state->pack_mV -= 30 * by;
    break;
  case 2:
    state->cold_ddegC -= by;
    break;
  case 3:
    state->hot_ddegC += by;
    break;
  case 4:
    state->soc_permille -= state->soc_permille < (uint32_t)by ? state->soc_permille : (uint32_t)by;
    break;
  default:
    state->resistance_permille += (uint32_t)by;
    break;
  }
}

/// What is worse for taking power. The charger's table grows up to 70 % SOC, as the car's does; and
/// a cell that is nearly empty has more resistance.
static void worsen_charge(rng_t *rng, sof_state_t *state) {
  int32_t by = between(rng, 1, 300);
  switch (between(rng, 0, 4)) {
  case 0:
    state->group_max_mV += by;
    break;
  case 1:
    state->cold_ddegC -= by;
    break;
  case 2:
    state->hot_ddegC += by;
    break;
  case 3:
    if (state->soc_permille >= (state->is_charging ? 700u : 300u)) {
      state->soc_permille += (uint32_t)by;
    }
    break;
  default:
    state->resistance_permille += (uint32_t)by;
    break;
  }
}

/// Resistance and relief pull against each other under current; at rest there is only the former.
START_TEST(worse_never_gives_more) {
  rng_t rng = rng_stream(7, "sof");
  const bms_config_t *config = bms_config_soul_ev();
  for (int i = 0; i < 50000; i++) {
    sof_state_t state = any_state(&rng);
    state.current_mA = 0;
    for (uint32_t h = 0; h < SOF_HORIZON_COUNT; h++) {
      sof_state_t worse = state;
      worsen_discharge(&rng, &worse);
      ck_assert_int_le(sof_discharge_W(config, &worse, h), sof_discharge_W(config, &state, h));
      worse = state;
      worsen_charge(&rng, &worse);
      ck_assert_int_le(sof_charge_W(config, &worse, h), sof_charge_W(config, &state, h));
    }
  }
}
END_TEST

START_TEST(longer_never_gives_more_and_all_stay_within_the_clip) {
  rng_t rng = rng_stream(8, "sof");
  const bms_config_t *config = bms_config_soul_ev();
  for (int i = 0; i < 50000; i++) {
    sof_state_t state = any_state(&rng);
    if (i % 2) state.current_mA = 0;
    int32_t last[2] = {90000, 90000};
    for (uint32_t h = 0; h < SOF_HORIZON_COUNT; h++) {
      int32_t found_W[2] = {sof_discharge_W(config, &state, h), sof_charge_W(config, &state, h)};
      ck_assert_int_ge(found_W[0], 0);
      ck_assert_int_ge(found_W[1], 0);
      ck_assert_int_le(found_W[0], last[0]);
      ck_assert_int_le(found_W[1], last[1]);
      last[0] = found_W[0];
      last[1] = found_W[1];
    }
  }
}
END_TEST

static cell_params_t soul;

static void load_cell(void) {
  char error[200];
  ck_assert_int_eq(cell_file_load("data/cells/soul_ev.json", &soul, error, sizeof error),
                   CELL_FILE_OK);
}

/* --- on the cell ----------------------------------------------------------------------------- */

typedef struct {
  double worst_V, worst_A;
} end_t;

/// A pair of cells under its share of a constant power for a whole horizon; resistances scaled by
/// the current.
static end_t use_power(const cell_t *from, double power_W, double seconds, double aged) {
  cell_t cell = *from;
  double current_A = 0.0, V = cell_V(&cell, 0.0);
  end_t end = {V, 0.0};
  const double dt_s = 0.1, rest_V = V;
  for (double t = 0.0; t < seconds - 0.5 * dt_s; t += dt_s) {
    current_A = power_W / 96.0 / V; /* of the group; each cell takes half */
    cell_load_t load = {.current_A = 0.5 * current_A,
                        .charge_As = 0.5 * current_A * dt_s,
                        .surface_degC = (double)NAN};
    cell_step(&cell, &load, dt_s);
    V = rest_V + aged * (cell_V(&cell, 0.5 * current_A) - rest_V);
    if (power_W > 0.0 ? V < end.worst_V : V > end.worst_V) end.worst_V = V;
    if (fabs(current_A) > end.worst_A) end.worst_A = fabs(current_A);
    if (V < 1.0) break;
  }
  return end;
}

static int is_within(const cell_t *cell, double power_W, double seconds, double aged, double low_V,
                     double high_V) {
  end_t end = use_power(cell, power_W, seconds, aged);
  return end.worst_V >= low_V && end.worst_V <= high_V;
}

/// The most that the cell itself lets pass, up to most_W.
static double possible_W(const cell_t *cell, double seconds, int sign, double most_W) {
  double low_W = 0.0, high_W = most_W;
  if (is_within(cell, sign * most_W, seconds, 1.0, 2.85, 4.17)) return most_W;
  for (int i = 0; i < 12; i++) {
    double W = 0.5 * (low_W + high_W);
    if (is_within(cell, sign * W, seconds, 1.0, 2.85, 4.17))
      low_W = W;
    else
      high_W = W;
  }
  return low_W;
}

/// What clip, tables and currents leave, however strong the cell is.
static double capped_W(const sof_state_t *state, int sign) {
  sof_state_t strong = *state;
  strong.resistance_permille = 10;
  return sign > 0 ? sof_discharge_W(bms_config_soul_ev(), &strong, SOF_2_s)
                  : sof_charge_W(bms_config_soul_ev(), &strong, SOF_2_s);
}

/// From rest, each temperature and SOC: the whole horizon at the published power, new and with a
/// quarter more resistance, stays inside the recommended limits; and of what the new cell could do
/// within its targets at least so much is published.
START_TEST(a_whole_horizon_is_safe_and_not_small) {
  static const double degC[] = {-20.0, -10.0, 0.0, 10.0, 25.0, 45.0};
  const bms_config_t *config = bms_config_soul_ev();
  double sum = 0.0, least = 2.0;
  int count = 0;
  load_cell();
  for (int percent = 4; percent <= 96; percent += 4) {
    cell_t cell;
    cell_init(&cell, &soul, percent / 100.0, degC[_i], 0.0);
    int32_t V_mV = (int32_t)lround(1e3 * cell_V(&cell, 0.0));
    sof_state_t state = {.group_min_mV = V_mV,
                         .group_max_mV = V_mV,
                         .pack_mV = 96 * V_mV,
                         .cold_ddegC = (int32_t)lround(10.0 * degC[_i]),
                         .hot_ddegC = (int32_t)lround(10.0 * degC[_i]),
                         .soc_permille = (uint32_t)(10 * percent),
                         .resistance_permille = 1000};
    for (uint32_t h = 0; h < SOF_HORIZON_COUNT; h++) {
      for (int sign = 1; sign >= -1; sign -= 2) {
        double W = sign > 0 ? sof_discharge_W(config, &state, h) : sof_charge_W(config, &state, h);
        if (W < 500.0) continue;
        for (double aged = 1.0; aged < 1.3; aged += 0.25) {
          end_t end = use_power(&cell, sign * W, horizon_s[h], aged);
          ck_assert_msg(end.worst_V >= 2.60 && end.worst_V <= 4.25, "%g degC %d %% %g s: %.3f V",
                        degC[_i], percent, horizon_s[h], end.worst_V);
          ck_assert_double_le(end.worst_A, sign > 0 ? 320.0 : 220.0);
        }
        double share = W / possible_W(&cell, horizon_s[h], sign, capped_W(&state, sign));
        sum += share;
        count++;
        if (share < least) least = share;
      }
    }
  }
  printf("%5.0f degC: of what the cell and the tables allow %.0f %% are published in the mean, "
         "%.0f %% at least\n",
         degC[_i], 100.0 * sum / count, 100.0 * least);
  ck_assert_double_ge(sum / count, 0.85);
  ck_assert_double_ge(least, 0.60);
}
END_TEST

/* --- in the core ----------------------------------------------------------------------------- */

static rig_t rig;

static int take_power(can_bms_power_t *power) {
  int found = 0;
  for (uint32_t i = 0; i < rig.out.can_tx_count; i++) {
    if (rig.out.can_tx[i].id != CAN_BMS_POWER_ID) continue;
    can_bms_power_unpack(power, rig.out.can_tx[i].data);
    found = 1;
  }
  return found;
}

static can_bms_power_t last_power(uint32_t ms, uint32_t *count) {
  can_bms_power_t power;
  memset(&power, 0, sizeof power);
  *count = 0;
  for (uint32_t i = 0; i < ms; i++) {
    rig_tick(&rig);
    *count += (uint32_t)take_power(&power);
  }
  return power;
}

/// Resistance that was learnt costs power at once.
START_TEST(an_aged_pack_publishes_less) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 1000);
  int32_t at_W[3];
  static const uint16_t learnt_permille[] = {900, 1000, 3000};
  for (uint32_t i = 0; i < 3; i++) {
    for (uint32_t ms = 0; ms < 1000; ms++) {
      rig.bms.soh.resistance_permille = learnt_permille[i];
      rig_tick(&rig);
    }
    at_W[i] = sof_published_W(&rig.bms, 0, SOF_30_s);
  }
  ck_assert_int_gt(at_W[1], 0);
  ck_assert_int_le(at_W[0], at_W[1] + 200); /* less than new counts as new */
  ck_assert_int_lt(at_W[2], at_W[1] * 9 / 10);
}
END_TEST

START_TEST(powers_go_out_every_100_ms_while_closed) {
  uint32_t count;
  rig_init(&rig);
  can_bms_power_t power = last_power(1500, &count);
  ck_assert_uint_ge(count, 14);
  ck_assert_uint_eq(power.discharge_2s_kW_raw, 0);
  ck_assert_uint_eq(power.charge_30s_kW_raw, 0);
  ck_assert_int_eq(rig_close(&rig, SM_REQUEST_DRIVE), 1);
  power = last_power(1000, &count);
  ck_assert_uint_eq(count, 10);
  ck_assert_uint_eq(power.discharge_2s_kW_raw, 180); /* the clip of 90 kW */
  ck_assert_uint_eq(power.discharge_10s_kW_raw, 180);
  ck_assert_uint_gt(power.charge_10s_kW_raw, 100);
  ck_assert_uint_ge(power.charge_2s_kW_raw, power.charge_30s_kW_raw);
}
END_TEST

/// A cold module lowers the discharge by its resistance, the more the longer the horizon, and
/// forbids the charge.
START_TEST(cold_lowers_them) {
  uint32_t count;
  rig_init(&rig);
  ck_assert_int_eq(rig_close(&rig, SM_REQUEST_DRIVE), 1);
  rig.aux_raw[4] = 26200; /* about -20 degC */
  can_bms_power_t power = last_power(4000, &count);
  ck_assert_uint_lt(power.discharge_2s_kW_raw, 170);
  ck_assert_uint_gt(power.discharge_2s_kW_raw, 130);
  ck_assert_uint_lt(power.discharge_30s_kW_raw, 110);
  ck_assert_uint_gt(power.discharge_30s_kW_raw, 70);
  ck_assert_uint_eq(power.charge_2s_kW_raw, 0);
}
END_TEST

/// A lost request shuts the ramp: the powers follow it down with the limits.
START_TEST(a_reaction_shuts_them) {
  uint32_t count;
  rig_init(&rig);
  ck_assert_int_eq(rig_close(&rig, SM_REQUEST_DRIVE), 1);
  (void)last_power(500, &count);
  rig.vcm_is_silent = 1;
  while (!rig.bms.reaction.is_zero_open) rig_tick(&rig);
  rig_run(&rig, 500);
  ck_assert_int_eq(rig.bms.state, BMS_STATE_DRIVE);
  int32_t W = sof_published_W(&rig.bms, 0, SOF_10_s);
  ck_assert_int_gt(W, 0);
  ck_assert_int_lt(W, 60000);
  rig_run(&rig, 700);
  ck_assert_int_eq(sof_published_W(&rig.bms, 0, SOF_10_s), 0);
}
END_TEST

START_TEST(a_low_group_shuts_the_discharge_at_once) {
  rig_init(&rig);
  ck_assert_int_eq(rig_close(&rig, SM_REQUEST_DRIVE), 1);
  rig_run(&rig, 500);
  rig.bms.limit_row[LIMITS_GROUP_MIN].is_active[1] = 1;
  ck_assert_int_eq(sof_published_W(&rig.bms, 0, SOF_2_s), 0);
  ck_assert_int_gt(sof_published_W(&rig.bms, 1, SOF_2_s), 0);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_sof");
  TCase *tests = tcase_create("sof");
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, worse_never_gives_more);
  tcase_add_test(tests, longer_never_gives_more_and_all_stay_within_the_clip);
  tcase_add_loop_test(tests, a_whole_horizon_is_safe_and_not_small, 0, 6);
  tcase_add_test(tests, an_aged_pack_publishes_less);
  tcase_add_test(tests, powers_go_out_every_100_ms_while_closed);
  tcase_add_test(tests, cold_lowers_them);
  tcase_add_test(tests, a_reaction_shuts_them);
  tcase_add_test(tests, a_low_group_shuts_the_discharge_at_once);
  suite_add_tcase(suite, tests);
  return suite;
}
