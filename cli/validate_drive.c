/// Options, tables and JSON of packsim validate --drive.
#include "validate_drive.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/cell_file.h"
#include "../scenarios/scenario.h"
#include "../scenarios/validate_cell.h"
#include "../scenarios/validate_plot.h"
#include "cli.h"
#include "validate_read.h"

enum {
  OPTION_CELL,
  OPTION_DRIVE,
  OPTION_CAPACITY,
  OPTION_START_SOC,
  OPTION_COLUMN,
  OPTION_SIGN,
  OPTION_GAP,
  OPTION_WINDOW,
  OPTION_TEMPERATURE,
  OPTION_CELL_DEGC,
  OPTION_SVG,
  OPTION_JSON
};

static const cli_option_t options[] = {{"--cell", "NAME|FILE"},
                                       {"--drive", "CSV[.gz]"},
                                       {"--capacity-Ah", "AH"},
                                       {"--start-soc-pct", "PCT"},
                                       {"--column", "QUANTITY=HEADING[,...]"},
                                       {"--discharge-sign", "-1|1"},
                                       {"--gap-max-s", "S"},
                                       {"--window", "FROM:TO"},
                                       {"--temperature", "measured|model"},
                                       {"--cell-degC", "DEGC"},
                                       {"--svg", "FILE"},
                                       {"--json", NULL},
                                       {NULL, NULL}};

static const char help[] =
    "\n"
    "usage: packsim validate --cell NAME|FILE --drive CSV[.gz]... [options]\n"
    "\n"
    "Runs a cell file open loop against measured drives of one cell: the measured current drives\n"
    "it, its SOC is the measured charge, 1 - discharged Ah / capacity. Prints RMSE, mean "
    "absolute,\n"
    "largest and mean error of the voltage, whole and above 10 % SOC; several drives are pooled.\n"
    "\n"
    "  --cell NAME|FILE        data/cells/NAME.json, or a file (default ncr18650pf)\n"
    "  --drive CSV[.gz]        measured drive; may be given several times\n"
    "  --capacity-Ah AH        of the measured cell (default: the cell file's)\n"
    "  --start-soc-pct PCT     at the first row (default: 100 % where the file's charge is 0)\n"
    "  --column Q=HEADING,...  headings, default time=time_s,voltage=voltage_V,current=current_A,\n"
    "                          charge=ah_Ah,temperature=cell_temp_C\n"
    "                          charge=- sums up the current, temperature=- is --cell-degC\n"
    "  --cell-degC DEGC        of drives without a temperature (default 25)\n"
    "  --discharge-sign -1|1   sign of discharge in current and charge (default -1)\n"
    "  --gap-max-s S           refuse longer steps from row to row (default 120)\n"
    "  --window FROM:TO        seconds of the file's time to score (default: from the first to "
    "the\n"
    "                          last row whose current is above 1/50 of the capacity per hour, so\n"
    "                          that soak and rest at the ends are left out)\n"
    "  --temperature WHICH     measured: the surface is as warm as measured (default); model: the\n"
    "                          cell warms by itself from the first row's temperature\n"
    "  --svg FILE              plot of voltages, error and SOC\n"
    "  --json                  the scores as JSON; for one drive they stand at the top level\n"
    "\n"
    "exit codes: 0 scored, 2 bad usage or file, 3 a drive is absent\n"
    "\n"
    "examples:\n"
    "  packsim validate --cell ncr18650pf --drive us06.csv.gz --json\n"
    "  packsim validate --cell my.json --drive a.csv --drive b.csv --column voltage=U,current=I\n";

void validate_drive_help(void) { fputs(help, stdout); }

/// What the command line asked for.
typedef struct {
  const char *cell, *svg;
  validate_paths_t paths;
  int as_json;
  drive_csv_format_t format;
  validate_cell_options_t how;
} request_t;

int validate_drive_is_asked(int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--drive") == 0 || strncmp(argv[i], "--drive=", 8) == 0) return 1;
  return 0;
}

