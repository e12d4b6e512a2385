/// Parameters of one cell type: what a cell file (data/cells/*.json) holds, as a flat value.
///
/// Model    OCV(SOC) with entropic term and hysteresis on one even grid; R0 and three RC branches
///          over SOC x temperature of the cell's core on even grids; the fast branch's resistance
///          falls with its current (charge transfer); two heat nodes for each cell, one for each
///          module's case. docs/plant.md has the equations
/// Units    SI; SOC as a fraction 0..1; temperatures in degC
/// Memory   plain value of fixed size; there is no built-in default:
///          scenarios/cell_file.c reads one
/// Threads  read only once it is filled
#ifndef SIM_CELL_PARAMS_H
#define SIM_CELL_PARAMS_H

#include <stdint.h>

#include "ageing_params.h"

enum {
  CELL_OCV_POINT_MAX = 257,
  CELL_SOC_POINT_MAX = 41,
  CELL_TEMPERATURE_POINT_MAX = 41,
  CELL_TABLE_MAX = CELL_SOC_POINT_MAX * CELL_TEMPERATURE_POINT_MAX,
  CELL_BRANCH_COUNT = 3, ///< fast, middle, slow
  CELL_OHM_COUNT = 1 + CELL_BRANCH_COUNT ///< R0 first
};

/// Where OCV and enthalpy are told apart: V = U + (T - this) dU/dT.
#define CELL_REFERENCE_degC 25.0
#define CELL_KELVIN 273.15

/// The charge-transfer factor is constant beyond this multiple of the exchange current.
#define CELL_EXCHANGE_RATIO_MAX 16.0

typedef struct {
  char id[40]; ///< "soul_ev"
  char title[96];
  double capacity_Ah; ///< of one cell, SOC 0..1
  double voltage_min_V, voltage_max_V; ///< the maker's window; the model does not enforce it
  double coulombic_efficiency; ///< share of the charge put in that is stored, 0.5..1
  double self_discharge_pctpmonth; ///< of the capacity in 30 days at 25 degC
  double self_discharge_kJpmol; ///< activation energy of the self-discharge

  uint32_t ocv_count; ///< points at SOC 0..1, evenly spaced; beyond the ends the
  double ocv_V[CELL_OCV_POINT_MAX]; ///< outermost segment is continued
  double entropic_VpK[CELL_OCV_POINT_MAX]; ///< dU/dT
  double hysteresis_V[CELL_OCV_POINT_MAX]; ///< half width; charging lies above
  double hysteresis_rate; ///< 1/rate of SOC moves the hysteresis by one e-fold

  uint32_t soc_count, temperature_count; ///< axes of the resistance tables, evenly spaced
  double soc_first, soc_step;
  double temperature_first_degC, temperature_step_K;
  double ohm[CELL_TABLE_MAX][CELL_OHM_COUNT]; ///< [temperature x soc_count + soc]
  double exchange_A[CELL_TEMPERATURE_POINT_MAX]; ///< of one cell: the fast branch at current x has
      ///< r1 asinh(x/exchange)/(x/exchange); 0: r1 at every current
  double surface_pA[CELL_TEMPERATURE_POINT_MAX]; ///< the electrodes' surface is at SOC - this
      ///< x (share of the middle + the slow branch's current): tables are read and the OCV acts
      ///< there; 0: off
  double surface_middle_share; ///< 0..1
  double surface_min_soc; ///< the surface is never emptier, -1..0
  double steep_soc[CELL_TEMPERATURE_POINT_MAX]; ///< below it surface_pA grows: it is
  double steep_gain; ///< x cell_steepness(this, steep_soc - SOC); 0: off
  double growth_pA[CELL_TEMPERATURE_POINT_MAX]; ///< all ohms grow by e^(this x middle current)
  double tau_s[CELL_BRANCH_COUNT];

  double core_JpK, surface_JpK; ///< heat capacities of one cell's two nodes
  double core_surface_WpK;
  double neighbour_WpK; ///< between the surfaces of cells that touch in the stack
  double case_WpK; ///< of one cell's surface to its module's case
  double case_heat_capacity_JpK; ///< of one module's case
  double case_ambient_WpK; ///< of one module's case to the ambient air

  ageing_params_t ageing; ///< reference_Ah 0: no law is known, the cell cannot be aged
} cell_params_t;

