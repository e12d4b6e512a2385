/// Numbers that are drawn: {"dist": "normal", "mean": 60, "sd": 5} in place of a number.
///
/// Model    normal, uniform, log_uniform, triangular, choice; kept inside min..max where both are
///          given beside mean and sd; rounded to multiples of step
/// Source   each place in the file has its own stream of the scenario's seed, named by its path
/// Threads  pure functions
#ifndef SCENARIOS_DRAW_H
#define SCENARIOS_DRAW_H

#include "../sim/rng.h"
#include "json_doc.h"
#include "schema.h"

/// The keys of such an object.
const schema_t *draw_schema(void);

/// 1 iff value is an object with the key "dist".
int draw_is_one(const cJSON *value);

/// Check that the keys fit the distribution and each other. 0, or -1 with the reason.
int draw_check(const json_doc_t *doc, const cJSON *value, const json_path_t *path,
               scenario_error_t *error);

/// Draw from an object that has passed the check. Free it with cJSON_Delete.
cJSON *draw_value(rng_t *rng, const cJSON *value);

/// Replace all such objects below root, which stands at path, but those of pack.spread, which are
/// drawn for each cell. 0, or -1 with the reason.
int draw_all(const json_doc_t *doc, cJSON *root, const json_path_t *path, uint64_t seed,
             scenario_error_t *error);

#endif
