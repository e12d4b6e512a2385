/// Finds limits by the name of their DTC or of their row.
#include "limit_name.h"

#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/dtc_text.h"
#include "../ecu_model/gen/limits_text.h"

static const char prefix[] = "limit:";
static const char *const levels[] = {"mol", "rsl", "msl"};
enum { LEVEL_COUNT = 3 };

/// What a unit is worth in the table's unit of its kind.
typedef struct {
  const char *unit;
  const char *kind; ///< how the quantities of the table end
  double factor;
} unit_t;

static const unit_t units[] = {{"V", "_mV", 1e3},   {"mV", "_mV", 1},     {"A", "_mA", 1e3},
                               {"mA", "_mA", 1},    {"degC", "degC", 10}, {"K", "degC", 10},
                               {"ddegC", "degC", 1}};

/// How the table's quantities end, in the order of limits_quantity_t.
static const char *const kinds[LIMITS_QUANTITY_COUNT] = {"_mV", "degC", "_mA",
                                                         "_mV", "degC", "degC"};

static int32_t level_of(const limits_row_t *row, uint32_t level) {
  const int32_t limit[LEVEL_COUNT] = {row->mol, row->rsl, row->msl};
  return limit[level];
}

static int has_name(uint32_t row, uint32_t level, const char *name) {
  const uint8_t dtcs[LEVEL_COUNT] = {limits_row[row].dtc_mol, limits_row[row].dtc_rsl,
                                     limits_row[row].dtc_msl};
  char full[60];
  snprintf(full, sizeof full, "%s.%s", limits_text[row].name, levels[level]);
  return strcmp(full, name) == 0 ||
         (dtcs[level] != DTC_NONE && strcmp(dtc_name(dtcs[level]), name) == 0);
}

static const unit_t *find_unit(const char *name) {
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (strcmp(units[i].unit, name) == 0) {
      return &units[i];
    }
  }
  return NULL;
}

int limit_name_is_one(const char *text) { return strncmp(text, prefix, sizeof prefix - 1) == 0; }

int limit_name_value(const char *text, const char *unit, double *value, char *allowed,
                     size_t allowed_bytes) {
  const char *name = text + sizeof prefix - 1;
  const unit_t *wanted = find_unit(unit);
  uint32_t found_count = 0, found_row = 0, found_level = 0;
  for (uint32_t i = 0; i < LIMITS_COUNT * LEVEL_COUNT; i++) {
    uint32_t row = i / LEVEL_COUNT, level = i % LEVEL_COUNT;
    int is_same = found_count > 0 && level_of(&limits_row[row], level) ==
                                         level_of(&limits_row[found_row], found_level);
    if (has_name(row, level, name) && !is_same) {
      found_count++;
      found_row = row;
      found_level = level;
    }
  }
  if (found_count == 0) {
    snprintf(allowed, allowed_bytes,
             "limit: with a DTC or a row of limits.csv, such as limit:CELL_OVERVOLTAGE, "
             "limit:TEMPERATURE_MAX_CHARGE.msl");
    return -1;
  }
  if (found_count > 1) {
    snprintf(allowed, allowed_bytes,
             "one limit: several rows have this DTC, name one, such as %s.%s",
             limits_text[found_row].name, levels[found_level]);
    return -1;
  }
  const char *kind = kinds[limits_row[found_row].quantity];
  if (wanted == NULL || strcmp(wanted->kind, kind) != 0) {
    snprintf(allowed, allowed_bytes, "a limit in the unit %s", unit[0] != '\0' ? unit : "(none)");
    return -1;
  }
  *value = (double)level_of(&limits_row[found_row], found_level) / wanted->factor;
  return 0;
}
