/// Commands that look: list, read, watch.
#include <stdlib.h>
#include <string.h>

#include "../sim/cut_belief.h"
#include "control_state.h"
#include "names.h"
#include "signals_read.h"

enum { LIST_MAX = 500, READ_MAX = 4096 };

/// 0 iff only an ECU behind the bus would know it.
static int is_told(const control_t *control, const signal_t *signal) {
  return !control->run.has_bus || cut_belief_tells(signal->name);
}

/* ---- list ---- */

static void add_row(control_text_t *to, const char *comma, const char *name, const char *unit,
                    const char *what) {
  control_text_add(to, "%s{\"name\":\"%s\",\"unit\":\"%s\",\"what\":", comma, name, unit);
  control_text_string(to, what);
}

static void list_signals(const control_t *control, control_text_t *to, const char *filter,
                         uint32_t from) {
  uint32_t count = 0;
  control_text_add(to, ",\"signals\":[");
  for (int32_t at = signals_match(filter, from); at >= 0;
       at = signals_match(filter, (uint32_t)at + 1)) {
    const signal_t *signal = signals_at((uint32_t)at);
    if (!is_told(control, signal)) continue;
    if (count == LIST_MAX) {
      control_text_add(to, "],\"next\":%d", at);
      return;
    }
    add_row(to, count++ > 0 ? "," : "", signal->name, signal->unit, signal->help);
    control_text_add(to, "}");
  }
  control_text_add(to, "]");
}

static void list_faults(const control_t *control, control_text_t *to, const char *filter) {
  const char *comma = "";
  control_text_add(to, ",\"faults\":[");
  for (uint32_t i = 0; i < faults_count(); i++) {
    const fault_row_t *row = faults_at(i);
    if (!names_match(filter, row->targets) && !names_match(filter, row->name)) continue;
    if (control->run.has_bus && serve_is_inside(row)) continue;
    add_row(to, comma, row->name, row->unit, row->help);
    control_text_add(to, ",\"targets\":\"%s\"", row->targets);
    if (row->unit[0] != '\0')
      control_text_add(to, ",\"min\":%.10g,\"max\":%.10g", row->min, row->max);
    control_text_add(to, ",\"other\":%s,\"chatter\":%s}", row->has_other ? "true" : "false",
                     row->has_chatter ? "true" : "false");
    comma = ",";
  }
  control_text_add(to, "]");
}

static void list_loads(control_text_t *to, const schema_t *schema, const char *group,
                       const char **comma) {
  char name[80];
  for (uint32_t i = 0; i < schema->key_count; i++) {
    const schema_key_t *key = &schema->key[i];
    snprintf(name, sizeof name, "%s%s%s", group, group[0] != '\0' ? "." : "", key->key);
    if (strcmp(name, "profile") == 0) continue;
    if (key->type == SCHEMA_OBJECT) {
      list_loads(to, key->object, name, comma);
      continue;
    }
    add_row(to, *comma, name, key->unit != NULL ? key->unit : "", key->help);
    if (key->type == SCHEMA_NUMBER || key->type == SCHEMA_INTEGER)
      control_text_add(to, ",\"min\":%.10g,\"max\":%.10g", key->min, key->max);
    if (key->type == SCHEMA_BOOL) control_text_add(to, ",\"choices\":\"true|false\"");
    if (key->type == SCHEMA_CHOICE) control_text_add(to, ",\"choices\":\"%s\"", key->choices);
    control_text_add(to, "}");
    *comma = ",";
  }
}

control_status_t control_take_list(control_request_t *request) {
  const cJSON *what = control_value(request, "what"), *filter = control_value(request, "filter");
  const char *pattern = filter != NULL ? filter->valuestring : "*", *comma = "";
  control_text_t *to = &request->control->out;
  if (what != NULL && strcmp(what->valuestring, "faults") == 0) {
    list_faults(request->control, to, pattern);
  } else if (what != NULL && strcmp(what->valuestring, "loads") == 0) {
    control_text_add(to, ",\"loads\":[");
    list_loads(to, control_load_schema(), "", &comma);
    control_text_add(to, "]");
  } else {
    list_signals(request->control, to, pattern,
                 (uint32_t)plan_number(request->doc->root, "from", 0.0));
  }
  return CONTROL_OK;
}

