/// The core as a whole: start, over-current, faults and clearing, sleep, memory, wrap, identity.
#include <check.h>

#include "../ecu_model/core/store.h"
#include "../ecu_model/core/token.h"
#include "core_rig.h"

Suite *test_suite(void);

static rig_t rig, other;

START_TEST(start_passes_its_tests_quickly) {
  rig_init(&rig);
  ck_assert_uint_le(rig_until(&rig, BMS_STATE_STANDBY, 1000), 200);
  ck_assert_uint_eq(rig.bms.openwire.tested_mask, 0xFF);
  ck_assert_uint_eq(rig.bms.soc.soc_permille, 474); /* 3.7 V */
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

START_TEST(start_without_a_device_ends_in_fault) {
  rig_init(&rig);
  rig.device_is_dead[6] = 1;
  rig.request = SM_REQUEST_DRIVE;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_FAULT, 3000), UINT32_MAX);
  rig_run(&rig, 1000);
  ck_assert_uint_eq(rig.bms.coil_command, 0);
  ck_assert_uint_eq(rig.bms.dtc[DTC_SELFTEST_FAILED].is_latched, 1);
}
END_TEST

START_TEST(token_is_a_full_sequence) {
  uint16_t token = token_next(0);
  ck_assert_uint_eq(token, 0xACE1);
  ck_assert_uint_eq(token_next(0xACE1), 0xE270);
  ck_assert_uint_eq(token_next(0xE270), 0x7138);
  uint32_t period = 0;
  do {
    token = token_next(token);
    period++;
  } while (token != 0xACE1);
  ck_assert_uint_eq(period, 65535);
  rig_init(&rig);
  uint16_t expected = 0;
  for (uint32_t i = 0; i < 200; i++) {
    if (i % 10 == 0) expected = token_next(expected);
    rig_tick(&rig);
    ck_assert_uint_eq(rig.out.watchdog_token, expected);
  }
}
END_TEST

START_TEST(over_current_opens_within_30_ms) {
  for (uint32_t phase = 0; phase < 10; phase++) {
    rig_init(&rig);
    ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
    rig_run(&rig, phase);
    rig.current_mA = _i ? -251000 : 401000;
    uint32_t ms = rig_until_open(&rig, 100);
    ck_assert_uint_ge(ms, 20);
    ck_assert_uint_le(ms, 22);
    rig.current_mA = 0; /* the fault is told although it is over */
    rig_run(&rig, 200);
    uint32_t dtc = _i ? DTC_OVER_CURRENT_CHARGE : DTC_OVER_CURRENT_DISCHARGE;
    ck_assert_uint_eq(rig.bms.dtc[dtc].is_latched, 1);
    ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
  }
}
END_TEST

START_TEST(pulse_and_threshold_of_over_current) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  for (uint32_t i = 0; i < 20; i++) {
    rig.current_mA = 600000;
    ck_assert_uint_eq(rig_until_open(&rig, 19), UINT32_MAX);
    rig.current_mA = 0;
    rig_run(&rig, 21);
  }
  ck_assert_uint_eq(rig.bms.dtc[DTC_OVER_CURRENT_DISCHARGE].is_active, 0);
  rig.current_mA = 399000;
  ck_assert_uint_eq(rig_until_open(&rig, 1000), UINT32_MAX);
}
END_TEST

/// 360 A for (360^2 - 280^2) t = 240000 A2s: 4.69 s.
START_TEST(overload_opens_by_its_I2t) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = 360000;
  uint32_t ms = rig_until_open(&rig, 10000);
  ck_assert_uint_ge(ms, 4687 * 95 / 100);
  ck_assert_uint_le(ms, 4687 * 105 / 100);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OVER_CURRENT_OVERLOAD].is_active, 1);
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = 279000;
  ck_assert_uint_eq(rig_until_open(&rig, 10000), UINT32_MAX);
}
END_TEST

