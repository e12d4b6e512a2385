/// How resets of the ECU and faults of its memory act; rows of the fault table name these.
#ifndef SCENARIOS_FAULTS_MCU_H
#define SCENARIOS_FAULTS_MCU_H

#include "faults.h"

void faults_mcu_power_off(hil_t *hil, const fault_t *fault, int begin);
void faults_mcu_brown_out(hil_t *hil, const fault_t *fault, int begin);
void faults_mcu_watchdog_reset(hil_t *hil, const fault_t *fault, int begin);
void faults_mcu_software_reset(hil_t *hil, const fault_t *fault, int begin);
void faults_mcu_nvm_refuses(hil_t *hil, const fault_t *fault, int begin);
void faults_mcu_nvm_silent(hil_t *hil, const fault_t *fault, int begin);
void faults_mcu_nvm_bit(hil_t *hil, const fault_t *fault, int begin);
void faults_mcu_nvm_page(hil_t *hil, const fault_t *fault, int begin);

#endif
