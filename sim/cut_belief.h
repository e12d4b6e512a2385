/// What the plant knows of an ECU behind the bus: what its frames say.
///
/// Model    frames of our DBC fill the same places of bms_t that the core itself fills, with the
///          frames' resolution; the rest stays as at reset. Edges of state and DTCs become events.
///          Frames with a wrong CRC are left out; counters are the vehicle controller's affair
/// Units    as in bms_t
#ifndef SIM_CUT_BELIEF_H
#define SIM_CUT_BELIEF_H

#include "../ecu_model/core/bms.h"

/// Take over what a frame says; events are added to out as long as there is room.
void cut_belief_take(bms_t *belief, bms_out_t *out, const can_frame_t *frame);

/// 1 iff a signal bms.* or dtc.* of this name is told on the bus; 1 also for all other names.
int cut_belief_tells(const char *signal);

#endif