START_TEST(latched_fault_needs_healing_clearing_and_standby) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_CHARGE));
  rig.group_raw[10] = 43500;
  rig_until(&rig, BMS_STATE_FAULT, 500);
  rig.request = SM_REQUEST_STANDBY;
  rig.clear_faults = 1;
  rig_run(&rig, 2000); /* still too high */
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].is_active, 1);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
  rig.clear_faults = 0;
  rig.group_raw[10] = 37000;
  rig_run(&rig, 4000); /* healed, not cleared */
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 1);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
  rig.request = SM_REQUEST_CHARGE;
  rig.clear_faults = 1;
  rig_run(&rig, 500); /* cleared, but the request never went back */
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].is_active, 0);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
  rig.request = SM_REQUEST_STANDBY;
  rig_run(&rig, 300);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
  ck_assert(rig_close(&rig, SM_REQUEST_CHARGE));
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].occurrence_count, 1);
}
END_TEST

/// A weld of precharge while driving: the car goes on. Asked to clear meanwhile, the BMS waits for
/// rest and for the fault to be over.
START_TEST(clearing_waits_for_rest_and_healing) {
  const bms_dtc_t *dtc = &rig.bms.dtc[DTC_CONTACTOR_WELDED];
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.aux_is_held[PINS_COIL_PRECHARGE] = rig.aux_held[PINS_COIL_PRECHARGE] = 1;
  rig_run(&rig, 100);
  ck_assert_uint_eq(dtc->is_latched, 1);
  ck_assert_uint_eq(dtc->location, PINS_COIL_PRECHARGE);
  rig.clear_faults = 1;
  rig_run(&rig, 500);
  ck_assert_uint_eq(dtc->is_latched, 1);
  rig.aux_held[PINS_COIL_PRECHARGE] = 0;
  rig_run(&rig, 1500); /* healed, but driving */
  ck_assert_uint_eq(dtc->is_latched, 1);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_DRIVE);
  if (_i == 1) rig.aux_held[PINS_COIL_PRECHARGE] = 1;
  rig.request = SM_REQUEST_STANDBY;
  rig_run(&rig, 1000);
  ck_assert_uint_eq(dtc->is_latched, _i == 1); /* at rest, and not healed in the second */
  ck_assert_uint_eq(dtc->occurrence_count, 1);
  ck_assert_uint_eq(rig.bms.state, _i == 1 ? BMS_STATE_FAULT : BMS_STATE_STANDBY);
  rig.aux_is_held[PINS_COIL_PRECHARGE] = 0;
  rig_run(&rig, 900);
  ck_assert_uint_eq(dtc->is_latched, _i == 1);
  rig_run(&rig, 300);
  ck_assert_uint_eq(dtc->is_latched, 0);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
}
END_TEST

START_TEST(sleeps_and_wakes) {
  rig_init(&rig);
  rig.request = SM_REQUEST_SLEEP;
  rig_run(&rig, 7000);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY); /* ignition is on */
  rig.in.digital &= (uint16_t)~BMS_DI_IGNITION;
  rig_run(&rig, 300);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_SLEEP);
  ck_assert_uint_eq(rig.out.is_sleep_requested, 1);
  rig.request = SM_REQUEST_DRIVE;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_DRIVE, 2000), UINT32_MAX);
  ck_assert_uint_eq(rig.out.is_sleep_requested, 0);
}
END_TEST

static void fall_asleep(void) {
  rig_init(&rig);
  rig.request = SM_REQUEST_SLEEP;
  rig.in.digital &= (uint16_t)~BMS_DI_IGNITION;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_SLEEP, 6000), UINT32_MAX);
}

