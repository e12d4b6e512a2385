/// packsim ecu: the BMS core outside this process: replay of its recorded input, cost on target.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../ecu_model/firmware/lockstep_serve.h"
#include "../scenarios/ecu_compare.h"
#include "../scenarios/ecu_log.h"
#include "../scenarios/ecu_seats.h"
#include "cli.h"
#include "cli_ecu.h"
#include "ecu_bus.h"

static const char help[] =
    "usage: packsim ecu LOG [OPTIONS]\n"
    "       packsim ecu --bus URL [--nvm FILE] [--seed N] [--no-priority] [--quiet]\n"
    "       packsim ecu --lockstep\n"
    "Makes every step of a recorded input (packsim run --ecu-log) again and compares each output\n"
    "with the recorded one: on the core in this process, in another process, on the Cortex-M "
    "image.\n"
    "\n"
    "  --ecu LIST      inproc (default), process, qemu, qemu:IMAGE, or several with commas\n"
    "  --count         instructions of each step on the image, counted by QEMU (slower)\n"
    "  --ecu-hang-s N  wall time in which an ECU must answer (default 10)\n"
    "  --lockstep      be such a process: the link on file descriptors 10 and 11\n"
    "\n"
    "With --bus it is the ECU itself, board and core: it takes the seat at the plant of packsim "
    "serve\n"
    "on that bus (docs/two-processes.md) and runs until Ctrl-C.\n"
    "\n"
    "  --bus URL       udp: socketcand: slcan: can0 ... (docs/can.md)\n"
    "  --nvm FILE      the ECU's memory; it outlives any end of this process. Without: empty at "
    "each\n"
    "                  power-on\n"
    "  --seed N        errors and noise of the board's converters (default 1)\n"
    "  --no-priority   ordinary scheduling, without asking for more\n"
    "  --quiet         nothing on stderr\n"
    "\n"
    "exit codes: 0 all the same, 1 a difference or a failed ECU, 2 bad usage or file,\n"
    "            3 the machine lacks what was asked for\n"
    "\n"
    "examples:\n"
    "  packsim run OV-001 --ecu-log --out out-ecu\n"
    "  packsim ecu out-ecu/OV-001/ecu.log.gz --ecu process,qemu\n"
    "  packsim ecu out-ecu/OV-001/ecu.log.gz --ecu qemu --count\n"
    "  packsim ecu --bus udp: --nvm ecu.nvm\n";

static const cli_option_t options[] = {
    {"--ecu", "LIST"}, {"--count", NULL}, {"--ecu-hang-s", "N"}, {"--lockstep", NULL},
    {"--bus", "URL"},  {"--nvm", "FILE"}, {"--seed", "N"},       {"--no-priority", NULL},
    {"--quiet", NULL}, {NULL, NULL}};

enum {
  OPT_ECU,
  OPT_COUNT,
  OPT_HANG,
  OPT_LOCKSTEP,
  OPT_BUS,
  OPT_NVM,
  OPT_SEED,
  OPT_NO_PRIORITY,
  OPT_QUIET
};
enum { HANG_DEFAULT_S = 10, HANG_MAX_S = 3600, MS_PER_S = 1000 };

typedef struct {
  const char *path;
  ecu_list_t list;
  uint64_t hang_s;
  uint8_t counts, is_server;
  ecu_bus_options_t bus; ///< url NULL: none
  ecu_log_t log;
  bms_t bms;
  bms_in_t in;
  bms_out_t out;
  uint8_t body[LOCKSTEP_BODY_MAX];
  uint64_t step_count;
  char error[ECU_SEATS_ERROR_BYTES];
} ecu_run_t;

/* ---- the ECU process ---- */

static int32_t link_read(void *user, void *data, uint32_t max_bytes) {
  (void)user;
  return (int32_t)read(LOCKSTEP_IN_FD, data, max_bytes);
}

static int link_write(void *user, const void *data, uint32_t bytes) {
  const char *from = data;
  (void)user;
  while (bytes > 0) {
    ssize_t count = write(LOCKSTEP_OUT_FD, from, bytes);
    if (count <= 0) return -1;
    from += count;
    bytes -= (uint32_t)count;
  }
  return 0;
}

static void before_step(void *user) { (void)user; }
static uint32_t after_step(void *user) {
  (void)user;
  return 0;
}
static void no_report(void *user, lockstep_report_t *report) {
  (void)user;
  memset(report, 0, sizeof *report);
}

