/// Signals: every name once, found again, right places of the state, words of values.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/dtc_text.h"
#include "../scenarios/names.h"
#include "../scenarios/signals_read.h"
#include "../sim/rng.h"
#include "cell_fixture.h"

static hil_t *hil;

static void setup(void) {
  signals_init();
  hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
}

static void teardown(void) { free(hil); }

static double value_of(const char *name) {
  int32_t index = signals_find(name);
  ck_assert_msg(index >= 0, "no signal %s", name);
  return signals_read(signals_at((uint32_t)index), hil);
}

START_TEST(each_name_is_found_at_its_place) {
  uint32_t csv_count = 0;
  ck_assert_uint_gt(signals_count(), 1000);
  for (uint32_t i = 0; i < signals_count(); i++) {
    const signal_t *signal = signals_at(i);
    ck_assert_int_eq(signals_find(signal->name), (int32_t)i);
    ck_assert_uint_lt(strlen(signal->name), sizeof signal->name - 1);
    ck_assert_uint_gt(strlen(signal->help), 0);
    csv_count += signal->in_csv;
    ck_assert(signal->period_ms == 0 || signal->period_ms == 1 || signal->period_ms == 10 ||
              signal->period_ms == 100 || signal->period_ms == 1000 ||
              signal->period_ms == SIGNALS_NOT_RECORDED);
  }
  ck_assert_uint_le(csv_count, 40);
  ck_assert_uint_ge(csv_count, 20);
  ck_assert_int_eq(signals_find("phys.group.M9C1.V"), -1);
  ck_assert_int_eq(signals_find(""), -1);
  ck_assert_ptr_null(signals_at(signals_count()));
  uint32_t count = signals_count();
  signals_init();
  ck_assert_uint_eq(signals_count(), count);
}
END_TEST

START_TEST(patterns_walk_all_and_only_theirs) {
  uint32_t groups = 0, wires = 0;
  for (int32_t i = signals_match("phys.group.M*.V", 0); i >= 0;
       i = signals_match("phys.group.M*.V", (uint32_t)i + 1)) {
    groups++;
  }
  for (int32_t i = signals_match("bms.wire.*.state", 0); i >= 0;
       i = signals_match("bms.wire.*.state", (uint32_t)i + 1)) {
    wires++;
  }
  ck_assert_uint_eq(groups, 96);
  ck_assert_uint_eq(wires, 111);
  int32_t state = signals_match("bms.state", 0);
  ck_assert_int_ge(state, 0);
  ck_assert_int_eq(signals_match("bms.state", (uint32_t)state + 1), -1);
  ck_assert(names_match("a*c", "abc") && names_match("a*c", "abbc") && names_match("*", "x"));
  ck_assert(!names_match("a*c", "ac") && !names_match("*", "") && !names_match("a*", "b"));
  ck_assert(names_match("a*b*c", "axbxbxc") && !names_match("a*b*c", "abc"));
}
END_TEST

START_TEST(fields_are_read_with_scale) {
  hil->pack_A = -12.5;
  hil->pack.group_V[44] = 3.7;
  hil->bms.meas.group_mV[44] = 3701;
  hil->bms.meas.module_ddegC[2] = -105;
  hil->bms.wire_state[110] = 2;
  hil->bms.limit.charge_mA = 1500;
  hil->pins_in.wire_V[3] = 11.0;
  hil->pins_in.current_high_V = 2.6;
  hil->hv.contact_is_closed[PINS_COIL_MAIN_NEG] = 1;
  hil->pins_out.coil_V[PINS_COIL_PRECHARGE] = 12.0;
  ck_assert_double_eq(value_of("phys.pack.A"), -12.5);
  ck_assert_double_eq(value_of("phys.group.M4C11.V"), 3.7);
  ck_assert_double_eq(value_of("bms.group.M4C11.mV"), 3701);
  ck_assert_double_eq_tol(value_of("bms.module.3.degC"), -10.5, 1e-12);
  ck_assert_double_eq_tol(value_of("bms.limit.charge_A"), 1.5, 1e-12);
  ck_assert_double_eq(value_of("contactor.main_neg.closed"), 1);
  ck_assert_double_eq(value_of("contactor.main_pos.closed"), 0);
  ck_assert_double_eq(value_of("coil.precharge.on"), 1);
  ck_assert_double_eq(value_of("coil.main_pos.on"), 0);
  ck_assert_double_eq(value_of("pin.E21.V"), 2.6);
  char name[40];
  snprintf(name, sizeof name, "bms.wire.%s.state", "A1");
  int32_t wire = names_wire("A1");
  ck_assert_int_ge(wire, 0);
  hil->bms.wire_state[wire] = 1;
  ck_assert_double_eq(value_of(name), 1);
  hil->pins_in.wire_V[wire] = 360.0;
  ck_assert_double_eq(value_of("pin.A1.V"), 360.0);
}
END_TEST

