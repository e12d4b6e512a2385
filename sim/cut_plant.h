/// The plant's side of the bus cut: pins and answers out, what the ECU drives in.
///
/// Model    a pure state machine: frames in, frames out, wall time given. In each tick
///          cut_plant_begin tells pins and answers, then frames are taken, as long as
///          cut_plant_is_waiting asks for it (stepped time), then cut_plant_end says what the ECU
///          drives from the next tick on. The seat takes one ECU: the first that asks while it is
///          free. Nothing heard from it for timeout_ms: coils off, bleed switches off, seat free
/// Units    wall_us: any clock that does not jump
/// Memory   plain value; words must outlive it
#ifndef SIM_CUT_PLANT_H
#define SIM_CUT_PLANT_H

#include "../ecu_model/core/bms.h"
#include "cut.h"

typedef struct {
  uint16_t session; ///< not 0, another one each time
  uint16_t timeout_ms;
  uint16_t rate_permille; ///< of real time
  uint8_t is_stepped; ///< wait for the ECU in each tick
  uint8_t is_fd;
  uint8_t vehicle_is_elsewhere; ///< frames of vehicle and charger are nobody's fault
  uint8_t has_no_seat; ///< the ECU knows no bus cut: its frames alone count, the coils are off
  cut_words_t words;
} cut_plant_config_t;

enum { CUT_ACTION_MAX = 64 };

/// What the ECU said about a tick to come.
typedef struct {
  uint32_t next_ms;
  uint8_t is_afe;
  cut_out_t out;
  cut_afe_t afe;
} cut_action_t;

typedef struct {
  uint64_t lost_count, back_count; ///< the ECU was lost, an ECU took the seat
  uint64_t conversion_count; ///< answered
  uint64_t late_count; ///< conversions and outputs that came after their tick
  uint64_t garbage_count, foreign_count, repeated_count, missing_count; ///< messages
  uint64_t rest_bus_count, told_count; ///< frames of the vehicle's to the ECU, and of the ECU's
} cut_plant_stats_t;

typedef struct {
  cut_plant_config_t config;
  cut_plant_stats_t stats;
  cut_rx_t rx;
  cut_queue_t tx; ///< to the bus
  cut_queue_t app; ///< from the bus, for the simulated one
  uint32_t app_due_ms[CUT_QUEUE_MAX]; ///< stepped: the tick of each, by its place in the ring
  uint32_t app_open_count; ///< the newest of them, of which the tick is not known yet
  cut_action_t action[CUT_ACTION_MAX]; ///< in their order
  uint32_t action_count;
  uint16_t ecu; ///< session in the seat, 0: free
  uint16_t ecu_last; ///< the one before
  uint64_t wall_us, heard_us, told_us; ///< now; the ECU's last word; the last CUT_SYNC
  uint32_t now_ms; ///< the tick under way
  uint32_t ecu_next_ms; ///< the ECU has said all that acts before
  uint8_t counter[CUT_ID_LAST - CUT_ID_FIRST + 1], last[CUT_ID_LAST - CUT_ID_FIRST + 1];
  uint32_t has_last; ///< bit per id
  uint8_t is_paused;
  uint8_t has_pins; ///< of the first tick; before, nobody may run
  uint8_t answer_is_due; ///< the coming tick samples
  uint8_t conversion, has_answer; ///< the one that is answered next or was answered last
  uint16_t answer_raw[CUT_CHANNEL_COUNT];
  cut_sync_t sync; ///< as told last
  uint8_t tx_waiting; ///< the ECU's frames on the simulated bus: set it before cut_plant_begin
  uint8_t waiting_min, stuck_count; ///< in this cycle so far; in the whole of the last one
  uint8_t coils, switches;
  uint16_t fan_permille;
  uint32_t bleed_mask[PINS_MODULE_COUNT];
  uint32_t said; ///< bits: what is said once
} cut_plant_t;

void cut_plant_init(cut_plant_t *plant, const cut_plant_config_t *config, uint64_t wall_us);

/// Take a frame from the bus.
void cut_plant_take(cut_plant_t *plant, uint64_t wall_us, const can_frame_t *frame);

/// A frame for the bus; 0 iff there is none.
static inline int cut_plant_next_frame(cut_plant_t *plant, can_frame_t *frame) {
  return cut_queue_get(&plant->tx, frame);
}

/// The pins of the tick at now_us are there: answer what samples in it, tell the pins where a
/// cycle begins.
void cut_plant_begin(cut_plant_t *plant, uint64_t now_us, const pins_in_t *pins);

/// 1 iff the ECU has still to come to this tick's end; only in stepped time.
int cut_plant_is_waiting(const cut_plant_t *plant);

/// Wall time goes on: repeats what may have been lost, finds out that the ECU is. Call it at least
/// every 20 ms, also while paused.
void cut_plant_watch(cut_plant_t *plant, uint64_t wall_us);

/// The plant's time stands, or goes on.
void cut_plant_pause(cut_plant_t *plant, int is_paused);

/// The plant leaves: the ECU is told that its power goes.
void cut_plant_leave(cut_plant_t *plant);

/// This process did not run for a while: what it did not hear is not the ECU's fault.
void cut_plant_slept(cut_plant_t *plant, uint64_t wall_us);

/// What the ECU drives from the next tick on.
void cut_plant_end(cut_plant_t *plant, pins_out_t *pins, double supply_V);

/// A frame of the ECU's for the simulated bus in this tick; 0 iff there is none.
int cut_plant_next_app(cut_plant_t *plant, can_frame_t *frame);

/// A frame that the vehicle's side sent: to the ECU.
void cut_plant_send(cut_plant_t *plant, const can_frame_t *frame);

#endif
