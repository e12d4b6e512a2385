/// Sends the frames of a log onto a bus, when the log says or faster or slower.
#ifndef CLI_REPLAY_LOG_H
#define CLI_REPLAY_LOG_H

#include <stdint.h>

enum { REPLAY_LOG_LOOPS_MAX = 1000000 };

typedef struct {
  const char *file; ///< candump lines or pcap
  const char *url; ///< of the bus
  double rate_x; ///< of the log's own, > 0
  uint64_t loop_count; ///< how often, from 1
  uint64_t bitrate_bps; ///< of the kernel's interface, 0: left alone
  uint8_t brings_up, is_quiet, is_json;
} replay_log_job_t;

/// An exit code: CLI_OK when all frames were handed over, CLI_FAILED when interrupted or frames
/// were dropped, CLI_USAGE for a bad log or URL, CLI_MISSING where the machine lacks the bus.
int replay_log(const replay_log_job_t *job);

#endif
