/// The loop that closes world and ECU: steps 2-5 of a tick, in the promised order.
#include "hil.h"

#include <stddef.h>
#include <string.h>

#include "../ecu_model/gen/can_codec.h"
#include "hash.h"
#include "hil_chassis.h"
#include "hil_ecu.h"
#include "hil_heat.h"
#include "hil_hash.h"
#include "hil_time.h"
#include "rare.h"

enum { NS_PER_US = 1000, STATE_HASH_PERIOD_US = 1000000 };

static const double UNLIMITED = 1e9; /* W or A */
/* Current control errs: the vehicle aims this much below a limit of current (assumed). */
static const double SHARE_OF_LIMIT = 0.999;
static const double CHARGER_GIVES_A = 0.05;
static const double KPH_PER_MPS = 3.6;

hil_status_t hil_init(hil_t *hil, const hil_config_t *config) {
  memset(hil, 0, sizeof *hil);
  if (pack_init(&hil->pack, config->cell, config->pack) != PACK_OK) return HIL_ERR_CONFIG;
  hil->dt_us = config->dt_us;
  hil->time_start_ms = config->time_start_ms;
  hil->can_is_fd = config->can_is_fd;
  hil->seat = config->seat;
  hil->guest = config->guest;
  hil->stimulus.request = VCM_STANDBY;
  hil->stimulus.obeys_limits = 1;
  hil->stimulus.load_is_gated = 1;
  hil->stimulus.charger_obeys = 1;
  hil->stimulus.ambient_degC = config->pack->ambient_degC;
  hil->stimulus.supply_V = 13.2;
  hil->stimulus.inlet_degC = HIL_INLET_IS_AMBIENT;
  hil->stimulus.fan_step = -1.0;
  hil->stimulus.hvil_is_closed = 1;
  hil->stimulus.ignition_is_on = 1;
  hil->stimulus.kl30c_is_on = 1;
  hv_init(&hil->hv, &config->hv);
  const isolation_params_t isolation = isolation_params_soul_ev();
  isolation_init(&hil->isolation, &isolation);
  harness_init(&hil->harness, rng_stream(config->seed, "harness"));
  afe_heat_init(&hil->afe_heat);
  sensors_init(&hil->sensors, config->seed);
  vehicle_init(&hil->vehicle, vehicle_params_soul_ev());
  vcm_init(&hil->vcm);
  hil->vcm.is_mute = config->rest_bus == RESTBUS_NONE;
  restbus_init(&hil->restbus, config->rest_bus);
  can_mem_init(&hil->bus, 500000, 2000000);
  board_init(&hil->board, config->seed);
  hil_ecu_boot(hil, BMS_RESET_POWER_ON);
  pack_wire_sources(&hil->pack, hil->harness.pin_V); /* where the pins are before the first tick */
  hil->pack_V = pack_source(&hil->pack, hil->group_extra_A, hil->dt_us).emf_V;
  hil->output_hash = hash_start();
  hil->trace_hash = hash_start();
  return hil->seat_has_failed ? HIL_ERR_ECU : HIL_OK;
}

static int state_lets_current_flow(const hil_t *hil) {
  return hil->vcm.bms_is_alive &&
         (hil->vcm.bms_state == BMS_STATE_DRIVE || hil->vcm.bms_state == BMS_STATE_CHARGE);
}

/* The inverter empties the link when the car wants no high voltage or the BMS gave it up. */
static int link_is_to_be_discharged(const hil_t *hil) {
  if (hil->stimulus.request == VCM_SLEEP || hil->stimulus.request == VCM_STANDBY) return 1;
  return hil->vcm.bms_state == BMS_STATE_OPENING || hil->vcm.bms_state == BMS_STATE_FAULT;
}

static double smaller(double a, double b) { return a < b ? a : b; }
static double larger(double a, double b) { return a > b ? a : b; }

APART static void start_cycle_when_driving(hil_t *hil) {
  if (hil->stimulus.cycle == NULL || !vehicle_is_done(&hil->vehicle, hil->now_us)) return;
  if (!hil->vcm.bms_is_alive || hil->vcm.bms_state != BMS_STATE_DRIVE) return;
  hil->drive_has_begun = 1;
  hil->vehicle.cycle = hil->stimulus.cycle;
  hil->vehicle.repeat_count = hil->stimulus.cycle_repeat_count;
  hil->vehicle.start_us = hil->now_us;
  hil->stimulus.cycle = NULL;
}

