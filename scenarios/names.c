/// Looks up groups, cells, wires, modules and the words of signals.
#include "names.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/dtc.h"
#include "../ecu_model/gen/dtc_text.h"
#include "../ecu_model/gen/pinout.h"
#include "../ecu_model/gen/pinout_text.h"
#include "../ecu_model/pins.h"
#include "../sim/vehicle.h"

enum { CELL_COUNT = 2 * PINS_GROUP_COUNT };

/// Signals whose values have words: value n is the nth word.
typedef struct {
  const char *pattern;
  const char *words;
} vocabulary_t;

static const char state_words[] = "RESET|SELFTEST|STANDBY|PRECHARGE|DRIVE|CHARGE|BALANCE|OPENING|"
                                  "FAULT|SLEEP";
static const char request_words[] = "sleep|standby|drive|charge";
static const char level_words[] = "none|info|warning|fault";

static const vocabulary_t vocabularies[] = {
    {"bms.state", state_words},
    {"can.BMS_Status.state", state_words},
    {"can.BMS_Status.fault_level", level_words},
    {"bms.fault_level", level_words},
    {"can.VCM_Request.request", request_words},
    {"phys.request", request_words},
    {"can.node.*.state", "active|passive|off"},
    {"bms.wire.*.state", "ok|suspect|open"},
    {"bms.group.*.quality", "valid|suspect|stale|invalid|none"},
    {"bms.module.*.quality", "valid|suspect|stale|invalid|none"},
};

int names_match(const char *pattern, const char *name) {
  const char *star = NULL, *resume = NULL;
  while (*name != '\0') {
    if (*pattern == '*') {
      star = pattern++;
      resume = ++name;
    } else if (*pattern == *name) {
      pattern++;
      name++;
    } else if (star != NULL) {
      pattern = star + 1;
      name = ++resume;
    } else {
      return 0;
    }
  }
  return *pattern == '\0';
}

int32_t names_group(const char *name) { return pinout_group_find(name); }

int32_t names_cell(const char *name) {
  char group[8];
  size_t length = strlen(name);
  if (length < 2 || length > sizeof group) {
    return -1;
  }
  char side = name[length - 1];
  memcpy(group, name, length - 1);
  group[length - 1] = '\0';
  int32_t index = names_group(group);
  if (index < 0 || (side != 'a' && side != 'b')) {
    return -1;
  }
  return 2 * index + (side == 'b');
}

int32_t names_wire(const char *name) {
  return pinout_wire_find(strncmp(name, "wire.", 5) == 0 ? name + 5 : name);
}

int32_t names_module(const char *name) {
  if (name[0] == 'M') {
    name++;
  }
  if (name[0] < '1' || name[0] > '0' + PINS_MODULE_COUNT || name[1] != '\0') {
    return -1;
  }
  return name[0] - '1';
}

int names_is_group(const char *name) { return names_group(name) >= 0; }

int names_is_cell(const char *name) { return names_cell(name) >= 0; }

void names_cell_text(uint32_t cell, char *name, uint32_t name_bytes) {
  snprintf(name, name_bytes, "%s%c", pinout_group_name(cell / 2), cell % 2 == 0 ? 'a' : 'b');
}

void names_tap_text(uint32_t tap, char *name, uint32_t name_bytes) {
  uint32_t module = 1;
  while (module < PINS_MODULE_COUNT && tap >= pinout_module[module].first_group + module) {
    module++;
  }
  uint32_t number = tap - (pinout_module[module - 1].first_group + module - 1);
  snprintf(name, name_bytes, "M%uT%u", module, number);
}

static int wire_is_doubled(uint32_t wire) { return pinout_wire[wire].pair_wire != 0xFF; }

static uint32_t cycle_count(void) {
  uint32_t count = 0;
  while (cycle_at(count) != NULL) {
    count++;
  }
  return count;
}

/// The index-th wire that is doubled or not; PINS_WIRE_COUNT behind the last.
static uint32_t nth_wire(uint32_t index, int is_doubled) {
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    if (wire_is_doubled(w) == is_doubled && index-- == 0) {
      return w;
    }
  }
  return PINS_WIRE_COUNT;
}

static uint32_t wire_count(int is_doubled) {
  uint32_t count = 0;
  while (nth_wire(count, is_doubled) < PINS_WIRE_COUNT) {
    count++;
  }
  return count;
}

uint32_t names_set_count(const char *set) {
  if (strcmp(set, "wires") == 0) {
    return PINS_WIRE_COUNT;
  }
  if (strcmp(set, "wires_single") == 0) {
    return wire_count(0);
  }
  if (strcmp(set, "wires_doubled") == 0) {
    return wire_count(1);
  }
  if (strcmp(set, "groups") == 0) {
    return PINS_GROUP_COUNT;
  }
  if (strcmp(set, "cells") == 0) {
    return CELL_COUNT;
  }
  if (strcmp(set, "modules") == 0) {
    return PINS_MODULE_COUNT;
  }
  if (strcmp(set, "taps") == 0) {
    return PINS_TAP_COUNT;
  }
  return strcmp(set, "cycles") == 0 ? cycle_count() : 0;
}

