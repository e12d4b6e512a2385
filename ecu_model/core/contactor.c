/// Contactors: one table of phases with their coils, one function for what ends a phase.
#include "contactor.h"

#include <string.h>

#include "diag.h"
#include "weld.h"

enum {
  POS = 1 << PINS_COIL_MAIN_POS,
  NEG = 1 << PINS_COIL_MAIN_NEG,
  PRE = 1 << PINS_COIL_PRECHARGE,
  J_uJ = 1000000,
  ALL = POS | NEG | PRE,
  PROBE_ms = 30, /* precharge alone: a welded minus lifts the link by half of what it lacks */
  SETTLE_ms = 30,
  OVERLAP_ms = 20, /* main plus carries before precharge leaves */
  OPEN_MAX_ms = 100, /* then the supervision has spoken */
  WAIT_CURRENT_ms = 500, /* a graceful opening waits no longer */
  SMALL_CURRENT_mA = 5000,
  RESIDUAL_PERCENT = 20, /* a link charged higher may finish sooner than the window */
  OPENED_MAX_ms = 60000
};

static const uint8_t contactor_coils[CONTACTOR_PHASE_COUNT] = {
    [CONTACTOR_OPEN] = 0,
    [CONTACTOR_PROBE] = PRE,
    [CONTACTOR_PROBE_END] = 0,
    [CONTACTOR_CLOSE_NEG] = NEG,
    [CONTACTOR_SETTLE] = NEG,
    [CONTACTOR_PRECHARGE] = NEG | PRE,
    [CONTACTOR_CLOSE_POS] = NEG | PRE | POS,
    [CONTACTOR_RELEASE] = NEG | POS,
    [CONTACTOR_CLOSED] = NEG | POS,
    [CONTACTOR_PAUSE] = 0,
    [CONTACTOR_WAIT_CURRENT] = NEG | POS,
    [CONTACTOR_OPEN_POS] = NEG,
    [CONTACTOR_OPEN_NEG] = 0,
};

static uint32_t contacts(const bms_t *bms) {
  return bms->digital & (BMS_DI_AUX_MAIN_POS | BMS_DI_AUX_MAIN_NEG | BMS_DI_AUX_PRECHARGE);
}

int contactor_is_open(const bms_t *bms) {
  return (bms->coil_command & ALL) == 0 && contacts(bms) == 0;
}

int contactor_is_waiting(const bms_t *bms) {
  uint32_t phase = bms->contactor.phase;
  return phase == CONTACTOR_WAIT_CURRENT || (phase == CONTACTOR_OPEN_POS && bms->weld.is_graceful);
}

static void enter(bms_t *bms, contactor_phase_t phase) {
  bms->contactor.phase = (uint8_t)phase;
  bms->contactor.phase_ms = 0;
  bms->coil_command = (uint16_t)((bms->coil_command & ~(uint32_t)ALL) | contactor_coils[phase]);
}

/// A reset that is no power-on may have come in the middle of a try: the resistor is taken to be as
/// hot as it may be before another.
void contactor_init(bms_contactor_t *contactor, const bms_config_t *config, uint32_t reset_cause) {
  memset(contactor, 0, sizeof *contactor);
  if (reset_cause == BMS_RESET_POWER_ON) return;
  contactor->energy_uJ = (int64_t)config->precharge_energy_max_J * J_uJ;
}

static void begin_minus(bms_t *bms) {
  weld_begin_test(bms);
  enter(bms, CONTACTOR_CLOSE_NEG);
}

void contactor_close(bms_t *bms) {
  if (bms->contactor.phase != CONTACTOR_OPEN) return;
  bms->contactor.try_count = 0;
  bms->contactor.result = CONTACTOR_BUSY;
  if (!weld_can_be_tested(bms)) {
    begin_minus(bms);
    return;
  }
  weld_begin_test(bms);
  enter(bms, CONTACTOR_PROBE);
}

static void open_plus(bms_t *bms, int is_graceful) {
  weld_begin_opening(bms, is_graceful);
  enter(bms, CONTACTOR_OPEN_POS);
}

/// Minus has no command in these: there is nothing to open but precharge.
static int is_before_minus(uint32_t phase) {
  return phase == CONTACTOR_PROBE || phase == CONTACTOR_PROBE_END || phase == CONTACTOR_PAUSE;
}

