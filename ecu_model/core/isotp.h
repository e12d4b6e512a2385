/// ISO-TP: messages of up to 256 bytes over CAN frames, both directions of one connection at once.
///
/// Model    a pure state machine on the time that it is given. The owner hands in every received
///          frame (isotp_receive), lets time pass (isotp_step) and takes frames to send one at a
///          time (isotp_poll_tx), only when the controller has room for one. A frame that nobody
///          takes for N_As, or (config.confirms) that is not told to have passed on the bus, ends
///          its message. A request on
///          the functional id, always one frame, has a buffer of its own: it disturbs no reception.
///          A message that is ready stays until isotp_release; what comes meanwhile is refused: a
///          single frame is dropped, a first frame is answered with overflow. Serves as ECU and as
///          tester; 11 and 29 bit ids; normal, extended and mixed addresses; classic and FD frames
/// Units    time in us, wraps; timers look at differences alone. STmin is the pause between two
///          frames: guard_us stands for the time of the frame itself and the raster of the clock
/// Memory   plain value without pointers; all lengths are bounded by its buffers
/// Threads  pure on their arguments
/// Source   ISO 15765-2: frames, timing, N_Result. Limits beyond it: total_us, the buffers
#ifndef ECU_MODEL_CORE_ISOTP_H
#define ECU_MODEL_CORE_ISOTP_H

#include <stdint.h>

#include "../pins.h"

enum {
  ISOTP_BYTES_MAX = 256, ///< of a message, each way
  ISOTP_FUNCTIONAL_BYTES_MAX = 62, ///< what one FD frame carries
  ISOTP_TIMEOUT_us = 1000000, ///< N_As, N_Ar, N_Bs and N_Cr
  ISOTP_NO_ID = -1 ///< as functional_id: there is none
};

/// How a message ended. Order of isotp_t.count.
typedef enum {
  ISOTP_DONE, ///< sent, or received whole
  ISOTP_TIMEOUT_A, ///< nobody took the next frame
  ISOTP_TIMEOUT_BS, ///< no flow control came
  ISOTP_TIMEOUT_CR, ///< no consecutive frame came
  ISOTP_TIMEOUT_TOTAL, ///< the message took longer than total_us
  ISOTP_WRONG_SN, ///< a consecutive frame is missing or doubled
  ISOTP_INVALID_FS, ///< flow control with a reserved status
  ISOTP_WAIT_OVERRUN, ///< more than wait_max times wait, one after the other
  ISOTP_OVERFLOW, ///< too long for the buffer: the peer's when sending, ours when receiving
  ISOTP_UNEXPECTED, ///< a reception was replaced by a new one, or refused as another one is ready
  ISOTP_IGNORED, ///< frames that were not valid or not expected: without effect
  ISOTP_RESULT_COUNT
} isotp_result_t;

typedef enum {
  ISOTP_OK = 0,
  ISOTP_ERR_CONFIG = -1, ///< tx_dl, an id or an address kind that there is not
  ISOTP_ERR_BUSY = -2, ///< a message is being sent
  ISOTP_ERR_LENGTH = -3 ///< 0 or more than ISOTP_BYTES_MAX
} isotp_status_t;

/// Constants of a connection. All zero but the ids and tx_dl is legal.
typedef struct {
  uint32_t rx_id, tx_id;
  int32_t functional_id; ///< single frames to all: received only; ISOTP_NO_ID iff none
  uint32_t guard_us; ///< added to the peer's STmin where that is not 0
  uint32_t total_us; ///< a message sent or received for longer is given up; 0: never
  uint16_t rx_bytes_max; ///< longer messages overflow; 0: ISOTP_BYTES_MAX
  uint8_t id_is_extended; ///< all ids have 29 bits, else 11
  uint8_t tx_dl; ///< longest frame sent: 8, FD also 12 16 20 24 32 48 64
  uint8_t is_fd; ///< sends FD frames and takes them besides classic ones
  uint8_t follows_peer; ///< of is_fd: sends classic frames to a peer whose last message had such
  uint8_t is_brs; ///< FD frames sent switch the bit rate
  uint8_t confirms; ///< the owner tells when a frame has passed: isotp_confirm; else at once
  uint8_t is_padded; ///< short frames are filled up to 8 bytes
  uint8_t padding_raw; ///< by this; also what fills FD frames up to a legal length
  uint8_t has_address; ///< the first data byte is an address: extended or mixed addressing
  uint8_t rx_address, tx_address;
  uint8_t functional_address;
  uint8_t block_size; ///< asked of the peer: flow control after so many frames; 0: never again
  uint8_t st_min_raw; ///< asked of the peer: 0..7F ms, F1..F9 100..900 us
  uint8_t wait_max; ///< times that the peer may say wait, one after the other
  uint8_t padding[3]; ///< always 0
} isotp_config_t;

