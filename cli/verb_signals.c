/// packsim signals: every signal by name.
#include <stdio.h>

#include "../scenarios/catalog.h"
#include "../scenarios/signals.h"
#include "cli.h"

static const char help[] = "usage: packsim signals [PATTERN] [--json]\n"
                           "Lists the signals that scenarios can compare and recordings hold; * in "
                           "a pattern stands for one or\n"
                           "more characters.\n"
                           "\n"
                           "examples:\n"
                           "  packsim signals\n"
                           "  packsim signals 'phys.group.M3*'\n"
                           "  packsim signals 'dtc.*' --json\n";

static const cli_option_t options[] = {{"--json", NULL}, {NULL, NULL}};

int verb_signals(int argc, char **argv) {
  cli_args_t args = cli_args("signals", help, options, argc, argv);
  const char *value, *pattern = NULL;
  int is_json = 0;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == CLI_ARGUMENT && pattern)
      return cli_usage("signals", "%s: a second pattern, allowed one", value);
    if (option == CLI_ARGUMENT) pattern = value;
    if (option == 0) is_json = 1;
  }
  signals_init();
  if (pattern && signals_match(pattern, 0) < 0) {
    return cli_usage("signals", "%s: matches no signal; packsim signals lists them", pattern);
  }
  catalog_signals(stdout, pattern, is_json);
  return CLI_OK;
}
