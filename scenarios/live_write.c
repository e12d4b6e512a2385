/// Says a run with all that was done by hand as a scenario file.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "json_exact.h"
#include "live.h"

enum { PATH_BYTES = 1024 };

static double in_s(uint64_t us) { return (double)us / 1e6; }

static cJSON *array_of(cJSON *root, const char *key) {
  cJSON *array = cJSON_GetObjectItemCaseSensitive(root, key);
  return array != NULL ? array : cJSON_AddArrayToObject(root, key);
}

static void add_load(cJSON *loads, const live_act_t *act) {
  static const char *const requests[] = {"sleep", "standby", "drive", "charge"};
  const live_load_t *load = live_load_at(act->load);
  cJSON *step = cJSON_CreateObject();
  cJSON_AddNumberToObject(step, "at_s", in_s(act->at_us));
  if (strcmp(load->key, "request") == 0) {
    cJSON_AddStringToObject(step, "request", requests[(int)act->value]);
  } else if (strcmp(load->key, "charger") == 0) {
    cJSON *charger = cJSON_AddObjectToObject(step, "charger");
    cJSON_AddStringToObject(charger, "mode", act->value > 0.0 ? "cccv" : "off");
    if (act->value > 0.0) {
      cJSON_AddNumberToObject(charger, "current_A", act->value);
      cJSON_AddNumberToObject(charger, "voltage_V", act->second);
    }
  } else if (load->unit[0] != '\0') {
    cJSON_AddNumberToObject(step, load->key, act->value);
  } else {
    cJSON_AddBoolToObject(step, load->key, act->value > 0.0);
  }
  cJSON_AddItemToArray(loads, step);
}

static void add_words(cJSON *loads, const live_act_t *act) {
  cJSON *step = cJSON_Parse(act->words->json);
  if (step != NULL) {
    cJSON_AddNumberToObject(step, "at_s", in_s(act->at_us));
    cJSON_AddItemToArray(loads, step);
  }
}

static void add_fault(cJSON *events, const live_act_t *act, uint32_t number) {
  char text[48];
  const fault_row_t *row = act->row;
  cJSON *event = cJSON_CreateObject();
  snprintf(text, sizeof text, "by_hand_%u", number);
  cJSON_AddStringToObject(event, "id", text);
  cJSON *when = cJSON_AddObjectToObject(event, "when");
  cJSON_AddNumberToObject(when, "at_s", in_s(act->at_us));
  if (act->end_us != LIVE_NEVER) {
    cJSON_AddNumberToObject(event, "for_s", in_s(act->end_us - act->at_us));
  } else if (act->for_us > 0) {
    cJSON_AddNumberToObject(event, "for_s", in_s(act->for_us));
  }
  cJSON *fault = cJSON_AddObjectToObject(event, "fault");
  faults_target_name((fault_on_t)row->on, act->target, text, sizeof text);
  cJSON_AddStringToObject(fault, "target", text);
  cJSON_AddStringToObject(fault, "type", row->name);
  if (row->unit[0] != '\0') {
    snprintf(text, sizeof text, "value_%s", row->unit);
    cJSON_AddNumberToObject(fault, text, act->value);
  }
  if (row->has_other || strcmp(row->name, "permute") == 0) {
    faults_target_name((fault_on_t)row->on, act->other, text, sizeof text);
    cJSON_AddStringToObject(fault, "other", text);
  }
  if (act->second > 0.0) {
    cJSON *chatter = cJSON_AddObjectToObject(fault, "chatter");
    cJSON_AddNumberToObject(chatter, "freq_Hz", act->second);
    cJSON_AddNumberToObject(chatter, "duty", act->duty);
    if (act->jitter > 0.0) {
      cJSON_AddNumberToObject(chatter, "jitter", act->jitter);
    }
  }
  cJSON_AddItemToArray(events, event);
}

/// The fault of an event of the file ends when it was cleared by hand.
static void set_end(cJSON *events, const live_cleared_t *cleared, uint64_t begin_us) {
  cJSON *event = cJSON_GetArrayItem(events, cleared->event);
  cJSON *for_s = cJSON_CreateNumber(in_s(cleared->at_us - begin_us));
  if (cJSON_GetObjectItemCaseSensitive(event, "for_s") != NULL) {
    cJSON_ReplaceItemInObjectCaseSensitive(event, "for_s", for_s);
  } else {
    cJSON_AddItemToObject(event, "for_s", for_s);
  }
}

