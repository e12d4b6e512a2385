/// How the pins lie in the housings of the ECU's connectors A to E.
///
/// Source   the pinout's source prints no drawing: the rows follow from the order in which the taps
///          of a module alternate between them
#ifndef SCENARIOS_CONNECTOR_H
#define SCENARIOS_CONNECTOR_H

#include <stdint.h>

#include "../ecu_model/gen/pinout_text.h"

enum { CONNECTOR_ROW_MAX = 4, CONNECTOR_COUNT = 5 };

typedef struct {
  char name;
  uint8_t row_count;
  uint8_t row_end[CONNECTOR_ROW_MAX]; ///< last pin of each row
  const char *title;
} connector_t;

extern const connector_t connector_face[CONNECTOR_COUNT];

/// The pin of a connector, NULL iff there is none.
const pinout_pin_t *connector_pin(char connector, uint32_t number);

#endif
