#!/usr/bin/env python3
"""System test of diagnostics: a reader of its own reads what the BMS says on the bus and compares
it with the truth; packsim diag on a live bus; the table of identifiers in the manual."""
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import read_car  # noqa: E402

import tally
from tally import check

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
BUS = "udp:239.74.163.61:%d" % (20000 + os.getpid() % 20000)
SLOT_s = 0.25
PATIENCE_S = 60



def packsim(*arguments):
    return subprocess.run([PACKSIM, *arguments], capture_output=True, text=True, check=False,
                          cwd=ROOT, timeout=PATIENCE_S)


def near(what, value, truth, tolerance):
    check(abs(value - truth) <= tolerance, f"{what}: {value}, truth {truth} +- {tolerance}")


# --- replies on the bus of a run, against the recorded truth

def scenario(soc_pct, degC, load, end_s, events=(), groups=None):
    pack = {"soc_pct": soc_pct, "temperature_degC": degC}
    if groups:
        pack["groups"] = groups
    return {"packsim": 1, "id": "DIAG", "title": "A tester reads", "why": "What it reads is true.",
            "requirements": ["SR-CM-1"], "tags": ["diag"], "seed": 3, "pack": pack,
            "environment": {"ambient_degC": degC}, "can_log": {"file": "tester.log",
                                                               "at_s": end_s - 2},
            "load": load, "events": list(events),
            "expect": [{"id": "alive", "signal": "bms.valid_group_count", "eq": 96,
                        "within_ms": 2000}],
            "end": {"at_s": end_s}}


def tester_log(folder):
    """The requests of the five pages, and the flow control that lets each reply go on."""
    with open(os.path.join(folder, "tester.log"), "w", encoding="utf-8") as file:
        for page in range(5):
            file.write(f"({page * SLOT_s:.6f}) can0 7E4#0221{page + 1:02X}0000000000\n")
            file.write(f"({page * SLOT_s + 0.1:.6f}) can0 7E4#3000000000000000\n")


def replies_of(log):
    """The frames at 0x7EC as one object of a dump, and when the first of them came."""
    car, at_s, page = {"name": "bus.log"}, None, None
    with open(log, encoding="utf-8") as file:
        for line in file:
            match = re.match(r"\((\d+\.\d+)\) \S+ 7EC#([0-9A-F]{16})$", line.strip())
            if not match:
                continue
            octets = bytes.fromhex(match.group(2))
            if octets[0] >> 4 == 1:
                page = octets[2:4].hex()
                page = "21" + page[2:]
                car[page] = ""
                at_s = at_s or float(match.group(1))
            elif octets[0] >> 4 == 3:
                continue
            car[page] = (car[page] + " " + octets.hex(" ").upper()).strip()
    return car, at_s


def truth_of(run, at_s):
    done = packsim("export", run, "--signals", "phys.pack.*", "phys.link.V", "phys.group.*.V",
                   "phys.module.*.degC", "phys.fan.Hz", "phys.heater.*.degC",
                   "phys.vehicle.speed_kph", "--rate", "10", "--from", str(at_s), "--to",
                   str(at_s + 0.1))
    check(done.returncode == 0, f"export: {done.stderr}")
    rows = list(csv.reader(io.StringIO(done.stdout)))
    names = [name.split(" ")[0] for name in rows[0]]
    return {name: float(value) for name, value in zip(names, rows[-1]) if value}


def compare(what, car, truth):
    modules = [truth[f"phys.module.{m}.degC"] for m in range(1, 9)]
    counts = (14, 10, 10, 14, 14, 10, 10, 14)
    groups = [truth[f"phys.group.M{m}C{c}.V"] for m, n in enumerate(counts, 1)
              for c in range(1, n + 1)]
    near(f"{what}: soc", car["soc_pct"], truth["phys.pack.soc_pct"], 3.5)
    near(f"{what}: displayed", car["displayed_soc_pct"],
         min(100.0, max(0.0, (truth["phys.pack.soc_pct"] - 1.6) / 0.939)), 4.2)
    near(f"{what}: current", car["current_A"], truth["phys.pack.A"],
         0.6 + 0.01 * abs(truth["phys.pack.A"]))
    near(f"{what}: pack", car["pack_V"], truth["phys.pack.V"], 0.7)
    near(f"{what}: inverter", car["inverter_V"], truth["phys.link.V"], 1.5)
    for m in range(8):
        near(f"{what}: module {m + 1}", car["module_degC"][m], modules[m], 1.2)
    near(f"{what}: warmest", car["max_degC"], max(modules), 1.2)
    near(f"{what}: coldest", car["min_degC"], min(modules), 1.2)
    for cell, volt in enumerate(car["cell_V"]):
        near(f"{what}: cell {cell + 1}", volt, groups[cell], 0.016)
    near(f"{what}: highest", car["max_V"], max(groups), 0.016)
    near(f"{what}: lowest", car["min_V"], min(groups), 0.016)
    near(f"{what}: which is highest", groups[car["max_cell"] - 1], max(groups), 0.005)
    near(f"{what}: which is lowest", groups[car["min_cell"] - 1], min(groups), 0.005)
    near(f"{what}: deviation", car["deviation_V"], max(groups) - min(groups), 0.016)
    near(f"{what}: fan", car["fan_Hz"], truth["phys.fan.Hz"], 1.5)
    for h in range(2):
        near(f"{what}: heater {h + 1}", car["heater_degC"][h],
             truth.get(f"phys.heater.{h + 1}.degC", car["heater_degC"][h]), 1.2)
    near(f"{what}: aux", car["aux_V"], 13.2, 0.1)
    check(car["airbag_pct"] == 80, f"{what}: airbag {car['airbag_pct']}")