/// Files that the scenario names beside itself: the new file may lie elsewhere.
static void name_files(cJSON *node, const char *dir) {
  char path[PATH_BYTES];
  for (cJSON *item = node->child; item != NULL; item = item->next) {
    int is_file = item->string != NULL && cJSON_IsString(item) &&
                  (strcmp(item->string, "csv") == 0 || strcmp(item->string, "file") == 0);
    if (is_file && item->valuestring[0] != '/') {
      snprintf(path, sizeof path, "%.700s/%.300s", dir, item->valuestring);
      cJSON_SetValuestring(item, path);
    }
    name_files(item, dir);
  }
}

/// The folder in which a file lies, from the root. -1 iff the system cannot say.
static int folder_of(const char *file, char dir[PATH_BYTES]) {
  const char *slash = strrchr(file, '/');
  int length = slash != NULL ? (int)(slash - file) : 0;
  size_t used = 0;
  if (file[0] != '/') {
    if (getcwd(dir, PATH_BYTES) == NULL) {
      return -1;
    }
    used = strlen(dir);
  }
  snprintf(dir + used, PATH_BYTES - used, "%s%.*s", used > 0 && length > 0 ? "/" : "", length,
           file);
  return 0;
}

static void replace_text(cJSON *root, const char *key, const char *text) {
  cJSON_DeleteItemFromObjectCaseSensitive(root, key);
  cJSON_AddStringToObject(root, key, text);
}

/// What the file says of itself, and its end.
static void set_head(cJSON *root, const scenario_t *point, uint64_t end_us, uint64_t trace_hash) {
  char text[400], promise[100];
  snprintf(text, sizeof text, "%.24s-BY-HAND", point->id);
  replace_text(root, "id", text);
  snprintf(text, sizeof text, "%.100s, with faults and loads by hand", point->title);
  replace_text(root, "title", text);
  snprintf(promise, sizeof promise, " A run of this file up to there has the trace hash %016llx.",
           (unsigned long long)trace_hash);
  snprintf(text, sizeof text, "Saved at %.3f s.%s", in_s(end_us), trace_hash != 0 ? promise : "");
  replace_text(root, "why", text);
  cJSON_DeleteItemFromObjectCaseSensitive(root, "end");
  cJSON *end = cJSON_AddObjectToObject(root, "end");
  cJSON_AddNumberToObject(end, "at_s", in_s(end_us));
}

static int write_text(cJSON *root, const char *path) {
  char *text = json_exact_print(root, 1);
  FILE *file = text != NULL ? fopen(path, "w") : NULL;
  int is_bad = file == NULL;
  if (file != NULL) {
    is_bad |= fputs(text, file) < 0 || fputc('\n', file) < 0;
    is_bad |= fclose(file) != 0;
  }
  cJSON_free(text);
  return is_bad ? -1 : 0;
}

int live_write(const live_t *live, const scenario_t *point, uint64_t end_us, uint64_t trace_hash,
               const char *path, const uint64_t *event_begin_us, scenario_error_t *error) {
  cJSON *root = point->text != NULL ? cJSON_Parse(point->text) : NULL;
  if (root == NULL) {
    snprintf(error->text, sizeof error->text, "%.200s: the scenario's text is not there", path);
    return -1;
  }
  char dir[PATH_BYTES];
  cJSON *loads = array_of(root, "load"), *events = array_of(root, "events");
  for (uint32_t i = 0; i < live->cleared_count; i++) {
    const live_cleared_t *cleared = &live->cleared[i];
    if (cleared->at_us != LIVE_NEVER) {
      set_end(events, cleared, event_begin_us[cleared->event]);
    }
  }
  for (uint32_t i = 0; i < live->count; i++) {
    const live_act_t *act = &live->act[i];
    if (act->at_us == LIVE_NEVER) {
      continue;
    }
    if (act->kind == LIVE_WORDS) {
      add_words(loads, act);
    } else if (act->kind == LIVE_LOAD) {
      add_load(loads, act);
    } else {
      add_fault(events, act, i + 1);
    }
  }
  set_head(root, point, end_us, trace_hash);
  if (folder_of(point->file, dir) == 0) {
    name_files(root, dir);
  }
  int status = write_text(root, path);
  cJSON_Delete(root);
  if (status != 0) {
    snprintf(error->text, sizeof error->text, "%.200s: cannot be written", path);
  }
  return status;
}
