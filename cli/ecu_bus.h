/// packsim ecu --bus: board and core as a process of its own, seated at a plant on a CAN bus.
#ifndef CLI_ECU_BUS_H
#define CLI_ECU_BUS_H

#include <stdint.h>

typedef struct {
  const char *url;
  const char *nvm; ///< file of the memory; NULL: empty at each power-on
  uint64_t seed; ///< of the board's noise and errors
  uint8_t is_quiet, has_no_priority;
} ecu_bus_options_t;

/// Runs until SIGINT or SIGTERM. An exit code, after one line on stderr where it is not CLI_OK.
int cli_ecu_bus(const ecu_bus_options_t *options);

#endif
