/// Faces of the connectors: see connector.h.
#include "connector.h"

#include <stddef.h>

const connector_t connector_face[CONNECTOR_COUNT] = {
    {'A', 3, {8, 24, 35}, "M8, M7 and the upper half of M6; rows inferred"},
    {'B', 3, {6, 17, 26}, "the lower half of M6, and M5; rows inferred"},
    {'C', 3, {7, 19, 28}, "M4 and M3; rows inferred"},
    {'D', 3, {7, 19, 28}, "M2 and M1; pins 10 to 28 and rows inferred"},
    {'E', 4, {13, 26, 39, 52}, "low voltage; not in the source, assumed whole"},
};

const pinout_pin_t *connector_pin(char connector, uint32_t number) {
  for (uint32_t i = 0; i < PINOUT_PIN_COUNT; i++) {
    if (pinout_pin[i].connector == connector && pinout_pin[i].pin == number) return &pinout_pin[i];
  }
  return NULL;
}
