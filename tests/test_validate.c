/// The measured drive: reading, charge correction, and the model's score against its baselines.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/cell_file.h"
#include "../scenarios/validate_soul.h"

static soul_drive_t drive;
static char error[600];
static char csv_path[64];

/// A log of scans each 10 s with the given lines of "time,V,A,soc,charged,discharged".
static void write_csv(const char *const *line, size_t line_count, const char *module_column) {
  strcpy(csv_path, "/tmp/packsim_drive_XXXXXX");
  int fd = mkstemp(csv_path);
  ck_assert_int_ge(fd, 0);
  FILE *file = fdopen(fd, "w");
  fprintf(file, "scan_start_s,pack_V,pack_A,soc_bms_pct,cum_chg_Ah,cum_dis_Ah,inlet_C,ambient_C");
  fprintf(file, ",fan_fb");
  fprintf(file, ",%s,mod2_C,mod3_C,mod4_C,mod5_C,mod6_C,mod7_C", module_column);
  for (int i = 0; i < 96; i++) fprintf(file, ",cell%02d_V", i);
  fprintf(file, "\n");
  for (size_t k = 0; k < line_count; k++) {
    fprintf(file, "%s,20,21,42,22,23,24,25,26,27,28", line[k]);
    for (int i = 0; i < 96; i++) fprintf(file, ",%s", i < 48 ? "4.00" : "4.02");
    fprintf(file, "\n");
  }
  fclose(file);
}

static soul_drive_status_t load_csv(void) {
  error[0] = '\0';
  soul_drive_status_t status = soul_drive_load(csv_path, &drive, error, sizeof error);
  unlink(csv_path);
  return status;
}

START_TEST(scans_are_read) {
  static const char *const line[] = {"100,386.5,4.5,87.5,10,20", "110,385,36,87.4,10,20.1",
                                     "120,384,0,87.3,10,20.2"};
  write_csv(line, 3, "mod1_C");
  ck_assert_msg(load_csv() == SOUL_DRIVE_OK, "%s", error);
  ck_assert_uint_eq(drive.scan_count, 3);
  ck_assert_double_eq_tol(drive.scan[1].time_s, 10.0, 1e-9);
  ck_assert_double_eq_tol(drive.scan[0].pack_V, 386.5, 1e-9);
  ck_assert_double_eq_tol(drive.scan[0].pack_A, 4.5, 1e-9);
  ck_assert_double_eq_tol(drive.scan[0].soc_bms_pct, 87.5, 1e-9);
  ck_assert_double_eq_tol(drive.scan[2].module_degC[0], 22.0, 1e-9);
  ck_assert_double_eq_tol(drive.scan[2].module_degC[6], 28.0, 1e-9);
  ck_assert_double_eq_tol(drive.scan[2].inlet_degC, 20.0, 1e-9);
  ck_assert_double_eq_tol(drive.scan[2].ambient_degC, 21.0, 1e-9);
  ck_assert_double_eq_tol(drive.scan[2].fan_Hz, 42.0, 1e-9);
  ck_assert_double_eq_tol(drive.scan[2].cell_mean_V, 4.01, 1e-9);
}
END_TEST

START_TEST(current_follows_counters_and_keeps_samples) {
  static const char *const line[] = {"0,386,36,87,10,20", "10,385,36,87,10,20.1",
                                     "20,384,36,87,10,20.3"};
  write_csv(line, 3, "mod1_C");
  ck_assert_int_eq(load_csv(), SOUL_DRIVE_OK);
  ck_assert_double_eq_tol(drive.sampled_Ah, 0.2, 1e-9);
  ck_assert_double_eq_tol(drive.counted_Ah, 0.3, 1e-9);
  ck_assert_double_eq_tol(drive.corrected_Ah, 0.3, 1e-9);
  ck_assert_double_eq_tol(soul_drive_current_A(&drive, 0.0), 36.0, 1e-9);
  ck_assert_double_eq_tol(soul_drive_current_A(&drive, 10.0), 36.0, 1e-9);
  ck_assert_double_eq_tol(soul_drive_current_A(&drive, 5.0), 56.0,
                          1e-9); // 18 A more, over 9 of 10 s
  ck_assert_double_eq_tol(soul_drive_current_A(&drive, 9.5), 46.0, 1e-9);
  ck_assert_double_eq_tol(soul_drive_current_A(&drive, -0.1), 0.0, 1e-12);
  ck_assert_double_eq_tol(soul_drive_current_A(&drive, 20.1), 0.0, 1e-12);
}
END_TEST

