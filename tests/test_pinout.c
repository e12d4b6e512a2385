/// The pinout against what can be counted in the source, and its tables against each other.
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/pinout_text.h"
#include "../ecu_model/pins.h"

static uint32_t count_pins(char connector, const char *kind, int source) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < PINOUT_PIN_COUNT; i++) {
    const pinout_pin_t *pin = &pinout_pin[i];
    count += (connector == 0 || pin->connector == connector) &&
             (kind == NULL || strcmp(pin->kind, kind) == 0) &&
             (source < 0 || pin->source == source);
  }
  return count;
}

START_TEST(printed_rows_are_all_there) {
  uint32_t sense_count = 0, unused_count = 0, other_count = 0;
  for (uint32_t i = 0; i < PINOUT_PIN_COUNT; i++) {
    if (pinout_pin[i].verbatim[0] == '\0') continue;
    int is_sense = strcmp(pinout_pin[i].verbatim_connected_to, "") != 0 &&
                   strstr(pinout_pin[i].verbatim, "Voltage Input") != NULL;
    if (is_sense)
      sense_count++;
    else if (strcmp(pinout_pin[i].verbatim, "-") == 0)
      unused_count++;
    else
      other_count++;
  }
  ck_assert_uint_eq(sense_count, 91);
  ck_assert_uint_eq(unused_count, 6);
  ck_assert_uint_eq(other_count, 1);
  const pinout_pin_t *d9 = &pinout_pin[pinout_pin_find("D9")];
  ck_assert_str_eq(d9->verbatim, "Battery C");
  ck_assert_str_eq(d9->tap, "M2.T6");
  ck_assert_uint_eq(d9->source, PINOUT_SOURCE_INFERRED);
}
END_TEST

START_TEST(connectors_have_their_pins) {
  static const struct {
    char connector;
    uint32_t pins, sense, unused;
  } row[] = {
      {'A', 35, 34, 1}, {'B', 26, 22, 4}, {'C', 28, 28, 0}, {'D', 28, 27, 1}, {'E', 52, 0, 0}};
  for (uint32_t i = 0; i < 5; i++) {
    ck_assert_uint_eq(count_pins(row[i].connector, NULL, -1), row[i].pins);
    ck_assert_uint_eq(count_pins(row[i].connector, "sense", -1), row[i].sense);
    ck_assert_uint_eq(count_pins(row[i].connector, "unused", -1), row[i].unused);
    for (uint32_t pin = 1; pin <= row[i].pins; pin++) {
      char name[16];
      (void)snprintf(name, sizeof name, "%c%u", row[i].connector, (unsigned)pin);
      ck_assert_msg(pinout_pin_find(name) >= 0, "%s is missing", name);
    }
  }
  static const char *const unused[] = {"A24", "B3", "B9", "B14", "B24", "D7"};
  for (uint32_t i = 0; i < 6; i++)
    ck_assert_str_eq(pinout_pin[pinout_pin_find(unused[i])].kind, "unused");
}
END_TEST

START_TEST(sources_are_marked) {
  ck_assert_uint_eq(count_pins(0, NULL, PINOUT_SOURCE_SEED), 95);
  ck_assert_uint_eq(count_pins(0, NULL, PINOUT_SOURCE_CORRECTED), 2);
  ck_assert_uint_eq(count_pins('D', NULL, PINOUT_SOURCE_INFERRED), 20);
  ck_assert_uint_eq(count_pins(0, NULL, PINOUT_SOURCE_INFERRED), 20);
  ck_assert_uint_eq(count_pins('E', NULL, PINOUT_SOURCE_ASSUMED), 52);
  const pinout_pin_t *b23 = &pinout_pin[pinout_pin_find("B23")];
  const pinout_pin_t *a32 = &pinout_pin[pinout_pin_find("A32")];
  ck_assert_str_eq(b23->tap, "M5.T8");
  ck_assert_str_eq(b23->verbatim, "Battery Cell [Module 10/Cell 1] Voltage Input");
  ck_assert_uint_eq(b23->source, PINOUT_SOURCE_CORRECTED);
  ck_assert_str_eq(a32->tap, "M7.T5");
  ck_assert_str_eq(a32->verbatim_connected_to, "Battery Cell [Module 7]");
  ck_assert_uint_eq(a32->source, PINOUT_SOURCE_CORRECTED);
}
END_TEST

