/// Reads pinout.csv and derives wires, groups and channels; refuses a pinout that does not close.
#include "gen_pinout.h"

#include <stdlib.h>
#include <string.h>

static const char *const column[] = {"connector",  "pin",      "tap",
                                     "kind",       "signal",   "source",
                                     "confidence", "verbatim", "verbatim_connected_to",
                                     "note"};
static const char *const connector[] = {"A", "B", "C", "D", "E", NULL};
static const char *const confidence[] = {"printed", "high", "medium", "low", NULL};
static const char *const section[] = {"sense_lower", "sense_upper", NULL};
const char *const gen_pinout_source[] = {"seed", "corrected", "inferred", "assumed", NULL};
const char *const gen_pinout_kind[] = {
    "sense",        "unused",     "power_in",    "power_out",    "ground",
    "bus",          "digital_in", "digital_out", "coil_out",     "analog_in",
    "high_voltage", "ntc",        "pwm_out",     "frequency_in", NULL};

static void pinout_add_wire(pinout_t *pinout, uint32_t row) {
  const csv_t *csv = &pinout->csv;
  const char *tap = csv->row[row].field[PIN_TAP];
  static const char allowed[] = "M1.T0 .. M8.T14";
  wire_t wire = {.row = row, .group_below = NONE, .group_above = NONE, .pair_wire = NONE};
  int is_tap = tap[0] == 'M' && tap[1] >= '1' && tap[1] <= '8' && tap[2] == '.' && tap[3] == 'T';
  size_t digits = is_tap ? strspn(tap + 4, "0123456789") : 0;
  if (digits < 1 || digits > 2 || tap[4 + digits] != '\0') csv_fail(csv, row, PIN_TAP, allowed);
  wire.module = (uint8_t)(tap[1] - '0');
  for (size_t i = 0; i < digits; i++) wire.tap = (uint8_t)(wire.tap * 10 + tap[4 + i] - '0');
  if (wire.tap > 14) csv_fail(csv, row, PIN_TAP, allowed);
  wire.section = (uint8_t)csv_choice(csv, row, PIN_SIGNAL, section);
  if (pinout->wire_count == WIRE_COUNT)
    gen_fail(csv->path, csv->row[row].line, "more than %d sense wires", WIRE_COUNT);
  pinout->wire[pinout->wire_count++] = wire;
}

static void pinout_read_row(pinout_t *pinout, uint32_t row) {
  const csv_t *csv = &pinout->csv;
  const csv_row_t *fields = &csv->row[row];
  (void)csv_choice(csv, row, PIN_CONNECTOR, connector);
  (void)csv_int(csv, row, PIN_PIN, 1, 60);
  (void)csv_choice(csv, row, PIN_SOURCE, gen_pinout_source);
  (void)csv_choice(csv, row, PIN_CONFIDENCE, confidence);
  for (uint32_t i = 0; i < row; i++) {
    if (strcmp(csv->row[i].field[PIN_CONNECTOR], fields->field[PIN_CONNECTOR]) == 0 &&
        strcmp(csv->row[i].field[PIN_PIN], fields->field[PIN_PIN]) == 0)
      csv_fail(csv, row, PIN_PIN, "each pin once");
  }
  const char *kind = gen_pinout_kind[csv_choice(csv, row, PIN_KIND, gen_pinout_kind)];
  if (strcmp(kind, "sense") == 0) {
    if (fields->field[PIN_CONNECTOR][0] == 'E')
      csv_fail(csv, row, PIN_KIND, "sense only on connectors A to D");
    pinout_add_wire(pinout, row);
  } else {
    if (fields->field[PIN_TAP][0] != '\0') csv_fail(csv, row, PIN_TAP, "a tap only for kind sense");
    int is_unused = strcmp(kind, "unused") == 0;
    if (is_unused != (fields->field[PIN_SIGNAL][0] == '\0'))
      csv_fail(csv, row, PIN_SIGNAL, "a name, and nothing for kind unused");
  }
}

