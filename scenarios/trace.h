/// Traceability: requirement, rows of the tables, scenarios and measured reactions hang together.
///
/// Model    no orphan either way: every requirement has a scenario, and what a scenario or the
///          reaction table names is a requirement; every DTC is expected by a scenario that names
///          its requirement; every timed requirement is measured
/// Memory   the caller owns the scenarios; trace_free
#ifndef SCENARIOS_TRACE_H
#define SCENARIOS_TRACE_H

#include <stdio.h>

#include "../ecu_model/gen/dtc.h"
#include "scenario.h"

typedef struct {
  uint32_t scenario_count;
  const scenario_t *const *scenario;
  uint8_t *sees; ///< [scenario][DTC_COUNT]: a run of it expects the DTC
} trace_t;

/// Look at every run of the scenarios. 0, or -1 with the reason.
int trace_make(trace_t *trace, const scenario_t *const *scenario, uint32_t count,
               scenario_error_t *error);
void trace_free(trace_t *trace);

/// One line for each thing that hangs loose; how many there are. out may be NULL.
uint32_t trace_check(const trace_t *trace, FILE *out);

/// Requirement, its rows and scenarios: as text, or as a table for docs/fault-reactions.md.
void trace_print(const trace_t *trace, FILE *out);
void trace_markdown(const trace_t *trace, FILE *out);

#endif
