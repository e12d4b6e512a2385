/// The keys of a scenario file and of a suite file, each with type, unit, range and help.
#include "names.h"
#include "schema.h"

enum { NEEDED = 1, EASY = 0 };

#define NUMBER(key, low, high, unit, help)                                                         \
  { key, SCHEMA_NUMBER, EASY, low, high, unit, 0, 0, help }
#define WHOLE(key, low, high, unit, help)                                                          \
  { key, SCHEMA_INTEGER, EASY, low, high, unit, 0, 0, help }
#define TRUTH(key, help)                                                                           \
  { key, SCHEMA_BOOL, EASY, 0, 0, 0, 0, 0, help }
#define TEXT(key, length, help)                                                                    \
  { key, SCHEMA_TEXT, EASY, 1, length, 0, 0, 0, help }
#define TEXTS(key, length, help)                                                                   \
  { key, SCHEMA_TEXTS, EASY, 1, length, 0, 0, 0, help }
#define CHOICE(key, choices, help)                                                                 \
  { key, SCHEMA_CHOICE, EASY, 0, 0, 0, choices, 0, help }
#define OBJECT(key, object, help)                                                                  \
  { key, SCHEMA_OBJECT, EASY, 0, 0, 0, 0, object, help }
#define LIST(key, count, object, help)                                                             \
  { key, SCHEMA_LIST, EASY, 0, count, 0, 0, object, help }
#define MAP(key, object, help)                                                                     \
  { key, SCHEMA_MAP, EASY, 0, 0, 0, 0, object, help }
#define ID(help)                                                                                   \
  { "id", SCHEMA_ID, NEEDED, 1, 39, 0, 0, 0, help }
#define SCALAR(key, help)                                                                          \
  { key, SCHEMA_SCALAR, EASY, 0, 0, 0, 0, 0, help }
#define OPERATOR(key, help)                                                                        \
  { key, SCHEMA_SCALAR, EASY, 0, 0, 0, 0, &operand_schema, help }
#define MARK(key, help)                                                                            \
  { key, SCHEMA_TEXT, EASY, 1, 39, 0, 0, &when_schema, help }
#define MOVING(key, low, high, unit, help)                                                         \
  { key, SCHEMA_NUMBER, EASY, low, high, unit, 0, &course_schema, help }
#define ANY(key, help)                                                                             \
  { key, SCHEMA_ANY, EASY, 0, 0, 0, 0, 0, help }

#define TABLE(rows) rows, sizeof rows / sizeof rows[0]

/* ---- pack ---- */

#define CELL_KEYS                                                                                  \
  NUMBER("soc_pct", 0, 100, "%", "state of charge at the start"),                                  \
      NUMBER("temperature_degC", -40, 80, "degC", "temperature at the start"),                     \
      NUMBER("capacity_pct", 30, 150, "%",                                                         \
             "of the cell file's capacity, today: not aged further"),                              \
      NUMBER("resistance_pct", 30, 1000, "%",                                                      \
             "of the file's resistances, today: not aged further"),                                \
      NUMBER("self_discharge_pct", 0, 1e5, "%", "of the cell file's self-discharge")

static const schema_key_t cell_keys[] = {
    CELL_KEYS,
    NUMBER("age_years", 0, 50, "years", "instead of the pack's; counts from the new cell"),
};
static const schema_t cell_schema = {"start values", TABLE(cell_keys), 0, 0};
static const schema_key_t cell_map_keys[] = {OBJECT("*", &cell_schema, "start values")};
static const schema_t group_map = {"group", TABLE(cell_map_keys), names_is_group,
                                   "M1C1..M1C14, M2C1..M2C10, M3C1..M3C10, M4C1..M4C14, "
                                   "M5C1..M5C14, M6C1..M6C10, M7C1..M7C10, M8C1..M8C14"};
static const schema_t cell_map = {"cell", TABLE(cell_map_keys), names_is_cell,
                                  "a group's name M1C1..M8C14 with a or b behind it"};

