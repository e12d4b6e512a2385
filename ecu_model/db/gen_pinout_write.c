/// Writes pinout.{h,c} (freestanding) and pinout_text.{h,c} (host).
#include "gen_pinout.h"

static const char types[] =
    "enum {\n"
    "  PINOUT_WIRE_COUNT = 111,\n"
    "  PINOUT_GROUP_COUNT = 96,\n"
    "  PINOUT_TAP_COUNT = 104,\n"
    "  PINOUT_MODULE_COUNT = 8,\n"
    "  PINOUT_NONE = 0xFF\n"
    "};\n\n"
    "/// A sense wire. At a doubled middle tap the lower section's wire measures only the group "
    "below it,\n"
    "/// the upper section's wire only the group above it.\n"
    "typedef struct {\n"
    "  char connector;      ///< 'A'..'D'\n"
    "  uint8_t pin;         ///< from 1\n"
    "  uint8_t module;      ///< 1..8\n"
    "  uint8_t tap;         ///< 0..14: k is the positive terminal of group k\n"
    "  uint8_t section;     ///< 0 lower, 1 upper half of the module\n"
    "  uint8_t c_input;     ///< of the module's AFE\n"
    "  uint8_t group_below; ///< group index that this wire measures as its top, or PINOUT_NONE\n"
    "  uint8_t group_above; ///< group index that this wire measures as its bottom, or "
    "PINOUT_NONE\n"
    "  uint8_t pair_wire;   ///< the other wire of a doubled tap, or PINOUT_NONE\n"
    "} pinout_wire_t;\n\n"
    "typedef struct {\n"
    "  uint8_t module;     ///< 1..8\n"
    "  uint8_t number;     ///< 1..14 in its module\n"
    "  uint8_t channel;    ///< AFE channel: C(channel) - C(channel - 1)\n"
    "  uint8_t wire_below; ///< wire index of its negative side\n"
    "  uint8_t wire_above; ///< and of its positive side\n"
    "} pinout_group_t;\n\n"
    "typedef struct {\n"
    "  uint8_t group_count, first_group;\n"
    "  uint8_t first_wire, wire_count; ///< input n is wire first_wire + n\n"
    "  uint8_t top_channel;            ///< highest channel in use\n"
    "  uint8_t pair_channel;           ///< across the doubled tap, 0: none\n"
    "} pinout_module_t;\n\n"
    "extern const pinout_wire_t pinout_wire[PINOUT_WIRE_COUNT];       ///< in pack order, minus "
    "first\n"
    "extern const pinout_group_t pinout_group[PINOUT_GROUP_COUNT];    ///< M1C1 .. M8C14\n"
    "extern const pinout_module_t pinout_module[PINOUT_MODULE_COUNT]; ///< index = module - 1\n\n"
    "#endif\n";

static const char text_types[] =
    "enum { PINOUT_PIN_COUNT = %u };\n\n"
    "typedef enum {\n"
    "  PINOUT_SOURCE_SEED,      ///< as printed in the source\n"
    "  PINOUT_SOURCE_CORRECTED, ///< a misprint of the source\n"
    "  PINOUT_SOURCE_INFERRED,  ///< from the geometry of the other connectors\n"
    "  PINOUT_SOURCE_ASSUMED    ///< the source says nothing\n"
    "} pinout_source_t;\n\n"
    "/// A pin of the ECU. Texts are never NULL.\n"
    "typedef struct {\n"
    "  const char *name; ///< \"A12\"\n"
    "  char connector;   ///< 'A'..'E'\n"
    "  uint8_t pin;\n"
    "  uint8_t wire;   ///< index into pinout_wire, PINOUT_NONE if it is no sense wire\n"
    "  uint8_t source; ///< pinout_source_t\n"
    "  const char *tap;                   ///< \"M8.T7\"\n"
    "  const char *kind;                  ///< \"sense\", \"unused\", \"coil_out\" ...\n"
    "  const char *signal;                ///< \"sense_lower\", \"coil_main_pos\" ...\n"
    "  const char *confidence;            ///< \"printed\", \"high\", \"medium\", \"low\"\n"
    "  const char *verbatim;              ///< the source's own words\n"
    "  const char *verbatim_connected_to; ///< and its second column\n"
    "  const char *note;\n"
    "} pinout_pin_t;\n\n"
    "extern const pinout_pin_t pinout_pin[PINOUT_PIN_COUNT]; ///< by connector and pin\n\n"
    "/// \"seed\", \"corrected\", \"inferred\", \"assumed\"; \"?\" iff there is no such source.\n"
    "const char *pinout_source_name(uint32_t source);\n\n"
    "/// \"A12\"; \"?\" iff there is no such wire.\n"
    "const char *pinout_wire_name(uint32_t wire);\n\n"
    "/// \"M3C5\"; \"?\" iff there is no such group.\n"
    "const char *pinout_group_name(uint32_t group);\n\n"
    "/// Index of the pin, wire or group called name, -1 iff there is none.\n"
    "int32_t pinout_pin_find(const char *name);\n"
    "int32_t pinout_wire_find(const char *name);\n"
    "int32_t pinout_group_find(const char *name);\n\n"
    "#endif\n";

