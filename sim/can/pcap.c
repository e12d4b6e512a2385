/// Writes and reads pcap files of link type 227.
#include "pcap.h"

#include <stdio.h>
#include <string.h>

#include "bus.h"

enum {
  MAGIC_US_raw = 0xA1B2C3D4 & 0x7FFFFFFF, ///< without its top bit, which no enum holds
  MAGIC_NS_raw = 0xA1B23C4D & 0x7FFFFFFF,
  VERSION_MAJOR = 2,
  VERSION_MINOR = 4,
  SNAP_BYTES = 262144,
  LINK_TYPE_CAN = 227,
  PACKET_HEADER_BYTES = 16,
  CAN_HEADER_BYTES = 8,
  FD_BRS = 1,
  FD_ESI = 2,
  FD_FRAME = 4 ///< tells FD from classic
};

static const uint32_t can_extended = 0x80000000u, can_remote = 0x40000000u, can_error = 0x20000000u,
                      id_mask = 0x1FFFFFFFu;

/* --- writing ------------------------------------------------------------------------------- */

static void put_little(uint8_t *to, uint32_t value, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> (8 * i));
}

static void put_big(uint8_t *to, uint32_t value) {
  for (uint32_t i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (24 - 8 * i));
}

void pcap_write_header(uint8_t bytes[PCAP_HEADER_BYTES]) {
  memset(bytes, 0, PCAP_HEADER_BYTES);
  put_little(bytes, 0xA1B2C3D4u, 4);
  put_little(bytes + 4, VERSION_MAJOR, 2);
  put_little(bytes + 6, VERSION_MINOR, 2);
  put_little(bytes + 16, SNAP_BYTES, 4);
  put_little(bytes + 20, LINK_TYPE_CAN, 4);
}

size_t pcap_write(uint8_t bytes[PCAP_PACKET_BYTES], uint64_t time_us, const can_frame_t *frame) {
  int is_remote = (frame->flags & CAN_FRAME_REMOTE) != 0;
  int is_fd = (frame->flags & CAN_FRAME_FD) != 0;
  uint32_t len_max = is_fd ? 64 : 8;
  uint32_t len = frame->len < len_max ? frame->len : len_max;
  uint32_t data_bytes = is_remote ? 0 : len;
  uint32_t id = frame->id | ((frame->flags & CAN_FRAME_EXTENDED) != 0 ? can_extended : 0u) |
                (is_remote ? can_remote : 0u) |
                ((frame->flags & CAN_FRAME_ERROR) != 0 ? can_error : 0u);
  uint8_t *can = bytes + PACKET_HEADER_BYTES;
  memset(bytes, 0, PCAP_PACKET_BYTES);
  put_little(bytes, (uint32_t)(time_us / 1000000u), 4);
  put_little(bytes + 4, (uint32_t)(time_us % 1000000u), 4);
  put_little(bytes + 8, CAN_HEADER_BYTES + data_bytes, 4);
  put_little(bytes + 12, CAN_HEADER_BYTES + data_bytes, 4);
  put_big(can, id);
  can[4] = (uint8_t)len;
  if (is_fd) can[5] = (uint8_t)(FD_FRAME | ((frame->flags & CAN_FRAME_BRS) != 0 ? FD_BRS : 0));
  memcpy(can + CAN_HEADER_BYTES, frame->data, data_bytes);
  return PACKET_HEADER_BYTES + CAN_HEADER_BYTES + data_bytes;
}

/* --- reading ------------------------------------------------------------------------------- */

static uint32_t get(const pcap_reader_t *reader, const uint8_t *from, uint32_t bytes) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < bytes; i++)
    value |= (uint32_t)from[i] << (8 * (reader->is_little_endian ? i : bytes - 1 - i));
  return value;
}

