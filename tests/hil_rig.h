/// The loop with 192 equal cells that lose no charge, to step and to drive.
#ifndef TESTS_HIL_RIG_H
#define TESTS_HIL_RIG_H

#include <check.h>
#include <stdlib.h>

#include "../scenarios/cell_file.h"
#include "../sim/hil.h"

enum { TICKS_PER_S = 1000 };

static cell_params_t rig_cell; ///< of rig_loop

/// At 80 %, 25 degC and rest, in ticks of 1 ms; the caller frees it.
static inline hil_t *rig_loop(uint64_t seed) {
  hil_t *made = malloc(sizeof *made);
  pack_config_t pack = {.ambient_degC = 25.0};
  char error[400];
  ck_assert_ptr_nonnull(made);
  ck_assert_msg(cell_file_load("data/cells/soul_ev.json", &rig_cell, error, sizeof error) ==
                    CELL_FILE_OK,
                "%s", error);
  rig_cell.coulombic_efficiency = 1.0; /* what flows out is what the cells lose */
  rig_cell.self_discharge_pctpmonth = 0.0;
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    pack.cell[i] = (pack_cell_init_t){0.8, 25.0, 1.0, 1.0, 1.0};
  }
  hil_config_t config = {
      .pack = &pack, .cell = &rig_cell, .hv = hv_params_soul_ev(), .seed = seed, .dt_us = 1000};
  ck_assert_int_eq(hil_init(made, &config), HIL_OK);
  return made;
}

static inline void rig_step(hil_t *at, uint32_t ticks) {
  can_mem_rx_t rx;
  for (uint32_t i = 0; i < ticks; i++) {
    ck_assert_int_eq(hil_step(at), HIL_OK);
    while (hil_next_frame(at, &rx)) continue;
  }
}

/// Three seconds: the self-test, the precharge, in drive.
static inline void rig_drive(hil_t *at) {
  rig_step(at, TICKS_PER_S);
  at->stimulus.request = VCM_DRIVE;
  rig_step(at, 2 * TICKS_PER_S);
  ck_assert_int_eq(at->bms.state, BMS_STATE_DRIVE);
}

#endif
