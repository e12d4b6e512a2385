/// A line of JSON as it is written: text that grows, up to a bound.
///
/// Memory   control_text_free frees it; what goes beyond CONTROL_TEXT_MAX is left out, is_cut then
///          says so
/// Threads  one each
#ifndef SCENARIOS_CONTROL_TEXT_H
#define SCENARIOS_CONTROL_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { CONTROL_TEXT_MAX = 1 << 20 };

typedef struct {
  char *text; ///< ended by 0 unless NULL
  size_t bytes, room;
  uint8_t is_cut;
} control_text_t;

void control_text_free(control_text_t *to);
void control_text_clear(control_text_t *to); ///< empty, its memory stays
void control_text_add(control_text_t *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void control_text_raw(control_text_t *to, const void *bytes, size_t count); ///< as they are

/// A JSON text with its quotes; what is no UTF-8, as a text that was cut, becomes ?.
void control_text_string(control_text_t *to, const char *string);

/// A JSON number that gives the value back bit for bit; null iff it is not finite.
void control_text_number(control_text_t *to, double value);

#endif
