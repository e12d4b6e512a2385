/// CAN side of the core: takes the vehicle controller's requests, sends all BMS_* frames.
///
/// Model    a request counts only when its E2E check passes; without one for request_timeout_ms, or
///          with 3 wrong ones in a row, it is dead. Cyclic frames have fixed phases in a second, so
///          that they never come in bursts (a late step delays them, none is lost); edges of DTCs
///          are told at once besides
/// Source   db/bms.dbc: ids, layouts, cycle times, E2E data ids
#ifndef ECU_MODEL_CORE_COMM_H
#define ECU_MODEL_CORE_COMM_H

#include "bms.h"

enum { COMM_BAD_RUN_MAX = 3 };

void comm_init(bms_comm_t *comm);

/// Every ms: take the received frames, let the request grow old.
void comm_receive(bms_t *bms, const bms_in_t *in);

/// Every ms: queue the frames that are due.
void comm_send(bms_t *bms, bms_out_t *out);

/// A zeroed frame to fill; NULL iff this step has sent enough.
can_frame_t *comm_put(bms_t *bms, bms_out_t *out, uint32_t id, uint8_t len, uint8_t flags);

/// 1 iff a right request came within the time-out.
int comm_request_is_alive(const bms_t *bms);

#endif
