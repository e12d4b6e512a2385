/// Every pin of the ECU in words, generated from ecu_model/db/pinout.csv: do not edit.
#ifndef ECU_MODEL_GEN_PINOUT_TEXT_H
#define ECU_MODEL_GEN_PINOUT_TEXT_H

#include <stdint.h>

#include "pinout.h"

enum { PINOUT_PIN_COUNT = 169 };

typedef enum {
  PINOUT_SOURCE_SEED,      ///< as printed in the source
  PINOUT_SOURCE_CORRECTED, ///< a misprint of the source
  PINOUT_SOURCE_INFERRED,  ///< from the geometry of the other connectors
  PINOUT_SOURCE_ASSUMED    ///< the source says nothing
} pinout_source_t;

/// A pin of the ECU. Texts are never NULL.
typedef struct {
  const char *name; ///< "A12"
  char connector;   ///< 'A'..'E'
  uint8_t pin;
  uint8_t wire;   ///< index into pinout_wire, PINOUT_NONE if it is no sense wire
  uint8_t source; ///< pinout_source_t
  const char *tap;                   ///< "M8.T7"
  const char *kind;                  ///< "sense", "unused", "coil_out" ...
  const char *signal;                ///< "sense_lower", "coil_main_pos" ...
  const char *confidence;            ///< "printed", "high", "medium", "low"
  const char *verbatim;              ///< the source's own words
  const char *verbatim_connected_to; ///< and its second column
  const char *note;
} pinout_pin_t;

extern const pinout_pin_t pinout_pin[PINOUT_PIN_COUNT]; ///< by connector and pin

/// "seed", "corrected", "inferred", "assumed"; "?" iff there is no such source.
const char *pinout_source_name(uint32_t source);

/// "A12"; "?" iff there is no such wire.
const char *pinout_wire_name(uint32_t wire);

/// "M3C5"; "?" iff there is no such group.
const char *pinout_group_name(uint32_t group);

/// Index of the pin, wire or group called name, -1 iff there is none.
int32_t pinout_pin_find(const char *name);
int32_t pinout_wire_find(const char *name);
int32_t pinout_group_find(const char *name);

#endif