static int read_window(const char *text, validate_cell_options_t *how) {
  char *end = NULL, *last = NULL;
  double from_s = strtod(text, &end);
  if (end == text || *end != ':')
    return cli_usage("validate", "--window %s: not allowed, allowed FROM:TO in seconds", text);
  double to_s = strtod(end + 1, &last);
  if (last == end + 1 || *last != '\0' || !(to_s > from_s))
    return cli_usage("validate", "--window %s: not allowed, allowed FROM:TO in seconds, FROM < TO",
                     text);
  how->window_from_s = from_s;
  how->window_to_s = to_s;
  return CLI_OK;
}

static int read_heat(const char *text, validate_cell_options_t *how) {
  how->heat = strcmp(text, "model") == 0 ? VALIDATE_CELL_MODEL : VALIDATE_CELL_MEASURED;
  if (strcmp(text, "model") == 0 || strcmp(text, "measured") == 0) return CLI_OK;
  return cli_usage("validate", "--temperature %s: not allowed, allowed measured, model", text);
}

static int take_option(request_t *request, int option, const char *value) {
  switch (option) {
  case OPTION_CELL:
    request->cell = value;
    return CLI_OK;
  case OPTION_DRIVE:
    return validate_read_path(&request->paths, value);
  case OPTION_CAPACITY:
    return validate_read_number("--capacity-Ah", value, 0.01, 1e4, &request->how.capacity_Ah);
  case OPTION_START_SOC:
    return validate_read_share("--start-soc-pct", value, &request->how.start_soc);
  case OPTION_COLUMN:
    return validate_read_columns(value, &request->format);
  case OPTION_SIGN:
    return validate_read_sign(value, &request->format);
  case OPTION_GAP:
    return validate_read_number("--gap-max-s", value, 1e-3, 1e9, &request->format.gap_max_s);
  case OPTION_WINDOW:
    return read_window(value, &request->how);
  case OPTION_TEMPERATURE:
    return read_heat(value, &request->how);
  case OPTION_CELL_DEGC:
    return validate_read_number("--cell-degC", value, -60.0, 120.0,
                                &request->format.temperature_degC);
  case OPTION_SVG:
    request->svg = value;
    return CLI_OK;
  default:
    request->as_json = 1;
    return CLI_OK;
  }
}

int validate_drive_cell(const char *cell, cell_params_t *params) {
  char path[400], error[600];
  if (cell_file_find(cell, NULL, path, sizeof path) != 0)
    return cli_usage("validate",
                     "--cell %s: no such file, allowed a name in data/cells or a file ending in "
                     ".json",
                     cell);
  if (cell_file_load(path, params, error, sizeof error) != CELL_FILE_OK)
    return cli_usage("validate", "%s", error);
  return CLI_OK;
}

static void print_scores(const char *name, const validate_cell_sums_t *sums) {
  printf("  %-14s %8u rows  RMSE %6.2f  MAE %6.2f  max %6.1f  bias %+6.2f mV\n", name,
         sums->row_count, validate_cell_rmse_mV(sums), validate_cell_mae_mV(sums), sums->max_mV,
         validate_cell_bias_mV(sums));
}

static void print_text(const char *path, const validate_cell_t *score, int is_model) {
  printf("%s: %.1f to %.1f s, SOC %.1f to %.1f %% of %.4g Ah\n", path, score->window_from_s,
         score->window_to_s, 100.0 * score->start_soc, 100.0 * score->end_soc, score->capacity_Ah);
  print_scores("whole", &score->whole);
  print_scores("above 10 % SOC", &score->above);
  if (is_model)
    printf("  surface        RMSE %.2f K  bias %+.2f K\n",
           1e-3 * validate_cell_rmse_mV(&score->heat), 1e-3 * validate_cell_bias_mV(&score->heat));
}

static void print_json_scores(const char *end, const validate_cell_sums_t *sums) {
  printf("\"rmse_mV%s\": %.4f, \"mae_mV%s\": %.4f, \"max_mV%s\": %.4f, \"bias_mV%s\": %.4f, "
         "\"row_count%s\": %u",
         end, validate_cell_rmse_mV(sums), end, validate_cell_mae_mV(sums), end, sums->max_mV, end,
         validate_cell_bias_mV(sums), end, sums->row_count);
}

static void print_json_both(const validate_cell_sums_t *whole, const validate_cell_sums_t *above) {
  print_json_scores("", whole);
  printf(",\n ");
  print_json_scores("_above_10pct", above);
}

