#!/usr/bin/env python3
"""System test of other ECUs: the process, and the Cortex-M image in QEMU.

Equal outputs, a planted difference found and named, replay of recorded input on each, faults, hangs
and deaths of the other side: a clear verdict, nothing left behind, the suite goes on.
"""
import glob
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import tally
from tally import holds

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))


def start(*words, **options):
    return subprocess.Popen([PACKSIM, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, cwd=ROOT, **options)


def packsim(*words, code=None, what=None, env=None):
    done = subprocess.run([PACKSIM, *words], capture_output=True, text=True, check=False, cwd=ROOT,
                          timeout=250, env=env)
    text = done.stdout + done.stderr
    if code is not None:
        holds(what or " ".join(words), done.returncode == code,
              f"exit {done.returncode}, expected {code}: {text}")
    return text


def children(pid, name):
    """Processes under pid, however deep, whose command line holds name."""
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, encoding="ascii") as file:
                below = [int(word) for word in file.read().split()]
            for child in below:
                with open(f"/proc/{child}/cmdline", "rb") as file:
                    if name.encode() in file.read():
                        found.append(child)
                found += children(child, name)
        except OSError:
            pass
    return found


def wait_for_child(pid, name):
    for _ in range(600):
        found = children(pid, name)
        if found:
            time.sleep(0.3)  # into the run
            return found[0]
        time.sleep(0.05)
    return 0


def is_gone(pid):
    for _ in range(200):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def text_of(out, name="results.json"):
    with open(os.path.join(out, name), encoding="utf-8") as file:
        return file.read()


def test_list(folder):
    for text, says in (("", "(empty)"), ("nowhere", "nowhere"), ("inproc,", "(empty)"),
                       (",".join(["inproc"] * 9), "at most 8")):
        done = packsim("run", "PRE-001", "--ecu", text, "--out", folder, code=2)
        holds(f"--ecu '{text}'", says in done and len(done.splitlines()) == 1, done)
    empty = dict(os.environ, PATH="/nonexistent")
    done = packsim("run", "PRE-001", "--ecu", "qemu", "--out", folder, code=3, env=empty)
    holds("no qemu: what to install", "qemu-system-arm is not installed; apt install" in done, done)
    if shutil.which("qemu-system-arm"):
        done = packsim("run", "PRE-001", "--ecu", "qemu:no.elf", "--out", folder, code=3)
        holds("no image: what to make", "no such image; make firmware" in done, done)


def test_same(folder, ecu):
    """The run is the same bit for bit, and its log plays on the other side."""
    here, there = os.path.join(folder, "here"), os.path.join(folder, "there")
    packsim("run", "PRE-001", "--record", "none", "--ecu-log", "--out", here, "--keep", "0", code=0)
    packsim("run", "PRE-001", "--record", "none", "--ecu", ecu, "--out", there, "--keep", "0",
            code=0)
    again = f" --ecu '{ecu}'"
    holds(f"{ecu}: the replay command names it", again in text_of(there), text_of(there))
    holds(f"{ecu}: same results", text_of(here) == text_of(there).replace(again, ""),
          text_of(there))
    log = os.path.join(here, "PRE-001", "ecu.log.gz")
    done = packsim("ecu", log, "--ecu", ecu, code=0)
    holds(f"{ecu}: all steps", "13331 steps, the same outputs" in done, done)
    return log


