/// Counters over the ECU's life: sums of 10 ms, carried over to whole units once a second.
#include "life.h"

#include "history.h"
#include "numbers.h"
#include "store.h"

enum { SECOND_ms = 1000, MAMS_PER_AS = 1000000 };

static const int64_t nJ_per_kJ = 1000000000000;

void life_start(bms_t *bms) {
  bms_life_t *life = &bms->life;
  life->reset_count++;
  if (bms->reset_cause == BMS_RESET_WATCHDOG) life->watchdog_reset_count++;
  if (bms->reset_cause == BMS_RESET_BROWN_OUT) life->brown_out_count++;
  if (bms->reset_cause != BMS_RESET_POWER_ON) bms->store.soc_is_dirty = 1;
}

/* --- throughput ---------------------------------------------------------------------------- */

static void add_task(bms_t *bms) {
  bms_life_t *life = &bms->life;
  int32_t charge_mAms = life->task_mAms;
  life->task_mAms = 0;
  if ((bms->digital & (BMS_DI_AUX_MAIN_POS | BMS_DI_AUX_MAIN_NEG)) == 0) return;
  int64_t energy_nJ = (int64_t)charge_mAms * bms->meas.pack_mV;
  if (charge_mAms >= 0) {
    life->discharge_mAms += charge_mAms;
    life->discharge_nJ += energy_nJ;
  } else {
    life->charge_mAms -= charge_mAms;
    life->charge_nJ -= energy_nJ;
  }
}

static void carry_charge(uint32_t *whole_As, int32_t *rest_mAms) {
  *whole_As += (uint32_t)(*rest_mAms / MAMS_PER_AS);
  *rest_mAms %= MAMS_PER_AS;
}

static void carry_energy(uint32_t *whole_kJ, int64_t *rest_nJ) {
  if (*rest_nJ < nJ_per_kJ) return; /* spares the long division */
  uint32_t kJ = (uint32_t)(*rest_nJ / nJ_per_kJ);
  *whole_kJ += kJ;
  *rest_nJ -= kJ * nJ_per_kJ;
}

static void carry_second(bms_life_t *life, uint32_t dt_ms) {
  uint32_t second_ms = life->second_ms + dt_ms;
  life->second_ms = (uint16_t)(second_ms % SECOND_ms);
  if (second_ms < SECOND_ms) return;
  life->operating_s += second_ms / SECOND_ms;
  carry_charge(&life->discharge_As, &life->discharge_mAms);
  carry_charge(&life->charge_As, &life->charge_mAms);
  carry_energy(&life->discharge_kJ, &life->discharge_nJ);
  carry_energy(&life->charge_kJ, &life->charge_nJ);
}

/* --- contactors, cycles -------------------------------------------------------------------- */

/// Learnt with open contactors, so it is final when they close.
static void keep_zero(bms_t *bms) {
  int32_t low_uA = bms->meas.zero_low_uA - bms->life.stored_zero_low_uA;
  int32_t high_uA = bms->meas.zero_high_uA - bms->life.stored_zero_high_uA;
  if (numbers_magnitude(low_uA) <= LIFE_LOW_MOVED_uA &&
      numbers_magnitude(high_uA) <= LIFE_HIGH_MOVED_uA)
    return;
  bms->life.stored_zero_low_uA = bms->meas.zero_low_uA;
  bms->life.stored_zero_high_uA = bms->meas.zero_high_uA;
  store_mark(bms, STORE_LEARNT);
}

static void watch_closed(bms_t *bms) {
  bms_life_t *life = &bms->life;
  uint8_t is_closed = (uint8_t)((uint32_t)bms->coil_command >> PINS_COIL_MAIN_POS & 1u);
  if (is_closed && !life->was_closed) {
    life->closing_count++;
    life->closed_ms = 0;
    keep_zero(bms);
  }
  if (is_closed && life->closed_ms < LIFE_CYCLE_MIN_ms) life->closed_ms += bms->task_ms;
  if (is_closed && life->closed_ms >= LIFE_CYCLE_MIN_ms) life->cycle_is_open = 1;
  if (!is_closed && life->was_closed && numbers_magnitude(bms->meas.current_mA) > LIFE_LOADED_mA) {
    life->loaded_opening_count++;
  }
  life->was_closed = is_closed;
}

/// What the opening found, a weld above all, still belongs to the cycle that it ends.
static void watch_cycle(bms_t *bms) {
  bms_life_t *life = &bms->life;
  if (life->was_closed || bms->state == BMS_STATE_OPENING || !life->cycle_is_open) return;
  life->cycle_is_open = 0;
  history_end_cycle(bms);
  bms->store.soc_is_dirty = 1;
}

void life_step(bms_t *bms) {
  add_task(bms);
  carry_second(&bms->life, bms->task_ms);
  watch_closed(bms);
  watch_cycle(bms);
  uint8_t is_asleep = bms->state == BMS_STATE_SLEEP;
  if (is_asleep && !bms->life.was_asleep) bms->store.soc_is_dirty = 1;
  bms->life.was_asleep = is_asleep;
  if (bms->state_ms < LIFE_SAVE_MAX_ms && !store_is_idle(bms)) bms->is_sleep_requested = 0;
}
