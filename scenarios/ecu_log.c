/// Writes and reads the recorded input of an ECU; see ecu_log.h.
#include "ecu_log.h"

#include <string.h>

#include "../ecu_model/firmware/lockstep_layout.h"
#include "../sim/hash.h"
#include "ecu_compare.h"

static const char MARK[8] = {'P', 'S', 'E', 'C', 'U', 'L', 'G', '1'};

typedef struct {
  char mark[sizeof MARK];
  uint64_t layout;
} log_head_t;

static uint64_t layout_hash(void) {
  return hash_bytes(hash_start(), lockstep_place, sizeof lockstep_place);
}

static log_head_t head_make(void) {
  log_head_t head = {.layout = layout_hash()};
  memcpy(head.mark, MARK, sizeof MARK);
  return head;
}

static void put(ecu_log_t *log, const void *data, uint32_t bytes) {
  if (bytes > 0 && gzwrite(log->file, data, bytes) != (int)bytes) log->has_failed = 1;
}

int ecu_log_create(ecu_log_t *log, const char *path) {
  const log_head_t head = head_make();
  *log = (ecu_log_t){.file = gzopen(path, "wb1")};
  if (log->file == NULL) return -1;
  put(log, &head, sizeof head);
  return 0;
}

void ecu_log_boot(ecu_log_t *log, const bms_boot_t *boot) {
  const ecu_log_record_t record = {.kind = LOCKSTEP_BOOT, .body_bytes = sizeof *boot};
  put(log, &record, sizeof record);
  put(log, boot, sizeof *boot);
}

void ecu_log_step(ecu_log_t *log, const bms_in_t *in, const bms_out_t *out) {
  uint8_t body[sizeof *in];
  const ecu_log_record_t record = {.kind = LOCKSTEP_IN,
                                   .body_bytes = lockstep_pack_in(body, in),
                                   .out_hash = ecu_compare_hash(out)};
  put(log, &record, sizeof record);
  put(log, body, record.body_bytes);
}

int ecu_log_close(ecu_log_t *log) {
  if (log->file == NULL) return 0;
  int status = gzclose(log->file);
  log->file = NULL;
  return status != Z_OK || log->has_failed ? -1 : 0;
}

ecu_log_status_t ecu_log_open(ecu_log_t *log, const char *path) {
  const log_head_t wanted = head_make();
  log_head_t head;
  *log = (ecu_log_t){.file = gzopen(path, "rb")};
  if (log->file == NULL) return ECU_LOG_ERR_OPEN;
  int is_ours = gzread(log->file, &head, sizeof head) == (int)sizeof head &&
                memcmp(&head, &wanted, sizeof head) == 0;
  return is_ours ? ECU_LOG_OK : ECU_LOG_ERR_FORMAT;
}

ecu_log_status_t ecu_log_next(ecu_log_t *log, ecu_log_record_t *record, uint8_t *body) {
  int bytes = gzread(log->file, record, sizeof *record);
  if (bytes == 0 && gzeof(log->file)) return ECU_LOG_END;
  if (bytes != (int)sizeof *record || record->body_bytes > LOCKSTEP_BODY_MAX)
    return ECU_LOG_ERR_DAMAGED;
  if (gzread(log->file, body, record->body_bytes) != (int)record->body_bytes)
    return ECU_LOG_ERR_DAMAGED;
  return ECU_LOG_OK;
}
