/// Commands and frames of the LAWICEL protocol (slcan) as text.
///
/// Model    a line ends with a carriage return, which is not part of the text here
/// Memory   the caller owns all text; nothing is allocated
/// Threads  pure functions
/// Source   LAWICEL CAN232/CANUSB manual; python-can 4.1, interfaces/slcan
#ifndef SIM_CAN_CAN_SLCAN_LINE_H
#define SIM_CAN_CAN_SLCAN_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "../../ecu_model/pins.h"

enum { CAN_SLCAN_LINE_CHARS = 40 };

/// Read "tIIILdd..", "TIIIIIIIILdd..", "rIIIL" or "RIIIIIIIIL". -1 iff it is none of them.
int can_slcan_parse(const char *text, size_t count, can_frame_t *frame);

/// Write the frame with its carriage return, and with has_stamp the stamp of 0..59999 ms; returns
/// the length. A classic frame.
size_t can_slcan_format(char line[CAN_SLCAN_LINE_CHARS], const can_frame_t *frame, int has_stamp,
                        uint64_t time_us);

#endif
