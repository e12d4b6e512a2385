/// packsim can: watch a bus, send frames, join two buses, convert logs.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../sim/can/bus.h"
#include "../sim/can/candump.h"
#include "can_log.h"
#include "cli.h"

static const char help[] =
    "usage: packsim can URL [--send FRAME ...] [--every MS] [--dump] [--bridge URL] [--pcap FILE]\n"
    "                   [--count N] [--seconds S] [--up] [--bitrate N] [--quiet]\n"
    "       packsim can --read FILE [--pcap FILE]\n"
    "Prints the frames of a bus as candump -L does, sends frames, joins two buses, or converts a\n"
    "log. Ends with Ctrl-C, after N frames, or after S seconds; --send alone ends when all is "
    "sent.\n"
    "\n"
    "  URL            udp: socketcand:[[ADDRESS:]PORT] slcan:[LINK] socketcan:INTERFACE can0\n"
    "                 (docs/can.md has all of them)\n"
    "  --send FRAME   as cansend: 123#1122, 12345678#, 123#R4, 123##1AABB; waits for a listener\n"
    "                 where one is known (socketcand, slcan)\n"
    "  --every MS     send again and again, 1..60000 ms\n"
    "  --dump         print frames also with --send or --bridge\n"
    "  --bridge URL   hand every frame over to the other bus, both ways\n"
    "  --pcap FILE    write frames to a file for Wireshark, link type 227\n"
    "  --read FILE    print a log: candump lines or pcap\n"
    "  --up           bring the kernel's interface up if it is down (needs root)\n"
    "  --bitrate N    set the bit rate of the kernel's interface first (needs root)\n"
    "  --quiet        no word about addresses and counters on stderr\n"
    "\n"
    "examples:\n"
    "  packsim can udp:\n"
    "  packsim can socketcand: --send 123#1122 --every 100\n"
    "  packsim can slcan:my_adapter --bridge udp:\n"
    "  packsim can can0 --up --bitrate 500000 --pcap drive.pcap --seconds 60\n"
    "  packsim can --read drive.pcap\n";

enum {
  OPTION_SEND,
  OPTION_EVERY,
  OPTION_DUMP,
  OPTION_BRIDGE,
  OPTION_PCAP,
  OPTION_COUNT,
  OPTION_SECONDS,
  OPTION_READ,
  OPTION_UP,
  OPTION_BITRATE,
  OPTION_QUIET
};
static const cli_option_t options[] = {{"--send", "FRAME"}, {"--every", "MS"},  {"--dump", NULL},
                                       {"--bridge", "URL"}, {"--pcap", "FILE"}, {"--count", "N"},
                                       {"--seconds", "S"},  {"--read", "FILE"}, {"--up", NULL},
                                       {"--bitrate", "N"},  {"--quiet", NULL},  {NULL, NULL}};

enum { SEND_MAX = 64, LOOK_ms = 50 };

typedef struct {
  const char *url[2]; ///< the bus, and the one behind --bridge
  uint32_t url_count;
  const char *read_file, *pcap_file;
  can_frame_t send[SEND_MAX];
  uint32_t send_count;
  uint64_t every_ms, count, seconds, bitrate_bps;
  uint8_t is_dump, is_up, is_quiet;
} can_job_t;

/// What runs while the buses are open.
typedef struct {
  const can_job_t *job;
  can_log_t log;
  uint64_t begin_us, now_us, send_due_us;
  uint64_t seen_count, untold_count;
  uint32_t sent_index; ///< next frame of job->send
} can_run_t;

static bus_t ports[2];
static volatile sig_atomic_t is_interrupted;

static void interrupt(int number) {
  (void)number;
  is_interrupted = 1;
}

/// Since 1970 at the start, from then on by the clock that never jumps.
static uint64_t clock_us(void) {
  static uint64_t offset_us;
  struct timespec mono, real;
  clock_gettime(CLOCK_MONOTONIC, &mono);
  uint64_t mono_us = (uint64_t)mono.tv_sec * 1000000u + (uint64_t)mono.tv_nsec / 1000u;
  if (offset_us == 0) {
    clock_gettime(CLOCK_REALTIME, &real);
    offset_us = (uint64_t)real.tv_sec * 1000000u + (uint64_t)real.tv_nsec / 1000u - mono_us;
  }
  return mono_us + offset_us;
}

/* --- running --------------------------------------------------------------------------------- */

static void take_frames(can_run_t *run, uint32_t side) {
  const can_job_t *job = run->job;
  bus_rx_t rx;
  int is_done = job->count > 0 && run->seen_count >= job->count;
  while (!is_done && bus_recv(&ports[side], run->now_us, &rx) == BUS_OK) {
    run->seen_count++;
    can_log_frame(&run->log, rx.stamp_us != 0 ? rx.stamp_us : rx.time_us, bus_name(&ports[side]),
                  &rx.frame);
    if (job->url_count == 2 && bus_send(&ports[1 - side], run->now_us, &rx.frame) == BUS_ERR_FRAME)
      run->untold_count++;
    is_done = job->count > 0 && run->seen_count >= job->count;
  }
}

