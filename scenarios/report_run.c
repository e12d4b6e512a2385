/// Reads what a run left in its folder for the page: see report_run.h.
#include "report_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/pinout_text.h"
#include "names.h"

enum { STORY_BYTES_MAX = 1 << 20, CSV_BYTES_MAX = 64 << 20 };

/* A whole file with a zero behind it; NULL iff it is not there or too long. */
static char *file_read(const char *path, long bytes_max) {
  FILE *file = fopen(path, "r");
  if (!file) return NULL;
  long bytes = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
  char *text = bytes >= 0 && bytes <= bytes_max ? malloc((size_t)bytes + 1) : NULL;
  rewind(file);
  if (text) text[fread(text, 1, (size_t)bytes, file)] = 0;
  fclose(file);
  return text;
}

static uint32_t count_of(const char *text, char wanted) {
  uint32_t count = 0;
  for (; *text; text++) count += *text == wanted;
  return count;
}

static void csv_read(report_csv_t *csv, const char *path) {
  char *text = file_read(path, CSV_BYTES_MAX), *body = text ? strchr(text, '\n') : NULL;
  if (!body) {
    free(text);
    return;
  }
  *body++ = 0;
  csv->header = text;
  csv->column_count = 1 + count_of(text, ',');
  uint32_t line_max = count_of(body, '\n');
  csv->value = malloc(((size_t)line_max + 1) * csv->column_count * sizeof(float));
  for (const char *at = body; csv->value && *at && csv->count < line_max; csv->count++) {
    float *line = csv->value + (size_t)csv->count * csv->column_count;
    for (uint32_t c = 0; c < csv->column_count; c++) {
      line[c] = strtof(at, NULL);
      at += strcspn(at, ",\n");
      if (*at == ',') at++;
    }
    at += strcspn(at, "\n");
    if (*at == '\n') at++;
  }
}

const char *report_story_text(const cJSON *object, const char *key) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
  return text ? text : "";
}

double report_story_number(const cJSON *object, const char *key) {
  const cJSON *item = cJSON_GetObjectItem(object, key);
  return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

const char *report_mark_text(const cJSON *mark, int word) {
  const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(mark, word));
  return text ? text : "";
}

double report_mark_s(const cJSON *mark) {
  const cJSON *item = cJSON_GetArrayItem(mark, 0);
  return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

const cJSON *report_run_check(const report_run_t *run, uint32_t index) {
  const cJSON *check = cJSON_GetArrayItem(cJSON_GetObjectItem(run->story, "checks"), (int)index);
  int is_same = check && strcmp(report_story_text(check, "id"), run->result->check[index].id) == 0;
  return is_same ? check : NULL;
}

static int is_worse(const check_result_t *check, const check_result_t *than) {
  if ((check->verdict == VERDICT_FAIL) != (than->verdict == VERDICT_FAIL)) {
    return check->verdict == VERDICT_FAIL;
  }
  return check->at_s >= 0 && than->at_s >= 0 && check->at_s < than->at_s;
}

/* The first failure in time; what failed before what is only inconclusive. */
static int32_t key_of(const run_result_t *result) {
  int32_t key = -1;
  for (uint32_t i = 0; i < result->check_count && i < RESULT_CHECK_MAX; i++) {
    if (result->check[i].verdict == VERDICT_PASS) continue;
    if (key < 0 || is_worse(&result->check[i], &result->check[key])) key = (int32_t)i;
  }
  return key;
}

/* Of a passed run the expectation in time with the least margin is worth a closer look. */
static int32_t key_of_passed(const run_result_t *result) {
  int32_t key = -1;
  for (uint32_t i = 0; i < result->check_count && i < RESULT_CHECK_MAX; i++) {
    const check_result_t *check = &result->check[i];
    if (check->kind != CHECK_EXPECT || !check->has_margin || strcmp(check->unit, "ms") != 0) {
      continue;
    }
    if (key < 0 || report_margin(check) < report_margin(&result->check[key])) key = (int32_t)i;
  }
  return key >= 0 ? key : report_worst_check(result);
}

static void key_times(report_run_t *run) {
  run->key_from_s = run->key_to_s = run->key_at_s = (double)NAN;
  if (run->key < 0) return;
  const cJSON *check = report_run_check(run, (uint32_t)run->key);
  double at_s = run->result->check[run->key].at_s;
  run->key_from_s = report_story_number(check, "from_s");
  run->key_to_s = report_story_number(check, "deadline_s");
  run->key_at_s = at_s >= 0 ? at_s : (double)NAN;
}

/* Take along the groups that a name speaks of: "phys.cell.M3C5a", "wire.A12". */
static void groups_take(report_run_t *run, const char *name) {
  char word[24];
  for (const char *at = name; *at;) {
    size_t length = strcspn(at, ".");
    snprintf(word, sizeof word, "%.*s", (int)(length < 20 ? length : 20), at);
    at += length + (at[length] == '.');
    int32_t group = names_group(word), cell = names_cell(word), wire = names_wire(word);
    if (group < 0 && cell >= 0) group = cell / 2;
    if (group < 0 && wire >= 0) {
      group = pinout_wire[wire].group_below != PINOUT_NONE ? pinout_wire[wire].group_below
                                                           : pinout_wire[wire].group_above;
    }
    if (group < 0 || group >= PINOUT_GROUP_COUNT) continue;
    const char *found = pinout_group_name((uint32_t)group);
    int is_known = run->group_count == REPORT_GROUP_MAX;
    for (uint32_t i = 0; i < run->group_count; i++) {
      is_known |= strcmp(run->group[i], found) == 0;
    }
    if (is_known) continue;
    snprintf(run->group[run->group_count++], sizeof run->group[0], "%s", found);
  }
}

static void groups_find(report_run_t *run) {
  const cJSON *item, *target;
  cJSON_ArrayForEach(item, cJSON_GetObjectItem(run->story, "events")) {
    groups_take(run, report_story_text(item, "signal"));
    cJSON_ArrayForEach(target, cJSON_GetObjectItem(item, "targets")) {
      if (cJSON_IsString(target)) groups_take(run, target->valuestring);
    }
  }
  cJSON_ArrayForEach(item, cJSON_GetObjectItem(run->story, "checks")) {
    groups_take(run, report_story_text(item, "signal"));
  }
  cJSON_ArrayForEach(item, cJSON_GetObjectItem(run->story, "dtcs")) {
    groups_take(run, report_story_text(item, "location"));
  }
}

void report_run_open(report_run_t *run, const report_t *report, const run_result_t *result) {
  char path[760];
  *run = (report_run_t){.report = report, .result = result, .key = key_of(result)};
  if (result->verdict == VERDICT_PASS) run->key = key_of_passed(result);
  snprintf(run->dir, sizeof run->dir, "%s/%s", report->dir, result->run_name);
  snprintf(path, sizeof path, "%s/story.json", run->dir);
  char *text = file_read(path, STORY_BYTES_MAX);
  if (text) run->story = cJSON_Parse(text);
  free(text);
  snprintf(path, sizeof path, "%s/signals.csv", run->dir);
  csv_read(&run->csv, path);
  snprintf(path, sizeof path, "%s/signals.h5", run->dir);
  run->recording = recorder_series_open(path);
  run->end_s = result->sim_s;
  key_times(run);
  groups_find(run);
}

void report_run_close(report_run_t *run) {
  cJSON_Delete(run->story);
  recorder_series_close(run->recording);
  free(run->csv.header);
  free(run->csv.value);
}
