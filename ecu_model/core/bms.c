/// The BMS core's step: what runs in which millisecond, and how the parts hang together.
#include "bms.h"

#include <stddef.h>
#include <string.h>

#include "afe.h"
#include "balance.h"
#include "bleed.h"
#include "busoff.h"
#include "comm.h"
#include "comm_diag.h"
#include "contactor.h"
#include "deadline.h"
#include "diag.h"
#include "history.h"
#include "life.h"
#include "imd.h"
#include "limit.h"
#include "meas.h"
#include "openwire.h"
#include "protect.h"
#include "server.h"
#include "sm.h"
#include "soc.h"
#include "sof.h"
#include "soh.h"
#include "store.h"
#include "suspicion.h"
#include "thermal.h"
#include "token.h"

enum {
  CYCLE_ms = 10,
  PREDICT_ms = 1,
  PLAN_ms = 2, /* steps within the cycle; the AFE's own are in afe.h */
  DIAG_ms = 3,
  STORE_ms = 4,
  LIMITS_ms = 5,
  ESTIMATE_ms = 6,
  BALANCE_ms = 7,
  SETTLE_ms = 8,
  MAIN_ms = 9,
  USUAL_ddegC = 250
};

const bms_config_t *bms_config_soul_ev(void) {
  static const bms_config_t config = {
      .capacity_mAh = 79000,
      .power_max_W = 90000,
      .charge_max_mA = 190000,
      .discharge_max_mA = 280000,
      .group_charge_target_mV = 4170,
      .group_discharge_target_mV = 2850,
      .voltage_guard_mV = 3,
      .I2t_limit_A2s = 240000, /* 320 A for 10 s beyond 280 A */
      .precharge_ohm = 40,
      .precharge_min_ms = 60,
      .precharge_max_ms = 360,
      .precharge_try_max = 3,
      .precharge_pause_ms = 300,
      .precharge_energy_max_J = 1500,
      .precharge_reentry_max_J = 3000,
      .precharge_cooling_s = 120,
      .precharge_delta_permille = 30,
      .precharge_current_max_mA = 2000,
      .aux_mismatch_ms = 50,
      .openwire_closed_ms = 3500,
      .openwire_rest_ms = 700,
      .openwire_zero_ms = 9000,
      .withhold_ms = 60,
      .request_timeout_ms = 300,
      .request_zero_ms = 1000,
      .selftest_max_ms = 2000,
      .sleep_after_ms = 5000,
      .sleep_silent_ms = 60000,
      .isolation_divider_ohm = 2000000,
      .isolation_lost_ohm = 40300, /* 100 and 500 ohm/V at 403 V */
      .isolation_low_ohm = 201500,
      .isolation_age_max_ms = 30000,
      .cell_set = CELL_TABLE_SOUL_EV,
      .cells_parallel = 2,
  };
  return &config;
}

void bms_init(bms_t *bms, const bms_config_t *config, const bms_boot_t *boot) {
  memset(bms, 0, sizeof *bms);
  bms->config = *config;
  if (boot->can_is_fd != 0) bms->config.can_is_fd = 1;
  bms->reset_cause = (uint8_t)boot->reset_cause;
  bms->state = BMS_STATE_RESET;
  /* the contacts fell with the supply: only a new request may close them */
  bms->reclose_is_locked = boot->reset_cause == BMS_RESET_BROWN_OUT;
  bms->step_ms = DEADLINE_PERIOD_ms;
  bms->task_ms = CYCLE_ms;
  bms->since_task_ms = CYCLE_ms - MAIN_ms - 1; /* so that the first task, too, counts a cycle */
  afe_init(&bms->afe);
  meas_init(&bms->meas);
  contactor_init(&bms->contactor, config, bms->reset_cause);
  comm_init(&bms->comm);
  comm_diag_init(bms);
  imd_init(&bms->imd);
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) bms->dtc[dtc].location = BMS_NO_LOCATION;
  soh_init(bms);
  store_load(bms, boot);
  life_start(bms);
  server_init(bms);
  diag_report(bms, DTC_WATCHDOG_RESET, boot->reset_cause == BMS_RESET_WATCHDOG, BMS_NO_LOCATION);
}

