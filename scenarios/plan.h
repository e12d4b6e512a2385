/// What a scenario point comes to when all names are resolved: start values, steps, events, checks.
///
/// Model    flat arrays that refer to each other by index; nothing is looked up by name during a
///          run
/// Units    times in us of simulated time; values in the signal's unit
/// Memory   plan_free frees it; it points to constant tables (signals, faults, cycles) only
#ifndef SCENARIOS_PLAN_H
#define SCENARIOS_PLAN_H

#include <stdint.h>

#include "../sim/cell_params.h"
#include "bus_log.h"
#include "faults.h"
#include "json_doc.h"
#include "result.h"
#include "scenario.h"
#include "signals_read.h"

enum { PLAN_NONE = 0xFFFF };

typedef enum { PLAN_GT, PLAN_LT, PLAN_GE, PLAN_LE, PLAN_EQ, PLAN_NE, PLAN_NEAR } plan_op_t;

/// One or more signals and what they are compared with.
typedef struct {
  uint32_t first, count; ///< in plan->probe_signal
  uint8_t op; ///< plan_op_t
  uint8_t is_run; ///< run may be scanned
  const signal_t *only; ///< the signal iff it is a single one
  signals_run_t run;
  double value, tolerance;
  const signal_t *other; ///< compared with other * factor + value; NULL: with value
  double factor;
} plan_probe_t;

typedef enum { PLAN_AT, PLAN_SIGNAL, PLAN_AFTER, PLAN_ALL, PLAN_ANY, PLAN_NOT } plan_when_kind_t;
typedef enum { PLAN_LEVEL, PLAN_RISING, PLAN_FALLING, PLAN_EITHER } plan_edge_t;

/// A condition. It comes true when what it says has held for for_us, the times-th time.
typedef struct {
  uint8_t kind, edge;
  uint8_t needs_all; ///< SIGNAL: all of the signals must meet it, not any
  uint16_t mark; ///< AFTER: whose time counts
  uint16_t child_first, child_count; ///< ALL, ANY, NOT
  uint32_t times;
  uint64_t at_us; ///< AT: time; AFTER: delay
  uint64_t for_us;
  plan_probe_t probe;
} plan_when_t;

/// A condition that a check or the end names in place of an id: it happens once and sets a mark.
typedef struct {
  uint16_t mark, when;
  uint16_t after; ///< not looked at before this mark; PLAN_NONE: from the start
  uint64_t from_us;
  char name[64]; ///< for messages
} plan_trigger_t;

/// A value that moves by itself (course.h): points, and how they are walked.
typedef struct {
  uint64_t at_us; ///< from the begin
  double value;
} plan_point_t;

typedef struct {
  uint32_t first, count; ///< in plan->point
  uint32_t repeat;
  uint8_t is_steps; ///< values stay until the next point
  uint8_t begins_with_now; ///< the first value is the one before
} plan_course_t;

typedef struct courses courses_t; ///< those that a run follows

/// One change of what the script asks of the world.
typedef struct {
  uint8_t field; ///< row of the field table of plan_load.c
  uint32_t course; ///< number from 1 of what the value follows; 0: number
  double number;
  const cycle_t *cycle;
} plan_set_t;

typedef struct {
  uint64_t at_us;
  uint32_t set_first, set_count; ///< in plan->set
  uint32_t load_index; ///< in the file
} plan_step_t;

typedef struct {
  char id[40];
  uint16_t when; ///< root condition
  uint8_t has_fault;
  uint64_t for_us; ///< how long the fault stays; 0: to the end
  uint32_t course; ///< number from 1 of what the fault's value follows; 0: none
  fault_t fault;
  uint32_t set_first, set_count;
} plan_event_t;

typedef enum {
  PLAN_STAT_NONE,
  PLAN_STAT_MIN,
  PLAN_STAT_MAX,
  PLAN_STAT_MEAN,
  PLAN_STAT_RMS,
  PLAN_STAT_LAST,
  PLAN_STAT_SOUL
} plan_stat_t;

typedef struct {
  char id[40];
  uint8_t kind; ///< check_kind_t
  uint8_t at_end, has_deadline, has_probe, has_limit;
  uint8_t stat; ///< MEASURE of a signal
  uint8_t is_count, has_count_max; ///< EXPECT: how often its condition came true
  uint16_t when; ///< its condition, PLAN_NONE: its probe
  uint16_t order_first, order_count; ///< EXPECT: in plan->order; their order is looked at
  uint32_t count_min, count_max;
  uint16_t mark; ///< EXPECT: what it sets when it comes true
  uint16_t after, until; ///< marks or PLAN_NONE; MEASURE: from, to
  uint16_t can_message; ///< ALWAYS can_period, PLAN_NONE otherwise
  uint64_t within_us, not_before_us, holds_us, from_us;
  uint64_t every_us; ///< looked at when the time is a multiple of it
  double limit_ms; ///< MEASURE
  double period_ms, tolerance_ms;
  plan_probe_t probe; ///< MEASURE of a signal: op and value limit the figure
} plan_check_t;

