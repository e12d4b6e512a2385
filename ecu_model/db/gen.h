/// The generator's parts: CSV in, C tables out.
///
/// Model    each gen_<part> reads its source from db_dir and writes its files to gen_dir
/// Errors   one line on stderr with file, line, what was found and what is allowed, then exit 2
#ifndef ECU_MODEL_DB_GEN_H
#define ECU_MODEL_DB_GEN_H

#include <stdint.h>
#include <stdio.h>

/// Stop: "path:line: text". line 0: no line.
_Noreturn void gen_fail(const char *path, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- CSV
 * ------------------------------------------------------------------------------------------------
 */

enum { CSV_COLUMN_MAX = 24, CSV_ROW_MAX = 4096, CSV_BYTES_MAX = 1 << 22 };

typedef struct {
  uint32_t line;
  const char *field[CSV_COLUMN_MAX];
} csv_row_t;

typedef struct {
  const char *path;
  const char *const *column; ///< names, as the header must have them
  uint32_t column_count, row_count;
  csv_row_t *row;
} csv_t;

/// Read db_dir/name. Fields may be quoted ("" is a quote inside), lines that begin with # are
/// comments. Fails iff the file cannot be read, the header differs, a row has another number of
/// fields, or quotes are broken.
csv_t csv_read(const char *db_dir, const char *name, const char *const *column,
               uint32_t column_count);

/// The field as an integer. Fails iff it is not one or lies outside minimum..maximum.
int64_t csv_int(const csv_t *csv, uint32_t row, uint32_t column, int64_t minimum, int64_t maximum);

/// Index of the field in a list that ends with NULL. Fails iff it is not in it.
uint32_t csv_choice(const csv_t *csv, uint32_t row, uint32_t column, const char *const *allowed);

/// The field, an identifier in upper case with digits and _. Fails iff it is something else.
const char *csv_identifier(const csv_t *csv, uint32_t row, uint32_t column);

_Noreturn void csv_fail(const csv_t *csv, uint32_t row, uint32_t column, const char *allowed);

/* --- C out
 * ---------------------------------------------------------------------------------------------- */

/// A file being written; it replaces the old one only when it differs.
typedef struct {
  char path[512];
  FILE *file;
  char *text;
  size_t size;
  uint32_t column; ///< of the row being filled
  uint32_t indent; ///< of its continued lines
  uint32_t is_first; ///< the row holds nothing yet
} out_t;

/// First line: "/// <what>, generated from <source>: do not edit."
void out_open(out_t *out, const char *gen_dir, const char *name, const char *what,
              const char *source);
void out_print(out_t *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void out_close(out_t *out);

/// A /// comment, wrapped at 100 columns.
void out_comment(out_t *out, const char *text);

/// A brace-enclosed row of items, designated [prefix name] unless name is NULL, wrapped at 100
/// columns; strings are escaped and split.
void out_row_begin(out_t *out, const char *prefix, const char *name);
void out_item(out_t *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void out_string(out_t *out, const char *text);
void out_row_end(out_t *out);

/// text with lower case letters made upper, and others than letters and digits made _. Valid until
/// the fourth next call.
const char *out_upper(const char *text);
const char *out_lower(const char *text);

/// A double as the shortest text that reads back as the same value. Valid until the fourth next
/// call.
const char *out_double(double value);

/* --- parts
 * ---------------------------------------------------------------------------------------------- */

void gen_pinout(const char *db_dir, const char *gen_dir);
void gen_requirement(const char *db_dir, const char *gen_dir);
void gen_dtc(const char *db_dir, const char *gen_dir);
void gen_limits(const char *db_dir, const char *gen_dir);
void gen_can(const char *db_dir, const char *gen_dir);
void gen_did(const char *db_dir, const char *gen_dir);

enum { GEN_DTC_MAX = 250, GEN_REQUIREMENT_MAX = 250 };

/// Ids of requirements.csv, for the tables that refer to them; gen_requirement fills it.
extern const char *gen_requirement_id[GEN_REQUIREMENT_MAX];
extern uint32_t gen_requirement_count;

/// Fails iff the field is not an id of requirements.csv.
void gen_requirement_check(const csv_t *csv, uint32_t row, uint32_t field);

/// DTC names in the order of their ids, for the tables that refer to them; gen_dtc fills it.
extern const char *gen_dtc_name[GEN_DTC_MAX];
extern uint32_t gen_dtc_count;

#endif
