/// Operating points: packs that have settled, from which every variant starts.
#include "react_point.h"

#include <string.h>

#include "../ecu_model/gen/limits.h"

enum {
  BEGIN_ms = 2000, /* reset, self-test, first tests in standby */
  STATE_MAX_ms = 6000,
  SETTLE_ms = 2500, /* limits have risen, zeros are learnt */
  MOMENT_MAX_ms = 8000, /* a period of the open-wire test and more */
  INSIDE_ddegC = 4 /* of the limit that is approached */
};

typedef struct {
  const char *name;
  double soc, degC;
  uint8_t request; /* vcm_request_t */
  uint8_t state; /* bms_state_t that it must reach */
  double current_A; /* out of the link; below 0: from the charger */
  int8_t limit, level; /* start just inside of this limit instead of at degC; -1: none */
  uint8_t is_ideal, is_testing;
} point_t;

#define NO_LIMIT -1, 0, 0, 0
#define NEAR(row, level) LIMITS_TEMPERATURE_##row, level, 0, 0

static const point_t point[REACT_AT_COUNT] = {
    [REACT_AT_RESET] = {"reset", 0.7, 25, VCM_STANDBY, BMS_STATE_RESET, 0, NO_LIMIT},
    [REACT_AT_STANDBY] = {"standby", 0.7, 25, VCM_STANDBY, BMS_STATE_STANDBY, 0, NO_LIMIT},
    [REACT_AT_DRIVE] = {"drive, 0 A", 0.7, 25, VCM_DRIVE, BMS_STATE_DRIVE, 0, NO_LIMIT},
    [REACT_AT_DRIVE_TEST] = {"drive, open-wire test", 0.7, 25, VCM_DRIVE, BMS_STATE_DRIVE, 0, -1, 0,
                             0, 1},
    [REACT_AT_DRIVE_IDEAL] = {"drive, ideal AFEs", 0.7, 25, VCM_DRIVE, BMS_STATE_DRIVE, 0, -1, 0, 1,
                              0},
    [REACT_AT_LOAD] = {"drive, 30 A", 0.7, 25, VCM_DRIVE, BMS_STATE_DRIVE, 30, NO_LIMIT},
    [REACT_AT_CHARGE] = {"charge, 30 A", 0.6, 25, VCM_CHARGE, BMS_STATE_CHARGE, -30, NO_LIMIT},
    [REACT_AT_HOT_REST] = {"hot, 0 A", 0.7, 0, VCM_DRIVE, BMS_STATE_DRIVE, 0, NEAR(MAX_REST, 2)},
    [REACT_AT_HOT_DRIVE] = {"hot, discharge", 0.7, 0, VCM_DRIVE, BMS_STATE_DRIVE, 10,
                            NEAR(MAX_DISCHARGE, 2)},
    [REACT_AT_HOT_CHARGE] = {"hot, charge", 0.6, 0, VCM_CHARGE, BMS_STATE_CHARGE, -10,
                             NEAR(MAX_CHARGE, 2)},
    [REACT_AT_COLD_REST] = {"cold, 0 A", 0.7, 0, VCM_DRIVE, BMS_STATE_DRIVE, 0, NEAR(MIN_REST, 2)},
    [REACT_AT_COLD_DRIVE] = {"cold, discharge", 0.7, 0, VCM_DRIVE, BMS_STATE_DRIVE, 10,
                             NEAR(MIN_DISCHARGE, 2)},
    [REACT_AT_COLD_CHARGE] = {"cold, charge", 0.6, 0, VCM_CHARGE, BMS_STATE_CHARGE, -10,
                              NEAR(MIN_CHARGE, 2)},
    [REACT_AT_WARM_DRIVE] = {"warm, discharge", 0.7, 0, VCM_DRIVE, BMS_STATE_DRIVE, 10,
                             NEAR(MAX_DISCHARGE, 1)},
    [REACT_AT_COOL_DRIVE] = {"cool, discharge", 0.7, 0, VCM_DRIVE, BMS_STATE_DRIVE, 10,
                             NEAR(MIN_DISCHARGE, 1)},
    [REACT_AT_MILD_DRIVE] = {"mild, discharge", 0.7, 0, VCM_DRIVE, BMS_STATE_DRIVE, 10,
                             NEAR(MAX_DISCHARGE, 0)},
    [REACT_AT_FRESH_DRIVE] = {"fresh, discharge", 0.7, 0, VCM_DRIVE, BMS_STATE_DRIVE, 10,
                              NEAR(MIN_DISCHARGE, 0)},
};

