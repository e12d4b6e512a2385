/// The command line: verbs, exit codes, and one option reader for all of them.
///
/// Model    a verb is a function over its own arguments (argv[0] is the verb's name) that returns
///          the exit
///          code; cli_next walks its arguments like a table-driven getopt
/// Errors   one line on stderr: where, what was found, what is allowed
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdint.h>

/// Exit codes, the same for every verb.
enum {
  CLI_OK = 0, ///< all passed
  CLI_FAILED = 1, ///< a scenario failed, was inconclusive or was interrupted
  CLI_USAGE = 2, ///< bad usage or file
  CLI_MISSING = 3 ///< the machine lacks what was asked for
};

typedef struct {
  const char *name; ///< "--jobs"
  const char *value_name; ///< "N"; NULL: a flag without value
} cli_option_t;

typedef struct {
  const char *verb; ///< "run", for messages
  const char *help; ///< what --help prints, ends in a newline
  const cli_option_t *options; ///< ended by a row whose name is NULL; --help is always there
  int argc;
  char **argv;
  int at;
  int only_arguments_follow;
} cli_args_t;

enum { CLI_ARGUMENT = -1, CLI_END = -2, CLI_BAD = -3, CLI_HELP = -4 };

/// argv[0] is the verb.
cli_args_t cli_args(const char *verb, const char *help, const cli_option_t *options, int argc,
                    char **argv);

/// Index of the next option in its table with its value, CLI_ARGUMENT with the argument in *value,
/// CLI_END
/// behind the last, CLI_HELP after the help was printed, CLI_BAD after the line on stderr was
/// printed.
int cli_next(cli_args_t *args, const char **value);

/// Whole number min..max. 0, or -1 after the line on stderr was printed.
int cli_u64(const char *verb, const char *option, const char *text, uint64_t min, uint64_t max,
            uint64_t *value);

/// One line on stderr: "packsim VERB: ...". Returns CLI_USAGE.
int cli_usage(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

int verb_run(int argc, char **argv);
/// The exit code at the end of a verb whose output is its result: CLI_USAGE after one line on
/// stderr where not everything reached stdout, status otherwise.
int cli_finish(const char *verb, int status);

int verb_replay(int argc, char **argv);
int verb_diff(int argc, char **argv);
int verb_export(int argc, char **argv);
int verb_merge(int argc, char **argv);
int verb_list(int argc, char **argv);
int verb_check(int argc, char **argv);
int verb_signals(int argc, char **argv);
int verb_faults(int argc, char **argv);
int verb_pins(int argc, char **argv);
int verb_validate(int argc, char **argv);
int verb_fit(int argc, char **argv);
int verb_can(int argc, char **argv);
int verb_diag(int argc, char **argv);
int verb_ecu(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_bench(int argc, char **argv);
int verb_reactions(int argc, char **argv);
int verb_trace(int argc, char **argv);

#endif
