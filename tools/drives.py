#!/usr/bin/env python3
"""Hours of drive cycles at several temperatures: no alarm that truth does not justify.

usage: tools/drives.py [--hours H] [--temperatures T,T] [--seed N] [--jobs N] [--minutes M]
                       [--packsim FILE] [--out DIR]
Each temperature is a chain of runs of scenarios/drives/drive.json: the next begins at the state of
charge where the last ended, or at 85 % when that is empty; cycle, spread and sensor errors change
from run to run. What is done is kept in DIR and not done again by the same program: --minutes ends
early, and another call goes on. The last line is "N passed, N failed, N skipped", one for each
run. Exit 1 iff a run failed, 2 bad usage, 4 all runs passed but the hours are not full yet.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
SCENARIO = os.path.join(ROOT, "scenarios", "drives", "drive.json")
CYCLES = ("wltc3b", "us06", "udds", "la92", "hwfet")
FULL_pct = 85.0
EMPTY_pct = 10.0  # the scenario ends at 8
PIECE_s = 3600.0
LEAST_s = 120.0  # a rest shorter than this is not worth a run
# An info that was set: which true extreme of the run bears it out, at least or at most how much.
# Limits of ecu_model/db/limits.csv less what sensors may err by.
BORNE_OUT = {
    "info_high": (("group_max", 4.190, 1),),
    "info_low": (("group_min", 2.810, -1),),
    "info_hot": (("cell_max", 44.0, 1),),
    "info_cold": (("cell_min", 1.0, -1),),
    "info_current": (("current_max", 277.0, 1), ("current_min", -187.0, -1)),
}
EXTREMES = (("group_min", min), ("group_max", max), ("current_min", min), ("current_max", max),
            ("cell_max", max), ("cell_min", min))


def settings(seed, temperature_degC, index, soc_pct, length_s):
    """--set of run number index; drawn from seed, temperature and index alone."""
    draw = random.Random(f"{seed}/{temperature_degC}/{index}")
    return {
        "pack.soc_pct": round(soc_pct, 2),
        "pack.temperature_degC": temperature_degC,
        "environment.ambient_degC": temperature_degC,
        "load[1].drive.cycle": CYCLES[index % len(CYCLES)],
        "sensors.current_offset_A": round(draw.uniform(-0.4, 0.4), 3),
        "sensors.current_gain_pct": round(draw.uniform(-0.7, 0.7), 3),
        "sensors.ntc_offset_K": round(draw.uniform(-0.5, 0.5), 3),
        "sensors.pack_gain_pct": round(draw.uniform(-0.3, 0.3), 3),
        "end.at_s": round(length_s, 1),
    }


def measured(checks):
    """{id: figure}; the text of a figure ends with ": 3.912 V"."""
    texts = {c["id"]: c["text"] for c in checks if c["kind"] == "measure"}
    found = {name: re.search(r": (-?[0-9.]+(?:e[-+]?[0-9]+)?)", text)
             for name, text in texts.items()}
    return {name: float(match.group(1)) for name, match in found.items() if match}


def false_infos(measure):
    """Infos that were set though no true value of the run bears them out."""
    return [info for info, reasons in BORNE_OUT.items()
            if measure.get(info) and not any(side * (measure[name] - bound) >= 0.0
                                             for name, bound, side in reasons)]


def run_piece(packsim, out, seed, values):
    """Result of one run as a plain dict; "wrong" is empty iff it passed."""
    shutil.rmtree(out, ignore_errors=True)
    command = [packsim, "run", SCENARIO, "--quiet", "--jobs", "1", "--seed", str(seed),
               "--out", out]
    for path, value in values.items():
        command += ["--set", f"{path}={value}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    piece = {"seed": seed, "set": values, "sim_s": 0.0, "soc_end_pct": 0.0,
             "wrong": done.stderr.strip()[-300:] or f"exit {done.returncode}", "measure": {}}
    if done.returncode in (0, 1):
        with open(os.path.join(out, "results.json"), encoding="utf-8") as file:
            run = json.load(file)["runs"][0]
        failed = [f"{c['id']}: {c['text']}" for c in run["checks"] if c["verdict"] != "pass"]
        measure = measured(run["checks"])
        failed += [f"{info}: truth does not bear it out" for info in false_infos(measure)]
        piece.update(sim_s=run["sim_s"], soc_end_pct=run["soc_end_pct"],
                     wrong="; ".join(failed), measure=measure)
        if done.returncode == 1 and not failed:
            piece["wrong"] = run["verdict"]
        shutil.rmtree(out, ignore_errors=True)
    return piece


class Chain:
    """The runs at one temperature, kept in a file."""

    def __init__(self, arguments, temperature_degC, identity):
        self.arguments, self.temperature_degC = arguments, temperature_degC
        self.path = os.path.join(arguments.out, f"{temperature_degC}.json")
        self.identity = identity
        self.pieces = []
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                kept = json.load(file)
            if kept["identity"] == identity:
                self.pieces = kept["pieces"]

    def hours(self):
        return sum(piece["sim_s"] for piece in self.pieces) / 3600.0

    def wrong(self):
        return [piece for piece in self.pieces if piece["wrong"]]

    def is_full(self):
        return self.arguments.hours * 3600.0 - self.hours() * 3600.0 < LEAST_s

    def step(self):
        index = len(self.pieces)
        soc_pct = self.pieces[-1]["soc_end_pct"] if self.pieces else FULL_pct
        if soc_pct < EMPTY_pct:
            soc_pct = FULL_pct
        left_s = (self.arguments.hours - self.hours()) * 3600.0
        values = settings(self.arguments.seed, self.temperature_degC, index, soc_pct,
                          min(PIECE_s, left_s))
        out = os.path.join(self.arguments.out, f"run{self.temperature_degC}")
        self.pieces.append(run_piece(self.arguments.packsim, out,
                                     self.arguments.seed * 100000 + index, values))
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump({"identity": self.identity, "pieces": self.pieces}, file, indent=1)
        os.replace(self.path + ".new", self.path)
        return self.pieces[-1]

    def summary(self):
        km = sum(piece["measure"].get("distance", 0.0) for piece in self.pieces) / 1000.0
        seen = {}
        for name, choose in EXTREMES:
            values = [p["measure"][name] for p in self.pieces if name in p["measure"]]
            seen[name] = choose(values) if values else float("nan")
        infos = [info for info in BORNE_OUT if any(p["measure"].get(info) for p in self.pieces)]
        return {"degC": self.temperature_degC, "hours": self.hours(), "km": km,
                "runs": len(self.pieces), "failed": len(self.wrong()), "infos": infos, **seen}


def identity_of(arguments):
    """Another program, scenario or seed starts anew."""
    digest = hashlib.sha256(str(arguments.seed).encode())
    for path in (arguments.packsim, SCENARIO):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def drive_all(chains, arguments, lock):
    """Until every chain is full, one failed, or the time is up."""
    begin = time.monotonic()

    def drive(chain):
        while not chain.is_full() and not chain.wrong():
            if arguments.minutes and time.monotonic() - begin > 60.0 * arguments.minutes:
                return
            piece = chain.step()
            with lock:
                print(f"{chain.temperature_degC:4} degC {chain.hours():7.2f} of "
                      f"{arguments.hours:g} h  {piece['set']['load[1].drive.cycle']:7} "
                      f"{piece['set']['pack.soc_pct']:5.1f} to {piece['soc_end_pct']:5.1f} %  "
                      f"seed {piece['seed']}  {piece['wrong'] or 'no alarm'}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        list(pool.map(drive, chains))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--temperatures", default="-20,0,25,45")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--packsim", default=os.path.join(ROOT, "build", "packsim"))
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "drives"))
    arguments = parser.parse_args()
    try:
        arguments.temperatures = [int(text) for text in arguments.temperatures.split(",")]
    except ValueError:
        parser.error(f"--temperatures: {arguments.temperatures}, allowed whole numbers in degC, "
                     "with commas")
    if not 0.0 < arguments.hours <= 10000.0:
        parser.error(f"--hours: {arguments.hours:g}, allowed more than 0, at most 10000")
    if not os.path.isfile(arguments.packsim):
        parser.error(f"--packsim: {arguments.packsim} is not there; make builds it")
    return arguments


def main():
    arguments = parse()
    os.makedirs(arguments.out, exist_ok=True)
    identity = identity_of(arguments)
    chains = [Chain(arguments, t, identity) for t in arguments.temperatures]
    drive_all(chains, arguments, threading.Lock())
    for chain in chains:
        s = chain.summary()
        print(f"{s['degC']:4} degC: {s['hours']:.2f} h, {s['km']:.0f} km, {s['runs']} runs, "
              f"{s['failed']} failed; groups {s['group_min']:.3f}..{s['group_max']:.3f} V, "
              f"{s['current_min']:.0f}..{s['current_max']:.0f} A, cells "
              f"{s['cell_min']:.1f}..{s['cell_max']:.1f} degC"
              + (f"; borne out: {', '.join(s['infos'])}" if s["infos"] else ""))
    with open(os.path.join(arguments.out, "summary.json"), "w", encoding="utf-8") as file:
        json.dump({"seed": arguments.seed, "hours": arguments.hours,
                   "chains": [chain.summary() for chain in chains]}, file, indent=1)
    runs = sum(len(chain.pieces) for chain in chains)
    failed = sum(len(chain.wrong()) for chain in chains)
    if failed == 0 and not all(chain.is_full() for chain in chains):
        print("not all hours yet: the same command goes on")
    print(f"{runs - failed} passed, {failed} failed, 0 skipped")
    if failed:
        return 1
    return 0 if all(chain.is_full() for chain in chains) else 4


if __name__ == "__main__":
    sys.exit(main())
