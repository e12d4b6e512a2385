/// Writes can_codec.{h,c}: one struct, one pack and one unpack function for each message.
#include "gen_can.h"

#include <string.h>

static const char put_little[] =
    "/// Bits start.. upward, lowest first.\n"
    "static void can_put_le(uint8_t *data, uint32_t start, uint32_t length, uint32_t raw) {\n"
    "  const uint32_t bit = start % 8u;\n"
    "  uint8_t *byte = data + start / 8u;\n"
    "  raw &= UINT32_MAX >> (32u - length);\n"
    "  *byte = (uint8_t)(*byte | raw << bit);\n"
    "  for (raw >>= 8u - bit; raw != 0; raw >>= 8) {\n"
    "    byte++;\n"
    "    *byte = (uint8_t)(*byte | raw);\n"
    "  }\n"
    "}\n\n"
    "static uint32_t can_get_le(const uint8_t *data, uint32_t start, uint32_t length) {\n"
    "  uint32_t raw = 0;\n"
    "  for (uint32_t done = 0; done < length;) {\n"
    "    uint32_t bit = (start + done) % 8u;\n"
    "    uint32_t count = 8u - bit < length - done ? 8u - bit : length - done;\n"
    "    uint32_t mask = (1u << count) - 1u;\n"
    "    raw |= ((uint32_t)data[(start + done) / 8u] >> bit & mask) << done;\n"
    "    done += count;\n"
    "  }\n"
    "  return raw;\n"
    "}\n\n";

static const char put_big[] =
    "/// Bits start.. downward through the bytes, highest first.\n"
    "static void can_put_be(uint8_t *data, uint32_t start, uint32_t length, uint32_t raw) {\n"
    "  while (length > 0) {\n"
    "    uint32_t room = start % 8u + 1u;\n"
    "    uint32_t count = room < length ? room : length;\n"
    "    uint32_t mask = (1u << count) - 1u;\n"
    "    uint32_t part = raw >> (length - count) & mask;\n"
    "    data[start / 8u] = (uint8_t)(data[start / 8u] | part << (room - count));\n"
    "    start = start / 8u * 8u + 15u;\n"
    "    length -= count;\n"
    "  }\n"
    "}\n\n"
    "static uint32_t can_get_be(const uint8_t *data, uint32_t start, uint32_t length) {\n"
    "  uint32_t raw = 0;\n"
    "  while (length > 0) {\n"
    "    uint32_t room = start % 8u + 1u;\n"
    "    uint32_t count = room < length ? room : length;\n"
    "    uint32_t mask = (1u << count) - 1u;\n"
    "    raw = raw << count | ((uint32_t)data[start / 8u] >> (room - count) & mask);\n"
    "    start = start / 8u * 8u + 15u;\n"
    "    length -= count;\n"
    "  }\n"
    "  return raw;\n"
    "}\n\n";

static const char limit_unsigned[] =
    "/// As much as the bits hold.\n"
    "static void can_put_limited_%s(uint8_t *data, uint32_t start, uint32_t length, uint32_t raw) "
    "{\n"
    "  uint32_t maximum = (1u << length) - 1u;\n"
    "  can_put_%s(data, start, length, raw < maximum ? raw : maximum);\n"
    "}\n\n";

static const char limit_signed[] =
    "static uint32_t can_limit_signed(int32_t raw, int32_t maximum) {\n"
    "  if (raw > maximum) return (uint32_t)maximum;\n"
    "  return (uint32_t)(raw < -maximum - 1 ? -maximum - 1 : raw);\n"
    "}\n\n"
    "/// sign is the value of the signal's highest bit.\n"
    "static int32_t can_extend(uint32_t raw, uint32_t sign) { return (int32_t)((raw ^ sign) - "
    "sign); }\n\n";

/// Width of the smallest integer type that holds the signal.
static int type_bits(const dbc_signal_t *signal) {
  return signal->length <= 8 ? 8 : signal->length <= 16 ? 16 : 32;
}

