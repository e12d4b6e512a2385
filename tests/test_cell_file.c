/// Cell files: the Soul EV's figures, and every refusal with its place.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/cell_file.h"
#include "../sim/pack.h"

static const char soul_file[] = "data/cells/soul_ev.json";
static char error[600];
static cell_params_t params;

static void load_soul(void) {
  ck_assert_msg(cell_file_load(soul_file, &params, error, sizeof error) == CELL_FILE_OK, "%s",
                error);
}

/// The Soul EV's file with the first old (from the first after on) replaced by new.
static cell_file_status_t parse_changed(const char *after, const char *old, const char *new) {
  static char text[40000], changed[41000];
  FILE *file = fopen(soul_file, "rb");
  ck_assert_ptr_nonnull(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  char *from = strstr(text, after);
  ck_assert_ptr_nonnull(from);
  char *at = strstr(from, old);
  ck_assert_ptr_nonnull(at);
  *at = '\0';
  snprintf(changed, sizeof changed, "%s%s%s", text, new, at + strlen(old));
  error[0] = '\0';
  return cell_file_parse("cell.json", changed, strlen(changed), &params, error, sizeof error);
}

/// Refused, with the place and all of what is expected in the message; params untouched.
static void refused(const char *after, const char *old, const char *new, const char *expected) {
  static cell_params_t before;
  memset(&params, 0x5A, sizeof params);
  before = params;
  ck_assert_msg(parse_changed(after, old, new) == CELL_FILE_ERR_CONTENT, "%s for %s", new, old);
  ck_assert_int_eq(memcmp(&before, &params, sizeof params), 0);
  ck_assert_msg(strncmp(error, "cell.json:", 10) == 0, "%s", error);
  ck_assert_msg(strstr(error, expected) != NULL, "%s, expected %s", error, expected);
  ck_assert_ptr_null(strchr(error, '\n'));
  unsigned line = 0, column = 0;
  ck_assert_int_eq(sscanf(error, "cell.json:%u:%u:", &line, &column), 2);
  ck_assert_uint_ge(line, 1);
}

START_TEST(soul_cell_is_the_calibrated_one) {
  load_soul();
  ck_assert_str_eq(params.id, "soul_ev");
  ck_assert_double_eq_tol(params.capacity_Ah, 39.5, 0.3); // pair 78.4..79.2 Ah for 100 % BMS SOC
  double rest_V = cell_ocv_V(&params, 0.879) - cell_hysteresis_V(&params, 0.879);
  ck_assert_double_eq_tol(rest_V, 4.02, 0.01); // after a discharge
  ck_assert_double_ge(cell_hysteresis_V(&params, 0.5), 8e-3);
  ck_assert_double_le(cell_hysteresis_V(&params, 0.5), 15e-3);
  ck_assert_double_eq_tol(cell_ocv_V(&params, 0.0), 3.25, 1e-9);
  ck_assert_double_eq_tol(cell_ocv_V(&params, 1.0), 4.15, 1e-9);
  ck_assert_ptr_null(cell_params_check(&params));
}
END_TEST

START_TEST(soul_pack_has_51_mohm_at_5_s) {
  static const double no_extra_A[PACK_GROUP_COUNT];
  static pack_t pack;
  pack_config_t config = {.ambient_degC = 31.0, .hysteresis = -1.0}; // it is driven
  load_soul();
  for (int i = 0; i < PACK_CELL_COUNT; i++)
    config.cell[i] = (pack_cell_init_t){0.6, 31.0, 1.0, 1.0, 1.0};
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  double rest_V = pack_source(&pack, no_extra_A, 1000).emf_V;
  for (int i = 0; i < 5000; i++) ck_assert_int_eq(pack_step(&pack, 50.0, 1000), PACK_OK);
  pack_source_t source = pack_source(&pack, no_extra_A, 1000);
  double soc = pack_cell_soc(&pack, 0);
  double slope_V = 96.0 * (cell_ocv_V(&params, 0.6) - cell_ocv_V(&params, soc));
  double string_ohm = (rest_V - slope_V - source.emf_V) / 50.0 + source.ohm;
  ck_assert_double_eq_tol(string_ohm + 0.75e-3, 51e-3, 0.5e-3); // fuse and two contacts outside
}
END_TEST

/// 10 s resistance at half charge.
static double ten_s_ohm(double temperature_degC) {
  cell_ohm_t ohm = cell_ohm(&params, 0.5, temperature_degC);
  return ohm.ohm[0] + ohm.ohm[1] * (1.0 - exp(-10.0 / params.tau_s[0])) +
         ohm.ohm[2] * (1.0 - exp(-10.0 / params.tau_s[1])) +
         ohm.ohm[3] * (1.0 - exp(-10.0 / params.tau_s[2]));
}

START_TEST(soul_resistance_follows_the_measured_ratios) {
  static const double ratio[][2] = {{10, 1.40}, {0, 2.14}, {-10, 3.50}, {-20, 5.84}, {25, 1.0}};
  load_soul();
  for (int i = 0; i < 5; i++)
    ck_assert_double_eq_tol(ten_s_ohm(ratio[i][0]) / ten_s_ohm(25.0), ratio[i][1], 0.01);
  ck_assert_double_lt(ten_s_ohm(45.0), ten_s_ohm(31.0));
}
END_TEST

START_TEST(tables_are_read_in_place) {
  load_soul();
  ck_assert_uint_eq(params.ocv_count, 41);
  ck_assert_uint_eq(params.soc_count, 11);
  ck_assert_uint_eq(params.temperature_count, 19);
  ck_assert_double_eq_tol(params.soc_step, 0.1, 1e-12);
  ck_assert_double_eq_tol(params.temperature_first_degC, -30.0, 1e-12);
  ck_assert_double_eq_tol(params.temperature_step_K, 5.0, 1e-12);
  ck_assert_int_eq(parse_changed("r0_mohm", "7.0968, 5.6774", "7.25, 1234"), CELL_FILE_OK);
  ck_assert_double_eq_tol(params.ohm[0][0], 7.25e-3, 1e-15);
  ck_assert_double_eq_tol(params.ohm[1][0], 1.234, 1e-12);
  ck_assert_double_eq_tol(cell_ohm(&params, 0.1, -30.0).ohm[0], 1.234, 1e-12);
}
END_TEST

START_TEST(bad_keys_are_refused) {
  refused("{", "\"packsim_cell\": 2", "\"packsim_cell\": 1", "$.packsim_cell");
  refused("{", "\"packsim_cell\": 2,", "", "packsim_cell");
  refused("{", "\"id\"", "\"name\": 1, \"id\"", "name");
  refused("capacity_Ah", "\"value\"", "\"value_mAh\"", "value_mAh");
  refused("capacity_Ah", "\"inferred\"", "\"guessed\"", "seen");
  refused("capacity_Ah", "\"mark\"", "\"mark\": \"seen\", \"mark\"", "mark");
  refused("capacity_Ah", "39.5", "-39.5", "$.capacity_Ah.value");
  refused("capacity_Ah", "39.5", "1e999", "$.capacity_Ah.value");
  refused("capacity_Ah", "39.5", "\"39.5\"", "$.capacity_Ah.value");
  refused("capacity_Ah", "39.5", "NaN", "$.capacity_Ah");
  refused("{", "\"ocv\": {", "\"ocv\": 3, \"x\": {", "ocv");
}
END_TEST

START_TEST(bad_tables_are_refused) {
  refused("\"ocv\"", "0, 2.5, 5", "0, 2.6, 5", "$.ocv.soc_pct[2]");
  refused("\"ocv\"", "0, 2.5, 5", "5, 2.5, 0", "$.ocv.soc_pct[1]");
  refused("\"ocv\"", "0, 2.5, 5", "0, \"a\", 5", "$.ocv.soc_pct[1]");
  refused("\"V\"", "3.25", "3.5", "$.ocv.V[1]");
  refused("\"V\"", "3.3339", "3.25", "$.ocv.V[1]");
  refused("\"V\"", "3.25,", "", "$.ocv.V");
  refused("\"V\"", "3.25,", "[3.25],", "$.ocv.V[0]");
  refused("entropic_mVpK", "-0.225,", "", "$.ocv.entropic_mVpK");
  refused("entropic_mVpK", "-0.225,", "-11,", "$.ocv.entropic_mVpK[0]");
  refused("hysteresis_mV", "10,", "-10,", "$.ocv.hysteresis_mV[0]");
  refused("\"resistance\"", "-30, -25", "-31, -25", "$.resistance.temperature_degC[2]");
  refused("\"resistance\"", "-30, -25,", "-25,", "$.resistance.r0_mohm");
  refused("r1_mohm", "[4.0207,", "[", "$.resistance.r1_mohm[0]");
  refused("r1_mohm", "4.0207", "-4.0207", "$.resistance.r1_mohm[0][0]");
  refused("r0_mohm", "7.0968", "0", "$.resistance.r0_mohm[0][0]");
  refused("\"r2_mohm\"", "[\n", "[1, \n", "$.resistance.r2_mohm");
  refused("{", "\"r2_mohm\"", "\"steep_ppct\": -1, \"r2_mohm\"", "$.resistance.steep_ppct");
  refused("{", "\"r2_mohm\"", "\"surface_min_pct\": 1, \"r2_mohm\"",
          "$.resistance.surface_min_pct");
  refused("{", "\"r2_mohm\"", "\"surface_middle_pct\": 101, \"r2_mohm\"",
          "$.resistance.surface_middle_pct");
  refused("{", "\"r2_mohm\"", "\"steep_soc_pct\": [1], \"r2_mohm\"", "$.resistance.steep_soc_pct");
}
END_TEST

START_TEST(figures_that_cannot_be_simulated_are_refused) {
  refused("neighbour_WpK", "\"value\": 12", "\"value\": 400000", "$.neighbour_WpK");
  refused("voltage_min_V", "2.5", "4.5", "$.voltage_max_V");
  refused("case_ambient_WpK", "\"value\": 4", "\"value\": 1e7", "$.case_ambient_WpK");
}
END_TEST

/// A file without laws of ageing is a file of a cell whose ageing is not known.
START_TEST(laws_of_ageing_may_be_left_out) {
  static const char ageing[] = "\"ageing\": {";
  load_soul();
  ck_assert_double_eq(params.ageing.reference_Ah, 2.05);
  ck_assert_double_eq(params.ageing.resistance.factor, 0.115);
  refused(ageing, "\"factor\": 0.425", "\"factor\": -1", "$.ageing.capacity.factor");
  refused(ageing, "\"reference_Ah\": 2.05,", "", "$.ageing");
  refused("{", ageing, "\"aging\": {", "$.aging");
  refused("{", ageing, "\"ageing\": 1, \"x\": {", "$.ageing");
  load_soul();
  params.ageing.resistance.factor = -1.0;
  ck_assert_str_eq(cell_params_check(&params), "factor");
  params.ageing.reference_Ah = 0.0;
  ck_assert_ptr_null(cell_params_check(&params));
}
END_TEST

START_TEST(bad_files_are_refused) {
  ck_assert_int_eq(cell_file_load("data/cells/none.json", &params, error, sizeof error),
                   CELL_FILE_ERR_FILE);
  ck_assert_ptr_nonnull(strstr(error, "data/cells/none.json"));
  static const char *const text[] = {"", "{", "[]", "null", "{\"packsim_cell\": 2}", "\xFF\xFE{}"};
  for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
    ck_assert_int_eq(
        cell_file_parse("x.json", text[i], strlen(text[i]), &params, error, sizeof error),
        CELL_FILE_ERR_CONTENT);
  static char nest[100000];
  memset(nest, '[', sizeof nest);
  ck_assert_int_eq(cell_file_parse("x.json", nest, sizeof nest, &params, error, sizeof error),
                   CELL_FILE_ERR_CONTENT);
}
END_TEST

static size_t file_read(const char *path, char *text, size_t room) {
  FILE *file = fopen(path, "rb");
  ck_assert_ptr_nonnull(file);
  const size_t bytes = fread(text, 1, room, file);
  fclose(file);
  return bytes;
}

static cell_file_status_t load_text(const char *path, const char *text, size_t bytes) {
  FILE *file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(text, 1, bytes, file), bytes);
  fclose(file);
  return cell_file_load(path, &params, error, sizeof error);
}

