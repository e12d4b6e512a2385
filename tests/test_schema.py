#!/usr/bin/env python3
"""The JSON Schema of scenario files: it is what the tables say, takes every scenario of the library
and refuses mistakes that an editor should show. packsim check agrees with it on each of them."""
import copy
import glob
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))

GOOD = {
    "$schema": "scenario.schema.json", "packsim": 1, "id": "S-1", "title": "test",
    "tags": ["a", "b"], "define": {"v": 4.1, "w": 80}, "seed": 3,
    "pack": {"soc_pct": {"dist": "normal", "mean": 60, "sd": 5},
             "groups": {"M3C5": {"soc_pct": 51}},
             "cells": {"M8C14b": {"capacity_pct": "${w}"}}},
    "load": [{"at_s": 1, "request": "drive", "current_A": {"to": 100, "over_s": 5}},
             {"at_s": 9, "aux_W": {"points": [[0, 1], [2, 3]], "repeat": 2}}],
    "events": [{"id": "b", "when": {"any": [{"at_s": 2}, {"not": {"signal": "phys.pack.V",
               "gt": {"signal": "phys.link.V", "plus": 1}}}], "for_ms": 5}, "for_s": 3,
               "fault": {"target": "wire.A12", "type": "leak",
                         "value_ohm": {"from": 1e6, "to": 100, "over_s": 2}}}],
    "expect": [{"id": "e", "after": {"at_s": 1}, "signal": "bms.state", "eq": "FAULT",
                "within_ms": 9000, "count": {"max": 3}}, {"id": "o", "order": ["b", "e"]}],
    "always": [{"id": "p", "can_period": "BMS_Status", "ms": 100, "tolerance_ms": 50}],
    "never": [{"id": "n", "signal": ["phys.group.*.V", "phys.pack.A"], "gt": "${v}", "until": "b"}],
    "end": {"at_s": 10, "or_when": {"signal": "bms.state", "eq": "FAULT"}},
    "sweep": {"grid": {"pack.temperature_degC": {"from": 1, "to": 3, "step": 1},
                       "$wire": "wire.A*"},
              "exclude": [{"pack.temperature_degC": 2, "$wire": "wire.A1*"}]},
}

# what to put where, None takes the key away
WRONG = [
    (["titel"], "x"), (["packsim"], 2), (["title"], None), (["end"], None), (["end", "at_s"], 0),
    (["end", "at_s"], "10"), (["id"], "../x"), (["seed"], -1), (["seed"], 1.5), (["tags"], []),
    (["pack", "soc_pct"], 101), (["pack", "soc_pct"], "50"), (["pack", "soc"], 50),
    (["pack", "soc_pct"], {"dist": "bell"}), (["pack", "soc_pct"], {"mean": 5}),
    (["pack", "groups", "M9C1"], {}), (["pack", "groups", "M3C5", "soc"], 1),
    (["pack", "cells", "M3C5c"], {}), (["load", 0, "at_s"], None), (["load", 0, "request"], "fly"),
    (["load", 0, "current_A"], {"over_s": 5}), (["load", 0, "current_A", "to"], "x"),
    (["load", 0, "current_A", "points"], [[0, 1], [1, 2]]),
    (["load", 1, "aux_W", "points"], [[0, 1]]),
    (["load", 1, "aux_W", "points", 1], [1]), (["load", 0, "crash"], 1),
    (["load", 0, "drive"], {"cycle": "moon"}), (["load", 0, "charger"], {"mode": "fast"}),
    (["load"], {}), (["events", 0, "when"], None), (["events", 0, "when"], {}),
    (["events", 0, "when"], {"at_s": 1, "after": "b"}), (["events", 0, "when", "edge"], "up"),
    (["events", 0, "when", "any", 0, "at"], 2), (["events", 0, "when", "times"], 0),
    (["events", 0, "when", "any", 1, "not", "gt"], {"plus": 1}),
    (["events", 0, "fault", "type"], "bang"),
    (["events", 0, "fault", "target"], None), (["events", 0, "fault", "value_ohm"], "much"),
    (["events", 0, "fault", "value_ohm"], {"from": 5}), (["events", 0, "fault", "val"], 5),
    (["expect", 0, "after"], 5), (["expect", 0, "after"], {"at_s": -1}),
    (["expect", 0, "count"], -1),
    (["expect", 0, "count"], {"most": 3}), (["expect", 0, "eq"], [1]),
    (["expect", 1, "order"], "b" * 50),
    (["always", 0, "can_period"], "Nothing"), (["never", 0, "signal"], 5),
    (["never", 0, "id"], None),
    (["end", "or_when"], {"signal": "x", "all": []}), (["sweep", "grids"], {}),
    (["sweep", "random"], {"values": {}}), (["sweep", "boundary"], {"seed": {"at": 5}}),
    (["sweep", "faults"], {"events[0].fault": [{"target": "wire.A1"}]}), (["sweep", "exclude"], {}),
    (["record"], "all"), (["define"], {"v": [1]}), (["$schema"], 5),
]


def changed(path, value):
    tree = copy.deepcopy(GOOD)
    node = tree
    for step in path[:-1]:
        node = node[step]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return tree


def check(tree):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(tree, file)
        file.flush()
        done = subprocess.run([PACKSIM, "check", file.name], capture_output=True, text=True,
                              env={**os.environ, "PACKSIM_HOME": ROOT}, check=False)
    return done.returncode, done.stderr


def library():
    for path in sorted(glob.glob(os.path.join(ROOT, "scenarios", "**", "*.json"), recursive=True)):
        with open(path, encoding="utf-8") as file:
            tree = json.load(file)
        if "packsim" in tree and "scenarios" not in tree:
            yield path, tree


def main():
    failures = []
    written = subprocess.run([PACKSIM, "check", "--schema"], capture_output=True, text=True,
                             check=False).stdout
    with open(os.path.join(ROOT, "docs", "scenario.schema.json"), encoding="utf-8") as file:
        if file.read() != written:
            failures.append("docs/scenario.schema.json is not what the tables say: make docs")
    total = 2 + len(WRONG)
    code, text = check(GOOD)
    if code != 0:
        failures.append(f"the good scenario is refused: {text}")
    for path, value in WRONG:
        code, text = check(changed(path, value))
        if code != 2 or text.count("\n") != 1:
            failures.append(f"packsim check on {path} = {value!r}: exit {code}, {text}")
    try:
        import jsonschema
    except ImportError:
        jsonschema = None
        print("test_schema.py: python3-jsonschema is not installed: files not validated")
    if jsonschema is not None:
        schema = json.loads(written)
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for path, tree in [("the good scenario", GOOD)] + list(library()):
            total += 1
            for error in list(validator.iter_errors(tree))[:1]:
                failures.append(f"{path}: {list(error.absolute_path)}: {error.message[:200]}")
        for path, value in WRONG:
            total += 1
            if validator.is_valid(changed(path, value)):
                failures.append(f"the schema takes {path} = {value!r}")
    for failure in failures:
        print(f"test_schema.py: {failure}")
    print(f"{100 * (total - len(failures)) // total}%: Checks: {total}, Failures: {len(failures)}, "
          "Errors: 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
