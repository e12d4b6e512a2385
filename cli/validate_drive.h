/// packsim validate --drive: scores a cell file against measured drives of one cell.
#ifndef CLI_VALIDATE_DRIVE_H
#define CLI_VALIDATE_DRIVE_H

#include "../sim/cell_params.h"

/// Whether the arguments of validate ask for this.
int validate_drive_is_asked(int argc, char **argv);

/// The verb with these arguments; exit code.
int validate_drive(int argc, char **argv);

/// Print the help of this form.
void validate_drive_help(void);

/// Load the cell that --cell names. CLI_OK, or CLI_USAGE after one line on stderr.
int validate_drive_cell(const char *cell, cell_params_t *params);

#endif
