/// Age as scenario input: the profile's figures, who wins, spread, and what stays as it was.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../scenarios/names.h"
#include "../scenarios/plan.h"
#include "../sim/ageing.h"
#include "scenario_text.h"

#define END "\"end\": {\"at_s\": 1}"

static scenario_t *point;

static void teardown(void) {
  scenario_free(point);
  point = NULL;
}

static const pack_cell_init_t *cell(const char *name) {
  return &point->plan->pack.cell[names_cell(name)];
}

static void load(const char *pack) {
  char text[2000];
  scenario_free(point);
  snprintf(text, sizeof text, END ", \"pack\": {%s}", pack);
  point = point_of_text(text);
}

static double mean_ocv_V(double low, double high) {
  double sum = 0.0;
  for (int i = 0; i < 100000; i++)
    sum += cell_ocv_V(&point->plan->cell, low + (high - low) * (i + 0.5) / 100000.0);
  return sum / 100000.0;
}

/// The same by hand for one condition.
static ageing_scale_t by_hand(double years, double degC, double soc, double low, double high,
                              double cell_Ah_per_year) {
  ageing_condition_t condition = {.storage_V = cell_ocv_V(&point->plan->cell, soc),
                                  .storage_degC = degC,
                                  .cycle_depth = high - low};
  double square_V2 = 0.0;
  for (int i = 0; i < 100000; i++) {
    double ocv_V = cell_ocv_V(&point->plan->cell, low + (high - low) * (i + 0.5) / 100000.0);
    square_V2 += ocv_V * ocv_V / 100000.0;
  }
  condition.cycle_rms_V = sqrt(square_V2);
  ageing_state_t state = {0};
  ageing_advance(&state, &point->plan->cell.ageing, &condition, years * 365.25,
                 years * cell_Ah_per_year * 2.05 / point->plan->cell.capacity_Ah);
  return ageing_scale(&state, 1.0);
}

START_TEST(five_years_are_one_line) {
  load("\"age\": {\"years\": 5}");
  double Ah = 2.0 * 15000.0 * 150.0 / (96.0 * mean_ocv_V(0.35, 0.85)) / 2.0;
  ageing_scale_t hand = by_hand(5.0, 25.0, 0.7, 0.35, 0.85, Ah);
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    ck_assert_double_eq_tol(point->plan->pack.cell[c].capacity_scale, hand.capacity_scale, 1e-6);
    ck_assert_double_eq_tol(point->plan->pack.cell[c].resistance_scale, hand.resistance_scale,
                            1e-6);
    ck_assert_double_eq(point->plan->pack.cell[c].soc, 0.5);
  }
  ck_assert_double_eq_tol(hand.capacity_scale, 0.905, 0.002);
  ck_assert_double_eq_tol(hand.resistance_scale, 1.049, 0.002);
}
END_TEST

START_TEST(every_key_of_the_profile_counts) {
  load("\"age\": {\"years\": 3, \"storage_temperature_degC\": 40, \"storage_soc_pct\": 90, "
       "\"throughput_Ah_per_year\": 8000, \"dod_pct\": 80, \"cycle_soc_pct\": 55}");
  ageing_scale_t hand = by_hand(3.0, 40.0, 0.9, 0.15, 0.95, 4000.0);
  ck_assert_double_eq_tol(cell("M1C1a")->capacity_scale, hand.capacity_scale, 1e-6);
  ck_assert_double_eq_tol(cell("M1C1a")->resistance_scale, hand.resistance_scale, 1e-6);
  load("\"age\": {\"years\": 3, \"distance_km_per_year\": 30000, \"consumption_Wh_per_km\": 200, "
       "\"dod_pct\": 100}");
  double Ah = 30000.0 * 200.0 / (96.0 * mean_ocv_V(0.0, 1.0));
  hand = by_hand(3.0, 25.0, 0.7, 0.0, 1.0, Ah);
  ck_assert_double_eq_tol(cell("M1C1a")->capacity_scale, hand.capacity_scale, 1e-6);
  load("\"age\": {\"years\": 3, \"dod_pct\": 0, \"distance_km_per_year\": 0}");
  hand = by_hand(3.0, 25.0, 0.7, 0.6, 0.6, 0.0);
  ck_assert_double_eq_tol(cell("M1C1a")->capacity_scale, hand.capacity_scale, 1e-9);
}
END_TEST

