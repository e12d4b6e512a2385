/// Every kind of bad scenario file is refused with one line: file, line, column, path, found,
/// allowed.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/scenario.h"
#include "temp_file.h"
#include "thorough.h"

/// A whole scenario; each test replaces a part of it.
static const char good[] =
    "{\n"
    "  \"packsim\": 1,\n"
    "  \"id\": \"T-1\",\n"
    "  \"title\": \"test\",\n"
    "  \"pack\": {\"soc_pct\": 50, \"groups\": {\"M3C5\": {\"soc_pct\": 51}}},\n"
    "  \"load\": [{\"at_s\": 1, \"request\": \"drive\"}],\n"
    "  \"events\": [\n"
    "    {\"id\": \"b\", \"when\": {\"at_s\": 2}, \"for_s\": 3,\n"
    "     \"fault\": {\"target\": \"wire.A12\", \"type\": \"resistance\", "
    "\"value_ohm\": 5}}\n"
    "  ],\n"
    "  \"expect\": [{\"id\": \"e\", \"after\": \"b\", \"signal\": \"bms.state\", "
    "\"eq\": \"FAULT\", \"within_ms\": 100}],\n"
    "  \"end\": {\"at_s\": 10}\n"
    "}\n";

typedef struct {
  const char *old, *new;
  const char *place; ///< "line:column: $.path:"
  const char *found, *allowed;
} refusal_t;

