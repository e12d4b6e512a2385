/// UDS service 0x19: trouble codes by status, their freeze frames and their counters.
#include "uds.h"

#include "big_endian.h"
#include "did_value.h"
#include "history.h"

enum {
  CODES_REPLY = 0x59,
  NO_REPLY_BIT = 0x80,
  REPORT_COUNT = 0x01,
  REPORT_BY_STATUS = 0x02,
  REPORT_FRAMES = 0x04,
  REPORT_COUNTERS = 0x06,
  REPORT_SUPPORTED = 0x0A,
  FORMAT_J2012 = 0, ///< SAE J2012-DA: two bytes of code, one of failure type
  CODE_BYTES = 4, ///< with status
  ALL_RECORDS = 0xFF,
  FRAME_FIRST = 1,
  FRAME_LAST = 2,
  RECORD_OCCURRENCE = 1,
  RECORD_AGE = 2,
  RECORD_AGES_AT = 3,
  RECORD_LOCATION = 4,
  ID_BYTES = 2,
  MS_PER_S = 1000
};

_Static_assert(3 + DTC_COUNT * CODE_BYTES <= SERVER_REPLY_MAX, "all codes fit into a reply");

/* --- status ---------------------------------------------------------------------------------- */

/// It waits for the defined clearing alone: the fault itself has healed.
static int is_only_latched(const bms_dtc_t *state, const dtc_row_t *row) {
  return state->is_latched && state->up_ms == 0 && state->down_ms >= row->down_ms;
}

static int had_its_time(const bms_t *bms, uint32_t dtc, uint32_t since_s) {
  uint32_t time_ms = (uint32_t)dtc_row[dtc].up_ms + dtc_row[dtc].down_ms;
  return bms->life.operating_s - since_s > (time_ms + MS_PER_S - 1) / MS_PER_S;
}

uint8_t uds_status(const bms_t *bms, uint32_t dtc) {
  const bms_dtc_t *state = &bms->dtc[dtc];
  const bms_server_t *server = &bms->server;
  int is_stored = bms->memory[dtc].is_stored;
  int failed_this_cycle = history_failed_this_cycle(bms, dtc);
  int is_tested = had_its_time(bms, dtc, server->erased_s[dtc]);
  int is_tested_in_cycle = is_tested && had_its_time(bms, dtc, server->cycle_begin_s);
  uint32_t status = 0;
  if (state->is_active && !is_only_latched(state, &dtc_row[dtc])) status |= UDS_STATUS_FAILED;
  if (failed_this_cycle) status |= UDS_STATUS_FAILED_THIS_CYCLE;
  if (is_stored && history_age_cycles(bms, dtc) == 0) status |= UDS_STATUS_PENDING;
  if (is_stored) status |= UDS_STATUS_CONFIRMED | UDS_STATUS_FAILED_SINCE_CLEAR;
  if (!is_stored && !is_tested) status |= UDS_STATUS_UNTESTED_SINCE_CLEAR;
  if (!failed_this_cycle && !is_tested_in_cycle) status |= UDS_STATUS_UNTESTED_THIS_CYCLE;
  if (state->is_active && dtc_row[dtc].level >= DTC_LEVEL_WARNING) status |= UDS_STATUS_LAMP;
  return (uint8_t)status;
}

/* --- lists ----------------------------------------------------------------------------------- */

static void put_code(const bms_t *bms, uint32_t dtc, uint8_t *bytes) {
  big_endian_put24(bytes, dtc_row[dtc].code_raw);
  bytes[3] = uds_status(bms, dtc);
}

static uint32_t count_codes(const bms_t *bms, uint32_t mask) {
  uint32_t count = 0;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) count += (uds_status(bms, dtc) & mask) != 0;
  return count;
}

static int32_t report_count(const bms_t *bms, const uint8_t *request, uint8_t *reply) {
  reply[2] = UDS_STATUS_ALL;
  reply[3] = FORMAT_J2012;
  big_endian_put16(reply + 4, count_codes(bms, request[2]));
  return 6;
}

/// mask 0: all that there are.
static int32_t list_codes(const bms_t *bms, uint32_t mask, uint8_t *reply) {
  uint32_t at = 3;
  reply[2] = UDS_STATUS_ALL;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (mask != 0 && (uds_status(bms, dtc) & mask) == 0) continue;
    put_code(bms, dtc, reply + at);
    at += CODE_BYTES;
  }
  return (int32_t)at;
}

static int32_t report_by_status(const bms_t *bms, const uint8_t *request, uint8_t *reply) {
  if (request[2] != 0) return list_codes(bms, request[2], reply);
  reply[2] = UDS_STATUS_ALL;
  return 3;
}

