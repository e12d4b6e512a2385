/// Reads results.json and timing.json: see results_read.h.
#include "results_read.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "json_exact.h"
#include "json_text.h"
#include "version.h"

enum { FILE_BYTES_MAX = 1 << 29, WHERE_BYTES = 64 };

typedef struct {
  const char *file;
  char *error;
  uint32_t error_bytes;
  int is_bad; /* the first refusal stays */
} reader_t;

static int refuse(reader_t *reader, const char *format, ...) {
  if (reader->is_bad) return -1;
  reader->is_bad = 1;
  va_list arguments;
  int used = snprintf(reader->error, reader->error_bytes, "%s: ", reader->file);
  if (used < 0 || (uint32_t)used >= reader->error_bytes) return -1;
  va_start(arguments, format);
  vsnprintf(reader->error + used, reader->error_bytes - (uint32_t)used, format, arguments);
  va_end(arguments);
  return -1;
}

/* ---- values, each refused where it is not what it must be ---- */

static void read_text(reader_t *reader, const cJSON *object, const char *where, const char *key,
                      int is_needed, char *text, size_t text_bytes) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  text[0] = 0;
  if (!item && !is_needed) return;
  if (!cJSON_IsString(item) || strlen(item->valuestring) >= text_bytes) {
    refuse(reader, "%s.%s: found %s, allowed a text of at most %zu bytes", where, key,
           !item                  ? "nothing"
           : cJSON_IsString(item) ? "a longer text"
                                  : "no text",
           text_bytes - 1);
    return;
  }
  snprintf(text, text_bytes, "%s", item->valuestring);
}

static double read_number(reader_t *reader, const cJSON *object, const char *where, const char *key,
                          double if_absent) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  if (!item) return if_absent;
  if (cJSON_IsNumber(item)) return item->valuedouble;
  if (cJSON_IsString(item)) {
    if (strcmp(item->valuestring, "nan") == 0) return (double)NAN;
    if (strcmp(item->valuestring, "inf") == 0) return (double)INFINITY;
    if (strcmp(item->valuestring, "-inf") == 0) return (double)-INFINITY;
  }
  refuse(reader, "%s.%s: found no number, allowed a number", where, key);
  return if_absent;
}

static uint64_t read_count(reader_t *reader, const cJSON *object, const char *where,
                           const char *key, double max) {
  double value = read_number(reader, object, where, key, (double)NAN);
  if (value >= 0 && value <= max) return (uint64_t)value;
  refuse(reader, "%s.%s: allowed a whole number 0..%.0f", where, key, max);
  return 0;
}

static uint64_t read_hex(reader_t *reader, const cJSON *object, const char *where,
                         const char *key) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  const char *text = cJSON_IsString(item) ? item->valuestring : "";
  if (strlen(text) == 16 && text[strspn(text, "0123456789abcdef")] == 0) {
    return strtoull(text, NULL, 16);
  }
  refuse(reader, "%s.%s: found \"%.20s\", allowed 16 digits 0..9a..f", where, key, text);
  return 0;
}

/* Index of the word among count; count iff it is none of them. */
static uint8_t read_word(reader_t *reader, const cJSON *object, const char *where, const char *key,
                         const char *const *words, uint32_t count) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  const char *text = cJSON_IsString(item) ? item->valuestring : "";
  for (uint32_t i = 0; i < count; i++) {
    if (strcmp(text, words[i]) == 0) return (uint8_t)i;
  }
  refuse(reader, "%s.%s: found \"%.20s\", allowed one of %s .. %s", where, key, text, words[0],
         words[count - 1]);
  return 0;
}

static const char *const verdict_words[] = {"pass", "fail", "inconclusive", "error", "skipped"};
static const char *const kind_words[] = {"expect", "always", "never", "measure"};

/* ---- one run ---- */

static void check_read(reader_t *reader, const cJSON *object, const char *where,
                       check_result_t *check) {
  read_text(reader, object, where, "id", 1, check->id, sizeof check->id);
  check->kind = read_word(reader, object, where, "kind", kind_words, 4);
  check->verdict = read_word(reader, object, where, "verdict", verdict_words, 5);
  check->has_margin = cJSON_HasObjectItem(object, "limit") != 0;
  check->value = read_number(reader, object, where, "value", 0);
  check->limit = read_number(reader, object, where, "limit", 0);
  check->at_s = read_number(reader, object, where, "at_s", -1);
  read_text(reader, object, where, "unit", 0, check->unit, sizeof check->unit);
  read_text(reader, object, where, "text", 0, check->text, sizeof check->text);
}

static void sweep_read(reader_t *reader, const cJSON *object, const char *where,
                       run_result_t *run) {
  const cJSON *sweep = cJSON_GetObjectItemCaseSensitive(object, "sweep");
  const cJSON *item = sweep ? sweep->child : NULL;
  for (; item; item = item->next) {
    sweep_value_t *value = &run->sweep[run->sweep_count];
    if (run->sweep_count == RESULT_SWEEP_MAX || !item->string || !cJSON_IsString(item) ||
        strlen(item->string) >= sizeof value->path ||
        strlen(item->valuestring) >= sizeof value->value) {
      refuse(reader, "%s.sweep: allowed at most %d short texts", where, RESULT_SWEEP_MAX);
      return;
    }
    snprintf(value->path, sizeof value->path, "%s", item->string);
    snprintf(value->value, sizeof value->value, "%s", item->valuestring);
    run->sweep_count++;
  }
}

