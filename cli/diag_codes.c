/// Reads trouble codes over UDS, over the car's own service where there is no UDS.
#include "diag_codes.h"

#include <string.h>
#include <strings.h>

#include "../ecu_model/gen/dtc_text.h"
#include "../scenarios/names.h"
#include "cli.h"
#include "diag_values.h"

enum {
  SID_CODES = 0x19,
  SID_CAR_CODES = 0x18,
  SID_CLEAR = 0x14,
  STATUS_ANY_FAULT = 0xAF, ///< all bits but the two of tests that are not completed
  CODE_BYTES = 4,
  CAR_CODE_BYTES = 3,
  HEAD_BYTES = 6, ///< of frames and counters
  NO_LOCATION = 255,
  ALL_CODES = 0xFFFFFF
};

typedef struct {
  uint32_t code; ///< 24 bits
  int32_t dtc; ///< -1: none of ours
  uint8_t status;
} code_t;

typedef struct {
  int is_json;
  int value_count;
} printer_t;

static const char *const status_word[] = {"failed",
                                          "failed_this_cycle",
                                          "pending",
                                          "confirmed",
                                          "untested",
                                          "failed_since_clear",
                                          "untested_this_cycle",
                                          "lamp"};

static int32_t find_code(uint32_t code, uint32_t mask) {
  for (int32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if ((dtc_row[dtc].code_raw & mask) == (code & mask)) return dtc;
  }
  return -1;
}

static int refuse(const diag_reply_t *reply, const char *what) {
  uint8_t nrc = diag_link_nrc(reply);
  (void)cli_usage("diag", "%s: refused, %02X %s", what, nrc, diag_link_nrc_text(nrc));
  return CLI_FAILED;
}

/* --- printing -------------------------------------------------------------------------------- */

static void print_value(void *user, const diag_value_t *value) {
  printer_t *printer = user;
  if (printer->is_json)
    printf("%s\"%s\": %s", printer->value_count > 0 ? ", " : "", value->name, value->text);
  else
    printf("      %-24s %s %s\n", value->name, value->text, value->unit);
  printer->value_count++;
}

static void print_frame(const uint8_t *bytes, uint32_t count, int is_json, uint32_t record) {
  printer_t printer = {.is_json = is_json};
  const char *name = record == 1 ? "first" : "last";
  printf(is_json ? ", \"%s\": {" : "    %s\n", name);
  for (uint32_t at = 0, used; at < count; at += used) {
    used = diag_values_identifier(bytes + at, count - at, print_value, &printer);
    if (used == 0) break;
  }
  if (is_json) printf("}");
}

static void skip_value(void *user, const diag_value_t *value) {
  (void)user;
  (void)value;
}

/// Bytes of the identifiers of one freeze frame.
static uint32_t frame_bytes(const uint8_t *bytes, uint32_t count, uint32_t identifiers) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < identifiers; i++) {
    uint32_t used = diag_values_identifier(bytes + at, count - at, skip_value, NULL);
    if (used == 0) return count;
    at += used;
  }
  return at;
}

static int print_frames(diag_link_t *tester, const code_t *code, int is_json) {
  uint8_t request[] = {
      SID_CODES,           0x04, (uint8_t)(code->code >> 16), (uint8_t)(code->code >> 8),
      (uint8_t)code->code, 0xFF};
  static diag_reply_t reply;
  if (diag_link_ask(tester, request, sizeof request, 0, &reply) != 0) return CLI_FAILED;
  if (diag_link_nrc(&reply) != 0) return refuse(&reply, "freeze frames");
  for (uint32_t at = HEAD_BYTES; at + 2 <= reply.count;) {
    uint32_t record = reply.bytes[at];
    uint32_t used = frame_bytes(reply.bytes + at + 2, reply.count - at - 2, reply.bytes[at + 1]);
    print_frame(reply.bytes + at + 2, used, is_json, record);
    at += 2 + used;
  }
  return CLI_OK;
}

static void print_location(const code_t *code, uint8_t raw, int is_json) {
  char signal[64], where[24] = "";
  if (raw == NO_LOCATION || code->dtc < 0) return;
  snprintf(signal, sizeof signal, "dtc.%s.location", dtc_name((uint32_t)code->dtc));
  if (names_word(signal, raw, where, sizeof where) != 0) snprintf(where, sizeof where, "%u", raw);
  printf(is_json ? ", \"location\": \"%s\"" : "    at %s\n", where);
}

static int print_counters(diag_link_t *tester, const code_t *code, int is_json) {
  static const char *const name[] = {"occurrences", "clean_cycles", "ages_at_cycles"};
  uint8_t request[] = {
      SID_CODES,           0x06, (uint8_t)(code->code >> 16), (uint8_t)(code->code >> 8),
      (uint8_t)code->code, 0xFF};
  static diag_reply_t reply;
  if (diag_link_ask(tester, request, sizeof request, 0, &reply) != 0) return CLI_FAILED;
  if (diag_link_nrc(&reply) != 0) return refuse(&reply, "counters");
  for (uint32_t at = HEAD_BYTES; at + 2 <= reply.count; at += 2) {
    uint32_t record = reply.bytes[at];
    if (record == 4) print_location(code, reply.bytes[at + 1], is_json);
    if (record < 1 || record > 3) continue;
    printf(is_json ? ", \"%s\": %u" : "    %-26s %u\n", name[record - 1], reply.bytes[at + 1]);
  }
  return CLI_OK;
}

