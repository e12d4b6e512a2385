/// Words about pins: see pin_words.h.
#include "pin_words.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/pinout_text.h"
#include "menu.h"

/// A pin of connector E that carries a quantity. quality: of the core's value, 0: none.
typedef struct {
  const char *signal; /* of the pinout */
  const char *unit; /* "" a line that is on or off */
  size_t value, quality; /* offsets in hil_t */
} e_row_t;

#define IN(field) offsetof(hil_t, pins_in.field)
#define OUT(field) offsetof(hil_t, pins_out.field)
#define SEEN(field) offsetof(hil_t, bms.meas.field)

static const e_row_t rows[] = {
    {"supply_12V", "V", IN(supply_V), SEEN(supply_validity.quality)},
    {"ignition", "", IN(ignition_is_on), 0},
    {"kl30c", "", IN(kl30c_is_on), 0},
    {"hvil_in", "", IN(hvil_is_closed), 0},
    {"hvil_out", "", OUT(hvil_drive_is_on), 0},
    {"crash", "", IN(crash_is_signalled), 0},
    {"charger_plug", "", IN(charger_is_plugged), 0},
    {"coil_main_pos", "V", OUT(coil_V[PINS_COIL_MAIN_POS]), 0},
    {"coil_main_neg", "V", OUT(coil_V[PINS_COIL_MAIN_NEG]), 0},
    {"coil_precharge", "V", OUT(coil_V[PINS_COIL_PRECHARGE]), 0},
    {"coil_heater", "V", OUT(coil_V[PINS_COIL_HEATER]), 0},
    {"aux_main_pos", "", IN(aux_closed[PINS_COIL_MAIN_POS]), 0},
    {"aux_main_neg", "", IN(aux_closed[PINS_COIL_MAIN_NEG]), 0},
    {"aux_precharge", "", IN(aux_closed[PINS_COIL_PRECHARGE]), 0},
    {"current_low", "V", IN(current_low_V), SEEN(current_validity.quality)},
    {"current_high", "V", IN(current_high_V), SEEN(current_validity.quality)},
    {"pack_pos", "V", IN(pack_V), SEEN(pack_validity.quality)},
    {"link_pos", "V", IN(link_V), SEEN(link_validity.quality)},
    {"iso_pos", "V", IN(iso_pos_V), 0},
    {"iso_neg", "V", IN(iso_neg_V), 0},
    {"module_1_ntc", "ohm", IN(module_ntc_ohm[0]), SEEN(module_quality[0])},
    {"module_2_ntc", "ohm", IN(module_ntc_ohm[1]), SEEN(module_quality[1])},
    {"module_3_ntc", "ohm", IN(module_ntc_ohm[2]), SEEN(module_quality[2])},
    {"module_4_ntc", "ohm", IN(module_ntc_ohm[3]), SEEN(module_quality[3])},
    {"module_5_ntc", "ohm", IN(module_ntc_ohm[4]), SEEN(module_quality[4])},
    {"module_6_ntc", "ohm", IN(module_ntc_ohm[5]), SEEN(module_quality[5])},
    {"module_7_ntc", "ohm", IN(module_ntc_ohm[6]), SEEN(module_quality[6])},
    {"module_8_ntc", "ohm", IN(module_ntc_ohm[7]), SEEN(module_quality[7])},
    {"inlet_ntc", "ohm", IN(inlet_ntc_ohm), SEEN(inlet_validity.quality)},
    {"heater_1_ntc", "ohm", IN(heater_ntc_ohm[0]), SEEN(heater_validity[0].quality)},
    {"heater_2_ntc", "ohm", IN(heater_ntc_ohm[1]), SEEN(heater_validity[1].quality)},
    {"fan_pwm", "%", OUT(fan_duty), 0},
    {"fan_tacho", "Hz", IN(fan_tacho_Hz), 0},
};

static const e_row_t *row_of(const char *signal) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (strcmp(rows[i].signal, signal) == 0) {
      return &rows[i];
    }
  }
  return NULL;
}

static void say_quality(uint8_t quality, pin_words_t *words) {
  static const char *const names[] = {"valid", "suspect", "stale", "invalid", "never measured"};
  snprintf(words->belief, sizeof words->belief, "%s",
           quality < sizeof names / sizeof names[0] ? names[quality] : "?");
  words->is_doubted = quality == BMS_QUALITY_SUSPECT || quality == BMS_QUALITY_STALE;
  words->is_found = quality >= BMS_QUALITY_INVALID;
}

/// At most four characters where decimals is 0.
static void say_number(double value, int is_ohm, int decimals, pin_words_t *words) {
  char *text = words->value;
  if (is_ohm && value >= 1e6) {
    snprintf(text, sizeof words->value, value >= 1e9 ? "open" : "%.0fM", value / 1e6);
  } else if (is_ohm && value >= 1000.0) {
    snprintf(text, sizeof words->value, "%.*fk", decimals > 0 ? 1 : 0, value / 1e3);
  } else {
    snprintf(text, sizeof words->value, "%.*f", decimals > 0 || fabs(value) < 99.0 ? 1 : 0, value);
  }
}

