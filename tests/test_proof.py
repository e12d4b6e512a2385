#!/usr/bin/env python3
"""The tools of the long proofs: which mutants are made, what a false alarm in a drive is, how
coverage is summed up, and that unfinished work goes on."""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools"))
import cov  # noqa: E402
import drives  # noqa: E402
import mutate  # noqa: E402

import tally
from tally import check

PACKSIM = os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim"))


SOURCE = """#include <a-b.h>
enum { A = 1 + 2 };
static const int table[] = {3 - 1, -4};
/* a < b */
static int f(const int *p, int b) {
  int32_t *q = (int32_t *)p; // b > 1
  if (*p < b && !b) return -1;
  char c = '<';
  return p->x + (int32_t)-b * 2 >= (b << 1) ? "a+b"[0] : c;
}
"""


def test_mutants():
    found = [(m["line"], m["old"], m["new"]) for m in mutate.mutants_of("x.c", SOURCE)]
    expected = [(7, "<", "<="), (7, "<", ">="), (7, "&&", "||"), (7, "!", ""),
                (9, "+", "-"), (9, "*", "/"), (9, ">=", ">"), (9, ">=", "<")]
    check(found == expected, f"mutants {found}")
    for m in mutate.mutants_of("x.c", SOURCE):
        check(SOURCE[m["at"]:].startswith(m["old"]), f"place of {m}")
    some = mutate.chosen(list(range(100)), 7, 3)
    check(len(some) == 7 and some == mutate.chosen(list(range(100)), 7, 3), "a seeded choice")
    mutants = mutate.mutants_of("x.c", SOURCE)
    names = [mutate.name_of(m) for m in mutants]
    killer = dict(zip(names, ["t", "", "t", "the compiler", "t", "t", "t", "t"]))
    score = mutate.report(mutants, killer, set(), 90)
    check(score == (100.0 * 6 / 7, 6, 7), f"score {score}")
    score = mutate.report(mutants, killer, {mutate.key_of(mutants[1])}, 90)
    check(score == (100.0, 6, 6), f"score without an equivalent one {score}")
    twice = mutate.mutants_of("x.c", "int f(int a) { return a > 1 && a > 2; }\n")
    twice = [m for m in twice if m["old"] == ">" and m["new"] == ">="]
    check([m["nth"] for m in twice] == [1, 2], f"two of a kind on a line: {twice}")
    second = {mutate.numbered_key_of(twice[1])}
    check([mutate.is_equivalent(m, second) for m in twice] == [False, True], "the second alone")
    both = {mutate.key_of(twice[0])}
    check(all(mutate.is_equivalent(m, both) for m in twice), "without a number both")


def test_joined_mutants():
    """One source has every mutant behind its number and the original behind none."""
    mutants = mutate.mutants_of("x.c", SOURCE)
    text, ranges = mutate.joined_text(SOURCE, mutants)
    lines = text.split("\n")
    for number, (mutant, (first, last)) in enumerate(zip(mutants, ranges), 1):
        body = "\n".join(lines[first - 1:last])
        end = mutant["at"] + len(mutant["old"])
        line = SOURCE[:mutant["at"]].rpartition("\n")[2] + mutant["new"] \
            + SOURCE[end:].partition("\n")[0]
        check(f"case {number}: {{" in body and line in body, f"mutant {number}: {body}")
        check(body.count("case ") == 1, f"mutant {number} alone: {body}")
    check(text.count("default: {") == 1 and text.count("switch") == 1, "one function, one switch")
    table = {"complete": ["x.c"]}
    killer = {mutate.name_of(m): "t" for m in mutants}
    check(not mutate.incomplete(table, mutants, killer, set()), "complete")
    killer[mutate.name_of(mutants[2])] = ""
    check(mutate.incomplete(table, mutants, killer, set()) == [mutants[2]], "a survivor")
    check(not mutate.incomplete(table, mutants, killer, {mutate.key_of(mutants[2])}), "equivalent")