static void print_head(const code_t *code, int is_json) {
  const dtc_text_t *text = code->dtc >= 0 ? &dtc_text[code->dtc] : NULL;
  char unknown[16];
  snprintf(unknown, sizeof unknown, "%06X", (unsigned)code->code);
  const char *spelled = text != NULL ? text->code : unknown;
  const char *name = text != NULL ? text->name : "";
  if (is_json)
    printf("{\"code\": \"%s\", \"name\": \"%s\", \"status\": %u", spelled, name, code->status);
  else
    printf("%s %s: %s\n   ", spelled, name, text != NULL ? text->help : "not in the table");
  for (uint32_t bit = 0; bit < 8 && !is_json; bit++) {
    if (code->status >> bit & 1) printf(" %s", status_word[bit]);
  }
  if (!is_json) putchar('\n');
}

/* --- lists ----------------------------------------------------------------------------------- */

static int print_uds(diag_link_t *tester, const diag_reply_t *list, int is_json) {
  int status = CLI_OK;
  for (uint32_t at = 3; at + CODE_BYTES <= list->count && status == CLI_OK; at += CODE_BYTES) {
    const uint8_t *bytes = list->bytes + at;
    code_t code = {.code = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2],
                   .status = bytes[3]};
    code.dtc = find_code(code.code, ALL_CODES);
    if (is_json && at > 3) printf(", ");
    print_head(&code, is_json);
    status = print_counters(tester, &code, is_json);
    if (status == CLI_OK) status = print_frames(tester, &code, is_json);
    if (is_json) printf("}");
  }
  return status;
}

/// Of the car's own service: no failure type, no frames, a status of its own kind.
static int print_car(diag_link_t *tester, int is_json) {
  static const uint8_t request[] = {SID_CAR_CODES, 0x00, 0xFF, 0x00};
  static diag_reply_t list;
  if (diag_link_ask(tester, request, sizeof request, 0, &list) != 0) return CLI_FAILED;
  if (diag_link_nrc(&list) != 0) return refuse(&list, "trouble codes");
  for (uint32_t at = 2; at + CAR_CODE_BYTES <= list.count; at += CAR_CODE_BYTES) {
    const uint8_t *bytes = list.bytes + at;
    uint32_t code = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8;
    int32_t dtc = find_code(code, 0xFFFF00);
    const char *name = dtc >= 0 ? dtc_name((uint32_t)dtc) : "";
    printf(is_json ? "%s{\"code\": \"%04X\", \"name\": \"%s\", \"car_status\": %u}"
                   : "%s%04X %s status %02X\n",
           is_json && at > 2 ? ", " : "", (unsigned)(code >> 8), name, bytes[2]);
  }
  return CLI_OK;
}

int diag_codes_print(diag_link_t *tester, int is_json) {
  static const uint8_t request[] = {SID_CODES, 0x02, STATUS_ANY_FAULT};
  static diag_reply_t list;
  if (diag_link_ask(tester, request, sizeof request, 0, &list) != 0) return CLI_FAILED;
  uint8_t nrc = diag_link_nrc(&list);
  if (nrc != 0 && nrc != DIAG_NRC_SERVICE) return refuse(&list, "trouble codes");
  if (is_json) printf("[");
  int status = nrc != 0 ? print_car(tester, is_json) : print_uds(tester, &list, is_json);
  if (is_json) printf("]\n");
  if (!is_json && nrc == 0 && list.count < 3 + CODE_BYTES) puts("no trouble code is stored");
  return status;
}

int diag_codes_clear(diag_link_t *tester, const char *which) {
  uint32_t code = ALL_CODES;
  static diag_reply_t reply;
  for (int32_t dtc = 0; which != NULL && strcmp(which, "all") != 0; dtc++) {
    if (dtc == DTC_COUNT)
      return cli_usage("diag",
                       "clear %s: no such code, allowed all, a code such as P0AA6 or a "
                       "name such as ISOLATION_LOST",
                       which);
    code = dtc_row[dtc].code_raw;
    if (strcasecmp(which, dtc_text[dtc].code) == 0 || strcasecmp(which, dtc_text[dtc].name) == 0)
      break;
  }
  uint8_t request[] = {SID_CLEAR, (uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code};
  if (diag_link_ask(tester, request, sizeof request, 0, &reply) != 0) return CLI_FAILED;
  if (diag_link_nrc(&reply) != 0) return refuse(&reply, "clear");
  puts("cleared");
  return CLI_OK;
}
