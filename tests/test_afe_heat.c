/// Heat of the AFE boards: closed forms of both lags, the books, and the loop's own switches.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../scenarios/cell_file.h"
#include "../sim/afe_heat.h"
#include "../sim/harness_front.h"
#include "../sim/hil.h"

Suite *test_suite(void);

enum { BOARD = 2, S_us = 1000000 };

static harness_t *harness;
static afe_heat_t heat;

static void setup(void) {
  harness = calloc(1, sizeof *harness);
  ck_assert_ptr_nonnull(harness);
  for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++) { /* every group has 4 V between its pins */
    const pinout_group_t *row = &pinout_group[g];
    harness->pin_V[row->wire_below] = 4.0 * g;
    harness->pin_V[row->wire_above] = 4.0 * (g + 1);
  }
  afe_heat_init(&heat);
}

static void teardown(void) { free(harness); }

static void bleed(uint32_t board, uint32_t count) {
  const pinout_module_t *module = &pinout_module[board];
  harness->bleed_mask[board] = 0;
  for (uint32_t i = 0; i < count; i++)
    harness->bleed_mask[board] |= 1u << (pinout_group[module->first_group + i].channel - 1u);
}

/// n switches at 4 V: n 16/33 W, however finely the time is cut.
START_TEST(a_board_warms_by_its_lag) {
  const double W = 16.0 / HARNESS_BLEED_ohm;
  bleed(BOARD, 3);
  afe_heat_take(&heat, harness, 0);
  ck_assert_double_eq_tol(heat.board_W[BOARD], 3.0 * W, 1e-12);
  for (uint64_t s = 1; s <= 300; s++) {
    const double t = (double)s;
    if (_i) afe_heat_take(&heat, harness, s * S_us); /* or never: read from the first one on */
    ck_assert_double_eq_tol(afe_heat_board_K(&heat, BOARD, s * S_us),
                            3.0 * W * heat.params.board_KpW * (1.0 - exp(-t / heat.params.board_s)),
                            1e-9);
    ck_assert_double_eq_tol(afe_heat_resistor_K(&heat, BOARD, s * S_us),
                            W * heat.params.resistor_KpW * (1.0 - exp(-t / heat.params.resistor_s)),
                            1e-9);
    ck_assert_double_eq_tol(afe_heat_J(&heat, BOARD, s * S_us), 3.0 * W * t, 1e-9);
  }
  ck_assert_double_eq(afe_heat_board_K(&heat, BOARD + 1, 300 * S_us), 0.0);
  ck_assert_double_eq(afe_heat_resistor_K(&heat, BOARD - 1, 300 * S_us), 0.0);
}
END_TEST

/// On for 7.7 of 10 ms: as a power of 77 %; off: it cools, and is at rest in the end.
START_TEST(pulses_count_by_their_mean) {
  uint64_t us = 0;
  for (int i = 0; i < 24000; i++, us += 10000) {
    bleed(BOARD, 2);
    afe_heat_take(&heat, harness, us);
    bleed(BOARD, 0);
    afe_heat_take(&heat, harness, us + 7700);
  }
  const double W = 0.77 * 2.0 * 16.0 / HARNESS_BLEED_ohm;
  const double K = W * heat.params.board_KpW * (1.0 - exp(-240.0 / heat.params.board_s));
  ck_assert_double_eq_tol(afe_heat_board_K(&heat, BOARD, us), K, 1e-3);
  ck_assert_double_eq_tol(afe_heat_J(&heat, BOARD, us), W * 240.0, 1e-6);
  const double cooled = exp(-60.0 / heat.params.board_s);
  ck_assert_double_eq_tol(afe_heat_board_K(&heat, BOARD, us + 60 * S_us), K * cooled, 2e-3);
  ck_assert_uint_eq(heat.is_warm, 1);
  for (int i = 1; i <= 100; i++) afe_heat_take(&heat, harness, us + (uint64_t)i * 60 * S_us);
  ck_assert_uint_eq(heat.is_warm, 0);
  ck_assert_double_eq(afe_heat_board_K(&heat, BOARD, us + 9000ull * S_us), 0.0);
  ck_assert_double_eq_tol(afe_heat_J(&heat, BOARD, us + 9000ull * S_us), W * 240.0, 1e-6);
}
END_TEST

/// In the loop: the core's test of all switches is what warms the boards of a pack at rest. Each
/// group is on for one of the two patterns of a test.
START_TEST(the_loop_s_switches_warm_the_boards) {
  static cell_params_t cell;
  char error[400];
  pack_config_t pack = {.ambient_degC = 25.0};
  hil_t *hil = malloc(sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  ck_assert_int_eq(cell_file_load("data/cells/soul_ev.json", &cell, error, sizeof error), 0);
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++)
    pack.cell[i] = (pack_cell_init_t){0.8, 25.0, 1.0, 1.0, 1.0};
  hil_config_t config = {
      .pack = &pack, .cell = &cell, .hv = hv_params_soul_ev(), .seed = 1, .dt_us = 1000};
  ck_assert_int_eq(hil_init(hil, &config), HIL_OK);
  hil->stimulus.request = VCM_STANDBY;
  double flown_J[PINS_MODULE_COUNT] = {0};
  can_mem_rx_t rx;
  for (int ms = 0; ms < 16000; ms++) {
    ck_assert_int_eq(hil_step(hil), HIL_OK);
    while (hil_next_frame(hil, &rx)) {
    }
    for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++) {
      const pinout_group_t *row = &pinout_group[g];
      if (!(hil->harness.bleed_mask[row->module - 1] >> (row->channel - 1) & 1u)) continue;
      const double V = hil->harness.pin_V[row->wire_above] - hil->harness.pin_V[row->wire_below];
      flown_J[row->module - 1] += V * V / HARNESS_BLEED_ohm * 1e-3;
    }
  }
  ck_assert_uint_gt(hil->bms.bleed.test_count, 0);
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    const double J = afe_heat_J(&hil->afe_heat, m, hil->now_us);
    ck_assert_double_gt(J, 0.01);
    ck_assert_double_eq_tol(J, flown_J[m], 0.02 * flown_J[m]);
    ck_assert_double_gt(afe_heat_board_K(&hil->afe_heat, m, hil->now_us), 0.0);
  }
  free(hil);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("afe_heat");
  TCase *tests = tcase_create("heat");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_loop_test(tests, a_board_warms_by_its_lag, 0, 2);
  tcase_add_test(tests, pulses_count_by_their_mean);
  tcase_add_test(tests, the_loop_s_switches_warm_the_boards);
  suite_add_tcase(suite, tests);
  return suite;
}
