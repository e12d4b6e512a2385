/// The ECU's seat: other ECUs than the core in this process that take part in every step.
///
/// Model    The core here always runs, for the signals of its inside. A seat gets what it got and
///          returns what the other ECU says; without a seat nothing is called.
/// Memory   hil_t keeps the pointer: a checkpoint of it is none of the other ECU
#ifndef SIM_HIL_SEAT_H
#define SIM_HIL_SEAT_H

#include "../ecu_model/core/bms.h"

typedef struct {
  /// After a reset. Not 0: the ECU failed.
  int (*boot)(void *user, const bms_boot_t *boot);
  /// out: in, what the core here says; out, what acts. Not 0: the ECU failed, the run cannot go on.
  int (*step)(void *user, const bms_in_t *in, bms_out_t *out);
  void *user;
} hil_seat_t;

#endif
