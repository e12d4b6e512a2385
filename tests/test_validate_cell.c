/// Open-loop scores of a cell file: against closed forms, and the bars on measured drives.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/cell_file.h"
#include "../scenarios/validate_cell.h"
#include "../scenarios/validate_plot.h"
#include "cell_fixture.h"

enum { ROW_COUNT = 4000, SOAK_COUNT = 300 };

static cell_params_t params;
static drive_csv_row_t row[ROW_COUNT];
static const drive_csv_t drive = {row, ROW_COUNT};
static validate_cell_options_t how;
static validate_cell_t score;
static char error[600];

/// Rest, then 10 A from 3000 rows of 1 s, then rest: the fixture's cell by its closed form. The
/// measured voltage is off by offset_mV in every second row.
static void make_drive(double soc, double offset_mV) {
  params = fixture_cell();
  how = validate_cell_options();
  for (int i = 0; i < ROW_COUNT; i++) {
    double on_s = fmin(fmax(i - SOAK_COUNT, 0.0), 3000.0), off_s = fmax(i - SOAK_COUNT - 3000, 0.0);
    double current_A = i >= SOAK_COUNT && i < SOAK_COUNT + 3000 ? 10.0 : 0.0;
    double rise_V = 0.01 * (1.0 - exp(-on_s)) * exp(-off_s) +
                    0.03 * (1.0 - exp(-on_s / 50.0)) * exp(-off_s / 50.0);
    double charge_Ah = 10.0 * on_s / 3600.0;
    row[i] = (drive_csv_row_t){.time_s = i,
                               .voltage_V = 3.0 + soc - charge_Ah / 10.0 - rise_V -
                                            2e-3 * current_A - 1e-3 * (i % 2) * offset_mV,
                               .current_A = current_A,
                               .charge_Ah = charge_Ah,
                               .temperature_degC = 25.0};
  }
}

static void run(void) {
  error[0] = '\0';
  ck_assert_msg(validate_cell(&params, &drive, &how, &score, error, sizeof error) == 0, "%s",
                error);
}

START_TEST(closed_form_is_met_and_window_is_the_load) {
  make_drive(1.0, 0.0);
  run();
  ck_assert_uint_eq(score.row_count, 3000);
  ck_assert_double_eq(score.window_from_s, SOAK_COUNT);
  ck_assert_double_eq(score.window_to_s, SOAK_COUNT + 2999);
  ck_assert_double_lt(score.whole.max_mV, 1e-6);
  ck_assert_double_eq_tol(score.end_soc, 1.0 - 10.0 * 2999.0 / 36000.0, 1e-12);
  ck_assert_double_eq_tol(score.rest_soc, 1.0, 1e-9);
  validate_cell_free(&score);
}
END_TEST

START_TEST(scores_are_those_of_the_injected_error) {
  make_drive(1.0, 6.0); // 0 and 6 mV in turn: mean 3, root mean square 6/sqrt(2)
  run();
  ck_assert_double_eq_tol(validate_cell_bias_mV(&score.whole), 3.0, 1e-6);
  ck_assert_double_eq_tol(validate_cell_mae_mV(&score.whole), 3.0, 1e-6);
  ck_assert_double_eq_tol(validate_cell_rmse_mV(&score.whole), 6.0 / sqrt(2.0), 1e-6);
  ck_assert_double_eq_tol(score.whole.max_mV, 6.0, 1e-6);
  validate_cell_free(&score);
}
END_TEST

START_TEST(mask_window_and_start_can_be_set) {
  make_drive(0.6, 0.0);
  how.start_soc = 0.6;
  run();
  ck_assert_double_lt(score.whole.max_mV, 1e-6);
  ck_assert_uint_eq(score.above.row_count, 1800); // 0.5 of 10 Ah at 10 A; the row at 10 % is out
  validate_cell_free(&score);
  how.window_from_s = 10.0;
  how.window_to_s = 19.5;
  run();
  ck_assert_uint_eq(score.whole.row_count, 10);
  validate_cell_free(&score);
  how.window_from_s = 1e5;
  how.window_to_s = 2e5;
  ck_assert_int_eq(validate_cell(&params, &drive, &how, &score, error, sizeof error), -1);
  ck_assert_ptr_nonnull(strstr(error, "allowed a window within 0 to 3999 s"));
}
END_TEST

START_TEST(capacity_is_that_of_the_measured_cell) {
  make_drive(1.0, 0.0);
  how.capacity_Ah = 20.0; // SOC falls half as far: the model ends 1/2 of 8.33 Ah / 10 Ah too high
  run();
  ck_assert_double_eq_tol(score.end_soc, 1.0 - 10.0 * 2999.0 / 72000.0, 1e-12);
  ck_assert_double_eq_tol(score.whole.max_mV, 1e3 * 10.0 * 2999.0 / 72000.0, 1e-6);
  validate_cell_free(&score);
}
END_TEST