def test_log_files(folder, log):
    other = os.path.join(folder, "other.gz")
    for name, says in ((os.path.join(folder, "none.gz"), "cannot be opened"),
                       (PACKSIM, "no input log of this build")):
        done = packsim("ecu", name, code=2)
        holds(f"log {name}", says in done, done)
    with open(log, "rb") as file:
        data = file.read()
    with open(other, "wb") as file:
        file.write(data[:len(data) // 2])
    done = packsim("ecu", other, code=2)
    holds("a cut log", "damaged after" in done, done)


def test_death(folder, ecu, name):
    """The ECU is killed: its run is an error that says so, the other run passes."""
    out = os.path.join(folder, "death")
    program = start("run", "DC-US06", "PRE-001", "--jobs", "1", "--record", "none", "--ecu", ecu,
                    "--out", out, "--keep", "0")
    child = wait_for_child(program.pid, name)
    holds(f"{ecu}: runs", child > 0)
    if child:
        os.kill(child, signal.SIGKILL)
    text, _ = program.communicate(timeout=200)
    holds(f"{ecu} killed: exit", program.returncode == 1, text)
    holds(f"{ecu} killed: named", "died of signal 9 (SIGKILL)" in text_of(out), text)
    holds(f"{ecu} killed: the suite goes on", "1 passed" in text and "1 error" in text, text)


def test_parents_death(folder, ecu, name, number):
    """packsim is killed or stopped: nothing stays."""
    program = start("run", "DC-US06", "--jobs", "1", "--record", "none", "--ecu", ecu, "--out",
                    os.path.join(folder, "parent"), "--keep", "0")
    child = wait_for_child(program.pid, name)
    program.send_signal(number)
    if number == signal.SIGKILL:
        for worker in children(program.pid, "packsim"):
            os.kill(worker, signal.SIGKILL)
    text, _ = program.communicate(timeout=60)
    holds(f"{ecu}, signal {number}: it ran", child > 0, text)
    holds(f"{ecu}, signal {number}: the ECU is gone", is_gone(child), child)


def symbol(image, name):
    """(offset in the file, bytes) of a symbol."""
    lines = subprocess.run(["arm-none-eabi-nm", "-S", image], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    row = next(line.split() for line in lines if line.endswith(" " + name))
    address = int(row[0], 16) & ~1
    with open(image, "rb") as file:
        elf = file.read()
    table, size, count = struct.unpack_from("<I", elf, 28)[0], *struct.unpack_from("<HH", elf, 42)
    for i in range(count):
        kind, offset, at, _, bytes_ = struct.unpack_from("<5I", elf, table + i * size)
        if kind == 1 and at <= address < at + bytes_:
            return offset + address - at, int(row[1], 16)
    raise LookupError(name)


def planted(folder, image, name, at, change):
    """A copy of the image with some bytes of a symbol changed."""
    offset, _ = symbol(image, name)
    with open(image, "rb") as file:
        elf = bytearray(file.read())
    offset += at
    for i, byte in enumerate(change(elf[offset:offset + 2])):
        elf[offset + i] = byte
    path = os.path.join(folder, f"{name}-{at}.elf")
    with open(path, "wb") as file:
        file.write(elf)
    return path


def run_planted(folder, path, *words):
    out = os.path.join(folder, "planted")
    done = packsim("run", "PRE-001", "--record", "none", "--ecu", f"inproc,qemu:{path}", *words,
                   "--out", out, "--keep", "0", code=1)
    return text_of(out) + done


def test_planted(folder, image):
    one = planted(folder, image, "bms_config_soul_ev", 0, lambda code: code)
    holds("nothing planted", open(one, "rb").read() == open(image, "rb").read())
    lsb = planted(folder, image, "pec15_table", 4, lambda word: bytes([word[0] ^ 1, word[1]]))
    text = run_planted(folder, lsb)
    holds("one LSB: tick, field and values", "differs from the core in this process in step" in text
          and "tick " in text and "afe_tx[" in text and "] is " in text and ", not " in text, text)
    dead = planted(folder, image, "bms_step", 0, lambda code: b"\x00\xde")  # udf
    text = run_planted(folder, dead)
    holds("a fault: safe state", "entered its safe state: UsageFault" in text, text)
    loop = planted(folder, image, "bms_step", 0, lambda code: b"\xfe\xe7")  # b .
    text = run_planted(folder, loop)
    holds("a hang: its watchdog", "entered its safe state: NMI (its watchdog)" in text, text)
    deaf = planted(folder, image, "port_main", 0, lambda code: b"\xfe\xe7")
    begin = time.monotonic()
    text = run_planted(folder, deaf, "--ecu-hang-s", "1")
    holds("no word at all", "gave no answer within 1000 ms of wall time" in text, text)
    holds("in time", time.monotonic() - begin < 60, time.monotonic() - begin)


def test_size(image):
    """The image that ships, whole, fits into its 64 KiB."""
    build = os.path.dirname(os.path.dirname(image))
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "size.py"),
                           os.path.join(build, "freestanding"), image], capture_output=True,
                          text=True, check=False)
    text = done.stdout + done.stderr
    row = next((line.split() for line in text.splitlines() if "mps2-Os, flash" in line), [])
    holds("flash of the image that ships", done.returncode == 0 and row and
          50000 < int(row[2]) <= 65536 and "MISSED" not in text, text)


def test_suite(folder, image):
    """tools/ecu_suite.py: counts, what is done stays done, a wrong image is found."""
    def suite(image):
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "ecu_suite.py"),
                               "--packsim", PACKSIM, "--image", image, "--filter", "OC-007",
                               "--parts", "1", "--out", os.path.join(folder, "suite")],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    code, first = suite(image)
    holds("suite on the image", code == 0 and "2 runs, 2 passed with equal outputs" in first, first)
    kept = os.path.join(folder, "suite", "part_1", "rows.json")
    when = os.stat(kept).st_mtime_ns
    code, again = suite(image)
    holds("what is done stays done", code == 0 and again == first, again)
    holds("no run was made again", os.stat(kept).st_mtime_ns == when)
    lsb = planted(folder, image, "pec15_table", 4, lambda word: bytes([word[0] ^ 1, word[1]]))
    code, text = suite(lsb)
    holds("suite on a wrong image", code == 1 and "differs from the core in this process" in text,
          text)


def test_cost(log):
    done = packsim("ecu", log, "--ecu", "qemu", "--count", code=0)
    rows = {line.split()[0]: line.split()[-4:] for line in done.splitlines()
            if line.startswith("  ")}
    holds("all steps counted", rows.get("all", ["", "", "", ""])[3] == "13331", done)
    worst = int(rows["all"][2])
    holds("instructions of the dearest step", 10000 < worst <= 48000, done)
    again = packsim("ecu", log, "--ecu", "qemu", "--count", code=0)
    holds("the same count again", done == again, again)
    used = int(done.split(": stack ")[1].split()[0])
    holds("stack by its paint", 100 < used <= 2048, done)


def main():
    image = os.path.join(os.path.dirname(PACKSIM), "firmware", "mps2-Os.elf")
    with tempfile.TemporaryDirectory() as folder:
        test_list(folder)
        log = test_same(folder, "process")
        test_log_files(folder, log)
        test_death(folder, "process", "--lockstep")
        for number in (signal.SIGINT, signal.SIGKILL):
            test_parents_death(folder, "process", "--lockstep", number)
        if not shutil.which("qemu-system-arm"):
            print("skipped: Cortex-M image: qemu-system-arm is not installed (make deps-rigs)")
        elif not os.path.exists(image):
            print("skipped: Cortex-M image: not built (make firmware)")
        else:
            test_size(image)
            log = test_same(folder, "inproc,process,qemu")
            test_death(folder, "qemu", "qemu-system-arm")
            for number in (signal.SIGINT, signal.SIGKILL):
                test_parents_death(folder, "qemu", "qemu-system-arm", number)
            test_cost(log)
            test_planted(folder, image)
            test_suite(folder, image)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