struct scenario_plan {
  pack_config_t pack;
  cell_params_t cell;
  hil_stimulus_t stimulus; ///< only ambient_degC, inlet_degC, supply_V are used
  double sensor[16]; ///< see plan_pack.c
  uint64_t seed;
  uint32_t time_start_ms;
  uint8_t can_is_fd;
  uint8_t rest_bus; ///< restbus_kind_t
  uint64_t bus_log_at_us;
  bus_log_t bus_log; ///< frames from outside, count 0: none
  uint32_t mark_count; ///< events first, then expectations, then triggers
  uint32_t event_count, when_count, step_count, set_count, check_count, probe_signal_count;
  uint32_t trigger_count, order_count, course_count, point_count;
  plan_event_t *event;
  plan_when_t *when;
  plan_step_t *step; ///< by time
  plan_set_t *set;
  plan_check_t *check;
  uint16_t *probe_signal;
  plan_trigger_t *trigger;
  uint16_t *order; ///< marks
  plan_course_t *course;
  plan_point_t *point;
  uint64_t end_us;
  uint16_t end_after; ///< mark or PLAN_NONE
  uint64_t end_plus_us;
  uint64_t last_cycle_us; ///< when the last drive cycle of the load is asked for
  uint8_t end_with_cycle;
  uint8_t needs_soul_drive, skip_without_data;
};

/// What a builder needs: the tree, where messages point, and what is being made.
typedef struct {
  const json_doc_t *doc; ///< text for positions
  const cJSON *root; ///< the point's tree
  scenario_plan_t *plan;
  scenario_error_t *error;
} plan_build_t;

/// Make the plan of a tree that has passed the schema. 0, or -1 with the reason.
int plan_make(const json_doc_t *doc, const cJSON *root, scenario_plan_t **plan,
              scenario_error_t *error);
void plan_free(scenario_plan_t *plan);

/* parts of plan_make; each 0 or -1 with the reason */
int plan_build_pack(plan_build_t *build);
int plan_build_load(plan_build_t *build);
int plan_build_bus(plan_build_t *build);
int plan_build_events(plan_build_t *build);
int plan_build_checks(plan_build_t *build);

/* shared by the parts */
int plan_refuse(const plan_build_t *build, const json_path_t *path, const cJSON *value,
                const char *allowed);
int plan_add_sets(plan_build_t *build, const cJSON *load, const json_path_t *path,
                  uint32_t *set_first, uint32_t *set_count);

/// The fault that an object says; course: number from 1 of what its value follows, 0: none.
int plan_add_fault(plan_build_t *build, const cJSON *json, const json_path_t *path, fault_t *fault,
                   uint32_t *course);

/// The mark of an event or expectation by its id.
int plan_mark_of(plan_build_t *build, const cJSON *id, const json_path_t *path, uint16_t *mark);

/// The mark of the id that key holds, PLAN_NONE iff there is no such key.
int plan_find_mark(plan_build_t *build, const cJSON *object, const char *key,
                   const json_path_t *path, uint16_t *mark);

/// The same where key may hold a condition: it is looked at from mark after and from_us on.
int plan_find_trigger(plan_build_t *build, const cJSON *object, const char *key,
                      const json_path_t *path, plan_trigger_t span, uint16_t *mark);

/// What an object with a condition is: alone, or part of a check.
typedef enum { PLAN_WHEN_ALONE, PLAN_WHEN_OF_EXPECT, PLAN_WHEN_OF_NEVER } plan_when_use_t;

/// The condition that an object says. Of a check's other keys nothing is said.
int plan_add_when(plan_build_t *build, const cJSON *object, const json_path_t *path,
                  plan_when_use_t use, uint16_t *when);

/// 1 iff a check says more than a signal and an operator.
int plan_has_when(const cJSON *check);

/// The probe of an object with a signal and an operator; op_is_needed: refuses an object without
/// one.
int plan_add_probe(plan_build_t *build, const cJSON *object, const json_path_t *path,
                   int op_is_needed, plan_probe_t *probe);

/// Array one longer, its last element zero. NULL iff there is no memory; array is then as it was.
void *plan_grow(void *array, uint32_t *count, size_t element_bytes);

uint64_t plan_us(double s);
/// The path of a file that is named at path: beside the file that names it, unless absolute.
void plan_path_beside(const plan_build_t *build, const json_path_t *path, const char *file,
                      char *text, size_t text_bytes);

double plan_number(const cJSON *object, const char *key, double otherwise);
int plan_flag(const cJSON *object, const char *key, int otherwise);

/// A difference drawn from a distribution that has passed the schema.
double plan_draw(rng_t *rng, const cJSON *distribution);

/// Apply the pack of a plan to the sensors of a fresh simulation.
void plan_set_sensors(const scenario_plan_t *plan, hil_t *hil);

/// Apply sets [first, first + count). Returns 1 iff a measured profile was begun, -1 iff one was
/// ended.
int plan_apply_sets(const scenario_plan_t *plan, uint32_t first, uint32_t count, hil_t *hil);

/// The same where values move: courses takes note of what begins and ends.
int plan_begin_sets(const scenario_plan_t *plan, uint32_t first, uint32_t count, courses_t *courses,
                    hil_t *hil);

/// Sets [first, first + count) in words: "request drive, current_A 10, charger.kind dc".
void plan_sets_words(const scenario_plan_t *plan, uint32_t first, uint32_t count, char *text,
                     size_t text_bytes);
/// One of them. 1 iff a measured profile was begun, -1 iff one was ended, else 0.
int plan_begin_set(const plan_set_t *set, courses_t *courses, hil_t *hil);

/// The change that a load's key ("" or "charger", "current_A") makes with a plain number (0 or 1 of
/// a flag, vcm_request_t of a request). -1 iff there is no such key.
int plan_make_set(const char *group, const char *key, double number, plan_set_t *set);

/// Give the load's field (row of the table) a value.
void plan_set_value(uint32_t field, double value, hil_t *hil);

#endif
