/// packsim watch: a running scenario in a terminal, or one page of it as text.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../gui/watch_pages.h"
#include "../gui/worker.h"
#include "../scenarios/runner.h"
#include "../scenarios/signals.h"
#include "cli.h"
#include "collect.h"
#include "terminal.h"

static const char help[] =
    "usage: packsim watch [FILE|ID] [OPTIONS]\n"
    "Watches a scenario in the terminal (default: DC-US06, a drive): groups, state, contactors,\n"
    "DTCs, checks with their margins, the bus. The run is that of packsim run, to the last bit.\n"
    "Without a terminal, or with --once, it runs as fast as it can and prints one page as text;\n"
    "exit 1 iff the scenario ended and did not pass.\n"
    "\n"
    "  --page NAME        pack scenario bus log; with --once also all (default pack)\n"
    "  --speed X          times real time, or max (default 1)\n"
    "  --paused           begin with a pause\n"
    "  --once             print one page and end\n"
    "  --at S             simulated time of that page in s (default: the scenario's end)\n"
    "  --size CxR         columns and rows of that page (default 100x60)\n"
    "  --set PATH=VALUE   change the scenario, as in packsim run\n"
    "\n"
    "keys: 1 2 3 4 Tab pages, space pause, s one tick, S 100 ticks, + - speed, 0 max, r real "
    "time,\n"
    "      b back to the checkpoint before, arrows scroll, h help, q quit\n"
    "\n"
    "examples:\n"
    "  packsim watch\n"
    "  packsim watch OV-001 --page scenario --speed 0.5\n"
    "  packsim watch PRE-001 --once --at 1.2\n";

enum { PAGE, SPEED, PAUSED, ONCE, AT, SIZE, SET };
static const cli_option_t option_rows[] = {
    {"--page", "NAME"}, {"--speed", "X"},  {"--paused", NULL},      {"--once", NULL},
    {"--at", "S"},      {"--size", "CxR"}, {"--set", "PATH=VALUE"}, {NULL, NULL}};

enum { FRAME_ms = 50, ONCE_COLUMNS = 100, ONCE_ROWS = 60, PAGE_ROWS = 10, ALL_PAGES = -1 };
static const double AT_MAX_s = 1e6, SPEED_MIN = 0.001, SPEED_MAX = 1e6, MESSAGE_s = 4.0;

typedef struct {
  int32_t page; ///< ALL_PAGES: one after the other
  double speed_ratio; ///< 0: as fast as possible
  double at_s; ///< < 0: the end
  int columns, rows;
  uint8_t is_paused, is_once;
} options_t;

/* ---- options ---- */

static int number(const char *option, const char *text, double min, double max, double *value) {
  char *end = NULL;
  errno = 0;
  *value = strtod(text, &end);
  if (end != text && *end == 0 && errno == 0 && *value >= min && *value <= max) return 0;
  cli_usage("watch", "%s: %s, allowed a number %g..%g", option, text[0] ? text : "(empty)", min,
            max);
  return -1;
}

static int take_size(const char *text, options_t *options) {
  char *end = NULL;
  unsigned long columns = strtoul(text, &end, 10), rows = 0;
  int is_bad = text[strspn(text, "0123456789x")] != 0 || *end != 'x';
  if (!is_bad) {
    const char *second = end + 1;
    rows = strtoul(second, &end, 10);
    is_bad = *end != 0 || columns < WATCH_COLUMN_MIN || rows < WATCH_ROW_MIN ||
             columns > WATCH_COLUMN_MAX || rows > WATCH_ROW_MAX;
  }
  if (is_bad) {
    cli_usage("watch", "--size: %s, allowed CxR from %dx%d to %dx%d", text, WATCH_COLUMN_MIN,
              WATCH_ROW_MIN, WATCH_COLUMN_MAX, WATCH_ROW_MAX);
    return -1;
  }
  options->columns = (int)columns;
  options->rows = (int)rows;
  return 0;
}

static int take_page(const char *value, options_t *options) {
  options->page = watch_pages_find(value);
  if (options->page >= 0 || strcmp(value, "all") == 0) return 0;
  cli_usage("watch", "--page: %s, allowed pack scenario bus log all", value);
  return -1;
}