/// Asleep: no frame, no new token, no coil, no fan. Ignition, plug and request wake within 2 s.
START_TEST(sleep_is_silent_and_ends_by_each_way) {
  fall_asleep();
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) rig.aux_raw[m] = 9000; /* warm: the fan */
  rig_run(&rig, 1000);
  uint16_t token = rig.out.watchdog_token;
  for (uint32_t i = 0; i < 2000; i++) {
    rig_tick(&rig);
    ck_assert_uint_eq(rig.out.can_tx_count, 0);
    ck_assert_uint_eq(rig.out.watchdog_token, token);
    ck_assert_uint_eq(rig.out.coil_command, 0);
    ck_assert_uint_eq(rig.out.fan_duty_permille, 0);
  }
  if (_i == 0) rig.in.digital |= BMS_DI_IGNITION;
  if (_i == 1) rig.in.digital |= BMS_DI_CHARGER_PLUG;
  if (_i == 2) rig.request = SM_REQUEST_STANDBY;
  ck_assert_uint_le(rig_until(&rig, BMS_STATE_STANDBY, 2000), 300);
  rig_run(&rig, 100);
  ck_assert_uint_ne(rig.out.watchdog_token, token);
  ck_assert_uint_gt(rig.out.fan_duty_permille, 0);
  ck_assert_uint_lt(rig.tick - rig.last_can_id_ms[0], 110);
}
END_TEST

/// A new danger wakes it once; then it may sleep with what it knows.
START_TEST(danger_ends_the_sleep_once) {
  fall_asleep();
  rig.group_raw[20] = 43500;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_SELFTEST, 200), UINT32_MAX);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_FAULT, 1000), UINT32_MAX);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_SLEEP, 6000), UINT32_MAX);
  rig_run(&rig, 10000);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_SLEEP);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 1);
}
END_TEST

/// Contactors that are not told to open by their own sequence: after 1 s all coils go at once.
START_TEST(opening_that_does_not_end_drops_all) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.bms.state = BMS_STATE_OPENING;
  rig.bms.state_ms = SM_OPENING_MAX_ms - 10;
  rig_run(&rig, 10);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 3);
  rig_run(&rig, 10);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
  ck_assert_uint_eq(rig.bms.reclose_is_locked, 1);
  rig_run(&rig, 2000); /* drive is still asked for */
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
}
END_TEST

START_TEST(fan_is_full_when_hot) {
  rig_init(&rig);
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) rig.aux_raw[m] = 4500; /* 70 degC */
  rig_run(&rig, 1000);
  ck_assert_uint_eq(rig.out.fan_duty_permille, 1000);
}
END_TEST

/// Nobody asks for anything any more: after a minute it sleeps, unless ignition or plug keep it.
START_TEST(silent_bus_ends_in_sleep) {
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 1000), UINT32_MAX);
  rig.vcm_is_silent = 1;
  if (_i == 0) rig.in.digital &= (uint16_t)~BMS_DI_IGNITION;
  if (_i == 2)
    rig.in.digital =
        (uint16_t)((rig.in.digital & ~(uint32_t)BMS_DI_IGNITION) | BMS_DI_CHARGER_PLUG);
  rig_run(&rig, 59900);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
  rig_run(&rig, 300);
  ck_assert_uint_eq(rig.bms.state, _i == 0 ? BMS_STATE_SLEEP : BMS_STATE_STANDBY);
  rig_run(&rig, 1000);
  ck_assert_uint_eq(rig.bms.state, _i == 0 ? BMS_STATE_SLEEP : BMS_STATE_STANDBY);
}
END_TEST

START_TEST(the_boot_says_what_the_bus_can_carry) {
  static bms_t bms;
  bms_config_t config = *bms_config_soul_ev();
  for (uint32_t i = 0; i < 4; i++) {
    const bms_boot_t boot = {.can_is_fd = (uint8_t)(i & 1u)};
    config.can_is_fd = (uint8_t)(i >> 1);
    bms_init(&bms, &config, &boot);
    ck_assert_uint_eq(bms.config.can_is_fd, i != 0);
  }
}
END_TEST

