/// State of charge: coulombs counted in integers, led by filters that read the group voltages.
///
/// Model    charge in mA ms (64 bit: 283 million A s fit a thousand times). It starts from the OCV
///          of the mean group at rest, or from memory when that agrees within 5 %. Three filters
///          (ekf.h) follow the mean, the weakest and the strongest group; the counted charge
///          follows the mean one's SOC by at most half a percent a second: nobody sees it jump
/// Work     every 100 ms, a part in each 10 ms: sample, mean, weakest, strongest; once a second the
///          search for weakest and strongest, and soh.h
/// Sign     current_mA > 0 discharges
/// Source   tables of the pack's cell: ecu_model/gen/cell_table.c
#ifndef ECU_MODEL_CORE_SOC_H
#define ECU_MODEL_CORE_SOC_H

#include "../gen/cell_table.h"
#include "bms.h"

/// The configured cell.
const cell_table_t *soc_cell(const bms_config_t *config);

/// SOC of a rested group at 25 degC, 0..1000.
uint32_t soc_at_ocv_permille(const cell_table_t *cell, uint32_t ocv_mV);

/// Start anew. stored_permille > 1000: nothing stored. What a believed memory and the voltage
/// differ by counts as what a load before the start left behind.
void soc_start(bms_soc_t *soc, const bms_config_t *config, uint32_t ocv_mV, int32_t ddegC,
               uint32_t stored_permille);

/// Start with a SOC that may be anything: so much is the filters' doubt.
void soc_start_at(bms_soc_t *soc, const bms_config_t *config, float share, float deviation);

/// What has flowed since the last count: current times its ms.
void soc_count(bms_soc_t *soc, int32_t charge_mAms);

/// In the middle of the conversion of the groups.
void soc_scan(bms_soc_t *soc, int32_t current_mA);

/// Every 10 ms, after the groups were measured: the next phase, and in phase 0 the sample.
void soc_sample(bms_t *bms);

/// Every 10 ms, in a quiet ms: the part of this phase.
void soc_estimate(bms_t *bms);

/// Every 10 ms: soc_permille from the charge; the charge never leaves 0..capacity.
void soc_update(bms_soc_t *soc);

/// The capacity was learnt anew: the same SOC of it.
void soc_take_capacity(bms_soc_t *soc, uint32_t capacity_mAh);

#endif
