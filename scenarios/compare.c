/// First difference of two recordings: see compare.h.
#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_THERE = -1 };

typedef struct {
  double tolerance;
  comparison_t *found;
} compare_t;

static int differs(const compare_t *compare, double a, double b) {
  if (isnan(a) || isnan(b)) return isnan(a) != isnan(b);
  if (isinf(a) || isinf(b)) return !(a >= b && a <= b);
  return fabs(a - b) > compare->tolerance;
}

static int is_known(const comparison_t *found, const char *name) {
  for (uint32_t i = 0; i < found->signal_count && i < COMPARE_SIGNAL_MAX; i++) {
    if (strcmp(found->signal[i].name, name) == 0) return 1;
  }
  return 0;
}

/* A difference at this time: earlier ones replace later ones. */
static void note(compare_t *compare, int64_t time_us, const recorder_read_column_t *column,
                 double a, double b) {
  comparison_t *found = compare->found;
  if (found->first_us >= 0 && time_us > found->first_us) return;
  if (found->first_us != time_us) found->signal_count = 0;
  found->first_us = time_us;
  if (is_known(found, column->name)) return; /* in a rate and in a window */
  uint32_t at = found->signal_count++;
  if (at >= COMPARE_SIGNAL_MAX) return;
  compare_signal_t *signal = &found->signal[at];
  snprintf(signal->name, sizeof signal->name, "%s", column->name);
  snprintf(signal->unit, sizeof signal->unit, "%s", column->unit);
  signal->a = a;
  signal->b = b;
}

/* ---- names ---- */

static int32_t *map_make(const recorder_read_column_t *a, uint32_t a_count,
                         const recorder_read_column_t *b, uint32_t b_count, comparison_t *found) {
  int32_t *map = malloc((a_count + 1) * sizeof *map);
  uint32_t next = 0, mapped_count = 0;
  for (uint32_t i = 0; map && i < a_count; i++) {
    map[i] = NOT_THERE;
    for (uint32_t k = 0; k < b_count; k++) { /* nearly always the next one */
      uint32_t j = (next + k) % b_count;
      if (strcmp(a[i].name, b[j].name) != 0) continue;
      map[i] = (int32_t)j;
      next = j + 1;
      mapped_count++;
      break;
    }
  }
  if (!map) return NULL;
  found->compared_count += mapped_count;
  found->only_a_count += a_count - mapped_count;
  found->only_b_count += b_count - mapped_count;
  return map;
}

/* ---- tables ---- */

static void sample_compare(compare_t *compare, recorder_read_table_t *a, uint64_t i,
                           recorder_read_table_t *b, uint64_t j, const int32_t *map) {
  int64_t time_us = recorder_read_time_us(a, i);
  for (uint32_t c = 0; c < a->column_count; c++) {
    if (map[c] == NOT_THERE) continue;
    double left = recorder_read_value(a, c, i);
    double right = recorder_read_value(b, (uint32_t)map[c], j);
    if (differs(compare, left, right)) note(compare, time_us, &a->column[c], left, right);
  }
}

static int table_compare(compare_t *compare, recorder_read_table_t *a, recorder_read_table_t *b) {
  int32_t *map = map_make(a->column, a->column_count, b->column, b->column_count, compare->found);
  if (!map) return -1;
  for (uint64_t i = 0, j = 0; i < a->sample_count && j < b->sample_count;) {
    int64_t a_us = recorder_read_time_us(a, i), b_us = recorder_read_time_us(b, j);
    if (compare->found->first_us >= 0 && a_us > compare->found->first_us) break;
    if (a_us == b_us) {
      sample_compare(compare, a, i++, b, j++, map);
    } else if (a_us < b_us) {
      i++;
    } else {
      j++;
    }
  }
  free(map);
  return 0;
}

static int tables_compare(compare_t *compare, recording_t *a, recording_t *b) {
  comparison_t *found = compare->found;
  for (uint32_t i = 0; i < a->table_count; i++) {
    recorder_read_table_t *other = NULL;
    for (uint32_t j = 0; j < b->table_count; j++) {
      if (strcmp(a->table[i].name, b->table[j].name) == 0) other = &b->table[j];
    }
    if (!other) {
      found->only_a_count += a->table[i].column_count;
    } else if (table_compare(compare, &a->table[i], other)) {
      return -1;
    }
  }
  for (uint32_t j = 0; j < b->table_count; j++) {
    int is_shared = 0;
    for (uint32_t i = 0; i < a->table_count; i++) {
      is_shared |= strcmp(a->table[i].name, b->table[j].name) == 0;
    }
    if (!is_shared) found->only_b_count += b->table[j].column_count;
  }
  return 0;
}

static int64_t last_us(const recorder_read_table_t *table) {
  return table->sample_count > 0 ? recorder_read_time_us(table, table->sample_count - 1) : -1;
}

