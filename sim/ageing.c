/// Adds up calendar and cycle ageing: powers of equivalent days and Ah.
#include "ageing.h"

#include "det_math.h"

enum { WINDOW_STEP_COUNT = 256 }; ///< even: Simpson's rule over the window of a cycle

static const double zero_degC_K = 273.15;
static const double days_per_year = 365.25;
static const double capacity_scale_min = 0.3;
static const double resistance_scale_max = 10.0;

static double larger(double a, double b) { return a > b ? a : b; }
static double smaller(double a, double b) { return a < b ? a : b; }

static double power(double x, double exponent) {
  return x > 0.0 ? det_exp(exponent * det_log(x)) : 0.0;
}

/// y = k x^p goes on by dx from where it stands. Never falls, at most AGEING_SUM_MAX. A rate k that
/// a law takes below 0 (low voltage) is none.
static double advance(double y, double k, double exponent, double dx) {
  if (!(k > 0.0) || !(dx > 0.0)) return y;
  double x = power(y / k, 1.0 / exponent);
  return larger(y, smaller(k * power(x + dx, exponent), AGEING_SUM_MAX));
}

static double calendar_rate(const ageing_law_t *law, const ageing_condition_t *condition) {
  double drive = law->calendar_slope_pV * condition->storage_V - law->calendar_offset;
  double kelvin = larger(condition->storage_degC, law->calendar_floor_degC) + zero_degC_K;
  return law->factor * drive * det_exp(-law->calendar_activation_K / kelvin);
}

static double cycle_rate(const ageing_law_t *law, const ageing_condition_t *condition) {
  double away_V = condition->cycle_rms_V - law->cycle_centre_V;
  double rate = law->cycle_curvature_pV2 * away_V * away_V + law->cycle_offset +
                law->cycle_depth * condition->cycle_depth;
  return law->factor * larger(rate, law->cycle_floor);
}

ageing_condition_t ageing_condition(const cell_params_t *cell, const ageing_profile_t *profile) {
  double low = larger(profile->cycle_soc - 0.5 * profile->cycle_depth, 0.0);
  double high = smaller(profile->cycle_soc + 0.5 * profile->cycle_depth, 1.0);
  double sum_V = 0.0, square_V2 = 0.0;
  for (int i = 0; i <= WINDOW_STEP_COUNT; i++) {
    int is_end = i == 0 || i == WINDOW_STEP_COUNT;
    double weight = (is_end ? 1.0 : (i % 2 ? 4.0 : 2.0)) / (3.0 * WINDOW_STEP_COUNT);
    double ocv_V = cell_ocv_V(cell, low + (high - low) * i / WINDOW_STEP_COUNT);
    sum_V += weight * ocv_V;
    square_V2 += weight * ocv_V * ocv_V;
  }
  return (ageing_condition_t){.storage_V = cell_ocv_V(cell, profile->storage_soc),
                              .storage_degC = profile->storage_degC,
                              .cycle_rms_V = det_sqrt(square_V2),
                              .cycle_mean_V = sum_V,
                              .cycle_depth = profile->cycle_depth};
}

void ageing_advance(ageing_state_t *state, const ageing_params_t *params,
                    const ageing_condition_t *condition, double days, double throughput_Ah) {
  const ageing_law_t *capacity = &params->capacity, *resistance = &params->resistance;
  state->capacity_calendar = advance(state->capacity_calendar, calendar_rate(capacity, condition),
                                     capacity->calendar_exponent, days);
  state->capacity_cycle = advance(state->capacity_cycle, cycle_rate(capacity, condition),
                                  capacity->cycle_exponent, throughput_Ah);
  state->resistance_calendar =
      advance(state->resistance_calendar, calendar_rate(resistance, condition),
              resistance->calendar_exponent, days);
  state->resistance_cycle = advance(state->resistance_cycle, cycle_rate(resistance, condition),
                                    resistance->cycle_exponent, throughput_Ah);
}

void ageing_forward(ageing_state_t *state, const ageing_params_t *params, const cell_params_t *cell,
                    const ageing_profile_t *profile, double years) {
  ageing_condition_t condition = ageing_condition(cell, profile);
  double throughput_Ah =
      years * profile->throughput_Ah_per_year * params->reference_Ah / cell->capacity_Ah;
  ageing_advance(state, params, &condition, years * days_per_year, throughput_Ah);
}

ageing_scale_t ageing_scale(const ageing_state_t *state, double rate) {
  double lost = rate * (state->capacity_calendar + state->capacity_cycle);
  double gained = rate * (state->resistance_calendar + state->resistance_cycle);
  return (ageing_scale_t){.capacity_scale = larger(1.0 - lost, capacity_scale_min),
                          .resistance_scale = smaller(1.0 + gained, resistance_scale_max)};
}
