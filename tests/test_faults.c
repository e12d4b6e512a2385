/// Faults: every row acts on every kind of target and heals; names and targets agree.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../scenarios/faults.h"
#include "../scenarios/names.h"
#include "../scenarios/signals.h"
#include "cell_fixture.h"
#include "thorough.h"

static hil_t *hil;
static cell_params_t cell;

static void setup(void) {
  cell = fixture_cell();
  pack_config_t config = fixture_config(0.5, 25.0);
  hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  harness_init(&hil->harness, rng_stream(1, "harness"));
  hil->hv.params = hv_params_soul_ev();
  hil->stimulus.supply_V = 13.2;
  can_mem_init(&hil->bus, 500000, 2000000);
  ck_assert_int_eq(pack_init(&hil->pack, &cell, &config), PACK_OK);
}

static void teardown(void) { free(hil); }

static fault_t fault_on(const char *target, const char *type, double value) {
  fault_t fault = {.value = value};
  fault_on_t on = (fault_on_t)0;
  uint32_t index = 0;
  ck_assert_msg(faults_target(target, &on, &index) == 0, "%s", target);
  fault.target[fault.target_count++] = (uint16_t)index;
  fault.row = faults_find(type, on);
  ck_assert_msg(fault.row != NULL, "%s on %s", type, target);
  return fault;
}

START_TEST(each_row_acts_and_heals) {
  _i *= STEP_OF_LOOP;
  const fault_row_t *row = faults_at((uint32_t)_i);
  fault_t fault = {
      .row = row, .target_count = 1, .other = 1, .value = row->unit[0] != '\0' ? row->max : 0.0};
  hil_t *before = malloc(sizeof *before), *during = malloc(sizeof *during);
  ck_assert(before != NULL && during != NULL);
  memcpy(before, hil, sizeof *hil);
  ck_assert_int_eq(faults_apply(hil, &fault, 1), 0);
  memcpy(during, hil, sizeof *hil);
  ck_assert_msg(memcmp(before, during, sizeof *hil) != 0, "%s on %s does nothing", row->name,
                row->targets);
  ck_assert_int_eq(faults_apply(hil, &fault, 0), 0);
  int is_for_good = strcmp(row->name, "reset") == 0 || strcmp(row->name, "runaway") == 0 ||
                    strncmp(row->name, "corrupt_", 8) == 0;
  if (!is_for_good) {
    ck_assert_msg(memcmp(during, hil, sizeof *hil) != 0, "%s on %s does not heal", row->name,
                  row->targets);
  }
  free(before);
  free(during);
}
END_TEST

START_TEST(rows_are_well_formed) {
  _i *= STEP_OF_LOOP;
  const fault_row_t *row = faults_at((uint32_t)_i);
  fault_t fault = {.row = row, .target_count = 1, .other = 1};
  fault_on_t on = (fault_on_t)row->on;
  uint32_t index = 0;
  ck_assert(strlen(row->name) > 0 && strlen(row->help) > 0 && strlen(row->targets) > 0);
  ck_assert_ptr_eq(faults_find(row->name, on), row);
  ck_assert_msg(faults_target(row->targets, &on, &index) == 0 && on == (fault_on_t)row->on,
                "no target is %s", row->targets);
  if (row->unit[0] == '\0') {
    return;
  }
  ck_assert(row->min < row->max);
  fault.value = row->min - 1.0;
  ck_assert_int_eq(faults_apply(hil, &fault, 1), -1);
  fault.value = row->max * 1.01;
  ck_assert_int_eq(faults_apply(hil, &fault, 1), -1);
  fault.value = (double)NAN;
  ck_assert_int_eq(faults_apply(hil, &fault, 1), -1);
  fault.value = row->min;
  ck_assert_int_eq(faults_apply(hil, &fault, 1), 0);
}
END_TEST