/* By the tables of regular times that both have: a brief recording ends with a coarser one. */
static void ends_find(comparison_t *found, const recording_t *a, const recording_t *b) {
  found->end_a_us = found->end_b_us = -1;
  for (uint32_t i = 0; i < a->table_count; i++) {
    for (uint32_t j = 0; j < b->table_count; j++) {
      const recorder_read_table_t *left = &a->table[i], *right = &b->table[j];
      if (strcmp(left->name, right->name) != 0 || left->time_us || right->time_us) continue;
      if (last_us(left) > found->end_a_us) found->end_a_us = last_us(left);
      if (last_us(right) > found->end_b_us) found->end_b_us = last_us(right);
    }
  }
}

/* ---- changes ---- */

typedef struct {
  const recorder_read_changes_t *a, *b;
  const int32_t *to_b; /* column of b for each of a */
  double *a_value, *b_value; /* as they stand */
} states_t;

/* Take over all changes up to and with this time; returns the next change. */
static uint64_t states_advance(const recorder_read_changes_t *changes, uint64_t at, int64_t time_us,
                               double *value) {
  for (; at < changes->count && changes->time_us[at] <= time_us; at++) {
    value[changes->index[at]] = changes->value[at];
  }
  return at;
}

static void states_compare(compare_t *compare, const states_t *states, int64_t time_us) {
  for (uint32_t c = 0; c < states->a->column_count; c++) {
    if (states->to_b[c] == NOT_THERE) continue;
    double left = states->a_value[c], right = states->b_value[states->to_b[c]];
    if (differs(compare, left, right)) note(compare, time_us, &states->a->column[c], left, right);
  }
}

/* Step by step; both stay equal until the first step after which they differ. */
static void states_walk(compare_t *compare, const states_t *states) {
  uint64_t i = 0, j = 0;
  const comparison_t *found = compare->found;
  int64_t end_us = found->end_a_us < found->end_b_us ? found->end_a_us : found->end_b_us;
  while (i < states->a->count || j < states->b->count) {
    int64_t a_us = i < states->a->count ? states->a->time_us[i] : INT64_MAX;
    int64_t b_us = j < states->b->count ? states->b->time_us[j] : INT64_MAX;
    int64_t time_us = a_us < b_us ? a_us : b_us;
    if (time_us > end_us || (found->first_us >= 0 && time_us > found->first_us)) return;
    i = states_advance(states->a, i, time_us, states->a_value);
    j = states_advance(states->b, j, time_us, states->b_value);
    states_compare(compare, states, time_us);
  }
}

static int changes_compare(compare_t *compare, const recorder_read_changes_t *a,
                           const recorder_read_changes_t *b) {
  states_t states = {.a = a, .b = b};
  int32_t *to_b = map_make(a->column, a->column_count, b->column, b->column_count, compare->found);
  states.to_b = to_b;
  states.a_value = calloc(a->column_count + (size_t)1, sizeof(double));
  states.b_value = calloc(b->column_count + (size_t)1, sizeof(double));
  int status = to_b && states.a_value && states.b_value ? 0 : -1;
  if (status == 0) states_walk(compare, &states);
  free(to_b);
  free(states.a_value);
  free(states.b_value);
  return status;
}

/* ---- marks, ends, hashes ---- */

static void marks_compare(comparison_t *found, const recorder_read_marks_t *a,
                          const recorder_read_marks_t *b) {
  uint64_t i = 0;
  while (i < a->count && i < b->count && a->time_us[i] == b->time_us[i] &&
         strcmp(a->text[i], b->text[i]) == 0) {
    i++;
  }
  if (i >= a->count && i >= b->count) return;
  int64_t a_us = i < a->count ? a->time_us[i] : INT64_MAX;
  int64_t b_us = i < b->count ? b->time_us[i] : INT64_MAX;
  found->mark_us = a_us < b_us ? a_us : b_us;
  if (i < a->count) snprintf(found->mark_a, sizeof found->mark_a, "%s", a->text[i]);
  if (i < b->count) snprintf(found->mark_b, sizeof found->mark_b, "%s", b->text[i]);
}

static void hashes_compare(comparison_t *found, const recorder_read_hashes_t *a,
                           const recorder_read_hashes_t *b) {
  for (uint64_t i = 0; i < a->count && i < b->count; i++) {
    if (a->trace_hash[i] == b->trace_hash[i]) continue;
    found->hash_s = a->time_s[i];
    return;
  }
}

int compare_recordings(recording_t *a, recording_t *b, double tolerance, comparison_t *comparison) {
  *comparison = (comparison_t){.first_us = -1, .mark_us = -1, .hash_s = -1};
  ends_find(comparison, a, b);
  compare_t compare = {.tolerance = tolerance, .found = comparison};
  if (tables_compare(&compare, a, b) || changes_compare(&compare, &a->changes, &b->changes))
    return -1;
  if (!(tolerance > 0)) { /* words and hashes know no tolerance */
    marks_compare(comparison, &a->marks, &b->marks);
    hashes_compare(comparison, &a->hashes, &b->hashes);
  }
  if (comparison->first_us >= 0) comparison->tick = (uint64_t)comparison->first_us / a->dt_us;
  return comparison->first_us >= 0 || comparison->mark_us >= 0 || comparison->hash_s >= 0 ||
         comparison->end_a_us != comparison->end_b_us;
}
