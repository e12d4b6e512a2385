/// Vehicle controller: a request every 100 ms; the BMS's state and limits as far as to be trusted.
#include "vcm.h"

#include <string.h>

#include "../ecu_model/gen/can_codec.h"
#include "rare.h"

enum { COUNTER_COUNT = E2E_COUNTER_MAX + 1 };

static const double decikilowatt_W = 100.0; ///< raw steps of BMS_Limits
static const double decivolt_V = 0.1;
static const double decikph_kph = 0.1;

void vcm_init(vcm_t *vcm) {
  memset(vcm, 0, sizeof *vcm);
  vcm->obeys_limits = 1;
  e2e_rx_init(&vcm->status_rx);
  e2e_rx_init(&vcm->limits_rx);
}

/// 1 iff the frame is the message, whole and let pass by E2E; counts.
static int is_trusted(vcm_t *vcm, e2e_rx_t *rx, uint16_t data_id, const can_frame_t *frame) {
  e2e_status_t status = e2e_check(rx, data_id, frame->data, frame->len);
  if (e2e_is_ok(status)) {
    vcm->frame_count++;
    return 1;
  }
  if (status != E2E_INITIAL) vcm->e2e_error_count++;
  return 0;
}

static void take_status(vcm_t *vcm, const can_mem_rx_t *rx) {
  if (!is_trusted(vcm, &vcm->status_rx, CAN_BMS_STATUS_E2E_DATA_ID, &rx->frame)) return;
  can_bms_status_t status;
  can_bms_status_unpack(&status, rx->frame.data);
  vcm->bms_counter = status.counter_raw;
  vcm->bms_state = status.state_raw;
  vcm->bms_fault_level = status.fault_level_raw;
  vcm->bms_is_alive = 1;
  vcm->last_status_us = rx->time_ns / 1000u;
}

static void take_limits(vcm_t *vcm, const can_mem_rx_t *rx) {
  if (!is_trusted(vcm, &vcm->limits_rx, CAN_BMS_LIMITS_E2E_DATA_ID, &rx->frame)) return;
  can_bms_limits_t limits;
  can_bms_limits_unpack(&limits, rx->frame.data);
  vcm->discharge_limit_W = limits.discharge_kW_raw * decikilowatt_W;
  vcm->charge_limit_W = limits.charge_kW_raw * decikilowatt_W;
  vcm->discharge_limit_A = limits.discharge_A_raw;
  vcm->charge_limit_A = limits.charge_A_raw;
  vcm->charge_limit_V = limits.charge_voltage_V_raw * decivolt_V;
  vcm->charge_is_allowed = limits.charge_allowed_raw;
  vcm->limits_are_fresh = 1;
  vcm->last_limits_us = rx->time_ns / 1000u;
}

static void check_groups(vcm_t *vcm, const can_frame_t *frame) {
  e2e_status_t status =
      e2e5_check(&vcm->groups_rx, CAN_BMS_GROUPSFD_E2E_DATA_ID, frame->data, frame->len);
  if (e2e_is_ok(status))
    vcm->frame_count++;
  else if (status != E2E_INITIAL)
    vcm->e2e_error_count++;
}

APART static void receive(vcm_t *vcm, can_mem_t *bus, uint32_t node) {
  can_mem_rx_t rx;
  while (can_mem_recv(bus, node, &rx) == CAN_MEM_OK) {
    if (rx.frame.flags == CAN_BMS_GROUPSFD_FLAGS && rx.frame.id == CAN_BMS_GROUPSFD_ID)
      check_groups(vcm, &rx.frame);
    if (rx.frame.flags != 0) continue;
    if (rx.frame.id == CAN_BMS_STATUS_ID && rx.frame.len >= CAN_BMS_STATUS_LEN)
      take_status(vcm, &rx);
    else if (rx.frame.id == CAN_BMS_LIMITS_ID && rx.frame.len >= CAN_BMS_LIMITS_LEN)
      take_limits(vcm, &rx);
  }
}

/// What is older than 300 ms is worth nothing: no power in either direction.
static void forget_stale(vcm_t *vcm, uint64_t now_us) {
  if (now_us > vcm->last_status_us + VCM_STALE_us) vcm->bms_is_alive = 0;
  if (now_us <= vcm->last_limits_us + VCM_STALE_us) return;
  vcm->limits_are_fresh = 0;
  vcm->charge_is_allowed = 0;
  vcm->discharge_limit_W = 0;
  vcm->charge_limit_W = 0;
  vcm->discharge_limit_A = 0;
  vcm->charge_limit_A = 0;
  vcm->charge_limit_V = 0;
}

static uint16_t speed_raw(double speed_kph) {
  double steps = speed_kph / decikph_kph + 0.5;
  return (uint16_t)(steps > 1.0 ? steps < 4095.0 ? steps : 4095.0 : 0.0);
}

APART static void send(vcm_t *vcm, uint64_t now_us, can_mem_t *bus, uint32_t node) {
  can_vcm_request_t request = {.request_raw = (uint8_t)vcm->request,
                               .clear_faults_raw = vcm->clear_faults != 0,
                               .speed_kph_raw = speed_raw(vcm->speed_kph),
                               .rapid_port_raw = vcm->port_is_rapid != 0};
  can_frame_t frame = {.id = CAN_VCM_REQUEST_ID, .len = CAN_VCM_REQUEST_LEN};
  can_vcm_request_pack(&request, frame.data);
  uint8_t counter = vcm->tx.counter;
  e2e_protect(&vcm->tx, CAN_VCM_REQUEST_E2E_DATA_ID, frame.data, frame.len);
  vcm->tx.counter = (uint8_t)((vcm->tx.counter + vcm->fault.counter_jump) % COUNTER_COUNT);
  if (vcm->fault.counter_is_frozen) vcm->tx.counter = counter;
  vcm->counter = counter;
  (void)can_mem_send(bus, node, now_us * 1000u, &frame); /* a full queue is counted there */
}

static void watch_controller(vcm_t *vcm, uint64_t now_us, can_mem_t *bus, uint32_t node) {
  if (can_mem_state(bus, node) != CAN_MEM_OFF) {
    vcm->off_since_us = 0;
    return;
  }
  if (vcm->off_since_us == 0) vcm->off_since_us = now_us;
  if (now_us >= vcm->off_since_us + VCM_RESTART_us) can_mem_restart(bus, node);
}

void vcm_step(vcm_t *vcm, uint64_t now_us, can_mem_t *bus, uint32_t node) {
  watch_controller(vcm, now_us, bus, node);
  if (can_mem_has(bus, node)) receive(vcm, bus, node);
  forget_stale(vcm, now_us);
  if (now_us < vcm->next_send_us) return;
  vcm->next_send_us += VCM_PERIOD_us + vcm->fault.late_ms * 1000u;
  if (vcm->next_send_us <= now_us) vcm->next_send_us = now_us + VCM_PERIOD_us;
  if (!vcm->fault.is_silent && !vcm->is_mute) send(vcm, now_us, bus, node);
}
