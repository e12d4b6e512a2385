/// The tester's connection: requests on 0x7E4 and, to all, 0x7DF; replies on 0x7EC.
///
/// Model    received frames are taken in any ms. Every 10 ms the timers are looked at and one
///          request is answered. A frame is sent in two of ten ms at most, a twentieth of a bus of
///          500 kbit/s, and only when the controller has nothing else to send: no tester, whatever
///          it asks and however it answers, delays or displaces another frame. That all has been
///          sent (bms_in_t.can_tx_waiting) is also what confirms the last frame, so N_As and the
///          pauses count from the bus, to a ms. Asleep nothing is taken and all is forgotten
/// Source   ids and padding as the car has them; block size, STmin and the other limits: assumed
#ifndef ECU_MODEL_CORE_COMM_DIAG_H
#define ECU_MODEL_CORE_COMM_DIAG_H

#include "bms.h"

enum {
  COMM_DIAG_REQUEST_ID = 0x7E4,
  COMM_DIAG_REPLY_ID = 0x7EC,
  COMM_DIAG_ALL_ID = 0x7DF, ///< the functional request
  COMM_DIAG_EVERY_ms = 5 ///< a frame of ours
};

void comm_diag_init(bms_t *bms);

/// 1 iff comm_diag_receive wants the frame.
static inline int comm_diag_is_for(const can_frame_t *frame) {
  return frame->id == COMM_DIAG_REQUEST_ID || frame->id == COMM_DIAG_ALL_ID;
}

/// Every ms, before the frames: what the controller has got rid of.
void comm_diag_begin(bms_t *bms, const bms_in_t *in);

void comm_diag_receive(bms_t *bms, const can_frame_t *frame);

/// Every 10 ms, awake or asleep: timers, and the next answer.
void comm_diag_step(bms_t *bms, bms_out_t *out);

/// Every ms that the core is awake: queue a frame when it is time for one.
void comm_diag_send(bms_t *bms, bms_out_t *out);

#endif
