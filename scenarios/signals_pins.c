/// Signals between world and BMS: pins, sense wires, sensors, coils, supply, AFEs.
#include "../ecu_model/gen/pinout_text.h"
#include "signals_read.h"

#include <string.h>

enum { FAST = 1, PACK = 10, GROUP = 100, CHANGE = 0, CSV = 1, NO_CSV = 0 };

/// A pin of connector E, by what the pinout calls it.
typedef struct {
  const char *signal; ///< of the pinout
  const char *suffix;
  signals_row_t row;
} e_pin_t;

static double fault_is_open(const signal_t *signal, const hil_t *hil) {
  uint32_t w = signal->index;
  return hil->harness.fault[w].is_open || hil->harness.fuse_is_blown[w] ? 1.0 : 0.0;
}

static double bleed_count(const signal_t *signal, const hil_t *hil) {
  double count = 0.0;
  for (uint32_t mask = hil->pins_out.bleed_mask[signal->index]; mask != 0; mask &= mask - 1) {
    count += 1.0;
  }
  return count;
}

static double coil_is_on(const signal_t *signal, const hil_t *hil) {
  return hil->pins_out.coil_V[signal->index] > 1.0 ? 1.0 : 0.0;
}

static void add_wires(void) {
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    const char *name = pinout_wire_name(w);
    signals_add(SIGNALS_ITEM(pins_in.wire_V[0], sizeof(double), w, "V", GROUP, 1.0,
                             "at the connector, against pack minus"),
                "pin.%s.V", name);
    signals_row_t open =
        *SIGNALS_CALL(fault_is_open, w, "", CHANGE, NO_CSV, "broken or its fuse blown");
    open.source[0] = SIGNALS_BYTES(harness.fault[0].is_open, sizeof(harness_wire_fault_t), w);
    open.source[1] = SIGNALS_BYTES(harness.fuse_is_blown[0], 1, w);
    signals_add(&open, "wire.%s.open", name);
    signals_add(SIGNALS_ITEM(harness.wire_A[0], sizeof(double), w, "A", GROUP, 1.0,
                             "out of the pack into the wire"),
                "wire.%s.A", name);
  }
}

/// Connector E, the pins that carry a quantity.
static void add_e_pins(void) {
  const e_pin_t pins[] = {
      {"supply_12V", "V", *SIGNALS_FIELD(pins_in.supply_V, "V", GROUP, 0, 1.0, "12 V supply")},
      {"ignition", "on", *SIGNALS_FIELD(pins_in.ignition_is_on, "", CHANGE, 0, 1.0, "ignition")},
      {"kl30c", "on", *SIGNALS_FIELD(pins_in.kl30c_is_on, "", CHANGE, 0, 1.0, "coil supply")},
      {"hvil_in", "closed",
       *SIGNALS_FIELD(pins_in.hvil_is_closed, "", CHANGE, 0, 1.0, "interlock")},
      {"crash", "on", *SIGNALS_FIELD(pins_in.crash_is_signalled, "", CHANGE, 0, 1.0, "airbag ECU")},
      {"charger_plug", "on",
       *SIGNALS_FIELD(pins_in.charger_is_plugged, "", CHANGE, 0, 1.0, "charger plug")},
      {"coil_main_pos", "V", *SIGNALS_ITEM(pins_out.coil_V[0], 8, 0, "V", PACK, 1.0, "coil")},
      {"coil_main_neg", "V", *SIGNALS_ITEM(pins_out.coil_V[0], 8, 1, "V", PACK, 1.0, "coil")},
      {"coil_precharge", "V", *SIGNALS_ITEM(pins_out.coil_V[0], 8, 2, "V", PACK, 1.0, "coil")},
      {"aux_main_pos", "closed",
       *SIGNALS_ITEM(pins_in.aux_closed[0], 1, 0, "", CHANGE, 1.0, "aux")},
      {"aux_main_neg", "closed",
       *SIGNALS_ITEM(pins_in.aux_closed[0], 1, 1, "", CHANGE, 1.0, "aux")},
      {"aux_precharge", "closed",
       *SIGNALS_ITEM(pins_in.aux_closed[0], 1, 2, "", CHANGE, 1.0, "aux")},
      {"current_low", "V",
       *SIGNALS_FIELD(pins_in.current_low_V, "V", PACK, 0, 1.0, "2.5 V is 0 A")},
      {"current_high", "V",
       *SIGNALS_FIELD(pins_in.current_high_V, "V", PACK, 0, 1.0, "2.5 V is 0 A")},
      {"pack_pos", "V", *SIGNALS_FIELD(pins_in.pack_V, "V", PACK, 0, 1.0, "pack voltage sense")},
      {"link_pos", "V", *SIGNALS_FIELD(pins_in.link_V, "V", PACK, 0, 1.0, "link voltage sense")},
      {"fan_pwm", "duty", *SIGNALS_FIELD(pins_out.fan_duty, "", GROUP, 0, 1.0, "0..1")},
      {"fan_tacho", "Hz", *SIGNALS_FIELD(pins_in.fan_tacho_Hz, "Hz", GROUP, 0, 1.0, "as shown")},
      {"iso_pos", "V",
       *SIGNALS_FIELD(pins_in.iso_pos_V, "V", PACK, 0, 1.0, "isolation divider, 100 to 1")},
      {"iso_neg", "V",
       *SIGNALS_FIELD(pins_in.iso_neg_V, "V", PACK, 0, 1.0, "isolation divider, 100 to 1")},
  };
  for (size_t i = 0; i < sizeof pins / sizeof pins[0]; i++) {
    for (uint32_t p = 0; p < PINOUT_PIN_COUNT; p++) {
      if (pinout_pin[p].connector == 'E' && strcmp(pinout_pin[p].signal, pins[i].signal) == 0) {
        signals_add(&pins[i].row, "pin.%s.%s", pinout_pin[p].name, pins[i].suffix);
      }
    }
  }
}

