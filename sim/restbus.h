/// The rest of the car on the bus: what vehicle and charger tell the BMS beside VCM_Request.
///
/// Model    a table of cyclic frames, each with its period from the DBC and a phase of its own;
///          frames of our own carry counter and CRC (E2E profile 1), those of the real car what is
///          known of it (docs/can-frames.md has the evidence)
/// Units    SI on this side
/// Memory   plain value
#ifndef SIM_RESTBUS_H
#define SIM_RESTBUS_H

#include <stdint.h>

#include "../ecu_model/core/e2e.h"
#include "can/can_mem.h"

enum { RESTBUS_ROW_MAX = 8 };

typedef enum {
  RESTBUS_PACKSIM, ///< frames of our own DBC
  RESTBUS_SOUL_EV, ///< the real car's and its sister's
  RESTBUS_NONE, ///< nothing, VCM_Request neither: somebody else is vehicle and charger
  RESTBUS_KIND_COUNT
} restbus_kind_t;

typedef enum {
  RESTBUS_UNPLUGGED,
  RESTBUS_PLUGGED,
  RESTBUS_CHARGING,
  RESTBUS_FAULT ///< it gives current though it is told to give none
} restbus_charger_t;

/// What there is to tell.
typedef struct {
  uint8_t ignition_is_on, is_ready, crash_is_signalled, charger_is_plugged;
  uint8_t link_is_discharging, charger_is_rapid, ac_is_present, charger_is_in_cv;
  restbus_charger_t charger;
  double supply_V, ambient_degC;
  double link_V, load_A, speed_kph;
  double charger_A, charger_degC, grid_W;
  double charger_max_A, charger_max_V, charger_max_W; ///< 0 without a plug
  double set_A, set_V; ///< what the charger is set to, the BMS's limits included
} restbus_truth_t;

typedef struct {
  uint64_t due_us[RESTBUS_ROW_MAX]; ///< per row of the kind's table
  uint64_t next_us; ///< the first of them
  e2e_tx_t tx[RESTBUS_ROW_MAX];
  uint32_t sent_count; ///< frames handed to the bus
  uint8_t kind; ///< restbus_kind_t
  uint8_t drive_step; ///< of the bytes of 0x200
  uint8_t padding[2];
} restbus_t;

void restbus_init(restbus_t *restbus, restbus_kind_t kind);

/// 1 iff restbus_step has something to send.
static inline int restbus_is_due(const restbus_t *restbus, uint64_t now_us) {
  return now_us >= restbus->next_us;
}

/// Send what is due. A full queue, or a node that is off the bus, is counted there.
void restbus_step(restbus_t *restbus, uint64_t now_us, const restbus_truth_t *truth, can_mem_t *bus,
                  uint32_t node);

#endif
