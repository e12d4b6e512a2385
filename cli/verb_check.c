/// packsim check: read and check scenario files, run nothing.
#include <stdio.h>

#include "../scenarios/bench_file.h"
#include "../scenarios/cell_file.h"
#include "../scenarios/json_schema.h"
#include "../scenarios/reference.h"
#include "../scenarios/signals.h"
#include "cli.h"
#include "collect.h"

static const char help[] =
    "usage: packsim check [FILE|DIR ...] | --expand FILE | --reference | --schema\n"
    "Checks scenarios, suites, cell and bench files completely, every run of a sweep included, and "
    "runs "
    "nothing.\n"
    "Default: the suite scenarios.json. Each bad file gives one line: file:line:col: path: found, "
    "allowed.\n"
    "\n"
    "  --expand FILE  print every run of a scenario as one line of JSON: includes, sweep, "
    "variables "
    "and draws filled in\n"
    "  --reference    print every key of the language with type, unit and range, as Markdown\n"
    "  --schema       print the JSON Schema of scenario files, for editors\n"
    "\n"
    "examples:\n"
    "  packsim check\n"
    "  packsim check my_scenario.json\n"
    "  packsim check --expand my_scenario.json | python3 -m json.tool --json-lines\n"
    "  packsim check data/cells/soul_ev.json\n";

enum { OPTION_REFERENCE, OPTION_EXPAND, OPTION_SCHEMA };

static const cli_option_t options[] = {
    {"--reference", NULL}, {"--expand", "FILE"}, {"--schema", NULL}, {NULL, NULL}};

static int expand(const char *file) {
  scenario_t *scenario, *point;
  scenario_error_t error;
  int status = scenario_load(file, &scenario, &error);
  if (status != 0) {
    fprintf(stderr, "%s\n", error.text);
    return CLI_USAGE;
  }
  for (uint32_t i = 0; status == 0 && i < scenario_point_count(scenario); i++) {
    status = scenario_point(scenario, i, NULL, 0, &point, &error);
    if (status == 0) {
      puts(point->text);
      scenario_free(point);
    }
  }
  if (status != 0) fprintf(stderr, "%s\n", error.text);
  scenario_free(scenario);
  return status == 0 ? CLI_OK : CLI_USAGE;
}

/* Each argument for itself, so that one bad file does not hide the next. */
static int check_one(collect_request_t *request) {
  static collect_t collect;
  int status = collect_scenarios(&collect, request);
  if (status == CLI_OK) status = collect_points(&collect, request);
  for (uint32_t i = 0; status == CLI_OK && i < collect.scenario_count; i++) {
    const scenario_t *scenario = collect.scenario[i].scenario;
    uint32_t count = scenario_point_count(scenario);
    printf("ok  %s  %s, %u run%s\n", scenario->file, scenario->id, count, count == 1 ? "" : "s");
  }
  collect_free(&collect);
  return status;
}

static int check_cell(const char *path) {
  static cell_params_t params;
  char error[600];
  if (cell_file_load(path, &params, error, sizeof error) != CELL_FILE_OK) {
    fprintf(stderr, "%s\n", error);
    return CLI_USAGE;
  }
  printf("ok  %s  %s, a cell of %g Ah\n", path, params.id, params.capacity_Ah);
  return CLI_OK;
}

static int check_bench(const char *path) {
  static bench_file_t bench;
  scenario_error_t error;
  if (bench_file_load(path, &bench, &error) != 0) {
    fprintf(stderr, "%s\n", error.text);
    return CLI_USAGE;
  }
  printf("ok  %s  a bench on %s: %u messages to the ECU, %u of it\n", path, bench.dbc_file,
         bench.out_count, bench.in_count);
  bench_file_free(&bench);
  return CLI_OK;
}

static int check_any(collect_request_t *request, const char *path) {
  if (cell_file_is_one(path)) return check_cell(path);
  return bench_file_is_one(path) ? check_bench(path) : check_one(request);
}

int verb_check(int argc, char **argv) {
  static collect_request_t request;
  cli_args_t args = cli_args("check", help, options, argc, argv);
  const char *value;
  int result = CLI_OK, has_argument = 0;
  request.verb = "check";
  signals_init();
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == OPTION_REFERENCE) {
      reference_write(stdout);
      return CLI_OK;
    }
    if (option == OPTION_SCHEMA) return json_schema_write(stdout) == 0 ? CLI_OK : CLI_USAGE;
    if (option == OPTION_EXPAND) return expand(value);
    has_argument = 1;
    request.argument_count = 1;
    request.argument[0] = value;
    if (check_any(&request, value)) result = CLI_USAGE;
  }
  return has_argument ? result : check_one(&request);
}
