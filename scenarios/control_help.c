/// The commands of the control socket as tables: name, keys, what each is for.
#include <string.h>

#include "control_state.h"

enum { NEEDED = 1, EASY = 0, ACT = 1, LOOK = 0 };

#define COMMON                                                                                     \
  {"id", SCHEMA_SCALAR, EASY, 0, 0, 0, 0, 0, "comes back in the answer"}, {                        \
    "do", SCHEMA_TEXT, NEEDED, 1, 40, 0, 0, 0, "the command"                                       \
  }
#define TABLE(rows) rows, sizeof rows / sizeof rows[0]

static const schema_key_t until_keys[] = {
    {"signal", SCHEMA_TEXT, NEEDED, 1, 120, 0, 0, 0, "a signal, or a pattern with *: any of them"},
    {"gt", SCHEMA_SCALAR, EASY, 0, 0, 0, 0, 0, "greater than"},
    {"lt", SCHEMA_SCALAR, EASY, 0, 0, 0, 0, 0, "less than"},
    {"ge", SCHEMA_SCALAR, EASY, 0, 0, 0, 0, 0, "at least"},
    {"le", SCHEMA_SCALAR, EASY, 0, 0, 0, 0, 0, "at most"},
    {"eq", SCHEMA_SCALAR, EASY, 0, 0, 0, 0, 0, "equal to"},
    {"ne", SCHEMA_SCALAR, EASY, 0, 0, 0, 0, 0, "other than"},
    {"near", SCHEMA_SCALAR, EASY, 0, 0, 0, 0, 0, "within tolerance of"},
    {"tolerance", SCHEMA_NUMBER, EASY, 0, 1e12, "the signal's unit", 0, 0, "of near"}};
static const schema_t until_schema = {"a condition", TABLE(until_keys), 0, 0};

static const schema_key_t alone_keys[] = {COMMON};
static const schema_t help_schema = {"all commands and their keys", TABLE(alone_keys), 0, 0};
static const schema_t faults_schema = {"the faults that are there", TABLE(alone_keys), 0, 0};
static const schema_t pause_schema = {"the plant stands; whatever runs is over", TABLE(alone_keys),
                                      0, 0};
static const schema_t resume_schema = {"it goes on until something stops it", TABLE(alone_keys), 0,
                                       0};
static const schema_t status_schema = {"where the run is", TABLE(alone_keys), 0, 0};
static const schema_t end_schema = {"the run ends here and is judged", TABLE(alone_keys), 0, 0};

static const schema_key_t list_keys[] = {
    COMMON,
    {"what", SCHEMA_CHOICE, EASY, 0, 0, 0, "signals|faults|loads", 0, "default: signals"},
    {"filter", SCHEMA_TEXT, EASY, 1, 120, 0, 0, 0, "a pattern with * for names"},
    {"from", SCHEMA_INTEGER, EASY, 0, 1e6, 0, 0, 0, "go on where an answer's \"next\" says"}};
static const schema_t list_schema = {"what there is: name, unit, range, meaning", TABLE(list_keys),
                                     0, 0};

static const schema_key_t read_keys[] = {
    COMMON, {"signals", SCHEMA_TEXTS, NEEDED, 1, 120, 0, 0, 0, "names, or patterns with *"}};
static const schema_t read_schema = {"values of signals now", TABLE(read_keys), 0, 0};

static const schema_key_t watch_keys[] = {
    COMMON,
    {"signals", SCHEMA_TEXTS, NEEDED, 1, 120, 0, 0, 0, "names, or patterns with *"},
    {"every_ms", SCHEMA_INTEGER, EASY, 1, 3600000, "ms", 0, 0,
     "simulated time between two events; without it each change"},
    {"on_change", SCHEMA_BOOL, EASY, 0, 0, 0, 0, 0, "with every_ms: only what has changed"}};
static const schema_t watch_schema = {"events with values of signals", TABLE(watch_keys), 0, 0};

static const schema_key_t unwatch_keys[] = {
    COMMON,
    {"watch", SCHEMA_INTEGER, EASY, 1, 4e9, 0, 0, 0, "its number; without it all of this client"}};
static const schema_t unwatch_schema = {"no more of these events", TABLE(unwatch_keys), 0, 0};

