/// One CAN frame as the msgpack map of python-can's udp_multicast bus.
///
/// Model    written: the eleven keys in python-can's order, byte for byte as it writes them. Read:
///          any order, unknown keys refused, missing keys take python-can's defaults
///          (is_extended_id: true); every length is checked against what is there
/// Memory   the caller owns all bytes; nothing is allocated
/// Threads  pure functions
/// Source   python-can 4.1 (interfaces/udp_multicast), the msgpack specification
#ifndef SIM_CAN_CAN_MSGPACK_H
#define SIM_CAN_CAN_MSGPACK_H

#include <stddef.h>
#include <stdint.h>

#include "../../ecu_model/pins.h"

enum { CAN_MSGPACK_BYTES = 256 /**< a frame of 64 bytes takes 220 */ };

/// Write the map; returns its length. The frame is legal (bus_frame_is_legal).
size_t can_msgpack_write(uint8_t bytes[CAN_MSGPACK_BYTES], uint64_t time_us,
                         const can_frame_t *frame);

/// Read a map that fills all of count bytes. -1 iff it is not such a map, or its frame not legal
/// (error frames pass, with CAN_FRAME_ERROR).
int can_msgpack_read(const uint8_t *bytes, size_t count, can_frame_t *frame);

#endif
