/// Reads cell parameter files: keys by table, arrays by hand, every refusal with its place.
#include "cell_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cell_ageing.h"
#include "schema.h"

#define TABLE(rows) rows, sizeof rows / sizeof rows[0]
#define NEEDED 1
#define WHENCE                                                                                     \
  {"mark", SCHEMA_CHOICE, NEEDED, 0, 0, 0, "seen|inferred|assumed|calibrated", 0, "how sure"}, {   \
    "source", SCHEMA_TEXT, NEEDED, 1, 500, 0, 0, 0, "where the figure comes from"                  \
  }
#define OPTIONAL 0
#define ARRAY(key, is_needed, help)                                                                \
  { key, SCHEMA_ANY, is_needed, 0, 0, 0, "array of numbers", 0, help }

/// One figure with its unit, range and place in cell_params_t: keys, schema and reader follow.
#define FIGURES(X)                                                                                 \
  X(capacity_Ah, capacity_Ah, 0.01, 10000, "Ah", "of one cell, SOC 0..100 %")                      \
  X(voltage_min_V, voltage_min_V, 0.1, 10, "V", "lower end of the maker's window")                 \
  X(voltage_max_V, voltage_max_V, 0.1, 10, "V", "upper end of the maker's window")                 \
  X(coulombic_efficiency, coulombic_efficiency, 0.5, 1, "", "share of the charge that is stored")  \
  X(self_discharge_pctpmonth, self_discharge_pctpmonth, 0, 100, "%/month", "at 25 degC")           \
  X(self_discharge_kJpmol, self_discharge_kJpmol, 0, 200, "kJ/mol", "its activation energy")       \
  X(hysteresis_rate, hysteresis_rate, 0, 1e4, "", "1/rate of SOC moves it by one e-fold")          \
  X(tau1_s, tau_s[0], 0.01, 1e6, "s", "of the fast RC branch, the charge transfer")                \
  X(tau2_s, tau_s[1], 0.01, 1e6, "s", "of the middle RC branch")                                   \
  X(tau3_s, tau_s[2], 0.01, 1e6, "s", "of the slow RC branch")                                     \
  X(core_JpK, core_JpK, 1, 1e6, "J/K", "heat capacity of a cell's core")                           \
  X(surface_JpK, surface_JpK, 1, 1e6, "J/K", "heat capacity of its surface")                       \
  X(core_surface_WpK, core_surface_WpK, 1e-6, 1e6, "W/K", "between the two")                       \
  X(neighbour_WpK, neighbour_WpK, 0, 1e6, "W/K", "between the surfaces of cells that touch")       \
  X(case_WpK, case_WpK, 0, 1e6, "W/K", "of one cell's surface to its module's case")               \
  X(case_heat_capacity_JpK, case_heat_capacity_JpK, 1, 1e8, "J/K", "of one module's case")         \
  X(case_ambient_WpK, case_ambient_WpK, 0, 1e8, "W/K", "of one module's case to the ambient")

#define FIGURE_SCHEMA(field, member, low, high, unit, help)                                        \
  static const schema_key_t field##_keys[] = {                                                     \
      {"value", SCHEMA_NUMBER, NEEDED, low, high, unit, 0, 0, help}, WHENCE};                      \
  static const schema_t field##_schema = {"a figure", TABLE(field##_keys), 0, 0};
FIGURES(FIGURE_SCHEMA)

static const schema_key_t ocv_keys[] = {
    ARRAY("soc_pct", NEEDED, "0..100, evenly spaced"),
    ARRAY("V", NEEDED, "open-circuit voltages at 25 degC, rising"),
    ARRAY("entropic_mVpK", OPTIONAL, "dU/dT at the same SOC, 0 if left out"),
    ARRAY("hysteresis_mV", OPTIONAL, "half width at the same SOC, 0 if left out"), WHENCE};
static const schema_t ocv_schema = {"the OCV table", TABLE(ocv_keys), 0, 0};

