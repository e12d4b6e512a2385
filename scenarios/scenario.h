/// A scenario: one JSON file that says what happens to the pack and what the BMS must do about it.
///
/// Model    scenario_load reads and checks the file with all its sweep points; scenario_point makes
///          one of them ready to run. A point has its sweep values, overrides and seed applied and
///          carries a plan.
/// Errors   one line: "file:line:col: $.path: found X, allowed Y"; nothing runs before all of it is
///          right
/// Memory   scenario_t owns its plan and text; free it with scenario_free
/// Threads  a loaded scenario is read only; points are independent of it and of each other
#ifndef SCENARIOS_SCENARIO_H
#define SCENARIOS_SCENARIO_H

#include <stdint.h>

#include "recorder.h"
#include "result.h"

enum {
  SCENARIO_PATH_MAX = 96,
  SCENARIO_FILE_MAX = 200,
  SCENARIO_REQUIREMENT_MAX = 16,
  SCENARIO_TAG_MAX = 12,
  SCENARIO_POINT_MAX = 10000, ///< runs of one sweep
  SCENARIO_BYTES_MAX = 4 << 20,
  SUITE_FILE_MAX = 512,
  SUITE_DEFAULT_MAX = 16,
  SUITE_TAG_MAX = 8
};

typedef struct {
  char text[600];
} scenario_error_t;

/// One override: "pack.soc_pct" = "50". The value is JSON where it parses as JSON, else a string.
typedef struct {
  char path[SCENARIO_PATH_MAX];
  char value[128];
  uint8_t only_if_absent; ///< a suite's default: the scenario's own value wins
} scenario_set_t;

typedef struct scenario_plan scenario_plan_t; ///< what run_scenario executes (plan.h)
typedef struct scenario_source scenario_source_t; ///< text, tree and sweep of the file

typedef struct {
  char id[40];
  char title[160];
  char why[400];
  char file[SCENARIO_FILE_MAX];
  char run_name[120]; ///< of a point: "OV-003" or "OW-STANDBY.A12"; of a loaded file: the id
  uint32_t requirement_count, tag_count;
  char requirement[SCENARIO_REQUIREMENT_MAX][40];
  char tag[SCENARIO_TAG_MAX][24];
  uint64_t seed;
  uint64_t hash; ///< of a point: over all that it says
  char *text; ///< of a point: all that it says, as JSON that can be run; what hash is over; owned
  double end_s; ///< the latest end of the run
  uint8_t record_is_set;
  record_level_t record_level; ///< valid iff record_is_set
  uint32_t sweep_count; ///< of a point: its sweep values
  sweep_value_t sweep[RESULT_SWEEP_MAX];
  scenario_plan_t *plan; ///< of a point; NULL in a loaded file
  scenario_source_t *source; ///< of a loaded file; NULL in a point
} scenario_t;

/// Read and check a scenario file, every sweep point included. 0, or -1 with the reason; *scenario
/// is then untouched.
int scenario_load(const char *file, scenario_t **scenario, scenario_error_t *error);

/// The same for the text of a file that need not exist; of a sweep only the first checked_max
/// points are looked at.
int scenario_load_text(const char *file, const char *text, size_t bytes, uint32_t checked_max,
                       scenario_t **scenario, scenario_error_t *error);

/// Free a text that was taken over from a point.
void scenario_text_free(char *text);

/// Also for points; NULL is allowed.
void scenario_free(scenario_t *scenario);

/// Runs that the file asks for: 1 without a sweep.
uint32_t scenario_point_count(const scenario_t *scenario);

/// Make point index (below scenario_point_count) ready to run. Overrides apply in order, after the
/// sweep; "seed" is a path like any other. 0, or -1 with the reason; *point is then untouched.
int scenario_point(const scenario_t *scenario, uint32_t index, const scenario_set_t *sets,
                   uint32_t set_count, scenario_t **point, scenario_error_t *error);

/// A point again from its text (scenario_t.text), as a result keeps it; file stands in messages and
/// is where relative paths begin. 0, or -1 with the reason; *point is then untouched.
int scenario_from_text(const char *file, const char *text, scenario_t **point,
                       scenario_error_t *error);

/// Split "path=value" of a command line. 0, or -1 with the reason.
int scenario_set_parse(const char *text, scenario_set_t *set, scenario_error_t *error);

int scenario_has_tag(const scenario_t *scenario, const char *tag);

typedef enum {
  SCENARIO_KIND_ERROR = -1,
  SCENARIO_KIND_SCENARIO,
  SCENARIO_KIND_SUITE
} scenario_kind_t;

/// What a file holds: a suite has the key "scenarios". SCENARIO_KIND_ERROR with the reason iff it
/// cannot be read as JSON.
scenario_kind_t scenario_kind_of(const char *file, scenario_error_t *error);

/// The suite file: which scenarios belong together and what holds for all of them.
typedef struct {
  char file[SCENARIO_FILE_MAX];
  char title[160];
  uint32_t file_count;
  char (*files)
      [SCENARIO_FILE_MAX]; ///< globs resolved against the suite's folder, in order, no file twice
  uint32_t default_count;
  scenario_set_t defaults[SUITE_DEFAULT_MAX]; ///< to put before the user's own overrides
  uint32_t skip_tag_count;
  char skip_tag[SUITE_TAG_MAX][24]; ///< scenarios with one of these run only when asked for
  double budget_s; ///< wall time that the suite may take; 0: not said
} suite_t;

/// Read a suite. 0, or -1 with the reason (also when a glob matches nothing); suite is then
/// untouched.
int suite_load(const char *file, suite_t *suite, scenario_error_t *error);
void suite_free(suite_t *suite);

/// Where a data file of the project lies ("data/cells/soul_ev.json", "scenarios.json"): relative to
/// the working directory, to PACKSIM_HOME, or to the program and the folder above it. 0, or -1 iff
/// nowhere.
int scenario_find_file(const char *name, char *path, uint32_t path_bytes);

#endif
