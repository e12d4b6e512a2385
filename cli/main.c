/// packsim: the program. Finds the verb and hands it its arguments.
#include <stdio.h>
#include <string.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "../scenarios/version.h"
#include "cli.h"

typedef struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *help;
} verb_t;

static const verb_t verbs[] = {
    {"run", verb_run, "run scenarios and write the reports"},
    {"watch", verb_watch, "watch a running scenario in the terminal"},
    {"merge", verb_merge, "join the results of a run in shards"},
    {"replay", verb_replay, "run a result again and compare, bit for bit; send a log"},
    {"diff", verb_diff, "where two runs differ first"},
    {"export", verb_export, "recorded signals of a run as CSV"},
    {"gui", verb_gui, "the window: watch the pack live, break it with the mouse"},
    {"list", verb_list, "scenarios of a suite with their tags"},
    {"check", verb_check, "check scenario files without running them"},
    {"signals", verb_signals, "all signals that scenarios can use"},
    {"faults", verb_faults, "all kinds of faults with targets and ranges"},
    {"pins", verb_pins, "connector faces with all pins"},
    {"reactions", verb_reactions, "measure the reaction to every fault, everywhere"},
    {"trace", verb_trace, "requirements, tables and scenarios: what hangs loose"},
    {"validate", verb_validate, "score the model against the measured drive"},
    {"fit", verb_fit, "make a cell file from measured runs"},
    {"can", verb_can, "watch a CAN bus, send frames, join buses, convert logs"},
    {"diag", verb_diag, "a small tester: values, trouble codes, any request"},
    {"ecu", verb_ecu, "the ECU as a process on a bus; its recorded input again, its cost"},
    {"serve", verb_serve, "the plant on a CAN bus, in real time, for an ECU in another process"},
    {"doctor", verb_doctor, "what this machine offers"},
    {"bench", verb_bench, "speed of the loop and of its parts"},
};

enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

static int help(void) {
  puts("packsim: hardware-in-the-loop simulator of a car's battery pack\n"
       "\n"
       "usage: packsim VERB [OPTIONS]\n");
  for (int i = 0; i < VERB_COUNT; i++) printf("  %-10s %s\n", verbs[i].name, verbs[i].help);
  puts("\n"
       "  --help     this text; packsim VERB --help for a verb\n"
       "  --version  the version\n"
       "\n"
       "exit codes: 0 all passed, 1 a scenario failed or was inconclusive, 2 bad usage or file,\n"
       "            3 the machine lacks what was asked for\n"
       "\n"
       "examples:\n"
       "  packsim run                          run the suite of scenarios.json\n"
       "  packsim run OV-001                   run one scenario of the suite\n"
       "  packsim check my_scenario.json");
  return CLI_OK;
}

static int unknown(const char *name) {
  fprintf(stderr, "packsim: unknown verb %s, allowed", name);
  for (int i = 0; i < VERB_COUNT; i++) fprintf(stderr, " %s", verbs[i].name);
  fputs(" --help --version\n", stderr);
  return CLI_USAGE;
}

/* What a run frees is kept for the next one. Else its larger buffers go back to the kernel, which
 * hands out zeroed pages again, each with a fault. */
static void keep_freed_memory(void) {
#if defined(__GLIBC__)
  (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
  (void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

int main(int argc, char **argv) {
  keep_freed_memory();
  if (argc < 2) {
    help();
    return CLI_USAGE;
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
    return help();
  if (strcmp(argv[1], "--version") == 0) {
    puts("packsim " PACKSIM_VERSION);
    return CLI_OK;
  }
  for (int i = 0; i < VERB_COUNT; i++) {
    if (strcmp(argv[1], verbs[i].name) == 0) return verbs[i].run(argc - 1, argv + 1);
  }
  return unknown(argv[1]);
}
