/// results.json (everything about every run, the same bytes each time: docs/results.schema.json)
/// and timing.json (what depends on the machine).
#include "report_text.h"

#include <math.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json_exact.h"
#include "version.h"

static void add_hex(cJSON *object, const char *name, uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%016llx", (unsigned long long)value);
  cJSON_AddStringToObject(object, name, text);
}

/* A 64-bit integer without the rounding of a double. */
static void add_u64(cJSON *object, const char *name, uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%llu", (unsigned long long)value);
  cJSON_AddRawToObject(object, name, text);
}

/* JSON has no word for what is not finite: then a text. */
static void add_number(cJSON *object, const char *name, double value) {
  if (isfinite(value)) {
    cJSON_AddNumberToObject(object, name, value);
  } else {
    cJSON_AddStringToObject(object, name, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
  }
}

static cJSON *check_json(const check_result_t *check) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "id", check->id);
  cJSON_AddStringToObject(object, "kind", report_check_kind_text(check->kind));
  cJSON_AddStringToObject(object, "verdict", verdict_text((verdict_t)check->verdict));
  if (check->has_margin) {
    add_number(object, "value", check->value);
    add_number(object, "limit", check->limit);
    cJSON_AddStringToObject(object, "unit", check->unit);
  }
  if (check->at_s >= 0) add_number(object, "at_s", check->at_s);
  if (check->text[0]) cJSON_AddStringToObject(object, "text", check->text);
  return object;
}

static void add_figures(cJSON *object, const run_result_t *result) {
  add_number(object, "sim_s", result->sim_s);
  add_u64(object, "tick_count", result->tick_count);
  add_number(object, "soc_start_pct", result->soc_start_pct);
  add_number(object, "soc_end_pct", result->soc_end_pct);
  add_number(object, "pack_Wh", result->pack_Wh);
  if (result->distance_m > 0) {
    add_number(object, "distance_m", result->distance_m);
    add_number(object, "Wh_per_km", 1000 * result->pack_Wh / result->distance_m);
    add_number(object, "ledger_error_pct", result->ledger_error_pct);
  }
  add_number(object, "dtc_set_count", result->dtc_set_count);
  if (result->dtc_first[0]) cJSON_AddStringToObject(object, "dtc_first", result->dtc_first);
}

static cJSON *run_json(const report_t *report, const run_result_t *result) {
  char replay[800];
  report_replay_text(report, result, replay, sizeof replay);
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "scenario", result->scenario_id);
  cJSON_AddStringToObject(object, "run", result->run_name);
  cJSON_AddStringToObject(object, "title", result->title);
  cJSON_AddStringToObject(object, "file", result->file);
  cJSON_AddStringToObject(object, "verdict", verdict_text((verdict_t)result->verdict));
  if (result->error[0]) cJSON_AddStringToObject(object, "error", result->error);
  if (result->sweep_count > 0) {
    cJSON *sweep = cJSON_AddObjectToObject(object, "sweep");
    for (uint32_t i = 0; i < result->sweep_count && i < RESULT_SWEEP_MAX; i++) {
      cJSON_AddStringToObject(sweep, result->sweep[i].path, result->sweep[i].value);
    }
  }
  add_u64(object, "seed", result->seed);
  add_hex(object, "scenario_hash", result->scenario_hash);
  add_hex(object, "output_hash", result->output_hash);
  add_hex(object, "trace_hash", result->trace_hash);
  cJSON_AddStringToObject(object, "replay", replay);
  const char *resolved = report->resolved ? report->resolved[result - report->result] : NULL;
  if (resolved) cJSON_AddRawToObject(object, "resolved", resolved);
  add_figures(object, result);
  cJSON *checks = cJSON_AddArrayToObject(object, "checks");
  for (uint32_t i = 0; i < result->check_count && i < RESULT_CHECK_MAX; i++) {
    cJSON_AddItemToArray(checks, check_json(&result->check[i]));
  }
  return object;
}

