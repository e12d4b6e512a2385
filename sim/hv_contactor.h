/// Mechanics of one contactor: coil thresholds, travel, bounce, and what breaks.
///
/// Model    the armature arrives pull_in_s after the coil was energised and leaves drop_out_s after
///          it was not; at closing the contact touches, rebounds in the middle third of
///          bounce_s, and rests. Steps of the caller are the resolution
#ifndef SIM_HV_CONTACTOR_H
#define SIM_HV_CONTACTOR_H

#include "hv.h"

/// Advance contactor index to the begin of a tick of dt_us under its coil voltage, and set its
/// contact.
void hv_contactor_step(hv_t *hv, uint32_t index, double coil_V, uint32_t dt_us);

#endif
