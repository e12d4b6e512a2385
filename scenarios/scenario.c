/// Loads scenario files and makes their points ready to run.
#include "scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/hash.h"
#include "draw.h"
#include "json_edit.h"
#include "json_exact.h"
#include "json_include.h"
#include "plan.h"
#include "schema.h"
#include "sweep.h"
#include "sweep_values.h"

enum { VARIABLE_MAX = SWEEP_VALUE_MAX + 32 };

struct scenario_source {
  json_doc_t doc;
  sweep_t sweep;
};

static void copy_value(char *text, size_t text_bytes, const cJSON *object, const char *key) {
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
  snprintf(text, text_bytes, "%s", cJSON_IsString(value) ? value->valuestring : "");
}

/// A text or an array of texts into fixed fields; what does not fit is left out.
static uint32_t copy_texts(char *fields, size_t field_bytes, uint32_t field_count,
                           const cJSON *texts) {
  uint32_t count = 0;
  const cJSON *item = cJSON_IsArray(texts) ? texts->child : texts;
  for (; item != NULL && count < field_count; item = item->next) {
    if (cJSON_IsString(item)) {
      snprintf(fields + count++ * field_bytes, field_bytes, "%s", item->valuestring);
    }
    if (item == texts) {
      break;
    }
  }
  return count;
}

static void read_record(const cJSON *root, scenario_t *scenario) {
  static const char *const words[] = {"none", "brief", "default", "all_1ms"};
  static const record_level_t levels[] = {RECORD_NONE, RECORD_BRIEF, RECORD_DEFAULT,
                                          RECORD_ALL_1MS};
  const cJSON *record = cJSON_GetObjectItemCaseSensitive(root, "record");
  for (size_t i = 0; cJSON_IsString(record) && i < sizeof words / sizeof words[0]; i++) {
    if (strcmp(record->valuestring, words[i]) == 0) {
      scenario->record_is_set = 1;
      scenario->record_level = levels[i];
    }
  }
}

static uint64_t seed_of(const cJSON *root) {
  double seed = plan_number(root, "seed", 1.0);
  return seed >= 0.0 && seed < 1e16 ? (uint64_t)seed : 1;
}

/// What the tree says about itself; it need not have passed the schema.
static void describe(const cJSON *root, scenario_t *scenario) {
  const cJSON *end = cJSON_GetObjectItemCaseSensitive(root, "end");
  copy_value(scenario->id, sizeof scenario->id, root, "id");
  copy_value(scenario->title, sizeof scenario->title, root, "title");
  copy_value(scenario->why, sizeof scenario->why, root, "why");
  snprintf(scenario->run_name, sizeof scenario->run_name, "%s", scenario->id);
  scenario->requirement_count =
      copy_texts(scenario->requirement[0], sizeof scenario->requirement[0],
                 SCENARIO_REQUIREMENT_MAX, cJSON_GetObjectItemCaseSensitive(root, "requirements"));
  scenario->tag_count = copy_texts(scenario->tag[0], sizeof scenario->tag[0], SCENARIO_TAG_MAX,
                                   cJSON_GetObjectItemCaseSensitive(root, "tags"));
  scenario->seed = seed_of(root);
  scenario->end_s = plan_number(end, "at_s", 0.0);
  read_record(root, scenario);
}

static void keep_text(const cJSON *root, scenario_t *made) {
  made->text = json_exact_print(root, 0);
  made->hash = made->text != NULL ? hash_bytes(hash_start(), made->text, strlen(made->text)) : 0;
}

/* ---- points ---- */

typedef struct {
  const scenario_t *base;
  const json_doc_t *doc;
  cJSON *root;
  sweep_item_t item[SWEEP_VALUE_MAX];
  uint32_t item_count;
  scenario_error_t *error;
} point_t;

static void end_point(point_t *point) {
  for (uint32_t i = 0; i < point->item_count; i++) {
    cJSON_Delete(point->item[i].value);
  }
  cJSON_Delete(point->root);
}

static int refuse_edit(const point_t *point, const json_path_t *path,
                       const json_edit_error_t *edit) {
  return json_doc_refuse(point->doc, path, 0, point->error, edit->found, edit->allowed);
}

static json_path_t sweep_place(const char *path) {
  static const char *const parts[] = {"grid", "list"};
  json_path_t top = {.count = 0};
  json_path_t sweep = json_path_key(&top, "sweep");
  json_path_t part = json_path_key(&sweep, parts[0]);
  return json_path_key(&part, path);
}

