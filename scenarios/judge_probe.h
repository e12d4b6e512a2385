/// Reads probes: do the signals meet the comparison, and which is nearest to it.
///
/// Threads  pure functions
#ifndef SCENARIOS_JUDGE_PROBE_H
#define SCENARIOS_JUDGE_PROBE_H

#include "plan.h"

typedef struct {
  int is_true;
  double value; ///< that of the signal which decides
  uint16_t signal; ///< which one that is; PLAN_NONE: see judge_signal
} judge_reading_t;

/// What the signals are compared with now.
double judge_limit(const plan_probe_t *probe, const hil_t *hil);

int judge_compare(const plan_probe_t *probe, double limit, double value);

/// Any of the signals meets it; value is the one that comes nearest.
judge_reading_t judge_any(const scenario_plan_t *plan, const plan_probe_t *probe, const hil_t *hil);

/// All of them meet it; value is the one that comes nearest to not meeting it.
judge_reading_t judge_all(const scenario_plan_t *plan, const plan_probe_t *probe, const hil_t *hil);

/// The signal that a reading came from, while the world still shows it.
uint16_t judge_signal(const scenario_plan_t *plan, const plan_probe_t *probe, const hil_t *hil,
                      judge_reading_t reading);

/// ">", "<" and so on.
const char *judge_op_text(uint8_t op);

/// "FAULT" or "4.312 V".
void judge_value_text(uint16_t signal, double value, char *text, size_t text_bytes);

/// What a probe asks for: "> 4.25 V", "near 4 V +- 0.5".
void judge_wanted_text(const plan_probe_t *probe, uint16_t signal, const hil_t *hil, char *text,
                       size_t text_bytes);

#endif
