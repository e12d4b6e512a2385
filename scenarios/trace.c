/// Who names whom: requirements, tables, scenarios, measured reactions.
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/dtc_text.h"
#include "../ecu_model/gen/limits_text.h"
#include "../ecu_model/gen/requirement_text.h"
#include "plan.h"
#include "react.h"
#include "signals.h"

/* --- what a scenario expects --------------------------------------------------------------- */

static void note_signal(const char *name, uint8_t *sees) {
  static const char prefix[] = "dtc.";
  if (strncmp(name, prefix, sizeof prefix - 1) != 0) return;
  int32_t dtc = dtc_find(name + sizeof prefix - 1);
  if (dtc >= 0) sees[dtc] = 1;
}

/// Expected to be there, that is: equal to 1.
static int asks_for_presence(const plan_check_t *check) {
  return check->kind == CHECK_EXPECT && check->has_probe && check->probe.op == PLAN_EQ &&
         check->probe.value > 0.5;
}

static void note_checks(const scenario_plan_t *plan, uint8_t *sees) {
  for (uint32_t i = 0; i < plan->check_count; i++) {
    const plan_check_t *check = &plan->check[i];
    if (!asks_for_presence(check)) continue;
    for (uint32_t k = 0; k < check->probe.count; k++) {
      const signal_t *signal = signals_at(plan->probe_signal[check->probe.first + k]);
      if (signal != NULL) note_signal(signal->name, sees);
    }
  }
}

int trace_make(trace_t *trace, const scenario_t *const *scenario, uint32_t count,
               scenario_error_t *error) {
  trace->scenario_count = count;
  trace->scenario = scenario;
  trace->sees = calloc(count + 1, DTC_COUNT);
  if (trace->sees == NULL) {
    (void)snprintf(error->text, sizeof error->text, "out of memory");
    return -1;
  }
  for (uint32_t s = 0; s < count; s++) {
    for (uint32_t p = 0; p < scenario_point_count(scenario[s]); p++) {
      scenario_t *point = NULL;
      if (scenario_point(scenario[s], p, NULL, 0, &point, error) != 0) return -1;
      note_checks(point->plan, &trace->sees[s * DTC_COUNT]);
      scenario_free(point);
    }
  }
  return 0;
}

void trace_free(trace_t *trace) {
  free(trace->sees);
  trace->sees = NULL;
}

/* --- who names whom ------------------------------------------------------------------------ */

static int names(const scenario_t *scenario, const char *id) {
  for (uint32_t i = 0; i < scenario->requirement_count; i++) {
    if (strcmp(scenario->requirement[i], id) == 0) return 1;
  }
  return 0;
}

static int is_named(const trace_t *trace, const char *id) {
  for (uint32_t s = 0; s < trace->scenario_count; s++) {
    if (names(trace->scenario[s], id)) return 1;
  }
  return 0;
}

static int is_seen(const trace_t *trace, uint32_t dtc) {
  for (uint32_t s = 0; s < trace->scenario_count; s++) {
    if (!trace->sees[s * DTC_COUNT + dtc]) continue;
    if (names(trace->scenario[s], dtc_text[dtc].requirement)) return 1;
  }
  return 0;
}

static int is_measured(const char *id) {
  for (uint32_t r = 0; r < react_row_count(); r++) {
    const react_row_t *row = react_row_at(r);
    if (row->must != REACT_STAYS && strcmp(row->requirement, id) == 0) return 1;
  }
  return 0;
}

/* --- what hangs loose ---------------------------------------------------------------------- */

static uint32_t loose(FILE *out, const char *where, const char *what, const char *why) {
  if (out != NULL) (void)fprintf(out, "%s: %s: %s\n", where, what, why);
  return 1;
}

static uint32_t check_requirements(const trace_t *trace, FILE *out) {
  static const char file[] = "ecu_model/db/requirements.csv";
  uint32_t count = 0;
  for (uint32_t i = 0; i < REQUIREMENT_COUNT; i++) {
    const requirement_text_t *text = &requirement_text[i];
    if (!is_named(trace, text->id)) count += loose(out, file, text->id, "no scenario names it");
    if (text->detect_ms == 0 || is_measured(text->id)) continue;
    count +=
        loose(out, file, text->id, "it is timed, but no row of the reaction table measures it");
  }
  return count;
}

