/// Faults: every row acts on every kind of target and heals; names and targets agree.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../scenarios/faults.h"
#include "../scenarios/names.h"
#include "cell_fixture.h"

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
  if (strcmp(row->name, "reset") != 0) {
    ck_assert_msg(memcmp(during, hil, sizeof *hil) != 0, "%s on %s does not heal", row->name,
                  row->targets);
  }
  free(before);
  free(during);
}
END_TEST

START_TEST(rows_are_well_formed) {
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
  tcase_add_loop_test(tcase, each_row_acts_and_heals, 0, (int)faults_count());
  tcase_add_loop_test(tcase, rows_are_well_formed, 0, (int)faults_count());
  tcase_add_test(tcase, resistance_acts_in_its_tick);
  tcase_add_test(tcase, names_lead_back_to_targets);
  tcase_add_test(tcase, wire_faults_stack_and_heal_alone);
  tcase_add_test(tcase, permutations_swap_and_turn);
  tcase_add_test(tcase, plant_faults_reach_their_cells);
  tcase_add_test(tcase, sensor_faults_reach_their_channel);
  tcase_add_test(tcase, unsupported_pairs_are_refused);
  suite_add_tcase(suite, tcase);
  return suite;
}
