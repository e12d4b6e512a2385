/// Writes a run's story.json: see story.h.
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "../ecu_model/gen/dtc_text.h"
#include "../ecu_model/gen/pinout_text.h"
#include "names.h"
#include "story_words.h"

enum { TARGET_SHOWN_MAX = FAULT_TARGET_MAX, PATH_BYTES = 760 };

typedef struct {
  uint64_t time_us;
  char kind[16], name[40], detail[72];
} story_mark_t;

struct story {
  uint32_t mark_count, dropped_count;
  story_mark_t mark[STORY_MARK_MAX];
};

story_t *story_open(void) { return calloc(1, sizeof(story_t)); }

void story_close(story_t *story) { free(story); }

void story_mark(story_t *story, uint64_t time_us, const char *kind, const char *name,
                const char *detail) {
  if (story->mark_count == STORY_MARK_MAX) {
    story->dropped_count++;
    return;
  }
  story_mark_t *mark = &story->mark[story->mark_count++];
  mark->time_us = time_us;
  snprintf(mark->kind, sizeof mark->kind, "%s", kind);
  snprintf(mark->name, sizeof mark->name, "%s", name);
  snprintf(mark->detail, sizeof mark->detail, "%s", detail);
}

static void add_s(cJSON *object, const char *key, uint64_t time_us) {
  if (time_us != UINT64_MAX) cJSON_AddNumberToObject(object, key, (double)time_us / 1e6);
}

static void add_marks(cJSON *root, const story_t *story) {
  cJSON *array = cJSON_AddArrayToObject(root, "marks");
  for (uint32_t i = 0; i < story->mark_count; i++) {
    const story_mark_t *mark = &story->mark[i];
    cJSON *line = cJSON_CreateArray();
    cJSON_AddItemToArray(line, cJSON_CreateNumber((double)mark->time_us / 1e6));
    cJSON_AddItemToArray(line, cJSON_CreateString(mark->kind));
    cJSON_AddItemToArray(line, cJSON_CreateString(mark->name));
    if (mark->detail[0]) cJSON_AddItemToArray(line, cJSON_CreateString(mark->detail));
    cJSON_AddItemToArray(array, line);
  }
  if (story->dropped_count > 0) {
    cJSON_AddNumberToObject(root, "marks_dropped", story->dropped_count);
  }
}

static void add_fault(cJSON *object, const fault_t *fault) {
  char name[64];
  cJSON_AddStringToObject(object, "fault", fault->row->name);
  cJSON *targets = cJSON_AddArrayToObject(object, "targets");
  for (uint32_t i = 0; i < fault->target_count && i < TARGET_SHOWN_MAX; i++) {
    faults_target_name((fault_on_t)fault->row->on, fault->target[i], name, sizeof name);
    cJSON_AddItemToArray(targets, cJSON_CreateString(name));
  }
  cJSON_AddNumberToObject(object, "target_count", fault->target_count);
  if (fault->row->has_other) {
    faults_target_name((fault_on_t)fault->row->on, fault->other, name, sizeof name);
    cJSON_AddStringToObject(object, "other", name);
  }
  if (fault->row->unit[0]) {
    cJSON_AddNumberToObject(object, "value", fault->value);
    cJSON_AddStringToObject(object, "unit", fault->row->unit);
  }
  if (fault->chatter_is_on) cJSON_AddNumberToObject(object, "chatter_Hz", fault->chatter_Hz);
  cJSON_AddStringToObject(object, "help", fault->row->help);
}

static void add_events(cJSON *root, const story_end_t *end) {
  const scenario_plan_t *plan = end->plan;
  cJSON *array = cJSON_AddArrayToObject(root, "events");
  char words[STORY_WORDS_BYTES];
  for (uint32_t i = 0; i < plan->event_count; i++) {
    const plan_event_t *event = &plan->event[i];
    cJSON *object = cJSON_CreateObject();
    uint64_t at_us = judge_mark_us(end->judge, (uint16_t)i);
    story_when_words(plan, event->when, words, sizeof words);
    cJSON_AddStringToObject(object, "id", event->id);
    cJSON_AddStringToObject(object, "when", words);
    const plan_when_t *when = &plan->when[event->when];
    if (when->kind == PLAN_SIGNAL && when->probe.op <= PLAN_LE && when->probe.count == 1 &&
        !when->probe.other) {
      const signal_t *signal = signals_at(plan->probe_signal[when->probe.first]);
      cJSON_AddStringToObject(object, "signal", signal->name);
      cJSON_AddStringToObject(object, "unit", signal->unit);
      cJSON_AddBoolToObject(object, "looks_up",
                            when->probe.op == PLAN_GT || when->probe.op == PLAN_GE);
    }
    add_s(object, "at_s", at_us);
    if (event->has_fault) {
      add_fault(object, &event->fault);
      if (event->for_us > 0 && at_us != UINT64_MAX) add_s(object, "to_s", at_us + event->for_us);
    }
    cJSON_AddItemToArray(array, object);
  }
}

