/// packsim trace: requirements, tables, scenarios and reactions, and what hangs loose among them.
#include <stdio.h>
#include <stdlib.h>

#include "../scenarios/signals.h"
#include "../scenarios/trace.h"
#include "cli.h"
#include "collect.h"
#include "request.h"

static const char help[] =
    "usage: packsim trace [FILE|DIR|ID ...] [--quiet]\n"
    "Lists every safety requirement with its rows of the DTC and limit tables, the scenarios that\n"
    "name it (default: those of scenarios.json) and the reactions that measure it. One line on\n"
    "stderr for each that hangs loose: a requirement without a scenario or without a measurement,\n"
    "a DTC that no scenario expects, a name that is no requirement. Exit 1 iff there is one.\n"
    "\n"
    "  --quiet  only what hangs loose\n"
    "\n"
    "examples:\n"
    "  packsim trace\n"
    "  packsim trace --quiet\n";

static const cli_option_t options[] = {{"--quiet", NULL}, {NULL, NULL}};

static int trace(const collect_t *collect, int is_quiet) {
  const scenario_t **scenario = calloc(collect->scenario_count + 1, sizeof *scenario);
  trace_t trace = {0};
  scenario_error_t error;
  int status = CLI_OK;
  if (scenario == NULL) return cli_usage("trace", "out of memory");
  for (uint32_t i = 0; i < collect->scenario_count; i++)
    scenario[i] = collect->scenario[i].scenario;
  if (trace_make(&trace, scenario, collect->scenario_count, &error) != 0) {
    fprintf(stderr, "%s\n", error.text);
    status = CLI_USAGE;
  } else {
    if (!is_quiet) trace_print(&trace, stdout);
    if (trace_check(&trace, stderr) > 0) status = CLI_FAILED;
  }
  trace_free(&trace);
  free(scenario);
  return status;
}

int verb_trace(int argc, char **argv) {
  static collect_request_t request = {.verb = "trace"};
  static collect_t collect;
  cli_args_t args = cli_args("trace", help, options, argc, argv);
  const char *value;
  int is_quiet = 0;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == 0) is_quiet = 1;
    if (option != CLI_ARGUMENT) continue;
    if (request_argument(&request, value)) return CLI_USAGE;
  }
  signals_init();
  int status = collect_scenarios(&collect, &request);
  if (status == CLI_OK) status = trace(&collect, is_quiet);
  collect_free(&collect);
  return status;
}
