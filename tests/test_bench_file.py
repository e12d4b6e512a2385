#!/usr/bin/env python3
"""packsim serve --bench: somebody else's ECU by its DBC, both ways, on udp:; and what a bench file
that is wrong is told. The ECU's frames are made and read here by hand, bit by bit."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import tally
from tally import check

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
EXAMPLE = os.path.join(ROOT, "docs", "examples", "other-bms.json")
BUS = f"udp::{20000 + (os.getpid() + 7001) % 20000}"
PATIENCE_S = 90


def start(*arguments, **more):
    env = dict(os.environ, PACKSIM_HOME=ROOT)
    return subprocess.Popen([PACKSIM, *arguments], cwd=ROOT, env=env, text=True, **more)


def run(*arguments):
    env = dict(os.environ, PACKSIM_HOME=ROOT)
    return subprocess.run([PACKSIM, *arguments], cwd=ROOT, env=env, text=True, capture_output=True,
                          timeout=PATIENCE_S, check=False)


def crc8(data, start, end_xor):
    """Polynomial 0x1D by long division of the bits."""
    rest = start
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = (rest << 1 ^ 0x11D) if rest & 0x80 else rest << 1
    return rest ^ end_xor


def command(coils, mode, fan_pct, alive, flips=0):
    """E2E profile 1: the data id's bytes, then the frame's. flips: bits of a wrong checksum."""
    data = bytes([coils | mode << 4, int(fan_pct * 2), 0, 0, 0, 0, alive])
    return "310#" + (data + bytes([crc8(b"\x10\x03" + data, 0, 0) ^ flips])).hex()


def state(soc_pct, pack_V, charging_A, discharge_kW):
    """Motorola, 16 bits each."""
    values = (round(soc_pct * 100), round(pack_V * 10), round(charging_A * 10) & 0xFFFF,
              round(discharge_kW * 10))
    return "311#" + "".join(f"{value:04X}" for value in values)


def send(*frames):
    return start("can", BUS, *(word for frame in frames for word in ("--send", frame)),
                 "--every", "20", "--quiet")


def ecu(coils, mode):
    """Between its commands two that nobody may obey: a damaged one, and one told twice."""
    return send(command(coils, mode, 30, 13), command(0, 15, 0, 14, flips=4),
                command(coils, mode, 30, 14), command(0, 15, 0, 14), state(55.5, 360, 10, 80))


def broken_ecu():
    return send(command(0b011, 2, 30, 5, flips=1), command(0b011, 2, 30, 6, flips=128))


def scenario(folder, name, **more):
    path = os.path.join(folder, name + ".json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"packsim": 1, "id": name.upper(), "title": name, "why": "bench",
                   "pack": {"soc_pct": 60, "temperature_degC": 25}, "record": "none",
                   "load": [{"at_s": 0.2, "request": "drive", "aux_W": 1000}], **more}, file)
    return path


def wait(is_so):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def wait_for(path, pattern):
    def is_there():
        with open(path, encoding="utf-8") as words:
            return re.search(pattern, words.read())

    return wait(is_there)


def soon(name, what, value, **more):
    return {"id": name, "signal": what, "within_ms": 20000, **({"eq": value} if not more else more)}


def test_both_ways(folder):
    """Its coils close the plant's contactors, the vehicle obeys its limits; it is told the truth.
    Then it is silent: it drives nothing any more, and that is said."""
    words, log = os.path.join(folder, "words"), os.path.join(folder, "log")
    told = scenario(folder, "told", expect=[
        soon("closes", "contactor.main_pos.closed", 1),
        soon("done", "contactor.precharge.closed", 0),
        soon("fan", "phys.fan.Hz", None, gt=10),
        soon("state", "bms.state", 4),
        soon("soc", "bms.soc_pct", None, near=55.5, tolerance=0.001),
        soon("volts", "bms.pack_mV", 360000),
        soon("amperes", "bms.current_mA", -10000),
        soon("limit", "bms.limit.discharge_W", 80000),
        soon("drives", "phys.load.W", None, gt=900),
        {"id": "off", "after": "opens", "signal": "coil.main_pos.on", "eq": 0, "within_ms": 1}],
        events=[{"id": "opens", "when": {"all": [{"after": "drives"}, {"after": "closes"}, {
            "signal": "contactor.main_pos.closed", "eq": 0}], "for_ms": 20}}],  # no bounce
        end={"at_s": 30, "or_after": {"event": "opens", "plus_s": 0.1}})
    with open(words, "w", encoding="utf-8") as errors, open(log, "w", encoding="utf-8") as heard, \
            start("can", BUS, "--quiet", stdout=heard) as ear, \
            start("serve", "--bus", BUS, "--no-priority", "--bench", EXAMPLE, told,
                  stdout=subprocess.PIPE, stderr=errors) as plant:
        with ecu(0b110, 1) as peer:
            check(wait_for(words, "OBMS_Command .0x310. is heard"), "it is heard")
            time.sleep(0.8)
            peer.kill()
        before = len(frames_to_it(log))
        with ecu(0b011, 2) as peer:
            check(wait(lambda: any(map(is_driving, frames_to_it(log)[before:]))), "told of a drive")
            with broken_ecu() as broken:
                time.sleep(0.1)
                peer.kill()
                text, _ = plant.communicate(timeout=PATIENCE_S)
                broken.kill()
        ear.send_signal(signal.SIGINT)
    with open(words, encoding="utf-8") as file:
        said = file.read()
    check(plant.returncode == 0 and "1 passed" in text, f"both ways: {text} {said}")
    check("OBMS_Command (0x310) is silent for 200 ms: what it drives is off" in said, said)
    for wrong in ("wrong checksum", "counter that stands still"):
        check(said.count(f"OBMS_Command (0x310) has a {wrong}: not taken, said once") == 1, said)
    look_at(frames_to_it(log))


def frames_to_it(log):
    with open(log, encoding="utf-8") as file:
        return [bytes.fromhex(data) for data in re.findall(r" 210#(\w{16})", file.read())]


def link_V(frame):
    return (frame[1] | frame[2] << 8) * 0.1


def current_A(frame):
    return int.from_bytes(frame[3:5], "little", signed=True) * 0.1


def is_driving(frame):
    return link_V(frame) * current_A(frame) < -900


def look_at(frames):
    """What the ECU was told, and what of it while it drove."""
    check(len(frames) > 3, f"{len(frames)} frames to the ECU")
    steps = {((b[0] & 15) - (a[0] & 15)) % 15 for a, b in zip(frames, frames[1:])}
    check(steps == {1} and all(frame[0] & 15 < 15 for frame in frames), f"counter steps by {steps}")
    check(all(frame[7] == crc8(frame[:7], 255, 255) for frame in frames), "SAE J1850 in byte 7")
    last = next(filter(is_driving, reversed(frames)), bytes(8))
    check(last[0] >> 4 & 3 == 3, f"ignition and wish: {last.hex()}")
    check(340 < link_V(last) < 400, f"link voltage: {last.hex()}")
    check(-10 < current_A(last) < -2, f"1 kW discharge is negative there: {current_A(last)}")
    check(last[5] == 130, f"25 degC: {last.hex()}")


def changed(folder, change):
    with open(EXAMPLE, encoding="utf-8") as file:
        bench = json.load(file)
    bench["dbc"] = os.path.join(ROOT, "docs", "examples", "other-bms.dbc")
    change(bench)
    path = os.path.join(folder, "wrong.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(bench, file, indent=1)
    return path


def test_refusals(folder):
    """One line each: where, what, what is allowed."""
    done = run("check", EXAMPLE)
    check(done.returncode == 0 and "1 messages to the ECU, 2 of it" in done.stdout, done.stderr)

    def to(key, value, place="to_ecu", index=1):
        return lambda bench: bench[place][0]["signals"][index].update({key: value})

    def guard(key, value):
        return lambda bench: bench["to_ecu"][0]["checksum"].update({key: value})

    cases = [
        (lambda b: b.update(packsim_bench=2), r"\$\.packsim_bench: found 2, allowed"),
        (lambda b: b.update(buss="udp:"), r"\$\.buss: .*bus"),
        (lambda b: b.update(rest_bus="soul"), r"\$\.rest_bus: found .soul., allowed .*soul-ev"),
        (lambda b: b.update(dbc="none.dbc"), r"\$\.dbc: found none.dbc, allowed a DBC file"),
        (lambda b: b.update(dbc=os.path.join(ROOT, "README.md")), r"README.md:1: "),
        (lambda b: b["to_ecu"][0].update(message="VCU"),
         r"\$\.to_ecu\[0\]\.message: found .VCU., allowed a message of .*other-bms.dbc"),
        (lambda b: b["to_ecu"][0].update(message="OBMS_Command", signals=[], counter="Nobody"),
         r"\$\.to_ecu\[0\]\.counter: found .Nobody., allowed a signal of OBMS_Command"),
        (lambda b: b["to_ecu"][0].update(every_ms=0), r"\$\.to_ecu\[0\]\.every_ms: found 0"),
        (to("name", "Volt"), r"signals\[1\]\.name: found .Volt., allowed a signal of VCU_State"),
        (to("from", "phys.link"), r"signals\[1\]\.from: found .phys.link., allowed a signal"),
        (to("value", 3), r"signals\[1\]: found both .from. and .value., allowed one of them"),
        (lambda b: b["to_ecu"][0]["signals"][0].pop("from"), r"found neither .from. nor .value."),
        (to("to", "coil.main", "from_ecu"), r"signals\[1\]\.to: found .coil.main., allowed coil"),
        (to("to", "BMS_Status.crc", "from_ecu"), r"found .BMS_Status.crc., allowed coil"),
        (to("scale", 2, "from_ecu", 4), r"signals\[4\]\.map: found .*, allowed scale and"),
        (lambda b: b["to_ecu"][0].pop("counter"), r"counter_max: found 14, allowed .counter. besi"),
        (guard("signal", "Summ"), r"checksum\.signal: found .Summ., allowed a signal of VCU_State"),
        (guard("signal", "PackCurrent"), r"\.signal: found .*, allowed a signal that fills one by"),
        (guard("kind", "crc-16"), r"\.signal: found .*, allowed a signal that fills two bytes"),
        (guard("kind", "crc-32"), r"\.kind: found .crc-32., allowed .*crc-8"),
        (guard("polynomial", 285), r"\.polynomial: found 285, allowed 0\.\.255 for one byte"),
        (guard("before", [1, 256]), r"\.before: found .*, allowed at most 16 whole numbers"),
        (guard("after", list(range(17))), r"\.after: found .*, allowed at most 16 whole numbers"),
        (guard("by_counter", [1, 2]), r"\.by_counter: found .*, allowed 16 bytes, and a counter"),
        (lambda b: b["to_ecu"][0]["checksum"].update(kind="xor", polynomial=7),
         r"\.polynomial: found 7, allowed a polynomial for crc-8 and crc-16 alone"),
        (lambda b: b.update(seat=True), r"found .coil.main_pos., allowed a signal of BMS_St"),
    ]
    for change, pattern in cases:
        path = changed(folder, change)
        done = run("check", path)
        line = done.stderr.strip()
        check(done.returncode == 2 and "\n" not in line and re.search(pattern, line) and
              (line.startswith(path + ":") or "README" in line), f"{pattern}: {line}")
    done = run("serve", "--bus", BUS, "--bench", path)
    check(done.returncode == 2 and "allowed a signal of BMS_Status" in done.stderr, done.stderr)
    done = run("serve", "--ecu", "inproc", "--bench", EXAMPLE)
    check(done.returncode == 2 and "--bench with --ecu inproc" in done.stderr, done.stderr)
    done = run("serve", "--bench", EXAMPLE)
    check(done.returncode == 2 and "no bus" in done.stderr, done.stderr)


def main():
    for test in (test_refusals, test_both_ways):
        with tempfile.TemporaryDirectory() as folder:
            test(folder)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
