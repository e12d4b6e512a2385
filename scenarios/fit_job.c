/// Reads fit jobs: keys by table, then figures with their defaults.
#include "fit_job.h"

#include <stdio.h>
#include <string.h>

#include "schema.h"

#define TABLE(rows) rows, sizeof rows / sizeof rows[0]
#define NUMBER(key, is_needed, low, high, unit, help)                                              \
  { key, SCHEMA_NUMBER, is_needed, low, high, unit, 0, 0, help }

const char *const fit_shape_name[FIT_SHAPE_COUNT] = {
    "tau1_s",        "tau2_s",        "tau3_s",       "exchange_A", "exchange_K",
    "surface_pctpA", "surface_K",     "growth_pctpA", "growth_K",   "surface_middle_pct",
    "steep_ppct",    "steep_soc_pct", "steep_pctpK"};

/// Factor from a key of "start" to fit_job_t.shape.
static const double shape_scale[FIT_SHAPE_COUNT] = {1,    1, 1,    1,   1,    0.01, 1,
                                                    0.01, 1, 0.01, 1e2, 0.01, 0.01};

static const schema_key_t column_keys[] = {
    {"time", SCHEMA_TEXT, 0, 1, 63, 0, 0, 0, "heading of the time in s"},
    {"voltage", SCHEMA_TEXT, 0, 1, 63, 0, 0, 0, "of the voltage in V"},
    {"current", SCHEMA_TEXT, 0, 1, 63, 0, 0, 0, "of the current in A"},
    {"charge", SCHEMA_TEXT, 0, 1, 63, 0, 0, 0, "of the counted charge in Ah; -: from the current"},
    {"temperature", SCHEMA_TEXT, 0, 1, 63, 0, 0, 0, "of the cell in degC; -: temperature_degC"}};
static const schema_t columns_schema = {"the column names", TABLE(column_keys), 0, 0};

static const schema_key_t cell_keys[] = {
    NUMBER("capacity_Ah", 1, 0.01, 1e4, "Ah", "of the cell, SOC 0..100 %"),
    NUMBER("voltage_min_V", 1, 0.1, 10, "V", "lower end of the maker's window"),
    NUMBER("voltage_max_V", 1, 0.1, 10, "V", "upper end"),
    NUMBER("surface_min_pct", 0, -100, 0, "%", "SOC below which no surface falls"),
    NUMBER("hysteresis_rate", 0, 0, 1e4, "", "1/rate of SOC moves the hysteresis by one e-fold"),
    NUMBER("core_JpK", 1, 1, 1e6, "J/K", "heat capacity of the core"),
    NUMBER("surface_JpK", 1, 1, 1e6, "J/K", "heat capacity of the surface"),
    NUMBER("core_surface_WpK", 1, 1e-6, 1e6, "W/K", "between the two"),
    NUMBER("neighbour_WpK", 1, 0, 1e6, "W/K", "to a cell that touches"),
    NUMBER("case_WpK", 1, 0, 1e6, "W/K", "to the module's case"),
    NUMBER("case_heat_capacity_JpK", 1, 1, 1e8, "J/K", "of a module's case"),
    NUMBER("case_ambient_WpK", 1, 0, 1e8, "W/K", "of a module's case to the air")};
static const schema_t cell_schema = {"the cell's own figures", TABLE(cell_keys), 0, 0};

static const schema_key_t grid_keys[] = {
    {"ocv_points", SCHEMA_INTEGER, 0, 2, 257, "", 0, 0, "of the OCV"},
    {"coarse_points", SCHEMA_INTEGER, 0, 2, 257, "", 0, 0,
     "of entropy and hysteresis; ocv_points - 1 is a multiple of this - 1"},
    {"soc_points", SCHEMA_INTEGER, 0, 3, 41, "", 0, 0, "of the resistances"},
    {"temperature_points", SCHEMA_INTEGER, 0, 2, 41, "", 0, 0, "of the resistances"},
    NUMBER("temperature_first_degC", 0, -60, 100, "degC", "coldest row"),
    NUMBER("temperature_step_K", 0, 0.5, 50, "K", "from row to row")};
static const schema_t grid_schema = {"the grids", TABLE(grid_keys), 0, 0};

