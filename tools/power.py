#!/usr/bin/env python3
"""The published powers for 2, 10 and 30 s can be used, and are not merely small.

usage: tools/power.py [--degC LIST] [--soc LIST] [--share PCT] [--rounds N] [--seed N] [--jobs N]
                      [--minutes M] [--packsim FILE] [--out DIR]
At each temperature and state of charge a pack with spread and wrong sensors is asked from rest for
--share (90) percent of each of the six powers of BMS_Power, for the whole horizon and whatever the
BMS says meanwhile: no safety limit may be reached, no DTC of level warning or fault set, the
energy must have come, and BMS and contactors stay as they are. Then bisection finds the most that
the plant gives for that horizon until a safety limit is hit or the BMS sets a DTC of level fault;
published / most is printed, and where the clip of 90 kW is above what is published, published /
the smaller of most and clip. What is done is kept in DIR: --minutes ends early, and another call
goes on. The last line is "N passed, N failed, N skipped". Exit 1 iff one failed, 2 bad usage, 4
all passed but there are points left.
"""
import argparse
import json
import os
import sys
import time

import batch

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
SCENARIO = os.path.join(ROOT, "scenarios", "drives", "power.json")
BEGIN_s = 6.0  # at rest and closed until then
ASKS = tuple((side, horizon_s) for side in ("discharge", "charge") for horizon_s in (2, 10, 30))
MOST_kW = {"discharge": 170.0, "charge": 110.0}  # beyond 400 A and 250 A
CLIP_kW = 90.0
LEAST_kW = 0.5  # published: less is nothing
QUIET = ("none", "info")


def name_of(ask):
    return f"{ask[0]}_{ask[1]}"


def scenario(arguments, point, name, ask=None, power_kW=0.0):
    """The point's pack, and the power that is asked for from BEGIN_s on."""
    with open(SCENARIO, encoding="utf-8") as file:
        made = json.load(file)
    degC, soc_pct = point
    made["id"] = name
    made["seed"] = arguments.seed
    made["pack"]["soc_pct"] = soc_pct
    made["pack"]["temperature_degC"] = degC
    made["environment"]["ambient_degC"] = degC
    if ask:
        sign = 1.0 if ask[0] == "discharge" else -1.0
        made["load"].append({"at_s": BEGIN_s, "obeys_limits": False,
                             "power_W": sign * 1e3 * power_kW})
        made["end"]["at_s"] = BEGIN_s + ask[1]
    return made


def use(arguments, point, published):
    """{ask: what is wrong} at the share of what is published."""
    asked = {ask: 0.01 * arguments.share * kW for ask, kW in published.items() if kW >= LEAST_kW}
    runs = batch.run(arguments, [scenario(arguments, point, name_of(ask), ask, kW)
                                 for ask, kW in asked.items()])
    found = {}
    for ask, kW in asked.items():
        wrong, measures = runs[name_of(ask)]
        got_Wh = abs(float(measures["energy"]))
        wanted_Wh = kW * ask[1] / 3.6
        if not wrong and measures["level"] not in QUIET:
            wrong = f"a DTC of level {measures['level']}"
        if not wrong and abs(got_Wh - wanted_Wh) > 0.02 * wanted_Wh + 0.2:
            wrong = f"{got_Wh:.2f} Wh came of {wanted_Wh:.2f}"
        found[ask] = wrong
    return found


def most(arguments, point, published):
    """{ask: kW} that the plant gives until a limit is hit."""
    low = {ask: 0.0 for ask in published if published[ask] >= LEAST_kW}
    high = {ask: MOST_kW[ask[0]] for ask in low}
    for _ in range(arguments.rounds):
        middle = {ask: 0.5 * (low[ask] + high[ask]) for ask in low}
        runs = batch.run(arguments, [scenario(arguments, point, name_of(ask), ask, kW)
                                     for ask, kW in middle.items()])
        for ask, kW in middle.items():
            held = not runs[name_of(ask)][0]
            (low if held else high)[ask] = kW
    return low


def do_point(arguments, point):
    wrong, measures = batch.run(arguments, [scenario(arguments, point, "rest")])["rest"]
    if wrong:
        sys.exit(f"power.py: {point[0]:g} degC, {point[1]:g} %: at rest: {wrong}")
    published = {ask: float(measures[name_of(ask)]) for ask in ASKS}
    if all(kW < LEAST_kW for kW in published.values()):
        return []
    wrong = use(arguments, point, published)
    possible = most(arguments, point, published)
    return [{"degC": point[0], "soc": point[1], "side": ask[0], "horizon_s": ask[1],
             "published_kW": published[ask], "most_kW": possible[ask], "wrong": wrong[ask]}
            for ask in ASKS if ask in possible]


