/// packsim fit: makes a cell file from measured runs.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/cell_write.h"
#include "../scenarios/fit.h"
#include "cli.h"

enum { OPTION_DATA, OPTION_OUT, OPTION_TRIES, OPTION_FOLDS, OPTION_JSON };

static const cli_option_t options[] = {{"--data", "DIR"}, {"--out", "FILE"},
                                       {"--tries", "N"},  {"--cross-validate", "N"},
                                       {"--json", NULL},  {NULL, NULL}};

static const char help[] =
    "usage: packsim fit JOB.json [--out FILE] [--data DIR] [--cross-validate N] [--json]\n"
    "\n"
    "Makes a cell parameter file from measured runs of one cell at several temperatures: pulses\n"
    "with rests (HPPC, low rate), drives, and a slow full discharge and charge for the OCV. The "
    "job\n"
    "names the CSVs, what each is good for, and figures that are known. Prints what the fit "
    "leaves\n"
    "of each run and temperature, and what the data cannot identify.\n"
    "\n"
    "  --out FILE          write the cell file (default: no file, only the report)\n"
    "  --data DIR          folder of the CSVs (default $PACKSIM_DATA, else ../shared/data)\n"
    "  --tries N           tries of the search over time constants, 1: only the tables (default "
    "80)\n"
    "  --cross-validate N  fit N times without every Nth 300 s of the drives, and score those;\n"
    "                      0: without one whole drive after the other\n"
    "  --json              the report as JSON\n"
    "\n"
    "A job, shortest form (data/fits has whole ones; every key of \"runs\":\n"
    "csv, role pulse|drive|ocv, temperature_degC, scale_mV, weight, start_soc_pct, gap_A, every):\n"
    "  {\"packsim_fit\": 1, \"id\": \"mine\", \"title\": \"My cell\", \"source\": \"lab, 2024\",\n"
    "   \"columns\": {\"time\": \"t\", \"voltage\": \"U\", \"current\": \"I\"}, "
    "\"discharge_sign\": -1,\n"
    "   \"cell\": {\"capacity_Ah\": 2.8, \"voltage_min_V\": 2.5, \"voltage_max_V\": 4.2,\n"
    "            \"core_JpK\": 36, \"surface_JpK\": 10, \"core_surface_WpK\": 2, "
    "\"neighbour_WpK\": 0.2,\n"
    "            \"case_WpK\": 0.1, \"case_heat_capacity_JpK\": 500, \"case_ambient_WpK\": 1},\n"
    "   \"runs\": [{\"csv\": \"hppc_25.csv\", \"role\": \"pulse\", \"temperature_degC\": 25}]}\n"
    "\n"
    "exit codes: 0 fitted, 2 bad usage, job or CSV, 3 the data folder is absent\n"
    "\n"
    "examples:\n"
    "  packsim fit data/fits/ncr18650pf.json --out ncr18650pf.json\n"
    "  packsim fit my_job.json --data ~/lab --cross-validate 3\n"
    "  packsim validate --cell ncr18650pf.json --drive ~/lab/drive.csv\n";

/// What the command line asked for.
typedef struct {
  const char *job, *data_dir, *out;
  uint64_t try_max, fold_count;
  int as_json;
} request_t;

static void show_progress(void *context, uint32_t try_count, double cost) {
  const request_t *request = context;
  fprintf(stderr, "\rtry %u of about %u, cost %.4f ", try_count,
          (unsigned)(request->try_max + (request->try_max + 1) / 2), cost);
  fflush(stderr);
}