static int apply_sweep(point_t *point) {
  json_edit_error_t edit;
  for (uint32_t i = 0; i < point->item_count; i++) {
    const sweep_item_t *item = &point->item[i];
    if (item->value == NULL) {
      continue;
    }
    if (item->path[0] == '$') {
      continue;
    }
    if (json_edit_set(point->root, item->path, item->value, &edit) != 0) {
      json_path_t place = sweep_place(item->path);
      return refuse_edit(point, &place, &edit);
    }
  }
  return 0;
}

static int apply_sets(point_t *point, const scenario_set_t *sets, uint32_t set_count) {
  json_edit_error_t edit;
  for (uint32_t i = 0; i < set_count; i++) {
    if (sets[i].only_if_absent && json_edit_get(point->root, sets[i].path) != NULL) {
      continue;
    }
    cJSON *value = json_edit_value(sets[i].value);
    int status = value != NULL ? json_edit_set(point->root, sets[i].path, value, &edit) : -1;
    cJSON_Delete(value);
    if (status != 0) {
      snprintf(point->error->text, sizeof point->error->text,
               "%s:1:1: $.%s: found %.99s, allowed %.150s", point->doc->file, sets[i].path,
               value != NULL ? edit.found : "no memory", value != NULL ? edit.allowed : "enough");
      return -1;
    }
  }
  return 0;
}

/// Variables of the sweep, then those of define that the sweep does not have.
static uint32_t list_variables(const point_t *point, const cJSON *define,
                               json_variable_t variables[VARIABLE_MAX]) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < point->item_count; i++) {
    if (point->item[i].path[0] == '$') {
      variables[count++] = (json_variable_t){point->item[i].path + 1, point->item[i].value};
    }
  }
  uint32_t swept = count;
  const cJSON *value = define != NULL ? define->child : NULL;
  for (; value != NULL && count < VARIABLE_MAX; value = value->next) {
    uint32_t i = 0;
    while (i < swept && strcmp(variables[i].name, value->string) != 0) {
      i++;
    }
    if (i == swept) {
      variables[count++] = (json_variable_t){value->string, value};
    }
  }
  return count;
}

/// Draw and check what define says: a variable stands for one value.
static int prepare_define(point_t *point, cJSON *define) {
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "define");
  if (define == NULL) {
    return 0;
  }
  if (draw_all(point->doc, define, &path, seed_of(point->root), point->error) != 0 ||
      schema_check(point->doc, define, &path, schema_find(schema_scenario(), "define")->object,
                   point->error) != 0) {
    return -1;
  }
  if (cJSON_GetArraySize(define) > VARIABLE_MAX - SWEEP_VALUE_MAX) {
    return json_doc_refuse(point->doc, &path, 0, point->error, "more than 32 variables",
                           "at most 32");
  }
  return 0;
}

static int substitute(point_t *point) {
  json_variable_t variables[VARIABLE_MAX];
  json_path_t path = {.count = 0};
  json_edit_error_t edit;
  cJSON *define = cJSON_DetachItemFromObjectCaseSensitive(point->root, "define");
  int status = prepare_define(point, define);
  if (status == 0) {
    uint32_t count = list_variables(point, define, variables);
    if (json_edit_substitute(point->root, variables, count, &path, &edit) != 0) {
      status = refuse_edit(point, &path, &edit);
    }
  }
  cJSON_Delete(define);
  return status;
}

/// Letters that a file name may hold everywhere.
static void append_safe(char *name, size_t name_bytes, const char *text) {
  size_t used = strlen(name);
  for (; *text != '\0' && used + 1 < name_bytes; text++) {
    int is_safe = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                  (*text >= '0' && *text <= '9') || strchr("._+-", *text) != NULL;
    name[used++] = is_safe ? *text : '_';
  }
  name[used] = '\0';
}

static void name_point(uint32_t index, int is_random, scenario_t *made) {
  char *name = made->run_name;
  size_t total = strlen(made->id);
  for (uint32_t i = 0; i < made->sweep_count; i++) {
    size_t length = strlen(made->sweep[i].value);
    total += length + 1 < sizeof made->sweep[i].value ? 1 + length : sizeof made->run_name;
  }
  if (is_random || total >= 100) {
    snprintf(name, sizeof made->run_name, "%s.%05u", made->id, index);
    return;
  }
  snprintf(name, sizeof made->run_name, "%s", made->id);
  for (uint32_t i = 0; i < made->sweep_count; i++) {
    append_safe(name, sizeof made->run_name, i == 0 ? "." : "_");
    append_safe(name, sizeof made->run_name, made->sweep[i].value);
  }
}

static int sweep_is_random(const sweep_t *sweep) {
  for (uint32_t a = 0; a < sweep->axis_count; a++) {
    if (sweep->axis[a].is_random) {
      return 1;
    }
  }
  return 0;
}