START_TEST(bad_logs_are_refused) {
  static const char *const good[] = {"0,386,36,87,10,20", "10,385,36,87,10,20.1",
                                     "20,384,36,87,10,20.3"};
  static const char *const word[] = {"0,386,36,87,10,20", "10,385,x,87,10,20.1", "20,1,1,1,1,1"};
  static const char *const early[] = {"0,386,36,87,10,20", "10,385,3,87,10,20.1", "12,1,1,1,1,1"};
  write_csv(good, 3, "module1_C");
  ck_assert_int_eq(load_csv(), SOUL_DRIVE_ERR_CONTENT);
  ck_assert_ptr_nonnull(strstr(error, ":1: no column mod1_C"));
  write_csv(good, 2, "mod1_C");
  ck_assert_int_eq(load_csv(), SOUL_DRIVE_ERR_CONTENT);
  ck_assert_ptr_nonnull(strstr(error, "too few"));
  write_csv(word, 3, "mod1_C");
  ck_assert_int_eq(load_csv(), SOUL_DRIVE_ERR_CONTENT);
  ck_assert_ptr_nonnull(strstr(error, ":3: "));
  write_csv(early, 3, "mod1_C");
  ck_assert_int_eq(load_csv(), SOUL_DRIVE_ERR_CONTENT);
  ck_assert_ptr_nonnull(strstr(error, ":4: "));
  strcpy(csv_path, "/tmp/packsim_no_such_drive");
  ck_assert_int_eq(load_csv(), SOUL_DRIVE_ERR_ABSENT);
  ck_assert_ptr_nonnull(strstr(error, csv_path));
}
END_TEST

START_TEST(data_folder_is_found) {
  char path[200];
  soul_drive_path("/d", path, sizeof path);
  ck_assert_str_eq(path, "/d/" SOUL_DRIVE_FILE);
  ck_assert_int_eq(setenv("PACKSIM_DATA", "/e", 1), 0);
  soul_drive_path(NULL, path, sizeof path);
  ck_assert_str_eq(path, "/e/" SOUL_DRIVE_FILE);
  ck_assert_int_eq(unsetenv("PACKSIM_DATA"), 0);
  soul_drive_path(NULL, path, sizeof path);
  ck_assert_str_eq(path, "../shared/data/" SOUL_DRIVE_FILE);
}
END_TEST

START_TEST(model_beats_its_baselines_on_the_measured_drive) {
  static cell_params_t params;
  validate_soul_t score;
  char path[400];
  soul_drive_path(NULL, path, sizeof path);
  if (soul_drive_load(path, &drive, error, sizeof error) == SOUL_DRIVE_ERR_ABSENT) {
    printf("skipped: model_beats_its_baselines_on_the_measured_drive: %s\n", error);
    return;
  }
  ck_assert_uint_eq(drive.scan_count, 470);
  ck_assert_double_eq_tol(drive.sampled_Ah, 36.6, 0.1);
  ck_assert_double_eq_tol(drive.counted_Ah, 39.2, 0.01);
  ck_assert_double_eq_tol(drive.corrected_Ah, 39.2, 0.01);
  ck_assert_int_eq(cell_file_load("data/cells/soul_ev.json", &params, error, sizeof error), 0);
  ck_assert_int_eq(validate_soul(&params, &drive, &score), 0);
  ck_assert_double_le(score.model_rmse_V, 0.5);
  ck_assert_double_le(fabs(score.model_mean_V), 0.05);
  ck_assert_double_lt(score.model_rmse_V, score.linear_rmse_V);
  ck_assert_double_lt(score.linear_rmse_V, score.constant_rmse_V);
  ck_assert_double_eq_tol(score.linear_rmse_V, 1.58, 0.1);
  ck_assert_double_eq_tol(score.soc_end_pct, score.soc_end_bms_pct, 0.5);
  double mean_K = 0.0;
  for (int m = 0; m < SOUL_DRIVE_MODULE_COUNT; m++) {
    ck_assert_double_lt(score.module_rmse_K[m], score.module_start_rmse_K[m]);
    mean_K += score.module_rmse_K[m] / SOUL_DRIVE_MODULE_COUNT;
  }
  ck_assert_double_eq_tol(score.temperature_rmse_K, mean_K, 1e-12);
  ck_assert_double_le(score.temperature_rmse_K, 0.7);
  ck_assert_double_lt(score.temperature_rmse_K, 0.6 * score.temperature_constant_rmse_K);
  ck_assert_double_eq_tol(score.temperature_constant_rmse_K, 1.21, 0.02);
  ck_assert_double_eq_tol(score.temperature_start_rmse_K, 2.17, 0.02);
  validate_soul_t still;
  for (uint32_t i = 0; i < drive.scan_count; i++) drive.scan[i].fan_Hz = 0.0;
  ck_assert_int_eq(validate_soul(&params, &drive, &still), 0);
  ck_assert_double_gt(still.temperature_rmse_K, score.temperature_rmse_K + 0.05);
}
END_TEST

START_TEST(impossible_drives_are_refused) {
  static cell_params_t params;
  validate_soul_t score;
  static const char *const line[] = {"0,386,36,187,10,20", "10,385,36,87,10,20.1",
                                     "20,384,36,87,10,20.3"};
  ck_assert_int_eq(cell_file_load("data/cells/soul_ev.json", &params, error, sizeof error), 0);
  write_csv(line, 3, "mod1_C");
  ck_assert_int_eq(load_csv(), SOUL_DRIVE_OK);
  ck_assert_int_lt(validate_soul(&params, &drive, &score), 0);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("validate");
  TCase *tests = tcase_create("validate");
  tcase_add_test(tests, scans_are_read);
  tcase_add_test(tests, current_follows_counters_and_keeps_samples);
  tcase_add_test(tests, bad_logs_are_refused);
  tcase_add_test(tests, data_folder_is_found);
  tcase_add_test(tests, model_beats_its_baselines_on_the_measured_drive);
  tcase_add_test(tests, impossible_drives_are_refused);
  suite_add_tcase(suite, tests);
  return suite;
}