/// Module, tap, lower section first: the order that fixes the wire index.
static int wire_order(const void *left, const void *right) {
  const wire_t *a = left;
  const wire_t *b = right;
  if (a->module != b->module) return a->module - b->module;
  if (a->tap != b->tap) return a->tap - b->tap;
  return a->section - b->section;
}

/// Wires first..first+count-1 are one module: number its inputs and find its pair.
static void pinout_link_module(pinout_t *pinout, uint32_t first, uint32_t count) {
  const csv_t *csv = &pinout->csv;
  module_t *module = &pinout->module[pinout->wire[first].module - 1];
  *module = (module_t){.first_wire = (uint8_t)first, .wire_count = (uint8_t)count};
  module->first_group = (uint8_t)pinout->group_count;
  if (count > AFE_INPUT_MAX + 1 || pinout->wire[first].tap != 0)
    csv_fail(csv, pinout->wire[first].row, PIN_TAP, "T0 in each module, at most 19 wires");
  for (uint32_t i = 1; i < count; i++) {
    wire_t *below = &pinout->wire[first + i - 1];
    wire_t *above = &pinout->wire[first + i];
    above->c_input = (uint8_t)i;
    if (above->section < below->section)
      csv_fail(csv, above->row, PIN_SIGNAL, "the upper section only above the lower one");
    if (above->tap == below->tap) {
      if (above->section == below->section || module->pair_channel != 0)
        csv_fail(csv, above->row, PIN_TAP, "a tap twice only at the border of the two sections");
      module->pair_channel = (uint8_t)i;
      below->pair_wire = (uint8_t)(first + i);
      above->pair_wire = (uint8_t)(first + i - 1);
      continue;
    }
    if (above->tap != below->tap + 1 || pinout->group_count == GROUP_COUNT)
      csv_fail(csv, above->row, PIN_TAP, "every tap of a module, 96 groups in all");
    uint8_t index = (uint8_t)pinout->group_count++;
    pinout->group[index] = (group_t){above->module, above->tap, (uint8_t)i,
                                     (uint8_t)(first + i - 1), (uint8_t)(first + i)};
    below->group_above = index;
    above->group_below = index;
    module->group_count++;
  }
}

static void pinout_link(pinout_t *pinout) {
  const char *path = pinout->csv.path;
  qsort(pinout->wire, pinout->wire_count, sizeof pinout->wire[0], wire_order);
  uint32_t first = 0;
  uint32_t module_count = 0;
  for (uint32_t i = 1; i <= pinout->wire_count; i++) {
    if (i < pinout->wire_count && pinout->wire[i].module == pinout->wire[first].module) continue;
    pinout_link_module(pinout, first, i - first);
    first = i;
    module_count++;
  }
  if (pinout->wire_count != WIRE_COUNT || module_count != MODULE_COUNT)
    gen_fail(path, 0, "found %u sense wires of %u modules, allowed %d of %d",
             (unsigned)pinout->wire_count, (unsigned)module_count, WIRE_COUNT, MODULE_COUNT);
  if (pinout->group_count != GROUP_COUNT)
    gen_fail(path, 0, "found %u groups, allowed %d", (unsigned)pinout->group_count, GROUP_COUNT);
}

uint32_t gen_pinout_wire_of(const pinout_t *pinout, uint32_t row) {
  for (uint32_t i = 0; i < pinout->wire_count; i++) {
    if (pinout->wire[i].row == row) return i;
  }
  return NONE;
}

void gen_pinout(const char *db_dir, const char *gen_dir) {
  static pinout_t pinout;
  pinout.csv = csv_read(db_dir, "pinout.csv", column, PIN_COLUMN_COUNT);
  for (uint32_t row = 0; row < pinout.csv.row_count; row++) pinout_read_row(&pinout, row);
  pinout_link(&pinout);
  gen_pinout_write(&pinout, gen_dir);
}
