/// How faults of single messages, of a node's bus controller and of the whole bus act; rows of the
/// fault table name these.
#ifndef SCENARIOS_FAULTS_CAN_H
#define SCENARIOS_FAULTS_CAN_H

#include "faults.h"

void faults_can_silent(hil_t *hil, const fault_t *fault, int begin);
void faults_can_frozen_counter(hil_t *hil, const fault_t *fault, int begin);
void faults_can_wrong_crc(hil_t *hil, const fault_t *fault, int begin);
void faults_can_drop(hil_t *hil, const fault_t *fault, int begin);
void faults_can_delay(hil_t *hil, const fault_t *fault, int begin);
void faults_can_corrupt(hil_t *hil, const fault_t *fault, int begin);
void faults_can_duplicate(hil_t *hil, const fault_t *fault, int begin);
void faults_can_wrong_dlc(hil_t *hil, const fault_t *fault, int begin);
void faults_can_bit_error(hil_t *hil, const fault_t *fault, int begin);
void faults_can_babble(hil_t *hil, const fault_t *fault, int begin);
void faults_can_bus_off(hil_t *hil, const fault_t *fault, int begin);
void faults_can_absent(hil_t *hil, const fault_t *fault, int begin);

#endif
