/// Evaluates comparisons over one or many signals.
#include "judge_probe.h"

#include <math.h>
#include <stdio.h>

#include "names.h"

double judge_limit(const plan_probe_t *probe, const hil_t *hil) {
  if (probe->other == NULL) {
    return probe->value;
  }
  return signals_read(probe->other, hil) * probe->factor + probe->value;
}

int judge_compare(const plan_probe_t *probe, double limit, double value) {
  switch (probe->op) {
  case PLAN_GT:
    return value > limit;
  case PLAN_LT:
    return value < limit;
  case PLAN_GE:
    return value >= limit;
  case PLAN_LE:
    return value <= limit;
  case PLAN_EQ:
    return value >= limit && value <= limit;
  case PLAN_NE:
    return value < limit || value > limit;
  case PLAN_NEAR:
    return fabs(value - limit) <= probe->tolerance;
  default:
    return 0;
  }
}

static judge_reading_t extreme(const scenario_plan_t *plan, const plan_probe_t *probe,
                               const hil_t *hil, int wants_max) {
  const uint16_t *list = plan->probe_signal + probe->first;
  judge_reading_t reading = {.signal = list[0]};
  if (probe->is_run) {
    reading.value = signals_run_extreme(&probe->run, hil, wants_max);
    reading.signal = PLAN_NONE;
    return reading;
  }
  reading.value = signals_read(signals_at(list[0]), hil);
  for (uint32_t i = 1; i < probe->count; i++) {
    double value = signals_read(signals_at(list[i]), hil);
    int is_beyond = wants_max ? value > reading.value : value < reading.value;
    if (is_beyond || (isnan(reading.value) && !isnan(value))) {
      reading.value = value;
      reading.signal = list[i];
    }
  }
  return reading;
}

/// The first signal whose comparison comes out as wanted; the last one if none does.
static judge_reading_t first_with(const scenario_plan_t *plan, const plan_probe_t *probe,
                                  const hil_t *hil, int wanted) {
  const uint16_t *list = plan->probe_signal + probe->first;
  judge_reading_t reading = {.is_true = 0};
  double limit = judge_limit(probe, hil);
  for (uint32_t i = 0; i < probe->count; i++) {
    reading.signal = list[i];
    reading.value = signals_read(signals_at(list[i]), hil);
    reading.is_true = judge_compare(probe, limit, reading.value);
    if (reading.is_true == wanted) {
      break;
    }
  }
  return reading;
}

/// Of NEAR: the signal that lies farthest off or nearest. All of them with one that shows nothing
/// are not near.
static judge_reading_t by_deviation(const scenario_plan_t *plan, const plan_probe_t *probe,
                                    const hil_t *hil, int wants_farthest) {
  const uint16_t *list = plan->probe_signal + probe->first;
  double limit = judge_limit(probe, hil), best = (double)NAN;
  judge_reading_t reading = {.signal = list[0], .value = (double)NAN};
  for (uint32_t i = 0; i < probe->count; i++) {
    double value = signals_read(signals_at(list[i]), hil), deviation = fabs(value - limit);
    if (isnan(deviation) && wants_farthest) {
      return (judge_reading_t){.signal = list[i], .value = value};
    }
    int is_beyond = wants_farthest ? deviation > best : deviation < best;
    if (is_beyond || (isnan(best) && !isnan(deviation))) {
      best = deviation;
      reading.value = value;
      reading.signal = list[i];
    }
  }
  reading.is_true = judge_compare(probe, limit, reading.value);
  return reading;
}

/// The usual case.
static judge_reading_t read_only(const scenario_plan_t *plan, const plan_probe_t *probe,
                                 const hil_t *hil) {
  double value = signals_read(probe->only, hil);
  return (judge_reading_t){.is_true = judge_compare(probe, judge_limit(probe, hil), value),
                           .value = value,
                           .signal = plan->probe_signal[probe->first]};
}

static int op_is_order(uint8_t op) { return op <= PLAN_LE; }

static int op_looks_up(uint8_t op) { return op == PLAN_GT || op == PLAN_GE; }

judge_reading_t judge_any(const scenario_plan_t *plan, const plan_probe_t *probe,
                          const hil_t *hil) {
  if (probe->only != NULL) {
    return read_only(plan, probe, hil);
  }
  if (!op_is_order(probe->op)) {
    return probe->op == PLAN_NEAR ? by_deviation(plan, probe, hil, 0)
                                  : first_with(plan, probe, hil, 1);
  }
  judge_reading_t reading = extreme(plan, probe, hil, op_looks_up(probe->op));
  reading.is_true = judge_compare(probe, judge_limit(probe, hil), reading.value);
  return reading;
}

judge_reading_t judge_all(const scenario_plan_t *plan, const plan_probe_t *probe,
                          const hil_t *hil) {
  if (probe->only != NULL) {
    return read_only(plan, probe, hil);
  }
  if (!op_is_order(probe->op)) {
    return probe->op == PLAN_NEAR ? by_deviation(plan, probe, hil, 1)
                                  : first_with(plan, probe, hil, 0);
  }
  judge_reading_t reading = extreme(plan, probe, hil, !op_looks_up(probe->op));
  reading.is_true = judge_compare(probe, judge_limit(probe, hil), reading.value);
  return reading;
}

uint16_t judge_signal(const scenario_plan_t *plan, const plan_probe_t *probe, const hil_t *hil,
                      judge_reading_t reading) {
  if (reading.signal != PLAN_NONE) {
    return reading.signal;
  }
  return plan->probe_signal[probe->first + signals_run_place(&probe->run, hil, reading.value)];
}

const char *judge_op_text(uint8_t op) {
  static const char *const texts[] = {">", "<", ">=", "<=", "=", "other than", "near"};
  return texts[op];
}

void judge_value_text(uint16_t signal, double value, char *text, size_t text_bytes) {
  const signal_t *row = signals_at(signal);
  char word[40];
  if (isnan(value)) {
    snprintf(text, text_bytes, "nothing yet");
  } else if (names_word(row->name, value, word, sizeof word) == 0) {
    snprintf(text, text_bytes, "%s", word);
  } else {
    snprintf(text, text_bytes, "%.6g%s%s", value, row->unit[0] != '\0' ? " " : "", row->unit);
  }
}

void judge_wanted_text(const plan_probe_t *probe, uint16_t signal, const hil_t *hil, char *text,
                       size_t text_bytes) {
  char limit[64], tolerance[40] = "";
  judge_value_text(signal, judge_limit(probe, hil), limit, sizeof limit);
  if (probe->op == PLAN_NEAR) {
    snprintf(tolerance, sizeof tolerance, " +- %.6g", probe->tolerance);
  }
  snprintf(text, text_bytes, "%s %s%s", judge_op_text(probe->op), limit, tolerance);
}