static const schema_key_t dist_keys[] = {
    {"dist", SCHEMA_CHOICE, NEEDED, 0, 0, 0, "normal|uniform", 0, "shape of the distribution"},
    NUMBER("sd", 0, 50, "the key's unit", "standard deviation of the normal one"),
    NUMBER("half", 0, 50, "the key's unit", "half width of the uniform one"),
};
static const schema_t dist_schema = {"a distribution", TABLE(dist_keys), 0, 0};
static const schema_key_t spread_keys[] = {
    OBJECT("soc_pct", &dist_schema, "drawn for each group, in percent points"),
    OBJECT("temperature_degC", &dist_schema, "drawn for each group, in K"),
    OBJECT("capacity_pct", &dist_schema, "drawn for each cell, in percent points"),
    OBJECT("resistance_pct", &dist_schema, "drawn for each cell, in percent points"),
    OBJECT("age_pct", &dist_schema, "drawn for each cell: it ages by so many percent more"),
    OBJECT("self_discharge_pct", &dist_schema, "drawn for each cell, in percent points"),
};
static const schema_t spread_schema = {"a spread", TABLE(spread_keys), 0, 0};
static const schema_key_t age_keys[] = {
    {"years", SCHEMA_NUMBER, NEEDED, 0, 50, "years", 0, 0, "since the cells were new"},
    NUMBER("storage_temperature_degC", -30, 60, "degC", "of the cells over the year (default 25)"),
    NUMBER("storage_soc_pct", 0, 100, "%", "state of charge while parked (default 70)"),
    NUMBER("distance_km_per_year", 0, 1e6, "km", "driven (default 15000)"),
    NUMBER("consumption_Wh_per_km", 0, 2000, "Wh/km", "out of the pack (default 150)"),
    NUMBER("throughput_Ah_per_year", 0, 1e6, "Ah",
           "of the pack, charge and discharge; instead of distance and consumption"),
    NUMBER("dod_pct", 0, 100, "%", "depth of discharge of a cycle (default 50)"),
    NUMBER("cycle_soc_pct", 0, 100, "%",
           "mean of a cycle (default 60, or the nearest that dod_pct allows)"),
};
static const schema_t age_schema = {"an age", TABLE(age_keys), 0, 0};
static const schema_key_t pack_keys[] = {
    TEXT("cell", 255, "name of a cell in data/cells, or a cell file NAME.json beside this one"),
    CELL_KEYS,
    OBJECT("age", &age_schema, "years that take capacity and add resistance before the start"),
    NUMBER("hysteresis", -1, 1, "", "of all cells: -1 after a discharge, 1 after a charge"),
    MAP("groups", &group_map, "groups that start otherwise"),
    MAP("cells", &cell_map, "cells that start otherwise"),
    OBJECT("spread", &spread_schema, "random differences between cells"),
};
static const schema_t pack_schema = {"a pack", TABLE(pack_keys), 0, 0};

static const schema_key_t can_log_keys[] = {
    {"file", SCHEMA_TEXT, NEEDED, 1, 255, 0, 0, 0,
     "candump lines or pcap, beside this file; a bus.log of a run is one"},
    NUMBER("at_s", 0, 1000000, "s", "when its first frame is due (default 0)"),
    NUMBER("speed", 0.001, 1000, "", "of the log's own (default 1)"),
    TEXTS("ids", 8, "only these: 3 hex digits for standard ids, 8 for extended ones"),
};
static const schema_t can_log_schema = {"a log on the bus", TABLE(can_log_keys), 0, 0};

static const schema_key_t environment_keys[] = {
    NUMBER("ambient_degC", -40, 85, "degC", "air around the modules"),
    NUMBER("inlet_degC", -40, 85, "degC", "cooling air (default: the ambient's)"),
    NUMBER("supply_V", 0, 18, "V", "12 V supply of the ECU"),
    TRUTH("can_fd", "the bus carries FD frames, and the BMS uses them (default false)"),
    CHOICE("rest_bus", "packsim|soul-ev|none",
           "what vehicle and charger send beside VCM_Request: frames of our own DBC (default), "
           "those "
           "known of the real car, or nothing at all, VCM_Request neither"),
};
static const schema_t environment_schema = {"an environment", TABLE(environment_keys), 0, 0};