/// Open-circuit voltage at the reference temperature (outside 0..1 the outermost segment goes on).
double cell_ocv_V(const cell_params_t *params, double soc);

/// dU/dT and the hysteresis' half width at a SOC; outside 0..1 the end's value holds.
double cell_entropic_VpK(const cell_params_t *params, double soc);
double cell_hysteresis_V(const cell_params_t *params, double soc);

/// SOC at which a rested cell shows ocv_V, 0..1. For start values: bisection, not for the step.
double cell_soc_at_ocv(const cell_params_t *params, double ocv_V);

/// What a cell's current meets.
typedef struct {
  double ohm[CELL_OHM_COUNT]; ///< R0, then the branches
  double exchange_pA; ///< 1 / exchange current, 0: the fast branch is linear
  double fall_ohm; ///< depletion's part of the slow branch; times surface_middle_share of the
      ///< middle one: it stores no energy
} cell_ohm_t;

/// Growth of the ohms by sustained current stays between e^-1 and e^2.
#define CELL_GROWTH_EXPONENT_MIN (-1.0)
#define CELL_GROWTH_EXPONENT_MAX 2.0

/// Resistances at a SOC and core temperature, bilinear; outside the tables their edge holds.
cell_ohm_t cell_ohm(const cell_params_t *params, double soc, double core_degC);

/// The same under load: with the currents of the middle and the slow branch of one cell.
cell_ohm_t cell_ohm_loaded(const cell_params_t *params, double soc, double core_degC,
                           double middle_A, double slow_A);

/// SOC of a surface that lies by fall below the mean, never below min_soc unless the mean is.
static inline double cell_surface_soc(double min_soc, double soc, double fall) {
  const double room = soc > min_soc ? soc - min_soc : 0.0;
  return soc - (fall < room ? fall : room);
}

/// asinh(u)/u by a rational function of u squared, within 6e-5 of it up to
/// CELL_EXCHANGE_RATIO_MAX, constant beyond.
static inline double cell_charge_transfer(double u_square) {
  const double top = CELL_EXCHANGE_RATIO_MAX * CELL_EXCHANGE_RATIO_MAX;
  const double y = u_square < top ? u_square : top;
  const double p =
      1.0 + y * (0.5851795297868825 + y * (0.05376411062148733 + y * (0.0006978013493527826 +
                                                                      y * 6.742126247928197e-07)));
  const double q =
      1.0 + y * (0.7511077113824838 +
                 y * (0.1066766284154636 + y * (0.002632689558426138 + y * 7.682599949179131e-06)));
  return p / q;
}

/// The surface's factor grows in proportion to how far SOC lies below steep_soc, with a rounded
/// beginning this wide.
#define CELL_STEEP_ROUND 0.02

static inline double cell_steepness(double gain, double below) {
  return below > 0.0 ? 1.0 + gain * below * below / (below + CELL_STEEP_ROUND) : 1.0;
}

/// Current that a charged cell loses by itself at a temperature.
double cell_self_discharge_A(const cell_params_t *params, double core_degC);

/// Integral of U - T dU/dT over SOC from 0 up to each point of the OCV.
typedef struct {
  double below_V[CELL_OCV_POINT_MAX];
} cell_enthalpy_t;
cell_enthalpy_t cell_enthalpy(const cell_params_t *params);

/// Enthalpy in J that a cell holds above SOC 0: capacity times the integral of U - T dU/dT, which
/// does not depend on temperature. capacity_As is the cell's own.
double cell_enthalpy_J(const cell_params_t *params, double capacity_As, double soc);

/// The same for many cells: sums are those of params.
double cell_enthalpy_at_J(const cell_params_t *params, const cell_enthalpy_t *sums,
                          double capacity_As, double soc);

/// NULL iff the parameters can be simulated, otherwise the name of the first field that cannot.
const char *cell_params_check(const cell_params_t *params);

#endif