static const schema_key_t smooth_keys[] = {
    NUMBER("ocv", 0, 0, 1e6, "", "bends of the OCV"),
    NUMBER("entropic", 0, 0, 1e6, "", "bends of dU/dT"),
    NUMBER("entropic_size", 0, 1e-3, 1e6, "", "dU/dT itself"),
    NUMBER("hysteresis", 0, 0, 1e6, "", "bends of the hysteresis"),
    NUMBER("hysteresis_size", 0, 1e-3, 1e6, "", "the hysteresis itself"),
    NUMBER("soc", 0, 1e-3, 1e3, "", "bends of the resistances over SOC"),
    NUMBER("temperature", 0, 1e-3, 1e3, "", "bends over temperature, after the usual rise"),
    NUMBER("loose_soc_pct", 0, 0, 100, "%", "below it bends over SOC cost loose_share"),
    NUMBER("loose_share", 0, 1e-3, 1, "", "of what they cost above")};
static const schema_t smooth_schema = {"the smoothness", TABLE(smooth_keys), 0, 0};

static const schema_key_t start_keys[] = {
    NUMBER("tau1_s", 0, 0.02, 1e4, "s", "fast branch"),
    NUMBER("tau2_s", 0, 0.02, 1e5, "s", "middle branch"),
    NUMBER("tau3_s", 0, 0.02, 1e6, "s", "slow branch"),
    NUMBER("exchange_A", 0, 1e-3, 1e5, "A", "charge transfer at 25 degC"),
    NUMBER("exchange_K", 0, -1e4, 1e4, "K", "its activation temperature"),
    NUMBER("surface_pctpA", 0, 0, 1e3, "%/A", "surface SOC below the mean at 25 degC"),
    NUMBER("surface_K", 0, -1e4, 1e4, "K", "its activation temperature"),
    NUMBER("growth_pctpA", 0, 0, 1e3, "%/A", "growth of the ohms at 25 degC"),
    NUMBER("growth_K", 0, -1e4, 1e4, "K", "its activation temperature"),
    NUMBER("surface_middle_pct", 0, 0.1, 100, "%", "of the middle current that counts for it"),
    NUMBER("steep_ppct", 0, 0, 1000, "1/%", "growth of the surface's factor below steep_soc_pct"),
    NUMBER("steep_soc_pct", 0, -100, 100, "%", "at 25 degC"),
    NUMBER("steep_pctpK", 0, -10, 10, "%/K", "its rise for each K below"),
    {"fixed", SCHEMA_TEXTS, 0, 0, 40, 0, 0, 0, "keys of this object that the search leaves alone"}};
static const schema_t start_schema = {"the start values", TABLE(start_keys), 0, 0};

static const schema_key_t run_keys[] = {
    {"csv", SCHEMA_TEXT, 1, 1, FIT_PATH_BYTES - 1, 0, 0, 0, "path below the data folder"},
    {"role", SCHEMA_CHOICE, 1, 0, 0, 0, "pulse|drive|ocv", 0, "what it is"},
    NUMBER("temperature_degC", 1, -60, 100, "degC", "of the chamber"),
    NUMBER("scale_mV", 0, 0.1, 1e4, "mV", "an RMSE of this much costs weight"),
    NUMBER("weight", 0, 1e-6, 1e3, "", "of this run"),
    NUMBER("start_soc_pct", 0, 0, 120, "%", "where the file's charge is 0"),
    NUMBER("gap_A", 0, 0, 1e5, "A", "an unlogged change of charge was this current, then rest"),
    {"every", SCHEMA_INTEGER, 0, 1, 1000, "", 0, 0, "every nth row is used"},
    NUMBER("first_s", 0, 0, 1e9, "s", "rows before are not used"),
    NUMBER("last_s", 0, 0, 1e9, "s", "rows after are not used")};
static const schema_t run_schema = {"a run", TABLE(run_keys), 0, 0};

