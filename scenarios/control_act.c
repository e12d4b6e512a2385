/// Commands that act on the world: load, fault, clear; and what is broken.
#include <stdlib.h>
#include <string.h>

#include "control_state.h"
#include "json_exact.h"

/* ---- load ---- */

/// The sets of a load's object in plan; the same errors as in a scenario.
static control_status_t read_sets(control_request_t *request, const cJSON *load,
                                  scenario_plan_t *plan, uint32_t *count) {
  const json_path_t path = control_path("load");
  uint32_t first;
  plan_build_t build = {
      .doc = request->doc, .root = request->doc->root, .plan = plan, .error = &request->error};
  if (schema_check(request->doc, load, &path, control_load_schema(), &request->error) != 0 ||
      plan_add_sets(&build, load, &path, &first, count) != 0)
    return CONTROL_REFUSED;
  if (plan->course_count > 0)
    return control_refuse(request, "load", 0, "a value that moves",
                          "numbers: what moves by itself belongs into a scenario");
  if (plan->needs_soul_drive)
    return control_refuse(request, "load", 0, "a measured profile", "it in a scenario");
  if (*count == 0) return control_refuse(request, "load", 0, "nothing", "at least one key");
  if (*count > LIVE_SET_MAX) return control_refuse(request, "load", 0, "too much", "32 values");
  return CONTROL_OK;
}

/// A cycle while another is driven would not be what the same steps in a scenario are.
static int begins_second_cycle(const control_t *control, const cJSON *load) {
  const cJSON *drive = cJSON_GetObjectItemCaseSensitive(load, "drive");
  const cJSON *cycle = cJSON_GetObjectItemCaseSensitive(drive, "cycle");
  const hil_t *hil = control->hil;
  return cJSON_IsString(cycle) && strcmp(cycle->valuestring, "none") != 0 &&
         (hil->stimulus.cycle != NULL || !vehicle_is_done(&hil->vehicle, hil->now_us));
}

static live_words_t *keep_words(control_t *control, const scenario_plan_t *plan, uint32_t count,
                                const cJSON *load) {
  char *json = json_exact_print(load, 0);
  const size_t bytes = json != NULL ? strlen(json) + 1 : 0;
  control_words_t *kept = json != NULL ? calloc(1, sizeof *kept + bytes) : NULL;
  if (kept != NULL) {
    memcpy(kept->json, json, bytes);
    kept->words.json = kept->json;
    kept->words.set_count = count;
    memcpy(kept->words.set, plan->set, count * sizeof plan->set[0]);
    plan_sets_words(plan, 0, count, kept->words.text, sizeof kept->words.text);
    kept->next = control->words;
    control->words = kept;
  }
  cJSON_free(json);
  return kept != NULL ? &kept->words : NULL;
}

static control_status_t refuse_act(control_request_t *request, const char *key,
                                   const live_refusal_t *refusal) {
  snprintf(request->error.text, sizeof request->error.text, "request: $.%s: %s", key,
           refusal->text);
  return CONTROL_REFUSED;
}

control_status_t control_take_load(control_request_t *request) {
  control_t *control = request->control;
  const cJSON *load = control_value(request, "load");
  scenario_plan_t *plan = calloc(1, sizeof *plan);
  live_refusal_t refusal;
  uint32_t count = 0;
  if (plan == NULL) return control_refuse(request, "load", 0, "no memory", "enough");
  control_status_t status = read_sets(request, load, plan, &count);
  if (status == CONTROL_OK && begins_second_cycle(control, load))
    status = control_refuse(request, "load", 0, "a cycle while another is driven",
                            "the cycle none before");
  if (status == CONTROL_OK) {
    const live_words_t *words = keep_words(control, plan, count, load);
    if (words == NULL)
      status = control_refuse(request, "load", 0, "no memory", "enough");
    else if (live_ask_words(&control->live, words, &refusal) != 0)
      status = refuse_act(request, "load", &refusal);
  }
  plan_free(plan);
  if (status == CONTROL_OK) control_add_time(control, &control->out);
  return status;
}

/* ---- fault ---- */

static control_status_t read_fault(control_request_t *request, fault_t *fault) {
  const cJSON *json = control_value(request, "fault");
  const json_path_t path = control_path("fault");
  uint32_t course = 0;
  scenario_plan_t *plan = calloc(1, sizeof *plan);
  plan_build_t build = {
      .doc = request->doc, .root = request->doc->root, .plan = plan, .error = &request->error};
  if (plan == NULL) return control_refuse(request, "fault", 0, "no memory", "enough");
  control_status_t status = CONTROL_OK;
  if (schema_check(request->doc, json, &path, control_fault_schema(), &request->error) != 0 ||
      plan_add_fault(&build, json, &path, fault, &course) != 0)
    status = CONTROL_REFUSED;
  else if (course != 0)
    status = control_refuse(request, "fault", 0, "a value that moves",
                            "a number: what moves by itself belongs into a scenario");
  else if (request->control->run.has_bus && serve_is_inside(fault->row))
    status = control_refuse(request, "fault", 0, "a fault inside of the ECU",
                            "those of wire, pin, phys, sense, supply, can while the ECU is "
                            "another process");
  plan_free(plan);
  return status;
}