static const schema_key_t resistance_keys[] = {
    ARRAY("soc_pct", NEEDED, "columns, evenly spaced"),
    ARRAY("temperature_degC", NEEDED, "rows, evenly spaced"),
    ARRAY("r0_mohm", NEEDED, "ohmic, a row for each temperature"),
    ARRAY("r1_mohm", NEEDED, "of the fast branch at small currents"),
    ARRAY("r2_mohm", NEEDED, "of the middle branch"),
    ARRAY("r3_mohm", OPTIONAL, "of the slow branch, 0 if left out"),
    ARRAY("exchange_A", OPTIONAL, "at each temperature: r1 falls as asinh(x)/x of I/exchange"),
    ARRAY("surface_soc_pctpA", OPTIONAL,
          "at each temperature: surface at SOC - this x (middle_pct of middle + slow current)"),
    {"surface_middle_pct", SCHEMA_NUMBER, OPTIONAL, 0, 100, "%", 0, 0,
     "of the middle branch's current that counts for the surface, 100 if left out"},
    {"surface_min_pct", SCHEMA_NUMBER, OPTIONAL, -100, 0, "%", 0, 0,
     "SOC below which no surface falls, unless the mean does; no bound if left out"},
    ARRAY("steep_soc_pct", OPTIONAL, "at each temperature: below it the surface's factor grows"),
    {"steep_ppct", SCHEMA_NUMBER, OPTIONAL, 0, 1000, "1/%", 0, 0,
     "times 1 + this x d^2/(d + 2 %), d = steep_soc_pct - SOC; off if left out"},
    ARRAY("growth_pctpA", OPTIONAL, "at each temperature: ohms x e^(this x middle current)"),
    WHENCE};
static const schema_t resistance_schema = {"the resistance tables", TABLE(resistance_keys), 0, 0};

#define FIGURE_KEY(field, member, low, high, unit, help)                                           \
  {#field, SCHEMA_OBJECT, NEEDED, 0, 0, 0, 0, &field##_schema, help},

static const schema_key_t cell_keys[] = {
    {"packsim_cell", SCHEMA_INTEGER, NEEDED, 2, 2, "", 0, 0, "version of the format"},
    {"id", SCHEMA_ID, NEEDED, 1, 31, 0, 0, 0, "name of the cell"},
    {"title", SCHEMA_TEXT, NEEDED, 1, 95, 0, 0, 0, "one line about the cell"},
    {"ocv", SCHEMA_OBJECT, NEEDED, 0, 0, 0, 0, &ocv_schema, "open-circuit voltage"},
    {"resistance", SCHEMA_OBJECT, NEEDED, 0, 0, 0, 0, &resistance_schema, "over SOC and degC"},
    {"ageing", SCHEMA_OBJECT, OPTIONAL, 0, 0, 0, 0, &cell_ageing_schema, "without it: unknown"},
    FIGURES(FIGURE_KEY)};
static const schema_t cell_schema = {"a cell", TABLE(cell_keys), 0, 0};

const schema_t *cell_file_schema(void) { return &cell_schema; }

/// What is being read, for messages.
typedef struct {
  const json_doc_t *doc;
  scenario_error_t error;
} reader_t;

/// An array of numbers: how many and how large they may be, and how far apart.
typedef struct {
  uint32_t count_min, count_max;
  double min, max;
  double scale; ///< of the value that is stored
  int is_axis; ///< evenly spaced and rising
  int is_rising;
} array_rule_t;

static int refuse(reader_t *reader, const json_path_t *path, const cJSON *node,
                  const char *allowed) {
  char found[120];
  json_value_text(node, found, sizeof found);
  return json_doc_refuse(reader->doc, path, 0, &reader->error, found, allowed);
}

static int check_item(reader_t *reader, const json_path_t *path, const cJSON *item,
                      const array_rule_t *rule, double before, double wanted) {
  char allowed[100];
  double value = item->valuedouble;
  if (!cJSON_IsNumber(item) || !(value >= rule->min && value <= rule->max)) {
    snprintf(allowed, sizeof allowed, "a number %g..%g", rule->min, rule->max);
    return refuse(reader, path, item, allowed);
  }
  if ((rule->is_axis || rule->is_rising) && !(value > before)) {
    snprintf(allowed, sizeof allowed, "more than %.10g before it", before);
    return refuse(reader, path, item, allowed);
  }
  if (rule->is_axis && fabs(value - wanted) > 1e-6 * (rule->max - rule->min)) {
    snprintf(allowed, sizeof allowed, "%.10g: even steps", wanted);
    return refuse(reader, path, item, allowed);
  }
  return 0;
}

/// Read the array at key of object; 0, or -1 with the reason.
static int read_array(reader_t *reader, const cJSON *array, const json_path_t *path,
                      const array_rule_t *rule, double *value, uint32_t *value_count) {
  uint32_t count = cJSON_IsArray(array) ? (uint32_t)cJSON_GetArraySize(array) : 0;
  if (count < rule->count_min || count > rule->count_max) {
    char found[40], allowed[80];
    json_value_text(array, found, sizeof found);
    if (cJSON_IsArray(array)) snprintf(found, sizeof found, "%u values", count);
    snprintf(allowed, sizeof allowed, "an array of %u..%u numbers", rule->count_min,
             rule->count_max);
    return json_doc_refuse(reader->doc, path, 0, &reader->error, found, allowed);
  }
  double first = array->child->valuedouble;
  double step = array->child->next ? array->child->next->valuedouble - first : 0.0;
  double before = -HUGE_VAL;
  uint32_t index = 0;
  for (const cJSON *item = array->child; item; item = item->next, index++) {
    json_path_t place = json_path_index(path, index);
    if (check_item(reader, &place, item, rule, before, first + step * (double)index) != 0)
      return -1;
    before = item->valuedouble;
    value[index] = item->valuedouble * rule->scale;
  }
  *value_count = count;
  return 0;
}

static int read_key(reader_t *reader, const cJSON *object, const json_path_t *path, const char *key,
                    const array_rule_t *rule, double *value, uint32_t *value_count) {
  json_path_t place = json_path_key(path, key);
  const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key);
  return read_array(reader, array, &place, rule, value, value_count);
}

