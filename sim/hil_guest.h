/// The ECU behind the bus cut: board and core are elsewhere, and only pins and frames cross.
///
/// Model    step stands in the place of board and core in each tick. It gets the pins of the tick
///          and the frames that the ECU's node heard (in->can_rx), and writes what the ECU drives
///          from the next tick on, the frames that it sent (out->can_tx) and the edges that it told
///          of (out->event). belief is what it has published; the rest of belief stays as at reset
/// Memory   hil_t keeps the pointer: a checkpoint of it is none of the other ECU
#ifndef SIM_HIL_GUEST_H
#define SIM_HIL_GUEST_H

#include "../ecu_model/core/bms.h"

typedef struct {
  uint64_t now_us;
  const pins_in_t *pins_in;
  const bms_in_t *in;
  bms_out_t *out; ///< empty before
  bms_t *belief;
  pins_out_t *pins_out; ///< as they were
} hil_guest_io_t;

typedef struct {
  void (*step)(void *user, const hil_guest_io_t *io);
  void *user;
} hil_guest_t;

#endif
