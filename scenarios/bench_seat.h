/// A bench file at work: frames to somebody else's ECU, and what its frames drive.
///
/// Model    before each tick what is due is sent onto the simulated bus, from where it goes to the
///          real one as the vehicle's frames do. What the ECU says drives coils and fan from the
///          next tick on, and is told to vehicle and charger as frames of our own BMS with counter
///          and CRC. A frame of the ECU's whose checksum is wrong, or whose counter stands still,
///          is as if it had not come. A message that is silent for its time limit drives nothing
///          any more, nor does a page of a multiplexed one. Each page counts by its own time
/// Units    times in us of the plant's time
/// Memory   bench_seat_t borrows the file; plain value otherwise
#ifndef SCENARIOS_BENCH_SEAT_H
#define SCENARIOS_BENCH_SEAT_H

#include "../ecu_model/core/e2e.h"
#include "../sim/cut.h"
#include "../sim/hil.h"
#include "bench_file.h"

enum { BENCH_SEAT_OWN = 2 };

typedef struct {
  uint64_t heard_us;
  uint8_t data[64]; ///< of the last frame
  uint8_t has_data;
  uint8_t is_alive;
  uint8_t is_told[3]; ///< what was said of wrong frames
} bench_seat_in_t;

/// What a signal of the ECU's said last.
typedef struct {
  double theirs; ///< in the DBC's unit
  uint64_t heard_us;
  uint8_t is_known; ///< it came, and its time limit is not over
} bench_seat_value_t;

typedef struct {
  const bench_file_t *file;
  cut_words_t words;
  uint64_t due_us[BENCH_FILE_MESSAGES], sent_count[BENCH_FILE_MESSAGES];
  bench_seat_in_t in[BENCH_FILE_MESSAGES];
  bench_seat_value_t value[BENCH_FILE_SIGNALS]; ///< of bench_file_t.signal
  uint64_t own_due_us[BENCH_SEAT_OWN];
  e2e_tx_t own_tx[BENCH_SEAT_OWN];
} bench_seat_t;

/// A run begins.
void bench_seat_init(bench_seat_t *seat, const bench_file_t *file, const cut_words_t *words);

/// At a tick's boundary: send what is due.
void bench_seat_send(bench_seat_t *seat, hil_t *hil);

/// A frame of the real bus. 1 iff its id is one of our BMS's: it must not go onto the simulated
/// bus, where it would be taken for that.
int bench_seat_take(bench_seat_t *seat, uint64_t now_us, const can_frame_t *frame);

/// Within a tick, after its frames: what the ECU drives from the next one on, and what it tells.
void bench_seat_drive(bench_seat_t *seat, const hil_guest_io_t *io);

#endif
