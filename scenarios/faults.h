/// Every kind of fault: one row with name, targets, unit, range and the function that applies it.
///
/// Model    a fault acts between ticks: faults_apply(begin) before the step in which it is due, end
///          to heal. What it acts on is named by target: "wire.A12", "phys.cell.M3C5a",
///          "sense.current_high".
/// Units    value in the row's unit; the JSON key is value_<unit>
/// Memory   fault_t is a plain value
/// Threads  the table is constant
#ifndef SCENARIOS_FAULTS_H
#define SCENARIOS_FAULTS_H

#include <stdint.h>

#include "../sim/hil.h"

enum { FAULT_TARGET_MAX = 192 };

/// What a target name counts.
typedef enum {
  FAULT_ON_WIRE, ///< wire.A12
  FAULT_ON_CELL, ///< phys.cell.M3C5a
  FAULT_ON_GROUP, ///< phys.group.M3C5
  FAULT_ON_MODULE, ///< phys.module.3
  FAULT_ON_CONTACTOR, ///< phys.contactor.main_pos main_neg precharge
  FAULT_ON_PRECHARGE, ///< phys.precharge
  FAULT_ON_LINK, ///< phys.link
  FAULT_ON_FUSE, ///< phys.fuse
  FAULT_ON_SERVICE_PLUG, ///< phys.service_plug
  FAULT_ON_TERMINALS, ///< phys.terminals
  FAULT_ON_CHARGER, ///< phys.charger
  FAULT_ON_ISOLATION, ///< phys.isolation.pack_pos pack_neg link_pos link_neg
  FAULT_ON_TAP, ///< phys.tap.M3T5
  FAULT_ON_Y_CAP, ///< phys.y_cap.pos neg
  FAULT_ON_CURRENT, ///< sense.current_low current_high
  FAULT_ON_VOLTAGE, ///< sense.pack link supply iso_pos iso_neg
  FAULT_ON_NTC, ///< sense.module_ntc.3 inlet_ntc.1 heater_ntc.1 heater_ntc.2
  FAULT_ON_AFE, ///< afe.3
  FAULT_ON_MESSAGE, ///< can.BMS_Status: any message of the DBC
  FAULT_ON_SUPPLY, ///< supply
  FAULT_ON_INPUT, ///< pin.hvil crash kl30c ignition charger_plug
  FAULT_ON_FAN, ///< phys.fan
  FAULT_ON_TASK, ///< mcu.task
  FAULT_ON_CLOCK, ///< mcu.clock
  FAULT_ON_BUS, ///< can.bus
  FAULT_ON_NODE, ///< can.node.BMS VCM other
  FAULT_ON_ECU, ///< mcu.ecu
  FAULT_ON_NVM, ///< mcu.nvm
  FAULT_ON_COUNT
} fault_on_t;

typedef struct fault fault_t;

typedef struct fault_row {
  const char *name; ///< "open"
  const char *layer; ///< "wire", "phys", "sense", "afe", "can", "supply", "pin", "mcu"
  const char *targets; ///< pattern for people: "wire.*"
  const char *unit; ///< "" iff it has no value
  double min, max; ///< allowed values; 0, 0 iff it has none
  uint8_t on; ///< fault_on_t
  uint8_t has_other; ///< needs a second target of the same kind
  uint8_t has_chatter; ///< may come and go
  const char *help;
  void (*apply)(hil_t *hil, const fault_t *fault, int begin);
} fault_row_t;

/// One fault of a scenario: a row on one or more targets.
struct fault {
  const fault_row_t *row;
  uint16_t target[FAULT_TARGET_MAX]; ///< indices: wire, cell 2g+{0,1}, group, module and AFE from 0
  uint16_t target_count;
  uint16_t other;
  double value;
  uint8_t chatter_is_on;
  double chatter_Hz, chatter_duty, chatter_jitter;
};

uint32_t faults_count(void);
const fault_row_t *faults_at(uint32_t index);

/// Row for a type on a target's kind, NULL iff that pair is not supported.
const fault_row_t *faults_find(const char *type, fault_on_t on);

/// 1 iff the value of such a fault may move while it is there; of the others a change means
/// something of its own.
int faults_may_follow(const fault_row_t *row);

/// Next target from (*on, *index) on that pattern names; * stands for one or more characters. 0, or
/// -1 iff there is none. Begin with kind 0 and index 0.
int faults_target(const char *pattern, fault_on_t *on, uint32_t *index);

/// Name of a target: "wire.A12".
void faults_target_name(fault_on_t on, uint32_t index, char *name, uint32_t name_bytes);
uint32_t faults_target_count(fault_on_t on);

/// Begin or end a fault. 0, or -1 iff it is not valid (row NULL, target or value out of range).
int faults_apply(hil_t *hil, const fault_t *fault, int begin);

#endif
