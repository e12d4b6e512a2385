/// What both forms of packsim validate that score drives read and write: options, drives, text.
///
/// Each returns CLI_OK, or CLI_USAGE after one line on stderr.
#ifndef CLI_VALIDATE_READ_H
#define CLI_VALIDATE_READ_H

#include <stdint.h>

#include "../scenarios/drive_csv.h"

enum { VALIDATE_PATHS_MAX = 256 };

/// The drives of a command line, in its order; the texts are the command line's.
typedef struct {
  const char *at[VALIDATE_PATHS_MAX];
  uint32_t count;
} validate_paths_t;

/// One --drive more.
int validate_read_path(validate_paths_t *paths, const char *value);

/// A number within min..max.
int validate_read_number(const char *option, const char *text, double min, double max,
                         double *value);

/// A percentage within 0..100, as a share.
int validate_read_share(const char *option, const char *value, double *share);

/// The value of --column, of --discharge-sign.
int validate_read_columns(const char *text, drive_csv_format_t *format);
int validate_read_sign(const char *value, drive_csv_format_t *format);

/// Load a drive, to be freed by drive_csv_free. Also CLI_MISSING where there is no such file.
int validate_read_drive(const char *path, const drive_csv_format_t *format, drive_csv_t *drive);

/// Print a JSON string; characters below a blank are left out.
void validate_read_text(const char *text);

#endif
