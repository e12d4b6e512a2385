/// packsim diag: a small tester. Reads values and trouble codes of a BMS on a bus, clears, asks.
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "diag_codes.h"
#include "diag_link.h"
#include "diag_values.h"

static const char help[] =
    "usage: packsim diag [--bus URL] [read [NAME ...] | dtc | clear [CODE] | request HEX ...]\n"
    "                    [--json] [--dump] [--all] [--count N] [--every MS] [--name TEXT]\n"
    "                    [--timeout-ms MS] [--pcap FILE]\n"
    "Asks the BMS at 0x7E4 over ISO-TP; it answers at 0x7EC. Works with a run that has a bus\n"
    "(packsim run ... --bus udp:) and with a real BMS of this car.\n"
    "\n"
    "  read           all values; or those named: soc_pct, group_17_V, 2101, an identifier\n"
    "                 (PACK_VOLTAGE, 0202)\n"
    "  dtc            stored trouble codes with counters and freeze frames\n"
    "  clear [CODE]   forget all trouble codes, or one: P0AA6, ISOLATION_LOST. Only with open\n"
    "                 contactors\n"
    "  request HEX    any requests, such as 2101 or '22 02 02'; prints the replies\n"
    "  --bus URL      udp: can0 slcan:... as packsim can takes them (default udp:)\n"
    "  --json         as one JSON object or list\n"
    "  --dump         a JSON list of frames: [{\"name\": ..., \"2101\": \"10 3D 61 01 ...\", "
    "...}]; "
    "of the\n"
    "                 five pages, or of the requests\n"
    "  --all          ask all ECUs (0x7DF); the BMS's reply is shown\n"
    "  --count N      dump so often (default 1), --every MS apart (default 1000)\n"
    "  --name TEXT    what a dump calls the car (default packsim)\n"
    "  --timeout-ms N how long a reply may take (default 1000)\n"
    "  --pcap FILE    all frames of the bus meanwhile, for Wireshark\n"
    "  --identifiers  the table of identifiers, nothing else\n"
    "\n"
    "exit codes: 0 answered, 1 no reply or a negative one, 2 bad usage, 3 no such bus here\n"
    "\n"
    "examples:\n"
    "  packsim run my_drive.json --bus udp: --record none &\n"
    "  packsim diag\n"
    "  packsim diag read soc_pct pack_V GROUP_VOLTAGES --json\n"
    "  packsim diag dtc\n"
    "  packsim diag request '19 0A' --bus can0\n"
    "  packsim diag --dump --count 10 --every 1000 >drive.json\n";

enum {
  OPT_BUS,
  OPT_JSON,
  OPT_DUMP,
  OPT_ALL,
  OPT_COUNT,
  OPT_EVERY,
  OPT_NAME,
  OPT_TIMEOUT,
  OPT_PCAP,
  OPT_IDENTIFIERS
};
static const cli_option_t options[] = {
    {"--bus", "URL"},   {"--json", NULL},        {"--dump", NULL},   {"--all", NULL},
    {"--count", "N"},   {"--every", "MS"},       {"--name", "TEXT"}, {"--timeout-ms", "N"},
    {"--pcap", "FILE"}, {"--identifiers", NULL}, {NULL, NULL}};

enum { WORD_MAX = 64, SID_VALUES = 0x21, SID_IDENTIFIER = 0x22, NAME_MAX_CHARS = 100 };

typedef struct {
  const char *bus, *name, *pcap_file;
  const char *word[WORD_MAX]; ///< the command and what follows it
  uint32_t word_count;
  uint64_t count, every_ms, timeout_ms;
  uint8_t is_json, is_dump, is_to_all, wants_identifiers;
} diag_job_t;

static diag_link_t tester;

/* --- asking ---------------------------------------------------------------------------------- */

