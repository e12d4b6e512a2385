/// packsim list: scenarios with their number of runs and tags.
#include <stdio.h>
#include <stdlib.h>

#include "../scenarios/catalog.h"
#include "../scenarios/signals.h"
#include "cli.h"
#include "collect.h"
#include "request.h"

static const char help[] =
    "usage: packsim list [FILE|DIR|ID ...] [--json]\n"
    "Lists scenarios (default: the suite scenarios.json) with title, number of runs and tags.\n"
    "\n"
    "examples:\n"
    "  packsim list\n"
    "  packsim list scenarios/library --json\n";

static const cli_option_t options[] = {{"--json", NULL}, {NULL, NULL}};

static int list_print(const collect_t *collect, int is_json) {
  const scenario_t **scenario = malloc((collect->scenario_count + 1) * sizeof *scenario);
  if (!scenario) return cli_usage("list", "out of memory");
  for (uint32_t i = 0; i < collect->scenario_count; i++)
    scenario[i] = collect->scenario[i].scenario;
  catalog_scenarios(stdout, scenario, collect->scenario_count, is_json);
  free(scenario);
  return CLI_OK;
}

int verb_list(int argc, char **argv) {
  static collect_request_t request;
  static collect_t collect;
  cli_args_t args = cli_args("list", help, options, argc, argv);
  const char *value;
  int is_json = 0;
  request.verb = "list";
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == 0) is_json = 1;
    if (option != CLI_ARGUMENT) continue;
    if (request_argument(&request, value)) return CLI_USAGE;
  }
  signals_init();
  int status = collect_scenarios(&collect, &request);
  if (status == CLI_OK) status = list_print(&collect, is_json);
  collect_free(&collect);
  return status;
}
