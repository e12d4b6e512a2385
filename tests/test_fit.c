/// Fits: parameters of a known cell come back from its own simulated runs; jobs are checked.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/cell_file.h"
#include "../scenarios/cell_write.h"
#include "../scenarios/fit.h"
#include "../sim/cell.h"
#include "../sim/det_math.h"
#include "../sim/rng.h"

static fit_t fit;
static fit_job_t job;
static char dir[64], error[700];

/// The cell that the fit is to find: 3 Ah, all terms of the model.
static cell_params_t true_cell(void) {
  cell_params_t cell;
  memset(&cell, 0, sizeof cell);
  snprintf(cell.id, sizeof cell.id, "known");
  snprintf(cell.title, sizeof cell.title, "Known cell");
  cell.capacity_Ah = 3.0;
  cell.voltage_min_V = 2.5;
  cell.voltage_max_V = 4.2;
  cell.coulombic_efficiency = 1.0;
  cell.ocv_count = 21;
  for (uint32_t i = 0; i < 21; i++) {
    double soc = 0.05 * i;
    cell.ocv_V[i] = 3.3 + 0.5 * soc + 0.35 * soc * soc;
    cell.entropic_VpK[i] = 1e-4 - 2e-4 * soc;
  }
  cell.hysteresis_rate = 20.0;
  cell.surface_min_soc = -1.0;
  cell.soc_count = 6;
  cell.soc_step = 0.2;
  cell.temperature_count = 5;
  cell.temperature_first_degC = -10.0;
  cell.temperature_step_K = 10.0;
  for (uint32_t t = 0; t < 5; t++) {
    double rise = det_exp(-0.03 * (10.0 * t - 35.0));
    for (uint32_t s = 0; s < 6; s++) {
      double *ohm = cell.ohm[t * 6 + s], shape = 1.0 + 0.1 * (s == 0) + 0.02 * s;
      ohm[0] = 0.015 * rise * shape;
      ohm[1] = 0.020 * rise * shape;
      ohm[2] = 0.012 * rise * shape;
      ohm[3] = 0.010 * rise * shape;
    }
    cell.exchange_A[t] = 6.0 / rise;
    cell.growth_pA[t] = 0.01;
  }
  cell.tau_s[0] = 0.5;
  cell.tau_s[1] = 15.0;
  cell.tau_s[2] = 220.0;
  cell.core_JpK = 40.0;
  cell.surface_JpK = 10.0;
  cell.core_surface_WpK = 2.0;
  cell.surface_middle_share = 1.0;
  cell.case_heat_capacity_JpK = 500.0;
  return cell;
}

/// A run of pulses of random height and length with rests, at 2 Hz, with 1 mV of noise.
static void simulate(const cell_params_t *truth, double degC, uint64_t seed) {
  char path[120];
  snprintf(path, sizeof path, "%s/run_%g.csv", dir, degC);
  FILE *stream = fopen(path, "w");
  ck_assert_ptr_nonnull(stream);
  fputs("time_s,voltage_V,current_A,ah_Ah,cell_temp_C\n", stream);
  rng_t rng = rng_stream(seed, "test_fit");
  cell_t cell;
  double current_A = 0.0, charge_Ah = 0.0, left_s = 5.0;
  cell_init(&cell, truth, 1.0, degC, 1.0);
  for (double time_s = 0.0; charge_Ah < 2.85; time_s += 0.5, left_s -= 0.5) {
    if (left_s <= 0.0) {
      int is_rest = rng_uniform(&rng) < 0.4;
      current_A = is_rest ? 0.0 : 9.0 * (rng_uniform(&rng) - 0.25);
      left_s = is_rest ? 300.0 * rng_uniform(&rng) : 60.0 * rng_uniform(&rng);
      if (charge_Ah < 0.1 && current_A < 0.0) current_A = -current_A;
    }
    double noise_V = 2e-3 * (rng_uniform(&rng) - 0.5);
    fprintf(stream, "%.1f,%.6f,%.6f,%.8f,%.6f\n", time_s, cell_V(&cell, current_A) + noise_V,
            -current_A, -charge_Ah, degC);
    cell_load_t load = {.current_A = current_A, .charge_As = 0.5 * current_A, .surface_degC = degC};
    cell_step(&cell, &load, 0.5);
    charge_Ah += 0.5 * current_A / 3600.0;
  }
  ck_assert_int_eq(fclose(stream), 0);
}

static const double degCs[] = {-10.0, 10.0, 30.0};

