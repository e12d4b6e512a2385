/// Checks ageing parameters field by field.
#include "ageing_params.h"

#include <stddef.h>

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
