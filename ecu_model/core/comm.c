/// CAN side of the core: reception with E2E, transmission in fixed phases.
#include "comm.h"

#include <string.h>

#include "../gen/can_codec.h"
#include "comm_car.h"
#include "comm_diag.h"
#include "imd.h"
#include "meas.h"
#include "sof.h"

enum {
  SECOND_ms = 1000,
  CYCLE_ms = CAN_BMS_STATUS_CYCLE_ms, /* all but those of a second have it */
  STATUS_PHASE_ms = 10,
  LIMITS_PHASE_ms = 22,
  POWER_PHASE_ms = 26,
  EXTREMES_PHASE_ms = 30,
  TEMPERATURES_PHASE_ms = 505,
  ISOLATION_PHASE_ms = 605,
  DTC_PHASE_ms = 705,
  ENERGY_PHASE_ms = 805,
  PAGE_PHASE_ms = 3,
  PAGE_STEP_ms = 4,
  FD_PAGE_PHASE_ms = 9,
  FD_PAGE_STEP_ms = 30,
  REQUEST_LATE_ms = CAN_VCM_REQUEST_CYCLE_ms + CAN_VCM_REQUEST_CYCLE_ms / 2,
  NO_VOLTAGE_raw = 8191,
  NO_TEMPERATURE_raw = 255,
  NO_DTC_raw = 255,
  NO_KOHM_raw = 8191,
  FRAME_BYTES = 8
};

void comm_init(bms_comm_t *comm) {
  memset(comm, 0, sizeof *comm);
  e2e_rx_init(&comm->request_rx);
  comm->request_age_ms = UINT32_MAX;
}

/* --- receiving ----------------------------------------------------------------------------- */

static void take_request(bms_comm_t *comm, const can_frame_t *frame) {
  e2e_status_t status =
      e2e_check(&comm->request_rx, CAN_VCM_REQUEST_E2E_DATA_ID, frame->data, FRAME_BYTES);
  if (!e2e_is_ok(status)) {
    if (status != E2E_INITIAL && comm->bad_run < UINT8_MAX) comm->bad_run++;
    return;
  }
  can_vcm_request_t request;
  can_vcm_request_unpack(&request, frame->data);
  comm->bad_run = 0;
  comm->has_request = 1;
  comm->request_age_ms = 0;
  comm->request = request.request_raw;
  if (request.clear_faults_raw && !comm->clear_last) comm->clear_is_asked = 1;
  if (!request.clear_faults_raw) comm->clear_is_asked = 0;
  comm->clear_last = request.clear_faults_raw;
  comm->speed_dkph = request.speed_kph_raw;
  comm->port_is_rapid = request.rapid_port_raw;
}

static int is_message(const can_frame_t *frame, uint32_t id) {
  return frame->id == id && frame->len >= FRAME_BYTES && frame->flags == 0;
}

/// Requests that should have come since the last right one.
static uint32_t cycles_missed(uint32_t age_ms) {
  if (age_ms < REQUEST_LATE_ms) return 0;
  return (age_ms - REQUEST_LATE_ms) / CAN_VCM_REQUEST_CYCLE_ms + 1;
}

void comm_receive(bms_t *bms, const bms_in_t *in) {
  bms_comm_t *comm = &bms->comm;
  uint32_t missed = cycles_missed(comm->request_age_ms);
  if (comm->request_age_ms < UINT32_MAX - bms->step_ms) comm->request_age_ms += bms->step_ms;
  comm_diag_begin(bms, in);
  uint32_t count = in->can_rx_count < BMS_CAN_RX_MAX ? in->can_rx_count : BMS_CAN_RX_MAX;
  for (uint32_t i = 0; i < count; i++) {
    if (is_message(&in->can_rx[i], CAN_VCM_REQUEST_ID))
      take_request(comm, &in->can_rx[i]);
    else if (comm_diag_is_for(&in->can_rx[i]))
      comm_diag_receive(bms, &in->can_rx[i]);
  }
  for (; comm->has_request && missed < cycles_missed(comm->request_age_ms); missed++) {
    (void)e2e_check_none(&comm->request_rx);
  }
}