START_TEST(every_tap_has_its_wires) {
  static const uint8_t group_count[] = {14, 10, 10, 14, 14, 10, 10, 14};
  uint32_t wires_at[9][15] = {{0}};
  uint32_t tap_count = 0;
  for (uint32_t i = 0; i < PINOUT_WIRE_COUNT; i++)
    wires_at[pinout_wire[i].module][pinout_wire[i].tap]++;
  for (uint32_t module = 1; module <= 8; module++) {
    uint32_t middle = group_count[module - 1] / 2;
    for (uint32_t tap = 0; tap <= 14; tap++) {
      uint32_t expected = tap > group_count[module - 1] ? 0 : tap == middle && module != 1 ? 2 : 1;
      ck_assert_uint_eq(wires_at[module][tap], expected);
      tap_count += wires_at[module][tap] > 0;
    }
  }
  ck_assert_uint_eq(tap_count, PINOUT_TAP_COUNT);
  ck_assert_uint_eq(PINOUT_WIRE_COUNT, PINS_WIRE_COUNT);
  ck_assert_uint_eq(PINOUT_GROUP_COUNT, PINS_GROUP_COUNT);
  ck_assert_uint_eq(PINOUT_MODULE_COUNT, PINS_MODULE_COUNT);
  ck_assert_uint_eq(PINOUT_TAP_COUNT, PINS_TAP_COUNT);
}
END_TEST

START_TEST(doubled_taps_are_told_apart) {
  static const struct {
    const char *lower, *upper;
    uint32_t module, tap;
  } pair[] = {{"A12", "A3", 8, 7}, {"A19", "A32", 7, 5}, {"B18", "A8", 6, 5}, {"B15", "B13", 5, 7},
              {"C22", "C3", 4, 7}, {"C27", "C5", 3, 5},  {"D22", "D2", 2, 5}};
  for (uint32_t i = 0; i < 7; i++) {
    int32_t lower = pinout_wire_find(pair[i].lower);
    int32_t upper = pinout_wire_find(pair[i].upper);
    ck_assert_int_eq(upper, lower + 1);
    ck_assert_uint_eq(pinout_wire[lower].module, pair[i].module);
    ck_assert_uint_eq(pinout_wire[lower].tap, pair[i].tap);
    ck_assert_uint_eq(pinout_wire[upper].tap, pair[i].tap);
    ck_assert_uint_eq(pinout_wire[lower].section, 0);
    ck_assert_uint_eq(pinout_wire[upper].section, 1);
    ck_assert_int_eq(pinout_wire[lower].pair_wire, upper);
    ck_assert_int_eq(pinout_wire[upper].pair_wire, lower);
    ck_assert_uint_eq(pinout_wire[lower].group_above, PINOUT_NONE);
    ck_assert_uint_eq(pinout_wire[upper].group_below, PINOUT_NONE);
    ck_assert_uint_eq(pinout_module[pair[i].module - 1].pair_channel, pair[i].tap + 1);
  }
  ck_assert_uint_eq(pinout_module[0].pair_channel, 0);
}
END_TEST

START_TEST(groups_stand_between_their_wires) {
  for (uint32_t g = 0; g < PINOUT_GROUP_COUNT; g++) {
    const pinout_group_t *group = &pinout_group[g];
    const pinout_wire_t *below = &pinout_wire[group->wire_below];
    const pinout_wire_t *above = &pinout_wire[group->wire_above];
    ck_assert_uint_eq(below->module, group->module);
    ck_assert_uint_eq(above->module, group->module);
    ck_assert_uint_eq(above->tap, group->number);
    ck_assert_uint_eq(below->tap, group->number - 1);
    ck_assert_uint_eq(below->c_input + 1, above->c_input);
    ck_assert_uint_eq(group->channel, above->c_input);
    ck_assert_uint_eq(
        below->section,
        above->section == 1 && group->module == 1 && group->number == 8 ? 0 : above->section);
    ck_assert_uint_eq(below->group_above, g);
    ck_assert_uint_eq(above->group_below, g);
    char name[16];
    (void)snprintf(name, sizeof name, "M%uC%u", (unsigned)group->module, (unsigned)group->number);
    ck_assert_str_eq(pinout_group_name(g), name);
    ck_assert_int_eq(pinout_group_find(name), (int)g);
  }
}
END_TEST