static const schema_key_t load_keys[] = {
    COMMON,
    {"load", SCHEMA_ANY, NEEDED, 0, 0, 0, 0, 0,
     "as in a scenario's event: {\"current_A\": 50}; list loads has the keys"}};
static const schema_t load_schema = {"what vehicle, charger, lines and air do", TABLE(load_keys), 0,
                                     0};

static const schema_key_t fault_keys[] = {
    COMMON,
    {"fault", SCHEMA_ANY, NEEDED, 0, 0, 0, 0, 0,
     "as in a scenario's event: {\"target\": \"wire.A12\", \"type\": \"open\"}"},
    {"for_s", SCHEMA_NUMBER, EASY, 0.001, 1e6, "s", 0, 0, "how long it stays"}};
static const schema_t fault_schema = {"break something", TABLE(fault_keys), 0, 0};

static const schema_key_t clear_keys[] = {
    COMMON,
    {"target", SCHEMA_TEXT, EASY, 1, 60, 0, 0, 0, "or a pattern with *; without it all faults"}};
static const schema_t clear_schema = {"end faults, also a scenario's", TABLE(clear_keys), 0, 0};

static const schema_key_t run_keys[] = {
    COMMON,
    {"for_s", SCHEMA_NUMBER, NEEDED, 0.001, 1e6, "s", 0, 0, "then it pauses and this is answered"},
    {"until", SCHEMA_OBJECT, EASY, 0, 0, 0, 0, &until_schema, "or as soon as this is true"}};
static const schema_t run_schema = {"run for a time, then pause", TABLE(run_keys), 0, 0};

static const schema_key_t step_keys[] = {
    COMMON, {"ticks", SCHEMA_INTEGER, EASY, 1, 1e9, "ms", 0, 0, "default 1"}};
static const schema_t step_schema = {"run for some ticks of 1 ms, then pause", TABLE(step_keys), 0,
                                     0};

static const schema_key_t wait_keys[] = {
    COMMON,
    {"for_s", SCHEMA_NUMBER, NEEDED, 0.001, 1e6, "s", 0, 0, "at the longest"},
    {"until", SCHEMA_OBJECT, EASY, 0, 0, 0, 0, &until_schema, "what to wait for"}};
static const schema_t wait_schema = {"answered when it is so; the plant runs or stands as it does",
                                     TABLE(wait_keys), 0, 0};

static const schema_key_t speed_keys[] = {
    COMMON,
    {"value", SCHEMA_NUMBER, NEEDED, 0.01, 60, "times real time", 0, 0, "not in stepped time"}};
static const schema_t speed_schema = {"pace of the clock", TABLE(speed_keys), 0, 0};

static const schema_key_t name_keys[] = {
    COMMON, {"name", SCHEMA_ID, NEEDED, 1, 39, 0, 0, 0, "of the checkpoint"}};
static const schema_t checkpoint_schema = {"keep the whole state under a name", TABLE(name_keys), 0,
                                           0};
static const schema_t restore_schema = {"go back to a checkpoint", TABLE(name_keys), 0, 0};

static const schema_key_t save_keys[] = {
    COMMON, {"file", SCHEMA_TEXT, NEEDED, 1, 199, 0, 0, 0, "path, seen from the plant's folder"}};
static const schema_t save_schema = {"write the run so far as a scenario", TABLE(save_keys), 0, 0};

static const schema_key_t events_keys[] = {
    COMMON,
    {"on", SCHEMA_BOOL, NEEDED, 0, 0, 0, 0, 0, "true: from now on; false: no more"},
    {"frames", SCHEMA_BOOL, EASY, 0, 0, 0, 0, 0, "true: also each frame on the bus"}};
static const schema_t events_schema = {"the time line as events: faults, states, DTCs, checks",
                                       TABLE(events_keys), 0, 0};

static const schema_t scenario_schema = {"what runs, as the text of a scenario file",
                                         TABLE(alone_keys), 0, 0};
static const schema_key_t state_keys[] = {
    COMMON,
    {"layout", SCHEMA_TEXT, NEEDED, 16, 16, 0, 0, 0, "of the program that asks, as scenario says"}};
static const schema_t state_schema = {"the whole state as bytes, for the window of this program",
                                      TABLE(state_keys), 0, 0};

