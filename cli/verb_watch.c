/// packsim watch: a running scenario in a terminal, or one page of it as text.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../gui/watch.h"
#include "../scenarios/signals.h"
#include "cli.h"
#include "collect.h"
#include "request.h"

static const char help[] =
    "usage: packsim watch [FILE|ID] [OPTIONS]\n"
    "Watches a scenario in the terminal (default: DC-US06, a drive): groups, state, contactors,\n"
    "DTCs, checks with their margins, the bus. The run is that of packsim run, to the last bit.\n"
    "Without a terminal, or with --once, it runs as fast as it can and prints one page as text;\n"
    "exit 1 iff the scenario ended and did not pass.\n"
    "\n"
    "  --attach PATH      no scenario here: the plant that packsim serve --control PATH runs\n"
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
    "  packsim watch --attach plant.sock\n"
    "  packsim watch OV-001 --page scenario --speed 0.5\n"
    "  packsim watch PRE-001 --once --at 1.2\n";

enum { PAGE, SPEED, PAUSED, ONCE, AT, SIZE, SET, ATTACH };
static const cli_option_t option_rows[] = {
    {"--page", "NAME"},      {"--speed", "X"},     {"--paused", NULL},
    {"--once", NULL},        {"--at", "S"},        {"--size", "CxR"},
    {"--set", "PATH=VALUE"}, {"--attach", "PATH"}, {NULL, NULL}};

enum { ONCE_COLUMNS = 100, ONCE_ROWS = 60 };
static const double AT_MAX_s = 1e6, SPEED_MIN = 0.001, SPEED_MAX = 1e6;

static int number(const char *option, const char *text, double min, double max, double *value) {
  char *end = NULL;
  errno = 0;
  *value = strtod(text, &end);
  if (end != text && *end == 0 && errno == 0 && *value >= min && *value <= max) return 0;
  cli_usage("watch", "%s: %s, allowed a number %g..%g", option, text[0] ? text : "(empty)", min,
            max);
  return -1;
}

static int take_size(const char *text, watch_options_t *options) {
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

static int take_page(const char *value, watch_options_t *options) {
  options->page = watch_page(value);
  if (options->page != WATCH_NO_PAGE) return 0;
  cli_usage("watch", "--page: %s, allowed pack scenario bus log all", value);
  return -1;
}

static int take(int option, const char *value, watch_options_t *options,
                collect_request_t *request) {
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
  case ATTACH:
    options->attach = value;
    return 0;
  default:
    return request_set(request, value);
  }
}

static int watch_first(const collect_t *collect, const collect_request_t *request,
                       const watch_options_t *options) {
  scenario_error_t error;
  scenario_t *point = collect_point_make(collect, request, 0, &error);
  if (point == NULL) {
    fprintf(stderr, "%s\n", error.text);
    return CLI_USAGE;
  }
  int status = (int)watch_open(point, options);
  scenario_free(point);
  return status;
}

int verb_watch(int argc, char **argv) {
  static collect_request_t request = {.verb = "watch"};
  static collect_t collect;
  watch_options_t options = {
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
  if (options.attach != NULL) {
    if (request.argument_count + request.set_count > 0 || options.at_s >= 0.0)
      return cli_usage("watch", "--attach with a scenario, --set or --at, allowed alone");
    return (int)watch_open(NULL, &options);
  }
  if (request.argument_count == 0) request.argument[request.argument_count++] = "DC-US06";
  signals_init();
  int status = collect_scenarios(&collect, &request);
  if (status == CLI_OK) status = collect_points(&collect, &request);
  if (status == CLI_OK) status = watch_first(&collect, &request, &options);
  collect_free(&collect);
  return status;
}
