/// Leaks to the chassis, and what breaks in the high-voltage path.
#include "faults_hv.h"

void faults_hv_isolation_leak(hil_t *hil, const fault_t *fault, int begin) {
  const isolation_params_t sound = isolation_params_soul_ev();
  for (uint32_t i = 0; i < fault->target_count; i++) {
    isolation_pole_t pole = (isolation_pole_t)fault->target[i];
    isolation_set_leak(&hil->isolation, pole, begin ? fault->value : sound.leak_ohm[pole]);
  }
}

void faults_hv_tap_leak(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    isolation_set_tap(&hil->isolation, fault->target[i], begin ? fault->value : 0.0);
  }
}

void faults_hv_y_capacitance(hil_t *hil, const fault_t *fault, int begin) {
  const isolation_params_t sound = isolation_params_soul_ev();
  for (uint32_t i = 0; i < fault->target_count; i++) {
    uint32_t side = fault->target[i];
    isolation_set_y(&hil->isolation, side, begin ? fault->value : sound.y_F[side]);
  }
}

void faults_hv_coil_open(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    hil->hv.coil_is_open[fault->target[i]] = begin ? 1 : 0;
  }
}

static void set_aux(hil_t *hil, const fault_t *fault, hv_aux_fault_t state) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    hil->hv.aux_fault[fault->target[i]] = (uint8_t)state;
  }
}

void faults_hv_aux_stuck_open(hil_t *hil, const fault_t *fault, int begin) {
  set_aux(hil, fault, begin ? HV_AUX_STUCK_OPEN : HV_AUX_OK);
}

void faults_hv_aux_stuck_closed(hil_t *hil, const fault_t *fault, int begin) {
  set_aux(hil, fault, begin ? HV_AUX_STUCK_CLOSED : HV_AUX_OK);
}

void faults_hv_precharge_open(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  hil->hv.precharge_is_open = begin ? 1 : 0;
}

void faults_hv_fuse_open(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  hil->hv.fuse_is_open = begin ? 1 : 0;
}

void faults_hv_plug_open(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  hil->hv.string_is_open = begin ? 1 : 0;
}

void faults_hv_terminal_short(hil_t *hil, const fault_t *fault, int begin) {
  hil->stimulus.terminal_short_ohm = begin ? fault->value : 0.0;
}

void faults_hv_charger_stuck_on(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  hil->charger.is_stuck_on = begin ? 1 : 0;
}

void faults_hv_charger_ripple(hil_t *hil, const fault_t *fault, int begin) {
  hil->charger.ripple_A = begin ? fault->value : 0.0;
}