static void say_e(const view_t *view, const pinout_pin_t *pin, int decimals, pin_words_t *words) {
  const e_row_t *row = row_of(pin->signal);
  const char *hil = (const char *)&view->hil;
  double value;
  if (row == NULL) {
    return;
  }
  if (row->unit[0] == '\0') {
    snprintf(words->value, sizeof words->value, "%s", hil[row->value] ? "on" : "off");
  } else {
    memcpy(&value, hil + row->value, sizeof value);
    if (strcmp(row->unit, "%") == 0) value *= 100.0;
    say_number(value, strcmp(row->unit, "ohm") == 0, decimals, words);
    snprintf(words->unit, sizeof words->unit, "%s", row->unit);
  }
  if (row->quality != 0) {
    say_quality((uint8_t)hil[row->quality], words);
  }
}

static void say_wire(const view_t *view, uint32_t wire, int decimals, pin_words_t *words) {
  static const char *const states[] = {"ok", "suspect", "open"};
  uint8_t state = view->hil.bms.wire_state[wire];
  snprintf(words->value, sizeof words->value, "%.*f", decimals, view->hil.pins_in.wire_V[wire]);
  snprintf(words->unit, sizeof words->unit, "V");
  snprintf(words->belief, sizeof words->belief, "%s", state <= BMS_WIRE_OPEN ? states[state] : "?");
  words->is_doubted = state == BMS_WIRE_SUSPECT;
  words->is_found = state == BMS_WIRE_OPEN;
  if (view->hil.harness.fuse_is_blown[wire]) {
    words->is_broken = 1;
    snprintf(words->fault, sizeof words->fault, "its fuse has blown");
  }
}

void pin_words(const view_t *view, uint32_t pin, int decimals, pin_words_t *words) {
  fault_on_t on;
  uint32_t target;
  const pinout_pin_t *row = &pinout_pin[pin];
  memset(words, 0, sizeof *words);
  if (row->wire != PINOUT_NONE) {
    say_wire(view, row->wire, decimals, words);
  } else if (row->connector == 'E') {
    say_e(view, row, decimals, words);
  }
  if (menu_pin_target((int32_t)pin, &on, &target) == 0) {
    const view_fault_t *fault = view_fault_on(view, on, target);
    if (fault != NULL) {
      view_fault_text(fault, words->fault, sizeof words->fault);
      words->is_broken = 1;
      words->is_by_user = fault->is_by_user;
    }
  }
}

void pin_words_short(uint32_t pin, char name[8]) {
  static const struct {
    const char *signal, *name;
  } words[] = {{"supply_12V", "12 V"},
               {"ground", "gnd"},
               {"can_h", "CAN H"},
               {"can_l", "CAN L"},
               {"ignition", "ign"},
               {"kl30c", "KL30C"},
               {"hvil_out", "HV out"},
               {"hvil_in", "HV in"},
               {"charger_plug", "plug"},
               {"coil_main_pos", "coil +"},
               {"coil_main_neg", "coil -"},
               {"coil_precharge", "coil P"},
               {"coil_heater", "coil H"},
               {"aux_main_pos", "aux +"},
               {"aux_main_neg", "aux -"},
               {"aux_precharge", "aux P"},
               {"current_sensor_5V", "I 5 V"},
               {"current_sensor_ground", "I gnd"},
               {"current_low", "I low"},
               {"current_high", "I high"},
               {"pack_pos", "pack +"},
               {"pack_neg", "pack -"},
               {"link_pos", "link +"},
               {"link_neg", "link -"},
               {"crash", "crash"},
               {"chassis", "chass"},
               {"iso_pos", "iso +"},
               {"iso_neg", "iso -"},
               {"inlet_ntc", "inlet"},
               {"inlet_ntc_return", "inl -"},
               {"fan_pwm", "fan"},
               {"fan_tacho", "tacho"}};
  const pinout_pin_t *row = &pinout_pin[pin];
  name[0] = '\0';
  if (row->wire != PINOUT_NONE) {
    snprintf(name, 8, "%uT%u", pinout_wire[row->wire].module, pinout_wire[row->wire].tap);
    return;
  }
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (strcmp(words[i].signal, row->signal) == 0) {
      snprintf(name, 8, "%s", words[i].name);
      return;
    }
  }
  int is_module = strncmp(row->signal, "module_", 7) == 0;
  if (is_module ||
      strncmp(row->signal, "heater_", 7) == 0) { /* module_3_ntc, heater_1_ntc_return */
    snprintf(name, 8, "%s%c%s", is_module ? "NTC" : "mat", row->signal[7],
             strstr(row->signal, "return") != NULL ? " -" : "");
  }
}

char pin_words_source(uint32_t pin) {
  static const char marks[] = {' ', '*', '~', '?'};
  uint8_t source = pinout_pin[pin].source;
  return source < sizeof marks ? marks[source] : '?';
}
