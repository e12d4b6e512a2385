/// Writes can_table.h and can_table_text.c: messages and signals as data for logs, judge and view.
#include "gen_can.h"

static const char types[] =
    "typedef struct {\n"
    "  const char *name;\n"
    "  const char *sender;\n"
    "  uint32_t id;           ///< without flags\n"
    "  uint8_t len;           ///< bytes\n"
    "  uint8_t flags;         ///< CAN_FRAME_* of pins.h\n"
    "  uint16_t e2e_data_id;  ///< 0: not protected\n"
    "  uint16_t cycle_ms;     ///< 0: not cyclic\n"
    "  uint16_t first_signal; ///< index into can_signal\n"
    "  uint16_t signal_count;\n"
    "} can_msg_t;\n\n"
    "typedef struct {\n"
    "  const char *name;\n"
    "  const char *unit;\n"
    "  uint16_t start; ///< bit as DBC counts: lowest of an Intel, highest of a Motorola signal\n"
    "  uint8_t len;    ///< bits\n"
    "  uint8_t is_signed, is_big_endian;\n"
    "  uint8_t is_mux; ///< its value is the page\n"
    "  int16_t page;   ///< on which it exists, -1: always\n"
    "  uint16_t first_value, value_count; ///< into can_value\n"
    "  double factor, offset;\n"
    "} can_signal_t;\n\n"
    "typedef struct {\n"
    "  int32_t raw;\n"
    "  const char *text;\n"
    "} can_value_t;\n\n"
    "extern const can_msg_t can_msg[CAN_MSG_COUNT];\n"
    "extern const can_signal_t can_signal[CAN_SIGNAL_COUNT];\n"
    "extern const can_value_t can_value[CAN_VALUE_COUNT];\n\n"
    "/// Raw bits of a signal, sign-extended. data holds the whole frame.\n"
    "int64_t can_signal_raw(const can_signal_t *signal, const uint8_t *data);\n\n"
    "/// Physical value. The caller checks the page (can_signal_is_present).\n"
    "double can_signal_decode(const can_signal_t *signal, const uint8_t *data);\n\n"
    "/// 1 iff the signal, one of msg, is on the page that data shows.\n"
    "int can_signal_is_present(const can_msg_t *msg, const can_signal_t *signal, const uint8_t "
    "*data);\n\n"
    "/// Index of a message by id and kind or by name, -1 iff there is none.\n"
    "int32_t can_msg_find_id(uint32_t id, int is_extended);\n"
    "int32_t can_msg_find(const char *name);\n\n"
    "/// Index of a signal of a message, -1 iff there is none.\n"
    "int32_t can_signal_find(uint32_t msg, const char *name);\n\n"
    "/// Name of a raw value, NULL iff it has none.\n"
    "const char *can_value_text(const can_signal_t *signal, int64_t raw);\n\n"
    "#endif\n";

