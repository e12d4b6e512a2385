/// Limits in three levels as a table, generated from ecu_model/db/limits.csv: do not edit.
///
/// Units    mol, rsl, msl and hysteresis have the unit that the quantity ends in
#ifndef ECU_MODEL_GEN_LIMITS_H
#define ECU_MODEL_GEN_LIMITS_H

#include <stdint.h>

#include "dtc.h"

typedef enum {
  LIMITS_GROUP_MAX,
  LIMITS_GROUP_MIN,
  LIMITS_TEMPERATURE_MAX_CHARGE,
  LIMITS_TEMPERATURE_MAX_DISCHARGE,
  LIMITS_TEMPERATURE_MAX_REST,
  LIMITS_TEMPERATURE_MIN_CHARGE,
  LIMITS_TEMPERATURE_MIN_DISCHARGE,
  LIMITS_TEMPERATURE_MIN_REST,
  LIMITS_CURRENT_DISCHARGE,
  LIMITS_CURRENT_CHARGE,
  LIMITS_GROUP_SPREAD,
  LIMITS_TEMPERATURE_SPREAD,
  LIMITS_TEMPERATURE_RISE,
  LIMITS_COUNT = 13
} limits_id_t;

typedef enum {
  LIMITS_QUANTITY_group_mV,
  LIMITS_QUANTITY_temperature_ddegC,
  LIMITS_QUANTITY_current_mA,
  LIMITS_QUANTITY_spread_mV,
  LIMITS_QUANTITY_spread_ddegC,
  LIMITS_QUANTITY_rise_ddegC,
  LIMITS_QUANTITY_COUNT = 6
} limits_quantity_t;

typedef enum { LIMITS_SIDE_MAX, LIMITS_SIDE_MIN } limits_side_t;

typedef enum {
  LIMITS_CONTEXT_ANY,
  LIMITS_CONTEXT_CHARGE,
  LIMITS_CONTEXT_DISCHARGE,
  LIMITS_CONTEXT_REST
} limits_context_t;

typedef struct {
  int32_t mol;        ///< operating limit: info
  int32_t rsl;        ///< recommended limit: warning, derate
  int32_t msl;        ///< safety limit: open
  int32_t hysteresis; ///< how far back inside a level heals
  uint16_t up_ms, down_ms;
  uint8_t quantity; ///< limits_quantity_t
  uint8_t side;     ///< limits_side_t
  uint8_t context;  ///< limits_context_t
  uint8_t dtc_mol, dtc_rsl, dtc_msl; ///< dtc_id_t or DTC_NONE
} limits_row_t;

extern const limits_row_t limits_row[LIMITS_COUNT];

#endif
