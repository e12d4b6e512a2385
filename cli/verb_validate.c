/// packsim validate: scores the pack model against the measured drive of a Kia Soul EV.
#include <stdio.h>

#include "../scenarios/cell_file.h"
#include "../scenarios/scenario.h"
#include "../scenarios/soul_drive.h"
#include "../scenarios/validate_soul.h"
#include "cli.h"
#include "validate_drive.h"
#include "validate_soc.h"

enum { OPTION_DATA, OPTION_CELL, OPTION_JSON };

static const cli_option_t options[] = {
    {"--data", "DIR"}, {"--cell", "NAME"}, {"--json", NULL}, {NULL, NULL}};

static const char help[] =
    "usage: packsim validate [--data DIR] [--cell NAME] [--json]\n"
    "\n"
    "Runs the measured current of a real Soul EV drive through the model of all 192 cells and\n"
    "compares the pack voltage with the measured one, beside two baselines fitted on the same "
    "data.\n"
    "\n"
    "  --data DIR   folder of measured data (default $PACKSIM_DATA, else ../shared/data)\n"
    "  --cell NAME  data/cells/NAME.json, or a file .json (default soul_ev)\n"
    "  --json       the score as JSON\n"
    "\n"
    "exit codes: 0 the model beats both baselines and is within 0.5 V and 0.7 K, 1 it does not,\n"
    "            2 bad usage or file, 3 the measured data are absent\n"
    "\n"
    "examples:\n"
    "  packsim validate\n"
    "  packsim validate --data ~/data --json\n";

static void print_modules(const char *name, const double *rmse_K, double mean_K) {
  printf("%s", name);
  for (int m = 0; m < SOUL_DRIVE_MODULE_COUNT; m++) printf("%7.2f", rmse_K[m]);
  printf("%7.2f K\n", mean_K);
}

static void print_text(const validate_soul_t *score) {
  printf("Kia Soul EV drive: %u scans, %.0f s, %.1f Ah\n", score->scan_count, score->duration_s,
         score->charge_Ah);
  printf("pack voltage, RMSE against the measured one\n");
  printf("  model                          %5.2f V   largest %.2f V, mean %+.2f V\n",
         score->model_rmse_V, score->model_max_V, score->model_mean_V);
  printf("  baseline: constant OCV + R     %5.2f V\n", score->constant_rmse_V);
  printf("  baseline: OCV linear in Ah + R %5.2f V\n", score->linear_rmse_V);
  printf("state of charge %.1f %% to %.1f %% (BMS: %.1f %%)\n", score->soc_start_pct,
         score->soc_end_pct, score->soc_end_bms_pct);
  printf("module temperature, RMSE from the first scan's\n  module          ");
  for (int m = 0; m < SOUL_DRIVE_MODULE_COUNT; m++) printf("     M%d", m + 1);
  print_modules("   mean\n  model           ", score->module_rmse_K, score->temperature_rmse_K);
  print_modules("  best constants  ", score->module_constant_rmse_K,
                score->temperature_constant_rmse_K);
  print_modules("  first scan kept ", score->module_start_rmse_K, score->temperature_start_rmse_K);
}

static void print_json(const validate_soul_t *score) {
  printf("{\"scan_count\": %u, \"duration_s\": %.3f, \"charge_Ah\": %.3f,\n", score->scan_count,
         score->duration_s, score->charge_Ah);
  printf(" \"model_rmse_V\": %.4f, \"model_max_V\": %.4f, \"model_mean_V\": %.4f,\n",
         score->model_rmse_V, score->model_max_V, score->model_mean_V);
  printf(" \"baseline_constant_rmse_V\": %.4f, \"baseline_linear_rmse_V\": %.4f,\n",
         score->constant_rmse_V, score->linear_rmse_V);
  printf(" \"soc_start_pct\": %.2f, \"soc_end_pct\": %.2f, \"soc_end_bms_pct\": %.2f,\n",
         score->soc_start_pct, score->soc_end_pct, score->soc_end_bms_pct);
  printf(" \"temperature_rmse_K\": %.3f, \"temperature_constant_rmse_K\": %.3f,\n",
         score->temperature_rmse_K, score->temperature_constant_rmse_K);
  printf(" \"temperature_start_rmse_K\": %.3f, \"module_rmse_K\": [",
         score->temperature_start_rmse_K);
  for (int m = 0; m < SOUL_DRIVE_MODULE_COUNT; m++)
    printf("%s%.3f", m > 0 ? ", " : "", score->module_rmse_K[m]);
  printf("]}\n");
}

static int score_drive(const cell_params_t *params, const char *data_dir, int as_json) {
  static const double bar_V = 0.5, bar_K = 0.7;
  soul_drive_t drive;
  validate_soul_t score;
  char path[400], error[600];
  soul_drive_path(data_dir, path, sizeof path);
  soul_drive_status_t status = soul_drive_load(path, &drive, error, sizeof error);
  if (status == SOUL_DRIVE_ERR_CONTENT) return cli_usage("validate", "%s", error);
  if (status != SOUL_DRIVE_OK) {
    fprintf(stderr,
            "packsim validate: no measured data: %s; set PACKSIM_DATA or --data to their folder\n",
            error);
    return CLI_MISSING;
  }
  if (validate_soul(params, &drive, &score) != 0)
    return cli_usage("validate", "%s: the pack cannot follow this drive", path);
  if (as_json)
    print_json(&score);
  else
    print_text(&score);
  int is_good = score.model_rmse_V <= bar_V && score.temperature_rmse_K <= bar_K &&
                score.model_rmse_V < score.constant_rmse_V &&
                score.model_rmse_V < score.linear_rmse_V;
  return is_good ? CLI_OK : CLI_FAILED;
}

int verb_validate(int argc, char **argv) {
  if (validate_soc_is_asked(argc, argv)) return validate_soc_verb(argc, argv);
  if (validate_drive_is_asked(argc, argv)) return validate_drive(argc, argv);
  cli_args_t args = cli_args("validate", help, options, argc, argv);
  const char *data_dir = NULL, *cell = "soul_ev", *value = NULL;
  int as_json = 0, option;
  while ((option = cli_next(&args, &value)) != CLI_END) {
    if (option == OPTION_DATA)
      data_dir = value;
    else if (option == OPTION_CELL)
      cell = value;
    else if (option == OPTION_JSON)
      as_json = 1;
    else if (option == CLI_HELP) {
      validate_drive_help();
      validate_soc_help();
      return CLI_OK;
    } else if (option == CLI_BAD)
      return CLI_USAGE;
    else
      return cli_usage("validate", "found %s, allowed options only", value);
  }
  cell_params_t params;
  int loaded = validate_drive_cell(cell, &params);
  return loaded == CLI_OK ? score_drive(&params, data_dir, as_json) : loaded;
}
