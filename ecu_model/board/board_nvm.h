/// Non-volatile memory of the ECU: written byte by byte, acknowledged when it is done.
///
/// Model    16 bytes a millisecond; a power cut between leaves the bytes that were written so far.
///          One request may wait while another is written; a further one replaces the waiting one.
///          The image outlives resets; what is under way does not
/// Memory   plain value
#ifndef ECU_MODEL_BOARD_NVM_H
#define ECU_MODEL_BOARD_NVM_H

#include <stdint.h>

#include "../core/bms.h"

enum { BOARD_NVM_BYTES_PER_ms = 16, BOARD_NVM_PAGE_BYTES = BMS_NVM_PAGE_BYTES };

typedef struct {
  uint16_t offset, bytes;
  uint8_t sequence;
  uint8_t is_valid;
  uint8_t padding[2];
  uint8_t data[BOARD_NVM_PAGE_BYTES];
} board_nvm_request_t;

/// What may be wrong with the part.
typedef struct {
  uint8_t refuses_writes; ///< answers that it could not
  uint8_t is_silent; ///< neither writes nor answers
  uint8_t padding[2];
} board_nvm_fault_t;

typedef struct {
  board_nvm_request_t active, waiting;
  uint16_t written_bytes; ///< of the active request
  uint8_t sequence; ///< last one seen
  uint8_t ack, ok; ///< of the last finished request
  uint8_t padding[3];
  uint32_t refused_count;
  uint32_t finished_count; ///< requests written to their end
  board_nvm_fault_t fault;
  uint8_t image[BMS_NVM_BYTES];
} board_nvm_t;

/// An empty memory: all bytes 0xFF.
void board_nvm_init(board_nvm_t *nvm);

/// The ECU restarts: requests are forgotten in the middle of a page, the image and its faults stay.
void board_nvm_restart(board_nvm_t *nvm);

/// What board_nvm_request does with a new sequence number.
void board_nvm_take(board_nvm_t *nvm, const bms_out_t *out);

/// Take over a request: a new sequence number. A range outside the image is refused: ack with ok =
/// 0.
static inline void board_nvm_request(board_nvm_t *nvm, const bms_out_t *out) {
  if (out->nvm_request != nvm->sequence) board_nvm_take(nvm, out);
}

/// What board_nvm_step does with a request.
void board_nvm_write(board_nvm_t *nvm);

/// One millisecond of writing.
static inline void board_nvm_step(board_nvm_t *nvm) {
  if (nvm->active.is_valid && !nvm->fault.is_silent) board_nvm_write(nvm);
}

#endif