static void write_values(out_t *out, const dbc_t *dbc, const can_layout_t *layout) {
  for (uint32_t i = 0; i < layout->field_count; i++) {
    const dbc_signal_t *signal = layout->field[i].slot[0];
    if (signal->value_count == 0) continue;
    out_print(out, "\nenum {\n");
    for (uint32_t v = 0; v < signal->value_count; v++) {
      const dbc_value_t *value = &dbc->value[signal->first_value + v];
      out_print(out, "  CAN_%s_%s_%s = %lld%s\n", layout->upper, out_upper(layout->field[i].name),
                out_upper(dbc_text(dbc, value->text)), (long long)value->raw,
                v + 1 < signal->value_count ? "," : "");
    }
    out_print(out, "};\n");
  }
}

static void write_field(out_t *out, const can_field_t *field) {
  const dbc_signal_t *signal = field->slot[0];
  out_print(out, "  %sint%d_t %s_raw", signal->is_signed ? "" : "u", type_bits(signal),
            field->name);
  if (field->slot_count > 0) out_print(out, "[%u]", (unsigned)field->slot_count);
  out_print(out, "; ///< %u bit%s", (unsigned)signal->length, signal->length == 1 ? "" : "s");
  int is_plain = signal->factor >= 1 && signal->factor <= 1 && signal->unit[0] == '\0';
  if (!is_plain) out_print(out, ", %s %s", out_double(signal->factor), signal->unit);
  if (signal->offset < 0 || signal->offset > 0)
    out_print(out, ", 0 means %s", out_double(signal->offset));
  if (field->page != CAN_PAGE_ALL) out_print(out, ", on page %lld", (long long)field->page);
  out_print(out, "\n");
}

static void write_message_header(out_t *out, const dbc_t *dbc, const can_layout_t *layout) {
  const dbc_message_t *message = layout->message;
  const char *upper = layout->upper;
  out_print(out, "\nenum {\n  CAN_%s_ID = 0x%X,\n  CAN_%s_LEN = %u,\n", upper,
            (unsigned)message->id, upper, (unsigned)message->len);
  out_print(out, "  CAN_%s_FLAGS = %u, ///< CAN_FRAME_* of pins.h\n", upper,
            (message->is_extended ? 1u : 0u) | (message->is_fd ? 2u : 0u) |
                (message->has_brs ? 4u : 0u));
  if (layout->page_count > 0)
    out_print(out, "  CAN_%s_PAGE_COUNT = %u,\n", upper, (unsigned)layout->page_count);
  for (uint32_t i = 0; i < layout->field_count; i++) {
    if (layout->field[i].slot_count > 0)
      out_print(out, "  CAN_%s_%s_COUNT = %u,\n", upper, out_upper(layout->field[i].name),
                (unsigned)layout->field[i].slot_count);
  }
  out_print(out, "  CAN_%s_CYCLE_ms = %u,\n  CAN_%s_E2E_DATA_ID = 0x%X\n};\n", upper,
            (unsigned)message->cycle_ms, upper, (unsigned)layout->e2e_data_id);
  write_values(out, dbc, layout);
  const char *lower = layout->lower;
  out_print(out, "\n");
  if (message->comment != 0) out_comment(out, dbc_text(dbc, message->comment));
  out_print(out, "typedef struct {\n");
  for (uint32_t i = 0; i < layout->field_count; i++) write_field(out, &layout->field[i]);
  out_print(out, "} can_%s_t;\n\n", lower);
  out_print(out, "void can_%s_pack(const can_%s_t *message, uint8_t data[%u]);\n", lower, lower,
            (unsigned)message->len);
  out_print(out, "void can_%s_unpack(can_%s_t *message, const uint8_t data[%u]);\n", lower, lower,
            (unsigned)message->len);
}

