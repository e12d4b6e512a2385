/// The pages scenario, bus and log: lists that scroll.
#include <stdio.h>
#include <string.h>

#include "../scenarios/story_words.h"
#include "check_words.h"
#include "watch_pages.h"

enum { ID_COLUMNS = 24, RESULT_COLUMNS = 26, WORDS_BYTES = STORY_WORDS_BYTES };

/// First row of a list of count, so that the last one stays within reach.
static int32_t first_of(int32_t scroll, int32_t count, int32_t visible) {
  if (scroll > count - visible) scroll = count - visible;
  return scroll < 0 ? 0 : scroll;
}

static double seconds(uint64_t us) { return (double)us / 1e6; }

/* ---- scenario ---- */

static void line(watch_grid_t *grid, int row, watch_style_t style, const char *sign, const char *id,
                 const char *result, const char *words) {
  int wide = grid->columns >= 76, id_columns = wide ? ID_COLUMNS : 16,
      result_columns = wide ? RESULT_COLUMNS : 20, at = 2;
  watch_grid_put(grid, row, 0, style, "%s", sign);
  watch_grid_within(grid, row, at, at + id_columns - 1, WATCH_PLAIN, id);
  at += id_columns;
  watch_grid_within(grid, row, at, at + result_columns - 1, style, result);
  at += result_columns;
  watch_grid_within(grid, row, at, grid->columns, WATCH_SOFT, words);
}

static void draw_step(const view_t *view, uint32_t index, watch_grid_t *grid, int row) {
  const plan_step_t *step = &view->plan->step[index];
  char words[WORDS_BYTES], when[40];
  int is_done = step->at_us < view->hil.now_us;
  plan_sets_words(view->plan, step->set_first, step->set_count, words, sizeof words);
  snprintf(when, sizeof when, "at %.6g s", seconds(step->at_us));
  line(grid, row, is_done ? WATCH_PLAIN : WATCH_SOFT, is_done ? ">" : ".", "step", when, words);
}

static void draw_event(const view_t *view, uint32_t index, watch_grid_t *grid, int row) {
  const plan_event_t *event = &view->plan->event[index];
  uint64_t at_us = check_event_us(view, index);
  char words[WORDS_BYTES], when[40] = "not yet";
  int has_been = at_us != VIEW_NEVER;
  if (has_been) snprintf(when, sizeof when, "at %.3f s", seconds(at_us));
  check_event_words(view, index, words, sizeof words);
  if (words[0] == '\0') story_when_words(view->plan, event->when, words, sizeof words);
  line(grid, row,
       !has_been          ? WATCH_SOFT
       : event->has_fault ? WATCH_WARN
                          : WATCH_PLAIN,
       !has_been          ? "."
       : event->has_fault ? "!"
                          : ">",
       event->id, when, words);
}

static void draw_check(const view_t *view, const watch_choice_t *choice, uint32_t index,
                       watch_grid_t *grid, int row) {
  const view_check_t *check = &view->check[index];
  check_state_t state = check_state(check);
  char words[WORDS_BYTES], result[80], letter[2];
  check_result_words(check, view->hil.now_us, result, sizeof result);
  story_check_words(view->plan, &view->plan->check[index], words, sizeof words);
  int is_seen = state == CHECK_IS_FAILED || state == CHECK_IS_UNDECIDED;
  line(grid, row, watch_pages_style(state), watch_pages_sign(state, choice->is_utf8, letter),
       check->id, result, is_seen && check->text[0] != '\0' ? check->text : words);
}

void watch_pages_scenario(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid,
                          int row, int end) {
  if (view->plan == NULL) return;
  int32_t steps = (int32_t)view->plan->step_count, events = (int32_t)view->plan->event_count;
  int32_t count = steps + events + (int32_t)view->check_count;
  int32_t first = first_of(choice->scroll, count, end - row);
  for (int32_t i = first; i < count && row < end; i++, row++) {
    if (i < steps) {
      draw_step(view, (uint32_t)i, grid, row);
    } else if (i < steps + events) {
      draw_event(view, (uint32_t)(i - steps), grid, row);
    } else {
      draw_check(view, choice, (uint32_t)(i - steps - events), grid, row);
    }
  }
}

/* ---- bus ---- */

