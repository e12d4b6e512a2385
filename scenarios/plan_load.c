/// Load steps: which key changes what the script asks of the world.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "course.h"
#include "schema.h"

typedef enum {
  SET_F64, ///< a double of hil_stimulus_t
  SET_U8, ///< a flag of it
  SET_REQUEST,
  SET_CYCLE,
  SET_REPEAT,
  SET_PROFILE,
  SET_CHARGER_KIND
} set_kind_t;

typedef struct {
  const char *group; ///< object that holds the key, NULL: the load itself
  const char *key;
  set_kind_t kind;
  size_t offset;
} set_row_t;

#define AT(member) offsetof(hil_stimulus_t, member)

static const set_row_t rows[] = {
    {NULL, "request", SET_REQUEST, 0},
    {"drive", "cycle", SET_CYCLE, 0},
    {"drive", "repeat", SET_REPEAT, 0},
    {NULL, "current_A", SET_F64, AT(current_A)},
    {NULL, "power_W", SET_F64, AT(power_W)},
    {NULL, "resistance_ohm", SET_F64, AT(resistance_ohm)},
    {NULL, "aux_W", SET_F64, AT(aux_W)},
    {"profile", "source", SET_PROFILE, 0},
    {"charger", "kind", SET_CHARGER_KIND, AT(charger_kind)},
    {"charger", "current_A", SET_F64, AT(charger_current_A)},
    {"charger", "voltage_V", SET_F64, AT(charger_voltage_V)},
    {"charger", "obeys_bms", SET_U8, AT(charger_obeys)},
    {NULL, "obeys_limits", SET_U8, AT(obeys_limits)},
    {NULL, "gated", SET_U8, AT(load_is_gated)},
    {NULL, "clear_faults", SET_U8, AT(clear_faults)},
    {NULL, "ignition", SET_U8, AT(ignition_is_on)},
    {NULL, "charger_plugged", SET_U8, AT(charger_is_plugged)},
    {NULL, "hvil_closed", SET_U8, AT(hvil_is_closed)},
    {NULL, "crash", SET_U8, AT(crash_is_signalled)},
    {NULL, "kl30c", SET_U8, AT(kl30c_is_on)},
    {NULL, "ambient_degC", SET_F64, AT(ambient_degC)},
    {NULL, "inlet_degC", SET_F64, AT(inlet_degC)},
    {NULL, "fan_step", SET_F64, AT(fan_step)},
    {NULL, "heater", SET_U8, AT(heater_is_forced)},
    {NULL, "supply_V", SET_F64, AT(supply_V)},
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

_Static_assert(sizeof rows / sizeof rows[0] <= COURSE_FIELD_MAX, "a course for each field");

static int request_of(const char *word) {
  static const char *const words[] = {"sleep", "standby", "drive", "charge"};
  static const vcm_request_t requests[] = {VCM_SLEEP, VCM_STANDBY, VCM_DRIVE, VCM_CHARGE};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (strcmp(words[i], word) == 0) {
      return (int)requests[i];
    }
  }
  return (int)VCM_STANDBY;
}

static int refuse_cycle(const plan_build_t *build, const json_path_t *path, const cJSON *value) {
  char names[300] = "none";
  size_t used = strlen(names);
  for (uint32_t i = 0; cycle_at(i) != NULL && used < sizeof names; i++) {
    int printed = snprintf(names + used, sizeof names - used, ", %s", cycle_at(i)->name);
    used += printed > 0 ? (size_t)printed : 0;
  }
  return plan_refuse(build, path, value, names);
}

/// The kind that a charger's key names; a charger without the key is a fast charger.
static charger_kind_t kind_of(const cJSON *kind) {
  return cJSON_IsString(kind) && strcmp(kind->valuestring, "ac") == 0 ? CHARGER_AC : CHARGER_DC;
}

/// What the table of keys says of a field's value; a charger's limits are its kind's.
static course_range_t range_of(const set_row_t *row, const cJSON *holder) {
  const schema_key_t *load = schema_find(schema_scenario(), "load");
  const schema_t *object =
      row->group != NULL ? schema_find(load->object, row->group)->object : load->object;
  const schema_key_t *key = schema_find(object, row->key);
  course_range_t range = {key->min, key->max, key->unit, 1};
  if (row->offset == AT(charger_current_A) || row->offset == AT(charger_voltage_V)) {
    const charger_limits_t limits =
        charger_limits(kind_of(cJSON_GetObjectItemCaseSensitive(holder, "kind")));
    range.high = row->offset == AT(charger_current_A) ? limits.current_max_A : limits.voltage_max_V;
  }
  return range;
}

