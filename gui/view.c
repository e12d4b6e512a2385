/// Questions to a view: see view.h.
#include "view.h"

#include <math.h>
#include <stdio.h>

const view_fault_t *view_fault_on(const view_t *view, fault_on_t on, uint32_t target) {
  for (uint32_t i = view->fault_count; i > 0; i--) {
    const view_fault_t *fault = &view->fault[i - 1];
    if (fault->row->on != on || fault->end_us != VIEW_NEVER) {
      continue;
    }
    if (fault->target == target || (fault->row->has_other && fault->other == target)) {
      return fault;
    }
    for (uint32_t e = 0; fault->target_count > 1 && e < view->plan->event_count; e++) {
      const fault_t *all = &view->plan->event[e].fault;
      if (all->row != fault->row || all->target[0] != fault->target) {
        continue;
      }
      for (uint32_t t = 0; t < all->target_count; t++) {
        if (all->target[t] == target) {
          return fault;
        }
      }
    }
  }
  return NULL;
}

double view_signal(const view_t *view, const char *name) {
  int32_t signal = signals_find(name);
  return signal >= 0 ? signals_read(signals_at((uint32_t)signal), &view->hil) : (double)NAN;
}

void view_fault_text(const view_fault_t *fault, char *text, uint32_t text_bytes) {
  char target[40], more[32] = "", value[40] = "";
  faults_target_name((fault_on_t)fault->row->on, fault->target, target, sizeof target);
  if (fault->target_count > 1) {
    snprintf(more, sizeof more, " and %u more", fault->target_count - 1U);
  }
  if (fault->row->unit[0] != '\0') {
    snprintf(value, sizeof value, ", %g %s", fault->value, fault->row->unit);
  }
  snprintf(text, text_bytes, "%s of %s%s%s", fault->row->name, target, more, value);
}
