#!/usr/bin/env python3
"""Counts what a step of the BMS costs on the Cortex-M image: the dearest step of each scenario.

usage: tools/cost.py [--packsim FILE] [--images DIR] [--levels L,L] [--bar N] [--stack-bar N]
                     [--jobs N] SCENARIO ...
Makes all runs of the scenarios once, with their input recorded, and plays each record on
DIR/mps2-L.elf (default Os, which ships) under QEMU's instruction count. Prints a line for each
scenario, with the stack by its paint, and the input of the dearest step of all.
Exit 1 iff a run fails, an output differs, a step takes more than N (48000) instructions or the
stack more than N (2048) bytes; 3 iff QEMU or an image is missing.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

NAME = "dearest: "


def fail(text, code=1):
    print(f"cost: {text}", file=sys.stderr)
    sys.exit(code)


def count(packsim, image, log):
    """(instructions, bytes of stack, input, run) of the dearest step."""
    done = subprocess.run([packsim, "ecu", log, "--ecu", f"qemu:{image}", "--count",
                           "--ecu-hang-s", "300"],
                          capture_output=True, text=True, check=False)
    words = [line.split() for line in done.stdout.splitlines()]
    every = [row for row in words if row[:1] == ["all"]]
    dearest = [line.split(NAME, 1)[1] for line in done.stdout.splitlines() if NAME in line]
    stack = re.search(r": stack (\d+) of", done.stdout)
    if done.returncode != 0 or not every or not dearest or not stack:
        fail(f"{log}: {(done.stderr or done.stdout).strip()}")
    return int(every[0][3]), int(stack.group(1)), dearest[0], os.path.basename(os.path.dirname(log))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packsim", default="build/packsim")
    parser.add_argument("--images", default="build/firmware")
    parser.add_argument("--levels", default="Os")
    parser.add_argument("--bar", type=int, default=48000)
    parser.add_argument("--stack-bar", type=int, default=2048)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("scenario", nargs="+")
    args = parser.parse_args()
    levels = args.levels.split(",")
    images = [os.path.join(args.images, f"mps2-{level}.elf") for level in levels]
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
          " ".join(f"{'max -' + level:>8} {'stack':>5}" for level in levels) + "  dearest run")
    for name, rows in sorted(worst.items()):
        tops = [max(row[i] for row in rows) for i in range(len(levels))]
        stacks = [max(row[i][1] for row in rows) for i in range(len(levels))]
        print(f"{name:14} {len(rows):4} " + " ".join(
            f"{top[0]:8} {stack:5}" for top, stack in zip(tops, stacks)) + f"  {tops[0][3]}")
    over = 0
    for i, level in enumerate(levels):
        top = max(cost[i] for cost in costs)
        stack = max(cost[i][1] for cost in costs)
        over += (top[0] > args.bar) + (stack > args.stack_bar)
        print(f"-{level}: {len(costs)} runs, dearest step {top[0]} of {args.bar} instructions, "
              f"stack {stack} of {args.stack_bar} bytes")
        print(f"  {top[3]}: {top[2]}")
    if over:
        fail(f"{over} above their bars")


if __name__ == "__main__":
    main()