START_TEST(written_figures_and_the_nearest_age_win) {
  load("\"age\": {\"years\": 5}, \"groups\": {\"M3C5\": {\"age_years\": 8, \"resistance_pct\": "
       "150}, \"M4C1\": {\"capacity_pct\": 75}}, \"cells\": {\"M3C5a\": {\"capacity_pct\": 70, "
       "\"resistance_pct\": 180}, \"M4C1b\": {\"age_years\": 0}, \"M4C2a\": {\"age_years\": 8}}");
  double aged = cell("M1C1a")->capacity_scale, older = cell("M4C2a")->capacity_scale;
  double aged_ohm = cell("M1C1a")->resistance_scale;
  ck_assert_double_lt(older, aged - 0.01);
  ck_assert_double_eq_tol(cell("M3C5a")->capacity_scale, 0.70, 1e-12);
  ck_assert_double_eq_tol(cell("M3C5a")->resistance_scale, 1.80, 1e-12);
  ck_assert_double_eq(cell("M3C5b")->capacity_scale, older);
  ck_assert_double_eq_tol(cell("M3C5b")->resistance_scale, 1.50, 1e-12);
  ck_assert_double_eq_tol(cell("M4C1a")->capacity_scale, 0.75, 1e-12);
  ck_assert_double_eq(cell("M4C1a")->resistance_scale, aged_ohm);
  ck_assert_double_eq(cell("M4C1b")->capacity_scale, 1.0);
  ck_assert_double_eq(cell("M4C1b")->resistance_scale, 1.0);
  load("\"age\": {\"years\": 5}, \"capacity_pct\": 90, \"cells\": {\"M4C2a\": {\"age_years\": 8}}");
  ck_assert_double_eq_tol(cell("M1C1a")->capacity_scale, 0.90, 1e-12);
  ck_assert_double_eq(cell("M1C1a")->resistance_scale, aged_ohm);
  ck_assert_double_eq(cell("M4C2a")->capacity_scale, older);
}
END_TEST

START_TEST(a_cell_ages_alone) {
  load("\"cells\": {\"M3C5a\": {\"age_years\": 5}}");
  ck_assert_double_eq(cell("M3C5b")->capacity_scale, 1.0);
  double alone = cell("M3C5a")->capacity_scale;
  load("\"age\": {\"years\": 5}");
  ck_assert_double_eq(cell("M3C5a")->capacity_scale, alone);
}
END_TEST

/// Ageing multiplies the spread of the new cells; its own spread multiplies the ageing.
START_TEST(spreads_multiply) {
  static double fresh[PACK_CELL_COUNT];
  const char *sd = "\"spread\": {\"capacity_pct\": {\"dist\": \"normal\", \"sd\": 2}}";
  char text[400];
  double mean = 0.0, square = 0.0;
  load(sd);
  for (int c = 0; c < PACK_CELL_COUNT; c++) fresh[c] = point->plan->pack.cell[c].capacity_scale;
  load("\"age\": {\"years\": 10}");
  double aged = cell("M1C1a")->capacity_scale;
  snprintf(text, sizeof text, "\"age\": {\"years\": 10}, %s", sd);
  load(text);
  for (int c = 0; c < PACK_CELL_COUNT; c++)
    ck_assert_double_eq_tol(point->plan->pack.cell[c].capacity_scale, fresh[c] * aged, 1e-12);
  load("\"age\": {\"years\": 10}, \"spread\": {\"age_pct\": {\"dist\": \"normal\", \"sd\": 20}}");
  for (int c = 0; c < PACK_CELL_COUNT; c++) {
    const pack_cell_init_t *of = &point->plan->pack.cell[c];
    double rate = (1.0 - of->capacity_scale) / (1.0 - aged);
    mean += rate / PACK_CELL_COUNT;
    square += (rate - 1.0) * (rate - 1.0) / PACK_CELL_COUNT;
    ck_assert(of->capacity_scale <= 1.0 && of->resistance_scale >= 1.0);
  }
  ck_assert_double_eq_tol(mean, 1.0, 0.05);
  ck_assert_double_eq_tol(sqrt(square), 0.20, 0.03);
  double rate = (1.0 - cell("M5C5b")->capacity_scale) / (1.0 - aged);
  load("\"age\": {\"years\": 10}");
  double gained = cell("M5C5b")->resistance_scale - 1.0;
  load("\"age\": {\"years\": 10}, \"spread\": {\"age_pct\": {\"dist\": \"normal\", \"sd\": 20}}");
  ck_assert_double_eq_tol(cell("M5C5b")->resistance_scale - 1.0, rate * gained, 1e-9);
}
END_TEST