static int take_set(const char *value, collect_request_t *request) {
  scenario_error_t error;
  if (request->set_count == COLLECT_SET_MAX) {
    cli_usage("watch", "--set: too many, allowed %d", COLLECT_SET_MAX);
    return -1;
  }
  if (scenario_set_parse(value, &request->set[request->set_count], &error) != 0) {
    cli_usage("watch", "--set: %s", error.text);
    return -1;
  }
  request->set_count++;
  return 0;
}

static int take(int option, const char *value, options_t *options, collect_request_t *request) {
  switch (option) {
  case PAGE:
    return take_page(value, options);
  case SPEED:
    options->speed_ratio = 0.0;
    if (strcmp(value, "max") == 0) return 0;
    return number("--speed", value, SPEED_MIN, SPEED_MAX, &options->speed_ratio);
  case PAUSED:
    options->is_paused = 1;
    return 0;
  case ONCE:
    options->is_once = 1;
    return 0;
  case AT:
    return number("--at", value, 0.0, AT_MAX_s, &options->at_s);
  case SIZE:
    return take_size(value, options);
  default:
    return take_set(value, request);
  }
}

/* ---- one page ---- */

static void print_page(const view_t *view, int32_t page, const options_t *options,
                       watch_grid_t *grid) {
  watch_choice_t choice = {
      .page = (uint8_t)page, .is_utf8 = (uint8_t)terminal_is_utf8(), .has_message = 1};
  watch_grid_clear(grid, options->columns, options->rows);
  watch_pages_draw(view, &choice, grid);
  watch_grid_print(grid, stdout);
}

static void print_pages(const view_t *view, const options_t *options, watch_grid_t *grid) {
  if (options->page != ALL_PAGES) {
    print_page(view, options->page, options, grid);
    return;
  }
  for (uint32_t i = 0; i < watch_pages_count(); i++) {
    if (i > 0) putchar('\n');
    print_page(view, (int32_t)i, options, grid);
  }
}

/// What a run that has ended comes to.
static int code_of(uint8_t run, const run_result_t *result) {
  if (run == VIEW_FAILED) return CLI_FAILED;
  return run != VIEW_ENDED || result->verdict == VERDICT_PASS ? CLI_OK : CLI_FAILED;
}

static int watch_once(session_t *session, view_t *view, watch_grid_t *grid,
                      const options_t *options) {
  static run_result_t result;
  while ((options->at_s < 0.0 || (double)session_now_us(session) * 1e-6 < options->at_s - 5e-4) &&
         session_tick(session) == 0) {
  }
  session_fill(session, view);
  print_pages(view, options, grid);
  uint8_t run = view->run;
  session_close(session, &result);
  return cli_finish("watch", code_of(run, &result));
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
} screen_t;

static void ask(screen_t *screen, command_t command) {
  (void)worker_command(screen->worker, &command);
}

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
    if (view->checkpoint_us[i] + 500000 <= view->hil.now_us) found_us = view->checkpoint_us[i];
  }
  return found_us;
}

