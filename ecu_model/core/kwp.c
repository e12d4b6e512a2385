/// The car's own services: session and trouble codes. The values are in kwp_values.c.
#include "kwp.h"

#include "big_endian.h"
#include "diag.h"

enum {
  SESSION_REPLY = 0x50,
  CLEAR_REPLY = 0x54,
  CODES_REPLY = 0x58,
  STORED_REPLY = 0x43,
  PRESENT_REPLY = 0x7E,
  PRESENT_WITH_REPLY = 1,
  PRESENT_WITHOUT_REPLY = 2,
  ALL_GROUPS = 0xFF00,
  GROUP_MASK = 0xC000, ///< the letter of a code: P C B U
  CODE_SHIFT = 8, ///< codes have two bytes here, without the failure type
  STATUS_LAMP = 0x80,
  STATUS_PRESENT = 0x60, ///< stored, and there now
  STATUS_STORED = 0x20
};

static uint32_t code_of(uint32_t dtc) { return dtc_row[dtc].code_raw >> CODE_SHIFT; }

int32_t kwp_session(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  (void)out;
  if (request->count != 2 || request->bytes[1] != KWP_SESSION) return -SERVER_NRC_SUBFUNCTION;
  bms->server.session = SERVER_SESSION_DEFAULT;
  reply[0] = SESSION_REPLY;
  reply[1] = KWP_SESSION;
  return 2;
}

int32_t kwp_present(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  (void)bms;
  (void)out;
  uint32_t kind = request->count == 1 ? PRESENT_WITH_REPLY : request->bytes[1];
  if (request->count > 2) return -SERVER_NRC_SUBFUNCTION;
  if (kind == PRESENT_WITHOUT_REPLY) return 0;
  if (kind != PRESENT_WITH_REPLY) return -SERVER_NRC_SUBFUNCTION;
  reply[0] = PRESENT_REPLY;
  return 1;
}

/* --- trouble codes --------------------------------------------------------------------------- */

/// A group is all, a letter with zeros behind it, or one code.
static int is_in_group(uint32_t dtc, uint32_t group) {
  if (group == ALL_GROUPS) return 1;
  uint32_t code = code_of(dtc);
  return (group & ~(uint32_t)GROUP_MASK) == 0 ? (code & GROUP_MASK) == group : code == group;
}

static int group_is_known(uint32_t group) {
  if (group == ALL_GROUPS || (group & ~(uint32_t)GROUP_MASK) == 0) return 1;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (code_of(dtc) == group) return 1;
  }
  return 0;
}

int32_t kwp_clear(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  if (request->count != 3) return -SERVER_NRC_SUBFUNCTION;
  uint32_t group = big_endian_get16(request->bytes + 1);
  if (!group_is_known(group)) return -SERVER_NRC_RANGE;
  if (!server_is_at_rest(bms)) return -SERVER_NRC_CONDITIONS;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (!is_in_group(dtc, group)) continue;
    diag_erase(bms, dtc, out);
    bms->server.erased_s[dtc] = bms->life.operating_s;
  }
  reply[0] = CLEAR_REPLY;
  big_endian_put16(reply + 1, group);
  return 3;
}

static uint8_t status_of(const bms_t *bms, uint32_t dtc) {
  int is_active = bms->dtc[dtc].is_active;
  uint32_t status = is_active ? STATUS_PRESENT : bms->memory[dtc].is_stored ? STATUS_STORED : 0;
  if (is_active && dtc_row[dtc].level >= DTC_LEVEL_WARNING) status |= STATUS_LAMP;
  return (uint8_t)status;
}

int32_t kwp_codes(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  enum { ASKS_ALL = 1, ASKS_MAX = 3, BYTES = 3 };
  _Static_assert(2 + DTC_COUNT * BYTES <= SERVER_REPLY_MAX, "all codes fit into a reply");
  (void)out;
  if (request->count != 4 || request->bytes[1] > ASKS_MAX) return -SERVER_NRC_SUBFUNCTION;
  uint32_t asks_all = request->bytes[1] & ASKS_ALL; /* 00, 02: stored ones; 01, 03: all */
  uint32_t group = big_endian_get16(request->bytes + 2), count = 0;
  if (!group_is_known(group)) return -SERVER_NRC_RANGE;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (!is_in_group(dtc, group) || !(asks_all || bms->memory[dtc].is_stored)) continue;
    uint8_t *at = reply + 2 + BYTES * count++;
    big_endian_put16(at, code_of(dtc));
    at[2] = status_of(bms, dtc);
  }
  reply[0] = CODES_REPLY;
  reply[1] = (uint8_t)count;
  return (int32_t)(2 + BYTES * count);
}

int32_t kwp_stored_codes(bms_t *bms, bms_out_t *out, const server_request_t *request,
                         uint8_t *reply) {
  uint32_t count = 0;
  (void)out;
  if (request->count != 1) return -SERVER_NRC_SUBFUNCTION;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (!bms->memory[dtc].is_stored) continue;
    big_endian_put16(reply + 2 + 2 * count++, code_of(dtc));
  }
  reply[0] = STORED_REPLY;
  reply[1] = (uint8_t)count;
  return (int32_t)(2 + 2 * count);
}