static const char job_head[] =
    "{\"packsim_fit\": 1, \"id\": \"known\", \"title\": \"Known cell\", \"source\": "
    "\"simulated\",\n"
    " \"cell\": {\"capacity_Ah\": 3, \"voltage_min_V\": 2.5, \"voltage_max_V\": 4.2, \"core_JpK\": "
    "40,\n"
    "  \"surface_JpK\": 10, \"core_surface_WpK\": 2, \"neighbour_WpK\": 0, \"case_WpK\": 0,\n"
    "  \"case_heat_capacity_JpK\": 500, \"case_ambient_WpK\": 0},\n"
    " \"grid\": {\"ocv_points\": 21, \"coarse_points\": 5, \"soc_points\": 6, "
    "\"temperature_points\": 5,\n"
    "  \"temperature_first_degC\": -10, \"temperature_step_K\": 10},\n"
    " \"smoothness\": {\"ocv\": 0.1, \"entropic\": 50, \"entropic_size\": 1, \"soc\": 0.02,\n"
    "  \"temperature\": 0.02},\n"
    " \"start\": {\"tau1_s\": 0.8, \"tau2_s\": 10, \"tau3_s\": 350, \"exchange_A\": 10, "
    "\"exchange_K\": 3000,\n"
    "  \"growth_pctpA\": 0.5, \"growth_K\": 0, \"fixed\": \"growth_K\"},\n"
    " \"runs\": [\n";

static void write_job(const char *path, const char *head, const char *tail) {
  FILE *stream = fopen(path, "w");
  ck_assert_ptr_nonnull(stream);
  fputs(head, stream);
  for (int i = 0; i < 3; i++)
    fprintf(stream,
            "  {\"csv\": \"run_%g.csv\", \"role\": \"%s\", \"temperature_degC\": %g, "
            "\"scale_mV\": 2, \"every\": 1}%s\n",
            degCs[i], i == 1 ? "drive" : "pulse", degCs[i], i < 2 ? "," : "");
  fputs(tail, stream);
  ck_assert_int_eq(fclose(stream), 0);
}

static void setup(void) {
  strcpy(dir, "/tmp/packsim_fit_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void) {
  char path[120];
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/run_%g.csv", dir, degCs[i]);
    unlink(path);
  }
  snprintf(path, sizeof path, "%s/job.json", dir);
  unlink(path);
  rmdir(dir);
}

static void fit_known(const cell_params_t *truth, uint32_t try_max) {
  char path[120];
  for (int i = 0; i < 3; i++) simulate(truth, degCs[i], 40 + (uint64_t)i);
  snprintf(path, sizeof path, "%s/job.json", dir);
  write_job(path, job_head, " ]}\n");
  ck_assert_msg(fit_job_load(path, &job, error, sizeof error) == 0, "%s", error);
  ck_assert_msg(fit_open(&fit, &job, dir, error, sizeof error) == 0, "%s", error);
  ck_assert_msg(fit_run(&fit, try_max, error, sizeof error) == 0, "%s", error);
}

START_TEST(known_cell_comes_back) {
  cell_params_t truth = true_cell();
  fit_known(&truth, 60);
  const cell_params_t *found = &fit.system.params;
  for (int i = 0; i < 3; i++) ck_assert_double_le(fit.residual[i].rmse_mV, 0.8); // noise: 0.58
  ck_assert_double_eq_tol(found->tau_s[0], 0.5, 0.05);
  ck_assert_double_eq_tol(found->tau_s[1], 15.0, 0.75);
  ck_assert_double_eq_tol(found->tau_s[2], 220.0, 15.0);
  for (double soc = 0.1; soc < 0.99; soc += 0.08) {
    ck_assert_double_eq_tol(cell_ocv_V(found, soc), cell_ocv_V(&truth, soc), 2e-3);
    for (int i = 0; i < 3; i++) {
      cell_ohm_t is = cell_ohm(found, soc, degCs[i]), was = cell_ohm(&truth, soc, degCs[i]);
      for (int k = 0; k < CELL_OHM_COUNT; k++)
        ck_assert_double_eq_tol(is.ohm[k], was.ohm[k], 0.06 * was.ohm[k] + 0.2e-3);
    }
  }
  ck_assert_double_eq_tol(cell_entropic_VpK(found, 0.5), 0.0, 5e-5);
  ck_assert_int_eq(fit_cross_validate(&fit, 3), 0);
  ck_assert_double_ge(fit.held_out[1].rmse_mV, 0.99 * fit.residual[1].rmse_mV);
  ck_assert_double_le(fit.held_out[1].rmse_mV, 2.0);
  ck_assert_uint_eq(fit.held_out[1].row_count, fit.residual[1].row_count);
  fit_close(&fit);
}
END_TEST

