/// Ticks a run for somebody who watches: see session.h.
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session_state.h"

enum { FIRST_DISTANCE_us = 1000000 };

static void drop_checkpoint(session_t *session, uint32_t index) {
  session_checkpoint_t dropped = session->checkpoint[index];
  uint32_t after = session->checkpoint_count - index - 1;
  memmove(&session->checkpoint[index], &session->checkpoint[index + 1],
          after * sizeof session->checkpoint[0]);
  session->checkpoint_count--;
  session->checkpoint[session->checkpoint_count] = dropped; /* its memory waits for the next */
}

/// Room for one more: every second one goes.
static void thin_out(session_t *session) {
  session->checkpoint_every_us *= 2;
  for (uint32_t i = session->checkpoint_count; i > 0; i--) {
    if (session->checkpoint[i - 1].time_us % session->checkpoint_every_us != 0) {
      drop_checkpoint(session, i - 1);
    }
  }
}

static void keep_checkpoint(session_t *session) {
  uint64_t now_us = session_now_us(session);
  uint32_t bytes = (uint32_t)run_checkpoint_bytes(session->run);
  uint32_t count = session->checkpoint_count;
  if (bytes == 0 || now_us % session->checkpoint_every_us != 0 ||
      (count > 0 && session->checkpoint[count - 1].time_us >= now_us)) {
    return;
  }
  if (count == VIEW_CHECKPOINT_MAX) {
    thin_out(session);
    keep_checkpoint(session);
    return;
  }
  session_checkpoint_t *checkpoint = &session->checkpoint[count];
  if (checkpoint->run == NULL) {
    checkpoint->run = malloc(bytes);
    checkpoint->bytes = bytes;
  }
  if (checkpoint->run == NULL) {
    return; /* without it one goes back less far */
  }
  run_save(session->run, checkpoint->run);
  checkpoint->time_us = now_us;
  checkpoint->bus = session->bus;
  checkpoint->watch = session->watch;
  session->checkpoint_count++;
}

session_t *session_open(const scenario_t *point) {
  session_t *session = calloc(1, sizeof *session);
  if (session == NULL) {
    return NULL;
  }
  session->point = point;
  session->options = (run_options_t){
      .live = &session->live, .watch_user = session, .mark = session_mark, .frame = session_frame};
  session->checkpoint_every_us = FIRST_DISTANCE_us;
  signals_init();
  bus_watch_init(&session->watch, &session->bus);
  session->plots = plot_store_open();
  session->run =
      session->plots != NULL ? run_open(point, &session->options, &session->result) : NULL;
  if (session->run == NULL) {
    plot_store_close(session->plots);
    free(session);
    return NULL;
  }
  if (session->result.verdict == VERDICT_ERROR || session->result.verdict == VERDICT_SKIPPED) {
    session->is_over = 1;
    session->has_failed = 1;
    session_say(session, "%.200s", session->result.error);
    return session;
  }
  session_history_begin(session);
  keep_checkpoint(session);
  return session;
}

void session_close(session_t *session, run_result_t *result) {
  if (run_is_recording(session->run)) {
    (void)run_record_end(session->run, session->record_dir);
  }
  run_close(session->run);
  if (result != NULL) {
    *result = session->result;
  }
  for (uint32_t i = 0; i < VIEW_CHECKPOINT_MAX; i++) {
    free(session->checkpoint[i].run);
  }
  plot_store_close(session->plots);
  attach_close(session->attach);
  free(session);
}

uint64_t session_now_us(const session_t *session) {
  return session->has_failed ? 0 : run_hil(session->run)->now_us;
}

/// How the run is judged if it ends here; the judge itself stays as it is.
static void judge_end(session_t *session) {
  judge_t *judge = run_judge(session->run);
  void *kept = malloc(judge_checkpoint_bytes(judge));
  if (kept == NULL) {
    return;
  }
  judge_save(judge, kept);
  session->verdict = session->result;
  judge_finish(judge, run_hil(session->run), &session->verdict);
  judge_restore(judge, kept);
  free(kept);
  session->has_verdict = 1;
  session_say(session, "ended at %.3f s: %s", (double)session_now_us(session) / 1e6,
              verdict_text((verdict_t)session->verdict.verdict));
}

int session_tick(session_t *session) {
  if (session->is_over || session->attach != NULL) {
    return 1;
  }
  int status = run_tick(session->run);
  if (status < 0) {
    session->is_over = 1;
    session_say(session, "%.200s", session->result.error);
    return 1;
  }
  session_history_sample(session);
  keep_checkpoint(session);
  if (status > 0) {
    session->is_over = 1;
    judge_end(session);
  }
  return status;
}
