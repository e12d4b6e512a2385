/// How checks, steps and events of a scenario stand: signs, colours and words for screens.
///
/// Model    a state is never told by colour alone: each has its own sign and its own word
/// Threads  pure functions
#ifndef GUI_CHECK_WORDS_H
#define GUI_CHECK_WORDS_H

#include <stddef.h>

#include "theme.h"
#include "view.h"

typedef enum {
  CHECK_IS_IDLE, ///< its time has not begun
  CHECK_IS_OPEN, ///< it is looked at, nothing decided
  CHECK_IS_PASSED,
  CHECK_IS_FAILED,
  CHECK_IS_UNDECIDED, ///< inconclusive, or the run broke off
  CHECK_STATE_COUNT
} check_state_t;

check_state_t check_state(const view_check_t *check);

const char *check_sign(check_state_t state); ///< one character, UTF-8
char check_letter(check_state_t state); ///< the same for terminals without UTF-8
const char *check_word(check_state_t state); ///< "passed"
theme_color_t check_color(check_state_t state);

/// "expect" "always" "never" "measure".
const char *check_kind_word(uint8_t kind);

/// "62.0 of 100 ms", "40 of 100 ms so far", or the state in a word.
void check_result_words(const view_check_t *check, uint64_t now_us, char *text, size_t text_bytes);

/// How many checks are in a state.
uint32_t check_count(const view_t *view, check_state_t state);

/// When an event of the plan happened; VIEW_NEVER iff it has not, as far as the view tells.
uint64_t check_event_us(const view_t *view, uint32_t event);

/// The fault that an event of the plan began, the newest; NULL iff none.
const view_fault_t *check_event_fault(const view_t *view, uint32_t event);

/// "open on wire.A12", "request drive": what an event does; "" where it only marks a moment.
void check_event_words(const view_t *view, uint32_t event, char *text, size_t text_bytes);

#endif
