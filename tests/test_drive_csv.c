/// Measured runs from CSV: what is read, and each kind of bad file with its place.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "../scenarios/drive_csv.h"

static char path[64], error[600];
static drive_csv_t drive;
static drive_csv_format_t format;

static void setup(void) { format = drive_csv_format(); }

static void write_file(const char *text, int is_packed) {
  snprintf(path, sizeof path, "/tmp/packsim_csv_%ld.csv", (long)getpid());
  gzFile file = gzopen(path, is_packed ? "wb" : "wbT");
  ck_assert_ptr_nonnull(file);
  if (text[0]) ck_assert_int_gt(gzputs(file, text), 0);
  ck_assert_int_eq(gzclose(file), Z_OK);
}

static drive_csv_status_t load(const char *text, int is_packed) {
  write_file(text, is_packed);
  error[0] = '\0';
  drive_csv_status_t status = drive_csv_load(path, &format, &drive, error, sizeof error);
  unlink(path);
  return status;
}

/// The file is refused in one line that holds place and reason.
static void refused(const char *text, const char *place, const char *reason) {
  ck_assert_int_eq(load(text, 0), DRIVE_CSV_ERR_CONTENT);
  ck_assert_msg(strstr(error, place) && strstr(error, reason), "%s", error);
  ck_assert_ptr_null(strchr(error, '\n'));
  ck_assert_ptr_nonnull(strstr(error, ", allowed "));
}

#define HEAD "time_s,voltage_V,current_A,ah_Ah,cell_temp_C,chamber_temp_C\n"

START_TEST(rows_are_read_with_discharge_positive) {
  for (int is_packed = 0; is_packed < 2; is_packed++) {
    ck_assert_int_eq(load(HEAD "0,4.1,-2,-0.1,25,-999\r\n\n0.5,4.0,1.5,-0.2,25.5,20\n", is_packed),
                     0);
    ck_assert_uint_eq(drive.row_count, 2);
    ck_assert_double_eq(drive.row[0].current_A, 2.0);
    ck_assert_double_eq(drive.row[0].charge_Ah, 0.1);
    ck_assert_double_eq(drive.row[1].current_A, -1.5);
    ck_assert_double_eq(drive.row[1].time_s, 0.5);
    ck_assert_double_eq(drive.row[1].voltage_V, 4.0);
    ck_assert_double_eq(drive.row[1].temperature_degC, 25.5);
    drive_csv_free(&drive);
  }
}
END_TEST

START_TEST(columns_and_sign_can_be_named) {
  ck_assert_int_eq(drive_csv_format_column(&format, "voltage=U"), 0);
  ck_assert_int_eq(drive_csv_format_column(&format, "time=t"), 0);
  ck_assert_int_eq(drive_csv_format_column(&format, "charge=Q"), 0);
  ck_assert_int_eq(drive_csv_format_column(&format, "current=I"), 0);
  ck_assert_int_eq(drive_csv_format_column(&format, "temperature=T"), 0);
  ck_assert_int_eq(drive_csv_format_column(&format, "volt=U"), -1);
  ck_assert_int_eq(drive_csv_format_column(&format, "voltage="), -1);
  ck_assert_int_eq(drive_csv_format_column(&format, "voltage"), -1);
  format.discharge_sign = 1.0;
  ck_assert_int_eq(load("I,Q,T,U,t\n3,0,20,3.7,0\n3,0.1,20,3.6,100\n", 0), DRIVE_CSV_OK);
  ck_assert_double_eq(drive.row[1].current_A, 3.0);
  ck_assert_double_eq(drive.row[1].charge_Ah, 0.1);
  ck_assert_double_eq(drive.row[1].voltage_V, 3.6);
  drive_csv_free(&drive);
}
END_TEST

