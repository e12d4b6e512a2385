/// Commands to a session, between two ticks.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session_state.h"

enum { NAME_TRY_MAX = 1000 };

void session_say(session_t *session, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(session->message, sizeof session->message, format, arguments);
  va_end(arguments);
}

const char *session_message(const session_t *session) { return session->message; }

static void begin_fault(session_t *session, const command_t *command) {
  live_refusal_t refusal;
  char text[LIVE_TEXT_BYTES];
  live_act_t act = {.kind = LIVE_FAULT,
                    .row = command->row,
                    .target = command->target,
                    .other = command->other,
                    .value = command->value,
                    .second = command->second,
                    .duty = command->number / 100.0};
  if (live_ask_fault(&session->live, &act, &refusal) != 0) {
    session_say(session, "%s", refusal.text);
    return;
  }
  live_act_text(&act, text);
  session_say(session, "%s", text);
}

static void clear_all(session_t *session) {
  uint32_t count = run_clear_all(session->run);
  session_say(session, count > 0 ? "%u faults cleared" : "no fault to clear", count);
}

static void clear(session_t *session, const command_t *command) {
  char name[40];
  uint32_t count = run_clear(session->run, (fault_on_t)command->on, command->target);
  faults_target_name((fault_on_t)command->on, command->target, name, sizeof name);
  session_say(session, count > 0 ? "%s: cleared" : "%s: no fault to clear", name);
}

static void set_load(session_t *session, const command_t *command) {
  live_refusal_t refusal;
  if (live_ask_load(&session->live, command->text, command->value, command->second, &refusal) !=
      0) {
    session_say(session, "%s", refusal.text);
  }
}

static void seek(session_t *session, uint64_t time_us) {
  uint32_t count = session->checkpoint_count;
  if (run_is_recording(session->run)) {
    session_say(session, "recording: end it before you go back");
    return;
  }
  while (count > 1 && session->checkpoint[count - 1].time_us > time_us) {
    count--;
  }
  if (count == 0) {
    session_say(session, "this run keeps no checkpoints");
    return;
  }
  const session_checkpoint_t *checkpoint = &session->checkpoint[count - 1];
  run_restore(session->run, checkpoint->run);
  session->bus = checkpoint->bus;
  session->watch = checkpoint->watch;
  session->checkpoint_count = count; /* the later ones' memory stays for the next */
  session->is_over = 0;
  session->has_verdict = 0;
  session_history_cut(session);
  while (session->mark_count > 0 &&
         session->mark[session->mark_count - 1].time_us > checkpoint->time_us) {
    session->mark_count--;
  }
  session_say(session, "back at %.3f s; what came later is open again",
              (double)checkpoint->time_us / 1e6);
}

/// A name that is not there yet: head, number, tail.
static int free_name(char *path, size_t path_bytes, const char *head, const char *tail) {
  for (int i = 1; i < NAME_TRY_MAX; i++) {
    snprintf(path, path_bytes, "%s-%d%s", head, i, tail);
    if (access(path, F_OK) != 0) {
      return 0;
    }
  }
  return -1;
}

static void save(session_t *session, const char *name) {
  char path[SESSION_TEXT_BYTES], head[160];
  scenario_error_t error = {"no memory"};
  snprintf(head, sizeof head, "%.119s-by-hand", session->point->run_name);
  if (name[0] != '\0') {
    snprintf(path, sizeof path, "%.200s", name);
  } else if (free_name(path, sizeof path, head, ".json") != 0) {
    session_say(session, "%s-*.json: too many of them", head);
    return;
  }
  if (live_waiting_count(&session->live) > 0) {
    session_say(session, "a command waits for the next tick: step, then save");
  } else if (run_live_write(session->run, path, &error) != 0) {
    session_say(session, "%.200s", error.text);
  } else {
    session_say(session, "saved as %.150s, trace hash %016llx", path,
                (unsigned long long)run_hil(session->run)->trace_hash);
  }
}

static void record(session_t *session) {
  char head[180];
  if (run_is_recording(session->run)) {
    int status = run_record_end(session->run, session->record_dir);
    session_say(session, status == 0 ? "recorded in %.200s" : "%.200s: not all of it is there",
                session->record_dir);
    return;
  }
  snprintf(head, sizeof head, "out/window/%.119s", session->point->run_name);
  int is_bad = mkdir("out", 0777) != 0 && errno != EEXIST;
  is_bad |= mkdir("out/window", 0777) != 0 && errno != EEXIST;
  is_bad |= free_name(session->record_dir, sizeof session->record_dir, head, "") != 0;
  is_bad |= mkdir(session->record_dir, 0777) != 0;
  if (is_bad) {
    session_say(session, "%.180s: %s", head, strerror(errno));
  } else if (run_record_begin(session->run, session->record_dir) != 0) {
    session_say(session, "%.200s", recorder_error());
  } else {
    session_say(session, "recording into %.200s", session->record_dir);
  }
}

static void trace(session_t *session, const command_t *command) {
  uint32_t signal = (uint32_t)command->number;
  if (command->target < VIEW_TRACE_MAX && (signal < signals_count() || signal == VIEW_NO_SIGNAL)) {
    session_history_trace(session, command->target, signal);
  }
}

void session_command(session_t *session, const command_t *command) {
  if (session->has_failed) {
    return;
  }
  if (command->kind != COMMAND_TRACE) {
    session->message[0] = '\0';
  }
  if (session->attach != NULL && command->kind != COMMAND_TRACE && command->kind != COMMAND_PLOT) {
    session_attach_command(session, command);
    return;
  }
  switch ((command_kind_t)command->kind) {
  case COMMAND_FAULT:
    begin_fault(session, command);
    break;
  case COMMAND_CLEAR:
    clear(session, command);
    break;
  case COMMAND_CLEAR_ALL:
    clear_all(session);
    break;
  case COMMAND_LOAD:
    set_load(session, command);
    break;
  case COMMAND_SEEK:
    seek(session, command->time_us);
    break;
  case COMMAND_TRACE:
    trace(session, command);
    break;
  case COMMAND_PLOT:
    session->plot_window = (time_window_t){
        .from_s = command->value, .span_s = command->second, .is_fixed = command->number != 0};
    break;
  case COMMAND_RECORD:
    record(session);
    break;
  case COMMAND_SAVE:
    save(session, command->text);
    break;
  default:
    break;
  }
}
