/// Steps one cell; the order of operations is the pack's, so that both agree to the last digits.
#include "cell.h"

#include "det_math.h"

static const double heat_step_max_s = 1.0;

static int is_number(double value) { return value == value; }

static void set_dt(cell_t *cell, double dt_s) {
  if (dt_s == cell->dt_s) return;
  cell->dt_s = dt_s;
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    double tau_s = cell->params->tau_s[k];
    cell->decay[k] = det_exp(-dt_s / tau_s);
    cell->decay_s[k] = tau_s * det_expm1_neg(dt_s / tau_s);
    cell->square_s[k] = 0.5 * tau_s * det_expm1_neg(2.0 * dt_s / tau_s);
  }
}

static double transfer_ohm(const cell_ohm_t *ohm, double fast_A) {
  double ratio = ohm->exchange_pA * fast_A;
  return ohm->ohm[1] * cell_charge_transfer(ratio * ratio);
}

static void refresh(cell_t *cell) {
  cell->ohm = cell_ohm_loaded(cell->params, cell->soc, cell->core_degC, cell->branch_A[1],
                              cell->branch_A[2]);
  cell->transfer_ohm = transfer_ohm(&cell->ohm, cell->branch_A[0]);
}

void cell_init(cell_t *cell, const cell_params_t *params, double soc, double temperature_degC,
               double hysteresis) {
  *cell = (cell_t){.params = params, .soc = soc, .hysteresis = hysteresis, .dt_s = -1.0};
  cell->core_degC = cell->surface_degC = temperature_degC;
  refresh(cell);
}

/// OCV at the core's temperature with hysteresis.
static double rest_V(const cell_t *cell) {
  return cell_ocv_V(cell->params, cell->soc) +
         (cell->core_degC - CELL_REFERENCE_degC) * cell_entropic_VpK(cell->params, cell->soc) +
         cell_hysteresis_V(cell->params, cell->soc) * cell->hysteresis;
}

/// Rise of the OCV per SOC in the segment where the cell is.
static double slope_V(const cell_t *cell) {
  const cell_params_t *params = cell->params;
  uint32_t last = params->ocv_count - 2;
  double x = cell->soc * (double)(params->ocv_count - 1);
  uint32_t i = x > 0.0 ? (x < (double)last ? (uint32_t)x : last) : 0;
  double warm_K = cell->core_degC - CELL_REFERENCE_degC;
  double rise_V = params->ocv_V[i + 1] - params->ocv_V[i] +
                  warm_K * (params->entropic_VpK[i + 1] - params->entropic_VpK[i]);
  return rise_V * (double)(params->ocv_count - 1);
}

static void branch_ohms(const cell_t *cell, double ohm[CELL_BRANCH_COUNT]) {
  ohm[0] = cell->transfer_ohm;
  ohm[1] = cell->ohm.ohm[2];
  ohm[2] = cell->ohm.ohm[3];
}

double cell_V(const cell_t *cell, double current_A) {
  double ohm[CELL_BRANCH_COUNT];
  double voltage_V = rest_V(cell) - cell->ohm.ohm[0] * current_A;
  branch_ohms(cell, ohm);
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) voltage_V -= ohm[k] * cell->branch_A[k];
  return voltage_V;
}

double cell_mean_V(const cell_t *cell, double current_A, double dt_s) {
  double ohm[CELL_BRANCH_COUNT];
  double fall_soc = 0.5 * current_A * dt_s / (3600.0 * cell->params->capacity_Ah);
  double voltage_V = rest_V(cell) - slope_V(cell) * fall_soc - cell->ohm.ohm[0] * current_A;
  branch_ohms(cell, ohm);
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    double tau_s = cell->params->tau_s[k];
    double mean = tau_s * det_expm1_neg(dt_s / tau_s) / dt_s;
    voltage_V -= ohm[k] * (mean * cell->branch_A[k] + (1.0 - mean) * current_A);
  }
  return voltage_V;
}

/// The part of the branches' ohms that stores no energy.
static void depletion_ohms(const cell_t *cell, double ohm[CELL_BRANCH_COUNT]) {
  ohm[0] = 0.0;
  ohm[1] = cell->params->surface_middle_share * cell->ohm.fall_ohm;
  ohm[2] = cell->ohm.fall_ohm;
}