static const char text_code[] =
    "const char *pinout_source_name(uint32_t source) {\n"
    "  static const char *const name[] = {\"seed\", \"corrected\", \"inferred\", \"assumed\"};\n"
    "  return source < 4 ? name[source] : \"?\";\n"
    "}\n\n"
    "const char *pinout_wire_name(uint32_t wire) {\n"
    "  return wire < PINOUT_WIRE_COUNT ? wire_name[wire] : \"?\";\n"
    "}\n\n"
    "const char *pinout_group_name(uint32_t group) {\n"
    "  return group < PINOUT_GROUP_COUNT ? group_name[group] : \"?\";\n"
    "}\n\n"
    "int32_t pinout_pin_find(const char *name) {\n"
    "  for (int32_t i = 0; i < PINOUT_PIN_COUNT; i++) {\n"
    "    if (strcmp(pinout_pin[i].name, name) == 0) return i;\n"
    "  }\n"
    "  return -1;\n"
    "}\n\n"
    "int32_t pinout_wire_find(const char *name) {\n"
    "  for (int32_t i = 0; i < PINOUT_WIRE_COUNT; i++) {\n"
    "    if (strcmp(wire_name[i], name) == 0) return i;\n"
    "  }\n"
    "  return -1;\n"
    "}\n\n"
    "int32_t pinout_group_find(const char *name) {\n"
    "  for (int32_t i = 0; i < PINOUT_GROUP_COUNT; i++) {\n"
    "    if (strcmp(group_name[i], name) == 0) return i;\n"
    "  }\n"
    "  return -1;\n"
    "}\n";

static const char *const source_enum[] = {"SEED", "CORRECTED", "INFERRED", "ASSUMED"};

static void byte_item(out_t *out, uint32_t value) {
  if (value == NONE)
    out_item(out, "PINOUT_NONE");
  else
    out_item(out, "%u", (unsigned)value);
}

static void write_header(const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "pinout.h", "Sense wires, groups and modules", "pinout.csv");
  out_print(&out,
            "#ifndef ECU_MODEL_GEN_PINOUT_H\n#define ECU_MODEL_GEN_PINOUT_H\n\n"
            "#include <stdint.h>\n\n%s",
            types);
  out_close(&out);
}

static void write_wires(out_t *out, const pinout_t *pinout) {
  out_print(out, "const pinout_wire_t pinout_wire[PINOUT_WIRE_COUNT] = {\n");
  for (uint32_t i = 0; i < pinout->wire_count; i++) {
    const wire_t *wire = &pinout->wire[i];
    const csv_row_t *row = &pinout->csv.row[wire->row];
    out_row_begin(out, NULL, NULL);
    out_item(out, "'%s'", row->field[PIN_CONNECTOR]);
    out_item(out, "%s", row->field[PIN_PIN]);
    byte_item(out, wire->module);
    byte_item(out, wire->tap);
    byte_item(out, wire->section);
    byte_item(out, wire->c_input);
    byte_item(out, wire->group_below);
    byte_item(out, wire->group_above);
    byte_item(out, wire->pair_wire);
    out_row_end(out);
  }
  out_print(out, "};\n\n");
}

