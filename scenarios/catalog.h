/// Lists for people and scripts: all signals, all faults, scenarios.
#ifndef SCENARIOS_CATALOG_H
#define SCENARIOS_CATALOG_H

#include <stdio.h>

#include "scenario.h"

/// Signals that match pattern (NULL: all), as a table or as a JSON array. Returns how many there
/// are.
uint32_t catalog_signals(FILE *file, const char *pattern, int is_json);

/// Every kind of fault with layer, targets, unit and range.
void catalog_faults(FILE *file, int is_json);

/// Scenarios with their number of runs, tags and requirements.
void catalog_scenarios(FILE *file, const scenario_t *const *scenario, uint32_t count, int is_json);

/// One thing that this machine has or lacks, for packsim doctor.
typedef struct {
  char name[32];
  uint8_t is_available;
  char detail[300];
} catalog_offer_t;

void catalog_offers(FILE *file, const catalog_offer_t *offer, uint32_t count, int is_json);

/// One figure, for packsim bench.
typedef struct {
  char name[40];
  double value;
  char unit[24];
  char help[100];
} catalog_figure_t;

/// machine: what they were taken on.
void catalog_figures(FILE *file, const char *machine, const catalog_figure_t *figure,
                     uint32_t count, int is_json);

#endif
