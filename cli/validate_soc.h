/// packsim validate --soc: scores the BMS core's own estimator on measured drives of one cell.
#ifndef CLI_VALIDATE_SOC_H
#define CLI_VALIDATE_SOC_H

/// Whether the arguments of validate ask for this.
int validate_soc_is_asked(int argc, char **argv);

/// The verb with these arguments; exit code.
int validate_soc_verb(int argc, char **argv);

/// Print the help of this form.
void validate_soc_help(void);

#endif