START_TEST(extremes_and_cells_follow_the_pack) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    hil->pack.group_V[g] = 3.5 + 0.001 * g;
    hil->pack.soc[0][g] = 0.4;
    hil->pack.soc[1][g] = 0.6;
  }
  hil->pack.core_degC[1][5] = 41.0;
  ck_assert_double_eq_tol(value_of("phys.group.max.V"), 3.595, 1e-12);
  ck_assert_double_eq_tol(value_of("phys.group.min.V"), 3.5, 1e-12);
  ck_assert_double_eq_tol(value_of("phys.group.mean.V"), 3.5475, 1e-12);
  ck_assert_double_eq_tol(value_of("phys.pack.soc_pct"), 50.0, 1e-9);
  ck_assert_double_eq_tol(value_of("phys.cell.M1C6a.soc_pct"), 40.0, 1e-9);
  ck_assert_double_eq_tol(value_of("phys.cell.M1C6b.soc_pct"), 60.0, 1e-9);
  ck_assert_double_eq(value_of("phys.cell.M1C6b.degC"), 41.0);
  ck_assert_double_eq(value_of("phys.cell.max.degC"), 41.0);
  cell_params_t params = fixture_cell();
  ck_assert_double_eq(value_of("phys.cell.M1C6b.capacity_pct"), 0.0); // no pack yet
  hil->pack.params = &params;
  hil->pack.soc_per_As[1][5] = 1.0 / (3600.0 * params.capacity_Ah * 0.7);
  hil->pack.resistance_scale[1][5] = 1.8;
  ck_assert_double_eq_tol(value_of("phys.cell.M1C6b.capacity_pct"), 70.0, 1e-10);
  ck_assert_double_eq_tol(value_of("phys.cell.M1C6b.resistance_pct"), 180.0, 1e-10);
  ck_assert_double_eq(value_of("phys.cell.M1C6a.resistance_pct"), 0.0);
  ck_assert_double_eq(value_of("phys.cell.min.degC"), 0.0);
}
END_TEST

START_TEST(dtcs_count_active_and_latched) {
  int32_t dtc = dtc_find("CELL_OVERVOLTAGE");
  ck_assert_double_eq(value_of("dtc.any"), 0);
  hil->bms.dtc[dtc].is_latched = 1;
  hil->bms.dtc[dtc].location = 44;
  ck_assert_double_eq(value_of("dtc.CELL_OVERVOLTAGE"), 1);
  ck_assert_double_eq(value_of("dtc.CELL_UNDERVOLTAGE"), 0);
  ck_assert_double_eq(value_of("dtc.CELL_OVERVOLTAGE.location"), 44);
  ck_assert_double_eq(value_of("dtc.any"), 1);
  hil->bms.dtc[dtc].is_latched = 0;
  hil->bms.dtc[dtc].is_active = 1;
  ck_assert_double_eq(value_of("dtc.any"), 1);
}
END_TEST

START_TEST(can_signals_are_nan_before_the_first_frame) {
  ck_assert(isnan(value_of("can.BMS_Status.state")));
  hil_last_frame_t *last = &hil->last_frame[CAN_MSG_BMS_STATUS];
  last->count = 1;
  last->frame.data[1] = 0x80; /* state: bits 12..15 */
  ck_assert_double_eq(value_of("can.BMS_Status.state"), 8);
  ck_assert_double_eq(value_of("can.BMS_Status.count"), 1);
  ck_assert_int_eq(signals_find("can.BMS_Groups.M1C1_V"), -1);
}
END_TEST