static const refusal_t refusals[] = {
    /* format */
    {"\"packsim\": 1", "\"packsim\": 2", "2:14: $.packsim:", "2", "1, the version"},
    {"\"packsim\": 1,", "", "1:1: $:", "no key \"packsim\"", "\"packsim\": 1"},
    {"\"packsim\": 1", "\"packsim\": \"1\"", "2:14: $.packsim:", "\"1\"", "1, the version"},
    /* syntax */
    {"\"id\": \"T-1\",", "\"id\": \"T-1\"", "4:3: $.id:", "'\"'", ", or }"},
    {"\"at_s\": 10}", "\"at_s\": 10,}", "12:22: $.end.at_s:", "'}'", "a key in \""},
    {"\"at_s\": 10", "\"at_s\": 010", "12:20: $.end.at_s:", "'10'", "without leading zeros"},
    {"\"at_s\": 10", "\"at_s\": .5", "12:19: $.end.at_s:", "'.5'", "a value"},
    {"\"at_s\": 10", "\"at_s\": 1.", "12:21: $.end.at_s:", "'}'", "a digit"},
    {"\"at_s\": 10", "\"at_s\": NaN", "12:19: $.end.at_s:", "'NaN'", "a value"},
    {"\"at_s\": 10", "\"at_s\": -Infinity", "12:20: $.end.at_s:", "'Infinity'", "a digit"},
    {"\"at_s\": 10", "\"at_s\": 1e999", "12:19: $.end.at_s:", "beyond all bounds", "finite"},
    {"\"test\"", "\"te\\xst\"", "4:16: $.title:", "'xst'", "one of \\\""},
    {"\"test\"", "\"te\nst\"", "4:15: $.title:", "the end of the line", "closing \""},
    {"\"test\"", "\"te\xFFst\"", "4:15: $.title:", "byte 0xFF", "UTF-8"},
    {"\"test\"", "\"te\\u12G4\"", "4:19: $.title:", "'G4'", "four hexadecimal"},
    /* keys */
    {"\"title\"", "\"titel\"", "4:3: $.titel:", "unknown key \"titel\"", "allowed title"},
    {"\"soc_pct\": 50", "\"soc_percent\": 50",
     "5:12: $.pack.soc_percent:", "unknown key \"soc_percent\"", "allowed soc_pct"},
    {"\"soc_pct\": 50", "\"soc\": 50", "5:12: $.pack.soc:", "unknown key \"soc\"",
     "allowed soc_pct"},
    {"\"soc_pct\": 50", "\"temperature_K\": 300",
     "5:12: $.pack.temperature_K:", "unknown key \"temperature_K\"", "allowed temperature_degC"},
    {"\"title\": \"test\"", "\"title\": \"test\", \"title\": \"again\"",
     "4:20: $.title:", "\"title\" a second time", "each key once"},
    {"\"M3C5\": {\"soc_pct\": 51}", "\"M3C5\": {}, \"M3C5\": {}",
     "5:50: $.pack.groups.M3C5:", "\"M3C5\" a second time", "each key once"},
    {"\"M3C5\": {\"soc_pct\": 51}", "\"M3C5\": {}, \"M3C\\u0035\": {}",
     "5:50: $.pack.groups.M3C5:", "\"M3C5\" a second time", "each key once"},
    {"\"end\": {\"at_s\": 10}", "\"seed\": 1", "1:1: $:", "no key \"end\"", "a scenario with it"},
    /* groups, pins, faults */
    {"M3C5", "M9C1", "5:38: $.pack.groups.M9C1:", "unknown group \"M9C1\"", "M8C1..M8C14"},
    {"M3C5", "M3C11", "5:38: $.pack.groups.M3C11:", "unknown group \"M3C11\"", "M3C1..M3C10"},
    {"wire.A12", "wire.A36", "9:26: $.events[0].fault.target:", "\"wire.A36\"", "sense pin"},
    {"wire.A12", "wire.A24", "9:26: $.events[0].fault.target:", "\"wire.A24\"", "sense pin"},
    {"wire.A12", "bms.state", "9:26: $.events[0].fault.target:", "\"bms.state\"", "wire.*"},
    {"\"value_ohm\": 5", "\"value_degC\": 5",
     "9:60: $.events[0].fault.value_degC:", "key \"value_degC\"", "value_ohm 0.001..1e+06"},
    {", \"value_ohm\": 5", "", "9:15: $.events[0].fault:", "no key \"value_ohm\"", "value_ohm"},
    {"\"value_ohm\": 5", "\"value_ohm\": -5", "9:73: $.events[0].fault.value_ohm:", "-5",
     "value_ohm 0.001..1e+06"},
    {"\"value_ohm\": 5", "\"value_ohm\": \"5\"", "9:73: $.events[0].fault.value_ohm:", "\"5\"",
     "value_ohm"},
    {"resistance", "weld", "9:46: $.events[0].fault.type:", "\"weld\"", "open, resistance, short"},
    {"\"resistance\", \"value_ohm\": 5", "\"short\", \"value_ohm\": 5",
     "9:15: $.events[0].fault:", "no key \"other\"", "second target"},
    {"\"value_ohm\": 5}", "\"value_ohm\": 5, \"chatter\": {\"freq_Hz\": 1000, \"duty\": 0.5}}",
     "9:99: $.events[0].fault.chatter.freq_Hz:", "1000", "a number 0.1..500 Hz"},
    {"\"value_ohm\": 5}",
     "\"value_ohm\": 5, \"chatter\": {\"freq_Hz\": 10, \"duty\": 0.5, \"jitter\": 1.5}}",
     "$.events[0].fault.chatter.jitter:", "1.5", "a number 0..1"},
    /* numbers */
    {"\"soc_pct\": 50", "\"soc_pct\": -1", "5:23: $.pack.soc_pct:", "-1", "a number 0..100 %"},
    {"\"soc_pct\": 50", "\"soc_pct\": 101", "5:23: $.pack.soc_pct:", "101", "a number 0..100 %"},
    {"\"soc_pct\": 50", "\"soc_pct\": \"50\"", "5:23: $.pack.soc_pct:", "\"50\"", "a number"},
    {"\"at_s\": 1,", "\"at_s\": -1,", "6:21: $.load[0].at_s:", "-1", "a number 0..1000000 s"},
    {"\"title\": \"test\"", "\"title\": \"test\", \"seed\": 1.5", "4:28: $.seed:", "1.5", "whole"},
    {"\"title\": \"test\"", "\"title\": \"test\", \"seed\": -1", "4:28: $.seed:", "-1", "whole"},
    /* words and references */
    {"\"drive\"", "\"fly\"", "6:35: $.load[0].request:", "\"fly\"", "sleep|standby|drive|charge"},
    {"\"after\": \"b\"", "\"after\": \"x\"", "11:35: $.expect[0].after:", "\"x\"", "b, e"},
    {"bms.state", "bms.stat", "11:50: $.expect[0].signal:", "\"bms.stat\"", "bms.state"},
    {"\"FAULT\"", "\"BROKEN\"", "11:69: $.expect[0].eq:", "\"BROKEN\"", "RESET|SELFTEST"},
    {"\"eq\": \"FAULT\", ", "", "11:14: $.expect[0]:", "without an operator", "one of gt"},
    {"\"eq\": \"FAULT\"", "\"eq\": 8, \"gt\": 7", "$.expect[0].eq:", "a second operator", "one of"},
    {"\"id\": \"e\"", "\"id\": \"b\"", "11:21: $.expect[0].id:", "\"b\"",
     "no other event or check"},
    {"\"id\": \"T-1\"", "\"id\": \"../x\"", "3:9: $.id:", "\"../x\"", "A-Z a-z 0-9"},
    {"{\"at_s\": 2}", "{\"at_s\": 2, \"after\": \"b\"}", "8:25: $.events[0].when:", "several kinds",
     "one of at_s"},
    {"{\"at_s\": 2}", "{\"at_s\": 2, \"gt\": 1}", "$.events[0].when.gt:", "\"gt\"",
     "beside signal only"},
    {"\"request\": \"drive\"", "\"drive\": {\"cycle\": \"moon\"}",
     "$.load[0].drive.cycle:", "\"moon\"", "udds"},
    {"\"request\": \"drive\"", "\"charger\": {\"mode\": \"cccv\"}",
     "$.load[0].charger:", "without both", "cccv with current_A and voltage_V"},
    {"\"request\": \"drive\"",
     "\"charger\": {\"mode\": \"cccv\", \"current_A\": 201, \"voltage_V\": 400}",
     "6:65: $.load[0].charger.current_A:", "201", "0..200 for the kind dc"},
    {"\"request\": \"drive\"",
     "\"charger\": {\"mode\": \"cccv\", \"kind\": \"ac\", \"current_A\": 36, \"voltage_V\": 400}",
     "6:79: $.load[0].charger.current_A:", "36", "0..35 for the kind ac"},
    {"\"request\": \"drive\"",
     "\"charger\": {\"mode\": \"cccv\", \"kind\": \"ac\", \"current_A\": 30, \"voltage_V\": 451}",
     "6:96: $.load[0].charger.voltage_V:", "451", "0..450 for the kind ac"},
    {"\"request\": \"drive\"", "\"charger\": {\"mode\": \"off\", \"kind\": \"solar\"}",
     "$.load[0].charger.kind:", "\"solar\"", "dc|ac"},
    {"wire.A12", "phys.tap.M3T11", "9:26: $.events[0].fault.target:", "\"phys.tap.M3T11\"",
     "M1T0..M8T14"},
    {"\"wire.A12\", \"type\": \"resistance\", \"value_ohm\": 5",
     "\"phys.isolation.pack_pos\", \"type\": \"leak\", \"value_ohm\": 99",
     "$.events[0].fault.value_ohm:", "99", "value_ohm 100..1e+09"},
    {"\"soc_pct\": 50", "\"cell\": \"nickel\"", "5:20: $.pack.cell:", "\"nickel\"", "cell file"},
    {"\"soc_pct\": 50", "\"cell\": \"../../etc/passwd\"", "5:20: $.pack.cell:", "passwd",
     "data/cells"},
    /* conditions */
    {"{\"at_s\": 2}", "{\"not\": {\"at_s\": 2}, \"gt\": 1}", "$.events[0].when.gt:", "\"gt\"",
     "operators and of beside signal"},
    {"{\"at_s\": 2}", "{\"at_s\": 2, \"edge\": \"rising\"}", "$.events[0].when.edge:", "\"edge\"",
     "beside signal, all, any and not only"},
    {"{\"at_s\": 2}", "{\"not\": {}}", "$.events[0].when.not:", "none or several", "one of at_s"},
    {"{\"at_s\": 2}", "{\"all\": []}", "$.events[0].when.all:", "an empty array", "one of at_s"},
    {"{\"at_s\": 2}", "{\"any\": [{\"at_s\": 1}, {\"at\": 1}]}",
     "$.events[0].when.any[1].at:", "unknown key \"at\"", "at_s"},
    {"{\"at_s\": 2}", "{\"not\": {\"at_s\": 2}, \"times\": 0}", "$.events[0].when.times:", "0",
     "a whole number 1.."},
    {"{\"at_s\": 2}", "{\"not\": {\"at_s\": 2}, \"for_s\": 1, \"for_ms\": 1}",
     "$.events[0].when:", "for_s and for_ms", "one of them"},
    {"{\"at_s\": 2}", "{\"signal\": \"bms.state\", \"eq\": 1, \"edge\": \"up\"}",
     "$.events[0].when.edge:", "\"up\"", "level|rising|falling|either"},
    {"\"eq\": \"FAULT\"", "\"gt\": {\"signal\": \"bms.stat\"}",
     "$.expect[0].gt.signal:", "\"bms.stat\"", "bms.state"},
    {"\"eq\": \"FAULT\"", "\"gt\": {\"plus\": 1}", "$.expect[0].gt:", "no key \"signal\"",
     "signal"},
    {"\"bms.state\", \"eq\": \"FAULT\"", "\"phys.pack.V\", \"gt\": \"limit:NONE\"",
     "$.expect[0].gt:", "\"limit:NONE\"", "limit:CELL_OVERVOLTAGE"},
    {"\"bms.state\", \"eq\": \"FAULT\"", "\"phys.pack.A\", \"gt\": \"limit:CELL_OVERVOLTAGE\"",
     "$.expect[0].gt:", "CELL_OVERVOLTAGE", "unit A"},
    {"\"bms.state\", \"eq\": \"FAULT\"",
     "\"phys.ambient.degC\", \"gt\": \"limit:OVER_TEMPERATURE\"",
     "$.expect[0].gt:", "OVER_TEMPERATURE", "several rows"},
    {"\"after\": \"b\"", "\"after\": {\"at_s\": 1, \"signal\": \"bms.state\", \"eq\": 1}",
     "$.expect[0].after:", "several kinds", "one of at_s"},
    {"\"eq\": \"FAULT\"", "\"eq\": \"FAULT\", \"count\": {\"min\": 3, \"max\": 2}",
     "$.expect[0].count:", "no range", "min and max"},
    {"\"eq\": \"FAULT\"", "\"eq\": \"FAULT\", \"count\": 1, \"holds_s\": 2",
     "$.expect[0]:", "count with another end", "within_ms"},
    {"\"signal\": \"bms.state\", \"eq\": \"FAULT\"", "\"order\": [\"b\", \"e\"]",
     "$.expect[0]:", "order with more", "within_ms"},
    {"\"after\": \"b\", \"signal\": \"bms.state\", \"eq\": \"FAULT\"", "\"order\": [\"b\", \"q\"]",
     "$.expect[0].order[1]:", "\"q\"", "b, e"},
    {"\"after\": \"b\", \"signal\": \"bms.state\", \"eq\": \"FAULT\"", "\"order\": [\"b\"]",
     "$.expect[0].order:", "fewer than two", "two or more"},
    {"\"signal\": \"bms.state\", \"eq\": \"FAULT\", ", "", "$.expect[0]:", "no condition",
     "a signal with an operator"},
    {"\"signal\": \"bms.state\", \"eq\": \"FAULT\"",
     "\"not\": {\"signal\": \"phys.group.*.V\", \"gt\": 4}",
     "$.expect[0].not:", "a pattern of several", "\"of\": \"all\" or \"any\""},
    {"\"at_s\": 10}", "\"at_s\": 10, \"or_when\": {\"at_s\": 1}, \"or_cycle_done\": true}",
     "$.end:", "two of or_after", "one of them"},
    {"\"end\"",
     "\"always\": [{\"id\": \"a\", \"signal\": \"bms.state\", \"eq\": 1, \"edge\": "
     "\"rising\"}], \"end\"",
     "$.always[0]:", "a moment", "no edge, no times"},
    {"\"end\"", "\"never\": [{\"id\": \"a\"}], \"end\"", "$.never[0]:", "no condition", "a signal"},
    {"\"end\"",
     "\"measure\": [{\"id\": \"a\", \"from\": \"b\", \"to\": \"e\", \"after\": \"b\"}], "
     "\"end\"",
     "$.measure[0]:", "after or until beside", "from and to alone"},
    /* courses */
    {"\"request\": \"drive\"", "\"current_A\": {\"to\": 5}",
     "$.load[0].current_A:", "without over_s", "together"},
    {"\"request\": \"drive\"", "\"current_A\": {\"to\": 2000, \"over_s\": 1}",
     "$.load[0].current_A.to:", "the value 2000", "-1000..1000 A"},
    {"\"request\": \"drive\"",
     "\"current_A\": {\"to\": 5, \"over_s\": 1, \"points\": [[0, 0], [1, 1]]}",
     "$.load[0].current_A:", "no course, or several", "one of to, points and csv"},
    {"\"request\": \"drive\"", "\"current_A\": {\"points\": [[0, 0], [1]]}",
     "$.load[0].current_A.points[1]:", "an array", "a pair of numbers"},
    {"\"request\": \"drive\"", "\"current_A\": {\"points\": [[0, 0], [2, 1], [1, 1]]}",
     "$.load[0].current_A.points[2]:", "the time 1 s", "2 s or later"},
    {"\"request\": \"drive\"", "\"current_A\": {\"points\": [[1, 0], [2, 1]]}",
     "$.load[0].current_A.points[0]:", "the time 1 s", "0 s for the first"},
    {"\"request\": \"drive\"", "\"current_A\": {\"points\": [[0, 0], [2, 1]], \"unit\": \"A\"}",
     "$.load[0].current_A:", "keys of a csv", "beside csv"},
    {"\"request\": \"drive\"", "\"supply_V\": {\"to\": 5, \"over\": 1}",
     "$.load[0].supply_V.over:", "unknown key \"over\"", "over_s"},
    {"\"request\": \"drive\"",
     "\"charger\": {\"mode\": \"cccv\", \"voltage_V\": 400, \"current_A\": "
     "{\"to\": 201, \"over_s\": 1}}",
     "$.load[0].charger.current_A.to:", "201", "0..200 A"},
    {"\"value_ohm\": 5", "\"value_ohm\": {\"to\": 5, \"over_s\": 1}",
     "$.events[0].fault.value_ohm:", "without from", "from, to and over_s"},
    {"\"value_ohm\": 5", "\"value_ohm\": {\"from\": 0, \"to\": 5, \"over_s\": 1}",
     "$.events[0].fault.value_ohm.from:", "the value 0", "0.001..1000000 ohm"},
    {"\"value_ohm\": 5}",
     "\"value_ohm\": {\"from\": 1, \"to\": 5, \"over_s\": 1}, \"chatter\": "
     "{\"freq_Hz\": 1, \"duty\": 0.5}}",
     "$.events[0].fault.value_ohm:", "an object", "stays"},
    /* draws and sweeps */
    {"\"soc_pct\": 50", "\"soc_pct\": {\"dist\": \"normal\", \"mean\": 5}",
     "5:23: $.pack.soc_pct:", "normal without sd", "normal with mean, sd"},
    {"\"soc_pct\": 50", "\"soc_pct\": {\"dist\": \"uniform\", \"min\": 9, \"max\": 5}",
     "$.pack.soc_pct:", "out of order", "min <= mode <= max"},
    {"\"soc_pct\": 50", "\"soc_pct\": {\"dist\": \"uniform\", \"min\": 1, \"max\": 5, \"sd\": 1}",
     "$.pack.soc_pct.sd:", "\"sd\"", "not beside uniform"},
    {"\"soc_pct\": 50", "\"soc_pct\": {\"dist\": \"log_uniform\", \"min\": 0, \"max\": 5}",
     "$.pack.soc_pct:", "from 0 or below", "min above 0"},
    {"\"soc_pct\": 50", "\"soc_pct\": {\"dist\": \"uniform\", \"min\": 201, \"max\": 205}",
     "$.pack.soc_pct:", "found 20", "a number 0..100 %"},
    {"\"soc_pct\": 50", "\"soc_pct\": {\"dist\": \"bell\"}", "$.pack.soc_pct.dist:", "\"bell\"",
     "normal|uniform"},
    {"\"end\"", "\"sweep\": {\"exclude\": [{\"seed\": 1}]}, \"end\"", "$.sweep:", "zero runs",
     "grid, list, random"},
    {"\"end\"", "\"sweep\": {\"grid\": {\"seed\": [1, 2]}, \"exclude\": [{\"id\": 1}]}, \"end\"",
     "$.sweep.exclude[0].id:", "not swept", "a path or $variable"},
    {"\"end\"",
     "\"sweep\": {\"grid\": {\"seed\": [1, 2]}, \"exclude\": [{\"seed\": [1, 2]}]}, \"end\"",
     "$.sweep.exclude:", "zero runs", "1..10000"},
    {"\"end\"", "\"sweep\": {\"grid\": {\"seed\": {\"from\": 1, \"to\": 5}}}, \"end\"",
     "$.sweep.grid.seed:", "no range", "one of step and count"},
    {"\"end\"",
     "\"sweep\": {\"grid\": {\"seed\": {\"from\": 1, \"to\": 5e6, \"step\": 1}}}, \"end\"",
     "$.sweep.grid.seed:", "more than 10000", "1..10000"},
    {"\"end\"", "\"sweep\": {\"grid\": {\"events[0].fault.target\": \"wire.Z*\"}}, \"end\"",
     "fault.target\"]:", "\"wire.Z*\"", "such as wire.A*"},
    {"\"end\"", "\"sweep\": {\"boundary\": {\"pack.soc_pct\": {\"at\": 5}}}, \"end\"",
     "\"pack.soc_pct\"]:", "no key \"lsb\"", "a boundary with it"},
    {"\"end\"",
     "\"sweep\": {\"boundary\": {\"pack.soc_pct\": {\"at\": \"limit:CELL_OVERVOLTAGE\", "
     "\"lsb\": 1}}}, \"end\"",
     ".at:", "limit:CELL_OVERVOLTAGE", "unit pct"},
    {"\"end\"",
     "\"sweep\": {\"boundary\": {\"pack.soc_pct\": {\"at\": 5, \"lsb\": 1, \"steps\": [\"a\"]}}}, "
     "\"end\"",
     ".steps:", "\"a\"", "numbers of steps"},
    {"\"end\"",
     "\"sweep\": {\"faults\": {\"events[0].fault\": [{\"target\": \"wire.A1\", \"type\": "
     "\"weld\"}]}}, \"end\"",
     "[0].type:", "\"weld\" for wire.A1", "packsim faults"},
    {"\"end\"",
     "\"sweep\": {\"faults\": {\"events[0].fault\": [{\"target\": \"wire.A1\", \"type\": "
     "\"leak\"}]}}, \"end\"",
     "[0]:", "no key \"value_ohm\"", "the fault leak of wire.A1"},
    {"\"end\"",
     "\"sweep\": {\"faults\": {\"events[0].fault\": [{\"target\": \"wire.A1\", \"type\": "
     "\"open\", \"value_V\": 1}]}}, \"end\"",
     "[0].value_V:", "key \"value_V\"", "units"},
    {"\"end\"",
     "\"sweep\": {\"faults\": {\"events[0].fault\": [{\"target\": \"wire.Z9\", \"type\": "
     "\"open\"}]}}, \"end\"",
     "[0].target:", "\"wire.Z9\"", "packsim faults"},
    {"\"end\"",
     "\"sweep\": {\"faults\": {\"events[0].fault\": [{\"target\": \"wire.A1\", \"type\": "
     "\"leak\", \"value_ohm\": [5, -5]}]}}, \"end\"",
     "$.events[0].fault.value_ohm:", "-5", "value_ohm 1..1e+09"},
    /* age */
    {"\"soc_pct\": 50", "\"age\": {\"years\": -1}", "5:29: $.pack.age.years:", "-1",
     "a number 0..50 years"},
    {"\"soc_pct\": 50", "\"age\": {\"years\": \"5\"}", "5:29: $.pack.age.years:", "\"5\"",
     "a number 0..50 years"},
    {"\"soc_pct\": 50", "\"age\": 5", "5:19: $.pack.age:", "5", "an object"},
    {"\"soc_pct\": 50", "\"age\": {}", "5:19: $.pack.age:", "no key \"years\"", "an age with it"},
    {"\"soc_pct\": 50", "\"age\": {\"months\": 60}",
     "5:20: $.pack.age.months:", "unknown key \"months\"", "years"},
    {"\"soc_pct\": 50", "\"age\": {\"years\": 5, \"storage_temperature_K\": 298}",
     "$.pack.age.storage_temperature_K:", "unknown key", "storage_temperature_degC"},
    {"\"soc_pct\": 50", "\"age\": {\"years\": 5, \"storage_temperature_degC\": 298}",
     "$.pack.age.storage_temperature_degC:", "298", "-30..60 degC"},
    {"\"soc_pct\": 50", "\"age\": {\"years\": 5, \"dod_pct\": 101}", "$.pack.age.dod_pct:", "101",
     "0..100 %"},
    {"\"soc_pct\": 50", "\"age\": {\"years\": 5, \"cycle_soc_pct\": 80}",
     "5:49: $.pack.age.cycle_soc_pct:", "80", "25..75 % with a dod_pct of 50"},
    {"\"soc_pct\": 50", "\"age\": {\"years\": 5, \"dod_pct\": 90, \"cycle_soc_pct\": 44.9}",
     "$.pack.age.cycle_soc_pct:", "44.9", "45..55 % with a dod_pct of 90"},
    {"\"soc_pct\": 50",
     "\"age\": {\"years\": 5, \"throughput_Ah_per_year\": 9, \"distance_km_per_year\": 1}",
     "5:19: $.pack.age:", "throughput_Ah_per_year beside a distance", "alone, or the other two"},
    {"\"soc_pct\": 50",
     "\"age\": {\"years\": 5, \"throughput_Ah_per_year\": 9, \"consumption_Wh_per_km\": 1}",
     "5:19: $.pack.age:", "throughput_Ah_per_year beside a distance", "alone, or the other two"},
    {"\"soc_pct\": 50", "\"age_years\": 5", "5:12: $.pack.age_years:", "unknown key \"age_years\"",
     "allowed age"},
    {"\"soc_pct\": 51", "\"age_years\": -0.1", "5:60: $.pack.groups.M3C5.age_years:", "-0.1",
     "0..50 years"},
    {"\"soc_pct\": 51", "\"age\": {\"years\": 5}",
     "5:47: $.pack.groups.M3C5.age:", "unknown key \"age\"", "age_years"},
    {"\"soc_pct\": 50", "\"cells\": {\"M3C5\": {\"age_years\": 8}}",
     "5:22: $.pack.cells.M3C5:", "unknown cell \"M3C5\"", "with a or b behind it"},
    {"\"soc_pct\": 50", "\"spread\": {\"age_pct\": {\"dist\": \"normal\", \"half\": 5}}",
     "5:34: $.pack.spread.age_pct:", "a normal distribution", "it with sd, without half"},
    {"\"soc_pct\": 50", "\"spread\": {\"age_years\": {\"dist\": \"normal\", \"sd\": 5}}",
     "$.pack.spread.age_years:", "unknown key", "age_pct"},
    {"\"value_ohm\": 5", "\"value_ohm\": \"${r}\"", "$.events[0].fault.value_ohm:", "${r}", "none"},
    /* load */
    {"\"request\": \"drive\"}",
     "\"drive\": {\"cycle\": \"us06\", \"repeat\": 2}}, {\"at_s\": 1200.9, \"drive\": {\"cycle\": "
     "\"us06\"}}, {\"at_s\": 2000, \"drive\": {\"cycle\": \"us06\"}}",
     "$.load[1].drive:", "a cycle at 1200.9 s while another is driven", "from 1201 s on"},
    /* sweeps */
    {"\"end\"", "\"sweep\": {\"grid\": {\"pack.soc_pct\": []}}, \"end\"",
     "$.sweep.grid[\"pack.soc_pct\"]:", "a sweep of zero runs", "at least one value"},
    {"\"end\"", "\"sweep\": {\"grid\": {}}, \"end\"", "$.sweep.grid:", "a sweep of zero runs",
     "path"},
    {"\"end\"", "\"sweep\": {}, \"end\"", "$.sweep:", "a sweep of zero runs", "grid, list, random"},
    {"\"end\"", "\"sweep\": {\"random\": {\"count\": 0, \"values\": {}}}, \"end\"",
     "$.sweep.random.count:", "0", "a whole number 1..10000 runs"},
    {"\"end\"", "\"sweep\": {\"grid\": {\"pack.soc_pct\": [10, 900]}}, \"end\"",
     "5:23: $.pack.soc_pct:", "900", "0..100 % (in the sweep at pack.soc_pct = 900)"},
    {"\"end\"", "\"sweep\": {\"grid\": {\"load[7].at_s\": [1]}}, \"end\"",
     "$.sweep.grid[\"load[7].at_s\"]:", "index 7", "below 1"},
    {"\"end\"", "\"sweep\": {\"grid\": {\"$pin\": \"wirez\"}}, \"end\"",
     "$.sweep.grid[\"$pin\"]:", "\"wirez\"", "\"wires\""},
    {"\"end\"", "\"sweep\": {\"grid\": {\"$pin\": [[1]]}}, \"end\"",
     "$.sweep.grid[\"$pin\"][0]:", "an array", "a number, a text"},
    {"\"end\"", "\"sweep\": {\"grid\": {\"seed\": [1, 1]}}, \"end\"", "$.sweep.grid.seed[1]:", "1",
     "each value once"},
};

