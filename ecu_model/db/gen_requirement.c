/// requirements.csv to requirement_text.{h,c}: what is asked of the BMS, for the host.
#include "gen.h"

#include <string.h>

enum { REQ_ID, REQ_SOURCE, REQ_DETECT, REQ_REACT, REQ_TEXT, REQ_COLUMN_COUNT };

static const char *const column[] = {"id", "source", "detect_ms", "react_ms", "text"};
static const char *const source[] = {"standard", "design", "assumed", NULL};

const char *gen_requirement_id[GEN_REQUIREMENT_MAX];
uint32_t gen_requirement_count;

void gen_requirement_check(const csv_t *csv, uint32_t row, uint32_t field) {
  for (uint32_t i = 0; i < gen_requirement_count; i++) {
    if (strcmp(gen_requirement_id[i], csv->row[row].field[field]) == 0) return;
  }
  csv_fail(csv, row, field, "an id of requirements.csv");
}

/// A time, or 0 for "-".
static uint32_t budget_ms(const csv_t *csv, uint32_t row, uint32_t field) {
  if (strcmp(csv->row[row].field[field], "-") == 0) return 0;
  return (uint32_t)csv_int(csv, row, field, 1, 3600000);
}

static void requirement_check(const csv_t *csv) {
  if (csv->row_count > GEN_REQUIREMENT_MAX)
    gen_fail(csv->path, 0, "more than %d rows", GEN_REQUIREMENT_MAX);
  for (uint32_t row = 0; row < csv->row_count; row++) {
    const char *id = csv->row[row].field[REQ_ID];
    if (strncmp(id, "SR-", 3) != 0 || strlen(id) > 20) csv_fail(csv, row, REQ_ID, "like SR-OV-1");
    for (uint32_t i = 0; i < row; i++) {
      if (strcmp(gen_requirement_id[i], id) == 0) csv_fail(csv, row, REQ_ID, "each id once");
    }
    if (csv->row[row].field[REQ_TEXT][0] == '\0') csv_fail(csv, row, REQ_TEXT, "a sentence");
    if (budget_ms(csv, row, REQ_REACT) != 0 && budget_ms(csv, row, REQ_DETECT) == 0)
      csv_fail(csv, row, REQ_DETECT, "a time: a reaction follows a detection");
    gen_requirement_id[row] = id;
  }
  gen_requirement_count = csv->row_count;
}

static void requirement_header(const csv_t *csv, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "requirement_text.h", "Safety requirements", "requirements.csv");
  out_print(&out,
            "#ifndef ECU_MODEL_GEN_REQUIREMENT_TEXT_H\n#define ECU_MODEL_GEN_REQUIREMENT_TEXT_H\n\n"
            "#include <stdint.h>\n\nenum { REQUIREMENT_COUNT = %u };\n\ntypedef struct {\n"
            "  const char *id;     ///< \"SR-OV-1\"\n"
            "  const char *source; ///< standard, design, assumed\n"
            "  uint32_t detect_ms; ///< from the begin of the fault to the DTC; 0: not timed\n"
            "  uint32_t react_ms;  ///< to the reaction; 0: there is none\n"
            "  const char *text;\n} requirement_text_t;\n\n"
            "extern const requirement_text_t requirement_text[REQUIREMENT_COUNT];\n\n"
            "/// Index of the requirement called id, -1 iff there is none.\n"
            "int32_t requirement_find(const char *id);\n\n#endif\n",
            (unsigned)csv->row_count);
  out_close(&out);
}

static void requirement_rows(const csv_t *csv, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "requirement_text.c", "Safety requirements", "requirements.csv");
  out_print(&out, "#include \"requirement_text.h\"\n\n#include <string.h>\n\n"
                  "const requirement_text_t requirement_text[REQUIREMENT_COUNT] = {\n");
  for (uint32_t row = 0; row < csv->row_count; row++) {
    out_row_begin(&out, NULL, NULL);
    out_string(&out, csv->row[row].field[REQ_ID]);
    out_string(&out, source[csv_choice(csv, row, REQ_SOURCE, source)]);
    out_item(&out, "%u", (unsigned)budget_ms(csv, row, REQ_DETECT));
    out_item(&out, "%u", (unsigned)budget_ms(csv, row, REQ_REACT));
    out_string(&out, csv->row[row].field[REQ_TEXT]);
    out_row_end(&out);
  }
  out_print(&out, "};\n\nint32_t requirement_find(const char *id) {\n"
                  "  for (int32_t i = 0; i < REQUIREMENT_COUNT; i++) {\n"
                  "    if (strcmp(requirement_text[i].id, id) == 0) return i;\n  }\n"
                  "  return -1;\n}\n");
  out_close(&out);
}

void gen_requirement(const char *db_dir, const char *gen_dir) {
  static csv_t csv; // later parts use its texts
  csv = csv_read(db_dir, "requirements.csv", column, REQ_COLUMN_COUNT);
  requirement_check(&csv);
  requirement_header(&csv, gen_dir);
  requirement_rows(&csv, gen_dir);
}
