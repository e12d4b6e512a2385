/// did.csv to did.{h,c} (freestanding rows) and did_text.{h,c} (names, units and help).
#include "gen.h"

#include <stdlib.h>
#include <string.h>

enum { DID_ID, DID_NAME, DID_BYTES, DID_COUNT, DID_KIND, DID_SCALE, DID_UNIT, DID_WHERE, DID_HELP };
enum { DID_COLUMN_COUNT = DID_HELP + 1, DID_ID_CHARS = 4, DID_TOTAL_MAX = 252 };

static const char *const column[] = {"id",    "name", "bytes", "count", "kind",
                                     "scale", "unit", "where", "help"};
static const char *const kind[] = {"unsigned", "signed", "index", "bits", NULL};
static const char *const where[] = {"read", "frame", "both", NULL};

static uint32_t did_id(const csv_t *csv, uint32_t row) {
  const char *text = csv->row[row].field[DID_ID];
  if (strlen(text) != DID_ID_CHARS || text[strspn(text, "0123456789ABCDEF")] != '\0')
    csv_fail(csv, row, DID_ID, "four hex digits such as 02A4");
  return (uint32_t)strtoul(text, NULL, 16);
}

static void did_check_scale(const csv_t *csv, uint32_t row) {
  char *end = NULL;
  double scale = strtod(csv->row[row].field[DID_SCALE], &end);
  if (*end != '\0' || !(scale > 0.0 && scale <= 1e6))
    csv_fail(csv, row, DID_SCALE, "a number above 0 and up to 1e6");
}

static void did_check(const csv_t *csv) {
  for (uint32_t row = 0; row < csv->row_count; row++) {
    const char *name = csv_identifier(csv, row, DID_NAME);
    for (uint32_t i = 0; i < row; i++) {
      if (strcmp(csv->row[i].field[DID_NAME], name) == 0)
        csv_fail(csv, row, DID_NAME, "each name once");
      if (did_id(csv, i) == did_id(csv, row)) csv_fail(csv, row, DID_ID, "each id once");
    }
    int64_t bytes = csv_int(csv, row, DID_BYTES, 1, 4);
    if (bytes == 3) csv_fail(csv, row, DID_BYTES, "1 2 4");
    if (bytes * csv_int(csv, row, DID_COUNT, 1, 250) > DID_TOTAL_MAX)
      csv_fail(csv, row, DID_COUNT, "so many that 252 bytes hold them");
    did_check_scale(csv, row);
    if (csv->row[row].field[DID_HELP][0] == '\0') csv_fail(csv, row, DID_HELP, "a sentence");
  }
}

static void did_header(const csv_t *csv, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "did.h", "Identifiers of the diagnostic server as a table", "did.csv");
  out_print(&out, "#ifndef ECU_MODEL_GEN_DID_H\n#define ECU_MODEL_GEN_DID_H\n\n"
                  "#include <stdint.h>\n\ntypedef enum {\n");
  for (uint32_t row = 0; row < csv->row_count; row++)
    out_print(&out, "  DID_%s = %u, ///< %s\n", csv->row[row].field[DID_NAME], (unsigned)row,
              csv->row[row].field[DID_HELP]);
  out_print(&out, "  DID_COUNT = %u\n} did_index_t;\n\n", (unsigned)csv->row_count);
  out_print(&out, "enum { DID_IS_READ = 1, DID_IS_IN_FRAME = 2 };\n\n"
                  "typedef struct {\n"
                  "  uint16_t id;\n"
                  "  uint8_t value_bytes; ///< of one value: 1, 2 or 4\n"
                  "  uint8_t value_count;\n"
                  "  uint8_t where; ///< DID_IS_READ and DID_IS_IN_FRAME\n"
                  "} did_row_t;\n\n"
                  "extern const did_row_t did_row[DID_COUNT];\n\n#endif\n");
  out_close(&out);
}

static void did_rows(const csv_t *csv, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "did.c", "Rows of the identifiers", "did.csv");
  out_print(&out, "#include \"did.h\"\n\nconst did_row_t did_row[DID_COUNT] = {\n");
  for (uint32_t row = 0; row < csv->row_count; row++) {
    out_row_begin(&out, "DID_", csv->row[row].field[DID_NAME]);
    out_item(&out, "0x%04X", (unsigned)did_id(csv, row));
    out_item(&out, "%u", (unsigned)csv_int(csv, row, DID_BYTES, 1, 4));
    out_item(&out, "%u", (unsigned)csv_int(csv, row, DID_COUNT, 1, 250));
    out_item(&out, "%u", (unsigned)csv_choice(csv, row, DID_WHERE, where) + 1u);
    out_row_end(&out);
  }
  out_print(&out, "};\n");
  out_close(&out);
}

static void did_texts(const csv_t *csv, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "did_text.h", "Names and units of the identifiers", "did.csv");
  out_print(&out, "#ifndef ECU_MODEL_GEN_DID_TEXT_H\n#define ECU_MODEL_GEN_DID_TEXT_H\n\n"
                  "#include <stdint.h>\n\n#include \"did.h\"\n\n"
                  "typedef enum { DID_UNSIGNED, DID_SIGNED, DID_INDEX, DID_BITS } did_kind_t;\n\n"
                  "typedef struct {\n"
                  "  const char *name; ///< \"PACK_VOLTAGE\"\n"
                  "  const char *unit; ///< \"\" iff it has none\n"
                  "  const char *help;\n"
                  "  double scale; ///< raw value times this has the unit\n"
                  "  uint8_t kind; ///< did_kind_t\n} did_text_t;\n\n"
                  "extern const did_text_t did_text[DID_COUNT];\n\n"
                  "/// Row of an identifier, -1 iff there is none.\n"
                  "int32_t did_find(uint32_t id);\n\n#endif\n");
  out_close(&out);
  out_open(&out, gen_dir, "did_text.c", "Names and units of the identifiers", "did.csv");
  out_print(&out, "#include \"did_text.h\"\n\nconst did_text_t did_text[DID_COUNT] = {\n");
  for (uint32_t row = 0; row < csv->row_count; row++) {
    const char *unit = csv->row[row].field[DID_UNIT];
    out_row_begin(&out, NULL, NULL);
    out_string(&out, csv->row[row].field[DID_NAME]);
    out_string(&out, strcmp(unit, "-") == 0 ? "" : unit);
    out_string(&out, csv->row[row].field[DID_HELP]);
    out_item(&out, "%s", out_double(strtod(csv->row[row].field[DID_SCALE], NULL)));
    out_item(&out, "DID_%s", out_upper(kind[csv_choice(csv, row, DID_KIND, kind)]));
    out_row_end(&out);
  }
  out_print(&out, "};\n\nint32_t did_find(uint32_t id) {\n"
                  "  for (int32_t i = 0; i < DID_COUNT; i++) {\n"
                  "    if (did_row[i].id == id) return i;\n  }\n"
                  "  return -1;\n}\n");
  out_close(&out);
}

void gen_did(const char *db_dir, const char *gen_dir) {
  csv_t csv = csv_read(db_dir, "did.csv", column, DID_COLUMN_COUNT);
  did_check(&csv);
  did_header(&csv, gen_dir);
  did_rows(&csv, gen_dir);
  did_texts(&csv, gen_dir);
}