START_TEST(what_is_written_is_read_back) {
  cell_params_t truth = true_cell(), read;
  truth.surface_pA[2] = 0.02;
  truth.surface_middle_share = 0.25;
  truth.surface_min_soc = -0.04;
  truth.steep_soc[0] = 0.3;
  truth.steep_soc[4] = -0.1;
  truth.steep_gain = 96.0;
  truth.hysteresis_V[3] = 0.012;
  const cell_write_source_t source = {"a \"quoted\" source", "given"};
  char text[60000];
  FILE *stream = tmpfile();
  ck_assert_int_eq(cell_write(stream, &truth, &source), 0);
  rewind(stream);
  size_t bytes = fread(text, 1, sizeof text, stream);
  fclose(stream);
  ck_assert_msg(cell_file_parse("w.json", text, bytes, &read, error, sizeof error) == CELL_FILE_OK,
                "%s", error);
  ck_assert_str_eq(read.id, "known");
  for (uint32_t i = 0; i < 21; i++) ck_assert_double_eq_tol(read.ocv_V[i], truth.ocv_V[i], 1e-5);
  for (uint32_t i = 0; i < 30; i++)
    for (uint32_t k = 0; k < CELL_OHM_COUNT; k++)
      ck_assert_double_eq_tol(read.ohm[i][k], truth.ohm[i][k], 1e-5 * truth.ohm[i][k]);
  for (uint32_t t = 0; t < 5; t++) {
    ck_assert_double_eq_tol(read.exchange_A[t], truth.exchange_A[t], 1e-5 * truth.exchange_A[t]);
    ck_assert_double_eq_tol(read.growth_pA[t], truth.growth_pA[t], 1e-9);
    ck_assert_double_eq_tol(read.surface_pA[t], truth.surface_pA[t], 1e-9);
    ck_assert_double_eq_tol(read.steep_soc[t], truth.steep_soc[t], 1e-9);
  }
  ck_assert_double_eq_tol(read.surface_middle_share, 0.25, 1e-9);
  ck_assert_double_eq_tol(read.surface_min_soc, -0.04, 1e-9);
  ck_assert_double_eq_tol(read.steep_gain, 96.0, 1e-6);
  ck_assert_double_eq_tol(read.entropic_VpK[20], truth.entropic_VpK[20], 1e-12);
  ck_assert_double_eq_tol(read.hysteresis_V[3], 0.012, 1e-12);
  ck_assert_double_eq(read.tau_s[2], 220.0);
  ck_assert_double_eq(read.core_JpK, 40.0);
}
END_TEST

/// Started at a cell's own shapes, the tables alone explain its runs: the fit's equations are the
/// cell's.
START_TEST(depletion_is_the_cells) {
  char head[sizeof job_head + 400], path[120];
  const char *start = strstr(job_head, "\"start\"");
  cell_params_t truth = true_cell();
  for (uint32_t t = 0; t < 5; t++) {
    truth.exchange_A[t] = 10.0;
    truth.growth_pA[t] = 0.0;
    truth.surface_pA[t] = 0.012;
    truth.steep_soc[t] = 0.25 + 0.005 * (25.0 - (10.0 * t - 10.0));
  }
  truth.surface_middle_share = 0.3;
  truth.steep_gain = 10.0;
  for (int i = 0; i < 3; i++) simulate(&truth, degCs[i], 50 + (uint64_t)i);
  snprintf(head, sizeof head,
           "%.*s\"start\": {\"tau1_s\": 0.5, \"tau2_s\": 15, \"tau3_s\": 220, \"exchange_A\": 10, "
           "\"exchange_K\": 0,\n  \"surface_pctpA\": 1.2, \"surface_K\": 0, "
           "\"surface_middle_pct\": 30, \"steep_ppct\": 0.1,\n  \"steep_soc_pct\": 25, "
           "\"steep_pctpK\": 0.5},\n \"runs\": [\n",
           (int)(start - job_head), job_head);
  snprintf(path, sizeof path, "%s/job.json", dir);
  write_job(path, head, " ]}\n");
  ck_assert_msg(fit_job_load(path, &job, error, sizeof error) == 0, "%s", error);
  ck_assert_msg(fit_open(&fit, &job, dir, error, sizeof error) == 0, "%s", error);
  ck_assert_msg(fit_run(&fit, 1, error, sizeof error) == 0, "%s", error);
  for (int i = 0; i < 3; i++) ck_assert_double_le(fit.residual[i].rmse_mV, 0.9); // noise: 0.58
  fit_close(&fit);
}
END_TEST

