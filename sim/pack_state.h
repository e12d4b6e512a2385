/// State of the pack: structure of arrays, cell a of all groups first, then cell b.
///
/// Model    [side][group]: side 0 is cell a (index 2g), side 1 is cell b (2g+1). Coefficients are
///          kept beside the states. Every PACK_REFRESH_us: heat, hysteresis, losses, the segment of
///          the OCV, and the resistances of one slice of the groups in turn
/// Memory   flat; params points to const data; it steps a quarter faster where it begins with a
///          line of the cache (scenarios/line_alloc.h). Included by pack.h only
#ifndef SIM_PACK_STATE_H
#define SIM_PACK_STATE_H

#include <stddef.h>

#include "simd.h"

enum { PACK_REFRESH_us = 20000, PACK_SLICE_COUNT = 4, PACK_SIDE_COUNT = 2 };

/// One value for each cell.
typedef double pack_cells_t[PACK_SIDE_COUNT][PACK_GROUP_COUNT];

/// The same for what every step needs. A line of unused zeros behind each row keeps rows apart in
/// the first-level cache: a store and loads of other rows would meet at equal low addresses.
enum { PACK_ROW_COUNT = PACK_GROUP_COUNT + 8 };
typedef double pack_hot_cells_t[PACK_SIDE_COUNT][PACK_ROW_COUNT];
typedef double pack_hot_groups_t[PACK_ROW_COUNT];

typedef struct {
  const cell_params_t *params;
  pack_joints_t joints;
  double ambient_degC; ///< the caller may change it between steps
  double pack_A; ///< mean of the last step
  double ripple_A2s; ///< since the last refresh: integral of (pack current - its mean) squared; the
      ///< caller adds a step's
  double joints_ohm; ///< joints, busbars and plug in series
  double source_V; ///< emf that pack_source gave last
  double string_ohm; ///< all groups and joints in series
  double joint_J; ///< heat in the joints since the start

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
  double padding2[2];

  /* what every step reads or writes: states */
  pack_hot_cells_t soc;
  pack_hot_cells_t branch_A[CELL_BRANCH_COUNT]; ///< current through the branch's resistor
  pack_hot_cells_t heat_W; ///< current times loss, sum over the steps since the last refresh
  pack_hot_cells_t emf_V;
  pack_hot_cells_t polar_V; ///< of the branches, without what they rise by in a step
  pack_hot_cells_t current_A; ///< through the tab, mean of the last step
  /* coefficients of the coming step: its mean voltage is emf - ohm current */
  pack_hot_cells_t tap_ohm; ///< with what branches rise and the OCV falls by, behind short and tab
  pack_hot_cells_t soc_per_A; ///< in a step
  pack_hot_cells_t anchor_A, anchor_V; ///< where the fast branch's voltage was last worked out
  pack_hot_cells_t anchor_ohm, bend_ohmpA; ///< its slope there, and half its second derivative
  pack_hot_cells_t limit_V; ///< so far that parabola holds; negative: a kink is too near
  pack_hot_cells_t middle_ohm, slow_ohm; ///< r2, r3 times their branch's mean
  pack_hot_cells_t heat_ohm; ///< r0 and what the branches rise by in a step
  pack_hot_cells_t ocv_base_V, ocv_slope_V; ///< base + slope soc: OCV, entropic term, hysteresis
  pack_hot_groups_t extra_A;
  pack_hot_groups_t parallel_S; ///< 1 / (ohm of a + ohm of b)
  pack_hot_groups_t group_V; ///< mean of the last step
  pack_hot_groups_t group_J; ///< out of the group's terminals since the start
  pack_hot_groups_t group_emf_V; ///< at zero group current
  pack_hot_groups_t parallel_ohm;

  /* what every refresh reads or writes: states */
  pack_cells_t hysteresis; ///< -1 after discharge .. 1 after charge
  pack_cells_t core_degC, surface_degC;
  pack_cells_t heat_J; ///< what was made since the last refresh beside heat_W
  pack_cells_t stored_J; ///< in the branches at the last refresh: what was lost and is not heat
  pack_cells_t made_J; ///< heat since the start
  pack_cells_t external_J; ///< heat from outside since the start
  /* what each cell is; who changes one of these calls pack_refresh */
  pack_cells_t soc_per_As;
  pack_cells_t resistance_scale;
  pack_cells_t self_discharge_scale;
  pack_cells_t short_S; ///< internal short, across the cell behind its tab
  pack_cells_t tab_ohm; ///< added between cell and group: a broken tab
  pack_cells_t external_W; ///< heat from outside into the core; the caller may set it
  /* coefficients */
  pack_cells_t r0_ohm, r1_ohm, r2_ohm, r3_ohm;
  pack_cells_t depletion_ohm; ///< of r3, share of the middle of r2: what stores no energy
  pack_cells_t exchange_pA; ///< 1 / exchange current
  pack_cells_t u_base_V, u_slope_V; ///< OCV at the reference temperature, in the segment
  pack_cells_t e_base_VpK, e_slope_VpK; ///< dU/dT in the segment
  pack_cells_t segment; ///< its index
  pack_cells_t hysteresis_V; ///< half width
  pack_cells_t leak_A; ///< self-discharge
  pack_cells_t soc_settled; ///< at the last refresh

  /* valid while is_special */
  pack_cells_t inner_ohm; ///< with the mean rise of branches and the mean fall of the OCV
  pack_cells_t short_gain; ///< share of the emf that is seen at the group
  pack_cells_t inner_A; ///< with the internal short's
  pack_hot_cells_t tap_emf_V; ///< emf as seen at the group

  double joint_ohm[PACK_GROUP_COUNT]; ///< between each group and the next one up
  double case_degC[PINS_MODULE_COUNT];
  double ambient_J[PINS_MODULE_COUNT]; ///< heat that left each module's case to the air
  pack_air_t air; ///< fan, inlet, heater mats
  pack_runaway_t runaway;
  double padding3[3];
} pack_t;

_Static_assert(offsetof(pack_t, soc) % SIMD_LINE_bytes == 0, "arrays begin with a line");
_Static_assert(sizeof(pack_t) % SIMD_LINE_bytes == 0, "so do those of the next pack");

#endif
