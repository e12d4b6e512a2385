/// packsim serve: the plant on a CAN bus, for an ECU in another process or a real one.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/signals.h"
#include "cli.h"
#include "outdir.h"
#include "realtime.h"
#include "request.h"
#include "serve_run.h"

static const char help[] =
    "usage: packsim serve --bus URL [FILE|ID ...] [OPTIONS]\n"
    "       packsim serve --control PATH --ecu inproc [FILE|ID ...] [OPTIONS]\n"
    "The plant: pack, harness, contactors, vehicle and charger, on a CAN bus and in real time. The "
    "BMS\n"
    "is another process there (packsim ecu --bus URL). Runs scenarios one after another, judges "
    "and\n"
    "reports them as packsim run does; without one it is a parked car that wants to drive, until "
    "Ctrl-C.\n"
    "A run begins once an ECU has taken the seat. docs/two-processes.md has protocol and timing.\n"
    "Over a socket a script reads, sets loads, breaks wires, runs and goes back: docs/control.md.\n"
    "\n"
    "  --bus URL         udp: socketcand: slcan: can0 ... (docs/can.md)\n"
    "  --bench FILE      somebody else's ECU: its DBC, what it gets and what its frames mean\n"
    "                    (docs/real-ecu.md); brings --bus, --no-seat and --rest-bus none\n"
    "  --control PATH    a Unix socket that takes commands as lines of JSON\n"
    "  --ecu inproc      no bus: the BMS runs in this process\n"
    "  --classic         8-byte frames also where the bus carries FD: slower, no bars of reaction\n"
    "  --speed X         0.01..60 times real time (default 1)\n"
    "  --stepped         no clock: plant and ECU wait for each other, the same course every time\n"
    "  --paused          begin paused; SIGUSR1 pauses and goes on\n"
    "  --rest-bus WHAT   packsim: frames of our own DBC (default); soul-ev: those known of the "
    "real "
    "car;\n"
    "                    none: nothing, VCM_Request neither: another vehicle is on the bus\n"
    "  --no-seat         nobody is waited for: an ECU that knows CAN alone; contactors stay open\n"
    "  --wait-s N        for the first ECU (default 30; 0: as long as it takes)\n"
    "  --timeout-ms N    silence after which either side takes the other for lost, 100..10000\n"
    "                    (default 100, stepped 2000)\n"
    "  --seed N, --set PATH=VALUE, --record LEVEL, --out DIR, --keep N   as packsim run\n"
    "  --no-priority     ordinary scheduling, without asking for more\n"
    "  --quiet           only what is wrong\n"
    "\n"
    "exit codes: 0 all passed, 1 a run failed or was inconclusive, 2 bad usage or file,\n"
    "            3 no ECU came, another plant has the bus, or the machine lacks it\n"
    "\n"
    "examples:\n"
    "  packsim serve --bus udp: & packsim ecu --bus udp:\n"
    "  packsim serve --bus udp: OV-001 --out out-ov\n"
    "  packsim serve --bus can0 my_scenario.json --speed 0.5\n"
    "  packsim serve --control /run/user/1000/plant --ecu inproc --stepped --paused\n"
    "  packsim serve --bus can0 --no-seat --rest-bus soul-ev\n"
    "  packsim serve --bus can0 --bench docs/examples/other-bms.json\n"
    "  packsim serve --bus udp: --stepped OW-STANDBY --filter '*A12'\n";

static const cli_option_t options[] = {
    {"--bus", "URL"},        {"--classic", NULL},     {"--speed", "X"},
    {"--stepped", NULL},     {"--paused", NULL},      {"--wait-s", "N"},
    {"--timeout-ms", "N"},   {"--seed", "N"},         {"--set", "PATH=VALUE"},
    {"--record", "LEVEL"},   {"--out", "DIR"},        {"--keep", "N"},
    {"--filter", "PATTERN"}, {"--no-priority", NULL}, {"--control", "PATH"},
    {"--ecu", "PLACE"},      {"--quiet", NULL},       {"--rest-bus", "WHAT"},
    {"--no-seat", NULL},     {"--bench", "FILE"},     {NULL, NULL}};

enum {
  OPT_BUS,
  OPT_CLASSIC,
  OPT_SPEED,
  OPT_STEPPED,
  OPT_PAUSED,
  OPT_WAIT,
  OPT_TIMEOUT,
  OPT_SEED,
  OPT_SET,
  OPT_RECORD,
  OPT_OUT,
  OPT_KEEP,
  OPT_FILTER,
  OPT_NO_PRIORITY,
  OPT_CONTROL,
  OPT_ECU,
  OPT_QUIET,
  OPT_REST_BUS,
  OPT_NO_SEAT,
  OPT_BENCH
};