/* Print, write and free a tree. */
static report_status_t json_write(const report_t *report, cJSON *root, const char *name) {
  char *text = json_exact_print(root, 1);
  cJSON_Delete(root);
  FILE *file = report_file_open(report, name);
  if (!file || !text) {
    cJSON_free(text);
    if (!file) return REPORT_ERR_FILE;
    fclose(file);
    return REPORT_ERR_MEMORY;
  }
  fputs(text, file);
  fputc('\n', file);
  cJSON_free(text);
  return report_file_close(report, file, name);
}

static cJSON *root_create(const report_t *report) {
  cJSON *root = cJSON_CreateObject();
  cJSON_AddStringToObject(root, "packsim_version", PACKSIM_VERSION);
  cJSON_AddNumberToObject(root, "format", RESULTS_FORMAT_VERSION);
  cJSON_AddStringToObject(root, "suite", report->suite_title);
  if (report->command) cJSON_AddStringToObject(root, "command", report->command);
  return root;
}

static void add_shard(cJSON *root, const report_shard_t *shard) {
  cJSON *object = cJSON_AddObjectToObject(root, "shard");
  cJSON_AddNumberToObject(object, "index", shard->index);
  cJSON_AddNumberToObject(object, "count", shard->count);
  cJSON_AddNumberToObject(object, "runs", shard->run_total);
  add_hex(object, "list_hash", shard->list_hash);
}

report_status_t report_json(const report_t *report) {
  uint32_t count[5] = {0};
  cJSON *root = root_create(report);
  cJSON_AddBoolToObject(root, "complete", report->is_complete);
  if (report->shard.count > 0) add_shard(root, &report->shard);
  cJSON *counts = cJSON_AddObjectToObject(root, "counts");
  cJSON *runs = cJSON_AddArrayToObject(root, "runs");
  for (uint32_t i = 0; i < report->result_count; i++) {
    const run_result_t *result = &report->result[i];
    count[result->verdict < 5 ? result->verdict : VERDICT_ERROR]++;
    cJSON_AddItemToArray(runs, run_json(report, result));
  }
  for (uint32_t i = 0; i < 5; i++)
    cJSON_AddNumberToObject(counts, verdict_text((verdict_t)i), count[i]);
  return json_write(report, root, "results.json");
}

static void figures_add(const report_t *report, uint32_t index, cJSON *object) {
  if (report->figures == NULL) return;
  const report_figures_t *figures = &report->figures[index];
  cJSON *to = cJSON_AddObjectToObject(object, "real_time");
  for (uint32_t i = 0; i < figures->count; i++)
    cJSON_AddNumberToObject(to, figures->figure[i].name, figures->figure[i].value);
}

report_status_t report_timing(const report_t *report) {
  double sim_s = 0, run_wall_s = 0, record_s = 0;
  cJSON *root = root_create(report);
  cJSON *suite = cJSON_AddObjectToObject(root, "total");
  cJSON *runs = cJSON_AddArrayToObject(root, "runs");
  for (uint32_t i = 0; i < report->result_count; i++) {
    const run_result_t *result = &report->result[i];
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "run", result->run_name);
    cJSON_AddNumberToObject(object, "sim_s", result->sim_s);
    cJSON_AddNumberToObject(object, "wall_s", result->wall_s);
    cJSON_AddNumberToObject(object, "record_s", result->wall_record_s);
    if (result->wall_s > 0) {
      cJSON_AddNumberToObject(object, "real_time_factor", result->sim_s / result->wall_s);
    }
    figures_add(report, i, object);
    cJSON_AddItemToArray(runs, object);
    sim_s += result->sim_s;
    run_wall_s += result->wall_s;
    record_s += result->wall_record_s;
  }
  cJSON_AddNumberToObject(suite, "sim_s", sim_s);
  cJSON_AddNumberToObject(suite, "wall_s", report->wall_s);
  cJSON_AddNumberToObject(suite, "workers", report->worker_count);
  cJSON_AddNumberToObject(suite, "run_wall_s", run_wall_s);
  cJSON_AddNumberToObject(suite, "record_s", record_s);
  if (run_wall_s > 0) {
    cJSON_AddNumberToObject(suite, "real_time_factor_per_worker", sim_s / run_wall_s);
    cJSON_AddNumberToObject(suite, "record_share", record_s / run_wall_s);
  }
  return json_write(report, root, "timing.json");
}
