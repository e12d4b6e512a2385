/// AFE chain driver: what to send in each millisecond of the 10 ms scan cycle, what came back.
///
/// Model    ms 0 clear, convert all cells; registers of the cycle before (aux, configuration)
///          ms 3 read A..E; then, after the last byte, what the cycle's post asks for:
///               thermistors, an open-wire current, or a conversion that lets the switches
///               bleed: all others rest them
///          ms 6 read A..E again, where no open-wire current overwrites them
///          ms 7 read A..E of the open-wire test; ms 8 a second open-wire current
///          ms 9 the main task: all reads are in. Which are believed is found there, or in ms 8
///          where nothing of the scan is still to come: an open-wire test makes it long enough
///          A byte takes 8 us, so five groups take 2.7 ms and the conversion 2.3 ms. Registers are
///          cleared before each conversion: a lost command shows as codes 0xFFFF.
///          An old frame has a right PEC. So a register group is believed when two reads of one
///          conversion agree bit for bit. Where only one came (an open-wire test leaves no room, or
///          the other's PEC was wrong) it must follow from what was believed last, or from the
///          reading just before: within AFE_STEP_raw and a quarter of what the other cells that
///          are sampled at the same time have moved; twice that if it was not believed a scan ago
/// Units    codes of 100 uV
/// Source   LTC6813-1 data sheet: commands, register groups, PEC
#ifndef ECU_MODEL_CORE_AFE_H
#define ECU_MODEL_CORE_AFE_H

#include "bms.h"

enum { AFE_STEP_raw = 200 }; ///< 20 mV

/// Sets of cell codes: index of bms_afe_t.cell_raw. First what is read, then what is kept.
typedef enum {
  AFE_READ_SCAN,
  AFE_READ_AGAIN, ///< the same conversion, read a second time
  AFE_READ_UP,
  AFE_READ_DOWN,
  AFE_READ_COUNT,
  AFE_KEPT_BELIEVED = AFE_READ_COUNT, ///< the newest believed codes of each register group
  AFE_KEPT_PREVIOUS, ///< the scan before
  AFE_KEPT_BEFORE_UP, ///< the scan just before the read up
  AFE_KEPT_AFTER_UP, ///< and just after it
  AFE_KEPT_BEFORE_DOWN
} afe_read_t;

/// What follows the scan in a cycle.
typedef enum {
  AFE_POST_NONE,
  AFE_POST_AUX, ///< convert the thermistors; read in the next cycle
  AFE_POST_UP_TWICE, ///< current up on all inputs, twice
  AFE_POST_UP_READ, ///< once, and read
  AFE_POST_DOWN_TWICE,
  AFE_POST_DOWN_READ,
  AFE_POST_BLEED_READ ///< convert with the discharge switches left on, and read
} afe_post_t;

/// A transfer under way: CELL + 5 * afe_read_t + register group, or one of the rest.
typedef enum {
  AFE_XFER_CELL = 0,
  AFE_XFER_COMMAND = AFE_READ_COUNT * BMS_REGISTER_COUNT,
  AFE_XFER_AUX, ///< + 0 thermistors, 1 references, 2 and 3 the same again
  AFE_XFER_CONFIG_A = AFE_XFER_AUX + BMS_AUX_READ_COUNT,
  AFE_XFER_CONFIG_B
} afe_xfer_t;

void afe_init(bms_afe_t *afe);

/// Parse the transfers that finished.
void afe_receive(bms_afe_t *afe, const bms_in_t *in);

/// Queue the transfers of a millisecond (0..9) of the cycle.
void afe_send(bms_afe_t *afe, uint32_t cycle_ms, bms_out_t *out);

/// Which register groups of the scan are believed: once a cycle, before the main task.
void afe_settle(bms_afe_t *afe);

/// 1 iff this cycle's scan is read but once: all of it is in from ms 7 on.
int afe_is_read_once(const bms_afe_t *afe);

/// Keep a copy of the scan: AFE_KEPT_BEFORE_UP and on.
void afe_keep(bms_afe_t *afe, afe_read_t kept);

/// 1 iff the newest reading of a channel's register group is believed.
static inline uint32_t afe_is_believed(const bms_afe_t *afe, uint32_t device, uint32_t channel) {
  return (uint32_t)afe->believed[device] >> ((channel - 1u) / 3u) & 1u;
}

/// Code of channel 1..15 of a device.
static inline uint32_t afe_code(const bms_afe_t *afe, afe_read_t read, uint32_t device,
                                uint32_t channel) {
  return afe->cell_raw[read][device][channel - 1u];
}

#endif
