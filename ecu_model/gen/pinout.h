/// Sense wires, groups and modules, generated from ecu_model/db/pinout.csv: do not edit.
#ifndef ECU_MODEL_GEN_PINOUT_H
#define ECU_MODEL_GEN_PINOUT_H

#include <stdint.h>

enum {
  PINOUT_WIRE_COUNT = 111,
  PINOUT_GROUP_COUNT = 96,
  PINOUT_TAP_COUNT = 104,
  PINOUT_MODULE_COUNT = 8,
  PINOUT_NONE = 0xFF
};

/// A sense wire. At a doubled middle tap the lower section's wire measures only the group below it,
/// the upper section's wire only the group above it.
typedef struct {
  char connector;      ///< 'A'..'D'
  uint8_t pin;         ///< from 1
  uint8_t module;      ///< 1..8
  uint8_t tap;         ///< 0..14: k is the positive terminal of group k
  uint8_t section;     ///< 0 lower, 1 upper half of the module
  uint8_t c_input;     ///< of the module's AFE
  uint8_t group_below; ///< group index that this wire measures as its top, or PINOUT_NONE
  uint8_t group_above; ///< group index that this wire measures as its bottom, or PINOUT_NONE
  uint8_t pair_wire;   ///< the other wire of a doubled tap, or PINOUT_NONE
} pinout_wire_t;

typedef struct {
  uint8_t module;     ///< 1..8
  uint8_t number;     ///< 1..14 in its module
  uint8_t channel;    ///< AFE channel: C(channel) - C(channel - 1)
  uint8_t wire_below; ///< wire index of its negative side
  uint8_t wire_above; ///< and of its positive side
} pinout_group_t;

typedef struct {
  uint8_t group_count, first_group;
  uint8_t first_wire, wire_count; ///< input n is wire first_wire + n
  uint8_t top_channel;            ///< highest channel in use
  uint8_t pair_channel;           ///< across the doubled tap, 0: none
} pinout_module_t;

extern const pinout_wire_t pinout_wire[PINOUT_WIRE_COUNT];       ///< in pack order, minus first
extern const pinout_group_t pinout_group[PINOUT_GROUP_COUNT];    ///< M1C1 .. M8C14
extern const pinout_module_t pinout_module[PINOUT_MODULE_COUNT]; ///< index = module - 1

#endif