/* Two states, 0 in one where the other has 1, that agree in a signal's sources alone. */
START_TEST(nothing_but_its_sources_moves_a_signal) {
  hil_t *other = malloc(sizeof *other);
  uint8_t *bytes = (uint8_t *)hil, *others = (uint8_t *)other;
  ck_assert_ptr_nonnull(other);
  rng_t rng = rng_stream(3, "bytes");
  for (size_t i = 0; i < sizeof *hil; i++) {
    bytes[i] = (uint8_t)(rng_u64(&rng) >> 63);
    others[i] = (uint8_t)(1 - bytes[i]);
  }
  uint32_t count = 0;
  for (uint32_t s = 0; s < signals_count(); s++) {
    const signal_t *signal = signals_at(s);
    if (signal->source[0].byte_count == 0) continue;
    for (uint32_t k = 0; k < 2; k++) {
      const signals_bytes_t source = signal->source[k];
      memcpy(others + source.offset, bytes + source.offset, source.byte_count);
    }
    double left = signals_read(signal, hil), right = signals_read(signal, other);
    for (uint32_t k = 0; k < 2; k++) {
      uint32_t begin = signal->source[k].offset, end = begin + signal->source[k].byte_count;
      for (uint32_t i = begin; i < end; i++) others[i] = (uint8_t)(1 - bytes[i]);
    }
    ck_assert_msg(memcmp(&left, &right, sizeof left) == 0, "%s", signal->name);
    count++;
  }
  ck_assert_uint_gt(count, 1000);
  free(other);
}
END_TEST

START_TEST(runs_scan_like_single_reads) {
  uint16_t list[PINS_WIRE_COUNT];
  uint32_t count = 0;
  signals_run_t run;
  for (int32_t i = signals_match("phys.group.M*.V", 0); i >= 0;
       i = signals_match("phys.group.M*.V", (uint32_t)i + 1)) {
    list[count++] = (uint16_t)i;
  }
  ck_assert_int_eq(signals_as_run(list, count, &run), 1);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    hil->pack.group_V[g] = 3.0;
  }
  hil->pack.group_V[7] = 4.4;
  hil->pack.group_V[95] = 2.2;
  ck_assert_double_eq(signals_run_extreme(&run, hil, 1), 4.4);
  ck_assert_uint_eq(signals_run_place(&run, hil, 4.4), 7);
  ck_assert_double_eq(signals_run_extreme(&run, hil, 0), 2.2);
  ck_assert_uint_eq(signals_run_place(&run, hil, 2.2), 95);
  uint16_t mixed[] = {list[0], list[1], list[3]};
  ck_assert_int_eq(signals_as_run(mixed, 3, &run), 0);
  ck_assert_int_eq(signals_as_run(list, 1, &run), 0);
}
END_TEST

START_TEST(extremes_look_at_every_value) {
  enum { MOST = 37 }; /* two rounds of lanes and a rest */
  double values[MOST];
  for (uint32_t count = 1; count <= MOST; count++) {
    for (uint32_t at = 0; at < count; at++) {
      for (uint32_t i = 0; i < MOST; i++) {
        values[i] = i < count ? 1.0 : 9.0;
      }
      values[at] = 2.0;
      ck_assert_double_eq(signals_max_f64(values, count), 2.0);
      for (uint32_t i = 0; i < MOST; i++) {
        values[i] = i < count ? 1.0 : -9.0;
      }
      values[at] = 0.5;
      ck_assert_double_eq(signals_min_f64(values, count), 0.5);
    }
  }
}
END_TEST

