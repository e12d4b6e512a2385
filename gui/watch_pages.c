/// Head, foot and table of the terminal's pages: see watch_pages.h.
#include "watch_pages.h"

#include <stdio.h>
#include <string.h>

#include "check_words.h"
#include "time_axis.h"

static const watch_page_t pages[] = {
    {'1', "pack", "groups, state, contactors, DTCs, faults", watch_pages_pack},
    {'2', "scenario", "steps, events, checks with their margins", watch_pages_scenario},
    {'3', "bus", "frames by id, periods, errors, load", watch_pages_bus},
    {'4', "log", "what happened, newest last", watch_pages_log},
};
enum { PAGE_COUNT = sizeof pages / sizeof pages[0] };

typedef struct {
  const char *keys, *help;
} help_row_t;

static const help_row_t help_rows[] = {
    {"1 2 3 4 Tab", "page"},
    {"Space", "pause, go on"},
    {"s", "one tick (pauses)"},
    {"S", "100 ticks"},
    {"+ -", "faster, slower"},
    {"0", "as fast as possible"},
    {"r", "real time"},
    {"b", "back to the checkpoint before"},
    {"up down PgUp PgDn", "scroll"},
    {"h ?", "this help"},
    {"q", "quit"},
};

uint32_t watch_pages_count(void) { return PAGE_COUNT; }

const watch_page_t *watch_pages_at(uint32_t index) {
  return index < PAGE_COUNT ? &pages[index] : NULL;
}

int32_t watch_pages_find(const char *name) {
  for (int32_t i = 0; i < PAGE_COUNT; i++) {
    if (strcmp(pages[i].name, name) == 0) return i;
  }
  return -1;
}

watch_style_t watch_pages_style(uint32_t state) {
  static const watch_style_t of[CHECK_STATE_COUNT] = {WATCH_SOFT, WATCH_PLAIN, WATCH_FINE,
                                                      WATCH_BAD, WATCH_WARN};
  return state < CHECK_STATE_COUNT ? of[state] : WATCH_PLAIN;
}

const char *watch_pages_sign(uint32_t state, int is_utf8, char letter[2]) {
  if (is_utf8) return check_sign((check_state_t)state);
  letter[0] = check_letter((check_state_t)state);
  letter[1] = '\0';
  return letter;
}

static const char *run_word(const view_t *view) {
  static const char *const words[] = {"running", "PAUSED", "ended", "FAILED"};
  return view->run < sizeof words / sizeof words[0] ? words[view->run] : "?";
}

static void draw_head(const view_t *view, watch_grid_t *grid) {
  char moment[40], right[120], speed[40] = "";
  time_axis_moment((double)view->hil.now_us / 1e6, moment, sizeof moment);
  if (view->run == VIEW_RUNNING && view->speed_ratio > 0.0) {
    snprintf(speed, sizeof speed, "  %.3gx", view->speed_ratio);
  }
  snprintf(right, sizeof right, "%s%s  %s", moment, speed, run_word(view));
  int at = grid->columns - (int)strlen(right);
  watch_grid_within(grid, 0, 0, at > 2 ? at - 2 : 0, WATCH_BAR, view->run_name);
  int end = (int)strlen(view->run_name) + 2;
  if (end < at - 2) watch_grid_within(grid, 0, end, at - 2, WATCH_BAR, view->title);
  watch_grid_put(grid, 0, at > 0 ? at : 0, WATCH_BAR, "%s", right);
  watch_grid_bar(grid, 0, WATCH_BAR);
}

static void draw_foot(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid) {
  int row = grid->rows - 1, column = 0;
  if (choice->has_message && view->message[0] != '\0') {
    watch_grid_within(grid, row, 0, grid->columns, WATCH_WARN, view->message);
    return;
  }
  if (!choice->is_interactive) return;
  for (uint32_t i = 0; i < PAGE_COUNT; i++) {
    column = watch_grid_put(grid, row, column, i == choice->page ? WATCH_STRONG : WATCH_SOFT,
                            "%c %s  ", pages[i].key, pages[i].name);
  }
  watch_grid_put(grid, row, column, WATCH_SOFT, " space pause  s step  + - speed  h help  q quit");
}

static void draw_help(watch_grid_t *grid, int row, int end) {
  watch_grid_put(grid, row++, 0, WATCH_STRONG, "Keys");
  for (size_t i = 0; i < sizeof help_rows / sizeof help_rows[0] && row < end; i++) {
    watch_grid_put(grid, row, 2, WATCH_PLAIN, "%-18s", help_rows[i].keys);
    watch_grid_put(grid, row++, 21, WATCH_SOFT, "%s", help_rows[i].help);
  }
  for (uint32_t i = 0; i < PAGE_COUNT && row + 1 < end; i++) {
    watch_grid_put(grid, row + 1, 2, WATCH_PLAIN, "%c %-16s", pages[i].key, pages[i].name);
    watch_grid_put(grid, ++row, 21, WATCH_SOFT, "%s", pages[i].help);
  }
}

void watch_pages_draw(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid) {
  const watch_page_t *page = watch_pages_at(choice->page < PAGE_COUNT ? choice->page : 0);
  int has_message = choice->has_message && view->message[0] != '\0';
  int has_foot = grid->rows > 3 && (choice->is_interactive || has_message);
  int end = grid->rows - (has_foot ? 1 : 0);
  draw_head(view, grid);
  if (choice->has_help) {
    draw_help(grid, 1, end);
  } else {
    page->draw(view, choice, grid, 1, end);
  }
  if (has_foot) draw_foot(view, choice, grid);
}
