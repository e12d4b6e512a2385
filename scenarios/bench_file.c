/// Reads bench files: the table of their keys, then what only the DBC and the simulator know.
#include "bench_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "../ecu_model/pins.h"
#include "bench_read.h"
#include "plan.h"
#include "signals.h"

enum { TIMEOUT_DEFAULT_ms = 500, PERIOD_MAX_ms = 60000 };

#define TABLE(rows) rows, sizeof rows / sizeof rows[0]
#define NUMBER(key, low, high, unit, help)                                                         \
  { key, SCHEMA_NUMBER, 0, low, high, unit, 0, 0, help }
#define INTEGER(key, low, high, help)                                                              \
  { key, SCHEMA_INTEGER, 0, low, high, 0, 0, 0, help }
#define TEXT(key, is_needed, length, help)                                                         \
  { key, SCHEMA_TEXT, is_needed, 1, length, 0, 0, 0, help }

static const schema_key_t out_signal_keys[] = {
    TEXT("name", 1, 63, "signal of the message"),
    TEXT("from", 0, 55, "signal of the simulator: packsim signals"),
    NUMBER("value", -1e12, 1e12, "the DBC's unit", "a constant instead"),
    NUMBER("scale", -1e9, 1e9, "", "times the simulator's value (default 1)"),
    NUMBER("offset", -1e12, 1e12, "the DBC's unit", "added to it (default 0)"),
};
static const schema_t out_signal_schema = {"a signal to the ECU", TABLE(out_signal_keys), 0, 0};
static const schema_key_t in_signal_keys[] = {
    TEXT("name", 1, 63, "signal of the message"),
    TEXT("to", 1, 63,
         "coil.main_pos, coil.main_neg, coil.precharge, coil.heater (not 0: driven), fan.duty_pct, "
         "or a signal of BMS_Status or BMS_Limits"),
    NUMBER("scale", -1e9, 1e9, "", "times the DBC's value (default 1)"),
    NUMBER("offset", -1e12, 1e12, "", "added to it (default 0)"),
    {"map", SCHEMA_POINTS, 0, 0, 0, 0, 0, 0, "instead: pairs of theirs and ours; all others are 0"},
};
static const schema_t in_signal_schema = {"a signal of the ECU", TABLE(in_signal_keys), 0, 0};
static const schema_key_t checksum_keys[] = {
    TEXT("signal", 1, 63, "that holds it: whole bytes"),
    {"kind", SCHEMA_CHOICE, 1, 0, 0, 0, "crc-8|crc-16|sum|xor", 0, "over the other bytes"},
    INTEGER("polynomial", 1, 65535, "without its highest bit (default 29 = 0x1D, 4129 = 0x1021)"),
    INTEGER("start", 0, 65535, "value before the first byte (default: all ones; sum and xor: 0)"),
    INTEGER("end_xor", 0, 65535, "exclusively or-ed at the end (default: crc-8 255, others 0)"),
    {"before", SCHEMA_VALUES, 0, 0, 0, 0, 0, 0, "bytes ahead of the frame's, as a data id's"},
    {"after", SCHEMA_VALUES, 0, 0, 0, 0, 0, 0, "bytes behind the frame's"},
    {"by_counter", SCHEMA_VALUES, 0, 0, 0, 0, 0, 0,
     "16 bytes: the counter chooses one that stands behind all others"},
};
static const schema_t checksum_schema = {"a checksum", TABLE(checksum_keys), 0, 0};
#define GUARD_KEYS                                                                                 \
  TEXT("counter", 0, 63, "signal that counts the frames"),                                         \
      INTEGER("counter_max", 1, 4294967295.0, "its last value (default: all of its bits)"), {      \
    "checksum", SCHEMA_OBJECT, 0, 0, 0, 0, 0, &checksum_schema, "that guards the frame"            \
  }
