/// Parameters of one cell type: what a cell file (data/cells/*.json) holds, as a flat value.
///
/// Model    OCV(SOC) on an even grid; R0 and two RC branches over SOC x temperature on even grids;
///          one heat node for each cell, one for each module's case
/// Units    SI; SOC as a fraction 0..1; temperatures in degC
/// Memory   plain value of fixed size; there is no built-in default:
///          scenarios/cell_file.c reads one
/// Threads  read only once it is filled
#ifndef SIM_CELL_PARAMS_H
#define SIM_CELL_PARAMS_H

#include <stdint.h>

enum {
  CELL_OCV_POINT_MAX = 257,
  CELL_SOC_POINT_MAX = 41,
  CELL_TEMPERATURE_POINT_MAX = 41,
  CELL_TABLE_MAX = CELL_SOC_POINT_MAX * CELL_TEMPERATURE_POINT_MAX
};

typedef struct {
  char id[40]; ///< "soul_ev"
  char title[96];
  double capacity_Ah; ///< of one cell, SOC 0..1
  double voltage_min_V, voltage_max_V; ///< the maker's window; the model does not enforce it

  uint32_t ocv_count; ///< points at SOC 0..1, evenly spaced; beyond the ends the
  double ocv_V[CELL_OCV_POINT_MAX]; ///< outermost segment is continued

  uint32_t soc_count, temperature_count; ///< axes of the resistance tables, evenly spaced
  double soc_first, soc_step;
  double temperature_first_degC, temperature_step_K;
  double r0_ohm[CELL_TABLE_MAX]; ///< [temperature][soc], row length soc_count
  double r1_ohm[CELL_TABLE_MAX];
  double r2_ohm[CELL_TABLE_MAX];
  double tau1_s, tau2_s;

  double heat_capacity_JpK; ///< of one cell
  double neighbour_WpK; ///< between cells that touch in the stack
  double case_WpK; ///< of one cell to its module's case
  double case_heat_capacity_JpK; ///< of one module's case
  double case_ambient_WpK; ///< of one module's case to the ambient air
} cell_params_t;

/// Open-circuit voltage at a SOC (outside 0..1 the outermost segment is continued).
double cell_ocv_V(const cell_params_t *params, double soc);

/// SOC at which a rested cell shows ocv_V, 0..1. For start values: bisection, not for the step.
double cell_soc_at_ocv(const cell_params_t *params, double ocv_V);

/// The three resistances of a cell.
typedef struct {
  double r0_ohm, r1_ohm, r2_ohm;
} cell_ohm_t;

/// Resistances at a SOC and temperature, bilinear; outside the tables their edge holds.
cell_ohm_t cell_ohm(const cell_params_t *params, double soc, double temperature_degC);

/// NULL iff the parameters can be simulated, otherwise the name of the first field that cannot.
const char *cell_params_check(const cell_params_t *params);

#endif
