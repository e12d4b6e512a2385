/// Takes commands at the boundaries of ticks: see control.h.
#include "control.h"

#include <stdlib.h>
#include <string.h>

#include "control_state.h"
#include "json_exact.h"

/* ---- requests ---- */

const cJSON *control_value(const control_request_t *request, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(request->doc->root, key);
}

json_path_t control_path(const char *key) {
  const json_path_t top = {.count = 0};
  return json_path_key(&top, key);
}

control_status_t control_refuse(control_request_t *request, const char *key, int at_key,
                                const char *found, const char *allowed) {
  const json_path_t path = control_path(key);
  (void)json_doc_refuse(request->doc, &path, at_key, &request->error, found, allowed);
  return CONTROL_REFUSED;
}

void control_send(control_t *control, uint32_t client, const control_text_t *text) {
  if (text->is_cut || text->text == NULL) return;
  if (control->socket != NULL)
    control_socket_send(control->socket, client, text->text, text->bytes);
  else if (client == control->line_client)
    control_text_add(&control->gathered, "%s", text->text);
}

void control_add_time(const control_t *control, control_text_t *to) {
  if (control->hil == NULL) return;
  control_text_add(to, ",\"tick\":%llu,\"time_s\":%.3f", (unsigned long long)control->hil->tick,
                   (double)control->hil->now_us * 1e-6);
}

static void add_id(control_text_t *to, const char *id) {
  if (id[0] != '\0') control_text_add(to, "\"id\":%s,", id);
}

void control_add_ok(control_text_t *to, const char *id) {
  control_text_clear(to);
  control_text_add(to, "{");
  add_id(to, id);
  control_text_add(to, "\"ok\":true");
}

static void write_error(control_text_t *to, const control_request_t *request) {
  control_text_clear(to);
  control_text_add(to, "{");
  add_id(to, request->id);
  control_text_add(to, "\"ok\":false,\"error\":");
  control_text_string(to, request->error.text);
  control_text_add(to, "}\n");
}

static control_status_t read_id(control_request_t *request) {
  const cJSON *id = control_value(request, "id");
  if (id == NULL) return CONTROL_OK;
  char *text =
      cJSON_IsNumber(id) || cJSON_IsString(id) || cJSON_IsBool(id) ? json_exact_print(id, 0) : NULL;
  const int is_right = text != NULL && strlen(text) < sizeof request->id;
  if (is_right) snprintf(request->id, sizeof request->id, "%s", text);
  cJSON_free(text);
  return is_right ? CONTROL_OK
                  : control_refuse(request, "id", 0, "something else",
                                   "a number, true, false or a text of at most 120 bytes");
}

static const control_command_t *command_of(control_request_t *request) {
  const cJSON *name = control_value(request, "do");
  char allowed[400] = "", found[80];
  if (cJSON_IsString(name) && control_command_find(name->valuestring) != NULL)
    return control_command_find(name->valuestring);
  for (uint32_t i = 0; control_command_at(i) != NULL; i++) {
    const size_t used = strlen(allowed);
    snprintf(allowed + used, sizeof allowed - used, "%s%s", i > 0 ? ", " : "",
             control_command_at(i)->name);
  }
  if (name == NULL) {
    (void)control_refuse(request, "do", 0, "no key \"do\"", allowed);
    return NULL;
  }
  json_value_text(name, found, sizeof found);
  (void)control_refuse(request, "do", 0, found, allowed);
  return NULL;
}

static void write_log(control_t *control, const control_request_t *request, const char *line,
                      uint64_t tick, uint64_t now_us, control_status_t status) {
  control_text_t error = {.text = NULL};
  if (control->log == NULL) return;
  fprintf(control->log, "{\"tick\":%llu,\"time_s\":%.3f,\"client\":%u,\"request\":%s,\"ok\":%s",
          (unsigned long long)tick, (double)now_us * 1e-6, request->client, line,
          status == CONTROL_REFUSED ? "false" : "true");
  if (status == CONTROL_REFUSED) {
    control_text_string(&error, request->error.text);
    fprintf(control->log, ",\"error\":%s", error.text != NULL ? error.text : "\"\"");
    control_text_free(&error);
  }
  fputs("}\n", control->log);
  (void)fflush(control->log);
}

/// The answer stands in control->out unless it comes later.
static control_status_t take_doc(control_request_t *request, const char *line) {
  control_t *control = request->control;
  const json_path_t top = {.count = 0};
  if (!cJSON_IsObject(request->doc->root)) {
    (void)json_doc_refuse(request->doc, &top, 0, &request->error, "no object",
                          "{\"do\": \"help\"}");
    return CONTROL_REFUSED;
  }
  if (read_id(request) != CONTROL_OK) return CONTROL_REFUSED;
  const control_command_t *command = command_of(request);
  if (command == NULL ||
      schema_check(request->doc, request->doc->root, &top, command->schema, &request->error) != 0)
    return CONTROL_REFUSED;
  control_add_ok(&control->out, request->id);
  const uint64_t tick = control->hil->tick, now_us = control->hil->now_us;
  const control_status_t status = command->take(request);
  if (command->is_act) {
    write_log(control, request, line, tick, now_us, status);
    control->act_count++;
  }
  return status;
}

