/// What the bytes of the replies mean, as a tester knows them: local ids 01..05, identifiers.
///
/// Model    rows name byte, width, scale and unit; a reader of its own, it shares no code with the
///          server
/// Source   docs/diagnostics.md
#ifndef CLI_DIAG_VALUES_H
#define CLI_DIAG_VALUES_H

#include <stdint.h>

enum { DIAG_PAGE_COUNT = 5, DIAG_NAME_CHARS = 40, DIAG_TEXT_CHARS = 48 };

/// One value, ready to print.
typedef struct {
  char name[DIAG_NAME_CHARS]; ///< "soc_pct"
  const char *unit; ///< "" iff it has none
  char text[DIAG_TEXT_CHARS]; ///< a number, or null where there is no value
} diag_value_t;

typedef void (*diag_value_fn)(void *user, const diag_value_t *value);

/// Length of the reply to 21 page, 0 iff there is no such page.
uint32_t diag_values_page_bytes(uint32_t page);

/// Hand over all values of a reply to 21 page. -1 iff its length or head is not right.
int diag_values_page(uint32_t page, const uint8_t *reply, uint32_t count, diag_value_fn each,
                     void *user);

/// The page (1..5) that has a value of this name, 0 iff none has.
uint32_t diag_values_find(const char *name);

/// Identifiers: pairs of id and value in a reply to 22, or in a freeze frame. Returns the bytes
/// that one took, 0 iff the id is unknown or its bytes are not all there.
uint32_t diag_values_identifier(const uint8_t *bytes, uint32_t count, diag_value_fn each,
                                void *user);

/// The identifier called name (PACK_VOLTAGE, any case) or written as four hex digits; -1 iff there
/// is none.
int32_t diag_values_identifier_find(const char *name);

/// All identifiers as a table in Markdown, to stdout.
void diag_values_print_identifiers(void);

#endif
