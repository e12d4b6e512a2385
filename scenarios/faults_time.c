/// A task that does not run, a clock that drifts.
#include "faults_time.h"

#include "../sim/hil_time.h"

void faults_time_overrun(hil_t *hil, const fault_t *fault, int begin) {
  hil_time_hang(hil, begin ? (uint32_t)fault->value : 0);
}

void faults_time_drift(hil_t *hil, const fault_t *fault, int begin) {
  hil_time_drift(hil, begin ? (int32_t)fault->value : 0);
}