static void add_checks(cJSON *root, const story_end_t *end) {
  const scenario_plan_t *plan = end->plan;
  cJSON *array = cJSON_AddArrayToObject(root, "checks");
  char words[STORY_WORDS_BYTES];
  for (uint32_t i = 0; i < plan->check_count; i++) {
    const plan_check_t *check = &plan->check[i];
    cJSON *object = cJSON_CreateObject();
    uint64_t from_us = check->after == PLAN_NONE ? 0 : judge_mark_us(end->judge, check->after);
    story_check_words(plan, check, words, sizeof words);
    cJSON_AddStringToObject(object, "id", check->id);
    cJSON_AddStringToObject(object, "rule", words);
    if (check->after != PLAN_NONE) {
      cJSON_AddStringToObject(object, "after", story_mark_name(plan, check->after));
    }
    add_s(object, "from_s", from_us);
    if (check->has_deadline && from_us != UINT64_MAX) {
      add_s(object, "deadline_s", from_us + check->within_us);
    }
    if (check->mark != PLAN_NONE) add_s(object, "true_s", judge_mark_us(end->judge, check->mark));
    if (check->probe.count == 1 && !check->probe.other) {
      const signal_t *signal = signals_at(plan->probe_signal[check->probe.first]);
      cJSON_AddStringToObject(object, "signal", signal->name);
      cJSON_AddNumberToObject(object, "op", check->probe.op);
      cJSON_AddNumberToObject(object, "value", check->probe.value);
    }
    cJSON_AddItemToArray(array, object);
  }
}

static void add_frame(cJSON *object, const bms_frame_t *frame) {
  char state[40];
  cJSON *of = cJSON_AddObjectToObject(object, "frame");
  if (names_word("bms.state", frame->state, state, sizeof state) == 0) {
    cJSON_AddStringToObject(of, "state", state);
  }
  cJSON_AddNumberToObject(of, "current_A", frame->current_dA / 10.0);
  cJSON_AddNumberToObject(of, "pack_V", frame->pack_dV / 10.0);
  cJSON_AddNumberToObject(of, "link_V", frame->link_dV / 10.0);
  cJSON_AddNumberToObject(of, "group_max_mV", frame->group_max_mV);
  cJSON_AddNumberToObject(of, "group_min_mV", frame->group_min_mV);
  if (frame->group_max_index != BMS_NO_LOCATION) {
    cJSON_AddStringToObject(of, "group_max", pinout_group_name(frame->group_max_index));
    cJSON_AddStringToObject(of, "group_min", pinout_group_name(frame->group_min_index));
  }
  cJSON_AddNumberToObject(of, "temperature_max_degC", frame->temperature_max_ddegC / 10.0);
  cJSON_AddNumberToObject(of, "temperature_min_degC", frame->temperature_min_ddegC / 10.0);
  if (frame->soc_permille <= 1000) {
    cJSON_AddNumberToObject(of, "soc_pct", frame->soc_permille / 10.0);
  }
}

static void add_dtcs(cJSON *root, const bms_t *bms) {
  cJSON *array = cJSON_AddArrayToObject(root, "dtcs");
  char signal[64], where[16];
  for (uint32_t i = 0; i < DTC_COUNT; i++) {
    if (!bms->memory[i].is_stored && !bms->dtc[i].is_active && !bms->dtc[i].is_latched) continue;
    cJSON *object = cJSON_CreateObject();
    uint8_t location = bms->memory[i].first.location;
    cJSON_AddStringToObject(object, "name", dtc_name(i));
    cJSON_AddStringToObject(object, "code", dtc_text[i].code);
    cJSON_AddStringToObject(object, "help", dtc_text[i].help);
    snprintf(signal, sizeof signal, "dtc.%s.location", dtc_name(i));
    if (bms->memory[i].is_stored && location != BMS_NO_LOCATION &&
        names_word(signal, location, where, sizeof where) == 0) {
      cJSON_AddStringToObject(object, "location", where);
    }
    cJSON_AddNumberToObject(object, "occurrence", bms->dtc[i].occurrence_count);
    cJSON_AddBoolToObject(object, "is_active", bms->dtc[i].is_active);
    cJSON_AddBoolToObject(object, "is_latched", bms->dtc[i].is_latched);
    if (bms->memory[i].is_stored) add_frame(object, &bms->memory[i].first);
    cJSON_AddItemToArray(array, object);
  }
}

int story_write(const story_t *story, const story_end_t *end, const char *dir) {
  char path[PATH_BYTES];
  cJSON *root = cJSON_CreateObject();
  cJSON_AddNumberToObject(root, "format", STORY_FORMAT_VERSION);
  cJSON_AddStringToObject(root, "run", end->run_name);
  cJSON_AddNumberToObject(root, "end_s", (double)end->hil->now_us / 1e6);
  add_events(root, end);
  add_checks(root, end);
  add_dtcs(root, &end->hil->bms);
  add_marks(root, story);
  char *text = cJSON_PrintUnformatted(root);
  cJSON_Delete(root);
  snprintf(path, sizeof path, "%s/story.json", dir);
  FILE *file = text ? fopen(path, "w") : NULL;
  int is_bad = !file;
  if (file) {
    is_bad |= fputs(text, file) < 0 || fputc('\n', file) < 0;
    is_bad |= fclose(file) != 0;
  }
  cJSON_free(text);
  return is_bad ? -1 : 0;
}