/// The draws are those of "spread.age", none below 0: the youngest cell is as new.
START_TEST(rates_are_drawn_from_their_own_stream) {
  rng_t rng = rng_stream(1, "spread.age");
  int young_count = 0;
  load("\"age\": {\"years\": 10}");
  double lost = 1.0 - cell("M1C1a")->capacity_scale;
  load("\"age\": {\"years\": 10}, \"spread\": {\"age_pct\": {\"dist\": \"normal\", \"sd\": 50}, "
       "\"soc_pct\": {\"dist\": \"normal\", \"sd\": 1}}");
  for (int c = 0; c < PACK_CELL_COUNT; c++) {
    double rate = fmax(1.0 + 0.5 * rng_normal(&rng), 0.0);
    ck_assert_double_eq_tol(1.0 - point->plan->pack.cell[c].capacity_scale, rate * lost, 1e-12);
    young_count += rate == 0.0;
  }
  ck_assert_int_gt(young_count, 0);
}
END_TEST

/// A harsh life ends at the limits of the plant; a life of no years changes nothing.
START_TEST(ends_stay_in_range) {
  load("\"age\": {\"years\": 50, \"storage_temperature_degC\": 60, \"storage_soc_pct\": 100, "
       "\"throughput_Ah_per_year\": 1000000}, "
       "\"spread\": {\"capacity_pct\": {\"dist\": \"normal\", \"sd\": 20}}");
  for (int c = 0; c < PACK_CELL_COUNT; c++) {
    ck_assert_double_ge(point->plan->pack.cell[c].capacity_scale, 0.3);
    ck_assert_double_eq(point->plan->pack.cell[c].resistance_scale, 10.0);
  }
  load("\"age\": {\"years\": 0}, \"capacity_pct\": 93");
  ck_assert_double_eq_tol(cell("M1C1a")->capacity_scale, 0.93, 1e-12);
  load("\"age\": {\"years\": 0}");
  ck_assert_double_eq(cell("M1C1a")->capacity_scale, 1.0);
  ck_assert_double_eq(cell("M1C1a")->resistance_scale, 1.0);
}
END_TEST

/// The table of docs/ageing.md.
START_TEST(years_can_be_swept) {
  static const double capacity_pct[] = {100.0, 96.4, 94.5, 90.35, 85.1};
  static const double resistance_pct[] = {100.0, 101.2, 102.2, 104.9, 109.0};
  scenario_t *scenario =
      scenario_of(END ", \"pack\": {\"age\": {\"years\": 0}}, "
                      "\"sweep\": {\"grid\": {\"pack.age.years\": [0, 1, 2, 5, 10]}}");
  for (uint32_t i = 0; i < 5; i++) {
    point = point_of(scenario, i);
    ck_assert_double_eq_tol(100.0 * cell("M1C1a")->capacity_scale, capacity_pct[i], 0.051);
    ck_assert_double_eq_tol(100.0 * cell("M1C1a")->resistance_scale, resistance_pct[i], 0.051);
    teardown();
  }
  scenario_free(scenario);
}
END_TEST