static const schema_key_t sensor_keys[] = {
    NUMBER("current_offset_A", -50, 50, "A", "of both ranges"),
    NUMBER("current_gain_pct", -20, 20, "%", "gain error of both ranges"),
    NUMBER("current_noise_A", 0, 50, "A", "standard deviation, both ranges"),
    NUMBER("pack_gain_pct", -20, 20, "%", "gain error of the pack voltage divider"),
    NUMBER("pack_noise_V", 0, 20, "V", "standard deviation"),
    NUMBER("link_gain_pct", -20, 20, "%", "gain error of the link voltage divider"),
    NUMBER("link_noise_V", 0, 20, "V", "standard deviation"),
    NUMBER("ntc_offset_K", -40, 40, "K", "of all module thermistors"),
    NUMBER("ntc_noise_K", 0, 10, "K", "standard deviation, module thermistors"),
};
static const schema_t sensor_schema = {"sensors", TABLE(sensor_keys), 0, 0};

/* ---- load ---- */

static const schema_key_t course_keys[] = {
    NUMBER("from", -1e9, 1e9, "the key's unit", "a ramp begins here (default: the value before)"),
    NUMBER("to", -1e9, 1e9, "the key's unit", "a ramp ends here"),
    NUMBER("over_s", 0.001, 1e6, "s", "how long the ramp takes"),
    {"points", SCHEMA_POINTS, EASY, 0, 0, 0, 0, 0, "seconds from the begin, and values"},
    TEXT("csv", 199, "a CSV file, relative to this one"),
    TEXT("column", 63, "of the CSV file: the values"),
    TEXT("unit", 15, "of the column"),
    TEXT("time_column", 63, "of the CSV file (default time_s)"),
    CHOICE("time_unit", "s|ms|min|h", "of the time column (default s)"),
    NUMBER("factor", -1e6, 1e6, "", "of the column, such as -1 for another sign"),
    CHOICE("shape", "lines|steps", "between the points (default lines)"),
    WHOLE("repeat", 1, 1e6, "times", "how often it is walked; then the last value stays"),
};
static const schema_t course_schema = {"a course", TABLE(course_keys), 0, 0};

static const schema_key_t drive_keys[] = {
    {"cycle", SCHEMA_TEXT, NEEDED, 1, 40, 0, 0, 0,
     "name of a drive cycle, or none: parked at once"},
    WHOLE("repeat", 1, 10000, "times", "how often it is driven"),
};
static const schema_t drive_schema = {"a drive", TABLE(drive_keys), 0, 0};
static const schema_key_t profile_keys[] = {
    {"source", SCHEMA_CHOICE, NEEDED, 0, 0, 0, "soul_ev_drive|none", 0, "a measured current"},
};
static const schema_t profile_schema = {"a profile", TABLE(profile_keys), 0, 0};
static const schema_key_t charger_keys[] = {
    {"mode", SCHEMA_CHOICE, NEEDED, 0, 0, 0, "off|cccv", 0, "what the charger does"},
    CHOICE(
        "kind", "dc|ac",
        "dc: fast charger, to 200 A and 500 V (default); ac: on board, to 35 A, 450 V and 6.6 kW "
        "from the grid"),
    MOVING("current_A", 0, 400, "A", "constant-current limit"),
    MOVING("voltage_V", 0, 500, "V", "constant-voltage limit"),
    TRUTH("obeys_bms", "it follows the published limits (default true)"),
};
static const schema_t charger_schema = {"a charger", TABLE(charger_keys), 0, 0};