/// Heat of R0 and the branches over a step, while the branches move to their new currents.
static double step_branches(cell_t *cell, double current_A, double dt_s) {
  double ohm[CELL_BRANCH_COUNT], fall_ohm[CELL_BRANCH_COUNT];
  double heat_J = cell->ohm.ohm[0] * current_A * current_A * dt_s;
  branch_ohms(cell, ohm);
  depletion_ohms(cell, fall_ohm);
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    double over_A = cell->branch_A[k] - current_A;
    heat_J += (ohm[k] - fall_ohm[k]) *
              (current_A * current_A * dt_s + 2.0 * current_A * over_A * cell->decay_s[k] +
               over_A * over_A * cell->square_s[k]);
    heat_J += fall_ohm[k] * current_A * (current_A * dt_s + over_A * cell->decay_s[k]);
    cell->branch_A[k] = current_A + over_A * cell->decay[k];
  }
  double fast_A = cell->branch_A[0];
  double is_ohm = transfer_ohm(&cell->ohm, fast_A);
  heat_J += 0.5 * cell->params->tau_s[0] * (ohm[0] - is_ohm) * fast_A * fast_A;
  cell->transfer_ohm = is_ohm;
  return heat_J;
}

/// Charge, losses and hysteresis; returns the heat of entropy, hysteresis and losses.
static double step_charge(cell_t *cell, double charge_As, double dt_s) {
  const cell_params_t *params = cell->params;
  const double per_As = 1.0 / (3600.0 * params->capacity_Ah);
  const double gain = -charge_As * per_As;
  const double put_in = gain > 0.0 ? gain : 0.0;
  const double soc = cell->soc + gain;
  const double leak_As = cell_self_discharge_A(params, cell->core_degC) * dt_s;
  const double lost = (1.0 - params->coulombic_efficiency) * put_in + leak_As * per_As;
  const double kelvin = CELL_REFERENCE_degC + CELL_KELVIN;
  const double e_VpK = cell_entropic_VpK(params, cell->soc + 0.5 * gain);
  const double enthalpy_V = cell_ocv_V(params, soc) - kelvin * cell_entropic_VpK(params, soc);
  double heat_J = (gain * ((cell->core_degC + CELL_KELVIN) * e_VpK +
                           cell_hysteresis_V(params, cell->soc) * cell->hysteresis) +
                   lost * enthalpy_V) /
                  per_As;
  const double goal = gain > 0.0 ? 1.0 : -1.0;
  const double moved = gain > 0.0 ? gain : -gain;
  cell->hysteresis = goal + (cell->hysteresis - goal) * det_exp(-params->hysteresis_rate * moved);
  cell->soc = soc - lost;
  return heat_J;
}

static void step_heat(cell_t *cell, const cell_load_t *load, double heat_J, double dt_s) {
  const cell_params_t *params = cell->params;
  if (is_number(load->surface_degC)) cell->surface_degC = load->surface_degC;
  cell->made_J += heat_J;
  double left_s = dt_s;
  const double heat_W = dt_s > 0.0 ? heat_J / dt_s : 0.0;
  while (left_s > 0.0) {
    double part_s = left_s < heat_step_max_s ? left_s : heat_step_max_s;
    double out_J = params->core_surface_WpK * part_s * (cell->core_degC - cell->surface_degC);
    double gone_J = load->outside_WpK * part_s * (cell->surface_degC - load->outside_degC);
    cell->core_degC += (heat_W * part_s - out_J) / params->core_JpK;
    if (!is_number(load->surface_degC))
      cell->surface_degC += (out_J - gone_J) / params->surface_JpK;
    left_s -= part_s;
  }
}

/// A branch whose resistance changes keeps its current; what its capacitance held more or less
/// becomes heat.
static double refresh_J(cell_t *cell) {
  double was_ohm[CELL_BRANCH_COUNT], now_ohm[CELL_BRANCH_COUNT];
  double was_fall_ohm[CELL_BRANCH_COUNT], now_fall_ohm[CELL_BRANCH_COUNT];
  double heat_J = 0.0;
  branch_ohms(cell, was_ohm);
  depletion_ohms(cell, was_fall_ohm);
  refresh(cell);
  branch_ohms(cell, now_ohm);
  depletion_ohms(cell, now_fall_ohm);
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++)
    heat_J -= 0.5 * cell->params->tau_s[k] *
              ((now_ohm[k] - now_fall_ohm[k]) - (was_ohm[k] - was_fall_ohm[k])) *
              cell->branch_A[k] * cell->branch_A[k];
  return heat_J;
}

void cell_step(cell_t *cell, const cell_load_t *load, double dt_s) {
  if (!(dt_s > 0.0)) dt_s = 0.0;
  set_dt(cell, dt_s);
  double heat_J = cell->pending_J + step_branches(cell, load->current_A, dt_s);
  heat_J += step_charge(cell, load->charge_As, dt_s);
  step_heat(cell, load, heat_J, dt_s);
  cell->pending_J = refresh_J(cell);
}