int comm_request_is_alive(const bms_t *bms) {
  const bms_comm_t *comm = &bms->comm;
  return comm->has_request && comm->bad_run < COMM_BAD_RUN_MAX &&
         comm->request_age_ms <= bms->config.request_timeout_ms;
}

/* --- sending ------------------------------------------------------------------------------- */

can_frame_t *comm_put(bms_t *bms, bms_out_t *out, uint32_t id, uint8_t len, uint8_t flags) {
  if (out->can_tx_count >= BMS_CAN_TX_MAX) {
    bms->comm.tx_drop_count++;
    return NULL;
  }
  can_frame_t *frame = &out->can_tx[out->can_tx_count++];
  memset(frame, 0, sizeof *frame);
  frame->id = id;
  frame->len = len;
  frame->flags = flags;
  return frame;
}

_Static_assert((int)CAN_BMS_GROUPS_CYCLE_ms == (int)CYCLE_ms, "pages share the others' cycle");
_Static_assert((int)CAN_BMS_GROUPSFD_CYCLE_ms == (int)CYCLE_ms, "on FD, too");

/// A classic frame of 8 bytes.
static can_frame_t *put(bms_t *bms, bms_out_t *out, uint32_t id) {
  return comm_put(bms, out, id, FRAME_BYTES, 0);
}

static uint32_t clip(int32_t value, uint32_t maximum) {
  if (value < 0) return 0;
  return (uint32_t)value < maximum ? (uint32_t)value : maximum;
}

static void send_status(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = put(bms, out, CAN_BMS_STATUS_ID);
  if (frame == NULL) return;
  can_bms_status_t status;
  memset(&status, 0, sizeof status);
  status.state_raw = bms->state;
  status.soc_pct_raw = bms->soc.soc_permille;
  status.main_pos_closed_raw = (bms->digital & BMS_DI_AUX_MAIN_POS) != 0;
  status.main_neg_closed_raw = (bms->digital & BMS_DI_AUX_MAIN_NEG) != 0;
  status.precharge_closed_raw = (bms->digital & BMS_DI_AUX_PRECHARGE) != 0;
  status.fault_level_raw = bms->fault_level;
  status.pack_V_raw = (uint16_t)clip((bms->meas.pack_mV + 50) / 100, 8191);
  int32_t current_raw = bms->meas.current_mA / 100;
  status.current_A_raw = (int16_t)(current_raw > 8191    ? 8191
                                   : current_raw < -8192 ? -8192
                                                         : current_raw);
  status.dtc_count_raw = (uint8_t)clip(bms->dtc_active_count, 63);
  can_bms_status_pack(&status, frame->data);
  e2e_protect(&bms->comm.status_tx, CAN_BMS_STATUS_E2E_DATA_ID, frame->data, FRAME_BYTES);
}

static void send_limits(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = put(bms, out, CAN_BMS_LIMITS_ID);
  if (frame == NULL) return;
  can_bms_limits_t limits;
  memset(&limits, 0, sizeof limits);
  limits.discharge_kW_raw = (uint16_t)clip(bms->limit.discharge_W / 100, 1023);
  limits.charge_kW_raw = (uint16_t)clip(bms->limit.charge_W / 100, 1023);
  limits.discharge_A_raw = (uint16_t)clip(bms->limit.discharge_mA / 1000, 511);
  limits.charge_A_raw = (uint16_t)clip(bms->limit.charge_mA / 1000, 511);
  limits.charge_voltage_V_raw = (uint16_t)clip(bms->limit.charge_voltage_mV / 100, 8191);
  limits.charge_allowed_raw = bms->state == BMS_STATE_CHARGE && bms->limit.charge_mA > 0;
  can_bms_limits_pack(&limits, frame->data);
  e2e_protect(&bms->comm.limits_tx, CAN_BMS_LIMITS_E2E_DATA_ID, frame->data, FRAME_BYTES);
}

/// In steps of 0.5 kW, rounded down.
static uint8_t power_raw(const bms_t *bms, int is_charge, uint32_t horizon) {
  return (uint8_t)clip(sof_published_W(bms, is_charge, horizon) / 500, UINT8_MAX);
}