/// Runs of one chamber temperature together.
static fit_residual_t pool(const fit_t *fit, const fit_residual_t *residual, double degC) {
  fit_residual_t all = {0};
  double square = 0.0, absolute = 0.0, sum = 0.0;
  for (uint32_t i = 0; i < fit->job.run_count; i++) {
    if (fit->job.run[i].temperature_degC != degC) continue;
    double count = (double)residual[i].row_count;
    if (residual[i].row_count == 0) continue;
    square += count * residual[i].rmse_mV * residual[i].rmse_mV;
    absolute += count * residual[i].mae_mV;
    sum += count * residual[i].bias_mV;
    all.max_mV = fmax(all.max_mV, residual[i].max_mV);
    all.row_count += residual[i].row_count;
  }
  if (all.row_count == 0) return all;
  all.rmse_mV = sqrt(square / (double)all.row_count);
  all.mae_mV = absolute / (double)all.row_count;
  all.bias_mV = sum / (double)all.row_count;
  return all;
}

/// Whether run i is the first of its temperature.
static int is_first(const fit_t *fit, uint32_t i) {
  for (uint32_t k = 0; k < i; k++)
    if (fit->job.run[k].temperature_degC == fit->job.run[i].temperature_degC) return 0;
  return 1;
}

static void print_residual(const char *name, const fit_residual_t *residual) {
  printf("  %-52s RMSE %6.2f  MAE %6.2f  max %6.1f  bias %+6.2f mV\n", name, residual->rmse_mV,
         residual->mae_mV, residual->max_mV, residual->bias_mV);
}

static void print_text(const fit_t *fit, const request_t *request) {
  printf("%s: %s\n%u tries, cost %.4f\n", fit->job.id, fit->job.title, fit->try_count, fit->cost);
  for (uint32_t i = 0; i < FIT_SHAPE_COUNT; i++)
    printf("  %-14s %.5g%s\n", fit_shape_name[i],
           fit->shape[i] * (i == FIT_SHAPE_SURFACE || i == FIT_SHAPE_GROWTH ? 100.0 : 1.0),
           fit->job.is_free[i] ? "" : " (not searched)");
  puts("what the fit leaves, by run");
  for (uint32_t i = 0; i < fit->job.run_count; i++)
    print_residual(fit->job.run[i].csv, &fit->residual[i]);
  puts("by temperature");
  for (uint32_t i = 0; i < fit->job.run_count; i++) {
    if (!is_first(fit, i)) continue;
    char name[40];
    fit_residual_t all = pool(fit, fit->residual, fit->job.run[i].temperature_degC);
    snprintf(name, sizeof name, "%g degC", fit->job.run[i].temperature_degC);
    print_residual(name, &all);
  }
  if (request->fold_count != FIT_ALL_ROWS) {
    puts("held out, as if it had not been there");
    for (uint32_t i = 0; i < fit->job.run_count; i++)
      if (fit->job.run[i].role == FIT_ROLE_DRIVE)
        print_residual(fit->job.run[i].csv, &fit->held_out[i]);
  }
  for (uint32_t i = 0; i < fit->warning_count; i++) printf("warning: %s\n", fit->warning[i]);
}

static void print_json_residual(const fit_residual_t *residual) {
  printf("\"row_count\": %u, \"rmse_mV\": %.4f, \"mae_mV\": %.4f, \"max_mV\": %.4f, "
         "\"bias_mV\": %.4f",
         residual->row_count, residual->rmse_mV, residual->mae_mV, residual->max_mV,
         residual->bias_mV);
}

static void print_json(const fit_t *fit, const request_t *request) {
  printf("{\"id\": \"%s\", \"try_count\": %u, \"cost\": %.6f,\n \"shape\": {", fit->job.id,
         fit->try_count, fit->cost);
  for (uint32_t i = 0; i < FIT_SHAPE_COUNT; i++)
    printf("%s\"%s\": %.6g", i ? ", " : "", fit_shape_name[i],
           fit->shape[i] * (i == FIT_SHAPE_SURFACE || i == FIT_SHAPE_GROWTH ? 100.0 : 1.0));
  printf("},\n \"runs\": [");
  for (uint32_t i = 0; i < fit->job.run_count; i++) {
    printf("%s\n  {\"csv\": \"%s\", \"temperature_degC\": %g, ", i ? "," : "", fit->job.run[i].csv,
           fit->job.run[i].temperature_degC);
    print_json_residual(&fit->residual[i]);
    if (request->fold_count != FIT_ALL_ROWS && fit->job.run[i].role == FIT_ROLE_DRIVE)
      printf(", \"held_out_rmse_mV\": %.4f", fit->held_out[i].rmse_mV);
    printf("}");
  }
  printf("],\n \"temperatures\": [");
  for (uint32_t i = 0; i < fit->job.run_count; i++) {
    if (!is_first(fit, i)) continue;
    fit_residual_t all = pool(fit, fit->residual, fit->job.run[i].temperature_degC);
    printf("%s\n  {\"temperature_degC\": %g, ", i ? "," : "", fit->job.run[i].temperature_degC);
    print_json_residual(&all);
    printf("}");
  }
  printf("],\n \"warnings\": [");
  for (uint32_t i = 0; i < fit->warning_count; i++)
    printf("%s\n  \"%s\"", i ? "," : "", fit->warning[i]);
  puts("]}");
}