START_TEST(modules_fill_their_chips) {
  static const uint8_t groups[] = {14, 10, 10, 14, 14, 10, 10, 14};
  static const uint8_t wires[] = {15, 12, 12, 16, 16, 12, 12, 16};
  uint32_t group = 0, wire = 0;
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) {
    ck_assert_uint_eq(pinout_module[m].group_count, groups[m]);
    ck_assert_uint_eq(pinout_module[m].wire_count, wires[m]);
    ck_assert_uint_eq(pinout_module[m].top_channel, wires[m] - 1);
    ck_assert_uint_eq(pinout_module[m].first_group, group);
    ck_assert_uint_eq(pinout_module[m].first_wire, wire);
    for (uint32_t c = 0; c < wires[m]; c++) {
      ck_assert_uint_eq(pinout_wire[wire + c].c_input, c);
      ck_assert_uint_eq(pinout_wire[wire + c].module, m + 1);
    }
    group += groups[m];
    wire += wires[m];
  }
  ck_assert_uint_eq(group, PINOUT_GROUP_COUNT);
  ck_assert_uint_eq(wire, PINOUT_WIRE_COUNT);
}
END_TEST

START_TEST(a_break_disturbs_as_many_groups_as_its_place_says) {
  uint32_t with_groups[3] = {0};
  for (uint32_t i = 0; i < PINOUT_WIRE_COUNT; i++)
    with_groups[(pinout_wire[i].group_below != PINOUT_NONE) +
                (pinout_wire[i].group_above != PINOUT_NONE)]++;
  ck_assert_uint_eq(with_groups[0], 0);
  ck_assert_uint_eq(with_groups[1], 2 * 8 + 2 * 7); /* module ends, doubled taps */
  ck_assert_uint_eq(with_groups[2], 111 - 30);
}
END_TEST

START_TEST(names_lead_both_ways) {
  for (uint32_t i = 0; i < PINOUT_PIN_COUNT; i++) {
    const pinout_pin_t *pin = &pinout_pin[i];
    ck_assert_int_eq(pinout_pin_find(pin->name), (int)i);
    if (pin->wire == PINOUT_NONE) {
      ck_assert_int_eq(pinout_wire_find(pin->name), -1);
      continue;
    }
    char tap[16];
    const pinout_wire_t *wire = &pinout_wire[pin->wire];
    (void)snprintf(tap, sizeof tap, "M%u.T%u", (unsigned)wire->module, (unsigned)wire->tap);
    ck_assert_str_eq(pin->tap, tap);
    ck_assert_str_eq(pinout_wire_name(pin->wire), pin->name);
    ck_assert_int_eq(pinout_wire_find(pin->name), pin->wire);
    ck_assert_int_eq(wire->connector, pin->connector);
    ck_assert_uint_eq(wire->pin, pin->pin);
  }
  ck_assert_str_eq(pinout_wire_name(PINOUT_WIRE_COUNT), "?");
  ck_assert_str_eq(pinout_group_name(PINOUT_GROUP_COUNT), "?");
  ck_assert_str_eq(pinout_source_name(4), "?");
  ck_assert_int_eq(pinout_pin_find("A36"), -1);
  ck_assert_int_eq(pinout_group_find("M9C1"), -1);
}
END_TEST

START_TEST(low_voltage_connector_has_what_the_bms_needs) {
  static const char *const needed[] = {
      "supply_12V",    "ground",        "can_h",          "can_l",        "ignition",
      "kl30c",         "hvil_out",      "hvil_in",        "crash",        "charger_plug",
      "coil_main_pos", "coil_main_neg", "coil_precharge", "coil_heater",  "aux_main_pos",
      "aux_main_neg",  "aux_precharge", "current_low",    "current_high", "current_sensor_5V",
      "pack_pos",      "pack_neg",      "link_pos",       "link_neg",     "chassis",
      "iso_pos",       "iso_neg",       "inlet_ntc",      "heater_1_ntc", "heater_2_ntc",
      "fan_pwm",       "fan_tacho",     "module_1_ntc",   "module_8_ntc", "module_8_ntc_return"};
  for (uint32_t n = 0; n < sizeof needed / sizeof needed[0]; n++) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < PINOUT_PIN_COUNT; i++)
      count += pinout_pin[i].connector == 'E' && strcmp(pinout_pin[i].signal, needed[n]) == 0;
    ck_assert_msg(count == 1, "%s is on %u pins of E", needed[n], (unsigned)count);
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("pinout");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, printed_rows_are_all_there);
  tcase_add_test(tcase, connectors_have_their_pins);
  tcase_add_test(tcase, sources_are_marked);
  tcase_add_test(tcase, every_tap_has_its_wires);
  tcase_add_test(tcase, doubled_taps_are_told_apart);
  tcase_add_test(tcase, groups_stand_between_their_wires);
  tcase_add_test(tcase, modules_fill_their_chips);
  tcase_add_test(tcase, a_break_disturbs_as_many_groups_as_its_place_says);
  tcase_add_test(tcase, names_lead_both_ways);
  tcase_add_test(tcase, low_voltage_connector_has_what_the_bms_needs);
  suite_add_tcase(suite, tcase);
  return suite;
}