START_TEST(own_heat_follows_its_closed_form) {
  make_drive(1.0, 0.0);
  params.core_surface_WpK = 20.0; // one node, nearly: 500 J/K, 0.1 W/K to the ambient
  how.heat = VALIDATE_CELL_MODEL;
  run();
  double end_s = 2999.0, heat_W = 100.0 * 6e-3, tau_s = 500.0 / 0.1;
  double rise_K = heat_W / 0.1 * (1.0 - exp(-end_s / tau_s));
  double late_J = 100.0 * (1e-3 * 1.0 + 3e-3 * 50.0); // the branches' heat comes later
  double core_degC = score.row[score.row_count - 1].core_degC;
  ck_assert_double_eq_tol(core_degC, 25.0 + rise_K - late_J / 500.0 * 0.5, 0.05);
  validate_cell_free(&score);
}
END_TEST

START_TEST(plot_has_three_curves_and_the_score) {
  char text[4096] = "";
  make_drive(1.0, 6.0);
  run();
  FILE *stream = tmpfile();
  ck_assert_int_eq(validate_plot(stream, "a<b", &score), 0);
  rewind(stream);
  size_t bytes = fread(text, 1, sizeof text - 1, stream);
  fclose(stream);
  ck_assert_uint_gt(bytes, 1000);
  ck_assert_ptr_nonnull(strstr(text, "a&lt;b: RMSE 4.24 mV"));
  validate_cell_free(&score);
}
END_TEST

/// Pooled RMSE above 10 % SOC over cycle1-4 of one temperature, NaN iff a file is absent.
static double measured_rmse_mV(const char *prefix) {
  const char *dir = getenv("PACKSIM_DATA");
  validate_cell_sums_t sums = {0};
  drive_csv_format_t format = drive_csv_format();
  for (int i = 1; i <= 4; i++) {
    char path[400];
    drive_csv_t measured;
    snprintf(path, sizeof path, "%s/cells/panasonic_18650pf/%s_cycle%d.csv.gz",
             dir && dir[0] ? dir : "../shared/data", prefix, i);
    drive_csv_status_t status = drive_csv_load(path, &format, &measured, error, sizeof error);
    if (status == DRIVE_CSV_ERR_ABSENT) return (double)NAN;
    ck_assert_msg(status == DRIVE_CSV_OK, "%s", error);
    how = validate_cell_options();
    ck_assert_int_eq(validate_cell(&params, &measured, &how, &score, error, sizeof error), 0);
    validate_cell_pool(&sums, &score.above);
    validate_cell_free(&score);
    drive_csv_free(&measured);
  }
  return validate_cell_rmse_mV(&sums);
}

/// At 0 degC the wanted 40 mV are not reached: the figure there keeps what is reached from getting
/// worse, and docs/cell-models.md says where and why.
static const struct {
  const char *prefix;
  double bar_mV;
} bars[] = {{"p25", 10.0}, {"p10", 16.0}, {"p00", 40.0}, {"n10", 30.0}, {"n20", 50.0}};

START_TEST(ncr18650pf_is_within_its_bar) {
  ck_assert_msg(cell_file_load("data/cells/ncr18650pf.json", &params, error, sizeof error) ==
                    CELL_FILE_OK,
                "%s", error);
  double rmse_mV = measured_rmse_mV(bars[_i].prefix);
  if (isnan(rmse_mV)) {
    printf("skipped: ncr18650pf_is_within_its_bar: %s\n", error);
    return;
  }
  ck_assert_double_le(rmse_mV, bars[_i].bar_mV);
  ck_assert_double_gt(rmse_mV, 0.1 * bars[_i].bar_mV); // a score too good to be one
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("validate_cell");
  TCase *tests = tcase_create("validate_cell");
  tcase_set_timeout(tests, 60.0);
  tcase_add_test(tests, closed_form_is_met_and_window_is_the_load);
  tcase_add_test(tests, scores_are_those_of_the_injected_error);
  tcase_add_test(tests, mask_window_and_start_can_be_set);
  tcase_add_test(tests, capacity_is_that_of_the_measured_cell);
  tcase_add_test(tests, own_heat_follows_its_closed_form);
  tcase_add_test(tests, plot_has_three_curves_and_the_score);
  tcase_add_loop_test(tests, ncr18650pf_is_within_its_bar, 0, 5);
  suite_add_tcase(suite, tests);
  return suite;
}
