/// The fault table and how each row acts on the world.
#include "faults.h"

#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "../ecu_model/gen/pinout.h"
#include "../ecu_model/gen/pinout_text.h"
#include "faults_can.h"
#include "faults_hv.h"
#include "faults_mcu.h"
#include "faults_plant.h"
#include "faults_time.h"
#include "names.h"

enum { CHATTER = 1, NO_CHATTER = 0, OTHER = 1, NO_OTHER = 0 };

/* ---- wires ---- */

static void set_wire(hil_t *hil, uint32_t wire, const fault_t *fault, harness_wire_fault_t change) {
  harness_wire_fault_t now = hil->harness.fault[wire];
  now.is_open = change.is_open;
  now.extra_ohm = change.extra_ohm;
  now.leak_ohm = change.leak_ohm;
  now.chatter_is_on = fault->chatter_is_on;
  now.chatter_Hz = fault->chatter_Hz;
  now.chatter_duty = fault->chatter_duty;
  now.chatter_jitter = fault->chatter_jitter;
  if (!now.is_open && now.extra_ohm <= 0.0 && now.leak_ohm <= 0.0) {
    now = (harness_wire_fault_t){.extra_ohm = 0.0};
  }
  (void)harness_set_wire(&hil->harness, wire, &now);
}

static void wire_open(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    harness_wire_fault_t change = hil->harness.fault[fault->target[i]];
    change.is_open = begin ? 1 : 0;
    set_wire(hil, fault->target[i], fault, change);
  }
}

static void wire_resistance(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    harness_wire_fault_t change = hil->harness.fault[fault->target[i]];
    change.extra_ohm = begin ? fault->value : 0.0;
    set_wire(hil, fault->target[i], fault, change);
  }
}

static void wire_leak(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    harness_wire_fault_t change = hil->harness.fault[fault->target[i]];
    change.leak_ohm = begin ? fault->value : 0.0;
    set_wire(hil, fault->target[i], fault, change);
  }
}

static void wire_short(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    (void)harness_set_short(&hil->harness, fault->target[i], fault->other,
                            begin ? fault->value : 0.0);
  }
}

/// Each target gets the source of the next one, the last that of other or of the first.
static void wire_permute(hil_t *hil, const fault_t *fault, int begin) {
  uint8_t source_of[PINS_WIRE_COUNT];
  uint32_t count = fault->target_count;
  memcpy(source_of, hil->harness.source_of, sizeof source_of);
  if (begin) {
    uint8_t first = source_of[fault->target[0]];
    for (uint32_t i = 0; i + 1 < count; i++) {
      source_of[fault->target[i]] = source_of[fault->target[i + 1]];
    }
    if (count == 1) {
      source_of[fault->target[0]] = source_of[fault->other];
      source_of[fault->other] = first;
    } else {
      source_of[fault->target[count - 1]] = first;
    }
  } else {
    for (uint32_t i = 0; i < count; i++) {
      source_of[fault->target[i]] = (uint8_t)fault->target[i];
    }
    if (count == 1) {
      source_of[fault->other] = (uint8_t)fault->other;
    }
  }
  (void)harness_set_permutation(&hil->harness, source_of);
}

/* ---- sensors ---- */

enum { CHANNEL_PACK = 2, CHANNEL_INLET = 7 };

static sensor_error_t *sensor(hil_t *hil, const fault_t *fault, uint32_t i) {
  sensors_t *sensors = &hil->sensors;
  sensor_error_t *const channels[] = {
      &sensors->current_low, &sensors->current_high, &sensors->pack,    &sensors->link,
      &sensors->supply,      &sensors->iso_pos,      &sensors->iso_neg, &sensors->inlet,
      &sensors->heater[0],   &sensors->heater[1]};
  uint32_t index = fault->target[i];
  if (fault->row->on == FAULT_ON_NTC) {
    return index < PINS_MODULE_COUNT ? &sensors->module_ntc[index]
                                     : channels[CHANNEL_INLET + index - PINS_MODULE_COUNT];
  }
  return channels[fault->row->on == FAULT_ON_VOLTAGE ? index + CHANNEL_PACK : index];
}

static void sensor_offset(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    sensor(hil, fault, i)->offset += begin ? fault->value : -fault->value;
  }
}

static void sensor_gain(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    sensor(hil, fault, i)->gain_error += (begin ? fault->value : -fault->value) / 100.0;
  }
}

static void sensor_reversed(hil_t *hil, const fault_t *fault, int begin) {
  (void)begin; /* turned round twice it is right again */
  for (uint32_t i = 0; i < fault->target_count; i++) {
    double factor = 1.0 + sensor(hil, fault, i)->gain_error;
    sensor(hil, fault, i)->gain_error = -factor - 1.0;
  }
}

static void sensor_noise(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    sensor(hil, fault, i)->noise_sd += begin ? fault->value : -fault->value;
  }
}

static void sensor_stuck(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    sensor(hil, fault, i)->stuck_value = fault->value;
    sensor(hil, fault, i)->is_stuck = begin ? 1 : 0;
  }
}

