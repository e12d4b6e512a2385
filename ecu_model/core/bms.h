/// The BMS core: the whole state in one struct, one step a millisecond, raw bytes in, commands out.
///
/// Model    bms_step reads only bms_in_t and writes only bms_out_t: no clock, heap, libc or static
///          state
/// Units    integers with their unit in the name; codes end in _raw
/// Sign     current_mA > 0 discharges
/// Memory   bms_t holds all state without pointers except to the const configuration: memcpy is a
///          snapshot
/// Threads  any number of instances; one thread each
/// Source   DESIGN of the project, section 2: the boundary
#ifndef ECU_MODEL_CORE_BMS_H
#define ECU_MODEL_CORE_BMS_H

#include <stdint.h>

#include "../pins.h"

enum {
  BMS_AFE_COUNT = PINS_MODULE_COUNT,
  BMS_GROUP_COUNT = PINS_GROUP_COUNT,
  BMS_WIRE_COUNT = PINS_WIRE_COUNT,
  BMS_XFER_MAX = 8, ///< AFE transfers that one step may queue
  BMS_AFE_BYTES_MAX = 480, ///< bytes in all transfers of one step, each way
  BMS_CAN_RX_MAX = 8,
  BMS_CAN_TX_MAX = 8,
  BMS_EVENT_MAX = 8,
  BMS_NVM_BYTES = 8192, ///< image the host keeps; its records are the core's affair
  BMS_NVM_PAGE_BYTES = 64 ///< a request writes at most so much
};

/// One SPI transfer on the daisy chain: tx bytes are shifted out, then rx bytes are clocked in.
/// The board executes transfers in order, at most 125 bytes a millisecond; they may span ticks.
typedef struct {
  uint16_t tx_bytes;
  uint16_t rx_bytes;
} bms_xfer_t;

typedef enum {
  BMS_RESET_POWER_ON,
  BMS_RESET_WATCHDOG,
  BMS_RESET_SOFTWARE,
  BMS_RESET_BROWN_OUT
} bms_reset_t;

/// What the ECU knows at reset.
typedef struct {
  bms_reset_t reset_cause;
  uint32_t nvm_bytes; ///< 0: no image
  uint32_t can_is_fd; ///< 1: coded for a bus with FD frames, whatever the configuration says
  uint8_t nvm[BMS_NVM_BYTES];
} bms_boot_t;

/// Bits of bms_in_t.digital.
enum {
  BMS_DI_AUX_MAIN_POS = 1u << 0, ///< contact is closed
  BMS_DI_AUX_MAIN_NEG = 1u << 1,
  BMS_DI_AUX_PRECHARGE = 1u << 2,
  BMS_DI_HVIL_CLOSED = 1u << 3,
  BMS_DI_CRASH = 1u << 4,
  BMS_DI_IGNITION = 1u << 5,
  BMS_DI_CHARGER_PLUG = 1u << 6,
  BMS_DI_KL30C = 1u << 7
};

/// Everything the ECU's peripherals hand to the core in one millisecond. Raw.
typedef struct {
  uint32_t time_ms; ///< wraps
  uint16_t adc_current_low_raw; ///< 12 bit, 0..5 V; 2.5 V = 0 A, +75 A at 4.5 V
  uint16_t adc_current_high_raw; ///< 12 bit, 0..5 V; 2.5 V = 0 A, +750 A at 4.5 V
  uint16_t adc_pack_raw; ///< 12 bit, 0..500 V
  uint16_t adc_link_raw; ///< 12 bit, 0..500 V
  uint16_t adc_supply_raw; ///< 12 bit, 0..20 V
  uint16_t adc_iso_pos_raw, adc_iso_neg_raw; ///< 12 bit
  uint16_t adc_inlet_ntc_raw; ///< 12 bit, ratiometric, 10 k pull-up
  uint16_t adc_heater_ntc_raw[2];
  uint16_t digital; ///< BMS_DI_* bits
  uint16_t fan_tacho_Hz;
  uint16_t can_rx_count;
  uint16_t xfer_done_count; ///< transfers finished since the last step, oldest first
  uint16_t xfer_rx_bytes[BMS_XFER_MAX]; ///< rx bytes of each finished transfer
  uint8_t can_bus_state; ///< 0 active, 1 passive, 2 off
  uint8_t nvm_ack; ///< sequence of the last finished NVM request
  uint8_t nvm_ok; ///< 1: it was written
  uint8_t can_tx_waiting; ///< own frames that have not passed on the bus yet
  uint8_t afe_rx[BMS_AFE_BYTES_MAX]; ///< rx bytes of the finished transfers; more is old
  can_frame_t can_rx[BMS_CAN_RX_MAX];
} bms_in_t;

typedef enum {
  BMS_EVENT_NONE,
  BMS_EVENT_STATE,
  BMS_EVENT_DTC_SET,
  BMS_EVENT_DTC_CLEARED,
  BMS_EVENT_COIL
} bms_event_kind_t;

/// Something worth a line in a log: a transition of the state machine, an edge of a DTC.
typedef struct {
  uint8_t kind; ///< bms_event_kind_t
  uint8_t code; ///< STATE: to; DTC_*: dtc id; COIL: coil mask
  uint8_t detail; ///< STATE: from; DTC_*: location (wire, group or module index, 255 none)
  uint8_t padding;
} bms_event_t;

/// Everything the core commands in one millisecond.
typedef struct {
  uint16_t coil_command; ///< bit per pins_coil_t
  uint16_t coil_command_inverse; ///< must be the complement, or the board drops all coils
  uint16_t fan_duty_permille;
  uint16_t watchdog_token; ///< what the board expects each 10 ms, see board/board_watchdog.h
  uint8_t iso_switch; ///< bit 0 positive, bit 1 negative divider
  uint8_t is_sleep_requested;
  uint8_t nvm_request; ///< sequence; changes when a write is requested
  uint8_t event_count;
  uint8_t can_restart_is_asked; ///< of a controller that is off the bus
  uint8_t reset_is_asked; ///< a tester wants the ECU to start anew; stays until it does
  uint8_t padding[2]; ///< always 0
  uint16_t nvm_offset, nvm_bytes; ///< range of the image to write, bytes in nvm_data
  uint16_t can_tx_count;
  uint16_t xfer_count;
  bms_xfer_t xfer[BMS_XFER_MAX];
  bms_event_t event[BMS_EVENT_MAX];
  uint8_t nvm_data[BMS_NVM_PAGE_BYTES];
  uint8_t afe_tx[BMS_AFE_BYTES_MAX]; ///< tx bytes of all transfers, one after the other
  can_frame_t can_tx[BMS_CAN_TX_MAX]; ///< only can_tx_count are valid; the rest is left as it was
} bms_out_t;

#include "bms_state.h" /* bms_t, bms_config_t: the core's insides, readable for judge and view */

/// Start from reset. The configuration must outlive bms.
void bms_init(bms_t *bms, const bms_config_t *config, const bms_boot_t *boot);

/// One millisecond: read in, advance all tasks that are due, fill out. Never fails; bad input is
/// data.
void bms_step(bms_t *bms, const bms_in_t *in, bms_out_t *out);

/// Whole operating cycles since a stored DTC's fault was last there, see history.h.
uint32_t bms_dtc_age_cycles(const bms_t *bms, uint32_t dtc);

/// The configuration of the Soul EV's pack, its limits marked as assumed.
const bms_config_t *bms_config_soul_ev(void);

#endif
