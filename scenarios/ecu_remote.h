/// One ECU outside this process: starts it, talks to it in lockstep, ends it in any case.
///
/// Model    two pipes and the messages of lockstep.h. The other side dies with this process
///          (PR_SET_PDEATHSIG), leaves by itself when the pipes end, and is killed where it does
///          not. There is no file, socket or shared memory that could stay behind.
/// Memory   the caller owns ecu_remote_t
/// Threads  one a remote
#ifndef SCENARIOS_ECU_REMOTE_H
#define SCENARIOS_ECU_REMOTE_H

#include <stdint.h>
#include <sys/types.h>

#include "../ecu_model/firmware/lockstep.h"
#include "ecu_place.h"

enum { ECU_ERROR_BYTES = 200 };

typedef struct {
  const ecu_place_t *place;
  pid_t pid; ///< 0: none
  int to_fd, from_fd, error_fd;
  uint32_t sequence;
  uint32_t hang_ms; ///< wall time that an answer may take
  uint8_t is_counting; ///< QEMU counts instructions, and is slower
  lockstep_message_t message;
  lockstep_report_t report; ///< after ecu_remote_close
  char error[ECU_ERROR_BYTES]; ///< why the last call failed
} ecu_remote_t;

/// Start it and compare layouts. Not 0: error says why, nothing runs. remote is closed in any case
/// by ecu_remote_close.
int ecu_remote_open(ecu_remote_t *remote, const ecu_place_t *place, uint32_t hang_ms,
                    int is_counting);
int ecu_remote_boot(ecu_remote_t *remote, const bms_boot_t *boot);
/// Ask and answer apart, so that several ECUs work at the same time.
int ecu_remote_ask(ecu_remote_t *remote, const bms_in_t *in);
int ecu_remote_answer(ecu_remote_t *remote, lockstep_cost_t *cost, bms_out_t *out);
void ecu_remote_close(ecu_remote_t *remote);

#endif