/// One act for each target; a swap in a ring is one of pairs.
static control_status_t ask_fault(control_request_t *request, const fault_t *fault) {
  live_t *live = &request->control->live;
  live_refusal_t refusal;
  const int is_ring = strcmp(fault->row->name, "permute") == 0 && fault->target_count > 1;
  const uint32_t count = is_ring ? fault->target_count - 1u : fault->target_count;
  if (live->count + count > LIVE_ACT_MAX) {
    snprintf(refusal.text, sizeof refusal.text,
             "found %u acts more than the %u so far, allowed %d in a run", count, live->count,
             LIVE_ACT_MAX);
    return refuse_act(request, "fault", &refusal);
  }
  for (uint32_t i = 0; i < count; i++) {
    const live_act_t act = {.row = fault->row,
                            .target = fault->target[i],
                            .other = is_ring ? fault->target[i + 1] : fault->other,
                            .value = fault->value,
                            .second = fault->chatter_is_on ? fault->chatter_Hz : 0.0,
                            .duty = fault->chatter_duty,
                            .jitter = fault->chatter_jitter,
                            .for_us = plan_us(plan_number(request->doc->root, "for_s", 0.0))};
    if (live_ask_fault(live, &act, &refusal) != 0) return refuse_act(request, "fault", &refusal);
  }
  control_text_add(&request->control->out, ",\"count\":%u", count);
  return CONTROL_OK;
}

control_status_t control_take_fault(control_request_t *request) {
  fault_t fault = {.row = NULL};
  control_status_t status = read_fault(request, &fault);
  if (status == CONTROL_OK) status = ask_fault(request, &fault);
  if (status == CONTROL_OK) control_add_time(request->control, &request->control->out);
  return status;
}

/* ---- clear ---- */

control_status_t control_take_clear(control_request_t *request) {
  control_t *control = request->control;
  const cJSON *target = control_value(request, "target");
  uint32_t count = 0, known = 0, index = 0;
  if (target == NULL) {
    count = run_clear_all(control->run.run);
  } else {
    for (fault_on_t on = (fault_on_t)0; faults_target(target->valuestring, &on, &index) == 0;
         index++, known++)
      count += run_clear(control->run.run, on, index);
    if (known == 0)
      return control_refuse(request, "target", 0, "no such target",
                            "a target of a fault: see list of faults");
  }
  control_text_add(&control->out, ",\"count\":%u", count);
  control_add_time(control, &control->out);
  return CONTROL_OK;
}

/* ---- what is broken ---- */

static void add_fault(control_text_t *to, const fault_row_t *row, uint32_t target, double value) {
  char name[40];
  faults_target_name((fault_on_t)row->on, target, name, sizeof name);
  control_text_add(to, "{\"target\":\"%s\",\"type\":\"%s\"", name, row->name);
  if (row->unit[0] == '\0') return;
  control_text_add(to, ",\"value_%s\":", row->unit);
  control_text_number(to, value);
}

control_status_t control_take_faults(control_request_t *request) {
  const control_t *control = request->control;
  const scenario_plan_t *plan = control->run.point->plan;
  control_text_t *to = &request->control->out;
  const char *comma = "";
  uint64_t begin_us, end_us;
  control_text_add(to, ",\"faults\":[");
  for (uint32_t e = 0; e < plan->event_count; e++) {
    const fault_t *fault = &plan->event[e].fault;
    if (run_fault_span(control->run.run, (uint16_t)e, &begin_us, &end_us) != 0 ||
        end_us != UINT64_MAX)
      continue;
    for (uint32_t i = 0; i < fault->target_count; i++, comma = ",") {
      control_text_add(to, "%s", comma);
      add_fault(to, fault->row, fault->target[i], fault->value);
      control_text_add(to, ",\"since_s\":%.3f,\"by\":\"%s\"}", (double)begin_us * 1e-6,
                       plan->event[e].id);
    }
  }
  for (uint32_t i = 0; i < control->live.count; i++) {
    const live_act_t *act = &control->live.act[i];
    if (act->kind != LIVE_FAULT || act->phase > LIVE_ACTS) continue;
    control_text_add(to, "%s", comma);
    add_fault(to, act->row, act->target, act->value);
    if (act->phase == LIVE_ACTS)
      control_text_add(to, ",\"since_s\":%.3f", (double)act->at_us * 1e-6);
    control_text_add(to, ",\"by\":\"hand\"}");
    comma = ",";
  }
  control_text_add(to, "]");
  control_add_time(control, to);
  return CONTROL_OK;
}