static void write_tables(const pinout_t *pinout, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "pinout.c", "Sense wires, groups and modules", "pinout.csv");
  out_print(&out, "#include \"pinout.h\"\n\n");
  write_wires(&out, pinout);
  out_print(&out, "const pinout_group_t pinout_group[PINOUT_GROUP_COUNT] = {\n");
  for (uint32_t i = 0; i < pinout->group_count; i++) {
    const group_t *group = &pinout->group[i];
    out_row_begin(&out, NULL, NULL);
    byte_item(&out, group->module);
    byte_item(&out, group->number);
    byte_item(&out, group->channel);
    byte_item(&out, group->wire_below);
    byte_item(&out, group->wire_above);
    out_row_end(&out);
  }
  out_print(&out, "};\n\nconst pinout_module_t pinout_module[PINOUT_MODULE_COUNT] = {\n");
  for (uint32_t i = 0; i < MODULE_COUNT; i++) {
    const module_t *module = &pinout->module[i];
    out_row_begin(&out, NULL, NULL);
    byte_item(&out, module->group_count);
    byte_item(&out, module->first_group);
    byte_item(&out, module->first_wire);
    byte_item(&out, module->wire_count);
    byte_item(&out, module->wire_count - 1u);
    byte_item(&out, module->pair_channel);
    out_row_end(&out);
  }
  out_print(&out, "};\n");
  out_close(&out);
}

static void write_pins(out_t *out, const pinout_t *pinout) {
  out_print(out, "const pinout_pin_t pinout_pin[PINOUT_PIN_COUNT] = {\n");
  for (uint32_t row = 0; row < pinout->csv.row_count; row++) {
    const char *const *field = pinout->csv.row[row].field;
    char name[16];
    (void)snprintf(name, sizeof name, "%.1s%.2s", field[PIN_CONNECTOR], field[PIN_PIN]);
    out_row_begin(out, NULL, NULL);
    out_string(out, name);
    out_item(out, "'%s'", field[PIN_CONNECTOR]);
    out_item(out, "%s", field[PIN_PIN]);
    byte_item(out, gen_pinout_wire_of(pinout, row));
    out_item(out, "PINOUT_SOURCE_%s",
             source_enum[csv_choice(&pinout->csv, row, PIN_SOURCE, gen_pinout_source)]);
    out_string(out, field[PIN_TAP]);
    out_string(out, field[PIN_KIND]);
    out_string(out, field[PIN_SIGNAL]);
    out_string(out, field[PIN_CONFIDENCE]);
    out_string(out, field[PIN_VERBATIM]);
    out_string(out, field[PIN_VERBATIM_TO]);
    out_string(out, field[PIN_NOTE]);
    out_row_end(out);
  }
  out_print(out, "};\n\n");
}

static void write_names(out_t *out, const pinout_t *pinout) {
  out_print(out, "static const char *const wire_name[PINOUT_WIRE_COUNT] = {\n");
  for (uint32_t i = 0; i < pinout->wire_count; i++) {
    const char *const *field = pinout->csv.row[pinout->wire[i].row].field;
    out_print(out, "%s\"%s%s\",%s", i % 12 == 0 ? "    " : " ", field[PIN_CONNECTOR],
              field[PIN_PIN], i % 12 == 11 || i + 1 == pinout->wire_count ? "\n" : "");
  }
  out_print(out, "};\n\nstatic const char *const group_name[PINOUT_GROUP_COUNT] = {\n");
  for (uint32_t i = 0; i < pinout->group_count; i++)
    out_print(out, "%s\"M%uC%u\",%s", i % 8 == 0 ? "    " : " ", (unsigned)pinout->group[i].module,
              (unsigned)pinout->group[i].number, i % 8 == 7 ? "\n" : "");
  out_print(out, "};\n\n");
}

static void write_texts(const pinout_t *pinout, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "pinout_text.h", "Every pin of the ECU in words", "pinout.csv");
  out_print(&out, "#ifndef ECU_MODEL_GEN_PINOUT_TEXT_H\n#define ECU_MODEL_GEN_PINOUT_TEXT_H\n\n"
                  "#include <stdint.h>\n\n#include \"pinout.h\"\n\n");
  out_print(&out, text_types, (unsigned)pinout->csv.row_count);
  out_close(&out);
  out_open(&out, gen_dir, "pinout_text.c", "Every pin of the ECU in words", "pinout.csv");
  out_print(&out, "#include \"pinout_text.h\"\n\n#include <string.h>\n\n");
  write_pins(&out, pinout);
  write_names(&out, pinout);
  out_print(&out, "%s", text_code);
  out_close(&out);
}

void gen_pinout_write(const pinout_t *pinout, const char *gen_dir) {
  write_header(gen_dir);
  write_tables(pinout, gen_dir);
  write_texts(pinout, gen_dir);
}
