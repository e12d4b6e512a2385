/// The bus cut: what plant and ECU, two processes, say to each other on a CAN bus.
///
/// Model    five messages with a head of 8 bytes: CRC-16, counter, version, the sender's session,
///          the session that it speaks to (0: whoever). On a bus with FD a message is one frame; on
///          a classic bus it goes in frames of 8 bytes, each with 7 of the message behind a byte of
///          counter (high nibble) and place (low nibble). docs/two-processes.md has every byte
/// Units    times in ms of the plant's time; voltages in steps that the ECU's converters cannot see
/// Memory   plain values
#ifndef SIM_CUT_H
#define SIM_CUT_H

#include <stdint.h>

#include "../ecu_model/pins.h"

enum {
  CUT_VERSION = 1,
  CUT_ID_FIRST = 0x010, ///< all ids of the cut, 11 bits
  CUT_ID_LAST = 0x01F,
  CUT_HEAD_BYTES = 8,
  CUT_MESSAGE_BYTES = 64, ///< at most
  CUT_CYCLE_ms = 10, ///< between two CUT_SYNC
  CUT_CLASSIC_SCAN_ms = 100, ///< between two scans on a classic bus while no wire is tested
  CUT_PART_COUNT = 4,
  CUT_PART_VALUES = 26,
  CUT_CHANNEL_COUNT = PINS_WIRE_COUNT - PINS_MODULE_COUNT,
  CUT_ALIVE_us = 50000 ///< wall time after which a side that has nothing new repeats itself
};

/// What is said, as offset from CUT_ID_FIRST.
typedef enum {
  CUT_SYNC = 0, ///< plant: time, pace and pins
  CUT_ANSWER = 1, ///< plant, 1..4: channel voltages of a conversion, in four parts
  CUT_HELLO = 8, ///< ECU: asks for the seat
  CUT_OUT = 9, ///< ECU: what it drives, and how far it is
  CUT_AFE = 10 ///< ECU: bleed switches, and the conversion that begins
} cut_kind_t;

/// Bits of cut_sync_t.flags.
enum {
  CUT_FLAG_PAUSED = 1, ///< the plant's time stands
  CUT_FLAG_STEPPED = 2, ///< the plant waits for the ECU: no pace
  CUT_FLAG_END = 4, ///< the plant leaves: power off
  CUT_WAITING_SHIFT = 3, ///< four bits: frames of the ECU that wait on the plant's bus
  CUT_WAITING_MAX = 15
};

typedef struct {
  uint32_t time_ms; ///< of the tick that the pins are of
  uint16_t rate_permille; ///< of real time
  uint16_t timeout_ms; ///< wall time after which the other side is taken for lost
  uint8_t flags;
  uint8_t cycle_ms; ///< the ECU may run up to the next multiple of it
  uint8_t switches; ///< cut_out_t.switches as they were while the pins were sampled
  pins_in_t pins; ///< without the sense wires
} cut_sync_t;

typedef struct {
  uint8_t conversion; ///< of the CUT_AFE that is answered
  uint8_t part; ///< 0..3
  uint16_t volt_raw[CUT_PART_VALUES]; ///< steps of 100 uV from -0.5 V
} cut_answer_t;

typedef struct {
  uint8_t reset_cause; ///< bms_reset_t
  uint8_t is_fd;
} cut_hello_t;

enum { CUT_OUT_IS_DONE = 1, CUT_OUT_IS_ASLEEP = 2 };

typedef struct {
  uint32_t next_ms; ///< the ECU's next tick: from then on this holds
  uint8_t flags; ///< CUT_OUT_*; done: all that it says before next_ms has been said
  uint8_t coils; ///< bit per pins_coil_t: driven
  uint8_t switches; ///< bit 0, 1: isolation dividers, 2: HVIL drive
  uint16_t fan_permille;
} cut_out_t;

typedef struct {
  uint32_t next_ms; ///< the tick in which the conversion samples
  uint8_t conversion; ///< counter; of a conversion that asks for an answer
  uint8_t flags; ///< CUT_OUT_IS_DONE
  uint16_t slot_us;
  uint8_t mode[PINS_MODULE_COUNT]; ///< pins_afe_mode_t; all idle: no conversion
  uint8_t slot_begin, slot_end;
  uint32_t bleed_mask[PINS_MODULE_COUNT];
} cut_afe_t;

typedef struct {
  uint16_t from, to; ///< sessions
  uint8_t counter;
} cut_head_t;

typedef struct {
  cut_kind_t kind; ///< the parts of CUT_ANSWER too are CUT_ANSWER
  cut_head_t head;
  union {
    cut_sync_t sync;
    cut_answer_t answer;
    cut_hello_t hello;
    cut_out_t out;
    cut_afe_t afe;
  } is;
} cut_message_t;

enum { CUT_FRAME_MAX = 10 }; ///< of one message

/// Frames of a message, oldest first; returns how many. is_fd: one.
uint32_t cut_pack(const cut_message_t *message, int is_fd, can_frame_t frame[CUT_FRAME_MAX]);

typedef enum {
  CUT_RX_FOREIGN, ///< no frame of the cut
  CUT_RX_MORE, ///< a part of a message
  CUT_RX_MESSAGE,
  CUT_RX_GARBAGE, ///< wrong length, order or CRC, or a value outside of its range
  CUT_RX_VERSION ///< right, but of another version
} cut_rx_status_t;

typedef struct {
  uint8_t bytes[CUT_MESSAGE_BYTES + 8];
  uint8_t frame_count, nibble;
} cut_segments_t;

/// What a receiver has of messages in several frames. All zero at first.
typedef struct {
  cut_segments_t segments[CUT_ID_LAST - CUT_ID_FIRST + 1];
  uint8_t version; ///< with CUT_RX_VERSION: which
  uint8_t is_fd; ///< the last frame of the cut was one
} cut_rx_t;

/// Take a frame; message is written with CUT_RX_MESSAGE only.
cut_rx_status_t cut_take(cut_rx_t *rx, const can_frame_t *frame, cut_message_t *message);

/// 1 iff the frame has an id of the cut.
static inline int cut_is_of(const can_frame_t *frame) {
  return frame->id >= CUT_ID_FIRST && frame->id <= CUT_ID_LAST &&
         (frame->flags & CAN_FRAME_EXTENDED) == 0;
}

/// Channel voltages behind the filters as they stand in answers, in pack order, and back: inputs
/// against each module's lowest.
void cut_channels_from_pins(const pins_in_t *pins, uint16_t volt_raw[CUT_CHANNEL_COUNT]);
void cut_channels_to_pins(const uint16_t volt_raw[CUT_CHANNEL_COUNT], pins_in_t *pins);

/* --- what waits to be sent -------------------------------------------------------------------- */

enum { CUT_QUEUE_MAX = 256 };

/// A ring of frames. All zero: empty.
typedef struct {
  can_frame_t frame[CUT_QUEUE_MAX];
  uint32_t first, count;
  uint32_t lost_count; ///< found no room: the oldest made it
} cut_queue_t;

void cut_queue_put(cut_queue_t *queue, const can_frame_t *frame);

/// 0 iff it is empty.
int cut_queue_get(cut_queue_t *queue, can_frame_t *frame);

/* --- words for people ------------------------------------------------------------------------- */

/// Where a side tells what happened: one line, without its end.
typedef struct {
  void (*line)(void *user, const char *text);
  void *user;
} cut_words_t;

void cut_say(const cut_words_t *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