uint32_t bms_dtc_age_cycles(const bms_t *bms, uint32_t dtc) { return history_age_cycles(bms, dtc); }

/* --- state machine ------------------------------------------------------------------------- */

static int selftest_is_done(const bms_t *bms) {
  enum { ALL_DEVICES = (1 << BMS_AFE_COUNT) - 1 };
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    if (bms->meas.module_quality[m] == BMS_QUALITY_NONE) return 0;
  }
  return bms->openwire.tested_mask == ALL_DEVICES && bms->afe.config_ok_mask == ALL_DEVICES;
}

/// Closing begins only with 96 groups in order, and goes on while each has a value.
static int groups_allow_closing(const bms_t *bms) {
  if (bms->state != BMS_STATE_STANDBY) return bms->meas.group_sum_mV != 0;
  return bms->meas.valid_group_count == BMS_GROUP_COUNT && !bms->openwire.is_suspecting;
}

static int close_is_inhibited(const bms_t *bms) {
  int is_at_rest = bms->state == BMS_STATE_STANDBY;
  if (is_at_rest && (!contactor_is_open(bms) || bms->contactor.cooldown_ms > 0)) return 1;
  if (is_at_rest && !imd_allows_closing(bms)) return 1;
  return bms->reaction.is_inhibit_close || bms->reaction.is_zero_open || bms->reaction.is_open ||
         bms->reaction.has_latched || bms->reclose_is_locked || !groups_allow_closing(bms) ||
         bms->meas.temperature_max_index == BMS_NO_LOCATION;
}

static int may_sleep(const bms_t *bms) {
  uint32_t keeps_awake = BMS_DI_IGNITION | BMS_DI_CHARGER_PLUG;
  if ((bms->digital & keeps_awake) != 0 || !contactor_is_open(bms)) return 0;
  if (balance_is_wanted(bms)) return 0;
  if (!comm_request_is_alive(bms)) return bms->state_ms >= bms->config.sleep_silent_ms;
  return bms->comm.request == SM_REQUEST_SLEEP && bms->state_ms >= bms->config.sleep_after_ms;
}

static int is_in_danger(const bms_t *bms) {
  return bms->reaction.is_open || bms->reaction.is_zero_open;
}

/// Ignition, plug, a request for anything but sleep, or a danger that is new.
static int is_woken(const bms_t *bms) {
  if (bms->digital & (BMS_DI_IGNITION | BMS_DI_CHARGER_PLUG)) return 1;
  if (is_in_danger(bms) && !bms->slept_in_danger) return 1;
  return comm_request_is_alive(bms) && bms->comm.request != SM_REQUEST_SLEEP;
}

static void look(const bms_t *bms, sm_in_t *in) {
  memset(in, 0, sizeof *in);
  in->state_ms = bms->state_ms;
  in->request = bms->comm.request;
  in->request_is_alive = (uint8_t)comm_request_is_alive(bms);
  in->selftest_is_done = (uint8_t)selftest_is_done(bms);
  in->selftest_is_late = bms->state_ms >= bms->config.selftest_max_ms;
  in->is_open_demanded = bms->reaction.is_open;
  in->is_zero_demanded = bms->reaction.is_zero_open;
  in->limits_are_shut = bms->limit.ramp_ppm == 0;
  in->is_close_inhibited = (uint8_t)close_is_inhibited(bms);
  in->has_latched = bms->reaction.has_latched;
  in->contactor_result = bms->contactor.result;
  in->contactor_is_waiting = (uint8_t)contactor_is_waiting(bms);
  in->contactor_is_open = bms->contactor.phase == CONTACTOR_OPEN;
  in->may_sleep = (uint8_t)may_sleep(bms);
  if (bms->balance.need_count > 0) in->balance_is_wanted = (uint8_t)balance_is_wanted(bms);
  in->is_woken = (uint8_t)is_woken(bms);
}

static void begin_tests(bms_t *bms) {
  bms->openwire.tested_mask = 0;
  memset(bms->openwire.judged_inputs, 0, sizeof bms->openwire.judged_inputs);
  bms->afe.config_write_is_due = 1;
  (void)openwire_want_test(bms);
}

