/// limits.csv to limits.{h,c}: the limit table that the core walks.
#include "gen.h"

#include <string.h>

enum { LIM_NAME, LIM_QUANTITY, LIM_SIDE, LIM_CONTEXT, LIM_MOL, LIM_RSL, LIM_MSL, LIM_HYSTERESIS };
enum { LIM_UP = LIM_HYSTERESIS + 1, LIM_DOWN, LIM_DTC_MOL, LIM_DTC_RSL, LIM_DTC_MSL };
enum { LIM_REQUIREMENT = LIM_DTC_MSL + 1, LIM_SOURCE, LIM_COLUMN_COUNT, LIM_QUANTITY_MAX = 32 };

static const char *const column[] = {"name",    "quantity", "side",       "context",     "mol",
                                     "rsl",     "msl",      "hysteresis", "up_ms",       "down_ms",
                                     "dtc_mol", "dtc_rsl",  "dtc_msl",    "requirement", "source"};
static const char *const side[] = {"max", "min", NULL};
static const char *const context[] = {"any", "charge", "discharge", "rest", NULL};

typedef struct {
  const char *name[LIM_QUANTITY_MAX];
  uint32_t count;
} quantity_list_t;

/// A quantity is what its name says; its unit is the part behind the last _.
static void quantity_add(const csv_t *csv, uint32_t row, quantity_list_t *list) {
  static const char *const unit[] = {"mV",       "ddegC", "mA", "W", "kohm",
                                     "permille", "ms",    "Hz", NULL};
  const char *name = csv->row[row].field[LIM_QUANTITY];
  const char *last = strrchr(name, '_');
  int is_known = 0;
  for (uint32_t i = 0; last != NULL && unit[i] != NULL; i++)
    is_known |= strcmp(last + 1, unit[i]) == 0;
  size_t valid = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  if (!is_known || name[valid] != '\0')
    csv_fail(csv, row, LIM_QUANTITY,
             "a name that ends in _mV _ddegC _mA _W _kohm _permille _ms _Hz");
  for (uint32_t i = 0; i < list->count; i++) {
    if (strcmp(list->name[i], name) == 0) return;
  }
  if (list->count == LIM_QUANTITY_MAX) csv_fail(csv, row, LIM_QUANTITY, "at most 32 quantities");
  list->name[list->count++] = name;
}

static void limits_check(const csv_t *csv, quantity_list_t *list) {
  for (uint32_t row = 0; row < csv->row_count; row++) {
    const char *name = csv_identifier(csv, row, LIM_NAME);
    for (uint32_t i = 0; i < row; i++) {
      if (strcmp(csv->row[i].field[LIM_NAME], name) == 0)
        csv_fail(csv, row, LIM_NAME, "each name once");
    }
    quantity_add(csv, row, list);
    gen_requirement_check(csv, row, LIM_REQUIREMENT);
    int64_t sign = csv_choice(csv, row, LIM_SIDE, side) == 0 ? 1 : -1;
    int64_t bound[3];
    for (uint32_t i = 0; i < 3; i++)
      bound[i] = sign * csv_int(csv, row, LIM_MOL + i, -2000000000, 2000000000);
    if (bound[0] > bound[1] || bound[1] > bound[2])
      gen_fail(csv->path, csv->row[row].line, "%s: mol, rsl, msl must go outward", name);
  }
}

/// The DTC of a level as C text. Fails iff the name is in no row of dtc.csv.
static const char *limits_dtc(const csv_t *csv, uint32_t row, uint32_t field, char text[64]) {
  const char *name = csv->row[row].field[field];
  if (strcmp(name, "-") == 0) return "DTC_NONE";
  for (uint32_t i = 0; i < gen_dtc_count; i++) {
    if (strcmp(gen_dtc_name[i], name) == 0) {
      (void)snprintf(text, 64, "DTC_%s", name);
      return text;
    }
  }
  csv_fail(csv, row, field, "- or a name of dtc.csv");
}

