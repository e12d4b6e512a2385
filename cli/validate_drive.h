/// packsim validate --drive: scores a cell file against measured drives of one cell.
#ifndef CLI_VALIDATE_DRIVE_H
#define CLI_VALIDATE_DRIVE_H

/// Whether the arguments of validate ask for this.
int validate_drive_is_asked(int argc, char **argv);

/// The verb with these arguments; exit code.
int validate_drive(int argc, char **argv);

/// Print the help of this form.
void validate_drive_help(void);

#endif
