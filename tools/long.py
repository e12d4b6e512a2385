#!/usr/bin/env python3
"""The long proofs, in pieces that go on where the last one ended; writes docs/evidence.md.

usage: tools/long.py [--minutes M] [--hours H] [--parts NAME,NAME] [--jobs N] [--build DIR]
                     [--seed N] [--cc CC] [--flags FLAGS] [--libs LIBS]
The default suite on the Cortex-M image (tools/ecu_suite.py), drives of H hours at each
temperature (tools/drives.py), drives on the published limits and the published powers
(tools/limits.py, tools/power.py), the watch for self-discharge (tools/watch.py), then every
mutant of the protection (tools/mutate.py). A call takes about M minutes (default 80). Each part's
folder keeps the commit that its results are of, and the page tells it. --parts: only these of ecu,
drives, limits, power, watch, mutants; the others stay as they are. Exit 0 iff nothing failed, 2 for
an unknown part; the last lines say what was left out and whether another call is needed.
"""
import argparse
import json
import os
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
EVIDENCE = os.path.join(ROOT, "docs", "evidence.md")
MISSING, UNFINISHED = 3, 4


def parts_of(arguments):
    """(name, command without --minutes) in the order in which they run."""
    here = os.path.join(ROOT, "tools")
    common = ["--jobs", str(arguments.jobs), "--seed", str(arguments.seed)]
    out = os.path.join(ROOT, arguments.build, "long")
    packsim = os.path.join(ROOT, arguments.build, "packsim")
    image = os.path.join(ROOT, arguments.build, "firmware", "mps2-Os.elf")
    yield "ecu", out + "/ecu", [
        sys.executable, here + "/ecu_suite.py", "--jobs", str(arguments.jobs), "--packsim", packsim,
        "--image", image, "--out", out + "/ecu"]
    yield "drives", out + "/drives", [
        sys.executable, here + "/drives.py", *common, "--hours", str(arguments.hours),
        "--packsim", packsim, "--out", out + "/drives"]
    for name in ("limits", "power", "watch"):
        more = ["--world", os.path.join(ROOT, arguments.build, "rigs", "watch_packs")]
        yield name, f"{out}/{name}", [
            sys.executable, f"{here}/{name}.py", *common, "--packsim", packsim, "--out",
            f"{out}/{name}", *(more if name == "watch" else [])]
    yield "mutants", out + "/mutants", [
        sys.executable, here + "/mutate.py", *common, "--build", arguments.build, "--cc",
        arguments.cc, f"--flags={arguments.flags}", f"--libs={arguments.libs}",
        "--out", out + "/mutants"]


def summary_of(folder):
    path = os.path.join(folder, "summary.json")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def commit():
    done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], check=False,
                          capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def commit_of(folder):
    path = os.path.join(folder, "commit")
    if not os.path.exists(path):
        return "unknown"
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def note_commit(folder, before):
    """Results that are not those of before are this commit's."""
    if summary_of(folder) in (before, None):
        return
    with open(os.path.join(folder, "commit"), "w", encoding="utf-8") as file:
        file.write(commit() + "\n")


def drives_text(summary):
    yield "## Drives without a false alarm"
    if summary is None:
        yield "Not run yet."
        return
    yield ("Cycles WLTC, US06, UDDS, LA92 and HWFET in turn, at most an hour each; the vehicle "
           "obeys the published limits and begins again at 85 % when empty. Spread of cells and "
           "errors of sensors are drawn anew for each run. An alarm is a warning or a fault, or an "
           "info that the true value does not bear out.")
    yield ""
    yield "| ambient | hours | km | runs | false alarms | groups | current | hottest cell | infos |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for s in summary["chains"]:
        if s["runs"] == 0:
            yield (f"| {s['degC']} °C | 0 of {summary['hours']:g}: not run yet | - | 0 | "
                   "- | - | - | - | - |")
            continue
        yield (f"| {s['degC']} °C | {s['hours']:.1f} of {summary['hours']:g} | {s['km']:.0f} | "
               f"{s['runs']} | {s['failed']} | {s['group_min']:.3f}..{s['group_max']:.3f} V | "
               f"{s['current_min']:.0f}..{s['current_max']:.0f} A | {s['cell_max']:.1f} °C | "
               f"{', '.join(s['infos']) or '-'} |")
    yield ""
    yield f"Seed {summary['seed']}. Again: `make drives HOURS={summary['hours']:g}`."


def limits_text(summary):
    yield "## Drives on the published limits"
    if summary is None:
        yield "Not run yet."
        return
    yield (f"A minute each of full throttle, full brake and pauses at all that `BMS_Limits` "
           f"publishes: {summary['done']} of {summary['of']} drives, {summary['failed']} reached a "
           f"safety limit. Seed {summary['seed']}. Again: `make limits`.")
    yield from (f"- {line}" for line in summary["lines"])


def power_text(summary):
    yield "## Published powers"
    if summary is None:
        yield "Not run yet."
        return
    yield (f"{summary['share_pct']:g} % of each of the six powers of `BMS_Power`, for the whole "
           f"horizon, at {summary['done']} of {summary['of']} points: {summary['powers']} powers, "
           f"{summary['failed']} failed. Seed {summary['seed']}. Again: `make limits`.")
    yield from (f"- {line}" for line in summary["lines"])