static const schema_key_t out_keys[] = {
    TEXT("message", 1, 63, "name in the DBC"),
    NUMBER("every_ms", 1, PERIOD_MAX_ms, "ms", "period (default: the DBC's GenMsgCycleTime)"),
    GUARD_KEYS,
    {"signals", SCHEMA_LIST, 0, 0, BENCH_FILE_SIGNALS, 0, 0, &out_signal_schema,
     "those not named are 0"},
};
static const schema_t out_schema = {"a message to the ECU", TABLE(out_keys), 0, 0};
static const schema_key_t in_keys[] = {
    TEXT("message", 1, 63, "name in the DBC"),
    NUMBER("timeout_ms", 10, PERIOD_MAX_ms, "ms",
           "silence after which what it drives is off (default 500)"),
    GUARD_KEYS,
    {"signals", SCHEMA_LIST, 1, 0, BENCH_FILE_SIGNALS, 0, 0, &in_signal_schema, "what they mean"},
};
static const schema_t in_schema = {"a message of the ECU", TABLE(in_keys), 0, 0};
static const schema_key_t bench_keys[] = {
    {"packsim_bench", SCHEMA_INTEGER, 1, 1, 1, 0, 0, 0, "version of this format"},
    TEXT("title", 0, 120, "for people"),
    TEXT("dbc", 1, 255, "the ECU's DBC, beside this file"),
    TEXT("bus", 0, 107, "URL; --bus comes first"),
    {"rest_bus", SCHEMA_CHOICE, 0, 0, 0, 0, "packsim|soul-ev|none", 0,
     "frames that the simulator knows, beside those of this file (default none)"},
    {"seat", SCHEMA_BOOL, 0, 0, 0, 0, 0, 0, "the ECU also takes the seat of the bus cut"},
    {"to_ecu", SCHEMA_LIST, 0, 0, BENCH_FILE_MESSAGES, 0, 0, &out_schema, "what it gets"},
    {"from_ecu", SCHEMA_LIST, 0, 0, BENCH_FILE_MESSAGES, 0, 0, &in_schema, "what it gives"},
};
static const schema_t bench_schema = {"a bench file", TABLE(bench_keys), 0, 0};

/* --- signals --------------------------------------------------------------------------------- */

static int read_source(bench_read_t *work, const json_path_t *path, const cJSON *object,
                       bench_file_signal_t *signal) {
  const cJSON *from = bench_read_value(object, "from"), *value = bench_read_value(object, "value");
  if ((from == NULL) == (value == NULL))
    return json_doc_refuse(work->doc, path, 0, work->error,
                           from == NULL ? "neither \"from\" nor \"value\""
                                        : "both \"from\" and \"value\"",
                           "one of them");
  signal->source = -1;
  if (value != NULL) {
    signal->offset = value->valuedouble;
    return 0;
  }
  signal->source = signals_find(from->valuestring);
  return signal->source >= 0 ? 0
                             : bench_read_refuse(work, path, "from", object,
                                                 "a signal of the simulator (packsim signals)");
}

/// "MESSAGE.signal" of those frames of our BMS that vehicle and charger obey.
static int find_own(bench_file_signal_t *signal, const char *text) {
  static const uint32_t messages[] = {CAN_MSG_BMS_STATUS, CAN_MSG_BMS_LIMITS};
  for (uint32_t i = 0; i < 2; i++) {
    const can_msg_t *msg = &can_msg[messages[i]];
    const size_t bytes = strlen(msg->name);
    if (strncmp(text, msg->name, bytes) != 0 || text[bytes] != '.') continue;
    for (uint32_t k = 2; k < msg->signal_count; k++) { /* behind crc and counter */
      if (strcmp(can_signal[msg->first_signal + k].name, text + bytes + 1) != 0) continue;
      signal->target = BENCH_FILE_FRAME;
      signal->own_message = messages[i];
      signal->own_signal = msg->first_signal + k;
      return 0;
    }
  }
  return -1;
}