static uint32_t get_big(const uint8_t *from) {
  return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/// Which magic, read in this reader's order: 0 none, 1 us, 2 ns.
static int magic_of(const pcap_reader_t *reader, const uint8_t *bytes) {
  uint32_t magic = get(reader, bytes, 4);
  if (magic >> 31 == 0) return 0;
  magic &= 0x7FFFFFFFu;
  return magic == MAGIC_US_raw ? 1 : magic == MAGIC_NS_raw ? 2 : 0;
}

int pcap_is_magic(const uint8_t *bytes, size_t count) {
  pcap_reader_t little = {.is_little_endian = 1}, big = {.is_little_endian = 0};
  return count >= 4 && (magic_of(&little, bytes) != 0 || magic_of(&big, bytes) != 0);
}

pcap_status_t pcap_open(pcap_reader_t *reader, const uint8_t *bytes, size_t count) {
  *reader = (pcap_reader_t){.begin = bytes, .at = bytes, .end = bytes + count};
  if (!pcap_is_magic(bytes, count) || count < PCAP_HEADER_BYTES) {
    (void)snprintf(reader->error, sizeof reader->error, "found %s, allowed a pcap file",
                   count < PCAP_HEADER_BYTES ? "less than a header" : "something else");
    return PCAP_ERR_FORMAT;
  }
  reader->is_little_endian = 1;
  if (magic_of(reader, bytes) == 0) reader->is_little_endian = 0;
  reader->has_ns = magic_of(reader, bytes) == 2;
  uint32_t link = get(reader, bytes + 20, 4) & 0x0FFFFFFFu;
  if (link != LINK_TYPE_CAN) {
    (void)snprintf(reader->error, sizeof reader->error,
                   "found link type %u, allowed 227 (SocketCAN)", (unsigned)link);
    return PCAP_ERR_FORMAT;
  }
  reader->at += PCAP_HEADER_BYTES;
  return PCAP_OK;
}

static pcap_status_t refuse(pcap_reader_t *reader, const char *what) {
  (void)snprintf(reader->error, sizeof reader->error, "packet %u: %s", (unsigned)reader->packet,
                 what);
  return PCAP_ERR_FORMAT;
}

static int frame_of(const uint8_t *can, size_t bytes, can_frame_t *frame) {
  uint32_t id = get_big(can);
  uint32_t len = can[4];
  can_frame_t made;
  memset(&made, 0, sizeof made);
  int is_remote = (id & can_remote) != 0;
  int is_fd = (can[5] & FD_FRAME) != 0 || len > 8;
  if (len > sizeof made.data || (!is_remote && bytes - CAN_HEADER_BYTES < len)) return -1;
  made.id = id & id_mask;
  made.len = (uint8_t)len;
  made.flags = (uint8_t)(((id & can_extended) != 0 ? CAN_FRAME_EXTENDED : 0) |
                         (is_remote ? CAN_FRAME_REMOTE : 0) | (is_fd ? CAN_FRAME_FD : 0) |
                         (is_fd && (can[5] & FD_BRS) != 0 ? CAN_FRAME_BRS : 0));
  if (!is_remote) memcpy(made.data, can + CAN_HEADER_BYTES, len);
  if ((id & can_error) != 0) {
    made.flags = CAN_FRAME_ERROR; /* its id is a set of error classes */
    if (len > 8) return -1;
  } else if (!bus_frame_is_legal(&made)) {
    return -1;
  }
  *frame = made;
  return 0;
}

pcap_status_t pcap_next(pcap_reader_t *reader, uint64_t *time_us, can_frame_t *frame) {
  const uint8_t *head = reader->at;
  if (head == reader->end) return PCAP_END;
  reader->packet++;
  size_t left = (size_t)(reader->end - head);
  if (left < PACKET_HEADER_BYTES) {
    reader->at = reader->end;
    return refuse(reader, "the file ends within a packet");
  }
  uint32_t fraction = get(reader, head + 4, 4), bytes = get(reader, head + 8, 4);
  if (bytes > left - PACKET_HEADER_BYTES) {
    reader->at = reader->end;
    return refuse(reader, "the file ends within a packet");
  }
  reader->at = head + PACKET_HEADER_BYTES + bytes;
  if (bytes < CAN_HEADER_BYTES || frame_of(head + PACKET_HEADER_BYTES, bytes, frame) != 0)
    return refuse(reader, "no CAN frame");
  if (fraction >= (reader->has_ns ? 1000000000u : 1000000u))
    return refuse(reader, "a fraction above one second");
  *time_us =
      (uint64_t)get(reader, head, 4) * 1000000u + (reader->has_ns ? fraction / 1000u : fraction);
  return PCAP_OK;
}
