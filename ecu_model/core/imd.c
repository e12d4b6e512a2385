/// The measuring cycle of the isolation and what its results mean.
#include "imd.h"

#include <string.h>

#include "deadline.h"
#include "diag.h"

enum {
  PAUSE_ms = 60, /* contacts have stopped bouncing */
  SKIP_ms = 5, /* the dividers' switches and one tick of the way */
  PHASE_MAX_ms = 6000, /* the pack gave no calm time: begin anew */
  PACK_MIN_raw = 819, /* 100 V */
  SUM_SHARE = 16, /* both dividers against the pack: 6 % */
  IDLE_SHARE = 32, /* off: below 3 % of the pack */
  IDLE_MAX_ms = 20,
  JUMP_SHARE = 16,
  BAD_RUN_MAX = 2,
  CONFIRM_RUN = 2,
  IMPATIENT_ms = 5000, /* a result so old is worse than an estimate */
  HEAL_PERCENT = 125,
  AT_POS_permille = 750,
  AT_NEG_permille = 250,
  CONTACTS = BMS_DI_AUX_MAIN_POS | BMS_DI_AUX_MAIN_NEG | BMS_DI_AUX_PRECHARGE,
  CONTACT_BITS = 8
};

uint8_t imd_switches(const bms_t *bms) {
  static const uint8_t switches[] = {[IMD_PAUSE] = 0, [IMD_BOTH] = 3, [IMD_POS] = 1, [IMD_NEG] = 2};
  return switches[bms->imd.phase & 3u];
}

static void enter(bms_imd_t *imd, imd_phase_t phase) {
  imd->phase = (uint8_t)phase;
  imd->phase_ms = 0;
  settle_begin(&imd->settle, 0);
}

static void pause(bms_imd_t *imd) {
  settle_init(&imd->settle);
  enter(imd, IMD_PAUSE);
}

static void begin_cycle(bms_imd_t *imd) {
  imd->faults = 0;
  imd->idle_ms = 0;
  imd->is_estimate = 0;
  imd->scale = SETTLE_ONE;
  enter(imd, IMD_BOTH);
}

/* --- results ------------------------------------------------------------------------------- */

static uint32_t ohm_of(uint64_t divider_ohm, uint32_t left, uint32_t share) {
  uint64_t product = divider_ohm * left;
  if (product >= (uint64_t)IMD_MAX_ohm * share) return IMD_MAX_ohm;
  return (uint32_t)(product / share);
}

static uint8_t count_below(uint32_t ohm, uint32_t limit_ohm, uint8_t run) {
  if (ohm >= limit_ohm) return 0;
  return (uint8_t)(run < UINT8_MAX ? run + 1 : run);
}

/// Set after two results in a row, healed by one that is well above.
static uint8_t follow(uint8_t is_set, uint8_t run, uint32_t ohm, uint32_t limit_ohm) {
  if (run >= CONFIRM_RUN) return 1;
  return (uint8_t)(is_set && ohm < limit_ohm / 100 * HEAL_PERCENT);
}

static void judge(bms_t *bms) {
  bms_imd_t *imd = &bms->imd;
  uint32_t lost_ohm = bms->config.isolation_lost_ohm, low_ohm = bms->config.isolation_low_ohm;
  imd->lost_run = count_below(imd->ohm, lost_ohm, imd->lost_run);
  imd->low_run = count_below(imd->ohm, low_ohm, imd->low_run);
  imd->is_lost = follow(imd->is_lost, imd->lost_run, imd->ohm, lost_ohm);
  imd->is_low = follow(imd->is_low, imd->low_run, imd->ohm, low_ohm);
}

