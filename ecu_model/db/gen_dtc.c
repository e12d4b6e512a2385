/// dtc.csv to dtc.{h,c} (freestanding rows) and dtc_text.{h,c} (names and help for the host).
#include "gen.h"

#include <string.h>

enum { DTC_ID, DTC_NAME, DTC_CODE, DTC_REQUIREMENT, DTC_LEVEL, DTC_REACTION, DTC_UP, DTC_DOWN };
enum { DTC_LATCHED = DTC_DOWN + 1, DTC_AGEING, DTC_LOCATION, DTC_HELP, DTC_COLUMN_COUNT };

static const char *const column[] = {"id",      "name",     "code",     "requirement",
                                     "level",   "reaction", "up_ms",    "down_ms",
                                     "latched", "ageing",   "location", "help"};
static const char *const level[] = {"info", "warning", "fault", NULL};
static const char *const reaction[] = {"none", "derate", "inhibit_close", "limit_zero_open",
                                       "open", NULL};
static const char *const latched[] = {"no", "yes", NULL};
static const char *const location[] = {"none", "wire", "group", "module", "contactor", NULL};

const char *gen_dtc_name[GEN_DTC_MAX];
uint32_t gen_dtc_count;

static int hex_digit(char letter) {
  const char *digits = "0123456789ABCDEF";
  const char *found = letter == '\0' ? NULL : strchr(digits, letter);
  return found == NULL ? -1 : (int)(found - digits);
}

/// P0A7E or P0A7E-16 as the 24 bits of SAE J2012: two for the letter, 14 of code, 8 of failure
/// type.
static uint32_t dtc_code(const csv_t *csv, uint32_t row) {
  const char *text = csv->row[row].field[DTC_CODE];
  static const char allowed[] = "like P0A7E or P0A7E-16: letter P C B U, digit 0..3, hex digits";
  const char *letter = text[0] == '\0' ? NULL : strchr("PCBU", text[0]);
  size_t length = strlen(text);
  if (letter == NULL || (length != 5 && length != 8)) csv_fail(csv, row, DTC_CODE, allowed);
  if (length == 8 && text[5] != '-') csv_fail(csv, row, DTC_CODE, allowed);
  uint32_t code = 0;
  while ("PCBU"[code] != text[0]) code++;
  if (text[1] < '0' || text[1] > '3') csv_fail(csv, row, DTC_CODE, allowed);
  code = code << 2 | (uint32_t)(text[1] - '0');
  for (size_t i = 2; i < length; i++) {
    if (i == 5) continue;
    if (hex_digit(text[i]) < 0) csv_fail(csv, row, DTC_CODE, allowed);
    code = code << 4 | (uint32_t)hex_digit(text[i]);
  }
  return length == 5 ? code << 8 : code;
}

static void dtc_check(const csv_t *csv) {
  if (csv->row_count > GEN_DTC_MAX) gen_fail(csv->path, 0, "more than %d rows", GEN_DTC_MAX);
  for (uint32_t row = 0; row < csv->row_count; row++) {
    (void)csv_int(csv, row, DTC_ID, row, row);
    gen_dtc_name[row] = csv_identifier(csv, row, DTC_NAME);
    for (uint32_t i = 0; i < row; i++) {
      if (strcmp(gen_dtc_name[i], gen_dtc_name[row]) == 0)
        csv_fail(csv, row, DTC_NAME, "each name once");
      if (dtc_code(csv, i) == dtc_code(csv, row)) csv_fail(csv, row, DTC_CODE, "each code once");
    }
    gen_requirement_check(csv, row, DTC_REQUIREMENT);
    if (csv->row[row].field[DTC_HELP][0] == '\0') csv_fail(csv, row, DTC_HELP, "a sentence");
  }
  gen_dtc_count = csv->row_count;
}

static void dtc_enum(out_t *out, const char *prefix, const char *const *name, uint32_t first) {
  out_print(out, "typedef enum {\n");
  for (uint32_t i = 0; name[i] != NULL; i++)
    out_print(out, "  DTC_%s_%s%s,\n", prefix, out_upper(name[i]),
              i > 0        ? ""
              : first == 0 ? " = 0"
                           : " = 1");
  out_print(out, "} dtc_%s_t;\n\n", out_lower(prefix));
}

