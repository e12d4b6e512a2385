/// A session that looks at a plant in another process: see session.h.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/control_text.h"
#include "session_state.h"

enum { FIRST_STATE_ms = 20000, LOOK_ms = 50 };

session_t *session_attach(const char *path, char why[ATTACH_WHY_BYTES]) {
  attach_t *attach = attach_open(path, why);
  session_t *session = attach != NULL ? session_open(attach_point(attach)) : NULL;
  if (session == NULL) {
    if (attach != NULL) snprintf(why, ATTACH_WHY_BYTES, "no memory");
    attach_close(attach);
    return NULL;
  }
  session->attach = attach;
  session->checkpoint_count = 0; /* the plant's are its own */
  return session;
}

int session_is_attached(const session_t *session) { return session->attach != NULL; }

const scenario_t *session_point(const session_t *session) { return session->point; }

double session_speed(const session_t *session) { return attach_speed(session->attach); }

/// Where it is after a state came: further on, or back at a checkpoint.
static void note_state(session_t *session) {
  const uint64_t now_us = session_now_us(session);
  if (now_us < session->seen_us) {
    session_history_cut(session);
    while (session->mark_count > 0 && session->mark[session->mark_count - 1].time_us > now_us)
      session->mark_count--;
  } else if (now_us > session->seen_us) {
    session_history_sample(session);
  }
  session->seen_us = now_us;
}

int session_look(session_t *session, int wait_ms) {
  const attach_hear_t hear = {.user = session, .mark = session_mark, .frame = session_frame};
  char before[SESSION_TEXT_BYTES];
  if (session->is_over) {
    (void)poll(NULL, 0, wait_ms);
    return 0;
  }
  snprintf(before, sizeof before, "%s", attach_message(session->attach));
  const attach_seen_t seen = attach_look(session->attach, session->run, &hear, wait_ms);
  const char *message = attach_message(session->attach);
  const int is_new = strcmp(before, message) != 0;
  if (is_new) session_say(session, "%.200s", message);
  if (seen == ATTACH_STATE) note_state(session);
  if (seen == ATTACH_GONE) session->is_over = 1;
  return seen != ATTACH_NOTHING || is_new;
}

int session_look_once(session_t *session, char why[ATTACH_WHY_BYTES]) {
  const attach_hear_t hear = {.user = session, .mark = session_mark, .frame = session_frame};
  attach_seen_t seen = ATTACH_NOTHING;
  for (int waited_ms = 0; waited_ms < FIRST_STATE_ms && seen == ATTACH_NOTHING;
       waited_ms += LOOK_ms)
    seen = attach_look(session->attach, session->run, &hear, LOOK_ms);
  if (seen == ATTACH_STATE) {
    note_state(session);
    return 0;
  }
  snprintf(why, ATTACH_WHY_BYTES, "%s",
           seen == ATTACH_GONE ? attach_message(session->attach) : "the plant does not answer");
  return -1;
}

/* ---- commands ---- */

static void ask_fault(session_t *session, const command_t *command) {
  const fault_row_t *row = command->row;
  char target[40], other[40], value[80] = "", second[80] = "", chatter[80] = "";
  faults_target_name((fault_on_t)row->on, command->target, target, sizeof target);
  faults_target_name((fault_on_t)row->on, command->other, other, sizeof other);
  if (row->unit[0] != '\0')
    snprintf(value, sizeof value, ",\"value_%s\":%.10g", row->unit, command->value);
  if (row->has_other || strcmp(row->name, "permute") == 0)
    snprintf(second, sizeof second, ",\"other\":\"%s\"", other);
  if (row->has_chatter && command->second > 0.0)
    snprintf(chatter, sizeof chatter, ",\"chatter\":{\"freq_Hz\":%.10g,\"duty\":%.10g}",
             command->second, command->number / 100.0);
  attach_ask(session->attach,
             "\"do\":\"fault\",\"fault\":{\"target\":\"%s\",\"type\":\"%s\"%s%s%s}", target,
             row->name, value, second, chatter);
  session_say(session, "%s of %s", row->name, target);
}

static void ask_load(session_t *session, const command_t *command) {
  static const char *const requests[] = {"sleep", "standby", "drive", "charge"};
  const live_load_t *load = live_load_at((uint32_t)live_load_find(command->text));
  if (strcmp(load->key, "request") == 0)
    attach_ask(session->attach, "\"do\":\"load\",\"load\":{\"request\":\"%s\"}",
               requests[(int)command->value & 3]);
  else if (strcmp(load->key, "charger") == 0 && command->value > 0.0)
    attach_ask(session->attach,
               "\"do\":\"load\",\"load\":{\"charger\":{\"mode\":\"cccv\",\"current_A\":%.10g,"
               "\"voltage_V\":%.10g}}",
               command->value, command->second);
  else if (strcmp(load->key, "charger") == 0)
    attach_ask(session->attach, "\"do\":\"load\",\"load\":{\"charger\":{\"mode\":\"off\"}}");
  else if (load->unit[0] == '\0')
    attach_ask(session->attach, "\"do\":\"load\",\"load\":{\"%s\":%s}", load->key,
               command->value > 0.0 ? "true" : "false");
  else
    attach_ask(session->attach, "\"do\":\"load\",\"load\":{\"%s\":%.10g}", load->key,
               command->value);
}

/// The plant's folder may be another: the path is said in full.
static void ask_save(session_t *session, const char *name) {
  char dir[400], path[700];
  control_text_t quoted = {.text = NULL};
  if (getcwd(dir, sizeof dir) == NULL) dir[0] = '\0';
  if (name[0] == '/')
    snprintf(path, sizeof path, "%.190s", name);
  else
    snprintf(path, sizeof path, "%s/%s", dir, name[0] != '\0' ? name : "attached-by-hand.json");
  control_text_string(&quoted, path);
  attach_ask(session->attach, "\"do\":\"save\",\"file\":%s",
             quoted.text != NULL ? quoted.text : "\"\"");
  control_text_free(&quoted);
  session_say(session, "the plant writes %.200s", path);
}

void session_attach_command(session_t *session, const command_t *command) {
  char target[40];
  switch ((command_kind_t)command->kind) {
  case COMMAND_PAUSE:
    attach_ask(session->attach, "\"do\":\"%s\"",
               attach_is_paused(session->attach) ? "resume" : "pause");
    break;
  case COMMAND_STEP:
    attach_ask(session->attach, "\"do\":\"step\",\"ticks\":%d",
               command->number > 0 ? command->number : 1);
    break;
  case COMMAND_SPEED:
    attach_ask(session->attach, "\"do\":\"speed\",\"value\":%.10g", command->value);
    break;
  case COMMAND_FAULT:
    ask_fault(session, command);
    break;
  case COMMAND_CLEAR:
    faults_target_name((fault_on_t)command->on, command->target, target, sizeof target);
    attach_ask(session->attach, "\"do\":\"clear\",\"target\":\"%s\"", target);
    session_say(session, "%s: cleared", target);
    break;
  case COMMAND_CLEAR_ALL:
    attach_ask(session->attach, "\"do\":\"clear\"");
    session_say(session, "all faults cleared");
    break;
  case COMMAND_LOAD:
    if (live_load_find(command->text) >= 0) ask_load(session, command);
    break;
  case COMMAND_SAVE:
    ask_save(session, command->text);
    break;
  case COMMAND_SEEK:
    session_say(session, "going back is the plant's: restore on its socket");
    break;
  case COMMAND_RECORD:
    session_say(session, "recording is the plant's: packsim serve --out DIR");
    break;
  default:
    break;
  }
}
