/// Start of a run: cells with their spread and exceptions, air, supply, errors of the sensors.
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "cell_file.h"
#include "names.h"
#include "plan.h"
#include "plan_age.h"

/// What ageing does to a cell's value.
typedef enum { AGELESS, AGES_CAPACITY, AGES_RESISTANCE } field_ageing_t;

/// What a pack key does to a cell.
typedef struct {
  const char *key;
  size_t offset; ///< in pack_cell_init_t
  double scale;
  double min, max; ///< of the member; draws are kept inside
  int is_per_cell; ///< spread drawn for each cell, else for each group
  field_ageing_t ageing;
} cell_field_t;

static const cell_field_t fields[] = {
    {"soc_pct", offsetof(pack_cell_init_t, soc), 0.01, 0.0, 1.0, 0, AGELESS},
    {"temperature_degC", offsetof(pack_cell_init_t, temperature_degC), 1.0, -40.0, 80.0, 0,
     AGELESS},
    {"capacity_pct", offsetof(pack_cell_init_t, capacity_scale), 0.01, 0.3, 1.5, 1, AGES_CAPACITY},
    {"resistance_pct", offsetof(pack_cell_init_t, resistance_scale), 0.01, 0.3, 10.0, 1,
     AGES_RESISTANCE},
    {"self_discharge_pct", offsetof(pack_cell_init_t, self_discharge_scale), 0.01, 0.0, 1000.0, 1,
     AGELESS},
};
enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };

/// Age of the cells, and the values that are as written: no ageing comes on top of them.
typedef struct {
  plan_age_t age;
  uint8_t is_today[FIELD_COUNT][PACK_CELL_COUNT];
  double fresh[FIELD_COUNT][PACK_CELL_COUNT]; ///< of the new cell: 1 and its spread
} cell_lives_t;

/// Sensor keys: what they set, by place in scenario_plan_t.sensor.
static const char *const sensor_keys[] = {"current_offset_A", "current_gain_pct", "current_noise_A",
                                          "pack_gain_pct",    "pack_noise_V",     "link_gain_pct",
                                          "link_noise_V",     "ntc_offset_K",     "ntc_noise_K"};
enum { SENSOR_KEY_COUNT = sizeof sensor_keys / sizeof sensor_keys[0] };

static double *member(pack_cell_init_t *cell, const cell_field_t *field) {
  return (double *)(void *)((char *)cell + field->offset);
}

static void set_cell(pack_cell_init_t *cell, const cJSON *values) {
  for (uint32_t f = 0; f < FIELD_COUNT; f++) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(values, fields[f].key);
    if (value != NULL) {
      *member(cell, &fields[f]) = value->valuedouble * fields[f].scale;
    }
  }
}

double plan_draw(rng_t *rng, const cJSON *distribution) {
  if (strcmp(cJSON_GetObjectItemCaseSensitive(distribution, "dist")->valuestring, "normal") == 0) {
    return plan_number(distribution, "sd", 0.0) * rng_normal(rng);
  }
  return plan_number(distribution, "half", 0.0) * (2.0 * rng_uniform(rng) - 1.0);
}

static int check_spread(const plan_build_t *build, const cJSON *spread, const json_path_t *path) {
  for (const cJSON *item = spread->child; item != NULL; item = item->next) {
    json_path_t place = json_path_key(path, item->string);
    const char *dist = cJSON_GetObjectItemCaseSensitive(item, "dist")->valuestring;
    int is_normal = strcmp(dist, "normal") == 0;
    if (cJSON_GetObjectItemCaseSensitive(item, is_normal ? "sd" : "half") == NULL ||
        cJSON_GetObjectItemCaseSensitive(item, is_normal ? "half" : "sd") != NULL) {
      return json_doc_refuse(build->doc, &place, 0, build->error,
                             is_normal ? "a normal distribution" : "a uniform distribution",
                             is_normal ? "it with sd, without half" : "it with half, without sd");
    }
  }
  return 0;
}