/// Hex digits with blanks between bytes. Returns the bytes, 0 after the line on stderr.
static uint32_t parse_hex(const char *text, uint8_t bytes[DIAG_BYTES_MAX]) {
  uint32_t count = 0;
  const char *at = text;
  while (*at != '\0') {
    unsigned value;
    if (*at == ' ') {
      at++;
      continue;
    }
    if (!isxdigit((unsigned char)at[0]) || !isxdigit((unsigned char)at[1]) ||
        count == DIAG_BYTES_MAX || sscanf(at, "%2x", &value) != 1) {
      (void)cli_usage("diag", "%s: no request, allowed hex bytes such as 2101 or '22 02 02'", text);
      return 0;
    }
    bytes[count++] = (uint8_t)value;
    at += 2;
  }
  if (count == 0) (void)cli_usage("diag", "empty request, allowed hex bytes such as 2101");
  return count;
}

static int refused(const char *what, const diag_reply_t *reply) {
  uint8_t nrc = diag_link_nrc(reply);
  if (nrc == 0) return CLI_OK;
  (void)cli_usage("diag", "%s: refused, %02X %s", what, nrc, diag_link_nrc_text(nrc));
  return CLI_FAILED;
}

/* --- values ---------------------------------------------------------------------------------- */

typedef struct {
  const char *only; ///< NULL: all values
  uint8_t is_json;
  uint32_t printed_count;
} printer_t;

static void print_value(void *user, const diag_value_t *value) {
  printer_t *printer = user;
  if (printer->only != NULL && strcmp(printer->only, value->name) != 0) return;
  if (printer->is_json)
    printf("%s\"%s\": %s", printer->printed_count > 0 ? ", " : "", value->name, value->text);
  else
    printf("%-26s %s %s\n", value->name, value->text, value->unit);
  printer->printed_count++;
}

static int read_page(const diag_job_t *job, uint32_t page, printer_t *printer) {
  static diag_reply_t reply;
  uint8_t request[] = {SID_VALUES, (uint8_t)page};
  char what[16];
  snprintf(what, sizeof what, "21%02X", (unsigned)page);
  if (diag_link_ask(&tester, request, sizeof request, job->is_to_all, &reply) != 0)
    return CLI_FAILED;
  if (refused(what, &reply) != CLI_OK) return CLI_FAILED;
  if (diag_values_page(page, reply.bytes, reply.count, print_value, printer) == 0) return CLI_OK;
  (void)cli_usage("diag", "%s: %u bytes, allowed %u with the head of this car", what,
                  (unsigned)reply.count, (unsigned)diag_values_page_bytes(page));
  return CLI_FAILED;
}

static int read_identifier(const diag_job_t *job, uint32_t id, printer_t *printer) {
  static diag_reply_t reply;
  uint8_t request[] = {SID_IDENTIFIER, (uint8_t)(id >> 8), (uint8_t)id};
  char what[16];
  snprintf(what, sizeof what, "22%04X", (unsigned)id);
  if (diag_link_ask(&tester, request, sizeof request, job->is_to_all, &reply) != 0)
    return CLI_FAILED;
  if (refused(what, &reply) != CLI_OK) return CLI_FAILED;
  if (diag_values_identifier(reply.bytes + 1, reply.count - 1, print_value, printer) > 0)
    return CLI_OK;
  (void)cli_usage("diag", "%s: a reply of an unknown form", what);
  return CLI_FAILED;
}

static int read_word(const diag_job_t *job, const char *word, printer_t *printer) {
  unsigned page = 0;
  int end = 0;
  if (sscanf(word, "21%2u%n", &page, &end) == 1 && end == 4 && word[4] == '\0' &&
      diag_values_page_bytes(page) > 0)
    return read_page(job, page, printer);
  page = diag_values_find(word);
  if (page > 0) {
    printer->only = word;
    int status = read_page(job, page, printer);
    printer->only = NULL;
    return status;
  }
  int32_t id = diag_values_identifier_find(word);
  if (id >= 0) return read_identifier(job, (uint32_t)id, printer);
  return cli_usage("diag",
                   "read %s: no such value, allowed a name that packsim diag prints, 2101.."
                   "2105, or an identifier of --identifiers",
                   word);
}

