/// A whole loop with an uneven, noisy pack that is settled once; each case begins from a copy.
#ifndef TESTS_SETTLED_RIG_H
#define TESTS_SETTLED_RIG_H

#include <check.h>
#include <stdlib.h>

#include "../scenarios/cell_file.h"
#include "../sim/hil.h"

static cell_params_t cell;
static hil_t *settled, *hil;

static void settled_open(uint64_t seed, const char *stream) {
  pack_config_t pack = {.ambient_degC = 25.0};
  char error[400];
  ck_assert_msg(cell_file_load("data/cells/soul_ev.json", &cell, error, sizeof error) ==
                    CELL_FILE_OK,
                "%s", error);
  rng_t spread = rng_stream(seed, stream);
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    double soc = 0.7 + 0.003 * rng_normal(&spread);
    pack.cell[i] = (pack_cell_init_t){soc, 25.0, 1.0 + 0.01 * rng_normal(&spread),
                                      1.0 + 0.03 * rng_normal(&spread), 1.0};
  }
  hil_config_t config = {
      .pack = &pack, .cell = &cell, .hv = hv_params_soul_ev(), .seed = seed, .dt_us = 1000};
  settled = malloc(sizeof *settled);
  hil = malloc(sizeof *hil);
  ck_assert_ptr_nonnull(settled);
  ck_assert_ptr_nonnull(hil);
  ck_assert_int_eq(hil_init(settled, &config), HIL_OK);
  settled->sensors.current_low.noise_sd = settled->sensors.current_high.noise_sd = 0.05;
  settled->sensors.pack.noise_sd = settled->sensors.link.noise_sd = 0.1;
}

static void settled_close(void) {
  free(settled);
  free(hil);
}

static void step(hil_t *at, uint32_t ms) {
  can_mem_rx_t rx;
  for (uint32_t i = 0; i < ms; i++) {
    if (hil_step(at) != HIL_OK) ck_abort_msg("the plant diverged"); /* a passed check costs I/O */
    while (hil_next_frame(at, &rx)) {
    }
  }
}

#endif
