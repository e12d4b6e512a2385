/// CAN logs as pcap files that Wireshark and tshark open: link type 227 (SocketCAN).
///
/// Model    one packet a frame: id with flags (big endian), length, FD flags, two bytes of
///          padding, data. Read in either byte order, with stamps of us or ns; a frame longer than
///          8 bytes is FD even without its flag
/// Units    time in us since 1970, or since the log's own zero
/// Memory   the caller owns all bytes; nothing is allocated
/// Threads  pure functions
/// Source   tcpdump.org/linktypes: LINKTYPE_CAN_SOCKETCAN; the pcap file format
#ifndef SIM_CAN_PCAP_H
#define SIM_CAN_PCAP_H

#include <stddef.h>
#include <stdint.h>

#include "../../ecu_model/pins.h"

enum {
  PCAP_HEADER_BYTES = 24,
  PCAP_PACKET_BYTES = 96, ///< the largest packet: 16 + 8 + 64, rounded up
  PCAP_TEXT_CHARS = 120
};

typedef enum {
  PCAP_OK = 0,
  PCAP_END = 1, ///< nothing left
  PCAP_ERR_FORMAT = -1 ///< pcap_reader_t says where and what
} pcap_status_t;

/// What a file begins with.
void pcap_write_header(uint8_t bytes[PCAP_HEADER_BYTES]);

/// One packet; returns its length. Times beyond 2106 wrap, as the format's do.
size_t pcap_write(uint8_t bytes[PCAP_PACKET_BYTES], uint64_t time_us, const can_frame_t *frame);

/// Walks a file in memory.
typedef struct {
  const uint8_t *begin, *at, *end;
  uint32_t packet; ///< read last, from 1
  uint8_t is_little_endian, has_ns;
  char error[PCAP_TEXT_CHARS]; ///< after PCAP_ERR_FORMAT: found and allowed
} pcap_reader_t;

/// PCAP_ERR_FORMAT iff it is no pcap file of CAN frames.
pcap_status_t pcap_open(pcap_reader_t *reader, const uint8_t *bytes, size_t count);

/// Next frame. PCAP_ERR_FORMAT iff a packet is none; the reader stands behind it where its end is
/// known, else at the end.
pcap_status_t pcap_next(pcap_reader_t *reader, uint64_t *time_us, can_frame_t *frame);

/// Does it look like a pcap file (of any kind)?
int pcap_is_magic(const uint8_t *bytes, size_t count);

#endif
