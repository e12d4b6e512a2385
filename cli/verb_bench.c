/// packsim bench: speed of the loop and of its parts.
#include <stdio.h>
#include <string.h>

#include "../scenarios/signals.h"
#include "bench.h"
#include "bench_bus.h"
#include "bench_plant.h"
#include "cli.h"

static const char help[] = "usage: packsim bench [--seconds N] [--buses] [--json]\n"
                           "Measures the whole loop at 1 ms with and without the default "
                           "recording, and its parts: medians of\n"
                           "seven interleaved rounds. Machines drift: compare the ratios to the "
                           "reference, a fixed arithmetic\n"
                           "loop in the same rounds, rather than single figures.\n"
                           "\n"
                           "  --seconds N  simulated seconds of each run, 20..1369 (default 120)\n"
                           "  --buses      only the CAN buses that work here\n"
                           "  --json       for scripts\n"
                           "\n"
                           "examples:\n"
                           "  packsim bench\n"
                           "  packsim bench --buses\n"
                           "  packsim bench --seconds 600 --json\n";

static const cli_option_t options[] = {
    {"--seconds", "N"}, {"--json", NULL}, {"--buses", NULL}, {NULL, NULL}};

/* What the figures were taken on. */
static void machine_name(char *name, size_t name_bytes) {
  char line[200];
  FILE *file = fopen("/proc/cpuinfo", "r");
  snprintf(name, name_bytes, "unknown processor");
  while (file && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !colon) continue;
    snprintf(name, name_bytes, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
    break;
  }
  if (file) fclose(file);
}

int verb_bench(int argc, char **argv) {
  static catalog_figure_t figure[BENCH_FIGURE_MAX];
  cli_args_t args = cli_args("bench", help, options, argc, argv);
  const char *value;
  uint64_t seconds = 120;
  uint32_t count = 0;
  int is_json = 0, is_buses = 0, status = CLI_OK;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == CLI_ARGUMENT) {
      return cli_usage("bench", "%s: not allowed, allowed --seconds --buses --json --help", value);
    }
    if (option == 0 && cli_u64("bench", "--seconds", value, 20, 1369, &seconds)) return CLI_USAGE;
    if (option == 1) is_json = 1;
    if (option == 2) is_buses = 1;
  }
  char machine[160], title[200];
  signals_init();
  machine_name(machine, sizeof machine);
  if (!is_buses) status = bench_run((double)seconds, figure, &count);
  if (status == CLI_OK) count += bench_bus_run(figure + count, BENCH_FIGURE_MAX - count);
  snprintf(title, sizeof title, "%s, %s", machine, bench_plant_simd());
  if (status == CLI_OK) catalog_figures(stdout, title, figure, count, is_json);
  return status;
}