static void send_power(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = put(bms, out, CAN_BMS_POWER_ID);
  if (frame == NULL) return;
  can_bms_power_t power;
  memset(&power, 0, sizeof power);
  power.discharge_2s_kW_raw = power_raw(bms, 0, SOF_2_s);
  power.discharge_10s_kW_raw = power_raw(bms, 0, SOF_10_s);
  power.discharge_30s_kW_raw = power_raw(bms, 0, SOF_30_s);
  power.charge_2s_kW_raw = power_raw(bms, 1, SOF_2_s);
  power.charge_10s_kW_raw = power_raw(bms, 1, SOF_10_s);
  power.charge_30s_kW_raw = power_raw(bms, 1, SOF_30_s);
  can_bms_power_pack(&power, frame->data);
  e2e_protect(&bms->comm.power_tx, CAN_BMS_POWER_E2E_DATA_ID, frame->data, FRAME_BYTES);
}

static uint8_t temperature_raw(int32_t value_ddegC) {
  if (value_ddegC == MEAS_DDEGC_NONE) return NO_TEMPERATURE_raw;
  return (uint8_t)clip((value_ddegC + 405) / 10, NO_TEMPERATURE_raw - 1); /* rounded */
}

static void send_extremes(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = put(bms, out, CAN_BMS_EXTREMES_ID);
  if (frame == NULL) return;
  const bms_meas_t *meas = &bms->meas;
  int has_groups = meas->group_max_index != BMS_NO_LOCATION;
  int has_temperatures = meas->temperature_max_index != BMS_NO_LOCATION;
  can_bms_extremes_t extremes;
  memset(&extremes, 0, sizeof extremes);
  extremes.group_max_V_raw = has_groups ? meas->group_max_mV : NO_VOLTAGE_raw;
  extremes.group_min_V_raw = has_groups ? meas->group_min_mV : NO_VOLTAGE_raw;
  extremes.group_max_index_raw = has_groups ? meas->group_max_index : 0;
  extremes.group_min_index_raw = has_groups ? meas->group_min_index : 0;
  extremes.temperature_max_degC_raw =
      temperature_raw(has_temperatures ? meas->temperature_max_ddegC : MEAS_DDEGC_NONE);
  extremes.temperature_min_degC_raw =
      temperature_raw(has_temperatures ? meas->temperature_min_ddegC : MEAS_DDEGC_NONE);
  extremes.valid_group_count_raw = (uint8_t)meas->valid_group_count;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    if (bms->balance.mask[device] != 0) extremes.is_balancing_raw = 1;
  }
  can_bms_extremes_pack(&extremes, frame->data);
}

static uint8_t module_raw(const bms_t *bms, uint32_t m) {
  int is_valid = bms->meas.module_quality[m] == BMS_QUALITY_VALID;
  return temperature_raw(is_valid ? bms->meas.module_ddegC[m] : MEAS_DDEGC_NONE);
}

static void send_temperatures(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = put(bms, out, CAN_BMS_TEMPERATURES_ID);
  if (frame == NULL) return;
  can_bms_temperatures_t message;
  message.module_1_degC_raw = module_raw(bms, 0);
  message.module_2_degC_raw = module_raw(bms, 1);
  message.module_3_degC_raw = module_raw(bms, 2);
  message.module_4_degC_raw = module_raw(bms, 3);
  message.module_5_degC_raw = module_raw(bms, 4);
  message.module_6_degC_raw = module_raw(bms, 5);
  message.module_7_degC_raw = module_raw(bms, 6);
  message.module_8_degC_raw = module_raw(bms, 7);
  can_bms_temperatures_pack(&message, frame->data);
}

static uint16_t kohm_raw(const bms_imd_t *imd, uint32_t ohm) {
  if (imd->quality > BMS_QUALITY_STALE) return NO_KOHM_raw;
  return (uint16_t)clip((int32_t)(ohm / 1000u), NO_KOHM_raw);
}

