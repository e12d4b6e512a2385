#!/usr/bin/env python3
"""Plant and ECU as two processes, each killed, stopped for a second and restarted, while the pack
rests, drives and charges. What both do is read from the bus, by other code than theirs.

usage: tests/rigs/kill_matrix.py INTERFACE FOLDER [CASE ...]
  CASE   what begins so, of idle|drive|charge - ecu|plant - kill|stop|restart (default all):
         drive, charge-plant, idle-ecu-stop
The kernel's INTERFACE carries FD frames. Logs go into FOLDER, and so does table.txt with a line a
case. Made for a guest in virtual time (guest.sh virtual), where the bars hold on any machine; by a
clock they hold on one that has nothing else to do. Exit 0 iff all held.
"""
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
SYNC, OUT, BMS_STATUS = 0x010, 0x019, 0x180  # docs/two-processes.md, ecu_model/db/bms.dbc
STANDBY, DRIVE, CHARGE, FAULT = 2, 4, 5, 8
CONTACTS = 0b0111  # main +, main -, precharge
ALLOWED_WAIT_S = 12
# Silence of 100 ms, counted from a word that is up to a cycle of 10 ms old; the coil drops with the
# next tick, a contact parts after up to 25 ms, the next cycle tells of it.
COILS_OFF_MS = 100 + 10 + 1 + 25 + 10
# The core alone, with all plugs pulled, opens within 10 ms; its frame has a period of 100 ms.
CORE_SAFE_MS = 100 + 10 + 10 + 100
# Of a plant that goes on with its coils still on: the ECU's next word, the contact, a cycle.
COILS_OFF_BACK_MS = 25 + 25 + 10

LOADS = {
    "idle": ([], STANDBY, 0),
    "drive": ([{"at_s": 1, "request": "drive", "aux_W": 2000}], DRIVE, 0b0011),
    "charge": ([{"at_s": 0, "charger_plugged": True},
                {"at_s": 1, "request": "charge",
                 "charger": {"mode": "cccv", "current_A": 50, "voltage_V": 410,
                             "obeys_bms": True}}], CHARGE, 0b0011),
}
CASES = [(part, who, what) for part in LOADS for who in ("ecu", "plant")
         for what in ("kill", "stop", "restart")]


class Bus:
    """What is on the bus now, each with the time of the frame that said so."""

    def __init__(self, name):
        self.port = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
        self.port.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FD_FRAMES, 1)
        self.port.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FILTER, b"".join(
            struct.pack("<II", ident, 0x7FF) for ident in (SYNC, OUT, BMS_STATUS)))
        self.port.bind((name,))
        self.contacts = self.coils = self.state = None
        self.changes = []  # (time, what, value)

    def note(self, what, value):
        if getattr(self, what) == value:
            return
        setattr(self, what, value)
        self.changes.append((time.monotonic(), what, value))

    def forget(self):
        """What was before is no proof of what is now."""
        self.contacts = self.coils = self.state = None

    def take(self):
        frame = self.port.recv(72)
        ident, length = struct.unpack_from("<IB", frame)
        data = frame[8:8 + length]
        if ident == SYNC and length >= 59:
            if not data[16] & 1:  # paused: until it has run a tick
                self.note("contacts", struct.unpack_from("<H", data, 57)[0] & CONTACTS)
        elif ident == OUT and length >= 17:
            self.note("coils", data[13])
        elif ident == BMS_STATUS and length == 8:
            self.note("state", data[1] >> 4)

    def run(self, seconds, until=lambda: False):
        """Listens until a condition holds; False where time ended first."""
        end = time.monotonic() + seconds
        while not until():
            left = end - time.monotonic()
            if left <= 0:
                return False
            if select.select([self.port], [], [], left)[0]:
                self.take()
        return True


