/// What the readers of a bench file share: where they are, and how they refuse.
#ifndef SCENARIOS_BENCH_READ_H
#define SCENARIOS_BENCH_READ_H

#include "bench_file.h"
#include "json_doc.h"

typedef struct {
  const json_doc_t *doc;
  bench_file_t *bench;
  scenario_error_t *error;
  const bench_file_message_t *message; ///< that of the signals that are read
} bench_read_t;

/// The value of a key, NULL iff there is none; and its text, "" iff there is none.
const cJSON *bench_read_value(const cJSON *object, const char *key);
const char *bench_read_text(const cJSON *object, const char *key);

/// -1: the value of a key is none of those allowed.
int bench_read_refuse(const bench_read_t *work, const json_path_t *path, const char *key,
                      const cJSON *object, const char *allowed);

/// Index in the DBC of the signal of work->message that a key names, or -1 with the reason.
int bench_read_signal(const bench_read_t *work, const json_path_t *path, const char *key,
                      const cJSON *object);

/// The pages of a message to the ECU whose signals are read, in their order: those that the signals
/// are on. 0, or -1 with the reason.
int bench_read_pages(bench_read_t *work, const json_path_t *path, const cJSON *object,
                     bench_file_message_t *message);

/// Counter and checksum of a message whose signals are read. 0, or -1 with the reason.
int bench_read_guard(bench_read_t *work, const json_path_t *path, const cJSON *object,
                     bench_file_message_t *message);

#endif