static void write_guard(out_t *out, const can_layout_t *layout, const can_field_t *field) {
  out_print(out, "  ");
  if (field->page != CAN_PAGE_ALL)
    out_print(out, "if (message->%s_raw == %lldu) ", layout->mux->name, (long long)field->page);
}

/// start is the text of the first bit's number.
typedef void (*write_line_t)(out_t *out, const char *member, const char *start,
                             const dbc_signal_t *signal);

static void write_pack(out_t *out, const char *member, const char *start,
                       const dbc_signal_t *signal) {
  const char *order = signal->is_big_endian ? "be" : "le";
  unsigned length = signal->length;
  int is_whole = type_bits(signal) == signal->length;
  out_print(out, "can_put_%s%s(data, %s, %u, ", is_whole || signal->is_signed ? "" : "limited_",
            order, start, length);
  if (!signal->is_signed)
    out_print(out, "message->%s);\n", member);
  else if (is_whole)
    out_print(out, "(uint32_t)message->%s);\n", member);
  else
    out_print(out, "can_limit_signed(message->%s, %u));\n", member, (1u << (length - 1u)) - 1u);
}

static void write_unpack(out_t *out, const char *member, const char *start,
                         const dbc_signal_t *signal) {
  const char *order = signal->is_big_endian ? "be" : "le";
  out_print(out, "message->%s = (%sint%d_t)", member, signal->is_signed ? "" : "u",
            type_bits(signal));
  if (signal->is_signed)
    out_print(out, "can_extend(can_get_%s(data, %s, %u), 0x%Xu);\n", order, start,
              (unsigned)signal->length, 1u << (signal->length - 1u));
  else
    out_print(out, "can_get_%s(data, %s, %u);\n", order, start, (unsigned)signal->length);
}

/// Bits from each slot to the next; 0 iff they differ or there are too few for a loop.
static unsigned slot_step(const can_field_t *field) {
  if (field->slot_count < 3 || field->slot[0]->is_big_endian) return 0;
  unsigned step = (unsigned)field->slot[1]->start - field->slot[0]->start;
  for (uint32_t s = 1; s < field->slot_count; s++) {
    const dbc_signal_t *signal = field->slot[s], *before = field->slot[s - 1];
    if (signal->length != before->length || signal->is_signed != before->is_signed) return 0;
    if (signal->is_big_endian || (unsigned)signal->start - before->start != step) return 0;
  }
  return step;
}

static void write_one(out_t *out, const can_field_t *field, uint32_t slot, write_line_t write) {
  const dbc_signal_t *signal = field->slot[slot];
  char member[DBC_NAME_CHARS + 32], start[16];
  (void)snprintf(start, sizeof start, "%u", (unsigned)signal->start);
  if (field->slot_count > 0)
    (void)snprintf(member, sizeof member, "%s_raw[%u]", field->name, (unsigned)slot);
  else
    (void)snprintf(member, sizeof member, "%s_raw", field->name);
  write(out, member, start, signal);
}

static void write_loop(out_t *out, const can_field_t *field, unsigned step, write_line_t write) {
  char member[DBC_NAME_CHARS + 32], start[48];
  (void)snprintf(member, sizeof member, "%s_raw[i]", field->name);
  int used = snprintf(start, sizeof start, "%uu + i", (unsigned)field->slot[0]->start);
  if (step > 1) (void)snprintf(start + used, sizeof start - (size_t)used, " * %uu", step);
  out_print(out, "for (uint32_t i = 0; i < %uu; i++)\n    ", (unsigned)field->slot_count);
  write(out, member, start, field->slot[0]);
}

static void write_lines(out_t *out, const can_layout_t *layout, write_line_t write) {
  for (uint32_t i = 0; i < layout->field_count; i++) {
    const can_field_t *field = &layout->field[i];
    unsigned step = slot_step(field);
    uint32_t count = field->slot_count > 0 && step == 0 ? field->slot_count : 1;
    for (uint32_t s = 0; s < count; s++) {
      write_guard(out, layout, field);
      if (step > 0)
        write_loop(out, field, step, write);
      else
        write_one(out, field, s, write);
    }
  }
}