/// Say with a refusal which point of the sweep it came from.
static void blame_sweep(const point_t *point) {
  char *text = point->error->text;
  char value[64];
  for (uint32_t i = 0; i < point->item_count; i++) {
    size_t used = strlen(text);
    sweep_values_text(point->item[i].value, value, sizeof value);
    snprintf(text + used, sizeof point->error->text - used, "%s%s = %s%s",
             i == 0 ? " (in the sweep at " : ", ", point->item[i].path, value,
             i + 1 == point->item_count ? ")" : "");
  }
}

static int finish_point(point_t *point, uint32_t index, scenario_t **made_out) {
  json_path_t top = {.count = 0};
  scenario_t *made = calloc(1, sizeof *made);
  if (made == NULL) {
    return json_doc_refuse(point->doc, &top, 0, point->error, "no memory", "enough");
  }
  if (schema_check(point->doc, point->root, &top, schema_scenario(), point->error) != 0 ||
      plan_make(point->doc, point->root, &made->plan, point->error) != 0) {
    scenario_free(made);
    return -1;
  }
  describe(point->root, made);
  snprintf(made->file, sizeof made->file, "%s", point->doc->file);
  keep_text(point->root, made);
  if (made->text == NULL) {
    scenario_free(made);
    return json_doc_refuse(point->doc, &top, 0, point->error, "no memory", "enough");
  }
  made->sweep_count = point->item_count;
  for (uint32_t i = 0; i < point->item_count; i++) {
    snprintf(made->sweep[i].path, sizeof made->sweep[i].path, "%s", point->item[i].path);
    sweep_values_text(point->item[i].value, made->sweep[i].value, sizeof made->sweep[i].value);
  }
  name_point(index, sweep_is_random(&point->base->source->sweep), made);
  *made_out = made;
  return 0;
}

int scenario_point(const scenario_t *scenario, uint32_t index, const scenario_set_t *sets,
                   uint32_t set_count, scenario_t **point_out, scenario_error_t *error) {
  point_t point = {.base = scenario, .doc = &scenario->source->doc, .error = error};
  if (index >= scenario->source->sweep.point_count) {
    snprintf(error->text, sizeof error->text, "%s:1:1: $.sweep: found point %u, allowed below %u",
             point.doc->file, index, scenario->source->sweep.point_count);
    return -1;
  }
  json_path_t top = {.count = 0};
  point.root = cJSON_Duplicate(point.doc->root, 1);
  point.item_count = sweep_point(&scenario->source->sweep, index, point.item);
  cJSON_DeleteItemFromObjectCaseSensitive(point.root, "sweep");
  int status = apply_sweep(&point);
  if (status == 0) {
    status = apply_sets(&point, sets, set_count);
  }
  if (status == 0) {
    status = substitute(&point);
  }
  if (status == 0) {
    status = draw_all(point.doc, point.root, &top, seed_of(point.root), error);
  }
  if (status == 0) {
    status = finish_point(&point, index, point_out);
  }
  if (status != 0) {
    blame_sweep(&point);
  }
  end_point(&point);
  return status;
}

/* ---- files ---- */

/// Version first: of another format nothing else can be said.
static int check_version(const json_doc_t *doc, scenario_error_t *error) {
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "packsim");
  const cJSON *version = cJSON_GetObjectItemCaseSensitive(doc->root, "packsim");
  char found[120];
  if (!cJSON_IsObject(doc->root)) {
    json_value_text(doc->root, found, sizeof found);
    return json_doc_refuse(doc, &top, 0, error, found, "an object with \"packsim\": 1");
  }
  if (version == NULL) {
    return json_doc_refuse(doc, &top, 0, error, "no key \"packsim\"", "\"packsim\": 1");
  }
  if (cJSON_IsNumber(version) && fabs(version->valuedouble - 1.0) <= 0.0) {
    return 0;
  }
  json_value_text(version, found, sizeof found);
  return json_doc_refuse(doc, &path, 0, error, found, "1, the version of this format");
}

static int check_points(const scenario_t *scenario, uint32_t count_max, scenario_error_t *error) {
  for (uint32_t i = 0; i < scenario->source->sweep.point_count && i < count_max; i++) {
    scenario_t *point = NULL;
    if (scenario_point(scenario, i, NULL, 0, &point, error) != 0) {
      return -1;
    }
    scenario_free(point);
  }
  return 0;
}