static int make_set(const plan_build_t *build, const set_row_t *row, const cJSON *value,
                    const json_path_t *path, plan_set_t *set) {
  set->field = (uint8_t)(row - rows);
  switch (row->kind) {
  case SET_U8:
    set->number = cJSON_IsTrue(value) ? 1.0 : 0.0;
    break;
  case SET_REQUEST:
    set->number = request_of(value->valuestring);
    break;
  case SET_CYCLE:
    if (strcmp(value->valuestring, "none") != 0) {
      set->cycle = cycle_find(value->valuestring);
      if (set->cycle == NULL) {
        return refuse_cycle(build, path, value);
      }
    }
    break;
  case SET_CHARGER_KIND:
    set->number = kind_of(value);
    break;
  case SET_PROFILE:
    set->number = strcmp(value->valuestring, "none") != 0 ? 1.0 : 0.0;
    break;
  case SET_F64:
  case SET_REPEAT:
    set->number = value->valuedouble;
    break;
  }
  return 0;
}

static int check_charger_limits(const plan_build_t *build, const cJSON *charger,
                                const json_path_t *path) {
  static const char *const keys[] = {"current_A", "voltage_V"};
  charger_kind_t kind = kind_of(cJSON_GetObjectItemCaseSensitive(charger, "kind"));
  const charger_limits_t limits = charger_limits(kind);
  const double max[] = {limits.current_max_A, limits.voltage_max_V};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(charger, keys[i]);
    if (cJSON_IsNumber(value) && value->valuedouble > max[i]) {
      json_path_t place = json_path_key(path, keys[i]);
      char allowed[60];
      snprintf(allowed, sizeof allowed, "0..%g for the kind %s", max[i],
               kind == CHARGER_AC ? "ac" : "dc");
      return plan_refuse(build, &place, value, allowed);
    }
  }
  return 0;
}

static int check_charger(const plan_build_t *build, const cJSON *charger, const json_path_t *path) {
  int is_off = strcmp(cJSON_GetObjectItemCaseSensitive(charger, "mode")->valuestring, "off") == 0;
  int has_current = cJSON_GetObjectItemCaseSensitive(charger, "current_A") != NULL;
  int has_voltage = cJSON_GetObjectItemCaseSensitive(charger, "voltage_V") != NULL;
  if (is_off ? has_current || has_voltage : !has_current || !has_voltage) {
    return json_doc_refuse(build->doc, path, 0, build->error,
                           is_off ? "mode off with figures" : "mode cccv without both figures",
                           is_off ? "off alone" : "cccv with current_A and voltage_V");
  }
  return is_off ? 0 : check_charger_limits(build, charger, path);
}

static int add_set(plan_build_t *build, const set_row_t *row, const cJSON *holder,
                   const cJSON *value, const json_path_t *path) {
  scenario_plan_t *plan = build->plan;
  uint32_t course = 0;
  if (cJSON_IsObject(value) &&
      course_add(build, value, path, range_of(row, holder), &course) != 0) {
    return -1;
  }
  plan_set_t *grown = plan_grow(plan->set, &plan->set_count, sizeof *grown);
  if (grown == NULL) {
    return plan_refuse(build, path, value, "less: no memory");
  }
  plan->set = grown;
  if (row->kind == SET_PROFILE && strcmp(value->valuestring, "none") != 0) {
    plan->needs_soul_drive = 1;
  }
  plan->set[plan->set_count - 1].course = course;
  return make_set(build, row, value, path, &plan->set[plan->set_count - 1]);
}

int plan_add_sets(plan_build_t *build, const cJSON *load, const json_path_t *path,
                  uint32_t *set_first, uint32_t *set_count) {
  static const cJSON zero = {.type = cJSON_Number};
  const cJSON *charger = cJSON_GetObjectItemCaseSensitive(load, "charger");
  json_path_t charger_path = json_path_key(path, "charger");
  *set_first = build->plan->set_count;
  if (charger != NULL && check_charger(build, charger, &charger_path) != 0) {
    return -1;
  }
  for (uint32_t i = 0; i < ROW_COUNT; i++) {
    const set_row_t *row = &rows[i];
    const cJSON *holder = load;
    json_path_t place = *path;
    if (row->group != NULL) {
      holder = cJSON_GetObjectItemCaseSensitive(load, row->group);
      place = json_path_key(path, row->group);
    }
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(holder, row->key);
    if (value == NULL && charger != NULL && holder == charger &&
        (row->kind == SET_CHARGER_KIND || row->offset == AT(charger_current_A))) {
      value = &zero;
    }
    place = json_path_key(&place, row->key);
    if (value != NULL && add_set(build, row, holder, value, &place) != 0) {
      return -1;
    }
  }
  *set_count = build->plan->set_count - *set_first;
  return 0;
}