static int is_heard(const bus_t *bus) {
  return (bus_caps(bus) & BUS_CAP_PEERS) == 0 || bus_stats(bus).listener_count > 0;
}

static void send_frames(can_run_t *run) {
  const can_job_t *job = run->job;
  if (run->sent_index == 0 && (run->now_us < run->send_due_us || !is_heard(&ports[0]))) return;
  while (run->sent_index < job->send_count) {
    if (bus_send(&ports[0], run->now_us, &job->send[run->sent_index]) == BUS_ERR_FULL) return;
    run->sent_index++;
  }
  if (job->every_ms > 0) {
    run->sent_index = 0;
    run->send_due_us += job->every_ms * 1000u;
    if (run->send_due_us < run->now_us) run->send_due_us = run->now_us;
  }
}

static int is_over(const can_run_t *run) {
  const can_job_t *job = run->job;
  if (is_interrupted || (job->count > 0 && run->seen_count >= job->count)) return 1;
  if (job->seconds > 0 && run->now_us - run->begin_us >= job->seconds * 1000000u) return 1;
  int is_send_only = job->send_count > 0 && job->every_ms == 0 && !job->is_dump &&
                     job->url_count == 1 && job->count == 0;
  return is_send_only && run->sent_index == job->send_count && bus_pending(&ports[0]) == 0;
}

/// Until something arrives, a frame is due, or 50 ms are over.
static void wait_for_work(const can_run_t *run) {
  struct pollfd set[2 * BUS_POLL_MAX];
  int wait_ms = LOOK_ms;
  uint32_t count = bus_poll_set(&ports[0], set);
  if (run->job->url_count == 2) count += bus_poll_set(&ports[1], set + count);
  int is_sending = run->job->send_count > 0 && run->sent_index < run->job->send_count;
  if (is_sending && run->send_due_us < run->now_us + LOOK_ms * 1000u)
    wait_ms = run->send_due_us <= run->now_us ? 1 : (int)((run->send_due_us - run->now_us) / 1000u);
  if (bus_pending(&ports[0]) > 0) wait_ms = 1;
  (void)poll(set, count, wait_ms);
}

static void tell(const bus_t *bus) {
  bus_stats_t stats = bus_stats(bus);
  fprintf(stderr,
          "packsim can: %s: %llu received, %llu sent, %llu dropped, %llu lost before they were "
          "read, %llu refused, %s\n",
          bus_name(bus), (unsigned long long)stats.received_count,
          (unsigned long long)stats.sent_count, (unsigned long long)stats.send_drop_count,
          (unsigned long long)stats.receive_drop_count, (unsigned long long)stats.garbage_count,
          bus_state_text(stats.state));
}

static int loop(can_run_t *run) {
  const can_job_t *job = run->job;
  int code = CLI_OK;
  while (!is_over(run)) {
    run->now_us = clock_us();
    for (uint32_t side = 0; side < job->url_count; side++) take_frames(run, side);
    if (job->send_count > 0) send_frames(run);
    (void)fflush(stdout);
    if (!is_over(run)) wait_for_work(run);
  }
  int is_untold = job->send_count > 0 && job->every_ms == 0 && run->sent_index < job->send_count;
  if (is_untold && !is_interrupted) {
    fprintf(stderr, "packsim can: %s: nobody listened, nothing was sent\n", bus_name(&ports[0]));
    code = CLI_FAILED;
  }
  return code;
}

/* --- opening --------------------------------------------------------------------------------- */

static int open_port(const can_job_t *job, uint32_t side) {
  bus_url_t url;
  bus_error_t error = {""};
  if (bus_url_parse(job->url[side], &url, &error) != BUS_OK)
    return cli_usage("can", "%s", error.text);
  int is_kernel = url.kind == BUS_KIND_SOCKETCAN;
  if (!is_kernel && side == 0 && (job->is_up || job->bitrate_bps > 0))
    return cli_usage("can", "%s: --up and --bitrate are for interfaces of the kernel (can0)",
                     job->url[side]);
  url.brings_up = job->is_up;
  if (side == 0) url.bitrate_bps = (uint32_t)job->bitrate_bps;
  bus_status_t status = bus_open(&ports[side], &url, clock_us(), &error);
  if (status != BUS_OK) {
    (void)cli_usage("can", "%s", error.text);
    return status == BUS_ERR_MACHINE ? CLI_MISSING : CLI_USAGE;
  }
  if (!job->is_quiet)
    fprintf(stderr, "packsim can: %s at %s\n", bus_name(&ports[side]), bus_place(&ports[side]));
  return CLI_OK;
}

/// Can the bus carry what is to be sent? An exit code.
static int check_frames(const can_job_t *job) {
  uint32_t caps = bus_caps(&ports[0]);
  for (uint32_t i = 0; i < job->send_count; i++) {
    int is_fd = (job->send[i].flags & CAN_FRAME_FD) != 0;
    int is_remote = (job->send[i].flags & CAN_FRAME_REMOTE) != 0;
    if ((is_fd && (caps & BUS_CAP_FD) == 0) || (is_remote && (caps & BUS_CAP_REMOTE) == 0))
      return cli_usage("can", "frame %u of --send: %s carries no %s frames", (unsigned)i + 1,
                       bus_name(&ports[0]), is_fd ? "FD" : "remote");
  }
  return CLI_OK;
}