static void sensor_open(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    sensor(hil, fault, i)->is_open = begin ? 1 : 0;
  }
}

static void sensor_short(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    sensor(hil, fault, i)->is_shorted = begin ? 1 : 0;
  }
}

static void sensor_drift(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    sensor(hil, fault, i)->has_more = 1;
    sensor(hil, fault, i)->drift_per_h += begin ? fault->value : -fault->value;
    sensor(hil, fault, i)->drifted = 0.0;
  }
}

static void sensor_tempco(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    sensor(hil, fault, i)->has_more = 1;
    sensor(hil, fault, i)->tempco_per_K += begin ? fault->value : -fault->value;
  }
}

static void sensor_hysteresis(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    sensor(hil, fault, i)->has_more = 1;
    sensor(hil, fault, i)->hysteresis = begin ? fault->value : 0.0;
  }
}

static void sensor_resolution(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    sensor(hil, fault, i)->has_more = 1;
    sensor(hil, fault, i)->resolution = begin ? fault->value : 0.0;
  }
}

/* ---- AFE, bus, supply, inputs ---- */

static ltc6813_fault_t *chip(hil_t *hil, const fault_t *fault, uint32_t i) {
  return &hil->board.chain.chip[fault->target[i]].fault;
}

static void afe_dead(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    chip(hil, fault, i)->is_dead = begin ? 1 : 0;
  }
}

static void afe_stuck(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    chip(hil, fault, i)->is_stuck = begin ? 1 : 0;
  }
}

static void afe_reset(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count && begin; i++) {
    chip(hil, fault, i)->reset_is_due = 1;
  }
}

static void afe_bit_flip(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    ltc6813_fault_t *flip = chip(hil, fault, i);
    flip->flip_byte = 3;
    flip->flip_mask = begin ? 0x10 : 0;
    flip->flip_period = (uint8_t)fault->value;
    flip->flip_count = 0;
  }
}

static void afe_register_lost(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    chip(hil, fault, i)->lost_register = begin ? (uint8_t)fault->value : 0;
  }
}

static void afe_noise(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    chip(hil, fault, i)->noise_cmV = begin ? (uint16_t)(100.0 * fault->value + 0.5) : 0;
  }
}

static void set_switch(const fault_t *fault, uint32_t *masks, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    const pinout_group_t *row = &pinout_group[fault->target[i]];
    uint32_t bit = 1u << (row->channel - 1u);
    if (begin)
      masks[row->module - 1u] |= bit;
    else
      masks[row->module - 1u] &= ~bit;
  }
}

static void switch_stuck_on(hil_t *hil, const fault_t *fault, int begin) {
  set_switch(fault, hil->board.chain.stuck_on_mask, begin);
}

static void switch_stuck_off(hil_t *hil, const fault_t *fault, int begin) {
  set_switch(fault, hil->board.chain.stuck_off_mask, begin);
}

static void vcm_counter_jump(hil_t *hil, const fault_t *fault, int begin) {
  hil->vcm.fault.counter_jump = begin ? (uint8_t)fault->value : 0;
}

static void vcm_late(hil_t *hil, const fault_t *fault, int begin) {
  hil->vcm.fault.late_ms = begin ? (uint16_t)fault->value : 0;
}

static void supply_dip(hil_t *hil, const fault_t *fault, int begin) {
  hil->stimulus.supply_V += begin ? -fault->value : fault->value;
}

static void supply_surge(hil_t *hil, const fault_t *fault, int begin) {
  hil->stimulus.supply_V += begin ? fault->value : -fault->value;
}

static void supply_reversed(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  (void)begin; /* turned round twice it is right again */
  hil->stimulus.supply_V = -hil->stimulus.supply_V;
}

static void input_inverted(hil_t *hil, const fault_t *fault, int begin) {
  hil_stimulus_t *stimulus = &hil->stimulus;
  uint8_t *const lines[] = {&stimulus->hvil_is_closed, &stimulus->crash_is_signalled,
                            &stimulus->kl30c_is_on, &stimulus->ignition_is_on,
                            &stimulus->charger_is_plugged};
  (void)begin;
  for (uint32_t i = 0; i < fault->target_count; i++) {
    *lines[fault->target[i]] = *lines[fault->target[i]] ? 0 : 1;
  }
}

/* ---- table ---- */

static const char *const contactors[] = {"main_pos", "main_neg", "precharge", "heater"};
static const char *const sensors_known[] = {"current_low", "current_high", "pack",   "link",
                                            "supply",      "iso_pos",      "iso_neg"};