static void spell_out(char *text, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    if (text[i] == '\r') text[i] = ' '; /* blank outside of texts, refused within */
}

/// 1 iff there is an answer in control->out.
static int take_line(control_t *control, uint32_t client, const char *text, size_t bytes,
                     int is_too_long) {
  control_request_t request = {.control = control, .client = client};
  json_doc_t doc = {.root = NULL};
  control_status_t status = CONTROL_REFUSED;
  request.doc = &doc;
  if (is_too_long) {
    snprintf(request.error.text, sizeof request.error.text,
             "request: found a line of more than %d bytes, allowed at most that",
             CONTROL_SOCKET_LINE_MAX);
  } else if (json_doc_parse("request", text, bytes, &doc, &request.error) == 0) {
    spell_out(doc.text, doc.bytes);
    status = take_doc(&request, doc.text);
  }
  if (status == CONTROL_OK && control->out.is_cut) {
    snprintf(request.error.text, sizeof request.error.text,
             "request: found an answer of more than %d bytes, allowed at most that: ask for less",
             CONTROL_TEXT_MAX);
    status = CONTROL_REFUSED;
  }
  json_doc_free(&doc);
  if (status == CONTROL_LATER) return 0;
  if (status == CONTROL_REFUSED)
    write_error(&control->out, &request);
  else
    control_text_add(&control->out, "}\n");
  return 1;
}

const char *control_line(control_t *control, uint32_t client, const char *text, size_t bytes) {
  control->line_client = client;
  return take_line(control, client, text, bytes, bytes > CONTROL_SOCKET_LINE_MAX)
             ? control->out.text
             : NULL;
}

/* ---- at a boundary ---- */

static int is_blank(const control_line_t *line) {
  return !line->is_too_long && strspn(line->text, " \t\r") == line->bytes;
}

static void see_who_has_gone(control_t *control) {
  const char *why;
  char text[100];
  for (uint32_t client; (client = control_socket_gone(control->socket, &why)) != 0;) {
    control_watch_forget(control, client);
    control_goal_forget(control, client);
    control_state_forget(control, client);
    for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++)
      if (control->listener[i] == client) control->listener[i] = 0;
    if (strcmp(why, "has gone") == 0) continue;
    snprintf(text, sizeof text, "control: client %u %s", client, why);
    control->config.say(control->config.user, text);
  }
}

static void take_lines(control_t *control) {
  control_line_t line;
  control_socket_poll(control->socket);
  for (uint32_t i = 0; i < CONTROL_LINE_MAX && !control->is_ending; i++) {
    if (!control_socket_next(control->socket, control_goal_is_held, control, &line)) break;
    if (is_blank(&line)) continue;
    if (take_line(control, line.client, line.text, line.bytes, line.is_too_long))
      control_send(control, line.client, &control->out);
  }
  see_who_has_gone(control);
}

serve_wish_t control_command(void *user, hil_t *hil) {
  control_t *control = user;
  control->hil = hil;
  control_watch_publish(control); /* before the answer that this tick brings */
  control_goal_look(control);
  control_state_look(control);
  if (control->socket != NULL) take_lines(control);
  const uint8_t is_paused = *control->config.is_paused != 0;
  if (is_paused != control->was_paused)
    control_event(control, is_paused ? "paused" : "running", "");
  control->was_paused = is_paused;
  if (control->is_ending) return SERVE_END;
  return is_paused ? SERVE_PAUSE : SERVE_GO;
}

void control_wait(void *user, int wait_ms) {
  control_t *control = user;
  if (control->socket != NULL) control_socket_wait(control->socket, wait_ms);
}

/* ---- runs ---- */

live_t *control_live(control_t *control) { return &control->live; }

void control_mark(void *user, uint64_t time_us, const char *kind, const char *name,
                  const char *detail) {
  control_t *control = user;
  control_text_t *to = &control->event;
  control_text_clear(to);
  control_text_add(to, "{\"event\":\"mark\",\"time_s\":%.3f,\"kind\":", (double)time_us * 1e-6);
  control_text_string(to, kind);
  control_text_add(to, ",\"name\":");
  control_text_string(to, name);
  control_text_add(to, ",\"detail\":");
  control_text_string(to, detail);
  control_text_add(to, "}\n");
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++)
    if (control->listener[i] != 0) control_send(control, control->listener[i], to);
}