static void apply_spread(plan_build_t *build, const cJSON *spread) {
  pack_config_t *pack = &build->plan->pack;
  for (uint32_t f = 0; f < FIELD_COUNT; f++) {
    const cJSON *distribution = cJSON_GetObjectItemCaseSensitive(spread, fields[f].key);
    char stream[48];
    snprintf(stream, sizeof stream, "spread.%s", fields[f].key);
    rng_t rng = rng_stream(build->plan->seed, stream);
    double difference = 0.0;
    for (uint32_t c = 0; c < PACK_CELL_COUNT && distribution != NULL; c++) {
      if (fields[f].is_per_cell || c % 2 == 0) {
        difference = plan_draw(&rng, distribution) * fields[f].scale;
      }
      double *value = member(&pack->cell[c], &fields[f]);
      *value = fmin(fmax(*value + difference, fields[f].min), fields[f].max);
    }
  }
}

static int load_cell_file(plan_build_t *build, const cJSON *pack, const json_path_t *path) {
  const cJSON *cell = cJSON_GetObjectItemCaseSensitive(pack, "cell");
  char file[512], reason[400], found[300];
  json_path_t place = json_path_key(path, "cell");
  const char *id = cell != NULL ? cell->valuestring : "soul_ev";
  if (cell_file_find(id, json_doc_file_at(build->doc, &place), file, sizeof file) != 0) {
    snprintf(found, sizeof found, "\"%s\"", id);
    return json_doc_refuse(build->doc, &place, 0, build->error, found,
                           "a name in data/cells (here, in PACKSIM_HOME or beside packsim), or a "
                           "cell file ending in .json, relative to this file");
  }
  if (cell_file_load(file, &build->plan->cell, reason, sizeof reason) != CELL_FILE_OK) {
    snprintf(build->error->text, sizeof build->error->text, "%s", reason);
    return -1;
  }
  return 0;
}

/// Values of a group or cell. Its own age counts from the new cell, its own figures are today's.
static void set_exception(pack_config_t *pack, cell_lives_t *lives, uint32_t cell,
                          const cJSON *values) {
  const cJSON *years = cJSON_GetObjectItemCaseSensitive(values, "age_years");
  for (uint32_t f = 0; f < FIELD_COUNT; f++) {
    if (years != NULL && fields[f].ageing != AGELESS) {
      lives->age.years[cell] = years->valuedouble;
      lives->is_today[f][cell] = 0;
      *member(&pack->cell[cell], &fields[f]) = lives->fresh[f][cell];
    }
    if (cJSON_GetObjectItemCaseSensitive(values, fields[f].key) != NULL) {
      lives->is_today[f][cell] = 1;
    }
  }
  set_cell(&pack->cell[cell], values);
}

static void apply_exceptions(plan_build_t *build, const cJSON *pack, cell_lives_t *lives) {
  const cJSON *groups = cJSON_GetObjectItemCaseSensitive(pack, "groups");
  const cJSON *cells = cJSON_GetObjectItemCaseSensitive(pack, "cells");
  pack_config_t *config = &build->plan->pack;
  for (const cJSON *item = groups != NULL ? groups->child : NULL; item != NULL; item = item->next) {
    uint32_t first = 2 * (uint32_t)names_group(item->string);
    set_exception(config, lives, first, item);
    set_exception(config, lives, first + 1, item);
  }
  for (const cJSON *item = cells != NULL ? cells->child : NULL; item != NULL; item = item->next) {
    set_exception(config, lives, (uint32_t)names_cell(item->string), item);
  }
}

/// What the cells were when new, and which figures of the pack are today's.
static void begin_lives(const pack_config_t *pack, const cJSON *json, const pack_cell_init_t *usual,
                        cell_lives_t *lives) {
  pack_cell_init_t typical = *usual;
  for (uint32_t f = 0; f < FIELD_COUNT; f++) {
    uint8_t is_today = cJSON_GetObjectItemCaseSensitive(json, fields[f].key) != NULL;
    for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
      pack_cell_init_t cell = pack->cell[c];
      lives->is_today[f][c] = is_today;
      lives->fresh[f][c] = 1.0 + (*member(&cell, &fields[f]) - *member(&typical, &fields[f]));
    }
  }
}

