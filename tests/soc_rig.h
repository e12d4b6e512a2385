/// The core's estimator by itself: values as measured go in every 100 ms, no AFE, no bus.
#ifndef TESTS_SOC_RIG_H
#define TESTS_SOC_RIG_H

#include <string.h>

#include "../ecu_model/core/soc.h"
#include "../ecu_model/core/soh.h"

enum { SOC_RIG_WEAK = 17, SOC_RIG_STRONG = 60 };

/// A BMS of one cell type, started at a share of its capacity.
static inline void soc_rig_init(bms_t *bms, cell_table_id_t set, uint32_t capacity_mAh,
                                uint32_t parallel, float share) {
  memset(bms, 0, sizeof *bms);
  bms->config = *bms_config_soul_ev();
  bms->config.cell_set = set;
  bms->config.cells_parallel = parallel;
  bms->config.capacity_mAh = capacity_mAh;
  soh_init(bms);
  soc_start_at(&bms->soc, &bms->config, share, 0.3f);
  bms->soc.phase = 0; /* the sample is the last of the ten parts */
}

static inline void soc_rig_show(bms_t *bms, int32_t current_mA, uint32_t mean_mV, int32_t spread_mV,
                                int32_t ddegC) {
  bms_meas_t *meas = &bms->meas;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++)
    meas->group_mV[group] = (uint16_t)mean_mV;
  meas->group_mV[SOC_RIG_WEAK] = (uint16_t)((int32_t)mean_mV - spread_mV);
  meas->group_mV[SOC_RIG_STRONG] = (uint16_t)((int32_t)mean_mV + spread_mV);
  meas->group_mean_mV = (uint16_t)mean_mV;
  meas->group_sum_mV = BMS_GROUP_COUNT * mean_mV;
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) meas->module_ddegC[m] = (int16_t)ddegC;
  meas->temperature_min_ddegC = meas->temperature_max_ddegC = (int16_t)ddegC;
  meas->current_mA = current_mA;
  soc_scan(&bms->soc, current_mA);
}

/// What the core does in 100 ms in which current_mA flows; the values shown are those of its end.
static inline void soc_rig_run(bms_t *bms, int32_t current_mA) {
  for (uint32_t k = 0; k < 10; k++) {
    bms->time_ms += 10;
    soc_count(&bms->soc, current_mA * 10);
    soc_update(&bms->soc);
    soc_sample(bms);
    soc_estimate(bms);
  }
}

#endif