static int read_target(bench_read_t *work, const json_path_t *path, const cJSON *object,
                       bench_file_signal_t *signal) {
  static const char *const coils[PINS_COIL_COUNT] = {"coil.main_pos", "coil.main_neg",
                                                     "coil.precharge", "coil.heater"};
  const char *to = bench_read_text(object, "to");
  if (find_own(signal, to) == 0) return 0;
  if (strcmp(to, "fan.duty_pct") == 0) {
    signal->target = BENCH_FILE_FAN;
  } else {
    signal->target = BENCH_FILE_COIL;
    while (signal->coil < PINS_COIL_COUNT && strcmp(to, coils[signal->coil]) != 0) signal->coil++;
    if (signal->coil == PINS_COIL_COUNT)
      return bench_read_refuse(
          work, path, "to", object,
          "coil.main_pos, coil.main_neg, coil.precharge, coil.heater, fan.duty_pct, or a "
          "signal of BMS_Status or BMS_Limits (but crc and counter)");
  }
  return work->bench->has_seat ? bench_read_refuse(work, path, "to", object,
                                                   "a signal of BMS_Status or BMS_Limits: in the "
                                                   "seat the bus cut tells what is driven")
                               : 0;
}

static int read_map(bench_read_t *work, const json_path_t *path, const cJSON *object,
                    bench_file_signal_t *signal) {
  const cJSON *pair, *map = bench_read_value(object, "map");
  if (map == NULL) return 0;
  if (bench_read_value(object, "scale") != NULL || bench_read_value(object, "offset") != NULL)
    return bench_read_refuse(work, path, "map", object, "scale and offset, or a map");
  if (cJSON_GetArraySize(map) > BENCH_FILE_PAIRS)
    return bench_read_refuse(work, path, "map", object, "at most 16 pairs");
  cJSON_ArrayForEach(pair, map) {
    signal->pair[signal->pair_count][0] = pair->child->valuedouble;
    signal->pair[signal->pair_count++][1] = pair->child->next->valuedouble;
  }
  return 0;
}

static int read_signals(bench_read_t *work, const json_path_t *path, const cJSON *object,
                        bench_file_message_t *message, int is_out) {
  bench_file_t *bench = work->bench;
  const json_path_t list_path = json_path_key(path, "signals");
  const cJSON *item;
  uint32_t index = 0;
  work->message = message;
  message->first_signal = bench->signal_count;
  cJSON_ArrayForEach(item, bench_read_value(object, "signals")) {
    const json_path_t at = json_path_index(&list_path, index++);
    if (bench->signal_count == BENCH_FILE_SIGNALS)
      return json_doc_refuse(work->doc, &at, 0, work->error, "one more signal", "512 in a file");
    bench_file_signal_t *signal = &bench->signal[bench->signal_count++];
    const int found = bench_read_signal(work, &at, "name", item);
    if (found < 0) return -1;
    signal->signal = (uint32_t)found;
    signal->scale = plan_number(item, "scale", 1.0);
    signal->offset = plan_number(item, "offset", 0.0);
    const int status =
        is_out ? read_source(work, &at, item, signal)
               : read_target(work, &at, item, signal) || read_map(work, &at, item, signal);
    if (status != 0) return -1;
    message->signal_count++;
  }
  return 0;
}

/* --- messages -------------------------------------------------------------------------------- */

static int find_message(const bench_read_t *work, const json_path_t *path, const cJSON *object,
                        uint32_t *message) {
  char allowed[2 * SCENARIO_FILE_MAX + 40];
  const int32_t found = dbc_find_message(&work->bench->dbc, bench_read_text(object, "message"));
  snprintf(allowed, sizeof allowed, "a message of %s", work->bench->dbc_file);
  if (found < 0) return bench_read_refuse(work, path, "message", object, allowed);
  *message = (uint32_t)found;
  return 0;
}

static int read_out(bench_read_t *work, const json_path_t *path, const cJSON *object) {
  bench_file_message_t *message = &work->bench->out[work->bench->out_count++];
  if (find_message(work, path, object, &message->message) != 0) return -1;
  const double cycle_ms = work->bench->dbc.message[message->message].cycle_ms;
  const double every_ms = plan_number(object, "every_ms", cycle_ms);
  if (every_ms < 1.0)
    return bench_read_refuse(work, path, "message", object,
                             "\"every_ms\" beside it: the DBC has no period");
  message->period_us = (uint64_t)(every_ms * 1e3 + 0.5);
  if (read_signals(work, path, object, message, 1) != 0) return -1;
  if (bench_read_pages(work, path, object, message) != 0) return -1;
  return bench_read_guard(work, path, object, message);
}

