/// Contactors: one table of phases with their coils, one function for what ends a phase.
#include "contactor.h"

#include <string.h>

#include "diag.h"

enum {
  TASK_ms = 10,
  POS = 1 << PINS_COIL_MAIN_POS,
  NEG = 1 << PINS_COIL_MAIN_NEG,
  PRE = 1 << PINS_COIL_PRECHARGE,
  ALL = POS | NEG | PRE,
  HV_COIL_COUNT = 3,
  SETTLE_ms = 30,
  OVERLAP_ms = 20, /* main plus carries before precharge leaves */
  OPEN_POS_ms = 20, /* main minus follows */
  OPEN_MAX_ms = 100, /* then the weld test has spoken */
  WAIT_CURRENT_ms = 500, /* a graceful opening waits no longer */
  SMALL_CURRENT_mA = 5000,
  RISE_PERCENT = 10, /* of the pack: the link must not rise before precharge */
  RESIDUAL_PERCENT = 20, /* a link charged higher may finish sooner than the window */
  LINK_FALL_AFTER_ms = 5000,
  LINK_FALL_mV = 2000,
  OPENED_MAX_ms = 60000
};

static const uint8_t contactor_coils[CONTACTOR_PHASE_COUNT] = {
    [CONTACTOR_OPEN] = 0,
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

static void enter(bms_t *bms, contactor_phase_t phase) {
  bms->contactor.phase = (uint8_t)phase;
  bms->contactor.phase_ms = 0;
  bms->coil_command = (uint16_t)((bms->coil_command & ~(uint32_t)ALL) | contactor_coils[phase]);
}

void contactor_init(bms_contactor_t *contactor) { memset(contactor, 0, sizeof *contactor); }

void contactor_close(bms_t *bms) {
  if (bms->contactor.phase != CONTACTOR_OPEN) return;
  bms->contactor.try_count = 0;
  bms->contactor.result = CONTACTOR_BUSY;
  enter(bms, CONTACTOR_CLOSE_NEG);
}

void contactor_open(bms_t *bms, contactor_how_t how) {
  uint32_t phase = bms->contactor.phase;
  bms->contactor.result = CONTACTOR_BUSY;
  if (phase == CONTACTOR_OPEN || phase == CONTACTOR_OPEN_NEG) return;
  if (how == CONTACTOR_AT_ONCE || phase == CONTACTOR_PAUSE)
    enter(bms, CONTACTOR_OPEN_NEG);
  else if (phase == CONTACTOR_OPEN_POS)
    return;
  else if (how == CONTACTOR_NOW || phase != CONTACTOR_CLOSED)
    enter(bms, CONTACTOR_OPEN_POS);
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

/// Another try, if their number and the resistor allow it.
static void retry(bms_t *bms) {
  const bms_config_t *config = &bms->config;
  bms_contactor_t *contactor = &bms->contactor;
  int64_t pack_mV = bms->meas.pack_mV;
  int64_t worst_uJ = pack_mV * pack_mV / config->precharge_ohm * config->precharge_max_ms / 1000;
  int64_t allowed_uJ = (int64_t)config->precharge_energy_max_J * 1000000;
  contactor->try_count++;
  if (contactor->try_count >= config->precharge_try_max ||
      contactor->energy_uJ + worst_uJ > allowed_uJ) {
    diag_report(bms, DTC_PRECHARGE_TOO_SLOW, 1, BMS_NO_LOCATION);
    fail(bms);
  } else {
    enter(bms, CONTACTOR_PAUSE);
  }
}

static void heat_resistor(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  int64_t delta_mV = bms->meas.pack_mV - bms->meas.link_mV;
  int64_t cooled_uJ = (int64_t)bms->config.precharge_cooling_W * TASK_ms * 1000;
  if ((contacts(bms) & (PRE | POS)) == PRE) {
    contactor->energy_uJ += delta_mV * delta_mV / bms->config.precharge_ohm * TASK_ms / 1000;
  }
  contactor->energy_uJ -= contactor->energy_uJ < cooled_uJ ? contactor->energy_uJ : cooled_uJ;
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

static void step_settle(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  int32_t rise_mV = bms->meas.link_mV - contactor->link_start_mV;
  if (rise_mV > bms->meas.pack_mV / 100 * RISE_PERCENT) {
    diag_report(bms, DTC_CONTACTOR_WELDED, 1, BMS_NO_LOCATION);
    fail(bms);
  } else if (contactor->phase_ms >= SETTLE_ms) {
    contactor->link_start_mV = bms->meas.link_mV;
    enter(bms, CONTACTOR_PRECHARGE);
  }
}

static void step_closing(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  switch (contactor->phase) {
  case CONTACTOR_CLOSE_NEG:
    if (contactor->phase_ms <= TASK_ms) contactor->link_start_mV = bms->meas.link_mV;
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
    if (contactor->phase_ms >= bms->config.precharge_pause_ms) enter(bms, CONTACTOR_CLOSE_NEG);
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
    if (is_calm || contactor->phase_ms >= WAIT_CURRENT_ms) enter(bms, CONTACTOR_OPEN_POS);
    break;
  case CONTACTOR_OPEN_POS:
    if (contactor->phase_ms >= OPEN_POS_ms) enter(bms, CONTACTOR_OPEN_NEG);
    break;
  case CONTACTOR_OPEN_NEG:
    if (contacts(bms) != 0 && contactor->phase_ms < OPEN_MAX_ms) break;
    contactor->link_opened_mV = bms->meas.link_mV;
    enter(bms, CONTACTOR_OPEN);
    break;
  default:
    break;
  }
}

/* --- supervision --------------------------------------------------------------------------- */

/// Each auxiliary contact against its command; both directions have 50 ms.
static void supervise_contacts(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  uint32_t command = bms->coil_command & ALL;
  for (uint32_t coil = 0; coil < HV_COIL_COUNT; coil++) {
    uint32_t is_commanded = command >> coil & 1u;
    uint32_t is_closed = contacts(bms) >> coil & 1u;
    if (is_commanded == is_closed) {
      contactor->mismatch_ms[coil] = 0;
      continue;
    }
    if (contactor->mismatch_ms[coil] < OPENED_MAX_ms) contactor->mismatch_ms[coil] += TASK_ms;
    if (contactor->mismatch_ms[coil] < bms->config.aux_mismatch_ms) continue;
    diag_report(bms, is_closed ? DTC_CONTACTOR_WELDED : DTC_CONTACTOR_FEEDBACK, 1, BMS_NO_LOCATION);
  }
}

/// With all contactors open the link must have begun to fall.
static void supervise_link(bms_t *bms) {
  const bms_contactor_t *contactor = &bms->contactor;
  if (contactor->opened_ms != LINK_FALL_AFTER_ms) return;
  int has_fallen = contactor->link_opened_mV - bms->meas.link_mV > LINK_FALL_mV;
  int is_at_pack = bms->meas.link_mV > bms->meas.pack_mV - LINK_FALL_mV;
  diag_report(bms, DTC_CONTACTOR_WELDED, !has_fallen && is_at_pack, BMS_NO_LOCATION);
}

void contactor_step(bms_t *bms) {
  bms_contactor_t *contactor = &bms->contactor;
  contactor->phase_ms += TASK_ms;
  heat_resistor(bms);
  if (contactor->phase >= CONTACTOR_WAIT_CURRENT)
    step_opening(bms);
  else
    step_closing(bms);
  if ((bms->coil_command & ALL) != 0)
    contactor->opened_ms = 0;
  else if (contactor->opened_ms < OPENED_MAX_ms)
    contactor->opened_ms += TASK_ms;
  supervise_contacts(bms);
  supervise_link(bms);
}
