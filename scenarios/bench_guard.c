/// What guards a message of a bench file: its counter and its checksum.
#include "bench_read.h"

#include <stdio.h>
#include <string.h>

#include "plan.h"

const cJSON *bench_read_value(const cJSON *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *bench_read_text(const cJSON *object, const char *key) {
  const cJSON *value = bench_read_value(object, key);
  return value != NULL ? value->valuestring : "";
}

int bench_read_refuse(const bench_read_t *work, const json_path_t *path, const char *key,
                      const cJSON *object, const char *allowed) {
  char found[120];
  const cJSON *value = bench_read_value(object, key);
  const json_path_t at = value != NULL ? json_path_key(path, key) : *path;
  json_value_text(value != NULL ? value : object, found, sizeof found);
  return json_doc_refuse(work->doc, &at, 0, work->error, found, allowed);
}

int bench_read_signal(const bench_read_t *work, const json_path_t *path, const char *key,
                      const cJSON *object) {
  char allowed[120];
  const dbc_t *dbc = &work->bench->dbc;
  const uint32_t message = work->message->message;
  const int32_t found = dbc_find_signal(dbc, message, bench_read_text(object, key));
  if (found >= 0) return found;
  snprintf(allowed, sizeof allowed, "a signal of %s in the DBC", dbc->message[message].name);
  return bench_read_refuse(work, path, key, object, allowed);
}

static uint64_t ones(uint32_t bits) { return bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX; }

static int read_counter(bench_read_t *work, const json_path_t *path, const cJSON *object,
                        bench_file_message_t *message) {
  message->counter = -1;
  if (bench_read_value(object, "counter") == NULL)
    return bench_read_value(object, "counter_max") == NULL
               ? 0
               : bench_read_refuse(work, path, "counter_max", object, "\"counter\" beside it");
  message->counter = bench_read_signal(work, path, "counter", object);
  if (message->counter < 0) return -1;
  if (work->bench->dbc.signal[message->counter].selector >= 0 ||
      message->counter == message->selector)
    return bench_read_refuse(work, path, "counter", object,
                             "a signal of each frame: on no page, and not the multiplexer");
  const uint64_t most = ones(work->bench->dbc.signal[message->counter].length);
  message->counter_max = (uint64_t)plan_number(object, "counter_max", (double)most);
  if (bench_read_value(object, "counter_max") == NULL || message->counter_max > most)
    message->counter_max = most;
  return 0;
}

/// Bytes of a list, each 0..255.
static int read_bytes(bench_read_t *work, const json_path_t *path, const cJSON *object,
                      const char *key, uint8_t *bytes, uint8_t *count) {
  const cJSON *item;
  *count = 0;
  cJSON_ArrayForEach(item, bench_read_value(object, key)) {
    if (*count == CAN_CHECKSUM_EXTRA_MAX || !cJSON_IsNumber(item) || item->valuedouble < 0.0 ||
        item->valuedouble > 255.0 || item->valuedouble != (double)(uint8_t)item->valuedouble)
      return bench_read_refuse(work, path, key, object, "at most 16 whole numbers 0..255");
    bytes[(*count)++] = (uint8_t)item->valuedouble;
  }
  return 0;
}

static int read_extra(bench_read_t *work, const json_path_t *path, const cJSON *object,
                      const bench_file_message_t *message, can_checksum_t *rule) {
  uint8_t count;
  if (read_bytes(work, path, object, "before", rule->before, &rule->before_count) != 0 ||
      read_bytes(work, path, object, "after", rule->after, &rule->after_count) != 0 ||
      read_bytes(work, path, object, "by_counter", rule->by_counter, &count) != 0)
    return -1;
  rule->has_by_counter = count > 0;
  if (count > 0 && (count != CAN_CHECKSUM_COUNTERS || message->counter < 0))
    return bench_read_refuse(work, path, "by_counter", object,
                             "16 bytes, and a counter in the message");
  return 0;
}

/// The bytes that the signal fills, which has to be all of each.
static int read_place(bench_read_t *work, const json_path_t *path, const cJSON *object,
                      uint32_t bits, bench_file_message_t *message) {
  const dbc_t *dbc = &work->bench->dbc;
  message->checksum = bench_read_signal(work, path, "signal", object);
  if (message->checksum < 0) return -1;
  const dbc_signal_t *signal = &dbc->signal[message->checksum];
  int is_right = signal->length == bits && signal->selector < 0;
  if (is_right) dbc_signal_put(signal, message->checksum_bytes, -1);
  for (uint32_t i = 0; i < sizeof message->checksum_bytes; i++) {
    is_right = is_right && (message->checksum_bytes[i] == 0 || message->checksum_bytes[i] == 0xFF);
    message->checksum_bytes[i] = message->checksum_bytes[i] != 0;
  }
  if (is_right) return 0;
  return bench_read_refuse(work, path, "signal", object,
                           bits == 16 ? "a signal that fills two bytes of each frame"
                                      : "a signal that fills one byte of each frame");
}

static int read_checksum(bench_read_t *work, const json_path_t *message_path, const cJSON *object,
                         bench_file_message_t *message) {
  static const struct {
    const char *name;
    can_checksum_kind_t kind;
    uint16_t polynomial, start, end_xor;
  } kinds[] = {{"crc-8", CAN_CHECKSUM_CRC8, 0x1D, 0xFF, 0xFF},
               {"crc-16", CAN_CHECKSUM_CRC16, 0x1021, 0xFFFF, 0},
               {"sum", CAN_CHECKSUM_SUM, 0, 0, 0},
               {"xor", CAN_CHECKSUM_XOR, 0, 0, 0}};
  const json_path_t path = json_path_key(message_path, "checksum");
  const cJSON *checksum = bench_read_value(object, "checksum");
  can_checksum_t *rule = &message->rule;
  uint32_t k = 0;
  message->checksum = -1;
  if (checksum == NULL) return 0;
  while (strcmp(kinds[k].name, bench_read_text(checksum, "kind")) != 0)
    k++; /* one of the schema's */
  rule->kind = kinds[k].kind;
  rule->polynomial = (uint16_t)plan_number(checksum, "polynomial", kinds[k].polynomial);
  rule->start = (uint16_t)plan_number(checksum, "start", kinds[k].start);
  rule->end_xor = (uint16_t)plan_number(checksum, "end_xor", kinds[k].end_xor);
  const uint32_t bits = can_checksum_bits(rule->kind);
  static const char *const parameters[] = {"polynomial", "start", "end_xor"};
  for (uint32_t i = 0; i < 3; i++)
    if (plan_number(checksum, parameters[i], 0.0) > (double)ones(bits))
      return bench_read_refuse(work, &path, parameters[i], checksum, "0..255 for one byte");
  if (kinds[k].polynomial == 0 && bench_read_value(checksum, "polynomial") != NULL)
    return bench_read_refuse(work, &path, "polynomial", checksum,
                             "a polynomial for crc-8 and crc-16 alone");
  return read_place(work, &path, checksum, bits, message) ||
                 read_extra(work, &path, checksum, message, rule)
             ? -1
             : 0;
}

int bench_read_guard(bench_read_t *work, const json_path_t *path, const cJSON *object,
                     bench_file_message_t *message) {
  work->message = message;
  if (read_counter(work, path, object, message) != 0) return -1;
  return read_checksum(work, path, object, message);
}
