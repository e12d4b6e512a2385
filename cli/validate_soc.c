/// Options, tables and JSON of packsim validate --soc.
#include "validate_soc.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../scenarios/validate_soc.h"
#include "cli.h"
#include "validate_read.h"

enum {
  OPTION_SOC,
  OPTION_CELL,
  OPTION_DRIVE,
  OPTION_CAPACITY,
  OPTION_START_SOC,
  OPTION_COLUMN,
  OPTION_SIGN,
  OPTION_GAP,
  OPTION_CELL_DEGC,
  OPTION_JSON,
  OPTION_SEED,
  OPTION_TABLE /* the options of number_option follow */
};

/// Options that are one number.
typedef struct {
  const char *name, *value_name;
  double min, max, scale;
  size_t offset; ///< in validate_soc_options_t
} number_option_t;

#define AT(field) offsetof(validate_soc_options_t, field)
static const number_option_t number_option[] = {
    {"--start-error-pct", "PCT", -100.0, 100.0, 0.01, AT(start_error)},
    {"--current-offset-A", "A", -1e3, 1e3, 1.0, AT(offset_A)},
    {"--current-gain-pct", "PCT", -50.0, 50.0, 0.01, AT(gain_error)},
    {"--current-noise-A", "A", 0.0, 1e3, 1.0, AT(current_noise_A)},
    {"--voltage-offset-mV", "MV", -500.0, 500.0, 1e-3, AT(voltage_offset_V)},
    {"--voltage-noise-mV", "MV", 0.0, 500.0, 1e-3, AT(voltage_noise_V)},
    {"--capacity-error-pct", "PCT", -50.0, 50.0, 0.01, AT(capacity_error)},
    {"--settle-s", "S", 0.0, 1e7, 1.0, AT(settle_s)},
};
enum { NUMBER_COUNT = sizeof number_option / sizeof number_option[0] };

static const cli_option_t options[] = {{"--soc", NULL},
                                       {"--cell", "NAME"},
                                       {"--drive", "CSV[.gz]"},
                                       {"--capacity-Ah", "AH"},
                                       {"--start-soc-pct", "PCT"},
                                       {"--column", "QUANTITY=HEADING[,...]"},
                                       {"--discharge-sign", "-1|1"},
                                       {"--gap-max-s", "S"},
                                       {"--cell-degC", "DEGC"},
                                       {"--json", NULL},
                                       {"--seed", "N"},
                                       {"--start-error-pct", "PCT"},
                                       {"--current-offset-A", "A"},
                                       {"--current-gain-pct", "PCT"},
                                       {"--current-noise-A", "A"},
                                       {"--voltage-offset-mV", "MV"},
                                       {"--voltage-noise-mV", "MV"},
                                       {"--capacity-error-pct", "PCT"},
                                       {"--settle-s", "S"},
                                       {NULL, NULL}};

static const char help[] =
    "\n"
    "usage: packsim validate --soc --drive CSV[.gz]... [options]\n"
    "\n"
    "Runs the BMS core's own estimator of the state of charge on measured drives of one cell,\n"
    "as the firmware does: whole mV and mA, every 10 ms. It starts wrong, its sensor may lie.\n"
    "Truth is 1 - Ah / Q_T by the file's counter. Scored from the first load + --settle-s to the\n"
    "last load, every 0.1 s: RMSE, largest and mean error; and, over all of it, the largest step\n"
    "that is seen within a second. Beside it: counting alone with the same start and sensor.\n"
    "\n"
    "  --drive CSV[.gz]         measured drive; may be given several times, they are pooled\n"
    "  --cell NAME              cell table of the core: ncr18650pf (default), soul_ev\n"
    "  --capacity-Ah AH         Q_T of the measured cell (default: the table's, at every "
    "temperature)\n"
    "  --start-soc-pct PCT      truth at the first load (default: 100 % where the file's charge is "
    "0)\n"
    "  --start-error-pct PCT    the estimator starts with truth + this (default -30)\n"
    "  --capacity-error-pct PCT its capacity is Q_T + this (default 0)\n"
    "  --current-offset-A A     its current sensor shows this more (default 0)\n"
    "  --current-gain-pct PCT   and this share more\n"
    "  --current-noise-A A      standard deviation of each reading (current at the voltage's "
    "time)\n"
    "  --voltage-offset-mV MV, --voltage-noise-mV MV\n"
    "                           the same of its voltage\n"
    "  --settle-s S             not scored at first (default 600)\n"
    "  --seed N                 of the noise (default 1)\n"
    "  --column, --discharge-sign, --gap-max-s, --cell-degC\n"
    "                           the file's form, as above\n"
    "  --json                   the scores as JSON; for one drive they stand at the top level\n"
    "\n"
    "exit codes: 0 scored, 1 an estimate was no number within 0..100 %, 2 bad usage or file,\n"
    "            3 a drive is absent\n"
    "\n"
    "examples:\n"
    "  packsim validate --soc --drive us06.csv.gz --start-error-pct -30\n"
    "  packsim validate --soc --drive a.csv --current-offset-A 0.1 --voltage-noise-mV 5 --json\n";

