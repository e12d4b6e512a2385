/// Starts the program of an ECU outside this process.
#ifndef SCENARIOS_ECU_SPAWN_H
#define SCENARIOS_ECU_SPAWN_H

#include "ecu_remote.h"

/// Fills pid and pipes. Not 0: remote->error says why.
int ecu_spawn(ecu_remote_t *remote);

#endif