static int be_server(void) {
  static lockstep_server_t server = {.port = {.read = link_read,
                                              .write = link_write,
                                              .before_step = before_step,
                                              .after_step = after_step,
                                              .report = no_report}};
  signal(SIGPIPE, SIG_IGN);
  if (lockstep_serve(&server) == LOCKSTEP_OK) return CLI_OK;
  return cli_usage("ecu", "--lockstep: a message that is none of this link, version %d",
                   LOCKSTEP_VERSION);
}

/* ---- replay ---- */

static int option_take(ecu_run_t *run, int option, const char *value) {
  char why[300];
  ecu_status_t status;
  switch (option) {
  case CLI_ARGUMENT:
    if (run->path) return cli_usage("ecu", "%s: allowed one log", value);
    run->path = value;
    return CLI_OK;
  case OPT_ECU:
    status = cli_ecu_list(&run->list, value, why, sizeof why);
    if (status == ECU_LIST_OK) return CLI_OK;
    fprintf(stderr, "packsim ecu: --ecu: %s\n", why);
    return status == ECU_LIST_ERR_TEXT ? CLI_USAGE : CLI_MISSING;
  case OPT_HANG:
    return cli_u64("ecu", "--ecu-hang-s", value, 1, HANG_MAX_S, &run->hang_s);
  case OPT_COUNT:
    run->counts = 1;
    return CLI_OK;
  case OPT_BUS:
    run->bus.url = value;
    return CLI_OK;
  case OPT_NVM:
    run->bus.nvm = value;
    return CLI_OK;
  case OPT_SEED:
    return cli_u64("ecu", "--seed", value, 0, (uint64_t)1 << 53, &run->bus.seed);
  case OPT_NO_PRIORITY:
    run->bus.has_no_priority = 1;
    return CLI_OK;
  case OPT_QUIET:
    run->bus.is_quiet = 1;
    return CLI_OK;
  default:
    run->is_server = 1;
    return CLI_OK;
  }
}

static int counting_is_possible(const ecu_run_t *run) {
  for (uint32_t i = 0; i < run->list.count; i++) {
    if (run->list.place[i].kind == ECU_QEMU) return 1;
  }
  return 0;
}

static int options_read(ecu_run_t *run, int argc, char **argv) {
  cli_args_t args = cli_args("ecu", help, options, argc, argv);
  const char *value;
  char why[300];
  run->hang_s = HANG_DEFAULT_S;
  run->bus.seed = 1;
  (void)cli_ecu_list(&run->list, "inproc", why, sizeof why);
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_HELP;
    if (option == CLI_BAD) return CLI_USAGE;
    int status = option_take(run, option, value);
    if (status) return status;
  }
  if (run->bus.url && (run->path || run->is_server))
    return cli_usage("ecu", "--bus with a log or --lockstep, allowed one of them");
  if (run->bus.nvm && !run->bus.url) return cli_usage("ecu", "--nvm: allowed with --bus URL");
  if (run->is_server || run->bus.url) return CLI_OK;
  if (!run->path) return cli_usage("ecu", "no log, allowed LOG, --bus URL or --lockstep");
  if (run->counts && !counting_is_possible(run))
    return cli_usage("ecu", "--count: only QEMU counts, allowed with --ecu qemu");
  return CLI_OK;
}

/* One step here, compared with the record, then everywhere. Not 0: error says why. */
static int step(ecu_run_t *run, const ecu_log_record_t *record, const hil_seat_t *seat,
                const ecu_seats_t *seats) {
  const lockstep_status_t status = lockstep_unpack_in(run->body, record->body_bytes, &run->in);
  if (status != LOCKSTEP_OK) {
    snprintf(run->error, sizeof run->error, "step %llu is damaged",
             (unsigned long long)run->step_count);
    return -1;
  }
  bms_step(&run->bms, &run->in, &run->out);
  if (ecu_compare_hash(&run->out) != record->out_hash) {
    snprintf(run->error, sizeof run->error,
             "the core here differs from the recorded output in step %llu (time_ms %u)",
             (unsigned long long)run->step_count, run->in.time_ms);
    return -1;
  }
  if (seat->step(seat->user, &run->in, &run->out) != 0) {
    snprintf(run->error, sizeof run->error, "%s", ecu_seats_error(seats));
    return -1;
  }
  run->step_count++;
  return 0;
}

static int boot(ecu_run_t *run, const hil_seat_t *seat, const ecu_seats_t *seats) {
  bms_boot_t boot_data;
  memcpy(&boot_data, run->body, sizeof boot_data);
  bms_init(&run->bms, bms_config_soul_ev(), &boot_data);
  if (seat->boot(seat->user, &boot_data) == 0) return 0;
  snprintf(run->error, sizeof run->error, "%s", ecu_seats_error(seats));
  return -1;
}