/* ---- which signals are meant ---- */

static control_status_t refuse_signal(control_request_t *request, const char *pattern,
                                      const char *allowed) {
  char found[140];
  snprintf(found, sizeof found, "\"%.120s\"", pattern);
  return control_refuse(request, "signals", 0, found, allowed);
}

static control_status_t add_pattern(control_request_t *request, const char *pattern, uint32_t max,
                                    uint16_t *signal, uint32_t *count) {
  const uint32_t before = *count;
  const int has_star = strchr(pattern, '*') != NULL;
  int is_hidden = 0;
  char allowed[80];
  for (int32_t at = signals_match(pattern, 0); at >= 0;
       at = signals_match(pattern, (uint32_t)at + 1)) {
    if (has_star && signals_at((uint32_t)at)->index == SIGNALS_OF_MANY) continue;
    if (!is_told(request->control, signals_at((uint32_t)at))) {
      is_hidden = 1;
      continue;
    }
    if (*count == max) {
      snprintf(allowed, sizeof allowed, "at most %u signals", max);
      return refuse_signal(request, pattern, allowed);
    }
    signal[(*count)++] = (uint16_t)at;
  }
  if (*count > before) return CONTROL_OK;
  return refuse_signal(request, pattern,
                       is_hidden ? "what a frame of the ECU tells (docs/two-processes.md)"
                                 : "a signal, or a pattern that meets one: see list");
}

static control_status_t collect_signals(control_request_t *request, uint32_t max, uint16_t *signal,
                                        uint32_t *count) {
  const cJSON *names = control_value(request, "signals");
  *count = 0;
  if (cJSON_IsString(names)) return add_pattern(request, names->valuestring, max, signal, count);
  for (const cJSON *name = names->child; name != NULL; name = name->next)
    if (add_pattern(request, name->valuestring, max, signal, count) != CONTROL_OK)
      return CONTROL_REFUSED;
  return CONTROL_OK;
}

/// The values of those signals that last does not know, or of all.
static void add_values(const control_t *control, control_text_t *to, const uint16_t *signal,
                       uint32_t count, double *last, int only_new) {
  const char *comma = "";
  char word[40];
  control_text_t words = {.text = NULL};
  control_text_add(to, ",\"values\":{");
  for (uint32_t i = 0; i < count; i++) {
    const signal_t *row = signals_at(signal[i]);
    const double value = signals_read(row, control->hil);
    if (last != NULL && only_new && memcmp(&value, &last[i], sizeof value) == 0) continue;
    if (last != NULL) last[i] = value;
    control_text_add(to, "%s\"%s\":", comma, row->name);
    control_text_number(to, value);
    comma = ",";
    if (names_word(row->name, value, word, sizeof word) != 0) continue;
    control_text_add(&words, "%s\"%s\":\"%s\"", words.bytes > 0 ? "," : "", row->name, word);
  }
  control_text_add(to, "}");
  if (words.bytes > 0) control_text_add(to, ",\"words\":{%s}", words.text);
  control_text_free(&words);
}

control_status_t control_take_read(control_request_t *request) {
  uint32_t count;
  uint16_t *signal = malloc(READ_MAX * sizeof *signal);
  if (signal == NULL) return control_refuse(request, "signals", 0, "no memory", "enough");
  const control_status_t status = collect_signals(request, READ_MAX, signal, &count);
  if (status == CONTROL_OK) {
    control_add_time(request->control, &request->control->out);
    add_values(request->control, &request->control->out, signal, count, NULL, 0);
  }
  free(signal);
  return status;
}

/* ---- watch ---- */

static void forget(control_watch_t *watch) {
  free(watch->signal);
  free(watch->last);
  *watch = (control_watch_t){.client = 0};
}