def tell_side(rows, side):
    some = [r for r in rows if r["side"] == side]
    if not some:
        return f"{side}: none is published"
    share = sorted((100.0 * r["published_kW"] / max(r["most_kW"], 1e-9), r["soc"], r["horizon_s"])
                   for r in some)
    clipped = [100.0 * r["published_kW"] / max(min(r["most_kW"], CLIP_kW), 1e-9) for r in some]
    low_pct, soc, horizon_s = share[0]
    return (f"{side}: {min(r['published_kW'] for r in some):.0f} to "
            f"{max(r['published_kW'] for r in some):.0f} kW, of the most {low_pct:.0f} % at least "
            f"({soc:g} %, {horizon_s} s), {sum(p[0] for p in share) / len(share):.0f} % in the "
            f"mean, {share[-1][0]:.0f} % at most; below the clip "
            f"{sum(clipped) / len(clipped):.0f} %")


def lines_of(rows):
    for degC in sorted({r["degC"] for r in rows if r["most_kW"] > 0.0}):
        here = [r for r in rows if r["degC"] == degC]
        for side in ("discharge", "charge"):
            yield f"{degC:4g} degC, {tell_side(here, side)}"


def summarise(arguments, of_count, done_count, rows, failed):
    """The figures for docs/evidence.md."""
    made = {"seed": arguments.seed, "share_pct": arguments.share, "done": done_count,
            "of": of_count, "powers": len(rows), "failed": len(failed),
            "lines": [line.strip() for line in lines_of(rows)]}
    with open(os.path.join(arguments.out, "summary.json"), "w", encoding="utf-8") as file:
        json.dump(made, file)


def numbers(text):
    return [float(word) for word in text.split(",")]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--degC", type=numbers, default=[-20, -10, 0, 10, 25, 45])
    parser.add_argument("--soc", type=numbers, default=[10, 20, 35, 50, 65, 80, 92])
    parser.add_argument("--share", type=float, default=90.0)
    parser.add_argument("--rounds", type=int, default=8, help="of bisection; 0: only use them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--packsim", default=os.path.join(ROOT, "build", "packsim"))
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "power"))
    arguments = parser.parse_args()
    if not 1.0 <= arguments.share <= 200.0:
        parser.error(f"--share: {arguments.share:g}, allowed 1 to 200")
    if not 0 <= arguments.rounds <= 20:
        parser.error(f"--rounds: {arguments.rounds}, allowed 0 to 20")
    if not os.path.isfile(arguments.packsim):
        parser.error(f"--packsim: {arguments.packsim} is not there; make builds it")
    return arguments


def main():
    arguments = parse()
    os.makedirs(arguments.out, exist_ok=True)
    path = os.path.join(arguments.out, "power.json")
    options = f"{arguments.seed} {arguments.share} {arguments.rounds}"
    same = batch.identity(options, arguments.packsim, SCENARIO, __file__)
    done = batch.load(path, same, {})
    begin = time.monotonic()
    points = [(degC, soc) for degC in arguments.degC for soc in arguments.soc]
    for point in points:
        key = f"{point[0]:g} {point[1]:g}"
        if key in done:
            continue
        if arguments.minutes and time.monotonic() - begin > 60.0 * arguments.minutes:
            break
        done[key] = do_point(arguments, point)
        batch.save(path, same, done)
    keys = [f"{degC:g} {soc:g}" for degC, soc in points]
    rows = [row for key in keys for row in done.get(key, [])]
    failed = [row for row in rows if row["wrong"]]
    for row in failed:
        print(f"{row['degC']:g} degC, {row['soc']:g} %, {row['side']} for {row['horizon_s']} s, "
              f"{arguments.share:g} % of {row['published_kW']:g} kW: {row['wrong']}")
    for line in lines_of(rows):
        print(line)
    left = sum(key not in done for key in keys)
    summarise(arguments, len(points), len(points) - left, rows, failed)
    if left:
        print(f"{left} of {len(points)} points left: the same command goes on")
    print(f"{len(rows) - len(failed)} passed, {len(failed)} failed, 0 skipped")
    return 1 if failed else 4 if left else 0


if __name__ == "__main__":
    sys.exit(main())
