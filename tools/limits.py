#!/usr/bin/env python3
"""A thousand drives at full use of the published limits: none reaches a safety limit.

usage: tools/limits.py [--drives N] [--seed N] [--jobs N] [--minutes M]
                       [--packsim FILE] [--out DIR]
Each drive is scenarios/drives/limits.json from -20 to 45 degC at 8 to 95 % with other sensor errors
and a random sequence of full throttle, full brake and pauses, in blocks of 2 to 20 s: the load asks
for 200 kW and gets what BMS_Limits publishes. What is done is kept in DIR
and not done again by the same program: --minutes ends early, and another call goes on. The last
line is "N passed, N failed, N skipped". Exit 1 iff a drive failed, 2 bad usage, 4 all passed but
there are drives left.
"""
import argparse
import json
import os
import random
import sys
import time

import batch

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
SCENARIO = os.path.join(ROOT, "scenarios", "drives", "limits.json")
CHUNK = 20  # drives in one run of the program
LENGTH_s = 60.0
BINS = ((-20, -10), (-10, 0), (0, 10), (10, 25), (25, 45.1))
MEASURES = (("group_min", min), ("group_max", max), ("current_max", max), ("current_min", min))


def drive(seed, index):
    """Scenario number index; drawn from seed and index alone."""
    draw = random.Random(f"{seed}/{index}")
    with open(SCENARIO, encoding="utf-8") as file:
        scenario = json.load(file)
    degC = round(draw.uniform(-20.0, 45.0), 1)
    scenario["id"] = f"LIMITS-{index:04}"
    scenario["seed"] = seed * 100000 + index
    scenario["pack"]["soc_pct"] = round(draw.uniform(8.0, 95.0), 1)
    scenario["pack"]["temperature_degC"] = degC
    scenario["environment"]["ambient_degC"] = degC
    scenario["sensors"]["current_offset_A"] = round(draw.uniform(-0.4, 0.4), 3)
    scenario["sensors"]["current_gain_pct"] = round(draw.uniform(-1.0, 1.0), 3)
    at_s = 3.0
    while at_s < LENGTH_s:
        power_W = draw.choice((200000, 200000, -200000, -200000, 0))
        scenario["load"].append({"at_s": round(at_s, 2), "power_W": power_W})
        at_s += draw.uniform(2.0, 20.0)
    return scenario


def run_chunk(arguments, first, count):
    scenarios = [drive(arguments.seed, index) for index in range(first, first + count)]
    found = batch.run(arguments, scenarios)
    drives = []
    for each in scenarios:
        wrong, measures = found[each["id"]]
        drives.append({"id": each["id"], "degC": each["pack"]["temperature_degC"], "wrong": wrong,
                       "measure": {name: float(word) for name, word in measures.items()}})
    return drives


def lines_of(drives):
    for low, high in BINS:
        some = [d for d in drives if low <= d["degC"] < high]
        if not some:
            continue
        seen = {name: choose(d["measure"][name] for d in some) for name, choose in MEASURES}
        yield (f"{low:4.0f} to {high:3.0f} degC: {len(some):4} drives, groups "
               f"{seen['group_min']:.3f} to {seen['group_max']:.3f} V, "
               f"{seen['current_min']:.0f} to {seen['current_max']:.0f} A")


def summarise(arguments, drives, failed):
    """The figures for docs/evidence.md."""
    made = {"seed": arguments.seed, "done": len(drives), "of": arguments.drives,
            "failed": len(failed), "lines": [line.strip() for line in lines_of(drives)]}
    with open(os.path.join(arguments.out, "summary.json"), "w", encoding="utf-8") as file:
        json.dump(made, file)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--drives", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--packsim", default=os.path.join(ROOT, "build", "packsim"))
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "limits"))
    arguments = parser.parse_args()
    if not 1 <= arguments.drives <= 100000:
        parser.error(f"--drives: {arguments.drives}, allowed 1 to 100000")
    if not os.path.isfile(arguments.packsim):
        parser.error(f"--packsim: {arguments.packsim} is not there; make builds it")
    return arguments


def main():
    arguments = parse()
    os.makedirs(arguments.out, exist_ok=True)
    path = os.path.join(arguments.out, "drives.json")
    same = batch.identity(str(arguments.seed), arguments.packsim, SCENARIO)
    drives = batch.load(path, same, [])
    begin = time.monotonic()
    while len(drives) < arguments.drives:
        if arguments.minutes and time.monotonic() - begin > 60.0 * arguments.minutes:
            break
        count = min(CHUNK, arguments.drives - len(drives))
        drives += run_chunk(arguments, len(drives), count)
        batch.save(path, same, drives)
    failed = [d for d in drives if d["wrong"]]
    for each in failed:
        print(f"{each['id']} at {each['degC']} degC: {each['wrong']}")
    for line in lines_of(drives):
        print(line)
    summarise(arguments, drives, failed)
    if len(drives) < arguments.drives:
        print(f"{len(drives)} of {arguments.drives} drives: the same command goes on")
    print(f"{len(drives) - len(failed)} passed, {len(failed)} failed, 0 skipped")
    if failed:
        return 1
    return 0 if len(drives) >= arguments.drives else 4


if __name__ == "__main__":
    sys.exit(main())