static char file[64];

static void write_text(const char *text, size_t bytes) {
  temp_file_write(file, sizeof file, "bad_input", text, bytes);
}

/// The message about a text; fails the test if it is accepted or not one line.
static const char *message_about(const char *text, size_t bytes) {
  static scenario_error_t error;
  scenario_t *scenario = NULL;
  memset(&error, 0, sizeof error);
  write_text(text, bytes);
  int status = scenario_load(file, &scenario, &error);
  scenario_free(scenario);
  remove(file);
  ck_assert_msg(status == -1, "accepted: %.200s", text);
  ck_assert_msg(strncmp(error.text, file, strlen(file)) == 0, "no file: %s", error.text);
  ck_assert_msg(strchr(error.text, '\n') == NULL, "more than one line: %s", error.text);
  ck_assert_msg(strstr(error.text, ": found ") != NULL, "nothing found: %s", error.text);
  ck_assert_msg(strstr(error.text, ", allowed ") != NULL, "nothing allowed: %s", error.text);
  return error.text;
}

START_TEST(good_one_is_accepted) {
  scenario_error_t error;
  scenario_t *scenario = NULL;
  write_text(good, strlen(good));
  ck_assert_msg(scenario_load(file, &scenario, &error) == 0, "%s", error.text);
  ck_assert_str_eq(scenario->id, "T-1");
  scenario_free(scenario);
  remove(file);
}
END_TEST