static const char *const ntcs[] = {"inlet_ntc.1", "heater_ntc.1", "heater_ntc.2"};
static const char *const parts[FAULT_ON_COUNT] = {[FAULT_ON_PRECHARGE] = "phys.precharge",
                                                  [FAULT_ON_LINK] = "phys.link",
                                                  [FAULT_ON_FUSE] = "phys.fuse",
                                                  [FAULT_ON_SERVICE_PLUG] = "phys.service_plug",
                                                  [FAULT_ON_TERMINALS] = "phys.terminals",
                                                  [FAULT_ON_CHARGER] = "phys.charger",
                                                  [FAULT_ON_SUPPLY] = "supply",
                                                  [FAULT_ON_FAN] = "phys.fan",
                                                  [FAULT_ON_TASK] = "mcu.task",
                                                  [FAULT_ON_CLOCK] = "mcu.clock",
                                                  [FAULT_ON_BUS] = "can.bus",
                                                  [FAULT_ON_ECU] = "mcu.ecu",
                                                  [FAULT_ON_NVM] = "mcu.nvm"};
static const char *const poles[] = {"pack_pos", "pack_neg", "link_pos", "link_neg"};
static const char *const nodes[] = {"BMS", "VCM", "other"}; /* as HIL_NODE_* */
static const char *const sides[] = {"pos", "neg"};
static const char *const inputs[] = {"hvil", "crash", "kl30c", "ignition", "charger_plug"};

