/// Diagnostic server: which service a request is for, and what time does to sessions.
#include "server.h"

#include "kwp.h"
#include "store.h"
#include "uds.h"

enum {
  SID_SESSION = 0x10,
  SID_CLEAR = 0x14,
  SID_PRESENT = 0x3E,
  SID_NEGATIVE = 0x7F,
  REPLY_BIT = 0x40, ///< of a service byte: it is a reply, nobody's request
  KWP_CLEAR_BYTES = 3,
  NEGATIVE_BYTES = 3
};

typedef int32_t (*service_fn)(bms_t *, bms_out_t *, const server_request_t *, uint8_t *);

typedef struct {
  service_fn serve;
  uint8_t sid;
  uint8_t is_uds; ///< not there in a car's own server
} service_t;

void server_init(bms_t *bms) {
  bms->server.session = SERVER_SESSION_DEFAULT;
  bms->server.cycle_begin_s = bms->life.operating_s;
}

int server_is_at_rest(const bms_t *bms) {
  return bms->state == BMS_STATE_STANDBY || bms->state == BMS_STATE_FAULT;
}

/* --- services of both languages -------------------------------------------------------------- */

static int32_t serve_session(bms_t *bms, bms_out_t *out, const server_request_t *request,
                             uint8_t *reply) {
  int is_kwp = bms->config.diagnosis_is_car_only ||
               (request->count == 2 && request->bytes[1] == KWP_SESSION);
  return is_kwp ? kwp_session(bms, out, request, reply) : uds_session(bms, out, request, reply);
}

static int32_t serve_clear(bms_t *bms, bms_out_t *out, const server_request_t *request,
                           uint8_t *reply) {
  int is_kwp = bms->config.diagnosis_is_car_only || request->count == KWP_CLEAR_BYTES;
  return is_kwp ? kwp_clear(bms, out, request, reply) : uds_clear(bms, out, request, reply);
}

static int32_t serve_present(bms_t *bms, bms_out_t *out, const server_request_t *request,
                             uint8_t *reply) {
  return bms->config.diagnosis_is_car_only ? kwp_present(bms, out, request, reply)
                                           : uds_present(bms, out, request, reply);
}

/* --- dispatch -------------------------------------------------------------------------------- */

static const service_t services[] = {
    {kwp_stored_codes, 0x03, 0},
    {serve_session, SID_SESSION, 0},
    {uds_reset, 0x11, 1},
    {serve_clear, SID_CLEAR, 0},
    {kwp_codes, 0x18, 0},
    {uds_codes, 0x19, 1},
    {kwp_values, 0x21, 0},
    {uds_values, 0x22, 1},
    {serve_present, SID_PRESENT, 0},
};

static int32_t serve(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  for (uint32_t i = 0; i < sizeof services / sizeof services[0]; i++) {
    if (services[i].sid != request->bytes[0]) continue;
    if (services[i].is_uds && bms->config.diagnosis_is_car_only) break;
    return services[i].serve(bms, out, request, reply);
  }
  return -SERVER_NRC_SERVICE;
}

/// To all: what only says that another ECU may be meant is not said.
static int is_silent(int32_t nrc) {
  return nrc == SERVER_NRC_SERVICE || nrc == SERVER_NRC_SUBFUNCTION || nrc == SERVER_NRC_RANGE;
}

uint32_t server_reply(bms_t *bms, bms_out_t *out, const uint8_t *request, uint32_t byte_count,
                      int is_functional, uint8_t *reply) {
  server_request_t seen = {request, byte_count};
  if (byte_count == 0 || (request[0] & REPLY_BIT) != 0 || bms->server.reset_is_due) return 0;
  bms->server.idle_ms = 0;
  int32_t result = serve(bms, out, &seen, reply);
  if (result >= 0) return (uint32_t)result;
  if (is_functional && is_silent(-result)) return 0;
  reply[0] = SID_NEGATIVE;
  reply[1] = request[0];
  reply[2] = (uint8_t)-result;
  return NEGATIVE_BYTES;
}

/* --- time ------------------------------------------------------------------------------------ */

static uint16_t later_ms(uint16_t time_ms, uint16_t dt_ms) {
  return time_ms < UINT16_MAX - dt_ms ? (uint16_t)(time_ms + dt_ms) : UINT16_MAX;
}

void server_step(bms_t *bms, bms_out_t *out) {
  bms_server_t *server = &bms->server;
  server->idle_ms = later_ms(server->idle_ms, bms->task_ms);
  if (server->idle_ms >= SERVER_S3_ms) server->session = SERVER_SESSION_DEFAULT;
  if (!server->reset_is_due) return;
  server->reset_ms = later_ms(server->reset_ms, bms->task_ms);
  int is_written = store_is_idle(bms) || server->reset_ms >= SERVER_RESET_MAX_ms;
  if (server->reset_ms >= SERVER_RESET_PAUSE_ms && is_written) out->reset_is_asked = 1;
}
