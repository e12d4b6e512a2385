/// Orders the sense pins by module, tap and section, and counts groups from them.
#include "oracle_wires.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../ecu_model/gen/pinout_text.h"

static int by_place(const void *a, const void *b) {
  const oracle_wire_t *x = a, *y = b;
  if (x->module != y->module) return x->module < y->module ? -1 : 1;
  if (x->tap != y->tap) return x->tap < y->tap ? -1 : 1;
  return (int)x->is_upper - (int)y->is_upper;
}

static void collect(oracle_wires_t *wires) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < PINOUT_PIN_COUNT; i++) {
    const pinout_pin_t *pin = &pinout_pin[i];
    if (strcmp(pin->kind, "sense") != 0) continue;
    unsigned module, tap;
    if (count >= PINS_WIRE_COUNT || sscanf(pin->tap, "M%u.T%u", &module, &tap) != 2 || module < 1 ||
        module > PINS_MODULE_COUNT)
      abort();
    oracle_wire_t *wire = &wires->wire[count++];
    wire->module = module - 1;
    wire->tap = tap;
    wire->is_upper = strcmp(pin->signal, "sense_upper") == 0;
    wire->pin = pin->name;
  }
  if (count != PINS_WIRE_COUNT) abort();
}

static void count_groups(oracle_wires_t *wires) {
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    const oracle_wire_t *wire = &wires->wire[w];
    wires->group_count[wire->module] = wire->tap;
    if (!wire->is_upper) wires->middle_tap[wire->module] = wire->tap;
  }
}

void oracle_wires_read(oracle_wires_t *wires) {
  memset(wires, 0, sizeof *wires);
  collect(wires);
  qsort(wires->wire, PINS_WIRE_COUNT, sizeof wires->wire[0], by_place);
  count_groups(wires);
  uint32_t first = 0, group = 0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    oracle_wire_t *wire = &wires->wire[w];
    if (w > 0 && wire->module != wire[-1].module) {
      first = w;
      group += wires->group_count[wire[-1].module];
    }
    wire->first = first;
    wire->input = w - first;
    wire->is_doubled =
        (w > first && wire[-1].tap == wire->tap) ||
        (w + 1 < PINS_WIRE_COUNT && wire[1].module == wire->module && wire[1].tap == wire->tap);
    wire->is_at_top = wire->tap > 0 && !(wire->is_doubled && wire->is_upper);
    wire->group = group + wire->tap - wire->is_at_top;
  }
}

uint32_t oracle_wires_tap(uint32_t wire) {
  oracle_wires_t wires;
  oracle_wires_read(&wires);
  uint32_t tap = 0;
  for (uint32_t w = 0; w < wire; w++) {
    const oracle_wire_t *here = &wires.wire[w];
    tap += here[1].module != here->module || here[1].tap != here->tap;
  }
  return tap;
}
