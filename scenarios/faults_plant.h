/// How faults of cells, fan, contactors and link act; rows of the fault table name these.
#ifndef SCENARIOS_FAULTS_PLANT_H
#define SCENARIOS_FAULTS_PLANT_H

#include "faults.h"

void faults_plant_cell_resistance(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_cell_internal_short(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_cell_tab(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_cell_lost(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_cell_self_discharge(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_cell_heater(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_group_heater(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_module_heater(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_cell_runaway(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_fan_stuck(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_fan_blocked(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_fan_tacho_lost(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_contactor_welded(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_contactor_stuck_open(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_precharge_resistance(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_link_capacitance(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_link_leak(hil_t *hil, const fault_t *fault, int begin);
void faults_plant_link_short(hil_t *hil, const fault_t *fault, int begin);

#endif