/// A self test that is done in the very step in which its time ends is in time.
START_TEST(a_self_test_may_end_in_its_last_moment) {
  static rig_t late;
  rig_init(&rig);
  uint32_t was_late = 0, was_in_time = 0;
  while (rig.bms.state != BMS_STATE_STANDBY) {
    late = rig;
    rig_tick(&rig);
    if (late.bms.state != BMS_STATE_SELFTEST) continue;
    late.bms.config.selftest_max_ms = 0; /* from this step on */
    rig_tick(&late);
    const int is_told = late.bms.dtc[DTC_SELFTEST_FAILED].is_active;
    if (late.bms.state == BMS_STATE_STANDBY) {
      ck_assert_int_eq(is_told, 0);
      was_in_time++;
    }
    was_late += (uint32_t)is_told;
  }
  ck_assert_uint_eq(was_in_time, 1);
  ck_assert_uint_gt(was_late, 0);
}
END_TEST

/// What forbids closing in standby: a hot precharge resistor, and an opening that went wrong.
START_TEST(standby_does_not_close_while_forbidden) {
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 2000), UINT32_MAX);
  rig.bms.config.precharge_cooling_s = 4;
  rig.bms.contactor.energy_uJ = 1000000 * (int64_t)rig.bms.config.precharge_reentry_max_J;
  rig_run(&rig, 10);
  ck_assert_uint_gt(rig.bms.contactor.cooldown_ms, 0);
  rig.request = SM_REQUEST_DRIVE;
  uint32_t wait_ms = 0;
  for (; rig.bms.contactor.cooldown_ms > 0 && wait_ms < 10000; wait_ms++) {
    ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
    rig_tick(&rig);
  }
  ck_assert_uint_gt(wait_ms, 500);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_DRIVE, 2000), UINT32_MAX);
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 2000), UINT32_MAX);
  rig.bms.reclose_is_locked = 1;
  rig.request = SM_REQUEST_DRIVE;
  for (uint32_t ms = 0; ms < 3000; ms++) {
    rig_tick(&rig);
    ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
  }
}
END_TEST

/// Without any temperature charge is reckoned as at 25 degC, which the healthy one has.
START_TEST(charge_is_known_without_a_temperature) {
  static rig_t blind;
  rig_init(&rig);
  blind = rig;
  blind.aux_is_lost = 1;
  while (!rig.bms.soc.is_initialised) rig_tick(&rig);
  for (uint32_t ms = 0; ms < 2000 && !blind.bms.soc.is_initialised; ms++) rig_tick(&blind);
  ck_assert_uint_eq(blind.bms.soc.is_initialised, 1);
  ck_assert_uint_eq(blind.bms.meas.temperature_max_index, BMS_NO_LOCATION);
  ck_assert_uint_eq(blind.bms.soc.soc_permille, rig.bms.soc.soc_permille);
}
END_TEST

/// Without any voltage charge stays unknown. In standby: the chain dies as it gets there.
START_TEST(charge_waits_for_a_voltage) {
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 2000), UINT32_MAX);
  rig.bms.soc.is_initialised = 0;
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) rig.device_is_dead[m] = 1;
  memset(rig.bms.meas.group_quality, BMS_QUALITY_INVALID, sizeof rig.bms.meas.group_quality);
  uint32_t without_ms = 0;
  for (uint32_t ms = 0; ms < 300; ms++) {
    rig_tick(&rig);
    if (rig.bms.meas.valid_group_count != 0) continue;
    ck_assert_uint_eq(rig.bms.soc.is_initialised, 0);
    without_ms += rig.bms.state == BMS_STATE_STANDBY;
  }
  ck_assert_uint_gt(without_ms, 50);
}
END_TEST