static void print_json_drive(const char *path, const validate_cell_t *score, int is_model) {
  printf("{\"drive\": ");
  validate_read_text(path);
  printf(",\n ");
  print_json_both(&score->whole, &score->above);
  printf(",\n \"window_from_s\": %.3f, \"window_to_s\": %.3f, \"start_soc_pct\": %.3f, "
         "\"end_soc_pct\": %.3f, \"capacity_Ah\": %.5g",
         score->window_from_s, score->window_to_s, 100.0 * score->start_soc, 100.0 * score->end_soc,
         score->capacity_Ah);
  if (is_model) printf(",\n \"surface_rmse_K\": %.4f", 1e-3 * validate_cell_rmse_mV(&score->heat));
  putchar('}');
}

/// A drive that rests at first shows its SOC; say so if it is not the one that was assumed.
static void warn_start(const char *path, const validate_cell_t *score) {
  static const double doubt_soc = 0.05;
  if (isnan(score->rest_soc) || fabs(score->rest_soc - score->start_soc) <= doubt_soc) return;
  fprintf(stderr,
          "packsim validate: %s: starts at %.1f %% SOC by its charge, but its voltage at rest is "
          "that of %.1f %%; --start-soc-pct sets it\n",
          path, 100.0 * score->start_soc, 100.0 * score->rest_soc);
}

static int score_one(const request_t *request, const cell_params_t *params, const char *path,
                     validate_cell_t *score) {
  drive_csv_t drive;
  char error[700];
  int status = validate_read_drive(path, &request->format, &drive);
  if (status != CLI_OK) return status;
  int failed = validate_cell(params, &drive, &request->how, score, error, sizeof error);
  drive_csv_free(&drive);
  if (failed) return cli_usage("validate", "%s: %s", path, error);
  warn_start(path, score);
  return CLI_OK;
}

static int plot(const request_t *request, const char *path, const validate_cell_t *score) {
  if (!request->svg) return CLI_OK;
  FILE *stream = fopen(request->svg, "w");
  int failed = !stream || validate_plot(stream, path, score) != 0;
  if (stream && fclose(stream) != 0) failed = 1;
  return failed ? cli_usage("validate", "--svg %s: cannot be written", request->svg) : CLI_OK;
}

static int score_all(const request_t *request, const cell_params_t *params) {
  validate_cell_sums_t whole = {0}, above = {0};
  int is_model = request->how.heat == VALIDATE_CELL_MODEL, is_many = request->paths.count > 1;
  if (request->as_json && is_many) printf("{\"drives\": [\n");
  for (uint32_t i = 0; i < request->paths.count; i++) {
    validate_cell_t score;
    int status = score_one(request, params, request->paths.at[i], &score);
    if (status != CLI_OK) return status;
    if (request->as_json) {
      print_json_drive(request->paths.at[i], &score, is_model);
      puts(i + 1 < request->paths.count ? "," : "");
    } else {
      print_text(request->paths.at[i], &score, is_model);
    }
    validate_cell_pool(&whole, &score.whole);
    validate_cell_pool(&above, &score.above);
    status = i == 0 ? plot(request, request->paths.at[i], &score) : CLI_OK;
    validate_cell_free(&score);
    if (status != CLI_OK) return status;
  }
  if (!is_many) return CLI_OK;
  if (request->as_json) {
    printf("],\n \"pooled\": {");
    print_json_both(&whole, &above);
    printf("},\n ");
    print_json_both(&whole, &above);
    puts("}");
    return CLI_OK;
  }
  puts("pooled");
  print_scores("whole", &whole);
  print_scores("above 10 % SOC", &above);
  return CLI_OK;
}

int validate_drive(int argc, char **argv) {
  static cell_params_t params;
  cli_args_t args = cli_args("validate", help, options, argc, argv);
  request_t request = {
      .cell = "ncr18650pf", .format = drive_csv_format(), .how = validate_cell_options()};
  const char *value = NULL;
  int option;
  while ((option = cli_next(&args, &value)) != CLI_END) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == CLI_ARGUMENT)
      return cli_usage("validate", "found %s, allowed options only", value);
    int status = take_option(&request, option, value);
    if (status != CLI_OK) return status;
  }
  int loaded = validate_drive_cell(request.cell, &params);
  return loaded == CLI_OK ? score_all(&request, &params) : loaded;
}
