#!/usr/bin/env python3
"""packsim serve and packsim ecu as processes: verdicts, a killed and a stopped peer, strangers."""
import json
import multiprocessing
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

import tally
from tally import check

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
BUS = ""  # run_one gives each test its own
PATIENCE_S = 60
# A loaded machine stops a process for longer than a bench would: the tests' peers are patient.
TIMEOUT_MS = "400"
STOP_S = 1.0


class Task:
    """A packsim process whose stderr is read as it comes; killed with the block."""

    def __init__(self, *arguments):
        env = dict(os.environ, PACKSIM_HOME=ROOT)
        self.process = subprocess.Popen([PACKSIM, *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, cwd=ROOT, env=env)
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def count(self, pattern):
        return sum(1 for line in list(self.lines) if re.search(pattern, line))

    def says(self, pattern, times=1, patience_s=PATIENCE_S):
        """Waits for the line; fails where it does not come."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end and self.count(pattern) < times:
            if self.process.poll() is not None:
                self.reader.join()
                break
            time.sleep(0.01)
        check(self.count(pattern) >= times, f"{pattern!r} {times} times: {self.lines}")
        return self.count(pattern) >= times

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGINT):
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.send(number)
        try:
            out = self.process.stdout.read()
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            out = ""
            check(False, f"{self.process.args} does not end")
        self.reader.join()
        return self.process.returncode, out

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()


def ecu(*more):
    return Task("ecu", "--bus", BUS, "--no-priority", *more)


def plant(*more):
    return Task("serve", "--bus", BUS, "--no-priority", "--timeout-ms", TIMEOUT_MS, *more)


def results(folder):
    with open(folder + "/results.json", encoding="utf-8") as file:
        return json.load(file)["runs"]


def test_stepped(folder):
    """The same course every time, judged as always."""
    hashes = []
    with ecu() as peer:
        for i in range(2):
            out = f"{folder}/fd{i}"
            with Task("serve", "--bus", BUS, "--stepped", "scenarios/bus/overvoltage.json",
                      "--out", out) as task:
                code, text = task.end(signal.SIGCONT)
            check(code == 0 and "1 passed" in text, f"stepped, FD: {code} {text} {task.lines}")
            run = results(out)[0]
            hashes.append((run["trace_hash"], run["output_hash"]))
        check(hashes[0] == hashes[1], f"two runs differ: {hashes}")
        with Task("serve", "--bus", BUS, "--stepped", "--classic",
                  "scenarios/bus/overvoltage.json") as task:
            code, text = task.end(signal.SIGCONT)
        check(code == 0 and "1 passed" in text, f"stepped, classic: {code} {text} {task.lines}")
        peer.says("has ended", 3)
        with open(folder + "/fd0/timing.json", encoding="utf-8") as file:
            real_time = json.load(file)["runs"][0]["real_time"]
        check(real_time["conversions"] > 500, f"conversions: {real_time}")


def test_memory(folder):
    """What the ECU's memory has acknowledged outlives kill -9."""
    nvm, remembers = folder + "/weld.nvm", folder + "/remembers.json"
    with open(remembers, "w", encoding="utf-8") as file:
        json.dump({"packsim": 1, "id": "REMEMBERS", "title": "A weld is remembered",
                   "why": "kill -9", "end": {"at_s": 3}, "record": "none",
                   "expect": [{"id": "latched", "signal": "dtc.CONTACTOR_WELDED", "eq": 1,
                               "within_ms": 2500}],
                   "never": [{"id": "closed", "signal": "contactor.main_neg.closed", "eq": 1}]},
                  file)
    for scenario in ("scenarios/bus/weld.json", remembers):
        with ecu("--nvm", nvm) as peer, Task("serve", "--bus", BUS, "--stepped", scenario) as task:
            code, text = task.end(signal.SIGCONT)
            check(code == 0 and "1 passed" in text, f"memory: {code} {text} {task.lines}")
            peer.send(signal.SIGKILL)


def test_real_time(folder):
    """The clock's figures are in the result; a run keeps to the wall's time. Nothing is judged
    that a busy machine could miss."""
    with ecu(), plant("scenarios/serve.json", "--set", "end.at_s=1.5",
                      "--out", folder + "/rt") as task:
        begin_s = time.monotonic()
        code, text = task.end(signal.SIGCONT)
        wall_s = time.monotonic() - begin_s
    check(code == 0 and wall_s > 1.4, f"real time: {code} {wall_s} {text} {task.lines}")
    check(task.count(r"late by us: p50 \d+, p99 \d+, p99.9 \d+, max \d+, \d+ overruns") == 1,
          f"lateness: {task.lines}")
    with open(folder + "/rt/timing.json", encoding="utf-8") as file:
        figures = json.load(file)["runs"][0]["real_time"]
    names = ("late_p50_us", "late_p99_us", "late_p99_9_us", "late_max_us")
    order = [figures[name] for name in names]
    check(order == sorted(order) and figures["paced_ticks"] == 1500, f"histogram: {figures}")


def test_ecu_dies(folder):
    """Killed, stopped, a second one: the plant says each once and goes on."""
    nvm = folder + "/ecu.nvm"
    with plant() as task:
        with ecu("--nvm", nvm) as first:
            task.says(r"ECU \w+ takes the seat \(power on\)")
            with ecu() as second:
                second.says("has another ECU .*: waiting")
                second.end()
            with ecu("--nvm", nvm) as third:
                check(third.end(signal.SIGCONT)[0] == 2, f"one ECU for a file: {third.lines}")
            first.send(signal.SIGSTOP)
            task.says("is lost: nothing heard for 400 ms; coils off")
            time.sleep(STOP_S - 0.4)
            first.send(signal.SIGCONT)
            first.says("stood still for .*: the watchdog resets the ECU")
            task.says(r"takes the seat \(watchdog\)")
            first.send(signal.SIGKILL)
            task.says("is lost", 2)
        check(os.path.getsize(nvm) == 8192, "the memory's file is whole")
        with ecu("--nvm", nvm) as again:
            task.says(r"takes the seat \(power on\)", 2)
            again.says("seat at plant")
            task.end()
            again.says("has ended")


def test_plant_dies(_):
    """The ECU notices, and takes the next plant's seat after a power-on of its own."""
    with ecu() as peer:
        with plant() as task:
            task.says("takes the seat")
            with Task("serve", "--bus", BUS) as other:
                code = other.end(signal.SIGCONT)[0]
            check(code == 3 and other.count("another plant drives this bus, allowed one") == 1,
                  f"a second plant: {code} {other.lines}")
            task.send(signal.SIGSTOP)
            peer.says("is lost: nothing heard for 400 ms; harness off, contactors open")
            time.sleep(STOP_S - 0.4)
            task.send(signal.SIGCONT)
            task.says("stood still for .*: the schedule moves")
            peer.says("seat at plant .*, the same as before")
            check(task.count("is lost") == 0, f"the plant slept, not the ECU: {task.lines}")
            task.send(signal.SIGKILL)
            peer.says("is lost", 2)
        with plant() as task:
            task.says("takes the seat")
            peer.says(r"seat at plant \w+ \(FD\)$", 2)


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def hello(version, plant_session):
    """An ECU's CUT_HELLO, as docs/two-processes.md has it, made by other code."""
    body = struct.pack("<BBHHBB", 0, version, 0x7777, plant_session, 0, 1)
    crc = crc16(body + struct.pack("<H", 0x5053 + 8))
    return "018##1" + (struct.pack("<H", crc) + body + b"\0\0").hex()


def test_strangers(_):
    """Garbage, another version, and the rest-bus as a third party hears it."""
    def say(frame):
        done = subprocess.run([PACKSIM, "can", BUS, "--send", frame, "--quiet"], check=False)
        check(done.returncode == 0, f"send {frame}")

    with plant() as task, ecu() as peer:
        task.says("takes the seat")
        peer.says("seat at plant")
        session = int(re.search(r"seat at plant (\w+)", "\n".join(peer.lines)).group(1), 16)
        for _ in range(2):
            say("018##1" + "5A" * 12)
            say(hello(9, session))
            say(hello(1, session))
            say("100#0011223344556677")
        task.says("garbage with id 0x018 is ignored")
        task.says("speaks version 9 of the bus cut is ignored, allowed 1")
        task.says(r"a second ECU \(7777\) asks, the seat has \w+: ignored")
        task.says(r"somebody else sends VCM_Request \(0x100\), which is the plant's: ignored")
        for line in ("garbage", "speaks version", "a second ECU", "somebody else"):
            check(task.count(line) == 1, f"said once: {line}: {task.lines}")
        # one of them comes once a second
        heard = subprocess.run([PACKSIM, "can", BUS, "--seconds", "3", "--quiet"],
                               capture_output=True, text=True, check=False).stdout
        requests = [bytes.fromhex(text) for text in re.findall(r" 100#(\w{16})$", heard, re.M)]
        counters = [data[1] & 15 for data in requests]
        check(len(requests) >= 5, f"the vehicle's requests: {len(requests)}")
        check(all((b - a) % 15 == 1 for a, b in zip(counters, counters[1:])),
              f"with their counters: {counters}")
        check(" 180#" in heard and " 191##1" in heard, "the ECU's own frames")
        for ident in ("101", "110", "120", "121"):
            check(f" {ident}#" in heard, f"frame {ident} of the vehicle or the charger")


def test_rest_bus(_):
    """The real car's frames, or none: then somebody else is the vehicle, and nobody complains."""
    def hear():
        return subprocess.run([PACKSIM, "can", BUS, "--seconds", "1", "--quiet"],
                              capture_output=True, text=True, check=False).stdout

    with ecu() as peer:
        with plant("--rest-bus", "soul-ev") as task:
            task.says("takes the seat")
            heard = hear()
            for ident in ("100", "200", "2A1", "523", "524", "553", "57F", "581"):
                check(f" {ident}#" in heard, f"frame {ident} of the car")
            check(" 120#" not in heard, "none of our own charger")
            low = [int(text, 16) >> 6 for text in re.findall(r" 200#\w{10}(\w\w)", heard)]
            steps = [(b - a) % 4 for a, b in zip(low, low[1:])]
            check(len(low) > 50 and steps.count(1) >= len(steps) - 2, f"0x200 counts: {low[:20]}")
            task.end()
        peer.says("has ended")
        with plant("--rest-bus", "none") as task:
            task.says("takes the seat", 1)
            subprocess.run([PACKSIM, "can", BUS, "--send", "100#0011223344556677", "--quiet"],
                           check=False)
            heard = hear()
            check(" 100#" not in heard and " 120#" not in heard, "the plant says nothing")
            check(" 180#" in heard, "the ECU still does")
            check(task.count("somebody else") == 0, f"nobody complains: {task.lines}")
            task.end()
    with plant("--no-seat", "--rest-bus", "soul-ev") as task:
        with Task("can", BUS, "--send", "594#10270C1700550000", "--every", "100", "--quiet"):
            heard = hear()
            check(" 581#" in heard and " 100#" in heard, "the car is there without an ECU")
            check(not re.search(" 01[0-9A-F]#", heard), "no bus cut")
        task.end()
        check(task.count("seat") == 0, f"nobody is waited for: {task.lines}")
    code, _ = Task("serve", "--bus", BUS, "--rest-bus", "leaf").end(signal.SIGCONT)
    check(code == 2, f"--rest-bus leaf: {code}")


def test_refused(_):
    for arguments, code, words in (
            (["serve"], 2, "no bus, allowed --bus URL"),
            (["serve", "--bus", "nonsense:"], 2, "nonsense:"),
            (["serve", "--bus", BUS, "--speed", "0"], 2, "--speed: 0, allowed 0.01..60"),
            (["serve", "--bus", BUS, "--speed", "1", "--stepped"], 2, "allowed one of them"),
            (["serve", "--bus", BUS, "--wait-s", "1", "scenarios/bus/weld.json"], 3,
             "no ECU came within 1 s, allowed one: packsim ecu --bus"),
            (["serve", "--bus", BUS, "WD-001"], 2, "a fault of mcu.* lies inside of the ECU"),
            (["serve", "--bus", BUS, "OW-STANDBY"], 2,
             "state: no frame of the ECU tells it"),
            (["ecu", "--bus", BUS, "--lockstep"], 2, "allowed one of them"),
            (["ecu", "--nvm", "x"], 2, "--nvm: allowed with --bus URL"),
            (["ecu", "--bus", BUS, "--nvm", "scenarios.json"], 2, "allowed the 8192")):
        with Task(*arguments) as task:
            got = task.end(signal.SIGCONT)[0]
        lines = [line for line in task.lines if not re.search("frames|scheduling|locked", line)]
        check(got == code and len(lines) == 1 and words in lines[0], f"{arguments}: {got} {lines}")


def run_one(index):
    """In a process of its own, on a bus of its own: the tests mostly wait."""
    global BUS
    BUS = f"udp::{20000 + (os.getpid() * 7 + index) % 20000}"
    with tempfile.TemporaryDirectory() as folder:
        TESTS[index](folder)
    return tally.passed, tally.failures


TESTS = (test_stepped, test_memory, test_refused, test_ecu_dies, test_plant_dies, test_strangers,
         test_real_time, test_rest_bus)


def main():
    with multiprocessing.Pool(4, maxtasksperchild=1) as pool:
        done = pool.map(run_one, range(len(TESTS)), chunksize=1)
    failed = sum(len(wrong) for _, wrong in done)
    print(tally.line(sum(right for right, _ in done), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
