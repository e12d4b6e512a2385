/// Bytes of an AFE command for the tests: code and PEC.
#ifndef TESTS_AFE_BYTES_H
#define TESTS_AFE_BYTES_H

#include "../ecu_model/board/afe_chain.h"

static inline void afe_bytes_put(uint8_t tx[AFE_CHAIN_COMMAND_BYTES], uint16_t command) {
  tx[0] = (uint8_t)(command >> 8);
  tx[1] = (uint8_t)(command & 0xFF);
  const uint16_t pec = ltc6813_pec(tx, 2);
  tx[2] = (uint8_t)(pec >> 8);
  tx[3] = (uint8_t)(pec & 0xFF);
}

#endif