static void apply_age(plan_build_t *build, const cell_lives_t *lives) {
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    ageing_scale_t scale = plan_age_scale(&lives->age, &build->plan->cell, c);
    for (uint32_t f = 0; f < FIELD_COUNT; f++) {
      double *value = member(&build->plan->pack.cell[c], &fields[f]);
      if (fields[f].ageing == AGELESS || lives->is_today[f][c]) {
        continue;
      }
      *value *= fields[f].ageing == AGES_CAPACITY ? scale.capacity_scale : scale.resistance_scale;
      *value = fmin(fmax(*value, fields[f].min), fields[f].max);
    }
  }
}

static restbus_kind_t rest_bus_of(const cJSON *name) {
  if (name == NULL || strcmp(name->valuestring, "packsim") == 0) return RESTBUS_PACKSIM;
  return strcmp(name->valuestring, "soul-ev") == 0 ? RESTBUS_SOUL_EV : RESTBUS_NONE;
}

static void build_environment(plan_build_t *build) {
  const cJSON *air = cJSON_GetObjectItemCaseSensitive(build->root, "environment");
  const cJSON *sensors = cJSON_GetObjectItemCaseSensitive(build->root, "sensors");
  scenario_plan_t *plan = build->plan;
  plan->stimulus.ambient_degC = plan_number(air, "ambient_degC", 25.0);
  plan->stimulus.inlet_degC = plan_number(air, "inlet_degC", HIL_INLET_IS_AMBIENT);
  plan->stimulus.supply_V = plan_number(air, "supply_V", 13.2);
  plan->pack.ambient_degC = plan->stimulus.ambient_degC;
  plan->can_is_fd = plan_flag(air, "can_fd", 0) != 0;
  plan->rest_bus = (uint8_t)rest_bus_of(cJSON_GetObjectItemCaseSensitive(air, "rest_bus"));
  for (uint32_t i = 0; i < SENSOR_KEY_COUNT; i++) {
    plan->sensor[i] = plan_number(sensors, sensor_keys[i], 0.0);
  }
}

int plan_build_pack(plan_build_t *build) {
  const cJSON *pack = cJSON_GetObjectItemCaseSensitive(build->root, "pack");
  const cJSON *spread = cJSON_GetObjectItemCaseSensitive(pack, "spread");
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "pack");
  json_path_t spread_path = json_path_key(&path, "spread");
  pack_cell_init_t usual = pack_cell_usual();
  build_environment(build);
  if (load_cell_file(build, pack, &path) != 0) {
    return -1;
  }
  set_cell(&usual, pack);
  build->plan->pack.hysteresis = plan_number(pack, "hysteresis", 0.0);
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    build->plan->pack.cell[c] = usual;
  }
  if (spread != NULL) {
    if (check_spread(build, spread, &spread_path) != 0) {
      return -1;
    }
    apply_spread(build, spread);
  }
  cell_lives_t lives;
  if (plan_age_read(build, pack, &path, &lives.age) != 0) {
    return -1;
  }
  begin_lives(&build->plan->pack, pack, &usual, &lives);
  apply_exceptions(build, pack, &lives);
  apply_age(build, &lives);
  return 0;
}

void plan_set_sensors(const scenario_plan_t *plan, hil_t *hil) {
  const double *key = plan->sensor;
  sensors_t *sensors = &hil->sensors;
  sensor_error_t *current[] = {&sensors->current_low, &sensors->current_high};
  for (uint32_t i = 0; i < 2; i++) { /* member by member: the state is hashed with its padding */
    current[i]->offset = key[0];
    current[i]->gain_error = key[1] / 100.0;
    current[i]->noise_sd = key[2];
  }
  sensors->pack.gain_error = key[3] / 100.0;
  sensors->pack.noise_sd = key[4];
  sensors->link.gain_error = key[5] / 100.0;
  sensors->link.noise_sd = key[6];
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    sensors->module_ntc[m].offset = key[7];
    sensors->module_ntc[m].noise_sd = key[8];
  }
}
