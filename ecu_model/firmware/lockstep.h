/// The lockstep link: one message a step carries bms_in_t to the ECU, the answer its bms_out_t.
///
/// Model    world: BOOT, IN, BYE; ECU: HELLO once at its start, then one answer to each, BOOTED,
///          OUT or REPORT; FAULT instead of an answer is its last word. A body holds the structs
///          as they lie in memory (both sides are little-endian; HELLO proves the layout), of the
///          AFE bytes and CAN frames only those that are used.
/// Memory   the caller owns the message; nothing is kept
/// Threads  pure functions
#ifndef ECU_MODEL_FIRMWARE_LOCKSTEP_H
#define ECU_MODEL_FIRMWARE_LOCKSTEP_H

#include <stdint.h>

#include "../core/bms.h"

#define LOCKSTEP_MAGIC 0x31534c50u /* "PLS1" */

enum {
  LOCKSTEP_VERSION = 2,
  LOCKSTEP_HEAD_BYTES = 20,
  LOCKSTEP_BODY_MAX = sizeof(bms_boot_t),
  LOCKSTEP_IN_FD = 10, ///< what an ECU process reads from
  LOCKSTEP_OUT_FD = 11 ///< and writes to
};

typedef enum {
  LOCKSTEP_HELLO = 1,
  LOCKSTEP_BOOT,
  LOCKSTEP_BOOTED,
  LOCKSTEP_IN,
  LOCKSTEP_OUT,
  LOCKSTEP_BYE,
  LOCKSTEP_REPORT,
  LOCKSTEP_FAULT
} lockstep_kind_t;

typedef struct {
  uint32_t magic;
  uint16_t version;
  uint16_t kind; ///< lockstep_kind_t
  uint32_t sequence; ///< of the world's message; the answer repeats it
  uint32_t body_bytes;
  uint32_t crc; ///< CRC-32 (IEEE 802.3) of the four fields before and the body
} lockstep_head_t;

/// What the step cost, before the bms_out_t of an OUT.
typedef struct {
  uint32_t cost_raw; ///< units of the ECU's own counter; 0: it has none
} lockstep_cost_t;

/// Body of REPORT.
typedef struct {
  uint32_t stack_bytes; ///< deepest use ever; 0: not measured
  uint32_t stack_max_bytes;
} lockstep_report_t;

typedef enum {
  LOCKSTEP_CAUSE_NMI = 2, ///< of the watchdog; the others are the exception's number
  LOCKSTEP_CAUSE_HARD = 3,
  LOCKSTEP_CAUSE_MEMORY = 4,
  LOCKSTEP_CAUSE_BUS = 5,
  LOCKSTEP_CAUSE_USAGE = 6,
  LOCKSTEP_CAUSE_LINK = 255 ///< a message that it cannot take
} lockstep_cause_t;

/// Body of FAULT: the safe state is entered already.
typedef struct {
  uint32_t cause; ///< lockstep_cause_t
  uint32_t pc;
  uint32_t status; ///< CFSR
} lockstep_fault_t;

/// The whole of a message as it goes over the wire.
typedef struct {
  lockstep_head_t head;
  union {
    uint8_t bytes[LOCKSTEP_BODY_MAX];
    bms_boot_t boot;
    lockstep_report_t report;
    lockstep_fault_t fault;
    uint32_t words[LOCKSTEP_BODY_MAX / 4];
  } body;
} lockstep_message_t;

typedef enum {
  LOCKSTEP_OK = 0,
  LOCKSTEP_ERR_MAGIC = -1,
  LOCKSTEP_ERR_VERSION = -2,
  LOCKSTEP_ERR_LENGTH = -3,
  LOCKSTEP_ERR_CRC = -4
} lockstep_status_t;

/// Fill the head for the body that is there. Returns the bytes to send.
uint32_t lockstep_seal(lockstep_message_t *message, lockstep_kind_t kind, uint32_t sequence,
                       uint32_t body_bytes);

/// Looks at the head alone, so that the receiver knows how much is to come.
lockstep_status_t lockstep_head_check(const lockstep_head_t *head);

/// LOCKSTEP_ERR_CRC iff a bit of head or body is not what was sealed.
lockstep_status_t lockstep_check(const lockstep_message_t *message);

/// Body of an IN. Returns its bytes. Counts beyond their maximum are taken as the maximum.
uint32_t lockstep_pack_in(uint8_t *body, const bms_in_t *in);
/// LOCKSTEP_ERR_LENGTH iff the counts within do not fit body_bytes; in is then half filled.
lockstep_status_t lockstep_unpack_in(const uint8_t *body, uint32_t body_bytes, bms_in_t *in);
/// What the body of an OUT has at least.
uint32_t lockstep_out_bytes_min(void);
/// Body of an OUT, cost first.
uint32_t lockstep_pack_out(uint8_t *body, const lockstep_cost_t *cost, const bms_out_t *out);
lockstep_status_t lockstep_unpack_out(const uint8_t *body, uint32_t body_bytes,
                                      lockstep_cost_t *cost, bms_out_t *out);

/// Used bytes of afe_rx and afe_tx.
uint32_t lockstep_rx_bytes(const bms_in_t *in);
uint32_t lockstep_tx_bytes(const bms_out_t *out);

#endif
