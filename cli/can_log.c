/// Writes frames as candump lines and pcap packets, and reads both.
#include "can_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/can/candump.h"
#include "../sim/can/pcap.h"
#include "cli.h"

enum { LOG_BYTES_MAX = 1 << 28 };

FILE *can_log_create(const char *file) {
  uint8_t header[PCAP_HEADER_BYTES];
  FILE *stream = fopen(file, "wb");
  pcap_write_header(header);
  if (stream != NULL && fwrite(header, 1, sizeof header, stream) == sizeof header) return stream;
  cli_usage("can", "%s: cannot be written: %s", file, strerror(errno));
  if (stream != NULL) fclose(stream);
  return NULL;
}

void can_log_frame(const can_log_t *log, uint64_t time_us, const char *bus,
                   const can_frame_t *frame) {
  char line[CANDUMP_LINE_CHARS];
  uint8_t packet[PCAP_PACKET_BYTES];
  if (log->lines != NULL && (frame->flags & CAN_FRAME_ERROR) == 0) {
    size_t length = candump_format(line, time_us, bus, frame);
    (void)fwrite(line, 1, length, log->lines);
  } else if (log->lines != NULL) { /* candump -L shows an error frame as an id with its flag */
    can_frame_t shown = *frame;
    shown.id |= 0x20000000u;
    shown.flags = CAN_FRAME_EXTENDED;
    size_t length = candump_format(line, time_us, bus, &shown);
    (void)fwrite(line, 1, length, log->lines);
  }
  if (log->pcap != NULL) {
    size_t length = pcap_write(packet, time_us, frame);
    (void)fwrite(packet, 1, length, log->pcap);
  }
}

typedef struct {
  const char *verb, *file;
  can_log_fn each;
  void *user;
} walk_t;

/// The whole file. NULL after the line on stderr was printed.
static uint8_t *load(const walk_t *walk, size_t *count) {
  FILE *stream = fopen(walk->file, "rb");
  uint8_t *bytes = NULL;
  size_t room = 1 << 16;
  *count = 0;
  for (int is_done = stream == NULL; !is_done;) {
    uint8_t *grown = room <= LOG_BYTES_MAX ? realloc(bytes, room) : NULL;
    if (grown == NULL) {
      errno = EFBIG;
      free(bytes);
      bytes = NULL;
      break;
    }
    bytes = grown;
    *count += fread(bytes + *count, 1, room - *count, stream);
    is_done = *count < room;
    room *= 2;
  }
  if (stream != NULL && ferror(stream)) {
    free(bytes);
    bytes = NULL;
  }
  if (bytes == NULL) cli_usage(walk->verb, "%s: cannot be read: %s", walk->file, strerror(errno));
  if (stream != NULL) fclose(stream);
  return bytes;
}

static int walk_pcap(const walk_t *walk, const uint8_t *bytes, size_t count) {
  pcap_reader_t reader;
  can_frame_t frame;
  uint64_t time_us;
  pcap_status_t status = pcap_open(&reader, bytes, count);
  if (status == PCAP_OK) {
    while ((status = pcap_next(&reader, &time_us, &frame)) == PCAP_OK)
      walk->each(walk->user, time_us, "can0", &frame);
  }
  return status == PCAP_END ? CLI_OK : cli_usage(walk->verb, "%s: %s", walk->file, reader.error);
}

static int walk_candump(const walk_t *walk, const uint8_t *bytes, size_t count) {
  candump_reader_t reader = {.at = (const char *)bytes, .end = (const char *)bytes + count};
  candump_entry_t entry;
  candump_status_t status;
  while ((status = candump_next(&reader, &entry)) == CANDUMP_OK)
    walk->each(walk->user, entry.time_us, entry.bus, &entry.frame);
  if (status == CANDUMP_END) return CLI_OK;
  return cli_usage(walk->verb, "%s:%u: %s", walk->file, (unsigned)reader.line, reader.error);
}

int can_log_each(const char *verb, const char *file, can_log_fn each, void *user) {
  const walk_t walk = {verb, file, each, user};
  size_t count;
  uint8_t *bytes = load(&walk, &count);
  if (bytes == NULL) return CLI_USAGE;
  int code = pcap_is_magic(bytes, count) ? walk_pcap(&walk, bytes, count)
                                         : walk_candump(&walk, bytes, count);
  free(bytes);
  return code;
}

static void copy_frame(void *user, uint64_t time_us, const char *bus, const can_frame_t *frame) {
  can_log_frame(user, time_us, bus, frame);
}

int can_log_copy(const char *file, const can_log_t *log) {
  can_log_t copy = *log;
  return can_log_each("can", file, copy_frame, &copy);
}
