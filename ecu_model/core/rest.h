/// Charge of a rested group from its voltage, finer than a permille: differences of it count.
///
/// Model    the estimator's rest voltage curve at 25 degC, linear between its points
/// Units    voltage in 1 / REST_ONE of an AFE code of 100 uV
/// Source   ocv_dmV of the configured cell in ../gen/cell_table.h
#ifndef ECU_MODEL_CORE_REST_H
#define ECU_MODEL_CORE_REST_H

#include "bms.h"

enum { REST_ONE = 256 };

/// 0 .. capacity; beyond the curve its ends.
int32_t rest_charge_mAs(const bms_config_t *config, int32_t voltage_raw256);

#endif