static void limits_header(const csv_t *csv, const quantity_list_t *list, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "limits.h", "Limits in three levels as a table", "limits.csv");
  out_print(&out,
            "///\n/// Units    mol, rsl, msl and hysteresis have the unit that the quantity ends in"
            "\n#ifndef ECU_MODEL_GEN_LIMITS_H\n#define ECU_MODEL_GEN_LIMITS_H\n\n"
            "#include <stdint.h>\n\n#include \"dtc.h\"\n\ntypedef enum {\n");
  for (uint32_t row = 0; row < csv->row_count; row++)
    out_print(&out, "  LIMITS_%s,\n", csv->row[row].field[LIM_NAME]);
  out_print(&out, "  LIMITS_COUNT = %u\n} limits_id_t;\n\ntypedef enum {\n",
            (unsigned)csv->row_count);
  for (uint32_t i = 0; i < list->count; i++)
    out_print(&out, "  LIMITS_QUANTITY_%s,\n", list->name[i]);
  out_print(&out, "  LIMITS_QUANTITY_COUNT = %u\n} limits_quantity_t;\n\n", (unsigned)list->count);
  out_print(&out, "typedef enum { LIMITS_SIDE_MAX, LIMITS_SIDE_MIN } limits_side_t;\n\n"
                  "typedef enum {\n  LIMITS_CONTEXT_ANY,\n  LIMITS_CONTEXT_CHARGE,\n"
                  "  LIMITS_CONTEXT_DISCHARGE,\n  LIMITS_CONTEXT_REST\n} limits_context_t;\n\n"
                  "typedef struct {\n"
                  "  int32_t mol;        ///< operating limit: info\n"
                  "  int32_t rsl;        ///< recommended limit: warning, derate\n"
                  "  int32_t msl;        ///< safety limit: open\n"
                  "  int32_t hysteresis; ///< how far back inside a level heals\n"
                  "  uint16_t up_ms, down_ms;\n"
                  "  uint8_t quantity; ///< limits_quantity_t\n"
                  "  uint8_t side;     ///< limits_side_t\n"
                  "  uint8_t context;  ///< limits_context_t\n"
                  "  uint8_t dtc_mol, dtc_rsl, dtc_msl; ///< dtc_id_t or DTC_NONE\n"
                  "} limits_row_t;\n\n"
                  "extern const limits_row_t limits_row[LIMITS_COUNT];\n\n#endif\n");
  out_close(&out);
}

static void limits_rows(const csv_t *csv, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "limits.c", "Rows of the limit table", "limits.csv");
  out_print(&out, "#include \"limits.h\"\n\nconst limits_row_t limits_row[LIMITS_COUNT] = {\n");
  for (uint32_t row = 0; row < csv->row_count; row++) {
    char text[64];
    out_row_begin(&out, "LIMITS_", csv->row[row].field[LIM_NAME]);
    for (uint32_t i = LIM_MOL; i <= LIM_MSL; i++)
      out_item(&out, "%lld", (long long)csv_int(csv, row, i, -2000000000, 2000000000));
    out_item(&out, "%lld", (long long)csv_int(csv, row, LIM_HYSTERESIS, 0, 1000000000));
    out_item(&out, "%u", (unsigned)csv_int(csv, row, LIM_UP, 0, 60000));
    out_item(&out, "%u", (unsigned)csv_int(csv, row, LIM_DOWN, 0, 60000));
    out_item(&out, "LIMITS_QUANTITY_%s", csv->row[row].field[LIM_QUANTITY]);
    out_item(&out, "LIMITS_SIDE_%s", out_upper(side[csv_choice(csv, row, LIM_SIDE, side)]));
    out_item(&out, "LIMITS_CONTEXT_%s",
             out_upper(context[csv_choice(csv, row, LIM_CONTEXT, context)]));
    for (uint32_t i = LIM_DTC_MOL; i <= LIM_DTC_MSL; i++)
      out_item(&out, "%s", limits_dtc(csv, row, i, text));
    out_row_end(&out);
  }
  out_print(&out, "};\n");
  out_close(&out);
}

static void limits_texts(const csv_t *csv, const char *gen_dir) {
  out_t out;
  out_open(&out, gen_dir, "limits_text.h", "Names of the limit rows", "limits.csv");
  out_print(&out, "#ifndef ECU_MODEL_GEN_LIMITS_TEXT_H\n#define ECU_MODEL_GEN_LIMITS_TEXT_H\n\n"
                  "#include \"limits.h\"\n\ntypedef struct {\n"
                  "  const char *name;        ///< \"GROUP_MAX\"\n"
                  "  const char *requirement; ///< \"SR-OV-1\"\n"
                  "  const char *source;      ///< where the limits come from\n} limits_text_t;\n\n"
                  "extern const limits_text_t limits_text[LIMITS_COUNT];\n\n#endif\n");
  out_close(&out);
  out_open(&out, gen_dir, "limits_text.c", "Names of the limit rows", "limits.csv");
  out_print(&out, "#include \"limits_text.h\"\n\n"
                  "const limits_text_t limits_text[LIMITS_COUNT] = {\n");
  for (uint32_t row = 0; row < csv->row_count; row++) {
    out_row_begin(&out, NULL, NULL);
    out_string(&out, csv->row[row].field[LIM_NAME]);
    out_string(&out, csv->row[row].field[LIM_REQUIREMENT]);
    out_string(&out, csv->row[row].field[LIM_SOURCE]);
    out_row_end(&out);
  }
  out_print(&out, "};\n");
  out_close(&out);
}

void gen_limits(const char *db_dir, const char *gen_dir) {
  csv_t csv = csv_read(db_dir, "limits.csv", column, LIM_COLUMN_COUNT);
  quantity_list_t list = {.count = 0};
  limits_check(&csv, &list);
  limits_header(&csv, &list, gen_dir);
  limits_rows(&csv, gen_dir);
  limits_texts(&csv, gen_dir);
}