/// An array that may be left out: then value stays 0.
static int read_option(reader_t *reader, const cJSON *object, const json_path_t *path,
                       const char *key, const array_rule_t *rule, double *value) {
  uint32_t count = 0;
  if (!cJSON_GetObjectItemCaseSensitive(object, key)) return 0;
  return read_key(reader, object, path, key, rule, value, &count);
}

static int read_ocv(reader_t *reader, const cJSON *root, cell_params_t *params) {
  json_path_t top = {0};
  json_path_t path = json_path_key(&top, "ocv");
  const cJSON *ocv = cJSON_GetObjectItemCaseSensitive(root, "ocv");
  double soc[CELL_OCV_POINT_MAX];
  uint32_t count = 0;
  array_rule_t rule = {2, CELL_OCV_POINT_MAX, 0, 100, 0.01, 1, 1};
  if (read_key(reader, ocv, &path, "soc_pct", &rule, soc, &count) != 0) return -1;
  json_path_t axis = json_path_key(&path, "soc_pct");
  if (soc[0] > 0.0)
    return refuse(reader, &axis, cJSON_GetObjectItemCaseSensitive(ocv, "soc_pct"), "0 first");
  if (soc[count - 1] < 1.0)
    return refuse(reader, &axis, cJSON_GetObjectItemCaseSensitive(ocv, "soc_pct"), "100 last");
  const array_rule_t voltages = {count, count, 0.1, 10, 1, 0, 1};
  const array_rule_t entropic = {count, count, -10, 10, 1e-3, 0, 0};
  const array_rule_t hysteresis = {count, count, 0, 500, 1e-3, 0, 0};
  if (read_key(reader, ocv, &path, "V", &voltages, params->ocv_V, &params->ocv_count) != 0 ||
      read_option(reader, ocv, &path, "entropic_mVpK", &entropic, params->entropic_VpK) != 0)
    return -1;
  return read_option(reader, ocv, &path, "hysteresis_mV", &hysteresis, params->hysteresis_V);
}

static double number(const cJSON *object, const char *key, double otherwise) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  return item ? item->valuedouble : otherwise;
}

static int read_table(reader_t *reader, const cJSON *object, const json_path_t *path,
                      uint32_t column, cell_params_t *params) {
  static const char *const keys[CELL_OHM_COUNT] = {"r0_mohm", "r1_mohm", "r2_mohm", "r3_mohm"};
  const char *key = keys[column];
  json_path_t place = json_path_key(path, key);
  const cJSON *rows = cJSON_GetObjectItemCaseSensitive(object, key);
  uint32_t row_count = cJSON_IsArray(rows) ? (uint32_t)cJSON_GetArraySize(rows) : 0;
  if (row_count != params->temperature_count) {
    char found[40], allowed[80];
    snprintf(found, sizeof found, "%u rows", row_count);
    snprintf(allowed, sizeof allowed, "%u rows, one for each temperature",
             params->temperature_count);
    return json_doc_refuse(reader->doc, &place, 0, &reader->error, found, allowed);
  }
  const double min_mohm = column == 0 ? 1e-3 : 0.0;
  const array_rule_t rule = {params->soc_count, params->soc_count, min_mohm, 1e4, 1e-3, 0, 0};
  double value[CELL_SOC_POINT_MAX];
  uint32_t index = 0;
  for (const cJSON *row = rows->child; row; row = row->next, index++) {
    json_path_t row_path = json_path_index(&place, index);
    uint32_t count = 0;
    if (read_array(reader, row, &row_path, &rule, value, &count) != 0) return -1;
    for (uint32_t i = 0; i < count; i++)
      params->ohm[index * params->soc_count + i][column] = value[i];
  }
  return 0;
}