#define LOAD_KEYS                                                                                  \
  CHOICE("request", "sleep|standby|drive|charge", "what the vehicle controller asks for"),         \
      OBJECT("drive", &drive_schema,                                                               \
             "a drive cycle, from when the BMS reports drive and the one before is over"),         \
      MOVING("current_A", -1000, 1000, "A", "constant current, > 0 discharges"),                   \
      MOVING("power_W", -200000, 200000, "W", "constant power, > 0 discharges"),                   \
      MOVING("resistance_ohm", 0, 1e6, "ohm", "resistive load, 0: none"),                          \
      MOVING("aux_W", 0, 10000, "W", "auxiliaries beside load and cycle"),                         \
      OBJECT("profile", &profile_schema, "a measured current"),                                    \
      OBJECT("charger", &charger_schema, "a charger on the link"),                                 \
      TRUTH("obeys_limits", "vehicle and loads keep to the published limits (default true)"),      \
      TRUTH("gated", "loads act only in drive and charge (default true)"),                         \
      TRUTH("clear_faults", "ask the BMS to clear latched faults"),                                \
      TRUTH("ignition", "ignition line (default true)"),                                           \
      TRUTH("charger_plugged", "charger plug line (default false)"),                               \
      TRUTH("hvil_closed", "interlock loop (default true)"),                                       \
      TRUTH("crash", "crash line (default false)"),                                                \
      TRUTH("kl30c", "supply of the contactors (default true)"),                                   \
      MOVING("ambient_degC", -40, 85, "degC", "air around the modules"),                           \
      MOVING("inlet_degC", -40, 85, "degC", "cooling air"),                                        \
      WHOLE("fan_step", -1, 9, "", "fan step whatever the ECU commands; -1: as it commands"),      \
      TRUTH("heater", "heater mats on whatever the ECU commands (default false)"),                 \
      MOVING("supply_V", 0, 18, "V", "12 V supply of the ECU")

static const schema_key_t load_keys[] = {
    {"at_s", SCHEMA_NUMBER, NEEDED, 0, 1e6, "s", 0, 0, "when it begins"}, LOAD_KEYS};
static const schema_t load_schema = {"a load step", TABLE(load_keys), 0, 0};
static const schema_key_t event_load_keys[] = {LOAD_KEYS};
static const schema_t event_load_schema = {"a load", TABLE(event_load_keys), 0, 0};

/* ---- events ---- */

static const schema_key_t operand_keys[] = {
    {"signal", SCHEMA_TEXT, NEEDED, 1, 120, 0, 0, 0, "one signal"},
    NUMBER("factor", -1e9, 1e9, "", "it is multiplied by this (default 1)"),
    NUMBER("plus", -1e9, 1e9, "the signal's unit", "and this is added (default 0)"),
};
static const schema_t operand_schema = {"another signal", TABLE(operand_keys), 0, 0};

#define OP_KEYS                                                                                    \
  OPERATOR("gt", "greater than"), OPERATOR("lt", "less than"), OPERATOR("ge", "at least"),         \
      OPERATOR("le", "at most"), OPERATOR("eq", "equal to"), OPERATOR("ne", "other than"),         \
      OPERATOR("near", "within tolerance of"),                                                     \
      NUMBER("tolerance", 0, 1e12, "the signal's unit", "of near")

#define WHEN_KEYS                                                                                  \
  OP_KEYS, CHOICE("of", "any|all", "of the signals of a pattern"),                                 \
      CHOICE("edge", "level|rising|falling|either",                                                \
             "level: true now (default); the others: a moment that has been"),                     \
      NUMBER("for_s", 0, 1e6, "s", "how long it must hold without a break"),                       \
      NUMBER("for_ms", 0, 1e9, "ms", "the same in ms"),                                            \
      WHOLE("times", 1, 1e6, "", "the n-th time that this happens (default 1)"),                   \
      LIST("all", 16, &when_schema, "all of these"),                                               \
      LIST("any", 16, &when_schema, "one of these"), OBJECT("not", &when_schema, "not this")

static const schema_t when_schema;
static const schema_key_t when_keys[] = {
    NUMBER("at_s", 0, 1e6, "s", "time from the start"),
    TEXT("signal", 120, "a signal, or a pattern with *: any of them"),
    TEXT("after", 39, "id of an event or expectation"),
    NUMBER("plus_s", 0, 1e6, "s", "delay behind after"),
    WHEN_KEYS,
};
static const schema_t when_schema = {"a condition", TABLE(when_keys), 0, 0};