static void write_message_code(out_t *out, const can_layout_t *layout) {
  const char *lower = layout->lower;
  unsigned len = layout->message->len;
  out_print(out, "void can_%s_pack(const can_%s_t *message, uint8_t data[%u]) {\n", lower, lower,
            len);
  out_print(out, "  memset(data, 0, %u);\n", len);
  write_lines(out, layout, write_pack);
  out_print(out, "}\n\nvoid can_%s_unpack(can_%s_t *message, const uint8_t data[%u]) {\n", lower,
            lower, len);
  for (uint32_t i = 0; i < layout->field_count; i++) {
    if (layout->field[i].page == CAN_PAGE_ALL) continue;
    out_print(out, "  memset(message, 0, sizeof *message);\n");
    break;
  }
  write_lines(out, layout, write_unpack);
  out_print(out, "}\n");
}

/// The helpers that the messages need, and no other: an unused static function is a warning.
static void write_helpers(out_t *out, const dbc_t *dbc) {
  static const char *const order[2] = {"le", "be"}, *const put[2] = {put_little, put_big};
  int is_used[2] = {0, 0}, is_limited[2] = {0, 0}, is_signed = 0;
  for (uint32_t i = 0; i < dbc->signal_count; i++) {
    const dbc_signal_t *signal = &dbc->signal[i];
    is_used[signal->is_big_endian] = 1;
    if (signal->is_signed) is_signed = 1;
    if (!signal->is_signed && type_bits(signal) != signal->length)
      is_limited[signal->is_big_endian] = 1;
  }
  for (int i = 0; i < 2; i++) {
    if (is_used[i]) out_print(out, "%s", put[i]);
    if (is_limited[i]) out_print(out, limit_unsigned, order[i], order[i]);
  }
  if (is_signed) out_print(out, "%s", limit_signed);
}

static void begin_code(out_t *code, const dbc_t *dbc, const char *gen_dir, const char *name) {
  out_open(code, gen_dir, name, "Packing and unpacking of our frames", "bms.dbc");
  out_print(code, "#include \"can_codec.h\"\n\n#include <string.h>\n\n");
  write_helpers(code, dbc);
}

/// Messages that the core neither sends nor takes go into a file of the host's, off the flash.
void gen_can_codec(const char *path, const dbc_t *dbc, const char *gen_dir) {
  static can_layout_t layout;
  out_t header, code[2];
  uint32_t count[2] = {0, 0};
  out_open(&header, gen_dir, "can_codec.h", "Packing and unpacking of our frames", "bms.dbc");
  out_print(&header,
            "///\n"
            "/// Model    a struct a message, members are raw values; pack saturates what has "
            "more bits than the\n///          frame gives it, unpack extends signs\n"
            "/// Units    what one raw step means stands at the member\n"
            "#ifndef ECU_MODEL_GEN_CAN_CODEC_H\n#define ECU_MODEL_GEN_CAN_CODEC_H\n\n"
            "#include <stdint.h>\n");
  begin_code(&code[0], dbc, gen_dir, "can_codec.c");
  begin_code(&code[1], dbc, gen_dir, "can_codec_text.c");
  for (uint32_t m = 0; m < dbc->message_count; m++) {
    gen_can_layout(path, dbc, m, &layout);
    write_message_header(&header, dbc, &layout);
    const int is_host = dbc_attribute_number(dbc, "PlantOnly", (int32_t)m, 0) != 0;
    if (count[is_host]++ > 0) out_print(&code[is_host], "\n");
    write_message_code(&code[is_host], &layout);
  }
  out_print(&header, "\n#endif\n");
  out_close(&header);
  out_close(&code[0]);
  out_close(&code[1]);
}