static void act(bms_t *bms, uint32_t entry) {
  if (entry == SM_ENTRY_OPEN_LOCKED || entry == SM_ENTRY_DROP) bms->reclose_is_locked = 1;
  switch (entry) {
  case SM_ENTRY_TEST:
    begin_tests(bms);
    break;
  case SM_ENTRY_CLOSE:
    contactor_close(bms);
    break;
  case SM_ENTRY_OPEN_NOW:
  case SM_ENTRY_OPEN_LOCKED:
    contactor_open(bms, CONTACTOR_NOW);
    break;
  case SM_ENTRY_OPEN_GRACEFUL:
    contactor_open(bms, CONTACTOR_GRACEFUL);
    break;
  case SM_ENTRY_DROP:
    contactor_open(bms, CONTACTOR_AT_ONCE);
    break;
  default:
    break;
  }
}

static void leave_for(bms_t *bms, const sm_out_t *next, bms_out_t *out) {
  diag_event(out, BMS_EVENT_STATE, next->to, bms->state);
  if (bms->state == BMS_STATE_OPENING && next->to != BMS_STATE_OPENING) {
    bms->store.soc_is_dirty = 1;
  }
  if (next->to == BMS_STATE_SLEEP) bms->slept_in_danger = (uint8_t)is_in_danger(bms);
  bms->state = next->to;
  bms->state_ms = 0;
  act(bms, next->entry);
}

static void start_soc(bms_t *bms) {
  if (bms->soc.is_initialised || bms->state != BMS_STATE_STANDBY) return;
  if (bms->meas.valid_group_count == 0) return;
  int is_known = bms->meas.temperature_max_index != BMS_NO_LOCATION;
  soc_start(&bms->soc, &bms->config, bms->meas.group_mean_mV,
            is_known ? bms->meas.temperature_min_ddegC : USUAL_ddegC, bms->stored_soc_permille);
}

static void run_state_machine(bms_t *bms, bms_out_t *out) {
  sm_in_t in;
  look(bms, &in);
  if (in.request_is_alive && in.request <= SM_REQUEST_STANDBY) bms->reclose_is_locked = 0;
  sm_out_t next = sm_next(bms->state, &in);
  if (next.taken) leave_for(bms, &next, out);
  bms->is_sleep_requested = bms->state == BMS_STATE_SLEEP;
  start_soc(bms);
}

/// The defined clearing: asked by the vehicle controller, at rest, until nothing latched is left.
static void run_clearing(bms_t *bms, bms_out_t *out) {
  int is_at_rest = bms->state == BMS_STATE_STANDBY || bms->state == BMS_STATE_FAULT;
  if (!bms->comm.clear_is_asked || !is_at_rest) return;
  diag_clear(bms, out);
  if (!bms->reaction.has_latched) bms->comm.clear_is_asked = 0;
}

/// Asleep it measures and listens, no more: no coil (without tokens the board drops them), no
/// frame, no fan.
static int is_asleep(const bms_t *bms) { return bms->state == BMS_STATE_SLEEP; }

/* --- tasks --------------------------------------------------------------------------------- */

static void report_request(bms_t *bms) {
  int needs_request = bms->state == BMS_STATE_PRECHARGE || bms->state == BMS_STATE_DRIVE ||
                      bms->state == BMS_STATE_CHARGE;
  int is_lost = !comm_request_is_alive(bms);
  diag_report(bms, DTC_CAN_REQUEST_LOST, needs_request && is_lost, BMS_NO_LOCATION);
}

static void report_bus(bms_t *bms) {
  diag_report(bms, DTC_CAN_BUS_OFF, bms->busoff.is_off, BMS_NO_LOCATION);
}

static void report_selftest(bms_t *bms) {
  int is_late = bms->state == BMS_STATE_SELFTEST && bms->state_ms >= bms->config.selftest_max_ms &&
                !selftest_is_done(bms);
  diag_report(bms, DTC_SELFTEST_FAILED, is_late, BMS_NO_LOCATION);
}