enum { WAIT_DEFAULT_s = 30, WAIT_MAX_s = 86400, PERMILLE = 1000 };
enum { TIMEOUT_ms = 100, TIMEOUT_STEPPED_ms = 2000, TIMEOUT_MIN_ms = 100, TIMEOUT_MAX_ms = 10000 };

static bus_t bus;
static bench_file_t bench;

/* --- options --------------------------------------------------------------------------------- */

static int speed_set(serve_run_t *run, const char *text) {
  char *end = NULL;
  const double factor = strtod(text, &end);
  const int is_number = text[0] != 0 && end != NULL && *end == 0;
  if (!is_number || !(factor >= 0.01 && factor * PERMILLE <= SERVE_RATE_MAX_permille))
    return cli_usage("serve", "--speed: %s, allowed 0.01..%d", text[0] ? text : "(empty)",
                     SERVE_RATE_MAX_permille / PERMILLE);
  run->rate_permille = (uint16_t)(factor * PERMILLE + 0.5);
  return CLI_OK;
}

static int rest_bus_set(serve_run_t *run, const char *text) {
  static const char *const kinds[] = {"packsim", "soul-ev", "none", NULL};
  return request_word(&run->request, "--rest-bus", "environment.rest_bus", kinds, text);
}

static int option_take(serve_run_t *run, int option, const char *value) {
  switch (option) {
  case CLI_ARGUMENT:
    return request_argument(&run->request, value);
  case OPT_BUS:
    run->url = value;
    return CLI_OK;
  case OPT_CLASSIC:
    run->is_classic = 1;
    return CLI_OK;
  case OPT_SPEED:
    return speed_set(run, value);
  case OPT_STEPPED:
    run->is_stepped = 1;
    return CLI_OK;
  case OPT_PAUSED:
    cli_realtime_is_paused = 1;
    return CLI_OK;
  case OPT_WAIT:
    return cli_u64("serve", "--wait-s", value, 0, WAIT_MAX_s, &run->wait_s);
  case OPT_TIMEOUT:
    return cli_u64("serve", "--timeout-ms", value, TIMEOUT_MIN_ms, TIMEOUT_MAX_ms,
                   &run->timeout_ms);
  case OPT_NO_SEAT:
    run->has_no_seat = 1;
    return CLI_OK;
  case OPT_BENCH:
    run->bench_path = value;
    return CLI_OK;
  case OPT_REST_BUS:
    run->has_rest_bus = 1;
    return rest_bus_set(run, value);
  case OPT_SEED:
    return request_seed(&run->request, value);
  case OPT_SET:
    return request_set(&run->request, value);
  case OPT_RECORD:
    return request_record(&run->request, value);
  case OPT_OUT:
    run->out = value;
    return CLI_OK;
  case OPT_KEEP:
    return cli_u64("serve", "--keep", value, 0, OUTDIR_KEEP_MAX, &run->keep_count);
  case OPT_FILTER:
    return request_filter(&run->request, value);
  case OPT_NO_PRIORITY:
    run->has_no_priority = 1;
    return CLI_OK;
  case OPT_CONTROL:
    run->socket_path = value;
    return CLI_OK;
  case OPT_ECU:
    run->is_inproc = strcmp(value, "inproc") == 0;
    return run->is_inproc ? CLI_OK : cli_usage("serve", "--ecu: %s, allowed inproc", value);
  default:
    run->is_quiet = 1;
    return CLI_OK;
  }
}

/// What the command line does not say, the bench file does.
static int read_bench(serve_run_t *run) {
  scenario_error_t error;
  if (run->bench_path == NULL) return CLI_OK;
  signals_init();
  if (bench_file_load(run->bench_path, &bench, &error) != 0)
    return cli_usage("serve", "%s", error.text);
  run->bench = &bench;
  if (run->url == NULL && bench.bus[0] != '\0') run->url = bench.bus;
  if (!bench.has_seat) run->has_no_seat = 1;
  return run->has_rest_bus ? CLI_OK : rest_bus_set(run, bench.rest_bus);
}

/// A frame of 64 bytes does not fit on a classic bus.
static int bench_fits(const serve_run_t *run) {
  if (run->bench == NULL || run->is_fd) return CLI_OK;
  for (uint32_t i = 0; i < bench.out_count; i++) {
    const dbc_message_t *shape = &bench.dbc.message[bench.out[i].message];
    if (shape->is_fd)
      return cli_usage("serve", "%s: %s is an FD frame, allowed classic ones on this bus",
                       run->bench_path, shape->name);
  }
  return CLI_OK;
}

