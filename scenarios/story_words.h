/// Says in words what an event waits for and what a check asks.
///
/// Threads  pure functions
#ifndef SCENARIOS_STORY_WORDS_H
#define SCENARIOS_STORY_WORDS_H

#include <stddef.h>

#include "plan.h"

enum { STORY_WORDS_BYTES = 400 };

/// The event or expectation that sets a mark.
const char *story_mark_name(const scenario_plan_t *plan, uint16_t mark);

/// "phys.group.M3C5.V > 4.3 V, rising".
void story_when_words(const scenario_plan_t *plan, uint32_t when, char *words, size_t words_bytes);

/// "contactor.main_pos.closed = 0 within 110 ms after ov, held 5 s".
void story_check_words(const scenario_plan_t *plan, const plan_check_t *check, char *words,
                       size_t words_bytes);

#endif