static int make_all(ecu_run_t *run, const ecu_seats_t *seats) {
  const hil_seat_t *seat = ecu_seats_port(seats);
  ecu_log_record_t record;
  ecu_log_status_t status;
  if (ecu_seats_error(seats) != NULL) {
    snprintf(run->error, sizeof run->error, "%s", ecu_seats_error(seats));
    return CLI_FAILED;
  }
  while ((status = ecu_log_next(&run->log, &record, run->body)) == ECU_LOG_OK) {
    int is_boot = record.kind == LOCKSTEP_BOOT && record.body_bytes == sizeof(bms_boot_t);
    if (!is_boot && record.kind != LOCKSTEP_IN) {
      status = ECU_LOG_ERR_DAMAGED;
      break;
    }
    if ((is_boot ? boot(run, seat, seats) : step(run, &record, seat, seats)) != 0)
      return CLI_FAILED;
  }
  if (status == ECU_LOG_END) return CLI_OK;
  snprintf(run->error, sizeof run->error, "damaged after %llu steps",
           (unsigned long long)run->step_count);
  return CLI_USAGE;
}

static void row_print(const char *name, const ecu_cost_t *cost) {
  if (cost->count == 0) return;
  printf("  %-34s %8u %8.0f %8u %10llu\n", name, cost->min, (double)cost->sum / (double)cost->count,
         cost->max, (unsigned long long)cost->count);
}

static void figures_print(const ecu_figures_t *figures) {
  static const char *const phase[ECU_PHASE_COUNT] = {"0: watchdog token",
                                                     "1",
                                                     "2: open-wire plan",
                                                     "3",
                                                     "4: store",
                                                     "5: limits (SOF)",
                                                     "6",
                                                     "7",
                                                     "8: what is believed",
                                                     "9: main task"};
  const ecu_worst_t *worst = &figures->worst;
  if (figures->report.stack_max_bytes > 0)
    printf("%s: stack %u of %u bytes used, by its paint\n", figures->place->name,
           figures->report.stack_bytes, figures->report.stack_max_bytes);
  if (figures->all.count == 0) return;
  printf("%s: instructions of bms_step\n  %-34s %8s %8s %8s %10s\n", figures->place->name,
         "step of the 10 ms cycle", "min", "mean", "max", "steps");
  for (uint32_t i = 0; i < ECU_PHASE_COUNT; i++) row_print(phase[i], &figures->phase[i]);
  row_print("all", &figures->all);
  printf(
      "  dearest: step %u, time_ms %u: %u frames and %u transfers (%u bytes) in, digital 0x%02x; "
      "%u frames, %u transfers, %u events, %u NVM bytes out\n",
      worst->step, worst->time_ms, worst->can_rx_count, worst->xfer_done_count, worst->rx_bytes,
      worst->digital, worst->can_tx_count, worst->xfer_count, worst->event_count, worst->nvm_bytes);
}

static int replay(ecu_run_t *run) {
  ecu_log_status_t status = ecu_log_open(&run->log, run->path);
  if (status != ECU_LOG_OK) {
    (void)ecu_log_close(&run->log);
    return cli_usage("ecu", "%s: %s", run->path,
                     status == ECU_LOG_ERR_OPEN ? "cannot be opened"
                                                : "no input log of this build's structs, allowed "
                                                  "an ecu.log.gz of packsim run --ecu-log");
  }
  ecu_figures_t figures[ECU_PLACE_MAX];
  const ecu_seats_config_t config = {
      .list = &run->list, .hang_ms = (uint32_t)run->hang_s * MS_PER_S, .counts = run->counts};
  signal(SIGPIPE, SIG_IGN);
  ecu_seats_t *seats = ecu_seats_open(&config);
  if (!seats) return cli_usage("ecu", "out of memory");
  int code = make_all(run, seats);
  (void)ecu_seats_close(seats, figures);
  (void)ecu_log_close(&run->log);
  if (code != CLI_OK) {
    fprintf(stderr, "packsim ecu: %s: %s\n", run->path, run->error);
    return code;
  }
  printf("%s: %llu steps, the same outputs on", run->path, (unsigned long long)run->step_count);
  for (uint32_t i = 0; i < run->list.count; i++) printf(" %s", run->list.place[i].name);
  puts("");
  for (uint32_t i = 0; i < run->list.count; i++) figures_print(&figures[i]);
  return CLI_OK;
}

int verb_ecu(int argc, char **argv) {
  static ecu_run_t run;
  int status = options_read(&run, argc, argv);
  if (status) return status == CLI_HELP ? CLI_OK : status;
  if (run.is_server) return be_server();
  if (run.bus.url) return cli_ecu_bus(&run.bus);
  return cli_finish("ecu", replay(&run));
}
