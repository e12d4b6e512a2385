#!/usr/bin/env python3
"""Counts what a step of the BMS costs on the Cortex-M image: the dearest step of each scenario.

usage: tools/cost.py [--packsim FILE] [--images DIR] [--bar N] [--jobs N] SCENARIO ...
Makes all runs of the scenarios once, with their input recorded, and plays each record on
DIR/mps2-O2.elf and DIR/mps2-Os.elf under QEMU's instruction count. Prints a line for each scenario.
Exit 1 iff a run fails, an output differs or a step takes more than N (48000) instructions;
3 iff QEMU or an image is missing.
"""
import argparse
import concurrent.futures
import glob
import os
import shutil
import subprocess
import sys
import tempfile

LEVELS = ("O2", "Os")


def fail(text, code=1):
    print(f"cost: {text}", file=sys.stderr)
    sys.exit(code)


def count(packsim, image, log):
    """(instructions, time_ms) of the dearest step."""
    done = subprocess.run([packsim, "ecu", log, "--ecu", f"qemu:{image}", "--count",
                           "--ecu-hang-s", "300"],
                          capture_output=True, text=True, check=False)
    words = [line.split() for line in done.stdout.splitlines()]
    every = [row for row in words if row[:1] == ["all"]]
    dearest = [row for row in words if row[:1] == ["dearest:"]]
    if done.returncode != 0 or not every or not dearest:
        fail(f"{log}: {(done.stderr or done.stdout).strip()}")
    return int(every[0][3]), int(dearest[0][4].rstrip(":"))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packsim", default="build/packsim")
    parser.add_argument("--images", default="build/firmware")
    parser.add_argument("--bar", type=int, default=48000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("scenario", nargs="+")
    args = parser.parse_args()
    images = [os.path.join(args.images, f"mps2-{level}.elf") for level in LEVELS]
    if not shutil.which("qemu-system-arm"):
        fail("qemu-system-arm is not installed; make deps-rigs brings it", 3)
    for image in images:
        if not os.path.exists(image):
            fail(f"{image}: not there; make firmware builds it", 3)
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        done = subprocess.run([args.packsim, "run", *args.scenario, "--ecu-log", "--record", "none",
                               "--quiet", "--jobs", str(args.jobs), "--out", out],
                              capture_output=True, text=True, check=False)
        logs = sorted(glob.glob(os.path.join(out, "*", "ecu.log.gz")))
        if done.returncode != 0 or not logs:
            fail((done.stderr or done.stdout).strip() or "no run was made")
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            costs = list(pool.map(lambda log: [count(args.packsim, i, log) for i in images], logs))
    worst = {}
    for log, cost in zip(logs, costs):
        name = os.path.basename(os.path.dirname(log)).split(".")[0]
        worst.setdefault(name, []).append(cost)
    print(f"{'scenario':14} {'runs':>4} " +
          " ".join(f"{'max -' + level:>8} {'at ms':>8}" for level in LEVELS))
    over = 0
    for name, rows in sorted(worst.items()):
        tops = [max(row[i] for row in rows) for i in range(len(LEVELS))]
        over += sum(top[0] > args.bar for top in tops)
        print(f"{name:14} {len(rows):4} " + " ".join(f"{top[0]:8} {top[1]:8}" for top in tops))
    if over:
        fail(f"{over} above {args.bar} instructions")


if __name__ == "__main__":
    main()