static void dtc_header(const csv_t *csv, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "dtc.h", "Diagnostic trouble codes as a table", "dtc.csv");
  out_print(&out,
            "///\n/// Units    _ms debounce times; code_raw is SAE J2012, failure type in the low "
            "byte\n#ifndef ECU_MODEL_GEN_DTC_H\n#define ECU_MODEL_GEN_DTC_H\n\n"
            "#include <stdint.h>\n\ntypedef enum {\n");
  for (uint32_t row = 0; row < csv->row_count; row++)
    out_print(&out, "  DTC_%s = %u, ///< %s\n", gen_dtc_name[row], (unsigned)row,
              csv->row[row].field[DTC_HELP]);
  out_print(&out, "  DTC_COUNT = %u\n} dtc_id_t;\n\nenum { DTC_NONE = 0xFF };\n\n",
            (unsigned)csv->row_count);
  out_print(&out, "/// 0 means no fault at all.\n");
  dtc_enum(&out, "LEVEL", level, 1);
  dtc_enum(&out, "REACTION", reaction, 0);
  out_print(&out, "/// What the location byte of a DTC counts.\n");
  dtc_enum(&out, "LOCATION", location, 0);
  out_print(&out, "typedef struct {\n  uint32_t code_raw;  ///< 24 bits\n"
                  "  uint16_t up_ms;     ///< the condition must hold to set\n"
                  "  uint16_t down_ms;   ///< and be away to clear\n"
                  "  uint8_t level;      ///< dtc_level_t\n"
                  "  uint8_t reaction;   ///< dtc_reaction_t\n"
                  "  uint8_t is_latched; ///< stays active until the defined clearing\n"
                  "  uint8_t location;   ///< dtc_location_t\n"
                  "  uint8_t ageing_cycles; ///< without the fault, then memory forgets it\n"
                  "} dtc_row_t;\n\n"
                  "extern const dtc_row_t dtc_row[DTC_COUNT];\n\n#endif\n");
  out_close(&out);
}

static void dtc_rows(const csv_t *csv, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "dtc.c", "Rows of the diagnostic trouble codes", "dtc.csv");
  out_print(&out, "#include \"dtc.h\"\n\nconst dtc_row_t dtc_row[DTC_COUNT] = {\n");
  for (uint32_t row = 0; row < csv->row_count; row++) {
    out_row_begin(&out, "DTC_", gen_dtc_name[row]);
    out_item(&out, "0x%06X", (unsigned)dtc_code(csv, row));
    out_item(&out, "%u", (unsigned)csv_int(csv, row, DTC_UP, 0, 60000));
    out_item(&out, "%u", (unsigned)csv_int(csv, row, DTC_DOWN, 0, 60000));
    out_item(&out, "DTC_LEVEL_%s", out_upper(level[csv_choice(csv, row, DTC_LEVEL, level)]));
    out_item(&out, "DTC_REACTION_%s",
             out_upper(reaction[csv_choice(csv, row, DTC_REACTION, reaction)]));
    out_item(&out, "%u", (unsigned)csv_choice(csv, row, DTC_LATCHED, latched));
    out_item(&out, "DTC_LOCATION_%s",
             out_upper(location[csv_choice(csv, row, DTC_LOCATION, location)]));
    out_item(&out, "%u", (unsigned)csv_int(csv, row, DTC_AGEING, 1, 255));
    out_row_end(&out);
  }
  out_print(&out, "};\n");
  out_close(&out);
}

static void dtc_texts(const csv_t *csv, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "dtc_text.h", "Names and help of the DTCs", "dtc.csv");
  out_print(&out, "#ifndef ECU_MODEL_GEN_DTC_TEXT_H\n#define ECU_MODEL_GEN_DTC_TEXT_H\n\n"
                  "#include <stdint.h>\n\n#include \"dtc.h\"\n\ntypedef struct {\n"
                  "  const char *name;        ///< \"CELL_OVERVOLTAGE\"\n"
                  "  const char *code;        ///< \"P0A7E\" or \"P0A7E-16\"\n"
                  "  const char *requirement; ///< \"SR-OV-1\"\n"
                  "  const char *help;\n} dtc_text_t;\n\n"
                  "extern const dtc_text_t dtc_text[DTC_COUNT];\n\n"
                  "/// \"CELL_OVERVOLTAGE\"; \"?\" iff there is no such DTC.\n"
                  "const char *dtc_name(uint32_t dtc);\n\n"
                  "/// Index of the DTC called name, -1 iff there is none.\n"
                  "int32_t dtc_find(const char *name);\n\n#endif\n");
  out_close(&out);
  out_open(&out, gen_dir, "dtc_text.c", "Names and help of the DTCs", "dtc.csv");
  out_print(&out, "#include \"dtc_text.h\"\n\n#include <string.h>\n\n"
                  "const dtc_text_t dtc_text[DTC_COUNT] = {\n");
  for (uint32_t row = 0; row < csv->row_count; row++) {
    out_row_begin(&out, NULL, NULL);
    out_string(&out, gen_dtc_name[row]);
    out_string(&out, csv->row[row].field[DTC_CODE]);
    out_string(&out, csv->row[row].field[DTC_REQUIREMENT]);
    out_string(&out, csv->row[row].field[DTC_HELP]);
    out_row_end(&out);
  }
  out_print(&out, "};\n\nconst char *dtc_name(uint32_t dtc) { return dtc < DTC_COUNT ? "
                  "dtc_text[dtc].name : \"?\"; }\n\n"
                  "int32_t dtc_find(const char *name) {\n"
                  "  for (int32_t i = 0; i < DTC_COUNT; i++) {\n"
                  "    if (strcmp(dtc_text[i].name, name) == 0) return i;\n  }\n"
                  "  return -1;\n}\n");
  out_close(&out);
}

void gen_dtc(const char *db_dir, const char *gen_dir) {
  static csv_t csv; // later parts use its texts
  csv = csv_read(db_dir, "dtc.csv", column, DTC_COLUMN_COUNT);
  dtc_check(&csv);
  dtc_header(&csv, gen_dir);
  dtc_rows(&csv, gen_dir);
  dtc_texts(&csv, gen_dir);
}