static const schema_key_t chatter_keys[] = {
    {"freq_Hz", SCHEMA_NUMBER, NEEDED, 0.1, 500, "Hz", 0, 0, "how often it comes and goes"},
    {"duty", SCHEMA_NUMBER, NEEDED, 0, 1, "", 0, 0, "share of the time that it is there"},
    {"jitter", SCHEMA_NUMBER, 0, 0, 1, "", 0, 0,
     "how far in its period it may begin, of the room that duty leaves; drawn anew in each period"},
};
static const schema_t chatter_schema = {"chatter", TABLE(chatter_keys), 0, 0};
static const schema_key_t fault_keys[] = {
    {"target", SCHEMA_TEXTS, NEEDED, 1, 60, 0, 0, 0, "what breaks: wire.A12, phys.cell.M3C5a"},
    {"type", SCHEMA_TEXT, NEEDED, 1, 40, 0, 0, 0, "how: see packsim faults"},
    {"value_*", SCHEMA_ANY, EASY, 0, 0, 0, "number, or an object: a course", &course_schema,
     "how much, with the unit of the fault type"},
    TEXT("other", 60, "the second target of a short or a swap"),
    OBJECT("chatter", &chatter_schema, "the fault comes and goes"),
};
static const schema_t fault_schema = {"a fault", TABLE(fault_keys), 0, 0};
static const schema_key_t event_keys[] = {
    ID("name of the event"),
    {"when", SCHEMA_OBJECT, NEEDED, 0, 0, 0, 0, &when_schema, "when it happens, once"},
    NUMBER("for_s", 0.001, 1e6, "s", "how long the fault stays; without it to the end"),
    OBJECT("fault", &fault_schema, "what breaks"),
    OBJECT("load", &event_load_schema, "how the load changes"),
};
static const schema_t event_schema = {"an event", TABLE(event_keys), 0, 0};

/* ---- checks ---- */

#define SPAN_KEYS                                                                                  \
  MARK("after", "id of an event or expectation, or a condition; without it from the start"),       \
      MARK("until", "id of an event or expectation, or a condition behind after"),                 \
      NUMBER("from_s", 0, 1e6, "s", "not looked at before")

static const schema_key_t count_keys[] = {
    WHOLE("min", 0, 1e6, "times", "at least so often (default 0)"),
    WHOLE("max", 0, 1e6, "times", "at most so often"),
};
static const schema_t count_schema = {"a count", TABLE(count_keys), 0, 0};
static const schema_key_t expect_keys[] = {
    ID("name of the expectation"),
    MARK("after", "id of an event or expectation, or a condition; without it from the start"),
    MARK("until", "it must be true before this: an id, or a condition behind after"),
    TEXT("signal", 120, "a signal, or a pattern with *: all of them"),
    WHEN_KEYS,
    {"count", SCHEMA_INTEGER, EASY, 0, 1e6, "times", 0, &count_schema,
     "how often it must come true until within_ms, until or the end of the run"},
    TEXTS("order", 39, "ids of events and expectations that must happen in this order"),
    NUMBER("within_ms", 0, 1e9, "ms", "deadline behind after; without it the end of the run"),
    NUMBER("not_before_ms", 0, 1e9, "ms", "it must not be true earlier"),
    NUMBER("holds_s", 0, 1e6, "s", "how long it must then stay true"),
    TRUTH("at_end", "looked at once, at the end of the run"),
};
static const schema_t expect_schema = {"an expectation", TABLE(expect_keys), 0, 0};
static const schema_key_t always_keys[] = {
    ID("name of the check"),
    TEXT("signal", 120, "a signal, or a pattern with *: all of them"),
    WHEN_KEYS,
    SPAN_KEYS,
    TEXT("can_period", 40, "name of a message of the DBC"),
    NUMBER("ms", 1, 1e6, "ms", "its period"),
    NUMBER("tolerance_ms", 0, 1e6, "ms", "allowed deviation of each period"),
};
static const schema_t always_schema = {"an invariant", TABLE(always_keys), 0, 0};
static const schema_key_t never_keys[] = {
    ID("name of the check"),
    TEXTS("signal", 120, "signals or patterns with *: any of them"),
    WHEN_KEYS,
    SPAN_KEYS,
};
static const schema_t never_schema = {"a prohibition", TABLE(never_keys), 0, 0};
static const schema_key_t measure_keys[] = {
    ID("name of the figure"),
    MARK("from", "id of an event or expectation, or a condition"),
    MARK("to", "id of an event or expectation, or a condition behind from"),
    NUMBER("limit_ms", 0, 1e9, "ms", "the time may not be longer"),
    TEXT("signal", 120, "a signal to take statistics of"),
    CHOICE("stat", "min|max|mean|rms|last", "which"),
    CHOICE("against", "soul_ev_drive", "RMS error of signal against measured values"),
    OP_KEYS,
    SPAN_KEYS,
};
static const schema_t measure_schema = {"a measurement", TABLE(measure_keys), 0, 0};

