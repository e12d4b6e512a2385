/// All ECUs of a run in lockstep: each makes every step, all outputs are compared, the first acts.
///
/// Model    the core in this process is always among them, for the signals of its inside; what
///          differs from it ends the run
/// Memory   ecu_seats_open allocates, ecu_seats_close ends all ECUs and frees
#ifndef SCENARIOS_ECU_SEATS_H
#define SCENARIOS_ECU_SEATS_H

#include "../sim/hil_seat.h"
#include "ecu_place.h"
#include "ecu_remote.h"

enum { ECU_PHASE_COUNT = 10, ECU_SEATS_ERROR_BYTES = 220 };

/// Instructions of the steps of one kind.
typedef struct {
  uint64_t sum, count;
  uint32_t min, max;
} ecu_cost_t;

/// What the dearest step was given.
typedef struct {
  uint32_t step, time_ms;
  uint16_t digital, can_rx_count, xfer_done_count, rx_bytes;
  uint16_t can_tx_count, xfer_count, event_count, nvm_bytes;
} ecu_worst_t;

typedef struct {
  const ecu_place_t *place;
  ecu_cost_t phase[ECU_PHASE_COUNT]; ///< by the step's place in the cycle of 10 ms
  ecu_cost_t all;
  ecu_worst_t worst;
  lockstep_report_t report;
} ecu_figures_t;

typedef struct {
  const ecu_list_t *list;
  const char *log_path; ///< NULL: none
  uint32_t hang_ms; ///< wall time that an answer may take
  uint8_t counts; ///< QEMU counts instructions
} ecu_seats_config_t;

typedef struct ecu_seats ecu_seats_t;

/// Never NULL but for want of memory; what failed shows in ecu_seats_error, and nothing runs then.
ecu_seats_t *ecu_seats_open(const ecu_seats_config_t *config);
/// NULL iff all is well.
const char *ecu_seats_error(const ecu_seats_t *seats);
/// For hil_config_t.
const hil_seat_t *ecu_seats_port(const ecu_seats_t *seats);
/// Ends all; figures gets what each ECU of the list said, in its order (or NULL). Not 0: the log
/// could not be written.
int ecu_seats_close(ecu_seats_t *seats, ecu_figures_t figures[ECU_PLACE_MAX]);

#endif