/// Sending.
typedef struct {
  uint32_t began_us;
  uint32_t since_us; ///< when the last frame had passed or flow control came
  uint32_t gap_us; ///< between consecutive frames, as the peer asked
  uint32_t last_us; ///< when the last frame had passed
  uint32_t wait_us; ///< the next frame may go so long after since_us
  uint16_t byte_count, at; ///< of the message; sent so far
  uint8_t state; ///< isotp_tx_state_t
  uint8_t sequence; ///< of the next consecutive frame
  uint8_t block_left; ///< frames until the next flow control; 0: no more
  uint8_t wait_count;
  uint8_t result; ///< isotp_result_t of the last message
  uint8_t is_fd; ///< this message goes in FD frames
  uint8_t has_gone_on; ///< a consecutive frame has been sent: last_us counts
  uint8_t padding; ///< always 0
  uint8_t data[ISOTP_BYTES_MAX];
} isotp_tx_t;

/// Receiving.
typedef struct {
  uint32_t began_us;
  uint32_t since_us; ///< of the last frame
  uint32_t flow_us; ///< flow control is due since
  uint16_t byte_count, at; ///< announced; received so far
  uint8_t state; ///< isotp_rx_state_t
  uint8_t sequence; ///< of the next consecutive frame
  uint8_t block_left; ///< frames until we send flow control; 0: no more
  uint8_t frame_bytes; ///< of the first frame: the others are as long
  uint8_t flow_due; ///< 0 none, else 1 + flow status to be sent
  uint8_t result; ///< isotp_result_t of the last reception
  uint8_t functional_count; ///< bytes in functional; 0: none is ready
  uint8_t functional_is_out; ///< isotp_received has shown it
  uint8_t data[ISOTP_BYTES_MAX];
  uint8_t functional[ISOTP_FUNCTIONAL_BYTES_MAX];
  uint8_t is_fd; ///< the last single or first frame was an FD frame
  uint8_t padding; ///< always 0
} isotp_rx_t;

/// A connection. All zero is not valid: isotp_init.
typedef struct {
  isotp_config_t config;
  isotp_tx_t tx;
  isotp_rx_t rx;
  uint16_t count[ISOTP_RESULT_COUNT]; ///< messages and frames that ended so, clipped
  uint8_t is_active; ///< a timer runs or a frame is due
  uint8_t out; ///< isotp_out_t: the frame that has not passed yet
} isotp_t;

/// Start idle. ISOTP_ERR_CONFIG iff the configuration is not legal; link is then left as it was.
isotp_status_t isotp_init(isotp_t *link, const isotp_config_t *config);

/// Take a frame from the bus. Returns 1 iff it was addressed to this connection. Frames of other
/// ids, kinds (11 against 29 bits, remote, error) and addresses are not.
int isotp_receive(isotp_t *link, const can_frame_t *frame, uint32_t now_us);

/// Let time pass: timers that have run out end their message. Cheap while idle.
void isotp_step(isotp_t *link, uint32_t now_us);

/// Write the next frame that may be sent now. Returns 0 iff there is none, or the last one has not
/// passed yet (config.confirms).
int isotp_poll_tx(isotp_t *link, can_frame_t *frame, uint32_t now_us);

/// The last frame has passed on the bus: what counts from then begins. Without effect iff none is
/// out. For config.confirms only: else isotp_poll_tx does it.
void isotp_confirm(isotp_t *link, uint32_t now_us);

/// The oldest message that is ready, a functional one first; NULL iff none. Valid until
/// isotp_release.
const uint8_t *isotp_received(isotp_t *link, uint32_t *byte_count, int *is_functional);

/// The message that isotp_received has shown is done with: its buffer is free for the next.
void isotp_release(isotp_t *link);

/// Buffer of ISOTP_BYTES_MAX bytes to build the next message in; NULL iff one is being sent.
uint8_t *isotp_tx_buffer(isotp_t *link);

/// Begin to send byte_count bytes, copied unless data is isotp_tx_buffer. ISOTP_ERR_BUSY iff a
/// message is being sent, ISOTP_ERR_LENGTH iff 0 or above ISOTP_BYTES_MAX.
isotp_status_t isotp_send(isotp_t *link, const uint8_t *data, uint32_t byte_count, uint32_t now_us);

/// 1 iff a message is being sent. tx.result tells how the last one ended.
int isotp_is_sending(const isotp_t *link);

/// 1 iff a message of several frames is coming in.
int isotp_is_receiving(const isotp_t *link);

/// Give up what is being sent and received and forget what is ready; counters stay.
void isotp_reset(isotp_t *link);

#endif