/// The same run from any clock: identical outputs, also across the wrap.
START_TEST(clock_may_wrap_at_any_time) {
  rig_init_at(&rig, 0);
  rig_init_at(&other, UINT32_MAX - 3000u);
  for (uint32_t i = 0; i < 9000; i++) {
    if (i == 500) rig.request = other.request = SM_REQUEST_DRIVE;
    if (i == 2500) rig.wire_is_open[30] = other.wire_is_open[30] = 1;
    if (i == 5000) rig.group_raw[70] = other.group_raw[70] = 44000;
    rig_tick(&rig);
    rig_tick(&other);
    ck_assert_mem_eq(&rig.out, &other.out, sizeof rig.out);
  }
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].is_active, 1);
  ck_assert_uint_eq(rig.bms.jitter_count, 0);
}
END_TEST

START_TEST(copy_goes_on_identically) {
  rig_init(&rig);
  rig_close(&rig, SM_REQUEST_DRIVE);
  other = rig;
  for (uint32_t i = 0; i < 3000; i++) {
    rig_tick(&rig);
    rig_tick(&other);
  }
  ck_assert_mem_eq(&rig.bms, &other.bms, sizeof rig.bms);
}
END_TEST

START_TEST(state_is_small) { ck_assert_uint_le(sizeof(bms_t), 16384); }
END_TEST

/* --- memory ---------------------------------------------------------------------------------- */

typedef struct {
  bms_boot_t boot;
  uint8_t sequence;
} nvm_t;

/// Runs with a memory that takes cut bytes of each page and then confirms, or never when is_cut.
static void run_with_memory(nvm_t *nvm, uint32_t ms, uint32_t cut_bytes) {
  for (uint32_t i = 0; i < ms; i++) {
    rig_tick(&rig);
    if (rig.out.nvm_request == nvm->sequence || rig.out.nvm_bytes == 0) continue;
    nvm->sequence = rig.out.nvm_request;
    uint32_t bytes = rig.out.nvm_bytes < cut_bytes ? rig.out.nvm_bytes : cut_bytes;
    memcpy(nvm->boot.nvm + rig.out.nvm_offset, rig.out.nvm_data, bytes);
    if (bytes < rig.out.nvm_bytes) return; /* the power goes */
    rig.in.nvm_ack = nvm->sequence;
    rig.in.nvm_ok = 1;
  }
}

static void power_cycle(nvm_t *nvm) {
  rig_init(&rig);
  nvm->sequence = 0;
  nvm->boot.nvm_bytes = BMS_NVM_BYTES;
  bms_init(&rig.bms, bms_config_soul_ev(), &nvm->boot);
}

START_TEST(latched_fault_and_soc_survive_a_power_cut) {
  static nvm_t nvm;
  memset(&nvm, 0, sizeof nvm);
  memset(nvm.boot.nvm, 0xFF, sizeof nvm.boot.nvm);
  power_cycle(&nvm);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_believe_soc(&rig, 494); /* 2 % more than the rest voltage says */
  rig.group_raw[1] = 43500;
  run_with_memory(&nvm, 1000, BMS_NVM_BYTES);
  uint32_t soc_permille = rig.bms.soc.soc_permille;
  ck_assert_uint_eq(soc_permille, 494);
  power_cycle(&nvm);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].occurrence_count, 1);
  rig_run(&rig, 500);
  /* at most half a percent a second leads it back to the voltage */
  ck_assert_uint_le(rig.bms.soc.soc_permille, soc_permille);
  ck_assert_uint_ge(rig.bms.soc.soc_permille, soc_permille - 3);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
  ck_assert_uint_eq(rig.bms.dtc[DTC_NVM_RECORD_LOST].is_active, 0);
}
END_TEST