START_TEST(refuses) {
  _i *= STEP_OF_LOOP;
  const refusal_t *refusal = &refusals[_i];
  char text[4000];
  const char *at = strstr(good, refusal->old);
  ck_assert_ptr_nonnull(at);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, refusal->new,
           at + strlen(refusal->old));
  const char *message = message_about(text, strlen(text));
  ck_assert_msg(strstr(message, refusal->place) != NULL, "%s\nhas no place %s", message,
                refusal->place);
  ck_assert_msg(strstr(message, refusal->found) != NULL, "%s\nhas not found %s", message,
                refusal->found);
  ck_assert_msg(strstr(strstr(message, ", allowed "), refusal->allowed) != NULL,
                "%s\ndoes not allow %s", message, refusal->allowed);
}
END_TEST

START_TEST(refuses_missing_file) {
  scenario_error_t error;
  scenario_t *scenario = NULL;
  ck_assert_int_eq(scenario_load("/nonexistent/x.json", &scenario, &error), -1);
  ck_assert_ptr_nonnull(strstr(error.text, "/nonexistent/x.json:1:1: $: found no file"));
  ck_assert_int_eq(scenario_load("/tmp", &scenario, &error), -1);
  ck_assert_ptr_nonnull(strstr(error.text, "/tmp:1:1: $: found no file"));
  ck_assert_int_eq(scenario_kind_of("/nonexistent/x.json", &error), SCENARIO_KIND_ERROR);
}
END_TEST