static int finish_log(const can_job_t *job, const can_log_t *log, int code) {
  if (log->pcap == NULL) return code;
  int is_bad = ferror(log->pcap) != 0;
  if ((fclose(log->pcap) != 0 || is_bad) && code == CLI_OK)
    return cli_usage("can", "%s: cannot be written: %s", job->pcap_file, strerror(errno));
  return code;
}

static int run_job(const can_job_t *job) {
  struct sigaction action = {.sa_handler = interrupt};
  can_run_t run = {.job = job};
  int code = CLI_OK;
  if (job->pcap_file != NULL && (run.log.pcap = can_log_create(job->pcap_file)) == NULL)
    return CLI_USAGE;
  if (job->is_dump) run.log.lines = stdout;
  if (job->read_file != NULL)
    return finish_log(job, &run.log, can_log_copy(job->read_file, &run.log));
  (void)sigaction(SIGINT, &action, NULL);
  (void)sigaction(SIGTERM, &action, NULL);
  for (uint32_t side = 0; code == CLI_OK && side < job->url_count; side++)
    code = open_port(job, side);
  if (code == CLI_OK) code = check_frames(job);
  run.begin_us = run.now_us = run.send_due_us = clock_us();
  if (code == CLI_OK) code = loop(&run);
  for (uint32_t side = 0; side < job->url_count; side++) {
    if (ports[side].backend != NULL && !job->is_quiet) tell(&ports[side]);
    bus_close(&ports[side]);
  }
  if (run.untold_count > 0 && !job->is_quiet)
    fprintf(stderr, "packsim can: %llu frames are of a kind that the other bus has not\n",
            (unsigned long long)run.untold_count);
  return finish_log(job, &run.log, code);
}

/* --- options --------------------------------------------------------------------------------- */

static int add_send(can_job_t *job, const char *text) {
  char error[CANDUMP_ERROR_CHARS];
  if (job->send_count == SEND_MAX) {
    cli_usage("can", "--send: one more, allowed at most %d", SEND_MAX);
    return -1;
  }
  if (candump_frame(text, &job->send[job->send_count], error) != 0) {
    cli_usage("can", "--send %.60s: %s", text, error);
    return -1;
  }
  job->send_count++;
  return 0;
}

static int take_option(can_job_t *job, int option, const char *value) {
  switch (option) {
  case OPTION_SEND:
    return add_send(job, value);
  case OPTION_EVERY:
    return cli_u64("can", "--every", value, 1, 60000, &job->every_ms);
  case OPTION_DUMP:
    job->is_dump = 1;
    return 0;
  case OPTION_BRIDGE:
    job->url[1] = value;
    return 0;
  case OPTION_PCAP:
    job->pcap_file = value;
    return 0;
  case OPTION_COUNT:
    return cli_u64("can", "--count", value, 1, UINT32_MAX, &job->count);
  case OPTION_SECONDS:
    return cli_u64("can", "--seconds", value, 1, 10000000, &job->seconds);
  case OPTION_READ:
    job->read_file = value;
    return 0;
  case OPTION_UP:
    job->is_up = 1;
    return 0;
  case OPTION_BITRATE:
    return cli_u64("can", "--bitrate", value, 1000, 1000000, &job->bitrate_bps);
  case OPTION_QUIET:
    job->is_quiet = 1;
    return 0;
  default:
    if (job->url[0] != NULL) {
      cli_usage("can", "%s: one URL too many, allowed one (and --bridge URL)", value);
      return -1;
    }
    job->url[0] = value;
    return 0;
  }
}

/// What belongs together. An exit code.
static int check_job(can_job_t *job) {
  int has_live = job->url[0] != NULL || job->url[1] != NULL || job->send_count > 0;
  if (job->read_file != NULL && has_live)
    return cli_usage("can", "--read with a bus, allowed --read FILE [--pcap FILE]");
  if (job->read_file == NULL && job->url[0] == NULL)
    return cli_usage("can", "no bus, allowed a URL (udp: socketcand: slcan: can0) or --read FILE");
  if (job->every_ms > 0 && job->send_count == 0)
    return cli_usage("can", "--every without a frame, allowed with --send FRAME");
  job->url_count = job->read_file != NULL ? 0 : job->url[1] != NULL ? 2 : 1;
  if (job->url_count < 2 && job->send_count == 0 && !(job->read_file && job->pcap_file))
    job->is_dump = 1;
  if (job->bitrate_bps > 0) job->is_up = 1;
  return CLI_OK;
}

int verb_can(int argc, char **argv) {
  static can_job_t job;
  cli_args_t args = cli_args("can", help, options, argc, argv);
  const char *value;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD || take_option(&job, option, value) != 0) return CLI_USAGE;
  }
  int code = check_job(&job);
  return code == CLI_OK ? run_job(&job) : code;
}
