/// How faults of isolation and high-voltage path act; rows of the fault table name these.
#ifndef SCENARIOS_FAULTS_HV_H
#define SCENARIOS_FAULTS_HV_H

#include "faults.h"

void faults_hv_isolation_leak(hil_t *hil, const fault_t *fault, int begin);
void faults_hv_tap_leak(hil_t *hil, const fault_t *fault, int begin);
void faults_hv_y_capacitance(hil_t *hil, const fault_t *fault, int begin);

void faults_hv_coil_open(hil_t *hil, const fault_t *fault, int begin);
void faults_hv_aux_stuck_open(hil_t *hil, const fault_t *fault, int begin);
void faults_hv_aux_stuck_closed(hil_t *hil, const fault_t *fault, int begin);
void faults_hv_precharge_open(hil_t *hil, const fault_t *fault, int begin);
void faults_hv_fuse_open(hil_t *hil, const fault_t *fault, int begin);
void faults_hv_plug_open(hil_t *hil, const fault_t *fault, int begin);
void faults_hv_terminal_short(hil_t *hil, const fault_t *fault, int begin);
void faults_hv_charger_stuck_on(hil_t *hil, const fault_t *fault, int begin);
void faults_hv_charger_ripple(hil_t *hil, const fault_t *fault, int begin);

#endif