static control_watch_t *free_watch(control_t *control, uint32_t client) {
  enum { OF_CLIENT = 16 };
  control_watch_t *free_one = NULL;
  uint32_t count = 0;
  for (uint32_t i = 0; i < CONTROL_WATCH_MAX; i++) {
    if (control->watch[i].client == 0 && free_one == NULL) free_one = &control->watch[i];
    count += control->watch[i].client == client;
  }
  return count < OF_CLIENT ? free_one : NULL;
}

control_status_t control_take_watch(control_request_t *request) {
  control_t *control = request->control;
  control_watch_t *watch = free_watch(control, request->client);
  uint16_t signal[CONTROL_WATCH_SIGNAL_MAX];
  uint32_t count;
  if (watch == NULL)
    return control_refuse(request, "do", 0, "one more watch",
                          "16 of a client, 64 of all: unwatch one");
  if (collect_signals(request, CONTROL_WATCH_SIGNAL_MAX, signal, &count) != CONTROL_OK)
    return CONTROL_REFUSED;
  const uint32_t period_ms = (uint32_t)plan_number(request->doc->root, "every_ms", 0.0);
  *watch = (control_watch_t){.client = request->client,
                             .number = ++control->last_watch,
                             .count = count,
                             .period_ticks = period_ms > 0 ? period_ms : 1,
                             .next_tick = control->hil->tick,
                             .signal = malloc(count * sizeof *watch->signal),
                             .last = malloc(count * sizeof *watch->last)};
  watch->on_change = period_ms == 0 || plan_flag(request->doc->root, "on_change", 0);
  if (watch->signal == NULL || watch->last == NULL) {
    forget(watch);
    return control_refuse(request, "signals", 0, "no memory", "enough");
  }
  memcpy(watch->signal, signal, count * sizeof *signal);
  control_text_add(&control->out, ",\"watch\":%u,\"signals\":%u", watch->number, count);
  return CONTROL_OK;
}

control_status_t control_take_unwatch(control_request_t *request) {
  control_t *control = request->control;
  const cJSON *number = control_value(request, "watch");
  uint32_t count = 0;
  for (uint32_t i = 0; i < CONTROL_WATCH_MAX; i++) {
    control_watch_t *watch = &control->watch[i];
    if (watch->client != request->client) continue;
    if (number != NULL && watch->number != (uint32_t)number->valuedouble) continue;
    forget(watch);
    count++;
  }
  if (count == 0 && number != NULL)
    return control_refuse(request, "watch", 0, "no such watch", "a number that watch has given");
  control_text_add(&control->out, ",\"count\":%u", count);
  return CONTROL_OK;
}

void control_watch_forget(control_t *control, uint32_t client) {
  for (uint32_t i = 0; i < CONTROL_WATCH_MAX; i++)
    if (control->watch[i].client != 0 && (client == 0 || control->watch[i].client == client))
      forget(&control->watch[i]);
}

static int has_changed(const control_t *control, const control_watch_t *watch) {
  for (uint32_t i = 0; i < watch->count; i++) {
    const double value = signals_read(signals_at(watch->signal[i]), control->hil);
    if (memcmp(&value, &watch->last[i], sizeof value) != 0) return 1;
  }
  return 0;
}

void control_watch_publish(control_t *control) {
  control_text_t *to = &control->event;
  for (uint32_t i = 0; i < CONTROL_WATCH_MAX; i++) {
    control_watch_t *watch = &control->watch[i];
    if (watch->client == 0 || control->hil->tick < watch->next_tick) continue;
    watch->next_tick = control->hil->tick + watch->period_ticks;
    const int is_first = !watch->has_sent;
    if (watch->on_change && !is_first && !has_changed(control, watch)) continue;
    watch->has_sent = 1;
    control_text_clear(to);
    control_text_add(to, "{\"event\":\"watch\",\"watch\":%u", watch->number);
    control_add_time(control, to);
    add_values(control, to, watch->signal, watch->count, watch->last,
               watch->on_change && !is_first);
    control_text_add(to, "}\n");
    control_send(control, watch->client, to);
  }
}
