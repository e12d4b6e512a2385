/// State of the pack: structure of arrays, cell a of all groups first, then cell b.
///
/// Model    [side][group]: side 0 is cell a (index 2g), side 1 is cell b (2g+1). Coefficients are
///          kept beside the states. Every PACK_REFRESH_us: heat, hysteresis, losses, the segment of
///          the OCV, and the resistances of one slice of the groups in turn
/// Memory   flat; params points to const data. Included by pack.h only
#ifndef SIM_PACK_STATE_H
#define SIM_PACK_STATE_H

enum { PACK_REFRESH_us = 20000, PACK_SLICE_COUNT = 4, PACK_SIDE_COUNT = 2 };

/// One value for each cell.
typedef double pack_cells_t[PACK_SIDE_COUNT][PACK_GROUP_COUNT];

typedef struct {
  const cell_params_t *params;
  pack_joints_t joints;
  double ambient_degC; ///< the caller may change it between steps
  double pack_A; ///< mean of the last step
  double ripple_A2s; ///< since the last refresh: integral of (pack current - its mean) squared; the
      ///< caller adds a step's
  double joint_ohm[PACK_GROUP_COUNT]; ///< between each group and the next one up
  double joints_ohm; ///< joints, busbars and plug in series
  double source_V; ///< emf that pack_source gave last
  double string_ohm; ///< all groups and joints in series

  /* states */
  pack_cells_t soc;
  pack_cells_t branch_A[CELL_BRANCH_COUNT]; ///< current through the branch's resistor
  pack_cells_t hysteresis; ///< -1 after discharge .. 1 after charge
  pack_cells_t core_degC, surface_degC;
  double case_degC[PINS_MODULE_COUNT];
  pack_cells_t heat_W; ///< current times loss, sum over the steps since the last refresh
  pack_cells_t heat_J; ///< what else was made since then
  pack_cells_t stored_J; ///< in the branches at the last refresh: what was lost and is not heat

  /* what each cell is; who changes one of these calls pack_refresh */
  pack_cells_t soc_per_As;
  pack_cells_t resistance_scale;
  pack_cells_t self_discharge_scale;
  pack_cells_t short_S; ///< internal short, across the cell behind its tab
  pack_cells_t tab_ohm; ///< added between cell and group: a broken tab
  pack_cells_t external_W; ///< heat from outside into the core; the caller may set it

  /* of the last step, means over it */
  pack_cells_t current_A; ///< through the tab
  pack_cells_t inner_A; ///< with the internal short's; valid while is_special
  double extra_A[PACK_GROUP_COUNT];
  double group_V[PACK_GROUP_COUNT];

  /* sums since the start */
  pack_cells_t made_J; ///< heat
  double group_J[PACK_GROUP_COUNT]; ///< out of the group's terminals
  double joint_J; ///< heat in the joints
  pack_cells_t external_J; ///< heat from outside
  double ambient_J[PINS_MODULE_COUNT]; ///< heat that left each module's case to the air

  pack_air_t air; ///< fan, inlet, heater mats
  pack_runaway_t runaway;

  /* coefficients of the coming step: its mean voltage is emf - ohm current */
  pack_cells_t r0_ohm, r1_ohm, r2_ohm, r3_ohm;
  pack_cells_t depletion_ohm; ///< of r3, share of the middle of r2: what stores no energy
  pack_cells_t exchange_pA2; ///< 1 / exchange current squared
  pack_cells_t fast_ohm, middle_ohm, slow_ohm; ///< r1, r2, r3 times their branch's mean
  pack_cells_t heat_ohm; ///< r0 and what the branches rise by in a step
  pack_cells_t polar_V; ///< of the branches, without that rise
  pack_cells_t soc_per_A; ///< in a step
  pack_cells_t inner_ohm; ///< with the mean rise of branches and the mean fall of the OCV
  pack_cells_t tap_ohm; ///< inner_ohm as seen at the group, behind short and tab
  pack_cells_t short_gain; ///< share of the emf that is seen there
  pack_cells_t ocv_base_V, ocv_slope_V; ///< base + slope soc: OCV, entropic term, hysteresis
  pack_cells_t u_base_V, u_slope_V; ///< OCV at the reference temperature, in the segment
  pack_cells_t e_base_VpK, e_slope_VpK; ///< dU/dT in the segment
  pack_cells_t segment; ///< its index
  pack_cells_t hysteresis_V; ///< half width
  pack_cells_t leak_A; ///< self-discharge
  pack_cells_t soc_settled; ///< at the last refresh
  pack_cells_t emf_V;
  pack_cells_t tap_emf_V; ///< emf as seen at the group; valid while is_special
  double parallel_S[PACK_GROUP_COUNT]; ///< 1 / (ohm of a + ohm of b)
  double parallel_ohm[PACK_GROUP_COUNT];
  double group_emf_V[PACK_GROUP_COUNT]; ///< at zero group current

  /* exact discretisation for steps of dt_us */
  uint32_t dt_us;
  uint32_t since_refresh_us;
  uint32_t refresh_us; ///< PACK_REFRESH_us; shorter to see what that costs in accuracy
  uint32_t slice_count; ///< PACK_SLICE_COUNT: refreshes until all resistances were renewed
  uint32_t slice_next;
  uint32_t leak_next; ///< the group whose self-discharge is renewed next
  uint32_t is_special; ///< a cell has a short or a tab resistance
  uint32_t padding;
  double decay[CELL_BRANCH_COUNT]; ///< e^(-dt/tau)
  double mean[CELL_BRANCH_COUNT]; ///< of e^(-t/tau) over the step
  double padding2;
} pack_t;

#endif
