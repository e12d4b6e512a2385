/// Lists for people and scripts: see catalog.h.
#include "catalog.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "faults.h"
#include "names.h"
#include "signals.h"

static void json_print(FILE *file, cJSON *root) {
  char *text = cJSON_Print(root);
  cJSON_Delete(root);
  if (!text) return;
  fputs(text, file);
  fputc('\n', file);
  cJSON_free(text);
}

static const char *rate_text(uint16_t period_ms) {
  if (period_ms == SIGNALS_NOT_RECORDED) return "no";
  if (period_ms == 1000) return "1 s";
  return period_ms == 1     ? "1 ms"
         : period_ms == 10  ? "10 ms"
         : period_ms == 100 ? "100 ms"
                            : "on change";
}

static cJSON *signal_json(const signal_t *signal) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "name", signal->name);
  cJSON_AddStringToObject(object, "unit", signal->unit);
  cJSON_AddNumberToObject(object, "period_ms", signal->period_ms);
  cJSON_AddBoolToObject(object, "csv", signal->in_csv);
  cJSON_AddStringToObject(object, "help", signal->help);
  return object;
}

uint32_t catalog_signals(FILE *file, const char *pattern, int is_json) {
  cJSON *root = is_json ? cJSON_CreateArray() : NULL;
  uint32_t count = 0;
  for (uint32_t i = 0; i < signals_count(); i++) {
    const signal_t *signal = signals_at(i);
    if (pattern && !names_match(pattern, signal->name)) continue;
    if (root) {
      cJSON_AddItemToArray(root, signal_json(signal));
    } else {
      if (count == 0)
        fprintf(file, "%-36s %-6s %-9s  %s\n", "signal", "unit", "recorded", "what it is");
      fprintf(file, "%-36s %-6s %-9s  %s\n", signal->name, signal->unit,
              rate_text(signal->period_ms), signal->help);
    }
    count++;
  }
  if (root) json_print(file, root);
  return count;
}

static cJSON *fault_json(const fault_row_t *row) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "type", row->name);
  cJSON_AddStringToObject(object, "layer", row->layer);
  cJSON_AddStringToObject(object, "targets", row->targets);
  if (row->unit[0]) {
    cJSON_AddStringToObject(object, "unit", row->unit);
    cJSON_AddNumberToObject(object, "min", row->min);
    cJSON_AddNumberToObject(object, "max", row->max);
  }
  cJSON_AddBoolToObject(object, "needs_other", row->has_other);
  cJSON_AddBoolToObject(object, "may_chatter", row->has_chatter);
  cJSON_AddStringToObject(object, "help", row->help);
  return object;
}

void catalog_faults(FILE *file, int is_json) {
  cJSON *root = is_json ? cJSON_CreateArray() : NULL;
  if (!root)
    fprintf(file, "%-18s %-7s %-28s %-9s %-18s  %s\n", "type", "layer", "targets", "unit", "range",
            "what it does");
  for (uint32_t i = 0; i < faults_count(); i++) {
    const fault_row_t *row = faults_at(i);
    if (root) {
      cJSON_AddItemToArray(root, fault_json(row));
      continue;
    }
    char range[40] = "";
    if (row->unit[0]) snprintf(range, sizeof range, "%g..%g", row->min, row->max);
    fprintf(file, "%-18s %-7s %-28s %-9s %-18s  %s\n", row->name, row->layer, row->targets,
            row->unit, range, row->help);
  }
  if (root) json_print(file, root);
}

static cJSON *scenario_json(const scenario_t *scenario) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "id", scenario->id);
  cJSON_AddStringToObject(object, "title", scenario->title);
  cJSON_AddStringToObject(object, "why", scenario->why);
  cJSON_AddStringToObject(object, "file", scenario->file);
  cJSON_AddNumberToObject(object, "runs", scenario_point_count(scenario));
  cJSON *tags = cJSON_AddArrayToObject(object, "tags");
  for (uint32_t i = 0; i < scenario->tag_count; i++) {
    cJSON_AddItemToArray(tags, cJSON_CreateString(scenario->tag[i]));
  }
  cJSON *requirements = cJSON_AddArrayToObject(object, "requirements");
  for (uint32_t i = 0; i < scenario->requirement_count; i++) {
    cJSON_AddItemToArray(requirements, cJSON_CreateString(scenario->requirement[i]));
  }
  return object;
}

void catalog_scenarios(FILE *file, const scenario_t *const *scenario, uint32_t count, int is_json) {
  cJSON *root = is_json ? cJSON_CreateArray() : NULL;
  if (!root) fprintf(file, "%-16s %5s  %-52s  %s\n", "scenario", "runs", "title", "tags");
  for (uint32_t i = 0; i < count; i++) {
    if (root) {
      cJSON_AddItemToArray(root, scenario_json(scenario[i]));
      continue;
    }
    fprintf(file, "%-16s %5u  %-52s ", scenario[i]->id, scenario_point_count(scenario[i]),
            scenario[i]->title);
    for (uint32_t t = 0; t < scenario[i]->tag_count; t++) fprintf(file, " %s", scenario[i]->tag[t]);
    fputc('\n', file);
  }
  if (root) json_print(file, root);
}

void catalog_offers(FILE *file, const catalog_offer_t *offer, uint32_t count, int is_json) {
  cJSON *root = is_json ? cJSON_CreateObject() : NULL;
  for (uint32_t i = 0; i < count; i++) {
    if (!root) {
      fprintf(file, "%-3s  %-24s %s\n", offer[i].is_available ? "yes" : "no", offer[i].name,
              offer[i].detail);
      continue;
    }
    cJSON *object = cJSON_AddObjectToObject(root, offer[i].name);
    cJSON_AddBoolToObject(object, "available", offer[i].is_available);
    cJSON_AddStringToObject(object, "detail", offer[i].detail);
  }
  if (root) json_print(file, root);
}

void catalog_figures(FILE *file, const char *machine, const catalog_figure_t *figure,
                     uint32_t count, int is_json) {
  cJSON *root = is_json ? cJSON_CreateObject() : NULL;
  if (root)
    cJSON_AddStringToObject(root, "machine", machine);
  else
    fprintf(file, "%s\n", machine);
  for (uint32_t i = 0; i < count; i++) {
    if (!root) {
      fprintf(file, "%-28s %10.4g %-16s %s\n", figure[i].name, figure[i].value, figure[i].unit,
              figure[i].help);
      continue;
    }
    cJSON *object = cJSON_AddObjectToObject(root, figure[i].name);
    cJSON_AddNumberToObject(object, "value", figure[i].value);
    cJSON_AddStringToObject(object, "unit", figure[i].unit);
    cJSON_AddStringToObject(object, "help", figure[i].help);
  }
  if (root) json_print(file, root);
}