def course(values):
    if values is None:
        return "-"
    return ", ".join(f"{value:g}" for value in values)


def watch_text(summary):
    yield "## Watch for self-discharge"
    if summary is None:
        yield "Not run yet."
        return
    yield ("Packs of the test's world and two-day runs of the whole loop, all drawn anew. Evidence "
           "is the largest of each pack, in percent of what accuses a group. Five figures: least, "
           "a tenth, middle, nine tenths, most.")
    yield ""
    yield "| what | packs | wrong | five figures |"
    yield "|---|---|---|---|"
    yield (f"| healthy, {summary['pack_h']} h each | {summary['packs']} of {summary['of_packs']} | "
           f"{summary['accused']} accused | evidence {course(summary['evidence_pct'])} % |")
    yield (f"| 100 ohm in one group | {summary['shorts']} of {summary['of_shorts']} | "
           f"{summary['late']} not told rightly in {summary['short_h']} h | told after "
           f"{course(summary['told_h'])} h |")
    yield (f"| whole loop, {summary['loop_h']:.0f} of {summary['of_loop_h']:.0f} h | "
           f"{summary['loop_runs']} | {summary['loop_failed']} failed | evidence "
           f"{course(summary['loop_evidence_pct'])} % |")
    yield ""
    yield f"Seed {summary['seed']}. Again: `make watch-long`."


def mutants_text(summary):
    yield "## Mutants of the protection"
    if summary is None:
        yield "Not run yet."
        return
    score_pct = 100.0 * summary["killed"] / max(1, summary["tried"])
    yield (f"Every comparison, boundary, boolean and arithmetic operator of "
           f"{', '.join('`' + os.path.basename(f) + '`' for f in summary['files'])}, one at a "
           f"time: {summary['tried']} of {summary['of']} tried, {summary['killed']} killed by the "
           f"unit tests, {score_pct:.1f} % (bar {summary['bar_pct']} %). Again: "
           "`make mutants MUTANTS=0`.")
    if summary["survivors"]:
        yield ""
        yield "Survivors:"
        yield from (f"- `{survivor}`" for survivor in summary["survivors"])


def ecu_text(summary):
    yield "## The default suite on the Cortex-M image"
    if summary is None:
        yield "Not run yet."
        return
    passed = summary["counts"].get("pass", 0)
    yield (f"In this process, in another one and on `{os.path.basename(summary['image'])}`, side "
           f"by side, all outputs compared in each step: {summary['parts_done']} of "
           f"{summary['parts']} parts, {summary['runs']} runs, {passed} passed with equal outputs, "
           f"{summary['sim_s']:.0f} s simulated. Hash of their output hashes "
           f"`{summary['hashes'][:16]}`. Again: `make firmware-suite`.")
    yield from (f"- {line}" for line in summary["wrong"])


TEXTS = (("ecu", ecu_text), ("drives", drives_text), ("limits", limits_text),
         ("power", power_text), ("watch", watch_text), ("mutants", mutants_text))


def evidence(folders):
    """The page's lines."""
    yield from ("# Evidence of long runs", "",
                "Written by `make long`: do not edit. Pieces are resumed; a change of the program "
                "or of a test starts its part anew.")
    for name, text in TEXTS:
        summary = summary_of(folders[name])
        yield ""
        yield from text(summary)
        if summary is not None:
            yield from ("", f"Results of commit {commit_of(folders[name])}.")


def write_evidence(folders):
    with open(EVIDENCE, "w", encoding="utf-8") as file:
        file.write("\n".join(evidence(folders)) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=80.0)
    parser.add_argument("--hours", type=float, default=100.0)
    parser.add_argument("--parts", default=",".join(name for name, _ in TEXTS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", default="build")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--flags", default="")
    parser.add_argument("--libs", default="")
    arguments = parser.parse_args()
    chosen = arguments.parts.split(",")
    for name in chosen:
        if name not in dict(TEXTS):
            parser.error(f"--parts {name}: unknown, allowed {' '.join(dict(TEXTS))}")
    begin, folders = time.monotonic(), {}
    failed, unfinished, missing = [], [], []
    for name, folder, command in parts_of(arguments):
        folders[name] = folder
        if name not in chosen:
            continue
        left = arguments.minutes - (time.monotonic() - begin) / 60.0
        if left <= 0.0:
            unfinished.append(name)
            continue
        before = summary_of(folder)
        code = subprocess.run([*command, "--minutes", f"{left:.2f}"], cwd=ROOT,
                              check=False).returncode
        note_commit(folder, before)
        if code == UNFINISHED:
            unfinished.append(name)
        elif code == MISSING:
            missing.append(name)
        elif code != 0:
            failed.append(name)
    write_evidence(folders)
    print(f"docs/evidence.md is written, {(time.monotonic() - begin) / 60.0:.1f} minutes")
    for name in unfinished:
        print(f"{name}: not finished, the same command goes on")
    for name in missing:
        print(f"{name}: left out, see above")
    for name in failed:
        print(f"{name}: FAILED")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