static int read_values(const diag_job_t *job) {
  printer_t printer = {.is_json = job->is_json};
  int status = CLI_OK;
  if (job->is_json) printf("{");
  for (uint32_t page = 1; job->word_count <= 1 && page <= DIAG_PAGE_COUNT && status == CLI_OK;
       page++)
    status = read_page(job, page, &printer);
  for (uint32_t i = 1; i < job->word_count && status == CLI_OK; i++)
    status = read_word(job, job->word[i], &printer);
  if (job->is_json) printf("}\n");
  return status;
}

/* --- raw requests and dumps ------------------------------------------------------------------ */

static void print_bytes(const uint8_t *bytes, uint32_t count, const char *between) {
  for (uint32_t i = 0; i < count; i++) printf("%s%02X", i > 0 ? between : "", bytes[i]);
}

static int ask_raw(const diag_job_t *job) {
  static diag_reply_t reply;
  uint8_t request[DIAG_BYTES_MAX];
  int status = CLI_OK;
  if (job->is_json) printf("{");
  for (uint32_t i = 1; i < job->word_count; i++) {
    uint32_t count = parse_hex(job->word[i], request);
    if (count == 0) return CLI_USAGE;
    if (diag_link_ask(&tester, request, count, job->is_to_all, &reply) != 0) return CLI_FAILED;
    if (diag_link_nrc(&reply) != 0) status = CLI_FAILED;
    if (job->is_json) {
      printf("%s\"", i > 1 ? ", " : "");
      print_bytes(request, count, "");
      printf("\": \"");
    }
    print_bytes(reply.bytes, reply.count, " ");
    printf(job->is_json ? "\"" : "\n");
  }
  if (job->is_json) printf("}\n");
  return status;
}

static int dump_one(const diag_job_t *job, const uint8_t *request, uint32_t count) {
  static diag_reply_t reply;
  if (diag_link_ask(&tester, request, count, job->is_to_all, &reply) != 0) return CLI_FAILED;
  printf(", \"");
  print_bytes(request, count, "");
  printf("\": \"");
  for (uint32_t i = 0; i < reply.frame_count; i++) {
    if (i > 0) putchar(' ');
    print_bytes(reply.frame[i].data, reply.frame[i].len, " ");
  }
  printf("\"");
  return CLI_OK;
}

static int dump_once(const diag_job_t *job, uint64_t number) {
  int status = CLI_OK;
  uint8_t request[DIAG_BYTES_MAX] = {SID_VALUES};
  printf("%s{\"name\": \"%s", number > 0 ? ",\n " : "", job->name);
  if (job->count > 1) printf(" %llu", (unsigned long long)number + 1);
  printf("\"");
  for (uint32_t page = 1; job->word_count <= 1 && page <= DIAG_PAGE_COUNT && status == CLI_OK;
       page++) {
    request[1] = (uint8_t)page;
    status = dump_one(job, request, 2);
  }
  for (uint32_t i = 1; i < job->word_count && status == CLI_OK; i++) {
    uint32_t count = parse_hex(job->word[i], request);
    status = count == 0 ? CLI_USAGE : dump_one(job, request, count);
  }
  printf("}");
  (void)fflush(stdout);
  return status;
}

static int dump(const diag_job_t *job) {
  int status = CLI_OK;
  printf("[");
  for (uint64_t i = 0; i < job->count && status == CLI_OK; i++) {
    struct timespec pause = {.tv_sec = (time_t)(job->every_ms / 1000u),
                             .tv_nsec = (long)(job->every_ms % 1000u) * 1000000};
    if (i > 0) (void)nanosleep(&pause, NULL);
    status = dump_once(job, i);
  }
  printf("]\n");
  return status;
}

/* --- options --------------------------------------------------------------------------------- */

