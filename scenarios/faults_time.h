/// How faults of the ECU's task and clock act; rows of the fault table name these.
#ifndef SCENARIOS_FAULTS_TIME_H
#define SCENARIOS_FAULTS_TIME_H

#include "faults.h"

void faults_time_overrun(hil_t *hil, const fault_t *fault, int begin);
void faults_time_drift(hil_t *hil, const fault_t *fault, int begin);

#endif