static void add_sensors(void) {
  signals_add(SIGNALS_FIELD(pins_in.current_low_V, "V", PACK, NO_CSV, 1.0, "low range, +-75 A"),
              "sense.current_low.V");
  signals_add(SIGNALS_FIELD(pins_in.current_high_V, "V", PACK, NO_CSV, 1.0, "high range, +-750 A"),
              "sense.current_high.V");
  signals_add(SIGNALS_FIELD(pins_in.pack_V, "V", PACK, NO_CSV, 1.0, "shown to the ECU"),
              "sense.pack.V");
  signals_add(SIGNALS_FIELD(pins_in.link_V, "V", PACK, NO_CSV, 1.0, "shown to the ECU"),
              "sense.link.V");
  signals_add(SIGNALS_FIELD(pins_in.iso_pos_V, "V", PACK, NO_CSV, 100.0,
                            "pack plus against chassis, while its divider is on"),
              "sense.iso_pos.V");
  signals_add(SIGNALS_FIELD(pins_in.iso_neg_V, "V", PACK, NO_CSV, 100.0,
                            "chassis against pack minus, while its divider is on"),
              "sense.iso_neg.V");
  signals_add(SIGNALS_FIELD(pins_in.supply_V, "V", GROUP, CSV, 1.0, "12 V at the ECU"), "supply.V");
  signals_add(SIGNALS_FIELD(ecu.is_stopped, "", CHANGE, NO_CSV, 1.0, "without power or in reset"),
              "mcu.ecu.is_stopped");
  signals_add(SIGNALS_FIELD(ecu.is_browned_out, "", CHANGE, NO_CSV, 1.0, "its supply is too low"),
              "mcu.ecu.is_browned_out");
  signals_add(SIGNALS_FIELD(board.nvm.written_bytes, "", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "of the page that is being written"),
              "mcu.nvm.written_bytes");
  signals_add(SIGNALS_FIELD(board.nvm.finished_count, "", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "pages written"),
              "mcu.nvm.finished_count");
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    signals_add(SIGNALS_ITEM(pins_in.module_ntc_ohm[0], sizeof(double), m, "ohm", GROUP, 1.0,
                             "thermistor of the module"),
                "sense.module_ntc.%u.ohm", m + 1);
  }
  signals_add(SIGNALS_FIELD(pins_in.inlet_ntc_ohm, "ohm", GROUP, NO_CSV, 1.0, "thermistor, inlet"),
              "sense.inlet_ntc.1.ohm");
  for (uint32_t i = 0; i < 2; i++) {
    signals_add(SIGNALS_ITEM(pins_in.heater_ntc_ohm[0], sizeof(double), i, "ohm", GROUP, 1.0,
                             "thermistor of the heater"),
                "sense.heater_ntc.%u.ohm", i + 1);
  }
}

static void add_afes(void) {
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    signals_add(SIGNALS_CALL(bleed_count, m, "", GROUP, NO_CSV, "discharge switches that are on"),
                "afe.%u.bleed_count", m + 1);
    signals_add(SIGNALS_ITEM(harness.afe_is_damaged[0], 1, m, "", CHANGE, 1.0,
                             "an input was beyond its absolute maximum"),
                "afe.%u.damaged", m + 1);
    signals_add(SIGNALS_ITEM(board.chain.chip[0].watchdog_has_expired, sizeof(ltc6813_t), m, "",
                             CHANGE, 1.0, "configuration fell back to its default"),
                "afe.%u.watchdog_expired", m + 1);
  }
}

void signals_add_pins(void) {
  static const char *const coils[] = {"main_pos", "main_neg", "precharge", "heater"};
  add_wires();
  add_e_pins();
  add_sensors();
  add_afes();
  for (uint32_t i = 0; i < PINS_COIL_COUNT; i++) {
    signals_row_t coil = *SIGNALS_CALL(coil_is_on, i, "", CHANGE, NO_CSV, "what the ECU drives");
    coil.source[0] = SIGNALS_BYTES(pins_out.coil_V[0], sizeof(double), i);
    signals_add(&coil, "coil.%s.on", coils[i]);
  }
}