static const fault_row_t table[] = {
    {"open", "wire", "wire.*", "", 0, 0, FAULT_ON_WIRE, NO_OTHER, CHATTER, "wire is broken",
     wire_open},
    {"resistance", "wire", "wire.*", "ohm", 0.001, 1e6, FAULT_ON_WIRE, NO_OTHER, CHATTER,
     "added resistance in the wire", wire_resistance},
    {"short", "wire", "wire.*", "ohm", 0.001, 1e6, FAULT_ON_WIRE, OTHER, NO_CHATTER,
     "resistance to another wire", wire_short},
    {"leak", "wire", "wire.*", "ohm", 1, 1e9, FAULT_ON_WIRE, NO_OTHER, CHATTER,
     "resistance from the wire's pin to the chassis", wire_leak},
    {"permute", "wire", "wire.*", "", 0, 0, FAULT_ON_WIRE, NO_OTHER, NO_CHATTER,
     "wires swapped: each target gets the source of the next", wire_permute},
    {"resistance", "phys", "phys.cell.*", "pct", 30, 1000, FAULT_ON_CELL, NO_OTHER, NO_CHATTER,
     "cell's resistances, of what they were", faults_plant_cell_resistance},
    {"internal_short", "phys", "phys.cell.*", "ohm", 1e-4, 1e9, FAULT_ON_CELL, NO_OTHER, NO_CHATTER,
     "short inside the cell", faults_plant_cell_internal_short},
    {"tab", "phys", "phys.cell.*", "ohm", 0, 1e9, FAULT_ON_CELL, NO_OTHER, NO_CHATTER,
     "resistance between the cell and its group", faults_plant_cell_tab},
    {"lost", "phys", "phys.cell.*", "", 0, 0, FAULT_ON_CELL, NO_OTHER, NO_CHATTER,
     "cell's tab is broken: its neighbour carries the group", faults_plant_cell_lost},
    {"self_discharge", "phys", "phys.cell.*", "pct", 100, 1e7, FAULT_ON_CELL, NO_OTHER, NO_CHATTER,
     "cell's self-discharge, of what it was", faults_plant_cell_self_discharge},
    {"heater", "phys", "phys.cell.*", "W", 0, 5000, FAULT_ON_CELL, NO_OTHER, NO_CHATTER,
     "heat from outside into the cell", faults_plant_cell_heater},
    {"heater", "phys", "phys.group.*", "W", 0, 5000, FAULT_ON_GROUP, NO_OTHER, NO_CHATTER,
     "heat from outside into the group's cells", faults_plant_group_heater},
    {"switch_stuck_on", "phys", "phys.group.*", "", 0, 0, FAULT_ON_GROUP, NO_OTHER, NO_CHATTER,
     "group's discharge switch conducts always", switch_stuck_on},
    {"switch_stuck_off", "phys", "phys.group.*", "", 0, 0, FAULT_ON_GROUP, NO_OTHER, NO_CHATTER,
     "group's discharge switch never conducts", switch_stuck_off},
    {"heater", "phys", "phys.module.*", "W", 0, 50000, FAULT_ON_MODULE, NO_OTHER, NO_CHATTER,
     "heat from outside, spread over the module", faults_plant_module_heater},
    {"runaway", "phys", "phys.cell.*", "", 0, 0, FAULT_ON_CELL, NO_OTHER, NO_CHATTER,
     "cell goes into thermal runaway at once and for good", faults_plant_cell_runaway},
    {"stuck", "phys", "phys.fan", "", 0, 0, FAULT_ON_FAN, NO_OTHER, NO_CHATTER,
     "rotor stands still", faults_plant_fan_stuck},
    {"blocked", "phys", "phys.fan", "pct", 0, 100, FAULT_ON_FAN, NO_OTHER, NO_CHATTER,
     "filter keeps back so much of the air flow", faults_plant_fan_blocked},
    {"tacho_lost", "phys", "phys.fan", "", 0, 0, FAULT_ON_FAN, NO_OTHER, NO_CHATTER,
     "fan turns, its tacho line shows 0 Hz", faults_plant_fan_tacho_lost},
    {"weld", "phys", "phys.contactor.*", "", 0, 0, FAULT_ON_CONTACTOR, NO_OTHER, NO_CHATTER,
     "contacts do not part", faults_plant_contactor_welded},
    {"stuck_open", "phys", "phys.contactor.*", "", 0, 0, FAULT_ON_CONTACTOR, NO_OTHER, NO_CHATTER,
     "contacts do not meet", faults_plant_contactor_stuck_open},
    {"coil_open", "phys", "phys.contactor.*", "", 0, 0, FAULT_ON_CONTACTOR, NO_OTHER, NO_CHATTER,
     "coil is broken", faults_hv_coil_open},
    {"aux_stuck_open", "phys", "phys.contactor.*", "", 0, 0, FAULT_ON_CONTACTOR, NO_OTHER,
     NO_CHATTER, "auxiliary contact always shows open", faults_hv_aux_stuck_open},
    {"aux_stuck_closed", "phys", "phys.contactor.*", "", 0, 0, FAULT_ON_CONTACTOR, NO_OTHER,
     NO_CHATTER, "auxiliary contact always shows closed", faults_hv_aux_stuck_closed},
    {"resistance", "phys", "phys.precharge", "ohm", 0.1, 1e6, FAULT_ON_PRECHARGE, NO_OTHER,
     NO_CHATTER, "precharge resistor has another value", faults_plant_precharge_resistance},
    {"capacitance", "phys", "phys.link", "F", 1e-6, 0.1, FAULT_ON_LINK, NO_OTHER, NO_CHATTER,
     "DC link has another capacitance", faults_plant_link_capacitance},
    {"leak", "phys", "phys.link", "ohm", 1, 1e6, FAULT_ON_LINK, NO_OTHER, NO_CHATTER,
     "resistance across the DC link", faults_plant_link_leak},
    {"short", "phys", "phys.link", "ohm", 0.001, 1000, FAULT_ON_LINK, NO_OTHER, NO_CHATTER,
     "external short across the DC link", faults_plant_link_short},
    {"open", "phys", "phys.precharge", "", 0, 0, FAULT_ON_PRECHARGE, NO_OTHER, NO_CHATTER,
     "precharge resistor is broken", faults_hv_precharge_open},
    {"open", "phys", "phys.fuse", "", 0, 0, FAULT_ON_FUSE, NO_OTHER, NO_CHATTER, "main fuse is out",
     faults_hv_fuse_open},
    {"open", "phys", "phys.service_plug", "", 0, 0, FAULT_ON_SERVICE_PLUG, NO_OTHER, NO_CHATTER,
     "service plug is out: the string is parted between M4 and M5", faults_hv_plug_open},
    {"short", "phys", "phys.terminals", "ohm", 0.001, 1000, FAULT_ON_TERMINALS, NO_OTHER,
     NO_CHATTER, "short on the pack's side of the contactors, behind the fuse",
     faults_hv_terminal_short},
    {"stuck_on", "phys", "phys.charger", "", 0, 0, FAULT_ON_CHARGER, NO_OTHER, NO_CHATTER,
     "charger keeps its last set point whatever it is told", faults_hv_charger_stuck_on},
    {"ripple", "phys", "phys.charger", "A", 0.1, 50, FAULT_ON_CHARGER, NO_OTHER, NO_CHATTER,
     "constant current swings by so much either way, 100 Hz", faults_hv_charger_ripple},
    {"leak", "phys", "phys.isolation.*", "ohm", 100, 1e9, FAULT_ON_ISOLATION, NO_OTHER, NO_CHATTER,
     "resistance from the pole to the chassis", faults_hv_isolation_leak},
    {"leak", "phys", "phys.tap.*", "ohm", 100, 1e9, FAULT_ON_TAP, NO_OTHER, NO_CHATTER,
     "resistance from the tap to the chassis", faults_hv_tap_leak},
    {"capacitance", "phys", "phys.y_cap.*", "F", 1e-9, 1e-4, FAULT_ON_Y_CAP, NO_OTHER, NO_CHATTER,
     "Y-capacitor has another capacitance", faults_hv_y_capacitance},
    {"offset", "sense", "sense.current_*", "A", -750, 750, FAULT_ON_CURRENT, NO_OTHER, NO_CHATTER,
     "added to the current", sensor_offset},
    {"noise", "sense", "sense.current_*", "A", 0, 100, FAULT_ON_CURRENT, NO_OTHER, NO_CHATTER,
     "added to the standard deviation", sensor_noise},
    {"stuck", "sense", "sense.current_*", "A", -1000, 1000, FAULT_ON_CURRENT, NO_OTHER, NO_CHATTER,
     "always shows this current", sensor_stuck},
    {"gain", "sense", "sense.current_*", "pct", -100, 100, FAULT_ON_CURRENT, NO_OTHER, NO_CHATTER,
     "gain error", sensor_gain},
    {"reversed", "sense", "sense.current_*", "", 0, 0, FAULT_ON_CURRENT, NO_OTHER, NO_CHATTER,
     "built in the wrong way round: the sign is wrong", sensor_reversed},
    {"open", "sense", "sense.current_*", "", 0, 0, FAULT_ON_CURRENT, NO_OTHER, NO_CHATTER,
     "output at 0 V", sensor_open},
    {"short", "sense", "sense.current_*", "", 0, 0, FAULT_ON_CURRENT, NO_OTHER, NO_CHATTER,
     "output at 5 V", sensor_short},
    {"drift", "sense", "sense.current_*", "A_per_h", -3600, 3600, FAULT_ON_CURRENT, NO_OTHER,
     NO_CHATTER, "offset grows from the begin on", sensor_drift},
    {"resolution", "sense", "sense.current_*", "A", 0, 100, FAULT_ON_CURRENT, NO_OTHER, NO_CHATTER,
     "step of what is shown", sensor_resolution},
    {"tempco", "sense", "sense.current_*", "A_per_K", -10, 10, FAULT_ON_CURRENT, NO_OTHER,
     NO_CHATTER, "offset for each kelvin of the air above 25 degC", sensor_tempco},
    {"hysteresis", "sense", "sense.current_*", "A", 0, 100, FAULT_ON_CURRENT, NO_OTHER, NO_CHATTER,
     "lags by so much behind the current, either way", sensor_hysteresis},
    {"offset", "sense", "sense.*", "V", -500, 500, FAULT_ON_VOLTAGE, NO_OTHER, NO_CHATTER,
     "added to the voltage", sensor_offset},
    {"noise", "sense", "sense.*", "V", 0, 100, FAULT_ON_VOLTAGE, NO_OTHER, NO_CHATTER,
     "added to the standard deviation", sensor_noise},
    {"stuck", "sense", "sense.*", "V", 0, 500, FAULT_ON_VOLTAGE, NO_OTHER, NO_CHATTER,
     "always shows this voltage", sensor_stuck},
    {"gain", "sense", "sense.*", "pct", -100, 100, FAULT_ON_VOLTAGE, NO_OTHER, NO_CHATTER,
     "gain error", sensor_gain},
    {"open", "sense", "sense.*", "", 0, 0, FAULT_ON_VOLTAGE, NO_OTHER, NO_CHATTER, "shows 0 V",
     sensor_open},
    {"short", "sense", "sense.*", "", 0, 0, FAULT_ON_VOLTAGE, NO_OTHER, NO_CHATTER,
     "shows full scale", sensor_short},
    {"drift", "sense", "sense.*", "V_per_h", -3600, 3600, FAULT_ON_VOLTAGE, NO_OTHER, NO_CHATTER,
     "offset grows from the begin on", sensor_drift},
    {"resolution", "sense", "sense.*", "V", 0, 100, FAULT_ON_VOLTAGE, NO_OTHER, NO_CHATTER,
     "step of what is shown", sensor_resolution},
    {"tempco", "sense", "sense.*", "V_per_K", -10, 10, FAULT_ON_VOLTAGE, NO_OTHER, NO_CHATTER,
     "offset for each kelvin of the air above 25 degC", sensor_tempco},
    {"offset", "sense", "sense.*_ntc.*", "K", -100, 100, FAULT_ON_NTC, NO_OTHER, NO_CHATTER,
     "added to the temperature", sensor_offset},
    {"stuck", "sense", "sense.*_ntc.*", "degC", -40, 125, FAULT_ON_NTC, NO_OTHER, NO_CHATTER,
     "always shows this temperature", sensor_stuck},
    {"open", "sense", "sense.*_ntc.*", "", 0, 0, FAULT_ON_NTC, NO_OTHER, NO_CHATTER,
     "thermistor is broken", sensor_open},
    {"short", "sense", "sense.*_ntc.*", "", 0, 0, FAULT_ON_NTC, NO_OTHER, NO_CHATTER,
     "thermistor is shorted", sensor_short},
    {"gain", "sense", "sense.*_ntc.*", "pct", -100, 100, FAULT_ON_NTC, NO_OTHER, NO_CHATTER,
     "gain error of the temperature", sensor_gain},
    {"noise", "sense", "sense.*_ntc.*", "K", 0, 10, FAULT_ON_NTC, NO_OTHER, NO_CHATTER,
     "added to the standard deviation", sensor_noise},
    {"drift", "sense", "sense.*_ntc.*", "K_per_h", -3600, 3600, FAULT_ON_NTC, NO_OTHER, NO_CHATTER,
     "offset grows from the begin on", sensor_drift},
    {"resolution", "sense", "sense.*_ntc.*", "K", 0, 50, FAULT_ON_NTC, NO_OTHER, NO_CHATTER,
     "step of what is shown", sensor_resolution},
    {"dead", "afe", "afe.*", "", 0, 0, FAULT_ON_AFE, NO_OTHER, NO_CHATTER,
     "chip has no power: it and all behind it are silent", afe_dead},
    {"stuck", "afe", "afe.*", "", 0, 0, FAULT_ON_AFE, NO_OTHER, NO_CHATTER,
     "result registers keep what they show", afe_stuck},
    {"reset", "afe", "afe.*", "", 0, 0, FAULT_ON_AFE, NO_OTHER, NO_CHATTER,
     "chip restarts once and loses its configuration", afe_reset},
    {"bit_flip", "afe", "afe.*", "replies", 1, 255, FAULT_ON_AFE, NO_OTHER, NO_CHATTER,
     "one bit of every n-th reply is wrong", afe_bit_flip},
    {"register_lost", "afe", "afe.*", "register", 1, 6, FAULT_ON_AFE, NO_OTHER, NO_CHATTER,
     "one bit of every reply of a cell register group is wrong: 1..6 for A..F", afe_register_lost},
    {"noise", "afe", "afe.*", "mV", 0, 100, FAULT_ON_AFE, NO_OTHER, NO_CHATTER,
     "added to the standard deviation of group voltages", afe_noise},
    {"silent", "can", "can.*_*", "", 0, 0, FAULT_ON_MESSAGE, NO_OTHER, NO_CHATTER,
     "message is not sent", faults_can_silent},
    {"frozen_counter", "can", "can.*_*", "", 0, 0, FAULT_ON_MESSAGE, NO_OTHER, NO_CHATTER,
     "alive counter stands still; of the BMS's messages all of the frame",
     faults_can_frozen_counter},
    {"wrong_crc", "can", "can.*_*", "", 0, 0, FAULT_ON_MESSAGE, NO_OTHER, NO_CHATTER,
     "first byte, where the CRC stands, is wrong", faults_can_wrong_crc},
    {"drop", "can", "can.*_*", "frames", 1, 1000, FAULT_ON_MESSAGE, NO_OTHER, NO_CHATTER,
     "every n-th frame is lost", faults_can_drop},
    {"delay", "can", "can.*_*", "ms", 0.1, 1000, FAULT_ON_MESSAGE, NO_OTHER, NO_CHATTER,
     "frames come so much later; at most 32 on their way", faults_can_delay},
    {"corrupt", "can", "can.*_*", "bit", 0, 511, FAULT_ON_MESSAGE, NO_OTHER, NO_CHATTER,
     "one bit of the data is wrong though the bus saw no error; counted on from the first byte",
     faults_can_corrupt},
    {"duplicate", "can", "can.*_*", "", 0, 0, FAULT_ON_MESSAGE, NO_OTHER, NO_CHATTER,
     "each frame is sent twice", faults_can_duplicate},
    {"wrong_dlc", "can", "can.*_*", "bytes", 0, 8, FAULT_ON_MESSAGE, NO_OTHER, NO_CHATTER,
     "frames have so many bytes", faults_can_wrong_dlc},
    {"bit_error", "can", "can.*_*", "frames", 1, 1000, FAULT_ON_MESSAGE, NO_OTHER, NO_CHATTER,
     "every n-th transmission meets a bit error: error frame, sent again", faults_can_bit_error},
    {"counter_jump", "can", "can.VCM_Request", "steps", 1, 13, FAULT_ON_MESSAGE, NO_OTHER,
     NO_CHATTER, "alive counter leaves out so many values from frame to frame", vcm_counter_jump},
    {"late", "can", "can.VCM_Request", "ms", 1, 10000, FAULT_ON_MESSAGE, NO_OTHER, NO_CHATTER,
     "each frame comes so much later behind the one before", vcm_late},
    {"dip", "supply", "supply", "V", 0, 13.2, FAULT_ON_SUPPLY, NO_OTHER, NO_CHATTER,
     "12 V supply falls by so much", supply_dip},
    {"surge", "supply", "supply", "V", 0, 27, FAULT_ON_SUPPLY, NO_OTHER, NO_CHATTER,
     "12 V supply rises by so much: a jump start from 24 V, a load dump", supply_surge},
    {"reversed", "supply", "supply", "", 0, 0, FAULT_ON_SUPPLY, NO_OTHER, NO_CHATTER,
     "poles of the 12 V supply are swapped", supply_reversed},
    {"bus_off", "can", "can.bus", "", 0, 0, FAULT_ON_BUS, NO_OTHER, NO_CHATTER,
     "the BMS's bus controller is off, as on can.node.BMS", faults_can_bus_off},
    {"babble", "can", "can.bus", "pct", 1, 100, FAULT_ON_BUS, NO_OTHER, NO_CHATTER,
     "another node fills so much of the bus's time with frames of id 0", faults_can_babble},
    {"bus_off", "can", "can.node.*", "", 0, 0, FAULT_ON_NODE, NO_OTHER, NO_CHATTER,
     "node's bus controller is off: it neither sends nor hears, and then has to ask to come back",
     faults_can_bus_off},
    {"absent", "can", "can.node.*", "", 0, 0, FAULT_ON_NODE, NO_OTHER, NO_CHATTER,
     "node's bus controller has no power: it does not even acknowledge", faults_can_absent},
    {"overrun", "mcu", "mcu.task", "ms", 1, 900, FAULT_ON_TASK, NO_OTHER, NO_CHATTER,
     "the core does not run for so long, at once and then once a second", faults_time_overrun},
    {"drift", "mcu", "mcu.clock", "ppm", -200000, 200000, FAULT_ON_CLOCK, NO_OTHER, NO_CHATTER,
     "the ECU's clock and with it its steps are fast by so much", faults_time_drift},
    {"inverted", "pin", "pin.*", "", 0, 0, FAULT_ON_INPUT, NO_OTHER, NO_CHATTER,
     "a digital line shows the opposite", input_inverted},
    {"power_off", "mcu", "mcu.ecu", "", 0, 0, FAULT_ON_ECU, NO_OTHER, NO_CHATTER,
     "ECU has no power while the fault lasts, then it starts", faults_mcu_power_off},
    {"brown_out", "mcu", "mcu.ecu", "", 0, 0, FAULT_ON_ECU, NO_OTHER, NO_CHATTER,
     "ECU is in reset while the fault lasts, then starts as after a brown-out",
     faults_mcu_brown_out},
    {"watchdog_reset", "mcu", "mcu.ecu", "", 0, 0, FAULT_ON_ECU, NO_OTHER, NO_CHATTER,
     "ECU is in reset while the fault lasts, then starts as after its watchdog",
     faults_mcu_watchdog_reset},
    {"software_reset", "mcu", "mcu.ecu", "", 0, 0, FAULT_ON_ECU, NO_OTHER, NO_CHATTER,
     "ECU is in reset while the fault lasts, then starts as after its own wish",
     faults_mcu_software_reset},
    {"write_fails", "mcu", "mcu.nvm", "", 0, 0, FAULT_ON_NVM, NO_OTHER, NO_CHATTER,
     "memory refuses every write", faults_mcu_nvm_refuses},
    {"silent", "mcu", "mcu.nvm", "", 0, 0, FAULT_ON_NVM, NO_OTHER, NO_CHATTER,
     "memory neither writes nor answers", faults_mcu_nvm_silent},
    {"corrupt_bit", "mcu", "mcu.nvm", "bit", 0, BMS_NVM_BYTES * 8 - 1, FAULT_ON_NVM, NO_OTHER,
     NO_CHATTER, "one bit of the memory flips for good", faults_mcu_nvm_bit},
    {"corrupt_page", "mcu", "mcu.nvm", "page", 0, BMS_NVM_BYTES / BMS_NVM_PAGE_BYTES - 1,
     FAULT_ON_NVM, NO_OTHER, NO_CHATTER, "half of the bits of a page of 64 bytes flip for good",
     faults_mcu_nvm_page},
};

