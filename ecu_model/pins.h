/// What crosses between the world and the ECU, as plain data in SI units.
///
/// Model    pins_in_t: the world drives the ECU's pins; pins_out_t: the ECU drives the world.
///          Sense voltages are valid in ticks in which an AFE converts (pins_out_t.afe_mode).
/// Sign     voltages against pack minus; currents positive when discharging
/// Memory   plain values without pointers: copy to snapshot, hash to compare
/// Depends  on nothing but the C language: the world and the ECU both include it
#ifndef ECU_MODEL_PINS_H
#define ECU_MODEL_PINS_H

#include <stdint.h>

enum {
  PINS_WIRE_COUNT = 111, ///< sense wires, in pack order: M1 C0 input first, M8 top input last
  PINS_TAP_COUNT = 104,
  PINS_GROUP_COUNT = 96,
  PINS_MODULE_COUNT = 8, ///< also the number of AFEs, one for each module
  PINS_SLOT_COUNT = 6 ///< an AFE converts channels n, n+6, n+12 at once, in six slots
};

/// Coils that the ECU drives.
typedef enum {
  PINS_COIL_MAIN_POS,
  PINS_COIL_MAIN_NEG,
  PINS_COIL_PRECHARGE,
  PINS_COIL_HEATER,
  PINS_COIL_COUNT
} pins_coil_t;

/// What an AFE does to its inputs in the coming tick.
typedef enum {
  PINS_AFE_IDLE,
  PINS_AFE_CONVERT,
  PINS_AFE_PULL_UP,
  PINS_AFE_PULL_DOWN
} pins_afe_mode_t;

/// World to ECU.
typedef struct {
  double wire_V[PINS_WIRE_COUNT]; ///< at the connector pin, against pack minus
  double afe_input_V[PINS_WIRE_COUNT]; ///< behind the input filter (C input), to pack minus
  double current_low_V, current_high_V; ///< Hall sensor outputs, 0..5 V ratiometric
  double pack_V; ///< pack side of the contactors, pack+ against pack-
  double link_V; ///< DC link, link+ against link-
  double supply_V; ///< 12 V supply at the ECU
  double iso_pos_V, iso_neg_V; ///< chassis-side tap of the switched isolation dividers
  double module_ntc_ohm[PINS_MODULE_COUNT];
  double inlet_ntc_ohm;
  double heater_ntc_ohm[2];
  double fan_tacho_Hz;
  uint8_t aux_closed[PINS_COIL_COUNT]; ///< follow the contact, never the command
  uint8_t hvil_is_closed, crash_is_signalled, ignition_is_on, kl30c_is_on, charger_is_plugged;
  uint8_t padding[7]; ///< always 0: the struct is hashed
} pins_in_t;

/// ECU to world.
typedef struct {
  double coil_V[PINS_COIL_COUNT];
  double fan_duty; ///< 0..1
  uint32_t bleed_mask[PINS_MODULE_COUNT]; ///< bit n-1: switch of AFE channel n is on
  uint8_t afe_mode[PINS_MODULE_COUNT]; ///< pins_afe_mode_t, in the coming tick
  uint8_t afe_slot_begin[PINS_MODULE_COUNT]; ///< slots [begin, end) of the coming tick
  uint8_t afe_slot_end[PINS_MODULE_COUNT];
  uint16_t afe_slot_us; ///< length of a slot: 186 at 27 kHz, 389 at 7 kHz; 0 if idle
  uint8_t iso_switch_pos_is_on, iso_switch_neg_is_on, hvil_drive_is_on;
  uint8_t padding[3]; ///< always 0: the struct is hashed
} pins_out_t;

/// A CAN frame as it stands on the bus.
typedef struct {
  uint32_t id; ///< 11 or 29 bits, without flags
  uint8_t len; ///< bytes of data: 0..8, FD also 12 16 20 24 32 48 64
  uint8_t flags; ///< CAN_FRAME_* bits
  uint8_t padding[2];
  uint8_t data[64];
} can_frame_t;

enum {
  CAN_FRAME_EXTENDED = 1,
  CAN_FRAME_FD = 2,
  CAN_FRAME_BRS = 4,
  CAN_FRAME_ERROR = 8,
  CAN_FRAME_REMOTE = 16
};

#endif