static int compare_steps(const void *a, const void *b) {
  const plan_step_t *one = a, *other = b;
  if (one->at_us != other->at_us) {
    return one->at_us < other->at_us ? -1 : 1;
  }
  return one->set_first < other->set_first ? -1 : 1;
}

/// The cycle that a step begins, NULL: none; *is_set: it says something of the cycle.
static const cycle_t *cycle_of(const scenario_plan_t *plan, const plan_step_t *step, int *is_set,
                               uint32_t *repeat) {
  const cycle_t *cycle = NULL;
  *is_set = 0;
  *repeat = 1;
  for (uint32_t i = step->set_first; i < step->set_first + step->set_count; i++) {
    const plan_set_t *set = &plan->set[i];
    if (rows[set->field].kind == SET_CYCLE) {
      *is_set = 1;
      cycle = set->cycle;
    } else if (rows[set->field].kind == SET_REPEAT) {
      *repeat = (uint32_t)set->number;
    }
  }
  return cycle;
}

/// A cycle that is due while the one before it must still run.
static int refuse_overlap(const plan_build_t *build, const plan_step_t *step, uint64_t free_us) {
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "load");
  json_path_t place = json_path_index(&path, step->load_index);
  char found[80], allowed[120];
  place = json_path_key(&place, "drive");
  snprintf(found, sizeof found, "a cycle at %g s while another is driven",
           1e-6 * (double)step->at_us);
  snprintf(allowed, sizeof allowed, "from %g s on, or a drive with cycle none before",
           1e-6 * (double)free_us);
  return json_doc_refuse(build->doc, &place, 0, build->error, found, allowed);
}

static int check_cycles(const plan_build_t *build) {
  scenario_plan_t *plan = build->plan;
  uint64_t free_us = 0;
  for (uint32_t i = 0; i < plan->step_count; i++) {
    const plan_step_t *step = &plan->step[i];
    int is_set;
    uint32_t repeat;
    const cycle_t *cycle = cycle_of(plan, step, &is_set, &repeat);
    if (cycle != NULL) {
      if (step->at_us < free_us) {
        return refuse_overlap(build, step, free_us);
      }
      plan->last_cycle_us = step->at_us;
      free_us = step->at_us + repeat * vehicle_trace_us(cycle);
    } else if (is_set) {
      free_us = 0;
    }
  }
  return 0;
}

int plan_build_load(plan_build_t *build) {
  const cJSON *loads = cJSON_GetObjectItemCaseSensitive(build->root, "load");
  scenario_plan_t *plan = build->plan;
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "load");
  uint32_t index = 0;
  for (const cJSON *load = loads != NULL ? loads->child : NULL; load != NULL; load = load->next) {
    json_path_t place = json_path_index(&path, index);
    plan_step_t *grown = plan_grow(plan->step, &plan->step_count, sizeof *grown);
    if (grown == NULL) {
      return plan_refuse(build, &place, load, "less: no memory");
    }
    plan->step = grown;
    plan_step_t *step = &plan->step[plan->step_count - 1];
    step->at_us = plan_us(plan_number(load, "at_s", 0.0));
    step->load_index = index++;
    if (plan_add_sets(build, load, &place, &step->set_first, &step->set_count) != 0) {
      return -1;
    }
  }
  if (plan->step_count > 1) {
    qsort(plan->step, plan->step_count, sizeof plan->step[0], compare_steps);
  }
  return check_cycles(build);
}

void plan_set_value(uint32_t field, double value, hil_t *hil) {
  *(double *)(void *)((char *)&hil->stimulus + rows[field].offset) = value;
}

/// A plain value ends the field's course, another course takes its place.
static void set_number(const plan_set_t *set, courses_t *courses, hil_t *hil) {
  const hil_stimulus_t *stimulus = &hil->stimulus;
  size_t offset = rows[set->field].offset;
  course_run_t *run = &courses->field[set->field];
  courses->field_count -= run->course > 0 ? 1 : 0;
  *run = (course_run_t){.course = set->course, .start_us = hil->now_us};
  if (set->course == 0) {
    plan_set_value(set->field, set->number, hil);
    return;
  }
  courses->field_count++;
  run->from = *(const double *)(const void *)((const char *)stimulus + offset);
  if (offset == AT(inlet_degC) && run->from <= HIL_INLET_IS_AMBIENT) {
    run->from = stimulus->ambient_degC;
  }
}