uint32_t faults_count(void) { return sizeof table / sizeof table[0]; }

const fault_row_t *faults_at(uint32_t index) {
  return index < faults_count() ? &table[index] : NULL;
}

const fault_row_t *faults_find(const char *type, fault_on_t on) {
  for (uint32_t i = 0; i < faults_count(); i++) {
    if (table[i].on == on && strcmp(table[i].name, type) == 0) {
      return &table[i];
    }
  }
  return NULL;
}

int faults_may_follow(const fault_row_t *row) {
  static const char *const fixed[] = {"bit_flip", "register_lost", "overrun", "corrupt_bit",
                                      "corrupt_page"};
  for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
    if (strcmp(fixed[i], row->name) == 0) {
      return 0;
    }
  }
  int begins_anew = strcmp(row->layer, "sense") == 0 && strcmp(row->name, "drift") == 0;
  return row->unit[0] != '\0' && !begins_anew;
}

uint32_t faults_target_count(fault_on_t on) {
  static const uint32_t counts[FAULT_ON_COUNT] = {[FAULT_ON_WIRE] = PINS_WIRE_COUNT,
                                                  [FAULT_ON_CELL] = PACK_CELL_COUNT,
                                                  [FAULT_ON_GROUP] = PACK_GROUP_COUNT,
                                                  [FAULT_ON_MODULE] = PINS_MODULE_COUNT,
                                                  [FAULT_ON_CONTACTOR] = 4,
                                                  [FAULT_ON_PRECHARGE] = 1,
                                                  [FAULT_ON_LINK] = 1,
                                                  [FAULT_ON_FUSE] = 1,
                                                  [FAULT_ON_SERVICE_PLUG] = 1,
                                                  [FAULT_ON_TERMINALS] = 1,
                                                  [FAULT_ON_CHARGER] = 1,
                                                  [FAULT_ON_ISOLATION] = ISOLATION_POLE_COUNT,
                                                  [FAULT_ON_TAP] = PINS_TAP_COUNT,
                                                  [FAULT_ON_Y_CAP] = ISOLATION_SIDE_COUNT,
                                                  [FAULT_ON_CURRENT] = 2,
                                                  [FAULT_ON_VOLTAGE] = 5,
                                                  [FAULT_ON_NTC] = SENSORS_NTC_COUNT,
                                                  [FAULT_ON_AFE] = PINS_MODULE_COUNT,
                                                  [FAULT_ON_MESSAGE] = CAN_MSG_COUNT,
                                                  [FAULT_ON_SUPPLY] = 1,
                                                  [FAULT_ON_INPUT] = 5,
                                                  [FAULT_ON_FAN] = 1,
                                                  [FAULT_ON_TASK] = 1,
                                                  [FAULT_ON_CLOCK] = 1,
                                                  [FAULT_ON_BUS] = 1,
                                                  [FAULT_ON_NODE] = 3,
                                                  [FAULT_ON_ECU] = 1,
                                                  [FAULT_ON_NVM] = 1};
  return on < FAULT_ON_COUNT ? counts[on] : 0;
}