START_TEST(words_and_numbers_agree) {
  char words[300], word[40];
  double value;
  ck_assert_int_eq(names_value("bms.state", "FAULT", &value, words, sizeof words), 0);
  ck_assert_double_eq(value, BMS_STATE_FAULT);
  ck_assert_int_eq(names_value("bms.state", "SLEEP", &value, words, sizeof words), 0);
  ck_assert_double_eq(value, BMS_STATE_SLEEP);
  ck_assert_int_eq(names_word("bms.state", BMS_STATE_PRECHARGE, word, sizeof word), 0);
  ck_assert_str_eq(word, "PRECHARGE");
  ck_assert_int_eq(names_word("bms.state", BMS_STATE_COUNT, word, sizeof word), -1);
  ck_assert_int_eq(names_value("bms.state", "FAUL", &value, words, sizeof words), -1);
  ck_assert_int_eq(names_value("bms.wire.A1.state", "open", &value, words, sizeof words), 0);
  ck_assert_double_eq(value, BMS_WIRE_OPEN);
  ck_assert_int_eq(names_value("dtc.OPEN_WIRE.location", "A12", &value, words, sizeof words), 0);
  ck_assert_double_eq(value, names_wire("A12"));
  ck_assert_int_eq(names_value("dtc.OPEN_WIRE.location", "M3C5", &value, words, sizeof words), -1);
  ck_assert_int_eq(
      names_value("dtc.CELL_OVERVOLTAGE.location", "M8C14", &value, words, sizeof words), 0);
  ck_assert_double_eq(value, 95);
  ck_assert_int_eq(names_word("dtc.CELL_OVERVOLTAGE.location", 0, word, sizeof word), 0);
  ck_assert_str_eq(word, "M1C1");
  ck_assert_int_eq(names_value("dtc.OVER_TEMPERATURE.location", "M3", &value, words, sizeof words),
                   0);
  ck_assert_double_eq(value, 2);
  ck_assert_int_eq(names_value("phys.pack.V", "high", &value, words, sizeof words), -1);
  ck_assert_int_eq(names_word("phys.pack.V", 3, word, sizeof word), -1);
}
END_TEST

START_TEST(places_have_names) {
  char name[8];
  ck_assert_int_eq(names_group("M1C1"), 0);
  ck_assert_int_eq(names_group("M2C1"), 14);
  ck_assert_int_eq(names_cell("M1C1a"), 0);
  ck_assert_int_eq(names_cell("M8C14b"), 191);
  ck_assert_int_eq(names_cell("M1C1c"), -1);
  ck_assert_int_eq(names_cell("M1C1"), -1);
  ck_assert_int_eq(names_cell(""), -1);
  ck_assert_int_eq(names_module("M8"), 7);
  ck_assert_int_eq(names_module("9"), -1);
  ck_assert_int_eq(names_module("11"), -1);
  ck_assert_int_eq(names_wire("wire.A12"), names_wire("A12"));
  names_cell_text(191, name, sizeof name);
  ck_assert_str_eq(name, "M8C14b");
  names_tap_text(103, name, sizeof name);
  ck_assert_str_eq(name, "M8T14");
  ck_assert_uint_eq(names_set_count("taps"), 104);
  names_set_member("taps", 15, name, sizeof name);
  ck_assert_str_eq(name, "M2T0");
  ck_assert_uint_eq(names_set_count("wires"), 111);
  ck_assert_uint_eq(names_set_count("wires_single"), 97);
  ck_assert_uint_eq(names_set_count("wires_doubled"), 14);
  ck_assert_uint_eq(names_set_count("cycles"), 8);
  ck_assert_uint_eq(names_set_count("nothing"), 0);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("signals");
  TCase *tcase = tcase_create("table");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, each_name_is_found_at_its_place);
  tcase_add_test(tcase, patterns_walk_all_and_only_theirs);
  tcase_add_test(tcase, fields_are_read_with_scale);
  tcase_add_test(tcase, extremes_and_cells_follow_the_pack);
  tcase_add_test(tcase, dtcs_count_active_and_latched);
  tcase_add_test(tcase, can_signals_are_nan_before_the_first_frame);
  tcase_add_test(tcase, nothing_but_its_sources_moves_a_signal);
  tcase_add_test(tcase, runs_scan_like_single_reads);
  tcase_add_test(tcase, extremes_look_at_every_value);
  tcase_add_test(tcase, words_and_numbers_agree);
  tcase_add_test(tcase, places_have_names);
  suite_add_tcase(suite, tcase);
  return suite;
}