void contactor_open(bms_t *bms, contactor_how_t how) {
  uint32_t phase = bms->contactor.phase;
  bms->contactor.result = CONTACTOR_BUSY;
  if (phase == CONTACTOR_OPEN || phase == CONTACTOR_OPEN_NEG) return;
  if (how == CONTACTOR_AT_ONCE || is_before_minus(phase))
    enter(bms, CONTACTOR_OPEN_NEG);
  else if (phase == CONTACTOR_OPEN_POS)
    bms->weld.is_graceful = bms->weld.is_graceful && how == CONTACTOR_GRACEFUL;
  else if (how == CONTACTOR_NOW || phase != CONTACTOR_CLOSED)
    open_plus(bms, 0);
  else
    enter(bms, CONTACTOR_WAIT_CURRENT);
}

/* --- precharge ----------------------------------------------------------------------------- */

precharge_result_t contactor_judge_precharge(const bms_config_t *config, int32_t pack_mV,
                                             int32_t link_mV, int32_t link_start_mV,
                                             int32_t current_mA, uint32_t elapsed_ms) {
  int32_t delta_mV = pack_mV - link_mV;
  int is_level = delta_mV <= pack_mV / 1000 * (int32_t)config->precharge_delta_permille;
  int is_calm = current_mA < config->precharge_current_max_mA &&
                current_mA > -config->precharge_current_max_mA;
  int began_low = link_start_mV < pack_mV / 100 * RESIDUAL_PERCENT;
  if (is_level && began_low && elapsed_ms < config->precharge_min_ms) return PRECHARGE_TOO_FAST;
  if (is_level && is_calm) return PRECHARGE_PASSED;
  return elapsed_ms >= config->precharge_max_ms ? PRECHARGE_TOO_SLOW : PRECHARGE_RUNNING;
}

static void fail(bms_t *bms) {
  enter(bms, CONTACTOR_OPEN_NEG);
  bms->contactor.result = CONTACTOR_FAILED;
}

/// Heat that the resistor may hold before a try: the worst one, onto a short, then ends at max_J.
static int64_t allowed_uJ(const bms_t *bms, uint32_t max_J) {
  const bms_config_t *config = &bms->config;
  int64_t pack_mV = bms->meas.pack_mV;
  int64_t worst_uJ = pack_mV * pack_mV / config->precharge_ohm * config->precharge_max_ms / 1000;
  return (int64_t)max_J * J_uJ - worst_uJ;
}

/// Another try, if their number and the resistor allow it.
static void retry(bms_t *bms) {
  const bms_config_t *config = &bms->config;
  bms_contactor_t *contactor = &bms->contactor;
  contactor->try_count++;
  if (contactor->try_count >= config->precharge_try_max ||
      contactor->energy_uJ > allowed_uJ(bms, config->precharge_energy_max_J)) {
    diag_report(bms, DTC_PRECHARGE_TOO_SLOW, 1, BMS_NO_LOCATION);
    fail(bms);
  } else {
    enter(bms, CONTACTOR_PAUSE);
  }
}

/// Trapezoids over the task: 2 % too much on a link that charges as it should, never too little.
static void heat_resistor(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  int64_t before_mV = bms->meas.pack_mV - bms->weld.past_mV[0];
  int64_t delta_mV = bms->meas.pack_mV - bms->meas.link_mV;
  if (contactor->energy_uJ > 0) {
    contactor->energy_uJ -=
        contactor->energy_uJ / (bms->config.precharge_cooling_s * 1000) * bms->task_ms;
  }
  if ((contacts(bms) & ALL) == (PRE | NEG)) {
    int64_t twice_mV2 = before_mV * before_mV + delta_mV * delta_mV;
    contactor->energy_uJ += twice_mV2 / bms->config.precharge_ohm * bms->task_ms / 2000;
  }
}

/// While open: how long a closing has to wait. Cooling slows down as it goes on, so it is at most
/// what the slope at the end says.
static void watch_resistor(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  if (contactor->phase != CONTACTOR_OPEN) return;
  int64_t ready_uJ = allowed_uJ(bms, bms->config.precharge_reentry_max_J);
  int64_t excess_uJ = contactor->energy_uJ - ready_uJ;
  contactor->cooldown_ms = 0;
  if (excess_uJ <= 0) return;
  int64_t slope_uJ_per_ms = ready_uJ / ((int64_t)bms->config.precharge_cooling_s * 1000);
  contactor->cooldown_ms = slope_uJ_per_ms > 0 ? (uint32_t)(excess_uJ / slope_uJ_per_ms) + 1 : 1;
}