START_TEST(refuses_empty_file) {
  ck_assert_ptr_nonnull(strstr(message_about("", 0), ":1:1: $: found an empty file"));
  ck_assert_ptr_nonnull(strstr(message_about(" \n", 2), ":2:1: $: found the end of the file"));
  ck_assert_ptr_nonnull(strstr(message_about("[]", 2), ":1:1: $: found an array"));
  ck_assert_ptr_nonnull(strstr(message_about("{} {}", 5), ":1:4: $: found '{'"));
  ck_assert_ptr_nonnull(strstr(message_about("{\"a\0b\"", 6), "byte 0x00"));
}
END_TEST

START_TEST(refuses_deep_nesting) {
  enum { DEPTH = 100000 };
  char *text = malloc(2 * DEPTH + 1);
  ck_assert_ptr_nonnull(text);
  memset(text, '[', DEPTH);
  memset(text + DEPTH, ']', DEPTH);
  const char *message = message_about(text, 2 * DEPTH);
  ck_assert_ptr_nonnull(strstr(message, ":1:33: $[0]"));
  ck_assert_ptr_nonnull(strstr(message, "at most 32 nested levels"));
  for (size_t i = 0; i < DEPTH; i++) {
    memcpy(text + 2 * i, "{\"", 2);
  }
  ck_assert_ptr_nonnull(strstr(message_about(text, 2 * DEPTH), "allowed"));
  free(text);
}
END_TEST

