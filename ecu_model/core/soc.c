/// State of charge: coulomb counting and the table of rest voltages.
#include "soc.h"

#include <string.h>

enum {
  OCV_POINT_COUNT = 41,
  OCV_STEP_permille = 25,
  STORED_TRUST_permille = 50, /* memory may differ from the rest voltage by this */
  MS_PER_H = 3600000
};

/// mV of a rested group at 0, 2.5 .. 100 %, 25 degC.
static const uint16_t soc_ocv_mV[OCV_POINT_COUNT] = {
    3250, 3333, 3400, 3436, 3462, 3484, 3502, 3517, 3530, 3541, 3551, 3561, 3572, 3583,
    3596, 3612, 3630, 3646, 3665, 3689, 3714, 3737, 3760, 3787, 3812, 3832, 3850, 3868,
    3886, 3905, 3924, 3944, 3964, 3988, 4009, 4022, 4036, 4059, 4086, 4117, 4150,
};

uint32_t soc_at_ocv_permille(uint32_t ocv_mV) {
  if (ocv_mV <= soc_ocv_mV[0]) return 0;
  uint32_t i = 1;
  while (i < OCV_POINT_COUNT && ocv_mV > soc_ocv_mV[i]) i++;
  if (i == OCV_POINT_COUNT) return 1000;
  uint32_t span = (uint32_t)soc_ocv_mV[i] - soc_ocv_mV[i - 1];
  uint32_t above = ocv_mV - soc_ocv_mV[i - 1];
  return (i - 1u) * OCV_STEP_permille + (above * OCV_STEP_permille + span / 2u) / span;
}

static int64_t capacity_mAms(const bms_config_t *config) {
  return (int64_t)config->capacity_mAh * MS_PER_H;
}

void soc_start(bms_soc_t *soc, const bms_config_t *config, uint32_t ocv_mV,
               uint32_t stored_permille) {
  uint32_t start_permille = soc_at_ocv_permille(ocv_mV);
  if (stored_permille <= 1000) {
    uint32_t difference = stored_permille > start_permille ? stored_permille - start_permille
                                                           : start_permille - stored_permille;
    if (difference <= STORED_TRUST_permille) start_permille = stored_permille;
  }
  memset(soc, 0, sizeof *soc);
  soc->charge_mAms = capacity_mAms(config) / 1000 * start_permille;
  soc->soc_permille = (uint16_t)start_permille;
  soc->is_initialised = 1;
}

void soc_count(bms_soc_t *soc, int32_t charge_mAms) {
  soc->charge_mAms -= charge_mAms;
  soc->throughput_mAms += charge_mAms < 0 ? -charge_mAms : charge_mAms;
}

void soc_update(bms_soc_t *soc, const bms_config_t *config) {
  int64_t full_mAms = capacity_mAms(config);
  if (soc->charge_mAms < 0) soc->charge_mAms = 0;
  if (soc->charge_mAms > full_mAms) soc->charge_mAms = full_mAms;
  soc->soc_permille = (uint16_t)((soc->charge_mAms + full_mAms / 2000) / (full_mAms / 1000));
}
