/// Names that people use for places and states: groups, cells, wires, BMS states, qualities.
///
/// Threads  pure functions over constant tables
#ifndef SCENARIOS_NAMES_H
#define SCENARIOS_NAMES_H

#include <stdint.h>

/// Index of a group "M3C5", a cell "M3C5a", a wire "A12" (or "wire.A12"), a module "M3" or "3"; -1
/// iff none.
int32_t names_group(const char *name);
int32_t names_cell(const char *name);
int32_t names_wire(const char *name);
int32_t names_module(const char *name);

int names_is_group(const char *name);
int names_is_cell(const char *name);

/// "M3T5", taps in pack order; name holds at least 8 bytes.
void names_tap_text(uint32_t tap, char *name, uint32_t name_bytes);

/// "M3C5a"; name holds at least 8 bytes.
void names_cell_text(uint32_t cell, char *name, uint32_t name_bytes);

/// A set that a word stands for in sweeps: wires, wires_single, wires_doubled, groups, cells,
/// taps, modules, cycles. Number of members, 0 iff there is no such set; member index goes to name.
uint32_t names_set_count(const char *set);
void names_set_member(const char *set, uint32_t index, char *name, uint32_t name_bytes);

/// Number that a word means as the value of a signal ("FAULT" for bms.state, "A12" for a wire's
/// location). 0, or -1 iff the signal has no such word; words then lists what it has.
int names_value(const char *signal, const char *word, double *value, char *words,
                uint32_t word_bytes);

/// The word for a value of a signal ("FAULT", "A12") goes to word. 0, or -1 iff it has none.
int names_word(const char *signal, double value, char *word, uint32_t word_bytes);

/// 1 iff name is what pattern says; each * stands for one or more characters.
int names_match(const char *pattern, const char *name);

#endif
