/// Logs of CAN frames on the command line: lines as candump -L writes them, and pcap files.
#ifndef CLI_CAN_LOG_H
#define CLI_CAN_LOG_H

#include <stdio.h>

#include "../ecu_model/pins.h"

/// Where frames go. Set lines and pcap (either may be NULL).
typedef struct {
  FILE *lines, *pcap;
} can_log_t;

/// Open a pcap file for writing. NULL after the line on stderr was printed.
FILE *can_log_create(const char *file);

/// Errors of the streams are left to their end.
void can_log_frame(const can_log_t *log, uint64_t time_us, const char *bus,
                   const can_frame_t *frame);

/// Copy a log (candump lines or pcap, by its content) to log. An exit code; a line that cannot be
/// read is told on stderr.
int can_log_copy(const char *file, const can_log_t *log);

#endif