/// Rows outside of first_s..last_s are not used, and a window without rows is refused.
START_TEST(window_of_a_run_is_kept) {
  char path[120];
  cell_params_t truth = true_cell();
  for (int i = 0; i < 3; i++) simulate(&truth, degCs[i], 60 + (uint64_t)i);
  snprintf(path, sizeof path, "%s/job.json", dir);
  write_job(path, job_head, " ]}\n");
  ck_assert_int_eq(fit_job_load(path, &job, error, sizeof error), 0);
  job.run[0].first_s = 100.0;
  job.run[0].last_s = 149.5;
  ck_assert_int_eq(fit_open(&fit, &job, dir, error, sizeof error), 0);
  ck_assert_uint_eq(fit.data[0].used_count, 100); // at 2 Hz
  ck_assert_double_eq(fit.data[0].row[fit.data[0].used[0]].time_s, 100.0);
  fit_close(&fit);
  job.run[0].first_s = 149.6;
  job.run[0].last_s = 149.9;
  ck_assert_int_eq(fit_open(&fit, &job, dir, error, sizeof error), -1);
  ck_assert_ptr_nonnull(strstr(error, "run_-10.csv: no row from first_s 149.6 to last_s 149.9"));
}
END_TEST

/// The job's text with one piece replaced is refused in one line that holds reason.
static void refused(const char *piece, const char *by, const char *reason) {
  char head[sizeof job_head + 200], path[120];
  const char *at = strstr(job_head, piece);
  ck_assert_ptr_nonnull(at);
  snprintf(head, sizeof head, "%.*s%s%s", (int)(at - job_head), job_head, by, at + strlen(piece));
  snprintf(path, sizeof path, "%s/job.json", dir);
  write_job(path, head, " ]}\n");
  ck_assert_int_eq(fit_job_load(path, &job, error, sizeof error), -1);
  ck_assert_msg(strstr(error, reason) && !strchr(error, '\n'), "%s", error);
}

START_TEST(bad_jobs_are_refused) {
  refused("\"packsim_fit\": 1", "\"packsim_fit\": 2", "$.packsim_fit");
  refused("\"capacity_Ah\": 3", "\"capacity_Ah\": -3", "$.cell.capacity_Ah");
  refused("\"soc_points\"", "\"soc_point\"", "soc_point");
  refused("\"coarse_points\": 5", "\"coarse_points\": 4", "$.grid");
  refused("\"tau1_s\": 0.8", "\"tau1_s\": \"0.8\"", "$.start.tau1_s");
  refused("\"tau1_s\": 0.8", "\"steep_ppct\": -1", "$.start.steep_ppct");
  refused("\"tau1_s\": 0.8", "\"surface_middle_pct\": 101", "$.start.surface_middle_pct");
}
END_TEST

START_TEST(missing_runs_are_named) {
  char path[120];
  snprintf(path, sizeof path, "%s/job.json", dir);
  write_job(path, job_head, " ]}\n");
  ck_assert_int_eq(fit_job_load(path, &job, error, sizeof error), 0);
  ck_assert_int_eq(fit_open(&fit, &job, dir, error, sizeof error), -1);
  ck_assert_ptr_nonnull(strstr(error, "run_-10.csv"));
}
END_TEST

START_TEST(unidentified_parts_are_said) {
  cell_params_t truth = true_cell();
  fit_known(&truth, 1);
  int says_rest = 0, says_charge = 0;
  for (uint32_t i = 0; i < fit.warning_count; i++) {
    if (strstr(fit.warning[i], "longest rest")) says_rest = 1;
    if (strstr(fit.warning[i], "hysteresis_mV is not identified")) says_charge = 1;
  }
  ck_assert_msg(says_rest && says_charge, "%u warnings, first: %s", fit.warning_count,
                fit.warning[0]);
  fit_close(&fit);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("fit");
  TCase *tests = tcase_create("fit");
  tcase_set_timeout(tests, 120.0);
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, known_cell_comes_back);
  tcase_add_test(tests, depletion_is_the_cells);
  tcase_add_test(tests, window_of_a_run_is_kept);
  tcase_add_test(tests, what_is_written_is_read_back);
  tcase_add_test(tests, bad_jobs_are_refused);
  tcase_add_test(tests, missing_runs_are_named);
  tcase_add_test(tests, unidentified_parts_are_said);
  suite_add_tcase(suite, tests);
  return suite;
}
