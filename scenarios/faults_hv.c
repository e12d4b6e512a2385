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
    hil->isolation.y_F[side] = begin ? fault->value : sound.y_F[side];
  }
}