static int key_of_run(screen_t *screen, const view_t *view, int key) {
  switch (key) {
  case ' ':
    ask(screen, (command_t){.kind = COMMAND_PAUSE});
    return 1;
  case 's':
  case 'S':
    ask(screen, (command_t){.kind = COMMAND_STEP, .number = key == 's' ? 1 : 100});
    return 1;
  case '+':
  case '-':
    ask(screen, (command_t){.kind = COMMAND_SPEED,
                            .value = speed_beside(view->speed_asked_ratio, key == '+' ? 1 : -1)});
    return 1;
  case '0':
  case 'r':
    ask(screen, (command_t){.kind = COMMAND_SPEED, .value = key == 'r' ? 1.0 : 0.0});
    return 1;
  case 'b':
    ask(screen, (command_t){.kind = COMMAND_SEEK, .time_us = back_us(view)});
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
static int take_key(screen_t *screen, const view_t *view, int key) {
  watch_choice_t *choice = &screen->choice;
  if (key == 'q' || key == 'Q') return 0;
  if (view != NULL && key_of_run(screen, view, key)) return 1;
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
static void note_message(screen_t *screen, const view_t *view) {
  if (strcmp(screen->message, view->message) != 0) {
    snprintf(screen->message, sizeof screen->message, "%s", view->message);
    screen->message_until_s = runner_clock_s() + MESSAGE_s;
  }
  int is_over = view->run == VIEW_ENDED || view->run == VIEW_FAILED;
  screen->choice.has_message = is_over || runner_clock_s() < screen->message_until_s;
}

/// 0, or -1 iff the terminal is gone.
static int show(screen_t *screen, const view_t *view) {
  char *text = NULL;
  size_t bytes = 0;
  int columns, rows;
  terminal_size(&columns, &rows);
  note_message(screen, view);
  watch_grid_clear(&screen->grid, columns, rows);
  watch_pages_draw(view, &screen->choice, &screen->grid);
  FILE *memory = open_memstream(&text, &bytes);
  if (memory == NULL) return -1;
  watch_grid_update(&screen->grid, screen->has_shown ? &screen->shown : NULL, terminal_has_color(),
                    memory);
  int is_bad = fclose(memory) != 0 || terminal_write(text, bytes) != 0;
  free(text);
  screen->shown = screen->grid;
  screen->has_shown = 1;
  return is_bad ? -1 : 0;
}

/// Until the user or a signal ends it. 1 iff it was the user.
static int watch_loop(screen_t *screen) {
  for (;;) {
    int key = terminal_key(FRAME_ms);
    const view_t *view = worker_view(screen->worker);
    if (key == TERMINAL_END) return 0;
    if (key == TERMINAL_AGAIN) screen->has_shown = 0;
    if (!take_key(screen, view, key)) return 1;
    if (view != NULL && show(screen, view) != 0) return 0;
  }
}

static int watch_terminal(session_t *session, const options_t *options) {
  static screen_t screen;
  static run_result_t result;
  worker_config_t config = {.speed_ratio = options->speed_ratio, .is_paused = options->is_paused};
  screen.choice = (watch_choice_t){.page = (uint8_t)(options->page < 0 ? 0 : options->page),
                                   .is_utf8 = (uint8_t)terminal_is_utf8(),
                                   .is_interactive = 1};
  screen.worker = worker_start(session, &config);
  if (screen.worker == NULL) {
    session_close(session, NULL);
    return cli_usage("watch", "no thread or no memory for the simulation");
  }
  if (terminal_open() != 0) {
    worker_stop(screen.worker);
    session_close(session, NULL);
    return cli_usage("watch", "the terminal cannot be set: %s", strerror(errno));
  }
  int is_by_user = watch_loop(&screen);
  terminal_close();
  const view_t *view = worker_view(screen.worker);
  uint8_t run = view != NULL ? view->run : (uint8_t)VIEW_RUNNING;
  if (view != NULL && (run == VIEW_ENDED || run == VIEW_FAILED)) printf("%s\n", view->message);
  worker_stop(screen.worker);
  session_close(session, &result);
  return is_by_user ? code_of(run, &result) : CLI_FAILED;
}

/* ---- the verb ---- */

static int watch_point(const scenario_t *point, const options_t *options) {
  session_t *session = session_open(point);
  view_t *view = calloc(1, sizeof *view);
  watch_grid_t *grid = calloc(1, sizeof *grid);
  int status = CLI_OK;
  if (session == NULL || view == NULL || grid == NULL) {
    status = cli_usage("watch", "out of memory");
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

static int watch_first(const collect_t *collect, const collect_request_t *request,
                       const options_t *options) {
  scenario_error_t error;
  scenario_t *point = collect_point_make(collect, request, 0, &error);
  if (point == NULL) {
    fprintf(stderr, "%s\n", error.text);
    return CLI_USAGE;
  }
  int status = watch_point(point, options);
  scenario_free(point);
  return status;
}

int verb_watch(int argc, char **argv) {
  static collect_request_t request = {.verb = "watch"};
  static collect_t collect;
  options_t options = {
      .speed_ratio = 1.0, .at_s = -1.0, .columns = ONCE_COLUMNS, .rows = ONCE_ROWS};
  cli_args_t args = cli_args("watch", help, option_rows, argc, argv);
  const char *value;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == CLI_ARGUMENT && request.argument_count > 0)
      return cli_usage("watch", "%s: a second scenario, allowed one", value);
    if (option == CLI_ARGUMENT)
      request.argument[request.argument_count++] = value;
    else if (take(option, value, &options, &request) != 0)
      return CLI_USAGE;
  }
  if (request.argument_count == 0) request.argument[request.argument_count++] = "DC-US06";
  signals_init();
  int status = collect_scenarios(&collect, &request);
  if (status == CLI_OK) status = collect_points(&collect, &request);
  if (status == CLI_OK) status = watch_first(&collect, &request, &options);
  collect_free(&collect);
  return status;
}