static const char code[] =
    "/* The least byte first. */\n"
    "static uint64_t raw_little(const can_signal_t *signal, const uint8_t *byte) {\n"
    "  uint64_t raw = (uint64_t)*byte >> signal->start % 8;\n"
    "  for (uint32_t got = 8u - signal->start % 8u; got < signal->len; got += 8)\n"
    "    raw |= (uint64_t)*++byte << got;\n"
    "  return raw & UINT64_MAX >> (64 - signal->len);\n"
    "}\n\n"
    "/* From its highest bit on, down to the last byte's upper ones. */\n"
    "static uint64_t raw_big(const can_signal_t *signal, const uint8_t *byte) {\n"
    "  uint32_t got = signal->start % 8u + 1u;\n"
    "  uint64_t raw = *byte & ((1u << got) - 1u);\n"
    "  if (got >= signal->len) return raw >> (got - signal->len);\n"
    "  for (; got + 8 <= signal->len; got += 8) raw = raw << 8 | *++byte;\n"
    "  const uint32_t rest = signal->len - got;\n"
    "  return rest > 0 ? raw << rest | (uint64_t)*++byte >> (8 - rest) : raw;\n"
    "}\n\n"
    "int64_t can_signal_raw(const can_signal_t *signal, const uint8_t *data) {\n"
    "  const uint8_t *byte = data + signal->start / 8;\n"
    "  const uint64_t raw = signal->is_big_endian ? raw_big(signal, byte) : raw_little(signal, "
    "byte);\n"
    "  uint64_t sign = (uint64_t)1 << (signal->len - 1);\n"
    "  return signal->is_signed ? (int64_t)((raw ^ sign) - sign) : (int64_t)raw;\n"
    "}\n\n"
    "double can_signal_decode(const can_signal_t *signal, const uint8_t *data) {\n"
    "  return (double)can_signal_raw(signal, data) * signal->factor + signal->offset;\n"
    "}\n\n"
    "int can_signal_is_present(const can_msg_t *msg, const can_signal_t *signal, const uint8_t "
    "*data) {\n"
    "  if (signal->page < 0) return 1;\n"
    "  for (uint32_t i = msg->first_signal; i < (uint32_t)msg->first_signal + msg->signal_count; "
    "i++) {\n"
    "    if (can_signal[i].is_mux) return can_signal_raw(&can_signal[i], data) == signal->page;\n"
    "  }\n"
    "  return 0;\n"
    "}\n\n"
    "int32_t can_msg_find_id(uint32_t id, int is_extended) {\n"
    "  for (int32_t i = 0; i < CAN_MSG_COUNT; i++) {\n"
    "    if (can_msg[i].id == id && (can_msg[i].flags & 1) == (is_extended != 0)) return i;\n"
    "  }\n"
    "  return -1;\n"
    "}\n\n"
    "int32_t can_msg_find(const char *name) {\n"
    "  for (int32_t i = 0; i < CAN_MSG_COUNT; i++) {\n"
    "    if (strcmp(can_msg[i].name, name) == 0) return i;\n"
    "  }\n"
    "  return -1;\n"
    "}\n\n"
    "int32_t can_signal_find(uint32_t msg, const char *name) {\n"
    "  if (msg >= CAN_MSG_COUNT) return -1;\n"
    "  for (int32_t i = 0; i < can_msg[msg].signal_count; i++) {\n"
    "    int32_t signal = can_msg[msg].first_signal + i;\n"
    "    if (strcmp(can_signal[signal].name, name) == 0) return signal;\n"
    "  }\n"
    "  return -1;\n"
    "}\n\n"
    "const char *can_value_text(const can_signal_t *signal, int64_t raw) {\n"
    "  for (uint32_t i = 0; i < signal->value_count; i++) {\n"
    "    const can_value_t *value = &can_value[signal->first_value + i];\n"
    "    if (value->raw == raw) return value->text;\n"
    "  }\n"
    "  return NULL;\n"
    "}\n";

static void write_header(const dbc_t *dbc, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "can_table.h", "Our frames and signals as data", "bms.dbc");
  out_print(&out, "#ifndef ECU_MODEL_GEN_CAN_TABLE_H\n#define ECU_MODEL_GEN_CAN_TABLE_H\n\n"
                  "#include <stdint.h>\n\nenum {\n");
  for (uint32_t m = 0; m < dbc->message_count; m++)
    out_print(&out, "  CAN_MSG_%s = %u,\n", out_upper(dbc->message[m].name), (unsigned)m);
  out_print(&out, "  CAN_MSG_COUNT = %u,\n  CAN_SIGNAL_COUNT = %u,\n  CAN_VALUE_COUNT = %u\n};\n\n",
            (unsigned)dbc->message_count, (unsigned)dbc->signal_count,
            (unsigned)(dbc->value_count == 0 ? 1 : dbc->value_count));
  out_print(&out, "%s", types);
  out_close(&out);
}

