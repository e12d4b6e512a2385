/// Parameters of ageing: two laws, capacity lost and resistance gained, each by time and by use.
///
/// Model    law = factor (a days^p + b Ah^q)
///          a = max(0, slope V - offset) exp(-activation / T), V at rest, T at least the floor
///          b = max(floor, curvature (Vrms - centre)^2 + offset + depth DOD), V over the cycle
///          Ah charge plus discharge, scaled to the cell that the law was fitted to
/// Units    laws give fractions of the new cell; DOD 0..1
/// Memory   plain values of doubles only
/// Threads  read only once they are filled
/// Source   Schmalstieg et al. 2014, doi 10.1016/j.jpowsour.2014.02.012, for the form; figures: the
///          cell's parameter file
#ifndef SIM_AGEING_PARAMS_H
#define SIM_AGEING_PARAMS_H

/// Fields of a law: name, least, greatest, unit, what it is. Struct, check and files follow.
#define AGEING_LAW_FIELDS(X)                                                                       \
  X(calendar_slope_pV, 0, 1e12, "1/V", "of the calendar rate over the voltage at rest")            \
  X(calendar_offset, -1e12, 1e12, "", "of the calendar rate, taken off")                           \
  X(calendar_activation_K, 0, 20000, "K", "activation energy over the gas constant")               \
  X(calendar_floor_degC, -100, 100, "degC", "no slower below this temperature: no data there")     \
  X(calendar_exponent, 0.1, 2, "", "of the days")                                                  \
  X(cycle_curvature_pV2, 0, 100, "1/V2", "of the cycle rate around its mildest voltage")           \
  X(cycle_centre_V, 0, 10, "V", "mildest RMS voltage of a cycle")                                  \
  X(cycle_offset, -1, 1, "", "of the cycle rate")                                                  \
  X(cycle_depth, 0, 1, "", "cycle rate for each depth of discharge of 1")                          \
  X(cycle_floor, 0, 1, "", "least cycle rate")                                                     \
  X(cycle_exponent, 0.1, 2, "", "of the Ah")                                                       \
  X(factor, 0, 100, "", "from the fitted cell to this one")

#define AGEING_LAW_MEMBER(field, low, high, unit, help) double field;
typedef struct {
  AGEING_LAW_FIELDS(AGEING_LAW_MEMBER)
} ageing_law_t;
#undef AGEING_LAW_MEMBER

typedef struct {
  ageing_law_t capacity; ///< lost
  ageing_law_t resistance; ///< gained
  double reference_Ah; ///< capacity of the cell that the laws were fitted to, 0.01..10000
} ageing_params_t;

/// NULL iff every field is in its range, otherwise the name of the first that is not.
const char *ageing_params_check(const ageing_params_t *params);

#endif