/// Takes doc over, frees it on failure.
static int adopt_doc(json_doc_t doc, const char *file, uint32_t checked_max, scenario_t **scenario,
                     scenario_error_t *error) {
  scenario_t *made = calloc(1, sizeof *made);
  scenario_source_t *source = calloc(1, sizeof *source);
  if (made == NULL || source == NULL) {
    snprintf(error->text, sizeof error->text, "%s:1:1: $: found no memory, allowed enough", file);
    free(made);
    free(source);
    json_doc_free(&doc);
    return -1;
  }
  source->doc = doc;
  made->source = source;
  describe(doc.root, made);
  snprintf(made->file, sizeof made->file, "%s", file);
  if (check_version(&source->doc, error) != 0 ||
      sweep_make(&source->doc, source->doc.root, &source->sweep, error) != 0 ||
      check_points(made, checked_max, error) != 0) {
    scenario_free(made);
    return -1;
  }
  *scenario = made;
  return 0;
}

/// Take in the fragments. What it says about editors does not belong to the scenario. Frees doc on
/// failure.
static int merge(json_doc_t *doc, scenario_error_t *error) {
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "$schema");
  if (json_include(doc, error) != 0) {
    json_doc_free(doc);
    return -1;
  }
  const cJSON *schema = cJSON_GetObjectItemCaseSensitive(doc->root, "$schema");
  if (schema != NULL && !cJSON_IsString(schema)) {
    (void)json_doc_refuse(doc, &path, 0, error, "no text", "the address of a JSON Schema");
    json_doc_free(doc);
    return -1;
  }
  cJSON_DeleteItemFromObjectCaseSensitive(doc->root, "$schema");
  return 0;
}

int scenario_load(const char *file, scenario_t **scenario, scenario_error_t *error) {
  json_doc_t doc;
  if (json_doc_load(file, &doc, error) != 0 || merge(&doc, error) != 0) {
    return -1;
  }
  return adopt_doc(doc, file, UINT32_MAX, scenario, error);
}

int scenario_load_text(const char *file, const char *text, size_t bytes, uint32_t checked_max,
                       scenario_t **scenario, scenario_error_t *error) {
  json_doc_t doc;
  if (json_doc_parse(file, text, bytes, &doc, error) != 0 || merge(&doc, error) != 0) {
    return -1;
  }
  return adopt_doc(doc, file, checked_max, scenario, error);
}

int scenario_from_text(const char *file, const char *text, scenario_t **point,
                       scenario_error_t *error) {
  json_doc_t doc;
  scenario_t *whole = NULL;
  if (json_doc_parse(file, text, strlen(text), &doc, error) != 0 ||
      adopt_doc(doc, file, UINT32_MAX, &whole, error) != 0) {
    return -1;
  }
  int status = scenario_point(whole, 0, NULL, 0, point, error);
  scenario_free(whole);
  return status;
}

void scenario_text_free(char *text) { cJSON_free(text); }

void scenario_free(scenario_t *scenario) {
  if (scenario == NULL) {
    return;
  }
  plan_free(scenario->plan);
  scenario_text_free(scenario->text);
  if (scenario->source != NULL) {
    sweep_free(&scenario->source->sweep);
    json_doc_free(&scenario->source->doc);
    free(scenario->source);
  }
  free(scenario);
}

uint32_t scenario_point_count(const scenario_t *scenario) {
  return scenario->source != NULL ? scenario->source->sweep.point_count : 1;
}

int scenario_has_tag(const scenario_t *scenario, const char *tag) {
  for (uint32_t i = 0; i < scenario->tag_count; i++) {
    if (strcmp(scenario->tag[i], tag) == 0) {
      return 1;
    }
  }
  return 0;
}

int scenario_set_parse(const char *text, scenario_set_t *set, scenario_error_t *error) {
  const char *equals = strchr(text, '=');
  size_t path_length = equals != NULL ? (size_t)(equals - text) : 0;
  if (path_length == 0 || path_length >= sizeof set->path ||
      strlen(equals + 1) >= sizeof set->value) {
    snprintf(
        error->text, sizeof error->text,
        "--set: found \"%.80s\", allowed path=value such as pack.soc_pct=50 (95 and 127 bytes)",
        text);
    return -1;
  }
  memset(set, 0, sizeof *set);
  memcpy(set->path, text, path_length);
  snprintf(set->value, sizeof set->value, "%s", equals + 1);
  return 0;
}

scenario_kind_t scenario_kind_of(const char *file, scenario_error_t *error) {
  json_doc_t doc;
  if (json_doc_load(file, &doc, error) != 0) {
    return SCENARIO_KIND_ERROR;
  }
  int is_suite = cJSON_GetObjectItemCaseSensitive(doc.root, "scenarios") != NULL;
  json_doc_free(&doc);
  return is_suite ? SCENARIO_KIND_SUITE : SCENARIO_KIND_SCENARIO;
}
