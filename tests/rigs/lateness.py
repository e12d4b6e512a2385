#!/usr/bin/env python3
"""How late the ticks of packsim serve are, against cyclictest's wake-ups in the same minutes.

usage: tests/rigs/lateness.py [--seconds N] [--bus URL] [--no-priority]
  --seconds      how long (default 60)
  --bus          where plant and ECU meet (default udp::43119)
  --no-priority  ordinary scheduling for all three
Plant and ECU run by the clock and drive; cyclictest runs beside them with the plant's policy,
priority and interval of 1 ms. Prints both, and the ratio of their 99 % values: a comparison that
nobody asserts, for a machine that does other things at the same time makes either of them late.
Exit 0; 1 where a process failed, 3 where cyclictest is missing.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
PRIORITY = 20  # of packsim's processes, cli/realtime.c
INTERVAL_US = 1000
HISTOGRAM_US = 1000000
BAR = 1.5
PERCENTS = (50, 99, 99.9)


def percentile(histogram, percent):
    """us that so many percent did not exceed."""
    wanted, seen = sum(histogram.values()) * percent / 100, 0
    for late_us in sorted(histogram):
        seen += histogram[late_us]
        if seen >= wanted:
            return late_us
    return None


def cyclictest(seconds, is_fifo):
    """The process; its histogram comes on standard output."""
    policy = ["--policy=fifo", f"--priority={PRIORITY}", "--mlockall"] if is_fifo else \
        ["--policy=other"]
    return subprocess.Popen(["cyclictest", "--quiet", "--laptop", "--threads=1", *policy,
                             f"--interval={INTERVAL_US}", f"--histogram={HISTOGRAM_US}",
                             f"--duration={seconds}"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def with_skipped(histogram):
    """cyclictest leaves out the wake-ups whose time is over when it wakes late; a plant makes each
    tick. The histogram with those, each as late as it would have been."""
    full = dict(histogram)
    for late_us, count in histogram.items():
        for left_us in range(late_us - INTERVAL_US, -1, -INTERVAL_US):
            full[left_us] = full.get(left_us, 0) + count
    return full


def cyclictest_figures(text):
    """p50, p99, p99.9, max and how many, as it says and with what it skips"""
    histogram = {int(late): int(count) for late, count in re.findall(r"^(\d+) (\d+)$", text, re.M)
                 if int(count)}
    most = re.search(r"^# Max Latencies: (\d+)", text, re.M)
    beyond = re.search(r"^# Histogram Overflows: (\d+)", text, re.M)
    if not histogram or not most:
        return None
    if beyond and int(beyond.group(1)):
        histogram[int(most.group(1))] = int(beyond.group(1))
    return [[percentile(each, p) for p in PERCENTS] + [int(most.group(1)), sum(each.values())]
            for each in (histogram, with_skipped(histogram))]


def wait_for(path, pattern, process):
    """Until a file holds the pattern; False where the process ended before."""
    while process.poll() is None:
        with open(path, encoding="utf-8") as words:
            if re.search(pattern, words.read()):
                return True
        time.sleep(0.05)
    return False


def measure(arguments, folder):
    """(figures of the plant, those of cyclictest, is_fifo), or None after a line."""
    more = ["--no-priority"] if arguments.no_priority else []
    words = folder + "/serve.txt"
    with open(words, "wb") as err:
        ecu = subprocess.Popen([PACKSIM, "ecu", "--bus", arguments.bus, "--quiet", *more], cwd=ROOT)
        plant = subprocess.Popen([PACKSIM, "serve", "--bus", arguments.bus, "scenarios/serve.json",
                                  "--set", f"end.at_s={arguments.seconds}",
                                  "--out", folder + "/out", *more], cwd=ROOT,
                                 stdout=subprocess.DEVNULL, stderr=err)
    try:
        begun = wait_for(words, "takes the seat", plant)
        with open(words, encoding="utf-8") as file:
            is_fifo = not arguments.no_priority and "SCHED_FIFO is refused" not in file.read()
        other = cyclictest(arguments.seconds, is_fifo)
        text, errors = other.communicate()
        plant.wait()
        with open(words, encoding="utf-8") as file:
            told = file.read()
        if not begun or plant.returncode != 0:
            print(told, file=sys.stderr)
            return None
        with open(folder + "/out/timing.json", encoding="utf-8") as file:
            ours = json.load(file)["runs"][0]["real_time"]
        theirs = cyclictest_figures(text)
        if other.returncode != 0 or theirs is None:
            print(f"cyclictest failed: {errors.strip()}", file=sys.stderr)
            return None
        return ours, theirs, is_fifo
    finally:
        for process in (plant, ecu):
            if process.poll() is None:
                process.terminate()
            process.wait()


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--bus", default="udp::43119")
    parser.add_argument("--no-priority", action="store_true")
    arguments = parser.parse_args()
    if shutil.which("cyclictest") is None:
        print("bench-lateness: no cyclictest here; make deps-lateness brings it", file=sys.stderr)
        return 3
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        got = measure(arguments, folder)
    if got is None:
        return 1
    ours, (theirs, full), is_fifo = got
    late = [ours[f"late_{name}_us"] for name in ("p50", "p99", "p99_9", "max")]
    policy = f"SCHED_FIFO {PRIORITY}, memory locked" if is_fifo else "ordinary scheduling"
    print(f"{arguments.seconds} s on {arguments.bus}, interval 1 ms, {policy}, {os.cpu_count()} "
          f"processors, load {load_before:.1f} before and {os.getloadavg()[0]:.1f} after")
    print(f"{'late by us':30}{'p50':>8}{'p99':>8}{'p99.9':>8}{'max':>9}{'of':>9}")
    rows = (("packsim serve", late + [ours["paced_ticks"]]), ("cyclictest", theirs),
            ("cyclictest with what it skips", full))
    for name, row in rows:
        print(f"{name:30}{row[0]:8.0f}{row[1]:8.0f}{row[2]:8.0f}{row[3]:9.0f}{row[4]:9.0f}")
    print(f"{ours['overruns']:.0f} overruns, {ours['slips']:.0f} moves of the schedule, "
          f"{ours['ecu_lost']:.0f} times the ECU was lost")
    print(f"p99 of serve is {late[1] / max(theirs[1], 1):.2f} times that of cyclictest (bar "
          f"{BAR}), {late[1] / max(full[1], 1):.2f} times with what it skips")
    return 0


if __name__ == "__main__":
    sys.exit(main())