START_TEST(resistance_acts_in_its_tick) {
  double none_A[PACK_GROUP_COUNT] = {0}, before_ohm = pack_source(&hil->pack, none_A, 1000).ohm;
  fault_t fault = fault_on("phys.cell.M3C5a", "resistance", 300);
  ck_assert_int_eq(faults_apply(hil, &fault, 1), 0);
  double during_ohm = pack_source(&hil->pack, none_A, 1000).ohm;
  /* 2 mOhm beside 2 mOhm become 6 mOhm beside 2 mOhm */
  ck_assert_double_eq_tol(during_ohm - before_ohm, 1.5e-3 - 1e-3, 1e-6);
  ck_assert_int_eq(faults_apply(hil, &fault, 0), 0);
  ck_assert_double_eq_tol(pack_source(&hil->pack, none_A, 1000).ohm, before_ohm, 1e-12);
}
END_TEST

START_TEST(a_burnt_cell_does_not_heal) {
  fault_t internal = fault_on("phys.cell.M4C11b", "internal_short", 1.0);
  fault_t tab = fault_on("phys.cell.M4C11b", "tab", 0.1);
  fault_t fire = fault_on("phys.cell.M4C11b", "runaway", 0);
  const uint32_t group = internal.target[0] / 2u;
  ck_assert_int_eq(faults_apply(hil, &internal, 1), 0);
  ck_assert_double_eq_tol(hil->pack.short_S[1][group], 1.0, 1e-12);
  ck_assert_int_eq(faults_apply(hil, &internal, 0), 0);
  ck_assert_double_le(hil->pack.short_S[1][group], 0.0);
  ck_assert_int_eq(faults_apply(hil, &tab, 1), 0);
  ck_assert_double_eq_tol(hil->pack.tab_ohm[1][group], 0.1, 1e-12);
  ck_assert_int_eq(faults_apply(hil, &tab, 0), 0);
  ck_assert_double_le(hil->pack.tab_ohm[1][group], 0.0);
  ck_assert_int_eq(faults_apply(hil, &internal, 1), 0);
  ck_assert_int_eq(faults_apply(hil, &tab, 1), 0);
  ck_assert_int_eq(faults_apply(hil, &fire, 1), 0);
  for (int i = 0; i < 20; i++) ck_assert_int_eq(pack_step(&hil->pack, 0.0, 10000), PACK_OK);
  ck_assert_uint_eq(hil->pack.runaway.vented_count, 1);
  ck_assert_int_eq(faults_apply(hil, &internal, 0), 0);
  ck_assert_int_eq(faults_apply(hil, &tab, 0), 0);
  ck_assert_int_eq(faults_apply(hil, &fire, 0), 0);
  ck_assert_double_gt(hil->pack.short_S[1][group], 1000.0);
  ck_assert_double_ge(hil->pack.tab_ohm[1][group], 0.2);
  ck_assert_double_le(hil->pack.short_S[0][group], 0.0);
}
END_TEST

START_TEST(names_lead_back_to_targets) {
  char name[40];
  for (uint32_t on = 0; on < FAULT_ON_COUNT; on++) {
    ck_assert_uint_gt(faults_target_count((fault_on_t)on), 0);
    for (uint32_t i = 0; i < faults_target_count((fault_on_t)on); i++) {
      fault_on_t found_on = (fault_on_t)0;
      uint32_t found = 0;
      faults_target_name((fault_on_t)on, i, name, sizeof name);
      ck_assert_msg(faults_target(name, &found_on, &found) == 0, "%s", name);
      ck_assert_msg(found_on == (fault_on_t)on && found == i, "%s", name);
    }
  }
  fault_on_t on = (fault_on_t)0;
  uint32_t index = 0, count = 0;
  for (; faults_target("wire.*", &on, &index) == 0; index++) {
    count++;
  }
  ck_assert_uint_eq(count, PINS_WIRE_COUNT);
  on = (fault_on_t)0;
  index = 0;
  ck_assert_int_eq(faults_target("wire.A24", &on, &index), -1);
  ck_assert_int_eq(faults_target("wire", &on, &index), -1);
}
END_TEST