static void take_result(bms_t *bms, uint32_t neg_share) {
  bms_imd_t *imd = &bms->imd;
  uint64_t divider_ohm = bms->config.isolation_divider_ohm;
  uint32_t pos_share = imd->pos_share, sum = pos_share + neg_share;
  uint32_t left = sum < SETTLE_ONE ? SETTLE_ONE - sum : 0;
  imd->ohm = ohm_of(divider_ohm, left, sum);
  imd->pos_ohm = ohm_of(divider_ohm, left, neg_share);
  imd->neg_ohm = ohm_of(divider_ohm, left, pos_share);
  imd->height_permille = (uint16_t)(sum == 0 ? 500 : (uint64_t)neg_share * 1000 / sum);
  imd->quality = imd->is_estimate ? BMS_QUALITY_SUSPECT : BMS_QUALITY_VALID;
  imd->age_ms = 0;
  imd->result_count++;
  judge(bms);
}

static void end_cycle(bms_t *bms, uint32_t neg_share) {
  bms_imd_t *imd = &bms->imd;
  if (imd->idle_ms >= IDLE_MAX_ms) imd->faults |= IMD_FAULT_IDLE;
  imd->shown_faults = imd->faults;
  if (imd->faults == 0) {
    imd->bad_run = 0;
    take_result(bms, neg_share);
    begin_cycle(imd);
    return;
  }
  if (imd->bad_run < UINT8_MAX) imd->bad_run++;
  if (imd->bad_run >= BAD_RUN_MAX) imd->quality = BMS_QUALITY_INVALID;
  pause(imd);
}

/* --- phases -------------------------------------------------------------------------------- */

typedef struct {
  uint32_t pos_raw, neg_raw, pack_raw;
} codes_t;

static uint32_t chassis_raw(uint32_t phase, const codes_t *codes) {
  if (phase != IMD_POS) return codes->neg_raw;
  return codes->pack_raw > codes->pos_raw ? codes->pack_raw - codes->pos_raw : 0;
}

/// The chassis' share of the pack is what it was before the switching, but for a few volts.
static void check_jump(bms_imd_t *imd, const codes_t *codes) {
  if (imd->phase == IMD_BOTH) return;
  uint32_t before = imd->chassis_raw * (uint32_t)codes->pack_raw;
  uint32_t now = chassis_raw(imd->phase, codes) * imd->pack_raw;
  uint32_t moved = now > before ? now - before : before - now;
  if (moved > codes->pack_raw * imd->pack_raw / JUMP_SHARE) imd->faults |= IMD_FAULT_JUMP;
}

static void check_idle(bms_imd_t *imd, const codes_t *codes) {
  if (imd->phase == IMD_BOTH) return;
  uint32_t idle = imd->phase == IMD_POS ? codes->neg_raw : codes->pos_raw;
  if (idle * IDLE_SHARE > codes->pack_raw) imd->idle_ms++;
}

/// One window is enough: the sum does not wait for the chassis.
static void measure_both(bms_t *bms, const codes_t *codes) {
  bms_imd_t *imd = &bms->imd;
  (void)settle_add(&imd->settle, codes->pos_raw + codes->neg_raw, codes->pack_raw, SETTLE_ONE);
  if (imd->settle.count == 0) return;
  uint32_t scale = imd->settle.share[0];
  if (scale < SETTLE_ONE - SETTLE_ONE / SUM_SHARE || scale > SETTLE_ONE + SETTLE_ONE / SUM_SHARE) {
    imd->faults |= IMD_FAULT_SUM;
    end_cycle(bms, 0);
    return;
  }
  imd->scale = scale;
  enter(imd, IMD_POS);
}

/// An estimate will do where there is nothing better, or nothing better is to be had.
static int is_at_end(bms_imd_t *imd, settle_status_t status) {
  if (status == SETTLE_DONE) return 1;
  if (status != SETTLE_ESTIMATE) return 0;
  int has_none = imd->quality >= BMS_QUALITY_INVALID || imd->age_ms >= IMPATIENT_ms;
  if (!has_none && imd->settle.level < SETTLE_LEVEL_MAX) return 0;
  imd->is_estimate = 1;
  return 1;
}

