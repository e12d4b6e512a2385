/// packsim doctor: what this machine offers.
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scenarios/catalog.h"
#include "../sim/can/bus.h"
#include "../sim/can/can_socketcan_link.h"
#include "cli.h"
#include "../sim/can/can_interfaces.h"

static const char help[] = "usage: packsim doctor [--json]\n"
                           "Says what this machine offers: CAN buses, display, real-time "
                           "scheduling, processor, toolchains, data;\n"
                           "and what helps where a bus does not work.\n"
                           "\n"
                           "examples:\n"
                           "  packsim doctor\n"
                           "  packsim doctor --json\n";

static const cli_option_t options[] = {{"--json", NULL}, {NULL, NULL}};

enum { OFFER_MAX = 24 + CAN_INTERFACES_MAX };

typedef struct {
  catalog_offer_t offer[OFFER_MAX];
  uint32_t count;
} offers_t;

static void add(offers_t *offers, const char *name, int is_available, const char *detail) {
  if (offers->count == OFFER_MAX) return;
  catalog_offer_t *offer = &offers->offer[offers->count++];
  offer->is_available = (uint8_t)(is_available != 0);
  snprintf(offer->name, sizeof offer->name, "%.31s", name);
  snprintf(offer->detail, sizeof offer->detail, "%.299s", detail);
}

static void check_can(offers_t *offers) {
  static const char *const kinds[BUS_KIND_COUNT] = {"mem", "udp", "socketcand", "slcan",
                                                    "socketcan"};
  char text[160];
  for (int kind = 0; kind < BUS_KIND_COUNT; kind++) {
    int works = bus_probe((bus_kind_t)kind, text, sizeof text);
    add(offers, kinds[kind], works, text);
  }
  int is_built_in = can_socketcan_link_is_there();
  add(offers, "libsocketcan", is_built_in,
      is_built_in ? "sets up kernel interfaces (packsim can can0 --up --bitrate 500000)"
                  : "not built in: install libsocketcan-dev and make again, or use ip link");
}

static void check_interfaces(offers_t *offers) {
  static can_interface_t list[CAN_INTERFACES_MAX];
  uint32_t count = can_interfaces_list(list);
  for (uint32_t i = 0; i < count; i++) add(offers, list[i].name, list[i].is_up, list[i].detail);
}

static void check_display(offers_t *offers) {
  const char *wayland = getenv("WAYLAND_DISPLAY"), *x11 = getenv("DISPLAY");
  char detail[160] = "neither WAYLAND_DISPLAY nor DISPLAY is set";
  int is_available = (wayland && wayland[0]) || (x11 && x11[0]);
  if (is_available) {
    snprintf(detail, sizeof detail, "%s", wayland && wayland[0] ? wayland : x11);
  }
  add(offers, "display", is_available, detail);
}

/* A yes is taken back at once. */
static void check_real_time(offers_t *offers) {
  struct sched_param param = {.sched_priority = sched_get_priority_min(SCHED_FIFO)}, before = {0};
  int policy = sched_getscheduler(0);
  sched_getparam(0, &before);
  int is_available = sched_setscheduler(0, SCHED_FIFO, &param) == 0;
  add(offers, "real_time", is_available,
      is_available ? "SCHED_FIFO is allowed"
                   : "SCHED_FIFO is refused: root, or rtprio in limits.conf");
  if (is_available) (void)sched_setscheduler(0, policy, &before);
  int is_locked = mlockall(MCL_CURRENT) == 0;
  add(offers, "locked_memory", is_locked,
      is_locked ? "mlockall is allowed" : "mlockall is refused: root, or memlock in limits.conf");
  if (is_locked) (void)munlockall();
}

/* Value of the first line of /proc/cpuinfo that starts with key. */
static int cpuinfo(const char *key, char *value, size_t value_bytes) {
  char line[4096];
  int is_found = 0;
  FILE *file = fopen("/proc/cpuinfo", "r");
  while (file && !is_found && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (!colon || strncmp(line, key, strlen(key)) != 0) continue;
    snprintf(value, value_bytes, "%s", colon + 1 + strspn(colon + 1, " \t"));
    value[strcspn(value, "\n")] = 0;
    is_found = 1;
  }
  if (file) fclose(file);
  return is_found;
}

static int has_word(const char *text, const char *word) {
  size_t length = strlen(word);
  for (const char *at = text; (at = strstr(at, word)); at += length) {
    if ((at == text || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0)) return 1;
  }
  return 0;
}

static void check_processor(offers_t *offers) {
  char model[96] = "unknown model", flags[4096] = "", detail[160];
  (void)cpuinfo("model name", model, sizeof model);
  (void)cpuinfo("flags", flags, sizeof flags);
  snprintf(detail, sizeof detail, "%ld online, %s", sysconf(_SC_NPROCESSORS_ONLN), model);
  add(offers, "processors", 1, detail);
  add(offers, "avx2", has_word(flags, "avx2"), "");
  add(offers, "avx512f", has_word(flags, "avx512f"), "");
}

/* First folder of PATH that holds an executable file of this name. */
static void check_tool(offers_t *offers, const char *name, const char *what_for) {
  const char *path = getenv("PATH");
  char file[512], detail[160];
  for (const char *at = path ? path : ""; *at;) {
    size_t length = strcspn(at, ":");
    snprintf(file, sizeof file, "%.*s/%s", (int)length, at, name);
    if (length > 0 && access(file, X_OK) == 0) {
      snprintf(detail, sizeof detail, "%.100s, %s", file, what_for);
      add(offers, name, 1, detail);
      return;
    }
    at += length;
    if (*at) at++;
  }
  snprintf(detail, sizeof detail, "not in PATH, %s", what_for);
  add(offers, name, 0, detail);
}

static void check_data(offers_t *offers) {
  const char *asked = getenv("PACKSIM_DATA");
  const char *folder = asked && asked[0] ? asked : "../shared/data";
  struct stat info;
  char detail[160];
  int is_available = stat(folder, &info) == 0 && S_ISDIR(info.st_mode);
  snprintf(detail, sizeof detail, "%.100s (PACKSIM_DATA%s)", folder,
           asked && asked[0] ? "" : " is not set");
  add(offers, "measured_data", is_available, detail);
}

int verb_doctor(int argc, char **argv) {
  static offers_t offers;
  cli_args_t args = cli_args("doctor", help, options, argc, argv);
  const char *value;
  int is_json = 0;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == CLI_ARGUMENT)
      return cli_usage("doctor", "%s: not allowed, allowed --json --help", value);
    is_json = 1;
  }
  check_can(&offers);
  check_interfaces(&offers);
  check_display(&offers);
  check_real_time(&offers);
  check_processor(&offers);
  check_tool(&offers, "gcc", "builds packsim");
  check_tool(&offers, "clang", "second compiler for equal hashes");
  check_tool(&offers, "arm-none-eabi-gcc", "builds the core for Cortex-M");
  check_tool(&offers, "qemu-system-arm", "runs the Cortex-M image");
  check_tool(&offers, "ngspice", "independent circuit solver");
  check_tool(&offers, "candump", "can-utils");
  check_data(&offers);
  catalog_offers(stdout, offers.offer, offers.count, is_json);
  return CLI_OK;
}