class Task:
    """A packsim process whose words go into a file."""

    def __init__(self, path, *arguments):
        self.path = path
        with open(path, "wb") as words:
            self.process = subprocess.Popen([PACKSIM, *arguments], stdout=subprocess.DEVNULL,
                                            stderr=words, cwd=ROOT)

    def count(self, pattern):
        with open(self.path, encoding="utf-8") as words:
            return len(re.findall(pattern, words.read()))

    def end(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait()


class Case:
    """One process ends or stands still at one moment."""

    def __init__(self, interface, folder, part, who, what):
        self.interface, self.part, self.who, self.what = interface, part, who, what
        self.folder = os.path.join(folder, f"{part}-{who}-{what}")
        os.makedirs(self.folder, exist_ok=True)
        self.load, self.goal, self.closed = LOADS[part]
        self.bus = Bus(interface)
        self.wrong, self.figures, self.tasks = [], [], []
        self.scenario = os.path.join(self.folder, "scenario.json")
        with open(self.scenario, "w", encoding="utf-8") as file:
            json.dump({"packsim": 1, "id": "MATRIX", "title": "Until somebody ends it",
                       "why": "Processes die", "pack": {"soc_pct": 60, "temperature_degC": 25},
                       "seed": 1, "load": self.load, "end": {"at_s": 1000}, "record": "none",
                       "never": [{"id": "sound", "signal": "phys.fuse.blown", "eq": 1}]}, file)

    def check(self, holds, what):
        if not holds:
            self.wrong.append(what)

    def said(self, task, pattern, times=1):
        count = task.count(pattern)
        self.check(count == times, f"{os.path.basename(task.path)} says {pattern!r} {count} times, "
                                   f"allowed {times}")

    def start(self, who):
        path = os.path.join(self.folder, f"{who}{len(self.tasks)}.log")
        verb, more = ("ecu", []) if who == "ecu" else ("serve", [self.scenario])
        if who == "ecu" and self.who == "ecu":
            # An ECU with a memory would remember the interlock that a dead plant left open.
            more = ["--nvm", os.path.join(self.folder, "ecu.nvm")]
        self.tasks.append(Task(path, verb, "--bus", self.interface, *more))
        return self.tasks[-1]

    def reaches(self, what):
        begin = time.monotonic()
        done = self.bus.run(ALLOWED_WAIT_S, lambda: self.bus.state == self.goal and
                            self.bus.contacts == self.closed)
        self.check(done, f"{what}: state {self.bus.state} and contacts {self.bus.contacts}, "
                         f"allowed {self.goal} and {self.closed}")
        self.figures.append(f"{what} in {(time.monotonic() - begin) * 1000:.0f} ms")

    def first(self, since, what, holds):
        """ms from a time to the first change that holds; None iff none does."""
        return next((1000 * (at - since) for at, name, value in self.bus.changes
                     if at >= since and name == what and holds(value)), None)

    def bar(self, what, got_ms, most_ms):
        self.check(got_ms is not None and got_ms <= most_ms,
                   f"{what}: {got_ms} ms, allowed {most_ms}")
        if got_ms is not None:
            self.figures.append(f"{what} {got_ms:.0f} ms")

    def strike(self, task):
        """What happens to it, for a second. Returns the process that has its place then."""
        at = time.monotonic()
        self.bus.forget()
        if self.what == "stop":
            task.process.send_signal(signal.SIGSTOP)
            self.bus.run(1.0)
            task.process.send_signal(signal.SIGCONT)
            self.back_s = time.monotonic()
            return at, task
        task.end(signal.SIGKILL if self.what == "kill" else signal.SIGINT)
        self.bus.run(1.0 if self.what == "kill" else 0.0)
        self.back_s = time.monotonic()
        return at, self.start(self.who)

    def ecu_struck(self, plant, ecu):
        at, again = self.strike(ecu)
        self.bus.run(0.3)
        if self.closed:
            self.bar("contacts open", self.first(at, "contacts", lambda v: v == 0), COILS_OFF_MS)
        self.reaches("again")
        self.said(plant, "is lost: nothing heard for 100 ms; coils off")
        cause = "watchdog" if self.what == "stop" else "power on"
        self.said(plant, r"takes the seat \(power on\)", 1 if self.what == "stop" else 2)
        self.said(plant, rf"takes the seat \({cause}\)", 1 if self.what == "stop" else 2)
        if self.what == "stop":
            self.said(again, r"stood still for \d+ ms: the watchdog resets the ECU")
        self.said(again, "ecu: seat at plant", 2 if self.what == "stop" else 1)
        return plant, again

    def plant_struck(self, plant, ecu):
        at, again = self.strike(plant)
        self.bus.run(0.3)
        if self.what == "restart":
            self.said(ecu, "has ended")
            self.said(ecu, "is lost", 0)
        else:
            self.said(ecu, "is lost: nothing heard for 100 ms; harness off, contactors open")
            if self.closed:
                self.bar("core leaves", self.first(at, "state", lambda v: v != self.goal),
                         CORE_SAFE_MS)
        if self.what == "stop":
            if self.closed:
                self.bar("contacts open, once it goes on",
                         self.first(self.back_s, "contacts", lambda v: v == 0), COILS_OFF_BACK_MS)
            self.said(again, r"stood still for \d+ ms: the schedule moves by as much")
            self.said(again, "is lost", 0)
            self.said(ecu, "the same as before")
            self.bus.run(2.0)
            self.check(self.bus.contacts == 0, f"contacts {self.bus.contacts}, allowed none")
            self.figures.append(f"then state {self.bus.state}, contacts {self.bus.contacts}")
        else:
            self.reaches("again")
            self.said(again, r"takes the seat \(power on\)")
            self.said(ecu, r"seat at plant \w+ \(FD\)\n", 2)
        return again, ecu

    def run(self):
        ecu, plant = self.start("ecu"), None
        try:
            plant = self.start("plant")
            self.reaches("first")
            self.bus.run(0.3)
            struck = self.ecu_struck if self.who == "ecu" else self.plant_struck
            plant, ecu = struck(plant, ecu)
            code = plant.end(signal.SIGINT)
            self.check(code in (0, 1), f"the plant ends with {code}")
            self.bus.run(0.05)
            self.check(ecu.end(signal.SIGINT) == 0, "the ECU's end")
        finally:
            for task in self.tasks:
                task.end(signal.SIGKILL)
        return not self.wrong


def main():
    wanted = tuple(sys.argv[3:])
    cases = [case for case in CASES if not wanted or "-".join(case).startswith(wanted)]
    if len(sys.argv) < 3 or not cases:
        print(__doc__, file=sys.stderr)
        return 2
    interface, folder = sys.argv[1:3]
    failed = count = 0
    with open(os.path.join(folder, "table.txt"), "w", encoding="utf-8") as table:
        for part, who, what in cases:
            case = Case(interface, folder, part, who, what)
            held = case.run()
            count += 1
            failed += not held
            print(f"{'pass' if held else 'FAIL'}  {part:6} {who:5} {what:7} "
                  f"{'; '.join(case.figures)}", file=table, flush=True)
            for wrong in case.wrong:
                print(f"      {wrong}", file=table, flush=True)
        print(f"{100 * (count - failed) // count}%: Checks: {count}, Failures: {failed}, Errors: 0",
              file=table)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