int plan_begin_set(const plan_set_t *set, courses_t *courses, hil_t *hil) {
  hil_stimulus_t *stimulus = &hil->stimulus;
  const set_row_t *row = &rows[set->field];
  char *at = (char *)stimulus + row->offset;
  switch (row->kind) {
  case SET_F64:
    set_number(set, courses, hil);
    break;
  case SET_U8:
    *(uint8_t *)at = set->number > 0.0 ? 1 : 0;
    break;
  case SET_CHARGER_KIND:
    stimulus->charger_kind = (uint8_t)set->number;
    break;
  case SET_REQUEST:
    stimulus->request = (vcm_request_t)set->number;
    break;
  case SET_CYCLE:
    stimulus->cycle = set->cycle;
    stimulus->cycle_repeat_count = 1;
    if (set->cycle == NULL) {
      hil->vehicle.cycle = NULL; /* parked, whatever it was driving */
    }
    break;
  case SET_REPEAT:
    stimulus->cycle_repeat_count = (uint32_t)set->number;
    break;
  case SET_PROFILE:
    return set->number > 0.0 ? 1 : -1;
  }
  return 0;
}

int plan_begin_sets(const scenario_plan_t *plan, uint32_t first, uint32_t count, courses_t *courses,
                    hil_t *hil) {
  int profile = 0;
  for (uint32_t i = first; i < first + count; i++) {
    int begun = plan_begin_set(&plan->set[i], courses, hil);
    profile = begun != 0 ? begun : profile;
  }
  return profile;
}

int plan_make_set(const char *group, const char *key, double number, plan_set_t *set) {
  for (uint32_t i = 0; i < ROW_COUNT; i++) {
    const char *of = rows[i].group != NULL ? rows[i].group : "";
    if (strcmp(rows[i].key, key) == 0 && strcmp(of, group) == 0) {
      *set = (plan_set_t){.field = (uint8_t)i, .number = number};
      return 0;
    }
  }
  return -1;
}

int plan_apply_sets(const scenario_plan_t *plan, uint32_t first, uint32_t count, hil_t *hil) {
  courses_t none = {.fault = NULL};
  return plan_begin_sets(plan, first, count, &none, hil);
}

static void set_words(const plan_set_t *set, char *text, size_t text_bytes) {
  static const char *const requests[] = {[VCM_SLEEP] = "sleep",
                                         [VCM_STANDBY] = "standby",
                                         [VCM_DRIVE] = "drive",
                                         [VCM_CHARGE] = "charge"};
  const set_row_t *row = &rows[set->field];
  const char *word = NULL;
  if (row->kind == SET_REQUEST) {
    word = requests[(int)set->number];
  } else if (row->kind == SET_CYCLE) {
    word = set->cycle != NULL ? set->cycle->name : "none";
  } else if (row->kind == SET_CHARGER_KIND) {
    word = (int)set->number == CHARGER_AC ? "ac" : "dc";
  } else if (row->kind == SET_U8 || row->kind == SET_PROFILE) {
    word = set->number > 0.5 ? "yes" : "no";
  } else if (set->course > 0) {
    word = "moves";
  }
  int used = snprintf(text, text_bytes, "%s%s%s ", row->group != NULL ? row->group : "",
                      row->group != NULL ? "." : "", row->key);
  if (used < 0 || (size_t)used >= text_bytes) {
    return;
  }
  if (word != NULL) {
    snprintf(text + used, text_bytes - (size_t)used, "%s", word);
  } else {
    snprintf(text + used, text_bytes - (size_t)used, "%.6g", set->number);
  }
}

void plan_sets_words(const scenario_plan_t *plan, uint32_t first, uint32_t count, char *text,
                     size_t text_bytes) {
  size_t used = 0;
  text[0] = '\0';
  for (uint32_t i = 0; i < count && used + 3 < text_bytes; i++) {
    if (i > 0) {
      used += (size_t)snprintf(text + used, text_bytes - used, ", ");
    }
    set_words(&plan->set[first + i], text + used, text_bytes - used);
    used += strlen(text + used);
  }
}
