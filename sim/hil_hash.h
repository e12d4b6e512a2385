/// Hash over the whole simulated state: two runs that agree in it agree in everything.
#ifndef SIM_HIL_HASH_H
#define SIM_HIL_HASH_H

#include "hil.h"

/// Chain the state of plant, harness, board, core and bus onto hash. Addresses do not count.
uint64_t hil_hash_state(const hil_t *hil, uint64_t hash);

#endif
