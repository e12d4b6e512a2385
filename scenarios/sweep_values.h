/// What the short forms of a sweep stand for: ranges, patterns, boundaries, families of faults.
///
/// Memory   each returns an array of values, to be freed with cJSON_Delete; NULL with the reason
/// Threads  pure functions
#ifndef SCENARIOS_SWEEP_VALUES_H
#define SCENARIOS_SWEEP_VALUES_H

#include "json_doc.h"

enum { SWEEP_VALUES_MAX = SCENARIO_POINT_MAX };

/// {"from": -20, "to": 40, "step": 10}, or "count" in place of "step"; both ends are in it.
cJSON *sweep_values_range(const json_doc_t *doc, const cJSON *range, const json_path_t *path,
                          scenario_error_t *error);

/// All fault targets, or else all signals, that match a pattern with *.
cJSON *sweep_values_pattern(const json_doc_t *doc, const cJSON *pattern, const json_path_t *path,
                            scenario_error_t *error);

/// {"at": 4.3, "lsb": 0.0001}: one below, at it, one above; "at" may be "limit:NAME" in the unit in
/// which the swept path ends.
cJSON *sweep_values_boundary(const json_doc_t *doc, const cJSON *boundary, const json_path_t *path,
                             scenario_error_t *error);

/// Faults of all targets, types and values that a list of families names.
cJSON *sweep_values_faults(const json_doc_t *doc, const cJSON *families, const json_path_t *path,
                           scenario_error_t *error);

/// A value in words, for names and messages: "50", "wire.A1 resistance 10".
void sweep_values_text(const cJSON *value, char *text, size_t text_bytes);

#endif
