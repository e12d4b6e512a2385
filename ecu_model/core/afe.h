/// AFE chain driver: what to send in each millisecond of the 10 ms scan cycle, what came back.
///
/// Model    ms 0 clear, convert all cells; registers of the cycle before (aux, configuration)
///          ms 3 read A..E; then, after the last byte, what the cycle's post asks for:
///               thermistors or an open-wire current
///          ms 6 lost register groups once more, when nothing overwrote them
///          ms 7 read A..E of the open-wire test; ms 8 a second open-wire current
///          A byte takes 8 us, so five groups take 2.7 ms and the conversion 2.3 ms. Registers are
///          cleared before each conversion: a lost command shows as codes 0xFFFF
/// Units    codes of 100 uV
/// Source   LTC6813-1 data sheet: commands, register groups, PEC
#ifndef ECU_MODEL_CORE_AFE_H
#define ECU_MODEL_CORE_AFE_H

#include "bms.h"

/// Where a read of the cell registers goes: index of bms_afe_t.cell_raw.
typedef enum {
  AFE_READ_SCAN,
  AFE_READ_UP,
  AFE_READ_DOWN,
  AFE_READ_BEFORE_UP, ///< a copy of the scan just before the read up
  AFE_READ_COUNT
} afe_read_t;

/// What follows the scan in a cycle.
typedef enum {
  AFE_POST_NONE,
  AFE_POST_AUX, ///< convert the thermistors; read in the next cycle
  AFE_POST_UP_TWICE, ///< current up on all inputs, twice
  AFE_POST_UP_READ, ///< once, and read
  AFE_POST_DOWN_TWICE,
  AFE_POST_DOWN_READ
} afe_post_t;

/// A transfer under way: CELL + 5 * afe_read_t + register group, or one of the rest.
typedef enum {
  AFE_XFER_CELL = 0,
  AFE_XFER_COMMAND = AFE_READ_COUNT * BMS_REGISTER_COUNT,
  AFE_XFER_AUX_A,
  AFE_XFER_AUX_B,
  AFE_XFER_CONFIG_A,
  AFE_XFER_CONFIG_B
} afe_xfer_t;

void afe_init(bms_afe_t *afe);

/// Parse the transfers that finished.
void afe_receive(bms_afe_t *afe, const bms_in_t *in);

/// Queue the transfers of a millisecond (0..9) of the cycle.
void afe_send(bms_afe_t *afe, uint32_t cycle_ms, bms_out_t *out);

/// 1 iff all three channels of a channel's register group came right in the newest read.
static inline uint32_t afe_is_fresh(const bms_afe_t *afe, afe_read_t read, uint32_t device,
                                    uint32_t channel) {
  return (uint32_t)afe->fresh[read][device] >> ((channel - 1u) / 3u) & 1u;
}

/// Code of channel 1..15 of a device.
static inline uint32_t afe_code(const bms_afe_t *afe, afe_read_t read, uint32_t device,
                                uint32_t channel) {
  return afe->cell_raw[read][device][channel - 1u];
}

#endif