static int read_in(bench_read_t *work, const json_path_t *path, const cJSON *object) {
  bench_file_message_t *message = &work->bench->in[work->bench->in_count++];
  if (find_message(work, path, object, &message->message) != 0) return -1;
  message->timeout_us =
      (uint64_t)(plan_number(object, "timeout_ms", TIMEOUT_DEFAULT_ms) * 1e3 + 0.5);
  message->selector = -1; /* a frame of the ECU's says its page itself */
  if (read_signals(work, path, object, message, 0) != 0) return -1;
  return bench_read_guard(work, path, object, message);
}

static int read_messages(bench_read_t *work, const char *key,
                         int (*read_one)(bench_read_t *, const json_path_t *, const cJSON *)) {
  const json_path_t top = {.count = 0}, path = json_path_key(&top, key);
  const cJSON *item;
  uint32_t index = 0;
  cJSON_ArrayForEach(item, bench_read_value(work->doc->root, key)) {
    const json_path_t at = json_path_index(&path, index++);
    if (read_one(work, &at, item) != 0) return -1;
  }
  return 0;
}

static int read_dbc(bench_read_t *work) {
  dbc_error_t why;
  const char *name = bench_read_text(work->doc->root, "dbc"), *file = work->bench->file;
  const char *slash = name[0] != '/' ? strrchr(file, '/') : NULL;
  char *path = work->bench->dbc_file;
  snprintf(path, sizeof work->bench->dbc_file, "%.*s%s",
           slash != NULL ? (int)(slash + 1 - file) : 0, file, name);
  const dbc_status_t status = dbc_read(&work->bench->dbc, path, &why);
  if (status == DBC_OK) return 0;
  const json_path_t top = {.count = 0}, at = json_path_key(&top, "dbc");
  if (status == DBC_ERR_FILE)
    return json_doc_refuse(work->doc, &at, 0, work->error, name, "a DBC file beside this one");
  snprintf(work->error->text, sizeof work->error->text, "%.380s:%u: %s", path, why.line, why.text);
  return -1;
}

static int fill(bench_read_t *work) {
  const json_path_t top = {.count = 0};
  bench_file_t *bench = work->bench;
  const cJSON *root = work->doc->root;
  if (schema_check(work->doc, root, &top, &bench_schema, work->error) != 0) return -1;
  _Static_assert(sizeof bench->file == sizeof work->doc->file, "a file's name fits as it is");
  memcpy(bench->file, work->doc->file, sizeof bench->file);
  snprintf(bench->bus, sizeof bench->bus, "%s", bench_read_text(root, "bus"));
  snprintf(bench->rest_bus, sizeof bench->rest_bus, "%s", bench_read_text(root, "rest_bus"));
  if (bench->rest_bus[0] == '\0') snprintf(bench->rest_bus, sizeof bench->rest_bus, "none");
  bench->has_seat = (uint8_t)cJSON_IsTrue(bench_read_value(root, "seat"));
  if (read_dbc(work) != 0 || read_messages(work, "to_ecu", read_out) != 0) return -1;
  return read_messages(work, "from_ecu", read_in);
}

int bench_file_load(const char *file, bench_file_t *bench, scenario_error_t *error) {
  json_doc_t doc;
  memset(bench, 0, sizeof *bench);
  if (json_doc_load(file, &doc, error) != 0) return -1;
  bench_read_t work = {.doc = &doc, .bench = bench, .error = error};
  const int status = fill(&work);
  json_doc_free(&doc);
  if (status != 0) bench_file_free(bench);
  return status;
}

void bench_file_free(bench_file_t *bench) {
  dbc_free(&bench->dbc);
  memset(bench, 0, sizeof *bench);
}

int bench_file_is_one(const char *path) {
  json_doc_t doc;
  scenario_error_t reason;
  if (json_doc_load(path, &doc, &reason) != 0) return 0;
  const int is_one = bench_read_value(doc.root, "packsim_bench") != NULL;
  json_doc_free(&doc);
  return is_one;
}
