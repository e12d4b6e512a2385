/// Multiplexing of a DBC: one switch, or switches on pages of others. Included by dbc.c only.
#ifndef SIM_CAN_DBC_MUX_H
#define SIM_CAN_DBC_MUX_H

#include "dbc_attribute.h"

/// M, m3, m3M or nothing in front of the colon.
static void read_mux(scan_t *scan, dbc_signal_t *signal) {
  char text[DBC_NAME_CHARS];
  signal->selector = -1;
  if (scan_peek(scan) == ':') return;
  const char *begin = scan->at;
  scan_name(scan, text);
  char *end = NULL;
  unsigned long page = strtoul(text + 1, &end, 10);
  int has_page = text[0] == 'm' && text[1] >= '0' && text[1] <= '9' && page <= UINT32_MAX / 2;
  if (strcmp(text, "M") == 0) {
    signal->mux = DBC_MUX_SWITCH;
  } else if (has_page && (*end == '\0' || strcmp(end, "M") == 0)) {
    signal->mux = *end == 'M' ? DBC_MUX_NESTED : DBC_MUX_PAGE;
    signal->page = (uint32_t)page;
  } else {
    scan->at = begin;
    scan_unexpected(scan, "M, m and a page, m, a page and M, or ':'");
  }
}

/// SG_MUL_VAL_ message signal switch 1-3, 7-7;
static void read_extended_mux(scan_t *scan) {
  dbc_t *dbc = scan->dbc;
  int32_t message = read_message_id(scan);
  int32_t index = read_signal_name(scan, message);
  int32_t selector = read_signal_name(scan, message);
  uint32_t first = dbc->range_count;
  do {
    dbc_range_t range = {.low = (uint32_t)scan_integer(scan, 0, UINT32_MAX)};
    scan_expect(scan, '-');
    range.high = (uint32_t)scan_integer(scan, 0, UINT32_MAX);
    if (range.high < range.low)
      scan_fail(scan, DBC_ERR_SYNTAX, "found pages %u-%u, allowed the lower one first",
                (unsigned)range.low, (unsigned)range.high);
    dbc->range = scan_grow(scan, dbc->range, sizeof *dbc->range, dbc->range_count,
                           &scan->range_room, DBC_VALUE_MAX, "ranges of pages");
    dbc->range[dbc->range_count++] = range;
  } while (scan_accept(scan, ','));
  scan_expect(scan, ';');
  if (index < 0) return;
  dbc_signal_t *signal = &dbc->signal[index];
  uint8_t selector_mux = dbc->signal[selector].mux;
  if (signal->mux < DBC_MUX_PAGE)
    scan_fail(scan, DBC_ERR_SYNTAX, "signal '%s' is on no page, allowed one with m", signal->name);
  if (selector_mux != DBC_MUX_SWITCH && selector_mux != DBC_MUX_NESTED)
    scan_fail(scan, DBC_ERR_SYNTAX, "signal '%s' is no multiplexer, allowed one with M",
              dbc->signal[selector].name);
  if (signal->range_count > 0)
    scan_fail(scan, DBC_ERR_SYNTAX, "pages of signal '%s' again, allowed once", signal->name);
  signal->selector = selector;
  signal->first_range = first;
  signal->range_count = dbc->range_count - first;
}

/// The one multiplexer of a message that is on no page, -1 iff there is none or more than one.
static int32_t plain_switch(const dbc_t *dbc, const dbc_message_t *message, uint32_t *count) {
  int32_t found = -1;
  *count = 0;
  for (uint32_t i = message->first_signal; i < message->first_signal + message->signal_count; i++) {
    if (dbc->signal[i].mux != DBC_MUX_SWITCH) continue;
    found = (int32_t)i;
    ++*count;
  }
  return *count == 1 ? found : -1;
}

/// Who selects a signal must in the end be selected by nobody.
static void check_chain(scan_t *scan, const dbc_message_t *message, const dbc_signal_t *signal) {
  const dbc_signal_t *at = signal;
  for (uint32_t depth = 0; depth <= message->signal_count; depth++) {
    if (at->selector < 0) return;
    at = &scan->dbc->signal[at->selector];
  }
  scan_fail(scan, DBC_ERR_SYNTAX, "signal '%s' selects itself, allowed a multiplexer above it",
            signal->name);
}

/// Pages need a switch.
static void finish_mux(scan_t *scan, const dbc_message_t *message) {
  uint32_t count;
  int32_t plain = plain_switch(scan->dbc, message, &count);
  for (uint32_t i = 0; i < message->signal_count; i++) {
    dbc_signal_t *signal = &scan->dbc->signal[message->first_signal + i];
    if (signal->mux < DBC_MUX_PAGE) continue;
    scan->line = signal->line;
    if (signal->range_count == 0) signal->selector = plain;
    if (signal->selector < 0 && count == 0)
      scan_fail(scan, DBC_ERR_SYNTAX, "signal '%s' has a page, but message '%s' no multiplexer",
                signal->name, message->name);
    if (signal->selector < 0)
      scan_fail(scan, DBC_ERR_SYNTAX,
                "signal '%s' has a page of one of %u multiplexers, allowed with SG_MUL_VAL_",
                signal->name, (unsigned)count);
  }
  for (uint32_t i = 0; i < message->signal_count; i++) {
    scan->line = scan->dbc->signal[message->first_signal + i].line;
    check_chain(scan, message, &scan->dbc->signal[message->first_signal + i]);
  }
}

#endif