CASES = {
    "drive": (scenario(62, 24, [{"at_s": 0.5, "request": "drive"}, {"at_s": 3, "power_W": 25000}],
                       8, groups={"M3C5": {"soc_pct": 58}}),
              {"main": 1, "charging": 0, "rapid": 0, "normal": 0, "ignition": 1, "min_cell": 29}),
    "cold": (scenario(80, -14, [{"at_s": 0.5, "request": "drive"}, {"at_s": 3, "power_W": 6000}],
                      6), {"main": 1, "charging": 0, "ignition": 1}),
    "leak": (scenario(40, 37, [], 26, events=[
        {"id": "leak", "when": {"at_s": 4},
         "fault": {"target": "phys.isolation.pack_pos", "type": "leak", "value_ohm": 250000}}]),
             {"main": 0, "charging": 0, "fan": 3}),
    "ac": (scenario(30, 20, [{"at_s": 0, "charger_plugged": True},
                             {"at_s": 0.5, "request": "charge", "charger": {
                                 "mode": "cccv", "kind": "ac", "current_A": 16,
                                 "voltage_V": 400}}], 8),
           {"main": 1, "charging": 1, "rapid": 0, "normal": 1}),
    "dc": (scenario(30, 20, [{"at_s": 0, "charger_plugged": True},
                             {"at_s": 0.5, "request": "charge", "charger": {
                                 "mode": "cccv", "kind": "dc", "current_A": 100,
                                 "voltage_V": 400}}], 8),
           {"main": 1, "charging": 1, "rapid": 1, "normal": 0}),
}


