/// A tester on a CAN bus: asks the BMS over ISO-TP and waits for its reply.
///
/// Model    requests leave on 0x7E4, or 0x7DF when they are for all; replies come on 0x7EC. Reply
///          pending (NRC 78) prolongs the waiting
/// Memory   diag_link_t is large: static
/// Threads  one
#ifndef CLI_DIAG_LINK_H
#define CLI_DIAG_LINK_H

#include <stdint.h>

#include "../ecu_model/core/isotp.h"
#include "../sim/can/bus.h"
#include "can_log.h"

enum { DIAG_BYTES_MAX = ISOTP_BYTES_MAX, DIAG_FRAME_MAX = 48, DIAG_NRC_SERVICE = 0x11 };

typedef struct {
  bus_t bus;
  isotp_t link;
  uint32_t timeout_ms;
  can_log_t log; ///< of all frames of the bus, to a pcap file
} diag_link_t;

typedef struct {
  uint8_t bytes[DIAG_BYTES_MAX];
  uint32_t count;
  can_frame_t frame[DIAG_FRAME_MAX]; ///< those that the reply came in
  uint32_t frame_count;
} diag_reply_t;

/// An exit code, after the line on stderr.
int diag_link_open(diag_link_t *tester, const char *url, uint32_t timeout_ms);

/// Ask and wait. 0; -1 after the line on stderr iff no reply came. A negative reply is a reply.
int diag_link_ask(diag_link_t *tester, const uint8_t *request, uint32_t count, int is_functional,
                  diag_reply_t *reply);

void diag_link_close(diag_link_t *tester);

/// The negative response code of a reply, 0 iff it is positive.
uint8_t diag_link_nrc(const diag_reply_t *reply);

/// "request out of range"; "?" where the code has no name.
const char *diag_link_nrc_text(uint8_t nrc);

#endif
