/// PEC15: the 15 bit checksum on everything that the AFE chain says and hears.
///
/// Model    polynomial 0x4599, remainder 16 at the start, result shifted left by one
/// Threads  pure
/// Source   LTC6813-1 data sheet; 00 01 gives 3D 6E
#ifndef ECU_MODEL_CORE_PEC15_H
#define ECU_MODEL_CORE_PEC15_H

#include <stdint.h>

/// Checksum of count bytes; on the wire the high byte goes first. The lowest bit is 0.
uint16_t pec15(const uint8_t *bytes, uint32_t count);

enum { PEC15_FRAME_BYTES = 6 };

/// pec15 of a register group's six bytes, in which no byte waits for the one before.
uint16_t pec15_frame(const uint8_t bytes[PEC15_FRAME_BYTES]);

#endif