/* ---- end, sweep, top ---- */

static const schema_key_t end_after_keys[] = {
    {"event", SCHEMA_TEXT, NEEDED, 1, 39, 0, 0, 0, "id of an event or expectation"},
    NUMBER("plus_s", 0, 1e6, "s", "delay behind it"),
};
static const schema_t end_after_schema = {"an end", TABLE(end_after_keys), 0, 0};
static const schema_key_t end_keys[] = {
    {"at_s", SCHEMA_NUMBER, NEEDED, 0.001, 1e6, "s", 0, 0, "the latest end"},
    OBJECT("or_after", &end_after_schema, "an earlier end"),
    OBJECT("or_when", &when_schema, "an earlier end: when this is true"),
    TRUTH("or_cycle_done", "an earlier end: the drive cycles of the load are over"),
    NUMBER("plus_s", 0, 1e6, "s", "delay behind the drive cycle's end"),
};
static const schema_t end_schema = {"an end", TABLE(end_keys), 0, 0};

static const schema_key_t axis_keys[] = {
    ANY("*", "values, a set such as wires, a pattern such as wire.A*, or a range from, to, step")};
static const schema_t axis_map = {"path", TABLE(axis_keys), 0, "a path or a $variable"};
static const schema_key_t random_keys[] = {
    {"count", SCHEMA_INTEGER, NEEDED, 1, SCENARIO_POINT_MAX, "runs", 0, 0, "how many draws"},
    {"values", SCHEMA_MAP, NEEDED, 0, 0, 0, 0, &axis_map, "what each path is drawn from"},
};
static const schema_t random_schema = {"a random sweep", TABLE(random_keys), 0, 0};
static const schema_key_t boundary_keys[] = {
    {"at", SCHEMA_SCALAR, NEEDED, 0, 0, 0, 0, 0, "a number, or limit: and a name"},
    {"lsb", SCHEMA_NUMBER, NEEDED, 1e-12, 1e12, "the path's unit", 0, 0, "one step beside it"},
    {"steps", SCHEMA_VALUES, EASY, 0, 0, 0, 0, 0, "numbers of steps (default -1, 0, 1)"},
    NUMBER("plus", -1e12, 1e12, "the path's unit", "added to at, such as a guard band"),
    TEXT("unit", 15, "of a limit, where the path does not end in it"),
};
static const schema_t boundary_schema = {"a boundary", TABLE(boundary_keys), 0, 0};
static const schema_key_t boundary_map_keys[] = {OBJECT("*", &boundary_schema, "a boundary")};
static const schema_t boundary_map = {"bounded path", TABLE(boundary_map_keys), 0,
                                      "a path or a $variable"};
static const schema_key_t family_keys[] = {
    {"target", SCHEMA_TEXTS, NEEDED, 1, 60, 0, 0, 0, "targets and patterns: one run for each"},
    {"type", SCHEMA_TEXTS, NEEDED, 1, 40, 0, 0, 0, "types of fault: a run for each; *: all"},
    ANY("value_*", "a value or a list of them: a run for each"),
    TEXT("other", 60, "the second target of a short or a swap"),
    OBJECT("chatter", &chatter_schema, "where the type of fault has it"),
};
static const schema_t family_schema = {"a family of faults", TABLE(family_keys), 0, 0};
static const schema_key_t family_map_keys[] = {LIST("*", 0, &family_schema, "families")};
static const schema_t family_map = {"broken path", TABLE(family_map_keys), 0,
                                    "a path such as events[0].fault, or a $variable"};
