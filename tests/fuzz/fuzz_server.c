/// Diagnostic server: any requests, faults and clock; replies keep their form, readings their hands
/// off.
///
/// Input    commands, one after the other: 0 count bytes... a request (bit 7 of count: to all);
///          1 high low: so many ms pass; 2 dtc: its condition holds for 10 ms; 3 state; 4 an
///          operating cycle ends; 5: with or without UDS
#include "fuzz.h"

#include "../../ecu_model/core/bms.h"
#include "../../ecu_model/core/diag.h"
#include "../../ecu_model/core/history.h"
#include "../../ecu_model/core/server.h"

enum { COMMAND_COUNT = 6, GUARD_BYTES = 32, GUARD = 0xC3, TASK_ms = 10, EVENTS_MAX = 2000 };

typedef struct {
  bms_t bms, before;
  bms_out_t out;
  uint8_t reply[SERVER_REPLY_MAX + GUARD_BYTES];
} fuzz_server_t;

static fuzz_server_t at;

static int only_reads(uint8_t sid) { return sid != 0x10 && sid != 0x11 && sid != 0x14; }

static void check_reply(const uint8_t *request, uint32_t count, int is_functional) {
  for (uint32_t i = count; i < sizeof at.reply; i++)
    FUZZ_HOLDS(i < SERVER_REPLY_MAX || at.reply[i] == GUARD);
  FUZZ_HOLDS(count <= SERVER_REPLY_MAX);
  if (count == 0) return;
  FUZZ_HOLDS((request[0] & 0x40) == 0);
  if (at.reply[0] != 0x7F) {
    FUZZ_HOLDS(at.reply[0] == (request[0] | 0x40));
    return;
  }
  uint8_t nrc = at.reply[2];
  FUZZ_HOLDS(count == 3 && at.reply[1] == request[0]);
  FUZZ_HOLDS(nrc == 0x11 || nrc == 0x12 || nrc == 0x13 || nrc == 0x14 || nrc == 0x22 ||
             nrc == 0x31);
  FUZZ_HOLDS(!is_functional || (nrc != 0x11 && nrc != 0x12 && nrc != 0x31));
}

/// In a block of its own size, so that reading beyond it is seen.
static void ask(const uint8_t *data, uint32_t count, int is_functional) {
  uint8_t *request = malloc(count > 0 ? count : 1);
  if (request == NULL) abort();
  if (count > 0) memcpy(request, data, count);
  memset(at.reply, GUARD, sizeof at.reply);
  at.out.event_count = 0;
  at.before = at.bms;
  uint32_t length = server_reply(&at.bms, &at.out, request, count, is_functional, at.reply);
  check_reply(request, length, is_functional);
  FUZZ_HOLDS(at.out.event_count <= BMS_EVENT_MAX);
  FUZZ_HOLDS(at.bms.server.session == 1 || at.bms.server.session == 3);
  if (count == 0 || only_reads(request[0])) {
    at.before.server = at.bms.server;
    FUZZ_HOLDS(memcmp(&at.before, &at.bms, sizeof at.bms) == 0);
  }
  free(request);
}

static void pass(uint32_t ms) {
  at.bms.task_ms = (uint16_t)ms;
  at.bms.life.operating_s += ms / 1000u;
  at.bms.time_ms += ms;
  server_step(&at.bms, &at.out);
  FUZZ_HOLDS(at.bms.server.idle_ms < SERVER_S3_ms || at.bms.server.session == 1);
}

static void fault(uint32_t dtc) {
  diag_report(&at.bms, dtc % DTC_COUNT, 1, (uint8_t)dtc);
  diag_walk(&at.bms, TASK_ms, &at.out);
  at.out.event_count = 0;
}

/// One command with its arguments; returns the bytes it took.
static size_t run(const uint8_t *data, size_t size) {
  uint32_t first = size > 1 ? data[1] : 0, second = size > 2 ? data[2] : 0;
  uint32_t room = size > 2 ? (uint32_t)size - 2 : 0, count = first & 0x7Fu;
  switch (data[0] % COMMAND_COUNT) {
  case 0:
    if (count > room) count = room;
    ask(data + (size > 1 ? 2 : 1), count, (int)(first >> 7));
    return 2 + count;
  case 1:
    pass(first << 8 | second);
    return 3;
  case 2:
    fault(first);
    return 2;
  case 3:
    at.bms.state = (uint8_t)(first % BMS_STATE_COUNT);
    return 2;
  case 4:
    history_end_cycle(&at.bms);
    return 1;
  default:
    at.bms.config.diagnosis_is_car_only ^= 1;
    return 1;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bms_boot_t boot;
  bms_init(&at.bms, bms_config_soul_ev(), &boot);
  memset(&at.out, 0, sizeof at.out);
  for (size_t used = 0, count = 0; used < size && count < EVENTS_MAX; count++)
    used += run(data + used, size - used);
  return 0;
}
