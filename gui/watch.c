/// Watches a run in the terminal: see watch.h.
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/runner.h"
#include "terminal.h"
#include "watch_pages.h"
#include "worker.h"

enum { FRAME_ms = 50, PAGE_ROWS = 10, BACK_us = 500000 };
static const double MESSAGE_s = 4.0;

int32_t watch_page(const char *name) {
  int32_t page = watch_pages_find(name);
  if (page >= 0) return page;
  return strcmp(name, "all") == 0 ? (int32_t)WATCH_ALL_PAGES : (int32_t)WATCH_NO_PAGE;
}

static watch_status_t fail(const char *what, const char *why) {
  fprintf(stderr, "packsim watch: %s%s\n", what, why);
  return WATCH_ERR;
}

/* ---- one page ---- */

static void print_page(const view_t *view, int32_t page, const watch_options_t *options,
                       watch_grid_t *grid) {
  watch_choice_t choice = {
      .page = (uint8_t)page, .is_utf8 = (uint8_t)terminal_is_utf8(), .has_message = 1};
  watch_grid_clear(grid, options->columns, options->rows);
  watch_pages_draw(view, &choice, grid);
  watch_grid_print(grid, stdout);
}

static void print_pages(const view_t *view, const watch_options_t *options, watch_grid_t *grid) {
  if (options->page != WATCH_ALL_PAGES) {
    print_page(view, options->page, options, grid);
    return;
  }
  for (uint32_t i = 0; i < watch_pages_count(); i++) {
    if (i > 0) putchar('\n');
    print_page(view, (int32_t)i, options, grid);
  }
}

/// What a run that has ended comes to.
static watch_status_t code_of(uint8_t run, const run_result_t *result) {
  if (run == VIEW_FAILED) return WATCH_FAILED;
  return run != VIEW_ENDED || result->verdict == VERDICT_PASS ? WATCH_OK : WATCH_FAILED;
}

static watch_status_t watch_once(session_t *session, view_t *view, watch_grid_t *grid,
                                 const watch_options_t *options) {
  static run_result_t result;
  char reason[ATTACH_WHY_BYTES];
  while ((options->at_s < 0.0 || (double)session_now_us(session) * 1e-6 < options->at_s - 5e-4) &&
         session_tick(session) == 0) {
  }
  if (options->attach != NULL && session_look_once(session, reason) != 0) {
    session_close(session, NULL);
    return fail(reason, "");
  }
  session_fill(session, view);
  print_pages(view, options, grid);
  uint8_t run = view->run;
  session_close(session, &result);
  int is_bad = ferror(stdout) != 0;
  is_bad |= fflush(stdout) != 0;
  return is_bad ? fail("stdout: cannot be written: ", strerror(errno)) : code_of(run, &result);
}

/* ---- in the terminal ---- */

typedef struct {
  worker_t *worker;
  watch_choice_t choice;
  watch_grid_t grid, shown;
  uint8_t has_shown;
  uint64_t sequence;
  char message[240];
  double message_until_s; ///< wall time
} page_t;

static void ask(page_t *page, command_t command) { (void)worker_command(page->worker, &command); }

/// The next speed of a row of round ones; > 0 faster.
static double speed_beside(double now, int direction) {
  static const double speeds[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200};
  enum { COUNT = sizeof speeds / sizeof speeds[0] };
  if (now <= 0.0) return direction < 0 ? speeds[COUNT - 1] : 0.0;
  for (int i = 0; i < COUNT; i++) {
    int at = direction > 0 ? i : COUNT - 1 - i;
    if (direction > 0 ? speeds[at] > now * 1.001 : speeds[at] < now * 0.999) return speeds[at];
  }
  return direction > 0 ? 0.0 : speeds[0];
}

/// The newest checkpoint that is clearly before now.
static uint64_t back_us(const view_t *view) {
  uint64_t found_us = 0;
  for (uint32_t i = 0; i < view->checkpoint_count; i++) {
    if (view->checkpoint_us[i] + BACK_us <= view->hil.now_us) found_us = view->checkpoint_us[i];
  }
  return found_us;
}

static int key_of_run(page_t *page, const view_t *view, int key) {
  switch (key) {
  case ' ':
    ask(page, (command_t){.kind = COMMAND_PAUSE});
    return 1;
  case 's':
  case 'S':
    ask(page, (command_t){.kind = COMMAND_STEP, .number = key == 's' ? 1 : 100});
    return 1;
  case '+':
  case '-':
    ask(page, (command_t){.kind = COMMAND_SPEED,
                          .value = speed_beside(view->speed_asked_ratio, key == '+' ? 1 : -1)});
    return 1;
  case '0':
  case 'r':
    ask(page, (command_t){.kind = COMMAND_SPEED, .value = key == 'r' ? 1.0 : 0.0});
    return 1;
  case 'b':
    ask(page, (command_t){.kind = COMMAND_SEEK, .time_us = back_us(view)});
    return 1;
  default:
    return 0;
  }
}

static void scroll(watch_choice_t *choice, int32_t by) {
  choice->scroll += by;
  if (choice->scroll < 0) choice->scroll = 0;
  if (choice->scroll > VIEW_MARK_MAX) choice->scroll = VIEW_MARK_MAX;
}

