/// Interpolates the cell's tables and finds the voltages that the circuit starts from.
#include "oracle_cell.h"

#include <math.h>

/// Place on an even axis, held at its ends: whole part and fraction.
static double place(double value, double first, double step, uint32_t count, uint32_t *index) {
  double x = fmin(fmax((value - first) / step, 0.0), (double)count - 1.0);
  *index = (uint32_t)fmin(floor(x), (double)count - 2.0);
  return x - (double)*index;
}

static double mix(double low, double high, double share) { return low + share * (high - low); }

static void read_source(const oracle_world_t *world, uint32_t cell, oracle_cell_t *out) {
  const cell_params_t *params = &world->cell;
  const pack_cell_init_t *init = &world->config.cell[cell];
  const double count = (double)params->ocv_count - 1.0, warm_K = init->temperature_degC - 25.0;
  uint32_t i;
  const double share = place(init->soc, 0.0, 1.0 / count, params->ocv_count, &i);
  const double low_V = params->ocv_V[i] + warm_K * params->entropic_VpK[i];
  const double high_V = params->ocv_V[i + 1] + warm_K * params->entropic_VpK[i + 1];
  const double width_V = mix(params->hysteresis_V[i], params->hysteresis_V[i + 1], share);
  out->slope_V = (high_V - low_V) * count;
  out->base_V = low_V - out->slope_V * (double)i / count + width_V * world->hysteresis[cell];
}

static void read_ohm(const oracle_world_t *world, uint32_t cell, oracle_cell_t *out) {
  const cell_params_t *params = &world->cell;
  const pack_cell_init_t *init = &world->config.cell[cell];
  double ohm[CELL_OHM_COUNT];
  uint32_t column, row;
  const double x =
      place(init->soc, params->soc_first, params->soc_step, params->soc_count, &column);
  const double y = place(init->temperature_degC, params->temperature_first_degC,
                         params->temperature_step_K, params->temperature_count, &row);
  const double(*table)[CELL_OHM_COUNT] = &params->ohm[row * params->soc_count + column];
  for (uint32_t k = 0; k < CELL_OHM_COUNT; k++) {
    const double cold_ohm = mix(table[0][k], table[1][k], x);
    const double warm_ohm = mix(table[params->soc_count][k], table[params->soc_count + 1][k], x);
    ohm[k] = init->resistance_scale * mix(cold_ohm, warm_ohm, y);
  }
  out->r0_ohm = ohm[0];
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    out->branch_ohm[k] = ohm[k + 1];
    out->tau_s[k] = params->tau_s[k];
  }
  out->exchange_A = mix(params->exchange_A[row], params->exchange_A[row + 1], y);
}

oracle_cell_t oracle_cell(const oracle_world_t *world, uint32_t cell) {
  const pack_cell_init_t *init = &world->config.cell[cell];
  oracle_cell_t out = {.soc = init->soc};
  out.capacity_As = 3600.0 * world->cell.capacity_Ah * init->capacity_scale;
  read_source(world, cell, &out);
  read_ohm(world, cell, &out);
  return out;
}

double oracle_cell_emf_V(const oracle_world_t *world, uint32_t cell) {
  const oracle_cell_t c = oracle_cell(world, cell);
  double emf_V = c.base_V + c.slope_V * c.soc;
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    const double branch_A = world->branch_A[cell][k];
    double drop_V = c.branch_ohm[k] * branch_A;
    if (k == 0 && c.exchange_A > 0.0)
      drop_V = c.branch_ohm[k] * c.exchange_A * asinh(branch_A / c.exchange_A);
    emf_V -= drop_V;
  }
  return emf_V;
}

double oracle_cell_group_V(const oracle_world_t *world, uint32_t group) {
  double sum_A = 0.0, sum_S = 0.0; // currents into the shorted group, and its conductance
  for (uint32_t cell = 2 * group; cell < 2 * group + 2; cell++) {
    const double r0_ohm = oracle_cell(world, cell).r0_ohm;
    const double short_ohm = world->short_ohm[cell];
    const double gain = short_ohm > 0.0 ? short_ohm / (short_ohm + r0_ohm) : 1.0;
    const double path_S = 1.0 / (gain * r0_ohm + world->tab_ohm[cell]);
    sum_A += gain * oracle_cell_emf_V(world, cell) * path_S;
    sum_S += path_S;
  }
  return sum_A / sum_S;
}

double oracle_cell_string_V(const oracle_world_t *world) {
  double sum_V = 0.0;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) sum_V += oracle_cell_group_V(world, g);
  return sum_V;
}