static charger_set_t charger_set(const hil_t *hil) {
  const hil_stimulus_t *stimulus = &hil->stimulus;
  const int may_act = state_lets_current_flow(hil) || !stimulus->load_is_gated;
  return (charger_set_t){.kind = (charger_kind_t)stimulus->charger_kind,
                         .current_A = stimulus->charger_current_A,
                         .voltage_V = stimulus->charger_voltage_V,
                         .time_us = hil->now_us,
                         .allowed_A = hil->vcm.charge_limit_A,
                         .allowed_V = hil->vcm.charge_limit_V,
                         .obeys = stimulus->charger_obeys,
                         .may_act = (uint8_t)may_act};
}

typedef struct {
  double discharge_W, charge_W, discharge_A, charge_A;
} allowed_t;

/* What vehicle and loads may take beside the heater, which hangs on the same link. */
static allowed_t allowed_now(const hil_t *hil) {
  const vcm_t *vcm = &hil->vcm;
  if (!hil->stimulus.obeys_limits) return (allowed_t){UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED};
  const double link_V = hil->hv.link_V, heater_A = hil_heat_mats_S(hil) * link_V;
  allowed_t allowed;
  allowed.discharge_A = larger(SHARE_OF_LIMIT * vcm->discharge_limit_A - heater_A, 0.0);
  allowed.charge_A = SHARE_OF_LIMIT * vcm->charge_limit_A;
  allowed.discharge_W = larger(vcm->discharge_limit_W - heater_A * link_V, 0.0);
  allowed.discharge_W = smaller(allowed.discharge_W, allowed.discharge_A * link_V);
  allowed.charge_W = smaller(vcm->charge_limit_W, allowed.charge_A * link_V);
  return allowed;
}

static void set_load(hil_t *hil, hv_load_t *load) {
  const hil_stimulus_t *stimulus = &hil->stimulus;
  const vcm_t *vcm = &hil->vcm;
  memset(load, 0, sizeof *load);
  start_cycle_when_driving(hil);
  int is_ready = state_lets_current_flow(hil);
  const allowed_t allowed = allowed_now(hil);
  if (is_ready || !stimulus->load_is_gated) {
    load->power_W = smaller(stimulus->power_W + stimulus->aux_W, allowed.discharge_W);
    load->power_W = larger(load->power_W, -allowed.charge_W);
    load->current_A = smaller(stimulus->current_A, allowed.discharge_A);
    load->current_A = larger(load->current_A, -allowed.charge_A);
    if (stimulus->resistance_ohm > 0.0) load->conductance_S = 1.0 / stimulus->resistance_ohm;
  }
  if (hil->drive_has_begun) {
    int is_driving = is_ready && vcm->bms_state == BMS_STATE_DRIVE;
    load->power_W +=
        vehicle_power_W(&hil->vehicle, hil->now_us, hil->dt_us, allowed.discharge_W - load->power_W,
                        allowed.charge_W + load->power_W, is_driving);
  }
  load->is_bounded = stimulus->obeys_limits;
  load->most_A = allowed.discharge_A;
  load->most_back_A = allowed.charge_A;
  const charger_set_t charger = charger_set(hil);
  charger_load(&hil->charger, &charger, load);
  load->isolation_A = hil->isolation.link_A;
  load->conductance_S += hil_heat_mats_S(hil);
  load->short_ohm = stimulus->short_ohm;
  load->terminal_short_ohm = stimulus->terminal_short_ohm;
  load->active_discharge = (uint8_t)link_is_to_be_discharged(hil);
}

static inline void begins(const hil_probe_t *probe, hil_part_t part) {
  if (probe != NULL) probe->begins(probe->user, part);
}