def test_against_truth(folder):
    tester_log(folder)
    for name, (content, exact) in CASES.items():
        file, out = os.path.join(folder, name + ".json"), os.path.join(folder, name)
        content["id"] = "DIAG-" + name.upper()
        with open(file, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        done = packsim("run", file, "--out", out, "--quiet")
        check(done.returncode == 0, f"{name}: {done.stdout}{done.stderr}")
        run = os.path.join(out, content["id"])
        if not os.path.exists(os.path.join(run, "bus.log")):
            check(False, f"{name}: no bus.log in {os.listdir(out)}")
            continue
        dump, at_s = replies_of(os.path.join(run, "bus.log"))
        car = read_car.read(dump)
        compare(name, car, truth_of(run, at_s))
        for key, value in exact.items():
            check(car[key] == value, f"{name}: {key} {car[key]}, expected {value}")
        if name == "leak":
            near("leak: isolation", car["isolation_kohm"], 1 / (1 / 250 + 1 / 5000 + 1 / 5000), 40)
        if name in ("ac", "dc"):
            check(car["current_A"] < -10, f"{name}: {car['current_A']} A")
        near(f"{name}: operating time", car["operating_s"], at_s, 1.5)


# --- a live bus

LIVE = {"packsim": 1, "id": "DIAG-LIVE", "title": "A tester looks on", "why": "It is answered.",
        "requirements": ["SR-CM-1"], "tags": ["diag"], "seed": 5,
        "pack": {"soc_pct": 60, "temperature_degC": 25},
        "load": [{"at_s": 0.3, "request": "drive"}, {"at_s": 2.5, "power_W": 9000}],
        "events": [{"id": "broken", "when": {"at_s": 2},
                    "fault": {"target": "wire.A12", "type": "open"}}],
        "expect": [{"id": "drives", "signal": "bms.state", "eq": "DRIVE", "within_ms": 3000}],
        "end": {"at_s": 90}, "record": "none"}


def diag(*arguments):
    return packsim("diag", "--bus", BUS, "--timeout-ms", "2000", *arguments)


def wait_for_answer():
    until = time.monotonic() + 20
    while time.monotonic() < until:
        done = packsim("diag", "--bus", BUS, "--timeout-ms", "300", "read", "STATE", "--json")
        if done.returncode == 0 and json.loads(done.stdout)["state"] == 4:
            return True
    return False


def test_live(folder):
    file = os.path.join(folder, "live.json")
    with open(file, "w", encoding="utf-8") as stream:
        json.dump(LIVE, stream)
    with subprocess.Popen([PACKSIM, "run", file, "--bus", BUS, "--out", folder + "/live",
                           "--quiet"], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as run:
        check(wait_for_answer(), "a run with a bus answers a tester")
        time.sleep(1.2)
        dump = diag("--dump", "--name", "soul")
        cars = [read_car.read(car) for car in json.loads(dump.stdout or "[]")]
        check(dump.returncode == 0 and len(cars) == 1 and cars[0]["name"] == "soul" and
              cars[0]["main"] == 1 and 340 < cars[0]["pack_V"] < 380 and
              len(cars[0]["cell_V"]) == 96, f"dump: {dump}")
        values = diag("read", "pack_V", "group_96_V", "2105", "PACK_VOLTAGE", "--json")
        read = json.loads(values.stdout or "{}")
        check(values.returncode == 0 and abs(read["pack_V"] - read["pack_voltage"]) < 2 and
              "displayed_soc_pct" in read and 3 < read["group_96_V"] < 4.2, f"read: {values}")
        codes = json.loads(diag("dtc", "--json").stdout or "[]")
        check([(code["name"], code["location"], code["first"]["state"]) for code in codes] ==
              [("OPEN_WIRE_REDUNDANT", "A12", 4)], f"codes: {codes}")
        refused = diag("clear")
        check(refused.returncode == 1 and "22 conditions not correct" in refused.stderr and
              refused.stderr.count("\n") == 1, f"clear while driving: {refused}")
        raw = diag("request", "10 03", "22F186", "27 01", "--json")
        check(raw.returncode == 1 and json.loads(raw.stdout) ==
              {"1003": "50 03 00 32 01 F4", "22F186": "62 F1 86 03", "2701": "7F 27 11"},
              f"raw: {raw}")
        to_all = diag("request", "03", "--all")
        check(to_all.stdout == "43 01 1B 85\n", f"to all: {to_all}")
        pcap = os.path.join(folder, "diag.pcap")
        text = diag("read", "soc_pct", "--pcap", pcap)
        check(re.match(r"soc_pct +\d+\.\d %\n$", text.stdout) and os.path.getsize(pcap) > 100,
              f"one value: {text}")
        run.send_signal(signal.SIGTERM)  # its end is far: nothing above has to hurry
        _, told = run.communicate(timeout=PATIENCE_S)
        check(run.returncode == 1 and "interrupted" in told, f"the run ends: {run}, {told}")
    begin_s = time.monotonic()
    done = packsim("run", file, "--realtime", "--set", "end.at_s=2.8", "--out", folder + "/paced",
                   "--quiet")
    check(done.returncode == 0 and time.monotonic() - begin_s > 2.7, f"in real time: {done}")
    silent = packsim("diag", "--bus", BUS, "--timeout-ms", "50")
    check(silent.returncode == 1 and "no reply within 50 ms" in silent.stderr and
          silent.stderr.count("\n") == 1, f"nobody there: {silent}")


def test_refusals():
    for arguments, words in (
            (["nonsense"], "allowed read dtc clear request"),
            (["request"], "request HEX"),
            (["request", "2G"], "hex bytes"),
            (["request", "2"], "hex bytes"),
            (["read", "no_such"], "no such value"),
            (["clear", "P9999"], "no such code"),
            (["clear", "a", "b"], "allowed one or all"),
            (["dtc", "x"], "allowed nothing"),
            (["dtc", "--dump"], "allowed alone or with request"),
            (["--count", "0"], "1..1000000"),
            (["--name", 'a"b'], "--name"),
            (["--bus", "carrier:pigeon"], "carrier:pigeon")):
        done = packsim("diag", "--timeout-ms", "20", *arguments)
        check(done.returncode == 2 and words in done.stderr and done.stderr.count("\n") == 1,
              f"{arguments}: {done}")


def test_manual():
    table = packsim("diag", "--identifiers").stdout
    with open(os.path.join(ROOT, "docs", "diagnostics.md"), encoding="utf-8") as file:
        check(table.count("\n") > 40 and table in file.read(),
              "docs/diagnostics.md has another table of identifiers: make docs")


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_against_truth(folder)
        test_live(folder)
    test_refusals()
    test_manual()
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
