/// packsim validate --drive: scores a cell file against measured drives of one cell.
#ifndef CLI_VALIDATE_DRIVE_H
#define CLI_VALIDATE_DRIVE_H

#include "../scenarios/drive_csv.h"
#include "../sim/cell_params.h"

/// Whether the arguments of validate ask for this.
int validate_drive_is_asked(int argc, char **argv);

/// The verb with these arguments; exit code.
int validate_drive(int argc, char **argv);

/// Print the help of this form.
void validate_drive_help(void);

/// Load the cell that --cell names. CLI_OK, or CLI_USAGE after one line on stderr.
int validate_drive_cell(const char *cell, cell_params_t *params);

/// What both forms read and write: a number within min..max, the --column option, a JSON string.
int validate_drive_number(const char *option, const char *text, double min, double max,
                          double *value);
int validate_drive_columns(const char *text, drive_csv_format_t *format);
void validate_drive_text(const char *text);

#endif