START_TEST(wire_faults_stack_and_heal_alone) {
  fault_t broken = fault_on("wire.A12", "open", 0), worn = fault_on("wire.A12", "resistance", 50);
  uint32_t wire = broken.target[0];
  ck_assert_int_eq(faults_apply(hil, &broken, 1), 0);
  ck_assert_int_eq(faults_apply(hil, &worn, 1), 0);
  ck_assert_uint_eq(hil->harness.fault[wire].is_open, 1);
  ck_assert_double_eq(hil->harness.fault[wire].extra_ohm, 50);
  ck_assert_int_eq(faults_apply(hil, &broken, 0), 0);
  ck_assert_uint_eq(hil->harness.fault[wire].is_open, 0);
  ck_assert_double_eq(hil->harness.fault[wire].extra_ohm, 50);
  worn.chatter_is_on = 1;
  worn.chatter_Hz = 15;
  worn.chatter_duty = 0.3;
  ck_assert_int_eq(faults_apply(hil, &worn, 1), 0);
  ck_assert_uint_eq(hil->harness.fault[wire].chatter_is_on, 1);
  ck_assert_int_eq(faults_apply(hil, &worn, 0), 0);
  ck_assert_uint_eq(hil->harness.fault[wire].chatter_is_on, 0);
  ck_assert_double_eq(hil->harness.fault[wire].extra_ohm, 0);
}
END_TEST

START_TEST(permutations_swap_and_turn) {
  fault_t swap = fault_on("wire.A1", "permute", 0);
  int32_t a2 = names_wire("A2"), a4 = names_wire("A4"), a1 = names_wire("A1");
  swap.other = (uint16_t)a2;
  ck_assert_int_eq(faults_apply(hil, &swap, 1), 0);
  ck_assert_uint_eq(hil->harness.source_of[a1], (uint32_t)a2);
  ck_assert_uint_eq(hil->harness.source_of[a2], (uint32_t)a1);
  ck_assert_int_eq(faults_apply(hil, &swap, 0), 0);
  ck_assert_uint_eq(hil->harness.source_of[a1], (uint32_t)a1);
  ck_assert_uint_eq(hil->harness.source_of[a2], (uint32_t)a2);
  fault_t turn = swap;
  turn.target[1] = (uint16_t)a2;
  turn.target[2] = (uint16_t)a4;
  turn.target_count = 3;
  ck_assert_int_eq(faults_apply(hil, &turn, 1), 0);
  ck_assert_uint_eq(hil->harness.source_of[a1], (uint32_t)a2);
  ck_assert_uint_eq(hil->harness.source_of[a2], (uint32_t)a4);
  ck_assert_uint_eq(hil->harness.source_of[a4], (uint32_t)a1);
}
END_TEST

START_TEST(plant_faults_reach_their_cells) {
  fault_t heat = fault_on("phys.module.3", "heater", 2000);
  double sum_W = 0.0;
  ck_assert_int_eq(faults_apply(hil, &heat, 1), 0);
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
      double here_W = hil->pack.external_W[side][g];
      ck_assert(pinout_group[g].module == 3 ? here_W > 0.0 : here_W <= 0.0);
      sum_W += here_W;
    }
  }
  ck_assert_double_eq_tol(sum_W, 2000, 1e-9);
  fault_t worn = fault_on("phys.cell.M3C5b", "resistance", 250);
  int32_t group = names_group("M3C5");
  ck_assert_int_eq(faults_apply(hil, &worn, 1), 0);
  ck_assert_double_eq(hil->pack.resistance_scale[1][group], 2.5);
  ck_assert_double_eq(hil->pack.resistance_scale[0][group], 1.0);
  fault_t weld = fault_on("phys.contactor.main_neg", "weld", 0);
  ck_assert_int_eq(faults_apply(hil, &weld, 1), 0);
  ck_assert_int_eq(hil->hv.fault[PINS_COIL_MAIN_NEG], HV_CONTACT_WELDED);
  ck_assert_int_eq(hil->hv.fault[PINS_COIL_MAIN_POS], HV_CONTACT_OK);
  ck_assert_int_eq(faults_apply(hil, &weld, 0), 0);
  ck_assert_int_eq(hil->hv.fault[PINS_COIL_MAIN_NEG], HV_CONTACT_OK);
}
END_TEST