void names_set_member(const char *set, uint32_t index, char *name, uint32_t name_bytes) {
  if (strcmp(set, "wires") == 0) {
    snprintf(name, name_bytes, "%s", pinout_wire_name(index));
  } else if (strncmp(set, "wires_", 6) == 0) {
    uint32_t wire = nth_wire(index, strcmp(set, "wires_doubled") == 0);
    snprintf(name, name_bytes, "%s", pinout_wire_name(wire));
  } else if (strcmp(set, "groups") == 0) {
    snprintf(name, name_bytes, "%s", pinout_group_name(index));
  } else if (strcmp(set, "cells") == 0) {
    names_cell_text(index, name, name_bytes);
  } else if (strcmp(set, "taps") == 0) {
    names_tap_text(index, name, name_bytes);
  } else if (strcmp(set, "modules") == 0) {
    snprintf(name, name_bytes, "%u", index + 1);
  } else {
    snprintf(name, name_bytes, "%s", cycle_at(index)->name);
  }
}

static const char contactors[] = "main_pos|main_neg|precharge"; ///< by coil

static const char *vocabulary_of(const char *signal) {
  for (size_t i = 0; i < sizeof vocabularies / sizeof vocabularies[0]; i++) {
    const char *pattern = vocabularies[i].pattern;
    if (strcmp(pattern, signal) == 0 || names_match(pattern, signal)) {
      return vocabularies[i].words;
    }
  }
  return NULL;
}

static int word_index(const char *words, const char *word) {
  size_t length = strlen(word);
  int index = 0;
  for (const char *at = words; length > 0; index++) {
    if (strncmp(at, word, length) == 0 && (at[length] == '|' || at[length] == '\0')) {
      return index;
    }
    at = strchr(at, '|');
    if (at == NULL) {
      break;
    }
    at++;
  }
  return -1;
}

/// 0, or -1 iff words (NULL: none) are fewer.
static int word_at(const char *words, uint32_t index, char *word, uint32_t word_bytes) {
  for (const char *at = words; at != NULL; at = strchr(at, '|')) {
    if (*at == '|') {
      at++;
    }
    if (index-- == 0) {
      snprintf(word, word_bytes, "%.*s", (int)strcspn(at, "|"), at);
      return 0;
    }
  }
  return -1;
}

/// What the place of a signal counts: a DTC's location, the index of an extreme group;
/// DTC_LOCATION_NONE iff the signal is no place.
static int place_kind(const char *signal) {
  size_t length = strlen(signal);
  if (strcmp(signal, "bms.group_max.index") == 0 || strcmp(signal, "bms.group_min.index") == 0) {
    return DTC_LOCATION_GROUP;
  }
  if (strncmp(signal, "dtc.", 4) != 0 || length < 14 ||
      strcmp(signal + length - 9, ".location") != 0) {
    return DTC_LOCATION_NONE;
  }
  char name[40];
  snprintf(name, sizeof name, "%.*s", (int)(length - 13), signal + 4);
  int32_t dtc = dtc_find(name);
  return dtc < 0 ? DTC_LOCATION_NONE : dtc_row[dtc].location;
}

static int place_value(int kind, const char *word, double *value) {
  int32_t index = kind == DTC_LOCATION_WIRE     ? names_wire(word)
                  : kind == DTC_LOCATION_GROUP  ? names_group(word)
                  : kind == DTC_LOCATION_MODULE ? names_module(word)
                                                : word_index(contactors, word);
  if (strcmp(word, "none") == 0) {
    index = 255;
  }
  *value = index;
  return index >= 0 ? 0 : -1;
}

static const char *place_words(int kind) {
  return kind == DTC_LOCATION_WIRE     ? "a sense pin such as A12, or none"
         : kind == DTC_LOCATION_GROUP  ? "a group M1C1..M8C14, or none"
         : kind == DTC_LOCATION_MODULE ? "a module M1..M8, or none"
                                       : "main_pos, main_neg, precharge, or none";
}

int names_value(const char *signal, const char *word, double *value, char *words,
                uint32_t word_bytes) {
  const char *vocabulary = vocabulary_of(signal);
  int kind = place_kind(signal);
  if (vocabulary != NULL) {
    int index = word_index(vocabulary, word);
    snprintf(words, word_bytes, "%s", vocabulary);
    *value = index;
    return index >= 0 ? 0 : -1;
  }
  if (kind != DTC_LOCATION_NONE) {
    snprintf(words, word_bytes, "%s", place_words(kind));
    return place_value(kind, word, value);
  }
  snprintf(words, word_bytes, "a number: %s has no words", signal);
  return -1;
}

static int place_word(int kind, uint32_t index, char *word, uint32_t word_bytes) {
  if (index == 255) {
    snprintf(word, word_bytes, "none");
  } else if (kind == DTC_LOCATION_WIRE && index < PINS_WIRE_COUNT) {
    snprintf(word, word_bytes, "%s", pinout_wire_name(index));
  } else if (kind == DTC_LOCATION_GROUP && index < PINS_GROUP_COUNT) {
    snprintf(word, word_bytes, "%s", pinout_group_name(index));
  } else if (kind == DTC_LOCATION_MODULE && index < PINS_MODULE_COUNT) {
    snprintf(word, word_bytes, "M%u", index + 1);
  } else if (kind == DTC_LOCATION_CONTACTOR) {
    return word_at(contactors, index, word, word_bytes);
  } else {
    return -1;
  }
  return 0;
}

int names_word(const char *signal, double value, char *word, uint32_t word_bytes) {
  const char *vocabulary = vocabulary_of(signal);
  int kind = place_kind(signal);
  if (!(value >= 0.0 && value <= 255.0)) {
    return -1;
  }
  uint32_t index = (uint32_t)value;
  if (kind != DTC_LOCATION_NONE) {
    return place_word(kind, index, word, word_bytes);
  }
  return word_at(vocabulary, index, word, word_bytes);
}