static void measure_side(bms_t *bms, const codes_t *codes) {
  bms_imd_t *imd = &bms->imd;
  int is_pos = imd->phase == IMD_POS;
  check_idle(imd, codes);
  settle_status_t status = settle_add(&imd->settle, is_pos ? codes->pos_raw : codes->neg_raw,
                                      codes->pack_raw, imd->scale);
  if (is_at_end(imd, status)) {
    uint32_t end = imd->settle.end;
    if (!is_pos) {
      end_cycle(bms, end);
      return;
    }
    imd->pos_share = end;
    enter(imd, IMD_NEG);
  } else if (imd->phase_ms >= PHASE_MAX_ms) {
    pause(imd);
  }
}

/// The chassis' surroundings: a cycle that began with others is void.
static int surroundings_are_steady(bms_t *bms) {
  uint32_t coils = bms->coil_command & ~(1u << PINS_COIL_HEATER);
  uint16_t contacts = (uint16_t)((bms->digital & CONTACTS) | coils << CONTACT_BITS);
  if (contacts == bms->imd.contacts) return 1;
  bms->imd.contacts = contacts;
  return 0;
}

void imd_init(bms_imd_t *imd) {
  imd->quality = BMS_QUALITY_NONE;
  imd->age_ms = 0;
  pause(imd);
}

void imd_step(bms_t *bms, const bms_in_t *in) {
  bms_imd_t *imd = &bms->imd;
  codes_t codes = {in->adc_iso_pos_raw, in->adc_iso_neg_raw, in->adc_pack_raw};
  if (imd->age_ms < UINT32_MAX - bms->step_ms) imd->age_ms += bms->step_ms;
  if (bms->state == BMS_STATE_SLEEP || bms->state == BMS_STATE_RESET) {
    imd_init(imd);
    return;
  }
  imd->phase_ms++;
  int is_punctual = bms->step_ms == DEADLINE_PERIOD_ms; /* windows count samples */
  if (!is_punctual || !surroundings_are_steady(bms) || codes.pack_raw < PACK_MIN_raw) {
    pause(imd);
  } else if (imd->phase == IMD_PAUSE) {
    if (imd->phase_ms >= PAUSE_ms) begin_cycle(imd);
  } else if (imd->phase_ms == SKIP_ms) {
    check_jump(imd, &codes);
  } else if (imd->phase_ms > SKIP_ms) {
    uint32_t phase = imd->phase;
    imd->chassis_raw = (uint16_t)chassis_raw(phase, &codes);
    imd->pack_raw = (uint16_t)codes.pack_raw;
    if (phase == IMD_BOTH)
      measure_both(bms, &codes);
    else
      measure_side(bms, &codes);
  }
}

/* --- what follows -------------------------------------------------------------------------- */

static int is_overdue(const bms_t *bms) {
  return bms->imd.age_ms >= bms->config.isolation_age_max_ms;
}

void imd_report(bms_t *bms) {
  const bms_imd_t *imd = &bms->imd;
  int is_broken = imd->bad_run >= BAD_RUN_MAX || is_overdue(bms);
  diag_report(bms, DTC_ISOLATION_LOST, imd->is_lost, BMS_NO_LOCATION);
  diag_report(bms, DTC_ISOLATION_LOW, imd->is_low, BMS_NO_LOCATION);
  diag_report(bms, DTC_ISOLATION_MONITOR, is_broken, BMS_NO_LOCATION);
}

int imd_allows_closing(const bms_t *bms) {
  const bms_imd_t *imd = &bms->imd;
  return imd->quality <= BMS_QUALITY_SUSPECT && !is_overdue(bms) &&
         imd->ohm >= bms->config.isolation_lost_ohm;
}

imd_at_t imd_at(const bms_t *bms) {
  const bms_imd_t *imd = &bms->imd;
  if (!imd->is_lost && !imd->is_low) return IMD_AT_NONE;
  if (imd->height_permille >= AT_POS_permille) return IMD_AT_POS;
  return imd->height_permille <= AT_NEG_permille ? IMD_AT_NEG : IMD_AT_TAP;
}
