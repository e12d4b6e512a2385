/// Tables of measured reactions: text, JSON, Markdown.
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "../ecu_model/gen/dtc_text.h"
#include "react_sweep.h"

static uint32_t slack_ms(const react_summary_t *of) {
  uint32_t budget_ms = react_react_budget_ms(of->row);
  int32_t used_ms = of->react_ms[2];
  if (budget_ms == 0) {
    budget_ms = react_detect_budget_ms(of->row);
    used_ms = of->detect_ms[2];
  }
  return used_ms < (int32_t)budget_ms ? budget_ms - (uint32_t)(used_ms > 0 ? used_ms : 0) : 0;
}

static void times(const int32_t ms[3], uint32_t budget_ms, char *text, uint32_t text_bytes) {
  int length = snprintf(text, text_bytes, "%d / %d / %d", ms[0], ms[1], ms[2]);
  if (budget_ms == 0 || length < 0 || (uint32_t)length >= text_bytes) return;
  (void)snprintf(text + length, text_bytes - (uint32_t)length, " of %u", budget_ms);
}

static void worst_text(const react_summary_t *of, char *text, uint32_t text_bytes) {
  char place[24];
  react_place_name(of->row, of->worst_place, place, sizeof place);
  uint32_t step_ms = of->row->phase_step_ms != 0 ? of->row->phase_step_ms : 1;
  if (of->bad_count == 0) {
    (void)snprintf(text, text_bytes, "%s, phase %u ms", place, of->worst_phase * step_ms);
    return;
  }
  (void)snprintf(text, text_bytes, "%u bad: %s at %s, phase %u ms", of->bad_count,
                 react_verdict_name((react_verdict_t)of->worst.verdict), place,
                 of->worst_phase * step_ms);
}

void react_sweep_print(FILE *file, const react_summary_t *summary) {
  (void)fprintf(file, "%-16s %-8s %5s  %-24s %-26s %-15s %s\n", "row", "requires", "n", "DTC, ms",
                "reaction, ms", "what", "worst at");
  for (uint32_t r = 0; r < react_row_count(); r++) {
    const react_summary_t *of = &summary[r];
    char detect[48] = "-", react[48] = "-", worst[96] = "-";
    if (of->variant_count == 0) continue;
    if (of->is_timed) times(of->detect_ms, react_detect_budget_ms(of->row), detect, sizeof detect);
    if (of->is_timed) times(of->react_ms, react_react_budget_ms(of->row), react, sizeof react);
    if (of->is_timed || of->bad_count > 0) worst_text(of, worst, sizeof worst);
    (void)fprintf(file, "%-16s %-8s %5u  %-24s %-26s %-15s %s\n", of->row->name,
                  of->row->requirement, of->variant_count, detect, react,
                  react_must_name((react_must_t)of->row->must), worst);
  }
}

static void add_times(cJSON *object, const char *name, const int32_t ms[3], uint32_t budget_ms) {
  cJSON *entry = cJSON_AddObjectToObject(object, name);
  cJSON_AddNumberToObject(entry, "min_ms", ms[0]);
  cJSON_AddNumberToObject(entry, "median_ms", ms[1]);
  cJSON_AddNumberToObject(entry, "max_ms", ms[2]);
  if (budget_ms > 0) cJSON_AddNumberToObject(entry, "budget_ms", budget_ms);
}

void react_sweep_json(FILE *file, const react_summary_t *summary) {
  cJSON *root = cJSON_CreateArray();
  for (uint32_t r = 0; r < react_row_count(); r++) {
    const react_summary_t *of = &summary[r];
    char place[24];
    if (of->variant_count == 0) continue;
    cJSON *object = cJSON_CreateObject();
    react_place_name(of->row, of->worst_place, place, sizeof place);
    cJSON_AddStringToObject(object, "row", of->row->name);
    cJSON_AddStringToObject(object, "requirement", of->row->requirement);
    cJSON_AddStringToObject(object, "what", of->row->what);
    cJSON_AddStringToObject(object, "from", react_at_name((react_at_t)of->row->at));
    cJSON_AddStringToObject(object, "dtc", dtc_name(of->row->dtc));
    cJSON_AddStringToObject(object, "must", react_must_name((react_must_t)of->row->must));
    cJSON_AddNumberToObject(object, "variants", of->variant_count);
    cJSON_AddNumberToObject(object, "bad", of->bad_count);
    if (of->is_timed) {
      add_times(object, "detect", of->detect_ms, react_detect_budget_ms(of->row));
      add_times(object, "react", of->react_ms, react_react_budget_ms(of->row));
    }
    cJSON_AddStringToObject(object, "worst_verdict",
                            react_verdict_name((react_verdict_t)of->worst.verdict));
    cJSON_AddStringToObject(object, "worst_place", place);
    cJSON_AddNumberToObject(object, "worst_phase", of->worst_phase);
    cJSON_AddItemToArray(root, object);
  }
  char *text = cJSON_Print(root);
  cJSON_Delete(root);
  if (text == NULL) return;
  (void)fprintf(file, "%s\n", text);
  cJSON_free(text);
}

/* --- Markdown ------------------------------------------------------------------------------ */

static void markdown_row(FILE *file, const react_summary_t *of) {
  char detect[48] = "", react[48] = "", worst[96];
  times(of->detect_ms, react_detect_budget_ms(of->row), detect, sizeof detect);
  times(of->react_ms, react_react_budget_ms(of->row), react, sizeof react);
  worst_text(of, worst, sizeof worst);
  (void)fprintf(file, "| %s | %s | %s, from *%s* | %u | %s | %s | %s | %u | %s |\n", of->row->name,
                of->row->requirement, of->row->what, react_at_name((react_at_t)of->row->at),
                of->variant_count, detect, react, react_must_name((react_must_t)of->row->must),
                slack_ms(of), worst);
}

static void markdown_quiet(FILE *file, const react_summary_t *of) {
  (void)fprintf(file, "| %s | %s | %s, from *%s* | %s | %u | %u |\n", of->row->name,
                of->row->requirement, of->row->what, react_at_name((react_at_t)of->row->at),
                dtc_name(of->row->dtc), of->variant_count, of->bad_count);
}

void react_sweep_markdown(FILE *file, const react_summary_t *summary) {
  (void)fputs("## Measured reactions\n\n"
              "Least / median / greatest of all variants, in simulated ms, and what is allowed. "
              "The margin is what the slowest leaves of the last allowance.\n\n"
              "| row | requirement | fault | variants | to the DTC | to the reaction | reaction | "
              "margin | slowest at |\n|---|---|---|---:|---|---|---|---:|---|\n",
              file);
  for (uint32_t r = 0; r < react_row_count(); r++) {
    if (summary[r].row->must != REACT_STAYS) markdown_row(file, &summary[r]);
  }
  (void)fputs("\n## What must not react\n\n"
              "No DTC, contactors stay closed, in every variant.\n\n"
              "| row | requirement | disturbance | DTC that must not come | variants | that "
              "reacted |\n|---|---|---|---|---:|---:|\n",
              file);
  for (uint32_t r = 0; r < react_row_count(); r++) {
    if (summary[r].row->must == REACT_STAYS) markdown_quiet(file, &summary[r]);
  }
}
