/// UDS services but for the reading of trouble codes: that is uds_codes.c.
#include "uds.h"

#include "big_endian.h"
#include "diag.h"
#include "did_value.h"

enum {
  REPLY_BIT = 0x40,
  NO_REPLY_BIT = 0x80, ///< of a sub-function
  HARD_RESET = 1,
  ALL_CODES = 0xFFFFFF,
  ID_BYTES = 2,
  P2_STAR_UNIT_ms = 10
};

int32_t uds_session(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  (void)out;
  if (request->count < 2) return -SERVER_NRC_LENGTH;
  uint32_t session = request->bytes[1];
  if (session != SERVER_SESSION_DEFAULT && session != SERVER_SESSION_EXTENDED)
    return -SERVER_NRC_SUBFUNCTION;
  if (request->count != 2) return -SERVER_NRC_LENGTH;
  bms->server.session = (uint8_t)session;
  reply[0] = request->bytes[0] | REPLY_BIT;
  reply[1] = (uint8_t)session;
  big_endian_put16(reply + 2, SERVER_P2_ms);
  big_endian_put16(reply + 4, SERVER_P2_STAR_ms / P2_STAR_UNIT_ms);
  return 6;
}

/// The reply of a service that only says yes.
static int32_t agree(const server_request_t *request, uint32_t function, uint8_t *reply) {
  if (request->bytes[1] & NO_REPLY_BIT) return 0;
  reply[0] = request->bytes[0] | REPLY_BIT;
  reply[1] = (uint8_t)function;
  return 2;
}

int32_t uds_reset(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  (void)out;
  if (request->count < 2) return -SERVER_NRC_LENGTH;
  if ((request->bytes[1] & ~(uint32_t)NO_REPLY_BIT) != HARD_RESET) return -SERVER_NRC_SUBFUNCTION;
  if (request->count != 2) return -SERVER_NRC_LENGTH;
  if (!server_is_at_rest(bms)) return -SERVER_NRC_CONDITIONS;
  bms->server.reset_is_due = 1;
  bms->server.reset_ms = 0;
  bms->store.soc_is_dirty = 1;
  return agree(request, HARD_RESET, reply);
}

int32_t uds_present(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  (void)bms;
  (void)out;
  if (request->count < 2) return -SERVER_NRC_LENGTH;
  if ((request->bytes[1] & ~(uint32_t)NO_REPLY_BIT) != 0) return -SERVER_NRC_SUBFUNCTION;
  if (request->count != 2) return -SERVER_NRC_LENGTH;
  return agree(request, 0, reply);
}

int32_t uds_clear(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  if (request->count != 4) return -SERVER_NRC_LENGTH;
  uint32_t group = big_endian_get24(request->bytes + 1), first = 0, end = DTC_COUNT;
  if (group != ALL_CODES) {
    while (first < DTC_COUNT && dtc_row[first].code_raw != group) first++;
    if (first == DTC_COUNT) return -SERVER_NRC_RANGE;
    end = first + 1;
  }
  if (!server_is_at_rest(bms)) return -SERVER_NRC_CONDITIONS;
  diag_erase(bms, group == ALL_CODES ? (uint32_t)DTC_COUNT : first, out);
  for (uint32_t dtc = first; dtc < end; dtc++) bms->server.erased_s[dtc] = bms->life.operating_s;
  reply[0] = request->bytes[0] | REPLY_BIT;
  return 1;
}

/// Those that there are, in the order asked for. Out of range iff there is none of them.
int32_t uds_values(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  uint32_t count = (request->count - 1) / ID_BYTES, at = 1;
  (void)out;
  if (count < 1 || count > UDS_VALUES_MAX || request->count != 1 + count * ID_BYTES)
    return -SERVER_NRC_LENGTH;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t id = big_endian_get16(request->bytes + 1 + i * ID_BYTES);
    uint32_t did = did_value_find(id);
    if (did == DID_COUNT) continue;
    if (at + ID_BYTES + did_value_bytes(did) > SERVER_REPLY_MAX) return -SERVER_NRC_TOO_LONG;
    big_endian_put16(reply + at, id);
    did_value_put(bms, did, reply + at + ID_BYTES);
    at += ID_BYTES + did_value_bytes(did);
  }
  if (at == 1) return -SERVER_NRC_RANGE;
  reply[0] = request->bytes[0] | REPLY_BIT;
  return (int32_t)at;
}