const char *react_at_name(react_at_t at) { return point[at].name; }

static double point_degC(const point_t *start) {
  if (start->limit < 0) return start->degC;
  const limits_row_t *row = &limits_row[start->limit];
  return 0.1 * (react_limit(row, (uint32_t)start->level) - react_outward(row) * INSIDE_ddegC);
}

double react_limit(const limits_row_t *row, uint32_t level) {
  if (level == 0) return row->mol;
  return level == 1 ? row->rsl : row->msl;
}

double react_outward(const limits_row_t *row) { return row->side == LIMITS_SIDE_MAX ? 1.0 : -1.0; }

static int ticks(hil_t *hil, uint32_t count) {
  can_mem_rx_t rx;
  for (uint32_t i = 0; i < count; i++) {
    if (hil_step(hil) != HIL_OK) return -1;
    while (hil_next_frame(hil, &rx)) {
    }
  }
  return 0;
}

static int start(const point_t *from, const cell_params_t *cell, hil_t *hil) {
  pack_config_t pack = {.ambient_degC = point_degC(from)};
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    pack.cell[i] = (pack_cell_init_t){from->soc, pack.ambient_degC, 1.0, 1.0, 1.0};
  }
  hil_config_t config = {
      .pack = &pack, .cell = cell, .hv = hv_params_soul_ev(), .seed = 1, .dt_us = 1000};
  if (hil_init(hil, &config) != HIL_OK) return -1;
  hil->stimulus.obeys_limits = 0;
  hil->stimulus.charger_obeys = 0;
  hil->stimulus.charger_is_plugged = from->request == VCM_CHARGE;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT && from->is_ideal; m++) {
    hil->board.chain.chip[m].gain_error = 0.0;
    memset(hil->board.chain.chip[m].channel_offset_V, 0,
           sizeof hil->board.chain.chip[m].channel_offset_V);
  }
  return 0;
}

static int reach(const point_t *to, hil_t *hil) {
  if (ticks(hil, BEGIN_ms) != 0) return -1;
  hil->stimulus.request = to->request;
  for (uint32_t ms = 0; hil->bms.state != to->state; ms++) {
    if (ms == STATE_MAX_ms || ticks(hil, 1) != 0) return -1;
  }
  if (to->current_A > 0) hil->stimulus.current_A = to->current_A;
  if (to->current_A < 0) {
    hil->stimulus.charger_kind = CHARGER_DC;
    hil->stimulus.charger_current_A = -to->current_A;
    hil->stimulus.charger_voltage_V = 420.0;
  }
  return ticks(hil, SETTLE_ms);
}

/// The first step of a cycle, with the open-wire test at work or at rest.
static int find_moment(const point_t *of, hil_t *hil) {
  for (uint32_t ms = 0; ms < MOMENT_MAX_ms; ms++) {
    int is_testing = hil->bms.openwire.phase != 0;
    if (hil->bms.cycle_ms == 0 && is_testing == of->is_testing) return 0;
    if (ticks(hil, 1) != 0) return -1;
  }
  return -1;
}

int react_settle(react_at_t at, const cell_params_t *cell, hil_t *hil) {
  if (start(&point[at], cell, hil) != 0) return -1;
  if (at == REACT_AT_RESET) return 0;
  if (reach(&point[at], hil) != 0) return -1;
  if (find_moment(&point[at], hil) != 0) return -1;
  return hil->bms.state == point[at].state ? 0 : -1;
}