/// The same path with other bytes is another cell: as many bytes, fewer, more, wrong ones.
START_TEST(a_changed_file_is_read_again) {
  static const char path[] = "cell_changed.json";
  static char soul[40000], other[40000];
  const size_t bytes = file_read(soul_file, soul, sizeof soul);
  for (int pass = 0; pass < 3; pass++) {
    ck_assert_int_eq(load_text(path, soul, bytes), CELL_FILE_OK);
    const cell_params_t first = params;
    memset(&params, 0x5A, sizeof params);
    ck_assert_int_eq(load_text(path, soul, bytes), CELL_FILE_OK);
    ck_assert_mem_eq(&params, &first, sizeof params);
    memcpy(other, soul, bytes);
    char *digit = strstr(other, "4.3,"); /* voltage_max_V */
    ck_assert_ptr_nonnull(digit);
    digit[2] = '2';
    if (pass > 0) other[bytes] = ' ';
    ck_assert_int_eq(load_text(path, other, bytes + (pass > 0)), CELL_FILE_OK);
    ck_assert_int_ne(memcmp(&params, &first, sizeof params), 0);
    ck_assert_int_eq(load_text(path, soul, bytes), CELL_FILE_OK);
    const size_t cut = pass == 2 ? 0 : bytes - 4;
    ck_assert_int_eq(load_text(path, soul, cut), CELL_FILE_ERR_CONTENT);
    ck_assert_ptr_nonnull(strstr(error, path));
  }
  load_soul();
  remove(path);
  ck_assert_int_eq(cell_file_load(path, &params, error, sizeof error), CELL_FILE_ERR_FILE);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("cell_file");
  TCase *tests = tcase_create("cell_file");
  tcase_add_test(tests, soul_cell_is_the_calibrated_one);
  tcase_add_test(tests, soul_pack_has_51_mohm_at_5_s);
  tcase_add_test(tests, soul_resistance_follows_the_measured_ratios);
  tcase_add_test(tests, tables_are_read_in_place);
  tcase_add_test(tests, bad_keys_are_refused);
  tcase_add_test(tests, bad_tables_are_refused);
  tcase_add_test(tests, figures_that_cannot_be_simulated_are_refused);
  tcase_add_test(tests, laws_of_ageing_may_be_left_out);
  tcase_add_test(tests, bad_files_are_refused);
  tcase_add_test(tests, a_changed_file_is_read_again);
  suite_add_tcase(suite, tests);
  return suite;
}
