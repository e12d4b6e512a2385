/// For those who look on at a run: checkpoints, and recording that begins and ends on the way.
#include <stdlib.h>
#include <string.h>

#include "run_state.h"

/// The parts of a run that change from tick to tick, one after the other in a checkpoint.
typedef struct {
  uint32_t next_step, next_frame;
  uint64_t next_fault_end_us, profile_us, cycle_done_us;
  uint8_t profile_is_wanted, is_triggered, is_over;
  uint8_t padding[5];
  uint32_t field_count, fault_count;
  course_run_t field[COURSE_FIELD_MAX];
  live_t live;
} head_t;

static size_t head_bytes(void) { return (sizeof(head_t) + 63) / 64 * 64; }

static size_t hil_bytes(void) { return (sizeof(hil_t) + 63) / 64 * 64; }

static size_t fault_bytes(const run_t *run) {
  return run->plan->event_count *
         (sizeof *run->fault_end_us + sizeof(course_run_t) + sizeof(fault_t));
}

size_t run_checkpoint_bytes(const run_t *run) {
  if (run->status != 0 || run->hil == NULL || run->judge == NULL || run->seats != NULL) {
    return 0;
  }
  return head_bytes() + hil_bytes() + judge_checkpoint_bytes(run->judge) + fault_bytes(run);
}

static void copy(char **to, const void *from, size_t bytes) {
  memcpy(*to, from, bytes);
  *to += bytes;
}

void run_save(const run_t *run, void *checkpoint) {
  head_t *head = checkpoint;
  char *to = (char *)checkpoint + head_bytes();
  size_t count = run->plan->event_count;
  memset(head, 0, sizeof *head);
  *head = (head_t){.next_step = run->next_step,
                   .next_frame = run->next_frame,
                   .next_fault_end_us = run->next_fault_end_us,
                   .profile_us = run->profile_us,
                   .cycle_done_us = run->cycle_done_us,
                   .profile_is_wanted = run->profile_is_wanted,
                   .is_triggered = run->is_triggered,
                   .is_over = run->is_over,
                   .field_count = run->courses.field_count,
                   .fault_count = run->courses.fault_count};
  memcpy(head->field, run->courses.field, sizeof head->field);
  if (run->live != NULL) {
    head->live = *run->live;
  }
  memcpy(to, run->hil, sizeof *run->hil);
  to += hil_bytes();
  copy(&to, run->fault_end_us, count * sizeof *run->fault_end_us);
  copy(&to, run->courses.fault, count * sizeof *run->courses.fault);
  copy(&to, run->courses.fault_now, count * sizeof *run->courses.fault_now);
  judge_save(run->judge, to);
}

static void fetch(const char **from, void *to, size_t bytes) {
  memcpy(to, *from, bytes);
  *from += bytes;
}

void run_restore(run_t *run, const void *checkpoint) {
  const head_t *head = checkpoint;
  const char *from = (const char *)checkpoint + head_bytes();
  size_t count = run->plan->event_count;
  run->next_step = head->next_step;
  run->next_frame = head->next_frame;
  run->next_fault_end_us = head->next_fault_end_us;
  run->profile_us = head->profile_us;
  run->cycle_done_us = head->cycle_done_us;
  run->profile_is_wanted = head->profile_is_wanted;
  run->is_triggered = head->is_triggered;
  run->is_over = head->is_over;
  run->status = 0;
  run->result->verdict = VERDICT_PASS;
  run->result->error[0] = '\0';
  run->courses.field_count = head->field_count;
  run->courses.fault_count = head->fault_count;
  memcpy(run->courses.field, head->field, sizeof head->field);
  if (run->live != NULL) {
    *run->live = head->live;
  }
  memcpy(run->hil, from, sizeof *run->hil);
  from += hil_bytes();
  fetch(&from, run->fault_end_us, count * sizeof *run->fault_end_us);
  fetch(&from, run->courses.fault, count * sizeof *run->courses.fault);
  fetch(&from, run->courses.fault_now, count * sizeof *run->courses.fault_now);
  judge_restore(run->judge, from);
}

const hil_t *run_checkpoint_hil(const void *checkpoint) {
  return (const hil_t *)(const void *)((const char *)checkpoint + head_bytes());
}

/* ---- from another process ---- */

static uint64_t mixed(uint64_t hash, const void *bytes, size_t count) {
  const uint8_t *byte = bytes;
  for (size_t i = 0; i < count; i++) {
    hash = (hash ^ byte[i]) * 0x100000001B3u;
  }
  return hash;
}

uint64_t run_layout(const run_t *run) {
  const uint64_t facts[] = {run_checkpoint_bytes(run), sizeof(hil_t), offsetof(hil_t, bms),
                            (uint64_t)((intptr_t)cycle_at(0) - (intptr_t)faults_at(0)),
                            run->scenario->hash};
  uint64_t hash = mixed(0xCBF29CE484222325u, facts, sizeof facts);
  for (uint32_t i = 0; i < signals_count(); i++) {
    const signal_t *signal = signals_at(i);
    hash = mixed(mixed(hash, signal->name, strlen(signal->name)), &signal->offset,
                 sizeof signal->offset);
  }
  return hash;
}

/// A pointer to a constant of the program, as it is there and here.
static const void *here(const void *there, intptr_t shift) {
  return there != NULL ? (const void *)((intptr_t)there + shift) : NULL;
}