static void ntc_name(uint32_t index, char *name, uint32_t name_bytes) {
  if (index < PINS_MODULE_COUNT) {
    snprintf(name, name_bytes, "sense.module_ntc.%u", index + 1);
  } else {
    snprintf(name, name_bytes, "sense.%s", ntcs[index - PINS_MODULE_COUNT]);
  }
}

void faults_target_name(fault_on_t on, uint32_t index, char *name, uint32_t name_bytes) {
  char cell[8];
  switch (on) {
  case FAULT_ON_WIRE:
    snprintf(name, name_bytes, "wire.%s", pinout_wire_name(index));
    break;
  case FAULT_ON_CELL:
    names_cell_text(index, cell, sizeof cell);
    snprintf(name, name_bytes, "phys.cell.%s", cell);
    break;
  case FAULT_ON_GROUP:
    snprintf(name, name_bytes, "phys.group.%s", pinout_group_name(index));
    break;
  case FAULT_ON_MODULE:
    snprintf(name, name_bytes, "phys.module.%u", index + 1);
    break;
  case FAULT_ON_CONTACTOR:
    snprintf(name, name_bytes, "phys.contactor.%s", contactors[index]);
    break;
  case FAULT_ON_PRECHARGE:
  case FAULT_ON_LINK:
  case FAULT_ON_FUSE:
  case FAULT_ON_SERVICE_PLUG:
  case FAULT_ON_TERMINALS:
  case FAULT_ON_CHARGER:
  case FAULT_ON_SUPPLY:
  case FAULT_ON_FAN:
  case FAULT_ON_TASK:
  case FAULT_ON_CLOCK:
  case FAULT_ON_BUS:
  case FAULT_ON_ECU:
  case FAULT_ON_NVM:
    snprintf(name, name_bytes, "%s", parts[on]);
    break;
  case FAULT_ON_ISOLATION:
    snprintf(name, name_bytes, "phys.isolation.%s", poles[index]);
    break;
  case FAULT_ON_TAP:
    names_tap_text(index, cell, sizeof cell);
    snprintf(name, name_bytes, "phys.tap.%s", cell);
    break;
  case FAULT_ON_Y_CAP:
    snprintf(name, name_bytes, "phys.y_cap.%s", sides[index]);
    break;
  case FAULT_ON_CURRENT:
  case FAULT_ON_VOLTAGE: {
    uint32_t channel = on == FAULT_ON_VOLTAGE ? index + CHANNEL_PACK : index;
    snprintf(name, name_bytes, "sense.%s", sensors_known[channel]);
    break;
  }
  case FAULT_ON_NTC:
    ntc_name(index, name, name_bytes);
    break;
  case FAULT_ON_AFE:
    snprintf(name, name_bytes, "afe.%u", index + 1);
    break;
  case FAULT_ON_MESSAGE:
    snprintf(name, name_bytes, "can.%s", can_msg[index].name);
    break;
  case FAULT_ON_NODE:
    snprintf(name, name_bytes, "can.node.%s", nodes[index]);
    break;
  case FAULT_ON_INPUT:
    snprintf(name, name_bytes, "pin.%s", inputs[index]);
    break;
  case FAULT_ON_COUNT:
    snprintf(name, name_bytes, "?");
    break;
  }
}

