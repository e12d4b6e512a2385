/// Reads the profile of ageing and turns distance into throughput.
#include "plan_age.h"

#include <math.h>
#include <stdio.h>

enum { CELLS_PARALLEL = PACK_CELL_COUNT / PACK_GROUP_COUNT };

/// An older car in mild weather: assumed, see docs/ageing.md.
static const double usual_temperature_degC = 25.0, usual_storage_pct = 70.0;
static const double usual_depth_pct = 50.0, usual_cycle_pct = 60.0;
static const double usual_distance_km = 15000.0, usual_consumption_Whpkm = 150.0;

static int has(const cJSON *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key) != NULL;
}

static int check(const plan_build_t *build, const cJSON *json, const json_path_t *path) {
  if (has(json, "throughput_Ah_per_year") &&
      (has(json, "distance_km_per_year") || has(json, "consumption_Wh_per_km"))) {
    return json_doc_refuse(build->doc, path, 0, build->error,
                           "throughput_Ah_per_year beside a distance or a consumption",
                           "throughput_Ah_per_year alone, or the other two");
  }
  const cJSON *cycle = cJSON_GetObjectItemCaseSensitive(json, "cycle_soc_pct");
  double depth_pct = plan_number(json, "dod_pct", usual_depth_pct);
  if (cycle == NULL ||
      (cycle->valuedouble >= depth_pct / 2.0 && cycle->valuedouble <= 100.0 - depth_pct / 2.0)) {
    return 0;
  }
  json_path_t place = json_path_key(path, "cycle_soc_pct");
  char allowed[100];
  snprintf(allowed, sizeof allowed, "%.10g..%.10g %% with a dod_pct of %.10g", depth_pct / 2.0,
           100.0 - depth_pct / 2.0, depth_pct);
  return plan_refuse(build, &place, cycle, allowed);
}

static int refuse_age(const plan_build_t *build, const json_path_t *path) {
  char allowed[160];
  snprintf(allowed, sizeof allowed, "none: cell file %s has no \"ageing\"", build->plan->cell.id);
  return json_doc_refuse(build->doc, path, 1, build->error, "an age", allowed);
}

/// A cell file need not say how its cell ages; such a cell has no age.
static int check_laws(const plan_build_t *build, const cJSON *pack, const json_path_t *path) {
  static const char *const places[] = {"groups", "cells"};
  if (build->plan->cell.ageing.reference_Ah > 0.0) {
    return 0;
  }
  if (has(pack, "age")) {
    json_path_t place = json_path_key(path, "age");
    return refuse_age(build, &place);
  }
  for (uint32_t p = 0; p < sizeof places / sizeof places[0]; p++) {
    const cJSON *map = cJSON_GetObjectItemCaseSensitive(pack, places[p]);
    json_path_t map_path = json_path_key(path, places[p]);
    for (const cJSON *item = map != NULL ? map->child : NULL; item != NULL; item = item->next) {
      json_path_t item_path = json_path_key(&map_path, item->string);
      json_path_t place = json_path_key(&item_path, "age_years");
      if (has(item, "age_years")) {
        return refuse_age(build, &place);
      }
    }
  }
  return 0;
}

/// Charge plus discharge of one cell: each km is taken out once and charged once.
static double throughput_Ah(const cell_params_t *type, const cJSON *json,
                            const ageing_profile_t *profile) {
  if (has(json, "throughput_Ah_per_year")) {
    return plan_number(json, "throughput_Ah_per_year", 0.0) / CELLS_PARALLEL;
  }
  double pack_V = PACK_GROUP_COUNT * ageing_condition(type, profile).cycle_mean_V;
  double distance_km = plan_number(json, "distance_km_per_year", usual_distance_km);
  double consumption_Whpkm = plan_number(json, "consumption_Wh_per_km", usual_consumption_Whpkm);
  return 2.0 * distance_km * consumption_Whpkm / pack_V / CELLS_PARALLEL;
}

static void read_profile(const cell_params_t *type, const cJSON *json, ageing_profile_t *profile) {
  double depth_pct = plan_number(json, "dod_pct", usual_depth_pct);
  double cycle_pct = fmin(fmax(usual_cycle_pct, depth_pct / 2.0), 100.0 - depth_pct / 2.0);
  profile->storage_degC = plan_number(json, "storage_temperature_degC", usual_temperature_degC);
  profile->storage_soc = plan_number(json, "storage_soc_pct", usual_storage_pct) / 100.0;
  profile->cycle_depth = depth_pct / 100.0;
  profile->cycle_soc = plan_number(json, "cycle_soc_pct", cycle_pct) / 100.0;
  profile->throughput_Ah_per_year = throughput_Ah(type, json, profile);
}

int plan_age_read(plan_build_t *build, const cJSON *pack, const json_path_t *path,
                  plan_age_t *age) {
  const cJSON *json = cJSON_GetObjectItemCaseSensitive(pack, "age");
  const cJSON *spread =
      cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(pack, "spread"), "age_pct");
  json_path_t place = json_path_key(path, "age");
  rng_t rng = rng_stream(build->plan->seed, "spread.age");
  if (check(build, json, &place) != 0 || check_laws(build, pack, path) != 0) {
    return -1;
  }
  read_profile(&build->plan->cell, json, &age->profile);
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    double difference = spread != NULL ? plan_draw(&rng, spread) / 100.0 : 0.0;
    age->years[c] = plan_number(json, "years", 0.0);
    age->rate[c] = fmax(1.0 + difference, 0.0);
  }
  return 0;
}

ageing_scale_t plan_age_scale(const plan_age_t *age, const cell_params_t *type, uint32_t cell) {
  ageing_state_t state = {.capacity_calendar = 0.0};
  if (age->years[cell] > 0.0) {
    ageing_forward(&state, &type->ageing, type, &age->profile, age->years[cell]);
  }
  return ageing_scale(&state, age->rate[cell]);
}
