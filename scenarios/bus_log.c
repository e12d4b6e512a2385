/// A log of CAN frames as a stimulus: see bus_log.h.
#include "bus_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/can/candump.h"
#include "../sim/can/pcap.h"

enum { FILE_BYTES_MAX = 1 << 28, FRAME_MAX = 2000000, HEX = 16, NS_PER_US = 1000 };

typedef struct {
  const bus_log_wish_t *wish;
  bus_log_t log;
  uint32_t room;
  uint64_t first_us;
  uint8_t has_first;
  char *error;
  size_t error_bytes;
} reading_t;

int bus_log_id(const char *text, uint32_t *id, uint8_t *is_extended) {
  size_t length = strlen(text);
  unsigned long value = strtoul(text, NULL, HEX);
  *is_extended = length == 8;
  *id = (uint32_t)value;
  if ((length != 3 && length != 8) || strspn(text, "0123456789abcdefABCDEF") != length) return -1;
  return value <= (*is_extended ? 0x1FFFFFFFu : 0x7FFu) ? 0 : -1;
}

static int is_wanted(const bus_log_wish_t *wish, const can_frame_t *frame) {
  int is_extended = (frame->flags & CAN_FRAME_EXTENDED) != 0;
  if ((frame->flags & CAN_FRAME_ERROR) != 0) return 0;
  for (uint32_t i = 0; i < wish->id_count; i++) {
    if (frame->id == wish->id[i] && is_extended == wish->id_is_extended[i]) return 1;
  }
  return wish->id_count == 0;
}

static int keep(reading_t *read, uint64_t time_us, const can_frame_t *frame) {
  if (!read->has_first) read->first_us = time_us;
  read->has_first = 1;
  if (!is_wanted(read->wish, frame)) return 0;
  if (read->log.count == read->room) {
    uint32_t room = read->room > 0 ? 2 * read->room : 256;
    bus_log_entry_t *grown =
        room <= 2 * FRAME_MAX ? realloc(read->log.entry, room * sizeof *grown) : NULL;
    if (grown == NULL) {
      snprintf(read->error, read->error_bytes, "%s:1: found more frames than fit, allowed up to %d",
               read->wish->path, FRAME_MAX);
      return -1;
    }
    read->log.entry = grown;
    read->room = room;
  }
  uint64_t since_us = time_us > read->first_us ? time_us - read->first_us : 0;
  read->log.entry[read->log.count++] = (bus_log_entry_t){
      .time_us = (uint64_t)((double)since_us / read->wish->rate_x), .frame = *frame};
  return 0;
}

static int read_pcap(reading_t *read, const uint8_t *bytes, size_t count) {
  pcap_reader_t reader;
  can_frame_t frame;
  uint64_t time_us;
  pcap_status_t status = pcap_open(&reader, bytes, count);
  while (status == PCAP_OK && (status = pcap_next(&reader, &time_us, &frame)) == PCAP_OK) {
    if (keep(read, time_us, &frame) != 0) return -1;
  }
  if (status == PCAP_END) return 0;
  snprintf(read->error, read->error_bytes, "%s:%u: %s", read->wish->path, reader.packet,
           reader.error);
  return -1;
}

static int read_candump(reading_t *read, const char *text, size_t count) {
  candump_reader_t reader = {.at = text, .end = text + count};
  candump_entry_t entry;
  candump_status_t status;
  while ((status = candump_next(&reader, &entry)) == CANDUMP_OK) {
    if (keep(read, entry.time_us, &entry.frame) != 0) return -1;
  }
  if (status == CANDUMP_END) return 0;
  snprintf(read->error, read->error_bytes, "%s:%u: %s", read->wish->path, reader.line,
           reader.error);
  return -1;
}

/* The whole file, NULL with the reason. */
static uint8_t *load(const reading_t *read, size_t *count) {
  FILE *file = fopen(read->wish->path, "rb");
  long bytes = -1;
  uint8_t *content = NULL;
  if (file != NULL && fseek(file, 0, SEEK_END) == 0) bytes = ftell(file);
  if (bytes >= 0 && bytes <= FILE_BYTES_MAX && fseek(file, 0, SEEK_SET) == 0) {
    content = malloc((size_t)bytes + 1);
    *count = content != NULL ? fread(content, 1, (size_t)bytes, file) : 0;
  }
  if (content == NULL) {
    snprintf(read->error, read->error_bytes,
             "%s:1: found no file that can be read (%s), allowed a log of up to 256 MB",
             read->wish->path, strerror(errno != 0 ? errno : EFBIG));
  }
  if (file != NULL) fclose(file);
  return content;
}

int bus_log_load(const bus_log_wish_t *wish, bus_log_t *log, char *error, size_t error_bytes) {
  reading_t read = {.wish = wish, .error = error, .error_bytes = error_bytes};
  size_t count = 0;
  errno = 0;
  uint8_t *bytes = load(&read, &count);
  if (bytes == NULL) return -1;
  int status = pcap_is_magic(bytes, count) ? read_pcap(&read, bytes, count)
                                           : read_candump(&read, (const char *)bytes, count);
  free(bytes);
  if (status == 0 && read.log.count == 0) {
    snprintf(error, error_bytes, "%s:1: found no frame%s, allowed at least one", wish->path,
             wish->id_count > 0 ? " with these ids" : "");
    status = -1;
  }
  if (status != 0) {
    free(read.log.entry);
    return -1;
  }
  *log = read.log;
  return 0;
}

void bus_log_send(const bus_log_t *log, uint64_t begin_us, uint32_t *next, hil_t *hil) {
  while (*next < log->count && hil->now_us >= begin_us + log->entry[*next].time_us) {
    if (can_mem_send(&hil->bus, HIL_NODE_TESTER, hil->now_us * NS_PER_US,
                     &log->entry[*next].frame) == CAN_MEM_ERR_FULL) {
      return;
    }
    (*next)++;
  }
}

void bus_log_free(bus_log_t *log) {
  free(log->entry);
  log->entry = NULL;
  log->count = 0;
}
