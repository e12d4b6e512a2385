/// What is to be run: files, folders, suites and ids of the command line become a list of points.
///
/// Model    collect_points loads and checks everything before anything runs; each point knows its
///          scenario,
///          its number in it and its run's name, and is made again by whoever runs it
/// Errors   one line on stderr; the exit code is returned
/// Memory   collect_t owns all; collect_free
#ifndef CLI_COLLECT_H
#define CLI_COLLECT_H

#include <stdint.h>

#include "../scenarios/report.h"
#include "../scenarios/scenario.h"

enum { COLLECT_FILTER_MAX = 16, COLLECT_SET_MAX = 32, COLLECT_ARGUMENT_MAX = 1024 };

/// What the user asked for.
typedef struct {
  const char *verb;
  uint32_t argument_count, filter_count, set_count;
  const char *argument[COLLECT_ARGUMENT_MAX]; ///< none: scenarios.json
  const char *filter[COLLECT_FILTER_MAX]; ///< run, scenario or tag, with *; none: all
  scenario_set_t set[COLLECT_SET_MAX];
} collect_request_t;

typedef struct {
  scenario_t *scenario;
  const suite_t *suite; ///< NULL: named by its own file
  uint8_t is_asked_for; ///< by its file or id: skip tags do not hold
} collect_scenario_t;

typedef struct {
  uint32_t scenario_index, point_index;
  char run_name[120];
  uint64_t seed, hash;
  double end_s;
  record_level_t record_level;
  char *text; ///< all that the point says, as JSON; owned
} collect_point_t;

typedef struct {
  char title[160];
  uint32_t suite_count, scenario_count, point_count;
  suite_t suite[16];
  collect_scenario_t *scenario;
  collect_point_t *point;
  uint32_t scenario_max, point_max;
} collect_t;

/// Load the scenarios that the request names. 0 or CLI_USAGE; collect is to be freed in both cases.
int collect_scenarios(collect_t *collect, const collect_request_t *request);

/// Make and check every point that the filters leave. 0 or CLI_USAGE (also iff none is left).
int collect_points(collect_t *collect, const collect_request_t *request);

/// Keep only the points of shard index (1..count): each count-th, so that long and short ones mix.
/// shard says which part of what it is.
void collect_shard(collect_t *collect, uint32_t index, uint32_t count, report_shard_t *shard);

/// The point ready to run; NULL with the reason in error. Free it with scenario_free.
scenario_t *collect_point_make(const collect_t *collect, const collect_request_t *request,
                               uint32_t index, scenario_error_t *error);

void collect_free(collect_t *collect);

#endif
