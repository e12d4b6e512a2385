/// The recorded input of an ECU: every boot and every step of a run, for any ECU to make again.
///
/// Model    a gzip file: a head with version and layout, then records of what was asked (the body
///          of a BOOT or an IN) with the hash of the answer
/// Memory   the caller owns the struct
#ifndef SCENARIOS_ECU_LOG_H
#define SCENARIOS_ECU_LOG_H

#include <zlib.h>

#include "../ecu_model/firmware/lockstep.h"

typedef struct {
  uint32_t kind; ///< LOCKSTEP_BOOT or LOCKSTEP_IN
  uint32_t body_bytes;
  uint64_t out_hash; ///< ecu_compare_hash of the answer; of a BOOT 0
} ecu_log_record_t;

typedef struct {
  gzFile file; ///< NULL: closed
  uint8_t has_failed;
} ecu_log_t;

/// Not 0: it cannot be created.
int ecu_log_create(ecu_log_t *log, const char *path);
void ecu_log_boot(ecu_log_t *log, const bms_boot_t *boot);
void ecu_log_step(ecu_log_t *log, const bms_in_t *in, const bms_out_t *out);
/// Not 0: something could not be written.
int ecu_log_close(ecu_log_t *log);

typedef enum {
  ECU_LOG_OK = 0,
  ECU_LOG_END = 1,
  ECU_LOG_ERR_OPEN = -1,
  ECU_LOG_ERR_FORMAT = -2, ///< none of ours, or of a build with other structs
  ECU_LOG_ERR_DAMAGED = -3
} ecu_log_status_t;

ecu_log_status_t ecu_log_open(ecu_log_t *log, const char *path);
/// The next record; body holds LOCKSTEP_BODY_MAX bytes.
ecu_log_status_t ecu_log_next(ecu_log_t *log, ecu_log_record_t *record, uint8_t *body);

#endif