static const schema_key_t job_keys[] = {
    {"packsim_fit", SCHEMA_INTEGER, 1, 1, 1, "", 0, 0, "version of the format"},
    {"id", SCHEMA_ID, 1, 1, 31, 0, 0, 0, "name of the cell"},
    {"title", SCHEMA_TEXT, 1, 1, 95, 0, 0, 0, "one line about the cell"},
    {"source", SCHEMA_TEXT, 1, 1, 399, 0, 0, 0, "where the data come from, licence"},
    {"cell", SCHEMA_OBJECT, 1, 0, 0, 0, 0, &cell_schema, "figures that are not fitted"},
    {"columns", SCHEMA_OBJECT, 0, 0, 0, 0, 0, &columns_schema, "how the CSVs call them"},
    NUMBER("discharge_sign", 0, -1, 1, "", "-1 or 1: sign of current and charge in the CSVs"),
    NUMBER("gap_max_s", 0, 1, 1e9, "s", "longer steps from row to row are refused"),
    {"grid", SCHEMA_OBJECT, 0, 0, 0, 0, 0, &grid_schema, "points of the tables"},
    {"smoothness", SCHEMA_OBJECT, 0, 0, 0, 0, 0, &smooth_schema, "larger is smoother"},
    {"start", SCHEMA_OBJECT, 0, 0, 0, 0, 0, &start_schema, "where the search starts"},
    {"runs", SCHEMA_LIST, 1, 0, FIT_FILE_MAX, 0, 0, &run_schema, "the measured runs"}};
static const schema_t job_schema = {"a fit job", TABLE(job_keys), 0, 0};

