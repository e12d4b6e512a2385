/// Sweeps: the axes of a scenario's runs and the values at each of their points.
///
/// Model    grid: each path is an axis of its own, and so in boundary and faults; list: all paths
///          walk together; random: drawn from the scenario's seed, each point by its own number.
///          Axes combine to their product, the last fastest; exclude takes points out of it.
/// Memory   borrows the tree that it was made from; sweep_free frees what it made
#ifndef SCENARIOS_SWEEP_H
#define SCENARIOS_SWEEP_H

#include "json_doc.h"

enum { SWEEP_VALUE_MAX = RESULT_SWEEP_MAX };

typedef struct {
  uint32_t count; ///< values along the axis
  uint32_t path_count;
  const cJSON *paths[SWEEP_VALUE_MAX]; ///< key: path or $variable; value: array, set name or draw
  int is_random;
} sweep_axis_t;

typedef struct {
  uint32_t point_count; ///< 1 without axes
  uint32_t axis_count;
  sweep_axis_t axis[SWEEP_VALUE_MAX];
  uint64_t seed;
  cJSON *made; ///< arrays that short forms stand for
  uint32_t *kept; ///< of the product, in order; NULL: all of it
} sweep_t;

/// One value at a point.
typedef struct {
  const char *path; ///< "pack.soc_pct" or "$pin"
  cJSON *value; ///< owned
} sweep_item_t;

/// Axes of the key "sweep" of root, which may be absent. 0, or -1 with the reason.
int sweep_make(const json_doc_t *doc, const cJSON *root, sweep_t *sweep, scenario_error_t *error);
void sweep_free(sweep_t *sweep);

/// Values at a point; returns how many. Free each with cJSON_Delete.
uint32_t sweep_point(const sweep_t *sweep, uint32_t index, sweep_item_t items[SWEEP_VALUE_MAX]);

#endif