def test_table():
    with open(os.path.join(ROOT, "tests", "mutants.json"), encoding="utf-8") as file:
        table = json.load(file)
    for path, tests in table["files"].items():
        check(os.path.exists(os.path.join(ROOT, path)), f"{path} is there")
        for test in tests:
            check(os.path.exists(os.path.join(ROOT, "tests", test + ".c")), f"{test}.c is there")
    check(all(len(row) == 5 and row[4] for row in table["equivalent"]), "each one has a reason")
    keys = set()
    for path in table["files"]:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            for mutant in mutate.mutants_of(path, file.read()):
                keys |= {mutate.key_of(mutant), mutate.numbered_key_of(mutant)}
    for row in table["equivalent"]:
        check(tuple(row[:4]) in keys, f"no mutant is {row[:4]}")


def test_false_infos():
    for info, reasons in drives.BORNE_OUT.items():
        for name, bound, side in reasons:
            other = {n: b - s for n, b, s in reasons}
            check(drives.false_infos({**other, info: 1}) == [info], f"{info} is false")
            check(drives.false_infos({**other, info: 1, name: bound + side}) == [], f"{info} true")
            check(drives.false_infos({**other, info: 0}) == [], f"{info} was not set")


def test_drive(folder):
    values = drives.settings(1, 25, 0, 85.0, 30.0)
    check(values == drives.settings(1, 25, 0, 85.0, 30.0), "settings are drawn from the seed")
    check(values != drives.settings(2, 25, 0, 85.0, 30.0), "and from nothing else")
    good = drives.run_piece(PACKSIM, folder + "/good", 1, values)
    check(good["wrong"] == "" and good["measure"]["distance"] > 100.0, f"a drive: {good}")
    hot = drives.run_piece(PACKSIM, folder + "/hot", 1, {**values, "sensors.ntc_offset_K": 27})
    check("info_hot: truth" in hot["wrong"], f"a thermistor that errs: {hot}")
    off = drives.run_piece(PACKSIM, folder + "/off", 1, {**values, "sensors.pack_gain_pct": 5})
    check("no_warning: " in off["wrong"], f"a pack voltage that errs: {off}")
    bad = drives.run_piece(PACKSIM, folder + "/bad", 1, {**values, "pack.soc_pct": 400})
    check("allowed" in bad["wrong"], f"a setting that is refused: {bad}")


def drive(folder, *more):
    command = [sys.executable, ROOT + "/tools/drives.py", "--packsim", PACKSIM, "--out", folder,
               "--temperatures", "25", "--hours", "0.05", *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_resume(folder):
    done = drive(folder, "--minutes", "0.0000001")
    check(done.returncode == 4 and "goes on" in done.stdout, f"time is up at once: {done}")
    done = drive(folder)
    check(done.returncode == 0 and "1 passed, 0 failed" in done.stdout, f"goes on: {done}")
    again = drive(folder)
    check(again.returncode == 0 and "no alarm" not in again.stdout, f"nothing to do: {again}")
    more = drive(folder, "--hours", "0.1")
    check(more.returncode == 0 and "2 passed" in more.stdout, f"more hours: {more}")
    anew = drive(folder, "--seed", "2")
    check(anew.returncode == 0 and "1 passed" in anew.stdout, f"another seed: {anew}")
    done = drive(folder, "--hours", "0")
    check(done.returncode == 2 and "allowed more than 0" in done.stderr, f"no hours: {done}")


def test_cov():
    lines = [{"line_number": 3, "count": 0, "branches": [{"count": 0}, {"count": 2}]},
             {"line_number": 3, "count": 1, "branches": [{"count": 0}, {"count": 0}]},
             {"line_number": 4, "count": 0, "branches": []}]
    check(cov.tally(lines) == (1, 2, 1, 2, [4], [(3, 0)]), f"tally {cov.tally(lines)}")
    done = subprocess.run([sys.executable, ROOT + "/tools/cov.py", "no-such-build"], check=False,
                          capture_output=True, text=True)
    check(done.returncode == 2 and "holds no counters" in done.stderr, f"no counters: {done}")


def main():
    stdout = sys.stdout
    sys.stdout = open(os.devnull, "w", encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        test_mutants()
        test_joined_mutants()
        test_table()
        test_false_infos()
        test_drive(folder)
        test_resume(folder + "/chain")
        test_cov()
    sys.stdout = stdout
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
