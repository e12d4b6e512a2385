/// State of the pack: structure of arrays, cell a of all groups first, then cell b.
///
/// Model    [side][group]: side 0 is cell a (index 2g), side 1 is cell b (2g+1). Coefficients are
///          kept beside the states; heat and OCV segments are refreshed every
///          PACK_REFRESH_us, resistances every PACK_OHM_REFRESH_us
/// Memory   flat; params points to const data. Included by pack.h only
#ifndef SIM_PACK_STATE_H
#define SIM_PACK_STATE_H

enum { PACK_REFRESH_us = 10000, PACK_OHM_REFRESH_us = 100000, PACK_SIDE_COUNT = 2 };

typedef struct {
  const cell_params_t *params;
  pack_joints_t joints;
  double ambient_degC; ///< the caller may change it between steps
  double pack_A; ///< of the last step
  double joint_ohm[PACK_GROUP_COUNT]; ///< between each group and the next one up
  double joints_ohm; ///< joints, busbars and plug in series
  double source_V; ///< emf that pack_source gave last
  double string_ohm; ///< all groups and joints in series

  /* states */
  double soc[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double rc1_A[PACK_SIDE_COUNT][PACK_GROUP_COUNT]; ///< current through the branch's resistor
  double rc2_A[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double temperature_degC[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double case_degC[PINS_MODULE_COUNT];
  double heat_J[PACK_SIDE_COUNT][PACK_GROUP_COUNT]; ///< made since the last refresh

  /* what each cell is */
  double soc_per_As[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double resistance_scale[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double external_W[PACK_SIDE_COUNT]
                   [PACK_GROUP_COUNT]; ///< heat from outside; the caller may set it

  /* of the last step */
  double current_A[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double extra_A[PACK_GROUP_COUNT];
  double group_V[PACK_GROUP_COUNT]; ///< terminal voltage at the current of the last step

  /* coefficients */
  double r0_ohm[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double r1_ohm[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double r2_ohm[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double ocv_base_V[PACK_SIDE_COUNT][PACK_GROUP_COUNT]; ///< OCV = base + slope SOC in this segment
  double ocv_slope_V[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double parallel_S[PACK_GROUP_COUNT]; ///< 1 / (R0a + R0b)
  double parallel_ohm[PACK_GROUP_COUNT]; ///< R0a || R0b
  double cell_emf_V[PACK_SIDE_COUNT][PACK_GROUP_COUNT];
  double group_emf_V[PACK_GROUP_COUNT]; ///< at zero group current

  /* exact discretisation for steps of dt_us */
  uint32_t dt_us; ///< 0: none computed yet
  uint32_t since_refresh_us; ///< heat and OCV segments
  uint32_t since_ohm_us; ///< resistances: they move with temperature and SOC, slowly
  uint32_t padding;
  double decay1, decay2; ///< e^(-dt/tau)
  double decay1_s, decay2_s; ///< tau (1 - e^(-dt/tau)): integral of the transient
  double square1_s, square2_s; ///< integral of its square
} pack_t;

#endif