static const schema_key_t rule_keys[] = {ANY("*", "a value, a pattern, or a list of them")};
static const schema_t rule_schema = {"what is left out", TABLE(rule_keys), 0, 0};
static const schema_key_t sweep_keys[] = {
    MAP("grid", &axis_map, "every combination of these values"),
    MAP("list", &axis_map, "these values side by side"),
    OBJECT("random", &random_schema, "values drawn from ranges"),
    MAP("boundary", &boundary_map, "a value, and one step beside it either way"),
    MAP("faults", &family_map, "faults of many targets, types and values"),
    LIST("exclude", 0, &rule_schema, "combinations that are left out"),
};
static const schema_t sweep_schema = {"a sweep", TABLE(sweep_keys), 0, 0};

static const schema_key_t define_keys[] = {SCALAR("*", "value")};
static const schema_t define_map = {"defined variable", TABLE(define_keys), 0, "names"};
static const schema_key_t scenario_keys[] = {
    TEXT("$schema", 255, "for editors: the address of docs/scenario.schema.json"),
    {"packsim", SCHEMA_INTEGER, NEEDED, 1, 1, "", 0, 0, "version of this format"},
    ID("name of the scenario, as in OV-003"),
    {"title", SCHEMA_TEXT, NEEDED, 1, 159, 0, 0, 0, "one line"},
    TEXT("why", 399, "what the scenario is there for"),
    TEXTS("requirements", 39, "ids of the requirements that it tests"),
    TEXTS("tags", 23, "words to select by"),
    TEXTS("include", 199, "files, from this one's folder, whose keys are taken over"),
    MAP("define", &define_map, "values of ${name} in texts, unless a sweep's $name says otherwise"),
    WHOLE("seed", 0, 9007199254740991.0, "", "of all random draws (default 1)"),
    WHOLE("ecu_time_start_ms", 0, 4294967295.0, "ms", "the ECU's clock at the first tick"),
    OBJECT("pack", &pack_schema, "the cells and how they start"),
    OBJECT("environment", &environment_schema, "air, supply and bus"),
    OBJECT("sensors", &sensor_schema, "errors of the sensors"),
    LIST("load", 0, &load_schema, "what vehicle and charger do"),
    OBJECT("can_log", &can_log_schema, "frames of a log that come onto the bus"),
    LIST("events", 128, &event_schema, "what happens when"),
    LIST("expect", 0, &expect_schema, "what must follow"),
    LIST("always", 0, &always_schema, "what must hold all the time"),
    LIST("never", 0, &never_schema, "what must not happen"),
    LIST("measure", 0, &measure_schema, "figures to report"),
    {"end", SCHEMA_OBJECT, NEEDED, 0, 0, 0, 0, &end_schema, "when the run is over"},
    OBJECT("sweep", &sweep_schema, "runs with other values"),
    CHOICE("record", "none|brief|default|all_1ms", "how much is recorded"),
    TRUTH("skip_without_data", "skipped, not an error, where measured data are absent"),
};
static const schema_t scenario_schema = {"a scenario", TABLE(scenario_keys), 0, 0};

static const schema_key_t default_keys[] = {SCALAR("*", "value")};
static const schema_t default_map = {"path", TABLE(default_keys), 0, "a path of a scenario"};
static const schema_key_t suite_keys[] = {
    {"packsim", SCHEMA_INTEGER, NEEDED, 1, 1, "", 0, 0, "version of this format"},
    {"title", SCHEMA_TEXT, NEEDED, 1, 159, 0, 0, 0, "one line"},
    MAP("defaults", &default_map, "paths and values for scenarios that do not say otherwise"),
    {"scenarios", SCHEMA_TEXTS, NEEDED, 1, 199, 0, 0, 0, "files or globs, from the suite's folder"},
    TEXTS("skip_tags", 23, "scenarios with such a tag run only when asked for"),
    NUMBER("budget_s", 0, 1e6, "s", "wall time that the suite may take"),
};
static const schema_t suite_schema = {"a suite", TABLE(suite_keys), 0, 0};

const schema_t *schema_scenario(void) { return &scenario_schema; }

const schema_t *schema_suite(void) { return &suite_schema; }