static void figures_read(reader_t *reader, const cJSON *object, const char *where,
                         run_result_t *run) {
  const double two_to_53 = 9007199254740992.0;
  run->seed = read_count(reader, object, where, "seed", two_to_53);
  run->scenario_hash = read_hex(reader, object, where, "scenario_hash");
  run->output_hash = read_hex(reader, object, where, "output_hash");
  run->trace_hash = read_hex(reader, object, where, "trace_hash");
  run->tick_count = read_count(reader, object, where, "tick_count", two_to_53);
  run->sim_s = read_number(reader, object, where, "sim_s", 0);
  run->soc_start_pct = read_number(reader, object, where, "soc_start_pct", 0);
  run->soc_end_pct = read_number(reader, object, where, "soc_end_pct", 0);
  run->pack_Wh = read_number(reader, object, where, "pack_Wh", 0);
  run->distance_m = read_number(reader, object, where, "distance_m", 0);
  run->ledger_error_pct = read_number(reader, object, where, "ledger_error_pct", 0);
  run->dtc_set_count = (uint32_t)read_count(reader, object, where, "dtc_set_count", UINT32_MAX);
  read_text(reader, object, where, "dtc_first", 0, run->dtc_first, sizeof run->dtc_first);
}

static void run_read(reader_t *reader, const cJSON *object, const char *where, run_result_t *run) {
  read_text(reader, object, where, "scenario", 1, run->scenario_id, sizeof run->scenario_id);
  read_text(reader, object, where, "run", 1, run->run_name, sizeof run->run_name);
  read_text(reader, object, where, "title", 1, run->title, sizeof run->title);
  read_text(reader, object, where, "file", 1, run->file, sizeof run->file);
  read_text(reader, object, where, "error", 0, run->error, sizeof run->error);
  run->verdict = read_word(reader, object, where, "verdict", verdict_words, 5);
  if (!reader->is_bad &&
      (run->run_name[0] == 0 || run->run_name[0] == '.' || strchr(run->run_name, '/'))) {
    refuse(reader, "%s.run: found \"%s\", allowed the name of a folder", where, run->run_name);
  }
  sweep_read(reader, object, where, run);
  figures_read(reader, object, where, run);
  const cJSON *checks = cJSON_GetObjectItemCaseSensitive(object, "checks");
  for (const cJSON *item = checks ? checks->child : NULL; item; item = item->next) {
    char deeper[WHERE_BYTES + 24];
    snprintf(deeper, sizeof deeper, "%s.checks[%u]", where, run->check_count);
    if (run->check_count == RESULT_CHECK_MAX) {
      refuse(reader, "%s: allowed at most %d", deeper, RESULT_CHECK_MAX);
      return;
    }
    check_read(reader, item, deeper, &run->check[run->check_count++]);
  }
}

static void extras_read(reader_t *reader, const cJSON *object, const char *where,
                        results_t *results, uint32_t index) {
  const cJSON *replay = cJSON_GetObjectItemCaseSensitive(object, "replay");
  const cJSON *resolved = cJSON_GetObjectItemCaseSensitive(object, "resolved");
  results->replay[index] = strdup(cJSON_IsString(replay) ? replay->valuestring : "");
  if (resolved) results->resolved[index] = json_exact_print(resolved, 0);
  if (!results->replay[index] || (resolved && !results->resolved[index])) {
    refuse(reader, "%s: found no memory, allowed enough", where);
  }
}

/* ---- the file ---- */

/* The whole file with a 0 behind it; NULL with the reason. */
static char *file_load(reader_t *reader) {
  FILE *file = fopen(reader->file, "rb");
  if (!file) {
    refuse(reader, "cannot be opened: %s, allowed the result of packsim run", strerror(errno));
    return NULL;
  }
  size_t used = 0, room = 1 << 16;
  char *text = malloc(room);
  while (text) {
    used += fread(text + used, 1, room - used - 1, file);
    if (used + 1 < room || room >= FILE_BYTES_MAX) break;
    char *grown = realloc(text, 2 * room);
    if (!grown) free(text);
    text = grown;
    room *= 2;
  }
  const char *why = !text                        ? "out of memory"
                    : ferror(file)               ? "is it a file?"
                    : used + 1 >= FILE_BYTES_MAX ? "more than 512 MiB"
                                                 : NULL;
  (void)fclose(file);
  if (!why) {
    text[used] = 0;
    return text;
  }
  free(text);
  refuse(reader, "cannot be read: %s", why);
  return NULL;
}

