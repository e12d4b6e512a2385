/// Charge of a rested group from its voltage, finer than a permille: differences of it count.
///
/// Model    the rest voltage curve of the pack's cell at 25 degC, linear between its points
/// Units    voltage in 1 / REST_ONE of an AFE code of 100 uV
/// Source   data/cells/soul_ev.json
#ifndef ECU_MODEL_CORE_REST_H
#define ECU_MODEL_CORE_REST_H

#include <stdint.h>

enum { REST_ONE = 256 };

/// 0 .. capacity; beyond the curve its ends.
int32_t rest_charge_mAs(uint32_t capacity_mAh, int32_t voltage_raw256);

#endif