static void send_isolation(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = put(bms, out, CAN_BMS_ISOLATION_ID);
  if (frame == NULL) return;
  const bms_imd_t *imd = &bms->imd;
  can_bms_isolation_t message;
  memset(&message, 0, sizeof message);
  message.isolation_kohm_raw = kohm_raw(imd, imd->ohm);
  message.pos_kohm_raw = kohm_raw(imd, imd->pos_ohm);
  message.neg_kohm_raw = kohm_raw(imd, imd->neg_ohm);
  message.quality_raw = imd->quality;
  message.leak_at_raw = (uint8_t)imd_at(bms);
  message.height_pct_raw = (uint8_t)((imd->height_permille + 5u) / 10u);
  message.monitor_is_faulty_raw = bms->dtc[DTC_ISOLATION_MONITOR].is_active;
  message.fan_step_raw = bms->thermal.fan_step;
  message.heater_is_on_raw = bms->thermal.is_heating;
  message.fan_Hz_raw = (uint8_t)clip(bms->thermal.tacho_Hz, 127);
  can_bms_isolation_pack(&message, frame->data);
}

static void send_energy(bms_t *bms, bms_out_t *out) {
  can_frame_t *frame = put(bms, out, CAN_BMS_ENERGY_ID);
  if (frame == NULL) return;
  const bms_soh_t *soh = &bms->soh;
  can_bms_energy_t message;
  memset(&message, 0, sizeof message);
  message.soc_mean_pct_raw = bms->soc.soc_permille;
  message.soc_min_pct_raw = bms->soc.min_permille;
  message.soc_max_pct_raw = bms->soc.max_permille;
  message.soh_capacity_pct_raw = (uint8_t)clip((soh->capacity_permille + 2) / 5, 255);
  message.soh_resistance_pct_raw = (uint16_t)clip((soh->resistance_permille + 5) / 10, 511);
  message.energy_kWh_raw = (uint16_t)clip(soh->energy_dkWh, 511);
  message.soe_pct_raw = (uint8_t)clip((soh->energy_permille + 2) / 5, 255);
  can_bms_energy_pack(&message, frame->data);
}

static void send_dtc(bms_t *bms, bms_out_t *out, uint32_t dtc) {
  can_frame_t *frame = put(bms, out, CAN_BMS_DTC_ID);
  if (frame == NULL) return;
  can_bms_dtc_t message;
  memset(&message, 0, sizeof message);
  message.dtc_index_raw = (uint8_t)dtc;
  message.active_count_raw = (uint8_t)clip(bms->dtc_active_count, 63);
  message.location_raw = BMS_NO_LOCATION;
  if (dtc < DTC_COUNT) {
    message.is_active_raw = bms->dtc[dtc].is_active;
    message.is_latched_raw = bms->dtc[dtc].is_latched;
    message.level_raw = dtc_row[dtc].level;
    message.code_raw = dtc_row[dtc].code_raw;
    message.location_raw = bms->dtc[dtc].location;
    message.occurrence_count_raw = bms->dtc[dtc].occurrence_count;
  }
  can_bms_dtc_pack(&message, frame->data);
}

/// The next active DTC after the one told last; NO_DTC_raw iff none is active.
static uint32_t next_dtc(bms_comm_t *comm, const bms_dtc_t *state) {
  for (uint32_t i = 0; i < DTC_COUNT; i++) {
    uint32_t dtc = (comm->dtc_next + i) % DTC_COUNT;
    if (!state[dtc].is_active) continue;
    comm->dtc_next = (uint8_t)((dtc + 1) % DTC_COUNT);
    return dtc;
  }
  return NO_DTC_raw;
}

/// One edge a millisecond.
static void send_pending(bms_t *bms, bms_out_t *out) {
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    uint8_t *bits = &bms->comm.dtc_pending[dtc / 8u];
    uint8_t bit = (uint8_t)(1u << dtc % 8u);
    if ((*bits & bit) == 0) continue;
    *bits &= (uint8_t)~bit;
    bms->comm.dtc_pending_count--;
    send_dtc(bms, out, dtc);
    return;
  }
}

/// What stands for a group's voltage; is_valid 0 iff there is none.
static uint16_t group_raw(const bms_t *bms, uint32_t group, uint8_t *is_valid) {
  *is_valid = bms->meas.group_quality[group] <= BMS_QUALITY_STALE;
  return *is_valid ? bms->meas.group_mV[group] : NO_VOLTAGE_raw;
}