static int read_resistance(reader_t *reader, const cJSON *root, cell_params_t *params) {
  json_path_t top = {0};
  json_path_t path = json_path_key(&top, "resistance");
  const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "resistance");
  double soc[CELL_SOC_POINT_MAX], degC[CELL_TEMPERATURE_POINT_MAX];
  array_rule_t soc_rule = {2, CELL_SOC_POINT_MAX, 0, 100, 0.01, 1, 1};
  array_rule_t degC_rule = {2, CELL_TEMPERATURE_POINT_MAX, -100, 200, 1, 1, 1};
  if (read_key(reader, object, &path, "soc_pct", &soc_rule, soc, &params->soc_count) != 0 ||
      read_key(reader, object, &path, "temperature_degC", &degC_rule, degC,
               &params->temperature_count) != 0)
    return -1;
  params->soc_first = soc[0];
  params->soc_step = (soc[params->soc_count - 1] - soc[0]) / (double)(params->soc_count - 1);
  params->temperature_first_degC = degC[0];
  params->temperature_step_K =
      (degC[params->temperature_count - 1] - degC[0]) / (double)(params->temperature_count - 1);
  for (uint32_t column = 0; column < CELL_OHM_COUNT; column++) {
    int is_optional = column + 1 == CELL_OHM_COUNT;
    if (is_optional && !cJSON_GetObjectItemCaseSensitive(object, "r3_mohm")) continue;
    if (read_table(reader, object, &path, column, params) != 0) return -1;
  }
  const array_rule_t exchange = {
      params->temperature_count, params->temperature_count, 1e-4, 1e6, 1, 0, 0};
  const array_rule_t per_A = {
      params->temperature_count, params->temperature_count, 0, 1000, 1e-2, 0, 0};
  if (read_option(reader, object, &path, "exchange_A", &exchange, params->exchange_A) != 0 ||
      read_option(reader, object, &path, "surface_soc_pctpA", &per_A, params->surface_pA) != 0)
    return -1;
  if (read_option(reader, object, &path, "growth_pctpA", &per_A, params->growth_pA) != 0) return -1;
  const array_rule_t steep = {
      params->temperature_count, params->temperature_count, -100, 100, 1e-2, 0, 0};
  params->surface_middle_share = 0.01 * number(object, "surface_middle_pct", 100.0);
  params->surface_min_soc = 0.01 * number(object, "surface_min_pct", -100.0);
  params->steep_gain = 100.0 * number(object, "steep_ppct", 0.0);
  return read_option(reader, object, &path, "steep_soc_pct", &steep, params->steep_soc);
}

static double figure(const cJSON *root, const char *key) {
  const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, key);
  return cJSON_GetObjectItemCaseSensitive(object, "value")->valuedouble;
}

static void read_text(const cJSON *root, const char *key, char *text, size_t text_bytes) {
  snprintf(text, text_bytes, "%s", cJSON_GetObjectItemCaseSensitive(root, key)->valuestring);
}

static int read_cell(reader_t *reader, cell_params_t *params) {
  const cJSON *root = reader->doc->root;
  json_path_t top = {0};
  if (schema_check(reader->doc, root, &top, &cell_schema, &reader->error) != 0) return -1;
  read_text(root, "id", params->id, sizeof params->id);
  read_text(root, "title", params->title, sizeof params->title);
#define FIGURE_READ(field, member, low, high, unit, help) params->member = figure(root, #field);
  FIGURES(FIGURE_READ)
  const cJSON *ageing = cJSON_GetObjectItemCaseSensitive(root, "ageing");
  if (ageing != NULL) cell_ageing_read(ageing, &params->ageing);
  if (read_ocv(reader, root, params) != 0 || read_resistance(reader, root, params) != 0) return -1;
  const char *field = cell_params_check(params);
  if (!field) return 0;
  json_path_t path = json_path_key(&top, field);
  return json_doc_refuse(reader->doc, &path, 1, &reader->error,
                         "a value that does not fit the others",
                         "voltage_min_V <= voltage_max_V; W/K below half of J/K in 0.11 s");
}