int faults_target(const char *pattern, fault_on_t *on, uint32_t *index) {
  char name[40];
  for (uint32_t kind = *on; kind < FAULT_ON_COUNT; kind++) {
    uint32_t count = faults_target_count((fault_on_t)kind);
    for (uint32_t i = kind == *on ? *index : 0; i < count; i++) {
      faults_target_name((fault_on_t)kind, i, name, sizeof name);
      if (strcmp(pattern, name) == 0 || names_match(pattern, name)) {
        *on = (fault_on_t)kind;
        *index = i;
        return 0;
      }
    }
  }
  return -1;
}

int faults_apply(hil_t *hil, const fault_t *fault, int begin) {
  const fault_row_t *row = fault->row;
  if (row == NULL || fault->target_count == 0 || fault->target_count > FAULT_TARGET_MAX) {
    return -1;
  }
  uint32_t count = faults_target_count((fault_on_t)row->on);
  for (uint32_t i = 0; i < fault->target_count; i++) {
    if (fault->target[i] >= count) {
      return -1;
    }
  }
  int has_value = row->unit[0] != '\0';
  if (has_value && !(fault->value >= row->min && fault->value <= row->max)) {
    return -1;
  }
  if (row->on == FAULT_ON_WIRE && fault->other >= count) {
    return -1;
  }
  row->apply(hil, fault, begin);
  return 0;
}
