/// packsim faults: every kind of fault.
#include <stdio.h>

#include "../scenarios/catalog.h"
#include "cli.h"

static const char help[] = "usage: packsim faults [--json]\n"
                           "Lists the kinds of faults with their targets, the unit and range of "
                           "their value, and what they do.\n"
                           "A scenario writes the value as value_<unit>.\n"
                           "\n"
                           "examples:\n"
                           "  packsim faults\n"
                           "  packsim faults --json\n";

static const cli_option_t options[] = {{"--json", NULL}, {NULL, NULL}};

int verb_faults(int argc, char **argv) {
  cli_args_t args = cli_args("faults", help, options, argc, argv);
  const char *value;
  int is_json = 0;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == CLI_ARGUMENT)
      return cli_usage("faults", "%s: not allowed, allowed --json --help", value);
    is_json = 1;
  }
  catalog_faults(stdout, is_json);
  return CLI_OK;
}
