/// Suspicion of a broken sense wire from the scans alone: it only asks for the open-wire test.
///
/// Model    an inner wire that floats makes its two channels differ by +d and -d from their slow
///          mean; an end wire or a wire of a pair disturbs one channel. The wires of a doubled tap
///          measure one point, but for the joint between them
/// Units    codes of 100 uV
/// Source   docs/open-wire.md
#ifndef ECU_MODEL_CORE_SUSPICION_H
#define ECU_MODEL_CORE_SUSPICION_H

#include "bms.h"

enum {
  SUSPICION_PATTERN_raw = 400, ///< both channels of an inner wire
  SUSPICION_END_raw = 600, ///< the one channel of an end or pair wire
  SUSPICION_PAIR_raw = 100, ///< the wires of a doubled tap may differ by so much
  SUSPICION_JOINT_A_PER_raw = 4 ///< and by 25 uohm of joint
};

/// Inputs of one AFE that the scan makes suspect: bit n is C(n). Deviations of channels 1..top from
/// their slow mean and the common movement of the AFE; pair_channel 0: none.
uint32_t suspicion_pattern(const int32_t *deviation_raw, uint32_t top, uint32_t pair_channel);

/// A new scan: follow the slow mean, look for the pattern, let old suspicions lapse.
void suspicion_scan(bms_t *bms);

/// A test has answered: what it could judge gets a fresh start, new slow means and some peace.
void suspicion_end(bms_t *bms);

/// 1 iff the two wires of a doubled tap have differed for 500 ms, by more than 10 mV and the
/// joint's own voltage, though a test since then finds neither open: the joint or a contact is bad.
/// It shows only while charging: the chip reads a negative difference as 0.
int suspicion_pair_differs(const bms_t *bms, uint32_t device);

#endif