START_TEST(sensor_faults_reach_their_channel) {
  fault_t offset = fault_on("sense.current_high", "offset", 5);
  ck_assert_int_eq(faults_apply(hil, &offset, 1), 0);
  ck_assert_double_eq(hil->sensors.current_high.offset, 5);
  ck_assert_double_eq(hil->sensors.current_low.offset, 0);
  fault_t gain = fault_on("sense.link", "gain", 10);
  ck_assert_int_eq(faults_apply(hil, &gain, 1), 0);
  ck_assert_double_eq(hil->sensors.link.gain_error, 0.1);
  ck_assert_double_eq(hil->sensors.pack.gain_error, 0);
  fault_t ntc = fault_on("sense.module_ntc.4", "short", 0);
  ck_assert_int_eq(faults_apply(hil, &ntc, 1), 0);
  ck_assert_uint_eq(hil->sensors.module_ntc[3].is_shorted, 1);
  fault_t dead = fault_on("afe.8", "dead", 0);
  ck_assert_int_eq(faults_apply(hil, &dead, 1), 0);
  ck_assert_uint_eq(hil->board.chain.chip[7].fault.is_dead, 1);
  fault_t crash = fault_on("pin.crash", "inverted", 0);
  ck_assert_int_eq(faults_apply(hil, &crash, 1), 0);
  ck_assert_uint_eq(hil->stimulus.crash_is_signalled, 1);
}
END_TEST

START_TEST(a_reversed_sensor_shows_the_opposite) {
  fault_t gain = fault_on("sense.current_low", "gain", 2);
  fault_t reversed = fault_on("sense.current_low", "reversed", 0);
  sensors_truth_t truth;
  memset(&truth, 0, sizeof truth);
  truth.current_A = 30.0;
  truth.dt_us = 1000;
  sensors_init(&hil->sensors, 1);
  hil->sensors.current_low.noise_sd = hil->sensors.current_high.noise_sd = 0.0;
  ck_assert_int_eq(faults_apply(hil, &gain, 1), 0);
  ck_assert_int_eq(faults_apply(hil, &reversed, 1), 0);
  sensors_sample(&hil->sensors, &truth, &hil->pins_in);
  ck_assert_double_eq_tol(hil->pins_in.current_low_V, 2.5 - 2.0 * 30.6 / 75.0, 1e-12);
  ck_assert_double_eq_tol(hil->pins_in.current_high_V, 2.5 + 2.0 * 30.0 / 750.0, 1e-12);
  ck_assert_int_eq(faults_apply(hil, &reversed, 0), 0);
  sensors_sample(&hil->sensors, &truth, &hil->pins_in);
  ck_assert_double_eq_tol(hil->pins_in.current_low_V, 2.5 + 2.0 * 30.6 / 75.0, 1e-12);
}
END_TEST

/// A car that drives, charges a little and measures its isolation, on a warm day.
static hil_t *driving_car(void) {
  hil_t *car = calloc(1, sizeof *car);
  ck_assert_ptr_nonnull(car);
  pack_config_t config = fixture_config(0.5, 35.0);
  hil_config_t setup_of = {
      .pack = &config, .cell = &cell, .hv = hv_params_soul_ev(), .seed = 4, .dt_us = 1000};
  ck_assert_int_eq(hil_init(car, &setup_of), HIL_OK);
  car->stimulus.request = VCM_DRIVE;
  car->stimulus.fan_step = 5.0;
  can_mem_rx_t rx;
  for (int i = 0; i < 3000; i++) {
    ck_assert_int_eq(hil_step(car), HIL_OK);
    while (hil_next_frame(car, &rx)) {
    }
  }
  ck_assert_int_eq(car->bms.state, BMS_STATE_DRIVE);
  car->stimulus.ambient_degC = 35.0;
  car->stimulus.current_A = 20.0;
  car->stimulus.charger_current_A = 5.0;
  car->stimulus.charger_voltage_V = 450.0;
  car->stimulus.charger_obeys = 0;
  ck_assert_int_eq(hil_step(car), HIL_OK);
  car->stimulus.charger_current_A = 0.0;
  car->stimulus.current_A = 30.0;
  car->pins_out.iso_switch_pos_is_on = car->pins_out.iso_switch_neg_is_on = 1;
  return car;
}