START_TEST(charge_and_temperature_can_be_absent) {
  ck_assert_int_eq(drive_csv_format_column(&format, "charge=-"), 0);
  ck_assert_int_eq(drive_csv_format_column(&format, "temperature=-"), 0);
  ck_assert_int_eq(drive_csv_format_column(&format, "current=-"), -1);
  format.temperature_degC = -7.0;
  ck_assert_int_eq(load("time_s,current_A,voltage_V\n0,-36,4\n10,0,3.9\n30,18,4\n50,0,4\n", 0),
                   DRIVE_CSV_OK);
  ck_assert_double_eq(drive.row[0].charge_Ah, 0.0);
  ck_assert_double_eq_tol(drive.row[1].charge_Ah, 0.1, 1e-12);
  ck_assert_double_eq_tol(drive.row[2].charge_Ah, 0.1, 1e-12);
  ck_assert_double_eq_tol(drive.row[3].charge_Ah, 0.0, 1e-12);
  ck_assert_double_eq(drive.row[3].temperature_degC, -7.0);
  drive_csv_free(&drive);
}
END_TEST

START_TEST(bad_files_are_refused_with_their_place) {
  refused("", ":1:1: heading", "an empty file");
  refused("time_s,voltage_V,current_A,ah_Ah\n0,4,0,0\n", ":1:1: cell_temp_C", "no such column");
  refused(HEAD, ":2:1: rows", "none");
  refused(HEAD "0,4,0,0,25,0\n", ":3:1: rows", "only one");
  refused(HEAD "0,4,0,0,25,0\n1,4,x,0,25,0\n", ":3:3: current_A", "\"x\"");
  refused(HEAD "0,4,0,0,25,0\n1,4,,0,25,0\n", ":3:3: current_A", "\"\"");
  refused(HEAD "0,4,0,0,25,0\n1,nan,0,0,25,0\n", ":3:2: voltage_V", "\"nan\"");
  refused(HEAD "0,4,0,0,25,0\n1,4,1e9,0,25,0\n", ":3:3: current_A", "-100000..100000 A");
  refused(HEAD "0,4,0,0,25,0\n1,4,0\n", ":3:4: ah_Ah", "no field");
  refused(HEAD "5,4,0,0,25,0\n4.5,4,0,0,25,0\n", ":3:1: time_s", "no time before");
  refused(HEAD "0,4,0,0,25,0\n120.5,4,0,0,25,0\n", ":3:1: time_s", "a gap of 120.5 s");
  refused(HEAD "0,4,0,0,-999,0\n1,4,0,0,25,0\n", ":2:5: cell_temp_C", "-100..200 degC");
}
END_TEST

START_TEST(gaps_up_to_the_limit_and_equal_times_pass) {
  ck_assert_int_eq(load(HEAD "0,4,0,0,25,0\n120,4,0,0,25,0\n120,4,0,0,25,0\n", 0), DRIVE_CSV_OK);
  drive_csv_free(&drive);
  format.gap_max_s = 300.0;
  ck_assert_int_eq(load(HEAD "0,4,0,0,25,0\n299,4,0,0,25,0\n", 0), DRIVE_CSV_OK);
  drive_csv_free(&drive);
}
END_TEST

START_TEST(absent_and_cut_files_are_told_apart) {
  ck_assert_int_eq(drive_csv_load("/tmp/packsim_no_such.csv", &format, &drive, error, sizeof error),
                   DRIVE_CSV_ERR_ABSENT);
  ck_assert_ptr_nonnull(strstr(error, "/tmp/packsim_no_such.csv"));
  char *text = malloc(400000);
  strcpy(text, HEAD);
  size_t at = strlen(text);
  for (int i = 0; i < 9000; i++)
    at += (size_t)sprintf(text + at, "%d,%d.%d,0,0,25,0\n", i, 3 + i % 2, i * 7919 % 1000);
  write_file(text, 1);
  free(text);
  ck_assert_int_eq(truncate(path, 20000), 0);
  ck_assert_int_eq(drive_csv_load(path, &format, &drive, error, sizeof error),
                   DRIVE_CSV_ERR_CONTENT);
  unlink(path);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("drive_csv");
  TCase *tests = tcase_create("drive_csv");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, rows_are_read_with_discharge_positive);
  tcase_add_test(tests, columns_and_sign_can_be_named);
  tcase_add_test(tests, charge_and_temperature_can_be_absent);
  tcase_add_test(tests, bad_files_are_refused_with_their_place);
  tcase_add_test(tests, gaps_up_to_the_limit_and_equal_times_pass);
  tcase_add_test(tests, absent_and_cut_files_are_told_apart);
  suite_add_tcase(suite, tests);
  return suite;
}
