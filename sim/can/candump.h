/// CAN logs as candump -L writes them, a frame a line: `(1436509052.249713) vcan0 044#2A366C2BBA`.
///
/// Model    standard ids have 3, extended 8 hex digits; data in upper case; `##<flags>` marks FD
///          (1: BRS, 2: ESI, ignored), `#R` or `#R4` a remote frame; a trailing T or R (direction)
///          is accepted and dropped
/// Units    time in us since the log's own zero
/// Memory   the caller owns all text; nothing is allocated
/// Threads  pure functions
/// Source   can-utils, candump -L
#ifndef SIM_CAN_CANDUMP_H
#define SIM_CAN_CANDUMP_H

#include <stddef.h>
#include <stdint.h>

#include "../../ecu_model/pins.h"

enum {
  CANDUMP_BUS_CHARS = 17, ///< name of the interface with its closing zero
  CANDUMP_ERROR_CHARS = 120,
  CANDUMP_LINE_CHARS = 192 ///< longest line with newline and closing zero
};

typedef enum {
  CANDUMP_OK = 0,
  CANDUMP_END = 1, ///< nothing left
  CANDUMP_ERR_SYNTAX = -1 ///< candump_reader_t says where and what
} candump_status_t;

typedef struct {
  uint64_t time_us;
  char bus[CANDUMP_BUS_CHARS];
  can_frame_t frame;
} candump_entry_t;

/// Write one line, newline and closing zero included; returns its length without the zero. bus is
/// cut at 16 characters; a length above 8 (64 with CAN_FRAME_FD) is cut there.
size_t candump_format(char line[CANDUMP_LINE_CHARS], uint64_t time_us, const char *bus,
                      const can_frame_t *frame);

/// Walks a log in memory. Set at and end, the rest zero.
typedef struct {
  const char *at, *end;
  uint32_t line; ///< of the entry read last, from 1
  char error[CANDUMP_ERROR_CHARS]; ///< found and allowed, after CANDUMP_ERR_SYNTAX
} candump_reader_t;

/// Next entry; empty lines are skipped. CANDUMP_ERR_SYNTAX iff a line is not one of candump's; the
/// reader then stands behind that line, so the caller may go on.
candump_status_t candump_next(candump_reader_t *reader, candump_entry_t *entry);

/// One frame as cansend takes it: "123#1122", "12345678#", "123#R4", "123##1AABB". -1 iff text is
/// none; error then says found and allowed.
int candump_frame(const char *text, can_frame_t *frame, char error[CANDUMP_ERROR_CHARS]);

#endif
