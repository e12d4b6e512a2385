#!/usr/bin/env python3
"""The whole default suite with the BMS in this process, in another one and on the Cortex-M image.

usage: tools/ecu_suite.py [--packsim FILE] [--image ELF] [--parts N] [--jobs N] [--minutes M]
                          [--out DIR] [--suite FILE] [--filter PATTERN]
All three make each step with the same input, and all outputs are compared. The suite is run in N
parts (packsim run --shard); what is done is kept in DIR and not done again by the same program,
image and suite: --minutes ends early, and another call goes on. Writes DIR/summary.json. Exit 1
iff an output differs or a run does not pass, 2 bad usage, 3 QEMU or the image is missing, 4 all
parts so far are right but some are left.
"""
import argparse
import collections
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
UNFINISHED = 4


def fail(text, code):
    print(f"ecu_suite: {text}", file=sys.stderr)
    sys.exit(code)


def key_of(paths, words):
    key = hashlib.sha256(repr(words).encode())
    for path in paths:
        with open(path, "rb") as file:
            key.update(hashlib.sha256(file.read()).digest())
    return key.hexdigest()[:16]


def suite_files(suite):
    """The suite and every file that its scenarios may read."""
    found = [suite]
    for folder in ("scenarios", "data/cells", "data/cycles"):
        for path, dirs, names in os.walk(os.path.join(ROOT, folder)):
            dirs.sort()
            found += [os.path.join(path, name) for name in sorted(names)
                      if not name.endswith((".c", ".h"))]
    return found


def part_run(args, part, folder):
    """Rows of one part: run, verdict, output hash, simulated and wall seconds, first error."""
    out = os.path.join(folder, "out")
    shutil.rmtree(out, ignore_errors=True)
    command = [args.packsim, "run", args.suite, "--shard", f"{part}/{args.parts}", "--quiet",
               "--ecu", f"inproc,process,qemu:{args.image}", "--ecu-hang-s", "60", "--record",
               "none", "--keep", "0", "--jobs", str(args.jobs), "--out", out]
    if args.filter:
        command += ["--filter", args.filter]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        with open(os.path.join(out, "results.json"), encoding="utf-8") as file:
            results = json.load(file)
        with open(os.path.join(out, "timing.json"), encoding="utf-8") as file:
            timing = {row["run"]: row for row in json.load(file)["runs"]}
    except (OSError, ValueError):
        fail(f"part {part}: {(done.stderr or done.stdout).strip()}", 1)
    if not results["complete"]:
        fail(f"part {part}: interrupted", 1)
    shutil.rmtree(out, ignore_errors=True)
    return [{"run": run["run"], "verdict": run["verdict"], "output_hash": run.get("output_hash"),
             "sim_s": timing[run["run"]]["sim_s"], "wall_s": timing[run["run"]]["wall_s"],
             "error": run.get("error", "")} for run in results["runs"]]


def summary_write(args, key, rows, parts_done):
    counts = collections.Counter(row["verdict"] for row in rows)
    wall_s = sum(row["wall_s"] for row in rows)
    summary = {"key": key, "parts": args.parts, "parts_done": parts_done, "runs": len(rows),
               "counts": dict(counts), "sim_s": round(sum(row["sim_s"] for row in rows), 1),
               "x_real_time": round(sum(row["sim_s"] for row in rows) / wall_s, 1) if wall_s else 0,
               "image": os.path.relpath(args.image, ROOT),
               "hashes": hashlib.sha256("".join(sorted(
                   f"{row['run']} {row['output_hash']}\n" for row in rows)).encode()).hexdigest(),
               "wrong": [f"{row['run']}: {row['verdict']} {row['error']}".strip()
                         for row in rows if row["verdict"] != "pass"]}
    with open(os.path.join(args.out, "summary.json"), "w", encoding="utf-8") as file:
        json.dump(summary, file, indent=1)
        file.write("\n")
    return summary


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    build = os.path.join(ROOT, "build")
    parser.add_argument("--packsim", default=os.path.join(build, "packsim"))
    parser.add_argument("--image", default=os.path.join(build, "firmware", "mps2-Os.elf"))
    parser.add_argument("--suite", default=os.path.join(ROOT, "scenarios.json"))
    parser.add_argument("--filter", default="")
    parser.add_argument("--parts", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minutes", type=float, default=0.0, help="0: until it is done")
    parser.add_argument("--out", default=os.path.join(build, "long", "ecu"))
    args = parser.parse_args()
    if args.parts < 1 or args.jobs < 1:
        fail("--parts and --jobs: allowed 1 and more", 2)
    for name in ("packsim", "image", "suite", "out"):
        setattr(args, name, os.path.abspath(getattr(args, name)))
    if not shutil.which("qemu-system-arm"):
        fail("qemu-system-arm is not installed; make deps-rigs brings it", 3)
    if not os.path.exists(args.image):
        fail(f"{args.image}: not there; make firmware builds it", 3)
    begin = time.monotonic()
    key = key_of([args.packsim, args.image, *suite_files(args.suite)], [args.parts, args.filter])
    rows, summary = [], None
    for part in range(1, args.parts + 1):
        folder = os.path.join(args.out, f"part_{part}")
        kept = os.path.join(folder, "rows.json")
        os.makedirs(folder, exist_ok=True)
        known = None
        if os.path.exists(kept):
            with open(kept, encoding="utf-8") as file:
                known = json.load(file)
        if known is None or known["key"] != key:
            if args.minutes > 0 and time.monotonic() - begin > 60 * args.minutes:
                print(f"{part - 1} of {args.parts} parts are done, the same command goes on")
                return UNFINISHED if not (summary and summary["wrong"]) else 1
            known = {"key": key, "rows": part_run(args, part, folder)}
            with open(kept, "w", encoding="utf-8") as file:
                json.dump(known, file, indent=1)
        rows += known["rows"]
        summary = summary_write(args, key, rows, part)
        print(f"part {part}/{args.parts}: {summary['runs']} runs so far, "
              f"{summary['counts'].get('pass', 0)} passed, {summary['sim_s']:.0f} s simulated, "
              f"{summary['x_real_time']:.1f} x real time in each worker", flush=True)
    for line in summary["wrong"]:
        print(f"  {line}")
    print(f"inproc, process, {os.path.basename(args.image)}: {summary['runs']} runs, "
          f"{summary['counts'].get('pass', 0)} passed with equal outputs, "
          f"{summary['sim_s']:.0f} s simulated; hash of all hashes {summary['hashes'][:16]}")
    return 1 if summary["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
