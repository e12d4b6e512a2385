/// The published set of ageing parameters, and the check of any set.
#include "ageing_params.h"

#include <stddef.h>

const ageing_params_t ageing_params_nmc = {
    .capacity = {.calendar_slope_pV = 7.543e6,
                 .calendar_offset = 23.75e6,
                 .calendar_activation_K = 6976.0,
                 .calendar_floor_degC = 25.0,
                 .calendar_exponent = 0.75,
                 .cycle_curvature_pV2 = 7.348e-3,
                 .cycle_centre_V = 3.667,
                 .cycle_offset = 7.6e-4,
                 .cycle_depth = 4.081e-3,
                 .cycle_floor = 0.0,
                 .cycle_exponent = 0.5,
                 .factor = 0.425},
    .resistance = {.calendar_slope_pV = 5.270e5,
                   .calendar_offset = 16.32e5,
                   .calendar_activation_K = 5986.0,
                   .calendar_floor_degC = 25.0,
                   .calendar_exponent = 0.75,
                   .cycle_curvature_pV2 = 2.153e-4,
                   .cycle_centre_V = 3.725,
                   .cycle_offset = -1.521e-5,
                   .cycle_depth = 2.798e-4,
                   .cycle_floor = 1.5e-5,
                   .cycle_exponent = 1.0,
                   .factor = 0.115},
    .reference_Ah = 2.05,
};

static int is_within(double value, double min, double max) { return value >= min && value <= max; }

static const char *check_law(const ageing_law_t *law) {
#define CHECK_FIELD(field, low, high, unit, help)                                                  \
  if (!is_within(law->field, low, high)) return #field;
  AGEING_LAW_FIELDS(CHECK_FIELD)
#undef CHECK_FIELD
  return NULL;
}

const char *ageing_params_check(const ageing_params_t *params) {
  const char *wrong = check_law(&params->capacity);
  if (wrong == NULL) wrong = check_law(&params->resistance);
  if (wrong == NULL && !is_within(params->reference_Ah, 0.01, 1e4)) wrong = "reference_Ah";
  return wrong;
}
