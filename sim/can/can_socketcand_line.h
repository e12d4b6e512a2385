/// Commands and answers of the socketcand protocol as text.
///
/// Model    a command stands between '<' and '>', its words are separated by blanks. More than
///          three digits of an id mean 29 bits, as clients do not pad
/// Memory   the caller owns all text; nothing is allocated
/// Threads  pure functions
/// Source   socketcand's doc/protocol.md; python-can 4.1, interfaces/socketcand
#ifndef SIM_CAN_CAN_SOCKETCAND_LINE_H
#define SIM_CAN_CAN_SOCKETCAND_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "../../ecu_model/pins.h"

enum { CAN_SOCKETCAND_LINE_CHARS = 80 };

typedef enum {
  CAN_SOCKETCAND_OPEN,
  CAN_SOCKETCAND_RAW_MODE,
  CAN_SOCKETCAND_ECHO,
  CAN_SOCKETCAND_SEND,
  CAN_SOCKETCAND_BAD_OPEN,
  CAN_SOCKETCAND_BAD_SEND,
  CAN_SOCKETCAND_UNKNOWN
} can_socketcand_command_t;

/// text: what stands between the brackets. frame is filled with CAN_SOCKETCAND_SEND only.
can_socketcand_command_t can_socketcand_parse(const char *text, size_t count, can_frame_t *frame);

/// "< frame 123 23.424242 1A220344 >" and a newline; returns its length. A classic data frame.
size_t can_socketcand_format(char line[CAN_SOCKETCAND_LINE_CHARS], uint64_t time_us,
                             const can_frame_t *frame);

#endif
