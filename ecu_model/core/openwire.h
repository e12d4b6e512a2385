/// The open-wire test: three currents up, read, three down, read; a broken sense wire is named.
///
/// Model    D(n) = up - down of channel n:
///            D(n+1) < -threshold          C(n), 1 <= n < top, is open
///            D(1) > threshold alone       C0 is open (it carries the V- of its AFE)
///            D(top) > threshold           the top input is open
///          An open wire stays where the current left it. So the scans after the two reads must
///          show the same, or else the next test once more: an old frame among the readings names
///          no wire. Of a device with a PEC error only the wires are judged whose channels came
///          right, and the test is made again at once until each has been.
///          A wire of a doubled tap that floats is kept between its neighbours by further currents
/// Units    codes of 100 uV
/// Source   docs/open-wire.md: the signatures that the front end gives
#ifndef ECU_MODEL_CORE_OPENWIRE_H
#define ECU_MODEL_CORE_OPENWIRE_H

#include "../gen/pinout.h"
#include "bms.h"

typedef enum {
  OPENWIRE_IDLE,
  OPENWIRE_UP_TWICE,
  OPENWIRE_UP_READ,
  OPENWIRE_DOWN_TWICE,
  OPENWIRE_DOWN_READ
} openwire_phase_t;

enum {
  OPENWIRE_THRESHOLD_raw = 2000, ///< of D: a pin that rests on a clamp still moves by 0.30 V
  OPENWIRE_REPEATED_raw = 1000, ///< of D as the scans after the reads show it
  OPENWIRE_EXPLAINED_raw = 300, ///< test and scan agree within this
  OPENWIRE_HIGH_raw = 56000, ///< beyond these a reading is saturated: the range is 0..5.73 V
  OPENWIRE_LOW_raw = 500,
  OPENWIRE_CONNECTOR_COUNT = 4,
  OPENWIRE_CONNECTOR_MIN = 3 ///< so many broken wires are a connector
};

/// The readings of one AFE that a test leaves: codes of channels 1..top.
typedef struct {
  const uint16_t *up_raw, *down_raw; ///< with the currents
  const uint16_t *before_up_raw, *before_down_raw; ///< scans some ms earlier, without
  const uint16_t *after_up_raw, *after_down_raw; ///< scans some ms later; NULL: do not ask them
  uint32_t top;
  uint32_t pair_channel; ///< across the doubled tap, 0: none
  uint32_t unknown; ///< bit n - 1: channel n did not come right
} openwire_reads_t;

/// Inputs of one AFE that are open: bit n is C(n). Several open neighbours are named as a run. A
/// channel that shows the same in the scans just before has really moved: it is no evidence. No run
/// passes an unknown channel; C0 is named though channels from 3 on are unknown.
uint32_t openwire_judge(const openwire_reads_t *reads);

/// Inputs of one AFE about which such reads can speak: the two channels nearest to each are known.
uint32_t openwire_judged(uint32_t top, uint32_t unknown);

/// Ask for a test as soon as the bus allows; returns the number that it will have.
uint32_t openwire_want_test(bms_t *bms);

/// 1 iff a test with this number or a later one has judged the device.
int openwire_has_judged(const bms_t *bms, uint32_t device, uint32_t test_number);

/// With a new scan: judge the test that ended just before it.
void openwire_evaluate(bms_t *bms);

/// ms 2 of a cycle: what follows this cycle's scan.
void openwire_plan(bms_t *bms);

/// 1 iff so many wires of its connector are open that all of them count as open.
static inline uint32_t openwire_connector_is_lost(const bms_t *bms, uint32_t wire) {
  return (uint32_t)bms->openwire.lost_connectors >> (pinout_wire[wire].connector - 'A') & 1u;
}

/// 1 iff nothing that the wire shows counts: it is open, or its whole connector is off.
static inline int openwire_is_lost(const bms_t *bms, uint32_t wire) {
  return bms->wire_state[wire] == BMS_WIRE_OPEN || openwire_connector_is_lost(bms, wire);
}

/// 1 iff currents of the cycle before have moved the wire of a doubled tap, if it floats, to where
/// the pair channel shows it: where that reads 0 all the same, the wire has contact.
int openwire_was_lifted(const bms_t *bms, uint32_t wire);

/// 1 iff the wire is open and the other wire of its doubled tap is not.
int openwire_is_redundant(const bms_t *bms, uint32_t wire);

#endif