/// The Soul EV's cell file without its laws, found as data/cells/ageless.json.
static void write_ageless(const char *home) {
  static char text[40000];
  char path[200];
  FILE *file = fopen("data/cells/soul_ev.json", "rb");
  ck_assert_ptr_nonnull(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  ck_assert_int_eq(fclose(file), 0);
  char *laws = strstr(text, ",\n  \"ageing\"");
  ck_assert_ptr_nonnull(laws);
  snprintf(laws, 3, "\n}");
  ck_assert_int_eq(mkdir(home, 0700), 0);
  snprintf(path, sizeof path, "%s/data", home);
  ck_assert_int_eq(mkdir(path, 0700), 0);
  snprintf(path, sizeof path, "%s/data/cells", home);
  ck_assert_int_eq(mkdir(path, 0700), 0);
  snprintf(path, sizeof path, "%s/data/cells/ageless.json", home);
  file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_int_ge(fputs(text, file), 0);
  ck_assert_int_eq(fclose(file), 0);
}

static void remove_ageless(const char *home) {
  static const char *const parts[] = {"/data/cells/ageless.json", "/data/cells", "/data", ""};
  char path[200];
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    snprintf(path, sizeof path, "%s%s", home, parts[i]);
    ck_assert_int_eq(remove(path), 0);
  }
}

static const struct {
  const char *pack, *message; ///< "": accepted
} ageless[] = {
    {"\"age\": {\"years\": 5}", "$.pack.age: found an age, allowed none: cell file soul_ev has"},
    {"\"cells\": {\"M3C5a\": {\"age_years\": 5}}", "$.pack.cells.M3C5a.age_years: found an age"},
    {"\"groups\": {\"M3C5\": {\"age_years\": 0}}", "$.pack.groups.M3C5.age_years: found an age"},
    {"\"cells\": {\"M3C5a\": {\"capacity_pct\": 70}}", ""},
};

START_TEST(a_cell_without_laws_has_no_age) {
  char home[100], text[500], path[100];
  scenario_error_t error = {.text = ""};
  scenario_t *scenario = NULL;
  snprintf(home, sizeof home, "/tmp/packsim_ageless_%ld_%d", (long)getpid(), _i);
  write_ageless(home);
  ck_assert_int_eq(setenv("PACKSIM_HOME", home, 1), 0);
  snprintf(text, sizeof text,
           "{\"packsim\": 1, \"id\": \"T\", \"title\": \"t\", " END
           ", \"pack\": {\"cell\": \"ageless\", %s}}",
           ageless[_i].pack);
  temp_file_write(path, sizeof path, "ageless", text, strlen(text));
  int status = scenario_load(path, &scenario, &error);
  remove(path);
  remove_ageless(home);
  scenario_free(scenario);
  ck_assert_msg(status == (ageless[_i].message[0] != '\0' ? -1 : 0), "%s", error.text);
  ck_assert_msg(strstr(error.text, ageless[_i].message) != NULL, "%s", error.text);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("plan_age");
  TCase *tcase = tcase_create("pack");
  tcase_add_checked_fixture(tcase, NULL, teardown);
  tcase_add_test(tcase, five_years_are_one_line);
  tcase_add_test(tcase, every_key_of_the_profile_counts);
  tcase_add_test(tcase, written_figures_and_the_nearest_age_win);
  tcase_add_test(tcase, a_cell_ages_alone);
  tcase_add_test(tcase, spreads_multiply);
  tcase_add_test(tcase, rates_are_drawn_from_their_own_stream);
  tcase_add_test(tcase, ends_stay_in_range);
  tcase_add_test(tcase, years_can_be_swept);
  tcase_add_loop_test(tcase, a_cell_without_laws_has_no_age, 0,
                      (int)(sizeof ageless / sizeof ageless[0]));
  suite_add_tcase(suite, tcase);
  return suite;
}
