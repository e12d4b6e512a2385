/// Diagnostic server: a request in, a reply out; sessions and their timers.
///
/// Model    two languages on one address. The car's own, of the KWP2000 kind (kwp.h), and UDS
///          (uds.h). Most services belong to one of them; shared ones are told apart so:
///          10 81 is the car's session, any other 10 is UDS; 14 with a group of two bytes is the
///          car's, with three UDS. A configuration with diagnosis_is_car_only has no UDS.
///          The order of checks is ISO 14229-1's: service, minimum length, sub-function, length,
///          range, conditions. To all (functional): no reply that only says that this server is
///          not meant (NRC 11, 12, 31, 7E, 7F). A session other than the default ends 5 s after
///          the last request
/// Source   ISO 14229-1, ISO 14230-3; docs/diagnostics.md
#ifndef ECU_MODEL_CORE_SERVER_H
#define ECU_MODEL_CORE_SERVER_H

#include "bms.h"

enum {
  SERVER_REPLY_MAX = 256, ///< bytes
  SERVER_P2_ms = 50, ///< promised: a reply begins within
  SERVER_P2_STAR_ms = 5000, ///< promised for what takes long; nothing does
  SERVER_S3_ms = 5000,
  SERVER_RESET_PAUSE_ms = 50, ///< so long the reply to a reset may travel
  SERVER_RESET_MAX_ms = 1000 ///< and the memory may be written
};

/// Negative response codes that are used.
typedef enum {
  SERVER_NRC_SERVICE = 0x11,
  SERVER_NRC_SUBFUNCTION = 0x12,
  SERVER_NRC_LENGTH = 0x13,
  SERVER_NRC_TOO_LONG = 0x14,
  SERVER_NRC_CONDITIONS = 0x22,
  SERVER_NRC_RANGE = 0x31
} server_nrc_t;

typedef enum { SERVER_SESSION_DEFAULT = 1, SERVER_SESSION_EXTENDED = 3 } server_session_t;

/// A request as the services see it. Services return the length of their reply, 0 for none, or a
/// negative server_nrc_t.
typedef struct {
  const uint8_t *bytes;
  uint32_t count; ///< at least 1
} server_request_t;

/// After the memory was loaded.
void server_init(bms_t *bms);

/// Serve one request. Returns the length of the reply, 0 iff there is none. Anything may come.
/// What it clears is told through out; reply has SERVER_REPLY_MAX bytes.
uint32_t server_reply(bms_t *bms, bms_out_t *out, const uint8_t *request, uint32_t byte_count,
                      int is_functional, uint8_t *reply);

/// Every 10 ms: the session's time, and a reset that was granted.
void server_step(bms_t *bms, bms_out_t *out);

/// Clearing and resetting are allowed: contactors open, and not about to close.
int server_is_at_rest(const bms_t *bms);

#endif