static int write_cell(const fit_t *fit, const char *out) {
  char fitted[470];
  snprintf(fitted, sizeof fitted, "packsim fit on %.440s", fit->job.source);
  const cell_write_source_t source = {.fitted = fitted, .given = "given to the fit by its job"};
  FILE *stream = fopen(out, "w");
  int failed = !stream || cell_write(stream, &fit->system.params, &source) != 0;
  if (stream && fclose(stream) != 0) failed = 1;
  return failed ? cli_usage("fit", "--out %s: cannot be written", out) : CLI_OK;
}

static int fit_job(request_t *request) {
  static fit_t fit;
  static fit_job_t job;
  char error[700];
  const char *dir = request->data_dir ? request->data_dir : getenv("PACKSIM_DATA");
  if (!dir || dir[0] == '\0') dir = "../shared/data";
  if (fit_job_load(request->job, &job, error, sizeof error) != 0)
    return cli_usage("fit", "%s", error);
  if (access(dir, R_OK | X_OK) != 0) {
    fprintf(stderr, "packsim fit: no measured data in %s; set PACKSIM_DATA or --data\n", dir);
    return CLI_MISSING;
  }
  if (fit_open(&fit, &job, dir, error, sizeof error) != 0) return cli_usage("fit", "%s", error);
  int is_terminal = isatty(STDERR_FILENO);
  fit.progress = is_terminal ? show_progress : NULL;
  fit.context = request;
  int failed = fit_run(&fit, (uint32_t)request->try_max, error, sizeof error);
  if (is_terminal) fputs("\r\033[K", stderr);
  if (!failed && request->fold_count != FIT_ALL_ROWS)
    failed = fit_cross_validate(&fit, (uint32_t)request->fold_count);
  int status = failed ? cli_usage("fit", "%s", error) : CLI_OK;
  if (status == CLI_OK && request->out) status = write_cell(&fit, request->out);
  if (status == CLI_OK) (request->as_json ? print_json : print_text)(&fit, request);
  fit_close(&fit);
  return status;
}

int verb_fit(int argc, char **argv) {
  cli_args_t args = cli_args("fit", help, options, argc, argv);
  request_t request = {.try_max = 80, .fold_count = FIT_ALL_ROWS};
  const char *value = NULL;
  int option, status = 0;
  while ((option = cli_next(&args, &value)) != CLI_END) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == CLI_ARGUMENT && request.job)
      return cli_usage("fit", "found %s, allowed one job", value);
    if (option == CLI_ARGUMENT) request.job = value;
    if (option == OPTION_DATA) request.data_dir = value;
    if (option == OPTION_OUT) request.out = value;
    if (option == OPTION_JSON) request.as_json = 1;
    if (option == OPTION_TRIES)
      status = cli_u64("fit", "--tries", value, 1, 100000, &request.try_max);
    if (option == OPTION_FOLDS)
      status = cli_u64("fit", "--cross-validate", value, 0, 10, &request.fold_count);
    if (status != 0) return CLI_USAGE;
  }
  if (!request.job) return cli_usage("fit", "no job, allowed a job file (data/fits)");
  return fit_job(&request);
}
