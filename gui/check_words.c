/// Signs, colours and words of checks: see check_words.h.
#include "check_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  const char *sign, *word;
  char letter;
  uint8_t color; ///< theme_color_t
} state_row_t;

static const state_row_t states[CHECK_STATE_COUNT] = {
    [CHECK_IS_IDLE] = {"\xc2\xb7", "not yet", '.', THEME_SOFT},
    [CHECK_IS_OPEN] = {"\xe2\x80\xa6", "open", 'o', THEME_ACCENT},
    [CHECK_IS_PASSED] = {"\xe2\x9c\x93", "passed", '+', THEME_FINE},
    [CHECK_IS_FAILED] = {"\xe2\x9c\x97", "FAILED", 'X', THEME_BAD},
    [CHECK_IS_UNDECIDED] = {"?", "inconclusive", '?', THEME_WARN},
};

check_state_t check_state(const view_check_t *check) {
  if (!check->is_decided) return check->is_active ? CHECK_IS_OPEN : CHECK_IS_IDLE;
  if (check->verdict == VERDICT_PASS) return CHECK_IS_PASSED;
  return check->verdict == VERDICT_FAIL ? CHECK_IS_FAILED : CHECK_IS_UNDECIDED;
}

const char *check_sign(check_state_t state) { return states[state].sign; }
char check_letter(check_state_t state) { return states[state].letter; }
const char *check_word(check_state_t state) { return states[state].word; }
theme_color_t check_color(check_state_t state) { return (theme_color_t)states[state].color; }

const char *check_kind_word(uint8_t kind) {
  static const char *const words[] = {"expect", "always", "never", "measure"};
  return kind < sizeof words / sizeof words[0] ? words[kind] : "?";
}

void check_result_words(const view_check_t *check, uint64_t now_us, char *text, size_t text_bytes) {
  check_state_t state = check_state(check);
  int has_deadline = check->until_us != VIEW_NEVER && check->begin_us != VIEW_NEVER &&
                     check->until_us > check->begin_us && now_us >= check->begin_us;
  if (state == CHECK_IS_OPEN && check->kind == CHECK_EXPECT && check->has_margin) {
    snprintf(text, text_bytes, "%.5g of %.6g %s, holding", check->value, check->limit, check->unit);
  } else if (state == CHECK_IS_OPEN && check->kind == CHECK_EXPECT && has_deadline) {
    snprintf(text, text_bytes, "%.0f of %.6g ms so far", (double)(now_us - check->begin_us) / 1e3,
             (double)(check->until_us - check->begin_us) / 1e3);
  } else if (check->has_margin && state != CHECK_IS_IDLE) {
    snprintf(text, text_bytes, "%.5g of %.6g %s%s", check->value, check->limit, check->unit,
             state == CHECK_IS_OPEN ? " so far" : "");
  } else {
    snprintf(text, text_bytes, "%s", states[state].word);
  }
}

uint32_t check_count(const view_t *view, check_state_t state) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < view->check_count; i++) {
    count += check_state(&view->check[i]) == state;
  }
  return count;
}

const view_fault_t *check_event_fault(const view_t *view, uint32_t event) {
  const plan_event_t *of = &view->plan->event[event];
  for (uint32_t i = view->fault_count; of->has_fault && i-- > 0;) {
    if (!view->fault[i].is_by_user && strcmp(view->fault[i].id, of->id) == 0) {
      return &view->fault[i];
    }
  }
  return NULL;
}

uint64_t check_event_us(const view_t *view, uint32_t event) {
  const view_fault_t *fault = check_event_fault(view, event);
  if (fault != NULL) return fault->begin_us;
  for (uint32_t i = 0; i < view->mark_count; i++) {
    const view_mark_t *mark = &view->mark[i];
    int is_event = strcmp(mark->kind, "event") == 0 ||
                   (strcmp(mark->kind, "fault") == 0 && strcmp(mark->detail, "begins") == 0);
    if (is_event && strcmp(mark->name, view->plan->event[event].id) == 0) return mark->time_us;
  }
  return VIEW_NEVER;
}

void check_event_words(const view_t *view, uint32_t event, char *text, size_t text_bytes) {
  const plan_event_t *of = &view->plan->event[event];
  char target[64];
  text[0] = '\0';
  if (!of->has_fault) {
    plan_sets_words(view->plan, of->set_first, of->set_count, text, text_bytes);
    return;
  }
  faults_target_name((fault_on_t)of->fault.row->on, of->fault.target[0], target, sizeof target);
  int used = snprintf(text, text_bytes, "%s on %s", of->fault.row->name, target);
  if (used > 0 && (size_t)used < text_bytes && of->fault.target_count > 1) {
    used += snprintf(text + used, text_bytes - (size_t)used, " and %u more",
                     (unsigned)of->fault.target_count - 1);
  }
  if (used > 0 && (size_t)used < text_bytes && of->fault.row->unit[0] != '\0') {
    snprintf(text + used, text_bytes - (size_t)used, ", %.6g %s", of->fault.value,
             of->fault.row->unit);
  }
}