static void draw_bus_head(const view_t *view, watch_grid_t *grid, int row) {
  static const char *const nodes[] = {"BMS", "VCM", "other"}, *const states[] = {
                                                                  "active", "passive", "BUS OFF"};
  const can_mem_t *bus = &view->hil.bus;
  int at = watch_grid_put(grid, row, 0, WATCH_PLAIN, "load %4.1f %%  %.6g kbit/s",
                          (double)view->bus.load_pct, (double)bus->bitrate_bps / 1e3);
  at = watch_grid_put(grid, row, at, bus->error_frame_count > 0 ? WATCH_WARN : WATCH_PLAIN,
                      "  %u error frames", (unsigned)bus->error_frame_count);
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
    uint32_t state = bus->node[i].state <= CAN_MEM_OFF ? bus->node[i].state : (uint32_t)CAN_MEM_OFF;
    at = watch_grid_put(grid, row, at, state == CAN_MEM_ACTIVE ? WATCH_PLAIN : WATCH_BAD, "  %s %s",
                        nodes[i], states[state]);
  }
}

static void draw_frame(const view_t *view, const view_frame_t *frame, watch_grid_t *grid, int row) {
  int is_known = frame->message < CAN_MSG_COUNT;
  int is_extended = (frame->frame.flags & CAN_FRAME_EXTENDED) != 0;
  char cycle[16] = "-", text[160];
  if (is_known && can_msg[frame->message].cycle_ms > 0) {
    snprintf(cycle, sizeof cycle, "%u", (unsigned)can_msg[frame->message].cycle_ms);
  }
  snprintf(text, sizeof text, is_extended ? "%08X" : "%03X", (unsigned)frame->frame.id);
  int at = watch_grid_put(grid, row, 0, WATCH_PLAIN, "%-8s %-17.17s %8u %8.1f %5s ", text,
                          is_known ? can_msg[frame->message].name : "(not in the DBC)",
                          (unsigned)frame->count, (double)frame->period_ms, cycle);
  at = watch_grid_put(grid, row, at, frame->late_count > 0 ? WATCH_WARN : WATCH_SOFT, "%5u ",
                      (unsigned)frame->late_count);
  at = watch_grid_put(grid, row, at, frame->wrong_count > 0 ? WATCH_BAD : WATCH_SOFT, "%5u  ",
                      (unsigned)frame->wrong_count);
  double age_ms = ((double)view->hil.now_us * 1e3 - (double)frame->time_ns) / 1e6;
  if (is_known && can_msg[frame->message].cycle_ms > 0 &&
      age_ms > 3.0 * can_msg[frame->message].cycle_ms) {
    watch_grid_put(grid, row, at, WATCH_BAD, "missing for %.1f s", age_ms / 1e3);
    return;
  }
  for (uint32_t i = 0; i < frame->frame.len && at + 2 <= grid->columns; i++) {
    at = watch_grid_put(grid, row, at, WATCH_PLAIN, "%02X ", frame->frame.data[i]);
  }
}

void watch_pages_bus(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid, int row,
                     int end) {
  int32_t count = (int32_t)view->bus.id_count;
  draw_bus_head(view, grid, row++);
  if (row < end) {
    watch_grid_put(grid, row++, 0, WATCH_SOFT, "%-8s %-17s %8s %8s %5s %5s %5s  %s", "id",
                   "message", "frames", "ms", "cycle", "late", "wrong", "data");
  }
  int32_t first = first_of(choice->scroll, count, end - row);
  for (int32_t i = first; i < count && row < end; i++) {
    draw_frame(view, &view->bus.frame[i], grid, row++);
  }
}

/* ---- log ---- */

void watch_pages_log(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid, int row,
                     int end) {
  int32_t count = (int32_t)view->mark_count, visible = end - row;
  int32_t first = count - visible - choice->scroll;
  if (first < 0) first = 0;
  for (int32_t i = first; i < count && row < end; i++, row++) {
    const view_mark_t *mark = &view->mark[i];
    int is_bad = strcmp(mark->kind, "fault") == 0 || strcmp(mark->kind, "DTC") == 0;
    int at = watch_grid_put(grid, row, 0, WATCH_SOFT, "%11.3f s  ", seconds(mark->time_us));
    at = watch_grid_put(grid, row, at, is_bad ? WATCH_WARN : WATCH_PLAIN, "%-11s ", mark->kind);
    watch_grid_put(grid, row, at, WATCH_PLAIN, "%s %s", mark->name, mark->detail);
  }
  if (count == 0) watch_grid_put(grid, row, 0, WATCH_SOFT, "nothing yet");
}