void run_adopt(run_t *run, void *checkpoint, uint64_t faults_there) {
  const intptr_t shift = (intptr_t)faults_at(0) - (intptr_t)faults_there;
  head_t *head = checkpoint;
  hil_t *hil = (hil_t *)(void *)((char *)checkpoint + head_bytes());
  char *at = (char *)hil + hil_bytes();
  const size_t count = run->plan->event_count;
  fault_t *fault =
      (fault_t *)(void *)(at + count * (sizeof *run->fault_end_us + sizeof *run->courses.fault));
  for (size_t i = 0; i < count; i++) {
    fault[i].row = here(fault[i].row, shift);
  }
  for (uint32_t i = 0; i < LIVE_ACT_MAX; i++) {
    head->live.act[i].row = here(head->live.act[i].row, shift);
    head->live.act[i].words = NULL; /* of no use to those who only look */
  }
  hil->stimulus.cycle = here(hil->stimulus.cycle, shift);
  hil->vehicle.cycle = here(hil->vehicle.cycle, shift);
  hil->vehicle.params = here(hil->vehicle.params, shift);
  hil->pack.params = run->hil->pack.params;
  hil->seat = NULL;
  hil->guest = NULL;
  run_restore(run, checkpoint);
}

int run_fault_span(const run_t *run, uint16_t event, uint64_t *begin_us, uint64_t *end_us) {
  const plan_event_t *happened = &run->plan->event[event];
  *begin_us = judge_mark_us(run->judge, event);
  *end_us = UINT64_MAX;
  if (!happened->has_fault || *begin_us == UINT64_MAX) {
    return -1;
  }
  if (run->live != NULL && live_cleared_us(run->live, event) != LIVE_NEVER) {
    *end_us = live_cleared_us(run->live, event);
  } else if (happened->for_us > 0 && run->fault_end_us[event] == UINT64_MAX) {
    *end_us = *begin_us + happened->for_us;
  }
  return 0;
}

uint32_t run_clear(run_t *run, fault_on_t on, uint32_t target) {
  uint64_t begin_us, end_us;
  uint32_t count = live_ask_end(run->live, on, target);
  for (uint32_t e = 0; e < run->plan->event_count; e++) {
    const plan_event_t *event = &run->plan->event[e];
    int is_there = run_fault_span(run, (uint16_t)e, &begin_us, &end_us) == 0 &&
                   end_us == UINT64_MAX && event->fault.row->on == on;
    int is_meant = 0;
    for (uint32_t i = 0; is_there && i < event->fault.target_count; i++) {
      is_meant |= event->fault.target[i] == target;
    }
    if (is_meant) {
      live_ask_event_end(run->live, (uint16_t)e);
      count++;
    }
  }
  return count;
}

uint32_t run_clear_all(run_t *run) {
  uint64_t begin_us, end_us;
  uint32_t count = 0;
  for (uint32_t i = 0; i < run->live->count; i++) {
    const live_act_t *act = &run->live->act[i];
    if (act->kind == LIVE_FAULT && act->phase <= LIVE_ACTS && !act->end_is_asked) {
      count += run_clear(run, (fault_on_t)act->row->on, act->target);
    }
  }
  for (uint32_t e = 0; e < run->plan->event_count; e++) {
    if (run_fault_span(run, (uint16_t)e, &begin_us, &end_us) == 0 && end_us == UINT64_MAX &&
        live_cleared_us(run->live, (uint16_t)e) == LIVE_NEVER) {
      live_ask_event_end(run->live, (uint16_t)e);
      count++;
    }
  }
  return count;
}

int run_live_write(const run_t *run, const char *path, scenario_error_t *error) {
  uint64_t *begin_us = calloc(run->plan->event_count + 1, sizeof *begin_us);
  if (begin_us == NULL) {
    return -1;
  }
  for (uint32_t e = 0; e < run->plan->event_count; e++) {
    begin_us[e] = judge_mark_us(run->judge, (uint16_t)e);
  }
  /* behind a bus it is another ECU's doing, and its own time's */
  uint64_t hash = run->options->guest == NULL ? run->hil->trace_hash : 0;
  int status = live_write(run->live, run->scenario, run->hil->now_us, hash, path, begin_us, error);
  free(begin_us);
  return status;
}

/* ---- recording ---- */

int run_is_recording(const run_t *run) { return run->recorder != NULL; }

int run_record_begin(run_t *run, const char *dir) {
  recorder_config_t config = {.dir = dir,
                              .run_name = run->scenario->run_name,
                              .scenario_id = run->scenario->id,
                              .seed = run->plan->seed,
                              .level = RECORD_DEFAULT};
  run->story = story_open();
  if (run->story == NULL) {
    return -1;
  }
  if (recorder_open(&run->recorder, &config, run->hil) != RECORDER_OK) {
    story_close(run->story);
    run->story = NULL;
    run->recorder = NULL;
    return -1;
  }
  return 0;
}

int run_record_end(run_t *run, const char *dir) {
  story_end_t end = {
      .plan = run->plan, .judge = run->judge, .hil = run->hil, .run_name = run->scenario->run_name};
  int is_bad = story_write(run->story, &end, dir) != 0;
  story_close(run->story);
  run->story = NULL;
  is_bad |= recorder_close(run->recorder) != RECORDER_OK;
  run->recorder = NULL;
  return is_bad ? -1 : 0;
}