static void run_main(bms_t *bms, const bms_in_t *in, bms_out_t *out) {
  deadline_begin_task(bms);
  bms->state_ms += bms->task_ms;
  if (!afe_is_read_once(&bms->afe)) afe_settle(&bms->afe);
  openwire_evaluate(bms);
  meas_scan(bms);
  suspicion_scan(bms);
  meas_slow(bms, in);
  protect_report(bms);
  limit_walk(bms);
  diag_conditions(bms, in);
  imd_report(bms);
  thermal_report(bms, in);
  report_request(bms);
  report_bus(bms);
  report_selftest(bms);
  deadline_report(bms);
  contactor_step(bms);
  diag_walk(bms, bms->task_ms, out);
  protect_forget(bms);
  run_clearing(bms, out);
  run_state_machine(bms, out);
  life_step(bms);
  soc_update(&bms->soc);
  soc_sample(bms);
  thermal_step(bms);
}

static void run_cycle(bms_t *bms, const bms_in_t *in, bms_out_t *out) {
  switch (bms->cycle_ms) {
  case 0:
    if (!is_asleep(bms)) bms->watchdog_token = token_next(bms->watchdog_token);
    break;
  case PREDICT_ms:
    sof_predict(bms);
    break;
  case PLAN_ms:
    openwire_plan(bms);
    bleed_plan(bms);
    soc_scan(&bms->soc, bms->meas.current_mA); /* the middle of the conversion */
    break;
  case DIAG_ms:
    comm_diag_step(bms, out);
    break;
  case STORE_ms:
    store_step(bms, in, out);
    break;
  case LIMITS_ms:
    sof_update(bms);
    break;
  case ESTIMATE_ms:
    soc_estimate(bms);
    break;
  case BALANCE_ms:
    balance_step(bms);
    break;
  case SETTLE_ms:
    if (afe_is_read_once(&bms->afe)) afe_settle(&bms->afe);
    break;
  case MAIN_ms:
  default: /* there is no other */
    run_main(bms, in, out);
    if (bms->balance.is_on || bms->bleed.phase) balance_guard(bms);
    break;
  }
  afe_send(&bms->afe, bms->cycle_ms, out);
  bms->cycle_ms = (uint8_t)(bms->cycle_ms + 1 < CYCLE_ms ? bms->cycle_ms + 1 : 0);
}

static void begin(bms_t *bms, const bms_in_t *in, bms_out_t *out) {
  /* all before afe_tx, in pieces so short that no loop is needed */
  memset(out, 0, offsetof(bms_out_t, event));
  memset(out->event, 0, sizeof out->event);
  memset(out->nvm_data, 0, sizeof out->nvm_data);
  deadline_step(bms, in->time_ms);
  bms->digital = in->digital;
  bms->step_count++;
}

static void finish(bms_t *bms, uint16_t coils_before, bms_out_t *out) {
  if (bms->coil_command != coils_before) {
    diag_event(out, BMS_EVENT_COIL, bms->coil_command, BMS_NO_LOCATION);
  }
  out->coil_command = bms->coil_command;
  out->coil_command_inverse = (uint16_t) ~(uint32_t)bms->coil_command;
  out->iso_switch = imd_switches(bms);
  out->fan_duty_permille = bms->fan_duty_permille;
  out->watchdog_token = bms->watchdog_token;
  out->is_sleep_requested = bms->is_sleep_requested;
  out->nvm_request = bms->store.sequence;
}

void bms_step(bms_t *bms, const bms_in_t *in, bms_out_t *out) {
  uint16_t coils_before = bms->coil_command;
  begin(bms, in, out);
  afe_receive(&bms->afe, in);
  meas_fast(bms, in);
  int current_is_known = bms->meas.current_validity.quality != BMS_QUALITY_INVALID;
  int32_t charge_mAms = current_is_known ? bms->meas.current_mA * bms->step_ms : 0;
  soc_count(&bms->soc, charge_mAms);
  life_count(bms, charge_mAms);
  protect_step(bms);
  imd_step(bms, in);
  busoff_step(bms, in, out);
  comm_receive(bms, in);
  run_cycle(bms, in, out);
  if (!is_asleep(bms)) comm_send(bms, out);
  finish(bms, coils_before, out);
}