static void send_groups(bms_t *bms, bms_out_t *out, uint32_t page) {
  can_frame_t *frame = put(bms, out, CAN_BMS_GROUPS_ID);
  if (frame == NULL) return;
  can_bms_groups_t groups;
  groups.page_raw = (uint8_t)page;
  for (uint32_t i = 0; i < CAN_BMS_GROUPS_V_COUNT; i++) {
    groups.V_raw[i] = group_raw(bms, page * CAN_BMS_GROUPS_V_COUNT + i, &groups.valid_raw[i]);
  }
  can_bms_groups_pack(&groups, frame->data);
}

static void send_groups_fd(bms_t *bms, bms_out_t *out, uint32_t page) {
  can_frame_t *frame =
      comm_put(bms, out, CAN_BMS_GROUPSFD_ID, CAN_BMS_GROUPSFD_LEN, CAN_BMS_GROUPSFD_FLAGS);
  if (frame == NULL) return;
  can_bms_groupsfd_t groups;
  memset(&groups, 0, sizeof groups);
  groups.page_raw = (uint8_t)page;
  for (uint32_t i = 0; i < CAN_BMS_GROUPSFD_V_COUNT; i++) {
    groups.V_raw[i] = group_raw(bms, page * CAN_BMS_GROUPSFD_V_COUNT + i, &groups.valid_raw[i]);
  }
  can_bms_groupsfd_pack(&groups, frame->data);
  e2e5_protect(&bms->comm.groups_tx, CAN_BMS_GROUPSFD_E2E_DATA_ID, frame->data, frame->len);
}

static void send_pages(bms_t *bms, bms_out_t *out, uint32_t in_100_ms) {
  const uint32_t page = in_100_ms / PAGE_STEP_ms, page_fd = in_100_ms / FD_PAGE_STEP_ms;
  if (!bms->config.can_is_fd) {
    if (in_100_ms % PAGE_STEP_ms == PAGE_PHASE_ms && page < CAN_BMS_GROUPS_PAGE_COUNT)
      send_groups(bms, out, page);
  } else if (in_100_ms % FD_PAGE_STEP_ms == FD_PAGE_PHASE_ms &&
             page_fd < CAN_BMS_GROUPSFD_PAGE_COUNT) {
    send_groups_fd(bms, out, page_fd);
  }
}

static void send_of_100_ms(bms_t *bms, bms_out_t *out, uint32_t in_100_ms) {
  switch (in_100_ms) {
  case STATUS_PHASE_ms:
    send_status(bms, out);
    break;
  case LIMITS_PHASE_ms:
    send_limits(bms, out);
    break;
  case POWER_PHASE_ms:
    send_power(bms, out);
    break;
  case EXTREMES_PHASE_ms:
    send_extremes(bms, out);
    break;
  default:
    break;
  }
}

static void send_of_second(bms_t *bms, bms_out_t *out) {
  switch (bms->comm.phase_ms) {
  case TEMPERATURES_PHASE_ms:
    send_temperatures(bms, out);
    break;
  case ISOLATION_PHASE_ms:
    send_isolation(bms, out);
    break;
  case DTC_PHASE_ms:
    send_dtc(bms, out, next_dtc(&bms->comm, bms->dtc));
    break;
  case ENERGY_PHASE_ms:
    send_energy(bms, out);
    break;
  default:
    break;
  }
}

void comm_send(bms_t *bms, bms_out_t *out) {
  bms_comm_t *comm = &bms->comm;
  const uint32_t in_100_ms = comm->phase_ms % CYCLE_ms;
  send_of_100_ms(bms, out, in_100_ms);
  send_of_second(bms, out);
  if (comm->dtc_pending_count > 0) send_pending(bms, out);
  send_pages(bms, out, in_100_ms);
  comm_car_send(bms, out);
  comm_diag_send(bms, out);
  comm->phase_ms = comm->phase_ms + 1 < SECOND_ms ? comm->phase_ms + 1 : 0;
}