/* step 2 */
static hil_status_t advance_plant(hil_t *hil, const hil_probe_t *probe) {
  begins(probe, HIL_PART_VOLTAGE);
  hil_chassis_step(hil);
  hv_load_t load;
  set_load(hil, &load);
  pack_source_t source = hil_chassis_source(hil);
  hil->pack_A = hv_step(&hil->hv, source, hil->pins_out.coil_V, &load, hil->dt_us);
  hil->pack_V = hil->hv.pack_V;
  charger_book(&hil->charger, hil->hv.charger_J);
  charger_warm(&hil->charger, hil->hv.charger_A * hil->hv.link_mean_V, hil->dt_us);
  hil->pack_J = hil->hv.pack_J;
  hil->pack_loss_J = hil->hv.loss_J;
  hil->pack.ripple_A2s += hil->hv.ripple_A2s;
  begins(probe, HIL_PART_CELLS);
  hil_heat_drive(hil);
  const double string_A = hil->pack_A + hil_chassis_string_A(hil);
  return pack_step(&hil->pack, string_A, hil->dt_us) == PACK_OK ? HIL_OK : HIL_ERR_DIVERGE;
}

/* step 3 */
static void drive_pins(hil_t *hil, const hil_probe_t *probe) {
  pins_in_t *pins = &hil->pins_in;
  begins(probe, HIL_PART_HARNESS);
  hil->wires_are_new = (uint8_t)(harness_is_due(&hil->harness, &hil->pins_out) != 0);
  if (hil->wires_are_new) {
    hil_chassis_wire_sources(hil, hil->wire_source_V);
    harness_solve(&hil->harness, hil->now_us, hil->wire_source_V, &hil->pins_out, pins,
                  hil->group_extra_A);
    afe_heat_take(&hil->afe_heat, &hil->harness, hil->now_us);
  }
  begins(probe, HIL_PART_SENSORS);
  sensors_truth_t truth;
  truth.current_A = hil->pack_A;
  truth.pack_V = hil->pack_V;
  truth.link_V = hil->hv.link_V;
  truth.supply_V = hil->stimulus.supply_V;
  truth.iso_pos_V = hil->isolation.divider_V[ISOLATION_POS];
  truth.iso_neg_V = hil->isolation.divider_V[ISOLATION_NEG];
  pack_modules_degC(&hil->pack, truth.module_degC);
  truth.inlet_degC = hil->pack.air.inlet_degC;
  for (uint32_t i = 0; i < PACK_MAT_COUNT; i++) truth.heater_degC[i] = hil->pack.air.mat_degC[i];
  truth.ambient_degC = hil->stimulus.ambient_degC;
  truth.dt_us = hil->dt_us;
  sensors_sample(&hil->sensors, &truth, pins);
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++) {
    pins->aux_closed[coil] = hil->hv.aux_is_closed[coil];
  }
  pins->fan_tacho_Hz = hil->pack.air.tacho_is_lost ? 0.0 : hil->pack.air.fan_Hz;
  pins->hvil_is_closed = hil->stimulus.hvil_is_closed && !hil->hv.string_is_open;
  pins->crash_is_signalled = hil->stimulus.crash_is_signalled;
  pins->ignition_is_on = hil->stimulus.ignition_is_on;
  pins->kl30c_is_on = hil->stimulus.kl30c_is_on;
  pins->charger_is_plugged = hil->stimulus.charger_is_plugged;
}

/* The newest frames the ECU may take in one step; the rest waits in its node's queue. */
static void receive_for_ecu(hil_t *hil) {
  hil->in.can_rx_count = 0;
  hil->in.can_bus_state = (uint8_t)can_mem_state(&hil->bus, HIL_NODE_BMS);
  hil->in.can_tx_waiting = (uint8_t)hil->bus.tx[HIL_NODE_BMS].count;
  can_mem_rx_t rx;
  while (hil->in.can_rx_count < BMS_CAN_RX_MAX &&
         can_mem_recv(&hil->bus, HIL_NODE_BMS, &rx) == CAN_MEM_OK) {
    hil->in.can_rx[hil->in.can_rx_count++] = rx.frame;
  }
}

/* Everything of the step but the slots that it did not use, which keep old bytes. */
APART static uint64_t hash_output(uint64_t hash, const bms_out_t *out) {
  uint32_t tx_bytes = 0;
  for (uint32_t i = 0; i < out->xfer_count; i++) tx_bytes += out->xfer[i].tx_bytes;
  hash = hash_known(hash, out, offsetof(bms_out_t, afe_tx));
  if (tx_bytes > 0) hash = hash_bytes(hash, out->afe_tx, tx_bytes);
  if (out->can_tx_count > 0) {
    hash = hash_bytes(hash, out->can_tx, out->can_tx_count * sizeof out->can_tx[0]);
  }
  return hash;
}

