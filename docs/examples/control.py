#!/usr/bin/env python3
"""A test of a BMS through the control socket of packsim serve, with the standard library alone.

usage: control.py [--seed N] [--save FILE] [PACKSIM]

Starts a plant whose clock stands, drives and breaks a sense wire, goes back, charges until a group
is too full, and measures in simulated time how fast the BMS reacts. docs/control.md explains it.
"""
import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time


class Plant:
    """A running packsim serve; each method is a command, its answer a dict."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.last_id = 0
        self.events = []  # what came between answers

    def ask(self, do, **keys):
        self.last_id += 1
        line = json.dumps({"id": self.last_id, "do": do, **keys})
        self.socket.sendall(line.encode() + b"\n")
        for text in self.lines:
            answer = json.loads(text)
            if "event" in answer:
                self.events.append(answer)
            elif answer.get("id") == self.last_id:
                if not answer["ok"]:
                    raise ValueError(answer["error"])
                return answer
        raise ConnectionError("the plant has gone")

    def read(self, signal):
        answer = self.ask("read", signals=signal)
        return answer.get("words", answer["values"])[signal]

    def run_until(self, signal, for_s, **condition):
        """Runs until the condition is true; returns how many ms that took."""
        answer = self.ask("run", for_s=for_s, until={"signal": signal, **condition})
        if not answer["met"]:
            raise AssertionError(f"{signal} {condition}: not within {for_s} s")
        return answer["ran_ms"]

    def event(self, name):
        """Waits for an event."""
        for event in self.events:
            if event["event"] == name:
                return event
        for text in self.lines:
            self.events.append(json.loads(text))
            if self.events[-1].get("event") == name:
                return self.events[-1]
        raise ConnectionError("the plant has gone")


def start(packsim, path, *options):
    """A plant with the ECU in the same process, its clock standing at 0."""
    process = subprocess.Popen([packsim, "serve", "--control", path, "--ecu", "inproc", "--stepped",
                                "--paused", "--quiet", *options], stdout=subprocess.DEVNULL)
    while True:
        try:
            return process, Plant(path)
        except OSError:  # it is not there yet, or never will be
            if process.poll() is not None:
                raise
            time.sleep(0.01)


def drive(plant):
    plant.ask("run", for_s=1)
    plant.ask("load", load={"request": "drive"})
    ms = plant.run_until("bms.state", for_s=5, eq="DRIVE")
    plant.ask("load", load={"current_A": 60})
    plant.ask("run", for_s=2)
    print(f"drives {ms} ms after the request, {plant.read('phys.pack.A'):.1f} A")


def open_wire(plant, wire):
    plant.ask("fault", fault={"target": "wire." + wire, "type": "open"})
    ms = plant.run_until("dtc.OPEN_WIRE", for_s=5, eq=1)
    place = plant.read("dtc.OPEN_WIRE.location")
    print(f"wire {wire} broken: found after {ms} ms at {place}")
    assert place == wire
    plant.ask("clear", target="wire." + wire)
    assert plant.ask("faults")["faults"] != [], "it ends in the tick to come"
    plant.ask("step")
    assert plant.ask("faults")["faults"] == []


def overvoltage(plant):
    """The charger does not care what the BMS allows."""
    charger = {"mode": "cccv", "current_A": 20, "voltage_V": 410, "obeys_bms": False}
    plant.ask("load", load={"request": "charge", "charger_plugged": True, "charger": charger})
    plant.run_until("bms.state", for_s=5, eq="CHARGE")
    plant.ask("load", load={"charger": dict(charger, current_A=200)})
    plant.run_until("phys.group.M3C5.V", for_s=60, gt=4.30)
    ms = plant.run_until("contactor.main_pos.closed", for_s=1, eq=0)
    print(f"M3C5 above 4.3 V: contactor open after {ms} ms")
    assert ms <= 100


def test(plant, save):
    plant.ask("checkpoint", name="parked")
    drive(plant)
    open_wire(plant, "A5")
    plant.ask("restore", name="parked")
    overvoltage(plant)
    if save:
        print("saved, trace hash", plant.ask("save", file=save)["trace_hash"])
    plant.ask("end")
    end = plant.event("end")
    print(f"{end['verdict']} at {end['time_s']} s, trace hash {end['trace_hash']}")
    return 0 if end["verdict"] == "pass" else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", default="1")
    parser.add_argument("--save", metavar="FILE", help="write the run as a scenario")
    parser.add_argument("packsim", nargs="?", default="packsim")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, plant = start(arguments.packsim, folder + "/plant", "--seed", arguments.seed,
                               "--set", "pack.soc_pct=88", "--set", "load=[]",
                               "--set", "pack.groups.M3C5.soc_pct=96",
                               "--set", "pack.groups.M3C5.resistance_pct=300")
        try:
            return test(plant, arguments.save) or process.wait(10)
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