static int32_t report_supported(const bms_t *bms, const uint8_t *request, uint8_t *reply) {
  (void)request;
  return list_codes(bms, 0, reply);
}

/* --- one code -------------------------------------------------------------------------------- */

static uint32_t find_code(const uint8_t *bytes) {
  uint32_t code = big_endian_get24(bytes), dtc = 0;
  while (dtc < DTC_COUNT && dtc_row[dtc].code_raw != code) dtc++;
  return dtc;
}

static uint32_t put_frame(const bms_frame_t *frame, uint32_t record, uint8_t *bytes) {
  uint32_t at = 2, count = 0;
  for (uint32_t did = 0; did < DID_COUNT; did++) {
    if ((did_row[did].where & DID_IS_IN_FRAME) == 0) continue;
    big_endian_put16(bytes + at, did_row[did].id);
    did_value_put_frame(frame, did, bytes + at + ID_BYTES);
    at += ID_BYTES + did_value_bytes(did);
    count++;
  }
  bytes[0] = (uint8_t)record;
  bytes[1] = (uint8_t)count;
  return at;
}

static int32_t report_frames(const bms_t *bms, const uint8_t *request, uint8_t *reply) {
  uint32_t dtc = find_code(request + 2), record = request[5], at = 2 + CODE_BYTES;
  int is_known = record == FRAME_FIRST || record == FRAME_LAST || record == ALL_RECORDS;
  if (dtc == DTC_COUNT || !is_known) return -SERVER_NRC_RANGE;
  const bms_memory_t *memory = &bms->memory[dtc];
  put_code(bms, dtc, reply + 2);
  if (!memory->is_stored) return (int32_t)at;
  if (record != FRAME_LAST) at += put_frame(&memory->first, FRAME_FIRST, reply + at);
  if (record != FRAME_FIRST) at += put_frame(&memory->last, FRAME_LAST, reply + at);
  return (int32_t)at;
}

static uint8_t counter_of(const bms_t *bms, uint32_t dtc, uint32_t record) {
  uint32_t age_cycles = history_age_cycles(bms, dtc);
  switch (record) {
  case RECORD_OCCURRENCE:
    return bms->dtc[dtc].occurrence_count;
  case RECORD_AGE:
    return (uint8_t)(age_cycles < UINT8_MAX ? age_cycles : UINT8_MAX);
  case RECORD_AGES_AT:
    return dtc_row[dtc].ageing_cycles;
  default:
    return bms->memory[dtc].last.location;
  }
}

static int32_t report_counters(const bms_t *bms, const uint8_t *request, uint8_t *reply) {
  uint32_t dtc = find_code(request + 2), record = request[5], at = 2 + CODE_BYTES;
  int is_known =
      (record >= RECORD_OCCURRENCE && record <= RECORD_LOCATION) || record == ALL_RECORDS;
  if (dtc == DTC_COUNT || !is_known) return -SERVER_NRC_RANGE;
  put_code(bms, dtc, reply + 2);
  if (!bms->memory[dtc].is_stored) return (int32_t)at;
  for (uint32_t i = RECORD_OCCURRENCE; i <= RECORD_LOCATION; i++) {
    if (record != ALL_RECORDS && record != i) continue;
    reply[at++] = (uint8_t)i;
    reply[at++] = counter_of(bms, dtc, i);
  }
  return (int32_t)at;
}

/* --- dispatch -------------------------------------------------------------------------------- */

typedef struct {
  int32_t (*report)(const bms_t *bms, const uint8_t *request, uint8_t *reply);
  uint8_t function, request_bytes;
} report_t;

static const report_t reports[] = {
    {report_count, REPORT_COUNT, 3},         {report_by_status, REPORT_BY_STATUS, 3},
    {report_frames, REPORT_FRAMES, 6},       {report_counters, REPORT_COUNTERS, 6},
    {report_supported, REPORT_SUPPORTED, 2},
};

int32_t uds_codes(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply) {
  (void)out;
  if (request->count < 2) return -SERVER_NRC_LENGTH;
  uint32_t function = request->bytes[1] & ~(uint32_t)NO_REPLY_BIT;
  for (uint32_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
    if (reports[i].function != function) continue;
    if (request->count != reports[i].request_bytes) return -SERVER_NRC_LENGTH;
    reply[0] = CODES_REPLY;
    reply[1] = (uint8_t)function;
    int32_t result = reports[i].report(bms, request->bytes, reply);
    return result > 0 && (request->bytes[1] & NO_REPLY_BIT) != 0 ? 0 : result;
  }
  return -SERVER_NRC_SUBFUNCTION;
}