static void send_for_ecu(hil_t *hil) {
  for (uint32_t i = 0; i < hil->out.can_tx_count; i++) {
    (void)can_mem_send(&hil->bus, HIL_NODE_BMS, hil->now_us * NS_PER_US, &hil->out.can_tx[i]);
  }
  if (hil->out.can_restart_is_asked) can_mem_restart(&hil->bus, HIL_NODE_BMS);
}

/* The core does not run: what it drives stays, and it orders nothing anew. */
RARE static void hang_ecu(hil_t *hil) {
  hil->out.can_tx_count = hil->out.xfer_count = hil->out.nvm_bytes = 0;
  hil->out.event_count = hil->out.can_restart_is_asked = 0;
  board_hang(&hil->board, hil->now_us, &hil->pins_in, &hil->out, &hil->pins_out);
}

/* step 4 */
static void step_ecu(hil_t *hil, const hil_probe_t *probe) {
  uint32_t steps = hil_time_steps(hil);
  if (steps == 0) hang_ecu(hil);
  for (uint32_t i = 0; i < steps; i++) {
    if (i > 0) { /* a fast clock: what the step before said is kept */
      send_for_ecu(hil);
      hil->output_hash = hash_output(hil->output_hash, &hil->out);
    }
    board_before(&hil->board, hil->now_us, &hil->pins_in, &hil->in);
    hil->in.time_ms = hil_time_ms(hil);
    receive_for_ecu(hil);
    begins(probe, HIL_PART_CORE);
    bms_step(&hil->bms, &hil->in, &hil->out);
    if (hil->seat != NULL) hil_ecu_seat_step(hil);
    begins(probe, HIL_PART_BOARD);
    board_after(&hil->board, hil->now_us, &hil->out, &hil->pins_out);
  }
}

/* step 4 with an ECU behind the bus cut: what it drives comes from there */
RARE static void step_guest(hil_t *hil) {
  hil_guest_io_t io = {.now_us = hil->now_us,
                       .pins_in = &hil->pins_in,
                       .in = &hil->in,
                       .out = &hil->out,
                       .belief = &hil->bms,
                       .pins_out = &hil->pins_out};
  receive_for_ecu(hil);
  memset(&hil->out, 0, offsetof(bms_out_t, afe_tx));
  hil->guest->step(hil->guest->user, &io);
}

static void note_frame(hil_t *hil, const can_mem_rx_t *rx) {
  for (uint32_t m = 0; m < CAN_MSG_COUNT; m++) {
    if (can_msg[m].id != rx->frame.id) continue;
    hil->last_frame[m].frame = rx->frame;
    hil->last_frame[m].time_ns = rx->time_ns;
    hil->last_frame[m].count++;
    return;
  }
}

APART static void tell_charger(const hil_t *hil, restbus_truth_t *truth) {
  const charger_set_t set = charger_set(hil);
  const int is_there = hil->stimulus.charger_is_plugged || set.current_A > 0.0;
  const int gives = hil->hv.charger_A > CHARGER_GIVES_A;
  const charger_limits_t limits = charger_limits(set.kind);
  charger_set_point(&set, &truth->set_A, &truth->set_V);
  truth->charger = is_there ? RESTBUS_PLUGGED : RESTBUS_UNPLUGGED;
  if (gives) truth->charger = truth->set_A > 0.0 ? RESTBUS_CHARGING : RESTBUS_FAULT;
  truth->charger_is_plugged = hil->stimulus.charger_is_plugged;
  truth->charger_is_rapid = is_there && set.kind == CHARGER_DC;
  truth->ac_is_present = is_there && set.kind == CHARGER_AC;
  truth->charger_is_in_cv = hil->hv.charger_is_in_cv;
  truth->charger_A = hil->hv.charger_A;
  truth->charger_degC = hil->stimulus.ambient_degC + hil->charger.case_K;
  truth->grid_W = hil->hv.charger_A * hil->hv.link_mean_V /
                  charger_limits((charger_kind_t)hil->charger.held_kind).efficiency;
  if (!is_there) return;
  truth->charger_max_A = limits.current_max_A;
  truth->charger_max_V = limits.voltage_max_V;
  truth->charger_max_W = limits.grid_max_W > 0.0 ? limits.efficiency * limits.grid_max_W
                                                 : limits.current_max_A * limits.voltage_max_V;
}

