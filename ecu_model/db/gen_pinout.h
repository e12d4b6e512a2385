/// The pinout as the generator holds it between checking and writing.
#ifndef ECU_MODEL_DB_GEN_PINOUT_H
#define ECU_MODEL_DB_GEN_PINOUT_H

#include "gen.h"

enum { PIN_CONNECTOR, PIN_PIN, PIN_TAP, PIN_KIND, PIN_SIGNAL, PIN_SOURCE, PIN_CONFIDENCE };
enum { PIN_VERBATIM = PIN_CONFIDENCE + 1, PIN_VERBATIM_TO, PIN_NOTE, PIN_COLUMN_COUNT };

enum {
  WIRE_COUNT = 111,
  GROUP_COUNT = 96,
  TAP_COUNT = 104,
  MODULE_COUNT = 8,
  AFE_INPUT_MAX = 18, ///< C0..C18
  NONE = 0xFF
};

typedef struct {
  uint32_t row; ///< in pinout.csv
  uint8_t module; ///< 1..8
  uint8_t tap; ///< 0..14
  uint8_t section; ///< 0 lower, 1 upper
  uint8_t c_input;
  uint8_t group_below, group_above, pair_wire; ///< NONE
} wire_t;

typedef struct {
  uint8_t module, number, channel, wire_below, wire_above;
} group_t;

typedef struct {
  uint8_t group_count, first_group, first_wire, wire_count, pair_channel;
} module_t;

typedef struct {
  csv_t csv;
  uint32_t wire_count, group_count;
  wire_t wire[WIRE_COUNT]; ///< in pack order
  group_t group[GROUP_COUNT];
  module_t module[MODULE_COUNT];
} pinout_t;

/// Wire index of a row, NONE if it is not a sense wire.
uint32_t gen_pinout_wire_of(const pinout_t *pinout, uint32_t row);

/// Write the four files.
void gen_pinout_write(const pinout_t *pinout, const char *gen_dir);

extern const char *const gen_pinout_source[];
extern const char *const gen_pinout_kind[];

#endif
