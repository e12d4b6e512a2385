/// A cell with round figures, for tests with closed forms: flat tables, OCV linear in SOC.
#ifndef TESTS_CELL_FIXTURE_H
#define TESTS_CELL_FIXTURE_H

#include <string.h>

#include "../sim/pack.h"

/// OCV 3 V + SOC, 10 Ah, R0 2 mOhm, R1 1 mOhm in 1 s, R2 3 mOhm in 50 s, everywhere alike; no
/// slow branch, no losses of charge.
static inline cell_params_t fixture_cell(void) {
  cell_params_t params;
  memset(&params, 0, sizeof params);
  params.capacity_Ah = 10.0;
  params.voltage_min_V = 2.5;
  params.voltage_max_V = 4.2;
  params.ocv_count = 11;
  for (int i = 0; i < 11; i++) params.ocv_V[i] = 3.0 + 0.1 * i;
  params.soc_count = 2;
  params.soc_step = 1.0;
  params.temperature_count = 2;
  params.temperature_first_degC = -50.0;
  params.temperature_step_K = 100.0;
  for (int i = 0; i < 4; i++) {
    params.ohm[i][0] = 2e-3;
    params.ohm[i][1] = 1e-3;
    params.ohm[i][2] = 3e-3;
  }
  params.tau_s[0] = 1.0;
  params.tau_s[1] = 50.0;
  params.tau_s[2] = 300.0;
  params.coulombic_efficiency = 1.0;
  params.surface_middle_share = 1.0;
  params.core_JpK = 400.0;
  params.surface_JpK = 100.0;
  params.core_surface_WpK = 2.0;
  params.neighbour_WpK = 4.0;
  params.case_WpK = 0.5;
  params.case_heat_capacity_JpK = 2000.0;
  params.case_ambient_WpK = 0.0;
  return params;
}

/// All cells alike.
static inline pack_config_t fixture_config(double soc, double temperature_degC) {
  pack_config_t config = {.ambient_degC = temperature_degC};
  for (int i = 0; i < PACK_CELL_COUNT; i++)
    config.cell[i] = (pack_cell_init_t){soc, temperature_degC, 1.0, 1.0, 1.0};
  return config;
}

#endif