void validate_soc_help(void) { fputs(help, stdout); }

/// What the command line asked for.
typedef struct {
  const char *cell;
  validate_paths_t paths;
  int as_json;
  drive_csv_format_t format;
  validate_soc_options_t how;
} request_t;

int validate_soc_is_asked(int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--soc") == 0) return 1;
  return 0;
}

static int take_number(request_t *request, const number_option_t *row, const char *value) {
  double number = 0.0;
  int status = validate_read_number(row->name, value, row->min, row->max, &number);
  if (status != CLI_OK) return status;
  number *= row->scale;
  memcpy((char *)&request->how + row->offset, &number, sizeof number);
  return CLI_OK;
}

static int take_option(request_t *request, int option, const char *value) {
  if (option >= OPTION_TABLE)
    return take_number(request, &number_option[option - OPTION_TABLE], value);
  switch (option) {
  case OPTION_CELL:
    request->cell = value;
    return CLI_OK;
  case OPTION_DRIVE:
    return validate_read_path(&request->paths, value);
  case OPTION_CAPACITY:
    return validate_read_number("--capacity-Ah", value, 0.1, 1e3, &request->how.capacity_Ah);
  case OPTION_START_SOC:
    return validate_read_share("--start-soc-pct", value, &request->how.start_soc);
  case OPTION_COLUMN:
    return validate_read_columns(value, &request->format);
  case OPTION_SIGN:
    return validate_read_sign(value, &request->format);
  case OPTION_GAP:
    return validate_read_number("--gap-max-s", value, 1e-3, 1e9, &request->format.gap_max_s);
  case OPTION_CELL_DEGC:
    return validate_read_number("--cell-degC", value, -60.0, 120.0,
                                &request->format.temperature_degC);
  case OPTION_SEED:
    return cli_u64("validate", "--seed", value, 0, UINT64_MAX, &request->how.seed) == 0 ? CLI_OK
                                                                                        : CLI_USAGE;
  case OPTION_JSON:
    request->as_json = 1;
    return CLI_OK;
  default:
    return CLI_OK;
  }
}

/* --- output -------------------------------------------------------------------------------- */

static void print_text(const char *path, const validate_soc_t *score) {
  printf("%s: Q_T %.4g Ah at %.1f degC, SOC %.1f to %.1f %%\n", path, score->capacity_Ah,
         score->mean_degC, 100.0 * score->start_soc, 100.0 * score->end_soc);
  printf("  estimator  RMSE %6.3f  max %6.2f  mean %+6.2f %%   starts at %.1f %%, ",
         validate_soc_rmse_pct(&score->shown), score->shown.largest,
         validate_soc_bias_pct(&score->shown), 100.0 * score->start_estimate);
  if (isnan(score->caught_s))
    printf("never within 5 %%");
  else
    printf("within 5 %% after %.0f s", score->caught_s);
  printf(", largest step %.2f %%/s\n", score->step_pct);
  printf("  counting   RMSE %6.3f  max %6.2f  mean %+6.2f %%\n",
         validate_soc_rmse_pct(&score->counted), score->counted.largest,
         validate_soc_bias_pct(&score->counted));
}