static int take_option(diag_job_t *job, int option, const char *value) {
  switch (option) {
  case OPT_BUS:
    job->bus = value;
    return 0;
  case OPT_JSON:
    job->is_json = 1;
    return 0;
  case OPT_DUMP:
    job->is_dump = 1;
    return 0;
  case OPT_ALL:
    job->is_to_all = 1;
    return 0;
  case OPT_COUNT:
    return cli_u64("diag", "--count", value, 1, 1000000, &job->count);
  case OPT_EVERY:
    return cli_u64("diag", "--every", value, 1, 3600000, &job->every_ms);
  case OPT_NAME:
    job->name = value;
    return 0;
  case OPT_TIMEOUT:
    return cli_u64("diag", "--timeout-ms", value, 1, 60000, &job->timeout_ms);
  case OPT_PCAP:
    job->pcap_file = value;
    return 0;
  case OPT_IDENTIFIERS:
    job->wants_identifiers = 1;
    return 0;
  default:
    if (job->word_count == WORD_MAX) {
      cli_usage("diag", "too many arguments, allowed %d", WORD_MAX);
      return -1;
    }
    job->word[job->word_count++] = value;
    return 0;
  }
}

static int check_job(const diag_job_t *job) {
  static const char *const commands[] = {"read", "dtc", "clear", "request"};
  const char *command = job->word_count > 0 ? job->word[0] : "read";
  uint32_t known = 0;
  for (uint32_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    known += strcmp(command, commands[i]) == 0;
  if (known == 0)
    return cli_usage("diag", "%s: no such command, allowed read dtc clear request", command);
  if (strcmp(command, "request") == 0 && job->word_count < 2)
    return cli_usage("diag", "request without bytes, allowed request HEX such as request 2101");
  if (strcmp(command, "dtc") == 0 && job->word_count > 1)
    return cli_usage("diag", "dtc %s: allowed nothing behind dtc", job->word[1]);
  if (strcmp(command, "clear") == 0 && job->word_count > 2)
    return cli_usage("diag", "clear: %u codes, allowed one or all", (unsigned)job->word_count - 1);
  if (job->is_dump && strcmp(command, "request") != 0 && job->word_count > 0)
    return cli_usage("diag", "--dump with %s, allowed alone or with request", command);
  size_t length = strlen(job->name);
  if (strcspn(job->name, "\"\\") != length || length > NAME_MAX_CHARS)
    return cli_usage("diag", "--name: allowed at most %d characters without \" and \\",
                     NAME_MAX_CHARS);
  return CLI_OK;
}

static int run_job(const diag_job_t *job) {
  const char *command = job->word_count > 0 ? job->word[0] : "read";
  if (job->is_dump) return dump(job);
  if (strcmp(command, "dtc") == 0) return diag_codes_print(&tester, job->is_json);
  if (strcmp(command, "clear") == 0)
    return diag_codes_clear(&tester, job->word_count > 1 ? job->word[1] : NULL);
  return strcmp(command, "request") == 0 ? ask_raw(job) : read_values(job);
}

int verb_diag(int argc, char **argv) {
  static diag_job_t job = {
      .bus = "udp:", .name = "packsim", .count = 1, .every_ms = 1000, .timeout_ms = 1000};
  cli_args_t args = cli_args("diag", help, options, argc, argv);
  const char *value;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD || take_option(&job, option, value) != 0) return CLI_USAGE;
  }
  if (job.wants_identifiers) {
    diag_values_print_identifiers();
    return cli_finish("diag", CLI_OK);
  }
  int status = check_job(&job);
  if (status != CLI_OK) return status;
  if (job.pcap_file != NULL && (tester.log.pcap = can_log_create(job.pcap_file)) == NULL)
    return CLI_USAGE;
  status = diag_link_open(&tester, job.bus, (uint32_t)job.timeout_ms);
  if (status == CLI_OK) status = run_job(&job);
  diag_link_close(&tester);
  if (tester.log.pcap != NULL && fclose(tester.log.pcap) != 0 && status == CLI_OK)
    return cli_usage("diag", "%s: cannot be written", job.pcap_file);
  return cli_finish("diag", status);
}