/// A cut at any byte of the newer page: the older one still says what was acknowledged.
START_TEST(cut_at_any_byte_loses_nothing_acknowledged) {
  static nvm_t nvm, before;
  memset(&nvm, 0, sizeof nvm);
  power_cycle(&nvm);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.group_raw[1] = 43500;
  run_with_memory(&nvm, 1000, BMS_NVM_BYTES);
  before = nvm;
  for (uint32_t cut = 0; cut < STORE_PAGE_BYTES; cut++) {
    nvm = before;
    power_cycle(&nvm);
    rig_run(&rig, 300);
    rig.clear_faults = 1;
    rig.request = SM_REQUEST_STANDBY;
    run_with_memory(&nvm, 1500, cut);
    power_cycle(&nvm);
    ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 1);
  }
  nvm = before;
  power_cycle(&nvm);
  rig_run(&rig, 300);
  rig.clear_faults = 1;
  run_with_memory(&nvm, 1500, BMS_NVM_BYTES);
  power_cycle(&nvm);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 0);
}
END_TEST

START_TEST(damaged_pages_are_refused_and_told) {
  static nvm_t nvm;
  memset(&nvm, 0, sizeof nvm);
  power_cycle(&nvm);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.request = SM_REQUEST_STANDBY;
  run_with_memory(&nvm, 1000, BMS_NVM_BYTES);
  for (uint32_t bit = (uint32_t)_i; bit < STORE_PAGE_BYTES * 8; bit += 16) {
    nvm_t damaged = nvm;
    damaged.boot.nvm[bit / 8] ^= (uint8_t)(1u << bit % 8);
    power_cycle(&damaged);
    ck_assert_uint_le(rig.bms.stored_soc_permille, 1000); /* the other page has it */
    damaged.boot.nvm[STORE_PAGE_BYTES + bit / 8] ^= (uint8_t)(1u << bit % 8);
    power_cycle(&damaged);
    ck_assert_uint_gt(rig.bms.stored_soc_permille, 1000);
    rig_run(&rig, 30);
    ck_assert_uint_eq(rig.bms.dtc[DTC_NVM_RECORD_LOST].is_active, 1);
    ck_assert_uint_eq(rig.bms.fault_level, DTC_LEVEL_INFO);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_bms");
  TCase *tests = tcase_create("bms");
  tcase_add_test(tests, start_passes_its_tests_quickly);
  tcase_add_test(tests, start_without_a_device_ends_in_fault);
  tcase_add_test(tests, token_is_a_full_sequence);
  tcase_add_loop_test(tests, over_current_opens_within_30_ms, 0, 2);
  tcase_add_test(tests, pulse_and_threshold_of_over_current);
  tcase_add_test(tests, overload_opens_by_its_I2t);
  tcase_add_test(tests, latched_fault_needs_healing_clearing_and_standby);
  tcase_add_loop_test(tests, clearing_waits_for_rest_and_healing, 0, 2);
  tcase_add_test(tests, sleeps_and_wakes);
  tcase_add_loop_test(tests, sleep_is_silent_and_ends_by_each_way, 0, 3);
  tcase_add_test(tests, danger_ends_the_sleep_once);
  tcase_add_test(tests, fan_is_full_when_hot);
  tcase_add_test(tests, opening_that_does_not_end_drops_all);
  tcase_add_loop_test(tests, silent_bus_ends_in_sleep, 0, 3);
  tcase_add_test(tests, the_boot_says_what_the_bus_can_carry);
  tcase_add_test(tests, a_self_test_may_end_in_its_last_moment);
  tcase_add_test(tests, standby_does_not_close_while_forbidden);
  tcase_add_test(tests, charge_is_known_without_a_temperature);
  tcase_add_test(tests, charge_waits_for_a_voltage);
  tcase_add_test(tests, clock_may_wrap_at_any_time);
  tcase_add_test(tests, copy_goes_on_identically);
  tcase_add_test(tests, state_is_small);
  tcase_add_test(tests, latched_fault_and_soc_survive_a_power_cut);
  tcase_add_test(tests, cut_at_any_byte_loses_nothing_acknowledged);
  tcase_add_loop_test(tests, damaged_pages_are_refused_and_told, 0, 16);
  suite_add_tcase(suite, tests);
  return suite;
}
