/// Our frames and signals as data, generated from ecu_model/db/bms.dbc: do not edit.
#ifndef ECU_MODEL_GEN_CAN_TABLE_H
#define ECU_MODEL_GEN_CAN_TABLE_H

#include <stdint.h>

enum {
  CAN_MSG_VCM_REQUEST = 0,
  CAN_MSG_VCM_VEHICLE = 1,
  CAN_MSG_VCM_LINK = 2,
  CAN_MSG_CHG_STATUS = 3,
  CAN_MSG_CHG_LIMITS = 4,
  CAN_MSG_BMS_STATUS = 5,
  CAN_MSG_BMS_LIMITS = 6,
  CAN_MSG_BMS_EXTREMES = 7,
  CAN_MSG_BMS_TEMPERATURES = 8,
  CAN_MSG_BMS_DTC = 9,
  CAN_MSG_BMS_ISOLATION = 10,
  CAN_MSG_BMS_ENERGY = 11,
  CAN_MSG_BMS_POWER = 12,
  CAN_MSG_BMS_GROUPS = 13,
  CAN_MSG_BMS_GROUPSFD = 14,
  CAN_MSG_CAR_DRIVE = 15,
  CAN_MSG_CAR_2A1 = 16,
  CAN_MSG_CAR_523 = 17,
  CAN_MSG_CAR_LINK = 18,
  CAN_MSG_CAR_SOC = 19,
  CAN_MSG_CAR_553 = 20,
  CAN_MSG_CAR_57F = 21,
  CAN_MSG_CAR_CHARGE = 22,
  CAN_MSG_CAR_POWER = 23,
  CAN_MSG_CAR_CURRENT = 24,
  CAN_MSG_CAR_TEMPERATURES = 25,
  CAN_MSG_CAR_SOCFINE = 26,
  CAN_MSG_COUNT = 27,
  CAN_SIGNAL_COUNT = 521,
  CAN_VALUE_COUNT = 26
};

typedef struct {
  const char *name;
  const char *sender;
  uint32_t id;           ///< without flags
  uint8_t len;           ///< bytes
  uint8_t flags;         ///< CAN_FRAME_* of pins.h
  uint16_t e2e_data_id;  ///< 0: not protected
  uint16_t cycle_ms;     ///< 0: not cyclic
  uint16_t first_signal; ///< index into can_signal
  uint16_t signal_count;
} can_msg_t;

typedef struct {
  const char *name;
  const char *unit;
  uint16_t start; ///< bit as DBC counts: lowest of an Intel, highest of a Motorola signal
  uint8_t len;    ///< bits
  uint8_t is_signed, is_big_endian;
  uint8_t is_mux; ///< its value is the page
  int16_t page;   ///< on which it exists, -1: always
  uint16_t first_value, value_count; ///< into can_value
  double factor, offset;
} can_signal_t;

typedef struct {
  int32_t raw;
  const char *text;
} can_value_t;

extern const can_msg_t can_msg[CAN_MSG_COUNT];
extern const can_signal_t can_signal[CAN_SIGNAL_COUNT];
extern const can_value_t can_value[CAN_VALUE_COUNT];

/// Raw bits of a signal, sign-extended. data holds the whole frame.
int64_t can_signal_raw(const can_signal_t *signal, const uint8_t *data);

/// Physical value. The caller checks the page (can_signal_is_present).
double can_signal_decode(const can_signal_t *signal, const uint8_t *data);

/// 1 iff the signal, one of msg, is on the page that data shows.
int can_signal_is_present(const can_msg_t *msg, const can_signal_t *signal, const uint8_t *data);

/// Index of a message by id and kind or by name, -1 iff there is none.
int32_t can_msg_find_id(uint32_t id, int is_extended);
int32_t can_msg_find(const char *name);

/// Index of a signal of a message, -1 iff there is none.
int32_t can_signal_find(uint32_t msg, const char *name);

/// Name of a raw value, NULL iff it has none.
const char *can_value_text(const can_signal_t *signal, int64_t raw);

#endif
