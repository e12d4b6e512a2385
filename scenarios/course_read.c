/// Reads courses from a scenario: ramps, lists of points, columns of a CSV file.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "course.h"
#include "csv_column.h"

enum { POINT_MAX = 4000000 };

typedef struct {
  plan_build_t *build;
  const cJSON *json;
  const json_path_t *path;
  course_range_t range;
  plan_course_t course;
} reading_t;

typedef struct {
  const char *unit, *base;
  double factor;
} unit_t;

static const unit_t units[] = {
    {"A", "A", 1},         {"mA", "A", 1e-3},   {"W", "W", 1},     {"kW", "W", 1e3},
    {"V", "V", 1},         {"mV", "V", 1e-3},   {"ohm", "ohm", 1}, {"kohm", "ohm", 1e3},
    {"mohm", "ohm", 1e-3}, {"degC", "degC", 1}, {"K", "K", 1},     {"s", "s", 1},
    {"ms", "s", 1e-3},     {"min", "s", 60},    {"h", "s", 3600},  {"pct", "pct", 1}};

static int has(const cJSON *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key) != NULL;
}

static int refuse(const reading_t *read, const char *found, const char *allowed) {
  return json_doc_refuse(read->build->doc, read->path, 0, read->build->error, found, allowed);
}

static int add_point(reading_t *read, double time_s, double value, const json_path_t *place) {
  scenario_plan_t *plan = read->build->plan;
  char found[60], allowed[80];
  plan_point_t *grown = plan->point_count < POINT_MAX
                            ? plan_grow(plan->point, &plan->point_count, sizeof *grown)
                            : NULL;
  if (grown == NULL) {
    return refuse(read, "more points than fit", "at most 4000000 in a scenario");
  }
  plan->point = grown;
  if (!(value >= read->range.low && value <= read->range.high)) {
    snprintf(found, sizeof found, "the value %.10g", value);
    snprintf(allowed, sizeof allowed, "%.10g..%.10g %s", read->range.low, read->range.high,
             read->range.unit);
    return json_doc_refuse(read->build->doc, place, 0, read->build->error, found, allowed);
  }
  plan->point[plan->point_count - 1] = (plan_point_t){plan_us(time_s), value};
  read->course.count++;
  return 0;
}

static int read_ramp(reading_t *read) {
  const cJSON *json = read->json;
  json_path_t from = json_path_key(read->path, "from"), to = json_path_key(read->path, "to");
  double end = plan_number(json, "to", 0.0);
  if (!has(json, "over_s")) {
    return refuse(read, "a ramp without over_s", "to and over_s together");
  }
  if (!has(json, "from") && !read->range.may_begin_with_now) {
    return refuse(read, "a ramp without from", "from, to and over_s for a fault");
  }
  read->course.begins_with_now = !has(json, "from");
  const json_path_t *first = read->course.begins_with_now ? &to : &from;
  if (add_point(read, 0.0, plan_number(json, "from", end), first) != 0) {
    return -1;
  }
  return add_point(read, plan_number(json, "over_s", 0.0), end, &to);
}

static int read_points(reading_t *read) {
  const cJSON *points = cJSON_GetObjectItemCaseSensitive(read->json, "points");
  json_path_t path = json_path_key(read->path, "points");
  double before_s = 0.0;
  uint32_t index = 0;
  for (const cJSON *pair = points->child; pair != NULL; pair = pair->next) {
    json_path_t place = json_path_index(&path, index++);
    double time_s = pair->child->valuedouble;
    char found[40], allowed[60];
    if (time_s < before_s || (index == 1 && time_s > 0.0)) {
      snprintf(found, sizeof found, "the time %.10g s", time_s);
      snprintf(allowed, sizeof allowed, index == 1 ? "0 s for the first point" : "%.10g s or later",
               before_s);
      return json_doc_refuse(read->build->doc, &place, 0, read->build->error, found, allowed);
    }
    before_s = time_s;
    if (add_point(read, time_s, pair->child->next->valuedouble, &place) != 0) {
      return -1;
    }
  }
  return 0;
}

/// Factor from unit to what base is; 0 iff it is another quantity.
static double factor_of(const char *unit, const char *base) {
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (strcmp(units[i].unit, unit) == 0 && strcmp(units[i].base, base) == 0) {
      return units[i].factor;
    }
  }
  return strcmp(unit, base) == 0 ? 1.0 : 0.0;
}