static const cJSON *get(const cJSON *object, const char *key) {
  return object ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

static double number(const cJSON *object, const char *key, double otherwise) {
  const cJSON *item = get(object, key);
  return item ? item->valuedouble : otherwise;
}

static uint32_t whole(const cJSON *object, const char *key, double otherwise) {
  return (uint32_t)number(object, key, otherwise);
}

static void read_text(const cJSON *object, const char *key, char *text, size_t text_bytes) {
  const cJSON *item = get(object, key);
  if (item) snprintf(text, text_bytes, "%s", item->valuestring);
}

static void read_cell(const cJSON *cell, fit_job_t *job) {
  job->capacity_Ah = number(cell, "capacity_Ah", 0);
  job->voltage_min_V = number(cell, "voltage_min_V", 0);
  job->voltage_max_V = number(cell, "voltage_max_V", 0);
  job->surface_min_soc = 0.01 * number(cell, "surface_min_pct", -100);
  job->hysteresis_rate = number(cell, "hysteresis_rate", 20);
  job->core_JpK = number(cell, "core_JpK", 0);
  job->surface_JpK = number(cell, "surface_JpK", 0);
  job->core_surface_WpK = number(cell, "core_surface_WpK", 0);
  job->neighbour_WpK = number(cell, "neighbour_WpK", 0);
  job->case_WpK = number(cell, "case_WpK", 0);
  job->case_heat_capacity_JpK = number(cell, "case_heat_capacity_JpK", 0);
  job->case_ambient_WpK = number(cell, "case_ambient_WpK", 0);
}

static void read_grid(const cJSON *root, fit_job_t *job) {
  const cJSON *grid = get(root, "grid"), *smooth = get(root, "smoothness");
  job->ocv_count = whole(grid, "ocv_points", 101);
  job->coarse_count = whole(grid, "coarse_points", 21);
  job->soc_count = whole(grid, "soc_points", 11);
  job->temperature_count = whole(grid, "temperature_points", 13);
  job->temperature_first_degC = number(grid, "temperature_first_degC", -20);
  job->temperature_step_K = number(grid, "temperature_step_K", 5);
  job->smooth_ocv = number(smooth, "ocv", 5);
  job->smooth_entropic = number(smooth, "entropic", 250);
  job->small_entropic = number(smooth, "entropic_size", 25);
  job->smooth_hysteresis = number(smooth, "hysteresis", 250);
  job->small_hysteresis = number(smooth, "hysteresis_size", 25);
  job->loose_soc = 0.01 * number(smooth, "loose_soc_pct", 12);
  job->loose_share = number(smooth, "loose_share", 0.3);
  job->smooth_by_soc = number(smooth, "soc", 0.3);
  job->smooth_by_row = number(smooth, "temperature", 0.2);
}

static void read_start(const cJSON *root, fit_job_t *job) {
  const cJSON *start = get(root, "start"), *fixed = get(start, "fixed");
  const double otherwise[FIT_SHAPE_COUNT] = {
      0.2, 20, 200, 7.0 * job->capacity_Ah, 0, 0, 3000, 0, 3000, 1, 0, 0.05, 0.004};
  for (uint32_t i = 0; i < FIT_SHAPE_COUNT; i++) {
    const char *name = fit_shape_name[i];
    job->shape[i] = shape_scale[i] * number(start, name, otherwise[i] / shape_scale[i]);
    job->is_free[i] = 1;
    if (cJSON_IsString(fixed) && strcmp(fixed->valuestring, name) == 0) job->is_free[i] = 0;
    const cJSON *item = cJSON_IsArray(fixed) ? fixed->child : NULL;
    for (; item; item = item->next)
      if (strcmp(item->valuestring, name) == 0) job->is_free[i] = 0;
  }
  for (uint32_t i = FIT_SHAPE_SURFACE; i <= FIT_SHAPE_GROWTH; i += 2)
    if (job->shape[i] == 0.0) job->is_free[i] = job->is_free[i + 1] = 0; /* switched off */
  int has_surface = job->shape[FIT_SHAPE_SURFACE] > 0.0;
  if (!has_surface || !get(start, "surface_middle_pct")) job->is_free[FIT_SHAPE_MIDDLE] = 0;
  if (!has_surface || job->shape[FIT_SHAPE_STEEP] == 0.0)
    for (uint32_t i = FIT_SHAPE_STEEP; i <= FIT_SHAPE_STEEP_PER_K; i++) job->is_free[i] = 0;
}

static void read_columns(const cJSON *root, fit_job_t *job) {
  const cJSON *columns = get(root, "columns");
  job->format = drive_csv_format();
  job->format.discharge_sign = number(root, "discharge_sign", -1) < 0.0 ? -1.0 : 1.0;
  job->format.gap_max_s = number(root, "gap_max_s", 120);
  for (uint32_t i = 0; i < DRIVE_CSV_QUANTITY_COUNT; i++)
    read_text(columns, drive_csv_quantity_name[i], job->format.column[i], DRIVE_CSV_NAME_BYTES);
}

static void read_run(const cJSON *item, fit_run_t *run) {
  static const char *const roles[] = {"pulse", "drive", "ocv"};
  static const double every[] = {4, 5, 1};
  const char *role = get(item, "role")->valuestring;
  run->role = FIT_ROLE_PULSE;
  while (strcmp(roles[run->role], role) != 0) run->role++;
  read_text(item, "csv", run->csv, sizeof run->csv);
  run->temperature_degC = number(item, "temperature_degC", 25);
  run->scale_mV = number(item, "scale_mV", 10);
  run->weight = number(item, "weight", 1);
  run->start_soc = 0.01 * number(item, "start_soc_pct", 100);
  run->gap_A = number(item, "gap_A", 0);
  run->first_s = number(item, "first_s", 0);
  run->last_s = number(item, "last_s", 1e9);
  run->every = whole(item, "every", every[run->role]);
}

static int read_job(const json_doc_t *doc, fit_job_t *job, scenario_error_t *error) {
  const cJSON *root = doc->root;
  json_path_t top = {0};
  if (schema_check(doc, root, &top, &job_schema, error) != 0) return -1;
  read_text(root, "id", job->id, sizeof job->id);
  read_text(root, "title", job->title, sizeof job->title);
  read_text(root, "source", job->source, sizeof job->source);
  read_cell(get(root, "cell"), job);
  read_grid(root, job);
  read_start(root, job);
  read_columns(root, job);
  for (const cJSON *item = get(root, "runs")->child; item; item = item->next)
    read_run(item, &job->run[job->run_count++]);
  json_path_t path = json_path_key(&top, "runs");
  if (job->run_count == 0)
    return json_doc_refuse(doc, &path, 0, error, "no run", "1..64 measured runs");
  path = json_path_key(&top, "grid");
  if ((job->ocv_count - 1) % (job->coarse_count - 1) != 0)
    return json_doc_refuse(doc, &path, 0, error, "grids that do not fit",
                           "ocv_points - 1 a multiple of coarse_points - 1");
  return 0;
}

int fit_job_load(const char *path, fit_job_t *job, char *error, size_t error_bytes) {
  json_doc_t doc;
  scenario_error_t reason;
  memset(job, 0, sizeof *job);
  if (json_doc_load(path, &doc, &reason) != 0) {
    snprintf(error, error_bytes, "%s", reason.text);
    return -1;
  }
  snprintf(job->file, sizeof job->file, "%s", path);
  int status = read_job(&doc, job, &reason);
  if (status != 0) snprintf(error, error_bytes, "%s", reason.text);
  json_doc_free(&doc);
  return status;
}