static void step_precharge(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  if (!(contacts(bms) & PRE)) { /* the supervision finds one that never closes */
    contactor->phase_ms = 0;
    contactor->link_start_mV = bms->meas.link_mV;
    return;
  }
  precharge_result_t result = contactor_judge_precharge(&bms->config, bms->meas.pack_mV,
                                                        bms->meas.link_mV, contactor->link_start_mV,
                                                        bms->meas.current_mA, contactor->phase_ms);
  contactor->precharge_ms = (uint16_t)contactor->phase_ms;
  if (result == PRECHARGE_PASSED) {
    enter(bms, CONTACTOR_CLOSE_POS);
  } else if (result == PRECHARGE_TOO_SLOW) {
    retry(bms);
  } else if (result == PRECHARGE_TOO_FAST) {
    diag_report(bms, DTC_PRECHARGE_TOO_FAST, 1, BMS_NO_LOCATION);
    fail(bms);
  }
}

/* --- phases -------------------------------------------------------------------------------- */

/// Precharge alone: main minus must be open.
static void step_probe(bms_t *bms) {
  if (!(contacts(bms) & PRE)) {
    bms->contactor.phase_ms = 0;
    return;
  }
  if (weld_shows_with_precharge(bms))
    fail(bms);
  else if (bms->contactor.phase_ms >= PROBE_ms)
    enter(bms, CONTACTOR_PROBE_END);
}

/// Main minus alone: plus and precharge must be open.
static void step_settle(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  if (weld_shows_with_minus(bms)) {
    fail(bms);
  } else if (contactor->phase_ms >= SETTLE_ms) {
    contactor->link_start_mV = bms->meas.link_mV;
    enter(bms, CONTACTOR_PRECHARGE);
  }
}

static void step_closing(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  switch (contactor->phase) {
  case CONTACTOR_PROBE:
    step_probe(bms);
    break;
  case CONTACTOR_PROBE_END:
    if (!(contacts(bms) & PRE)) begin_minus(bms);
    break;
  case CONTACTOR_CLOSE_NEG:
    if (contacts(bms) & NEG) enter(bms, CONTACTOR_SETTLE);
    break;
  case CONTACTOR_SETTLE:
    step_settle(bms);
    break;
  case CONTACTOR_PRECHARGE:
    step_precharge(bms);
    break;
  case CONTACTOR_CLOSE_POS:
    if ((contacts(bms) & POS) && contactor->phase_ms >= OVERLAP_ms) enter(bms, CONTACTOR_RELEASE);
    break;
  case CONTACTOR_RELEASE:
    if (contacts(bms) & PRE) break;
    enter(bms, CONTACTOR_CLOSED);
    contactor->result = CONTACTOR_DONE;
    break;
  case CONTACTOR_PAUSE:
    if (contactor->phase_ms >= bms->config.precharge_pause_ms) begin_minus(bms);
    break;
  default:
    break;
  }
}

static void step_opening(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  int32_t current_mA = bms->meas.current_mA;
  int is_calm = current_mA < SMALL_CURRENT_mA && current_mA > -SMALL_CURRENT_mA;
  switch (contactor->phase) {
  case CONTACTOR_WAIT_CURRENT:
    if (is_calm || contactor->phase_ms >= WAIT_CURRENT_ms) open_plus(bms, is_calm);
    break;
  case CONTACTOR_OPEN_POS:
    if (weld_minus_may_open(bms)) enter(bms, CONTACTOR_OPEN_NEG);
    break;
  case CONTACTOR_OPEN_NEG:
    if (contacts(bms) != 0 && contactor->phase_ms < OPEN_MAX_ms) break;
    enter(bms, CONTACTOR_OPEN);
    break;
  default: /* no such phase: the safe one */
    enter(bms, CONTACTOR_OPEN_NEG);
    break;
  }
}

/* --- the step ------------------------------------------------------------------------------ */

void contactor_step(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  contactor->phase_ms += bms->task_ms;
  heat_resistor(bms);
  if (contactor->phase >= CONTACTOR_WAIT_CURRENT)
    step_opening(bms);
  else
    step_closing(bms);
  if ((bms->coil_command & ALL) != 0)
    contactor->opened_ms = 0;
  else if (contactor->opened_ms < OPENED_MAX_ms)
    contactor->opened_ms += bms->task_ms;
  weld_supervise(bms);
  watch_resistor(bms);
}