static int find_factor(const reading_t *read, const char *key, const char *base, double *factor) {
  const cJSON *unit = cJSON_GetObjectItemCaseSensitive(read->json, key);
  json_path_t place = json_path_key(read->path, key);
  char allowed[160] = "";
  size_t used = 0;
  *factor = factor_of(unit != NULL ? unit->valuestring : base, base);
  if (*factor > 0.0) {
    return 0;
  }
  for (size_t i = 0; i < sizeof units / sizeof units[0] && used < sizeof allowed; i++) {
    if (strcmp(units[i].base, base) == 0) {
      int printed = snprintf(allowed + used, sizeof allowed - used, "%s%s", used > 0 ? ", " : "",
                             units[i].unit);
      used += printed > 0 ? (size_t)printed : 0;
    }
  }
  return plan_refuse(read->build, &place, unit, used > 0 ? allowed : base);
}

static const char *text_of(const cJSON *json, const char *key, const char *otherwise) {
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, key);
  return value != NULL ? value->valuestring : otherwise;
}

/// Rows of the file; a value out of range is refused at its row.
static int take_rows(reading_t *read, const csv_column_t *csv, double factor, double time_factor) {
  scenario_error_t *error = read->build->error;
  for (uint32_t i = 0; i < csv->row_count; i++) {
    const csv_row_t *row = &csv->row[i];
    double time_s = (row->at_raw - csv->row[0].at_raw) * time_factor,
           value = row->value_raw * factor;
    if (!(value >= read->range.low && value <= read->range.high)) {
      snprintf(error->text, sizeof error->text,
               "%s:%u:%u: %s: found %.10g %s, allowed %.10g..%.10g", csv->path, row->line,
               csv->field, csv->name, value, read->range.unit, read->range.low, read->range.high);
      return -1;
    }
    if (add_point(read, time_s, value, read->path) != 0) {
      return -1;
    }
  }
  return 0;
}

static int read_csv(reading_t *read) {
  const cJSON *json = read->json;
  double factor, time_factor;
  char path[2 * SCENARIO_FILE_MAX];
  if (!has(json, "column") || !has(json, "unit")) {
    return refuse(read, "csv without column and unit", "csv with column and unit");
  }
  if (find_factor(read, "unit", read->range.unit, &factor) != 0 ||
      find_factor(read, "time_unit", "s", &time_factor) != 0) {
    return -1;
  }
  plan_path_beside(read->build, read->path, text_of(json, "csv", ""), path, sizeof path);
  csv_column_t csv;
  if (csv_column_load(path, text_of(json, "time_column", "time_s"), text_of(json, "column", ""),
                      &csv, read->build->error->text, sizeof read->build->error->text) != 0) {
    return -1;
  }
  int status = take_rows(read, &csv, factor * plan_number(json, "factor", 1.0), time_factor);
  csv_column_free(&csv);
  return status;
}

static int check_keys(const reading_t *read) {
  const cJSON *json = read->json;
  int is_ramp = has(json, "to"), is_csv = has(json, "csv");
  if (is_ramp + is_csv + has(json, "points") != 1) {
    return refuse(read, "no course, or several", "one of to, points and csv");
  }
  if (!is_ramp && (has(json, "from") || has(json, "over_s"))) {
    return refuse(read, "from or over_s without to", "them beside to");
  }
  if (!is_csv && (has(json, "column") || has(json, "unit") || has(json, "time_column") ||
                  has(json, "time_unit") || has(json, "factor"))) {
    return refuse(read, "keys of a csv", "them beside csv");
  }
  return 0;
}

int course_add(plan_build_t *build, const cJSON *json, const json_path_t *path,
               course_range_t range, uint32_t *number) {
  scenario_plan_t *plan = build->plan;
  reading_t read = {.build = build, .json = json, .path = path, .range = range};
  if (check_keys(&read) != 0) {
    return -1;
  }
  read.course.first = plan->point_count;
  read.course.repeat = (uint32_t)plan_number(json, "repeat", 1.0);
  read.course.is_steps = strcmp(text_of(json, "shape", "lines"), "steps") == 0;
  int status = has(json, "to")    ? read_ramp(&read)
               : has(json, "csv") ? read_csv(&read)
                                  : read_points(&read);
  if (status != 0) {
    return -1;
  }
  plan_course_t *grown = plan_grow(plan->course, &plan->course_count, sizeof *grown);
  if (grown == NULL) {
    return refuse(&read, "no memory", "enough");
  }
  plan->course = grown;
  plan->course[plan->course_count - 1] = read.course;
  *number = plan->course_count;
  return 0;
}
