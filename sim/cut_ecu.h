/// The ECU's side of the bus cut: board and core, driven by what the plant tells.
///
/// Model    a pure state machine: frames in, frames out, wall time given. Seated, it runs the
///          ticks that the plant's CUT_SYNC allows, paced by wall time; before a tick that samples
///          it waits for the plant's answer, at most for a while: then the conversion is lost.
///          Nothing heard from the plant for its timeout: the harness is off, every input reads as
///          unplugged, time goes on by the wall clock. Not run itself for as long: its watchdog
///          resets it. A plant with another session powers it on anew
/// Units    wall_us: any clock that does not jump
/// Memory   plain value; words must outlive it
#ifndef SIM_CUT_ECU_H
#define SIM_CUT_ECU_H

#include "../ecu_model/board/board.h"
#include "../ecu_model/core/bms.h"
#include "cut.h"

typedef struct {
  uint64_t seed; ///< of the board's own noise and errors
  uint16_t session; ///< not 0, another one each time; the next boots count up from it
  const uint8_t *nvm; ///< BMS_NVM_BYTES; NULL: empty at each power-on
  cut_words_t words;
} cut_ecu_config_t;

typedef enum {
  CUT_ECU_WAITING, ///< for a plant, or for its seat
  CUT_ECU_SEATED,
  CUT_ECU_ALONE ///< the plant was lost
} cut_ecu_state_t;

typedef struct {
  uint64_t tick_count, boot_count;
  uint64_t conversion_count, lost_count; ///< asked for; without answer
  uint64_t plant_lost_count, watchdog_count;
  uint64_t garbage_count, foreign_count, repeated_count, missing_count; ///< messages
  uint64_t wait_us_max; ///< longest time until an answer came
} cut_ecu_stats_t;

typedef struct {
  cut_ecu_config_t config;
  cut_ecu_stats_t stats;
  board_t board;
  bms_t bms;
  bms_in_t in;
  bms_out_t out;
  pins_in_t pins;
  pins_out_t pins_out;
  cut_rx_t rx;
  cut_queue_t tx; ///< to the bus
  cut_queue_t app; ///< from the bus, for the core
  cut_ecu_state_t state;
  uint16_t session, plant, plant_last;
  uint64_t wall_us, run_us, heard_us, told_us; ///< now; last run; the plant's last word; our last
  uint64_t sync_wall_us, asked_us, switched_us, alone_us, hello_us;
  uint64_t board_ms; ///< the ECU's own time: its next tick
  uint32_t lag_ms; ///< board_ms - lag_ms is the plant's time
  cut_sync_t sync;
  uint8_t counter[CUT_ID_LAST - CUT_ID_FIRST + 1], last[CUT_ID_LAST - CUT_ID_FIRST + 1];
  uint32_t has_last; ///< bit per id
  uint8_t is_fd;
  uint8_t is_running; ///< the core: the supply lets it
  uint8_t boot_ms; ///< until it starts
  uint8_t reset_cause;
  uint8_t conversion, is_awaiting; ///< counter of the last one; its answer is needed now
  uint8_t part_mask; ///< of the answer
  uint8_t is_unanswered; ///< the conversion of the coming tick gets no result
  uint8_t is_switching; ///< pins with the dividers' new switches are needed
  uint8_t waived; ///< switches of which pins were waited for in vain
  uint16_t answer_raw[CUT_CHANNEL_COUNT];
  uint8_t slot_last[PINS_MODULE_COUNT]; ///< end of the last tick's slots
  cut_out_t out_told;
  cut_afe_t afe_told;
  uint32_t bleed_told[PINS_MODULE_COUNT];
  uint64_t scan_ms, pull_ms; ///< classic: board time of the last scan that was asked for, pull
  uint32_t bus_state; ///< 0 active, 1 passive, 2 off: for the core
  uint32_t tx_waiting; ///< own frames that have not passed on the bus: for the core
  uint32_t said; ///< bits: what is said once
} cut_ecu_t;

void cut_ecu_init(cut_ecu_t *ecu, const cut_ecu_config_t *config, uint64_t wall_us);

/// Take a frame from the bus.
void cut_ecu_take(cut_ecu_t *ecu, uint64_t wall_us, const can_frame_t *frame);

/// Run all that may run now; returns the wall time at which to call again at the latest. The memory
/// (cut_ecu_nvm) is to be kept before the frames are sent: what they tell of is then safe.
uint64_t cut_ecu_run(cut_ecu_t *ecu, uint64_t wall_us);

/// A frame for the bus; 0 iff there is none.
static inline int cut_ecu_next_frame(cut_ecu_t *ecu, can_frame_t *frame) {
  return cut_queue_get(&ecu->tx, frame);
}

/// The memory's image, BMS_NVM_BYTES.
static inline const uint8_t *cut_ecu_nvm(const cut_ecu_t *ecu) { return ecu->board.nvm.image; }

#endif