START_TEST(refuses_huge_file) {
  size_t bytes = SCENARIO_BYTES_MAX + 1;
  char *text = malloc(bytes);
  ck_assert_ptr_nonnull(text);
  memset(text, ' ', bytes);
  ck_assert_ptr_nonnull(strstr(message_about(text, bytes), "more than 4 MiB"));
  free(text);
}
END_TEST

/// Every prefix of a scenario and every single wrong byte: refused or accepted, never a crash.
START_TEST(survives_any_cut_and_byte) {
  scenario_error_t error;
  char text[sizeof good];
  size_t bytes = strlen(good);
  for (size_t cut = 0; cut + 2 < bytes; cut += 3) {
    (void)message_about(good, cut);
  }
  for (size_t at = 0; at < bytes; at += 2) {
    scenario_t *scenario = NULL;
    memcpy(text, good, bytes);
    text[at] = (char)(at * 37 % 256);
    write_text(text, bytes);
    if (scenario_load(file, &scenario, &error) == 0) {
      scenario_free(scenario);
    }
    remove(file);
  }
}
END_TEST

START_TEST(refuses_bad_overrides) {
  static const char *const sets[] = {"pack.soc_pct=-1",  "load[3].at_s=1",  "pack.soc=1",
                                     "pack.soc_pct.x=1", "pack..soc_pct=1", "events[x]=1"};
  scenario_error_t error;
  scenario_t *scenario = NULL, *point = NULL;
  scenario_set_t set;
  write_text(good, strlen(good));
  ck_assert_int_eq(scenario_load(file, &scenario, &error), 0);
  for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
    ck_assert_int_eq(scenario_set_parse(sets[i], &set, &error), 0);
    ck_assert_msg(scenario_point(scenario, 0, &set, 1, &point, &error) == -1, "%s", sets[i]);
    ck_assert_msg(strstr(error.text, ", allowed ") != NULL, "%s", error.text);
  }
  ck_assert_int_eq(scenario_set_parse("nothing", &set, &error), -1);
  ck_assert_int_eq(scenario_set_parse("=1", &set, &error), -1);
  scenario_free(scenario);
  remove(file);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("bad_input");
  TCase *tcase = tcase_create("refusals");
  tcase_add_test(tcase, good_one_is_accepted);
  tcase_add_loop_test(tcase, refuses, 0, LOOP_END((int)(sizeof refusals / sizeof refusals[0])));
  tcase_add_test(tcase, refuses_missing_file);
  tcase_add_test(tcase, refuses_empty_file);
  tcase_add_test(tcase, refuses_deep_nesting);
  tcase_add_test(tcase, refuses_huge_file);
  tcase_add_test(tcase, survives_any_cut_and_byte);
  tcase_add_test(tcase, refuses_bad_overrides);
  suite_add_tcase(suite, tcase);
  return suite;
}