void control_frame(void *user, const can_mem_rx_t *rx) {
  control_t *control = user;
  control_text_t *to = &control->event;
  int is_written = 0;
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++) {
    if (control->listener[i] == 0 || !control->wants_frames[i]) continue;
    if (!is_written) {
      control_text_clear(to);
      control_text_add(to,
                       "{\"event\":\"frame\",\"time_ns\":%llu,\"node\":%u,\"id\":%u,"
                       "\"flags\":%u,\"data\":\"",
                       (unsigned long long)rx->time_ns, rx->node, rx->frame.id, rx->frame.flags);
      for (uint32_t b = 0; b < rx->frame.len; b++) control_text_add(to, "%02X", rx->frame.data[b]);
      control_text_add(to, "\"}\n");
      is_written = 1;
    }
    control_send(control, control->listener[i], to);
  }
}

static void tell_all(control_t *control) {
  if (control->socket == NULL) return;
  for (uint32_t i = control_socket_count(control->socket); i > 0; i--)
    control_send(control, control_socket_at(control->socket, i - 1), &control->event);
}

int control_begin(control_t *control, const control_run_t *run) {
  char path[800];
  control->run = *run;
  control->is_ending = 0;
  control->act_count = 0;
  if (run->out_dir != NULL) {
    snprintf(path, sizeof path, "%s/control.jsonl", run->out_dir);
    control->log = fopen(path, "w");
    if (control->log == NULL) return -1;
  }
  control_text_clear(&control->event);
  control_text_add(&control->event, "{\"event\":\"begin\",\"run\":\"%s\"}\n", run->point->run_name);
  tell_all(control);
  return 0;
}

static int save_by_hand(control_t *control, scenario_error_t *error) {
  char path[800];
  if (control->run.out_dir == NULL || control->hil == NULL ||
      control->live.count + control->live.cleared_count == 0)
    return 0;
  snprintf(path, sizeof path, "%s/by_hand.json", control->run.out_dir);
  return run_live_write(control->run.run, path, error);
}

int control_finish(control_t *control, scenario_error_t *error) {
  control_goal_end(control, "ended", 0);
  int status = save_by_hand(control, error);
  if (control->log != NULL && fclose(control->log) != 0) {
    snprintf(error->text, sizeof error->text,
             "control.jsonl: cannot be written: is the disk full?");
    status = -1;
  }
  control->log = NULL;
  control_watch_forget(control, 0);
  control_state_forget(control, 0);
  control_points_free(control);
  control->hil = NULL;
  control->live.count = control->live.cleared_count = 0;
  control->live.due_us = 0;
  return status;
}

void control_tell(control_t *control, const run_result_t *result) {
  control_text_t *to = &control->event;
  control_text_clear(to);
  control_text_add(to,
                   "{\"event\":\"end\",\"run\":\"%s\",\"verdict\":\"%s\",\"time_s\":%.3f,"
                   "\"trace_hash\":\"%016llx\",\"error\":",
                   result->run_name, verdict_text((verdict_t)result->verdict), result->sim_s,
                   (unsigned long long)result->trace_hash);
  control_text_string(to, result->error);
  control_text_add(to, ",\"checks\":[");
  for (uint32_t i = 0; i < result->check_count; i++) {
    const check_result_t *check = &result->check[i];
    control_text_add(to, "%s{\"id\":\"%s\",\"verdict\":\"%s\",\"text\":", i > 0 ? "," : "",
                     check->id, verdict_text((verdict_t)check->verdict));
    control_text_string(to, check->text);
    control_text_add(to, "}");
  }
  control_text_add(to, "]}\n");
  tell_all(control);
}

/* ---- open and close ---- */

control_t *control_open(const control_config_t *config, int *is_usage,
                        char why[CONTROL_SOCKET_WHY_BYTES]) {
  control_t *control = calloc(1, sizeof *control);
  *is_usage = 0;
  if (control == NULL) {
    snprintf(why, CONTROL_SOCKET_WHY_BYTES, "no memory");
    return NULL;
  }
  control->config = *config;
  control->was_paused = *config->is_paused != 0;
  if (config->path == NULL) return control;
  control->socket = control_socket_open(config->path, is_usage, why);
  if (control->socket != NULL) return control;
  free(control);
  return NULL;
}

void control_close(control_t *control) {
  if (control == NULL) return;
  control_socket_close(control->socket);
  control_watch_forget(control, 0);
  control_points_free(control);
  for (control_words_t *words = control->words; words != NULL;) {
    control_words_t *next = words->next;
    free(words);
    words = next;
  }
  control_text_free(&control->out);
  control_text_free(&control->event);
  control_text_free(&control->gathered);
  free(control);
}
