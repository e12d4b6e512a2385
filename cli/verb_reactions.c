/// packsim reactions: measure every row of the reaction table over all places and phases.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/cell_file.h"
#include "../scenarios/react_page.h"
#include "../scenarios/signals.h"
#include "cli.h"
#include "collect.h"

static const char help[] =
    "usage: packsim reactions [--filter NAME] [--phases N] [--every N] [--jobs N] [--json]\n"
    "                         [--write FILE | --check FILE]\n"
    "Measures, in simulated time and at the pin, how long each fault takes to its DTC and to its\n"
    "reaction, for every place (96 groups, 111 wires, 8 modules ...) and 10 phases of the BMS's\n"
    "cycle, against the times of ecu_model/db/requirements.csv; and that what must not react does "
    "not.\n"
    "Exit 1 iff a variant is late, missing, wrong, or reacts without cause.\n"
    "\n"
    "  --filter NAME  row or requirement, with *\n"
    "  --phases N     phases of the fault against the cycle, 1..10 (default 10)\n"
    "  --every N      each n-th place only, 1..1000 (default 1)\n"
    "  --jobs N       worker processes, 1..64 (default: one for each processor)\n"
    "  --json         for scripts\n"
    "  --write FILE   write the page docs/fault-reactions.md, with its traceability\n"
    "  --check FILE   exit 1 iff FILE is not that page\n"
    "\n"
    "examples:\n"
    "  packsim reactions\n"
    "  packsim reactions --filter 'OV-*' --every 8 --phases 3\n"
    "  packsim reactions --filter SR-IL-1 --json\n"
    "  packsim reactions --write docs/fault-reactions.md\n";

enum {
  OPTION_FILTER,
  OPTION_PHASES,
  OPTION_EVERY,
  OPTION_JOBS,
  OPTION_JSON,
  OPTION_WRITE,
  OPTION_CHECK
};

static const cli_option_t options[] = {{"--filter", "NAME"}, {"--phases", "N"}, {"--every", "N"},
                                       {"--jobs", "N"},      {"--json", NULL},  {"--write", "FILE"},
                                       {"--check", "FILE"},  {NULL, NULL}};

typedef struct {
  react_options_t sweep;
  int is_json;
  const char *write_path, *check_path;
} request_t;

static int read_number(int option, const char *value, request_t *request) {
  static const uint64_t max[] = {
      [OPTION_PHASES] = REACT_PHASE_COUNT, [OPTION_EVERY] = 1000, [OPTION_JOBS] = 64};
  uint64_t number;
  if (cli_u64("reactions", options[option].name, value, 1, max[option], &number)) return CLI_USAGE;
  if (option == OPTION_PHASES) request->sweep.phase_count = (uint32_t)number;
  if (option == OPTION_EVERY) request->sweep.every = (uint32_t)number;
  if (option == OPTION_JOBS) request->sweep.worker_count = (uint32_t)number;
  return CLI_OK;
}

static int take(int option, const char *value, request_t *request) {
  switch (option) {
  case CLI_ARGUMENT:
    return cli_usage("reactions", "%s: not allowed, allowed options (--help lists them)", value);
  case OPTION_FILTER:
    request->sweep.filter = value;
    return CLI_OK;
  case OPTION_JSON:
    request->is_json = 1;
    return CLI_OK;
  case OPTION_WRITE:
    request->write_path = value;
    return CLI_OK;
  case OPTION_CHECK:
    request->check_path = value;
    return CLI_OK;
  default:
    return read_number(option, value, request);
  }
}

static int check_request(const request_t *request) {
  const react_options_t *sweep = &request->sweep;
  uint32_t known = 0;
  for (uint32_t r = 0; r < react_row_count(); r++)
    known += react_sweep_is_wanted(sweep, react_row_at(r)) != 0;
  if (known == 0)
    return cli_usage("reactions",
                     "--filter %s: no row or requirement of that name, allowed those "
                     "that packsim reactions --every 1000 --phases 1 lists",
                     sweep->filter);
  if (request->write_path == NULL && request->check_path == NULL) return CLI_OK;
  if (sweep->filter != NULL || sweep->phase_count != REACT_PHASE_COUNT || sweep->every != 1)
    return cli_usage("reactions", "--write and --check: the page holds all, allowed without "
                                  "--filter --phases --every");
  return CLI_OK;
}

/* The page needs the suite: who names which requirement. */
static int page(const request_t *request, const react_summary_t *summary) {
  static collect_request_t suite = {.verb = "reactions"};
  static collect_t collect;
  scenario_error_t error;
  signals_init();
  int status = collect_scenarios(&collect, &suite);
  const scenario_t **scenario = calloc(collect.scenario_count + 1, sizeof *scenario);
  if (scenario == NULL) status = cli_usage("reactions", "out of memory");
  for (uint32_t i = 0; status == CLI_OK && i < collect.scenario_count; i++)
    scenario[i] = collect.scenario[i].scenario;
  trace_t trace = {0};
  if (status == CLI_OK && trace_make(&trace, scenario, collect.scenario_count, &error) != 0)
    status = cli_usage("reactions", "%s", error.text);
  if (status == CLI_OK && request->write_path != NULL &&
      react_page_write(request->write_path, summary, &trace) != 0)
    status = cli_usage("reactions", "%s: cannot be written", request->write_path);
  if (status == CLI_OK && request->check_path != NULL) {
    int difference = react_page_check(request->check_path, summary, &trace);
    if (difference < 0) status = cli_usage("reactions", "%s: cannot be read", request->check_path);
    if (difference > 0) {
      fprintf(stderr,
              "packsim reactions: %s:%d: is not what is measured; run packsim reactions "
              "--write %s\n",
              request->check_path, difference, request->check_path);
      status = CLI_FAILED;
    }
  }
  trace_free(&trace);
  free(scenario);
  collect_free(&collect);
  return status;
}

static int measure(const request_t *request) {
  static cell_params_t cell;
  char error[600], path[SCENARIO_FILE_MAX];
  react_summary_t *summary = calloc(react_row_count(), sizeof *summary);
  if (summary == NULL) return cli_usage("reactions", "out of memory");
  int status = CLI_OK;
  if (scenario_find_file("data/cells/soul_ev.json", path, sizeof path) != 0) {
    status = cli_usage("reactions", "data/cells/soul_ev.json: not found");
  } else if (cell_file_load(path, &cell, error, sizeof error) != CELL_FILE_OK ||
             react_sweep(&request->sweep, &cell, summary, error, sizeof error) != 0) {
    status = cli_usage("reactions", "%s", error);
  }
  if (status == CLI_OK) {
    if (request->is_json)
      react_sweep_json(stdout, summary);
    else
      react_sweep_print(stdout, summary);
    if (request->write_path != NULL || request->check_path != NULL) status = page(request, summary);
    if (status == CLI_OK && react_sweep_bad(summary) > 0) status = CLI_FAILED;
  }
  free(summary);
  return status;
}

int verb_reactions(int argc, char **argv) {
  cli_args_t args = cli_args("reactions", help, options, argc, argv);
  request_t request = {.sweep = {.phase_count = REACT_PHASE_COUNT, .every = 1}};
  const char *value;
  request.sweep.progress_fd = isatty(STDERR_FILENO) ? STDERR_FILENO : -1;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD || take(option, value, &request) != CLI_OK) return CLI_USAGE;
  }
  int status = check_request(&request);
  return status == CLI_OK ? measure(&request) : status;
}
