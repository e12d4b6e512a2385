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
MANY = ' SG_ Many m0 : 56|8@1+ (1,0) [0|9] "" OBMS'


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


def current(page, limit_A):
    return f"312#{page:02x}" + round(limit_A * 10).to_bytes(2, "little").hex() + "0000000000"


def send(*frames):
    return start("can", BUS, *(word for frame in frames for word in ("--send", frame)),
                 "--every", "20", "--quiet")


# the third has no signal
PAGES = (current(1, 210.4), current(2, 77), current(3, 499))


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
        soon("page_1", "bms.limit.discharge_A", 210),
        soon("page_2", "bms.limit.charge_A", 77),
        soon("drives", "phys.load.W", None, gt=900),
        {"id": "off", "after": "opens", "signal": "coil.main_pos.on", "eq": 0, "within_ms": 1}],
        events=[{"id": "opens", "when": {"all": [{"after": "drives"}, {"after": "closes"}, {
            "signal": "contactor.main_pos.closed", "eq": 0}], "for_ms": 20}}],  # no bounce
        end={"at_s": 30, "or_after": {"event": "opens", "plus_s": 0.1}})
    with open(words, "w", encoding="utf-8") as errors, open(log, "w", encoding="utf-8") as heard, \
            start("can", BUS, "--quiet", stdout=heard) as ear, \
            start("serve", "--bus", BUS, "--no-priority", "--bench", EXAMPLE, told,
                  stdout=subprocess.PIPE, stderr=errors) as plant, send(*PAGES) as pages:
        with ecu(0b110, 1) as peer:
            check(wait_for(words, "OBMS_Command .0x310. is heard"), "it is heard")
            time.sleep(0.8)
            peer.kill()
        before = len(frames_to_it(log))
        with ecu(0b011, 2) as peer:
            check(wait(lambda: any(map(is_driving, frames_to_it(log)[before:]))), "told of a drive")
            check(" is on no page" not in read(words), read(words))
            with send(PAGES[0]) as page:  # beside the others, and then alone
                time.sleep(1.0)
                pages.kill()
                check(wait_for(words, "OBMS_Current.ChargeMax is on no page for 500 ms: what it"),
                      read(words))
                check("DischargeMax is on no page" not in read(words), read(words))
                page.kill()
            with broken_ecu() as broken:
                time.sleep(0.1)
                peer.kill()
                text, _ = plant.communicate(timeout=PATIENCE_S)
                broken.kill()
        ear.send_signal(signal.SIGINT)
    said = read(words)
    check(plant.returncode == 0 and "1 passed" in text, f"both ways: {text} {said}")
    check("OBMS_Command (0x310) is silent for 200 ms: what it drives is off" in said, said)
    for wrong in ("wrong checksum", "counter that stands still"):
        check(said.count(f"OBMS_Command (0x310) has a {wrong}: not taken, said once") == 1, said)
    look_at(frames_to_it(log))
    look_at_cells(frames_to_it(log, "211"))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def frames_to_it(log, ident="210"):
    return [bytes.fromhex(data) for data in re.findall(rf" {ident}#(\w{{16}})", read(log))]


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


def look_at_cells(frames):
    """Two pages in turn, each with its own cells and nothing of the other's."""
    check(len(frames) > 6 and {frame[0] for frame in frames} == {0, 1}, f"{len(frames)} of cells")
    turns = {(a[0], b[0]) for a, b in zip(frames, frames[1:])}
    check(turns == {(0, 1), (1, 0)}, f"pages follow each other: {turns}")
    for frame in frames[:6]:
        cells_V = [int.from_bytes(frame[k:k + 2], "little") * 1e-4 for k in (1, 3)]
        check(all(3.6 < cell_V < 3.9 for cell_V in cells_V), f"two cells at 60 %: {frame.hex()}")
        check(frame[5] == (65 if frame[0] == 0 else 0), f"25 degC, on page 0 alone: {frame.hex()}")


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
    check(done.returncode == 0 and "2 messages to the ECU, 3 of it" in done.stdout, done.stderr)

    def to(key, value, place="to_ecu", index=1):
        return lambda bench: bench[place][0]["signals"][index].update({key: value})

    def guard(key, value):
        return lambda bench: bench["to_ecu"][0]["checksum"].update({key: value})

    def to_cells(signal):
        return lambda bench: bench["to_ecu"][1]["signals"].append(signal)

    def mux(lines, name, more=""):
        """A DBC with further signals of the cells' message."""
        def change(bench):
            text = read(bench["dbc"]).replace("\nBO_ 784", lines + "\n\nBO_ 784", 1) + more + "\n"
            bench["dbc"] = os.path.join(folder, "more.dbc")
            with open(bench["dbc"], "w", encoding="utf-8") as file:
                file.write(text)
            to_cells({"name": name, "value": 1})(bench)
        return change

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
        (to_cells({"name": "Module", "value": 1}),
         r"to_ecu\[1\]\.signals\[5\]\.name: found .Module., allowed signals beside the"),
        (mux(' SG_ Other m3M : 48|8@1+ (1,0) [0|9] "" OBMS', "Other"), None),
        (mux(' SG_ Other m3M : 48|8@1+ (1,0) [0|9] "" OBMS\n'
             ' SG_ Deep m1 : 56|8@1+ (1,0) [0|9] "" OBMS', "Deep",
             "SG_MUL_VAL_ 529 Deep Other 1-1;"),
         r"signals\[5\]\.name: found .Deep., allowed a signal whose multiplexer is in each frame"),
        (mux(' SG_ Other M : 48|4@1+ (1,0) [0|9] "" OBMS\n'
             ' SG_ Beside m1 : 56|8@1+ (1,0) [0|9] "" OBMS', "Beside",
             "SG_MUL_VAL_ 529 Beside Other 1-1;" + "".join(
                 f"\nSG_MUL_VAL_ 529 {cell} Module {page}-{page};" for cell, page in (
                     ("Cell1", 0), ("Cell2", 0), ("Warmest1", 0), ("Cell15", 1), ("Cell16", 1)))),
         r"signals\[5\]\.name: found .Beside., allowed signals of one multiplexer in a message"),
        (mux(MANY, "Many", "SG_MUL_VAL_ 529 Many Module 0-63;"),
         None),
        (mux(MANY, "Many", "SG_MUL_VAL_ 529 Many Module 0-64;"),
         r"signals\[5\]\.name: found .Many., allowed at most 64 pages in a message"),
        (lambda b: b["to_ecu"][1].update(counter="Cell1"),
         r"to_ecu\[1\]\.counter: found .Cell1., allowed a signal of each frame: on no page"),
        (mux(MANY.replace("m0", "m255"), "Many"), None),
        (mux(MANY.replace("m0", "m256"), "Many"),
         r"signals\[5\]\.name: found .Many., allowed pages that the multiplexer's bits hold"),
        (lambda b: b["to_ecu"][1].update(counter="Module"),
         r"counter: found .Module., allowed a signal of each frame: on no page, and not the multi"),
        (lambda b: b.update(seat=True), r"found .coil.main_pos., allowed a signal of BMS_St"),
    ]
    for change, pattern in cases:
        path = changed(folder, change)
        done = run("check", path)
        line = done.stderr.strip()
        if pattern is None:
            check(done.returncode == 0, line)
            continue
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
