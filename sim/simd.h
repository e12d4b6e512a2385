/// Wide registers for the world's loops: what both sides of the pins use, under its own name here.
///
/// Threads  no state
#ifndef SIM_SIMD_H
#define SIM_SIMD_H

#include "../ecu_model/simd.h"

#endif