static void write_messages(out_t *out, const char *path, const dbc_t *dbc) {
  out_print(out, "const can_msg_t can_msg[CAN_MSG_COUNT] = {\n");
  for (uint32_t m = 0; m < dbc->message_count; m++) {
    const dbc_message_t *message = &dbc->message[m];
    double data_id = dbc_attribute_number(dbc, "E2EDataId", (int32_t)m, 0);
    if (data_id < 0 || data_id > 65535 || message->cycle_ms > 65535)
      gen_fail(path, message->line, "E2EDataId and GenMsgCycleTime: allowed 0..65535");
    out_row_begin(out, NULL, NULL);
    out_string(out, message->name);
    out_string(out, message->sender);
    out_item(out, "0x%X", (unsigned)message->id);
    out_item(out, "%u", (unsigned)message->len);
    out_item(out, "%u",
             (message->is_extended ? 1u : 0u) | (message->is_fd ? 2u : 0u) |
                 (message->has_brs ? 4u : 0u));
    out_item(out, "0x%X", (unsigned)data_id);
    out_item(out, "%u", (unsigned)message->cycle_ms);
    out_item(out, "%u", (unsigned)message->first_signal);
    out_item(out, "%u", (unsigned)message->signal_count);
    out_row_end(out);
  }
  out_print(out, "};\n\n");
}

static void write_signals(out_t *out, const char *path, const dbc_t *dbc) {
  out_print(out, "const can_signal_t can_signal[CAN_SIGNAL_COUNT] = {\n");
  for (uint32_t i = 0; i < dbc->signal_count; i++) {
    const dbc_signal_t *signal = &dbc->signal[i];
    if (signal->mux == DBC_MUX_PAGE && signal->page > 32767)
      gen_fail(path, signal->line, "found page %u, allowed 0..32767", (unsigned)signal->page);
    out_row_begin(out, NULL, NULL);
    out_string(out, signal->name);
    out_string(out, signal->unit);
    out_item(out, "%u", (unsigned)signal->start);
    out_item(out, "%u", (unsigned)signal->length);
    out_item(out, "%u", (unsigned)signal->is_signed);
    out_item(out, "%u", (unsigned)signal->is_big_endian);
    out_item(out, "%u", signal->mux == DBC_MUX_SWITCH ? 1u : 0u);
    out_item(out, "%d", signal->mux == DBC_MUX_PAGE ? (int)signal->page : -1);
    out_item(out, "%u", (unsigned)signal->first_value);
    out_item(out, "%u", (unsigned)signal->value_count);
    out_item(out, "%s", out_double(signal->factor));
    out_item(out, "%s", out_double(signal->offset));
    out_row_end(out);
  }
  out_print(out, "};\n\n");
}

static void write_values(out_t *out, const dbc_t *dbc) {
  out_print(out, "const can_value_t can_value[CAN_VALUE_COUNT] = {\n");
  for (uint32_t i = 0; i < dbc->value_count; i++) {
    out_row_begin(out, NULL, NULL);
    out_item(out, "%lld", (long long)dbc->value[i].raw);
    out_string(out, dbc_text(dbc, dbc->value[i].text));
    out_row_end(out);
  }
  if (dbc->value_count == 0) out_print(out, "    {0, \"\"},\n");
  out_print(out, "};\n\n");
}

void gen_can_table(const char *path, const dbc_t *dbc, const char *gen_dir) {
  out_t out;
  write_header(dbc, gen_dir);
  out_open(&out, gen_dir, "can_table_text.c", "Our frames and signals as data", "bms.dbc");
  out_print(&out, "#include \"can_table.h\"\n\n#include <stddef.h>\n#include <string.h>\n\n");
  write_messages(&out, path, dbc);
  write_signals(&out, path, dbc);
  write_values(&out, dbc);
  out_print(&out, "%s", code);
  out_close(&out);
}