static void turn_to(watch_choice_t *choice, uint32_t page) {
  choice->page = (uint8_t)(page % watch_pages_count());
  choice->scroll = 0;
  choice->has_help = 0;
}

/// 0 iff the user wants to go.
static int take_key(page_t *page, const view_t *view, int key) {
  watch_choice_t *choice = &page->choice;
  if (key == 'q' || key == 'Q') return 0;
  if (view != NULL && key_of_run(page, view, key)) return 1;
  for (uint32_t i = 0; i < watch_pages_count(); i++) {
    if (key == watch_pages_at(i)->key) turn_to(choice, i);
  }
  if (key == '\t') turn_to(choice, choice->page + 1u);
  if (key == 'h' || key == '?') choice->has_help = !choice->has_help;
  if (key == 27) choice->has_help = 0;
  if (key == TERMINAL_UP || key == TERMINAL_DOWN) scroll(choice, key == TERMINAL_UP ? -1 : 1);
  if (key == TERMINAL_PAGE_UP) scroll(choice, -PAGE_ROWS);
  if (key == TERMINAL_PAGE_DOWN) scroll(choice, PAGE_ROWS);
  if (key == TERMINAL_HOME) choice->scroll = 0;
  return 1;
}

/// A new message stays for a while, the last one of a run that has ended for good.
static void note_message(page_t *page, const view_t *view) {
  if (strcmp(page->message, view->message) != 0) {
    snprintf(page->message, sizeof page->message, "%s", view->message);
    page->message_until_s = runner_clock_s() + MESSAGE_s;
  }
  int is_over = view->run == VIEW_ENDED || view->run == VIEW_FAILED;
  page->choice.has_message = is_over || runner_clock_s() < page->message_until_s;
}

/// 0, or -1 iff the terminal is gone.
static int show(page_t *page, const view_t *view) {
  char *text = NULL;
  size_t bytes = 0;
  int columns, rows;
  terminal_size(&columns, &rows);
  note_message(page, view);
  watch_grid_clear(&page->grid, columns, rows);
  watch_pages_draw(view, &page->choice, &page->grid);
  FILE *memory = open_memstream(&text, &bytes);
  if (memory == NULL) return -1;
  watch_grid_update(&page->grid, page->has_shown ? &page->shown : NULL, terminal_has_color(),
                    memory);
  int is_bad = fclose(memory) != 0 || terminal_write(text, bytes) != 0;
  free(text);
  page->shown = page->grid;
  page->has_shown = 1;
  return is_bad ? -1 : 0;
}

/// Until the user or a signal ends it. 1 iff it was the user.
static int watch_loop(page_t *page) {
  for (;;) {
    int key = terminal_key(FRAME_ms);
    const view_t *view = worker_view(page->worker);
    if (key == TERMINAL_END) return 0;
    if (key == TERMINAL_AGAIN) page->has_shown = 0;
    if (!take_key(page, view, key)) return 1;
    if (view != NULL && show(page, view) != 0) return 0;
  }
}

static watch_status_t watch_terminal(session_t *session, const watch_options_t *options) {
  static page_t page;
  static run_result_t result;
  worker_config_t config = {.speed_ratio = options->speed_ratio, .is_paused = options->is_paused};
  page.choice = (watch_choice_t){.page = (uint8_t)(options->page < 0 ? 0 : options->page),
                                 .is_utf8 = (uint8_t)terminal_is_utf8(),
                                 .is_interactive = 1};
  page.worker = worker_start(session, &config);
  if (page.worker == NULL) {
    session_close(session, NULL);
    return fail("no thread or no memory for the simulation", "");
  }
  if (terminal_open() != 0) {
    worker_stop(page.worker);
    session_close(session, NULL);
    return fail("the terminal cannot be set: ", strerror(errno));
  }
  int is_by_user = watch_loop(&page);
  terminal_close();
  const view_t *view = worker_view(page.worker);
  uint8_t run = view != NULL ? view->run : (uint8_t)VIEW_RUNNING;
  if (view != NULL && (run == VIEW_ENDED || run == VIEW_FAILED)) printf("%s\n", view->message);
  worker_stop(page.worker);
  session_close(session, &result);
  return is_by_user ? code_of(run, &result) : WATCH_FAILED;
}

/* ---- either ---- */

watch_status_t watch_open(const scenario_t *point, const watch_options_t *options) {
  char reason[ATTACH_WHY_BYTES] = "out of memory";
  session_t *session =
      options->attach != NULL ? session_attach(options->attach, reason) : session_open(point);
  view_t *view = calloc(1, sizeof *view);
  watch_grid_t *grid = calloc(1, sizeof *grid);
  watch_status_t status = WATCH_OK;
  if (session == NULL || view == NULL || grid == NULL) {
    status = fail(reason, "");
    if (session != NULL) session_close(session, NULL);
  } else if (options->is_once || !terminal_is_there()) {
    status = watch_once(session, view, grid, options);
  } else {
    status = watch_terminal(session, options);
  }
  free(view);
  free(grid);
  return status;
}
