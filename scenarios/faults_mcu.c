/// Resets of the ECU, and what goes wrong with its memory.
#include "faults_mcu.h"

#include "../sim/hil_ecu.h"

enum { SPOILT = 0x5A };

static void reset(hil_t *hil, bms_reset_t cause, int begin) {
  if (begin)
    hil_ecu_stop(hil, cause);
  else
    hil_ecu_start(hil);
}

void faults_mcu_power_off(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  reset(hil, BMS_RESET_POWER_ON, begin);
}

void faults_mcu_brown_out(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  reset(hil, BMS_RESET_BROWN_OUT, begin);
}

void faults_mcu_watchdog_reset(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  reset(hil, BMS_RESET_WATCHDOG, begin);
}

void faults_mcu_software_reset(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  reset(hil, BMS_RESET_SOFTWARE, begin);
}

void faults_mcu_nvm_refuses(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  hil->board.nvm.fault.refuses_writes = begin ? 1 : 0;
}

void faults_mcu_nvm_silent(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  hil->board.nvm.fault.is_silent = begin ? 1 : 0;
}

void faults_mcu_nvm_bit(hil_t *hil, const fault_t *fault, int begin) {
  uint32_t bit = (uint32_t)fault->value;
  if (begin) hil->board.nvm.image[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
}

void faults_mcu_nvm_page(hil_t *hil, const fault_t *fault, int begin) {
  uint8_t *page = hil->board.nvm.image + (uint32_t)fault->value * BMS_NVM_PAGE_BYTES;
  for (uint32_t i = 0; begin && i < BMS_NVM_PAGE_BYTES; i++) page[i] ^= SPOILT;
}
