/// packsim gui: the window, or one picture of it.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../gui/gui.h"
#include "../scenarios/signals.h"
#include "cli.h"
#include "collect.h"
#include "request.h"

static const char help_text[] =
    "usage: packsim gui [FILE|ID] [OPTIONS]\n"
    "Opens a window on a running scenario (default: a parked pack, data/window.json): watch the\n"
    "pack, click a pin to break it, set load and charger, pause, step, go back, save what you did\n"
    "as a scenario. docs/window.md shows how. The run is the one of packsim run, to the last bit.\n"
    "\n"
    "  --attach PATH      no scenario here: the plant that packsim serve --control PATH runs\n"
    "  --screen NAME      the first screen: %s\n"
    "  --speed X          times real time, or max (default 1)\n"
    "  --paused           wait for the space bar\n"
    "  --theme THEME      light or dark (default light)\n"
    "  --size WxH         of window or picture (default 1280x800, at least 800x600)\n"
    "  --screenshot FILE  write a picture (PNG, or its texts as .txt) and end; needs no\n"
    "                     display\n"
    "  --at S             simulated time of the picture in s (default 0)\n"
    "  --set PATH=VALUE   change the scenario, as in packsim run\n"
    "  --frames N         close after N frames or at the end, and print what one costs\n"
    "\n"
    "examples:\n"
    "  packsim gui\n"
    "  packsim gui SU-001 --paused\n"
    "  packsim gui --attach plant.sock\n"
    "  packsim gui SU-001 --screenshot pack.png --at 12.5 --theme dark\n";

enum { SCREEN, SPEED, PAUSED, THEME, SIZE, SCREENSHOT, AT, SET, FRAMES, ATTACH };
static const cli_option_t option_rows[] = {
    {"--screen", "NAME"}, {"--speed", "X"},         {"--paused", NULL}, {"--theme", "THEME"},
    {"--size", "WxH"},    {"--screenshot", "FILE"}, {"--at", "S"},      {"--set", "PATH=VALUE"},
    {"--frames", "N"},    {"--attach", "PATH"},     {NULL, NULL}};

enum { SIZE_MAX_px = 8192, WIDTH_MIN_px = 800, HEIGHT_MIN_px = 600 };
static const double AT_MAX_s = 1e6, SPEED_MIN = 0.001, SPEED_MAX = 1e6;

static int number(const char *option, const char *text, double min, double max, double *value) {
  char *end = NULL;
  errno = 0;
  *value = strtod(text, &end);
  if (end != text && *end == 0 && errno == 0 && *value >= min && *value <= max) return 0;
  cli_usage("gui", "%s: %s, allowed a number %g..%g", option, text[0] ? text : "(empty)", min, max);
  return -1;
}

static int take_size(const char *text, gui_options_t *options) {
  char *end = NULL;
  unsigned long width = strtoul(text, &end, 10), height = 0;
  int is_bad = text[strspn(text, "0123456789x")] != 0 || *end != 'x';
  if (!is_bad) {
    const char *second = end + 1;
    height = strtoul(second, &end, 10);
    is_bad = *end != 0 || width < WIDTH_MIN_px || height < HEIGHT_MIN_px || width > SIZE_MAX_px ||
             height > SIZE_MAX_px;
  }
  if (is_bad) {
    cli_usage("gui", "--size: %s, allowed WxH from %dx%d to %dx%d", text, WIDTH_MIN_px,
              HEIGHT_MIN_px, SIZE_MAX_px, SIZE_MAX_px);
    return -1;
  }
  options->width = (uint32_t)width;
  options->height = (uint32_t)height;
  return 0;
}

static int take_word(int option, const char *value, gui_options_t *options) {
  char names[120];
  gui_screen_names(names, sizeof names);
  if (option == THEME) {
    options->theme = strcmp(value, "dark") == 0;
    if (options->theme || strcmp(value, "light") == 0) return 0;
    cli_usage("gui", "--theme: %s, allowed light dark", value);
    return -1;
  }
  options->screen = value;
  if (gui_has_screen(value)) return 0;
  cli_usage("gui", "--screen: %s, allowed %s", value, names);
  return -1;
}

static int take(int option, const char *value, gui_options_t *options, collect_request_t *request) {
  uint64_t count;
  switch (option) {
  case SPEED:
    if (strcmp(value, "max") == 0) {
      options->speed_ratio = 0.0;
      return 0;
    }
    return number("--speed", value, SPEED_MIN, SPEED_MAX, &options->speed_ratio);
  case PAUSED:
    options->is_paused = 1;
    return 0;
  case SIZE:
    return take_size(value, options);
  case SCREENSHOT:
    options->screenshot = value;
    return 0;
  case AT:
    return number("--at", value, 0.0, AT_MAX_s, &options->at_s);
  case SET:
    return request_set(request, value);
  case ATTACH:
    options->attach = value;
    return 0;
  case FRAMES:
    if (cli_u64("gui", "--frames", value, 1, UINT32_MAX, &count) != 0) return -1;
    options->frame_max = (uint32_t)count;
    options->prints_frames = 1;
    return 0;
  default:
    return take_word(option, value, options);
  }
}

static int open_first(const collect_t *collect, const collect_request_t *request,
                      const gui_options_t *options) {
  scenario_error_t error;
  scenario_t *point = collect_point_make(collect, request, 0, &error);
  if (point == NULL) {
    fprintf(stderr, "%s\n", error.text);
    return CLI_USAGE;
  }
  int status = (int)gui_open(point, options);
  scenario_free(point);
  return status;
}

int verb_gui(int argc, char **argv) {
  static collect_request_t request = {.verb = "gui"};
  static collect_t collect;
  static char help[sizeof help_text + 120], names[120], standard[512];
  gui_options_t options = {.width = 1280, .height = 800, .speed_ratio = 1.0};
  gui_screen_names(names, sizeof names);
  snprintf(help, sizeof help, help_text, names);
  cli_args_t args = cli_args("gui", help, option_rows, argc, argv);
  const char *value;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option != CLI_ARGUMENT) {
      if (take(option, value, &options, &request) != 0) return CLI_USAGE;
    } else if (request.argument_count > 0) {
      return cli_usage("gui", "%s: a second scenario, allowed one", value);
    } else {
      request.argument[request.argument_count++] = value;
    }
  }
  if (options.at_s > 0.0 && options.screenshot == NULL)
    return cli_usage("gui", "--at without --screenshot, allowed with it");
  if (options.attach != NULL) {
    if (request.argument_count + request.set_count > 0 || options.at_s > 0.0)
      return cli_usage("gui", "--attach with a scenario, --set or --at, allowed alone");
    return (int)gui_open(NULL, &options);
  }
  if (request.argument_count == 0) {
    if (scenario_find_file("data/window.json", standard, sizeof standard) != 0)
      return cli_usage("gui", "data/window.json: not found; name a scenario");
    request.argument[request.argument_count++] = standard;
  }
  signals_init();
  int status = collect_scenarios(&collect, &request);
  if (status == CLI_OK) status = collect_points(&collect, &request);
  if (status == CLI_OK) status = open_first(&collect, &request, &options);
  collect_free(&collect);
  return status;
}
