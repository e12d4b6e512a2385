/// A log of CAN frames as a stimulus: its frames come onto the bus when the log says.
///
/// Model    the tester's node sends; a frame that finds the queue full, or the node off the bus, is
///          tried again in the next tick, in its order
/// Units    us from the log's first frame, divided by rate_x
/// Memory   bus_log_load allocates the frames, bus_log_free frees them
/// Errors   one line "FILE:LINE: found X, allowed Y" (a pcap file: its packet)
#ifndef SCENARIOS_BUS_LOG_H
#define SCENARIOS_BUS_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "../sim/hil.h"

enum { BUS_LOG_ID_MAX = 32 };

typedef struct {
  uint64_t time_us;
  can_frame_t frame;
} bus_log_entry_t;

typedef struct {
  bus_log_entry_t *entry;
  uint32_t count;
} bus_log_t;

/// What of a log is wanted.
typedef struct {
  const char *path; ///< candump lines or pcap
  double rate_x; ///< of the log's own, > 0
  uint32_t id_count; ///< 0: all
  uint32_t id[BUS_LOG_ID_MAX];
  uint8_t id_is_extended[BUS_LOG_ID_MAX];
} bus_log_wish_t;

/// Three hex digits are a standard id, eight an extended one. 0, or -1.
int bus_log_id(const char *text, uint32_t *id, uint8_t *is_extended);

/// 0, or -1 with the reason; log is then untouched. Error frames are left out.
int bus_log_load(const bus_log_wish_t *wish, bus_log_t *log, char *error, size_t error_bytes);

/// Send what is due; next is the index of the first frame that was not sent yet.
void bus_log_send(const bus_log_t *log, uint64_t begin_us, uint32_t *next, hil_t *hil);

void bus_log_free(bus_log_t *log);

#endif