static uint32_t check_dtcs(const trace_t *trace, FILE *out) {
  uint32_t count = 0;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    char why[120];
    if (is_seen(trace, dtc)) continue;
    (void)snprintf(why, sizeof why, "no scenario that names %s expects dtc.%s to be 1",
                   dtc_text[dtc].requirement, dtc_text[dtc].name);
    count += loose(out, "ecu_model/db/dtc.csv", dtc_text[dtc].name, why);
  }
  return count;
}

static uint32_t check_names(const trace_t *trace, FILE *out) {
  uint32_t count = 0;
  for (uint32_t s = 0; s < trace->scenario_count; s++) {
    const scenario_t *scenario = trace->scenario[s];
    for (uint32_t i = 0; i < scenario->requirement_count; i++) {
      if (requirement_find(scenario->requirement[i]) >= 0) continue;
      char where[SCENARIO_FILE_MAX + 32];
      (void)snprintf(where, sizeof where, "%s: $.requirements[%u]", scenario->file, i);
      count += loose(out, where, scenario->requirement[i], "allowed the ids of requirements.csv");
    }
  }
  for (uint32_t r = 0; r < react_row_count(); r++) {
    const react_row_t *row = react_row_at(r);
    if (requirement_find(row->requirement) >= 0) continue;
    count += loose(out, row->name, row->requirement, "allowed the ids of requirements.csv");
  }
  return count;
}

uint32_t trace_check(const trace_t *trace, FILE *out) {
  return check_requirements(trace, out) + check_dtcs(trace, out) + check_names(trace, out);
}

/* --- tables -------------------------------------------------------------------------------- */

/// Items with a comma between.
typedef struct {
  FILE *out;
  uint32_t count;
} items_t;

static void item(items_t *items, const char *text) {
  (void)fprintf(items->out, "%s%s", items->count++ > 0 ? ", " : "", text);
}

static void dtc_items(items_t *items, const char *id) {
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (strcmp(dtc_text[dtc].requirement, id) == 0) item(items, dtc_text[dtc].name);
  }
}

static void limit_items(items_t *items, const char *id) {
  for (uint32_t row = 0; row < LIMITS_COUNT; row++) {
    const limits_row_t *limit = &limits_row[row];
    const uint8_t dtc[] = {limit->dtc_mol, limit->dtc_rsl, limit->dtc_msl};
    static const char *const level[] = {"MOL", "RSL", "MSL"};
    for (uint32_t i = 0; i < 3; i++) {
      char text[64];
      if (dtc[i] == DTC_NONE || strcmp(dtc_text[dtc[i]].requirement, id) != 0) continue;
      (void)snprintf(text, sizeof text, "%s %s", limits_text[row].name, level[i]);
      item(items, text);
    }
  }
}

static void scenario_items(items_t *items, const trace_t *trace, const char *id) {
  for (uint32_t s = 0; s < trace->scenario_count; s++) {
    if (names(trace->scenario[s], id)) item(items, trace->scenario[s]->id);
  }
}

static void react_items(items_t *items, const char *id) {
  for (uint32_t r = 0; r < react_row_count(); r++) {
    if (strcmp(react_row_at(r)->requirement, id) == 0) item(items, react_row_at(r)->name);
  }
}

static void cells(const trace_t *trace, FILE *out, const char *id, const char *between) {
  items_t dtcs = {out, 0}, limits = {out, 0}, scenarios = {out, 0}, reactions = {out, 0};
  dtc_items(&dtcs, id);
  (void)fputs(between, out);
  limit_items(&limits, id);
  (void)fputs(between, out);
  scenario_items(&scenarios, trace, id);
  (void)fputs(between, out);
  react_items(&reactions, id);
}

void trace_print(const trace_t *trace, FILE *out) {
  (void)fputs("requirement  DTCs | limits | scenarios | reactions\n", out);
  for (uint32_t i = 0; i < REQUIREMENT_COUNT; i++) {
    (void)fprintf(out, "%-11s  ", requirement_text[i].id);
    cells(trace, out, requirement_text[i].id, " | ");
    (void)fputc('\n', out);
  }
}

void trace_markdown(const trace_t *trace, FILE *out) {
  (void)fputs("## From requirement to measurement\n\n"
              "| requirement | what is asked | source | DTCs | limits | scenarios | reactions |\n"
              "|---|---|---|---|---|---|---|\n",
              out);
  for (uint32_t i = 0; i < REQUIREMENT_COUNT; i++) {
    const requirement_text_t *text = &requirement_text[i];
    (void)fprintf(out, "| %s | %s | %s | ", text->id, text->text, text->source);
    cells(trace, out, text->id, " | ");
    (void)fputs(" |\n", out);
  }
}