/* CLI_OK, an exit code, or CLI_HELP. */
static int options_read(serve_run_t *run, int argc, char **argv) {
  cli_args_t args = cli_args("serve", help, options, argc, argv);
  const char *value;
  run->request.verb = "serve";
  run->wait_s = WAIT_DEFAULT_s;
  run->keep_count = OUTDIR_KEEP_DEFAULT;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_HELP;
    if (option == CLI_BAD) return CLI_USAGE;
    const int status = option_take(run, option, value);
    if (status) return status;
  }
  if (run->bench_path != NULL && run->is_inproc)
    return cli_usage("serve", "--bench with --ecu inproc, allowed with a bus");
  const int bench_status = read_bench(run);
  if (bench_status) return bench_status;
  if (run->url == NULL && !run->is_inproc)
    return cli_usage("serve", "no bus, allowed --bus URL (udp: can0 ...), or --ecu inproc");
  if (run->url != NULL && run->is_inproc)
    return cli_usage("serve", "--bus with --ecu inproc, allowed one of them");
  if (run->is_stepped && run->rate_permille != 0)
    return cli_usage("serve", "--stepped with --speed, allowed one of them");
  if (run->rate_permille == 0) run->rate_permille = PERMILLE;
  if (run->timeout_ms == 0) run->timeout_ms = run->is_stepped ? TIMEOUT_STEPPED_ms : TIMEOUT_ms;
  return CLI_OK;
}

/* --- the bus --------------------------------------------------------------------------------- */

static int open_bus(serve_run_t *run) {
  bus_url_t url;
  bus_error_t error = {""};
  if (bus_url_parse(run->url, &url, &error) != BUS_OK) return cli_usage("serve", "%s", error.text);
  const bus_status_t status = bus_open(&bus, &url, serve_clock_us(), &error);
  if (status != BUS_OK) {
    (void)cli_usage("serve", "%s", error.text);
    return status == BUS_ERR_MACHINE ? CLI_MISSING : CLI_USAGE;
  }
  run->is_fd = !run->is_classic && (bus_caps(&bus) & BUS_CAP_FD) != 0;
  if (!run->is_quiet)
    fprintf(stderr, "packsim serve: %s at %s, %s frames%s\n", bus_name(&bus), bus_place(&bus),
            run->is_fd ? "FD" : "classic",
            run->is_fd || run->is_classic ? "" : ": this bus carries no FD");
  run->bus = &bus;
  const int status_bench = bench_fits(run);
  if (status_bench || !serve_is_taken(&bus)) return status_bench;
  (void)cli_usage("serve", "%s: another plant drives this bus, allowed one", run->url);
  return CLI_MISSING;
}

/* --- all ------------------------------------------------------------------------------------- */

static int with_scenarios(serve_run_t *run) {
  char path[512];
  run->is_free = run->request.argument_count == 0;
  if (run->is_free) {
    if (scenario_find_file("scenarios/serve.json", path, sizeof path) != 0)
      return cli_usage("serve", "scenarios/serve.json is not found, allowed also a scenario");
    run->request.argument[run->request.argument_count++] = path;
  }
  int status = CLI_OK; /* without a bus the scenario says what kind it has */
  if (!run->is_inproc)
    status = request_set(&run->request,
                         run->is_fd ? "environment.can_fd=true" : "environment.can_fd=false");
  if (status == CLI_OK) status = collect_scenarios(&run->collect, &run->request);
  if (status == CLI_OK) status = collect_points(&run->collect, &run->request);
  if (status != CLI_OK) return status;
  const size_t count = run->collect.point_count + 1;
  run->results = calloc(count, sizeof *run->results);
  run->figures = calloc(count, sizeof *run->figures);
  run->replay_file = calloc(count, sizeof *run->replay_file);
  run->resolved = calloc(count, sizeof *run->resolved);
  status = run->results && run->figures && run->replay_file && run->resolved
               ? serve_run_all(run)
               : cli_usage("serve", "out of memory");
  free(run->results);
  free(run->figures);
  free(run->replay_file);
  free(run->resolved);
  return status;
}

int verb_serve(int argc, char **argv) {
  static serve_run_t run;
  int status = options_read(&run, argc, argv);
  if (status) return status == CLI_HELP ? CLI_OK : status;
  signals_init();
  if (!run.is_inproc) status = open_bus(&run);
  if (status == CLI_OK) {
    run.session = cli_realtime_session();
    cli_realtime_begin("serve", !run.has_no_priority && !run.is_stepped, run.is_quiet);
    status = serve_run_control(&run);
  }
  if (status == CLI_OK) {
    status = with_scenarios(&run);
  }
  if (!run.is_inproc) bus_close(&bus);
  bench_file_free(&bench);
  control_close(run.control);
  collect_free(&run.collect);
  return cli_finish("serve", status);
}
