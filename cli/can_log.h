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

typedef void (*can_log_fn)(void *user, uint64_t time_us, const char *bus, const can_frame_t *frame);

/// Hand over each frame of a log (candump lines or pcap, by its content) in its order. An exit
/// code; a line that cannot be read is told on stderr, in the name of verb.
int can_log_each(const char *verb, const char *file, can_log_fn each, void *user);

/// Copy a log to log, likewise.
int can_log_copy(const char *file, const can_log_t *log);

#endif