/// The signal that a fault changes in the tick in which it begins; NULL iff there is none.
static const signal_t *changed_at_once(const hil_t *car, const fault_t *fault) {
  hil_t *sound = malloc(sizeof *sound), *broken = malloc(sizeof *broken);
  const signal_t *changed = NULL;
  ck_assert(sound != NULL && broken != NULL);
  memcpy(sound, car, sizeof *car);
  memcpy(broken, car, sizeof *car);
  ck_assert_int_eq(faults_apply(broken, fault, 1), 0);
  ck_assert_int_eq(hil_step(sound), HIL_OK);
  ck_assert_int_eq(hil_step(broken), HIL_OK);
  for (uint32_t i = 0; i < signals_count() && changed == NULL; i++) {
    double before = signals_read(signals_at(i), sound), after = signals_read(signals_at(i), broken);
    if (before < after || before > after) changed = signals_at(i);
  }
  free(sound);
  free(broken);
  return changed;
}

/// Faults that wait for something: a coil that is off, a contact that parts, a measurement.
static int shows_later(const fault_row_t *row) {
  return row->on == FAULT_ON_WIRE || row->on == FAULT_ON_AFE || row->on == FAULT_ON_MESSAGE ||
         row->on == FAULT_ON_CELL || row->on == FAULT_ON_GROUP || row->on == FAULT_ON_MODULE ||
         row->on == FAULT_ON_PRECHARGE || row->on == FAULT_ON_NVM ||
         (row->on == FAULT_ON_FAN && strcmp(row->name, "tacho_lost") != 0) ||
         strcmp(row->name, "coil_open") == 0 || strcmp(row->name, "aux_stuck_closed") == 0 ||
         strcmp(row->name, "ripple") == 0 || row->on == FAULT_ON_CLOCK || row->on == FAULT_ON_BUS ||
         row->on == FAULT_ON_NODE ||
         (row->on == FAULT_ON_NTC && strcmp(row->name, "drift") == 0); /* by 1 mK */
}

START_TEST(a_supply_may_surge_or_be_reversed) {
  fault_t surge = fault_on("supply", "surge", 12.8), reversed = fault_on("supply", "reversed", 0);
  hil_t *car = driving_car();
  const double healthy_V = car->stimulus.supply_V;
  ck_assert_int_eq(faults_apply(car, &surge, 1), 0);
  ck_assert_int_eq(hil_step(car), HIL_OK);
  ck_assert_double_eq_tol(car->pins_out.coil_V[PINS_COIL_MAIN_POS], healthy_V + 12.8,
                          0.05); /* noise */
  ck_assert_int_eq(faults_apply(car, &surge, 0), 0);
  ck_assert_int_eq(faults_apply(car, &reversed, 1), 0);
  ck_assert_double_eq_tol(car->stimulus.supply_V, -healthy_V, 1e-12);
  ck_assert_int_eq(hil_step(car), HIL_OK);
  ck_assert_double_eq_tol(car->pins_out.coil_V[PINS_COIL_MAIN_POS], 0.0, 1e-12);
  ck_assert_uint_eq(car->ecu.is_browned_out, 1);
  ck_assert_int_eq(faults_apply(car, &reversed, 0), 0);
  ck_assert_double_eq_tol(car->stimulus.supply_V, healthy_V, 1e-12);
  ck_assert_int_eq(hil_step(car), HIL_OK);
  ck_assert_uint_eq(car->ecu.is_browned_out, 0);
  free(car);
}
END_TEST

/// In the loop, with the row's middle value, on each of its targets.
START_TEST(each_row_of_hv_and_sensors_shows_in_its_tick) {
  _i *= STEP_OF_LOOP;
  const fault_row_t *row = faults_at((uint32_t)_i);
  if (shows_later(row)) return;
  signals_init();
  hil_t *car = driving_car();
  for (uint32_t t = 0; t < faults_target_count((fault_on_t)row->on); t++) {
    fault_t fault = {.row = row, .target = {(uint16_t)t}, .target_count = 1, .other = 1};
    if (row->unit[0] != '\0') fault.value = 0.01 * row->min + 0.009 * row->max;
    if (fault.value < row->min) fault.value = row->min;
    char name[40];
    faults_target_name((fault_on_t)row->on, t, name, sizeof name);
    if (strcmp(row->name, "weld") == 0 && t < 2) continue; /* closed already */
    if (strcmp(row->name, "stuck_open") == 0 && t >= 2) continue; /* open already */
    if (strcmp(row->name, "aux_stuck_open") == 0 && t >= 2) continue;
    ck_assert_msg(changed_at_once(car, &fault) != NULL, "%s on %s with %g shows nothing", row->name,
                  name, fault.value);
  }
  free(car);
}
END_TEST

