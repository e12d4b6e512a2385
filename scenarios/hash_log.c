/// hashes.csv: see hash_log.h.
#include "hash_log.h"

int hash_log_open(hash_log_t *log, const char *dir) {
  char path[768];
  int length = snprintf(path, sizeof path, "%s/hashes.csv", dir);
  log->file = length > 0 && (size_t)length < sizeof path ? fopen(path, "w") : NULL;
  if (!log->file) return -1;
  fputs("time_s,trace_hash,output_hash\n", log->file);
  return 0;
}

void hash_log_tick(hash_log_t *log, uint64_t now_us, uint64_t trace_hash, uint64_t output_hash) {
  if (!log->file || now_us % HASH_LOG_PERIOD_us != 0) return;
  fprintf(log->file, "%llu,%016llx,%016llx\n", (unsigned long long)(now_us / HASH_LOG_PERIOD_us),
          (unsigned long long)trace_hash, (unsigned long long)output_hash);
}

int hash_log_close(hash_log_t *log) {
  if (!log->file) return 0;
  int is_bad = ferror(log->file) != 0;
  is_bad |= fclose(log->file) != 0;
  log->file = NULL;
  return is_bad ? -1 : 0;
}
