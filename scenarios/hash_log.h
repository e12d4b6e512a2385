/// hashes.csv: the trace hash and the output hash of a run at the end of each simulated second.
///
/// Model    both hashes are chained over all ticks, so the first line that differs between two runs
///          says in which second they part, also where no recorded signal shows it
/// Memory   owns its file
#ifndef SCENARIOS_HASH_LOG_H
#define SCENARIOS_HASH_LOG_H

#include <stdint.h>
#include <stdio.h>

enum { HASH_LOG_PERIOD_us = 1000000 };

typedef struct {
  FILE *file; ///< NULL: none is written
} hash_log_t;

/// Create dir/hashes.csv. -1 iff it cannot be created.
int hash_log_open(hash_log_t *log, const char *dir);

/// After a tick; writes only where a second ends.
void hash_log_tick(hash_log_t *log, uint64_t now_us, uint64_t trace_hash, uint64_t output_hash);

/// -1 iff not everything reached the file.
int hash_log_close(hash_log_t *log);

#endif