/// The rest of them, in the states that they wait for.
START_TEST(waiting_faults_show_when_their_time_has_come) {
  hil_t *car = driving_car();
  fault_t coil = fault_on("phys.contactor.main_neg", "coil_open", 0);
  fault_t aux = fault_on("phys.contactor.precharge", "aux_stuck_closed", 0);
  ck_assert_int_eq(faults_apply(car, &aux, 1), 0);
  ck_assert_int_eq(hil_step(car), HIL_OK);
  ck_assert_uint_eq(car->pins_in.aux_closed[PINS_COIL_PRECHARGE], 1);
  ck_assert_uint_eq(car->hv.contact_is_closed[PINS_COIL_PRECHARGE], 0);
  ck_assert_int_eq(faults_apply(car, &coil, 1), 0);
  for (int i = 0; i < 11; i++) ck_assert_int_eq(hil_step(car), HIL_OK);
  ck_assert_uint_eq(car->pins_in.aux_closed[PINS_COIL_MAIN_NEG], 0);
  ck_assert_double_eq_tol(car->pack_A, 0.0, 1e-12);
  free(car);
  car = driving_car();
  fault_t ripple = fault_on("phys.charger", "ripple", 2.0);
  car->stimulus.charger_current_A = 5.0;
  ck_assert_int_eq(faults_apply(car, &ripple, 1), 0);
  for (int i = 0; i < 20; i++) {
    double swing_A = car->now_us / 5000 % 2 == 0 ? 2.0 : -2.0;
    ck_assert_int_eq(hil_step(car), HIL_OK);
    ck_assert_double_eq_tol(car->hv.charger_A, 5.0 + swing_A, 1e-9);
  }
  free(car);
  static const char *const types[] = {"open", "resistance"};
  for (uint32_t i = 0; i < 2; i++) {
    fault_t resistor = fault_on("phys.precharge", types[i], 400.0);
    const double coil_V[PINS_COIL_COUNT] = {0.0, 12.0, 12.0, 0.0};
    const hv_load_t nothing = {0};
    hv_params_t params = hv_params_soul_ev();
    hv_init(&hil->hv, &params);
    ck_assert_int_eq(faults_apply(hil, &resistor, 1), 0);
    double current_A = 0.0;
    for (int tick = 0; tick < 21; tick++) {
      current_A = hv_step(&hil->hv, (pack_source_t){360.0, 0.05}, coil_V, &nothing, 1000);
    }
    ck_assert_double_eq_tol(current_A, i == 0 ? 0.0 : 360.0 / 400.05, 2e-3);
  }
}
END_TEST