static const control_command_t commands[] = {
    {"help", &help_schema, LOOK, control_take_help},
    {"status", &status_schema, LOOK, control_take_status},
    {"list", &list_schema, LOOK, control_take_list},
    {"read", &read_schema, LOOK, control_take_read},
    {"watch", &watch_schema, LOOK, control_take_watch},
    {"unwatch", &unwatch_schema, LOOK, control_take_unwatch},
    {"events", &events_schema, LOOK, control_take_events},
    {"load", &load_schema, ACT, control_take_load},
    {"fault", &fault_schema, ACT, control_take_fault},
    {"clear", &clear_schema, ACT, control_take_clear},
    {"faults", &faults_schema, LOOK, control_take_faults},
    {"run", &run_schema, ACT, control_take_run},
    {"step", &step_schema, ACT, control_take_step},
    {"wait", &wait_schema, LOOK, control_take_wait},
    {"pause", &pause_schema, ACT, control_take_pause},
    {"resume", &resume_schema, ACT, control_take_resume},
    {"speed", &speed_schema, ACT, control_take_speed},
    {"checkpoint", &checkpoint_schema, ACT, control_take_checkpoint},
    {"restore", &restore_schema, ACT, control_take_restore},
    {"save", &save_schema, LOOK, control_take_save},
    {"scenario", &scenario_schema, LOOK, control_take_scenario},
    {"state", &state_schema, LOOK, control_take_state},
    {"end", &end_schema, ACT, control_take_end},
};

const control_command_t *control_command_at(uint32_t index) {
  return index < sizeof commands / sizeof commands[0] ? &commands[index] : NULL;
}

const control_command_t *control_command_find(const char *name) {
  for (uint32_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (strcmp(commands[i].name, name) == 0) return &commands[i];
  return NULL;
}

static const schema_t *of_event(const char *key) {
  return schema_find(schema_find(schema_scenario(), "events")->object, key)->object;
}

const schema_t *control_load_schema(void) { return of_event("load"); }
const schema_t *control_fault_schema(void) { return of_event("fault"); }

static const char *type_text(const schema_key_t *key) {
  static const char *const words[] = {
      [SCHEMA_NUMBER] = "number",      [SCHEMA_INTEGER] = "whole number",
      [SCHEMA_BOOL] = "true or false", [SCHEMA_ID] = "name",
      [SCHEMA_TEXT] = "text",          [SCHEMA_TEXTS] = "text or texts",
      [SCHEMA_CHOICE] = "one of",      [SCHEMA_SCALAR] = "value"};
  const char *word = key->type <= SCHEMA_SCALAR ? words[key->type] : NULL;
  return word != NULL ? word : "object";
}

static void add_keys(control_text_t *to, const schema_t *schema) {
  const char *comma = "";
  control_text_add(to, "\"keys\":[");
  for (uint32_t i = 0; i < schema->key_count; i++) {
    const schema_key_t *key = &schema->key[i];
    if (strcmp(key->key, "id") == 0 || strcmp(key->key, "do") == 0) continue;
    control_text_add(to, "%s{\"key\":\"%s\",\"type\":\"%s\",\"needed\":%s", comma, key->key,
                     type_text(key), key->is_required ? "true" : "false");
    if (key->type == SCHEMA_NUMBER || key->type == SCHEMA_INTEGER)
      control_text_add(to, ",\"min\":%.10g,\"max\":%.10g", key->min, key->max);
    if (key->choices != NULL && key->type == SCHEMA_CHOICE)
      control_text_add(to, ",\"choices\":\"%s\"", key->choices);
    control_text_add(to, ",\"what\":");
    control_text_string(to, key->help);
    control_text_add(to, "}");
    comma = ",";
  }
  control_text_add(to, "]");
}

control_status_t control_take_help(control_request_t *request) {
  control_text_t *to = &request->control->out;
  control_text_add(to, ",\"commands\":[");
  for (uint32_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    control_text_add(to, "%s{\"do\":\"%s\",\"what\":", i > 0 ? "," : "", commands[i].name);
    control_text_string(to, commands[i].schema->name);
    control_text_add(to, ",");
    add_keys(to, commands[i].schema);
    control_text_add(to, "}");
  }
  control_text_add(to, "]");
  return CONTROL_OK;
}