static cell_file_status_t read_doc(const json_doc_t *doc, cell_params_t *params, char *error,
                                   size_t error_bytes) {
  reader_t reader = {.doc = doc};
  cell_params_t read;
  memset(&read, 0, sizeof read);
  if (read_cell(&reader, &read) != 0) {
    snprintf(error, error_bytes, "%s", reader.error.text);
    return CELL_FILE_ERR_CONTENT;
  }
  *params = read;
  return CELL_FILE_OK;
}

static int is_path(const char *cell) {
  size_t length = strlen(cell);
  return length > 5 && strcmp(cell + length - 5, ".json") == 0;
}

int cell_file_find(const char *cell, const char *beside, char *path, size_t path_bytes) {
  char name[96];
  if (!is_path(cell)) {
    if (strpbrk(cell, "/\\") != NULL || cell[0] == '.' || strlen(cell) > 60) return -1;
    snprintf(name, sizeof name, "data/cells/%s.json", cell);
    return scenario_find_file(name, path, (uint32_t)path_bytes);
  }
  const char *slash = beside != NULL && cell[0] != '/' ? strrchr(beside, '/') : NULL;
  int folder_bytes = slash != NULL ? (int)(slash - beside) + 1 : 0;
  int printed =
      snprintf(path, path_bytes, "%.*s%s", folder_bytes, slash != NULL ? beside : "", cell);
  return printed > 0 && (size_t)printed < path_bytes && access(path, R_OK) == 0 ? 0 : -1;
}

int cell_file_is_one(const char *path) {
  json_doc_t doc;
  scenario_error_t reason;
  if (json_doc_load(path, &doc, &reason) != 0) return 0;
  int is_one = cJSON_GetObjectItemCaseSensitive(doc.root, "packsim_cell") != NULL;
  json_doc_free(&doc);
  return is_one;
}

/* The newest sound file: a suite asks for the same one at each of its points. */
static _Thread_local struct {
  char path[SCENARIO_FILE_MAX];
  char *text;
  size_t bytes;
  cell_params_t params;
} kept;

/* 1 iff path is that file and still holds the same bytes. */
static int is_kept(const char *path, FILE *file) {
  if (!kept.text || strcmp(path, kept.path) != 0) return 0;
  char *text = malloc(kept.bytes + 1);
  const size_t bytes = text ? fread(text, 1, kept.bytes + 1, file) : 0;
  const int is_same = text && bytes == kept.bytes && memcmp(text, kept.text, bytes) == 0;
  free(text);
  return is_same;
}

static void keep(const char *path, json_doc_t *doc, const cell_params_t *params) {
  free(kept.text);
  kept.text = doc->text;
  kept.bytes = doc->bytes;
  kept.params = *params;
  snprintf(kept.path, sizeof kept.path, "%s", path);
  doc->text = NULL;
}

cell_file_status_t cell_file_load(const char *path, cell_params_t *params, char *error,
                                  size_t error_bytes) {
  json_doc_t doc;
  scenario_error_t reason;
  FILE *file = fopen(path, "rb");
  const int is_there = file != NULL, is_same = is_there && is_kept(path, file);
  if (file) fclose(file);
  if (is_same) {
    *params = kept.params;
    return CELL_FILE_OK;
  }
  if (json_doc_load(path, &doc, &reason) != 0) {
    snprintf(error, error_bytes, "%s", reason.text);
    return is_there ? CELL_FILE_ERR_CONTENT : CELL_FILE_ERR_FILE;
  }
  cell_file_status_t status = read_doc(&doc, params, error, error_bytes);
  if (status == CELL_FILE_OK) keep(path, &doc, params);
  json_doc_free(&doc);
  return status;
}

cell_file_status_t cell_file_parse(const char *path, const char *text, size_t len,
                                   cell_params_t *params, char *error, size_t error_bytes) {
  json_doc_t doc;
  scenario_error_t reason;
  if (json_doc_parse(path, text, len, &doc, &reason) != 0) {
    snprintf(error, error_bytes, "%s", reason.text);
    return CELL_FILE_ERR_CONTENT;
  }
  cell_file_status_t status = read_doc(&doc, params, error, error_bytes);
  json_doc_free(&doc);
  return status;
}