APART static void tell_the_rest(hil_t *hil) {
  const hil_stimulus_t *stimulus = &hil->stimulus;
  restbus_truth_t truth;
  memset(&truth, 0, sizeof truth);
  truth.ignition_is_on = stimulus->ignition_is_on;
  truth.is_ready = stimulus->request == VCM_DRIVE && hil->vcm.bms_is_alive &&
                   hil->vcm.bms_state == BMS_STATE_DRIVE;
  truth.crash_is_signalled = stimulus->crash_is_signalled;
  truth.link_is_discharging = (uint8_t)link_is_to_be_discharged(hil);
  truth.supply_V = stimulus->supply_V;
  truth.ambient_degC = stimulus->ambient_degC;
  truth.link_V = hil->hv.link_V;
  truth.load_A = hil->hv.load_A;
  truth.speed_kph = hil->vcm.speed_kph;
  tell_charger(hil, &truth);
  restbus_step(&hil->restbus, hil->now_us, &truth, &hil->bus, HIL_NODE_VCM);
}

/* step 5 */
static void run_bus(hil_t *hil) {
  send_for_ecu(hil);
  hil->vcm.request = hil->stimulus.request;
  hil->vcm.clear_faults = hil->stimulus.clear_faults;
  hil->vcm.port_is_rapid =
      hil->stimulus.charger_is_plugged && hil->stimulus.charger_kind == CHARGER_DC;
  hil->vcm.speed_kph = hil->vehicle.speed_mps * KPH_PER_MPS;
  vcm_step(&hil->vcm, hil->now_us, &hil->bus, HIL_NODE_VCM);
  if (restbus_is_due(&hil->restbus, hil->now_us)) tell_the_rest(hil);
  can_mem_advance(&hil->bus, (hil->now_us + hil->dt_us) * NS_PER_US);
}

static void update_hashes(hil_t *hil) {
  hil->output_hash = hash_output(hil->output_hash, &hil->out);
  const size_t wires = offsetof(pins_in_t, current_low_V); /* the arrays before it stand still */
  const uint8_t *pins = (const uint8_t *)&hil->pins_in; /* between two solutions */
  uint64_t hash = hash_known(hil->trace_hash, pins + wires, sizeof hil->pins_in - wires);
  if (hil->wires_are_new) hash = hash_bytes(hash, pins, wires);
  hash = hash_known(hash, &hil->pins_out, sizeof hil->pins_out);
  hash = hash_known(hash, &hil->output_hash, sizeof hil->output_hash);
  if (hil->now_us % STATE_HASH_PERIOD_US == 0) hash = hil_hash_state(hil, hash);
  hil->trace_hash = hash;
}

static inline hil_status_t step(hil_t *hil, const hil_probe_t *probe) {
  hil_status_t status = advance_plant(hil, probe);
  if (status != HIL_OK) return status;
  drive_pins(hil, probe);
  begins(probe, HIL_PART_BOARD);
  if (hil->guest != NULL)
    step_guest(hil);
  else if (hil_ecu_tick(hil))
    step_ecu(hil, probe);
  else
    hil_ecu_idle(hil);
  if (hil->seat_has_failed) return HIL_ERR_ECU;
  begins(probe, HIL_PART_BUS);
  run_bus(hil);
  begins(probe, HIL_PART_HASH);
  update_hashes(hil);
  if (hil->out.reset_is_asked) hil_ecu_reset(hil);
  begins(probe, HIL_PART_COUNT);
  hil->now_us += hil->dt_us;
  hil->tick++;
  return HIL_OK;
}

hil_status_t hil_step(hil_t *hil) { return step(hil, NULL); }

hil_status_t hil_step_probed(hil_t *hil, const hil_probe_t *probe) { return step(hil, probe); }

int hil_next_frame(hil_t *hil, can_mem_rx_t *rx) {
  if (can_mem_recv(&hil->bus, HIL_NODE_MONITOR, rx) != CAN_MEM_OK) return 0;
  note_frame(hil, rx);
  return 1;
}
