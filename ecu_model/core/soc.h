/// State of charge: coulombs counted in integers, started from the rest voltage.
///
/// Model    charge in mA ms (64 bit: 283 million A s fit a thousand times); the start from the OCV
///          of the mean group at rest, or from memory when that agrees within 5 %
/// Sign     current_mA > 0 discharges
/// Source   OCV of the pack's cell: data/cells/soul_ev.json, rounded to 1 mV
#ifndef ECU_MODEL_CORE_SOC_H
#define ECU_MODEL_CORE_SOC_H

#include "bms.h"

/// SOC of a rested group, 0..1000.
uint32_t soc_at_ocv_permille(uint32_t ocv_mV);

/// Start anew. stored_permille > 1000: nothing stored.
void soc_start(bms_soc_t *soc, const bms_config_t *config, uint32_t ocv_mV,
               uint32_t stored_permille);

/// What has flowed since the last count: current times its ms.
void soc_count(bms_soc_t *soc, int32_t charge_mAms);

/// Every 10 ms: soc_permille from the charge; the charge never leaves 0..capacity.
void soc_update(bms_soc_t *soc, const bms_config_t *config);

#endif
