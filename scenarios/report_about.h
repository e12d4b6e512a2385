/// What a run's scenario says of itself, for the report: why, tags, requirements.
///
/// Model    read from the scenario that the result holds, so that a report made later says the same
/// Threads  no state
#ifndef SCENARIOS_REPORT_ABOUT_H
#define SCENARIOS_REPORT_ABOUT_H

#include "report.h"
#include "scenario.h"

typedef struct {
  char why[400];
  uint32_t word_count;
  char word[SCENARIO_TAG_MAX + SCENARIO_REQUIREMENT_MAX][40]; ///< tags, then requirements
} report_about_t;

/// Of the run at index; empty where the result holds no scenario.
void report_about(const report_t *report, uint32_t index, report_about_t *about);

#endif
