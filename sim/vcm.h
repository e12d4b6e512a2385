/// Vehicle controller model: sends E2E-protected requests and obeys the published limits.
///
/// Model    a CAN node: every 100 ms VCM_Request with counter and CRC; decodes BMS_Status and
///          BMS_Limits, checks their E2E; a BMS silent for 300 ms or with wrong counters means
///          limits of 0. The first frame after start or a disturbance is not yet trusted. On a bus
///          with FD it checks BMS_GroupsFd, too. Off the bus it asks to come back after 100 ms
/// Units    SI on this side
/// Memory   plain value
#ifndef SIM_VCM_H
#define SIM_VCM_H

#include <stdint.h>

#include "../ecu_model/core/e2e.h"
#include "../ecu_model/core/e2e5.h"
#include "can/can_mem.h"

enum {
  VCM_PERIOD_us = 100000,
  VCM_STALE_us = 300000,
  VCM_RESTART_us = 100000 ///< from off the bus to asking to come back (assumed)
};

typedef enum { VCM_SLEEP, VCM_STANDBY, VCM_DRIVE, VCM_CHARGE } vcm_request_t;

/// Deliberate mistakes in what it sends. All zero: healthy.
typedef struct {
  uint8_t is_silent, counter_is_frozen;
  uint8_t counter_jump; ///< values left out from frame to frame
  uint8_t unused; ///< 0
  uint16_t late_ms; ///< added to each period
} vcm_fault_t;

typedef struct {
  vcm_request_t request; ///< what the script wants
  double speed_kph; ///< of the vehicle, told to the BMS
  uint8_t clear_faults; ///< asks for the defined clearing of latched faults
  uint8_t port_is_rapid; ///< what is plugged is a DC charger
  uint8_t obeys_limits; ///< 1 unless a scenario says otherwise
  uint8_t is_mute; ///< somebody else sends the requests: this one only listens
  vcm_fault_t fault;
  uint8_t counter, bms_counter; ///< of the last VCM_Request, of the last right BMS_Status
  uint8_t bms_state, bms_is_alive; ///< alive: a right BMS_Status came within the last 300 ms
  uint8_t bms_fault_level, charge_is_allowed; ///< as published last
  uint8_t limits_are_fresh; ///< a right frame came within the last 300 ms
  e2e_tx_t tx;
  e2e_rx_t status_rx, limits_rx;
  e2e5_rx_t groups_rx;
  uint64_t next_send_us, last_status_us, last_limits_us;
  uint64_t off_since_us; ///< its bus controller; 0: it is on
  double discharge_limit_W, charge_limit_W; ///< as published, 0 when stale
  double discharge_limit_A, charge_limit_A, charge_limit_V;
  uint32_t e2e_error_count; ///< frames that E2E did not let pass, first ones not counted
  uint32_t frame_count; ///< frames that it let pass
} vcm_t;

void vcm_init(vcm_t *vcm);

/// Drain the node's received frames, then send what is due.
void vcm_step(vcm_t *vcm, uint64_t now_us, can_mem_t *bus, uint32_t node);

#endif