START_TEST(leaks_and_plugs_reach_their_place) {
  fault_t leak = fault_on("phys.isolation.link_neg", "leak", 5e4);
  fault_t tap = fault_on("phys.tap.M3T5", "leak", 2e5);
  fault_t y_cap = fault_on("phys.y_cap.neg", "capacitance", 1e-6);
  ck_assert_int_eq(faults_apply(hil, &leak, 1), 0);
  ck_assert_int_eq(faults_apply(hil, &tap, 1), 0);
  ck_assert_int_eq(faults_apply(hil, &y_cap, 1), 0);
  ck_assert_double_eq_tol(hil->isolation.pole_S[ISOLATION_LINK_NEG], 2e-5, 1e-18);
  ck_assert_double_eq_tol(hil->isolation.pole_S[ISOLATION_LINK_POS], 0.0, 1e-18);
  uint32_t wire = isolation_tap_wire(tap.target[0]);
  ck_assert_uint_eq(pinout_wire[wire].module, 3);
  ck_assert_uint_eq(pinout_wire[wire].tap, 5);
  ck_assert_double_eq_tol(hil->isolation.tap_S[tap.target[0]], 5e-6, 1e-18);
  ck_assert_double_eq(hil->isolation.y_F[ISOLATION_NEG], 1e-6);
  ck_assert_int_eq(faults_apply(hil, &leak, 0), 0);
  ck_assert_int_eq(faults_apply(hil, &tap, 0), 0);
  ck_assert_int_eq(faults_apply(hil, &y_cap, 0), 0);
  ck_assert_double_eq_tol(hil->isolation.pole_S[ISOLATION_LINK_NEG], 1.0 / 5e6, 1e-18);
  ck_assert_uint_eq(hil->isolation.tap_count, 0);
  ck_assert_double_eq(hil->isolation.y_F[ISOLATION_NEG], 0.5e-6);
  fault_t heater = fault_on("sense.heater_ntc.2", "stuck", 80);
  ck_assert_int_eq(faults_apply(hil, &heater, 1), 0);
  ck_assert_uint_eq(hil->sensors.heater[1].is_stuck, 1);
  fault_t inlet = fault_on("sense.inlet_ntc.1", "drift", 10);
  ck_assert_int_eq(faults_apply(hil, &inlet, 1), 0);
  ck_assert_double_eq(hil->sensors.inlet.drift_per_h, 10);
  fault_t iso = fault_on("sense.iso_neg", "tempco", 0.5);
  ck_assert_int_eq(faults_apply(hil, &iso, 1), 0);
  ck_assert_double_eq(hil->sensors.iso_neg.tempco_per_K, 0.5);
  ck_assert_double_eq(hil->sensors.iso_pos.tempco_per_K, 0.0);
  fault_t lag = fault_on("sense.current_low", "hysteresis", 0.3);
  ck_assert_int_eq(faults_apply(hil, &lag, 1), 0);
  ck_assert_double_eq(hil->sensors.current_low.hysteresis, 0.3);
}
END_TEST

START_TEST(unsupported_pairs_are_refused) {
  fault_t fault = {.row = NULL, .target_count = 1};
  ck_assert_ptr_null(faults_find("weld", FAULT_ON_WIRE));
  ck_assert_ptr_null(faults_find("nothing", FAULT_ON_WIRE));
  ck_assert_ptr_null(faults_at(faults_count()));
  ck_assert_int_eq(faults_apply(hil, &fault, 1), -1);
  fault.row = faults_find("open", FAULT_ON_WIRE);
  fault.target[0] = PINS_WIRE_COUNT;
  ck_assert_int_eq(faults_apply(hil, &fault, 1), -1);
  fault.target_count = 0;
  ck_assert_int_eq(faults_apply(hil, &fault, 1), -1);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("faults");
  TCase *tcase = tcase_create("table");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_loop_test(tcase, each_row_acts_and_heals, 0, LOOP_END((int)faults_count()));
  tcase_add_loop_test(tcase, rows_are_well_formed, 0, LOOP_END((int)faults_count()));
  tcase_add_test(tcase, resistance_acts_in_its_tick);
  tcase_add_test(tcase, a_burnt_cell_does_not_heal);
  tcase_add_test(tcase, names_lead_back_to_targets);
  tcase_add_test(tcase, wire_faults_stack_and_heal_alone);
  tcase_add_test(tcase, permutations_swap_and_turn);
  tcase_add_test(tcase, plant_faults_reach_their_cells);
  tcase_add_test(tcase, sensor_faults_reach_their_channel);
  tcase_add_test(tcase, a_reversed_sensor_shows_the_opposite);
  tcase_add_test(tcase, a_supply_may_surge_or_be_reversed);
  tcase_add_loop_test(tcase, each_row_of_hv_and_sensors_shows_in_its_tick, 0,
                      LOOP_END((int)faults_count()));
  tcase_add_test(tcase, waiting_faults_show_when_their_time_has_come);
  tcase_add_test(tcase, leaks_and_plugs_reach_their_place);
  tcase_add_test(tcase, unsupported_pairs_are_refused);
  suite_add_tcase(suite, tcase);
  return suite;
}
