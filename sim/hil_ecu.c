/// The ECU's power and reset: what is lost, what stays, and the time it takes to boot.
#include "hil_ecu.h"

#include <string.h>

enum { US_PER_MS = 1000 };

static void reset_core(hil_t *hil, const bms_boot_t *boot) {
  bms_init(&hil->bms, bms_config_soul_ev(), boot);
  if (hil->seat == NULL || hil->seat_has_failed) return;
  hil->seat_has_failed = hil->seat->boot(hil->seat->user, boot) != 0;
}

void hil_ecu_seat_step(hil_t *hil) {
  if (hil->seat_has_failed) return;
  hil->seat_has_failed = hil->seat->step(hil->seat->user, &hil->in, &hil->out) != 0;
}

void hil_ecu_boot(hil_t *hil, bms_reset_t cause) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  boot.reset_cause = cause;
  boot.nvm_bytes = sizeof boot.nvm;
  memcpy(boot.nvm, hil->board.nvm.image, sizeof boot.nvm);
  boot.can_is_fd = hil->can_is_fd;
  reset_core(hil, &boot);
  if (can_mem_state(&hil->bus, HIL_NODE_BMS) != CAN_MEM_ACTIVE)
    can_mem_reset(&hil->bus, HIL_NODE_BMS);
}

static void lose_state(hil_t *hil, bms_reset_t cause) {
  bms_boot_t blank;
  memset(&blank, 0, sizeof blank);
  hil->ecu.boot_us = 0;
  hil->ecu.cause = (uint8_t)cause;
  board_restart(&hil->board);
  blank.can_is_fd = hil->can_is_fd;
  reset_core(hil, &blank);
}

void hil_ecu_stop(hil_t *hil, bms_reset_t cause) {
  hil->ecu.is_stopped = 1;
  lose_state(hil, cause);
}

void hil_ecu_start(hil_t *hil) {
  if (!hil->ecu.is_stopped) return;
  hil->ecu.is_stopped = 0;
  hil->ecu.boot_us = HIL_ECU_BOOT_ms * US_PER_MS;
}

void hil_ecu_reset(hil_t *hil) {
  hil_ecu_stop(hil, BMS_RESET_SOFTWARE);
  hil_ecu_start(hil);
}

/// An ECU that is stopped for another reason keeps that reason; its boot time begins anew with the
/// supply.
static void watch_supply(hil_t *hil) {
  hil_ecu_t *ecu = &hil->ecu;
  double supply_V = hil->stimulus.supply_V;
  if (!ecu->is_browned_out && supply_V < HIL_ECU_SUPPLY_STOP_V) {
    ecu->is_browned_out = 1;
    if (!ecu->is_stopped) lose_state(hil, BMS_RESET_BROWN_OUT);
  } else if (ecu->is_browned_out && supply_V >= HIL_ECU_SUPPLY_START_V) {
    ecu->is_browned_out = 0;
    if (!ecu->is_stopped) ecu->boot_us = HIL_ECU_BOOT_ms * US_PER_MS;
  }
}

int hil_ecu_wait(hil_t *hil) {
  watch_supply(hil);
  if (hil->ecu.is_stopped || hil->ecu.is_browned_out) return 0;
  if (hil->ecu.boot_us == 0) return 1;
  hil->ecu.boot_us -= hil->ecu.boot_us < hil->dt_us ? hil->ecu.boot_us : hil->dt_us;
  if (hil->ecu.boot_us > 0) return 0;
  hil_ecu_boot(hil, (bms_reset_t)hil->ecu.cause);
  return 1;
}

void hil_ecu_idle(hil_t *hil) {
  can_mem_rx_t rx;
  board_before(&hil->board, hil->now_us, &hil->pins_in, &hil->in);
  while (can_mem_recv(&hil->bus, HIL_NODE_BMS, &rx) == CAN_MEM_OK) continue;
  memset(&hil->out, 0, sizeof hil->out);
  board_after(&hil->board, hil->now_us, &hil->out, &hil->pins_out);
}
