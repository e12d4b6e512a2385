/// Age of the cells at the start of a run: the profile of a scenario, and what it leaves of each.
///
/// Model    all cells live by one profile; each has its years and its own rate, drawn from
///          "spread.age". Ageing multiplies what a cell was when new
#ifndef SCENARIOS_PLAN_AGE_H
#define SCENARIOS_PLAN_AGE_H

#include "../sim/ageing.h"
#include "plan.h"

typedef struct {
  ageing_profile_t profile;
  double years[PACK_CELL_COUNT]; ///< the pack's; the caller changes those of single cells
  double rate[PACK_CELL_COUNT]; ///< 1: as the laws say
} plan_age_t;

/// Read pack.age and pack.spread.age_pct, for the cell type in the plan. 0, or -1 with the reason.
int plan_age_read(plan_build_t *build, const cJSON *pack, const json_path_t *path, plan_age_t *age);

/// Value today over value when new.
ageing_scale_t plan_age_scale(const plan_age_t *age, const cell_params_t *type, uint32_t cell);

#endif