static void print_pooled(const validate_soc_sums_t *shown, double step_pct) {
  printf("pooled\n  estimator  RMSE %6.3f  max %6.2f  mean %+6.2f %%   largest step %.2f %%/s\n",
         validate_soc_rmse_pct(shown), shown->largest, validate_soc_bias_pct(shown), step_pct);
}

static void print_json_sums(const char *name, const validate_soc_sums_t *sums) {
  printf("\"%srmse_pct\": %.4f, \"%smax_pct\": %.4f, \"%smean_pct\": %.4f", name,
         validate_soc_rmse_pct(sums), name, sums->largest, name, validate_soc_bias_pct(sums));
}

static void print_json_drive(const char *path, const validate_soc_t *score) {
  printf("{\"drive\": ");
  validate_read_text(path);
  printf(",\n \"Q_T_Ah\": %.5g, \"mean_degC\": %.2f, \"from_s\": %.2f, \"to_s\": %.2f,\n ",
         score->capacity_Ah, score->mean_degC, score->from_s, score->to_s);
  print_json_sums("", &score->shown);
  printf(", \"sample_count\": %llu,\n ", (unsigned long long)score->shown.count);
  print_json_sums("counting_", &score->counted);
  printf(",\n \"start_soc_pct\": %.3f, \"start_estimate_pct\": %.3f, \"end_soc_pct\": %.3f, "
         "\"end_estimate_pct\": %.3f,\n \"step_pct_per_s\": %.4f, \"within_5pct_after_s\": ",
         100.0 * score->start_soc, 100.0 * score->start_estimate, 100.0 * score->end_soc,
         100.0 * score->end_estimate, score->step_pct);
  if (isnan(score->caught_s))
    printf("null");
  else
    printf("%.1f", score->caught_s);
  printf(", \"invalid_count\": %u}", score->was_invalid);
}

/* --- run ----------------------------------------------------------------------------------- */

static int score_one(const request_t *request, const char *path, validate_soc_t *score) {
  drive_csv_t drive;
  char error[700];
  int status = validate_read_drive(path, &request->format, &drive);
  if (status != CLI_OK) return status;
  int failed = validate_soc(request->cell, &drive, &request->how, score, error, sizeof error);
  drive_csv_free(&drive);
  return failed ? cli_usage("validate", "%s: %s", path, error) : CLI_OK;
}

static void print_end(const request_t *request, const validate_soc_sums_t *shown, double step_pct) {
  if (request->paths.count == 1) return;
  if (!request->as_json) {
    print_pooled(shown, step_pct);
    return;
  }
  printf("],\n \"pooled\": {");
  print_json_sums("", shown);
  printf(", \"step_pct_per_s\": %.4f}}\n", step_pct);
}

static int score_all(const request_t *request) {
  validate_soc_sums_t shown = {0};
  double step_pct = 0.0;
  uint32_t invalid = 0;
  if (request->as_json && request->paths.count > 1) printf("{\"drives\": [\n");
  for (uint32_t i = 0; i < request->paths.count; i++) {
    validate_soc_t score;
    int status = score_one(request, request->paths.at[i], &score);
    if (status != CLI_OK) return status;
    if (request->as_json) {
      print_json_drive(request->paths.at[i], &score);
      puts(i + 1 < request->paths.count ? "," : "");
    } else {
      print_text(request->paths.at[i], &score);
    }
    validate_soc_pool(&shown, &score.shown);
    step_pct = fmax(step_pct, score.step_pct);
    invalid += score.was_invalid;
  }
  print_end(request, &shown, step_pct);
  return invalid == 0 ? CLI_OK : CLI_FAILED;
}

int validate_soc_verb(int argc, char **argv) {
  cli_args_t args = cli_args("validate", help, options, argc, argv);
  request_t request = {
      .cell = "ncr18650pf", .format = drive_csv_format(), .how = validate_soc_options()};
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
  if (request.paths.count == 0)
    return cli_usage("validate", "--soc: found no --drive, allowed one or more");
  return score_all(&request);
}
