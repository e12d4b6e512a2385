/// Contactors: closing with precharge, opening, and what auxiliary contacts and link tell.
///
/// Model    close: probe with precharge alone - main minus - settle - precharge - main plus -
///          release precharge. Open: main plus and precharge, then main minus 20 to 40 ms later,
///          without urgency up to 200 ms (the weld test's, see weld.h); at once all three on crash
///          or emergency off. Precharge passes when the link is within 3 % of the pack at a small
///          current, in the window; faster is an open link or a welded contactor (no retry), slower
///          is tried again within the energy that the resistor may take. Its heat decays with one
///          time constant; while it is too hot for the worst try, no closing begins
/// Sign     current_mA > 0 discharges
#ifndef ECU_MODEL_CORE_CONTACTOR_H
#define ECU_MODEL_CORE_CONTACTOR_H

#include "bms.h"

typedef enum {
  CONTACTOR_OPEN,
  CONTACTOR_PROBE,
  CONTACTOR_PROBE_END,
  CONTACTOR_CLOSE_NEG,
  CONTACTOR_SETTLE,
  CONTACTOR_PRECHARGE,
  CONTACTOR_CLOSE_POS,
  CONTACTOR_RELEASE,
  CONTACTOR_CLOSED,
  CONTACTOR_PAUSE,
  CONTACTOR_WAIT_CURRENT,
  CONTACTOR_OPEN_POS,
  CONTACTOR_OPEN_NEG,
  CONTACTOR_PHASE_COUNT
} contactor_phase_t;

typedef enum { CONTACTOR_BUSY, CONTACTOR_DONE, CONTACTOR_FAILED } contactor_result_t;

/// GRACEFUL waits for a small current first; NOW keeps the order plus, minus; AT_ONCE drops all.
typedef enum { CONTACTOR_GRACEFUL, CONTACTOR_NOW, CONTACTOR_AT_ONCE } contactor_how_t;

/// What a precharge came to.
typedef enum {
  PRECHARGE_RUNNING,
  PRECHARGE_PASSED,
  PRECHARGE_TOO_FAST,
  PRECHARGE_TOO_SLOW
} precharge_result_t;

void contactor_init(bms_contactor_t *contactor, const bms_config_t *config, uint32_t reset_cause);

/// Begin to close. Does nothing iff they are not open.
void contactor_close(bms_t *bms);

/// Open. May be called in any step; a more urgent way replaces a running slower one.
void contactor_open(bms_t *bms, contactor_how_t how);

/// Advance by 10 ms and report to the diagnosis.
void contactor_step(bms_t *bms);

/// 1 iff none is commanded and no contact is closed.
int contactor_is_open(const bms_t *bms);

/// 1 iff a graceful opening takes its time: for the current, or for the weld test.
int contactor_is_waiting(const bms_t *bms);

/// Judge a precharge elapsed_ms after its contact has closed.
precharge_result_t contactor_judge_precharge(const bms_config_t *config, int32_t pack_mV,
                                             int32_t link_mV, int32_t link_start_mV,
                                             int32_t current_mA, uint32_t elapsed_ms);

#endif