/* The tree of the file; NULL with the reason. */
static cJSON *tree_load(reader_t *reader) {
  char *text = file_load(reader);
  json_syntax_t syntax;
  cJSON *root = NULL;
  uint32_t line = 1, column = 1;
  if (!text) return NULL;
  if (json_text_check(text, strlen(text), &syntax)) {
    json_text_position(text, syntax.offset, &line, &column);
    refuse(reader, "%u:%u: %s: found %s, allowed %s", line, column, syntax.path, syntax.found,
           syntax.allowed);
  } else {
    root = cJSON_Parse(text);
    if (!cJSON_IsObject(root)) refuse(reader, "$: found no object, allowed a result");
  }
  free(text);
  if (!reader->is_bad) return root;
  cJSON_Delete(root);
  return NULL;
}

static void head_read(reader_t *reader, const cJSON *root, results_t *results) {
  double format = read_number(reader, root, "$", "format", 0);
  if (!(format >= RESULTS_FORMAT_VERSION && format <= RESULTS_FORMAT_VERSION)) {
    refuse(reader, "$.format: found %g, allowed %d, the format that this version of packsim writes",
           format, RESULTS_FORMAT_VERSION);
  }
  read_text(reader, root, "$", "packsim_version", 1, results->version, sizeof results->version);
  read_text(reader, root, "$", "suite", 1, results->suite_title, sizeof results->suite_title);
  read_text(reader, root, "$", "command", 0, results->command, sizeof results->command);
  results->is_complete = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "complete")) != 0;
  const cJSON *shard = cJSON_GetObjectItemCaseSensitive(root, "shard");
  if (!shard) return;
  results->shard.index = (uint32_t)read_count(reader, shard, "$.shard", "index", UINT16_MAX);
  results->shard.count = (uint32_t)read_count(reader, shard, "$.shard", "count", UINT16_MAX);
  results->shard.run_total = (uint32_t)read_count(reader, shard, "$.shard", "runs", UINT32_MAX);
  results->shard.list_hash = read_hex(reader, shard, "$.shard", "list_hash");
}

static void runs_read(reader_t *reader, const cJSON *root, results_t *results) {
  const cJSON *runs = cJSON_GetObjectItemCaseSensitive(root, "runs");
  if (!cJSON_IsArray(runs)) {
    refuse(reader, "$.runs: found no array, allowed the list of runs");
    return;
  }
  size_t count = (size_t)cJSON_GetArraySize(runs) + 1;
  results->run = calloc(count, sizeof *results->run);
  results->replay = calloc(count, sizeof *results->replay);
  results->resolved = calloc(count, sizeof *results->resolved);
  if (!results->run || !results->replay || !results->resolved) {
    refuse(reader, "$.runs: found no memory, allowed enough");
    return;
  }
  for (const cJSON *item = runs->child; item && !reader->is_bad; item = item->next) {
    char where[WHERE_BYTES];
    uint32_t index = results->run_count++;
    snprintf(where, sizeof where, "$.runs[%u]", index);
    run_read(reader, item, where, &results->run[index]);
    extras_read(reader, item, where, results, index);
  }
}

/* Wall times are a courtesy: without them everything else still holds. */
static void timing_read(const char *path, results_t *results) {
  char ignored[200];
  reader_t reader = {.file = path, .error = ignored, .error_bytes = sizeof ignored};
  cJSON *root = tree_load(&reader);
  const cJSON *total = cJSON_GetObjectItemCaseSensitive(root, "total");
  const cJSON *runs = cJSON_GetObjectItemCaseSensitive(root, "runs");
  results->wall_s = read_number(&reader, total, "$", "wall_s", 0);
  results->worker_count = (uint32_t)read_number(&reader, total, "$", "workers", 0);
  uint32_t index = 0;
  for (const cJSON *item = runs ? runs->child : NULL; item && index < results->run_count;
       item = item->next, index++) {
    results->run[index].wall_s = read_number(&reader, item, "$", "wall_s", 0);
    results->run[index].wall_record_s = read_number(&reader, item, "$", "record_s", 0);
  }
  cJSON_Delete(root);
}

int results_read(const char *dir, results_t *results, char *error, uint32_t error_bytes) {
  char path[600];
  results_t made = {.run_count = 0};
  reader_t reader = {.file = path, .error = error, .error_bytes = error_bytes};
  snprintf(path, sizeof path, "%.511s/results.json", dir);
  snprintf(made.dir, sizeof made.dir, "%s", dir);
  cJSON *root = tree_load(&reader);
  if (!root) return -1;
  head_read(&reader, root, &made);
  if (!reader.is_bad) runs_read(&reader, root, &made);
  cJSON_Delete(root);
  if (reader.is_bad) {
    results_free(&made);
    return -1;
  }
  snprintf(path, sizeof path, "%.511s/timing.json", dir);
  timing_read(path, &made);
  *results = made;
  return 0;
}

int32_t results_find(const results_t *results, const char *run_name) {
  for (uint32_t i = 0; i < results->run_count; i++) {
    if (strcmp(results->run[i].run_name, run_name) == 0) return (int32_t)i;
  }
  return -1;
}

void results_free(results_t *results) {
  for (uint32_t i = 0; i < results->run_count; i++) {
    free(results->replay[i]);
    cJSON_free(results->resolved[i]);
  }
  free(results->run);
  free(results->replay);
  free(results->resolved);
  *results = (results_t){.run_count = 0};
}
